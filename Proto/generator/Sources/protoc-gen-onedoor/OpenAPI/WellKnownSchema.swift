/// The JSON Schemas of the well-known types, whose canonical JSON is their own.
enum WellKnownSchema {
  /// The schema of a well-known type; nil for others.
  static func of(_ fullName: String) -> [(String, JSONText)]? {
    guard fullName.hasPrefix(package) else { return nil }
    return schemas[String(fullName.dropFirst(package.count))]
  }

  private static let package = "google.protobuf."

  private static let seconds = #"^-?[0-9]+(\.[0-9]{1,9})?s$"#

  private static let schemas: [String: [(String, JSONText)]] = [
    "Timestamp": [("type", .text("string")), ("format", .text("date-time"))],
    "Duration": [("type", .text("string")), ("pattern", .text(seconds))],
    "FieldMask": [("type", .text("string"))],
    "Empty": [("type", .text("object"))],
    "Struct": [("type", .text("object"))],
    "Value": [],
    "ListValue": [("type", .text("array"))],
    "Any": [("type", .text("object")), ("required", .texts(["@type"]))],
    "BoolValue": [("type", .texts(["boolean", "null"]))],
    "StringValue": [("type", .texts(["string", "null"]))],
    "BytesValue": [("type", .texts(["string", "null"])), ("contentEncoding", .text("base64"))],
    "Int32Value": [("type", .texts(["integer", "null"]))],
    "UInt32Value": [("type", .texts(["integer", "null"]))],
    "Int64Value": [("type", .texts(["string", "null"]))],
    "UInt64Value": [("type", .texts(["string", "null"]))],
    "FloatValue": [("type", .texts(["number", "string", "null"]))],
    "DoubleValue": [("type", .texts(["number", "string", "null"]))],
  ]
}

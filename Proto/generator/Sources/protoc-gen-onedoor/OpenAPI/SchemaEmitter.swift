/// Emits JSON Schemas of messages and enums in their canonical JSON form.
struct SchemaEmitter {
  /// The limits of fields whose rule names none (`onedoor.rule.v1`).
  private enum Unruled {
    static let textLength: Int64 = 1_000
    static let bytesLength: Int64 = 65_536
    static let items: Int64 = 1_000
  }

  let types: Types

  /// A reference to a schema among the components.
  static func reference(_ fullName: String) -> JSONText {
    .object([("$ref", .text("#/components/schemas/\(fullName)"))])
  }

  /// The messages and enums that `roots` hold in one step or more, and they themselves, sorted.
  func reachable(from roots: [String]) -> [String] {
    var seen: Set<String> = []
    var open = roots
    while let name = open.popLast() {
      guard WellKnownSchema.of(name) == nil, seen.insert(name).inserted else { continue }
      for field in types.messages[name]?.fields ?? [] {
        guard !field.typeName.isEmpty else { continue }
        open.append(types.mapEntry(field)?.value.typeName ?? field.typeName)
      }
    }
    return seen.filter { !$0.isEmpty }.sorted()
  }

  /// The schema of a message or an enum.
  func schema(_ fullName: String) -> JSONText {
    if let message = types.messages[fullName] { return schema(message) }
    if let enumeration = types.enums[fullName] { return schema(enumeration) }
    return .object([])
  }

  private func schema(_ enumeration: EnumModel) -> JSONText {
    var members: [(String, JSONText)] = [("type", .text("string"))]
    let values = enumeration.values.map { value in
      [value.name, Self.prose(value.comment)].filter { !$0.isEmpty }.joined(separator: ": ")
    }
    let text = [Self.prose(enumeration.comment), values.map { "- \($0)" }.joined(separator: "\n")]
    members.append(("description", .text(text.filter { !$0.isEmpty }.joined(separator: "\n\n"))))
    members.append(("enum", .texts(enumeration.values.map(\.name))))
    return .object(members)
  }

  private func schema(_ message: MessageModel) -> JSONText {
    var members: [(String, JSONText)] = [("type", .text("object"))]
    var text = [Self.prose(message.comment)]
    for (index, oneof) in message.oneofs.enumerated() {
      let names = message.fields.filter { $0.oneof == index }.map { "`\($0.jsonName)`" }
      text.append("At most one of \(names.joined(separator: ", ")). \(Self.prose(oneof.comment))")
    }
    let description = text.filter { !$0.isEmpty }.joined(separator: "\n\n")
    if !description.isEmpty { members.append(("description", .text(description))) }
    let required = message.fields
      .filter { $0.rule.required && mustShow($0) && !hasAlternative($0, in: message) }
      .map(\.jsonName)
    if !required.isEmpty { members.append(("required", .texts(required))) }
    members.append(("properties", .object(message.fields.map { ($0.jsonName, property($0)) })))
    return .object(members)
  }

  /// Whether another member of a field's oneof would do as well where this one must be set.
  private func hasAlternative(_ field: FieldModel, in message: MessageModel) -> Bool {
    guard let oneof = field.oneof else { return false }
    return message.fields.filter { $0.oneof == oneof && $0.rule.required }.count > 1
  }

  /// Whether a field that its rule requires always stands in the canonical form.
  private func mustShow(_ field: FieldModel) -> Bool {
    field.isRepeated || field.isOptional
      || [.string, .bytes, .enumeration, .message].contains(field.kind)
  }

  private func property(_ field: FieldModel) -> JSONText {
    var members: [(String, JSONText)]
    if let entry = types.mapEntry(field) {
      members = [("type", .text("object")), ("additionalProperties", .object(value(entry.value)))]
      members.append(
        ("maxProperties", .number(field.rule.maxItems.map(Int64.init) ?? Unruled.items))
      )
      if field.rule.required { members.append(("minProperties", .number(1))) }
    } else if field.isRepeated {
      members = [("type", .text("array")), ("items", .object(value(field)))]
      members.append(("maxItems", .number(field.rule.maxItems.map(Int64.init) ?? Unruled.items)))
      if field.rule.required { members.append(("minItems", .number(1))) }
    } else {
      members = value(field)
    }
    let comment = Self.prose(field.comment)
    if !comment.isEmpty { members.append(("description", .text(comment))) }
    return .object(members)
  }

  /// The schema of one value of a field.
  private func value(_ field: FieldModel) -> [(String, JSONText)] {
    let rule = field.rule
    switch field.kind {
    case .double, .float:
      let special = JSONText.object([("enum", .texts(["NaN", "Infinity", "-Infinity"]))])
      return [("anyOf", .list([.object([("type", .text("number"))]), special]))]
    case .int64, .sfixed64, .sint64, .uint64, .fixed64:
      let sign = [.uint64, .fixed64].contains(field.kind) ? "" : "-?"
      return [("type", .text("string")), ("pattern", .text("^\(sign)[0-9]+$"))]
    case .int32, .sfixed32, .sint32:
      return number(rule, Int64(Int32.min)...Int64(Int32.max))
    case .uint32, .fixed32:
      return number(rule, 0...Int64(UInt32.max))
    case .bool: return [("type", .text("boolean"))]
    case .string: return string(rule)
    case .bytes:
      let length = rule.maxLength.map(Int64.init) ?? Unruled.bytesLength
      return [
        ("type", .text("string")), ("contentEncoding", .text("base64")),
        ("maxLength", .number((length + 2) / 3 * 4)),
      ]
    case .message:
      if let known = WellKnownSchema.of(field.typeName) { return known }
      return [("$ref", .text("#/components/schemas/\(field.typeName)"))]
    case .enumeration: return [("$ref", .text("#/components/schemas/\(field.typeName)"))]
    }
  }

  private func number(_ rule: FieldRule, _ range: ClosedRange<Int64>) -> [(String, JSONText)] {
    [
      ("type", .text("integer")),
      ("minimum", .number(max(rule.min ?? range.lowerBound, range.lowerBound))),
      ("maximum", .number(min(rule.max ?? range.upperBound, range.upperBound))),
    ]
  }

  private func string(_ rule: FieldRule) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = [("type", .text("string"))]
    if rule.required { members.append(("minLength", .number(1))) }
    members.append(("maxLength", .number(rule.maxLength.map(Int64.init) ?? Unruled.textLength)))
    // An empty string is no value, and has no form.
    if let form = Self.forms[rule.format] {
      members.append(("pattern", .text(rule.required ? "^\(form)$" : "^(\(form))?$")))
    }
    return members
  }

  /// The forms of `onedoor.rule.v1.Format` as regular expressions, as far as one can say them:
  /// check digits and dates that exist are beyond.
  private static let forms: [Int: String] = [
    1: "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    2: "[0-9a-f]{64}",
    3: "[!-~]{1,64}",
    4: "[0-9]{17}[0-9X]",
    5: "[0-9A-Z]{18}",
    6: "[0-9]{6}",
  ]

  /// A comment as running text.
  static func prose(_ comment: String) -> String {
    comment.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(" ") ? String($0.dropFirst()) : String($0) }
      .joined(separator: "\n")
      .trimmed
  }
}

extension String {
  /// Without white space at both ends.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

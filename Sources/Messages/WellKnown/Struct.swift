extension GoogleProtobuf.Struct {
  /// True: the JSON is any object.
  package static var hasOwnJSON: Bool { true }

  /// Appends an object with sorted names.
  package func writeJSON(to writer: inout JSONWriter) { writer.object(fields) }

  /// Reads any object.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .object = reader.current else { return reader.fault(.type(.object)) }
    var fields: [String: GoogleProtobuf.Value] = [:]
    return reader.nested { $0.map(&fields) } ? Self(fields: fields) : nil
  }
}

extension GoogleProtobuf.ListValue {
  /// True: the JSON is any array.
  package static var hasOwnJSON: Bool { true }

  /// Appends an array.
  package func writeJSON(to writer: inout JSONWriter) { writer.array(values) }

  /// Reads any array.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    guard case .array = reader.current else { return reader.fault(.type(.array)) }
    var values: [GoogleProtobuf.Value] = []
    return reader.nested { $0.list(&values) } ? Self(values: values) : nil
  }
}

extension GoogleProtobuf.Value {
  /// True: the JSON is any value.
  package static var hasOwnJSON: Bool { true }

  /// Appends any value; one that says nothing is `null`.
  package func writeJSON(to writer: inout JSONWriter) {
    switch kind {
    case .numberValue(let number):
      if !number.isFinite { writer.fail(.notFinite) }
      number.writeJSON(to: &writer)
    case .stringValue(let text): writer.text(text)
    case .boolValue(let flag): flag.writeJSON(to: &writer)
    case .structValue(let object): object.writeJSON(to: &writer)
    case .listValue(let list): list.writeJSON(to: &writer)
    case .nullValue, nil: writer.raw("null")
    }
  }

  /// Reads any value, `null` too.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    var value: Self?
    let isRead = reader.nested { reader in
      switch reader.current {
      case .null: value = Self(kind: .nullValue(.nullValue))
      case .bool(let flag): value = Self(kind: .boolValue(flag))
      case .number: value = Double.readJSON(from: &reader).map { Self(kind: .numberValue($0)) }
      case .string(let text): value = Self(kind: .stringValue(text))
      case .array:
        value = GoogleProtobuf.ListValue.readJSON(from: &reader)
          .map { Self(kind: .listValue($0)) }
      case .object:
        value = GoogleProtobuf.Struct.readJSON(from: &reader).map { Self(kind: .structValue($0)) }
      }
    }
    return isRead ? value : nil
  }
}

extension GoogleProtobuf.NullValue {
  /// Appends `null`.
  package func writeJSON(to writer: inout JSONWriter) { writer.raw("null") }

  /// Reads `null`, or the name or number that others write.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    switch reader.current {
    case .null, .string("NULL_VALUE"): .nullValue
    case .string: reader.fault(.unknownEnum)
    default: Int32.readJSON(from: &reader).map { Self(rawValue: $0) }
    }
  }
}

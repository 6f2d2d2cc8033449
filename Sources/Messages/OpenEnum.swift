/// A generated enum, which keeps numbers that it does not know.
package protocol OpenEnum: FieldValue, CaseIterable, RawRepresentable, SendableMetatype {
  /// The value of a number.
  init(rawValue: Int32)

  /// The number of the value.
  var rawValue: Int32 { get }

  /// The names of the contract, other names of the same number behind the first.
  static var names: [EnumName] { get }
}

/// A name of an enum's number.
package struct EnumName: Sendable {
  /// The number.
  package let number: Int32
  /// The name in the contract, for example `ROLE_CLERK`.
  package let name: String

  /// A name of a number.
  package init(_ number: Int32, _ name: String) {
    self.number = number
    self.name = name
  }
}

extension OpenEnum {
  /// The value of number 0.
  package init() { self.init(rawValue: 0) }

  /// The value of a name of the contract, for example `ROLE_CLERK`; nil for an unknown one.
  package init?(protoName: String) {
    guard let entry = Self.names.first(where: { $0.name.hasSameBytes(as: protoName) }) else {
      return nil
    }
    self.init(rawValue: entry.number)
  }

  /// The name in the contract; nil for an unknown number.
  package var protoName: String? {
    Self.names.first { $0.number == rawValue }?.name
  }

  /// Whether the number is 0.
  package var isProtoDefault: Bool { rawValue == 0 }

  /// Whether the number is 0.
  package var saysNothing: Bool { rawValue == 0 }

  /// Appends the name, or the number if it is unknown.
  package func writeJSON(to writer: inout JSONWriter) {
    if let protoName { writer.text(protoName) } else { writer.raw(String(rawValue)) }
  }

  /// Reads a name or a number.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    if case .string(let name) = reader.current {
      if let value = Self(protoName: name) { return value }
      return reader.options.ignoresUnknown ? nil : reader.fault(.unknownEnum)
    }
    return Int32.readJSON(from: &reader).map { Self(rawValue: $0) }
  }

  /// Refuses a number without a name.
  package func check(_: FieldSpec, by validator: inout Validator) {
    if protoName == nil { validator.add(.unknownEnum) }
  }
}

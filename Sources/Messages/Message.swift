/// A value of a field: a scalar, an enum or a message.
package protocol FieldValue: Sendable, Hashable {
  /// The default of proto3: zero or empty.
  init()

  /// Whether the value is the default, so that a field without presence leaves it out.
  var isProtoDefault: Bool { get }

  /// Whether a field without presence that must be set may not hold the default.
  static var mustDifferFromDefault: Bool { get }

  /// Appends the value as proto3 JSON.
  func writeJSON(to writer: inout JSONWriter)

  /// Reads the reader's current value; nil after a fault, which the reader keeps.
  static func readJSON(from reader: inout JSONReader) -> Self?

  /// Checks the value against the rule of its field.
  func check(_ field: FieldSpec, by validator: inout Validator)
}

extension FieldValue {
  /// True for all but truth values, where false says something.
  package static var mustDifferFromDefault: Bool { true }
}

/// A generated message.
package protocol Message: FieldValue, SendableMetatype {
  /// The full name in the contract, for example `onedoor.intake.v1.Draft`.
  static var fullName: String { get }

  /// The fields' names and rules, in the order of the contract.
  static var fields: [FieldSpec] { get }

  /// Fields that this version does not know, as they arrived; written again in binary only.
  var unknownFields: [UInt8] { get set }

  /// Decodes the binary form; no bytes are the empty message.
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(DecodeError) -> Self

  /// Encodes the binary form; equal messages give equal bytes.
  func encode() -> [UInt8]

  /// Encodes as canonical proto3 JSON in UTF-8; map keys are sorted.
  func encodeJSON() -> [UInt8]

  /// All fields that break their rule, those of messages within included.
  func violations(checking formats: FormatChecker) -> [Violation]

  /// Appends the fields that are set to a JSON object.
  func writeFields(to writer: inout JSONWriter)

  /// Checks the fields that can break a rule.
  func checkFields(by validator: inout Validator)

  /// Takes the value of the field at `index` of `fields` from the reader's current value.
  mutating func set(_ index: Int, from reader: inout JSONReader)
}

extension Message {
  /// Decodes the binary form; no bytes are the empty message.
  package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> Self {
    try bytes.span.bytes.withUnsafeBytes { bytes throws(DecodeError) in try decode(bytes) }
  }

  /// Decodes proto3 JSON.
  ///
  /// - Throws: all faults at once in `DecodeError.violations`, or the first offset that is no JSON.
  package static func decode(json bytes: [UInt8]) throws(DecodeError) -> Self {
    var reader = JSONReader(try JSONParser.parse(bytes))
    let message = Self.readJSON(from: &reader)
    guard let message, reader.faults.isEmpty else {
      throw DecodeError(.fields, violations: reader.faults)
    }
    return message
  }

  /// False: whether a message is there is known without looking into it.
  package var isProtoDefault: Bool { false }

  /// Appends an object.
  package func writeJSON(to writer: inout JSONWriter) { writer.message(self) }

  /// Reads an object.
  package static func readJSON(from reader: inout JSONReader) -> Self? { reader.message(Self.self) }

  /// Checks the fields within.
  package func check(_: FieldSpec, by validator: inout Validator) { validator.message(self) }
}

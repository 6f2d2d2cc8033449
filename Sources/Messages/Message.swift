extension FieldValue {
  /// False: a number that is 0 says something once it is set.
  package var saysNothing: Bool { false }

  /// True for all but truth values, where false says something.
  package static var mustDifferFromDefault: Bool { true }
}

/// A generated message.
package protocol Message: FieldValue, SendableMetatype {
  /// The full name in the contract, for example `onedoor.intake.v1.Draft`.
  static var fullName: String { get }

  /// Whether its JSON is something else than an object of its fields.
  static var hasOwnJSON: Bool { get }

  /// The fields' names and rules, in the order of the contract.
  static var fields: [FieldSpec] { get }

  /// Fields that this version does not know, as they arrived; written again in binary only.
  var unknownFields: [UInt8] { get set }

  /// Decodes the binary form; no bytes are the empty message.
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(DecodeError) -> Self

  /// Encodes the binary form; equal messages give equal bytes.
  func encode() -> [UInt8]

  /// Encodes as proto3 JSON in UTF-8; map keys are sorted. What has no JSON is brought near: a time
  /// to the edge of its range, an `Any` to an empty object (see `canonicalJSON`).
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
  package static func decode(
    json bytes: [UInt8],
    _ options: JSONOptions = JSONOptions()
  ) throws(DecodeError) -> Self {
    var reader = try JSONReader(parsing: bytes, options)
    let message = Self.readJSON(from: &reader)
    if reader.isTooDeep { throw DecodeError(.tooDeep) }
    guard let message, reader.faults.isEmpty else {
      throw DecodeError(.fields, violations: reader.faults)
    }
    return message
  }

  /// Decodes proto3 JSON and checks its rules, so that one answer names all that is wrong.
  ///
  /// - Throws: what `decode(json:)` throws, and the fields that break their rule.
  package static func decode(
    json bytes: [UInt8],
    checking formats: FormatChecker,
    _ options: JSONOptions = JSONOptions()
  ) throws(DecodeError) -> Self {
    var reader = try JSONReader(parsing: bytes, options)
    let message = Self.readJSON(from: &reader)
    if reader.isTooDeep { throw DecodeError(.tooDeep) }
    guard let message else { throw DecodeError(.fields, violations: reader.faults) }
    let broken = message.violations(checking: formats)
    if reader.faults.isEmpty, broken.isEmpty { return message }
    throw DecodeError(.fields, violations: reader.faults(and: broken))
  }

  /// Encodes as canonical proto3 JSON in UTF-8; map keys are sorted.
  ///
  /// - Throws: why there is no such JSON: a time or duration out of its range, a `Value` that is no
  ///   finite number, a path of a `FieldMask` that JSON would change, an `Any` whose type `types`
  ///   does not know or whose bytes are none of it.
  package func canonicalJSON(
    types: TypeRegistry = .contract
  ) throws(EncodeError) -> [UInt8] {
    var writer = JSONWriter(types: types)
    writeJSON(to: &writer)
    if let fault = writer.fault { throw fault }
    return writer.bytes
  }

  /// False: the JSON is an object of the fields.
  package static var hasOwnJSON: Bool { false }

  /// False: whether a message is there is known without looking into it.
  package var isProtoDefault: Bool { false }

  /// Appends an object.
  package func writeJSON(to writer: inout JSONWriter) { writer.message(self) }

  /// Reads an object.
  package static func readJSON(from reader: inout JSONReader) -> Self? { reader.message(Self.self) }

  /// Checks the fields within.
  package func check(_: FieldSpec, by validator: inout Validator) { validator.message(self) }
}

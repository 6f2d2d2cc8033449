/// A value of a field: a scalar, an enum or a message.
package protocol FieldValue: Sendable, Hashable {
  /// The default of proto3: zero or empty.
  init()

  /// Whether the value is the default, so that a field without presence leaves it out.
  var isProtoDefault: Bool { get }

  /// Whether the value is no answer where one must be given, even if it is set: an empty text, no
  /// bytes, the zero value of an enum.
  var saysNothing: Bool { get }

  /// Whether a field without presence that must be set may not hold the default.
  static var mustDifferFromDefault: Bool { get }

  /// Appends the value as proto3 JSON.
  func writeJSON(to writer: inout JSONWriter)

  /// Reads the reader's current value; nil after a fault, which the reader keeps.
  static func readJSON(from reader: inout JSONReader) -> Self?

  /// Checks the value against the rule of its field.
  func check(_ field: FieldSpec, by validator: inout Validator)
}

/// The limits of decoding and the defaults of the field rules.
package enum MessageLimits {
  /// The most bytes of one binary message.
  package static let bytes = 16 << 20
  /// The most bytes that protobuf-c may use for one message, however long it is.
  package static let memory = 64 << 20
  /// The most bytes that protobuf-c may use for a message of so many bytes.
  ///
  /// Real messages take two to four times their length. What is made to grow takes up to a hundred
  /// times as much, which is left to short messages only: 24 MiB, or six times the length.
  package static func memory(for bytes: Int) -> Int { min(memory, max(24 << 20, 6 * bytes)) }
  /// The most levels of messages within messages; the outermost is level 1.
  package static let depth: UInt32 = 64
  /// The most levels of objects and arrays in JSON.
  ///
  /// A message of ``depth`` levels has no more: each is an object, all but the outermost perhaps in
  /// a list or a map.
  package static let jsonDepth = 2 * Int(depth)
  /// The most values in one JSON text; each takes some 80 bytes of memory and may be two of text.
  package static let jsonValues = 250_000
  /// The most faults that one answer names.
  package static let violations = 100
  /// The most Unicode scalars of a member's name or a map's key where an answer names a field.
  package static let name = 100
  /// The most Unicode scalars of a text whose rule does not say otherwise.
  package static let text = 1_000
  /// The most bytes of a byte string whose rule does not say otherwise.
  package static let byteString = 65_536
  /// The most elements of a list or map whose rule does not say otherwise.
  package static let items = 1_000
}

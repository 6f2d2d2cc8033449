/// A message that holds one value, to tell an absent one from its default.
///
/// Its JSON is that of the value, and the rule of its field is a rule of the value.
package protocol Wrapper: Message {
  /// The type of the value.
  associatedtype Wrapped: FieldValue

  /// The value.
  var value: Wrapped { get set }

  /// Wraps a value.
  init(value: Wrapped)
}

extension Wrapper {
  /// True: the JSON is that of the value.
  package static var hasOwnJSON: Bool { true }

  /// Appends the value.
  package func writeJSON(to writer: inout JSONWriter) { value.writeJSON(to: &writer) }

  /// Reads the value.
  package static func readJSON(from reader: inout JSONReader) -> Self? {
    Wrapped.readJSON(from: &reader).map { Self(value: $0) }
  }

  /// Whether the value says nothing.
  package var saysNothing: Bool { value.saysNothing }

  /// Checks the value.
  package func check(_ field: FieldSpec, by validator: inout Validator) {
    value.check(field, by: &validator)
  }
}

extension GoogleProtobuf.DoubleValue: Wrapper {}

extension GoogleProtobuf.FloatValue: Wrapper {}

extension GoogleProtobuf.Int64Value: Wrapper {}

extension GoogleProtobuf.UInt64Value: Wrapper {}

extension GoogleProtobuf.Int32Value: Wrapper {}

extension GoogleProtobuf.UInt32Value: Wrapper {}

extension GoogleProtobuf.BoolValue: Wrapper {}

extension GoogleProtobuf.StringValue: Wrapper {}

extension GoogleProtobuf.BytesValue: Wrapper {}

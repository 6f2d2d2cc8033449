/// A parsed JSON text.
package enum JSONValue: Sendable, Hashable {
  /// A member of an object.
  package struct Member: Sendable, Hashable {
    /// Its name.
    package let key: String
    /// Its value.
    package let value: JSONValue
  }

  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number as it stands in the text.
  case number(String)
  /// A text.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object in the order of the text; names may repeat.
  case object([Member])
}

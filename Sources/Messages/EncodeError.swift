/// Why a message has no canonical JSON.
package enum EncodeError: Error, Sendable, Hashable {
  /// A time or duration lies outside the range that the contract allows.
  case timeOutOfRange
  /// A `Value` holds NaN or an infinity, which JSON has not.
  case notFinite
  /// A path of a `FieldMask` would not be the same when it is read again.
  case pathChanges(String)
  /// An `Any` holds a type that is unknown.
  case unknownType(String)
  /// The bytes of an `Any` are no message of its type.
  case unreadableAny(String)
  /// Messages are nested deeper than `MessageLimits.depth`, those in `Any` included.
  case tooDeep
}

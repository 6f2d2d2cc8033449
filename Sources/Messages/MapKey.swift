/// A key of a map.
package protocol MapKey: FieldValue {
  /// The key of a JSON object's member; nil if it is none of this type.
  init?(jsonKey: String)

  /// The key as a JSON object's member.
  var jsonKey: String { get }

  /// Whether the key is written before another.
  func precedes(_ other: Self) -> Bool
}

extension MapKey where Self: LosslessStringConvertible {
  /// Reads the canonical text of the key.
  package init?(jsonKey: String) {
    guard let key = Self(jsonKey), key.description == jsonKey else { return nil }
    self = key
  }

  /// The canonical text.
  package var jsonKey: String { description }
}

extension MapKey where Self: Comparable {
  /// Whether the key is less.
  package func precedes(_ other: Self) -> Bool { self < other }
}

extension Int32: MapKey {}

extension Int64: MapKey {}

extension UInt32: MapKey {}

extension UInt64: MapKey {}

extension String: MapKey {
  /// Whether the UTF-8 bytes come first, as other implementations sort them.
  package func precedes(_ other: Self) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Bool: MapKey {
  /// Whether this is false and the other true.
  package func precedes(_ other: Self) -> Bool { !self && other }
}

/// The order in which maps are written.
package enum MapOrder {
  /// The entries by their keys.
  package static func sorted<Key: MapKey, Value>(_ map: [Key: Value]) -> [(key: Key, value: Value)]
  {
    map.sorted { $0.key.precedes($1.key) }
  }
}

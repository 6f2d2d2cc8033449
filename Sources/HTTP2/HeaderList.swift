/// The header fields of one message, in order, in one flat buffer.
///
/// A field is stored as two lengths of four bytes each, the name and the value, so that a list
/// costs one allocation however many fields it has. Pseudo-headers (`:path` and the like) stand
/// first, as HTTP/2 demands. Names are compared as bytes; they arrive in lower case.
///
/// - Source: RFC 9113, section 8.2 and 8.3.
package struct HeaderList: Sendable, Hashable {
  /// Where a field lies in the buffer.
  struct Field {
    var nameStart: Int
    var nameCount: Int
    var valueCount: Int
    var isSensitive: Bool

    var valueStart: Int { nameStart + nameCount }
    var end: Int { nameStart + nameCount + valueCount }
  }

  /// The length of the two lengths before each field, in bytes.
  static let prefixCount = 8

  /// The bit of the name's length that says that the field must never enter a compression table.
  static let sensitiveBit: UInt32 = 1 << 31

  /// The number of bytes that each field counts for beyond its name and value.
  ///
  /// - Source: RFC 9113, section 6.5.2, SETTINGS_MAX_HEADER_LIST_SIZE.
  package static let overheadPerField = 32

  private(set) var storage: [UInt8]

  /// The number of fields.
  package private(set) var count: Int

  /// Creates an empty list.
  package init() {
    storage = []
    count = 0
  }

  /// Creates a list from a buffer that already has the layout of this type.
  init(copying records: UnsafeRawBufferPointer, count: Int) {
    storage = Array(records)
    self.count = count
  }

  /// Whether the list has no field.
  package var isEmpty: Bool { count == 0 }

  /// What the list counts for against a peer's limit, in bytes.
  ///
  /// - Source: RFC 9113, section 6.5.2: name, value and 32 bytes for each field.
  package var size: Int {
    storage.count + count * (Self.overheadPerField - Self.prefixCount)
  }

  /// Calls the closure with each field's name and value, which are valid for that call only.
  package func forEach(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    storage.withUnsafeBytes { bytes in
      var position = 0
      while let field = Self.field(at: position, in: bytes) {
        body(
          UnsafeRawBufferPointer(rebasing: bytes[field.nameStart..<field.valueStart]),
          UnsafeRawBufferPointer(rebasing: bytes[field.valueStart..<field.end])
        )
        position = field.end
      }
    }
  }

  /// Reads the field that starts at the position; nil at the end of the buffer.
  static func field(at position: Int, in bytes: UnsafeRawBufferPointer) -> Field? {
    guard position < bytes.count else { return nil }
    let name = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
    let value = bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self)
    return Field(
      nameStart: position + prefixCount,
      nameCount: Int(name & ~sensitiveBit),
      valueCount: Int(value),
      isSensitive: name & sensitiveBit != 0
    )
  }

  /// Adds a field behind the others from bytes.
  ///
  /// - Parameters:
  ///   - name: The name, in lower case.
  ///   - value: The value.
  ///   - isSensitive: Whether no compression table on the way may keep the field.
  package mutating func append(
    name: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer,
    isSensitive: Bool = false
  ) {
    let needed = storage.count + Self.prefixCount + name.count + value.count
    if storage.capacity < needed { storage.reserveCapacity(max(needed, 2 * storage.capacity, 256)) }
    let nameWord = UInt32(name.count) | (isSensitive ? Self.sensitiveBit : 0)
    withUnsafeBytes(of: nameWord) { storage.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(value.count)) { storage.append(contentsOf: $0) }
    storage.append(contentsOf: name)
    storage.append(contentsOf: value)
    count += 1
  }

  /// Removes every field of that name.
  package mutating func removeAll(named name: StaticString) {
    guard index(of: name) != nil else { return }
    var kept = Self()
    kept.append(contentsOf: self) { other, _ in !name.equals(other) }
    self = kept
  }

  /// Adds those fields of another list that the closure accepts, as they are.
  package mutating func append(
    contentsOf other: HeaderList,
    where isWanted: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
  ) {
    storage.reserveCapacity(storage.count + other.storage.count)
    other.storage.withUnsafeBytes { append(records: $0, where: isWanted) }
  }

  /// Adds those fields that the closure accepts from bytes in the layout of this type.
  mutating func append(
    records bytes: UnsafeRawBufferPointer,
    where isWanted: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
  ) {
    var position = 0
    while let field = Self.field(at: position, in: bytes) {
      let name = UnsafeRawBufferPointer(rebasing: bytes[field.nameStart..<field.valueStart])
      let value = UnsafeRawBufferPointer(rebasing: bytes[field.valueStart..<field.end])
      if isWanted(name, value) {
        storage.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[position..<field.end]))
        count += 1
      }
      position = field.end
    }
  }

  /// Finds the first field of that name.
  func index(of name: StaticString) -> Field? {
    name.withBytes { index(of: $0) }
  }

  /// Finds the first field of that name.
  func index(of name: UnsafeRawBufferPointer) -> Field? {
    storage.withUnsafeBytes { bytes in
      var position = 0
      while let field = Self.field(at: position, in: bytes) {
        let candidate = UnsafeRawBufferPointer(rebasing: bytes[field.nameStart..<field.valueStart])
        if candidate.equals(name) { return field }
        position = field.end
      }
      return nil
    }
  }
}

/// The header block that is arriving, in the layout of ``HeaderList``, in memory that is reused.
struct HeaderBlock {
  private var room: [UInt8] = []
  private var used = 0
  private var count = 0
  private var size = 0
  /// Whether the list went over the limit; its fields are then no longer kept.
  private(set) var isTooLarge = false

  /// Forgets the fields of the block before.
  mutating func begin() {
    used = 0
    count = 0
    size = 0
    isTooLarge = false
  }

  /// Adds a field, if the list stays within the limit.
  mutating func add(
    name: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer,
    isSensitive: Bool,
    limit: Int
  ) {
    guard !isTooLarge else { return }
    size += name.count + value.count + HeaderList.overheadPerField
    guard size <= limit else {
      isTooLarge = true
      return
    }
    let needed = used + HeaderList.prefixCount + name.count + value.count
    if room.count < needed {
      room.append(
        contentsOf: repeatElement(0, count: max(needed, 1_024, 2 * room.count) - room.count)
      )
    }
    let start = used
    room.withUnsafeMutableBytes { room in
      let nameWord = UInt32(name.count) | (isSensitive ? HeaderList.sensitiveBit : 0)
      room.storeBytes(of: nameWord, toByteOffset: start, as: UInt32.self)
      room.storeBytes(of: UInt32(value.count), toByteOffset: start + 4, as: UInt32.self)
      let nameStart = start + HeaderList.prefixCount
      let valueStart = nameStart + name.count
      UnsafeMutableRawBufferPointer(rebasing: room[nameStart..<valueStart]).copyMemory(from: name)
      UnsafeMutableRawBufferPointer(rebasing: room[valueStart..<needed]).copyMemory(from: value)
    }
    used = needed
    count += 1
  }

  /// Copies the fields out in one allocation of the exact size.
  func list() -> HeaderList {
    room.withUnsafeBytes {
      HeaderList(copying: UnsafeRawBufferPointer(rebasing: $0[..<used]), count: count)
    }
  }

  /// Whether the block is the head of an interim answer, which is followed by another head.
  ///
  /// - Source: RFC 9110, section 15.2.
  var isInterim: Bool {
    room.withUnsafeBytes { bytes in
      let used = UnsafeRawBufferPointer(rebasing: bytes[..<self.used])
      guard let field = HeaderList.field(at: 0, in: used), field.nameCount == 7 else {
        return false
      }
      return field.valueCount == 3 && used[field.valueStart] == UInt8(ascii: "1")
    }
  }
}

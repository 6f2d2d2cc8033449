/// The header block that is arriving, in the layout of ``HeaderList``, in memory that is reused.
///
/// What differs from one request of a caller to the next is kept apart, so that the rest can be
/// recognised by its bytes.
struct HeaderBlock: ~Copyable {
  /// Some fields, one behind the other.
  private struct Room {
    var bytes: [UInt8] = []
    var used = 0
    var count = 0

    mutating func add(
      name: UnsafeRawBufferPointer,
      value: UnsafeRawBufferPointer,
      isSensitive: Bool
    ) {
      let needed = used + HeaderList.prefixCount + name.count + value.count
      if bytes.count < needed {
        bytes.append(
          contentsOf: repeatElement(0, count: max(needed, 1_024, 2 * bytes.count) - bytes.count)
        )
      }
      let start = used
      bytes.withUnsafeMutableBytes { room in
        let nameWord = UInt32(name.count) | (isSensitive ? HeaderList.sensitiveBit : 0)
        room.storeBytes(of: nameWord, toByteOffset: start, as: UInt32.self)
        room.storeBytes(of: UInt32(value.count), toByteOffset: start + 4, as: UInt32.self)
        let nameStart = start + HeaderList.prefixCount
        let valueStart = nameStart + name.count
        UnsafeMutableRawBufferPointer(rebasing: room[nameStart..<valueStart])
          .copyMemory(from: name)
        UnsafeMutableRawBufferPointer(rebasing: room[valueStart..<needed]).copyMemory(from: value)
      }
      used = needed
      count += 1
    }
  }

  private var lasting = Room()
  private var passing = Room()
  private var size = 0
  /// What `content-length` says; negative if there is none.
  private(set) var length = -1
  /// Whether the list went over the limit; its fields are then no longer kept.
  private(set) var isTooLarge = false

  /// Forgets the fields of the block before.
  mutating func begin() {
    lasting.used = 0
    lasting.count = 0
    passing.used = 0
    passing.count = 0
    size = 0
    length = -1
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
    if name.count == 14, length < 0, name[0] == UInt8(ascii: "c"), isLength(name),
      let number = HeaderList.number(value)
    {
      length = number
    } else if Self.isPassing(name) {
      // The next table need not keep it: one full of values under one name is searched to its end.
      passing.add(name: name, value: value, isSensitive: true)
    } else {
      lasting.add(name: name, value: value, isSensitive: isSensitive)
    }
  }

  private func isLength(_ name: UnsafeRawBufferPointer) -> Bool {
    StaticString("content-length").equals(name)
  }

  /// Whether a field is another one with each call.
  private static func isPassing(_ name: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 10: StaticString("tracestate").equals(name)
    case 11: StaticString("traceparent").equals(name)
    case 15: StaticString("idempotency-key").equals(name)
    default: false
    }
  }

  /// How many bytes both parts take.
  var count: Int { lasting.used + passing.used }

  /// Writes both parts into a room of ``count`` bytes and says what lies there.
  func write(into room: UnsafeMutableRawBufferPointer, at start: Int) -> HeadShape {
    let (first, second) = (lasting.used, passing.used)
    lasting.bytes.withUnsafeBytes {
      room[start..<start + first].copyBytes(from: $0[..<first])
    }
    if second > 0 {
      passing.bytes.withUnsafeBytes {
        room[start + first..<start + first + second].copyBytes(from: $0[..<second])
      }
    }
    return HeadShape(
      lasting: first,
      lastingCount: lasting.count,
      passing: second,
      passingCount: passing.count,
      length: length
    )
  }

  /// Whether the block is the head of an interim answer, which is followed by another head.
  ///
  /// - Source: RFC 9110, section 15.2.
  var isInterim: Bool {
    lasting.bytes.withUnsafeBytes { bytes in
      let used = UnsafeRawBufferPointer(rebasing: bytes[..<lasting.used])
      guard let field = HeaderList.field(at: 0, in: used), field.nameCount == 7 else {
        return false
      }
      return field.valueCount == 3 && used[field.valueStart] == UInt8(ascii: "1")
    }
  }
}

/// How a head lies in the room of a session's events.
struct HeadShape {
  /// How many bytes the lasting fields take.
  var lasting = 0
  /// How many they are.
  var lastingCount = 0
  /// How many bytes the passing fields take, which lie behind them.
  var passing = 0
  /// How many they are.
  var passingCount = 0
  /// What `content-length` says; negative if there is none.
  var length = -1
}

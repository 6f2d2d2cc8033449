internal import CNghttp2

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

    /// Whether a field lies at a position.
    func has(
      _ name: UnsafeRawBufferPointer,
      _ value: UnsafeRawBufferPointer,
      _ isSensitive: Bool,
      at start: Int
    ) -> Bool {
      let nameStart = start + HeaderList.prefixCount
      let end = nameStart + name.count + value.count
      guard end <= used else { return false }
      let nameWord = UInt32(name.count) | (isSensitive ? HeaderList.sensitiveBit : 0)
      let words = UInt64(nameWord) | UInt64(value.count) << 32
      return bytes.withUnsafeBytes { room in
        room.loadUnaligned(fromByteOffset: start, as: UInt64.self) == words
          && room.has(name, at: nameStart) && room.has(value, at: nameStart + name.count)
      }
    }

    /// Copies all fields.
    func write(into room: UnsafeMutableRawBufferPointer, at start: Int) {
      bytes.withUnsafeBytes { room[start..<start + used].copyBytes(from: $0[..<used]) }
    }
  }

  private var lasting = Room()
  private var passing = Room()
  /// Where nghttp2 has each of the lasting fields.
  private var places: [FieldPlace] = []
  /// How far the lasting fields are those of the block before, while they are.
  private var repeated = Repeated()
  /// A number that stands for the lasting fields: of one connection, blocks that have the same one
  /// have the same lasting fields.
  private(set) var number: UInt64 = 1
  private var size = 0
  /// What `content-length` says; negative if there is none.
  private(set) var length = -1
  /// Whether the list went over the limit; its fields are then no longer kept.
  private(set) var isTooLarge = false

  /// How long a list may be, unpacked, that is merely refused, in bytes; nghttp2 looks at each one.
  private static let patience = 1 << 20

  /// Whether so much is unpacked of the block that it must have been made for that.
  var isBomb: Bool { size > Self.patience }

  /// The fields that came so far, of which the room still has all, and more.
  private struct Repeated {
    var isSo = false
    var used = 0
    var count = 0

    mutating func go(to end: Int) {
      used = end
      count += 1
    }
  }

  /// Begins a block.
  ///
  /// The lasting fields of the block before stay where they are: most blocks have the same ones.
  mutating func begin() {
    repeated = Repeated(isSo: true)
    passing.used = 0
    passing.count = 0
    size = 0
    length = -1
    isTooLarge = false
  }

  deinit {
    for place in places { place.release() }
  }

  /// Adds a field, if the list stays within the limit.
  ///
  /// A field that lies in nghttp2's table is told by its place there, without a look at its bytes.
  mutating func add(_ name: OpaquePointer, _ value: OpaquePointer, isSensitive: Bool, limit: Int) {
    if repeated.isSo, repeated.count < places.count, !isTooLarge {
      let place = places[repeated.count]
      if place.name == name, place.value == value, place.isSensitive == isSensitive {
        size += place.size
        isTooLarge = size > limit
        if !isTooLarge { repeated.go(to: place.end) }
        return
      }
    }
    let before = lastingFields
    let nameBytes = nghttp2_rcbuf_get_buf(name)
    let valueBytes = nghttp2_rcbuf_get_buf(value)
    add(
      name: UnsafeRawBufferPointer(start: nameBytes.base, count: nameBytes.len),
      value: UnsafeRawBufferPointer(start: valueBytes.base, count: valueBytes.len),
      isSensitive: isSensitive,
      limit: limit
    )
    if lastingFields > before { places[before].hold(name, value) }
  }

  /// How many lasting fields came so far.
  private var lastingFields: Int { repeated.isSo ? repeated.count : lasting.count }

  /// Adds a field, if the list stays within the limit.
  mutating func add(
    name: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer,
    isSensitive: Bool,
    limit: Int
  ) {
    size += name.count + value.count + HeaderList.overheadPerField
    guard size <= limit else {
      isTooLarge = true
      return
    }
    if name.count == 14, length < 0, name[0] == UInt8(ascii: "c"), isLength(name),
      let number = HeaderList.number(value)
    {
      length = number
    } else if repeated.isSo, lasting.has(name, value, isSensitive, at: repeated.used) {
      repeated.go(to: places[repeated.count].end)
    } else if Self.isPassing(name) {
      // The next table need not keep it: one full of values under one name is searched to its end.
      passing.add(name: name, value: value, isSensitive: true)
    } else {
      endRepeating()
      lasting.add(name: name, value: value, isSensitive: isSensitive)
      places.append(
        FieldPlace(
          end: lasting.used,
          size: name.count + value.count + HeaderList.overheadPerField,
          isSensitive: isSensitive
        )
      )
    }
  }

  /// Ends a block whose fields are all there.
  mutating func end() {
    if repeated.used < lasting.used { endRepeating() }
  }

  /// Drops what the room has beyond the fields that came so far.
  private mutating func endRepeating() {
    guard repeated.isSo else { return }
    repeated.isSo = false
    lasting.used = repeated.used
    lasting.count = repeated.count
    for place in places[repeated.count...] { place.release() }
    places.removeSubrange(repeated.count...)
    // With the first byte that differs, so that no block that broke off leaves its fields behind
    // under a number that says otherwise.
    number += 1
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

  /// How many bytes the passing part takes.
  var passingCount: Int { passing.used }

  /// How many bytes both parts take.
  var count: Int { lasting.used + passing.used }

  /// Writes both parts, the passing one last, into a room of ``count`` bytes behind the start and
  /// says what lies where.
  func write(into room: UnsafeMutableRawBufferPointer, at start: Int) -> HeadShape {
    lasting.write(into: room, at: start)
    return write(passingInto: room, at: start + lasting.used, lastingAt: start)
  }

  /// Writes the passing part into a room that has the lasting part already.
  func write(
    passingInto room: UnsafeMutableRawBufferPointer,
    at start: Int,
    lastingAt lastingStart: Int
  ) -> HeadShape {
    if passing.used > 0 { passing.write(into: room, at: start) }
    return HeadShape(
      number: number,
      lastingStart: lastingStart,
      lasting: lasting.used,
      lastingCount: lasting.count,
      passingStart: start,
      passing: passing.used,
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

/// Where nghttp2 has a field that came, and where it lies in the room.
private struct FieldPlace {
  /// The name and the value; nil if they did not come from nghttp2.
  ///
  /// They are held, so that another field cannot come to lie where this one lay.
  private(set) var name: OpaquePointer?
  private(set) var value: OpaquePointer?
  /// Where the field ends in the room.
  let end: Int
  /// What it counts for against the limit, in bytes.
  let size: Int
  let isSensitive: Bool

  init(end: Int, size: Int, isSensitive: Bool) {
    self.end = end
    self.size = size
    self.isSensitive = isSensitive
  }

  mutating func hold(_ name: OpaquePointer, _ value: OpaquePointer) {
    nghttp2_rcbuf_incref(name)
    nghttp2_rcbuf_incref(value)
    release()
    (self.name, self.value) = (name, value)
  }

  /// Lets go of both; the place is not used afterwards, or holds others at once.
  func release() {
    guard let name, let value else { return }
    nghttp2_rcbuf_decref(name)
    nghttp2_rcbuf_decref(value)
  }
}

/// How a head lies in the room of a session's events.
struct HeadShape {
  /// The number of the lasting fields.
  var number: UInt64 = 0
  /// Where the lasting fields begin.
  var lastingStart = 0
  /// How many bytes they take.
  var lasting = 0
  /// How many they are.
  var lastingCount = 0
  /// Where the passing fields begin.
  var passingStart = 0
  /// How many bytes they take.
  var passing = 0
  /// How many they are.
  var passingCount = 0
  /// What `content-length` says; negative if there is none.
  var length = -1
}

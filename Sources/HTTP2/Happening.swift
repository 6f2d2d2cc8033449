/// What one HTTP/2 connection learned, without a copy: bytes lie in memory of the session's and are
/// valid until it receives or hands over the next happening.
///
/// It says what ``SessionEvent`` says, for owners who handle very many of them.
package enum Happening {
  /// The head of a streamed message.
  case head(StreamKey, Head, endOfStream: Bool)
  /// A piece of a streamed body, perhaps the last one; it is given back with `consume` when it was
  /// used.
  case data(StreamKey, UnsafeRawBufferPointer, isEnd: Bool)
  /// The end of a streamed body that did not come with its last piece, with or without trailers.
  case end(StreamKey)
  /// The stream ended early.
  case closed(StreamKey, ErrorCode)
  /// The stream can be written again after `write` had asked to stop.
  case writable(StreamKey)
  /// Anything else; the session's `takeOther` hands it over.
  case other
}

/// A stream of a connection.
package struct StreamKey: Sendable, Hashable {
  /// The stream's identifier.
  package let id: Int32
  /// A small number that no other open stream of the connection has.
  package let slot: Int

  /// Names a stream.
  package init(id: Int32, slot: Int) {
    self.id = id
    self.slot = slot
  }
}

/// A happening as it waits: its bytes lie in the session's room.
struct Notice {
  enum Kind: UInt8 {
    case head
    case data
    case end
    case trailers
    case closed
    case writable
    case other
  }

  var kind: Kind
  var isEnd = false
  var stream: Int32 = 0
  var slot: Int32 = 0
  var code: UInt32 = 0
  /// Where the bytes of its body begin.
  var start = 0
  /// How many they are.
  var count = 0
  /// Which of the heads that wait it is.
  var head: Int32 = 0

  init(_ kind: Kind, _ stream: Int32 = 0, _ slot: Int = 0) {
    self.kind = kind
    self.stream = stream
    self.slot = Int32(slot)
  }
}

/// What waits for the owner of a session, in memory that is reused.
struct Notices {
  /// What the room may keep when nothing waits, in bytes.
  private static let kept = 256 << 10

  private var queue: [Notice] = []
  private var next = 0
  private var shapes: [HeadShape] = []
  private var others: [SessionEvent] = []
  private var nextOther = 0
  private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 8)
  private var used = 0
  /// The number of the lasting fields that were put into the room last; 0 if there are none.
  private var lastNumber: UInt64 = 0
  /// Where they lie.
  private var lastStart = 0

  /// Frees the room; nothing is used afterwards.
  func deallocate() { room.deallocate() }

  /// Gives the room back that nobody looks at any more.
  mutating func tidy() {
    guard next == queue.count else { return }
    if next > 0 {
      queue.removeAll(keepingCapacity: next <= 4_096)
      shapes.removeAll(keepingCapacity: next <= 4_096)
      next = 0
    }
    used = 0
    lastNumber = 0
    guard room.count > Self.kept else { return }
    room.deallocate()
    room = .allocate(byteCount: 16 << 10, alignment: 8)
  }

  private mutating func reserve(_ count: Int) {
    guard room.count < used + count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(2 * room.count, used + count),
      alignment: 8
    )
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[..<used]))
    room.deallocate()
    room = larger
  }

  mutating func add(_ notice: Notice) { queue.append(notice) }

  mutating func add(_ event: SessionEvent) {
    others.append(event)
    queue.append(Notice(.other))
  }

  /// Adds a head; lasting fields that are there already are not copied again.
  mutating func add(_ notice: Notice, _ block: borrowing HeaderBlock) {
    var notice = notice
    notice.head = Int32(shapes.count)
    if block.number == lastNumber {
      reserve(block.passingCount)
      shapes.append(block.write(passingInto: room, at: used, lastingAt: lastStart))
      used += block.passingCount
    } else {
      reserve(block.count)
      shapes.append(block.write(into: room, at: used))
      (lastNumber, lastStart) = (block.number, used)
      used += block.count
    }
    queue.append(notice)
  }

  /// Adds a piece of a body, behind one of the same body that still waits.
  ///
  /// Otherwise a peer that cuts a body into single bytes would make a happening of each.
  mutating func add(_ notice: Notice, _ bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    let start = used
    room[start..<start + bytes.count].copyBytes(from: bytes)
    used += bytes.count
    if let last = queue.indices.last, last >= next, queue[last].kind == .data,
      queue[last].stream == notice.stream, queue[last].start + queue[last].count == start
    {
      queue[last].count += bytes.count
      return
    }
    var notice = notice
    notice.start = start
    notice.count = bytes.count
    queue.append(notice)
  }

  /// Adds the end of a body to its last piece, if that still waits and nothing came behind it.
  mutating func endLast(_ stream: Int32) -> Bool {
    guard let last = queue.indices.last, last >= next, queue[last].kind == .data,
      queue[last].stream == stream
    else { return false }
    queue[last].isEnd = true
    return true
  }

  /// Puts a notice in the place of the one that was taken last.
  mutating func putBack(_ notice: Notice) {
    next -= 1
    queue[next] = notice
  }

  mutating func take() -> Notice? {
    guard next < queue.count else { return nil }
    next += 1
    return queue[next - 1]
  }

  /// The head that was taken last.
  func head(_ notice: Notice) -> Head {
    Head(shapes[Int(notice.head)], in: UnsafeRawBufferPointer(rebasing: room[..<used]))
  }

  /// The bytes of what was taken last.
  func bytes(_ notice: Notice) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: room[notice.start..<notice.start + notice.count])
  }

  /// The event of the last `other`.
  mutating func takeOther() -> SessionEvent? {
    guard nextOther < others.count else { return nil }
    let event = others[nextOther]
    nextOther += 1
    if nextOther == others.count {
      others.removeAll()
      nextOther = 0
    }
    return event
  }
}

internal import HTTP2
internal import TestSupport

/// What the targets of the server's and the client's session share.
enum SessionChecks {
  /// Limits that are reached by few bytes.
  ///
  /// nghttp2 counts resets by the clock, so here they have no limit: two runs must be alike.
  static let limits: Limits = {
    var limits = Limits.edge
    limits.concurrentStreams = 8
    limits.headerList = 1_024
    limits.collectedBodies = 4_096
    limits.streamBuffer = 2_048
    limits.resetBurst = 1 << 40
    return limits
  }()

  /// The longest collected body, in bytes.
  static let bodyLimit = 1_024

  /// Gives away the input piece by piece, cut at places that depend on it alone.
  static func pieces(
    of input: UnsafeRawBufferPointer,
    _ take: (UnsafeRawBufferPointer) -> Bool
  ) {
    var generator = SeededGenerator(seed: seed(of: input))
    let most = [1, 3, 16, 512].randomElement(using: &generator) ?? 1
    var position = 0
    while position < input.count {
      let count = min(input.count - position, Int.random(in: 1...most, using: &generator))
      let piece = UnsafeRawBufferPointer(rebasing: input[position..<(position + count)])
      guard take(piece) else { return }
      position += count
    }
  }

  /// Whether what a session sent is whole frames of allowed length.
  static func checkFrames(_ bytes: [UInt8], behind count: Int = 0) {
    var position = count
    while position < bytes.count {
      require(bytes.count - position >= 9, "half a frame was sent")
      let length = bytes[position..<(position + 3)].reduce(0) { $0 << 8 | Int($1) }
      require(length <= 1 << 24, "a frame of \(length) bytes was sent")
      position += 9 + length
    }
    require(position == bytes.count, "the last frame was cut off")
  }

  /// What a session said of some bytes, and whether it would have read on.
  typealias Heard = (events: [SessionEvent], error: SessionError?, wantsRead: Bool)

  /// Bytes must mean the same however they are cut, up to the end of the session.
  ///
  /// A session that is over drops what comes in later pieces. And nghttp2 1.52 counts a
  /// CONTINUATION again for each piece in which its head of nine bytes arrives, so a session may
  /// be over earlier with that one error. A body that belies its length may be given out further.
  static func compare(_ whole: Heard, _ pieces: Heard) {
    let belied = streams(thatBelieTheirLength: pieces.events, since: whole.events)
    let left = joined(without(belied, whole.events))
    let right = joined(without(belied, pieces.events))
    guard !pieces.wantsRead else {
      require(left == right, "cut otherwise: \(left) is not \(right)")
      require(whole.error == nil && whole.wantsRead, "only whole bytes end the session")
      return
    }
    require(begins(left, with: right), "cut otherwise: \(left) begins not with \(right)")
    guard pieces.error != nil, pieces.error != .tooManyContinuations else { return }
    require(whole.error == pieces.error, "cut otherwise: \([whole.error, pieces.error])")
  }

  /// Whether events begin with others, of which the last may be a body's first part.
  private static func begins(_ events: [SessionEvent], with first: [SessionEvent]) -> Bool {
    guard let last = first.last else { return true }
    guard events.count >= first.count, events.starts(with: first.dropLast()) else { return false }
    let same = events[first.count - 1]
    guard case .data(let stream, let part) = last, case .data(stream, let bytes) = same else {
      return same == last
    }
    return bytes.starts(with: part)
  }

  /// The streams whose body goes past the content-length of their head.
  ///
  /// The frame in which it does ends the stream. What came of this frame before is given out, and
  /// nothing if all of it came at once.
  private static func streams(
    thatBelieTheirLength pieces: [SessionEvent],
    since whole: [SessionEvent]
  ) -> Set<Int32> {
    var streams: Set<Int32> = []
    for event in pieces {
      switch event {
      case .head(let stream, let head, _):
        let length = head.string(of: "content-length").flatMap { Int($0) } ?? 0
        let given = body(of: stream, in: whole)
        let further = body(of: stream, in: pieces)
        let isFurther = further.count > given.count && further.starts(with: given)
        if isFurther, further.count <= length { streams.insert(stream) }
      case .tooLarge(let stream, let head):
        let hasLength = head.value(of: "content-length") != nil
        if hasLength, !whole.contains(event) { streams.insert(stream) }
      default: break
      }
    }
    return streams
  }

  private static func body(of stream: Int32, in events: [SessionEvent]) -> [UInt8] {
    events.flatMap { event -> [UInt8] in
      guard case .data(stream, let bytes) = event else { return [] }
      return bytes
    }
  }

  /// The events but for the bodies of some streams.
  private static func without(
    _ streams: Set<Int32>,
    _ events: [SessionEvent]
  ) -> [SessionEvent] {
    guard !streams.isEmpty else { return events }
    return events.filter { event in
      switch event {
      case .data(let stream, _), .tooLarge(let stream, _): !streams.contains(stream)
      default: true
      }
    }
  }

  /// The events with neighbouring pieces of one body joined.
  private static func joined(_ events: [SessionEvent]) -> [SessionEvent] {
    var result: [SessionEvent] = []
    for event in events {
      if case .data(let stream, let bytes) = event, case .data(stream, let before)? = result.last {
        result[result.count - 1] = .data(stream: stream, bytes: before + bytes)
      } else {
        result.append(event)
      }
    }
    return result
  }

  /// Bodies and sizes within the limits.
  static func check(_ event: SessionEvent) {
    switch event {
    case .message(_, let head, let body):
      require(body.count <= bodyLimit, "a body above its limit")
      require(head.size <= limits.headerList, "a header list above its limit")
    case .head(_, let head, _), .trailers(_, let head), .tooLarge(_, let head):
      require(head.size <= limits.headerList, "a header list above its limit")
      require(head.pairs.count == head.count, "a header list that miscounts")
    default: break
    }
  }
}

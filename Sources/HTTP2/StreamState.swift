/// What the session keeps about one stream; the objects are reused.
final class StreamState {
  /// What is done with a body that arrives.
  enum Intake {
    case collecting(limit: Int)
    case streaming
    case discarding

    init(_ handling: BodyHandling) {
      switch handling {
      case .collected(let limit): self = .collecting(limit: limit)
      case .streamed: self = .streaming
      }
    }
  }

  /// The index in the session's list of states.
  let slot: Int
  /// The stream; 0 while the object is unused.
  @exclusivity(unchecked) var id: Int32 = 0

  @exclusivity(unchecked) var intake = Intake.discarding
  /// The head of a collected message whose body is not whole.
  @exclusivity(unchecked) var head = HeaderList()
  /// The collected body so far.
  @exclusivity(unchecked) var body: [UInt8] = []
  /// How many bytes of a streamed body the owner has not given back.
  @exclusivity(unchecked) var unconsumed = 0
  @exclusivity(unchecked) var hasHead = false
  /// Whether the owner knows the stream.
  @exclusivity(unchecked) var isAnnounced = false
  /// Whether the peer sent END_STREAM.
  @exclusivity(unchecked) var hasPeerEnded = false
  /// Whether END_STREAM was sent.
  @exclusivity(unchecked) var hasEnded = false

  /// Whether a frame that was counted as invalid ended it.
  @exclusivity(unchecked) var isFaulty = false

  /// Whether a head was submitted.
  @exclusivity(unchecked) var isAnswered = false
  /// The head that was submitted, which nghttp2 reads when it sends it.
  @exclusivity(unchecked) var template: HeadTemplate?
  /// What waits to be sent; those before `nextPiece` are gone.
  @exclusivity(unchecked) var pieces: [[UInt8]] = []
  @exclusivity(unchecked) var nextPiece = 0
  /// How much of the next piece was sent, in bytes.
  @exclusivity(unchecked) var offset = 0
  /// How many bytes wait to be sent.
  @exclusivity(unchecked) var buffered = 0
  /// Whether nothing will be added behind what waits.
  @exclusivity(unchecked) var isFinished = false
  @exclusivity(unchecked) var trailers: HeaderList?
  /// Whether `write` asked to stop and the owner has not been told to go on.
  @exclusivity(unchecked) var isHeldBack = false

  init(slot: Int) {
    self.slot = slot
  }

  /// Makes the object ready for another stream, keeping the room of its lists.
  func clear() {
    id = 0
    intake = .discarding
    if !head.isEmpty { head = HeaderList() }
    if !body.isEmpty { body = [] }
    unconsumed = 0
    hasHead = false
    isAnnounced = false
    hasPeerEnded = false
    hasEnded = false
    isFaulty = false
    isAnswered = false
    template = nil
    if !pieces.isEmpty { pieces.removeAll(keepingCapacity: pieces.count < 16) }
    nextPiece = 0
    offset = 0
    buffered = 0
    isFinished = false
    trailers = nil
    isHeldBack = false
  }

  /// Puts bytes behind those that wait.
  func enqueue(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    pieces.append(bytes)
    buffered += bytes.count
  }

  /// Moves as many waiting bytes as fit and returns their number.
  func dequeue(into target: UnsafeMutableRawBufferPointer) -> Int {
    var written = 0
    while nextPiece < pieces.count, written < target.count {
      let piece = pieces[nextPiece]
      let count = min(piece.count - offset, target.count - written)
      piece.withUnsafeBytes { bytes in
        target[written..<written + count].copyBytes(from: bytes[offset..<offset + count])
      }
      written += count
      offset += count
      guard offset == piece.count else { break }
      pieces[nextPiece] = []
      nextPiece += 1
      offset = 0
    }
    if nextPiece == pieces.count {
      // One by one, since nearly always there is one: `removeAll` costs several times as much.
      while !pieces.isEmpty { pieces.removeLast() }
      nextPiece = 0
    } else if nextPiece >= 64, nextPiece * 2 >= pieces.count {
      pieces.removeFirst(nextPiece)
      nextPiece = 0
    }
    buffered -= written
    return written
  }
}

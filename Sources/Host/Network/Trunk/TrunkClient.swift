internal import HTTP2
internal import Kernel
internal import NIOCore

/// Who hears the answer to a call over a trunk.
protocol TrunkSink: AnswerSink {
  /// The whole answer came; it is valid for this call only. Nothing follows.
  func answered(_ head: Head, whole body: UnsafeRawBufferPointer)
}

/// The side of a trunk that calls; used on its loop only.
///
/// It is asked for with the first call, and takes calls from when the server has said that it has
/// one: until then, and for good if it has none or breaks its form, calls go over streams. A server
/// that knows nothing of trunks may say nothing for long, since it waits for the body's end.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class TrunkClient: Pumped {
  /// A call that is open.
  private struct Call {
    let number: UInt32
    let sink: any TrunkSink
    /// Which of the trunk's writes it went out with.
    let write: UInt64
    /// The answer, once it has begun.
    var answer: Pieces?
  }

  /// An answer that comes in pieces.
  private struct Pieces {
    /// How many bytes it still has, if its head says how many it has.
    var left: Int?
    /// How many bytes may still come before more is allowed.
    private var room = TrunkLimits.window
    /// How many bytes were taken of which the server has not been told.
    private var owed = 0

    init(left: Int?) {
      self.left = left
    }

    /// Takes note of a piece; false if it is more than may come.
    mutating func takes(_ count: Int) -> Bool {
      guard count <= room, count <= left ?? count else { return false }
      room -= count
      left = left.map { $0 - count }
      return true
    }

    /// Takes note that so many bytes were used, and says of how many the server is to be told.
    mutating func gives(_ count: Int) -> Int {
      owed += count
      guard owed >= TrunkLimits.window / 2 else { return 0 }
      defer { owed = 0 }
      room += owed
      return owed
    }
  }

  /// How many calls wait at most while other connections of the loop are read.
  ///
  /// If all calls of a busy turn went out together at its end, they would travel as one convoy:
  /// only one process at a time would have something to do.
  private static let most = 32

  @exclusivity(unchecked) var isScheduled = false
  private unowned let link: ClientLink
  private let turn: Turn
  @exclusivity(unchecked) private var stream: StreamKey?
  @exclusivity(unchecked) private var reader = TrunkReader.ofAnswers()
  @exclusivity(unchecked) private var writer = TrunkWriter()
  @exclusivity(unchecked) private var calls: [Call?] = []
  /// The number that the next call in each place has.
  @exclusivity(unchecked) private var numbers: [UInt32] = []
  @exclusivity(unchecked) private var free: [Int] = []
  /// How many calls wait to be sent.
  @exclusivity(unchecked) private var unsent = 0
  /// How many times the trunk has handed something to its link.
  @exclusivity(unchecked) private var writes: UInt64 = 0
  @exclusivity(unchecked) private var isAccepted = false
  /// Those whose answers began in the piece that is being read.
  private var unsettled: [UInt32] = []
  /// Whether it may be asked for, or takes calls.
  @exclusivity(unchecked) private var isUsable = true
  private var isRetiring = false

  init(over link: ClientLink, turn: Turn) {
    self.link = link
    self.turn = turn
  }

  /// The number of open calls.
  var openCalls: Int { calls.count - free.count }

  /// Whether a call fits: it goes out whole, in one record.
  static func fits(_ head: OutgoingHead, _ body: [UInt8]) -> Bool {
    body.count <= TrunkLimits.call && TrunkWriter.isShort(head)
  }

  /// Makes a call of which ``fits(_:_:)`` is true.
  ///
  /// - Returns: What to name it by; nil if the trunk takes no more calls.
  func call(
    _ head: OutgoingHead,
    _ trace: TraceContext,
    body: [UInt8],
    sink: any TrunkSink
  ) -> StreamKey? {
    guard isUsable, isOpen(), let slot = place() else { return nil }
    let number = numbers[slot]
    calls[slot] = Call(number: number, sink: sink, write: writes)
    writer.add(.call, number, head, TrunkTrace(trace), body: body)
    unsent += 1
    turn.schedule(self)
    if unsent >= Self.most { turn.isFull = true }
    return StreamKey(id: Int32(bitPattern: number), slot: slot)
  }

  private func isOpen() -> Bool {
    if stream == nil {
      stream = link.call(OutgoingHead(TrunkHead.request), body: [], isWhole: false, sink: self)
    }
    return isAccepted
  }

  private func place() -> Int? {
    if let slot = free.popLast() { return slot }
    guard calls.count < TrunkLimits.calls else { return nil }
    calls.append(nil)
    numbers.append(UInt32(calls.count - 1))
    return calls.count - 1
  }

  func pump() {
    guard let stream, !writer.isEmpty else { return }
    unsent = 0
    writes += 1
    _ = link.write(stream, writer.take())
  }

  /// Takes no new calls and ends when those that are open are over.
  func retire() {
    isUsable = false
    isRetiring = true
    finishIfIdle()
  }

  private func finishIfIdle() {
    guard isRetiring, openCalls == 0, let stream else { return }
    guard isAccepted else {
      // To a server that knows no trunks its end would be a request.
      self.stream = nil
      return link.cancel(stream)
    }
    pump()
    link.finish(stream)
  }

  private func call(_ number: UInt32) -> Call? {
    let slot = slot(number)
    guard slot < calls.count, let call = calls[slot], call.number == number else { return nil }
    return call
  }

  /// Frees the place of a call that is open.
  private func remove(_ number: UInt32) {
    let slot = slot(number)
    calls[slot] = nil
    // What still comes about the old number is about nobody.
    numbers[slot] &+= UInt32(TrunkLimits.calls)
    free.append(slot)
  }

  // MARK: - What the server says

  private func take(_ record: TrunkRecord, _ head: HeadTemplate?) throws(TrunkFault) {
    switch record.kind {
    case .head, .forget: return
    case .call, .cancel, .credit: throw .outOfPlace
    case .answer, .begin, .piece, .end, .broken: break
    }
    // About a call that was taken back something may still be on its way.
    guard let call = call(record.call) else { return }
    switch record.kind {
    case .answer:
      guard let head, call.answer == nil else { throw .outOfPlace }
      remove(record.call)
      record.withHead(head) { call.sink.answered($0, whole: record.body) }
    case .begin:
      guard let head, call.answer == nil else { throw .outOfPlace }
      let left = record.number >= 0 ? record.number : nil
      calls[slot(record.call)]?.answer = Pieces(left: left)
      unsettled.append(record.call)
      record.withHead(head) { call.sink.answered($0, isWhole: false) }
    case .piece:
      guard var answer = call.answer, answer.takes(record.body.count) else { throw .outOfPlace }
      calls[slot(record.call)]?.answer = answer
      call.sink.received(record.body)
    case .end:
      guard let answer = call.answer, answer.left ?? 0 == 0 else { throw .outOfPlace }
      remove(record.call)
      call.sink.ended()
    default:
      remove(record.call)
      let code = ErrorCode(rawValue: UInt32(truncatingIfNeeded: record.number))
      call.sink.broke(.reset(code))
    }
  }

  private func slot(_ number: UInt32) -> Int { Int(number) & (TrunkLimits.calls - 1) }

  /// Ends the trunk.
  ///
  /// - Returns: The calls that were open.
  private func give() -> [Call] {
    isUsable = false
    if let stream { link.cancel(stream) }
    stream = nil
    let left = calls.compactMap(\.self)
    calls = []
    numbers = []
    free = []
    unsettled = []
    return left
  }
}

extension TrunkClient: Carrier {
  // Calls go out whole, so nothing is ever added to one.
  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool { true }
  func finish(_ key: StreamKey) {}

  func consume(_ key: StreamKey, _ count: Int) {
    guard let call = call(UInt32(bitPattern: key.id)), var answer = call.answer else { return }
    let credit = answer.gives(count)
    calls[key.slot]?.answer = answer
    guard credit > 0 else { return }
    writer.add(.credit, call.number, number: credit)
    turn.schedule(self)
  }

  func cancel(_ key: StreamKey) {
    let number = UInt32(bitPattern: key.id)
    guard call(number) != nil else { return }
    remove(number)
    writer.add(.cancel, number)
    turn.schedule(self)
    finishIfIdle()
  }
}

extension TrunkClient: AnswerSink {
  func answered(_ head: Head, isWhole: Bool) {
    let list = HeaderList(head)
    isAccepted = list.status == 200 && list.has("content-type", TrunkHead.contentType)
    if isWhole || !isAccepted { end() }
  }

  func received(_ bytes: UnsafeRawBufferPointer) {
    guard let stream else { return }
    link.consume(stream, bytes.count)
    do throws(TrunkFault) {
      _ = try reader.read(bytes) { record, head throws(TrunkFault) in
        try take(record, head)
        return true
      }
    } catch {
      return end()
    }
    for number in unsettled { call(number)?.sink.settle() }
    unsettled.removeAll()
    finishIfIdle()
  }

  func ended() {
    stream = nil
    end()
  }

  /// Ends the trunk; calls that have not left are safe to make again.
  private func end() {
    let writes = writes
    for call in give() { call.sink.broke(call.write == writes ? .notSent : .lost) }
  }

  func broke(_ failure: LinkFailure) {
    stream = nil
    end()
  }

  func drained() {}

  func settle() {}
}

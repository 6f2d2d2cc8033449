internal import HTTP2
internal import Service
internal import Synchronization

/// What is served on the connections of ``HTTP1Target``: it writes down what it is asked.
///
/// The first letter of a path chooses how it is answered, see ``Manner``.
final class HTTP1Scribe: Door, StreamingEndpoint {
  /// How a request is answered.
  enum Manner: UInt8 {
    /// Collected, with one answer.
    case whole
    /// Collected, with an answer in pieces.
    case streamed = 0x62
    /// Refused by its head.
    case refused = 0x64
    /// Answered in pieces from the head on, with what comes of the body.
    case echoed = 0x65
    /// Collected, once that was decided later.
    case decidedLater = 0x6C
    /// Refused, once that was decided later.
    case refusedLater = 0x6D
    /// Refused by who would take the body piece by piece.
    case refusedBySink = 0x72
    /// Taken piece by piece.
    case sunk = 0x73

    init(_ path: String) {
      self = path.utf8.dropFirst().first.flatMap { Self(rawValue: $0) } ?? .whole
    }
  }

  /// A request whose head came.
  struct Seen: Hashable {
    var verb: String
    var path: String
    var host: String
    var fields: [String]
    /// How long the header list is.
    var size: Int
    /// The body; nil if it did not come to its end.
    var body: [UInt8]?
  }

  private struct State {
    var seen: [Seen] = []
    var waiting: [@Sendable () -> Void] = []
    var isDelayed = false
    var refusal = HTTP1Wire.Refusal()
  }

  private let state = Mutex(State())

  /// Begins with a new connection, whose answers may have to wait for ``turn()``.
  ///
  /// The refusal says whether nothing more may come.
  func begin(isDelayed: Bool, refusal: HTTP1Wire.Refusal) {
    state.withLock { $0 = State(isDelayed: isDelayed, refusal: refusal) }
  }

  /// The requests so far.
  var seen: [Seen] { state.withLock { $0.seen } }

  /// Gives the answers that wait.
  ///
  /// - Returns: Whether there was one.
  func turn() -> Bool {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for say in waiting { say() }
    return !waiting.isEmpty
  }

  private func later(_ say: @escaping @Sendable () -> Void) {
    state.withLock { $0.waiting.append(say) }
  }

  private func say(_ say: @escaping @Sendable () -> Void) {
    if state.withLock({ $0.isDelayed }) { later(say) } else { say() }
  }

  /// The answer to a request, which bears its number.
  private static func answer(_ number: Int, status: Int = 200) -> Answer {
    Answer(status: status, fields: [field(number)], body: Array("answer \(number)".utf8))
  }

  private static func field(_ number: Int) -> Answer.Field {
    Answer.Field("x-number", String(number))
  }

  private var number: Int { state.withLock { $0.seen.count - 1 } }

  // The door

  func passage(of head: RequestHead) -> Passage {
    let list = head.fields as? HeaderList ?? HeaderList()
    let fields = list.pairs.filter { !$0.name.hasPrefix(":") }.map { "\($0.name): \($0.value)" }
    require(!state.withLock { $0.refusal }.isWritten, "a request behind one that was refused")
    let number = state.withLock { state in
      state.seen.append(
        Seen(
          verb: head.verb,
          path: head.path,
          host: list.string(of: ":authority") ?? "",
          fields: fields,
          size: list.size
        )
      )
      return state.seen.count - 1
    }
    switch Manner(head.path) {
    case .refused: return .answer(Self.answer(number, status: 404))
    case .decidedLater: return .later { tell in self.later { tell(.local) } }
    case .refusedLater:
      return .later { tell in self.later { tell(.answer(Self.answer(number, status: 401))) } }
    default: return .local
    }
  }

  // The endpoint

  func dispatch(_ request: InboundRequest, to reply: any Reply) {
    let number = number
    take(request.body, of: number)
    say {
      guard case .streamed = Manner(request.path) else {
        reply.send(Self.answer(number))
        return
      }
      reply.begin(status: 200, fields: [Self.field(number)])
      reply.write(Array("begun".utf8))
      reply.write(request.body)
      reply.finish()
    }
  }

  func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)? {
    let number = number
    switch Manner(head.path) {
    case .sunk: return Sink(self, number, reply, isEchoed: false)
    case .echoed:
      reply.begin(status: 200, fields: [Self.field(number)])
      return Sink(self, number, reply, isEchoed: true)
    case .refusedBySink:
      reply.send(Self.answer(number, status: 403))
      return Sink(self, number, reply, isEchoed: false)
    default: return nil
    }
  }

  private func take(_ body: [UInt8], of number: Int) {
    state.withLock { state in
      require(state.seen[number].body == nil, "a body came twice")
      state.seen[number].body = body
    }
  }

  private final class Sink: BodySink {
    private let scribe: HTTP1Scribe
    private let number: Int
    private let reply: any Reply
    private let isEchoed: Bool
    private let body = Mutex<[UInt8]>([])

    init(_ scribe: HTTP1Scribe, _ number: Int, _ reply: any Reply, isEchoed: Bool) {
      self.scribe = scribe
      self.number = number
      self.reply = reply
      self.isEchoed = isEchoed
    }

    func receive(_ bytes: [UInt8], resume: @escaping @Sendable () -> Void) {
      body.withLock { $0 += bytes }
      if isEchoed { reply.write(bytes) }
      resume()
    }

    func end() {
      scribe.take(body.withLock { $0 }, of: number)
      guard !isEchoed else {
        reply.finish()
        return
      }
      scribe.say { [number, reply] in reply.send(HTTP1Scribe.answer(number)) }
    }

    func abort() {}
  }
}

internal import Connect
internal import Kernel
internal import Messages
internal import Storage
internal import Synchronization

/// The open streams of a service: each is asked for its next page after each commit.
///
/// Those that had all when they were last asked come first and share one snapshot; those that still
/// catch up come after them, one page each, and give way whenever something was committed. So a
/// reader who is far behind does not make the others wait.
package final class Streams: Sendable {
  private struct State {
    var sessions: [StreamSession] = []
    var wake: @Sendable () -> Void = {}
    /// Which of those that catch up comes first; each gets its turn.
    var turn = 0
  }

  private let heartbeat: Int64
  private let state = Mutex(State())

  init(heartbeat: Int64) {
    self.heartbeat = heartbeat
  }

  /// How many streams are open.
  package var count: Int { state.withLock { $0.sessions.count } }

  /// The open streams, the oldest first.
  var open: [StreamSession] { state.withLock { $0.sessions } }

  /// Tells whom to wake when a stream was opened or there may be something new.
  package func wake(by wake: @escaping @Sendable () -> Void) {
    state.withLock { $0.wake = wake }
  }

  /// Says that there may be something new.
  package func changed() {
    state.withLock { $0.wake }()
  }

  func open(_ session: StreamSession, on engine: Engine) {
    session.begin()
    // What it holds, a consumer's name for example, is free at once when its reader is gone.
    session.whenLeft { [weak self] in self?.changed() }
    let wake = state.withLock { state in
      state.sessions.append(session)
      return state.wake
    }
    wake()
  }

  /// Writes what is new, or a heartbeat, to all streams.
  ///
  /// - Returns: Whether some stream may have more to write at once.
  @discardableResult
  package func step(_ engine: Engine) -> Bool {
    // Before anything is read, so that whoever comes after a reader finds what that one held free.
    forget(state.withLock { $0.sessions.filter(\.isLeft) }, engine)
    let (sessions, turn) = state.withLock { state in
      state.turn += 1
      return (state.sessions, state.turn)
    }
    let pass = StreamPass(engine, heartbeat: heartbeat)
    pass.serve(sessions.filter { !$0.isCatchingUp })
    let behind = sessions.filter(\.isCatchingUp)
    for index in behind.indices {
      pass.serve([behind[(turn + index) % behind.count]])
      guard engine.store.changes.batches == pass.batches else {
        pass.hasMore = true
        break
      }
    }
    forget(pass.ended, engine)
    return pass.hasMore
  }

  /// Lets streams go that have ended.
  private func forget(_ sessions: [StreamSession], _ engine: Engine) {
    guard !sessions.isEmpty else { return }
    let ended = Set(sessions.map(ObjectIdentifier.init))
    for session in sessions { session.tell(engine.definition.streamEnded) }
    state.withLock { state in
      state.sessions.removeAll { ended.contains(ObjectIdentifier($0)) }
    }
  }

  /// Ends all streams, so that their readers go on elsewhere from their cursors.
  package func endAll(_ engine: Engine) {
    let sessions = state.withLock { state in
      defer { state.sessions = [] }
      return state.sessions
    }
    for session in sessions {
      session.end(.stopping)
      session.tell(engine.definition.streamEnded)
    }
  }
}

/// One open stream.
///
/// Touched by the one thread that pumps the streams, after it was opened.
final class StreamSession: Sendable {
  enum Progress {
    case waits
    case hasMore
    case ended
  }

  private struct State {
    var position: Int64?
    var lastWrite: Instant
    var blockedSince: Instant?
    /// How many batches were committed when there was nothing more to write; nil while there is.
    var upToDateAt: Int?
  }

  private let handler: Registry.StreamHandler
  private let admitted: AdmittedCall
  private let reply: any Reply
  private let state: Mutex<State>

  init(_ handler: Registry.StreamHandler, _ admitted: AdmittedCall, _ reply: any Reply) {
    self.handler = handler
    self.admitted = admitted
    self.reply = reply
    state = Mutex(State(lastWrite: admitted.call.realNow))
  }

  func begin() {
    reply.begin(
      status: 200,
      fields: [Answer.Field("content-type", ContentType(admitted.codec, isStreaming: true).name)]
    )
  }

  /// Whether nobody reads any more.
  var isLeft: Bool { reply.isCancelled }

  /// Calls once when nobody reads any more.
  func whenLeft(_ tell: @escaping @Sendable () -> Void) { reply.whenCancelled(tell) }

  /// Tells that the stream has ended, and where it had come to.
  func tell(_ ended: (Call, Int64?) -> Void) {
    ended(admitted.call, state.withLock { $0.position })
  }

  func end(_ refusal: Refusal?) {
    let body = refusal?.endOfStream(admitted.audience) ?? Array("{}".utf8)
    reply.write(Envelope(flags: .endOfStream, payload: body).bytes)
    reply.finish()
  }

  /// Answers a call with a stream that ends at once with a refusal.
  static func end(
    _ refusal: Refusal,
    _ codec: Codec,
    _ audience: Audience,
    _ reply: any Reply
  ) {
    reply.begin(
      status: 200,
      fields: [
        .init("content-type", ContentType(codec, isStreaming: true).name),
        .init("onedoor-reason", refusal.reason),
      ]
    )
    reply.write(Envelope(flags: .endOfStream, payload: refusal.endOfStream(audience)).bytes)
    reply.finish()
  }

  /// Whether it had more to read when it was last asked, or was not asked yet.
  var isCatchingUp: Bool { state.withLock { $0.upToDateAt == nil } }

  /// What can be said without a look into the store; nil if it has to be read.
  func look(_ pass: StreamPass) -> Progress? {
    if reply.isCancelled { return .ended }
    if let deadline = admitted.deadline, pass.now >= deadline {
      end(.deadlineExceeded)
      return .ended
    }
    if reply.backlog > ServiceLimits.streamBacklog { return blocked(pass.engine.streams, pass.now) }
    let (upToDateAt, lastWrite) = state.withLock { ($0.upToDateAt, $0.lastWrite) }
    return upToDateAt == pass.batches && pass.isQuiet(since: lastWrite) ? .waits : nil
  }

  /// Writes what a snapshot holds for it.
  func write(_ pass: StreamPass, _ snapshot: Snapshot) -> Progress {
    do {
      return try writePage(pass, snapshot)
    } catch {
      return fail(error, pass.engine)
    }
  }

  /// Ends with what went wrong.
  func fail(_ error: any Error, _ engine: Engine) -> Progress {
    let (refusal, detail) = Refusal.of(error)
    if let detail {
      let call = admitted.call
      engine.report(.fault(method: call.method, detail: detail, trace: call.trace))
    }
    end(refusal)
    return .ended
  }

  /// A reader that takes nothing is left alone, and ended if it stays so: it costs others nothing.
  private func blocked(_ streams: Streams, _ now: Instant) -> Progress {
    let (since, isNew) = state.withLock { state in
      let isNew = state.blockedSince == nil
      // A clock that was set back begins it anew, or it would last for as long as that.
      state.blockedSince = min(state.blockedSince ?? now, now)
      return (state.blockedSince ?? now, isNew)
    }
    if isNew { reply.whenDrained { streams.changed() } }
    guard now.milliseconds(since: since) >= ServiceLimits.slowReader else { return .waits }
    end(.consumerTooSlow)
    return .ended
  }

  private func writePage(_ pass: StreamPass, _ snapshot: Snapshot) throws -> Progress {
    let (position, lastWrite) = state.withLock { ($0.position, $0.lastWrite) }
    var call = admitted.call
    call.now = pass.hallNow
    call.realNow = pass.now
    let reading = Reading(call: call, snapshot: snapshot, seal: pass.engine.seal)
    let page = try handler.next(admitted.request, position, ServiceLimits.streamPage, reading)
    var messages = page.messages
    if messages.isEmpty, !pass.isQuiet(since: lastWrite) {
      messages = try handler.next(admitted.request, page.position, 0, reading).messages
    }
    if admitted.codec == .proto, !messages.isEmpty, let envelopes = page.envelopes {
      for envelope in envelopes { reply.write(envelope) }
    } else {
      for (index, message) in messages.enumerated() {
        let mark = index < page.marks.count ? page.marks[index] : nil
        let bytes = pass.bytes(of: message, mark: mark, call.method, admitted.codec)
        reply.write(Envelope(payload: bytes).bytes)
      }
    }
    state.withLock { state in
      state.position = page.position
      state.blockedSince = nil
      state.upToDateAt = page.hasMore ? nil : pass.batches
      if !messages.isEmpty { state.lastWrite = pass.now }
    }
    if page.isLast {
      end(nil)
      return .ended
    }
    return page.hasMore ? .hasMore : .waits
  }
}

extension Refusal {
  /// A stream's reader left too much unread for too long.
  static let consumerTooSlow = Refusal(
    .resourceExhausted,
    "CONSUMER_TOO_SLOW",
    zh: "读取过慢，请从上次游标重新连接",
    en: "The reader is too slow; connect again from the last cursor"
  )

  /// The JSON of the end-of-stream envelope that carries a refusal.
  package func endOfStream(_ audience: Audience) -> [UInt8] {
    Array(#"{"error":"#.utf8) + body(audience) + Array("}".utf8)
  }
}

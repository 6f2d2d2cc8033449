internal import Connect
internal import Kernel
internal import Messages
internal import Storage
internal import Synchronization

/// The open streams of a service: each is asked for its next page after each commit.
package final class Streams: Sendable {
  private struct State {
    var sessions: [StreamSession] = []
    var wake: @Sendable () -> Void = {}
  }

  private let heartbeat: Int64
  private let state = Mutex(State())

  init(heartbeat: Int64) {
    self.heartbeat = heartbeat
  }

  /// How many streams are open.
  package var count: Int { state.withLock { $0.sessions.count } }

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
    let sessions = state.withLock { $0.sessions }
    let now = engine.surroundings.realNow()
    var hasMore = false
    var ended: [ObjectIdentifier] = []
    for session in sessions {
      switch session.step(engine, now: now, heartbeat: heartbeat) {
      case .waits: break
      case .hasMore: hasMore = true
      case .ended:
        ended.append(ObjectIdentifier(session))
        session.tell(engine.definition.streamEnded)
      }
    }
    if !ended.isEmpty {
      state.withLock { state in
        state.sessions.removeAll { ended.contains(ObjectIdentifier($0)) }
      }
    }
    return hasMore
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
  }

  private let handler: Registry.StreamHandler
  private let admitted: AdmittedCall
  private let reply: any Reply
  private let state: Mutex<State>

  init(_ handler: Registry.StreamHandler, _ admitted: AdmittedCall, _ reply: any Reply) {
    self.handler = handler
    self.admitted = admitted
    self.reply = reply
    state = Mutex(State(position: nil, lastWrite: admitted.call.realNow, blockedSince: nil))
  }

  func begin() {
    reply.begin(
      status: 200,
      fields: [Answer.Field("content-type", ContentType(admitted.codec, isStreaming: true).name)]
    )
  }

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

  func step(_ engine: Engine, now: Instant, heartbeat: Int64) -> Progress {
    if reply.isCancelled { return .ended }
    if let deadline = admitted.deadline, now >= deadline {
      end(.deadlineExceeded)
      return .ended
    }
    if reply.backlog > ServiceLimits.streamBacklog { return blocked(engine.streams, now) }
    do {
      return try write(engine, now: now, heartbeat: heartbeat)
    } catch {
      let (refusal, detail) = Refusal.of(error)
      if let detail { engine.report(.fault(method: admitted.call.method, detail: detail)) }
      end(refusal)
      return .ended
    }
  }

  /// A reader that takes nothing is left alone, and ended if it stays so: it costs others nothing.
  private func blocked(_ streams: Streams, _ now: Instant) -> Progress {
    let (since, isNew) = state.withLock { state in
      let isNew = state.blockedSince == nil
      state.blockedSince = state.blockedSince ?? now
      return (state.blockedSince ?? now, isNew)
    }
    if isNew { reply.whenDrained { streams.changed() } }
    guard now.milliseconds(since: since) >= ServiceLimits.slowReader else { return .waits }
    end(.consumerTooSlow)
    return .ended
  }

  private func write(_ engine: Engine, now: Instant, heartbeat: Int64) throws -> Progress {
    let (position, lastWrite) = state.withLock { ($0.position, $0.lastWrite) }
    var call = admitted.call
    call.now = engine.surroundings.hallNow()
    call.realNow = now
    let page = try next(engine, call, position, ServiceLimits.streamPage)
    var messages = page.messages
    if messages.isEmpty, now.milliseconds(since: lastWrite) >= heartbeat {
      messages = try next(engine, call, page.position, 0).messages
    }
    if admitted.codec == .proto, let envelopes = page.envelopes {
      for envelope in envelopes { reply.write(envelope) }
    } else {
      for message in messages {
        let bytes = admitted.codec == .json ? message.encodeJSON() : message.encode()
        reply.write(Envelope(payload: bytes).bytes)
      }
    }
    state.withLock { state in
      state.position = page.position
      state.blockedSince = nil
      if !messages.isEmpty { state.lastWrite = now }
    }
    if page.isLast {
      end(nil)
      return .ended
    }
    return page.messages.isEmpty ? .waits : .hasMore
  }

  private func next(
    _ engine: Engine,
    _ call: Call,
    _ position: Int64?,
    _ limit: Int
  ) throws -> Registry.Page {
    try engine.store.read { snapshot in
      try handler.next(
        admitted.request,
        position,
        limit,
        Reading(call: call, snapshot: snapshot, seal: engine.seal)
      )
    }
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

internal import Connect
internal import Kernel
internal import Messages
internal import Storage

/// One step of all streams of a service: what they have in common while it lasts.
final class StreamPass {
  /// How many encoded messages are kept for the next stream at most.
  private static let mostEncoded = 1_000

  private struct Marked: Hashable {
    var method: String
    var mark: StreamMark
    var codec: Codec
  }

  let engine: Engine
  let heartbeat: Int64
  let now: Instant
  let hallNow: Instant
  /// How many batches were committed when the step began, or a few more: a snapshot of this step
  /// may show more than these, never less.
  let batches: Int
  /// Whether some stream may have more to write at once.
  var hasMore = false
  /// The streams that came to their end.
  private(set) var ended: [StreamSession] = []
  private var encoded: [Marked: [UInt8]] = [:]

  init(_ engine: Engine, heartbeat: Int64) {
    self.engine = engine
    self.heartbeat = heartbeat
    now = engine.surroundings.realNow()
    hallNow = engine.surroundings.hallNow()
    batches = engine.store.changes.batches
  }

  /// Whether a stream that was last written to then may be silent yet.
  ///
  /// A clock that was set back ends it, or there would be no heartbeat for as long as that.
  func isQuiet(since lastWrite: Instant) -> Bool {
    (0..<heartbeat).contains(now.milliseconds(since: lastWrite))
  }

  /// Serves streams from one snapshot, which is not even opened if there is nothing for any.
  func serve(_ sessions: [StreamSession]) {
    var unread = sessions.filter { session in
      guard let progress = session.look(self) else { return true }
      note(progress, of: session)
      return false
    }
    guard !unread.isEmpty else { return }
    do {
      try engine.store.read(isTakenAtOnce: true) { snapshot in
        while let session = unread.popLast() {
          note(session.write(self, snapshot), of: session)
        }
      }
    } catch {
      for session in unread { note(session.fail(error, engine), of: session) }
    }
  }

  private func note(_ progress: StreamSession.Progress, of session: StreamSession) {
    switch progress {
    case .waits: break
    case .hasMore: hasMore = true
    case .ended: ended.append(session)
    }
  }

  /// The bytes of a message, made once for all streams that get the same.
  func bytes(
    of message: any Message,
    mark: StreamMark?,
    _ method: String,
    _ codec: Codec
  ) -> [UInt8] {
    let marked = mark.map { Marked(method: method, mark: $0, codec: codec) }
    if let marked, let known = encoded[marked] { return known }
    let bytes = codec == .json ? message.encodeJSON() : message.encode()
    guard let marked else { return bytes }
    if encoded.count >= Self.mostEncoded { encoded.removeAll(keepingCapacity: true) }
    encoded[marked] = bytes
    return bytes
  }
}

internal import Connect
internal import HTTP2
internal import Kernel
internal import Messages
internal import Service
internal import Synchronization

/// Fetches the entries of one followed service and offers them to the follower.
///
/// It never gives up: after a failure it connects again, a little later each time, and goes on
/// behind the last entry that the follower took.
struct FollowerPump: Sendable {
  /// Why a stream was left.
  private enum Left: Error {
    /// It ended or was refused.
    case ended(status: Int)
    /// An entry is missing before the next one.
    case gap
    /// Not even a heartbeat came.
    case silent
    /// The other's record ends before what was followed already: its tail was cut off.
    case cutOff(head: Int64, followed: Int64)
  }

  /// The longest envelope that is taken.
  ///
  /// - Unit: bytes.
  private static let envelope = 64 << 20

  /// How long a stream may be silent; heartbeats come each 5 s.
  private static let silence = Duration.seconds(20)

  /// How long the writer is left to make room in a full inbox.
  private static let fullPause = Duration.milliseconds(20)

  let engine: Engine
  let follower: Follower
  let address: Address
  /// The TLS of the connection; nil for plaintext.
  let secured: Secured?
  let loops: Loops
  let log: Log
  /// Called when there is something for the writer.
  let wake: @Sendable () -> Void

  /// Runs until the task is cancelled.
  func run() async {
    var failures = 0
    while !Task.isCancelled {
      let before = follower.wanted
      do {
        try await followOnce()
      } catch is CancellationError {
        return
      } catch Left.cutOff(let head, let followed) {
        log.error(
          "the record of an upstream is shorter than what was followed of it",
          [.upstream: follower.upstream, .detail: "\(head) entries, \(followed) followed"]
        )
      } catch {
        follower.lostSight()
        log.debug(
          "feed is not reachable",
          [.upstream: follower.upstream, .detail: String(describing: error)]
        )
      }
      failures = follower.wanted > before ? 0 : failures + 1
      // 0.1 s, 0.2 s up to 3.2 s. That the task is cancelled ends the loop.
      try? await Task.sleep(for: .milliseconds(100 << min(failures, 5)))
    }
  }

  private func followOnce() async throws {
    let connection = try await ClientConnection.connect(to: address, on: loops, secured: secured)
    let heard = LastHeard()
    let result = await withTaskGroup(of: Result<Void, any Error>.self) { group in
      group.addTask { await Self.result { try await read(connection, heard) } }
      group.addTask { await Self.result { try await watch(heard) } }
      defer { group.cancelAll() }
      return await group.next() ?? .success(())
    }
    await connection.close()
    try result.get()
  }

  private static func result(_ body: () async throws -> Void) async -> Result<Void, any Error> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }

  private func watch(_ heard: LastHeard) async throws {
    while true {
      try await Task.sleep(for: .seconds(1))
      if heard.silence > Self.silence { throw Left.silent }
    }
  }

  private func read(
    _ connection: ClientConnection,
    _ heard: LastHeard
  ) async throws {
    let request = FeedV1.FollowRequest(after: follower.wanted)
    let stream = try await connection.open(
      try head(),
      body: Envelope(payload: request.encode()).bytes
    )
    guard stream.status == 200 else { throw Left.ended(status: stream.status) }
    var reader = EnvelopeReader(limit: Self.envelope)
    while let piece = try await stream.next() {
      heard.note()
      reader.append(piece)
      while let envelope = try reader.next() {
        guard !envelope.flags.contains(.endOfStream) else { throw Left.ended(status: 200) }
        try await offer(FeedV1.FollowResponse.decode(envelope.payload))
      }
    }
    throw Left.ended(status: 200)
  }

  /// Offers entries until the follower has taken them all; meanwhile nothing more is read.
  private func offer(_ response: FeedV1.FollowResponse) async throws {
    guard response.head >= follower.applied else {
      throw Left.cutOff(head: response.head, followed: follower.applied)
    }
    if let first = response.entries.first, first.position > follower.wanted + 1 { throw Left.gap }
    follower.offer(response.entries, head: response.head)
    wake()
    guard let last = response.entries.last else { return }
    while follower.wanted < last.position {
      try await Task.sleep(for: Self.fullPause)
      follower.offer(response.entries, head: response.head)
      wake()
    }
  }

  private func head() throws -> HeaderList {
    let service = engine.definition.name
    let pass = Pass(
      issuer: service,
      subject: service,
      roles: [.service],
      halls: [engine.defaultHall],
      expiresAt: engine.surroundings.realNow().advanced(byMilliseconds: Pass.lifetime)
    )
    var head = HeaderList(
      call: FeedV1.FeedService.follow.path,
      to: address,
      isSecured: secured != nil
    )
    head.append("content-type", "application/connect+proto")
    head.append("onedoor-pass", try engine.keyring.seal(pass))
    return head
  }
}

/// When the last byte of a stream came.
private final class LastHeard: Sendable {
  private let instant = Mutex(ContinuousClock.now)

  /// How long nothing has come.
  var silence: Duration { ContinuousClock.now - instant.withLock { $0 } }

  /// Something came.
  func note() { instant.withLock { $0 = .now } }
}

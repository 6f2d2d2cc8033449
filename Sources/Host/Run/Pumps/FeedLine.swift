internal import Connect
internal import HTTP2
internal import Kernel
internal import Messages
internal import Service
internal import Synchronization

/// The way to the feed of another service, followed over a connection of its own.
struct FeedLine: Sendable {
  /// Why a stream was left.
  enum Left: Error {
    /// It ended or was refused.
    case ended(status: Int)
    /// Not even a heartbeat came.
    case silent
  }

  /// The longest envelope that is taken.
  ///
  /// - Unit: bytes.
  private static let envelope = 64 << 20

  /// How long a stream may be silent; heartbeats come each 5 s.
  private static let silence = Duration.seconds(20)

  /// How long the question for the head may take.
  private static let headDeadline = Duration.seconds(5)

  let engine: Engine
  let upstream: String
  let address: Address
  /// The TLS of the connection; nil for plaintext.
  let secured: Secured?
  let loops: Loops

  /// Follows the feed until the stream ends.
  ///
  /// - Parameters:
  ///   - position: The position behind which to begin; nil for the last entry.
  ///   - take: Takes what comes; meanwhile nothing more is read.
  /// - Throws: ``Left`` or ``ClientError``; whatever else can go wrong on the way.
  func follow(
    after position: Int64?,
    _ take: @escaping @Sendable (FeedV1.FollowResponse) async throws -> Void
  ) async throws {
    let connection = try await ClientConnection.connect(to: address, on: loops, secured: secured)
    let heard = LastHeard()
    let result = await withTaskGroup(of: Result<Void, any Error>.self) { group in
      group.addTask {
        await Self.result { try await read(connection, after: position, heard, take) }
      }
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
    after position: Int64?,
    _ heard: LastHeard,
    _ take: (FeedV1.FollowResponse) async throws -> Void
  ) async throws {
    var after = position ?? 0
    if position == nil { after = try await lastPosition(connection) }
    var head = try head(FeedV1.FeedService.follow.path)
    head.append("content-type", "application/connect+proto")
    let request = FeedV1.FollowRequest(after: after)
    let stream = try await connection.open(head, body: Envelope(payload: request.encode()).bytes)
    guard stream.status == 200 else { throw Left.ended(status: stream.status) }
    var reader = EnvelopeReader(limit: Self.envelope)
    while let piece = try await stream.next() {
      heard.note()
      reader.append(piece)
      while let envelope = try reader.next() {
        guard !envelope.flags.contains(.endOfStream) else { throw Left.ended(status: 200) }
        try await take(FeedV1.FollowResponse.decode(envelope.payload))
      }
    }
    throw Left.ended(status: 200)
  }

  private func lastPosition(_ connection: ClientConnection) async throws -> Int64 {
    var head = try head(FeedV1.FeedService.getHead.path)
    head.append("content-type", "application/proto")
    let answer = try await connection.send(
      head,
      body: FeedV1.GetHeadRequest().encode(),
      deadline: Self.headDeadline
    )
    guard answer.status == 200 else { throw Left.ended(status: answer.status) }
    return try FeedV1.GetHeadResponse.decode(answer.body).position
  }

  private func head(_ path: String) throws -> HeaderList {
    let service = engine.definition.name
    let now = engine.surroundings.realNow()
    let pass = Pass.ofService(service, hall: engine.defaultHall, now: now)
    var head = HeaderList(call: path, to: address, isSecured: secured != nil)
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

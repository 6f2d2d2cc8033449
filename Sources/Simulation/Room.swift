internal import Connect
internal import Foundation
package import Kernel
package import Messages
package import Service
package import Storage
package import TestSupport

/// One service in this process: its real engine over a real store in a folder of its own, with a
/// clock that stands still until it is moved.
///
/// ```swift
/// let room = try Room(.intake(region: "370212"))
/// try room.offer(CatalogueV1.ItemPublished(item: item), subject: "X", from: "catalogue")
/// let answer = try room.call(
///   IntakeV1.IntakeService.submitApplication, request, as: .applicant(), key: "k1")
/// ```
package final class Room {
  /// The hall of every call that names none.
  package static let hall = "370212"

  /// 2026-09-14T09:00:00+08:00, a Monday.
  package static let opening = Instant(unixMilliseconds: 1_789_347_600_000)

  /// A call that was refused.
  package struct Refused: Error, Sendable, Hashable {
    /// The HTTP status.
    package var status: Int
    /// The detail.
    package var refusal: CommonV1.Refusal

    /// The reason, for example `WRONG_STATE`.
    package var reason: String { refusal.reason }
  }

  /// The clock of both presents.
  package let clock: ManualClock
  /// The engine; another one after ``crash()``.
  package private(set) var engine: Engine
  /// The folder of the store.
  package let folder: String
  /// What the engine reported.
  package let reports = Reports()
  /// Whether what the others tell is kept from the service, as while it is away: it comes with the
  /// next ``crash()`` after that.
  package var isAway = false

  private let definition: () -> Definition
  private let settings: Engine.Settings
  private let surroundings: Surroundings
  private var upstreams: [String: UpstreamFeed] = [:]
  private var nextKey = 0

  /// Opens a room.
  ///
  /// - Parameters:
  ///   - definition: What the service is; asked again after a crash.
  ///   - clock: The clock; one that stands at ``opening`` by default.
  ///   - seed: Of the identifiers.
  ///   - settings: What is tuned.
  /// - Throws: What the store or the file system says.
  package init(
    _ definition: @autoclosure @escaping () -> Definition,
    clock: ManualClock = ManualClock(startingAt: Room.opening),
    seed: UInt64 = 1,
    settings: Engine.Settings = Engine.Settings()
  ) throws {
    self.clock = clock
    self.definition = definition
    self.settings = settings
    surroundings = .testing(clock: clock, seed: seed)
    let name = "onedoor-room-\(UUID().uuidString)"
    folder = FileManager.default.temporaryDirectory.appending(path: name).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    engine = try Self.open(definition(), folder, surroundings, settings, reports)
  }

  deinit {
    engine.store.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private static func open(
    _ definition: Definition,
    _ folder: String,
    _ surroundings: Surroundings,
    _ settings: Engine.Settings,
    _ reports: Reports
  ) throws -> Engine {
    let store = try Store.open(
      path: "\(folder)/\(definition.name).sqlite",
      migrations: definition.migrations,
      service: definition.name
    )
    return try Engine(
      definition,
      store: store,
      keyring: TestKeys.keyring(definition.name),
      seal: TestKeys.seal(definition.name),
      surroundings: surroundings,
      defaultHall: Room.hall,
      settings: settings,
      report: { reports.add($0) }
    )
  }

  /// Drops the engine without a farewell and opens the store again.
  package func crash() throws {
    try reopen()
    try offerAll()
  }

  /// Drops the engine without a farewell, and opens what the disk held at that instant.
  ///
  /// The log is not brought into the file first, as it would be by a store that is closed.
  func reopen() throws {
    let kept = FileManager.default
    let file = "\(folder)/\(engine.definition.name).sqlite"
    for end in ["", "-wal"] where kept.fileExists(atPath: file + end) {
      try kept.copyItem(atPath: file + end, toPath: "\(file).kept\(end)")
    }
    engine.store.close()
    for end in ["", "-wal", "-shm"] where kept.fileExists(atPath: file + end) {
      try kept.removeItem(atPath: file + end)
    }
    for end in ["", "-wal"] where kept.fileExists(atPath: "\(file).kept\(end)") {
      try kept.moveItem(atPath: "\(file).kept\(end)", toPath: file + end)
    }
    engine = try Self.open(definition(), folder, surroundings, settings, reports)
  }

  // MARK: - Calls

  /// Makes a unary call and lets the service work until nothing is left to do.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - request: The request.
  ///   - identity: Who calls.
  ///   - key: The idempotency key; a fresh one if nil.
  ///   - fields: Further header fields.
  /// - Returns: The response.
  /// - Throws: ``Refused``.
  @discardableResult
  package func call<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    as identity: Identity,
    key: String? = nil,
    fields: [String: String] = [:]
  ) throws -> Response {
    let reply = try begin(method, request, as: identity, key: key, fields: fields)
    settle()
    guard let answer = reply.answer else { preconditionFailure("A settled call is answered.") }
    guard answer.status == 200 else { throw try refused(answer) }
    return try Response.decode(answer.body)
  }

  /// Makes a call and does not wait: for streams, and for calls that a test lets wait.
  package func begin<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    as identity: Identity,
    key: String? = nil,
    fields: [String: String] = [:]
  ) throws -> CollectedReply {
    nextKey += 1
    let pass = identity.pass(hall: Self.hall, now: surroundings.realNow())
    var all = [
      "content-type": ContentType(.proto, isStreaming: method.kind == .stream).name,
      "onedoor-pass": try TestKeys.keyring(Keyring.gateway).seal(pass),
      "idempotency-key": key ?? "key-\(nextKey)",
    ]
    all.merge(fields) { $1 }
    let body = request.encode()
    let reply = CollectedReply()
    engine.dispatch(
      InboundRequest(
        verb: "POST",
        path: method.path,
        fields: Fields(all),
        body: method.kind == .stream ? Envelope(payload: body).bytes : body,
        peer: "203.0.113.7"
      ),
      to: reply
    )
    return reply
  }

  func refused(_ answer: Answer) throws -> Refused {
    struct Body: Decodable {
      struct Detail: Decodable {
        var value: String
      }
      var details: [Detail]
    }
    let body = try JSONDecoder().decode(Body.self, from: Data(answer.body))
    let bytes = Base64.decode(body.details.first?.value ?? "") ?? []
    return Refused(status: answer.status, refusal: try CommonV1.Refusal.decode(bytes))
  }

  /// The messages of a stream that came since the last look.
  package func messages<M: Message>(_ type: M.Type, of reply: CollectedReply) throws -> [M] {
    settle()
    var reader = EnvelopeReader(limit: 16 << 20)
    for piece in reply.takePieces() { reader.append(piece) }
    var messages: [M] = []
    while let envelope = try reader.next() {
      if !envelope.flags.contains(.endOfStream) { messages.append(try M.decode(envelope.payload)) }
    }
    return messages
  }

  /// Lets the service work until nothing is left to do at this instant.
  package func settle() {
    while engine.step() > 0 {}
    while engine.streams.step(engine) {}
  }

  /// Moves the clock to an instant and lets the service work.
  package func advance(to instant: Instant) {
    clock.set(instant)
    settle()
  }

  /// Moves the clock to 00:00 of a day, `YYYY-MM-DD`, in the hall's legal time.
  package func advance(toDay iso: String) {
    guard let day = Day(iso: iso) else { preconditionFailure("\(iso) is a day.") }
    advance(to: surroundings.legalTime.start(of: day))
  }

  // MARK: - Feeds

  /// Publishes an entry in the feed of another service and lets it take effect here.
  ///
  /// - Parameters:
  ///   - payload: What happened.
  ///   - subject: What it happened to.
  ///   - upstream: The other service.
  ///   - personal: The personal part.
  ///   - reflects: What the writer had seen.
  ///   - trace: The trace in which it happened.
  /// - Returns: The entry.
  /// - Throws: What the store says.
  @discardableResult
  package func offer(
    _ payload: some Message,
    subject: String,
    from upstream: String,
    personal: (any Message)? = nil,
    reflects: [String: Int64] = [:],
    trace: TraceContext? = nil
  ) throws -> FeedV1.Entry {
    let entry = upstreams[upstream, default: UpstreamFeed(upstream)].append(
      payload,
      subject: subject,
      personal: personal,
      reflects: reflects,
      hall: Self.hall,
      now: clock.now,
      trace: trace
    )
    try offerAll()
    return entry
  }

  /// The position of the last entry of another service's feed.
  package func head(of upstream: String) -> Int64 {
    Int64(upstreams[upstream]?.entries.count ?? 0)
  }

  private func offerAll() throws {
    guard !isAway else { return }
    for follower in engine.followers {
      guard let feed = upstreams[follower.upstream] else { continue }
      follower.offer(
        feed.entries.filter { $0.position > follower.wanted },
        head: Int64(feed.entries.count)
      )
    }
    settle()
  }

  /// The entries of the service's own feed behind a position.
  package func feed(after position: Int64 = 0) throws -> [FeedEntry] {
    try engine.store.read { try $0.feedEntries(after: position, limit: 1_000) }
  }

  /// The payloads of one type in the service's own feed.
  package func published<M: Message>(_ type: M.Type) throws -> [M] {
    try feed().filter { $0.content.payloadType == M.fullName }
      .map { try M.decode($0.content.payload) }
  }
}

/// What an engine reported.
package final class Reports: Sendable {
  private let state = Locked<[Engine.Report]>([])

  /// All reports so far.
  package var all: [Engine.Report] { state.value }

  func add(_ report: Engine.Report) { state.change { $0.append(report) } }
}

/// Header fields as a dictionary.
private struct Fields: HeaderFields {
  let values: [String: String]

  init(_ values: [String: String]) {
    self.values = values
  }

  func value(of name: StaticString) -> String? { values[name.description] }
}

internal import Dispatch
internal import Foundation
internal import Gateway
internal import Glibc
internal import Kernel
internal import Messages
internal import Service
internal import Storage
internal import Synchronization
internal import TestSupport

/// A gateway before a real engine and store that believes two issuers and knows two portals.
final class TokenDoor: Sendable {
  /// What the door makes of a caller.
  enum Verdict: Equatable {
    /// A pass, as the services read it.
    case admitted(AccessV1.Pass)
    /// Somebody known who has no hall here, or the like.
    case known(String)
    /// Nobody whom it believes.
    case refused(String)
  }

  static let hall = "370212"
  static let halls: Set<String> = [hall, "370211"]
  /// What the door puts before the subjects of the second issuer.
  static let prefix = "b:"
  static let start = Instant(unixMilliseconds: 1_790_000_000_000)

  /// How many callers are let in until all are forgotten; a second one bounds memory as well.
  private static let remembered = 1_000

  let clock = ManualClock(startingAt: TokenDoor.start)
  let signers: TokenSigner.All
  /// The keys of the portals, as they were told once, and how the portals are known.
  let portals: [(key: String, id: String)]
  private let engine: Engine
  private let settings: GatewaySettings
  private let gateway: Mutex<Gateway>
  private let admitted = Atomic(0)

  init() {
    do {
      let signers = TokenSigner.All()
      self.signers = signers
      engine = try Self.engine(clock)
      var settings = GatewaySettings(defaultHall: Self.hall, halls: Self.halls)
      settings.issuers = [
        .init(name: signers.issuer[0].owner, jwks: Self.jwks(signers.issuer)),
        .init(name: signers.other.owner, jwks: Self.jwks([signers.other]), prefix: Self.prefix),
      ]
      // The clock stands still, so nothing comes back.
      let rate = CallRate(perSecond: 1, burst: 1 << 40)
      settings.limits.perSource = rate
      settings.limits.perSubject = rate
      settings.limits.perPortal = rate
      settings.limits.checksPerSource = rate
      self.settings = settings
      let gateway = try Self.open(engine, settings)
      self.gateway = Mutex(gateway)
      portals = try signers.portals.map { try Self.register($0, signers.issuer[0], gateway) }
    } catch {
      fatalError("a door does not open: \(error)")
    }
  }

  private static func jwks(_ signers: [TokenSigner]) -> String {
    #"{"keys":[\#(signers.map(\.jwk).joined(separator: ","))]}"#
  }

  /// Where the store is until the program ends.
  private static let folder =
    FileManager.default.temporaryDirectory.appending(path: "onedoor-fuzz-\(getpid())").path

  private static func engine(_ clock: ManualClock) throws -> Engine {
    let definition = Definition.gateway(demoClock: false)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: TokenDoor.folder) }
    let key = Digest.sha256(Array("gateway".utf8))
    return try Engine(
      definition,
      store: Store.open(
        path: "\(folder)/gateway.sqlite",
        migrations: definition.migrations,
        service: definition.name
      ),
      keyring: Keyring(
        service: definition.name,
        privateKey: key,
        publicKeys: [definition.name: try Keyring.publicKey(of: key)]
      ),
      seal: Seal(key: Digest.sha256(Array("seal".utf8))),
      surroundings: .testing(clock: clock),
      defaultHall: hall,
      report: { _ in }
    )
  }

  private static func open(_ engine: Engine, _ settings: GatewaySettings) throws -> Gateway {
    try wait { try await Gateway(engine: engine, settings: settings) }
  }

  /// Registers a portal, as an operator does it.
  private static func register(
    _ signer: TokenSigner,
    _ issuer: TokenSigner,
    _ gateway: Gateway
  ) throws -> (key: String, id: String) {
    let claims = #"{"iss":"\#(issuer.owner)","sub":"op","roles":["operator"],"exp":2e9}"#
    let request = GatewayV1.RegisterPortalRequest(name: signer.owner, subjectJwk: signer.jwk)
    let reply = Told()
    gateway.dispatch(
      InboundRequest(
        verb: "POST",
        path: GatewayV1.GatewayService.registerPortal.path,
        fields: Fields([
          "content-type": "application/proto", "idempotency-key": signer.owner,
          "authorization": "Bearer \(issuer.sign(claims))",
        ]),
        body: request.encode(),
        peer: "198.51.100.4"
      ),
      to: reply
    )
    try wait { await gateway.drain() }
    while gateway.engine.step() > 0 {}
    guard let answer = reply.answer, answer.status == 200 else {
      fatalError("a portal is not registered: \(String(describing: reply.answer))")
    }
    let response = try GatewayV1.RegisterPortalResponse.decode(answer.body)
    return (response.portalKey, response.portalId)
  }

  /// Waits for something that has to be awaited.
  private static func wait<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Held<Result<Value, any Error>>()
    Task.detached {
      do {
        result.set(.success(try await work()))
      } catch {
        result.set(.failure(error))
      }
      done.signal()
    }
    done.wait()
    guard let value = result.value else { fatalError("nothing was awaited") }
    return try value.get()
  }

  /// Asks the door who comes with these fields, and whether it knew that already.
  func ask(_ fields: [String: String]) -> (verdict: Verdict, isRemembered: Bool) {
    let gateway = gateway.withLock { $0 }
    let head = RequestHead(
      verb: "POST",
      path: IntakeV1.IntakeService.trackApplication.path,
      fields: Fields(fields.merging(["content-type": "application/proto"]) { $1 }),
      peer: "198.51.100.4"
    )
    let passage = gateway.passage(of: head)
    guard case .later(let decide) = passage else { return (Self.verdict(passage), true) }
    let decided = Held<Passage>()
    decide { decided.set($0) }
    do {
      try Self.wait { await gateway.drain() }
    } catch {
      fatalError("a queue does not drain: \(error)")
    }
    guard let passage = decided.value else { fatalError("the door did not decide") }
    return (Self.verdict(passage), false)
  }

  private static func verdict(_ passage: Passage) -> Verdict {
    switch passage {
    case .forward(let forwarding):
      guard let header = forwarding.set.first(where: { $0.name == "onedoor-pass" })?.value,
        let payload = header.split(separator: ".").first.flatMap({ Base64.decode($0) }),
        let pass = try? AccessV1.Pass.decode(payload)
      else { fatalError("a call goes on without a pass") }
      return .admitted(pass)
    case .answer(let answer):
      let reason = answer.value("onedoor-reason") ?? "\(answer.status)"
      return answer.status == 401 ? .refused(reason) : .known(reason)
    case .local, .later: fatalError("a call of intake's stays here")
    }
  }

  /// Forgets who was let in, now and then.
  func forget() {
    guard admitted.wrappingAdd(1, ordering: .relaxed).newValue % Self.remembered == 0 else {
      return
    }
    do {
      let new = try Self.open(engine, settings)
      gateway.withLock { $0 = new }
    } catch {
      fatalError("a door does not open again: \(error)")
    }
  }

  private struct Fields: HeaderFields {
    let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    func value(of name: StaticString) -> String? { values[name.description] }
  }
}

/// Something that another thread says once.
private final class Held<Value: Sendable>: Sendable {
  private let state = Mutex<Value?>(nil)

  var value: Value? { state.withLock { $0 } }

  func set(_ value: Value) { state.withLock { $0 = value } }
}

/// A reply that keeps a whole answer.
private final class Told: Reply {
  private let held = Held<Answer>()

  var answer: Answer? { held.value }
  let isCancelled = false
  let backlog = 0

  func send(_ answer: Answer) { held.set(answer) }

  func begin(status: Int, fields: [Answer.Field]) {}

  func write(_ bytes: [UInt8]) {}

  func finish() {}

  func whenCancelled(_ tell: @escaping @Sendable () -> Void) {}

  func whenDrained(_ resume: @escaping @Sendable () -> Void) { resume() }
}

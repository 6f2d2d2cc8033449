internal import Connect
internal import Gateway
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport

/// A gateway before a real engine and store, with one issuer whose tokens it believes.
struct DoorRoom {
  static let peer = "198.51.100.4"
  static let track = IntakeV1.IntakeService.trackApplication.path
  static let submit = IntakeV1.IntakeService.submitApplication.path
  static let accept = IntakeV1.IntakeService.acceptApplication.path
  static let follow = MonitoringV1.AlertService.followAlerts.path
  static let whoAmI = GatewayV1.GatewayService.whoAmI.path

  let room: Room
  let gateway: Gateway
  let issuer: TestIssuer

  init(_ change: (inout GatewaySettings) -> Void = { _ in }) async throws {
    issuer = try await TestIssuer()
    var settings = GatewaySettings(
      defaultHall: Room.hall,
      halls: ["370211"],
      issuers: [issuer.settings]
    )
    change(&settings)
    room = try Room(.gateway(demoClock: false))
    gateway = try await Gateway(engine: room.engine, settings: settings)
  }

  /// Where a request goes, once what had to be verified was.
  func passage(
    _ path: String,
    _ fields: [String: String] = [:],
    verb: String = "POST",
    peer: String = peer
  ) async -> Passage {
    let passage = gateway.passage(of: head(path, fields, verb: verb, peer: peer))
    guard case .later(let decide) = passage else { return passage }
    let decided = Locked<Passage?>(nil)
    decide { passage in decided.change { $0 = passage } }
    await gateway.drain()
    return decided.value ?? .local
  }

  /// Where a request goes, if that is known without verifying; nil if not.
  func passageAtOnce(
    _ path: String,
    _ fields: [String: String] = [:],
    peer: String = peer
  )
    -> Passage?
  {
    let passage = gateway.passage(of: head(path, fields, peer: peer))
    if case .later = passage { return nil }
    return passage
  }

  private func head(
    _ path: String,
    _ fields: [String: String],
    verb: String = "POST",
    peer: String
  ) -> RequestHead {
    let all = ["content-type": "application/proto"].merging(fields) { $1 }
    return RequestHead(verb: verb, path: path, fields: TestFields(values: all), peer: peer)
  }

  /// The answer to a call of the gateway's own.
  func dispatch(_ path: String, _ fields: [String: String], body: [UInt8]) async -> Answer? {
    let all = ["content-type": "application/proto"].merging(fields) { $1 }
    let reply = CollectedReply()
    let request = InboundRequest(
      verb: "POST",
      path: path,
      fields: TestFields(values: all),
      body: body,
      peer: Self.peer
    )
    gateway.dispatch(request, to: reply)
    await gateway.drain()
    room.settle()
    return reply.answer
  }

  /// Registers a portal that signs for its users with the issuer's key `ed`.
  func registerPortal(_ name: String = "portal-a", callsPerSecond: UInt32 = 0) throws -> String {
    let request = GatewayV1.RegisterPortalRequest(
      name: name,
      subjectJwk: issuer.edJWK,
      callsPerSecond: callsPerSecond
    )
    return try room.call(GatewayV1.GatewayService.registerPortal, request, as: .operator).portalKey
  }

  /// The pass that goes on with a call, as the service reads it.
  func pass(of passage: Passage) throws -> Pass? {
    guard let header = passage.forwarding?.value("onedoor-pass") else { return nil }
    return try TestKeys.keyring("intake").pass(of: header, now: room.clock.now)
  }
}

extension Identity {
  static let `operator` = Self("op", [.operator])
}

struct TestFields: HeaderFields {
  var values: [String: String]

  func value(of name: StaticString) -> String? { values[name.description] }
}

extension Passage {
  var forwarding: Forwarding? {
    if case .forward(let forwarding) = self { forwarding } else { nil }
  }

  var answer: Answer? {
    if case .answer(let answer) = self { answer } else { nil }
  }

  /// The reason of a refusal; `-> intake` for a call that goes there, `local`, or the status.
  var word: String {
    switch self {
    case .local: "local"
    case .later: "later"
    case .forward(let forwarding): "->\(forwarding.upstream)"
    case .answer(let answer): answer.value("onedoor-reason") ?? "\(answer.status)"
    }
  }
}

extension Answer {
  var text: String { String(decoding: body, as: UTF8.self) }
}

extension Forwarding {
  func value(_ name: String) -> String? { set.first { $0.name == name }?.value }
}

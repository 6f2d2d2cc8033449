import Kernel
import Messages
import Queueing
import Service
import Simulation

/// A hall with four windows and two items, played by a test.
struct Hall {
  static let clerk = Identity.official(.clerk, "clerk-1", post: "K01")
  static let other = Identity.official(.clerk, "clerk-2", post: "K02")
  static let guide = Identity.official(.guide, "guide-1", post: "G01")
  static let person = "11010519491231002X"

  let room: Room

  init() throws {
    room = try Room(.queueing())
    for (code, letter, departments) in [
      ("W01", "A", ["028"]), ("W02", "A", ["028", "029"]), ("W03", "B", ["024", "028"]),
      ("W04", "B", ["024"]),
    ] {
      let window = CatalogueV1.Window(
        code: code,
        name: code,
        nameEn: code,
        departmentCodes: departments,
        ticketLetter: letter
      )
      try room.offer(CatalogueV1.WindowPublished(window: window), subject: code, from: "catalogue")
    }
    for (code, department) in [("I28", "028"), ("I29", "029"), ("I24", "024"), ("I99", "099")] {
      let item = CatalogueV1.ItemVersion(
        item: .init(code: code, name: code, departmentCode: department),
        version: 1
      )
      try room.offer(CatalogueV1.ItemPublished(item: item), subject: code, from: "catalogue")
    }
  }

  // MARK: - Tickets

  @discardableResult
  func open(
    _ window: String,
    as identity: Identity = clerk
  ) throws -> QueueingV1.OpenWindowResponse {
    let request = QueueingV1.OpenWindowRequest(windowCode: window)
    return try room.call(QueueingV1.QueueService.openWindow, request, as: identity)
  }

  @discardableResult
  func take(
    _ letter: String = "A",
    _ priority: QueueingV1.Priority = .ordinary,
    id: String = "",
    as identity: Identity = guide
  ) throws -> QueueingV1.Ticket {
    let request = QueueingV1.TakeTicketRequest(
      ticketLetter: letter,
      priority: priority,
      idNumber: id
    )
    return try take(request, as: identity)
  }

  func take(
    _ request: QueueingV1.TakeTicketRequest,
    as identity: Identity = guide
  ) throws -> QueueingV1.Ticket {
    let response = try room.call(QueueingV1.QueueService.takeTicket, request, as: identity)
    return response.ticket ?? .init()
  }

  @discardableResult
  func callNext(_ window: String, as identity: Identity = clerk) throws -> QueueingV1.Ticket? {
    let request = QueueingV1.CallNextRequest(windowCode: window)
    return try room.call(QueueingV1.QueueService.callNext, request, as: identity).ticket
  }

  @discardableResult
  func start(_ id: String, as identity: Identity = clerk) throws -> QueueingV1.Ticket? {
    let request = QueueingV1.StartServiceRequest(ticketId: id)
    return try room.call(QueueingV1.QueueService.startService, request, as: identity).ticket
  }

  @discardableResult
  func finish(_ id: String, as identity: Identity = clerk) throws -> QueueingV1.Ticket? {
    let request = QueueingV1.FinishServiceRequest(ticketId: id)
    return try room.call(QueueingV1.QueueService.finishService, request, as: identity).ticket
  }

  /// Calls, starts and finishes the next ticket at a window.
  @discardableResult
  func serve(_ window: String, as identity: Identity = clerk) throws -> QueueingV1.Ticket? {
    guard let ticket = try callNext(window, as: identity) else { return nil }
    try start(ticket.id, as: identity)
    return try finish(ticket.id, as: identity)
  }

  func state() throws -> QueueingV1.GetHallStateResponse {
    try room.call(QueueingV1.QueueService.getHallState, .init(), as: .anybody)
  }

  // MARK: - Cases

  static let number = "37021220260914024000018"

  func received(_ ticket: String = "", code: String = "123456") throws {
    try room.offer(
      IntakeV1.ApplicationReceived(
        number: Self.number,
        itemCode: "I24",
        itemVersion: 1,
        departmentCode: "024",
        ticketId: ticket
      ),
      subject: Self.number,
      from: "intake",
      personal: IntakeV1.PersonalPart(queryCode: code)
    )
  }

  func accepted(code: String = "123456", reflects: [String: Int64] = [:]) throws {
    try room.offer(
      IntakeV1.ApplicationAccepted(
        admission: .init(number: Self.number, itemCode: "I24", itemVersion: 1),
        departmentCode: "024"
      ),
      subject: Self.number,
      from: "intake",
      personal: code.isEmpty ? nil : IntakeV1.PersonalPart(queryCode: code),
      reflects: reflects
    )
  }

  func decided(reflects: [String: Int64] = [:]) throws {
    try room.offer(
      ApprovalV1.CaseDecided(number: Self.number, decision: .init(granted: true)),
      subject: Self.number,
      from: "approval",
      reflects: reflects
    )
  }

  func rate(
    _ number: String = number,
    code: String = "123456",
    _ satisfaction: QueueingV1.Satisfaction = .verySatisfied,
    comment: String = "",
    key: String? = nil,
    as identity: Identity = .anybody
  ) throws -> String {
    let request = QueueingV1.RateRequest(
      caseNumber: number,
      queryCode: code,
      satisfaction: satisfaction,
      comment: comment
    )
    return try rate(request, key: key, as: identity)
  }

  func rate(
    _ request: QueueingV1.RateRequest,
    key: String? = nil,
    as identity: Identity = .anybody
  ) throws -> String {
    try room.call(QueueingV1.RatingService.rate, request, as: identity, key: key).ratingId
  }

  /// Somebody without a token, from a network.
  static func anybody(from source: String) -> Identity {
    var identity = Identity.anybody
    identity.source = source
    return identity
  }

  /// The reason for which a call is refused; empty if it is not.
  func reason(_ body: () throws -> Void) throws -> String {
    do {
      try body()
      return ""
    } catch let refused as Room.Refused {
      return refused.reason
    }
  }
}

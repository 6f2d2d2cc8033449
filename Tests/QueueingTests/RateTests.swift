import Connect
import Kernel
import Messages
import Service
import Simulation
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Rate")
struct RateTests {
  /// docs/rules/queueing.md, rule Q8.
  @Test
  func `A decided case is rated once by number and code`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.accepted()
    try hall.decided()
    let id = try hall.rate(comment: "很好", key: "r")
    #expect(try hall.rate(comment: "很好", key: "r") == id)
    #expect(try hall.reason { _ = try hall.rate() } == "ALREADY_RATED")
    let rated = try hall.room.published(QueueingV1.Rated.self)
    #expect(
      rated == [
        .init(
          ratingId: id,
          caseNumber: Hall.number,
          satisfaction: .verySatisfied,
          departmentCode: "024"
        )
      ]
    )
  }

  @Test
  func `A comment that no seal opens is found by verifying`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.decided()
    let id = try hall.rate(comment: "很好")
    #expect(hall.room.verify() == [])
    try hall.room.tamper("UPDATE rating SET comment = X'00'")
    #expect(hall.room.verify().map(\.subject) == ["rating \(id) comment"])
  }

  /// docs/rules/queueing.md, rule Q10.
  @Test
  func `A wrong code and a missing case answer alike`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.decided()
    let wrong = #expect(throws: Room.Refused.self) { _ = try hall.rate(code: "654321") }
    #expect(wrong?.reason == "NOT_FOUND")
    let number = "37021220260914024000026"
    var missing = #expect(throws: Room.Refused.self) { _ = try hall.rate(number) }
    missing?.refusal.subject = Hall.number
    #expect(missing == wrong)
  }

  /// docs/rules/intake.md, rule I9, and docs/rules/queueing.md, rule Q10.
  @Test
  func `Wrong codes lock a case for who says them, whether it exists or not`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.decided()
    for number in [Hall.number, "37021220260914024000026"] {
      for _ in 0..<ServiceLimits.wrongCodesPerNumber {
        #expect(try hall.reason { _ = try hall.rate(number, code: "654321") } == "NOT_FOUND")
      }
      #expect(try hall.reason { _ = try hall.rate(number, code: "654321") } == "LOOKUP_LOCKED")
      #expect(try hall.reason { _ = try hall.rate(number) } == "LOOKUP_LOCKED")
    }
    #expect(try hall.room.published(QueueingV1.Rated.self).isEmpty)
  }

  /// docs/rules/queueing.md, rule Q10.
  @Test
  func `Who says wrong codes keeps nobody else from rating`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.decided()
    for _ in 0..<ServiceLimits.wrongCodesPerNumber {
      #expect(try hall.reason { _ = try hall.rate(code: "654321") } == "NOT_FOUND")
    }
    let locked = #expect(throws: Room.Refused.self) { _ = try hall.rate() }
    #expect(locked?.reason == "LOOKUP_LOCKED" && locked?.refusal.rule == "Q10")
    // There is neither a login nor a window by which one could rate.
    #expect(locked?.refusal.messageEn.contains("login") == false)
    let owner = Hall.anybody(from: "203.0.113.8")
    #expect(try hall.reason { _ = try hall.rate(as: owner) } == "")
  }

  /// docs/rules/queueing.md, rule Q10.
  @Test
  func `Very many wrong codes lock a case for everybody`() {
    let guardian = LookupGuard(.rating)
    let day = Day(epochDay: 20_000)
    let each = ServiceLimits.wrongCodesPerNumber
    let sources = ServiceLimits.wrongCodesPerRatedNumber / each
    for source in 0..<sources {
      #expect(!guardian.isLocked("n", "other", on: day))
      for _ in 0..<each { guardian.failed("n", "s\(source)", on: day) }
    }
    #expect(guardian.isLocked("n", "other", on: day))
    #expect(!guardian.isLocked("m", "other", on: day))
  }

  /// A handler is run again when a neighbour in its batch fails after it has written.
  @Test
  func `A wrong code counts once, however often its handler is run`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.decided()
    let call = Call.ofTheSystem(
      "Neighbour",
      service: "queueing",
      hall: Room.hall,
      now: hall.room.clock.now,
      surroundings: .testing(clock: hall.room.clock)
    )
    let wrong = QueueingV1.RateRequest(
      caseNumber: Hall.number,
      queryCode: "654321",
      satisfaction: .fair
    )
    let ran = Mutex(0)
    func rateBesideOneThatFails() throws -> Int? {
      let reply = try hall.room.begin(QueueingV1.RatingService.rate, wrong, as: .anybody)
      hall.room.engine.write(call) { writing in
        ran.withLock { $0 += 1 }
        try writing.setTimer("none", subject: "none", stamp: 0, due: writing.call.now)
        throw Refusal.notFound("none")
      } completion: { _ in
      }
      hall.room.settle()
      return reply.answer?.status
    }
    for _ in 0..<ServiceLimits.wrongCodesPerNumber {
      #expect(try rateBesideOneThatFails() == 404)
    }
    #expect(try rateBesideOneThatFails() == 429)
    #expect(ran.withLock { $0 } == 2 * (ServiceLimits.wrongCodesPerNumber + 1))
  }

  /// docs/rules/queueing.md, rules Q9 and Q10.
  @Test
  func `An undecided case is not rated yet, and a wrong code does not learn that`() throws {
    let hall = try Hall()
    try hall.received()
    #expect(try hall.reason { _ = try hall.rate() } == "NOT_YET")
    #expect(try hall.reason { _ = try hall.rate(code: "000000") } == "NOT_FOUND")
    try hall.decided()
    #expect(try hall.reason { _ = try hall.rate() } == "")
    #expect(try hall.reason { _ = try hall.rate(code: "000000") } == "NOT_FOUND")
  }

  @Test
  func `A delivered result was decided`() throws {
    let hall = try Hall()
    try hall.accepted()
    try hall.room.offer(
      ApprovalV1.ResultDelivered(number: Hall.number),
      subject: Hall.number,
      from: "approval"
    )
    #expect(try hall.reason { _ = try hall.rate() } == "")
  }

  @Test
  func `Approval may be heard before intake`() throws {
    let hall = try Hall()
    try hall.decided()
    #expect(try hall.reason { _ = try hall.rate() } == "NOT_FOUND")
    try hall.received()
    _ = try hall.rate()
    #expect(try hall.room.published(QueueingV1.Rated.self).map(\.departmentCode) == ["024"])
  }

  @Test
  func `An entry waits for what its writer had seen`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.decided(reflects: ["intake": 2])
    #expect(try hall.reason { _ = try hall.rate() } == "NOT_YET")
    try hall.accepted()
    hall.room.settle()
    #expect(try hall.reason { _ = try hall.rate() } == "")
  }

  @Test
  func `An acceptance without personal data keeps the code`() throws {
    let hall = try Hall()
    try hall.received()
    try hall.accepted(code: "")
    try hall.decided()
    #expect(try hall.reason { _ = try hall.rate() } == "")
  }

  /// docs/rules/queueing.md, rules Q8 and Q9.
  @Test
  func `A finished visit is rated once by its ticket`() throws {
    let hall = try Hall()
    try hall.open("W03")
    let ticket = try hall.take("B")
    let request = QueueingV1.RateRequest(ticketId: ticket.id, satisfaction: .dissatisfied)
    #expect(try hall.reason { _ = try hall.rate(request) } == "NOT_YET")
    try hall.callNext("W03")
    try hall.start(ticket.id)
    #expect(try hall.reason { _ = try hall.rate(request) } == "NOT_YET")
    try hall.finish(ticket.id)
    let id = try hall.rate(request)
    #expect(try hall.reason { _ = try hall.rate(request) } == "ALREADY_RATED")
    // Whoever handles is responsible (handbook 5.5), so it is told where and by whom.
    #expect(
      try hall.room.published(QueueingV1.Rated.self) == [
        .init(
          ratingId: id,
          ticketId: ticket.id,
          satisfaction: .dissatisfied,
          windowCode: "W03",
          calledBy: Hall.clerk.subject,
          calledPost: "K01"
        )
      ]
    )
    let unknown = QueueingV1.RateRequest(ticketId: "none", satisfaction: .fair)
    #expect(try hall.reason { _ = try hall.rate(unknown) } == "NOT_FOUND")
  }

  /// docs/rules/queueing.md, rule Q8.
  @Test
  func `A visit and its case are rated apart, and the ticket names the case`() throws {
    let hall = try Hall()
    try hall.open("W03")
    let ticket = try hall.take("B")
    try hall.callNext("W03")
    try hall.start(ticket.id)
    try hall.received(ticket.id)
    let done = try #require(try hall.finish(ticket.id))
    #expect(done.caseNumber == Hall.number)
    try hall.decided()
    _ = try hall.rate(.init(ticketId: ticket.id, satisfaction: .fair))
    _ = try hall.rate()
    let rated = try hall.room.published(QueueingV1.Rated.self)
    #expect(rated.map(\.caseNumber) == ["", Hall.number])
    #expect(rated.map(\.visitCaseNumber) == [Hall.number, ""])
    #expect(rated.map(\.windowCode) == ["W03", ""])
  }

  @Test
  func `Requests that name nothing, both or no level are refused`() throws {
    let hall = try Hall()
    for request in [
      QueueingV1.RateRequest(satisfaction: .fair),
      .init(caseNumber: "1", queryCode: "123456", ticketId: "2", satisfaction: .fair),
      .init(caseNumber: Hall.number, satisfaction: .fair),
      .init(caseNumber: Hall.number, queryCode: "123456"),
      .init(caseNumber: Hall.number, queryCode: "12345", satisfaction: .fair),
    ] {
      #expect(try hall.reason { _ = try hall.rate(request) } == "INVALID_FIELDS")
    }
  }

  @Test
  func `Neither codes nor comments can be read in the store`() throws {
    let hall = try Hall()
    try hall.received(code: "314159")
    try hall.decided()
    _ = try hall.rate(code: "314159", comment: "办事员态度很好")
    let kept = try hall.room.engine.store.read { snapshot in
      let hash = try snapshot.first("SELECT query_hash FROM rated_case") { $0.blob(0) } ?? []
      let comment = try snapshot.first("SELECT comment FROM rating") { $0.blob(0) } ?? []
      return (hash, comment)
    }
    #expect(kept.0.count == 32)
    #expect(!String(decoding: kept.1, as: UTF8.self).contains("办事员"))
    let entry = try #require(try hall.room.feed().last)
    #expect(!String(decoding: entry.content.payload, as: UTF8.self).contains("办事员"))
  }
}

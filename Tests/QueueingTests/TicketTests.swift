import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Queueing

@Suite("TakeTicket")
struct TakeTicketTests {
  /// docs/rules/queueing.md, rule Q1.
  @Test
  func `Tickets are numbered by letter and begin anew each day`() throws {
    let hall = try Hall()
    #expect(try hall.take("A").number == "A001")
    #expect(try hall.take("A").number == "A002")
    #expect(try hall.take("B").number == "B001")
    hall.room.advance(toDay: "2026-09-15")
    #expect(try hall.take("A").number == "A001")
    #expect(try hall.state().queues.map(\.waiting) == [1, 0])
  }

  @Test
  func `The count of those ahead goes by class and number`() throws {
    let hall = try Hall()
    #expect(try hall.take("A").ahead == 0)
    #expect(try hall.take("A").ahead == 1)
    #expect(try hall.take("A", .care).ahead == 0)
    #expect(try hall.take("A", .greenChannel).ahead == 0)
    #expect(try hall.take("A", .care).ahead == 2)
    #expect(try hall.take("A").ahead == 5)
    #expect(try hall.take("B").ahead == 0)
    #expect(try hall.take("B", .unspecified).priority == .ordinary)
  }

  /// docs/rules/queueing.md, rule Q3.
  @Test
  func `An item leads to the window with the fewest waiting`() throws {
    let hall = try Hall()
    #expect(try hall.take(.init(itemCode: "I28")).number == "A001")
    #expect(try hall.take(.init(itemCode: "I28")).number == "B001")
    #expect(try hall.take(.init(itemCode: "I28")).number == "A002")
    #expect(try hall.take(.init(itemCode: "I29")).number == "A003")
    #expect(try hall.take(.init(itemCode: "I24")).number == "B002")
  }

  /// docs/rules/queueing.md, rule Q2.
  @Test
  func `A person has one live ticket of a letter`() throws {
    let hall = try Hall()
    try hall.open("W01")
    let first = try hall.take("A", id: Hall.person)
    let refused = #expect(throws: Room.Refused.self) { try hall.take("A", id: Hall.person) }
    #expect(refused?.reason == "ALREADY_QUEUED")
    #expect(refused?.refusal.subject == first.number)
    let small = #expect(throws: Room.Refused.self) {
      try hall.take("A", id: Hall.person.lowercased())
    }
    #expect(small?.reason == "ALREADY_QUEUED", "a small x is the same person")
    #expect(try hall.take("B", id: Hall.person).number == "B001")
    try hall.serve("W01")
    #expect(try hall.take("A", id: Hall.person).number == "A002")
  }

  /// docs/rules/queueing.md, rule Q13.
  @Test
  func `Identity numbers stand nowhere and their hashes go at night`() throws {
    let hall = try Hall()
    try hall.take("A", id: Hall.person)
    func persons() throws -> Int64? {
      try hall.room.engine.store.read {
        try $0.first("SELECT count(*) FROM ticket WHERE person IS NOT NULL") { $0.integer(0) }
      }
    }
    #expect(try persons() == 1)
    for entry in try hall.room.feed() {
      #expect(!String(decoding: entry.content.payload, as: UTF8.self).contains(Hall.person))
    }
    hall.room.advance(toDay: "2026-09-15")
    #expect(try persons() == 0)
  }

  /// docs/rules/queueing.md, rules Q3 and Q11.
  @Test
  func `What cannot be queued for is refused`() throws {
    let hall = try Hall()
    func reason(_ request: QueueingV1.TakeTicketRequest, as identity: Identity) throws -> String {
      try hall.reason { _ = try hall.take(request, as: identity) }
    }
    #expect(try reason(.init(), as: .anybody) == "INVALID_FIELDS")
    #expect(try reason(.init(itemCode: "I28", ticketLetter: "A"), as: .anybody) == "INVALID_FIELDS")
    #expect(try reason(.init(ticketLetter: "Z"), as: .anybody) == "NO_WINDOW")
    #expect(try reason(.init(itemCode: "I99"), as: .anybody) == "NO_WINDOW")
    #expect(try reason(.init(itemCode: "I77"), as: .anybody) == "NOT_FOUND")
    let green = QueueingV1.TakeTicketRequest(ticketLetter: "A", priority: .greenChannel)
    #expect(try reason(green, as: .anybody) == "GREEN_CHANNEL")
    for identity in [Identity("agent-1", [.agent]), Identity("portal-1", [.portal]), Hall.guide] {
      #expect(try reason(green, as: identity) == "")
    }
    #expect(
      try reason(.init(ticketLetter: "A", idNumber: "110105194912310021"), as: .anybody)
        == "INVALID_FIELDS"
    )
  }

  /// docs/rules/queueing.md, rule Q12.
  @Test
  func `A letter has 999 tickets a day`() throws {
    let hall = try Hall()
    try hall.take("A")
    let outcome = hall.room.engine.store.batch([
      { try $0.execute("UPDATE ticket SET sequence = 998") }
    ])
    #expect(outcome.first?.failure == nil)
    #expect(try hall.take("A").number == "A999")
    #expect(try hall.reason { try hall.take("A") } == "TICKETS_EXHAUSTED")
    #expect(try hall.take("B").number == "B001")
  }

  @Test
  func `A repeat with the same key draws no second ticket`() throws {
    let hall = try Hall()
    let request = QueueingV1.TakeTicketRequest(ticketLetter: "A")
    let method = QueueingV1.QueueService.takeTicket
    let first = try hall.room.call(method, request, as: .anybody, key: "k")
    #expect(try hall.room.call(method, request, as: .anybody, key: "k") == first)
    #expect(try hall.room.published(QueueingV1.TicketTaken.self).map(\.ticket) == [first.ticket])
  }
}

@Suite("OpenWindow")
struct OpenWindowTests {
  /// docs/rules/queueing.md, rule Q5.
  @Test
  func `A window is opened once a person and day`() throws {
    let hall = try Hall()
    let first = try hall.open("W01")
    #expect(first.ticketLetter == "A")
    #expect(try hall.open("W01") == first)
    hall.room.advance(toDay: "2026-09-15")
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_NOT_OPEN")
    #expect(try hall.open("W01").sessionId != first.sessionId)
  }

  /// docs/rules/queueing.md, rules Q5 and Q6.
  @Test
  func `An idle window is taken over, a busy one is not`() throws {
    let hall = try Hall()
    try hall.open("W01")
    try hall.open("W01", as: Hall.other)
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_NOT_OPEN")
    try hall.take()
    try hall.callNext("W01", as: Hall.other)
    #expect(try hall.reason { try hall.open("W01") } == "WINDOW_BUSY")
    #expect(try hall.reason { try hall.open("W02", as: Hall.other) } == "WINDOW_BUSY")
  }

  /// docs/rules/queueing.md, rule Q5.
  @Test
  func `Who opens another window leaves the first`() throws {
    let hall = try Hall()
    try hall.open("W01")
    try hall.open("W03")
    #expect(try hall.state().windows.map(\.windowCode) == ["W03"])
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_NOT_OPEN")
  }

  /// docs/rules/queueing.md, rule Q5.
  @Test
  func `A window takes its new letter when it is opened anew and is idle`() throws {
    let hall = try Hall()
    let first = try hall.open("W01")
    try hall.take()
    let ticket = try #require(try hall.callNext("W01"))
    let window = CatalogueV1.Window(
      code: "W01",
      name: "W01",
      nameEn: "W01",
      departmentCodes: ["028"],
      ticketLetter: "C"
    )
    try hall.room.offer(
      CatalogueV1.WindowPublished(window: window),
      subject: "W01",
      from: "catalogue"
    )
    // Who is served goes on in the same session.
    #expect(try hall.open("W01") == first)
    try hall.start(ticket.id)
    try hall.finish(ticket.id)
    let second = try hall.open("W01")
    #expect(second.ticketLetter == "C")
    #expect(second.sessionId != first.sessionId)
    #expect(try hall.open("W01") == second)
    #expect(try hall.state().windows.map(\.ticketLetter) == ["C"])
    try hall.take("C")
    #expect(try hall.callNext("W01")?.number == "C001")
  }

  @Test
  func `Only clerks open windows, and only those there are`() throws {
    let hall = try Hall()
    #expect(try hall.reason { try hall.open("W01", as: Hall.guide) } == "WRONG_ROLE")
    #expect(try hall.reason { try hall.open("W99") } == "NOT_FOUND")
  }
}

@Suite("CallNext")
struct CallNextTests {
  @Test
  func `Nobody waiting is no refusal`() throws {
    let hall = try Hall()
    try hall.open("W01")
    #expect(try hall.callNext("W01") == nil)
    try hall.take("B")
    #expect(try hall.callNext("W01") == nil)
    #expect(try hall.room.published(QueueingV1.TicketCalled.self).isEmpty)
  }

  /// docs/rules/queueing.md, rule Q6.
  @Test
  func `A window has one ticket at a time`() throws {
    let hall = try Hall()
    try hall.open("W01")
    try hall.take()
    try hall.take()
    let ticket = try #require(try hall.callNext("W01"))
    #expect(ticket.windowCode == "W01")
    #expect(ticket.state == .called)
    #expect(ticket.calledAt?.instant == Room.opening)
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_BUSY")
    try hall.start(ticket.id)
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_BUSY")
    try hall.finish(ticket.id)
    #expect(try hall.callNext("W01")?.number == "A002")
  }

  /// docs/rules/queueing.md, rule Q5.
  @Test
  func `A closed window and one of others call nobody`() throws {
    let hall = try Hall()
    try hall.take()
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_NOT_OPEN")
    try hall.open("W01", as: Hall.other)
    #expect(try hall.reason { try hall.callNext("W01") } == "WINDOW_NOT_OPEN")
    #expect(try hall.reason { try hall.callNext("W99") } == "NOT_FOUND")
  }

  @Test
  func `Windows that call at the same moment never get the same ticket`() throws {
    let hall = try Hall()
    try hall.open("W01")
    try hall.open("W02", as: Hall.other)
    for _ in 1...2 { try hall.take() }
    let method = QueueingV1.QueueService.callNext
    // Both stand in the queue before the writer runs, so both are in one transaction.
    let replies = [
      try hall.room.begin(method, .init(windowCode: "W01"), as: Hall.clerk),
      try hall.room.begin(method, .init(windowCode: "W02"), as: Hall.other),
    ]
    hall.room.settle()
    let numbers = try replies.map {
      try QueueingV1.CallNextResponse.decode($0.answer?.body ?? []).ticket?.number
    }
    #expect(numbers == ["A001", "A002"])
  }

  /// docs/rules/queueing.md, rule Q4.
  @Test(arguments: [
    ("ooo", "ooo"), ("oogc", "gcoo"), ("ogggg", "ggogg"), ("ooggggg", "ggoggog"),
    ("occcc", "ccocc"), ("cggggo", "ggocgg"), ("gggc", "ggcg"), ("oo", "oo"),
  ])
  func `Higher classes go first and nobody starves`(_ taken: String, _ called: String) throws {
    let hall = try Hall()
    try hall.open("W01")
    let classes: [Character: QueueingV1.Priority] = [
      "g": .greenChannel, "c": .care, "o": .ordinary,
    ]
    for letter in taken { try hall.take("A", try #require(classes[letter])) }
    var order = ""
    while let ticket = try hall.serve("W01") {
      order += classes.first { $0.value == ticket.priority }.map { String($0.key) } ?? "?"
    }
    #expect(order == called)
  }

  /// docs/rules/queueing.md, rule Q4.
  @Test
  func `An ordinary ticket never sees three higher calls in a row`() {
    for first in TicketClass.allCases {
      for second in TicketClass.allCases {
        let recent = [first, second]
        let next = CallOrder.next(
          waiting: Set(TicketClass.allCases),
          recent: recent,
          recentHigher: recent.filter { $0 != .ordinary }
        )
        let isDue = first != .ordinary && second != .ordinary
        #expect((next == .ordinary) == isDue)
      }
    }
    #expect(CallOrder.next(waiting: [], recent: [], recentHigher: []) == nil)
  }
}

@Suite("The states of a ticket")
struct TicketStateTests {
  /// A ticket in a state, reached through the calls themselves.
  static func ticket(_ state: TicketState, _ hall: Hall) throws -> String {
    try hall.open("W01")
    let ticket = try hall.take()
    if state == .waiting { return ticket.id }
    try hall.callNext("W01")
    if state == .called { return ticket.id }
    try hall.start(ticket.id)
    if state == .serving { return ticket.id }
    try hall.finish(ticket.id)
    return ticket.id
  }

  /// docs/rules/queueing.md, rule Q7.
  @Test(arguments: TicketState.allCases, [TicketAct.start, .finish])
  func `What is not in the table is refused`(_ state: TicketState, _ act: TicketAct) throws {
    let hall = try Hall()
    let id = try Self.ticket(state, hall)
    let entries = try hall.room.feed().count
    let reason = try hall.reason { _ = act == .start ? try hall.start(id) : try hall.finish(id) }
    if state.after(act) == nil {
      #expect(reason == "WRONG_STATE")
      #expect(try hall.room.feed().count == entries)
    } else {
      #expect(reason == "")
      #expect(try hall.room.feed().count == entries + 1)
    }
  }

  @Test
  func `A call takes only waiting tickets`() throws {
    for state in TicketState.allCases where state != .waiting {
      let hall = try Hall()
      _ = try Self.ticket(state, hall)
      try hall.open("W02", as: Hall.other)
      #expect(try hall.callNext("W02", as: Hall.other) == nil)
    }
  }

  /// docs/rules/queueing.md, rule Q7.
  @Test
  func `Every state is reached from waiting and done is the end`() {
    var reached: Set<TicketState> = [.waiting]
    for _ in TicketState.allCases {
      for state in reached {
        reached.formUnion(TicketAct.allCases.compactMap { state.after($0) })
      }
    }
    #expect(reached == Set(TicketState.allCases))
    #expect(TicketAct.allCases.allSatisfy { TicketState.done.after($0) == nil })
  }

  @Test
  func `A ticket tells its times and the feed tells each step`() throws {
    let hall = try Hall()
    let id = try Self.ticket(.called, hall)
    hall.room.clock.advance(byMilliseconds: 60_000)
    let serving = try #require(try hall.start(id))
    #expect(serving.startedAt?.instant == Room.opening.advanced(byMilliseconds: 60_000))
    hall.room.clock.advance(byMilliseconds: 60_000)
    let done = try #require(try hall.finish(id))
    #expect(done.state == .done)
    #expect(done.startedAt == serving.startedAt)
    #expect(done.finishedAt?.instant == Room.opening.advanced(byMilliseconds: 120_000))
    #expect(
      try hall.room.feed().map(\.content.type)
        == ["TicketTaken", "TicketCalled", "ServiceStarted", "ServiceFinished"]
    )
  }

  @Test
  func `Tickets of another window are left alone`() throws {
    let hall = try Hall()
    let id = try Self.ticket(.called, hall)
    try hall.open("W02", as: Hall.other)
    #expect(try hall.reason { try hall.start(id, as: Hall.other) } == "OTHER_WINDOW")
    #expect(try hall.reason { try hall.finish(id, as: Hall.other) } == "OTHER_WINDOW")
    #expect(try hall.reason { try hall.start("nothing") } == "NOT_FOUND")
    #expect(try hall.start(id)?.state == .serving)
  }
}

@Suite("GetHallState")
struct GetHallStateTests {
  @Test
  func `It shows open windows and queues of today`() throws {
    let hall = try Hall()
    try hall.open("W03")
    try hall.open("W01", as: Hall.other)
    for letter in ["A", "A", "B", "B", "B"] { try hall.take(letter) }
    try hall.serve("W03")
    try hall.callNext("W03")
    let state = try hall.state()
    #expect(state.windows.map(\.windowCode) == ["W01", "W03"])
    #expect(state.windows.map(\.ticketNumber) == ["", "B002"])
    #expect(state.windows.map(\.ticketLetter) == ["A", "B"])
    #expect(state.queues.map(\.ticketLetter) == ["A", "B"])
    #expect(state.queues.map(\.waiting) == [2, 1])
    #expect(state.queues.map(\.served) == [0, 1])
    hall.room.advance(toDay: "2026-09-15")
    #expect(try hall.state().windows.isEmpty)
    #expect(try hall.state().queues.map(\.waiting) == [0, 0])
  }

  @Test
  func `Nothing is lost in a crash`() throws {
    let hall = try Hall()
    try hall.open("W01")
    try hall.take()
    let called = try hall.callNext("W01")
    try hall.room.crash()
    #expect(try hall.state().windows.map(\.ticketNumber) == [called?.number ?? ""])
    #expect(try hall.start(called?.id ?? "")?.state == .serving)
  }

  @Test
  func `No query reads a whole table`() throws {
    let room = try Hall().room
    let queries = [
      TicketQueries.one, TicketQueries.ofPerson, TicketQueries.atWindow,
      TicketQueries.firstOfClass, TicketQueries.ahead, TicketQueries.lastSequence,
      TicketQueries.calls, TicketQueries.counts, SessionQueries.atWindow,
      SessionQueries.ofSubject, SessionQueries.open,
    ]
    for sql in queries {
      let arguments = sql.filter { $0 == "?" }.map { _ in Value.integer(1) }
      let plan = try room.engine.store.read {
        try $0.rows("EXPLAIN QUERY PLAN \(sql)", arguments) { $0.text(3) }
      }
      #expect(plan.allSatisfy { !$0.hasPrefix("SCAN") }, "\(sql): \(plan)")
    }
  }
}

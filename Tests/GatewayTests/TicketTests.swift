import Gateway
import Kernel
import Messages
import Service
import Simulation
import TestSupport
import Testing

@testable import Gateway

@Suite struct TicketTests {
  /// The ticket of a caller with a token; the first call has been made.
  func ticket(_ door: DoorRoom) async throws -> any Ticket {
    let fields = ["authorization": "Bearer \(try await door.issuer.token("consumer"))"]
    _ = await door.passage(DoorRoom.track, fields)
    let passage = try #require(door.passageAtOnce(DoorRoom.track, fields))
    return try #require(passage.forwarding?.ticket)
  }

  /// docs/rules/door.md, rule D9.
  @Test func `a ticket takes each call from the caller's limit and counts it`() async throws {
    let door = try await DoorRoom { $0.limits.perSubject = CallRate(perSecond: 1, burst: 5) }
    let ticket = try await ticket(door)
    #expect((0..<5).map { _ in ticket.admitsAnother() } == [true, true, true, false, false])
    #expect(door.gateway.metrics.admitted == ["intake": 5])
    #expect(door.gateway.metrics.callers == ["token": 5])
    door.room.clock.advance(byMilliseconds: 1_000)
    #expect(ticket.admitsAnother())
    #expect(!ticket.admitsAnother())
  }

  @Test func `a ticket ends with its admission`() async throws {
    let door = try await DoorRoom()
    let ticket = try await ticket(door)
    #expect(ticket.admitsAnother())
    door.room.clock.advance(byMilliseconds: Pass.lifetime - Admitting.reserve)
    #expect(!ticket.admitsAnother())
  }

  @Test func `a ticket ends when the issuers are replaced`() async throws {
    let door = try await DoorRoom()
    let ticket = try await ticket(door)
    #expect(ticket.admitsAnother())
    try await door.gateway.reload([door.issuer.settings])
    #expect(!ticket.admitsAnother())
  }

  @Test func `who had to be verified first gets no ticket`() async throws {
    let door = try await DoorRoom()
    let fields = ["authorization": "Bearer \(try await door.issuer.token("consumer"))"]
    #expect(await door.passage(DoorRoom.track, fields).forwarding?.ticket == nil)
  }
}

import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

/// A payload that nobody finishes, so that its commit fails behind all effects.
private final class Unfinished: UnfinishedPayload {
  struct Never: Error {}

  var finished: [UInt8] { get throws { throw Never() } }
}

/// Timers that set others which are due as well, as after a downtime.
@Suite struct `Timers that set timers` {
  let clerk = Identity.official(.clerk, "u-k01-a")
  let write = ProbeV1.ProbeService.echoWrite

  /// Timers that set the next of their chain until it ends.
  ///
  /// `a 3` comes three times, an hour behind each other. `bad` fails at its last one, and the
  /// commit of `unsigned` at its first; `same` goes on at its own instant, `back` an hour before.
  private static var chains: Definition {
    var definition = Definition.echo
    definition.timers["chain"] = { timer, writing in
      let parts = timer.subject.split(separator: " ")
      guard parts.count == 2, let left = Int(parts[1]), left > 0 else { return }
      try writing.keep("\(parts[0])\(parts[1])")
      if parts[0] == "bad", left == 1 { throw StoreError.corrupt(detail: "cannot") }
      if parts[0] == "unsigned" {
        let draft = FeedDraft(
          id: "unsigned",
          hall: timer.hall,
          recordedAt: writing.call.now,
          type: "t",
          subject: "s",
          actor: "a",
          payloadType: "p",
          payload: []
        )
        try writing.transaction.publish(draft, finishing: Unfinished())
      }
      guard left > 1 else { return }
      let hours: Int64 = parts[0] == "same" ? 0 : parts[0] == "back" ? -1 : 1
      try writing.setTimer(
        "chain",
        subject: "\(parts[0]) \(left - 1)",
        stamp: 1,
        due: timer.due.advanced(byMilliseconds: hours * 3_600_000),
        isContinuation: parts[0] == "same"
      )
    }
    return definition
  }

  private func room(_ subjects: [(String, hours: Int64)], timers: Int = 100) throws -> Room {
    var settings = Engine.Settings()
    settings.timers = timers
    let room = try Room(Self.chains, settings: settings)
    let outcomes = room.engine.store.batch(
      subjects.map { subject, hours in
        { transaction in
          try transaction.setTimer(
            kind: "chain",
            subject: subject,
            stamp: 1,
            due: Room.opening.advanced(byMilliseconds: hours * 3_600_000),
            hall: Room.hall
          )
        }
      }
    )
    #expect(outcomes.allSatisfy { $0.failure == nil })
    return room
  }

  private func said(_ room: Room) throws -> String {
    try room.call(ProbeV1.ProbeService.echoRead, .init(), as: .anybody).text
  }

  @Test func `fire in the order of time, before the calls`() throws {
    let room = try room([("a 3", 1), ("b 1", 2), ("c 2", 3), ("d 1", 9)])
    room.clock.advance(byMilliseconds: 5 * 3_600_000)
    _ = try room.call(write, .init(text: "call"), as: clerk)
    let fired = try said(room).split(separator: " ")
    #expect(fired.prefix(1) == ["a3"] && fired.suffix(1) == ["call"])
    #expect(Set(fired[1...2]) == ["b1", "a2"] && Set(fired[3...4]) == ["c2", "a1"])
    #expect(fired[5] == "c1" && fired.count == 7)
    #expect(room.engine.counts.now.timers == ["chain": 6])
    // The timers, the call, and what looks for kept answers that are over.
    #expect(room.engine.counts.now.units == 8)
    room.advance(to: Room.opening.advanced(byMilliseconds: 9 * 3_600_000))
    #expect(try said(room).hasSuffix("call d1"))
  }

  @Test func `for an earlier instant fire before those that are later`() throws {
    let room = try room([("back 2", 2), ("a 1", 3)])
    room.advance(to: Room.opening.advanced(byMilliseconds: 5 * 3_600_000))
    #expect(try said(room) == "back2 back1 a1")
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func `keep the order however many a step takes`(_ timers: Int) throws {
    let chains = (0..<20).map { ("x\($0) 3", hours: Int64(1)) }
    let room = try room(chains + [("z 1", 2), ("y 1", 4)], timers: timers)
    room.advance(to: Room.opening.advanced(byMilliseconds: 5 * 3_600_000))
    let fired = try said(room).split(separator: " ").map { $0.split(separator: "x").last?.last }
    #expect(fired.count == 62)
    #expect(fired.prefix(20).allSatisfy { $0 == "3" })
    #expect(fired[20..<41].count { $0 == "2" } == 20)
    #expect(fired[41..<61].allSatisfy { $0 == "1" })
    #expect(try said(room).hasSuffix("y1"))
  }

  @Test func `do not hold the others up if one fails, nor let them pass`() throws {
    let room = try room([("bad 2", 1), ("a 2", 1), ("b 1", 3)])
    room.advance(to: Room.opening.advanced(byMilliseconds: 5 * 3_600_000))
    #expect(try said(room) == "bad2 a2 a1 b1")
    #expect(room.engine.counts.now.failedTimers == ["chain": 1])
    #expect(room.engine.counts.now.timers == ["chain": 5])
    // It is tried again, alone.
    room.clock.advance(byMilliseconds: 1_000)
    room.settle()
    #expect(room.engine.counts.now.failedTimers == ["chain": 2])
    #expect(try said(room) == "bad2 a2 a1 b1")
  }

  @Test func `whose commit fails are tried again alone, and later, and let the others fire`() throws
  {
    let room = try room([("unsigned 2", 1), ("a 2", 1), ("b 1", 3)])
    room.advance(to: Room.opening.advanced(byMilliseconds: 5 * 3_600_000))
    #expect(try said(room) == "a2 a1 b1")
    #expect(room.engine.counts.now.failedTimers == ["chain": 1])
    let next = try room.engine.store.read { try $0.nextTimer() }
    #expect(next == Room.opening.advanced(byMilliseconds: 5 * 3_600_000 + 1_000))
  }

  @Test func `that none can fire rest a while and are told of`() throws {
    let room = try room([("a 1", 1)])
    room.clock.advance(byMilliseconds: 2 * 3_600_000)
    #expect(room.engine.pause(atMost: 50) == 1)
    room.engine.store.close()
    // What was known of the timer before stays known, and would have it asked for each millisecond.
    #expect(room.engine.step() == 0)
    #expect(room.engine.counts.now.timers == [:])
    #expect(room.reports.all.count == 1)
    #expect(room.engine.pause(atMost: 50) == 50)
    #expect(room.engine.step() == 0 && room.reports.all.count == 1)
    room.clock.advance(byMilliseconds: ServiceLimits.timersRest)
    #expect(room.engine.pause(atMost: 50) == 1)
    #expect(room.engine.step() == 0 && room.reports.all.count == 2)
  }

  @Test func `to go on with much work leave the rest to the next step`() throws {
    let room = try room([("same 3", 1), ("a 1", 2)])
    room.clock.advance(byMilliseconds: 5 * 3_600_000)
    for fired: Int64 in 1...2 {
      room.engine.step()
      #expect(room.engine.counts.now.timers == ["chain": fired])
    }
    room.engine.step()
    #expect(room.engine.counts.now.timers == ["chain": 4])
    #expect(try said(room) == "same3 same2 same1 a1")
  }
}

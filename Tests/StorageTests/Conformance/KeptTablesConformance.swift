import Kernel
import Testing

@testable import Storage

@Suite struct KeptTablesConformance {
  func instant(_ milliseconds: Int64) -> Instant {
    Instant(unixMilliseconds: milliseconds)
  }

  @Test(arguments: StoreEngine.all)
  func `due timers come in the order of their instants, in pages`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for due in [30, 10, 20, 10, 99] as [Int64] {
        try transaction.setTimer(
          kind: "deemed",
          subject: "c-\(due)",
          stamp: 3,
          due: instant(due),
          hall: "330106",
          payload: [UInt8(due)]
        )
      }
    }
    try store.read { snapshot throws in
      let all = try snapshot.dueTimers(now: instant(30), limit: 10)
      #expect(all.map(\.due.unixMilliseconds) == [10, 10, 20, 30])
      #expect(all.map(\.id) == [2, 4, 3, 1])
      #expect(all[2].subject == "c-20" && all[2].stamp == 3 && all[2].payload == [20])
      #expect(try snapshot.dueTimers(now: instant(30), limit: 2).map(\.id) == [2, 4])
      #expect(try snapshot.dueTimers(now: instant(9), limit: 10) == [])
      #expect(try snapshot.nextTimer() == instant(10))
    }
  }

  @Test(arguments: StoreEngine.all)
  func `a postponed timer lets the others go first and keeps its due instant`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for due in [10, 20] as [Int64] {
        try transaction.setTimer(
          kind: "retry",
          subject: "s",
          stamp: 1,
          due: instant(due),
          hall: "h"
        )
      }
      let timers = try transaction.dueTimers(now: instant(50), limit: 10)
      #expect(try transaction.postpone(timers[0], until: instant(40)))
      // It is not as it was read any more.
      #expect(try !transaction.postpone(timers[0], until: instant(45)))
    }
    try store.write { transaction throws in
      let due = try transaction.dueTimers(now: instant(50), limit: 10)
      #expect(due.map(\.id) == [2, 1])
      #expect(due.map(\.attempts) == [0, 1])
      #expect(due.map(\.due) == [instant(20), instant(10)])
      for timer in due { #expect(try transaction.removeTimer(timer.id)) }
      #expect(try !transaction.removeTimer(1))
      #expect(try transaction.nextTimer() == nil)
    }
  }

  @Test(arguments: StoreEngine.all)
  func `a timer that is set again keeps its place, and is not postponed for its past`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for (subject, due) in [("a", 10), ("b", 20)] as [(String, Int64)] {
        try transaction.setTimer(
          kind: "again",
          subject: subject,
          stamp: 1,
          due: instant(due),
          hall: "h",
          payload: [7]
        )
      }
    }
    try store.write { transaction throws in
      let fired = try transaction.dueTimers(now: instant(10), limit: 10)[0]
      try transaction.removeTimer(fired.id)
      try transaction.setTimer(again: fired, due: instant(20))
      #expect(try !transaction.postpone(fired, until: instant(30)))
    }
    let timers = try store.read { try $0.dueTimers(now: instant(20), limit: 10) }
    #expect(timers.map(\.subject) == ["a", "b"])
    #expect(timers.map(\.attempts) == [0, 0] && timers[0].payload == [7])
    #expect(timers[0].due == instant(20))
  }

  @Test(arguments: StoreEngine.all)
  func `timers and entries keep the trace of their own unit`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let traces = [
      TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), nil,
      TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
    ]
    let outcomes = store.batch(
      traces.enumerated().map { number, trace in
        { transaction in
          var draft = Example.draft("e\(number)")
          draft.trace = trace
          try transaction.publish(draft)
          try transaction.setTimer(
            kind: "traced",
            subject: "\(number)",
            stamp: 1,
            due: Instant(unixMilliseconds: 10),
            hall: "h",
            trace: trace
          )
        }
      }
    )
    #expect(outcomes.compactMap(\.position) == [1, 2, 3])
    try store.read { snapshot throws in
      let timers = try snapshot.dueTimers(now: instant(10), limit: 10)
      let entries = try snapshot.feedEntries(after: 0, limit: 10)
      #expect(timers.map(\.trace) == traces && entries.map(\.content.trace) == traces)
    }
    try store.write { transaction throws in
      let timers = try transaction.dueTimers(now: instant(10), limit: 10)
      #expect(try transaction.postpone(timers[0], until: instant(20)))
    }
    let later = try store.read { try $0.dueTimers(now: instant(20), limit: 10) }
    #expect(later.first { $0.id == 1 }?.trace == traces[0])
  }

  @Test(arguments: StoreEngine.all)
  func `cursors are kept per upstream`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      try transaction.saveCursor(upstream: "intake", position: 1, hash: [1])
      try transaction.saveCursor(upstream: "catalogue", position: 5, hash: [5])
      try transaction.saveCursor(upstream: "intake", position: 2, hash: [2])
    }
    try store.read { snapshot throws in
      #expect(
        try snapshot.cursor(upstream: "intake")
          == Cursor(upstream: "intake", position: 2, hash: [2])
      )
      #expect(try snapshot.cursors().map(\.upstream) == ["catalogue", "intake"])
      #expect(try snapshot.cursor(upstream: "approval") == nil)
    }
  }

  func item(_ id: String, _ version: Int64, _ message: UInt8) -> Reference {
    Reference(hall: "330106", kind: "item", id: id, version: version, message: [message])
  }

  @Test(arguments: StoreEngine.all)
  func `references answer a version, the latest, and pages of latest ones`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for reference in [item("b", 1, 1), item("a", 1, 2), item("b", 2, 3), item("c", 7, 4)] {
        try transaction.saveReference(reference)
      }
      var other = item("a", 9, 9)
      other.hall = "330107"
      try transaction.saveReference(other)
    }
    try store.read { snapshot throws in
      let latest = try snapshot.reference(hall: "330106", kind: "item", id: "b")
      #expect(latest == item("b", 2, 3))
      let first = try snapshot.reference(hall: "330106", kind: "item", id: "b", version: 1)
      #expect(first == item("b", 1, 1))
      #expect(try snapshot.reference(hall: "330106", kind: "item", id: "x") == nil)
      let page = try snapshot.references(hall: "330106", kind: "item", limit: 2)
      #expect(page == [item("a", 1, 2), item("b", 2, 3)])
      let rest = try snapshot.references(hall: "330106", kind: "item", after: "b", limit: 9)
      #expect(rest == [item("c", 7, 4)])
    }
  }

  @Test(arguments: StoreEngine.all)
  func `a reference is decoded once, and again after it changed, and never from a lost write`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    var decodings = 0
    func decoded(_ snapshot: Snapshot) throws -> Int? {
      try snapshot.decoded(hall: "330106", kind: "item", id: "a") { message in
        decodings += 1
        return Int(message[0])
      }
    }
    try store.write { try $0.saveReference(item("a", 1, 1)) }
    for _ in 0..<3 { #expect(try store.read(decoded) == 1) }
    #expect(decodings == 1)
    try? store.write { transaction throws in
      try transaction.saveReference(item("a", 1, 2))
      #expect(try decoded(transaction) == 2)
      throw Example.Refused()
    }
    #expect(try store.read(decoded) == 1)
    try store.write { try $0.saveReference(item("a", 1, 3)) }
    #expect(try store.read(decoded) == 3)
    try store.write { try $0.saveReference(item("a", 2, 4)) }
    #expect(try store.read(decoded) == 4)
  }

  @Test(arguments: StoreEngine.all)
  func `a kept answer is found until it expires, and may then be replaced`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    let key = IdempotencyKey(hall: "h", subject: "p-1", method: "/x.Y/Z", key: "k")
    func answer(_ byte: UInt8, _ expires: Int64) -> IdempotentAnswer {
      IdempotentAnswer(bodyHash: [byte], response: [byte], expires: instant(expires))
    }
    try store.write { try $0.saveIdempotent(key, answer(1, 100)) }
    try store.read { snapshot throws in
      #expect(try snapshot.idempotent(key, now: instant(99)) == answer(1, 100))
      #expect(try snapshot.idempotent(key, now: instant(100)) == nil)
      var other = key
      other.subject = "p-2"
      #expect(try snapshot.idempotent(other, now: instant(0)) == nil)
      var elsewhere = key
      elsewhere.hall = "h-2"
      #expect(try snapshot.idempotent(elsewhere, now: instant(0)) == nil)
    }
    try store.write { try $0.saveIdempotent(key, answer(2, 200)) }
    #expect(try store.read { try $0.idempotent(key, now: instant(150)) } == answer(2, 200))
  }

  @Test(arguments: StoreEngine.all)
  func `expired answers are forgotten a page at a time`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for number in 0..<10 as Range<Int64> {
        let key = IdempotencyKey(hall: "h", subject: "p", method: "m", key: "\(number)")
        let answer = IdempotentAnswer(
          bodyHash: [],
          response: [],
          expires: instant(number)
        )
        try transaction.saveIdempotent(key, answer)
      }
    }
    try store.write { transaction throws in
      #expect(try transaction.forgetIdempotent(now: instant(6), limit: 4) == 4)
      #expect(try transaction.forgetIdempotent(now: instant(6), limit: 4) == 3)
      #expect(try transaction.forgetIdempotent(now: instant(6), limit: 4) == 0)
    }
  }
}

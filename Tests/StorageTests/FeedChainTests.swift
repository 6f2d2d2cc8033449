import Kernel
import TestSupport
import Testing

@testable import Storage

@Suite struct FeedChainTests {
  /// A store with three entries, the second with a private part.
  func filled(_ scratch: Scratch) throws -> Store {
    let store = try Example.store(scratch)
    try store.write { transaction throws in
      try transaction.publish(Example.draft("a"))
      try transaction.publish(Example.draft("b", privatePart: Array("李四".utf8)))
      try transaction.publish(Example.draft("c"))
    }
    return store
  }

  @Test func `the hash is that of the documented bytes`() {
    // Written by hand from the documentation, not by the code under test.
    var bytes: [UInt8] = []
    func field(_ content: [UInt8]) {
      bytes += [0, 0, 0, UInt8(content.count)] + content
    }
    field([0, 0, 0, 0, 0, 0, 0, 2])
    for text in ["i", "h"] { field(Array(text.utf8)) }
    field([0, 0, 0, 0, 0, 0, 1, 0])
    for text in ["t", "s", "a", "p", "o", "b"] { field(Array(text.utf8)) }
    field(
      [0, 0, 0, 2] + Array("a2".utf8) + [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 5]
        + [0, 0, 0, 1] + Array("b".utf8) + [0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255]
    )
    field(Array("m".utf8))
    field([9, 8])
    field([])
    field([1])
    let draft = FeedDraft(
      id: "i",
      hall: "h",
      recordedAt: Instant(unixMilliseconds: 256),
      type: "t",
      subject: "s",
      actor: "a",
      post: "p",
      onBehalfOf: "o",
      basis: "b",
      reflects: ["b": -1, "a2": 5],
      payloadType: "m",
      payload: [9, 8]
    )
    let entry = FeedEntry(
      position: 2,
      content: draft,
      privateHash: [],
      previousHash: [1],
      hash: []
    )
    #expect(FeedChain.hash(of: entry) == referenceSHA256(bytes))
    #expect(
      FeedChain.privateHash(salt: [5], part: [6, 7])
        == referenceSHA256([0, 0, 0, 1, 5, 0, 0, 0, 2, 6, 7])
    )
  }

  @Test func `entries come back as they were published, chained`() throws {
    let store = try filled(Scratch())
    let entries = try store.read { try $0.feedEntries(after: 0, limit: 10) }
    #expect(entries.map(\.content.id) == ["a", "b", "c"])
    #expect(entries[0].content == Example.draft("a"))
    #expect(entries[1].content == Example.draft("b", privatePart: Array("李四".utf8)))
    #expect(entries[0].previousHash == [])
    #expect(entries[1].previousHash == entries[0].hash)
    #expect(entries[1].privateHash.count == 32 && entries[0].privateHash == [])
    #expect(try store.verifyChain() == .sound(FeedHead(position: 3, hash: entries[2].hash)))
  }

  @Test func `a trace comes back, and is no part of the chain`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    let other = try Example.store(Scratch())
    try other.write { transaction throws in
      for (id, part) in [("a", nil), ("b", Array("李四".utf8)), ("c", nil)] {
        var draft = Example.draft(id, privatePart: part)
        draft.trace = Example.trace
        try transaction.publish(draft)
      }
    }
    let plain = try store.read { try $0.feedEntries(after: 0, limit: 10) }
    let traced = try other.read { try $0.feedEntries(after: 0, limit: 10) }
    #expect(plain.map(\.content.trace) == [nil, nil, nil])
    #expect(traced.map(\.content.trace) == [Example.trace, Example.trace, Example.trace])
    #expect(Example.trace != nil && plain.map(\.hash) == traced.map(\.hash))
    try other.tamper("UPDATE feed SET traceparent = '' WHERE position = 2")
    #expect(try other.verifyChain() == .sound(try other.read { try $0.feedHead() }))
    // Erasing personal data leaves the trace, which says nothing of a person.
    try other.write { _ = try $0.eraseFeedPrivatePart(2) }
    #expect(try other.verifyChain() == .sound(try other.read { try $0.feedHead() }))
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `no trace is part of a hash`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var draft = Example.draft("e\(seed)", privatePart: seed % 2 == 0 ? [UInt8(seed)] : nil)
    let plain = try FeedChain.entry(draft, behind: .empty)
    draft.trace = TraceContext(high: random.next(), low: 1, span: random.next() | 1, flags: 1)
    let traced = try FeedChain.entry(draft, behind: .empty)
    #expect(traced.content.trace != nil && plain.content.trace == nil)
    #expect(plain.hash == traced.hash && plain.privateHash == traced.privateHash)
    #expect(FeedChain.hash(of: traced) == plain.hash)
  }

  /// Each way to tamper with the second entry, and what the check says of it.
  static let tampering: [(String, Int64, ChainFault)] = [
    ("actor = 'somebody'", 2, .hash),
    ("payload = x'00'", 2, .hash),
    ("recorded_at = recorded_at + 1", 2, .hash),
    ("reflects = 'catalogue=13'", 2, .hash),
    ("hash = x'00'", 2, .hash),
    ("previous_hash = x'00'", 2, .previousHash),
    ("private_part = x'00'", 2, .privateHash),
    ("alg = 'md5'", 2, .alg),
    ("position = 9", 3, .gap),
  ]

  @Test(arguments: tampering)
  func `tampering shows at the entry that was tampered with`(
    change: (sql: String, position: Int64, fault: ChainFault)
  ) throws {
    let store = try filled(Scratch())
    try store.tamper("UPDATE feed SET \(change.sql) WHERE position = 2")
    #expect(
      try store.verifyChain() == .broken(position: change.position, fault: change.fault)
    )
  }

  @Test func `an entry whose hash was made to fit shows at the next one`() throws {
    let store = try filled(Scratch())
    try store.tamper("UPDATE feed SET actor = 'x' WHERE position = 2")
    let forged = try store.read { try $0.feedEntries(after: 1, limit: 1) }[0]
    let hash = Hexadecimal.text(FeedChain.hash(of: forged))
    try store.tamper("UPDATE feed SET hash = x'\(hash)' WHERE position = 2")
    #expect(try store.verifyChain() == .broken(position: 3, fault: .previousHash))
  }

  @Test func `a cut tail shows only against a follower's cursor`() throws {
    let store = try filled(Scratch())
    let reached = try store.read { try $0.feedHead() }
    try store.tamper("DELETE FROM feed WHERE position = 3")
    guard case .sound = try store.verifyChain() else {
      Issue.record("The rest of the chain is sound.")
      return
    }
    #expect(try !store.read { try $0.feedHolds(reached) })
    #expect(try store.read { try $0.feedHolds(.empty) })
  }

  @Test func `a tail that was written anew shows against a follower's cursor`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    let reached = try store.read { try $0.feedHead() }
    try store.tamper("DELETE FROM feed WHERE position = 3")
    store.close()
    let again = try Example.store(scratch)
    try again.write { try $0.publish(Example.draft("other")) }
    #expect(try again.read { try $0.feedHead() }.position == reached.position)
    #expect(try !again.read { try $0.feedHolds(reached) })
  }

  @Test func `erasing takes part and salt and leaves the chain sound`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    let erased = try store.write { transaction throws in
      [1, 2, 2, 9].map { try? transaction.eraseFeedPrivatePart($0) }
    }
    #expect(erased == [false, true, false, false])
    let entry = try store.read { try $0.feedEntries(after: 1, limit: 1) }[0]
    #expect(entry.isErased && entry.content.salt == nil)
    #expect(try store.verifyChain() == .sound(try store.read { try $0.feedHead() }))
  }

  @Test func `what was erased is not in the files any more`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    #expect(try scratch.contains("李四"))
    try store.write { try $0.eraseFeedPrivatePart(2) }
    try store.checkpoint()
    #expect(try !scratch.contains("李四"))
  }

  @Test func `the check goes on from a head that is trusted, and refuses one that is not`() throws {
    let store = try filled(Scratch())
    let entries = try store.read { try $0.feedEntries(after: 0, limit: 10) }
    let second = FeedHead(position: 2, hash: entries[1].hash)
    try store.tamper("UPDATE feed SET actor = 'x' WHERE position = 1")
    #expect(
      try store.verifyChain(from: second) == .sound(FeedHead(position: 3, hash: entries[2].hash))
    )
    #expect(
      try store.verifyChain(from: FeedHead(position: 2, hash: [1]))
        == .broken(position: 2, fault: .hash)
    )
  }

  @Test func `pages follow each other without a gap`() throws {
    let store = try Example.store(Scratch())
    try store.write { transaction throws in
      for number in 1...1_203 { try transaction.publish(Example.draft("e\(number)")) }
    }
    var positions: [Int64] = []
    while true {
      let page = try store.read {
        try $0.feedEntries(after: positions.last ?? 0, limit: 5_000)
      }
      #expect(page.count <= Limits.feedPage)
      if page.isEmpty { break }
      positions += page.map(\.position)
    }
    #expect(positions == Array(1...1_203))
    #expect(try store.verifyChain() == .sound(try store.read { try $0.feedHead() }))
  }
}

import GRDB
import Testing

@testable import Storage

@Suite struct ChainAuditTests {
  private func audited(_ store: Store) throws -> (faults: [ChainAudit.Fault], head: FeedHead) {
    var audit = ChainAudit()
    var faults: [ChainAudit.Fault] = []
    while !audit.isDone { faults += try store.read { try audit.step($0).faults } }
    return (faults, audit.head)
  }

  private func filled(_ scratch: Scratch, count: Int) throws -> Store {
    let store = try Example.store(scratch)
    try store.write { transaction throws in
      for number in 1...count {
        try transaction.publish(
          Example.draft("e\(number)", privatePart: number % 2 == 0 ? [1, 2] : nil)
        )
      }
    }
    return store
  }

  @Test func `a sound feed of more than a page has no fault, erased parts among them`() throws {
    let store = try filled(Scratch(), count: ChainAudit.page + 3)
    try store.write { _ = try $0.eraseFeedPrivatePart(4) }
    let (faults, head) = try audited(store)
    #expect(faults == [])
    #expect(try store.read { try $0.feedHead() } == head)
  }

  @Test func `every changed entry is named once, each with what stands and what should`() throws {
    let store = try filled(Scratch(), count: 9)
    try store.write { transaction in
      try transaction.execute("UPDATE feed SET payload = x'00' WHERE position = 3")
      try transaction.execute("UPDATE feed SET private_part = x'00' WHERE position = 6")
      try transaction.execute("UPDATE feed SET alg = 'md5' WHERE position = 8")
    }
    let faults = try audited(store).faults
    #expect(faults.map(\.position) == [3, 6, 8])
    #expect(faults.map(\.fault) == [.hash, .privateHash, .alg])
    #expect(faults.allSatisfy { $0.stored != $0.expected })
  }

  @Test func `an entry that was written anew with its hash breaks the one behind it`() throws {
    let store = try filled(Scratch(), count: 4)
    var entry = try #require(try store.read { try $0.feedEntries(after: 1, limit: 1) }.first)
    entry.content.payload = [0]
    let hash = FeedChain.hash(of: entry)
    try store.write { transaction in
      try transaction.execute(
        "UPDATE feed SET payload = x'00', hash = ? WHERE position = 2",
        [.blob(hash)]
      )
    }
    let faults = try audited(store).faults
    #expect(faults.map(\.position) == [3] && faults.map(\.fault) == [.previousHash])
  }

  @Test func `an entry that was taken out is a gap, and the rest is still looked at`() throws {
    let store = try filled(Scratch(), count: 6)
    try store.write { transaction in
      try transaction.execute("DELETE FROM feed WHERE position = 3")
      try transaction.execute("UPDATE feed SET actor = 'x' WHERE position = 6")
    }
    let faults = try audited(store).faults
    #expect(faults.map(\.fault) == [.gap, .hash])
    #expect(faults.map(\.stored).first == "4" && faults.map(\.expected).first == "3")
  }

  @Test func `SQLite's own checks see a damaged page, deep and quick`() throws {
    let scratch = Scratch()
    var store = try filled(scratch, count: 400)
    #expect(try store.deepFaults() == [] && store.quickFaults() == [])
    try store.checkpoint()
    // A page in the midst of the feed, which is not read when the store is opened.
    let page = try UInt64(store.facts().pages / 2)
    store.close()
    try scratch.damage("intake.sqlite", at: 4_096 * page, with: [UInt8](repeating: 0xFF, count: 64))
    store = try Example.store(scratch)
    #expect(try !store.deepFaults().isEmpty)
    #expect(try store.quickFaults()?.isEmpty == false)
  }

  @Test func `a stray foreign key is found`() throws {
    let scratch = Scratch()
    try Example.store(scratch).close()
    var careless = Configuration()
    careless.foreignKeysEnabled = false
    let other = try DatabaseQueue(path: scratch.path(), configuration: careless)
    try other.write { try $0.execute(sql: "INSERT INTO mark (id, note) VALUES (1, 99)") }
    try other.close()
    #expect(try Example.store(scratch).deepFaults() == ["foreign key: mark"])
  }
}

import GRDB
import Synchronization
import Testing

@testable import Storage

/// Refuses every commit after the first `allowed`, as a disk that fails on its Nth write would.
private final class CommitFault: TransactionObserver {
  struct Injected: Error {}

  private var allowed: Int

  init(allowed: Int) { self.allowed = allowed }

  func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
  func databaseDidChange(with event: DatabaseEvent) {}
  func databaseWillCommit() throws {
    allowed -= 1
    if allowed < 0 { throw Injected() }
  }
  func databaseDidCommit(_ db: Database) {}
  func databaseDidRollback(_ db: Database) {}
}

/// A disk whose space a test sets.
private final class Disk: Sendable {
  let space = Mutex(DiskSpace(totalBytes: 1_000, availableBytes: 500))

  var options: Store.Options {
    var options = Store.Options()
    options.diskSpace = { _ in self.space.withLock { $0 } }
    return options
  }

  func leave(_ bytes: Int64) {
    space.withLock { $0.availableBytes = bytes }
  }
}

@Suite struct FaultTests {
  /// The loop of SQLite's own ioerr tests: fail at 0, at 1, at 2, until nothing fails.
  @Test(arguments: 0..<5)
  func `a failed commit is unknown, leaves exactly the commits before it, and no gap`(
    allowed: Int
  ) throws {
    let store = try Example.store(Scratch())
    try store.withWriter { connection, _ in
      connection.queue.add(
        transactionObserver: CommitFault(allowed: allowed),
        extent: .databaseLifetime
      )
    }
    var words: [String] = []
    for number in 0..<4 {
      let outcomes = store.batch([
        { try $0.addPublishedNote("a\(number)") },
        { _ in throw Example.Refused() },
        { try $0.addPublishedNote("b\(number)") },
      ])
      words.append(outcomes.map(\.word).joined(separator: ", "))
    }
    // The store was opened again after the fault, and the observer was gone with the connection.
    var kept = 0
    let wanted = (0..<4).map { number -> String in
      if number == allowed { return "unknown, refused, unknown" }
      kept += 2
      return "committed \(kept - 1), refused, committed \(kept)"
    }
    #expect(words == wanted)
    let names = (0..<4).filter { $0 != allowed }.flatMap { ["a\($0)", "b\($0)"] }
    #expect(try store.read { try $0.feedIDs() } == names)
    #expect(try store.verifyChain() == .sound(try store.read { try $0.feedHead() }))
  }

  @Test func `write tells a commit in doubt from a refusal`() throws {
    let store = try Example.store(Scratch())
    try store.withWriter { connection, _ in
      connection.queue.add(transactionObserver: CommitFault(allowed: 0), extent: .databaseLifetime)
    }
    #expect(throws: StoreError.self) { try store.write { try $0.addNote("a") } }
    #expect(throws: Example.Refused.self) { try store.write { _ in throw Example.Refused() } }
    #expect(try store.write { try $0.noteNames() } == [])
  }

  /// Followers keep personal parts opened: whatever the commit left, they must read them anew.
  @Test func `whoever opens a store again after a commit in doubt tells that parts may be gone`()
    throws
  {
    let ways: [(String, (Store) throws -> Void)] = [
      ("facts", { _ = try $0.facts() }),
      ("checkpoint", { try $0.checkpoint() }),
      ("batch", { try $0.write { try $0.addNote("b") } }),
    ]
    for (name, openAgain) in ways {
      let scratch = Scratch()
      let store = try Example.store(scratch)
      let part = Array("李四".utf8)
      try store.write { try $0.publish(Example.draft("a", privatePart: part)) }
      try store.withWriter { connection, _ in
        connection.queue.add(
          transactionObserver: CommitFault(allowed: 0),
          extent: .databaseLifetime
        )
      }
      let told = Mutex<[StoreChange]>([])
      let number = store.changes.register { change in told.withLock { $0.append(change) } }
      defer { store.changes.unregister(number) }
      #expect(throws: StoreError.self) { try store.write { try $0.eraseFeedPrivatePart(1) } }
      // Somebody reads what the page has as long as nobody knows better.
      let batches = store.changes.batches
      #expect(try store.read { try $0.feedEntries(after: 0, limit: 1) }.count == 1)
      told.withLock { $0 = [] }
      // The commit stands after all, as one may whose flush has failed.
      let disk = try DatabaseQueue(path: scratch.path("intake.sqlite"))
      try disk.write {
        try $0.execute(sql: "UPDATE feed SET private_part = NULL, private_salt = NULL")
      }
      try disk.close()
      try openAgain(store)
      #expect(told.withLock { $0.contains(where: \.isErasing) }, "\(name)")
      #expect(store.changes.batches > batches, "\(name)")
      let entries = try store.read { try $0.feedEntries(after: 0, limit: 1) }
      #expect(entries.map(\.content.privatePart) == [nil], "\(name)")
      // Only once.
      told.withLock { $0 = [] }
      _ = try store.facts()
      #expect(told.withLock { $0 } == [], "\(name)")
    }
  }

  /// How many pages the store may grow by in the tests of a full file.
  func fill(_ store: Store, pages: Int64) throws {
    let used = try store.facts().pages
    try store.tamper("PRAGMA max_page_count = \(used + pages)")
  }

  @Test func `a unit that fills the disk fails alone, in whichever place it stands`() throws {
    for place in 0..<4 {
      let store = try Example.store(Scratch())
      try fill(store, pages: 30)
      let outcomes = store.batch(
        (0..<4).map { number in
          { try $0.addPublishedNote("n\(number)", size: number == place ? 400_000 : 10) }
        }
      )
      let others = (0..<4).filter { $0 != place }
      #expect(outcomes[place].word == "full")
      #expect(others.map { outcomes[$0].word } == ["committed 1", "committed 2", "committed 3"])
      #expect(try store.read { try $0.feedIDs() } == others.map { "n\($0)" })
      #expect(try store.integrityCheck() == [])
    }
  }

  @Test func `a unit that swallows the full disk is not taken for kept`() throws {
    let store = try Example.store(Scratch())
    try fill(store, pages: 30)
    let outcomes = store.batch([
      { try $0.addPublishedNote("a") },
      { transaction throws in
        try transaction.addNote("small")
        try? transaction.addNote("huge", size: 400_000)
      },
      { try $0.addPublishedNote("b") },
    ])
    #expect(outcomes.map(\.position) == [1, nil, 2])
    #expect(try store.read { try $0.noteNames() } == ["a", "b"])
  }

  @Test func `writes come back by themselves when there is space`() throws {
    let store = try Example.store(Scratch())
    try fill(store, pages: 3)
    #expect(store.batch([{ try $0.addNote("huge", size: 400_000) }]).map(\.word) == ["full"])
    #expect(try store.read { try $0.noteNames() } == [])
    try store.tamper("PRAGMA max_page_count = 1000000")
    #expect(
      store.batch([{ try $0.addPublishedNote("huge", size: 400_000) }]).map(\.word)
        == ["committed 1"]
    )
  }

  @Test func `near the end of the disk writes are refused, reads go on, and writes come back`()
    throws
  {
    let disk = Disk()
    let store = try Example.store(Scratch(), options: disk.options)
    try store.write { try $0.addNote("a") }
    var ran = false
    disk.leave(50)
    #expect(store.batch([{ _ in ran = true }]).map(\.word) == ["full"])
    #expect(!ran)
    #expect(try store.read { try $0.noteNames() } == ["a"])
    disk.leave(51)
    #expect(store.batch([{ try $0.addNote("b") }]).map(\.word) == ["committed 0"])
  }

  @Test func `the limits of the disk are where they are named`() {
    func level(_ available: Int64, of total: Int64 = 100) -> DiskSpace.Level {
      DiskSpace(totalBytes: total, availableBytes: available).level
    }
    #expect(level(21) == .ample)
    #expect(level(20) == .alarm)
    #expect(level(6) == .alarm)
    #expect(level(5) == .refusing)
    #expect(level(0) == .refusing)
    #expect(level(0, of: 0) == .refusing)
    // 4 GiB are ample on a disk of any size; one byte less is judged by its share.
    #expect(level(4 << 30, of: 4 << 40) == .ample)
    #expect(level((4 << 30) - 1, of: 4 << 40) == .refusing)
  }

  @Test func `a file that is no store is refused`() throws {
    let scratch = Scratch()
    try Files.writeDurably(scratch.path(), [UInt8](repeating: 0x41, count: 8_192))
    #expect {
      try Example.store(scratch)
    } throws: { error in
      if case .corrupt = error as? StoreError { true } else { false }
    }
  }

  @Test func `damage to a page is found`() throws {
    let scratch = Scratch()
    let store = try Example.store(scratch)
    try store.write { transaction throws in
      for number in 0..<200 { try transaction.addNote("n\(number)", size: 100) }
    }
    store.close()
    try scratch.damage(
      "intake.sqlite",
      at: 4_096 * 12,
      with: [UInt8](repeating: 0x5A, count: 4_096)
    )
    let again = try Example.store(scratch)
    let faults = (try? again.integrityCheck()) ?? ["refused"]
    #expect(!faults.isEmpty)
  }

  @Test func `a missing folder is an error of the disk`() {
    #expect {
      try Store.open(path: "/nowhere/at/all.sqlite", migrations: [], service: "intake")
    } throws: { error in
      if case .io = error as? StoreError { true } else { false }
    }
  }
}

import GRDB
import Testing

@testable import Storage

/// The log as SQLite writes it through the buffer of `CWriteAheadLog`.
@Suite struct LogWritingTests {
  /// How often a child wrote to files, counted by the kernel's own calls.
  private func writes(commits: Int) throws -> Int {
    let scratch = Scratch()
    let log = scratch.path("strace.log")
    let result = try Child.run(
      "/usr/bin/strace",
      [
        "-f", "-e", "trace=pwrite64", "-o", log, try Child.probe, "commit", scratch.path(),
        "\(commits)",
      ]
    )
    #expect(result.status == 0, "\(result.errors)")
    let calls = String(decoding: try Files.contents(log), as: UTF8.self)
    return calls.split(separator: "\n").count { $0.contains("pwrite64(") }
  }

  @Test func `a small commit is one write`() throws {
    let further = try writes(commits: 110) - writes(commits: 10)
    #expect(further >= 100 && further <= 110, "\(further) writes for 100 commits")
  }

  @Test(arguments: 4...12)
  func `a write that the disk refuses loses nothing that was acknowledged`(number: Int) throws {
    let scratch = Scratch()
    let result = try Child.run(
      "/usr/bin/strace",
      [
        "-f", "-o", "/dev/null", "-e", "trace=pwrite64",
        "-e", "inject=pwrite64:error=ENOSPC:when=\(number * 5)", try Child.probe, "commit",
        scratch.path(), "100",
      ]
    )
    let said = result.output.split(separator: "\n").count
    let schema = Migration(
      name: "0001-note",
      sql: "CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT"
    )
    let store = try Example.store(scratch, migrations: [schema], service: "probe")
    let head = try store.read { try $0.feedHead() }
    #expect(said < 100 && head.position >= Int64(said), "\(said) of \(head.position)")
    #expect(try store.verifyChain() == .sound(head))
    #expect(try store.integrityCheck() == [])
  }

  @Test func `what was committed is in the files at once`() throws {
    let scratch = Scratch()
    let store = try Example.store(scratch)
    for number in 1...40 {
      // From one page to more than the buffer takes.
      try store.write { try $0.addPublishedNote("\(number)", size: number * number * 200) }
      guard number % 8 == 0 else { continue }
      let image = "image-\(number).sqlite"
      _ = try scratch.crashImage(as: image)
      let copy = try Example.store(scratch, image)
      #expect(try copy.read { try $0.noteNames() } == (1...number).map(String.init))
      #expect(try copy.integrityCheck() == [])
    }
  }

  private static let large = 1 << 20
  private static let many = 40

  /// More than the writer's cache holds, so that pages go to the log before the commit.
  private func fill(_ transaction: Transaction) throws {
    for number in 1...Self.many { try transaction.addNote("\(number)", size: Self.large) }
    try transaction.execute("UPDATE note SET body = ? WHERE id % 3 = 0", [.blob([7, 7])])
  }

  private func sizes(_ snapshot: Snapshot) throws -> [Int] {
    try snapshot.rows("SELECT length(body) FROM note ORDER BY id") { $0.int(0) }
  }

  @Test(arguments: ["FULL", "NORMAL"])
  func `a transaction larger than the cache reads what it wrote, and is kept`(
    level: String
  ) throws {
    #expect(Self.large * Self.many > Limits.writerCacheKilobytes << 10)
    let expected = (1...Self.many).map { $0 % 3 == 0 ? 2 : Self.large }
    let scratch = Scratch()
    let store = try Example.store(scratch)
    // A checkpoint would read the log, and so have it written.
    try store.tamper("PRAGMA synchronous = \(level); PRAGMA wal_autocheckpoint = 0")
    let seen = try store.write { transaction throws in
      try fill(transaction)
      return try sizes(transaction)
    }
    #expect(seen == expected)
    #expect(try store.read(sizes) == expected)
    _ = try scratch.crashImage(as: "image.sqlite")
    let copy = try Example.store(scratch, "image.sqlite")
    #expect(try copy.read(sizes) == expected)
    #expect(try copy.integrityCheck() == [])
  }

  @Test func `a transaction larger than the cache is undone whole`() throws {
    let store = try Example.store(Scratch())
    try store.write { try $0.addNote("before") }
    #expect(throws: Example.Refused.self) {
      try store.write { transaction throws in
        try fill(transaction)
        throw Example.Refused()
      }
    }
    #expect(try store.read { try $0.noteNames() } == ["before"])
    try store.write { try $0.addNote("after") }
    #expect(try store.read { try $0.noteNames() } == ["before", "after"])
    #expect(try store.integrityCheck() == [])
  }

  @Test func `others see a commit at once also where the disk is not asked`() throws {
    let scratch = Scratch()
    let store = try Example.store(scratch)
    try store.tamper("PRAGMA synchronous = NORMAL")
    for number in 1...20 {
      try store.write { try $0.addNote("\(number)", size: number * 5_000) }
      #expect(try store.read { try $0.noteNames().count } == number)
    }
    #expect(try store.read(sizes) == (1...20).map { $0 * 5_000 })
  }
}

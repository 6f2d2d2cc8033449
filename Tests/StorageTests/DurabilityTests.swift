import Testing

@testable import Storage

@Suite struct DurabilityTests {
  @Test func `synchronous reads back as FULL and the journal as a log`() throws {
    let facts = try Example.store(Scratch()).facts()
    #expect(facts.synchronous == 2)
    #expect(facts.journal == "wal")
    #expect(facts.schema == ["intake/0001-note", "storage/0002-add-traces"])
  }

  /// How often a child flushed files to the disk, counted by the kernel's own calls.
  func flushes(_ mode: String, commits: Int) throws -> Int {
    let scratch = Scratch()
    let log = scratch.path("strace.log")
    let result = try Child.run(
      "/usr/bin/strace",
      [
        "-f", "-c", "-e", "trace=fdatasync,fsync", "-o", log, try Child.probe, mode,
        scratch.path(), "\(commits)",
      ]
    )
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == commits)
    let summary = String(decoding: try Files.contents(log), as: UTF8.self)
    return summary.split(separator: "\n").reduce(0) { sum, line in
      // % time, seconds, usecs/call, calls, [errors], name
      let columns = line.split(separator: " ")
      guard let name = columns.last, name == "fdatasync" || name == "fsync" else { return sum }
      return sum + (Int(columns[3]) ?? 0)
    }
  }

  @Test func `each commit flushes, and GRDB's own setting of FULL does not`() throws {
    let few = try flushes("commit", commits: 10)
    let many = try flushes("commit", commits: 60)
    #expect(many - few >= 50)
    let control = try flushes("trap", commits: 60) - flushes("trap", commits: 10)
    #expect(control == 0)
  }

  @Test func `what a killed process acknowledged is there`() throws {
    for acknowledged in [1, 20, 150] {
      let scratch = Scratch()
      let said = try Child.kill(
        try Child.probe,
        ["commit", scratch.path(), "100000"],
        afterLines: acknowledged
      )
      #expect(said.count >= acknowledged && said.count < 100_000)
      let schema = Migration(
        name: "0001-note",
        sql: "CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT"
      )
      let store = try Example.store(scratch, migrations: [schema], service: "probe")
      let head = try store.read { try $0.feedHead() }
      #expect(head.position >= Int64(said.count))
      let notes = try store.read { try $0.first("SELECT count(*) FROM note") { $0.integer(0) } }
      #expect(notes == head.position)
      #expect(try store.verifyChain() == .sound(head))
      #expect(try store.integrityCheck() == [])
    }
  }

  @Test func `a second process is kept out, until the first one closes`() throws {
    let scratch = Scratch()
    let store = try Example.store(scratch, migrations: [], service: "probe")
    #expect(try Child.run(try Child.probe, ["open", scratch.path()]).status == 3)
    withExtendedLifetime(store) {}
  }

  @Test func `a second handle in the same process is kept out, until the first one goes`() throws {
    let scratch = Scratch()
    var store: Store? = try Example.store(scratch)
    #expect {
      try Example.store(scratch)
    } throws: { error in
      if case .locked = error as? StoreError { true } else { false }
    }
    #expect(try store?.read { try $0.noteNames() } == [])
    store = nil
    #expect(try Example.store(scratch).read { try $0.noteNames() } == [])
  }

  @Test func `a store that was closed gives up its lock`() throws {
    let scratch = Scratch()
    let store = try Example.store(scratch)
    store.close()
    #expect(throws: Never.self) { try Example.store(scratch) }
    withExtendedLifetime(store) {}
  }
}

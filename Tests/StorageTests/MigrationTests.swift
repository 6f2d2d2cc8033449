import Foundation
import GRDB
import Kernel
import Testing

@testable import Storage

@Suite struct MigrationTests {
  let first = Migration(name: "0001-a", sql: "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY)")
  let second = Migration(name: "0002-b", sql: "CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY)")

  func open(_ scratch: Scratch, _ migrations: [Migration], service: String = "intake") throws {
    try Example.store(scratch, migrations: migrations, service: service).close()
  }

  func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "opened"
    } catch {
      return String(describing: error).prefix { $0 != "(" }.description
    }
  }

  @Test func `missing migrations are applied in order, and opening again changes nothing`() throws {
    let scratch = Scratch()
    try open(scratch, [first])
    try open(scratch, [first, second])
    try open(scratch, [first, second])
    let store = try Example.store(scratch, migrations: [first, second])
    let names = try store.read { snapshot throws in
      try snapshot.rows("SELECT scope || ' ' || name FROM migration ORDER BY scope, number") {
        $0.text(0)
      }
    }
    #expect(
      names == [
        "intake 0001-a", "intake 0002-b", "storage 0001-kept-tables", "storage 0002-add-traces",
      ]
    )
  }

  @Test func `a file with a newer schema is refused`() throws {
    let scratch = Scratch()
    try open(scratch, [first, second])
    #expect(refusal { try open(scratch, [first]) } == "newerSchema")
    #expect(refusal { try open(scratch, [first, second]) } == "opened")
  }

  @Test func `a migration that was changed after it was applied is refused`() throws {
    let scratch = Scratch()
    try open(scratch, [first])
    let changed = Migration(name: first.name, sql: first.sql + " STRICT")
    #expect(refusal { try open(scratch, [changed]) } == "changedMigration")
    let renamed = Migration(name: "0001-z", sql: first.sql)
    #expect(refusal { try open(scratch, [renamed, second]) } == "changedMigration")
  }

  @Test func `a migration whose text was put better is that of files that the former text made`()
    throws
  {
    let scratch = Scratch()
    try open(scratch, [first])
    let former = try Example.store(scratch, migrations: [first], service: "intake")
    let digest = try former.read { snapshot throws in
      try snapshot.first("SELECT digest FROM migration WHERE scope = 'intake'", []) { $0.text(0) }
    }
    former.close()
    let text = first.sql + " STRICT"
    let better = Migration(name: first.name, sql: text, formerDigests: [try #require(digest)])
    #expect(refusal { try open(scratch, [better, second]) } == "opened")
    let fresh = Scratch()
    try open(fresh, [better])
    #expect(refusal { try open(fresh, [first]) } == "changedMigration")
  }

  @Test func `another service's file is refused`() throws {
    let scratch = Scratch()
    try open(scratch, [first])
    #expect(refusal { try open(scratch, [], service: "approval") } == "wrongService")
  }

  @Test func `a migration that fails leaves nothing of itself and the ones before it`() throws {
    let scratch = Scratch()
    let broken = Migration(
      name: "0002-broken",
      sql: "CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY); CREATE TABLE a (id INTEGER)"
    )
    #expect(refusal { try open(scratch, [first, broken]) } == "sql")
    #expect(refusal { try open(scratch, [first, second]) } == "opened")
  }

  @Test func `a migration that breaks a foreign key is refused`() throws {
    let scratch = Scratch()
    let stray = Migration(
      name: "0002-stray",
      sql: """
        CREATE TABLE c (id INTEGER NOT NULL PRIMARY KEY,
          a INTEGER NOT NULL REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO c (a) VALUES (9)
        """
    )
    #expect(refusal { try open(scratch, [first, stray]) } == "constraint")
  }

  /// A file as the program made it before entries and timers knew traces.
  func old(_ scratch: Scratch) throws {
    let queue = try DatabaseQueue(path: scratch.path())
    let kept = Array(KeptSchema.migrations.prefix(1))
    try queue.writeWithoutTransaction { database in
      try Migrator(service: "intake", migrations: [], kept: kept).migrate(database)
      var head = FeedHead.empty
      for name in ["a", "b", "c"] {
        let entry = try FeedChain.entry(Example.draft(name), behind: head)
        let content = entry.content
        try database.execute(
          sql: """
            INSERT INTO feed (position, id, hall, recorded_at, type, subject, actor, post,
              on_behalf_of, basis, reflects, payload_type, payload, private_hash, previous_hash,
              hash, alg, private_part, private_salt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'', ?, ?, 'sha256', NULL, NULL)
            """,
          arguments: [
            entry.position, content.id, content.hall, content.recordedAt.unixMilliseconds,
            content.type, content.subject, content.actor, content.post, content.onBehalfOf,
            content.basis, Reflects.text(content.reflects), content.payloadType,
            Data(content.payload), Data(entry.previousHash), Data(entry.hash),
          ]
        )
        head = FeedHead(position: entry.position, hash: entry.hash)
      }
      try database.execute(
        sql: """
          INSERT INTO timer (hall, kind, subject, stamp, due_at, fire_at, attempts, payload)
          VALUES ('330106', 'old', 's', 1, 10, 10, 0, x'')
          """
      )
    }
    try queue.close()
  }

  @Test func `a store from before traces keeps its entries, its chain and its timers`() throws {
    let scratch = Scratch()
    try old(scratch)
    let store = try Example.store(scratch, migrations: [])
    let entries = try store.read { try $0.feedEntries(after: 0, limit: 10) }
    #expect(entries.map(\.content) == ["a", "b", "c"].map { Example.draft($0) })
    #expect(try store.verifyChain() == .sound(FeedHead(position: 3, hash: entries[2].hash)))
    let timers = try store.read {
      try $0.dueTimers(now: Instant(unixMilliseconds: 10), limit: 10)
    }
    #expect(timers.map(\.kind) == ["old"] && timers.map(\.trace) == [nil])
    // What comes now stands behind it, in the same chain.
    var draft = Example.draft("d")
    draft.trace = Example.trace
    try store.write { [draft] in try $0.publish(draft) }
    let last = try store.read { try $0.feedEntries(after: 3, limit: 10) }
    #expect(last.map(\.content) == [draft])
    #expect(last[0].previousHash == entries[2].hash)
    #expect(try store.verifyChain() == .sound(FeedHead(position: 4, hash: last[0].hash)))
  }

  @Test func `a service cannot call itself storage`() throws {
    #expect(refusal { try open(Scratch(), [], service: "storage") } == "invalid")
  }
}

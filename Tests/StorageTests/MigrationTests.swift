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
    #expect(names == ["intake 0001-a", "intake 0002-b", "storage 0001-kept-tables"])
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

  @Test func `a service cannot call itself storage`() throws {
    #expect(refusal { try open(Scratch(), [], service: "storage") } == "invalid")
  }
}

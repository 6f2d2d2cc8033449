import Kernel
import Testing

@testable import Storage

@Suite struct ValueConformance {
  static let values: [Value] = [
    .null, 0, -1, .integer(.max), .integer(.min), "", "行政服务大厅", "𠀀😀\u{10FFFF}", .blob([]),
    .blob([0, 255, 1]), Value(true), Value("x" as String?), Value(nil as String?),
    Value(Instant(unixMilliseconds: -5)),
  ]

  @Test(arguments: StoreEngine.all)
  func `what is bound comes back as it was`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    for value in Self.values {
      let back = try store.read { snapshot throws in
        try snapshot.first("SELECT ?", [value]) { row -> Value in
          switch value {
          case .null: .init(row.optionalText(0))
          case .integer: .integer(row.integer(0))
          case .text: .text(row.text(0))
          case .blob: .blob(row.blob(0))
          }
        }
      }
      #expect(back == value)
    }
  }

  @Test(arguments: StoreEngine.all)
  func `null is nil in each optional form`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.read { snapshot throws in
      try snapshot.first("SELECT ?", [nil]) { row in
        #expect(row.optionalInteger(0) == nil)
        #expect(row.optionalText(0) == nil)
        #expect(row.optionalBlob(0) == nil)
        #expect(row.optionalInstant(0) == nil)
        #expect(row.optionalDay(0) == nil)
      }
    }
  }

  @Test(arguments: StoreEngine.all)
  func `too few and too many arguments are refused`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    for arguments in [[], [1, 2]] as [[Value]] {
      #expect(throws: StoreError.self) {
        try store.read { try $0.first("SELECT ?", arguments) { $0.integer(0) } }
      }
    }
  }

  @Test(arguments: StoreEngine.all)
  func `a statement can be run while its own rows are read`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for name in ["a", "b", "c"] { try transaction.addNote(name) }
    }
    let sql = "SELECT name FROM note ORDER BY id"
    let pairs = try store.read { snapshot throws in
      try snapshot.rows(sql) { outer in
        outer.text(0) + (try snapshot.rows(sql) { $0.text(0) }).joined()
      }
    }
    #expect(pairs == ["aabc", "babc", "cabc"])
  }

  @Test(arguments: StoreEngine.all)
  func `a reader cannot write`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    #expect(throws: StoreError.self) {
      try store.read { snapshot throws in
        _ = try snapshot.rows("DELETE FROM note RETURNING id") { $0.integer(0) }
      }
    }
  }

  @Test(arguments: StoreEngine.all)
  func `broken constraints are told apart`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { try $0.addNote("a") }
    let cases: [(StoreError.Constraint, (Transaction) throws -> Void)] = [
      (.unique, { try $0.addNote("a") }),
      (.check, { try $0.addNote("b", size: -1) }),
      (.notNull, { try $0.execute("UPDATE note SET name = NULL") }),
    ]
    for (wanted, unit) in cases {
      #expect {
        try store.write(unit)
      } throws: { error in
        if case .constraint(wanted, _) = error as? StoreError { true } else { false }
      }
    }
  }

  @Test(arguments: StoreEngine.all)
  func `execute counts the rows that it changed`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { transaction throws in
      for name in ["a", "b", "c"] { try transaction.addNote(name) }
      #expect(try transaction.execute("UPDATE note SET size = 2 WHERE name > ?", ["a"]) == 2)
      #expect(try transaction.execute("UPDATE note SET size = 2 WHERE name > ?", ["z"]) == 0)
      let ids = try transaction.rows("DELETE FROM note RETURNING name") { $0.text(0) }
      #expect(ids.sorted() == ["a", "b", "c"])
    }
  }
}

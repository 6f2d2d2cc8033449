import Testing

@testable import Storage

@Suite struct SnapshotTests {
  @Test func `SQLite keeps a NUL in a text, which no request can bring`() throws {
    let store = try Example.store(Scratch())
    let back = try store.read { snapshot throws in
      try snapshot.first("SELECT ?", ["a\u{0}b"]) { $0.text(0) }
    }
    #expect(back == "a\u{0}b")
  }

  private func reference(_ message: UInt8) -> Reference {
    Reference(hall: "330106", kind: "item", id: "a", version: 1, message: [message])
  }

  private func decoded(_ snapshot: Snapshot) throws -> UInt8? {
    try snapshot.decoded(hall: "330106", kind: "item", id: "a") { $0[0] }
  }

  private func missing(_ snapshot: Snapshot) throws -> UInt8? {
    try snapshot.decoded(hall: "330106", kind: "item", id: "none") { $0[0] }
  }

  @Test func `a read that finds all in memory opens no connection`() throws {
    let store = try Example.store(Scratch())
    try store.write { try $0.saveReference(reference(1)) }
    #expect(try store.read { (try decoded($0), try missing($0)) } == (1, nil))
    store.readers.drop()
    #expect(try store.read { (try decoded($0), try missing($0)) } == (1, nil))
    #expect(store.readers.idleCount == 0)
    #expect(try store.read { try $0.noteNames() } == [])
    #expect(store.readers.idleCount == 1)
  }

  @Test(arguments: [false, true])
  func `what was found in memory and what is then read are of one instant`(
    swallows: Bool
  ) throws {
    let store = try Example.store(Scratch())
    try store.write { try $0.saveReference(reference(1)) }
    _ = try store.read(decoded)
    var runs = 0
    let seen = try store.read { snapshot throws in
      runs += 1
      let found = try decoded(snapshot)
      if runs == 1 {
        try store.write { transaction throws in
          try transaction.saveReference(reference(2))
          try transaction.addNote("n")
        }
      }
      let names = swallows ? (try? snapshot.noteNames()) ?? [] : try snapshot.noteNames()
      return (found, names)
    }
    #expect(runs == 2)
    #expect(seen == (2, ["n"]))
  }

  @Test func `a snapshot that was taken goes on showing the references of its instant`() throws {
    let store = try Example.store(Scratch())
    try store.write { try $0.saveReference(reference(1)) }
    try store.read { snapshot throws in
      #expect(try snapshot.noteNames() == [])
      try store.write { try $0.saveReference(reference(2)) }
      #expect(try store.read(decoded) == 2)
      #expect(try decoded(snapshot) == 1)
    }
    #expect(try store.read(decoded) == 2)
  }

  @Test func `a unit that fails moves no cursor, and its neighbours move theirs`() throws {
    let store = try Example.store(Scratch())
    func move(_ upstream: String, _ position: Int64, _ transaction: Transaction) throws {
      try transaction.saveCursor(upstream: upstream, position: position, hash: [7])
    }
    let outcomes = store.batch([
      { try move("intake", 1, $0) },
      { transaction throws in
        try move("intake", 2, transaction)
        throw Example.Refused()
      },
      { transaction throws in
        #expect(try transaction.cursor(upstream: "intake")?.position == 1)
        try move("approval", 5, transaction)
        try transaction.addNote("n")
        throw Example.Refused()
      },
      { try move("catalogue", 3, $0) },
    ])
    #expect(outcomes.map(\.word) == ["committed 0", "refused", "refused", "committed 0"])
    let kept = try store.read { try $0.cursors() }
    #expect(kept.map(\.upstream) == ["catalogue", "intake"])
    #expect(kept.map(\.position) == [3, 1])
    #expect(try store.write { try $0.cursors() } == kept)
  }
}

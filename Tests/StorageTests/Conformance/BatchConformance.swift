import Synchronization
import Testing

@testable import Storage

@Suite struct BatchConformance {
  @Test(arguments: StoreEngine.all)
  func `units run in order and are answered in order`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch([
      { try $0.addPublishedNote("a") },
      { try $0.addNote("b") },
      { transaction throws in
        #expect(try transaction.noteNames() == ["a", "b"])
        try transaction.publish(Example.draft("c1"))
        try transaction.publish(Example.draft("c2"))
      },
    ])
    #expect(outcomes.map(\.word) == ["committed 1", "committed 1", "committed 3"])
    #expect(try store.read { try $0.feedIDs() } == ["a", "c1", "c2"])
  }

  @Test(arguments: StoreEngine.all)
  func `a unit that fails before it wrote fails alone and nothing runs twice`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    var runs = 0
    let outcomes = store.batch([
      { transaction throws in
        runs += 1
        try transaction.addPublishedNote("a")
      },
      { transaction throws in
        try transaction.publish(Example.draft("never"))
        throw Example.Refused()
      },
      { try $0.addPublishedNote("b") },
    ])
    #expect(outcomes.map(\.word) == ["committed 1", "refused", "committed 2"])
    #expect(runs == 1)
    #expect(try store.read { try $0.feedIDs() } == ["a", "b"])
  }

  @Test(arguments: StoreEngine.all)
  func `a unit that broke a constraint and wrote nothing else fails alone`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    var runs = 0
    let outcomes = store.batch([
      { transaction throws in
        runs += 1
        try transaction.addPublishedNote("a")
      },
      { try $0.addNote("a") },
      { try $0.addPublishedNote("b") },
    ])
    #expect(outcomes.map(\.word) == ["committed 1", "constraint", "committed 2"])
    #expect(runs == 1)
  }

  @Test(arguments: StoreEngine.all)
  func `a unit that fails after it wrote leaves nothing, and the others are run again`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    var runs = 0
    let outcomes = store.batch([
      { transaction throws in
        runs += 1
        try transaction.addPublishedNote("a")
      },
      { transaction throws in
        try transaction.addPublishedNote("b")
        try transaction.saveCursor(upstream: "catalogue", position: 9, hash: [9])
        throw Example.Refused()
      },
      { try $0.addPublishedNote("c") },
    ])
    #expect(outcomes.map(\.word) == ["committed 1", "refused", "committed 2"])
    #expect(runs == 2)
    try store.read { snapshot throws in
      #expect(try snapshot.noteNames() == ["a", "c"])
      #expect(try snapshot.feedIDs() == ["a", "c"])
      #expect(try snapshot.cursor(upstream: "catalogue") == nil)
    }
    #expect(try store.verifyChain() == .sound(try store.read { try $0.feedHead() }))
  }

  @Test(arguments: StoreEngine.all)
  func `a unit that handles a broken constraint may go on`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch([
      { try $0.addNote("a") },
      { transaction throws in
        #expect(throws: StoreError.self) { try transaction.addNote("a") }
        try transaction.addPublishedNote("b")
      },
    ])
    #expect(outcomes.map(\.word) == ["committed 0", "committed 1"])
  }

  @Test(arguments: StoreEngine.all)
  func `a constraint that is checked at the commit fails only its own unit`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch([
      { try $0.addPublishedNote("a") },
      { try $0.execute("INSERT INTO mark (note) VALUES (?)", [99]) },
      { try $0.addPublishedNote("b") },
    ])
    #expect(outcomes.map(\.word) == ["committed 1", "constraint", "committed 2"])
    #expect(try store.read { try $0.noteNames() } == ["a", "b"])
  }

  @Test(arguments: StoreEngine.all)
  func `a bad feed entry fails its own unit`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    var bare = Example.draft("bare", privatePart: [1])
    bare.salt = nil
    var odd = Example.draft("odd")
    odd.reflects = ["a b": 1]
    let outcomes = store.batch([
      { try $0.addPublishedNote("a") },
      { [bare] in try $0.publish(bare) },
      { [odd] in try $0.publish(odd) },
      { try $0.publish(Example.draft("a")) },
      { try $0.addPublishedNote("b") },
    ])
    #expect(outcomes.map(\.position) == [1, nil, nil, nil, 2])
    #expect(try store.read { try $0.feedIDs() } == ["a", "b"])
  }

  @Test(arguments: StoreEngine.all)
  func `what was committed survives a crash at once`(engine: StoreEngine) throws {
    let scratch = Scratch()
    let store = try engine.open(scratch)
    _ = store.batch([{ try $0.addPublishedNote("a") }, { try $0.addPublishedNote("b") }])
    let after = try engine.openAfterCrash(scratch)
    #expect(try after.read { try $0.noteNames() } == ["a", "b"])
    #expect(after.batch([{ try $0.addPublishedNote("c") }]).map(\.word) == ["committed 3"])
    #expect(try after.integrityCheck() == [])
  }

  @Test(arguments: StoreEngine.all)
  func `listeners hear of published entries and moved cursors, and of nothing else`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    let heard = Mutex<[StoreChange]>([])
    let number = store.changes.register { change in heard.withLock { $0.append(change) } }
    try store.write { try $0.addNote("quiet") }
    _ = store.batch([
      { try $0.addPublishedNote("a") },
      { try $0.saveCursor(upstream: "catalogue", position: 4, hash: [4]) },
    ])
    _ = store.batch([
      { transaction throws in
        try transaction.addPublishedNote("b")
        throw Example.Refused()
      }
    ])
    #expect(heard.withLock { $0 } == [StoreChange(feedHead: 1, cursors: ["catalogue": 4])])
    #expect(store.changes.feedHead == 1)
    store.changes.unregister(number)
    try store.write { try $0.addPublishedNote("c") }
    #expect(heard.withLock { $0.count } == 1)
  }

  @Test(arguments: StoreEngine.all)
  func `a snapshot does not see what is committed after its first look`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    try store.write { try $0.addNote("a") }
    try store.read { snapshot throws in
      #expect(try snapshot.noteNames() == ["a"])
      try store.write { try $0.addNote("b") }
      #expect(try snapshot.noteNames() == ["a"])
    }
    #expect(try store.read { try $0.noteNames() } == ["a", "b"])
  }

  @Test(arguments: StoreEngine.all)
  func `a closed store refuses, and what it held is there again`(engine: StoreEngine) throws {
    let scratch = Scratch()
    let store = try engine.open(scratch)
    try store.write { try $0.addNote("a") }
    store.close()
    #expect(store.batch([{ try $0.addNote("b") }]).map(\.word) == ["closed"])
    #expect(throws: StoreError.self) { try store.read { try $0.noteNames() } }
  }
}

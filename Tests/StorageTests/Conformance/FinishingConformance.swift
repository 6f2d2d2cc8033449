import Testing

@testable import Storage

/// A payload that says which others its batch published, which nobody knows before its end.
private final class Roll: UnfinishedPayload {
  struct Unfinished: Error {}

  let name: String
  var all: [String]?

  init(_ name: String) {
    self.name = name
  }

  var finished: [UInt8] {
    get throws {
      guard let all else { throw Unfinished() }
      return Array("\(name) of \(all.joined(separator: ","))".utf8)
    }
  }
}

/// Finishes rolls, and keeps what it was asked.
private final class Finisher {
  var asked: [[String]] = []
  /// Fails while this one is among them.
  var refused: String?

  func finish(_ payloads: [any UnfinishedPayload]) throws {
    let rolls = payloads.compactMap { $0 as? Roll }
    let all = rolls.map(\.name)
    asked.append(all)
    if let refused, all.contains(refused) { throw Example.Refused() }
    for roll in rolls { roll.all = all }
  }
}

extension Transaction {
  fileprivate func addRoll(_ name: String, privatePart: [UInt8]? = nil) throws {
    try addNote(name)
    try publish(Example.draft(name, privatePart: privatePart), finishing: Roll(name))
  }
}

extension Store {
  fileprivate func payloads() throws -> [String] {
    let stored = try read { try $0.feedEntries(after: 0, limit: 100) }
    #expect(try read { try $0.feedPage(after: 0, limit: 100).entries } == stored)
    #expect(try verifyChain() == .sound(try read { try $0.feedHead() }))
    return stored.map { String(decoding: $0.content.payload, as: UTF8.self) }
  }
}

/// docs/adr/0034-one-signature-for-a-batch-of-admissions.md.
@Suite struct FinishingConformance {
  private let finisher = Finisher()

  @Test(arguments: StoreEngine.all)
  func `payloads are finished together when all units have run, at the places that were told`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    try store.write { try $0.addPublishedNote("before") }
    let outcomes = store.batch(
      [
        { try $0.addRoll("a") },
        { try $0.addPublishedNote("plain") },
        { transaction throws in
          try transaction.publish(Example.draft("never"), finishing: Roll("never"))
          throw Example.Refused()
        },
        { transaction throws in
          try transaction.addRoll("b")
          try transaction.addRoll("c")
        },
      ],
      finishing: finisher.finish
    )
    #expect(outcomes.map(\.word) == ["committed 2", "committed 3", "refused", "committed 5"])
    #expect(finisher.asked == [["a", "b", "c"]])
    #expect(
      try store.payloads() == ["before", "a of a,b,c", "plain", "b of a,b,c", "c of a,b,c"]
    )
  }

  @Test(arguments: StoreEngine.all)
  func `nobody is asked to finish where nothing is unfinished`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch([{ try $0.addPublishedNote("a") }], finishing: finisher.finish)
    #expect(outcomes.map(\.word) == ["committed 1"] && finisher.asked.isEmpty)
  }

  @Test(arguments: StoreEngine.all)
  func `a unit that is undone alone leaves nothing to finish`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch(
      [
        { try $0.addRoll("a") },
        { transaction throws in
          try transaction.addRoll("b")
          throw Example.Refused()
        },
        { try $0.addRoll("c") },
      ],
      finishing: finisher.finish
    )
    #expect(outcomes.map(\.word) == ["committed 1", "refused", "committed 2"])
    #expect(finisher.asked == [["a", "c"]])
    #expect(try store.payloads() == ["a of a,c", "c of a,c"])
  }

  @Test(arguments: StoreEngine.all)
  func `a no at the commit finishes each unit for itself`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch(
      [
        { try $0.addRoll("a") },
        { try $0.execute("INSERT INTO mark (note) VALUES (?)", [99]) },
        { try $0.addRoll("b") },
      ],
      finishing: finisher.finish
    )
    #expect(outcomes.map(\.word) == ["committed 1", "constraint", "committed 2"])
    #expect(finisher.asked == [["a", "b"], ["a"], ["b"]])
    #expect(try store.payloads() == ["a of a", "b of b"])
  }

  @Test(arguments: StoreEngine.all)
  func `what cannot be finished fails its own units for certain, without a gap`(
    engine: StoreEngine
  ) throws {
    let store = try engine.open(Scratch())
    finisher.refused = "b"
    let outcomes = store.batch(
      [
        { try $0.addRoll("a") },
        { try $0.addRoll("b") },
        { try $0.addPublishedNote("plain") },
        { try $0.addRoll("c") },
      ],
      finishing: finisher.finish
    )
    #expect(outcomes.map(\.word) == ["committed 1", "refused", "committed 2", "committed 3"])
    #expect(finisher.asked == [["a", "b", "c"], ["a"], ["b"], ["c"]])
    #expect(try store.read { try $0.noteNames() } == ["a", "plain", "c"])
    #expect(try store.payloads() == ["a of a", "plain", "c of c"])

    #expect(
      store.batch([{ try $0.addRoll("b") }], finishing: finisher.finish).map(\.word) == ["refused"]
    )
    finisher.refused = nil
    #expect(
      store.batch([{ try $0.addRoll("b") }], finishing: finisher.finish).map(\.word)
        == ["committed 4"]
    )
    #expect(try store.payloads().last == "b of b")
  }

  @Test(arguments: StoreEngine.all)
  func `nothing unfinished is ever kept`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    let outcomes = store.batch([{ try $0.addRoll("a") }, { try $0.addPublishedNote("b") }])
    #expect(outcomes.map(\.position) == [nil, 1] && outcomes[0].failure is Roll.Unfinished)
    #expect(try store.read { try $0.noteNames() } == ["b"])
  }

  @Test(arguments: StoreEngine.all)
  func `no unit sees in the feed what its batch publishes`(engine: StoreEngine) throws {
    let store = try engine.open(Scratch())
    try store.write { try $0.addPublishedNote("a") }
    let head = try store.read { try $0.feedHead() }
    _ = store.batch([
      { try $0.addPublishedNote("b") },
      { transaction throws in
        #expect(try transaction.feedIDs() == ["a"])
        #expect(try transaction.feedHead() == head)
        #expect(try transaction.noteNames() == ["a", "b"])
      },
    ])
    #expect(try store.read { try $0.feedIDs() } == ["a", "b"])
  }

  @Test(arguments: StoreEngine.all)
  func `a personal part that its own batch erases is never written`(engine: StoreEngine) throws {
    let scratch = Scratch()
    let store = try engine.open(scratch)
    var erased: [Bool] = []
    let outcomes = store.batch(
      [
        { try $0.addRoll("a", privatePart: Array("李四".utf8)) },
        { try $0.addRoll("b", privatePart: Array("王五".utf8)) },
        { transaction throws in
          erased = try [1, 1, 3].map { try transaction.eraseFeedPrivatePart($0) }
        },
        { erased.append(try $0.eraseFeedPrivatePart(1)) },
        { transaction throws in
          erased.append(try transaction.eraseFeedPrivatePart(2))
          throw Example.Refused()
        },
      ],
      finishing: finisher.finish
    )
    #expect(outcomes.map(\.position) == [1, 2, 2, 2, nil])
    #expect(erased == [true, false, false, false, true])
    let entries = try store.read { try $0.feedEntries(after: 0, limit: 10) }
    #expect(entries.map(\.isErased) == [true, false])
    #expect(try store.payloads() == ["a of a,b", "b of a,b"])
    #expect(try !scratch.contains("李四") && scratch.contains("王五"))
  }
}

import TestSupport
import Testing

@testable import Storage

/// Random batches against a model that knows only what each unit does, not how they are run.
@Suite struct BatchPropertyTests {
  /// What a random unit does, in order.
  private enum Step {
    case note(String)
    /// Adds a note that is there already and goes on.
    case swallowedDouble(String)
    case entry(String)
    case cursor(Int64)
    case fail
  }

  private struct Model {
    var notes: [String] = []
    var entries: [String] = []
    var cursor: Int64?

    /// Applies a unit as a whole or not at all.
    ///
    /// - Returns: whether it was applied.
    mutating func apply(_ steps: [Step]) -> Bool {
      var next = self
      for step in steps {
        switch step {
        case .note(let name):
          if next.notes.contains(name) { return false }
          next.notes.append(name)
        case .swallowedDouble: break
        case .entry(let id): next.entries.append(id)
        case .cursor(let position): next.cursor = position
        case .fail: return false
        }
      }
      self = next
      return true
    }
  }

  private static func unit(_ steps: [Step]) -> BatchUnit {
    { transaction throws in
      for step in steps {
        switch step {
        case .note(let name): try transaction.addNote(name)
        case .swallowedDouble(let name): try? transaction.addNote(name, size: -1)
        case .entry(let id): try transaction.publish(Example.draft(id))
        case .cursor(let position):
          try transaction.saveCursor(upstream: "catalogue", position: position, hash: [])
        case .fail: throw Example.Refused()
        }
      }
    }
  }

  private static func steps(_ generator: inout SeededGenerator, _ counter: inout Int) -> [Step] {
    (0..<Int.random(in: 0...4, using: &generator)).map { _ in
      counter += 1
      return switch Int.random(in: 0..<10, using: &generator) {
      case 0..<4: .note("n\(counter)")
      // One in ten names a note that may be there already.
      case 4: .note("n\(Int.random(in: 1...counter, using: &generator))")
      case 5: .swallowedDouble("n\(counter)")
      case 6, 7: .entry("e\(counter)")
      case 8: .cursor(Int64(counter))
      default: .fail
      }
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `a batch keeps exactly the units that the model keeps`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var model = Model()
    var counter = 0
    let scratch = Scratch()
    var store = try Example.store(scratch)
    for round in 0..<6 {
      let batch = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        Self.steps(&generator, &counter)
      }
      let outcomes = store.batch(batch.map(Self.unit))
      for (steps, outcome) in zip(batch, outcomes) {
        let isKept = model.apply(steps)
        #expect(outcome.position == (isKept ? Int64(model.entries.count) : nil))
      }
      if Int.random(in: 0..<4, using: &generator) == 0 {
        // The crash: the open store's files as they are now, without its leave.
        let previous = round == 0 ? "intake.sqlite" : store.path.split(separator: "/").last ?? ""
        _ = try scratch.crashImage(of: String(previous), as: "crash-\(round).sqlite")
        store = try Example.store(scratch, "crash-\(round).sqlite")
      }
    }
    try store.read { snapshot throws in
      #expect(try snapshot.noteNames() == model.notes)
      #expect(try snapshot.feedIDs() == model.entries)
      #expect(try snapshot.cursor(upstream: "catalogue")?.position == model.cursor)
      let positions = try snapshot.feedEntries(after: 0, limit: 1_000).map(\.position)
      #expect(positions == (0..<positions.count).map { Int64($0 + 1) })
      let head = try snapshot.feedHead()
      #expect(try store.verifyChain() == .sound(head))
    }
  }
}

import Foundation
import Synchronization
import Testing

@testable import Storage

@Suite struct ReaderTests {
  @Test func `a long reader lets the log grow, and after it the log is emptied`() throws {
    let store = try Example.store(Scratch())
    try store.read { snapshot throws in
      _ = try snapshot.noteNames()
      for number in 0..<300 {
        try store.write { try $0.addNote("n\(number)", size: 20_000) }
      }
      #expect(try store.facts().logBytes > 6_000_000)
      #expect(try snapshot.noteNames() == [])
    }
    #expect(try store.checkpoint().isComplete)
    #expect(try store.facts().logBytes == 0)
    #expect(try store.read { try $0.noteNames() }.count == 300)
  }

  @Test func `reads and batches on several threads see whole batches only`() throws {
    let store = try Example.store(Scratch())
    let faults = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 6) { thread in
      for round in 0..<40 {
        if thread < 2 {
          // Each batch adds a pair.
          let outcomes = store.batch([
            { try $0.addPublishedNote("\(thread)-\(round)-a") },
            { try $0.addPublishedNote("\(thread)-\(round)-b") },
          ])
          if outcomes.contains(where: { $0.position == nil }) {
            faults.withLock { $0.append("outcome \(outcomes.map(\.word))") }
          }
        } else {
          let counts = try? store.read { snapshot throws in
            (try snapshot.noteNames().count, try snapshot.feedHead().position)
          }
          if counts?.0.isMultiple(of: 2) != true || counts.map({ Int64($0.0) }) != counts?.1 {
            faults.withLock { $0.append("read \(String(describing: counts))") }
          }
        }
      }
    }
    #expect(faults.withLock { $0 } == [])
    #expect(store.readers.idleCount <= Limits.readers)
    #expect(try store.read { try $0.feedHead() }.position == 160)
  }

  @Test func `a read that is too much work is broken off, and the next one has its whole measure`()
    throws
  {
    var options = Store.Options()
    options.readInstructions = 3_000_000
    let store = try Example.store(Scratch(), options: options)
    func count(to most: Int) throws -> Int? {
      try store.read { snapshot in
        try snapshot.first(
          """
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
          SELECT COUNT(*) FROM n
          """,
          [Value(most)]
        ) { $0.int(0) }
      }
    }
    for _ in 0..<3 {
      var failure: StoreError?
      do { _ = try count(to: 10_000_000) } catch { failure = error as? StoreError }
      guard case .tooLong = failure else {
        Issue.record("\(String(describing: failure))")
        return
      }
      for _ in 0..<10 { #expect(try count(to: 50_000) == 50_000) }
    }
  }

  @Test func `readers never write nor checkpoint`() throws {
    let store = try Example.store(Scratch())
    try store.read { snapshot throws in
      #expect(try snapshot.first("PRAGMA query_only") { $0.int(0) } == 1)
      #expect(try snapshot.first("PRAGMA wal_autocheckpoint") { $0.int(0) } == 0)
      #expect(try snapshot.first("PRAGMA mmap_size") { $0.int(0) } == 0)
    }
  }

  @Test func `a read that throws leaves its connection fit for the next one`() throws {
    let store = try Example.store(Scratch())
    try store.write { try $0.addNote("a") }
    for _ in 0..<20 {
      #expect(throws: Example.Refused.self) {
        try store.read { snapshot throws in
          _ = try snapshot.rows("SELECT name FROM note") { _ in throw Example.Refused() }
        }
      }
    }
    #expect(try store.read { try $0.noteNames() } == ["a"])
    #expect(store.readers.idleCount == 1)
  }
}

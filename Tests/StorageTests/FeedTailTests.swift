import Kernel
import TestSupport
import Testing

@testable import Storage

@Suite struct FeedTailTests {
  /// Entries of a chain behind a head.
  private func entries(_ count: Int, behind head: FeedHead) throws -> [FeedEntry] {
    var head = head
    return try (0..<count).map { number in
      let entry = try FeedChain.entry(Example.draft("\(number)"), behind: head)
      head = FeedHead(position: entry.position, hash: entry.hash)
      return entry
    }
  }

  private func page(_ store: Store, after: Int64, limit: Int) throws -> FeedPage {
    try store.read { try $0.feedPage(after: after, limit: limit) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a page out of memory is the page in the file`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let store = try Example.store(Scratch())
    for commit in 0..<12 {
      let units = (0..<Int.random(in: 0...4, using: &random)).map { number in
        let drafts = (0..<Int.random(in: 0...3, using: &random)).map { part in
          var draft = Example.draft(
            "\(commit)-\(number)-\(part)",
            privatePart: Bool.random(using: &random) ? [UInt8(part), 1] : nil
          )
          // A salt without a part is not kept.
          draft.salt = [UInt8](repeating: UInt8(number), count: 16)
          draft.trace = Bool.random(using: &random) ? Example.trace : nil
          return draft
        }
        let isRefused = Int.random(in: 0..<4, using: &random) == 0
        return { (transaction: Transaction) throws in
          try transaction.addNote("\(commit)-\(number)")
          for draft in drafts { try transaction.publish(draft) }
          if isRefused { throw Example.Refused() }
        } as BatchUnit
      }
      _ = store.batch(units)
      let head = try store.read { try $0.feedHead() }
      for _ in 0..<10 {
        let after = Int64.random(in: 0...head.position, using: &random)
        let limit = Int.random(in: 0...8, using: &random)
        let read = try store.read { try $0.feedEntries(after: after, limit: limit) }
        #expect(try page(store, after: after, limit: limit) == FeedPage(entries: read, head: head))
      }
    }
  }

  @Test func `what was committed lately needs no store, what is older does`() throws {
    let scratch = Scratch()
    let first = try Example.store(scratch)
    try first.write { try $0.addPublishedNote("a") }
    first.close()
    let store = try Example.store(scratch)
    try store.write { try $0.addPublishedNote("b") }
    try store.write { try $0.addPublishedNote("c") }
    #expect(try page(store, after: 0, limit: 10).entries.map(\.content.id) == ["a", "b", "c"])
    store.close()
    #expect(try page(store, after: 1, limit: 10).entries.map(\.content.id) == ["b", "c"])
    #expect(try page(store, after: 1, limit: 1).entries.map(\.content.id) == ["b"])
    #expect(try page(store, after: 3, limit: 10).entries.isEmpty)
    #expect(throws: StoreError.self) { try page(store, after: 0, limit: 10) }
    #expect(throws: StoreError.self) { try page(store, after: 4, limit: 10) }
  }

  @Test func `an erased part is not in memory either`() throws {
    let store = try Example.store(Scratch())
    let part = Array("李四".utf8)
    try store.write { try $0.publish(Example.draft("a", privatePart: part)) }
    #expect(try page(store, after: 0, limit: 10).entries[0].content.privatePart == part)
    try store.write { transaction throws in
      try transaction.eraseFeedPrivatePart(1)
      try transaction.publish(Example.draft("Erased"))
    }
    let entries = try page(store, after: 0, limit: 10).entries
    #expect(entries.map(\.content.id) == ["a", "Erased"])
    #expect(entries[0].content.privatePart == nil && entries[0].content.salt == nil)
  }

  @Test func `a part that is erased in the commit that published it is not in memory`() throws {
    let store = try Example.store(Scratch())
    _ = store.batch([
      { try $0.publish(Example.draft("a", privatePart: [1, 2, 3])) },
      { try $0.eraseFeedPrivatePart(1) },
    ])
    #expect(try page(store, after: 0, limit: 10).entries[0].content.privatePart == nil)
  }

  @Test func `it keeps so many entries and drops whole commits`() throws {
    let tail = FeedTail()
    let many = try entries(2 * Limits.feedTail, behind: .empty)
    tail.append(Array(many[..<10]))
    tail.append(Array(many[10..<(Limits.feedTail + 5)]))
    #expect(tail.page(after: 9, limit: 1) == nil)
    #expect(tail.page(after: 10, limit: 2)?.entries == Array(many[10..<12]))
    tail.append(Array(many[(Limits.feedTail + 5)...]))
    let last = Int64(many.count)
    #expect(tail.page(after: Int64(Limits.feedTail), limit: 1) == nil)
    #expect(tail.page(after: last - 1, limit: 9)?.entries.map(\.position) == [last])
  }

  @Test func `what is too much for it is read from the file`() throws {
    let tail = FeedTail()
    let many = try entries(Limits.feedTail + 1, behind: .empty)
    tail.append(many)
    #expect(tail.page(after: Int64(Limits.feedTail), limit: 1) == nil)
    var last = FeedHead(position: many[Limits.feedTail].position, hash: [])
    for length in [Limits.feedTailBytes / 2, Limits.feedTailBytes / 2, 1] {
      var draft = Example.draft("long")
      draft.payload = [UInt8](repeating: 1, count: length)
      let entry = try FeedChain.entry(draft, behind: last)
      last = FeedHead(position: entry.position, hash: entry.hash)
      tail.append([entry])
    }
    // The first of the three has made room for the last.
    #expect(tail.page(after: last.position - 3, limit: 1) == nil)
    #expect(tail.page(after: last.position - 2, limit: 9)?.entries.count == 2)
  }

  @Test func `a gap begins it anew`() throws {
    let tail = FeedTail()
    let all = try entries(6, behind: .empty)
    tail.append(Array(all[..<2]))
    tail.append([])
    tail.append(Array(all[4...]))
    #expect(tail.page(after: 0, limit: 9) == nil)
    #expect(tail.page(after: 4, limit: 9)?.entries == Array(all[4...]))
    tail.forget()
    #expect(tail.page(after: 4, limit: 9) == nil)
  }
}

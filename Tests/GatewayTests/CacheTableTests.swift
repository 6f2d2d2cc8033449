internal import Connect
internal import Messages
internal import Service
internal import TestSupport
internal import Testing

@testable internal import Gateway

/// What stays and what goes when there is no room for all.
@Suite
struct CacheTableTests {
  private static func key(_ name: String) -> CacheKey {
    CacheKey(path: "/p", hall: "h", codec: .json, coding: .identity, request: Array(name.utf8))
  }

  private static func entry(_ name: String, bytes: Int) -> CacheEntry {
    CacheEntry(
      [UInt8](repeating: 7, count: bytes),
      of: key(name),
      source: 0,
      position: 1,
      fields: [],
      tag: "\"\(name)\"",
      coding: .identity
    )
  }

  @Test
  func `neither bytes nor number ever exceed their limits`() {
    for size in [0, 100, 3_000, 60_000] {
      var table = CacheTable(limit: 1 << 20)
      var known: [CacheEntry] = []
      for number in 0..<6_000 {
        let entry = Self.entry("\(number)", bytes: size + number % 7)
        known.append(entry)
        table.add(entry, of: Self.key("\(number)"))
        #expect(table.bytes <= 1 << 20)
        #expect(table.count <= CacheTable.mostEntries)
        if number % 3 == 0 { _ = table[Self.key("\(number / 2)")]?.take() }
      }
      #expect(table.count > 0)
      // Whoever still holds an entry holds no bytes of it.
      #expect(known.filter { $0.take() != nil }.count == table.count)
      #expect(table.bytes == known.filter { $0.take() != nil }.map(\.cost).reduce(0, +))
    }
  }

  /// How many of 50 entries that are in use are left after strangers asked for 20,000 others.
  ///
  /// Each of the 50 is used once for every 200 calls of the strangers.
  private func survivors(timesEach: Int) -> Int {
    var table = CacheTable(limit: 2 << 20)
    let hot = (0..<50).map { "hot \($0)" }
    for name in hot { table.add(Self.entry(name, bytes: 4_000), of: Self.key(name)) }
    for number in 0..<20_000 {
      let key = Self.key("\(number)")
      table.add(Self.entry("\(number)", bytes: 4_000), of: key)
      for _ in 1..<timesEach { _ = table[key]?.take() }
      _ = table[Self.key(hot[number / 4 % 50])]?.take()
    }
    return hot.filter { table[Self.key($0)] != nil }.count
  }

  @Test
  func `a stranger who asks for many things pushes out nothing that is in use`() {
    #expect(survivors(timesEach: 1) == 50)
    #expect(survivors(timesEach: 2) == 50)
  }

  @Test
  func `what nobody asks for any more goes in the end`() {
    var table = CacheTable(limit: 1 << 20)
    for number in 0..<100 {
      table.add(Self.entry("old \(number)", bytes: 4_000), of: Self.key("old \(number)"))
      _ = table[Self.key("old \(number)")]?.take()
    }
    for number in 0..<2_000 {
      table.add(Self.entry("\(number)", bytes: 4_000), of: Self.key("\(number)"))
      _ = table[Self.key("\(number)")]?.take()
    }
    #expect((0..<100).allSatisfy { table[Self.key("old \($0)")] == nil })
  }

  @Test
  func `all can go at once`() {
    var table = CacheTable(limit: 1 << 20)
    let entry = Self.entry("a", bytes: 10)
    table.add(entry, of: Self.key("a"))
    #expect(entry.take()?.count == 10)
    table.removeAll()
    #expect(entry.take() == nil)
    #expect((table.count, table.bytes) == (0, 0))
    table.add(Self.entry("a", bytes: 11), of: Self.key("a"))
    #expect(table[Self.key("a")]?.take()?.count == 11)
  }
}

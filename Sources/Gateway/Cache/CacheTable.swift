/// The entries of a cache and in which order they go.
///
/// Newcomers wait in a queue of their own. Who was asked for again by the time that room is needed
/// joins the proven ones. These stay for as many rounds of their queue as they were asked for, at
/// most three at a time. So things that are asked for once push out each other and nothing else,
/// and things that are asked for twice must be as many as all proven ones before those lose one,
/// and then it is one that was asked for less often.
///
/// - Source: Yang et al., "FIFO queues are all you need for cache eviction" (S3-FIFO), SOSP 2023,
///   without its list of those that went.
struct CacheTable {
  /// How many entries there are at most, however small.
  static let mostEntries = 4_096
  /// Which part of the limit the newcomers keep when the rest is full of proven ones.
  static let newcomersPart = 10

  private struct Queue {
    private var items: [(key: CacheKey, entry: CacheEntry)?] = []
    private var first = 0
    private(set) var bytes = 0

    var count: Int { items.count - first }

    mutating func append(_ key: CacheKey, _ entry: CacheEntry) {
      items.append((key, entry))
      bytes += entry.cost
    }

    mutating func popFirst() -> (key: CacheKey, entry: CacheEntry)? {
      guard first < items.count, let item = items[first] else { return nil }
      items[first] = nil
      first += 1
      bytes -= item.entry.cost
      // The front is cut off when it is half of all, so that each item is moved once at most.
      if first * 2 >= items.count {
        items.removeFirst(first)
        first = 0
      }
      return item
    }
  }

  /// How many bytes the entries may take.
  let limit: Int
  private var entries: [CacheKey: CacheEntry] = [:]
  private var newcomers = Queue()
  private var proven = Queue()

  init(limit: Int) {
    self.limit = limit
  }

  /// What the entries take, in bytes.
  var bytes: Int { newcomers.bytes + proven.bytes }

  /// How many there are.
  var count: Int { entries.count }

  subscript(key: CacheKey) -> CacheEntry? { entries[key] }

  /// Adds an entry under a key that has none.
  mutating func add(_ entry: CacheEntry, of key: CacheKey) {
    entries[key] = entry
    newcomers.append(key, entry)
    while bytes > limit || count > Self.mostEntries { makeRoom() }
  }

  /// Lets all entries go.
  mutating func removeAll() {
    for entry in entries.values { entry.drop() }
    self = Self(limit: limit)
  }

  private mutating func makeRoom() {
    let isNewcomers =
      proven.count == 0 || newcomers.bytes > limit / Self.newcomersPart
      || newcomers.count > Self.mostEntries / Self.newcomersPart
    guard isNewcomers, let (key, entry) = newcomers.popFirst() else {
      dropProven()
      return
    }
    if entry.isUsed { proven.append(key, entry) } else { drop(key, entry) }
  }

  private mutating func dropProven() {
    // After so many steps there is one without uses, unless they are used right now.
    for _ in 0..<3 * proven.count {
      guard let (key, entry) = proven.popFirst() else { return }
      guard entry.forgetUse() else { return drop(key, entry) }
      proven.append(key, entry)
    }
    if let (key, entry) = proven.popFirst() { drop(key, entry) }
  }

  private mutating func drop(_ key: CacheKey, _ entry: CacheEntry) {
    entries[key] = nil
    entry.drop()
  }
}

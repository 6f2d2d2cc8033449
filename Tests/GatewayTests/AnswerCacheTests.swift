internal import Connect
internal import Kernel
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway

/// Whether what the cache gives is true: each test is an order in which things come.
@Suite
struct AnswerCacheTests {
  private static let item = CatalogueV1.CatalogueService.getItem.path
  private static let request = CatalogueV1.GetItemRequest(code: "A")

  /// A door whose feed was heard with its head at 10.
  private func door() async throws -> DoorRoom {
    let door = try await DoorRoom()
    hear(10, isFirst: true, door)
    return door
  }

  private func hear(_ head: Int64, isFirst: Bool = false, _ door: DoorRoom) {
    door.gateway.cache.hear(head: head, isFirst: isFirst, now: door.room.clock.now)
  }

  /// What the service answers when an item is in a version, at a position.
  private func told(_ version: Int64, at position: Int64) -> Answer {
    let item = CatalogueV1.ItemVersion(item: .init(code: "A"), version: version)
    return Answer(
      status: 200,
      fields: [
        .init("content-type", "application/proto"),
        .init("onedoor-position", "catalogue=\(position)"),
      ],
      body: CatalogueV1.GetItemResponse(item: item).encode()
    )
  }

  private func cache(_ door: DoorRoom, atLeast: String = "") async throws -> any CallCache {
    let fields = atLeast.isEmpty ? [:] : ["onedoor-at-least": atLeast]
    let path = "\(Self.item)?encoding=json&message=%7B%22code%22%3A%22A%22%7D"
    return try #require(await door.passage(path, fields, verb: "GET").forwarding?.cache)
  }

  /// Looks up and finds nothing; where the answer is to be told, if it may be kept.
  private func miss(_ door: DoorRoom, atLeast: String = "") async throws -> (any CacheMiss)? {
    let look = try await cache(door, atLeast: atLeast).lookUp(Self.request.encode())
    guard case .miss(let miss) = look else {
      Issue.record("There is an answer.")
      return nil
    }
    return miss
  }

  /// The version that the cache gives; nil if it gives none.
  private func version(_ door: DoorRoom, atLeast: String = "") async throws -> Int64? {
    let look = try await cache(door, atLeast: atLeast).lookUp(Self.request.encode())
    guard case .hit(let hit) = look else { return nil }
    return try CatalogueV1.GetItemResponse.decode(json: hit.body).item?.version
  }

  @Test
  func `what was answered is given again while nothing happens`() async throws {
    let door = try await door()
    let hit = try #require(try await miss(door)?.fill(with: told(1, at: 10)))
    #expect(try CatalogueV1.GetItemResponse.decode(json: hit.body).item?.version == 1)
    #expect(try await version(door) == 1)
    hear(10, door)
    #expect(try await version(door) == 1)
    #expect(hit.answer.take() == hit.body)
  }

  /// A hall's page opens on a hundred screens at once: what is the same is changed once.
  @Test
  func `those who ask at once get what was made of the first answer`() async throws {
    let door = try await door()
    let first = try #require(try await miss(door))
    let second = try #require(try await miss(door))
    let third = try #require(try await miss(door))
    let one = try #require(first.fill(with: told(1, at: 10)))
    let cache = door.gateway.cache
    let key = CacheKey(
      path: Self.item,
      hall: Room.hall,
      codec: .json,
      coding: .identity,
      request: Self.request.encode()
    )
    let (entry, epoch) = cache.find(key)
    let source = CacheEntry.source(of: told(1, at: 10).body)
    #expect(entry != nil && cache.find(key, from: source, at: 10, epoch: epoch) === entry)
    #expect(cache.find(key, from: source &+ 1, at: 10, epoch: epoch) == nil)
    #expect(cache.find(key, from: source, at: 11, epoch: epoch) == nil)
    #expect(cache.find(key, from: source, at: 10, epoch: epoch - 1) == nil)
    let two = try #require(second.fill(with: told(1, at: 10)))
    #expect(two.body == one.body && two.answer.head.fields == one.answer.head.fields)
    // Another answer of the same position is seen to be one.
    #expect(third.fill(with: told(2, at: 10)) == nil)
    #expect(try await version(door) == nil)
  }

  @Test
  func `an entry of the feed ends what was kept before it`() async throws {
    let door = try await door()
    let hit = try #require(try await miss(door)?.fill(with: told(1, at: 10)))
    hear(11, door)
    #expect(try await version(door) == nil)
    #expect(hit.answer.take() == nil)
    #expect(door.gateway.metrics.cache.entries == 0)
    #expect(door.gateway.metrics.cache.bytes == 0)
  }

  @Test
  func `an answer that was on its way while the feed went on is not kept`() async throws {
    let door = try await door()
    let miss = try #require(try await miss(door))
    hear(11, door)
    #expect(miss.fill(with: told(1, at: 10)) == nil)
    #expect(try await version(door) == nil)
    // The next one reflects the entry.
    #expect(try await self.miss(door)?.fill(with: told(2, at: 11)) != nil)
    #expect(try await version(door) == 2)
  }

  @Test
  func `an answer that came before its entry ends what is older`() async throws {
    let door = try await door()
    let late = try #require(try await miss(door))
    let early = try #require(try await miss(door))
    let old = try #require(try await miss(door)?.fill(with: told(1, at: 10)))
    #expect(early.fill(with: told(2, at: 11)) != nil)
    #expect(old.answer.take() == nil)
    #expect(try await version(door) == 2)
    // Nor does one that was slower bring the old one back.
    #expect(late.fill(with: told(1, at: 10)) == nil)
    #expect(try await version(door) == 2)
    // The feed, which says the same later, costs nothing.
    hear(11, door)
    #expect(try await version(door) == 2)
  }

  @Test
  func `two answers of one position that differ are both forgotten`() async throws {
    let door = try await door()
    let misses = [
      try #require(try await miss(door)), try #require(try await miss(door)),
      try #require(try await miss(door)), try #require(try await miss(door)),
    ]
    #expect(misses[0].fill(with: told(1, at: 10)) != nil)
    #expect(misses[1].fill(with: told(1, at: 10)) != nil)
    #expect(try await version(door) == 1)
    // It knows more than its position says.
    #expect(misses[2].fill(with: told(2, at: 10)) == nil)
    #expect(try await version(door) == nil)
    #expect(misses[3].fill(with: told(1, at: 10)) == nil)
    #expect(try await version(door) == nil)
    #expect(try await miss(door)?.fill(with: told(2, at: 11)) != nil)
    #expect(try await version(door) == 2)
  }

  @Test
  func `who wants to have seen a position gets no older answer`() async throws {
    let door = try await door()
    #expect(try await miss(door)?.fill(with: told(1, at: 10)) != nil)
    #expect(try await version(door, atLeast: "catalogue=10") == 1)
    #expect(try await version(door, atLeast: "intake=99, catalogue=3") == 1)
    // The feed has not said so yet, but the caller knows of 11.
    #expect(try await version(door, atLeast: "catalogue=11") == nil)
    #expect(
      try await miss(door, atLeast: "catalogue=11")?.fill(with: told(2, at: 11)) != nil
    )
    #expect(try await version(door, atLeast: "catalogue=11") == 2)
    #expect(try await version(door) == 2)
  }

  @Test
  func `nothing is given or kept before the feed was heard`() async throws {
    let door = try await DoorRoom()
    let early = try #require(try await miss(door))
    #expect(try await miss(door)?.fill(with: told(1, at: 10)) == nil)
    hear(10, isFirst: true, door)
    #expect(try await version(door) == nil)
    #expect(early.fill(with: told(1, at: 10)) == nil)
    #expect(try await miss(door)?.fill(with: told(1, at: 10)) != nil)
  }

  @Test
  func `nothing is given once the feed has been silent for too long`() async throws {
    let door = try await door()
    let hit = try #require(try await miss(door)?.fill(with: told(1, at: 10)))
    door.room.clock.advance(byMilliseconds: AnswerCache.silence - 1)
    #expect(try await version(door) == 1)
    #expect(hit.answer.take() != nil)
    door.room.clock.advance(byMilliseconds: 1)
    #expect(try await version(door) == nil)
    #expect(hit.answer.take() == nil)
    #expect(try await miss(door)?.fill(with: told(1, at: 10)) == nil)
    // A heartbeat later all is as before.
    hear(10, door)
    #expect(try await version(door) == 1)
    #expect(hit.answer.take() != nil)
  }

  @Test
  func `what was read while the feed was silent is not taken back`() async throws {
    let door = try await door()
    #expect(try await miss(door)?.fill(with: told(1, at: 10)) != nil)
    door.room.clock.advance(byMilliseconds: AnswerCache.silence)
    #expect(try await miss(door)?.fill(with: told(2, at: 11)) == nil)
    // A heartbeat from before the entry, late.
    hear(10, door)
    #expect(try await version(door) == nil)
  }

  @Test
  func `a clock that is set back makes nothing last longer`() async throws {
    let door = try await door()
    #expect(try await miss(door)?.fill(with: told(1, at: 10)) != nil)
    let before = door.room.clock.now.advanced(byMilliseconds: -1)
    #expect(!door.gateway.cache.isFresh(before))
    door.gateway.cache.hear(head: 10, isFirst: false, now: before)
    #expect(door.gateway.cache.isFresh(before))
  }

  @Test
  func `a feed that is found anew, be it of a restored catalogue, begins anew`() async throws {
    let door = try await door()
    let pending = try #require(try await miss(door))
    let hit = try #require(try await miss(door)?.fill(with: told(1, at: 10)))
    // A backup from before: its feed is shorter.
    hear(4, isFirst: true, door)
    #expect(hit.answer.take() == nil)
    #expect(try await version(door) == nil)
    // What the old one had answered is worth nothing, however new it seems.
    #expect(pending.fill(with: told(3, at: 12)) == nil)
    #expect(try await miss(door)?.fill(with: told(7, at: 4)) != nil)
    #expect(try await version(door) == 7)
    // Nor is a feed of the same length the same feed.
    hear(4, isFirst: true, door)
    #expect(try await version(door) == nil)
  }

  @Test
  func `what is looked up goes up with its position, whatever the order of all else`() async throws
  {
    let door = try await door()
    var generator = SeededGenerator(seed: 30)
    let calls = try await cache(door)
    var truth: Int64 = 10
    var last: Int64 = 0
    var pending: [(miss: any CacheMiss, version: Int64, position: Int64)] = []
    for step in 0..<20_000 {
      switch Int.random(in: 0..<8, using: &generator) {
      case 0 where step % 4 == 0: truth += 1
      case 1: hear(Int64.random(in: max(10, truth - 2)...truth, using: &generator), door)
      case 2 where !pending.isEmpty:
        let index = Int.random(in: 0..<pending.count, using: &generator)
        let answer = pending.remove(at: index)
        // The version is the number of entries; an answer may know more than it says, not less.
        _ = answer.miss.fill(with: told(answer.version, at: answer.position))
      default:
        switch calls.lookUp(Self.request.encode()) {
        case .hit(let hit):
          let item = try CatalogueV1.GetItemResponse.decode(json: hit.body).item
          let version = try #require(item).version
          #expect(version >= last, "step \(step)")
          last = max(last, version)
        case .miss(let miss):
          // The service reads its position first and its rows then; one may come in between.
          let position = truth
          if Int.random(in: 0..<8, using: &generator) == 0 { truth += 1 }
          pending.append((try #require(miss), truth, position))
        }
      }
      if pending.count > 20 { pending.removeFirst() }
    }
    #expect(last > 500)
  }
}

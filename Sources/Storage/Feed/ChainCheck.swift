/// What a check of a feed's chain found.
package enum ChainVerdict: Sendable, Hashable {
  /// Every entry is as it was written; the head is named.
  case sound(FeedHead)

  /// The first entry that is not.
  case broken(position: Int64, fault: ChainFault)
}

/// What is wrong with an entry of a chain.
package enum ChainFault: String, Sendable, Hashable {
  /// The positions are not 1, 2, 3 and so on.
  case gap
  /// It does not name the hash of the entry before.
  case previousHash
  /// Its fields do not have its hash.
  case hash
  /// Its private part does not have its hash.
  case privateHash
  /// Its hashes are of an algorithm that this program does not know.
  case alg
}

/// A check of a feed's chain, page by page.
struct ChainCheck {
  /// How many entries one look at the store takes.
  private static let page = 500

  private(set) var head: FeedHead
  private(set) var verdict: ChainVerdict?

  init(from head: FeedHead) {
    self.head = head
  }

  /// Checks the next page.
  mutating func step(_ snapshot: Snapshot) throws {
    let entries = try snapshot.feedEntries(after: head.position, limit: Self.page)
    for entry in entries {
      if let fault = Self.fault(entry, behind: head) {
        verdict = .broken(position: entry.position, fault: fault)
        return
      }
      head = FeedHead(position: entry.position, hash: entry.hash)
    }
    if entries.count < Self.page { verdict = .sound(head) }
  }

  /// What is wrong with an entry behind a head that was found sound.
  static func fault(_ entry: FeedEntry, behind head: FeedHead) -> ChainFault? {
    guard entry.position == head.position + 1 else { return .gap }
    guard entry.alg == FeedChain.alg else { return .alg }
    guard entry.previousHash == head.hash else { return .previousHash }
    guard entry.hash == FeedChain.hash(of: entry) else { return .hash }
    guard let part = entry.content.privatePart else { return nil }
    let hash = FeedChain.privateHash(salt: entry.content.salt ?? [], part: part)
    return entry.privateHash == hash ? nil : .privateHash
  }
}

extension Store {
  /// Recomputes the chain behind a head that the caller trusts.
  ///
  /// Reads page by page, so it holds no snapshot for long. A tail that was cut off cannot be seen
  /// from the feed alone: compare with a follower's cursor by `Snapshot.feedHolds`.
  ///
  /// - Parameter head: Where to begin; the beginning of the feed by default.
  /// - Returns: the head that was reached, or the first entry that is not sound.
  /// - Throws: `StoreError`.
  package func verifyChain(from head: FeedHead = .empty) throws -> ChainVerdict {
    guard try read({ try $0.feedHolds(head) }) else {
      return .broken(position: head.position, fault: .hash)
    }
    var check = ChainCheck(from: head)
    while true {
      try read { try check.step($0) }
      if let verdict = check.verdict { return verdict }
    }
  }
}

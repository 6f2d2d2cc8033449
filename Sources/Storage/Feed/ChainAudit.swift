/// A walk through a whole feed, page by page, that names every entry that is not as it was written.
///
/// `ChainCheck` ends at the first such entry. This one goes on behind it from what is stored there,
/// so that one changed entry is one fault, however long the feed is.
package struct ChainAudit: Sendable {
  /// An entry that is not as it was written.
  package struct Fault: Sendable, Hashable {
    /// Where it stands.
    package var position: Int64
    /// What is wrong with it.
    package var fault: ChainFault
    /// What stands there: a position, an algorithm, or a hash in hexadecimal digits.
    package var stored: String
    /// What should.
    package var expected: String
  }

  /// How many entries one look at the store takes.
  package static let page = 500

  /// The last entry that was looked at.
  package private(set) var head = FeedHead.empty
  /// Whether the end was reached.
  package private(set) var isDone = false

  package init() {}

  /// Looks at the next page.
  ///
  /// - Returns: The entries of the page, and what is wrong with them.
  /// - Throws: `StoreError`, `corrupt` for an entry that cannot be read at all.
  package mutating func step(
    _ snapshot: Snapshot
  ) throws -> (entries: [FeedEntry], faults: [Fault]) {
    let entries = try snapshot.feedEntries(after: head.position, limit: Self.page)
    var faults: [Fault] = []
    for entry in entries {
      if let fault = ChainCheck.fault(entry, behind: head) {
        faults.append(Self.described(fault, entry, behind: head))
      }
      head = FeedHead(position: entry.position, hash: entry.hash)
    }
    isDone = entries.count < Self.page
    return (entries, faults)
  }

  private static func described(
    _ fault: ChainFault,
    _ entry: FeedEntry,
    behind head: FeedHead
  ) -> Fault {
    let (stored, expected) =
      switch fault {
      case .gap: ("\(entry.position)", "\(head.position + 1)")
      case .alg: (entry.alg, FeedChain.alg)
      case .previousHash:
        (Hexadecimal.text(entry.previousHash), Hexadecimal.text(head.hash))
      case .hash:
        (Hexadecimal.text(entry.hash), Hexadecimal.text(FeedChain.hash(of: entry)))
      case .privateHash:
        (
          Hexadecimal.text(entry.privateHash),
          Hexadecimal.text(
            FeedChain.privateHash(
              salt: entry.content.salt ?? [],
              part: entry.content.privatePart ?? []
            )
          )
        )
      }
    return Fault(position: entry.position, fault: fault, stored: stored, expected: expected)
  }
}

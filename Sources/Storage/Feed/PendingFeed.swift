/// What the units of an open transaction have published.
///
/// It becomes entries when all units have run: a payload may lack something of all the others, and
/// an entry's hash covers the payload and the entry before. Positions are known by counting.
final class PendingFeed {
  /// What a unit published; a class, since to copy one counts a dozen references.
  final class Draft {
    let content: FeedDraft
    /// Gives the payload in the end, if that of `content` is not it.
    let unfinished: (any UnfinishedPayload)?
    /// Whether a later unit erased the personal part.
    fileprivate(set) var isErased = false

    init(_ content: FeedDraft, unfinished: (any UnfinishedPayload)?) {
      self.content = content
      self.unfinished = unfinished
    }
  }

  /// The last entry that was committed.
  let head: FeedHead

  private(set) var drafts: [Draft] = []

  init(behind head: FeedHead) {
    self.head = head
  }

  /// The position of the last draft.
  var position: Int64 { head.position + Int64(drafts.count) }

  /// Whether there is a personal part at a position.
  func hasPrivatePart(_ position: Int64) -> Bool {
    guard let index = index(of: position) else { return false }
    return drafts[index].content.privatePart != nil && !drafts[index].isErased
  }

  private func index(of position: Int64) -> Int? {
    guard position > head.position, position <= self.position else { return nil }
    return Int(position - head.position) - 1
  }

  /// Takes what a unit that is kept published and erased.
  func take(_ transaction: Transaction) {
    drafts += transaction.drafts
    for position in transaction.erased {
      if let index = index(of: position) { drafts[index].isErased = true }
    }
  }

  /// Finishes what is unfinished and writes all drafts as entries.
  ///
  /// - Parameters:
  ///   - connection: Whose transaction is open.
  ///   - finish: Finishes payloads.
  /// - Returns: The entries.
  /// - Throws: `StoreError`, or what finishing throws.
  func settle(on connection: Connection, finishing finish: BatchFinisher?) throws -> [FeedEntry] {
    let unfinished = drafts.compactMap(\.unfinished)
    if !unfinished.isEmpty { try finish?(unfinished) }
    var head = head
    return try drafts.map { draft in
      var content = draft.content
      if let unfinished = draft.unfinished { content.payload = try unfinished.finished }
      var entry = try FeedChain.entry(content, behind: head)
      if draft.isErased {
        entry.content.privatePart = nil
        entry.content.salt = nil
      }
      head = FeedHead(position: entry.position, hash: entry.hash)
      try connection.insert(entry)
      return entry
    }
  }
}

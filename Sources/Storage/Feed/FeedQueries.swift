/// The SQL of the feed's table.
enum FeedQueries {
  static let columns = """
    position, id, hall, recorded_at, type, subject, actor, post, on_behalf_of, basis, reflects, \
    payload_type, payload, private_hash, previous_hash, hash, alg, private_part, private_salt, \
    traceparent
    """

  static let insert = """
    INSERT INTO feed (\(columns))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  static let page = "SELECT \(columns) FROM feed WHERE position > ? ORDER BY position LIMIT ?"

  static let head =
    "SELECT position, hash FROM feed WHERE position = (SELECT max(position) FROM feed)"

  static let hashAt = "SELECT hash FROM feed WHERE position = ?"

  static let erase = """
    UPDATE feed SET private_part = NULL, private_salt = NULL
    WHERE position = ? AND private_part IS NOT NULL
    """
}

extension Snapshot {
  /// The entries behind a position, in order and without a gap.
  ///
  /// - Parameters:
  ///   - after: The position behind which to begin; 0 for all.
  ///   - limit: How many at most; never more than `Limits.feedPage`.
  /// - Returns: a page; empty behind the last entry.
  /// - Throws: `StoreError`.
  package func feedEntries(after: Int64, limit: Int) throws -> [FeedEntry] {
    let count = max(0, min(limit, Limits.feedPage))
    return try rows(FeedQueries.page, [.integer(after), .integer(Int64(count))]) { row in
      let content = FeedDraft(
        id: row.text(1),
        hall: row.text(2),
        recordedAt: row.instant(3),
        type: row.text(4),
        subject: row.text(5),
        actor: row.text(6),
        post: row.text(7),
        onBehalfOf: row.text(8),
        basis: row.text(9),
        reflects: try Reflects.map(row.text(10)),
        payloadType: row.text(11),
        payload: row.blob(12),
        privatePart: row.optionalBlob(17),
        salt: row.optionalBlob(18),
        trace: row.trace(19)
      )
      return FeedEntry(
        position: row.integer(0),
        content: content,
        privateHash: row.blob(13),
        previousHash: row.blob(14),
        hash: row.blob(15),
        alg: row.text(16)
      )
    }
  }

  /// The entries behind a position, and the head: out of memory, if they were committed lately.
  ///
  /// What else a read asks the store may be of another instant than this page.
  ///
  /// - Parameters:
  ///   - after: The position behind which to begin; 0 for all.
  ///   - limit: How many at most; never more than `Limits.feedPage`.
  /// - Returns: a page; without entries behind the last entry.
  /// - Throws: `StoreError`.
  package func feedPage(after: Int64, limit: Int) throws -> FeedPage {
    if let page = tail?.page(after: after, limit: max(0, min(limit, Limits.feedPage))) {
      return page
    }
    return FeedPage(entries: try feedEntries(after: after, limit: limit), head: try feedHead())
  }

  /// The position and the hash of the last entry.
  package func feedHead() throws -> FeedHead {
    if let knownHead { return knownHead }
    let head =
      try first(FeedQueries.head) { FeedHead(position: $0.integer(0), hash: $0.blob(1)) } ?? .empty
    knownHead = head
    return head
  }

  /// The hash of an entry; nil if none is there.
  package func feedHash(at position: Int64) throws -> [UInt8]? {
    let head = try feedHead()
    guard position != head.position else { return position == 0 ? nil : head.hash }
    return try first(FeedQueries.hashAt, [.integer(position)]) { $0.blob(0) }
  }

  /// Whether the feed still holds, at a follower's position, what the follower saw there.
  ///
  /// A feed whose tail was cut off, or that was written anew, does not.
  package func feedHolds(_ head: FeedHead) throws -> Bool {
    if head.position == 0 { return head.hash.isEmpty }
    return try first(FeedQueries.hashAt, [.integer(head.position)]) { $0.blob(0) } == head.hash
  }
}

extension Transaction {
  /// Publishes an entry.
  ///
  /// Position, previous hash and hash are given when all units have run, to those that are kept, so
  /// that positions have no gaps; the outcome names the position reached. Until the commit no unit
  /// sees the entry in the feed.
  ///
  /// - Parameters:
  ///   - draft: The entry.
  ///   - unfinished: Gives the payload before the commit, in the place of the draft's.
  /// - Throws: `StoreError.invalid` for a private part without salt or a bad name in `reflects`.
  package func publish(
    _ draft: FeedDraft,
    finishing unfinished: (any UnfinishedPayload)? = nil
  ) throws {
    try Reflects.check(draft.reflects)
    guard draft.privatePart == nil || (draft.salt?.count ?? 0) >= 16 else {
      throw StoreError.invalid(detail: "a private part needs 16 bytes of salt")
    }
    var draft = draft
    // The file keeps a salt only beside what it salts, and memory must say the same.
    if draft.privatePart == nil { draft.salt = nil }
    drafts.append(PendingFeed.Draft(draft, unfinished: unfinished))
  }

  /// Erases an entry's personal data: the private part and its salt.
  ///
  /// The chain covers only their hash and stays valid. The salt goes too: with it, a short private
  /// part could be guessed from the hash. The caller publishes the `Erased` entry.
  ///
  /// - Returns: whether there was something to erase.
  @discardableResult
  package func eraseFeedPrivatePart(_ position: Int64) throws -> Bool {
    isErasing = true
    if pending.hasPrivatePart(position) { return erased.insert(position).inserted }
    return try execute(FeedQueries.erase, [.integer(position)]) > 0
  }
}

extension Connection {
  /// Writes an entry into the open transaction.
  func insert(_ entry: FeedEntry) throws {
    try withStatement(FeedQueries.insert, Self.arguments(entry)) { _ = try Self.step($0) }
  }

  private static func arguments(_ entry: FeedEntry) -> [Value] {
    let content = entry.content
    return [
      .integer(entry.position),
      .text(content.id),
      .text(content.hall),
      Value(content.recordedAt),
      .text(content.type),
      .text(content.subject),
      .text(content.actor),
      .text(content.post),
      .text(content.onBehalfOf),
      .text(content.basis),
      .text(Reflects.text(content.reflects)),
      .text(content.payloadType),
      .blob(content.payload),
      .blob(entry.privateHash),
      .blob(entry.previousHash),
      .blob(entry.hash),
      .text(entry.alg),
      Value(content.privatePart),
      Value(content.privatePart == nil ? nil : content.salt),
      Value(content.trace),
    ]
  }
}

/// The store as it is at one instant, for reading.
///
/// Valid only inside the closure that it is given to. It is taken when the first statement asks for
/// it, so a read that finds what it needs in memory costs no transaction. Statements say `?` for
/// each argument; SQL is the common subset of SQLite and PostgreSQL. Rows are fetched whole, so no
/// statement stays open: a list is read page by page.
package class Snapshot {
  /// A statement saw another epoch of the references than what was answered from memory before.
  struct Torn: Error {}

  /// The feed's head, once it was asked for: it does not change while the snapshot lasts.
  var knownHead: FeedHead?

  let cache: ReferenceCache

  /// The entries that were committed last; nil in a transaction, which may have erased some.
  let tail: FeedTail?
  private var lent: Connection?
  /// Lends a connection when the snapshot is taken, and takes it back; nil in a transaction.
  private let lender: ReaderPool?

  /// The epoch of the references that this snapshot shows; nil while nobody knows.
  private var epoch: Int64?

  /// The epoch before the transaction began, until its first statement has fixed what is seen.
  private var epochBefore: Int64?
  private var isFixed = false

  /// Whether the epoch changed between a look into memory and the first statement.
  private(set) var isTorn = false

  /// A snapshot that is taken when it is first asked.
  init(_ lender: ReaderPool, cache: ReferenceCache, tail: FeedTail) {
    self.lender = lender
    self.cache = cache
    self.tail = tail
  }

  /// The view of a connection that is in use already.
  init(connection: Connection, cache: ReferenceCache) {
    lent = connection
    lender = nil
    tail = nil
    self.cache = cache
    isFixed = true
    epoch = cache.epoch
  }

  /// The connection, in a transaction.
  private func connection() throws -> Connection {
    if let lent { return lent }
    guard let lender else { preconditionFailure("A snapshot has a connection or a lender.") }
    epochBefore = cache.epoch
    let connection = try lender.lend()
    do {
      try connection.run("BEGIN")
    } catch {
      lender.giveBack(connection)
      throw error
    }
    lent = connection
    return connection
  }

  /// Notes that a first statement has fixed what is seen: BEGIN alone reads nothing.
  private func fix() throws {
    if isFixed { return }
    isFixed = true
    let now = cache.epoch
    let seen = now == epochBefore ? now : nil
    if let epoch, epoch != seen {
      isTorn = true
      throw Torn()
    }
    epoch = seen
  }

  /// Takes the snapshot now, so that nothing is looked up in memory before it.
  func take() throws {
    _ = try first("SELECT 1 FROM feed_cursor LIMIT 1") { $0.integer(0) }
  }

  /// Ends the transaction of a snapshot that was taken.
  func end() {
    guard let lender, let connection = lent else { return }
    lent = nil
    // What broke the read off must not break off its end.
    connection.allow(.max)
    // Nothing was written, so how the transaction ends says nothing.
    try? connection.run("COMMIT")
    lender.giveBack(connection)
  }

  /// What is known in memory of a reference as this snapshot shows it; nil if the store must be
  /// asked.
  func known(_ key: ReferenceCache.Key) throws -> ReferenceCache.Known? {
    guard lent?.hasUnkeptReferences != true, let (known, present) = cache.find(key) else {
      return nil
    }
    if let epoch {
      if epoch == present { return known }
      // Another epoch began since the first look into memory, and no transaction holds that one.
      if lent == nil {
        isTorn = true
        throw Torn()
      }
      return nil
    }
    guard lent == nil, known != nil else { return nil }
    epoch = present
    return known
  }

  /// Keeps in memory what this snapshot shows of a reference.
  func keep(_ known: sending ReferenceCache.Known, _ key: ReferenceCache.Key) {
    // What is not committed must not be kept: it may be rolled back.
    guard let epoch, lent?.hasUnkeptReferences == false else { return }
    cache.keep(known, key, epoch: epoch)
  }

  /// Returns what `make` makes of each row, in the order of the answer.
  ///
  /// In a transaction the statement may also write and return rows (`RETURNING`).
  ///
  /// - Throws: `StoreError`, or what `make` throws.
  package func rows<T>(
    _ sql: String,
    _ arguments: [Value] = [],
    _ make: (Row) throws -> T
  ) throws -> [T] {
    let result = try connection().withStatement(sql, arguments) { handle in
      var result: [T] = []
      while try Connection.step(handle) { result.append(try make(Row(statement: handle))) }
      return result
    }
    try fix()
    return result
  }

  /// Returns what `make` makes of the first row, or nil if there is none.
  ///
  /// - Throws: `StoreError`, or what `make` throws.
  package func first<T>(
    _ sql: String,
    _ arguments: [Value] = [],
    _ make: (Row) throws -> T
  ) throws -> T? {
    let result = try connection().withStatement(sql, arguments) { handle in
      try Connection.step(handle) ? make(Row(statement: handle)) : nil
    }
    try fix()
    return result
  }
}

internal import GRDB
internal import GRDBSQLite

/// Runs units as one transaction, by the rules of the group commit.
///
/// The units run plain, one after the other, without savepoints, which would cost a fifth. A unit
/// that throws before it changed a row fails alone. One that throws after a change cannot be undone
/// alone, so all is rolled back and run again with a savepoint a unit. If the transaction itself is
/// lost, as SQLite does when the disk is full, each unit is run again in a transaction of its own.
/// What the units published is finished and written when all have run; if that fails, each is run
/// again in a transaction of its own too, so that it fails those alone that it concerns.
struct BatchRun {
  private let connection: Connection
  private let database: Database
  private let cache: ReferenceCache
  private let finish: BatchFinisher?

  /// The head of the feed as committed.
  private(set) var head: FeedHead

  /// How far the upstreams were followed, as committed.
  private(set) var cursors: Cursors

  /// The upstreams whose cursors were moved by what was committed.
  private(set) var moved: Set<String> = []

  /// What was committed to the feed.
  private(set) var published: [FeedEntry] = []

  /// Whether what was committed erased personal parts.
  private(set) var isErasing = false

  /// Why the connection cannot be used any more, if a commit ended in doubt.
  private(set) var doubt: StoreError?

  private enum Ending {
    case done([BatchOutcome])
    case again(Way)
  }

  private enum Way {
    case plain
    case withSavepoints
    case separately
  }

  /// What the units of an open transaction have reached.
  private struct Progress {
    let pending: PendingFeed
    var cursors: Cursors
    var moved: Set<String> = []
    var isErasing = false
    var outcomes: [BatchOutcome] = []
  }

  init(
    connection: Connection,
    database: Database,
    cache: ReferenceCache,
    head: FeedHead,
    cursors: Cursors,
    finish: BatchFinisher?
  ) {
    self.connection = connection
    self.database = database
    self.cache = cache
    self.head = head
    self.cursors = cursors
    self.finish = finish
  }

  /// Runs all units and tells what became of each, in their order.
  mutating func run(_ units: [BatchUnit]) -> [BatchOutcome] {
    var way = Way.plain
    while true {
      let ending =
        switch way {
        case .plain: runPlain(units)
        case .withSavepoints: runWithSavepoints(units)
        case .separately: Ending.done(runSeparately(units))
        }
      switch ending {
      case .done(let outcomes): return outcomes
      case .again(let next): way = next
      }
    }
  }

  private var isTransactionOpen: Bool {
    sqlite3_get_autocommit(connection.handle) == 0
  }

  // MARK: - Ways

  private mutating func runPlain(_ units: [BatchUnit]) -> Ending {
    if let error = begin() { return .done(units.map { _ in .failed(error) }) }
    var progress = Progress(pending: PendingFeed(behind: head), cursors: cursors)
    for unit in units {
      let transaction = transaction(progress)
      do {
        try perform(unit, transaction, &progress)
      } catch {
        if isTransactionOpen && !transaction.wrote {
          progress.outcomes.append(.failed(error))
          continue
        }
        let isLost = !isTransactionOpen
        rollBack()
        if units.count == 1 { return .done([.failed(error)]) }
        return .again(isLost ? .separately : .withSavepoints)
      }
      // The unit may have swallowed the error that lost the transaction.
      guard isTransactionOpen else {
        rollBack()
        if units.count == 1 { return .done([.failed(Self.lost)]) }
        return .again(.separately)
      }
    }
    return commit(progress)
  }

  private mutating func runWithSavepoints(_ units: [BatchUnit]) -> Ending {
    if let error = begin() { return .done(units.map { _ in .failed(error) }) }
    var progress = Progress(pending: PendingFeed(behind: head), cursors: cursors)
    for unit in units {
      let transaction = transaction(progress)
      do {
        try connection.run("SAVEPOINT unit")
        do {
          try perform(unit, transaction, &progress)
        } catch {
          guard isTransactionOpen else { throw error }
          progress.outcomes.append(.failed(error))
          try connection.run("ROLLBACK TO unit")
        }
        try connection.run("RELEASE unit")
      } catch {
        rollBack()
        return .again(.separately)
      }
      guard isTransactionOpen else {
        rollBack()
        return .again(.separately)
      }
    }
    return commit(progress)
  }

  private mutating func runSeparately(_ units: [BatchUnit]) -> [BatchOutcome] {
    units.map { unit in
      // After a commit in doubt the connection is not used again; what is left was never begun.
      if let doubt { return .failed(StoreError.closed(detail: doubt.detail)) }
      if case .done(let outcomes) = runPlain([unit]), let outcome = outcomes.first {
        return outcome
      }
      preconditionFailure("A batch of one never asks to be run again.")
    }
  }

  // MARK: - Parts

  private static let lost = StoreError.io(detail: "the transaction was lost inside the unit")

  private func transaction(_ progress: Progress) -> Transaction {
    Transaction(
      connection: connection,
      cache: cache,
      reached: progress.cursors,
      pending: progress.pending
    )
  }

  private func perform(
    _ unit: BatchUnit,
    _ transaction: Transaction,
    _ progress: inout Progress
  ) throws {
    try unit(transaction)
    progress.pending.take(transaction)
    if !transaction.moved.isEmpty {
      progress.cursors = transaction.reached
      progress.moved.formUnion(transaction.moved)
    }
    if transaction.isErasing { progress.isErasing = true }
    progress.outcomes.append(.committed(position: progress.pending.position))
  }

  private func begin() -> StoreError? {
    connection.hasUnkeptReferences = false
    do {
      try database.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
      return nil
    } catch {
      return StoreError(translating: error)
    }
  }

  private func rollBack() {
    connection.hasUnkeptReferences = false
    // After a full disk SQLite has rolled back by itself, and there is nothing left to end.
    guard isTransactionOpen else { return }
    try? database.cachedStatement(sql: "ROLLBACK").execute()
  }

  private mutating func commit(_ progress: Progress) -> Ending {
    let entries: [FeedEntry]
    do {
      entries = try progress.pending.settle(on: connection, finishing: finish)
      try connection.save(progress.moved, of: progress.cursors)
    } catch {
      // Nothing was committed yet: a certain no.
      rollBack()
      if progress.outcomes.count == 1 { return .done([.failed(error)]) }
      return .again(.separately)
    }
    let changesReferences = connection.hasUnkeptReferences
    if changesReferences { cache.beginChange() }
    defer { if changesReferences { cache.endChange() } }
    do {
      try database.cachedStatement(sql: "COMMIT").execute()
    } catch {
      let error = StoreError(translating: error)
      // A deferred foreign key is checked at COMMIT: a certain no, of one unit among many.
      if isTransactionOpen, case .constraint = error {
        rollBack()
        if progress.outcomes.count == 1 { return .done([.failed(error)]) }
        return .again(.separately)
      }
      rollBack()
      doubt = error
      return .done(
        progress.outcomes.map { outcome in
          if case .committed = outcome { .unknown(error) } else { outcome }
        }
      )
    }
    connection.hasUnkeptReferences = false
    if let last = entries.last { head = FeedHead(position: last.position, hash: last.hash) }
    cursors = progress.cursors
    moved.formUnion(progress.moved)
    if progress.isErasing { isErasing = true }
    published += entries
    return .done(progress.outcomes)
  }
}

internal import GRDB
internal import Synchronization

/// A service's store: one file, one connection that writes and checkpoints, a few that read.
///
/// What was answered with `.committed` is on the disk: WAL, `synchronous` = FULL, read back at
/// start. A lock file keeps every other process and handle out, so an operator's tools ask the
/// running service and never touch the file. SQLite before 3.51.3 can damage a WAL when two
/// connections write or checkpoint at once; the single writer removes that danger.
package final class Store: Sendable {
  /// What differs between a program's store and a test's.
  package struct Options: Sendable {
    /// How many reads may run at the same time.
    package var readers = Limits.readers

    /// How much work one read may be, in instructions of SQLite's virtual machine.
    package var readInstructions = Limits.readInstructions

    /// Tells how much space there is at a path; asked once a batch.
    package var diskSpace: @Sendable (String) throws -> DiskSpace = { path in
      try DiskSpace.measure(path: path)
    }

    package init() {}
  }

  struct Writer: Sendable {
    /// Nil after a commit in doubt, until the file could be opened again.
    var connection: Connection?
    var head = FeedHead.empty
    var cursors = Cursors([])
    var isClosed = false
  }

  /// Where the file lies.
  package let path: String

  /// Which service it belongs to.
  package let service: String

  /// Tells who wants to know about commits.
  package let changes = StoreChanges()

  let options: Options
  let readers: ReaderPool
  let writer: Mutex<Writer>
  private let cache = ReferenceCache()
  private let tail = FeedTail()
  private let lock: LockFile

  private init(path: String, service: String, options: Options, lock: LockFile, writer: Writer) {
    self.path = path
    self.service = service
    self.options = options
    self.lock = lock
    self.writer = Mutex(writer)
    readers = ReaderPool(
      path: path,
      size: options.readers,
      instructions: options.readInstructions
    )
    changes.begin(at: writer.head.position)
  }

  /// Opens a store, or makes it, and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - path: The file; beside it lie `-wal`, `-shm` and `.lock`.
  ///   - migrations: The service's own schema, in order; the kept tables come before it.
  ///   - service: Whose store it is: a name of a-z, 0-9 and `-`.
  ///   - options: What a test may want otherwise.
  /// - Returns: the open store.
  /// - Throws: `locked` if somebody has it, `newerSchema`, `changedMigration`, `wrongService`,
  ///   `notDurable`, `corrupt`, or what the disk says.
  package static func open(
    path: String,
    migrations: [Migration],
    service: String,
    options: Options = Options()
  ) throws(StoreError) -> Store {
    guard service != Migrator.keptScope, !service.isEmpty else {
      throw .invalid(detail: "a store cannot belong to '\(service)'")
    }
    StatementWitness.tell(
      .opened(path: path, service: service, migrations: KeptSchema.migrations + migrations)
    )
    let lock = try LockFile(path: path + ".lock")
    try StoreError.translating { try Files.make(path) }
    let connection = try Connection(path: path, role: .writer)
    do {
      try connection.perform { database in
        try Migrator(service: service, migrations: migrations).migrate(database)
      }
      var writer = Writer(connection: connection)
      try writer.read(connection)
      return Store(path: path, service: service, options: options, lock: lock, writer: writer)
    } catch {
      connection.close()
      throw StoreError(translating: error)
    }
  }

  deinit {
    close()
  }

  /// Runs `body` on the store as it is now, without waiting for the writer.
  ///
  /// It should take less than a second: while it lasts the log cannot be emptied. It must not read
  /// the same store inside itself, and does nothing but to read, since it may be run again.
  ///
  /// - Parameters:
  ///   - isTakenAtOnce: Whether the snapshot is taken before `body` runs, which then runs once: for
  ///     what does more than to read, and for several reads in a row.
  ///   - body: What is read.
  /// - Returns: What `body` returns.
  /// - Throws: `StoreError`, among them `tooLong` for more work than a read may be, or what `body`
  ///   throws.
  package func read<R>(
    isTakenAtOnce: Bool = false,
    _ body: (Snapshot) throws -> R
  ) throws -> R {
    let snapshot = Snapshot(readers, cache: cache, tail: tail)
    defer { snapshot.end() }
    if isTakenAtOnce {
      try snapshot.take()
      return try body(snapshot)
    }
    do {
      let result = try body(snapshot)
      if !snapshot.isTorn { return result }
    } catch {
      guard snapshot.isTorn else { throw error }
    }
    snapshot.end()
    let whole = Snapshot(readers, cache: cache, tail: tail)
    defer { whole.end() }
    try whole.take()
    return try body(whole)
  }

  /// Runs units as one transaction and answers for each of them: the one way to write.
  ///
  /// Callers on several threads take turns. The units must be able to run twice, see `BatchUnit`;
  /// they must not write to the same store inside themselves, nor begin or end transactions.
  ///
  /// - Parameters:
  ///   - units: What is done, in this order.
  ///   - finish: Finishes the payloads that units published unfinished.
  /// - Returns: one outcome a unit, in their order, after the commit.
  package func batch(
    _ units: [BatchUnit],
    finishing finish: BatchFinisher? = nil
  ) -> [BatchOutcome] {
    if units.isEmpty { return [] }
    var change: StoreChange?
    let outcomes = writer.withLock { writer -> [BatchOutcome] in
      do {
        try refuseIfFull()
        let isOpenedAgain = writer.connection == nil
        let connection = try opened(&writer)
        let (outcomes, run) = connection.perform { database in
          var run = BatchRun(
            connection: connection,
            database: database,
            cache: cache,
            head: writer.head,
            cursors: writer.cursors,
            finish: finish
          )
          return (run.run(units), run)
        }
        writer.head = run.head
        writer.cursors = run.cursors
        let moved = run.cursors.all.filter { run.moved.contains($0.upstream) }
        change = StoreChange(
          feedHead: run.head.position,
          cursors: Dictionary(uniqueKeysWithValues: moved.map { ($0.upstream, $0.position) }),
          isErasing: run.isErasing || isOpenedAgain
        )
        // What was published and erased in one transaction must not stay in memory either.
        if run.isErasing || isOpenedAgain || run.doubt != nil {
          tail.forget()
        } else {
          tail.append(run.published)
        }
        if run.doubt != nil {
          connection.close()
          writer.connection = nil
        }
        return outcomes
      } catch {
        return units.map { _ in .failed(error) }
      }
    }
    if let change { changes.tell(change) }
    return outcomes
  }

  /// Runs one unit and returns what it returns, once that is on the disk.
  ///
  /// For tests and tools; services batch.
  ///
  /// - Throws: what `body` throws, or a `StoreError`, also if the commit ended in doubt.
  @discardableResult
  package func write<R>(_ body: (Transaction) throws -> R) throws -> R {
    var result: R?
    let outcomes = withoutActuallyEscaping(body) { body in
      batch([{ result = try body($0) }])
    }
    switch outcomes.first {
    case .committed:
      guard let result else { preconditionFailure("A committed unit has returned.") }
      return result
    case .failed(let error): throw error
    case .unknown(let error): throw error
    case nil: preconditionFailure("A batch of one has one outcome.")
    }
  }

  /// Empties the log into the file, closes all connections and gives up the lock.
  ///
  /// Reads that are under way end well.
  package func close() {
    readers.drop(closing: true)
    writer.withLock { writer in
      writer.connection?.close()
      writer.connection = nil
      writer.isClosed = true
    }
    lock.release()
  }

  // MARK: - Opening again

  private func refuseIfFull() throws {
    let space = try options.diskSpace(path)
    guard space.level != .refusing else {
      throw StoreError.diskFull(
        detail: "\(space.usedPercent) % used, \(space.availableBytes) bytes left"
      )
    }
  }

  /// The writing connection, opened again if the last one was given up.
  ///
  /// After a failed flush the system may hold pages for written that are not on the disk. What
  /// follows in the log would hang on them, so all of it is first brought into the file and that
  /// is flushed; until this succeeds nothing is written.
  func opened(_ writer: inout Writer) throws -> Connection {
    if writer.isClosed { throw StoreError.closed(detail: path) }
    if let connection = writer.connection { return connection }
    readers.drop()
    let connection = try Connection(path: path, role: .writer)
    do {
      guard try connection.checkpoint().isComplete else {
        throw StoreError.closed(detail: "readers hold the log that is in doubt")
      }
      try writer.read(connection)
    } catch {
      connection.close()
      throw error
    }
    // The commit in doubt may stand after all, and with it other references.
    cache.beginChange()
    cache.endChange()
    writer.connection = connection
    return connection
  }
}

extension Store.Writer {
  /// Reads what the writer keeps in memory of its own store.
  mutating func read(_ connection: Connection) throws {
    let snapshot = Snapshot(connection: connection, cache: ReferenceCache())
    head = try snapshot.feedHead()
    cursors = Cursors(try snapshot.cursors())
  }
}

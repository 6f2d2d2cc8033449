extension Limits {
  /// Up to what size a file is checked in one read; a larger one is checked table by table, and not
  /// in passing.
  ///
  /// - Unit: bytes.
  static let wholeCheckBytes: Int64 = 256 << 20
}

extension Store {
  /// What SQLite finds wrong with the file and its foreign keys; nothing if all is sound.
  ///
  /// It has a connection of its own, so it keeps no read of a call waiting and is not broken off.
  /// A large file is checked table by table, so that no read holds the log for long.
  ///
  /// - Parameter isCancelled: Asked between two tables; true ends it early.
  /// - Returns: Faults in SQLite's words, at most a hundred for each table.
  /// - Throws: `StoreError`.
  package func deepFaults(isCancelled: () -> Bool = { false }) throws -> [String] {
    try withChecker { snapshot in
      guard try snapshot.fileBytes() > Limits.wholeCheckBytes else {
        return try snapshot.deepFaults(of: nil)
      }
      var faults: [String] = []
      for table in try snapshot.tables() where !isCancelled() {
        faults += try snapshot.deepFaults(of: table)
      }
      return faults
    }
  }

  /// What SQLite finds wrong with the pages of the file, without comparing indexes and tables.
  ///
  /// - Returns: Faults in SQLite's words; nil if the file is too large to be looked at in passing.
  /// - Throws: `StoreError`.
  package func quickFaults() throws -> [String]? {
    try withChecker { snapshot in
      guard try snapshot.fileBytes() <= Limits.wholeCheckBytes else { return nil }
      return try snapshot.told {
        try snapshot.rows("PRAGMA quick_check(10)") { $0.text(0) }.filter { $0 != "ok" }
      }
    }
  }

  private func withChecker<R>(_ body: (Snapshot) throws -> R) throws -> R {
    let reader = try Connection(path: path, role: .reader)
    defer { reader.close() }
    return try reader.perform { _ in
      try body(Snapshot(connection: reader, cache: ReferenceCache()))
    }
  }
}

extension Snapshot {
  fileprivate func fileBytes() throws -> Int64 {
    let pages = try first("PRAGMA page_count") { $0.integer(0) } ?? 0
    return try pages * (first("PRAGMA page_size") { $0.integer(0) } ?? 0)
  }

  fileprivate func tables() throws -> [String] {
    try rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") { $0.text(0) }
  }

  /// The faults of a table with its indexes, or of the whole file.
  fileprivate func deepFaults(of table: String?) throws -> [String] {
    let part = table.map { "(\"\($0)\")" } ?? ""
    let faults = try told {
      try rows("PRAGMA integrity_check\(part)") { $0.text(0) }.filter { $0 != "ok" }
    }
    let strays = try told {
      try rows("PRAGMA foreign_key_check\(part)") { "foreign key: \($0.text(0))" }
    }
    return faults + strays
  }

  /// What a check answers; that it cannot go on is a fault too, which keeps back no other.
  fileprivate func told(_ check: () throws -> [String]) throws -> [String] {
    do {
      return try check()
    } catch StoreError.corrupt(let detail) {
      return [detail]
    }
  }
}

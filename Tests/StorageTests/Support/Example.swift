import GRDB
import Kernel

@testable import Storage

/// A small service's schema and calls, for tests.
enum Example {
  static let migrations = [
    Migration(
      name: "0001-note",
      sql: """
        CREATE TABLE note (
          id   INTEGER NOT NULL PRIMARY KEY,
          hall TEXT    NOT NULL,
          name TEXT    NOT NULL UNIQUE,
          size INTEGER NOT NULL CHECK (size >= 0),
          body BLOB    NOT NULL
        ) STRICT;
        CREATE TABLE mark (
          id   INTEGER NOT NULL PRIMARY KEY,
          note INTEGER NOT NULL REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED
        ) STRICT;
        """
    )
  ]

  struct Refused: Error, Equatable {}

  /// Opens a store in a scratch folder, which lives as long as the store does.
  static func store(
    _ scratch: Scratch,
    _ name: String = "intake.sqlite",
    migrations: [Migration] = Self.migrations,
    service: String = "intake",
    options: Store.Options = Store.Options()
  ) throws -> Store {
    var options = options
    options.diskSpace = { [ask = options.diskSpace] path in
      try withExtendedLifetime(scratch) { try ask(path) }
    }
    return try Store.open(
      path: scratch.path(name),
      migrations: migrations,
      service: service,
      options: options
    )
  }

  static let trace = TraceContext(
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  )

  static func draft(_ id: String, privatePart: [UInt8]? = nil) -> FeedDraft {
    FeedDraft(
      id: id,
      hall: "330106",
      recordedAt: Instant(unixMilliseconds: 1_789_000_000_000),
      type: "NoteTaken",
      subject: "note-\(id)",
      actor: "clerk-7",
      post: "window-3",
      basis: "rule 1",
      reflects: ["catalogue": 12, "approval": 7],
      payloadType: "onedoor.test.v1.NoteTaken",
      payload: Array(id.utf8),
      privatePart: privatePart,
      salt: privatePart == nil ? nil : [UInt8](repeating: 7, count: 16)
    )
  }
}

extension Transaction {
  func addNote(_ name: String, size: Int = 1) throws {
    try execute(
      "INSERT INTO note (hall, name, size, body) VALUES (?, ?, ?, ?)",
      ["330106", .text(name), Value(size), .blob([UInt8](repeating: 1, count: max(0, size)))]
    )
  }

  /// A note and its feed entry: the usual unit of these tests.
  func addPublishedNote(_ name: String, size: Int = 1) throws {
    try addNote(name, size: size)
    try publish(Example.draft(name))
  }
}

extension Snapshot {
  func noteNames() throws -> [String] {
    try rows("SELECT name FROM note ORDER BY id") { $0.text(0) }
  }

  func feedIDs() throws -> [String] {
    try feedEntries(after: 0, limit: Limits.feedPage).map(\.content.id)
  }
}

extension Store {
  /// Runs SQL on the writing connection outside of any batch, as only a test may.
  func tamper(_ sql: String) throws {
    try withWriter { connection, _ in
      try connection.perform { try $0.execute(sql: sql) }
    }
  }
}

extension BatchOutcome {
  /// The outcome in a word, for comparison.
  var word: String {
    switch self {
    case .committed(let position): "committed \(position)"
    case .failed(is Example.Refused): "refused"
    case .failed(let error as StoreError):
      switch error {
      case .constraint: "constraint"
      case .diskFull: "full"
      case .closed: "closed"
      case .io: "io"
      default: "failed: \(error)"
      }
    case .failed(let error): "failed: \(error)"
    case .unknown: "unknown"
    }
  }
}

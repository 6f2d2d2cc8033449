import GRDB
import Glibc
import Kernel
import Storage

/// A child process for the tests that must watch, or kill, a whole process.
///
/// `open PATH` opens a store and ends: 0, or 3 if it is locked. `commit PATH N` commits N notes,
/// one a commit, and says each number when it is answered. `trap PATH N` does the same on GRDB's
/// own connection, with FULL set where it is silently lost: the control arm.
@main
struct StorageProbe {
  static let schema = Migration(
    name: "0001-note",
    sql: "CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT"
  )

  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count >= 2 else { throw StoreError.invalid(detail: "open|commit|trap PATH N") }
    let count = arguments.count > 2 ? Int64(arguments[2]) ?? 0 : 0
    switch arguments[0] {
    case "trap": try trap(arguments[1], count)
    default: try commit(arguments[1], count)
    }
  }

  static func commit(_ path: String, _ count: Int64) throws {
    do {
      let store = try Store.open(path: path, migrations: [schema], service: "probe")
      for number in 0..<count {
        try store.write { transaction in
          try transaction.execute("INSERT INTO note (body) VALUES (?)", ["\(number)"])
          try transaction.publish(draft(number))
        }
        say("\(number + 1)")
      }
    } catch StoreError.locked {
      exit(3)
    }
  }

  static func draft(_ number: Int64) -> FeedDraft {
    FeedDraft(
      id: "note-\(number)",
      hall: "330106",
      recordedAt: Instant(unixMilliseconds: number),
      type: "NoteTaken",
      subject: "\(number)",
      actor: "probe",
      payloadType: "none",
      payload: []
    )
  }

  static func trap(_ path: String, _ count: Int64) throws {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.write { try $0.execute(sql: schema.sql) }
    for number in 0..<count {
      try queue.write { database in
        try database.execute(sql: "INSERT INTO note (body) VALUES (?)", arguments: ["\(number)"])
      }
      say("\(number + 1)")
    }
  }

  /// Prints a line and hands it to the reader at once.
  static func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}

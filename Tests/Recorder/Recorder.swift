internal import CRecorder
internal import Foundation
package import Storage
internal import Synchronization

/// Keeps every schema that the stores of this process are opened with, and every statement that is
/// prepared on them, each once, with PostgreSQL's form of it.
///
/// One JSON object a line: what it says is read by `Tests/Outside/recording.py`.
package final class Recorder: Sendable {
  private struct State {
    /// By the store's path, the key of the schema that it was opened with last.
    var schemas: [String: String] = [:]
    var seen: Set<String> = []
  }

  private let file: String
  private let state = Mutex(State())

  /// Writes to a file of this process's own in a folder, which is made if need be.
  package init(folder: String) {
    file = "\(folder)/\(ProcessInfo.processInfo.processIdentifier).jsonl"
    // If it cannot be made, nothing is recorded, and the test that reads it says so.
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Keeps what is new in an event.
  package func note(_ event: StatementWitness.Event) {
    state.withLock { state in
      switch event {
      case .opened(let path, let service, let migrations):
        let key = Self.key(service, migrations)
        state.schemas[path] = key
        guard state.seen.insert(key).inserted else { return }
        write(Self.schema(key, service, migrations))
      case .prepared(let path, let sql):
        // A copy's file was never opened as a store: nobody knows its schema.
        let key = state.schemas[path] ?? ""
        guard state.seen.insert(key + "\u{0}" + sql).inserted else { return }
        var line = ["kind": "statement", "schema": key, "sql": sql]
        Self.translate(sql, into: &line, PostgreSQL.statement)
        write(line)
      }
    }
  }

  private static func schema(
    _ key: String,
    _ service: String,
    _ migrations: [Migration]
  ) -> [String: Any] {
    let steps = migrations.map { migration in
      var step = ["name": migration.name, "sql": migration.sql]
      translate(migration.sql, into: &step, PostgreSQL.migration)
      return step
    }
    return ["kind": "schema", "schema": key, "service": service, "migrations": steps]
  }

  private static func translate(
    _ sql: String,
    into line: inout [String: String],
    _ body: (String) throws(DialectFault) -> String
  ) {
    do throws(DialectFault) {
      line["postgresql"] = try body(sql)
    } catch {
      line["fault"] = error.description
    }
  }

  /// The service and a number that is the same for the same migrations in every process (FNV-1a).
  private static func key(_ service: String, _ migrations: [Migration]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in migrations.flatMap({ ($0.name + "\u{0}" + $0.sql + "\u{0}").utf8 }) {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return service + "-" + String(hash, radix: 16)
  }

  private func write(_ line: [String: Any]) {
    guard let data = try? JSONSerialization.data(withJSONObject: line, options: .sortedKeys),
      let file = fopen(file, "ae")
    else { return }
    defer { fclose(file) }
    // One call a line, so that a process that is killed leaves whole lines.
    let bytes = Array(data) + [10]
    setvbuf(file, nil, _IOFBF, bytes.count + 1)
    fwrite(bytes, 1, bytes.count, file)
  }
}

/// Called by the loader, before `main`.
@_cdecl("onedoor_begin_recording")
package func beginRecording(_ folder: UnsafePointer<CChar>) {
  let recorder = Recorder(folder: String(cString: folder))
  StatementWitness.listen { recorder.note($0) }
}

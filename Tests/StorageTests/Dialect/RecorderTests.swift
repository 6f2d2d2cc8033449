import Foundation
import Recorder
import Testing

@testable import Storage

@Suite struct RecorderTests {
  /// The lines that a recorder wrote.
  private func lines(_ scratch: Scratch) throws -> [[String: Any]] {
    let files = try FileManager.default.contentsOfDirectory(atPath: scratch.folder)
    return try files.flatMap { file in
      try Data(contentsOf: URL(filePath: scratch.path(file))).split(separator: 10).map {
        try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
      }
    }
  }

  @Test func `a schema and a statement are kept once, with what they become`() throws {
    let scratch = Scratch()
    let recorder = Recorder(folder: scratch.folder)
    let sql = "SELECT name FROM note WHERE id = ?"
    for path in ["/a", "/b"] {
      recorder.note(.opened(path: path, service: "intake", migrations: Example.migrations))
      for _ in 0..<2 { recorder.note(.prepared(path: path, sql: sql)) }
    }
    let lines = try lines(scratch)
    #expect(lines.map { $0["kind"] as? String } == ["schema", "statement"])
    #expect(lines[0]["service"] as? String == "intake")
    #expect(lines[0]["schema"] as? String == lines[1]["schema"] as? String)
    #expect(lines[1]["postgresql"] as? String == "SELECT name FROM note WHERE id = $1")
  }

  @Test func `the same statement of another schema is another line, and a fault is told`() throws {
    let scratch = Scratch()
    let recorder = Recorder(folder: scratch.folder)
    recorder.note(.opened(path: "/a", service: "intake", migrations: Example.migrations))
    recorder.note(.opened(path: "/b", service: "approval", migrations: Example.migrations))
    for path in ["/a", "/b", "/never-opened"] {
      recorder.note(.prepared(path: path, sql: "SELECT :a"))
    }
    let statements = try lines(scratch).filter { $0["kind"] as? String == "statement" }
    #expect(Set(statements.map { $0["schema"] as? String ?? "none" }).count == 3)
    #expect(statements.allSatisfy { ($0["fault"] as? String)?.contains("SQLite") == true })
  }
}

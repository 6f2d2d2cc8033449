import Foundation
import Testing

/// Names through which time, randomness, threads or the outside could slip past `Surroundings`.
private let banned: [(name: String, pattern: String, use: String)] = [
  ("clock", #"\bDate\(\)|\bDate\.now\b|ContinuousClock\(\)|\btime\(nil\)"#, "Surroundings"),
  ("identifier", #"\bUUID\(\)"#, "Surroundings.nextIdentifier"),
  ("randomness", #"\.random\(in: [^,)]*\)"#, "a seeded generator"),
  ("task", #"\bTask\.detached\b|\bTask \{"#, "a task group that somebody owns"),
  ("mutable static", #"\bstatic var\b[^\n{]*\n"#, "a value passed to the initialiser"),
  ("environment", #"ProcessInfo\.processInfo\.environment|\bgetenv\("#, "Configuration"),
]

@Suite struct SurroundingsTests {
  @Test func `nothing below Host reaches around Surroundings`() throws {
    for file in try Tree.files(below: "Sources") {
      let isOutside = ["Host", "onedoor", "Simulation", "TestSupport"].contains {
        file.path.hasPrefix("Sources/\($0)/")
      }
      if isOutside { continue }
      for rule in banned {
        let match = file.text.range(of: rule.pattern, options: .regularExpression)
        #expect(match == nil, "\(file.path): \(rule.name), use \(rule.use)")
      }
    }
  }

  @Test func `nothing is forced, and what is unchecked says why`() throws {
    for file in try Tree.files(below: "Sources") {
      #expect(!file.text.contains("try!"), "\(file.path)")
      #expect(!file.text.contains(" as! "), "\(file.path)")
      for (number, line) in file.lines.enumerated()
      where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
        let before = file.lines[max(0, number - 8)..<number]
        #expect(
          before.contains { $0.contains("//") },
          "\(file.path):\(number + 1) says not what protects it"
        )
      }
    }
  }

  @Test func `no words of unfinished work`() throws {
    for folder in ["Sources", "Proto"] {
      for file in try Tree.files(below: folder, endings: ["swift", "proto"]) {
        #expect(!file.text.contains(/\b(?:TODO|FIXME|XXX|HACK)\b/), "\(file.path)")
      }
    }
  }

  @Test func `SQL asks for no time and no randomness`() throws {
    for file in try Tree.files(below: "Sources") where file.path.contains("/Store/") {
      #expect(!file.text.contains(/CURRENT_TIMESTAMP|datetime\('now|random\(\)/), "\(file.path)")
    }
  }
}

import Testing

@Suite struct SizeTests {
  /// The most lines of a file written by hand.
  static let fileLines = 500
  /// The most lines of a function.
  static let functionLines = 70
  /// The most columns of a line of Swift.
  static let columns = 100

  static let folders = ["Sources", "Tests", "Proto"]

  @Test(arguments: folders)
  func `no file is longer than 500 lines`(folder: String) throws {
    for file in try Tree.files(below: folder, endings: ["swift", "proto", "py", "c", "h"]) {
      #expect(file.lines.count <= Self.fileLines + 1, "\(file.path): \(file.lines.count)")
    }
  }

  @Test(arguments: ["Sources", "Proto"])
  func `no function is longer than 70 lines`(folder: String) throws {
    for file in try Tree.files(below: folder) {
      for (start, length) in functions(file.lines) where length > Self.functionLines {
        Issue.record("\(file.path):\(start + 1) has \(length) lines")
      }
    }
  }

  @Test func `half of the files have at most 100 lines`() throws {
    let lengths = try Tree.files(below: "Sources").map(\.lines.count).sorted()
    #expect(lengths[lengths.count / 2] <= 100)
  }

  @Test func `no line of Swift is longer than 100 columns`() throws {
    for folder in Self.folders {
      for file in try Tree.files(below: folder) {
        for (number, line) in file.lines.enumerated() where line.count > Self.columns {
          // Text in other scripts and literals cannot always be cut.
          if line.utf8.count != line.count || line.contains("\"") { continue }
          Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
        }
      }
    }
  }

  /// Where each function begins, and how many lines it has: from `func` or `init` to the line
  /// whose brace stands in the same column.
  private func functions(_ lines: [Substring]) -> [(start: Int, length: Int)] {
    var found: [(Int, Int)] = []
    for (index, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " }
      let words = line.dropFirst(indent.count)
      guard words.contains(/^(?:@\w+ )*(?:[a-z]+ )*(?:func |init[?(<])/) else { continue }
      if words.hasSuffix("}") && words.contains("{") { continue }
      let closing = "\(indent)}"
      guard let end = lines[index...].firstIndex(where: { $0 == closing }) else { continue }
      found.append((index, end - index + 1))
    }
    return found
  }
}

import Foundation
import Testing

@Suite struct RuleTests {
  /// Pages of numbered rules and the letter of their numbers.
  static let pages = [
    ("terms", "T"), ("door", "D"), ("intake", "I"), ("approval", "A"), ("monitoring", "M"),
    ("catalogue", "C"), ("queueing", "Q"),
  ]

  /// The numbers that code cites: in comments, and as the `rule` or `basis` of what it says.
  static let inCode: Result<Set<String>, any Error> = Result {
    Self.words(try Tree.files(below: "Sources").map(\.text))
  }

  /// The numbers that tests name.
  ///
  /// A literal that is nothing but letter and digits is left out: tests have items `"I1"`,
  /// materials `"M1"` and tasks `"T1"`, and these name no rule.
  static let inTests: Result<Set<String>, any Error> = Result {
    Self.words(
      try Tree.files(below: "Tests").map { file in
        file.text.replacing(#/"[A-Z][0-9]+"/#, with: "\"\"")
      }
    )
  }

  private static func words(_ texts: [String]) -> Set<String> {
    texts.reduce(into: []) { words, text in
      for match in text.matches(of: #/\b[A-Z][0-9]{1,2}\b/#.wordBoundaryKind(.simple)) {
        words.insert(String(match.output))
      }
    }
  }

  /// The rules of a page: the numbers at the beginning of a row of a table.
  private static func rules(of page: String, letter: String) throws -> [String] {
    let url = Tree.root.appending(path: "docs/rules/\(page).md")
    let text = try String(contentsOf: url, encoding: .utf8)
    return text.matches(of: #/\| ([A-Z][0-9]+) \|/#)
      .filter {
        $0.range.lowerBound == text.startIndex || text[..<$0.range.lowerBound].last == "\n"
      }
      .map { String($0.output.1) }
      .filter { $0.hasPrefix(letter) }
  }

  @Test(arguments: pages)
  func `numbers of rules begin with 1, and none is left out or given twice`(
    page: String,
    letter: String
  ) throws {
    let rules = try Self.rules(of: page, letter: letter)
    #expect(!rules.isEmpty, "docs/rules/\(page).md numbers no rule")
    #expect(Set(rules) == Set((1...max(1, rules.count)).map { "\(letter)\($0)" }))
  }

  @Test(arguments: pages)
  func `a rule's number is in its page, in the code and in a test`(
    page: String,
    letter: String
  ) throws {
    // Compared first: a failure must not print all files.
    let (inCode, inTests) = (try Self.inCode.get(), try Self.inTests.get())
    for rule in try Self.rules(of: page, letter: letter) {
      let isInCode = inCode.contains(rule)
      let isInTests = inTests.contains(rule)
      #expect(isInCode, "rule \(rule) is cited nowhere in Sources")
      #expect(isInTests, "rule \(rule) is named by no test")
    }
  }
}

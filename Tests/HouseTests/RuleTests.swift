import Foundation
import Testing

@Suite struct RuleTests {
  /// Pages of numbered rules and the letter of their numbers.
  static let pages = [
    ("terms", "T"), ("door", "D"), ("intake", "I"), ("approval", "A"), ("monitoring", "M"),
    ("catalogue", "C"), ("queueing", "Q"),
  ]

  @Test(arguments: pages)
  func `a rule's number is in its page, in the code and in a test`(
    page: String,
    letter: String
  ) throws {
    let url = Tree.root.appending(path: "docs/rules/\(page).md")
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return }
    let defined = Set(text.matches(of: /\b([A-Z])(\d+)\b/).filter { $0.1 == letter }.map { $0.0 })
    #expect(!defined.isEmpty, "docs/rules/\(page).md numbers no rule")
    let code = try Tree.files(below: "Sources").map(\.text).joined()
    let tests = try Tree.files(below: "Tests").map(\.text).joined()
    for number in defined {
      let word = try Regex("\\b\(number)\\b")
      // Compared first: a failure must not print all files.
      let isInCode = code.contains(word)
      let isInTests = tests.contains(word)
      #expect(isInCode, "rule \(number) is cited nowhere in Sources")
      #expect(isInTests, "rule \(number) is cited nowhere in Tests")
    }
  }
}

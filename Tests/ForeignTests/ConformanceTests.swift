import Foreign
import Foundation
import Messages
import Testing

/// The cases of protobuf's conformance suite for proto3, from `Golden/conformance.txt`.
@Suite("Conformance of binary and JSON")
struct ConformanceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let isRequired: Bool
    let form: String
    let input: [UInt8]
    let output: String
    let expected: String

    var testDescription: String { "\(name): \(form) to \(output)" }

    init?(_ line: Substring) {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count == 6 else { return nil }
      name = columns[0]
      isRequired = columns[1] == "R"
      form = columns[2]
      input = form == "binary" ? Golden.bytes(hex: columns[3]) : Array(Golden.text(columns[3]).utf8)
      output = columns[4]
      expected = columns[5]
    }
  }

  static let cases = Golden.lines("conformance.txt").compactMap { Case($0) }

  /// What comes out: the deterministic binary form, exact bytes or JSON, or why there is none.
  private func answer(to test: Case) -> String {
    let types = TypeRegistry.contract(and: ForeignContract.namespaces.joined())
    typealias Message = Everything.Everything_
    let options = JSONOptions(types: types, ignoresUnknown: test.form == "lenient")
    let input: Message? =
      test.form == "binary"
      ? try? Message.decode(test.input) : try? Message.decode(json: test.input, options)
    guard let input else { return "refused" }
    let isExact = test.expected.hasPrefix("= ")
    guard test.output == "json" else {
      return (isExact ? "= " : "") + Golden.hex(input.encode())
    }
    guard let json = try? input.canonicalJSON(types: types) else { return "unwritable" }
    let text = String(decoding: json, as: UTF8.self)
    if isExact { return text == Golden.text(test.expected.dropFirst(2)) ? test.expected : text }
    guard let again = try? Message.decode(json: json, options) else { return "unreadable: \(text)" }
    return Golden.hex(again.encode())
  }

  @Test
  func `every case that is required passes, and every one that is recommended`() {
    var passed = [true: 0, false: 0]
    for test in Self.cases {
      let answer = answer(to: test)
      #expect(answer == test.expected, "\(test.testDescription)")
      if answer == test.expected { passed[test.isRequired, default: 0] += 1 }
    }
    // docs/messages.md says these numbers.
    #expect(passed == [true: 1_089, false: 326])
  }
}

/// The files that Google's implementation made.
enum Golden {
  /// The lines of a file; none if it cannot be read, which a test notices.
  static func lines(_ name: String) -> [Substring] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = try? String(contentsOfFile: "/\(folder)/Golden/\(name)", encoding: .utf8)
    return (text ?? "").split(separator: "\n")
  }

  static func bytes(hex: some StringProtocol) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { index in
      UInt8(digits[index] << 4 | digits[index + 1])
    }
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// The text of a JSON text.
  static func text(_ json: some StringProtocol) -> String {
    guard case .string(let text)? = try? JSONParser.parse(Array(json.utf8)) else { return "" }
    return text
  }
}

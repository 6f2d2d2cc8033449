import Foundation
import Messages

/// A message as Google's own implementation writes it, from `Golden/vectors.txt`.
struct Vector: Sendable, CustomStringConvertible {
  let type: any Message.Type
  let binary: [UInt8]
  let json: [UInt8]
  let description: String

  /// All vectors; empty if the file cannot be read, which a test notices.
  static let all: [Vector] = {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    guard
      let text = try? String(
        contentsOfFile: "/\(folder)/Golden/vectors.txt",
        encoding: .utf8
      )
    else { return [] }
    return text.split(separator: "\n").enumerated().compactMap { number, line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard columns.count == 3,
        let type = Contract.message(named: "onedoor.probe.v1.\(columns[0])")
      else { return nil }
      return Vector(
        type: type,
        binary: bytes(hex: columns[1]),
        json: Array(columns[2].utf8),
        description: "\(columns[0]), line \(number + 1)"
      )
    }
  }()

  static func bytes(hex: some StringProtocol) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { index in
      UInt8(digits[index] << 4 | digits[index + 1])
    }
  }
}

extension FormatChecker {
  /// Knows one citizen number and one credit code.
  static let testing = FormatChecker(
    citizenNumber: { $0 == "11010519491231002X" },
    creditCode: { $0 == "91350100M000100Y43" }
  )
}

import Kernel
import Law
import TestSupport
import Testing

/// How the tables of these tests are read.
enum Reading {
  /// The calendar that the house ships.
  static let calendar: Result<WorkCalendar, any Error> = Result { try RealCalendar.load() }

  static func day(_ text: some StringProtocol) throws -> Day {
    try #require(Day(iso: text), "\(text)")
  }

  /// The day of a text, or nil for `-`.
  static func optionalDay(_ text: some StringProtocol) throws -> Day? {
    text == "-" ? nil : try day(text)
  }

  static func term(_ text: some StringProtocol) throws -> Term {
    try #require(Term(text), "\(text)")
  }

  /// The pauses of a text such as `2026-05-14..2026-05-25,2026-06-01..`, or none.
  static func pauses(_ text: some StringProtocol) throws -> [Pause] {
    guard text != "-", !text.contains("@") else { return [] }
    return try text.split(separator: ",").map { span in
      let stop = try day(span.prefix(10))
      let resume = span.dropFirst(12)
      return Pause(from: stop, upTo: resume.isEmpty ? nil : try day(resume))
    }
  }

  /// The extension of a text such as `single@2026-01-15`, or nil for none.
  static func granted(_ text: String) throws -> Extension? {
    guard text.contains("@") else { return nil }
    let parts = text.split(separator: "@")
    return Extension(kind: parts[0] == "joint" ? .joint : .single, grantedOn: try day(parts[1]))
  }
}

internal import ArgumentParser
internal import Kernel

/// An instant on the command line: a day, `YYYY-MM-DDTHH:MM[:SS]`, or that with `Z` or `+HH:MM`.
///
/// Without an offset it is Beijing time; a day alone is its first instant.
struct InstantArgument: ExpressibleByArgument {
  let instant: Instant

  init(_ instant: Instant) {
    self.instant = instant
  }

  init?(argument: String) {
    guard let day = Day(iso: argument.prefix(10)) else { return nil }
    var rest = argument.dropFirst(10)
    guard !rest.isEmpty else {
      instant = LegalTime.beijing.start(of: day)
      return
    }
    guard rest.removeFirst() == "T" else { return nil }
    let time = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ":") }
    guard let seconds = Self.seconds(time, parts: 2...3),
      let offset = Self.offset(rest.dropFirst(time.count))
    else { return nil }
    instant = LegalTime(offsetSeconds: offset).start(of: day)
      .advanced(byMilliseconds: seconds * 1_000)
  }

  private static func offset(_ text: Substring) -> Int64? {
    switch text.first {
    case nil: LegalTime.beijing.offsetSeconds
    case "Z" where text.count == 1: 0
    case "+": seconds(text.dropFirst(), parts: 2...2).flatMap { $0 <= 50_400 ? $0 : nil }
    case "-": seconds(text.dropFirst(), parts: 2...2).flatMap { $0 <= 50_400 ? -$0 : nil }
    default: nil
    }
  }

  /// The seconds of `HH:MM` or `HH:MM:SS`.
  private static func seconds(_ text: Substring, parts: ClosedRange<Int>) -> Int64? {
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false)
      .map { $0.count == 2 ? Int64($0) : nil }
    guard parts.contains(numbers.count) else { return nil }
    var seconds: Int64 = 0
    for (number, (limit, unit)) in zip(numbers, [(23, 3_600), (59, 60), (59, 1)]) {
      guard let number, (0...Int64(limit)).contains(number) else { return nil }
      seconds += number * Int64(unit)
    }
    return seconds
  }
}

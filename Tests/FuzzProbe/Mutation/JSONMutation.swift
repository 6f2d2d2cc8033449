internal import TestSupport

/// Changes of a JSON text that mostly keep it a JSON text.
enum JSONMutation {
  private static let values = [
    "null", "true", "false", "0", "-0", "1", "-1", "1.0", "1.5", "1e2", "1e-2", "1e400", "5e-324",
    "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807",
    "18446744073709551615", "18446744073709551616", "0.30000000000000004", "1E+3",
    #""""#, #""1""#, #""-5""#, #""1e3""#, #""NaN""#, #""Infinity""#, #""-Infinity""#, #""AA==""#,
    #""_-8""#, #""AAE""#, #""COLOUR_RED""#, #""2026-02-28T23:59:59.123456789Z""#,
    #""0001-01-01T00:00:00Z""#, #""9999-12-31T23:59:59.999999999+00:01""#, #""2026-02-30""#,
    #""1.5s""#, #""-315576000000.000000001s""#, #""\ud83d\ude00""#, #""\ud800""#, #""\u0000""#,
    #""a.b,cD""#, "{}", "[]", "[[]]", #"{"":null}"#, #"{"a":{"a":1}}"#, "[1,2,3]",
    #"{"seconds":"1"}"#, #"{"@type":"type.googleapis.com/onedoor.probe.v1.Times"}"#,
  ]

  /// Changes the text once.
  static func change(
    _ text: inout [UInt8],
    names: [String],
    by generator: inout SeededGenerator
  ) {
    let tokens = tokens(of: text)
    guard let place = tokens.randomElement(using: &generator) else {
      text = Array("{}".utf8)
      return
    }
    let name = names.randomElement(using: &generator) ?? ""
    let value = Array((values.randomElement(using: &generator) ?? "0").utf8)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0, 1:
      let openings = tokens.filter { text[$0.lowerBound] == UInt8(ascii: "{") }
      guard let opening = openings.randomElement(using: &generator) else { return }
      let next = text[opening.upperBound...].first { $0 != UInt8(ascii: " ") }
      let comma = next == UInt8(ascii: "}") ? "" : ","
      text.insert(
        contentsOf: Array("\"\(name)\":".utf8) + value + Array(comma.utf8),
        at: opening.upperBound
      )
    case 2, 3: text.replaceSubrange(place, with: value)
    case 4: text.replaceSubrange(place, with: Array("\"\(name)\"".utf8))
    case 5:
      let span = balanced(text, from: place.lowerBound)
      let copy = Array(text[span])
      guard text.count + copy.count < Mutation.longest else { return }
      text.insert(contentsOf: copy + [UInt8(ascii: ",")], at: span.lowerBound)
    case 6:
      let span = balanced(text, from: place.lowerBound)
      text.replaceSubrange(span, with: nested(Array(text[span]), name: name, by: &generator))
    default: Mutation.stretch(&text, place, by: &generator)
    }
  }

  private static func nested(
    _ text: [UInt8],
    name: String,
    by generator: inout SeededGenerator
  ) -> [UInt8] {
    let levels = min(256, Mutation.times(8, within: text.count, by: &generator))
    let isArray = Bool.random(using: &generator)
    let opening = Array((isArray ? "[" : "{\"\(name)\":").utf8)
    guard text.count + levels * opening.count < Mutation.longest else { return text }
    return Array(repeatElement(opening, count: levels).joined()) + text
      + repeatElement(UInt8(ascii: isArray ? "]" : "}"), count: levels)
  }

  /// Where texts, words and marks stand.
  private static func tokens(of text: [UInt8]) -> [Range<Int>] {
    var tokens: [Range<Int>] = []
    var position = 0
    while position < text.count, tokens.count < 4_096 {
      let start = position
      position += 1
      switch text[start] {
      case UInt8(ascii: "\""):
        while position < text.count, text[position] != UInt8(ascii: "\"") {
          position += text[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position + 1, text.count)
      case UInt8(ascii: " "), UInt8(ascii: "\n"): continue
      case let byte where isMark(byte): break
      default:
        while position < text.count, !isMark(text[position]) { position += 1 }
      }
      tokens.append(start..<position)
    }
    return tokens
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    "{}[],:\" ".utf8.contains(byte)
  }

  /// From a place to the end of what is opened there.
  private static func balanced(_ text: [UInt8], from start: Int) -> Range<Int> {
    var depth = 0
    for position in start..<text.count {
      switch text[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth <= 0 { return start..<max(position, start + 1) }
      default: break
      }
      if depth < 0 { return start..<max(position, start + 1) }
    }
    return start..<text.count
  }
}

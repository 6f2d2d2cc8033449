internal import TestSupport

/// Changes of bytes that know nothing of their meaning.
enum Mutation {
  /// The longest input that mutation makes, in bytes.
  static let longest = 64 << 10

  /// Numbers at which programs break.
  static let numbers: [UInt64] = [
    0, 1, 2, 7, 8, 15, 16, 63, 64, 65, 100, 127, 128, 255, 256, 1_000, 4_096, 16_383, 16_384,
    32_767, 32_768, 65_535, 65_536, 1 << 20, (1 << 24) - 1, 1 << 28, (1 << 31) - 1, 1 << 31,
    (1 << 32) - 1, 1 << 32, 1 << 35, (1 << 53) + 1, 253_402_300_800, (1 << 63) - 1, 1 << 63,
    .max - 1, .max,
  ]

  /// Changes the bytes from `start` on once.
  static func blind(
    _ input: inout [UInt8],
    from start: Int,
    by generator: inout SeededGenerator
  ) {
    let count = input.count - start
    guard count > 0 else {
      input.append(UInt8.random(in: 0...255, using: &generator))
      return
    }
    let place = start + Int.random(in: 0..<count, using: &generator)
    let span = place..<min(input.count, place + Int.random(in: 1...16, using: &generator))
    switch Int.random(in: 0..<7, using: &generator) {
    case 0: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: input[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: input.removeSubrange(span)
    case 3: input.insert(contentsOf: Array(input[span]), at: place)
    case 4:
      let bytes = (0..<span.count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      input.replaceSubrange(span, with: bytes)
    case 5: input[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
    default: stretch(&input, span, by: &generator)
    }
  }

  /// Repeats a span, now and then so often that what grows faster than its input shows.
  static func stretch(
    _ input: inout [UInt8],
    _ span: Range<Int>,
    by generator: inout SeededGenerator
  ) {
    guard !span.isEmpty else { return }
    let times = times(span.count, within: input.count, by: &generator)
    let repeated = repeatElement(input[span], count: times).joined()
    input.insert(contentsOf: Array(repeated), at: span.lowerBound)
  }

  /// How often something is repeated in an input: mostly a few times, seldom to its full length.
  static func times(
    _ size: Int,
    within count: Int,
    by generator: inout SeededGenerator
  ) -> Int {
    let isFew = Int.random(in: 0..<16, using: &generator) > 0
    let wanted = isFew ? 1...3 : 1...(1 << Int.random(in: 1...16, using: &generator))
    let most = max(1, (longest - count) / max(1, size))
    return min(most, Int.random(in: wanted, using: &generator))
  }

  /// A number, mostly small or at an edge.
  static func number(by generator: inout SeededGenerator) -> UInt64 {
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: UInt64.random(in: 0..<16, using: &generator)
    case 1: UInt64.random(in: 0...(.max), using: &generator)
    default: numbers.randomElement(using: &generator) ?? 0
    }
  }
}

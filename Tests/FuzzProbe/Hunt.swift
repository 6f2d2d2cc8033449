internal import Foundation
internal import Glibc
internal import TestSupport

/// Seeded mutation of the corpus, for builds without libFuzzer.
///
/// Each input depends on the seed, its number and the corpus alone. The input that is being checked
/// stands in a file, so that it is known when the program ends.
struct Hunt {
  /// The longest time of a processor that one input may take, in seconds; thousands of times the
  /// usual.
  ///
  /// Where others want the processor too, or the program is stopped, a clock would say more.
  private static let patience = 20.0

  /// Inputs longer than the usual take most of the time and seldom find more, so few are made.
  private static let usualLength = 1_024
  private static let longEvery = 64

  /// How long all targets together are given.
  let seconds: Double
  /// The seed.
  let seed: UInt64
  /// Where the current input of each target is kept.
  let folder: String

  /// Checks corpus and mutations of the targets, and prints how many were checked.
  func run(_ targets: [any FuzzTarget]) throws {
    try FileManager.default.createDirectory(
      atPath: folder,
      withIntermediateDirectories: true
    )
    for target in targets {
      let begin = ContinuousClock.now
      let count = try run(target, until: begin + .seconds(seconds / Double(targets.count)))
      let spent = (ContinuousClock.now - begin) / .seconds(1)
      print("\(target.name): \(count) inputs in \(Int(spent.rounded())) s, seed \(seed)")
      fflush(nil)
    }
  }

  private func run(
    _ target: any FuzzTarget,
    until end: ContinuousClock.Instant
  ) throws -> Int {
    let path = "\(folder)/\(target.name)"
    let current = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0o644)
    guard current >= 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { close(current) }
    let corpus = try Corpus.inputs(of: target)
    for input in corpus { check(target, input, current) }
    var generator = SeededGenerator(seed: seed)
    var count = corpus.count
    while ContinuousClock.now < end {
      var own = SeededGenerator(seed: generator.next())
      var input = corpus.randomElement(using: &own) ?? []
      let isLong = Int.random(in: 0..<Self.longEvery, using: &own) == 0
      let most = isLong ? Mutation.longest : max(Self.usualLength, input.count)
      for _ in 0..<(1 << Int.random(in: 0...3, using: &own)) {
        var changed = input
        mutate(target, &changed, &own)
        guard changed.count < most else { continue }
        input = changed
      }
      check(target, input, current)
      count += 1
    }
    return count
  }

  private func mutate(
    _ target: any FuzzTarget,
    _ input: inout [UInt8],
    _ generator: inout SeededGenerator
  ) {
    if Int.random(in: 0..<4, using: &generator) == 0 {
      Mutation.blind(&input, from: target.headCount(of: input), by: &generator)
    } else {
      target.mutate(&input, by: &generator)
    }
  }

  private func check(_ target: any FuzzTarget, _ input: [UInt8], _ current: Int32) {
    input.withUnsafeBytes { bytes in
      _ = pwrite(current, bytes.baseAddress, bytes.count, 0)
      _ = ftruncate(current, bytes.count)
      let begin = clock()
      _ = target.check(bytes)
      let spent = Double(clock() - begin) / 1_000_000
      require(spent < Self.patience, "\(target.name): an input took \(spent) s")
    }
  }
}

internal import TestSupport

/// Something that takes bytes from outside, and what must hold whatever the bytes are.
protocol FuzzTarget: Sendable {
  /// The name on the command line and of the corpus.
  var name: String { get }

  /// What the bytes should look like, so that mutation begins near what is accepted.
  var seeds: [[UInt8]] { get }

  /// How many bytes at the beginning choose what is tested, and are not mutated blindly.
  func headCount(of input: [UInt8]) -> Int

  /// Changes the bytes behind the head by the grammar of what they are.
  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator)

  /// Ends the program if the bytes break what must hold.
  ///
  /// - Returns: false if the bytes chose nothing to test.
  func check(_ input: UnsafeRawBufferPointer) -> Bool

  /// The most memory that a check may hold at once, in bytes.
  func allowance(for count: Int) -> Int
}

extension FuzzTarget {
  /// Nothing but the bytes themselves.
  func headCount(of _: [UInt8]) -> Int { 0 }
}

/// All targets.
enum Targets {
  static let all: [any FuzzTarget] = [
    MessageTarget(), JSONTarget(), EnvelopeTarget(), ServerTarget(), ClientTarget(), PassTarget(),
    HTTP1Target(), TokenTarget(), TrunkTarget(),
  ]

  /// Finds a target.
  static func named(_ name: String) -> (any FuzzTarget)? {
    all.first { $0.name == name }
  }
}

/// Ends the program with a message if something that must hold does not, in release builds too.
func require(_ holds: Bool, _ message: @autoclosure () -> String) {
  if !holds { fatalError(message()) }
}

/// A seed for choices that must depend on the input alone (FNV-1a).
func seed(of input: UnsafeRawBufferPointer) -> UInt64 {
  input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

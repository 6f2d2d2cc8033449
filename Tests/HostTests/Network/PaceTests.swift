import NIOCore
import Testing

@testable import Host

@Suite
struct PaceTests {
  /// Looks every second at what has come by then, and says in which second it was too slow.
  private func firstSlow(_ counts: [Int]) -> Int? {
    var pace = Pace()
    return counts.indices.first { second in
      pace.isBelow(100, over: .seconds(10), age: .seconds(Int64(second)), count: counts[second])
    }
  }

  @Test
  func `a steady body is never too slow`() {
    #expect(firstSlow((0..<100).map { 100 * $0 }) == nil)
  }

  @Test
  func `a body that never comes is too slow after one window`() {
    #expect(firstSlow([Int](repeating: 0, count: 100)) == 10)
  }

  @Test
  func `a fast start buys no stall beyond the window`() {
    let counts = [0, 1_000_000] + [Int](repeating: 1_000_000, count: 98)
    #expect(firstSlow(counts) == 12)
  }

  @Test
  func `a pause shorter than the window is nothing to somebody fast`() {
    let counts = (0..<100).map { 10_000 * ($0 / 9) }
    #expect(firstSlow(counts) == nil)
  }

  @Test
  func `a window may begin late`() {
    var pace = Pace(from: .seconds(50), count: 7)
    let early = pace.isBelow(1, over: .seconds(10), age: .seconds(59), count: 7)
    let late = pace.isBelow(1, over: .seconds(10), age: .seconds(60), count: 7)
    #expect(!early && late)
  }
}

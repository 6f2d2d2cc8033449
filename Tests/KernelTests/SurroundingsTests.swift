import Kernel
import TestSupport
import Testing

@Suite struct SurroundingsTests {
  private func identifier(at milliseconds: Int64, random: UInt8) -> String {
    Surroundings(
      hallNow: { Instant(unixMilliseconds: 0) },
      realNow: { Instant(unixMilliseconds: milliseconds) },
      randomBytes: { Array(repeating: random, count: $0) }
    )
    .nextIdentifier()
  }

  @Test func `an identifier has the known form of its instant and bytes`() {
    // The instant and its ten characters are those of the ULID reference implementation's tests.
    #expect(identifier(at: 1_469_918_176_385, random: 0) == "01ARYZ6S410000000000000000")
    #expect(identifier(at: 1_469_918_176_385, random: 0xFF) == "01ARYZ6S41ZZZZZZZZZZZZZZZZ")
    #expect(identifier(at: 0, random: 0x11) == "0000000000248H248H248H248H")
    #expect(identifier(at: 281_474_976_710_655, random: 0) == "7ZZZZZZZZZ0000000000000000")
  }

  @Test func `identifiers ascend in real time`() {
    let clock = ManualClock(startingAt: Instant(unixMilliseconds: 1_789_347_600_000))
    let surroundings = Surroundings.testing(clock: clock)
    var last = ""
    for _ in 0..<1000 {
      let next = surroundings.nextIdentifier()
      #expect(next > last)
      #expect(next.utf8.count == 26)
      last = next
      clock.advance(byMilliseconds: 1)
    }
  }

  @Test func `two identifiers of one instant differ`() {
    let clock = ManualClock(startingAt: Instant(unixMilliseconds: 0))
    let surroundings = Surroundings.testing(clock: clock)
    #expect(surroundings.nextIdentifier() != surroundings.nextIdentifier())
  }
}

import Kernel
import Testing

@Suite struct InstantTests {
  @Test func `what is added can be measured`() {
    let instant = Instant(unixMilliseconds: 1_789_347_600_000)
    let later = instant.advanced(byMilliseconds: 1)
    #expect(instant < later)
    #expect(later.milliseconds(since: instant) == 1)
    #expect(instant.milliseconds(since: later) == -1)
    #expect(later.advanced(byMilliseconds: -1) == instant)
  }
}

import Foundation
import Host
import Kernel
import TestSupport
import Testing

@Suite struct DemoClockTests {
  private let folder: TemporaryFolder
  private let real = ManualClock(startingAt: Instant(unixMilliseconds: 1_000_000))
  private let start = DemoClock.beginning

  init() throws {
    folder = try TemporaryFolder()
  }

  private var path: String { "\(folder.path)/clock" }

  private func drive(speed: Int64) throws -> DemoClock {
    try DemoClock.drive(path: path, start: start, speed: speed) { [real] in real.now }
  }

  private func open() throws -> DemoClock {
    try DemoClock.open(path: path) { [real] in real.now }
  }

  @Test func `it begins at nine in the morning of 14 September 2026`() {
    #expect(LegalTime.beijing.text(start) == "2026-09-14T09:00:00+08:00")
  }

  @Test func `it runs as many times as fast as it is told`() throws {
    let clock = try drive(speed: 60)
    #expect(clock.now == start)
    real.advance(byMilliseconds: 1_000)
    #expect(clock.now == start.advanced(byMilliseconds: 60_000))
  }

  @Test func `at speed 0 only a step moves it`() throws {
    let clock = try drive(speed: 0)
    real.advance(byMilliseconds: 1_000_000)
    #expect(clock.now == start)
    try clock.advance(to: start.advanced(byMilliseconds: 5))
    #expect(clock.now == start.advanced(byMilliseconds: 5))
  }

  @Test func `a step is seen through another mapping, and time runs on from there`() throws {
    let clock = try drive(speed: 1)
    let other = try open()
    let wanted = start.advanced(byMilliseconds: 86_400_000)
    try other.advance(to: wanted)
    #expect(clock.now == wanted)
    real.advance(byMilliseconds: 7)
    #expect(clock.now == wanted.advanced(byMilliseconds: 7))
    #expect(other.now == clock.now)
  }

  @Test func `it is not set back`() throws {
    let clock = try drive(speed: 1)
    real.advance(byMilliseconds: 10)
    let now = clock.now
    #expect(throws: DemoClock.Fault.backwards(now: now, wanted: start)) {
      try clock.advance(to: start)
    }
    real.advance(byMilliseconds: -5)
    #expect(clock.now == now)
  }

  @Test func `after a stop it goes on from the last instant that was read`() throws {
    real.advance(byMilliseconds: 500)
    var seen = start
    do {
      let clock = try drive(speed: 10)
      real.advance(byMilliseconds: 500)
      seen = clock.now
    }
    #expect(seen == start.advanced(byMilliseconds: 5_000))
    real.advance(byMilliseconds: 3_600_000)
    #expect(try drive(speed: 2).now == seen)
    real.advance(byMilliseconds: 1)
    #expect(try open().now == seen.advanced(byMilliseconds: 2))
  }

  @Test func `it is never before what was recorded`() throws {
    let clock = try drive(speed: 1)
    let recorded = start.advanced(byMilliseconds: 1_000)
    clock.raise(to: recorded)
    clock.raise(to: start)
    #expect(clock.now == recorded)
    real.advance(byMilliseconds: 3)
    #expect(clock.now == recorded.advanced(byMilliseconds: 3))
  }

  @Test func `a file that is something else is refused`() throws {
    try Data("not a clock, but as long as one..".utf8.prefix(32))
      .write(to: URL(filePath: path))
    #expect(throws: DemoClock.Fault.notAClock(path: path)) { try open() }
    #expect(throws: DemoClock.Fault.notAClock(path: path)) { try drive(speed: 1) }
  }

  @Test func `many readers and steps at once never see it run back`() async throws {
    _ = try drive(speed: 0)
    let path = path
    let start = start
    let isMonotone = try await withThrowingTaskGroup(of: Bool.self) { group in
      for reader in 0..<4 {
        group.addTask {
          let clock = try DemoClock.open(path: path) { Instant(unixMilliseconds: 0) }
          var last = clock.now
          for step in 0..<5_000 {
            if step % 4 == reader {
              try? clock.advance(to: start.advanced(byMilliseconds: Int64(step)))
            }
            let now = clock.now
            if now < last { return false }
            last = now
          }
          return true
        }
      }
      return try await group.reduce(true) { $0 && $1 }
    }
    #expect(isMonotone)
    #expect(try open().now == start.advanced(byMilliseconds: 4_999))
  }
}

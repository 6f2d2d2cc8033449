package import Kernel

/// The hall's present of a demonstration: a small mapped file that all processes share.
///
/// The hall's present is `offset + speed * real present`, and never earlier than what any process
/// has read before. While nobody runs it stands still: who opens it to drive it sets the offset
/// anew, so that it goes on from the last instant that was read. Each number in the file is read
/// and written as one atomic word, so no reader sees half a change.
package final class DemoClock: Sendable {
  /// Why a demo clock could not be used.
  package enum Fault: Error, Sendable, Hashable {
    /// The file cannot be made, opened or mapped.
    case file(path: String, detail: String)
    /// The file is there but is no demo clock.
    case notAClock(path: String)
    /// The clock was told to run back.
    case backwards(now: Instant, wanted: Instant)
  }

  /// When a demonstration begins if nothing else is said: 2026-09-14T09:00 Beijing time.
  package static let beginning = Instant(unixMilliseconds: 1_789_347_600_000)

  /// How fast the hall's time may run at most; 0 means that only `advance` moves it.
  package static let speeds: ClosedRange<Int64> = 0...1_000_000

  /// Marks the file, with the number of its form.
  private static let magic: Int64 = 0x4F44_434C_4F43_4B31  // ODCLOCK1

  /// The words of the file, 8 bytes each.
  private enum Word: Int, CaseIterable {
    case magic
    case offset
    case speed
    case latest
  }

  private let file: MappedWords
  private let realNow: @Sendable () -> Instant

  private init(file: MappedWords, realNow: @escaping @Sendable () -> Instant) {
    self.file = file
    self.realNow = realNow
  }

  /// Opens the clock of a demonstration that somebody else drives.
  ///
  /// - Throws: ``Fault``.
  package static func open(
    path: String,
    realNow: @escaping @Sendable () -> Instant
  ) throws(Fault) -> DemoClock {
    let file = try MappedWords(path: path, count: Word.allCases.count, mayCreate: false)
    let clock = DemoClock(file: file, realNow: realNow)
    guard clock[.magic] == magic else { throw .notAClock(path: path) }
    return clock
  }

  /// Makes the clock, or lets one that is there go on from where it stopped.
  ///
  /// Only one process may drive a clock, and before others read it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - start: Where a new clock begins; one that is there is not set back to it.
  ///   - speed: Milliseconds of the hall for each real one; 0 lets only `advance` move it.
  ///   - realNow: The real present.
  /// - Returns: The clock, which runs.
  /// - Throws: ``Fault``.
  package static func drive(
    path: String,
    start: Instant,
    speed: Int64,
    realNow: @escaping @Sendable () -> Instant
  ) throws(Fault) -> DemoClock {
    precondition(speeds.contains(speed), "A demo clock runs 0 to 1,000,000 times as fast.")
    let file = try MappedWords(path: path, count: Word.allCases.count, mayCreate: true)
    let clock = DemoClock(file: file, realNow: realNow)
    let found = clock[.magic]
    guard found == magic || found == 0 else { throw .notAClock(path: path) }
    if found == 0 { clock[.latest] = start.unixMilliseconds }
    clock[.speed] = speed
    clock[.offset] = clock[.latest] - clock.run
    clock[.magic] = magic
    return clock
  }

  /// The hall's present.
  package var now: Instant {
    let running = self[.offset] + run
    // What anybody has seen stays past, even if the real clock is set back.
    let latest = self[.latest]
    guard running > latest else { return Instant(unixMilliseconds: latest) }
    return Instant(unixMilliseconds: file.raise(Word.latest.rawValue, to: running))
  }

  /// Milliseconds of the hall for each real one.
  package var speed: Int64 { self[.speed] }

  /// Steps the clock forwards; from there it runs on as before.
  ///
  /// - Throws: ``Fault/backwards(now:wanted:)``.
  package func advance(to wanted: Instant) throws(Fault) {
    while true {
      let offset = self[.offset]
      let now = now
      guard wanted >= now else { throw .backwards(now: now, wanted: wanted) }
      let desired = wanted.unixMilliseconds - run
      guard file.exchange(Word.offset.rawValue, expected: offset, with: desired) else { continue }
      file.raise(Word.latest.rawValue, to: wanted.unixMilliseconds)
      return
    }
  }

  /// Sees to it that the present is not earlier than something that was recorded.
  ///
  /// A power cut may lose the file's last words while the record is kept.
  package func raise(to recorded: Instant) {
    try? advance(to: recorded)
  }

  /// How far the hall's time would have run since 1970 at this speed.
  private var run: Int64 { self[.speed] * realNow().unixMilliseconds }

  private subscript(word: Word) -> Int64 {
    get { file[word.rawValue] }
    set { file[word.rawValue] = newValue }
  }
}

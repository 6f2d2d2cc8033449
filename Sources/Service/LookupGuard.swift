internal import Connect
package import Kernel
internal import Messages
internal import Synchronization

/// Counts wrong query codes, so that six digits cannot be tried out.
///
/// Each service that takes such codes has one. It counts by case number, whether there is such a
/// case or not, so that a lock tells nothing; and by source. Counts end with the day, and with the
/// process: what is lost at a restart are some tries out of a million. A number can thus be locked
/// for a day by who knows it and wants that; its owner still sees the application with a token or
/// at a window.
///
/// - Source: docs/rules/intake.md, rule I9
package final class LookupGuard: Sendable {
  /// Counts by the hash of a name: a flood of names fills no memory and makes none forgotten.
  private struct Counters {
    private var counts = [UInt8](repeating: 0, count: ServiceLimits.wrongCodeCounters)

    /// The count of a name; it may be set.
    subscript(name: String) -> Int {
      get { Int(counts[Self.place(name)]) }
      set { counts[Self.place(name)] = UInt8(clamping: newValue) }
    }

    private static func place(_ name: String) -> Int {
      // The seed of the hash is the process's own, and nobody learns it.
      Int(UInt(bitPattern: name.hashValue) % UInt(ServiceLimits.wrongCodeCounters))
    }
  }

  private struct State {
    var day: Day
    var numbers = Counters()
    var sources = Counters()
  }

  private let state = Mutex<State?>(nil)

  package init() {}

  /// Says whether nothing is looked up any more, for the number or for the source.
  ///
  /// - Parameters:
  ///   - number: The hall and the number that is asked for.
  ///   - source: Who asks.
  ///   - day: The real day.
  /// - Returns: Whether the look-up is locked.
  package func isLocked(_ number: String, _ source: String, on day: Day) -> Bool {
    state.withLock { state in
      guard let state, state.day == day else { return false }
      return state.numbers[number] >= ServiceLimits.wrongCodesPerNumber
        || state.sources[source] >= ServiceLimits.wrongCodesPerSource
    }
  }

  /// Counts a wrong code.
  package func failed(_ number: String, _ source: String, on day: Day) {
    state.withLock { state in
      // A call of yesterday that comes late takes nothing from today's counts.
      if let known = state?.day, day < known { return }
      if state?.day != day { state = State(day: day) }
      state?.numbers[number] += 1
      state?.sources[source] += 1
    }
  }

  /// Forgets the wrong codes for a number after the right one.
  package func succeeded(_ number: String) {
    state.withLock { $0?.numbers[number] = 0 }
  }
}

extension LookupGuard {
  /// Refuses a look-up of a number by a call, if it is locked.
  ///
  /// - Throws: ``Refusal/lookupLocked``.
  package func check(_ number: String, for call: Call) throws(Refusal) {
    guard !isLocked(Self.key(number, call), Self.source(call), on: Self.day(call)) else {
      throw .lookupLocked
    }
  }

  /// Counts a wrong code that a call said of a number.
  package func failed(_ number: String, for call: Call) {
    failed(Self.key(number, call), Self.source(call), on: Self.day(call))
  }

  /// Forgets the wrong codes for a number after the right one.
  package func succeeded(_ number: String, for call: Call) {
    succeeded(Self.key(number, call))
  }

  private static func key(_ number: String, _ call: Call) -> String { "\(call.hall)/\(number)" }

  /// Who comes without a token is known by address alone.
  private static func source(_ call: Call) -> String {
    call.pass.roles == [.public] ? call.pass.source : call.pass.owner
  }

  private static func day(_ call: Call) -> Day { call.legalTime.day(of: call.realNow) }
}

extension Refusal {
  /// Too many wrong query codes were tried today.
  package static let lookupLocked = Self(
    .resourceExhausted,
    "LOOKUP_LOCKED",
    rule: "I9",
    zh: "查询码错误次数过多，请次日再试，或登录、到窗口办理",
    en: "Too many wrong query codes; try tomorrow, or with a login or at a window",
    retryAfterSeconds: 3_600
  )
}

extension ServiceLimits {
  /// Wrong query codes for one number in a day; after them it cannot be looked up until the next.
  package static let wrongCodesPerNumber = 10

  /// Wrong query codes from one source in a day.
  package static let wrongCodesPerSource = 100

  /// Over how many counters the numbers, and the sources, of wrong codes are spread: two that share
  /// one are locked together, which a hash of the process's own keeps from being brought about.
  package static let wrongCodeCounters = 1 << 17
}

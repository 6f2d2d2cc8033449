internal import Connect
package import Kernel
internal import Messages
internal import Synchronization

/// Counts wrong query codes, so that six digits cannot be tried out.
///
/// Each service that takes such codes has one. It counts by case number, whether there is such a
/// case or not, so that a lock tells nothing; by source; and, where the way asks for it, by both
/// together. Counts end with the day, and with the process: what is lost at a restart are some
/// tries out of a million.
///
/// - Source: docs/rules/intake.md, rule I9; docs/rules/queueing.md, rule Q10
package final class LookupGuard: Sendable {
  /// How many wrong codes in a day lock what, and what is said then.
  package struct Limits: Sendable {
    /// For one number, whoever says them.
    let perNumber: Int
    /// For one number from one source; nil if the limits of both apart suffice.
    let perNumberAndSource: Int?
    /// From one source, for whatever numbers.
    let perSource: Int
    /// What is answered to who is locked out.
    let refusal: Refusal

    /// Of looking an application up.
    ///
    /// Who knows a number can lock it for a day, for all sources. Its owner still sees the
    /// application with a token or at a window.
    package static let lookup = Self(
      perNumber: ServiceLimits.wrongCodesPerNumber,
      perNumberAndSource: nil,
      perSource: ServiceLimits.wrongCodesPerSource,
      refusal: .lookupLocked
    )

    /// Of rating a case.
    ///
    /// There is no other way to do that, so few wrong codes lock nobody but who says them. A number
    /// is locked for all by very many, which are a thousandth of all codes.
    package static let rating = Self(
      perNumber: ServiceLimits.wrongCodesPerRatedNumber,
      perNumberAndSource: ServiceLimits.wrongCodesPerNumber,
      perSource: ServiceLimits.wrongCodesPerSource,
      refusal: .ratingLocked
    )
  }

  /// Counts by the hash of a name: a flood of names fills no memory and makes none forgotten.
  private struct Counters {
    private var counts = [UInt16](repeating: 0, count: ServiceLimits.wrongCodeCounters)

    /// The count of a name; it may be set.
    subscript(name: String) -> Int {
      get { Int(counts[Self.place(name)]) }
      set { counts[Self.place(name)] = UInt16(clamping: newValue) }
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
    /// By number and source; nil where nobody asks for it.
    var pairs: Counters?

    /// Whether these counts are those of a day.
    ///
    /// Those of a day go for the one before it too: a call of yesterday may come late, and the
    /// clock may be set back over midnight, which must not end the counting.
    func covers(_ other: Day) -> Bool {
      other.epochDay == day.epochDay || other.epochDay == day.epochDay - 1
    }
  }

  private let limits: Limits
  private let state = Mutex<State?>(nil)

  /// Makes a guard that has counted nothing.
  package init(_ limits: Limits) {
    self.limits = limits
  }

  /// Says whether nothing is looked up any more, for the number or for the source.
  ///
  /// - Parameters:
  ///   - number: The hall and the number that is asked for.
  ///   - source: Who asks.
  ///   - day: The real day.
  /// - Returns: Whether the look-up is locked.
  package func isLocked(_ number: String, _ source: String, on day: Day) -> Bool {
    state.withLock { state in
      guard let state, state.covers(day) else { return false }
      if let most = limits.perNumberAndSource,
        let count = state.pairs?[Self.pair(number, source)], count >= most
      {
        return true
      }
      return state.numbers[number] >= limits.perNumber
        || state.sources[source] >= limits.perSource
    }
  }

  /// Counts a wrong code.
  package func failed(_ number: String, _ source: String, on day: Day) {
    state.withLock { state in
      if state?.covers(day) != true {
        state = State(day: day, pairs: limits.perNumberAndSource.map { _ in Counters() })
      }
      state?.numbers[number] += 1
      state?.sources[source] += 1
      state?.pairs?[Self.pair(number, source)] += 1
    }
  }

  /// Forgets the wrong codes for a number after the right one, all and those of its source.
  package func succeeded(_ number: String, _ source: String) {
    state.withLock { state in
      state?.numbers[number] = 0
      state?.pairs?[Self.pair(number, source)] = 0
    }
  }

  private static func pair(_ number: String, _ source: String) -> String { "\(number) \(source)" }
}

extension LookupGuard {
  /// Refuses a look-up of a number by a call, if it is locked.
  ///
  /// - Throws: ``Refusal/lookupLocked``, or what else the limits say.
  package func check(_ number: String, for call: Call) throws(Refusal) {
    if isLocked(number, call) { throw limits.refusal }
  }

  /// Counts a wrong code that a call said of a number.
  package func failed(_ number: String, for call: Call) {
    failed(Self.key(number, call), Self.source(call), on: Self.day(call))
  }

  /// Forgets the wrong codes for a number after the right one.
  package func succeeded(_ number: String, for call: Call) {
    succeeded(Self.key(number, call), Self.source(call))
  }

  private func isLocked(_ number: String, _ call: Call) -> Bool {
    isLocked(Self.key(number, call), Self.source(call), on: Self.day(call))
  }

  private static func key(_ number: String, _ call: Call) -> String { "\(call.hall)/\(number)" }

  /// Who comes without a token is known by address alone.
  private static func source(_ call: Call) -> String {
    call.pass.roles == [.public] ? call.pass.source : call.pass.owner
  }

  private static func day(_ call: Call) -> Day { call.legalTime.day(of: call.realNow) }
}

// The counts stand outside the transaction, and a write handler may be run again: a call is judged
// and counted in its first run alone.
extension LookupGuard {
  /// Refuses a write about a number, if it is locked.
  ///
  /// - Throws: ``Refusal/ratingLocked``, or what else the limits say.
  package func check(_ number: String, for writing: Writing) throws(Refusal) {
    let isRefused = writing.once("lookup is locked") { isLocked(number, writing.call) }
    if isRefused { throw limits.refusal }
  }

  /// Counts a wrong code that a write said of a number.
  package func failed(_ number: String, for writing: Writing) {
    writing.once("lookup is counted") { failed(number, for: writing.call) }
  }

  /// Forgets the wrong codes for a number after the right one.
  package func succeeded(_ number: String, for writing: Writing) {
    writing.once("lookup is counted") { succeeded(number, for: writing.call) }
  }
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

  /// Too many wrong query codes were tried today for the case that is to be rated.
  package static let ratingLocked = Self(
    .resourceExhausted,
    "LOOKUP_LOCKED",
    rule: "Q10",
    zh: "查询码错误次数过多，今日不能再评价，请次日凭回执上的查询码再评",
    en: "Too many wrong query codes; rate tomorrow, with the code on the receipt",
    retryAfterSeconds: 3_600
  )
}

extension ServiceLimits {
  /// Wrong query codes for one number in a day; after them it cannot be looked up until the next,
  /// or not be rated from the source that said them.
  package static let wrongCodesPerNumber = 10

  /// Wrong query codes for one number in a day, from whatever sources, after which it cannot be
  /// rated until the next: a thousandth of all codes, and ten sources at their own limit.
  package static let wrongCodesPerRatedNumber = 1_000

  /// Wrong query codes from one source in a day.
  package static let wrongCodesPerSource = 100

  /// Over how many counters the numbers, and the sources, of wrong codes are spread: two that share
  /// one are locked together, which a hash of the process's own keeps from being brought about.
  package static let wrongCodeCounters = 1 << 17
}

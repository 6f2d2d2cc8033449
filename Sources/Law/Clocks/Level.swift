package import Kernel

/// How urgent a case is: the colour of its light.
///
/// - Source: docs/rules/terms.md, rule T17 (levels)
package enum Level: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// Paused.
  case grey
  /// In time.
  case green
  /// At most a fifth of the term is left, or one day.
  case yellow
  /// Due today.
  case orange
  /// Past the promise.
  case red
  /// Past the legal limit.
  case purple

  package static func < (lower: Self, higher: Self) -> Bool {
    lower.rawValue < higher.rawValue
  }
}

/// Which clock of a case.
///
/// - Source: docs/rules/terms.md, rules T14 (two clocks) and T19 (steps)
package enum ClockKind: Sendable, Hashable, CaseIterable {
  /// The promise (承诺时限).
  case promise
  /// The legal limit (法定时限).
  case legal
  /// The term of a step or branch.
  case step
}

/// One warning that a clock will give, if nothing happens before.
///
/// - Source: docs/rules/terms.md, rules T15 (24:00) and T17 (levels)
package struct Warning: Sendable, Hashable {
  /// What is reached.
  package let level: Level

  /// By which clock.
  package let kind: ClockKind

  /// When: 00:00 of a day.
  package let instant: Instant

  /// The due day that the warning is about.
  package let due: Day

  /// When the term is over: 24:00 of the due day.
  package let dueInstant: Instant
}

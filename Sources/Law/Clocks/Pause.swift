package import Kernel

/// A span in which a clock stands still: from its first day up to, not including, the day of
/// resumption.
///
/// - Source: docs/rules/terms.md, rule T9 (half-open)
package struct Pause: Sendable, Hashable {
  /// The first day that does not count.
  package var stop: Day

  /// The first day that counts again; nil while nobody knows.
  package var resume: Day?

  /// The day on which it is planned to resume; nil if nothing was planned.
  package var planned: Day?

  /// What it is for; nil if unknown.
  package var procedure: SpecialProcedure?

  package init(
    from stop: Day,
    upTo resume: Day?,
    planned: Day? = nil,
    procedure: SpecialProcedure? = nil
  ) {
    self.stop = stop
    self.resume = resume
    self.planned = planned
    self.procedure = procedure
  }

  /// The day of resumption; an open pause is taken to end on `today`.
  func resume(asOf today: Day) -> Day {
    resume ?? max(stop, today)
  }
}

package import Kernel

/// One run of a special procedure in a case, with what it stops.
///
/// - Source: docs/rules/terms.md, rules T9 (half-open) and T11 (Administrative Licensing Law 45)
package struct Suspension: Sendable, Hashable {
  /// The procedure.
  package let procedure: SpecialProcedure

  /// The day on which it began; this day is stopped.
  package let stop: Day

  /// The day on which it is planned to end, as the written notice says; this day would run.
  package let planned: Day?

  /// The day on which it ended, which runs again; nil while it is open.
  package internal(set) var resume: Day?

  /// Whether it stops the legal clock.
  package let stopsLegal: Bool

  /// Whether it stops the promise.
  package let stopsPromise: Bool

  /// The suspension as a stored record has it, unchecked.
  package init(
    procedure: SpecialProcedure,
    stop: Day,
    planned: Day? = nil,
    resume: Day? = nil,
    stopsLegal: Bool,
    stopsPromise: Bool
  ) {
    self.procedure = procedure
    self.stop = stop
    self.planned = planned
    self.resume = resume
    self.stopsLegal = stopsLegal
    self.stopsPromise = stopsPromise
  }

  /// The pause that the suspension means for a clock that it stops.
  package var pause: Pause {
    Pause(from: stop, upTo: resume, planned: planned, procedure: procedure)
  }
}

package import Kernel

/// The special procedures of a case, in the order in which they ran.
///
/// At most one is open, and no two overlap.
///
/// - Source: docs/rules/terms.md, rules T11 (Administrative Licensing Law 45) and T12 (no overlap)
package struct SuspensionLedger: Sendable, Hashable {
  /// Why the ledger refuses an entry, in order of precedence.
  package enum Refusal: Error, Sendable, Hashable, CaseIterable {
    /// An extension lengthens a term; it does not stop a clock.
    case extensionStopsNothing
    /// The item does not list the procedure with its legal basis.
    case notListed
    /// A suspension is still open.
    case stillOpen
    /// It would begin before the last one ended.
    case overlaps
    /// Its planned end lies before its beginning or on it.
    case plannedEndNotAfterStart
    /// There is nothing to end.
    case nothingOpen
    /// It would end before it began.
    case endsBeforeItBegan
  }

  /// The suspensions, earliest first.
  package private(set) var suspensions: [Suspension]

  /// The ledger of stored records, which it puts in order.
  package init(_ suspensions: [Suspension] = []) {
    self.suspensions = suspensions.sorted { $0.stop < $1.stop }
  }

  /// The suspension that is still open, if any.
  package var open: Suspension? { suspensions.last { $0.resume == nil } }

  /// Begins a special procedure.
  ///
  /// - Parameters:
  ///   - procedure: What begins.
  ///   - listing: What the item's version says about it; nil if it does not list it.
  ///   - day: The first day that is stopped.
  ///   - planned: The day on which it is to resume, as the applicant is told.
  /// - Throws: The first ``Refusal`` that applies.
  /// - Source: docs/rules/terms.md, rules T11 (Administrative Licensing Law 45) and T12
  package mutating func start(
    _ procedure: SpecialProcedure,
    listing: ProcedureListing?,
    on day: Day,
    planned: Day? = nil
  ) throws(Refusal) {
    guard procedure != .termExtension else { throw .extensionStopsNothing }
    let isListed = listing?.procedure == procedure && listing?.basis.isEmpty == false
    guard isListed || !procedure.stopsLegalClock else { throw .notListed }
    guard open == nil else { throw .stillOpen }
    if let last = suspensions.last?.resume, day < last { throw .overlaps }
    if let planned, planned <= day { throw .plannedEndNotAfterStart }
    suspensions.append(
      Suspension(
        procedure: procedure,
        stop: day,
        planned: planned,
        stopsLegal: procedure.stopsLegalClock,
        stopsPromise: procedure.stopsLegalClock || isListed && listing?.stopsPromise == true
      )
    )
  }

  /// Ends the special procedure that is open.
  ///
  /// - Parameter day: The first day that runs again; the day of the beginning stops nothing.
  /// - Throws: The first ``Refusal`` that applies.
  /// - Source: docs/rules/terms.md, rule T12 (no overlap)
  package mutating func end(on day: Day) throws(Refusal) {
    guard let index = suspensions.lastIndex(where: { $0.resume == nil }) else {
      throw .nothingOpen
    }
    guard day >= suspensions[index].stop else { throw .endsBeforeItBegan }
    suspensions[index].resume = day
  }

  /// The pauses of the clock of a kind; those of a step are those of the promise.
  package func pauses(of kind: ClockKind) -> [Pause] {
    suspensions.filter { kind == .legal ? $0.stopsLegal : $0.stopsPromise }.map(\.pause)
  }
}

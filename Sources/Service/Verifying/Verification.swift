package import Kernel
package import Law
package import Storage

/// A check of a kind of rows of a service's own store, page by page: values in, faults out.
///
/// What a row should hold is worked out by the same function that wrote it.
package struct Verification: Sendable {
  /// What a page came to.
  package struct Page: Sendable {
    /// How many things were looked at.
    package var checked: Int
    /// What is wrong with them.
    package var faults: [StoredFault]
    /// Behind what the next page begins; nil at the end.
    package var next: [Value]?

    package init(checked: Int, faults: [StoredFault], next: [Value]?) {
      self.checked = checked
      self.faults = faults
      self.next = next
    }
  }

  /// How many rows one look at the store takes.
  package static let page = 200

  /// What is checked, for example `cases`.
  package let name: String
  /// Before all rows.
  package let start: [Value]
  /// Checks the rows behind a mark; it takes its own looks at the store, each of them short.
  package let check: @Sendable (Verifier, [Value]) throws -> Page

  package init(
    _ name: String,
    from start: [Value],
    check: @escaping @Sendable (Verifier, [Value]) throws -> Page
  ) {
    self.name = name
    self.start = start
    self.check = check
  }

  /// A check of rows one by one, a page in one snapshot.
  ///
  /// - Parameters:
  ///   - name: What is checked.
  ///   - start: Before all rows.
  ///   - rows: Reads so many rows behind a mark, in the order of the mark.
  ///   - mark: Where a row stands, and the hall that it belongs to.
  ///   - faults: What is wrong with a row.
  /// - Returns: The check. A row that cannot be checked for want of what it needs is a fault.
  package static func rows<Row>(
    _ name: String,
    from start: [Value],
    _ rows: @escaping @Sendable (Snapshot, [Value], _ limit: Int) throws -> [Row],
    mark: @escaping @Sendable (Row) -> (hall: String, subject: String, next: [Value]),
    faults: @escaping @Sendable (Row, Reading) throws -> [StoredFault]
  ) -> Self {
    Self(name, from: start) { verifier, after in
      try verifier.read { snapshot in
        let found = try rows(snapshot, after, Self.page)
        var page = Page(checked: found.count, faults: [], next: nil)
        for row in found {
          let (hall, subject, _) = mark(row)
          do {
            page.faults += try faults(row, verifier.reading(snapshot, hall: hall))
          } catch {
            page.faults.append(.unchecked(subject, error))
          }
        }
        if found.count == Self.page { page.next = found.last.map { mark($0).next } }
        return page
      }
    }
  }
}

/// What a check works on: the store, and what must be known beside it.
package struct Verifier: Sendable {
  private let engine: Engine
  private let call: Call

  init(_ engine: Engine) {
    self.engine = engine
    call = Call.ofTheSystem(
      "Verify",
      service: engine.definition.name,
      hall: engine.defaultHall,
      now: engine.surroundings.hallNow(),
      surroundings: engine.surroundings
    )
  }

  /// The seal of the store.
  package var seal: Seal { engine.seal }

  /// Takes a look at the store, which should take less than a second and do nothing but read.
  package func read<R>(_ body: (Snapshot) throws -> R) throws -> R {
    try engine.store.read(isTakenAtOnce: true, body)
  }

  /// What handlers read through, in a hall, at the instant at which the check began.
  package func reading(_ snapshot: Snapshot, hall: String) -> Reading {
    var call = call
    call.hall = hall
    return Reading(call: call, snapshot: snapshot, seal: engine.seal)
  }
}

extension StoredFault {
  /// What could not be checked, and why.
  package static func unchecked(_ subject: String, _ error: any Error) -> Self {
    let detail =
      (error as? StoreError)?.detail ?? (error as? Refusal)?.reason ?? String(describing: error)
    return Self(.unchecked, of: subject, stored: detail, expected: "to be readable")
  }

  /// Sealed bytes that the present seal does not open; nil if it does, or if there are none.
  package static func sealed(_ bytes: [UInt8]?, of subject: String, by seal: Seal) -> Self? {
    guard let bytes else { return nil }
    do {
      _ = try seal.open(bytes)
      return nil
    } catch {
      return Self(.seal, of: subject, stored: "\(error)", expected: "to open with the present seal")
    }
  }

  /// A day that is not the one that was worked out; nil if it is.
  package static func day(
    _ subject: String,
    _ column: String,
    stored: Day?,
    expected: Day?
  ) -> Self? {
    guard stored != expected else { return nil }
    return Self(
      .dueDay,
      of: "\(subject) \(column)",
      stored: stored?.description ?? "-",
      expected: expected?.description ?? "-"
    )
  }
}

extension Reading {
  /// How many versions of the calendar are tried.
  private static let calendars = 50

  /// The versions of the hall's work calendar that are kept, the latest first.
  ///
  /// What was closed under an earlier calendar keeps the day that this gave.
  ///
  /// - Throws: ``Refusal`` `CALENDAR_MISSING` if none was published.
  package func keptCalendars() throws -> [WorkCalendar] {
    let versions = try snapshot.versions(
      hall: call.hall,
      kind: Self.calendarKind,
      id: "",
      limit: Self.calendars
    )
    guard !versions.isEmpty else { throw Refusal.calendarMissing }
    return try versions.map { try calendar(version: $0) }
  }
}

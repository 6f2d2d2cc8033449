internal import Kernel
package import Messages
package import Service

// How handlers find what a call is about, and who may see it.

extension Reading {
  /// The application of a number or draft id, if the caller may touch it.
  ///
  /// A draft is seen by its owner alone, also in the hall.
  ///
  /// - Throws: ``Refusal`` `NOT_FOUND`, the same for what is not there and what is another's.
  package func application(_ number: String) throws -> ApplicationRow {
    guard let row = try snapshot.application(hall: call.hall, number: number),
      call.mayTouch(ownedBy: row.owner),
      row.state != .draft || row.owner == call.pass.owner
    else { throw Refusal.notFound(number) }
    return row
  }

  /// The item as it is in force today.
  ///
  /// - Throws: ``IntakeRefusal/unknownItem(_:)`` if it is unknown, not yet in force or was cut.
  package func itemInForce(_ code: String) throws -> KeptItem {
    let today = call.today.description
    var found = try item(code)
    // The latest version may begin later; until then the one before it applies.
    while let later = found, later.published.effectiveOn > today {
      let version = later.published.version
      found = version > 1 ? try item(code, version: version - 1) : nil
    }
    guard let found, found.published.item != nil else { throw IntakeRefusal.unknownItem(code) }
    if let retired = try reference(CatalogueV1.RetiredItem.self, code),
      retired.retiredOn <= today, found.published.effectiveOn <= retired.retiredOn
    {
      throw IntakeRefusal.unknownItem(code)
    }
    return found
  }

  /// The item in the version that applies to an application.
  package func item(of row: ApplicationRow) throws -> CatalogueV1.Item {
    try keptItem(of: row)?.published.item ?? CatalogueV1.Item(code: row.itemCode)
  }

  /// The same in the box in which it is kept; nil if the catalogue has not told of it yet.
  func keptItem(of row: ApplicationRow) throws -> KeptItem? {
    try item(row.itemCode, version: row.itemVersion)
  }

  /// The item's name; empty if the catalogue has not told of it yet.
  package func itemName(of row: ApplicationRow) throws -> String {
    try keptItem(of: row)?.published.item?.name ?? ""
  }

  /// Who applies, opened.
  package func applicant(of row: ApplicationRow) throws -> IntakeV1.Applicant {
    try IntakeV1.Applicant.decode(seal.open(row.applicant))
  }

  /// The six digits of an application's receipt.
  package func queryCode(of number: String) -> String {
    QueryCode.code(of: seal.hash("query-code", Array(number.utf8)))
  }

  /// Refuses who handed the application in, or the portal through which it came.
  ///
  /// - Throws: ``IntakeRefusal/applicantSide(_:)``.
  /// - Source: docs/rules/intake.md, rule I15
  package func refuseApplicantSide(_ row: ApplicationRow) throws(IntakeRefusal) {
    guard isApplicantSide(row) else { return }
    throw .applicantSide(row.number)
  }

  /// Whether the caller handed the application in, or is the portal through which it came.
  func isApplicantSide(_ row: ApplicationRow) -> Bool {
    let caller = call.pass.owner
    return !row.owner.isEmpty && (row.owner == caller || row.owner.hasPrefix(caller + "/"))
  }

  /// A's subject if the caller is the B of its post; else empty.
  package func standsInFor() throws -> String {
    guard let post = try post(call.post), post.holderB?.subject == call.pass.subject else {
      return ""
    }
    return post.holderA?.subject ?? ""
  }
}

extension ApplicationRow {
  /// Goes on to the state that an event leads to.
  ///
  /// - Throws: ``IntakeRefusal/wrongState(_:_:)`` if the event cannot happen now.
  package mutating func go(on event: ApplicationEvent) throws {
    guard let next = Lifecycle.next(state, on: event) else {
      throw IntakeRefusal.wrongState(number, state)
    }
    state = next
  }

  /// Refuses what comes after the five days, when silence has accepted.
  ///
  /// - Throws: ``IntakeRefusal/fiveDaysOver(_:)``.
  package func checkFiveDays(_ call: Call) throws {
    guard let receiptDue, call.now >= call.legalTime.end(of: receiptDue) else { return }
    throw IntakeRefusal.fiveDaysOver(number)
  }
}

import Foundation
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Approval

/// Acceptances that approval hears of when the catalogue has told of newer calendars already: what
/// becomes of them is held against a house that was there.
@Suite struct `Late acceptances` {
  let there: Hall
  let away: Hall

  init() throws {
    there = try Hall()
    away = try Hall()
  }

  /// Lets something happen in a house that is there, and in one that hears of it at the end.
  private func play(_ scenario: (Hall) throws -> Void) throws {
    try scenario(there)
    away.room.isAway = true
    try scenario(away)
    away.room.isAway = false
    try away.room.crash()
  }

  /// All that a caller sees of the case, less the identifiers.
  private func seen(_ hall: Hall) throws -> [String] {
    let found = try hall.theCase()
    let head = "\(found.state) \(found.revision) \(found.promiseDueOn) \(found.legalDueOn)"
    let tasks = found.tasks.map { task in
      let done = task.doneAt?.instant.unixMilliseconds ?? 0
      return "\(task.taskCode) \(task.state) \(task.revision) \(task.dueOn) \(done)"
    }
    let timeline = try hall.timeline().map { entry in
      "\(entry.at?.instant.unixMilliseconds ?? 0) \(entry.type) \(entry.textEn)"
    }
    return [head] + tasks + timeline.sorted()
  }

  /// The autumn with some days changed.
  private func autumn(
    _ name: String,
    off: [String] = [],
    work: [String] = []
  ) -> CatalogueV1.CalendarRevision {
    var revision = Hall.autumn
    revision.name = name
    revision.days.removeAll { (off + work).contains($0.date) }
    func days(
      _ dates: [String],
      _ kind: CatalogueV1.CalendarDayKind
    ) -> [CatalogueV1.CalendarDay] {
      dates.map { CatalogueV1.CalendarDay(date: $0, kind: kind, occasion: "临时") }
    }
    revision.days += days(off, .off) + days(work, .work)
    return revision
  }

  private func hour(_ hour: Int, of hall: Hall) -> Instant {
    hall.room.clock.now.advanced(byMilliseconds: Int64(hour) * 3_600_000)
  }

  @Test func `T21 the due days are those of a case that was there, one calendar after the other`()
    throws
  {
    let first = autumn("2026-b", off: ["2026-09-16", "2026-09-17"])
    let second = autumn("2026-c", off: ["2026-09-16"], work: ["2026-10-05"])
    try play { hall in
      var event = try hall.acceptance()
      event.promiseDueOn = "2026-09-23"
      event.legalDueOn = "2026-10-16"
      try hall.offer(event)
      hall.room.advance(to: hour(6, of: hall))
      try hall.publishCalendar(and: [first], version: 2)
      hall.room.advance(toDay: "2026-09-18")
      try hall.publishCalendar(and: [first, second], version: 3)
      hall.room.advance(to: hour(1, of: hall))
    }
    #expect(try seen(away) == seen(there))
    let moved = try away.theCase()
    #expect(moved.promiseDueOn == "2026-09-24" && moved.legalDueOn == "2026-10-16")
    #expect(moved.tasks.map(\.dueOn) == ["2026-09-18"])
    #expect(moved.revision == 3)
    #expect(try away.timeline().filter { $0.type == "CalendarPublished" }.count == 2)
    #expect(away.room.verify() == [])
  }

  @Test func `T21 T26 no consent is presumed a day before the decree that moved the term`() throws {
    let decree = autumn("2026-b", work: ["2026-09-19"])
    try play { hall in
      hall.room.advance(toDay: "2026-09-17")
      try hall.accept(item: "X3")
      hall.room.advance(toDay: "2026-09-21")
      hall.room.advance(to: hour(10, of: hall))
      try hall.publishCalendar(and: [decree], version: 2)
    }
    // Three days from 09-17 were 09-18, 09-20 and 09-21; now they would end on the 20th.
    #expect(try away.task("consult").dueOn == "2026-09-21")
    #expect(try away.task("consult").state == .open)
    #expect(try seen(away) == seen(there))
    for hall in [there, away] {
      // What the decree held is held for the next change too.
      try hall.publishCalendar(
        and: [decree, autumn("2026-c", off: ["2026-12-25"], work: ["2026-09-19"])],
        version: 3
      )
      #expect(try hall.task("consult").dueOn == "2026-09-21")
      hall.room.advance(toDay: "2026-09-22")
    }
    #expect(try away.task("consult").state == .tacit)
    #expect(try seen(away) == seen(there))
  }

  @Test func `T26 consent that was there before the calendar came stays`() throws {
    // The term that ended on the 21st would end on the 22nd.
    let decree = autumn("2026-b", off: ["2026-09-21"])
    try play { hall in
      hall.room.advance(toDay: "2026-09-17")
      try hall.accept(item: "X3")
      hall.room.advance(toDay: "2026-09-22")
      hall.room.advance(to: hour(10, of: hall))
      try hall.publishCalendar(and: [decree], version: 2)
    }
    let task = try away.task("consult")
    #expect(task.state == .tacit && task.dueOn == "2026-09-21")
    #expect(try away.task("licence").dueOn == "2026-09-22")
    #expect(try seen(away) == seen(there))
  }

  @Test func `T26 consent that a case known before was given stays, whenever its timer fires`()
    throws
  {
    let decree = autumn("2026-b", off: ["2026-09-21"])
    for hall in [there, away] {
      hall.room.advance(toDay: "2026-09-17")
      try hall.accept(item: "X3")
    }
    there.room.advance(toDay: "2026-09-22")
    away.room.clock.set(there.room.clock.now)
    for hall in [there, away] {
      hall.room.clock.set(hour(10, of: hall))
      try hall.publishCalendar(and: [decree], version: 2)
    }
    #expect(try away.task("consult").state == .tacit)
    #expect(try seen(away) == seen(there))
  }

  @Test func `T26 consent stays through two calendars that come before its timer fires`() throws {
    // The first takes the day off on which silence was consent, the second the one behind it.
    let first = autumn("2026-b", off: ["2026-09-22"])
    let second = autumn("2026-c", off: ["2026-09-22", "2026-09-23"])
    for hall in [there, away] {
      hall.room.advance(toDay: "2026-09-17")
      try hall.accept(item: "X3")
    }
    there.room.advance(toDay: "2026-09-22")
    away.room.clock.set(there.room.clock.now)
    for hall in [there, away] {
      hall.room.clock.set(hour(10, of: hall))
      hall.room.isAway = true
      try hall.publishCalendar(and: [first], version: 2)
      hall.room.isAway = false
      try hall.publishCalendar(and: [second], version: 3)
    }
    let task = try away.task("consult")
    #expect(task.state == .tacit && task.dueOn == "2026-09-21")
    #expect(try seen(away) == seen(there))
  }

  @Test func `a store of an older program takes the calendar that it has for one of always`() throws
  {
    let folder = "\(there.room.folder)/before"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/approval.sqlite"
    let before = try Store.open(
      path: path,
      migrations: Array(Schema.migrations.prefix(1)),
      service: "approval"
    )
    try before.write { transaction in
      for version in [Int64(1), 2] {
        try transaction.saveReference(
          Reference(
            hall: Room.hall,
            kind: CatalogueV1.CalendarFile.fullName,
            id: "",
            version: version,
            message: []
          )
        )
      }
    }
    before.close()
    let store = try Store.open(
      path: path,
      migrations: Schema.migrations,
      service: "approval"
    )
    defer { store.close() }
    let known = try store.read { snapshot in
      try snapshot.calendars(from: CalendarVersion.always, hall: Room.hall)
    }
    #expect(known == [CalendarVersion(version: 2, since: CalendarVersion.always)])
  }
}

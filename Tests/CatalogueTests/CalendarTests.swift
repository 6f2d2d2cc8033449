import Kernel
import Messages
import Simulation
import Testing

@Suite("CalendarService")
struct CalendarTests {
  typealias Service = CatalogueV1.CalendarService

  static func room() throws -> Room {
    let room = try Sample.room()
    try room.put(try RealData.calendar())
    return room
  }

  static func revision(
    _ name: String,
    year: Int32,
    days: [String] = []
  ) -> CatalogueV1.CalendarRevision {
    .init(
      name: name,
      decrees: [.init(title: "通知", url: "https://www.gov.cn/\(name)")],
      years: [year],
      days: days.map { .init(date: $0, kind: .off, occasion: "元旦") }
    )
  }

  func faults(_ room: Room, _ revisions: [CatalogueV1.CalendarRevision]) throws -> [String] {
    do {
      try room.call(
        Service.importCalendar,
        .init(file: .init(revisions: revisions), dryRun: true),
        as: Sample.editor
      )
      return []
    } catch let refused as Room.Refused {
      return refused.refusal.violations.map { "\($0.field) \($0.reason)" }
    }
  }

  @Test
  func `The shipped calendar is published whole and its version rises`() throws {
    let room = try Self.room()
    let new = Self.revision("2027-1", year: 2027, days: ["2027-01-01"])
    let response = try room.call(
      Service.importCalendar,
      .init(file: .init(revisions: [new])),
      as: Sample.editor
    )
    #expect(response.newRevisions == 1)
    #expect(response.years == Array(2007...2027))
    #expect(try room.publish(response.importId).published == 1)
    let published = try room.published(CatalogueV1.CalendarPublished.self)
    #expect(published.map(\.version) == [1, 2])
    let before = try RealData.calendar().revisions
    #expect(published.last?.file?.revisions == before + [new])
    let calendar = try room.call(Service.getCalendar, .init(), as: .anybody)
    #expect(calendar.revisions.count == before.count + 1)
    #expect(calendar.revisions.allSatisfy { $0.days.isEmpty && !$0.decrees.isEmpty })
    #expect(calendar.years == Array(2007...2027))
  }

  @Test
  func `A whole file that repeats what is in force publishes nothing new`() throws {
    let room = try Self.room()
    #expect(try room.put(try RealData.calendar()).published == 0)
    #expect(try room.published(CatalogueV1.CalendarPublished.self).count == 1)
  }

  /// docs/rules/catalogue.md, rule C23.
  @Test
  func `Faults of revisions are told at once`() throws {
    let room = try Self.room()
    var bad = Self.revision("2027-1", year: 2027, days: ["2027-01-01", "2027-01-01", "2029-01-01"])
    bad.decrees[0].url = ""
    #expect(
      try faults(room, [bad, Self.revision("2027-1", year: 2028)]) == [
        "file.revisions[0].decrees DECREE_MISSING", "file.revisions[0].days[1].date DUPLICATE",
        "file.revisions[0].days[2].date OUT_OF_RANGE", "file.revisions[1].name DUPLICATE",
      ]
    )
  }

  @Test
  func `A field that breaks its own rule hides no other fault`() throws {
    var bad = Self.revision("2027-1", year: 2027, days: ["2027-01-01", "2027-01-01"])
    bad.name = ""
    bad.decrees[0].url = ""
    #expect(
      try faults(Self.room(), [bad, Self.revision("2028-1", year: 2300)]) == [
        "file.revisions[0].name REQUIRED", "file.revisions[1].years[0] OUT_OF_RANGE",
        "file.revisions[0].decrees DECREE_MISSING", "file.revisions[0].days[1].date DUPLICATE",
      ]
    )
  }

  /// docs/rules/catalogue.md, rule C25.
  @Test
  func `A decree that was brought in before its correction is not published behind it`() throws {
    let room = try Self.room()
    func bring(_ names: String...) throws -> String {
      let revisions = names.map { Self.revision($0, year: 2027) }
      return try room.call(
        Service.importCalendar,
        .init(file: .init(revisions: revisions)),
        as: Sample.editor
      ).importId
    }
    let decree = try bring("2027")
    let correction = try bring("2027-2")
    let both = try bring("2027-2", "2027")
    try room.publish(correction)
    for (id, paths) in [(decree, ["file.revisions[0]"]), (both, ["file.revisions[1]"])] {
      let refused = #expect(throws: Room.Refused.self) { try room.publish(id) }
      #expect(refused?.reason == "IMPORT_OUTDATED")
      #expect(refused?.refusal.violations.map(\.field) == paths)
      #expect(refused?.refusal.violations.map(\.reason) == ["PUBLISHED_SINCE"])
    }
    let names = try room.call(Service.getCalendar, .init(), as: .anybody).revisions.map(\.name)
    #expect(names.last == "2027-2")
    // Who means it imports again, and what brings nothing new is no matter.
    #expect(try room.publish(bring("2027")).published == 1)
    let known = try bring("2027-2")
    try room.put(.init(revisions: [Self.revision("2028", year: 2028)]))
    #expect(try room.publish(known).published == 0)
  }

  /// docs/rules/catalogue.md, rules C24 and C25.
  @Test
  func `A revision in force is not changed, and what is new stands behind it`() throws {
    let room = try Self.room()
    let known = try #require(try RealData.calendar().revisions.last)
    var changed = known
    changed.days.removeLast()
    #expect(try faults(room, [changed]) == ["file.revisions[0] REVISION_DIFFERS"])
    let new = Self.revision("2027-1", year: 2027)
    #expect(try faults(room, [new, known]) == ["file.revisions[1] ORDER"])
    #expect(try faults(room, [known, new]) == [])
  }

  @Test
  func `The same person does not publish a calendar`() throws {
    let room = try Sample.room()
    let both = Identity("x", [.catalogueEditor, .catalogueApprover])
    let response = try room.call(
      Service.importCalendar,
      .init(file: .init(revisions: [Self.revision("2027-1", year: 2027)])),
      as: both
    )
    let refused = #expect(throws: Room.Refused.self) {
      try room.publish(response.importId, as: both)
    }
    #expect(refused?.reason == "SAME_PERSON")
  }

  @Test
  func `Without a calendar nothing is counted`() throws {
    let room = try Sample.room()
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(
        Service.computeDue,
        .init(start: "2026-09-14", term: Sample.days(20)),
        as: .anybody
      )
    }
    #expect(refused?.reason == "CALENDAR_MISSING")
    #expect(try room.call(Service.getCalendar, .init(), as: .anybody).revisions.isEmpty)
  }

  @Test
  func `Days are explained`() throws {
    let room = try Self.room()
    let days = try room.call(
      Service.explainDay,
      .init(from: "2026-09-25", to: "2026-09-28"),
      as: .anybody
    ).days
    #expect(days.map(\.working) == [false, false, false, true])
    #expect(days.map(\.weekday) == [5, 6, 7, 1])
    #expect(days[0].occasion == "中秋节" || days[0].occasion == "中秋")
    #expect(!days[0].decree.isEmpty)
    #expect(days[3].decree.isEmpty)
    let later = try room.call(Service.explainDay, .init(from: "2031-05-05"), as: .anybody).days
    #expect(later.map(\.provisional) == [true])
  }

  @Test(arguments: [("2026-09-14", "2026-09-13"), ("2026-01-01", "2027-02-05")])
  func `Ranges of days are bounded`(_ from: String, _ to: String) throws {
    let room = try Self.room()
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(Service.explainDay, .init(from: from, to: to), as: .anybody)
    }
    #expect(refused?.refusal.violations.map(\.field) == ["to"])
  }

  @Test
  func `A due day explains itself`() throws {
    let room = try Self.room()
    let plain = try #require(
      try room.call(
        Service.computeDue,
        .init(start: "2026-09-14", term: Sample.days(20)),
        as: .anybody
      ).due
    )
    #expect(plain.dueOn == "2026-10-16")
    #expect(!plain.provisional)
    #expect(plain.days.isEmpty)
    #expect(!plain.summaryZh.isEmpty && !plain.summaryEn.isEmpty)
    // Four days stand still: 09-20, a Sunday, is worked (调休).
    let stopped = try #require(
      try room.call(
        Service.computeDue,
        .init(
          start: "2026-09-14",
          term: Sample.days(20),
          suspensions: [.init(stoppedOn: "2026-09-16", resumedOn: "2026-09-21")],
          explain: true
        ),
        as: .anybody
      ).due
    )
    #expect(stopped.dueOn == "2026-10-22")
    #expect(stopped.days.last { $0.counted }?.number == 20)
    #expect(stopped.days.last { $0.counted }?.day == "2026-10-22")
  }

  @Test
  func `Questions without sense are refused`() throws {
    let room = try Self.room()
    func fields(_ request: CatalogueV1.ComputeDueRequest) throws -> [String] {
      do {
        try room.call(Service.computeDue, request, as: .anybody)
        return []
      } catch let refused as Room.Refused {
        return refused.refusal.violations.map(\.field)
      }
    }
    #expect(try fields(.init(start: "1912-01-01", term: Sample.days(1))) == ["start"])
    #expect(try fields(.init(start: "2026-09-14", term: Sample.days(0))) == ["term"])
    #expect(
      try fields(
        .init(
          start: "1912-01-01",
          term: Sample.days(0),
          suspensions: [.init(stoppedOn: "1911-01-01", resumedOn: "1911-01-01")]
        )
      ) == ["start", "term", "suspensions[0].stopped_on", "suspensions[0].resumed_on"]
    )
    let term = Sample.days(5)
    let suspensions: [CatalogueV1.Suspension] = [
      .init(stoppedOn: "2026-09-25", resumedOn: "2026-09-25"),
      .init(stoppedOn: "2026-09-01", resumedOn: "2026-09-20"),
      .init(stoppedOn: "2026-09-19", resumedOn: "2026-09-22"),
    ]
    #expect(
      try fields(.init(start: "2026-09-14", term: term, suspensions: suspensions)) == [
        "suspensions[0].resumed_on", "suspensions[1].stopped_on", "suspensions[2]",
      ]
    )
    let long = CommonV1.Term(amount: 3_650, unit: .month)
    #expect(try fields(.init(start: "2026-09-14", term: long, explain: true)) == ["explain"])
    #expect(try fields(.init(start: "2026-09-14", term: long)) == [])
  }
}

import Approval
import Kernel
import Law
import Messages
import Service
import Simulation
import Storage
import TestSupport

/// A room of approval with a small catalogue, and short words for what people do in it.
///
/// Department 021 decides; 030 is consulted and has a licence of its own. Item X1 has all kinds of
/// tasks, X2 one that is done on the spot and yields no certificate, X3 only a consultation.
final class Hall {
  static let number = "37021220260914021000017"

  let room: Room

  init() throws {
    room = try Room(.approval())
    try publishCalendar(version: 1)
    for post in Self.posts {
      try room.offer(CatalogueV1.PostPublished(post: post), subject: post.code, from: "catalogue")
    }
    for item in [Self.full, Self.immediate, Self.consultOnly] { try publish(item) }
  }

  // MARK: - Catalogue

  func publish(_ item: CatalogueV1.Item, version: Int64 = 1) throws {
    let published = CatalogueV1.ItemVersion(item: item, version: version)
    try room.offer(
      CatalogueV1.ItemPublished(item: published),
      subject: item.code,
      from: "catalogue"
    )
  }

  /// Publishes the autumn of 2026 and further revisions.
  func publishCalendar(and more: [CatalogueV1.CalendarRevision] = [], version: Int64) throws {
    let file = CatalogueV1.CalendarFile(revisions: [Self.autumn] + more)
    try room.offer(
      CatalogueV1.CalendarPublished(file: file, version: version),
      subject: "calendar",
      from: "catalogue"
    )
  }

  /// The days of 2026-09 and 2026-10 that the State Council's notice names.
  static let autumn: CatalogueV1.CalendarRevision = {
    let off = ["09-25", "09-26", "09-27"] + (1...7).map { "10-0\($0)" }
    func days(_ dates: [String], _ kind: CatalogueV1.CalendarDayKind) -> [CatalogueV1.CalendarDay] {
      dates.map { CatalogueV1.CalendarDay(date: "2026-\($0)", kind: kind, occasion: "国庆节") }
    }
    return CatalogueV1.CalendarRevision(
      name: "2026",
      decrees: [CatalogueV1.Decree(title: "国务院办公厅关于2026年部分节假日安排的通知")],
      years: [2026],
      days: days(off, .off) + days(["09-20", "10-10"], .work)
    )
  }()

  static let posts: [CatalogueV1.Post] = [
    post("H01", "021", .handler, "handler-a", "handler-b"),
    post("R01", "021", .reviewer, "reviewer-a", "handler-a"),
    post("C01", "021", .chief, "chief-a", "chief-b"),
    post("L01", "021", .leader, "leader-a", "leader-b"),
    post("F01", "030", .handler, "fire-a", "fire-b"),
    post("F02", "030", .reviewer, "water-a", "water-b"),
    post("C30", "030", .chief, "other-chief", "other-chief-b"),
    post("Z01", "099", .certificateDesk, "desk-a", "desk-b"),
  ]

  static func post(
    _ code: String,
    _ department: String,
    _ role: AccessV1.Role,
    _ a: String,
    _ b: String
  ) -> CatalogueV1.Post {
    CatalogueV1.Post(
      code: code,
      departmentCode: department,
      name: code,
      nameEn: code,
      role: role,
      holderA: CatalogueV1.Holder(subject: a, name: a),
      holderB: CatalogueV1.Holder(subject: b, name: b)
    )
  }

  static let full: CatalogueV1.Item = {
    var item = CatalogueV1.Item(
      code: "X1",
      name: "公共场所卫生许可",
      departmentCode: "021",
      caseType: "2",
      legalLimit: Term.workingDays(20).message,
      promise: Term.workingDays(8).message,
      startEvent: .accepted,
      resultName: "公共场所卫生许可证",
      resultType: "1",
      certificatePrefix: "鲁卫公证",
      certificateMonths: 48
    )
    item.stages = [
      CatalogueV1.Stage(code: "S1", name: "承办", tasks: [plan("handle", "021", "H01", .handle, 2)]),
      CatalogueV1.Stage(
        code: "S2",
        name: "会签",
        tasks: [
          plan("review", "021", "R01", .review, 2),
          plan("consult", "030", "F01", .consult, 3),
          plan("licence", "030", "F02", .licence, 3),
        ]
      ),
    ]
    item.specialProcedures = [
      rule(.expertReview, "专家评审办法第3条", longest: 5),
      rule(.siteVisit, "现场核查规定"),
      rule(.rectification, "整改规定", stopsPromise: true),
      rule(.hearing, ""),
    ]
    return item
  }()

  static let immediate: CatalogueV1.Item = {
    var item = full
    item.code = "X2"
    item.stages = [
      CatalogueV1.Stage(code: "S1", name: "办理", tasks: [plan("handle", "021", "H01", .handle, 1)])
    ]
    item.resultType = "4"
    item.samePersonMayDecide = true
    return item
  }()

  static let consultOnly: CatalogueV1.Item = {
    var item = full
    item.code = "X3"
    item.stages = [
      CatalogueV1.Stage(
        code: "S1",
        name: "征求意见",
        tasks: [
          plan("consult", "030", "F01", .consult, 3), plan("licence", "030", "F02", .licence, 3),
        ]
      )
    ]
    return item
  }()

  static func plan(
    _ code: String,
    _ department: String,
    _ post: String,
    _ nature: CatalogueV1.TaskNature,
    _ days: Int
  ) -> CatalogueV1.TaskPlan {
    CatalogueV1.TaskPlan(
      code: code,
      name: code,
      departmentCode: department,
      postCode: post,
      nature: nature,
      limit: Term.workingDays(days).message
    )
  }

  static func rule(
    _ kind: CommonV1.SpecialProcedureKind,
    _ basis: String,
    stopsPromise: Bool = false,
    longest: Int? = nil
  ) -> CatalogueV1.SpecialProcedureRule {
    CatalogueV1.SpecialProcedureRule(
      kind: kind,
      basis: basis,
      stopsPromise: stopsPromise,
      longest: longest.map { Term.workingDays($0).message }
    )
  }

  // MARK: - Intake

  static let applicant = IntakeV1.PersonalPart(
    applicant: IntakeV1.Applicant(
      name: "张三",
      subjectType: "1",
      idType: "111",
      idNumber: "11010519491231002X",
      phone: "13800000000"
    ),
    queryCode: "123456",
    owner: "applicant-1"
  )

  /// An acceptance by the clerk of today, as intake tells it.
  func acceptance(
    _ number: String = Hall.number,
    item: String = "X1",
    version: Int64 = 1,
    hall: String = Room.hall,
    by clerk: String = "clerk-1"
  ) throws -> IntakeV1.ApplicationAccepted {
    IntakeV1.ApplicationAccepted(
      admission: try TestKeys.keyring("intake").admission(
        number: number,
        hall: hall,
        itemCode: item,
        itemVersion: version,
        acceptedOn: today
      ),
      departmentCode: "021",
      legalStartOn: today,
      legalLimit: Term.workingDays(20).message,
      promise: Term.workingDays(8).message,
      acceptedBy: clerk
    )
  }

  func accept(
    _ number: String = Hall.number,
    item: String = "X1",
    by clerk: String = "clerk-1"
  ) throws {
    try offer(acceptance(number, item: item, by: clerk), number)
  }

  func offer(
    _ event: IntakeV1.ApplicationAccepted,
    _ number: String = Hall.number,
    reflects: [String: Int64] = [:]
  ) throws {
    try room.offer(
      event,
      subject: number,
      from: "intake",
      personal: Self.applicant,
      reflects: reflects
    )
  }

  var today: String { LegalTime.beijing.day(of: room.clock.now).description }
}

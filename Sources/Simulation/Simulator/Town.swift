internal import Kernel
internal import Law
internal import Messages
internal import Service

/// The small catalogue of a simulated hall: three items, two departments, the autumn of 2026.
enum Town {
  /// 3 items: two clocks and two stages; one limit from receipt; natural days and consultation.
  static let items = [review, licence, consultation]

  static func item(_ code: String) -> CatalogueV1.Item {
    guard let item = items.first(where: { $0.code == code }) else {
      preconditionFailure("The town has no item \(code).")
    }
    return item
  }

  private static let review = CatalogueV1.Item(
    code: "X1",
    name: "公共场所卫生许可",
    departmentCode: "021",
    caseType: "2",
    subjectTypes: ["1"],
    legalLimit: Term.workingDays(20).message,
    promise: Term.workingDays(8).message,
    startEvent: .accepted,
    stages: [
      CatalogueV1.Stage(
        code: "S1",
        name: "承办",
        tasks: [plan("handle", "021", "H21", .handle, 2), plan("ask", "030", "F30", .consult, 3)]
      ),
      CatalogueV1.Stage(code: "S2", name: "审核", tasks: [plan("review", "021", "R21", .review, 2)]),
    ],
    specialProcedures: [
      procedure(.expertReview), procedure(.siteVisit), procedure(.rectification, true),
    ],
    resultType: "4"
  )

  private static let licence = CatalogueV1.Item(
    code: "X2",
    name: "建筑工程施工许可",
    departmentCode: "030",
    caseType: "2",
    subjectTypes: ["1"],
    legalLimit: Term.workingDays(7).message,
    startEvent: .received,
    stages: [
      CatalogueV1.Stage(code: "S1", name: "承办", tasks: [plan("handle", "030", "H30", .handle, 3)])
    ],
    specialProcedures: [procedure(.hearing)],
    resultType: "4"
  )

  private static let consultation = CatalogueV1.Item(
    code: "X3",
    name: "社会团体登记",
    departmentCode: "021",
    caseType: "2",
    subjectTypes: ["1"],
    legalLimit: Term.naturalDays(30).message,
    promise: Term.workingDays(5).message,
    startEvent: .complete,
    stages: [
      CatalogueV1.Stage(code: "S1", name: "征求意见", tasks: [plan("ask", "030", "F30", .consult, 3)])
    ],
    specialProcedures: [procedure(.expertReview), procedure(.publicNotice)],
    resultType: "4"
  )

  private static func procedure(
    _ kind: CommonV1.SpecialProcedureKind,
    _ stopsPromise: Bool = false
  ) -> CatalogueV1.SpecialProcedureRule {
    CatalogueV1.SpecialProcedureRule(kind: kind, basis: "依据", stopsPromise: stopsPromise)
  }

  private static func plan(
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

  // MARK: - People

  static let owner = Identity.applicant("owner-1")
  static let clerk = Identity.official(.clerk, "clerk-a", post: "K21")
  static let desk = holder(of: "Z01")
  static let manager = Identity.official(.hallManager, "manager-1")

  /// The A of a post.
  static func holder(of post: String) -> Identity {
    guard let role = posts[post]?.role else { preconditionFailure("There is no post \(post).") }
    return .official(role, "\(post)-a", post: post)
  }

  /// Who steers and decides the cases of a department.
  static func chief(of department: String) -> Identity {
    holder(of: department == "021" ? "C21" : "C30")
  }

  private static let posts: [String: (department: String, role: AccessV1.Role)] = [
    "H21": ("021", .handler), "R21": ("021", .reviewer), "C21": ("021", .chief),
    "F30": ("030", .handler), "H30": ("030", .handler), "C30": ("030", .chief),
    "Z01": ("099", .certificateDesk),
  ]

  static let person = IntakeV1.Applicant(
    name: "张三",
    subjectType: "1",
    idType: "111",
    idNumber: "370200190001010011",
    phone: "13800001234"
  )

  // MARK: - The catalogue's feed

  /// Autumn 2026: 09-20 and 10-10 are worked, 09-25 to 09-27 and 10-01 to 10-07 are off.
  private static let file: CatalogueV1.CalendarFile = {
    let off = ["09-25", "09-26", "09-27"] + (1...7).map { "10-0\($0)" }
    func days(_ dates: [String], _ kind: CatalogueV1.CalendarDayKind) -> [CatalogueV1.CalendarDay] {
      dates.map { CatalogueV1.CalendarDay(date: "2026-\($0)", kind: kind, occasion: "国庆节") }
    }
    let revision = CatalogueV1.CalendarRevision(
      name: "2026",
      decrees: [CatalogueV1.Decree(title: "国务院办公厅关于2026年部分节假日安排的通知")],
      years: [2026],
      days: days(off, .off) + days(["09-20", "10-10"], .work)
    )
    return CatalogueV1.CalendarFile(revisions: [revision])
  }()

  static let calendar = WorkCalendar(file)

  /// What the catalogue has published when the simulation begins.
  static func feed(now: Instant) -> [FeedV1.Entry] {
    var feed = UpstreamFeed("catalogue")
    func publish(_ payload: some Message, _ subject: String) {
      _ = feed.append(
        payload,
        subject: subject,
        personal: nil,
        reflects: [:],
        hall: Room.hall,
        now: now
      )
    }
    publish(CatalogueV1.CalendarPublished(file: file, version: 1), "calendar")
    for (code, post) in posts.sorted(by: { $0.key < $1.key }) {
      let published = CatalogueV1.Post(
        code: code,
        departmentCode: post.department,
        name: code,
        nameEn: code,
        role: post.role,
        holderA: CatalogueV1.Holder(subject: "\(code)-a", name: "甲"),
        holderB: CatalogueV1.Holder(subject: "\(code)-b", name: "乙")
      )
      publish(CatalogueV1.PostPublished(post: published), code)
    }
    for item in items {
      let version = CatalogueV1.ItemVersion(item: item, version: 1, effectiveOn: "2026-01-01")
      publish(CatalogueV1.ItemPublished(item: version), item.code)
    }
    return feed.entries
  }
}

import Catalogue
import Kernel
import Messages
import Service
import Simulation

/// A small catalogue that is right in everything, for tests that break one thing of it.
enum Sample {
  static let editor = Identity.official(.catalogueEditor, "editor-1", post: "E01")
  static let approver = Identity.official(.catalogueApprover, "approver-1", post: "V01")

  static func room() throws -> Room { try Room(.catalogue()) }

  /// A room in which the sample is in force.
  static func openRoom(_ file: CatalogueV1.CatalogueFile = file) throws -> Room {
    let room = try room()
    try room.put(file)
    return room
  }

  static var file: CatalogueV1.CatalogueFile {
    CatalogueV1.CatalogueFile(
      source: "test",
      departments: [department("024", "卫生局"), department("007", "公安消防大队")],
      posts: [
        post("H024", "024", .handler), post("R024", "024", .reviewer),
        post("H007", "007", .handler),
        post("K01", "024", .clerk),
      ],
      windows: [
        CatalogueV1.Window(
          code: "W01",
          name: "一号窗口",
          nameEn: "Window 1",
          floor: 1,
          departmentCodes: ["024", "007"],
          ticketLetter: "A"
        )
      ],
      items: [item("I1", "公共场所卫生许可（新办）"), item("I2", "食品经营许可（变更）")],
      retiredItems: [
        CatalogueV1.RetiredItem(
          code: "X1",
          name: "旧许可",
          retiredOn: "2014-01-28",
          basis: "国务院决定",
          successorCode: "I1"
        )
      ]
    )
  }

  static func department(_ code: String, _ name: String) -> CatalogueV1.Department {
    CatalogueV1.Department(
      code: code,
      name: name,
      nameEn: "Department \(code)",
      nature: "1",
      consultPhone: "0532-88990001",
      complaintPhone: "0532-88990002"
    )
  }

  static func post(
    _ code: String,
    _ department: String,
    _ role: AccessV1.Role
  ) -> CatalogueV1.Post {
    CatalogueV1.Post(
      code: code,
      departmentCode: department,
      name: "岗位",
      nameEn: "Post",
      role: role,
      holderA: CatalogueV1.Holder(subject: "\(code)-a", name: "甲"),
      holderB: CatalogueV1.Holder(subject: "\(code)-b", name: "乙")
    )
  }

  static func days(_ amount: UInt32) -> CommonV1.Term {
    CommonV1.Term(amount: amount, unit: .workingDay)
  }

  static func item(_ code: String, _ name: String) -> CatalogueV1.Item {
    CatalogueV1.Item(
      code: code,
      name: name,
      nameEn: "Licence \(code)",
      departmentCode: "024",
      taskType: "01",
      caseType: "2",
      subjectTypes: ["1", "2"],
      level: "4",
      themes: ["准营准办"],
      bases: ["《公共场所卫生管理条例》第四条"],
      legalLimit: days(20),
      promise: days(8),
      startEvent: .accepted,
      limitBasis: "《中华人民共和国行政许可法》第四十二条",
      materials: [
        CatalogueV1.Material(
          code: "M01",
          name: "申请表",
          necessity: "1",
          form: "3",
          source: "10"
        ),
        CatalogueV1.Material(
          code: "M02",
          name: "资金安排说明",
          necessity: "3",
          form: "3",
          source: "10"
        ),
      ],
      stages: [
        CatalogueV1.Stage(
          code: "S1",
          name: "承办",
          tasks: [task("T1", "024", "H024", 5), task("T2", "007", "H007", 3)]
        ),
        CatalogueV1.Stage(code: "S2", name: "审核", tasks: [task("T3", "024", "R024", 3)]),
      ],
      specialProcedures: [
        CatalogueV1.SpecialProcedureRule(kind: .testing, basis: "细则", stopsPromise: true)
      ],
      resultName: "公共场所卫生许可证",
      resultType: "1",
      certificatePrefix: "鲁卫公证",
      certificateMonths: 48,
      visits: 1
    )
  }

  static func task(
    _ code: String,
    _ department: String,
    _ post: String,
    _ days: UInt32
  ) -> CatalogueV1.TaskPlan {
    CatalogueV1.TaskPlan(
      code: code,
      name: "审查",
      departmentCode: department,
      postCode: post,
      nature: .handle,
      limit: Sample.days(days)
    )
  }
}

extension Room {
  /// Brings a catalogue in and publishes it by a second person.
  @discardableResult
  func put(_ file: CatalogueV1.CatalogueFile) throws -> CatalogueV1.PublishResponse {
    let response = try call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: file),
      as: Sample.editor
    )
    return try publish(response.importId)
  }

  /// Brings calendar revisions in and publishes them by a second person.
  @discardableResult
  func put(_ file: CatalogueV1.CalendarFile) throws -> CatalogueV1.PublishResponse {
    let response = try call(
      CatalogueV1.CalendarService.importCalendar,
      .init(file: file),
      as: Sample.editor
    )
    return try publish(response.importId)
  }

  @discardableResult
  func publish(
    _ id: String,
    as identity: Identity = Sample.approver,
    key: String? = nil
  ) throws -> CatalogueV1.PublishResponse {
    try call(CatalogueV1.CatalogueService.publish, .init(importId: id), as: identity, key: key)
  }

  /// The faults that an import is refused for, as `path REASON`.
  func faults(_ file: CatalogueV1.CatalogueFile) throws -> [String] {
    do {
      try call(
        CatalogueV1.CatalogueService.importCatalogue,
        .init(file: file, dryRun: true),
        as: Sample.editor
      )
      return []
    } catch let refused as Room.Refused {
      return refused.refusal.violations.map { "\($0.field) \($0.reason)" }
    }
  }

  func items(
    _ request: CatalogueV1.ListItemsRequest = .init()
  ) throws -> CatalogueV1.ListItemsResponse {
    try call(CatalogueV1.CatalogueService.listItems, request, as: .anybody)
  }
}

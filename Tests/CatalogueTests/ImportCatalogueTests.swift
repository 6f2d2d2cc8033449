import Kernel
import Messages
import Service
import Simulation
import Testing

@testable import Catalogue

@Suite("ImportCatalogue")
struct ImportCatalogueTests {
  struct Break: Sendable, CustomStringConvertible {
    let description: String
    let faults: [String]
    let change: @Sendable (inout CatalogueV1.CatalogueFile) -> Void

    init(
      _ description: String,
      _ faults: String...,
      by change: @escaping @Sendable (inout CatalogueV1.CatalogueFile) -> Void
    ) {
      self.description = description
      self.faults = faults
      self.change = change
    }
  }

  static let breaks: [Break] = [
    Break("C1: a department twice", "file.departments[2].code DUPLICATE") {
      $0.departments.append($0.departments[0])
    },
    Break("C1: a post twice", "file.posts[4].code DUPLICATE") { $0.posts.append($0.posts[0]) },
    Break("C1: a window twice", "file.windows[1].code DUPLICATE") {
      $0.windows.append($0.windows[0])
    },
    Break("C1: an item twice", "file.items[2].code DUPLICATE") { $0.items.append($0.items[0]) },
    Break("C1: a cut item twice", "file.retired_items[1].code DUPLICATE") {
      $0.retiredItems.append($0.retiredItems[0])
    },
    Break("C1: a material twice", "file.items[0].materials[1].code DUPLICATE") {
      $0.items[0].materials[1].code = "M01"
    },
    Break("C1: a stage twice", "file.items[0].stages[1].code DUPLICATE") {
      $0.items[0].stages[1].code = "S1"
    },
    Break("C1: a task twice in another stage", "file.items[0].stages[1].tasks[0].code DUPLICATE") {
      $0.items[0].stages[1].tasks[0].code = "T1"
    },
    Break("C1: a procedure twice", "file.items[0].special_procedures[1].kind DUPLICATE") {
      $0.items[0].specialProcedures.append($0.items[0].specialProcedures[0])
    },
    Break("C2: a post's department", "file.posts[3].department_code UNKNOWN_DEPARTMENT") {
      $0.posts[3].departmentCode = "999"
    },
    Break("C2: a window's department", "file.windows[0].department_codes[1] UNKNOWN_DEPARTMENT") {
      $0.windows[0].departmentCodes[1] = "999"
    },
    Break("C2: an item's department", "file.items[1].department_code UNKNOWN_DEPARTMENT") {
      $0.items[1].departmentCode = "999"
    },
    Break(
      "C2: a task's department",
      "file.items[1].stages[0].tasks[1].department_code UNKNOWN_DEPARTMENT",
      "file.items[1].stages[0].tasks[1].post_code FOREIGN_POST"
    ) { $0.items[1].stages[0].tasks[1].departmentCode = "999" },
    Break("C2: a task's post", "file.items[1].stages[0].tasks[1].post_code UNKNOWN_POST") {
      $0.items[1].stages[0].tasks[1].postCode = "H999"
    },
    Break("C2: a post of others", "file.items[1].stages[0].tasks[1].post_code FOREIGN_POST") {
      $0.items[1].stages[0].tasks[1].postCode = "H024"
    },
    Break("C2: no such successor", "file.retired_items[0].successor_code UNKNOWN_ITEM") {
      $0.retiredItems[0].successorCode = "I9"
    },
    Break("C3: A is B", "file.posts[0].holder_b.subject SAME_HOLDER") {
      $0.posts[0].holderB?.subject = "H024-a"
    },
    Break("C4: one telephone", "file.departments[0].complaint_phone SAME_PHONE") {
      $0.departments[0].complaintPhone = "0532 8899 0001"
    },
    Break(
      "C5: a department's code",
      "file.departments[2].code FORMAT"
    ) { $0.departments.append(Sample.department("2A", "局")) },
    Break("C5: nature", "file.departments[0].nature NOT_IN_LIST") {
      $0.departments[0].nature = "4"
    },
    Break("C5: a letter", "file.windows[0].ticket_letter FORMAT") {
      $0.windows[0].ticketLetter = "a"
    },
    Break("C5: task type", "file.items[0].task_type NOT_IN_LIST") { $0.items[0].taskType = "11" },
    Break("C5: level", "file.items[0].level NOT_IN_LIST") { $0.items[0].level = "8" },
    Break("C5: subject type", "file.items[0].subject_types[1] NOT_IN_LIST") {
      $0.items[0].subjectTypes = ["1", "9"]
    },
    Break("C5: a subject type twice", "file.items[0].subject_types[1] DUPLICATE") {
      $0.items[0].subjectTypes = ["1", "1"]
    },
    Break("C5: result type", "file.items[0].result_type NOT_IN_LIST") {
      $0.items[0].resultName = "批文"
      $0.items[0].resultType = "5"
    },
    Break(
      "C5: necessity",
      "file.items[0].materials[0].necessity NOT_IN_LIST",
      "file.items[0].materials NOTHING_NECESSARY"
    ) {
      $0.items[0].materials[0].necessity = "4"
    },
    Break("C5: form", "file.items[0].materials[0].form NOT_IN_LIST") {
      $0.items[0].materials[0].form = "4"
    },
    Break("C5: source", "file.items[0].materials[0].source NOT_IN_LIST") {
      $0.items[0].materials[0].source = "30"
    },
    Break(
      "C6: at once but promised",
      "file.items[0].promise IMMEDIATE",
      "file.items[0].stages STEPS_TOO_LONG"
    ) {
      $0.items[0].promise = .init(amount: 0, unit: .immediate)
    },
    Break(
      "C6: 即办件 with days",
      "file.items[0].promise IMMEDIATE",
      "file.items[0].materials[1].necessity TOLERABLE"
    ) { $0.items[0].caseType = "1" },
    Break("C7: longer than the law", "file.items[0].promise PROMISE_TOO_LONG") {
      $0.items[0].promise = Sample.days(21)
    },
    Break("C8: steps", "file.items[0].stages STEPS_TOO_LONG") {
      $0.items[0].stages[1].tasks[0].limit = Sample.days(4)
    },
    Break("C9: a basis without a standard", "file.items[0].fee_standard FEE") {
      $0.items[0].feeBasis = "依据"
    },
    Break("C9: a standard without a basis", "file.items[0].fee_basis FEE") {
      $0.items[0].feeStandard = "每件10元"
    },
    Break("C10: no basis", "file.items[0].special_procedures[0].basis BASIS_MISSING") {
      $0.items[0].specialProcedures[0].basis = " 　"
    },
    Break("C11: one person", "file.items[0].same_person_may_decide NOT_IMMEDIATE") {
      $0.items[0].samePersonMayDecide = true
    },
    Break("C12: a catch-all", "file.items[0].materials[0].name CATCH_ALL") {
      $0.items[0].materials[0].name = "法律、法规规定的其他材料"
    },
    Break("C13: all tolerated", "file.items[0].materials NOTHING_NECESSARY") {
      $0.items[0].materials[0].necessity = "3"
    },
    Break("C14: joint alone", "file.items[0].joint JOINT_ALONE") {
      $0.items[0].joint = true
      $0.items[0].stages[0].tasks.removeLast()
    },
    Break("C15: a clerk's post", "file.items[0].stages[0].tasks[0].post_code POST_ROLE") {
      $0.items[0].stages[0].tasks[0].postCode = "K01"
    },
    Break("C16: 证", "file.items[0].result_type RESULT_TYPE") { $0.items[0].resultType = "2" },
    Break("C17: no basis of the limit", "file.items[0].limit_basis LIMIT_BASIS_MISSING") {
      $0.items[0].limitBasis = ""
    },
    Break("C18: in force and cut", "file.items[0].code RETIRED") {
      $0.retiredItems[0].code = "I1"
      $0.retiredItems[0].successorCode = ""
    },
    Break("C18: cut tomorrow", "file.retired_items[0].retired_on RETIRED_LATER") {
      $0.retiredItems[0].retiredOn = "2026-09-15"
    },
    Break("C19: no days", "file.items[0].legal_limit TERM") {
      $0.items[0].legalLimit = Sample.days(0)
    },
    Break("C19: days at once", "file.items[0].stages[0].tasks[1].limit TERM") {
      $0.items[0].stages[0].tasks[1].limit = .init(amount: 3, unit: .immediate)
    },
  ]

  @Test(arguments: breaks)
  func `Each fault is told at its path, and it alone`(_ example: Break) throws {
    var file = Sample.file
    example.change(&file)
    #expect(try Sample.room().faults(file) == example.faults)
  }

  @Test
  func `Every fault is told at once`() throws {
    var file = Sample.file
    file.departments[1].code = "7"
    file.items[0].stages[1].tasks[0].postCode = "nobody"
    file.items[1].promise = Sample.days(30)
    let faults = try Sample.room().faults(file)
    #expect(faults.contains("file.departments[1].code FORMAT"))
    #expect(faults.contains("file.items[0].stages[1].tasks[0].post_code UNKNOWN_POST"))
    #expect(faults.contains("file.items[1].promise PROMISE_TOO_LONG"))
  }

  /// docs/rules/door.md, rule D11.
  @Test
  func `A field that breaks its own rule hides no other fault, and is told once`() throws {
    let room = try Sample.room()
    var file = Sample.file
    file.departments[1].code = "7"
    file.items[0].name = ""
    file.items[0].departmentCode = ""
    file.items[1].promise = Sample.days(30)
    let faults = try room.faults(file)
    let rules = ["file.items[0].name REQUIRED", "file.items[0].department_code REQUIRED"]
    #expect(Array(faults.prefix(2)) == rules)
    #expect(faults.contains("file.departments[1].code FORMAT"))
    #expect(faults.contains("file.items[1].promise PROMISE_TOO_LONG"))
    #expect(Set(faults).count == faults.count)
    #expect(faults.count { $0.hasPrefix("file.items[0].department_code ") } == 1)
    #expect(try room.feed().isEmpty)
    // A list that is too long is not gone through.
    file.items[0].themes = Array(repeating: "题", count: 21)
    #expect(try room.faults(file) == rules + ["file.items[0].themes TOO_MANY"])
  }

  @Test
  func `No more faults are told than an answer names`() throws {
    var file = Sample.file
    file.items = (0..<200).map { Sample.item("I\($0)", $0 < 60 ? "" : "许可") }
    for index in file.items.indices { file.items[index].promise = Sample.days(30) }
    let faults = try Sample.room().faults(file)
    #expect(faults.count == 100)
    #expect(faults.prefix(60).allSatisfy { $0.hasSuffix(" REQUIRED") })
    #expect(faults.dropFirst(60).allSatisfy { $0.hasSuffix(" PROMISE_TOO_LONG") })
  }

  @Test
  func `What is checked beside the rules of fields is what the door leaves to us`() throws {
    #expect(
      Definition.catalogue().registry.furtherPaths
        == [
          CatalogueV1.CalendarService.importCalendar.path,
          CatalogueV1.CatalogueService.importCatalogue.path,
        ].sorted()
    )
  }

  /// docs/rules/catalogue.md, rule C14.
  @Test
  func `The department that decides is none of two that have tasks`() throws {
    let room = try Sample.room()
    var file = Sample.file
    file.items[0].joint = true
    #expect(try room.faults(file) == [])
    // The tasks of one department alone, which is another than the item's.
    file.items[0].stages = [
      .init(code: "S1", name: "承办", tasks: [Sample.task("T1", "007", "H007", 5)])
    ]
    #expect(try room.faults(file) == ["file.items[0].joint JOINT_ALONE"])
  }

  /// docs/rules/catalogue.md, rule C15.
  @Test
  func `A post that has tasks stays one that handles or reviews`() throws {
    let room = try Sample.openRoom()
    let clerk = Sample.post("H024", "024", .clerk)
    #expect(
      try room.faults(.init(source: "more", posts: [clerk])) == ["file.posts[0].role POST_ROLE"]
    )
    let reviewer = Sample.post("H024", "024", .reviewer)
    #expect(try room.faults(.init(source: "more", posts: [reviewer])) == [])
    // With all items that give it a task changed or cut it may.
    var item = Sample.item("I1", "公共场所卫生许可（新办）")
    item.stages[0].tasks[0].postCode = "R024"
    let cut = CatalogueV1.RetiredItem(
      code: "I2",
      name: "食品经营许可（变更）",
      retiredOn: "2026-09-14",
      basis: "决定"
    )
    var file = CatalogueV1.CatalogueFile(source: "more", posts: [clerk], items: [item])
    #expect(try room.faults(file) == ["file.posts[0].role POST_ROLE"])
    file.retiredItems = [cut]
    #expect(try room.faults(file) == [])
    #expect(try room.put(file).published == 3)
  }

  @Test
  func `An empty file is refused`() throws {
    #expect(try Sample.room().faults(.init(source: "none")) == ["file EMPTY"])
  }

  @Test
  func `Terms of different units are only warned of`() throws {
    var file = Sample.file
    file.items[0].legalLimit = .init(amount: 10, unit: .naturalDay)
    file.items[1].stages[0].tasks[0].limit = .init(amount: 8, unit: .naturalDay)
    file.items[1].specialProcedures[0].stopsPromise = false
    let response = try Sample.room().call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: file),
      as: Sample.editor
    )
    #expect(
      response.warnings.map { "\($0.field) \($0.reason)" } == [
        "file.items[0].promise PROMISE_TOO_LONG", "file.items[1].stages STEPS_TOO_LONG",
        "file.items[1].special_procedures[0].stops_promise STOPS_ALWAYS",
      ]
    )
    #expect(!response.importId.isEmpty)
  }

  @Test
  func `What is in force may be referred to`() throws {
    let room = try Sample.openRoom()
    var item = Sample.item("I3", "食品经营许可（延续）")
    item.stages[0].tasks[0].postCode = "R024"
    #expect(try room.faults(.init(source: "more", items: [item])) == [])
    let cut = CatalogueV1.RetiredItem(
      code: "X2",
      name: "旧",
      retiredOn: "2014-01-01",
      basis: "决定",
      successorCode: "I2"
    )
    #expect(try room.faults(.init(source: "more", retiredItems: [cut])) == [])
  }

  @Test
  func `A post stays in its department and a cut code stays cut`() throws {
    let room = try Sample.openRoom()
    let moved = Sample.post("H024", "007", .handler)
    #expect(
      try room.faults(.init(source: "more", posts: [moved]))
        == ["file.posts[0].department_code POST_MOVED"]
    )
    #expect(
      try room.faults(.init(source: "more", items: [Sample.item("X1", "旧许可")]))
        == ["file.items[0].code RETIRED"]
    )
  }

  @Test
  func `A dry run keeps nothing and counts`() throws {
    let room = try Sample.openRoom()
    var file = Sample.file
    file.items[1].name = "食品经营许可（延续）"
    file.items.append(Sample.item("I3", "第三项"))
    let response = try room.call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: file, dryRun: true),
      as: Sample.editor
    )
    #expect(response.importId.isEmpty)
    #expect(response.newItems == 1)
    #expect(response.changedItems == 1)
    #expect(response.unchangedItems == 1)
    #expect(try room.items().items.count == 2)
  }

  @Test
  func `A repeat with the same key answers the same import`() throws {
    let room = try Sample.room()
    let request = CatalogueV1.ImportCatalogueRequest(file: Sample.file)
    let method = CatalogueV1.CatalogueService.importCatalogue
    let first = try room.call(method, request, as: Sample.editor, key: "k")
    let second = try room.call(method, request, as: Sample.editor, key: "k")
    #expect(first == second)
    #expect(try room.feed().isEmpty)
  }

  @Test
  func `Only an editor brings a catalogue in`() throws {
    let refused = #expect(throws: Room.Refused.self) {
      try Sample.room().call(
        CatalogueV1.CatalogueService.importCatalogue,
        .init(file: Sample.file),
        as: Sample.approver
      )
    }
    #expect(refused?.reason == "WRONG_ROLE")
  }
}

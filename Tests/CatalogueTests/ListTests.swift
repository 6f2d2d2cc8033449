import Foundation
import Kernel
import Messages
import Service
import Simulation
import Storage
import Testing

@testable import Catalogue

@Suite("Lists")
struct ListTests {
  static func room() throws -> Room {
    var file = Sample.file
    file.items = [
      Sample.item("I1", "公共场所卫生许可（新办）"), Sample.item("I2", "公共场所卫生许可（变更）"),
      Sample.item("I3", "食品经营许可(变更)"), Sample.item("I4", "50%_折扣许可"),
    ]
    file.items[2].subjectTypes = ["2", "6"]
    file.items[2].themes = ["准营准办", "餐饮"]
    file.items[2].nameEn = "Food Business Licence"
    file.items[3].name = "50%_折扣 许可"
    file.items[3].departmentCode = "007"
    file.items[3].level = "3"
    return try Sample.openRoom(file)
  }

  /// docs/rules/catalogue.md, rule C22.
  @Test(arguments: [
    ("卫生", ["I1", "I2"]), ("变更", ["I2", "I3"]), ("许可 食品", ["I3"]), ("食品　许可", ["I3"]),
    ("（变更）", ["I2", "I3"]), ("(变更)", ["I2", "I3"]), ("ＦＯＯＤ", ["I3"]), ("licence food", ["I3"]),
    ("%", ["I4"]), ("_", ["I4"]), ("50%_", ["I4"]), ("\\", []), ("卫生 食品", []),
    ("折扣许可", ["I4"]), ("foodbusiness", ["I3"]), ("许可licence", []),
    ("", ["I1", "I2", "I3", "I4"]), ("  ", ["I1", "I2", "I3", "I4"]),
  ])
  func `Names are found by words in any order`(_ query: String, _ codes: [String]) throws {
    #expect(try Self.room().items(.init(query: query)).items.map(\.code) == codes)
  }

  /// docs/rules/catalogue.md, rule C22.
  @Test
  func `Names of a store of the version before are found without their spaces too`() throws {
    let room = try Room(.catalogue())
    let folder = "\(room.folder)/before"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/catalogue.sqlite"
    let before = try Store.open(
      path: path,
      migrations: Array(CatalogueSchema.migrations.prefix(1)),
      service: "catalogue"
    )
    try before.write {
      try $0.execute(
        """
        INSERT INTO item (
          hall, code, version, department_code, case_type, level, subject_types, themes,
          search_text, summary
        ) VALUES (?, 'I1', 1, '024', '1', '4', '||', '||', '公共 场所 public venue', ?)
        """,
        [.text(Room.hall), .blob(CatalogueV1.ItemSummary(code: "I1").encode())]
      )
    }
    before.close()
    let store = try Store.open(
      path: path,
      migrations: CatalogueSchema.migrations,
      service: "catalogue"
    )
    defer { store.close() }
    let found = try store.read {
      try $0.items(
        hall: Room.hall,
        ItemFilter(words: SearchText.words("公共场所 publicvenue")),
        after: "",
        limit: 1
      )
    }
    #expect(found.map(\.code) == ["I1"])
  }

  @Test
  func `Filters narrow together`() throws {
    let room = try Self.room()
    func codes(_ request: CatalogueV1.ListItemsRequest) throws -> [String] {
      try room.items(request).items.map(\.code)
    }
    #expect(try codes(.init(departmentCode: "007")) == ["I4"])
    #expect(try codes(.init(caseType: "1")) == [])
    #expect(try codes(.init(caseType: "2", subjectType: "1")) == ["I1", "I2", "I4"])
    #expect(try codes(.init(theme: "餐饮")) == ["I3"])
    #expect(try codes(.init(theme: "餐")) == [])
    #expect(try codes(.init(theme: "%")) == [])
    #expect(try codes(.init(level: "3")) == ["I4"])
    #expect(try codes(.init(query: "变更", subjectType: "6")) == ["I3"])
  }

  @Test
  func `Pages follow one another without gap or repeat`() throws {
    let room = try Self.room()
    var codes: [String] = []
    var token = ""
    repeat {
      let page = try room.items(.init(page: .init(size: 1, token: token)))
      #expect(page.items.count == 1)
      codes += page.items.map(\.code)
      token = page.nextPageToken
    } while !token.isEmpty
    #expect(codes == ["I1", "I2", "I3", "I4"])
    let refused = #expect(throws: Room.Refused.self) {
      try room.items(.init(page: .init(size: 1, token: "!")))
    }
    #expect(refused?.reason == "INVALID_FIELDS")
  }

  @Test
  func `A summary says what a list shows`() throws {
    let item = try #require(try Self.room().items(.init(query: "食品")).items.first)
    #expect(item.nameEn == "Food Business Licence")
    #expect(item.promise == Sample.days(8))
    #expect(item.legalLimit == Sample.days(20))
    #expect(item.version == 1)
  }

  @Test
  func `Departments, posts, windows and cut items are listed by code`() throws {
    let room = try Self.room()
    let service = CatalogueV1.CatalogueService.self
    let departments = try room.call(service.listDepartments, .init(), as: .anybody)
    #expect(departments.departments.map(\.code) == ["007", "024"])
    let posts = try room.call(service.listPosts, .init(), as: Sample.editor)
    #expect(posts.posts.map(\.code) == ["H007", "H024", "K01", "R024"])
    let some = try room.call(service.listPosts, .init(departmentCode: "007"), as: Sample.editor)
    #expect(some.posts.map(\.code) == ["H007"])
    let windows = try room.call(service.listWindows, .init(), as: .anybody)
    #expect(windows.windows.map(\.ticketLetter) == ["A"])
    let retired = try room.call(service.listRetired, .init(), as: .anybody)
    #expect(retired.items.map(\.code) == ["X1"])
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(service.listPosts, .init(), as: .anybody)
    }
    #expect(refused?.reason == "WRONG_ROLE")
  }

  @Test
  func `No list reads the whole table`() throws {
    let room = try Sample.room()
    // Every combination of what can be asked for: each is a statement of its own.
    for choice in 0..<64 {
      func given<T>(_ bit: Int, _ value: T, else none: T) -> T {
        choice & (1 << bit) == 0 ? none : value
      }
      let filter = ItemFilter(
        words: given(0, ["卫生", "许可"], else: []),
        departmentCode: given(1, "024", else: ""),
        caseType: given(2, "1", else: ""),
        subjectType: given(3, "1", else: ""),
        theme: given(4, "餐饮", else: ""),
        level: given(5, "4", else: "")
      )
      let query = ItemQueries.page(hall: Room.hall, filter, after: "", limit: 51)
      let plan = try room.engine.store.read {
        try $0.rows("EXPLAIN QUERY PLAN \(query.sql)", query.arguments) { $0.text(3) }
      }
      #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
    }
  }
}

import Kernel
import Messages
import Simulation
import Storage
import Testing

@Suite("Publish")
struct PublishTests {
  /// docs/rules/catalogue.md, rule C20.
  @Test
  func `A second person publishes rows and entries`() throws {
    let room = try Sample.room()
    #expect(try room.put(Sample.file).published == 10)
    #expect(
      try room.feed().map(\.content.type) == [
        "DepartmentPublished", "DepartmentPublished", "PostPublished", "PostPublished",
        "PostPublished", "PostPublished", "WindowPublished", "ItemPublished", "ItemPublished",
        "ItemRetired",
      ]
    )
    let item = try #require(try room.published(CatalogueV1.ItemPublished.self).first?.item)
    #expect(item.version == 1)
    #expect(item.effectiveOn == "2026-09-14")
    #expect(item.item == Sample.file.items[0])
    #expect(item.publishedAt?.instant == Room.opening)
  }

  /// docs/rules/catalogue.md, rule C20.
  @Test
  func `The person who brought it in may not publish it`() throws {
    let room = try Sample.room()
    let both = Identity("editor-1", [.catalogueEditor, .catalogueApprover])
    let response = try room.call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: Sample.file),
      as: Sample.editor
    )
    let refused = #expect(throws: Room.Refused.self) {
      try room.publish(response.importId, as: both)
    }
    #expect(refused?.reason == "SAME_PERSON")
    #expect(refused?.refusal.rule == "C20")
    #expect(try room.feed().isEmpty)
    #expect(try room.publish(response.importId).published == 10)
  }

  /// docs/rules/catalogue.md, rule C20.
  @Test
  func `An import is published once`() throws {
    let room = try Sample.room()
    let response = try room.call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: Sample.file),
      as: Sample.editor
    )
    try room.publish(response.importId, key: "once")
    #expect(try room.publish(response.importId, key: "once").published == 10)
    let again = #expect(throws: Room.Refused.self) { try room.publish(response.importId) }
    #expect(again?.reason == "ALREADY_PUBLISHED")
    let nothing = #expect(throws: Room.Refused.self) { try room.publish("nothing") }
    #expect(nothing?.reason == "NOT_FOUND")
    #expect(try room.feed().count == 10)
  }

  /// docs/rules/catalogue.md, rule C21.
  @Test
  func `Only what changed is published again`() throws {
    let room = try Sample.openRoom()
    var file = Sample.file
    file.items[1].promise = Sample.days(10)
    file.departments[0].consultPhone = "0532-88990009"
    #expect(try room.put(file).published == 2)
    let versions = try room.published(CatalogueV1.ItemPublished.self)
    #expect(versions.map { $0.item?.version } == [1, 1, 2])
    #expect(try room.items().items.map(\.version) == [1, 2])
    #expect(try room.put(file).published == 0)
  }

  @Test
  func `Old versions stay readable`() throws {
    let room = try Sample.openRoom()
    var file = Sample.file
    file.items[0].promise = Sample.days(10)
    try room.put(file)
    let method = CatalogueV1.CatalogueService.getItem
    let now = try room.call(method, .init(code: "I1"), as: .anybody)
    #expect(now.item?.version == 2)
    #expect(now.item?.item?.promise == Sample.days(10))
    let before = try room.call(method, .init(code: "I1", version: 1), as: .anybody)
    #expect(before.item?.item == Sample.file.items[0])
    let cut = CatalogueV1.RetiredItem(
      code: "I2",
      name: "食品经营许可（变更）",
      retiredOn: "2026-09-14",
      basis: "决定"
    )
    try room.put(.init(source: "cut", retiredItems: [cut]))
    // A version that there never was is not there, of an item that was cut too.
    for (code, version) in [("I1", Int64(3)), ("I9", 0), ("I2", 2), ("X1", 1)] {
      let refused = #expect(throws: Room.Refused.self) {
        try room.call(method, .init(code: code, version: version), as: .anybody)
      }
      #expect(refused?.reason == "NOT_FOUND")
    }
  }

  @Test
  func `A cut item leaves the list and keeps its versions`() throws {
    let room = try Sample.openRoom()
    let cut = CatalogueV1.RetiredItem(
      code: "I2",
      name: "食品经营许可（变更）",
      retiredOn: "2026-09-14",
      basis: "决定"
    )
    #expect(try room.put(.init(source: "cut", retiredItems: [cut])).published == 1)
    #expect(try room.items().items.map(\.code) == ["I1"])
    let method = CatalogueV1.CatalogueService.getItem
    let refused = #expect(throws: Room.Refused.self) {
      try room.call(method, .init(code: "I2"), as: .anybody)
    }
    #expect(refused?.reason == "ITEM_RETIRED")
    let kept = try room.call(method, .init(code: "I2", version: 1), as: .anybody)
    #expect(kept.item?.item?.code == "I2")
    #expect(try room.published(CatalogueV1.ItemRetired.self).last?.item == cut)
  }

  /// docs/rules/catalogue.md, rule C21.
  @Test
  func `An import that no longer fits is refused`() throws {
    let room = try Sample.openRoom()
    let method = CatalogueV1.CatalogueService.importCatalogue
    var item = Sample.item("I2", "食品经营许可（变更）")
    item.promise = Sample.days(9)
    let pending = try room.call(
      method,
      .init(file: .init(source: "later", items: [item])),
      as: Sample.editor
    )
    let cut = CatalogueV1.RetiredItem(
      code: "I2",
      name: "食品经营许可（变更）",
      retiredOn: "2026-09-14",
      basis: "决定"
    )
    try room.put(.init(source: "cut", retiredItems: [cut]))
    let refused = #expect(throws: Room.Refused.self) { try room.publish(pending.importId) }
    #expect(refused?.reason == "IMPORT_OUTDATED")
    #expect(refused?.refusal.violations.map(\.field) == ["file.items[0].code"])
  }

  /// Brings the sample's first item in with another promise.
  private func bring(_ days: UInt32, in room: Room) throws -> String {
    var file = Sample.file
    file.items[0].promise = Sample.days(days)
    return try room.call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: file),
      as: Sample.editor
    ).importId
  }

  /// docs/rules/catalogue.md, rule C21.
  @Test
  func `A draft does not undo what was published after it was brought in`() throws {
    let room = try Sample.openRoom()
    let monday = try bring(10, in: room)
    let same = try bring(9, in: room)
    let tuesday = try bring(9, in: room)
    #expect(try room.publish(tuesday).published == 1)
    let refused = #expect(throws: Room.Refused.self) { try room.publish(monday) }
    #expect(refused?.reason == "IMPORT_OUTDATED")
    #expect(refused?.refusal.rule == "C21")
    #expect(refused?.refusal.violations.map(\.field) == ["file.items[0]"])
    #expect(refused?.refusal.violations.map(\.reason) == ["PUBLISHED_SINCE"])
    #expect(try room.items().items.first?.promise == Sample.days(9))
    // What is in force as the draft has it is nothing to publish; who means it imports again.
    #expect(try room.publish(same).published == 0)
    #expect(try room.publish(bring(10, in: room)).published == 1)
    #expect(try room.items().items.first?.promise == Sample.days(10))
  }

  /// docs/rules/catalogue.md, rule C21.
  @Test
  func `Things without versions and cut items are not undone either`() throws {
    let room = try Sample.openRoom()
    func bring(_ change: (inout CatalogueV1.CatalogueFile) -> Void) throws -> String {
      var file = Sample.file
      change(&file)
      return try room.call(
        CatalogueV1.CatalogueService.importCatalogue,
        .init(file: file),
        as: Sample.editor
      ).importId
    }
    let cut = CatalogueV1.RetiredItem(
      code: "I2",
      name: "食品经营许可（变更）",
      retiredOn: "2026-09-14",
      basis: "决定"
    )
    let unchanged = try bring { _ in }
    let cutting = try bring {
      $0.items.removeLast()
      $0.retiredItems.append(cut)
    }
    let later = try bring {
      $0.departments[0].consultPhone = "0532-88990009"
      $0.posts[1].name = "审核岗"
      $0.windows[0].floor = 2
      $0.items[1].promise = Sample.days(9)
    }
    #expect(try room.publish(later).published == 4)
    func paths(_ id: String) throws -> [String] {
      let refused = #expect(throws: Room.Refused.self) { try room.publish(id) }
      return refused?.refusal.violations.map(\.field) ?? []
    }
    let plain = ["file.departments[0]", "file.posts[1]", "file.windows[0]"]
    #expect(try paths(unchanged) == plain + ["file.items[1]"])
    #expect(try paths(cutting) == plain + ["file.retired_items[1]"])
    // What touches other things is not outdated by it.
    let other = try bring { $0 = .init(source: "more", items: [Sample.item("I3", "第三项")]) }
    try room.put(.init(source: "more", items: [Sample.item("I4", "第四项")]))
    #expect(try room.publish(other).published == 1)
  }

  /// docs/rules/catalogue.md, rule C21.
  @Test
  func `A draft of which nobody noted the base brings only what is new`() throws {
    let room = try Sample.openRoom()
    let changing = try bring(10, in: room)
    let new = try room.call(
      CatalogueV1.CatalogueService.importCatalogue,
      .init(file: .init(source: "more", items: [Sample.item("I3", "第三项")])),
      as: Sample.editor
    )
    try room.tamper("UPDATE catalogue_import SET base = ''")
    let refused = #expect(throws: Room.Refused.self) { try room.publish(changing) }
    #expect(refused?.refusal.violations.map(\.reason) == ["PUBLISHED_SINCE"])
    #expect(try room.publish(new.importId).published == 1)
  }

  @Test
  func `What was published is there after a crash`() throws {
    let room = try Sample.openRoom()
    try room.crash()
    #expect(try room.items().items.map(\.code) == ["I1", "I2"])
  }
}

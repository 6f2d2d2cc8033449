import Kernel
import Messages
import Simulation
import Testing

@Suite("The shipped catalogue")
struct RealDataTests {
  @Test
  func `It is brought in without a fault and published`() throws {
    let room = try Sample.room()
    let file = try RealData.catalogue()
    let request = CatalogueV1.ImportCatalogueRequest(file: file)
    #expect(request.encode().count < 4 << 20)
    #expect(try room.faults(file) == [])
    let response = try room.call(
      CatalogueV1.CatalogueService.importCatalogue,
      request,
      as: Sample.editor
    )
    #expect(response.warnings == [])
    #expect(response.newItems == 104)
    #expect(try room.publish(response.importId).published == 33 + 122 + 24 + 104 + 104)

    let service = CatalogueV1.CatalogueService.self
    let departments = try room.call(service.listDepartments, .init(), as: .anybody)
    #expect(departments.departments.count == 33)
    #expect(try room.call(service.listPosts, .init(), as: Sample.editor).posts.count == 122)
    #expect(try room.call(service.listWindows, .init(), as: .anybody).windows.count == 24)
    let retired = try room.call(service.listRetired, .init(page: .init(size: 500)), as: .anybody)
    #expect(retired.items.count == 104)
    let all = CommonV1.Page(size: 500)
    #expect(try room.items(.init(page: all)).items.count == 104)
    #expect(try room.items(.init(page: all, caseType: "1")).items.count == 16)
    let found = try room.items(.init(query: "卫生 场所")).items
    #expect(found.count >= 3)
    #expect(found.allSatisfy { $0.name.contains("公共场所") })
    #expect(try room.put(file).published == 0)
  }
}

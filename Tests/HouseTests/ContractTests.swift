import Messages
import Testing

@Suite struct ContractTests {
  static let rooms = ["catalogue", "intake", "approval", "queueing", "monitoring", "gateway"]

  static func methods(of room: String) -> [MethodInfo] {
    Contract.methods.filter { $0.service.hasPrefix("onedoor.\(room).v1.") }
  }

  @Test(arguments: rooms)
  func `every method has its file, its test and its row`(room: String) throws {
    let module = room.prefix(1).uppercased() + room.dropFirst()
    let handlers = try Tree.files(below: "Sources/\(module)/Handlers").map(\.path)
    let tests = try Tree.files(below: "Tests/\(module)Tests").map(\.text).joined()
    let page =
      try Tree.files(below: "docs/services", endings: ["md"])
      .first { $0.path == "docs/services/\(room).md" }?.text ?? ""
    #expect(!Self.methods(of: room).isEmpty)
    for method in Self.methods(of: room) {
      let file = "Sources/\(module)/Handlers/\(method.name).swift"
      #expect(handlers.contains(file), "\(file) is missing")
      #expect(page.contains(method.name), "\(method.name) is not in docs/services/\(room).md")
      let function = method.name.prefix(1).lowercased() + method.name.dropFirst()
      #expect(
        tests.contains(function) || tests.contains(method.name),
        "\(method.name) has no test"
      )
    }
  }

  @Test func `every method has an access rule, and every write forbids GET`() {
    for method in Contract.methods where !method.service.hasPrefix("onedoor.probe.") {
      #expect(method.access?.roles.isEmpty == false, "\(method.path)")
      if method.access?.get == true { #expect(method.hasNoSideEffects, "\(method.path)") }
    }
  }
}

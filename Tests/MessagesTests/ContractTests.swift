import Messages
import Testing

@Suite("Contract")
struct ContractTests {
  @Test
  func `a method carries its path, kind and access`() {
    let echo = ProbeV1.ProbeService.echo
    #expect(echo.path == "/onedoor.probe.v1.ProbeService/Echo")
    #expect(echo.access == AccessV1.Access(roles: [.public], get: true, route: true))
    let kinds = ProbeV1.ProbeService.methods.map(\.kind)
    #expect(kinds == [.route, .read, .write, .stream, .write])
    let write = ProbeV1.ProbeService.echoWrite
    #expect(write.access == AccessV1.Access(roles: [.clerk, .applicant], own: true))
    #expect(!write.hasNoSideEffects)
    #expect(ProbeV1.ProbeService.echoNobody.access == nil)
  }

  @Test
  func `every method has its own path and a rule, but the probe's last`() {
    #expect(Set(Contract.methods.map(\.path)).count == Contract.methods.count)
    #expect(Contract.methods.filter { $0.access == nil }.map(\.name) == ["EchoNobody"])
    #expect(Contract.methods.allSatisfy { $0.access?.roles.contains(.unspecified) != true })
    for method in Contract.methods where method.access?.get == true {
      #expect(method.hasNoSideEffects, "\(method.path)")
    }
  }

  @Test
  func `every message is found by its name and is empty when new`() throws {
    for method in Contract.methods {
      for type in [method.request, method.response] {
        let found = try #require(Contract.message(named: type.fullName))
        #expect(ObjectIdentifier(found) == ObjectIdentifier(type))
        #expect(found.init().encode().isEmpty)
        #expect(found.init().encodeJSON() == Array("{}".utf8))
      }
    }
    #expect(Contract.message(named: "onedoor.probe.v1.Choices.Nested") != nil)
    #expect(Contract.message(named: "onedoor.probe.v1.None") == nil)
  }

  @Test
  func `an enum knows its names, numbers and other names`() {
    #expect(ProbeV1.Colour.verdant == .green)
    #expect(ProbeV1.Colour(rawValue: -1) == .belowZero)
    #expect(ProbeV1.Colour(protoName: "COLOUR_VERDANT") == .green)
    #expect(ProbeV1.Colour.green.protoName == "COLOUR_GREEN")
    #expect(ProbeV1.Colour.unrecognized(5).protoName == nil)
    #expect(ProbeV1.Colour.allCases.count == 8)
    for colour in ProbeV1.Colour.allCases {
      #expect(ProbeV1.Colour(rawValue: colour.rawValue) == colour)
    }
  }
}

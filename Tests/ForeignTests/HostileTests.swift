import Foreign
import Messages
import Testing

/// Names that generated code uses itself, and rules of fields with presence.
@Suite("A hostile contract")
struct HostileTests {
  private func faults(_ message: HostileRules.Needed) -> [String] {
    let formats = FormatChecker(citizenNumber: { _ in true }, creditCode: { _ in true })
    return message.violations(checking: formats).map { "\($0.field):\($0.reason)" }
  }

  @Test
  func `what must be set must say something also where it has presence`() {
    #expect(
      faults(HostileRules.Needed()) == [
        "level:REQUIRED", "text:REQUIRED", "number:REQUIRED", "kind:REQUIRED",
      ]
    )
    var message = HostileRules.Needed(
      level: .k,
      text: GoogleProtobuf.StringValue(value: "a"),
      number: GoogleProtobuf.Int32Value(),
      choice: .name("a")
    )
    #expect(faults(message) == [])
    message.level = .unspecified
    message.text = GoogleProtobuf.StringValue()
    #expect(faults(message) == ["level:REQUIRED", "text:REQUIRED"])
    message.level = .k
    message.text?.value = "a"
    message.choice = .other(1)
    #expect(faults(message) == ["kind:REQUIRED"])
    message.choice = .kind(.unspecified)
    #expect(faults(message).contains("kind:REQUIRED"))
  }

  @Test
  func `an entry of a map is a level in JSON whatever it holds`() throws {
    var deepest = HostileRules.Counts(byName: ["a": 1])
    for _ in 1..<MessageLimits.depth - 1 { deepest = HostileRules.Counts(within: deepest) }
    #expect(try HostileRules.Counts.decode(deepest.encode()) == deepest)
    #expect(try HostileRules.Counts.decode(json: deepest.canonicalJSON()) == deepest)
    let deeper = HostileRules.Counts(within: deepest)
    #expect(throws: DecodeError(.tooDeep)) { try HostileRules.Counts.decode(deeper.encode()) }
    #expect(throws: DecodeError(.tooDeep)) {
      try HostileRules.Counts.decode(json: deeper.encodeJSON())
    }
    #expect(throws: EncodeError.tooDeep) { try deeper.canonicalJSON() }
  }

  @Test
  func `names are compared by their bytes`() throws {
    // The sign of the kelvin is a K by Unicode's equivalence.
    #expect(HostileRules.Level(protoName: "LEVEL_K") == .k)
    #expect(HostileRules.Level(protoName: "LEVEL_\u{212A}") == nil)
    let json = Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)
    let message = try HostileLocals.Equivalent.decode(json: json)
    #expect(message.first == 1 && message.second == 2)
  }
}

import Messages
import Testing

@Suite("Field rules")
struct ViolationTests {
  private let good = ProbeV1.Ruled(
    requiredText: "大厅",
    requiredColour: .red,
    requiredMessage: ProbeV1.Scalars(),
    requiredList: ["a"]
  )

  private func violations(_ change: (inout ProbeV1.Ruled) -> Void) -> [String] {
    var message = good
    change(&message)
    return message.violations(checking: .testing).map { "\($0.field):\($0.reason)" }
  }

  @Test
  func `a good message has none`() {
    #expect(violations { _ in } == [])
  }

  @Test
  func `all that is missing is named at once`() {
    let found = ProbeV1.Ruled().violations(checking: .testing)
    #expect(
      found.map(\.field) == [
        "required_text", "required_colour", "required_message", "required_list",
      ]
    )
    #expect(found.allSatisfy { $0.reason == "REQUIRED" })
    #expect(found.first?.messageZh == "必须填写")
    #expect(found.first?.messageEn == "must be set")
  }

  @Test
  func `texts, bytes, lists and maps hold to the limit and no more`() {
    #expect(violations { $0.requiredText = "五个汉字呢" } == [])
    #expect(violations { $0.requiredText = "六个汉字呢啊" } == ["required_text:TOO_LONG"])
    #expect(violations { $0.unruled = String(repeating: "字", count: 1_000) } == [])
    let long = String(repeating: "字", count: 1_001)
    #expect(violations { $0.unruled = long } == ["unruled:TOO_LONG"])
    #expect(violations { $0.raw = [1, 2] } == [])
    #expect(violations { $0.raw = [1, 2, 3] } == ["raw:TOO_LONG"])
    #expect(violations { $0.requiredList = ["a", "b", "c"] } == [])
    #expect(violations { $0.requiredList = ["a", "", "c", "d"] } == ["required_list:TOO_MANY"])
    #expect(violations { $0.requiredList = ["a", "abcde"] } == ["required_list[1]:TOO_LONG"])
    let inner = ProbeV1.Ruled.Inner(code: "x")
    #expect(violations { $0.inner = ["a": inner, "b": inner] } == [])
    #expect(violations { $0.inner = ["a": inner, "b": inner, "c": inner] } == ["inner:TOO_MANY"])
    #expect(violations { $0.choice = .short("abc") } == ["short:TOO_LONG"])
  }

  @Test
  func `a text with U+0000 is refused wherever it stands, since not every store keeps it`() {
    let inner = ProbeV1.Ruled.Inner(code: "x")
    #expect(violations { $0.unruled = "a\u{0}b" } == ["unruled:FORMAT"])
    #expect(violations { $0.unruled = "\u{1}\u{2400}" } == [])
    #expect(violations { $0.day = "\u{0}" } == ["day:FORMAT"])
    #expect(violations { $0.requiredList = ["a", "\u{0}"] } == ["required_list[1]:FORMAT"])
    #expect(violations { $0.inner = ["a\u{0}": inner] } == ["inner:FORMAT"])
    #expect(violations { $0.raw = [0] } == [])
  }

  @Test
  func `forms are checked, but not of an empty text`() {
    let hash = String(repeating: "0a", count: 32)
    #expect(violations { $0.day = "2026-02-29" } == ["day:FORMAT"])
    #expect(violations { $0.day = "2028-02-29" } == [])
    #expect(violations { $0.sha256 = hash } == [])
    #expect(violations { $0.sha256 = hash.uppercased() } == ["sha256:FORMAT"])
    #expect(violations { $0.code = "A-1/~!" } == [])
    #expect(violations { $0.code = "a b" } == ["code:FORMAT"])
    #expect(violations { $0.code = "项" } == ["code:FORMAT"])
    #expect(violations { $0.code = String(repeating: "x", count: 65) } == ["code:FORMAT"])
    #expect(violations { $0.citizenNumber = "11010519491231002X" } == [])
    #expect(violations { $0.citizenNumber = "110105194912310021" } == ["citizen_number:FORMAT"])
    #expect(violations { $0.creditCode = "91350100M000100Y43" } == [])
    #expect(violations { $0.creditCode = "91350100M000100Y44" } == ["credit_code:FORMAT"])
    #expect(violations { $0.queryCode = "012345" } == [])
    #expect(violations { $0.queryCode = "01234x" } == ["query_code:FORMAT"])
  }

  @Test
  func `numbers lie within their limits`() {
    for number: Int32 in [-5, 5] { #expect(violations { $0.number = number } == []) }
    for number: Int32 in [-6, 6] {
      #expect(violations { $0.number = number } == ["number:OUT_OF_RANGE"])
    }
    #expect(violations { $0.large = 9 } == ["large:OUT_OF_RANGE"])
    #expect(violations { $0.large = .max } == [])
    #expect(violations { $0.fraction = 1 } == [])
    #expect(violations { $0.fraction = 1.01 } == ["fraction:OUT_OF_RANGE"])
    #expect(violations { $0.fraction = .nan } == ["fraction:OUT_OF_RANGE"])
    #expect(ProbeV1.EchoStreamRequest().violations(checking: .testing).map(\.field) == ["count"])
  }

  @Test
  func `an unknown number of an enum is named`() {
    #expect(
      violations { $0.requiredColour = .unrecognized(99) } == ["required_colour:UNKNOWN_ENUM"]
    )
  }

  @Test
  func `messages within are checked, with their paths`() {
    let found = violations {
      $0.within = [good, ProbeV1.Ruled(requiredText: "a", requiredList: ["a"])]
      $0.inner = ["k": ProbeV1.Ruled.Inner(code: "a b")]
      $0.choice = .other(ProbeV1.Ruled.Inner())
    }
    #expect(
      found == [
        "within[1].required_colour:REQUIRED", "within[1].required_message:REQUIRED",
        "inner[k].code:FORMAT", "other.code:REQUIRED",
      ]
    )
  }

  @Test
  func `the violations named are bounded`() {
    let many = [ProbeV1.Ruled](repeating: ProbeV1.Ruled(), count: 500)
    #expect(violations { $0.within = many }.count == MessageLimits.violations)
  }

  @Test
  func `faults of type and of rule are named in one round, each field once`() {
    let json = """
      {"requiredText": 7, "requiredColour": "COLOUR_PURPLE", "requiredList": ["abcde", 1, "abcdf"],
       "code": "a b", "number": "x", "within": [3, {"requiredText": "abcdef"}], "other": {"code": 1},
       "inner": {"k": 1, "l": {"code": ""}}, "nothing": 1}
      """
    let error = #expect(throws: DecodeError.self) {
      try ProbeV1.Ruled.decode(json: Array(json.utf8), checking: .testing)
    }
    #expect(
      error?.violations.map { "\($0.field):\($0.reason)" } == [
        "required_text:TYPE", "required_colour:UNKNOWN_ENUM", "required_list[1]:TYPE",
        "number:FORMAT", "within[0]:TYPE", "other.code:TYPE", "inner[k]:TYPE",
        "nothing:UNKNOWN_FIELD",
        "required_message:REQUIRED", "required_list[0]:TOO_LONG", "required_list[2]:TOO_LONG",
        "code:FORMAT", "within[1].required_text:TOO_LONG", "within[1].required_colour:REQUIRED",
        "within[1].required_message:REQUIRED", "within[1].required_list:REQUIRED",
        "inner[l].code:REQUIRED",
      ]
    )
    for violation in error?.violations ?? [] {
      #expect(!violation.messageZh.isEmpty && !violation.messageEn.isEmpty)
    }
    #expect(throws: DecodeError.self) {
      try ProbeV1.Ruled.decode(json: Array("[]".utf8), checking: .testing)
    }
  }
}

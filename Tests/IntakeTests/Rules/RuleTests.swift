import Intake
import Testing

@Suite struct CorrectionTests {
  private let notice = Correction(gaps: [
    .init(materialCode: "M1", demand: "a"), .init(materialCode: "", demand: "b"),
  ])

  /// docs/rules/intake.md, rule I6.
  @Test func `a material closes its gap and an answer the gap of the form`() {
    var correction = notice
    #expect(correction.supply(materials: ["M1"], answered: []) == 1)
    #expect(correction.open.map(\.demand) == ["b"])
    #expect(correction.supply(materials: ["M1"], answered: [1]) == 1)
    #expect(correction.isComplete)
  }

  @Test func `an answer cannot stand for a material`() {
    var correction = notice
    #expect(correction.supply(materials: [], answered: [0]) == 0)
    #expect(correction.fault(answering: 0) == .needsMaterial)
    #expect(correction.fault(answering: 1) == nil)
    #expect(correction.fault(answering: 2) == .noSuchGap)
  }
}

@Suite struct IdentityNumberTests {
  /// docs/rules/intake.md, rule I10.
  @Test func `numbers of checked kinds must have their check digit`() {
    #expect(IdentityNumber.isValid(type: "111", number: "370200190001010011"))
    #expect(!IdentityNumber.isValid(type: "111", number: "370200190001010012"))
    #expect(IdentityNumber.isValid(type: "001", number: "91350100M000100Y43"))
    #expect(!IdentityNumber.isValid(type: "001", number: "91350100M000100Y44"))
    #expect(IdentityNumber.isValid(type: "414", number: "E12345678"))
  }

  /// docs/rules/intake.md, rule I10.
  @Test func `masked numbers show the first six and the last four at most`() {
    #expect(IdentityNumber.masked(number: "370200190001010011") == "370200********0011")
    #expect(IdentityNumber.masked(number: "370200190001010") == "370200*****1010")
    #expect(IdentityNumber.masked(number: "H1234567890123") == "**********0123")
    #expect(IdentityNumber.masked(number: "C1234567890") == "*******7890")
    #expect(IdentityNumber.masked(number: "E12345678") == "*****5678")
    #expect(IdentityNumber.masked(number: "1234") == "**34")
    #expect(IdentityNumber.masked(phone: "13800001234") == "*******1234")
  }
}

@Suite struct QueryCodeTests {
  /// docs/rules/intake.md, rule I9.
  @Test func `a code has six digits with zeros in front`() {
    #expect(QueryCode.code(of: [0, 0, 0, 0, 0, 0, 0, 7]) == "000007")
    #expect(QueryCode.code(of: [0, 0, 0, 0, 0, 15, 66, 64]) == "000000")
    #expect(QueryCode.code(of: [UInt8](repeating: 255, count: 32)).count == 6)
  }

  @Test func `codes are equal only if every digit is`() {
    #expect(QueryCode.isEqual("123456", "123456"))
    #expect(!QueryCode.isEqual("123456", "123457"))
    #expect(!QueryCode.isEqual("123456", "12345"))
    #expect(!QueryCode.isEqual("123456", "1234567"))
  }
}

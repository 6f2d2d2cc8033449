import Kernel
import Law
import TestSupport
import Testing

@testable import Approval

@Suite struct `Rules of approval` {
  @Test(
    arguments: TextTable(
      columns: 4,
      """
      clerk     handle 0 accepted  # A4 who accepted does not handle
      clerk     decide 0 accepted  # A4 who accepted does not decide
      clerk     decide 1 -         # A4 but may if the item says so
      clerk     review 0 -
      clerk     answer 0 -
      h         review 0 samePerson # A5 who handled does not review
      r         handle 0 samePerson # A5 who reviewed does not handle
      h         decide 0 -
      owner     handle 1 applicantSide # A4
      owner     review 1 applicantSide
      owner     answer 1 applicantSide
      owner     steer  1 applicantSide
      owner     decide 1 applicantSide
      owner     handOver 1 applicantSide
      clerk     handOver 0 -
      other     handle 0 -
      """
    ).rows
  )
  func `A4 A5 duties exclude each other`(row: TextTable.Row) throws {
    let duty = try #require(Duty.allCases.first { "\($0)" == row.columns[1] })
    let involvement = Involvement(
      owner: "owner",
      acceptedBy: "clerk",
      handlers: ["h"],
      reviewers: ["r"],
      onePersonMayDecide: row.columns[2] == "1"
    )
    let conflict = involvement.conflict(
      of: row.columns[0],
      owningAs: row.columns[0],
      doing: duty
    )
    #expect(conflict.map { "\($0)" } ?? "-" == row.columns[3])
  }

  @Test func `A4 a portal stands on its users' side`() {
    let involvement = Involvement(owner: "portal/user")
    func conflict(_ person: String) -> DutyConflict? {
      involvement.conflict(of: person, owningAs: person, doing: .decide)
    }
    #expect(conflict("portal") == .applicantSide)
    #expect(conflict("port") == nil)
  }

  @Test func `A4 an owner is known under the name by which owners are kept`() {
    func conflict(_ owner: String, _ person: String, _ own: String) -> DutyConflict? {
      Involvement(owner: owner).conflict(of: person, owningAs: own, doing: .steer)
    }
    #expect(conflict("/qd/li", "qd/li", "/qd/li") == .applicantSide)
    // A portal's user whom the portal calls the same is somebody else.
    #expect(conflict("qd/li", "qd/li", "/qd/li") == nil)
    #expect(conflict("/qd/li", "qd", "qd") == nil)
    #expect(conflict("/qd/li/x", "qd/li", "/qd/li") == nil)
    #expect(conflict("", "", "") == nil)
  }

  @Test func `A9 a refused licence outweighs a consultation, opinions bind nobody`() {
    #expect(Opposition.of([(.handle, .disagree), (.review, .disagree)]) == nil)
    #expect(Opposition.of([(.consult, .disagree), (.licence, .agree)]) == .consultation)
    #expect(Opposition.of([(.consult, .disagree), (.licence, .disagree)]) == .licence)
    #expect(Opposition.of([(.consult, .forward), (.licence, nil)]) == nil)
  }

  @Test func `A11 a number has letters, year, six digits and a check digit that finds one wrong`() {
    let number = CertificateNumber(prefix: "鲁卫公证", year: 2026, sequence: 1).description
    #expect(number.hasPrefix("鲁卫公证2026000001") && number.count == 15)
    let digits = "2026000001"
    let check = CertificateNumber.checkDigit(of: digits)
    #expect(number == "鲁卫公证\(digits)\(check)")
    for (index, digit) in digits.enumerated() {
      for other in "0123456789" where other != digit {
        var wrong = Array(digits)
        wrong[index] = other
        #expect(CertificateNumber.checkDigit(of: String(wrong)) != check)
      }
    }
  }

  @Test func `A11 the check digit is that of case numbers`() throws {
    let day = try #require(Day(iso: "2026-09-14"))
    let number = try #require(CaseNumber(region: "370212", day: day, department: 21, sequence: 7))
    let digits = String(number.text.dropLast())
    #expect(String(CertificateNumber.checkDigit(of: digits)) == String(number.text.suffix(1)))
  }

  @Test func `A12 a certificate holds up to the day before the corresponding day`() throws {
    let day = try #require(Day(iso: "2026-09-14"))
    let until = CertificateNumber.validUntil(issued: day, months: 48)
    #expect(until?.description == "2030-09-13")
    #expect(CertificateNumber.validUntil(issued: day, months: 0) == nil)
  }

  @Test(
    arguments: [
      ("2028-02-29", 12, "2029-02-28"), ("2028-02-29", 48, "2032-02-28"),
      ("2026-08-31", 6, "2027-02-28"), ("2027-08-31", 6, "2028-02-29"),
      ("2026-03-31", 1, "2026-04-30"), ("2026-02-28", 12, "2027-02-27"),
    ]
  )
  func `A12 T4 where the last month has no such day it holds to the month's end`(
    issued: String,
    months: Int,
    until: String
  ) throws {
    let day = try #require(Day(iso: issued))
    let last = CertificateNumber.validUntil(issued: day, months: months)
    #expect(last?.description == until)
  }
}

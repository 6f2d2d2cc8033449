import Kernel
import TestSupport
import Testing

@testable import Law

@Suite struct CitizenNumberTests {
  static let numbers = TextTable(
    columns: 4,
    """
    # number             birth      sex    masked
      11010519491231002X 1949-12-31 female 110105********002X # T29 the standard's sample
      11010519491231002x 1949-12-31 female 110105********002X # T29 a small x
      370200190001010011 1900-01-01 male   370200********0011 # T29 an invented one
      440524188001010014 1880-01-01 male   440524********0014 # T29 the standard's other sample
      110105194912310021 -          -      -  # T29 a wrong check character
      110105194913310025 -          -      -  # T29 no such month
      370200190102290017 -          -      -  # T29 no such day
      1101051949123100X  -          -      -  # T29 too short
      11010519491231002XX -         -      -  # T29 too long
      1101051949123100X2 -          -      -  # T29 an X elsewhere
      ３70200190001010011 -         -      -  # T29 another digit
    """
  )

  @Test(arguments: numbers.rows) func `a citizen number`(_ row: TextTable.Row) {
    let number = CitizenNumber(row.columns[0])
    #expect((number?.birthDate.description ?? "-") == row.columns[1])
    #expect((number.map { "\($0.sex)" } ?? "-") == row.columns[2])
    #expect((number?.masked ?? "-") == row.columns[3])
    #expect((number?.description ?? "-") == row.columns[3])
    if let number { #expect(number.region == number.text.prefix(6)) }
  }

  @Test func `T29 no single changed digit goes unnoticed`() {
    let good = Array("370200190001010011")
    for position in 0..<18 {
      for digit in "0123456789X" where digit != good[position] {
        var changed = good
        changed[position] = digit
        #expect(CitizenNumber(String(changed)) == nil)
      }
    }
  }

  @Test func `T29 a date that does not exist is refused whatever the check says`() {
    // Of eleven check characters exactly one is right, and no date makes it good.
    #expect("0123456789X".allSatisfy { CitizenNumber("37020019010229001\($0)") == nil })
    #expect("0123456789X".count { CitizenNumber("37020019010228001\($0)") != nil } == 1)
  }
}

@Suite struct CreditCodeTests {
  static let codes = TextTable(
    columns: 4,
    """
    # code               category region body
      91350100M000100Y43 91 350100 M000100Y4 # T30 a published sample
      11370212MB0000123R 11 370212 MB0000123 # T30 an agency
      91370212MA3C000114 91 370212 MA3C00011 # T30 an enterprise
      52370212MJD000038C 52 370212 MJD000038 # T30 a private non-enterprise unit
      91370212ma3c000114 91 370212 MA3C00011 # T30 small letters
      91370212MA3C000115 -  -      -         # T30 a wrong check character
      91370212MA3C00011I -  -      -         # T30 a letter that is not of the alphabet
      91370212MA3C00011  -  -      -         # T30 too short
      913702A2MA3C000114 -  -      -         # T30 a region is digits
      91370212MA3C0001145 - -      -         # T30 too long
    """
  )

  @Test(arguments: codes.rows) func `a credit code`(_ row: TextTable.Row) {
    let code = CreditCode(row.columns[0])
    #expect((code.map { String($0.category) } ?? "-") == row.columns[1])
    #expect((code.map { String($0.region) } ?? "-") == row.columns[2])
    #expect((code.map { String($0.bodyCode) } ?? "-") == row.columns[3])
  }

  @Test func `T30 no single changed character goes unnoticed`() {
    let good = Array("91370212MA3C000114")
    for position in 0..<18 {
      for character in "0123456789ABCDEFGHJKLMNPQRTUWXY" where character != good[position] {
        var changed = good
        changed[position] = character
        #expect(CreditCode(String(changed)) == nil)
      }
    }
  }

  @Test(arguments: [
    ("11370212MB0000123R", true), ("91370212MA3C000114", true), ("52370212MJD000038C", true),
    ("91350100M000100Y43", true), ("91370212MA3C0002XU", true), ("91370212MA3C000707", true),
    ("91370212MA3C000127", false),
  ])
  func `T30 the check inside the body's code is a question of its own`(
    _ text: String,
    _ isValid: Bool
  ) throws {
    let code = try #require(CreditCode(text))
    #expect(code.hasValidBodyCode == isValid)
    #expect(code.description == text)
  }
}

@Suite struct CaseNumberTests {
  @Test func `T31 a number is made and read back`() throws {
    let day = try Reading.day("2026-09-14")
    let made = try #require(
      CaseNumber(region: "370212", day: day, department: 20, sequence: 1)
    )
    #expect(made.text.dropLast() == "3702122026091402000001")
    let read = try #require(CaseNumber(made.text))
    #expect(read == made)
    #expect(read.day == day)
    #expect(read.description == made.text)
    #expect([read.region, read.department, read.sequence] == ["370212", "020", "00001"])
  }

  @Test func `T31 a part that does not fit is refused`() throws {
    let day = try Reading.day("2026-09-14")
    for (region, department, sequence) in [
      ("37021", 1, 1), ("3702122", 1, 1), ("37021A", 1, 1), ("370212", 1000, 1),
      ("370212", -1, 1), ("370212", 1, 100_000), ("370212", 1, -1),
    ] {
      #expect(
        CaseNumber(region: region, day: day, department: department, sequence: sequence) == nil
      )
    }
  }

  @Test(arguments: 0..<50) func `T31 no changed digit goes unnoticed`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    let number = try #require(
      CaseNumber(
        region: "370212",
        day: Day(epochDay: .random(in: 15_000...25_000, using: &random)),
        department: .random(in: 0...999, using: &random),
        sequence: .random(in: 0...99_999, using: &random)
      )
    )
    let good = Array(number.text)
    for position in 0..<23 {
      for digit in "0123456789" where digit != good[position] {
        var changed = good
        changed[position] = digit
        #expect(CaseNumber(String(changed)) == nil)
      }
    }
  }

  @Test func `T31 nearly all swapped neighbours are noticed`() throws {
    var (tried, unnoticed) = (0, 0)
    for sequence in 0..<2000 {
      let digits = Array(String(1_000_000 + sequence * 7919 % 9_000_000).utf8)
      let check = try #require(CaseNumber.checkDigit(of: digits))
      for position in 0..<6 where digits[position] != digits[position + 1] {
        var swapped = digits
        swapped.swapAt(position, position + 1)
        tried += 1
        if CaseNumber.checkDigit(of: swapped) == check { unnoticed += 1 }
      }
    }
    #expect(unnoticed * 25 < tried)
  }

  /// The example of the standard itself.
  @Test func `T31 the check digit of 0794 is 5`() {
    #expect(CaseNumber.checkDigit(of: "0794".utf8) == 5)
    #expect(CaseNumber.checkDigit(of: "07a4".utf8) == nil)
  }

  static let texts = TextTable(
    columns: 1,
    """
      370212202609140200000   # T31 too short
      370212202613140200000112 # T31 too long
      37021220260914020 # T31 half
      3702122026O914020000011 # T31 a letter
    """
  )

  @Test(arguments: texts.rows) func `a text that is no case number`(_ row: TextTable.Row) {
    #expect(CaseNumber(row.columns[0]) == nil)
  }

  @Test func `T31 a date that does not exist is refused whatever the check says`() {
    #expect("0123456789".allSatisfy { CaseNumber("3702122026023002000001\($0)") == nil })
    #expect("0123456789".count { CaseNumber("3702122026022802000001\($0)") != nil } == 1)
  }
}

import Law
import TestSupport
import Testing

@Suite struct TermTextTests {
  static let texts = TextTable(
    columns: 2,
    """
    # text  read
      20wd  20wd  # T8 working days
      1wd   1wd   # T8 one
      9999d 9999d # T8 natural days
      3m    3m    # T8 months
      0     0     # T8 on the spot
      0wd   -     # T8 none is not nothing
      00    -     # T8 one way to write it
      020wd -     # T8 one way to write it
      10000d -    # T8 too long
      -1d   -     # T8 negative
      +1d   -     # T8 signed
      wd    -     # T8 no amount
      20    -     # T8 no unit
      20WD  -     # T8 units are in lower case
      20wdd -     # T8 more than a unit
      ２０d -     # T8 other digits
      99999999999999999999d - # T8 no number of the machine
    """
  )

  @Test(arguments: texts.rows) func `a text is a term`(_ row: TextTable.Row) {
    #expect((Term(row.columns[0])?.description ?? "-") == row.columns[1])
  }

  @Test(arguments: Term.Unit.allCases) func `T8 an amount must fit its unit`(_ unit: Term.Unit) {
    let isImmediate = unit == .immediate
    #expect((Term(0, unit) != nil) == isImmediate)
    #expect((Term(1, unit) == nil) == isImmediate)
    #expect((Term(9999, unit) == nil) == isImmediate)
    #expect(Term(10_000, unit) == nil)
    #expect(Term(-1, unit) == nil)
  }

  @Test func `T8 a term is said in both languages`() {
    #expect(Term.workingDays(8).text == Bilingual(zh: "8个工作日", en: "8 working days"))
    #expect(Term.naturalDays(1).text == Bilingual(zh: "1日", en: "1 natural day"))
    #expect(Term.months(3).text == Bilingual(zh: "3个月", en: "3 months"))
    #expect(Term.immediate.text == Bilingual(zh: "即办", en: "on the spot"))
  }

  @Test func `T8 a term of no days is a programmer's error`() async {
    await #expect(processExitsWith: .failure) { _ = Term.workingDays(0) }
  }
}

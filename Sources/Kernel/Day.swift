/// A civil day, with no time of day and no time zone.
///
/// - Unit: days since 1970-01-01 (a Thursday) in the proleptic Gregorian calendar.
package struct Day: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let epochDay: Int32

  package init(epochDay: Int32) {
    self.epochDay = epochDay
  }

  /// The day of a year, a month (1-12) and a day of the month (1-31).
  ///
  /// - Returns: nil if the calendar has no such day, or the year lies outside 1 to 9999.
  /// - Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.lengthOfMonth(year: year, month: month)
    else { return nil }
    self.init(validYear: year, month: month, day: day)
  }

  /// The day of a year that is at least 1, a month and a day that the month has.
  private init(validYear year: Int, month: Int, day: Int) {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    epochDay = Int32(era * 146_097 + dayOfEra - 719_468)
  }

  /// The day of an ISO 8601 calendar date of exactly the form `YYYY-MM-DD`.
  ///
  /// - Returns: nil for any other form and for a date that does not exist.
  package init?(iso text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10) else {
      return nil
    }
    self.init(year: year, month: month, day: day)
  }

  /// How many days a month (1-12) of a year has.
  package static func lengthOfMonth(year: Int, month: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The year, the month (1-12) and the day of the month (1-31).
  ///
  /// - Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
  package var civil: (year: Int, month: Int, day: Int) {
    let shifted = Int(epochDay) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  /// The year of the day, for example 2026.
  package var year: Int { civil.year }

  /// ISO 8601 weekday: Monday is 1, Sunday is 7.
  package var weekday: Int {
    let daysSinceMonday = (Int(epochDay) + 3) % 7
    return (daysSinceMonday < 0 ? daysSinceMonday + 7 : daysSinceMonday) + 1
  }

  /// The date as `YYYY-MM-DD`; years beyond 9999 have more digits.
  package var description: String {
    let (year, month, day) = civil
    guard (0...9999).contains(year) else { return "\(year)-\(Self.two(month))-\(Self.two(day))" }
    // Written often, as a part of answers, so without a text for each part.
    return String(unsafeUninitializedCapacity: 10) { text in
      let digits = [
        year / 1000, year / 100, year / 10, year, -1, month / 10, month, -1, day / 10, day,
      ]
      for (index, digit) in digits.enumerated() {
        text[index] = digit < 0 ? 0x2D : 0x30 + UInt8(digit % 10)
      }
      return 10
    }
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  package static func < (earlier: Self, later: Self) -> Bool {
    earlier.epochDay < later.epochDay
  }

  /// Returns the day that many days later, or earlier if the number is negative.
  package func advanced(byDays days: Int) -> Self {
    Self(epochDay: epochDay + Int32(days))
  }

  /// Returns the corresponding day of the month that many months later, at least 0, or the last
  /// day of that month if it has no such day.
  package func advanced(byMonths months: Int) -> Self {
    let (year, month, day) = civil
    let monthsFromZero = year * 12 + month - 1 + months
    let (laterYear, laterMonth) = (monthsFromZero / 12, monthsFromZero % 12 + 1)
    let length = Self.lengthOfMonth(year: laterYear, month: laterMonth)
    return Self(validYear: laterYear, month: laterMonth, day: min(day, length))
  }

  /// Returns how many days `self` lies after `earlier`; negative if it lies before.
  package func days(since earlier: Self) -> Int {
    Int(epochDay) - Int(earlier.epochDay)
  }
}

package import Kernel

/// The notice of the State Council's General Office by which days off are decreed.
package struct Decree: Sendable, Hashable {
  /// The title, in Chinese.
  package var title: String

  /// Where the text is published.
  package var url: String

  package init(title: String, url: String) {
    self.title = title
    self.url = url
  }
}

/// What one decree says about the days of the years that it covers.
///
/// - Source: docs/rules/terms.md, rule T5 (the yearly notice of the State Council)
package struct CalendarRevision: Sendable, Hashable {
  /// A day that the decree names.
  package struct NamedDay: Sendable, Hashable {
    /// What the decree makes of the day.
    package enum Kind: Sendable, Hashable, CaseIterable {
      /// Nobody works.
      case off
      /// Everybody works, be it a Saturday or a Sunday (调休).
      case work
    }

    /// The date.
    package var day: Day

    /// Off or work.
    package var kind: Kind

    /// The holiday on account of which the day is named, in Chinese.
    package var occasion: String

    package init(day: Day, kind: Kind, occasion: String) {
      self.day = day
      self.kind = kind
      self.occasion = occasion
    }
  }

  /// A short name that is unique in its calendar, for example `2019-2`.
  package var name: String

  /// The decree.
  package var decree: Decree

  /// The years that the decree covers; for these it replaces every earlier revision.
  package var years: Set<Int>

  /// The days that the decree names.
  ///
  /// Some may lie just outside of the covered years, as the last days of December often do.
  package var days: [NamedDay]

  package init(name: String, decree: Decree, years: Set<Int>, days: [NamedDay]) {
    self.name = name
    self.decree = decree
    self.years = years
    self.days = days
  }

  /// The covered year to which a named day belongs: its own or else the nearest.
  func home(of day: Day) -> Int? {
    let year = day.year
    return years.min { (abs($0 - year), $0) < (abs($1 - year), $1) }
  }
}

package import Kernel

/// Why a day is a working day or not.
///
/// - Source: docs/rules/terms.md, rules T2 (Administrative Licensing Law 82), T5 and T6
package struct DayExplanation: Sendable, Hashable {
  /// What a day is.
  package enum Nature: Sendable, Hashable, CaseIterable {
    /// Monday to Friday, worked.
    case weekday
    /// Saturday or Sunday, not worked.
    case weekend
    /// Off by decree.
    case holiday
    /// A Saturday or Sunday that is worked by decree (调休).
    case makeUp
  }

  /// The day.
  package let day: Day

  /// What the day is.
  package let nature: Nature

  /// The holiday on account of which a decree names the day, in Chinese; nil if none does.
  package let occasion: String?

  /// The decree in force for the day; nil if there is none yet.
  package let decree: Decree?

  /// Whether Monday to Friday is only assumed because no decree covers the year.
  package let isProvisional: Bool

  /// Whether the day is a working day.
  package var isWorkingDay: Bool { nature == .weekday || nature == .makeUp }

  /// The explanation as a phrase.
  package var text: Bilingual {
    let name = occasion ?? ""
    return switch nature {
    case .weekday: Bilingual(zh: "工作日", en: "a working day")
    case .weekend: Bilingual(zh: "周末", en: "a weekend")
    case .holiday: Bilingual(zh: "\(name)放假", en: "a holiday (\(name))")
    case .makeUp: Bilingual(zh: "\(name)调休上班", en: "a make-up working day (\(name))")
    }
  }
}

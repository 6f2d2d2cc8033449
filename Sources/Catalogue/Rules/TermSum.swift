internal import Law

/// Whether terms that follow one another fit into another term.
///
/// - Source: docs/rules/catalogue.md, rules C7 (promise and legal limit) and C8 (steps)
enum TermSum: Hashable {
  /// They fit.
  case fits
  /// They are longer.
  case exceeds
  /// They are longer if a working day is taken for 1.4 natural days and a month for 30.
  case mayExceed

  /// Compares terms that follow one another with the whole that they must fit into.
  ///
  /// What is done on the spot takes no time in any unit.
  init(_ parts: [Term], in whole: Term) {
    let total = parts.reduce(0) { $0 + Self.length(of: $1) }
    let units = Set((parts + [whole]).map(\.unit)).subtracting([.immediate])
    if total <= Self.length(of: whole) {
      self = .fits
    } else {
      self = units.count <= 1 ? .exceeds : .mayExceed
    }
  }

  /// The usual length of a term.
  ///
  /// - Unit: tenths of a natural day.
  static func length(of term: Term) -> Int {
    switch term.unit {
    case .workingDay: term.amount * 14
    case .naturalDay: term.amount * 10
    case .month: term.amount * 300
    case .immediate: 0
    }
  }
}

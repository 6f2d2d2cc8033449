package import Kernel
package import Law

/// The one and complete correction notice (补正告知书) and how far it is answered.
///
/// - Source: docs/rules/intake.md, rules I5 to I7
package struct Correction: Sendable, Hashable {
  /// Something that is missing or wrong.
  package struct Gap: Sendable, Hashable {
    /// The material; empty for a gap in the form itself.
    package var materialCode: String
    /// What to do about it.
    package var demand: String
    /// Whether it is closed.
    package var isClosed: Bool

    package init(materialCode: String, demand: String, isClosed: Bool = false) {
      self.materialCode = materialCode
      self.demand = demand
      self.isClosed = isClosed
    }
  }

  /// Why an answer names a gap that it cannot answer.
  package enum AnswerFault: Sendable, Hashable {
    /// The notice has no such gap.
    case noSuchGap
    /// The gap is closed by its material.
    case needsMaterial
  }

  /// All gaps, in the order of the notice.
  package var gaps: [Gap]

  package init(gaps: [Gap]) {
    self.gaps = gaps
  }

  /// Whether nothing is open any more.
  package var isComplete: Bool { gaps.allSatisfy(\.isClosed) }

  /// The gaps still open.
  package var open: [Gap] { gaps.filter { !$0.isClosed } }

  /// Why a gap cannot be answered without a material; nil if it can.
  package func fault(answering index: Int) -> AnswerFault? {
    guard gaps.indices.contains(index) else { return .noSuchGap }
    return gaps[index].materialCode.isEmpty ? nil : .needsMaterial
  }

  /// Closes the gaps of these materials and those answered by index.
  ///
  /// - Returns: How many gaps this closed.
  @discardableResult
  package mutating func supply(materials: Set<String>, answered: Set<Int>) -> Int {
    var closed = 0
    for index in gaps.indices where !gaps[index].isClosed {
      let code = gaps[index].materialCode
      let isSupplied = code.isEmpty ? answered.contains(index) : materials.contains(code)
      guard isSupplied else { continue }
      gaps[index].isClosed = true
      closed += 1
    }
    return closed
  }

  /// The last day on which a notice can be answered: 30 natural days.
  package static func answerBy(noticeOn day: Day, in calendar: WorkCalendar) -> Day {
    TermClock(start: day, term: .correction).reckoned(in: calendar, asOf: day).due
  }
}

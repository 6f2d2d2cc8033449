package import Kernel

/// The light of a clock.
///
/// The numbers are those of the contract and of the store.
package enum Lamp: Int, Sendable, Hashable, CaseIterable {
  /// In time.
  case green = 1
  /// The end is near, or a pause runs past its planned end.
  case yellow
  /// The due day, and days off behind it.
  case orange
  /// Past the term.
  case red
  /// Past the legal limit.
  case purple
  /// The clock stands still.
  case grey

  /// The light of a running clock on a day.
  ///
  /// - Parameters:
  ///   - watched: Which clock.
  ///   - yellowOn: From when it is yellow.
  ///   - due: Its last day.
  ///   - lateOn: From when it is red or purple.
  ///   - pausedFrom: The first day of an open pause.
  ///   - plannedEnd: The planned last day of that pause.
  ///   - today: The day that is asked for.
  /// - Returns: The light; red and purple are never hidden.
  /// - Source: docs/rules/monitoring.md, rule M3
  package static func of(
    _ watched: Watched,
    yellowOn: Day,
    due: Day,
    lateOn: Day,
    pausedFrom: Day?,
    plannedEnd: Day?,
    on today: Day
  ) -> Self {
    if let pausedFrom, pausedFrom <= today {
      return plannedEnd.map { $0 < today } == true ? .yellow : .grey
    }
    if lateOn <= today { return watched == .legal ? .purple : .red }
    if watched == .legal { return .green }
    if due <= today { return .orange }
    return yellowOn <= today ? .yellow : .green
  }
}

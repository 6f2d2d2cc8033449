/// Who goes first; the numbers are those of the contract and of the store.
///
/// - Source: docs/rules/queueing.md, rule Q4
enum TicketClass: Int64, CaseIterable, Comparable {
  /// 绿色通道、重点项目代办员.
  case greenChannel = 1
  /// 军人、残疾人、70 岁以上、孕妇、携婴.
  case care = 2
  /// 普通.
  case ordinary = 3

  static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }
}

/// Which class is called next, so that nobody waits for ever.
///
/// - Source: docs/rules/queueing.md, rule Q4
enum CallOrder {
  /// How many calls of higher classes may follow one another while an ordinary ticket waits.
  static let mostInARow = 2

  /// The class whose longest waiting ticket is called next.
  ///
  /// - Parameters:
  ///   - waiting: The classes of which somebody waits.
  ///   - recent: The classes of the last calls of the letter today, the last one first.
  ///   - recentHigher: The same without ordinary ones.
  /// - Returns: nil if nobody waits.
  static func next(
    waiting: Set<TicketClass>,
    recent: [TicketClass],
    recentHigher: [TicketClass]
  ) -> TicketClass? {
    if waiting.contains(.ordinary), isFull(recent, where: { $0 < .ordinary }) { return .ordinary }
    if waiting.contains(.care), isFull(recentHigher, where: { $0 == .greenChannel }) {
      return .care
    }
    return waiting.min()
  }

  /// Whether the last calls were as many of some classes as may follow one another.
  private static func isFull(_ calls: [TicketClass], where isOne: (TicketClass) -> Bool) -> Bool {
    let last = calls.prefix(mostInARow)
    return last.count == mostInARow && last.allSatisfy(isOne)
  }
}

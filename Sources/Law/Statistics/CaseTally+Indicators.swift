extension CaseTally {
  /// 按时办结率: closed within the promise, of all closed.
  package var onTimeRate: Ratio { Ratio(closedOnTime, closed) }

  /// 提前办结率: closed before the last day of the promise, of all closed.
  package var aheadRate: Ratio { Ratio(closedAhead, closed) }

  /// 平均办结天数: working days a closed case.
  package var meanDays: Ratio { Ratio(actualDays, closed) }

  /// 平均提前天数: working days ahead of the legal limit, a closed case that has one.
  package var meanDaysAhead: Ratio { Ratio(daysAhead, withLegalLimit) }

  /// 提速率: a ratio of sums, not the mean of ratios.
  ///
  /// - Source: docs/rules/terms.md, rule T28 (statistics)
  package var speedUp: Ratio { Ratio(daysAhead, legalDays) }

  /// 超期率: closed late or open past due, of all closed or open past due.
  package var overdueRate: Ratio {
    Ratio(closed - closedOnTime + openPastDue, closed + openPastDue)
  }

  /// 承诺时限压缩比: by how much promises undercut legal limits, over items and unweighted.
  ///
  /// - Source: docs/rules/terms.md, rule T28 (statistics)
  package static func compression(of items: [(legalDays: Int, promiseDays: Int)]) -> Ratio {
    let legal = items.reduce(0) { $0 + $1.legalDays }
    let promise = items.reduce(0) { $0 + $1.promiseDays }
    return Ratio(legal - promise, legal)
  }
}

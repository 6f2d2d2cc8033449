internal import Kernel
internal import Law
package import Messages
package import Service
internal import Storage

extension MonitoringHandlers {
  /// The figures of handbook 9 for a period.
  ///
  /// - Source: docs/rules/monitoring.md, rule M9
  package func getStatistics(
    _ request: MonitoringV1.GetStatisticsRequest,
    _ call: Service.Reading
  ) throws -> MonitoringV1.GetStatisticsResponse {
    guard let from = Day(iso: request.from), let to = Day(iso: request.to), from <= to else {
      throw Refusal.invalid(
        field: "to",
        reason: "OUT_OF_RANGE",
        zh: "结束日期不得早于开始日期",
        en: "The period must not end before it begins"
      )
    }
    let scope = StatisticsScope(
      hall: call.call.hall,
      from: from,
      to: to,
      department: request.departmentCode,
      item: request.itemCode
    )
    let snapshot = call.snapshot
    // A day is over at its 24:00; in a period that still runs only yesterday's promises are.
    let over = min(to, call.call.today.advanced(byDays: -1))
    var tally = try snapshot.tally(scope)
    for _ in 0..<(try snapshot.openOverdue(scope, over: over)) { tally.addOpenPastDue() }
    let ratings = try snapshot.ratings(scope)
    return MonitoringV1.GetStatisticsResponse(
      accepted: Int64(try snapshot.accepted(scope)),
      closed: Int64(tally.closed),
      onTime: Int64(tally.closedOnTime),
      ahead: Int64(tally.closedAhead),
      late: Int64(tally.closed - tally.closedOnTime),
      openOverdue: Int64(tally.openPastDue),
      onTimeRate: tally.onTimeRate.value ?? 0,
      aheadRate: tally.aheadRate.value ?? 0,
      overdueRate: tally.overdueRate.value ?? 0,
      meanDays: tally.meanDays.value ?? 0,
      meanDaysAhead: tally.meanDaysAhead.value ?? 0,
      speedUp: tally.speedUp.value ?? 0,
      legalDays: Int64(tally.legalDays),
      usedDays: Int64(tally.actualDays),
      ratings: Int64(ratings.all),
      goodRatings: Int64(ratings.good)
    )
  }
}

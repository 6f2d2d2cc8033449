internal import Kernel
internal import Law
package import Messages
internal import Service

extension CalendarHandlers {
  /// How many days are explained at most.
  private static let mostDays = 400

  /// Whether days are worked and why.
  package func explainDay(
    _ request: CatalogueV1.ExplainDayRequest,
    _ call: Reading
  ) throws -> CatalogueV1.ExplainDayResponse {
    let calendar = try call.calendar()
    let to = request.to.isEmpty ? request.from : request.to
    guard let first = Day(iso: request.from), let last = Day(iso: to) else {
      return CatalogueV1.ExplainDayResponse()
    }
    let count = last.days(since: first) + 1
    guard (1...Self.mostDays).contains(count) else {
      throw Refusal.invalid(
        field: "to",
        reason: "OUT_OF_RANGE",
        zh: "须不早于起始日，且不超过 \(Self.mostDays) 天",
        en: "must not be before the first day, and at most \(Self.mostDays) days"
      )
    }
    let days = (0..<count).map { calendar.explain(first.advanced(byDays: $0)).message }
    return CatalogueV1.ExplainDayResponse(days: days)
  }
}

extension DayExplanation {
  /// The day as a message; the decree is named only where it makes the day what it is.
  fileprivate var message: CatalogueV1.DayExplanation {
    CatalogueV1.DayExplanation(
      day: day.description,
      working: isWorkingDay,
      weekday: UInt32(day.weekday),
      occasion: occasion ?? "",
      decree: occasion == nil ? "" : decree?.title ?? "",
      provisional: isProvisional
    )
  }
}

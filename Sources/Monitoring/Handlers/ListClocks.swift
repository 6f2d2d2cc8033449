internal import Kernel
package import Messages
package import Service
internal import Storage

extension MonitoringHandlers {
  /// Open clocks by due day.
  package func listClocks(
    _ request: MonitoringV1.ListClocksRequest,
    _ call: Service.Reading
  ) throws -> MonitoringV1.ListClocksResponse {
    let paging = try Paging(request.page, parts: 2)
    let mark = try paging.mark.map { mark in
      guard let due = Int64(mark[0]), let id = Int64(mark[1]) else {
        throw Refusal.invalid(
          field: "page.token",
          reason: "FORMAT",
          zh: "翻页标记无效",
          en: "The page token is not one of this list"
        )
      }
      return ClockFilter.Mark(due: due, id: id)
    }
    let filter = ClockFilter(
      light: Lamp(rawValue: Int(request.light.rawValue)),
      department: request.departmentCode,
      dueUntil: Day(iso: request.dueUntil),
      watched: Watched(rawValue: Int(request.kind.rawValue))
    )
    let fetched = try call.snapshot.clocks(
      filter,
      hall: call.call.hall,
      after: mark,
      limit: paging.size + 1
    )
    let (clocks, next) = paging.cut(fetched) { [String($0.due.epochDay), String($0.id)] }
    // The stored light finds the rows by an index; what is said is the light of this moment.
    let today = call.call.today
    let shown = clocks.filter { filter.light == nil || $0.light(on: today) == filter.light }
    var messages = ClockMessages(call)
    return MonitoringV1.ListClocksResponse(
      clocks: try shown.map { try messages.message($0) },
      nextPageToken: next
    )
  }
}

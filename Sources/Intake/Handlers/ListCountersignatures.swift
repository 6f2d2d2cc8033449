internal import Kernel
package import Messages
internal import Service

extension IntakeHandlers {
  /// What waits for a second signature, oldest first.
  package func listCountersignatures(
    _ request: IntakeV1.ListCountersignaturesRequest,
    _ reading: Reading
  ) throws -> IntakeV1.ListCountersignaturesResponse {
    let paging = try Paging(request.page, parts: 2)
    var mark: (requestedAt: Instant, id: String)?
    if let parts = paging.mark {
      guard let milliseconds = Int64(parts[0]) else { throw Refusal.badToken }
      mark = (Instant(unixMilliseconds: milliseconds), parts[1])
    }
    let fetched = try reading.snapshot.countersignatures(
      hall: reading.call.hall,
      after: mark,
      limit: paging.size + 1
    )
    let page = paging.cut(fetched) { [String($0.requestedAt.unixMilliseconds), $0.id] }
    return IntakeV1.ListCountersignaturesResponse(
      countersignatures: page.entries.map(\.message),
      nextPageToken: page.next
    )
  }
}

extension Refusal {
  /// The page token is of this form but not of this list.
  static let badToken = Refusal.invalid(
    field: "page.token",
    reason: "FORMAT",
    zh: "翻页标记无效",
    en: "The page token is not one of this list"
  )
}

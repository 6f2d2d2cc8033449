internal import Kernel
internal import Messages
internal import Service

extension GatewayHandlers {
  /// Who was turned away at the gateway, newest first.
  func listRefusedAttempts(
    _ request: GatewayV1.ListRefusedAttemptsRequest,
    _ call: Reading
  ) throws -> GatewayV1.ListRefusedAttemptsResponse {
    let paging = try Paging(request.page, parts: 2)
    let fetched = try call.snapshot.refusedAttempts(
      hall: call.call.hall,
      before: try mark(paging),
      limit: paging.size + 1
    )
    let (entries, next) = paging.cut(fetched) {
      [String($0.minute.unixMilliseconds), String($0.id)]
    }
    return GatewayV1.ListRefusedAttemptsResponse(
      attempts: entries.map(\.message),
      nextPageToken: next
    )
  }

  private func mark(_ paging: Paging) throws(Refusal) -> (minute: Instant, id: Int64)? {
    guard let mark = paging.mark else { return nil }
    guard let minute = Int64(mark[0]), let id = Int64(mark[1]) else {
      throw .invalid(
        field: "page.token",
        reason: "FORMAT",
        zh: "翻页标记无效",
        en: "The page token is not one of this list"
      )
    }
    return (Instant(unixMilliseconds: minute), id)
  }
}

extension RefusedAttempt {
  fileprivate var message: GatewayV1.RefusedAttempt {
    GatewayV1.RefusedAttempt(
      minute: GoogleProtobuf.Timestamp(minute),
      source: kind.source,
      reason: kind.reason,
      method: kind.method,
      count: count
    )
  }
}

package import Messages
internal import Service

extension ApprovalHandlers {
  /// Answers what happened to a case, in order.
  package func getTimeline(
    _ request: ApprovalV1.GetTimelineRequest,
    _ call: Reading
  ) throws -> ApprovalV1.GetTimelineResponse {
    let row = try call.theCase(request.number)
    return ApprovalV1.GetTimelineResponse(
      entries: try call.snapshot.timeline(hall: call.call.hall, caseNumber: row.number)
    )
  }
}

package import Messages
internal import Service

extension IntakeHandlers {
  /// Applications, one's own or the hall's, newest first.
  package func listApplications(
    _ request: IntakeV1.ListApplicationsRequest,
    _ reading: Reading
  ) throws -> IntakeV1.ListApplicationsResponse {
    let paging = try Paging(request.page, parts: 1)
    var filter = ApplicationFilter(hall: reading.call.hall, limit: paging.size + 1)
    if reading.call.seesOnlyOwn { filter.owner = reading.call.pass.owner }
    filter.state = ApplicationState(rawValue: Int(request.state.rawValue))
    filter.itemCode = request.itemCode
    filter.departmentCode = request.departmentCode
    if let mark = paging.mark {
      guard let before = Int64(mark[0]) else { throw Refusal.badToken }
      filter.before = before
    }
    let page = paging.cut(try reading.snapshot.applications(filter)) { [String($0.id)] }
    return IntakeV1.ListApplicationsResponse(
      applications: try page.entries.map { try reading.message(of: $0) },
      nextPageToken: page.next
    )
  }
}

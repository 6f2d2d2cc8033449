package import Messages
internal import Service

extension ApprovalHandlers {
  /// Answers one case, whole, with its due days as they are now.
  package func getCase(
    _ request: ApprovalV1.GetCaseRequest,
    _ call: Reading
  ) throws -> ApprovalV1.GetCaseResponse {
    ApprovalV1.GetCaseResponse(case: try call.message(of: call.theCase(request.number)))
  }
}

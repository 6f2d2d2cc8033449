package import Messages
internal import Service

extension IntakeHandlers {
  /// One application, personal data masked.
  package func getApplication(
    _ request: IntakeV1.GetApplicationRequest,
    _ reading: Reading
  ) throws -> IntakeV1.GetApplicationResponse {
    let row = try reading.application(request.number)
    return IntakeV1.GetApplicationResponse(application: try reading.message(of: row))
  }
}

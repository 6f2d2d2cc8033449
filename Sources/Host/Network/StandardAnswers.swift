internal import HTTP2
internal import Service

/// The answers that the network gives by itself, without asking what is served.
///
/// - Source: the Connect protocol, "Error Codes": the error is JSON for callers of both codecs.
enum StandardAnswers {
  /// The body is longer than is taken.
  static let tooLarge = failure(
    413,
    code: "resource_exhausted",
    message: "The body of the request is too long."
  )
  /// The header list is longer than is taken.
  static let headersTooLarge = failure(
    431,
    code: "resource_exhausted",
    message: "The header fields of the request are too long."
  )
  /// The service behind the door does not answer.
  static let unavailable = failure(
    503,
    code: "unavailable",
    message: "The service cannot be reached.",
    retryAfter: true
  )
  /// There is no room for another call.
  static let overloaded = failure(
    503,
    code: "unavailable",
    message: "Too many calls are open.",
    retryAfter: true
  )
  /// The service's answer cannot be passed on.
  static let badAnswer = failure(
    500,
    code: "internal",
    message: "The answer of the service cannot be passed on."
  )
  /// What is served gave no answer.
  static let abandoned = failure(
    500,
    code: "internal",
    message: "The request was not answered."
  )
  /// The body came too slowly.
  static let tooSlow = failure(
    408,
    code: "deadline_exceeded",
    message: "The body of the request came too slowly."
  )

  private static func failure(
    _ status: Int,
    code: String,
    message: String,
    retryAfter: Bool = false
  ) -> Answer {
    var fields = [Answer.Field("content-type", "application/json")]
    if retryAfter { fields.append(Answer.Field("retry-after", "1")) }
    let body = #"{"code":"\#(code)","message":"\#(message)"}"#
    return Answer(status: status, fields: fields, body: Array(body.utf8))
  }
}

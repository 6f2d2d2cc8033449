internal import Connect
internal import Service

/// The answers that the network gives by itself, without asking what is served.
///
/// - Source: the Connect protocol, "Error Codes": the error is JSON for callers of both codecs.
enum StandardAnswers {
  /// The body is longer than is taken.
  static let tooLarge = answer(
    Refusal(
      .resourceExhausted,
      "TOO_LARGE",
      zh: "请求体过大",
      en: "The body of the request is too long"
    ),
    status: 413
  )
  /// The header list is longer than is taken.
  static let headersTooLarge = answer(
    Refusal(
      .resourceExhausted,
      "HEADERS_TOO_LARGE",
      zh: "请求头过大",
      en: "The header fields of the request are too long"
    ),
    status: 431
  )
  /// The service behind the door does not answer, and the call has not reached it.
  static let unavailable = answer(
    Refusal(
      .unavailable,
      "SERVICE_UNREACHABLE",
      zh: "服务暂时无法连接，请稍后重试",
      en: "The service cannot be reached; repeat later",
      retryAfterSeconds: 1
    )
  )
  /// The service was lost after the call had gone out: it may have taken effect.
  static let outcomeUnknown = answer(.outcomeUnknown)
  /// The service has not answered in the time that the caller gave.
  static let deadlineExceeded = answer(.deadlineExceeded)
  /// There is no room for another call.
  static let overloaded = answer(.overloaded)
  /// The service's answer cannot be passed on.
  static let badAnswer = answer(.internalFault)
  /// The last envelope of a stream that ends because this process stops.
  static let endOfStream = Envelope(
    flags: .endOfStream,
    payload: Refusal.stopping.endOfStream(Audience(prefersEnglish: false, readsJSON: true))
  ).bytes
  /// What is served gave no answer.
  static let abandoned = answer(.internalFault)
  /// The body came too slowly.
  static let tooSlow = answer(
    Refusal(
      .deadlineExceeded,
      "BODY_TOO_SLOW",
      zh: "请求体传输过慢",
      en: "The body of the request came too slowly"
    ),
    status: 408
  )

  /// In Chinese, with the detail in the clear: who is asked nothing has said what it reads.
  private static func answer(_ refusal: Refusal, status: Int? = nil) -> Answer {
    var answer = refusal.answer(Audience(prefersEnglish: false, readsJSON: true))
    answer.status = status ?? answer.status
    return answer
  }
}

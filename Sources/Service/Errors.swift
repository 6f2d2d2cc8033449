package import Connect
package import Messages
internal import Storage

/// Who reads an error: in what language, and whether as JSON all through.
package struct Audience: Sendable, Hashable {
  /// Chinese unless the caller accepts English first.
  package var prefersEnglish: Bool
  /// Whether the caller speaks JSON, so that details are also given in the clear.
  package var readsJSON: Bool

  package init(prefersEnglish: Bool, readsJSON: Bool) {
    self.prefersEnglish = prefersEnglish
    self.readsJSON = readsJSON
  }

  /// Reads `Accept-Language` and the content type.
  package init(_ fields: any HeaderFields) {
    prefersEnglish = fields.value(of: "accept-language").map(Self.prefersEnglish) ?? false
    readsJSON = fields.value(of: "content-type").map(Self.mentionsJSON) ?? true
  }

  /// Reads `Accept-Language`, for a caller whose codec is known.
  package init(_ fields: any HeaderFields, _ codec: Codec) {
    prefersEnglish = fields.value(of: "accept-language").map(Self.prefersEnglish) ?? false
    readsJSON = codec == .json
  }

  /// Whether a content type is JSON of some kind.
  ///
  /// Every call is asked it, so bytes are compared.
  private static func mentionsJSON(_ type: String) -> Bool {
    if type == "application/proto" { return false }
    let bytes = Array(type.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: "json".utf8) }
  }

  /// Whether English comes before Chinese (RFC 9110, 12.5.4, by order; weights only break ties
  /// that no client of ours makes).
  private static func prefersEnglish(_ accepted: String) -> Bool {
    for part in accepted.lowercased().split(separator: ",") {
      let tag = part.split(separator: ";").first.map { $0.drop { $0 == " " } } ?? ""
      if tag.hasPrefix("en") { return true }
      if tag.hasPrefix("zh") || tag == "*" { return false }
    }
    return false
  }
}

extension Refusal {
  /// The one translation from whatever a handler threw to what a caller may read.
  ///
  /// - Returns: The refusal, and for faults of ours the detail for the log.
  package static func of(_ error: any Error) -> (refusal: Refusal, detail: String?) {
    switch error {
    case let refusing as any Refusing:
      return (refusing.refusal, nil)
    case StoreError.tooLong(let detail):
      return (.deadlineExceeded, detail)
    case let error as StoreError where error.isPassing:
      return (.storageRefused, error.detail)
    case let error as StoreError:
      return (.internalFault, error.detail)
    default:
      return (.internalFault, String(describing: error))
    }
  }

  /// The message that stands in the error as its detail.
  package func message(_ audience: Audience) -> CommonV1.Refusal {
    CommonV1.Refusal(
      reason: reason,
      subject: subject,
      rule: rule,
      message: audience.prefersEnglish ? en : zh,
      messageZh: zh,
      messageEn: en,
      violations: violations.map(\.message),
      currentRevision: currentRevision
    )
  }

  /// The body of the error, JSON for every caller.
  package func body(_ audience: Audience) -> [UInt8] {
    let detail = message(audience)
    return ErrorBody(
      code: code,
      message: detail.message,
      details: [
        ErrorBody.Detail(
          type: CommonV1.Refusal.fullName,
          value: detail.encode(),
          debug: audience.readsJSON ? detail.encodeJSON() : nil
        )
      ]
    ).json()
  }

  /// The whole answer to a unary call.
  package func answer(_ audience: Audience) -> Answer {
    var fields = [
      Answer.Field("content-type", "application/json"), Answer.Field("onedoor-reason", reason),
    ]
    if let retryAfterSeconds { fields.append(.init("retry-after", String(retryAfterSeconds))) }
    return Answer(status: code.httpStatus, fields: fields, body: body(audience))
  }
}

internal import Kernel
internal import Law
internal import Messages
internal import Service

extension Effects {
  /// Raises an alert when a followed service refused calls that came past the door.
  ///
  /// - Source: docs/rules/monitoring.md, rule M10
  mutating func raiseBypasses() {
    let upstream = upstream
    on(GatewayV1.CallsRefused.self) { event, entry, writing in
      guard event.reason == Refusal.bypass.reason else { return }
      let finding = Finding.bypass(
        event,
        upstream: upstream,
        position: entry.position,
        at: writing.call.now
      )
      try writing.raise(finding)
    }
  }
}

extension Finding {
  /// The alert of calls that came past the door.
  static func bypass(
    _ event: GatewayV1.CallsRefused,
    upstream: String,
    position: Int64,
    at instant: Instant
  ) -> Self {
    let count = max(0, event.count)
    let told = RecipientRule.of(.bypass, .purple)?.recipients ?? []
    return Finding(
      key: AlertKey(
        subject: upstream,
        watched: .bypass,
        part: String(position),
        grade: .purple,
        dueRevision: 1
      ),
      time: event.minute?.instant ?? instant,
      count: UInt32(clamping: count),
      recipients: told.map { "role:\($0.rawValue)" },
      text: Bilingual(
        zh: "有人绕过统一受理入口调用“\(event.method)”\(count)次，已拒绝。",
        en: "\(count) calls of \(event.method) came past the door and were refused."
      ),
      isActive: false
    )
  }

  /// The alert of an admission that approval rejected: a case that nobody let in.
  ///
  /// - Source: docs/rules/door.md, rule D2; docs/rules/monitoring.md, rule M10
  static func rejected(
    _ event: ApprovalV1.AdmissionRejected,
    subject: String,
    position: Int64,
    at instant: Instant
  ) -> Self {
    let told = RecipientRule.of(.bypass, .purple)?.recipients ?? []
    return Finding(
      key: AlertKey(
        subject: subject,
        watched: .bypass,
        part: String(position),
        grade: .purple,
        dueRevision: 1
      ),
      time: instant,
      count: 1,
      recipients: told.map { "role:\($0.rawValue)" },
      text: Bilingual(
        zh: "办件“\(subject)”的受理凭据无效（\(event.reason)），未予立案。",
        en: "The admission of case \(subject) is not sound (\(event.reason)); it was not opened."
      ),
      isActive: false
    )
  }
}

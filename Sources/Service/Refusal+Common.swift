internal import Connect
package import Messages

/// The noes that all services share.
extension Refusal {
  /// The request violates rules of its fields; all of them are named.
  package static func invalid(_ violations: [Violation]) -> Self {
    let fields = violations.map(\.field).joined(separator: ", ")
    return Self(
      .invalidArgument,
      "INVALID_FIELDS",
      zh: "请求有 \(violations.count) 处不符合要求：\(fields)",
      en: "The request violates \(violations.count) rule(s): \(fields)",
      violations: violations
    )
  }

  /// The request is no message of its type, or its fields violate rules.
  static func malformed(_ error: DecodeError) -> Self {
    if error.reason == .fields { return invalid(error.violations) }
    let code: Code = error.reason == .tooLarge ? .resourceExhausted : .invalidArgument
    let reason = error.reason == .tooDeep ? "TOO_DEEP" : "MALFORMED"
    return Self(
      code,
      error.reason == .tooLarge ? "TOO_LARGE" : reason,
      zh: "请求无法解析：\(error.messageZh)",
      en: "The request cannot be read: \(error.messageEn)"
    )
  }

  /// One field violates a rule that only the service knows.
  package static func invalid(
    field: String,
    reason: String,
    zh: String,
    en: String
  ) -> Self {
    invalid([Violation(field: field, reason: reason, messageZh: zh, messageEn: en)])
  }

  /// The call came past the door.
  package static let bypass = Self(
    .permissionDenied,
    "BYPASS",
    rule: "D1",
    zh: "未经统一受理入口的调用不予受理",
    en: "Calls that do not come through the gateway are refused"
  )

  /// The pass's time is over.
  package static let passExpired = Self(
    .permissionDenied,
    "PASS_EXPIRED",
    rule: "D1",
    zh: "通行证已过期",
    en: "The pass has expired"
  )

  /// None of the caller's roles may call the method.
  package static func wrongRole(_ method: String) -> Self {
    Self(
      .permissionDenied,
      "WRONG_ROLE",
      subject: method,
      zh: "当前角色无权进行此操作",
      en: "None of the caller's roles may do this"
    )
  }

  /// The caller may not act in the hall that the call names.
  package static func wrongHall(_ hall: String) -> Self {
    Self(
      .permissionDenied,
      "WRONG_HALL",
      subject: hall,
      zh: "无权在该大厅办理",
      en: "The caller may not act in this hall"
    )
  }

  /// A write came without an idempotency key.
  package static let idempotencyKeyMissing = Self(
    .invalidArgument,
    "IDEMPOTENCY_KEY_MISSING",
    zh: "写操作必须带 Idempotency-Key（1 至 64 个可见字符）",
    en: "A write needs the header Idempotency-Key, 1 to 64 printable characters"
  )

  /// The key was used before with another body.
  package static let idempotencyMismatch = Self(
    .invalidArgument,
    "IDEMPOTENCY_MISMATCH",
    zh: "同一 Idempotency-Key 已用于内容不同的请求",
    en: "The idempotency key was used before with another request"
  )

  /// Whether the write took effect is not known; repeat with the same key.
  package static let outcomeUnknown = Self(
    .unavailable,
    "OUTCOME_UNKNOWN",
    zh: "提交结果未知，请以同一 Idempotency-Key 重试",
    en: "The outcome of the commit is unknown; repeat with the same idempotency key",
    retryAfterSeconds: 1
  )

  /// The queue of the service is full.
  package static let overloaded = Self(
    .unavailable,
    "OVERLOADED",
    zh: "系统繁忙，请稍后重试",
    en: "The service is busy; repeat later",
    retryAfterSeconds: 1
  )

  /// The service is stopping.
  package static let stopping = Self(
    .unavailable,
    "STOPPING",
    zh: "服务正在停止，请稍后重试",
    en: "The service is stopping; repeat later",
    retryAfterSeconds: 1
  )

  /// The disk does not take writes now; reads go on.
  package static let storageRefused = Self(
    .unavailable,
    "STORAGE_UNAVAILABLE",
    zh: "存储暂不可写，请稍后重试",
    en: "The store does not take writes at the moment; repeat later",
    retryAfterSeconds: 5
  )

  /// What the caller asked to have seen has not arrived here in time.
  package static let positionNotReached = Self(
    .unavailable,
    "POSITION_NOT_REACHED",
    zh: "尚未同步到所要求的位置，请稍后重试",
    en: "The position asked for has not been reached yet; repeat later",
    retryAfterSeconds: 1
  )

  /// The deadline of the call has passed.
  package static let deadlineExceeded = Self(
    .deadlineExceeded,
    "DEADLINE_EXCEEDED",
    zh: "已超过调用时限",
    en: "The deadline of the call has passed"
  )

  /// A fault of ours; the log has its detail.
  package static let internalFault = Self(
    .internalError,
    "INTERNAL",
    zh: "系统内部错误",
    en: "Internal error"
  )

  /// The thing does not exist, or the caller may not know that it does.
  package static func notFound(_ subject: String) -> Self {
    Self(.notFound, "NOT_FOUND", subject: subject, zh: "未找到", en: "Not found")
  }

  /// Somebody else changed the thing in between.
  package static func staleRevision(_ subject: String, current: Int64) -> Self {
    Self(
      .aborted,
      "STALE_REVISION",
      subject: subject,
      zh: "内容已被他人修改，请刷新后重试",
      en: "Somebody else has changed it; read it again",
      currentRevision: current
    )
  }

  /// The thing's state does not allow the act.
  package static func wrongState(
    _ subject: String,
    rule: String = "",
    zh: String,
    en: String
  )
    -> Self
  {
    Self(
      .failedPrecondition,
      "WRONG_STATE",
      subject: subject,
      rule: rule,
      zh: zh,
      en: en
    )
  }
}

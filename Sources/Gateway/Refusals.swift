internal import Connect
internal import Messages
internal import Service

/// The closed list of the door's noes.
enum GatewayRefusal: Refusing, Hashable {
  /// A token and a portal's key at once.
  case ambiguousCaller
  /// The token is not one of a known issuer, or was changed.
  case tokenInvalid
  /// The token's time is over.
  case tokenExpired
  /// No portal has this key.
  case portalKeyUnknown
  /// What says for whom the portal speaks is not signed by it, or not complete.
  case subjectInvalid
  /// What says for whom the portal speaks is too old.
  case subjectExpired
  /// None of the caller's roles may call the method.
  case wrongRole(String)
  /// The caller may not act in the hall.
  case wrongHall(String)
  /// The caller's bucket is empty.
  case rateLimited(afterSeconds: Int)
  /// Too many credentials wait to be verified.
  case overloaded
  /// The service has no such method.
  case unimplemented(String)
  /// A header of the protocol is wrong.
  case header(String, zh: String, en: String)
  /// The body cannot be decompressed or is too long.
  case body(BodyFault)
  /// The body is no message of its type.
  case message(DecodeError)
  /// A portal of this name exists.
  case portalExists(String)
  /// A fault of ours.
  case fault

  var refusal: Refusal {
    switch self {
    case .ambiguousCaller, .tokenInvalid, .tokenExpired, .portalKeyUnknown, .subjectInvalid,
      .subjectExpired:
      unauthenticated
    case .wrongRole(let method): .wrongRole(method)
    case .wrongHall(let hall): .wrongHall(hall)
    case .overloaded: .overloaded
    case .fault: .internalFault
    case .header(let name, let zh, let en):
      .invalid(field: name, reason: "FORMAT", zh: zh, en: en)
    case .body(let fault):
      Refusal(fault.code, fault.reason, zh: fault.messageZh, en: fault.messageEn)
    case .message(let error): Self.unreadable(error)
    case .rateLimited(let seconds):
      Refusal(
        .resourceExhausted,
        "RATE_LIMITED",
        rule: "D9",
        zh: "调用过于频繁，请于 \(seconds) 秒后重试",
        en: "Too many calls; repeat after \(seconds) s",
        retryAfterSeconds: seconds
      )
    case .unimplemented(let path):
      Refusal(
        .unimplemented,
        "UNIMPLEMENTED",
        subject: path,
        rule: "D3",
        zh: "没有此方法",
        en: "There is no such method"
      )
    case .portalExists(let name):
      Refusal(
        .alreadyExists,
        "PORTAL_EXISTS",
        subject: name,
        zh: "同名门户已登记",
        en: "A portal of this name is registered already"
      )
    }
  }

  /// Whether the caller was turned away, so that the attempt is kept.
  var isAttempt: Bool {
    switch refusal.code {
    case .unauthenticated, .permissionDenied: true
    default: if case .rateLimited = self { true } else { false }
    }
  }

  /// The caller wants another version of the protocol.
  static func version(_ field: String) -> Self {
    .header(
      field,
      zh: "只支持 Connect 协议版本 1",
      en: "The only version of the Connect protocol is 1"
    )
  }

  /// The query of a GET is wrong.
  static func query(_ fault: GetQuery.Fault) -> Self {
    switch fault {
    case .version: version("connect")
    case .missing(let name):
      .header(
        name,
        zh: "GET 调用缺少查询参数 \(name)",
        en: "A call by GET needs the query parameter \(name)"
      )
    case .malformed:
      .header(
        "message",
        zh: "查询参数 message 编码有误",
        en: "The query parameter message is not encoded as it says"
      )
    }
  }

  private var unauthenticated: Refusal {
    let (reason, rule, zh, en) =
      switch self {
      case .ambiguousCaller:
        (
          "AMBIGUOUS_CALLER", "D4", "令牌与门户密钥只能使用其一",
          "A call carries a token or a portal key, not both"
        )
      case .tokenExpired: ("TOKEN_EXPIRED", "D5", "令牌已过期", "The token has expired")
      case .portalKeyUnknown:
        ("PORTAL_KEY_UNKNOWN", "D6", "门户密钥无效", "No portal has this key")
      case .subjectInvalid:
        (
          "SUBJECT_INVALID", "D6", "门户用户凭证无效",
          "The token of the portal's user is not valid"
        )
      case .subjectExpired:
        (
          "SUBJECT_EXPIRED", "D6", "门户用户凭证已过期",
          "The token of the portal's user has expired"
        )
      default: ("TOKEN_INVALID", "D5", "令牌无效", "The token is not valid")
      }
    return Refusal(.unauthenticated, reason, rule: rule, zh: zh, en: en)
  }

  private static func unreadable(_ error: DecodeError) -> Refusal {
    if error.reason == .fields { return .invalid(error.violations) }
    let reason =
      switch error.reason {
      case .tooLarge: "TOO_LARGE"
      case .tooDeep: "TOO_DEEP"
      default: "MALFORMED"
      }
    return Refusal(
      error.reason == .tooLarge ? .resourceExhausted : .invalidArgument,
      reason,
      zh: "请求无法解析：\(error.messageZh)",
      en: "The request cannot be read: \(error.messageEn)"
    )
  }
}

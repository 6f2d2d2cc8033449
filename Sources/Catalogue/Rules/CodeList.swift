/// The national code lists that an item is checked against.
///
/// - Source: docs/rules/catalogue.md, rule C5 (GB/T 39046-2020, annex A)
enum CodeList: String, CaseIterable {
  /// 实施主体性质.
  case nature
  /// 事项类型.
  case taskType
  /// 办件类型.
  case caseType
  /// 服务对象.
  case subjectType
  /// 行使层级.
  case level
  /// 材料必要性.
  case necessity
  /// 材料形式.
  case form
  /// 来源渠道.
  case source
  /// 结果类型.
  case resultType

  /// The codes of the list.
  var codes: Set<String> {
    switch self {
    case .nature: ["1", "2", "3", "9"]
    case .taskType: ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"]
    case .caseType: ["1", "2", "9"]
    case .subjectType: ["1", "2", "3", "4", "5", "6"]
    case .level: ["1", "2", "3", "4", "5", "6", "7"]
    case .necessity, .form: ["1", "2", "3"]
    case .source: ["10", "20", "99"]
    case .resultType: ["1", "2", "3", "4"]
    }
  }
}

/// Codes that rules speak of by name.
enum KnownCode {
  /// 即办件, a case type.
  static let immediateCase = "1"
  /// 必要, a necessity.
  static let necessary = "1"
  /// 容缺后补, a necessity.
  static let tolerable = "3"
  /// 证照, a result type.
  static let certificate = "1"
}

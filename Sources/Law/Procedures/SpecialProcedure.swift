/// A procedure in the course of a case for which a clock may stand still (特别程序).
///
/// - Source: docs/rules/terms.md, rule T11 (Administrative Licensing Law 45)
package enum SpecialProcedure: Sendable, Hashable, CaseIterable {
  /// 听证.
  case hearing
  /// 招标.
  case tender
  /// 拍卖.
  case auction
  /// 检验.
  case inspection
  /// 检测.
  case testing
  /// 检疫.
  case quarantine
  /// 鉴定.
  case appraisal
  /// 专家评审.
  case expertReview
  /// 现场踏勘, 现场核查.
  case siteVisit
  /// 公示.
  case publicNotice
  /// 整改.
  case rectification
  /// 会议.
  case meeting
  /// 政府审批.
  case governmentApproval
  /// Waiting for materials that were tolerated as missing (容缺).
  case toleratedMaterials
  /// 延长审批: lengthens a term and stops nothing.
  case termExtension

  /// Whether the law does not count the time of the procedure.
  package var stopsLegalClock: Bool {
    switch self {
    case .hearing, .tender, .auction, .inspection, .testing, .quarantine, .appraisal,
      .expertReview:
      true
    case .siteVisit, .publicNotice, .rectification, .meeting, .governmentApproval,
      .toleratedMaterials, .termExtension:
      false
    }
  }

  /// Whether an item may say that the procedure stops the promise.
  package var mayStopPromise: Bool { self != .termExtension }

  /// The code of the national list: 1 for an extension, 2 for everything else.
  ///
  /// - Source: GB/T 39046-2020, annex A.7
  package var nationalCode: Int { self == .termExtension ? 1 : 2 }

  /// The name of the procedure.
  package var text: Bilingual {
    switch self {
    case .hearing: Bilingual(zh: "听证", en: "hearing")
    case .tender: Bilingual(zh: "招标", en: "tender")
    case .auction: Bilingual(zh: "拍卖", en: "auction")
    case .inspection: Bilingual(zh: "检验", en: "inspection")
    case .testing: Bilingual(zh: "检测", en: "testing")
    case .quarantine: Bilingual(zh: "检疫", en: "quarantine")
    case .appraisal: Bilingual(zh: "鉴定", en: "appraisal")
    case .expertReview: Bilingual(zh: "专家评审", en: "expert review")
    case .siteVisit: Bilingual(zh: "现场踏勘", en: "site visit")
    case .publicNotice: Bilingual(zh: "公示", en: "public notice")
    case .rectification: Bilingual(zh: "整改", en: "rectification")
    case .meeting: Bilingual(zh: "会议", en: "meeting")
    case .governmentApproval: Bilingual(zh: "政府审批", en: "government approval")
    case .toleratedMaterials: Bilingual(zh: "容缺补齐", en: "tolerated materials")
    case .termExtension: Bilingual(zh: "延长审批", en: "extension")
    }
  }
}

/// What a version of an item says about a special procedure.
///
/// - Source: docs/rules/terms.md, rule T11 (Administrative Licensing Law 45)
package struct ProcedureListing: Sendable, Hashable {
  /// The procedure.
  package var procedure: SpecialProcedure

  /// The legal basis by which the item requires it, in Chinese.
  package var basis: String

  /// Whether it stops the promise.
  ///
  /// One that stops the legal clock always does.
  package var stopsPromise: Bool

  package init(_ procedure: SpecialProcedure, basis: String, stopsPromise: Bool = false) {
    self.procedure = procedure
    self.basis = basis
    self.stopsPromise = stopsPromise
  }
}

package import Law

/// What is watched: five kinds of clocks and three other things that raise alerts.
///
/// The numbers are those of the contract and of the store.
package enum Watched: Int, Sendable, Hashable, CaseIterable {
  /// 承诺时限.
  case promise = 1
  /// 法定时限.
  case legal
  /// 环节时限, the term of a task.
  case step
  /// 受理时限, the five days.
  case receipt
  /// 送达时限, the ten days.
  case delivery
  /// A special procedure that runs past its planned end.
  case stalePause
  /// Calls that came past the door.
  case bypass
  /// A bad rating.
  case rating

  /// What ends for good when a case ends.
  ///
  /// A delivery is still due then, and a rating stays bad.
  package static let endingWithCase: [Self] = [.receipt, .promise, .legal, .step, .stalePause]

  /// The name in an alert's id and type.
  package var name: String {
    switch self {
    case .promise: "promise"
    case .legal: "legal"
    case .step: "step"
    case .receipt: "receipt"
    case .delivery: "delivery"
    case .stalePause: "stale_pause"
    case .bypass: "bypass"
    case .rating: "rating"
    }
  }

  /// The name for people.
  package var text: Bilingual {
    switch self {
    case .promise: Bilingual(zh: "承诺时限", en: "the promise")
    case .legal: Bilingual(zh: "法定时限", en: "the legal limit")
    case .step: Bilingual(zh: "环节时限", en: "the term of the step")
    case .receipt: Bilingual(zh: "受理时限", en: "the five days of acceptance")
    case .delivery: Bilingual(zh: "送达时限", en: "the ten days of delivery")
    case .stalePause: Bilingual(zh: "特别程序计划期限", en: "the planned time of the procedure")
    case .bypass: Bilingual(zh: "统一受理入口", en: "the one door")
    case .rating: Bilingual(zh: "差评联系时限", en: "the time to answer a bad rating")
    }
  }

  /// Which pauses stop this clock; nil if none does.
  ///
  /// - Source: docs/rules/monitoring.md, rule M2
  package var pausedAs: ClockKind? {
    switch self {
    case .promise, .step: .promise
    case .legal: .legal
    case .receipt, .delivery, .stalePause, .bypass, .rating: nil
    }
  }
}

/// How grave an alert is.
///
/// The numbers are those of the contract and of the store.
package enum Grade: Int, Sendable, Hashable, CaseIterable {
  /// The end is near.
  case yellow = 1
  /// The due day itself.
  case orange
  /// Past the promise.
  case red
  /// Past the legal limit.
  case purple
  /// Ends the alerts that it names.
  case cleared

  /// The grade of a level of the law; nil for levels that alarm nobody.
  package init?(_ level: Level) {
    switch level {
    case .grey, .green: return nil
    case .yellow: self = .yellow
    case .orange: self = .orange
    case .red: self = .red
    case .purple: self = .purple
    }
  }

  /// The name in an alert's id and type.
  package var name: String {
    switch self {
    case .yellow: "yellow"
    case .orange: "orange"
    case .red: "red"
    case .purple: "purple"
    case .cleared: "cleared"
    }
  }
}

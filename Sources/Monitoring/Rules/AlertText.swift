package import Kernel
package import Law

/// Why alerts are ended.
package enum ClearCause: Sendable, Hashable, CaseIterable {
  /// What was watched is done, or the case ended.
  case closed
  /// A special procedure stops the clock.
  case paused
  /// The due day moved.
  case redated
}

/// The sentences of alerts.
package enum AlertText {
  /// Why a clock warns.
  package static func warning(_ watched: Watched, _ grade: Grade, due: Day) -> Bilingual {
    let name = watched.text
    switch grade {
    case .yellow where watched == .stalePause:
      return Bilingual(
        zh: "特别程序计划于\(due)结束，至今未结束。",
        en: "The special procedure was planned to end on \(due) and still runs."
      )
    case .yellow:
      return Bilingual(
        zh: "\(name.zh)将于\(due)届满。",
        en: "The end of \(name.en) is near: \(due)."
      )
    case .orange:
      return Bilingual(
        zh: "\(due)为\(name.zh)最后一日。",
        en: "\(due) is the last day of \(name.en)."
      )
    case .red, .purple, .cleared:
      return Bilingual(
        zh: "\(name.zh)已于\(due)届满，尚未办结。",
        en: "\(capitalised(name.en)) ended on \(due), and it is not done."
      )
    }
  }

  /// Why alerts are ended.
  package static func cleared(_ watched: Watched, _ cause: ClearCause) -> Bilingual {
    let name = watched.text
    switch cause {
    case .closed:
      return Bilingual(
        zh: "\(name.zh)已停止计算，解除预警。",
        en: "\(capitalised(name.en)) is watched no more."
      )
    case .paused:
      return Bilingual(
        zh: "特别程序期间\(name.zh)暂停计算，解除预警。",
        en: "A special procedure stops \(name.en)."
      )
    case .redated:
      return Bilingual(
        zh: "\(name.zh)的截止日期已调整，解除预警。",
        en: "The last day of \(name.en) has moved."
      )
    }
  }

  private static func capitalised(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}

package import Kernel

/// A due day, explained day by day.
///
/// - Source: docs/rules/terms.md, rule T20 (every due day can be explained)
package struct Explanation: Sendable, Hashable {
  /// One day of the explanation.
  package struct Line: Sendable, Hashable {
    /// The day.
    package let day: Day

    /// The number of the day, from 1; nil if it does not count.
    package let number: Int?

    /// Why it counts or does not.
    package let reason: Bilingual

    /// The decree that speaks of the day's year; nil if there is none yet.
    package let decree: Decree?

    /// Whether no decree speaks of the day yet.
    package let isProvisional: Bool

    /// Whether the day counts.
    package var isCounted: Bool { number != nil }
  }

  /// The days from the opening to the due day.
  package let lines: [Line]

  /// The whole in a sentence or two.
  package let summary: Bilingual

  /// Whether the due day rests on a year that no decree covers.
  package let isProvisional: Bool
}

extension Reckoning {
  /// The due day, explained day by day.
  ///
  /// - Source: docs/rules/terms.md, rule T20 (every due day can be explained)
  package var explanation: Explanation {
    let opening = line(
      clock.start,
      nil,
      Bilingual(zh: "起算日，不计入", en: "the opening day, which does not count")
    )
    let steps = walk.map { step in
      line(step.day, step.verdict == .counted ? step.number : nil, reason(step))
    }
    return Explanation(lines: [opening] + steps, summary: summary, isProvisional: isProvisional)
  }

  private func line(_ day: Day, _ number: Int?, _ reason: Bilingual) -> Explanation.Line {
    Explanation.Line(
      day: day,
      number: number,
      reason: reason,
      decree: calendar.explain(day).decree,
      isProvisional: calendar.isProvisional(day)
    )
  }

  private func reason(_ step: TermWalk.Step) -> Bilingual {
    let nature = calendar.explain(step.day).text
    switch step.verdict {
    case .counted:
      return step.consultedCalendar ? nature : Bilingual(zh: "自然日", en: "a natural day")
    case .paused(let procedure):
      let what = procedure?.text ?? Bilingual(zh: "暂停", en: "suspended")
      return Bilingual(zh: "特别程序（\(what.zh)），不计入", en: "the clock stands still: \(what.en)")
    case .dayOff:
      return nature
    case .cannotEnd:
      return Bilingual(
        zh: "\(nature.zh)，期限顺延",
        en: "\(nature.en), on which the term cannot end"
      )
    case .held:
      return Bilingual(
        zh: "日历调整，期限不早于通知之日届满",
        en: "held: a new calendar makes no case overdue in retrospect"
      )
    }
  }

  /// The due day in a sentence or two.
  package var summary: Bilingual {
    let term = clock.term.text
    var text =
      clock.term == .immediate
      ? Bilingual(zh: "即办：\(due)当日办结。", en: "On the spot: to be done on \(due).")
      : Bilingual(
        zh: "自\(clock.start)起算（当日不计），\(term.zh)，至\(due)止。",
        en: "Day 0 is \(clock.start); \(term.en) end on \(due)."
      )
    let paused = walk.count { if case .paused = $0.verdict { true } else { false } }
    if paused > 0 {
      text.zh += "其间特别程序停止计时\(paused)日。"
      text.en += " The clock stood still on \(paused) of the days between."
    }
    if openPause != nil {
      text.zh += "特别程序尚未结束，截止日期还将顺延。"
      text.en += " It still stands still, so the day will move."
    }
    if let granted = clock.grantedExtension, total > clock.length {
      text.zh += "经批准延长\(granted.kind.workingDays)个工作日。"
      text.en += " An extension of \(granted.kind.workingDays) working days is included."
    }
    if isProvisional {
      text.zh += "暂定：相关年份的放假安排尚未公布。"
      text.en += " Provisional: no decree covers all of these days yet."
    }
    return text
  }
}

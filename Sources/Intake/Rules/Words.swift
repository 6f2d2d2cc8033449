package import Law

// What the public reads of a state: where it stands and what happens next.

extension ApplicationState {
  /// The state in words.
  package var text: Bilingual {
    switch self {
    case .draft: Bilingual(zh: "草稿", en: "Draft")
    case .submitted: Bilingual(zh: "已提交", en: "Submitted")
    case .received: Bilingual(zh: "已收件", en: "Received")
    case .correction: Bilingual(zh: "待补正", en: "Correction requested")
    case .accepted: Bilingual(zh: "已受理", en: "Accepted")
    case .refused: Bilingual(zh: "不予受理", en: "Acceptance refused")
    case .withdrawn: Bilingual(zh: "已撤回", en: "Withdrawn")
    case .returned: Bilingual(zh: "已退件", en: "Returned")
    case .reviewing: Bilingual(zh: "审查中", en: "Under review")
    case .suspended: Bilingual(zh: "特别程序", en: "In a special procedure")
    case .granted: Bilingual(zh: "准予许可", en: "Granted")
    case .denied: Bilingual(zh: "不予许可", en: "Denied")
    case .certified: Bilingual(zh: "已制证", en: "Certificate issued")
    case .delivered: Bilingual(zh: "已送达", en: "Delivered")
    }
  }

  /// What happens next.
  ///
  /// - Parameter isComplete: Whether all gaps of a correction notice are closed.
  /// - Returns: The next step, for the public.
  package func next(isComplete: Bool) -> Bilingual {
    switch self {
    case .draft:
      Bilingual(zh: "请提交申请。", en: "Hand the application in.")
    case .submitted, .received:
      Bilingual(
        zh: "窗口将在五个工作日内受理或一次性告知需补正的内容；逾期不告知的，自收到之日起即为受理。",
        en: """
          The window accepts it or tells all that is missing within five working days; \
          silence counts as acceptance from the day of receipt.
          """
      )
    case .correction where isComplete:
      Bilingual(
        zh: "补正材料已齐全，窗口将在五个工作日内受理。",
        en: "All gaps are closed; the window accepts it within five working days."
      )
    case .correction:
      Bilingual(
        zh: "请在期限内补正下列内容；逾期未补正的，予以退件。",
        en: "Supply what is listed by the day given, or the papers go back to you."
      )
    case .accepted:
      Bilingual(zh: "将转交承办部门审查。", en: "The department begins its review.")
    case .reviewing:
      Bilingual(
        zh: "部门正在审查，将在承诺期限内作出决定。",
        en: "The department reviews it and decides by the promised day."
      )
    case .suspended:
      Bilingual(
        zh: "特别程序结束后恢复审查，期限相应顺延。",
        en: "The review goes on once the special procedure ends; the due day moves with it."
      )
    default: nextWhenEnded
    }
  }

  private var nextWhenEnded: Bilingual {
    switch self {
    case .granted:
      Bilingual(
        zh: "将在十个工作日内制证并送达。",
        en: "The certificate is issued and delivered within ten working days."
      )
    case .certified:
      Bilingual(zh: "证照已制作，请领取或等待送达。", en: "The certificate waits to be handed over.")
    case .denied:
      Bilingual(
        zh: "决定书将送达，其中载明复议和诉讼的途径。",
        en: "The decision is delivered; it names the remedies."
      )
    case .refused:
      Bilingual(
        zh: "请向告知书所载的有权机关申请。",
        en: "Apply to the competent authority that the notice names."
      )
    case .returned:
      Bilingual(zh: "材料已退回，可以重新申请。", en: "The papers went back; you may apply again.")
    default:
      Bilingual(zh: "办理已结束。", en: "Nothing more happens.")
    }
  }
}

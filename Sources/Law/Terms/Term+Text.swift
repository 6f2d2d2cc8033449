extension Term: CustomStringConvertible {
  /// The term of a text such as `20wd`, `60d`, `3m` or `0` (immediate).
  ///
  /// - Returns: nil for any other text, also for `0wd`.
  /// - Source: docs/rules/terms.md, rule T8 (the units of a term)
  package init?(_ text: some StringProtocol) {
    if text == "0" {
      self = .immediate
      return
    }
    let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
    guard digits.first != 0x30, let amount = Int(String(decoding: digits, as: UTF8.self)) else {
      return nil
    }
    let unit: Unit? =
      switch String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self) {
      case "wd": .workingDay
      case "d": .naturalDay
      case "m": .month
      default: nil
      }
    guard let unit else { return nil }
    self.init(amount, unit)
  }

  /// The text that reads back as the same term, for example `20wd`.
  package var description: String {
    switch unit {
    case .workingDay: "\(amount)wd"
    case .naturalDay: "\(amount)d"
    case .month: "\(amount)m"
    case .immediate: "0"
    }
  }

  /// The term as people say it, for example `8 working days`.
  package var text: Bilingual {
    let plural = amount == 1 ? "" : "s"
    return switch unit {
    case .workingDay: Bilingual(zh: "\(amount)个工作日", en: "\(amount) working day\(plural)")
    case .naturalDay: Bilingual(zh: "\(amount)日", en: "\(amount) natural day\(plural)")
    case .month: Bilingual(zh: "\(amount)个月", en: "\(amount) month\(plural)")
    case .immediate: Bilingual(zh: "即办", en: "on the spot")
    }
  }
}

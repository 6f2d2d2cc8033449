package import Kernel

/// A citizen identification number (公民身份号码).
///
/// Personal data: print ``masked``, never the text.
///
/// - Source: docs/rules/terms.md, rule T29 (GB 11643-1999)
package struct CitizenNumber: Sendable, Hashable {
  /// Sex as the number encodes it.
  package enum Sex: Sendable, Hashable, CaseIterable {
    /// An odd order number.
    case male
    /// An even order number.
    case female
  }

  /// The 18 characters, a final X in upper case.
  package let text: String

  /// The date of birth.
  package let birthDate: Day

  /// The number of a text of exactly 18 characters; a final `x` is read as `X`.
  ///
  /// The region is not looked up, since old codes stay valid for life.
  ///
  /// - Returns: nil if the form, the check character or the date of birth is wrong.
  package init?(_ text: some StringProtocol) {
    var text = String(text)
    guard let birth = text.withUTF8(Self.birthDate(in:)) else { return nil }
    // Of the characters that are let through only the final one can be a letter.
    self.text = text.utf8.last == 0x78 ? text.dropLast() + "X" : text
    birthDate = birth
  }

  /// The date of birth in the characters of a number; nil if they are none.
  private static func birthDate(in characters: UnsafeBufferPointer<UInt8>) -> Day? {
    guard characters.count == 18 else { return nil }
    // The weight of each digit is twice that of the next, so all are weighed by doubling.
    var sum = 0
    for digit in characters.prefix(17) {
      guard (0x30...0x39).contains(digit) else { return nil }
      sum = (sum + Int(digit - 0x30)) * 2 % 11
    }
    // The check character of ISO 7064 MOD 11-2; ten is written X.
    let check = (12 - sum) % 11
    let last = characters[17]
    guard check == 10 ? last == 0x58 || last == 0x78 : last == 0x30 + UInt8(check) else {
      return nil
    }
    func number(_ range: Range<Int>) -> Int {
      range.reduce(0) { $0 * 10 + Int(characters[$1] - 0x30) }
    }
    return Day(year: number(6..<10), month: number(10..<12), day: number(12..<14))
  }

  /// The code of the region that first issued the number, 6 digits.
  package var region: Substring { text.prefix(6) }

  /// Sex.
  package var sex: Sex {
    Array(text.utf8)[16] % 2 == 1 ? .male : .female
  }

  /// The number as screens show it: the first 6 and the last 4 characters.
  package var masked: String { "\(text.prefix(6))********\(text.suffix(4))" }
}

extension CitizenNumber: CustomStringConvertible {
  /// The masked number, so that no log shows the whole.
  package var description: String { masked }
}

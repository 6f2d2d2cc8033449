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
    let characters = Array(text.uppercased().utf8)
    guard characters.count == 18, text.utf8.count == 18 else { return nil }
    let digits = characters.prefix(17)
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard characters.last == Self.checkCharacter(of: digits) else { return nil }
    func number(_ range: Range<Int>) -> Int {
      digits[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    guard let birth = Day(year: number(6..<10), month: number(10..<12), day: number(12..<14))
    else { return nil }
    self.text = String(decoding: characters, as: UTF8.self)
    birthDate = birth
  }

  /// The check character of 17 digits (ISO 7064 MOD 11-2).
  private static func checkCharacter(of digits: ArraySlice<UInt8>) -> UInt8 {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    let sum = zip(weights, digits).reduce(0) { $0 + $1.0 * Int($1.1 - 0x30) }
    return Array("10X98765432".utf8)[sum % 11]
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

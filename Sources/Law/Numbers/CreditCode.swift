/// A unified social credit code (统一社会信用代码).
///
/// - Source: docs/rules/terms.md, rule T30 (GB 32100-2015)
package struct CreditCode: Sendable, Hashable, CustomStringConvertible {
  /// The 18 characters in upper case.
  package let text: String

  /// The code of a text of exactly 18 characters; lower case is read as upper case.
  ///
  /// - Returns: nil if a character is not of the alphabet or the check character is wrong.
  package init?(_ text: some StringProtocol) {
    let characters = Array(text.uppercased().utf8)
    guard characters.count == 18, text.utf8.count == 18 else { return nil }
    let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)
    let values = characters.compactMap { alphabet.firstIndex(of: $0) }
    guard values.count == 18 else { return nil }
    guard values[2..<8].allSatisfy({ $0 < 10 }) else { return nil }
    // The weight of position i is 3 to the power of i - 1, modulo 31.
    var weight = 1
    var sum = 0
    for value in values.prefix(17) {
      sum += value * weight
      weight = weight * 3 % 31
    }
    guard values[17] == (31 - sum % 31) % 31 else { return nil }
    self.text = String(decoding: characters, as: UTF8.self)
  }

  /// The code of the registering authority and the class of body, for example `91`.
  package var category: Substring { text.prefix(2) }

  /// The code of the region of registration, 6 digits.
  package var region: Substring { text.dropFirst(2).prefix(6) }

  /// The code of the body (组织机构代码), 9 characters.
  package var bodyCode: Substring { text.dropFirst(8).prefix(9) }

  /// Whether the code of the body carries its own right check character.
  ///
  /// A question of its own, since codes in use are known that fail it.
  ///
  /// - Source: docs/rules/terms.md, rule T30 (GB 11714-1997)
  package var hasValidBodyCode: Bool {
    let body = Array(bodyCode.utf8)
    let weights = [3, 7, 9, 10, 5, 8, 4, 2]
    let sum = zip(weights, body).reduce(0) { sum, pair in
      // Digits count as themselves, A to Z as 10 to 35.
      sum + pair.0 * Int(pair.1 - (pair.1 < 0x41 ? 0x30 : 0x37))
    }
    let check = 11 - sum % 11
    let expected: UInt8 = check == 10 ? 0x58 : check == 11 ? 0x30 : 0x30 + UInt8(check)
    return body.last == expected
  }

  /// The code itself; it is public.
  package var description: String { text }
}

/// A sentence in both languages of the house.
package struct Bilingual: Sendable, Hashable {
  /// In Chinese.
  package var zh: String

  /// In English.
  package var en: String

  package init(zh: String, en: String) {
    self.zh = zh
    self.en = en
  }
}

/// The national kinds of cases (办件类型).
///
/// - Source: docs/rules/terms.md, rule T27 (GB/T 39046-2020, annex A.6)
package enum CaseKind: Int, Sendable, Hashable, CaseIterable {
  /// 即办件: decided on the spot.
  case immediate = 1
  /// 承诺件: decided within a promised term.
  case promised = 2
  /// 其他.
  case other = 9

  /// The name of the kind.
  package var text: Bilingual {
    switch self {
    case .immediate: Bilingual(zh: "即办件", en: "immediate")
    case .promised: Bilingual(zh: "承诺件", en: "promised")
    case .other: Bilingual(zh: "其他", en: "other")
    }
  }
}

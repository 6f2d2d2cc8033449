/// Whether a material is a catch-all such as 其他材料, behind which anything could be asked for.
///
/// - Source: docs/rules/catalogue.md, rule C12
enum CatchAll {
  private static let nouns = ["材料", "资料", "文件", "证明", "证件"]

  /// How many characters may stand between 其他 and the noun, as in 其他需要提交的材料.
  private static let reach = 8

  /// Whether the name is one of a catch-all.
  static func matches(_ name: String) -> Bool {
    let characters = Array(name)
    for start in characters.indices.dropLast() {
      guard characters[start] == "其", "他它".contains(characters[start + 1]) else { continue }
      let rest = String(characters[(start + 2)...].prefix(reach + 2))
      if rest.isEmpty || nouns.contains(where: { rest.contains($0) }) { return true }
    }
    return false
  }
}

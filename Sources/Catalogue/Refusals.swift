internal import Connect
internal import Messages
internal import Service

/// The catalogue's noes.
enum CatalogueRefusal: Refusing {
  /// Who brought something in may not publish it.
  case samePerson(String)
  /// The import was published before.
  case alreadyPublished(String)
  /// What is in force changed since the import, so that it does not fit any more, or would undo
  /// what was published meanwhile.
  case importOutdated(String, [Violation])
  /// The item was cut.
  case itemRetired(String)

  var refusal: Refusal {
    switch self {
    case .samePerson(let id):
      Refusal(
        .permissionDenied,
        "SAME_PERSON",
        subject: id,
        rule: "C20",
        zh: "导入人不得发布自己导入的内容，须由第二人发布",
        en: "Who brought it in may not publish it; a second person must"
      )
    case .alreadyPublished(let id):
      Refusal(
        .failedPrecondition,
        "ALREADY_PUBLISHED",
        subject: id,
        rule: "C20",
        zh: "该导入已发布",
        en: "The import was published before"
      )
    case .importOutdated(let id, let violations):
      Refusal(
        .failedPrecondition,
        "IMPORT_OUTDATED",
        subject: id,
        rule: "C21",
        zh: "导入后在用内容已变化，有 \(violations.count) 处不能照此发布，请重新导入",
        en: """
          What is in force has changed since the import, which does not fit in \
          \(violations.count) place(s) any more; import it again
          """,
        violations: violations
      )
    case .itemRetired(let code):
      Refusal(
        .notFound,
        "ITEM_RETIRED",
        subject: code,
        rule: "C18",
        zh: "该事项已取消，参见已取消事项目录",
        en: "The item was cut; see the list of cut items"
      )
    }
  }
}

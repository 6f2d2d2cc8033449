internal import Messages
internal import Storage

/// What a list of items is narrowed by; empty texts narrow nothing.
struct ItemFilter {
  var words: [String] = []
  var departmentCode = ""
  var caseType = ""
  var subjectType = ""
  var theme = ""
  var level = ""
}

/// The SQL of the list of items.
enum ItemQueries {
  /// The page behind a code, and its arguments.
  static func page(
    hall: String,
    _ filter: ItemFilter,
    after code: String,
    limit: Int
  ) -> (sql: String, arguments: [Value]) {
    var conditions = ["hall = ?", "code > ?"]
    var arguments: [Value] = [.text(hall), .text(code)]
    func add(_ condition: String, _ value: String, if isGiven: Bool) {
      guard isGiven else { return }
      conditions.append(condition)
      arguments.append(.text(value))
    }
    add("department_code = ?", filter.departmentCode, if: !filter.departmentCode.isEmpty)
    add("case_type = ?", filter.caseType, if: !filter.caseType.isEmpty)
    add("level = ?", filter.level, if: !filter.level.isEmpty)
    // SQLite's LIKE folds A to Z and PostgreSQL's does not; `lower` is the same in both.
    let like = #"LIKE lower(?) ESCAPE '\'"#
    let subject = SearchText.pattern("|\(filter.subjectType)|")
    let theme = SearchText.pattern("|\(filter.theme)|")
    add("lower(subject_types) \(like)", subject, if: !filter.subjectType.isEmpty)
    add("lower(themes) \(like)", theme, if: !filter.theme.isEmpty)
    for word in filter.words {
      add("lower(search_text) \(like)", SearchText.pattern(word), if: true)
    }
    let sql = """
      SELECT summary FROM item WHERE \(conditions.joined(separator: " AND "))
      ORDER BY code LIMIT ?
      """
    return (sql, arguments + [.integer(Int64(limit))])
  }
}

extension Snapshot {
  /// The items in force behind a code, ascending by code.
  func items(
    hall: String,
    _ filter: ItemFilter,
    after code: String,
    limit: Int
  ) throws -> [CatalogueV1.ItemSummary] {
    let query = ItemQueries.page(hall: hall, filter, after: code, limit: limit)
    return try rows(query.sql, query.arguments) { try CatalogueV1.ItemSummary.decode($0.blob(0)) }
  }

  /// The version of an item in force; nil if there is none.
  func versionInForce(hall: String, code: String) throws -> Int64? {
    try first("SELECT version FROM item WHERE hall = ? AND code = ?", [.text(hall), .text(code)]) {
      $0.integer(0)
    }
  }
}

extension Transaction {
  /// Puts a version of an item in force.
  func saveItem(_ item: CatalogueV1.Item, version: Int64, hall: String) throws {
    let summary = CatalogueV1.ItemSummary(
      code: item.code,
      name: item.name,
      nameEn: item.nameEn,
      departmentCode: item.departmentCode,
      caseType: item.caseType,
      legalLimit: item.legalLimit,
      promise: item.promise,
      version: version
    )
    try execute(
      """
      INSERT INTO item (
        hall, code, version, department_code, case_type, level, subject_types, themes,
        search_text, summary
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (hall, code) DO UPDATE SET
        version = excluded.version, department_code = excluded.department_code,
        case_type = excluded.case_type, level = excluded.level,
        subject_types = excluded.subject_types, themes = excluded.themes,
        search_text = excluded.search_text, summary = excluded.summary
      """,
      [
        .text(hall), .text(item.code), .integer(version), .text(item.departmentCode),
        .text(item.caseType), .text(item.level), .text(Self.list(item.subjectTypes)),
        .text(Self.list(item.themes)),
        .text(SearchText.names(item.name, item.nameEn)), .blob(summary.encode()),
      ]
    )
  }

  /// Takes an item out of force; its versions stay.
  func removeItem(hall: String, code: String) throws {
    try execute("DELETE FROM item WHERE hall = ? AND code = ?", [.text(hall), .text(code)])
  }

  private static func list(_ values: [String]) -> String {
    "|\(values.joined(separator: "|"))|"
  }
}

internal import Kernel
internal import Law
internal import Messages
internal import Service

/// Checks calendar revisions against themselves and those in force.
///
/// - Source: docs/rules/catalogue.md, rules C23 to C25
struct CalendarCheck {
  /// What forbids publishing.
  private(set) var violations: [Violation] = []
  /// The revisions that are not in force yet, in the order of the file.
  private(set) var new: [CatalogueV1.CalendarRevision] = []

  /// Checks a file.
  ///
  /// - Parameters:
  ///   - file: The revisions.
  ///   - inForce: Those in force.
  ///   - isOutdated: Whether a calendar was published since the file was brought in.
  init(
    _ file: CatalogueV1.CalendarFile,
    inForce: CatalogueV1.CalendarFile,
    isOutdated: Bool = false
  ) {
    let known = Dictionary(inForce.revisions.map { ($0.name, $0) }) { first, _ in first }
    var seen: Set<String> = []
    for (index, revision) in file.revisions.enumerated() {
      let path = "file.revisions[\(index)]"
      if !seen.insert(revision.name).inserted { add(.twice, "\(path).name") }
      guard let before = known[revision.name] else {
        check(revision, path)
        if isOutdated { add(.outdated, path) }
        new.append(revision)
        continue
      }
      if before.encode() != revision.encode() { add(.differs, path) }
      // What is new comes after what is in force; the file may not say otherwise.
      if !new.isEmpty { add(.order, path) }
    }
  }

  private enum Fault {
    case twice
    case differs
    case order
    case outdated

    var row: (reason: String, zh: String, en: String) {
      switch self {
      case .twice:
        ("DUPLICATE", "修订名称重复（C23）", "the name stands there twice (C23)")
      case .differs:
        (
          "REVISION_DIFFERS", "同名修订已在用且内容不同；须以新名称导入（C24）",
          "a revision of this name is in force with other content; give it a new name (C24)"
        )
      case .order:
        (
          "ORDER", "新修订须排在已在用的修订之后（C25）",
          "new revisions stand behind those in force (C25)"
        )
      case .outdated:
        (
          "PUBLISHED_SINCE", "导入后已另行发布日历，须核对先后后重新导入（C25）",
          "a calendar was published since the import; import again what stands behind it (C25)"
        )
      }
    }
  }

  private mutating func add(_ fault: Fault, _ path: String) {
    let row = fault.row
    add(path, row.reason, row.zh, row.en)
  }

  private mutating func add(_ path: String, _ reason: String, _ zh: String, _ en: String) {
    guard violations.count < MessageLimits.violations else { return }
    violations.append(Violation(field: path, reason: reason, messageZh: zh, messageEn: en))
  }

  private mutating func check(_ message: CatalogueV1.CalendarRevision, _ path: String) {
    // Worked out once, and only if a day is at fault: a revision may name very many.
    lazy var places = Self.places(in: message)
    for fault in CalendarRevision(message).faults {
      guard violations.count < MessageLimits.violations else { return }
      switch fault {
      case .nameMissing: break  // A rule of the field.
      case .decreeMissing:
        add(
          "\(path).decrees",
          "DECREE_MISSING",
          "须写明决定的名称和公布网址（T5）",
          "the decree's title and address are needed (T5)"
        )
      case .noYears:
        add("\(path).years", "REQUIRED", "须写明所涉年份（T5）", "the years are needed (T5)")
      case .yearOutOfRange(let year):
        add(
          "\(path).years",
          "OUT_OF_RANGE",
          "\(year) 不在 1949 至 2199 年内（T5）",
          "\(year) is not within 1949 to 2199 (T5)"
        )
      case .dayTwice(let day):
        add(
          "\(path).days[\(places[day] ?? 0)].date",
          "DUPLICATE",
          "\(day) 重复（T5）",
          "\(day) stands there twice (T5)"
        )
      case .dayFarFromYears(let day):
        add(
          "\(path).days[\(places[day] ?? 0)].date",
          "OUT_OF_RANGE",
          "\(day) 远离所涉年份（T5）",
          "\(day) is far from the years that the revision covers (T5)"
        )
      }
    }
  }

  /// Where each day is named last.
  private static func places(in message: CatalogueV1.CalendarRevision) -> [Day: Int] {
    var places: [Day: Int] = [:]
    for (index, day) in message.days.enumerated() {
      if let day = Day(iso: day.date) { places[day] = index }
    }
    return places
  }
}

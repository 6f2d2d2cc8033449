internal import Kernel
internal import Messages

/// Checks a catalogue against itself and what is in force, and keeps every fault.
///
/// - Source: docs/rules/catalogue.md, rules C1 to C19 (handbook 5.3)
struct CatalogueCheck {
  /// What is in force, as far as the check asks for it.
  struct InForce {
    /// Departments by code.
    var departments: Set<String> = []
    /// The department of each post, by the post's code.
    var departmentOfPost: [String: String] = [:]
    /// The role of each post, by the post's code.
    var roleOfPost: [String: AccessV1.Role] = [:]
    /// Whether an item is in force.
    var hasItem: (String) throws -> Bool = { _ in false }
    /// Whether an item was cut.
    var wasRetired: (String) throws -> Bool = { _ in false }
    /// Of each of some posts an item in force, but for some items, that gives it a task.
    var itemOfPost: (_ posts: Set<String>, _ items: Set<String>) throws -> [String: String] = {
      _,
      _ in [:]
    }
  }

  let file: CatalogueV1.CatalogueFile
  let inForce: InForce
  let today: Day
  /// What forbids publishing.
  private(set) var violations: [Violation] = []
  /// What should be looked at.
  private(set) var warnings: [Violation] = []

  /// Departments in the file or in force.
  let departments: Set<String>
  /// The department of each post in the file or in force.
  let departmentOfPost: [String: String]
  /// The role of each post in the file or in force.
  let roleOfPost: [String: AccessV1.Role]

  init(_ file: CatalogueV1.CatalogueFile, inForce: InForce, today: Day) throws {
    self.file = file
    self.inForce = inForce
    self.today = today
    departments = inForce.departments.union(file.departments.map(\.code))
    let posts = file.posts.map { ($0.code, $0) }
    departmentOfPost = inForce.departmentOfPost
      .merging(posts.map { ($0, $1.departmentCode) }) { $1 }
    roleOfPost = inForce.roleOfPost.merging(posts.map { ($0, $1.role) }) { $1 }
    try check()
  }

  /// Keeps a fault.
  mutating func add(_ fault: CatalogueFault, _ path: String) {
    guard violations.count < MessageLimits.violations else { return }
    violations.append(fault.violation(at: path))
  }

  /// Keeps a fault that does not forbid publishing.
  mutating func warn(_ fault: CatalogueFault, _ path: String) {
    guard warnings.count < MessageLimits.violations else { return }
    warnings.append(fault.violation(at: path))
  }

  /// Keeps a fault for each code that stands there again.
  mutating func checkUnique(_ codes: [String], _ path: (Int) -> String) {
    var seen: Set<String> = []
    for (index, code) in codes.enumerated() where !seen.insert(code).inserted {
      add(.duplicate(code), path(index))
    }
  }

  /// Keeps a fault for a code that its list does not have.
  mutating func check(_ code: String, in list: CodeList, _ path: String) {
    if !list.codes.contains(code) { add(.notInList(list), path) }
  }

  /// Keeps a fault for a department that there is not.
  mutating func checkDepartment(_ code: String, _ path: String) {
    if !departments.contains(code) { add(.unknownDepartment(code), path) }
  }

  private mutating func check() throws {
    let isEmpty =
      file.departments.isEmpty && file.posts.isEmpty && file.windows.isEmpty && file.items.isEmpty
      && file.retiredItems.isEmpty
    if isEmpty { add(.empty, "file") }
    checkDepartments()
    try checkPosts()
    checkWindows()
    try checkItems()
    try checkRetired()
  }
}

/// Which letter a person who comes for a department gets.
///
/// - Source: docs/rules/queueing.md, rule Q3
enum WindowChoice {
  /// A window, as far as the choice asks for it.
  struct Window: Hashable {
    var code: String
    var letter: String
    var departments: [String]
  }

  /// The letter of the window for which the fewest wait; of two the one with the smaller code.
  ///
  /// - Returns: nil if no window takes in for the department.
  static func letter(
    for department: String,
    among windows: [Window],
    waiting: [String: Int64]
  ) -> String? {
    windows.filter { $0.departments.contains(department) }
      .min { (waiting[$0.letter] ?? 0, $0.code) < (waiting[$1.letter] ?? 0, $1.code) }?
      .letter
  }
}

internal import Storage

extension Snapshot {
  /// The post of a department whose holders act in a role; nil if there is none.
  func dutyPost(of department: String, role: Int32, hall: String) throws -> String? {
    try first(
      """
      SELECT code FROM duty_post
      WHERE hall = ? AND department_code = ? AND role = ? ORDER BY code LIMIT 1
      """,
      [.text(hall), .text(department), .integer(Int64(role))]
    ) { $0.text(0) }
  }
}

extension Transaction {
  /// Keeps of which department and role a post is.
  func saveDutyPost(_ code: String, of department: String, role: Int32, hall: String) throws {
    try execute(
      """
      INSERT INTO duty_post (hall, code, department_code, role) VALUES (?, ?, ?, ?)
      ON CONFLICT (hall, code) DO UPDATE SET
        department_code = excluded.department_code, role = excluded.role
      """,
      [.text(hall), .text(code), .text(department), .integer(Int64(role))]
    )
  }
}

internal import Messages

extension CatalogueCheck {
  /// Departments: rules C1, C4 and C5.
  mutating func checkDepartments() {
    checkUnique(file.departments.map(\.code)) { "file.departments[\($0)].code" }
    for (index, department) in file.departments.enumerated() {
      let path = "file.departments[\(index)]"
      let isCode = department.code.utf8.count == 3 && department.code.utf8.allSatisfy(Self.isDigit)
      if !isCode { add(.departmentCode, "\(path).code") }
      check(department.nature, in: .nature, "\(path).nature")
      if Self.digits(department.consultPhone) == Self.digits(department.complaintPhone) {
        add(.samePhone, "\(path).complaint_phone")
      }
    }
  }

  /// Posts: rules C1, C2, C3 and C15.
  mutating func checkPosts() throws {
    checkUnique(file.posts.map(\.code)) { "file.posts[\($0)].code" }
    let uses = try usesOfLeavingPosts()
    for (index, post) in file.posts.enumerated() {
      let path = "file.posts[\(index)]"
      checkDepartment(post.departmentCode, "\(path).department_code")
      if let before = inForce.departmentOfPost[post.code], before != post.departmentCode {
        add(.postMoved(from: before), "\(path).department_code")
      }
      if let a = post.holderA?.subject, a == post.holderB?.subject {
        add(.sameHolder, "\(path).holder_b.subject")
      }
      if let item = uses[post.code] { add(.postInUse(item), "\(path).role") }
    }
  }

  /// Of each post whose holders handle and review no more by the file, an item that stays in force
  /// as it is and gives it a task.
  private func usesOfLeavingPosts() throws -> [String: String] {
    let leaving = file.posts.filter { post in
      guard let before = inForce.roleOfPost[post.code] else { return false }
      return Self.workers.contains(before) && !Self.workers.contains(post.role)
    }
    guard !leaving.isEmpty else { return [:] }
    // What the file brings anew is checked by itself.
    let brought = Set(file.items.map(\.code) + file.retiredItems.map(\.code))
    return try inForce.itemOfPost(Set(leaving.map(\.code)), brought)
  }

  /// Windows: rules C1, C2 and C5.
  mutating func checkWindows() {
    checkUnique(file.windows.map(\.code)) { "file.windows[\($0)].code" }
    for (index, window) in file.windows.enumerated() {
      let path = "file.windows[\(index)]"
      checkUnique(window.departmentCodes) { "\(path).department_codes[\($0)]" }
      for (position, code) in window.departmentCodes.enumerated() {
        checkDepartment(code, "\(path).department_codes[\(position)]")
      }
      let letter = Array(window.ticketLetter.utf8)
      if letter.count != 1 || !(0x41...0x5A).contains(letter.first ?? 0) {
        add(.ticketLetter, "\(path).ticket_letter")
      }
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The digits of a telephone number, however it is written; the text itself if it has none.
  private static func digits(_ phone: String) -> String {
    let digits = phone.utf8.filter(isDigit)
    return digits.isEmpty ? phone : String(decoding: digits, as: UTF8.self)
  }
}

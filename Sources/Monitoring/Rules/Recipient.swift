/// Who is told of an alert.
package enum Recipient: String, Sendable, Hashable, CaseIterable {
  /// The post that is responsible, A and B.
  case handler
  /// The clerks who receive.
  case clerk
  /// The chief representative of the department.
  case chief
  /// The leader of the department.
  case leader
  /// The administration of the hall.
  case hallManager = "hall_manager"
  /// The supervision body.
  case supervisor
  /// The desk that issues and delivers.
  case certificateDesk = "certificate_desk"
}

/// A row of the table of recipients.
package struct RecipientRule: Sendable, Hashable {
  /// Its number in docs/rules/monitoring.md.
  package let number: String
  /// What it is about.
  package let watched: [Watched]
  /// How grave.
  package let grade: Grade
  /// Who is told.
  package let recipients: [Recipient]

  /// The table (handbook 6).
  ///
  /// CLEARED goes to all who were told of what it ends.
  ///
  /// - Source: docs/rules/monitoring.md, rule M7
  package static let table: [Self] = {
    let acting: [Recipient] = [.handler, .clerk]
    let terms: [Watched] = [.promise, .legal, .step]
    let overdue: [Recipient] = [.chief, .leader, .hallManager]
    return [
      Self("M7.1", terms + [.stalePause], .yellow, acting),
      Self("M7.2", terms, .orange, acting + [.chief]),
      Self("M7.3", terms, .red, acting + overdue),
      Self("M7.4", terms, .purple, acting + overdue + [.supervisor]),
      Self("M7.5", [.receipt], .yellow, [.clerk, .chief]),
      Self("M7.6", [.receipt], .orange, [.clerk, .chief, .hallManager]),
      Self("M7.7", [.receipt], .red, [.clerk, .chief, .leader, .hallManager]),
      Self("M7.8", [.delivery], .yellow, [.certificateDesk, .handler]),
      Self("M7.9", [.delivery], .orange, [.certificateDesk, .handler, .chief]),
      Self("M7.10", [.delivery], .red, [.certificateDesk, .handler] + overdue),
      Self("M7.11", [.bypass], .purple, [.hallManager, .supervisor]),
      Self("M7.12", [.rating], .yellow, [.handler, .chief]),
      Self("M7.13", [.rating], .orange, [.handler, .chief, .hallManager]),
    ]
  }()

  private init(
    _ number: String,
    _ watched: [Watched],
    _ grade: Grade,
    _ recipients: [Recipient]
  ) {
    self.number = number
    self.watched = watched
    self.grade = grade
    self.recipients = recipients
  }

  /// The reminder on the third of the five days of acceptance.
  package static let reminder = Self("M7.14", [.receipt], .yellow, [.clerk])

  /// The rule for a kind and a grade, and for what of it; nil if nobody is to be told.
  package static func of(_ watched: Watched, _ grade: Grade, part: String = "") -> Self? {
    if watched == .receipt, part == Notice.clerk { return reminder }
    return table.first { $0.grade == grade && $0.watched.contains(watched) }
  }
}

/// What makes an alert the same alert: from it the id is made.
///
/// - Source: docs/rules/monitoring.md, rule M5
package struct AlertKey: Sendable, Hashable {
  /// The case number, or for calls past the door the service, for a rating of a visit the ticket.
  package var subject: String
  /// What it is about.
  package var watched: Watched
  /// The task, procedure, rating, entry or reminder; empty if the subject has one of the kind.
  package var part: String
  /// How grave.
  package var grade: Grade
  /// Rises whenever the due day moves.
  package var dueRevision: Int64
  /// For CLEARED: which one of its kind and subject, from 1; otherwise 0.
  package var ordinal: Int

  package init(
    subject: String,
    watched: Watched,
    part: String = "",
    grade: Grade,
    dueRevision: Int64,
    ordinal: Int = 0
  ) {
    self.subject = subject
    self.watched = watched
    self.part = part
    self.grade = grade
    self.dueRevision = dueRevision
    self.ordinal = ordinal
  }

  /// The stable id, for example `370212202609140010001X:promise:yellow:1`.
  package var id: String {
    let number = grade == .cleared ? String(ordinal) : String(dueRevision)
    let parts = part.isEmpty ? [] : [part]
    return ([subject, watched.name] + parts + [grade.name, number]).joined(separator: ":")
  }

  /// Who is told of it; nil for CLEARED.
  var rule: RecipientRule? { RecipientRule.of(watched, grade, part: part) }

  /// The type of CloudEvents.
  package var type: String { "org.onedoor.alert.\(watched.name).\(grade.name).v1" }
}

internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// What queueing's entries do here: ratings are counted, bad ones raise an alert.
enum FollowingQueueing {
  static let effects: Effects = {
    var effects = Effects(of: "queueing")
    effects.on(QueueingV1.Rated.self) { event, _, writing in try rated(event, writing) }
    effects.raiseBypasses()
    return effects
  }()

  private static func rated(_ event: QueueingV1.Rated, _ writing: Writing) throws {
    let call = writing.call
    let matter = try writing.transaction.watchedCase(event.caseNumber, hall: call.hall)
    let level = event.satisfaction.rawValue
    guard (1...5).contains(level) else { return }
    let isNew = try writing.transaction.insertRating(
      event.ratingId,
      satisfaction: level,
      on: call.today,
      item: matter?.itemCode ?? "",
      department: event.departmentCode,
      hall: call.hall
    )
    guard isNew, level >= 4 else { return }
    let grade: Grade = level == 4 ? .yellow : .orange
    // First contact within one working day (handbook 5.5).
    let due = try writing.reading.book().calendar.workingDay(after: call.today)
    let duty = try duty(for: event, matter, writing.reading)
    var told = RecipientRule.of(.rating, grade)?.recipients ?? []
    // Whoever served a visit is a clerk.
    if event.caseNumber.isEmpty, duty.post.isEmpty {
      told = told.map { $0 == .handler ? .clerk : $0 }
    }
    try writing.raise(
      Finding(
        key: AlertKey(
          subject: event.caseNumber.isEmpty ? event.ticketId : event.caseNumber,
          watched: .rating,
          part: event.ratingId,
          grade: grade,
          dueRevision: 1
        ),
        time: call.now,
        due: due,
        itemCode: matter?.itemCode ?? "",
        departmentCode: event.caseNumber.isEmpty ? duty.department : event.departmentCode,
        duty: duty,
        recipients: try writing.reading.names(of: told, duty),
        text: Bilingual(
          zh: level == 4 ? "收到“不满意”评价，请于\(due)前联系。" : "收到“非常不满意”评价，请于\(due)前联系。",
          en: "A bad rating (\(level) of 5): contact the rater by \(due)."
        ),
        isActive: false
      )
    )
  }

  /// Who is responsible for what was rated: for a case whoever has it, for a visit whoever called
  /// its ticket.
  private static func duty(
    for event: QueueingV1.Rated,
    _ matter: WatchedCase?,
    _ reading: Reading
  ) throws -> Duty {
    if event.caseNumber.isEmpty { return try reading.duty(forVisit: event) }
    guard let matter else { return try reading.chief(of: event.departmentCode) }
    return try reading.duty(for: matter, .rating)
  }
}

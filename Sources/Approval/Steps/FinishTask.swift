internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// An opinion or an answer, as it comes in.
struct TaskAnswer: Sendable {
  var taskID: String
  var answer: Answer
  var text: String
  var expectedRevision: Int64?
  /// Whether it is an answer of a consulted department.
  var isConsultation: Bool
}

extension Writing {
  /// Finishes a task by an opinion or answer of a holder of its post.
  ///
  /// A task that nobody has claimed is claimed by it.
  ///
  /// - Throws: ``Refusal`` or ``ApprovalRefusal``.
  func finish(_ given: TaskAnswer) throws -> TaskRow {
    // What is done keeps the due day that it had on that day.
    var task = try reading.asOfToday(reading.theTask(given.taskID))
    var row = try reading.theCase(task.caseNumber)
    guard task.nature.isConsultation == given.isConsultation else {
      throw ApprovalRefusal.wrongNature(task.id)
    }
    try row.move(.work)
    let isClaimed = task.state == .claimed
    try task.move(.finish)
    if isClaimed { try refuseOtherClaimant(of: task) }
    try check(expected: given.expectedRevision, revision: task.revision, of: task.id)
    guard let acting = try reading.acting(in: task.postCode) else {
      throw ApprovalRefusal.notPostHolder(task.id)
    }
    var tasks = try reading.tasks(of: row)
    try reading.refuseConflict(task.nature.duty, on: row, tasks)
    task.claimedBy = call.pass.subject
    task.onBehalfOf = acting.onBehalfOf
    task.answer = given.answer
    task.opinion = given.text
    task.doneAt = call.now
    task.stamp += 1
    try transaction.save(&task, hall: call.hall)
    let (zh, en) = given.answer.words
    try tell(
      ApprovalV1.TaskDone(task: task.message),
      of: row.number,
      by: acting,
      ("“\(task.name)”已办：\(zh)", "Task \(task.name) done: \(en)")
    )
    tasks = tasks.map { $0.id == task.id ? task : $0 }
    try proceed(&row, tasks)
    return task
  }

  /// Refuses if another one has claimed a task and still holds its post.
  ///
  /// - Throws: ``ApprovalRefusal/alreadyClaimed(_:)``.
  func refuseOtherClaimant(of task: TaskRow) throws {
    guard task.claimedBy != call.pass.subject else { return }
    // Who has left the post cannot finish the task, so another holder may take it over.
    guard let post = try reading.post(task.postCode), !post.isHeld(by: task.claimedBy) else {
      throw ApprovalRefusal.alreadyClaimed(task.id)
    }
  }
}

extension Answer {
  /// The answer in words, Chinese and English.
  var words: (String, String) {
    switch self {
    case .agree: ("同意", "agree")
    case .disagree: ("不同意", "disagree")
    case .forward: ("同意但需转报上级", "agree, to be forwarded")
    }
  }
}

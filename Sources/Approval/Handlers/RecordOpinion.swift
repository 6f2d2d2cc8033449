package import Messages
internal import Service

extension ApprovalHandlers {
  /// Finishes a handling or reviewing task.
  ///
  /// A disagreement is advice to who decides.
  package func recordOpinion(
    _ request: ApprovalV1.RecordOpinionRequest,
    _ call: Writing
  ) throws -> ApprovalV1.RecordOpinionResponse {
    guard let answer = Answer(rawValue: Int64(request.answer.rawValue)),
      TaskNature.handle.answers.contains(answer)
    else {
      throw Refusal.invalid(
        field: "answer",
        reason: "NOT_AN_OPINION",
        zh: "意见只能是同意或不同意",
        en: "an opinion agrees or disagrees"
      )
    }
    if answer.needsReasons, request.opinion.isBlank {
      throw ApprovalRefusal.reasonsRequired(field: "opinion")
    }
    let task = try call.finish(
      TaskAnswer(
        taskID: request.taskId,
        answer: answer,
        text: request.opinion,
        expectedRevision: request.expectedRevision,
        isConsultation: false
      )
    )
    return ApprovalV1.RecordOpinionResponse(task: task.message)
  }
}

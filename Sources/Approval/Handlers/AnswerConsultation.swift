package import Messages
internal import Service

extension ApprovalHandlers {
  /// Answers for a consulted department: agree, disagree with reasons, or forward.
  package func answerConsultation(
    _ request: ApprovalV1.AnswerConsultationRequest,
    _ call: Writing
  ) throws -> ApprovalV1.AnswerConsultationResponse {
    guard let answer = Answer(rawValue: Int64(request.answer.rawValue)) else {
      throw Refusal.invalid([.required("answer")])
    }
    if answer.needsReasons, request.reasons.isBlank {
      throw ApprovalRefusal.reasonsRequired(field: "reasons")
    }
    let task = try call.finish(
      TaskAnswer(
        taskID: request.taskId,
        answer: answer,
        text: request.reasons,
        expectedRevision: request.expectedRevision,
        isConsultation: true
      )
    )
    return ApprovalV1.AnswerConsultationResponse(task: task.message)
  }
}

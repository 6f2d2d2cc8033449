import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

extension Identity {
  static let handler = official(.handler, "handler-a", post: "H01")
  static let handlerB = official(.handler, "handler-b", post: "H01")
  static let reviewer = official(.reviewer, "reviewer-a", post: "R01")
  static let chief = official(.chief, "chief-a", post: "C01")
  static let chiefB = official(.chief, "chief-b", post: "C01")
  static let otherChief = official(.chief, "other-chief", post: "C30")
  static let fire = official(.handler, "fire-a", post: "F01")
  static let water = official(.reviewer, "water-a", post: "F02")
  static let desk = official(.certificateDesk, "desk-a", post: "Z01")
  static let manager = official(.hallManager, "manager-1")
}

extension Hall {
  typealias Approval = ApprovalV1.ApprovalService

  func theCase(_ number: String = Hall.number) throws -> ApprovalV1.Case {
    let request = ApprovalV1.GetCaseRequest(number: number)
    return try #require(try room.call(Approval.getCase, request, as: .manager).case)
  }

  /// The latest task of a code in a case.
  func task(_ code: String, of number: String = Hall.number) throws -> ApprovalV1.Task {
    try #require(try theCase(number).tasks.last { $0.taskCode == code })
  }

  func timeline(_ number: String = Hall.number) throws -> [ApprovalV1.TimelineEntry] {
    let request = ApprovalV1.GetTimelineRequest(number: number)
    return try room.call(Approval.getTimeline, request, as: .manager).entries
  }

  @discardableResult
  func claim(
    _ code: String,
    as identity: Identity,
    of number: String = Hall.number,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Task {
    var request = ApprovalV1.ClaimRequest(taskId: try task(code, of: number).id)
    request.expectedRevision = revision
    return try #require(try room.call(Approval.claim, request, as: identity, key: key).task)
  }

  @discardableResult
  func opine(
    _ code: String,
    _ answer: ApprovalV1.Answer = .agree,
    _ opinion: String = "",
    as identity: Identity,
    of number: String = Hall.number,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Task {
    var request = ApprovalV1.RecordOpinionRequest(
      taskId: try task(code, of: number).id,
      answer: answer,
      opinion: opinion
    )
    request.expectedRevision = revision
    return try #require(
      try room.call(Approval.recordOpinion, request, as: identity, key: key).task
    )
  }

  @discardableResult
  func answer(
    _ code: String,
    _ answer: ApprovalV1.Answer = .agree,
    _ reasons: String = "",
    as identity: Identity,
    of number: String = Hall.number,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Task {
    var request = ApprovalV1.AnswerConsultationRequest(
      taskId: try task(code, of: number).id,
      answer: answer,
      reasons: reasons
    )
    request.expectedRevision = revision
    return try #require(
      try room.call(Approval.answerConsultation, request, as: identity, key: key).task
    )
  }

  @discardableResult
  func start(
    _ kind: CommonV1.SpecialProcedureKind,
    until day: String,
    as identity: Identity = .handler,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.StartSpecialProcedureResponse {
    var request = ApprovalV1.StartSpecialProcedureRequest(
      number: Hall.number,
      kind: kind,
      reason: "需要",
      plannedEndOn: day
    )
    request.expectedRevision = revision
    return try room.call(Approval.startSpecialProcedure, request, as: identity, key: key)
  }

  @discardableResult
  func end(
    _ id: String? = nil,
    as identity: Identity = .handler,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Case {
    let last = try theCase().specialProcedures.last?.id ?? "none"
    var request = ApprovalV1.EndSpecialProcedureRequest(
      number: Hall.number,
      procedureId: id ?? last,
      result: "已完成"
    )
    request.expectedRevision = revision
    let response = try room.call(Approval.endSpecialProcedure, request, as: identity, key: key)
    return try #require(response.case)
  }

  @discardableResult
  func decide(
    _ granted: Bool = true,
    reasons: String = "",
    remedies: String = "",
    of number: String = Hall.number,
    as identity: Identity = .chief,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Case {
    var request = ApprovalV1.DecideRequest(
      number: number,
      granted: granted,
      reasons: reasons,
      remedies: remedies
    )
    request.expectedRevision = revision
    return try #require(try room.call(Approval.decide, request, as: identity, key: key).case)
  }

  @discardableResult
  func issue(
    _ number: String = Hall.number,
    as identity: Identity = .desk,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Certificate {
    var request = ApprovalV1.IssueCertificateRequest(number: number)
    request.expectedRevision = revision
    let response = try room.call(Approval.issueCertificate, request, as: identity, key: key)
    return try #require(response.certificate)
  }

  @discardableResult
  func deliver(
    _ method: ApprovalV1.DeliveryMethod = .electronic,
    tracking: String = "",
    suffix: String = "",
    of number: String = Hall.number,
    as identity: Identity = .desk,
    expecting revision: Int64? = nil,
    key: String? = nil
  ) throws -> ApprovalV1.Delivery {
    var request = ApprovalV1.DeliverResultRequest(
      number: number,
      method: method,
      trackingNumber: tracking,
      collectorIdSuffix: suffix
    )
    request.expectedRevision = revision
    let response = try room.call(Approval.deliverResult, request, as: identity, key: key)
    return try #require(response.delivery)
  }

  /// Lets an accepted X1 go through all its tasks.
  func finishTasks(
    consult: ApprovalV1.Answer = .agree,
    licence: ApprovalV1.Answer = .agree,
    of number: String = Hall.number
  ) throws {
    try opine("handle", as: .handler, of: number)
    try opine("review", as: .reviewer, of: number)
    try answer("consult", consult, "理由", as: .fire, of: number)
    try answer("licence", licence, "理由", as: .water, of: number)
  }
}

/// The reason for which a call is refused; `-` if it is not.
func reason(_ body: () throws -> Void) throws -> String {
  do {
    try body()
    return "-"
  } catch let refused as Room.Refused {
    return refused.reason
  }
}

/// The violated fields of a call that is refused; none if it is not.
func violations(_ body: () throws -> Void) throws -> [String] {
  do {
    try body()
    return []
  } catch let refused as Room.Refused {
    return refused.refusal.violations.map { "\($0.field) \($0.reason)" }
  }
}

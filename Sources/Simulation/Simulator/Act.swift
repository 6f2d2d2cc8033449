internal import Kernel
internal import Messages
internal import Service

/// A task of a case, as the workload knows it.
struct TaskName: Hashable {
  var number: String
  var code: String
  var id: String
  var post: String
}

/// One call of the workload.
enum Act: Hashable {
  case submit(item: String)
  case walkIn(item: String)
  case receive(String)
  case requestCorrection(String)
  case supply(String, gaps: [UInt32])
  case accept(String)
  case withdraw(String, isOnline: Bool)
  case claim(TaskName)
  case opine(TaskName)
  case answer(TaskName)
  case start(String, CommonV1.SpecialProcedureKind, until: Day, department: String)
  case end(String, procedure: String, department: String)
  case decide(String, granted: Bool, department: String)
  case deliver(String)

  /// The room that is called.
  var room: String {
    switch self {
    case .submit, .walkIn, .receive, .requestCorrection, .supply, .accept, .withdraw: "intake"
    case .claim, .opine, .answer, .start, .end, .decide, .deliver: "approval"
    }
  }

  /// Makes the call; the room has not worked on it yet.
  func begin(in room: Room, key: String) throws -> CollectedReply {
    switch self {
    case .submit, .walkIn, .receive, .requestCorrection, .supply, .accept, .withdraw:
      try beginAtIntake(room, key)
    case .claim, .opine, .answer, .start, .end, .decide, .deliver:
      try beginAtApproval(room, key)
    }
  }

  private func beginAtIntake(_ room: Room, _ key: String) throws -> CollectedReply {
    typealias Calls = IntakeV1.IntakeService
    switch self {
    case .submit(let item):
      let request = IntakeV1.SubmitApplicationRequest(itemCode: item, applicant: Town.person)
      return try room.begin(Calls.submitApplication, request, as: Town.owner, key: key)
    case .walkIn(let item):
      let request = IntakeV1.ReceiveApplicationRequest(itemCode: item, applicant: Town.person)
      return try room.begin(Calls.receiveApplication, request, as: Town.clerk, key: key)
    case .receive(let number):
      let request = IntakeV1.ReceiveApplicationRequest(number: number)
      return try room.begin(Calls.receiveApplication, request, as: Town.clerk, key: key)
    case .requestCorrection(let number):
      let gaps = [IntakeV1.Gap(demand: "填写住所"), IntakeV1.Gap(demand: "签名")]
      let request = IntakeV1.RequestCorrectionRequest(number: number, gaps: gaps)
      return try room.begin(Calls.requestCorrection, request, as: Town.clerk, key: key)
    case .supply(let number, let gaps):
      let request = IntakeV1.SupplyCorrectionRequest(number: number, answeredGaps: gaps)
      return try room.begin(Calls.supplyCorrection, request, as: Town.clerk, key: key)
    case .accept(let number):
      let request = IntakeV1.AcceptApplicationRequest(number: number)
      return try room.begin(Calls.acceptApplication, request, as: Town.clerk, key: key)
    case .withdraw(let number, let isOnline):
      let request = IntakeV1.WithdrawApplicationRequest(number: number, reason: "不办了")
      let identity = isOnline ? Town.owner : Town.clerk
      return try room.begin(Calls.withdrawApplication, request, as: identity, key: key)
    default: preconditionFailure("\(self) is no call of intake.")
    }
  }

  private func beginAtApproval(_ room: Room, _ key: String) throws -> CollectedReply {
    typealias Calls = ApprovalV1.ApprovalService
    switch self {
    case .claim(let task):
      let request = ApprovalV1.ClaimRequest(taskId: task.id)
      return try room.begin(Calls.claim, request, as: Town.holder(of: task.post), key: key)
    case .opine(let task):
      let request = ApprovalV1.RecordOpinionRequest(taskId: task.id, answer: .agree)
      return try room.begin(Calls.recordOpinion, request, as: Town.holder(of: task.post), key: key)
    case .answer(let task):
      let request = ApprovalV1.AnswerConsultationRequest(
        taskId: task.id,
        answer: .disagree,
        reasons: "消防通道不足"
      )
      return try room.begin(
        Calls.answerConsultation,
        request,
        as: Town.holder(of: task.post),
        key: key
      )
    case .start(let number, let kind, let day, let department):
      let request = ApprovalV1.StartSpecialProcedureRequest(
        number: number,
        kind: kind,
        reason: "需要",
        plannedEndOn: day.description
      )
      let chief = Town.chief(of: department)
      return try room.begin(Calls.startSpecialProcedure, request, as: chief, key: key)
    case .end(let number, let procedure, let department):
      let request = ApprovalV1.EndSpecialProcedureRequest(
        number: number,
        procedureId: procedure,
        result: "已完成"
      )
      let chief = Town.chief(of: department)
      return try room.begin(Calls.endSpecialProcedure, request, as: chief, key: key)
    case .decide(let number, let granted, let department):
      let request = ApprovalV1.DecideRequest(
        number: number,
        granted: granted,
        reasons: "理由",
        remedies: "六十日内可申请行政复议"
      )
      return try room.begin(Calls.decide, request, as: Town.chief(of: department), key: key)
    case .deliver(let number):
      let request = ApprovalV1.DeliverResultRequest(number: number, method: .electronic)
      return try room.begin(Calls.deliverResult, request, as: Town.desk, key: key)
    default: preconditionFailure("\(self) is no call of approval.")
    }
  }
}

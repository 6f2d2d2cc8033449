internal import Connect
internal import Messages
internal import Service

/// Why approval says no: the whole list.
enum ApprovalRefusal: Refusing, Hashable {
  /// The case's state does not allow the act.
  case caseState(String)
  /// The task's state does not allow the act.
  case taskState(String)
  /// Another holder of the post has claimed the task.
  case alreadyClaimed(String)
  /// The caller does not hold the task's post.
  case notPostHolder(String)
  /// The caller holds no post of the deciding department that may do this.
  case wrongDepartment(String)
  /// The task asks for something else.
  case wrongNature(String)
  /// The caller stands on the applicant's side.
  case applicantSide(String)
  /// The caller has accepted the application.
  case samePersonAccepted(String)
  /// The caller has done the other one of handling and reviewing.
  case samePerson(String)
  /// A disagreement, or overruling one, needs reasons.
  case reasonsRequired(field: String)
  /// A department has refused its own licence.
  case licenceOpposed(String)
  /// The item does not list the procedure with its legal basis.
  case procedureNotListed(String)
  /// A special procedure is open already.
  case procedureOpen(String)
  /// The procedure has ended.
  case procedureEnded(String)
  /// The item's result is no certificate.
  case noCertificate(String)
  /// The certificate has to be issued first.
  case certificateMissing(String)
  /// The collector is not the applicant.
  case collectorMismatch(String)
  /// The applicant's data were erased, so a collector cannot be checked.
  case collectorUnknown(String)

  var refusal: Refusal {
    switch self {
    case .caseState, .taskState, .alreadyClaimed, .wrongNature:
      stateRefusal
    case .notPostHolder, .wrongDepartment, .applicantSide, .samePersonAccepted, .samePerson:
      personRefusal
    case .procedureNotListed, .procedureOpen, .procedureEnded:
      procedureRefusal
    case .reasonsRequired, .licenceOpposed, .noCertificate, .certificateMissing,
      .collectorMismatch, .collectorUnknown:
      resultRefusal
    }
  }

  private func no(
    _ code: Code,
    _ reason: String,
    _ subject: String,
    _ rule: String,
    _ zh: String,
    _ en: String
  ) -> Refusal {
    Refusal(code, reason, subject: subject, rule: rule, zh: zh, en: en)
  }

  private var stateRefusal: Refusal {
    switch self {
    case .taskState(let id):
      .wrongState(id, rule: "A2", zh: "任务当前状态不允许此操作", en: "The task's state does not allow this")
    case .alreadyClaimed(let id):
      no(
        .failedPrecondition,
        "ALREADY_CLAIMED",
        id,
        "A2",
        "任务已由同岗位的其他人认领",
        "Another holder of the post has claimed the task"
      )
    case .wrongNature(let id):
      no(
        .failedPrecondition,
        "WRONG_NATURE",
        id,
        "A6",
        "此任务应以另一种方式办理：承办、审核填写意见，征求意见和许可作出答复",
        "Handling and reviewing tasks take an opinion, consultations and licences an answer"
      )
    case .caseState(let number):
      .wrongState(
        number,
        rule: "A1",
        zh: "办件当前状态不允许此操作",
        en: "The case's state does not allow this"
      )
    default: .internalFault
    }
  }

  private var personRefusal: Refusal {
    switch self {
    case .notPostHolder(let id):
      no(
        .permissionDenied,
        "NOT_POST_HOLDER",
        id,
        "A3",
        "只有该岗位的A角或B角可以办理",
        "Only the A or B of the task's post may do this"
      )
    case .wrongDepartment(let number):
      no(
        .permissionDenied,
        "WRONG_DEPARTMENT",
        number,
        "A3",
        "只有决定部门相应岗位的A角或B角可以办理",
        "Only the A or B of a fitting post of the deciding department may do this"
      )
    case .applicantSide(let number):
      no(
        .permissionDenied,
        "APPLICANT_SIDE",
        number,
        "A4",
        "申请人及其代办人不得参与本办件的审批",
        "The applicant's side may have no part in handling the case"
      )
    case .samePersonAccepted(let number):
      no(
        .permissionDenied,
        "SAME_PERSON_ACCEPTED",
        number,
        "A4",
        "受理人不得承办或决定同一办件",
        "Who accepted a case may not handle or decide it"
      )
    case .samePerson(let number):
      no(
        .permissionDenied,
        "SAME_PERSON",
        number,
        "A5",
        "同一办件的承办人与审核人不得为同一人",
        "Handling and reviewing of one case need two persons"
      )
    default: .internalFault
    }
  }

  private var procedureRefusal: Refusal {
    switch self {
    case .procedureNotListed(let number):
      no(
        .failedPrecondition,
        "PROCEDURE_NOT_LISTED",
        number,
        "A8",
        "该事项未列明此特别程序及其法定依据",
        "The item does not list this procedure with its legal basis"
      )
    case .procedureOpen(let number):
      no(
        .failedPrecondition,
        "PROCEDURE_OPEN",
        number,
        "A8",
        "尚有特别程序未结束",
        "A special procedure has not ended yet"
      )
    case .procedureEnded(let id):
      no(
        .failedPrecondition,
        "PROCEDURE_ENDED",
        id,
        "A8",
        "该特别程序已结束",
        "The special procedure has ended"
      )
    default: .internalFault
    }
  }

  private var resultRefusal: Refusal {
    switch self {
    case .reasonsRequired(let field):
      Refusal(
        .invalidArgument,
        "REASONS_REQUIRED",
        rule: "A6",
        zh: "不同意或不采纳不同意见时必须说明理由",
        en: "To disagree, or to overrule who disagrees, needs reasons",
        violations: [.required(field)]
      )
    case .licenceOpposed(let number):
      no(
        .failedPrecondition,
        "LICENCE_OPPOSED",
        number,
        "A9",
        "有部门不予其自身许可，不得准予",
        "A department refuses its own licence: this cannot be granted"
      )
    case .noCertificate(let number):
      no(
        .failedPrecondition,
        "NO_CERTIFICATE",
        number,
        "A11",
        "该事项的结果不是证照，无需制证",
        "The item's result is no certificate"
      )
    case .certificateMissing(let number):
      no(
        .failedPrecondition,
        "CERTIFICATE_MISSING",
        number,
        "A13",
        "应先制证再送达",
        "The certificate has to be issued before the result is handed over"
      )
    case .collectorMismatch(let number):
      no(
        .failedPrecondition,
        "COLLECTOR_MISMATCH",
        number,
        "A13",
        "领取人证件号码后四位与申请人不符",
        "The collector's identity number is not the applicant's"
      )
    case .collectorUnknown(let number):
      no(
        .failedPrecondition,
        "COLLECTOR_UNKNOWN",
        number,
        "A13",
        "没有申请人证件号码，无法核对领取人，请以其他方式送达",
        "There is no applicant's number to check a collector by; deliver in another way"
      )
    default: .internalFault
    }
  }
}

/// What our own records should make impossible.
///
/// It stops a follower and fails a call.
enum ApprovalFault: Error, Sendable, Hashable {
  /// A version of an item that the feed said we had seen is not kept here.
  case itemMissing(code: String, version: Int64)
  /// A task's plan in the item has no term or nature that we know.
  case planUnknown(code: String)
  /// A kept value cannot be read.
  case damaged

  /// A value that our own records must hold.
  static func kept<T>(_ value: T?) throws(Self) -> T {
    guard let value else { throw .damaged }
    return value
  }
}

extension Violation {
  /// A field that this request must set.
  static func required(_ field: String) -> Self {
    Self(field: field, reason: "REQUIRED", messageZh: "必须填写", messageEn: "must be set")
  }
}

extension String {
  /// Whether there is nothing to read in it.
  var isBlank: Bool { allSatisfy(\.isWhitespace) }
}

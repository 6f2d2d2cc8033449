internal import Connect
internal import Law
package import Service

/// The noes of intake, besides those that all services share.
///
/// - Source: docs/rules/intake.md
package enum IntakeRefusal: Refusing, Hashable {
  /// No item of this code is in force.
  case unknownItem(String)
  /// The state does not allow the act.
  case wrongState(String, ApplicationState)
  /// The one notice was given before.
  case correctionAlreadyRequested(String)
  /// The five days are over; the application counts as accepted.
  case fiveDaysOver(String)
  /// The applicant's day is over; the papers go back.
  case correctionExpired(String)
  /// Gaps are open, so nothing can be accepted.
  case gapsOpen(String, Int)
  /// Who asked may not sign.
  case samePerson(String)
  /// The person stands on the applicant's side.
  case applicantSide(String)
  /// The person signs for another department.
  case wrongDepartment(String)
  /// A refusal waits for its second signature already.
  case countersignaturePending(String)
  /// The request was signed, declined or made void before.
  case countersignatureClosed(String)
  /// The numbers of the day are used up.
  case numbersExhausted(String)

  package var refusal: Refusal {
    switch self {
    case .unknownItem(let code):
      Refusal(
        .notFound,
        "UNKNOWN_ITEM",
        subject: code,
        rule: "I2",
        zh: "事项目录中没有该在用事项",
        en: "No item of this code is in force"
      )
    case .wrongState(let number, let state):
      .wrongState(
        number,
        rule: "I1",
        zh: "申请处于“\(state.text.zh)”状态，不能进行此操作",
        en: "The application is in the state \"\(state.text.en)\", which does not allow this"
      )
    case .correctionAlreadyRequested(let number):
      failed(
        "CORRECTION_ALREADY_REQUESTED",
        number,
        "I5",
        zh: "补正内容须一次性告知，不得再次要求补正",
        en: "What is missing is told once and completely; there is no second notice"
      )
    case .fiveDaysOver(let number):
      failed(
        "FIVE_DAYS_OVER",
        number,
        "I3",
        zh: "五个工作日已过，逾期未告知，申请自收到之日起即为受理",
        en: "The five working days are over; silence has accepted the application"
      )
    case .correctionExpired(let number):
      failed(
        "CORRECTION_EXPIRED",
        number,
        "I7",
        zh: "补正期限已过",
        en: "The day for answering the correction notice has passed"
      )
    case .gapsOpen(let number, let count):
      failed(
        "GAPS_OPEN",
        number,
        "I6",
        zh: "尚有 \(count) 项补正内容未完成",
        en: "\(count) gap(s) of the correction notice are still open"
      )
    case .samePerson, .applicantSide, .wrongDepartment, .countersignaturePending,
      .countersignatureClosed:
      refusalOfSigning
    case .numbersExhausted(let department):
      Refusal(
        .resourceExhausted,
        "NUMBERS_EXHAUSTED",
        subject: department,
        rule: "I4",
        zh: "该部门当日办件编号已用完",
        en: "The case numbers of this department and day are used up"
      )
    }
  }

  private var refusalOfSigning: Refusal {
    switch self {
    case .samePerson(let id):
      Refusal(
        .permissionDenied,
        "SAME_PERSON",
        subject: id,
        rule: "I11",
        zh: "提出人不得自行会签",
        en: "Who asked may not sign"
      )
    case .applicantSide(let number):
      Refusal(
        .permissionDenied,
        "APPLICANT_SIDE",
        subject: number,
        rule: "I15",
        zh: "申请人一方不得受理、审核本人的申请",
        en: "Who stands on the applicant's side has no part in the hall's acts on the application"
      )
    case .wrongDepartment(let number):
      Refusal(
        .permissionDenied,
        "WRONG_DEPARTMENT",
        subject: number,
        rule: "I11",
        zh: "须由该事项所属部门的首席代表会签",
        en: "A chief representative of the item's own department signs"
      )
    case .countersignaturePending(let number):
      failed(
        "COUNTERSIGNATURE_PENDING",
        number,
        "I11",
        zh: "已有一份不予受理的申请等待会签",
        en: "A refusal of acceptance waits for its second signature already"
      )
    case .countersignatureClosed(let id):
      failed(
        "COUNTERSIGNATURE_CLOSED",
        id,
        "I11",
        zh: "该会签已经办结或失效",
        en: "The request was signed, declined or made void before"
      )
    default: preconditionFailure("Only the noes of signing come here.")
    }
  }

  private func failed(
    _ reason: String,
    _ subject: String,
    _ rule: String,
    zh: String,
    en: String
  ) -> Refusal {
    Refusal(.failedPrecondition, reason, subject: subject, rule: rule, zh: zh, en: en)
  }
}

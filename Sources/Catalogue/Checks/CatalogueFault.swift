internal import Messages

/// What can be wrong with a catalogue, beyond the rules of single fields.
enum CatalogueFault: Hashable {
  case empty
  case duplicate(String)
  case unknownDepartment(String)
  case unknownPost(String)
  case unknownItem(String)
  case foreignPost(String, department: String)
  case postMoved(from: String)
  case postRole
  case sameHolder
  case samePhone
  case departmentCode
  case ticketLetter
  case notInList(CodeList)
  case notATerm
  case immediate
  case promiseTooLong
  case stepsTooLong
  case fee
  case basisMissing
  case samePersonMayDecide
  case catchAll
  case tolerableAtOnce
  case nothingNecessary
  case jointAlone
  case notACertificate
  case limitBasisMissing
  case retiredAndInForce
  case retiredBefore
  case retiredLater
  case stopsAlways
  case postInUse(String)
  case publishedSince

  /// The rule, the reason and the texts.
  private var row: (rule: String, reason: String, zh: String, en: String) {
    organisation ?? item ?? rest
  }

  /// The violation at a path.
  func violation(at path: String) -> Violation {
    Violation(
      field: path,
      reason: row.reason,
      messageZh: "\(row.zh)（\(row.rule)）",
      messageEn: "\(row.en) (\(row.rule))"
    )
  }
}

extension CatalogueFault {
  private typealias Line = (rule: String, reason: String, zh: String, en: String)

  /// Faults of departments, posts, windows and of what refers to them.
  private var organisation: Line? {
    switch self {
    case .empty: ("C1", "EMPTY", "文件没有可导入的内容", "the file holds nothing to import")
    case .duplicate(let code): ("C1", "DUPLICATE", "编码 \(code) 重复", "\(code) stands there twice")
    case .unknownDepartment(let code):
      ("C2", "UNKNOWN_DEPARTMENT", "部门 \(code) 不存在", "there is no department \(code)")
    case .unknownPost(let code):
      ("C2", "UNKNOWN_POST", "岗位 \(code) 不存在", "there is no post \(code)")
    case .unknownItem(let code):
      ("C2", "UNKNOWN_ITEM", "事项 \(code) 不存在", "there is no item \(code)")
    case .foreignPost(let code, let department):
      (
        "C2", "FOREIGN_POST", "岗位 \(code) 不属于部门 \(department)",
        "the post \(code) is not one of department \(department)"
      )
    case .postMoved(let department):
      (
        "C2", "POST_MOVED", "岗位已属于部门 \(department)，不得改属",
        "the post belongs to department \(department) and stays there"
      )
    case .postRole:
      (
        "C15", "POST_ROLE", "该岗位不办理、审核案件",
        "the holders of this post neither handle nor review"
      )
    case .postInUse(let code):
      (
        "C15", "POST_ROLE", "在用事项 \(code) 的任务由该岗位承担，该岗位须办理、审核案件",
        "item \(code) in force gives this post a task, so its holders handle or review"
      )
    case .sameHolder: ("C3", "SAME_HOLDER", "A、B角须为不同的人", "A and B are two persons")
    case .samePhone:
      ("C4", "SAME_PHONE", "咨询电话与投诉电话须不同", "questions and complaints go to two numbers")
    case .departmentCode: ("C5", "FORMAT", "须为三位数字", "must be three digits")
    case .ticketLetter: ("C5", "FORMAT", "须为 A 至 Z 的一个字母", "must be a letter from A to Z")
    case .notInList:
      ("C5", "NOT_IN_LIST", "不在国家标准代码表内", "is no code of the national list")
    default: nil
    }
  }

  /// Faults of an item's terms, money and procedure.
  private var item: Line? {
    switch self {
    case .notATerm: ("C19", "TERM", "期限的数值与单位不符", "the amount does not fit the unit")
    case .immediate:
      ("C6", "IMMEDIATE", "承诺“即办”当且仅当为即办件", "on the spot if and only if 即办件")
    case .promiseTooLong:
      (
        "C7", "PROMISE_TOO_LONG", "承诺期限长于法定期限",
        "the promise is longer than the legal limit"
      )
    case .stepsTooLong:
      (
        "C8", "STEPS_TOO_LONG", "各环节最长时限之和超过承诺期限",
        "the longest steps of the stages are longer than the promise together"
      )
    case .fee:
      ("C9", "FEE", "收费须同时有依据和标准", "a fee needs both its basis and its standard")
    case .basisMissing:
      ("C10", "BASIS_MISSING", "特别程序须有法律依据", "a special procedure needs a legal basis")
    case .stopsAlways:
      (
        "C10", "STOPS_ALWAYS", "行政许可法第四十五条所列程序总是停止承诺期限",
        "the procedures of article 45 always stop the promise"
      )
    case .samePersonMayDecide:
      (
        "C11", "NOT_IMMEDIATE", "只有即办件可由一人受理并决定",
        "only of 即办件 may one person accept and decide"
      )
    case .limitBasisMissing:
      ("C17", "LIMIT_BASIS_MISSING", "法定期限须有依据", "a legal limit needs its basis")
    default: nil
    }
  }

  /// Faults of materials, results and cut items.
  private var rest: Line {
    switch self {
    case .catchAll: ("C12", "CATCH_ALL", "不得设“其他材料”等兜底材料", "no catch-all materials")
    case .tolerableAtOnce:
      ("C13", "TOLERABLE", "即办件不得容缺", "nothing is tolerated of 即办件")
    case .nothingNecessary:
      (
        "C13", "NOTHING_NECESSARY", "主要材料不得全部容缺",
        "the main materials cannot all be tolerated as missing"
      )
    case .jointAlone:
      ("C14", "JOINT_ALONE", "联办件须有两个以上部门", "joint handling needs two departments")
    case .notACertificate:
      ("C16", "RESULT_TYPE", "结果名称为“证”，类型须为证照", "a result named 证 is a certificate")
    case .retiredAndInForce:
      ("C18", "RETIRED", "同一编码不得既在用又取消", "an item is either in force or cut")
    case .retiredBefore:
      ("C18", "RETIRED", "该编码已取消，不得再用", "the code was cut and does not come back")
    case .publishedSince:
      (
        "C21", "PUBLISHED_SINCE", "导入后已另行发布，以本文件发布将撤销该次发布",
        "was published anew since the import, which this file would undo"
      )
    case .retiredLater:
      ("C18", "RETIRED_LATER", "取消日期不得晚于今日", "nothing is cut before its day")
    default: ("C1", "INVALID", "不符合要求", "breaks a rule")
    }
  }
}

internal import Connect
internal import Service

/// The noes of queueing.
enum QueueingRefusal: Refusing {
  /// No window takes in for the item or letter.
  case noWindow(String)
  /// The person has a live ticket of the letter.
  case alreadyQueued(String)
  /// The letter has given its tickets of the day.
  case ticketsExhausted(String)
  /// Only agents, guides and portals draw tickets of the green channel.
  case greenChannelOnly
  /// The window is not open in a session of the caller.
  case windowNotOpen(String)
  /// A ticket is called to the window or served there.
  case windowBusy(String, ticket: String)
  /// The ticket was called to another window.
  case otherWindow(String)
  /// The ticket does not stand where the act needs it.
  case wrongTicketState(String, TicketState)
  /// The case is not decided, or the visit not finished.
  case notYet(String)
  /// It was rated before.
  case alreadyRated(String)

  /// The one table from a no to what the caller reads.
  private var row:
    (code: Code, reason: String, subject: String, rule: String, zh: String, en: String)
  {
    switch self {
    case .noWindow(let subject):
      (.failedPrecondition, "NO_WINDOW", subject, "Q3", "没有受理窗口", "No window takes it in")
    case .alreadyQueued(let number):
      (
        .alreadyExists, "ALREADY_QUEUED", number, "Q2", "已有未办结的号票 \(number)",
        "The person has a live ticket, \(number)"
      )
    case .ticketsExhausted(let letter):
      (
        .resourceExhausted, "TICKETS_EXHAUSTED", letter, "Q12", "今日号票已发完",
        "All tickets of the day have been given"
      )
    case .greenChannelOnly:
      (
        .permissionDenied, "GREEN_CHANNEL", "", "Q11", "绿色通道号票须由代办员、引导员或平台取",
        "Green channel tickets are drawn by agents, guides and portals"
      )
    case .windowNotOpen(let code):
      (
        .failedPrecondition, "WINDOW_NOT_OPEN", code, "Q5", "请先打开窗口 \(code)",
        "Open the window \(code) first"
      )
    case .windowBusy(let code, let ticket):
      (
        .failedPrecondition, "WINDOW_BUSY", code, "Q6", "窗口 \(code) 正在办理 \(ticket)",
        "The window \(code) has the ticket \(ticket)"
      )
    case .otherWindow(let id):
      (
        .permissionDenied, "OTHER_WINDOW", id, "Q5", "该号票由其他窗口呼叫",
        "The ticket was called to another window"
      )
    case .wrongTicketState(let number, let state):
      (
        .failedPrecondition, "WRONG_STATE", number, "Q7", "号票 \(number) 当前为“\(state.text.zh)”",
        "The ticket \(number) is \(state.text.en)"
      )
    case .notYet(let subject):
      (
        .failedPrecondition, "NOT_YET", subject, "Q9", "办结后方可评价",
        "It can be rated once it is finished"
      )
    case .alreadyRated(let subject):
      (.alreadyExists, "ALREADY_RATED", subject, "Q8", "已评价", "It was rated before")
    }
  }

  var refusal: Refusal {
    let row = row
    return Refusal(
      row.code,
      row.reason,
      subject: row.subject,
      rule: row.rule,
      zh: row.zh,
      en: row.en
    )
  }
}

extension TicketState {
  /// The state in words.
  fileprivate var text: (zh: String, en: String) {
    switch self {
    case .waiting: ("等候", "waiting")
    case .called: ("已呼叫", "called")
    case .serving: ("办理中", "being served")
    case .done: ("已办结", "done")
    }
  }
}

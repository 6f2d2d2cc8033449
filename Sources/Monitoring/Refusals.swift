internal import Connect
package import Service

/// The noes of monitoring.
package enum MonitoringRefusal: Refusing, Hashable {
  /// What lies behind the cursor is not kept any more; with the oldest cursor.
  case cursorTooOld(oldest: String)
  /// The cursor lies behind the last entry, or is of an entry that a restore took back; with the
  /// cursor of the head.
  case cursorFromFuture(head: String)
  /// The cursor lies before the one that was committed; with that one.
  case cursorBackwards(committed: String)
  /// Another reader reads in the consumer's name.
  case consumerBusy(String, retryAfterSeconds: Int)
  /// The name is taken by a consumer with another filter or of another owner.
  case consumerExists(String)

  package var refusal: Refusal {
    switch self {
    case .cursorTooOld(let oldest):
      Refusal(
        .outOfRange,
        "CURSOR_TOO_OLD",
        subject: oldest,
        rule: "M8",
        zh: "游标之后的预警已不再保存，请从最早的游标开始",
        en: "What lies behind the cursor is not kept any more; begin at the oldest cursor"
      )
    case .cursorFromFuture(let head):
      Refusal(
        .outOfRange,
        "CURSOR_FROM_FUTURE",
        subject: head,
        rule: "M8",
        zh: "游标超出最新位置，或属于恢复前的记录",
        en: "The cursor lies behind the last entry, or is of what a restore took back"
      )
    case .cursorBackwards(let committed):
      Refusal(
        .failedPrecondition,
        "CURSOR_BACKWARDS",
        subject: committed,
        rule: "M8",
        zh: "游标不得早于已提交的位置",
        en: "The cursor lies before the one that was committed"
      )
    case .consumerBusy(let name, let seconds):
      Refusal(
        .failedPrecondition,
        "CONSUMER_BUSY",
        subject: name,
        rule: "M8",
        zh: "该消费者名正由另一连接读取",
        en: "Another reader reads in this consumer's name",
        retryAfterSeconds: seconds
      )
    case .consumerExists(let name):
      Refusal(
        .alreadyExists,
        "CONSUMER_EXISTS",
        subject: name,
        rule: "M8",
        zh: "该消费者名已登记，且筛选条件或登记者不同",
        en: "The name is taken by a consumer with another filter or of another owner"
      )
    }
  }
}

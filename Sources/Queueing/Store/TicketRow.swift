internal import Kernel
internal import Messages
internal import Storage

/// A ticket as it is stored.
struct TicketRow {
  var id: String
  var day: Day
  var letter: String
  var sequence: Int64
  var state: TicketState
  var ticketClass: TicketClass
  var windowCode: String?
  var calledBy: String?
  /// The post of whoever called it; nil if none is known.
  var calledPost: String?
  var takenAt: Instant
  var calledAt: Instant?
  var startedAt: Instant?
  var finishedAt: Instant?
  var caseNumber: String?

  /// As it is printed and called.
  var number: String { TicketNumber.text(letter, sequence) }

  /// The ticket as the contract has it.
  func message(ahead: Int64 = 0) -> QueueingV1.Ticket {
    QueueingV1.Ticket(
      id: id,
      number: number,
      ticketLetter: letter,
      state: QueueingV1.TicketState(rawValue: Int32(state.rawValue)),
      priority: QueueingV1.Priority(rawValue: Int32(ticketClass.rawValue)),
      ahead: UInt32(ahead),
      windowCode: windowCode ?? "",
      takenAt: GoogleProtobuf.Timestamp(takenAt),
      calledAt: calledAt.map(GoogleProtobuf.Timestamp.init),
      startedAt: startedAt.map(GoogleProtobuf.Timestamp.init),
      finishedAt: finishedAt.map(GoogleProtobuf.Timestamp.init),
      caseNumber: caseNumber ?? ""
    )
  }
}

extension TicketRow {
  static let columns = """
    id, day, ticket_letter, sequence, state, priority, window_code, called_by, taken_at,
    called_at, started_at, finished_at, case_number, called_post
    """

  init(_ row: Row) {
    guard let state = TicketState(rawValue: row.integer(4)),
      let ticketClass = TicketClass(rawValue: row.integer(5))
    else { preconditionFailure("A ticket's state and class are checked by its table.") }
    self.init(
      id: row.text(0),
      day: row.day(1),
      letter: row.text(2),
      sequence: row.integer(3),
      state: state,
      ticketClass: ticketClass,
      windowCode: row.optionalText(6),
      calledBy: row.optionalText(7),
      calledPost: row.optionalText(13),
      takenAt: row.instant(8),
      calledAt: row.optionalInstant(9),
      startedAt: row.optionalInstant(10),
      finishedAt: row.optionalInstant(11),
      caseNumber: row.optionalText(12)
    )
  }
}

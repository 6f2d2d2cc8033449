internal import Kernel
internal import Storage

extension Transaction {
  /// Keeps a new ticket.
  func insertTicket(_ ticket: TicketRow, person: [UInt8]?, hall: String) throws {
    try execute(
      """
      INSERT INTO ticket (hall, id, day, ticket_letter, sequence, state, priority, person, taken_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(hall), .text(ticket.id), Value(ticket.day), .text(ticket.letter),
        .integer(ticket.sequence), .integer(ticket.state.rawValue),
        .integer(ticket.ticketClass.rawValue), Value(person), Value(ticket.takenAt),
      ]
    )
  }

  /// Moves a ticket on, if it still stands where it is thought to stand.
  ///
  /// - Returns: False if it does not.
  func moveTicket(
    _ ticket: TicketRow,
    from state: TicketState,
    callSequence: Int64? = nil,
    hall: String
  ) throws -> Bool {
    let changed = try execute(
      """
      UPDATE ticket SET state = ?, window_code = ?, called_by = ?, called_post = ?, called_at = ?,
        started_at = ?, finished_at = ?, call_sequence = coalesce(?, call_sequence)
      WHERE hall = ? AND id = ? AND state = ?
      """,
      [
        .integer(ticket.state.rawValue), Value(ticket.windowCode), Value(ticket.calledBy),
        Value(ticket.calledPost), Value(ticket.calledAt), Value(ticket.startedAt),
        Value(ticket.finishedAt),
        Value(callSequence), .text(hall), .text(ticket.id), .integer(state.rawValue),
      ]
    )
    return changed == 1
  }

  /// Says which case a ticket led to; the first one stays.
  func linkTicket(hall: String, id: String, to caseNumber: String) throws {
    try execute(
      "UPDATE ticket SET case_number = ? WHERE hall = ? AND id = ? AND case_number IS NULL",
      [.text(caseNumber), .text(hall), .text(id)]
    )
  }

  /// Forgets who drew the tickets of a day.
  func forgetPersons(hall: String, day: Day) throws {
    try execute(
      "UPDATE ticket SET person = NULL WHERE hall = ? AND day = ? AND person IS NOT NULL",
      [.text(hall), Value(day)]
    )
  }
}

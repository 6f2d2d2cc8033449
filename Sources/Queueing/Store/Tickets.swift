internal import Kernel
internal import Storage

/// The SQL of tickets, with its lists named for the test of their plans.
enum TicketQueries {
  static let one = "SELECT \(TicketRow.columns) FROM ticket WHERE hall = ? AND id = ?"

  static let ofPerson = """
    SELECT \(TicketRow.columns) FROM ticket
    WHERE hall = ? AND day = ? AND ticket_letter = ? AND person = ? AND state < 4
    """

  static let atWindow = """
    SELECT \(TicketRow.columns) FROM ticket
    WHERE hall = ? AND day = ? AND window_code = ? AND state IN (2, 3)
    """

  static let firstOfClass = """
    SELECT \(TicketRow.columns) FROM ticket
    WHERE hall = ? AND day = ? AND ticket_letter = ? AND state = 1 AND priority = ?
    ORDER BY sequence LIMIT 1
    """

  static let ahead = """
    SELECT count(*) FROM ticket
    WHERE hall = ? AND day = ? AND ticket_letter = ? AND state = 1
      AND (priority < ? OR (priority = ? AND sequence < ?))
    """

  static let lastSequence = """
    SELECT sequence FROM ticket WHERE hall = ? AND day = ? AND ticket_letter = ?
    ORDER BY sequence DESC LIMIT 1
    """

  static let calls = """
    SELECT call_sequence, priority FROM ticket
    WHERE hall = ? AND day = ? AND ticket_letter = ? AND call_sequence > 0 AND priority <= ?
    ORDER BY call_sequence DESC LIMIT ?
    """

  static let counts = """
    SELECT ticket_letter, state, count(*) FROM ticket WHERE hall = ? AND day = ?
    GROUP BY ticket_letter, state
    """
}

extension Snapshot {
  /// A ticket; nil if there is none of that id.
  func ticket(hall: String, id: String) throws -> TicketRow? {
    try first(TicketQueries.one, [.text(hall), .text(id)], TicketRow.init)
  }

  /// The live ticket of a person in a letter's queue; nil if there is none.
  func liveTicket(
    hall: String,
    day: Day,
    letter: String,
    person: [UInt8]
  ) throws -> TicketRow? {
    let arguments: [Value] = [.text(hall), Value(day), .text(letter), .blob(person)]
    return try first(TicketQueries.ofPerson, arguments, TicketRow.init)
  }

  /// The ticket that is called to or served at a window; nil if it is idle.
  func ticket(hall: String, day: Day, atWindow code: String) throws -> TicketRow? {
    try first(TicketQueries.atWindow, [.text(hall), Value(day), .text(code)], TicketRow.init)
  }

  /// The longest waiting ticket of a class; nil if none waits.
  func firstWaiting(
    hall: String,
    day: Day,
    letter: String,
    _ ticketClass: TicketClass
  ) throws -> TicketRow? {
    try first(
      TicketQueries.firstOfClass,
      [.text(hall), Value(day), .text(letter), .integer(ticketClass.rawValue)],
      TicketRow.init
    )
  }

  /// How many tickets of the same letter wait before a ticket, by class and number.
  func ahead(of ticket: TicketRow, hall: String) throws -> Int64 {
    let ticketClass = Value.integer(ticket.ticketClass.rawValue)
    let arguments: [Value] = [
      .text(hall), Value(ticket.day), .text(ticket.letter), ticketClass, ticketClass,
      .integer(ticket.sequence),
    ]
    return try first(TicketQueries.ahead, arguments) { $0.integer(0) } ?? 0
  }

  /// The number of the last ticket of a letter on a day; 0 if there is none.
  func lastSequence(hall: String, day: Day, letter: String) throws -> Int64 {
    let arguments: [Value] = [.text(hall), Value(day), .text(letter)]
    return try first(TicketQueries.lastSequence, arguments) { $0.integer(0) } ?? 0
  }

  /// The last calls of a letter on a day, the last one first, of classes up to one.
  func calls(
    hall: String,
    day: Day,
    letter: String,
    upTo ticketClass: TicketClass
  ) throws -> [(sequence: Int64, ticketClass: TicketClass)] {
    let arguments: [Value] = [
      .text(hall), Value(day), .text(letter), .integer(ticketClass.rawValue),
      .integer(Int64(CallOrder.mostInARow)),
    ]
    return try rows(TicketQueries.calls, arguments) {
      ($0.integer(0), TicketClass(rawValue: $0.integer(1)) ?? .ordinary)
    }
  }

  /// How many tickets of a day stand where, by letter.
  func ticketCounts(hall: String, day: Day) throws -> [String: [TicketState: Int64]] {
    var counts: [String: [TicketState: Int64]] = [:]
    let found = try rows(TicketQueries.counts, [.text(hall), Value(day)]) {
      ($0.text(0), TicketState(rawValue: $0.integer(1)), $0.integer(2))
    }
    for (letter, state, count) in found {
      if let state { counts[letter, default: [:]][state] = count }
    }
    return counts
  }
}

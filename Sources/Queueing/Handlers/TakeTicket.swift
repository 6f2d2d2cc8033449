internal import Kernel
internal import Law
package import Messages
internal import Service
internal import Storage

extension QueueHandlers {
  /// Draws a ticket for an item or a letter.
  ///
  /// - Source: docs/rules/queueing.md, rules Q1 to Q3, Q11 and Q12
  package func takeTicket(
    _ request: QueueingV1.TakeTicketRequest,
    _ call: Writing
  ) throws -> QueueingV1.TakeTicketResponse {
    let ticketClass = TicketClass(rawValue: Int64(request.priority.rawValue)) ?? .ordinary
    let letter = try letter(for: request, call.reading)
    let helpers: Set<AccessV1.Role> = [.agent, .guide, .portal]
    if ticketClass == .greenChannel, call.call.pass.roles.isDisjoint(with: helpers) {
      throw QueueingRefusal.greenChannelOnly
    }
    let (hall, today) = (call.call.hall, call.call.today)
    let person = personHash(of: request.idNumber, call)
    if let person {
      let live = try call.transaction.liveTicket(
        hall: hall,
        day: today,
        letter: letter,
        person: person
      )
      if let live { throw QueueingRefusal.alreadyQueued(live.number) }
    }
    let last = try call.transaction.lastSequence(hall: hall, day: today, letter: letter)
    guard last < TicketNumber.mostInADay else { throw QueueingRefusal.ticketsExhausted(letter) }
    let ticket = TicketRow(
      id: call.call.nextIdentifier(),
      day: today,
      letter: letter,
      sequence: last + 1,
      state: .waiting,
      ticketClass: ticketClass,
      takenAt: call.call.now
    )
    try call.transaction.insertTicket(ticket, person: person, hall: hall)
    if ticket.sequence == 1 { try ForgetPersons.set(for: today, call) }
    let message = ticket.message(ahead: try call.transaction.ahead(of: ticket, hall: hall))
    try call.publish(QueueingV1.TicketTaken(ticket: message), subject: ticket.id)
    return QueueingV1.TakeTicketResponse(ticket: message)
  }

  /// The keyed hash of an identity number, the same for a small and a capital X; nil if none is
  /// given.
  private func personHash(of number: String, _ call: Writing) -> [UInt8]? {
    guard !number.isEmpty else { return nil }
    let text = CitizenNumber(number)?.text ?? number
    return call.seal.hash("id", Array(text.utf8))
  }

  /// The letter asked for, or that of the least busy window for the item.
  private func letter(
    for request: QueueingV1.TakeTicketRequest,
    _ reading: Reading
  ) throws -> String {
    guard request.itemCode.isEmpty != request.ticketLetter.isEmpty else {
      throw Refusal.invalid(
        field: "item_code",
        reason: "ONE_OF",
        zh: "事项与字母须且只须填一个",
        en: "either an item or a letter is needed, and only one of them"
      )
    }
    let windows = try reading.windows()
    if request.itemCode.isEmpty {
      let letter = request.ticketLetter
      guard windows.contains(where: { $0.letter == letter }) else {
        throw QueueingRefusal.noWindow(letter)
      }
      return letter
    }
    guard let item = try reading.item(request.itemCode)?.published.item else {
      throw Refusal.notFound(request.itemCode)
    }
    let counts = try reading.snapshot.ticketCounts(
      hall: reading.call.hall,
      day: reading.call.today
    )
    let letter = WindowChoice.letter(
      for: item.departmentCode,
      among: windows,
      waiting: counts.compactMapValues { $0[.waiting] }
    )
    guard let letter else { throw QueueingRefusal.noWindow(item.code) }
    return letter
  }
}

internal import Messages

extension QueueingV1.Rated {
  /// Says where a visit was, who called its ticket and which case it led to, so that a bad rating
  /// reaches whoever is responsible.
  ///
  /// - Source: handbook 5.5 (谁办理、谁负责)
  mutating func tell(of ticket: TicketRow?) {
    guard let ticket else { return }
    windowCode = ticket.windowCode ?? ""
    calledBy = ticket.calledBy ?? ""
    calledPost = ticket.calledPost ?? ""
    visitCaseNumber = ticket.caseNumber ?? ""
  }
}

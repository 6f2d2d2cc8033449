internal import ArgumentParser
internal import Host
internal import Kernel
internal import Law
internal import Messages
internal import Service

extension CalendarCommand {
  /// Reckons the last day of a term.
  struct Due: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reckon the last day of a term.",
      discussion: """
        Day 0 is the day of the event that opens the term. Units: wd working days, d natural days,
        m months, 0 on the spot. `provisional` stands behind a day that rests on a year for which
        there is no decree yet. With --gateway the calendar in force there is asked, else the one
        that the program carries.

        EXAMPLES
          onedoor calendar due 2026-09-14 20wd
          onedoor calendar due 2026-09-14 20wd --suspend 2026-09-16..2026-09-21 --explain
          onedoor calendar due 2026-12-21 20wd
        """
    )

    @OptionGroup var gateway: GatewayOptions

    @Argument(help: "Day 0.")
    var start: DayArgument

    @Argument(help: "The term, for example 20wd.")
    var term: TermArgument

    @Option(help: "FROM..RESUMED: when it stood still, and the day of resumption. May be repeated.")
    var suspend: [DaysArgument] = []

    @Flag(help: "Explain day by day.")
    var explain = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "A calendar file instead of the one that the program carries.")
    var file: String?

    func run() async throws {
      try await Failure.exiting {
        let due = gateway.gateway != nil ? try await asked() : try reckoned()
        guard !json else { return try Output.line(due.encodeJSON()) }
        try Output.line(due.dueOn + (due.provisional ? " provisional" : ""))
        guard explain else { return }
        try Output.line(due.summaryZh)
        try Output.line(due.summaryEn)
        try Output.table(due.days.map(Self.row))
      }
    }

    private func reckoned() throws -> CommonV1.DueDate {
      let clock = TermClock(
        start: start.day,
        term: term.term,
        pauses: suspend.map { Pause(from: $0.first, upTo: $0.last) }
      )
      let calendar = try CalendarFile.calendar(file)
      return clock.reckoned(in: calendar, asOf: start.day).message(byDay: explain || json)
    }

    private func asked() async throws -> CommonV1.DueDate {
      let request = CatalogueV1.ComputeDueRequest(
        start: start.day.description,
        term: term.term.message,
        suspensions: suspend.map {
          CatalogueV1.Suspension(
            stoppedOn: $0.first.description,
            resumedOn: $0.last.description
          )
        },
        explain: explain || json
      )
      let method = CatalogueV1.CalendarService.computeDue
      let bytes = try await gateway.client().unary(method.info, request.encodeJSON(), key: nil)
      let response = try CatalogueV1.ComputeDueResponse.decode(json: bytes, .ofAnswers)
      return response.due ?? CommonV1.DueDate()
    }

    private static func row(_ day: CommonV1.ExplainedDay) -> [String] {
      [day.day, day.number == 0 ? "-" : "\(day.number)", day.reasonZh, day.reasonEn]
    }
  }
}

/// A term on the command line.
struct TermArgument: ExpressibleByArgument {
  let term: Term

  init?(argument: String) {
    guard let term = Term(argument) else { return nil }
    self.term = term
  }
}

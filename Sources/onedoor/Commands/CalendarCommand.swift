internal import ArgumentParser
internal import Kernel
internal import Messages

/// Works on the work calendar.
struct CalendarCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calendar",
    abstract: "Import the work calendar, reckon with it, explain it.",
    subcommands: [Import.self, Due.self, Explain.self]
  )

  /// Brings revisions in.
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Import revisions of the calendar from a JSON file.",
      discussion: "Without a file it imports the calendar of 2007 to 2026 that the program carries."
    )

    @OptionGroup var gateway: GatewayOptions
    @OptionGroup var options: ImportOptions

    @Argument(help: "The file.")
    var path: String?

    func run() async throws {
      try await Failure.exiting {
        try await options.run(
          gateway,
          CatalogueV1.CalendarService.importCalendar,
          CatalogueV1.ImportCalendarRequest(
            file: try CalendarFile.file(path),
            dryRun: options.dryRun
          ),
          id: { $0.importId }
        )
      }
    }
  }
}

/// A day on the command line.
struct DayArgument: ExpressibleByArgument {
  let day: Day

  init?(argument: String) {
    guard let day = Day(iso: argument) else { return nil }
    self.day = day
  }
}

/// Two days on the command line, `A..B`, or one.
struct DaysArgument: ExpressibleByArgument {
  let first: Day
  let last: Day

  init?(argument: String) {
    let ends = argument.split(separator: "..", omittingEmptySubsequences: false)
    let days = ends.compactMap { Day(iso: $0) }
    guard (1...2).contains(ends.count), days.count == ends.count, let first = days.first,
      let last = days.last, first <= last
    else { return nil }
    self.first = first
    self.last = last
  }
}

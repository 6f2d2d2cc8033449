internal import ArgumentParser
internal import Kernel
internal import Law

extension CalendarCommand {
  /// Says which days are worked, and who says so.
  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say whether a day or each day of a span is worked, and by which decree.",
      discussion: """
        EXAMPLES
          onedoor calendar explain 2026-10-10
          onedoor calendar explain 2026-09-28..2026-10-11
        """
    )

    /// The most days that are explained at once.
    private static let most = 400

    @Argument(help: "A day, or FROM..TO.")
    var days: DaysArgument

    @Option(help: "A calendar file instead of the one that the program carries.")
    var file: String?

    func validate() throws {
      guard days.last.days(since: days.first) < Self.most else {
        throw ValidationError("at most \(Self.most) days")
      }
    }

    func run() async throws {
      try await Failure.exiting {
        let calendar = try CalendarFile.calendar(file)
        try Output.table(
          (0...days.last.days(since: days.first)).map { offset in
            let explanation = calendar.explain(days.first.advanced(byDays: offset))
            return [
              explanation.day.description,
              explanation.isWorkingDay ? "work" : "off",
              explanation.text.zh,
              explanation.text.en + (explanation.isProvisional ? " (provisional)" : ""),
              explanation.occasion == nil ? "" : explanation.decree?.title ?? "",
            ]
          }
        )
      }
    }
  }
}

internal import ArgumentParser
internal import Host

/// The one program: the six services, and the tools to run and to call them.
@main
struct OneDoor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onedoor",
    abstract: "One door to an administrative service hall (行政服务大厅).",
    discussion: """
      EXAMPLES
        onedoor up --demo                            all six services in ./data
        onedoor token --role clerk                   a token for a clerk of the demo
        onedoor call --role clerk IntakeService/ListApplications
        onedoor calendar due 2026-09-14 20wd         2026-10-16

      EXIT STATUS
        0 done, 3 warnings found, 4 faults found, 64 wrong use, 65 refused as invalid,
        66 not found, 69 not reachable, 70 a fault of ours, 74 the output cannot be written,
        75 try again later, 77 not allowed, 78 wrong configuration, 141 nobody reads the output
      """,
    version: ServiceMetrics.version,
    subcommands: [
      Up.self, Serve.self, Healthcheck.self, DoctorCommand.self, Verify.self, CallMethod.self,
      Token.self, CatalogueCommand.self, CalendarCommand.self, AlertsCommand.self, Backup.self,
      Restore.self, ClockCommand.self, KeyCommand.self, ConfigCommand.self,
    ]
  )
}

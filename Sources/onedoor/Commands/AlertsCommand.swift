internal import ArgumentParser
internal import Host
internal import Kernel
internal import Messages
internal import Synchronization

/// Reads overdue alerts.
struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Follow the overdue alerts.",
    subcommands: [Follow.self]
  )

  /// Follows the stream of alerts.
  struct Follow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Follow the alerts: those behind a cursor, then those to come.",
      discussion: """
        With --consumer the service keeps the cursor under that name: what was printed is
        committed, and what the consumer's filter hides, so the next run goes on behind it. What
        cannot be written ends the command and is not committed. On a terminal alerts are a table,
        else one JSON object a line.

        EXAMPLE
          onedoor alerts follow --role consumer --consumer city-platform
        """
    )

    @OptionGroup var gateway: GatewayOptions

    @Option(help: "The cursor behind which to begin.")
    var from: String?

    @Option(help: "A registered consumer.")
    var consumer: String?

    @Flag(help: "Print JSON on a terminal too.")
    var json = false

    func validate() throws {
      guard from == nil || consumer == nil else {
        throw ValidationError("--from and --consumer exclude each other")
      }
    }

    func run() async throws {
      try await Failure.exiting {
        let client = try gateway.client()
        let request = MonitoringV1.FollowAlertsRequest(
          cursor: from ?? "",
          consumer: consumer ?? ""
        )
        let isTable = Output.isTerminal && !json
        let consumer = consumer
        let committed = Mutex("")
        try await client.stream(
          MonitoringV1.AlertService.followAlerts.info,
          request.encodeJSON()
        ) { bytes in
          let response = try MonitoringV1.FollowAlertsResponse.decode(json: bytes, .ofAnswers)
          for alert in response.alerts {
            try isTable ? Output.line(Self.row(alert)) : Output.line(alert.encodeJSON())
          }
          // A quiet message's cursor counts too: what the filter hides would lie behind for ever.
          guard let consumer, committed.withLock({ $0 != response.cursor }) else { return }
          try await Self.commit(response.cursor, of: consumer, by: client)
          committed.withLock { $0 = response.cursor }
        }
      }
    }

    private static func commit(
      _ cursor: String,
      of consumer: String,
      by client: GatewayClient
    ) async throws {
      let request = MonitoringV1.CommitCursorRequest(consumer: consumer, cursor: cursor)
      _ = try await client.unary(
        MonitoringV1.AlertService.commitCursor.info,
        request.encodeJSON(),
        key: "commit-\(Surroundings.system().nextIdentifier())"
      )
    }

    private static func row(_ alert: MonitoringV1.Alert) -> String {
      let due = alert.dueOn.isEmpty ? "" : "due \(alert.dueOn)"
      let level = alert.level.protoName.map { String($0.dropFirst("ALERT_LEVEL_".count)) } ?? "?"
      let kind = alert.kind.protoName.map { String($0.dropFirst("ALERT_KIND_".count)) } ?? "?"
      return [level, kind, alert.subject, due, alert.explanationZh].joined(separator: "  ")
    }
  }
}

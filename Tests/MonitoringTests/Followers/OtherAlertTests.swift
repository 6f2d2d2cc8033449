import Kernel
import Messages
import Service
import Simulation
import TestSupport
import Testing

@Suite struct `Other alerts` {
  @Test func `a bad rating is told with its day of contact, a good one is not`() throws {
    let watch = try Watch()
    try watch.accept()
    for (id, level) in [
      ("R1", QueueingV1.Satisfaction.fair), ("R2", .dissatisfied), ("R3", .veryDissatisfied),
    ] {
      try watch.room.offer(
        QueueingV1.Rated(
          ratingId: id,
          caseNumber: Watch.number,
          satisfaction: level,
          departmentCode: "001"
        ),
        subject: id,
        from: "queueing"
      )
    }
    let alerts = try watch.alerts()
    #expect(alerts.map(\.level) == [.yellow, .orange])
    #expect(alerts.allSatisfy { $0.kind == .rating && $0.dueOn == "2026-09-15" })
    #expect(alerts.map(\.itemCode) == ["X1", "X1"])
  }

  /// docs/rules/monitoring.md, rules M7.12 and M7.13 (handbook 5.5).
  @Test func `M7.12: a bad rating of a visit goes to whoever called it and to the chief`() throws {
    let watch = try Watch()
    try watch.post("K1", .clerk, holder: "clerk-a")
    for (code, departments) in [("W1", ["001"]), ("W9", ["001", "002"])] {
      let window = CatalogueV1.Window(code: code, departmentCodes: departments)
      try watch.room.offer(
        CatalogueV1.WindowPublished(window: window),
        subject: code,
        from: "catalogue"
      )
    }
    try watch.accept()
    func rate(
      _ id: String,
      window: String,
      by clerk: String,
      post: String = "",
      case number: String = ""
    ) throws {
      try watch.room.offer(
        QueueingV1.Rated(
          ratingId: id,
          ticketId: "T-\(id)",
          satisfaction: .dissatisfied,
          windowCode: window,
          calledBy: clerk,
          calledPost: post,
          visitCaseNumber: number
        ),
        subject: "T-\(id)",
        from: "queueing"
      )
    }
    try rate("R1", window: "W1", by: "clerk-a", post: "K1")
    try rate("R2", window: "W9", by: "clerk-a", post: "K1")
    try rate("R3", window: "W9", by: "clerk-z", case: Watch.number)
    try rate("R4", window: "W1", by: "clerk-z")
    try rate("R5", window: "", by: "")
    let alerts = try watch.alerts()
    #expect(alerts.map(\.subject) == ["T-R1", "T-R2", "T-R3", "T-R4", "T-R5"])
    #expect(alerts.map(\.departmentCode) == ["001", "001", "001", "001", ""])
    #expect(alerts.map(\.responsible) == ["clerk-a", "clerk-a", "clerk-z", "clerk-z", ""])
    #expect(alerts.map(\.postCode) == ["K1", "K1", "", "", ""])
    #expect(
      alerts.map(\.recipients) == [
        ["post:K1", "post:C1"], ["post:K1", "post:C1"], ["role:clerk", "post:C1"],
        ["role:clerk", "post:C1"], ["role:clerk", "role:chief"],
      ]
    )
  }

  @Test func `what comes after the decision is told to the post that prepared it`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-16")
    try watch.claim("T-1", by: "handler-b")
    try watch.done("T-1")
    try watch.decide()
    try watch.room.offer(
      QueueingV1.Rated(
        ratingId: "R1",
        caseNumber: Watch.number,
        satisfaction: .dissatisfied,
        departmentCode: "001"
      ),
      subject: "R1",
      from: "queueing"
    )
    let rating = try #require(try watch.alerts().first { $0.kind == .rating })
    #expect(rating.postCode == "H1")
    #expect(rating.recipients == ["post:H1", "post:C1"])
    watch.room.advance(toDay: "2026-09-30")
    let delivery = try watch.alerts().filter { $0.kind == .delivery }
    #expect(delivery.first?.recipients == ["role:certificate_desk", "post:H1"])
    #expect(delivery.allSatisfy { $0.postCode == "H1" && $0.departmentCode == "001" })
  }

  @Test func `while the decision is due the chief is told, not the handler who is done`() throws {
    let watch = try Watch()
    try watch.accept()
    try watch.task("T-1", due: "2026-09-16")
    try watch.claim("T-1", by: "handler-b")
    try watch.done("T-1")
    try watch.pause(from: "2026-09-15", planned: "2026-09-16")
    watch.room.advance(toDay: "2026-09-17")
    try watch.resume(from: "2026-09-15", planned: "2026-09-16", on: "2026-09-17")
    watch.room.advance(toDay: "2026-10-26")
    let alerts = try watch.alerts().filter { $0.level != .cleared }
    #expect(Set(alerts.map(\.kind)) == [.stalePause, .promise, .legal])
    #expect(alerts.allSatisfy { $0.postCode == "C1" && $0.responsible == "chief-a" })
    #expect(alerts.allSatisfy { $0.recipients.prefix(2) == ["post:C1", "role:clerk"] })
  }

  @Test(arguments: ["catalogue", "intake", "approval", "queueing", "gateway"])
  func `M10: calls past the door of any service are told of`(_ service: String) throws {
    let watch = try Watch()
    for reason in ["BYPASS", "WRONG_ROLE"] {
      try watch.room.offer(
        GatewayV1.CallsRefused(
          service: service,
          source: "203.0.113.9",
          reason: reason,
          method: "Accept",
          count: 7,
          minute: GoogleProtobuf.Timestamp(watch.room.clock.now)
        ),
        subject: "203.0.113.9",
        from: service
      )
    }
    let alerts = try watch.alerts()
    #expect(alerts.map(\.type) == ["org.onedoor.alert.bypass.purple.v1"])
    #expect(alerts.map(\.count) == [7])
    #expect(alerts.map(\.subject) == [service])
    #expect(alerts.first?.recipients == ["role:hall_manager", "role:supervisor"])
  }

  @Test func `D2: an admission that approval rejects is told of, each time`() throws {
    let watch = try Watch()
    for reason in ["BAD_SIGNATURE", "WRONG_HALL"] {
      try watch.tell(
        ApprovalV1.AdmissionRejected(number: Watch.number, reason: reason),
        Watch.number
      )
    }
    let alerts = try watch.alerts()
    #expect(
      alerts.map(\.id) == [
        "\(Watch.number):bypass:1:purple:1", "\(Watch.number):bypass:2:purple:1",
      ]
    )
    #expect(alerts.allSatisfy { $0.kind == .bypass && $0.level == .purple })
    #expect(alerts.allSatisfy { $0.subject == Watch.number && $0.count == 1 })
    #expect(alerts.allSatisfy { $0.recipients == ["role:hall_manager", "role:supervisor"] })
    #expect(alerts.first?.time?.instant == watch.room.clock.now)
    #expect(alerts.last?.explanationEn.contains("WRONG_HALL") == true)
  }

  @Test func `calls past monitoring's own door stand in the alerts too`() throws {
    let watch = try Watch()
    watch.room.engine.refused.count(
      source: "203.0.113.9",
      method: "ReadAlerts",
      reason: "BYPASS",
      now: watch.room.clock.now
    )
    watch.room.advance(to: watch.room.clock.now.advanced(byMilliseconds: 61_000))
    let alert = try #require(try watch.read(.init()).alerts.first)
    #expect(alert.kind == .bypass)
    #expect(alert.id.hasPrefix("monitoring:bypass:"))
    try watch.room.call(
      MonitoringV1.AlertService.acknowledgeAlert,
      .init(alertId: alert.id),
      as: Watch.supervisor
    )
    #expect(throws: Room.Refused.self) {
      try watch.room.call(
        MonitoringV1.AlertService.acknowledgeAlert,
        .init(alertId: "monitoring:bypass:99:purple:1"),
        as: Watch.supervisor
      )
    }
  }
}

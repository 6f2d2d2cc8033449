import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Monitoring

@Suite struct `Traces of alerts` {
  let accepted = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
  let other = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")

  @Test func `an overdue case's alerts name the acceptance that started its clocks`() throws {
    let watch = try Watch()
    try watch.accept("A", trace: accepted)
    try watch.accept("B", trace: other)
    try watch.accept("C")
    watch.room.advance(toDay: "2026-09-20")
    try watch.room.crash()
    watch.room.advance(toDay: "2026-11-02")
    let told = try watch.read(.init(limit: 500)).alerts
    #expect(told.count == (try watch.alerts()).count && told.contains { $0.level == .purple })
    for (number, trace) in [("A", accepted?.text), ("B", other?.text), ("C", "")] {
      let alerts = told.filter { $0.subject == number }
      #expect(alerts.count > 3)
      for alert in alerts { #expect(alert.traceparent == trace, "\(alert.id)") }
    }
  }

  @Test func `the trace stands beside the payload, which the chain's hash covers`() throws {
    let watch = try Watch()
    try watch.accept(trace: accepted)
    watch.room.advance(toDay: "2026-09-28")
    #expect(try !watch.alerts().isEmpty)
    #expect(try watch.alerts().allSatisfy { $0.traceparent.isEmpty })
    let entries = try watch.room.feed().filter { $0.content.type == "AlertRaised" }
    #expect(accepted != nil && entries.allSatisfy { $0.content.trace == accepted })
    for entry in entries {
      var without = entry
      without.content.trace = nil
      #expect(FeedChain.hash(of: without) == entry.hash)
    }
  }

  @Test func `followers are told the trace too, in JSON under its name`() throws {
    let watch = try Watch()
    let stream = try watch.room.begin(
      MonitoringV1.AlertService.followAlerts,
      MonitoringV1.FollowAlertsRequest(),
      as: Watch.consumer
    )
    watch.room.settle()
    try watch.accept(trace: accepted)
    watch.room.advance(toDay: "2026-09-28")
    let alerts = try watch.room.messages(MonitoringV1.FollowAlertsResponse.self, of: stream)
      .flatMap(\.alerts)
    #expect(!alerts.isEmpty)
    for alert in alerts {
      #expect(alert.traceparent == accepted?.text)
      let json = String(decoding: alert.encodeJSON(), as: UTF8.self)
      #expect(json.contains(#""traceparent":"\#(accepted?.text ?? "?")""#))
    }
  }
}

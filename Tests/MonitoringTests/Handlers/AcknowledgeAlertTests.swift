import Kernel
import Messages
import Simulation
import Testing

@Suite struct `AcknowledgeAlert` {
  @Test func `keeps who saw it and when, once an official`() throws {
    let watch = try Watch()
    try watch.accept()
    watch.room.advance(toDay: "2026-09-21")
    let id = try #require(try watch.alerts().first?.id)
    let method = MonitoringV1.AlertService.acknowledgeAlert
    let request = MonitoringV1.AcknowledgeAlertRequest(alertId: id, note: "今日办结")
    let first = try watch.room.call(method, request, as: Watch.manager)
    watch.room.advance(toDay: "2026-09-22")
    #expect(try watch.room.call(method, request, as: Watch.manager) == first)
    try watch.room.call(method, request, as: Watch.supervisor)
    let events = try watch.room.published(MonitoringV1.AlertAcknowledged.self)
    #expect(events.map(\.subject) == ["manager-1", "supervisor-1"])
    #expect(events.map(\.alertId) == [id, id])
    #expect(try watch.alerts().count == 1)
  }

  @Test(
    arguments: [
      "A:promise:yellow:1", "monitoring:bypass:0:purple:1", "monitoring:bypass:-1:purple:1",
      "monitoring:bypass:\(Int64.min):purple:1", "monitoring:bypass:\(Int64.max):purple:1",
    ]
  )
  func `refuses an alert that there is not`(_ id: String) throws {
    let watch = try Watch()
    #expect {
      try watch.room.call(
        MonitoringV1.AlertService.acknowledgeAlert,
        .init(alertId: id),
        as: Watch.manager
      )
    } throws: { ($0 as? Room.Refused)?.reason == "NOT_FOUND" }
  }
}

import Messages
import Monitoring
import Service
import Simulation
import TestSupport
import Testing

@Suite struct ConsumerLagsTests {
  private let service = MonitoringV1.AlertService.self

  private func lags(_ watch: Watch) -> [String: Int64] {
    let lags = ConsumerLags()
    lags.measure(watch.room.engine)
    #expect(lags.now.keys.allSatisfy { $0.hall == Room.hall })
    return Dictionary(uniqueKeysWithValues: lags.now.map { ($0.key.consumer, $0.value) })
  }

  @Test func `the alerts behind each committed cursor are counted, whatever the filter hides`()
    throws
  {
    let watch = try Watch()
    #expect(lags(watch) == [:])
    let room = watch.room
    _ = try room.call(service.registerConsumer, .init(name: "board"), as: Watch.consumer)
    var filtered = MonitoringV1.RegisterConsumerRequest(name: "purple")
    filtered.filter = .init(levels: [.purple])
    _ = try room.call(service.registerConsumer, filtered, as: Watch.consumer)
    #expect(lags(watch) == ["board": 0, "purple": 0])
    try watch.accept("A")
    room.advance(toDay: "2026-10-20")
    let alerts = try watch.read(.init(limit: 500)).alerts
    let count = Int64(alerts.count)
    #expect(count > 1)
    #expect(lags(watch) == ["board": count, "purple": count])
    let cursor = try #require(alerts.first?.cursor)
    let commit = MonitoringV1.CommitCursorRequest(consumer: "board", cursor: cursor)
    let answer = try room.call(service.commitCursor, commit, as: Watch.consumer)
    #expect(answer.lag == count - 1)
    #expect(lags(watch) == ["board": count - 1, "purple": count])
  }
}

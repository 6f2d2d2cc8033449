internal import Host
internal import Monitoring

/// How far the named consumers of alerts lie behind, as a metric.
struct ConsumerMetrics {
  private let lags: [ConsumerLags.Name: Int64]

  init(_ lags: ConsumerLags) {
    self.lags = lags.now
  }

  /// Writes the family.
  func write(to metrics: inout MetricsText) {
    metrics.begin(
      "onedoor_alert_consumer_lag_alerts",
      .gauge,
      "Alerts behind the committed cursor of a named consumer, counted up to 10000."
    )
    let sorted = lags.sorted { ($0.key.hall, $0.key.consumer) < ($1.key.hall, $1.key.consumer) }
    for (name, lag) in sorted {
      metrics.sample(lag, [.init("hall", name.hall), .init("consumer", name.consumer)])
    }
  }
}

internal import Kernel
internal import Service
internal import Storage

/// All metrics of one service as text.
package struct ServiceMetrics: Sendable {
  /// The version that `onedoor_build_info` names.
  package static let version = "0.1.0"

  private let parts: RunningParts

  package init(_ parts: RunningParts) {
    self.parts = parts
  }

  /// The text for Prometheus.
  package var text: String {
    var metrics = MetricsText()
    metrics.begin("onedoor_build_info", .gauge, "The service and its version.")
    metrics.sample(
      1 as Int64,
      [.init("service", parts.engine.definition.name), .init("version", Self.version)]
    )
    metrics.one("onedoor_ready", .gauge, "Whether calls are welcome.", parts.health.isReady ? 1 : 0)
    metrics.each(
      "onedoor_certificate_end_seconds",
      .gauge,
      "When a certificate ends, since 1970.",
      by: "kind",
      parts.certificates.all
    )
    writeCalls(to: &metrics)
    parts.meter.write(to: &metrics)
    writeFollowers(to: &metrics)
    writeStore(to: &metrics)
    ProcessFacts.measure().write(to: &metrics)
    return metrics.text
  }

  private func writeCalls(to metrics: inout MetricsText) {
    let counts = parts.engine.counts.now
    metrics.each(
      "onedoor_calls_answered_total",
      .counter,
      "Calls that succeeded.",
      by: "method",
      counts.answered
    )
    metrics.begin("onedoor_calls_refused_total", .counter, "Calls that were refused, by reason.")
    let refused = counts.refused.sorted {
      ($0.key.method, $0.key.reason) < ($1.key.method, $1.key.reason)
    }
    for (key, count) in refused {
      metrics.sample(count, [.init("method", key.method), .init("reason", key.reason)])
    }
    metrics.each(
      "onedoor_timers_fired_total",
      .counter,
      "Timers that fired.",
      by: "kind",
      counts.timers
    )
    metrics.each(
      "onedoor_timers_failed_total",
      .counter,
      "Timers whose effect failed; each is tried again.",
      by: "kind",
      counts.failedTimers
    )
    metrics.begin("onedoor_timer_delay_seconds", .gauge, "How long the next timer is overdue.")
    metrics.sample(Double(parts.health.timerDelay) / 1_000)
    metrics.one("onedoor_batches_total", .counter, "Transactions.", counts.batches)
    metrics.one("onedoor_batch_units_total", .counter, "Units in transactions.", counts.units)
    metrics.one(
      "onedoor_commits_in_doubt_total",
      .counter,
      "Transactions of which nobody knows whether they were kept.",
      counts.doubts
    )
    metrics.one(
      "onedoor_streams",
      .gauge,
      "Open streams.",
      Int64(parts.engine.streams.count)
    )
    metrics.begin("onedoor_hall_time_seconds", .gauge, "The hall's present, since 1970.")
    let now = parts.engine.surroundings.hallNow()
    metrics.sample(Double(now.unixMilliseconds) / 1_000)
    metrics.one(
      "onedoor_demo",
      .gauge,
      "Whether answers say that this is a demonstration.",
      parts.configuration.isDemo ? 1 : 0
    )
  }

  private func writeFollowers(to metrics: inout MetricsText) {
    let followers = parts.engine.followers
    func each(_ name: String, _ help: String, _ value: (Follower) -> Int64) {
      let pairs = followers.map { ($0.upstream, value($0)) }
      metrics.each(
        name,
        .gauge,
        help,
        by: "upstream",
        Dictionary(pairs) { first, _ in first }
      )
    }
    metrics.each(
      "onedoor_feed_applied_total",
      .counter,
      "Entries of other services that took effect.",
      by: "upstream",
      parts.engine.counts.now.applied
    )
    each("onedoor_feed_position", "The last entry of another service that took effect.") {
      $0.applied
    }
    each("onedoor_feed_lag_entries", "Entries that have not yet taken effect.") { $0.lag }
    metrics.one(
      "onedoor_feeds_held",
      .gauge,
      "Whether followers and timers wait for a backup.",
      parts.engine.isHeld ? 1 : 0
    )
    each("onedoor_feed_stopped", "Whether an entry failed or is missing, or the feed was cut.") {
      $0.isStopped ? 1 : 0
    }
    each("onedoor_feed_out_of_sight", "Whether the feed of another service is not heard.") {
      $0.isOutOfSight ? 1 : 0
    }
  }

  private func writeStore(to metrics: inout MetricsText) {
    metrics.one(
      "onedoor_feed_head_position",
      .gauge,
      "The last entry of the service's own feed.",
      parts.engine.store.changes.feedHead
    )
    guard let facts = parts.health.facts else { return }
    let size = facts.pages * facts.pageBytes
    metrics.one("onedoor_store_bytes", .gauge, "Size of the store.", size)
    metrics.one("onedoor_store_log_bytes", .gauge, "Size of the store's log.", facts.logBytes)
    metrics.one("onedoor_disk_size_bytes", .gauge, "Size of the disk.", facts.space.totalBytes)
    metrics.one(
      "onedoor_disk_free_bytes",
      .gauge,
      "Space that is left on the disk.",
      facts.space.availableBytes
    )
    metrics.begin("onedoor_store_info", .gauge, "The library of the store.")
    metrics.sample(1 as Int64, [.init("sqlite_version", facts.sqliteVersion)])
  }
}

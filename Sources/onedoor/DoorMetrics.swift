internal import Gateway
internal import Host

/// What the gateway's door counts, as metrics.
struct DoorMetrics {
  private let counts: GatewayCounts.Values

  init(_ gateway: Gateway) {
    counts = gateway.metrics
  }

  /// Writes the families.
  func write(to metrics: inout MetricsText) {
    metrics.each(
      "onedoor_door_admitted_total",
      .counter,
      "Calls that were let in, by the service that answers them.",
      by: "to",
      counts.admitted
    )
    metrics.each(
      "onedoor_door_callers_total",
      .counter,
      "Calls that were let in, by kind of caller.",
      by: "kind",
      counts.callers
    )
    metrics.each(
      "onedoor_door_refused_total",
      .counter,
      "Calls that were turned away, by reason.",
      by: "reason",
      counts.refused
    )
    metrics.one(
      "onedoor_door_checks_total",
      .counter,
      "Credentials that had to be verified.",
      counts.checks
    )
    metrics.one(
      "onedoor_door_waiting_checks",
      .gauge,
      "Credentials that wait to be verified.",
      Int64(counts.waitingChecks)
    )
    metrics.one(
      "onedoor_door_admissions",
      .gauge,
      "Callers that are remembered.",
      Int64(counts.admissions)
    )
    writeCache(to: &metrics)
  }

  private func writeCache(to metrics: inout MetricsText) {
    let cache = counts.cache
    metrics.one(
      "onedoor_door_cache_hits_total",
      .counter,
      "Calls that were answered from the door's cache.",
      cache.hits
    )
    metrics.one(
      "onedoor_door_cache_misses_total",
      .counter,
      "Calls that the door's cache had no fresh answer to.",
      cache.misses
    )
    metrics.one(
      "onedoor_door_cache_bytes",
      .gauge,
      "What the answers in the door's cache take.",
      Int64(cache.bytes)
    )
    metrics.one(
      "onedoor_door_cache_entries",
      .gauge,
      "Answers in the door's cache.",
      Int64(cache.entries)
    )
  }
}

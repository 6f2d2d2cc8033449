internal import Synchronization

/// How long calls took, by method, since the process was started.
package final class CallMeter: Sendable {
  /// The upper ends of the buckets, in milliseconds; the last bucket is open.
  static let bounds: [Double] = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000]

  private struct Histogram: Sendable {
    var buckets = [Int64](repeating: 0, count: CallMeter.bounds.count + 1)
    var sum = 0.0
  }

  private let histograms = Mutex<[String: Histogram]>([:])

  package init() {}

  /// Counts one call.
  package func record(_ method: String, _ duration: Duration) {
    let milliseconds = duration.milliseconds
    let bucket = Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count
    histograms.withLock { histograms in
      histograms[method, default: Histogram()].buckets[bucket] += 1
      histograms[method, default: Histogram()].sum += milliseconds
    }
  }

  /// Adds the family `onedoor_call_duration_seconds`.
  package func write(to metrics: inout MetricsText) {
    metrics.begin(
      "onedoor_call_duration_seconds",
      .histogram,
      "How long unary calls took from the whole request to the answer."
    )
    let histograms = histograms.withLock { $0 }
    for (method, histogram) in histograms.sorted(by: { $0.key < $1.key }) {
      let label = MetricsText.Label("method", method)
      var sum: Int64 = 0
      for (index, count) in histogram.buckets.enumerated() {
        sum += count
        let bound = index < Self.bounds.count ? "\(Self.bounds[index] / 1_000)" : "+Inf"
        metrics.sample(sum, [label, MetricsText.Label("le", bound)], suffix: "_bucket")
      }
      metrics.sample(histogram.sum / 1_000, [label], suffix: "_sum")
      metrics.sample(sum, [label], suffix: "_count")
    }
  }
}

extension Duration {
  /// The duration in milliseconds.
  package var milliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1_000 + Double(attoseconds) / 1e15
  }
}

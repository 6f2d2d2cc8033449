internal import Synchronization

/// How long calls took, by method, since the process was started.
package final class CallMeter: Sendable {
  /// The upper ends of the buckets, in milliseconds; the last bucket is open.
  static let bounds: [Double] = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000]

  private struct Histogram: Sendable {
    var buckets = [Int64](repeating: 0, count: CallMeter.bounds.count + 1)
    var sum = 0.0
  }

  /// What is counted of one method.
  final class Line: Sendable {
    private let histogram = Mutex(Histogram())

    /// The counts in each bucket, and the sum of all times in milliseconds.
    var now: (buckets: [Int64], sum: Double) {
      histogram.withLock { ($0.buckets, $0.sum) }
    }

    /// Counts one call.
    func record(milliseconds: Double) {
      let bounds = CallMeter.bounds
      var bucket = 0
      while bucket < bounds.count, milliseconds > bounds[bucket] { bucket += 1 }
      histogram.withLock { histogram in
        histogram.buckets[bucket] += 1
        histogram.sum += milliseconds
      }
    }
  }

  private let lines = Mutex<[String: Line]>([:])

  package init() {}

  /// What counts the calls of a method.
  func line(_ method: String) -> Line {
    lines.withLock { lines in
      if let known = lines[method] { return known }
      let line = Line()
      lines[method] = line
      return line
    }
  }

  /// Counts one call.
  package func record(_ method: String, _ duration: Duration) {
    line(method).record(milliseconds: duration.milliseconds)
  }

  /// Adds the family `onedoor_call_duration_seconds`.
  package func write(to metrics: inout MetricsText) {
    metrics.begin(
      "onedoor_call_duration_seconds",
      .histogram,
      "How long unary calls took from the whole request to the answer."
    )
    let lines = lines.withLock { $0 }
    for (method, line) in lines.sorted(by: { $0.key < $1.key }) {
      let histogram = line.now
      guard histogram.buckets.contains(where: { $0 > 0 }) else { continue }
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

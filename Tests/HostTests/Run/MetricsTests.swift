import Foundation
import Testing

@testable import Host

@Suite struct MetricsTests {
  @Test func `labels are escaped and families have help and type`() {
    var metrics = MetricsText()
    metrics.begin("onedoor_probe_total", .counter, "Probes.")
    metrics.sample(3 as Int64, [.init("kind", "a\"b\\c\nd")])
    #expect(
      metrics.text == """
        # HELP onedoor_probe_total Probes.
        # TYPE onedoor_probe_total counter
        onedoor_probe_total{kind="a\\"b\\\\c\\nd"} 3

        """
    )
  }

  @Test func `the buckets of a histogram add up`() {
    let meter = CallMeter()
    meter.record("/a.B/C", .microseconds(400))
    meter.record("/a.B/C", .milliseconds(3))
    meter.record("/a.B/C", .seconds(60))
    var metrics = MetricsText()
    meter.write(to: &metrics)
    #expect(metrics.text.contains(#"_bucket{method="/a.B/C",le="0.0005"} 1"#))
    #expect(metrics.text.contains(#"_bucket{method="/a.B/C",le="0.005"} 2"#))
    #expect(metrics.text.contains(#"_bucket{method="/a.B/C",le="+Inf"} 3"#))
    #expect(metrics.text.contains(#"_count{method="/a.B/C"} 3"#))
  }

  @Test(
    arguments: [
      (["268435456\n"], 268_435_456), (["max\n"], nil), (["max\n", "5\n"], nil),
      ([nil, "134217728\n"], 134_217_728), ([nil, "9223372036854771712\n"], nil),
      ([nil, nil], nil), (["", "7\n"], 7),
    ] as [([String?], Int64?)]
  )
  func `a container's memory limit is that of the first file that is there`(
    texts: [String?],
    limit: Int64?
  ) throws {
    let folder = try TemporaryFolder()
    let files = try texts.enumerated().map { index, text in
      let file = "\(folder.path)/\(index)"
      try text?.write(toFile: file, atomically: true, encoding: .utf8)
      return file
    }
    #expect(ProcessFacts.memoryLimit(files: files) == limit)
    var facts = ProcessFacts.measure()
    facts.memoryLimit = limit
    var metrics = MetricsText()
    facts.write(to: &metrics)
    let line = limit.map { "onedoor_memory_limit_bytes \($0)\n" }
    #expect(metrics.text.contains("onedoor_memory_limit_bytes") == (limit != nil))
    #expect(line.map { metrics.text.hasSuffix($0) } ?? true)
  }
}

/// Asks Prometheus's own tool whether a text of metrics is in order.
enum Promtool {
  /// What it complains of; empty if nothing.
  static func complaints(about text: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/promtool")
    process.arguments = ["check", "metrics"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let complaints = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: complaints, as: UTF8.self)
      + (process.terminationStatus == 0 ? "" : "status \(process.terminationStatus)")
  }
}

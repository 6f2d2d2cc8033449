internal import Kernel
internal import Logging
internal import Messages

/// Writes each log event as one JSON object on one line.
struct JSONLineHandler: LogHandler {
  let service: String
  let sink: LineSink
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  init(service: String, level: Logger.Level, sink: LineSink) {
    self.service = service
    self.sink = sink
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = JSONWriter()
    line.raw(#"{"time":"#)
    line.text(Self.time(.realNow))
    line.raw(#","level":"#)
    line.text(event.level.rawValue)
    line.raw(#","service":"#)
    line.text(service)
    line.raw(#","message":"#)
    line.text(event.message.description)
    let fields = metadata.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      line.raw(",")
      line.text(key)
      line.raw(":")
      line.text(value.description)
    }
    line.raw("}\n")
    sink.write(line.bytes)
  }

  /// The instant in UTC with milliseconds, for example `2026-09-14T01:00:00.000Z`.
  private static func time(_ instant: Instant) -> String {
    let seconds = LegalTime(offsetSeconds: 0).text(instant).prefix(19)
    let digits = String(instant.unixMilliseconds % 1_000)
    return "\(seconds).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
  }
}

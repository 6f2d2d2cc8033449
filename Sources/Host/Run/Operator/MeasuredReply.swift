internal import Service

/// Measures a call and writes its line in the log when the answer goes.
final class MeasuredReply: Reply {
  private let reply: any Reply
  private let path: String
  private let parts: RunningParts
  private let start = ContinuousClock.now

  init(_ reply: any Reply, of path: String, _ parts: RunningParts) {
    self.reply = reply
    self.path = path
    self.parts = parts
  }

  func send(_ answer: Answer) {
    let duration = ContinuousClock.now - start
    parts.meter.record(path, duration)
    reply.send(answer)
    let isLogged =
      switch parts.loggedCalls {
      case .all: true
      case .failed: answer.status >= 500
      case .none: false
      }
    guard isLogged else { return }
    parts.log.info(
      "call",
      [
        .method: path,
        .status: "\(answer.status)",
        .reason: answer.fields.first { $0.name == "onedoor-reason" }?.value ?? "",
        .durationMs: "\(duration.milliseconds)",
      ]
    )
  }

  func begin(status: Int, fields: [Answer.Field]) { reply.begin(status: status, fields: fields) }
  func write(_ bytes: [UInt8]) { reply.write(bytes) }
  func finish() { reply.finish() }
  var isCancelled: Bool { reply.isCancelled }
  var backlog: Int { reply.backlog }
  func whenDrained(_ resume: @escaping @Sendable () -> Void) { reply.whenDrained(resume) }
}

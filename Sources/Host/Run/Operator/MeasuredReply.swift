internal import Kernel
internal import NIOCore
internal import Service

/// Measures a call and writes its line in the log when the answer goes.
final class MeasuredReply: Reply {
  private let reply: any Reply
  private let path: String
  /// The fields of the request, in which its trace stands.
  private let fields: any HeaderFields
  private let parts: RunningParts
  private let start = ContinuousClock.now

  init(_ reply: any Reply, of request: InboundRequest, _ parts: RunningParts) {
    self.reply = reply
    path = request.path
    fields = request.fields
    self.parts = parts
  }

  func send(_ answer: Answer) {
    let duration = ContinuousClock.now - start
    parts.meter.record(path, duration)
    reply.send(answer)
    parts.logCall(path, answer, duration, TraceContext(fields.value(of: "traceparent")))
  }

  func begin(status: Int, fields: [Answer.Field]) { reply.begin(status: status, fields: fields) }
  func write(_ bytes: [UInt8]) { reply.write(bytes) }
  func finish() { reply.finish() }
  var isCancelled: Bool { reply.isCancelled }
  func whenCancelled(_ tell: @escaping @Sendable () -> Void) { reply.whenCancelled(tell) }
  var backlog: Int { reply.backlog }
  func whenDrained(_ resume: @escaping @Sendable () -> Void) { reply.whenDrained(resume) }
}

/// Measures the calls that are answered at once.
final class MeasuredHead: KnownHead {
  private let head: any KnownHead
  private let path: String
  private let parts: RunningParts
  private let line: CallMeter.Line

  init(_ head: any KnownHead, of path: String, _ parts: RunningParts) {
    self.head = head
    self.path = path
    self.parts = parts
    line = parts.meter.line(path)
  }

  func answer(to body: [UInt8], trace: TraceContext?) -> PromptAnswer? {
    let start = NIODeadline.now()
    guard let answer = head.answer(to: body, trace: trace) else { return nil }
    let nanoseconds = (NIODeadline.now() - start).nanoseconds
    line.record(milliseconds: Double(nanoseconds) / 1_000_000)
    if answer.status >= 500 {
      parts.logCall(path, answer.answer, .nanoseconds(nanoseconds), trace)
    }
    return answer
  }
}

extension RunningParts {
  /// Writes the line of a call that was answered, if it gets one.
  ///
  /// The trace is read only if there is a line.
  func logCall(
    _ path: String,
    _ answer: Answer,
    _ duration: Duration,
    _ trace: @autoclosure () -> TraceContext?
  ) {
    let isLogged =
      switch loggedCalls {
      case .all: true
      case .failed: answer.status >= 500
      case .none: false
      }
    guard isLogged else { return }
    log.info(
      "call",
      [
        .method: path,
        .status: "\(answer.status)",
        .reason: answer.fields.first { $0.name == "onedoor-reason" }?.value ?? "",
        .durationMs: "\(duration.milliseconds)",
      ],
      trace: trace()
    )
  }
}

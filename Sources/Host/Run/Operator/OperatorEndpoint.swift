internal import Dispatch
internal import Kernel
internal import Messages
package import Service
internal import Storage

/// Answers an operator's questions and passes the rest on; it stands on inner ports only.
///
/// The questions are `GET /livez`, `/readyz`, `/readyz?verbose`, `/metrics` and
/// `POST /admin/backup`.
package struct OperatorEndpoint: StreamingEndpoint {
  private let inner: any Endpoint
  private let parts: RunningParts
  private let methods: Set<String>
  private let more: (@Sendable (inout MetricsText) -> Void)?

  /// Puts itself before an endpoint; `metrics` writes what is counted beside the service.
  package init(
    before inner: any Endpoint,
    _ parts: RunningParts,
    metrics more: (@Sendable (inout MetricsText) -> Void)? = nil
  ) {
    self.inner = inner
    self.parts = parts
    self.more = more
    methods = Set(parts.engine.paths)
  }

  package func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)? {
    (inner as? any StreamingEndpoint)?.sink(for: head, to: reply)
  }

  package func dispatch(_ request: InboundRequest, to reply: any Reply) {
    if methods.contains(request.path) {
      let measured = MeasuredReply(reply, of: request, parts)
      return inner.dispatch(request, to: measured)
    }
    let (path, query) = Self.halves(request.path)
    switch (request.verb, path) {
    case ("GET", "/livez"), ("GET", "/healthz"): reply.send(.text(200, "ok\n"))
    case ("GET", "/readyz"): reply.send(readiness(isVerbose: query.hasPrefix("verbose")))
    case ("GET", "/metrics"): reply.send(metrics())
    case ("POST", "/admin/backup"): backup(request, to: reply)
    default: inner.dispatch(request, to: reply)
    }
  }

  package func known(_ head: RequestHead) -> (any KnownHead)? {
    // Where every call gets a line in the log, each is looked at.
    guard methods.contains(head.path), parts.loggedCalls != .all, let known = inner.known(head)
    else { return nil }
    return MeasuredHead(known, of: head.path, parts)
  }

  private static func halves(_ path: String) -> (Substring, Substring) {
    let halves = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return (halves[0], halves.count == 2 ? halves[1] : "")
  }

  private func readiness(isVerbose: Bool) -> Answer {
    let checks = parts.health.checks
    let isReady = checks.allSatisfy { $0.fault == nil }
    guard isVerbose || !isReady else { return .text(200, "ok\n") }
    let lines = checks.map { "[\($0.fault == nil ? "+" : "-")] \($0.name) \($0.fault ?? "ok")\n" }
    return .text(isReady ? 200 : 503, lines.joined() + (isReady ? "ready\n" : "not ready\n"))
  }

  private func metrics() -> Answer {
    var others = MetricsText()
    more?(&others)
    var answer = Answer.text(200, ServiceMetrics(parts).text + others.text)
    answer.fields = [.init("content-type", MetricsText.contentType)]
    return answer
  }
}

extension OperatorEndpoint {
  /// Makes a backup for who holds the service's own signing key.
  ///
  /// The pass must be one that the service itself has signed.
  private func backup(_ request: InboundRequest, to reply: any Reply) {
    let engine = parts.engine
    let now = engine.surroundings.realNow()
    guard let header = request.fields.value(of: "onedoor-pass"),
      let pass = try? engine.keyring.pass(of: header, now: now),
      pass.issuer == engine.definition.name, pass.roles == [.service]
    else { return reply.send(.text(403, "a pass of the service itself is needed\n")) }
    let path = String(decoding: request.body, as: UTF8.self)
    guard path.hasPrefix("/") else { return reply.send(.text(400, "the body is a full path\n")) }
    let log = parts.log
    DispatchQueue.global().async {
      do {
        let manifest = try engine.store.backup(to: path, madeAt: now)
        log.info("backup made", [.path: path, .position: "\(manifest.feedPosition)"])
        reply.send(
          .text(200, "\(manifest.bytes) \(manifest.sha256) \(manifest.feedPosition)\n")
        )
      } catch {
        log.error("backup failed", [.path: path, .detail: String(describing: error)])
        reply.send(.text(500, "\(error)\n"))
      }
    }
  }
}

extension Answer {
  /// An answer of plain text.
  static func text(_ status: Int, _ text: String) -> Self {
    Self(
      status: status,
      fields: [.init("content-type", "text/plain; charset=utf-8")],
      body: Array(text.utf8)
    )
  }
}

package import Service

/// Answers an operator's questions and passes the rest on; it stands on inner ports only.
///
/// Who shows the certificate for watching gets health and metrics, and nothing else: a call of a
/// method is refused like every call past the door, and all else with 403.
///
/// The questions are `GET /livez`, `/readyz`, `/readyz?verbose`, `/metrics`, and those of
/// ``AdminRoute``.
package struct OperatorEndpoint: StreamingEndpoint {
  private let inner: any Endpoint
  private let parts: RunningParts
  private let methods: Set<String>
  private let files: KeptFiles?
  private let more: (@Sendable (inout MetricsText) -> Void)?

  /// Puts itself before an endpoint.
  ///
  /// - Parameters:
  ///   - inner: The endpoint.
  ///   - parts: What the service is made of.
  ///   - files: What it keeps beside its store.
  ///   - more: Writes what is counted beside the service.
  package init(
    before inner: any Endpoint,
    _ parts: RunningParts,
    files: KeptFiles? = nil,
    metrics more: (@Sendable (inout MetricsText) -> Void)? = nil
  ) {
    self.inner = inner
    self.parts = parts
    self.files = files
    self.more = more
    methods = Set(parts.engine.paths)
  }

  package func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)? {
    // Who only watches is refused by `dispatch`, once the body is there.
    guard head.certified != Keyring.watchName else { return nil }
    return (inner as? any StreamingEndpoint)?.sink(for: head, to: reply)
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
    default:
      let asked = AdminRequest(
        request: request,
        path: String(path),
        query: String(query),
        parts: parts,
        files: files,
        reply: reply
      )
      if AdminRoute.answer(asked) { return }
      guard request.certified != Keyring.watchName else {
        return reply.send(.text(403, "this certificate is for health and metrics alone\n"))
      }
      inner.dispatch(request, to: reply)
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

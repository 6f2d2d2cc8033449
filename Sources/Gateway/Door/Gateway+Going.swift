internal import Connect
internal import Kernel
internal import Messages
internal import Service

extension Gateway {
  /// What a decision means for the event loop.
  func passage(_ decision: Decision, _ head: RequestHead) -> Passage {
    switch decision {
    case .answer(let answer): return .answer(answer)
    case .go(let entry):
      switch entry.target.aim {
      case .material: return .forward(material(entry))
      case .method(let route, _) where route.upstream == Keyring.gateway: return .local
      case .method(let route, let form): return .forward(forwarding(entry, route, form, head))
      }
    }
  }

  private func forwarding(
    _ entry: Entry,
    _ route: Route,
    _ form: CallForm,
    _ head: RequestHead
  ) -> Forwarding {
    counts.admitted(entry.admission.kind, to: route.upstream)
    let audience = Audience(head.fields, form.type.codec)
    let transcoder = EdgeTranscoder(
      method: route.method,
      form: form,
      limit: settings.limits.body,
      audience: audience,
      counts: counts,
      shared: envelopes
    )
    return Forwarding(
      upstream: route.upstream,
      set: fields(entry),
      answerFields: clockFields,
      bodyLimit: settings.limits.body + (route.isStream ? Envelope.prefixCount : 0),
      isLong: route.method.kind == .stream,
      timeout: route.method.kind == .stream ? nil : entry.timeout,
      stream: route.isStream ? form.type : nil,
      transcoder: transcoder.isNeeded ? transcoder : nil,
      ticket: entry.generation.map {
        AdmissionTicket(self, entry.admission, generation: $0, to: route.upstream)
      },
      cache: callCache(entry, route, transcoder, head),
      lease: route.isStream ? lease(entry, head, audience) : nil
    )
  }

  /// How long a stream may go on; nil for a caller who showed nothing.
  private func lease(
    _ entry: Entry,
    _ head: RequestHead,
    _ audience: Audience
  ) -> StreamLease? {
    guard let credentials = try? Credentials(head), credentials.proof != .none else { return nil }
    return StreamLease(self, credentials, entry.admission, audience)
  }

  /// What may answer calls with this head; nil if each is to be asked.
  private func callCache(
    _ entry: Entry,
    _ route: Route,
    _ transcoder: EdgeTranscoder,
    _ head: RequestHead
  ) -> EdgeCache? {
    // A POST in the services' own form passes as it is, and nobody reads its body here. What cannot
    // be read as positions is refused by the service.
    guard transcoder.changesRequest, cache.isOn, route.isCached,
      let atLeast = try? Positions.parse(head.fields.value(of: "onedoor-at-least"))
    else { return nil }
    return EdgeCache(
      cache,
      engine.surroundings,
      transcoder,
      to: route.upstream,
      hall: entry.hall,
      atLeast: atLeast[route.upstream] ?? 0,
      fields: clockFields
    )
  }

  private func material(_ entry: Entry) -> Forwarding {
    counts.admitted(entry.admission.kind, to: MaterialsAccess.upstream)
    return Forwarding(
      upstream: MaterialsAccess.upstream,
      set: fields(entry),
      answerFields: clockFields,
      bodyLimit: settings.limits.material,
      isLong: true
    )
  }

  /// What the service reads about the caller; what the caller said under these names is dropped.
  private func fields(_ entry: Entry) -> [Answer.Field] {
    var fields = [
      Answer.Field("onedoor-pass", entry.admission.pass), Answer.Field("onedoor-hall", entry.hall),
    ]
    if let timeout = entry.timeout { fields.append(.init("connect-timeout-ms", "\(timeout)")) }
    fields += Self.dropped(entry.admission.kind)
    return fields
  }

  /// Credentials stay at the door: their fields go on empty.
  private static func dropped(_ kind: Admission.Kind) -> [Answer.Field] {
    switch kind {
    case .anybody: []
    case .token: [.init("authorization", "")]
    case .portal: [.init("onedoor-portal-key", ""), .init("onedoor-subject", "")]
    }
  }

  /// Answers a request whose body is whole: one of the gateway's own methods.
  func finish(_ decision: Decision, _ request: InboundRequest, _ reply: any Reply) {
    switch decision {
    case .answer(let answer):
      reply.send(answer)
    case .go(let entry):
      guard case .method(let route, let form) = entry.target.aim,
        route.upstream == Keyring.gateway
      else {
        // What belongs to another service is never dispatched here.
        reply.send(withClock(Answer(status: 404)))
        return
      }
      counts.admitted(entry.admission.kind, to: route.upstream)
      var request = request
      request.fields = AttestedFields(
        fields: request.fields,
        pass: entry.admission.pass,
        hall: entry.hall,
        timeout: entry.timeout.map { String($0) },
        traceparent: step(of: request.fields).text
      )
      let changesKeys = route.method.path == GatewayV1.GatewayService.rotatePortalKey.path
      let stamped = EdgeReply(reply, fields: clockFields, coding: form.answerCoding) { [self] in
        if changesKeys { admissions.forgetPortals() }
      }
      engine.dispatch(request, to: stamped)
    }
  }
}

extension Gateway {
  /// The step of a call that the gateway answers itself: in the caller's trace, or in a new one.
  private func step(of fields: any HeaderFields) -> TraceContext {
    let caller = TraceContext(fields.value(of: "traceparent"))
    while true {
      let random = engine.surroundings.randomBytes(24)
      let words: [UInt64] = stride(from: 0, to: 24, by: 8).map { start in
        random[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
      }
      if let caller, words[2] != 0 { return caller.at(words[2]) }
      // That all bytes of a number are 0 does not happen, but is not forbidden either.
      guard
        let new = TraceContext(
          high: words[0],
          low: words[1],
          span: words[2],
          flags: TraceContext.sampled
        )
      else { continue }
      return new
    }
  }
}

/// The fields of a request with what the gateway says about the caller.
private struct AttestedFields: HeaderFields {
  let fields: any HeaderFields
  let pass: String
  let hall: String
  let timeout: String?
  let traceparent: String

  func value(of name: StaticString) -> String? {
    switch name.description {
    case "onedoor-pass": pass
    case "onedoor-hall": hall
    case "connect-timeout-ms": timeout
    case "traceparent": traceparent
    default: fields.value(of: name)
    }
  }
}

/// A reply whose whole answers carry further fields and are compressed.
private final class EdgeReply: Reply {
  private let reply: any Reply
  private let fields: [Answer.Field]
  private let coding: ContentCoding
  private let first: @Sendable () -> Void

  /// Stands before another reply.
  ///
  /// - Parameters:
  ///   - reply: The caller's.
  ///   - fields: What whole answers carry besides.
  ///   - coding: How their bodies are compressed.
  ///   - first: What is done when there is an answer, before the caller gets it.
  init(
    _ reply: any Reply,
    fields: [Answer.Field],
    coding: ContentCoding,
    first: @escaping @Sendable () -> Void
  ) {
    self.reply = reply
    self.fields = fields
    self.coding = coding
    self.first = first
  }

  func send(_ answer: Answer) {
    first()
    var answer = answer
    answer.fields += fields
    if coding.compresses(length: answer.body.count) { answer.compress(by: coding) }
    reply.send(answer)
  }

  func begin(status: Int, fields: [Answer.Field]) {
    reply.begin(status: status, fields: fields + self.fields)
  }

  func write(_ bytes: [UInt8]) { reply.write(bytes) }

  func finish() { reply.finish() }

  var isCancelled: Bool { reply.isCancelled }

  func whenCancelled(_ tell: @escaping @Sendable () -> Void) { reply.whenCancelled(tell) }

  var backlog: Int { reply.backlog }

  func whenDrained(_ resume: @escaping @Sendable () -> Void) { reply.whenDrained(resume) }
}

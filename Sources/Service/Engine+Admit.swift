internal import Connect
internal import Kernel
internal import Messages

extension Engine {
  /// Checks a call in the order of precedence: pass, role, hall, size, form, fields, key.
  func admit(
    _ request: InboundRequest,
    _ entry: Registry.Entry,
    _ codec: Codec,
    _ audience: Audience
  ) throws(Refusal) -> AdmittedCall {
    let realNow = surroundings.realNow()
    let pass = try pass(request, entry, now: realNow)
    let hall = try hall(request, pass)
    let body = try body(request, streams: entry.isStream)
    let message = try message(body, entry, codec)
    let call = Call(
      method: entry.method.name,
      pass: pass,
      hall: hall,
      now: surroundings.hallNow(),
      realNow: realNow,
      idempotencyKey: try idempotencyKey(request, entry),
      access: entry.method.access,
      trace: TraceContext(request.fields.value(of: "traceparent")),
      surroundings: surroundings
    )
    return AdmittedCall(
      call: call,
      request: message,
      bodyHash: call.idempotencyKey.isEmpty ? [] : seal.bodyHash(message),
      codec: codec,
      audience: audience,
      deadline: try timeout(request).map { realNow.advanced(byMilliseconds: $0) },
      atLeast: try Positions.parse(request.fields.value(of: "onedoor-at-least"))
    )
  }

  func pass(
    _ request: InboundRequest,
    _ entry: Registry.Entry,
    now: Instant
  ) throws(Refusal) -> Pass {
    do throws(Refusal) {
      return try checkedPass(request, entry, now: now)
    } catch {
      if error.reason == Refusal.bypass.reason {
        refused.count(
          source: request.peer,
          method: entry.method.name,
          reason: error.reason,
          now: now
        )
      }
      throw error
    }
  }

  /// The pass of a request, if it may do what it asks; what is refused is not counted.
  func checkedPass(
    _ request: InboundRequest,
    _ entry: Registry.Entry,
    now: Instant
  ) throws(Refusal) -> Pass {
    guard let header = request.fields.value(of: "onedoor-pass") else { throw .bypass }
    let pass = try keyring.pass(of: header, now: now)
    // Nor does it with another's certificate; an operator's tools act for each.
    if let certified = request.certified, certified != pass.issuer,
      certified != Keyring.operatorName
    {
      throw .bypass
    }
    // An operator's pass opens no method, so that neither pass can be used for the other's sake.
    guard !pass.isOperators else { throw .bypass }
    guard let access = entry.method.access else { throw .wrongRole(entry.method.name) }
    // A service attests itself alone, and only towards the methods for services.
    guard pass.issuer == Keyring.gateway || access.roles.contains(.service) else { throw .bypass }
    guard access.roles.contains(.public) || !pass.roles.isDisjoint(with: access.roles) else {
      throw .wrongRole(entry.method.name)
    }
    return pass
  }

  func hall(_ request: InboundRequest, _ pass: Pass) throws(Refusal) -> String {
    let named = request.fields.value(of: "onedoor-hall") ?? ""
    let hall = named.isEmpty ? (pass.halls.first ?? defaultHall) : named
    // A service's own pass reads the feed of all halls.
    guard pass.roles == [.service] || pass.halls.contains(hall) else { throw .wrongHall(hall) }
    return hall
  }

  private func body(_ request: InboundRequest, streams: Bool) throws(Refusal) -> [UInt8] {
    let encoding = request.fields.value(
      of: streams ? "connect-content-encoding" : "content-encoding"
    )
    do throws(BodyFault) {
      return try RequestBody.read(
        request.body,
        encoding: encoding,
        isEnveloped: streams,
        limit: settings.body
      )
    } catch {
      throw Refusal(error.code, error.reason, zh: error.messageZh, en: error.messageEn)
    }
  }

  private func message(
    _ body: [UInt8],
    _ entry: Registry.Entry,
    _ codec: Codec
  ) throws(Refusal) -> any Message {
    try entry.method.request.checked(body, codec)
  }

  private func idempotencyKey(
    _ request: InboundRequest,
    _ entry: Registry.Entry
  ) throws(Refusal) -> String {
    guard case .write = entry.handler else { return "" }
    let key = request.fields.value(of: "idempotency-key") ?? ""
    guard (1...ServiceLimits.idempotencyKey).contains(key.utf8.count),
      key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { throw .idempotencyKeyMissing }
    return key
  }

  func timeout(_ request: InboundRequest) throws(Refusal) -> Int64? {
    guard let text = request.fields.value(of: "connect-timeout-ms") else { return nil }
    guard let timeout = Timeout(header: text.utf8) else {
      throw .invalid(
        field: "connect-timeout-ms",
        reason: "FORMAT",
        zh: "调用时限须为正整数毫秒，至多 10 位",
        en: "The timeout is a positive number of milliseconds of at most 10 digits"
      )
    }
    return timeout.milliseconds
  }
}

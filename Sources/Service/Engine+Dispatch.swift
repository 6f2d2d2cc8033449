internal import Connect
internal import Kernel
internal import Messages
internal import Storage
internal import Synchronization

extension Engine: Endpoint {
  package func dispatch(_ request: InboundRequest, to reply: any Reply) {
    let audience = Audience(request.fields)
    do throws(Bare) {
      let entry = try route(request)
      let codec = try codec(request, streams: entry.isStream)
      do throws(Refusal) {
        let admitted = try admit(request, entry, codec, audience)
        begin(admitted, entry, reply)
      } catch {
        refuse(completed(error, request, entry, codec), entry, codec, audience, reply)
      }
    } catch {
      reply.send(error.answer)
    }
  }

  /// An answer without a body of ours, for what is no call at all (the Connect protocol).
  struct Bare: Error {
    var answer: Answer
  }

  private func route(_ request: InboundRequest) throws(Bare) -> Registry.Entry {
    // Nearly no path has a query, and bytes are looked through faster than characters.
    let hasQuery = request.path.utf8.contains(UInt8(ascii: "?"))
    let path = hasQuery ? String(request.path.prefix { $0 != "?" }) : request.path
    guard let entry = registry.entries[path] else {
      let service = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
      let isKnown = !service.isEmpty && registry.paths.contains { $0.hasPrefix("\(service)/") }
      guard isKnown else { throw Bare(answer: Answer(status: 404)) }
      let refusal = Refusal(
        .unimplemented,
        "UNIMPLEMENTED",
        subject: path,
        zh: "没有此方法",
        en: "There is no such method"
      )
      throw Bare(answer: refusal.answer(Audience(request.fields)))
    }
    guard request.verb == "POST" else {
      throw Bare(answer: Answer(status: 405, fields: [.init("allow", "POST")]))
    }
    return entry
  }

  private func codec(_ request: InboundRequest, streams: Bool) throws(Bare) -> Codec {
    let header = request.fields.value(of: "content-type") ?? ""
    // What nearly every call has, since the gateway transcodes, is known without parsing.
    if header == "application/proto", !streams { return .proto }
    if let type = ContentType(header: header.utf8), type.isStreaming == streams {
      return type.codec
    }
    let accepted = ContentType.acceptPost(isStreaming: streams)
    throw Bare(answer: Answer(status: 415, fields: [.init("accept-post", accepted)]))
  }

  private func refuse(
    _ refusal: Refusal,
    _ entry: Registry.Entry,
    _ codec: Codec,
    _ audience: Audience,
    _ reply: any Reply
  ) {
    counts.refused(entry.method.name, refusal.reason)
    if entry.isStream {
      StreamSession.end(refusal, codec, audience, reply)
    } else {
      reply.send(refusal.answer(audience))
    }
  }

  /// Sends an admitted call on its way by its kind.
  private func begin(_ admitted: AdmittedCall, _ entry: Registry.Entry, _ reply: any Reply) {
    guard admitted.atLeast.isEmpty || hasReached(admitted.atLeast) else {
      return wait(admitted, entry, reply)
    }
    switch entry.handler {
    case .read(let handler):
      if let deadline = admitted.deadline, surroundings.realNow() >= deadline {
        reply.send(failure(Refusal.deadlineExceeded, admitted))
      } else {
        reply.send(answer(handler, admitted))
      }
    case .write(let handler):
      enqueue(WriteJob(entry, handler, admitted, reply))
    case .stream(let handler):
      streams.open(StreamSession(handler, admitted, reply), on: self)
    case .route:
      // Routes belong to test services, whose host runs them; none of the six has one.
      reply.send(Refusal.internalFault.answer(admitted.audience))
    }
  }

  private func wait(_ admitted: AdmittedCall, _ entry: Registry.Entry, _ reply: any Reply) {
    let waiter = PositionWaiter(
      positions: admitted.atLeast,
      until: admitted.call.realNow.advanced(byMilliseconds: ServiceLimits.positionWait)
    ) { [self] reached in
      guard reached else {
        return refuse(.positionNotReached, entry, admitted.codec, admitted.audience, reply)
      }
      var admitted = admitted
      admitted.atLeast = [:]
      begin(admitted, entry, reply)
    }
    let wake = waiting.withLock { waiting in
      waiting.positions.append(waiter)
      return waiting.wakeWriter
    }
    // What it waits for may be here already and only be gathered.
    wake()
  }

  private func answer(_ handler: Registry.ReadHandler, _ admitted: AdmittedCall) -> Answer {
    // Asked before the snapshot is: the answer may know more than its position says, never less.
    let position = store.changes.feedHead
    do {
      let response = try store.read { snapshot in
        try handler.run(
          admitted.request,
          Reading(call: admitted.call, snapshot: snapshot, seal: seal)
        )
      }
      counts.answered(admitted.call.method)
      let codec = admitted.codec
      let body = codec == .json ? response.encodeJSON() : response.encode()
      return success(body, codec, position: position, isPassing: false)
    } catch {
      return failure(error, admitted)
    }
  }

  /// The answer to a call that succeeded.
  ///
  /// - Parameters:
  ///   - body: The response in the caller's codec.
  ///   - codec: The codec.
  ///   - position: What the answer reflects of the service's own feed.
  ///   - isPassing: Whether the next answer will hardly say the same position.
  /// - Returns: The answer.
  func success(_ body: [UInt8], _ codec: Codec, position: Int64, isPassing: Bool) -> Answer {
    Answer(
      status: 200,
      fields: [
        .init("content-type", ContentType(codec).name),
        .init("onedoor-position", "\(definition.name)=\(position)", isPassing: isPassing),
      ],
      body: body
    )
  }

  /// The answer to a call that did not.
  func failure(_ error: any Error, _ admitted: AdmittedCall) -> Answer {
    failure(error, of: admitted.call, admitted.audience)
  }

  /// The answer to a call that did not succeed.
  func failure(_ error: any Error, of call: Call, _ audience: Audience) -> Answer {
    let (refusal, detail) = Refusal.of(error)
    if let detail { report(.fault(method: call.method, detail: detail, trace: call.trace)) }
    counts.refused(call.method, refusal.reason)
    return refusal.answer(audience)
  }

  private func enqueue(_ job: WriteJob) {
    let (refusal, wake) = waiting.withLock { waiting -> (Refusal?, @Sendable () -> Void) in
      if waiting.isStopping { return (.stopping, waiting.wakeWriter) }
      if waiting.writes.count >= settings.queue { return (.overloaded, waiting.wakeWriter) }
      waiting.writes.append(job)
      return (nil, waiting.wakeWriter)
    }
    if let refusal {
      counts.refused(job.entry.method.name, refusal.reason)
      job.reply.send(refusal.answer(job.admitted.audience))
    } else {
      wake()
    }
  }
}

extension Registry.Entry {
  /// Whether the method answers with a stream.
  var isStream: Bool {
    if case .stream = handler { true } else { false }
  }
}

/// What a service allows at most, besides what is tuned.
package enum ServiceLimits {
  /// How long a call is held for a position that it wants to have seen.
  ///
  /// - Unit: milliseconds.
  package static let positionWait: Int64 = 1_000

  /// How long timers wait for a follower that lies behind its upstream.
  ///
  /// - Unit: milliseconds of real time.
  package static let catchUp: Int64 = 5_000

  /// How long timers rest when none could be found or fired, as in a store that takes nothing.
  ///
  /// - Unit: milliseconds of real time.
  package static let timersRest: Int64 = 1_000

  /// How many answers whose time is over are forgotten beside other work at least.
  package static let forgotten = 20

  /// How often an idle service looks for answers whose time is over.
  ///
  /// - Unit: milliseconds of real time.
  package static let forgetting: Int64 = 60_000

  /// How many of them it forgets in one transaction.
  package static let forgottenIdly = 1_000

  /// How long an idempotency key may be.
  ///
  /// - Unit: printable ASCII characters.
  package static let idempotencyKey = 64

  /// How many bytes of a stream may wait for its reader before it is left alone.
  package static let streamBacklog = 1 << 20

  /// How long a reader may leave a full backlog before its stream is ended.
  ///
  /// - Unit: milliseconds.
  package static let slowReader: Int64 = 30_000

  /// How many messages of a stream are fetched at once.
  package static let streamPage = 100
}

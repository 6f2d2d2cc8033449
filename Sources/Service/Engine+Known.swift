internal import Connect
internal import Kernel
internal import Messages
internal import Storage
internal import Synchronization

extension Engine {
  /// What is known of the reads with this head; nil if they are no reads, or have something in the
  /// head that is looked at with each call.
  package func known(_ head: RequestHead) -> (any KnownHead)? {
    guard head.verb == "POST", let entry = registry.entries[head.path],
      case .read(let handler) = entry.handler,
      let type = ContentType(header: (head.fields.value(of: "content-type") ?? "").utf8),
      !type.isStreaming,
      (head.fields.value(of: "content-encoding") ?? "identity") == "identity",
      (head.fields.value(of: "onedoor-at-least") ?? "").isEmpty
    else { return nil }
    let realNow = surroundings.realNow()
    let generation = keyring.generation
    let request = InboundRequest(
      verb: head.verb,
      path: head.path,
      fields: head.fields,
      body: [],
      peer: head.peer,
      certified: head.certified
    )
    // Refusals are found again, and counted, with each call.
    guard let pass = try? checkedPass(request, entry, now: realNow),
      let hall = try? hall(request, pass), hasReadableTimeout(request)
    else { return nil }
    let call = Call(
      method: entry.method.name,
      pass: pass,
      hall: hall,
      now: realNow,
      realNow: realNow,
      access: entry.method.access,
      surroundings: surroundings
    )
    return KnownRead(self, call, handler, type.codec, Audience(head.fields), generation)
  }

  private func hasReadableTimeout(_ request: InboundRequest) -> Bool {
    do throws(Refusal) {
      _ = try timeout(request)
      return true
    } catch {
      return false
    }
  }

  /// The head of the answers to calls that succeeded when the feed was at a position.
  func successHead(_ codec: Codec, position: Int64) -> AnswerHead {
    heads.withLock { heads in
      let known = codec == .json ? heads.json : heads.proto
      if let known, known.position == position { return known.head }
      let head = AnswerHead(
        status: 200,
        fields: [
          .init("content-type", ContentType(codec).name),
          .init("onedoor-position", "\(definition.name)=\(position)"),
        ]
      )
      let new = SuccessHead(position: position, head: head)
      if codec == .json { heads.json = new } else { heads.proto = new }
      return head
    }
  }

  /// One for each codec.
  struct SuccessHeads: Sendable {
    var json: SuccessHead?
    var proto: SuccessHead?
  }

  /// The head of the answers while the feed stands still.
  struct SuccessHead: Sendable {
    var position: Int64
    var head: AnswerHead
  }
}

/// A caller's read with everything that its head says decided: pass, role, hall, form.
final class KnownRead: KnownHead {
  private let engine: Engine
  private let call: Call
  private let handler: Registry.ReadHandler
  private let codec: Codec
  private let audience: Audience
  private let answered: Counter
  private let until: Instant
  /// How many times keys had been exchanged when the pass was verified.
  private let generation: Int

  init(
    _ engine: Engine,
    _ call: Call,
    _ handler: Registry.ReadHandler,
    _ codec: Codec,
    _ audience: Audience,
    _ generation: Int
  ) {
    self.engine = engine
    self.call = call
    self.handler = handler
    self.codec = codec
    self.audience = audience
    answered = engine.counts.answers(of: call.method)
    until = call.pass.expiresAt
    self.generation = generation
  }

  func answer(to body: [UInt8], trace: TraceContext?) -> PromptAnswer? {
    let realNow = engine.surroundings.realNow()
    // What is no longer true is refused by whoever looks at each call anew.
    guard realNow < until, generation == engine.keyring.generation,
      body.count <= engine.settings.body
    else { return nil }
    var call = call
    call.now = engine.surroundings.hallNow()
    call.realNow = realNow
    call.trace = trace
    // Asked before the snapshot is: the answer may know more than its position says, never less.
    let position = engine.store.changes.feedHead
    do {
      let bytes = try handler.answer(body, codec, call, engine)
      answered.count()
      return .shared(engine.successHead(codec, position: position), body: bytes)
    } catch {
      return .own(engine.failure(error, of: call, audience))
    }
  }
}

internal import HTTP2
internal import NIOCore
internal import Service

/// Where a request goes, once its head is there.
extension Exchange {
  /// Takes the head, which came with the constructor.
  func start(isWhole: Bool) {
    hasEnded = isWhole
    guard let door = home.door, let front else {
      collect()
      return
    }
    apply(door.passage(of: requestHead(front)))
  }

  /// Takes the head, which has just arrived.
  ///
  /// - Parameters:
  ///   - head: The head.
  ///   - entry: What was found out about it before; nil if it is new.
  ///   - isAdmitted: Whether the call was let in on its way; nil if nobody has asked.
  ///   - isWhole: Whether there is no body.
  /// - Returns: whether that still holds.
  func start(
    _ head: Head,
    _ entry: KnownHeads.Entry?,
    _ isAdmitted: Bool?,
    isWhole: Bool
  ) -> Bool {
    hasEnded = isWhole
    guard let front else { return true }
    if case .way(let way)? = entry?.lead, isAdmitted ?? way.admitsAnother {
      self.head = entry?.list ?? HeaderList()
      forward(way, home.traces.fields(of: head))
      return true
    }
    self.head = HeaderList(head)
    if let door = home.door {
      apply(door.passage(of: requestHead(front)), of: head)
      return false
    }
    if !isWhole, front.keepsRequests, front.trunk == nil, self.head.asksForTrunk {
      let trunk = TrunkServer(over: self, front)
      front.trunk = trunk
      intake = .trunking(trunk)
      return true
    }
    collect()
    return true
  }

  /// Does what a door has just decided, and keeps it for the next request with this head.
  private func apply(_ passage: Passage, of head: Head) {
    guard case .forward(let forwarding) = passage, forwarding.ticket != nil, let front else {
      apply(passage)
      return
    }
    let lasting = HeaderList(lastingOf: head)
    let way = Way(forwarding, of: lasting, upstream: home.upstream(forwarding))
    home.heads.keep(.way(way), of: head, from: front)
    forward(way, home.traces.fields(of: head))
  }

  private func requestHead(_ front: any Front) -> RequestHead {
    RequestHead(head, from: front)
  }

  func apply(_ passage: Passage) {
    switch passage {
    case .local:
      collect()
    case .answer(let answer):
      intake = .discarding
      front?.consume(key, body.count)
      body = []
      // A small body is waited for, so that the answer does not cut it off.
      let isSmall = (length < 0 ? .max : length) <= 64 << 10
      if hasEnded || !isSmall {
        respond(HeaderList(answer), body: answer.body)
      } else {
        unanswered = answer
      }
    case .forward(let forwarding):
      forward(
        Way(forwarding, of: head, upstream: home.upstream(forwarding)),
        home.traces.fields(of: head)
      )
    case .later(let decide):
      intake = .holding(isLater: true)
      let bound = NIOLoopBound(self, eventLoop: home.loop)
      let inbox = home.inbox
      decide { passage in
        inbox.post(Inbox.Item(exchange: bound, word: .passage(passage)))
      }
    }
  }

  private func forward(_ way: Way, _ passing: PassingFields) {
    let relay = Relay(exchange: self, way: way, passing, home: home)
    intake = .relaying(relay)
    release()
    relay.start(length: length)
    let held = body
    body = []
    if !held.isEmpty { held.withUnsafeBytes { relay.receive($0) } }
    if hasEnded { relay.end() }
  }

  /// Takes a call that is whole, whose head came with the constructor.
  func start(body: [UInt8]) {
    hasEnded = true
    self.body = body
    collect()
  }

  private func collect() {
    release()
    if let streaming = home.streaming, sink(streaming) { return }
    let limit = home.limits.body
    intake = .collecting(limit: limit)
    if !body.isEmpty { front?.consume(key, body.count) }
    guard max(body.count, length) <= limit else {
      refuse(StandardAnswers.tooLarge)
      return
    }
    guard keep(body.count) else {
      refuse(StandardAnswers.overloaded)
      return
    }
    if hasEnded { dispatch() }
  }

  /// Lets the endpoint take the body piece by piece; false if it does not want to.
  private func sink(_ streaming: any StreamingEndpoint) -> Bool {
    guard let front else { return true }
    intake = .holding(isLater: false)
    let reply = makeReply()
    guard let sink = streaming.sink(for: requestHead(front), to: reply) else {
      reply.withdraw()
      gauge = nil
      return false
    }
    let tap = BodyTap(sink: sink, exchange: self, inbox: home.inbox)
    guard case .holding = intake else {
      // It was answered already.
      tap.abort(isLater: true)
      return true
    }
    intake = .sinking(tap)
    let held = body
    body = []
    if !held.isEmpty { tap.receive(held) }
    if hasEnded { tap.end() }
    return true
  }

  private func makeReply() -> StreamReply {
    let gauge = ReplyGauge()
    self.gauge = gauge
    let bound = NIOLoopBound(self, eventLoop: home.loop)
    return StreamReply(exchange: bound, inbox: home.inbox, gauge: gauge)
  }

  func dispatch() {
    guard let front else { return }
    intake = .discarding
    var whole: [UInt8] = []
    swap(&whole, &body)
    let request = InboundRequest(
      verb: head.string(of: ":method") ?? "",
      path: head.string(of: ":path") ?? "",
      fields: head,
      body: whole,
      peer: front.peer,
      certified: front.certified
    )
    let (endpoint, reply) = (home.endpoint, makeReply())
    // A small body that is compressed may be a large one.
    guard whole.count > Aside.inPlace || head.string(of: "content-encoding") != nil else {
      endpoint.dispatch(request, to: reply)
      return
    }
    let wish = Wish { endpoint.dispatch(request, to: reply) }
    // Until the endpoint, once it has the request, asks for this itself.
    reply.whenCancelled { wish.end() }
    let isTaken = Aside.run(for: source, Aside.Bound(home.limits), wish)
    if !isTaken { reply.send(StandardAnswers.overloaded) }
  }
}

internal import HTTP2
internal import NIOCore
internal import Service

/// How far the answer to a relayed call is.
struct AnswerProgress {
  /// What is done with the body.
  enum Manner {
    /// It passes as it is.
    case passing
    /// It is collected for the transcoder.
    case collecting
    /// Its envelopes pass through the transcoder one by one.
    case splitting(EnvelopeSplitter)
  }

  var manner = Manner.passing
  var status = 0
  /// Whether the service's head came.
  var hasHead = false
  /// Whether the head has gone to the caller.
  var hasBegun = false
  /// The head towards the caller; nil if the transcoder has yet to make it.
  var head: OutgoingHead?
  /// The head of the service, if the transcoder has yet to see it.
  var untold = HeaderList()
  /// What of the body has not gone to the caller.
  var body: [UInt8] = []
  /// Where the envelopes end, if the answer is a stream of them.
  var boundary: EnvelopeBoundary?
  /// The last envelope of a stream that is ended in the service's place after the envelope that is
  /// open; nil if the service ends it.
  var ending: [UInt8]?
  /// Where the answer is kept, if it may be.
  var miss: (any CacheMiss)?
}

extension Relay {
  func answered(_ head: Head, isWhole: Bool) {
    answer.hasHead = true
    if let transcoder = way.forwarding.transcoder {
      let head = HeaderList(head)
      answer.status = head.status ?? 500
      if answer.status == 200, Self.isStream(head) { answer.boundary = EnvelopeBoundary() }
      prepare(head, transcoder)
    } else {
      let template = way.answer(to: head)
      answer.status = template.status
      if answer.status == 200, template.isStream { answer.boundary = EnvelopeBoundary() }
      let extra = head.hasPassing ? HeaderList(passingOf: head) : nil
      answer.head = OutgoingHead(template.head, extra: extra, length: head.length)
    }
    if isWhole {
      ended()
    } else if home.isWinding {
      // Those whose answers had begun were ended then.
      endStream()
    }
  }

  func answered(_ head: Head, whole body: UnsafeRawBufferPointer) {
    guard way.forwarding.transcoder == nil else {
      answered(head, isWhole: false)
      if !body.isEmpty { received(body) }
      ended()
      return
    }
    guard let exchange else { return }
    // As nearly all are: in one piece from one side to the other.
    let translation = way.answer(to: head)
    let extra = head.hasPassing ? HeaderList(passingOf: head) : nil
    exchange.respond(
      OutgoingHead(translation.head, extra: extra, length: head.length),
      body: Array(body)
    )
    conclude(translation.status)
  }

  private func prepare(_ head: HeaderList, _ transcoder: any Transcoder) {
    guard answer.boundary != nil else {
      if transcoder.changesAnswer(status: answer.status, length: head.contentLength) {
        answer.manner = .collecting
        answer.untold = head
      } else {
        passHead(head)
      }
      return
    }
    guard let fields = transcoder.streamFields else {
      passHead(head)
      return
    }
    answer.manner = .splitting(EnvelopeSplitter(limit: UpstreamLimits.transcodedEnvelope))
    var list = HeaderList()
    list.append(contentsOf: head) { name, _ in
      !HopByHop.includes(name) && !HopByHop.isLength(name) && !HopByHop.isCoding(name)
    }
    list.append(fields: fields)
    list.append(fields: way.forwarding.answerFields)
    answer.head = OutgoingHead(HeadTemplate(list))
  }

  private func passHead(_ head: HeaderList) {
    var list = HeaderList()
    list.append(contentsOf: head) { name, _ in !HopByHop.includes(name) }
    list.append(fields: way.forwarding.answerFields)
    answer.head = OutgoingHead(HeadTemplate(list))
  }

  static func isStream(_ head: HeaderList) -> Bool {
    head.value(of: "content-type")?.starts(with: "application/connect+".utf8) == true
  }

  /// Ends a stream of envelopes because this process stops, so that its reader goes on elsewhere.
  func endStream() {
    endStream(by: StandardAnswers.endOfStream)
  }

  /// Ends a stream of envelopes whose caller may read no more.
  func endStreamIfOver() {
    guard let lease = way.forwarding.lease, answer.boundary != nil, answer.ending == nil,
      let last = lease.ending()
    else { return }
    endStream(by: last)
  }

  private func endStream(by last: [UInt8]) {
    guard let boundary = answer.boundary, answer.ending == nil, !boundary.isLast else { return }
    answer.ending = last
    if boundary.isBetween { finishStream(by: last) }
  }

  private func finishStream(by last: [UInt8]) {
    guard let exchange else { return }
    carrier?.cancel(stream)
    settle()
    exchange.write(last)
    exchange.finish()
    conclude(answer.status)
  }

  func received(_ bytes: UnsafeRawBufferPointer) {
    guard exchange != nil else { return }
    switch answer.manner {
    case .passing:
      pass(Array(bytes), count: bytes.count)
    case .collecting:
      carrier?.consume(stream, bytes.count)
      answer.body.append(contentsOf: bytes)
      guard answer.body.count > UpstreamLimits.transcodedAnswer else { return }
      carrier?.cancel(stream)
      refuse(StandardAnswers.badAnswer)
    case .splitting(var splitter):
      guard let transcoder = way.forwarding.transcoder else { return }
      // The splitter's buffer must have one owner while it grows.
      answer.manner = .passing
      let changed = splitter.feed(Array(bytes)) { transcoder.envelope($0, $1) }
      answer.manner = .splitting(splitter)
      if let changed {
        pass(changed, count: bytes.count)
      } else {
        carrier?.cancel(stream)
        refuse(StandardAnswers.badAnswer)
      }
    }
  }

  /// Passes bytes on for which the service gave `count`.
  private func pass(_ all: [UInt8], count: Int) {
    guard let last = answer.ending else {
      answer.boundary?.feed(all)
      return passOn(all, count: count)
    }
    let kept = answer.boundary?.feed(all, toEndOfOne: true) ?? all.count
    passOn(Array(all.prefix(kept)), count: count)
    if let boundary = answer.boundary, boundary.isBetween, !boundary.isLast {
      finishStream(by: last)
    }
  }

  private func passOn(_ bytes: [UInt8], count: Int) {
    guard answer.hasBegun, let exchange else {
      if answer.body.isEmpty { answer.body = bytes } else { answer.body += bytes }
      owedToService += count
      return
    }
    if bytes.isEmpty || exchange.write(bytes), owedToService == 0 {
      carrier?.consume(stream, count)
    } else {
      owe(count)
    }
  }

  func settle() {
    guard let exchange, !answer.hasBegun, let head = answer.head else { return }
    answer.hasBegun = true
    exchange.begin(head)
    var body: [UInt8] = []
    swap(&body, &answer.body)
    guard body.isEmpty || exchange.write(body) else { return }
    frontDrained()
  }

  func ended() {
    guard let exchange else { return }
    if case .collecting = answer.manner, let transcoder = way.forwarding.transcoder {
      let told = answer.untold.answer(body: answer.body)
      answer.body = []
      guard told.body.count <= Aside.inPlace else {
        transcodeApart(told, transcoder)
        return
      }
      if let hit = answer.miss?.fill(with: told) {
        respond(with: hit)
      } else {
        respond(transcoder.answer(told))
      }
      return
    }
    if answer.hasBegun {
      exchange.finish()
    } else if let head = answer.head {
      exchange.respond(head, body: answer.body)
    }
    conclude(answer.status)
  }

  /// Changes a large answer on another thread, so that the others of the loop do not wait for it.
  private func transcodeApart(_ told: Answer, _ transcoder: any Transcoder) {
    guard let exchange else { return }
    let relay = NIOLoopBound(self, eventLoop: home.loop)
    let loop = home.loop
    let miss = answer.miss
    _ = runAside(for: exchange.source, .none) {
      let hit = miss?.fill(with: told)
      let changed = hit == nil ? transcoder.answer(told) : nil
      loop.execute {
        if let hit { relay.value.respond(with: hit) }
        if let changed { relay.value.respond(changed) }
        relay.value.home.pump()
      }
    }
  }

  private func respond(_ changed: Answer) {
    guard let exchange else { return }
    var whole = changed
    whole.fields += way.forwarding.answerFields
    exchange.respond(HeaderList(whole), body: whole.body)
    conclude(whole.status)
  }
}

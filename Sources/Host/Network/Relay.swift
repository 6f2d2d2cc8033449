internal import Connect
internal import HTTP2
internal import NIOCore
internal import Service

/// One call on its way through the door: a stream of the caller's and one of the service's.
///
/// Both live on the same event loop, and so does all of this. What came in one turn of the loop is
/// passed on as a whole, so that a small call costs one submission in each direction.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class Relay {
  let way: Way
  let home: Home
  /// What changes the request, if something does.
  private let changing: (any Transcoder)?
  /// The caller's side; nil once the call is over.
  @exclusivity(unchecked) private(set) var exchange: Exchange?
  /// What carries the call to the service; nil before it has gone out and after it is over.
  @exclusivity(unchecked) private(set) var carrier: (any Carrier)?
  @exclusivity(unchecked) private(set) var stream = StreamKey(id: 0, slot: 0)

  // The request
  /// Fields of this call alone.
  private let passing: PassingFields
  /// The body so far, as long as it has not been passed on.
  @exclusivity(unchecked) private var body: [UInt8] = []
  @exclusivity(unchecked) private var length = 0
  /// Bytes of the body that have not been given back to the caller.
  @exclusivity(unchecked) private var owedToCaller = 0
  @exclusivity(unchecked) private var isWhole = false
  @exclusivity(unchecked) private var isStarted = false
  /// Whether pieces of the body have gone and could not be sent again.
  @exclusivity(unchecked) private var hasStreamed = false
  @exclusivity(unchecked) private var attempts = 0
  /// What of the call is done on another thread, if something is.
  @exclusivity(unchecked) var wish: Wish?

  // The answer
  @exclusivity(unchecked) var answer = AnswerProgress()
  /// Bytes of the answer that have not been given back to the service.
  @exclusivity(unchecked) var owedToService = 0
  private let began: NIODeadline
  /// Since when the caller takes nothing of the answer; nil while it does.
  private(set) var stalledSince: NIODeadline?

  init(exchange: Exchange, way: Way, _ passing: PassingFields, home: Home) {
    self.exchange = exchange
    self.way = way
    self.passing = passing
    self.home = home
    changing = way.changing
    began = home.now
  }

  // From the caller

  /// Looks at the announced length before anything is sent.
  func start(length: Int) {
    if length > way.forwarding.bodyLimit { refuse(StandardAnswers.tooLarge) }
  }

  /// Takes a piece of the body.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    guard let exchange else { return }
    length += bytes.count
    guard length <= way.forwarding.bodyLimit else {
      exchange.consume(bytes.count)
      carrier?.cancel(stream)
      refuse(StandardAnswers.tooLarge)
      return
    }
    if changing != nil {
      exchange.consume(bytes.count)
      guard exchange.keep(bytes.count) else {
        refuse(StandardAnswers.overloaded)
        return
      }
      body.gather(bytes, limit: way.forwarding.bodyLimit)
      return
    }
    guard let carrier else {
      owedToCaller += bytes.count
      body.gather(bytes, limit: way.forwarding.bodyLimit)
      if isStarted { exchange.holdBack() }
      return
    }
    hasStreamed = true
    if carrier.write(stream, Array(bytes)), owedToCaller == 0 {
      exchange.consume(bytes.count)
    } else {
      owedToCaller += bytes.count
      exchange.holdBack()
    }
  }

  /// Takes the end of the body.
  func end() {
    guard let exchange, !isWhole else { return }
    isWhole = true
    if isStarted {
      carrier?.finish(stream)
      return
    }
    if let transcoder = changing {
      let type = exchange.head.string(of: "content-type") ?? ""
      let isStream = type.hasPrefix("application/connect+")
      let coding = exchange.head.string(
        of: isStream ? "connect-content-encoding" : "content-encoding"
      )
      guard body.count <= Aside.inPlace else { return transcodeApart(transcoder, coding) }
      // A small body may be a large message, and the message need not be in the body.
      let changed = transcoder.request(body, encoding: coding, upTo: Aside.inPlace)
      if case .longer = changed { return transcodeApart(transcoder, coding) }
      transcoded(changed, from: body.count)
      return
    }
    launch()
  }

  /// Changes a large body on another thread, so that the others of the loop do not wait for it.
  private func transcodeApart(_ transcoder: any Transcoder, _ coding: String?) {
    guard let exchange else { return }
    let relay = NIOLoopBound(self, eventLoop: home.loop)
    let loop = home.loop
    let whole = body
    body = []
    // The work alone holds the body, and is gone when the caller is.
    let isTaken = runAside(for: exchange.source, Aside.Bound(home.limits)) {
      let changed = transcoder.request(whole, encoding: coding)
      loop.execute {
        relay.value.transcoded(changed, from: whole.count)
        relay.value.home.pump()
      }
    }
    if !isTaken { refuse(StandardAnswers.overloaded) }
  }

  /// Runs work on another thread, unless the call is over before it begins.
  ///
  /// - Returns: false if too much waits there; then it is not run.
  func runAside(
    for source: String,
    _ bound: Aside.Bound,
    _ work: @escaping @Sendable () -> Void
  ) -> Bool {
    let wish = Wish(work)
    self.wish = wish
    return Aside.run(for: source, bound, wish)
  }

  private func transcoded(_ changed: Transcoded, from length: Int) {
    guard let exchange else { return }
    switch changed {
    case .body(let new):
      if isAnswered(asking: new) { return }
      guard exchange.keep(max(0, new.count - length)) else {
        refuse(StandardAnswers.overloaded)
        return
      }
      body = new
      launch()
    case .refused(let answer):
      refuse(answer)
    case .longer:
      preconditionFailure("No message is longer than any.")
    }
  }

  /// Lets a body that is not whole at the end of the loop's turn go piece by piece.
  func settleRequest() {
    guard exchange != nil, !isStarted, changing == nil else { return }
    launch()
  }

  /// The caller is gone.
  func frontGone() {
    carrier?.cancel(stream)
    conclude(answer.hasBegun ? answer.status : 0)
  }

  /// The caller takes more of the answer.
  func frontDrained() {
    let owed = owedToService
    owedToService = 0
    stalledSince = nil
    carrier?.consume(stream, owed)
  }

  /// The caller takes nothing because its connection does, which is looked at by itself.
  func frontCongested(_ now: NIODeadline) {
    if stalledSince != nil { stalledSince = now }
  }

  /// Whether the service has begun no answer within the time that the caller gave.
  func isOverdue(_ now: NIODeadline) -> Bool {
    guard let timeout = way.forwarding.timeout, !answer.hasHead else { return false }
    // The service itself answers at the deadline; this is for one that does not.
    return now - began > .milliseconds(timeout + 1_000)
  }

  /// Keeps bytes of the service back until the caller takes more.
  func owe(_ count: Int) {
    owedToService += count
    stalledSince = stalledSince ?? .now()
  }

  // Towards the service

  private func launch() {
    isStarted = true
    attempts += 1
    guard let upstream = way.upstream else {
      refuse(StandardAnswers.unavailable)
      return
    }
    upstream.call(self)
  }

  /// Goes out over a connection.
  func attach(_ link: ClientLink) {
    guard let exchange else { return }
    let isRewritten = changing != nil
    guard goOut(over: link, length: isRewritten ? body.count : exchange.length) else {
      broke(.notSent)
      return
    }
    var mayGoOn = true
    if !isWhole, !body.isEmpty {
      hasStreamed = true
      mayGoOn = link.write(stream, body)
      body = []
    }
    guard mayGoOn, owedToCaller > 0 else { return }
    exchange.consume(owedToCaller)
    owedToCaller = 0
  }

  /// Finds a place for the call on a connection: on its trunk if it is a short one.
  private func goOut(over link: ClientLink, length: Int) -> Bool {
    if isWhole, !way.forwarding.isLong {
      let trunk = link.trunk
      let head = OutgoingHead(way.head, extra: passing.others, length: length)
      if TrunkClient.fits(head, body),
        let stream = trunk.call(head, passing.trace, body: body, sink: self)
      {
        carrier = trunk
        self.stream = stream
        return true
      }
    }
    let head = OutgoingHead(way.head, extra: passing.list, length: length)
    guard let stream = link.call(head, body: isWhole ? body : [], isWhole: isWhole, sink: self)
    else { return false }
    carrier = link
    self.stream = stream
    return true
  }

  /// There is no room for the call.
  func overload() {
    refuse(StandardAnswers.overloaded)
  }

  /// Answers in the service's place.
  func refuse(_ answer: Answer) {
    guard let exchange else { return }
    let hadBegun = self.answer.hasBegun
    var answer = answer
    if let type = way.forwarding.stream, answer.status != 200 {
      answer = answer.inLastEnvelope(of: type)
    }
    answer.fields += way.forwarding.answerFields
    exchange.refuse(answer)
    conclude(hadBegun ? self.answer.status : answer.status)
  }

  /// Says that the call is over.
  func conclude(_ status: Int) {
    guard exchange != nil else { return }
    exchange = nil
    carrier = nil
    body = []
    wish?.end()
    way.forwarding.finished?(status)
  }
}

extension Relay: TrunkSink {
  func broke(_ failure: LinkFailure) {
    guard let exchange else { return }
    carrier = nil
    let isSafe = failure == .notSent || failure == .refused
    if isSafe, attempts < 2, !hasStreamed, !answer.hasHead {
      attempts += 1
      way.upstream?.callLater(self)
    } else if answer.hasBegun {
      exchange.reset(.internalError)
      conclude(answer.status)
    } else {
      refuse(isSafe && !hasStreamed ? StandardAnswers.unavailable : StandardAnswers.outcomeUnknown)
    }
  }

  func drained() {
    let owed = owedToCaller
    owedToCaller = 0
    exchange?.consume(owed)
  }
}

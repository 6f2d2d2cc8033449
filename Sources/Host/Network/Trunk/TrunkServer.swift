internal import HTTP2
internal import Kernel
internal import NIOCore
internal import Service

/// The side of a trunk that answers; used on its loop only.
///
/// For its calls it is what a connection is for calls with streams of their own: each is an
/// ``Exchange``, unless its head is known and its answer there at once.
///
/// ``Exchange`` says why the hot properties are unchecked.
final class TrunkServer: Front, Pumped {
  /// A head that calls have, and what is known of it.
  private struct Lead {
    let head: HeadTemplate
    let known: (any KnownHead)?
  }

  let home: Home
  let serial = ConnectionNumber.next()
  let peer: String
  let source: String
  let certified: String?
  /// No service passes answers of another one on.
  var isCongested: Bool { false }
  let keepsRequests = false
  var trunk: TrunkServer?
  @exclusivity(unchecked) var isScheduled = false

  /// The request whose bodies the trunk is; nil once it is over.
  @exclusivity(unchecked) private var carrier: Exchange?
  @exclusivity(unchecked) private var reader = TrunkReader.ofCalls()
  @exclusivity(unchecked) private var writer = TrunkWriter()
  @exclusivity(unchecked) private var leads = [Lead?](repeating: nil, count: TrunkLimits.heads)
  /// The calls that are not answered, by their places.
  @exclusivity(unchecked) private var calls: [Exchange?] = []
  @exclusivity(unchecked) private var openCalls = 0
  /// Answers that are not all sent, by their calls' places, which they keep.
  private var answers: [Int: TrunkAnswer] = [:]
  /// What came and is not looked at, because the caller does not take its answers.
  private var held: [UInt8] = []
  @exclusivity(unchecked) private var isHeldBack = false
  /// Whether the connection has asked to wait.
  private var isFull = false
  /// How many calls were taken back of late.
  private var cancels: UInt64 = 0
  private var countedSince: NIODeadline
  /// The head of the last answers, which most others have too.
  @exclusivity(unchecked) private var latest: HeadTemplate?
  @exclusivity(unchecked) private var rendered = RenderedHead()
  private var isEnding = false

  /// Accepts a trunk over a request whose body is beginning.
  init(over carrier: Exchange, _ front: any Front) {
    self.carrier = carrier
    home = front.home
    peer = front.peer
    source = front.source
    certified = front.certified
    countedSince = home.now
    carrier.begin(OutgoingHead(TrunkHead.answer))
  }

  // MARK: - What the caller says

  /// Takes bytes of the request.
  ///
  /// They are given back when they were looked at, so what is held is bounded by the window.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    guard !isHeldBack, !isFull else {
      held.append(contentsOf: bytes)
      isHeldBack = true
      return
    }
    let used = read(bytes)
    guard used < bytes.count else { return }
    held.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[used...]))
    isHeldBack = true
  }

  /// Reads until there is nothing more, or much waits to be sent.
  private func read(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard carrier != nil else { return bytes.count }
    do throws(TrunkFault) {
      let used = try reader.read(bytes) { record, head throws(TrunkFault) in
        try take(record, head)
        return writer.count < TrunkLimits.window
      }
      carrier?.consume(used)
      return used
    } catch {
      let carrier = carrier
      cancel()
      carrier?.reset(.protocolError)
      return bytes.count
    }
  }

  /// Goes on after the connection had asked to wait.
  func drained() {
    isFull = false
    home.schedule(self)
  }

  /// No call follows.
  func end() {
    isEnding = true
    home.schedule(self)
  }

  /// Whether its stream is open.
  var isOpen: Bool { carrier != nil }

  /// Whether no call is open.
  var isIdle: Bool { openCalls == 0 && answers.isEmpty }

  /// How many bytes of answers wait until the caller takes more.
  var waiting: Int { answers.values.reduce(0) { $0 + $1.waiting } }

  /// Ends answers that nobody takes, and forgives what was taken back.
  func tick(_ now: NIODeadline, _ limits: ServerLimits) {
    let seconds = (now - countedSince).nanoseconds / 1_000_000_000
    if seconds > 0 {
      countedSince = now
      let forgiven = UInt64(seconds) * limits.connection.resetsPerSecond
      cancels -= min(cancels, forgiven)
    }
    let patience = TimeAmount(limits.answerTimeout)
    for answer in answers.values where answer.waiting > 0 && now - answer.credited > patience {
      let exchange = exchange(answer.call)
      if let exchange { forget(exchange.key) }
      reset(answer.call, .cancel)
      exchange?.cancel()
    }
  }

  /// The caller is gone.
  func cancel() {
    carrier = nil
    held = []
    let left = calls.compactMap(\.self)
    calls = []
    openCalls = 0
    let answers = answers
    self.answers = [:]
    for exchange in left { exchange.cancel() }
    for answer in answers.values { answer.gauge?.cancel() }
  }

  private func take(_ record: TrunkRecord, _ head: HeadTemplate?) throws(TrunkFault) {
    switch record.kind {
    case .head: break
    case .forget: for number in leads.indices { leads[number] = nil }
    case .call:
      guard let head else { throw .unknownHead }
      try begin(record, head)
    case .cancel:
      cancels += 1
      guard cancels <= home.limits.connection.resetBurst else { throw .tooManyCancels }
      drop(record.call)
      guard let exchange = exchange(record.call) else { return }
      forget(exchange.key)
      exchange.cancel()
    case .credit:
      guard record.number > 0 else { throw .badLength }
      guard let answer = answer(record.call) else { return }
      answer.credit(record.number, home.now)
      send(answer)
    case .answer, .begin, .piece, .end, .broken:
      throw .outOfPlace
    }
  }

  private func begin(_ record: TrunkRecord, _ head: HeadTemplate) throws(TrunkFault) {
    let slot = slot(record.call)
    while calls.count <= slot { calls.append(nil) }
    guard calls[slot] == nil, answers[slot] == nil else { throw .outOfPlace }
    let body = Array(record.body)
    let known = lead(record.head, head).known
    let hasRoom = answers.isEmpty || waiting < home.limits.bodies
    if hasRoom, let known, let answer = known.answer(to: body, trace: trace(record, head)) {
      return respond(record.call, answer)
    }
    // Nothing was done yet, so that nobody is left in doubt.
    guard hasRoom else { return refuse(record.call, head) }
    var list = record.withHead(head) { HeaderList($0) }
    if let trace = record.trace?.context { list.append(trace) }
    let key = StreamKey(id: Int32(bitPattern: record.call), slot: slot)
    let exchange = Exchange(key, list, front: self)
    calls[slot] = exchange
    openCalls += 1
    exchange.start(body: body)
  }

  /// Answers a call for which there is no room; it never had a place.
  private func refuse(_ call: UInt32, _ head: HeadTemplate) {
    let answer = StandardAnswers.overloaded
    let isHead = head.list.has(":method", "HEAD")
    respond(call, HeaderList(answer), isHead ? [] : answer.body)
  }

  /// The trace that a call goes on in, in whichever form it came.
  private func trace(_ record: TrunkRecord, _ head: HeadTemplate) -> TraceContext? {
    if let trace = record.trace { return trace.context }
    return record.withHead(head) { $0.trace }
  }

  private func lead(_ number: Int, _ head: HeadTemplate) -> Lead {
    if let lead = leads[number], lead.head === head { return lead }
    let lead = Lead(head: head, known: home.endpoint.known(RequestHead(head.list, from: self)))
    leads[number] = lead
    return lead
  }

  private func slot(_ call: UInt32) -> Int { Int(call) & (TrunkLimits.calls - 1) }

  /// The answer to a call that is not all sent.
  private func answer(_ call: UInt32) -> TrunkAnswer? {
    guard let answer = answers[slot(call)], answer.call == call else { return nil }
    return answer
  }

  /// Forgets what is not sent of an answer.
  private func drop(_ call: UInt32) {
    guard let answer = answer(call) else { return }
    answers[slot(call)] = nil
    answer.gauge?.cancel()
  }

  private func exchange(_ call: UInt32) -> Exchange? {
    let slot = slot(call)
    guard slot < calls.count, let exchange = calls[slot],
      exchange.key.id == Int32(bitPattern: call)
    else { return nil }
    return exchange
  }

  // MARK: - Towards the caller

  private func respond(_ call: UInt32, _ answer: PromptAnswer) {
    guard case .shared(let head, let body) = answer, let template = rendered.template(of: head)
    else {
      let answer = answer.answer
      return respond(call, HeaderList(answer), answer.body)
    }
    respond(call, OutgoingHead(template, length: body.count), body)
  }

  private func respond(_ call: UInt32, _ head: HeaderList, _ body: [UInt8]) {
    respond(call, shared(head), body)
  }

  /// A head in the form in which most of it has gone over the trunk before.
  private func shared(_ head: HeaderList) -> OutgoingHead {
    let (lasting, passing, length) = head.parts
    if latest?.list != lasting { latest = HeadTemplate(lasting) }
    let template = latest ?? HeadTemplate(lasting)
    return OutgoingHead(template, extra: passing.isEmpty ? nil : passing, length: length)
  }

  /// Sends a whole answer, or the beginning of one that is long.
  private func respond(_ call: UInt32, _ head: OutgoingHead, _ body: [UInt8]) {
    guard TrunkWriter.isShort(head) else {
      // The same each time it is asked for, so the caller is told and not left in doubt.
      let answer = StandardAnswers.badAnswer
      return respond(call, HeaderList(answer), answer.body)
    }
    home.schedule(self)
    guard body.count > TrunkLimits.window else {
      return writer.add(.answer, call, head, body: body)
    }
    writer.add(.begin, call, head, body: [])
    let answer = TrunkAnswer(to: call, at: home.now)
    answer.add(body)
    answer.isWhole = true
    answers[slot(call)] = answer
    send(answer)
  }

  /// Sends of an answer what the caller has room for.
  private func send(_ answer: TrunkAnswer) {
    home.schedule(self)
    while let piece = answer.nextPiece() { writer.add(piece: piece, of: answer.call) }
    if let exchange = exchange(answer.call) { exchange.gaugeMoved() }
    guard answer.isOver else { return }
    answers[slot(answer.call)] = nil
    writer.add(.end, answer.call)
  }

  private func reset(_ call: UInt32, _ code: ErrorCode) {
    drop(call)
    writer.add(.broken, call, number: Int(code.rawValue))
    home.schedule(self)
  }

  func pump() {
    guard let carrier else { return }
    if !writer.isEmpty, !carrier.write(writer.take()) { isFull = true }
    if isHeldBack, !isFull { goOn() }
    guard isEnding, isIdle, !isHeldBack, writer.isEmpty else { return }
    guard reader.isBetweenRecords else {
      cancel()
      return carrier.reset(.protocolError)
    }
    self.carrier = nil
    carrier.finish()
  }

  /// Looks at what was held back.
  private func goOn() {
    var bytes: [UInt8] = []
    swap(&bytes, &held)
    isHeldBack = false
    bytes.withUnsafeBytes { receive($0) }
    home.schedule(self)
  }

  // MARK: - Front

  func respond(_ key: StreamKey, _ head: HeaderList, body: [UInt8]) {
    respond(UInt32(bitPattern: key.id), head, body)
  }

  func respond(_ key: StreamKey, _ head: OutgoingHead, body: [UInt8]) {
    respond(UInt32(bitPattern: key.id), head, body)
  }

  func begin(_ key: StreamKey, _ head: HeaderList) {
    begin(key, shared(head))
  }

  func begin(_ key: StreamKey, _ head: OutgoingHead) {
    let call = UInt32(bitPattern: key.id)
    guard TrunkWriter.isShort(head) else { return reset(key, .internalError) }
    writer.add(.begin, call, head, body: [])
    answers[key.slot] = TrunkAnswer(to: call, at: home.now, gauge: exchange(call)?.gauge)
    home.schedule(self)
  }

  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool {
    guard let answer = answer(UInt32(bitPattern: key.id)) else { return true }
    answer.add(bytes)
    send(answer)
    return answer.waiting < home.limits.connection.streamBuffer
  }

  func finish(_ key: StreamKey) {
    guard let answer = answer(UInt32(bitPattern: key.id)) else { return }
    answer.isWhole = true
    send(answer)
  }

  func reset(_ key: StreamKey, _ code: ErrorCode) {
    let exchange = exchange(UInt32(bitPattern: key.id))
    forget(key)
    reset(UInt32(bitPattern: key.id), code)
    exchange?.cancel()
  }

  // The bodies of calls are whole and were given back when they were read.
  func consume(_ key: StreamKey, _ count: Int) {}

  func forget(_ key: StreamKey) {
    guard exchange(UInt32(bitPattern: key.id)) != nil else { return }
    calls[key.slot] = nil
    openCalls -= 1
    if isEnding { home.schedule(self) }
  }
}

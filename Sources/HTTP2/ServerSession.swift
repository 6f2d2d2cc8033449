internal import CNghttp2

/// The server's side of one HTTP/2 connection as a machine from bytes to events and bytes.
///
/// It does no I/O, starts no timer and holds no lock. The owner gives it what arrived with
/// ``receive(_:)``, takes the events with ``nextEvent()``, and moves what ``send(_:)`` hands out to
/// the socket. Events also come into being while sending, so take them after both. It may be
/// dropped at any time.
///
/// - Source: RFC 9113; nghttp2 1.52, "Programmers' Guide".
package struct ServerSession: ~Copyable {
  private let core: Core

  /// Begins a connection whose client preface has not been read.
  ///
  /// - Parameters:
  ///   - limits: What the peer may do.
  ///   - bodies: Says for each request how its body is handed over, streamed if there is none. It
  ///     is called while bytes are received, so it decides from the head and does nothing else.
  ///   - date: What each answer says of the time; nil if they say nothing.
  package init(
    limits: Limits,
    bodies: ((HeaderList) -> BodyHandling)? = nil,
    date: AnswerDate? = nil
  ) {
    core = Core(role: .server(bodies: bodies), limits: limits, date: date)
  }

  /// Takes bytes that arrived; their meaning waits in ``nextEvent()``.
  ///
  /// - Throws: ``SessionError`` if the connection cannot go on: send what is left, a GOAWAY, and
  ///   close it. Lesser breaches end one stream, or end the session through ``wantsRead``.
  package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(SessionError) {
    try core.receive(bytes)
  }

  /// Takes the oldest event that was not taken; nil if there is none.
  package mutating func nextEvent() -> SessionEvent? {
    core.takeEvent()
  }

  /// Takes what has waited longest, without a copy; an owner uses either this or ``nextEvent()``.
  package mutating func nextHappening() -> Happening? {
    core.takeHappening()
  }

  /// Takes the event of the ``Happening/other`` that was taken last.
  package mutating func takeOther() -> SessionEvent? {
    core.notices.takeOther()
  }

  /// Hands over the bytes to send now, piece by piece, each valid for its call only.
  ///
  /// - Parameter take: Keeps a piece, always, and answers whether to go on.
  /// - Throws: ``SessionError`` if nghttp2 has no memory.
  package mutating func send(_ take: (UnsafeRawBufferPointer) -> Bool) throws(SessionError) {
    try core.send(take)
  }

  /// Whether more bytes can mean anything.
  ///
  /// If neither this nor ``wantsWrite`` is true, close the connection.
  package var wantsRead: Bool {
    core.failure == nil && nghttp2_session_want_read(core.session) != 0
  }

  /// Whether something waits to be sent.
  package var wantsWrite: Bool { nghttp2_session_want_write(core.session) != 0 }

  /// The streams that the owner was told of and that are not closed, ascending.
  package var openStreams: [Int32] { core.openStreams }

  /// Answers a request as a whole.
  ///
  /// If the request is not whole when the answer was sent, the rest of it is cut off.
  ///
  /// - Returns: false if the stream is closed or was answered.
  @discardableResult
  package mutating func respond(_ stream: Int32, _ head: HeaderList, body: [UInt8]) -> Bool {
    core.respond(stream, head, body: body, isFinished: true)
  }

  /// Answers a request as a whole with a head that others share.
  ///
  /// - Returns: false if the stream is closed or was answered.
  @discardableResult
  package mutating func respond(_ stream: Int32, _ head: OutgoingHead, body: [UInt8]) -> Bool {
    core.respond(stream, head, body: body, isFinished: true)
  }

  /// Begins an answer with a head that others share; its body follows with `write` and `finish`.
  ///
  /// - Returns: false if the stream is closed or was answered.
  @discardableResult
  package mutating func respond(_ stream: Int32, _ head: OutgoingHead) -> Bool {
    core.respond(stream, head, body: [], isFinished: false)
  }

  /// Begins an answer whose body follows with `write` and `finish`.
  ///
  /// - Returns: false if the stream is closed or was answered.
  @discardableResult
  package mutating func respond(_ stream: Int32, _ head: HeaderList) -> Bool {
    core.respond(stream, head, body: [], isFinished: false)
  }

  /// Adds bytes to an answer that was begun.
  ///
  /// - Returns: false if the owner should write no more before ``SessionEvent/writable(stream:)``,
  ///   or if the stream is closed. The bytes of an open stream are kept in either case.
  @discardableResult
  package mutating func write(_ stream: Int32, _ bytes: [UInt8]) -> Bool {
    core.write(stream, bytes)
  }

  /// Ends an answer that was begun.
  package mutating func finish(_ stream: Int32, trailers: HeaderList? = nil) {
    core.finish(stream, trailers: trailers)
  }

  /// Returns how many bytes wait to be sent on a stream; 0 if it is closed.
  package func buffered(_ stream: Int32) -> Int {
    core.state(stream)?.buffered ?? 0
  }

  /// Gives back bytes of a streamed body that were used, so that the peer may send as many.
  ///
  /// More than was handed over counts as all of it; a closed stream gave all back by itself.
  package mutating func consume(_ stream: Int32, _ count: Int) {
    core.consume(stream, count)
  }

  /// Ends a stream at once; a closed one stays as it is.
  package mutating func reset(_ stream: Int32, _ code: ErrorCode) {
    core.reset(stream, code)
  }

  /// Asks the peer for a sign of life, answered by ``SessionEvent/pingAcknowledged(payload:)``.
  package mutating func ping(_ payload: UInt64) {
    core.ping(payload)
  }

  /// Tells the peer that the connection is about to end, while still taking new streams.
  ///
  /// One round trip later ``goAway(_:)`` follows.
  package mutating func shutdownNotice() {
    nghttp2_submit_shutdown_notice(core.session)
  }

  /// Takes no new streams from now on; those that are open go on to their end.
  package mutating func goAway(_ code: ErrorCode = .noError) {
    core.goAway(code)
  }

  /// Forgets so many of the peer's faults, as time passes.
  package mutating func forgive(_ count: Int) {
    core.faults = max(0, core.faults - count)
  }

  /// How many bytes of answers wait until the peer makes room for them.
  package var buffered: Int { core.states.reduce(0) { $0 + $1.buffered } }

  /// How many bytes of answers were sent since the beginning.
  package var taken: Int { core.taken }

  /// Ends the session: a GOAWAY waits to be sent, and nothing is read any more.
  package mutating func terminate(_ code: ErrorCode) {
    nghttp2_session_terminate_session(core.session, code.rawValue)
  }
}

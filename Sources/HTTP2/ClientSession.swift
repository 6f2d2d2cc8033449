internal import CNghttp2

/// The client's side of one HTTP/2 connection as a machine from bytes to events and bytes.
///
/// It is used like ``ServerSession``. Requests above the number of streams that the server takes
/// at once (100 until it said so) wait in the session. If the connection is lost, `openStreams`
/// are the requests whose outcome is unknown.
///
/// - Source: RFC 9113; nghttp2 1.52, "Programmers' Guide".
package struct ClientSession: ~Copyable {
  /// The first stream identifier at which a connection should be replaced; the last is 2^31 - 1.
  private static let lastComfortableStream: UInt32 = 0x7FFF_0000

  private let core: Core

  /// Begins a connection; the client preface waits to be sent.
  ///
  /// - Parameter limits: What the server may do.
  package init(limits: Limits) {
    core = Core(role: .client, limits: limits)
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

  /// The requests that have no end yet, sent or waiting, ascending.
  package var openStreams: [Int32] { core.openStreams }

  /// Whether the connection should be replaced because it has used up its stream identifiers.
  package var isExhausted: Bool {
    nghttp2_session_get_next_stream_id(core.session) >= Self.lastComfortableStream
  }

  /// Whether a new request can go out on this connection: no GOAWAY came or went.
  package var takesRequests: Bool {
    core.failure == nil && nghttp2_session_check_request_allowed(core.session) != 0
  }

  /// The number of streams that the server takes at once; 100 until it said so.
  package var peerConcurrentStreams: Int {
    Int(
      nghttp2_session_get_remote_settings(
        core.session,
        NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS
      )
    )
  }

  /// Asks with a whole body.
  ///
  /// - Parameters:
  ///   - head: The head with its pseudo-headers.
  ///   - body: The body; if it is empty the request ends with its head.
  ///   - answer: How the answer's body is handed over.
  /// - Returns: The stream; nil if ``takesRequests`` is false or identifiers ran out.
  package mutating func request(
    _ head: HeaderList,
    body: [UInt8],
    answer: BodyHandling
  ) -> Int32? {
    guard takesRequests else { return nil }
    return core.request(head, body: body, isFinished: true, answer: answer)
  }

  /// Begins a request whose body follows with `write` and `finish`.
  ///
  /// - Parameters:
  ///   - head: The head with its pseudo-headers.
  ///   - answer: How the answer's body is handed over.
  /// - Returns: The stream; nil if ``takesRequests`` is false or identifiers ran out.
  package mutating func request(_ head: HeaderList, answer: BodyHandling) -> Int32? {
    guard takesRequests else { return nil }
    return core.request(head, body: [], isFinished: false, answer: answer)
  }

  /// Asks with a head that others share; the answer is streamed.
  ///
  /// - Parameters:
  ///   - head: The head with its pseudo-headers.
  ///   - body: What there is of the body.
  ///   - isWhole: Whether that is all; else the rest follows with `write` and `finish`.
  /// - Returns: The stream; nil if ``takesRequests`` is false or identifiers ran out.
  package mutating func request(
    _ head: OutgoingHead,
    body: [UInt8],
    isWhole: Bool
  ) -> StreamKey? {
    guard takesRequests else { return nil }
    return core.request(head, body: body, isFinished: isWhole)
  }

  /// Adds bytes to a request that was begun.
  ///
  /// - Returns: false if the owner should write no more before ``SessionEvent/writable(stream:)``,
  ///   or if the stream is closed. The bytes of an open stream are kept in either case.
  @discardableResult
  package mutating func write(_ stream: Int32, _ bytes: [UInt8]) -> Bool {
    core.write(stream, bytes)
  }

  /// Ends a request that was begun.
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

  /// Makes no new requests from now on; those that are open go on to their end.
  package mutating func goAway(_ code: ErrorCode = .noError) {
    core.goAway(code)
  }

  /// Ends the session: a GOAWAY waits to be sent, and nothing is read any more.
  package mutating func terminate(_ code: ErrorCode) {
    nghttp2_session_terminate_session(core.session, code.rawValue)
  }

  /// Goes on with a later stream identifier, so that a test can come near the last one.
  mutating func skip(toStream stream: Int32) {
    nghttp2_session_set_next_stream_id(core.session, stream)
  }
}

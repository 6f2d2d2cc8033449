package import Connect

/// The head of a request at the door.
package struct RequestHead: Sendable {
  /// The HTTP method, for example `POST`.
  package var verb: String
  /// The path with its query, as it came.
  package var path: String
  /// The fields of the head.
  package var fields: any HeaderFields
  /// The address of the peer.
  package var peer: String
  /// The service that the peer's certificate names; nil if it had to show none.
  package var certified: String?

  package init(
    verb: String,
    path: String,
    fields: any HeaderFields,
    peer: String,
    certified: String? = nil
  ) {
    self.certified = certified
    self.verb = verb
    self.path = path
    self.fields = fields
    self.peer = peer
  }
}

/// Where a request goes from the door.
package enum Passage: Sendable {
  /// Nowhere: this is the answer.
  case answer(Answer)
  /// To the endpoint of the process itself, once the body is whole.
  case local
  /// To another service, without leaving the event loop.
  case forward(Forwarding)
  /// It is not known yet; the closure is told where to say it, from any thread.
  case later(@Sendable (@escaping @Sendable (Passage) -> Void) -> Void)
}

/// A request on its way to another service.
///
/// It goes on in a trace, whoever decided about it: in the caller's, if its `traceparent` is valid,
/// else in a new one; with a step of its own either way.
package struct Forwarding: Sendable {
  /// The service, for example `intake`.
  package var upstream: String
  /// Fields that are set towards the service; what the caller sent under these names is dropped.
  ///
  /// An empty value only drops.
  package var set: [Answer.Field]
  /// Fields that are added to the answer.
  package var answerFields: [Answer.Field]
  /// How many bytes the body may have; one more is answered 413.
  package var bodyLimit: Int
  /// Whether the answer may be long in coming or large: streams and files.
  ///
  /// Such requests have connections of their own.
  package var isLong: Bool
  /// How long the answer may take to begin, in milliseconds; nil for no limit.
  package var timeout: Int64?
  /// The type of the answer to a streaming call, so that refusals travel in its last envelope; nil
  /// for all others.
  package var stream: ContentType?
  /// What changes bodies on the way; nil if all pass as they are, piece by piece.
  package var transcoder: (any Transcoder)?
  /// Told once when the answer has gone or failed, with its status (0 if there was none).
  package var finished: (@Sendable (Int) -> Void)?
  /// Lets the next request in whose head is the same but for the passing fields; nil if each is
  /// decided anew.
  package var ticket: (any Ticket)?
  /// What may answer in the service's place; nil where each call goes on.
  ///
  /// Only for calls that the transcoder changes and whose answers it changes.
  package var cache: (any CallCache)?
  /// How long a stream may go on; nil for as long as both sides want.
  package var lease: (any Lease)?

  package init(
    upstream: String,
    set: [Answer.Field],
    answerFields: [Answer.Field] = [],
    bodyLimit: Int,
    isLong: Bool = false,
    timeout: Int64? = nil,
    stream: ContentType? = nil,
    transcoder: (any Transcoder)? = nil,
    finished: (@Sendable (Int) -> Void)? = nil,
    ticket: (any Ticket)? = nil,
    cache: (any CallCache)? = nil,
    lease: (any Lease)? = nil
  ) {
    self.upstream = upstream
    self.set = set
    self.answerFields = answerFields
    self.bodyLimit = bodyLimit
    self.isLong = isLong
    self.timeout = timeout
    self.stream = stream
    self.transcoder = transcoder
    self.finished = finished
    self.ticket = ticket
    self.cache = cache
    self.lease = lease
  }
}

/// What a door decided about a request, for those that come with the same head.
///
/// The passing fields, `content-length`, `idempotency-key`, `traceparent` and `tracestate`, may
/// differ; the first two go on as they are, the others as ``Forwarding`` says of traces.
package protocol Ticket: AnyObject, Sendable {
  /// Whether the decision still holds; then the request is counted and taken from its limits.
  ///
  /// Where it does not, the door is asked as if the head were new.
  func admitsAnother() -> Bool
}

/// How long the streams of a caller may go on.
package protocol Lease: AnyObject, Sendable {
  /// The last envelope of a stream whose caller may read no more; nil while it goes on.
  ///
  /// Asked on event loops every now and then; it must not block.
  func ending() -> [UInt8]?
}

/// Changes bodies between a caller's form and that of the services.
package protocol Transcoder: Sendable {
  /// Whether the request is changed; if not, it passes as it is, piece by piece.
  var changesRequest: Bool { get }
  /// The path towards the service, where the verb is then POST; nil if both are the caller's.
  ///
  /// Asked only of one that changes the request.
  var path: String? { get }
  /// The content type towards the service.
  var contentType: String { get }
  /// The body towards the service, of the caller's whole body; or the answer that refuses it.
  ///
  /// - Parameters:
  ///   - body: The body.
  ///   - encoding: How the head says that it is compressed.
  ///   - most: The longest message that is looked at, in bytes after decompression, wherever in the
  ///     request it is.
  /// - Returns: What became of it; ``Transcoded/longer`` only of a message longer than `most`.
  func request(_ body: [UInt8], encoding: String?, upTo most: Int) -> Transcoded
  /// Whether the service's whole answer to a unary call is changed; if not, it passes as it is.
  ///
  /// - Parameters:
  ///   - status: The service's status.
  ///   - length: The length of the body in bytes; nil if the service does not say it.
  /// - Returns: Whether ``answer(_:)`` is to be asked.
  func changesAnswer(status: Int, length: Int?) -> Bool
  /// The answer towards the caller, of the service's whole answer to a unary call.
  func answer(_ answer: Answer) -> Answer
  /// What a streamed answer says of its form towards the caller; nil if it passes as it is.
  var streamFields: [Answer.Field]? { get }
  /// One envelope of a streamed answer towards the caller: its flags and its payload.
  func envelope(_ flags: UInt8, _ payload: [UInt8]) -> (flags: UInt8, payload: [UInt8])
}

extension Transcoder {
  /// The body towards the service, however long the message is.
  package func request(_ body: [UInt8], encoding: String?) -> Transcoded {
    request(body, encoding: encoding, upTo: .max)
  }
}

/// What a transcoder makes of a request's body.
package enum Transcoded: Sendable {
  /// The body towards the service.
  case body([UInt8])
  /// The answer that refuses it.
  case refused(Answer)
  /// Nothing: the message is longer than was to be looked at.
  case longer
}

/// What decides at the head of each request.
///
/// Called on event loops; it must not block.
package protocol Door: Endpoint {
  /// Where a request goes.
  func passage(of head: RequestHead) -> Passage
}

extension Answer {
  /// The refusal of a streaming call: the error of this answer in the last envelope of a stream.
  ///
  /// - Source: Connect protocol, "Streaming-Response": the status is always 200.
  package func inLastEnvelope(of type: ContentType) -> Answer {
    let payload = Array(#"{"error":"#.utf8) + body + Array("}".utf8)
    return Answer(
      status: 200,
      fields: [Field("content-type", type.name)] + fields.filter { $0.name != "content-type" },
      body: Envelope(flags: .endOfStream, payload: payload).bytes
    )
  }
}

package import Kernel
internal import Synchronization

/// The fields of a request's head, looked up by lower-case name.
package protocol HeaderFields: Sendable {
  /// The first value under a name.
  func value(of name: StaticString) -> String?
}

/// A request whose body is whole.
package struct InboundRequest: Sendable {
  /// The HTTP method, for example `POST`.
  package var verb: String
  /// The path with its query, as it came.
  package var path: String
  /// The fields of the head.
  package var fields: any HeaderFields
  /// The body, not yet decompressed.
  package var body: [UInt8]
  /// The address of the peer, for the count of refusals.
  package var peer: String
  /// The service that the peer's certificate names; nil if it had to show none.
  package var certified: String?

  package init(
    verb: String,
    path: String,
    fields: any HeaderFields,
    body: [UInt8],
    peer: String,
    certified: String? = nil
  ) {
    self.certified = certified
    self.verb = verb
    self.path = path
    self.fields = fields
    self.body = body
    self.peer = peer
  }
}

/// A whole answer.
package struct Answer: Sendable, Hashable {
  /// A field of the head; the name is in lower case.
  package struct Field: Sendable, Hashable {
    package var name: String
    package var value: String
    /// Whether the value is another one with each answer, so that no table of fields keeps it.
    package var isPassing: Bool

    package init(_ name: String, _ value: String, isPassing: Bool = false) {
      self.name = name
      self.value = value
      self.isPassing = isPassing
    }
  }

  /// The HTTP status.
  package var status: Int
  /// The fields of the head without `:status` and `content-length`.
  package var fields: [Field]
  /// The body.
  package var body: [UInt8]
  /// The length that `content-length` says in the place of the body's own; nil for the body's.
  ///
  /// Only the answer to a HEAD has one: its body is empty and its length is that of the GET.
  package var saidLength: Int?

  package init(status: Int, fields: [Field] = [], body: [UInt8] = []) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// The answer to a HEAD: without the body, whose length it keeps saying, also if it has none any
  /// more.
  package var withoutBody: Self {
    var answer = self
    answer.saidLength = saidLength ?? body.count
    answer.body = []
    return answer
  }

  /// The first value of a field; nil if there is none.
  package func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// The head of many answers, with room for what a host makes of it for the wire.
package final class AnswerHead: Sendable {
  /// The HTTP status.
  package let status: Int
  /// The fields of the head without `:status` and `content-length`.
  package let fields: [Answer.Field]
  private let rendered = Mutex<(any AnyObject & Sendable)?>(nil)

  package init(status: Int, fields: [Answer.Field]) {
    self.status = status
    self.fields = fields
  }

  /// What a host has made of the head; made the first time that it is asked for.
  package func rendered(
    _ render: (AnswerHead) -> any AnyObject & Sendable
  ) -> any AnyObject & Sendable {
    rendered.withLock { known in
      if let known { return known }
      let new = render(self)
      known = new
      return new
    }
  }
}

/// An answer that was given at once.
package enum PromptAnswer: Sendable {
  /// A success with a head that others have too.
  case shared(AnswerHead, body: [UInt8])
  /// Any other.
  case own(Answer)

  /// The HTTP status.
  package var status: Int {
    switch self {
    case .shared(let head, _): head.status
    case .own(let answer): answer.status
    }
  }

  /// The same as an answer of its own.
  package var answer: Answer {
    switch self {
    case .shared(let head, let body):
      Answer(status: head.status, fields: head.fields, body: body)
    case .own(let answer): answer
    }
  }
}

/// What an endpoint knows of all requests whose heads are the same but for the passing fields:
/// `content-length`, `idempotency-key`, `traceparent` and `tracestate`.
///
/// A server keeps some of them on each event loop and asks them on that loop.
package protocol KnownHead: AnyObject, Sendable {
  /// The answer to a request with this head and body; nil if the request is to be dispatched.
  ///
  /// The trace is what the passing field `traceparent` says; nil if there is none or it is invalid.
  func answer(to body: [UInt8], trace: TraceContext?) -> PromptAnswer?
}

/// Where an answer goes.
///
/// Called from any thread.
package protocol Reply: AnyObject, Sendable {
  /// Sends the whole answer.
  func send(_ answer: Answer)
  /// Begins an answer that is written piece by piece.
  func begin(status: Int, fields: [Answer.Field])
  /// Writes a piece.
  func write(_ bytes: [UInt8])
  /// Ends what was begun.
  func finish()
  /// Whether nobody listens any more: the stream was reset or the connection is gone.
  var isCancelled: Bool { get }
  /// Calls once when nobody listens any more, at once if it is so already.
  ///
  /// Whoever asks last is told.
  func whenCancelled(_ tell: @escaping @Sendable () -> Void)
  /// How many bytes were written and not yet taken by the peer.
  var backlog: Int { get }
  /// Calls once when the backlog is small, at once if it is, or when nobody listens any more.
  func whenDrained(_ resume: @escaping @Sendable () -> Void)
}

/// Takes the body of one request piece by piece.
///
/// Called from one thread at a time.
package protocol BodySink: AnyObject, Sendable {
  /// Takes a piece; the next one comes after `resume` was called, from any thread.
  func receive(_ bytes: [UInt8], resume: @escaping @Sendable () -> Void)
  /// The body is whole; the answer may follow.
  func end()
  /// The rest will never come.
  func abort()
}

/// What a server serves.
package protocol Endpoint: Sendable {
  /// Answers a request, now or later, on this or another thread.
  func dispatch(_ request: InboundRequest, to reply: any Reply)
  /// What can be known of requests from their head alone; nil if they are all dispatched.
  func known(_ head: RequestHead) -> (any KnownHead)?
}

extension Endpoint {
  package func known(_ head: RequestHead) -> (any KnownHead)? { nil }
}

/// What a server serves when some bodies are too large to be held in memory.
package protocol StreamingEndpoint: Endpoint {
  /// Who takes the body of a request with this head piece by piece and answers it, or nil if it is
  /// to be collected and dispatched.
  func sink(for head: RequestHead, to reply: any Reply) -> (any BodySink)?
}

internal import Connect
internal import Messages
internal import Service

/// The form in which a caller makes a call and wants its answer.
struct CallForm: Sendable {
  /// What is special about a call by GET or HEAD.
  struct Get: Sendable {
    let query: GetQuery
    let isHead: Bool
    /// The entity tags that the caller has.
    let ifNoneMatch: String?
    /// Whether the answer is the same for everybody, because the caller showed nothing.
    let isShared: Bool
  }

  /// The codec, and whether the answer is a stream.
  let type: ContentType
  /// How the request is compressed, as the header says; for a GET the query says it.
  let hasCodedRequest: Bool
  /// How the answer may be compressed.
  let answerCoding: ContentCoding
  /// Nil for a POST.
  let get: Get?

  /// Reads the head of a request whose codec is known.
  init(_ type: ContentType, _ head: RequestHead) {
    self.type = type
    let fields = head.fields
    let sent = fields.value(
      of: type.isStreaming ? "connect-content-encoding" : "content-encoding"
    )
    hasCodedRequest = sent.map { $0 != ContentCoding.identity.name } ?? false
    let accepted = fields.value(
      of: type.isStreaming ? "connect-accept-encoding" : "accept-encoding"
    )
    answerCoding = ContentCoding.chosen(forAcceptEncoding: accepted?.utf8)
    guard head.isGet else {
      get = nil
      return
    }
    get = Get(
      query: GetQuery(path: head.path),
      isHead: head.verb == "HEAD",
      ifNoneMatch: fields.value(of: "if-none-match"),
      isShared: fields.value(of: "authorization") == nil
        && fields.value(of: "onedoor-portal-key") == nil
    )
  }
}

extension RequestHead {
  /// Whether the request only asks.
  var isGet: Bool { verb == "GET" || verb == "HEAD" }
}

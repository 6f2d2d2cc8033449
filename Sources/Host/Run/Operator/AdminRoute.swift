internal import Kernel
internal import Messages
internal import Service

/// What an operator may ask of a running service besides how it does.
///
/// Each is a request to a path under `/admin/` of the inner port, and one line in ``all``.
struct AdminRoute: Sendable {
  /// The HTTP method.
  let verb: String
  /// The path, without a query.
  let path: String
  /// Answers a request that was let in, on any thread but an event loop's if that takes time.
  let answer: @Sendable (AdminRequest) -> Void

  init(_ verb: String, _ path: String, _ answer: @escaping @Sendable (AdminRequest) -> Void) {
    self.verb = verb
    self.path = path
    self.answer = answer
  }

  /// All of them.
  static let all: [Self] = [
    Self("POST", "/admin/backup") { $0.backup() },
    Self("POST", "/admin/hold") { $0.hold() },
    Self("POST", "/admin/release") { $0.release() },
    Self("POST", "/admin/clock") { $0.clock() },
    Self("POST", "/admin/facts") { $0.facts() },
    Self("POST", "/admin/places") { $0.places() },
    Self("POST", "/admin/verify") { $0.verify() },
  ]

  /// Answers a request, if its path is one of these and whoever asks may do so.
  ///
  /// - Returns: Whether the path is one of these.
  static func answer(_ request: AdminRequest) -> Bool {
    guard let route = all.first(where: { $0.verb == request.verb && $0.path == request.path })
    else { return false }
    if request.isAllowed {
      route.answer(request)
    } else {
      request.reply.send(
        .text(403, "the operator's certificate or a pass by the service's own key is needed\n")
      )
    }
    return true
  }
}

/// A request to a path under `/admin/`.
struct AdminRequest: Sendable {
  let request: InboundRequest
  /// What the path has before its query.
  let path: String
  /// What comes behind the path's question mark.
  let query: String
  let parts: RunningParts
  /// What the service keeps beside its store; nil if nothing.
  let files: KeptFiles?
  let reply: any Reply

  var verb: String { request.verb }

  /// The body as text, without line ends behind it.
  var text: String {
    let body = String(decoding: request.body, as: UTF8.self)
    return String(body.reversed().drop { $0.isNewline }.reversed())
  }

  /// Whether whoever asks may do so: by the operator's certificate, or by an operator's pass that
  /// the service's own key has signed, for who can read that key.
  ///
  /// The pass by which the service calls its neighbours is not enough: they see it, and in
  /// plaintext whoever listens.
  var isAllowed: Bool {
    if request.certified == Keyring.operatorName { return true }
    let engine = parts.engine
    guard let header = request.fields.value(of: "onedoor-pass"),
      let pass = try? engine.keyring.pass(of: header, now: engine.surroundings.realNow())
    else { return false }
    let isOwn = pass.issuer == engine.definition.name && pass.isOperators
    // A pass does not count over a connection that another's certificate has opened.
    return isOwn && (request.certified ?? pass.issuer) == pass.issuer
  }
}

internal import Connect
internal import Messages
internal import Service

/// What a request is about, known from its head alone.
struct Target: Sendable {
  /// What is reached.
  enum Aim: Sendable {
    /// A method, called in this form.
    case method(Route, CallForm)
    /// A material with this digest.
    case material(String)
  }

  let aim: Aim
  /// The roles that may do it.
  let roles: Set<AccessV1.Role>
  /// The name under which it is counted.
  let name: String

  /// Whether it is a call whose answer is a stream, so that refusals travel in its last envelope.
  var stream: ContentType? {
    guard case .method(let route, let form) = aim, route.isStream else { return nil }
    return form.type
  }
}

extension Target {
  /// A call of a method.
  fileprivate init(_ route: Route, _ form: CallForm) {
    self.init(aim: .method(route, form), roles: route.roles, name: route.method.name)
  }
}

extension Routes {
  /// What a request is about; or the bare answer to what is no call at all.
  ///
  /// - Source: wire.md 1: 404, 405 with `Allow`, 415 with `Accept-Post`, 501.
  func target(of head: RequestHead) -> Result<Target, NoTarget> {
    switch destination(of: head.path) {
    case .nowhere: .failure(.answer(Answer(status: 404)))
    case .unimplemented: .failure(.refused(.unimplemented(String(head.path.prefix { $0 != "?" }))))
    case .material(let digest): material(digest, head.verb)
    case .method(let route): method(route, head)
    }
  }

  private func material(_ digest: String, _ verb: String) -> Result<Target, NoTarget> {
    guard let roles = MaterialsAccess.roles(for: verb) else {
      return .failure(.answer(.wrongVerb(allow: MaterialsAccess.allow)))
    }
    return .success(
      Target(aim: .material(digest), roles: roles, name: "\(verb) \(MaterialsAccess.prefix)")
    )
  }

  private func method(_ route: Route, _ head: RequestHead) -> Result<Target, NoTarget> {
    if head.isGet, route.method.isGettable { return get(route, head) }
    guard head.verb == "POST" else {
      let allow = route.method.isGettable ? "GET, HEAD, POST" : "POST"
      return .failure(.answer(.wrongVerb(allow: allow)))
    }
    let header = head.fields.value(of: "content-type") ?? ""
    guard let type = ContentType(header: header.utf8), type.isStreaming == route.isStream else {
      let accepted = ContentType.acceptPost(isStreaming: route.isStream)
      let answer = Answer(status: 415, fields: [.init("accept-post", accepted)])
      return .failure(.answer(answer))
    }
    return .success(Target(route, CallForm(type, head)))
  }

  /// A call by GET; a query that is not complete is refused later, like any wrong header.
  private func get(_ route: Route, _ head: RequestHead) -> Result<Target, NoTarget> {
    let encoding = GetQuery(path: head.path).encoding
    guard let codec = encoding.map({ Codec(name: $0) }) ?? .json else {
      return .failure(.answer(Answer(status: 415)))
    }
    return .success(Target(route, CallForm(ContentType(codec), head)))
  }
}

/// Why a request is about nothing that is served.
enum NoTarget: Error, Sendable {
  /// With an answer without a body of ours.
  case answer(Answer)
  /// With an error of the Connect protocol.
  case refused(GatewayRefusal)
}

extension Answer {
  fileprivate static func wrongVerb(allow: String) -> Answer {
    Answer(status: 405, fields: [Field("allow", allow)])
  }
}

/// Emits an OpenAPI 3.1 description of what the gateway offers.
///
/// It describes the JSON form of the Connect protocol: a call is a POST of a JSON object to
/// `/package.Service/Method`.
struct OpenAPIEmitter {
  let types: Types
  /// The files whose services are offered.
  let files: [FileModel]

  /// The document.
  func document() -> String {
    let offered = files.flatMap(\.services).map { service in
      (service: service, methods: service.methods.filter { $0.isOffered(types) })
    }.filter { !$0.methods.isEmpty }
    let roots = offered.flatMap(\.methods).flatMap { [$0.input, $0.output] }
    let schemas = SchemaEmitter(types: types)
    let named = schemas.reachable(from: roots).map { ($0, schemas.schema($0)) }
    let paths = offered.flatMap { offer in
      offer.methods.map { ("/\(offer.service.fullName)/\($0.name)", path($0, offer.service)) }
    }
    return JSONText.object([
      ("openapi", .text("3.1.0")),
      ("info", Self.info),
      ("servers", .list([.object([("url", .text("/"))])])),
      ("tags", .list(offered.map { tag($0.service) })),
      ("paths", .object(paths + [Self.materials])),
      ("components", Self.components(schemas: named + [("connect.Error", Self.error)])),
    ]).lines(depth: 3) + "\n"
  }

  private func tag(_ service: ServiceModel) -> JSONText {
    .object([
      ("name", .text(service.name)),
      ("description", .text(SchemaEmitter.prose(service.comment))),
    ])
  }

  private func path(_ method: ServiceModel.Method, _ service: ServiceModel) -> JSONText {
    var verbs = [("post", post(method, service))]
    if method.access?.get == true, method.hasNoSideEffects, !method.isStream {
      verbs.insert(("get", get(method, service)), at: 0)
    }
    return .object(verbs)
  }

  private func post(_ method: ServiceModel.Method, _ service: ServiceModel) -> JSONText {
    let type = method.isStream ? "application/connect+json" : "application/json"
    var parameters = ["Hall", "Timeout", "Version"]
    if method.kind == "write" { parameters.insert("IdempotencyKey", at: 0) }
    return .object(
      common(method, service, id: "\(service.name)_\(method.name)") + [
        ("parameters", .list(parameters.map(Self.parameter))),
        (
          "requestBody",
          .object([
            ("required", .flag(true)),
            ("content", .object([(type, .object([("schema", Self.schema(of: method.input))]))])),
          ])
        ),
        ("responses", responses(method, type: type)),
      ]
    )
  }

  private func get(_ method: ServiceModel.Method, _ service: ServiceModel) -> JSONText {
    let names = ["Connect", "Encoding", "Message", "Base64", "Compression", "Hall", "Timeout"]
    return .object(
      common(method, service, id: "\(service.name)_\(method.name)_get") + [
        ("parameters", .list(names.map(Self.parameter))),
        ("responses", responses(method, type: "application/json")),
      ]
    )
  }

  private func common(
    _ method: ServiceModel.Method,
    _ service: ServiceModel,
    id: String
  ) -> [(String, JSONText)] {
    let roles = method.roleNames(types)
    let keys = ["bearer", "portalKey"].map { JSONText.object([($0, .list([]))]) }
    var text = SchemaEmitter.prose(method.comment)
    if method.isStream {
      text += "\n\nA stream: request and answer are envelopes of the Connect protocol (a byte of"
      text += " flags, four bytes of length, the JSON of one message)."
    }
    return [
      ("operationId", .text(id)),
      ("tags", .texts([service.name])),
      ("description", .text(text)),
      ("x-onedoor-roles", .texts(roles)),
      ("security", .list((roles.contains("public") ? [.object([])] : []) + keys)),
    ]
  }

  private func responses(_ method: ServiceModel.Method, type: String) -> JSONText {
    let schema = JSONText.object([("schema", Self.schema(of: method.output))])
    let what = method.isStream ? "The messages, each in its envelope." : "The answer."
    return .object([
      (
        "200",
        .object([("description", .text(what)), ("content", .object([(type, schema)]))])
      ),
      ("default", .object([("$ref", .text("#/components/responses/Error"))])),
    ])
  }

  private static func schema(of fullName: String) -> JSONText {
    WellKnownSchema.of(fullName).map { .object($0) } ?? SchemaEmitter.reference(fullName)
  }

  private static func parameter(_ name: String) -> JSONText {
    .object([("$ref", .text("#/components/parameters/\(name)"))])
  }
}

extension ServiceModel.Method {
  /// The roles of people and systems that may call the method, as tokens name them.
  func roleNames(_ types: Types) -> [String] {
    let values = types.enums["onedoor.access.v1.Role"]?.values ?? []
    return (access?.roles ?? []).compactMap { number in
      values.first { $0.number == number }?.name
    }
    .map { String($0.dropFirst("ROLE_".count)).lowercased() }
    .filter { $0 != "service" && $0 != "unspecified" }
  }

  /// Whether anybody but a service may call the method.
  func isOffered(_ types: Types) -> Bool { !roleNames(types).isEmpty }
}

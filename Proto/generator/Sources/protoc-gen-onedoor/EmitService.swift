/// Emits the descriptors, the handler protocol and the client of a service.
struct ServiceEmitter {
  let types: Types
  let namespace: String
  let service: ServiceModel
  private var topName: String { types.topName(service.fullName) }

  func emit(to out: inout Writer) {
    emitDescriptors(to: &out)
    out.line()
    emitHandlers(to: &out)
    out.line()
    emitRegistration(to: &out)
    out.line()
    emitClient(to: &out)
  }

  private func generics(_ method: ServiceModel.Method) -> String {
    "<\(types.swiftName(method.input)), \(types.swiftName(method.output))>"
  }

  private func emitDescriptors(to out: inout Writer) {
    out.block("extension \(namespace)") { out in
      out.doc(service.comment, or: "The service `\(service.fullName)`.", service.isDeprecated)
      out.block("package enum \(types.serviceName(service.fullName))") { out in
        for name in service.leftOut {
          out.line("// `\(name)` takes a stream, which is not offered.")
        }
        out.line("/// `\(service.fullName)`.")
        out.line("package static let name = \"\(service.fullName)\"")
        for method in service.methods {
          out.line()
          out.doc(method.comment, or: "The method `\(method.name)`.", method.isDeprecated)
          let name = method.function
          out.line("package static let \(name) = Messages.Method\(generics(method))(")
          out.indented { out in
            out.line("service: \"\(service.fullName)\",")
            out.line("name: \"\(method.name)\",")
            out.line("kind: .\(method.kind),")
            out.line("hasNoSideEffects: \(method.hasNoSideEffects),")
            out.line("access: \(access(method.access))")
          }
          out.line(")")
        }
        out.line()
        out.line("/// All methods, in the order of the contract.")
        out.line("package static let methods: [Messages.MethodInfo] = [")
        for method in service.methods { out.line("  \(method.function).info,") }
        out.line("]")
      }
    }
  }

  private func access(_ rule: AccessRule?) -> String {
    guard let rule else { return "nil" }
    let values = types.enums["onedoor.access.v1.Role"]?.values ?? []
    let roles = rule.roles.map { number in
      values.first { $0.number == number }
        .map { "." + Names.enumCase($0.name, prefix: "ROLE_") } ?? ".unrecognized(\(number))"
    }
    var parts = ["roles: [\(roles.joined(separator: ", "))]"]
    if rule.own { parts.append("own: true") }
    if rule.get { parts.append("get: true") }
    if rule.route { parts.append("route: true") }
    return "AccessV1.Access(\(parts.joined(separator: ", ")))"
  }

  /// The contexts that the service's methods need, in a fixed order.
  private var contexts: [String] {
    let kinds = Set(service.methods.map(\.kind))
    var contexts: [String] = []
    if kinds.contains("read") || kinds.contains("stream") { contexts.append("Reading") }
    if kinds.contains("write") { contexts.append("Writing") }
    if kinds.contains("route") { contexts.append("Routing") }
    return contexts
  }

  private func emitHandlers(to out: inout Writer) {
    out.line("/// What a service must implement to offer `\(service.fullName)`.")
    out.block("package protocol \(topName)Handlers: Sendable") { out in
      let docs = [
        "Reading": "What a read sees: a snapshot and the call.",
        "Writing": "What a write works in: a transaction and the call.",
        "Routing": "What a route works in: the call.",
      ]
      for context in contexts {
        out.line("/// \(docs[context] ?? "")")
        out.line("associatedtype \(context)")
      }
      for method in service.methods {
        out.line()
        out.doc(method.comment, or: "The method `\(method.name)`.", method.isDeprecated)
        let name = method.function
        let input = types.swiftName(method.input)
        let output = types.swiftName(method.output)
        out.line("func \(name)(")
        out.line("  _ request: \(input),")
        switch method.kind {
        case "stream":
          out.line("  after position: Int64?,")
          out.line("  limit: Int,")
          out.line("  _ call: Reading")
          out.line(") throws -> StreamPage<\(output)>")
        case "route":
          out.line("  _ call: Routing")
          out.line(") async throws -> \(output)")
        case "read":
          out.line("  _ call: Reading")
          out.line(") throws -> \(output)")
        default:
          out.line("  _ call: Writing")
          out.line(") throws -> \(output)")
        }
      }
    }
  }

  private func emitRegistration(to out: inout Writer) {
    out.block("extension \(topName)Handlers") { out in
      out.line("/// Registers every method of the service.")
      out.line("package func register<R: HandlerRegistry>(in registry: inout R)")
      let clauses = contexts.map { "R.\($0) == \($0)" }.joined(separator: ", ")
      out.block(clauses.isEmpty ? "" : "where \(clauses)") { out in
        for method in service.methods {
          let path = "\(namespace).\(types.serviceName(service.fullName)).\(method.function)"
          let name = method.function
          switch method.kind {
          case "stream":
            out.line("registry.stream(\(path)) { request, position, limit, call in")
            out.line("  try self.\(name)(request, after: position, limit: limit, call)")
          case "route":
            out.line("registry.route(\(path)) { request, call in")
            out.line("  try await self.\(name)(request, call)")
          default:
            out.line("registry.\(method.kind)(\(path)) { request, call in")
            out.line("  try self.\(name)(request, call)")
          }
          out.line("}")
        }
      }
    }
  }

  private func emitClient(to out: inout Writer) {
    out.line("/// Calls `\(service.fullName)`.")
    out.block("package struct \(topName)Client<C: Caller>: Sendable") { out in
      out.line("/// Carries the calls.")
      out.line("package let caller: C")
      out.line()
      out.line("/// A client whose calls `caller` carries.")
      out.line("package init(_ caller: C) { self.caller = caller }")
      for method in service.methods {
        let path = "\(namespace).\(types.serviceName(service.fullName)).\(method.function)"
        let input = types.swiftName(method.input)
        let output = types.swiftName(method.output)
        out.line()
        out.doc(method.comment, or: "The method `\(method.name)`.", method.isDeprecated)
        out.line("package func \(method.function)(")
        out.line("  _ request: \(input),")
        out.line("  _ options: CallOptions = CallOptions()")
        if method.isStream {
          out.block(") -> AsyncThrowingStream<\(output), any Error>") { out in
            out.line("self.caller.stream(\(path), request, options)")
          }
        } else {
          out.block(") async throws -> \(output)") { out in
            out.line("try await self.caller.unary(\(path), request, options)")
          }
        }
      }
    }
  }
}

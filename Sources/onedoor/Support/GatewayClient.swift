internal import Connect
internal import HTTP2
internal import Host
internal import Messages

/// Calls the gateway as an outside client does: JSON over the Connect protocol.
struct GatewayClient: Sendable {
  let address: Address
  /// Fields that say who calls.
  let fields: [(String, String)]
  /// The TLS of the connection; nil for plaintext.
  var secured: Secured?

  /// How long a unary call may take.
  private static let deadline = Duration.seconds(30)

  /// The method of a name such as `IntakeService/ListApplications` or of a whole path.
  static func method(_ name: String) throws -> MethodInfo {
    let wanted = name.hasPrefix("/") ? String(name.dropFirst()) : name
    let found = Contract.methods.filter { method in
      method.path.dropFirst() == wanted || method.path.hasSuffix(".\(wanted)")
    }
    guard let method = found.first else {
      throw Failure(.notFound, "the contract has no method \(name)")
    }
    return method
  }

  /// Makes a unary call.
  ///
  /// - Returns: The answer's JSON.
  /// - Throws: ``Failure``.
  func unary(_ method: MethodInfo, _ json: [UInt8], key: String?) async throws -> [UInt8] {
    try await connected { connection in
      var head = head(method, key)
      head.append("content-type", "application/json")
      let answer = try await connection.send(head, body: json, deadline: Self.deadline)
      guard answer.status == 200 else { throw Self.failure(answer.status, answer.body) }
      return answer.body
    }
  }

  /// Makes a call that is answered by a stream.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - json: The request.
  ///   - each: Told the JSON of each message.
  /// - Throws: ``Failure``.
  func stream(
    _ method: MethodInfo,
    _ json: [UInt8],
    each: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    try await connected { connection in
      var head = head(method, nil)
      head.append("content-type", "application/connect+json")
      let stream = try await connection.open(head, body: Envelope(payload: json).bytes)
      guard stream.status == 200 else {
        var body: [UInt8] = []
        while let piece = try await stream.next() { body += piece }
        throw Self.failure(stream.status, body)
      }
      var reader = EnvelopeReader(limit: 64 << 20)
      while let piece = try await stream.next() {
        reader.append(piece)
        while let envelope = try reader.next() {
          guard envelope.flags.contains(.endOfStream) else {
            try await each(envelope.payload)
            continue
          }
          return try Self.end(envelope.payload)
        }
      }
      throw Failure(.unavailable, "the stream broke off")
    }
  }

  /// Asks for a page by GET, for example `/readyz`.
  func get(_ path: String) async throws -> ClientAnswer {
    try await connected { connection in
      try await connection.send(
        HeaderList(call: path, to: address, verb: "GET", isSecured: secured != nil),
        deadline: .seconds(5)
      )
    }
  }

  /// The head of a POST to a path of an inner port.
  func operatorHead(_ path: String) -> HeaderList {
    var head = HeaderList(call: path, to: address, isSecured: secured != nil)
    for (name, value) in fields { head.append(name: name, value: value, isSensitive: true) }
    return head
  }

  /// Sends a body by POST to a path of an inner port.
  func post(
    _ path: String,
    _ body: [UInt8],
    deadline: Duration? = nil
  ) async throws -> ClientAnswer {
    try await connected { connection in
      try await connection.send(operatorHead(path), body: body, deadline: deadline)
    }
  }

  /// Sends a body by POST to a path of an inner port and hands over the answer line by line.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - body: The body.
  ///   - deadline: How long the whole answer may take; nil is for ever.
  ///   - each: Told each line as it comes.
  /// - Throws: ``Failure``, also for an answer of another status than 200; `tryAgain` if the
  ///   deadline passed.
  func lines(
    _ path: String,
    _ body: [UInt8] = [],
    deadline: Duration? = nil,
    each: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    try await connected { connection in
      let stream = try await connection.open(operatorHead(path), body: body, deadline: deadline)
      var rest: [UInt8] = []
      while let piece = try await stream.next() {
        rest += piece
        guard stream.status == 200 else { continue }
        while let end = rest.firstIndex(of: 0x0A) {
          try await each(Array(rest[..<end]))
          rest.removeFirst(end + 1)
        }
      }
      guard stream.status == 200 else { throw Failure(operatorAnswer: stream.status, rest) }
    }
  }

  private func head(_ method: MethodInfo, _ key: String?) -> HeaderList {
    var head = HeaderList(call: method.path, to: address, isSecured: secured != nil)
    for (name, value) in fields { head.append(name: name, value: value, isSensitive: true) }
    if let key { head.append("idempotency-key", key) }
    return head
  }

  /// Runs `body` with a connection of its own.
  private func connected<Result: Sendable>(
    _ body: @Sendable (ClientConnection) async throws -> Result
  ) async throws -> Result {
    let loops = Loops()
    do {
      let connection = try await ClientConnection.connect(
        to: address,
        on: loops,
        secured: secured
      )
      let result = try await body(connection)
      await connection.close()
      await loops.stop()
      return result
    } catch ClientError.deadlinePassed {
      await loops.stop()
      throw Failure(.tryAgain, "\(address): did not answer in time")
    } catch let error as ClientError {
      await loops.stop()
      throw Failure(.unavailable, "\(address): \(error)")
    } catch {
      await loops.stop()
      throw error
    }
  }

  /// What a JSON error says: `{"code": .., "message": .., "details": [..]}`.
  private static func failure(_ status: Int, _ body: [UInt8]) -> Failure {
    let text = String(decoding: body, as: UTF8.self)
    guard case .object(let members) = try? JSONParser.parse(body),
      case .string(let name)? = members.first(where: { $0.key == "code" })?.value,
      let code = Code(name: name)
    else {
      return Failure(answer: Code(inferredFromHTTPStatus: status), "\(status) \(text)")
    }
    return Failure(answer: code, text)
  }

  private static func end(_ payload: [UInt8]) throws {
    guard case .object(let members) = try? JSONParser.parse(payload),
      case .object(let error)? = members.first(where: { $0.key == "error" })?.value
    else { return }
    let code: Code? =
      if case .string(let name)? = error.first(where: { $0.key == "code" })?.value {
        Code(name: name)
      } else { nil }
    throw Failure(answer: code ?? .unknown, String(decoding: payload, as: UTF8.self))
  }
}

extension GatewayClient {
  /// A client of a service's inner port.
  ///
  /// - Throws: ``Failure`` if the certificates that it needs are not there.
  init(
    inner service: String,
    _ configuration: Configuration,
    fields: [(String, String)] = []
  ) throws {
    do {
      let secured = try HouseSecurity.secured(service, configuration)
      self.init(address: configuration.address(service), fields: fields, secured: secured)
    } catch {
      throw Failure(.configuration, "certificates: \(error)")
    }
  }
}

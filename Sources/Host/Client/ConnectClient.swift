package import Connect
package import HTTP2
package import Messages
internal import Synchronization

/// A client of the Connect protocol over one connection: unary calls and streamed answers.
///
/// What fails is a ``CallFailure`` with a code of the protocol, whether the server said it, a proxy
/// on the way, or the connection. A cancelled task breaks its call off, which the server's handler
/// notices.
///
/// - Source: the Connect protocol.
package struct ConnectClient: Caller {
  /// The answer to a unary call.
  package struct Answer<Response: Sendable>: Sendable {
    /// The message.
    package var message: Response
    /// The head.
    package var headers: HeaderList
    /// The metadata behind the message.
    package var trailers: [EndOfStream.Metadata]
  }

  private let connection: ClientConnection
  private let address: Address
  private let isSecured: Bool
  /// How calls are made.
  package var settings: ClientSettings

  /// Makes a client over an open connection.
  ///
  /// - Parameters:
  ///   - connection: The connection.
  ///   - address: Where it goes, for the authority of requests.
  ///   - isSecured: Whether it goes by TLS.
  ///   - settings: How calls are made.
  package init(
    over connection: ClientConnection,
    to address: Address,
    isSecured: Bool = false,
    _ settings: ClientSettings = ClientSettings()
  ) {
    self.connection = connection
    self.address = address
    self.isSecured = isSecured
    self.settings = settings
  }

  // MARK: - Messages

  package func unary<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    _ options: CallOptions
  ) async throws -> Response {
    try await call(method, request, options).message
  }

  /// Makes a unary call and returns the message with its metadata.
  ///
  /// - Throws: ``CallFailure``; `CancellationError` if the task was cancelled.
  package func call<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    _ options: CallOptions = CallOptions()
  ) async throws -> Answer<Response> {
    let answer = try await call(method.info, encoded(request), options)
    return Answer(
      message: try decoded(answer.message, answer.headers),
      headers: answer.headers,
      trailers: answer.trailers
    )
  }

  package func stream<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    _ options: CallOptions
  ) -> AsyncThrowingStream<Response, any Error> {
    let opening = Opening { try await open(method.info, encoded(request), options) }
    return AsyncThrowingStream {
      let stream = try await opening.stream()
      guard let message = try await stream.next() else { return nil }
      return try decoded(message, stream.headers) as Response
    }
  }

  private func encoded(_ message: some Message) -> [UInt8] {
    settings.codec == .json ? message.encodeJSON() : message.encode()
  }

  private func decoded<M: Message>(_ bytes: [UInt8], _ head: HeaderList) throws -> M {
    do {
      return settings.codec == .json ? try M.decode(json: bytes, .ofAnswers) : try M.decode(bytes)
    } catch {
      throw CallFailure(.internalError, "The answer cannot be read: \(error)", headers: head)
    }
  }

  // MARK: - Bytes

  /// Makes a unary call with a message in the codec of the settings.
  ///
  /// - Throws: ``CallFailure``; `CancellationError` if the task was cancelled.
  package func call(
    _ method: MethodInfo,
    _ message: [UInt8],
    _ options: CallOptions = CallOptions()
  ) async throws -> Answer<[UInt8]> {
    let timeout = options.timeout ?? settings.timeout
    let request = request(method, message, options, isStreaming: false, timeout)
    let answer = try await CallFailure.translating {
      try await connection.send(
        request.head,
        body: request.body,
        deadline: timeout,
        answerLimit: settings.messageLimit
      )
    }
    return Answer(
      message: try CallAnswer.message(of: answer, settings),
      headers: answer.fields,
      trailers: CallAnswer.trailers(of: answer.fields)
    )
  }

  /// Makes a call that is answered by a stream, with a message in the codec of the settings.
  ///
  /// - Throws: ``CallFailure``; `CancellationError` if the task was cancelled.
  package func open(
    _ method: MethodInfo,
    _ message: [UInt8],
    _ options: CallOptions = CallOptions()
  ) async throws -> AnswerStream {
    let request = request(method, message, options, isStreaming: true, options.timeout)
    let stream = try await CallFailure.translating {
      try await connection.open(request.head, body: request.body, deadline: options.timeout)
    }
    return try AnswerStream(stream, settings)
  }

  private func request(
    _ method: MethodInfo,
    _ message: [UInt8],
    _ options: CallOptions,
    isStreaming: Bool,
    _ timeout: Duration?
  ) -> CallRequest {
    CallRequest(
      path: method.path,
      message: message,
      isStreaming: isStreaming,
      mayGet: method.isGettable,
      to: address,
      isSecured: isSecured,
      settings,
      options,
      timeout: timeout
    )
  }
}

/// A stream that is opened when its first message is asked for.
private final class Opening: Sendable {
  private let open: @Sendable () async throws -> AnswerStream
  private let opened = Mutex<AnswerStream?>(nil)

  init(_ open: @escaping @Sendable () async throws -> AnswerStream) {
    self.open = open
  }

  func stream() async throws -> AnswerStream {
    if let opened = opened.withLock({ $0 }) { return opened }
    let stream = try await open()
    opened.withLock { $0 = stream }
    return stream
  }
}

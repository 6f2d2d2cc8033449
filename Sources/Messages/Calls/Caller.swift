/// Carries the calls of typed clients.
package protocol Caller: Sendable {
  /// Makes a call and waits for its answer.
  func unary<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    _ options: CallOptions
  ) async throws -> Response

  /// Makes a call whose answer is a stream; it is given up when nobody reads it any more.
  func stream<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ request: Request,
    _ options: CallOptions
  ) -> AsyncThrowingStream<Response, any Error>
}

/// What a call carries beside its request.
package struct CallOptions: Sendable, Hashable {
  /// A header.
  package struct Header: Sendable, Hashable {
    /// Its name in lower case.
    package let name: String
    /// Its value.
    package let value: String

    /// Whether no compression table on the way may keep it.
    package let isSensitive: Bool

    /// A header.
    package init(_ name: String, _ value: String, isSensitive: Bool = false) {
      self.name = name
      self.value = value
      self.isSensitive = isSensitive
    }
  }

  /// Headers in the order in which they are sent.
  package var headers: [Header]
  /// How long the whole answer may take, also that of a stream; nil for the caller's own.
  package var timeout: Duration?

  /// Options.
  package init(headers: [Header] = [], timeout: Duration? = nil) {
    self.headers = headers
    self.timeout = timeout
  }
}

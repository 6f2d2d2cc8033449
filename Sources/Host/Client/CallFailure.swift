package import Connect
package import HTTP2

/// Why a call by ``ConnectClient`` failed, in the protocol's own terms.
package struct CallFailure: Error, Sendable, Hashable {
  /// The code, as the server said it or as the status or the connection tells it.
  package var code: Code
  /// What a person reads.
  package var message: String
  /// What a program reads.
  package var details: [ErrorBody.Detail]
  /// The head of the answer; nil if there was none.
  package var headers: HeaderList?
  /// The metadata behind the answer.
  package var trailers: [EndOfStream.Metadata]

  package init(
    _ code: Code,
    _ message: String,
    details: [ErrorBody.Detail] = [],
    headers: HeaderList? = nil,
    trailers: [EndOfStream.Metadata] = []
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.headers = headers
    self.trailers = trailers
  }

  init(_ error: ErrorBody, headers: HeaderList, trailers: [EndOfStream.Metadata]) {
    self.init(
      error.code,
      error.message,
      details: error.details,
      headers: headers,
      trailers: trailers
    )
  }

  /// The failure that a connection's own error means.
  ///
  /// - Source: RFC 9113, section 7; the mapping of reset codes is that of gRPC over HTTP/2.
  init(_ error: ClientError) {
    let code: Code =
      switch error {
      case .notReachable, .refused, .connectionLost: .unavailable
      case .tooLong: .resourceExhausted
      case .deadlinePassed: .deadlineExceeded
      case .reset(.cancel): .canceled
      case .reset(.enhanceYourCalm): .resourceExhausted
      case .reset(.refusedStream): .unavailable
      case .reset(.inadequateSecurity): .permissionDenied
      case .reset: .internalError
      }
    self.init(code, String(describing: error))
  }

  /// Runs something on a connection; its errors become failures, a cancelled task stays one.
  static func translating<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as ClientError {
      throw CallFailure(error)
    }
  }
}

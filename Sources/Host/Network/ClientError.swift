package import HTTP2

/// Why a call of our own failed before its answer was whole.
package enum ClientError: Error, Sendable, Hashable {
  /// There is no connection: it could not be made, or it takes no more calls.
  case notReachable
  /// The server says that it did nothing.
  case refused
  /// The connection ended after the request had left: what became of it is unknown.
  case connectionLost
  /// The server broke the call off.
  case reset(ErrorCode)
  /// The answer is longer than was allowed.
  case tooLong
  /// The deadline passed.
  case deadlinePassed

  /// Whether it is certain that the server did nothing, so that any call may be made again.
  ///
  /// After ``connectionLost`` and ``deadlinePassed`` only a call that may run twice is repeated.
  package var isSafeToRepeat: Bool {
    self == .notReachable || self == .refused
  }

  init(_ failure: LinkFailure) {
    switch failure {
    case .notSent: self = .notReachable
    case .refused: self = .refused
    case .lost: self = .connectionLost
    case .reset(let code): self = .reset(code)
    }
  }
}

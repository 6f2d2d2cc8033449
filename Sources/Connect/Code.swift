/// Why a call failed, as the Connect protocol says it.
///
/// The raw value is the number that gRPC and Connect share.
///
/// - Source: Connect protocol, "Error codes".
package enum Code: Int, Sendable, Hashable, CaseIterable {
  /// The caller gave the call up.
  case canceled = 1
  /// Nobody can say why.
  case unknown = 2
  /// The request is wrong, whatever the state of the system.
  case invalidArgument = 3
  /// The time for the call ran out.
  case deadlineExceeded = 4
  /// What was asked for does not exist.
  case notFound = 5
  /// What should be made exists.
  case alreadyExists = 6
  /// The caller is known and may not do this.
  case permissionDenied = 7
  /// A limit or a quota is used up.
  case resourceExhausted = 8
  /// The system is not in the state that the call needs.
  case failedPrecondition = 9
  /// The call met another one and may be repeated from the start.
  case aborted = 10
  /// A position lies beyond what exists.
  case outOfRange = 11
  /// The method is not served.
  case unimplemented = 12
  /// A promise of the system itself is broken.
  case internalError = 13
  /// The service cannot answer now; the caller may try again.
  case unavailable = 14
  /// Data are lost or damaged for good.
  case dataLoss = 15
  /// The caller is not known.
  case unauthenticated = 16

  /// Finds the code with that name on the wire; nil if there is none.
  package init?(name: some StringProtocol) {
    guard let code = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = code
  }

  /// Guesses the code of an answer that carries no Connect error, as a proxy may give it.
  ///
  /// - Source: Connect protocol, "HTTP to Error code".
  package init(inferredFromHTTPStatus status: Int) {
    switch status {
    case 400: self = .internalError
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404: self = .unimplemented
    case 429, 502, 503, 504: self = .unavailable
    default: self = .unknown
    }
  }

  /// The name in an error's JSON.
  package var name: String {
    switch self {
    case .canceled: "canceled"
    case .unknown: "unknown"
    case .invalidArgument: "invalid_argument"
    case .deadlineExceeded: "deadline_exceeded"
    case .notFound: "not_found"
    case .alreadyExists: "already_exists"
    case .permissionDenied: "permission_denied"
    case .resourceExhausted: "resource_exhausted"
    case .failedPrecondition: "failed_precondition"
    case .aborted: "aborted"
    case .outOfRange: "out_of_range"
    case .unimplemented: "unimplemented"
    case .internalError: "internal"
    case .unavailable: "unavailable"
    case .dataLoss: "data_loss"
    case .unauthenticated: "unauthenticated"
    }
  }

  /// The HTTP status of a unary answer with this code.
  ///
  /// - Source: Connect protocol, "Error codes".
  package var httpStatus: Int {
    switch self {
    case .canceled: 499
    case .invalidArgument, .failedPrecondition, .outOfRange: 400
    case .unauthenticated: 401
    case .permissionDenied: 403
    case .notFound: 404
    case .alreadyExists, .aborted: 409
    case .resourceExhausted: 429
    case .unknown, .internalError, .dataLoss: 500
    case .unimplemented: 501
    case .unavailable: 503
    case .deadlineExceeded: 504
    }
  }
}

internal import ArgumentParser
internal import Connect

/// Why a command failed: what a person reads, and the exit status that a script reads.
struct Failure: Error, CustomStringConvertible {
  /// The exit statuses: two for what `doctor` and `verify` found, the others by sysexits(3).
  enum Status: Int32 {
    /// Something will do harm if nobody acts.
    case warnings = 3
    /// Something is not as it must be.
    case faults = 4
    case invalid = 65
    case notFound = 66
    case unavailable = 69
    case fault = 70
    /// What was to be printed could not be written.
    case output = 74
    case tryAgain = 75
    case notAllowed = 77
    case configuration = 78
    /// Nobody reads what is printed: the status that a shell gives for SIGPIPE.
    case readerGone = 141
  }

  let status: Status
  let description: String

  init(_ status: Status, _ description: String) {
    self.status = status
    self.description = description
  }

  /// The failure of a call that was answered with an error.
  init(answer code: Code, _ description: String) {
    let status: Status =
      switch code {
      case .invalidArgument, .failedPrecondition, .outOfRange, .alreadyExists: .invalid
      case .notFound, .unimplemented: .notFound
      case .permissionDenied, .unauthenticated: .notAllowed
      case .aborted, .resourceExhausted, .deadlineExceeded, .canceled: .tryAgain
      case .unavailable: .unavailable
      case .internalError, .unknown, .dataLoss: .fault
      }
    self.init(status, description)
  }

  /// Runs a command's body; a failure is written to standard error and becomes the exit status.
  ///
  /// That nobody reads any more is nothing to tell: `head` has what it wanted.
  static func exiting(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let failure as Failure {
      if failure.status != .readerGone { Output.error(failure.description) }
      throw ExitCode(failure.status.rawValue)
    }
  }
}

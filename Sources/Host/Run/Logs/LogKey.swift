/// The fields that a log line may have besides time, level, service and message.
///
/// The list is closed so that no personal datum slips into a log: none of these holds one.
package enum LogKey: String, Sendable, CaseIterable {
  /// An address that a socket listens on or connects to.
  case address
  /// How many.
  case count
  /// What went wrong, for an operator; never from a caller's message.
  case detail
  /// How long it took, in milliseconds.
  case durationMs = "duration_ms"
  /// The kind of a timer.
  case kind
  /// The method of a call, for example `SubmitApplication`.
  case method
  /// A path in the file system.
  case path
  /// The id of a process.
  case pid
  /// The position of a feed's entry.
  case position
  /// Why a call was refused, UPPER_SNAKE.
  case reason
  /// A signal that was received.
  case signal
  /// The number of the step in a trace: 16 hexadecimal digits.
  case spanId = "span_id"
  /// The HTTP status of an answer.
  case status
  /// The identifier of what a timer is about; never a person.
  case subject
  /// The number of the trace that a call is part of: 32 hexadecimal digits.
  case traceId = "trace_id"
  /// The service that is followed or forwarded to.
  case upstream
  /// The version of a library or of the program.
  case version
}

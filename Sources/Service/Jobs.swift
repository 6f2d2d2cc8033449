internal import Connect
internal import Kernel
internal import Messages

/// A call that passed every check and waits for its turn to write; a class, since to copy one
/// counts a dozen references.
final class WriteJob: Sendable {
  let entry: Registry.Entry
  let handler: Registry.WriteHandler
  let admitted: AdmittedCall
  let reply: any Reply
  /// What the handler did outside the transaction, if it is run again.
  let memory = CallMemory()

  init(
    _ entry: Registry.Entry,
    _ handler: Registry.WriteHandler,
    _ admitted: AdmittedCall,
    _ reply: any Reply
  ) {
    self.entry = entry
    self.handler = handler
    self.admitted = admitted
    self.reply = reply
  }
}

/// Something that the service writes beside its calls.
struct InternalWrite: Sendable {
  var call: Call
  var body: @Sendable (Writing) throws -> Void
  var completion: @Sendable (Result<Void, any Error>) -> Void
}

/// A call that waits until the service has seen a position.
struct PositionWaiter: Sendable {
  /// What must have been seen: service to position.
  var positions: [String: Int64]
  /// Until when, in real time.
  var until: Instant
  /// What happens then: `true` if the positions were reached.
  var resume: @Sendable (Bool) -> Void
}

/// What is known of a call after all checks.
struct AdmittedCall: Sendable {
  var call: Call
  var request: any Message
  var bodyHash: [UInt8]
  var codec: Codec
  var audience: Audience
  /// When nobody waits for the answer any more; nil if no deadline was set.
  var deadline: Instant?
  /// What must have been seen before it is answered.
  var atLeast: [String: Int64]
}

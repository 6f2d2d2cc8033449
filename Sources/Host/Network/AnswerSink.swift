internal import HTTP2

/// Who hears the answer to a call over a ``ClientLink``; used on its loop only.
protocol AnswerSink: AnyObject {
  /// The head came; it is valid for this call only.
  func answered(_ head: Head, isWhole: Bool)
  /// A piece of the body came, valid for this call only; it is given back with
  /// ``Carrier/consume(_:_:)``.
  func received(_ bytes: UnsafeRawBufferPointer)
  /// The body is whole. Nothing follows.
  func ended()
  /// The call failed. Nothing follows.
  func broke(_ failure: LinkFailure)
  /// The request's body may go on after `write` asked to wait.
  func drained()
  /// Nothing more of the answer comes in this turn of the loop.
  func settle()
}

/// Why a call over a link failed.
enum LinkFailure: Sendable, Hashable {
  /// There was no connection, or the request had not left when it ended: it is safe to ask again.
  case notSent
  /// The peer says that it did nothing: it is safe to ask again.
  case refused
  /// The connection ended after the request had left: what became of it is unknown.
  case lost
  /// The peer broke the call off.
  case reset(ErrorCode)
}

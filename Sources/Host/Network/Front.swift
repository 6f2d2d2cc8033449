internal import HTTP2
internal import NIOCore
internal import Synchronization

/// The side of a connection that a caller made, of either version of HTTP; used on its loop only.
protocol Front: AnyObject {
  /// What the event loop of the connection has for all of its connections.
  var home: Home { get }
  /// A number that no other connection of the process has or had.
  var serial: UInt64 { get }
  /// The address of the caller.
  var peer: String { get }
  /// Who is charged with what the caller makes the server keep: the network of its address.
  var source: String { get }
  /// The service that the caller's certificate names; nil if it had to show none.
  var certified: String? { get }
  /// Whether a request may go on behind the head of its answer.
  var keepsRequests: Bool { get }
  /// Whether the system takes no more bytes of the connection for now, so that no answer goes on.
  var isCongested: Bool { get }
  /// The trunk that was accepted over this connection; one at most.
  var trunk: TrunkServer? { get set }
  /// Sends a whole answer.
  func respond(_ key: StreamKey, _ head: HeaderList, body: [UInt8])
  /// Sends a whole answer with a head that others share.
  func respond(_ key: StreamKey, _ head: OutgoingHead, body: [UInt8])
  /// Begins an answer that is written piece by piece.
  func begin(_ key: StreamKey, _ head: HeaderList)
  /// Begins an answer with a head that others share.
  func begin(_ key: StreamKey, _ head: OutgoingHead)
  /// Writes a piece; false if the writer should wait until the exchange is told to go on.
  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool
  /// Ends what was begun.
  func finish(_ key: StreamKey)
  /// Breaks an exchange off.
  func reset(_ key: StreamKey, _ code: ErrorCode)
  /// Gives back bytes of a request's body that were used, so that as many may follow.
  func consume(_ key: StreamKey, _ count: Int)
  /// Forgets an exchange that is over on both sides.
  func forget(_ key: StreamKey)
}

extension Front {
  func respond(_ key: StreamKey, _ head: OutgoingHead, body: [UInt8]) {
    respond(key, head.list, body: body)
  }

  func begin(_ key: StreamKey, _ head: OutgoingHead) {
    begin(key, head.list)
  }
}

/// Numbers connections from 1.
enum ConnectionNumber {
  private static let last = Atomic<UInt64>(0)

  /// The next number.
  static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Something with bytes to send at the end of the loop's turn.
protocol Pumped: AnyObject {
  /// Whether it is on the loop's list.
  var isScheduled: Bool { get set }
  /// Sends what waits.
  func pump()
}

/// A connection that the loop's clock looks at and that can be told to end.
protocol Kept: AnyObject {
  /// Since when it waits for a request; nil while it serves one.
  var idleSince: NIODeadline? { get }
  /// Looks for what has taken too long.
  func tick()
  /// Takes no new request and closes once those in flight are answered.
  func wind()
  /// Closes at once.
  func cut()
}

internal import HTTP2

/// What carries a call to a server: a stream of its own, or a trunk; used on its loop only.
protocol Carrier: AnyObject {
  /// Adds to a request's body; false if the writer should wait for `drained`.
  func write(_ key: StreamKey, _ bytes: [UInt8]) -> Bool
  /// Ends a request's body.
  func finish(_ key: StreamKey)
  /// Gives back a part of an answer that was used.
  func consume(_ key: StreamKey, _ count: Int)
  /// Breaks a call off; its sink hears nothing more.
  func cancel(_ key: StreamKey)
}

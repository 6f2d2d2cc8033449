/// What one HTTP/2 connection learned from the bytes it was given.
///
/// A stream that ends in the ordinary way, with the whole message received and the whole answer
/// sent, ends without a ``closed(stream:code:)``.
package enum SessionEvent: Sendable, Hashable {
  /// A whole request at the server, or a whole answer at the client, of a collected stream.
  ///
  /// Trailers, if any, are dropped.
  case message(stream: Int32, head: HeaderList, body: [UInt8])
  /// The head of a streamed message.
  case head(stream: Int32, head: HeaderList, endOfStream: Bool)
  /// A piece of a streamed body; give it back with `consume` when it was used.
  case data(stream: Int32, bytes: [UInt8])
  /// The end of a streamed body that has no trailers.
  case end(stream: Int32)
  /// The trailers of a streamed message, which are its end.
  case trailers(stream: Int32, fields: HeaderList)
  /// A collected body went over its limit; what follows of it is thrown away.
  ///
  /// A server answers it (413 or an error of its protocol); at a client the stream is reset,
  /// and its ``closed(stream:code:)`` follows.
  case tooLarge(stream: Int32, head: HeaderList)
  /// A header list went over the limit; its fields were thrown away.
  ///
  /// A server answers it with 431; at a client the stream is reset,
  /// and its ``closed(stream:code:)`` follows.
  case headersTooLarge(stream: Int32)
  /// The stream ended early. ``ErrorCode/refusedStream`` means that it is safe to ask again.
  case closed(stream: Int32, code: ErrorCode)
  /// The bytes waiting to be sent on the stream fell below half of ``Limits/streamBuffer`` after
  /// `write` had asked to stop.
  case writable(stream: Int32)
  /// The peer takes no new stream above `lastStream`.
  case goAway(lastStream: Int32, code: ErrorCode)
  /// The peer's SETTINGS arrived and apply.
  case settings
  /// The peer acknowledged our SETTINGS.
  case settingsAcknowledged
  /// The peer answered a PING of ours.
  case pingAcknowledged(payload: UInt64)
}

/// How the body of a message is handed over.
package enum BodyHandling: Sendable, Hashable {
  /// As one ``SessionEvent/message(stream:head:body:)`` when it is whole.
  ///
  /// - Parameter limit: The longest body that is taken, in bytes.
  case collected(limit: Int)
  /// In pieces as they arrive; the peer is held back until they are consumed.
  case streamed
}

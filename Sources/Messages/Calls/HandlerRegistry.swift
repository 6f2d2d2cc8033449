/// Takes the handlers of services, by the kind of their method.
package protocol HandlerRegistry {
  /// What a read sees.
  associatedtype Reading
  /// What a write works in.
  associatedtype Writing
  /// What a route works in.
  associatedtype Routing

  /// Takes a handler that runs in one transaction.
  mutating func write<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Writing) throws -> Response
  )

  /// Takes a handler that runs on one snapshot.
  mutating func read<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Reading) throws -> Response
  )

  /// Takes a handler that gives the page behind a position, nil at the beginning, of at most so
  /// many messages.
  mutating func stream<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Int64?, Int, Reading) throws -> StreamPage<Response>
  )

  /// Takes an asynchronous handler.
  mutating func route<Request: Message, Response: Message>(
    _ method: Method<Request, Response>,
    _ handler: @escaping @Sendable (Request, Routing) async throws -> Response
  )
}

/// Some messages of a stream and where to go on.
package struct StreamPage<Response: Message>: Sendable {
  /// The messages, in order.
  package let messages: [Response]
  /// The position behind which the next page begins.
  package let position: Int64
  /// Whether the stream ends with this page.
  package let isLast: Bool
  /// Whether there may be more behind it already; if not, it is asked for after the next commit.
  package let hasMore: Bool
  /// Marks of the messages; empty if they have none.
  ///
  /// Messages of a method with the same mark are the same, whoever gets them, so that they are
  /// encoded once for all.
  package let marks: [StreamMark?]

  /// A page; unless something else is said, there may be more behind any message.
  package init(
    messages: [Response],
    position: Int64,
    isLast: Bool = false,
    hasMore: Bool? = nil,
    marks: [StreamMark?] = []
  ) {
    precondition(marks.isEmpty || marks.count == messages.count, "Each message has its mark.")
    self.messages = messages
    self.position = position
    self.isLast = isLast
    self.hasMore = hasMore ?? !messages.isEmpty
    self.marks = marks
  }
}

/// What a message of a stream tells of: streams with the same mark get the same message.
///
/// Both ends count: who goes on from within gets less than who comes from before.
package struct StreamMark: Sendable, Hashable {
  /// The position of the first thing told.
  package let first: Int64
  /// The position of the last.
  package let last: Int64

  /// A mark.
  package init(first: Int64, last: Int64) {
    self.first = first
    self.last = last
  }
}

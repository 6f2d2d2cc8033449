internal import Connect
package import Messages
internal import Storage

/// The handlers of a service, by path.
///
/// Four kinds, no fifth: write, read, stream and route.
package struct Registry: HandlerRegistry {
  package typealias Writing = Service.Writing
  package typealias Reading = Service.Reading
  package typealias Routing = Void

  /// A write: decodes, checks, runs in a transaction, encodes.
  struct WriteHandler: Sendable {
    var run: @Sendable (any Message, Service.Writing) throws -> any Message
  }

  /// A read: the same on a snapshot.
  struct ReadHandler: Sendable {
    var run: @Sendable (any Message, Service.Reading) throws -> any Message
    /// From a body, not compressed, to the answer's, without a detour over messages of any type.
    var answer: @Sendable ([UInt8], Codec, Call, Engine) throws -> [UInt8]
  }

  /// A page of a stream.
  struct Page: Sendable {
    var messages: [any Message]
    var position: Int64
    var isLast: Bool
    var hasMore: Bool
    /// Marks of messages that several streams get; empty if there are none.
    var marks: [StreamMark?] = []
    /// The messages as envelopes in binary, where several streams share a page.
    var envelopes: [[UInt8]]?
  }

  /// A stream: asked for the next page after each commit.
  struct StreamHandler: Sendable {
    var next: @Sendable (any Message, Int64?, Int, Service.Reading) throws -> Page
  }

  /// A route: asynchronous, without a store.
  struct RouteHandler: Sendable {
    var run: @Sendable (any Message) async throws -> any Message
  }

  /// What answers a method.
  enum Handler: Sendable {
    case write(WriteHandler)
    case read(ReadHandler)
    case stream(StreamHandler)
    case route(RouteHandler)
  }

  /// A method and what answers it.
  struct Entry: Sendable {
    var method: MethodInfo
    var handler: Handler
    /// What is checked beside the rules of the fields; nil if nothing is.
    var further: FurtherCheck?
  }

  /// Checks a request beside the rules of its fields.
  typealias FurtherCheck = @Sendable (any Message, Service.Reading) throws -> [Violation]

  private(set) var entries: [String: Entry] = [:]

  package init() {}

  /// The paths that are answered, sorted.
  package var paths: [String] { entries.keys.sorted() }

  private mutating func add(_ method: MethodInfo, _ handler: Handler) {
    precondition(entries[method.path] == nil, "\(method.path) is registered once.")
    entries[method.path] = Entry(method: method, handler: handler)
  }

  package mutating func write<Q: Message, A: Message>(
    _ method: Method<Q, A>,
    _ handler: @escaping @Sendable (Q, Service.Writing) throws -> A
  ) {
    let run: @Sendable (any Message, Service.Writing) throws -> any Message = { request, writing in
      try handler(Self.typed(request), writing)
    }
    add(method.info, .write(WriteHandler(run: run)))
  }

  package mutating func read<Q: Message, A: Message>(
    _ method: Method<Q, A>,
    _ handler: @escaping @Sendable (Q, Service.Reading) throws -> A
  ) {
    let run: @Sendable (any Message, Service.Reading) throws -> any Message = { request, reading in
      try handler(Self.typed(request), reading)
    }
    let answer: @Sendable ([UInt8], Codec, Call, Engine) throws -> [UInt8] = {
      body,
      codec,
      call,
      engine in
      let request = try Q.checked(body, codec)
      let response = try engine.store.read { snapshot in
        try handler(request, Reading(call: call, snapshot: snapshot, seal: engine.seal))
      }
      return codec == .json ? response.encodeJSON() : response.encode()
    }
    add(method.info, .read(ReadHandler(run: run, answer: answer)))
  }

  package mutating func stream<Q: Message, A: Message>(
    _ method: Method<Q, A>,
    _ handler: @escaping @Sendable (Q, Int64?, Int, Service.Reading) throws -> StreamPage<A>
  ) {
    let next: @Sendable (any Message, Int64?, Int, Service.Reading) throws -> Page = {
      request,
      position,
      limit,
      reading in
      let page = try handler(Self.typed(request), position, limit, reading)
      return Page(
        messages: page.messages,
        position: page.position,
        isLast: page.isLast,
        hasMore: page.hasMore,
        marks: page.marks
      )
    }
    add(method.info, .stream(StreamHandler(next: next)))
  }

  package mutating func route<Q: Message, A: Message>(
    _ method: Method<Q, A>,
    _ handler: @escaping @Sendable (Q, Void) async throws -> A
  ) {
    let run: @Sendable (any Message) async throws -> any Message = { request in
      try await handler(Self.typed(request), ())
    }
    add(method.info, .route(RouteHandler(run: run)))
  }

  /// Lets what a write checks of its request be told together with the rules of the fields.
  ///
  /// The handler checks the same; this runs only where a field breaks its rule, so that what is
  /// wrong beside it is told in the same answer.
  ///
  /// - Parameters:
  ///   - method: A write that is registered, one of ``FurtherChecks``.
  ///   - check: What is wrong with a request whose fields may break their rules.
  package mutating func check<Q: Message, A: Message>(
    _ method: Method<Q, A>,
    _ check: @escaping @Sendable (Q, Service.Reading) throws -> [Violation]
  ) {
    guard case .write = entries[method.path]?.handler else {
      preconditionFailure("\(method.path) is a write.")
    }
    precondition(FurtherChecks.paths.contains(method.path), "\(method.path) is in the list.")
    entries[method.path]?.further = { request, reading in
      try check(Self.typed(request), reading)
    }
  }

  /// The paths of what is checked beside the rules of the fields, sorted.
  package var furtherPaths: [String] {
    entries.values.filter { $0.further != nil }.map(\.method.path).sorted()
  }

  /// Lets all streams of a method share their pages.
  mutating func share(_ path: String, by pages: SharedPages) {
    guard let entry = entries[path], case .stream(let handler) = entry.handler else {
      preconditionFailure("\(path) is a stream.")
    }
    entries[path]?.handler = .stream(StreamHandler(next: pages.sharing(handler.next)))
  }

  private static func typed<Q: Message>(_ request: any Message) -> Q {
    guard let request = request as? Q else {
      preconditionFailure("A request is decoded as its method's type.")
    }
    return request
  }
}

extension Message {
  /// The message in a body, whatever its fields are.
  static func read(_ body: [UInt8], _ codec: Codec) throws(DecodeError) -> Self {
    codec == .json ? try decode(json: body) : try decode(body)
  }

  /// The message in a body, if nothing speaks against it.
  static func checked(_ body: [UInt8], _ codec: Codec) throws(Refusal) -> Self {
    do throws(DecodeError) {
      if codec == .json { return try decode(json: body, checking: .law) }
      let message = try decode(body)
      let violations = message.violations(checking: .law)
      guard violations.isEmpty else { throw DecodeError(.fields, violations: violations) }
      return message
    } catch {
      throw Refusal.malformed(error)
    }
  }
}

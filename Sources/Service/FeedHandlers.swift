package import Kernel
package import Messages
package import Storage

/// FeedService, which all six serve on their inner ports.
package struct FeedHandlers: FeedServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  package init() {}

  package func follow(
    _ request: FeedV1.FollowRequest,
    after position: Int64?,
    limit: Int,
    _ call: Reading
  ) throws -> StreamPage<FeedV1.FollowResponse> {
    let after = position ?? request.after
    let (entries, head) = try call.feed(after: after, limit: limit)
    // Asked for nothing, it answers the heartbeat: the head without entries. So it does at first,
    // that a follower knows at once how far it lies behind.
    guard limit == 0 || position == nil || !entries.isEmpty else {
      return StreamPage(messages: [], position: after)
    }
    let message = FeedV1.FollowResponse(entries: entries, head: head)
    let last = entries.last?.position ?? after
    return StreamPage(messages: [message], position: last, hasMore: limit > 0 && last < head)
  }

  package func read(
    _ request: FeedV1.ReadRequest,
    _ call: Reading
  ) throws -> FeedV1.ReadResponse {
    let limit = request.limit == 0 ? 100 : Int(request.limit)
    let (entries, head) = try call.feed(after: request.after, limit: limit)
    return FeedV1.ReadResponse(entries: entries, head: head)
  }

  package func getHead(
    _ request: FeedV1.GetHeadRequest,
    _ call: Reading
  ) throws -> FeedV1.GetHeadResponse {
    let head = try call.snapshot.feedHead()
    return FeedV1.GetHeadResponse(position: head.position, hash: head.hash)
  }
}

extension Reading {
  /// Entries of the service's own feed as messages, with the personal parts opened, and the head.
  fileprivate func feed(after: Int64, limit: Int) throws -> ([FeedV1.Entry], head: Int64) {
    let page = try snapshot.feedPage(after: after, limit: limit)
    return (
      try page.entries.map { try FeedV1.Entry($0, opening: seal) },
      head: page.head.position
    )
  }
}

extension FeedV1.Entry {
  /// An entry as it goes out to the other services.
  ///
  /// - Parameters:
  ///   - entry: The entry as it is kept.
  ///   - seal: The seal of the store, with which the personal part is opened.
  /// - Throws: ``Seal/Fault``.
  package init(_ entry: FeedEntry, opening seal: Seal) throws(Seal.Fault) {
    self.init(entry)
    if let sealed = entry.content.privatePart { privatePart = try seal.open(sealed) }
  }

  private init(_ entry: FeedEntry) {
    let content = entry.content
    self.init(
      position: entry.position,
      id: content.id,
      hall: content.hall,
      recordedAt: GoogleProtobuf.Timestamp(content.recordedAt),
      type: content.type,
      subject: content.subject,
      actor: content.actor,
      post: content.post,
      onBehalfOf: content.onBehalfOf,
      basis: content.basis,
      reflects: content.reflects,
      payloadType: content.payloadType,
      payload: content.payload,
      privateHash: entry.privateHash,
      previousHash: entry.previousHash,
      hash: entry.hash,
      alg: entry.alg,
      privateSalt: content.salt ?? [],
      traceparent: content.trace?.text ?? ""
    )
  }
}

extension FeedV1.Entry {
  /// The trace in which the entry was published; nil if there is none.
  package var trace: TraceContext? { TraceContext(traceparent) }
}

extension FeedChain {
  /// The hash that an entry from the wire must have.
  package static func hash(of entry: FeedV1.Entry) -> [UInt8] {
    let content = FeedDraft(
      id: entry.id,
      hall: entry.hall,
      recordedAt: entry.recordedAt?.instant ?? Instant(unixMilliseconds: 0),
      type: entry.type,
      subject: entry.subject,
      actor: entry.actor,
      post: entry.post,
      onBehalfOf: entry.onBehalfOf,
      basis: entry.basis,
      reflects: entry.reflects,
      payloadType: entry.payloadType,
      payload: entry.payload
    )
    return hash(
      content,
      position: entry.position,
      privateHash: entry.privateHash,
      previousHash: entry.previousHash
    )
  }
}

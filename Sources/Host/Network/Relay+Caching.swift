internal import HTTP2
internal import Service

/// An answer of the cache at the door that calls with one head got, ready for the wire.
struct Cached {
  let answer: any CachedAnswer
  /// The head as it goes out, with its length.
  let head: OutgoingHead

  init(_ answer: any CachedAnswer) {
    self.answer = answer
    var list = HeaderList(answer.head)
    list.append(length: answer.length)
    head = OutgoingHead(HeadTemplate(list))
  }
}

extension Way {
  /// The answer of a call that was let in, if an earlier one of this way got one that still holds.
  func cachedAnswer() -> (head: OutgoingHead, body: [UInt8])? {
    guard let cached, let body = cached.answer.take() else { return nil }
    forwarding.finished?(cached.answer.head.status)
    return (cached.head, body)
  }
}

extension Relay {
  /// Answers from the cache at the door; false if the call has to go on.
  func isAnswered(asking request: [UInt8]) -> Bool {
    guard let cache = way.forwarding.cache else { return false }
    switch cache.lookUp(request) {
    case .hit(let hit):
      respond(with: hit)
      return true
    case .miss(let miss):
      answer.miss = miss
      return false
    }
  }

  /// Answers with what is kept.
  func respond(with hit: CacheHit) {
    guard let exchange else { return }
    let cached = Cached(hit.answer)
    if hit.answer.isOfHead { way.cached = cached }
    exchange.respond(cached.head, body: hit.body)
    conclude(hit.answer.head.status)
  }
}

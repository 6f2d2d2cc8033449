internal import Connect
internal import Kernel
internal import Messages
internal import Service

/// The cache as the calls with one head see it: in their hall and form, for what they want to have
/// seen.
final class EdgeCache: CallCache {
  /// The only fields of a service's answer that are known to be the same for all.
  private static let shared: Set<String> = ["content-type", "onedoor-position"]

  let cache: AnswerCache
  let surroundings: Surroundings
  let transcoder: EdgeTranscoder
  private let upstream: String
  private let hall: String
  /// The position that the answer must reflect at least.
  private let atLeast: Int64
  /// What every answer of the door has in its head.
  private let fields: [Answer.Field]

  init(
    _ cache: AnswerCache,
    _ surroundings: Surroundings,
    _ transcoder: EdgeTranscoder,
    to upstream: String,
    hall: String,
    atLeast: Int64,
    fields: [Answer.Field]
  ) {
    self.cache = cache
    self.surroundings = surroundings
    self.transcoder = transcoder
    self.upstream = upstream
    self.hall = hall
    self.atLeast = atLeast
    self.fields = fields
  }

  func lookUp(_ request: [UInt8]) -> CacheLook {
    let key = CacheKey(
      path: transcoder.method.path,
      hall: hall,
      codec: transcoder.form.type.codec,
      coding: transcoder.form.answerCoding,
      request: request
    )
    let (entry, epoch) = cache.find(key)
    if let entry, entry.position >= atLeast, cache.isFresh(surroundings.realNow()),
      let hit = hit(entry)
    {
      cache.hits.count()
      return .hit(hit)
    }
    cache.misses.count()
    return .miss(Miss(self, key, epoch))
  }

  private func hit(_ entry: CacheEntry) -> CacheHit? {
    guard let body = entry.take() else { return nil }
    return hit(entry, body)
  }

  private func hit(_ entry: CacheEntry, _ body: [UInt8]) -> CacheHit {
    let answer = Answered(self, entry, head(of: entry, body), body.count)
    return CacheHit(answer: answer, body: answer.sendsBody ? body : [])
  }

  private func head(of entry: CacheEntry, _ body: [UInt8]) -> AnswerHead {
    var answer = Answer(status: 200, fields: entry.fields)
    // Other caches than this one may not keep what a POST got, and are told nothing of it.
    if let get = transcoder.form.get {
      answer = Validators.stamp(
        answer,
        tag: entry.tag,
        ifNoneMatch: get.ifNoneMatch,
        isShared: get.isShared
      )
    }
    if answer.status == 200, entry.coding != .identity {
      answer.fields.append(.init("content-encoding", entry.coding.name))
    }
    return AnswerHead(status: answer.status, fields: answer.fields + fields)
  }

  /// Keeps a service's answer, and makes it the caller's.
  private func keep(_ answer: Answer, of key: CacheKey, epoch: Int) -> CacheHit? {
    // What says anything else may be meant for this caller alone.
    guard answer.status == 200, answer.fields.allSatisfy({ Self.shared.contains($0.name) }),
      let reflected = try? Positions.parse(answer.value("onedoor-position"))[upstream],
      // Whatever becomes of the answer, nothing older is given after it.
      cache.welcomes(position: reflected, epoch: epoch),
      cache.isFresh(surroundings.realNow()), answer.body.count <= AnswerCache.longestBody
    else { return nil }
    let source = CacheEntry.source(of: answer.body)
    if let ready = cache.find(key, from: source, at: reflected, epoch: epoch),
      let hit = hit(ready)
    {
      return hit
    }
    var plain = transcoder.transcoded(answer)
    guard plain.status == 200 else { return nil }
    let coding = transcoder.coding(of: plain.body)
    let tag = Validators.tag(of: plain.body, coding)
    let fields = plain.fields
    plain.compress(by: coding)
    guard plain.body.count <= AnswerCache.longestBody else { return nil }
    let entry = CacheEntry(
      plain.body,
      of: key,
      source: source,
      position: reflected,
      fields: fields,
      tag: tag,
      coding: coding
    )
    return cache.keep(entry, of: key, epoch: epoch).map { hit($0, plain.body) }
  }

  /// An answer that is awaited.
  private final class Miss: CacheMiss {
    private let calls: EdgeCache
    private let key: CacheKey
    private let epoch: Int

    init(_ calls: EdgeCache, _ key: CacheKey, _ epoch: Int) {
      self.calls = calls
      self.key = key
      self.epoch = epoch
    }

    func fill(with answer: Answer) -> CacheHit? {
      calls.keep(answer, of: key, epoch: epoch)
    }
  }

  /// An entry in the form that the calls want.
  private final class Answered: CachedAnswer {
    let isOfHead: Bool
    let head: AnswerHead
    let length: Int
    let sendsBody: Bool
    private let calls: EdgeCache
    private let entry: CacheEntry

    init(_ calls: EdgeCache, _ entry: CacheEntry, _ head: AnswerHead, _ length: Int) {
      self.calls = calls
      self.entry = entry
      self.head = head
      // RFC 9110, 15.4.5: a 304 has no body, and we say no length of one.
      self.length = head.status == 200 ? length : -1
      sendsBody = head.status == 200 && calls.transcoder.form.get?.isHead != true
      isOfHead = calls.transcoder.form.get != nil
    }

    func take() -> [UInt8]? {
      guard calls.cache.isFresh(calls.surroundings.realNow()), let body = entry.take() else {
        return nil
      }
      calls.cache.hits.count()
      return sendsBody ? body : []
    }
  }
}

internal import Connect
internal import Service
internal import Synchronization

/// What an answer is kept under: all that it depends on besides the catalogue's record.
///
/// Not the language: only successes are kept, and these say everything in all languages.
struct CacheKey: Sendable, Hashable {
  /// The path of the method.
  let path: String
  let hall: String
  /// The codec of the answer.
  let codec: Codec
  /// How the caller takes the answer compressed.
  let coding: ContentCoding
  /// The message in the form in which the service gets it, so that two spellings in JSON are one.
  let request: [UInt8]
}

/// One answer, as it was when the catalogue's feed was at a position.
///
/// Those who have seen it hold it as well as the table; so the bytes go when the table lets it go,
/// and the table's limit holds for all of them.
final class CacheEntry: Sendable {
  /// What an entry takes besides the bytes of key and body: table, queue, fields, objects.
  ///
  /// - Unit: bytes.
  static let overhead = 1_024

  /// The position of the catalogue's feed that the answer reflects.
  let position: Int64
  /// The fields of the head that are the same for all callers.
  let fields: [Answer.Field]
  let tag: String
  /// How the body is compressed.
  let coding: ContentCoding
  /// A hash, keyed by this process, of the body that the service answered with.
  let source: Int
  /// What the entry takes, in bytes.
  let cost: Int
  private let body: Mutex<[UInt8]?>
  /// How often it was taken lately; 3 means often.
  private let uses = Atomic<UInt8>(0)

  init(
    _ body: [UInt8],
    of key: CacheKey,
    source: Int,
    position: Int64,
    fields: [Answer.Field],
    tag: String,
    coding: ContentCoding
  ) {
    self.source = source
    self.position = position
    self.fields = fields
    self.tag = tag
    self.coding = coding
    cost = Self.overhead + key.request.count + body.count
    self.body = Mutex(body)
  }

  /// The hash of a body that a service answered with.
  static func source(of body: [UInt8]) -> Int {
    var hasher = Hasher()
    body.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  /// The body for one more call; nil if the table has let the entry go.
  func take() -> [UInt8]? {
    // That two at once count as one does not matter.
    let count = uses.load(ordering: .relaxed)
    if count < 3 { uses.store(count + 1, ordering: .relaxed) }
    return body.withLock { $0 }
  }

  /// Lets the body go.
  func drop() { body.withLock { $0 = nil } }

  /// Whether it was taken lately.
  var isUsed: Bool { uses.load(ordering: .relaxed) > 0 }

  /// Forgets one use; false if there is none.
  func forgetUse() -> Bool {
    let count = uses.load(ordering: .relaxed)
    if count > 0 { uses.store(count - 1, ordering: .relaxed) }
    return count > 0
  }
}

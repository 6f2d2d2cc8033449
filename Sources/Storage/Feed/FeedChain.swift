internal import Crypto
internal import Kernel

/// The hashes that chain a feed's entries.
///
/// The bytes that are hashed are the entry's fields from `position` to `previous_hash`, in the
/// order of `onedoor.feed.v1.Entry`, each as four bytes of length (big-endian) and that many bytes:
/// - numbers, and the instant as milliseconds since 1970: eight bytes, big-endian, two's
///   complement;
/// - text: UTF-8; bytes: as they are;
/// - the map `reflects`: for each key, ascending by its UTF-8 bytes, the key and then the position,
///   each with its own four bytes of length; all that is one field with one length before it.
///
/// The trace is not among them: it is what a caller said, and says nothing of what happened.
///
/// An empty field is four zero bytes. The hash of a private part is that of salt and part, each
/// with its length before it.
package enum FeedChain {
  /// The algorithm's name in entries.
  package static let alg = "sha256"

  /// The hash of what stands in an entry.
  ///
  /// - Parameters:
  ///   - content: What was published.
  ///   - position: The entry's.
  ///   - privateHash: The hash of salt and private part; empty if there never was one.
  ///   - previousHash: The hash of the entry before; empty for the first.
  /// - Returns: SHA-256, 32 bytes.
  package static func hash(
    _ content: FeedDraft,
    position: Int64,
    privateHash: [UInt8],
    previousHash: [UInt8]
  ) -> [UInt8] {
    var writer = FieldWriter()
    writer.field(position)
    writer.field(content.id)
    writer.field(content.hall)
    writer.field(content.recordedAt.unixMilliseconds)
    writer.field(content.type)
    writer.field(content.subject)
    writer.field(content.actor)
    writer.field(content.post)
    writer.field(content.onBehalfOf)
    writer.field(content.basis)
    writer.field(content.reflects)
    writer.field(content.payloadType)
    writer.field(content.payload)
    writer.field(privateHash)
    writer.field(previousHash)
    return writer.sha256
  }

  /// The hash of an entry, computed from its fields.
  package static func hash(of entry: FeedEntry) -> [UInt8] {
    hash(
      entry.content,
      position: entry.position,
      privateHash: entry.privateHash,
      previousHash: entry.previousHash
    )
  }

  /// The hash of a private part.
  package static func privateHash(salt: [UInt8], part: [UInt8]) -> [UInt8] {
    var writer = FieldWriter()
    writer.field(salt)
    writer.field(part)
    return writer.sha256
  }

  /// The entry that a draft becomes behind a head.
  static func entry(_ draft: FeedDraft, behind head: FeedHead) throws -> FeedEntry {
    var privateHash: [UInt8] = []
    if let part = draft.privatePart {
      guard let salt = draft.salt, salt.count >= 16 else {
        throw StoreError.invalid(detail: "a private part needs 16 bytes of salt")
      }
      privateHash = Self.privateHash(salt: salt, part: part)
    }
    let position = head.position + 1
    return FeedEntry(
      position: position,
      content: draft,
      privateHash: privateHash,
      previousHash: head.hash,
      hash: hash(draft, position: position, privateHash: privateHash, previousHash: head.hash)
    )
  }
}

/// Length-prefixed fields in one buffer.
private struct FieldWriter {
  private(set) var bytes: [UInt8] = []

  init() {
    bytes.reserveCapacity(512)
  }

  // Byte by byte: an array that is to take raw memory does so by way of generic code.
  private mutating func length(_ count: Int) {
    let count = UInt32(count)
    for shift in stride(from: 24, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift)))
    }
  }

  mutating func field(_ content: [UInt8]) {
    length(content.count)
    bytes.append(contentsOf: content)
  }

  mutating func field(_ text: String) {
    length(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func field(_ number: Int64) {
    length(8)
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
    }
  }

  mutating func field(_ map: [String: Int64]) {
    length(map.reduce(0) { $0 + 4 + $1.key.utf8.count + 4 + 8 })
    for (key, value) in map.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      field(key)
      field(value)
    }
  }

  var sha256: [UInt8] {
    Array(SHA256.hash(data: bytes))
  }
}

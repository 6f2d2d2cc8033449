package import Kernel

/// What a unit wants to publish.
///
/// Position and hashes are given when the unit's part of the batch is kept.
package struct FeedDraft: Sendable, Hashable {
  /// Unique in the house, 26 characters.
  package var id: String
  /// The hall that it happened in.
  package var hall: String
  /// When, in the hall's time.
  package var recordedAt: Instant
  /// What happened, for example `ApplicationAccepted`.
  package var type: String
  /// What it happened to, for example a case number.
  package var subject: String
  /// Who did it; `system` for a timer.
  package var actor: String
  /// In which post; empty if none.
  package var post: String
  /// For whom; empty if for nobody else.
  package var onBehalfOf: String
  /// By what rule or paper; empty if none.
  package var basis: String
  /// What the writer had seen: service to position; names of a-z, 0-9 and `-` only.
  package var reflects: [String: Int64]
  /// The full name of the payload's message.
  package var payloadType: String
  /// The payload, without personal data.
  package var payload: [UInt8]
  /// The personal data, outside the chain; nil if there are none.
  package var privatePart: [UInt8]?
  /// Unpredictable bytes for the hash of the private part, needed if there is one: 16 or more.
  package var salt: [UInt8]?
  /// The trace in which it happened, outside the chain; nil if there is none.
  package var trace: TraceContext?

  package init(
    id: String,
    hall: String,
    recordedAt: Instant,
    type: String,
    subject: String,
    actor: String,
    post: String = "",
    onBehalfOf: String = "",
    basis: String = "",
    reflects: [String: Int64] = [:],
    payloadType: String,
    payload: [UInt8],
    privatePart: [UInt8]? = nil,
    salt: [UInt8]? = nil,
    trace: TraceContext? = nil
  ) {
    self.id = id
    self.hall = hall
    self.recordedAt = recordedAt
    self.type = type
    self.subject = subject
    self.actor = actor
    self.post = post
    self.onBehalfOf = onBehalfOf
    self.basis = basis
    self.reflects = reflects
    self.payloadType = payloadType
    self.payload = payload
    self.privatePart = privatePart
    self.salt = salt
    self.trace = trace
  }
}

/// One thing that happened, as it stands in a feed.
package struct FeedEntry: Sendable, Hashable {
  /// 1, 2, 3 and so on without a gap, per service.
  package var position: Int64
  /// What was published; private part and salt are nil once they were erased.
  package var content: FeedDraft
  /// The hash of salt and private part; empty if there never was one.
  package var privateHash: [UInt8]
  /// The hash of the entry before; empty for the first.
  package var previousHash: [UInt8]
  /// The hash of this entry.
  package var hash: [UInt8]
  /// The algorithm of all hashes.
  package var alg: String

  package init(
    position: Int64,
    content: FeedDraft,
    privateHash: [UInt8],
    previousHash: [UInt8],
    hash: [UInt8],
    alg: String = FeedChain.alg
  ) {
    self.position = position
    self.content = content
    self.privateHash = privateHash
    self.previousHash = previousHash
    self.hash = hash
    self.alg = alg
  }

  /// Whether there was a private part that is gone.
  package var isErased: Bool { !privateHash.isEmpty && content.privatePart == nil }
}

/// The position and the hash of a feed's last entry.
package struct FeedHead: Sendable, Hashable {
  /// 0 if the feed is empty.
  package var position: Int64
  /// Empty if the feed is empty.
  package var hash: [UInt8]

  package init(position: Int64, hash: [UInt8]) {
    self.position = position
    self.hash = hash
  }

  /// The head of a feed without entries.
  package static let empty = Self(position: 0, hash: [])
}

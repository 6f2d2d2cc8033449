package import Service

/// One line of a service's answer to `POST /admin/verify`; exactly one of the parts is there.
package struct VerifyLine: Sendable, Hashable, Codable {
  /// How far a part has come, or how many faults of a part are not named.
  package struct Count: Sendable, Hashable, Codable {
    package var part: String
    package var count: Int64

    package init(part: String, count: Int64) {
      self.part = part
      self.count = count
    }
  }

  /// Where a feed ends, or up to where one was followed.
  package struct Place: Sendable, Hashable, Codable {
    /// The service whose feed it is.
    package var feed: String
    package var position: Int64
    /// The hash of that entry in hexadecimal digits; empty at the beginning.
    package var hash: String

    package init(feed: String, position: Int64, hash: String) {
      self.feed = feed
      self.position = position
      self.hash = hash
    }
  }

  /// The last line.
  package struct End: Sendable, Hashable, Codable {
    package var head: Place
    package var cursors: [Place]
    /// How many things were looked at, by part.
    package var checked: [String: Int64]

    package init(head: Place, cursors: [Place], checked: [String: Int64]) {
      self.head = head
      self.cursors = cursors
      self.checked = checked
    }
  }

  package var progress: Count?
  package var fault: StoredFault?
  package var more: Count?
  package var end: End?

  package init(
    progress: Count? = nil,
    fault: StoredFault? = nil,
    more: Count? = nil,
    end: End? = nil
  ) {
    self.progress = progress
    self.fault = fault
    self.more = more
    self.end = end
  }
}

/// What a feed answers to a place that a follower claims to have seen in it.
package struct PlaceAnswer: Sendable, Hashable, Codable {
  /// What the follower claims.
  package var claimed: VerifyLine.Place
  /// Whether it stands there.
  package var holds: Bool
  /// Where the feed ends.
  package var head: VerifyLine.Place
  /// The hash that stands at the position in truth; nil if the feed ends before it.
  package var hash: String?

  package init(
    claimed: VerifyLine.Place,
    holds: Bool,
    head: VerifyLine.Place,
    hash: String?
  ) {
    self.claimed = claimed
    self.holds = holds
    self.head = head
    self.hash = hash
  }

  /// The fault that it shows at the follower; nil if all is well.
  package func fault(of follower: String) -> StoredFault? {
    guard !holds else { return nil }
    let expected =
      hash.map { "\($0), as the feed has it" }
      ?? "the feed of \(head.feed) ends at \(head.position)"
    return StoredFault(
      .cursor,
      of: "\(follower) follows \(head.feed)",
      at: claimed.position,
      stored: claimed.hash,
      expected: expected
    )
  }
}

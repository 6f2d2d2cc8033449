package import Kernel

/// What a backup says about itself, kept beside it as `.manifest`.
package struct BackupManifest: Sendable, Hashable {
  /// The form that is written; the one before it had no cursors.
  package static let latestFormat = 2

  /// The form of the text: 1 or 2.
  package var format = latestFormat
  /// Whose store it is.
  package var service: String
  /// When it was made, in real time.
  package var madeAt: Instant
  /// The size of the file.
  ///
  /// - Unit: bytes.
  package var bytes: Int64
  /// SHA-256 of the file, as 64 hexadecimal digits.
  package var sha256: String
  /// The head of the feed in it: followers that are ahead of it stand still.
  package var feedPosition: Int64
  /// The hash of that entry, as hexadecimal digits.
  package var feedHash: String
  /// How far the feeds of others were followed in it, ascending by name; empty in format 1.
  package var cursors: [Cursor]
  /// The last migrations, parted by commas.
  package var schema: String

  init(
    service: String,
    madeAt: Instant,
    bytes: Int64,
    sha256: String,
    head: FeedHead,
    cursors: [Cursor],
    schema: String
  ) {
    self.service = service
    self.madeAt = madeAt
    self.bytes = bytes
    self.sha256 = sha256
    feedPosition = head.position
    feedHash = Hexadecimal.text(head.hash)
    self.cursors = cursors
    self.schema = schema
  }

  /// The same in the form of a manifest that was read, for comparing with it.
  func inFormat(of other: Self) -> Self {
    var manifest = self
    manifest.format = other.format
    if other.format < 2 { manifest.cursors = [] }
    return manifest
  }
}

// The text

extension BackupManifest {
  /// One `name: value` a line, and one `cursor: upstream position hash` for each feed.
  var text: String {
    var lines = [
      "format: \(format)",
      "service: \(service)",
      "made_at: \(madeAt.unixMilliseconds)",
      "bytes: \(bytes)",
      "sha256: \(sha256)",
      "feed_position: \(feedPosition)",
      "feed_hash: \(feedHash)",
    ]
    lines += cursors.map {
      "cursor: \($0.upstream) \($0.position) \(Hexadecimal.text($0.hash))"
    }
    return (lines + ["schema: \(schema)", ""]).joined(separator: "\n")
  }

  /// Reads what `text` wrote, in either format; nil if it is anything else.
  init?(text: String) {
    var fields: [Substring: Substring] = [:]
    var cursors: [Cursor] = []
    for line in text.split(separator: "\n") {
      let halves = line.split(separator: ":", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let value = halves[1].drop { $0 == " " }
      if halves[0] == "cursor" {
        guard let cursor = Self.cursor(value) else { return nil }
        cursors.append(cursor)
      } else {
        fields[halves[0]] = value
      }
    }
    guard let format = fields["format"].flatMap({ Int($0) }),
      (1...Self.latestFormat).contains(format), let service = fields["service"],
      let madeAt = fields["made_at"].flatMap({ Int64($0) }),
      let bytes = fields["bytes"].flatMap({ Int64($0) }), let sha256 = fields["sha256"],
      let position = fields["feed_position"].flatMap({ Int64($0) }),
      let schema = fields["schema"], format > 1 || cursors.isEmpty
    else { return nil }
    self.format = format
    self.service = String(service)
    self.madeAt = Instant(unixMilliseconds: madeAt)
    self.bytes = bytes
    self.sha256 = String(sha256)
    feedPosition = position
    feedHash = String(fields["feed_hash"] ?? "")
    self.cursors = cursors
    self.schema = String(schema)
  }

  private static func cursor(_ text: Substring) -> Cursor? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, let position = Int64(words[1]), position >= 0,
      let hash = Hexadecimal.bytes(words[2])
    else { return nil }
    return Cursor(upstream: String(words[0]), position: position, hash: hash)
  }
}

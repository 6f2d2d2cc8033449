internal import Foundation
internal import Kernel
internal import Service
internal import Storage

/// What a backup of the house says about itself: `backup.json` in its folder.
///
/// It is written last, so a folder without it is a backup that was not finished, or copies of
/// single stores.
struct BackupRecord: Codable, Hashable {
  /// The name of the file.
  static let file = "backup.json"

  /// How far a feed was followed.
  struct Position: Codable, Hashable {
    var upstream: String
    var position: Int64
    var hash: String
  }

  /// One service's copy.
  struct Copy: Codable, Hashable {
    var name: String
    var service: String
    var madeAt: String
    var bytes: Int64
    var sha256: String
    var feedPosition: Int64
    var feedHash: String
    var cursors: [Position]
    var schema: String
    /// How long the service's followers were held.
    ///
    /// - Unit: milliseconds.
    var heldMs: Int64
  }

  /// Files beside a store.
  struct Files: Codable, Hashable {
    var folder: String
    var files: Int
    var bytes: Int64
  }

  var format = 1
  var madeAt: String
  var hall: String
  var version: String
  /// Whether it is a demonstration's.
  var demo: Bool
  /// Whether the copies were found to fit one another.
  var checked: Bool
  /// From when the first follower was held until the last instant was taken.
  ///
  /// - Unit: milliseconds.
  var holdMs: Int64
  /// How long the whole took.
  ///
  /// - Unit: milliseconds.
  var tookMs: Int64
  var copies: [Copy]
  var files: [Files]

  /// The JSON.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [0x0A]
  }

  /// Reads the JSON; nil if it is none, or of a later format.
  init?(_ bytes: [UInt8]) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let record = try? decoder.decode(Self.self, from: Data(bytes)), record.format == 1 else {
      return nil
    }
    self = record
  }

  init(
    madeAt: Instant,
    hall: String,
    version: String,
    demo: Bool,
    holdMs: Int64,
    tookMs: Int64,
    copies: [Copy],
    files: [Files]
  ) {
    self.madeAt = LegalTime.beijing.text(madeAt)
    self.hall = hall
    self.version = version
    self.demo = demo
    checked = true
    self.holdMs = holdMs
    self.tookMs = tookMs
    self.copies = copies
    self.files = files
  }
}

extension BackupRecord.Copy {
  init(_ manifest: BackupManifest, heldMs: Int64) {
    name = BackupCheck.file(of: manifest.service)
    service = manifest.service
    madeAt = LegalTime.beijing.text(manifest.madeAt)
    bytes = manifest.bytes
    sha256 = manifest.sha256
    feedPosition = manifest.feedPosition
    feedHash = manifest.feedHash
    cursors = manifest.cursors.map { cursor in
      .init(
        upstream: cursor.upstream,
        position: cursor.position,
        hash: Digest.hex(cursor.hash)
      )
    }
    schema = manifest.schema
    self.heldMs = heldMs
  }
}

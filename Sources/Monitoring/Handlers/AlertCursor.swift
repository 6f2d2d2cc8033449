internal import Messages
internal import Service
internal import Storage

/// A cursor of alerts: behind which entry of the hall's feed to go on.
///
/// Opaque to readers. Beside hall and position it bears a mark of the entry there, since after a
/// restore another entry may stand in its place; cursors of older programs have none.
enum AlertCursor {
  /// How many bytes of the entry's hash are its mark.
  private static let marked = 6

  /// The cursor behind an entry.
  ///
  /// - Parameters:
  ///   - position: The entry's position; 0 before the first.
  ///   - hash: The entry's hash; empty if it is not known.
  ///   - hall: The hall of the reader.
  /// - Returns: The text, of at most 100 characters.
  static func text(_ position: Int64, hash: [UInt8], hall: String) -> String {
    let place = [hall, String(position)]
    return Paging.token(hash.isEmpty ? place : place + [mark(hash)])
  }

  /// The cursor behind an entry of which only the position is known.
  static func text(_ position: Int64, _ reading: Reading) throws -> String {
    let hash = try reading.snapshot.feedHash(at: position) ?? []
    return text(position, hash: hash, hall: reading.call.hall)
  }

  private static func mark(_ hash: [UInt8]) -> String {
    Base64.encode(Array(hash.prefix(marked)), urlSafe: true, padded: false)
  }

  /// The position of a cursor; 0 for an empty one.
  ///
  /// - Throws: ``Refusal`` `INVALID_FIELDS`, or ``MonitoringRefusal`` `CURSOR_FROM_FUTURE`.
  static func position(_ cursor: String, _ reading: Reading) throws -> Int64 {
    guard !cursor.isEmpty else { return 0 }
    let hall = reading.call.hall
    let text = Base64.decode(cursor).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts[0] == hall, let position = Int64(parts[1]),
      position >= 0
    else {
      throw Refusal.invalid(
        field: "cursor",
        reason: "FORMAT",
        zh: "游标无效，或属于另一大厅",
        en: "This is no cursor, or one of another hall"
      )
    }
    let head = try reading.snapshot.feedHead()
    guard position <= head.position else { throw try fromFuture(reading) }
    // What is not kept any more cannot be compared; whoever reads behind it is told that.
    if parts.count == 3, let hash = try reading.snapshot.feedHash(at: position),
      mark(hash) != parts[2]
    {
      throw try fromFuture(reading)
    }
    return position
  }

  /// The cursor is of a record that is not this one: of one that a restore has taken back.
  private static func fromFuture(_ reading: Reading) throws -> MonitoringRefusal {
    let head = try reading.snapshot.feedHead().position
    return .cursorFromFuture(head: try text(head, reading))
  }
}

/// Where a stream stands: behind which entry, and under which lease of a consumer's name.
///
/// The platform keeps one number a stream, so both share it: 40 bits for the feed, which at 1,000
/// entries a second last for 34 years, and 23 for the lease.
struct StreamPlace {
  private static let feedBits: Int64 = 40

  /// 0 if the stream reads in no consumer's name.
  var lease: Int64
  var position: Int64

  init(lease: Int64, position: Int64) {
    self.lease = lease
    self.position = position
  }

  init(packed: Int64) {
    lease = packed >> Self.feedBits
    position = packed & (1 << Self.feedBits - 1)
  }

  var packed: Int64 { lease << Self.feedBits | position }
}

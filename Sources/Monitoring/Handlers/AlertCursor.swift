internal import Messages
internal import Service
internal import Storage

/// A cursor of alerts: behind which entry of the hall's feed to go on.
///
/// Opaque to readers.
enum AlertCursor {
  static func text(_ position: Int64, hall: String) -> String {
    Paging.token([hall, String(position)])
  }

  /// The position of a cursor; 0 for an empty one.
  ///
  /// - Throws: ``Refusal`` `INVALID_FIELDS`, or ``MonitoringRefusal`` `CURSOR_FROM_FUTURE`.
  static func position(_ cursor: String, _ reading: Reading) throws -> Int64 {
    guard !cursor.isEmpty else { return 0 }
    let hall = reading.call.hall
    let text = Base64.decode(cursor).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == hall, let position = Int64(parts[1]), position >= 0 else {
      throw Refusal.invalid(
        field: "cursor",
        reason: "FORMAT",
        zh: "游标无效，或属于另一大厅",
        en: "This is no cursor, or one of another hall"
      )
    }
    let head = try reading.snapshot.feedHead().position
    guard position <= head else {
      throw MonitoringRefusal.cursorFromFuture(head: Self.text(head, hall: hall))
    }
    return position
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

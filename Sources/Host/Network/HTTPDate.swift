internal import Glibc

/// The real time as HTTP writes it.
enum HTTPDate {
  /// How many letters an IMF-fixdate has, and the zero that the C library puts behind it.
  private static let room = 30

  /// Now, an IMF-fixdate like `Sun, 06 Nov 1994 08:49:37 GMT`.
  ///
  /// It is the time of the wire and of no hall, so it does not follow a demonstration's clock.
  ///
  /// - Source: RFC 9110, 5.6.7
  static func now() -> String {
    text(of: time(nil))
  }

  /// A second since 1970 as HTTP writes it, up to the year 9999.
  static func text(of second: time_t) -> String {
    var second = second
    var parts = tm()
    gmtime_r(&second, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { room in
      guard let start = room.baseAddress else { preconditionFailure("The room is not empty.") }
      // The names of days and months are English: no process of the house takes another language.
      strftime(start, room.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      return String(cString: start)
    }
  }
}

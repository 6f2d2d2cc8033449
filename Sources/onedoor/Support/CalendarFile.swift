internal import Kernel
internal import Law
internal import Messages
internal import Service

/// The work calendar from a file, or the one that the program carries.
enum CalendarFile {
  /// Reads the calendar.
  ///
  /// - Parameter path: The file; nil for the calendar of 2007 to 2026 that the program carries.
  /// - Returns: The calendar.
  /// - Throws: ``Failure``.
  static func calendar(_ path: String?) throws -> WorkCalendar {
    WorkCalendar(try file(path))
  }

  /// The file as a message.
  ///
  /// - Throws: ``Failure``.
  static func file(_ path: String?) throws -> CatalogueV1.CalendarFile {
    let bytes = try path.map { try Files.read($0) } ?? PackageResources.work_calendar_json
    do {
      return try CatalogueV1.CalendarFile.decode(json: bytes)
    } catch {
      throw Failure(.invalid, "\(path ?? "the calendar"): \(error.messageEn)")
    }
  }
}

internal import Foundation
internal import Kernel
package import Law

/// The calendar that the house ships, 2007 to 2026, read from its data file.
package enum RealCalendar {
  /// The calendar with every revision.
  package static func load() throws -> WorkCalendar {
    WorkCalendar(revisions: try revisions())
  }

  /// The revisions in the order of the file.
  package static func revisions() throws -> [CalendarRevision] {
    let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "onedoor/Data/calendar/work-calendar.json")
    let read = try JSONDecoder().decode(CalendarFile.self, from: Data(contentsOf: url))
    return try read.revisions.map { try $0.revision() }
  }
}

private struct CalendarFile: Decodable {
  struct Revision: Decodable {
    struct Decree: Decodable {
      var title: String
      var url: String
    }

    struct NamedDay: Decodable {
      var date: String
      var kind: Kind
      var occasion: String
    }

    enum Kind: String, Decodable {
      case off = "CALENDAR_DAY_KIND_OFF"
      case work = "CALENDAR_DAY_KIND_WORK"
    }

    struct NoSuchDay: Error {
      var text: String
    }

    var name: String
    var decrees: [Decree]
    var years: Set<Int>
    var days: [NamedDay]

    func revision() throws -> CalendarRevision {
      CalendarRevision(
        name: name,
        decree: .init(
          title: decrees.map(\.title).joined(separator: "；"),
          url: decrees.first?.url ?? ""
        ),
        years: years,
        days: try days.map { named in
          guard let day = Day(iso: named.date) else { throw NoSuchDay(text: named.date) }
          return .init(
            day: day,
            kind: named.kind == .off ? .off : .work,
            occasion: named.occasion
          )
        }
      )
    }
  }

  var revisions: [Revision]
}

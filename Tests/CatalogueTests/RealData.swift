import Foundation
import Messages

/// The data that the house ships.
enum RealData {
  private static func bytes(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.path + "/../../Sources/onedoor/Data/" + name
    return Array(try Data(contentsOf: URL(filePath: file)))
  }

  /// The demonstration catalogue: four files merged, as `catalogue import` does it.
  static func catalogue() throws -> CatalogueV1.CatalogueFile {
    var merged = CatalogueV1.CatalogueFile()
    for name in ["departments", "items-detailed", "items-licensing", "items-retired"] {
      let file = try CatalogueV1.CatalogueFile.decode(json: bytes("catalogue/\(name).json"))
      merged.source += (merged.source.isEmpty ? "" : "；") + String(file.source.prefix(60))
      merged.departments += file.departments
      merged.posts += file.posts
      merged.windows += file.windows
      merged.items += file.items
      merged.retiredItems += file.retiredItems
    }
    return merged
  }

  /// The work calendar, 2007 to 2026.
  static func calendar() throws -> CatalogueV1.CalendarFile {
    let file = try JSONDecoder().decode(
      Shipped.self,
      from: Data(bytes("calendar/work-calendar.json"))
    )
    return CatalogueV1.CalendarFile(revisions: file.revisions.map(\.message))
  }

  /// The shape of the calendar's data file.
  private struct Shipped: Decodable {
    struct Decree: Decodable {
      var title: String
      var url: String
    }

    struct NamedDay: Decodable {
      var date: String
      var kind: String
      var occasion: String
    }

    struct Revision: Decodable {
      var name: String
      var decree: Decree
      var years: [Int32]
      var days: [NamedDay]

      var message: CatalogueV1.CalendarRevision {
        CatalogueV1.CalendarRevision(
          name: name,
          decrees: [.init(title: decree.title, url: decree.url)],
          years: years,
          days: days.map {
            let kind: CatalogueV1.CalendarDayKind = $0.kind == "KIND_WORK" ? .work : .off
            return .init(date: $0.date, kind: kind, occasion: $0.occasion)
          }
        )
      }
    }

    var revisions: [Revision]
  }
}

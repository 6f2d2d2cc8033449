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
    try CatalogueV1.CalendarFile.decode(json: bytes("calendar/work-calendar.json"))
  }
}

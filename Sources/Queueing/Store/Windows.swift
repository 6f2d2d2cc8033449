internal import Messages
internal import Service
internal import Storage

/// How many windows a hall has at most.
private let mostWindows = 10_000

extension Reading {
  /// The windows of the hall as the catalogue has them, by code.
  func windows() throws -> [WindowChoice.Window] {
    let kind = CatalogueV1.Window.fullName
    return try snapshot.references(hall: call.hall, kind: kind, limit: mostWindows).map {
      let window = try CatalogueV1.Window.decode($0.message)
      return WindowChoice.Window(
        code: window.code,
        letter: window.ticketLetter,
        departments: window.departmentCodes
      )
    }
  }
}

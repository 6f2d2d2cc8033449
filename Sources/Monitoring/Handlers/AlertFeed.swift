internal import Messages
internal import Service
internal import Storage

/// Reads alerts off the service's own feed, which is their one truth.
///
/// An atom is what one act told of one case: entries behind each other with the same instant,
/// subject and causes. One act is one commit, so an atom is never seen in parts.
///
/// - Source: docs/rules/monitoring.md, rule M8
struct AlertFeed {
  /// Alerts that were committed together.
  struct Atom {
    var alerts: [MonitoringV1.Alert]
    /// The position of the first of them, which is not the act's first for who goes on within.
    let first: Int64
    /// The position of the last of them.
    var position: Int64
    /// Whether no filter hid one of them, so that everybody who sees all of them sees the same.
    var isWhole: Bool
  }

  /// What was found.
  struct Found {
    var atoms: [Atom] = []
    /// The position behind all that was looked at.
    var position: Int64
    /// Whether the end of the feed was not reached.
    var hasMore = false

    var count: Int { atoms.reduce(0) { $0 + $1.alerts.count } }
  }

  /// The act to which the entries that are looked at belong.
  private struct Current {
    var act: AlertEntry.Act
    /// Its atom among those that were found; nil as long as none of its alerts was wanted.
    var atom: Int?
    var hidesSome = false
  }

  /// How many entries one page looks at, however few pass the filter.
  static let most = 2_000

  let reading: Reading
  let filters: [MonitoringV1.AlertFilter]
  /// Where those who follow find the last entries; nil for who reads a page now and then.
  var recent: RecentAlerts?

  /// Looks for alerts behind a position.
  ///
  /// - Parameters:
  ///   - position: The position behind which to begin.
  ///   - wanted: How many alerts are enough.
  ///   - splits: Whether a page may end within an atom.
  /// - Returns: What was found, and the position behind all that was looked at.
  /// - Throws: ``MonitoringRefusal`` `CURSOR_TOO_OLD`.
  func look(behind position: Int64, wanted: Int, splits: Bool) throws -> Found {
    var found = Found(position: position)
    var current: Current?
    var looked = 0
    var count = 0
    while true {
      let page = try page(behind: found.position)
      guard !page.isEmpty else { return found }
      for entry in page {
        let isNewAct = entry.act != current?.act
        let isWanted = entry.hall == reading.call.hall && filters.allSatisfy(entry.passes)
        let alert = isWanted ? entry.alert : nil
        let isFull = count >= wanted
        if isNewAct && (looked >= Self.most || (!splits && isFull))
          || alert != nil && splits && isFull
        {
          found.hasMore = true
          return found
        }
        looked += 1
        found.position = entry.position
        if isNewAct { current = Current(act: entry.act) }
        if let alert {
          count += 1
          Self.add(alert, at: entry.position, to: &found, &current)
        } else if entry.alert != nil {
          current?.hidesSome = true
          if let atom = current?.atom { found.atoms[atom].isWhole = false }
        }
      }
    }
  }

  private static func add(
    _ alert: MonitoringV1.Alert,
    at position: Int64,
    to found: inout Found,
    _ current: inout Current?
  ) {
    if let atom = current?.atom {
      found.atoms[atom].alerts.append(alert)
      found.atoms[atom].position = position
    } else {
      let isWhole = current?.hidesSome != true
      found.atoms.append(
        Atom(alerts: [alert], first: position, position: position, isWhole: isWhole)
      )
      current?.atom = found.atoms.count - 1
    }
  }

  private func page(behind position: Int64) throws -> [AlertEntry] {
    if let known = try recent?.entries(behind: position, limit: 200, reading) { return known }
    let entries = try reading.snapshot.feedEntries(after: position, limit: 200)
    if let first = entries.first, first.position != position + 1 {
      throw MonitoringRefusal.cursorTooOld(
        oldest: AlertCursor.text(
          first.position - 1,
          hash: first.previousHash,
          hall: reading.call.hall
        )
      )
    }
    return try entries.map { try AlertEntry($0, reading) }
  }
}

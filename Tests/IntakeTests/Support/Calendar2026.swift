import Messages
import TestSupport

/// The days of 2026 that differ from the ordinary week, by the decree of 2025-11-04.
enum Calendar2026 {
  private static let days = TextTable(
    columns: 2,
    """
    2026-01-01 off
    2026-01-02 off
    2026-01-03 off
    2026-01-04 work
    2026-02-14 work
    2026-02-15 off
    2026-02-16 off
    2026-02-17 off
    2026-02-18 off
    2026-02-19 off
    2026-02-20 off
    2026-02-21 off
    2026-02-22 off
    2026-02-23 off
    2026-02-28 work
    2026-04-04 off
    2026-04-05 off
    2026-04-06 off
    2026-05-01 off
    2026-05-02 off
    2026-05-03 off
    2026-05-04 off
    2026-05-05 off
    2026-05-09 work
    2026-06-19 off
    2026-06-20 off
    2026-06-21 off
    2026-09-20 work
    2026-09-25 off
    2026-09-26 off
    2026-09-27 off
    2026-10-01 off
    2026-10-02 off
    2026-10-03 off
    2026-10-04 off
    2026-10-05 off
    2026-10-06 off
    2026-10-07 off
    2026-10-10 work
    """
  )

  /// The calendar as the catalogue publishes it.
  static var published: CatalogueV1.CalendarPublished {
    CatalogueV1.CalendarPublished(
      file: CatalogueV1.CalendarFile(revisions: [
        CatalogueV1.CalendarRevision(
          name: "2026",
          decrees: [CatalogueV1.Decree(title: "关于2026年部分节假日安排的通知")],
          years: [2026],
          days: days.rows.map { row in
            CatalogueV1.CalendarDay(
              date: row.columns[0],
              kind: row.columns[1] == "off" ? .off : .work,
              occasion: "节假日"
            )
          }
        )
      ]),
      version: 1
    )
  }
}

internal import Messages

/// Which methods' answers the door keeps: a closed list of all that anybody may ask by GET.
///
/// An answer is kept only if it is a function of the catalogue's record and the request alone, so
/// that the same position of the feed means the same answer: whoever asks, whatever the time.
enum CachedMethods {
  /// Those whose answers are kept.
  static let kept: Set<String> = [
    // The version that is in force, or a numbered one. "In force" changes by publishing only.
    CatalogueV1.CatalogueService.getItem.path,
    // Rows of the items in force, by filter and page.
    CatalogueV1.CatalogueService.listItems.path,
    // Rows that publishing adds.
    CatalogueV1.CatalogueService.listRetired.path,
    // Rows that publishing replaces.
    CatalogueV1.CatalogueService.listDepartments.path,
    // Rows that publishing replaces.
    CatalogueV1.CatalogueService.listWindows.path,
    // The revisions that were published.
    CatalogueV1.CalendarService.getCalendar.path,
    // What the revisions say of the days that are asked for; today is not among what it reads.
    CatalogueV1.CalendarService.explainDay.path,
  ]

  /// Those whose answers are not kept.
  static let asked: Set<String> = [
    // Reckons as of the hall's today, so midnight changes the answer without an entry.
    CatalogueV1.CalendarService.computeDue.path,
    // Not the catalogue's: each ticket and each window changes it.
    QueueingV1.QueueService.getHallState.path,
  ]
}

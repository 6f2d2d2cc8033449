internal import Storage

/// The catalogue's own tables.
///
/// What was published, departments, posts, windows, item versions, cut items and the calendar,
/// stands as messages in the store's reference table, as it does with those who follow.
enum CatalogueSchema {
  /// Oldest first.
  static let migrations = [
    Migration(
      name: "0001-catalogue",
      sql: """
        CREATE TABLE catalogue_import (
          hall         TEXT    NOT NULL,
          id           TEXT    NOT NULL,
          kind         TEXT    NOT NULL CHECK (kind IN ('catalogue', 'calendar')),
          imported_by  TEXT    NOT NULL,
          imported_at  INTEGER NOT NULL, -- milliseconds since 1970, the hall's present
          message      BLOB    NOT NULL, -- CatalogueFile or CalendarFile
          published_by TEXT,             -- null until it was published
          published_at INTEGER,
          CHECK ((published_by IS NULL) = (published_at IS NULL)),
          CHECK (published_by IS NULL OR published_by <> imported_by),
          PRIMARY KEY (hall, id)
        ) STRICT;

        CREATE TABLE item (
          hall            TEXT    NOT NULL,
          code            TEXT    NOT NULL,
          version         INTEGER NOT NULL CHECK (version >= 1), -- the one in force
          department_code TEXT    NOT NULL,
          case_type       TEXT    NOT NULL,
          level           TEXT    NOT NULL,
          subject_types   TEXT    NOT NULL, -- `|1|2|`
          themes          TEXT    NOT NULL, -- `|a|b|`
          search_text     TEXT    NOT NULL, -- both names, normalised
          summary         BLOB    NOT NULL, -- ItemSummary
          PRIMARY KEY (hall, code)
        ) STRICT;
        CREATE INDEX item_department ON item (hall, department_code, code);
        """
    ),
    Migration(
      name: "0002-bases-of-drafts",
      sql: """
        -- How often what a draft brings had been published before it, with spaces between.
        ALTER TABLE catalogue_import ADD COLUMN base TEXT NOT NULL DEFAULT '';
        """
    ),
    Migration(
      name: "0003-names-without-spaces",
      sql: """
        -- Names are searched without their spaces.
        UPDATE item SET search_text = replace(search_text, ' ', '');
        """
    ),
  ]
}

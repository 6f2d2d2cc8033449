internal import Storage

/// The tables of approval, oldest migration first.
///
/// A released text is never changed.
enum Schema {
  static let migrations = [
    Migration(
      name: "0001-cases",
      sql: """
        CREATE TABLE approval_case (
          hall               TEXT    NOT NULL,
          number             TEXT    NOT NULL,
          item_code          TEXT    NOT NULL,
          item_version       INTEGER NOT NULL,
          item_name          TEXT    NOT NULL,
          department_code    TEXT    NOT NULL,
          state              INTEGER NOT NULL CHECK (state BETWEEN 1 AND 8),
          stage_code         TEXT    NOT NULL, -- empty when the tasks of all stages are done
          accepted_on        INTEGER NOT NULL, -- days since 1970
          accepted_by        TEXT    NOT NULL,
          legal_start_on     INTEGER NOT NULL,
          legal_limit        TEXT,             -- `20wd`; null if no law names one
          promise            TEXT,
          legal_due_on       INTEGER,
          promise_due_on     INTEGER,
          legal_held_until   INTEGER,          -- what re-dating promised
          promise_held_until INTEGER,
          provisional        INTEGER NOT NULL CHECK (provisional IN (0, 1)),
          personal           BLOB,             -- sealed; null if there is none or it was erased
          revision           INTEGER NOT NULL,
          PRIMARY KEY (hall, number)
        ) STRICT;
        CREATE INDEX approval_case_state ON approval_case (hall, state, number);

        CREATE TABLE task (
          hall            TEXT    NOT NULL,
          id              TEXT    NOT NULL,
          case_number     TEXT    NOT NULL,
          ordinal         INTEGER NOT NULL, -- 1, 2, 3 within the case
          stage_code      TEXT    NOT NULL,
          task_code       TEXT    NOT NULL,
          name            TEXT    NOT NULL,
          department_code TEXT    NOT NULL,
          post_code       TEXT    NOT NULL,
          nature          INTEGER NOT NULL CHECK (nature BETWEEN 1 AND 4),
          state           INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
          started_on      INTEGER NOT NULL,
          term            TEXT    NOT NULL,
          due_on          INTEGER NOT NULL,
          held_until      INTEGER,
          claimed_by      TEXT    NOT NULL, -- empty if nobody
          on_behalf_of    TEXT    NOT NULL,
          answer          INTEGER CHECK (answer BETWEEN 1 AND 3),
          opinion         TEXT    NOT NULL,
          done_at         INTEGER,          -- milliseconds since 1970
          revision        INTEGER NOT NULL,
          stamp           INTEGER NOT NULL, -- a timer with another stamp is stale
          PRIMARY KEY (hall, id),
          FOREIGN KEY (hall, case_number) REFERENCES approval_case (hall, number)
        ) STRICT;
        CREATE UNIQUE INDEX task_case ON task (hall, case_number, ordinal);
        CREATE INDEX task_post ON task (hall, post_code, state, due_on, id);
        CREATE INDEX task_department ON task (hall, department_code, state, due_on, id);
        CREATE INDEX task_due ON task (hall, state, due_on, id);

        CREATE TABLE special_procedure (
          hall           TEXT    NOT NULL,
          id             TEXT    NOT NULL,
          case_number    TEXT    NOT NULL,
          ordinal        INTEGER NOT NULL,
          kind           INTEGER NOT NULL,
          basis          TEXT    NOT NULL,
          reason         TEXT    NOT NULL,
          started_on     INTEGER NOT NULL,
          planned_end_on INTEGER NOT NULL,
          ended_on       INTEGER,          -- the day of resumption; null while it runs
          result         TEXT    NOT NULL,
          stops_legal    INTEGER NOT NULL CHECK (stops_legal IN (0, 1)),
          stops_promise  INTEGER NOT NULL CHECK (stops_promise IN (0, 1)),
          started_by     TEXT    NOT NULL,
          PRIMARY KEY (hall, id),
          FOREIGN KEY (hall, case_number) REFERENCES approval_case (hall, number)
        ) STRICT;
        CREATE UNIQUE INDEX special_procedure_case
          ON special_procedure (hall, case_number, ordinal);

        CREATE TABLE decision (
          hall         TEXT    NOT NULL,
          case_number  TEXT    NOT NULL,
          granted      INTEGER NOT NULL CHECK (granted IN (0, 1)),
          decided_by   TEXT    NOT NULL,
          on_behalf_of TEXT    NOT NULL,
          decided_at   INTEGER NOT NULL,
          reasons      TEXT    NOT NULL,
          remedies     TEXT    NOT NULL,
          PRIMARY KEY (hall, case_number),
          FOREIGN KEY (hall, case_number) REFERENCES approval_case (hall, number)
        ) STRICT;

        CREATE TABLE certificate (
          hall        TEXT    NOT NULL,
          case_number TEXT    NOT NULL,
          number      TEXT    NOT NULL,
          name        TEXT    NOT NULL,
          issued_on   INTEGER NOT NULL,
          valid_until INTEGER,          -- the last day; null if without end
          PRIMARY KEY (hall, case_number),
          FOREIGN KEY (hall, case_number) REFERENCES approval_case (hall, number)
        ) STRICT;
        CREATE UNIQUE INDEX certificate_number ON certificate (hall, number);

        CREATE TABLE certificate_sequence (
          hall   TEXT    NOT NULL,
          prefix TEXT    NOT NULL,
          year   INTEGER NOT NULL,
          last   INTEGER NOT NULL,
          PRIMARY KEY (hall, prefix, year)
        ) STRICT;

        CREATE TABLE delivery (
          hall            TEXT    NOT NULL,
          case_number     TEXT    NOT NULL,
          method          INTEGER NOT NULL,
          delivered_at    INTEGER NOT NULL,
          tracking_number TEXT    NOT NULL,
          delivered_by    TEXT    NOT NULL,
          PRIMARY KEY (hall, case_number),
          FOREIGN KEY (hall, case_number) REFERENCES approval_case (hall, number)
        ) STRICT;

        CREATE TABLE timeline (
          id           INTEGER NOT NULL PRIMARY KEY,
          hall         TEXT    NOT NULL,
          case_number  TEXT    NOT NULL,
          at           INTEGER NOT NULL, -- milliseconds since 1970, the hall's present
          type         TEXT    NOT NULL,
          text_zh      TEXT    NOT NULL,
          text_en      TEXT    NOT NULL,
          actor        TEXT    NOT NULL,
          post         TEXT    NOT NULL,
          on_behalf_of TEXT    NOT NULL
        ) STRICT;
        CREATE INDEX timeline_case ON timeline (hall, case_number, id);
        """
    ),
    Migration(
      name: "0002-since-when-calendars-hold",
      sql: """
        -- A case that is opened late is reckoned by the calendar that held when it was accepted.
        CREATE TABLE calendar_version (
          hall    TEXT    NOT NULL,
          version INTEGER NOT NULL,
          since   INTEGER NOT NULL, -- when it came; 0 for the first, and where nobody noted it
          PRIMARY KEY (hall, version)
        ) STRICT;
        INSERT INTO calendar_version
          SELECT hall, max(version), 0 FROM reference
          WHERE kind = 'onedoor.catalogue.v1.CalendarFile' GROUP BY hall;
        """
    ),
  ]
}

package import Storage

/// The tables of intake, frozen once released.
package enum IntakeSchema {
  /// The migrations, oldest first.
  package static let migrations = [
    Migration(
      name: "0001-applications",
      sql: """
        CREATE TABLE application (
          id                 INTEGER NOT NULL PRIMARY KEY, -- ascending: lists go by it
          hall               TEXT    NOT NULL,
          number             TEXT    NOT NULL, -- the draft's id, then the case number
          draft_id           TEXT,             -- null if it never was a draft
          owner              TEXT    NOT NULL, -- empty for a window
          item_code          TEXT    NOT NULL,
          item_version       INTEGER NOT NULL,
          department_code    TEXT    NOT NULL,
          state              INTEGER NOT NULL CHECK (state BETWEEN 1 AND 14),
          channel            INTEGER NOT NULL CHECK (channel BETWEEN 1 AND 2),
          applicant          BLOB    NOT NULL, -- sealed: name, identity number, phone
          id_hash            BLOB    NOT NULL, -- keyed hash of the identity number
          ticket_id          TEXT    NOT NULL,
          received_at        INTEGER,          -- milliseconds: the five days run from here
          receipt_start      INTEGER,          -- day 0 of the five days that run or ran last
          receipt_due        INTEGER,          -- their last day
          notified_on        INTEGER,
          answer_by          INTEGER,
          completed_on       INTEGER,
          accepted_on        INTEGER,
          accepted_by        TEXT    NOT NULL,
          deemed             INTEGER NOT NULL CHECK (deemed BETWEEN 0 AND 1),
          promise_due        INTEGER,
          legal_due          INTEGER,
          provisional        INTEGER NOT NULL CHECK (provisional BETWEEN 0 AND 1),
          decided_on         INTEGER,
          certificate_number TEXT    NOT NULL,
          reason             TEXT    NOT NULL, -- of a refusal or withdrawal
          stamp              INTEGER NOT NULL, -- raised when its timers become void
          revision           INTEGER NOT NULL,
          created_at         INTEGER NOT NULL,
          -- Not as a list: SQLite would make a table of it for each row that is written.
          CHECK (state NOT BETWEEN 2 AND 5 OR receipt_due IS NOT NULL),
          CHECK (state <> 5 OR accepted_on IS NOT NULL)
        ) STRICT;
        CREATE UNIQUE INDEX application_number ON application (hall, number);
        CREATE UNIQUE INDEX application_draft_id ON application (hall, draft_id);
        CREATE INDEX application_hall ON application (hall, id);
        CREATE INDEX application_owner ON application (hall, owner, id);
        CREATE INDEX application_state ON application (hall, state, id);
        CREATE INDEX application_item ON application (hall, item_code, id);
        CREATE INDEX application_department ON application (hall, department_code, id);

        CREATE TABLE material (
          application_id INTEGER NOT NULL REFERENCES application (id),
          position       INTEGER NOT NULL,
          hall           TEXT    NOT NULL,
          material_code  TEXT    NOT NULL,
          sha256         TEXT    NOT NULL, -- empty for paper
          file_name      TEXT    NOT NULL,
          media_type     TEXT    NOT NULL,
          size           INTEGER NOT NULL,
          attached_at    INTEGER NOT NULL,
          attached_by    TEXT    NOT NULL,
          answers_notice INTEGER NOT NULL CHECK (answers_notice BETWEEN 0 AND 1),
          PRIMARY KEY (application_id, position)
        ) STRICT;

        CREATE TABLE gap (
          application_id INTEGER NOT NULL REFERENCES application (id),
          position       INTEGER NOT NULL,
          hall           TEXT    NOT NULL,
          material_code  TEXT    NOT NULL, -- empty for a gap in the form
          demand         TEXT    NOT NULL,
          closed         INTEGER NOT NULL CHECK (closed BETWEEN 0 AND 1),
          PRIMARY KEY (application_id, position)
        ) STRICT;

        CREATE TABLE suspension (
          application_id INTEGER NOT NULL REFERENCES application (id),
          procedure_id   TEXT    NOT NULL,
          hall           TEXT    NOT NULL,
          kind           INTEGER NOT NULL,
          started_on     INTEGER NOT NULL,
          planned_end_on INTEGER,
          ended_on       INTEGER,
          stops_legal    INTEGER NOT NULL CHECK (stops_legal BETWEEN 0 AND 1),
          stops_promise  INTEGER NOT NULL CHECK (stops_promise BETWEEN 0 AND 1),
          PRIMARY KEY (application_id, procedure_id)
        ) STRICT;

        CREATE TABLE countersignature (
          id                  TEXT    NOT NULL PRIMARY KEY,
          hall                TEXT    NOT NULL,
          application_id      INTEGER NOT NULL REFERENCES application (id),
          number              TEXT    NOT NULL,
          requested_by        TEXT    NOT NULL,
          requested_at        INTEGER NOT NULL,
          reasons             TEXT    NOT NULL,
          competent_authority TEXT    NOT NULL,
          state               INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
          closed_by           TEXT    NOT NULL,
          closed_at           INTEGER,
          answer              TEXT    NOT NULL
        ) STRICT;
        CREATE INDEX countersignature_open
          ON countersignature (hall, state, requested_at, id);
        CREATE INDEX countersignature_application
          ON countersignature (application_id, state);

        CREATE TABLE case_counter (
          hall       TEXT    NOT NULL,
          day        INTEGER NOT NULL,
          department TEXT    NOT NULL,
          last       INTEGER NOT NULL,
          PRIMARY KEY (hall, day, department)
        ) STRICT;

        CREATE TABLE upload (
          hall        TEXT    NOT NULL,
          owner       TEXT    NOT NULL,
          sha256      TEXT    NOT NULL,
          size        INTEGER NOT NULL,
          media_type  TEXT    NOT NULL,
          uploaded_at INTEGER NOT NULL, -- milliseconds, the real present
          attached    INTEGER NOT NULL CHECK (attached BETWEEN 0 AND 1),
          PRIMARY KEY (hall, owner, sha256)
        ) STRICT;
        CREATE INDEX upload_sha256 ON upload (sha256, hall);
        CREATE INDEX upload_loose ON upload (attached, uploaded_at);
        """,
      formerDigests: ["383c3304e1d7f4cd9e85c8f184a23c0cbdaf5712a15a4cd59d551edde90143df"]
    ),
    Migration(
      name: "0002-index-of-drafts",
      sql: """
        -- What never was a draft is not looked for by its draft's id.
        DROP INDEX application_draft_id;
        CREATE UNIQUE INDEX application_draft_id ON application (hall, draft_id)
          WHERE draft_id IS NOT NULL;
        """
    ),
  ]
}

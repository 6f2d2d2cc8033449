internal import Storage

/// The tables of monitoring.
enum MonitoringSchema {
  static let migrations = [
    Migration(
      name: "0001-clocks-alerts-statistics",
      sql: """
        CREATE TABLE calendar_state (
          hall    TEXT    NOT NULL PRIMARY KEY,
          version INTEGER NOT NULL -- of the calendar by which clocks are reckoned
        ) STRICT;

        CREATE TABLE duty_post (
          hall            TEXT    NOT NULL,
          code            TEXT    NOT NULL,
          department_code TEXT    NOT NULL,
          role            INTEGER NOT NULL,
          PRIMARY KEY (hall, code)
        ) STRICT;
        CREATE INDEX duty_post_department ON duty_post (hall, department_code, role, code);

        CREATE TABLE watched_case (
          hall            TEXT    NOT NULL,
          number          TEXT    NOT NULL,
          item_code       TEXT    NOT NULL,
          item_version    INTEGER NOT NULL,
          department_code TEXT    NOT NULL,
          receipt_post    TEXT    NOT NULL, -- empty if it came online
          accepted_on     INTEGER,          -- days since 1970; null before
          ended_on        INTEGER,          -- decided, withdrawn, refused or returned
          PRIMARY KEY (hall, number)
        ) STRICT;
        CREATE INDEX watched_case_accepted ON watched_case (hall, accepted_on);

        CREATE TABLE suspension (
          id            INTEGER NOT NULL PRIMARY KEY,
          hall          TEXT    NOT NULL,
          case_number   TEXT    NOT NULL,
          procedure_id  TEXT    NOT NULL,
          kind          INTEGER NOT NULL, -- SpecialProcedureKind
          stop_on       INTEGER NOT NULL,
          planned_on    INTEGER,          -- the planned last day
          resume_on     INTEGER,          -- null while it is open
          stops_legal   INTEGER NOT NULL CHECK (stops_legal IN (0, 1)),
          stops_promise INTEGER NOT NULL CHECK (stops_promise IN (0, 1)),
          stamp         INTEGER NOT NULL,
          UNIQUE (hall, case_number, procedure_id)
        ) STRICT;

        CREATE TABLE task (
          hall            TEXT    NOT NULL,
          id              TEXT    NOT NULL,
          case_number     TEXT    NOT NULL,
          department_code TEXT    NOT NULL,
          post_code       TEXT    NOT NULL,
          nature          INTEGER NOT NULL, -- TaskNature
          claimed_by      TEXT    NOT NULL, -- empty if nobody
          is_open         INTEGER NOT NULL CHECK (is_open IN (0, 1)),
          PRIMARY KEY (hall, id)
        ) STRICT;
        CREATE INDEX task_case ON task (hall, case_number, is_open, nature, id);

        CREATE TABLE clock (
          id               INTEGER NOT NULL PRIMARY KEY,
          hall             TEXT    NOT NULL,
          case_number      TEXT    NOT NULL,
          kind             INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5), -- AlertKind
          task_id          TEXT    NOT NULL, -- empty but for a step
          round            INTEGER NOT NULL, -- 2 for the five days after a correction
          item_code        TEXT    NOT NULL,
          department_code  TEXT    NOT NULL,
          start_on         INTEGER NOT NULL,
          term_amount      INTEGER NOT NULL,
          term_unit        INTEGER NOT NULL CHECK (term_unit BETWEEN 1 AND 4), -- TermUnit
          held_until       INTEGER,          -- what re-dating promised
          due_on           INTEGER NOT NULL, -- this and what follows is derived
          yellow_on        INTEGER NOT NULL,
          late_on          INTEGER NOT NULL,
          paused_from      INTEGER,
          planned_end      INTEGER,
          provisional      INTEGER NOT NULL CHECK (provisional IN (0, 1)),
          due_revision     INTEGER NOT NULL,
          revised_at       INTEGER,          -- when the due day last moved
          calendar_version INTEGER NOT NULL,
          light            INTEGER NOT NULL CHECK (light BETWEEN 1 AND 6), -- for the index only
          next_at          INTEGER,          -- when the next level is reached
          closed_on        INTEGER,
          is_open          INTEGER NOT NULL CHECK (is_open IN (0, 1)),
          stamp            INTEGER NOT NULL,
          UNIQUE (hall, case_number, kind, task_id, round)
        ) STRICT;
        CREATE INDEX clock_due ON clock (hall, is_open, due_on, id);
        CREATE INDEX clock_department ON clock (hall, is_open, department_code, due_on, id);
        CREATE INDEX clock_kind ON clock (hall, is_open, kind, due_on, id);
        CREATE INDEX clock_light ON clock (hall, is_open, light, due_on, id);
        CREATE INDEX clock_case ON clock (hall, is_open, case_number);
        CREATE INDEX clock_closed ON clock (hall, is_open, kind, closed_on);

        CREATE TABLE redating (
          id            INTEGER NOT NULL PRIMARY KEY,
          hall          TEXT    NOT NULL,
          case_number   TEXT    NOT NULL,
          kind          INTEGER NOT NULL,
          task_id       TEXT    NOT NULL,
          redated_at    INTEGER NOT NULL,
          old_due_on    INTEGER NOT NULL,
          new_due_on    INTEGER NOT NULL,
          reckoned_on   INTEGER NOT NULL, -- what the new calendar alone would give
          summary_zh    TEXT    NOT NULL,
          summary_en    TEXT    NOT NULL
        ) STRICT;
        CREATE INDEX redating_case ON redating (hall, case_number, id);

        CREATE TABLE alert (
          number          INTEGER NOT NULL PRIMARY KEY,
          hall            TEXT    NOT NULL,
          id              TEXT    NOT NULL,
          subject         TEXT    NOT NULL,
          kind            INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 8),
          part            TEXT    NOT NULL,
          level           INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
          due_revision    INTEGER NOT NULL,
          ordinal         INTEGER NOT NULL,
          reached_at      INTEGER NOT NULL,
          discovered_at   INTEGER NOT NULL,
          is_active       INTEGER NOT NULL CHECK (is_active IN (0, 1)),
          UNIQUE (hall, id),
          UNIQUE (hall, subject, kind, part, level, due_revision, ordinal)
        ) STRICT;
        CREATE INDEX alert_active ON alert (hall, subject, kind, is_active, number);

        CREATE TABLE alert_acknowledgement (
          hall            TEXT    NOT NULL,
          alert_id        TEXT    NOT NULL,
          subject         TEXT    NOT NULL, -- of the official
          note            TEXT    NOT NULL,
          acknowledged_at INTEGER NOT NULL,
          PRIMARY KEY (hall, alert_id, subject)
        ) STRICT;

        CREATE TABLE consumer (
          hall     TEXT    NOT NULL,
          name     TEXT    NOT NULL,
          owner    TEXT    NOT NULL, -- empty if an operator registered it
          filter   BLOB    NOT NULL,
          position INTEGER NOT NULL, -- committed
          PRIMARY KEY (hall, name)
        ) STRICT;

        CREATE TABLE closed_case (
          hall            TEXT    NOT NULL,
          number          TEXT    NOT NULL,
          item_code       TEXT    NOT NULL,
          department_code TEXT    NOT NULL,
          decided_on      INTEGER NOT NULL,
          granted         INTEGER NOT NULL CHECK (granted IN (0, 1)),
          legal_days      INTEGER, -- working days; null if the limit counts otherwise or is none
          promise_days    INTEGER,
          used_days       INTEGER NOT NULL,
          PRIMARY KEY (hall, number)
        ) STRICT;
        CREATE INDEX closed_case_decided ON closed_case (hall, decided_on);

        CREATE TABLE rating (
          hall            TEXT    NOT NULL,
          id              TEXT    NOT NULL,
          rated_on        INTEGER NOT NULL,
          satisfaction    INTEGER NOT NULL CHECK (satisfaction BETWEEN 1 AND 5), -- 1 is best
          item_code       TEXT    NOT NULL, -- empty for a visit
          department_code TEXT    NOT NULL, -- empty for a visit
          PRIMARY KEY (hall, id)
        ) STRICT;
        CREATE INDEX rating_day ON rating (hall, rated_on);
        """
    ),
    Migration(
      name: "0002-lists-and-lags",
      sql: """
        -- Every combination of filters is a few stretches of one index.
        DROP INDEX clock_kind;
        DROP INDEX clock_light;
        CREATE INDEX clock_kind_light ON clock (hall, is_open, kind, light, due_on, id);
        CREATE INDEX clock_department_kind_light
          ON clock (hall, is_open, department_code, kind, light, due_on, id);

        -- How far a reader lies behind is counted here, without a look at the entries.
        CREATE INDEX feed_payload ON feed (hall, payload_type, position);
        """
    ),
    Migration(
      name: "0003-indexes-of-open-clocks",
      sql: """
        -- Lists and re-dating ask for open clocks alone: what is closed leaves their indexes.
        DROP INDEX clock_due;
        DROP INDEX clock_department;
        DROP INDEX clock_kind_light;
        DROP INDEX clock_department_kind_light;
        DROP INDEX clock_case;
        DROP INDEX clock_closed;
        CREATE INDEX clock_open ON clock (hall, kind, light, due_on, id) WHERE is_open = 1;
        CREATE INDEX clock_open_department
          ON clock (hall, department_code, kind, light, due_on, id) WHERE is_open = 1;
        CREATE INDEX clock_closed ON clock (hall, kind, closed_on) WHERE is_open = 0;
        """
    ),
    Migration(
      name: "0004-since-when-calendars-hold",
      sql: """
        -- What happened at an instant is reckoned by the calendar that held then.
        CREATE TABLE calendar_version (
          hall    TEXT    NOT NULL,
          version INTEGER NOT NULL,
          since   INTEGER NOT NULL, -- when it came; 0 for the first, and where nobody noted it
          PRIMARY KEY (hall, version)
        ) STRICT;
        INSERT INTO calendar_version SELECT hall, version, 0 FROM calendar_state;
        DROP TABLE calendar_state;
        """
    ),
    Migration(
      name: "0005-who-was-told",
      sql: """
        -- A CLEARED goes to all who were told; empty for alerts of older programs.
        ALTER TABLE alert ADD COLUMN recipients TEXT NOT NULL DEFAULT '';
        """
    ),
  ]
}

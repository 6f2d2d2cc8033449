internal import Storage

/// The tables of queueing.
enum QueueingSchema {
  /// Oldest first.
  static let migrations = [
    Migration(
      name: "0001-queueing",
      sql: """
        CREATE TABLE window_session (
          hall          TEXT    NOT NULL,
          id            TEXT    NOT NULL,
          window_code   TEXT    NOT NULL,
          ticket_letter TEXT    NOT NULL,
          subject       TEXT    NOT NULL,
          opened_on     INTEGER NOT NULL, -- days since 1970; a session ends with its day
          opened_at     INTEGER NOT NULL,
          closed_at     INTEGER,          -- null while it is open
          PRIMARY KEY (hall, id)
        ) STRICT;
        CREATE UNIQUE INDEX window_session_open
          ON window_session (hall, opened_on, window_code) WHERE closed_at IS NULL;
        CREATE UNIQUE INDEX window_session_subject
          ON window_session (hall, opened_on, subject) WHERE closed_at IS NULL;

        CREATE TABLE ticket (
          hall          TEXT    NOT NULL,
          id            TEXT    NOT NULL,
          day           INTEGER NOT NULL, -- days since 1970
          ticket_letter TEXT    NOT NULL,
          sequence      INTEGER NOT NULL CHECK (sequence >= 1), -- 23 in `A023`
          state         INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
          priority      INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 3),
          person        BLOB,             -- keyed hash of the identity number, forgotten at night
          window_code   TEXT,             -- null while it waits
          called_by     TEXT,
          call_sequence INTEGER,          -- 1, 2, 3 and so on per day and letter
          taken_at      INTEGER NOT NULL,
          called_at     INTEGER,
          started_at    INTEGER,
          finished_at   INTEGER,
          case_number   TEXT,             -- the first case that was received with it
          PRIMARY KEY (hall, id),
          UNIQUE (hall, day, ticket_letter, sequence),
          CHECK ((state = 1) = (window_code IS NULL)),
          CHECK ((state = 1) = (called_at IS NULL)),
          CHECK ((state >= 3) = (started_at IS NOT NULL)),
          CHECK ((state = 4) = (finished_at IS NOT NULL))
        ) STRICT;
        CREATE INDEX ticket_queue
          ON ticket (hall, day, ticket_letter, state, priority, sequence);
        CREATE INDEX ticket_window ON ticket (hall, day, window_code, state);
        CREATE UNIQUE INDEX ticket_call ON ticket (hall, day, ticket_letter, call_sequence);
        CREATE UNIQUE INDEX ticket_person
          ON ticket (hall, day, ticket_letter, person) WHERE person IS NOT NULL AND state < 4;

        CREATE TABLE rated_case (
          hall            TEXT    NOT NULL,
          number          TEXT    NOT NULL,
          item_code       TEXT    NOT NULL,
          department_code TEXT    NOT NULL,
          query_hash      BLOB,    -- keyed hash of number and query code; null if never told
          ticket_id       TEXT    NOT NULL, -- empty for online
          decided_at      INTEGER, -- null until it was decided
          delivered_at    INTEGER,
          PRIMARY KEY (hall, number)
        ) STRICT;

        CREATE TABLE rating (
          hall            TEXT    NOT NULL,
          id              TEXT    NOT NULL,
          case_number     TEXT,    -- one of the two
          ticket_id       TEXT,
          department_code TEXT    NOT NULL, -- empty for a visit
          satisfaction    INTEGER NOT NULL CHECK (satisfaction BETWEEN 1 AND 5), -- 1 is best
          comment         BLOB,    -- sealed; null if there is none
          rated_at        INTEGER NOT NULL,
          PRIMARY KEY (hall, id),
          CHECK ((case_number IS NULL) <> (ticket_id IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX rating_case ON rating (hall, case_number);
        CREATE UNIQUE INDEX rating_ticket ON rating (hall, ticket_id);
        """
    ),
    Migration(
      name: "0002-posts-of-callers",
      sql: """
        -- In which post a ticket was called; null while it waits, or if none is known.
        ALTER TABLE ticket ADD COLUMN called_post TEXT;
        """
    ),
  ]
}

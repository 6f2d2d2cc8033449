CREATE TABLE feed (
  position      INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3 and so on without a gap
  id            TEXT    NOT NULL UNIQUE,
  hall          TEXT    NOT NULL,
  recorded_at   INTEGER NOT NULL, -- milliseconds since 1970, the hall's present
  type          TEXT    NOT NULL,
  subject       TEXT    NOT NULL,
  actor         TEXT    NOT NULL,
  post          TEXT    NOT NULL,
  on_behalf_of  TEXT    NOT NULL,
  basis         TEXT    NOT NULL,
  reflects      TEXT    NOT NULL, -- `approval=12 intake=7`, ascending by service
  payload_type  TEXT    NOT NULL,
  payload       BLOB    NOT NULL,
  private_hash  BLOB    NOT NULL, -- empty if there never was a private part
  previous_hash BLOB    NOT NULL, -- empty for the first entry
  hash          BLOB    NOT NULL,
  alg           TEXT    NOT NULL,
  private_part  BLOB,             -- null if there is none, or it was erased
  private_salt  BLOB              -- null with it: with the salt, few words can be guessed
, traceparent TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE feed_cursor (
  upstream TEXT    NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL,
  hash     BLOB    NOT NULL
) STRICT;

CREATE TABLE idempotency (
  hall       TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  method     TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  body_hash  BLOB    NOT NULL,
  response   BLOB    NOT NULL,
  expires_at INTEGER NOT NULL, -- milliseconds since 1970, the real present
  PRIMARY KEY (hall, subject, method, key)
) STRICT;

CREATE INDEX idempotency_expires_at ON idempotency (expires_at);

CREATE TABLE migration (
  scope  TEXT    NOT NULL, -- `storage`, or the service
  number INTEGER NOT NULL, -- from 1, per scope
  name   TEXT    NOT NULL,
  digest TEXT    NOT NULL, -- SHA-256 of the text that was run, in hexadecimal digits
  PRIMARY KEY (scope, number)
) STRICT;

CREATE TABLE reference (
  hall     TEXT    NOT NULL,
  kind     TEXT    NOT NULL, -- for example `item`
  id       TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  revision INTEGER NOT NULL, -- raised by one whenever the version is saved again
  message  BLOB    NOT NULL,
  PRIMARY KEY (hall, kind, id, version)
) STRICT;

CREATE TABLE timer (
  id       INTEGER NOT NULL PRIMARY KEY,
  hall     TEXT    NOT NULL,
  kind     TEXT    NOT NULL,
  subject  TEXT    NOT NULL, -- what it is about, for example a case number
  stamp    INTEGER NOT NULL, -- equals the subject's stamp, or the timer is stale
  due_at   INTEGER NOT NULL, -- milliseconds since 1970, the hall's present
  fire_at  INTEGER NOT NULL, -- due_at, or later after a failed try
  attempts INTEGER NOT NULL,
  payload  BLOB    NOT NULL
, traceparent TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX timer_fire_at ON timer (fire_at, id);

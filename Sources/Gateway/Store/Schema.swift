internal import Storage

/// The gateway's own tables.
enum GatewaySchema {
  static let migrations = [
    Migration(
      name: "0001-portals-and-attempts",
      sql: """
        CREATE TABLE portal (
          id TEXT NOT NULL PRIMARY KEY,
          hall TEXT NOT NULL,
          name TEXT NOT NULL,
          key_alg TEXT NOT NULL CHECK (key_alg = 'sha256'),
          key_hash BLOB NOT NULL,
          subject_jwk TEXT NOT NULL,
          calls_per_second INTEGER NOT NULL CHECK (calls_per_second BETWEEN 0 AND 10000),
          registered_by TEXT NOT NULL,
          registered_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX portal_by_name ON portal (hall, name);
        CREATE UNIQUE INDEX portal_by_key ON portal (key_hash);

        CREATE TABLE refused_attempt (
          id INTEGER NOT NULL PRIMARY KEY,
          hall TEXT NOT NULL,
          minute INTEGER NOT NULL,
          source TEXT NOT NULL,
          reason TEXT NOT NULL,
          method TEXT NOT NULL,
          count INTEGER NOT NULL CHECK (count > 0)
        ) STRICT;
        CREATE UNIQUE INDEX refused_attempt_by_kind
          ON refused_attempt (hall, minute, source, reason, method);
        CREATE INDEX refused_attempt_by_minute ON refused_attempt (hall, minute, id);
        """
    ),
    Migration(
      name: "0002-rotated-keys",
      sql: """
        ALTER TABLE portal ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE portal ADD COLUMN rotated_by TEXT NOT NULL DEFAULT '';
        ALTER TABLE portal ADD COLUMN rotated_at INTEGER;
        ALTER TABLE portal ADD COLUMN old_key_hash BLOB;
        ALTER TABLE portal ADD COLUMN old_key_until INTEGER;
        CREATE UNIQUE INDEX portal_by_old_key ON portal (old_key_hash);
        """
    ),
  ]
}

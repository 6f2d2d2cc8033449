// The rows of durable SubmitApplication calls in a bare loop on one thread: the rows that the
// newest calls left in a copy of intake's file, written once more into an empty file with the same
// tables and indexes, so many calls a commit, WAL and synchronous FULL.
//
//   writes SOURCE TARGET CALLS A_COMMIT
//
// Prints one line of JSON: calls, seconds, calls a second, rows and bytes a call.

#include <sqlite3.h>

#include "common.h"

// One row each a call; case_counter is counted up beside them.
static const char *const tables[] = {"application", "timer", "feed", "idempotency"};
enum { table_count = 4, most_columns = 40 };

struct rows {
  sqlite3_value **values;
  int columns;
  sqlite3_stmt *insert;
};

static sqlite3 *database;

static void check(int status) {
  if (status != SQLITE_OK && status != SQLITE_ROW && status != SQLITE_DONE)
    fail("sqlite", sqlite3_errmsg(database));
}

static void run(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL)); }

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
  return statement;
}

// Reads the newest rows of a table, oldest first, and how many bytes they have.
static void load(const char *table, struct rows *rows, int calls, int64_t *bytes) {
  char sql[200];
  snprintf(sql, sizeof sql,
           "SELECT * FROM (SELECT rowid AS place, * FROM %s ORDER BY rowid DESC LIMIT %d)"
           " ORDER BY place",
           table, calls);
  sqlite3_stmt *all = prepare(sql);
  rows->columns = sqlite3_column_count(all) - 1;
  rows->values = calloc((size_t)calls * (size_t)rows->columns, sizeof(sqlite3_value *));
  if (!rows->values || rows->columns > most_columns) fail("writes", "too much");
  for (int row = 0; row < calls; row++) {
    if (sqlite3_step(all) != SQLITE_ROW) fail("writes: too few rows in", table);
    for (int column = 0; column < rows->columns; column++) {
      sqlite3_value *value = sqlite3_value_dup(sqlite3_column_value(all, column + 1));
      rows->values[row * rows->columns + column] = value;
      *bytes += sqlite3_value_type(value) == SQLITE_INTEGER ? 8 : sqlite3_value_bytes(value);
    }
  }
  sqlite3_finalize(all);
}

// The text that makes the tables and their indexes, in the order in which they were made.
static char *schema(void) {
  sqlite3_stmt *all = prepare(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN"
      " ('application', 'timer', 'feed', 'idempotency', 'case_counter') ORDER BY rowid");
  char *text = strdup("");
  while (sqlite3_step(all) == SQLITE_ROW) {
    char *longer = sqlite3_mprintf("%s%s;", text, sqlite3_column_text(all, 0));
    text = longer;
  }
  sqlite3_finalize(all);
  return text;
}

static void count_up(sqlite3_stmt *counter, const struct rows *application, int row) {
  // The columns hall and department_code; the day is one.
  sqlite3_bind_value(counter, 1, application->values[row * application->columns + 1]);
  sqlite3_bind_value(counter, 2, application->values[row * application->columns + 7]);
  if (sqlite3_step(counter) != SQLITE_ROW) fail("sqlite", sqlite3_errmsg(database));
  sqlite3_reset(counter);
}

static void write_call(struct rows *rows, int row) {
  for (int table = 0; table < table_count; table++) {
    sqlite3_stmt *insert = rows[table].insert;
    for (int column = 0; column < rows[table].columns; column++)
      sqlite3_bind_value(insert, column + 1,
                         rows[table].values[row * rows[table].columns + column]);
    check(sqlite3_step(insert));
    check(sqlite3_reset(insert));
  }
}

int main(int count, char **arguments) {
  if (count != 5) fail("usage", "writes SOURCE TARGET CALLS A_COMMIT");
  int calls = atoi(arguments[3]), a_commit = atoi(arguments[4]);
  struct rows rows[table_count];
  int64_t bytes = 0;
  check(sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, NULL));
  for (int table = 0; table < table_count; table++)
    load(tables[table], &rows[table], calls, &bytes);
  char *text = schema();
  sqlite3_close(database);

  check(sqlite3_open_v2(arguments[2], &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");
  run(text);
  for (int table = 0; table < table_count; table++) {
    char sql[400] = "INSERT INTO ";
    strcat(strcat(sql, tables[table]), " VALUES (?");
    for (int column = 1; column < rows[table].columns; column++) strcat(sql, ", ?");
    rows[table].insert = prepare(strcat(sql, ")"));
  }
  sqlite3_stmt *counter = prepare(
      "INSERT INTO case_counter (hall, day, department, last) VALUES (?, 0, ?, 1)"
      " ON CONFLICT (hall, day, department) DO UPDATE SET last = case_counter.last + 1"
      " RETURNING last");
  double start = seconds_now();
  for (int row = 0; row < calls; row++) {
    if (row % a_commit == 0) run("BEGIN IMMEDIATE");
    count_up(counter, &rows[0], row);
    write_call(rows, row);
    if (row % a_commit == a_commit - 1 || row == calls - 1) run("COMMIT");
  }
  double passed = seconds_now() - start;
  printf("{\"done\":%d,\"seconds\":%.3f,\"per_second\":%.1f,\"rows\":%d,\"bytes\":%lld}\n", calls,
         passed, calls / passed, table_count + 1, (long long)(bytes / calls));
  sqlite3_close(database);
  return 0;
}

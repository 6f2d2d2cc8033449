// The rows of durable calls in a bare loop on one thread: rows that the newest calls left in a copy
// of a store, written once more into an empty file with the same tables and indexes, so many calls a
// commit, WAL and synchronous FULL.
//
//   rows SOURCE TARGET CALLS A_COMMIT STEP...
//
// A step is done for each call, as often as it has rows: `insert|TABLE|QUERY` inserts the rows of the
// query, `update|TABLE|QUERY|KEYS|COLUMNS` sets these columns of rows that were there before the
// measuring began, found by these keys (names with commas). A query names all columns of its table
// in order; its rows are a multiple of CALLS.
//
// Prints one line of JSON: calls, seconds, calls a second, rows and bytes a call.

#include <sqlite3.h>

#include "common.h"

enum { most_steps = 12, most_columns = 40, most_text = 4000 };

struct step {
  char *kind, *table, *query, *keys, *columns;
  sqlite3_value **values;
  char *names[most_columns];
  int width, a_call, order[2 * most_columns], bound;
  sqlite3_stmt *statement;
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

static struct step parse(char *text) {
  struct step step = {0};
  char **parts[] = {&step.kind, &step.table, &step.query, &step.keys, &step.columns};
  for (int part = 0; part < 5; part++) *parts[part] = strsep(&text, "|");
  if (!step.query) fail("usage", "STEP");
  return step;
}

// Reads a step's rows, and how many bytes they have.
static void load(struct step *step, int calls, int64_t *bytes) {
  sqlite3_stmt *all = prepare(step->query);
  step->width = sqlite3_column_count(all);
  if (step->width > most_columns) fail("rows: too many columns in", step->table);
  for (int column = 0; column < step->width; column++)
    step->names[column] = strdup(sqlite3_column_name(all, column));
  int count = 0, room = 0;
  while (sqlite3_step(all) == SQLITE_ROW) {
    if (count == room) {
      room = room ? 2 * room : calls;
      step->values =
          realloc(step->values, (size_t)room * (size_t)step->width * sizeof *step->values);
      if (!step->values) fail("rows", "no memory");
    }
    for (int column = 0; column < step->width; column++) {
      sqlite3_value *value = sqlite3_value_dup(sqlite3_column_value(all, column));
      step->values[count * step->width + column] = value;
      *bytes += sqlite3_value_type(value) == SQLITE_INTEGER ? 8 : sqlite3_value_bytes(value);
    }
    count++;
  }
  sqlite3_finalize(all);
  if (count == 0 || count % calls) fail("rows: not so many a call in", step->table);
  step->a_call = count / calls;
}

// The text that makes a table and its indexes.
static char *schema(const char *table) {
  sqlite3_stmt *all = prepare(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name = ? ORDER BY rowid");
  sqlite3_bind_text(all, 1, table, -1, SQLITE_STATIC);
  char *text = strdup("");
  while (sqlite3_step(all) == SQLITE_ROW)
    text = sqlite3_mprintf("%s%s;", text, sqlite3_column_text(all, 0));
  sqlite3_finalize(all);
  return text;
}

static void bind(struct step *step, int row) {
  for (int place = 0; place < step->bound; place++)
    sqlite3_bind_value(step->statement, place + 1,
                       step->values[row * step->width + step->order[place]]);
}

static void insert(struct step *step) {
  char sql[most_text];
  int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", step->table);
  for (int column = 1; column < step->width; column++)
    length += snprintf(sql + length, sizeof sql - (size_t)length, ", ?");
  snprintf(sql + length, sizeof sql - (size_t)length, ")");
  step->statement = prepare(sql);
  for (int column = 0; column < step->width; column++) step->order[column] = column;
  step->bound = step->width;
}

static int named(const struct step *step, const char *name) {
  for (int column = 0; column < step->width; column++)
    if (strcmp(step->names[column], name) == 0) return column;
  fail("rows: no column", name);
  return 0;
}

static void update(struct step *step) {
  char sql[most_text], *name;
  int length = snprintf(sql, sizeof sql, "UPDATE %s SET ", step->table);
  const char *between = "";
  step->bound = 0;
  while ((name = strsep(&step->columns, ","))) {
    step->order[step->bound++] = named(step, name);
    length += snprintf(sql + length, sizeof sql - (size_t)length, "%s%s = ?", between, name);
    between = ", ";
  }
  between = " WHERE ";
  while ((name = strsep(&step->keys, ","))) {
    step->order[step->bound++] = named(step, name);
    length += snprintf(sql + length, sizeof sql - (size_t)length, "%s%s = ?", between, name);
    between = " AND ";
  }
  step->statement = prepare(sql);
}

static void write_row(struct step *step, int row) {
  bind(step, row);
  check(sqlite3_step(step->statement));
  check(sqlite3_reset(step->statement));
}

int main(int count, char **arguments) {
  if (count < 6 || count - 5 > most_steps) fail("usage", "rows SOURCE TARGET CALLS A_COMMIT STEP...");
  int calls = atoi(arguments[3]), a_commit = atoi(arguments[4]), step_count = count - 5, rows = 0;
  struct step steps[most_steps];
  char *schemas[most_steps];
  int64_t bytes = 0;
  check(sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, NULL));
  for (int i = 0; i < step_count; i++) {
    steps[i] = parse(arguments[5 + i]);
    load(&steps[i], calls, &bytes);
    rows += steps[i].a_call;
    schemas[i] = schema(steps[i].table);
    for (int j = 0; j < i; j++)
      if (strcmp(steps[j].table, steps[i].table) == 0) schemas[i] = "";
  }
  sqlite3_close(database);

  check(sqlite3_open_v2(arguments[2], &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");
  for (int i = 0; i < step_count; i++) run(schemas[i]);
  run("BEGIN");
  for (int i = 0; i < step_count; i++) {
    insert(&steps[i]);
    if (strcmp(steps[i].kind, "update") != 0) continue;
    for (int row = 0; row < calls * steps[i].a_call; row++) write_row(&steps[i], row);
    sqlite3_finalize(steps[i].statement);
    update(&steps[i]);
  }
  run("COMMIT");
  double start = seconds_now();
  for (int call = 0; call < calls; call++) {
    if (call % a_commit == 0) run("BEGIN IMMEDIATE");
    for (int i = 0; i < step_count; i++)
      for (int n = 0; n < steps[i].a_call; n++)
        write_row(&steps[i], call * steps[i].a_call + n);
    if (call % a_commit == a_commit - 1 || call == calls - 1) run("COMMIT");
  }
  double passed = seconds_now() - start;
  printf("{\"done\":%d,\"seconds\":%.3f,\"per_second\":%.1f,\"rows\":%d,\"bytes\":%lld}\n", calls,
         passed, calls / passed, rows, (long long)(bytes / calls));
  sqlite3_close(database);
  return 0;
}

// The point reads of one TrackApplication in a bare loop on one thread, over a copy of intake's
// file: the application by number, its department, its gaps, its item and the calendar, as
// Sources/Intake/Handlers/TrackApplication.swift makes them (a reference that was decoded once is
// asked for its revision only), in one read transaction a call, by prepared statements.
//
//   reads FILE SECONDS
//
// Prints one line of JSON: calls, seconds, calls a second.

#include <sqlite3.h>

#include "common.h"

enum { most_numbers = 20000 };

static sqlite3 *database;

static void check(int status) {
  if (status != SQLITE_OK && status != SQLITE_ROW && status != SQLITE_DONE)
    fail("sqlite", sqlite3_errmsg(database));
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
  return statement;
}

// Looks at every column of every row, as a program that decodes them must.
static int64_t drain(sqlite3_stmt *statement, int *rows) {
  int64_t seen = 0;
  int status;
  while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
    ++*rows;
    for (int column = 0; column < sqlite3_column_count(statement); column++) {
      if (sqlite3_column_type(statement, column) == SQLITE_INTEGER)
        seen += sqlite3_column_int64(statement, column);
      else if (sqlite3_column_blob(statement, column))
        seen += sqlite3_column_bytes(statement, column);
    }
  }
  check(status);
  sqlite3_reset(statement);
  return seen;
}

static void text(sqlite3_stmt *statement, int place, const char *value) {
  sqlite3_bind_text(statement, place, value, -1, SQLITE_STATIC);
}

struct application {
  int64_t id, version;
  char *hall, *number, *item, *department;
};

static struct application applications[most_numbers];

static int load(void) {
  sqlite3_stmt *all = prepare(
      "SELECT id, item_version, hall, number, item_code, department_code FROM application"
      " WHERE state = 2 ORDER BY id DESC LIMIT 20000");
  int count = 0;
  while (count < most_numbers && sqlite3_step(all) == SQLITE_ROW) {
    struct application *one = &applications[count++];
    one->id = sqlite3_column_int64(all, 0);
    one->version = sqlite3_column_int64(all, 1);
    one->hall = strdup((const char *)sqlite3_column_text(all, 2));
    one->number = strdup((const char *)sqlite3_column_text(all, 3));
    one->item = strdup((const char *)sqlite3_column_text(all, 4));
    one->department = strdup((const char *)sqlite3_column_text(all, 5));
  }
  sqlite3_finalize(all);
  return count;
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage", "reads FILE SECONDS");
  check(sqlite3_open_v2(arguments[1], &database,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL));
  int known = load();
  if (known == 0) fail("reads", "no submitted application");
  sqlite3_stmt *begin = prepare("BEGIN"), *commit = prepare("COMMIT");
  sqlite3_stmt *application = prepare(
      "SELECT id, hall, number, draft_id, owner, item_code, item_version, department_code, state,"
      " channel, applicant, id_hash, ticket_id, received_at, receipt_start, receipt_due,"
      " notified_on, answer_by, completed_on, accepted_on, accepted_by, deemed, promise_due,"
      " legal_due, provisional, decided_on, certificate_number, reason, stamp, revision, created_at"
      " FROM application WHERE hall = ? AND number = ?");
  sqlite3_stmt *latest = prepare(
      "SELECT version, revision FROM reference WHERE hall = ? AND kind = ? AND id = ?"
      " ORDER BY version DESC LIMIT 1");
  sqlite3_stmt *version = prepare(
      "SELECT version, revision FROM reference"
      " WHERE hall = ? AND kind = ? AND id = ? AND version = ?");
  sqlite3_stmt *gaps = prepare(
      "SELECT material_code, demand, closed FROM gap WHERE application_id = ? ORDER BY position");
  double start = seconds_now(), end = start + atof(arguments[2]);
  int64_t calls = 0, seen = 0;
  uint32_t random = 1;
  while (calls % 64 != 0 || seconds_now() < end) {
    random = random * 1664525 + 1013904223;
    const struct application *one = &applications[(random >> 8) % (uint32_t)known];
    int rows = 0, none = 0;
    seen += drain(begin, &none);
    text(application, 1, one->hall);
    text(application, 2, one->number);
    seen += drain(application, &rows);
    text(latest, 1, one->hall);
    text(latest, 2, "onedoor.catalogue.v1.Department");
    text(latest, 3, one->department);
    seen += drain(latest, &rows);
    sqlite3_bind_int64(gaps, 1, one->id);
    seen += drain(gaps, &none);
    text(version, 1, one->hall);
    text(version, 2, "onedoor.catalogue.v1.ItemVersion");
    text(version, 3, one->item);
    sqlite3_bind_int64(version, 4, one->version);
    seen += drain(version, &rows);
    text(latest, 1, one->hall);
    text(latest, 2, "onedoor.catalogue.v1.CalendarFile");
    text(latest, 3, "");
    seen += drain(latest, &rows);
    seen += drain(commit, &none);
    if (rows != 4) fail("reads", "a row that a call needs is missing");
    calls++;
  }
  double passed = seconds_now() - start;
  printf("{\"done\":%lld,\"seconds\":%.3f,\"per_second\":%.1f,\"numbers\":%d,\"seen\":%lld}\n",
         (long long)calls, passed, (double)calls / passed, known, (long long)(seen & 1));
  return 0;
}

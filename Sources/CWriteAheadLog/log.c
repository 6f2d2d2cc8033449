#include "onedoor_write_ahead_log.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

// Source: https://www.sqlite.org/fileformat2.html#walformat, the header of a frame: 24 bytes, of
// which bytes 4 to 7 are the size of the database after a commit, and 0 for all other frames.
enum { FRAME_HEADER = 24, COMMIT_SIZE = 4 };

// A log: what is held back of it, and behind this the file as SQLite's own VFS knows it.
typedef struct {
  sqlite3_file base;
  unsigned char *bytes;
  int count;
  // Where in the file the bytes belong.
  sqlite3_int64 start;
  // Where the frame begins that was read last; -1 once anything was written.
  sqlite3_int64 read_frame;
  // Whether the last header that came was that of a frame which ends a commit.
  int is_committing;
} Log;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs log_vfs;

// What SQLite's own VFS needs stands behind the log, aligned for any type.
static const size_t log_size = (sizeof(Log) + 15) & ~(size_t)15;

static sqlite3_file *real(Log *log) { return (sqlite3_file *)((char *)log + log_size); }

// Writes what is held back. What could not be written stays: a transaction that goes on after the
// error, as one may when the disk was full, can neither lose it nor be committed without it.
static int flush(Log *log) {
  if (log->count == 0) return SQLITE_OK;
  int code = real(log)->pMethods->xWrite(real(log), log->bytes, log->count, log->start);
  if (code == SQLITE_OK) log->count = 0;
  return code;
}

static int is_held_back(Log *log, sqlite3_int64 offset, int count) {
  return log->count > 0 && offset < log->start + log->count && log->start < offset + count;
}

// Takes bytes that continue what is held back, or that replace a part of it.
//
// Returns whether they were taken.
static int hold_back(Log *log, const void *bytes, int count, sqlite3_int64 offset) {
  if (count > ONEDOOR_LOG_BUFFER) return 0;
  if (log->bytes == NULL) {
    log->bytes = malloc(ONEDOOR_LOG_BUFFER);
    if (log->bytes == NULL) return 0;
  }
  if (log->count == 0) log->start = offset;
  sqlite3_int64 place = offset - log->start;
  if (place < 0 || place > log->count || place + count > ONEDOOR_LOG_BUFFER) return 0;
  memcpy(log->bytes + place, bytes, (size_t)count);
  if (place + count > log->count) log->count = (int)(place + count);
  return 1;
}

static int log_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  Log *log = (Log *)file;
  int is_header = count == FRAME_HEADER;
  if (is_header) {
    log->is_committing = memcmp((const char *)bytes + COMMIT_SIZE, "\0\0\0\0", 4) != 0;
  }
  // SQLite reads a frame whole only to write its header again, for the checksum. No page follows
  // then, and a commit may end with it.
  int is_again = is_header && offset == log->read_frame;
  log->read_frame = -1;
  if (!hold_back(log, bytes, count, offset)) {
    int code = flush(log);
    if (code != SQLITE_OK) return code;
    if (!hold_back(log, bytes, count, offset)) {
      return real(log)->pMethods->xWrite(real(log), bytes, count, offset);
    }
  }
  // Below FULL nobody asks for the disk after a commit, and its frames are shown at once.
  return is_again || (log->is_committing && !is_header) ? flush(log) : SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  Log *log = (Log *)file;
  log->read_frame = offset;
  if (is_held_back(log, offset, count)) {
    sqlite3_int64 place = offset - log->start;
    if (place >= 0 && place + count <= log->count) {
      memcpy(bytes, log->bytes + place, (size_t)count);
      return SQLITE_OK;
    }
    int code = flush(log);
    if (code != SQLITE_OK) return code;
  }
  return real(log)->pMethods->xRead(real(log), bytes, count, offset);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
  Log *log = (Log *)file;
  // What lies behind the new end belongs to no commit.
  if (log->start >= size) log->count = 0;
  int code = flush(log);
  return code != SQLITE_OK ? code : real(log)->pMethods->xTruncate(real(log), size);
}

static int log_sync(sqlite3_file *file, int flags) {
  Log *log = (Log *)file;
  int code = flush(log);
  return code != SQLITE_OK ? code : real(log)->pMethods->xSync(real(log), flags);
}

static int log_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  Log *log = (Log *)file;
  int code = flush(log);
  return code != SQLITE_OK ? code : real(log)->pMethods->xFileSize(real(log), size);
}

static int log_file_control(sqlite3_file *file, int operation, void *argument) {
  Log *log = (Log *)file;
  int code = flush(log);
  return code != SQLITE_OK ? code
                           : real(log)->pMethods->xFileControl(real(log), operation, argument);
}

static int log_close(sqlite3_file *file) {
  Log *log = (Log *)file;
  // What is held back now belongs to no commit.
  free(log->bytes);
  log->bytes = NULL;
  log->count = 0;
  return real(log)->pMethods->xClose(real(log));
}

static int log_lock(sqlite3_file *file, int level) {
  return real((Log *)file)->pMethods->xLock(real((Log *)file), level);
}

static int log_unlock(sqlite3_file *file, int level) {
  return real((Log *)file)->pMethods->xUnlock(real((Log *)file), level);
}

static int log_check_reserved_lock(sqlite3_file *file, int *answer) {
  return real((Log *)file)->pMethods->xCheckReservedLock(real((Log *)file), answer);
}

static int log_sector_size(sqlite3_file *file) {
  return real((Log *)file)->pMethods->xSectorSize(real((Log *)file));
}

static int log_device_characteristics(sqlite3_file *file) {
  return real((Log *)file)->pMethods->xDeviceCharacteristics(real((Log *)file));
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_file_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_reserved_lock,
    .xFileControl = log_file_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_device_characteristics,
};

// Opens a log with a buffer before it, and anything else as SQLite's own VFS does.
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags) {
  (void)vfs;
  if ((flags & SQLITE_OPEN_WAL) == 0) {
    return real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
  }
  Log *log = (Log *)file;
  memset(log, 0, log_size);
  log->read_frame = -1;
  int code = real_vfs->xOpen(real_vfs, name, real(log), flags, out_flags);
  // Without methods SQLite does not close what could not be opened.
  log->base.pMethods = code == SQLITE_OK ? &log_methods : NULL;
  if (code != SQLITE_OK && real(log)->pMethods != NULL) real(log)->pMethods->xClose(real(log));
  return code;
}

int onedoor_install_write_ahead_log(void) {
  if (real_vfs != NULL) return SQLITE_OK;
  // Nobody asks how much memory SQLite uses, and to count it takes a lock at each allocation, 4 % of
  // the writer's time. Refused, without harm, if something else has used SQLite before.
  (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  int code = sqlite3_initialize();
  if (code != SQLITE_OK) return code;
  real_vfs = sqlite3_vfs_find(NULL);
  if (real_vfs == NULL) return SQLITE_ERROR;
  // All but opening a file stays as it is, with the pointer that it looks for there.
  log_vfs = *real_vfs;
  log_vfs.pNext = NULL;
  log_vfs.zName = "onedoor";
  log_vfs.szOsFile = (int)log_size + real_vfs->szOsFile;
  log_vfs.xOpen = open_file;
  return sqlite3_vfs_register(&log_vfs, 1);
}

// What the peers share: time, faults, and files of records.
#ifndef ONEDOOR_BENCH_COMMON_H
#define ONEDOOR_BENCH_COMMON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Seconds of a clock that never jumps.
static inline double seconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Ends the program with a message.
static inline void fail(const char *what, const char *detail) {
  fprintf(stderr, "%s: %s\n", what, detail);
  exit(1);
}

// The whole of a file; ends the program if it cannot be read.
static inline uint8_t *whole_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot open", path);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t *bytes = malloc((size_t)size + 1);
  if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) fail("cannot read", path);
  fclose(file);
  bytes[size] = 0;
  *length = (size_t)size;
  return bytes;
}

#endif

// protobuf-c alone on one message: unpack into the arena that ours uses too, and pack.
//
//   messages FILE SECONDS
//
// Prints one line of JSON: nanoseconds of an unpack and of a pack.

#include "arena.h"
#include "common.h"
#include "onedoor/probe/v1/probe.pb-c.h"

enum { round_count = 500, most_rounds = 100000 };

// The processor time of this process so far, in seconds: neighbours disturb it less.
static double processor_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double unpack(const uint8_t *bytes, size_t length) {
  double start = processor_now();
  for (int i = 0; i < round_count; i++) {
    onedoor_arena *arena = onedoor_arena_new(4096, 1 << 20);
    Onedoor__Probe__V1__Order *order =
        onedoor__probe__v1__order__unpack(&arena->allocator, length, bytes);
    if (!order) fail("unpack", "refused");
    onedoor_arena_free(arena);
  }
  return (processor_now() - start) / round_count * 1e9;
}

static double pack(const Onedoor__Probe__V1__Order *order) {
  double start = processor_now();
  for (int i = 0; i < round_count; i++) {
    uint8_t *bytes = malloc(onedoor__probe__v1__order__get_packed_size(order));
    if (!bytes || onedoor__probe__v1__order__pack(order, bytes) == 0) fail("pack", "nothing");
    free(bytes);
  }
  return (processor_now() - start) / round_count * 1e9;
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage", "messages FILE SECONDS");
  size_t length;
  uint8_t *bytes = whole_file(arguments[1], &length);
  double end = seconds_now() + atof(arguments[2]);
  Onedoor__Probe__V1__Order *order = onedoor__probe__v1__order__unpack(NULL, length, bytes);
  if (!order) fail("unpack", "refused");
  static double decoding[most_rounds], encoding[most_rounds];
  int rounds = 0;
  while (rounds < most_rounds && (rounds < 3 || seconds_now() < end)) {
    decoding[rounds] = unpack(bytes, length);
    encoding[rounds] = pack(order);
    rounds++;
  }
  qsort(decoding, (size_t)rounds, sizeof(double), ascending);
  qsort(encoding, (size_t)rounds, sizeof(double), ascending);
  printf("{\"bytes\":%zu,\"decode_ns\":%.0f,\"encode_ns\":%.0f}\n", length,
         decoding[rounds / 2], encoding[rounds / 2]);
  return 0;
}

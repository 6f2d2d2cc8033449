// A bump allocator with a limit for one message at a time.
#ifndef ONEDOOR_ARENA_H
#define ONEDOOR_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct onedoor_block onedoor_block;

typedef struct {
  ProtobufCAllocator allocator;
  char *next;
  size_t room;
  size_t used;
  size_t limit;
  onedoor_block *blocks;
  size_t block_size;
  bool exhausted;
} onedoor_arena;

// Makes an arena whose first block has `first` bytes and which gives out at most `limit` bytes;
// NULL without memory.
onedoor_arena *onedoor_arena_new(size_t first, size_t limit);

// Frees the arena and all that it gave out.
void onedoor_arena_free(onedoor_arena *arena);

// The slow path of onedoor_arena_alloc: a new block.
void *onedoor_arena_grow(onedoor_arena *arena, size_t size);

// Gives out `size` bytes aligned to 16; NULL at the limit or without memory, which sets
// `exhausted`.
static inline void *onedoor_arena_alloc(onedoor_arena *arena, size_t size) {
  size_t rounded = (size + 15) & ~(size_t)15;
  if (rounded < size || rounded > arena->room) return onedoor_arena_grow(arena, size);
  char *result = arena->next;
  arena->next += rounded;
  arena->room -= rounded;
  return result;
}

#endif

#include "arena.h"

#include <stdlib.h>

struct onedoor_block {
  onedoor_block *next;
  size_t size;
};

enum { most_block_size = 1 << 20 };

static void *give(void *arena, size_t size) { return onedoor_arena_alloc(arena, size); }

static void keep(void *arena, void *pointer) {
  (void)arena;
  (void)pointer;
}

// The header of a block in units that keep what follows aligned to 16.
static size_t header(void) { return (sizeof(onedoor_block) + 15) & ~(size_t)15; }

onedoor_arena *onedoor_arena_new(size_t first, size_t limit) {
  size_t own = (sizeof(onedoor_arena) + 15) & ~(size_t)15;
  onedoor_arena *arena = malloc(own + first);
  if (!arena) return NULL;
  *arena = (onedoor_arena){
      .allocator = {give, keep, arena},
      .next = (char *)arena + own,
      .room = first < limit ? first & ~(size_t)15 : limit & ~(size_t)15,
      .limit = limit,
      .block_size = first,
  };
  arena->used = arena->room;
  return arena;
}

void onedoor_arena_free(onedoor_arena *arena) {
  onedoor_block *block = arena->blocks;
  while (block) {
    onedoor_block *next = block->next;
    free(block);
    block = next;
  }
  free(arena);
}

void *onedoor_arena_grow(onedoor_arena *arena, size_t size) {
  size_t left = arena->limit - arena->used;
  size_t rounded = (size + 15) & ~(size_t)15;
  if (rounded < size || rounded > left) {
    arena->exhausted = true;
    return NULL;
  }
  if (arena->block_size < most_block_size) arena->block_size *= 2;
  size_t room = arena->block_size > rounded ? arena->block_size & ~(size_t)15 : rounded;
  if (room > left) room = rounded;
  onedoor_block *block = malloc(header() + room);
  if (!block) {
    arena->exhausted = true;
    return NULL;
  }
  block->next = arena->blocks;
  block->size = room;
  arena->blocks = block;
  arena->used += room;
  arena->next = (char *)block + header() + rounded;
  arena->room = room - rounded;
  return (char *)block + header();
}

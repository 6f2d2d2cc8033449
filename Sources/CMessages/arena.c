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

// Reads a varint; returns its end, or NULL if it is cut off or too long.
static const uint8_t *varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
    uint8_t byte = *at++;
    *value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return at;
  }
  return NULL;
}

bool onedoor_depth_within(const ProtobufCMessageDescriptor *descriptor, const uint8_t *data,
                          size_t length, unsigned limit) {
  if (limit == 0) return false;
  const uint8_t *at = data, *end = data + length;
  while (at < end) {
    uint64_t tag, size;
    if (!(at = varint(at, end, &tag))) return true;
    switch (tag & 7) {
      case 0:
        if (!(at = varint(at, end, &size))) return true;
        break;
      case 1:
        if (end - at < 8) return true;
        at += 8;
        break;
      case 2: {
        if (!(at = varint(at, end, &size)) || size > (uint64_t)(end - at)) return true;
        const ProtobufCFieldDescriptor *field =
            tag >> 3 <= UINT32_MAX
                ? protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3))
                : NULL;
        if (field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
            !onedoor_depth_within(field->descriptor, at, size, limit - 1))
          return false;
        at += size;
        break;
      }
      case 5:
        if (end - at < 4) return true;
        at += 4;
        break;
      default:
        return true;
    }
  }
  return true;
}

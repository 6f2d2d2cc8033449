// Reads the binary form of a message into protobuf-c's structs.
#ifndef ONEDOOR_UNPACK_H
#define ONEDOOR_UNPACK_H

#include "arena.h"

typedef enum {
  ONEDOOR_UNPACKED = 0,
  // The bytes are no message of this kind.
  ONEDOOR_MALFORMED = 1,
  // Messages or groups are nested deeper than the limit.
  ONEDOOR_TOO_DEEP = 2,
  // The arena reached its limit.
  ONEDOOR_TOO_LARGE = 3,
} onedoor_unpacked;

// Reads `length` bytes into `message`, which was initialised. Bytes, texts and unknown fields point
// into `data`, all else into the arena. The outermost message is level 1 of `limit`.
onedoor_unpacked onedoor_unpack(ProtobufCMessage *message, onedoor_arena *arena,
                                const uint8_t *data, size_t length, unsigned limit);

#endif

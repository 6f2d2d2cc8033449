// Reads the binary form into protobuf-c's structs, with what protobuf_c_message_unpack 1.4.1
// lacks: messages given twice are merged (also in a oneof), packed truth values may be any varint,
// groups and fields of another wire type are unknown fields, depth and memory are limited, and
// texts and bytes are not copied.
#include "unpack.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Fixed-width numbers are copied as they lie in the input."
#endif

enum { wire_varint = 0, wire_64 = 1, wire_length = 2, wire_start = 3, wire_end = 4, wire_32 = 5 };

typedef struct {
  onedoor_arena *arena;
  // Where the present message ends.
  const uint8_t *end;
  unsigned limit;
  onedoor_unpacked fault;
} reader;

static const uint8_t *fail(reader *r, onedoor_unpacked fault) {
  r->fault = fault;
  return NULL;
}

// Reads a varint of two to ten bytes; bits beyond the 64th are dropped.
static const uint8_t *long_varint(reader *r, const uint8_t *at, uint64_t *value) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && at < r->end; shift += 7) {
    uint8_t byte = *at++;
    result |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) {
      *value = result;
      return at;
    }
  }
  return fail(r, ONEDOOR_MALFORMED);
}

static inline const uint8_t *varint(reader *r, const uint8_t *at, uint64_t *value) {
  if (at < r->end && *at < 0x80) {
    *value = *at;
    return at + 1;
  }
  return long_varint(r, at, value);
}

// Reads the length of what follows, which must lie within the present message.
static inline const uint8_t *delimiter(reader *r, const uint8_t *at, size_t *length) {
  uint64_t value;
  if (!(at = varint(r, at, &value))) return NULL;
  if (value > (uint64_t)(r->end - at)) return fail(r, ONEDOOR_MALFORMED);
  *length = (size_t)value;
  return at;
}

// Reads a tag of at most five bytes; its field number is 1 or greater.
static inline const uint8_t *tag(reader *r, const uint8_t *at, uint32_t *number, unsigned *wire) {
  const uint8_t *start = at;
  uint64_t value;
  if (!(at = varint(r, at, &value))) return NULL;
  if (value < 8 || value > UINT32_MAX || at - start > 5) return fail(r, ONEDOOR_MALFORMED);
  *number = (uint32_t)(value >> 3);
  *wire = value & 7;
  return at;
}

// Passes over the value of a field; a group up to and with its end.
static const uint8_t *skip(reader *r, const uint8_t *at, uint32_t number, unsigned wire,
                           unsigned depth) {
  uint64_t value;
  size_t length;
  switch (wire) {
    case wire_varint:
      return varint(r, at, &value);
    case wire_64:
      return r->end - at < 8 ? fail(r, ONEDOOR_MALFORMED) : at + 8;
    case wire_32:
      return r->end - at < 4 ? fail(r, ONEDOOR_MALFORMED) : at + 4;
    case wire_length:
      at = delimiter(r, at, &length);
      return at ? at + length : NULL;
    case wire_start:
      if (depth >= r->limit) return fail(r, ONEDOOR_TOO_DEEP);
      for (;;) {
        uint32_t inner;
        unsigned inner_wire;
        if (!(at = tag(r, at, &inner, &inner_wire))) return NULL;
        if (inner_wire == wire_end) return inner == number ? at : fail(r, ONEDOOR_MALFORMED);
        if (!(at = skip(r, at, inner, inner_wire, depth + 1))) return NULL;
      }
    default:
      return fail(r, ONEDOOR_MALFORMED);
  }
}

// The room of a list of `count` elements: none, 4, or the next power of two.
static inline size_t capacity(size_t count) {
  if (count == 0) return 0;
  if (count <= 4) return 4;
  return (size_t)1 << (64 - __builtin_clzll(count - 1));
}

// Makes room in a list for `more` elements of `size` bytes; false at the limit.
static inline bool reserve(reader *r, void **list, size_t count, size_t more, size_t size) {
  size_t has = capacity(count), wants = capacity(count + more);
  if (wants <= has) return true;
  void *wider = onedoor_arena_alloc(r->arena, wants * size);
  if (!wider) return false;
  if (count) memcpy(wider, *list, count * size);
  *list = wider;
  return true;
}

static const uint8_t *unknown(reader *r, const uint8_t *at, ProtobufCMessage *message,
                              uint32_t number, unsigned wire, unsigned depth) {
  const uint8_t *start = at;
  if (!(at = skip(r, at, number, wire, depth))) return NULL;
  size_t count = message->n_unknown_fields;
  void *list = message->unknown_fields;
  if (!reserve(r, &list, count, 1, sizeof(ProtobufCMessageUnknownField)))
    return fail(r, ONEDOOR_TOO_LARGE);
  message->unknown_fields = list;
  message->unknown_fields[count] = (ProtobufCMessageUnknownField){
      .tag = number,
      .wire_type = (ProtobufCWireType)wire,
      .len = (size_t)(at - start),
      .data = (uint8_t *)start,
  };
  message->n_unknown_fields = (unsigned)count + 1;
  return at;
}

// The wire type of each ProtobufCType.
static const uint8_t wires[] = {
    [PROTOBUF_C_TYPE_INT32] = wire_varint,   [PROTOBUF_C_TYPE_SINT32] = wire_varint,
    [PROTOBUF_C_TYPE_SFIXED32] = wire_32,    [PROTOBUF_C_TYPE_INT64] = wire_varint,
    [PROTOBUF_C_TYPE_SINT64] = wire_varint,  [PROTOBUF_C_TYPE_SFIXED64] = wire_64,
    [PROTOBUF_C_TYPE_UINT32] = wire_varint,  [PROTOBUF_C_TYPE_FIXED32] = wire_32,
    [PROTOBUF_C_TYPE_UINT64] = wire_varint,  [PROTOBUF_C_TYPE_FIXED64] = wire_64,
    [PROTOBUF_C_TYPE_FLOAT] = wire_32,       [PROTOBUF_C_TYPE_DOUBLE] = wire_64,
    [PROTOBUF_C_TYPE_BOOL] = wire_varint,    [PROTOBUF_C_TYPE_ENUM] = wire_varint,
    [PROTOBUF_C_TYPE_STRING] = wire_length,  [PROTOBUF_C_TYPE_BYTES] = wire_length,
    [PROTOBUF_C_TYPE_MESSAGE] = wire_length,
};

// The bytes of a value of each ProtobufCType in a struct.
static const uint8_t sizes[] = {
    [PROTOBUF_C_TYPE_INT32] = 4,
    [PROTOBUF_C_TYPE_SINT32] = 4,
    [PROTOBUF_C_TYPE_SFIXED32] = 4,
    [PROTOBUF_C_TYPE_INT64] = 8,
    [PROTOBUF_C_TYPE_SINT64] = 8,
    [PROTOBUF_C_TYPE_SFIXED64] = 8,
    [PROTOBUF_C_TYPE_UINT32] = 4,
    [PROTOBUF_C_TYPE_FIXED32] = 4,
    [PROTOBUF_C_TYPE_UINT64] = 8,
    [PROTOBUF_C_TYPE_FIXED64] = 8,
    [PROTOBUF_C_TYPE_FLOAT] = 4,
    [PROTOBUF_C_TYPE_DOUBLE] = 8,
    [PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
    [PROTOBUF_C_TYPE_ENUM] = 4,
    [PROTOBUF_C_TYPE_STRING] = sizeof(char *),
    [PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
    [PROTOBUF_C_TYPE_MESSAGE] = sizeof(ProtobufCMessage *),
};

static void put_varint(ProtobufCType type, uint64_t value, void *to) {
  switch (type) {
    case PROTOBUF_C_TYPE_SINT32: {
      uint32_t narrow = (uint32_t)value;
      *(int32_t *)to = (int32_t)(narrow >> 1 ^ (0 - (narrow & 1)));
      break;
    }
    case PROTOBUF_C_TYPE_SINT64:
      *(int64_t *)to = (int64_t)(value >> 1 ^ (0 - (value & 1)));
      break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
      *(uint64_t *)to = value;
      break;
    case PROTOBUF_C_TYPE_BOOL:
      *(protobuf_c_boolean *)to = value != 0;
      break;
    default:
      *(uint32_t *)to = (uint32_t)value;
  }
}

static const uint8_t *fields(reader *r, const uint8_t *at, ProtobufCMessage *message,
                             unsigned depth);

// Reads a message into the one that `place` points to, or into a new one.
static const uint8_t *submessage(reader *r, const uint8_t *at,
                                 const ProtobufCMessageDescriptor *descriptor,
                                 ProtobufCMessage **place, unsigned depth) {
  size_t length;
  if (!(at = delimiter(r, at, &length))) return NULL;
  if (depth >= r->limit) return fail(r, ONEDOOR_TOO_DEEP);
  ProtobufCMessage *inner = *place;
  if (!inner) {
    if (!(inner = onedoor_arena_alloc(r->arena, descriptor->sizeof_message)))
      return fail(r, ONEDOOR_TOO_LARGE);
    protobuf_c_message_init(descriptor, inner);
    *place = inner;
  }
  const uint8_t *end = r->end;
  r->end = at + length;
  at = fields(r, at, inner, depth + 1);
  r->end = end;
  return at;
}

// Reads one value whose wire type is the field's.
static inline const uint8_t *value(reader *r, const uint8_t *at,
                                   const ProtobufCFieldDescriptor *field, void *to,
                                   unsigned depth) {
  uint64_t number;
  size_t length;
  switch (wires[field->type]) {
    case wire_varint:
      if (!(at = varint(r, at, &number))) return NULL;
      put_varint(field->type, number, to);
      return at;
    case wire_64:
      if (r->end - at < 8) return fail(r, ONEDOOR_MALFORMED);
      memcpy(to, at, 8);
      return at + 8;
    case wire_32:
      if (r->end - at < 4) return fail(r, ONEDOOR_MALFORMED);
      memcpy(to, at, 4);
      return at + 4;
    default:
      if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return submessage(r, at, field->descriptor, to, depth);
      // The generator makes every text a byte string.
      if (field->type != PROTOBUF_C_TYPE_BYTES) return fail(r, ONEDOOR_MALFORMED);
      if (!(at = delimiter(r, at, &length))) return NULL;
      *(ProtobufCBinaryData *)to = (ProtobufCBinaryData){.len = length, .data = (uint8_t *)at};
      return at + length;
  }
}

// Reads a packed list.
static const uint8_t *packed(reader *r, const uint8_t *at, const ProtobufCFieldDescriptor *field,
                             void **list, size_t *count) {
  size_t length, size = sizes[field->type], more = 0;
  if (!(at = delimiter(r, at, &length))) return NULL;
  const uint8_t *end = at + length;
  if (wires[field->type] != wire_varint) {
    if (length % size) return fail(r, ONEDOOR_MALFORMED);
    more = length / size;
    if (!reserve(r, list, *count, more, size)) return fail(r, ONEDOOR_TOO_LARGE);
    if (more) memcpy((char *)*list + *count * size, at, length);
    *count += more;
    return end;
  }
  for (size_t index = 0; index < length; index++) more += at[index] < 0x80;
  if (!reserve(r, list, *count, more, size)) return fail(r, ONEDOOR_TOO_LARGE);
  const uint8_t *outer = r->end;
  r->end = end;
  while (at && at < end) {
    uint64_t number;
    if (!(at = varint(r, at, &number))) break;
    put_varint(field->type, number, (char *)*list + *count * size);
    *count += 1;
  }
  r->end = outer;
  return at;
}

static const uint8_t *repeated(reader *r, const uint8_t *at, const ProtobufCFieldDescriptor *field,
                               ProtobufCMessage *message, unsigned depth) {
  size_t *count = (size_t *)((char *)message + field->quantifier_offset);
  void **list = (void **)((char *)message + field->offset);
  size_t size = sizes[field->type];
  if (!reserve(r, list, *count, 1, size)) return fail(r, ONEDOOR_TOO_LARGE);
  void *to = (char *)*list + *count * size;
  if (field->type == PROTOBUF_C_TYPE_MESSAGE) *(ProtobufCMessage **)to = NULL;
  if (!(at = value(r, at, field, to, depth))) return NULL;
  *count += 1;
  return at;
}

static inline const uint8_t *singular(reader *r, const uint8_t *at,
                                      const ProtobufCFieldDescriptor *field,
                                      ProtobufCMessage *message, unsigned depth) {
  void *to = (char *)message + field->offset;
  uint32_t *quantifier = (uint32_t *)((char *)message + field->quantifier_offset);
  if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
    // Another member's value lies in the same place.
    if (*quantifier != field->id) memset(to, 0, sizes[field->type]);
    if (!(at = value(r, at, field, to, depth))) return NULL;
    *quantifier = field->id;
    return at;
  }
  if (!(at = value(r, at, field, to, depth))) return NULL;
  if (field->quantifier_offset) *(protobuf_c_boolean *)quantifier = 1;
  return at;
}

static const uint8_t *fields(reader *r, const uint8_t *at, ProtobufCMessage *message,
                             unsigned depth) {
  const ProtobufCMessageDescriptor *descriptor = message->descriptor;
  // Fields mostly come in the order of their numbers, lists one after another.
  const ProtobufCFieldDescriptor *next = descriptor->fields;
  const ProtobufCFieldDescriptor *last = next + descriptor->n_fields;
  while (at < r->end) {
    uint32_t number;
    unsigned wire;
    if (!(at = tag(r, at, &number, &wire))) return NULL;
    const ProtobufCFieldDescriptor *field = next;
    if (field != last && field->id != number && ++field != last && field->id != number) field = last;
    if (field == last) field = protobuf_c_message_descriptor_get_field(descriptor, number);
    if (!field) {
      at = unknown(r, at, message, number, wire, depth);
    } else if (wire == wires[field->type]) {
      next = field;
      at = field->label == PROTOBUF_C_LABEL_REPEATED ? repeated(r, at, field, message, depth)
                                                     : singular(r, at, field, message, depth);
    } else if (wire == wire_length && field->label == PROTOBUF_C_LABEL_REPEATED &&
               wires[field->type] != wire_length) {
      next = field;
      at = packed(r, at, field, (void **)((char *)message + field->offset),
                  (size_t *)((char *)message + field->quantifier_offset));
    } else {
      at = unknown(r, at, message, number, wire, depth);
    }
    if (!at) return NULL;
  }
  return at;
}

onedoor_unpacked onedoor_unpack(ProtobufCMessage *message, onedoor_arena *arena,
                                const uint8_t *data, size_t length, unsigned limit) {
  reader r = {arena, data + length, limit, ONEDOOR_UNPACKED};
  fields(&r, data, message, 1);
  return r.fault;
}

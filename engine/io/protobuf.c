// SPDX-License-Identifier: Apache-2.0
// protobuf.c: see protobuf.h. Before the library unpacks a file, one pass over its bytes, led
// by the descriptors, checks lengths and counts how deep messages nest.
#include "io/protobuf.h"

enum { DEEPEST = 64 };

typedef struct {
    const unsigned char *at, *end;
    const ProtobufCMessageDescriptor *kind;
} Level;

static bool take_number(Level *l, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && l->at < l->end; shift += 7) {
        unsigned char c = *l->at++;
        *out |= (uint64_t)(c & 127) << shift;
        if (c < 128) return true;
    }
    return false;
}

static bool skip(Level *l, uint64_t n)
{
    if (n > (uint64_t)(l->end - l->at)) return false;
    l->at += n;
    return true;
}

// One field of the innermost level; a message in it becomes the next level.
static bool walk_field(Level *level, int *depth)
{
    Level *l = &level[*depth];
    uint64_t tag, n;
    if (!take_number(l, &tag)) return false;
    switch (tag & 7) {
    case 0: return take_number(l, &n);
    case 1: return skip(l, 8);
    case 5: return skip(l, 4);
    case 2: break;
    default: return false;
    }
    if (!take_number(l, &n)) return false;
    const unsigned char *inside = l->at;
    if (!skip(l, n)) return false;
    const ProtobufCFieldDescriptor *field =
        tag >> 3 <= UINT32_MAX
            ? protobuf_c_message_descriptor_get_field(l->kind, (unsigned)(tag >> 3))
            : NULL;
    if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE) return true;
    if (++*depth == DEEPEST) return false;
    level[*depth] = (Level){inside, inside + n, field->descriptor};
    return true;
}

static bool is_sound(const ProtobufCMessageDescriptor *kind, const unsigned char *at,
                     size_t size)
{
    Level level[DEEPEST] = {{at, at + size, kind}};
    for (int depth = 0; depth >= 0;) {
        if (level[depth].at == level[depth].end)
            depth--;
        else if (!walk_field(level, &depth))
            return false;
    }
    return true;
}

ProtobufCMessage *adj_protobuf_unpack(const ProtobufCMessageDescriptor *kind, const char *path,
                                      const char *what, const unsigned char *at, size_t size)
{
    ProtobufCMessage *m =
        is_sound(kind, at, size) ? protobuf_c_message_unpack(kind, NULL, size, at) : NULL;
    return m ? m
             : adj_fail(ADJ_E_FILE, "'%s' is not %s: its bytes are no such message", path,
                        what);
}

// The library hands out the bytes in pieces.
typedef struct {
    ProtobufCBuffer base;
    FILE *f;
} FileBuffer;

static void append(ProtobufCBuffer *buffer, size_t n, const uint8_t *bytes)
{
    fwrite(bytes, 1, n, ((FileBuffer *)buffer)->f);  // the file remembers a failure
}

bool adj_protobuf_write(const ProtobufCMessage *message, FILE *f)
{
    FileBuffer to = {{append}, f};
    protobuf_c_message_pack_to_buffer(message, &to.base);
    return !ferror(f);
}

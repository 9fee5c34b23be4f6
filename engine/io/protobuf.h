// SPDX-License-Identifier: Apache-2.0
// protobuf.h: messages of protobuf-c from bytes that may be hostile, and to a file.
#pragma once
#include "io/file.h"

#include <protobuf-c/protobuf-c.h>

// The message in [size] bytes; NULL and an error naming [path] and [what] when they are none.
// Messages nested deeper than a fixed limit are refused: the library's own reader recurses.
ADJ_HIDDEN ProtobufCMessage *adj_protobuf_unpack(const ProtobufCMessageDescriptor *kind,
                                                 const char *path, const char *what,
                                                 const unsigned char *at, size_t size);
// Writes the message as bytes. False when the file cannot take them.
ADJ_HIDDEN bool adj_protobuf_write(const ProtobufCMessage *message, FILE *f);

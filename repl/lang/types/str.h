// SPDX-License-Identifier: Apache-2.0
// What the files of the str type share. Each str_*.c holds one family of methods;
// str_methods.def has a row for each, from which come the prototypes and the method table.
#pragma once

#include "lang/types/str_text.h"
#include "lang/types/str_utf8.h"
#include "lang/value.h"

// The methods; str_methods.def says what they do.
#define METHOD(name, sig, flags, doc) \
    bool adj_str_do_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out);
#include "lang/types/str_methods.def"
#undef METHOD

// New str from a finished text, which is freed. False with MemoryError if it had failed.
bool adj_str_from_text(AdjVM *vm, AdjText *text, AdjVal *out);

// Bytes of the block of a string of [len] bytes (memory.c).
size_t adj_str_bytes(size_t len);

// A text of one character; new reference.
AdjStr *adj_str_char(AdjVM *vm, uint32_t c);

// TypeError "<text>, not <type>" unless [v] is a str: e.g. "must be str".
bool adj_str_need(AdjVM *vm, AdjVal v, const char *text);

// A part of a string in bytes, from optional character indices (None or UNDEF: absent). False
// in [*valid] if start is beyond the end: then not even "" is found there.
typedef struct AdjStrPart {
    int64_t start, stop;
    bool valid;
} AdjStrPart;
bool adj_str_part(AdjVM *vm, AdjStr *s, AdjVal start, AdjVal stop, AdjStrPart *part);

// Byte position of the first (last) occurrence of [what] in [start, stop) of [s], or -1.
int64_t adj_str_find(const AdjStr *s, const AdjStr *what, int64_t start, int64_t stop);
int64_t adj_str_rfind(const AdjStr *s, const AdjStr *what, int64_t start, int64_t stop);

// Adds repr of the text: quotes and escapes; [ascii]: everything else escaped too.
void adj_str_put_repr(AdjText *text, const AdjStr *s, bool ascii);

// str % values (str_percent.c).
bool adj_str_percent(AdjVM *vm, AdjStr *format, AdjVal values, AdjVal *out);

// ascii(v): repr with everything beyond ASCII escaped.
bool adj_val_ascii(AdjVM *vm, AdjVal v, AdjVal *out);

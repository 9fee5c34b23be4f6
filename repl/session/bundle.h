// SPDX-License-Identifier: Apache-2.0
// bundle.h: what a front end is given to show: one value in several forms, each under its MIME
// type, the plainest first. A front end takes the richest form that it can draw; a file or a
// plain terminal takes text/plain, which is always there.
#pragma once
#include "session/session.h"

typedef struct AdjMime {
    char *type;     // "image/png"; owned
    char *data;     // owned, followed by a NUL that does not count
    size_t length;  // bytes; those of image/png and application/pdf are raw, not base64
    bool is_json;   // the data is JSON text and stands for that value, not for a string
} AdjMime;

typedef struct AdjBundle {  // starts as {0}
    AdjMime *at;
    int count, capacity;
    char *metadata;  // text of a JSON object: {"image/png": {"width": 640}}; NULL: {}; owned
    char *terminal;  // a picture as text with escape sequences, for a terminal that the process
                     // itself writes to; NULL: there is none; owned
} AdjBundle;

// Adds a form; a form of the same type is replaced. [data] is copied. False: no memory, and the
// bundle is as it was.
bool adj_bundle_add(AdjBundle *b, const char *type, const void *data, size_t length,
                    bool is_json);
bool adj_bundle_add_text(AdjBundle *b, const char *type, const char *text);
// The form of that type, or NULL; borrowed.
const AdjMime *adj_bundle_find(const AdjBundle *b, const char *type);
// Sets the metadata; the text is copied. False: no memory.
bool adj_bundle_describe(AdjBundle *b, const char *json);
// Whether the type's data are bytes that travel as base64 where only text can.
bool adj_mime_is_binary(const char *type);
// The bytes as base64, which the caller frees. NULL: no memory.
char *adj_base64(const void *data, size_t length);
void adj_bundle_free(AdjBundle *b);

// Adds text/plain alone, as results are shown: repr, of very long ones only the ends, and
// behind a tensor, where [noted], its shape and type. False: an exception stands.
bool adj_plain_of(AdjSession *s, AdjVal v, bool noted, AdjBundle *out);
// Fills [out] (which starts as {0}) with every form that [v] has: text/plain first, as the
// prompt shows it, then what its kind has to offer (tensors, modules, tapes, figures, data
// sets, errors) and what the methods _repr_html_, _repr_svg_, _repr_png_, _repr_jpeg_,
// _repr_markdown_, _repr_latex_, _repr_json_ and _repr_mimebundle_ of a class return. Must run
// on the machine's thread. False: an exception stands (from repr) and [out] is empty; an error
// in one of the other forms only leaves that form out.
bool adj_rich_of(AdjSession *s, AdjVal v, AdjBundle *out);

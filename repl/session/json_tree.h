// SPDX-License-Identifier: Apache-2.0
// json_tree.h: a JSON document as a tree that can be changed and written again.
//
// Numbers and strings are kept as they are spelt, and members in their order, duplicates
// included: what is not touched is written as it was read, however large the number and
// whatever the escapes. Only what is asked for is decoded.
//
// A tree lives in an arena and points into the text it was read from, which must outlive it.
#pragma once
#include "lang/syntax/ast.h"

#include <stdio.h>

typedef enum AdjJsonKind {
    ADJ_JSON_NULL,
    ADJ_JSON_FALSE,
    ADJ_JSON_TRUE,
    ADJ_JSON_NUMBER,
    ADJ_JSON_STRING,
    ADJ_JSON_ARRAY,
    ADJ_JSON_OBJECT,
} AdjJsonKind;

typedef struct AdjJsonNode {
    AdjJsonKind kind;
    uint32_t count;   // children of an array or object
    const char *key;  // as spelt, between the quotes; NULL outside of objects
    size_t key_length;
    const char *text;  // of a scalar as spelt, quotes included
    size_t length;
    struct AdjJsonNode *first, *last, *next;
} AdjJsonNode;

typedef struct AdjJsonError {
    size_t at;         // byte of the text
    const char *what;  // half a sentence: "a value is missing"
} AdjJsonError;

// NULL: [error] says why. The text is UTF-8; a byte order mark is passed over.
AdjJsonNode *adj_json_read(AdjArena *a, const char *text, size_t length, AdjJsonError *error);
// Writes as Python's json.dumps(indent=1, ensure_ascii=False), with a newline at the end.
bool adj_json_write(const AdjJsonNode *n, FILE *f);

// The member [key] of an object (the last of that name), or NULL; [n] may be NULL or anything.
AdjJsonNode *adj_json_get(const AdjJsonNode *n, const char *key);
bool adj_json_is(const AdjJsonNode *n, const char *text);  // a string of that text
// A string decoded, in malloc'ed memory, or an array of strings joined; NULL: neither, or no
// memory. Halves of surrogate pairs that stand alone become U+FFFD.
char *adj_json_text(const AdjJsonNode *n, size_t *length);
bool adj_json_int_of(const AdjJsonNode *n, int64_t *out);

// New nodes; NULL: no memory. Functions that take a node pass NULL on as a failure.
AdjJsonNode *adj_json_new(AdjArena *a, AdjJsonKind kind);
AdjJsonNode *adj_json_new_int(AdjArena *a, int64_t i);
AdjJsonNode *adj_json_new_string(AdjArena *a, const char *text, size_t length);
// Text as notebooks have it: an array of its lines, each with its newline.
AdjJsonNode *adj_json_new_lines(AdjArena *a, const char *text, size_t length);
bool adj_json_push(AdjJsonNode *array, AdjJsonNode *value);
// Replaces the member in its place, or adds it at the end.
bool adj_json_set(AdjArena *a, AdjJsonNode *object, const char *key, AdjJsonNode *value);
// Adds a new member behind [after], or at the end if there is no such member.
bool adj_json_insert(AdjArena *a, AdjJsonNode *object, const char *after, const char *key,
                     AdjJsonNode *value);

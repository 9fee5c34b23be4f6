// SPDX-License-Identifier: Apache-2.0
//
// Fuzzer: any bytes as a program. The lexer and the parser must answer with a tree or with an
// error whose span lies inside the text, in bounded stack and linear time.
#include "lang/parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AdjArena arena = {0};
    AdjParseError error;
    AdjParseOptions options = {.cell = size & 1};
    AdjAst *tree = adj_parse(&arena, (const char *)data, size, &options, &error);
    if (!tree && (error.span.start > error.span.end || error.span.end > size)) abort();
    adj_parse_incomplete((const char *)data, size);
    adj_arena_free(&arena);
    return 0;
}

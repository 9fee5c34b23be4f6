// SPDX-License-Identifier: Apache-2.0
// The library: builtin functions and the modules that come with the language. Each module is
// one file with one table of rows; this header is the list of them.
#pragma once

#include "lang/value.h"

// Puts the builtin functions and types into the prelude. False: no memory.
bool adj_lib_add_builtins(AdjVM *vm);
// Makes the library's modules importable. False: no memory.
bool adj_lib_add_modules(AdjVM *vm);

// sys.argv. False: no memory.
bool adj_lib_set_argv(AdjVM *vm, int argc, const char *const *argv);

// The builtin functions; builtins.def says what they do.
#define BUILTIN(name, sig, doc) \
    bool adj_builtin_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out);
#include "builtins.def"
#undef BUILTIN

extern AdjType adj_type_enumerate, adj_type_zip, adj_type_map, adj_type_filter,
    adj_type_reversed;
extern AdjType adj_type_file;  // file.c

// inspect.c: the text of the definition of a function or class written in the language, with
// its indentation, to the end of its last line; borrowed. False: there is none.
bool adj_source_of(AdjVal v, const char **text, size_t *length, uint32_t *line);

// The program's standard streams as file objects; new reference. which: 0 in, 1 out, 2 error.
bool adj_file_standard(AdjVM *vm, int which, AdjVal *out);

// An int argument that may be absent: [absent] then.
static inline bool adj_get_int_or(AdjVM *vm, AdjVal v, int64_t absent, int64_t *out)
{
    if (adj_is_unset(v)) return *out = absent, true;
    return adj_get_int(vm, v, out);
}

// A pair as a new tuple.
static inline bool adj_out_pair(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    return adj_out(out, adj_tuple_from(vm, (AdjVal[]){a, b}, 2));
}

// SPDX-License-Identifier: Apache-2.0
// Pieces of the dict type that its views and the library's dicts (Counter, defaultdict) use.
#pragma once

#include "lang/value.h"

typedef enum AdjDictPart { ADJ_DICT_KEYS, ADJ_DICT_VALUES, ADJ_DICT_ITEMS } AdjDictPart;

// What d.keys(), d.values() and d.items() answer: a window on a dict.
typedef struct AdjDictView {
    AdjObj head;
    AdjDict *dict;  // kept
    AdjDictPart part;
} AdjDictView;

extern AdjType adj_dict_view_types[3];  // by AdjDictPart
bool adj_dict_view_new(AdjVM *vm, AdjDict *dict, AdjDictPart part, AdjVal *out);

// dict.update: from a dict, anything with keys(), or an iterable of pairs.
bool adj_dict_update(AdjVM *vm, AdjDict *d, AdjVal from);
// d[key], with __missing__ and KeyError: the getitem slot of dict.
bool adj_dict_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out);
// "{k: v}" with the text around it.
bool adj_dict_repr_in(AdjVM *vm, AdjVal self, const char *open, const char *close, AdjVal *out);

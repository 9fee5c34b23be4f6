// SPDX-License-Identifier: Apache-2.0
// registry.c: finding rows by name. The list adj_ops is generated in order of names.
#include "core/internal.h"

#include <stdlib.h>

static int order(const void *name, const void *row)
{
    return strcmp(name, (*(const AdjOp *const *)row)->name);
}

const AdjOp *adj_op_find(const char *name)
{
    static size_t n;
    if (!n)
        while (adj_ops[n]) n++;
    const AdjOp *const *row = bsearch(name, adj_ops, n, sizeof *adj_ops, order);
    return row ? *row : NULL;
}

// Names that nodes point at: module paths and string arguments. A set that only grows; paths of
// one process are few.
typedef struct Name {
    struct Name *next;
    char text[];
} Name;

const char *adj_intern(const char *text)
{
    enum { BUCKETS = 256 };
    static _Thread_local Name *buckets[BUCKETS];
    unsigned hash = 5381;
    for (const char *p = text; *p; p++) hash = hash * 33 + (unsigned char)*p;
    Name **bucket = &buckets[hash % BUCKETS];
    for (Name *n = *bucket; n; n = n->next)
        if (!strcmp(n->text, text)) return n->text;
    Name *n = malloc(sizeof *n + strlen(text) + 1);
    if (!n) return "";
    strcpy(n->text, text);
    n->next = *bucket;
    *bucket = n;
    return n->text;
}

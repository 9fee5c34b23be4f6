// SPDX-License-Identifier: Apache-2.0
// notebook.c: reading, checking and writing notebooks. The format is described by the schema
// nbformat.v4.5.
#include "session/notebook.h"

#include "adjoint.h"
#include "io/file.h"
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { FORMAT = 4, MINOR = 5, ID_MAX = 64 };

__attribute__((format(printf, 2, 3))) static bool refuse(char *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, ADJ_NOTEBOOK_WHY, format, args);
    va_end(args);
    return false;
}

// ---------------------------------------------------------------- ids

// The ids that are taken: a table of strings as spelt, open addressing.
typedef struct {
    const AdjJsonNode **at;
    size_t mask;
} Ids;

static bool ids_add(Ids *ids, const AdjJsonNode *id)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < id->length; i++)
        hash = (hash ^ (unsigned char)id->text[i]) * 1099511628211u;
    for (size_t i = hash & ids->mask;; i = (i + 1) & ids->mask) {
        const AdjJsonNode *there = ids->at[i];
        if (!there) return ids->at[i] = id, true;
        if (there->length == id->length && !memcmp(there->text, id->text, id->length))
            return false;
    }
}

static bool is_id(const AdjJsonNode *n)
{
    if (!n || n->kind != ADJ_JSON_STRING || n->length < 3 || n->length > ID_MAX + 2)
        return false;
    for (size_t i = 1; i + 1 < n->length; i++) {
        char c = n->text[i] | 32;
        if (!((c >= 'a' && c <= 'z') || (n->text[i] >= '0' && n->text[i] <= '9') ||
              n->text[i] == '-' || n->text[i] == '_'))
            return false;
    }
    return true;
}

static AdjJsonNode *fresh_id(AdjArena *a)
{
    unsigned char bytes[4] = {0};
    char text[9];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return NULL;
    snprintf(text, sizeof text, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    return adj_json_new_string(a, text, 8);
}

static bool give_id(AdjNotebook *nb, Ids *ids, AdjJsonNode *cell)
{
    AdjJsonNode *id = adj_json_get(cell, "id");
    if (is_id(id) && ids_add(ids, id)) return true;
    AdjJsonNode *fresh;
    do {
        fresh = fresh_id(&nb->arena);
        if (!fresh) return false;
    } while (!ids_add(ids, fresh));
    return id ? adj_json_set(&nb->arena, cell, "id", fresh)
              : adj_json_insert(&nb->arena, cell, "cell_type", "id", fresh);
}

static bool give_ids(AdjNotebook *nb)
{
    Ids ids = {.mask = 15};
    while (ids.mask < (size_t)nb->cells->count * 2) ids.mask = ids.mask * 2 + 1;
    ids.at = calloc(ids.mask + 1, sizeof *ids.at);
    bool ok = ids.at != NULL;
    for (AdjJsonNode *c = nb->cells->first; ok && c; c = c->next) ok = give_id(nb, &ids, c);
    free(ids.at);
    return ok;
}

// ---------------------------------------------------------------- checks

static bool has_text(const AdjJsonNode *n)
{
    if (n && n->kind == ADJ_JSON_STRING) return true;
    if (!n || n->kind != ADJ_JSON_ARRAY) return false;
    for (const AdjJsonNode *i = n->first; i; i = i->next)
        if (i->kind != ADJ_JSON_STRING) return false;
    return true;
}

// Adds a member that a cell must have.
static bool complete(AdjNotebook *nb, AdjJsonNode *cell, const char *key, AdjJsonKind kind)
{
    AdjJsonNode *n = adj_json_get(cell, key);
    if (n) return n->kind == kind || kind == ADJ_JSON_NULL;
    return adj_json_set(&nb->arena, cell, key, adj_json_new(&nb->arena, kind));
}

static bool check_cell(AdjNotebook *nb, AdjJsonNode *cell, int number, char *why)
{
    AdjJsonNode *type = adj_json_get(cell, "cell_type");
    if (!type || type->kind != ADJ_JSON_STRING)
        return refuse(why, "cell %d is no cell: it has no cell_type", number);
    if (!has_text(adj_json_get(cell, "source")))
        return refuse(why, "cell %d has no source", number);
    if (!complete(nb, cell, "metadata", ADJ_JSON_OBJECT))
        return refuse(why, "the metadata of cell %d are no object", number);
    if (!adj_json_is(type, "code")) return true;
    if (!complete(nb, cell, "outputs", ADJ_JSON_ARRAY))
        return refuse(why, "the outputs of cell %d are no list", number);
    return complete(nb, cell, "execution_count", ADJ_JSON_NULL) ||
           refuse(why, "there is not enough memory");
}

static bool check_format(AdjNotebook *nb, char *why)
{
    int64_t format, minor = 0;
    if (nb->root->kind != ADJ_JSON_OBJECT) return refuse(why, "it is JSON, but not a notebook");
    if (!adj_json_int_of(adj_json_get(nb->root, "nbformat"), &format))
        return refuse(why, "it is not a notebook: it has no nbformat");
    if (format != FORMAT) {
        return refuse(why, "it has notebook format %" PRId64 "; this program reads format %d%s",
                      format, FORMAT,
                      format < FORMAT ? " (jupyter nbconvert --to notebook brings it there)"
                                      : "");
    }
    adj_json_int_of(adj_json_get(nb->root, "nbformat_minor"), &minor);
    nb->cells = adj_json_get(nb->root, "cells");
    if (!nb->cells || nb->cells->kind != ADJ_JSON_ARRAY)
        return refuse(why, "it is not a notebook: it has no cells");
    AdjArena *a = &nb->arena;
    return complete(nb, nb->root, "metadata", ADJ_JSON_OBJECT)
               ? minor >= MINOR ||
                     adj_json_set(a, nb->root, "nbformat_minor", adj_json_new_int(a, MINOR))
               : refuse(why, "its metadata are no object");
}

static bool check(AdjNotebook *nb, char *why)
{
    int number = 1;
    if (!check_format(nb, why)) return false;
    for (AdjJsonNode *c = nb->cells->first; c; c = c->next)
        if (!check_cell(nb, c, number++, why)) return false;
    return give_ids(nb) || refuse(why, "there is not enough memory");
}

// ---------------------------------------------------------------- files

static bool damaged(const AdjNotebook *nb, const AdjJsonError *e, char *why)
{
    int line = 1;
    size_t column = 1;
    for (size_t i = 0; i < e->at; i++) {
        column = nb->file[i] == '\n' ? 1 : column + 1;
        line += nb->file[i] == '\n';
    }
    return refuse(why, "it is damaged: %s (line %d, column %zu)", e->what, line, column);
}

bool adj_notebook_read(AdjNotebook *nb, const char *path, char *why)
{
    size_t length = 0;
    *nb = (AdjNotebook){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) nb->file = adj_plain_slurp(fd, &length);
    int e = errno;
    if (fd >= 0) close(fd);
    if (!nb->file) return refuse(why, "it cannot be read: %s", strerror(e));
    if (length == 0) {
        adj_notebook_free(nb);
        return refuse(why, "it is empty");
    }
    AdjJsonError error;
    nb->root = adj_json_read(&nb->arena, nb->file, length, &error);
    bool ok = nb->root ? check(nb, why) : damaged(nb, &error, why);
    if (!ok) adj_notebook_free(nb);
    return ok;
}

bool adj_notebook_new(AdjNotebook *nb)
{
    // What a kernel's front end would have written.
    static const char text[] =
        "{\"cells\": [], \"metadata\": {\"kernelspec\": {\"display_name\": \"Adjoint\", "
        "\"language\": \"python\", \"name\": \"adjoint\"}, \"language_info\": "
        "{\"file_extension\": \".adj\", \"mimetype\": \"text/x-python\", \"name\": "
        "\"python\"}}, \"nbformat\": 4, \"nbformat_minor\": 5}";
    AdjJsonError error;
    *nb = (AdjNotebook){0};
    nb->root = adj_json_read(&nb->arena, text, sizeof text - 1, &error);
    nb->cells = adj_json_get(nb->root, "cells");
    if (nb->cells) return true;
    adj_notebook_free(nb);
    return false;
}

bool adj_notebook_write(const AdjNotebook *nb, const char *path, char *why)
{
    AdjFileOut out;
    bool ok =
        adj_file_create(&out, path) && adj_file_finish(&out, adj_json_write(nb->root, out.f));
    if (ok) return true;
    refuse(why, "%s", adj_error_text());
    adj_error_clear();
    return false;
}

void adj_notebook_free(AdjNotebook *nb)
{
    adj_arena_free(&nb->arena);
    free(nb->file);
    *nb = (AdjNotebook){0};
}

// ---------------------------------------------------------------- cells

AdjJsonNode *adj_notebook_add(AdjNotebook *nb, const char *type, const char *text,
                              size_t length)
{
    AdjArena *a = &nb->arena;
    AdjJsonNode *cell = adj_json_new(a, ADJ_JSON_OBJECT);
    bool code = !strcmp(type, "code");
    bool ok =
        adj_json_set(a, cell, "cell_type", adj_json_new_string(a, type, strlen(type))) &&
        (!code || adj_json_set(a, cell, "execution_count", adj_json_new(a, ADJ_JSON_NULL))) &&
        adj_json_set(a, cell, "id", fresh_id(a)) &&
        adj_json_set(a, cell, "metadata", adj_json_new(a, ADJ_JSON_OBJECT)) &&
        (!code || adj_json_set(a, cell, "outputs", adj_json_new(a, ADJ_JSON_ARRAY))) &&
        adj_json_set(a, cell, "source", adj_json_new_lines(a, text, length)) &&
        adj_json_push(nb->cells, cell);
    return ok ? cell : NULL;
}

bool adj_notebook_tagged(const AdjJsonNode *cell, const char *tag)
{
    const AdjJsonNode *tags = adj_json_get(adj_json_get(cell, "metadata"), "tags");
    if (!tags || tags->kind != ADJ_JSON_ARRAY) return false;
    for (const AdjJsonNode *t = tags->first; t; t = t->next)
        if (adj_json_is(t, tag)) return true;
    return false;
}

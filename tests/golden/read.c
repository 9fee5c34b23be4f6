// SPDX-License-Identifier: Apache-2.0
// The reader of read.h. The tensor table is sorted by name once and searched by halving.
#include "golden/read.h"

#include <stdlib.h>
#include <string.h>

char *golden_read(const char *folder, const char *file, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = n >= 0 ? malloc((size_t)n + 1) : NULL;
    bool whole = text && fread(text, 1, (size_t)n, f) == (size_t)n;
    fclose(f);
    if (!whole) {
        free(text);
        return NULL;
    }
    text[n] = 0;
    *size = (size_t)n;
    return text;
}

int golden_fields(char *line, const char **fields, int n)
{
    int count = 0;
    while (line && count < n) {
        fields[count++] = line;
        line = count < n ? strchr(line, '\t') : NULL;
        if (line) *line++ = 0;
    }
    return count;
}

static int lines_in(const char *text)
{
    int n = 0;
    for (; (text = strchr(text, '\n')); text++) n++;
    return n;
}

static bool read_cases(GoldenSet *set)
{
    set->cases = calloc((size_t)lines_in(set->lines) + 1, sizeof *set->cases);
    if (!set->cases) return false;
    for (char *line = set->lines, *end; (end = strchr(line, '\n')); line = end + 1) {
        const char *f[5];
        *end = 0;
        if (golden_fields(line, f, 5) != 5) return false;
        set->cases[set->n_cases++] = (GoldenCase){f[0], atoi(f[1]), atof(f[2]), f[3], f[4]};
    }
    return true;
}

static AdjDtype dtype_of(const char *name)
{
    static const struct {
        const char *name;
        AdjDtype dtype;
    } rows[] = {
        {"\"F32\"", ADJ_F32},   {"\"F64\"", ADJ_F64},   {"\"F16\"", ADJ_F16},
        {"\"BF16\"", ADJ_BF16}, {"\"I64\"", ADJ_I64},   {"\"I32\"", ADJ_I32},
        {"\"U8\"", ADJ_U8},     {"\"BOOL\"", ADJ_BOOL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strncmp(name, rows[i].name, strlen(rows[i].name))) return rows[i].dtype;
    return ADJ_SAME;
}

static AdjShape read_shape(const char *p)
{
    AdjShape s = ADJ_SCALAR_SHAPE;
    while (*p != ']' && s.n < ADJ_MAX_DIMS) {
        char *end;
        s.at[s.n++] = strtoll(p, &end, 10);
        p = *end == ',' ? end + 1 : end;
    }
    return s;
}

// One entry of the header: "7.x0":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}. [p]
// stands on the name's first letter. The place after the entry, or NULL.
static const char *read_entry(const char *p, const char *data, GoldenTensor *t)
{
    const char *quote = strchr(p, '"');
    const char *dtype = strstr(p, "\"dtype\":");
    const char *shape = strstr(p, "\"shape\":[");
    const char *at = strstr(p, "\"data_offsets\":[");
    if (!quote || !dtype || !shape || !at || (size_t)(quote - p) >= sizeof t->name) return NULL;
    memcpy(t->name, p, (size_t)(quote - p));
    t->dtype = dtype_of(dtype + 8);
    t->shape = read_shape(shape + 9);
    t->data = data + strtoll(at + 16, NULL, 10);
    return strchr(at, '}');
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const GoldenTensor *)a)->name, ((const GoldenTensor *)b)->name);
}

static bool read_tensors(GoldenSet *set, size_t size)
{
    uint64_t length;
    if (size < 8) return false;
    memcpy(&length, set->bytes, 8);
    if (length > size - 8) return false;
    const char *data = set->bytes + 8 + length;
    char *header = strndup(set->bytes + 8, length);
    int capacity = 0;
    for (const char *p = header; p && (p = strstr(p, "\"dtype\"")); p++) capacity++;
    set->tensors = header ? calloc((size_t)capacity + 1, sizeof *set->tensors) : NULL;
    bool good = set->tensors != NULL;
    const char *p = header;
    while (good && set->n_tensors < capacity && (p = strchr(p, '"'))) {
        p = read_entry(p + 1, data, &set->tensors[set->n_tensors++]);
        good = p != NULL;
    }
    free(header);
    if (good) qsort(set->tensors, (size_t)set->n_tensors, sizeof *set->tensors, by_name);
    return good;
}

bool golden_open(GoldenSet *set, const char *folder, const char *family)
{
    char file[64];
    size_t size;
    *set = (GoldenSet){0};
    snprintf(file, sizeof file, "%s.cases", family);
    set->lines = golden_read(folder, file, &size);
    snprintf(file, sizeof file, "%s.safetensors", family);
    set->bytes = golden_read(folder, file, &size);
    return set->lines && set->bytes && read_cases(set) && read_tensors(set, size);
}

void golden_close(GoldenSet *set)
{
    free(set->cases);
    free(set->tensors);
    free(set->lines);
    free(set->bytes);
}

const GoldenTensor *golden_find(const GoldenSet *set, int number, char letter, int index)
{
    GoldenTensor key;
    snprintf(key.name, sizeof key.name, "%d.%c%d", number, letter, index);
    return bsearch(&key, set->tensors, (size_t)set->n_tensors, sizeof key, by_name);
}

AdjTensor *golden_tensor(const GoldenTensor *t, bool wide)
{
    AdjTensor *x = adj_from(t->data, t->shape, t->dtype);
    if (!wide || !adj_dtype_is_float(t->dtype) || t->dtype == ADJ_F64) return x;
    return adj_to(x, ADJ_F64);
}

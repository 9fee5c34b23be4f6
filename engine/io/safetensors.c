// SPDX-License-Identifier: Apache-2.0
// safetensors.c: tensors by name in one file, the format that PyTorch programs exchange: eight
// bytes with the length of a JSON header, the header with type, shape and byte range of each
// tensor, and the bytes. Nothing in such a file can run.
//
// Reading maps the file; the tensors are views of the map, private to this process, so changing
// one does not touch the file. Every range is checked against the file and against type and
// shape before a tensor is made. Writing goes to a temporary file beside the target, which is
// synced and renamed: whoever reads sees the old file or the new one, never half of it.
#include "io/file.h"
#include "io/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const type_names[ADJ_DTYPES] = {
    [ADJ_F32] = "F32", [ADJ_F64] = "F64", [ADJ_F16] = "F16", [ADJ_BF16] = "BF16",
    [ADJ_I64] = "I64", [ADJ_I32] = "I32", [ADJ_U8] = "U8",   [ADJ_BOOL] = "BOOL",
};
enum { LARGEST_HEADER = 100 * 1000 * 1000 };  // the format's own limit

// ---------------------------------------------------------------- reading

typedef struct {
    int refs;
    void *at;
    size_t bytes;
} Map;

static void map_drop(void *owner)
{
    Map *m = owner;
    if (--m->refs) return;
    munmap(m->at, m->bytes);
    free(m);
}

typedef struct {
    const char *path;
    Map *map;
    const char *data;  // first byte after the header
    int64_t size;      // bytes after the header
    int capacity, meta_capacity;
    AdjArchive out;
} Reader;

static bool bad(const Reader *r, const char *what, const char *name)
{
    return adj_fail(ADJ_E_FILE, "'%s' is not a safetensors file: %s%s%s%s", r->path, what,
                    name ? " (tensor \"" : "", name ? name : "", name ? "\")" : "");
}

typedef struct {
    AdjDtype dtype;
    AdjShape shape;
    int64_t from, to;
    bool has_dtype, has_shape, has_range;
} Entry;

static bool read_dtype(Reader *r, AdjJson *j, const char *name, Entry *e)
{
    const char *text = adj_json_string(j);
    if (!text) return false;
    for (int t = 0; t < ADJ_DTYPES; t++) {
        if (strcmp(text, type_names[t])) continue;
        e->dtype = (AdjDtype)t;
        e->has_dtype = true;
        return true;
    }
    return adj_fail(ADJ_E_FILE,
                    "'%s': tensor \"%s\" has the element type %s, which is not supported",
                    r->path, name, text);
}

static bool read_shape(Reader *r, AdjJson *j, const char *name, Entry *e)
{
    if (!adj_json_expect(j, '[')) return false;
    e->has_shape = true;
    if (adj_json_take(j, ']')) return true;
    do {
        if (e->shape.n == ADJ_MAX_DIMS) return bad(r, "more than 8 axes", name);
        if (!adj_json_int(j, &e->shape.at[e->shape.n++])) return false;
        if (e->shape.at[e->shape.n - 1] < 0) return bad(r, "a negative size", name);
    } while (adj_json_take(j, ','));
    return adj_json_expect(j, ']');
}

static bool read_entry(Reader *r, AdjJson *j, const char *name, Entry *e)
{
    if (!adj_json_expect(j, '{')) return false;
    do {
        const char *key = adj_json_string(j);
        if (!key || !adj_json_expect(j, ':')) return false;
        bool ok;
        if (!strcmp(key, "dtype"))
            ok = read_dtype(r, j, name, e);
        else if (!strcmp(key, "shape"))
            ok = read_shape(r, j, name, e);
        else if (!strcmp(key, "data_offsets")) {
            ok = adj_json_expect(j, '[') && adj_json_int(j, &e->from) &&
                 adj_json_expect(j, ',') && adj_json_int(j, &e->to) && adj_json_expect(j, ']');
            e->has_range = true;
        } else
            ok = adj_json_skip(j);
        if (!ok) return false;
    } while (adj_json_take(j, ','));
    return adj_json_expect(j, '}');
}

static bool check_entry(Reader *r, const char *name, const Entry *e)
{
    if (!e->has_dtype || !e->has_shape || !e->has_range)
        return bad(r, "type, shape or range is missing", name);
    int64_t bytes = (int64_t)adj_dtype_size(e->dtype);
    for (int i = 0; i < e->shape.n; i++)
        if (__builtin_mul_overflow(bytes, e->shape.at[i], &bytes))
            return bad(r, "a shape too large", name);
    if (e->from < 0 || e->to < e->from || e->to > r->size)
        return bad(r, "a range outside the file", name);
    if (e->to - e->from != bytes)
        return bad(r, "a range that does not fit type and shape", name);
    return true;
}

// A view of the map; a copy where the bytes are not aligned for their type.
static AdjTensor *make_tensor(Reader *r, const Entry *e)
{
    const char *bytes = r->data + e->from;
    if ((uintptr_t)bytes % adj_dtype_size(e->dtype)) return adj_from(bytes, e->shape, e->dtype);
    AdjStorage *s = adj_storage_make(&adj_cpu, 0);
    if (!s) return NULL;
    s->data = (void *)(uintptr_t)bytes;
    s->foreign = map_drop;
    s->owner = r->map;
    r->map->refs++;
    AdjTensor *t = adj_tensor_make(s, e->dtype, e->shape, NULL, 0);
    adj_storage_drop(s);
    return t;
}

static bool add_tensor(Reader *r, const char *name, const Entry *e)
{
    for (int i = 0; i < r->out.n; i++)
        if (!strcmp(r->out.names[i], name)) return bad(r, "a name that stands twice", name);
    if (r->out.n == r->capacity) {
        int wanted = r->capacity ? r->capacity * 2 : 64;
        const char **names = adj_scope_memory((size_t)wanted * sizeof *names);
        AdjTensor **tensors = adj_scope_memory((size_t)wanted * sizeof *tensors);
        if (!names || !tensors) return false;
        for (int i = 0; i < r->out.n; i++) names[i] = r->out.names[i];
        for (int i = 0; i < r->out.n; i++) tensors[i] = r->out.tensors[i];
        r->out.names = names;
        r->out.tensors = tensors;
        r->capacity = wanted;
    }
    AdjTensor *t = make_tensor(r, e);
    if (!t) return false;
    r->out.names[r->out.n] = name;
    r->out.tensors[r->out.n++] = t;
    return true;
}

static bool add_text(Reader *r, const char *key, const char *value)
{
    int n = r->out.n_meta;
    if (n == r->meta_capacity) {
        int wanted = n ? n * 2 : 8;
        const char **bigger = adj_scope_memory((size_t)wanted * 2 * sizeof *bigger);
        if (!bigger) return false;
        if (n) memcpy(bigger, r->out.meta, (size_t)n * 2 * sizeof *bigger);
        r->out.meta = bigger;
        r->meta_capacity = wanted;
    }
    r->out.meta[2 * n] = key;
    r->out.meta[2 * n + 1] = value;
    r->out.n_meta++;
    return true;
}

static bool read_metadata(Reader *r, AdjJson *j)
{
    if (!adj_json_expect(j, '{')) return false;
    if (adj_json_take(j, '}')) return true;
    do {
        const char *key = adj_json_string(j);
        const char *value = key && adj_json_expect(j, ':') ? adj_json_string(j) : NULL;
        if (!value || !add_text(r, key, value)) return false;
    } while (adj_json_take(j, ','));
    return adj_json_expect(j, '}');
}

static bool read_header(Reader *r, AdjJson *j)
{
    if (!adj_json_expect(j, '{')) return false;
    if (adj_json_take(j, '}')) return true;
    do {
        const char *name = adj_json_string(j);
        if (!name || !adj_json_expect(j, ':')) return false;
        if (!strcmp(name, "__metadata__")) {
            if (!read_metadata(r, j)) return false;
            continue;
        }
        Entry e = {0};
        if (!read_entry(r, j, name, &e) || !check_entry(r, name, &e) ||
            !add_tensor(r, name, &e))
            return false;
    } while (adj_json_take(j, ','));
    return adj_json_expect(j, '}');
}

static bool parse(Reader *r)
{
    uint64_t length = 0;
    const unsigned char *file = r->map->at;
    if (r->map->bytes < 8) return bad(r, "it is shorter than its header", NULL);
    for (int i = 8; i--;) length = length << 8 | file[i];
    if (length > LARGEST_HEADER || length > r->map->bytes - 8)
        return bad(r, "its header is longer than the file", NULL);
    r->data = (const char *)file + 8 + length;
    r->size = (int64_t)(r->map->bytes - 8 - length);
    AdjJson j = adj_json_make((const char *)file + 8, (size_t)length);
    if (read_header(r, &j) && adj_json_at_end(&j)) return true;
    return adj_error_kind() ? false : bad(r, "its header is not valid JSON", NULL);
}

// The map of the whole file; private, so that writing to a tensor stays here.
static Map *map_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        int e = fd < 0 ? errno : EINVAL;
        if (fd >= 0) close(fd);
        return adj_fail(ADJ_E_FILE, "cannot open '%s': %s", path, strerror(e));
    }
    Map *m = malloc(sizeof *m);
    size_t bytes = (size_t)st.st_size;
    void *at =
        m && bytes ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (at == MAP_FAILED) {
        free(m);
        return bytes
                   ? adj_fail(ADJ_E_MEMORY, "cannot map '%s': %s", path, strerror(errno))
                   : adj_fail(ADJ_E_FILE, "'%s' is not a safetensors file: it is empty", path);
    }
    *m = (Map){1, at, bytes};
    return m;
}

AdjArchive adj_load_safetensors(const char *path)
{
    AdjArchive none = {0, NULL, NULL};
    if (adj_error_kind()) return none;
    Reader r = {.path = path, .map = map_file(path)};
    if (!r.map) return none;
    bool ok = parse(&r);
    map_drop(r.map);
    return ok ? r.out : none;
}

// ---------------------------------------------------------------- writing

static bool put_name(FILE *f, const char *name)
{
    fputc('"', f);
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(f, "\\%c", *p);
        else if (*p < 0x20)
            fprintf(f, "\\u%04x", *p);
        else
            fputc(*p, f);
    }
    return fputc('"', f) != EOF;
}

static char *make_header(const AdjArchive *a, size_t *length)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, length);
    if (!f) return adj_fail(ADJ_E_MEMORY, "save: no memory for the header");
    int64_t at = 0;
    fputc('{', f);
    if (a->n_meta) fputs("\"__metadata__\":{", f);
    for (int i = 0; i < a->n_meta; i++) {
        if (i) fputc(',', f);
        put_name(f, a->meta[2 * i]);
        fputc(':', f);
        put_name(f, a->meta[2 * i + 1]);
    }
    if (a->n_meta) fputs(a->n ? "}," : "}", f);
    for (int i = 0; i < a->n; i++) {
        const AdjTensor *t = a->tensors[i];
        int64_t bytes = t->numel * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
        if (i) fputc(',', f);
        put_name(f, a->names[i]);
        fprintf(f, ":{\"dtype\":\"%s\",\"shape\":[", type_names[t->dtype]);
        for (int d = 0; d < t->ndim; d++)
            fprintf(f, d ? ",%lld" : "%lld", (long long)t->sizes[d]);
        fprintf(f, "],\"data_offsets\":[%lld,%lld]}", (long long)at, (long long)(at + bytes));
        at += bytes;
    }
    fputc('}', f);
    while ((ftell(f) & 7) != 0) fputc(' ', f);  // the elements start aligned
    if (fclose(f)) {
        free(text);
        return adj_fail(ADJ_E_MEMORY, "save: no memory for the header");
    }
    return text;
}

static bool write_all(FILE *f, const AdjArchive *a)
{
    size_t length;
    char *header = make_header(a, &length);
    if (!header) return false;
    unsigned char size[8];
    for (int i = 0; i < 8; i++) size[i] = (unsigned char)((uint64_t)length >> (8 * i));
    bool ok = fwrite(size, 1, 8, f) == 8 && fwrite(header, 1, length, f) == length;
    free(header);
    for (int i = 0; ok && i < a->n; i++) {
        ADJ_SCOPE;
        AdjTensor *t = adj_contiguous(adj_detach(a->tensors[i]));
        if (!t) return false;
        size_t bytes = (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype);
        ok = !bytes || fwrite(adj_ptr(t), 1, bytes, f) == bytes;
    }
    return ok;
}

bool adj_save_safetensors(const char *path, AdjArchive a)
{
    if (adj_error_kind()) return false;
    for (int i = 0; i < a.n; i++)
        if (!a.tensors[i])
            return adj_fail(ADJ_E_TYPE, "save: no tensor named '%s'", a.names[i]);
    AdjFileOut out;
    return adj_file_create(&out, path) && adj_file_finish(&out, write_all(out.f, &a));
}

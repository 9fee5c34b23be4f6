// SPDX-License-Identifier: Apache-2.0
// npy.c: numpy's file of one array: a magic word, a version, the text of a Python dict with
// element type, order and shape, and the elements. Versions 1 to 3 are read, either byte order,
// C and Fortran order; version 1 is written, as numpy does.
//
// The header is text of somebody else's: it is read by a small parser of exactly the forms that
// numpy writes, and its shape must fit the bytes that are there before memory is taken.
// Format: numpy.lib.format, NEP 1.
#include "io/npy.h"

static const char magic[] = "\x93NUMPY";

// Element types by numpy's code. Types we lack are read into the next one that holds all their
// values; the first row of a type of ours is the one written.
typedef struct {
    char code[3];
    AdjDtype dtype;
    bool is_signed;
} Type;
static const Type types[] = {
    {"f4", ADJ_F32, true},  {"f8", ADJ_F64, true},  {"f2", ADJ_F16, true},
    {"i8", ADJ_I64, true},  {"i4", ADJ_I32, true},  {"u1", ADJ_U8, false},
    {"b1", ADJ_BOOL, true}, {"i1", ADJ_I32, true},  {"i2", ADJ_I32, true},
    {"u2", ADJ_I32, false}, {"u4", ADJ_I64, false},
};
enum { TYPES = sizeof types / sizeof *types };

typedef struct {
    const char *name;  // of the file, for messages
    const char *at, *end;
    const Type *type;
    bool swapped, fortran, has_order, has_shape;
    AdjShape shape;
} Header;

// ---------------------------------------------------------------- the header's text

static void *bad(const Header *h, const char *what)
{
    return adj_fail(ADJ_E_FILE, "'%s' is not a .npy file: %s", h->name, what);
}

static void space(Header *h)
{
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n' || *h->at == '\t')) h->at++;
}

static bool take(Header *h, char c)
{
    space(h);
    if (h->at >= h->end || *h->at != c) return false;
    h->at++;
    return true;
}

static bool take_word(Header *h, const char *word)
{
    space(h);
    size_t n = strlen(word);
    if ((size_t)(h->end - h->at) < n || memcmp(h->at, word, n)) return false;
    h->at += n;
    return true;
}

// A quoted text without escapes, into [to].
static bool take_text(Header *h, char *to, size_t room)
{
    char quote = take(h, '\'') ? '\'' : take(h, '"') ? '"' : 0;
    if (!quote) return false;
    const char *from = h->at;
    while (h->at < h->end && *h->at != quote) h->at++;
    size_t n = (size_t)(h->at - from);
    if (h->at == h->end || n >= room) return false;
    h->at++;
    memcpy(to, from, n);
    to[n] = 0;
    return true;
}

static bool read_type(Header *h)
{
    char text[32];
    const uint16_t probe = 1;
    bool little = *(const unsigned char *)&probe;
    if (!take_text(h, text, sizeof text)) {
        return adj_fail(ADJ_E_FILE,
                        "'%s' holds records of several fields; one plain element type can "
                        "be read",
                        h->name);
    }
    for (int i = 0; i < TYPES; i++) {
        if (!strchr("<>|=", *text) || strcmp(text + (*text != 0), types[i].code)) continue;
        h->type = &types[i];
        h->swapped = (*text == '>' && little) || (*text == '<' && !little);
        return true;
    }
    return adj_fail(ADJ_E_FILE,
                    "'%s' has the element type '%s', which is not supported: floating point, "
                    "bool, and integers but uint64 are",
                    h->name, text);
}

static bool read_size(Header *h, int64_t *out)
{
    space(h);
    const char *first = h->at;
    for (*out = 0; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++)
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, *h->at - '0', out))
            return false;
    if (h->at == first) return false;
    if (h->at < h->end && *h->at == 'L') h->at++;  // Python 2 wrote long integers so
    return true;
}

static bool read_shape(Header *h)
{
    if (!take(h, '(')) return bad(h, "its shape is no tuple");
    while (!take(h, ')')) {
        if (h->shape.n == ADJ_MAX_DIMS) {
            return adj_fail(ADJ_E_FILE, "'%s' has more than %d axes", h->name, ADJ_MAX_DIMS);
        }
        if (!read_size(h, &h->shape.at[h->shape.n++])) return bad(h, "its shape is no tuple");
        if (!take(h, ',') && (h->at >= h->end || *h->at != ')'))
            return bad(h, "its shape is no tuple");
    }
    h->has_shape = true;
    return true;
}

static bool read_entry(Header *h)
{
    char key[32];
    if (!take_text(h, key, sizeof key) || !take(h, ':')) return bad(h, "its header is no dict");
    if (!strcmp(key, "descr")) return read_type(h);
    if (!strcmp(key, "shape")) return read_shape(h);
    if (strcmp(key, "fortran_order")) return bad(h, "its header has an unknown key");
    h->fortran = take_word(h, "True");
    h->has_order = h->fortran || take_word(h, "False");
    return h->has_order || bad(h, "fortran_order is neither True nor False");
}

static bool read_header(Header *h)
{
    if (!take(h, '{')) return bad(h, "its header is no dict");
    while (!take(h, '}')) {
        if (!read_entry(h)) return false;
        if (!take(h, ',') && (h->at >= h->end || *h->at != '}'))
            return bad(h, "its header is no dict");
    }
    if (!h->type || !h->has_shape || !h->has_order)
        return bad(h, "type, order or shape is missing");
    return true;
}

// ---------------------------------------------------------------- the elements

static int stored_size(const Type *type)
{
    return type->code[1] - '0';
}

// Integers of a size that we lack, one by one into [to].
static void widen(const Type *type, const unsigned char *from, int64_t n, bool swapped,
                  AdjTensor *to)
{
    int size = stored_size(type), shift = 64 - 8 * size;
    for (int64_t i = 0; i < n; i++, from += size) {
        unsigned char bytes[8] = {0};
        memcpy(bytes, from, (size_t)size);
        if (swapped) adj_swap_bytes(bytes, 1, (size_t)size);
        uint64_t bits = adj_read_le(bytes, size);
        int64_t value = type->is_signed ? (int64_t)(bits << shift) >> shift : (int64_t)bits;
        if (to->dtype == ADJ_I32)
            ((int32_t *)adj_data(to))[i] = (int32_t)value;
        else
            ((int64_t *)adj_data(to))[i] = value;
    }
}

// Any byte but 0 is true; the tensor's must be 0 or 1.
static void clean_bools(AdjTensor *t)
{
    unsigned char *p = adj_data(t);
    for (int64_t i = 0; i < t->numel; i++) p[i] = p[i] != 0;
}

static AdjTensor *read_elements(const Header *h, const unsigned char *at, size_t size)
{
    AdjShape shape = h->shape;
    int64_t n = 1, bytes;
    for (int i = 0; i < shape.n; i++) {
        if (h->fortran) shape.at[i] = h->shape.at[shape.n - 1 - i];
        if (__builtin_mul_overflow(n, h->shape.at[i], &n)) return bad(h, "a shape too large");
    }
    if (__builtin_mul_overflow(n, stored_size(h->type), &bytes) || (uint64_t)bytes > size) {
        return adj_fail(ADJ_E_FILE,
                        "'%s' ends early: shape %s of '%s' needs more than the %zu "
                        "bytes that are there",
                        h->name, adj_shape_text(h->shape), h->type->code, size);
    }
    AdjTensor *t = adj_new(shape, h->type->dtype);
    if (!t) return NULL;
    if ((size_t)stored_size(h->type) != adj_dtype_size(h->type->dtype)) {
        widen(h->type, at, n, h->swapped, t);
    } else if (n) {
        memcpy(adj_data(t), at, (size_t)bytes);
        if (h->swapped) adj_swap_bytes(adj_data(t), n, (size_t)stored_size(h->type));
    }
    if (t->dtype == ADJ_BOOL) clean_bools(t);
    if (!h->fortran || shape.n < 2) return t;
    AdjShape back = {.n = shape.n};
    for (int i = 0; i < shape.n; i++) back.at[i] = shape.n - 1 - i;
    return adj_contiguous(adj_permute(t, back));
}

AdjTensor *adj_npy_parse(const char *name, const unsigned char *at, size_t size)
{
    Header h = {.name = name};
    if (size < 10 || memcmp(at, magic, 6)) return bad(&h, "it does not begin as one");
    if (at[6] < 1 || at[6] > 3) {
        return adj_fail(ADJ_E_FILE,
                        "'%s' has version %d.%d of the .npy format; 1 to 3 are "
                        "supported",
                        name, at[6], at[7]);
    }
    size_t before = at[6] == 1 ? 10 : 12;
    uint64_t length = size < before ? size : adj_read_le(at + 8, (int)before - 8);
    if (length > size - before) return bad(&h, "it ends within its header");
    h.at = (const char *)at + before;
    h.end = h.at + length;
    if (!read_header(&h)) return NULL;
    return read_elements(&h, at + before + length, size - before - (size_t)length);
}

AdjTensor *adj_load_npy(const char *path)
{
    AdjFile file;
    if (adj_error_kind() || !adj_file_open(&file, path)) return NULL;
    AdjTensor *t = adj_npy_parse(path, file.at, file.size);
    adj_file_close(&file);
    return t;
}

// ---------------------------------------------------------------- writing

size_t adj_npy_header(const AdjTensor *t, unsigned char *header)
{
    const Type *type = types;
    while (type < types + TYPES && type->dtype != t->dtype) type++;
    if (type == types + TYPES) {
        adj_fail(ADJ_E_DTYPE,
                 "save_npy: numpy has no element type %s; convert first, with x.float()",
                 adj_dtype_name((AdjDtype)t->dtype));
        return 0;
    }
    char text[ADJ_NPY_HEADER];
    const uint16_t probe = 1;
    char order = stored_size(type) == 1 ? '|' : *(const unsigned char *)&probe ? '<' : '>';
    int n = snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': %s",
                     order, type->code, adj_shape_text(adj_shape(t)));
    n += snprintf(text + n, sizeof text - (size_t)n, ", }");
    size_t total = ((size_t)(10 + n + 1) + 63) / 64 * 64;
    memset(header, ' ', total);
    memcpy(header, magic, 6);
    header[6] = 1;
    header[7] = 0;
    adj_write_le(header + 8, total - 10, 2);
    memcpy(header + 10, text, (size_t)n);
    header[total - 1] = '\n';
    return total;
}

bool adj_save_npy(const char *path, AdjTensor *t)
{
    if (!t || adj_error_kind()) return false;
    ADJ_SCOPE;
    unsigned char header[ADJ_NPY_HEADER];
    size_t length = adj_npy_header(t, header);
    t = length ? adj_contiguous(adj_detach(t)) : NULL;
    AdjFileOut out;
    if (!t || !adj_file_create(&out, path)) return false;
    size_t bytes = (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype);
    bool ok = fwrite(header, 1, length, out.f) == length &&
              (!bytes || fwrite(adj_data(t), 1, bytes, out.f) == bytes);
    return adj_file_finish(&out, ok);
}

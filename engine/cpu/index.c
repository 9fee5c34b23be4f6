// SPDX-License-Identifier: Apache-2.0
// index.c: gathering and scattering on the CPU.
//
// Taking elements only copies bytes and runs on several threads; putting them may meet the same
// place twice, so it runs on one thread in the order of the index. The sum at a place is thus
// always formed in the same order: the same inputs give the same bits.
#include "cpu/index.h"
#include "cpu/parallel.h"

// ---------------------------------------------------------------- combining

// C type, type in which sums and products are formed (integers wrap), reading, writing. Halves
// are computed in float.
#define TYPES(X)                                                       \
    X(f32, float, float, , )                                           \
    X(f64, double, double, , )                                         \
    X(f16, uint16_t, float, adj_half_to_float, adj_float_to_half)      \
    X(bf16, uint16_t, float, adj_bfloat_to_float, adj_float_to_bfloat) \
    X(i64, int64_t, uint64_t, , (int64_t))                             \
    X(i32, int32_t, uint32_t, , (int32_t))                             \
    X(u8, uint8_t, uint32_t, , (uint8_t))

// Maxima and minima keep a NaN, on whichever side it is.
#define COMBINE(name, type, wide, from, to)                                                 \
    static void combine_##name(void *at, const void *value, int64_t n, AdjCombine how)      \
    {                                                                                       \
        type *y = at;                                                                       \
        const type *x = value;                                                              \
        switch (how) {                                                                      \
        case ADJ_PUT: memcpy(y, x, (size_t)n * sizeof *y); break;                           \
        case ADJ_ADD:                                                                       \
            for (int64_t i = 0; i < n; i++) y[i] = to((wide)from(y[i]) + (wide)from(x[i])); \
            break;                                                                          \
        case ADJ_MUL:                                                                       \
            for (int64_t i = 0; i < n; i++) y[i] = to((wide)from(y[i]) * (wide)from(x[i])); \
            break;                                                                          \
        case ADJ_MAX:                                                                       \
            for (int64_t i = 0; i < n; i++)                                                 \
                if (from(x[i]) > from(y[i]) || from(x[i]) != from(x[i])) y[i] = x[i];       \
            break;                                                                          \
        case ADJ_MIN:                                                                       \
            for (int64_t i = 0; i < n; i++)                                                 \
                if (from(x[i]) < from(y[i]) || from(x[i]) != from(x[i])) y[i] = x[i];       \
            break;                                                                          \
        }                                                                                   \
    }
TYPES(COMBINE)

static void combine_bool(void *at, const void *value, int64_t n, AdjCombine how)
{
    uint8_t *y = at;
    const uint8_t *x = value;
    bool any = how == ADJ_ADD || how == ADJ_MAX;
    if (how == ADJ_PUT)
        memcpy(y, x, (size_t)n);
    else
        for (int64_t i = 0; i < n; i++) y[i] = any ? y[i] || x[i] : y[i] && x[i];
}

typedef void (*Combine)(void *y, const void *x, int64_t n, AdjCombine how);

static Combine combine_for(AdjDtype dtype)
{
    static const Combine table[ADJ_DTYPES] = {
        [ADJ_F32] = combine_f32,   [ADJ_F64] = combine_f64,   [ADJ_F16] = combine_f16,
        [ADJ_BF16] = combine_bf16, [ADJ_I64] = combine_i64,   [ADJ_I32] = combine_i32,
        [ADJ_U8] = combine_u8,     [ADJ_BOOL] = combine_bool,
    };
    return table[dtype];
}

// ---------------------------------------------------------------- rows

static inline void copy_element(char *y, const char *x, size_t size)
{
    switch (size) {
    case 8: memcpy(y, x, 8); break;
    case 4: memcpy(y, x, 4); break;
    case 2: memcpy(y, x, 2); break;
    case 1: *y = *x; break;
    default: memcpy(y, x, size);
    }
}

typedef struct {
    const AdjRows *r;
    char *y;
    const char *x;
    size_t row;  // bytes
} Take;

static void take_row(int64_t k, const void *arg)
{
    const Take *t = arg;
    int64_t from = k / t->r->m * t->r->n + t->r->index[k % t->r->m];
    copy_element(t->y + (size_t)k * t->row, t->x + (size_t)from * t->row, t->row);
}

bool adj_cpu_take_rows(const AdjRows *r)
{
    int64_t total = r->outer * r->m;
    if (r->inner == 0 || total == 0) return true;
    Take t = {r, r->y, r->x, (size_t)r->inner * adj_dtype_size(r->dtype)};
    adj_each_piece(total, total * r->inner, take_row, &t);
    return true;
}

bool adj_cpu_put_rows(const AdjRows *r)
{
    Combine combine = combine_for(r->dtype);
    size_t row = (size_t)r->inner * adj_dtype_size(r->dtype);
    if (r->inner == 0) return true;
    for (int64_t o = 0; o < r->outer; o++) {
        for (int64_t k = 0; k < r->m; k++) {
            char *at = (char *)r->y + (size_t)(o * r->n + r->index[k]) * row;
            combine(at, (const char *)r->x + (size_t)(o * r->m + k) * row, r->inner, r->how);
        }
    }
    return true;
}

// ---------------------------------------------------------------- along one axis

// The dense side has one element for each element of the index; the other side is the tensor
// that the index picks from.
typedef struct {
    char *dense, *strided;
    size_t size;
    Combine combine;
    AdjCombine how;
} Move;

// One run along the last axis, starting at element k of the index and place [base].
static void gather_run(const AdjAlong *a, const Move *m, int64_t k, int64_t base)
{
    int last = a->ndim - 1;
    int64_t step = a->dim == last ? 0 : a->strides[last], jump = a->strides[a->dim];
    for (int64_t i = 0; i < a->sizes[last]; i++, k++) {
        int64_t place = base + i * step + a->index[k] * jump;
        copy_element(m->dense + (size_t)k * m->size, m->strided + place * (int64_t)m->size,
                     m->size);
    }
}

static void scatter_run(const AdjAlong *a, const Move *m, int64_t k, int64_t base)
{
    int last = a->ndim - 1;
    int64_t step = a->dim == last ? 0 : a->strides[last], jump = a->strides[a->dim];
    for (int64_t i = 0; i < a->sizes[last]; i++, k++) {
        int64_t place = base + i * step + a->index[k] * jump;
        m->combine(m->strided + place * (int64_t)m->size, m->dense + (size_t)k * m->size, 1,
                   m->how);
    }
}

static void each_run(const AdjAlong *a, const Move *m,
                     void (*run)(const AdjAlong *, const Move *, int64_t, int64_t))
{
    int64_t at[ADJ_MAX_DIMS] = {0}, base = 0, runs = 1;
    int last = a->ndim - 1;
    for (int d = 0; d < last; d++) runs *= a->sizes[d];
    if (a->sizes[last] == 0) return;
    for (int64_t r = 0; r < runs; r++) {
        run(a, m, r * a->sizes[last], base);
        for (int d = last - 1; d >= 0; d--) {
            int64_t step = d == a->dim ? 0 : a->strides[d];
            base += step;
            if (++at[d] < a->sizes[d]) break;
            base -= step * at[d];
            at[d] = 0;
        }
    }
}

bool adj_cpu_gather(const AdjAlong *a)
{
    Move m = {a->y, (char *)(uintptr_t)a->x, adj_dtype_size(a->dtype), NULL, ADJ_PUT};
    each_run(a, &m, gather_run);
    return true;
}

bool adj_cpu_scatter(const AdjAlong *a)
{
    Move m = {(char *)(uintptr_t)a->x, a->y, adj_dtype_size(a->dtype), combine_for(a->dtype),
              a->how};
    each_run(a, &m, scatter_run);
    return true;
}

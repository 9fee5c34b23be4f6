// SPDX-License-Identifier: Apache-2.0
// gemm.c: matrix products on the CPU. Small ones run in our own loops (gemm_small.c); large
// ones are cut into tiles for the libraries of blas.c. Without a library our loops do
// everything. Integers always use plain loops: libraries have none.
#include "cpu/gemm.h"

#include "cpu/blas.h"
#include "cpu/isa.h"
#include "cpu/parallel.h"

// Filled once; read by every thread after that.
static struct {
    AdjSmallF32 f32;
    AdjSmallF64 f64;
} small;

static void choose_kernels(void)
{
    switch (adj_isa()) {
#if defined(__x86_64__)
    case ADJ_ISA_AVX512:
        small.f32 = adj_gemm_small_f32_avx512;
        small.f64 = adj_gemm_small_f64_avx512;
        break;
    case ADJ_ISA_AVX2:
        small.f32 = adj_gemm_small_f32_avx2;
        small.f64 = adj_gemm_small_f64_avx2;
        break;
#endif
    default: small.f32 = adj_gemm_small_f32_base; small.f64 = adj_gemm_small_f64_base;
    }
}

static bool is_small(const AdjGemm *g)
{
    enum { MULTIPLICATIONS = 24 * 1024 };
    return g->m * g->n * g->k <= MULTIPLICATIONS;
}

static size_t pack_size(const AdjGemm *g)
{
    int64_t narrow = g->m * g->k + g->m * g->n, wide = g->n * g->k;
    return (size_t)(narrow > wide ? narrow : wide) + 16;
}

static void small_one(const AdjGemm *g, int64_t i, void *pack)
{
    if (g->dtype == ADJ_F32)
        small.f32(g, (const float *)g->a + i * g->a_batch, (const float *)g->b + i * g->b_batch,
                  (float *)g->c + i * g->c_batch, pack);
    else
        small.f64(g, (const double *)g->a + i * g->a_batch,
                  (const double *)g->b + i * g->b_batch, (double *)g->c + i * g->c_batch, pack);
}

void adj_gemm_small(const AdjGemm *g, void *pack)
{
    if (!small.f32) choose_kernels();  // every thread would write the same
    small_one(g, 0, pack);
}

static bool small_all(const AdjGemm *g)
{
    size_t bytes = pack_size(g) * adj_dtype_size(g->dtype);
    void *pack = adj_alloc(bytes);
    if (!pack) return false;
    for (int64_t i = 0; i < g->batch; i++) small_one(g, i, pack);
    adj_free(pack, bytes);
    return true;
}

// Integers wrap, as PyTorch's do: the sums are made in unsigned arithmetic.
#define INTEGER(T, U, name)                                                     \
    static void name(const AdjGemm *g, int64_t batch)                           \
    {                                                                           \
        const T *a = (const T *)g->a + batch * g->a_batch,                      \
                *b = (const T *)g->b + batch * g->b_batch;                      \
        T *c = (T *)g->c + batch * g->c_batch;                                  \
        for (int64_t i = 0; i < g->m; i++)                                      \
            for (int64_t j = 0; j < g->n; j++) {                                \
                U sum = 0;                                                      \
                for (int64_t p = 0; p < g->k; p++)                              \
                    sum += (U)a[g->a_trans ? p * g->lda + i : i * g->lda + p] * \
                           (U)b[g->b_trans ? j * g->ldb + p : p * g->ldb + j];  \
                c[i * g->ldc + j] = (T)sum;                                     \
            }                                                                   \
    }
INTEGER(int64_t, uint64_t, integer_i64)
INTEGER(int32_t, uint32_t, integer_i32)
INTEGER(uint8_t, uint32_t, integer_u8)

// A large product is cut into tiles of the result, as square as can be: a tile reads all of the
// rows and columns that it needs, so that narrow ones would spend their time on reading. A
// batch is cut into its products. The tiles do not depend on the number of threads.
typedef struct {
    const AdjGemm *g;
    int64_t rows, columns;  // tiles along each axis of the result
} Tiles;

// The part of [all] that the [i]-th of [parts] takes, in steps of a vector.
static int64_t part_of(int64_t all, int64_t parts, int64_t i, int64_t *from)
{
    int64_t step = (all / parts + 15) & ~(int64_t)15,
            to = i + 1 == parts ? all : (i + 1) * step;
    *from = i * step < all ? i * step : all;
    return (to < all ? to : all) - *from;
}

static void tile(int64_t piece, const void *arg)
{
    const Tiles *s = arg;
    AdjGemm g = *s->g;
    int64_t size = (int64_t)adj_dtype_size(g.dtype), row, column;
    int64_t i = piece % (s->rows * s->columns);
    g.m = part_of(g.m, s->rows, i / s->columns, &row);
    g.n = part_of(g.n, s->columns, i % s->columns, &column);
    if (g.m <= 0 || g.n <= 0) return;
    g.a = (const char *)g.a + (g.a_trans ? row : row * g.lda) * size;
    g.b = (const char *)g.b + (g.b_trans ? column * g.ldb : column) * size;
    g.c = (char *)g.c + (row * g.ldc + column) * size;
    adj_blas_multiply(&g, s->g, piece / (s->rows * s->columns));
}

static Tiles tiles_of(const AdjGemm *g)
{
    enum { PER_TILE = 2 << 20, NARROWEST = 64, MOST = 16 };
    Tiles s = {g, 1, 1};
    int64_t wanted = g->m * g->n * g->k / PER_TILE;
    if (g->batch >= MOST) return s;
    while (s.rows * s.columns * 2 <= wanted && s.rows * s.columns * 2 <= MOST) {
        bool by_rows = g->m / s.rows >= g->n / s.columns;
        int64_t side = by_rows ? g->m / s.rows : g->n / s.columns;
        if (side < 2 * NARROWEST) break;
        *(by_rows ? &s.rows : &s.columns) *= 2;
    }
    return s;
}

static void share_large(const AdjGemm *g)
{
    // Sharing out less than SINGLE multiplications costs more than it brings.
    enum { SINGLE = 3 << 20 };
    Tiles s = tiles_of(g);
    int64_t pieces = s.rows * s.columns * g->batch;
    if (adj_blas_is_serial(g) && g->m * g->n * g->k * g->batch >= SINGLE)
        adj_share_pieces(pieces, tile, &s);
    else
        for (int64_t i = 0; i < pieces; i++) tile(i, &s);
}

bool adj_cpu_gemm(const AdjGemm *g)
{
    if (g->dtype >= ADJ_I64) {
        for (int64_t i = 0; i < g->batch; i++) {
            if (g->dtype == ADJ_I64)
                integer_i64(g, i);
            else if (g->dtype == ADJ_I32)
                integer_i32(g, i);
            else
                integer_u8(g, i);
        }
        return true;
    }
    if (!small.f32) choose_kernels();
    if (is_small(g)) return small_all(g);
    if (!adj_blas_can(g)) return small_all(g);
    share_large(g);
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// gemm.c: matrix products on the CPU. Small ones run in our own loops (gemm_small.c); large
// ones go to OpenBLAS, which is opened when the first large product comes, so that a prompt
// starts without it. Without OpenBLAS our loops do everything. Integers always use plain loops:
// BLAS has none.
#include "cpu/gemm.h"

#include "adj_config.h"
#include "cpu/isa.h"
#include "cpu/parallel.h"

#include <dlfcn.h>
#include <stdlib.h>

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };  // cblas.h's numbers
typedef void (*Sgemm)(int, int, int, int, int, int, float, const float *, int, const float *,
                      int, float, float *, int);
typedef void (*Dgemm)(int, int, int, int, int, int, double, const double *, int, const double *,
                      int, double, double *, int);

// Filled once; read by every thread after that.
static struct {
    bool tried;
    void (*set_threads)(int);
    Sgemm sgemm;
    Dgemm dgemm;
    AdjSmallF32 small_f32;
    AdjSmallF64 small_f64;
} blas;

static void choose_kernels(void)
{
    switch (adj_isa()) {
#if defined(__x86_64__)
    case ADJ_ISA_AVX512:
        blas.small_f32 = adj_gemm_small_f32_avx512;
        blas.small_f64 = adj_gemm_small_f64_avx512;
        break;
    case ADJ_ISA_AVX2:
        blas.small_f32 = adj_gemm_small_f32_avx2;
        blas.small_f64 = adj_gemm_small_f64_avx2;
        break;
#endif
    default: blas.small_f32 = adj_gemm_small_f32_base; blas.small_f64 = adj_gemm_small_f64_base;
    }
}

// OpenBLAS takes a processor that is younger than itself for one of twenty years ago, and is
// then three times slower. So it is told what we found, unless the user tells it something
// else.
static void *open_library(const char *path)
{
    static const char name[] = "OPENBLAS_CORETYPE";
    static const char *const core[] = {
        [ADJ_ISA_BASE] = NULL, [ADJ_ISA_AVX2] = "Haswell", [ADJ_ISA_AVX512] = "SkylakeX"};
    bool tell = core[adj_isa()] && !getenv(name);
    if (tell) setenv(name, core[adj_isa()], 0);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (tell) unsetenv(name);
    return library;
}

static void open_blas(void)
{
    blas.tried = true;
    const char *wanted = getenv("ADJOINT_BLAS");  // another library, or "" for our own loops
    const char *path = wanted ? wanted : ADJ_BLAS_LIBRARY;
    void *library = *path ? open_library(path) : NULL;
    if (!library) return;
    blas.sgemm = (Sgemm)dlsym(library, "cblas_sgemm");
    blas.dgemm = (Dgemm)dlsym(library, "cblas_dgemm");
    blas.set_threads = (void (*)(int))dlsym(library, "openblas_set_num_threads");
}

// The library runs on the thread that calls it, and we share the work out. Its OpenMP build
// keeps that number for each calling thread by itself: a thread of ours that had not said so
// would raise a second team, whose members spin and take the processor from everybody.
static void run_on_this_thread(void)
{
    static _Thread_local bool said;
    if (said || !blas.set_threads) return;
    blas.set_threads(1);
    said = true;
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
        blas.small_f32(g, (const float *)g->a + i * g->a_batch,
                       (const float *)g->b + i * g->b_batch, (float *)g->c + i * g->c_batch,
                       pack);
    else
        blas.small_f64(g, (const double *)g->a + i * g->a_batch,
                       (const double *)g->b + i * g->b_batch, (double *)g->c + i * g->c_batch,
                       pack);
}

void adj_gemm_small(const AdjGemm *g, void *pack)
{
    if (!blas.small_f32) choose_kernels();  // every thread would write the same
    small_one(g, 0, pack);
}

static void large_one(const AdjGemm *g, int64_t i)
{
    int ta = g->a_trans ? TRANS : NO_TRANS, tb = g->b_trans ? TRANS : NO_TRANS;
    int m = (int)g->m, n = (int)g->n, k = (int)g->k;
    run_on_this_thread();
    if (g->dtype == ADJ_F32)
        blas.sgemm(ROW_MAJOR, ta, tb, m, n, k, (float)g->alpha,
                   (const float *)g->a + i * g->a_batch, (int)g->lda,
                   (const float *)g->b + i * g->b_batch, (int)g->ldb, (float)g->beta,
                   (float *)g->c + i * g->c_batch, (int)g->ldc);
    else
        blas.dgemm(ROW_MAJOR, ta, tb, m, n, k, g->alpha, (const double *)g->a + i * g->a_batch,
                   (int)g->lda, (const double *)g->b + i * g->b_batch, (int)g->ldb, g->beta,
                   (double *)g->c + i * g->c_batch, (int)g->ldc);
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

// A large product is cut into bands of rows or columns of the result, whichever there are more
// of, and a batch into its products. The bands do not depend on the number of threads.
typedef struct {
    const AdjGemm *g;
    int64_t bands;
    bool rows;
} Bands;

static void band(int64_t piece, const void *arg)
{
    const Bands *s = arg;
    AdjGemm g = *s->g;
    int64_t i = piece % s->bands, size = (int64_t)adj_dtype_size(g.dtype);
    int64_t all = s->rows ? g.m : g.n, step = (all / s->bands + 15) & ~(int64_t)15;
    int64_t from = i * step, to = i + 1 == s->bands ? all : from + step;
    if (to > all) to = all;
    if (from >= to) return;
    if (s->rows) {
        g.m = to - from;
        g.a = (const char *)g.a + (g.a_trans ? from : from * g.lda) * size;
        g.c = (char *)g.c + from * g.ldc * size;
    } else {
        g.n = to - from;
        g.b = (const char *)g.b + (g.b_trans ? from * g.ldb : from) * size;
        g.c = (char *)g.c + from * size;
    }
    large_one(&g, piece / s->bands);
}

static void share_large(const AdjGemm *g)
{
    // Sharing out less than SINGLE multiplications costs more than it brings.
    enum { SINGLE = 3 << 20, PER_BAND = 1 << 20, NARROWEST = 32, MOST_BANDS = 16 };
    int64_t one = g->m * g->n * g->k, longer = g->m > g->n ? g->m : g->n;
    Bands s = {g, one / PER_BAND, g->m >= g->n};
    if (s.bands > longer / NARROWEST) s.bands = longer / NARROWEST;
    if (s.bands > MOST_BANDS) s.bands = MOST_BANDS;
    if (s.bands < 1 || g->batch >= MOST_BANDS) s.bands = 1;
    if (blas.set_threads && one * g->batch >= SINGLE)
        adj_share_pieces(s.bands * g->batch, band, &s);
    else
        for (int64_t i = 0; i < g->batch; i++) large_one(g, i);
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
    if (!blas.small_f32) choose_kernels();
    if (is_small(g)) return small_all(g);
    if (!blas.tried) open_blas();
    bool fits = g->m <= INT32_MAX && g->n <= INT32_MAX && g->k <= INT32_MAX &&
                g->lda <= INT32_MAX && g->ldb <= INT32_MAX && g->ldc <= INT32_MAX;
    if (!blas.sgemm || !blas.dgemm || !fits) return small_all(g);
    share_large(g);
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// blas.c: large matrix products by libraries, each opened when the first product for it comes,
// so that a prompt starts without them: OpenBLAS, and for larger ones in single precision
// oneDNN, whose kernels are faster but take 30 ms to make at its first call. Which of them
// multiplies depends on the sizes alone: the same product has the same bits in every run.
#include "cpu/blas.h"

#include "adj_config.h"
#include "cpu/isa.h"

#include <dlfcn.h>
#include <stdlib.h>

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };  // cblas.h's numbers
typedef void (*Sgemm)(int, int, int, int, int, int, float, const float *, int, const float *,
                      int, float, float *, int);
typedef void (*Dgemm)(int, int, int, int, int, int, double, const double *, int, const double *,
                      int, double, double *, int);
typedef int (*DnnSgemm)(char, char, int64_t, int64_t, int64_t, float, const float *, int64_t,
                        const float *, int64_t, float, float *, int64_t);
typedef void (*SetThreads)(int);

// Filled once; read by every thread after that.
static struct {
    bool tried;
    SetThreads set_threads;
    Sgemm sgemm;
    Dgemm dgemm;
} blas;

static struct {
    bool tried;
    SetThreads set_threads;
    DnnSgemm sgemm;
} dnn;

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
    blas.set_threads = (SetThreads)dlsym(library, "openblas_set_num_threads");
}

// Its threads are OpenMP's: the number is told to the library below it.
static void open_dnn(void)
{
    dnn.tried = true;
    const char *wanted = getenv("ADJOINT_ONEDNN");  // another library, or "" for none
    const char *path = wanted ? wanted : ADJ_ONEDNN_LIBRARY;
    void *library = *path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) return;
    dnn.set_threads = (SetThreads)dlsym(library, "omp_set_num_threads");
    if (dnn.set_threads) dnn.sgemm = (DnnSgemm)dlsym(library, "dnnl_sgemm");
}

// oneDNN is worth its start for products of this many multiplications.
static bool is_for_dnn(const AdjGemm *g)
{
    enum { MULTIPLICATIONS = 4 << 20 };
    if (g->dtype != ADJ_F32 || g->m * g->n * g->k < MULTIPLICATIONS) return false;
    if (!dnn.tried) open_dnn();
    return dnn.sgemm != NULL;
}

bool adj_blas_can(const AdjGemm *g)
{
    if (is_for_dnn(g)) return true;
    if (!blas.tried) open_blas();
    return blas.sgemm && blas.dgemm && g->m <= INT32_MAX && g->n <= INT32_MAX &&
           g->k <= INT32_MAX && g->lda <= INT32_MAX && g->ldb <= INT32_MAX &&
           g->ldc <= INT32_MAX;
}

bool adj_blas_is_serial(const AdjGemm *g)
{
    return is_for_dnn(g) || blas.set_threads;
}

// The library runs on the thread that calls it, and we share the work out. OpenMP keeps that
// number for each calling thread by itself: a thread of ours that had not said so would raise a
// second team, whose members spin and take the processor from everybody.
static void run_on_this_thread(SetThreads set_threads, bool *said)
{
    if (*said || !set_threads) return;
    set_threads(1);
    *said = true;
}

static void by_dnn(const AdjGemm *g, const float *a, const float *b, float *c)
{
    static _Thread_local bool said;
    run_on_this_thread(dnn.set_threads, &said);
    dnn.sgemm(g->a_trans ? 'T' : 'N', g->b_trans ? 'T' : 'N', g->m, g->n, g->k, (float)g->alpha,
              a, g->lda, b, g->ldb, (float)g->beta, c, g->ldc);
}

static void by_blas(const AdjGemm *g, int64_t i)
{
    static _Thread_local bool said;
    run_on_this_thread(blas.set_threads, &said);
    int ta = g->a_trans ? TRANS : NO_TRANS, tb = g->b_trans ? TRANS : NO_TRANS;
    int m = (int)g->m, n = (int)g->n, k = (int)g->k;
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

void adj_blas_multiply(const AdjGemm *g, const AdjGemm *whole, int64_t i)
{
    if (is_for_dnn(whole))
        by_dnn(g, (const float *)g->a + i * g->a_batch, (const float *)g->b + i * g->b_batch,
               (float *)g->c + i * g->c_batch);
    else
        by_blas(g, i);
}

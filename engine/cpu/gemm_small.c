// SPDX-License-Identifier: Apache-2.0
// gemm_small.c: products of small matrices, compiled once per instruction set (ADJ_ISA).
//
// A library call costs about as much as a 16 x 16 x 16 product, so below some thousand
// multiplications these loops are faster than any BLAS. C is made in tiles of four rows and one
// vector, which stay in registers while k runs; what is left over is done with half vectors,
// single rows and single elements. A transposed B is packed first; few columns are computed as
// the transpose, whose rows are long, and a single column as inner products. The order of every
// sum follows from the sizes alone: the same bits on every call.
#include "cpu/gemm.h"

#define PASTE3(a, b) a##b
#define PASTE(a, b) PASTE3(a, b)

// A register; the compilers handle longer vectors, but not all of them well.
#if defined(__AVX512F__)
#    define BYTES 64
#elif defined(__AVX__)
#    define BYTES 32
#else
#    define BYTES 16
#endif

// C (4, width of V) or (1, width of V) += alpha A B over k; A has elements [row] and [col]
// apart.
#define TILES(T, V, name)                                                                    \
    static inline void name##_4(int64_t k, const T *a, int64_t row, int64_t col, const T *b, \
                                int64_t ldb, T *c, int64_t ldc, T alpha)                     \
    {                                                                                        \
        V s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};                                            \
        for (int64_t p = 0; p < k; p++, b += ldb, a += col) {                                \
            const V x = *(const V *)b;                                                       \
            s0 += a[0] * x;                                                                  \
            s1 += a[row] * x;                                                                \
            s2 += a[2 * row] * x;                                                            \
            s3 += a[3 * row] * x;                                                            \
        }                                                                                    \
        *(V *)c += alpha * s0;                                                               \
        *(V *)(c + ldc) += alpha * s1;                                                       \
        *(V *)(c + 2 * ldc) += alpha * s2;                                                   \
        *(V *)(c + 3 * ldc) += alpha * s3;                                                   \
    }                                                                                        \
    static inline void name##_1(int64_t k, const T *a, int64_t col, const T *b, int64_t ldb, \
                                T *c, T alpha)                                               \
    {                                                                                        \
        V s = {0};                                                                           \
        for (int64_t p = 0; p < k; p++, b += ldb, a += col) s += a[0] * *(const V *)b;       \
        *(V *)c += alpha * s;                                                                \
    }

#define KERNEL(T, name)                                                                        \
    typedef T name##_v                                                                         \
        __attribute__((vector_size(BYTES), aligned(__alignof__(T)), may_alias));               \
    typedef T name##_h                                                                         \
        __attribute__((vector_size(BYTES / 2), aligned(__alignof__(T)), may_alias));           \
    TILES(T, name##_v, name##_full)                                                            \
    TILES(T, name##_h, name##_half)                                                            \
    /* one column of four rows, or of one */                                                   \
    static inline void name##_one_4(int64_t k, const T *a, int64_t row, int64_t col,           \
                                    const T *b, int64_t ldb, T *c, int64_t ldc, T alpha)       \
    {                                                                                          \
        T s0 = 0, s1 = 0, s2 = 0, s3 = 0;                                                      \
        for (int64_t p = 0; p < k; p++, b += ldb, a += col) {                                  \
            s0 += a[0] * b[0];                                                                 \
            s1 += a[row] * b[0];                                                               \
            s2 += a[2 * row] * b[0];                                                           \
            s3 += a[3 * row] * b[0];                                                           \
        }                                                                                      \
        c[0] += alpha * s0;                                                                    \
        c[ldc] += alpha * s1;                                                                  \
        c[2 * ldc] += alpha * s2;                                                              \
        c[3 * ldc] += alpha * s3;                                                              \
    }                                                                                          \
    static inline void name##_one_1(int64_t k, const T *a, int64_t col, const T *b,            \
                                    int64_t ldb, T *c, T alpha)                                \
    {                                                                                          \
        T s = 0;                                                                               \
        for (int64_t p = 0; p < k; p++) s += a[p * col] * b[p * ldb];                          \
        c[0] += alpha * s;                                                                     \
    }                                                                                          \
    static void name##_run(int64_t m, int64_t n, int64_t k, const T *a, int64_t row,           \
                           int64_t col, const T *b, int64_t ldb, T *c, int64_t ldc, T alpha)   \
    {                                                                                          \
        enum { W = BYTES / sizeof(T), H = W / 2 };                                             \
        for (int64_t j = 0, width; j < n; j += width, b += width, c += width) {                \
            const int64_t left = n - j;                                                        \
            int64_t i = 0;                                                                     \
            width = left >= W ? W : left >= H ? H : 1;                                         \
            for (; i + 4 <= m; i += 4) {                                                       \
                if (width == W)                                                                \
                    name##_full_4(k, a + i * row, row, col, b, ldb, c + i * ldc, ldc, alpha);  \
                else if (width == H)                                                           \
                    name##_half_4(k, a + i * row, row, col, b, ldb, c + i * ldc, ldc, alpha);  \
                else                                                                           \
                    name##_one_4(k, a + i * row, row, col, b, ldb, c + i * ldc, ldc, alpha);   \
            }                                                                                  \
            for (; i < m; i++) {                                                               \
                if (width == W)                                                                \
                    name##_full_1(k, a + i * row, col, b, ldb, c + i * ldc, alpha);            \
                else if (width == H)                                                           \
                    name##_half_1(k, a + i * row, col, b, ldb, c + i * ldc, alpha);            \
                else                                                                           \
                    name##_one_1(k, a + i * row, col, b, ldb, c + i * ldc, alpha);             \
            }                                                                                  \
        }                                                                                      \
    }                                                                                          \
    static inline void name##_scale(int64_t m, int64_t n, T *c, int64_t ldc, T beta)           \
    {                                                                                          \
        for (int64_t i = 0; i < m; i++)                                                        \
            for (int64_t j = 0; j < n; j++)                                                    \
                c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];                        \
    }                                                                                          \
    /* dst (cols, rows) := transpose of src (rows, cols) */                                    \
    static void name##_transpose(int64_t rows, int64_t cols, const T *src, int64_t ld, T *dst) \
    {                                                                                          \
        for (int64_t i = 0; i < rows; i++)                                                     \
            for (int64_t j = 0; j < cols; j++) dst[j * rows + i] = src[i * ld + j];            \
    }                                                                                          \
    /* one column: inner products of the rows of A with it */                                  \
    static void name##_column(const AdjGemm *g, const T *a, const T *b, T *c)                  \
    {                                                                                          \
        enum { W = BYTES / sizeof(T) };                                                        \
        for (int64_t i = 0; i < g->m; i++, a += g->lda) {                                      \
            name##_v s = {0};                                                                  \
            int64_t p = 0;                                                                     \
            for (; p + W <= g->k; p += W)                                                      \
                s += *(const name##_v *)(a + p) * *(const name##_v *)(b + p);                  \
            T sum = 0;                                                                         \
            for (; p < g->k; p++) sum += a[p] * b[p];                                          \
            for (int half = W / 2; half; half /= 2)                                            \
                for (int l = 0; l < half; l++) s[l] += s[l + half];                            \
            c[i * g->ldc] += (T)g->alpha * (sum + s[0]);                                       \
        }                                                                                      \
    }                                                                                          \
    /* few columns: compute the transpose, whose rows are long */                              \
    static void name##_narrow(const AdjGemm *g, const T *a, const T *b, T *c, T *pack)         \
    {                                                                                          \
        T *at = pack, *ct = pack + g->m * g->k;                                                \
        if (!g->a_trans) name##_transpose(g->m, g->k, a, g->lda, at);                          \
        int64_t row = g->b_trans ? g->ldb : 1, col = g->b_trans ? 1 : g->ldb;                  \
        memset(ct, 0, (size_t)(g->m * g->n) * sizeof *ct);                                     \
        name##_run(g->n, g->m, g->k, b, row, col, g->a_trans ? a : at,                         \
                   g->a_trans ? g->lda : g->m, ct, g->m, (T)g->alpha);                         \
        for (int64_t i = 0; i < g->m; i++)                                                     \
            for (int64_t j = 0; j < g->n; j++) c[i * g->ldc + j] += ct[j * g->m + i];          \
    }                                                                                          \
    ADJ_HIDDEN void PASTE(name##_, ADJ_ISA)(const AdjGemm *g, const T *a, const T *b, T *c,    \
                                            T *pack)                                           \
    {                                                                                          \
        if (g->beta != 1) name##_scale(g->m, g->n, c, g->ldc, (T)g->beta);                     \
        if (g->n == 1 && !g->a_trans && (g->b_trans || g->ldb == 1)) {                         \
            name##_column(g, a, b, c);                                                         \
            return;                                                                            \
        }                                                                                      \
        if (g->n < 8 && g->m >= 8) {                                                           \
            name##_narrow(g, a, b, c, pack);                                                   \
            return;                                                                            \
        }                                                                                      \
        if (g->b_trans) name##_transpose(g->n, g->k, b, g->ldb, pack);                         \
        int64_t row = g->a_trans ? 1 : g->lda, col = g->a_trans ? g->lda : 1;                  \
        name##_run(g->m, g->n, g->k, a, row, col, g->b_trans ? pack : b,                       \
                   g->b_trans ? g->n : g->ldb, c, g->ldc, (T)g->alpha);                        \
    }

KERNEL(float, adj_gemm_small_f32)
KERNEL(double, adj_gemm_small_f64)

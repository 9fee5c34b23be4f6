// SPDX-License-Identifier: Apache-2.0
// gemm_small.c: products of small matrices, compiled once per instruction set (ADJ_ISA).
//
// A library call costs about as much as a 16 x 16 x 16 product, so below some thousand
// multiplications these loops are faster than any BLAS. The form is "row of C += a_ik * row of
// B": the inner loop runs along contiguous rows of B and C, which the compiler turns into
// vector code for any width, and four rows of C are carried at once so that each row of B is
// loaded once for four. A transposed B is packed first. Sums run over k in ascending order: the
// same bits on every call.
#include "cpu/gemm.h"

#define PASTE3(a, b) a##b
#define PASTE(a, b) PASTE3(a, b)

// C rows i..i+3 (rows of [stride] 1) of an (m, n) product over k; [b] has rows of length ldb.
#define KERNEL(T, name)                                                                        \
    static inline void name##_rows4(int64_t n, int64_t k, const T *a, int64_t row,             \
                                    int64_t col, const T *b, int64_t ldb, T *c0, T *c1, T *c2, \
                                    T *c3, T alpha)                                            \
    {                                                                                          \
        for (int64_t p = 0; p < k; p++, b += ldb, a += col) {                                  \
            T s0 = alpha * a[0], s1 = alpha * a[row], s2 = alpha * a[2 * row],                 \
              s3 = alpha * a[3 * row];                                                         \
            for (int64_t j = 0; j < n; j++) {                                                  \
                c0[j] += s0 * b[j];                                                            \
                c1[j] += s1 * b[j];                                                            \
                c2[j] += s2 * b[j];                                                            \
                c3[j] += s3 * b[j];                                                            \
            }                                                                                  \
        }                                                                                      \
    }                                                                                          \
    static inline void name##_row(int64_t n, int64_t k, const T *a, int64_t col, const T *b,   \
                                  int64_t ldb, T *c, T alpha)                                  \
    {                                                                                          \
        for (int64_t p = 0; p < k; p++, b += ldb, a += col) {                                  \
            T s = alpha * a[0];                                                                \
            for (int64_t j = 0; j < n; j++) c[j] += s * b[j];                                  \
        }                                                                                      \
    }                                                                                          \
    /* rows of [tile] columns, held in registers while k runs */                               \
    static inline void name##_tile(int64_t k, const T *restrict a, int64_t row, int64_t col,   \
                                   const T *restrict b, int64_t ldb, T *restrict c,            \
                                   int64_t ldc, T alpha)                                       \
    {                                                                                          \
        enum { W = 64 / sizeof(T) };                                                           \
        T s[4][W] = {{0}};                                                                     \
        for (int64_t p = 0; p < k; p++, b += ldb, a += col)                                    \
            for (int r = 0; r < 4; r++)                                                        \
                for (int j = 0; j < W; j++) s[r][j] += a[r * row] * b[j];                      \
        for (int r = 0; r < 4; r++)                                                            \
            for (int j = 0; j < W; j++) c[r * ldc + j] += alpha * s[r][j];                     \
    }                                                                                          \
    static void name##_run(int64_t m, int64_t n, int64_t k, const T *a, int64_t row,           \
                           int64_t col, const T *b, int64_t ldb, T *c, int64_t ldc, T alpha)   \
    {                                                                                          \
        enum { W = 64 / sizeof(T) };                                                           \
        int64_t i = 0;                                                                         \
        for (; i + 4 <= m; i += 4) {                                                           \
            int64_t j = 0;                                                                     \
            for (; j + W <= n; j += W)                                                         \
                name##_tile(k, a + i * row, row, col, b + j, ldb, c + i * ldc + j, ldc,        \
                            alpha);                                                            \
            if (j < n) {                                                                       \
                T *ci = c + i * ldc + j;                                                       \
                name##_rows4(n - j, k, a + i * row, row, col, b + j, ldb, ci, ci + ldc,        \
                             ci + 2 * ldc, ci + 3 * ldc, alpha);                               \
            }                                                                                  \
        }                                                                                      \
        for (; i < m; i++) name##_row(n, k, a + i * row, col, b, ldb, c + i * ldc, alpha);     \
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
        if (g->n < 8 && g->m >= 8) {                                                           \
            name##_narrow(g, a, b, c, pack);                                                   \
            return;                                                                            \
        }                                                                                      \
        if (g->b_trans) name##_transpose(g->n, g->k, b, g->ldb, pack);                         \
        int64_t row = g->a_trans ? 1 : g->lda, col = g->a_trans ? g->lda : 1;                  \
        name##_run(g->m, g->n, g->k, a, row, col, g->b_trans ? pack : b,                       \
                   g->b_trans ? g->n : g->ldb, c, g->ldc, (T)g->alpha);                        \
    }

#pragma GCC optimize("O3")
KERNEL(float, adj_gemm_small_f32)
KERNEL(double, adj_gemm_small_f64)

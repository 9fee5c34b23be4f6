// SPDX-License-Identifier: Apache-2.0
// path_principal.c: principal directions of a way through its Gram matrix: with n points and P
// parameters, n far below P, the eigenvectors u of the n x n products of centred points give
// the directions D^T u / sqrt(lambda). Jacobi's rotations find all of them (Golub and Van Loan,
// section 8.5); n is at most 24, the points spread evenly over the way.
#include "observe/path_principal.h"

#include "observe/observe.h"

#include <math.h>

enum { MOST = 24 };

typedef struct {
    int n;
    double a[MOST][MOST], v[MOST][MOST];  // the matrix; columns of v become its eigenvectors
} Jacobi;

static void rotate(Jacobi *j, int p, int q)
{
    double theta = (j->a[q][q] - j->a[p][p]) / (2 * j->a[p][q]);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < j->n; k++) {
        double x = j->a[k][p], y = j->a[k][q];
        j->a[k][p] = c * x - s * y;
        j->a[k][q] = s * x + c * y;
    }
    for (int k = 0; k < j->n; k++) {
        double x = j->a[p][k], y = j->a[q][k];
        j->a[p][k] = c * x - s * y;
        j->a[q][k] = s * x + c * y;
        x = j->v[k][p], y = j->v[k][q];
        j->v[k][p] = c * x - s * y;
        j->v[k][q] = s * x + c * y;
    }
}

static void diagonalise(Jacobi *j)
{
    enum { SWEEPS = 30 };
    for (int i = 0; i < j->n; i++)
        for (int k = 0; k < j->n; k++) j->v[i][k] = i == k;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double off = 0, all = 0;
        for (int p = 0; p < j->n; p++)
            for (int q = 0; q < j->n; q++) *(p == q ? &all : &off) += j->a[p][q] * j->a[p][q];
        if (off <= 1e-24 * all) return;
        for (int p = 0; p < j->n; p++)
            for (int q = p + 1; q < j->n; q++)
                if (j->a[p][q] != 0) rotate(j, p, q);
    }
}

// Single precision is enough for directions, and half the work; double where a parameter is.
static AdjDtype type_of(const AdjPath *p)
{
    for (int i = 0; i < p->params.n; i++)
        if (p->params.at[i]->dtype == ADJ_F64) return ADJ_F64;
    return ADJ_F32;
}

static AdjTensor *row_of(const AdjPath *p, AdjTensor *const *list)
{
    AdjTensor **part = adj_scope_memory((size_t)(p->params.n + 1) * sizeof *part);
    for (int i = 0; part && i < p->params.n; i++) {
        part[i] = adj_reshape(adj_to(list[i], type_of(p)), (AdjShape){1, {-1}});
        if (!part[i]) return NULL;
    }
    AdjTensor *row = part ? adj_cat((AdjTensors){p->params.n, part}, 0) : NULL;
    return adj_reshape(row, (AdjShape){2, {1, -1}});
}

// The points as rows, their mean taken off.
static AdjTensor *matrix(const AdjPath *p, int n)
{
    AdjTensor **row = adj_scope_memory((size_t)(n + 1) * sizeof *row);
    AdjTensor **part = adj_scope_memory((size_t)(p->params.n + 1) * sizeof *part);
    for (int k = 0; row && part && k < n; k++) {
        ADJ_SCOPE;
        const AdjPathPoint *at = &p->at[adj_path_index(p, MOST, k)];
        for (int i = 0; i < p->params.n; i++)
            if (!(part[i] = adj_path_tensor(p, at->before, i))) return NULL;
        row[k] = adj_give(row_of(p, part));
        if (!row[k]) return NULL;
    }
    AdjTensor *all = row && part ? adj_cat((AdjTensors){n, row}, 0) : NULL;
    AdjTensor *mean = adj_mean(all, (AdjShape){1, {0}}, true, ADJ_SAME);
    return adj_sub(all, mean, ADJ_I(1));
}

// ---------------------------------------------------------------- products

static float *floats(AdjTensor *t)
{
    AdjTensor *x = adj_contiguous(adj_to(t, ADJ_F32));
    return x ? (float *)adj_ptr(x) : NULL;
}

// One pass over the numbers and nothing in between: the way may be most of what is in memory.
static bool add_products(const AdjPath *p, const char *state, float *const *lists, double *out)
{
    for (int i = 0; i < p->params.n; i++) {
        ADJ_SCOPE;
        AdjTensor *t = p->params.at[i];
        const float *x = t->dtype == ADJ_F32 ? (const float *)(const void *)state
                                             : floats(adj_path_tensor(p, state, i));
        const float *c = lists[3 * i], *a = lists[3 * i + 1], *b = lists[3 * i + 2];
        double first = 0, second = 0;
        if (!x) return false;
        for (int64_t k = 0; k < t->numel; k++) {
            double d = (double)x[k] - c[k];
            first += d * a[k];
            second += d * b[k];
        }
        out[0] += first;
        out[1] += second;
        state += (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype);
    }
    return true;
}

bool adj_path_products(const AdjPath *p, int most, AdjTensor *const *centre,
                       AdjTensor *const *first, AdjTensor *const *second, double *out)
{
    ADJ_SCOPE;
    ADJ_QUIET;
    float **lists = adj_scope_memory((size_t)(3 * p->params.n + 1) * sizeof *lists);
    for (int i = 0; lists && i < p->params.n; i++) {
        lists[3 * i] = floats(centre[i]);
        lists[3 * i + 1] = floats(first[i]);
        lists[3 * i + 2] = floats(second[i]);
        if (!lists[3 * i] || !lists[3 * i + 1] || !lists[3 * i + 2]) return false;
    }
    for (int k = 0; lists && k < p->n && k < most; k++) {
        out[2 * k] = out[2 * k + 1] = 0;
        const char *state = p->at[adj_path_index(p, most, k)].before;
        if (!add_products(p, state, lists, out + 2 * k)) return false;
    }
    return lists != NULL;
}

// ---------------------------------------------------------------- directions

static bool split(const AdjPath *p, AdjTensor *flat, AdjTensor **to)
{
    int64_t at = 0;
    for (int i = 0; i < p->params.n; i++) {
        AdjTensor *t = p->params.at[i];
        AdjTensor *piece = adj_reshape(adj_narrow(flat, 0, at, t->numel), adj_shape(t));
        to[i] = adj_keep(adj_clone(adj_to(piece, (AdjDtype)t->dtype)));
        if (!to[i]) return false;
        at += t->numel;
    }
    return true;
}

static bool direction(const AdjPath *p, AdjTensor *d, const Jacobi *j, int column,
                      AdjTensor **to)
{
    ADJ_SCOPE;
    double u[MOST], length = sqrt(fmax(j->a[column][column], 0));
    // Its sign is free; the way shall run towards larger coordinates.
    double sign = j->v[j->n - 1][column] < j->v[0][column] ? -1 : 1;
    for (int i = 0; i < j->n; i++) u[i] = sign * j->v[i][column] / fmax(length, 1e-300);
    AdjTensor *row = adj_to(adj_from(u, (AdjShape){2, {1, j->n}}, ADJ_F64), type_of(p));
    AdjTensor *flat = adj_reshape(adj_matmul(row, d), (AdjShape){1, {-1}});
    return flat && split(p, flat, to);
}

bool adj_path_principal(const AdjPath *p, AdjTensor **dir[2], double share[2])
{
    ADJ_SCOPE;
    ADJ_QUIET;
    int n = p->n < MOST ? p->n : MOST, first = 0, second = 1;
    if (n < 3) return adj_fail(ADJ_E_VALUE, "two directions need three points of the way");
    Jacobi *j = adj_scope_memory(sizeof *j);
    AdjTensor *d = matrix(p, n);
    AdjTensor *gram = adj_contiguous(adj_to(adj_matmul(d, adj_t(d)), ADJ_F64));
    if (!j || !gram) return false;
    double trace = 0;
    j->n = n;
    for (int i = 0; i < n; i++)
        memcpy(j->a[i], (double *)adj_data(gram) + i * n, (size_t)n * sizeof(double));
    diagonalise(j);
    for (int i = 0; i < n; i++) trace += fmax(j->a[i][i], 0);
    for (int i = 1; i < n; i++)
        if (j->a[i][i] > j->a[first][first]) first = i;
    second = first ? 0 : 1;
    for (int i = 0; i < n; i++)
        if (i != first && j->a[i][i] > j->a[second][second]) second = i;
    share[0] = trace > 0 ? j->a[first][first] / trace : 0;
    share[1] = trace > 0 ? fmax(j->a[second][second], 0) / trace : 0;
    if (!(share[1] > 1e-12))
        return adj_fail(ADJ_E_VALUE, "the way is a straight line: it has one direction only");
    return direction(p, d, j, first, dir[0]) && direction(p, d, j, second, dir[1]);
}

// SPDX-License-Identifier: Apache-2.0
// diagnose.c: a wrong gradient is held against what one gets by the mistakes that are made
// most: each guess turns the given one into something that would be right if the guess were.
// The first guess that fits is told; none fits, and it is said where the difference lies.
#include "observe/backward/exercise.h"

#include <math.h>

bool adj_gradients_agree(AdjTensor *right, AdjTensor *given)
{
    if (!right || !given || !adj_shape_equal(adj_shape(right), adj_shape(given))) return false;
    const double *a = adj_data(right), *b = adj_data(given);
    double most = 0, off = 0;
    for (int64_t i = 0; i < right->numel; i++) {
        most = fmax(most, fabs(a[i]));
        if (!(fabs(a[i] - b[i]) <= off)) off = fabs(a[i] - b[i]);
        if (isnan(b[i])) return false;
    }
    return off <= 1e-6 * (1 + most);
}

static AdjTensor *flat(AdjTensor *t)
{
    return adj_contiguous(t);
}

static void say(AdjDiagnosis *d, const char *kind, int axis, const char *text)
{
    d->kind = kind;
    d->axis = axis;
    snprintf(d->text, sizeof d->text, "%s", text);
}

static const char *const places[] = {"first", "second", "third", "fourth"};

// Sums over axes that the right one does not have, or has with one element.
static bool is_unsummed(AdjTensor *right, AdjTensor *given, AdjDiagnosis *d)
{
    for (int axis = 0; axis < given->ndim && axis < 4; axis++)
        for (int keep = 0; keep < 2; keep++) {
            AdjTensor *sum = flat(adj_sum(given, (AdjShape){1, {axis}}, keep, ADJ_SAME));
            if (!adj_gradients_agree(right, sum)) continue;
            say(d, "unsummed", axis, "");
            snprintf(d->text, sizeof d->text,
                     "It is not summed over its %s axis, along which the value was repeated.",
                     places[axis]);
            return true;
        }
    return false;
}

static bool is_turned(AdjTensor *right, AdjTensor *given, AdjDiagnosis *d)
{
    if (given->ndim != 2 || given->numel < 2) return false;
    if (!adj_gradients_agree(right, flat(adj_t(given)))) return false;
    say(d, "transposed", 0, "It is transposed: rows and columns are exchanged.");
    return true;
}

static void say_shapes(AdjTensor *right, AdjTensor *given, AdjDiagnosis *d)
{
    bool same = right->numel == given->numel &&
                adj_gradients_agree(right, flat(adj_reshape(given, adj_shape(right))));
    say(d, "shape", -1, "");
    snprintf(d->text, sizeof d->text,
             same ? "The numbers are right, the shape is not: %s instead of %s."
                  : "It has the shape %s, and what it belongs to %s.",
             adj_shape_text(adj_shape(given)), adj_shape_text(adj_shape(right)));
}

// The same factor everywhere; what the counts at hand would explain is said.
static bool is_scaled(AdjTensor *right, AdjTensor *given, int64_t rows, AdjDiagnosis *d)
{
    const double *a = adj_data(right), *b = adj_data(given);
    double factor = 0, top = 0;
    for (int64_t i = 0; i < right->numel; i++) {
        top += a[i] * b[i];
        factor += a[i] * a[i];
    }
    factor = factor > 0 ? top / factor : 0;
    if (factor == 0) return false;
    if (!adj_gradients_agree(adj_mul(right, ADJ_NUM(factor)), given)) return false;
    if (fabs(factor + 1) < 1e-6) {
        say(d, "negated", -1, "It has the wrong sign everywhere.");
        return true;
    }
    double n = (double)rows;
    say(d, "scaled", -1, "");
    if (rows > 1 && fabs(factor * n - 1) < 1e-6)
        snprintf(d->text, sizeof d->text,
                 "It is %lld times too small: a mean over the batch where a sum belongs.",
                 (long long)rows);
    else if (rows > 1 && fabs(factor - n) < 1e-6)
        snprintf(d->text, sizeof d->text,
                 "It is %lld times too large: the mean over the batch is missing.",
                 (long long)rows);
    else
        snprintf(d->text, sizeof d->text, "Everywhere it is %.4g times what it should be.",
                 factor);
    return true;
}

// The rows or columns that hold every difference, when they are not all.
static void say_where(AdjTensor *right, AdjTensor *given, AdjDiagnosis *d)
{
    const double *a = adj_data(right), *b = adj_data(given);
    int64_t columns = right->ndim ? right->sizes[right->ndim - 1] : 1, wrong = 0;
    int64_t first_row = -1, first_column = -1;
    bool one_row = true, one_column = true;
    for (int64_t i = 0; i < right->numel; i++) {
        if (fabs(a[i] - b[i]) <= 1e-6 * (1 + fabs(a[i]))) continue;
        if (wrong++ == 0) first_row = i / columns, first_column = i % columns;
        one_row &= i / columns == first_row;
        one_column &= i % columns == first_column;
    }
    say(d, "different", -1, "");
    if (one_row && right->numel > columns)
        snprintf(d->text, sizeof d->text, "Only row %lld is wrong.", (long long)first_row);
    else if (one_column && columns > 1)
        snprintf(d->text, sizeof d->text, "Only column %lld is wrong.",
                 (long long)first_column);
    else
        snprintf(d->text, sizeof d->text, "%lld of %lld elements are wrong.", (long long)wrong,
                 (long long)right->numel);
}

static bool is_zero(AdjTensor *t)
{
    const double *a = adj_data(t);
    for (int64_t i = 0; i < t->numel; i++)
        if (a[i] != 0) return false;
    return true;
}

static bool has_nan(AdjTensor *t)
{
    const double *a = adj_data(t);
    for (int64_t i = 0; i < t->numel; i++)
        if (isnan(a[i])) return true;
    return false;
}

void adj_diagnose(AdjTensor *right, AdjTensor *given, int64_t rows, AdjDiagnosis *d)
{
    ADJ_SCOPE;
    bool same_shape = adj_shape_equal(adj_shape(right), adj_shape(given));
    if (adj_gradients_agree(right, given))
        say(d, "right", -1, "It is right.");
    else if (has_nan(given))
        say(d, "nan", -1, "It has numbers that are none (NaN).");
    else if (!same_shape && (is_unsummed(right, given, d) || is_turned(right, given, d)))
        return;
    else if (!same_shape)
        say_shapes(right, given, d);
    else if (is_zero(given))
        say(d, "zero", -1, "It is zero everywhere: nothing is handed on.");
    else if (!is_turned(right, given, d) && !is_scaled(right, given, rows, d))
        say_where(right, given, d);
}

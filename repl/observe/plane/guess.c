// SPDX-License-Identifier: Apache-2.0
// guess.c: which module, which points and which labels are meant when nobody says. The last
// recorded step knows: the first tensor of two columns that came from outside was fed to the
// module, and what has a number for each of its rows was compared with the result. Before the
// first step, the variables are looked through for such tensors.
#include "observe/plane/data.h"

#include "observe/observe.h"

#include <math.h>

bool adj_are_points(const AdjTensor *t)
{
    return t && t->ndim == 2 && t->sizes[1] == 2 && adj_is_float(t);
}

bool adj_are_labels(const AdjTensor *t, int64_t n)
{
    return t && t->ndim >= 1 && t->ndim <= 2 && t->sizes[0] == n && t->numel == n;
}

AdjDtype adj_first_dtype(const AdjModule *m)
{
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].tensor && adj_is_float(m->params.at[i].tensor))
            return (AdjDtype)m->params.at[i].tensor->dtype;
    for (int i = 0; i < m->n_children; i++) {
        const AdjModule *c = m->children[i].module;
        AdjDtype d = c ? adj_first_dtype(c) : ADJ_F32;
        if (d != ADJ_F32) return d;
    }
    return ADJ_F32;
}

// How many numbers the first matrix of weights takes; 0: there is none.
static int64_t first_width(const AdjModule *m)
{
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].tensor && m->params.at[i].tensor->ndim == 2)
            return m->params.at[i].tensor->sizes[1];
    for (int i = 0; i < m->n_children; i++) {
        int64_t width = m->children[i].module ? first_width(m->children[i].module) : 0;
        if (width) return width;
    }
    return 0;
}

static bool ran(const AdjRecord *r, const char *path)
{
    for (int i = 0; r && i < r->n_ops; i++)
        if (r->ops[i].module && adj_path_is_below(r->ops[i].module, path)) return true;
    return false;
}

// The first that takes two numbers, and among those the one that ran.
const char *adj_guess_module(AdjVM *vm)
{
    AdjModulesAt l;
    if (!adj_module_list(vm, NULL, &l) || !l.n) return NULL;
    const char *found = NULL;
    int best = -1;
    AdjRecord *r = adj_record_get(0);
    for (int k = 0; k < l.n; k++) {
        if (l.at[k].parent >= 0) continue;
        int score = 2 * (first_width(l.at[k].module) == 2) + ran(r, l.at[k].path);
        if (score > best) found = l.at[k].path;
        if (score > best) best = score;
    }
    adj_record_drop(r);
    return adj_intern(found);
}

bool adj_guess_is_score(void)
{
    bool is = false;
    AdjRecord *r = adj_record_get(0);
    for (int i = 0; r && !is && i < r->n_ops; i++)
        is = r->ops[i].op->torch && strstr(r->ops[i].op->torch, "WithLogits");
    adj_record_drop(r);
    return is;
}

// ---------------------------------------------------------------- points and labels

// A variable of the main program: parameters have a dot in their path.
static const char *variable(const AdjLeafNames *names, const AdjTensor *t)
{
    for (int i = 0; t && i < names->n; i++)
        if (names->at[i].tensor == t && !strchr(names->at[i].name, '.'))
            return names->at[i].name;
    return NULL;
}

static const AdjTensor *tensor_named(const AdjLeafNames *names, const char *name)
{
    for (int i = 0; name && i < names->n; i++)
        if (!strcmp(names->at[i].name, name)) return names->at[i].tensor;
    return NULL;
}

// From the step: leaves are compared with what the variables hold, never followed.
static void from_record(const AdjLeafNames *names, const AdjRecord *r, AdjDataNames *out)
{
    for (int i = 0; i < r->n_ins && !out->points; i++) {
        const char *name = r->ins[i].from < 0 ? variable(names, r->ins[i].leaf) : NULL;
        if (name && adj_are_points(r->ins[i].leaf)) out->points = name;
    }
    const AdjTensor *points = tensor_named(names, out->points);
    for (int i = r->n_ins - 1; points && i >= 0 && !out->labels; i--) {
        const char *name = r->ins[i].from < 0 ? variable(names, r->ins[i].leaf) : NULL;
        if (name && r->ins[i].leaf != points &&
            adj_are_labels(r->ins[i].leaf, points->sizes[0]))
            out->labels = name;
    }
}

static bool is_plain(const AdjLeafName *n)
{
    return !strchr(n->name, '.') && !n->tensor->is_parameter;
}

// Of all that would fit, what is called after the points ("test", "test_labels"), else what was
// made after them, else anything.
static const char *labels_for(const AdjLeafNames *names, const AdjTensor *points,
                              const char *points_name)
{
    const char *found = NULL;
    int best = 0;
    bool after = false;
    for (int i = 0; points && i < names->n; i++) {
        const AdjTensor *t = names->at[i].tensor;
        if (t == points) after = true;
        if (t == points || !is_plain(&names->at[i]) || !adj_are_labels(t, points->sizes[0]))
            continue;
        bool called = !strncmp(names->at[i].name, points_name, strlen(points_name));
        int score = called ? 3 : after ? 2 : 1;
        if (score > best) found = names->at[i].name;
        if (score > best) best = score;
    }
    return found;
}

const char *adj_guess_labels(AdjVM *vm, const char *points)
{
    AdjLeafNames names;
    adj_leaf_names(vm, &names);
    return labels_for(&names, tensor_named(&names, points), points);
}

static void from_variables(const AdjLeafNames *names, AdjDataNames *out)
{
    for (int i = 0; i < names->n && !out->points; i++)
        if (is_plain(&names->at[i]) && adj_are_points(names->at[i].tensor))
            out->points = names->at[i].name;
    const AdjTensor *points = tensor_named(names, out->points);
    if (!out->labels) out->labels = labels_for(names, points, out->points);
}

void adj_guess_data(AdjVM *vm, AdjDataNames *out)
{
    AdjLeafNames names;
    *out = (AdjDataNames){NULL, NULL};
    adj_leaf_names(vm, &names);
    AdjRecord *r = adj_record_get(0);
    if (r) from_record(&names, r, out);
    adj_record_drop(r);
    from_variables(&names, out);
}

// ---------------------------------------------------------------- where they lie

static void spread(const AdjTensor *t, int column, double *range)
{
    ADJ_SCOPE;
    AdjTensor *v = adj_contiguous(adj_to(adj_bare_view(t), ADJ_F32));
    const float *p = v ? adj_data(v) : NULL;
    bool any = false;
    for (int64_t i = 0; p && i < t->sizes[0]; i++) {
        double x = p[2 * i + column];
        if (!isfinite(x)) continue;
        if (!any || x < range[0]) range[0] = x;
        if (!any || x > range[1]) range[1] = x;
        any = true;
    }
}

void adj_guess_range(AdjVM *vm, const char *points, double *x, double *y)
{
    AdjDataNames guess = {points, NULL};
    AdjTensor *t = NULL;
    x[0] = y[0] = -1;
    x[1] = y[1] = 1;
    if (!points) adj_guess_data(vm, &guess);
    if (guess.points && !adj_observe_tensor(vm, guess.points, &t)) adj_vm_clear_error(vm);
    if (adj_are_points(t)) {
        spread(t, 0, x);
        spread(t, 1, y);
    }
    // A square, so that circles are round, unless the axes are of different kinds.
    double w = x[1] - x[0], h = y[1] - y[0], most = fmax(w, h);
    if (!(most > 0)) most = 1;
    bool square = fmin(w, h) * 4 > most || fmin(w, h) == 0;
    double half[2] = {(square ? most : w) * 0.58, (square ? most : h) * 0.58};
    double middle[2] = {(x[0] + x[1]) / 2, (y[0] + y[1]) / 2};
    for (int k = 0; k < 2; k++) {
        x[k] = middle[0] + (k ? half[0] : -half[0]);
        y[k] = middle[1] + (k ? half[1] : -half[1]);
    }
}

void adj_put_data_state(AdjAnswerText *o, AdjVM *vm, const char *points)
{
    AdjTensor *t = NULL;
    if (points && !adj_observe_tensor(vm, points, &t)) adj_vm_clear_error(vm);
    int64_t state[2] = {t && t->ndim ? t->sizes[0] : 0, t ? t->storage->version : 0};
    adj_put_ints(o, "data", state, 2);
}

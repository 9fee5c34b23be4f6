// SPDX-License-Identifier: Apache-2.0
// points.c: the points that a program learns from, as a list to be drawn, and the names of all
// tensors and modules that could be meant instead.
#include "observe/plane/data.h"

#include "observe/observe.h"

#include <math.h>

enum { MOST_POINTS = 4000, MOST_VALUES = 16 };

static const float *numbers(const AdjTensor *t)
{
    AdjTensor *v = adj_contiguous(adj_to(adj_bare_view(t), ADJ_F32));
    return v ? adj_data(v) : NULL;
}

static void put_numbers(AdjAnswerText *o, const char *key, const float *p, int64_t rows,
                        int64_t stride, int columns)
{
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int64_t i = 0; p && i < rows; i += stride)
        for (int k = 0; k < columns; k++) adj_say_number(o, (double)p[i * columns + k]);
    adj_say_close(o, ']');
}

// The values that stand for classes: of whole numbers, each that may occur; else what there is,
// as long as it is few. Answers how many, 0: the labels are measurements.
static int class_values(const AdjTensor *labels, const float *p, double *out)
{
    int n = 0;
    double most = -1;
    for (int64_t i = 0; i < labels->numel; i++) {
        double v = p[i];
        most = fmax(most, v);
        int k = 0;
        while (k < n && out[k] < v) k++;
        if (k < n && out[k] == v) continue;
        if (n == MOST_VALUES || v != floor(v)) return 0;
        memmove(out + k + 1, out + k, (size_t)(n - k) * sizeof *out);
        out[k] = v;
        n++;
    }
    if (adj_is_float(labels) || n == 0 || out[0] < 0 || most >= MOST_VALUES) return n;
    for (n = 0; n <= most; n++) out[n] = n;
    return n;
}

static void put_labels(AdjAnswerText *o, const AdjTensor *t, int64_t stride)
{
    double values[MOST_VALUES + 1];
    const float *p = t ? numbers(t) : NULL;
    int n = p ? class_values(t, p, values) : 0;
    put_numbers(o, "targets", p, t ? t->numel : 0, stride, 1);
    adj_say_key(o, "values");
    adj_say_open(o, '[');
    for (int i = 0; i < n; i++) adj_say_number(o, values[i]);
    adj_say_close(o, ']');
}

static void put_candidates(AdjRequestCall *c, int64_t rows)
{
    AdjModulesAt l = {0};
    AdjEntry *e;
    AdjDict *names = adj_vm_main(c->vm)->dict;
    adj_say_key(c->out, "modules");
    adj_say_open(c->out, '[');
    if (adj_module_list(c->vm, NULL, &l))
        for (int i = 0; i < l.n; i++)
            if (l.at[i].parent < 0) adj_say_text(c->out, l.at[i].path);
    adj_say_close(c->out, ']');
    for (int labels = 0; labels < 2; labels++) {
        adj_say_key(c->out, labels ? "labels_of" : "points_of");
        adj_say_open(c->out, '[');
        for (int64_t i = 0; (e = adj_dict_next(names, &i));) {
            if (!adj_is_str(e->key) || !adj_is_tensor(e->value)) continue;
            const char *name = adj_as_str(e->key)->data;
            const AdjTensor *t = adj_tensor_of(e->value);
            if (*name == '_' || !(labels ? adj_are_labels(t, rows) : adj_are_points(t)))
                continue;
            adj_say_text(c->out, name);
        }
        adj_say_close(c->out, ']');
    }
}

static bool find(AdjRequestCall *c, const char *key, const char *guess, const char **name,
                 AdjTensor **out)
{
    *name = adj_ask_string(&c->ask, key, guess);
    *out = NULL;
    return !*name || !**name || adj_observe_tensor(c->vm, *name, out);
}

bool adj_request_points(AdjRequestCall *c)
{
    AdjDataNames guess;
    AdjTensor *points, *labels;
    const char *points_name, *labels_name;
    double x[2], y[2];
    adj_guess_data(c->vm, &guess);
    if (!find(c, "points", guess.points, &points_name, &points)) return false;
    bool guessed = points_name && guess.points && !strcmp(points_name, guess.points);
    if (points && !guessed) guess.labels = adj_guess_labels(c->vm, points_name);
    if (!find(c, "labels", guess.labels, &labels_name, &labels)) return false;
    if (points && !adj_are_points(points)) {
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "points: %s is not a tensor with two columns of numbers", points_name);
    }
    if (labels && !adj_are_labels(labels, points ? points->sizes[0] : -1)) {
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "points: %s does not have one label for each row of %s", labels_name,
                         points_name ? points_name : "the points");
    }
    int64_t rows = points ? points->sizes[0] : 0;
    int64_t stride = rows > MOST_POINTS ? (rows + MOST_POINTS - 1) / MOST_POINTS : 1;
    adj_put_text(c->out, "module", adj_guess_module(c->vm));
    adj_put_text(c->out, "points", points ? points_name : NULL);
    adj_put_text(c->out, "labels", labels ? labels_name : NULL);
    adj_put_int(c->out, "rows", rows);
    adj_put_int(c->out, "stride", stride);
    adj_put_data_state(c->out, c->vm, points ? points_name : NULL);
    adj_guess_range(c->vm, points ? points_name : NULL, x, y);
    adj_put_numbers(c->out, "x", x, 2);
    adj_put_numbers(c->out, "y", y, 2);
    put_numbers(c->out, "positions", points ? numbers(points) : NULL, rows, stride, 2);
    put_labels(c->out, labels, stride);
    put_candidates(c, rows);
    return true;
}

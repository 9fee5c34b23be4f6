// SPDX-License-Identifier: Apache-2.0
//
// Axes are joined into classes (union by the smaller number) by what each family of operations
// does with them: a row of the table below for each. No rule guesses: sizes must agree, and
// where an operation could have moved two axes of one size, neither is followed. What is joined
// to nothing has no name.

#include "sight/axes.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

typedef struct Joiner {
    const AdjUiGraph *graph;
    int32_t *first, *parent;
    char *kind;  // of the class, for its letter: 'B', 'C', 'S' (a place) or 'D'
} Joiner;

// One operation with its inputs.
typedef struct Site {
    Joiner *j;
    int32_t number;
    const AdjUiOp *op;
    const int32_t *inputs;
} Site;

static int32_t root_of(Joiner *j, int32_t axis)
{
    while (j->parent[axis] != axis) {
        j->parent[axis] = j->parent[j->parent[axis]];
        axis = j->parent[axis];
    }
    return axis;
}

static const AdjUiOp *in(const Site *s, int k)
{
    return &s->j->graph->ops[s->inputs[k]];
}

// The axis [i] of an operation, counted from the end when negative; -1: it has none.
static int32_t axis_of(const Joiner *j, int32_t op, int i)
{
    int rank = j->graph->ops[op].rank;
    if (i < 0) i += rank;
    return i >= 0 && i < rank ? j->first[op] + i : -1;
}

static int64_t size_at(const AdjUiOp *op, int i)
{
    if (i < 0) i += op->rank;
    return i >= 0 && i < op->rank ? op->shape[i] : -1;
}

// Joins axis [a] of operation [x] and [b] of [y], if both have one size.
static void join(Joiner *j, int32_t x, int a, int32_t y, int b)
{
    int32_t p = axis_of(j, x, a), q = axis_of(j, y, b);
    if (p < 0 || q < 0 || size_at(&j->graph->ops[x], a) != size_at(&j->graph->ops[y], b))
        return;
    p = root_of(j, p);
    q = root_of(j, q);
    if (p == q) return;
    int32_t low = MIN(p, q), high = MAX(p, q);
    j->parent[high] = low;
    if (!j->kind[low]) j->kind[low] = j->kind[high];
}

static void call_it(const Site *s, int32_t op, int axis, char kind)
{
    int32_t at = axis_of(s->j, op, axis);
    if (at >= 0 && !s->j->kind[root_of(s->j, at)]) s->j->kind[root_of(s->j, at)] = kind;
}

// -- what families do ---------------------------------------------------------------------

// Operands are aligned at their last axes; one of size 1 is stretched, and so is another axis.
static void broadcast(const Site *s)
{
    for (int k = 0; k < s->op->inputs; k++)
        for (int i = 1; i <= in(s, k)->rank && i <= s->op->rank; i++)
            if (size_at(s->op, -i) > 1) join(s->j, s->number, -i, s->inputs[k], -i);
}

static void first_only(const Site *s)
{
    for (int i = 0; s->op->inputs && i < s->op->rank && in(s, 0)->rank == s->op->rank; i++)
        join(s->j, s->number, i, s->inputs[0], i);
}

// [a] is the place of the first factor among the inputs; the second is used turned, or not.
static void product(const Site *s, int a, bool turned)
{
    if (s->op->inputs < a + 2) return;
    int32_t x = s->inputs[a], w = s->inputs[a + 1];
    join(s->j, x, -1, w, turned ? -1 : -2);
    join(s->j, s->number, -1, w, turned ? -2 : -1);
    for (int i = 2; i <= s->op->rank; i++) join(s->j, s->number, -i, x, -i);
    for (int i = 3; i <= s->op->rank; i++) join(s->j, s->number, -i, w, -i);
    if (a > 0) join(s->j, s->number, -1, s->inputs[0], -1);
    call_it(s, s->number, -1, 'D');
    call_it(s, x, -1, 'D');
}

static void matmul(const Site *s)
{
    product(s, 0, false);
}

static void matmul_turned(const Site *s)
{
    product(s, 0, true);
}

static void matmul_added(const Site *s)
{
    product(s, 1, true);
}

static void convolution(const Site *s)
{
    if (s->op->inputs < 2) return;
    int32_t x = s->inputs[0], w = s->inputs[1];
    int space = in(s, 1)->rank - 2, channel = s->op->rank - space - 1;
    join(s->j, s->number, channel, w, 0);
    join(s->j, x, channel, w, 1);
    if (channel > 0) join(s->j, s->number, 0, x, 0);
    if (s->op->inputs > 2) join(s->j, s->number, channel, s->inputs[2], 0);
    call_it(s, x, channel, 'C');
    call_it(s, s->number, channel, 'C');
    for (int i = 1; i <= space; i++) {
        join(s->j, s->number, -i, x, -i);
        call_it(s, x, -i, 'S');
        call_it(s, s->number, -i, 'S');
        call_it(s, w, -i, 'S');
    }
}

static void pool(const Site *s)
{
    for (int i = 0; s->op->inputs && i < s->op->rank; i++) {
        join(s->j, s->number, i, s->inputs[0], i);
        if (i > 1) call_it(s, s->number, i, 'S');
    }
}

static void attention(const Site *s)
{
    if (s->op->inputs < 3) return;
    join(s->j, s->number, -1, s->inputs[2], -1);
    join(s->j, s->number, -2, s->inputs[0], -2);
    join(s->j, s->inputs[0], -1, s->inputs[1], -1);
    join(s->j, s->inputs[1], -2, s->inputs[2], -2);
    for (int i = 3; i <= s->op->rank; i++)
        for (int k = 0; k < 3; k++) join(s->j, s->number, -i, s->inputs[k], -i);
}

// Statistics of channels: their vectors belong to the second axis.
static void channel_norm(const Site *s)
{
    first_only(s);
    for (int k = 1; k < s->op->inputs; k++) join(s->j, s->number, 1, s->inputs[k], 0);
}

static int times(const AdjUiOp *op, int64_t size)
{
    int n = 0;
    for (int i = 0; i < op->rank; i++) n += op->shape[i] == size;
    return n;
}

// Axes are moved or dropped: one is followed where its size tells it from all others.
static void by_size(const Site *s)
{
    if (!s->op->inputs) return;
    for (int i = 0; i < s->op->rank; i++)
        for (int k = 0; k < in(s, 0)->rank; k++)
            if (s->op->shape[i] == in(s, 0)->shape[k] && times(s->op, s->op->shape[i]) == 1 &&
                times(in(s, 0), s->op->shape[i]) == 1)
                join(s->j, s->number, i, s->inputs[0], k);
}

static void turned(const Site *s)
{
    if (s->op->inputs && s->op->rank == 2) {
        join(s->j, s->number, 0, s->inputs[0], 1);
        join(s->j, s->number, 1, s->inputs[0], 0);
    } else {
        by_size(s);
    }
}

// Another view of the same elements: what is equal from the front stays, and from the end.
static void view(const Site *s)
{
    if (!s->op->inputs) return;
    const AdjUiOp *x = in(s, 0);
    int front = 0, end = 1;
    while (front < x->rank && front < s->op->rank && x->shape[front] == s->op->shape[front])
        join(s->j, s->number, front, s->inputs[0], front), front++;
    while (end <= x->rank - front && end <= s->op->rank - front &&
           size_at(x, -end) == size_at(s->op, -end))
        join(s->j, s->number, -end, s->inputs[0], -end), end++;
}

static void reduction(const Site *s)
{
    if (s->op->inputs && in(s, 0)->rank == s->op->rank)
        first_only(s);
    else
        by_size(s);
}

static void embedding(const Site *s)
{
    if (s->op->inputs < 2) return;
    for (int k = 0; k < 2; k++) {
        bool table = in(s, k)->rank == 2 && in(s, k)->kind == ADJ_UI_PARAMETER;
        if (table) join(s->j, s->number, -1, s->inputs[k], 1);
        for (int i = 0; !table && i < in(s, k)->rank; i++)
            join(s->j, s->number, i, s->inputs[k], i);
    }
    call_it(s, s->number, -1, 'D');
}

// A loss of rows against one target for each.
static void rows_and_targets(const Site *s)
{
    if (s->op->inputs > 1) join(s->j, s->inputs[0], 0, s->inputs[1], 0);
}

static const struct {
    const char *op;  // or its beginning, with a star
    void (*rule)(const Site *s);
} rules[] = {
    {"addmm_t", matmul_added},
    {"mm_t", matmul_turned},
    {"linear", matmul_turned},
    {"mm", matmul},
    {"bmm", matmul},
    {"matmul", matmul},
    {"convolution", convolution},
    {"conv*", convolution},
    {"max_pool*", pool},
    {"avg_pool*", pool},
    {"adaptive_*", pool},
    {"flash_attention", attention},
    {"scaled_dot*", attention},
    {"batch_norm", channel_norm},
    {"group_norm", channel_norm},
    {"instance_norm", channel_norm},
    {"t", turned},
    {"transpose", turned},
    {"permute", by_size},
    {"movedim", by_size},
    {"view", view},
    {"reshape*", view},
    {"unsafe_view", view},
    {"flatten", view},
    {"unflatten", view},
    {"unsqueeze", view},
    {"squeeze", view},
    {"clone", first_only},
    {"contiguous", first_only},
    {"expand", broadcast},
    {"cat", first_only},
    {"slice", first_only},
    {"gather", first_only},
    {"sum", reduction},
    {"mean", reduction},
    {"amax", reduction},
    {"amin", reduction},
    {"max", reduction},
    {"var", reduction},
    {"std", reduction},
    {"norm", reduction},
    {"select", by_size},
    {"embedding", embedding},
    {"cross_entropy*", rows_and_targets},
    {"nll_loss*", rows_and_targets},
};

static bool is_named(const char *pattern, const char *name)
{
    size_t n = strlen(pattern);
    return pattern[n - 1] == '*' ? !strncmp(pattern, name, n - 1) : !strcmp(pattern, name);
}

// What has no row is taken to work element by element if its shape says so.
static bool is_elementwise(const Site *s)
{
    bool whole = false;
    for (int k = 0; k < s->op->inputs; k++) {
        const AdjUiOp *x = in(s, k);
        if (x->rank > s->op->rank) return false;
        for (int i = 1; i <= x->rank; i++)
            if (size_at(x, -i) != size_at(s->op, -i) && size_at(x, -i) != 1) return false;
        whole |= x->rank == s->op->rank;
    }
    return whole;
}

static void follow(const Site *s)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
        if (is_named(rules[i].op, s->op->name)) {
            rules[i].rule(s);
            return;
        }
    if (is_elementwise(s)) broadcast(s);
}

// -- names --------------------------------------------------------------------------------

// The batch: the first axis of the first data that an operation reads, if it goes on.
static void find_batch(Joiner *j)
{
    for (int32_t i = 0; i < j->graph->count; i++) {
        const AdjUiOp *op = &j->graph->ops[i];
        if (op->kind != ADJ_UI_INPUT || op->rank < 2 || !op->readers) continue;
        j->kind[root_of(j, j->first[i])] = 'B';
        return;
    }
}

static void write_letter(AdjUiAxes *axes, int32_t number, char kind, int *counts)
{
    static const char places[] = "WHZ";
    int n = ++counts[(unsigned char)kind];
    if (kind == 'B')
        g_snprintf(axes->letters[number], 8, "B");
    else if (kind == 'S' && n <= 3)
        g_snprintf(axes->letters[number], 8, "%c", places[n - 1]);
    else
        g_snprintf(axes->letters[number], 8, n > 1 ? "%c%d" : "%c",
                   kind == 'S' ? 'S'
                   : kind      ? kind
                               : 'N',
                   n);
}

static void name_classes(Joiner *j, AdjUiAxes *axes, int32_t all)
{
    int32_t *members = g_new0(int32_t, all + 1), *number = g_new(int32_t, all + 1);
    int counts[256] = {0};
    for (int32_t i = 0; i < all; i++) members[root_of(j, i)]++, number[i] = -1;
    axes->letters = g_malloc0_n((gsize)all + 1, sizeof *axes->letters);
    axes->names = 1;
    for (int32_t i = 0; i < all; i++) {
        int32_t r = root_of(j, i);
        if (members[r] < 2) {
            axes->name[i] = ADJ_UI_AXIS_UNKNOWN;
            continue;
        }
        if (number[r] < 0) {
            number[r] = j->kind[r] == 'B' ? ADJ_UI_AXIS_BATCH : axes->names++;
            write_letter(axes, number[r], j->kind[r], counts);
        }
        axes->name[i] = number[r];
    }
    g_free(members);
    g_free(number);
}

AdjUiAxes *adj_ui_axes_new(const AdjUiGraph *graph)
{
    AdjUiAxes *axes = g_new0(AdjUiAxes, 1);
    int32_t all = 0;
    axes->first = g_new(int32_t, graph->count + 1);
    for (int32_t i = 0; i < graph->count; i++) {
        axes->first[i] = all;
        all += graph->ops[i].rank;
    }
    axes->name = g_new(int32_t, all + 1);
    Joiner j = {graph, axes->first, g_new(int32_t, all + 1), g_new0(char, all + 1)};
    for (int32_t i = 0; i < all; i++) j.parent[i] = i;
    for (int32_t i = 0; i < graph->count; i++) {
        const AdjUiOp *op = &graph->ops[i];
        if (op->kind == ADJ_UI_OP) follow(&(Site){&j, i, op, graph->inputs + op->first_input});
    }
    find_batch(&j);
    name_classes(&j, axes, all);
    g_free(j.parent);
    g_free(j.kind);
    return axes;
}

void adj_ui_axes_free(AdjUiAxes *axes)
{
    if (!axes) return;
    g_free(axes->first);
    g_free(axes->name);
    g_free(axes->letters);
    g_free(axes);
}

char *adj_ui_axes_text(const AdjUiAxes *axes, const AdjUiGraph *graph, int32_t op, char *out)
{
    const AdjUiOp *o = &graph->ops[op];
    size_t n = 0;
    g_strlcpy(out, "scalar", 96);
    for (int i = 0; i < o->rank && n < 70; i++) {
        bool batch = adj_ui_axis_name(axes, op, i) == ADJ_UI_AXIS_BATCH;
        n += (size_t)g_snprintf(out + n, (gulong)(96 - n), i ? " × " : "");
        if (batch)
            n += (size_t)g_snprintf(out + n, (gulong)(96 - n), "B");
        else
            n += (size_t)g_snprintf(out + n, (gulong)(96 - n), "%lld", (long long)o->shape[i]);
    }
    return out;
}

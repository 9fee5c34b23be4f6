// SPDX-License-Identifier: Apache-2.0
// failure.c: the call that failed: what it was given, on which axes its operands disagree, what
// had been computed up to it, and a form that would fit.
#include "observe/watching.h"

#include "bind/cure.h"
#include "observe/observe.h"

// Products: the axes, counted from the end, over which two operands are summed, and which two
// operands they are. The first that fits the name.
static const struct {
    const char *op;
    int first, x, y;  // first: operand; x of it and y of the next
} products[] = {
    {"addmm_t", 1, 1, 1}, {"mm_t", 0, 1, 1},  {"linear", 0, 1, 1}, {"Linear", 0, 1, 1},
    {"matmul", 0, 1, 2},  {"addmm", 1, 1, 2}, {"bmm", 0, 1, 2},    {"mm", 0, 1, 2},
    {"mv", 0, 1, 1},      {"dot", 0, 1, 1},
};

typedef struct Clash {
    int first;  // the two operands are first and first + 1
    int x, y;   // their axes, from the end; 0: none was found
} Clash;

static bool differ(const AdjFailedOp *f, int first, int x, int y)
{
    const AdjShape *a = &f->shape[first], *b = &f->shape[first + 1];
    return x <= a->n && y <= b->n && a->at[a->n - x] != b->at[b->n - y];
}

static Clash clash_of(const AdjFailedOp *f)
{
    Clash c = {0, 0, 0};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        int first = products[i].first, y = products[i].y;
        if (strcmp(products[i].op, f->name) || first + 1 >= f->n_in) continue;
        if (y > f->shape[first + 1].n) y = 1;  // a vector
        if (differ(f, first, products[i].x, y)) return (Clash){first, products[i].x, y};
        return c;
    }
    if (!strncmp(f->name, "conv", 4) || !strncmp(f->name, "Conv", 4)) {
        int space = f->n_in > 1 ? f->shape[1].n - 2 : 0;
        if (space > 0 && differ(f, 0, space + 1, space + 1))
            return (Clash){0, space + 1, space + 1};
        return c;
    }
    // Aligned at the right, the first axes that neither agree nor can be stretched.
    for (int i = 1; f->n_in > 1 && i <= f->shape[0].n && i <= f->shape[1].n; i++) {
        int64_t a = f->shape[0].at[f->shape[0].n - i], b = f->shape[1].at[f->shape[1].n - i];
        if (a != b && a != 1 && b != 1) return (Clash){0, i, i};
    }
    return c;
}

static void put_clash(AdjAnswerText *o, const AdjFailedOp *f)
{
    Clash c = clash_of(f);
    if (!c.x) {
        adj_put_null(o, "clash");
        return;
    }
    adj_say_key(o, "clash");
    adj_say_open(o, '{');
    adj_put_ints(o, "operands", (int64_t[]){c.first, c.first + 1}, 2);
    adj_put_ints(o, "axes", (int64_t[]){-c.x, -c.y}, 2);
    adj_say_close(o, '}');
}

static void put_inputs(AdjAnswerText *o, const AdjFailedOp *f, const AdjLeafNames *names)
{
    adj_say_key(o, "inputs");
    adj_say_open(o, '[');
    for (int i = 0; i < f->n_in; i++) {
        adj_say_open(o, '{');
        if (f->from[i] >= 0)
            adj_put_int(o, "from", f->from[i]);
        else
            adj_put_text(o, "leaf", adj_leaf_name(names, f->leaf[i]));
        adj_put_shape(o, f->shape[i]);
        adj_put_bool(o, "grad", false);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

// The form that was proposed under this very error, if one was.
static void put_fixes(AdjAnswerText *o, const AdjFailedOp *f)
{
    const AdjCure *cure = adj_bind_last_cure();
    bool mine = *cure->text && cure->at.source == f->place.source &&
                cure->at.start < f->place.end && cure->at.end > f->place.start;
    adj_say_key(o, "fixes");
    adj_say_open(o, '[');
    if (mine) {
        adj_say_open(o, '{');
        adj_put_text(o, "text", cure->text);
        if (cure->place.end)
            adj_put_where(o, cure->place);
        else
            adj_put_null(o, "where");
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

static void put_operation(AdjAnswerText *o, const AdjFailedOp *f, int index,
                          const AdjLeafNames *names)
{
    adj_say_open(o, '{');
    adj_put_int(o, "index", index);
    adj_put_text(o, "op", f->name);
    adj_put_text(o, "module", f->module ? f->module : "");
    adj_put_shape(o, (AdjShape){0});
    adj_put_bool(o, "grad", false);
    put_inputs(o, f, names);
    adj_put_where(o, f->place);
    adj_say_close(o, '}');
}

bool adj_request_failure(AdjRequestCall *c)
{
    const AdjObserver *all = adj_thread.observer;
    const AdjFailedOp *f = all ? &all->recorder.failed : NULL;
    bool found = f && f->name;
    adj_put_bool(c->out, "found", found);
    if (!found) return true;
    AdjRecord *r = adj_record_get(-1);
    int n = r ? r->n_ops : 0;
    AdjLeafNames names;
    adj_leaf_names(c->vm, &names);
    adj_put_text(c->out, "kind", adj_error_exception(f->kind));
    adj_put_text(c->out, "message", f->message);
    adj_put_int(c->out, "failed", n);
    put_clash(c->out, f);
    put_fixes(c->out, f);
    adj_say_key(c->out, "ops");
    adj_say_open(c->out, '[');
    for (int i = 0; i < n; i++) adj_say_op(c->out, r, i, &names);
    put_operation(c->out, f, n, &names);
    adj_say_close(c->out, ']');
    adj_record_drop(r);
    return true;
}

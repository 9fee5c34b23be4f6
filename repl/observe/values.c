// SPDX-License-Identifier: Apache-2.0
// values.c: one value at a time: its card, what stands at a place in a cell, and changing one
// element.
#include "observe/past/past.h"

#include "observe/observe.h"
#include "observe/replay.h"

#include "lang/syntax/ast.h"
#include "session/lookup.h"

#include <ctype.h>
#include <math.h>

static void put_repr(AdjRequestCall *c, const char *key, AdjVal v)
{
    enum { MOST = 2000 };
    AdjVal text;
    if (!adj_val_repr(c->vm, v, &text)) {
        adj_vm_clear_error(c->vm);
        return adj_put_text(c->out, key, adj_type_name(v));
    }
    size_t n = strlen(adj_as_str(text)->data);
    if (n > MOST) n = MOST;
    while (n < MOST && n && ((unsigned char)adj_as_str(text)->data[n] & 0xc0) == 0x80) n--;
    adj_say_key(c->out, key);
    adj_say_text_n(c->out, adj_as_str(text)->data, n);
    adj_val_drop(text);
}

static void put_card(AdjAnswerText *o, const AdjTensor *t)
{
    adj_put_shape(o, adj_shape(t));
    adj_put_text(o, "dtype", adj_dtype_name((AdjDtype)t->dtype));
    adj_put_int(o, "bytes", t->numel * (int64_t)adj_dtype_size((AdjDtype)t->dtype));
    adj_put_bool(o, "requires_grad", t->requires_grad);
    adj_put_bool(o, "leaf", t->node == NULL);
    adj_put_text(o, "made_by", t->node ? adj_node_name(t->node) : NULL);
    adj_put_int(o, "version", t->storage->version);
    adj_put_bool(o, "has_grad", t->grad != NULL);
}

// The part of the last two axes that is asked for, cut at their ends; false: all of them.
static bool part_of(AdjRequestCall *c, AdjTensor **t, int64_t part[4])
{
    static const char *const names[] = {"row", "rows", "column", "columns"};
    AdjAsk ask;
    if (!adj_ask_object(&c->ask, "part", &ask) || (*t)->ndim < 2) return false;
    for (int k = 0; k < 2; k++) {
        int axis = (*t)->ndim - 2 + k;
        int64_t size = (*t)->sizes[axis], first = adj_ask_int(&ask, names[2 * k], 0);
        first = first < 0 ? 0 : first >= size ? size - 1 : first;
        int64_t count = adj_ask_int(&ask, names[2 * k + 1], size);
        count = count < 1 ? 1 : count > size - first ? size - first : count;
        part[2 * k] = first;
        part[2 * k + 1] = count;
        *t = adj_slice(*t, axis, first, first + count, 1);
        if (!*t) return false;
    }
    return true;
}

static void put_image(AdjRequestCall *c, AdjTensor *t, const int64_t *at, int n_at)
{
    enum { LARGEST = 4096 };
    int64_t size[2], part[4];
    AdjImage m;
    if (adj_ask_ints(&c->ask, "image", size, 2) != 2 || size[0] > LARGEST || size[1] > LARGEST)
        return;
    t = adj_bare_view(t);
    bool is_part = t && t->numel && part_of(c, &t, part);
    if (!t || !adj_image(t, size[0], size[1], at, n_at, &m)) return;
    adj_put_image(c->out, &m);
    if (!is_part) return;
    adj_say_key(c->out, "part");
    adj_say_open(c->out, '{');
    adj_put_int(c->out, "row", part[0]);
    adj_put_int(c->out, "column", part[2]);
    adj_put_int(c->out, "rows", part[1]);
    adj_put_int(c->out, "columns", part[3]);
    adj_say_close(c->out, '}');
}

static void put_forms(AdjRequestCall *c, AdjTensor *t)
{
    int64_t at[ADJ_MAX_DIMS];
    int n_at = adj_ask_ints(&c->ask, "at", at, ADJ_MAX_DIMS);
    AdjStatistics s;
    AdjHistogram h;
    AdjAsk window;
    const char *scale = adj_ask_string(&c->ask, "histogram", NULL);
    if ((adj_ask_bool(&c->ask, "statistics", false) || scale) && adj_statistics(t, &s))
        adj_put_statistics(c->out, "statistics", &s);
    if (adj_ask_object(&c->ask, "window", &window)) {
        AdjWindow w = {adj_ask_int(&window, "row", 0),
                       adj_ask_int(&window, "column", 0),
                       adj_ask_int(&window, "rows", 16),
                       adj_ask_int(&window, "columns", 16),
                       at,
                       n_at};
        adj_put_window(c->out, t, &w);
    }
    put_image(c, t, at, n_at);
    if (!scale) return;
    AdjBinScale bins = strcmp(scale, "log") ? ADJ_BINS_LINEAR : ADJ_BINS_LOG;
    if (adj_histogram(t, bins, &s, &h)) adj_put_histogram(c->out, &h);
}

// A value that a pinned step keeps, or that the step at the timeline's cursor came to; or its
// gradient.
static bool peek_operation(AdjRequestCall *c, const char *of)
{
    int64_t step = adj_ask_int(&c->ask, "step", 0), index = adj_ask_int(&c->ask, "index", 0);
    AdjRecord *r = adj_record_get(step);
    AdjTensor *t = NULL;
    if (r && r->pinned && index >= 0 && index < r->n_ops) {
        uint64_t sequence = r->ops[index].sequence;
        t = strcmp(of, "grad") ? adj_pinned_value(r->pinned, sequence)
                               : adj_pinned_dy(r->pinned, sequence);
    }
    AdjAgain *past = adj_past_at(step);
    if (past && !t)
        t = strcmp(of, "grad") ? adj_again_value(past, (int)index)
                               : adj_again_gradient(past, (int)index);
    if (t) {
        adj_put_int(c->out, "step", step);
        adj_put_int(c->out, "index", index);
        put_card(c->out, t);
        put_forms(c, t);
    }
    adj_record_drop(r);
    return t || adj_raise(c->vm, ADJ_EXC_KeyError,
                          "operation %lld of step %lld has no kept %s: is the step pinned?",
                          (long long)index, (long long)step, of);
}

// A tensor as it was at the step of the timeline's cursor.
static bool peek_past(AdjRequestCall *c, const char *name, AdjVal v, AdjTensor *t,
                      const char *of)
{
    int64_t step = adj_ask_int(&c->ask, "step", 0);
    AdjAgain *past = adj_past_at(step);
    AdjTensor *was = past && t ? adj_again_tensor(past, t) : NULL;
    if (was && !strcmp(of, "grad")) was = was->grad;
    if (was) {
        adj_put_text(c->out, "name", name);
        adj_put_int(c->out, "step", step);
        adj_put_text(c->out, "type", strcmp(of, "grad") ? adj_type_name(v) : "Tensor");
        put_card(c->out, was);
        put_forms(c, was);
    }
    adj_val_drop(v);
    return was || adj_raise(c->vm, ADJ_EXC_KeyError,
                            past ? "the %s of %s at step %lld is not known: it is no part of "
                                   "the state, nor did that step use it"
                                 : "the %s of %s at step %lld: seek that step first",
                            of, name, (long long)step);
}

bool adj_request_peek(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "name", NULL);
    const char *of = adj_ask_string(&c->ask, "of", "value");
    AdjVal v;
    if (!name) return peek_operation(c, of);
    if (!adj_observe_value(c->vm, name, &v)) return false;
    AdjTensor *t = adj_is_tensor(v) ? adj_tensor_of(v) : NULL;
    AdjJson j;
    if (adj_ask_find(&c->ask, "step", &j)) return peek_past(c, name, v, t, of);
    if (!strcmp(of, "grad")) t = t ? t->grad : NULL;
    adj_put_text(c->out, "name", name);
    if (!strcmp(of, "grad") && !t) {
        adj_val_drop(v);
        return adj_raise(c->vm, ADJ_EXC_ValueError, "%s has no gradient", name);
    }
    adj_put_text(c->out, "type", strcmp(of, "grad") ? adj_type_name(v) : "Tensor");
    if (strcmp(of, "grad")) put_repr(c, "text", v);
    if (t) put_card(c->out, t);
    if (t) put_forms(c, t);
    adj_val_drop(v);
    return true;
}

// ---------------------------------------------------------------- hover

static bool is_word(char ch)
{
    return isalnum((unsigned char)ch) || ch == '_' || (unsigned char)ch >= 0x80;
}

// The dotted name, with constant indices, that covers the cursor.
static bool expression_at(const char *code, size_t length, size_t cursor, size_t *start,
                          size_t *end)
{
    size_t at = cursor;
    while (at > 0 && (at >= length || !is_word(code[at]))) {
        if (at < length && code[at] != '.' && code[at] != ']') return false;
        at--;
        if (cursor - at > 1) return false;
    }
    if (at >= length || !is_word(code[at])) return false;
    *end = at;
    while (*end < length && is_word(code[*end])) ++*end;
    *start = adj_lookup_name_start(code, *end);
    return *start < *end;
}

// The operation of the last step that the smallest span around the cursor made.
static int op_at(AdjVM *vm, const AdjRecord *r, const char *code, size_t length, size_t cursor)
{
    int best = -1;
    for (int i = 0; r && i < r->n_ops; i++) {
        AdjPlace p = r->ops[i].place;
        const AdjSource *s = p.source ? adj_vm_source(vm, p.source) : NULL;
        if (!s || p.start > cursor || p.end <= cursor || s->length < length ||
            memcmp(s->text, code, length))
            continue;
        if (best < 0 || p.end - p.start <= r->ops[best].place.end - r->ops[best].place.start)
            best = i;
    }
    return best;
}

static void put_value(AdjRequestCall *c, AdjVal v)
{
    adj_put_text(c->out, "type", adj_type_name(v));
    put_repr(c, "value", v);
    if (!adj_is_tensor(v)) return;
    AdjTensor *t = adj_tensor_of(v);
    AdjStatistics s;
    adj_put_shape(c->out, adj_shape(t));
    adj_put_text(c->out, "dtype", adj_dtype_name((AdjDtype)t->dtype));
    if (adj_statistics(t, &s)) adj_put_statistics(c->out, "statistics", &s);
    if (t->grad && adj_statistics(t->grad, &s))
        adj_put_number(c->out, "grad_norm", s.norm);
    else
        adj_put_null(c->out, "grad_norm");
}

bool adj_request_hover(AdjRequestCall *c)
{
    const char *code = adj_ask_string(&c->ask, "code", "");
    size_t length = strlen(code), start = 0, end = 0;
    int64_t cursor = adj_ask_int(&c->ask, "cursor", 0);
    AdjVal v = ADJ_NONE;
    if (cursor < 0 || (size_t)cursor > length) cursor = (int64_t)length;
    bool found = expression_at(code, length, (size_t)cursor, &start, &end);
    char *name = adj_scope_memory(end - start + 1);
    if (!name) return false;
    memcpy(name, code + start, end - start);
    name[end - start] = 0;
    found = found && adj_observe_value(c->vm, name, &v);
    if (adj_vm_failed(c->vm)) adj_vm_clear_error(c->vm);
    AdjRecord *r = adj_record_get(0);
    int op = op_at(c->vm, r, code, length, (size_t)cursor);
    adj_put_bool(c->out, "found", found || op >= 0);
    if (found) {
        adj_put_int(c->out, "start", (int64_t)start);
        adj_put_int(c->out, "end", (int64_t)end);
        adj_put_text(c->out, "text", name);
        put_value(c, v);
        adj_val_drop(v);
    }
    adj_say_key(c->out, "op");
    AdjLeafNames names;
    adj_leaf_names(c->vm, &names);
    if (op >= 0)
        adj_say_op(c->out, r, op, &names);
    else
        adj_say_null(c->out);
    adj_record_drop(r);
    return true;
}

// ---------------------------------------------------------------- set

static double *replayed_with(AdjTensor *t, double *root)
{
    AdjRecord *r = adj_record_get(0);
    AdjReplay again = {.leaf = t, .instead = t, .forward_only = true};
    bool ok = r && r->pinned && adj_replay(r->pinned, &again) && again.root;
    if (ok) *root = adj_item(again.root);
    adj_error_clear();
    adj_record_drop(r);
    return ok ? root : NULL;
}

bool adj_request_set(AdjRequestCall *c)
{
    int64_t at[ADJ_MAX_DIMS];
    const char *name = adj_ask_string(&c->ask, "name", "");
    AdjTensor *t;
    if (!adj_observe_tensor(c->vm, name, &t)) return false;
    int n = adj_ask_ints(&c->ask, "at", at, ADJ_MAX_DIMS);
    if (n != t->ndim) {
        return adj_raise(c->vm, ADJ_EXC_IndexError,
                         "set: %s has %d axes, %d indices were given", name, t->ndim,
                         n < 0 ? 0 : n);
    }
    AdjTensor *element = adj_bare_view(t);
    for (int i = 0; i < n && element; i++) element = adj_select(element, 0, at[i]);
    if (!element) return adj_bind_error(c->vm);
    double old = adj_item(element), value = adj_ask_number(&c->ask, "value", old), root;
    if (!adj_copy_data(element, adj_full(ADJ_SCALAR_SHAPE, ADJ_F(value), ADJ_F64)))
        return adj_bind_error(c->vm);
    adj_touch(t);
    adj_put_text(c->out, "name", name);
    adj_put_ints(c->out, "at", at, n);
    adj_put_number(c->out, "old", old);
    adj_put_number(c->out, "new", adj_item(element));
    adj_put_int(c->out, "version", t->storage->version);
    if (adj_ask_bool(&c->ask, "recompute", false) && replayed_with(t, &root))
        adj_put_number(c->out, "root", root);
    else
        adj_put_null(c->out, "root");
    return true;
}

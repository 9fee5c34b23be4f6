// SPDX-License-Identifier: Apache-2.0
// tree.c: what there is: the module tree with what the last step says of each module, and the
// variables.
#include "observe/watching.h"

#include "observe/observe.h"

// ---------------------------------------------------------------- modules

typedef struct {
    int64_t all, trainable, bytes;
} Size;

static void count(const AdjModule *m, Size *s)
{
    for (int i = 0; i < m->params.n; i++) {
        const AdjTensor *p = m->params.at[i].tensor;
        if (!p || !m->params.at[i].persistent) continue;
        s->all += p->numel;
        s->trainable += p->requires_grad ? p->numel : 0;
        s->bytes += p->numel * (int64_t)adj_dtype_size((AdjDtype)p->dtype);
    }
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module) count(m->children[i].module, s);
}

static int64_t own_count(const AdjModule *m)
{
    int64_t n = 0;
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].tensor && m->params.at[i].persistent)
            n += m->params.at[i].tensor->numel;
    return n;
}

static void put_line(AdjAnswerText *o, const AdjModule *m)
{
    char line[256];
    const char *class = adj_module_class(m), *extra = adj_module_extra_text(m);
    if (m->n_children)
        snprintf(line, sizeof line, "%s", class);
    else
        snprintf(line, sizeof line, "%s(%s)", class, extra ? extra : "");
    adj_put_text(o, "line", line);
}

static void put_tensor(AdjAnswerText *o, const char *path, const AdjNamedTensor *t,
                       const char *kind)
{
    char whole[512];
    if (!t->tensor) return;
    snprintf(whole, sizeof whole, "%s.%s", path, t->name);
    adj_say_open(o, '{');
    adj_put_text(o, "name", t->name);
    adj_put_text(o, "path", whole);
    adj_put_text(o, "kind", kind);
    adj_put_shape(o, adj_shape(t->tensor));
    adj_put_text(o, "dtype", adj_dtype_name((AdjDtype)t->tensor->dtype));
    adj_put_bool(o, "trainable", t->tensor->requires_grad);
    adj_put_int(o, "bytes",
                t->tensor->numel * (int64_t)adj_dtype_size((AdjDtype)t->tensor->dtype));
    adj_say_close(o, '}');
}

// Its part in a step: time of what ran under it, and the shape of the last result.
static AdjPlace put_part(AdjAnswerText *o, const AdjRecord *r, const char *path)
{
    double forward = 0, backward = 0, us = 1 / adj_ticks_per_us();
    const AdjRecordOp *last = NULL;
    for (int i = 0; r && i < r->n_ops; i++) {
        if (!adj_path_is_below(r->ops[i].module, path)) continue;
        forward += r->ops[i].forward_ticks * us;
        backward += r->ops[i].backward_ticks * us;
        last = &r->ops[i];
    }
    if (last) {
        AdjShape s = adj_record_shape(r, last->dims_at, last->ndim);
        adj_put_ints(o, "output", s.at, s.n);
        adj_put_number(o, "forward_us", forward);
        adj_put_number(o, "backward_us", backward);
    } else {
        adj_put_null(o, "output");
        adj_put_null(o, "forward_us");
        adj_put_null(o, "backward_us");
    }
    return last ? last->place : (AdjPlace){0, 0, 0};
}

static void put_grad_norm(AdjAnswerText *o, const AdjModule *m)
{
    double squares = 0;
    bool any = false;
    for (int i = 0; i < m->params.n; i++) {
        AdjStatistics s;
        AdjTensor *p = m->params.at[i].tensor;
        if (!p || !p->grad || !adj_statistics(p->grad, &s)) continue;
        squares += s.nans || s.infs ? NAN : s.norm * s.norm;
        any = true;
    }
    if (any)
        adj_put_number(o, "grad_norm", sqrt(squares));
    else
        adj_put_null(o, "grad_norm");
}

static void say_module(AdjAnswerText *o, const AdjModuleAt *at, const AdjRecord *r)
{
    const AdjModule *m = at->module;
    Size size = {0};
    count(m, &size);
    adj_say_open(o, '{');
    adj_put_text(o, "path", at->path);
    adj_put_text(o, "name", at->name);
    adj_put_text(o, "class", adj_module_class(m));
    put_line(o, m);
    adj_put_int(o, "parent", at->parent);
    adj_put_int(o, "depth", at->depth);
    adj_put_int(o, "own", own_count(m));
    adj_put_int(o, "parameters", size.all);
    adj_put_int(o, "trainable", size.trainable);
    adj_put_int(o, "bytes", size.bytes);
    adj_put_bool(o, "training", m->training);
    AdjPlace place = put_part(o, r, at->path);
    put_grad_norm(o, m);
    adj_say_key(o, "health");
    adj_put_findings(o, at->path);
    adj_say_key(o, "tensors");
    adj_say_open(o, '[');
    for (int i = 0; i < m->params.n; i++)
        put_tensor(o, at->path, &m->params.at[i], "parameter");
    for (int i = 0; i < m->buffers.n; i++) put_tensor(o, at->path, &m->buffers.at[i], "buffer");
    adj_say_close(o, ']');
    adj_put_where(o, place);
    adj_say_close(o, '}');
}

bool adj_request_modules(AdjRequestCall *c)
{
    AdjModulesAt list;
    if (!adj_module_list(c->vm, adj_ask_string(&c->ask, "root", NULL), &list)) return false;
    AdjRecord *r = adj_record_get(0);
    adj_put_int(c->out, "step", r ? r->step : 0);
    adj_say_key(c->out, "modules");
    adj_say_open(c->out, '[');
    for (int i = 0; i < list.n; i++) say_module(c->out, &list.at[i], r);
    adj_say_close(c->out, ']');
    adj_record_drop(r);
    return true;
}

// ---------------------------------------------------------------- variables

// One line of repr, cut to fit. Only of kinds whose repr runs no code of the program's.
static void put_preview(AdjRequestCall *c, AdjVal v)
{
    enum { MOST = 80 };
    AdjVal text;
    bool plain = adj_is_tensor(v) || adj_is_str(v) || adj_is_int(v) || v.tag == ADJ_T_FLOAT ||
                 adj_is_bool(v) || adj_is_none(v);
    if (!plain || !adj_val_repr(c->vm, v, &text)) {
        if (adj_vm_failed(c->vm)) adj_vm_clear_error(c->vm);
        return adj_put_text(c->out, "preview", adj_type_name(v));
    }
    const char *p = adj_as_str(text)->data;
    size_t n = strcspn(p, "\n");
    bool cut = p[n] || n > MOST;
    if (n > MOST) n = MOST;
    while (cut && n && ((unsigned char)p[n] & 0xc0) == 0x80) n--;  // not inside a character
    char line[MOST + 8];
    snprintf(line, sizeof line, "%.*s%s", (int)n, p, cut ? "…" : "");
    adj_put_text(c->out, "preview", line);
    adj_val_drop(text);
}

static bool is_shown(const AdjEntry *e)
{
    const char *name = adj_is_str(e->key) ? adj_as_str(e->key)->data : "_";
    bool module = e->value.tag == ADJ_T_OBJ && !strcmp(adj_type_name(e->value), "module");
    return *name != '_' && !module && strcmp(name, "In") && strcmp(name, "Out");
}

bool adj_request_variables(AdjRequestCall *c)
{
    AdjEntry *e;
    adj_say_key(c->out, "variables");
    adj_say_open(c->out, '[');
    for (int64_t i = 0; (e = adj_dict_next(adj_vm_main(c->vm)->dict, &i));) {
        if (!is_shown(e)) continue;
        adj_say_open(c->out, '{');
        adj_put_text(c->out, "name", adj_as_str(e->key)->data);
        adj_put_text(c->out, "type", adj_type_name(e->value));
        put_preview(c, e->value);
        if (adj_is_tensor(e->value)) {
            const AdjTensor *t = adj_tensor_of(e->value);
            adj_put_shape(c->out, adj_shape(t));
            adj_put_text(c->out, "dtype", adj_dtype_name((AdjDtype)t->dtype));
            adj_put_int(c->out, "bytes",
                        t->numel * (int64_t)adj_dtype_size((AdjDtype)t->dtype));
        }
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
    return true;
}

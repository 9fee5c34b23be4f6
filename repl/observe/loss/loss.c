// SPDX-License-Identifier: Apache-2.0
// loss.c: what the last step descended on, as an expression: the source of the operation that
// its backward pass began from, and the module whose parameters it reached. Whoever asks for
// the loss around the present point need not type them.
#include "observe/watching.h"

#include "observe/observe.h"

#include "lang/syntax/ast.h"

#include <math.h>

// The source of the last operation before the backward pass; NULL: it is not known.
static const char *code_of(AdjVM *vm, const AdjRecord *r)
{
    int i = r->has_backward && r->at_backward <= r->n_ops ? r->at_backward - 1 : -1;
    AdjPlace p = i < 0 ? (AdjPlace){0} : r->ops[i].place;
    const AdjSource *s = p.source ? adj_vm_source(vm, p.source) : NULL;
    if (!s || p.end > s->length || p.start >= p.end) return NULL;
    char *text = adj_scope_memory(p.end - p.start + 1);
    if (!text) return NULL;
    memcpy(text, s->text + p.start, p.end - p.start);
    text[p.end - p.start] = 0;
    return text;
}

// The variable whose module holds the first parameter that a gradient went to; NULL: none does.
static const char *module_of(AdjVM *vm, const AdjRecord *r)
{
    AdjLeafNames names;
    adj_leaf_names(vm, &names);
    for (int i = 0; i < r->n_ins; i++) {
        const char *path = r->ins[i].wants ? adj_leaf_name(&names, r->ins[i].leaf) : NULL;
        const char *dot = path ? strchr(path, '.') : NULL;
        char *text = dot ? adj_scope_memory((size_t)(dot - path) + 1) : NULL;
        if (!text) continue;
        memcpy(text, path, (size_t)(dot - path));
        text[dot - path] = 0;
        return text;
    }
    return NULL;
}

bool adj_request_loss(AdjRequestCall *c)
{
    AdjRecord *r = adj_record_get(0);
    adj_put_int(c->out, "step", r ? r->step : 0);
    adj_put_text(c->out, "root", r ? r->root_name : NULL);
    adj_put_number(c->out, "value", r ? r->root : NAN);
    adj_put_text(c->out, "code", r ? code_of(c->vm, r) : NULL);
    adj_put_text(c->out, "module", r ? module_of(c->vm, r) : NULL);
    adj_record_drop(r);
    return true;
}

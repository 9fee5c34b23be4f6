// SPDX-License-Identifier: Apache-2.0
// module_call.c: running modules from inside other modules. A module that is an object of the
// language runs through that object, so that a forward written there, its hooks and its
// reset() are what runs; any other runs its row's forward. Composites (Sequential, flow graphs)
// call their children here and need not know which is which.
#include "nn/module.h"

static const AdjModuleCaller *caller_of(const AdjModule *m)
{
    return m->handle ? adj_thread.caller : NULL;
}

static AdjTensor *through_object(const AdjModuleCaller *c, AdjModule *m, AdjTensor *x,
                                 const AdjArchive *refs)
{
    AdjTensor *out = NULL;
    if (c->call(c->data, m, x, refs, &out)) return out;
    return adj_fail(ADJ_E_RUNTIME, "%s: failed", m->row->name);
}

AdjTensor *adj_module_pass(AdjModule *m, const char *name, AdjTensor *x)
{
    if (!m || !x || adj_error_kind()) return NULL;
    const AdjModuleCaller *c = caller_of(m);
    if (c) return through_object(c, m, x, NULL);
    AdjTensors out = adj_module_call_as(m, name, 1, &(AdjValue){.t = x});
    return out.n ? out.at[0] : NULL;
}

AdjTensor *adj_module_pass_named(AdjModule *m, const char *name, AdjTensor *x,
                                 const AdjArchive *refs)
{
    if (!m || !x || adj_error_kind()) return NULL;
    const AdjModuleCaller *c = caller_of(m);
    if (c) return through_object(c, m, x, refs);
    if (!m->row->forward_named)
        return adj_fail(ADJ_E_ABSENT, "%s has no forward_named", m->row->name);
    AdjValue out = {.t = NULL};
    const char *outer = adj_module_enter(m, name);
    bool ok = m->row->forward_named(m, x, *refs, &out) && !adj_error_kind();
    adj_module_leave(outer);
    return ok ? out.t : NULL;
}

bool adj_module_takes_names(AdjModule *m)
{
    const AdjModuleCaller *c = caller_of(m);
    return m->row->forward_named || (c && c->takes_names(c->data, m));
}

const char *adj_module_type_name(AdjModule *m)
{
    const AdjModuleCaller *c = caller_of(m);
    return c ? c->type_name(c->data, m) : m->row->name;
}

bool adj_module_trace(AdjModule *m, AdjTensor **out)
{
    const AdjModuleCaller *c = caller_of(m);
    *out = NULL;
    return !c || c->trace(c->data, m, out);
}

// ---------------------------------------------------------------- reset and detach_state

bool adj_module_reset(AdjModule *m)
{
    const AdjModuleCaller *c = m ? caller_of(m) : NULL;
    if (!m || adj_error_kind()) return false;
    if (!c) return adj_module_reset_own(m);
    return c->tell(c->data, m, "reset") || adj_fail(ADJ_E_RUNTIME, "reset failed");
}

bool adj_module_detach_state(AdjModule *m)
{
    const AdjModuleCaller *c = m ? caller_of(m) : NULL;
    if (!m || adj_error_kind()) return false;
    if (!c) return adj_module_detach_own(m);
    return c->tell(c->data, m, "detach_state") ||
           adj_fail(ADJ_E_RUNTIME, "detach_state failed");
}

bool adj_module_reset_own(AdjModule *m)
{
    if (m->row->reset) return m->row->reset(m);
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module && !adj_module_reset(m->children[i].module)) return false;
    return true;
}

bool adj_module_detach_own(AdjModule *m)
{
    if (m->row->detach_state) return m->row->detach_state(m);
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module && !adj_module_detach_state(m->children[i].module))
            return false;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// record.c: backward passes that can be stepped through afterwards. The pass a program asks for
// is itself the one that is shown (the hooks of tensors run once, the numbers are those that
// the leaves receive), with the tape kept alive until local derivatives have been asked for.
//
// INVARIANT: recording never makes a cell fail. What goes wrong while a pass is described costs
// its description alone.
#include "session/front.h"

#include "bind/bind.h"

enum { KEPT_ELEMENTS = 512 };  // walks.adj: ELEMENTS

// The description of the tape below [root], or UNDEF: it is too large, or something failed.
static AdjVal describe(AdjVM *vm, AdjVal root)
{
    AdjVal module, walk = ADJ_UNDEF, fits;
    AdjVal args[2] = {root, adj_obj_val(adj_vm_main(vm)->dict)};
    bool whole = false;
    bool ok = adj_vm_import(vm, "walks", &module);
    if (ok) {
        ok = adj_vm_call_method(vm, module, "Walk", args, 2, &walk);
        adj_val_drop(module);
    }
    ok = ok && adj_val_getattr_c(vm, walk, "fits", &fits) && adj_val_truth(vm, fits, &whole);
    if (ok && whole) return walk;
    if (!adj_is_undef(walk)) adj_val_drop(walk);
    if (adj_vm_failed(vm)) adj_vm_clear_error(vm);
    return ADJ_UNDEF;
}

static void show(AdjSession *s, AdjVal walk, AdjVal steps)
{
    AdjVal args[2] = {steps, ADJ_TRUE}, same;
    if (adj_vm_call_method(s->vm, walk, "take", args, 2, &same)) {
        adj_session_display(s, same, &(AdjShown){0});
        adj_val_drop(same);
    }
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
}

static int on_backward(AdjVM *vm, AdjVal root, AdjVal gradient, bool retain_graph)
{
    AdjSession *s = adj_vm_hooks(vm)->user;
    if (s->silent || s->recorded == s->count) return 0;
    s->recorded = s->count;
    AdjVal walk = describe(vm, root), steps;
    if (adj_is_undef(walk)) return 0;
    AdjTensor *seed = adj_is_none(gradient) ? NULL : adj_tensor_of(gradient);
    bool ok = adj_bind_show_backward(vm, adj_tensor_of(root), seed, &steps);
    if (ok) {
        show(s, walk, steps);
        adj_val_drop(steps);
        if (!retain_graph) adj_release_tape(adj_tensor_of(root));
    }
    adj_val_drop(walk);
    return ok ? 1 : -1;
}

void adj_session_record(AdjSession *s, bool on)
{
    adj_vm_hooks(s->vm)->backward = on ? on_backward : NULL;
    adj_keep_values(on ? KEPT_ELEMENTS : 0);
    s->recorded = -1;
}

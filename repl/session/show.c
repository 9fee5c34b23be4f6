// SPDX-License-Identifier: Apache-2.0
// show.c: what library/showing.adj rests on: a value, or the lack of one, goes to the front
// ends.
#include "session/front.h"

static AdjSession *here;  // the session that the natives serve: a process has one

static bool f_show(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool update;
    if (!adj_val_truth(vm, a[2], &update)) return false;
    AdjShown how = {.display_id = adj_is_str(a[1]) ? adj_as_str(a[1])->data : NULL,
                    .update = update};
    return adj_session_display(here, a[0], &how) && adj_out_none(out);
}

static bool f_clear(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool wait;
    if (!adj_val_truth(vm, a[0], &wait)) return false;
    adj_session_clear(here, wait);
    return adj_out_none(out);
}

static const AdjNative functions[] = {
    {"__show__", "(value, display_id, update, /)", f_show, "Shows a value to every front end.",
     0},
    {"__clear__", "(wait, /)", f_clear, "Takes away what the running cell has shown.", 0},
    {0},
};

bool adj_session_install_show(AdjSession *s)
{
    here = s;
    return adj_vm_add_functions(s->vm, adj_vm_prelude(s->vm), functions, "builtins");
}

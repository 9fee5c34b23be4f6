// SPDX-License-Identifier: Apache-2.0
// session.c: making a session and taking it apart.
#include "session/session.h"

#include "bind/install.h"
#include "lib/lib.h"
#include "observe/install.h"
#include "plot/module.h"
#include "session/backlog.h"
#include "session/comm.h"
#include "session/history.h"

#include <stdlib.h>

AdjSession *adj_session_new(int argc, const char *const *argv)
{
    AdjSession *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    pthread_mutex_init(&s->comm_lock, NULL);
    AdjHooks hooks = {.user = s, .safe_point = adj_queue_safe_point};
    s->vm = adj_queue_start(&s->queue) ? adj_vm_new(&hooks) : NULL;
    bool ok = s->vm && (s->past = adj_past_new()) && adj_lib_add_builtins(s->vm) &&
              adj_lib_add_modules(s->vm) && adj_lib_set_argv(s->vm, argc, argv) &&
              adj_bind_install(s->vm) && adj_session_install_help(s) &&
              adj_session_install_magic(s) && adj_session_install_show(s) &&
              adj_plot_install(s->vm) && adj_observe_install(s);
    if (ok) return s;
    if (s->vm && adj_vm_failed(s->vm)) adj_session_report(s);
    adj_session_free(s);
    return NULL;
}

void adj_session_free(AdjSession *s)
{
    if (!s) return;
    adj_queue_stop(s);
    adj_observe_stop(s);
    adj_comm_free_all(s);
    adj_backlog_free(s);
    free(s->failure);
    adj_obj_drop(s->cells);
    adj_obj_drop(s->results);
    if (s->vm) adj_vm_free(s->vm);
    adj_past_free(s->past);
    pthread_mutex_destroy(&s->comm_lock);
    free(s);
}

// SPDX-License-Identifier: Apache-2.0
// front.c: what is shown goes to every front end of the session, in the order in which they
// came.
#include "session/front.h"

#include "plot/module.h"
#include "session/backlog.h"
#include "session/history.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static AdjSession *session_of(AdjVM *vm)
{
    return adj_vm_hooks(vm)->user;
}

// ---------------------------------------------------------------- what the machine writes

static void stream(AdjSession *s, int fd, const char *text, size_t length)
{
    if (s->silent) return;
    for (AdjFront *f = s->fronts; f; f = f->next)
        if (f->stream) f->stream(f->self, fd, text, length);
}

static void write_out(AdjVM *vm, const char *text, size_t length)
{
    stream(session_of(vm), 1, text, length);
}

static void write_error(AdjVM *vm, const char *text, size_t length)
{
    stream(session_of(vm), 2, text, length);
}

static void flush(AdjVM *vm)
{
    for (AdjFront *f = session_of(vm)->fronts; f; f = f->next)
        if (f->flush) f->flush(f->self);
}

static bool read_line(AdjVM *vm, const char *prompt, AdjVal *out)
{
    AdjSession *s = session_of(vm);
    char *line = NULL;
    switch (s->asker->ask(s->asker->self, prompt, false, &line)) {
    case ADJ_ANSWER_LINE: break;
    case ADJ_ANSWER_END: return adj_raise(vm, ADJ_EXC_EOFError, "EOF when reading a line");
    case ADJ_ANSWER_REFUSED:
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         "input: this front end does not answer questions");
    case ADJ_ANSWER_INTERRUPTED: return false;
    }
    bool ok = line && adj_out(out, adj_str_new(vm, line, strlen(line)));
    free(line);
    return ok || adj_vm_failed(vm) || adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
}

// Without a front end the machine writes as it does by itself. input() asks whose cell runs; a
// terminal or script, which has no function for that, is read as stdin.
static void set_hooks(AdjSession *s)
{
    AdjHooks *h = adj_vm_hooks(s->vm);
    h->write = s->fronts ? write_out : NULL;
    h->write_error = s->fronts ? write_error : NULL;
    h->flush = s->fronts ? flush : NULL;
    h->read_line = s->asker && s->asker->ask ? read_line : NULL;
}

void adj_front_set_asker(AdjSession *s, AdjFront *f)
{
    s->asker = f;
    set_hooks(s);
}

void adj_session_attach(AdjSession *s, AdjFront *f)
{
    AdjFront **at = &s->fronts;
    while (*at) at = &(*at)->next;
    *at = f;
    f->next = NULL;
    if (f->comm) adj_backlog_start(s);  // its clients come and go
    set_hooks(s);
}

void adj_session_detach(AdjSession *s, AdjFront *f)
{
    AdjFront **at = &s->fronts;
    while (*at && *at != f) at = &(*at)->next;
    if (!*at) return;
    *at = f->next;
    adj_comm_drop_front(s, f);
    if (s->asker == f) s->asker = NULL;
    set_hooks(s);
}

// ---------------------------------------------------------------- what is shown

static bool wants_more_than_text(const AdjSession *s)
{
    const AdjFront *f = s->fronts;
    while (f && !f->rich) f = f->next;
    return f;
}

static bool has_plain_front(const AdjSession *s)
{
    const AdjFront *f = s->fronts;
    while (f && f->rich) f = f->next;
    return f;
}

bool adj_session_display(AdjSession *s, AdjVal value, const AdjShown *how)
{
    if (s->silent) return true;
    AdjBundle b = {0};
    bool ok = wants_more_than_text(s) ? adj_rich_of(s, value, &b)
                                      : adj_plain_of(s, value, how->number > 0, &b);
    if (ok && isatty(1) && has_plain_front(s)) adj_plot_terminal(s, value, &b);
    if (ok) adj_session_show_bundle(s, &b, how);
    const AdjMime *text = ok && how->result ? adj_bundle_find(&b, "text/plain") : NULL;
    if (text) adj_past_set_output(s->past, how->number, text->data, text->length);
    adj_bundle_free(&b);
    return ok;
}

void adj_session_show_bundle(AdjSession *s, const AdjBundle *b, const AdjShown *how)
{
    if (s->silent) return;
    for (AdjFront *f = s->fronts; f; f = f->next)
        if (f->show) f->show(f->self, b, how);
}

void adj_session_clear(AdjSession *s, bool wait)
{
    if (s->silent) return;
    for (AdjFront *f = s->fronts; f; f = f->next)
        if (f->clear) f->clear(f->self, wait);
}

// Whoever asked turns the pages; the others are not disturbed.
void adj_session_page(AdjSession *s, const char *text, size_t length)
{
    AdjFront *f = s->asker;
    AdjBundle b = {0};
    if (f && f->page && adj_bundle_add(&b, "text/plain", text, length, false))
        f->page(f->self, &b);
    else
        stream(s, 1, text, length);
    adj_bundle_free(&b);
}

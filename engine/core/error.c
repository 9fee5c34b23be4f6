// SPDX-License-Identifier: Apache-2.0
// error.c: the thread's first error. adj_fail is the only place that sets it, so a breakpoint
// there stops at the cause of any failure. An earlier error is kept: later ones are its
// consequences. Nothing here allocates, so running out of memory is reported like anything
// else.
#include "core/internal.h"

_Thread_local AdjThread adj_thread;

void *adj_fail(AdjErrorKind kind, const char *format, ...)
{
    AdjThread *t = &adj_thread;
    if (t->error != ADJ_E_NONE) return NULL;
    va_list ap;
    va_start(ap, format);
    vsnprintf(t->error_text, sizeof t->error_text, format, ap);
    va_end(ap);
    t->error = kind;
    return NULL;
}

AdjErrorKind adj_error_kind(void)
{
    return adj_thread.error;
}

const char *adj_error_text(void)
{
    return adj_thread.error ? adj_thread.error_text : "";
}

void adj_error_clear(void)
{
    adj_thread.error = ADJ_E_NONE;
    adj_thread.error_text[0] = 0;
}

const char *adj_error_exception(AdjErrorKind kind)
{
    static const char *const names[ADJ_E_KINDS] = {
#define ERROR(constant, exception, text) [ADJ_E_##constant] = #exception,
#include "core/errors.def"
#undef ERROR
    };
    return kind > ADJ_E_NONE && kind < ADJ_E_KINDS ? names[kind] : "RuntimeError";
}

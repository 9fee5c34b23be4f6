// SPDX-License-Identifier: Apache-2.0
// error.c: the thread's first error. adj_fail is the only place that sets it, so a breakpoint
// there stops at the cause of any failure. An earlier error is kept: later ones are its
// consequences. Nothing here allocates, so running out of memory is reported like anything
// else.
#include "core/internal.h"

#include <ctype.h>

_Thread_local AdjThread adj_thread = {.device = &adj_cpu};

// Whether a message begins with a name and a colon, as those of operations do.
static bool names_somebody(const char *text)
{
    const char *p = text;
    while (isalnum((unsigned char)*p) || *p == '_' || *p == '.') p++;
    if (!strncmp(p, "()", 2)) p += 2;
    return p > text && p[0] == ':' && p[1] == ' ';
}

// Puts the name of the operation that runs in front of a message that has none.
static void name_operation(AdjThread *t, AdjErrorKind kind)
{
    bool index = kind == ADJ_E_INDEX;  // says all by itself, in PyTorch's words
    if (index || !t->op || names_somebody(t->error_text)) return;
    char text[sizeof t->error_text];
    memcpy(text, t->error_text, sizeof text);
    snprintf(t->error_text, sizeof t->error_text, "%s: %.400s", t->op->name, text);
}

void *adj_fail(AdjErrorKind kind, const char *format, ...)
{
    AdjThread *t = &adj_thread;
    if (t->error != ADJ_E_NONE) return NULL;
    va_list ap;
    va_start(ap, format);
    vsnprintf(t->error_text, sizeof t->error_text, format, ap);
    va_end(ap);
    name_operation(t, kind);
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

// SPDX-License-Identifier: Apache-2.0
// display.c: results and errors as a person sees them.
#include "session/session.h"

#include "bind/install.h"
#include "term/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void adj_session_show(AdjSession *s, AdjVal value, int number)
{
    AdjVal text;
    char note[96];
    if (!adj_val_repr(s->vm, value, &text)) return;
    AdjBuf b = {0};
    bool ok = adj_buf_add_str(s->vm, &b, text);
    if (ok && number && adj_bind_describe(value, note, sizeof note))
        ok = adj_buf_printf(s->vm, &b, "   %s", note);
    adj_val_drop(text);
    if (ok && number && s->interactive) {
        adj_prompt_show_result(number, b.data, b.len);
    } else if (ok && adj_buf_add_char(s->vm, &b, '\n')) {
        adj_vm_write(s->vm, b.data, b.len);
    }
    adj_buf_free(&b);
}

// SystemExit ends quietly with its value; anything else prints its traceback.
static bool exit_status(AdjSession *s, int *status)
{
    if (!adj_vm_error_is(s->vm, ADJ_EXC_SystemExit)) return false;
    AdjVal e = adj_vm_take_error(s->vm);
    AdjTuple *args = ((AdjException *)e.o)->args;
    AdjVal code = args && args->len ? args->items[0] : ADJ_NONE;
    *status = adj_is_none(code) ? 0 : adj_is_int(code) ? (int)code.i : 1;
    if (!adj_is_none(code) && !adj_is_int(code)) {
        AdjVal text;
        if (adj_val_str(s->vm, code, &text)) {
            fprintf(stderr, "%s\n", ((AdjStr *)text.o)->data);
            adj_val_drop(text);
        }
    }
    adj_val_drop(e);
    return true;
}

int adj_session_report(AdjSession *s)
{
    int status = 1;
    fflush(stdout);
    if (exit_status(s, &status)) return status;
    bool interrupted = adj_vm_error_is(s->vm, ADJ_EXC_KeyboardInterrupt);
    char *text = adj_vm_error_text(s->vm);
    if (text) {
        size_t name = s->interactive ? strcspn(text, ":\n") : 0;  // its kind stands out
        if (name) {
            const char *on = adj_ink_on(ADJ_INK_ERROR), *off = adj_ink_off();
            adj_term_write(2, on, strlen(on));
            adj_term_write(2, text, name);
            adj_term_write(2, off, strlen(off));
        }
        adj_term_write(2, text + name, strlen(text + name));
        if (*text && text[strlen(text) - 1] != '\n') adj_term_write(2, "\n", 1);
    }
    free(text);
    return interrupted ? 130 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// Replays golden texts: golden/printing.txt holds expressions and what PyTorch prints for them;
// golden/errors.cases holds statements that must fail and how. A failure must be of the kind
// that `except` clauses written for PyTorch expect, and explain itself in one line.
#include "golden/replay.h"

#include "check.h"

#include <stdlib.h>

// ---- printing ----

// The lines of an entry start with "| "; cuts the marks away in place and ends the text before
// its last line feed. The place after the entry.
static char *cut_entry(char *p)
{
    char *out = p;
    while (p[0] == '|' && p[1] == ' ') {
        char *end = strchr(p, '\n');
        size_t n = (size_t)(end - p) - 1;  // the line without its mark, with its line feed
        memmove(out, p + 2, n);
        out += n;
        p = end + 1;
    }
    out[-1] = 0;
    return p;
}

static void check_print(AdjVM *vm, const char *statements, const char *want)
{
    static const char options[] = "torch.set_printoptions(profile='default', sci_mode=None)\n";
    bool ready = replay_reset(vm) &&
                 adj_vm_run(vm, "options", options, sizeof options - 1, ADJ_RUN_FILE, NULL);
    char *got = ready ? replay_text(vm, statements) : NULL;
    if (got) {
        equal_str(got, want, "%s", statements);
    } else {
        fail("%s", statements);
        replay_note_error(vm);
    }
    free(got);
}

static void check_printing(AdjVM *vm)
{
    size_t size;
    char *text = golden_read("golden", "printing.txt", &size);
    if (!text) fail("golden/printing.txt can be read");
    for (char *p = text; p && !strncmp(p, ">>> ", 4);) {
        char *statements = p + 4;
        p = strchr(p, '\n');
        *p++ = 0;
        char *want = p;
        p = cut_entry(p);
        check_print(vm, statements, want);
    }
    free(text);
}

// ---- errors ----

static void check_error(AdjVM *vm, const char *kind, const char *own, const char *statements)
{
    char message[600];
    if (!replay_reset(vm)) {
        fail("%s", statements);
        replay_note_error(vm);
        return;
    }
    if (adj_vm_run(vm, "case", statements, strlen(statements), ADJ_RUN_FILE, NULL)) {
        fail("fails: %s", statements);
        return;
    }
    bool expected = replay_error_is(vm, *own == '-' ? kind : own, message, sizeof message);
    // Only the list of keys that a state dict lacks takes more than a line.
    bool list = strstr(message, "Error(s) in loading state_dict") != NULL;
    bool one_line = strstr(message, ": ") && (list || !strchr(message, '\n'));
    if (!ok(expected && one_line, "%s: %s", *own == '-' ? kind : own, statements))
        note("got %s", message);
}

static void check_errors(AdjVM *vm)
{
    size_t size;
    char *text = golden_read("golden", "errors.cases", &size);
    if (!text) fail("golden/errors.cases can be read");
    for (char *line = text, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        const char *f[4];
        *end = 0;
        if (golden_fields(line, f, 4) == 4)
            check_error(vm, f[1], f[2], f[3]);
        else
            fail("a line of errors.cases has four fields: %s", line);
    }
    free(text);
}

int main(void)
{
    AdjVM *vm = replay_new();
    if (!vm) return fail("the language starts"), done();
    check_printing(vm);
    check_errors(vm);
    adj_vm_free(vm);
    return done();
}

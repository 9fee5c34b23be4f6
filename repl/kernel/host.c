// SPDX-License-Identifier: Apache-2.0
// host.c: the program's side of the kernel: finds the module and lends it the session. The only
// file of this folder that belongs to the program itself.
#include "kernel/host.h"

#include "lang/syntax/parse.h"
#include "session/complete.h"
#include "session/plugin.h"
#include "term/internal.h"

#include "adj_config.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

// Names come from several places of the session, so one may be offered twice.
static bool offered_before(const AdjTermItems *items, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(items->items[k].insert, items->items[i].insert)) return true;
    return false;
}

static void offers_at(AdjSession *s, const char *text, size_t length, size_t cursor,
                      AdjOffers *out)
{
    AdjTermItems items = {.start = cursor, .end = cursor};
    adj_session_complete(s, text, length, cursor, &items);
    out->start = items.start;
    out->end = items.end;
    for (size_t i = 0; i < items.count; i++) {
        const AdjTermItem *it = &items.items[i];
        if (!offered_before(&items, i))
            out->offer(out->self, &(AdjOffer){it->insert, it->kind, it->signature});
    }
    adj_items_drop(&items);
}

static bool well_formed(const char *text, size_t length)
{
    AdjArena arena = {0};
    AdjParseError error;
    bool ok = adj_parse(&arena, text, length, &(AdjParseOptions){.cell = true}, &error);
    adj_arena_free(&arena);
    return ok;
}

// The module's function, or NULL with a sentence in [why].
static AdjKernelEntry find_entry(char *why, size_t room)
{
    char reason[400] = "";
    void *module = adj_plugin_open("libadjoint-kernel.so", "repl/kernel", "ADJOINT_KERNEL",
                                   reason, sizeof reason);
    AdjKernelEntry entry = module ? (AdjKernelEntry)dlsym(module, ADJ_KERNEL_ENTRY) : NULL;
    if (!entry)
        snprintf(why, room,
                 "this needs libadjoint-kernel.so, which is built where the development files "
                 "of ZeroMQ, GLib and json-glib are installed (./bootstrap deps): %s",
                 reason);
    return entry;
}

static int call(AdjKernelEntry entry, const char *program, int argc, char **argv,
                AdjSession *(*session)(void))
{
    const AdjKernelHost host = {.size = sizeof host,
                                .program = program,
                                .version = ADJ_VERSION,
                                .session = session,
#define MEMBER(result, name, function, parameters) .name = function,
                                ADJ_KERNEL_HOST(MEMBER)
#undef MEMBER
    };
    return entry(&host, argc, argv);
}

int adj_kernel_run(int argc, char **argv, AdjSession *(*session)(void))
{
    char program[PATH_MAX], why[600];
    adj_program_path(program, sizeof program);
    AdjKernelEntry entry = find_entry(why, sizeof why);
    if (entry) return call(entry, program, argc, argv, session);
    fprintf(stderr, "adjoint kernel: %s\n", why);
    return 2;
}

// ---------------------------------------------------------------- beside a prompt

static struct {  // a process has one prompt
    AdjKernelEntry entry;
    AdjSession *session;
} prompt;

static AdjSession *prompt_session(void)
{
    return prompt.session;
}

bool adj_kernel_listen(AdjSession *s, const char *path)
{
    static char program[PATH_MAX];
    char why[600];
    adj_program_path(program, sizeof program);
    prompt.session = s;
    if (!prompt.entry) prompt.entry = find_entry(why, sizeof why);
    if (!prompt.entry) return adj_raise(s->vm, ADJ_EXC_OSError, "%%listen: %s", why);
    char *argv[] = {(char *)"--beside", (char *)path};
    return call(prompt.entry, program, path ? 2 : 1, argv, prompt_session) == 0 ||
           adj_raise(s->vm, ADJ_EXC_OSError, "%%listen: no sockets could be opened");
}

void adj_kernel_unlisten(void)
{
    char *argv[] = {(char *)"--close-beside"};
    if (prompt.entry) call(prompt.entry, "", 1, argv, prompt_session);
}

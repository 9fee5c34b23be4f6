// SPDX-License-Identifier: Apache-2.0
// main.c: the module's entry: `adjoint kernel`. Opens the sockets, starts the I/O thread, and
// runs the session on this one until a client or the end of the parent stops it.
#include "kernel/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage_text[] =
    "usage: adjoint kernel [-f CONNECTION_FILE] [--anywhere]\n"
    "       adjoint kernel install [--user | --prefix DIR] [--name NAME]\n\n"
    "Serves one session to Jupyter's front ends. Without a file, one is made and named.\n"
    "  --anywhere   obey a connection file whose address other machines can reach\n";

typedef struct {
    char *file;
    gboolean anywhere, given, beside;
} Options;

// Front ends may add arguments of their own, which are not for us.
static void read_options(Options *o, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        gboolean names = g_str_equal(argv[i], "-f") || g_str_equal(argv[i], "--file");
        if (g_str_equal(argv[i], "--anywhere"))
            o->anywhere = TRUE;
        else if (names && i + 1 < argc)
            o->file = g_strdup(argv[++i]);
        else if (g_str_has_prefix(argv[i], "--f="))
            o->file = g_strdup(argv[i] + 4);
        else if (argv[i][0] != '-' && !o->file)
            o->file = g_strdup(argv[i]);
    }
    o->given = o->file != NULL;
    if (!o->file) o->file = connection_path_default();
}

// ---------------------------------------------------------------- starting

// A kernel ends with the process that started it: the one that Jupyter names, else the parent,
// unless it was put into a session of its own, which says that it is to stay.
static void find_parent(Kernel *k)
{
    const char *named = g_getenv("JPY_PARENT_PID");
    GPid parent = named ? (GPid)strtol(named, NULL, 10) : 0;
    if (parent <= 1) parent = getsid(0) == getpid() ? 0 : getppid();
    k->parent = parent > 1 ? parent : 0;
    k->is_child = parent == getppid();
}

static gboolean may_listen(Kernel *k, const Options *o, char **why)
{
    if (endpoint_is_local(&k->endpoint)) return TRUE;
    if (!o->anywhere)
        *why = g_strdup_printf("%s asks for %s, which other machines can reach; --anywhere "
                               "allows it",
                               o->file, k->endpoint.ip);
    else if (!*k->endpoint.key)
        *why = g_strdup_printf("%s has no key: anybody could run programs here", o->file);
    else
        say(k,
            "listens on %s: whoever reaches it sees every message, and whoever has the key "
            "runs "
            "programs here",
            k->endpoint.ip);
    return !*why;
}

static gboolean open_kernel(Kernel *k, const Options *o, char **why)
{
    Endpoint *e = &k->endpoint;
    *why = NULL;
    if (!endpoint_open(e, o->file, why) || !may_listen(k, o, why)) return FALSE;
    gboolean chosen = TRUE;  // every port, by whoever wrote the file
    for (int c = 0; c < CHANNELS; c++) chosen = chosen && e->port[c];
    if (!sockets_open(k, why) || (!chosen && !endpoint_save(e, o->file, why))) return FALSE;
    wire_start(&k->wire, e);
    if (!o->beside) find_parent(k);
    if (!o->given || o->beside) say(k, "to connect: jupyter console --existing %s", o->file);
    return TRUE;
}

// ---------------------------------------------------------------- running

static void kernel_free(Kernel *k)
{
    Letter *l;
    while ((l = g_queue_pop_head(&k->outbox))) letter_free(l);
    output_stop(k);
    wire_stop(&k->wire);
    endpoint_clear(&k->endpoint);
    message_unref(k->running);
    g_free(k->aborted_session);
    g_hash_table_unref(k->comm_owners);
    g_free(k->answer);
    if (k->payload) g_string_free(k->payload, TRUE);
    g_mutex_clear(&k->lock);
    g_mutex_clear(&k->output.pipe_lock);
    g_free(k);
}

static Kernel *kernel_new(const AdjKernelHost *host, AdjSession *s, const Options *o,
                          char **why)
{
    Kernel *k = g_new0(Kernel, 1);
    *k = (Kernel){.host = host, .session = s, .beside = o->beside};
    g_mutex_init(&k->lock);
    g_mutex_init(&k->output.pipe_lock);
    g_queue_init(&k->outbox);
    k->comm_owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (output_start(k) && open_kernel(k, o, why)) return k;
    kernel_free(k);
    return NULL;
}

// From here on clients are served, by the thread it starts and by the machine's.
static void start(Kernel *k)
{
    execute_front(k);
    k->host->attach(k->session, &k->front);
    post_status(k, NULL, "starting");
    k->io = g_thread_new("adjoint-io", sockets_run, k);
}

static void stop(Kernel *k)
{
    k->host->detach(k->session, &k->front);
    g_atomic_int_set(&k->closing, TRUE);
    sockets_wake(k);
    g_thread_join(k->io);
    kernel_free(k);
}

static int serve(const AdjKernelHost *host, const Options *o)
{
    g_autofree char *why = NULL;
    AdjSession *s = host->session();
    Kernel *k = s ? kernel_new(host, s, o, &why) : NULL;
    if (k) {
        start(k);
        host->serve(s);
        stop(k);
    } else {
        g_printerr("adjoint kernel: %s\n", why ? why : "there is not enough memory");
    }
    if (!o->given) unlink(o->file);
    return k ? 0 : 2;
}

// ---------------------------------------------------------------- beside a prompt

static Kernel *beside;  // the one that the prompt of this process opened, for %listen
static char *beside_file;

static int open_beside(const AdjKernelHost *host, Options *o)
{
    g_autofree char *why = NULL;
    static AdjKernelHost kept;  // the caller's is on its stack
    kept = *host;
    if (!beside && (beside = kernel_new(&kept, host->session(), o, &why))) {
        start(beside);
        beside_file = g_strdup(o->file);
    }
    if (why) g_printerr("%s\n", why);
    return beside ? 0 : 2;
}

static int close_beside(void)
{
    if (!beside) return 0;
    stop(beside);
    beside = NULL;
    unlink(beside_file);
    g_clear_pointer(&beside_file, g_free);
    return 0;
}

#define EXPORT __attribute__((visibility("default")))
EXPORT int adj_kernel_main(const AdjKernelHost *host, int argc, char **argv);

int adj_kernel_main(const AdjKernelHost *host, int argc, char **argv)
{
    if (host->size != sizeof *host) {
        g_printerr("adjoint kernel: the module and the program are of different versions\n");
        return 2;
    }
    if (argc > 0 && g_str_equal(argv[0], "install"))
        return kernel_install(host, argc - 1, argv + 1);
    if (argc > 0 && (g_str_equal(argv[0], "--help") || g_str_equal(argv[0], "-h"))) {
        g_print("%s", usage_text);
        return 0;
    }
    Options o = {.beside = argc > 0 && g_str_equal(argv[0], "--beside")};
    if (argc > 0 && g_str_equal(argv[0], "--close-beside")) return close_beside();
    read_options(&o, argc, argv);
    int status = o.beside ? open_beside(host, &o) : serve(host, &o);
    g_free(o.file);
    return status;
}

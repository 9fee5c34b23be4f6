// SPDX-License-Identifier: Apache-2.0
// note.c: starting sessions and finding them again.
//
// The process gets a session of its own (setsid), no terminal and no JPY_PARENT_PID, which
// would make it end with us: its life is longer than the window's. What it prints itself goes
// to a file beside the note, since a pipe would break with the window.
#include "session/note.h"

#include "session/wire.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define GROUP "session"

static char *notes_folder(void)
{
    return g_build_filename(g_get_user_runtime_dir(), "adjoint", NULL);
}

static char *beside(const char *connection, const char *ending)
{
    g_autofree char *stem = g_strndup(connection, strlen(connection) - strlen(".json"));
    return g_strconcat(stem, ending, NULL);
}

// Numbers of processes are used again, and one that nobody reaped is dead: field 3 of its stat
// is the state, field 22 the time at which it began.
guint64 adj_ui_process_began(GPid pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) return 0;
    const char *p = strrchr(text, ')');
    if (!p || p[1] != ' ' || strchr("ZXx", p[2])) return 0;
    for (int field = 2; p && field < 22; field++) p = strchr(p + 1, ' ');
    return p ? g_ascii_strtoull(p + 1, NULL, 10) : 0;
}

static char *sibling_of_this(const char *relative)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    if (!self) return NULL;
    g_autofree char *folder = g_path_get_dirname(self);
    char *path = g_build_filename(folder, relative, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test(path, G_FILE_TEST_IS_DIR))
        return path;
    g_free(path);
    return NULL;
}

char *adj_ui_program(void)
{
    const char *named = g_getenv("ADJOINT_PROGRAM");
    if (named && *named) return g_strdup(named);
    char *path = sibling_of_this("adjoint");
    if (!path) path = sibling_of_this("../adjoint");      // the build folder
    if (!path) path = sibling_of_this("../bin/adjoint");  // beside libexec
    return path ? path : g_find_program_in_path("adjoint");
}

void adj_ui_note_free(AdjUiNote *n)
{
    if (!n) return;
    g_free(n->connection);
    g_free(n->notebook);
    g_free(n);
}

void adj_ui_note_remove(AdjUiNote *n)
{
    if (n->pid <= 0) return;  // not our note
    g_autofree char *side = beside(n->connection, ".session");
    g_autofree char *log = beside(n->connection, ".log");
    g_unlink(n->connection);
    g_unlink(side);
    g_unlink(log);
}

void adj_ui_note_serve(AdjUiNote *n, const char *notebook)
{
    if (notebook != n->notebook) {
        g_free(n->notebook);
        n->notebook = g_strdup(notebook);
    }
    if (n->pid <= 0) return;
    g_autoptr(GKeyFile) k = g_key_file_new();
    g_key_file_set_integer(k, GROUP, "pid", n->pid);
    g_key_file_set_uint64(k, GROUP, "began", n->began);
    if (notebook) g_key_file_set_string(k, GROUP, "notebook", notebook);
    g_autofree char *side = beside(n->connection, ".session");
    g_key_file_save_to_file(k, side, NULL);
}

// -- starting -----------------------------------------------------------------------------

typedef struct {
    int log;
} Setup;

// Between fork and exec: only functions that are safe there.
static void leave_us(gpointer self)
{
    const Setup *s = self;
    setsid();
    if (s->log < 0) return;
    dup2(s->log, STDOUT_FILENO);
    dup2(s->log, STDERR_FILENO);
}

static gboolean spawn(AdjUiNote *n, const char *folder, GError **error)
{
    g_autofree char *program = adj_ui_program();
    if (!program) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("The program “adjoint” was not found beside the workbench or on the "
                      "path."));
        return FALSE;
    }
    char *argv[] = {program, (char *)"kernel", (char *)"-f", n->connection, NULL};
    g_auto(GStrv) env = g_environ_unsetenv(g_get_environ(), "JPY_PARENT_PID");
    g_autofree char *log = beside(n->connection, ".log");
    Setup setup = {.log = g_open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    gboolean fine =
        g_spawn_async(folder, argv, env, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH,
                      leave_us, &setup, &n->pid, error);
    if (setup.log >= 0) close(setup.log);
    return fine;
}

AdjUiNote *adj_ui_note_start(const char *folder, const char *notebook, GError **error)
{
    g_autofree char *notes = notes_folder();
    g_autofree char *unique = g_uuid_string_random();
    g_autofree char *name = g_strdup_printf("kernel-%.8s.json", unique);
    AdjUiNote *n = g_new0(AdjUiNote, 1);
    n->connection = g_build_filename(notes, name, NULL);
    AdjUiEndpoint e;
    gboolean fine = adj_ui_endpoint_create(&e, n->connection, error);
    adj_ui_endpoint_clear(&e);
    if (fine && spawn(n, folder, error)) {
        n->began = adj_ui_process_began(n->pid);
        adj_ui_note_serve(n, notebook);
        return n;
    }
    g_unlink(n->connection);
    adj_ui_note_free(n);
    return NULL;
}

// -- finding ------------------------------------------------------------------------------

static AdjUiNote *read_note(const char *connection)
{
    g_autofree char *side = beside(connection, ".session");
    g_autoptr(GKeyFile) k = g_key_file_new();
    if (!g_key_file_load_from_file(k, side, G_KEY_FILE_NONE, NULL)) return NULL;
    AdjUiNote *n = g_new0(AdjUiNote, 1);
    n->connection = g_strdup(connection);
    n->notebook = g_key_file_get_string(k, GROUP, "notebook", NULL);
    n->pid = g_key_file_get_integer(k, GROUP, "pid", NULL);
    n->began = g_key_file_get_uint64(k, GROUP, "began", NULL);
    return n;
}

static gboolean lives(const AdjUiNote *n)
{
    guint64 began = n->pid > 0 ? adj_ui_process_began(n->pid) : 0;
    return began && (!n->began || n->began == began);
}

AdjUiNote *adj_ui_note_of(const char *connection_file)
{
    AdjUiNote *n =
        g_str_has_suffix(connection_file, ".json") ? read_note(connection_file) : NULL;
    if (n) return n;
    n = g_new0(AdjUiNote, 1);
    n->connection = g_strdup(connection_file);
    return n;
}

AdjUiNote *adj_ui_note_find(const char *notebook, gboolean *died)
{
    *died = FALSE;
    g_autofree char *notes = notes_folder();
    g_autoptr(GDir) d = g_dir_open(notes, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d))) {
        if (!g_str_has_suffix(name, ".json")) continue;
        g_autofree char *path = g_build_filename(notes, name, NULL);
        AdjUiNote *n = read_note(path);
        if (n && lives(n) && !g_strcmp0(n->notebook, notebook)) return n;
        if (n && !lives(n)) {
            *died = *died || !g_strcmp0(n->notebook, notebook);
            adj_ui_note_remove(n);
        }
        adj_ui_note_free(n);
    }
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
// install.c: `adjoint kernel install`: a folder with kernel.json and the logos, where Jupyter
// looks for kernels. The program is named by its whole path: front ends hide a kernel whose
// program they do not find. The folder is named after the language's own name and not `python`:
// a front end adds options of IPython's to kernels that are called so.
#include "kernel/internal.h"
#include "kernel/logo.h"

#include <glib/gstdio.h>

#include <string.h>

static gboolean is_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-._") == strlen(name);
}

static char *user_folder(void)
{
    const char *given = g_getenv("JUPYTER_DATA_DIR");
    return given ? g_strdup(given) : g_build_filename(g_get_user_data_dir(), "jupyter", NULL);
}

// Signals reach the whole process group; a message is answered, and reaches a kernel on another
// machine too.
static char *spec(const char *program)
{
    GString *g = g_string_new(NULL);
    json_put(g,
             "{\n 'argv': [%s, 'kernel', '-f', '{connection_file}'],\n"
             " 'display_name': 'Adjoint',\n 'language': 'python',\n"
             " 'interrupt_mode': 'message',\n 'kernel_protocol_version': '5.5',\n"
             " 'metadata': {'debugger': false}\n}\n",
             program);
    return g_string_free(g, FALSE);
}

static gboolean write_one(const char *folder, const char *name, const void *data, gssize length)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (g_file_set_contents(path, data, length, &error)) return TRUE;
    g_printerr("adjoint kernel install: %s\n", error->message);
    return FALSE;
}

static gboolean write_all(const char *folder, const char *program)
{
    g_autofree char *json = spec(program);
    gboolean ok = write_one(folder, "kernel.json", json, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(adj_kernel_logos); i++)
        ok = ok && write_one(folder, adj_kernel_logos[i].name, adj_kernel_logos[i].data,
                             (gssize)adj_kernel_logos[i].length);
    return ok;
}

int kernel_install(const AdjKernelHost *host, int argc, char **argv)
{
    const char *prefix = NULL, *name = "adjoint";
    for (int i = 0; i < argc; i++) {
        if (g_str_equal(argv[i], "--user")) {
            prefix = NULL;
        } else if (g_str_equal(argv[i], "--prefix") && i + 1 < argc) {
            prefix = argv[++i];
        } else if (g_str_equal(argv[i], "--name") && i + 1 < argc) {
            name = argv[++i];
        } else {
            g_printerr("adjoint kernel install: no option '%s'; there are --user, --prefix DIR "
                       "and --name NAME\n",
                       argv[i]);
            return 2;
        }
    }
    if (!is_name(name)) {
        g_printerr("adjoint kernel install: a name has ASCII letters, digits and - . _ only\n");
        return 2;
    }
    g_autofree char *base =
        prefix ? g_build_filename(prefix, "share", "jupyter", NULL) : user_folder();
    g_autofree char *folder = g_build_filename(base, "kernels", name, NULL);
    if (g_mkdir_with_parents(folder, 0755) != 0) {
        g_printerr("adjoint kernel install: cannot make %s: %s\n", folder, g_strerror(errno));
        return 1;
    }
    if (!write_all(folder, host->program)) return 1;
    g_print("installed in %s\n", folder);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// connection.c: connection files: where a kernel listens and the key that its messages are
// signed with. Whoever reads the file can run programs here, so one that we write is its
// owner's alone.
#include "kernel/internal.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

const char *const channel_names[CHANNELS] = {
    [SHELL] = "shell", [CONTROL] = "control", [STDIN] = "stdin",
    [IOPUB] = "iopub", [HEARTBEAT] = "hb",
};

static const struct {
    const char *name;
    GChecksumType type;
} schemes[] = {
    {"hmac-sha256", G_CHECKSUM_SHA256}, {"hmac-sha512", G_CHECKSUM_SHA512},
    {"hmac-sha384", G_CHECKSUM_SHA384}, {"hmac-sha1", G_CHECKSUM_SHA1},
    {"hmac-md5", G_CHECKSUM_MD5},
};

static gboolean set_scheme(Endpoint *e, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (!g_str_equal(schemes[i].name, name)) continue;
        e->scheme = schemes[i].type;
        return TRUE;
    }
    return FALSE;
}

static gboolean from_object(Endpoint *e, JsonObject *o, const char *path, char **why)
{
    const char *scheme = json_text(o, "signature_scheme", "hmac-sha256");
    *e = (Endpoint){.transport = g_strdup(json_text(o, "transport", "tcp")),
                    .ip = g_strdup(json_text(o, "ip", "127.0.0.1")),
                    .key = g_strdup(json_text(o, "key", ""))};
    if (!g_str_equal(e->transport, "tcp") && !g_str_equal(e->transport, "ipc"))
        *why = g_strdup_printf("%s: transport '%s' is not tcp or ipc", path, e->transport);
    else if (!set_scheme(e, *scheme ? scheme : "hmac-sha256"))
        *why = g_strdup_printf("%s: signature scheme '%s' is not known", path, scheme);
    for (int c = 0; c < CHANNELS && !*why; c++) {
        g_autofree char *name = g_strdup_printf("%s_port", channel_names[c]);
        gint64 port = json_int(o, name, 0);
        if (port < 0 || port > 65535)
            *why = g_strdup_printf("%s: %s is %d", path, name, (int)port);
        e->port[c] = (int)port;
    }
    return !*why;
}

static gboolean fresh(Endpoint *e, char **why)
{
    unsigned char random[32];
    g_autoptr(GString) key = g_string_new(NULL);
    if (getentropy(random, sizeof random) != 0) {
        *why = g_strdup_printf("no random numbers for a key: %s", g_strerror(errno));
        return FALSE;
    }
    for (gsize i = 0; i < sizeof random; i++) g_string_append_printf(key, "%02x", random[i]);
    *e = (Endpoint){.transport = g_strdup("tcp"),
                    .ip = g_strdup("127.0.0.1"),
                    .key = g_strdup(key->str),
                    .scheme = G_CHECKSUM_SHA256};
    return TRUE;
}

gboolean endpoint_open(Endpoint *e, const char *path, char **why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize length;
    *why = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) return fresh(e, why);
    if (!g_file_get_contents(path, &text, &length, &error)) {
        *why = g_strdup(error->message);
        return FALSE;
    }
    JsonObject *o = json_parse(text, length);
    if (!o) {
        *why = g_strdup_printf("%s is not a connection file", path);
        return FALSE;
    }
    gboolean ok = from_object(e, o, path, why);
    json_object_unref(o);
    return ok;
}

gboolean endpoint_save(const Endpoint *e, const char *path, char **why)
{
    g_autoptr(GString) g = g_string_new(NULL);
    const char *scheme = "hmac-sha256";
    for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (schemes[i].type == e->scheme) scheme = schemes[i].name;
    json_put(g, "{\n 'transport': %s,\n 'ip': %s,\n 'key': %s,\n 'signature_scheme': %s,\n",
             e->transport, e->ip, e->key, scheme);
    for (int c = 0; c < CHANNELS; c++)
        g_string_append_printf(g, " \"%s_port\": %d,\n", channel_names[c], e->port[c]);
    json_put(g, " 'kernel_name': 'adjoint'\n}\n");
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    gboolean ok = fd >= 0 && write(fd, g->str, g->len) == (gssize)g->len;
    if (!ok) *why = g_strdup_printf("%s: %s", path, g_strerror(errno));
    if (fd >= 0) close(fd);
    return ok;
}

char *endpoint_address(const Endpoint *e, Channel c)
{
    if (g_str_equal(e->transport, "ipc"))
        return g_strdup_printf("ipc://%s-%d", e->ip, e->port[c]);
    const char *form = strchr(e->ip, ':') ? "tcp://[%s]:%s" : "tcp://%s:%s";
    g_autofree char *port = e->port[c] ? g_strdup_printf("%d", e->port[c]) : g_strdup("*");
    return g_strdup_printf(form, e->ip, port);
}

gboolean endpoint_is_local(const Endpoint *e)
{
    return g_str_equal(e->transport, "ipc") || g_str_has_prefix(e->ip, "127.") ||
           g_str_equal(e->ip, "::1") || g_str_equal(e->ip, "localhost");
}

void endpoint_clear(Endpoint *e)
{
    g_free(e->transport);
    g_free(e->ip);
    g_free(e->key);
    *e = (Endpoint){0};
}

char *connection_path_default(void)
{
    const char *given = g_getenv("JUPYTER_RUNTIME_DIR");
    g_autofree char *folder =
        given ? g_strdup(given)
              : g_build_filename(g_get_user_data_dir(), "jupyter", "runtime", NULL);
    g_autofree char *file = g_strdup_printf("kernel-%d.json", (int)getpid());
    return g_build_filename(folder, file, NULL);
}

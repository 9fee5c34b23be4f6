// SPDX-License-Identifier: Apache-2.0
// endpoint.c: connection files. The format is Jupyter's; the file is written with the mode of a
// private key, because the key in it lets its reader run code in the session.
#include "session/wire.h"

#include <glib/gi18n.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const port_names[ADJ_UI_CHANNELS] = {
    [ADJ_UI_SHELL] = "shell_port",  [ADJ_UI_CONTROL] = "control_port",
    [ADJ_UI_STDIN] = "stdin_port",  [ADJ_UI_IOPUB] = "iopub_port",
    [ADJ_UI_HEARTBEAT] = "hb_port",
};

void adj_ui_endpoint_clear(AdjUiEndpoint *e)
{
    g_free(e->transport);
    g_free(e->ip);
    g_free(e->key);
    *e = (AdjUiEndpoint){0};
}

static char *member(JsonObject *o, const char *name, const char *fallback)
{
    const char *s = json_object_get_string_member_with_default(o, name, fallback);
    return g_strdup(s ? s : fallback);
}

static gboolean from_object(AdjUiEndpoint *e, JsonObject *o)
{
    *e = (AdjUiEndpoint){.transport = member(o, "transport", "tcp"),
                         .ip = member(o, "ip", "127.0.0.1"),
                         .key = member(o, "key", "")};
    for (int i = 0; i < ADJ_UI_CHANNELS; i++) {
        gint64 port = json_object_get_int_member_with_default(o, port_names[i], 0);
        if (port <= 0 || port > 65535) return FALSE;
        e->port[i] = (int)port;
    }
    return TRUE;
}

gboolean adj_ui_endpoint_read(AdjUiEndpoint *e, const char *path, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    if (!json_parser_load_from_file(parser, path, error)) return FALSE;
    JsonNode *root = json_parser_get_root(parser);
    if (root && JSON_NODE_HOLDS_OBJECT(root) && from_object(e, json_node_get_object(root)))
        return TRUE;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s is not the connection file of a session."), path);
    return FALSE;
}

// Five ports nobody listens on now. All are held until all are known, so that they differ; the
// session binds them a moment later, and says so if somebody was quicker.
static gboolean free_ports(int port[ADJ_UI_CHANNELS])
{
    int fd[ADJ_UI_CHANNELS];
    gboolean fine = TRUE;
    for (int i = 0; i < ADJ_UI_CHANNELS; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof a;
        fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        fine = fine && fd[i] >= 0 && !bind(fd[i], (struct sockaddr *)&a, sizeof a) &&
               !getsockname(fd[i], (struct sockaddr *)&a, &size);
        port[i] = ntohs(a.sin_port);
    }
    for (int i = 0; i < ADJ_UI_CHANNELS; i++)
        if (fd[i] >= 0) close(fd[i]);
    return fine;
}

static gboolean write_private(const char *path, const char *text, GError **error)
{
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                    error);
}

static char *endpoint_text(const AdjUiEndpoint *e)
{
    g_autoptr(JsonObject) o = json_object_new();
    json_object_set_string_member(o, "transport", e->transport);
    json_object_set_string_member(o, "ip", e->ip);
    json_object_set_string_member(o, "key", e->key);
    json_object_set_string_member(o, "signature_scheme", "hmac-sha256");
    json_object_set_string_member(o, "kernel_name", "adjoint");
    for (int i = 0; i < ADJ_UI_CHANNELS; i++)
        json_object_set_int_member(o, port_names[i], e->port[i]);
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(node, o);
    return json_to_string(node, TRUE);
}

gboolean adj_ui_endpoint_create(AdjUiEndpoint *e, const char *path, GError **error)
{
    *e = (AdjUiEndpoint){.transport = g_strdup("tcp"),
                         .ip = g_strdup("127.0.0.1"),
                         .key = g_uuid_string_random()};
    if (!free_ports(e->port)) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    _("No free port on this machine: %s."), g_strerror(errno));
        return FALSE;
    }
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    g_autofree char *text = endpoint_text(e);
    return write_private(path, text, error);
}

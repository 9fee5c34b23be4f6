// SPDX-License-Identifier: Apache-2.0
// web.c: gtk4-broadwayd is GTK's own server; it listens on the loopback interface only, and
// ends with us. Who can reach the port can use the workbench, so other machines are kept out: a
// tunnel (ssh -L) is the way in.
#include "web.h"

#include <glib/gi18n.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_PORT = 8085, TRIES = 100, WAIT_MS = 3000 };

// Between fork and exec. The signal comes when the process that forked ends, so that must be
// us: a child nobody reaps is forked directly.
static void die_with_us(gpointer self)
{
    (void)self;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean answers(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gboolean yes = fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof a);
    if (fd >= 0) close(fd);
    return yes;
}

// The server opens its page before the socket that programs draw through, whose number is one
// more than the display's.
static gboolean draws(int display)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    g_snprintf(a.sun_path, sizeof a.sun_path, "%s/broadway%d.socket", g_get_user_runtime_dir(),
               display + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gboolean yes = fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof a);
    if (fd >= 0) close(fd);
    return yes;
}

static gboolean start_server(int port)
{
    g_autofree char *number = g_strdup_printf("%d", port);
    g_autofree char *display = g_strdup_printf(":%d", port);
    char *argv[] = {(char *)"gtk4-broadwayd",
                    (char *)"-a",
                    (char *)"127.0.0.1",
                    (char *)"-p",
                    number,
                    display,
                    NULL};
    g_autoptr(GError) error = NULL;
    if (!g_spawn_async(NULL, argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                           G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                       die_with_us, NULL, NULL, &error)) {
        fprintf(stderr, "adjoint: %s\n", error->message);
        return FALSE;
    }
    for (int i = 0; i < WAIT_MS / 20 && !answers(port); i++) g_usleep(20000);
    for (int i = 0; i < WAIT_MS / 20 && !draws(port); i++) g_usleep(20000);
    if (!answers(port) || !draws(port)) {
        fprintf(stderr, "adjoint: gtk4-broadwayd does not answer on port %d\n", port);
        return FALSE;
    }
    g_setenv("GDK_BACKEND", "broadway", TRUE);
    g_setenv("BROADWAY_DISPLAY", display, TRUE);
    printf("http://127.0.0.1:%d/\n", port);
    fflush(stdout);
    return TRUE;
}

gboolean adj_ui_web_start(int *argc, char **argv)
{
    int kept = 1, port = 0;
    for (int i = 1; i < *argc; i++) {
        if (g_str_equal(argv[i], "--web"))
            port = FIRST_PORT;
        else if (g_str_has_prefix(argv[i], "--web="))
            port = atoi(argv[i] + strlen("--web="));
        else
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    *argc = kept;
    if (!port) return TRUE;
    for (int i = 0; i < TRIES && answers(port); i++) port++;
    return start_server(port);
}

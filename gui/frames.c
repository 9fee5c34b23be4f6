// SPDX-License-Identifier: Apache-2.0
// frames.c: how long the main loop works between two pictures, for the benchmark. It is
// measured where everything passes: between the return of the loop's poll and its next call,
// whatever ran in between, messages, layout and painting alike. The time is the thread's own,
// so that another program on the same processor does not count; the first picture, with which
// the window appears, is reported apart. Nothing is measured unless $ADJOINT_FRAMES names a
// file for the result.
#include "frames.h"

#include <poll.h>
#include <time.h>

static struct {  // the process has one main loop
    const char *path;
    GArray *frames;  // of gint64: microseconds of work up to a picture
    gint64 woke, work, first;
} loop;

static gint64 own_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

static int timed_poll(GPollFD *fds, guint count, int timeout)
{
    if (loop.woke) loop.work += own_time() - loop.woke;
    int n = poll((struct pollfd *)fds, count, timeout);
    loop.woke = own_time();
    return n;
}

static void painted(GdkFrameClock *clock, gpointer self)
{
    (void)clock, (void)self;
    gint64 now = own_time(), work = loop.work + now - loop.woke;
    if (loop.first)
        g_array_append_val(loop.frames, work);
    else
        loop.first = work;
    loop.work = 0;
    loop.woke = now;
}

static void realized(GtkWidget *window, gpointer self)
{
    (void)self;
    GdkFrameClock *clock = gtk_widget_get_frame_clock(window);
    g_signal_connect(clock, "after-paint", G_CALLBACK(painted), NULL);
}

static int by_size(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

static double at(double share)
{
    guint i = (guint)(share * (loop.frames->len - 1));
    return (double)g_array_index(loop.frames, gint64, i) / 1000;
}

void adj_ui_frames_report(void)
{
    if (!loop.path || !loop.frames->len) return;
    g_array_sort(loop.frames, by_size);
    g_autofree char *text = g_strdup_printf(
        "{\"frames\": %u, \"first_ms\": %.2f, \"median_ms\": %.2f, \"p99_ms\": %.2f, "
        "\"max_ms\": %.2f}\n",
        loop.frames->len, (double)loop.first / 1000, at(0.5), at(0.99), at(1));
    g_file_set_contents(loop.path, text, -1, NULL);
}

void adj_ui_frames_watch(GtkWidget *window)
{
    loop.path = g_getenv("ADJOINT_FRAMES");
    if (!loop.path) return;
    if (!loop.frames) {
        loop.frames = g_array_new(FALSE, FALSE, sizeof(gint64));
        g_main_context_set_poll_func(NULL, timed_poll);
    }
    g_signal_connect(window, "realize", G_CALLBACK(realized), NULL);
}

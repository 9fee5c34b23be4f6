// SPDX-License-Identifier: Apache-2.0
//
// See pace.h. The cost of a frame is the processor time of this thread from its beginning to
// the end of its painting, whatever else was painted in it.

#include "panels/parts/pace.h"

#include <time.h>

typedef struct Pace {
    GtkWidget *widget;
    void (*paint)(GtkWidget *w);
    guint timer;
    gint64 due;  // monotonic: not before
    gint64 began;
    GdkFrameClock *clock;  // whose frame is measured, or NULL
} Pace;

static gint64 own_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

static void stop_measuring(Pace *p)
{
    if (!p->clock) return;
    g_signal_handlers_disconnect_by_data(p->clock, p);
    g_clear_object(&p->clock);
}

static void frame_begins(GdkFrameClock *clock, gpointer self)
{
    (void)clock;
    ((Pace *)self)->began = own_time();
}

static void frame_ends(GdkFrameClock *clock, gpointer self)
{
    (void)clock;
    Pace *p = self;
    if (!p->began) return;
    gint64 wait = (own_time() - p->began) * ADJ_UI_PACE;
    p->due = g_get_monotonic_time() + MIN(wait, ADJ_UI_PACE_MOST_MS * 1000);
    stop_measuring(p);
}

static void measure(Pace *p)
{
    GdkFrameClock *clock = gtk_widget_get_frame_clock(p->widget);
    if (!clock || p->clock) return;
    p->began = 0;
    p->clock = g_object_ref(clock);
    g_signal_connect(clock, "before-paint", G_CALLBACK(frame_begins), p);
    g_signal_connect(clock, "after-paint", G_CALLBACK(frame_ends), p);
}

static gboolean paint_now(gpointer self)
{
    Pace *p = self;
    p->timer = 0;
    if (!gtk_widget_get_mapped(p->widget)) return G_SOURCE_REMOVE;
    measure(p);
    p->paint(p->widget);
    return G_SOURCE_REMOVE;
}

static void pace_free(gpointer self)
{
    Pace *p = self;
    g_clear_handle_id(&p->timer, g_source_remove);
    stop_measuring(p);
    g_free(p);
}

void adj_ui_pace(GtkWidget *w, void (*paint)(GtkWidget *w))
{
    Pace *p = g_object_get_data(G_OBJECT(w), "pace");
    if (!p) {
        p = g_new0(Pace, 1);
        p->widget = w;
        g_object_set_data_full(G_OBJECT(w), "pace", p, pace_free);
    }
    p->paint = paint;
    gint64 left = (p->due - g_get_monotonic_time()) / 1000;
    if (p->timer || p->clock) return;
    if (left <= 0)
        paint_now(p);
    else
        p->timer = g_timeout_add((guint)left, paint_now, p);
}

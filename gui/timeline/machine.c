// SPDX-License-Identifier: Apache-2.0
//
// The resources of the session. One table says what is measured, how it is read from the
// reply and how it is written; the line and the curves are made from its rows. A measure that
// the session does not send (a GPU where there is none) has no curve.

#include "timeline/machine.h"

#include "paint/pen.h"
#include "panels/parts/canvas.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>

enum { CPU, MEMORY, TENSORS, STEPS, GPU, MEASURES, PAST = 120, WIDE = 250, HIGH = 40 };

typedef struct {
    double at[PAST];  // the newest last
    int n;
} Past;

typedef struct {
    AdjUiModel *model;
    GtkWidget *button, *rows[MEASURES];
    Past past[MEASURES];
    double of[MEASURES];  // what it could be at most, NaN: unknown
    gint64 step, step_time;
    double rate;
    guint subscription;
} Machine;

static const struct {
    const char *name, *field, *of;  // of the reply
    gboolean bytes;
} measures[MEASURES] = {
    [CPU] = {N_("Processors"), "cpu", NULL, FALSE},
    [MEMORY] = {N_("Memory of the session"), "rss", "memory", TRUE},
    [TENSORS] = {N_("Tensors"), "tensor_bytes", NULL, TRUE},
    [STEPS] = {N_("Steps per second"), NULL, NULL, FALSE},
    [GPU] = {N_("Memory of the GPU"), "gpu_bytes", "gpu_memory", TRUE},
};

static Machine *machine_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "machine");
}

static char *written(int k, double v)
{
    if (isnan(v)) return g_strdup("–");
    if (measures[k].bytes) return g_format_size((guint64)fmax(v, 0));
    if (k == CPU) return g_strdup_printf("%.0f %%", v * 100);
    return g_strdup_printf(v < 10 ? "%.1f" : "%.0f", v);
}

static double newest(const Machine *m, int k)
{
    return m->past[k].n ? m->past[k].at[PAST - 1] : NAN;
}

static void show_line(Machine *m)
{
    GString *line = g_string_new(NULL);
    g_autofree char *cpu = written(CPU, newest(m, CPU)),
                    *memory = written(MEMORY, newest(m, MEMORY)),
                    *rate = written(STEPS, m->rate);
    g_string_append_printf(line, _("CPU %s   %s"), cpu, memory);
    if (m->rate > 0) g_string_append_printf(line, _("   %s steps/s"), rate);
    gtk_menu_button_set_label(GTK_MENU_BUTTON(m->button), line->str);
    gtk_accessible_update_property(GTK_ACCESSIBLE(m->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   line->str, -1);
    g_string_free(line, TRUE);
}

static void add(Machine *m, int k, double v)
{
    Past *p = &m->past[k];
    memmove(p->at, p->at + 1, (PAST - 1) * sizeof *p->at);
    p->at[PAST - 1] = v;
    if (p->n < PAST) p->n++;
    gtk_widget_set_visible(m->rows[k], TRUE);
    gtk_widget_queue_draw(m->rows[k]);
}

static void take_resources(gpointer self, JsonObject *event)
{
    Machine *m = self;
    if (g_get_monotonic_time() - m->step_time > 3 * G_USEC_PER_SEC) m->rate = 0;
    for (int k = 0; k < MEASURES; k++) {
        double v =
            measures[k].field ? adj_ui_reply_number(event, measures[k].field, NAN) : m->rate;
        if (measures[k].of) m->of[k] = adj_ui_reply_number(event, measures[k].of, NAN);
        if (!isnan(v)) add(m, k, v);
    }
    show_line(m);
}

void adj_ui_machine_step(GtkWidget *w, gint64 step)
{
    Machine *m = machine_of(w);
    gint64 now = g_get_monotonic_time();
    double seconds = (double)(now - m->step_time) / G_USEC_PER_SEC;
    if (step == m->step) return;
    if (m->step_time && step > m->step && seconds < 3 && seconds > 0) {
        double rate = (double)(step - m->step) / seconds;
        m->rate = m->rate > 0 ? m->rate * 0.6 + rate * 0.4 : rate;
    }
    m->step = step;
    m->step_time = now;
}

// -- the curves ---------------------------------------------------------------------------

// The end of the scale: what there is of it, where that is known and not far away.
static double scale_of(const Machine *m, int k)
{
    double most = 1e-12;
    for (int i = PAST - m->past[k].n; i < PAST; i++) most = fmax(most, m->past[k].at[i]);
    if (k == CPU) return fmax(most, 1);
    if (!isnan(m->of[k]) && most > m->of[k] / 3) return m->of[k];
    return most * 1.15;
}

static void paint_row(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    const Machine *m = self;
    int k = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(area), "measure"));
    const AdjUiTheme *theme = adj_ui_theme_now();
    const AdjUiType type = {.size = 12}, bold = {.size = 12, .bold = TRUE};
    g_autofree char *now = written(k, newest(m, k));
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, _(measures[k].name), type, ADJ_UI_LEFT, 0, 12, 0);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, now, bold, ADJ_UI_RIGHT, width, 12, 0);
    double top = 17, high = height - top - 3, most = scale_of(m, k);
    adj_ui_ink(cr, theme->line, 0.7);
    cairo_set_line_width(cr, 1);
    cairo_move_to(cr, 0, height - 2.5);
    cairo_line_to(cr, width, height - 2.5);
    cairo_stroke(cr);
    if (m->past[k].n < 2) return;
    for (int pass = 0; pass < 2; pass++) {
        int first = PAST - m->past[k].n;
        cairo_new_path(cr);
        if (!pass) cairo_move_to(cr, first * (double)width / (PAST - 1), height - 3);
        for (int i = first; i < PAST; i++)
            cairo_line_to(cr, i * (double)width / (PAST - 1),
                          top + high * (1 - fmin(m->past[k].at[i] / most, 1)));
        if (!pass) cairo_line_to(cr, width, height - 3);
        adj_ui_ink(cr, theme->series[k], pass ? 1 : 0.2);
        cairo_set_line_width(cr, 1.5);
        if (pass)
            cairo_stroke(cr);
        else
            cairo_fill(cr);
    }
}

static GtkWidget *make_popover(Machine *m)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10), *popover = gtk_popover_new();
    gtk_widget_set_margin_start(box, 8);
    gtk_widget_set_margin_end(box, 8);
    gtk_widget_set_margin_top(box, 8);
    gtk_widget_set_margin_bottom(box, 8);
    for (int k = 0; k < MEASURES; k++) {
        m->rows[k] = gtk_drawing_area_new();
        gtk_drawing_area_set_content_width(GTK_DRAWING_AREA(m->rows[k]), WIDE);
        gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(m->rows[k]), HIGH);
        gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(m->rows[k]), paint_row, m, NULL);
        gtk_accessible_update_property(GTK_ACCESSIBLE(m->rows[k]),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, _(measures[k].name), -1);
        g_object_set_data(G_OBJECT(m->rows[k]), "measure", GINT_TO_POINTER(k));
        gtk_widget_set_visible(m->rows[k], FALSE);
        gtk_box_append(GTK_BOX(box), m->rows[k]);
        m->of[k] = NAN;
    }
    gtk_popover_set_child(GTK_POPOVER(popover), box);
    return popover;
}

static void mapped(GtkWidget *w, gpointer self)
{
    (void)w;
    Machine *m = self;
    if (m->subscription) return;
    m->subscription = adj_ui_model_subscribe(
        m->model,
        adj_ui_fields("topic", adj_ui_say_text("resources"), "rate", adj_ui_say_int(1), NULL),
        take_resources, m, G_OBJECT(m->button));
}

static void unmapped(GtkWidget *w, gpointer self)
{
    (void)w;
    Machine *m = self;
    if (m->subscription) adj_ui_model_unsubscribe(m->model, m->subscription);
    m->subscription = 0;
}

GtkWidget *adj_ui_machine_new(AdjUiModel *model)
{
    Machine *m = g_new0(Machine, 1);
    m->model = model;
    m->button = gtk_menu_button_new();
    g_object_set_data_full(G_OBJECT(m->button), "machine", m, g_free);
    gtk_widget_set_tooltip_text(m->button, _("What the session uses of the machine"));
    gtk_menu_button_set_direction(GTK_MENU_BUTTON(m->button), GTK_ARROW_UP);
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(m->button), make_popover(m));
    g_signal_connect(m->button, "map", G_CALLBACK(mapped), m);
    g_signal_connect(m->button, "unmap", G_CALLBACK(unmapped), m);
    show_line(m);
    return m->button;
}

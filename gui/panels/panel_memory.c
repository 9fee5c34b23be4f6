// SPDX-License-Identifier: Apache-2.0
//
// Memory: what tensors hold over the operations of one step, forward and backward, what of it
// waits for the derivatives, and which operation made the peak.

#include "paint/memory.h"
#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "session/cursor.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

// After an operation, or after its derivative.
typedef struct {
    int op;  // index in the trace
    gboolean backward;
} Moment;

typedef struct Memory {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *status;
    JsonObject *trace;
    JsonArray *ops;  // of the trace, borrowed
    GArray *moments;
    double *live, *held, start;
    int forward, peak, chosen;
    char *peak_words, *chosen_words;
    guint asked;
} Memory;

static Memory *memory_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "memory");
}

// "1.2 MB more than before the step, after conv2d of net.0 (cell 3, line 4)".
static char *words(const Memory *m, int at, const char *before)
{
    const Moment *moment = &g_array_index(m->moments, Moment, at);
    JsonObject *op = adj_ui_reply_object_at(m->ops, (guint)moment->op);
    JsonObject *where = adj_ui_reply_object(op, "where");
    const char *module = adj_ui_reply_text(op, "module", "");
    char bytes[32];
    GString *out = g_string_new(before);
    g_string_append_printf(out,
                           moment->backward ? _("%s more than before the step, after the "
                                                "derivative of")
                                            : _("%s more than before the step, after"),
                           adj_ui_bytes(bytes, m->live[at]));
    g_string_append_printf(out, " %s", adj_ui_reply_text(op, "op", "?"));
    if (*module) g_string_append_printf(out, _(" of %s"), module);
    if (where)
        g_string_append_printf(out, _(" (%s, line %d)"), adj_ui_reply_text(where, "source", ""),
                               (int)adj_ui_reply_integer(where, "line", 0));
    return g_string_free(out, FALSE);
}

static void add_moment(Memory *m, int op, gboolean backward, double live, double held)
{
    Moment moment = {op, backward};
    guint n = m->moments->len;
    g_array_append_val(m->moments, moment);
    m->live[n] = live - m->start;
    m->held[n] = held;
    if (m->peak < 0 || m->live[n] > m->live[m->peak]) m->peak = (int)n;
}

static void take_trace(gpointer self, JsonObject *reply, const char *error)
{
    Memory *m = self;
    m->asked = 0;
    m->peak = m->chosen = -1;
    g_array_set_size(m->moments, 0);
    g_clear_pointer(&m->trace, json_object_unref);
    m->ops = NULL;
    adj_ui_sheet_changed(m->sheet);
    guint n = error ? 0 : adj_ui_reply_length(adj_ui_reply_array(reply, "ops"));
    if (!n) {
        gtk_label_set_text(GTK_LABEL(m->status),
                           error ? error : _("Nothing was recorded yet: run a step."));
        return;
    }
    m->trace = json_object_ref(reply);
    m->ops = adj_ui_reply_array(reply, "ops");
    m->start = adj_ui_reply_number(reply, "start_bytes", 0);
    m->live = g_renew(double, m->live, 2 * n);
    m->held = g_renew(double, m->held, 2 * n);
    double held = 0;
    for (guint i = 0; i < n; i++) {
        JsonObject *op = adj_ui_reply_object_at(m->ops, i);
        held += adj_ui_reply_number(op, "bytes", 0);
        add_moment(m, (int)i, FALSE, adj_ui_reply_number(op, "live_bytes", 0), held);
    }
    m->forward = (int)n;
    for (guint i = n; i--;) {
        JsonObject *op = adj_ui_reply_object_at(m->ops, i);
        double live = adj_ui_reply_number(op, "backward_live_bytes", 0);
        held -= adj_ui_reply_number(op, "bytes", 0);
        if (live > 0) add_moment(m, (int)i, TRUE, live, held);
    }
    g_free(m->peak_words);
    m->peak_words = words(m, m->peak, _("Peak: "));
    g_autofree char *text =
        g_strdup_printf(_("Step %" G_GINT64_FORMAT ". %s"),
                        adj_ui_reply_integer(reply, "step", 0), m->peak_words);
    gtk_label_set_text(GTK_LABEL(m->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(m->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void update(GtkWidget *panel)
{
    Memory *m = memory_of(panel);
    if (m->asked) adj_ui_model_cancel(m->model, m->asked);
    m->asked = adj_ui_model_ask(m->model, "trace", adj_ui_cursor_fields(m->model, NULL),
                                take_trace, m, G_OBJECT(panel));
}

// -- the picture --------------------------------------------------------------------------

static AdjUiMemory scene_of(const Memory *m)
{
    return (AdjUiMemory){.n = (int)m->moments->len,
                         .forward = m->forward,
                         .live = m->live,
                         .held = m->held,
                         .start = m->start,
                         .peak = m->peak,
                         .chosen = m->chosen,
                         .peak_words = m->peak_words,
                         .chosen_words = m->chosen_words};
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    AdjUiMemory scene = scene_of(self);
    adj_ui_paint_memory(cr, theme, &scene, width, height);
}

static void choose(Memory *m, int at)
{
    if (at < 0 || at >= (int)m->moments->len) return;
    m->chosen = at;
    g_free(m->chosen_words);
    m->chosen_words = words(m, at, "");
    adj_ui_sheet_changed(m->sheet);
    JsonObject *op =
        adj_ui_reply_object_at(m->ops, (guint)g_array_index(m->moments, Moment, at).op);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.from = m;
    s.module = (char *)adj_ui_reply_text(op, "module", "");
    s.node = adj_ui_reply_integer(op, "index", ADJ_UI_NONE);
    JsonObject *where = adj_ui_reply_object(op, "where");
    const char *source = adj_ui_reply_text(where, "source", "");
    if (g_str_has_prefix(source, "cell ")) {
        s.run = (int)g_ascii_strtoll(source + strlen("cell "), NULL, 10);
        s.start = (int)adj_ui_reply_integer(where, "start", ADJ_UI_NONE);
        s.end = (int)adj_ui_reply_integer(where, "end", ADJ_UI_NONE);
    }
    adj_ui_model_select(m->model, &s);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)y, (void)presses, (void)state;
    Memory *m = self;
    int width, height;
    AdjUiMemory scene = scene_of(m);
    adj_ui_sheet_size(m->sheet, &width, &height);
    choose(m, adj_ui_memory_at(&scene, width, x));
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Memory *m = self;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    switch (key) {
    case GDK_KEY_Left:
        choose(m, m->chosen < 0 ? (int)m->moments->len - 1 : m->chosen - 1);
        break;
    case GDK_KEY_Right: choose(m, m->chosen + 1); break;
    case GDK_KEY_Home: choose(m, m->peak); break;
    default: return FALSE;
    }
    return TRUE;
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint, .click = clicked, .key = key_pressed};

// -- the panel ----------------------------------------------------------------------------

static void memory_free(gpointer p)
{
    Memory *m = p;
    g_clear_pointer(&m->trace, json_object_unref);
    g_array_unref(m->moments);
    g_free(m->live);
    g_free(m->held);
    g_free(m->peak_words);
    g_free(m->chosen_words);
    g_free(m);
}

static GtkWidget *create(AdjUiModel *model)
{
    Memory *m = g_new0(Memory, 1);
    m->model = model;
    m->peak = m->chosen = -1;
    m->moments = g_array_new(FALSE, TRUE, sizeof(Moment));
    m->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(m->box), "memory", m, memory_free);
    m->status = g_object_new(GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "margin-start", 12,
                             "margin-end", 12, "margin-top", 8, "margin-bottom", 8,
                             "selectable", TRUE, NULL);
    m->sheet = adj_ui_sheet_new(&sheet_owner, m, _("Memory of tensors over one step"));
    gtk_box_append(GTK_BOX(m->box), m->status);
    gtk_box_append(GTK_BOX(m->box), m->sheet);
    return m->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    paint(memory_of(panel), cr, adj_ui_theme_now(), width, height);
}

static char *table(GtkWidget *panel)
{
    const Memory *m = memory_of(panel);
    GString *out = g_string_new("pass,operation,module,bytes of tensors,held for backward\n");
    for (guint i = 0; i < m->moments->len; i++) {
        const Moment *at = &g_array_index(m->moments, Moment, i);
        JsonObject *op = adj_ui_reply_object_at(m->ops, (guint)at->op);
        g_string_append_printf(
            out, "%s,%s,%s,%.0f,%.0f\n", at->backward ? "backward" : "forward",
            adj_ui_reply_text(op, "op", "?"), adj_ui_reply_text(op, "module", ""),
            m->start + m->live[i], m->held[i]);
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_memory = {
    .name = "memory",
    .title = N_("Memory"),
    .icon = "adj-memory-symbolic",
    .shortcut = "<Alt>m",
    .text = N_("What tensors hold over one step, and the operation at the peak"),
    .create = create,
    .update = update,
    .draw = draw,
    .table = table,
};

// SPDX-License-Identifier: Apache-2.0
//
// Gradients: how they flow through the layers, what each step changes, and who is ill.
//
// Three subscriptions feed it: the norms of all parameters' gradients, the updates they make,
// and the session's findings. A row is a layer; its lamp is the worst finding about it, and
// choosing it shows the finding's cause and remedy in the session's words. Only rows in view
// are painted.

#include "paint/ridges.h"
#include "panels/panel.h"
#include "panels/parts/sheet.h"
#include "session/cursor.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct Layer {
    AdjUiLayerFlow flow;
    char *path, *finding;
} Layer;

typedef struct Gradients {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *scrollbar, *status, *finding;
    GtkAdjustment *scroll;
    GPtrArray *layers;
    GHashTable *by_path;
    AdjUiLayerFlow *painted;  // the rows side by side, as the painter wants them
    int selected;
    guint subscriptions[3];
} Gradients;

static Gradients *gradients_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "gradients");
}

static void layer_free(gpointer p)
{
    Layer *l = p;
    g_free(l->path);
    g_free(l->finding);
    g_free(l);
}

static void fit_scroll(Gradients *g)
{
    int width, height;
    adj_ui_sheet_size(g->sheet, &width, &height);
    double all = g->layers->len * adj_ui_flow_row_height();
    double page = fmax(height - adj_ui_flow_top(), 1);
    gtk_adjustment_configure(g->scroll,
                             fmin(gtk_adjustment_get_value(g->scroll), fmax(all - page, 0)), 0,
                             fmax(all, page), adj_ui_flow_row_height(), page * 0.9, page);
    gtk_widget_set_visible(g->scrollbar, all > page);
}

static Layer *layer_at(Gradients *g, const char *path)
{
    Layer *l = g_hash_table_lookup(g->by_path, path);
    if (l) return l;
    l = g_new0(Layer, 1);
    l->path = g_strdup(path);
    l->flow = (AdjUiLayerFlow){.path = l->path, .norm = NAN, .ratio = NAN};
    g_ptr_array_add(g->layers, l);
    g_hash_table_insert(g->by_path, l->path, l);
    fit_scroll(g);
    return l;
}

// -- news ---------------------------------------------------------------------------------

static void take_norm(gpointer self, JsonObject *item)
{
    Gradients *g = self;
    Layer *l = layer_at(g, adj_ui_reply_text(item, "path", ""));
    AdjUiLayerFlow *f = &l->flow;
    f->norm = adj_ui_reply_norm(item);
    if (f->sparks == ADJ_UI_SPARK)
        memmove(f->spark, f->spark + 1, (ADJ_UI_SPARK - 1) * sizeof *f->spark);
    else
        f->sparks++;
    f->spark[f->sparks - 1] = (float)f->norm;
    if (!l->finding) f->health = isfinite(f->norm) ? ADJ_UI_HEALTHY : ADJ_UI_ILL;
    adj_ui_sheet_news(g->sheet);
}

// The program's own, which waits while a step of the past is looked at.
static void take_live_norm(gpointer self, JsonObject *item)
{
    Gradients *g = self;
    if (!adj_ui_cursor_in_past(g->model)) take_norm(g, item);
}

static void take_update(gpointer self, JsonObject *item)
{
    Gradients *g = self;
    layer_at(g, adj_ui_reply_text(item, "path", ""))->flow.ratio =
        adj_ui_reply_number(item, "ratio", NAN);
    adj_ui_sheet_news(g->sheet);
}

static void show_finding(Gradients *g)
{
    const Layer *l = g->selected >= 0 && g->selected < (int)g->layers->len
                         ? g_ptr_array_index(g->layers, (guint)g->selected)
                         : NULL;
    gtk_label_set_text(GTK_LABEL(g->finding), l && l->finding ? l->finding : "");
    gtk_widget_set_visible(g->finding, l && l->finding);
}

// A finding is about a module or a tensor; it belongs to every row at or below its path.
static void take_finding(Gradients *g, JsonObject *o)
{
    const char *path = adj_ui_reply_text(o, "path", ""),
               *cause = adj_ui_reply_text(o, "cause", "");
    gboolean ill = !strcmp(adj_ui_reply_text(o, "level", ""), "critical");
    size_t length = strlen(path);
    gboolean found = FALSE;
    for (guint i = 0; i < g->layers->len; i++) {
        Layer *l = g_ptr_array_index(g->layers, i);
        if (strncmp(l->path, path, length) || (l->path[length] && l->path[length] != '.'))
            continue;
        g_free(l->finding);
        l->finding = g_strdup_printf("%s\n%s\n%s", adj_ui_reply_text(o, "message", ""), cause,
                                     adj_ui_reply_text(o, "remedy", ""));
        l->flow.health = ill ? ADJ_UI_ILL : ADJ_UI_DOUBTFUL;
        found = TRUE;
    }
    if (found || !length) return;
    layer_at(g, path);  // about something that has no row yet: it gets one
    take_finding(g, o);
}

static void take_health(gpointer self, JsonObject *event)
{
    Gradients *g = self;
    JsonArray *findings = adj_ui_reply_array(event, "findings");
    for (guint i = 0; i < g->layers->len; i++) {
        Layer *l = g_ptr_array_index(g->layers, i);
        g_clear_pointer(&l->finding, g_free);
        l->flow.health = isnan(l->flow.norm) ? ADJ_UI_UNKNOWN : ADJ_UI_HEALTHY;
    }
    guint count = adj_ui_reply_length(findings);
    for (guint i = count; i > 0; i--)  // worst first in the list, so it is taken last and stays
        take_finding(g, adj_ui_reply_object_at(findings, i - 1));
    g_autofree char *text =
        count ? g_strdup_printf(ngettext("%u finding", "%u findings", count), count)
              : g_strdup(_("Nothing found to be wrong."));
    gtk_label_set_text(GTK_LABEL(g->status), text);
    show_finding(g);
    adj_ui_sheet_news(g->sheet);
}

static void take_health_reply(gpointer self, JsonObject *reply, const char *error)
{
    if (!error) take_health(self, reply);
}

static void show(GtkWidget *panel, gboolean visible)
{
    Gradients *g = gradients_of(panel);
    for (int i = 0; i < 3; i++) {
        if (g->subscriptions[i]) adj_ui_model_unsubscribe(g->model, g->subscriptions[i]);
        g->subscriptions[i] = 0;
    }
    if (!visible) return;
    static const char *const takes[] = {"weight_grad", "update"};
    AdjUiEvent events[] = {take_live_norm, take_update};
    for (int i = 0; i < 2; i++) {
        JsonObject *fields = adj_ui_fields(
            "path", adj_ui_say_text("*"), "take", adj_ui_say_text(takes[i]), "form",
            adj_ui_say_text("statistics"), "rate", adj_ui_say_int(30), NULL);
        g->subscriptions[i] =
            adj_ui_model_subscribe(g->model, fields, events[i], g, G_OBJECT(panel));
    }
    g->subscriptions[2] = adj_ui_model_subscribe(
        g->model, adj_ui_fields("topic", adj_ui_say_text("health"), NULL), take_health, g,
        G_OBJECT(panel));
}

static void update(GtkWidget *panel)
{
    Gradients *g = gradients_of(panel);
    adj_ui_model_ask(g->model, "health", NULL, take_health_reply, g, G_OBJECT(panel));
    if (adj_ui_cursor_in_past(g->model))
        adj_ui_cursor_look(g->model,
                           adj_ui_fields("take", adj_ui_say_text("weight_grad"), NULL),
                           take_norm, g, G_OBJECT(panel));
}

// -- the picture --------------------------------------------------------------------------

static void collect(Gradients *g)
{
    g->painted = g_renew(AdjUiLayerFlow, g->painted, g->layers->len + 1);
    for (guint i = 0; i < g->layers->len; i++)
        g->painted[i] = ((Layer *)g_ptr_array_index(g->layers, i))->flow;
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Gradients *g = self;
    int count = (int)g->layers->len;
    double top = adj_ui_flow_top(), row = adj_ui_flow_row_height();
    double y = gtk_adjustment_get_value(g->scroll);
    collect(g);
    cairo_save(cr);
    adj_ui_paint_flow(cr, theme, g->painted, count, 0, 0, g->selected, width);
    cairo_rectangle(cr, 0, top, width, height - top);
    cairo_clip(cr);
    cairo_translate(cr, 0, -y);
    int first = (int)(y / row), last = (int)((y + height - top) / row) + 1;
    adj_ui_paint_flow_rows(cr, theme, g->painted, count, first, last, g->selected, width);
    cairo_restore(cr);
}

static void choose(Gradients *g, int row)
{
    if (!g->layers->len) return;
    g->selected = CLAMP(row, 0, (int)g->layers->len - 1);
    Layer *l = g_ptr_array_index(g->layers, (guint)g->selected);
    double at = g->selected * adj_ui_flow_row_height();
    gtk_adjustment_clamp_page(g->scroll, at, at + adj_ui_flow_row_height());
    show_finding(g);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.module = l->path;
    s.value = l->path;
    s.from = g;
    adj_ui_model_select(g->model, &s);
    g_autofree char *say =
        g_strdup_printf(_("%s: gradient norm %.3g, update to weight %.3g. %s"), l->path,
                        l->flow.norm, l->flow.ratio, l->finding ? l->finding : "");
    gtk_accessible_update_property(GTK_ACCESSIBLE(g->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, say, -1);
    adj_ui_sheet_changed(g->sheet);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)presses, (void)state;
    Gradients *g = self;
    int width, height;
    adj_ui_sheet_size(g->sheet, &width, &height);
    if (y < adj_ui_flow_top()) {  // in the river: the layer below
        choose(g, (int)round((x - 16) / fmax(width - 32, 1) * ((int)g->layers->len - 1)));
        return;
    }
    double row = (y - adj_ui_flow_top() + gtk_adjustment_get_value(g->scroll));
    choose(g, (int)(row / adj_ui_flow_row_height()));
}

static gboolean scrolled(gpointer self, double x, double y, double dx, double dy,
                         GdkModifierType state)
{
    (void)x, (void)y, (void)dx, (void)state;
    Gradients *g = self;
    gtk_adjustment_set_value(g->scroll, gtk_adjustment_get_value(g->scroll) +
                                            dy * 2 * adj_ui_flow_row_height());
    return TRUE;
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Gradients *g = self;
    int by = key == GDK_KEY_Down        ? 1
             : key == GDK_KEY_Up        ? -1
             : key == GDK_KEY_Page_Down ? 10
             : key == GDK_KEY_Page_Up   ? -10
                                        : 0;
    if (!by || state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    choose(g, g->selected + by);
    return TRUE;
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint,
    .click = clicked,
    .scroll = scrolled,
    .key = key_pressed,
};

// -- the panel ----------------------------------------------------------------------------

static void moved(GtkAdjustment *a, gpointer self)
{
    (void)a;
    adj_ui_sheet_changed(((Gradients *)self)->sheet);
}

static void gradients_free(gpointer p)
{
    Gradients *g = p;
    g_hash_table_unref(g->by_path);
    g_ptr_array_unref(g->layers);
    g_free(g->painted);
    g_free(g);
}

static GtkWidget *create(AdjUiModel *model)
{
    Gradients *g = g_new0(Gradients, 1);
    g->model = model;
    g->selected = -1;
    g->layers = g_ptr_array_new_with_free_func(layer_free);
    g->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    g->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(g->box), "gradients", g, gradients_free);
    g->status = adj_ui_status_new();
    gtk_label_set_text(GTK_LABEL(g->status), _("Train, and the gradients show up here."));
    GtkWidget *bar = adj_ui_bar_new(), *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_box_append(GTK_BOX(bar), g->status);
    gtk_box_append(GTK_BOX(g->box), bar);
    g->sheet = adj_ui_sheet_new(&sheet_owner, g, _("Flow of gradients through the layers"));
    g->scroll = gtk_adjustment_new(0, 0, 1, 1, 1, 1);
    g_signal_connect(g->scroll, "value-changed", G_CALLBACK(moved), g);
    g->scrollbar = gtk_scrollbar_new(GTK_ORIENTATION_VERTICAL, g->scroll);
    gtk_widget_set_visible(g->scrollbar, FALSE);
    gtk_box_append(GTK_BOX(row), g->sheet);
    gtk_box_append(GTK_BOX(row), g->scrollbar);
    gtk_box_append(GTK_BOX(g->box), row);
    g->finding = g_object_new(GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "selectable", TRUE,
                              "margin-start", 12, "margin-end", 12, "margin-top", 8,
                              "margin-bottom", 8, "visible", FALSE, NULL);
    gtk_box_append(GTK_BOX(g->box), g->finding);
    return g->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    (void)height;
    Gradients *g = gradients_of(panel);
    int count = (int)g->layers->len;
    collect(g);
    adj_ui_paint_flow(cr, adj_ui_theme(FALSE), g->painted, count, 0, count, -1, width);
}

static void draw_size(GtkWidget *panel, int *width, int *height)
{
    (void)width;
    const Gradients *g = gradients_of(panel);
    *height = (int)ceil(adj_ui_flow_top() + g->layers->len * adj_ui_flow_row_height());
}

static char *table(GtkWidget *panel)
{
    const Gradients *g = gradients_of(panel);
    static const char *const words[] = {"unknown", "healthy", "doubtful", "ill"};
    GString *out = g_string_new("layer,health,gradient norm,update to weight\n");
    for (guint i = 0; i < g->layers->len; i++) {
        const Layer *l = g_ptr_array_index(g->layers, i);
        g_string_append_printf(out, "%s,%s,%.9g,%.9g\n", l->path, words[l->flow.health],
                               l->flow.norm, l->flow.ratio);
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_gradients = {
    .name = "gradients",
    .title = N_("Gradients"),
    .icon = "adj-gradients-symbolic",
    .shortcut = "<Alt>4",
    .text = N_("How gradients flow through the layers, and what is wrong with them"),
    .create = create,
    .show = show,
    .update = update,
    .draw = draw,
    .draw_size = draw_size,
    .table = table,
};

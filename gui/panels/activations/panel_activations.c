// SPDX-License-Identifier: Apache-2.0
//
// Activations: histograms over time of every layer's result, side by side, and the feature maps
// of the one that is selected.
//
// One subscription asks for logarithmic histograms of all modules without children; they come
// reduced, at most thirty a second, only while the panel is visible. Choosing a layer whose
// result has maps (channels of a convolution, heads of an attention) subscribes to one image
// for each of the first MAPS of them.

#include "paint/atlas.h"
#include "paint/ridges.h"
#include "panels/activations/lens.h"
#include "panels/panel.h"
#include "panels/parts/sheet.h"
#include "session/cursor.h"
#include "session/reply.h"
#include "shade/shade.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { MAPS = 36 };
static const double TILE_W = 330, TILE_H = 210, GAP = 10;

typedef struct Maps {
    guint subscription[MAPS];
    AdjUiHeat *heat[MAPS];
    int count;
} Maps;

// A tile's picture. Ridges are expensive and news comes for all tiles at once, so a frame
// paints only as many anew as its budget allows, the oldest first; the others wait their turn.
typedef struct Tile {
    cairo_surface_t *surface;
    gint64 painted;  // when
    gboolean stale;
} Tile;

typedef struct MapAsk {
    struct Activations *owner;
    int number;
} MapAsk;

typedef struct Activations {
    AdjUiModel *model;
    GtkWidget *box, *stack, *lens, *lens_on, *sheet, *scrollbar, *take, *status, *maps_on;
    GtkAdjustment *scroll;
    GHashTable *rows;  // path -> row + 1
    GPtrArray *paths;  // of char *
    GPtrArray *pasts;  // of AdjUiPast *
    GArray *tiles;     // of Tile
    int selected;
    guint subscription;
    gboolean visible;
    const AdjUiTheme *theme;  // that the tiles were painted in
    guint again;
    Maps maps;
    MapAsk map_asks[MAPS];
} Activations;

static Activations *activations_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "activations");
}

static int columns_for(int width)
{
    return MAX(1, (int)((width - GAP) / (TILE_W + GAP)));
}

static AdjUiRect tile(const Activations *a, int i, int width)
{
    int columns = columns_for(width);
    double w = (width - GAP) / columns - GAP, y = gtk_adjustment_get_value(a->scroll);
    return adj_ui_rect(GAP + i % columns * (w + GAP), GAP + i / columns * (TILE_H + GAP) - y, w,
                       TILE_H);
}

static void fit_scroll(Activations *a)
{
    int width, height;
    adj_ui_sheet_size(a->sheet, &width, &height);
    int columns = columns_for(width), rows = ((int)a->paths->len + columns - 1) / columns;
    double all = GAP + rows * (TILE_H + GAP), page = fmax(height, 1);
    gtk_adjustment_configure(a->scroll,
                             fmin(gtk_adjustment_get_value(a->scroll), fmax(all - page, 0)), 0,
                             fmax(all, page), TILE_H / 2, page * 0.9, page);
    gtk_widget_set_visible(a->scrollbar, all > page);
}

static int row_of(Activations *a, const char *path)
{
    int known = GPOINTER_TO_INT(g_hash_table_lookup(a->rows, path));
    if (known) return known - 1;
    char *kept = g_strdup(path);
    g_ptr_array_add(a->paths, kept);
    g_hash_table_insert(a->rows, kept, GINT_TO_POINTER((int)a->paths->len));
    g_ptr_array_add(a->pasts, g_new0(AdjUiPast, 1));
    g_array_set_size(a->tiles, a->pasts->len);
    fit_scroll(a);
    return (int)a->paths->len - 1;
}

static void take_item(gpointer self, JsonObject *item)
{
    Activations *a = self;
    int row = row_of(a, adj_ui_reply_text(item, "path", ""));
    AdjUiPast *p = g_ptr_array_index(a->pasts, (guint)row);
    JsonObject *s = adj_ui_reply_object(item, "statistics");
    JsonObject *h = adj_ui_reply_object(item, "histogram");
    JsonArray *counts = adj_ui_reply_array(h, "counts");
    double bins[ADJ_UI_BINS];
    int n = (int)MIN(adj_ui_reply_length(counts), (guint)ADJ_UI_BINS);
    for (int i = 0; i < n; i++) bins[i] = adj_ui_reply_number_at(counts, (guint)i);
    p->is_log = !g_strcmp0(adj_ui_reply_text(h, "scale", ""), "log");
    p->low = adj_ui_reply_number(h, "low", 0);
    p->high = adj_ui_reply_number(h, "high", 1);
    p->mean = adj_ui_reply_number(s, "mean", NAN);
    p->std = adj_ui_reply_number(s, "std", NAN);
    p->zeros = adj_ui_reply_number(s, "zeros", NAN);
    p->norm = adj_ui_reply_number(s, "norm", NAN);
    p->bad = adj_ui_reply_integer(s, "nan", 0) + adj_ui_reply_integer(s, "inf", 0);
    p->rank = adj_ui_reply_shape(item, "shape", p->shape, 8);
    if (n) adj_ui_past_add(p, adj_ui_reply_integer(item, "step", 0), bins, n);
    g_array_index(a->tiles, Tile, row).stale = TRUE;
    adj_ui_sheet_news(a->sheet);
}

// The program's own, which waits while a step of the past is looked at.
static void take_live(gpointer self, JsonObject *item)
{
    Activations *a = self;
    if (!adj_ui_cursor_in_past(a->model)) take_item(a, item);
}

static const char *const takes[] = {"value", "grad", "weight", NULL};

static void subscribe(Activations *a)
{
    if (a->subscription) adj_ui_model_unsubscribe(a->model, a->subscription);
    a->subscription = 0;
    if (!a->visible) return;
    guint take = gtk_drop_down_get_selected(GTK_DROP_DOWN(a->take));
    JsonObject *fields =
        adj_ui_fields("path", adj_ui_say_text("*"), "take", adj_ui_say_text(takes[take]),
                      "form", adj_ui_say_text("histogram"), "scale", adj_ui_say_text("log"),
                      "rate", adj_ui_say_int(30), NULL);
    if (adj_ui_cursor_in_past(a->model))
        adj_ui_cursor_look(a->model, json_object_ref(fields), take_item, a, G_OBJECT(a->box));
    a->subscription = adj_ui_model_subscribe(a->model, fields, take_live, a, G_OBJECT(a->box));
}

// -- feature maps -------------------------------------------------------------------------

static void take_map(gpointer self, JsonObject *item)
{
    const MapAsk *ask = self;
    Maps *m = &ask->owner->maps;
    JsonObject *image = adj_ui_reply_object(item, "image");
    gint64 rows = adj_ui_reply_integer(image, "rows", 0);
    gint64 columns = adj_ui_reply_integer(image, "columns", 0);
    gsize size = 0;
    guchar *bytes = g_base64_decode(adj_ui_reply_text(image, "data", ""), &size);
    if (rows < 1 || columns < 1 || size != (gsize)(rows * columns) * sizeof(float)) {
        g_free(bytes);
        return;
    }
    adj_ui_heat_free(m->heat[ask->number]);
    m->heat[ask->number] = adj_ui_heat_new((float *)(void *)bytes, rows, columns);
    adj_ui_sheet_news(ask->owner->sheet);
}

static void drop_maps(Activations *a)
{
    for (int i = 0; i < MAPS; i++) {
        if (a->maps.subscription[i])
            adj_ui_model_unsubscribe(a->model, a->maps.subscription[i]);
        adj_ui_heat_free(a->maps.heat[i]);
    }
    a->maps = (Maps){0};
}

// The maps of the first example: channels of (N, C, H, W), or the matrix itself.
static void subscribe_maps(Activations *a)
{
    drop_maps(a);
    gboolean on = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(a->maps_on));
    if (!on || !a->visible || a->selected < 0) return;
    const AdjUiPast *p = g_ptr_array_index(a->pasts, (guint)a->selected);
    const char *path = g_ptr_array_index(a->paths, (guint)a->selected);
    a->maps.count = p->rank >= 4   ? (int)MIN(p->shape[1], MAPS)
                    : p->rank == 3 ? (int)MIN(p->shape[0], MAPS)
                                   : 1;
    for (int i = 0; i < a->maps.count; i++) {
        int64_t size[] = {128, 128}, at[] = {0, i};
        JsonObject *fields =
            adj_ui_fields("path", adj_ui_say_text(path), "take", adj_ui_say_text("value"),
                          "form", adj_ui_say_text("image"), "size", adj_ui_say_ints(size, 2),
                          "rate", adj_ui_say_int(10), NULL);
        if (p->rank == 4) json_object_set_member(fields, "at", adj_ui_say_ints(at, 2));
        if (p->rank == 3) json_object_set_member(fields, "at", adj_ui_say_ints(at + 1, 1));
        a->map_asks[i] = (MapAsk){a, i};
        a->maps.subscription[i] = adj_ui_model_subscribe(a->model, fields, take_map,
                                                         &a->map_asks[i], G_OBJECT(a->box));
    }
}

static AdjUiAtlas atlas_of(const Activations *a, double width, double height)
{
    return adj_ui_atlas_fit(a->maps.heat, a->maps.count, width, height);
}

static void paint_maps(const Activations *a, cairo_t *cr, const AdjUiTheme *theme, int width,
                       int height, gboolean shaded)
{
    AdjUiAtlas atlas = atlas_of(a, width, height);
    if (!shaded) adj_ui_paint_atlas(cr, theme, &atlas, "viridis");
    adj_ui_paint_atlas_marks(cr, theme, &atlas, "viridis", width, height);
}

static gboolean shade(gpointer self, AdjUiShader *s, AdjUiFrame *frame)
{
    const Activations *a = self;
    if (!a->maps.count) return FALSE;
    AdjUiAtlas atlas = atlas_of(a, frame->width / frame->scale, frame->height / frame->scale);
    return adj_ui_shade_atlas(s, frame, &atlas, "viridis");
}

// -- the picture --------------------------------------------------------------------------

static const gint64 BUDGET = 5000;  // microseconds of a frame

static void paint_tile(Activations *a, const AdjUiTheme *theme, int i, AdjUiRect r)
{
    Tile *t = &g_array_index(a->tiles, Tile, i);
    int scale = gtk_widget_get_scale_factor(a->sheet);
    int w = (int)ceil(r.w) * scale, h = (int)ceil(r.h) * scale;
    if (t->surface && (cairo_image_surface_get_width(t->surface) != w ||
                       cairo_image_surface_get_height(t->surface) != h))
        g_clear_pointer(&t->surface, cairo_surface_destroy);
    if (!t->surface) t->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, h);
    cairo_t *cr = cairo_create(t->surface);
    adj_ui_ink(cr, theme->ground, 1);
    cairo_paint(cr);
    cairo_scale(cr, scale, scale);
    adj_ui_paint_ridges(cr, theme, g_ptr_array_index(a->pasts, (guint)i),
                        g_ptr_array_index(a->paths, (guint)i),
                        adj_ui_rect(1, 1, r.w - 2, r.h - 4), i == a->selected);
    cairo_destroy(cr);
    t->painted = g_get_monotonic_time();
    t->stale = FALSE;
}

static gboolean in_view(AdjUiRect r, int height)
{
    return r.y + r.h >= 0 && r.y <= height;
}

// The tile in view that has waited longest for its news, -1: none waits.
static int oldest(const Activations *a, int width, int height)
{
    int found = -1;
    for (int i = 0; i < (int)a->tiles->len; i++) {
        const Tile *t = &g_array_index(a->tiles, Tile, i);
        if (t->surface && !t->stale) continue;
        if (!in_view(tile(a, i, width), height)) continue;
        if (found < 0 || t->painted < g_array_index(a->tiles, Tile, found).painted) found = i;
    }
    return found;
}

static gboolean paint_again(gpointer self)
{
    Activations *a = self;
    a->again = 0;
    adj_ui_sheet_news(a->sheet);
    return G_SOURCE_REMOVE;
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Activations *a = self;
    if (a->maps.count) {
        paint_maps(a, cr, theme, width, height, adj_ui_sheet_shaded(a->sheet));
        return;
    }
    gint64 until = g_get_monotonic_time() + BUDGET;
    int waiting;
    if (theme != a->theme)
        for (guint i = 0; i < a->tiles->len; i++) g_array_index(a->tiles, Tile, i).stale = TRUE;
    a->theme = theme;
    while ((waiting = oldest(a, width, height)) >= 0 && g_get_monotonic_time() < until)
        paint_tile(a, theme, waiting, tile(a, waiting, width));
    for (int i = 0; i < (int)a->tiles->len; i++) {
        const Tile *t = &g_array_index(a->tiles, Tile, i);
        AdjUiRect r = tile(a, i, width);
        if (!t->surface || !in_view(r, height)) continue;
        int scale = gtk_widget_get_scale_factor(a->sheet);
        cairo_save(cr);
        cairo_translate(cr, floor(r.x), floor(r.y));
        cairo_scale(cr, 1.0 / scale, 1.0 / scale);
        cairo_set_source_surface(cr, t->surface, 0, 0);
        cairo_paint(cr);
        cairo_restore(cr);
    }
    if (waiting >= 0 && !a->again) a->again = g_timeout_add(16, paint_again, a);
}

static gboolean lens_is_on(const Activations *a)
{
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(a->lens_on));
}

static void show_lens(Activations *a)
{
    gboolean on = lens_is_on(a);
    const char *path =
        a->selected >= 0 ? g_ptr_array_index(a->paths, (guint)a->selected) : NULL;
    gtk_stack_set_visible_child_name(GTK_STACK(a->stack), on ? "lens" : "tiles");
    adj_ui_lens_show(a->lens, on && a->visible ? path : NULL);
}

static void choose(Activations *a, int i, gboolean tell)
{
    if (i < 0 || i >= (int)a->paths->len) return;
    if (a->selected >= 0) g_array_index(a->tiles, Tile, a->selected).stale = TRUE;
    g_array_index(a->tiles, Tile, i).stale = TRUE;
    a->selected = i;
    const AdjUiPast *p = g_ptr_array_index(a->pasts, (guint)i);
    g_autofree char *say = g_strdup_printf(
        _("%s: mean %.3g, standard deviation %.3g, zeros %.0f %%"),
        (char *)g_ptr_array_index(a->paths, (guint)i), p->mean, p->std, p->zeros * 100);
    gtk_label_set_text(GTK_LABEL(a->status), say);
    gtk_accessible_update_property(GTK_ACCESSIBLE(a->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, say, -1);
    subscribe_maps(a);
    show_lens(a);
    adj_ui_sheet_changed(a->sheet);
    if (!tell) return;
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.module = g_ptr_array_index(a->paths, (guint)i);
    s.from = a;
    adj_ui_model_select(a->model, &s);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)presses, (void)state;
    Activations *a = self;
    int width, height;
    adj_ui_sheet_size(a->sheet, &width, &height);
    for (int i = 0; i < (int)a->paths->len && !a->maps.count; i++) {
        AdjUiRect r = tile(a, i, width);
        if (x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h) choose(a, i, TRUE);
    }
}

static gboolean scrolled(gpointer self, double x, double y, double dx, double dy,
                         GdkModifierType state)
{
    (void)x, (void)y, (void)dx, (void)state;
    Activations *a = self;
    gtk_adjustment_set_value(a->scroll, gtk_adjustment_get_value(a->scroll) + dy * TILE_H / 3);
    return TRUE;
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Activations *a = self;
    int width, height;
    adj_ui_sheet_size(a->sheet, &width, &height);
    int columns = columns_for(width), by = key == GDK_KEY_Right  ? 1
                                           : key == GDK_KEY_Left ? -1
                                           : key == GDK_KEY_Down ? columns
                                           : key == GDK_KEY_Up   ? -columns
                                                                 : 0;
    if (!by || state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    choose(a, CLAMP(a->selected + by, 0, (int)a->paths->len - 1), TRUE);
    AdjUiRect r = tile(a, MAX(a->selected, 0), width);
    double y = r.y + gtk_adjustment_get_value(a->scroll);
    gtk_adjustment_clamp_page(a->scroll, y - GAP, y + r.h + GAP);
    return TRUE;
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint,
    .shade = shade,
    .click = clicked,
    .scroll = scrolled,
    .key = key_pressed,
};

// -- the panel ----------------------------------------------------------------------------

static void show(GtkWidget *panel, gboolean visible)
{
    Activations *a = activations_of(panel);
    a->visible = visible;
    subscribe(a);
    subscribe_maps(a);
    show_lens(a);
}

static void update(GtkWidget *panel)
{
    Activations *a = activations_of(panel);
    if (lens_is_on(a)) adj_ui_lens_news(a->lens);
    if (a->visible && adj_ui_cursor_in_past(a->model)) subscribe(a);
}

static void selected(GtkWidget *panel, const AdjUiSelection *s)
{
    Activations *a = activations_of(panel);
    if (!s->module || s->from == a) return;
    for (guint i = 0; i < a->paths->len; i++)
        if (!strcmp(g_ptr_array_index(a->paths, i), s->module)) choose(a, (int)i, FALSE);
}

static void take_changed(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Activations *a = self;
    for (guint i = 0; i < a->pasts->len; i++)
        memset(g_ptr_array_index(a->pasts, i), 0, sizeof(AdjUiPast));
    for (guint i = 0; i < a->tiles->len; i++) g_array_index(a->tiles, Tile, i).stale = TRUE;
    subscribe(a);
    adj_ui_sheet_changed(a->sheet);
}

static void maps_toggled(GtkToggleButton *b, gpointer self)
{
    (void)b;
    Activations *a = self;
    subscribe_maps(a);
    adj_ui_sheet_changed(a->sheet);
}

static void lens_toggled(GtkToggleButton *b, gpointer self)
{
    (void)b;
    show_lens(self);
}

static void moved(GtkAdjustment *adjustment, gpointer self)
{
    (void)adjustment;
    adj_ui_sheet_changed(((Activations *)self)->sheet);
}

static void tile_clear(gpointer p)
{
    g_clear_pointer(&((Tile *)p)->surface, cairo_surface_destroy);
}

static void activations_free(gpointer p)
{
    Activations *a = p;
    if (a->again) g_source_remove(a->again);
    g_array_unref(a->tiles);
    for (int i = 0; i < MAPS; i++) adj_ui_heat_free(a->maps.heat[i]);
    g_hash_table_unref(a->rows);
    g_ptr_array_unref(a->paths);
    g_ptr_array_unref(a->pasts);
    g_free(a);
}

static GtkWidget *create(AdjUiModel *model)
{
    static const char *const words[] = {N_("results"), N_("their gradients"), N_("weights"),
                                        NULL};
    Activations *a = g_new0(Activations, 1);
    a->model = model;
    a->selected = -1;
    a->rows = g_hash_table_new(g_str_hash, g_str_equal);
    a->paths = g_ptr_array_new_with_free_func(g_free);
    a->pasts = g_ptr_array_new_with_free_func(g_free);
    a->tiles = g_array_new(FALSE, TRUE, sizeof(Tile));
    g_array_set_clear_func(a->tiles, tile_clear);
    a->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(a->box), "activations", a, activations_free);
    a->take =
        adj_ui_choice_new(words, _("What is shown of each layer"), G_CALLBACK(take_changed), a);
    a->maps_on = adj_ui_toggle_new("view-grid-symbolic", _("Feature maps of the chosen layer"),
                                   FALSE, G_CALLBACK(maps_toggled), a);
    a->status = adj_ui_status_new();
    gtk_label_set_text(GTK_LABEL(a->status), _("Train, and every layer shows up here."));
    GtkWidget *bar = adj_ui_bar_new(), *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_box_append(GTK_BOX(bar), a->take);
    gtk_box_append(GTK_BOX(bar), a->maps_on);
    a->lens_on = adj_ui_toggle_new("edit-find-symbolic",
                                   _("What an element of the chosen layer is made of"), FALSE,
                                   G_CALLBACK(lens_toggled), a);
    gtk_box_append(GTK_BOX(bar), a->lens_on);
    gtk_box_append(GTK_BOX(bar), a->status);
    a->sheet = adj_ui_sheet_new(&sheet_owner, a, _("Histograms of activations over time"));
    a->scroll = gtk_adjustment_new(0, 0, 1, 1, 1, 1);
    g_signal_connect(a->scroll, "value-changed", G_CALLBACK(moved), a);
    a->scrollbar = gtk_scrollbar_new(GTK_ORIENTATION_VERTICAL, a->scroll);
    gtk_widget_set_visible(a->scrollbar, FALSE);
    gtk_box_append(GTK_BOX(row), a->sheet);
    gtk_box_append(GTK_BOX(row), a->scrollbar);
    gtk_box_append(GTK_BOX(a->box), bar);
    a->lens = adj_ui_lens_new(model);
    a->stack = gtk_stack_new();
    gtk_stack_add_named(GTK_STACK(a->stack), row, "tiles");
    gtk_stack_add_named(GTK_STACK(a->stack), a->lens, "lens");
    gtk_widget_set_vexpand(a->stack, TRUE);
    gtk_box_append(GTK_BOX(a->box), a->stack);
    return a->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    const Activations *a = activations_of(panel);
    const AdjUiTheme *theme = adj_ui_theme(FALSE);
    if (lens_is_on(a)) {
        adj_ui_lens_draw(a->lens, cr, width, height);
        return;
    }
    if (a->maps.count) {
        paint_maps(a, cr, theme, width, height, FALSE);
        return;
    }
    cairo_translate(cr, 0, gtk_adjustment_get_value(a->scroll));  // tiles are where they stand
    for (int i = 0; i < (int)a->paths->len; i++)
        adj_ui_paint_ridges(cr, theme, g_ptr_array_index(a->pasts, (guint)i),
                            g_ptr_array_index(a->paths, (guint)i), tile(a, i, width), false);
}

static void draw_size(GtkWidget *panel, int *width, int *height)
{
    const Activations *a = activations_of(panel);
    int columns = columns_for(*width), rows = ((int)a->paths->len + columns - 1) / columns;
    if (!a->maps.count && rows) *height = GAP + rows * (TILE_H + GAP);
}

static char *table(GtkWidget *panel)
{
    const Activations *a = activations_of(panel);
    if (lens_is_on(a)) return adj_ui_lens_table(a->lens);
    GString *out = g_string_new("layer,mean,std,zeros,norm,not finite\n");
    for (guint i = 0; i < a->paths->len; i++) {
        const AdjUiPast *p = g_ptr_array_index(a->pasts, i);
        g_string_append_printf(out, "%s,%.9g,%.9g,%.9g,%.9g,%" G_GINT64_FORMAT "\n",
                               (char *)g_ptr_array_index(a->paths, i), p->mean, p->std,
                               p->zeros, p->norm, (gint64)p->bad);
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_activations = {
    .name = "activations",
    .title = N_("Activations"),
    .icon = "adj-activations-symbolic",
    .shortcut = "<Alt>3",
    .text = N_("Histograms of every layer over time, and feature maps"),
    .create = create,
    .show = show,
    .update = update,
    .select = selected,
    .draw = draw,
    .draw_size = draw_size,
    .table = table,
};

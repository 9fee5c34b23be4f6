// SPDX-License-Identifier: Apache-2.0
//
// One request is on its way at a time; while it is, the newest wish waits, so a pointer that
// runs over a map asks as often as the session answers and no more. The maps themselves are
// asked for only when another plane is shown.

#include "panels/activations/lens.h"

#include "paint/lens.h"
#include "panels/parts/sheet.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>

enum { RANK = 8, WINDOW_MOST = 1024, RETRY_MS = 400 };

typedef struct Wish {
    gboolean backward;
    int64_t row, column;
} Wish;

typedef struct Lens {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *status, *back, *which;
    char *module;
    int64_t step, index;     // of the operation; index -1: not known yet
    int64_t shape[2][RANK];  // of output and input
    int rank[2], space;
    gboolean channels;
    int64_t own, plane;  // pictures shown of the element's map and of the other; plane -1: any
    char kind[32];
    JsonObject *ops;  // held: the answer that listed them
    AdjUiLensPicture picture;
    AdjUiHeat *heat[2];
    int64_t window[2][WINDOW_MOST];
    Wish wish;
    gboolean wished, asking, pinning, filling;
    guint retry;
} Lens;

static Lens *lens_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "lens");
}

static void say(Lens *l, const char *text)
{
    gtk_label_set_text(GTK_LABEL(l->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(l->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

// -- answers ------------------------------------------------------------------------------

static int64_t places(const Lens *l, int map, int axis)
{
    if (axis < 2 - l->space) return 1;
    return l->shape[map][l->rank[map] - 2 + axis];
}

// "output  4 × 24 × 24, plane 2"
static void title_map(Lens *l, int map)
{
    char shape[96];
    gboolean own = map == l->wish.backward;
    int64_t plane = own ? l->own : l->plane;
    adj_ui_shape_text(shape, l->shape[map], l->rank[map]);
    char *out = l->picture.map[map].title;
    gsize n = (gsize)g_snprintf(out, 96, "%s  %s", map ? _("input") : _("output"), shape);
    if (l->channels && plane >= 0 && n < 80)
        g_snprintf(out + n, 96 - n, _(", plane %d"), (int)plane);
}

static void take_heat(Lens *l, int map, JsonObject *reply)
{
    JsonObject *o = adj_ui_reply_object(reply, map ? "input_map" : "output_map");
    JsonObject *image = adj_ui_reply_object(o, "image");
    gint64 rows = adj_ui_reply_integer(image, "rows", 0);
    gint64 columns = adj_ui_reply_integer(image, "columns", 0);
    gsize size = 0;
    guchar *bytes = g_base64_decode(adj_ui_reply_text(image, "data", ""), &size);
    if (rows < 1 || columns < 1 || size != (gsize)(rows * columns) * sizeof(float)) {
        g_free(bytes);
        return;
    }
    adj_ui_heat_free(l->heat[map]);
    l->heat[map] = adj_ui_heat_new((float *)(void *)bytes, rows, columns);
    l->picture.map[map].heat = l->heat[map];
}

// The numbers of a plane as cards have them: the first rows and columns.
static void take_cells(JsonArray *rows, AdjUiNumbers *out)
{
    *out = (AdjUiNumbers){.rank = 2};
    out->rows = (int)MIN(adj_ui_reply_length(rows), (guint)ADJ_UI_WINDOW);
    out->of[0] = adj_ui_reply_length(rows);
    for (int i = 0; i < out->rows; i++) {
        JsonArray *row = json_array_get_array_element(rows, (guint)i);
        out->of[1] = adj_ui_reply_length(row);
        out->columns = (int)MIN(out->of[1], ADJ_UI_WINDOW);
        for (int k = 0; k < out->columns; k++)
            out->value[i * out->columns + k] = adj_ui_reply_number_at(row, (guint)k);
    }
}

static void take_part(AdjUiLensPart *part, JsonObject *o)
{
    take_cells(adj_ui_reply_array(o, "values"), &part->values);
    take_cells(adj_ui_reply_array(o, "weights"), &part->weights);
    part->products = part->values;
    for (int i = 0; i < part->values.rows * part->values.columns; i++)
        part->products.value[i] = part->values.value[i] * part->weights.value[i];
    part->plane = (long)adj_ui_reply_integer(o, "plane", -1);
    part->sum = adj_ui_reply_number(o, "sum", NAN);
}

static void take_element(Lens *l, JsonObject *reply)
{
    AdjUiLensPicture *p = &l->picture;
    JsonArray *planes = adj_ui_reply_array(reply, "planes");
    p->parts = (int)MIN(adj_ui_reply_length(planes), (guint)ADJ_UI_LENS_PARTS);
    for (int i = 0; i < p->parts; i++)
        take_part(&p->part[i], adj_ui_reply_object_at(planes, (guint)i));
    p->parts_of = (int)adj_ui_reply_integer(reply, "planes_of", p->parts);
    p->bias = adj_ui_reply_number(reply, "bias", NAN);
    p->total = adj_ui_reply_number(reply, "total", NAN);
    p->recorded = adj_ui_reply_number(reply, "recorded", NAN);
    p->backward = l->wish.backward;
    p->n_rows = MIN(adj_ui_reply_shape(reply, "rows", l->window[0], WINDOW_MOST), WINDOW_MOST);
    p->n_columns =
        MIN(adj_ui_reply_shape(reply, "columns", l->window[1], WINDOW_MOST), WINDOW_MOST);
    p->window_rows = l->window[0];
    p->window_columns = l->window[1];
    p->has_element = TRUE;
    if (l->channels && l->plane < 0 && p->parts) l->plane = p->part[0].plane;
}

static void say_element(Lens *l)
{
    const AdjUiLensPicture *p = &l->picture;
    g_autofree char *text = g_strdup_printf(
        p->backward ? _("Input [%d, %d] sends to %d elements: %.6g")
                    : _("Output [%d, %d] is made of %d elements: %.6g"),
        (int)p->row, (int)p->column, p->n_rows * p->n_columns * MAX(p->parts_of, 1), p->total);
    say(l, text);
}

static void ask(Lens *l);

static void take_answer(gpointer self, JsonObject *reply, const char *error)
{
    Lens *l = self;
    l->asking = FALSE;
    if (error) {
        say(l, error);
        return;
    }
    JsonArray *at = adj_ui_reply_array(reply, "at");
    guint n = adj_ui_reply_length(at);
    if (n) {
        l->wish.backward = !g_strcmp0(adj_ui_reply_text(reply, "direction", ""), "backward");
        l->picture.column = (int64_t)adj_ui_reply_number_at(at, n - 1);
        l->picture.row =
            l->space == 2 && n > 1 ? (int64_t)adj_ui_reply_number_at(at, n - 2) : 0;
        take_element(l, reply);
    }
    for (int map = 0; map < 2; map++) {
        take_heat(l, map, reply);
        title_map(l, map);
    }
    if (n) say_element(l);
    adj_ui_sheet_changed(l->sheet);
    if (l->wished) ask(l);
}

// -- asking -------------------------------------------------------------------------------

static JsonNode *full_index(const Lens *l, gboolean backward, int64_t row, int64_t column)
{
    int64_t at[RANK] = {0};
    int rank = l->rank[backward];
    if (l->channels && rank > l->space) at[rank - l->space - 1] = l->own;
    if (l->space == 2 && rank > 1) at[rank - 2] = row;
    at[rank - 1] = column;
    return adj_ui_say_ints(at, rank);
}

static void ask(Lens *l)
{
    if (l->index < 0 || l->asking) return;
    int64_t size[] = {256, 256};
    const Wish *w = &l->wish;
    l->wished = FALSE;
    l->asking = TRUE;
    JsonObject *fields = adj_ui_fields("step", adj_ui_say_int(l->step), "index",
                                       adj_ui_say_int(l->index), w->backward ? "from" : "at",
                                       full_index(l, w->backward, w->row, w->column), NULL);
    if (l->plane >= 0) json_object_set_int_member(fields, "plane", l->plane);
    if (l->filling) json_object_set_member(fields, "image", adj_ui_say_ints(size, 2));
    l->filling = FALSE;
    adj_ui_model_ask(l->model, "lens", fields, take_answer, l, G_OBJECT(l->box));
}

// Looks at a cell of the output, or going backward of the input.
static void look(Lens *l, gboolean backward, int64_t row, int64_t column)
{
    if (l->index < 0) return;
    Wish w = {backward, CLAMP(row, 0, places(l, backward, 0) - 1),
              CLAMP(column, 0, places(l, backward, 1) - 1)};
    if (w.backward != l->wish.backward) {
        l->own = 0;
        l->plane = -1;
        l->filling = TRUE;
    }
    l->wish = w;
    l->wished = TRUE;
    ask(l);
}

static void take_operation(Lens *l, JsonObject *reply)
{
    l->step = adj_ui_reply_integer(reply, "step", 0);
    l->index = adj_ui_reply_integer(reply, "index", -1);
    l->rank[0] = MIN(adj_ui_reply_shape(reply, "output", l->shape[0], RANK), RANK);
    l->rank[1] = MIN(adj_ui_reply_shape(reply, "input", l->shape[1], RANK), RANK);
    l->space = (int)adj_ui_reply_integer(reply, "space", 2);
    l->channels = adj_ui_reply_flag(reply, "channels");
    g_strlcpy(l->kind, adj_ui_reply_text(reply, "kind", ""), sizeof l->kind);
    l->own = 0;
    l->plane = -1;
    l->picture.kind = l->kind;
    l->picture.has_element = l->picture.pinned = FALSE;
    for (int map = 0; map < 2; map++) {
        l->picture.map[map].rows = places(l, map, 0);
        l->picture.map[map].columns = places(l, map, 1);
    }
    l->wish = (Wish){FALSE, places(l, 0, 0) / 2, places(l, 0, 1) / 2};
    l->filling = l->wished = TRUE;
    ask(l);
}

// The operations of the layer, to choose from where there are several.
static void list_operations(Lens *l, JsonObject *reply)
{
    JsonArray *ops = adj_ui_reply_array(reply, "ops");
    GtkStringList *names = gtk_string_list_new(NULL);
    guint n = adj_ui_reply_length(ops);
    for (guint i = 0; i < n; i++) {
        JsonObject *o = adj_ui_reply_object_at(ops, i);
        int64_t shape[RANK];
        char text[96];
        int rank = adj_ui_reply_shape(o, "shape", shape, RANK);
        g_autofree char *name = g_strdup_printf("%s  %s", adj_ui_reply_text(o, "op", ""),
                                                adj_ui_shape_text(text, shape, rank));
        gtk_string_list_append(names, name);
    }
    g_clear_pointer(&l->ops, json_object_unref);
    gtk_drop_down_set_model(GTK_DROP_DOWN(l->which), G_LIST_MODEL(names));
    g_object_unref(names);
    gtk_widget_set_visible(l->which, n > 1);
    l->ops = json_object_ref(reply);
}

static void take_pin(gpointer self, JsonObject *reply, const char *error)
{
    Lens *l = self;
    (void)reply;
    l->pinning = !error;
    say(l, error ? error : _("The next step of training is kept: run one, and look into it."));
}

static void find(Lens *l);

static gboolean find_again(gpointer self)
{
    Lens *l = self;
    l->retry = 0;
    find(l);
    return G_SOURCE_REMOVE;
}

static void take_found(gpointer self, JsonObject *reply, const char *error)
{
    Lens *l = self;
    l->asking = FALSE;
    if (!error) {
        l->pinning = FALSE;
        list_operations(l, reply);
        take_operation(l, reply);
    } else if (strstr(error, "no step is pinned")) {
        if (!l->pinning)
            adj_ui_model_ask(l->model, "pin", adj_ui_fields("steps", adj_ui_say_int(1), NULL),
                             take_pin, l, G_OBJECT(l->box));
        // While it trains the step may be there soon.
        if (!l->retry && adj_ui_model_state(l->model) == ADJ_UI_BUSY)
            l->retry = g_timeout_add(RETRY_MS, find_again, l);
    } else {
        say(l, error);
    }
}

static void find(Lens *l)
{
    if (!l->module || l->asking) return;
    l->asking = TRUE;
    adj_ui_model_ask(l->model, "lens",
                     adj_ui_fields("module", adj_ui_say_text(l->module), NULL), take_found, l,
                     G_OBJECT(l->box));
}

static void operation_chosen(GObject *o, GParamSpec *p, gpointer self)
{
    (void)p;
    Lens *l = self;
    guint at = gtk_drop_down_get_selected(GTK_DROP_DOWN(o));
    JsonObject *op =
        l->ops ? adj_ui_reply_object_at(adj_ui_reply_array(l->ops, "ops"), at) : NULL;
    if (!op || adj_ui_reply_integer(op, "index", -1) == l->index || l->asking) return;
    l->asking = TRUE;
    adj_ui_model_ask(l->model, "lens",
                     adj_ui_fields("step", adj_ui_say_int(l->step), "index",
                                   adj_ui_say_int(adj_ui_reply_integer(op, "index", -1)), NULL),
                     take_found, l, G_OBJECT(l->box));
}

void adj_ui_lens_show(GtkWidget *w, const char *module)
{
    Lens *l = lens_of(w);
    if (!g_strcmp0(module, l->module)) return;
    g_free(l->module);
    l->module = g_strdup(module);
    l->index = -1;
    l->wished = l->picture.has_element = FALSE;
    for (int map = 0; map < 2; map++) {
        g_clear_pointer(&l->heat[map], adj_ui_heat_free);
        l->picture.map[map] = (AdjUiLensMap){0};
    }
    adj_ui_sheet_changed(l->sheet);
    if (module)
        find(l);
    else
        say(l, _("Choose a layer first."));
}

void adj_ui_lens_news(GtkWidget *w)
{
    Lens *l = lens_of(w);
    if (l->index < 0) find(l);
}

// -- pointer and keys ---------------------------------------------------------------------

void adj_ui_lens_point(GtkWidget *w, double x, double y, gboolean alt)
{
    Lens *l = lens_of(w);
    gboolean backward = alt || gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(l->back));
    int width, height, map;
    int64_t row, column;
    adj_ui_sheet_size(l->sheet, &width, &height);
    if (l->index < 0 || l->picture.pinned ||
        !adj_ui_lens_cell(&l->picture, width, height, x, y, &map, &row, &column))
        return;
    if (map != backward) return;
    if (l->picture.has_element && backward == l->wish.backward && row == l->wish.row &&
        column == l->wish.column)
        return;
    look(l, backward, row, column);
}

static void moved(GtkEventControllerMotion *m, double x, double y, gpointer self)
{
    Lens *l = self;
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(m));
    adj_ui_lens_point(l->box, x, y, (state & GDK_ALT_MASK) != 0);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)presses;
    Lens *l = self;
    gboolean was = l->picture.pinned;
    Wish before = l->wish;
    l->picture.pinned = FALSE;
    adj_ui_lens_point(l->box, x, y, (state & GDK_ALT_MASK) != 0);
    gboolean same = before.row == l->wish.row && before.column == l->wish.column &&
                    before.backward == l->wish.backward;
    l->picture.pinned = l->picture.has_element && !(was && same);
    adj_ui_sheet_changed(l->sheet);
}

static void turn_plane(Lens *l, gboolean own, int by)
{
    int map = own ? l->wish.backward : !l->wish.backward;
    if (!l->channels || l->rank[map] <= l->space) return;
    int64_t most = l->shape[map][l->rank[map] - l->space - 1] - 1;
    int64_t *at = own ? &l->own : &l->plane;
    *at = CLAMP(*at + by, 0, most);
    if (own) l->plane = -1;
    l->filling = l->wished = TRUE;
    ask(l);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Lens *l = self;
    const Wish *w = &l->wish;
    if (l->index < 0 || state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) return FALSE;
    switch (key) {
    case GDK_KEY_Left: look(l, w->backward, w->row, w->column - 1); return TRUE;
    case GDK_KEY_Right: look(l, w->backward, w->row, w->column + 1); return TRUE;
    case GDK_KEY_Up: look(l, w->backward, w->row - 1, w->column); return TRUE;
    case GDK_KEY_Down: look(l, w->backward, w->row + 1, w->column); return TRUE;
    case GDK_KEY_Page_Up: turn_plane(l, FALSE, -1); return TRUE;
    case GDK_KEY_Page_Down: turn_plane(l, FALSE, 1); return TRUE;
    case GDK_KEY_bracketleft: turn_plane(l, TRUE, -1); return TRUE;
    case GDK_KEY_bracketright: turn_plane(l, TRUE, 1); return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_space: l->picture.pinned = !l->picture.pinned; break;
    case GDK_KEY_Escape: l->picture.pinned = FALSE; break;
    default: return FALSE;
    }
    adj_ui_sheet_changed(l->sheet);
    return TRUE;
}

static void turned(GtkToggleButton *b, gpointer self)
{
    Lens *l = self;
    gboolean backward = gtk_toggle_button_get_active(b);
    l->picture.pinned = FALSE;
    look(l, backward, places(l, backward, 0) / 2, places(l, backward, 1) / 2);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    const Lens *l = self;
    if (l->index >= 0) adj_ui_paint_lens(cr, theme, &l->picture, width, height);
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint,
    .click = clicked,
    .key = key_pressed,
};

// -- the widget ---------------------------------------------------------------------------

static void lens_free(gpointer p)
{
    Lens *l = p;
    if (l->retry) g_source_remove(l->retry);
    for (int map = 0; map < 2; map++) adj_ui_heat_free(l->heat[map]);
    g_clear_pointer(&l->ops, json_object_unref);
    g_free(l->module);
    g_free(l);
}

GtkWidget *adj_ui_lens_new(AdjUiModel *model)
{
    static const char *const none[] = {"", NULL};
    Lens *l = g_new0(Lens, 1);
    l->model = model;
    l->index = -1;
    l->picture.kind = l->kind;
    l->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(l->box), "lens", l, lens_free);
    GtkWidget *bar = adj_ui_bar_new(), *motion_of;
    l->back =
        adj_ui_toggle_new("go-previous-symbolic", _("Where an input's element goes (Alt)"),
                          FALSE, G_CALLBACK(turned), l);
    l->which = adj_ui_choice_new(none, _("Which operation"), G_CALLBACK(operation_chosen), l);
    gtk_widget_set_visible(l->which, FALSE);
    l->status = adj_ui_status_new();
    gtk_box_append(GTK_BOX(bar), l->back);
    gtk_box_append(GTK_BOX(bar), l->which);
    gtk_box_append(GTK_BOX(bar), l->status);
    l->sheet = motion_of =
        adj_ui_sheet_new(&sheet_owner, l, _("An element and the window it belongs to"));
    GtkEventController *motion = gtk_event_controller_motion_new();
    g_signal_connect(motion, "motion", G_CALLBACK(moved), l);
    gtk_widget_add_controller(motion_of, motion);
    gtk_box_append(GTK_BOX(l->box), bar);
    gtk_box_append(GTK_BOX(l->box), l->sheet);
    say(l, _("Choose a layer first."));
    return l->box;
}

void adj_ui_lens_draw(GtkWidget *w, cairo_t *cr, int width, int height)
{
    const Lens *l = lens_of(w);
    if (l->index >= 0) adj_ui_paint_lens(cr, adj_ui_theme(FALSE), &l->picture, width, height);
}

char *adj_ui_lens_table(GtkWidget *w)
{
    const AdjUiLensPicture *p = &lens_of(w)->picture;
    GString *out = g_string_new("plane,row,column,value,weight,product\n");
    for (int i = 0; p->has_element && i < p->parts; i++) {
        const AdjUiLensPart *part = &p->part[i];
        for (int r = 0; r < part->values.rows; r++)
            for (int c = 0; c < part->values.columns; c++) {
                int at = r * part->values.columns + c;
                g_string_append_printf(out, "%ld,%d,%d,%.9g,%.9g,%.9g\n", part->plane,
                                       (int)p->window_rows[r], (int)p->window_columns[c],
                                       part->values.value[at], part->weights.value[at],
                                       part->products.value[at]);
            }
    }
    if (p->has_element)
        g_string_append_printf(out, "total,%d,%d,%.9g,recorded,%.9g\n", (int)p->row,
                               (int)p->column, p->total, p->recorded);
    return g_string_free(out, FALSE);
}

// SPDX-License-Identifier: Apache-2.0
//
// The loss around the parameters: cut along the gradient with the step that was taken, as a map
// with the way of the parameters (both surface_slice.c), and as a landscape.
//
// The landscape's grid is asked for coarse first (9 x 9), then finer (17, 33), each a few rows
// at a time, so the session is never held for long and the picture is there at once. A new
// request, or leaving the panel, stops the refinement where it is.

#include "paint/surface.h"
#include "panels/panel.h"
#include "panels/parts/sheet.h"
#include "panels/surface/surface_slice.h"
#include "session/reply.h"
#include "shade/shade.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { SIDE_MOST = 33, ROWS_ASKED = 3 };

enum { CUT, MAP, LANDSCAPE };  // the views, in the order of their list

typedef struct Surface {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *slice, *code, *module, *directions, *view, *log, *status;
    int side, done_rows;  // of the grid being asked for
    double next[SIDE_MOST * SIDE_MOST];
    // What is shown: the last grid, its unfinished successor takes its place row by row.
    int rows, columns;
    double values[SIDE_MOST * SIDE_MOST], at_row[SIDE_MOST], at_column[SIDE_MOST];
    char *axes[2];
    double yaw, pitch, yaw_from, pitch_from;
    gboolean turning;
    guint asked;
} Surface;

static Surface *surface_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "surface");
}

static void ask_rows(Surface *s);

static void read_places(JsonArray *list, double *to, int count)
{
    for (int i = 0; i < count; i++) to[i] = adj_ui_reply_number_at(list, (guint)i);
}

static void show_grid(Surface *s, JsonObject *reply)
{
    JsonArray *axes = adj_ui_reply_array(reply, "axes");
    memcpy(s->values, s->next, sizeof s->values);
    s->rows = s->columns = s->side;
    read_places(adj_ui_reply_array(reply, "rows"), s->at_row, s->side);
    read_places(adj_ui_reply_array(reply, "columns"), s->at_column, s->side);
    for (guint i = 0; i < 2; i++) {
        g_free(s->axes[i]);
        JsonNode *n = i < adj_ui_reply_length(axes) ? json_array_get_element(axes, i) : NULL;
        s->axes[i] = g_strdup(n && JSON_NODE_HOLDS_VALUE(n) ? json_node_get_string(n) : "");
    }
    adj_ui_sheet_changed(s->sheet);
}

static void take_rows(gpointer self, JsonObject *reply, const char *error)
{
    Surface *s = self;
    JsonArray *rows = adj_ui_reply_array(reply, "values");
    s->asked = 0;
    if (error) {
        gtk_label_set_text(GTK_LABEL(s->status), error);
        return;
    }
    for (guint i = 0; i < adj_ui_reply_length(rows) && s->done_rows < s->side; i++) {
        JsonNode *n = json_array_get_element(rows, i);
        JsonArray *row = JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
        read_places(row, s->next + s->done_rows++ * s->side, s->side);
    }
    if (!adj_ui_reply_length(rows)) return;
    g_autofree char *text =
        g_strdup_printf(_("%d × %d: %d rows"), s->side, s->side, s->done_rows);
    gtk_label_set_text(GTK_LABEL(s->status), text);
    // The first grid is shown as it grows, finer ones when they are whole.
    if (s->done_rows == s->side || s->side == 9) show_grid(s, reply);
    if (s->done_rows == s->side) {
        if (s->side >= SIDE_MOST) return;
        s->side = s->side * 2 - 1;
        s->done_rows = 0;
        for (int i = 0; i < SIDE_MOST * SIDE_MOST; i++) s->next[i] = NAN;
    }
    ask_rows(s);
}

static void ask_rows(Surface *s)
{
    static const char *const words[] = {"random", "gradient"};
    int64_t size[] = {s->side, s->side};
    guint which = gtk_drop_down_get_selected(GTK_DROP_DOWN(s->directions));
    JsonObject *fields =
        adj_ui_fields("code", adj_ui_say_text(gtk_editable_get_text(GTK_EDITABLE(s->code))),
                      "module", adj_ui_say_text(gtk_editable_get_text(GTK_EDITABLE(s->module))),
                      "size", adj_ui_say_ints(size, 2), "directions",
                      adj_ui_say_text(words[which]), "first", adj_ui_say_int(s->done_rows),
                      "count", adj_ui_say_int(MIN(ROWS_ASKED, s->side - s->done_rows)), NULL);
    s->asked = adj_ui_model_ask(s->model, "surface", fields, take_rows, s, G_OBJECT(s->box));
}

static guint view_of(const Surface *s)
{
    return gtk_drop_down_get_selected(GTK_DROP_DOWN(s->view));
}

static void begin(GtkWidget *w, gpointer self)
{
    (void)w;
    Surface *s = self;
    if (view_of(s) != LANDSCAPE) {
        adj_ui_slice_begin(s->slice, gtk_editable_get_text(GTK_EDITABLE(s->code)),
                           gtk_editable_get_text(GTK_EDITABLE(s->module)));
        return;
    }
    if (s->asked) adj_ui_model_cancel(s->model, s->asked);
    s->side = 9;
    s->done_rows = 0;
    for (int i = 0; i < SIDE_MOST * SIDE_MOST; i++) s->next[i] = NAN;
    ask_rows(s);
}

// What the program descends on is what one would type.
static void take_loss(gpointer self, JsonObject *reply, const char *error)
{
    Surface *s = self;
    const char *code = adj_ui_reply_text(reply, "code", NULL);
    if (error || !code || *gtk_editable_get_text(GTK_EDITABLE(s->code))) return;
    gtk_editable_set_text(GTK_EDITABLE(s->code), code);
    gtk_editable_set_text(GTK_EDITABLE(s->module), adj_ui_reply_text(reply, "module", "net"));
    begin(NULL, s);
}

static void show(GtkWidget *panel, gboolean visible)
{
    Surface *s = surface_of(panel);
    adj_ui_slice_show(s->slice, visible && view_of(s) != LANDSCAPE);
    if (visible) return;
    if (s->asked) adj_ui_model_cancel(s->model, s->asked);
    s->asked = 0;
}

// Until something is typed it follows what the program does.
static void update(GtkWidget *panel)
{
    Surface *s = surface_of(panel);
    if (*gtk_editable_get_text(GTK_EDITABLE(s->code))) return;
    adj_ui_model_ask(s->model, "loss", NULL, take_loss, s, G_OBJECT(s->box));
}

// -- the picture --------------------------------------------------------------------------

static AdjUiSurface scene_of(const Surface *s)
{
    return (AdjUiSurface){.rows = s->rows,
                          .columns = s->columns,
                          .values = s->values,
                          .at_row = s->at_row,
                          .at_column = s->at_column,
                          .row_axis = s->axes[0],
                          .column_axis = s->axes[1],
                          .log_height =
                              gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(s->log))};
}

static void paint_view(const Surface *s, cairo_t *cr, const AdjUiTheme *theme, int width,
                       int height, gboolean shaded)
{
    AdjUiSurface scene = scene_of(s);
    if (shaded)
        adj_ui_paint_surface_marks(cr, theme, &scene, s->yaw, s->pitch, width, height);
    else
        adj_ui_paint_surface(cr, theme, &scene, s->yaw, s->pitch, width, height);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    const Surface *s = self;
    paint_view(s, cr, theme, width, height, adj_ui_sheet_shaded(s->sheet));
}

static gboolean shade(gpointer self, AdjUiShader *shader, AdjUiFrame *frame)
{
    const Surface *s = self;
    AdjUiSurface scene = scene_of(s);
    return adj_ui_shade_surface(shader, frame, &scene, s->yaw, s->pitch);
}

static void turn(Surface *s, double yaw, double pitch)
{
    s->yaw = yaw;
    s->pitch = CLAMP(pitch, 0.1, 1.5);
    adj_ui_sheet_changed(s->sheet);
}

static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    (void)x, (void)y;
    Surface *s = self;
    if (!s->turning) {
        s->yaw_from = s->yaw;
        s->pitch_from = s->pitch;
    }
    s->turning = !done;
    turn(s, s->yaw_from - dx * 0.01, s->pitch_from + dy * 0.01);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Surface *s = self;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    switch (key) {
    case GDK_KEY_Left: turn(s, s->yaw + 0.1, s->pitch); return TRUE;
    case GDK_KEY_Right: turn(s, s->yaw - 0.1, s->pitch); return TRUE;
    case GDK_KEY_Up: turn(s, s->yaw, s->pitch + 0.08); return TRUE;
    case GDK_KEY_Down: turn(s, s->yaw, s->pitch - 0.08); return TRUE;
    default: return FALSE;
    }
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint, .shade = shade, .drag = dragged, .key = key_pressed};

// -- the panel ----------------------------------------------------------------------------

static void changed(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    adj_ui_sheet_changed(((Surface *)self)->sheet);
}

static void toggled(GtkToggleButton *b, gpointer self)
{
    Surface *s = self;
    adj_ui_slice_log(s->slice, gtk_toggle_button_get_active(b));
    adj_ui_sheet_changed(s->sheet);
}

static void viewed(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Surface *s = self;
    guint view = view_of(s);
    gtk_widget_set_visible(s->slice, view != LANDSCAPE);
    gtk_widget_set_visible(s->sheet, view == LANDSCAPE);
    gtk_widget_set_visible(s->status, view == LANDSCAPE);
    gtk_widget_set_visible(s->directions, view == LANDSCAPE);
    gtk_widget_set_visible(s->log, view != CUT);
    if (view != LANDSCAPE) adj_ui_slice_view(s->slice, view == CUT ? ADJ_UI_CUT : ADJ_UI_MAP);
    adj_ui_slice_show(s->slice, view != LANDSCAPE && gtk_widget_get_mapped(s->box));
    if (view == LANDSCAPE && !s->rows && *gtk_editable_get_text(GTK_EDITABLE(s->code)))
        begin(NULL, s);
}

static GtkWidget *entry(Surface *s, const char *text, const char *tip, int chars)
{
    GtkWidget *e = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(e), text);
    gtk_editable_set_width_chars(GTK_EDITABLE(e), chars);
    gtk_widget_set_tooltip_text(e, tip);
    g_signal_connect(e, "activate", G_CALLBACK(begin), s);
    return e;
}

static GtkWidget *make_bar(Surface *s)
{
    static const char *const directions[] = {N_("two random directions"),
                                             N_("gradient and random"), NULL};
    static const char *const views[] = {N_("step and tangent"), N_("map with the way"),
                                        N_("landscape"), NULL};
    GtkWidget *bar = adj_ui_bar_new();
    s->code = entry(s, "F.cross_entropy(net(x), y)",
                    _("The loss as an expression: it is evaluated at every point"), 26);
    gtk_widget_set_hexpand(s->code, TRUE);
    s->module = entry(s, "net", _("The module whose parameters move"), 6);
    s->directions = adj_ui_choice_new(directions, _("Directions"), G_CALLBACK(changed), s);
    s->view = adj_ui_choice_new(views, _("How it is shown"), G_CALLBACK(viewed), s);
    s->log = gtk_toggle_button_new_with_label("log");
    gtk_widget_set_tooltip_text(s->log, _("Logarithmic height"));
    g_signal_connect(s->log, "toggled", G_CALLBACK(toggled), s);
    GtkWidget *parts[] = {
        s->code,
        s->module,
        s->directions,
        adj_ui_button_new("media-playback-start-symbolic", _("Compute"), G_CALLBACK(begin), s),
        s->view,
        s->log};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) gtk_box_append(GTK_BOX(bar), parts[i]);
    return bar;
}

static void surface_free(gpointer p)
{
    Surface *s = p;
    g_free(s->axes[0]);
    g_free(s->axes[1]);
    g_free(s);
}

static GtkWidget *create(AdjUiModel *model)
{
    Surface *s = g_new0(Surface, 1);
    s->model = model;
    s->yaw = 0.6;
    s->pitch = 0.5;
    s->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(s->box), "surface", s, surface_free);
    s->sheet = adj_ui_sheet_new(&sheet_owner, s, _("The loss around the current parameters"));
    s->slice = adj_ui_slice_new(model);
    gtk_box_append(GTK_BOX(s->box), make_bar(s));
    gtk_box_append(GTK_BOX(s->box), s->slice);
    gtk_box_append(GTK_BOX(s->box), s->sheet);
    s->status = adj_ui_status_new();
    gtk_widget_set_hexpand(s->status, FALSE);
    gtk_label_set_text(GTK_LABEL(s->status),
                       _("Write the loss as an expression and the module it depends on."));
    gtk_box_append(GTK_BOX(s->box), s->status);
    viewed(NULL, NULL, s);
    return s->box;
}

static void selected(GtkWidget *panel, const AdjUiSelection *sel)
{
    Surface *s = surface_of(panel);
    if (sel->module && *sel->module && !*gtk_editable_get_text(GTK_EDITABLE(s->module)))
        gtk_editable_set_text(GTK_EDITABLE(s->module), sel->module);
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    const Surface *s = surface_of(panel);
    if (view_of(s) != LANDSCAPE)
        adj_ui_slice_draw(s->slice, cr, width, height);
    else
        paint_view(s, cr, adj_ui_theme(FALSE), width, height, FALSE);
}

static char *table(GtkWidget *panel)
{
    const Surface *s = surface_of(panel);
    if (view_of(s) != LANDSCAPE) return adj_ui_slice_table(s->slice);
    GString *out = g_string_new(NULL);
    for (int k = 0; k < s->columns; k++) g_string_append_printf(out, ",%.9g", s->at_column[k]);
    if (s->columns) g_string_append_c(out, '\n');
    for (int i = 0; i < s->rows; i++) {
        g_string_append_printf(out, "%.9g", s->at_row[i]);
        for (int k = 0; k < s->columns; k++)
            g_string_append_printf(out, ",%.9g", s->values[i * s->columns + k]);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_surface = {
    .name = "surface",
    .title = N_("Surface"),
    .icon = "adj-surface-symbolic",
    .shortcut = "<Alt>9",
    .text = N_("The loss around the parameters: cut, map with their way, landscape"),
    .create = create,
    .show = show,
    .update = update,
    .select = selected,
    .draw = draw,
    .table = table,
};

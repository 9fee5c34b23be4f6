// SPDX-License-Identifier: Apache-2.0
//
// What the drawer asks: once `start`, then the curve, then the errors in double precision, each
// in as many portions as the session makes of it; and at any time one value that is being
// tried. At most one of each kind is on its way, so a fast drag asks for what is newest and
// never piles up.

#include "panels/tensor/wiggle.h"

#include "paint/wiggle.h"
#include "panels/parts/sheet.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { POINTS = 64, DISTANCES = 16, RANK = 8 };

typedef struct Wiggle {
    AdjUiModel *model;
    const AdjUiWiggleOwner *owner;
    gpointer self;
    GtkWidget *box, *code, *slider, *keep, *sheet, *status;
    char *name, *title;
    int64_t at[RANK];
    int rank;
    double spread, span;  // how far to each side the slider goes
    gboolean started, recorded, filling;
    double value, loss, gradient;
    double x[POINTS], y[POINTS];
    int count;
    double distance[DISTANCES], above[DISTANCES], below[DISTANCES];
    int errors;  // values of the error panel that have come
    double tried, tried_loss, last;
    double drag_from;
    gboolean dragging, shown_tried;
    guint asked, asked_try;
    AdjPlaced placed;
} Wiggle;

static Wiggle *wiggle_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "wiggle");
}

static void say(Wiggle *w, const char *text)
{
    gtk_label_set_text(GTK_LABEL(w->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(w->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void say_state(Wiggle *w)
{
    char a[32], b[32], c[32];
    if (!isfinite(w->tried)) {
        g_autofree char *text = g_strdup_printf(
            _("%s = %s, loss %s, derivative %s"), w->title, adj_ui_number(a, w->value, 6),
            adj_ui_number(b, w->loss, 6), adj_ui_number(c, w->gradient, 6));
        say(w, text);
        return;
    }
    double promised = w->loss + w->gradient * (w->tried - w->value);
    char gap[32];
    g_autofree char *text = g_strdup_printf(
        _("at %s: loss %s, the derivative promised %s: %s off"), adj_ui_number(a, w->tried, 6),
        isnan(w->tried_loss) ? "…" : adj_ui_number(b, w->tried_loss, 6),
        adj_ui_number(c, promised, 6), adj_ui_number(gap, w->tried_loss - promised, 3));
    say(w, text);
}

// -- asking -------------------------------------------------------------------------------

static JsonNode *numbers(const double *list, int count)
{
    JsonArray *a = json_array_new();
    for (int i = 0; i < count; i++) json_array_add_double_element(a, list[i]);
    JsonNode *n = json_node_new(JSON_NODE_ARRAY);
    json_node_take_array(n, a);
    return n;
}

static guint ask_values(Wiggle *w, const double *list, int count, gboolean wide,
                        AdjUiAnswer answer)
{
    JsonObject *fields =
        adj_ui_fields("do", adj_ui_say_text("values"), "values", numbers(list, count), "double",
                      adj_ui_say_flag(wide), NULL);
    return adj_ui_model_ask(w->model, "wiggle", fields, answer, w, G_OBJECT(w->box));
}

static void ask_errors(Wiggle *w);

// The distance that number [i] of the error panel is at, downwards when it is odd.
static double signed_distance(const Wiggle *w, int i)
{
    return i % 2 ? -w->distance[i / 2] : w->distance[i / 2];
}

static void take_errors(gpointer self, JsonObject *reply, const char *error)
{
    Wiggle *w = self;
    JsonArray *losses = adj_ui_reply_array(reply, "losses");
    guint n = adj_ui_reply_length(losses);
    w->asked = 0;
    if (error || n == 0) return;
    double loss = adj_ui_reply_number(reply, "loss", NAN);
    double gradient = adj_ui_reply_number(reply, "gradient", NAN);
    for (guint i = 0; i < n && w->errors < 2 * DISTANCES; i++, w->errors++) {
        double d = signed_distance(w, w->errors);
        double e = fabs(adj_ui_reply_number_at(losses, i) - loss - gradient * d);
        (w->errors % 2 ? w->below : w->above)[w->errors / 2] = e;
    }
    adj_ui_sheet_changed(w->sheet);
    ask_errors(w);
}

static void ask_errors(Wiggle *w)
{
    double list[2 * DISTANCES];
    int n = 0;
    if (!w->recorded || w->errors == 2 * DISTANCES) return;
    for (int i = w->errors; i < 2 * DISTANCES; i++)
        list[n++] = w->value + signed_distance(w, i);
    w->asked = ask_values(w, list, n, TRUE, take_errors);
}

static void take_curve(gpointer self, JsonObject *reply, const char *error)
{
    Wiggle *w = self;
    JsonArray *losses = adj_ui_reply_array(reply, "losses");
    guint n = adj_ui_reply_length(losses);
    w->asked = 0;
    if (error) say(w, error);
    if (error || n == 0) return;
    for (guint i = 0; i < n && w->count < POINTS; i++)
        w->y[w->count++] = adj_ui_reply_number_at(losses, i);
    adj_ui_sheet_changed(w->sheet);
    if (w->count < POINTS)
        w->asked = ask_values(w, w->x + w->count, POINTS - w->count, FALSE, take_curve);
    else
        ask_errors(w);
}

// The places of the curve and of the errors follow from the span.
static void ask_curve(Wiggle *w)
{
    if (w->asked) adj_ui_model_cancel(w->model, w->asked);
    w->count = w->errors = 0;
    for (int i = 0; i < POINTS; i++)
        w->x[i] = w->value + w->span * (2.0 * i / (POINTS - 1) - 1);
    for (int i = 0; i < DISTANCES; i++) {
        w->distance[i] = w->span * pow(10, -5 + 5.0 * i / (DISTANCES - 1));
        w->above[i] = w->below[i] = NAN;
    }
    w->filling = TRUE;
    gtk_range_set_range(GTK_RANGE(w->slider), w->value - w->span, w->value + w->span);
    gtk_range_set_value(GTK_RANGE(w->slider), isfinite(w->tried) ? w->tried : w->value);
    w->filling = FALSE;
    w->asked = ask_values(w, w->x, POINTS, FALSE, take_curve);
}

static void take_start(gpointer self, JsonObject *reply, const char *error)
{
    Wiggle *w = self;
    w->asked = 0;
    if (error) {
        say(w, error);
        return;
    }
    w->started = TRUE;
    w->recorded = adj_ui_reply_flag(reply, "recorded");
    w->value = adj_ui_reply_number(reply, "value", NAN);
    w->loss = adj_ui_reply_number(reply, "loss", NAN);
    w->gradient = adj_ui_reply_number(reply, "gradient", NAN);
    w->tried = w->tried_loss = w->last = NAN;
    gtk_widget_set_sensitive(w->slider, TRUE);
    gtk_widget_set_sensitive(w->keep, FALSE);
    say_state(w);
    ask_curve(w);
}

static void start(Wiggle *w)
{
    const char *code = gtk_editable_get_text(GTK_EDITABLE(w->code));
    if (w->asked) adj_ui_model_cancel(w->model, w->asked);
    w->started = FALSE;
    gtk_widget_set_sensitive(w->slider, FALSE);
    if (!w->name || !*code) return;
    JsonObject *fields =
        adj_ui_fields("do", adj_ui_say_text("start"), "code", adj_ui_say_text(code), "name",
                      adj_ui_say_text(w->name), "at", adj_ui_say_ints(w->at, w->rank), NULL);
    w->asked = adj_ui_model_ask(w->model, "wiggle", fields, take_start, w, G_OBJECT(w->box));
}

// What the program's last step descended on is what one would type.
static void take_loss(gpointer self, JsonObject *reply, const char *error)
{
    Wiggle *w = self;
    const char *code = adj_ui_reply_text(reply, "code", NULL);
    w->asked = 0;
    if (error || !code) {
        say(w, _("Write the loss as an expression: F.cross_entropy(net(x), y)"));
        return;
    }
    gtk_editable_set_text(GTK_EDITABLE(w->code), code);
    start(w);
}

// -- trying a value -----------------------------------------------------------------------

static void ask_try(Wiggle *w);

static void take_try(gpointer self, JsonObject *reply, const char *error)
{
    Wiggle *w = self;
    w->asked_try = 0;
    if (error || !isfinite(w->tried)) return;
    w->tried_loss = adj_ui_reply_number_at(adj_ui_reply_array(reply, "losses"), 0);
    gboolean newest = w->last == w->tried;
    say_state(w);
    adj_ui_sheet_changed(w->sheet);
    if (!newest) ask_try(w);
}

// [last]: what was asked for last, and what Keep would set.
static void ask_try(Wiggle *w)
{
    if (w->asked_try || !w->started) return;
    w->last = w->tried;
    w->asked_try = ask_values(w, &w->tried, 1, FALSE, take_try);
}

static void try(Wiggle *w, double value)
{
    char number[32];
    if (!w->started) return;
    w->tried = CLAMP(value, w->value - w->span, w->value + w->span);
    w->filling = TRUE;
    gtk_range_set_value(GTK_RANGE(w->slider), w->tried);
    w->filling = FALSE;
    g_autofree char *text = g_strdup_printf(_("Keep %s"), adj_ui_number(number, w->tried, 4));
    gtk_button_set_label(GTK_BUTTON(w->keep), text);
    gtk_widget_set_sensitive(w->keep, TRUE);
    if (w->owner->tried) w->owner->tried(w->self, w->tried);
    ask_try(w);
    say_state(w);
    adj_ui_sheet_changed(w->sheet);
}

static void let_go(Wiggle *w)
{
    if (!isfinite(w->tried)) return;
    w->last = w->tried;
    w->tried = w->tried_loss = NAN;
    w->filling = TRUE;
    gtk_range_set_value(GTK_RANGE(w->slider), w->value);
    w->filling = FALSE;
    if (w->owner->tried) w->owner->tried(w->self, NAN);
    say_state(w);
    adj_ui_sheet_changed(w->sheet);
}

static void take_set(gpointer self, JsonObject *reply, const char *error)
{
    Wiggle *w = self;
    (void)reply;
    if (error) {
        say(w, error);
        return;
    }
    start(w);
    if (w->owner->kept) w->owner->kept(w->self);
}

static void keep(GtkWidget *b, gpointer self)
{
    (void)b;
    Wiggle *w = self;
    double value = isfinite(w->tried) ? w->tried : w->last;
    if (!isfinite(value) || !w->started) return;
    let_go(w);
    JsonObject *fields =
        adj_ui_fields("name", adj_ui_say_text(w->name), "at", adj_ui_say_ints(w->at, w->rank),
                      "value", adj_ui_say_number(value), NULL);
    adj_ui_model_ask(w->model, "set", fields, take_set, w, G_OBJECT(w->box));
}

// Shift makes every step a tenth.
static void nudge(Wiggle *w, double steps, GdkModifierType state)
{
    double step = w->span / (state & GDK_SHIFT_MASK ? 400 : 40);
    try(w, (isfinite(w->tried) ? w->tried : w->value) + steps * step);
}

static void zoom(Wiggle *w, double factor)
{
    if (!w->started) return;
    w->span *= factor;
    if (isfinite(w->tried) && fabs(w->tried - w->value) > w->span) let_go(w);
    ask_curve(w);
}

// -- events -------------------------------------------------------------------------------

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Wiggle *w = self;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    switch (key) {
    case GDK_KEY_Left:
    case GDK_KEY_Down: nudge(w, -1, state); return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_Up: nudge(w, 1, state); return TRUE;
    case GDK_KEY_plus: zoom(w, 0.5); return TRUE;
    case GDK_KEY_minus: zoom(w, 2); return TRUE;
    case GDK_KEY_Return: keep(NULL, w); return TRUE;
    case GDK_KEY_Escape:
        if (!isfinite(w->tried)) return FALSE;
        let_go(w);
        return TRUE;
    default: return FALSE;
    }
}

static gboolean slider_key(GtkEventControllerKey *k, guint key, guint code,
                           GdkModifierType state, gpointer self)
{
    (void)k, (void)code;
    return key_pressed(self, key, state);
}

static gboolean scrolled(gpointer self, double x, double y, double dx, double dy,
                         GdkModifierType state)
{
    (void)x, (void)y;
    nudge(self, dx - dy, state);
    return TRUE;
}

static gboolean slider_scrolled(GtkEventControllerScroll *e, double dx, double dy,
                                gpointer self)
{
    return scrolled(self, 0, 0, dx, dy,
                    gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(e)));
}

static void slider_moved(GtkRange *r, gpointer self)
{
    Wiggle *w = self;
    if (!w->filling) try(w, gtk_range_get_value(r));
}

// The slider's own gestures claim the pointer, so its release is heard before they are.
static gboolean slider_event(GtkEventControllerLegacy *e, GdkEvent *event, gpointer self)
{
    (void)e;
    if (gdk_event_get_event_type(event) == GDK_BUTTON_RELEASE) let_go(self);
    return FALSE;
}

// Shift may come and go while one drags: it is read from the keyboard.
static gboolean is_shift_down(GtkWidget *w)
{
    GdkSeat *seat = gdk_display_get_default_seat(gtk_widget_get_display(w));
    GdkDevice *keys = seat ? gdk_seat_get_keyboard(seat) : NULL;
    return keys && gdk_device_get_modifier_state(keys) & GDK_SHIFT_MASK;
}

// A drag on the picture moves the value along the curve.
static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    (void)x, (void)y, (void)dy;
    Wiggle *w = self;
    if (!w->dragging) w->drag_from = 0;
    w->dragging = !done;
    if (done) {
        let_go(w);
        return;
    }
    double unit = w->placed.w > 0 ? (w->placed.xlim[1] - w->placed.xlim[0]) / w->placed.w : 0;
    double moved = (dx - w->drag_from) * unit * (is_shift_down(w->box) ? 0.1 : 1);
    w->drag_from = dx;
    try(w, (isfinite(w->tried) ? w->tried : w->value) + moved);
}

static void wider(GtkWidget *b, gpointer self)
{
    (void)b;
    zoom(self, 2);
}

static void narrower(GtkWidget *b, gpointer self)
{
    (void)b;
    zoom(self, 0.5);
}

static void entered(GtkWidget *e, gpointer self)
{
    (void)e;
    start(self);
}

// -- the picture --------------------------------------------------------------------------

static AdjUiWiggle scene_of(const Wiggle *w)
{
    return (AdjUiWiggle){.name = w->title,
                         .at = w->value,
                         .loss = w->loss,
                         .gradient = w->gradient,
                         .x = w->x,
                         .y = w->y,
                         .count = w->count,
                         .tried = w->tried,
                         .tried_loss = w->tried_loss,
                         .distance = w->distance,
                         .above = w->above,
                         .below = w->below,
                         .errors = w->errors ? DISTANCES : 0};
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Wiggle *w = self;
    AdjUiWiggle scene = scene_of(w);
    if (w->started && w->count > 1)
        adj_ui_paint_wiggle(cr, theme, &scene, width, height, &w->placed);
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint, .drag = dragged, .scroll = scrolled, .key = key_pressed};

void adj_ui_wiggle_draw(GtkWidget *widget, cairo_t *cr, int width, int height)
{
    const Wiggle *w = wiggle_of(widget);
    AdjUiWiggle scene = scene_of(w);
    if (w->started && w->count > 1)
        adj_ui_paint_wiggle(cr, adj_ui_theme(FALSE), &scene, width, height, NULL);
}

char *adj_ui_wiggle_table(GtkWidget *widget)
{
    const Wiggle *w = wiggle_of(widget);
    GString *out = g_string_new("value,loss,promised\n");
    char a[40], b[40], c[40];
    for (int i = 0; i < w->count; i++)
        g_string_append_printf(
            out, "%s,%s,%s\n", g_ascii_formatd(a, 40, "%.9g", w->x[i]),
            g_ascii_formatd(b, 40, "%.9g", w->y[i]),
            g_ascii_formatd(c, 40, "%.9g", w->loss + w->gradient * (w->x[i] - w->value)));
    g_string_append(out, "distance,error upwards,error downwards\n");
    for (int i = 0; i < w->errors / 2; i++)
        g_string_append_printf(out, "%s,%s,%s\n",
                               g_ascii_formatd(a, 40, "%.9g", w->distance[i]),
                               g_ascii_formatd(b, 40, "%.9g", w->above[i]),
                               g_ascii_formatd(c, 40, "%.9g", w->below[i]));
    return g_string_free(out, FALSE);
}

// -- the drawer ---------------------------------------------------------------------------

static GtkWidget *make_slider(Wiggle *w)
{
    GtkWidget *s = adj_ui_slider_new(-1, 1, 0.01, 0,
                                     _("The element's value: arrows or wheel move it, with "
                                       "Shift ten times finer"),
                                     G_CALLBACK(slider_moved), w);
    gtk_widget_set_hexpand(s, TRUE);
    gtk_scale_set_draw_value(GTK_SCALE(s), FALSE);
    GtkEventController *e = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(e, GTK_PHASE_CAPTURE);
    g_signal_connect(e, "key-pressed", G_CALLBACK(slider_key), w);
    gtk_widget_add_controller(s, e);
    e = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
    gtk_event_controller_set_propagation_phase(e, GTK_PHASE_CAPTURE);
    g_signal_connect(e, "scroll", G_CALLBACK(slider_scrolled), w);
    gtk_widget_add_controller(s, e);
    e = gtk_event_controller_legacy_new();
    gtk_event_controller_set_propagation_phase(e, GTK_PHASE_CAPTURE);
    g_signal_connect(e, "event", G_CALLBACK(slider_event), w);
    gtk_widget_add_controller(s, e);
    return s;
}

static GtkWidget *make_bar(Wiggle *w)
{
    GtkWidget *bar = adj_ui_bar_new();
    w->code = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(w->code), "F.cross_entropy(net(x), y)");
    gtk_widget_set_tooltip_text(w->code, _("The loss as an expression"));
    gtk_editable_set_width_chars(GTK_EDITABLE(w->code), 14);
    g_signal_connect(w->code, "activate", G_CALLBACK(entered), w);
    w->slider = make_slider(w);
    w->keep = gtk_button_new_with_label(_("Keep"));
    gtk_widget_set_tooltip_text(w->keep, _("Set the element to the value tried last (Enter)"));
    g_signal_connect(w->keep, "clicked", G_CALLBACK(keep), w);
    GtkWidget *parts[] = {
        w->code, w->slider,
        adj_ui_button_new("zoom-in-symbolic", _("A smaller span (+)"), G_CALLBACK(narrower), w),
        adj_ui_button_new("zoom-out-symbolic", _("A larger span (-)"), G_CALLBACK(wider), w),
        w->keep};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) gtk_box_append(GTK_BOX(bar), parts[i]);
    gtk_widget_set_sensitive(w->slider, FALSE);
    gtk_widget_set_sensitive(w->keep, FALSE);
    return bar;
}

static void wiggle_free(gpointer p)
{
    Wiggle *w = p;
    g_free(w->name);
    g_free(w->title);
    g_free(w);
}

GtkWidget *adj_ui_wiggle_new(AdjUiModel *model, const AdjUiWiggleOwner *owner, gpointer self)
{
    Wiggle *w = g_new0(Wiggle, 1);
    w->model = model;
    w->owner = owner;
    w->self = self;
    w->tried = w->tried_loss = w->last = NAN;
    w->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(w->box), "wiggle", w, wiggle_free);
    w->sheet = adj_ui_sheet_new(&sheet_owner, w, _("The loss as a function of the element"));
    gtk_widget_set_size_request(w->sheet, -1, 200);
    w->status = adj_ui_status_new();
    gtk_widget_set_hexpand(w->status, FALSE);
    gtk_label_set_text(GTK_LABEL(w->status), _("Choose an element in the heat map."));
    gtk_box_append(GTK_BOX(w->box), make_bar(w));
    gtk_box_append(GTK_BOX(w->box), w->sheet);
    gtk_box_append(GTK_BOX(w->box), w->status);
    return w->box;
}

static char *title_of(const char *name, const int64_t *at, int rank)
{
    GString *s = g_string_new(name);
    for (int i = 0; i < rank; i++)
        g_string_append_printf(s, i ? ", %" G_GINT64_FORMAT : "[%" G_GINT64_FORMAT, at[i]);
    if (rank) g_string_append_c(s, ']');
    return g_string_free(s, FALSE);
}

void adj_ui_wiggle_choose(GtkWidget *widget, const char *name, const int64_t *at, int rank,
                          double spread)
{
    Wiggle *w = wiggle_of(widget);
    g_autofree char *title = title_of(name, at, MIN(rank, RANK));
    gboolean same = !g_strcmp0(title, w->title);
    if (!same) {
        g_free(w->name);
        g_free(w->title);
        w->name = g_strdup(name);
        w->title = g_steal_pointer(&title);
        w->rank = MIN(rank, RANK);
        memcpy(w->at, at, (gsize)w->rank * sizeof *at);
        w->span = spread > 0 && isfinite(spread) ? 2 * spread : 1;
    }
    if (*gtk_editable_get_text(GTK_EDITABLE(w->code))) {
        start(w);
        return;
    }
    if (w->asked) adj_ui_model_cancel(w->model, w->asked);
    w->asked = adj_ui_model_ask(w->model, "loss", NULL, take_loss, w, G_OBJECT(w->box));
}

void adj_ui_wiggle_close(GtkWidget *widget)
{
    Wiggle *w = wiggle_of(widget);
    if (w->asked) adj_ui_model_cancel(w->model, w->asked);
    if (w->asked_try) adj_ui_model_cancel(w->model, w->asked_try);
    w->asked = w->asked_try = 0;
    let_go(w);
    if (w->started)
        adj_ui_model_ask(w->model, "wiggle",
                         adj_ui_fields("do", adj_ui_say_text("close"), NULL), NULL, NULL, NULL);
    w->started = FALSE;
}

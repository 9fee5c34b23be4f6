// SPDX-License-Identifier: Apache-2.0
//
// The session keeps the terms apart and takes the second step aside; this file draws its answer
// with the card of sums. A term is chosen by a click or with the keys Up, Down and Enter: its
// reader is then selected everywhere.

#include "panels/tape/tape_fan.h"

#include "panels/parts/canvas.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>

typedef struct Fan {
    AdjUiModel *model;
    GtkWidget *box, *area, *forget, *words;
    const AdjUiWalk *walk;
    char *name;
    JsonObject *reply;  // held: the shares have its texts
    AdjUiShare *shares;
    int *nodes;  // of the shares, in the walk
    int count, chosen;
    guint asked;
} Fan;

static Fan *fan_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tape-fan");
}

static gboolean forgets(const Fan *f)
{
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(f->forget));
}

// The one number of a scalar; NaN where there are several.
static double only_number(JsonObject *o)
{
    AdjUiNumbers n;
    gboolean one =
        adj_ui_reply_numbers(o, &n) && n.rows * n.columns == 1 && n.of[0] * n.of[1] == 1;
    return one ? n.value[0] : NAN;
}

static AdjUiSumCard card_of(const Fan *f)
{
    JsonObject *total = adj_ui_reply_object(f->reply, "total");
    JsonObject *earlier = adj_ui_reply_object(f->reply, "earlier");
    double value = only_number(earlier);
    return (AdjUiSumCard){.of = f->name,
                          .shares = f->shares,
                          .count = f->count,
                          .total_norm = adj_ui_reply_norm(total),
                          .total = only_number(total),
                          .forgotten = earlier != NULL,
                          .earlier = isnan(value) ? adj_ui_reply_norm(earlier) : value};
}

static void paint(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    (void)area;
    const Fan *f = self;
    if (!f->reply) return;
    AdjUiSumCard card = card_of(f);
    adj_ui_paint_sum_card(cr, adj_ui_theme_now(), &card, width, height);
}

// -- answers ------------------------------------------------------------------------------

static void forget_answer(Fan *f)
{
    g_clear_pointer(&f->reply, json_object_unref);
    g_clear_pointer(&f->shares, g_free);
    g_clear_pointer(&f->nodes, g_free);
    f->count = 0;
    f->chosen = -1;
}

static void say_what_it_is(Fan *f)
{
    AdjUiSumCard card = card_of(f);
    JsonArray *losses = adj_ui_reply_array(f->reply, "losses");
    g_autofree char *text =
        card.forgotten
            ? g_strdup_printf(
                  _("Two steps without zero_grad: losses %.5g and %.5g. The gradient "
                    "of the first is still there when the second adds to it."),
                  adj_ui_reply_number_at(losses, 0), adj_ui_reply_number_at(losses, 1))
            : g_strdup(_("Each reader adds its part to .grad."));
    gtk_label_set_text(GTK_LABEL(f->words), text);
    adj_ui_canvas_say(f->area, text);
}

static void take_fan(gpointer self, JsonObject *reply, const char *error)
{
    Fan *f = self;
    f->asked = 0;
    forget_answer(f);
    gtk_widget_set_visible(f->box, !error);
    if (error) return;
    JsonArray *terms = adj_ui_reply_array(reply, "contributions");
    f->reply = json_object_ref(reply);
    f->count = (int)adj_ui_reply_length(terms);
    f->shares = g_new0(AdjUiShare, f->count + 1);
    f->nodes = g_new0(int, f->count + 1);
    for (int i = 0; i < f->count; i++) {
        JsonObject *o = adj_ui_reply_object_at(terms, (guint)i);
        f->nodes[i] = (int)adj_ui_reply_integer(o, "index", -1);
        f->shares[i] = (AdjUiShare){.from = adj_ui_reply_text(o, "op", "?"),
                                    .norm = adj_ui_reply_norm(o),
                                    .value = only_number(o),
                                    .arrived = true};
    }
    AdjUiSumCard card = card_of(f);
    int rows = f->count + card.forgotten;
    gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(f->area), 52 + 34 * rows + 60);
    say_what_it_is(f);
    gtk_widget_queue_draw(f->area);
}

static void ask(Fan *f)
{
    if (f->asked) adj_ui_model_cancel(f->model, f->asked);
    f->asked = adj_ui_model_ask(f->model, "fanout",
                                adj_ui_fields("name", adj_ui_say_text(f->name), "forget",
                                              adj_ui_say_flag(forgets(f)), NULL),
                                take_fan, f, G_OBJECT(f->box));
}

void adj_ui_tape_fan_show(GtkWidget *w, const AdjUiWalk *walk, const char *name)
{
    Fan *f = fan_of(w);
    if (f->asked) adj_ui_model_cancel(f->model, f->asked);
    f->asked = 0;
    f->walk = walk && walk->on && !walk->inside && name ? walk : NULL;
    g_free(f->name);
    f->name = g_strdup(name);
    if (f->walk)
        ask(f);
    else
        gtk_widget_set_visible(f->box, FALSE);
}

static void toggled(GtkToggleButton *b, gpointer self)
{
    (void)b;
    Fan *f = self;
    if (f->walk) ask(f);
}

// -- choosing a term ----------------------------------------------------------------------

static void select_reader(Fan *f)
{
    int node = f->chosen >= 0 && f->chosen < f->count ? f->nodes[f->chosen] : -1;
    int32_t op = f->walk && node >= 0 && node < f->walk->count ? f->walk->ops[node] : -1;
    if (op < 0) return;
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.node = f->walk->graph->ops[op].id;
    s.module = (char *)f->walk->graph->ops[op].module;
    adj_ui_model_select(f->model, &s);
}

static void clicked(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    (void)g, (void)presses;
    Fan *f = self;
    if (!f->reply) return;
    AdjUiSumCard card = card_of(f);
    gtk_widget_grab_focus(f->area);
    f->chosen = adj_ui_sum_card_share(&card, gtk_widget_get_width(f->area), x, y);
    select_reader(f);
}

static gboolean key_pressed(GtkEventControllerKey *k, guint key, guint code,
                            GdkModifierType state, gpointer self)
{
    (void)k, (void)code;
    Fan *f = self;
    int by = key == GDK_KEY_Down ? 1 : key == GDK_KEY_Up ? -1 : 0;
    if (!f->count || state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    if (key == GDK_KEY_Return) {
        select_reader(f);
        return TRUE;
    }
    if (!by) return FALSE;
    f->chosen = CLAMP(f->chosen + by, 0, f->count - 1);
    const AdjUiShare *s = &f->shares[f->chosen];
    g_autofree char *say =
        g_strdup_printf("%s: %.6g", s->from, isnan(s->value) ? s->norm : s->value);
    adj_ui_canvas_say(f->area, say);
    return TRUE;
}

// -- the widget ---------------------------------------------------------------------------

static void fan_free(gpointer p)
{
    Fan *f = p;
    forget_answer(f);
    g_free(f->name);
    g_free(f);
}

GtkWidget *adj_ui_tape_fan_new(AdjUiModel *model)
{
    Fan *f = g_new0(Fan, 1);
    f->model = model;
    f->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    g_object_set_data_full(G_OBJECT(f->box), "tape-fan", f, fan_free);
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    f->forget = gtk_toggle_button_new_with_label(_("Forget zero_grad"));
    gtk_widget_set_tooltip_text(f->forget, _("Takes a second step without zero_grad, aside"));
    g_signal_connect(f->forget, "toggled", G_CALLBACK(toggled), f);
    f->words =
        g_object_new(GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "hexpand", TRUE, NULL);
    gtk_widget_add_css_class(f->words, "dim-label");
    gtk_widget_set_valign(f->forget, GTK_ALIGN_CENTER);
    gtk_widget_set_margin_top(row, 8);
    gtk_box_append(GTK_BOX(row), f->forget);
    gtk_box_append(GTK_BOX(row), f->words);
    f->area = g_object_new(GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG,
                           "focusable", TRUE, "content-width", 380, NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(f->area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("The sum of what the readers of a leaf send to it"), -1);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(f->area), paint, f, NULL);
    GtkGesture *click = gtk_gesture_click_new();
    g_signal_connect(click, "pressed", G_CALLBACK(clicked), f);
    gtk_widget_add_controller(f->area, GTK_EVENT_CONTROLLER(click));
    GtkEventController *keys = gtk_event_controller_key_new();
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), f);
    gtk_widget_add_controller(f->area, keys);
    gtk_box_append(GTK_BOX(f->box), row);
    gtk_box_append(GTK_BOX(f->box), f->area);
    gtk_widget_set_visible(f->box, FALSE);
    return f->box;
}

char *adj_ui_tape_fan_table(GtkWidget *w)
{
    const Fan *f = fan_of(w);
    GString *out = g_string_new("");
    if (!f->reply || !gtk_widget_get_visible(f->box)) return g_string_free(out, FALSE);
    AdjUiSumCard card = card_of(f);
    if (card.forgotten) g_string_append_printf(out, "earlier,%s,%.9g\n", f->name, card.earlier);
    for (int i = 0; i < f->count; i++)
        g_string_append_printf(out, "term,%s,%.9g\n", f->shares[i].from, f->shares[i].norm);
    g_string_append_printf(out, "total,%s,%.9g\n", f->name, card.total_norm);
    return g_string_free(out, FALSE);
}

// SPDX-License-Identifier: Apache-2.0
//
// Cards are painted (paint/card.c) on drawing areas that ask for the height they need. The edge
// card can be entered: a click or the arrow keys choose an element of the contribution, and the
// session is asked for the terms of its sum; while the answer is on its way the last one stays.

#include "panels/tape/tape_cards.h"

#include "panels/parts/canvas.h"
#include "panels/parts/pane.h"
#include "panels/tape/tape_quiz.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>

enum { TERM_MOST = 12 };

struct AdjUiTapeCards {
    AdjUiModel *model;
    GtkWidget *box, *choices, *edge, *quiz, *sum, *value, *hint;
    AdjUiWalk *walk;
    int outgoing;
    int32_t shown_at;  // the node that the choices are of
    int row, column;
    AdjUiTerm terms[TERM_MOST];
    int term_count, terms_of;
    double total;
    guint asked, peeked;
    JsonObject *peek;  // held: the value card reads it
    gboolean asking, hinted;
    GHashTable *known;  // edges that were predicted, by number of node and edge
};

static AdjUiTapeCards *cards_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tape-cards");
}

static const AdjUiFlow *edge_of(const AdjUiTapeCards *c)
{
    return c->walk && c->outgoing < c->walk->outgoing_count ? &c->walk->outgoing[c->outgoing]
                                                            : NULL;
}

// Areas grow to what their card needs; asking inside a draw would lay out for ever, so only a
// change asks.
static void need_height(GtkWidget *area, double height)
{
    int h = (int)ceil(height * adj_ui_pane_zoom(area));
    g_object_set_data(G_OBJECT(area), "needed", GINT_TO_POINTER((int)ceil(height)));
    if (gtk_drawing_area_get_content_height(GTK_DRAWING_AREA(area)) != h)
        gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(area), h);
}

static void rezoomed(GtkWidget *area, double factor, gboolean by_hand)
{
    (void)factor, (void)by_hand;
    need_height(area, GPOINTER_TO_INT(g_object_get_data(G_OBJECT(area), "needed")));
    gtk_widget_queue_draw(area);
}

// Cards are painted in units of the pane: scales, and answers the width in units.
static double in_units(GtkDrawingArea *area, cairo_t *cr, int width, int *height)
{
    double zoom = adj_ui_pane_zoom(GTK_WIDGET(area));
    cairo_scale(cr, zoom, zoom);
    *height = (int)(*height / zoom);
    return width / zoom;
}

// -- the edge -----------------------------------------------------------------------------

static gpointer edge_key_of(const AdjUiTapeCards *c, int outgoing)
{
    guint walk = c->walk->inside ? g_str_hash(c->walk->root) | 1 : 0;
    return GUINT_TO_POINTER((guint)(c->walk->at * 64 + outgoing + 1) ^ walk << 20);
}

// Whether the edge that is shown is to be predicted.
static gboolean masked(const AdjUiTapeCards *c)
{
    return c->asking && edge_of(c) &&
           !g_hash_table_contains(c->known, edge_key_of(c, c->outgoing));
}

static AdjUiEdgeCard edge_card(const AdjUiTapeCards *c, const AdjUiFlow *f)
{
    return (AdjUiEdgeCard){
        .from = c->walk->name ? c->walk->name : "",
        .to = f->to,
        .formula = c->walk->formula,
        .rule = c->walk->rule,
        .upstream = c->walk->incoming.has_numbers ? &c->walk->incoming.numbers : NULL,
        .contribution = f->has_numbers ? &f->numbers : NULL,
        .upstream_norm = c->walk->incoming.norm,
        .contribution_norm = f->norm,
        .element = {c->row, c->column},
        .terms = c->terms,
        .term_count = masked(c) && !c->hinted ? 0 : c->term_count,
        .masked = masked(c),
        .terms_of = c->terms_of,
        .total = c->total,
    };
}

static double wanted_height(const AdjUiTapeCards *c, const AdjUiFlow *f)
{
    int rows = 4;
    if (c->walk->incoming.has_numbers) rows = MAX(rows, c->walk->incoming.numbers.rows);
    if (f->has_numbers) rows = MAX(rows, f->numbers.rows);
    return 112 + MIN(26 * rows, 168) + 34 + 16 + (c->term_count > 0 ? 44 : 0);
}

static void paint_edge(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    const AdjUiTapeCards *c = self;
    const AdjUiFlow *f = edge_of(c);
    if (!f) return;
    AdjUiEdgeCard card = edge_card(c, f);
    double units = in_units(area, cr, width, &height);
    adj_ui_paint_edge_card(cr, adj_ui_theme_now(), &card, units, height);
}

static void element_of(JsonArray *at, char *out, size_t size)
{
    size_t n = (size_t)g_snprintf(out, size, "[");
    for (guint i = 0; i < adj_ui_reply_length(at) && n < size - 8; i++)
        n += (size_t)g_snprintf(out + n, size - n, i ? ", %.0f" : "%.0f",
                                adj_ui_reply_number_at(at, i));
    g_snprintf(out + n, size - n, "]");
}

static void take_terms(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiTapeCards *c = self;
    JsonArray *terms = adj_ui_reply_array(reply, "terms");
    c->asked = 0;
    c->term_count = 0;
    if (error) return;
    for (guint i = 0; i < adj_ui_reply_length(terms) && c->term_count < TERM_MOST; i++) {
        JsonObject *o = adj_ui_reply_object_at(terms, i);
        AdjUiTerm *t = &c->terms[c->term_count++];
        element_of(adj_ui_reply_array(o, "output"), t->at, sizeof t->at);
        t->upstream = adj_ui_reply_number(o, "upstream", NAN);
        t->local = adj_ui_reply_number(o, "local", NAN);
        t->product = adj_ui_reply_number(o, "product", NAN);
    }
    c->terms_of = (int)adj_ui_reply_integer(reply, "count", c->term_count);
    c->total = adj_ui_reply_number(reply, "total", NAN);
    if (edge_of(c)) need_height(c->edge, wanted_height(c, edge_of(c)));
    if (masked(c)) adj_ui_tape_quiz_terms(c->quiz, c->terms, c->term_count, c->terms_of);
    gtk_widget_queue_draw(c->edge);
}

// The element's full index: the window shows the last two axes at the start of the others.
static void ask_terms(AdjUiTapeCards *c)
{
    const AdjUiFlow *f = edge_of(c);
    if (!f || !f->has_numbers || c->row < 0) return;
    int64_t at[8] = {0};
    int rank = f->numbers.rank;
    if (rank >= 1) at[rank - 1] = c->column;
    if (rank >= 2) at[rank - 2] = c->row;
    if (c->asked) adj_ui_model_cancel(c->model, c->asked);
    JsonObject *fields =
        adj_ui_fields("index", adj_ui_say_int(c->walk->at), "input", adj_ui_say_int(f->input),
                      "element", adj_ui_say_ints(at, rank), NULL);
    c->asked = adj_ui_model_ask(c->model, "local", fields, take_terms, c, G_OBJECT(c->box));
}

static void choose(AdjUiTapeCards *c, int row, int column)
{
    const AdjUiFlow *f = edge_of(c);
    if (!f || !f->has_numbers) return;
    c->row = CLAMP(row, 0, f->numbers.rows - 1);
    c->column = CLAMP(column, 0, f->numbers.columns - 1);
    c->term_count = 0;
    ask_terms(c);
    gtk_widget_queue_draw(c->edge);
    if (masked(c)) {
        c->hinted = FALSE;
        adj_ui_tape_quiz_ask(c->quiz, c->walk, c->outgoing, c->row, c->column);
        return;
    }
    g_autofree char *say =
        g_strdup_printf(_("Gradient of %s at row %d, column %d: %.6g"), f->to, c->row,
                        c->column, f->numbers.value[c->row * f->numbers.columns + c->column]);
    adj_ui_canvas_say(c->edge, say);
}

static void edge_clicked(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    (void)g, (void)presses;
    AdjUiTapeCards *c = self;
    const AdjUiFlow *f = edge_of(c);
    gtk_widget_grab_focus(c->edge);
    if (!f) return;
    AdjUiEdgeCard card = edge_card(c, f);
    int row, column;
    double zoom = adj_ui_pane_zoom(c->edge);
    if (adj_ui_edge_card_element(&card, gtk_widget_get_width(c->edge) / zoom, x / zoom,
                                 y / zoom, &row, &column))
        choose(c, row, column);
}

static gboolean edge_key(GtkEventControllerKey *k, guint key, guint code, GdkModifierType state,
                         gpointer self)
{
    (void)k, (void)code;
    AdjUiTapeCards *c = self;
    if (!edge_of(c) || state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    int row = MAX(c->row, 0), column = MAX(c->column, 0);
    switch (key) {
    case GDK_KEY_Left: choose(c, row, column - 1); return TRUE;
    case GDK_KEY_Right: choose(c, row, column + 1); return TRUE;
    case GDK_KEY_Up: choose(c, row - 1, column); return TRUE;
    case GDK_KEY_Down: choose(c, row + 1, column); return TRUE;
    default: return FALSE;
    }
}

// -- the sum ------------------------------------------------------------------------------

static void paint_sum(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    const AdjUiTapeCards *c = self;
    if (!c->walk || c->walk->share_count < 2) return;
    int n = c->walk->share_count;
    AdjUiShare *shares = g_new0(AdjUiShare, n);
    const AdjUiNumbers *sum = &c->walk->incoming.numbers;
    gboolean scalar = c->walk->incoming.has_numbers && sum->rows * sum->columns == 1;
    for (int i = 0; i < n; i++) {
        const AdjUiFlow *f = &c->walk->shares[i];
        shares[i] = (AdjUiShare){.from = f->to,
                                 .norm = f->norm,
                                 .value = scalar && f->has_numbers ? f->numbers.value[0] : NAN,
                                 .arrived = true};
        scalar = scalar && f->has_numbers;
    }
    AdjUiSumCard card = {.of = c->walk->name ? c->walk->name : "",
                         .shares = shares,
                         .count = n,
                         .total_norm = c->walk->incoming.norm,
                         .total = scalar ? sum->value[0] : NAN};
    double units = in_units(area, cr, width, &height);
    adj_ui_paint_sum_card(cr, adj_ui_theme_now(), &card, units, height);
    g_free(shares);
}

static void sum_clicked(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    (void)g, (void)presses;
    AdjUiTapeCards *c = self;
    if (!c->walk) return;
    AdjUiSumCard card = {.count = c->walk->share_count};
    double zoom = adj_ui_pane_zoom(c->sum);
    int i =
        adj_ui_sum_card_share(&card, gtk_widget_get_width(c->sum) / zoom, x / zoom, y / zoom);
    int32_t op = i >= 0 ? c->walk->shares[i].op : -1;
    if (op < 0) return;
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.node = c->walk->graph->ops[op].id;
    s.module = (char *)c->walk->graph->ops[op].module;
    adj_ui_model_select(c->model, &s);
}

// -- the value ----------------------------------------------------------------------------

static void paint_value(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    const AdjUiTapeCards *c = self;
    if (!c->peek) return;
    JsonObject *s = adj_ui_reply_object(c->peek, "statistics");
    JsonObject *h = adj_ui_reply_object(c->peek, "histogram");
    JsonArray *counts = adj_ui_reply_array(h, "counts");
    double bars[64];
    AdjUiNumbers numbers;
    gboolean has_numbers = adj_ui_reply_numbers(c->peek, &numbers);
    int bins = (int)MIN(adj_ui_reply_length(counts), 64u);
    for (int i = 0; i < bins; i++) bars[i] = adj_ui_reply_number_at(counts, (guint)i);
    AdjUiValueCard card = {.name = adj_ui_reply_text(c->peek, "name", ""),
                           .text = adj_ui_reply_text(c->peek, "text", NULL),
                           .has_statistics = s != NULL,
                           .mean = adj_ui_reply_number(s, "mean", NAN),
                           .std = adj_ui_reply_number(s, "std", NAN),
                           .least = adj_ui_reply_number(s, "min", NAN),
                           .most = adj_ui_reply_number(s, "max", NAN),
                           .norm = adj_ui_reply_number(s, "norm", NAN),
                           .zeros = adj_ui_reply_number(s, "zeros", NAN),
                           .nans = adj_ui_reply_integer(s, "nan", 0),
                           .infs = adj_ui_reply_integer(s, "inf", 0),
                           .counts = bins > 1 ? bars : NULL,
                           .bins = bins,
                           .low = adj_ui_reply_number(h, "low", NAN),
                           .high = adj_ui_reply_number(h, "high", NAN),
                           .grad_norm = NAN,
                           .numbers = has_numbers ? &numbers : NULL};
    card.rank = adj_ui_reply_shape(c->peek, "shape", card.shape, 8);
    double units = in_units(area, cr, width, &height);
    adj_ui_paint_value_card(cr, adj_ui_theme_now(), &card, units, height);
}

static void take_peek(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiTapeCards *c = self;
    c->peeked = 0;
    g_clear_pointer(&c->peek, json_object_unref);
    if (!error) c->peek = json_object_ref(reply);
    JsonArray *rows = adj_ui_reply_array(adj_ui_reply_object(c->peek, "window"), "values");
    gboolean counts = adj_ui_reply_object(c->peek, "histogram") != NULL;
    gtk_widget_set_visible(c->value, c->peek != NULL);
    need_height(c->value, 140 + (counts ? 86 : 0) + 26.0 * adj_ui_reply_length(rows) + 30);
    gtk_widget_queue_draw(c->value);
}

void adj_ui_tape_cards_value(GtkWidget *w, const char *name)
{
    AdjUiTapeCards *c = cards_of(w);
    if (c->peeked) adj_ui_model_cancel(c->model, c->peeked);
    JsonObject *window = adj_ui_fields("rows", adj_ui_say_int(4), "columns",
                                       adj_ui_say_int(ADJ_UI_WINDOW), NULL);
    JsonObject *fields = adj_ui_fields(
        "name", adj_ui_say_text(name), "statistics", adj_ui_say_flag(TRUE), "histogram",
        adj_ui_say_text("linear"), "window", adj_ui_say_object(window), NULL);
    gtk_widget_set_visible(c->hint, FALSE);
    c->peeked = adj_ui_model_ask(c->model, "peek", fields, take_peek, c, G_OBJECT(c->box));
}

// -- which edge ---------------------------------------------------------------------------

static void edge_chosen(GtkToggleButton *b, gpointer self)
{
    AdjUiTapeCards *c = self;
    int i = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(b), "edge"));
    if (gtk_toggle_button_get_active(b) && i != c->outgoing)
        adj_ui_tape_cards_walk(c->box, c->walk, i);
}

// A button for every input that the gradient goes on to; one needs no choice.
static void show_choices(AdjUiTapeCards *c)
{
    GtkWidget *old, *group = NULL;
    while ((old = gtk_widget_get_first_child(c->choices)))
        gtk_box_remove(GTK_BOX(c->choices), old);
    int n = c->walk ? c->walk->outgoing_count : 0;
    gtk_widget_set_visible(c->choices, n > 1);
    for (int i = 0; i < n && n > 1; i++) {
        g_autofree char *text = g_strdup_printf("∂ %s", c->walk->outgoing[i].to);
        GtkWidget *b = gtk_toggle_button_new_with_label(text);
        if (group)
            gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(b), GTK_TOGGLE_BUTTON(group));
        else
            group = b;
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(b), i == c->outgoing);
        g_object_set_data(G_OBJECT(b), "edge", GINT_TO_POINTER(i));
        g_signal_connect(b, "toggled", G_CALLBACK(edge_chosen), c);
        gtk_box_append(GTK_BOX(c->choices), b);
    }
}

// -- the quiz -----------------------------------------------------------------------------

// The element whose absolute value is largest: the one worth asking for.
static void choose_largest(AdjUiTapeCards *c, const AdjUiFlow *f)
{
    int best = 0, count = f->numbers.rows * f->numbers.columns;
    for (int i = 1; i < count; i++)
        if (fabs(f->numbers.value[i]) > fabs(f->numbers.value[best])) best = i;
    choose(c, best / f->numbers.columns, best % f->numbers.columns);
}

static void show_hint(gpointer self)
{
    AdjUiTapeCards *c = self;
    c->hinted = TRUE;
    gtk_widget_queue_draw(c->edge);
}

static int next_unknown(const AdjUiTapeCards *c)
{
    for (int i = 0; c->walk && i < c->walk->outgoing_count; i++)
        if (!g_hash_table_contains(c->known, edge_key_of(c, i))) return i;
    return -1;
}

// The edge opens; when the node has another one, that is asked next.
static void answered(gpointer self)
{
    AdjUiTapeCards *c = self;
    if (!edge_of(c)) return;
    g_hash_table_add(c->known, edge_key_of(c, c->outgoing));
    adj_ui_walk_reveal(c->walk, c->outgoing);
    int next = next_unknown(c);
    adj_ui_tape_cards_walk(c->box, c->walk, next >= 0 ? next : c->outgoing);
    if (next >= 0)
        adj_ui_tape_quiz_focus(c->quiz);
    else
        gtk_widget_grab_focus(c->edge);
}

static const AdjUiTapeQuizOwner quiz_owner = {.hint = show_hint, .answered = answered};

void adj_ui_tape_cards_quiz(GtkWidget *w, gboolean on)
{
    AdjUiTapeCards *c = cards_of(w);
    c->asking = on;
    g_hash_table_remove_all(c->known);
    adj_ui_tape_cards_walk(w, c->walk, c->outgoing);
}

gboolean adj_ui_tape_cards_asking(GtkWidget *w)
{
    return cards_of(w)->asking;
}

gboolean adj_ui_tape_cards_ask(GtkWidget *w)
{
    AdjUiTapeCards *c = cards_of(w);
    int next = c->asking ? next_unknown(c) : -1;
    if (next < 0) return FALSE;
    if (next != c->outgoing) adj_ui_tape_cards_walk(w, c->walk, next);
    adj_ui_tape_quiz_focus(c->quiz);
    return TRUE;
}

// -- the whole ----------------------------------------------------------------------------

void adj_ui_tape_cards_walk(GtkWidget *w, AdjUiWalk *walk, int outgoing)
{
    AdjUiTapeCards *c = cards_of(w);
    gboolean same = walk && walk == c->walk && c->shown_at == walk->at;
    c->walk = walk && walk->on && !walk->done ? walk : NULL;
    c->outgoing = outgoing;
    c->shown_at = walk ? walk->at : -1;
    if (!same) show_choices(c);
    c->term_count = 0;
    c->row = c->column = -1;
    const AdjUiFlow *f = edge_of(c);
    gboolean several = c->walk && c->walk->share_count > 1;
    gtk_widget_set_visible(c->edge, f != NULL);
    gtk_widget_set_visible(c->sum, several);
    gtk_widget_set_visible(c->hint, !c->walk && !c->peek);
    if (f) need_height(c->edge, wanted_height(c, f));
    if (several) need_height(c->sum, 52 + 34.0 * c->walk->share_count + 60);
    gtk_widget_set_visible(c->quiz, masked(c));
    if (f && f->has_numbers && masked(c))
        choose_largest(c, f);
    else if (f && f->has_numbers)
        choose(c, 0, 0);
    else if (masked(c))
        adj_ui_tape_quiz_ask(c->quiz, c->walk, c->outgoing, 0, 0);
    gtk_widget_queue_draw(c->edge);
    gtk_widget_queue_draw(c->sum);
}

static GtkWidget *card_area(AdjUiTapeCards *c, GtkDrawingAreaDrawFunc paint, const char *label)
{
    GtkWidget *area =
        g_object_new(GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG,
                     "focusable", TRUE, "visible", FALSE, "content-width", 320, NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(area), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                   -1);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), paint, c, NULL);
    adj_ui_pane_follow(area, rezoomed);
    gtk_box_append(GTK_BOX(c->box), area);
    return area;
}

static void on_click(GtkWidget *area, GCallback clicked, gpointer self)
{
    GtkGesture *g = gtk_gesture_click_new();
    g_signal_connect(g, "pressed", clicked, self);
    gtk_widget_add_controller(area, GTK_EVENT_CONTROLLER(g));
}

static void cards_free(gpointer p)
{
    AdjUiTapeCards *c = p;
    g_clear_pointer(&c->peek, json_object_unref);
    g_hash_table_unref(c->known);
    g_free(c);
}

GtkWidget *adj_ui_tape_cards_new(AdjUiModel *model)
{
    AdjUiTapeCards *c = g_new0(AdjUiTapeCards, 1);
    c->model = model;
    c->row = c->column = -1;
    c->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    g_object_set_data_full(G_OBJECT(c->box), "tape-cards", c, cards_free);
    c->hint = gtk_label_new(_("Start the backward pass to see how each gradient is made, "
                              "or choose a box to see its value."));
    gtk_widget_add_css_class(c->hint, "dim-label");
    gtk_label_set_justify(GTK_LABEL(c->hint), GTK_JUSTIFY_CENTER);
    gtk_label_set_wrap(GTK_LABEL(c->hint), TRUE);
    gtk_widget_set_margin_top(c->hint, 16);
    gtk_box_append(GTK_BOX(c->box), c->hint);
    c->choices = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_widget_add_css_class(c->choices, "linked");
    gtk_widget_set_halign(c->choices, GTK_ALIGN_CENTER);
    gtk_widget_set_margin_top(c->choices, 6);
    gtk_widget_set_visible(c->choices, FALSE);
    gtk_box_append(GTK_BOX(c->box), c->choices);
    c->quiz = adj_ui_tape_quiz_new(model, &quiz_owner, c);
    gtk_widget_set_visible(c->quiz, FALSE);
    gtk_box_append(GTK_BOX(c->box), c->quiz);
    c->edge = card_area(c, paint_edge, _("Upstream gradient times local derivative"));
    c->known = g_hash_table_new(NULL, NULL);
    c->sum = card_area(c, paint_sum, _("The sum of what the readers send back"));
    c->value = card_area(c, paint_value, _("A value"));
    on_click(c->edge, G_CALLBACK(edge_clicked), c);
    on_click(c->sum, G_CALLBACK(sum_clicked), c);
    GtkEventController *keys = gtk_event_controller_key_new();
    g_signal_connect(keys, "key-pressed", G_CALLBACK(edge_key), c);
    gtk_widget_add_controller(c->edge, keys);
    return c->box;
}

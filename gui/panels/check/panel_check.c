// SPDX-License-Identifier: Apache-2.0
//
// The gradient-check lens: analytic beside numeric derivatives of one tensor.
//
// Left, every checked element as a point that should lie on the diagonal; right, how the error
// of the worst one depends on the step h. That curve is a V: truncation rules on its right
// side, rounding on its left, and a derivative that is wrong shows no V at all. The session
// computes both derivatives and gives the verdict; a step across a kink is excluded and said to
// be one.

#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "plot/paint/paint.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { ELEMENTS = 64, STEPS = 11 };

typedef struct Element {
    int64_t at[8];
    int rank;
    double analytic, numeric, error;
    gboolean kink;
    char verdict[16];
} Element;

typedef struct Check {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *code, *name, *status;
    Element elements[ELEMENTS];
    int count, worst;
    double h[STEPS], errors[STEPS];  // of the worst element
    int steps;
    AdjPlaced placed;
    guint asked;
} Check;

static Check *check_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "check");
}

static void element_text(const Element *e, char *out, size_t size)
{
    size_t n = (size_t)g_snprintf(out, size, "[");
    for (int i = 0; i < e->rank; i++)
        n += (size_t)g_snprintf(out + n, size - n,
                                i ? ", %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, e->at[i]);
    g_snprintf(out + n, size - n, "]");
}

// -- asking -------------------------------------------------------------------------------

static JsonObject *fields_of(const Check *c)
{
    return adj_ui_fields("code", adj_ui_say_text(gtk_editable_get_text(GTK_EDITABLE(c->code))),
                         "name", adj_ui_say_text(gtk_editable_get_text(GTK_EDITABLE(c->name))),
                         NULL);
}

static void ask_next_h(Check *c);

static void take_h(gpointer self, JsonObject *reply, const char *error)
{
    Check *c = self;
    JsonObject *e = adj_ui_reply_object_at(adj_ui_reply_array(reply, "elements"), 0);
    c->asked = 0;
    if (error) return;
    c->errors[c->steps++] = adj_ui_reply_number(e, "error", NAN);
    adj_ui_sheet_changed(c->sheet);
    ask_next_h(c);
}

static void ask_next_h(Check *c)
{
    if (c->steps == STEPS || c->worst < 0) return;
    const Element *e = &c->elements[c->worst];
    JsonArray *list = json_array_new();
    JsonNode *at = adj_ui_say_ints(e->at, e->rank);
    json_array_add_element(list, at);
    JsonObject *fields = fields_of(c);
    json_object_set_array_member(fields, "elements", list);
    c->h[c->steps] = pow(10, -1 - 0.6 * c->steps);
    json_object_set_double_member(fields, "h", c->h[c->steps]);
    c->asked = adj_ui_model_ask(c->model, "gradcheck", fields, take_h, c, G_OBJECT(c->box));
}

static void read_element(Element *e, JsonObject *o)
{
    e->rank = adj_ui_reply_shape(o, "at", e->at, 8);
    e->analytic = adj_ui_reply_number(o, "analytic", NAN);
    e->numeric = adj_ui_reply_number(o, "numeric", NAN);
    e->error = adj_ui_reply_number(o, "error", NAN);
    e->kink = adj_ui_reply_flag(o, "kink");
    g_strlcpy(e->verdict, adj_ui_reply_text(o, "verdict", ""), sizeof e->verdict);
}

static void say_verdict(Check *c, const char *verdict)
{
    char at[80], a[32], b[32], error[32];
    if (c->worst < 0) return;
    const Element *e = &c->elements[c->worst];
    element_text(e, at, sizeof at);
    g_autofree char *text = g_strdup_printf(
        _("%s. Worst: %s, analytic %s, numeric %s, relative error %s%s"), verdict, at,
        adj_ui_number(a, e->analytic, 6), adj_ui_number(b, e->numeric, 6),
        adj_ui_number(error, e->error, 3), e->kink ? _(" (a kink was crossed)") : "");
    gtk_label_set_text(GTK_LABEL(c->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(c->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void take_check(gpointer self, JsonObject *reply, const char *error)
{
    Check *c = self;
    JsonArray *list = adj_ui_reply_array(reply, "elements");
    c->asked = 0;
    c->count = c->steps = 0;
    c->worst = -1;
    if (error) {
        gtk_label_set_text(GTK_LABEL(c->status), error);
        return;
    }
    for (guint i = 0; i < adj_ui_reply_length(list) && c->count < ELEMENTS; i++) {
        Element *e = &c->elements[c->count];
        read_element(e, adj_ui_reply_object_at(list, i));
        if (!e->kink && (c->worst < 0 || !(e->error <= c->elements[c->worst].error)))
            c->worst = c->count;
        c->count++;
    }
    if (c->worst < 0 && c->count) c->worst = 0;
    say_verdict(c, adj_ui_reply_text(reply, "verdict", ""));
    adj_ui_sheet_changed(c->sheet);
    ask_next_h(c);
}

static void begin(GtkWidget *w, gpointer self)
{
    (void)w;
    Check *c = self;
    if (c->asked) adj_ui_model_cancel(c->model, c->asked);
    JsonObject *fields = fields_of(c);
    json_object_set_int_member(fields, "count", 24);
    c->asked = adj_ui_model_ask(c->model, "gradcheck", fields, take_check, c, G_OBJECT(c->box));
}

// -- the picture --------------------------------------------------------------------------

typedef struct Points {
    int n;
    double x[ELEMENTS], y[ELEMENTS];
} Points;

// The elements with this verdict as points; each verdict has its own colour and its own shape.
static void pick(const Check *c, const char *verdict, Points *out)
{
    out->n = 0;
    for (int i = 0; i < c->count; i++) {
        const Element *e = &c->elements[i];
        if (strcmp(e->verdict, verdict) != 0) continue;
        out->x[out->n] = e->analytic;
        out->y[out->n++] = e->numeric;
    }
}

static AdjColor colour_of(AdjUiColour c)
{
    return (AdjColor)(c.r * 255 + 0.5) << 24 | (AdjColor)(c.g * 255 + 0.5) << 16 |
           (AdjColor)(c.b * 255 + 0.5) << 8 | 0xff;
}

static int scatter_layers(const Check *c, const AdjUiTheme *theme, Points *points, double *ends,
                          AdjLayer *layers)
{
    static const char *const verdicts[] = {"good", "acceptable", "wrong", "kink"};
    static const char marks[] = {'o', '^', 'X', 's'};
    AdjUiColour inks[] = {theme->good, theme->warn, theme->bad, theme->faint};
    int n = 0;
    for (int i = 0; i < c->count; i++) {
        ends[0] = fmin(ends[0], c->elements[i].analytic);
        ends[1] = fmax(ends[1], c->elements[i].analytic);
    }
    layers[n++] = (AdjLayer){.kind = ADJ_LINE,
                             .n = 2,
                             .x = ends,
                             .y = ends,
                             .dash = ADJ_DASHED,
                             .width = 1,
                             .color = colour_of(theme->faint)};
    for (int k = 0; k < 4; k++) {
        pick(c, verdicts[k], &points[k]);
        if (points[k].n == 0) continue;
        layers[n++] = (AdjLayer){.kind = ADJ_POINTS,
                                 .n = points[k].n,
                                 .x = points[k].x,
                                 .y = points[k].y,
                                 .marker = marks[k],
                                 .size = 7,
                                 .label = verdicts[k],
                                 .color = colour_of(inks[k])};
    }
    return n;
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Check *c = self;
    Points points[4];
    AdjLayer layers[6], curve[3];
    double ends[2] = {0, 0}, fine[2] = {1e-3, 1e-3}, span[2] = {1e-8, 1e-1};
    if (!c->count) return;
    int n = scatter_layers(c, theme, points, ends, layers);
    curve[0] = (AdjLayer){.kind = ADJ_LINE,
                          .n = c->steps,
                          .x = c->h,
                          .y = c->errors,
                          .marker = 'o',
                          .size = 5,
                          .width = 1.8,
                          .label = "relative error"};
    curve[1] = (AdjLayer){.kind = ADJ_LINE,
                          .n = 2,
                          .x = span,
                          .y = fine,
                          .dash = ADJ_DASHED,
                          .width = 1,
                          .color = colour_of(theme->good),
                          .label = "good below"};
    AdjAxes axes[] = {{.layers = layers,
                       .layer_count = n,
                       .title = "elements",
                       .x = {.label = "analytic"},
                       .y = {.label = "numeric"},
                       .grid = true,
                       .legend = true,
                       .hide_top = true,
                       .hide_right = true},
                      {.layers = curve,
                       .layer_count = 2,
                       .title = "error of the worst one",
                       .x = {.label = "step h", .scale = ADJ_LOG},
                       .y = {.scale = ADJ_LOG},
                       .column = 1,
                       .grid = true,
                       .legend = true,
                       .hide_top = true,
                       .hide_right = true}};
    AdjFigure f = {.axes = axes,
                   .axes_count = c->steps > 1 ? 2 : 1,
                   .rows = 1,
                   .columns = 2,
                   .dark = theme->dark,
                   .transparent = true};
    cairo_save(cr);
    cairo_scale(cr, 96.0 / 72, 96.0 / 72);
    adj_paint_figure(cr, &f, width * 0.75, height * 0.75, NULL);
    cairo_restore(cr);
}

static const AdjUiSheetOwner sheet_owner = {.paint = paint};

// -- the panel ----------------------------------------------------------------------------

static void selected(GtkWidget *panel, const AdjUiSelection *s)
{
    Check *c = check_of(panel);
    if (s->value) gtk_editable_set_text(GTK_EDITABLE(c->name), s->value);
}

static GtkWidget *create(AdjUiModel *model)
{
    Check *c = g_new0(Check, 1);
    c->model = model;
    c->worst = -1;
    c->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(c->box), "check", c, g_free);
    GtkWidget *bar = adj_ui_bar_new();
    c->code = gtk_entry_new();
    c->name = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(c->code), "F.cross_entropy(net(x), y)");
    gtk_entry_set_placeholder_text(GTK_ENTRY(c->name), "net.0.weight");
    gtk_widget_set_hexpand(c->code, TRUE);
    gtk_widget_set_tooltip_text(c->code, _("What is differentiated: an expression"));
    gtk_widget_set_tooltip_text(c->name, _("With respect to this tensor"));
    g_signal_connect(c->code, "activate", G_CALLBACK(begin), c);
    g_signal_connect(c->name, "activate", G_CALLBACK(begin), c);
    gtk_box_append(GTK_BOX(bar), c->code);
    gtk_box_append(GTK_BOX(bar), c->name);
    gtk_box_append(GTK_BOX(bar), adj_ui_button_new("media-playback-start-symbolic", _("Check"),
                                                   G_CALLBACK(begin), c));
    c->sheet = adj_ui_sheet_new(&sheet_owner, c, _("Analytic beside numeric derivatives"));
    c->status =
        g_object_new(GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "selectable", TRUE,
                     "margin-start", 12, "margin-end", 12, "margin-top", 6, "margin-bottom", 8,
                     "label", _("Write an expression and the tensor to check it by."), NULL);
    gtk_box_append(GTK_BOX(c->box), bar);
    gtk_box_append(GTK_BOX(c->box), c->sheet);
    gtk_box_append(GTK_BOX(c->box), c->status);
    return c->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    paint(check_of(panel), cr, adj_ui_theme(FALSE), width, height);
}

static char *table(GtkWidget *panel)
{
    const Check *c = check_of(panel);
    GString *out = g_string_new("element,analytic,numeric,relative error,verdict\n");
    for (int i = 0; i < c->count; i++) {
        char at[80];
        element_text(&c->elements[i], at, sizeof at);
        g_string_append_printf(out, "\"%s\",%.17g,%.17g,%.9g,%s\n", at, c->elements[i].analytic,
                               c->elements[i].numeric, c->elements[i].error,
                               c->elements[i].verdict);
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_check = {
    .name = "check",
    .title = N_("Gradient check"),
    .icon = "adj-check-symbolic",
    .shortcut = "<Alt>0",
    .text = N_("Analytic beside numeric derivatives, and which element is wrong"),
    .create = create,
    .select = selected,
    .draw = draw,
    .table = table,
};

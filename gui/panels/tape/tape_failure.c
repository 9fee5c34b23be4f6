// SPDX-License-Identifier: Apache-2.0
//
// A card with a button for each proposed form: it puts the form into the page. What is shown is
// what the session recorded when the call failed.

#include "panels/tape/tape_failure.h"

#include "paint/clash.h"
#include "panels/parts/canvas.h"
#include "session/reply.h"

#include <glib/gi18n.h>

enum { HEIGHT = 62 + 2 * 44 + 8 };

typedef struct Failure {
    GtkWidget *box, *area, *fixes;
    JsonObject *reply;  // held
    char *title;
} Failure;

static Failure *failure_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tape-failure");
}

// The row of the operation that failed: the last.
static JsonObject *failed_row(const Failure *f)
{
    JsonArray *ops = adj_ui_reply_array(f->reply, "ops");
    guint n = adj_ui_reply_length(ops);
    return n ? adj_ui_reply_object_at(ops, n - 1) : NULL;
}

static AdjUiClash clash_of(const Failure *f)
{
    AdjUiClash c = {.title = f->title, .message = adj_ui_reply_text(f->reply, "message", "")};
    JsonObject *clash = adj_ui_reply_object(f->reply, "clash");
    JsonArray *operands = adj_ui_reply_array(clash, "operands");
    JsonArray *axes = adj_ui_reply_array(clash, "axes");
    JsonArray *inputs = adj_ui_reply_array(failed_row(f), "inputs");
    JsonArray *ops = adj_ui_reply_array(f->reply, "ops");
    guint first = operands ? (guint)adj_ui_reply_number_at(operands, 0) : 0;
    for (guint i = 0; i < 2; i++) {
        JsonObject *o = first + i < adj_ui_reply_length(inputs)
                            ? adj_ui_reply_object_at(inputs, first + i)
                            : NULL;
        gint64 from = adj_ui_reply_integer(o, "from", -1);
        JsonObject *maker = from >= 0 ? adj_ui_reply_object_at(ops, (guint)from) : NULL;
        c.name[i] = adj_ui_reply_text(o, "leaf", adj_ui_reply_text(maker, "op", NULL));
        c.rank[i] = MIN(adj_ui_reply_shape(o, "shape", c.shape[i], 8), 8);
        c.axis[i] = axes ? (int)adj_ui_reply_number_at(axes, i) : 0;
    }
    return c;
}

static void paint(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    (void)area, (void)height;
    const Failure *f = self;
    if (!f->reply) return;
    AdjUiClash c = clash_of(f);
    adj_ui_paint_clash(cr, adj_ui_theme_now(), &c, width);
}

static void insert(GtkButton *b, gpointer self)
{
    (void)self;
    gtk_widget_activate_action(GTK_WIDGET(b), "page.insert-code", "s",
                               (const char *)g_object_get_data(G_OBJECT(b), "form"));
}

static void show_fixes(Failure *f)
{
    GtkWidget *old;
    JsonArray *fixes = adj_ui_reply_array(f->reply, "fixes");
    while ((old = gtk_widget_get_first_child(f->fixes))) gtk_box_remove(GTK_BOX(f->fixes), old);
    for (guint i = 0; i < adj_ui_reply_length(fixes); i++) {
        const char *form = adj_ui_reply_text(adj_ui_reply_object_at(fixes, i), "text", "");
        g_autofree char *label = g_strdup_printf(_("Insert  %s"), form);
        GtkWidget *b = gtk_button_new_with_label(label);
        gtk_widget_set_tooltip_text(b, _("Puts this form, which would fit, into the page"));
        g_object_set_data_full(G_OBJECT(b), "form", g_strdup(form), g_free);
        g_signal_connect(b, "clicked", G_CALLBACK(insert), f);
        gtk_box_append(GTK_BOX(f->fixes), b);
    }
}

void adj_ui_tape_failure_show(GtkWidget *w, JsonObject *reply)
{
    Failure *f = failure_of(w);
    gboolean found = adj_ui_reply_flag(reply, "found");
    g_clear_pointer(&f->reply, json_object_unref);
    gtk_widget_set_visible(f->box, found);
    if (!found) return;
    f->reply = json_object_ref(reply);
    JsonObject *row = failed_row(f);
    JsonObject *where = adj_ui_reply_object(row, "where");
    g_free(f->title);
    f->title = g_strdup_printf(_("%s failed at  %s"), adj_ui_reply_text(row, "op", "?"),
                               adj_ui_reply_text(where, "text", "?"));
    show_fixes(f);
    adj_ui_canvas_say(f->area, f->title);
    gtk_widget_queue_draw(f->area);
}

char *adj_ui_tape_failure_table(GtkWidget *w)
{
    const Failure *f = failure_of(w);
    GString *out = g_string_new("");
    if (!f->reply) return g_string_free(out, FALSE);
    AdjUiClash c = clash_of(f);
    JsonArray *fixes = adj_ui_reply_array(f->reply, "fixes");
    for (int i = 0; i < 2; i++) {
        char shape[96];
        g_string_append_printf(out, "failed,%s,%s,axis,%d\n", c.name[i] ? c.name[i] : "",
                               adj_ui_shape_text(shape, c.shape[i], c.rank[i]), c.axis[i]);
    }
    for (guint i = 0; i < adj_ui_reply_length(fixes); i++)
        g_string_append_printf(out, "try,%s\n",
                               adj_ui_reply_text(adj_ui_reply_object_at(fixes, i), "text", ""));
    return g_string_free(out, FALSE);
}

static void failure_free(gpointer p)
{
    Failure *f = p;
    g_clear_pointer(&f->reply, json_object_unref);
    g_free(f->title);
    g_free(f);
}

GtkWidget *adj_ui_tape_failure_new(void)
{
    Failure *f = g_new0(Failure, 1);
    f->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    g_object_set_data_full(G_OBJECT(f->box), "tape-failure", f, failure_free);
    f->area = g_object_new(GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG,
                           "content-height", HEIGHT, "content-width", 380, NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(f->area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("The shapes of the operation that failed"), -1);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(f->area), paint, f, NULL);
    f->fixes = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    gtk_widget_set_margin_top(f->area, 8);
    gtk_box_append(GTK_BOX(f->box), f->area);
    gtk_box_append(GTK_BOX(f->box), f->fixes);
    gtk_widget_set_visible(f->box, FALSE);
    return f->box;
}

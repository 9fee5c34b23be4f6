// SPDX-License-Identifier: Apache-2.0
// help.c: see help.h. Names are what the session would complete, help is what it shows for
// `name?`: nothing is listed here that another file would have to keep up with.
#include "search/help.h"

#include "notebook/ansi.h"
#include "session/client.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 520 };

typedef struct {
    GWeakRef owner;
    AdjUiHelpNames take;
    gpointer self;
    GtkWidget *text;
    const char *code;
} Question;

static void question_free(Question *q)
{
    g_weak_ref_clear(&q->owner);
    g_free(q);
}

static void ask(AdjUiModel *m, Question *q, GObject *owner, const char *type, AdjUiReply reply)
{
    JsonObject *o = json_object_new();
    g_weak_ref_init(&q->owner, owner);
    json_object_set_string_member(o, "code", q->code);
    json_object_set_int_member(o, "cursor_pos", g_utf8_strlen(q->code, -1));
    if (g_str_equal(type, "inspect_request")) json_object_set_int_member(o, "detail_level", 0);
    if (!adj_ui_client_send(adj_ui_model_client(m), ADJ_UI_SHELL, type, o, reply, q))
        question_free(q);
}

// Matches replace the end of what was asked from "cursor_start" on.
static void completed(gpointer self, const AdjUiMessage *m)
{
    Question *q = self;
    if (!m) {
        question_free(q);
        return;
    }
    g_autoptr(GObject) owner = g_weak_ref_get(&q->owner);
    if (!owner || !g_str_equal(adj_ui_message_type(m), "complete_reply")) return;
    JsonNode *n = json_object_get_member(m->content, "matches");
    JsonArray *list = n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
    guint count = list ? json_array_get_length(list) : 0;
    gint64 start = json_object_get_int_member_with_default(m->content, "cursor_start", 0);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(names,
                        g_strdup_printf("%.*s%s", (int)MIN((gsize)start, strlen(q->code)),
                                        q->code, json_array_get_string_element(list, i)));
    g_ptr_array_add(names, NULL);
    q->take(q->self, (const char *const *)names->pdata);
}

void adj_ui_help_names(AdjUiModel *m, AdjUiHelpNames take, gpointer self, GObject *owner)
{
    static const char *const where[] = {"torch.", "nn.", "F.", "optim."};
    for (gsize i = 0; i < G_N_ELEMENTS(where); i++) {
        Question *q = g_new0(Question, 1);
        q->take = take;
        q->self = self;
        q->code = where[i];
        ask(m, q, owner, "complete_request", completed);
    }
}

// -- one of them --------------------------------------------------------------------------

static void inspected(gpointer self, const AdjUiMessage *m)
{
    Question *q = self;
    if (!m) {
        question_free(q);
        return;
    }
    g_autoptr(GObject) owner = g_weak_ref_get(&q->owner);
    if (!owner || !g_str_equal(adj_ui_message_type(m), "inspect_reply")) return;
    JsonNode *n = json_object_get_member(m->content, "data");
    const char *text = n && JSON_NODE_HOLDS_OBJECT(n)
                           ? json_object_get_string_member_with_default(json_node_get_object(n),
                                                                        "text/plain", NULL)
                           : NULL;
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    g_autofree char *markup = text ? adj_ui_ansi_markup(text, dark, FALSE) : NULL;
    gtk_label_set_markup(GTK_LABEL(q->text), markup ? markup : _("There is no help for it."));
}

static gboolean key(GtkEventControllerKey *c, guint k, guint code, GdkModifierType state,
                    gpointer window)
{
    (void)c, (void)code, (void)state;
    if (k != GDK_KEY_Escape) return GDK_EVENT_PROPAGATE;
    gtk_window_destroy(window);
    return GDK_EVENT_STOP;
}

void adj_ui_help_open(GtkWidget *window, AdjUiModel *m, const char *name)
{
    GtkWidget *w = adw_window_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *scroll = gtk_scrolled_window_new(), *text = gtk_label_new(_("Asking …"));
    gtk_window_set_title(GTK_WINDOW(w), name);
    gtk_window_set_transient_for(GTK_WINDOW(w), GTK_WINDOW(window));
    gtk_window_set_default_size(GTK_WINDOW(w), WIDTH, HEIGHT);
    gtk_label_set_xalign(GTK_LABEL(text), 0);
    gtk_label_set_yalign(GTK_LABEL(text), 0);
    gtk_label_set_wrap(GTK_LABEL(text), TRUE);
    gtk_label_set_selectable(GTK_LABEL(text), TRUE);
    gtk_widget_add_css_class(text, "help-text");
    gtk_widget_set_vexpand(scroll, TRUE);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), text);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), scroll);
    adw_window_set_content(ADW_WINDOW(w), box);
    GtkEventController *keys = gtk_event_controller_key_new();
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key), w);
    gtk_widget_add_controller(w, keys);
    Question *q = g_new0(Question, 1);
    q->text = text;
    q->code = name;  // read now and not again
    ask(m, q, G_OBJECT(text), "inspect_request", inspected);
    gtk_window_present(GTK_WINDOW(w));
}

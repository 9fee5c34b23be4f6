// SPDX-License-Identifier: Apache-2.0
//
// Marks live in the states of the walk, where the painter sees them; their conditions in a
// table beside. The session decides whether one holds: this file only says them.

#include "panels/tape/tape_breaks.h"

#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct AdjUiBreaks {
    void (*changed)(gpointer self);
    gpointer self;
    AdjUiWalk *walk;
    GHashTable *conditions;  // operation + 1 -> text
    char *anywhere;
    // What the open question is about.
    GtkWidget *popover, *entry, *hint;
    int32_t asked;
};

AdjUiBreaks *adj_ui_breaks_new(void (*changed)(gpointer self), gpointer self)
{
    AdjUiBreaks *b = g_new0(AdjUiBreaks, 1);
    b->changed = changed;
    b->self = self;
    b->conditions = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    b->anywhere = g_strdup("");
    return b;
}

void adj_ui_breaks_free(AdjUiBreaks *b)
{
    if (!b) return;
    g_clear_weak_pointer((gpointer *)&b->popover);  // its parent ends it
    g_hash_table_unref(b->conditions);
    g_free(b->anywhere);
    g_free(b);
}

void adj_ui_breaks_follow(AdjUiBreaks *b, AdjUiWalk *walk)
{
    if (walk == b->walk) return;
    b->walk = walk;
    g_hash_table_remove_all(b->conditions);
}

// -- conditions ---------------------------------------------------------------------------

// "norm(grad) > 10": the field it is, and what follows the sign.
static const struct {
    const char *left, *sign, *field;
    gboolean number;
} comparisons[] = {
    {"norm(grad)", ">", "norm_above", TRUE},
    {"norm(grad)", "<", "norm_below", TRUE},
    {"op", "==", "op", FALSE},
    {"module", "==", "module", FALSE},
};

static gboolean add_number(JsonObject *o, const char *field, const char *text)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return FALSE;
    json_object_set_double_member(o, field, value);
    return TRUE;
}

static gboolean add_comparison(JsonObject *o, const char *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(comparisons); i++) {
        const char *sign = strstr(text, comparisons[i].sign);
        if (!sign) continue;
        g_autofree char *left = g_strndup(text, (gsize)(sign - text));
        g_autofree char *right = g_strdup(sign + strlen(comparisons[i].sign));
        if (strcmp(g_strstrip(left), comparisons[i].left) || !*g_strstrip(right)) continue;
        if (comparisons[i].number) return add_number(o, comparisons[i].field, right);
        json_object_set_string_member(o, comparisons[i].field, right);
        return TRUE;
    }
    return FALSE;
}

JsonObject *adj_ui_condition(const char *text)
{
    JsonObject *o = json_object_new();
    g_autofree char *plain = g_strstrip(g_strdup(text));
    g_auto(GStrv) parts = *plain ? g_strsplit(plain, " and ", -1) : NULL;
    for (int i = 0; parts && parts[i]; i++) {
        if (add_comparison(o, parts[i])) continue;
        json_object_unref(o);
        return NULL;
    }
    return o;
}

JsonNode *adj_ui_breaks_say(const AdjUiBreaks *b)
{
    JsonArray *list = json_array_new();
    const AdjUiWalk *w = b->walk;
    for (int32_t k = 0; w && k < w->count; k++) {
        int32_t op = w->ops[k];
        if (op < 0 || !w->states[op].breakpoint) continue;
        const char *text = g_hash_table_lookup(b->conditions, GINT_TO_POINTER(op + 1));
        JsonObject *o = adj_ui_condition(text ? text : "");
        json_object_set_int_member(o, "index", k);
        json_array_add_object_element(list, o);
    }
    if (*b->anywhere) json_array_add_object_element(list, adj_ui_condition(b->anywhere));
    JsonNode *n = json_node_init_array(json_node_alloc(), list);
    json_array_unref(list);
    return n;
}

// -- marks --------------------------------------------------------------------------------

gboolean adj_ui_breaks_set(AdjUiBreaks *b, int32_t op, const char *condition)
{
    JsonObject *o = condition ? adj_ui_condition(condition) : NULL;
    if (!b->walk || op < 0 || op >= b->walk->graph->count || (condition && !o)) {
        g_clear_pointer(&o, json_object_unref);
        return FALSE;
    }
    b->walk->states[op].breakpoint = condition != NULL;
    b->walk->states[op].conditional = o && json_object_get_size(o) > 0;
    if (condition)
        g_hash_table_insert(b->conditions, GINT_TO_POINTER(op + 1), g_strdup(condition));
    else
        g_hash_table_remove(b->conditions, GINT_TO_POINTER(op + 1));
    g_clear_pointer(&o, json_object_unref);
    b->changed(b->self);
    return TRUE;
}

gboolean adj_ui_breaks_toggle(AdjUiBreaks *b, int32_t op)
{
    if (!b->walk || op < 0) return FALSE;
    gboolean marked = b->walk->states[op].breakpoint;
    adj_ui_breaks_set(b, op, marked ? NULL : "");
    return !marked;
}

gboolean adj_ui_breaks_anywhere(AdjUiBreaks *b, const char *condition)
{
    JsonObject *o = adj_ui_condition(condition);
    if (!o) return FALSE;
    g_free(b->anywhere);
    b->anywhere = json_object_get_size(o) ? g_strdup(condition) : g_strdup("");
    json_object_unref(o);
    b->changed(b->self);
    return TRUE;
}

// -- asking -------------------------------------------------------------------------------

static gboolean apply(AdjUiBreaks *b, const char *text)
{
    if (b->asked < 0) return adj_ui_breaks_anywhere(b, text);
    return adj_ui_breaks_set(b, b->asked, text);
}

static void entered(GtkEntry *entry, gpointer self)
{
    AdjUiBreaks *b = self;
    gboolean understood = apply(b, gtk_editable_get_text(GTK_EDITABLE(entry)));
    if (understood)
        gtk_popover_popdown(GTK_POPOVER(b->popover));
    else
        gtk_widget_add_css_class(GTK_WIDGET(entry), "error");
}

static void edited(GtkEditable *entry, gpointer self)
{
    (void)self;
    gtk_widget_remove_css_class(GTK_WIDGET(entry), "error");
}

static void removed(GtkButton *button, gpointer self)
{
    (void)button;
    AdjUiBreaks *b = self;
    if (b->asked < 0)
        adj_ui_breaks_anywhere(b, "");
    else
        adj_ui_breaks_set(b, b->asked, NULL);
    gtk_popover_popdown(GTK_POPOVER(b->popover));
}

static void make_popover(AdjUiBreaks *b)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    b->hint = g_object_new(GTK_TYPE_LABEL, "xalign", 0.0f, NULL);
    b->entry = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(b->entry), "norm(grad) > 10");
    gtk_editable_set_width_chars(GTK_EDITABLE(b->entry), 26);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Condition of the breakpoint"), -1);
    g_signal_connect(b->entry, "activate", G_CALLBACK(entered), b);
    g_signal_connect(b->entry, "changed", G_CALLBACK(edited), b);
    GtkWidget *remove = gtk_button_new_with_label(_("Remove"));
    g_signal_connect(remove, "clicked", G_CALLBACK(removed), b);
    GtkWidget *forms = gtk_label_new(_("norm(grad) > 10,  norm(grad) < 1e-6,\n"
                                       "op == relu,  module == net.0,  joined by “and”"));
    gtk_label_set_xalign(GTK_LABEL(forms), 0);
    gtk_widget_add_css_class(forms, "dim-label");
    gtk_widget_add_css_class(forms, "caption");
    gtk_widget_set_hexpand(b->entry, TRUE);
    gtk_box_append(GTK_BOX(row), b->entry);
    gtk_box_append(GTK_BOX(row), remove);
    gtk_box_append(GTK_BOX(box), b->hint);
    gtk_box_append(GTK_BOX(box), row);
    gtk_box_append(GTK_BOX(box), forms);
    gtk_widget_set_margin_start(box, 6);
    gtk_widget_set_margin_end(box, 6);
    gtk_widget_set_margin_top(box, 6);
    gtk_widget_set_margin_bottom(box, 6);
    b->popover = gtk_popover_new();
    gtk_popover_set_child(GTK_POPOVER(b->popover), box);
}

void adj_ui_breaks_ask(AdjUiBreaks *b, GtkWidget *parent, const GdkRectangle *at, int32_t op)
{
    if (!b->popover) {
        make_popover(b);
        gtk_widget_set_parent(b->popover, parent);
        g_object_add_weak_pointer(G_OBJECT(b->popover), (gpointer *)&b->popover);
    }
    b->asked = op;
    const char *text =
        op < 0 ? b->anywhere : g_hash_table_lookup(b->conditions, GINT_TO_POINTER(op + 1));
    g_autofree char *hint = op < 0 ? g_strdup(_("Stop at any operation where"))
                                   : g_strdup_printf(_("Stop at %s where (empty: always)"),
                                                     b->walk->graph->ops[op].name);
    gtk_label_set_text(GTK_LABEL(b->hint), hint);
    gtk_editable_set_text(GTK_EDITABLE(b->entry), text ? text : "");
    if (at) gtk_popover_set_pointing_to(GTK_POPOVER(b->popover), at);
    gtk_popover_popup(GTK_POPOVER(b->popover));
    gtk_widget_grab_focus(b->entry);
}

// SPDX-License-Identifier: Apache-2.0
// item.c: see navigator.h.
#include "navigator/navigator.h"

#include <math.h>
#include <string.h>

G_DEFINE_FINAL_TYPE(AdjUiItem, adj_ui_item, G_TYPE_OBJECT)

static guint changed_signal;  // a number of the class, written once

static void finalize(GObject *o)
{
    AdjUiItem *i = ADJ_UI_ITEM(o);
    g_clear_pointer(&i->json, json_object_unref);
    g_clear_object(&i->children);
    g_free(i->key);
    G_OBJECT_CLASS(adj_ui_item_parent_class)->finalize(o);
}

static void adj_ui_item_class_init(AdjUiItemClass *class)
{
    G_OBJECT_CLASS(class)->finalize = finalize;
    changed_signal = g_signal_new("changed", ADJ_UI_TYPE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void adj_ui_item_init(AdjUiItem *i)
{
    (void)i;
}

AdjUiItem *adj_ui_item_new(const char *key, JsonObject *json)
{
    AdjUiItem *i = g_object_new(ADJ_UI_TYPE_ITEM, NULL);
    i->key = g_strdup(key);
    i->json = json_object_ref(json);
    return i;
}

void adj_ui_item_update(AdjUiItem *i, JsonObject *json)
{
    json_object_ref(json);
    json_object_unref(i->json);
    i->json = json;
    g_signal_emit(i, changed_signal, 0);
}

void adj_ui_item_add_point(AdjUiItem *i, double y)
{
    if (i->points == ADJ_UI_HISTORY) {
        memmove(i->history, i->history + 1, sizeof(float) * (ADJ_UI_HISTORY - 1));
        i->points--;
    }
    i->history[i->points++] = (float)y;
}

const char *adj_ui_item_string(AdjUiItem *i, const char *name)
{
    JsonNode *n = json_object_get_member(i->json, name);
    if (!n || !JSON_NODE_HOLDS_VALUE(n) || json_node_get_value_type(n) != G_TYPE_STRING)
        return "";
    return json_node_get_string(n);
}

double adj_ui_item_number(AdjUiItem *i, const char *name)
{
    JsonNode *n = json_object_get_member(i->json, name);
    if (!n || !JSON_NODE_HOLDS_VALUE(n)) return NAN;
    if (json_node_get_value_type(n) == G_TYPE_STRING)
        return g_ascii_strtod(json_node_get_string(n), NULL);
    return json_node_get_double(n);
}

char *adj_ui_item_shape(AdjUiItem *i, const char *name)
{
    JsonNode *n = json_object_get_member(i->json, name);
    if (!n || !JSON_NODE_HOLDS_ARRAY(n)) return NULL;
    JsonArray *a = json_node_get_array(n);
    GString *s = g_string_new(NULL);
    for (guint k = 0; k < json_array_get_length(a); k++)
        g_string_append_printf(s, "%s%" G_GINT64_FORMAT, k ? "×" : "",
                               json_array_get_int_element(a, k));
    return g_string_free(s, FALSE);
}

char *adj_ui_format_count(double n)
{
    if (n < 1e4) return g_strdup_printf("%.0f", n);
    if (n < 1e6) return g_strdup_printf("%.3g k", n / 1e3);
    if (n < 1e9) return g_strdup_printf("%.3g M", n / 1e6);
    return g_strdup_printf("%.3g G", n / 1e9);
}

static const char *key_of(JsonArray *a, guint i, const char *key)
{
    JsonNode *n = json_array_get_element(a, i);
    if (!JSON_NODE_HOLDS_OBJECT(n)) return NULL;
    return json_object_get_string_member_with_default(json_node_get_object(n), key, NULL);
}

void adj_ui_items_update(GListStore *store, JsonArray *array, const char *key)
{
    guint old = g_list_model_get_n_items(G_LIST_MODEL(store)), at = 0;
    guint fresh = json_array_get_length(array);
    while (at < old && at < fresh) {
        g_autoptr(AdjUiItem) i = g_list_model_get_item(G_LIST_MODEL(store), at);
        if (g_strcmp0(i->key, key_of(array, at, key))) break;
        adj_ui_item_update(i, json_array_get_object_element(array, at++));
    }
    if (at == old && at == fresh) return;
    g_autoptr(GPtrArray) rest = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = at; i < fresh; i++)
        if (key_of(array, i, key))
            g_ptr_array_add(rest, adj_ui_item_new(key_of(array, i, key),
                                                  json_array_get_object_element(array, i)));
    g_list_store_splice(store, at, old - at, rest->pdata, rest->len);
}

GtkWidget *adj_ui_empty_new(const char *icon, const char *title, const char *text)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(box, "empty-page");
    GtkWidget *i = gtk_image_new_from_icon_name(icon);
    gtk_image_set_pixel_size(GTK_IMAGE(i), 48);
    gtk_widget_add_css_class(i, "dim-label");
    GtkWidget *t = gtk_label_new(title), *w = gtk_label_new(text);
    gtk_widget_add_css_class(t, "heading");
    gtk_widget_add_css_class(w, "dim-label");
    gtk_label_set_wrap(GTK_LABEL(w), TRUE);
    gtk_label_set_justify(GTK_LABEL(w), GTK_JUSTIFY_CENTER);
    gtk_label_set_max_width_chars(GTK_LABEL(w), 28);
    gtk_box_append(GTK_BOX(box), i);
    gtk_box_append(GTK_BOX(box), t);
    gtk_box_append(GTK_BOX(box), w);
    return box;
}

// SPDX-License-Identifier: Apache-2.0
//
// Reading replies, and writing the fields of requests.

#include "session/reply.h"

#include <math.h>
#include <stdarg.h>

static double number_of(JsonNode *node, double otherwise)
{
    if (!node || !JSON_NODE_HOLDS_VALUE(node)) return otherwise;
    GType type = json_node_get_value_type(node);
    if (type == G_TYPE_DOUBLE || type == G_TYPE_INT64) return json_node_get_double(node);
    if (type != G_TYPE_STRING) return otherwise;
    const char *text = json_node_get_string(node);
    if (!g_strcmp0(text, "NaN")) return NAN;
    if (!g_strcmp0(text, "Infinity")) return INFINITY;
    if (!g_strcmp0(text, "-Infinity")) return -INFINITY;
    return otherwise;
}

static JsonNode *member(JsonObject *o, const char *field)
{
    return o ? json_object_get_member(o, field) : NULL;
}

double adj_ui_reply_number(JsonObject *o, const char *field, double otherwise)
{
    return number_of(member(o, field), otherwise);
}

gint64 adj_ui_reply_integer(JsonObject *o, const char *field, gint64 otherwise)
{
    JsonNode *n = member(o, field);
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_INT64
               ? json_node_get_int(n)
               : otherwise;
}

gboolean adj_ui_reply_flag(JsonObject *o, const char *field)
{
    JsonNode *n = member(o, field);
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_BOOLEAN &&
           json_node_get_boolean(n);
}

const char *adj_ui_reply_text(JsonObject *o, const char *field, const char *otherwise)
{
    JsonNode *n = member(o, field);
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_STRING
               ? json_node_get_string(n)
               : otherwise;
}

JsonObject *adj_ui_reply_object(JsonObject *o, const char *field)
{
    JsonNode *n = member(o, field);
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

JsonArray *adj_ui_reply_array(JsonObject *o, const char *field)
{
    JsonNode *n = member(o, field);
    return n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
}

guint adj_ui_reply_length(JsonArray *a)
{
    return a ? json_array_get_length(a) : 0;
}

double adj_ui_reply_number_at(JsonArray *a, guint i)
{
    return i < adj_ui_reply_length(a) ? number_of(json_array_get_element(a, i), NAN) : NAN;
}

JsonObject *adj_ui_reply_object_at(JsonArray *a, guint i)
{
    JsonNode *n = i < adj_ui_reply_length(a) ? json_array_get_element(a, i) : NULL;
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

int adj_ui_reply_shape(JsonObject *o, const char *field, int64_t *shape, int most)
{
    JsonArray *a = adj_ui_reply_array(o, field);
    int count = (int)MIN(adj_ui_reply_length(a), (guint)most);
    for (int i = 0; i < count; i++) {
        double size = adj_ui_reply_number_at(a, (guint)i);
        shape[i] = isfinite(size) ? (int64_t)size : 0;
    }
    return count;
}

double adj_ui_reply_norm(JsonObject *o)
{
    return adj_ui_reply_number(adj_ui_reply_object(o, "statistics"), "norm", NAN);
}

gboolean adj_ui_reply_numbers(JsonObject *o, AdjUiNumbers *out)
{
    JsonObject *w = adj_ui_reply_object(o, "window");
    JsonArray *rows = adj_ui_reply_array(w, "values");
    *out = (AdjUiNumbers){0};
    if (!rows) return FALSE;
    out->rank = adj_ui_reply_shape(o, "shape", out->shape, 8);
    out->rows = (int)MIN(adj_ui_reply_length(rows), ADJ_UI_WINDOW);
    for (int i = 0; i < out->rows; i++) {
        JsonNode *n = json_array_get_element(rows, (guint)i);
        JsonArray *row = JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
        int columns = (int)MIN(adj_ui_reply_length(row), ADJ_UI_WINDOW);
        if (i == 0) out->columns = columns;
        for (int k = 0; k < out->columns; k++)
            out->value[i * out->columns + k] = adj_ui_reply_number_at(row, (guint)k);
    }
    out->of[0] = out->rows;
    out->of[1] = out->columns;
    adj_ui_reply_shape(w, "of", out->of, 2);
    return out->rows > 0 && out->columns > 0;
}

// -- requests -----------------------------------------------------------------------------

JsonObject *adj_ui_fields(const char *name, ...)
{
    JsonObject *o = json_object_new();
    va_list rest;
    va_start(rest, name);
    for (; name; name = va_arg(rest, const char *))
        json_object_set_member(o, name, va_arg(rest, JsonNode *));
    va_end(rest);
    return o;
}

JsonNode *adj_ui_say_text(const char *text)
{
    return json_node_init_string(json_node_alloc(), text);
}

JsonNode *adj_ui_say_int(gint64 number)
{
    return json_node_init_int(json_node_alloc(), number);
}

JsonNode *adj_ui_say_number(double number)
{
    return json_node_init_double(json_node_alloc(), number);
}

JsonNode *adj_ui_say_flag(gboolean flag)
{
    return json_node_init_boolean(json_node_alloc(), flag);
}

JsonNode *adj_ui_say_ints(const int64_t *numbers, int count)
{
    JsonArray *a = json_array_new();
    for (int i = 0; i < count; i++) json_array_add_int_element(a, numbers[i]);
    JsonNode *n = json_node_init_array(json_node_alloc(), a);
    json_array_unref(a);
    return n;
}

JsonNode *adj_ui_say_object(JsonObject *object)
{
    JsonNode *n = json_node_init_object(json_node_alloc(), object);
    json_object_unref(object);
    return n;
}

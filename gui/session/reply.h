// SPDX-License-Identifier: Apache-2.0
//
// Reading replies of the session. A field that is missing, null or of another kind gives the
// default and never a warning: the protocol may gain fields, an older session may lack some.
// Numbers that JSON cannot say (NaN and the infinities) travel as strings and arrive as such.
#pragma once

#include "paint/card.h"

#include <json-glib/json-glib.h>

double adj_ui_reply_number(JsonObject *o, const char *field, double otherwise);
gint64 adj_ui_reply_integer(JsonObject *o, const char *field, gint64 otherwise);
gboolean adj_ui_reply_flag(JsonObject *o, const char *field);
const char *adj_ui_reply_text(JsonObject *o, const char *field, const char *otherwise);
JsonObject *adj_ui_reply_object(JsonObject *o, const char *field);  // NULL: not there
JsonArray *adj_ui_reply_array(JsonObject *o, const char *field);
guint adj_ui_reply_length(JsonArray *a);               // 0 of NULL
double adj_ui_reply_number_at(JsonArray *a, guint i);  // NaN: none
JsonObject *adj_ui_reply_object_at(JsonArray *a, guint i);

// Up to [most] numbers of a list; how many there were.
int adj_ui_reply_shape(JsonObject *o, const char *field, int64_t *shape, int most);
// The norm in `statistics`, NaN if there are none.
double adj_ui_reply_norm(JsonObject *o);
// The field `window` of [o] as numbers for a card; FALSE: none.
gboolean adj_ui_reply_numbers(JsonObject *o, AdjUiNumbers *out);

// A request's fields: name and value in turn, each value a new node, NULL at the end.
JsonObject *adj_ui_fields(const char *name, ...) G_GNUC_NULL_TERMINATED;
JsonNode *adj_ui_say_text(const char *text);
JsonNode *adj_ui_say_int(gint64 number);
JsonNode *adj_ui_say_number(double number);
JsonNode *adj_ui_say_flag(gboolean flag);
JsonNode *adj_ui_say_ints(const int64_t *numbers, int count);
JsonNode *adj_ui_say_object(JsonObject *object);  // takes it

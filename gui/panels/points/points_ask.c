// SPDX-License-Identifier: Apache-2.0
//
// One request after another until all points are there. What is shown stays until its successor
// is whole, so a cell that ran turns one picture into the next without a gap.

#include "panels/points/points.h"

#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static void take_part(gpointer self, JsonObject *reply, const char *error);

static void go_on(PointsData *d)
{
    d->asked = adj_ui_model_ask(d->model, "projection",
                                adj_ui_fields("job", adj_ui_say_int(d->next_job), NULL),
                                take_part, d, d->owner);
}

static float *floats_of(JsonObject *reply, const char *field, gsize *count)
{
    const char *text = adj_ui_reply_text(reply, field, NULL);
    gsize size = 0;
    *count = 0;
    if (!text) return NULL;
    float *out = (float *)(void *)g_base64_decode(text, &size);
    *count = size / sizeof *out;
    return out;
}

static char **words_of(JsonObject *reply, int count)
{
    JsonArray *list = adj_ui_reply_array(reply, "words");
    if (!list) return NULL;
    char **words = g_new0(char *, count + 1);
    for (int i = 0; i < count; i++) {
        JsonNode *n = (guint)i < adj_ui_reply_length(list)
                          ? json_array_get_element(list, (guint)i)
                          : NULL;
        words[i] = g_strdup(n && JSON_NODE_HOLDS_VALUE(n) ? json_node_get_string(n) : "");
    }
    return words;
}

static void add_part(PointsData *d, JsonObject *reply)
{
    gsize places, numbers;
    JsonArray *shares = adj_ui_reply_array(reply, "shares");
    g_autofree float *at = floats_of(reply, "places", &places);
    g_autofree float *labels = floats_of(reply, "numbers", &numbers);
    int count = (int)(places / (gsize)d->next->components);
    g_auto(GStrv) words = words_of(reply, count);
    d->next->share_count = (int)MIN(adj_ui_reply_length(shares), 3);
    for (int i = 0; i < d->next->share_count; i++)
        d->next->shares[i] = adj_ui_reply_number_at(shares, (guint)i);
    d->next->left_out = adj_ui_reply_integer(reply, "left_out", 0);
    if (count > 0)
        adj_ui_cloud_add(d->next, at, numbers >= (gsize)count ? labels : NULL, words, count);
}

static void tell_shares(PointsData *d)
{
    const AdjUiCloud *c = d->cloud;
    GString *text = g_string_new(NULL);
    double all = 0;
    g_string_printf(text, _("%d of %" G_GINT64_FORMAT " rows, %" G_GINT64_FORMAT " columns"),
                    c->count, c->of, c->columns);
    for (int i = 0; i < c->share_count; i++) {
        g_string_append_printf(text, i ? " + %.3g %%" : "; %.3g %%", 100 * c->shares[i]);
        all += c->shares[i];
    }
    if (c->share_count > 1)
        g_string_append_printf(text, _(" = %.3g %% of the variance"), 100 * all);
    if (c->left_out)
        g_string_append_printf(text, _("; %" G_GINT64_FORMAT " rows are not finite"),
                               c->left_out);
    d->told(d->self, text->str, FALSE);
    g_string_free(text, TRUE);
}

// The new cloud takes the old one's place; what was selected stays if it is still there.
static void finish(PointsData *d)
{
    adj_ui_cloud_free(d->cloud);
    d->cloud = g_steal_pointer(&d->next);
    d->job = d->next_job;
    adj_ui_cloud_settle(d->cloud);
    tell_shares(d);
    adj_ui_points_select(d, d->selected < d->cloud->count ? d->selected : -1);
}

static void take_part(gpointer self, JsonObject *reply, const char *error)
{
    PointsData *d = self;
    d->asked = 0;
    if (error) {
        g_clear_pointer(&d->next, adj_ui_cloud_free);
        d->told(d->self, error, TRUE);
        return;
    }
    if (!d->next->room) {
        int components = d->next->components;
        adj_ui_cloud_free(d->next);
        d->next = adj_ui_cloud_new(adj_ui_reply_integer(reply, "rows", 0),
                                   adj_ui_reply_integer(reply, "of", 0),
                                   adj_ui_reply_integer(reply, "every", 1), components);
        d->next->columns = adj_ui_reply_integer(reply, "columns", 0);
        d->next_job = adj_ui_reply_integer(reply, "job", 0);
    }
    add_part(d, reply);
    if (adj_ui_reply_flag(reply, "done")) {
        finish(d);
        return;
    }
    g_autofree char *text = g_strdup_printf(_("looking for the directions: %.0f %%"),
                                            100 * adj_ui_reply_number(reply, "progress", 0));
    d->told(d->self, text, FALSE);
    go_on(d);
}

void adj_ui_points_ask(PointsData *d, const char *name, const char *labels, int components)
{
    adj_ui_points_stop(d);
    if (!*name) return;
    d->next = adj_ui_cloud_new(0, 0, 1, components);
    JsonObject *fields =
        adj_ui_fields("name", adj_ui_say_text(name), "labels", adj_ui_say_text(labels),
                      "components", adj_ui_say_int(components), NULL);
    d->asked = adj_ui_model_ask(d->model, "projection", fields, take_part, d, d->owner);
}

void adj_ui_points_stop(PointsData *d)
{
    if (d->asked) adj_ui_model_cancel(d->model, d->asked);
    if (d->asked_near) adj_ui_model_cancel(d->model, d->asked_near);
    d->asked = d->asked_near = 0;
    g_clear_pointer(&d->next, adj_ui_cloud_free);
}

void adj_ui_points_clear(PointsData *d)
{
    g_clear_pointer(&d->next, adj_ui_cloud_free);
    g_clear_pointer(&d->cloud, adj_ui_cloud_free);
}

// -- what is near -------------------------------------------------------------------------

static void ask_near(PointsData *d);

static void take_near(gpointer self, JsonObject *reply, const char *error)
{
    PointsData *d = self;
    d->asked_near = 0;
    if (error) {
        d->told(d->self, error, TRUE);
        return;
    }
    JsonArray *values = adj_ui_reply_array(reply, "values");
    JsonArray *list = adj_ui_reply_array(reply, "neighbours");
    d->value_count = (int)MIN(adj_ui_reply_length(values), POINTS_VALUES);
    for (int i = 0; i < d->value_count; i++)
        d->values[i] = adj_ui_reply_number_at(values, (guint)i);
    d->near_count = 0;
    for (guint i = 0; i < adj_ui_reply_length(list) && d->near_count < POINTS_NEAR; i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        gint64 row = adj_ui_reply_integer(o, "row", -1);
        if (!d->cloud || row < 0 || row >= d->cloud->count) continue;
        d->near[d->near_count] = (int)row;
        d->distance[d->near_count++] = adj_ui_reply_number(o, "distance", NAN);
    }
    if (!adj_ui_reply_flag(reply, "done"))
        ask_near(d);
    else
        d->changed(d->self);
}

static void ask_near(PointsData *d)
{
    JsonObject *fields =
        adj_ui_fields("job", adj_ui_say_int(d->job), "near", adj_ui_say_int(d->selected),
                      "metric", adj_ui_say_text(d->cosine ? "cosine" : "euclidean"), "count",
                      adj_ui_say_int(POINTS_NEAR), NULL);
    d->asked_near = adj_ui_model_ask(d->model, "projection", fields, take_near, d, d->owner);
}

void adj_ui_points_select(PointsData *d, int point)
{
    if (d->asked_near) adj_ui_model_cancel(d->model, d->asked_near);
    d->asked_near = 0;
    d->selected = point;
    d->near_count = d->value_count = 0;
    if (point >= 0 && d->job) ask_near(d);
    d->changed(d->self);
}

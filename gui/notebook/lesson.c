// SPDX-License-Identifier: Apache-2.0
// lesson.c: see lesson.h. Layouts live under the key "adjoint" of a cell's metadata, where
// other programs leave them alone.
#include "notebook/lesson.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 2 };  // of headings that begin a step

static void clear_step(gpointer step)
{
    AdjUiLessonStep *s = step;
    g_free(s->title);
    g_free(s->panel);
}

static JsonObject *layout_of(AdjUiCell *c)
{
    JsonNode *n = c->metadata ? json_object_get_member(c->metadata, "adjoint") : NULL;
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

static double number(JsonObject *o, const char *name, double otherwise)
{
    JsonNode *n = o ? json_object_get_member(o, name) : NULL;
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) != G_TYPE_STRING
               ? json_node_get_double(n)
               : otherwise;
}

// The first line without the marks of a heading.
static char *title_of(AdjUiCell *c)
{
    g_autofree char *text = adj_ui_cell_text(c);
    const char *words = text + strspn(text, "# ");
    return g_strndup(words, strcspn(words, "\n"));
}

static AdjUiLessonStep make_step(AdjUiCell *c)
{
    JsonObject *o = layout_of(c);
    JsonNode *panel = o ? json_object_get_member(o, "panel") : NULL;
    gboolean named = panel && json_node_get_value_type(panel) == G_TYPE_STRING;
    return (AdjUiLessonStep){
        .first = c,
        .title = title_of(c),
        .panel = named ? json_node_dup_string(panel) : NULL,
        .cells = CLAMP(number(o, "cells", NAN), 0, 1),
        .cells_zoom = (int)number(o, "zoom", 0),
        .panel_zoom = (int)number(o, "panel_zoom", 0),
        .quiz = o && json_object_has_member(o, "quiz")
                    ? json_object_get_boolean_member_with_default(o, "quiz", FALSE)
                    : -1};
}

static gboolean begins_step(AdjUiCell *c)
{
    int level = adj_ui_cell_heading(c);
    return level > 0 && level <= LEVELS;
}

GArray *adj_ui_lesson_steps(AdjUiNotebook *n)
{
    GArray *steps = g_array_new(FALSE, TRUE, sizeof(AdjUiLessonStep));
    g_array_set_clear_func(steps, clear_step);
    guint count = adj_ui_notebook_count(n);
    gboolean headings = FALSE;
    for (guint i = 0; i < count && !headings; i++)
        headings = begins_step(adj_ui_notebook_cell(n, i));
    for (guint i = 0; i < count; i++) {
        AdjUiCell *c = adj_ui_notebook_cell(n, i);
        if (i && headings && !begins_step(c)) continue;
        AdjUiLessonStep step = make_step(c);
        if (steps->len) g_array_index(steps, AdjUiLessonStep, steps->len - 1).end = c;
        g_array_append_val(steps, step);
    }
    return steps;
}

guint adj_ui_lesson_step_of(GArray *steps, AdjUiNotebook *n, AdjUiCell *c)
{
    int at = adj_ui_notebook_index(n, c);
    for (guint i = steps->len; i-- > 1;)
        if (adj_ui_notebook_index(n, g_array_index(steps, AdjUiLessonStep, i).first) <= at)
            return i;
    return 0;
}

void adj_ui_lesson_keep(const AdjUiLessonStep *s)
{
    AdjUiCell *c = s->first;
    if (!c->metadata) c->metadata = json_object_new();
    JsonObject *o = json_object_new(), *before = layout_of(c);
    GList *names = before ? json_object_get_members(before) : NULL;
    for (GList *l = names; l; l = l->next)  // what others put there stays
        json_object_set_member(o, l->data, json_object_dup_member(before, l->data));
    g_list_free(names);
    if (s->panel) json_object_set_string_member(o, "panel", s->panel);
    if (!isnan(s->cells)) json_object_set_double_member(o, "cells", s->cells);
    if (s->cells_zoom) json_object_set_int_member(o, "zoom", s->cells_zoom);
    if (s->panel_zoom) json_object_set_int_member(o, "panel_zoom", s->panel_zoom);
    if (s->quiz >= 0) json_object_set_boolean_member(o, "quiz", s->quiz);
    json_object_set_object_member(c->metadata, "adjoint", o);
}

// SPDX-License-Identifier: Apache-2.0
//
// Changes by hand and their way back. A change knows the rows it is about and what stands
// there before and after; taken back it is the change with both exchanged, an insertion being a
// removal's other side.

#include "panels/maps/plane_parts.h"
#include "session/reply.h"

#include <string.h>

typedef enum { INSERT, REMOVE, MOVE, REPLACE } Kind;

typedef struct AdjUiChange {
    Kind kind;
    int group, count;
    int *rows;                          // INSERT: where they stand afterwards
    double *at, *target;                // INSERT, REMOVE: the points; MOVE, REPLACE: after
    int before_count;                   // REPLACE
    double *before_at, *before_target;  // MOVE, REPLACE
} Change;

static void change_free(gpointer data)
{
    Change *c = data;
    g_free(c->rows);
    g_free(c->at);
    g_free(c->target);
    g_free(c->before_at);
    g_free(c->before_target);
    g_free(c);
}

void adj_ui_plane_forget_changes(AdjUiPlaneData *d)
{
    g_queue_clear_full(d->done, change_free);
    g_queue_clear_full(d->undone, change_free);
}

JsonArray *adj_ui_plane_numbers(const double *at, int count)
{
    JsonArray *a = json_array_sized_new((guint)count);
    for (int i = 0; i < count; i++) json_array_add_double_element(a, at[i]);
    return a;
}

// -- the lists ----------------------------------------------------------------------------

static void put(AdjUiPlaneData *d, const Change *c)
{
    for (int i = 0; i < c->count; i++) {
        guint row = (guint)c->rows[i];
        g_array_insert_vals(d->at, 2 * row, c->at + 2 * i, 2);
        g_array_insert_vals(d->target, row, c->target + i, 1);
    }
}

static void take(AdjUiPlaneData *d, const Change *c)
{
    for (int i = c->count - 1; i >= 0; i--) {
        g_array_remove_range(d->at, 2 * (guint)c->rows[i], 2);
        g_array_remove_range(d->target, (guint)c->rows[i], 1);
    }
}

static void set(AdjUiPlaneData *d, const double *at, const double *target, int count)
{
    g_array_set_size(d->at, 0);
    g_array_set_size(d->target, 0);
    g_array_append_vals(d->at, at, 2 * (guint)count);
    g_array_append_vals(d->target, target, (guint)count);
}

static JsonObject *fields_of(const AdjUiPlaneData *d, const char *what)
{
    JsonObject *f =
        adj_ui_fields("do", adj_ui_say_text(what), "points", adj_ui_say_text(d->points), NULL);
    if (d->labels) json_object_set_string_member(f, "labels", d->labels);
    return f;
}

static void say_rows(JsonObject *f, const Change *c)
{
    JsonArray *a = json_array_sized_new((guint)c->count);
    for (int i = 0; i < c->count; i++) json_array_add_int_element(a, c->rows[i]);
    json_object_set_array_member(f, "rows", a);
}

static void say_points(const AdjUiPlaneData *d, JsonObject *f, const double *at,
                       const double *target, int count)
{
    json_object_set_array_member(f, "positions", adj_ui_plane_numbers(at, 2 * count));
    if (target && d->labels)
        json_object_set_array_member(f, "targets", adj_ui_plane_numbers(target, count));
}

// Makes a change, or with [back] unmakes it, and says how.
static JsonObject *make(AdjUiPlaneData *d, const Change *c, gboolean back)
{
    static const char *const names[] = {"insert", "remove", "move", "replace"};
    Kind kind = c->kind;
    if (back && kind <= REMOVE) kind = kind == INSERT ? REMOVE : INSERT;
    const double *at = back && c->before_at ? c->before_at : c->at;
    const double *target = back && c->before_target ? c->before_target : c->target;
    int count = back && c->kind == REPLACE ? c->before_count : c->count;
    JsonObject *f = fields_of(d, names[kind]);
    // What is put at the end needs no rows: programs that take batches see it at once.
    gboolean at_end = kind == INSERT && c->rows[0] == (int)d->target->len;
    if (kind != REPLACE && !at_end) say_rows(f, c);
    if (kind != REMOVE) say_points(d, f, at, kind == MOVE ? NULL : target, count);
    switch (kind) {
    case INSERT: put(d, c); break;
    case REMOVE: take(d, c); break;
    case MOVE: memcpy(&g_array_index(d->at, double, 2 * c->rows[0]), at, 16); break;
    case REPLACE: set(d, at, target, count); break;
    }
    adj_ui_plane_points_changed(d);
    return f;
}

static JsonObject *first_time(AdjUiPlaneData *d, Change *c)
{
    c->group = d->group;
    g_queue_clear_full(d->undone, change_free);
    g_queue_push_tail(d->done, c);
    return make(d, c, FALSE);
}

// -- changes ------------------------------------------------------------------------------

gboolean adj_ui_plane_can_edit(const AdjUiPlaneData *d)
{
    return d->points && d->stride == 1;
}

void adj_ui_plane_begin(AdjUiPlaneData *d)
{
    d->group++;
}

// As the session has them, whose tensors are single precision.
static double *copy_of(const double *from, int count)
{
    double *to = g_new(double, count);
    for (int i = 0; i < count; i++) to[i] = (double)(float)from[i];
    return to;
}

JsonObject *adj_ui_plane_insert(AdjUiPlaneData *d, const double *at, const double *target,
                                int count)
{
    Change *c = g_new0(Change, 1);
    *c = (Change){.kind = INSERT,
                  .count = count,
                  .rows = g_new(int, count),
                  .at = copy_of(at, 2 * count),
                  .target = copy_of(target, count)};
    for (int i = 0; i < count; i++) c->rows[i] = (int)d->target->len + i;
    return first_time(d, c);
}

JsonObject *adj_ui_plane_remove(AdjUiPlaneData *d, const int *rows, int count)
{
    Change *c = g_new0(Change, 1);
    *c = (Change){.kind = REMOVE,
                  .count = count,
                  .rows = g_memdup2(rows, (gsize)count * sizeof *rows),
                  .at = g_new(double, 2 * count),
                  .target = g_new(double, count)};
    for (int i = 0; i < count; i++) {
        memcpy(c->at + 2 * i, &g_array_index(d->at, double, 2 * rows[i]), 16);
        c->target[i] = g_array_index(d->target, double, rows[i]);
    }
    if (d->plane.example >= 0)
        for (int i = count - 1; i >= 0; i--) {
            if (rows[i] == d->plane.example) d->plane.example = -1;
            if (rows[i] < d->plane.example) d->plane.example--;
        }
    return first_time(d, c);
}

// Steps of one drag are one change: it remembers where it began.
JsonObject *adj_ui_plane_move(AdjUiPlaneData *d, int row, double x, double y)
{
    Change *last = g_queue_peek_tail(d->done);
    const double to[2] = {(double)(float)x, (double)(float)y};
    if (last && last->kind == MOVE && last->group == d->group && last->rows[0] == row) {
        memcpy(last->at, to, sizeof to);
        return make(d, last, FALSE);
    }
    Change *c = g_new0(Change, 1);
    *c = (Change){.kind = MOVE,
                  .count = 1,
                  .rows = g_memdup2(&row, sizeof row),
                  .at = copy_of(to, 2),
                  .before_at = copy_of(&g_array_index(d->at, double, 2 * row), 2)};
    return first_time(d, c);
}

JsonObject *adj_ui_plane_replace(AdjUiPlaneData *d, const double *at, const double *target,
                                 int count)
{
    Change *c = g_new0(Change, 1);
    int n = (int)d->target->len;
    *c = (Change){.kind = REPLACE,
                  .count = count,
                  .at = copy_of(at, 2 * count),
                  .target = copy_of(target, count),
                  .before_count = n,
                  .before_at = copy_of((const double *)(void *)d->at->data, 2 * n),
                  .before_target = copy_of((const double *)(void *)d->target->data, n)};
    return first_time(d, c);
}

static JsonObject *travel(AdjUiPlaneData *d, GQueue *from, GQueue *to, gboolean first,
                          gboolean back)
{
    Change *c = g_queue_peek_tail(from), *last = g_queue_peek_tail(to);
    if (!c || (!first && last && last->group != c->group)) return NULL;
    g_queue_pop_tail(from);
    g_queue_push_tail(to, c);
    return make(d, c, back);
}

JsonObject *adj_ui_plane_undo(AdjUiPlaneData *d, gboolean first)
{
    return travel(d, d->done, d->undone, first, TRUE);
}

JsonObject *adj_ui_plane_redo(AdjUiPlaneData *d, gboolean first)
{
    return travel(d, d->undone, d->done, first, FALSE);
}

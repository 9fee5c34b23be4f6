// SPDX-License-Identifier: Apache-2.0
//
// A part is asked for with half a view around it, so that a little panning needs no other, and
// in as many pixels as it has on the screen.

#include "panels/tensor/detail.h"

#include "session/reply.h"

#include <math.h>

enum { PIXELS_MOST = 2048, STILL_MS = 80 };
static const double SHARP = 1.3;  // pixels of the screen that a pixel of an image may have

struct AdjUiDetail {
    AdjUiModel *model;
    GtkWidget *canvas;
    JsonObject *(*fields)(gconstpointer self);
    gconstpointer self;
    AdjUiHeat *heat;
    int64_t row, column, rows, columns;  // of the matrix, that the heat map shows
    AdjUiRect wanted;                    // in cells of the matrix
    guint asked, still;
};

AdjUiDetail *adj_ui_detail_new(AdjUiModel *model, GtkWidget *canvas,
                               JsonObject *(*fields)(gconstpointer self), gconstpointer self)
{
    AdjUiDetail *d = g_new0(AdjUiDetail, 1);
    d->model = model;
    d->canvas = canvas;
    d->fields = fields;
    d->self = self;
    return d;
}

void adj_ui_detail_forget(AdjUiDetail *d)
{
    if (d->asked) adj_ui_model_cancel(d->model, d->asked);
    if (d->still) g_source_remove(d->still);
    d->asked = d->still = 0;
    g_clear_pointer(&d->heat, adj_ui_heat_free);
}

void adj_ui_detail_free(AdjUiDetail *d)
{
    if (!d) return;
    if (d->still) g_source_remove(d->still);
    adj_ui_heat_free(d->heat);
    g_free(d);
}

static void take(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiDetail *d = self;
    JsonObject *image = adj_ui_reply_object(reply, "image");
    JsonObject *part = adj_ui_reply_object(reply, "part");
    gint64 rows = adj_ui_reply_integer(image, "rows", 0);
    gint64 columns = adj_ui_reply_integer(image, "columns", 0);
    gsize size = 0;
    d->asked = 0;
    if (error || !part) return;
    guchar *bytes = g_base64_decode(adj_ui_reply_text(image, "data", ""), &size);
    if (rows < 1 || columns < 1 || size != (gsize)(rows * columns) * sizeof(float)) {
        g_free(bytes);
        return;
    }
    adj_ui_heat_free(d->heat);
    d->heat = adj_ui_heat_new((float *)(void *)bytes, rows, columns);
    d->row = adj_ui_reply_integer(part, "row", 0);
    d->column = adj_ui_reply_integer(part, "column", 0);
    d->rows = adj_ui_reply_integer(part, "rows", 1);
    d->columns = adj_ui_reply_integer(part, "columns", 1);
    adj_ui_canvas_changed(d->canvas);
}

static gboolean ask(gpointer self)
{
    AdjUiDetail *d = self;
    AdjUiView v;
    AdjUiRect r = d->wanted;
    adj_ui_canvas_view(d->canvas, &v);
    int64_t size[] = {(int64_t)CLAMP(ceil(r.h * v.zoom), 1, PIXELS_MOST),
                      (int64_t)CLAMP(ceil(r.w * v.zoom), 1, PIXELS_MOST)};
    JsonObject *fields = d->fields(d->self);
    JsonObject *part = adj_ui_fields(
        "row", adj_ui_say_int((gint64)r.y), "column", adj_ui_say_int((gint64)r.x), "rows",
        adj_ui_say_int((gint64)r.h), "columns", adj_ui_say_int((gint64)r.w), NULL);
    json_object_set_member(fields, "image", adj_ui_say_ints(size, 2));
    json_object_set_object_member(fields, "part", part);
    d->still = 0;
    if (d->asked) adj_ui_model_cancel(d->model, d->asked);
    d->asked = adj_ui_model_ask(d->model, "peek", fields, take, d, G_OBJECT(d->canvas));
    return G_SOURCE_REMOVE;
}

// Whole cells of [r], cut at the matrix's edges.
static AdjUiRect whole(AdjUiRect r, int64_t rows, int64_t columns)
{
    double x0 = fmax(floor(r.x), 0), y0 = fmax(floor(r.y), 0);
    double x1 = fmin(ceil(r.x + r.w), (double)columns),
           y1 = fmin(ceil(r.y + r.h), (double)rows);
    return adj_ui_rect(x0, y0, x1 - x0, y1 - y0);
}

// Whether [heat] of that part is sharp enough at this zoom.
static gboolean is_sharp(double zoom, int64_t rows, int64_t columns, int64_t shown_rows,
                         int64_t shown_columns)
{
    double cells =
        fmax((double)rows / (double)shown_rows, (double)columns / (double)shown_columns);
    return cells <= 1 || cells * zoom <= SHARP;
}

static gboolean has(const AdjUiDetail *d, const AdjUiView *v, AdjUiRect seen)
{
    return d->heat && seen.x >= (double)d->column && seen.y >= (double)d->row &&
           seen.x + seen.w <= (double)(d->column + d->columns) &&
           seen.y + seen.h <= (double)(d->row + d->rows) &&
           is_sharp(v->zoom, d->rows, d->columns, adj_ui_heat_rows(d->heat),
                    adj_ui_heat_columns(d->heat));
}

void adj_ui_detail_look(AdjUiDetail *d, const AdjUiView *v, int64_t rows, int64_t columns,
                        int64_t shown_rows, int64_t shown_columns)
{
    AdjUiRect seen = whole(v->visible, rows, columns);
    if (seen.w < 1 || seen.h < 1 || shown_rows < 1 || shown_columns < 1) return;
    if (is_sharp(v->zoom, rows, columns, shown_rows, shown_columns) || has(d, v, seen)) return;
    AdjUiRect a = v->visible;
    AdjUiRect around = {a.x - a.w / 4, a.y - a.h / 4, a.w * 1.5, a.h * 1.5};
    AdjUiRect wanted = whole(around, rows, columns);
    gboolean moved = wanted.x != d->wanted.x || wanted.y != d->wanted.y ||
                     wanted.w != d->wanted.w || wanted.h != d->wanted.h;
    if ((d->still || d->asked) && !moved) return;
    d->wanted = wanted;
    if (d->still) g_source_remove(d->still);
    d->still = g_timeout_add(STILL_MS, ask, d);
}

const AdjUiHeat *adj_ui_detail_part(const AdjUiDetail *d, const AdjUiView *v, AdjUiRect *cells,
                                    AdjUiRect *into)
{
    if (!d->heat) return NULL;
    double x0 = fmax(v->visible.x, (double)d->column), y0 = fmax(v->visible.y, (double)d->row);
    double x1 = fmin(v->visible.x + v->visible.w, (double)(d->column + d->columns));
    double y1 = fmin(v->visible.y + v->visible.h, (double)(d->row + d->rows));
    if (x1 <= x0 || y1 <= y0) return NULL;
    double sx = (double)adj_ui_heat_columns(d->heat) / (double)d->columns;
    double sy = (double)adj_ui_heat_rows(d->heat) / (double)d->rows;
    *cells = adj_ui_rect((x0 - (double)d->column) * sx, (y0 - (double)d->row) * sy,
                         (x1 - x0) * sx, (y1 - y0) * sy);
    *into = adj_ui_rect(x0 * v->zoom, y0 * v->zoom, (x1 - x0) * v->zoom, (y1 - y0) * v->zoom);
    return d->heat;
}

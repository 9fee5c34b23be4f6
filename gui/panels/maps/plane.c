// SPDX-License-Identifier: Apache-2.0
//
// Answers become pictures. A layer that has no matrix of weights and as many units as the one
// before it (an activation, a normalisation) takes that one's column: what a reader calls a
// neuron is the weighted sum and its activation together.

#include "panels/maps/plane.h"

#include "panels/maps/plane_parts.h"
#include "session/reply.h"

#include <math.h>
#include <string.h>

// -- columns ------------------------------------------------------------------------------

typedef struct {
    GPtrArray *paths;
    GString *title;
    AdjUiField maps[ADJ_UI_PLANE_UNITS];
    int count;
    AdjUiField weights;
} Parts;

static void clear_maps(Parts *p)
{
    for (int i = 0; i < p->count; i++) g_free(p->maps[i].values);
    p->count = 0;
}

static void parts_free(gpointer data)
{
    Parts *p = data;
    clear_maps(p);
    g_free(p->weights.values);
    g_ptr_array_unref(p->paths);
    g_string_free(p->title, TRUE);
    g_free(p);
}

static Parts *add_column(AdjUiPlaneData *d, const char *title, int units)
{
    Parts *p = g_new0(Parts, 1);
    AdjUiColumn c = {.units = units};
    p->paths = g_ptr_array_new_with_free_func(g_free);
    p->title = g_string_new(title);
    g_ptr_array_add(d->column_parts, p);
    g_array_append_val(d->columns, c);
    return p;
}

// The two inputs as everybody else sees them: numbers over the plane.
static void add_inputs(AdjUiPlaneData *d)
{
    enum { N = ADJ_UI_PLANE_SIDE };
    Parts *p = add_column(d, "x, y", 2);
    for (; p->count < 2; p->count++) {
        const double *range = p->count ? d->plane.y : d->plane.x;
        AdjUiField *f = &p->maps[p->count];
        *f = (AdjUiField){N, N, g_new(float, N *N), range[0], range[1]};
        for (int i = 0; i < N * N; i++) {
            double t = p->count ? N - 1 - i / N : i % N;
            f->values[i] = (float)(range[0] + (range[1] - range[0]) * (t + 0.5) / N);
        }
    }
}

// -- images -------------------------------------------------------------------------------

gboolean adj_ui_plane_take_image(JsonObject *image, AdjUiField *out)
{
    gint64 rows = adj_ui_reply_integer(image, "rows", 0);
    gint64 columns = adj_ui_reply_integer(image, "columns", 0), n = rows * columns;
    const char *small = adj_ui_reply_text(image, "bytes", NULL);
    gsize size = 0;
    *out = (AdjUiField){0};
    if (rows < 1 || columns < 1 || n > 1 << 20) return FALSE;
    g_autofree guchar *bytes =
        g_base64_decode(small ? small : adj_ui_reply_text(image, "data", ""), &size);
    if (size != (gsize)n * (small ? 1 : sizeof(float))) return FALSE;
    *out = (AdjUiField){(int)rows, (int)columns, g_new(float, n),
                        adj_ui_reply_number(image, "low", 0),
                        adj_ui_reply_number(image, "high", 0)};
    double by = (out->high - out->low) / 255;
    for (gint64 i = 0; i < n && small; i++) out->values[i] = (float)(out->low + by * bytes[i]);
    if (!small) memcpy(out->values, bytes, size);
    return TRUE;
}

static void take_layer(AdjUiPlaneData *d, JsonObject *layer)
{
    JsonArray *images = adj_ui_reply_array(layer, "images");
    JsonObject *weight = adj_ui_reply_object(layer, "weight");
    int units = (int)adj_ui_reply_integer(layer, "units", 0);
    const char *class = adj_ui_reply_text(layer, "class", "");
    AdjUiColumn *last = &g_array_index(d->columns, AdjUiColumn, d->columns->len - 1);
    Parts *p;
    if (!weight && d->columns->len > 1 && last->units == units) {
        p = g_ptr_array_index(d->column_parts, d->columns->len - 1);
        clear_maps(p);
        if (strcmp(class, "Dropout")) g_string_append_printf(p->title, " + %s", class);
    } else {
        p = add_column(d, class, units);
        if (weight) adj_ui_plane_take_image(weight, &p->weights);
    }
    g_ptr_array_add(p->paths, g_strdup(adj_ui_reply_text(layer, "path", "")));
    for (guint i = 0; i < adj_ui_reply_length(images) && p->count < ADJ_UI_PLANE_UNITS; i++)
        p->count +=
            adj_ui_plane_take_image(adj_ui_reply_object_at(images, i), &p->maps[p->count]);
}

static void take_layers(AdjUiPlaneData *d, JsonArray *layers)
{
    g_array_set_size(d->columns, 0);
    g_ptr_array_set_size(d->column_parts, 0);
    add_inputs(d);
    for (guint i = 0; i < adj_ui_reply_length(layers); i++)
        take_layer(d, adj_ui_reply_object_at(layers, i));
    for (guint i = 0; i < d->columns->len; i++) {
        AdjUiColumn *c = &g_array_index(d->columns, AdjUiColumn, i);
        const Parts *p = g_ptr_array_index(d->column_parts, i);
        c->path = p->paths->len ? g_ptr_array_index(p->paths, p->paths->len - 1) : "";
        c->title = p->title->str;
        c->maps = p->maps;
        c->shown = p->count;
        gboolean fits = p->weights.rows >= c->shown && p->weights.values;
        c->weights = fits ? p->weights.values : NULL;
        c->weight_columns = p->weights.columns;
    }
    d->net = (AdjUiNet){.count = (int)d->columns->len,
                        .columns = (const AdjUiColumn *)(void *)d->columns->data};
}

const char *adj_ui_plane_column_of(const AdjUiPlaneData *d, const char *path)
{
    for (guint i = 0; path && i < d->column_parts->len; i++) {
        const Parts *p = g_ptr_array_index(d->column_parts, i);
        for (guint k = 0; k < p->paths->len; k++)
            if (g_str_equal(g_ptr_array_index(p->paths, k), path))
                return d->net.columns[i].path;
    }
    return NULL;
}

// -- the grid -----------------------------------------------------------------------------

static void clear_fields(AdjUiField *f)
{
    for (int i = 0; i < ADJ_UI_PLANE_OUTPUTS; i++) {
        g_free(f[i].values);
        f[i] = (AdjUiField){0};
    }
}

void adj_ui_plane_forget_grid(AdjUiPlaneData *d)
{
    clear_fields(d->plane.output);
    clear_fields(d->coming);
    d->plane.outputs = 0;
    d->next_row = 0;
    d->net = (AdjUiNet){0};
}

static void read_range(JsonObject *o, const char *key, double *out)
{
    JsonArray *a = adj_ui_reply_array(o, key);
    if (adj_ui_reply_length(a) != 2) return;
    double low = adj_ui_reply_number_at(a, 0), high = adj_ui_reply_number_at(a, 1);
    if (!(low < high)) return;
    out[0] = low;
    out[1] = high;
}

// One portion's rows at their place among all.
static gboolean put_rows(AdjUiField *all, JsonObject *image, int rows, int columns, int first)
{
    AdjUiField part;
    if (!adj_ui_plane_take_image(image, &part)) return FALSE;
    gboolean fits = part.columns == columns && first + part.rows <= rows;
    if (fits && !all->values) *all = (AdjUiField){rows, columns, NULL, part.low, part.high};
    if (fits && !all->values) all->values = g_new0(float, rows *columns);
    if (fits) {
        memcpy(all->values + (gsize)(first * columns), part.values,
               (gsize)(part.rows * columns) * sizeof(float));
        all->low = fmin(all->low, part.low);
        all->high = fmax(all->high, part.high);
    }
    g_free(part.values);
    return fits;
}

// The scale of a plain number: between two classes their distance, else all there is, so that
// the colours neither burn out nor fade.
static double scale_of(const AdjUiPlaneData *d)
{
    const AdjUiField *f = &d->plane.output[0];
    double most = fmax(fabs(f->low), fabs(f->high));
    if (d->plane.class_count == 2) return (d->plane.classes[1] - d->plane.classes[0]) / 2;
    for (guint i = 0; i < d->target->len && !d->plane.class_count; i++)
        most = fmax(most, fabs(g_array_index(d->target, double, i)));
    return most > 0 ? most : 1;
}

// One number that never leaves [0, 1], where the classes are 0 and 1.
static gboolean is_share(const AdjUiPlaneData *d)
{
    const AdjUiPlane *p = &d->plane;
    return p->class_count == 2 && p->classes[0] == 0 && p->classes[1] == 1 &&
           p->output[0].low >= 0 && p->output[0].high <= 1;
}

static void finish_grid(AdjUiPlaneData *d, const char *kind, int outputs)
{
    clear_fields(d->plane.output);
    memcpy(d->plane.output, d->coming, sizeof d->coming);
    memset(d->coming, 0, sizeof d->coming);
    d->plane.outputs = outputs;
    d->plane.shares = strcmp(kind, "value") || outputs > 1 || is_share(d);
    d->plane.scale = scale_of(d);
    d->next_row = 0;
}

int adj_ui_plane_take_grid(AdjUiPlaneData *d, JsonObject *reply)
{
    JsonArray *images = adj_ui_reply_array(reply, "images");
    JsonArray *layers = adj_ui_reply_array(reply, "layers");
    int64_t size[2] = {0, 0};
    int outputs = (int)MIN(adj_ui_reply_length(images), (guint)ADJ_UI_PLANE_OUTPUTS);
    int first = (int)adj_ui_reply_integer(reply, "first", 0);
    int count = (int)adj_ui_reply_integer(reply, "count", 0);
    adj_ui_reply_shape(reply, "size", size, 2);
    if (outputs < 1 || size[0] < 1 || size[0] > 1024 || size[1] < 1 || size[1] > 1024) return 0;
    if (first == 0) clear_fields(d->coming);
    if (first != 0 && first != d->next_row) return 0;  // of a grid that was given up
    read_range(reply, "x", d->plane.x);
    read_range(reply, "y", d->plane.y);
    for (int k = 0; k < outputs; k++)
        if (!put_rows(&d->coming[k], adj_ui_reply_object_at(images, (guint)k), (int)size[0],
                      (int)size[1], first))
            return 0;
    d->step = adj_ui_reply_integer(reply, "step", 0);
    if (layers) take_layers(d, layers);
    d->next_row = first + count;
    if (d->next_row >= size[0] || count < 1)
        finish_grid(d, adj_ui_reply_text(reply, "outputs", "value"), outputs);
    return d->next_row;
}

JsonObject *adj_ui_plane_grid_fields(const AdjUiPlaneData *d, int first)
{
    int64_t size[] = {ADJ_UI_PLANE_GRID, ADJ_UI_PLANE_GRID};
    JsonObject *f = adj_ui_fields(
        "module", adj_ui_say_text(d->module), "size", adj_ui_say_ints(size, 2), "units",
        adj_ui_say_int(ADJ_UI_PLANE_UNITS), "side", adj_ui_say_int(ADJ_UI_PLANE_SIDE), "form",
        adj_ui_say_text("bytes"), "first", adj_ui_say_int(first), NULL);
    json_object_set_array_member(f, "x", adj_ui_plane_numbers(d->plane.x, 2));
    json_object_set_array_member(f, "y", adj_ui_plane_numbers(d->plane.y, 2));
    if (d->points) json_object_set_string_member(f, "points", d->points);
    return f;
}

int adj_ui_plane_right(const AdjUiPlaneData *d, const AdjUiSamples *points)
{
    int right = 0;
    for (int i = 0; i < points->count; i++) {
        int class_at;
        double value;
        right += adj_ui_plane_answer(&d->plane, points->at[2 * i], points->at[2 * i + 1],
                                     &class_at, &value) &&
                 class_at >= 0 && class_at == adj_ui_plane_class(&d->plane, points->target[i]);
    }
    return right;
}

// -- points -------------------------------------------------------------------------------

static void read_numbers(JsonArray *from, GArray *to, guint count)
{
    g_array_set_size(to, count);
    for (guint i = 0; i < count; i++)
        g_array_index(to, double, i) = adj_ui_reply_number_at(from, i);
}

static void read_points(JsonObject *reply, GArray *at, GArray *target)
{
    JsonArray *positions = adj_ui_reply_array(reply, "positions");
    guint n = adj_ui_reply_length(positions) / 2;
    read_numbers(positions, at, 2 * n);
    read_numbers(adj_ui_reply_array(reply, "targets"), target, n);
}

void adj_ui_plane_points_changed(AdjUiPlaneData *d)
{
    d->plane.train = (AdjUiSamples){(int)d->target->len, (double *)(void *)d->at->data,
                                    (double *)(void *)d->target->data};
    d->plane.test = (AdjUiSamples){(int)d->test_target->len, (double *)(void *)d->test_at->data,
                                   (double *)(void *)d->test_target->data};
    if (d->plane.example >= d->plane.train.count) d->plane.example = -1;
}

static char **read_names(JsonObject *reply, const char *key)
{
    JsonArray *a = adj_ui_reply_array(reply, key);
    GStrvBuilder *b = g_strv_builder_new();
    for (guint i = 0; i < adj_ui_reply_length(a); i++) {
        JsonNode *n = json_array_get_element(a, i);
        if (JSON_NODE_HOLDS_VALUE(n) && json_node_get_string(n))
            g_strv_builder_add(b, json_node_get_string(n));
    }
    char **out = g_strv_builder_end(b);
    g_strv_builder_unref(b);
    return out;
}

static void set_text(char **to, const char *text)
{
    char *copy = g_strdup(text);
    g_free(*to);
    *to = copy;
}

static void read_choices(AdjUiPlaneData *d, JsonObject *reply)
{
    g_strfreev(d->modules);
    g_strfreev(d->points_of);
    g_strfreev(d->labels_of);
    d->modules = read_names(reply, "modules");
    d->points_of = read_names(reply, "points_of");
    d->labels_of = read_names(reply, "labels_of");
    const char *guess = adj_ui_reply_text(reply, "module", NULL);
    gboolean known = d->module && g_strv_contains((const char *const *)d->modules, d->module);
    if ((known && d->module_chosen) || !g_strcmp0(guess, d->module)) return;
    set_text(&d->module, guess);
    d->module_chosen = FALSE;
    adj_ui_plane_forget_grid(d);
}

static gboolean are_points(JsonObject *reply, const GArray *at, const GArray *target)
{
    JsonArray *positions = adj_ui_reply_array(reply, "positions");
    JsonArray *targets = adj_ui_reply_array(reply, "targets");
    gboolean same = adj_ui_reply_length(positions) == at->len;
    for (guint i = 0; same && i < at->len; i++)
        same = adj_ui_reply_number_at(positions, i) == g_array_index(at, double, i);
    for (guint i = 0; same && i < target->len && adj_ui_reply_length(targets); i++)
        same = adj_ui_reply_number_at(targets, i) == g_array_index(target, double, i);
    return same;
}

gboolean adj_ui_plane_take_points(AdjUiPlaneData *d, JsonObject *reply)
{
    int64_t state[2] = {0, 0};
    JsonArray *values = adj_ui_reply_array(reply, "values");
    const char *points = adj_ui_reply_text(reply, "points", NULL);
    const char *labels = adj_ui_reply_text(reply, "labels", NULL);
    adj_ui_reply_shape(reply, "data", state, 2);
    gboolean renamed = g_strcmp0(points, d->points) != 0;
    gboolean other =
        renamed || g_strcmp0(labels, d->labels) || !are_points(reply, d->at, d->target);
    if (renamed) d->kept_range = FALSE;
    set_text(&d->points, points);
    set_text(&d->labels, labels);
    read_choices(d, reply);
    d->state[0] = state[0];
    d->state[1] = state[1];
    d->stride = adj_ui_reply_integer(reply, "stride", 1);
    read_points(reply, d->at, d->target);
    d->plane.class_count = (int)MIN(adj_ui_reply_length(values), (guint)ADJ_UI_PLANE_OUTPUTS);
    for (int k = 0; k < d->plane.class_count; k++)
        d->plane.classes[k] = adj_ui_reply_number_at(values, (guint)k);
    if (!d->kept_range) {
        read_range(reply, "x", d->plane.x);
        read_range(reply, "y", d->plane.y);
        d->kept_range = d->points != NULL;
    }
    if (other) adj_ui_plane_forget_changes(d);
    adj_ui_plane_points_changed(d);
    return other;
}

void adj_ui_plane_take_test(AdjUiPlaneData *d, JsonObject *reply)
{
    g_clear_pointer(&d->test_labels_of, g_strfreev);
    if (reply) {
        read_points(reply, d->test_at, d->test_target);
        d->test_labels_of = read_names(reply, "labels_of");
        set_text(&d->test_labels, adj_ui_reply_text(reply, "labels", NULL));
    } else {
        g_array_set_size(d->test_at, 0);
        g_array_set_size(d->test_target, 0);
    }
    adj_ui_plane_points_changed(d);
}

// -- life ---------------------------------------------------------------------------------

AdjUiPlaneData *adj_ui_plane_new(void)
{
    AdjUiPlaneData *d = g_new0(AdjUiPlaneData, 1);
    GArray **lists[] = {&d->at, &d->target, &d->test_at, &d->test_target};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        *lists[i] = g_array_new(FALSE, FALSE, sizeof(double));
    d->columns = g_array_new(FALSE, TRUE, sizeof(AdjUiColumn));
    d->column_parts = g_ptr_array_new_with_free_func(parts_free);
    d->done = g_queue_new();
    d->undone = g_queue_new();
    d->stride = 1;
    d->plane.x[0] = d->plane.y[0] = -1;
    d->plane.x[1] = d->plane.y[1] = 1;
    d->plane.example = -1;
    adj_ui_plane_points_changed(d);
    return d;
}

void adj_ui_plane_free(AdjUiPlaneData *d)
{
    adj_ui_plane_forget_grid(d);
    adj_ui_plane_forget_changes(d);
    g_queue_free(d->done);
    g_queue_free(d->undone);
    g_array_unref(d->columns);
    g_ptr_array_unref(d->column_parts);
    GArray *lists[] = {d->at, d->target, d->test_at, d->test_target};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) g_array_unref(lists[i]);
    char *names[] = {d->module, d->points, d->labels, d->test_points, d->test_labels};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) g_free(names[i]);
    g_strfreev(d->modules);
    g_strfreev(d->points_of);
    g_strfreev(d->labels_of);
    g_strfreev(d->test_labels_of);
    g_free(d);
}

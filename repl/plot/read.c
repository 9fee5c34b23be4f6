// SPDX-License-Identifier: Apache-2.0
// read.c: a figure from the language. The library (matplotlib.*.adj) keeps figures as objects
// of the language and describes one as nested dicts when it is to be drawn: the keys are the
// names of the fields in figure.h, one row each below, and a key that has no row is an error,
// so a property that nothing draws cannot be passed in silence. Numbers are 1-axis float64
// tensors. What the painters rely on is checked here: that lists are as long as they say, and
// that a layer has the data of its kind.
#include "plot/read.h"

#include "bind/bind.h"

#include <stdlib.h>
#include <string.h>

typedef enum Kind {
    BOOLEAN,
    INTEGER,
    WHOLE,  // int64_t
    NUMBER,
    TEXT,
    LETTER,
    COLOR,    // text, or an int 0xRRGGBBAA
    NUMBERS,  // const double *
    COLORS,   // AdjColor *, from a list of texts
    TEXTS,    // const char **, from a list of texts or None
    CHOICE,
    AXIS,
    WRITING,
} Kind;

typedef struct Field {
    const char *name;
    Kind kind;
    size_t offset;
    size_t count;                // where an int says how many there are; 0: nowhere
    const char *const *choices;  // ended by NULL, in the order of the enum
} Field;

typedef struct Reading {
    AdjVM *vm;
    AdjFigureRead *out;
    const char *where;  // the kind of layer, for messages
} Reading;

static const char *const kinds[] = {"line",    "points", "bars",    "band",    "image",
                                    "contour", "rule",   "span",    "writing", "errors",
                                    "arrows",  "wedges", "polygon", NULL};
static const char *const dashes[] = {"-", "--", ":", "-.", "none", NULL};
static const char *const steps[] = {"none", "pre", "post", "mid", NULL};
static const char *const aligns[] = {"start", "center", "end", "baseline", NULL};
static const char *const scales[] = {"linear", "log", "symlog", NULL};
static const char *const places[] = {
    "best",        "upper right",  "upper left",   "lower left",   "lower right", "right",
    "center left", "center right", "lower center", "upper center", "center",      "outside",
    NULL};

#define AT(type, field) offsetof(type, field)
#define F(type, field, kind)                   \
    {                                          \
#        field, kind, AT(type, field), 0, NULL \
    }
#define CHOOSE(type, field, list)                \
    {                                            \
#        field, CHOICE, AT(type, field), 0, list \
    }
#define LIST(type, field, kind, n)                       \
    {                                                    \
#        field, kind, AT(type, field), AT(type, n), NULL \
    }

// clang-format off
static const Field writing_fields[] = {
    F(AdjWriting, size, NUMBER), F(AdjWriting, color, COLOR), F(AdjWriting, rotation, NUMBER),
    CHOOSE(AdjWriting, across, aligns), CHOOSE(AdjWriting, up, aligns),
    F(AdjWriting, bold, BOOLEAN), F(AdjWriting, italic, BOOLEAN), F(AdjWriting, mono, BOOLEAN),
    F(AdjWriting, in_axes, BOOLEAN), F(AdjWriting, box, COLOR), F(AdjWriting, frame, COLOR),
    {0},
};

static const Field layer_fields[] = {
    CHOOSE(AdjLayer, kind, kinds), F(AdjLayer, label, TEXT), F(AdjLayer, n, WHOLE),
    F(AdjLayer, x, NUMBERS), F(AdjLayer, y, NUMBERS), F(AdjLayer, x2, NUMBERS),
    F(AdjLayer, y2, NUMBERS), F(AdjLayer, x3, NUMBERS), F(AdjLayer, y3, NUMBERS),
    F(AdjLayer, c, NUMBERS), F(AdjLayer, color_each, COLORS), F(AdjLayer, size_each, NUMBERS),
    F(AdjLayer, color, COLOR), F(AdjLayer, edge, COLOR), F(AdjLayer, alpha, NUMBER),
    F(AdjLayer, width, NUMBER), CHOOSE(AdjLayer, dash, dashes), CHOOSE(AdjLayer, step, steps),
    F(AdjLayer, marker, LETTER), F(AdjLayer, size, NUMBER), F(AdjLayer, marker_face, COLOR),
    F(AdjLayer, marker_edge, COLOR), F(AdjLayer, thickness, NUMBER),
    F(AdjLayer, thickness_each, NUMBERS), F(AdjLayer, base, NUMBERS), F(AdjLayer, cap, NUMBER),
    F(AdjLayer, horizontal, BOOLEAN), F(AdjLayer, vertical, BOOLEAN),
    F(AdjLayer, filled, BOOLEAN), F(AdjLayer, closed, BOOLEAN), F(AdjLayer, from, NUMBER),
    F(AdjLayer, to, NUMBER), F(AdjLayer, order, INTEGER), F(AdjLayer, grid, NUMBERS),
    F(AdjLayer, rows, WHOLE), F(AdjLayer, columns, WHOLE), F(AdjLayer, channels, INTEGER),
    F(AdjLayer, has_extent, BOOLEAN), F(AdjLayer, origin_lower, BOOLEAN),
    F(AdjLayer, smooth, BOOLEAN), F(AdjLayer, map, TEXT), F(AdjLayer, has_range, BOOLEAN),
    F(AdjLayer, log_range, BOOLEAN), F(AdjLayer, low, NUMBER), F(AdjLayer, high, NUMBER),
    LIST(AdjLayer, levels, NUMBERS, level_count), F(AdjLayer, level_count, INTEGER),
    F(AdjLayer, label_levels, BOOLEAN), F(AdjLayer, text, TEXT), F(AdjLayer, writing, WRITING),
    F(AdjLayer, names, TEXTS), F(AdjLayer, percent, TEXT),
    {0},
};

static const Field axis_fields[] = {
    F(AdjAxis, label, TEXT), CHOOSE(AdjAxis, scale, scales), F(AdjAxis, has_low, BOOLEAN),
    F(AdjAxis, has_high, BOOLEAN), F(AdjAxis, low, NUMBER), F(AdjAxis, high, NUMBER),
    F(AdjAxis, inverted, BOOLEAN), F(AdjAxis, hidden_ticks, BOOLEAN),
    F(AdjAxis, hidden_labels, BOOLEAN), LIST(AdjAxis, ticks, NUMBERS, tick_count),
    F(AdjAxis, tick_names, TEXTS), F(AdjAxis, has_ticks, BOOLEAN),
    F(AdjAxis, rotation, NUMBER), F(AdjAxis, tick_size, NUMBER), F(AdjAxis, linear, NUMBER),
    F(AdjAxis, other_side, BOOLEAN), F(AdjAxis, label_size, NUMBER),
    {0},
};

static const Field axes_fields[] = {
    F(AdjAxes, x, AXIS), F(AdjAxes, y, AXIS), F(AdjAxes, title, TEXT),
    F(AdjAxes, title_size, NUMBER), CHOOSE(AdjAxes, title_at, aligns),
    F(AdjAxes, title_left, BOOLEAN), F(AdjAxes, row, INTEGER), F(AdjAxes, column, INTEGER),
    F(AdjAxes, row_span, INTEGER), F(AdjAxes, column_span, INTEGER),
    F(AdjAxes, has_box, BOOLEAN), F(AdjAxes, grid, BOOLEAN), F(AdjAxes, grid_minor, BOOLEAN),
    F(AdjAxes, grid_x_only, BOOLEAN), F(AdjAxes, grid_y_only, BOOLEAN),
    F(AdjAxes, grid_color, COLOR), CHOOSE(AdjAxes, grid_dash, dashes),
    F(AdjAxes, grid_alpha, NUMBER), F(AdjAxes, legend, BOOLEAN),
    CHOOSE(AdjAxes, legend_place, places), F(AdjAxes, legend_title, TEXT),
    F(AdjAxes, legend_columns, INTEGER), F(AdjAxes, legend_size, NUMBER),
    F(AdjAxes, legend_frameless, BOOLEAN), F(AdjAxes, equal, BOOLEAN), F(AdjAxes, off, BOOLEAN),
    F(AdjAxes, hide_top, BOOLEAN), F(AdjAxes, hide_right, BOOLEAN),
    F(AdjAxes, hide_left, BOOLEAN), F(AdjAxes, hide_bottom, BOOLEAN), F(AdjAxes, face, COLOR),
    F(AdjAxes, colorbar, INTEGER), F(AdjAxes, colorbar_below, BOOLEAN),
    F(AdjAxes, colorbar_label, TEXT), F(AdjAxes, twin, INTEGER), F(AdjAxes, frame, BOOLEAN),
    F(AdjAxes, margin_x, NUMBER), F(AdjAxes, margin_y, NUMBER),
    {0},
};

static const Field figure_fields[] = {
    F(AdjFigure, rows, INTEGER), F(AdjFigure, columns, INTEGER),
    F(AdjFigure, row_ratios, NUMBERS), F(AdjFigure, column_ratios, NUMBERS),
    F(AdjFigure, width, NUMBER), F(AdjFigure, height, NUMBER), F(AdjFigure, dpi, NUMBER),
    F(AdjFigure, title, TEXT), F(AdjFigure, title_size, NUMBER), F(AdjFigure, face, COLOR),
    F(AdjFigure, dark, INTEGER), F(AdjFigure, transparent, BOOLEAN),
    F(AdjFigure, gap_x, NUMBER), F(AdjFigure, gap_y, NUMBER),
    {0},
};
// clang-format on

static bool wrong(Reading *r, const char *name, const char *wanted, AdjVal got)
{
    return adj_raise(r->vm, ADJ_EXC_TypeError, "figure: %s of a %s must be %s, not %s", name,
                     r->where, wanted, adj_type_name(got));
}

static void *memory(Reading *r, size_t bytes)
{
    AdjFigureRead *o = r->out;
    if (o->count == o->capacity) {
        int capacity = o->capacity ? 2 * o->capacity : 16;
        void **blocks = realloc(o->blocks, (size_t)capacity * sizeof *blocks);
        if (!blocks) return adj_raise_null(r->vm, ADJ_EXC_MemoryError, "figure: no memory");
        o->blocks = blocks;
        o->capacity = capacity;
    }
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) return adj_raise_null(r->vm, ADJ_EXC_MemoryError, "figure: no memory");
    return o->blocks[o->count++] = p;
}

static bool read_color(Reading *r, const char *name, AdjVal v, AdjColor *out)
{
    if (adj_is_int(v)) return *out = (AdjColor)v.i, true;
    if (!adj_is_str(v)) return wrong(r, name, "a colour", v);
    if (adj_color_parse(adj_as_str(v)->data, out)) return true;
    return adj_raise(r->vm, ADJ_EXC_ValueError, "'%s' is not a valid value for color",
                     adj_as_str(v)->data);
}

// How many numbers a field holds, checked later against what the layer says.
static bool read_numbers(Reading *r, const char *name, AdjVal v, const double **out,
                         int64_t *count)
{
    AdjTensor *t = adj_is_tensor(v) ? adj_tensor_of(v) : NULL;
    if (!t || adj_dtype(t) != ADJ_F64 || !adj_is_contiguous(t))
        return wrong(r, name, "a contiguous float64 tensor", v);
    *out = adj_data(t);
    *count = adj_numel(t);
    return true;
}

static bool read_list(Reading *r, const Field *f, AdjVal v, void *at)
{
    if (!adj_is_list(v)) return wrong(r, f->name, "a list", v);
    AdjList *list = adj_as_list(v);
    bool colors = f->kind == COLORS;
    AdjColor *c = NULL;
    const char **t = NULL;
    size_t n = (size_t)list->len;
    if (colors)
        c = memory(r, n * sizeof *c);
    else
        t = memory(r, n * sizeof *t);
    if (!c && !t) return false;
    for (size_t i = 0; i < n; i++) {
        if (colors) {
            if (!read_color(r, f->name, list->items[i], &c[i])) return false;
        } else if (!adj_is_none(list->items[i])) {
            if (!adj_is_str(list->items[i])) return wrong(r, f->name, "texts", list->items[i]);
            t[i] = adj_as_str(list->items[i])->data;
        }
    }
    if (colors)
        *(const AdjColor **)at = c;
    else
        *(const char *const **)at = t;
    return true;
}

static bool read_choice(Reading *r, const Field *f, AdjVal v, void *at)
{
    if (!adj_is_str(v)) return wrong(r, f->name, "text", v);
    for (int i = 0; f->choices[i]; i++)
        if (adj_str_is(adj_as_str(v), f->choices[i])) return *(int *)at = i, true;
    return adj_raise(r->vm, ADJ_EXC_ValueError, "figure: '%s' is no %s of a %s",
                     adj_as_str(v)->data, f->name, r->where);
}

static bool read_fields(Reading *r, const Field *fields, AdjVal spec, void *into,
                        int64_t *counts);

static bool read_field(Reading *r, const Field *f, AdjVal v, char *into, int64_t *count)
{
    char *at = into + f->offset;
    double number;
    int64_t whole;
    switch (f->kind) {
    case BOOLEAN: return adj_val_truth(r->vm, v, (bool *)at);
    case INTEGER: return adj_get_int(r->vm, v, &whole) && (*(int *)at = (int)whole, true);
    case WHOLE: return adj_get_int(r->vm, v, (int64_t *)at);
    case NUMBER: return adj_get_double(r->vm, v, &number) && (*(double *)at = number, true);
    case TEXT:
        if (!adj_is_str(v)) return wrong(r, f->name, "text", v);
        return *(const char **)at = adj_as_str(v)->data, true;
    case LETTER:
        if (!adj_is_str(v)) return wrong(r, f->name, "a letter", v);
        return *at = adj_as_str(v)->data[0], true;
    case COLOR: return read_color(r, f->name, v, (AdjColor *)at);
    case NUMBERS:
        if (!read_numbers(r, f->name, v, (const double **)at, count)) return false;
        if (f->count) *(int *)(into + f->count) = (int)*count;
        return true;
    case COLORS:
    case TEXTS:
        *count = adj_is_list(v) ? adj_as_list(v)->len : 0;
        return read_list(r, f, v, at);
    case CHOICE: return read_choice(r, f, v, at);
    case AXIS: return read_fields(r, axis_fields, v, at, NULL);
    case WRITING: return read_fields(r, writing_fields, v, at, NULL);
    }
    return false;
}

// Reads a dict by the rows. Keys that begin with "_" are for others. counts[i]: the numbers
// that field i holds, -1 when it is not there.
static bool read_fields(Reading *r, const Field *fields, AdjVal spec, void *into,
                        int64_t *counts)
{
    AdjEntry *e;
    if (!adj_is_dict(spec)) return wrong(r, "the description", "a dict", spec);
    for (int i = 0; counts && fields[i].name; i++) counts[i] = -1;
    for (int64_t at = 0; (e = adj_dict_next(adj_as_dict(spec), &at));) {
        int64_t count = -1;
        const char *key = adj_is_str(e->key) ? adj_as_str(e->key)->data : "?";
        const Field *f = fields;
        if (adj_is_none(e->value) || key[0] == '_') continue;
        while (f->name && strcmp(f->name, key)) f++;
        if (!f->name)
            return adj_raise(r->vm, ADJ_EXC_TypeError, "figure: a %s has no '%s'", r->where,
                             key);
        if (!read_field(r, f, e->value, into, &count)) return false;
        if (counts) counts[f - fields] = count;
    }
    return true;
}

static bool fail_length(Reading *r, const char *name, int64_t got, int64_t wanted)
{
    return adj_raise(r->vm, ADJ_EXC_ValueError,
                     "figure: %s of a %s has %lld numbers where %lld are needed", name,
                     r->where, (long long)got, (long long)wanted);
}

// The row of a field by its name.
static int64_t row_of(const char *name)
{
    int64_t i = 0;
    while (layer_fields[i].name && strcmp(layer_fields[i].name, name)) i++;
    return i;
}

// Grids have as many values as they say; their x and y belong to columns and rows.
static bool check_grid(Reading *r, const AdjLayer *l, const int64_t *counts)
{
    int64_t channels = l->channels > 1 ? l->channels : 1;
    if (l->rows < 0 || l->columns < 0 || (l->columns && l->rows > INT64_MAX / 8 / l->columns))
        return fail_length(r, "grid", 0, 0);
    for (const Field *f = layer_fields; f->name; f++) {
        int64_t wanted = !strcmp(f->name, "grid") ? l->rows * l->columns * channels
                         : !strcmp(f->name, "x")  ? l->columns
                         : !strcmp(f->name, "y")  ? l->rows
                                                  : -1;
        int64_t got = counts[f - layer_fields];
        if (wanted >= 0 && got >= 0 && got < wanted)
            return fail_length(r, f->name, got, wanted);
    }
    if (l->levels && counts[row_of("levels")] < l->level_count)
        return fail_length(r, "levels", counts[row_of("levels")], l->level_count);
    return l->grid ||
           adj_raise(r->vm, ADJ_EXC_ValueError, "figure: a %s without a grid", r->where);
}

// What the painter of a kind reads without asking whether it is there.
static bool check_needs(Reading *r, const AdjLayer *l)
{
    bool x = l->x, y = l->y, ok = true;
    switch (l->kind) {
    case ADJ_LINE:
    case ADJ_BAND:
    case ADJ_WEDGES:
    case ADJ_POLYGON: ok = y; break;
    case ADJ_POINTS:
    case ADJ_BARS:
    case ADJ_ERRORS: ok = x && y; break;
    case ADJ_RULE: ok = (l->vertical ? x : y) && l->n > 0; break;
    case ADJ_SPAN: ok = (l->vertical ? x && l->x2 : y && l->y2) && l->n > 0; break;
    case ADJ_WRITING: ok = x && y && l->n > 0; break;
    case ADJ_ARROWS: ok = x && y && l->x2 && l->y2; break;
    case ADJ_IMAGE:
    case ADJ_CONTOUR: break;
    }
    return ok || l->n == 0 ||
           adj_raise(r->vm, ADJ_EXC_ValueError, "figure: a %s without its numbers", r->where);
}

static bool check_layer(Reading *r, const AdjLayer *l, const int64_t *counts)
{
    if (l->map && !adj_map_find(l->map))
        return adj_raise(r->vm, ADJ_EXC_ValueError, "'%s' is not a valid value for cmap",
                         l->map);
    if (l->kind == ADJ_IMAGE || l->kind == ADJ_CONTOUR) return check_grid(r, l, counts);
    for (const Field *f = layer_fields; f->name; f++) {
        bool each = f->kind == NUMBERS || f->kind == COLORS || f->kind == TEXTS;
        if (!each || f->count || counts[f - layer_fields] < 0) continue;
        if (counts[f - layer_fields] < l->n)
            return fail_length(r, f->name, counts[f - layer_fields], l->n);
    }
    return check_needs(r, l);
}

// A list of four numbers as a place (extent, box).
static bool read_four(Reading *r, AdjVal spec, const char *key, double out[4], bool *has)
{
    AdjVal *v = adj_dict_find_c(adj_as_dict(spec), key);
    if (!v || adj_is_none(*v)) return true;
    if (!adj_is_list(*v) || adj_as_list(*v)->len != 4) return wrong(r, key, "four numbers", *v);
    for (int i = 0; i < 4; i++)
        if (!adj_get_double(r->vm, adj_as_list(*v)->items[i], &out[i])) return false;
    return *has = true;
}

static AdjList *list_at(AdjVal spec, const char *key)
{
    AdjVal *v = adj_is_dict(spec) ? adj_dict_find_c(adj_as_dict(spec), key) : NULL;
    return v && adj_is_list(*v) ? adj_as_list(*v) : NULL;
}

static bool read_layer(Reading *r, AdjVal spec, AdjLayer *l)
{
    int64_t counts[sizeof layer_fields / sizeof *layer_fields];
    AdjVal *kind = adj_is_dict(spec) ? adj_dict_find_c(adj_as_dict(spec), "kind") : NULL;
    r->where = kind && adj_is_str(*kind) ? adj_as_str(*kind)->data : "layer";
    return read_fields(r, layer_fields, spec, l, counts) &&
           read_four(r, spec, "_extent", l->extent, &l->has_extent) &&
           check_layer(r, l, counts);
}

static bool read_axes(Reading *r, AdjVal spec, AdjAxes *a)
{
    r->where = "axes";
    if (!read_fields(r, axes_fields, spec, a, NULL) ||
        !read_four(r, spec, "_box", a->box, &a->has_box))
        return false;
    if ((a->x.tick_count && a->x.tick_names &&
         list_at(*adj_dict_find_c(adj_as_dict(spec), "x"), "tick_names")->len <
             a->x.tick_count) ||
        (a->y.tick_count && a->y.tick_names &&
         list_at(*adj_dict_find_c(adj_as_dict(spec), "y"), "tick_names")->len <
             a->y.tick_count))
        return adj_raise(r->vm, ADJ_EXC_ValueError, "figure: fewer names than ticks");
    AdjList *layers = list_at(spec, "_layers");
    a->layer_count = layers ? (int)layers->len : 0;
    a->layers = memory(r, (size_t)a->layer_count * sizeof *a->layers);
    for (int i = 0; a->layers && i < a->layer_count; i++)
        if (!read_layer(r, layers->items[i], &a->layers[i])) return false;
    return a->layers;
}

// The figure's own grid must have as many ratios as tracks.
static bool check_ratios(Reading *r, AdjVal spec, const AdjFigure *f)
{
    static const char *const names[] = {"row_ratios", "column_ratios"};
    for (int i = 0; i < 2; i++) {
        AdjVal *v = adj_dict_find_c(adj_as_dict(spec), names[i]);
        int tracks = i ? f->columns : f->rows;
        if (v && adj_is_tensor(*v) && adj_numel(adj_tensor_of(*v)) < (tracks > 1 ? tracks : 1))
            return adj_raise(r->vm, ADJ_EXC_ValueError, "figure: %s has too few numbers",
                             names[i]);
    }
    return true;
}

bool adj_figure_read(AdjVM *vm, AdjVal spec, AdjFigureRead *out)
{
    *out = (AdjFigureRead){0};
    Reading r = {.vm = vm, .out = out, .where = "figure"};
    AdjFigure *f = &out->figure;
    bool ok = read_fields(&r, figure_fields, spec, f, NULL) && check_ratios(&r, spec, f);
    AdjList *axes = ok ? list_at(spec, "_axes") : NULL;
    f->axes_count = axes ? (int)axes->len : 0;
    f->axes = ok ? memory(&r, (size_t)f->axes_count * sizeof *f->axes) : NULL;
    ok = ok && f->axes;
    for (int i = 0; ok && i < f->axes_count; i++)
        ok = read_axes(&r, axes->items[i], &f->axes[i]);
    if (!ok) adj_figure_release(out);
    return ok;
}

bool adj_axes_read(AdjVM *vm, AdjVal spec, AdjFigureRead *out)
{
    *out = (AdjFigureRead){0};
    Reading r = {.vm = vm, .out = out, .where = "axes"};
    out->figure.axes_count = 1;
    out->figure.axes = memory(&r, sizeof *out->figure.axes);
    bool ok = out->figure.axes && read_axes(&r, spec, out->figure.axes);
    if (!ok) adj_figure_release(out);
    return ok;
}

void adj_figure_release(AdjFigureRead *r)
{
    for (int i = 0; i < r->count; i++) free(r->blocks[i]);
    free(r->blocks);
    *r = (AdjFigureRead){0};
}

// SPDX-License-Identifier: Apache-2.0
// module.c: the native part of plt: descriptions of figures (read.c) and graphs (dot.c) become
// pictures through the plugin, in files, as bytes, and on the session's front ends. The rest of
// plt is written in the language (library/matplotlib.*.adj).
#include "plot/module.h"

#include "bind/bind.h"
#include "io/file.h"
#include "plot/dot.h"
#include "plot/plugin.h"
#include "plot/read.h"
#include "plot/terminal.h"
#include "session/front.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A picture that can be drawn: one of the two.
typedef struct Picture {
    bool is_dot;
    AdjFigureRead figure;
    AdjDotGraph dot;
    AdjVal holder;  // keeps the description alive
} Picture;

static bool open_dot(AdjVM *vm, AdjVal text, Picture *p)
{
    if (!adj_is_str(text))
        return adj_raise(vm, ADJ_EXC_TypeError, "a graph's source must be str, not %s",
                         adj_type_name(text));
    const char *wrong = adj_dot_read(adj_as_str(text)->data, &p->dot);
    return !wrong || adj_raise(vm, ADJ_EXC_ValueError, "graph: %s", wrong);
}

// A description by its kind, "figure" or "dot".
static bool open_picture(AdjVM *vm, const char *kind, AdjVal spec, Picture *p)
{
    *p = (Picture){.is_dot = !strcmp(kind, "dot"), .holder = ADJ_NONE};
    return p->is_dot ? open_dot(vm, spec, p) : adj_figure_read(vm, spec, &p->figure);
}

static void close_picture(Picture *p)
{
    if (p->is_dot)
        adj_dot_release(&p->dot);
    else
        adj_figure_release(&p->figure);
    adj_val_drop(p->holder);
}

static double dpi_of(const Picture *p, double asked)
{
    double own = p->is_dot ? 96 : p->figure.figure.dpi;
    return asked > 0 ? asked : own > 0 ? own : 100;
}

static const char *draw(const AdjPlotPlugin *plugin, Picture *p, const char *kind, double dpi,
                        char **data, size_t *length)
{
    if (p->is_dot) return plugin->graph_file(&p->dot.graph, kind, dpi, false, data, length);
    return plugin->figure_file(&p->figure.figure, kind, dpi, data, length);
}

static const AdjPlotPlugin *plugin_or_raise(AdjVM *vm)
{
    const char *why;
    const AdjPlotPlugin *plugin = adj_plot_plugin(&why);
    return plugin ? plugin : adj_raise_null(vm, ADJ_EXC_ImportError, "%s", why);
}

static bool text_arg(AdjVM *vm, AdjVal v, const char **out)
{
    if (!adj_is_str(v))
        return adj_raise(vm, ADJ_EXC_TypeError, "a str is expected, not %s", adj_type_name(v));
    return *out = adj_as_str(v)->data, true;
}

// draw(what, spec, kind, dpi) -> the picture's bytes, malloc'ed.
static bool draw_args(AdjVM *vm, AdjVal *a, char **data, size_t *length)
{
    Picture p;
    const char *what, *kind;
    double dpi;
    const AdjPlotPlugin *plugin = plugin_or_raise(vm);
    if (!plugin || !text_arg(vm, a[0], &what) || !text_arg(vm, a[2], &kind)) return false;
    if (!adj_get_double(vm, a[3], &dpi) || !open_picture(vm, what, a[1], &p)) return false;
    const char *wrong = draw(plugin, &p, kind, dpi_of(&p, dpi), data, length);
    close_picture(&p);
    return !wrong || adj_raise(vm, ADJ_EXC_ValueError, "figure: %s", wrong);
}

static bool f_draw(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    char *data;
    size_t length;
    if (!draw_args(vm, a, &data, &length)) return false;
    bool ok = adj_out(out, adj_bytes_new(vm, data, length));
    free(data);
    return ok;
}

static bool f_save(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjFileOut file;
    char *data;
    size_t length;
    const char *path = NULL;
    if (!text_arg(vm, a[4], &path) || !draw_args(vm, a, &data, &length)) return false;
    bool ok = adj_file_create(&file, path);
    if (ok) ok = adj_file_finish(&file, fwrite(data, 1, length, file.f) == length);
    free(data);
    return ok ? adj_out_none(out) : adj_bind_error(vm);
}

static bool f_limits(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjFigureRead r;
    double x[2], y[2];
    if (!adj_axes_read(vm, a[0], &r)) return false;
    bool flip_x, flip_y;
    adj_axes_limits(r.figure.axes, x, y);
    adj_axes_flipped(r.figure.axes, &flip_x, &flip_y);
    adj_figure_release(&r);
    AdjVal v[4] = {adj_float_val(x[flip_x]), adj_float_val(x[!flip_x]),
                   adj_float_val(y[flip_y]), adj_float_val(y[!flip_y])};
    return adj_out(out, adj_tuple_from(vm, v, 4));
}

static bool f_ticks(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    double lim[2];
    AdjTicks t;
    const char *scale;
    if (!adj_get_double(vm, a[0], &lim[0]) || !adj_get_double(vm, a[1], &lim[1]) ||
        !text_arg(vm, a[2], &scale))
        return false;
    if (!(lim[0] < lim[1])) lim[1] = lim[0] + 1;
    adj_axis_ticks(!strcmp(scale, "log") && lim[0] > 0 ? ADJ_LOG : ADJ_LINEAR, 1, lim, 8, &t);
    AdjList *list = adj_list_new(vm, t.n);
    for (int i = 0; list && i < t.n; i++)
        if (!adj_list_append_take(vm, list, adj_float_val(t.at[i])))
            return adj_obj_drop(list), false;
    return adj_out(out, list);
}

// The four channels of a colour, 0..1.
static bool out_color(AdjVM *vm, AdjColor c, AdjVal *out)
{
    AdjVal v[4];
    for (int i = 0; i < 4; i++) v[i] = adj_float_val((c >> (24 - 8 * i) & 0xff) / 255.0);
    return adj_out(out, adj_tuple_from(vm, v, 4));
}

static bool f_color(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjColor c;
    const char *name;
    if (!text_arg(vm, a[0], &name)) return false;
    if (!adj_color_parse(name, &c))
        return adj_raise(vm, ADJ_EXC_ValueError, "'%s' is not a valid value for color", name);
    return out_color(vm, c, out);
}

static bool f_map_color(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *name;
    double t;
    if (!text_arg(vm, a[0], &name) || !adj_get_double(vm, a[1], &t)) return false;
    const AdjMap *m = adj_map_find(name);
    if (!m)
        return adj_raise(vm, ADJ_EXC_ValueError, "'%s' is not a valid value for cmap", name);
    return out_color(vm, adj_map_color(m, t), out);
}

static bool f_maps(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    AdjList *list = adj_list_new(vm, 0);
    for (int i = 0; list && adj_map_at(i); i++) {
        AdjStr *name = adj_str_new_c(vm, adj_map_name(adj_map_at(i)));
        if (!name || !adj_list_append_take(vm, list, adj_obj_val(name)))
            return adj_obj_drop(list), false;
    }
    return adj_out(out, list);
}

// ---- on the front ends ----

static AdjSession *session_of(AdjVM *vm)
{
    return adj_vm_hooks(vm)->user;
}

static bool somebody_sees(const AdjSession *s)
{
    for (const AdjFront *f = s->fronts; f; f = f->next)
        if (f->rich) return true;
    return s->fronts && isatty(1);
}

static bool f_seen(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    AdjSession *s = session_of(vm);
    bool rich = false;
    for (const AdjFront *f = s ? s->fronts : NULL; f; f = f->next) rich |= f->rich;
    // Cells show what they have drawn without being asked; scripts say when.
    const char *how = !s || !somebody_sees(s)  ? "nobody"
                      : rich || s->interactive ? "cells"
                                               : "script";
    return adj_out(out, adj_str_new_c(vm, how));
}

// ---- values that can be drawn ----

// Calls _repr_adjoint_ and opens what it describes. False without an exception: there is none.
static bool picture_of(AdjVM *vm, AdjVal v, Picture *p)
{
    AdjVal method, pair;
    if (!adj_is_obj(v) || !(v.o->type->flags & ADJ_TF_HEAP)) return false;
    AdjStr *name = adj_str_intern_c("_repr_adjoint_");
    int found = name ? adj_val_find_attr(vm, v, name, &method) : -1;
    adj_obj_drop(name);
    if (found != 1) return false;
    bool ok = adj_vm_call(vm, method, NULL, 0, NULL, &pair);
    adj_val_drop(method);
    if (!ok) return false;
    AdjTuple *t = adj_is_tuple(pair) ? adj_as_tuple(pair) : NULL;
    ok = t && t->len == 2 && adj_is_str(t->items[0]) &&
         open_picture(vm, adj_as_str(t->items[0])->data, t->items[1], p);
    if (ok)
        p->holder = pair;
    else
        adj_val_drop(pair);
    return ok;
}

// A cloud of very many points, or a line that is not sorted, is larger as drawing than as
// picture: then the picture has to do.
static bool worth_a_drawing(const Picture *p)
{
    const AdjFigure *f = &p->figure.figure;
    int64_t points = 0;
    if (p->is_dot) return p->dot.graph.node_count < 2000;
    for (int i = 0; i < f->axes_count; i++)
        for (int k = 0; k < f->axes[i].layer_count; k++)
            if (f->axes[i].layers[k].kind != ADJ_LINE || f->axes[i].layers[k].marker)
                points += f->axes[i].layers[k].n;
    return points < 20000;
}

static bool add_form(AdjBundle *out, const AdjPlotPlugin *plugin, Picture *p, const char *type,
                     const char *kind, double dpi)
{
    char *data;
    size_t length;
    if (draw(plugin, p, kind, dpi, &data, &length)) return false;
    bool ok = adj_bundle_add(out, type, data, length, false);
    free(data);
    return ok;
}

// Twice the pixels for screens that have them; the metadata says the size meant.
static bool add_png(AdjBundle *out, const AdjPlotPlugin *plugin, Picture *p)
{
    char size[96];
    double dpi = dpi_of(p, 0);
    if (!add_form(out, plugin, p, "image/png", "png", 2 * dpi)) return false;
    const unsigned char *png = (const unsigned char *)adj_bundle_find(out, "image/png")->data;
    int wide = png[18] << 8 | png[19], high = png[22] << 8 | png[23];
    snprintf(size, sizeof size, "{\"image/png\": {\"width\": %d, \"height\": %d}}", wide / 2,
             high / 2);
    return adj_bundle_describe(out, size);
}

bool adj_plot_forms(AdjSession *s, AdjVal v, AdjBundle *out, const char **why)
{
    Picture p;
    const char *missing = NULL;
    bool ok = picture_of(s->vm, v, &p);
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
    if (ok) {
        const AdjPlotPlugin *plugin = adj_plot_plugin(&missing);
        ok = plugin && add_png(out, plugin, &p);
        if (ok && worth_a_drawing(&p))
            add_form(out, plugin, &p, "image/svg+xml", "svg", dpi_of(&p, 0));
        close_picture(&p);
    }
    if (why) *why = missing;
    return ok;
}

bool adj_plot_terminal(AdjSession *s, AdjVal v, AdjBundle *out)
{
    Picture p;
    const char *missing;
    bool ok = picture_of(s->vm, v, &p);
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
    if (!ok) return false;
    const AdjPlotPlugin *plugin = adj_plot_plugin(&missing);
    char *text = !plugin    ? NULL
                 : p.is_dot ? adj_terminal_graph(plugin, &p.dot.graph)
                            : adj_terminal_figure(plugin, &p.figure.figure);
    out->terminal = text;
    close_picture(&p);
    return text;
}

bool adj_plot_after_cell(AdjSession *s)
{
    AdjVal *m = adj_dict_find_c(adj_vm_modules(s->vm), "matplotlib.pyplot"), result;
    AdjVal *flush = m && m->o->type == &adj_type_module
                        ? adj_dict_find_c(((AdjModuleObj *)m->o)->dict, "_after_cell")
                        : NULL;
    if (!flush) return true;
    if (!adj_vm_call(s->vm, *flush, NULL, 0, NULL, &result)) return false;
    adj_val_drop(result);
    return true;
}

static const AdjNative functions[] = {
    {"draw", "(what, spec, kind, dpi)", f_draw, "A picture's bytes.", 0},
    {"save", "(what, spec, kind, dpi, path)", f_save, "Writes a picture to a file.", 0},
    {"limits", "(axes)", f_limits, "What axes show: x from, x to, y from, y to.", 0},
    {"ticks", "(low, high, scale)", f_ticks, "Round numbers of an axis.", 0},
    {"color", "(name)", f_color, "Red, green, blue and alpha of a colour, in 0..1.", 0},
    {"map_color", "(name, t)", f_map_color, "A colour of a map, t in 0..1.", 0},
    {"maps", "()", f_maps, "Names of the colour maps.", 0},
    {"seen", "()", f_seen, "Who sees figures: 'nobody', 'script' or 'cells'.", 0},
    {0},
};

static const AdjModuleDef module = {"_plot", "What figures are drawn with.", functions, NULL};

bool adj_plot_install(AdjVM *vm)
{
    return adj_vm_add_module(vm, &module);
}

// SPDX-License-Identifier: Apache-2.0
//
// Painting a graph. Three layers from back to front: frames, strands, cards; then, when the
// backward pass is shown, the same layout upside down below an axis, where every card stands
// for the gradient of its partner above and the arrows run the other way.
//
// The state of the backward pass is told three times, so that nobody needs colours for it: the
// border's weight, its tint, and a mark in the corner (✓ done, ▶ next, ● ready, · waiting).

#include "graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double READ_ZOOM = 0.42, MIRROR_GAP = 90, ARROW = 7;

static bool visible(AdjUiRect r, AdjUiRect clip)
{
    return r.x < clip.x + clip.w && r.x + r.w > clip.x && r.y < clip.y + clip.h &&
           r.y + r.h > clip.y;
}

// -- words --------------------------------------------------------------------------------

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

static void group_words(const AdjUiGraph *graph, const AdjUiGroup *g, char *title, char *second)
{
    const char *name = last_part(g->path);
    if (g->kind == ADJ_UI_RUN)
        snprintf(title, 128, "%s × %d", g->path, g->repeat);
    else if (g->kind == ADJ_UI_CHUNK)
        snprintf(title, 128, "operations %s", g->path);
    else if (g->layer && strcmp(g->layer, name) != 0)
        snprintf(title, 128, "%s  %s", name, g->layer);
    else if (g->ops == 1)
        snprintf(title, 128, "%s  %s", name, graph->ops[graph->order[g->end - 1]].name);
    else
        snprintf(title, 128, "%s", name);
    // The shape of what comes out of it.
    const AdjUiOp *last = &graph->ops[graph->order[g->end - 1]];
    size_t n = strlen(adj_ui_shape_text(second, last->shape, last->rank));
    if (g->ops > 1) snprintf(second + n, 128 - n, "  ·  %d operations", g->ops);
}

void adj_ui_box_words(const AdjUiLayout *layout, int32_t box, char *title, char *second)
{
    const AdjUiItem item = layout->boxes[box].item;
    if (item < 0) {
        group_words(layout->graph, &layout->graph->groups[~item], title, second);
        return;
    }
    const AdjUiOp *op = &layout->graph->ops[item];
    bool data = op->kind != ADJ_UI_OP && op->label;
    snprintf(title, 128, "%s", data ? op->label : op->name);
    adj_ui_shape_text(second, op->shape, op->rank);
}

// -- strands ------------------------------------------------------------------------------

// A place in the lane of values (flip 0), or in that of gradients: upside down below, or where
// the flow goes down, back to front beside.
static AdjUiPoint in_lane(const AdjUiLayout *layout, AdjUiPoint p, double flip)
{
    if (!flip) return p;
    return layout->down ? (AdjUiPoint){flip - p.x, p.y} : (AdjUiPoint){p.x, flip - p.y};
}

static AdjUiRect mirrored(const AdjUiLayout *layout, AdjUiRect r, double flip)
{
    if (!flip) return r;
    return layout->down ? adj_ui_rect(flip - r.x - r.w, r.y, r.w, r.h)
                        : adj_ui_rect(r.x, flip - r.y - r.h, r.w, r.h);
}

// A strand leaves and arrives along the flow: the S between two points has both handles half
// way.
static void strand_path(cairo_t *cr, const AdjUiLayout *layout, const AdjUiStrand *s,
                        double flip)
{
    const AdjUiPoint *p = layout->points + s->first_point;
    AdjUiPoint a = in_lane(layout, p[0], flip);
    cairo_move_to(cr, a.x, a.y);
    for (int32_t k = 1; k < s->points; k++) {
        AdjUiPoint b = in_lane(layout, p[k], flip);
        double x = (a.x + b.x) / 2, y = (a.y + b.y) / 2;
        if (fabs(layout->down ? a.x - b.x : a.y - b.y) < 0.5)
            cairo_line_to(cr, b.x, b.y);
        else if (layout->down)
            cairo_curve_to(cr, a.x, y, b.x, y, b.x, b.y);
        else
            cairo_curve_to(cr, x, a.y, x, b.y, b.x, b.y);
        a = b;
    }
}

static AdjUiRect strand_reach(const AdjUiLayout *layout, const AdjUiStrand *s, double flip)
{
    const AdjUiPoint *p = layout->points + s->first_point;
    double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (int32_t k = 0; k < s->points; k++) {
        AdjUiPoint q = in_lane(layout, p[k], flip);
        left = fmin(left, q.x);
        right = fmax(right, q.x);
        top = fmin(top, q.y);
        bottom = fmax(bottom, q.y);
    }
    return adj_ui_rect(left - 6, top - 6, right - left + 12, bottom - top + 12);
}

static bool carries_gradient(const AdjUiLayout *layout, const AdjUiStrand *s)
{
    return layout->graph->ops[s->op].wants_grad;
}

static double flow_between(const AdjUiGraphScene *scene, int32_t reader, int32_t op)
{
    gint64 key = (gint64)reader << 32 | op;
    const float *norm = scene->flows ? g_hash_table_lookup(scene->flows, &key) : NULL;
    return norm ? *norm : NAN;
}

// In the lane of gradients a strand is as wide as what flows along it, on a logarithmic scale
// of six powers of ten below one; NaN: not known. Where it leaves a frame, all readers outside
// and inside share it: there the strongest counts.
static double flow_width(const AdjUiGraphScene *scene, const AdjUiStrand *s)
{
    const AdjUiGraph *graph = scene->layout->graph;
    const AdjUiOp *op = &graph->ops[s->op];
    double norm = s->reader == s->op ? NAN : flow_between(scene, s->reader, s->op);
    for (int32_t k = 0; s->reader == s->op && k < op->readers; k++)
        norm = fmax(norm, flow_between(scene, graph->readers[op->first_reader + k], s->op));
    if (isnan(norm)) return NAN;
    return 1.2 + 10 * fmin(1, fmax(0, (log10(fmax(norm, 1e-12)) + 6) / 7));
}

static void paint_strand(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene,
                         int32_t i, double flip)
{
    const AdjUiLayout *layout = scene->layout;
    const AdjUiStrand *s = &layout->strands[i];
    const AdjUiPoint *p = layout->points + s->first_point;
    double ahead = layout->down ? M_PI / 2 : 0;
    bool selected = i == scene->selected_strand, grad = carries_gradient(layout, s);
    if (flip && !grad) return;
    AdjUiColour ink = selected ? theme->accent
                      : flip   ? theme->positive
                      : grad   ? adj_ui_mix(theme->faint, theme->text, 0.25)
                               : theme->line;
    double width = selected ? 3.2 : fmin(4.5, 1.5 + 0.5 * log2((double)s->edges));
    double wide = flip && !selected ? flow_width(scene, s) : NAN;
    if (!isnan(wide)) width = wide;
    strand_path(cr, layout, s, flip);
    adj_ui_ink(cr, ink, flip && !selected ? 0.75 : 1);
    cairo_set_line_width(cr, fmax(width, 0.6 / scene->zoom));
    cairo_stroke(cr);
    if (scene->zoom < 0.25) return;
    AdjUiPoint end = in_lane(layout, flip ? p[0] : p[s->points - 1], flip);
    if (flip && s->from >= 0) adj_ui_arrow_head(cr, end.x, end.y, ahead + M_PI, ARROW);
    if (!flip && s->to >= 0) adj_ui_arrow_head(cr, end.x, end.y, ahead, ARROW);
}

// -- cards --------------------------------------------------------------------------------

typedef struct Look {
    AdjUiColour fill, edge;
    double width;
    const char *mark;
    AdjUiColour mark_ink;
} Look;

static uint8_t front_of(const AdjUiGraphScene *scene, AdjUiItem item)
{
    if (!scene->states) return ADJ_UI_NO_STATE;
    if (item >= 0) return scene->states[item].front;
    // A group: next if the next is inside, done when all of it is, and so on.
    const AdjUiGroup *g = &scene->layout->graph->groups[~item];
    int counts[ADJ_UI_NEXT + 1] = {0};
    for (int32_t p = g->begin; p < g->end; p++)
        counts[scene->states[scene->layout->graph->order[p]].front]++;
    if (counts[ADJ_UI_NEXT]) return ADJ_UI_NEXT;
    if (counts[ADJ_UI_READY]) return ADJ_UI_READY;
    if (counts[ADJ_UI_DONE]) return counts[ADJ_UI_WAITING] ? ADJ_UI_READY : ADJ_UI_DONE;
    return counts[ADJ_UI_WAITING] ? ADJ_UI_WAITING : ADJ_UI_NO_STATE;
}

// The tint of an operation; of a group, that of the one in it that has most.
static double heat_of(const AdjUiGraphScene *scene, AdjUiItem item)
{
    if (item >= 0) return scene->heat[item];
    const AdjUiGraph *graph = scene->layout->graph;
    int32_t begin, end;
    double most = 0;
    adj_ui_item_range(graph, item, &begin, &end);
    for (int32_t p = begin; p < end; p++) most = fmax(most, scene->heat[graph->order[p]]);
    return most;
}

static Look look_of(const AdjUiTheme *theme, const AdjUiGraphScene *scene, int32_t box)
{
    AdjUiItem item = scene->layout->boxes[box].item;
    Look look = {theme->card, theme->line, 1.2, NULL, theme->faint};
    if (item >= 0 && scene->layout->graph->ops[item].kind == ADJ_UI_PARAMETER)
        look.edge = adj_ui_mix(theme->line, theme->series[6], 0.7);
    switch (front_of(scene, item)) {
    case ADJ_UI_WAITING: look.mark = "·"; break;
    case ADJ_UI_READY:
        look = (Look){adj_ui_mix(theme->card, theme->warn, 0.10), theme->warn, 2, "●",
                      theme->warn};
        break;
    case ADJ_UI_NEXT:
        look = (Look){adj_ui_mix(theme->card, theme->accent, 0.20), theme->accent, 3.2, "▶",
                      theme->accent};
        break;
    case ADJ_UI_DONE:
        look = (Look){adj_ui_mix(theme->card, theme->good, 0.12), theme->good, 1.6, "✓",
                      theme->good};
        break;
    default: break;
    }
    if (scene->heat)
        look.fill = adj_ui_mix(theme->card, theme->bad, 0.8 * heat_of(scene, item));
    if (box == scene->selected_box) {
        look.edge = theme->accent;
        look.width = 3;
    }
    return look;
}

// A small plate for what is too small to read.
static void paint_plate(cairo_t *cr, const Look *look, AdjUiRect r)
{
    cairo_rectangle(cr, r.x, r.y, r.w, r.h);
    adj_ui_ink(cr, look->fill, 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, look->edge, 1);
    cairo_set_line_width(cr, look->width + 0.6);
    cairo_stroke(cr);
}

static void second_line(const AdjUiGraphScene *scene, AdjUiItem item, bool gradient, char *out)
{
    if (!scene->states) return;
    const AdjUiGraph *graph = scene->layout->graph;
    if (item < 0 && !gradient) return;
    if (item < 0) item = graph->order[graph->groups[~item].end - 1];
    const AdjUiOpState *state = &scene->states[item];
    char number[32];
    float scalar = gradient ? state->grad : state->value;
    float norm = gradient ? state->grad_norm : state->value_norm;
    if (!isnan(scalar))
        snprintf(out, 128, "%s", adj_ui_number(number, scalar, 4));
    else if (gradient && !isnan(norm))
        snprintf(out, 128, "‖∂‖ = %s", adj_ui_number(number, norm, 3));
    else if (gradient)
        snprintf(out, 128, "∂ not yet known");
}

// What an operation does to the gradient that comes to it, where it is a pattern worth knowing
// (CS231n, patterns in backward flow).
static const char *gate_of(const char *op)
{
    static const struct {
        const char *op, *badge;
    } gates[] = {
        {"add", "+ copies"},        {"sub", "− copies, one turned"}, {"mul", "× swaps"},
        {"max", "max routes"},      {"amax", "max routes"},          {"maximum", "max routes"},
        {"max_pool", "max routes"}, {"sum", "Σ broadcasts"},         {"mean", "mean divides"},
        {"relu", "relu gates"},
    };
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        size_t n = strlen(gates[i].op);
        if (!strncmp(op, gates[i].op, n) && (!op[n] || op[n] == '_')) return gates[i].badge;
    }
    return NULL;
}

static void paint_gate(cairo_t *cr, const AdjUiTheme *theme, const AdjUiOp *op, AdjUiRect r)
{
    const char *badge = op->kind == ADJ_UI_OP ? gate_of(op->name) : NULL;
    AdjUiType type = {.size = 10.5, .bold = true};
    if (!badge) return;
    double w = adj_ui_text_width(cr, badge, type) + 14;
    AdjUiRect pill = {r.x + r.w / 2 - w / 2, r.y - 12, w, 17};
    adj_ui_round(cr, pill, 8);
    adj_ui_ink(cr, adj_ui_mix(theme->card, theme->positive, 0.22), 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->positive, 1);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, badge, type, ADJ_UI_MIDDLE, pill.x + w / 2, pill.y + 12.5, 0);
}

// The formula's way to write a gradient.
static void gradient_title(char *title)
{
    char name[128];
    snprintf(name, sizeof name, "%s", title);
    snprintf(title, 128, "∂L/∂ %.100s", name);
}

static void paint_words(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene,
                        int32_t box, AdjUiRect r, bool gradient, const Look *look)
{
    AdjUiItem item = scene->layout->boxes[box].item;
    bool small = r.h < 50;
    char title[128], second[128];
    adj_ui_box_words(scene->layout, box, title, second);
    if (scene->axes && item >= 0)
        adj_ui_axes_text(scene->axes, scene->layout->graph, item, second);
    second_line(scene, item, gradient, second);
    if (gradient) gradient_title(title);
    double room = r.w - 20 - (look->mark ? 14 : 0), top = r.y + (small ? 16 : 22);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, title, (AdjUiType){.size = small ? 11.5 : 13.5, .bold = !small},
                ADJ_UI_LEFT, r.x + 10, top, room);
    adj_ui_ink(cr, gradient ? theme->positive : theme->faint, 1);
    adj_ui_text(cr, second, (AdjUiType){.size = small ? 10 : 11.5}, ADJ_UI_LEFT, r.x + 10,
                top + (small ? 13 : 17), r.w - 20);
    if (!look->mark) return;
    adj_ui_ink(cr, look->mark_ink, 1);
    adj_ui_text(cr, look->mark, (AdjUiType){.size = 13, .bold = true}, ADJ_UI_RIGHT,
                r.x + r.w - 8, top, 0);
}

// Behind a closed group stand one or two more, so that it looks like what it is: a pile.
static void paint_pile(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, const Look *look,
                       int cards)
{
    for (int k = cards; k > 0; k--) {
        AdjUiRect back = {r.x + 5 * k, r.y - 4 * k, r.w - 6 * k, r.h};
        adj_ui_round(cr, back, 7);
        adj_ui_ink(cr, adj_ui_mix(look->fill, theme->frame, 0.5), 1);
        cairo_fill_preserve(cr);
        adj_ui_ink(cr, look->edge, 0.8);
        cairo_set_line_width(cr, 1);
        cairo_stroke(cr);
    }
}

// One name, one colour, all through the net; the batch is grey, and what has no name faint.
static AdjUiAxisMark axis_mark(const AdjUiTheme *theme, const AdjUiAxes *axes, int32_t op,
                               int d)
{
    int32_t name = adj_ui_axis_name(axes, op, d);
    if (name == ADJ_UI_AXIS_UNKNOWN) return (AdjUiAxisMark){theme->line, NULL};
    AdjUiColour ink = name == ADJ_UI_AXIS_BATCH
                          ? theme->faint
                          : theme->series[(name - 1) % (ADJ_UI_SERIES - 1)];
    return (AdjUiAxisMark){ink, axes->letters[name]};
}

static void paint_strip(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene,
                        AdjUiItem item, AdjUiRect r)
{
    const AdjUiGraph *graph = scene->layout->graph;
    if (item < 0) item = graph->order[graph->groups[~item].end - 1];  // what comes out of it
    const AdjUiOp *op = &graph->ops[item];
    AdjUiRect strip = {r.x + 10, r.y + r.h - 11, r.w - 20, 5};
    if (!scene->axes || op->rank == 0) {
        adj_ui_strip(cr, theme, strip, op->shape, op->rank);
        return;
    }
    AdjUiAxisMark marks[ADJ_UI_RANK];
    for (int d = 0; d < op->rank; d++) marks[d] = axis_mark(theme, scene->axes, item, d);
    strip = adj_ui_rect(r.x + 10, r.y + r.h - 17, r.w - 20, 11);
    adj_ui_strip_marked(cr, theme, strip, op->shape, op->rank, marks);
}

// One with a condition has a sign in it.
static void paint_breakpoint(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, bool asks)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, r.x, r.y + r.h / 2, asks ? 8 : 6, 0, 2 * M_PI);
    adj_ui_ink(cr, theme->bad, 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, theme->ground, 1);
    cairo_set_line_width(cr, 1.5);
    cairo_stroke(cr);
    if (!asks) return;
    adj_ui_text(cr, "?", (AdjUiType){.size = 11, .bold = true}, ADJ_UI_MIDDLE, r.x,
                r.y + r.h / 2 + 4, 0);
}

static void paint_box(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene,
                      int32_t box, double flip)
{
    const AdjUiBox *b = &scene->layout->boxes[box];
    AdjUiRect r = mirrored(scene->layout, b->r, flip);
    const AdjUiOpState *state = scene->states && b->item >= 0 ? &scene->states[b->item] : NULL;
    if (flip && b->item >= 0 && !scene->layout->graph->ops[b->item].wants_grad) return;
    Look look = look_of(theme, scene, box);
    if (state && state->bad) look.edge = theme->bad;
    if (scene->zoom < READ_ZOOM) {
        paint_plate(cr, &look, r);
        return;
    }
    if (b->item < 0) {
        bool run = scene->layout->graph->groups[~b->item].kind == ADJ_UI_RUN;
        paint_pile(cr, theme, r, &look, run ? 2 : 1);
    }
    adj_ui_card(cr, theme, r, look.fill, look.edge, look.width);
    paint_words(cr, theme, scene, box, r, flip != 0, &look);
    if (r.h > 50) paint_strip(cr, theme, scene, b->item, r);
    if (flip && b->item >= 0) paint_gate(cr, theme, &scene->layout->graph->ops[b->item], r);
    if (state && state->breakpoint && !flip) paint_breakpoint(cr, theme, r, state->conditional);
}

static void paint_frame(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene,
                        int32_t box, double flip)
{
    const AdjUiBox *b = &scene->layout->boxes[box];
    AdjUiRect r = mirrored(scene->layout, b->r, flip);
    int depth = 0;
    for (int32_t p = b->parent; p >= 0; p = scene->layout->boxes[p].parent) depth++;
    adj_ui_round(cr, r, 10);
    adj_ui_ink(cr, adj_ui_mix(theme->frame, theme->line, 0.12 * depth), 1);
    cairo_fill_preserve(cr);
    adj_ui_ink(cr, box == scene->selected_box ? theme->accent : theme->line, 1);
    cairo_set_line_width(cr, box == scene->selected_box ? 3 : 1.2);
    cairo_stroke(cr);
    if (scene->zoom < READ_ZOOM * 0.6) return;
    char title[128], second[128];
    adj_ui_box_words(scene->layout, box, title, second);
    adj_ui_ink(cr, theme->text, 0.85);
    double y = flip && !scene->layout->down ? r.y + r.h - 11 : r.y + 20;
    adj_ui_text(cr, title, (AdjUiType){.size = 13, .bold = true}, ADJ_UI_LEFT, r.x + 14, y,
                r.w - 28);
}

// -- the whole ----------------------------------------------------------------------------

static void paint_lane(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene,
                       double flip)
{
    const AdjUiLayout *layout = scene->layout;
    AdjUiRect clip = scene->clip;
    for (int32_t i = 0; i < layout->box_count; i++) {
        const AdjUiBox *b = &layout->boxes[i];
        if (!b->open) continue;
        if (visible(mirrored(layout, b->r, flip), clip))
            paint_frame(cr, theme, scene, i, flip);
        else
            i = b->last - 1;
    }
    for (int32_t i = 0; i < layout->strand_count; i++)
        if (visible(strand_reach(layout, &layout->strands[i], flip), clip))
            paint_strand(cr, theme, scene, i, flip);
    double least = 0.7 / scene->zoom;
    for (int32_t i = 0; i < layout->box_count; i++) {
        const AdjUiBox *b = &layout->boxes[i];
        if (b->open) continue;
        if (b->r.w > least && visible(mirrored(layout, b->r, flip), clip))
            paint_box(cr, theme, scene, i, flip);
    }
}

static double flip_of(const AdjUiLayout *layout)
{
    AdjUiRect b = layout->bounds;
    return 2 * (layout->down ? b.x + b.w : b.y + b.h) + MIRROR_GAP;
}

static void paint_axis(cairo_t *cr, const AdjUiTheme *theme, const AdjUiLayout *layout)
{
    double at = flip_of(layout) / 2, dashes[] = {2, 6};
    AdjUiRect b = layout->bounds;
    AdjUiType type = {.size = 13, .slanted = true};
    adj_ui_ink(cr, theme->line, 1);
    cairo_set_line_width(cr, 1.2);
    cairo_set_dash(cr, dashes, 2, 0);
    cairo_move_to(cr, layout->down ? at : b.x - 20, layout->down ? b.y - 20 : at);
    cairo_line_to(cr, layout->down ? at : b.x + b.w + 20, layout->down ? b.y + b.h + 20 : at);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    adj_ui_ink(cr, theme->faint, 1);
    if (layout->down) {
        adj_ui_text(cr, "values  ↓", type, ADJ_UI_RIGHT, at - 10, b.y - 6, 0);
        adj_ui_text(cr, "↑  gradients", type, ADJ_UI_LEFT, at + 10, b.y - 6, 0);
    } else {
        adj_ui_text(cr, "values  →", type, ADJ_UI_LEFT, b.x - 16, at - 10, 0);
        adj_ui_text(cr, "←  gradients", type, ADJ_UI_LEFT, b.x - 16, at + 20, 0);
    }
}

// The gradient that the pass begins with, coming in from behind the root.
static void paint_seed(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene)
{
    const AdjUiLayout *layout = scene->layout;
    if (scene->seed_box < 0 || !scene->seed || scene->zoom < READ_ZOOM) return;
    double flip = scene->mirror ? flip_of(layout) : 0;
    AdjUiRect r = mirrored(layout, layout->boxes[scene->seed_box].r, flip);
    AdjUiType type = {.size = 13, .bold = true};
    double w = adj_ui_text_width(cr, scene->seed, type) + 20, h = 26;
    AdjUiRect plate = layout->down ? adj_ui_rect(r.x + r.w / 2 - w / 2, r.y + r.h + 26, w, h)
                                   : adj_ui_rect(r.x + r.w + 26, r.y + r.h / 2 - h / 2, w, h);
    double x = layout->down ? r.x + r.w / 2 : r.x + r.w + 4;
    double y = layout->down ? r.y + r.h + 4 : r.y + r.h / 2;
    adj_ui_ink(cr, theme->positive, 1);
    cairo_set_line_width(cr, 2.4);
    cairo_move_to(cr, layout->down ? x : plate.x, layout->down ? plate.y : y);
    cairo_line_to(cr, x, y);
    cairo_stroke(cr);
    adj_ui_arrow_head(cr, x, y, layout->down ? -M_PI / 2 : M_PI, ARROW + 2);
    adj_ui_card(cr, theme, plate, adj_ui_mix(theme->card, theme->positive, 0.15),
                theme->positive, 1.6);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, scene->seed, type, ADJ_UI_MIDDLE, plate.x + plate.w / 2, plate.y + 18, 0);
}

void adj_ui_paint_graph(cairo_t *cr, const AdjUiTheme *theme, const AdjUiGraphScene *scene)
{
    paint_lane(cr, theme, scene, 0);
    if (scene->mirror) {
        paint_axis(cr, theme, scene->layout);
        paint_lane(cr, theme, scene, flip_of(scene->layout));
    }
    paint_seed(cr, theme, scene);
}

void adj_ui_paint_graph_hover(cairo_t *cr, const AdjUiTheme *theme,
                              const AdjUiGraphScene *scene, int32_t box, int32_t strand)
{
    const AdjUiLayout *layout = scene->layout;
    cairo_set_line_width(cr, fmax(2, 1.5 / scene->zoom));
    adj_ui_ink(cr, theme->accent, 0.8);
    if (strand >= 0) {
        strand_path(cr, layout, &layout->strands[strand], 0);
        cairo_stroke(cr);
    } else if (box >= 0) {
        adj_ui_round(cr, adj_ui_inset(layout->boxes[box].r, -3), 9);
        cairo_stroke(cr);
        if (!scene->mirror) return;
        AdjUiRect other = mirrored(layout, layout->boxes[box].r, flip_of(layout));
        adj_ui_round(cr, adj_ui_inset(other, -3), 9);
        cairo_stroke(cr);
    }
}

AdjUiRect adj_ui_graph_extent(const AdjUiLayout *layout, bool mirror, bool seed)
{
    AdjUiRect r = layout->bounds;
    double both = mirror ? flip_of(layout) : 0;
    if (mirror && layout->down) r.w = both - 2 * r.x;
    if (mirror && !layout->down) r.h = both - 2 * r.y;
    if (seed && layout->down) r.h += 56;
    if (seed && !layout->down) r.w += 130;
    return adj_ui_inset(r, -24);
}

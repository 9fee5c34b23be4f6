// SPDX-License-Identifier: Apache-2.0
// walk.c: a recorded backward pass in the page: its data for the script, its graph, and the
// places that the script fills. The form of the data is that of library/walks.adj; a walk that
// does not have it is refused whole, so the rest may rely on every index.
#include "export/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t int_of(const AdjJsonNode *n, const char *key)
{
    int64_t i;
    return adj_json_int_of(adj_json_get(n, key), &i) ? i : -1;
}

static const AdjJsonNode *array_of(const AdjJsonNode *n, const char *key)
{
    const AdjJsonNode *a = adj_json_get(n, key);
    return a && a->kind == ADJ_JSON_ARRAY ? a : NULL;
}

static double number_of(const AdjJsonNode *n)
{
    char text[64];
    size_t skip = n->kind == ADJ_JSON_STRING;  // "NaN"
    snprintf(text, sizeof text, "%.*s", (int)(n->length - 2 * skip), n->text + skip);
    return strtod(text, NULL);
}

// The string [key] in malloc'ed memory, or NULL.
static char *string_of(const AdjJsonNode *n, const char *key)
{
    size_t length;
    char *text = adj_json_text(adj_json_get(n, key), &length);
    if (text && *text) return text;
    free(text);
    return NULL;
}

// ---------------------------------------------------------------- values

// The number of a card, or its shape.
static void say_card(const AdjJsonNode *card, const AdjJsonNode *shape, char *out, size_t room)
{
    const AdjJsonNode *data = array_of(card, "data");
    if (data && data->count == 1 && data->first->kind != ADJ_JSON_ARRAY) {
        snprintf(out, room, "%.4g", number_of(data->first));
        return;
    }
    size_t n = 0;
    for (const AdjJsonNode *d = shape ? shape->first : NULL; d && n + 24 < room; d = d->next)
        n += (size_t)snprintf(out + n, room - n, "%s%.*s", d == shape->first ? "" : "×",
                              (int)d->length, d->text);
    if (!n)
        snprintf(out, room, "·");
    else if (shape->count == 1)
        snprintf(out, room, "[%.*s]", (int)shape->first->length, shape->first->text);
}

static bool read_value(AdjWalkValue *v, const AdjJsonNode *n)
{
    static const char *const kinds[] = {"leaf", "op", "constant"};
    *v = (AdjWalkValue){.box = -1};
    for (int i = 0; i < 3; i++)
        if (adj_json_is(adj_json_get(n, "kind"), kinds[i])) v->kind = kinds[i];
    if (!v->kind || !array_of(n, "inputs")) return false;
    char *op = string_of(n, "op");
    snprintf(v->op, sizeof v->op, "%s", op ? op : "");
    v->label = string_of(n, "name");
    if (!v->label) v->label = string_of(n, "module");
    if (!v->label) v->label = string_of(n, "text");
    if (!v->label) v->label = strdup(op ? op : v->kind);
    free(op);
    say_card(adj_json_get(n, "value"), array_of(n, "shape"), v->value, sizeof v->value);
    return v->label != NULL;
}

// Numbers that an expression shows need no box.
static bool has_box(const AdjJsonNode *n, const AdjWalkValue *v)
{
    const AdjJsonNode *name = adj_json_get(n, "name");
    return strcmp(v->kind, "constant") || (name && name->kind == ADJ_JSON_STRING);
}

// ---------------------------------------------------------------- the pass

// Adds what arrives at each value; the sums become the gradients that are shown.
typedef struct {
    double *sum;
    uint32_t n;
    double norm;  // where the elements are not known
} Arrived;

static void arrive(Arrived *a, const AdjJsonNode *card)
{
    const AdjJsonNode *data = array_of(card, "data"), *norm = adj_json_get(card, "norm");
    if (!data) {
        if (norm) a->norm = number_of(norm);
        return;
    }
    if (!a->sum) {
        a->sum = calloc(data->count + 1, sizeof *a->sum);
        a->n = data->count;
    }
    uint32_t i = 0;
    for (const AdjJsonNode *x = data->first; a->sum && x && i < a->n; x = x->next)
        a->sum[i++] += number_of(x);
}

static void say_arrived(AdjWalkValue *v, const Arrived *a)
{
    double squares = 0;
    for (uint32_t i = 0; i < a->n; i++) squares += a->sum[i] * a->sum[i];
    if (a->n == 1)
        snprintf(v->gradient, sizeof v->gradient, "%.4g", a->sum[0]);
    else
        snprintf(v->gradient, sizeof v->gradient, "‖%.3g‖", a->n ? sqrt(squares) : a->norm);
}

// Which outgoing gradient of value [to]'s step goes to its input number [input].
static void find_part(AdjWalkEdge *e, const AdjJsonNode *steps, int64_t input)
{
    int step = 0;
    e->step = e->part = -1;
    for (const AdjJsonNode *s = steps->first; s; s = s->next, step++) {
        if (int_of(s, "value") != e->to) continue;
        int part = 0;
        const AdjJsonNode *list = array_of(s, "outgoing");
        for (const AdjJsonNode *o = list->first; o; o = o->next, part++) {
            if (int_of(o, "input") != input) continue;
            e->step = step;
            e->part = part;
        }
    }
}

static bool read_steps(AdjWalk *w, const AdjJsonNode *steps)
{
    Arrived *arrived = calloc((size_t)w->count + 1, sizeof *arrived);
    bool ok = arrived != NULL;
    for (const AdjJsonNode *s = steps->first; ok && s; s = s->next) {
        const AdjJsonNode *out = array_of(s, "outgoing");
        int64_t at = int_of(s, "value");
        ok = out && at >= 0 && at < w->count && adj_json_get(s, "incoming");
        if (ok && s == steps->first) {
            w->values[at].wants = true;
            arrive(&arrived[at], adj_json_get(s, "incoming"));
        }
        for (const AdjJsonNode *o = out ? out->first : NULL; ok && o; o = o->next) {
            int64_t to = int_of(o, "value");
            ok = to >= 0 && to < w->count && adj_json_get(o, "gradient");
            if (!ok) break;
            w->values[to].wants = true;
            arrive(&arrived[to], adj_json_get(o, "gradient"));
        }
    }
    for (int i = 0; arrived && i < w->count; i++) {
        if (w->values[i].wants) say_arrived(&w->values[i], &arrived[i]);
        free(arrived[i].sum);
    }
    free(arrived);
    return ok;
}

static bool read_edges(AdjWalk *w, const AdjJsonNode *values, const AdjJsonNode *steps)
{
    int to = 0, room = 0;
    for (const AdjJsonNode *v = values->first; v; v = v->next)
        room += (int)array_of(v, "inputs")->count;
    w->edges = calloc((size_t)room + 1, sizeof *w->edges);
    if (!w->edges) return false;
    for (const AdjJsonNode *v = values->first; v; v = v->next, to++) {
        for (const AdjJsonNode *in = array_of(v, "inputs")->first; in; in = in->next) {
            int64_t from = int_of(in, "value");
            if (from < 0 || from >= to) return false;  // inputs are older
            if (w->values[from].box < 0) continue;
            AdjWalkEdge *e = &w->edges[w->edge_count++];
            *e = (AdjWalkEdge){.from = (int)from, .to = to};
            find_part(e, steps, int_of(in, "input"));
        }
    }
    return true;
}

static bool read_walk(AdjWalk *w, const AdjJsonNode *n)
{
    const AdjJsonNode *values = array_of(n, "values"), *steps = array_of(n, "steps");
    if (int_of(n, "version") != 1 || !values || !steps || !values->count) return false;
    w->values = calloc(values->count, sizeof *w->values);
    w->shown = calloc(values->count, sizeof *w->shown);
    if (!w->values || !w->shown) return false;
    for (const AdjJsonNode *v = values->first; v; v = v->next) {
        AdjWalkValue *value = &w->values[w->count++];
        if (!read_value(value, v)) return false;
        if (!has_box(v, value)) continue;
        value->box = w->shown_count;
        w->shown[w->shown_count++] = w->count - 1;
    }
    return read_steps(w, steps) && read_edges(w, values, steps);
}

static void free_walk(AdjWalk *w)
{
    for (int i = 0; i < w->count; i++) free(w->values[i].label);
    free(w->values);
    free(w->edges);
    free(w->shown);
}

// ---------------------------------------------------------------- the page's part

static void controls(FILE *to)
{
    static const char *const buttons[][3] = {{"first", "|◀", "First (Home)"},
                                             {"prev", "◀", "Back (←)"},
                                             {"next", "▶", "Next (→)"},
                                             {"last", "▶|", "Last (End)"}};
    fputs("<div class=\"controls\" role=\"toolbar\" aria-label=\"steps\">", to);
    for (int i = 0; i < 4; i++)
        fprintf(to,
                "<button type=\"button\" data-do=\"%s\" title=\"%s\" aria-label=\"%s\">%s"
                "</button>",
                buttons[i][0], buttons[i][2], buttons[i][2], buttons[i][1]);
    fputs(
        "<output class=\"count\"></output><span class=\"gap\"></span><button type=\"button\" "
        "class=\"quiz\" data-do=\"quiz\" aria-pressed=\"false\" title=\"Predict each gradient "
        "before you see it (Q)\">Quiz</button></div>\n",
        to);
}

void adj_html_walk(FILE *to, const AdjJsonNode *walk, int number)
{
    AdjWalk w = {0};
    if (read_walk(&w, walk)) {
        fprintf(
            to,
            "<figure class=\"walk\" id=\"walk-%d\" tabindex=\"0\" aria-label=\"the backward "
            "pass of ",
            number);
        adj_html_text(to, w.values[w.count - 1].label);
        fputs("\">\n<script type=\"application/json\">", to);
        adj_html_json(to, walk);
        fputs("</script>\n<header><h3>Backward pass of <code>", to);
        adj_html_text(to, w.values[w.count - 1].label);
        fputs("</code></h3>", to);
        controls(to);
        fputs("</header>\n<div class=\"stage\">\n", to);
        adj_html_walk_graph(to, &w);
        fputs("</div>\n<ul class=\"legend\"><li class=\"done\">done</li><li class=\"ready\">"
              "next</li><li class=\"partly\">waits for more</li><li class=\"waiting\">waiting"
              "</li></ul>\n<div class=\"card\" aria-live=\"polite\"></div>\n"
              "<ol class=\"order\"></ol>\n</figure>\n",
              to);
    }
    free_walk(&w);
}

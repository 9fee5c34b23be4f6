// SPDX-License-Identifier: Apache-2.0
// cure.c: the lines under an error of shapes: where in the model, which shapes, and a form that
// would fit, written with the program's own expressions so that it can be copied.
//
// A cure is proposed only when the sizes prove that it fits: a flattened input has exactly the
// features that are wanted, a transposed operand the inner size. No rule guesses values.
#include "bind/cure.h"

#include "bind/module/module.h"
#include "lang/syntax/parse.h"
#include "observe/record.h"

#include <stdio.h>
#include <string.h>

enum { EXPRESSION = 80, LINE = 256 };

typedef struct Text {
    char at[EXPRESSION];
} Text;

static _Thread_local AdjCure last;

const AdjCure *adj_bind_last_cure(void)
{
    return &last;
}

static void propose_at(AdjVM *vm, const char *text, AdjPlace place)
{
    snprintf(last.text, sizeof last.text, "%s", text);
    AdjSpanAt s = adj_vm_current_span(vm);
    last.at = (AdjPlace){.source = s.source, .start = s.start, .end = s.end};
    last.place = place;
    adj_raise_note(vm, "try: %s", text);
}

// ---------------------------------------------------------------- the program's expressions

typedef struct Place {
    AdjPlace span;
    AdjArena arena;
    const char *text;  // of the expression that the program is at
    const AdjAst *at;  // its tree; NULL when it is no single expression
} Place;

static Place place_of(AdjVM *vm)
{
    Place p = {.text = NULL};
    AdjSpanAt s = adj_vm_current_span(vm);
    AdjSource *source = adj_vm_source(vm, s.source);
    if (!source || s.end > source->length || s.start >= s.end) return p;
    AdjParseError error;
    p.text = source->text + s.start;
    p.span = (AdjPlace){.source = s.source, .start = s.start, .end = s.end};
    AdjAst *tree = adj_parse(&p.arena, p.text, s.end - s.start, NULL, &error);
    if (!tree || tree->as_module.body.count != 1) return p;
    const AdjAst *statement = tree->as_module.body.items[0];
    if (statement->kind == ADJ_AST_EXPR) p.at = statement->as_expr.value;
    return p;
}

static bool needs_brackets(const AdjAst *a)
{
    return a->kind != ADJ_AST_NAME && a->kind != ADJ_AST_CALL && a->kind != ADJ_AST_ATTRIBUTE &&
           a->kind != ADJ_AST_SUBSCRIPT;
}

// The expression, as [form] may be written behind it; false when it is too long to quote.
static bool quote(const Place *p, const AdjAst *a, const char *form, Text *out)
{
    int length = (int)(a->span.end - a->span.start);
    const char *from = p->text + a->span.start;
    if (length + 3 > EXPRESSION || memchr(from, '\n', (size_t)length)) return false;
    bool brackets = *form && needs_brackets(a);
    snprintf(out->at, sizeof out->at, brackets ? "(%.*s)" : "%.*s", length, from);
    return true;
}

static bool quote_argument(AdjVM *vm, Text *out, AdjPlace *where)
{
    Place p = place_of(vm);
    bool found = p.at && p.at->kind == ADJ_AST_CALL && p.at->as_call.args.count > 0 &&
                 p.at->as_call.args.items[0]->kind != ADJ_AST_KEYWORD &&
                 p.at->as_call.args.items[0]->kind != ADJ_AST_STARRED &&
                 quote(&p, p.at->as_call.args.items[0], ".", out);
    if (found) {
        const AdjAst *a = p.at->as_call.args.items[0];
        *where = p.span;
        where->end = p.span.start + a->span.end;
        where->start = p.span.start + a->span.start;
    }
    adj_arena_free(&p.arena);
    return found;
}

// ---------------------------------------------------------------- layers

typedef struct Misfit {
    const AdjModule *m;
    AdjShape x;
    const char *text;  // the input's expression; NULL when a container made the call
    const char *path;
    char *line;  // LINE characters: the cure
} Misfit;

static int64_t product_from(AdjShape s, int first)
{
    int64_t n = 1;
    for (int d = first; d < s.n; d++) n *= s.at[d];
    return n;
}

static bool propose(const Misfit *c, const char *form)
{
    if (!c->text && !strcmp(form, ".flatten(1)"))
        snprintf(c->line, LINE, "nn.Flatten() before %s", c->path);
    else
        snprintf(c->line, LINE, "%s%s", c->text ? c->text : "input", form);
    return true;
}

static bool cure_linear(const Misfit *c)
{
    AdjShape x = c->x;
    int64_t wanted = c->m->params.at[0].tensor->sizes[1];
    char form[48];
    for (int first = 1; first < x.n - 1; first++) {
        if (product_from(x, first) != wanted) continue;
        snprintf(form, sizeof form, ".flatten(%d)", first);
        return propose(c, form);
    }
    if (x.n > 1 && product_from(x, 0) == wanted) return propose(c, ".flatten()");
    if (x.n == 2 && x.at[0] == wanted) return propose(c, ".T");
    if (x.n > 2 && x.at[x.n - 2] == wanted) return propose(c, ".transpose(-1, -2)");
    if (x.n < 1) return false;
    snprintf(c->line, LINE, "nn.Linear(%lld, %lld)", (long long)x.at[x.n - 1],
             (long long)c->m->params.at[0].tensor->sizes[0]);
    return true;
}

// Pictures without a channel axis, and pictures whose channels come last.
static bool cure_conv(const Misfit *c)
{
    static const char *const channels_first[] = {"", ".transpose(1, 2)", ".permute(0, 3, 1, 2)",
                                                 ".permute(0, 4, 1, 2, 3)"};
    const AdjTensor *weight = c->m->params.at[0].tensor;
    int axes = weight->ndim - 2;
    int64_t groups = 1;
    for (int i = 0; i < c->m->row->n_args; i++)
        if (!strcmp(c->m->row->args[i].name, "groups")) groups = c->m->arg[i].i;
    int64_t wanted = weight->sizes[1] * groups;
    if (c->x.n == axes + 1 && wanted == 1) return propose(c, ".unsqueeze(1)");
    if (c->x.n == axes && wanted == 1) return propose(c, ".unsqueeze(0)");
    if (c->x.n == axes + 2 && c->x.at[c->x.n - 1] == wanted)
        return propose(c, channels_first[axes]);
    if (c->x.n != axes + 2) return false;
    snprintf(c->line, LINE, "nn.Conv%dd(%lld, %lld, ...)", axes, (long long)c->x.at[1],
             (long long)weight->sizes[0]);
    return true;
}

static const struct {
    const char *layer;
    bool (*cure)(const Misfit *c);
} cures[] = {
    {"Linear", cure_linear},
    {"Conv1d", cure_conv},
    {"Conv2d", cure_conv},
    {"Conv3d", cure_conv},
};

static void note_cure(AdjVM *vm, const AdjFailedCall *c, const AdjModule *m)
{
    if (!c->nargs || !adj_is_tensor(c->args[0]) || !m->params.n || !m->params.at[0].tensor)
        return;
    const AdjTensor *x = adj_tensor_of(c->args[0]);
    char line[LINE] = "";
    Text text;
    AdjPlace where = {0};
    bool quoted = x == c->typed && quote_argument(vm, &text, &where);
    Misfit misfit = {m, adj_shape(x), quoted ? text.at : NULL, c->path, line};
    for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
        if (!strcmp(m->row->name, cures[i].layer) && cures[i].cure(&misfit))
            propose_at(vm, line, strncmp(line, "nn.", 3) ? where : (AdjPlace){0});
}

// ---------------------------------------------------------------- what came in

static void note_shape(AdjVM *vm, const char *name, const AdjTensor *t)
{
    adj_raise_note(vm, "%-8s%s", name, adj_shape_text(adj_shape(t)));
}

static void note_inputs(AdjVM *vm, const AdjFailedCall *c, const AdjModule *m)
{
    for (int i = 0; i < c->nargs; i++) {
        bool named = i < m->row->n_in && m->row->forward;
        if (adj_is_tensor(c->args[i]))
            note_shape(vm, named ? m->row->in[i].name : "input", adj_tensor_of(c->args[i]));
    }
}

// Whether a module below has already said where it was.
static bool is_placed(AdjVM *vm)
{
    AdjVal e = adj_vm_take_error(vm);
    AdjList *notes = (AdjList *)((AdjException *)e.o)->notes;
    bool placed = false;
    for (int64_t i = 0; notes && i < notes->len; i++)
        placed |= adj_is_str(notes->items[i]) &&
                  !strncmp(adj_as_str(notes->items[i])->data, "in ", 3);
    adj_raise_val(vm, e);
    adj_val_drop(e);
    return placed;
}

void adj_bind_note_module(AdjVM *vm, const AdjFailedCall *c)
{
    if (!c->path || !adj_vm_failed(vm) || is_placed(vm)) return;
    ADJ_SCOPE;
    const AdjModule *m = adj_module_of(c->module)->m;
    adj_raise_note(vm, "in %s (%s(%s))", c->path, adj_type_name(c->module),
                   adj_module_extra_text(m));
    note_inputs(vm, c, m);
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].tensor)
            note_shape(vm, m->params.at[i].name, m->params.at[i].tensor);
    if (!adj_vm_error_is(vm, ADJ_EXC_ShapeError)) return;
    AdjTensor *in[] = {c->nargs && adj_is_tensor(c->args[0]) ? adj_tensor_of(c->args[0]) : NULL,
                       m->params.n ? m->params.at[0].tensor : NULL};
    adj_record_failed(m->row->name, adj_intern(c->path), in, 2);
    note_cure(vm, c, m);
}

// ---------------------------------------------------------------- operators

// Whether [s] without its last axis is [t].
static bool is_all_but_last(AdjShape s, AdjShape t)
{
    return s.n == t.n + 1 && !memcmp(s.at, t.at, (size_t)t.n * sizeof *t.at);
}

// The forms of the two operands that fit together; false when none is known to.
static bool cure_operands(bool product, AdjShape x, AdjShape y, const char **left,
                          const char **right)
{
    bool flat = x.n == 2 && y.n == 2;
    const char *turned = flat ? ".T" : ".transpose(-1, -2)";
    if (x.n < 1 || y.n < 1) return false;
    if (product && x.n > 1 && y.n > 1 && x.at[x.n - 1] == y.at[y.n - 1])
        return *right = turned, true;
    if (product && x.n > 1 && y.n > 1 && x.at[x.n - 2] == y.at[y.n - 2])
        return *left = turned, true;
    if (product) return false;
    if (is_all_but_last(y, x)) return *left = ".unsqueeze(-1)", true;
    if (is_all_but_last(x, y)) return *right = ".unsqueeze(-1)", true;
    if (flat && x.at[0] == y.at[1] && x.at[1] == y.at[0]) return *right = ".T", true;
    return false;
}

static void propose_operands(AdjVM *vm, const Place *p, const Text *quoted, const char *left,
                             const char *right)
{
    char line[LINE];
    snprintf(line, sizeof line, "%s%s %s %s%s", quoted[0].at, left,
             adj_ast_op_text(p->at->as_binary.op), quoted[1].at, right);
    propose_at(vm, line, p->span);
}

void adj_bind_note_operands(AdjVM *vm, bool product, const AdjTensor *x, const AdjTensor *y)
{
    const char *left = "", *right = "";
    if (!adj_vm_error_is(vm, ADJ_EXC_ShapeError) ||
        !cure_operands(product, adj_shape(x), adj_shape(y), &left, &right))
        return;
    Place p = place_of(vm);
    Text a, b;
    if (p.at && p.at->kind == ADJ_AST_BINARY && quote(&p, p.at->as_binary.left, left, &a) &&
        quote(&p, p.at->as_binary.right, right, &b))
        propose_operands(vm, &p, (Text[]){a, b}, left, right);
    adj_arena_free(&p.arena);
}

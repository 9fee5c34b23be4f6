// SPDX-License-Identifier: Apache-2.0
// ops.c: the table of operators, and what its functions share: reading inputs and
// attributes, and the rows that are names alone, in both directions.
#include "io/onnx/onnx.h"
#include "io/onnx/rows.h"

#include <stdlib.h>

static const AdjOnnxRow rows[] = {
#define BOTH(onnx_, op_, args_) {.onnx = #onnx_, .op = #op_, .args = args_},
#define BINARY(onnx_, op_) \
    {.onnx = #onnx_, .op = #op_, .args = "", .save = adj_onnx_save_binary},
#define ALSO(op_, onnx_, args_) {.onnx = #onnx_, .op = #op_, .args = args_},
#define LOAD(onnx_, load_) {.onnx = #onnx_, .load = adj_onnx_##load_},
#define SAVE(op_, save_) {.op = #op_, .save = adj_onnx_##save_},
#include "io/onnx/onnx.def"
#undef BOTH
#undef BINARY
#undef ALSO
#undef LOAD
#undef SAVE
};
enum { ROWS = sizeof rows / sizeof *rows };

const AdjOnnxRow *adj_onnx_row(const char *operator_name)
{
    for (int i = 0; i < ROWS; i++)
        if (rows[i].onnx && !strcmp(rows[i].onnx, operator_name)) return &rows[i];
    return NULL;
}

const AdjOnnxRow *adj_onnx_row_of_op(const AdjOp *op)
{
    for (int i = 0; i < ROWS; i++)
        if (rows[i].op && !strcmp(rows[i].op, op->name)) return &rows[i];
    return NULL;
}

// ---------------------------------------------------------------- inputs and attributes

void *adj_onnx_fail(const AdjOnnxCall *c, const char *format, ...)
{
    char text[320];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    const char *name = c->node->name && *c->node->name ? c->node->name : NULL;
    return adj_fail(ADJ_E_ABSENT, "onnx %s%s%s%s: %s", c->node->op_type, name ? " \"" : "",
                    name ? name : "", name ? "\"" : "", text);
}

AdjTensor *adj_onnx_need(const AdjOnnxCall *c, int i)
{
    AdjTensor *t = adj_onnx_in(c, i);
    return t ? t : adj_onnx_fail(c, "its input %d is missing", i);
}

const Onnx__AttributeProto *adj_onnx_attr(const AdjOnnxNode *n, const char *name)
{
    for (size_t i = 0; i < n->n_attribute; i++)
        if (n->attribute[i]->name && !strcmp(n->attribute[i]->name, name))
            return n->attribute[i];
    return NULL;
}

int64_t adj_onnx_int(const AdjOnnxCall *c, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *a = adj_onnx_attr(c->node, name);
    return a && a->has_i ? a->i : otherwise;
}

double adj_onnx_float(const AdjOnnxCall *c, const char *name, double otherwise)
{
    const Onnx__AttributeProto *a = adj_onnx_attr(c->node, name);
    return a && a->has_f ? a->f : otherwise;
}

const char *adj_onnx_str(const AdjOnnxCall *c, const char *name, const char *otherwise)
{
    const Onnx__AttributeProto *a = adj_onnx_attr(c->node, name);
    if (!a || !a->has_s) return otherwise;
    char *text = adj_scope_memory(a->s.len + 1);
    if (!text) return otherwise;
    if (a->s.len) memcpy(text, a->s.data, a->s.len);
    text[a->s.len] = 0;
    return text;
}

AdjLongs adj_onnx_longs(const AdjOnnxCall *c, const char *name)
{
    const Onnx__AttributeProto *a = adj_onnx_attr(c->node, name);
    return a ? (AdjLongs){(int64_t)a->n_ints, a->ints} : (AdjLongs){-1, NULL};
}

AdjLongs adj_onnx_values(AdjTensor *t)
{
    t = adj_contiguous(adj_to(t, ADJ_I64));
    return t ? (AdjLongs){t->numel, adj_data(t)} : (AdjLongs){-1, NULL};
}

bool adj_onnx_to_shape(AdjLongs values, AdjShape *out)
{
    *out = ADJ_ALL;
    if (values.n < 0) return !adj_error_kind();
    if (values.n > ADJ_MAX_DIMS)
        return adj_fail(ADJ_E_FILE, "onnx: more than %d axes are not supported", ADJ_MAX_DIMS);
    out->n = (int)values.n;
    for (int i = 0; i < out->n; i++) out->at[i] = values.at[i];
    return true;
}

bool adj_onnx_ints(const AdjOnnxCall *c, const char *name, int i, AdjShape *out)
{
    AdjTensor *t = adj_onnx_in(c, i);
    return adj_onnx_to_shape(t ? adj_onnx_values(t) : adj_onnx_longs(c, name), out);
}

// ---------------------------------------------------------------- rows that are names alone

// The next entry "ours=theirs:default" of a row's args; "ours=:value" holds without a name.
typedef struct {
    char ours[32], theirs[32], standard[32];
} Pair;

static const char *next_pair(const char *text, Pair *p)
{
    *p = (Pair){{0}, {0}, {0}};
    int used = 0;
    if (!text || !*text) return NULL;
    if (sscanf(text, " %31[^= ]=%n", p->ours, &used) < 1) return NULL;
    text += used;
    if (sscanf(text, "%31[^: ]%n", p->theirs, &used) == 1) text += used;
    if (*text == ':' && sscanf(text, ":%31[^ ]%n", p->standard, &used) == 1) text += used;
    return text;
}

static int place_of(const AdjOp *op, const char *name)
{
    int i = 0;
    while (strcmp(op->args[i].name, name)) i++;
    return i;
}

// The value of argument [a] from the node, or from the default that ONNX has.
static bool read_value(const AdjOnnxCall *c, const AdjArg *a, const Pair *p, AdjValue *v)
{
    bool has = *p->standard;
    switch (a->kind) {
    case ADJ_ARG_INT:
        v->i = adj_onnx_int(c, p->theirs, has ? strtoll(p->standard, NULL, 10) : v->i);
        return true;
    case ADJ_ARG_BOOL:
        v->b = adj_onnx_int(c, p->theirs, has ? *p->standard == '1' : v->b) != 0;
        return true;
    case ADJ_ARG_FLOAT:
        v->f = adj_onnx_float(c, p->theirs, has ? strtod(p->standard, NULL) : v->f);
        return true;
    case ADJ_ARG_STR:
        v->s = adj_onnx_str(c, p->theirs, has ? adj_intern(p->standard) : v->s);
        return true;
    case ADJ_ARG_INTS: return adj_onnx_ints(c, p->theirs, -1, &v->ints);
    default: return adj_onnx_fail(c, "argument %s cannot be read", a->name) != NULL;
    }
}

// Our op on the node's inputs in their order, with arguments as the row maps them.
AdjTensor *adj_onnx_load_plain(const AdjOnnxRow *row, AdjOnnxCall *c)
{
    const AdjOp *op = adj_op_find(row->op);
    AdjValue arg[16], result = {.ts = {0, NULL}};
    int next = 0;
    for (int i = 0; i < op->n_args; i++) {
        const AdjArg *a = &op->args[i];
        arg[i] = a->value;
        if (a->kind > ADJ_ARG_TENSORS) continue;
        if (a->kind == ADJ_ARG_TENSORS) {
            arg[i].ts = (AdjTensors){c->n_in, c->in};
            continue;
        }
        arg[i].t = a->optional ? adj_onnx_in(c, next) : adj_onnx_need(c, next);
        if (!arg[i].t && !a->optional) return NULL;
        next++;
    }
    Pair p;
    for (const char *text = row->args; (text = next_pair(text, &p));) {
        int at = place_of(op, p.ours);
        if (!read_value(c, &op->args[at], &p, &arg[at])) return NULL;
    }
    if (!op->call(arg, &result)) return NULL;
    if (op->n_results == 1) return result.t;
    for (int i = 1; i < c->n_out && i < result.ts.n; i++) c->out[i] = result.ts.at[i];
    return result.ts.n ? result.ts.at[0] : NULL;
}

// Whether an argument that the node has no attribute for says what ONNX means anyway.
static bool is_usual(const AdjArg *a, const AdjValue *v)
{
    const AdjValue *d = &a->value;
    switch (a->kind) {
    case ADJ_ARG_INT: return v->i == d->i;
    case ADJ_ARG_FLOAT: return v->f == d->f || (isnan(v->f) && isnan(d->f));
    case ADJ_ARG_BOOL: return v->b == d->b;
    case ADJ_ARG_STR: return v->s == d->s || (v->s && d->s && !strcmp(v->s, d->s));
    case ADJ_ARG_INTS:
        return v->ints.n == d->ints.n && (v->ints.n <= 0 || adj_shape_equal(v->ints, d->ints));
    case ADJ_ARG_SCALAR: return v->num.kind == d->num.kind && v->num.f == d->num.f;
    case ADJ_ARG_DTYPE: return v->dtype == d->dtype;
    default: return false;
    }
}

static AdjOnnxAttr attribute(const AdjArg *a, const char *name, const AdjValue *v)
{
    switch (a->kind) {
    case ADJ_ARG_INT: return ADJ_ATTR_INT(name, v->i);
    case ADJ_ARG_BOOL: return ADJ_ATTR_INT(name, v->b);
    case ADJ_ARG_STR: return ADJ_ATTR_STR(name, v->s);
    case ADJ_ARG_INTS: return ADJ_ATTR_INTS(name, ((AdjLongs){v->ints.n, v->ints.at}));
    default: return ADJ_ATTR_FLOAT(name, v->f);
    }
}

static bool find_pair(const AdjOnnxRow *row, const char *ours, Pair *p)
{
    for (const char *text = row->args; (text = next_pair(text, p));)
        if (!strcmp(p->ours, ours)) return true;
    return false;
}

static bool has_other_meaning(const Pair *p, const AdjValue *v)
{
    return !*p->theirs && v->b != (*p->standard == '1');
}

bool adj_onnx_save_plain(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    AdjOnnxAttr attrs[17] = {{0}};
    int n = 0, k = 0;
    for (int i = 0; i < step->op->n_args; i++) {
        const AdjArg *a = &step->op->args[i];
        if (a->kind <= ADJ_ARG_TENSORS) continue;
        const AdjValue *v = &step->arg[k++];
        Pair p;
        bool mapped = find_pair(row, a->name, &p);
        if (mapped ? has_other_meaning(&p, v) : !is_usual(a, v)) {
            return adj_fail(ADJ_E_ABSENT,
                            "onnx: %s cannot be exported with this value of its argument '%s'",
                            step->op->name, a->name);
        }
        if (mapped && *p.theirs) attrs[n++] = attribute(a, adj_intern(p.theirs), v);
    }
    ADJ_SCOPE;
    const char **in = adj_scope_memory((size_t)(step->n_in + 1) * sizeof *in);
    const char **out = adj_scope_memory((size_t)(step->n_out + 1) * sizeof *out);
    if (!in || !out) return false;
    int used = 0;
    for (int i = 0; i < step->n_in; i++) {
        in[i] = step->in[i] ? adj_onnx_name(s, step->in[i]) : "";
        if (!in[i]) return false;
        if (*in[i]) used = i + 1;
    }
    if (!adj_onnx_nodes(s, row->onnx, used, in, attrs, step->n_out, out)) return false;
    for (int i = 0; i < step->n_out; i++)
        if (step->out[i] && !adj_onnx_bind(s, step->out[i], out[i])) return false;
    return true;
}

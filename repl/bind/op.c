// SPDX-License-Identifier: Apache-2.0
// op.c: every row of the registry as a callable of the language, under its names, as a function
// of torch and torch.nn.functional and as a method of Tensor; rows that say so also as name_,
// which writes into its first operand.
//
// An op object stands once in the class Tensor and once in each module. What differs from plain
// calling, PyTorch's overloads, is a table at the end: a row names the op, a test of the
// arguments, and the op to call instead.
#include "bind/bind.h"

#include <stdlib.h>

enum { MOST_ARGS = 16 };

// ---------------------------------------------------------------- results with names

// torch.return_types.max: a tuple whose items also have the names of the row's results.
typedef struct {
    AdjType type;
    const AdjOp *op;
    char name[64];
} ResultType;

static const AdjOp *op_of_result(AdjVal v)
{
    return ((ResultType *)v.o->type)->op;
}

static bool result_getattr(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal *out)
{
    const AdjOp *op = op_of_result(self);
    for (int i = 0; i < op->n_results; i++)
        if (adj_str_is(name, op->result_names[i]))
            return adj_out_keep(out, adj_as_tuple(self)->items[i]);
    return adj_raise_no_attribute(vm, self, name);
}

static bool result_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const AdjOp *op = op_of_result(self);
    AdjBuf b = {0};
    bool ok = adj_buf_printf(vm, &b, "%s(\n", adj_type_name(self));
    for (int i = 0; ok && i < op->n_results; i++)
        ok = adj_buf_printf(vm, &b, "%s=", op->result_names[i]) &&
             adj_buf_add_repr(vm, &b, adj_as_tuple(self)->items[i]) &&
             adj_buf_add_c(vm, &b, i + 1 < op->n_results ? ",\n" : ")");
    return ok ? adj_buf_str(vm, &b, out) : (adj_buf_free(&b), false);
}

static AdjType *result_type(const AdjOp *op)
{
    static ResultType *types;  // one per op with named results, by the op's place in the list
    static size_t count;
    if (!types) {
        while (adj_ops[count]) count++;
        types = calloc(count, sizeof *types);
        if (!types) return &adj_type_tuple;
    }
    size_t at = 0;
    while (adj_ops[at] != op) at++;
    ResultType *t = &types[at];
    if (!t->op) {
        // max_dim is a row of its own, yet the same max to whoever calls it.
        const char *dim = strstr(op->name, "_dim");
        size_t length = dim ? (size_t)(dim - op->name) : strlen(op->name);
        snprintf(t->name, sizeof t->name, "torch.return_types.%.*s", (int)length, op->name);
        t->type = (AdjType){.name = t->name,
                            .base = &adj_type_tuple,
                            .flags = ADJ_TF_GC,
                            .getattr = result_getattr,
                            .repr = result_repr};
        t->op = op;
        if (!adj_type_ready(&t->type)) return &adj_type_tuple;
    }
    return &t->type;
}

static bool wrap_results(AdjVM *vm, const AdjOp *op, AdjTensors ts, AdjVal *out)
{
    bool is_tuple = strstr(op->signature, "-> (") != NULL;
    if (!is_tuple || !op->result_names[0] || ts.n != op->n_results)
        return adj_bind_results(vm, op->signature, ts, out);
    AdjType *type = result_type(op);
    AdjTuple *list =
        adj_obj_new_sized(vm, type, sizeof *list + (size_t)ts.n * sizeof *list->items);
    if (!list) return false;
    list->len = ts.n;
    for (int i = 0; i < ts.n; i++) list->items[i] = ADJ_NONE;
    for (int i = 0; i < ts.n; i++) {
        if (adj_bind_tensor(vm, ts.at[i], &list->items[i])) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static bool wrap(AdjVM *vm, const AdjOp *op, const AdjValue *r, AdjVal *out)
{
    if (adj_error_kind()) return adj_bind_error(vm);
    if (op->n_results != 1) return wrap_results(vm, op, r->ts, out);
    const char *arrow = strstr(op->signature, "-> ") + 3;
    switch (*arrow) {
    case 't': return adj_bind_tensor(vm, r->t, out);
    case 'b': return adj_out_bool(out, r->b);
    case 'i': return adj_out_int(out, r->i);
    default: return adj_out_float(out, r->f);
    }
}

// ---------------------------------------------------------------- calling

// Keywords that every function making a tensor takes, whatever its row says.
typedef struct {
    AdjVal requires_grad, device, generator, inplace;
} Common;

static bool take_common(const AdjOp *op, const char *name, AdjVal v, Common *c)
{
    if (!strcmp(name, "requires_grad"))
        c->requires_grad = v;
    else if (!strcmp(name, "device"))
        c->device = v;
    else if (!strcmp(name, "generator"))
        c->generator = v;
    else if (!strcmp(name, "inplace") && (op->in_place || strstr(op->name, "dropout")))
        c->inplace = v;
    else if (!strncmp(op->name, "nonzero", 7) && !strcmp(name, "as_tuple"))
        return true;  // the overload has seen it
    else if (!strcmp(name, "pin_memory") || !strcmp(name, "memory_format") ||
             !strcmp(name, "layout") || !strcmp(name, "non_blocking"))
        return true;
    else
        return false;
    return true;
}

// Splits keywords the row does not know from those it does. The lists live on the stack.
static AdjTuple *split_keywords(AdjVM *vm, const AdjOp *op, AdjVal *args, int nargs,
                                AdjTuple *kwnames, Common *c, AdjVal *rest)
{
    int64_t n = 0;
    AdjTuple *names = adj_tuple_new(vm, kwnames->len);
    if (!names) return NULL;
    for (int64_t k = 0; k < kwnames->len; k++) {
        const char *name = adj_as_str(kwnames->items[k])->data;
        bool known = false;
        for (int i = 0; i < op->n_args; i++) known |= !strcmp(op->args[i].name, name);
        if (!known && take_common(op, name, args[nargs + k], c)) continue;
        names->items[n] = adj_val_keep(kwnames->items[k]);
        rest[n++] = args[nargs + k];
    }
    names->len = n;
    return names;
}

// F.relu(x, inplace=True) is relu_(x).
static bool wants_in_place(AdjVM *vm, AdjVal inplace, bool *in_place)
{
    bool wanted = false;
    if (!adj_is_undef(inplace) && !adj_val_truth(vm, inplace, &wanted)) return false;
    *in_place |= wanted;
    return true;
}

static bool finish(AdjVM *vm, const Common *c, AdjVal *out)
{
    bool wanted;
    if (adj_is_undef(c->requires_grad)) return true;
    bool known = adj_val_truth(vm, c->requires_grad, &wanted);
    if (known && (!wanted || !adj_is_tensor(*out))) return true;
    if (known && adj_require_grad(adj_tensor_of(*out), true)) return true;
    adj_val_drop(*out);
    return known && adj_bind_error(vm);
}

// Whether numbers keep to the limits that the row's signature names.
static bool within_limits(AdjVM *vm, const AdjOp *op, const AdjValue *arg)
{
    for (int i = 0; i < op->n_args; i++) {
        const AdjArg *a = &op->args[i];
        if (a->kind != ADJ_ARG_INT || arg[i].i == ADJ_NO_INT) continue;
        if ((double)arg[i].i >= a->low && (double)arg[i].i <= a->high) continue;
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "%s(): argument '%s' must be from %g to %g, not %lld", op->name,
                         a->name, a->low, a->high, (long long)arg[i].i);
    }
    return true;
}

// What was made for a device lies there, wherever the operands are.
static bool run(AdjVM *vm, const AdjOp *op, bool in_place, const AdjVal *values,
                const AdjDevice *d, AdjVal *out)
{
    ADJ_SCOPE;
    AdjValue arg[MOST_ARGS], result = {.t = NULL};
    if (!adj_bind_convert(vm, op->name, op->args, op->n_args, values, arg)) return false;
    if (!within_limits(vm, op, arg)) return false;
    const AdjDevice *before = d ? adj_device_use(d) : NULL;
    op->call(arg, &result);
    if (d) adj_device_use(before);
    if (d && op->n_results == 1 && result.t) result.t = adj_on(result.t, d);
    if (!in_place) return wrap(vm, op, &result, out);
    const AdjOp *outer = adj_thread.op;
    adj_thread.op = op;  // for the messages of the assignment
    AdjTensor *assigned = adj_assign(arg[0].t, result.t);
    adj_thread.op = outer;
    return adj_bind_tensor(vm, assigned, out);
}

static const AdjOp *overload(const AdjOp *op, const AdjVal *args, int nargs, AdjTuple *kwnames);

bool adj_bind_call_op(AdjVM *vm, const AdjOp *op, bool in_place, AdjVal *args, int nargs,
                      AdjTuple *kwnames, AdjVal *out)
{
    op = overload(op, args, nargs, kwnames);
    AdjVal values[MOST_ARGS], list[MOST_ARGS * 2];
    Common common = {ADJ_UNDEF, ADJ_UNDEF, ADJ_UNDEF, ADJ_UNDEF};
    AdjTuple *names = NULL;
    const AdjDevice *device = NULL;
    bool ok = true;
    if (kwnames && kwnames->len) {
        if (nargs + kwnames->len > MOST_ARGS * 2) {
            return adj_raise(vm, ADJ_EXC_TypeError, "%s(): too many arguments", op->name);
        }
        names = split_keywords(vm, op, args, nargs, kwnames, &common, list + nargs);
        if (!names) return false;
        memcpy(list, args, (size_t)nargs * sizeof *list);
        args = list;
        ok = adj_bind_device(vm, common.device, &device) &&
             wants_in_place(vm, common.inplace, &in_place);
    }
    adj_bind_span(vm);
    if (ok)
        ok = adj_bind_args(vm, op->name, op->args, op->n_args, args, nargs, names, values);
    else
        for (int i = 0; i < op->n_args; i++) values[i] = ADJ_UNDEF;
    AdjGenerator *own = adj_bind_generator_of(common.generator), *before = NULL;
    if (own) before = adj_generator_use(own);
    if (ok) ok = run(vm, op, in_place, values, device, out);
    if (own) adj_generator_use(before);
    for (int i = 0; i < op->n_args; i++) adj_val_drop(values[i]);
    adj_obj_drop(names);
    return ok && finish(vm, &common, out);
}

static bool op_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                    AdjVal *out)
{
    AdjOpObj *o = (AdjOpObj *)self.o;
    return adj_bind_call_op(vm, o->op, o->in_place, args, nargs, kwnames, out);
}

static bool op_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjOpObj *o = (AdjOpObj *)self.o;
    return adj_out(out, adj_str_format(vm, "<op %s%s%s>", o->op->name, o->in_place ? "_" : "",
                                       o->op->signature));
}

static bool op_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjOpObj *o = (AdjOpObj *)self.o;
    return adj_out(out, adj_str_format(vm, "%s%s", o->op->name, o->in_place ? "_" : ""));
}

static bool op_doc(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const AdjOp *op = ((AdjOpObj *)self.o)->op;
    return adj_out(out, adj_str_format(vm, "%s%s\n%s%s%s", op->name, op->signature, op->doc,
                                       op->source ? "\nsource  " : "",
                                       op->source ? op->source : ""));
}

static bool op_signature(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_new_c(vm, ((AdjOpObj *)self.o)->op->signature));
}

static const AdjAttr op_attrs[] = {
    {"__name__", op_name, NULL, "The name of the operation."},
    {"__doc__", op_doc, NULL, "Formula, shapes, errors and source."},
    {"__signature__", op_signature, NULL, "Parameters and result."},
    {0},
};

AdjType adj_type_op = {.name = "builtin_function_or_method",
                       .flags = ADJ_TF_BINDS,
                       .size = sizeof(AdjOpObj),
                       .attrs = op_attrs,
                       .call = op_call,
                       .repr = op_repr};

// ---------------------------------------------------------------- overloads

static bool second_is_tensor(const AdjVal *args, int nargs, AdjTuple *kwnames)
{
    (void)kwnames;
    return nargs >= 2 && adj_is_tensor(args[1]);
}

static bool has_keyword(AdjTuple *kwnames, const char *name)
{
    for (int64_t k = 0; kwnames && k < kwnames->len; k++)
        if (adj_str_is(adj_as_str(kwnames->items[k]), name)) return true;
    return false;
}

static bool has_dim(const AdjVal *args, int nargs, AdjTuple *kwnames)
{
    return (nargs >= 2 && adj_is_int(args[1])) || has_keyword(kwnames, "dim") ||
           has_keyword(kwnames, "axis");
}

static bool has_one(const AdjVal *args, int nargs, AdjTuple *kwnames)
{
    (void)args;
    return nargs == 1 && !has_keyword(kwnames, "other");
}

static bool wants_tuple(const AdjVal *args, int nargs, AdjTuple *kwnames)
{
    for (int64_t k = 0; kwnames && k < kwnames->len; k++)
        if (adj_str_is(adj_as_str(kwnames->items[k]), "as_tuple"))
            return adj_is_bool(args[nargs + k]) && args[nargs + k].i;
    return false;
}

static bool second_is_sequence(const AdjVal *args, int nargs, AdjTuple *kwnames)
{
    (void)kwnames;
    return nargs >= 2 && (adj_is_list(args[1]) || adj_is_tuple(args[1]));
}

static const struct {
    const char *name;
    bool (*when)(const AdjVal *args, int nargs, AdjTuple *kwnames);
    const char *instead;
} overloads[] = {
    {"max", second_is_tensor, "maximum"},
    {"min", second_is_tensor, "minimum"},
    {"max", has_dim, "max_dim"},
    {"min", has_dim, "min_dim"},
    {"median", has_dim, "median_dim"},
    {"nanmedian", has_dim, "nanmedian_dim"},
    {"where", has_one, "nonzero_tuple"},
    {"nonzero", wants_tuple, "nonzero_tuple"},
    {"tensor_split", second_is_sequence, "tensor_split_at"},
};

static const AdjOp *overload(const AdjOp *op, const AdjVal *args, int nargs, AdjTuple *kwnames)
{
    for (size_t i = 0; i < sizeof overloads / sizeof *overloads; i++) {
        if (strcmp(op->name, overloads[i].name) || !overloads[i].when(args, nargs, kwnames))
            continue;
        const AdjOp *other = adj_op_find(overloads[i].instead);
        if (other) return other;
    }
    return op;
}

// ---------------------------------------------------------------- installing

static bool add(AdjVM *vm, AdjBindNames *n, const AdjOp *op, const char *name, bool in_place)
{
    AdjOpObj *o = adj_obj_new(vm, &adj_type_op);
    if (!o) return false;
    o->op = op;
    o->in_place = in_place;
    AdjVal v = adj_obj_val(o);
    AdjDict *methods = (AdjDict *)adj_type_tensor.dict;
    bool ok = true;
    if (!strncmp(name, "F.", 2)) {  // torch.nn.functional means something else by this name
        ok = adj_dict_set_c(vm, n->functional, name + 2, v);
        adj_obj_drop(o);
        return ok;
    }
    // Methods and functions written by hand have been there before and win.
    if (!op->no_method && op->n_tensors && !adj_dict_find_c(methods, name))
        ok = adj_dict_set_c(vm, methods, name, v);
    if (ok && !adj_dict_find_c(n->torch, name)) ok = adj_dict_set_c(vm, n->torch, name, v);
    if (ok && !adj_dict_find_c(n->functional, name))
        ok = adj_dict_set_c(vm, n->functional, name, v);
    adj_obj_drop(o);
    return ok;
}

static bool add_with_in_place(AdjVM *vm, AdjBindNames *n, const AdjOp *op, const char *name)
{
    char with_mark[80];
    snprintf(with_mark, sizeof with_mark, "%s_", name);
    return add(vm, n, op, name, false) && (!op->in_place || add(vm, n, op, with_mark, true));
}

bool adj_bind_install_ops(AdjVM *vm, AdjBindNames *n)
{
    if (!adj_type_ready(&adj_type_op)) return false;
    for (const AdjOp *const *row = adj_ops; *row; row++) {
        if (!add_with_in_place(vm, n, *row, (*row)->name)) return false;
        const char *p = (*row)->aliases;
        while (p && *p) {
            char name[64];
            size_t length = strcspn(p, " ");
            snprintf(name, sizeof name, "%.*s", (int)length, p);
            if (!add_with_in_place(vm, n, *row, name)) return false;
            p += length;
            p += *p == ' ';
        }
    }
    return true;
}

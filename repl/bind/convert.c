// SPDX-License-Identifier: Apache-2.0
// convert.c: values of the language to arguments of the engine and back, and the engine's
// errors as exceptions. Messages about arguments have PyTorch's form: name(): argument 'x'
// (position 1) must be Tensor, not str.
#include "bind/module/module.h"

bool adj_bind_error(AdjVM *vm)
{
    static const AdjExc kinds[ADJ_E_KINDS] = {
#define ERROR(constant, exception, text) [ADJ_E_##constant] = ADJ_EXC_##exception,
#include "core/errors.def"
#undef ERROR
    };
    AdjErrorKind kind = adj_error_kind();
    if (adj_vm_failed(vm)) {  // a callback's exception is the cause
        adj_error_clear();
        return false;
    }
    AdjExc exc = kind ? kinds[kind] : ADJ_EXC_RuntimeError;
    adj_raise(vm, exc, "%s", kind ? adj_error_text() : "the engine gave no result");
    adj_error_clear();
    return false;
}

// ---------------------------------------------------------------- engine to language

bool adj_bind_tensor(AdjVM *vm, AdjTensor *t, AdjVal *out)
{
    if (!t) return adj_bind_error(vm);
    if (t->handle) return adj_out_keep(out, adj_obj_val(t->handle));
    AdjTensorObj *o = adj_obj_new(vm, t->is_parameter ? &adj_type_parameter : &adj_type_tensor);
    if (!o) return false;
    t->wrapped = false;
    o->t = adj_keep(t);
    t->handle = o;
    return adj_out(out, o);
}

bool adj_bind_tensors(AdjVM *vm, AdjTensors ts, AdjVal *out)
{
    if (adj_error_kind()) return adj_bind_error(vm);
    AdjTuple *list = adj_tuple_new(vm, ts.n);
    for (int i = 0; list && i < ts.n; i++) {
        if (!ts.at[i]) continue;  // stays None
        if (adj_bind_tensor(vm, ts.at[i], &list->items[i])) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

// One tuple of a result's text: *at goes from its bracket to the one that closes it, *next
// counts the tensors used up. Items that the call did not return are left out.
static bool nested(AdjVM *vm, const char **at, AdjTensors ts, int *next, AdjVal *out)
{
    AdjVal items[16];
    int n = 0;
    bool ok = true, fresh = true;  // the item's name or type has not begun yet
    for ((*at)++; ok && **at && **at != ')' && n < 16; (*at)++) {
        if (**at == ',') fresh = true;
        if (**at == ',' || **at == ' ' || !fresh || *next >= ts.n) continue;
        fresh = false;
        if (**at == '(') {
            ok = nested(vm, at, ts, next, &items[n]);
        } else {
            AdjTensor *t = ts.at[(*next)++];
            ok = t ? adj_bind_tensor(vm, t, &items[n]) : adj_out_none(&items[n]);
        }
        n += ok;
    }
    ok = ok && adj_out(out, adj_tuple_from(vm, items, n));
    for (int i = 0; i < n; i++) adj_val_drop(items[i]);
    return ok;
}

bool adj_bind_results(AdjVM *vm, const char *signature, AdjTensors ts, AdjVal *out)
{
    if (adj_error_kind()) return adj_bind_error(vm);
    const char *result = strstr(signature, "-> "), *tuple = result ? strchr(result, '(') : NULL;
    if (!tuple && !strstr(result, "tensor |")) return adj_bind_tensors(vm, ts, out);
    if (ts.n == 1) return adj_bind_tensor(vm, ts.at[0], out);
    if (!tuple) return adj_bind_tensors(vm, ts, out);
    int next = 0;
    return nested(vm, &tuple, ts, &next, out);
}

bool adj_bind_scalar(AdjVM *vm, AdjScalar s, AdjVal *out)
{
    switch (s.kind) {
    case ADJ_S_BOOL: return adj_out_bool(out, s.i != 0);
    case ADJ_S_INT: return adj_out_int(out, s.i);
    case ADJ_S_FLOAT: return adj_out_float(out, s.f);
    default: return adj_bind_error(vm);
    }
}

bool adj_bind_describe(AdjVal v, char *text, size_t room)
{
    if (!adj_is_tensor(v)) return false;
    ADJ_SCOPE;
    snprintf(text, room, "%s", adj_describe(adj_tensor_of(v)));
    return true;
}

// ---------------------------------------------------------------- language to engine

AdjTensor *adj_bind_operand(AdjVM *vm, AdjVal v)
{
    (void)vm;
    switch ((AdjTag)v.tag) {
    case ADJ_T_BOOL: return adj_number((AdjScalar){ADJ_S_BOOL, v.i, (double)v.i});
    case ADJ_T_INT: return adj_number(ADJ_I(v.i));
    case ADJ_T_FLOAT: return adj_number(ADJ_F(v.f));
    case ADJ_T_OBJ: return adj_is_tensor(v) ? adj_tensor_of(v) : NULL;
    default: return NULL;
    }
}

// An int, or an integer tensor of one element, as PyTorch takes both for sizes and axes.
static bool to_int(AdjVal v, int64_t *out)
{
    if (adj_is_int(v)) {
        *out = v.i;
        return true;
    }
    if (!adj_is_tensor(v) || adj_tensor_of(v)->numel != 1 || adj_is_float(adj_tensor_of(v)))
        return false;
    *out = adj_item_scalar(adj_tensor_of(v)).i;
    return true;
}

static bool items_of(AdjVal v, AdjVal **items, int64_t *n)
{
    if (adj_is_list(v)) {
        *items = adj_as_list(v)->items;
        *n = adj_as_list(v)->len;
        return true;
    }
    if (adj_is_tuple(v)) {
        *items = adj_as_tuple(v)->items;
        *n = adj_as_tuple(v)->len;
        return true;
    }
    return false;
}

bool adj_bind_shape(AdjVM *vm, AdjVal v, AdjShape *out)
{
    int64_t one, n;
    if (to_int(v, &one)) {
        *out = ADJ_SHAPE(one);
        return true;
    }
    AdjVal *items;
    if (!items_of(v, &items, &n)) return false;
    if (n > ADJ_MAX_DIMS) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "shape: at most %d axes are supported, got %lld", ADJ_MAX_DIMS,
                         (long long)n);
    }
    out->n = (int)n;
    for (int64_t i = 0; i < n; i++)
        if (!to_int(items[i], &out->at[i])) return false;
    return true;
}

bool adj_bind_to_scalar(AdjVM *vm, AdjVal v, AdjScalar *out)
{
    (void)vm;
    if (adj_is_bool(v))
        *out = (AdjScalar){ADJ_S_BOOL, v.i, (double)v.i};
    else if (adj_is_int(v))
        *out = ADJ_I(v.i);
    else if (v.tag == ADJ_T_FLOAT)
        *out = ADJ_F(v.f);
    else if (adj_is_tensor(v) && adj_tensor_of(v)->numel == 1)
        *out = adj_item_scalar(adj_tensor_of(v));
    else
        return false;
    return true;
}

bool adj_bind_to_dtype(AdjVM *vm, AdjVal v, AdjDtype *out)
{
    (void)vm;
    if (adj_is_unset(v))
        *out = ADJ_SAME;
    else if (adj_is_exact(v, &adj_type_dtype))
        *out = ((AdjDtypeObj *)v.o)->dtype;
    else if (adj_is_exact(v, &adj_type_type) && adj_as_type(v) == &adj_type_float)
        *out = ADJ_F32;
    else if (adj_is_exact(v, &adj_type_type) && adj_as_type(v) == &adj_type_int)
        *out = ADJ_I64;
    else if (adj_is_exact(v, &adj_type_type) && adj_as_type(v) == &adj_type_bool)
        *out = ADJ_BOOL;
    else
        return false;
    return true;
}

static bool to_tensors(AdjVal v, AdjTensors *out)
{
    AdjVal *items;
    int64_t n;
    if (!items_of(v, &items, &n)) return false;
    out->n = (int)n;
    out->at = adj_scope_memory((size_t)(n + 1) * sizeof *out->at);
    if (!out->at) return false;
    for (int64_t i = 0; i < n; i++) {
        if (!adj_is_tensor(items[i])) return false;
        out->at[i] = adj_tensor_of(items[i]);
    }
    return true;
}

// The elements of an integer tensor, as PyTorch takes it for a list of sizes.
static bool longs_of_tensor(AdjTensor *t, AdjLongs *out)
{
    AdjTensor *x = adj_is_float(t) ? NULL : adj_on_host(adj_contiguous(adj_to(t, ADJ_I64)));
    if (!x) return false;
    *out = (AdjLongs){x->numel, (const int64_t *)adj_ptr(x)};
    return true;
}

static bool to_longs(AdjVal v, AdjLongs *out)
{
    if (adj_is_tensor(v)) return longs_of_tensor(adj_tensor_of(v), out);
    AdjVal *items = &v;
    int64_t n = 1;
    if (!adj_is_int(v) && !items_of(v, &items, &n)) return false;
    int64_t *at = adj_scope_memory((size_t)(n + 1) * sizeof *at);
    if (!at) return false;
    for (int64_t i = 0; i < n; i++)
        if (!to_int(items[i], &at[i])) return false;
    *out = (AdjLongs){n, at};
    return true;
}

// A number for all axes or a list of them, in which None may stand.
static bool to_sizes(AdjVal v, AdjShape *out)
{
    AdjVal *items = &v;
    int64_t n = 1;
    if (!items_of(v, &items, &n) && adj_is_none(v)) return false;
    if (n > ADJ_MAX_DIMS) return false;
    out->n = (int)n;
    for (int64_t i = 0; i < n; i++) {
        out->at[i] = ADJ_NO_INT;
        if (!adj_is_none(items[i]) && !to_int(items[i], &out->at[i])) return false;
    }
    return true;
}

static bool to_padding(AdjVM *vm, AdjVal v, AdjShape *out)
{
    if (!adj_is_str(v)) return to_sizes(v, out);
    *out = adj_str_is(adj_as_str(v), "same") ? ADJ_PAD_SAME : ADJ_PAD_VALID;
    return out->n == ADJ_PAD_SAME.n || adj_str_is(adj_as_str(v), "valid") ||
           adj_raise(vm, ADJ_EXC_ValueError,
                     "Invalid padding string '%s', should be one of 'valid', 'same'",
                     adj_as_str(v)->data);
}

static bool to_floats(AdjVM *vm, AdjVal v, AdjFloats *out)
{
    AdjVal *items = &v;
    int64_t n = 1;
    AdjScalar s;
    items_of(v, &items, &n);
    if (n > ADJ_MAX_DIMS) return false;
    out->n = (int)n;
    for (int64_t i = 0; i < n; i++) {
        if (!adj_bind_to_scalar(vm, items[i], &s)) return false;
        out->at[i] = s.f;
    }
    return true;
}

// An operation on one tensor, or the name of one.
static bool to_op(AdjVal v, const AdjOp **op)
{
    if (adj_is_str(v))
        *op = adj_op_find(adj_as_str(v)->data);
    else if (adj_is_exact(v, &adj_type_op))
        *op = ((AdjOpObj *)v.o)->op;
    else
        return false;
    if (*op && (*op)->n_tensors == 1 && (*op)->n_results == 1) return true;
    return *op ? false
               : adj_fail(ADJ_E_RUNTIME, "activation should be relu/gelu, not %s",
                          adj_as_str(v)->data);
}

static bool to_value(AdjVM *vm, AdjArgKind kind, AdjVal v, AdjValue *out)
{
    AdjScalar s;
    switch (kind) {
    case ADJ_ARG_TENSOR:
        if (!adj_is_tensor(v)) return false;
        out->t = adj_tensor_of(v);
        return true;
    case ADJ_ARG_NUM: return (out->t = adj_bind_operand(vm, v)) != NULL;
    case ADJ_ARG_TENSORS: return to_tensors(v, &out->ts);
    case ADJ_ARG_INT: return to_int(v, &out->i);
    case ADJ_ARG_FLOAT:
        if (!adj_bind_to_scalar(vm, v, &s)) return false;
        out->f = s.f;
        return true;
    case ADJ_ARG_BOOL:
        if (!adj_is_int(v)) return false;
        out->b = v.i != 0;
        return true;
    case ADJ_ARG_STR:
        if (!adj_is_str(v)) return false;
        out->s = adj_as_str(v)->data;
        return true;
    case ADJ_ARG_INTS: return adj_bind_shape(vm, v, &out->ints);
    case ADJ_ARG_SCALAR: return adj_bind_to_scalar(vm, v, &out->num);
    case ADJ_ARG_LONGS: return to_longs(v, &out->longs);
    case ADJ_ARG_DTYPE: return adj_bind_to_dtype(vm, v, &out->dtype);
    case ADJ_ARG_SIZES: return to_sizes(v, &out->ints);
    case ADJ_ARG_PADDING: return to_padding(vm, v, &out->ints);
    case ADJ_ARG_FLOATS: return to_floats(vm, v, &out->floats);
    case ADJ_ARG_MODULE:
        if (!adj_is_module(v) || !adj_bind_module_ready(vm, v)) return false;
        out->m = adj_module_of(v)->m;
        return true;
    case ADJ_ARG_OP: return to_op(v, &out->op);
    }
    return false;
}

// What PyTorch calls the kind in its messages.
static const char *kind_name(AdjArgKind kind)
{
    static const char *const names[] = {
        [ADJ_ARG_TENSOR] = "Tensor",
        [ADJ_ARG_NUM] = "Tensor",
        [ADJ_ARG_TENSORS] = "tuple of Tensors",
        [ADJ_ARG_INT] = "int",
        [ADJ_ARG_FLOAT] = "float",
        [ADJ_ARG_BOOL] = "bool",
        [ADJ_ARG_STR] = "str",
        [ADJ_ARG_INTS] = "tuple of ints",
        [ADJ_ARG_SCALAR] = "Number",
        [ADJ_ARG_LONGS] = "tuple of ints",
        [ADJ_ARG_DTYPE] = "torch.dtype",
        [ADJ_ARG_SIZES] = "tuple of ints",
        [ADJ_ARG_PADDING] = "tuple of ints",
        [ADJ_ARG_FLOATS] = "tuple of floats",
        [ADJ_ARG_MODULE] = "Module",
        [ADJ_ARG_OP] = "the name of an operation on one tensor, or the operation",
    };
    return names[kind];
}

static AdjValue none_value(AdjArgKind kind)
{
    AdjValue v = {.t = NULL};
    switch (kind) {
    case ADJ_ARG_INT: v.i = ADJ_NO_INT; break;
    case ADJ_ARG_FLOAT: v.f = NAN; break;
    case ADJ_ARG_INTS:
    case ADJ_ARG_SIZES:
    case ADJ_ARG_PADDING: v.ints = ADJ_ALL; break;
    case ADJ_ARG_FLOATS: v.floats.n = -1; break;
    case ADJ_ARG_SCALAR: v.num = ADJ_NO_SCALAR; break;
    case ADJ_ARG_LONGS: v.longs = (AdjLongs){-1, NULL}; break;
    case ADJ_ARG_DTYPE: v.dtype = ADJ_SAME; break;
    default: break;
    }
    return v;
}

bool adj_bind_value(AdjVM *vm, const char *callable, const AdjArg *arg, AdjVal v, AdjValue *out)
{
    if (adj_is_none(v) && (arg->optional || arg->kind == ADJ_ARG_DTYPE)) {
        *out = none_value(arg->kind);
        return true;
    }
    if (to_value(vm, arg->kind, v, out)) return true;
    if (adj_vm_failed(vm)) return false;
    if (adj_error_kind()) return adj_bind_error(vm);
    return adj_raise(vm, ADJ_EXC_TypeError, "%s(): argument '%s' must be %s, not %s", callable,
                     arg->name, kind_name(arg->kind), adj_type_name(v));
}

// ---------------------------------------------------------------- positions and keywords

// Shapes may be spread over the arguments: x.view(2, 3).
static bool is_variadic(const AdjArg *a)
{
    static const char *const names[] = {"size", "shape", "dims", "repeats", "sizes"};
    if (a->kind != ADJ_ARG_INTS) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(a->name, names[i])) return true;
    return false;
}

static int find_param(const AdjArg *params, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(params[i].name, name)) return i;
    // PyTorch's own second names.
    if (!strcmp(name, "axis")) return find_param(params, n, "dim");
    if (!strcmp(name, "keepdims")) return find_param(params, n, "keepdim");
    if (!strcmp(name, "x")) return find_param(params, n, "input");
    return -1;
}

// The ints from [args] on as one tuple; *used says how many there were.
static bool gather_ints(AdjVM *vm, const AdjVal *args, int n, int *used, AdjVal *out)
{
    int k = 0;
    while (k < n && (args[k].tag == ADJ_T_INT || (adj_is_tensor(args[k]) && k > 0))) k++;
    *used = k;
    return adj_out(out, adj_tuple_from(vm, args, k));
}

bool adj_bind_args(AdjVM *vm, const char *callable, const AdjArg *params, int n, AdjVal *args,
                   int nargs, AdjTuple *kwnames, AdjVal *values)
{
    for (int i = 0; i < n; i++) values[i] = ADJ_UNDEF;
    int p = 0;
    for (int i = 0; i < nargs; i++, p++) {
        if (p >= n) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s() takes %d positional argument%s but %d were given", callable,
                             n, n == 1 ? "" : "s", nargs);
        }
        if (is_variadic(&params[p]) && args[i].tag == ADJ_T_INT) {
            int used;
            if (!gather_ints(vm, args + i, nargs - i, &used, &values[p])) return false;
            i += used - 1;
        } else if (params[p].kind == ADJ_ARG_TENSORS && adj_is_tensor(args[i])) {
            // A list may be spread over the arguments: einsum("ij,jk", a, b).
            int k = 1;
            while (i + k < nargs && adj_is_tensor(args[i + k])) k++;
            if (!adj_out(&values[p], adj_tuple_from(vm, args + i, k))) return false;
            i += k - 1;
        } else {
            values[p] = adj_val_keep(args[i]);
        }
    }
    for (int64_t k = 0; kwnames && k < kwnames->len; k++) {
        const char *name = adj_as_str(kwnames->items[k])->data;
        int at = find_param(params, n, name);
        if (at < 0) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s() got an unexpected keyword argument '%s'", callable, name);
        }
        if (!adj_is_undef(values[at])) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s() got multiple values for argument '%s'", callable, name);
        }
        values[at] = adj_val_keep(args[nargs + k]);
    }
    return true;
}

bool adj_bind_convert(AdjVM *vm, const char *callable, const AdjArg *params, int n,
                      const AdjVal *values, AdjValue *out)
{
    for (int i = 0; i < n; i++) {
        if (!adj_is_undef(values[i])) {
            if (!adj_bind_value(vm, callable, &params[i], values[i], &out[i])) return false;
        } else if (params[i].has_default) {
            out[i] = params[i].value;
        } else if (params[i].optional) {
            out[i] = none_value(params[i].kind);
        } else {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s() missing required argument: '%s' (position %d)", callable,
                             params[i].name, i + 1);
        }
    }
    return true;
}

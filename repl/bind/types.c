// SPDX-License-Identifier: Apache-2.0
// types.c: the small values around tensors: torch.dtype, torch.Size,
// torch.Generator, finfo and iinfo, and the contexts that switch recording on and off.
#include "bind/bind.h"

#include <float.h>

// ---------------------------------------------------------------- dtype

static AdjDtypeObj *dtype_objects[ADJ_DTYPES];

bool adj_bind_dtype(AdjVM *vm, AdjDtype t, AdjVal *out)
{
    if (!dtype_objects[t]) {
        dtype_objects[t] = adj_obj_new(vm, &adj_type_dtype);
        if (!dtype_objects[t]) return false;
        dtype_objects[t]->dtype = t;
    }
    return adj_out_keep(out, adj_obj_val(dtype_objects[t]));
}

static AdjDtype dtype_of(AdjVal v)
{
    return ((AdjDtypeObj *)v.o)->dtype;
}

static bool dtype_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_format(vm, "torch.%s", adj_dtype_name(dtype_of(self))));
}

static bool dtype_is_float(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, adj_dtype_is_float(dtype_of(self)));
}

static bool dtype_itemsize(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, (int64_t)adj_dtype_size(dtype_of(self)));
}

static const AdjAttr dtype_attrs[] = {
    {"is_floating_point", dtype_is_float, NULL, "Whether it is a float type."},
    {"itemsize", dtype_itemsize, NULL, "Bytes of one element."},
    {0},
};

AdjType adj_type_dtype = {.name = "torch.dtype",
                          .size = sizeof(AdjDtypeObj),
                          .attrs = dtype_attrs,
                          .repr = dtype_repr};

// ---------------------------------------------------------------- Size

static bool size_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjBuf b = {0};
    AdjTuple *t = adj_as_tuple(self);
    bool ok = adj_buf_add_c(vm, &b, "torch.Size([");
    for (int64_t i = 0; ok && i < t->len; i++)
        ok = (!i || adj_buf_add_c(vm, &b, ", ")) && adj_buf_add_repr(vm, &b, t->items[i]);
    return ok && adj_buf_add_c(vm, &b, "])") ? adj_buf_str(vm, &b, out)
                                             : (adj_buf_free(&b), false);
}

static bool size_numel(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    int64_t count = 1;
    for (int64_t i = 0; i < adj_as_tuple(a[0])->len; i++)
        count *= adj_as_tuple(a[0])->items[i].i;
    return adj_out_int(out, count);
}

static const AdjNative size_methods[] = {
    {"numel", "(self)", size_numel, "The product of the sizes.", 0},
    {0},
};

bool adj_bind_size(AdjVM *vm, AdjShape s, AdjVal *out)
{
    AdjTuple *t =
        adj_obj_new_sized(vm, &adj_type_size, sizeof *t + (size_t)s.n * sizeof *t->items);
    if (!t) return false;
    t->len = s.n;
    for (int i = 0; i < s.n; i++) t->items[i] = adj_int_val(s.at[i]);
    return adj_out(out, t);
}

static bool size_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjShape s = {0};
    if (!adj_is_undef(a[1]) && !adj_bind_shape(vm, a[1], &s)) {
        return adj_vm_failed(vm) ? false
                                 : adj_raise(vm, ADJ_EXC_TypeError, "torch.Size() takes ints");
    }
    return adj_bind_size(vm, s, out);
}

static const AdjNative size_make = {"Size", "(cls, sizes=<unset>)", size_new, "Sizes of axes.",
                                    0};

AdjType adj_type_size = {.name = "torch.Size",
                         .base = &adj_type_tuple,
                         .flags = ADJ_TF_GC,
                         .methods = size_methods,
                         .make = &size_make,
                         .repr = size_repr};

// ---------------------------------------------------------------- limits of number types

typedef struct {
    AdjObj head;
    AdjDtype dtype;
} InfoObj;

static const struct {
    double eps, max, tiny;
} float_limits[] = {
    [ADJ_F32] = {FLT_EPSILON, FLT_MAX, FLT_MIN},
    [ADJ_F64] = {DBL_EPSILON, DBL_MAX, DBL_MIN},
    [ADJ_F16] = {0x1p-10, 65504, 0x1p-14},
    [ADJ_BF16] = {0x1p-7, 0x1.fep127, FLT_MIN},
};

static AdjType finfo_type, iinfo_type;

static bool info_new(AdjVM *vm, AdjType *type, AdjVal dtype, AdjVal *out)
{
    AdjDtype t = ADJ_F32;
    if (!adj_is_undef(dtype) && !adj_bind_to_dtype(vm, dtype, &t)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s(): expected a torch.dtype", type->name);
    }
    if (adj_dtype_is_float(t) != (type == &finfo_type)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s() does not describe %s", type->name,
                         adj_dtype_name(t));
    }
    InfoObj *o = adj_obj_new(vm, type);
    if (o) o->dtype = t;
    return adj_out(out, o);
}

static bool finfo_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return info_new(vm, &finfo_type, a[1], out);
}

static bool iinfo_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return info_new(vm, &iinfo_type, a[1], out);
}

static AdjDtype info_of(AdjVal v)
{
    return ((InfoObj *)v.o)->dtype;
}

static bool get_eps(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, float_limits[info_of(self)].eps);
}

static bool get_max(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, float_limits[info_of(self)].max);
}

static bool get_min(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, -float_limits[info_of(self)].max);
}

static bool get_tiny(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, float_limits[info_of(self)].tiny);
}

static bool get_int_max(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjDtype t = info_of(self);
    return adj_out_int(out, t == ADJ_I64   ? INT64_MAX
                            : t == ADJ_I32 ? INT32_MAX
                            : t == ADJ_U8  ? 255
                                           : 1);
}

static bool get_int_min(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    AdjDtype t = info_of(self);
    return adj_out_int(out, t == ADJ_I64 ? INT64_MIN : t == ADJ_I32 ? INT32_MIN : 0);
}

static const AdjNative finfo_make = {"finfo", "(cls, type=<unset>)", finfo_new,
                                     "Limits of a float type.", 0};
static const AdjNative iinfo_make = {"iinfo", "(cls, type)", iinfo_new,
                                     "Limits of an integer type.", 0};
static const AdjAttr finfo_attrs[] = {
    {"eps", get_eps, NULL, "Distance from 1 to the next number."},
    {"max", get_max, NULL, "The largest number."},
    {"min", get_min, NULL, "The smallest number."},
    {"tiny", get_tiny, NULL, "The smallest positive normal number."},
    {"smallest_normal", get_tiny, NULL, "The smallest positive normal number."},
    {0},
};
static const AdjAttr iinfo_attrs[] = {
    {"max", get_int_max, NULL, "The largest number."},
    {"min", get_int_min, NULL, "The smallest number."},
    {0},
};
static AdjType finfo_type = {
    .name = "finfo", .size = sizeof(InfoObj), .make = &finfo_make, .attrs = finfo_attrs};
static AdjType iinfo_type = {
    .name = "iinfo", .size = sizeof(InfoObj), .make = &iinfo_make, .attrs = iinfo_attrs};

// ---------------------------------------------------------------- contexts

// no_grad, enable_grad, set_grad_enabled, inference_mode, detect_anomaly: a flag set inside
// `with`, or around every call of a function that they decorate.
typedef struct {
    AdjObj head;
    bool wanted, before;
    bool anomaly;    // which flag
    AdjVal wrapped;  // the decorated function, or UNDEF
} ContextObj;

static AdjType context_type;

static bool set_flag(const ContextObj *c, bool to)
{
    return c->anomaly ? adj_set_anomaly_mode(to) : adj_set_grad_enabled(to);
}

static bool context_make(AdjVM *vm, bool wanted, bool anomaly, AdjVal fn, AdjVal *out)
{
    ContextObj *c = adj_obj_new(vm, &context_type);
    if (!c) return false;
    c->wanted = wanted;
    c->anomaly = anomaly;
    c->wrapped = adj_val_keep(fn);
    return adj_out(out, c);
}

static bool context_enter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    ContextObj *c = (ContextObj *)self.o;
    c->before = set_flag(c, c->wanted);
    return adj_out_none(out);
}

static bool context_leave(AdjVM *vm, AdjVal self, AdjVal exc, bool *swallow)
{
    (void)vm, (void)exc;
    ContextObj *c = (ContextObj *)self.o;
    set_flag(c, c->before);
    *swallow = false;
    return true;
}

// Called with a function: decorates it. Called as a decorated function: runs it under the flag.
static bool context_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                         AdjVal *out)
{
    ContextObj *c = (ContextObj *)self.o;
    if (adj_is_undef(c->wrapped)) {
        if (nargs != 1 || !adj_val_callable(args[0])) {
            return adj_raise(vm, ADJ_EXC_TypeError, "expected a function to decorate");
        }
        return context_make(vm, c->wanted, c->anomaly, args[0], out);
    }
    bool before = set_flag(c, c->wanted);
    bool ok = adj_vm_call(vm, c->wrapped, args, nargs, kwnames, out);
    set_flag(c, before);
    return ok;
}

static void context_drop(AdjObj *o)
{
    adj_val_set(&((ContextObj *)o)->wrapped, ADJ_UNDEF);
}

static void context_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjVal v = ((ContextObj *)o)->wrapped;
    if (v.tag == ADJ_T_OBJ) visit(v.o, arg);
}

static AdjType context_type = {.name = "no_grad",
                               .flags = ADJ_TF_GC | ADJ_TF_BINDS,
                               .size = sizeof(ContextObj),
                               .drop = context_drop,
                               .traverse = context_traverse,
                               .call = context_call,
                               .enter = context_enter,
                               .leave = context_leave};

static bool no_grad(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return context_make(vm, false, false, a[0], out);
}

static bool enable_grad(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return context_make(vm, true, false, a[0], out);
}

// Takes effect at once, and is a context too.
static bool set_grad_enabled(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool wanted;
    if (!adj_val_truth(vm, a[0], &wanted)) return false;
    bool before = adj_set_grad_enabled(wanted);
    if (!context_make(vm, wanted, false, ADJ_UNDEF, out)) return false;
    ((ContextObj *)out->o)->before = before;
    return true;
}

static bool is_grad_enabled(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)a, (void)n;
    return adj_out_bool(out, adj_grad_enabled());
}

static bool detect_anomaly(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool wanted;
    if (!adj_val_truth(vm, a[0], &wanted)) return false;
    return context_make(vm, wanted, true, ADJ_UNDEF, out);
}

static bool set_detect_anomaly(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool wanted;
    if (!adj_val_truth(vm, a[0], &wanted)) return false;
    bool before = adj_set_anomaly_mode(wanted);
    if (!context_make(vm, wanted, true, ADJ_UNDEF, out)) return false;
    ((ContextObj *)out->o)->before = before;
    return true;
}

static const AdjNative contexts[] = {
    {"no_grad", "(func=<unset>)", no_grad, "Nothing inside is recorded for derivatives.", 0},
    {"inference_mode", "(mode=<unset>)", no_grad, "Nothing inside is recorded for derivatives.",
     0},
    {"enable_grad", "(func=<unset>)", enable_grad, "Recording is on inside.", 0},
    {"set_grad_enabled", "(mode)", set_grad_enabled, "Turns recording on or off.", 0},
    {"is_grad_enabled", "()", is_grad_enabled, "Whether operations are recorded.", 0},
    {0},
};
static const AdjNative anomaly[] = {
    {"detect_anomaly", "(mode=True, check_nan=True)", detect_anomaly,
     "Inside, a derivative that is NaN is an error that names the operation.", 0},
    {"set_detect_anomaly", "(mode, check_nan=True)", set_detect_anomaly,
     "Turns the search for NaN on or off.", 0},
    {0},
};

// ---------------------------------------------------------------- installing

static bool add_dtypes(AdjVM *vm, AdjDict *torch)
{
    static const struct {
        const char *name;
        AdjDtype dtype;
    } more[] = {
        {"float", ADJ_F32}, {"double", ADJ_F64}, {"half", ADJ_F16},
        {"long", ADJ_I64},  {"int", ADJ_I32},    {"bool", ADJ_BOOL},
    };
    AdjVal v;
    for (int t = 0; t < ADJ_DTYPES; t++) {
        if (!adj_bind_dtype(vm, (AdjDtype)t, &v)) return false;
        bool ok = adj_dict_set_c(vm, torch, adj_dtype_name((AdjDtype)t), v);
        adj_val_drop(v);
        if (!ok) return false;
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        if (!adj_bind_dtype(vm, more[i].dtype, &v)) return false;
        bool ok = adj_dict_set_c(vm, torch, more[i].name, v);
        adj_val_drop(v);
        if (!ok) return false;
    }
    return true;
}

static bool add_type(AdjVM *vm, AdjDict *d, const char *name, AdjType *t)
{
    return adj_type_ready(t) && adj_dict_set_c(vm, d, name, adj_obj_val(t));
}

bool adj_bind_install_types(AdjVM *vm, AdjBindNames *n)
{
    return adj_type_ready(&adj_type_dtype) && adj_type_ready(&context_type) &&
           adj_type_ready(&adj_type_hook_handle) && add_dtypes(vm, n->torch) &&
           add_type(vm, n->torch, "Tensor", &adj_type_tensor) &&
           add_type(vm, n->nn, "Parameter", &adj_type_parameter) &&
           add_type(vm, n->torch, "dtype", &adj_type_dtype) &&
           add_type(vm, n->torch, "Size", &adj_type_size) &&
           add_type(vm, n->torch, "finfo", &finfo_type) &&
           add_type(vm, n->torch, "iinfo", &iinfo_type) &&
           adj_vm_add_functions(vm, n->torch, contexts, "torch") &&
           adj_vm_add_functions(vm, n->autograd, anomaly, "torch.autograd");
}

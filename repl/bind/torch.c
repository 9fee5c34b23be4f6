// SPDX-License-Identifier: Apache-2.0
// torch.c: functions of the module torch that are not operations: making tensors from data,
// seeds, default types, print options.
#include "bind/bind.h"

// ---------------------------------------------------------------- tensors from data

static AdjVal *held_tensor(AdjObj *o)
{
    AdjStr *name = adj_str_intern_c("_tensor_");
    AdjVal *held = name ? adj_attr_find(o, name) : NULL;
    adj_obj_drop(name);
    return held;
}

// An array of the module numpy holds a tensor, which stands for it.
static AdjVal unwrap(AdjVal v)
{
    AdjVal *held = adj_is_obj(v) && v.o->type->flags & ADJ_TF_HEAP ? held_tensor(v.o) : NULL;
    return held && adj_is_tensor(*held) ? *held : v;
}

static bool make_tensor(AdjVM *vm, AdjVal data, AdjVal dtype, AdjVal device, AdjVal grad,
                        bool share, AdjVal *out)
{
    ADJ_SCOPE;
    AdjDtype t;
    bool wanted;
    const AdjDevice *d;
    data = unwrap(data);
    if (!adj_bind_device(vm, device, &d)) return false;
    if (!d)
        d = share && adj_is_tensor(data) ? adj_device_of(adj_tensor_of(data))
                                         : adj_thread.device;
    if (!adj_bind_to_dtype(vm, dtype, &t)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "tensor(): dtype must be a torch.dtype, not %s",
                         adj_type_name(dtype));
    }
    if (share && adj_is_tensor(data) &&
        (t == ADJ_SAME || t == adj_dtype(adj_tensor_of(data))) &&
        d == adj_device_of(adj_tensor_of(data)))
        return adj_out_keep(out, data);
    AdjTensor *x = adj_on(adj_bind_data(vm, data, t), d);
    if (!x && adj_vm_failed(vm)) return false;
    if (!adj_val_truth(vm, grad, &wanted)) return false;
    if (x && wanted) x = adj_require_grad(x, true);
    return adj_bind_tensor(vm, x, out);
}

static bool f_tensor(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return make_tensor(vm, a[0], a[1], a[2], a[3], false, out);
}

static bool f_as_tensor(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return make_tensor(vm, a[0], a[1], a[2], ADJ_FALSE, true, out);
}

static bool f_from_numpy(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return make_tensor(vm, a[0], ADJ_NONE, ADJ_NONE, ADJ_FALSE, true, out);
}

static AdjTensor *typed(AdjVM *vm, AdjVal *a, AdjDtype dtype)
{
    AdjShape shape;
    AdjTuple *args = adj_as_tuple(a[0]);
    if (args->len == 0) return adj_new(ADJ_SHAPE(0), dtype);
    if (args->len == 1 && !adj_is_int(args->items[0]))
        return adj_bind_data(vm, unwrap(args->items[0]), dtype);
    return adj_bind_shape(vm, a[0], &shape) ? adj_zeros_of(shape, dtype) : NULL;
}

static bool make_typed(AdjVM *vm, AdjVal *a, AdjDtype dtype, AdjVal *out)
{
    ADJ_SCOPE;
    AdjTensor *t = typed(vm, a, dtype);
    if (!t && adj_vm_failed(vm)) return false;
    return adj_bind_tensor(vm, t, out);
}

// The old names of tensors by their type: name of the type, its C name.
#define TYPED(X)   \
    X(Float, F32)  \
    X(Double, F64) \
    X(Half, F16) X(BFloat16, BF16) X(Long, I64) X(Int, I32) X(Byte, U8) X(Bool, BOOL)
#define TYPED_FUNCTION(name, dtype)                                \
    static bool f_##name(AdjVM *vm, AdjVal *a, int n, AdjVal *out) \
    {                                                              \
        (void)n;                                                   \
        return make_typed(vm, a, ADJ_##dtype, out);                \
    }
TYPED(TYPED_FUNCTION)

static bool tensor_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return make_typed(vm, a + 1, adj_default_dtype(), out);
}

const AdjNative adj_bind_tensor_make = {
    "Tensor", "(cls, *args)", tensor_new,
    "A tensor of the default float type from data or sizes.", 0};

// ---------------------------------------------------------------- questions

static bool f_is_tensor(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_bool(out, adj_is_tensor(a[0]));
}

static bool need_tensor(AdjVM *vm, AdjVal v, const char *name)
{
    return adj_is_tensor(v) ||
           adj_raise(vm, ADJ_EXC_TypeError, "%s(): argument 'input' must be Tensor, not %s",
                     name, adj_type_name(v));
}

static bool f_numel(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return need_tensor(vm, a[0], "numel") && adj_out_int(out, adj_numel(adj_tensor_of(a[0])));
}

static bool f_is_floating_point(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return need_tensor(vm, a[0], "is_floating_point") &&
           adj_out_bool(out, adj_is_float(adj_tensor_of(a[0])));
}

static bool f_result_type(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensor *x = adj_bind_operand(vm, a[0]), *y = adj_bind_operand(vm, a[1]);
    AdjTensor *sum = x && y ? adj_mul(x, y) : NULL;
    return sum ? adj_bind_dtype(vm, adj_dtype(sum), out) : adj_bind_error(vm);
}

static bool f_promote_types(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjDtype x, y;
    if (!adj_bind_to_dtype(vm, a[0], &x) || !adj_bind_to_dtype(vm, a[1], &y)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "promote_types(): expected two torch.dtype");
    }
    return adj_bind_dtype(vm, adj_dtype_promote(x, y), out);
}

// ---------------------------------------------------------------- settings

static bool f_manual_seed(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t seed;
    if (!adj_get_int(vm, a[0], &seed)) return false;
    adj_seed((uint64_t)seed);
    return adj_out_none(out);
}

static bool f_initial_seed(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)a, (void)n;
    return adj_out_int(out, (int64_t)adj_initial_seed());
}

static bool f_get_default_dtype(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    return adj_bind_dtype(vm, adj_default_dtype(), out);
}

static bool f_set_default_dtype(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjDtype t;
    if (!adj_bind_to_dtype(vm, a[0], &t) || t == ADJ_SAME) {
        return adj_raise(vm, ADJ_EXC_TypeError, "invalid dtype object: %s",
                         adj_type_name(a[0]));
    }
    return adj_set_default_dtype(t) ? adj_out_none(out) : adj_bind_error(vm);
}

static bool set_int(AdjVM *vm, AdjVal v, int *to)
{
    int64_t i;
    if (adj_is_none(v)) return true;
    if (v.tag == ADJ_T_FLOAT && isinf(v.f)) {  // threshold=float('inf')
        *to = INT32_MAX;
        return true;
    }
    if (!adj_get_int(vm, v, &i)) return false;
    *to = i > INT32_MAX ? INT32_MAX : (int)i;
    return true;
}

static bool set_profile(AdjVM *vm, AdjVal name, AdjPrintOptions *p)
{
    static const struct {
        const char *name;
        int precision, threshold, edgeitems;
    } profiles[] = {{"default", 4, 1000, 3}, {"short", 2, 1000, 2}, {"full", 4, INT32_MAX, 3}};
    if (adj_is_none(name)) return true;
    for (size_t i = 0; adj_is_str(name) && i < 3; i++) {
        if (strcmp(adj_as_str(name)->data, profiles[i].name)) continue;
        p->precision = profiles[i].precision;
        p->threshold = profiles[i].threshold;
        p->edgeitems = profiles[i].edgeitems;
        p->linewidth = 80;
        return true;
    }
    return adj_raise(vm, ADJ_EXC_ValueError,
                     "set_printoptions: profile is default, short or full");
}

static bool f_set_printoptions(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjPrintOptions *p = adj_print_options();
    bool sci;
    if (!set_profile(vm, a[4], p) || !set_int(vm, a[0], &p->precision) ||
        !set_int(vm, a[1], &p->threshold) || !set_int(vm, a[2], &p->edgeitems) ||
        !set_int(vm, a[3], &p->linewidth))
        return false;
    if (adj_is_none(a[5])) {
        p->sci_mode = -1;
    } else {
        if (!adj_val_truth(vm, a[5], &sci)) return false;
        p->sci_mode = sci;
    }
    return adj_out_none(out);
}

// ---------------------------------------------------------------- threads

static bool f_get_num_threads(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)a, (void)n;
    return adj_out_int(out, adj_threads());
}

static bool f_set_num_threads(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t threads;
    if (!adj_get_int(vm, a[0], &threads)) return false;
    if (threads < 1 || threads > 1024) {
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         "set_num_threads expects a positive integer");
    }
    adj_set_threads((int)threads);
    return adj_out_none(out);
}

static const AdjNative functions[] = {
    {"tensor", "(data, dtype=None, device=None, requires_grad=False, pin_memory=False)",
     f_tensor, "A tensor from numbers in nested lists; copies.", 0},
    {"as_tensor", "(data, dtype=None, device=None)", f_as_tensor,
     "The data as a tensor, shared if possible.", 0},
    {"asarray", "(data, dtype=None, device=None)", f_as_tensor,
     "The data as a tensor, shared if possible.", 0},
    {"from_numpy", "(data)", f_from_numpy, "The array as a tensor.", 0},
#define TYPED_ROW(name, dtype) \
    {#name "Tensor", "(*args)", f_##name, "A tensor of this type from data or sizes.", 0},
    TYPED(TYPED_ROW){"is_tensor", "(obj)", f_is_tensor, "Whether obj is a Tensor.", 0},
    {"numel", "(input)", f_numel, "Number of elements.", 0},
    {"is_floating_point", "(input)", f_is_floating_point, "Whether elements are floats.", 0},
    {"result_type", "(tensor1, tensor2)", f_result_type,
     "The type arithmetic on both would have.", 0},
    {"promote_types", "(type1, type2)", f_promote_types, "The smallest type that holds both.",
     0},
    {"manual_seed", "(seed)", f_manual_seed, "Seeds the default generator.", 0},
    {"initial_seed", "()", f_initial_seed, "The seed last given.", 0},
    {"get_default_dtype", "()", f_get_default_dtype, "The float type of new tensors.", 0},
    {"set_default_dtype", "(d)", f_set_default_dtype, "Sets the float type of new tensors.", 0},
    {"set_printoptions",
     "(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, "
     "sci_mode=None)",
     f_set_printoptions, "How tensors are printed.", 0},
    {"get_num_threads", "()", f_get_num_threads, "Threads used by large operations.", 0},
    {"set_num_threads", "(n)", f_set_num_threads, "Sets the number of threads.", 0},
    {0},
};

bool adj_bind_install_torch(AdjVM *vm, AdjBindNames *n)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", M_PI}, {"e", M_E}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < 4; i++)
        if (!adj_dict_set_c(vm, n->torch, constants[i].name, adj_float_val(constants[i].value)))
            return false;
    AdjStr *version = adj_str_new_c(vm, "2.0.0+adjoint");
    bool ok = version && adj_dict_set_c(vm, n->torch, "__version__", adj_obj_val(version)) &&
              adj_dict_set_c(vm, n->torch, "newaxis", ADJ_NONE) &&
              adj_vm_add_functions(vm, n->torch, functions, "torch");
    adj_obj_drop(version);
    return ok && adj_bind_install_autograd(vm, n);
}

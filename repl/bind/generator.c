// SPDX-License-Identifier: Apache-2.0
// generator.c: torch.Generator, a stream of random numbers of one's own. Functions that take
// generator= draw from it instead of the default one.
#include "bind/bind.h"

typedef struct {
    AdjObj head;
    AdjGenerator *g;
} GeneratorObj;

static AdjType generator_type;

AdjGenerator *adj_bind_generator_of(AdjVal v)
{
    return adj_is_exact(v, &generator_type) ? ((GeneratorObj *)v.o)->g : NULL;
}

static bool generator_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    GeneratorObj *o = adj_obj_new(vm, &generator_type);
    if (!o) return false;
    o->g = adj_generator_make(ADJ_MT19937);
    if (o->g) return adj_out(out, o);
    adj_obj_drop(o);
    return adj_bind_error(vm);
}

static void generator_drop(AdjObj *o)
{
    adj_generator_drop(&((GeneratorObj *)o)->g);
}

static bool m_manual_seed(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t seed;
    if (!adj_get_int(vm, a[1], &seed)) return false;
    adj_generator_seed(adj_bind_generator_of(a[0]), (uint64_t)seed);
    return adj_out_keep(out, a[0]);
}

static bool m_initial_seed(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return adj_out_int(out, (int64_t)adj_generator_initial_seed(adj_bind_generator_of(a[0])));
}

static bool m_get_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    return adj_bind_tensor(vm, adj_generator_state(adj_bind_generator_of(a[0])), out);
}

static bool set_state(AdjVM *vm, AdjGenerator *g, AdjVal state, AdjVal *out)
{
    if (!adj_is_tensor(state)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "set_state(): expected a uint8 Tensor, got %s",
                         adj_type_name(state));
    }
    return adj_generator_set_state(g, adj_tensor_of(state)) ? adj_out_none(out)
                                                            : adj_bind_error(vm);
}

static bool m_set_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return set_state(vm, adj_bind_generator_of(a[0]), a[1], out);
}

static bool f_get_rng_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    ADJ_SCOPE;
    return adj_bind_tensor(vm, adj_generator_state(adj_generator_default()), out);
}

static bool f_set_rng_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return set_state(vm, adj_generator_default(), a[0], out);
}

static const AdjNative generator_make = {"Generator", "(cls, device='cpu')", generator_new,
                                         "A stream of random numbers.", 0};
static const AdjNative methods[] = {
    {"manual_seed", "(self, seed)", m_manual_seed, "Starts the stream for a seed.", 0},
    {"initial_seed", "(self)", m_initial_seed, "The seed it was last given.", 0},
    {"get_state", "(self)", m_get_state, "The whole state as bytes.", 0},
    {"set_state", "(self, state)", m_set_state, "Takes over a state.", 0},
    {0},
};
static AdjType generator_type = {.name = "torch.Generator",
                                 .size = sizeof(GeneratorObj),
                                 .make = &generator_make,
                                 .methods = methods,
                                 .drop = generator_drop};
static const AdjNative functions[] = {
    {"get_rng_state", "()", f_get_rng_state, "The default generator's state as bytes.", 0},
    {"set_rng_state", "(new_state)", f_set_rng_state, "Sets the default generator's state.", 0},
    {0},
};

bool adj_bind_install_generator(AdjVM *vm, AdjBindNames *n)
{
    return adj_type_ready(&generator_type) &&
           adj_dict_set_c(vm, n->torch, "Generator", adj_obj_val(&generator_type)) &&
           adj_vm_add_functions(vm, n->torch, functions, "torch");
}

// SPDX-License-Identifier: Apache-2.0
// The pipe, a |> b.
//
// With a value on the left that nobody can call, such as a tensor, the pipe applies: b(a). A
// module or other callable on the left makes a chain instead: the engine's Sequential when the
// embedder says the value belongs there, else the chain of this file, which calls one after the
// other. A stage written as a call, b(args), receives the value as its first argument when the
// pipe applies; in a chain, and for classes of modules, it is evaluated as it stands and makes
// the stage.
#include "vm.h"

typedef struct AdjChain {
    AdjObj head;
    AdjVal first, then;
} AdjChain;

static AdjType chain_type;

static void chain_drop(AdjObj *o)
{
    adj_val_set(&((AdjChain *)o)->first, ADJ_UNDEF);
    adj_val_set(&((AdjChain *)o)->then, ADJ_UNDEF);
}

static void chain_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    const AdjChain *c = (const AdjChain *)o;
    if (adj_is_obj(c->first)) visit(c->first.o, arg);
    if (adj_is_obj(c->then)) visit(c->then.o, arg);
}

static bool chain_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                       AdjVal *out)
{
    AdjChain *c = (AdjChain *)self.o;
    AdjVal between;
    if (!adj_vm_enter(vm, "")) return false;
    bool ok = adj_vm_call(vm, c->first, args, nargs, kwnames, &between);
    adj_vm_leave(vm);
    if (!ok) return false;
    ok = adj_vm_call(vm, c->then, &between, 1, NULL, out);
    adj_val_drop(between);
    return ok;
}

static bool chain_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjChain *c = (AdjChain *)self.o;
    AdjBuf b = {0};
    if (adj_buf_add_repr(vm, &b, c->first) && adj_buf_add_c(vm, &b, " |> ") &&
        adj_buf_add_repr(vm, &b, c->then)) {
        return adj_buf_str(vm, &b, out);
    }
    adj_buf_free(&b);
    return false;
}

static AdjType chain_type = {
    .name = "pipe",
    .size = sizeof(AdjChain),
    .flags = ADJ_TF_GC,
    .doc = "Callables in a row: the result of each is the argument of the next.",
    .drop = chain_drop,
    .traverse = chain_traverse,
    .call = chain_call,
    .repr = chain_repr,
};

static bool is_stage_of_engine(AdjVM *vm, AdjVal v)
{
    return vm->hooks.is_composable && vm->hooks.compose && vm->hooks.is_composable(vm, v);
}

static bool makes_chain(AdjVM *vm, AdjVal v)
{
    return is_stage_of_engine(vm, v) || adj_val_callable(v);
}

static bool chain_new(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_val_callable(b)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not callable",
                         adj_type_name(b));
    }
    AdjChain *c = adj_type_ready(&chain_type) ? adj_obj_new(vm, &chain_type) : NULL;
    if (!c) return false;
    c->first = adj_val_keep(a);
    c->then = adj_val_keep(b);
    return adj_out(out, c);
}

bool adj_op_pipe(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    if (is_stage_of_engine(vm, a)) return vm->hooks.compose(vm, a, b, out);
    if (makes_chain(vm, a)) return chain_new(vm, a, b, out);
    return adj_vm_call(vm, b, &a, 1, NULL, out);
}

// Whether f(args) is evaluated as it stands, to make the stage after [a].
static bool stands_alone(AdjVM *vm, AdjVal a, AdjVal f)
{
    return makes_chain(vm, a) || (adj_is_type(f) && adj_as_type(f)->flags & ADJ_TF_MODULE);
}

// at: a, f, arguments; may be rearranged.
bool adj_op_pipe_call(AdjVM *vm, AdjVal *at, int count, AdjTuple *names, AdjVal *out)
{
    AdjVal a = at[0], f = at[1], stage;
    int positional = count - (int)names->len;
    if (stands_alone(vm, a, f)) {
        if (!adj_vm_call(vm, f, at + 2, positional, names, &stage)) return false;
        bool ok = adj_op_pipe(vm, a, stage, out);
        adj_val_drop(stage);
        return ok;
    }
    at[0] = f;
    at[1] = a;
    return adj_vm_call(vm, f, at + 1, positional + 1, names, out);
}

bool adj_op_pipe_call_ex(AdjVM *vm, AdjVal a, AdjVal f, AdjVal args, AdjVal kwargs, AdjVal *out)
{
    AdjVal stage;
    AdjTuple *t = adj_as_tuple(args);
    if (stands_alone(vm, a, f)) {
        if (!adj_op_call_ex(vm, f, args, kwargs, &stage)) return false;
        bool ok = adj_op_pipe(vm, a, stage, out);
        adj_val_drop(stage);
        return ok;
    }
    AdjTuple *more = adj_tuple_new(vm, t->len + 1);
    if (!more) return false;
    more->items[0] = adj_val_keep(a);
    for (int64_t i = 0; i < t->len; i++) more->items[i + 1] = adj_val_keep(t->items[i]);
    bool ok = adj_op_call_ex(vm, f, adj_obj_val(more), kwargs, out);
    adj_obj_drop(more);
    return ok;
}

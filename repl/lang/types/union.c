// SPDX-License-Identifier: Apache-2.0
// Unions of types, int | str, as isinstance and annotations use them.
#include "lang/vm.h"

static AdjType *as_member(AdjVal v)
{
    return adj_is_none(v) ? &adj_type_none : adj_is_type(v) ? adj_as_type(v) : NULL;
}

static bool add_member(AdjVM *vm, AdjList *l, AdjVal v)
{
    if (adj_is_exact(v, &adj_type_union)) {
        AdjTuple *t = ((AdjUnion *)v.o)->members;
        for (int64_t i = 0; i < t->len; i++) {
            if (!add_member(vm, l, t->items[i])) return false;
        }
        return true;
    }
    AdjVal type = adj_obj_val(as_member(v));
    for (int64_t i = 0; i < l->len; i++) {
        if (adj_val_is(l->items[i], type)) return true;
    }
    return adj_list_append(vm, l, type);
}

// a | b of types; NotImplemented if one is neither type, None nor union.
bool adj_union_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool fits = op == ADJ_B_OR && (as_member(a) || adj_is_exact(a, &adj_type_union)) &&
                (as_member(b) || adj_is_exact(b, &adj_type_union));
    if (!fits) return adj_out_notimpl(out);
    AdjList *l = adj_list_new(vm, 2);
    bool ok = l && add_member(vm, l, a) && add_member(vm, l, b);
    if (ok && l->len == 1) {
        ok = adj_out_keep(out, l->items[0]);
        adj_obj_drop(l);
        return ok;
    }
    AdjUnion *u = ok ? adj_obj_new(vm, &adj_type_union) : NULL;
    if (u) u->members = adj_tuple_from(vm, l->items, l->len);
    adj_obj_drop(l);
    if (!u || u->members) return adj_out(out, u);
    adj_obj_drop(u);
    return false;
}

static void union_drop(AdjObj *o)
{
    AdjTuple *t = ((AdjUnion *)o)->members;
    ((AdjUnion *)o)->members = NULL;
    adj_obj_drop(t);
}

static bool union_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjTuple *t = ((AdjUnion *)self.o)->members;
    AdjBuf b = {0};
    bool ok = true;
    for (int64_t i = 0; ok && i < t->len; i++) {
        const AdjType *m = adj_as_type(t->items[i]);
        ok = (i == 0 || adj_buf_add_c(vm, &b, " | ")) &&
             adj_buf_add_c(vm, &b, m == &adj_type_none ? "None" : m->name);
    }
    if (ok) return adj_buf_str(vm, &b, out);
    adj_buf_free(&b);
    return false;
}

static bool union_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool both = adj_is_exact(a, &adj_type_union) && adj_is_exact(b, &adj_type_union);
    if (!both || (op != ADJ_C_EQ && op != ADJ_C_NE)) return adj_out_notimpl(out);
    AdjTuple *s = ((AdjUnion *)a.o)->members, *t = ((AdjUnion *)b.o)->members;
    bool same = s->len == t->len;
    for (int64_t i = 0; same && i < s->len; i++) {
        bool in;
        if (!adj_val_contains(vm, adj_obj_val(t), s->items[i], &in)) return false;
        same = in;
    }
    return adj_out_bool(out, same == (op == ADJ_C_EQ));
}

static bool union_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    AdjTuple *t = ((AdjUnion *)self.o)->members;
    *out = 0;
    for (int64_t i = 0; i < t->len; i++) *out ^= adj_pointer_hash(t->items[i].o);
    return true;
}

static bool union_get_args(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjUnion *)self.o)->members));
}

AdjType adj_type_union = {
    .name = "UnionType",
    .size = sizeof(AdjUnion),
    .drop = union_drop,
    .repr = union_repr,
    .compare = union_compare,
    .hash = union_hash,
    .binary = adj_union_binary,
    .attrs = (const AdjAttr[]){{"__args__", union_get_args, NULL, "The types."}, {0}},
};

// SPDX-License-Identifier: Apache-2.0
// Views of a dict: keys, values and items as they are at the moment of asking. Views of keys
// and items act as sets in comparisons and with & | - ^; the results are real sets. Invariant:
// a view keeps its dict and holds nothing of its content.
#include "lang/types/dict.h"
#include "lang/types/iterators.h"
#include "lang/types/set.h"

static AdjDictView *view_of(AdjVal v)
{
    return (AdjDictView *)v.o;
}

static bool is_view(AdjVal v, AdjDictPart part)
{
    return adj_is_exact(v, &adj_dict_view_types[part]);
}

static bool is_set_like(AdjVal v)
{
    return adj_is_set(v) || is_view(v, ADJ_DICT_KEYS) || is_view(v, ADJ_DICT_ITEMS);
}

bool adj_dict_view_new(AdjVM *vm, AdjDict *dict, AdjDictPart part, AdjVal *out)
{
    AdjType *type = &adj_dict_view_types[part];
    if (!(type->flags & ADJ_TF_READY) && !adj_type_ready(type)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "dict: no memory for the view's type");
    }
    AdjDictView *view = adj_obj_new(vm, type);
    if (!view) return false;
    view->dict = adj_obj_keep(dict);
    view->part = part;
    return adj_out(out, view);
}

static void view_drop(AdjObj *o)
{
    AdjDictView *view = (AdjDictView *)o;
    AdjDict *dict = view->dict;
    view->dict = NULL;
    adj_obj_drop(dict);
}

static void view_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    if (((AdjDictView *)o)->dict) visit(&((AdjDictView *)o)->dict->head, arg);
}

static bool view_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    static const AdjIterKind kinds[] = {ADJ_IT_DICT_KEYS, ADJ_IT_DICT_VALUES,
                                        ADJ_IT_DICT_ITEMS};
    return adj_iter_new(vm, kinds[view_of(self)->part], &view_of(self)->dict->head, out);
}

static bool view_reversed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    static const AdjIterKind kinds[] = {ADJ_IT_DICT_KEYS_BACK, ADJ_IT_DICT_VALUES_BACK,
                                        ADJ_IT_DICT_ITEMS_BACK};
    return adj_iter_new(vm, kinds[view_of(args[0])->part], &view_of(args[0])->dict->head, out);
}

static bool view_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = view_of(self)->dict->count, true;
}

static bool view_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (adj_vm_repr_enter(vm, self.o)) return adj_out(out, adj_str_new_c(vm, "..."));
    AdjList *items = adj_list_of(vm, self);
    AdjVal shown = ADJ_UNDEF;
    bool ok = items && adj_val_repr(vm, adj_obj_val(items), &shown);
    adj_vm_repr_leave(vm, self.o);
    adj_obj_drop(items);
    if (!ok) return false;
    AdjBuf b = {0};
    ok = adj_buf_add_c(vm, &b, self.o->type->name) && adj_buf_add(vm, &b, "(", 1) &&
         adj_buf_add_str(vm, &b, shown) && adj_buf_add(vm, &b, ")", 1);
    adj_val_drop(shown);
    if (!ok) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

// Whether the pair (key, value) is an entry.
static int has_item(AdjVM *vm, AdjDict *d, AdjVal pair)
{
    AdjVal value;
    if (!adj_is_tuple(pair) || adj_as_tuple(pair)->len != 2) return 0;
    int found = adj_dict_find(vm, d, adj_as_tuple(pair)->items[0], &value);
    if (found <= 0) return found;
    bool equal;
    adj_val_keep(value);
    bool ok = adj_val_equal(vm, value, adj_as_tuple(pair)->items[1], &equal);
    adj_val_drop(value);
    return ok ? equal : -1;
}

static bool view_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    AdjDictView *view = view_of(self);
    AdjVal value;
    int has = view->part == ADJ_DICT_KEYS ? adj_dict_find(vm, view->dict, item, &value)
                                          : has_item(vm, view->dict, item);
    return *out = has > 0, has >= 0;
}

static bool values_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    AdjEntry *e;
    *out = false;
    for (int64_t i = 0; !*out && (e = adj_dict_next(view_of(self)->dict, &i));) {
        AdjVal value = adj_val_keep(e->value);
        bool ok = adj_val_equal(vm, value, item, out);
        adj_val_drop(value);
        if (!ok) return false;
    }
    return true;
}

// ---- views as sets ----

static bool as_sets(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *x, AdjVal *y)
{
    AdjSet *s = adj_set_from(vm, a, false);
    AdjSet *t = s ? adj_set_from(vm, b, false) : NULL;
    if (!t) return adj_obj_drop(s), false;
    *x = adj_obj_val(s);
    *y = adj_obj_val(t);
    return true;
}

// Whether all items of [a] are in [b]: 1, 0, -1 failed. Asks b itself, so that items of a view
// may have values that cannot be hashed.
static int all_in(AdjVM *vm, AdjVal a, AdjVal b)
{
    AdjVal it, item;
    if (!adj_val_iter(vm, a, &it)) return -1;
    int more;
    bool in = true;
    while (in && (more = adj_val_next(vm, it, &item)) == 1) {
        bool ok = adj_val_contains(vm, b, item, &in);
        adj_val_drop(item);
        if (!ok) {
            more = -1;
            break;
        }
    }
    adj_val_drop(it);
    return !in ? 0 : more == 0 ? 1 : -1;
}

static bool view_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!is_set_like(a) || !is_set_like(b)) return adj_out_notimpl(out);
    int64_t na, nb;
    if (!adj_val_len(vm, a, &na) || !adj_val_len(vm, b, &nb)) return false;
    int holds;
    switch (op) {
    case ADJ_C_LT: holds = na < nb ? all_in(vm, a, b) : 0; break;
    case ADJ_C_LE: holds = na <= nb ? all_in(vm, a, b) : 0; break;
    case ADJ_C_GT: holds = na > nb ? all_in(vm, b, a) : 0; break;
    case ADJ_C_GE: holds = na >= nb ? all_in(vm, b, a) : 0; break;
    default:
        holds = na == nb ? all_in(vm, a, b) : 0;
        if (op == ADJ_C_NE && holds >= 0) holds = !holds;
    }
    return holds >= 0 && adj_out_bool(out, holds);
}

static bool view_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool is_set_op = op == ADJ_B_AND || op == ADJ_B_OR || op == ADJ_B_SUB || op == ADJ_B_XOR;
    if (!is_set_op || adj_is_number(a) || adj_is_number(b)) return adj_out_notimpl(out);
    AdjVal x, y;
    if (!as_sets(vm, a, b, &x, &y)) return false;
    bool ok = adj_val_binary(vm, op, x, y, out);
    adj_val_drop(x);
    adj_val_drop(y);
    return ok;
}

static bool view_isdisjoint(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal common;
    int64_t n;
    if (!view_binary(vm, ADJ_B_AND, args[0], args[1], &common)) return false;
    if (adj_is_notimpl(common)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not iterable",
                         adj_type_name(args[1]));
    }
    bool ok = adj_val_len(vm, common, &n);
    adj_val_drop(common);
    return ok && adj_out_bool(out, n == 0);
}

static bool view_mapping(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(view_of(self)->dict));
}

static const AdjNative view_methods[] = {
    {"__reversed__", "(self, /)", view_reversed, "An iterator, newest first.", 0},
    {"isdisjoint", "(self, other, /)", view_isdisjoint, "Whether no item is in both.", 0},
    {0},
};
static const AdjNative values_methods[] = {
    {"__reversed__", "(self, /)", view_reversed, "An iterator, newest first.", 0},
    {0},
};
static const AdjAttr view_attrs[] = {
    {"mapping", view_mapping, NULL, "The dict behind the view."},
    {0},
};

#define VIEW(name_, doc_, methods_)                                                     \
    .name = name_, .flags = ADJ_TF_GC, .size = sizeof(AdjDictView), .doc = doc_,        \
    .methods = methods_, .attrs = view_attrs, .drop = view_drop,                        \
    .traverse = view_traverse, .repr = view_repr, .len = view_len, .iter = view_iter
AdjType adj_dict_view_types[3] = {
    [ADJ_DICT_KEYS] = {VIEW("dict_keys", "The keys of a dict.", view_methods),
                       .contains = view_contains, .compare = view_compare,
                       .binary = view_binary},
    [ADJ_DICT_VALUES] = {VIEW("dict_values", "The values of a dict.", values_methods),
                         .contains = values_contains},
    [ADJ_DICT_ITEMS] = {VIEW("dict_items", "The pairs of a dict.", view_methods),
                        .contains = view_contains, .compare = view_compare,
                        .binary = view_binary},
};

// SPDX-License-Identifier: Apache-2.0
// None, Ellipsis and NotImplemented: values without a body. Their types only know their names.
#include "lang/vm.h"

AdjType *const adj_tag_types[] = {
    [ADJ_T_UNDEF] = &adj_type_none,       [ADJ_T_NONE] = &adj_type_none,
    [ADJ_T_ELLIPSIS] = &adj_type_ellipsis, [ADJ_T_NOTIMPL] = &adj_type_notimpl,
    [ADJ_T_BOOL] = &adj_type_bool,        [ADJ_T_INT] = &adj_type_int,
    [ADJ_T_FLOAT] = &adj_type_float,
};

static bool none_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)self;
    return adj_out(out, adj_str_intern(vm, "None", 4));
}

static bool ellipsis_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)self;
    return adj_out(out, adj_str_intern(vm, "Ellipsis", 8));
}

static bool notimpl_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)self;
    return adj_out(out, adj_str_intern(vm, "NotImplemented", 14));
}

static bool falsy(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm, (void)self;
    *out = false;
    return true;
}

AdjType adj_type_none = {.name = "NoneType", .repr = none_repr, .truth = falsy};
AdjType adj_type_ellipsis = {.name = "ellipsis", .repr = ellipsis_repr};
AdjType adj_type_notimpl = {.name = "NotImplementedType", .repr = notimpl_repr};

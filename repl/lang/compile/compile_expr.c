// SPDX-License-Identifier: Apache-2.0
// The compiler: expressions and conditions.
//
// Operators come in variants by where their operands are (stack, local, constant), which saves
// the pushes that would otherwise be most of the work; tests of `if` and `while` jump straight
// from the comparison. An operand is taken from a local in place only where nothing evaluated
// in between could assign to it.
#include <string.h>

#include "lang/compile/compile.h"

// ---- operands ----

// The constant an expression is, as a new reference.
bool adj_compile_const_value(const AdjAst *e, Unit *u, AdjVal *out)
{
    switch (e->kind) {
    case ADJ_AST_NONE: *out = ADJ_NONE; return true;
    case ADJ_AST_TRUE: *out = ADJ_TRUE; return true;
    case ADJ_AST_FALSE: *out = ADJ_FALSE; return true;
    case ADJ_AST_ELLIPSIS: *out = ADJ_ELLIPSIS; return true;
    case ADJ_AST_INT: *out = adj_int_val(e->as_int.value); return true;
    case ADJ_AST_FLOAT: *out = adj_float_val(e->as_float.value); return true;
    case ADJ_AST_STR:
        if (e->as_str.is_bytes)
            *out = adj_obj_val(
                adj_bytes_new(u->c->vm, e->as_str.value.text, e->as_str.value.length));
        else
            *out = adj_obj_val(
                adj_str_intern(u->c->vm, e->as_str.value.text, e->as_str.value.length));
        if (adj_is_undef(*out)) u->c->failed = true;
        return !u->c->failed;
    case ADJ_AST_UNARY: break;
    default: return false;
    }
    const AdjAst *x = e->as_unary.operand;
    if (e->as_unary.op != ADJ_OP_NEG) return false;
    if (x->kind == ADJ_AST_FLOAT) return *out = adj_float_val(-x->as_float.value), true;
    if (x->kind != ADJ_AST_INT || x->as_int.value == INT64_MIN) return false;
    *out = adj_int_val(-x->as_int.value);
    return true;
}

// Is the expression a plain local of this frame?
bool adj_compile_local(Unit *u, const AdjAst *e, uint32_t *slot)
{
    if (e->kind != ADJ_AST_NAME || u->c->failed) return false;
    Place p = adj_scope_place(u->c, u->scope, e->as_name.id);
    *slot = p.at;
    return p.kind == PLACE_LOCAL;
}

static bool const_operand(Unit *u, const AdjAst *e, uint32_t *k)
{
    AdjVal v;
    if (!adj_compile_const_value(e, u, &v)) return false;
    *k = adj_emit_const(u, v);
    return true;
}

void adj_compile_load_name(Unit *u, const AdjAst *at, AdjText name)
{
    Place p = adj_scope_place(u->c, u->scope, name);
    switch (p.kind) {
    case PLACE_LOCAL: adj_emit(u, at, OP_LOCAL, p.at, 0, 0); break;
    case PLACE_CELL: adj_emit(u, at, OP_CELL, p.at, 0, 0); break;
    case PLACE_FREE: adj_emit(u, at, OP_FREE, p.at, 0, 0); break;
    case PLACE_CLASS_FREE:
        adj_emit(u, at, OP_CLASS_FREE, adj_emit_name(u, name), p.at, 0);
        break;
    case PLACE_NAME: adj_emit(u, at, OP_NAME, adj_emit_name(u, name), 0, 0); break;
    case PLACE_GLOBAL:
        adj_emit(u, at, OP_GLOBAL, adj_emit_name(u, name), adj_emit_cache(u), 0);
        break;
    }
}

// ---- operators ----

static const AdjOpcode binary_ops[] = {
    [ADJ_OP_ADD] = OP_ADD,         [ADJ_OP_SUB] = OP_SUB,     [ADJ_OP_MUL] = OP_MUL,
    [ADJ_OP_MATMUL] = OP_MATMUL,   [ADJ_OP_DIV] = OP_DIV,     [ADJ_OP_FLOOR_DIV] = OP_FLOORDIV,
    [ADJ_OP_MOD] = OP_MOD,         [ADJ_OP_POW] = OP_POW,     [ADJ_OP_LSHIFT] = OP_LSHIFT,
    [ADJ_OP_RSHIFT] = OP_RSHIFT,   [ADJ_OP_BIT_AND] = OP_AND, [ADJ_OP_BIT_OR] = OP_OR,
    [ADJ_OP_BIT_XOR] = OP_XOR,
};

static const AdjOpcode compare_ops[] = {
    [ADJ_OP_EQ] = OP_EQ,         [ADJ_OP_NE] = OP_NE,         [ADJ_OP_LT] = OP_LT,
    [ADJ_OP_LE] = OP_LE,         [ADJ_OP_GT] = OP_GT,         [ADJ_OP_GE] = OP_GE,
    [ADJ_OP_IN] = OP_IN,         [ADJ_OP_NOT_IN] = OP_NOT_IN, [ADJ_OP_IS] = OP_IS,
    [ADJ_OP_IS_NOT] = OP_IS_NOT,
};

AdjOpcode adj_compile_binary_op(AdjAstOp op)
{
    return binary_ops[op];
}

// The four variants of the first six operators stand in this order after ADD_LL.
enum { FORM_LL, FORM_LK, FORM_SL, FORM_SK, FORMS };
_Static_assert(OP_MOD_LL - OP_ADD_LL == 5 * FORMS, "variants stand in order");
_Static_assert(OP_MOD - OP_ADD == 5 && OP_ADD_SK - OP_ADD_LL == FORM_SK, "and by operator");

static void binary(Unit *u, const AdjAst *e)
{
    const AdjAst *left = e->as_binary.left, *right = e->as_binary.right;
    AdjOpcode op = binary_ops[e->as_binary.op];
    uint32_t a, b;
    bool in_forms = op >= OP_ADD && op <= OP_MOD;
    if (!in_forms) {
        adj_compile_expr(u, left);
        adj_compile_expr(u, right);
        adj_emit(u, e, op, 0, 0, 0);
        return;
    }
    AdjOpcode forms = OP_ADD_LL + (op - OP_ADD) * FORMS;
    bool left_local = adj_compile_local(u, left, &a);
    if (adj_compile_local(u, right, &b)) {
        if (!left_local) adj_compile_expr(u, left);
        if (left_local) adj_emit(u, e, forms + FORM_LL, a, b, 0);
        else adj_emit(u, e, forms + FORM_SL, b, 0, 0);
    } else if (const_operand(u, right, &b)) {
        if (!left_local) adj_compile_expr(u, left);
        if (left_local) adj_emit(u, e, forms + FORM_LK, a, b, 0);
        else adj_emit(u, e, forms + FORM_SK, b, 0, 0);
    } else {
        adj_compile_expr(u, left);
        adj_compile_expr(u, right);
        adj_emit(u, e, op, 0, 0, 0);
    }
}

static void unary(Unit *u, const AdjAst *e)
{
    static const AdjOpcode ops[] = {[ADJ_OP_NEG] = OP_NEG, [ADJ_OP_POS] = OP_POS,
                                    [ADJ_OP_INVERT] = OP_INVERT, [ADJ_OP_NOT] = OP_NOT};
    adj_compile_expr(u, e->as_unary.operand);
    adj_emit(u, e, ops[e->as_unary.op], 0, 0, 0);
}

// a < b < c: each operand is evaluated once; the first false comparison is the result.
static void compare(Unit *u, const AdjAst *e)
{
    AdjAstList rest = e->as_compare.rest;
    Label shortcut = {0}, end = {0};
    adj_compile_expr(u, e->as_compare.first);
    for (uint32_t i = 0; i + 1 < rest.count; i++) {
        adj_compile_expr(u, rest.items[i]);
        adj_emit(u, e, OP_SWAP, 2, 0, 0);
        adj_emit(u, e, OP_COPY, 2, 0, 0);
        adj_emit(u, e, compare_ops[e->as_compare.ops[i]], 0, 0, 0);
        adj_emit_jump(u, e, OP_JF_KEEP, 0, 0, &shortcut);
    }
    adj_compile_expr(u, rest.items[rest.count - 1]);
    adj_emit(u, e, compare_ops[e->as_compare.ops[rest.count - 1]], 0, 0, 0);
    if (rest.count == 1) return;
    adj_emit_jump(u, e, OP_JUMP, 0, 0, &end);
    adj_emit_label(u, &shortcut);
    adj_emit(u, e, OP_SWAP, 2, 0, 0);
    adj_emit(u, e, OP_POP, 0, 0, 0);
    adj_emit_label(u, &end);
}

static void and_or(Unit *u, const AdjAst *e)
{
    bool is_and = e->kind == ADJ_AST_AND;
    AdjAstList values = is_and ? e->as_and.values : e->as_or.values;
    Label end = {0};
    for (uint32_t i = 0; i < values.count; i++) {
        adj_compile_expr(u, values.items[i]);
        if (i + 1 < values.count) {
            adj_emit_jump(u, values.items[i], is_and ? OP_JF_KEEP : OP_JT_KEEP, 0, 0, &end);
        }
    }
    adj_emit_label(u, &end);
}

static void conditional(Unit *u, const AdjAst *e)
{
    Label otherwise = {0}, end = {0};
    adj_compile_jump(u, e->as_conditional.test, false, &otherwise);
    adj_compile_expr(u, e->as_conditional.then);
    adj_emit_jump(u, e, OP_JUMP, 0, 0, &end);
    adj_emit_label(u, &otherwise);
    adj_compile_expr(u, e->as_conditional.orelse);
    adj_emit_label(u, &end);
}

// ---- conditions ----

// The forms of compare-and-jump stand in this order after LT_JF, and after LT_LL_JT.
enum { JF_SS, JF_LL, JF_LK, JF_SK, JF_FORMS };
enum { JT_LL, JT_LK, JT_FORMS };
_Static_assert(OP_GE_JF - OP_LT_JF == 5 * JF_FORMS, "forms stand in order");
_Static_assert(OP_GE_LL_JT - OP_LT_LL_JT == 5 * JT_FORMS, "the backward ones too");
_Static_assert(OP_GE - OP_LT == 5, "comparisons stand in order");

static bool single_compare(const AdjAst *e, AdjOpcode *op)
{
    if (e->kind != ADJ_AST_COMPARE || e->as_compare.rest.count != 1) return false;
    *op = compare_ops[e->as_compare.ops[0]];
    return *op >= OP_LT && *op <= OP_GE;
}

static void compare_jump(Unit *u, const AdjAst *e, AdjOpcode op, Label *to)
{
    const AdjAst *left = e->as_compare.first, *right = e->as_compare.rest.items[0];
    AdjOpcode forms = OP_LT_JF + (op - OP_LT) * JF_FORMS;
    uint32_t a, b;
    bool left_local = adj_compile_local(u, left, &a);
    if (left_local && adj_compile_local(u, right, &b)) {
        adj_emit_jump(u, e, forms + JF_LL, a, b, to);
    } else if (const_operand(u, right, &b)) {
        if (!left_local) adj_compile_expr(u, left);
        if (left_local) adj_emit_jump(u, e, forms + JF_LK, a, b, to);
        else adj_emit_jump(u, e, forms + JF_SK, b, 0, to);
    } else {
        adj_compile_expr(u, left);
        adj_compile_expr(u, right);
        adj_emit_jump(u, e, forms + JF_SS, 0, 0, to);
    }
}

static bool is_none_test(const AdjAst *e, bool *is)
{
    if (e->kind != ADJ_AST_COMPARE || e->as_compare.rest.count != 1) return false;
    AdjAstOp op = e->as_compare.ops[0];
    *is = op == ADJ_OP_IS;
    return (op == ADJ_OP_IS || op == ADJ_OP_IS_NOT) &&
           e->as_compare.rest.items[0]->kind == ADJ_AST_NONE;
}

// Jumps to [to] if the truth of [e] is [when], else falls through.
void adj_compile_jump(Unit *u, const AdjAst *e, bool when, Label *to)
{
    AdjOpcode op;
    bool is;
    AdjVal k;
    if (adj_compile_const_value(e, u, &k)) {
        bool truth = false;
        adj_val_truth(u->c->vm, k, &truth);
        adj_val_drop(k);
        if (truth == when) adj_emit_jump(u, e, OP_JUMP, 0, 0, to);
        return;
    }
    if (e->kind == ADJ_AST_UNARY && e->as_unary.op == ADJ_OP_NOT) {
        adj_compile_jump(u, e->as_unary.operand, !when, to);
        return;
    }
    if (e->kind == ADJ_AST_AND || e->kind == ADJ_AST_OR) {
        bool is_and = e->kind == ADJ_AST_AND;
        AdjAstList values = is_and ? e->as_and.values : e->as_or.values;
        Label past = {0};
        for (uint32_t i = 0; i < values.count; i++) {
            bool last = i + 1 == values.count;
            // `and` is decided by its first false value, `or` by its first true one.
            if (last || when != is_and) adj_compile_jump(u, values.items[i], when, to);
            else adj_compile_jump(u, values.items[i], !when, &past);
        }
        adj_emit_label(u, &past);
        return;
    }
    if (!when && single_compare(e, &op)) {
        compare_jump(u, e, op, to);
        return;
    }
    if (is_none_test(e, &is)) {
        adj_compile_expr(u, e->as_compare.first);
        adj_emit_jump(u, e, is == when ? OP_J_NONE : OP_J_NOT_NONE, 0, 0, to);
        return;
    }
    adj_compile_expr(u, e);
    adj_emit_jump(u, e, when ? OP_JT : OP_JF, 0, 0, to);
}

// At the end of a loop: back to [top] if [e] is true, else to [out] or through.
void adj_compile_jump_back(Unit *u, const AdjAst *e, uint32_t top, Label *out)
{
    AdjOpcode op;
    uint32_t a, b;
    AdjVal k;
    if (adj_compile_const_value(e, u, &k)) {
        bool truth = false;
        adj_val_truth(u->c->vm, k, &truth);
        adj_val_drop(k);
        if (truth) adj_emit_back(u, e, OP_BACK, 0, 0, top);
        return;
    }
    if (single_compare(e, &op) && adj_compile_local(u, e->as_compare.first, &a)) {
        AdjOpcode forms = OP_LT_LL_JT + (op - OP_LT) * JT_FORMS;
        const AdjAst *right = e->as_compare.rest.items[0];
        if (adj_compile_local(u, right, &b)) {
            adj_emit_back(u, e, forms + JT_LL, a, b, top);
            return;
        }
        if (const_operand(u, right, &b)) {
            adj_emit_back(u, e, forms + JT_LK, a, b, top);
            return;
        }
    }
    if (e->kind == ADJ_AST_AND) {
        AdjAstList values = e->as_and.values;
        for (uint32_t i = 0; i + 1 < values.count; i++) {
            adj_compile_jump(u, values.items[i], false, out);
        }
        adj_compile_jump_back(u, values.items[values.count - 1], top, out);
        return;
    }
    adj_compile_expr(u, e);
    adj_emit_back(u, e, OP_JT_BACK, 0, 0, top);
}

// ---- access ----

static void attribute(Unit *u, const AdjAst *e)
{
    uint32_t slot, name = adj_emit_name(u, e->as_attribute.name);
    if (adj_compile_local(u, e->as_attribute.value, &slot)) {
        adj_emit(u, e, OP_ATTR_L, slot, name, adj_emit_cache(u));
        return;
    }
    adj_compile_expr(u, e->as_attribute.value);
    adj_emit(u, e, OP_ATTR, name, adj_emit_cache(u), 0);
}

static void slice(Unit *u, const AdjAst *e)
{
    const AdjAst *parts[3] = {e->as_slice.lower, e->as_slice.upper, e->as_slice.step};
    for (int i = 0; i < 3; i++) {
        if (parts[i]) adj_compile_expr(u, parts[i]);
        else adj_emit(u, e, OP_CONST, adj_emit_const(u, ADJ_NONE), 0, 0);
    }
    adj_emit(u, e, OP_SLICE, 0, 0, 0);
}

static void subscript(Unit *u, const AdjAst *e)
{
    const AdjAst *x = e->as_subscript.value, *i = e->as_subscript.index;
    uint32_t a, b;
    bool left_local = adj_compile_local(u, x, &a);
    if (adj_compile_local(u, i, &b)) {
        if (!left_local) adj_compile_expr(u, x);
        if (left_local) adj_emit(u, e, OP_ITEM_LL, a, b, 0);
        else adj_emit(u, e, OP_ITEM_SL, b, 0, 0);
    } else if (const_operand(u, i, &b)) {
        if (!left_local) adj_compile_expr(u, x);
        if (left_local) adj_emit(u, e, OP_ITEM_LK, a, b, 0);
        else adj_emit(u, e, OP_ITEM_SK, b, 0, 0);
    } else {
        adj_compile_expr(u, x);
        adj_compile_expr(u, i);
        adj_emit(u, e, OP_ITEM, 0, 0, 0);
    }
}

// ---- strings ----

static void fstring(Unit *u, const AdjAst *e);

static void interpolation(Unit *u, const AdjAst *e)
{
    int64_t conversion = e->as_interpolation.conversion;
    const AdjAst *spec = e->as_interpolation.spec;
    adj_compile_expr(u, e->as_interpolation.value);
    if (spec) fstring(u, spec);
    adj_emit(u, e, OP_FORMAT, (uint32_t)conversion | (spec ? 256u : 0u), 0, 0);
}

static void fstring(Unit *u, const AdjAst *e)
{
    AdjAstList parts = e->as_fstring.parts;
    for (uint32_t i = 0; i < parts.count; i++) {
        if (parts.items[i]->kind == ADJ_AST_INTERPOLATION) interpolation(u, parts.items[i]);
        else adj_compile_expr(u, parts.items[i]);
    }
    // A lone part is a str already: a constant or what OP_FORMAT leaves.
    if (parts.count != 1) adj_emit(u, e, OP_JOIN, parts.count, 0, 0);
}

static void walrus(Unit *u, const AdjAst *e)
{
    adj_compile_expr(u, e->as_walrus.value);
    adj_emit(u, e, OP_COPY, 1, 0, 0);
    adj_compile_store_name(u, e, e->as_walrus.target->as_name.id);
}

static void yield(Unit *u, const AdjAst *e)
{
    if (e->as_yield.value) adj_compile_expr(u, e->as_yield.value);
    else adj_emit(u, e, OP_CONST, adj_emit_const(u, ADJ_NONE), 0, 0);
    adj_emit(u, e, OP_YIELD, 0, 0, 0);
}

static void yield_from(Unit *u, const AdjAst *e)
{
    adj_compile_expr(u, e->as_yield_from.value);
    adj_emit(u, e, OP_ITER, 0, 0, 0);
    adj_emit(u, e, OP_CONST, adj_emit_const(u, ADJ_NONE), 0, 0);
    adj_emit(u, e, OP_YIELD_FROM, 0, 0, 0);
}

void adj_compile_expr(Unit *u, const AdjAst *e)
{
    AdjVal k;
    if (u->c->failed) return;
    if (adj_compile_const_value(e, u, &k)) {
        adj_emit(u, e, OP_CONST, adj_emit_const(u, k), 0, 0);
        return;
    }
    switch ((AdjAstKind)e->kind) {
    case ADJ_AST_NAME: adj_compile_load_name(u, e, e->as_name.id); break;
    case ADJ_AST_FSTRING: fstring(u, e); break;
    case ADJ_AST_UNARY: unary(u, e); break;
    case ADJ_AST_BINARY: binary(u, e); break;
    case ADJ_AST_AND:
    case ADJ_AST_OR: and_or(u, e); break;
    case ADJ_AST_COMPARE: compare(u, e); break;
    case ADJ_AST_PIPE: adj_compile_pipe(u, e); break;
    case ADJ_AST_CONDITIONAL: conditional(u, e); break;
    case ADJ_AST_WALRUS: walrus(u, e); break;
    case ADJ_AST_LAMBDA: adj_compile_lambda(u, e); break;
    case ADJ_AST_YIELD: yield(u, e); break;
    case ADJ_AST_YIELD_FROM: yield_from(u, e); break;
    case ADJ_AST_CALL: adj_compile_call(u, e); break;
    case ADJ_AST_ATTRIBUTE: attribute(u, e); break;
    case ADJ_AST_SUBSCRIPT: subscript(u, e); break;
    case ADJ_AST_SLICE: slice(u, e); break;
    case ADJ_AST_LIST:
    case ADJ_AST_TUPLE:
    case ADJ_AST_SET:
    case ADJ_AST_DICT: adj_compile_display(u, e); break;
    case ADJ_AST_LIST_COMP:
    case ADJ_AST_SET_COMP:
    case ADJ_AST_DICT_COMP: adj_compile_comp(u, e); break;
    case ADJ_AST_GENERATOR: adj_compile_generator(u, e); break;
    case ADJ_AST_STARRED:
        adj_compile_error(u->c, e->span, "can't use starred expression here");
        break;
    default: adj_compile_error(u->c, e->span, "invalid syntax"); break;
    }
}

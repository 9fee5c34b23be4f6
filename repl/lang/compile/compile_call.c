// SPDX-License-Identifier: Apache-2.0
// The compiler: calls, the pipe, displays and comprehensions.
#include <string.h>

#include "lang/compile/compile.h"

// ---- calls ----

static bool needs_unpacking(AdjAstList args)
{
    for (uint32_t i = 0; i < args.count; i++) {
        const AdjAst *a = args.items[i];
        if (a->kind == ADJ_AST_STARRED) return true;
        if (a->kind == ADJ_AST_KEYWORD && !a->as_keyword.name.text) return true;
    }
    return false;
}

// Pushes plain arguments; the number of them, and in [names] the tuple of the last ones' names
// (UNDEF when none is named).
static uint32_t plain_args(Unit *u, AdjAstList args, AdjVal *names)
{
    uint32_t named = 0;
    *names = ADJ_UNDEF;
    for (uint32_t i = 0; i < args.count; i++) {
        const AdjAst *a = args.items[i];
        bool keyword = a->kind == ADJ_AST_KEYWORD;
        named += keyword;
        adj_compile_expr(u, keyword ? a->as_keyword.value : a);
    }
    if (!named || u->c->failed) return args.count;
    AdjTuple *t = adj_tuple_new(u->c->vm, named);
    if (!t) u->c->failed = true;
    for (uint32_t i = args.count - named, k = 0; t && i < args.count; i++) {
        t->items[k++] = adj_obj_val(adj_emit_mangled(u, args.items[i]->as_keyword.name));
    }
    *names = adj_obj_val(t);
    return args.count;
}

// Pushes a tuple of the positional arguments and, if there are keywords, a dict: 1 if so.
static uint32_t unpacked_args(Unit *u, const AdjAst *e, AdjAstList args)
{
    uint32_t i = 0, n = 0, named = 0;
    for (; i < args.count && args.items[i]->kind != ADJ_AST_STARRED &&
           args.items[i]->kind != ADJ_AST_KEYWORD; i++) {
        adj_compile_expr(u, args.items[i]);
        n++;
    }
    adj_emit(u, e, OP_LIST, n, 0, 0);
    for (uint32_t k = i; k < args.count; k++) {
        const AdjAst *a = args.items[k];
        if (a->kind == ADJ_AST_KEYWORD) {
            named++;
            continue;
        }
        bool star = a->kind == ADJ_AST_STARRED;
        adj_compile_expr(u, star ? a->as_starred.value : a);
        adj_emit(u, a, star ? OP_ARGS_EXTEND : OP_LIST_ADD, 1, 0, 0);
    }
    adj_emit(u, e, OP_LIST_TO_TUPLE, 0, 0, 0);
    if (!named) return 0;
    adj_emit(u, e, OP_DICT, 0, 0, 0);
    for (uint32_t k = i; k < args.count; k++) {
        const AdjAst *a = args.items[k];
        if (a->kind != ADJ_AST_KEYWORD) continue;
        if (a->as_keyword.name.text) {
            // Through a one-entry dict, so that a repeated name is noticed.
            adj_emit(u, a, OP_CONST, adj_emit_name(u, a->as_keyword.name), 0, 0);
            adj_compile_expr(u, a->as_keyword.value);
            adj_emit(u, a, OP_DICT, 1, 0, 0);
        } else {
            adj_compile_expr(u, a->as_keyword.value);
        }
        adj_emit(u, a, OP_DICT_MERGE, 1, 0, 0);
    }
    return 1;
}

static void method_call(Unit *u, const AdjAst *e)
{
    const AdjAst *f = e->as_call.func;
    uint32_t slot, name = adj_emit_name(u, f->as_attribute.name);
    if (adj_compile_local(u, f->as_attribute.value, &slot)) {
        adj_emit(u, f, OP_METHOD_L, slot, name, adj_emit_cache(u));
    } else {
        adj_compile_expr(u, f->as_attribute.value);
        adj_emit(u, f, OP_METHOD, name, adj_emit_cache(u), 0);
    }
    AdjVal names;
    uint32_t n = plain_args(u, e->as_call.args, &names);
    if (adj_is_undef(names)) adj_emit(u, e, OP_CALL_METHOD, n, 0, 0);
    else adj_emit(u, e, OP_CALL_METHOD_KW, n, adj_emit_const(u, names), 0);
}

void adj_compile_call(Unit *u, const AdjAst *e)
{
    const AdjAst *f = e->as_call.func;
    AdjAstList args = e->as_call.args;
    if (needs_unpacking(args)) {
        adj_compile_expr(u, f);
        adj_emit(u, e, OP_CALL_EX, unpacked_args(u, e, args), 0, 0);
        return;
    }
    if (f->kind == ADJ_AST_ATTRIBUTE) {
        method_call(u, e);
        return;
    }
    AdjVal names;
    adj_compile_expr(u, f);
    uint32_t n = plain_args(u, args, &names);
    if (adj_is_undef(names)) adj_emit(u, e, OP_CALL, n, 0, 0);
    else adj_emit(u, e, OP_CALL_KW, n, adj_emit_const(u, names), 0);
}

// ---- the pipe ----

// A stage written as a call is compiled up to its arguments; the machine decides, when they are
// known, whether the call receives the left side or makes the stage (see OP_PIPE_CALL).
void adj_compile_pipe(Unit *u, const AdjAst *e)
{
    AdjAstList stages = e->as_pipe.stages;
    adj_compile_expr(u, stages.items[0]);
    for (uint32_t i = 1; i < stages.count; i++) {
        const AdjAst *s = stages.items[i];
        if (s->kind != ADJ_AST_CALL || s->parenthesised) {
            adj_compile_expr(u, s);
            adj_emit(u, e, OP_PIPE, 0, 0, 0);
            continue;
        }
        adj_compile_expr(u, s->as_call.func);
        if (needs_unpacking(s->as_call.args)) {
            adj_emit(u, s, OP_PIPE_CALL_EX, unpacked_args(u, s, s->as_call.args), 0, 0);
            continue;
        }
        AdjVal names;
        uint32_t n = plain_args(u, s->as_call.args, &names);
        if (adj_is_undef(names)) names = adj_obj_val(adj_tuple_new(u->c->vm, 0));
        adj_emit(u, s, OP_PIPE_CALL, n, adj_emit_const(u, names), 0);
    }
}

// ---- displays ----

static bool constant_tuple(Unit *u, const AdjAst *e)
{
    AdjAstList items = e->as_tuple.items;
    AdjVal small[16];
    if (items.count == 0 || items.count > 16) return false;
    uint32_t n = 0;
    while (n < items.count && adj_compile_const_value(items.items[n], u, &small[n])) n++;
    bool all = n == items.count;
    AdjTuple *t = all ? adj_tuple_from(u->c->vm, small, n) : NULL;
    for (uint32_t i = 0; i < n; i++) adj_val_drop(small[i]);
    if (!all) return false;
    adj_emit(u, e, OP_CONST, adj_emit_const(u, adj_obj_val(t)), 0, 0);
    return true;
}

// Long or starred displays grow in place, so that the stack need not hold them whole.
static void grown_display(Unit *u, const AdjAst *e, AdjAstList items)
{
    bool set = e->kind == ADJ_AST_SET;
    adj_emit(u, e, set ? OP_SET : OP_LIST, 0, 0, 0);
    for (uint32_t i = 0; i < items.count; i++) {
        const AdjAst *x = items.items[i];
        bool star = x->kind == ADJ_AST_STARRED;
        adj_compile_expr(u, star ? x->as_starred.value : x);
        AdjOpcode op = star  ? (set ? OP_SET_UPDATE : OP_LIST_EXTEND)
                       : set ? OP_SET_ADD
                             : OP_LIST_ADD;
        adj_emit(u, x, op, 1, 0, 0);
    }
    if (e->kind == ADJ_AST_TUPLE) adj_emit(u, e, OP_LIST_TO_TUPLE, 0, 0, 0);
}

static void sequence_display(Unit *u, const AdjAst *e, AdjAstList items, AdjOpcode op)
{
    if (op == OP_TUPLE && constant_tuple(u, e)) return;
    bool grow = items.count > 64;
    for (uint32_t i = 0; i < items.count; i++) grow |= items.items[i]->kind == ADJ_AST_STARRED;
    if (grow) {
        grown_display(u, e, items);
        return;
    }
    for (uint32_t i = 0; i < items.count; i++) adj_compile_expr(u, items.items[i]);
    adj_emit(u, e, op, items.count, 0, 0);
}

static void dict_display(Unit *u, const AdjAst *e)
{
    AdjAstList keys = e->as_dict.keys, values = e->as_dict.values;
    bool grow = keys.count > 32;
    for (uint32_t i = 0; i < keys.count; i++) grow |= !keys.items[i];
    if (grow) adj_emit(u, e, OP_DICT, 0, 0, 0);
    for (uint32_t i = 0; i < keys.count; i++) {
        if (!keys.items[i]) {
            adj_compile_expr(u, values.items[i]);
            adj_emit(u, values.items[i], OP_DICT_UPDATE, 1, 0, 0);
            continue;
        }
        adj_compile_expr(u, keys.items[i]);
        adj_compile_expr(u, values.items[i]);
        if (grow) adj_emit(u, keys.items[i], OP_DICT_ADD, 1, 0, 0);
    }
    if (!grow) adj_emit(u, e, OP_DICT, keys.count, 0, 0);
}

void adj_compile_display(Unit *u, const AdjAst *e)
{
    switch (e->kind) {
    case ADJ_AST_LIST: sequence_display(u, e, e->as_list.items, OP_LIST); break;
    case ADJ_AST_TUPLE: sequence_display(u, e, e->as_tuple.items, OP_TUPLE); break;
    case ADJ_AST_SET: sequence_display(u, e, e->as_set.items, OP_SET); break;
    default: dict_display(u, e);
    }
}

// ---- comprehensions ----

typedef struct Comp {
    const AdjAst *node;
    AdjAstList clauses;
    const AdjAst *element, *value;  // value: dicts
    AdjOpcode add;                  // OP_YIELD for generators
} Comp;

static void clause(Unit *u, const Comp *c, uint32_t at)
{
    const AdjAst *f = c->clauses.items[at];
    Label end = {0}, again = {0};
    uint32_t slot;
    uint32_t top = u->length;
    if (adj_compile_local(u, f->as_comp_for.target, &slot)) {
        adj_emit_jump(u, f->as_comp_for.iter, OP_FOR_LOCAL, slot, 0, &end);
    } else {
        adj_emit_jump(u, f->as_comp_for.iter, OP_FOR, 0, 0, &end);
        adj_compile_store(u, f->as_comp_for.target);
    }
    for (uint32_t i = 0; i < f->as_comp_for.conditions.count; i++) {
        adj_compile_jump(u, f->as_comp_for.conditions.items[i], false, &again);
    }
    if (at + 1 < c->clauses.count) {
        adj_compile_expr(u, c->clauses.items[at + 1]->as_comp_for.iter);
        adj_emit(u, c->clauses.items[at + 1]->as_comp_for.iter, OP_ITER, 0, 0, 0);
        clause(u, c, at + 1);
    } else {
        adj_compile_expr(u, c->element);
        if (c->value) adj_compile_expr(u, c->value);
        adj_emit(u, c->element, c->add, c->clauses.count + 1, 0, 0);
        if (c->add == OP_YIELD) adj_emit(u, c->element, OP_POP, 0, 0, 0);
    }
    adj_emit_label(u, &again);
    adj_emit_back(u, f->as_comp_for.iter, OP_BACK, 0, 0, top);
    adj_emit_label(u, &end);
}

static void comp_variables(Unit *u, const AdjAst *e, Scope *s, bool begin)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const Symbol *sym = s->symbols[i];
        if (!(sym->flags & SYM_SLOT)) continue;
        adj_emit(u, e, OP_CLEAR_LOCAL, sym->slot, 0, 0);
        // Each run has cells of its own, which lambdas made in it may keep.
        if (begin && sym->flags & SYM_CELL) adj_emit(u, e, OP_MAKE_CELL, sym->slot, 0, 0);
    }
}

void adj_compile_comp(Unit *u, const AdjAst *e)
{
    Comp c = {.node = e};
    AdjOpcode make = OP_LIST;
    switch (e->kind) {
    case ADJ_AST_LIST_COMP:
        c = (Comp){e, e->as_list_comp.clauses, e->as_list_comp.element, NULL, OP_LIST_ADD};
        break;
    case ADJ_AST_SET_COMP:
        c = (Comp){e, e->as_set_comp.clauses, e->as_set_comp.element, NULL, OP_SET_ADD};
        make = OP_SET;
        break;
    default:
        c = (Comp){e, e->as_dict_comp.clauses, e->as_dict_comp.key, e->as_dict_comp.value,
                   OP_DICT_ADD};
        make = OP_DICT;
    }
    const AdjAst *first = c.clauses.items[0]->as_comp_for.iter;
    adj_compile_expr(u, first);
    adj_emit(u, first, OP_ITER, 0, 0, 0);
    adj_emit(u, e, make, 0, 0, 0);
    adj_emit(u, e, OP_SWAP, 2, 0, 0);
    Scope *outer = u->scope, *inner = adj_scope_child(outer, e);
    if (!inner || u->c->failed) return;
    u->scope = inner;
    comp_variables(u, e, inner, true);
    clause(u, &c, 0);
    comp_variables(u, e, inner, false);
    u->scope = outer;
}

// A generator expression is a function of its first iterator, called at once.
void adj_compile_generator(Unit *u, const AdjAst *e)
{
    Unit inner;
    AdjAstList clauses = e->as_generator.clauses;
    Comp c = {e, clauses, e->as_generator.element, NULL, OP_YIELD};
    Scope *frame = adj_scope_child(u->scope, e);
    if (!frame || !adj_unit_open(&inner, u, u->c, frame, "<genexpr>", 9)) return;
    adj_compile_prologue(&inner, e);
    Place p = adj_scope_place(u->c, frame, (AdjText){.text = ".0", .length = 2});
    adj_emit(&inner, e, OP_LOCAL, p.at, 0, 0);
    adj_emit(&inner, e, OP_CLEAR_LOCAL, p.at, 0, 0);
    clause(&inner, &c, 0);
    adj_emit(&inner, e, OP_RETURN_K, adj_emit_const(&inner, ADJ_NONE), 0, 0);
    adj_compile_closure(u, e, adj_emit_finish(&inner, e), frame, 0);
    adj_compile_expr(u, clauses.items[0]->as_comp_for.iter);
    adj_emit(u, clauses.items[0]->as_comp_for.iter, OP_ITER, 0, 0, 0);
    adj_emit(u, e, OP_CALL, 1, 0, 0);
}

// SPDX-License-Identifier: Apache-2.0
// The compiler, first part: the entry and the statements.
//
// Code is written in one walk over the tree, after scope.c has placed the names. `u->block`
// is the chain of statements around the current one that must be undone when control leaves
// them early (an iterator on the stack, an exit method to call, a finally body to run):
// adj_compile_unwind writes that code for return, break and continue.
#include <string.h>

#include "lang/compile/compile.h"

static void statement(Unit *u, const AdjAst *s);

void adj_compile_body(Unit *u, AdjAstList body)
{
    for (uint32_t i = 0; i < body.count && !u->c->failed; i++) statement(u, body.items[i]);
}

static void emit_const(Unit *u, const AdjAst *at, AdjVal v)
{
    adj_emit(u, at, OP_CONST, adj_emit_const(u, v), 0, 0);
}

// ---- storing ----

void adj_compile_store_name(Unit *u, const AdjAst *at, AdjText name)
{
    Place p = adj_scope_place(u->c, u->scope, name);
    switch (p.kind) {
    case PLACE_LOCAL: adj_emit(u, at, OP_SET_LOCAL, p.at, 0, 0); break;
    case PLACE_CELL: adj_emit(u, at, OP_SET_CELL, p.at, 0, 0); break;
    case PLACE_FREE:
    case PLACE_CLASS_FREE: adj_emit(u, at, OP_SET_FREE, p.at, 0, 0); break;
    case PLACE_NAME: adj_emit(u, at, OP_SET_NAME, adj_emit_name(u, name), 0, 0); break;
    case PLACE_GLOBAL:
        adj_emit(u, at, OP_SET_GLOBAL, adj_emit_name(u, name), adj_emit_cache(u), 0);
        break;
    }
}

static void delete_name(Unit *u, const AdjAst *at, AdjText name)
{
    Place p = adj_scope_place(u->c, u->scope, name);
    switch (p.kind) {
    case PLACE_LOCAL: adj_emit(u, at, OP_DEL_LOCAL, p.at, 0, 0); break;
    case PLACE_CELL: adj_emit(u, at, OP_DEL_CELL, p.at, 0, 0); break;
    case PLACE_FREE:
    case PLACE_CLASS_FREE: adj_emit(u, at, OP_DEL_FREE, p.at, 0, 0); break;
    case PLACE_NAME: adj_emit(u, at, OP_DEL_NAME, adj_emit_name(u, name), 0, 0); break;
    case PLACE_GLOBAL: adj_emit(u, at, OP_DEL_GLOBAL, adj_emit_name(u, name), 0, 0); break;
    }
}

static void store_items(Unit *u, const AdjAst *at, AdjAstList items)
{
    uint32_t star = items.count;
    for (uint32_t i = 0; i < items.count; i++) {
        if (items.items[i]->kind == ADJ_AST_STARRED) star = i;
    }
    if (star < items.count) {
        adj_emit(u, at, OP_UNPACK_STAR, star, items.count - star - 1, 0);
    } else {
        adj_emit(u, at, OP_UNPACK, items.count, 0, 0);
    }
    for (uint32_t i = 0; i < items.count; i++) adj_compile_store(u, items.items[i]);
}

static void store_attribute(Unit *u, const AdjAst *t)
{
    uint32_t slot, name = adj_emit_name(u, t->as_attribute.name);
    if (adj_compile_local(u, t->as_attribute.value, &slot)) {
        adj_emit(u, t, OP_SET_ATTR_L, slot, name, adj_emit_cache(u));
        return;
    }
    adj_compile_expr(u, t->as_attribute.value);
    adj_emit(u, t, OP_SET_ATTR, name, adj_emit_cache(u), 0);
}

static void store_subscript(Unit *u, const AdjAst *t)
{
    uint32_t x, i;
    if (adj_compile_local(u, t->as_subscript.value, &x) &&
        adj_compile_local(u, t->as_subscript.index, &i)) {
        adj_emit(u, t, OP_SET_ITEM_LL, x, i, 0);
        return;
    }
    adj_compile_expr(u, t->as_subscript.value);
    adj_compile_expr(u, t->as_subscript.index);
    adj_emit(u, t, OP_SET_ITEM, 0, 0, 0);
}

// Pops the top into a target.
void adj_compile_store(Unit *u, const AdjAst *t)
{
    switch (t->kind) {
    case ADJ_AST_NAME: adj_compile_store_name(u, t, t->as_name.id); break;
    case ADJ_AST_ATTRIBUTE: store_attribute(u, t); break;
    case ADJ_AST_SUBSCRIPT: store_subscript(u, t); break;
    case ADJ_AST_TUPLE: store_items(u, t, t->as_tuple.items); break;
    case ADJ_AST_LIST: store_items(u, t, t->as_list.items); break;
    case ADJ_AST_STARRED: adj_compile_store(u, t->as_starred.value); break;
    default: adj_compile_error(u->c, t->span, "cannot assign to this expression"); break;
    }
}

static bool plain_items(AdjAstList l)
{
    for (uint32_t i = 0; i < l.count; i++) {
        if (l.items[i]->kind == ADJ_AST_STARRED) return false;
    }
    return true;
}

// a, b = b, a and its like need no tuple: two or three values change places on the stack.
static bool assign_directly(Unit *u, const AdjAst *s)
{
    const AdjAst *t = s->as_assign.targets.items[0], *v = s->as_assign.value;
    if (t->kind != ADJ_AST_TUPLE || v->kind != ADJ_AST_TUPLE) return false;
    AdjAstList to = t->as_tuple.items, from = v->as_tuple.items;
    if (to.count != from.count || to.count < 2 || to.count > 3) return false;
    if (!plain_items(to) || !plain_items(from)) return false;
    for (uint32_t i = 0; i < from.count; i++) adj_compile_expr(u, from.items[i]);
    adj_emit(u, s, OP_SWAP, to.count, 0, 0);
    for (uint32_t i = 0; i < to.count; i++) adj_compile_store(u, to.items[i]);
    return true;
}

static void assign(Unit *u, const AdjAst *s)
{
    AdjAstList targets = s->as_assign.targets;
    uint32_t from, to;
    if (targets.count == 1) {
        if (assign_directly(u, s)) return;
        if (adj_compile_local(u, s->as_assign.value, &from) &&
            adj_compile_local(u, targets.items[0], &to)) {
            adj_emit(u, s->as_assign.value, OP_COPY_LOCAL, to, from, 0);
            return;
        }
    }
    adj_compile_expr(u, s->as_assign.value);
    for (uint32_t i = 0; i < targets.count; i++) {
        if (i + 1 < targets.count) adj_emit(u, s, OP_COPY, 1, 0, 0);
        adj_compile_store(u, targets.items[i]);
    }
}

// ---- augmented assignment ----

static void aug_operate(Unit *u, const AdjAst *s)
{
    adj_compile_expr(u, s->as_aug_assign.value);
    adj_emit(u, s, OP_INPLACE, adj_compile_binary_op(s->as_aug_assign.op) - OP_ADD, 0, 0);
}

static void aug_name(Unit *u, const AdjAst *s, const AdjAst *t)
{
    uint32_t slot;
    AdjVal k;
    if (s->as_aug_assign.op == ADJ_OP_ADD && adj_compile_local(u, t, &slot)) {
        if (adj_compile_const_value(s->as_aug_assign.value, u, &k)) {
            adj_emit(u, s, OP_ADD_TO_LOCAL_K, slot, adj_emit_const(u, k), 0);
            return;
        }
        adj_compile_expr(u, s->as_aug_assign.value);
        adj_emit(u, s, OP_ADD_TO_LOCAL, slot, 0, 0);
        return;
    }
    adj_compile_load_name(u, t, t->as_name.id);
    aug_operate(u, s);
    adj_compile_store_name(u, t, t->as_name.id);
}

static void aug_attribute(Unit *u, const AdjAst *s, const AdjAst *t)
{
    uint32_t slot, name = adj_emit_name(u, t->as_attribute.name);
    if (adj_compile_local(u, t->as_attribute.value, &slot)) {
        adj_emit(u, t, OP_ATTR_L, slot, name, adj_emit_cache(u));
        aug_operate(u, s);
        adj_emit(u, t, OP_SET_ATTR_L, slot, name, adj_emit_cache(u));
        return;
    }
    adj_compile_expr(u, t->as_attribute.value);
    adj_emit(u, t, OP_COPY, 1, 0, 0);
    adj_emit(u, t, OP_ATTR, name, adj_emit_cache(u), 0);
    aug_operate(u, s);
    adj_emit(u, t, OP_SWAP, 2, 0, 0);
    adj_emit(u, t, OP_SET_ATTR, name, adj_emit_cache(u), 0);
}

static void aug_subscript(Unit *u, const AdjAst *s, const AdjAst *t)
{
    uint32_t x, i;
    if (adj_compile_local(u, t->as_subscript.value, &x) &&
        adj_compile_local(u, t->as_subscript.index, &i)) {
        adj_emit(u, t, OP_ITEM_LL, x, i, 0);
        aug_operate(u, s);
        adj_emit(u, t, OP_SET_ITEM_LL, x, i, 0);
        return;
    }
    adj_compile_expr(u, t->as_subscript.value);
    adj_compile_expr(u, t->as_subscript.index);
    adj_emit(u, t, OP_COPY, 2, 0, 0);
    adj_emit(u, t, OP_COPY, 2, 0, 0);
    adj_emit(u, t, OP_ITEM, 0, 0, 0);
    aug_operate(u, s);
    adj_emit(u, t, OP_SWAP, 3, 0, 0);
    adj_emit(u, t, OP_SWAP, 2, 0, 0);
    adj_emit(u, t, OP_SET_ITEM, 0, 0, 0);
}

static void aug_assign(Unit *u, const AdjAst *s)
{
    const AdjAst *t = s->as_aug_assign.target;
    if (t->kind == ADJ_AST_NAME) aug_name(u, s, t);
    else if (t->kind == ADJ_AST_ATTRIBUTE) aug_attribute(u, s, t);
    else aug_subscript(u, s, t);
}

// ---- loops ----

// A test that makes no scopes may be written twice, at both ends of the loop.
static bool has_scope(AdjAst *child, void *context)
{
    (void)context;
    switch (child->kind) {
    case ADJ_AST_LAMBDA:
    case ADJ_AST_LIST_COMP:
    case ADJ_AST_SET_COMP:
    case ADJ_AST_DICT_COMP:
    case ADJ_AST_GENERATOR: return false;
    default: return adj_ast_children(child, has_scope, NULL);
    }
}

static void while_loop(Unit *u, const AdjAst *s)
{
    Block b;
    Label out = {0}, otherwise = {0}, again = {0};
    AdjAst *test = s->as_while.test;
    bool twice = test->depth < 6 && has_scope(test, NULL);
    adj_block_push(u, &b, BLOCK_LOOP, s);
    b.on_break = &out;
    b.on_continue = &again;
    uint32_t top = u->length;
    adj_compile_jump(u, test, false, &otherwise);
    if (twice) top = u->length;
    adj_compile_body(u, s->as_while.body);
    adj_emit_label(u, &again);
    if (twice) adj_compile_jump_back(u, test, top, &otherwise);
    else adj_emit_back(u, test, OP_BACK, 0, 0, top);
    adj_emit_label(u, &otherwise);
    adj_block_pop(u, &b);
    adj_compile_body(u, s->as_while.orelse);
    adj_emit_label(u, &out);
}

static void for_loop(Unit *u, const AdjAst *s)
{
    Block b;
    Label out = {0}, end = {0}, again = {0};
    uint32_t slot;
    const AdjAst *iter = s->as_for.iter, *target = s->as_for.target;
    adj_compile_expr(u, iter);
    adj_emit(u, iter, OP_ITER, 0, 0, 0);
    adj_block_push(u, &b, BLOCK_LOOP, s);
    b.is_for = true;
    b.on_break = &out;
    b.on_continue = &again;
    uint32_t top = u->length;
    if (adj_compile_local(u, target, &slot)) {
        adj_emit_jump(u, iter, OP_FOR_LOCAL, slot, 0, &end);
    } else {
        adj_emit_jump(u, iter, OP_FOR, 0, 0, &end);
        adj_compile_store(u, target);
    }
    adj_compile_body(u, s->as_for.body);
    adj_emit_label(u, &again);
    adj_emit_back(u, iter, OP_BACK, 0, 0, top);
    adj_emit_label(u, &end);
    adj_block_pop(u, &b);
    adj_compile_body(u, s->as_for.orelse);
    adj_emit_label(u, &out);
}

// ---- leaving early ----

// Runs [b]'s undoing. With [keep_top] a value to be returned lies on top throughout. The block
// is out of force while its own undoing is written: its range pauses, and so do the inner ones.
static void unwind_one(Unit *u, const AdjAst *at, Block *b, bool keep_top)
{
    switch (b->kind) {
    case BLOCK_TRY: break;
    case BLOCK_LOOP:
        if (!b->is_for) break;
        if (keep_top) adj_emit(u, at, OP_SWAP, 2, 0, 0);
        adj_emit(u, at, OP_POP, 0, 0, 0);
        break;
    case BLOCK_FINALLY: adj_compile_body(u, b->node->as_try.finally); break;
    case BLOCK_HANDLER:
        if (b->name) {
            emit_const(u, at, ADJ_NONE);
            adj_compile_store_name(u, at, *b->name);
            delete_name(u, at, *b->name);
        }
        if (keep_top) adj_emit(u, at, OP_SWAP, 2, 0, 0);
        adj_emit(u, at, OP_POP_EXC, 0, 0, 0);
        break;
    case BLOCK_WITH:
        if (keep_top) adj_emit(u, at, OP_SWAP, 2, 0, 0);
        adj_emit(u, at, OP_WITH_EXIT, 0, 0, 0);
        break;
    case BLOCK_CLEANUP:
        if (keep_top) adj_emit(u, at, OP_SWAP, 3, 0, 0);  // value exception previous
        else adj_emit(u, at, OP_SWAP, 2, 0, 0);
        adj_emit(u, at, OP_POP_EXC, 0, 0, 0);
        adj_emit(u, at, OP_POP, 0, 0, 0);
        break;
    }
}

void adj_compile_unwind(Unit *u, const AdjAst *at, Block *upto, bool keep_top)
{
    Block *innermost = u->block;
    int depth = u->depth;
    bool open[64];
    int n = 0;
    for (Block *b = innermost; b != upto && !u->c->failed; b = b->outer) {
        if (n == 64) {
            adj_compile_error(u->c, at->span, "too many statically nested blocks");
            return;
        }
        open[n++] = b->has_range;
        adj_block_close(u, b);
        u->block = b->outer;
        unwind_one(u, at, b, keep_top);
    }
    // break and continue jump from here; what follows is reached on another way.
    u->block = innermost;
    u->unwound = n;
    memcpy(u->unwound_open, open, sizeof open);
    u->unwound_depth = depth;
}

// After the jump: the blocks are in force again.
static void resume_blocks(Unit *u, Block *upto)
{
    int n = 0;
    for (Block *b = u->block; b != upto && !u->c->failed; b = b->outer) {
        if (u->unwound_open[n++]) adj_block_open(u, b);
    }
    u->depth = u->unwound_depth;
}

static void leave_loop(Unit *u, const AdjAst *s, bool is_break)
{
    Block *loop = u->block;
    while (loop && loop->kind != BLOCK_LOOP) loop = loop->outer;
    if (!loop) {
        adj_compile_error(u->c, s->span, is_break ? "'break' outside loop"
                                                  : "'continue' not properly in loop");
        return;
    }
    // A break leaves the loop itself, too, so the iterator goes.
    Block *upto = is_break ? loop->outer : loop;
    adj_compile_unwind(u, s, upto, false);
    adj_emit_jump(u, s, OP_JUMP, 0, 0, is_break ? loop->on_break : loop->on_continue);
    resume_blocks(u, upto);
}

static void return_statement(Unit *u, const AdjAst *s)
{
    const AdjAst *value = s->as_return.value;
    AdjVal k;
    if (u->frame->kind != SCOPE_FUNCTION) {
        adj_compile_error(u->c, s->span, "'return' outside function");
        return;
    }
    if (!u->block && (!value || adj_compile_const_value(value, u, &k))) {
        adj_emit(u, s, OP_RETURN_K, adj_emit_const(u, value ? k : ADJ_NONE), 0, 0);
        return;
    }
    if (value) adj_compile_expr(u, value);
    else emit_const(u, s, ADJ_NONE);
    adj_compile_unwind(u, s, NULL, true);
    adj_emit(u, s, OP_RETURN, 0, 0, 0);
    resume_blocks(u, NULL);
    u->depth--;
}

// ---- imports ----

static uint32_t dotted_name(Unit *u, AdjText name)
{
    return adj_emit_const(u, adj_obj_val(adj_str_intern(u->c->vm, name.text, name.length)));
}

static void import_statement(Unit *u, const AdjAst *s)
{
    AdjAstList names = s->as_import.names;
    for (uint32_t i = 0; i < names.count; i++) {
        const AdjAst *a = names.items[i];
        AdjText name = a->as_alias.name;
        bool renamed = a->as_alias.as_name.text != NULL;
        adj_emit(u, a, renamed ? OP_IMPORT_LEAF : OP_IMPORT, dotted_name(u, name), 0, 0);
        const char *dot = memchr(name.text, '.', name.length);
        if (dot) name.length = (uint32_t)(dot - name.text);
        adj_compile_store_name(u, a, renamed ? a->as_alias.as_name : name);
    }
}

static void import_from(Unit *u, const AdjAst *s)
{
    AdjText module = s->as_import_from.module;
    AdjAstList names = s->as_import_from.names;
    if (!module.text) {
        adj_compile_error(u->c, s->span, "relative imports are not part of the language");
        return;
    }
    if (module.length == 10 && !memcmp(module.text, "__future__", 10)) return;
    adj_emit(u, s, OP_IMPORT_LEAF, dotted_name(u, module), 0, 0);
    for (uint32_t i = 0; i < names.count; i++) {
        const AdjAst *a = names.items[i];
        AdjText name = a->as_alias.name;
        if (name.length == 1 && name.text[0] == '*') {
            adj_emit(u, a, OP_IMPORT_STAR, 0, 0, 0);
            return;
        }
        adj_emit(u, a, OP_IMPORT_FROM, dotted_name(u, name), 0, 0);
        adj_compile_store_name(u, a, a->as_alias.as_name.text ? a->as_alias.as_name : name);
    }
    adj_emit(u, s, OP_POP, 0, 0, 0);
}

// ---- the rest ----

static void if_statement(Unit *u, const AdjAst *s)
{
    Label otherwise = {0}, end = {0};
    AdjVal k;
    if (adj_compile_const_value(s->as_if.test, u, &k)) {  // if True, if 0
        bool truth = false;
        adj_val_truth(u->c->vm, k, &truth);
        adj_val_drop(k);
        adj_compile_body(u, truth ? s->as_if.body : s->as_if.orelse);
        return;
    }
    adj_compile_jump(u, s->as_if.test, false, &otherwise);
    adj_compile_body(u, s->as_if.body);
    if (s->as_if.orelse.count) adj_emit_jump(u, s, OP_JUMP, 0, 0, &end);
    adj_emit_label(u, &otherwise);
    adj_compile_body(u, s->as_if.orelse);
    adj_emit_label(u, &end);
}

static void raise_statement(Unit *u, const AdjAst *s)
{
    uint32_t n = 0;
    if (s->as_raise.exception) adj_compile_expr(u, s->as_raise.exception), n++;
    if (s->as_raise.cause) adj_compile_expr(u, s->as_raise.cause), n++;
    adj_emit(u, s, OP_RAISE, n, 0, 0);
}

static void assert_statement(Unit *u, const AdjAst *s)
{
    Label fine = {0};
    adj_compile_jump(u, s->as_assert.test, true, &fine);
    if (s->as_assert.message) adj_compile_expr(u, s->as_assert.message);
    adj_emit(u, s->as_assert.test, OP_ASSERT, s->as_assert.message != NULL, 0, 0);
    adj_emit_label(u, &fine);
}

static void delete_target(Unit *u, const AdjAst *t)
{
    AdjAstList items = {0};
    switch (t->kind) {
    case ADJ_AST_NAME: delete_name(u, t, t->as_name.id); return;
    case ADJ_AST_ATTRIBUTE:
        adj_compile_expr(u, t->as_attribute.value);
        adj_emit(u, t, OP_DEL_ATTR, adj_emit_name(u, t->as_attribute.name), 0, 0);
        return;
    case ADJ_AST_SUBSCRIPT:
        adj_compile_expr(u, t->as_subscript.value);
        adj_compile_expr(u, t->as_subscript.index);
        adj_emit(u, t, OP_DEL_ITEM, 0, 0, 0);
        return;
    case ADJ_AST_TUPLE: items = t->as_tuple.items; break;
    case ADJ_AST_LIST: items = t->as_list.items; break;
    default: adj_compile_error(u->c, t->span, "cannot delete this expression"); return;
    }
    for (uint32_t i = 0; i < items.count; i++) delete_target(u, items.items[i]);
}

// %magic and x? at a prompt: calls of functions the front end puts into the prelude.
static void prompt_command(Unit *u, const AdjAst *s)
{
    bool magic = s->kind == ADJ_AST_MAGIC;
    AdjText text = magic ? s->as_magic.text : s->as_help.text;
    AdjVM *vm = u->c->vm;
    adj_emit(u, s, OP_GLOBAL, adj_emit_name_c(u, magic ? "__magic__" : "__help__"),
             adj_emit_cache(u), 0);
    if (magic) {
        emit_const(u, s, adj_obj_val(adj_str_intern(vm, s->as_magic.name.text,
                                                    s->as_magic.name.length)));
    }
    emit_const(u, s, adj_obj_val(adj_str_intern(vm, text.text ? text.text : "", text.length)));
    if (!magic) emit_const(u, s, adj_int_val(s->as_help.level));
    adj_emit(u, s, OP_CALL, 2, 0, 0);
    adj_emit(u, s, OP_POP, 0, 0, 0);
}

static void expression_statement(Unit *u, const AdjAst *s)
{
    AdjVal k;
    if (adj_compile_const_value(s->as_expr.value, u, &k)) {  // docstrings
        adj_val_drop(k);
        return;
    }
    adj_compile_expr(u, s->as_expr.value);
    adj_emit(u, s, OP_POP, 0, 0, 0);
}

static void annotated(Unit *u, const AdjAst *s)
{
    if (!s->as_ann_assign.value) return;
    adj_compile_expr(u, s->as_ann_assign.value);
    adj_compile_store(u, s->as_ann_assign.target);
}

static void delete_statement(Unit *u, const AdjAst *s)
{
    for (uint32_t i = 0; i < s->as_delete.targets.count; i++) {
        delete_target(u, s->as_delete.targets.items[i]);
    }
}

static void statement(Unit *u, const AdjAst *s)
{
    switch ((AdjAstKind)s->kind) {
    case ADJ_AST_EXPR: expression_statement(u, s); break;
    case ADJ_AST_ASSIGN: assign(u, s); break;
    case ADJ_AST_AUG_ASSIGN: aug_assign(u, s); break;
    case ADJ_AST_ANN_ASSIGN: annotated(u, s); break;
    case ADJ_AST_IF: if_statement(u, s); break;
    case ADJ_AST_WHILE: while_loop(u, s); break;
    case ADJ_AST_FOR: for_loop(u, s); break;
    case ADJ_AST_BREAK: leave_loop(u, s, true); break;
    case ADJ_AST_CONTINUE: leave_loop(u, s, false); break;
    case ADJ_AST_RETURN: return_statement(u, s); break;
    case ADJ_AST_FUNCTION: adj_compile_function(u, s); break;
    case ADJ_AST_CLASS: adj_compile_class(u, s); break;
    case ADJ_AST_WITH: adj_compile_with(u, s); break;
    case ADJ_AST_TRY: adj_compile_try(u, s); break;
    case ADJ_AST_RAISE: raise_statement(u, s); break;
    case ADJ_AST_ASSERT: assert_statement(u, s); break;
    case ADJ_AST_DELETE: delete_statement(u, s); break;
    case ADJ_AST_IMPORT: import_statement(u, s); break;
    case ADJ_AST_IMPORT_FROM: import_from(u, s); break;
    case ADJ_AST_MAGIC:
    case ADJ_AST_HELP: prompt_command(u, s); break;
    case ADJ_AST_PASS:
    case ADJ_AST_GLOBAL:
    case ADJ_AST_NONLOCAL: break;
    default: adj_compile_error(u->c, s->span, "this statement is not part of the language");
    }
}

// ---- the entry ----

static void module_body(Unit *u, const AdjAst *module, unsigned flags)
{
    AdjAstList body = module->as_module.body;
    const AdjAst *last = flags == ADJ_RUN_CELL   ? adj_ast_cell_value(module)
                         : flags == ADJ_RUN_EVAL ? (body.count ? body.items[0] : NULL)
                                                 : NULL;
    const AdjText *doc = adj_ast_docstring(body);
    if (flags == ADJ_RUN_EVAL && (!last || last->kind != ADJ_AST_EXPR || body.count != 1)) {
        adj_compile_error(u->c, module->span, "invalid syntax");
        return;
    }
    if (doc && flags == ADJ_RUN_FILE) {
        emit_const(u, module, adj_obj_val(adj_str_intern(u->c->vm, doc->text, doc->length)));
        adj_emit(u, module, OP_SET_GLOBAL, adj_emit_name_c(u, "__doc__"), adj_emit_cache(u), 0);
    }
    for (uint32_t i = 0; i < body.count && !u->c->failed; i++) {
        if (body.items[i] != last) statement(u, body.items[i]);
    }
    if (last) {
        adj_compile_expr(u, last->as_expr.value);
        adj_emit(u, last, OP_RETURN, 0, 0, 0);
    } else {
        adj_emit(u, module, OP_RETURN_K, adj_emit_const(u, ADJ_NONE), 0, 0);
    }
}

AdjCode *adj_compile(AdjVM *vm, AdjAst *module, AdjSource *source, uint32_t source_id,
                     unsigned flags)
{
    Compiler c = {.vm = vm, .source = source, .source_id = source_id, .flags = flags};
    Unit u;
    AdjCode *code = NULL;
    c.root = adj_scope_build(&c, module);
    if (c.root && adj_unit_open(&u, NULL, &c, c.root, "<module>", 8)) {
        adj_compile_prologue(&u, module);
        module_body(&u, module, flags);
        code = adj_emit_finish(&u, module);
    }
    adj_arena_free(&c.arena);
    return code;
}

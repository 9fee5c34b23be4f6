// SPDX-License-Identifier: Apache-2.0
// The compiler: try and with.
//
// Entering a protected body costs nothing; the handler table says where to go. A finally body
// is written once for the normal way out, once for exceptions, and once more at every return,
// break and continue that leaves through it. While an exception is handled, what was handled
// before lies on the stack below it; a cleanup range around every handler puts it back when the
// handler itself fails.
#include "lang/compile/compile.h"

// previous exception -> ; and the exception goes on.
static void go_on(Unit *u, const AdjAst *at)
{
    adj_emit(u, at, OP_SWAP, 2, 0, 0);
    adj_emit(u, at, OP_POP_EXC, 0, 0, 0);
    adj_emit(u, at, OP_RERAISE, 0, 0, 0);
}

// The landing place for failures inside a handler: [depth] counts what lies below "previous".
static void cleanup(Unit *u, const AdjAst *at, Block *range, int depth)
{
    range->depth = depth + 1;
    adj_block_handlers(u, range, u->length);
    u->depth = depth + 2;
    if (u->depth > u->max_depth) u->max_depth = u->depth;
    go_on(u, at);
}

static void unset_name(Unit *u, const AdjAst *at, AdjText name)
{
    Place p = adj_scope_place(u->c, u->scope, name);
    adj_emit(u, at, OP_CONST, adj_emit_const(u, ADJ_NONE), 0, 0);
    adj_compile_store_name(u, at, name);
    switch (p.kind) {
    case PLACE_LOCAL: adj_emit(u, at, OP_DEL_LOCAL, p.at, 0, 0); break;
    case PLACE_CELL: adj_emit(u, at, OP_DEL_CELL, p.at, 0, 0); break;
    case PLACE_FREE:
    case PLACE_CLASS_FREE: adj_emit(u, at, OP_DEL_FREE, p.at, 0, 0); break;
    case PLACE_NAME: adj_emit(u, at, OP_DEL_NAME, adj_emit_name(u, name), 0, 0); break;
    case PLACE_GLOBAL: adj_emit(u, at, OP_DEL_GLOBAL, adj_emit_name(u, name), 0, 0); break;
    }
}

// The body of `except T as e:`; the stack holds what was handled before.
static void named_body(Unit *u, const AdjAst *h, Block *b)
{
    const AdjText *name = &h->as_handler.name;
    int below = u->depth - 1;
    adj_compile_store_name(u, h, *name);
    b->name = name;
    Block guard;
    adj_block_push(u, &guard, BLOCK_TRY, h);
    adj_block_open(u, &guard);
    adj_compile_body(u, h->as_handler.body);
    adj_block_pop(u, &guard);
    b->name = NULL;
    Label done = {0};
    unset_name(u, h, *name);
    adj_emit_jump(u, h, OP_JUMP, 0, 0, &done);
    guard.depth = below;
    adj_block_handlers(u, &guard, u->length);
    u->depth = below + 1;
    unset_name(u, h, *name);
    adj_emit(u, h, OP_RERAISE, 0, 0, 0);
    done.depth = below;
    adj_emit_label(u, &done);
}

static void handler(Unit *u, const AdjAst *h, Label *end)
{
    Label next = {0};
    Block b;
    if (h->as_handler.type) {
        adj_compile_expr(u, h->as_handler.type);
        adj_emit(u, h->as_handler.type, OP_MATCH_EXC, 0, 0, 0);
        adj_emit_jump(u, h, OP_JF, 0, 0, &next);
    }
    int depth = u->depth;
    adj_block_push(u, &b, BLOCK_HANDLER, h);
    if (h->as_handler.name.text) {
        named_body(u, h, &b);
    } else {
        adj_emit(u, h, OP_POP, 0, 0, 0);
        adj_compile_body(u, h->as_handler.body);
    }
    adj_block_pop(u, &b);
    adj_emit(u, h, OP_POP_EXC, 0, 0, 0);
    // What was handled before is back in place: the cleanup no longer applies.
    adj_block_close(u, u->block);
    adj_emit_jump(u, h, OP_JUMP, 0, 0, end);
    adj_block_open(u, u->block);
    adj_emit_label(u, &next);
    u->depth = depth;
}

static void try_except(Unit *u, const AdjAst *s)
{
    Label end = {0};
    Block body, range;
    AdjAstList handlers = s->as_try.handlers;
    int depth = u->depth;
    adj_block_push(u, &body, BLOCK_TRY, s);
    adj_block_open(u, &body);
    adj_compile_body(u, s->as_try.body);
    adj_block_pop(u, &body);
    adj_compile_body(u, s->as_try.orelse);
    adj_emit_jump(u, s, OP_JUMP, 0, 0, &end);
    adj_block_handlers(u, &body, u->length);
    u->depth = depth + 1;
    if (u->depth > u->max_depth) u->max_depth = u->depth;
    adj_emit(u, s, OP_PUSH_EXC, 0, 0, 0);
    adj_block_push(u, &range, BLOCK_TRY, s);
    adj_block_open(u, &range);
    for (uint32_t i = 0; i < handlers.count; i++) handler(u, handlers.items[i], &end);
    adj_block_pop(u, &range);
    go_on(u, s);
    cleanup(u, s, &range, depth);
    end.depth = depth;
    adj_emit_label(u, &end);
    u->depth = depth;
}

static void try_finally(Unit *u, const AdjAst *s)
{
    Label end = {0};
    Block body, range;
    int depth = u->depth;
    adj_block_push(u, &body, BLOCK_FINALLY, s);
    adj_block_open(u, &body);
    if (s->as_try.handlers.count) {
        try_except(u, s);
    } else {
        adj_compile_body(u, s->as_try.body);
        adj_compile_body(u, s->as_try.orelse);
    }
    adj_block_pop(u, &body);
    adj_compile_body(u, s->as_try.finally);
    adj_emit_jump(u, s, OP_JUMP, 0, 0, &end);
    adj_block_handlers(u, &body, u->length);
    u->depth = depth + 1;
    if (u->depth > u->max_depth) u->max_depth = u->depth;
    adj_emit(u, s, OP_PUSH_EXC, 0, 0, 0);
    adj_block_push(u, &range, BLOCK_CLEANUP, s);
    adj_block_open(u, &range);
    adj_compile_body(u, s->as_try.finally);
    adj_block_pop(u, &range);
    go_on(u, s);
    cleanup(u, s, &range, depth);
    end.depth = depth;
    adj_emit_label(u, &end);
    u->depth = depth;
}

void adj_compile_try(Unit *u, const AdjAst *s)
{
    if (s->as_try.finally.count) try_finally(u, s);
    else try_except(u, s);
}

// ---- with ----

static void with_items(Unit *u, const AdjAst *s, uint32_t at)
{
    if (at == s->as_with.items.count) {
        adj_compile_body(u, s->as_with.body);
        return;
    }
    const AdjAst *item = s->as_with.items.items[at];
    Label end = {0}, swallowed = {0};
    Block body, range;
    int depth = u->depth;
    adj_compile_expr(u, item->as_with_item.context);
    adj_emit(u, item->as_with_item.context, OP_WITH_ENTER, 0, 0, 0);
    u->depth--;  // the handler finds the exit method only
    adj_block_push(u, &body, BLOCK_WITH, item);
    u->depth++;
    adj_block_open(u, &body);
    if (item->as_with_item.target) adj_compile_store(u, item->as_with_item.target);
    else adj_emit(u, item, OP_POP, 0, 0, 0);
    with_items(u, s, at + 1);
    adj_block_pop(u, &body);
    adj_emit(u, item->as_with_item.context, OP_WITH_EXIT, 0, 0, 0);
    adj_emit_jump(u, s, OP_JUMP, 0, 0, &end);

    adj_block_handlers(u, &body, u->length);
    u->depth = depth + 2;
    if (u->depth > u->max_depth) u->max_depth = u->depth;
    adj_emit(u, item, OP_PUSH_EXC, 0, 0, 0);
    adj_block_push(u, &range, BLOCK_TRY, item);
    adj_block_open(u, &range);
    adj_emit(u, item->as_with_item.context, OP_WITH_EXCEPT, 0, 0, 0);
    adj_emit_jump(u, item, OP_JT, 0, 0, &swallowed);
    adj_block_pop(u, &range);
    go_on(u, item);
    cleanup(u, item, &range, depth + 1);
    adj_emit_label(u, &swallowed);
    adj_emit(u, item, OP_POP, 0, 0, 0);
    adj_emit(u, item, OP_POP_EXC, 0, 0, 0);
    adj_emit(u, item, OP_POP, 0, 0, 0);
    end.depth = depth;
    adj_emit_label(u, &end);
    u->depth = depth;
}

void adj_compile_with(Unit *u, const AdjAst *s)
{
    with_items(u, s, 0);
}

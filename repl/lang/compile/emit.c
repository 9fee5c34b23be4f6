// SPDX-License-Identifier: Apache-2.0
// Writing code: units, constants, labels, protected ranges, and turning the result into a code
// object. Every instruction is written through adj_emit, which also keeps count of the stack.
#include <stdio.h>
#include <string.h>

#include "lang/compile/compile.h"

void adj_compile_error(Compiler *c, AdjSpan span, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (c->failed) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->failed = true;
    adj_raise_syntax(c->vm, ADJ_EXC_SyntaxError, c->source, span, text);
}

static void no_memory(Compiler *c)
{
    if (!c->failed) adj_raise(c->vm, ADJ_EXC_MemoryError, "%s", "");
    c->failed = true;
}

// Arrays of the compiler live in its arena; a grown one is a copy.
void *adj_compile_grow(Compiler *c, void *old, uint32_t *cap, uint32_t need, size_t item)
{
    if (need <= *cap) return old;
    uint32_t fresh_cap = *cap ? *cap * 2 : 8;
    while (fresh_cap < need) fresh_cap *= 2;
    void *fresh = adj_arena_alloc(&c->arena, fresh_cap * item);
    if (!fresh) {
        no_memory(c);
        return old;
    }
    if (*cap) memcpy(fresh, old, *cap * item);
    *cap = fresh_cap;
    return fresh;
}

// ---- instructions ----

static bool room(Unit *u, uint32_t units)
{
    if (u->length + units <= u->cap) return true;
    uint32_t cap = u->cap ? u->cap * 2 : 64;
    uint16_t *code = adj_arena_alloc(&u->c->arena, cap * sizeof *code);
    AdjSpan *spans = adj_arena_alloc(&u->c->arena, cap * sizeof *spans);
    if (!code || !spans) {
        no_memory(u->c);
        return false;
    }
    if (u->length) {
        memcpy(code, u->code, u->length * sizeof *code);
        memcpy(spans, u->spans, u->length * sizeof *spans);
    }
    u->code = code;
    u->spans = spans;
    u->cap = cap;
    return true;
}

static void count_stack(Unit *u, const uint16_t *at, bool taken, int *depth)
{
    int pops, pushes;
    adj_code_effect(at, taken, &pops, &pushes);
    *depth = u->depth - pops + pushes;
    if (*depth > u->max_depth) u->max_depth = *depth;
}

static uint16_t *write(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b,
                       uint32_t c)
{
    uint32_t units = adj_opcode_units(op), operands[3] = {a, b, c};
    if (u->c->failed || !room(u, units)) return NULL;
    if (a > UINT16_MAX || b > UINT16_MAX || c > UINT16_MAX) {
        adj_compile_error(u->c, at->span, "this part of the program is too large");
        return NULL;
    }
    uint16_t *unit = u->code + u->length;
    unit[0] = op;
    for (uint32_t i = 0; i < units; i++) u->spans[u->length + i] = at->span;
    const char *p = adj_opcode_rows[op].operands;
    for (int i = 0; p[i] && p[i] != 'j'; i++) unit[i + 1] = (uint16_t)operands[i];
    u->length += units;
    return unit;
}

void adj_emit(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b, uint32_t c)
{
    uint16_t *unit = write(u, at, op, a, b, c);
    if (unit) count_stack(u, unit, false, &u->depth);
}

// ---- jumps ----

static void set_offset(Unit *u, uint32_t place, int32_t offset)
{
    memcpy(u->code + place, &offset, sizeof offset);
}

// Until the label is bound, the operands of the jumps to it form a chain.
void adj_emit_jump(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b, Label *to)
{
    uint16_t *unit = write(u, at, op, a, b, 0);
    if (!unit) return;
    count_stack(u, unit, true, &to->depth);
    count_stack(u, unit, false, &u->depth);
    to->used = true;
    uint32_t place = u->length - 2;
    set_offset(u, place, (int32_t)to->chain);
    to->chain = place + 1;
}

void adj_emit_back(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b,
                   uint32_t target)
{
    uint16_t *unit = write(u, at, op, a, b, 0);
    if (!unit) return;
    count_stack(u, unit, false, &u->depth);
    set_offset(u, u->length - 2, (int32_t)target - (int32_t)u->length);
}

void adj_emit_label(Unit *u, Label *l)
{
    if (u->c->failed) return;
    while (l->chain) {
        uint32_t place = l->chain - 1;
        int32_t next;
        memcpy(&next, u->code + place, sizeof next);
        set_offset(u, place, (int32_t)u->length - (int32_t)(place + 2));
        l->chain = (uint32_t)next;
    }
    if (l->used) u->depth = l->depth;
}

// ---- constants and names ----

static uint64_t const_hash(AdjVal v)
{
    return (v.tag * 31 + (uint64_t)v.i) * 0x9e3779b97f4a7c15u >> 20;
}

static bool const_shared(AdjVal v)
{
    return v.tag != ADJ_T_OBJ || adj_is_exact(v, &adj_type_str);
}

static void const_table_grow(Unit *u)
{
    uint32_t cap = u->const_table_cap ? u->const_table_cap * 2 : 64;
    u->const_table = adj_arena_alloc(&u->c->arena, cap * sizeof *u->const_table);
    if (!u->const_table) {
        no_memory(u->c);
        return;
    }
    u->const_table_cap = cap;
    for (uint32_t i = 0; i < u->nconsts; i++) {
        if (!const_shared(u->consts[i])) continue;
        uint64_t at = const_hash(u->consts[i]) & (cap - 1);
        while (u->const_table[at]) at = (at + 1) & (cap - 1);
        u->const_table[at] = i + 1;
    }
}

// Strings among the constants are interned, so equal ones are one object.
uint32_t adj_emit_const(Unit *u, AdjVal v)
{
    if (u->c->failed || adj_is_undef(v)) {
        no_memory(u->c);
        adj_val_drop(v);
        return 0;
    }
    if (u->nconsts * 2 >= u->const_table_cap) const_table_grow(u);
    u->consts =
        adj_compile_grow(u->c, u->consts, &u->consts_cap, u->nconsts + 1, sizeof *u->consts);
    if (u->c->failed) {
        adj_val_drop(v);
        return 0;
    }
    uint64_t mask = u->const_table_cap - 1, at = const_hash(v) & mask;
    for (; const_shared(v) && u->const_table[at]; at = (at + 1) & mask) {
        uint32_t i = u->const_table[at] - 1;
        if (!adj_val_is(u->consts[i], v)) continue;
        adj_val_drop(v);
        return i;
    }
    if (const_shared(v)) u->const_table[at] = u->nconsts + 1;
    u->consts[u->nconsts] = v;
    return u->nconsts++;
}

// Names like __size inside class Box become _Box__size.
AdjStr *adj_emit_mangled(Unit *u, AdjText name)
{
    bool private = u->class_name && name.length > 2 && name.text[0] == '_' &&
                   name.text[1] == '_' &&
                   !(name.text[name.length - 1] == '_' && name.text[name.length - 2] == '_') &&
                   !memchr(name.text, '.', name.length);
    if (!private) return adj_str_intern(u->c->vm, name.text, name.length);
    const char *cls = u->class_name->text;
    uint32_t len = u->class_name->length;
    while (len && *cls == '_') cls++, len--;
    if (!len) return adj_str_intern(u->c->vm, name.text, name.length);
    char text[512];
    int n =
        snprintf(text, sizeof text, "_%.*s%.*s", (int)len, cls, (int)name.length, name.text);
    if (n < 0 || n >= (int)sizeof text) n = (int)sizeof text - 1;
    return adj_str_intern(u->c->vm, text, (size_t)n);
}

uint32_t adj_emit_name(Unit *u, AdjText name)
{
    return adj_emit_const(u, adj_obj_val(adj_emit_mangled(u, name)));
}

uint32_t adj_emit_name_c(Unit *u, const char *name)
{
    return adj_emit_const(u, adj_obj_val(adj_str_intern(u->c->vm, name, strlen(name))));
}

// Caches beyond what an operand can name are shared; that costs time, not correctness.
uint32_t adj_emit_cache(Unit *u)
{
    return u->ncaches < UINT16_MAX ? u->ncaches++ : UINT16_MAX - 1;
}

// ---- protected ranges ----

void adj_block_push(Unit *u, Block *b, BlockKind kind, const AdjAst *node)
{
    *b = (Block){.kind = kind, .outer = u->block, .node = node, .depth = u->depth};
    u->block = b;
}

void adj_block_open(Unit *u, Block *b)
{
    b->range_start = u->length;
    b->has_range = true;
}

void adj_block_close(Unit *u, Block *b)
{
    if (!b->has_range) return;
    b->has_range = false;
    if (b->range_start == u->length) return;
    uint32_t cap = b->ranges_cap;
    b->starts = adj_compile_grow(u->c, b->starts, &cap, b->nranges + 1, sizeof *b->starts);
    b->ends = adj_compile_grow(u->c, b->ends, &b->ranges_cap, b->nranges + 1, sizeof *b->ends);
    if (u->c->failed) return;
    b->starts[b->nranges] = b->range_start;
    b->ends[b->nranges++] = u->length;
}

void adj_block_pop(Unit *u, Block *b)
{
    adj_block_close(u, b);
    u->block = b->outer;
}

// Ranges of inner blocks were written before, so the first row that fits is the innermost.
void adj_block_handlers(Unit *u, Block *b, uint32_t handler)
{
    for (uint32_t i = 0; i < b->nranges && !u->c->failed; i++) {
        u->handlers = adj_compile_grow(u->c, u->handlers, &u->handlers_cap, u->nhandlers + 1,
                                       sizeof *u->handlers);
        if (u->c->failed) return;
        u->handlers[u->nhandlers++] =
            (AdjHandler){b->starts[i], b->ends[i], handler, (uint32_t)b->depth};
    }
}

// ---- the result ----

static void *copy(Unit *u, const void *from, size_t bytes)
{
    void *to = adj_lang_alloc(u->c->failed ? NULL : u->c->vm, bytes);
    if (!to) u->c->failed = true;
    else if (bytes) memcpy(to, from, bytes);
    return to;
}

static AdjStr **local_names(Unit *u, AdjCode *code)
{
    Scope *f = u->frame;
    AdjStr **names = adj_lang_alloc(u->c->vm, f->nlocals * sizeof *names);
    if (!names) return NULL;
    for (uint32_t i = 0; i < f->nlocals; i++) {
        names[i] = adj_emit_mangled(u, f->locals[i]->name);
        if (!names[i]) u->c->failed = true;
    }
    code->locals = names;
    code->nlocals = f->nlocals;
    return names;
}

static void free_names(Unit *u, AdjCode *code)
{
    Scope *f = u->frame;
    if (!f->nfrees) return;
    code->free = adj_lang_alloc(u->c->vm, f->nfrees * sizeof *code->free);
    if (!code->free) {
        u->c->failed = true;
        return;
    }
    code->nfree = f->nfrees;
    for (uint32_t i = 0; i < f->nfrees; i++)
        code->free[i] = adj_emit_mangled(u, f->frees[i]->name);
}

static void count_params(AdjCode *code, const AdjAst *node)
{
    bool is_def = node->kind == ADJ_AST_FUNCTION;
    if (node->kind == ADJ_AST_GENERATOR) code->nargs = 1;
    if (!is_def && node->kind != ADJ_AST_LAMBDA) return;
    AdjAstList params = is_def ? node->as_function.params : node->as_lambda.params;
    for (uint32_t i = 0; i < params.count; i++) {
        switch ((AdjParamKind)params.items[i]->as_param.kind) {
        case ADJ_PARAM_POSITIONAL_ONLY: code->npos_only++; code->nargs++; break;
        case ADJ_PARAM_PLAIN: code->nargs++; break;
        case ADJ_PARAM_KEYWORD_ONLY: code->nkwonly++; break;
        case ADJ_PARAM_STAR: code->flags |= ADJ_CODE_ARGS; break;
        case ADJ_PARAM_DOUBLE_STAR: code->flags |= ADJ_CODE_KWARGS; break;
        }
    }
}

static void set_flags(AdjCode *code, const Scope *frame)
{
    if (frame->is_generator) code->flags |= ADJ_CODE_GENERATOR;
    if (frame->kind == SCOPE_CLASS) code->flags |= ADJ_CODE_CLASS;
    if (frame->kind == SCOPE_MODULE) code->flags |= ADJ_CODE_MODULE;
    bool variable = code->flags & (ADJ_CODE_ARGS | ADJ_CODE_KWARGS);
    if (!variable && !code->nkwonly) code->flags |= ADJ_CODE_SIMPLE;
}

AdjCode *adj_emit_finish(Unit *u, const AdjAst *node)
{
    Compiler *c = u->c;
    AdjCode *code = c->failed ? NULL : adj_obj_new(c->vm, &adj_type_code);
    if (!code) {
        adj_emit_abandon(u);
        c->failed = true;
        return NULL;
    }
    code->code = copy(u, u->code, u->length * sizeof *u->code);
    code->spans = copy(u, u->spans, u->length * sizeof *u->spans);
    code->consts = copy(u, u->consts, u->nconsts * sizeof *u->consts);
    code->handlers = copy(u, u->handlers, u->nhandlers * sizeof *u->handlers);
    code->caches = adj_lang_alloc(c->vm, u->ncaches * sizeof *code->caches);
    if (code->caches) memset(code->caches, 0, u->ncaches * sizeof *code->caches);
    else c->failed = true;
    code->length = code->code && code->spans ? u->length : 0;
    code->nconsts = code->consts ? u->nconsts : 0;
    if (!code->consts) {
        for (uint32_t i = 0; i < u->nconsts; i++) adj_val_drop(u->consts[i]);
    }
    code->nhandlers = code->handlers ? u->nhandlers : 0;
    code->ncaches = code->caches ? u->ncaches : 0;
    code->name = u->name;
    code->qualname = u->qualname;
    code->doc = u->doc;
    code->max_stack = (uint32_t)u->max_depth + 2;
    code->source = adj_source_keep(c->source);
    code->source_id = c->source_id;
    code->span = node->span;
    if (!local_names(u, code)) c->failed = true;
    free_names(u, code);
    count_params(code, node);
    set_flags(code, u->frame);
    if (!c->failed) return code;
    adj_obj_drop(code);
    return NULL;
}

void adj_emit_abandon(Unit *u)
{
    for (uint32_t i = 0; i < u->nconsts; i++) adj_val_drop(u->consts[i]);
    u->nconsts = 0;
    adj_obj_drop(u->name);
    adj_obj_drop(u->qualname);
    adj_val_drop(u->doc);
    u->name = u->qualname = NULL;
    u->doc = ADJ_UNDEF;
}

// SPDX-License-Identifier: Apache-2.0
// Where names live.
//
// The first walk records, per scope, which names are bound, declared and used. Then every use
// is resolved: in its own scope, else in the scopes around it (those of classes are passed
// over), else it is global. A name of an outer function that an inner one uses becomes a cell
// there, and is listed as free in every frame on the way, so that closures hand it down.
#include <string.h>

#include "lang/compile/compile.h"

bool adj_text_equal(AdjText a, AdjText b)
{
    if (a.text == b.text) return true;
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

static AdjText text_c(const char *s)
{
    return (AdjText){.text = s, .length = (uint32_t)strlen(s)};
}

static const char class_cell[] = "__class__";

// ---- scopes and symbols ----

static Scope *scope_new(Compiler *c, Scope *parent, ScopeKind kind, const AdjAst *node)
{
    Scope *s = adj_arena_alloc(&c->arena, sizeof *s);
    if (!s) {
        adj_raise(c->vm, ADJ_EXC_MemoryError, "%s", "");
        c->failed = true;
        return NULL;
    }
    s->kind = kind;
    s->node = node;
    s->parent = parent;
    s->frame = kind == SCOPE_COMP ? parent->frame : s;
    if (!parent) return s;
    if (parent->last_child) parent->last_child->next = s;
    else parent->children = s;
    parent->last_child = s;
    return s;
}

Scope *adj_scope_child(Scope *s, const AdjAst *node)
{
    for (Scope *at = s->children; at; at = at->next) {
        if (at->node == node) return at;
    }
    return NULL;
}

static Symbol *symbol_find(const Scope *s, AdjText name)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (adj_text_equal(s->symbols[i]->name, name)) return s->symbols[i];
    }
    return NULL;
}

static Symbol *symbol_get(Compiler *c, Scope *s, AdjText name)
{
    Symbol *sym = symbol_find(s, name);
    if (sym || c->failed) return sym;
    s->symbols = adj_compile_grow(c, s->symbols, &s->cap, s->count + 1, sizeof *s->symbols);
    sym = adj_arena_alloc(&c->arena, sizeof *sym);
    if (c->failed || !sym) {
        if (!c->failed) adj_raise(c->vm, ADJ_EXC_MemoryError, "%s", "");
        c->failed = true;
        return NULL;
    }
    sym->name = name;
    s->symbols[s->count++] = sym;
    return sym;
}

static void slot_give(Compiler *c, Scope *s, Symbol *sym)
{
    Scope *f = s->frame;
    if (sym->flags & SYM_SLOT) return;
    f->locals =
        adj_compile_grow(c, f->locals, &f->locals_cap, f->nlocals + 1, sizeof *f->locals);
    if (c->failed) return;
    sym->slot = f->nlocals;
    sym->flags |= SYM_SLOT;
    f->locals[f->nlocals++] = sym;
}

static void bind(Compiler *c, Scope *s, AdjText name)
{
    // The module's names are globals, they need no symbols.
    if (s->kind == SCOPE_MODULE) return;
    Symbol *sym = symbol_get(c, s, name);
    if (!sym) return;
    sym->flags |= SYM_BOUND;
    bool is_local = s->kind == SCOPE_FUNCTION || s->kind == SCOPE_COMP;
    if (is_local && !(sym->flags & (SYM_GLOBAL | SYM_NONLOCAL))) slot_give(c, s, sym);
}

static void use(Compiler *c, Scope *s, AdjText name)
{
    if (s->kind == SCOPE_MODULE) return;
    symbol_get(c, s, name);
    // super() needs the class a method was written in.
    bool super = name.length == 5 && memcmp(name.text, "super", 5) == 0;
    if (super && s->frame->kind == SCOPE_FUNCTION) symbol_get(c, s, text_c(class_cell));
}

// ---- the walk ----

static void visit(Compiler *c, Scope *s, const AdjAst *n);

static void visit_list(Compiler *c, Scope *s, AdjAstList l)
{
    for (uint32_t i = 0; i < l.count; i++) {
        if (l.items[i]) visit(c, s, l.items[i]);
    }
}

static void visit_target(Compiler *c, Scope *s, const AdjAst *t)
{
    switch (t->kind) {
    case ADJ_AST_NAME: bind(c, s, t->as_name.id); break;
    case ADJ_AST_STARRED: visit_target(c, s, t->as_starred.value); break;
    case ADJ_AST_TUPLE:
        for (uint32_t i = 0; i < t->as_tuple.items.count; i++) {
            visit_target(c, s, t->as_tuple.items.items[i]);
        }
        break;
    case ADJ_AST_LIST:
        for (uint32_t i = 0; i < t->as_list.items.count; i++) {
            visit_target(c, s, t->as_list.items.items[i]);
        }
        break;
    default: visit(c, s, t);
    }
}

static void visit_params(Compiler *c, Scope *s, Scope *inner, AdjAstList params)
{
    // Slots in the order the machine binds: positional, keyword-only, *args, **kwargs.
    static const uint8_t order[][2] = {{ADJ_PARAM_POSITIONAL_ONLY, ADJ_PARAM_PLAIN},
                                       {ADJ_PARAM_KEYWORD_ONLY, ADJ_PARAM_KEYWORD_ONLY},
                                       {ADJ_PARAM_STAR, ADJ_PARAM_STAR},
                                       {ADJ_PARAM_DOUBLE_STAR, ADJ_PARAM_DOUBLE_STAR}};
    for (uint32_t i = 0; i < params.count; i++) {
        const AdjAst *value = params.items[i]->as_param.default_value;
        if (value) visit(c, s, value);
    }
    for (int pass = 0; inner && pass < 4; pass++) {
        for (uint32_t i = 0; i < params.count; i++) {
            int64_t kind = params.items[i]->as_param.kind;
            if (kind != order[pass][0] && kind != order[pass][1]) continue;
            bind(c, inner, params.items[i]->as_param.name);
            Symbol *sym = symbol_find(inner, params.items[i]->as_param.name);
            if (sym) sym->flags |= SYM_PARAM;
        }
    }
}

static void visit_function(Compiler *c, Scope *s, const AdjAst *n)
{
    visit_list(c, s, n->as_function.decorators);
    bind(c, s, n->as_function.name);
    Scope *inner = scope_new(c, s, SCOPE_FUNCTION, n);
    visit_params(c, s, inner, n->as_function.params);
    if (!inner) return;
    inner->is_generator = n->as_function.has_yield;
    visit_list(c, inner, n->as_function.body);
}

static void visit_class(Compiler *c, Scope *s, const AdjAst *n)
{
    visit_list(c, s, n->as_class.decorators);
    visit_list(c, s, n->as_class.args);
    bind(c, s, n->as_class.name);
    Scope *inner = scope_new(c, s, SCOPE_CLASS, n);
    if (inner) visit_list(c, inner, n->as_class.body);
}

static void visit_clauses(Compiler *c, Scope *inner, AdjAstList clauses)
{
    for (uint32_t i = 0; i < clauses.count; i++) {
        const AdjAst *f = clauses.items[i];
        if (i > 0) visit(c, inner, f->as_comp_for.iter);
        visit_target(c, inner, f->as_comp_for.target);
        visit_list(c, inner, f->as_comp_for.conditions);
    }
}

static void visit_comp(Compiler *c, Scope *s, const AdjAst *n)
{
    AdjAstList clauses = n->kind == ADJ_AST_LIST_COMP  ? n->as_list_comp.clauses
                         : n->kind == ADJ_AST_SET_COMP ? n->as_set_comp.clauses
                         : n->kind == ADJ_AST_DICT_COMP ? n->as_dict_comp.clauses
                                                        : n->as_generator.clauses;
    visit(c, s, clauses.items[0]->as_comp_for.iter);
    bool own_frame = n->kind == ADJ_AST_GENERATOR;
    Scope *inner = scope_new(c, s, own_frame ? SCOPE_FUNCTION : SCOPE_COMP, n);
    if (!inner) return;
    inner->is_generator = own_frame;
    if (own_frame) bind(c, inner, text_c(".0"));
    visit_clauses(c, inner, clauses);
    if (n->kind == ADJ_AST_DICT_COMP) {
        visit(c, inner, n->as_dict_comp.key);
        visit(c, inner, n->as_dict_comp.value);
        return;
    }
    visit(c, inner, n->kind == ADJ_AST_LIST_COMP  ? n->as_list_comp.element
                    : n->kind == ADJ_AST_SET_COMP ? n->as_set_comp.element
                                                  : n->as_generator.element);
}

static void visit_walrus(Compiler *c, Scope *s, const AdjAst *n)
{
    visit(c, s, n->as_walrus.value);
    Scope *to = s;
    while (to->kind == SCOPE_COMP || (to->node && to->node->kind == ADJ_AST_GENERATOR)) {
        to = to->parent;
    }
    AdjText name = n->as_walrus.target->as_name.id;
    bind(c, to, name);
    // Out of a generator the name is the enclosing function's.
    if (to != s) use(c, s, name);
}

static void declare(Compiler *c, Scope *s, AdjAstList names, unsigned flag)
{
    for (uint32_t i = 0; i < names.count && s->kind != SCOPE_MODULE; i++) {
        Symbol *sym = symbol_get(c, s, names.items[i]->as_name.id);
        if (!sym) return;
        sym->flags |= flag;
        sym->span = names.items[i]->span;
    }
}

static void visit_import(Compiler *c, Scope *s, AdjAstList names, bool is_from)
{
    for (uint32_t i = 0; i < names.count; i++) {
        const AdjAst *a = names.items[i];
        AdjText name = a->as_alias.as_name.text ? a->as_alias.as_name : a->as_alias.name;
        const char *dot = a->as_alias.as_name.text || is_from
                              ? NULL
                              : memchr(name.text, '.', name.length);
        if (dot) name.length = (uint32_t)(dot - name.text);
        if (name.length == 1 && name.text[0] == '*') continue;
        bind(c, s, name);
    }
}

typedef struct Walk {
    Compiler *c;
    Scope *s;
} Walk;

static bool visit_child(AdjAst *child, void *context)
{
    Walk *w = context;
    visit(w->c, w->s, child);
    return true;
}

static void visit_targets(Compiler *c, Scope *s, AdjAstList targets)
{
    for (uint32_t i = 0; i < targets.count; i++) visit_target(c, s, targets.items[i]);
}

static void visit(Compiler *c, Scope *s, const AdjAst *n)
{
    if (c->failed || !s) return;
    switch (n->kind) {
    case ADJ_AST_NAME: use(c, s, n->as_name.id); return;
    case ADJ_AST_ASSIGN:
        visit(c, s, n->as_assign.value);
        visit_targets(c, s, n->as_assign.targets);
        return;
    case ADJ_AST_AUG_ASSIGN:
        visit(c, s, n->as_aug_assign.value);
        visit_target(c, s, n->as_aug_assign.target);
        return;
    case ADJ_AST_ANN_ASSIGN:
        if (n->as_ann_assign.value) visit(c, s, n->as_ann_assign.value);
        visit_target(c, s, n->as_ann_assign.target);
        return;
    case ADJ_AST_FOR:
        visit(c, s, n->as_for.iter);
        visit_target(c, s, n->as_for.target);
        visit_list(c, s, n->as_for.body);
        visit_list(c, s, n->as_for.orelse);
        return;
    case ADJ_AST_WITH_ITEM:
        visit(c, s, n->as_with_item.context);
        if (n->as_with_item.target) visit_target(c, s, n->as_with_item.target);
        return;
    case ADJ_AST_HANDLER:
        if (n->as_handler.type) visit(c, s, n->as_handler.type);
        if (n->as_handler.name.text) bind(c, s, n->as_handler.name);
        visit_list(c, s, n->as_handler.body);
        return;
    case ADJ_AST_DELETE: visit_targets(c, s, n->as_delete.targets); return;
    case ADJ_AST_IMPORT: visit_import(c, s, n->as_import.names, false); return;
    case ADJ_AST_IMPORT_FROM: visit_import(c, s, n->as_import_from.names, true); return;
    case ADJ_AST_GLOBAL: declare(c, s, n->as_global.names, SYM_GLOBAL); return;
    case ADJ_AST_NONLOCAL: declare(c, s, n->as_nonlocal.names, SYM_NONLOCAL); return;
    case ADJ_AST_FUNCTION: visit_function(c, s, n); return;
    case ADJ_AST_CLASS: visit_class(c, s, n); return;
    case ADJ_AST_LAMBDA: {
        Scope *inner = scope_new(c, s, SCOPE_FUNCTION, n);
        visit_params(c, s, inner, n->as_lambda.params);
        if (inner) inner->is_generator = n->as_lambda.has_yield;
        visit(c, inner, n->as_lambda.body);
        return;
    }
    case ADJ_AST_LIST_COMP:
    case ADJ_AST_SET_COMP:
    case ADJ_AST_DICT_COMP:
    case ADJ_AST_GENERATOR: visit_comp(c, s, n); return;
    case ADJ_AST_WALRUS: visit_walrus(c, s, n); return;
    default: break;
    }
    Walk w = {c, s};
    adj_ast_children(n, visit_child, &w);
}

// ---- resolution ----

static uint32_t free_index(Compiler *c, Scope *frame, Symbol *owner)
{
    for (uint32_t i = 0; i < frame->nfrees; i++) {
        if (frame->frees[i] == owner) return i;
    }
    frame->frees = adj_compile_grow(c, frame->frees, &frame->frees_cap, frame->nfrees + 1,
                                    sizeof *frame->frees);
    if (c->failed) return 0;
    frame->frees[frame->nfrees] = owner;
    return frame->nfrees++;
}

// Captures [owner], a symbol of frame [from], in every frame from [s] outwards to it.
static uint32_t capture(Compiler *c, Scope *s, Scope *from, Symbol *owner)
{
    uint32_t at = free_index(c, s->frame, owner);
    for (Scope *f = s->frame->parent; f && f->frame != from; f = f->frame->parent) {
        free_index(c, f->frame, owner);
    }
    owner->flags |= SYM_CELL;
    return at;
}

static Place place_in(const Scope *s, const Symbol *sym)
{
    if (s->kind == SCOPE_CLASS) return (Place){PLACE_NAME, 0};
    return (Place){sym->flags & SYM_CELL ? PLACE_CELL : PLACE_LOCAL, sym->slot};
}

Place adj_scope_place(Compiler *c, Scope *s, AdjText name)
{
    Symbol *own = symbol_find(s, name);
    if (s->kind == SCOPE_MODULE || (own && own->flags & SYM_GLOBAL))
        return (Place){PLACE_GLOBAL, 0};
    if (own && own->flags & SYM_BOUND && !(own->flags & SYM_NONLOCAL)) return place_in(s, own);
    bool is_class_cell = adj_text_equal(name, text_c(class_cell));
    for (Scope *p = s->parent; p && p->kind != SCOPE_MODULE; p = p->parent) {
        Symbol *sym = symbol_find(p, name);
        if (p->kind == SCOPE_CLASS) {
            if (!is_class_cell || p->frame == s->frame) continue;
            sym = symbol_get(c, p, name);
            if (!sym) break;
            slot_give(c, p, sym);
            return (Place){PLACE_FREE, capture(c, s, p, sym)};
        }
        if (!sym) continue;
        if (sym->flags & SYM_GLOBAL) break;
        if (!(sym->flags & SYM_BOUND) || sym->flags & SYM_NONLOCAL) continue;
        if (p->frame == s->frame) return place_in(p, sym);
        uint32_t at = capture(c, s, p->frame, sym);
        return (Place){s->kind == SCOPE_CLASS ? PLACE_CLASS_FREE : PLACE_FREE, at};
    }
    if (own && own->flags & SYM_NONLOCAL) {
        adj_compile_error(c, own->span, "no binding for nonlocal '%.*s' found",
                          (int)name.length, name.text);
    }
    return (Place){s->kind == SCOPE_CLASS ? PLACE_NAME : PLACE_GLOBAL, 0};
}

static void resolve(Compiler *c, Scope *s)
{
    for (uint32_t i = 0; i < s->count && !c->failed; i++) {
        adj_scope_place(c, s, s->symbols[i]->name);
    }
    for (Scope *child = s->children; child && !c->failed; child = child->next)
        resolve(c, child);
}

Scope *adj_scope_build(Compiler *c, const AdjAst *module)
{
    Scope *s = scope_new(c, NULL, SCOPE_MODULE, module);
    if (!s) return NULL;
    visit_list(c, s, module->as_module.body);
    if (!c->failed) resolve(c, s);
    return c->failed ? NULL : s;
}

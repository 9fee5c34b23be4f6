// SPDX-License-Identifier: Apache-2.0
// The compiler: functions, lambdas, classes, and opening and closing the unit of a frame.
#include <string.h>

#include "lang/compile/compile.h"

// The name with those of its enclosures: "Box.size", "outer.<locals>.inner".
static AdjStr *qualified(Unit *outer, Compiler *c, const char *name, size_t len)
{
    if (!outer || outer->frame->kind == SCOPE_MODULE || !outer->qualname) {
        return adj_str_intern(c->vm, name, len);
    }
    const char *between = outer->frame->kind == SCOPE_FUNCTION ? ".<locals>." : ".";
    AdjStr *s =
        adj_str_format(c->vm, "%s%s%.*s", outer->qualname->data, between, (int)len, name);
    return s;
}

bool adj_unit_open(Unit *u, Unit *outer, Compiler *c, Scope *frame, const char *name,
                   size_t len)
{
    memset(u, 0, sizeof *u);
    u->c = c;
    u->outer = outer;
    u->frame = u->scope = frame;
    u->class_name = outer ? outer->class_name : NULL;
    u->doc = ADJ_NONE;
    u->name = adj_str_intern(c->vm, name, len);
    u->qualname = qualified(outer, c, name, len);
    if (u->name && u->qualname) return true;
    adj_emit_abandon(u);
    c->failed = true;
    return false;
}

// Locals that inner functions share become cells: parameters with their value inside.
void adj_compile_prologue(Unit *u, const AdjAst *at)
{
    Scope *f = u->frame;
    for (uint32_t i = 0; i < f->count; i++) {
        Symbol *sym = f->symbols[i];
        if (sym->flags & SYM_CELL && sym->flags & SYM_SLOT) {
            adj_emit(u, at, OP_MAKE_CELL, sym->slot, 0, 0);
        }
    }
    if (f->is_generator) adj_emit(u, at, OP_GENERATOR, 0, 0, 0);
}

// Pushes the function made of [code]; defaults are on the stack already.
void adj_compile_closure(Unit *u, const AdjAst *at, AdjCode *code, Scope *frame, uint32_t bits)
{
    if (!code) return;
    for (uint32_t i = 0; i < frame->nfrees; i++) {
        Symbol *sym = frame->frees[i];
        bool here = false;
        for (uint32_t k = 0; k < u->frame->nlocals && !here; k++) {
            here = u->frame->locals[k] == sym;
        }
        if (here) {
            adj_emit(u, at, OP_PUSH_CELL, sym->slot, 0, 0);
            continue;
        }
        uint32_t k = 0;
        while (k < u->frame->nfrees && u->frame->frees[k] != sym) k++;
        adj_emit(u, at, OP_PUSH_FREE, k, 0, 0);
    }
    uint32_t k = adj_emit_const(u, adj_obj_val(code));
    adj_emit(u, at, OP_FUNCTION, k, bits, frame->nfrees);
}

// Pushes the defaults; returns the bits of OP_FUNCTION.
static uint32_t defaults(Unit *u, const AdjAst *at, AdjAstList params)
{
    uint32_t positional = 0, named = 0;
    for (uint32_t i = 0; i < params.count; i++) {
        const AdjAst *p = params.items[i];
        if (!p->as_param.default_value || p->as_param.kind == ADJ_PARAM_KEYWORD_ONLY) continue;
        adj_compile_expr(u, p->as_param.default_value);
        positional++;
    }
    if (positional) adj_emit(u, at, OP_TUPLE, positional, 0, 0);
    for (uint32_t i = 0; i < params.count; i++) {
        const AdjAst *p = params.items[i];
        if (!p->as_param.default_value || p->as_param.kind != ADJ_PARAM_KEYWORD_ONLY) continue;
        adj_emit(u, p, OP_CONST, adj_emit_name(u, p->as_param.name), 0, 0);
        adj_compile_expr(u, p->as_param.default_value);
        named++;
    }
    if (named) adj_emit(u, at, OP_DICT, named, 0, 0);
    return (positional ? 1u : 0u) | (named ? 2u : 0u);
}

static AdjCode *function_code(Unit *outer, const AdjAst *s, Scope *frame, AdjText name,
                              AdjAstList body)
{
    Unit u;
    Compiler *c = outer->c;
    if (!frame || !adj_unit_open(&u, outer, c, frame, name.text, name.length)) return NULL;
    const AdjText *doc = adj_ast_docstring(body);
    if (doc) u.doc = adj_obj_val(adj_str_new(c->vm, doc->text, doc->length));
    adj_compile_prologue(&u, s);
    adj_compile_body(&u, body);
    adj_emit(&u, s, OP_RETURN_K, adj_emit_const(&u, ADJ_NONE), 0, 0);
    return adj_emit_finish(&u, s);
}

static void call_decorators(Unit *u, AdjAstList decorators)
{
    for (uint32_t i = decorators.count; i-- > 0;) {
        adj_emit(u, decorators.items[i], OP_CALL, 1, 0, 0);
    }
}

static void push_decorators(Unit *u, AdjAstList decorators)
{
    for (uint32_t i = 0; i < decorators.count; i++) adj_compile_expr(u, decorators.items[i]);
}

// The texts of a function's annotations by name. They are read when somebody asks for them, so
// they cost a call nothing and may name what is not there.
static AdjTuple *annotation_texts(Unit *u, const AdjAst *s)
{
    AdjVM *vm = u->c->vm;
    AdjAstList params = s->as_function.params;
    const AdjAst *returns = s->as_function.returns;
    int64_t n = returns != NULL, k = 0;
    for (uint32_t i = 0; i < params.count; i++) n += !!params.items[i]->as_param.annotation;
    AdjTuple *t = n ? adj_tuple_new(vm, 2 * n) : NULL;
    for (uint32_t i = 0; t && i <= params.count; i++) {
        const AdjAst *p = i < params.count ? params.items[i] : NULL;
        const AdjAst *what = p ? p->as_param.annotation : returns;
        if (!what) continue;
        AdjText name = p ? p->as_param.name : (AdjText){"return", 6};
        const char *text = u->c->source->text + what->span.start;
        t->items[k++] = adj_obj_val(adj_str_intern(vm, name.text, name.length));
        t->items[k++] = adj_obj_val(adj_str_new(vm, text, what->span.end - what->span.start));
    }
    return t;
}

void adj_compile_function(Unit *u, const AdjAst *s)
{
    push_decorators(u, s->as_function.decorators);
    uint32_t bits = defaults(u, s, s->as_function.params);
    Scope *frame = adj_scope_child(u->scope, s);
    AdjCode *code = function_code(u, s, frame, s->as_function.name, s->as_function.body);
    if (!code) return;
    code->annotations = annotation_texts(u, s);
    adj_compile_closure(u, s, code, frame, bits);
    call_decorators(u, s->as_function.decorators);
    adj_compile_store_name(u, s, s->as_function.name);
}

void adj_compile_lambda(Unit *u, const AdjAst *e)
{
    Unit inner;
    uint32_t bits = defaults(u, e, e->as_lambda.params);
    Scope *frame = adj_scope_child(u->scope, e);
    if (!frame || !adj_unit_open(&inner, u, u->c, frame, "<lambda>", 8)) return;
    adj_compile_prologue(&inner, e);
    adj_compile_expr(&inner, e->as_lambda.body);
    adj_emit(&inner, e->as_lambda.body, OP_RETURN, 0, 0, 0);
    adj_compile_closure(u, e, adj_emit_finish(&inner, e), frame, bits);
}

// ---- classes ----

static void set_name_c(Unit *u, const AdjAst *at, const char *name)
{
    adj_emit(u, at, OP_SET_NAME, adj_emit_name_c(u, name), 0, 0);
}

// The texts of the body's `name: annotation` statements by name. They are not evaluated, so
// they may name what is not there; dataclasses read the names.
static void class_annotations(Unit *u, const AdjAst *s)
{
    AdjVM *vm = u->c->vm;
    const char *source = u->c->source->text;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->as_class.body.count; i++) {
        const AdjAst *a = s->as_class.body.items[i];
        if (a->kind != ADJ_AST_ANN_ASSIGN) continue;
        const AdjAst *target = a->as_ann_assign.target, *kind = a->as_ann_assign.annotation;
        if (target->kind != ADJ_AST_NAME) continue;
        AdjText name = target->as_name.id;
        AdjStr *texts[] = {
            adj_str_intern(vm, name.text, name.length),
            adj_str_intern(vm, source + kind->span.start, kind->span.end - kind->span.start)};
        for (int k = 0; k < 2; k++)
            adj_emit(u, a, OP_CONST, adj_emit_const(u, adj_obj_val(texts[k])), 0, 0);
        n++;
    }
    if (!n) return;
    adj_emit(u, s, OP_DICT, n, 0, 0);
    set_name_c(u, s, "__annotations__");
}

// The body of a class is a function without parameters that fills a dict of names and returns
// the cell that methods find the class in.
static AdjCode *class_code(Unit *outer, const AdjAst *s, Scope *frame)
{
    Unit u;
    AdjText name = s->as_class.name;
    if (!frame || !adj_unit_open(&u, outer, outer->c, frame, name.text, name.length))
        return NULL;
    u.class_name = &s->as_class.name;
    adj_compile_prologue(&u, s);
    adj_emit(&u, s, OP_GLOBAL, adj_emit_name_c(&u, "__name__"), adj_emit_cache(&u), 0);
    set_name_c(&u, s, "__module__");
    adj_emit(&u, s, OP_CONST, adj_emit_const(&u, adj_obj_val(adj_obj_keep(u.qualname))), 0, 0);
    set_name_c(&u, s, "__qualname__");
    const AdjText *doc = adj_ast_docstring(s->as_class.body);
    if (doc) {
        AdjStr *text = adj_str_intern(outer->c->vm, doc->text, doc->length);
        adj_emit(&u, s, OP_CONST, adj_emit_const(&u, adj_obj_val(text)), 0, 0);
        set_name_c(&u, s, "__doc__");
    }
    class_annotations(&u, s);
    adj_compile_body(&u, s->as_class.body);
    uint32_t cell = UINT32_MAX;
    for (uint32_t i = 0; i < frame->count; i++) {
        const Symbol *sym = frame->symbols[i];
        if (!(sym->flags & SYM_SLOT) || sym->name.length != 9) continue;
        if (!memcmp(sym->name.text, "__class__", 9)) cell = sym->slot;
    }
    if (cell != UINT32_MAX) {
        adj_emit(&u, s, OP_PUSH_CELL, cell, 0, 0);
        adj_emit(&u, s, OP_RETURN, 0, 0, 0);
    } else {
        adj_emit(&u, s, OP_RETURN_K, adj_emit_const(&u, ADJ_NONE), 0, 0);
    }
    return adj_emit_finish(&u, s);
}

// Pushes bases, then keyword values; their names go to [names] as a constant tuple.
static uint32_t class_args(Unit *u, AdjAstList args, uint32_t *named, AdjVal *names)
{
    AdjVM *vm = u->c->vm;
    uint32_t count = 0;
    *named = 0;
    for (uint32_t i = 0; i < args.count; i++) {
        const AdjAst *a = args.items[i];
        bool keyword = a->kind == ADJ_AST_KEYWORD;
        if (a->kind == ADJ_AST_STARRED || (keyword && !a->as_keyword.name.text)) {
            adj_compile_error(u->c, a->span, "unpacking in a class's bases is not supported");
            return 0;
        }
        if (keyword) (*named)++;
        adj_compile_expr(u, keyword ? a->as_keyword.value : a);
        count++;
    }
    if (!*named) return count;
    AdjTuple *t = adj_tuple_new(vm, *named);
    for (uint32_t i = 0, k = 0; t && i < args.count; i++) {
        if (args.items[i]->kind != ADJ_AST_KEYWORD) continue;
        t->items[k++] = adj_obj_val(adj_emit_mangled(u, args.items[i]->as_keyword.name));
    }
    *names = adj_obj_val(t);
    return count;
}

void adj_compile_class(Unit *u, const AdjAst *s)
{
    push_decorators(u, s->as_class.decorators);
    Scope *frame = adj_scope_child(u->scope, s);
    AdjCode *code = class_code(u, s, frame);
    if (!code) return;
    adj_compile_closure(u, s, code, frame, 0);
    AdjText name = s->as_class.name;
    AdjStr *text = adj_str_intern(u->c->vm, name.text, name.length);
    adj_emit(u, s, OP_CONST, adj_emit_const(u, adj_obj_val(text)), 0, 0);
    AdjVal names = ADJ_UNDEF;
    uint32_t named, count = class_args(u, s->as_class.args, &named, &names);
    if (named)
        adj_emit(u, s, OP_CLASS_KW, count, adj_emit_const(u, names), 0);
    else
        adj_emit(u, s, OP_CLASS, count, 0, 0);
    call_decorators(u, s->as_class.decorators);
    adj_compile_store_name(u, s, s->as_class.name);
}

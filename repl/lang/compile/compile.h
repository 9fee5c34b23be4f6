// SPDX-License-Identifier: Apache-2.0
// The compiler's own structures, shared by scope.c, emit.c, compile.c and compile_*.c.
//
// Two walks over the tree: scope.c finds for every name where it lives (a local, a cell shared
// with inner functions, a captured cell, a global), then the compile files write the code. All
// memory but the code itself is in one arena.
//
// Comprehensions (not generators) run in the frame of the function around them; their variables
// are locals of that frame under a scope of their own.
#pragma once

#include "lang/vm.h"

typedef enum ScopeKind { SCOPE_MODULE, SCOPE_FUNCTION, SCOPE_CLASS, SCOPE_COMP } ScopeKind;

enum {
    SYM_BOUND = 1,     // assigned in this scope
    SYM_GLOBAL = 2,    // declared global
    SYM_NONLOCAL = 4,  // declared nonlocal
    SYM_CELL = 8,      // shared with inner frames
    SYM_PARAM = 16,
    SYM_SLOT = 32,     // slot is assigned
};

typedef struct Symbol {
    AdjText name;
    unsigned flags;
    uint32_t slot;
    AdjSpan span;  // of the declaration, for messages
} Symbol;

typedef struct Scope {
    ScopeKind kind;
    const AdjAst *node;
    struct Scope *parent, *frame;  // frame: the scope whose frame holds this one's locals
    struct Scope *children, *last_child, *next;
    Symbol **symbols;
    uint32_t count, cap;
    Symbol **frees;  // frames: symbols of outer frames that pass through here
    uint32_t nfrees, frees_cap;
    uint32_t nlocals;
    Symbol **locals;  // frames: by slot
    uint32_t locals_cap;
    bool is_generator;
} Scope;

typedef struct Label {
    uint32_t chain;  // last jump waiting for the label, +1; 0: none
    int depth;       // at the label, known from the first jump
    bool used;
} Label;

typedef enum BlockKind {
    BLOCK_LOOP,     // for: the iterator is on the stack; while: nothing
    BLOCK_TRY,      // try body with handlers: nothing to undo but the range
    BLOCK_FINALLY,  // try body with a finally: run it on the way out
    BLOCK_HANDLER,  // except body: what was handled before is on the stack
    BLOCK_WITH,     // with body: the exit method is on the stack
    BLOCK_CLEANUP,  // finally body run for an exception: [previous, exception] are on the stack
} BlockKind;

typedef struct Block {
    BlockKind kind;
    struct Block *outer;
    const AdjAst *node;      // the statement
    const AdjText *name;     // HANDLER: the bound name, to be unset
    bool is_for;
    Label *on_break, *on_continue;
    uint32_t range_start;    // of the protected range being written
    bool has_range;
    int depth;               // temporaries the handler finds
    uint32_t *starts, *ends;  // ranges closed so far
    uint32_t nranges, ranges_cap;
} Block;

typedef struct Compiler {
    AdjVM *vm;
    AdjArena arena;
    AdjSource *source;
    uint32_t source_id;
    bool failed;        // an exception is raised
    Scope *root;
    unsigned flags;
} Compiler;

// What is being written for one frame.
typedef struct Unit {
    Compiler *c;
    struct Unit *outer;
    Scope *frame, *scope;   // scope: the frame's, or a comprehension inside it
    const AdjText *class_name;  // innermost class, for __private names
    AdjStr *name, *qualname;    // kept
    AdjVal doc;
    uint16_t *code;         // malloc'ed through adj_lang_alloc
    AdjSpan *spans;
    uint32_t length, cap;
    AdjVal *consts;
    uint32_t nconsts, consts_cap;
    uint32_t *const_table, const_table_cap;
    AdjHandler *handlers;
    uint32_t nhandlers, handlers_cap;
    uint32_t ncaches;
    int depth, max_depth;
    Block *block;
    int unwound, unwound_depth;  // what adj_compile_unwind left, for the way back
    bool unwound_open[64];
} Unit;

// ---- scope.c ----
Scope *adj_scope_build(Compiler *c, const AdjAst *module);
Scope *adj_scope_child(Scope *s, const AdjAst *node);

typedef enum PlaceKind {
    PLACE_LOCAL,
    PLACE_CELL,
    PLACE_FREE,
    PLACE_GLOBAL,
    PLACE_NAME,        // class body
    PLACE_CLASS_FREE,  // class body, captured
} PlaceKind;
typedef struct Place {
    PlaceKind kind;
    uint32_t at;
} Place;
Place adj_scope_place(Compiler *c, Scope *s, AdjText name);
bool adj_text_equal(AdjText a, AdjText b);

// ---- emit.c ----
void adj_compile_error(Compiler *c, AdjSpan span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void *adj_compile_grow(Compiler *c, void *old, uint32_t *cap, uint32_t need, size_t item);
void adj_emit(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b, uint32_t c);
void adj_emit_jump(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b, Label *to);
void adj_emit_back(Unit *u, const AdjAst *at, AdjOpcode op, uint32_t a, uint32_t b,
                   uint32_t target);
void adj_emit_label(Unit *u, Label *l);
uint32_t adj_emit_const(Unit *u, AdjVal v);      // takes the reference
uint32_t adj_emit_name(Unit *u, AdjText name);   // mangled if private
uint32_t adj_emit_name_c(Unit *u, const char *name);
uint32_t adj_emit_cache(Unit *u);
AdjStr *adj_emit_mangled(Unit *u, AdjText name);  // new reference
AdjCode *adj_emit_finish(Unit *u, const AdjAst *node);
void adj_emit_abandon(Unit *u);
void adj_block_push(Unit *u, Block *b, BlockKind kind, const AdjAst *node);
void adj_block_pop(Unit *u, Block *b);
void adj_block_open(Unit *u, Block *b);   // protected range begins here
void adj_block_close(Unit *u, Block *b);  // and ends here
void adj_block_handlers(Unit *u, Block *b, uint32_t handler);  // writes the rows of the table

// ---- compile.c: statements ----
void adj_compile_body(Unit *u, AdjAstList body);
void adj_compile_store(Unit *u, const AdjAst *target);
void adj_compile_store_name(Unit *u, const AdjAst *at, AdjText name);
void adj_compile_unwind(Unit *u, const AdjAst *at, Block *upto, bool keep_top);

// ---- compile_expr.c, compile_call.c, compile_comp.c ----
void adj_compile_expr(Unit *u, const AdjAst *e);
void adj_compile_jump(Unit *u, const AdjAst *e, bool when, Label *to);
void adj_compile_jump_back(Unit *u, const AdjAst *e, uint32_t top, Label *out);
bool adj_compile_const_value(const AdjAst *e, Unit *u, AdjVal *out);  // new reference
bool adj_compile_local(Unit *u, const AdjAst *e, uint32_t *slot);
void adj_compile_load_name(Unit *u, const AdjAst *at, AdjText name);
void adj_compile_call(Unit *u, const AdjAst *e);
void adj_compile_pipe(Unit *u, const AdjAst *e);
void adj_compile_display(Unit *u, const AdjAst *e);
void adj_compile_comp(Unit *u, const AdjAst *e);
void adj_compile_generator(Unit *u, const AdjAst *e);
AdjOpcode adj_compile_binary_op(AdjAstOp op);

// ---- compile_def.c, compile_try.c ----
void adj_compile_function(Unit *u, const AdjAst *s);
void adj_compile_lambda(Unit *u, const AdjAst *e);
void adj_compile_class(Unit *u, const AdjAst *s);
bool adj_unit_open(Unit *u, Unit *outer, Compiler *c, Scope *frame, const char *name,
                   size_t len);
void adj_compile_closure(Unit *u, const AdjAst *at, AdjCode *code, Scope *frame, uint32_t bits);
void adj_compile_prologue(Unit *u, const AdjAst *at);
void adj_compile_try(Unit *u, const AdjAst *s);
void adj_compile_with(Unit *u, const AdjAst *s);

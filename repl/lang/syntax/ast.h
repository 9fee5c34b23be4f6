// SPDX-License-Identifier: Apache-2.0
// The syntax tree: what the parser makes and the compiler, help, completion and formula view
// read.
//
// The rows of ast.def are the authority; this header turns them into types. A node is one
// tagged struct, AdjAst: its kind, its span in the source, and the fields of its kind at
// `as_<member>`, so that an `if` reads node->as_if.test. Nodes, lists and texts live in an
// arena that is freed as a whole; nothing in a tree is freed alone, and no tree points into the
// text it was parsed from.
//
// Invariants. Children lie inside their parent's span (decorators excepted). A tree is never
// deeper than ADJ_AST_MAX_DEPTH, so recursion over it needs bounded stack. Equal identifiers of
// one parse are the same pointer: names may be compared with ==, and hold their hash.
#ifndef ADJ_LANG_AST_H
#define ADJ_LANG_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Trees deeper than this are refused by the parser with a sentence. A frame of 500 bytes per
// level then needs half a megabyte, which any thread has.
enum { ADJ_AST_MAX_DEPTH = 1000 };

// ---- arena ----

typedef struct AdjArenaBlock AdjArenaBlock;

// Zero-initialised is empty. used_bytes counts what was handed out.
typedef struct AdjArena {
    AdjArenaBlock *blocks;  // newest first, owned
    size_t used_bytes;
} AdjArena;

// Zeroed memory aligned for any type, alive until adj_arena_free. NULL when memory is out; an
// allocation of 0 bytes is not NULL.
void *adj_arena_alloc(AdjArena *arena, size_t size);
// Releases everything made in [arena], which is empty afterwards and may be used again.
void adj_arena_free(AdjArena *arena);

// ---- source ----

// A half-open range of byte offsets in the source text.
typedef struct AdjSpan {
    uint32_t start;
    uint32_t end;
} AdjSpan;

// line counts from 1; column counts characters (code points) from 0; byte counts bytes from 0.
typedef struct AdjPosition {
    uint32_t line;
    uint32_t column;
    uint32_t byte;
} AdjPosition;

// A text with a name ("cell 7", "model.adj") and a table of its lines. Reference counted
// because code, tape nodes and tracebacks outlive the tree.
typedef struct AdjSource {
    size_t references;
    char *name;            // owned
    char *text;            // owned copy, NUL-terminated, may also hold NUL
    uint32_t length;       // bytes, the terminator excluded
    uint32_t *line_start;  // (line_count), owned; byte offset of each line
    uint32_t line_count;   // at least 1
} AdjSource;

// A new source with one reference; copies both texts. NULL when memory is out or the text
// passes 1 GiB.
AdjSource *adj_source_new(const char *name, const char *text, size_t length);
AdjSource *adj_source_keep(AdjSource *source);
// Gives one reference back; NULL is allowed.
void adj_source_drop(AdjSource *source);
// Where [offset] is; offsets past the end give the end. A binary search, so cheap enough per
// frame.
AdjPosition adj_source_position(const AdjSource *source, uint32_t offset);
// The bytes of line [line] (from 1), its newline excluded. Empty when there is no such line.
AdjSpan adj_source_line(const AdjSource *source, uint32_t line);

// ---- tree ----

typedef struct AdjAst AdjAst;

// Bytes in the arena, NUL-terminated after length bytes. text is NULL when a field is absent.
// Identifiers are interned per parse: equal names have equal pointers.
typedef struct AdjText {
    const char *text;
    uint32_t length;
    uint32_t hash;  // FNV-1a of the bytes; set for identifiers only
} AdjText;

typedef struct AdjAstList {
    AdjAst **items;  // count entries, NULL when count is 0
    uint32_t count;
} AdjAstList;

typedef enum AdjAstOp {
#define OPERATOR(KIND, text, dunder) ADJ_OP_##KIND,
#include "lang/syntax/ast.def"
    ADJ_OP_COUNT
} AdjAstOp;

typedef enum AdjParamKind {
    ADJ_PARAM_POSITIONAL_ONLY,  // before `/`
    ADJ_PARAM_PLAIN,
    ADJ_PARAM_STAR,  // *args; a bare `*` leaves no node, only keyword-only ones after it
    ADJ_PARAM_KEYWORD_ONLY,
    ADJ_PARAM_DOUBLE_STAR,  // **kwargs
} AdjParamKind;

typedef enum AdjAstKind {
#define NODE(KIND, member, fields) ADJ_AST_##KIND,
#include "lang/syntax/ast.def"
    ADJ_AST_KIND_COUNT
} AdjAstKind;

#define AST(n) AdjAst *n;
#define OPT(n) AdjAst *n;
#define LIST(n) AdjAstList n;
#define TEXT(n) AdjText n;
#define INT(n) int64_t n;
#define FLOAT(n) double n;
#define BOOL(n) bool n;
#define OP(n) AdjAstOp n;
#define OPS(n) const AdjAstOp *n;

struct AdjAst {
    uint8_t kind;        // AdjAstKind
    bool parenthesised;  // written in its own parentheses
    uint16_t depth;      // 1 for a leaf, else 1 + the deepest child
    AdjSpan span;
    union {
#define NODE(KIND, member, fields) \
    struct {                       \
        fields                     \
    } as_##member;
#include "lang/syntax/ast.def"
    };
};

#undef AST
#undef OPT
#undef LIST
#undef TEXT
#undef INT
#undef FLOAT
#undef BOOL
#undef OP
#undef OPS

// "BINARY", "IF" ...; for messages about the tree itself.
const char *adj_ast_kind_name(AdjAstKind kind);
// "+", "not in" ...
const char *adj_ast_op_text(AdjAstOp op);
// "add" for __add__ / __radd__ / __iadd__; NULL where no method stands behind the operator.
const char *adj_ast_op_method(AdjAstOp op);

// The text of the docstring of a module, function or class, or NULL. [body] is the body's list.
const AdjText *adj_ast_docstring(AdjAstList body);
// The EXPR whose value a prompt shows: the last statement of [module], unless `;` silenced it.
// NULL when the cell ends in something else.
AdjAst *adj_ast_cell_value(const AdjAst *module);

// Calls visit(child, context) for every child of [node] in field order, NULL entries left out;
// stops early and returns false as soon as visit does.
typedef bool AdjAstVisit(AdjAst *child, void *context);
bool adj_ast_children(const AdjAst *node, AdjAstVisit *visit, void *context);
// The innermost node whose span holds [offset], or NULL outside the tree.
AdjAst *adj_ast_at(AdjAst *root, uint32_t offset);

// Writes the tree as indented lines, one node each: for tests and the curious.
void adj_ast_dump(const AdjAst *root, FILE *out);

#endif

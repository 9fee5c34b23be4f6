// SPDX-License-Identifier: Apache-2.0
// The tree's housekeeping: the arena it lives in, the source it came from, and everything that
// can be derived from the rows of ast.def without knowing what a node means: names, the walk
// over children, the dump. The compiler and the tools add the meaning.
//
// Invariant: arena blocks are never moved or shrunk while the arena lives, so pointers into
// them stay good until adj_arena_free.
#include "lang/syntax/ast.h"

#include <stdlib.h>
#include <string.h>

// ---- arena ----

enum { BLOCK_BYTES = 16 * 1024, ALIGNMENT = 16 };

struct AdjArenaBlock {
    AdjArenaBlock *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
};

static AdjArenaBlock *add_block(AdjArena *arena, size_t size)
{
    size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    AdjArenaBlock *block = calloc(1, sizeof *block + capacity);
    if (!block) return NULL;
    block->size = capacity;
    block->next = arena->blocks;
    return arena->blocks = block;
}

void *adj_arena_alloc(AdjArena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    AdjArenaBlock *block = arena->blocks;
    if (!block || block->size - block->used < size) block = add_block(arena, size);
    if (!block) return NULL;
    void *result = block->bytes + block->used;
    block->used += size;
    arena->used_bytes += size;
    return result;
}

void adj_arena_free(AdjArena *arena)
{
    for (AdjArenaBlock *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    *arena = (AdjArena){0};
}

// ---- source ----

enum { MAX_SOURCE_BYTES = 1 << 30 };

// A line ends at \n, \r\n or \r, as the lexer has it. Fills [starts] when it is not NULL.
static uint32_t count_lines(const char *text, uint32_t length, uint32_t *starts)
{
    uint32_t count = 1;
    if (starts) starts[0] = 0;
    for (uint32_t i = 0; i < length; i++) {
        bool ends =
            text[i] == '\n' || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n'));
        if (!ends) continue;
        if (starts) starts[count] = i + 1;
        count++;
    }
    return count;
}

AdjSource *adj_source_new(const char *name, const char *text, size_t length)
{
    if (length > MAX_SOURCE_BYTES) return NULL;
    AdjSource *source = calloc(1, sizeof *source);
    if (!source) return NULL;
    source->references = 1;
    source->length = (uint32_t)length;
    source->line_count = count_lines(text, source->length, NULL);
    source->name = strdup(name);
    source->text = malloc(length + 1);
    source->line_start = malloc(source->line_count * sizeof *source->line_start);
    if (!source->name || !source->text || !source->line_start) {
        adj_source_drop(source);
        return NULL;
    }
    memcpy(source->text, text, length);
    source->text[length] = '\0';
    count_lines(text, source->length, source->line_start);
    return source;
}

AdjSource *adj_source_keep(AdjSource *source)
{
    source->references++;
    return source;
}

void adj_source_drop(AdjSource *source)
{
    if (!source || --source->references > 0) return;
    free(source->name);
    free(source->text);
    free(source->line_start);
    free(source);
}

AdjPosition adj_source_position(const AdjSource *source, uint32_t offset)
{
    if (offset > source->length) offset = source->length;
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_start[middle] <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    uint32_t start = source->line_start[low], column = 0;
    for (uint32_t i = start; i < offset; i++) column += (source->text[i] & 0xc0) != 0x80;
    return (AdjPosition){low + 1, column, offset - start};
}

AdjSpan adj_source_line(const AdjSource *source, uint32_t line)
{
    if (line < 1 || line > source->line_count) return (AdjSpan){source->length, source->length};
    uint32_t start = source->line_start[line - 1];
    uint32_t end = line < source->line_count ? source->line_start[line] : source->length;
    while (end > start && (source->text[end - 1] == '\n' || source->text[end - 1] == '\r'))
        end--;
    return (AdjSpan){start, end};
}

// ---- names ----

const char *adj_ast_kind_name(AdjAstKind kind)
{
    static const char *const names[] = {
#define NODE(KIND, member, fields) [ADJ_AST_##KIND] = #KIND,
#include "lang/syntax/ast.def"
    };
    return names[kind];
}

typedef struct OperatorRow {
    const char *text, *method;
} OperatorRow;

static const OperatorRow operators[] = {
#define OPERATOR(KIND, text, method) [ADJ_OP_##KIND] = {text, method},
#include "lang/syntax/ast.def"
};

const char *adj_ast_op_text(AdjAstOp op)
{
    return operators[op].text;
}

const char *adj_ast_op_method(AdjAstOp op)
{
    return operators[op].method;
}

// ---- questions ----

const AdjText *adj_ast_docstring(AdjAstList body)
{
    if (body.count == 0 || body.items[0]->kind != ADJ_AST_EXPR) return NULL;
    const AdjAst *value = body.items[0]->as_expr.value;
    return value->kind == ADJ_AST_STR && !value->as_str.is_bytes ? &value->as_str.value : NULL;
}

AdjAst *adj_ast_cell_value(const AdjAst *module)
{
    AdjAstList body = module->as_module.body;
    if (body.count == 0) return NULL;
    AdjAst *last = body.items[body.count - 1];
    return last->kind == ADJ_AST_EXPR && !last->as_expr.silent ? last : NULL;
}

// ---- fields: the rows as a table, and what follows from it ----

typedef enum FieldType {
    FIELD_LAST,  // ends a table
    FIELD_NODE,
    FIELD_LIST,
    FIELD_TEXT,
    FIELD_INT,
    FIELD_FLOAT,
    FIELD_BOOL,
    FIELD_OP,
    FIELD_OPS,
} FieldType;

typedef struct Field {
    FieldType type;
    const char *name;
    size_t offset;  // from the start of the union
} Field;

#define FIELD(type, n) {FIELD_##type, #n, offsetof(Here, n)},
#define AST(n) FIELD(NODE, n)
#define OPT(n) FIELD(NODE, n)
#define LIST(n) FIELD(LIST, n)
#define TEXT(n) FIELD(TEXT, n)
#define INT(n) FIELD(INT, n)
#define FLOAT(n) FIELD(FLOAT, n)
#define BOOL(n) FIELD(BOOL, n)
#define OP(n) FIELD(OP, n)
#define OPS(n) FIELD(OPS, n)

static const Field *fields_of(AdjAstKind kind)
{
    switch (kind) {
#define NODE(KIND, member, rows)                               \
    case ADJ_AST_##KIND: {                                     \
        typedef __typeof__(((AdjAst *)0)->as_##member) Here;   \
        static const Field table[] = {rows{FIELD_LAST, 0, 0}}; \
        (void)(Here *)0;                                       \
        return table;                                          \
    }
#include "lang/syntax/ast.def"
    case ADJ_AST_KIND_COUNT: break;
    }
    static const Field none[] = {{FIELD_LAST, 0, 0}};
    return none;
}

static const void *field_at(const AdjAst *node, const Field *field)
{
    return (const char *)node + offsetof(AdjAst, as_module) + field->offset;
}

bool adj_ast_children(const AdjAst *node, AdjAstVisit *visit, void *context)
{
    for (const Field *field = fields_of(node->kind); field->type; field++) {
        const void *at = field_at(node, field);
        if (field->type == FIELD_NODE) {
            AdjAst *child = *(AdjAst *const *)at;
            if (child && !visit(child, context)) return false;
        } else if (field->type == FIELD_LIST) {
            const AdjAstList *list = at;
            for (uint32_t i = 0; i < list->count; i++) {
                if (list->items[i] && !visit(list->items[i], context)) return false;
            }
        }
    }
    return true;
}

typedef struct Search {
    AdjAst *best;
    uint32_t offset;
} Search;

static bool visit_at(AdjAst *child, void *context)
{
    Search *search = context;
    bool inside = child->span.start <= search->offset && search->offset < child->span.end;
    if (inside) search->best = child;
    // A decorator stands outside its function's span, so its owner is searched in any case.
    bool decorated = child->kind == ADJ_AST_FUNCTION || child->kind == ADJ_AST_CLASS;
    if (inside || decorated) adj_ast_children(child, visit_at, search);
    return true;
}

AdjAst *adj_ast_at(AdjAst *root, uint32_t offset)
{
    Search search = {NULL, offset};
    visit_at(root, &search);
    return search.best;
}

// ---- dump ----

// Quoted; control characters as \xhh, other bytes as they are.
static void dump_text(FILE *out, const AdjText *value)
{
    fputc('"', out);
    for (uint32_t i = 0; i < value->length; i++) {
        unsigned char c = (unsigned char)value->text[i];
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(out, "\\x%02x", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void dump_scalar(FILE *out, const Field *field, const void *at, uint32_t ops)
{
    const AdjAstOp *op = at;
    if (field->type == FIELD_TEXT && ((const AdjText *)at)->text) {
        fprintf(out, " %s=", field->name);
        dump_text(out, at);
    } else if (field->type == FIELD_INT) {
        fprintf(out, " %s=%lld", field->name, (long long)*(const int64_t *)at);
    } else if (field->type == FIELD_FLOAT) {
        fprintf(out, " %s=%.17g", field->name, *(const double *)at);
    } else if (field->type == FIELD_BOOL && *(const bool *)at) {
        fprintf(out, " %s", field->name);
    } else if (field->type == FIELD_OP) {
        fprintf(out, " %s", adj_ast_op_text(*op));
    } else if (field->type == FIELD_OPS) {
        op = *(const AdjAstOp *const *)at;
        for (uint32_t i = 0; i < ops; i++) fprintf(out, " %s", adj_ast_op_text(op[i]));
    }
}

static void dump_node(const AdjAst *node, const char *name, int level, FILE *out)
{
    fprintf(out, "%*s%s: ", 2 * level, "", name);
    if (!node) {
        fprintf(out, "-\n");
        return;
    }
    fprintf(out, "%s %u-%u", adj_ast_kind_name(node->kind), node->span.start, node->span.end);
    const Field *first = fields_of(node->kind);
    uint32_t ops = 0;  // an OPS field is as long as the list before it
    for (const Field *field = first; field->type; field++) {
        const void *at = field_at(node, field);
        if (field->type == FIELD_LIST) ops = ((const AdjAstList *)at)->count;
        dump_scalar(out, field, at, ops);
    }
    fputc('\n', out);
    for (const Field *field = first; field->type; field++) {
        const void *at = field_at(node, field);
        if (field->type == FIELD_NODE) {
            const AdjAst *child = *(AdjAst *const *)at;
            if (child) dump_node(child, field->name, level + 1, out);
        } else if (field->type == FIELD_LIST) {
            const AdjAstList *list = at;
            for (uint32_t i = 0; i < list->count; i++) {
                dump_node(list->items[i], field->name, level + 1, out);
            }
        }
    }
}

void adj_ast_dump(const AdjAst *root, FILE *out)
{
    dump_node(root, "root", 0, out);
}

// SPDX-License-Identifier: Apache-2.0
// Code objects: the rows of opcodes.def as a table, what each instruction does to the stack,
// and the verifier, which walks every path of a chunk and checks that depths agree where paths
// meet and that operands are in range. The compiler runs it on every chunk of a debug build;
// its answer also gives the room a frame needs.
#include <string.h>

#include "lang/vm.h"

const AdjOpcodeRow adj_opcode_rows[OP_COUNT] = {
#define OPCODE(name, operands, pops, pushes, text) \
    [OP_##name] = {#name, operands, pops, pushes, text},
#include "lang/compile/opcodes.def"
#undef OPCODE
};

uint32_t adj_opcode_units(AdjOpcode op)
{
    uint32_t n = 1;
    for (const char *p = adj_opcode_rows[op].operands; *p; p++) n += *p == 'j' ? 2 : 1;
    return n;
}

static void set(int *pops, int *pushes, int a, int b)
{
    *pops = a;
    *pushes = b;
}

void adj_code_effect(const uint16_t *at, bool taken, int *pops, int *pushes)
{
    const AdjOpcodeRow *row = &adj_opcode_rows[at[0]];
    int a = row->operands[0] ? at[1] : 0, b = row->operands[0] && row->operands[1] ? at[2] : 0;
    set(pops, pushes, row->pops, row->pushes);
    switch ((AdjOpcode)at[0]) {
    case OP_COPY: set(pops, pushes, a, a + 1); break;
    case OP_SWAP: set(pops, pushes, a, a); break;
    case OP_JF_KEEP:
    case OP_JT_KEEP: set(pops, pushes, 1, taken); break;
    case OP_LIST:
    case OP_TUPLE:
    case OP_SET:
    case OP_DICT_K:
    case OP_JOIN: *pops = a; break;
    case OP_DICT: *pops = 2 * a; break;
    case OP_UNPACK: *pushes = a; break;
    case OP_UNPACK_STAR: *pushes = a + 1 + b; break;
    case OP_FORMAT: *pops = a & 256 ? 2 : 1; break;
    case OP_FOR: set(pops, pushes, 1, taken ? 0 : 2); break;
    case OP_FOR_LOCAL: set(pops, pushes, 1, taken ? 0 : 1); break;
    case OP_CALL:
    case OP_CALL_KW: *pops = a + 1; break;
    case OP_CALL_METHOD:
    case OP_CALL_METHOD_KW:
    case OP_CLASS:
    case OP_CLASS_KW:
    case OP_PIPE_CALL: *pops = a + 2; break;
    case OP_CALL_EX: *pops = 2 + a; break;
    case OP_PIPE_CALL_EX: *pops = 3 + a; break;
    case OP_FUNCTION: *pops = (b & 1) + (b >> 1 & 1) + at[3]; break;
    case OP_RAISE:
    case OP_ASSERT: *pops = a; break;
    default: break;
    }
}

static bool ends_path(AdjOpcode op)
{
    return op == OP_RETURN || op == OP_RETURN_K || op == OP_JUMP || op == OP_BACK ||
           op == OP_RAISE || op == OP_RERAISE || op == OP_ASSERT;
}

// ---- the verifier ----

typedef struct Check {
    const AdjCode *c;
    int32_t *depth;      // by unit: temporaries before it, -1 not seen
    uint32_t *work;      // units still to walk
    uint32_t work_count;
    int max;
} Check;

static const char *operands_fit(const AdjCode *c, const uint16_t *at)
{
    const uint16_t *unit = at + 1;
    for (const char *p = adj_opcode_rows[at[0]].operands; *p; p++) {
        bool ok = true;
        if (*p == 'l') ok = *unit < c->nlocals;
        if (*p == 'k' || *p == 'n') ok = *unit < c->nconsts;
        if (*p == 'f') ok = *unit < c->nfree;
        if (*p == 'c') ok = *unit < c->ncaches;
        if (!ok) return "an operand is out of range";
        unit += *p == 'j' ? 2 : 1;
    }
    return NULL;
}

static const char *reach(Check *k, uint32_t at, int depth)
{
    if (at >= k->c->length) return "code runs past its end";
    if (depth < 0) return "an instruction takes more than there is";
    if (depth > k->max) k->max = depth;
    if (k->depth[at] >= 0) return k->depth[at] == depth ? NULL : "paths meet at unequal depths";
    k->depth[at] = depth;
    k->work[k->work_count++] = at;
    return NULL;
}

static const char *walk(Check *k, uint32_t at)
{
    const AdjCode *c = k->c;
    const uint16_t *i = c->code + at;
    if (i[0] >= OP_COUNT) return "no such instruction";
    uint32_t units = adj_opcode_units(i[0]);
    if (at + units > c->length) return "an instruction is cut off";
    const char *wrong = operands_fit(c, i);
    int depth = k->depth[at], pops, pushes;
    for (uint32_t h = 0; !wrong && h < c->nhandlers; h++) {
        const AdjHandler *r = &c->handlers[h];
        if (at < r->start || at >= r->end) continue;
        // RERAISE has taken its exception before it fails; the others leave their operands.
        if ((int)r->depth > depth - (i[0] == OP_RERAISE))
            return "a handler expects more than there is";
        wrong = reach(k, r->handler, (int)r->depth + 1);
        break;
    }
    if (wrong) return wrong;
    const char *ops = adj_opcode_rows[i[0]].operands;
    if (*ops && ops[strlen(ops) - 1] == 'j') {
        int32_t offset;
        memcpy(&offset, i + units - 2, sizeof offset);
        adj_code_effect(i, true, &pops, &pushes);
        if (pops > depth) return "an instruction takes more than there is";
        wrong = reach(k, (uint32_t)((int64_t)at + units + offset), depth - pops + pushes);
    }
    if (wrong || ends_path(i[0])) return wrong;
    adj_code_effect(i, false, &pops, &pushes);
    if (pops > depth) return "an instruction takes more than there is";
    if (depth - pops + pushes > k->max) k->max = depth - pops + pushes;
    return reach(k, at + units, depth - pops + pushes);
}

const char *adj_code_verify(const AdjCode *c)
{
    Check k = {.c = c};
    size_t depth_bytes = c->length * sizeof *k.depth, work_bytes = c->length * sizeof *k.work;
    k.depth = adj_lang_alloc(NULL, depth_bytes);
    k.work = adj_lang_alloc(NULL, work_bytes);
    const char *wrong = k.depth && k.work ? NULL : "no memory to verify the code";
    if (!wrong) {
        memset(k.depth, 0xff, depth_bytes);
        wrong = reach(&k, 0, 0);
    }
    while (!wrong && k.work_count) wrong = walk(&k, k.work[--k.work_count]);
    if (!wrong && k.max > (int)c->max_stack) wrong = "the frame has too little room";
    adj_lang_free(k.depth, depth_bytes);
    adj_lang_free(k.work, work_bytes);
    return wrong;
}

bool adj_code_check(AdjVM *vm, AdjCode *code)
{
    const char *wrong = adj_code_verify(code);
    if (wrong) {
        return adj_raise(vm, ADJ_EXC_SystemError, "compiled code of %s is wrong: %s",
                         code->qualname->data, wrong);
    }
    for (uint32_t i = 0; i < code->nconsts; i++) {
        if (!adj_is_exact(code->consts[i], &adj_type_code)) continue;
        if (!adj_code_check(vm, (AdjCode *)code->consts[i].o)) return false;
    }
    return true;
}

// ---- the object ----

static void names_free(AdjStr **names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) adj_obj_drop(names[i]);
    if (names) adj_lang_free(names, count * sizeof *names);
}

static void code_drop(AdjObj *o)
{
    AdjCode *c = (AdjCode *)o;
    for (uint32_t i = 0; i < c->nconsts; i++) adj_val_drop(c->consts[i]);
    adj_lang_free(c->consts, c->nconsts * sizeof *c->consts);
    adj_lang_free(c->code, c->length * sizeof *c->code);
    adj_lang_free(c->spans, c->length * sizeof *c->spans);
    adj_lang_free(c->handlers, c->nhandlers * sizeof *c->handlers);
    adj_lang_free(c->caches, c->ncaches * sizeof *c->caches);
    if (c->cells) adj_lang_free(c->cells, c->ncells * sizeof *c->cells);
    names_free(c->locals, c->nlocals);
    names_free(c->free, c->nfree);
    adj_obj_drop(c->name);
    adj_obj_drop(c->qualname);
    adj_val_drop(c->doc);
    adj_obj_drop(c->annotations);
    if (c->source) adj_source_drop(c->source);
}

static bool code_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjCode *c = (AdjCode *)self.o;
    return adj_out(out, adj_str_format(vm, "<code object %s at %p, file \"%s\", line %u>",
                                       c->name->data, (void *)c, c->source->name,
                                       adj_source_position(c->source, c->span.start).line));
}

static bool code_get_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(((AdjCode *)self.o)->name));
}

static bool code_get_argcount(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, ((AdjCode *)self.o)->nargs);
}

static bool code_get_varnames(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjCode *c = (AdjCode *)self.o;
    AdjTuple *t = adj_tuple_new(vm, c->nlocals);
    for (uint32_t i = 0; t && i < c->nlocals; i++) {
        t->items[i] = adj_val_keep(adj_obj_val(c->locals[i]));
    }
    return adj_out(out, t);
}

AdjType adj_type_code = {
    .name = "code",
    .size = sizeof(AdjCode),
    .drop = code_drop,
    .repr = code_repr,
    .attrs = (const AdjAttr[]){
        {"co_name", code_get_name, NULL, "The name of the function."},
        {"co_argcount", code_get_argcount, NULL, "The number of positional parameters."},
        {"co_varnames", code_get_varnames, NULL, "The names of the locals."},
        {0}},
};

// SPDX-License-Identifier: Apache-2.0
// The disassembler: code as text, one instruction a line, from the rows of opcodes.def.
#include <string.h>

#include "lang/vm.h"

static void print_const(AdjVal v, FILE *out)
{
    switch ((AdjTag)v.tag) {
    case ADJ_T_NONE: fputs("None", out); return;
    case ADJ_T_BOOL: fputs(v.i ? "True" : "False", out); return;
    case ADJ_T_INT: fprintf(out, "%lld", (long long)v.i); return;
    case ADJ_T_FLOAT: fprintf(out, "%.17g", v.f); return;
    case ADJ_T_OBJ: break;
    default: fputs("...", out); return;
    }
    if (adj_is_str(v)) fprintf(out, "'%.40s'", adj_as_str(v)->data);
    else fprintf(out, "<%s>", v.o->type->name);
}

static void print_operand(const AdjCode *c, char kind, uint16_t v, FILE *out)
{
    switch (kind) {
    case 'l': fprintf(out, " %s", c->locals[v] ? c->locals[v]->data : "?"); break;
    case 'f': fprintf(out, " %s", c->free[v]->data); break;
    case 'k':
    case 'n':
        fputc(' ', out);
        print_const(c->consts[v], out);
        break;
    case 'c': break;
    default: fprintf(out, " %u", v);
    }
}

static void print_instruction(const AdjCode *c, uint32_t at, FILE *out)
{
    const uint16_t *i = c->code + at;
    const AdjOpcodeRow *row = &adj_opcode_rows[i[0]];
    AdjPosition p = adj_source_position(c->source, c->spans[at].start);
    fprintf(out, "%4u %5u  %-16s", p.line, at, row->name);
    const uint16_t *unit = i + 1;
    for (const char *o = row->operands; *o; o++) {
        if (*o != 'j') {
            print_operand(c, *o, *unit++, out);
            continue;
        }
        int32_t offset;
        memcpy(&offset, unit, sizeof offset);
        unit += 2;
        fprintf(out, " -> %d", (int)(unit - c->code) + offset);
    }
    fputc('\n', out);
}

void adj_code_print(const AdjCode *c, FILE *out)
{
    fprintf(out, "%s: %u locals, %u temporaries\n", c->qualname->data, c->nlocals,
            c->max_stack);
    for (uint32_t at = 0; at < c->length; at += adj_opcode_units(c->code[at])) {
        print_instruction(c, at, out);
    }
    for (uint32_t h = 0; h < c->nhandlers; h++) {
        const AdjHandler *r = &c->handlers[h];
        fprintf(out, "     %u-%u: handler %u, depth %u\n", r->start, r->end, r->handler,
                r->depth);
    }
    for (uint32_t k = 0; k < c->nconsts; k++) {
        if (adj_is_exact(c->consts[k], &adj_type_code)) {
            fputc('\n', out);
            adj_code_print((AdjCode *)c->consts[k].o, out);
        }
    }
}

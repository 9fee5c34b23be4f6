// SPDX-License-Identifier: Apache-2.0
// The machine: one loop over the instructions of opcodes.def.
//
// Calls of functions written in the language push a frame and stay in the loop; only natives
// that call back enter it again. The fast paths here (numbers, lists, dicts, cached attributes)
// are shortcuts of what operate.c and attribute.c define; whatever they do not recognise goes
// there.
//
// pc points at the running instruction until it has succeeded, so that a failure knows its
// span. Before anything that may call, raise, or look at the machine, SAVE writes pc and sp to
// the frame. sp points at the first free place.
//
// Reference counts: the stack owns what is on it. Operands taken from locals and constants are
// borrowed, which is sound because only this frame's own instructions can unset its locals.
#include <math.h>
#include <string.h>

#include "vm.h"

#define NAME_AT(i) ((AdjStr *)consts[pc[i]].o)
#define CACHE_AT(i) (&frame->code->caches[pc[i]])
#define SAVE() (frame->pc = pc, frame->sp = sp)
#define NEXT(n) \
    do { \
        pc += (n); \
        goto *jump[*pc]; \
    } while (0)
#define OP(name) op_##name
// Jumps by the offset in the last two of the instruction's [n] units.
#define JUMP(n) \
    do { \
        pc += (n) + jump_offset(pc + (n)-2); \
        goto *jump[*pc]; \
    } while (0)
#define JUMP_BACK(n) \
    do { \
        if (UNLIKELY(atomic_load_explicit(&vm->pending, memory_order_relaxed))) { \
            SAVE(); \
            if (!adj_pending(vm)) goto fail; \
        } \
        JUMP(n); \
    } while (0)
#define TRY(call) \
    do { \
        SAVE(); \
        if (UNLIKELY(!(call))) goto fail; \
    } while (0)

static inline int32_t jump_offset(const uint16_t *at)
{
    int32_t offset;
    memcpy(&offset, at, sizeof offset);
    return offset;
}

static inline bool both_int(AdjVal a, AdjVal b)
{
    return a.tag == ADJ_T_INT && b.tag == ADJ_T_INT;
}
static inline bool both_float(AdjVal a, AdjVal b)
{
    return a.tag == ADJ_T_FLOAT && b.tag == ADJ_T_FLOAT;
}
// One is a float and the other an int or float.
static inline bool mixed_float(AdjVal a, AdjVal b)
{
    return (a.tag == ADJ_T_FLOAT && (b.tag == ADJ_T_INT || b.tag == ADJ_T_FLOAT)) ||
           (b.tag == ADJ_T_FLOAT && a.tag == ADJ_T_INT);
}

// ---- arithmetic on numbers: true if done ----

static inline bool fast_ADD(AdjVal a, AdjVal b, AdjVal *r)
{
    int64_t i;
    if (both_int(a, b)) {
        if (UNLIKELY(__builtin_add_overflow(a.i, b.i, &i))) return false;
        *r = adj_int_val(i);
        return true;
    }
    if (!mixed_float(a, b)) return false;
    *r = adj_float_val(adj_as_double(a) + adj_as_double(b));
    return true;
}

static inline bool fast_SUB(AdjVal a, AdjVal b, AdjVal *r)
{
    int64_t i;
    if (both_int(a, b)) {
        if (UNLIKELY(__builtin_sub_overflow(a.i, b.i, &i))) return false;
        *r = adj_int_val(i);
        return true;
    }
    if (!mixed_float(a, b)) return false;
    *r = adj_float_val(adj_as_double(a) - adj_as_double(b));
    return true;
}

static inline bool fast_MUL(AdjVal a, AdjVal b, AdjVal *r)
{
    int64_t i;
    if (both_int(a, b)) {
        if (UNLIKELY(__builtin_mul_overflow(a.i, b.i, &i))) return false;
        *r = adj_int_val(i);
        return true;
    }
    if (!mixed_float(a, b)) return false;
    *r = adj_float_val(adj_as_double(a) * adj_as_double(b));
    return true;
}

static inline bool exact_double(int64_t i)
{
    return (uint64_t)(i + (INT64_C(1) << 53)) <= (UINT64_C(1) << 54);
}

static inline bool fast_DIV(AdjVal a, AdjVal b, AdjVal *r)
{
    if (both_int(a, b)) {
        if (b.i == 0 || !exact_double(a.i) || !exact_double(b.i)) return false;
    } else if (!mixed_float(a, b) || adj_as_double(b) == 0) {
        return false;
    }
    *r = adj_float_val(adj_as_double(a) / adj_as_double(b));
    return true;
}

static inline bool fast_FLOORDIV(AdjVal a, AdjVal b, AdjVal *r)
{
    if (!both_int(a, b) || b.i <= 0) return false;
    int64_t q = a.i / b.i;
    *r = adj_int_val(q - (a.i % b.i < 0));
    return true;
}

static inline bool fast_MOD(AdjVal a, AdjVal b, AdjVal *r)
{
    if (!both_int(a, b) || b.i <= 0) return false;
    int64_t m = a.i % b.i;
    *r = adj_int_val(m < 0 ? m + b.i : m);
    return true;
}

// 1 done with *[out] set; 0: ask the slow way.
#define COMPARE_FAST(op, a, b, out) \
    (both_int(a, b)      ? (*(out) = (a).i op (b).i, 1) \
     : both_float(a, b)  ? (*(out) = (a).f op (b).f, 1) \
                         : 0)

// ---- slow halves of the merged instructions ----

// Locals among the operands of a merged instruction may be unset.
static bool operands_set(AdjVM *vm, const AdjCode *code, const uint16_t *pc, const AdjVal *base)
{
    const char *p = adj_opcode_rows[pc[0]].operands;
    for (int i = 1; *p; p++, i++) {
        if (*p == 'l' && adj_is_undef(base[pc[i]])) {
            return adj_raise_unbound(vm, code->locals[pc[i]], false);
        }
    }
    return true;
}

static bool compare_slow(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, bool *truth)
{
    AdjVal r;
    if (!adj_val_compare(vm, op, a, b, &r)) return false;
    if (adj_is_bool(r)) {
        *truth = r.i;
        return true;
    }
    bool ok = adj_val_truth(vm, r, truth);
    adj_val_drop(r);
    return ok;
}

static inline bool truth_fast(AdjVal v, bool *out)
{
    if (v.tag == ADJ_T_BOOL || v.tag == ADJ_T_INT) return *out = v.i != 0, true;
    if (v.tag == ADJ_T_NONE) return *out = false, true;
    return false;
}

// x[i] for the common pairs; false: ask adj_op_item.
static inline bool item_fast(AdjVM *vm, AdjVal x, AdjVal i, AdjVal *out)
{
    if (x.tag != ADJ_T_OBJ) return false;
    const AdjType *t = x.o->type;
    if (i.tag == ADJ_T_INT) {
        const AdjVal *items;
        int64_t len;
        if (t == &adj_type_list) {
            items = ((AdjList *)x.o)->items;
            len = ((AdjList *)x.o)->len;
        } else if (t == &adj_type_tuple) {
            items = ((AdjTuple *)x.o)->items;
            len = ((AdjTuple *)x.o)->len;
        } else if (t == &adj_type_str) {
            AdjStr *s = (AdjStr *)x.o;
            if (s->chars != s->len || (uint64_t)i.i >= (uint64_t)s->len) return false;
            *out = adj_val_keep(adj_obj_val(vm->ascii[(uint8_t)s->data[i.i]]));
            return true;
        } else {
            return false;
        }
        int64_t at = i.i < 0 ? i.i + len : i.i;
        if ((uint64_t)at >= (uint64_t)len) return false;
        *out = adj_val_keep(items[at]);
        return true;
    }
    if (t == &adj_type_dict && adj_is_exact(i, &adj_type_str)) {
        AdjVal *v = adj_dict_find_str((AdjDict *)x.o, adj_as_str(i));
        if (!v) return false;
        *out = adj_val_keep(*v);
        return true;
    }
    return false;
}

static inline bool set_item_fast(AdjVal x, AdjVal i, AdjVal v)
{
    if (!adj_is_exact(x, &adj_type_list) || i.tag != ADJ_T_INT) return false;
    AdjList *l = (AdjList *)x.o;
    int64_t at = i.i < 0 ? i.i + l->len : i.i;
    if ((uint64_t)at >= (uint64_t)l->len) return false;
    adj_val_set(&l->items[at], v);
    return true;
}

static bool set_item_slow(AdjVM *vm, AdjVal x, AdjVal i, AdjVal v)
{
    if (adj_is_exact(x, &adj_type_dict)) return adj_dict_set(vm, (AdjDict *)x.o, i, v);
    return adj_val_setitem(vm, x, i, v);
}

// The next item of an iterator the loop knows by heart. 1, 0 at the end, -1 failed, 2 unknown.
static inline int next_fast(AdjObj *it, AdjVal *out)
{
    if ((size_t)(it->type - adj_iter_types) >= ADJ_IT_COUNT) return 2;
    AdjWalker *i = (AdjWalker *)it;
    if (i->kind == ADJ_IT_RANGE && i->end > 0) {
        *out = adj_int_val(i->at);
        i->at = (int64_t)((uint64_t)i->at + (uint64_t)i->step);
        i->end--;
        return 1;
    }
    if (i->kind == ADJ_IT_LIST && i->over) {
        AdjList *l = (AdjList *)i->over;
        if (i->at >= l->len) return 2;
        *out = adj_val_keep(l->items[i->at++]);
        return 1;
    }
    if (i->kind == ADJ_IT_TUPLE && i->over) {
        AdjTuple *t = (AdjTuple *)i->over;
        if (i->at >= t->len) return 2;
        *out = adj_val_keep(t->items[i->at++]);
        return 1;
    }
    return 2;
}

static inline AdjVal cell_value(AdjVal cell)
{
    return ((AdjCell *)cell.o)->value;
}

static bool make_cell(AdjVM *vm, AdjVal *slot)
{
    AdjCell *c = adj_obj_new(vm, &adj_type_cell);
    if (!c) return false;
    c->value = *slot;
    *slot = adj_obj_val(c);
    return true;
}

// Drops values from the top down to [to].
static inline AdjVal *drop_to(AdjVal *sp, AdjVal *to)
{
    while (sp > to) adj_val_drop(*--sp);
    return to;
}

// Leaves the running frame: its locals and temporaries go.
static void frame_leave(AdjVM *vm, AdjFrame *f, AdjVal *sp)
{
    drop_to(sp, f->base);
    if (f->flags & FRAME_KEEP) adj_obj_drop(f->fn);
    if (f->flags & FRAME_CLASS) adj_obj_drop(f->names);
    vm->frame = f - 1;
}

AdjFrame *adj_frame_push(AdjVM *vm, AdjFunction *fn, AdjVal *base, AdjVal *ret, uint32_t nbound,
                         uint32_t flags)
{
    AdjCode *code = fn->code;
    AdjFrame *f = vm->frame + 1;
    bool room = base + code->nlocals + code->max_stack < vm->stack_end;
    if (UNLIKELY(f >= vm->frames_end || !room ||
                 f - vm->frames + vm->depth > vm->recursion_limit)) {
        adj_raise(vm, ADJ_EXC_RecursionError, "maximum recursion depth exceeded");
        return NULL;
    }
    for (uint32_t i = nbound; i < code->nlocals; i++) base[i] = ADJ_UNDEF;
    f->code = code;
    f->fn = fn;
    f->pc = f->next = code->code;
    f->base = base;
    f->ret = ret;
    f->sp = base + code->nlocals;
    f->flags = flags;
    vm->frame = f;
    return f;
}

// Where the running frame continues after a failure; NULL: it does not. [sp] is cut back and
// the exception pushed.
static const uint16_t *find_handler(AdjVM *vm, AdjFrame *f, const uint16_t *pc, AdjVal **sp)
{
    const AdjCode *c = f->code;
    uint32_t at = (uint32_t)(pc - c->code);
    for (uint32_t i = 0; i < c->nhandlers; i++) {
        const AdjHandler *h = &c->handlers[i];
        if (at < h->start || at >= h->end) continue;
        AdjVal error = adj_vm_take_error(vm);
        *sp = drop_to(*sp, f->base + c->nlocals + h->depth);
        *(*sp)++ = error;
        return c->code + h->handler;
    }
    return NULL;
}

#define BINARY_FORMS(NAME) \
    OP(NAME) : a = sp[-2]; \
    b = sp[-1]; \
    if (LIKELY(fast_##NAME(a, b, &r))) { \
        *(--sp - 1) = r; \
        NEXT(1); \
    } \
    kind = ADJ_B_##NAME; \
    goto binary_stack; \
    OP(NAME##_LL) : a = base[pc[1]]; \
    b = base[pc[2]]; \
    if (LIKELY(fast_##NAME(a, b, &r))) { \
        *sp++ = r; \
        NEXT(3); \
    } \
    kind = ADJ_B_##NAME; \
    goto binary_locals; \
    OP(NAME##_LK) : a = base[pc[1]]; \
    b = consts[pc[2]]; \
    if (LIKELY(fast_##NAME(a, b, &r))) { \
        *sp++ = r; \
        NEXT(3); \
    } \
    kind = ADJ_B_##NAME; \
    goto binary_locals; \
    OP(NAME##_SL) : a = sp[-1]; \
    b = base[pc[1]]; \
    if (LIKELY(fast_##NAME(a, b, &r))) { \
        sp[-1] = r; \
        NEXT(2); \
    } \
    kind = ADJ_B_##NAME; \
    goto binary_top; \
    OP(NAME##_SK) : a = sp[-1]; \
    b = consts[pc[1]]; \
    if (LIKELY(fast_##NAME(a, b, &r))) { \
        sp[-1] = r; \
        NEXT(2); \
    } \
    kind = ADJ_B_##NAME; \
    goto binary_top;

#define BINARY_PLAIN(NAME) \
    OP(NAME) : a = sp[-2]; \
    b = sp[-1]; \
    kind = ADJ_B_##NAME; \
    goto binary_stack;

#define BINARY_BITS(NAME, op) \
    OP(NAME) : a = sp[-2]; \
    b = sp[-1]; \
    if (LIKELY(both_int(a, b))) { \
        *(--sp - 1) = adj_int_val(a.i op b.i); \
        NEXT(1); \
    } \
    kind = ADJ_B_##NAME; \
    goto binary_stack;

#define COMPARE_FORMS(NAME, op) \
    OP(NAME) : a = sp[-2]; \
    b = sp[-1]; \
    if (LIKELY(COMPARE_FAST(op, a, b, &truth))) { \
        *(--sp - 1) = adj_bool_val(truth); \
        NEXT(1); \
    } \
    kind = ADJ_C_##NAME; \
    goto compare_stack; \
    OP(NAME##_JF) : a = sp[-2]; \
    b = sp[-1]; \
    if (LIKELY(COMPARE_FAST(op, a, b, &truth))) { \
        sp -= 2; \
        if (truth) NEXT(3); \
        JUMP(3); \
    } \
    TRY(compare_slow(vm, ADJ_C_##NAME, a, b, &truth)); \
    sp -= 2; \
    adj_val_drop(a); \
    adj_val_drop(b); \
    if (truth) NEXT(3); \
    JUMP(3); \
    OP(NAME##_LL_JF) : a = base[pc[1]]; \
    b = base[pc[2]]; \
    if (UNLIKELY(!COMPARE_FAST(op, a, b, &truth))) { \
        SAVE(); \
        if (!operands_set(vm, frame->code, pc, base)) goto fail; \
        if (!compare_slow(vm, ADJ_C_##NAME, a, b, &truth)) goto fail; \
    } \
    if (truth) NEXT(5); \
    JUMP(5); \
    OP(NAME##_LK_JF) : a = base[pc[1]]; \
    b = consts[pc[2]]; \
    if (UNLIKELY(!COMPARE_FAST(op, a, b, &truth))) { \
        SAVE(); \
        if (!operands_set(vm, frame->code, pc, base)) goto fail; \
        if (!compare_slow(vm, ADJ_C_##NAME, a, b, &truth)) goto fail; \
    } \
    if (truth) NEXT(5); \
    JUMP(5); \
    OP(NAME##_SK_JF) : a = sp[-1]; \
    b = consts[pc[1]]; \
    if (UNLIKELY(!COMPARE_FAST(op, a, b, &truth))) { \
        TRY(compare_slow(vm, ADJ_C_##NAME, a, b, &truth)); \
        adj_val_drop(a); \
    } \
    sp--; \
    if (truth) NEXT(4); \
    JUMP(4); \
    OP(NAME##_LL_JT) : a = base[pc[1]]; \
    b = base[pc[2]]; \
    if (UNLIKELY(!COMPARE_FAST(op, a, b, &truth))) { \
        SAVE(); \
        if (!operands_set(vm, frame->code, pc, base)) goto fail; \
        if (!compare_slow(vm, ADJ_C_##NAME, a, b, &truth)) goto fail; \
    } \
    if (truth) JUMP_BACK(5); \
    NEXT(5); \
    OP(NAME##_LK_JT) : a = base[pc[1]]; \
    b = consts[pc[2]]; \
    if (UNLIKELY(!COMPARE_FAST(op, a, b, &truth))) { \
        SAVE(); \
        if (!operands_set(vm, frame->code, pc, base)) goto fail; \
        if (!compare_slow(vm, ADJ_C_##NAME, a, b, &truth)) goto fail; \
    } \
    if (truth) JUMP_BACK(5); \
    NEXT(5);

// Replaces the top [n] values by r.
#define REPLACE(n) \
    do { \
        sp = drop_to(sp, sp - (n)); \
        *sp++ = r; \
    } while (0)

#define LOAD_FRAME() \
    do { \
        frame = vm->frame; \
        base = frame->base; \
        consts = frame->code->consts; \
        sp = frame->sp; \
    } while (0)

static bool run(AdjVM *vm, AdjVal *out)
{
    static const void *const jump[OP_COUNT] = {
#define OPCODE(name, operands, pops, pushes, text) [OP_##name] = &&OP(name),
#include "lang/compile/opcodes.def"
#undef OPCODE
    };
    AdjFrame *frame;
    AdjVal *base, *sp, a, b, r, *slot;
    const AdjVal *consts;
    const uint16_t *pc;
    AdjCache *cache;
    AdjObj *o;
    bool truth;
    int kind, n, given;
    LOAD_FRAME();
    pc = frame->next;
    if (UNLIKELY(!adj_is_undef(vm->error))) {  // thrown into a generator
        bool delegates = *pc == OP_YIELD_FROM && pc == frame->pc;
        pc = frame->pc;
        if (!delegates) goto fail;
        n = adj_vm_generator_throw_inner(vm, sp[-2], &r);
        goto delegated;
    }
    goto *jump[*pc];

    // ---- values and locals ----
    OP(NOP) : NEXT(1);
    OP(CONST) : *sp++ = adj_val_keep(consts[pc[1]]);
    NEXT(2);
    OP(POP) : adj_val_drop(*--sp);
    NEXT(1);
    OP(COPY) : a = adj_val_keep(sp[-(int)pc[1]]);
    *sp++ = a;
    NEXT(2);
    OP(SWAP) : a = sp[-1];
    sp[-1] = sp[-(int)pc[1]];
    sp[-(int)pc[1]] = a;
    NEXT(2);
    OP(LOCAL) : a = base[pc[1]];
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    *sp++ = adj_val_keep(a);
    NEXT(2);
    OP(SET_LOCAL) : slot = &base[pc[1]];
    a = *slot;
    *slot = *--sp;
    adj_val_drop(a);
    NEXT(2);
    OP(DEL_LOCAL) : a = base[pc[1]];
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    base[pc[1]] = ADJ_UNDEF;
    adj_val_drop(a);
    NEXT(2);
    OP(CLEAR_LOCAL) : a = base[pc[1]];
    base[pc[1]] = ADJ_UNDEF;
    adj_val_drop(a);
    NEXT(2);
    OP(COPY_LOCAL) : a = base[pc[2]];
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) {
        SAVE();
        adj_raise_unbound(vm, frame->code->locals[pc[2]], false);
        goto fail;
    }
    adj_val_set(&base[pc[1]], adj_val_keep(a));
    NEXT(3);
    OP(MAKE_CELL) : TRY(make_cell(vm, &base[pc[1]]));
    NEXT(2);
    OP(CELL) : a = cell_value(base[pc[1]]);
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    *sp++ = adj_val_keep(a);
    NEXT(2);
    OP(SET_CELL) : adj_val_set(&((AdjCell *)base[pc[1]].o)->value, *--sp);
    NEXT(2);
    OP(DEL_CELL) : a = cell_value(base[pc[1]]);
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    adj_val_set(&((AdjCell *)base[pc[1]].o)->value, ADJ_UNDEF);
    NEXT(2);
    OP(FREE) : a = frame->fn->cells[pc[1]]->value;
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound_free;
    *sp++ = adj_val_keep(a);
    NEXT(2);
    OP(SET_FREE) : adj_val_set(&frame->fn->cells[pc[1]]->value, *--sp);
    NEXT(2);
    OP(DEL_FREE) : if (adj_is_undef(frame->fn->cells[pc[1]]->value)) goto unbound_free;
    adj_val_set(&frame->fn->cells[pc[1]]->value, ADJ_UNDEF);
    NEXT(2);
    OP(PUSH_CELL) : *sp++ = adj_val_keep(base[pc[1]]);
    NEXT(2);
    OP(PUSH_FREE) : *sp++ = adj_obj_val(adj_obj_keep(frame->fn->cells[pc[1]]));
    NEXT(2);
    OP(CLASS_FREE) : slot = adj_dict_find_str(frame->names, NAME_AT(1));
    a = slot ? *slot : frame->fn->cells[pc[2]]->value;
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) {
        SAVE();
        adj_raise_unbound(vm, NAME_AT(1), true);
        goto fail;
    }
    *sp++ = adj_val_keep(a);
    NEXT(3);
    OP(GLOBAL) : cache = CACHE_AT(2);
    if (LIKELY(cache->version == frame->fn->globals->version)) {
        if (cache->kind == CACHE_GLOBAL) {
            *sp++ = adj_val_keep(frame->fn->globals->entries[cache->index].value);
            NEXT(3);
        }
        if (LIKELY(cache->shape_id == vm->prelude->version)) {
            *sp++ = adj_val_keep(vm->prelude->entries[cache->index].value);
            NEXT(3);
        }
    }
    TRY(adj_op_global(vm, frame->fn->globals, NAME_AT(1), cache, &r));
    *sp++ = r;
    NEXT(3);
    OP(SET_GLOBAL) : cache = CACHE_AT(2);
    if (LIKELY(cache->version == frame->fn->globals->version)) {
        adj_val_set(&frame->fn->globals->entries[cache->index].value, *--sp);
        NEXT(3);
    }
    TRY(adj_op_set_global(vm, frame->fn->globals, NAME_AT(1), cache, sp[-1]));
    adj_val_drop(*--sp);
    NEXT(3);
    OP(DEL_GLOBAL) : SAVE();
    n = adj_dict_remove(vm, frame->fn->globals, consts[pc[1]], &r);
    if (n == 0) adj_raise_name(vm, NAME_AT(1));
    if (n <= 0) goto fail;
    adj_val_drop(r);
    NEXT(2);
    OP(NAME) : TRY(adj_op_name(vm, frame, NAME_AT(1), &r));
    *sp++ = r;
    NEXT(2);
    OP(SET_NAME) : TRY(adj_dict_set_str(vm, frame->names, NAME_AT(1), sp[-1]));
    adj_val_drop(*--sp);
    NEXT(2);
    OP(DEL_NAME) : SAVE();
    n = adj_dict_remove(vm, frame->names, consts[pc[1]], &r);
    if (n == 0) adj_raise_name(vm, NAME_AT(1));
    if (n <= 0) goto fail;
    adj_val_drop(r);
    NEXT(2);

    // ---- attributes and items ----
    OP(ATTR) : a = sp[-1];
    cache = CACHE_AT(2);
    if (LIKELY(a.tag == ADJ_T_OBJ && a.o->type->version == cache->version &&
               cache->kind == CACHE_SLOT)) {
        const AdjAttrs *at = (const AdjAttrs *)((char *)a.o + cache->offset);
        if (LIKELY(at->shape_id == cache->shape_id)) {
            sp[-1] = adj_val_keep(at->slots[cache->index]);
            adj_val_drop(a);
            NEXT(3);
        }
    }
    TRY(adj_op_attr(vm, a, NAME_AT(1), cache, &r));
    REPLACE(1);
    NEXT(3);
    OP(ATTR_L) : a = base[pc[1]];
    cache = CACHE_AT(3);
    if (LIKELY(a.tag == ADJ_T_OBJ && a.o->type->version == cache->version &&
               cache->kind == CACHE_SLOT)) {
        const AdjAttrs *at = (const AdjAttrs *)((char *)a.o + cache->offset);
        if (LIKELY(at->shape_id == cache->shape_id)) {
            *sp++ = adj_val_keep(at->slots[cache->index]);
            NEXT(4);
        }
    }
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    TRY(adj_op_attr(vm, a, NAME_AT(2), cache, &r));
    *sp++ = r;
    NEXT(4);
    OP(SET_ATTR) : a = sp[-1];
    cache = CACHE_AT(2);
    if (LIKELY(a.tag == ADJ_T_OBJ && a.o->type->version == cache->version &&
               cache->kind == CACHE_SLOT)) {
        AdjAttrs *at = (AdjAttrs *)((char *)a.o + cache->offset);
        if (LIKELY(at->shape_id == cache->shape_id)) {
            sp -= 2;
            adj_val_set(&at->slots[cache->index], sp[0]);
            adj_val_drop(a);
            NEXT(3);
        }
    }
    TRY(adj_op_set_attr(vm, a, NAME_AT(1), sp[-2], cache));
    sp = drop_to(sp, sp - 2);
    NEXT(3);
    OP(SET_ATTR_L) : a = base[pc[1]];
    cache = CACHE_AT(3);
    if (LIKELY(a.tag == ADJ_T_OBJ && a.o->type->version == cache->version)) {
        AdjAttrs *at = (AdjAttrs *)((char *)a.o + cache->offset);
        if (LIKELY(cache->kind == CACHE_SLOT && at->shape_id == cache->shape_id)) {
            adj_val_set(&at->slots[cache->index], *--sp);
            NEXT(4);
        }
        if (cache->kind == CACHE_ADD && at->shape_id == cache->shape_id &&
            cache->index < at->cap) {
            // Moves the object to the shape with one slot more.
            AdjLayout *to = (AdjLayout *)cache->value.o;
            at->slots[cache->index] = *--sp;
            to->refs++;
            adj_layout_drop(at->shape);
            at->shape = to;
            at->shape_id = to->id;
            NEXT(4);
        }
    }
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    TRY(adj_op_set_attr(vm, a, NAME_AT(2), sp[-1], cache));
    adj_val_drop(*--sp);
    NEXT(4);
    OP(DEL_ATTR) : TRY(adj_val_setattr(vm, sp[-1], NAME_AT(1), ADJ_UNDEF));
    adj_val_drop(*--sp);
    NEXT(2);
    OP(METHOD) : a = sp[-1];
    cache = CACHE_AT(2);
    if (LIKELY(a.tag == ADJ_T_OBJ && a.o->type->version == cache->version)) {
        const AdjAttrs *at = (const AdjAttrs *)((char *)a.o + cache->offset);
        if (LIKELY(cache->kind == CACHE_METHOD_PLAIN ||
                   (cache->kind == CACHE_METHOD && at->shape_id == cache->shape_id))) {
            sp[-1] = adj_val_keep(cache->value);
            *sp++ = a;
            NEXT(3);
        }
    }
    {
        AdjVal pair[2];
        TRY(adj_op_method(vm, a, NAME_AT(1), cache, pair));
        adj_val_drop(a);
        sp[-1] = pair[0];
        *sp++ = pair[1];
    }
    NEXT(3);
    OP(METHOD_L) : a = base[pc[1]];
    cache = CACHE_AT(3);
    if (LIKELY(a.tag == ADJ_T_OBJ && a.o->type->version == cache->version)) {
        const AdjAttrs *at = (const AdjAttrs *)((char *)a.o + cache->offset);
        if (LIKELY(cache->kind == CACHE_METHOD_PLAIN ||
                   (cache->kind == CACHE_METHOD && at->shape_id == cache->shape_id))) {
            *sp++ = adj_val_keep(cache->value);
            a.o->refs++;
            *sp++ = a;
            NEXT(4);
        }
    }
    if (UNLIKELY(a.tag == ADJ_T_UNDEF)) goto unbound;
    {
        AdjVal pair[2];
        TRY(adj_op_method(vm, a, NAME_AT(2), cache, pair));
        *sp++ = pair[0];
        *sp++ = pair[1];
    }
    NEXT(4);
    OP(ITEM) : a = sp[-2];
    b = sp[-1];
    if (UNLIKELY(!item_fast(vm, a, b, &r))) TRY(adj_op_item(vm, a, b, &r));
    REPLACE(2);
    NEXT(1);
    OP(ITEM_LL) : a = base[pc[1]];
    b = base[pc[2]];
    if (UNLIKELY(!item_fast(vm, a, b, &r))) {
        TRY(operands_set(vm, frame->code, pc, base));
        TRY(adj_op_item(vm, a, b, &r));
    }
    *sp++ = r;
    NEXT(3);
    OP(ITEM_LK) : a = base[pc[1]];
    b = consts[pc[2]];
    if (UNLIKELY(!item_fast(vm, a, b, &r))) {
        TRY(operands_set(vm, frame->code, pc, base));
        TRY(adj_op_item(vm, a, b, &r));
    }
    *sp++ = r;
    NEXT(3);
    OP(ITEM_SL) : a = sp[-1];
    b = base[pc[1]];
    if (UNLIKELY(!item_fast(vm, a, b, &r))) {
        TRY(operands_set(vm, frame->code, pc, base));
        TRY(adj_op_item(vm, a, b, &r));
    }
    REPLACE(1);
    NEXT(2);
    OP(ITEM_SK) : a = sp[-1];
    b = consts[pc[1]];
    if (UNLIKELY(!item_fast(vm, a, b, &r))) TRY(adj_op_item(vm, a, b, &r));
    REPLACE(1);
    NEXT(2);
    OP(SET_ITEM) : if (LIKELY(set_item_fast(sp[-2], sp[-1], sp[-3]))) {
        adj_val_drop(sp[-2]);
        sp -= 3;
        NEXT(1);
    }
    TRY(set_item_slow(vm, sp[-2], sp[-1], sp[-3]));
    sp = drop_to(sp, sp - 3);
    NEXT(1);
    OP(SET_ITEM_LL) : if (LIKELY(set_item_fast(base[pc[1]], base[pc[2]], sp[-1]))) {
        sp--;
        NEXT(3);
    }
    TRY(operands_set(vm, frame->code, pc, base));
    TRY(set_item_slow(vm, base[pc[1]], base[pc[2]], sp[-1]));
    adj_val_drop(*--sp);
    NEXT(3);
    OP(DEL_ITEM) : TRY(adj_val_setitem(vm, sp[-2], sp[-1], ADJ_UNDEF));
    sp = drop_to(sp, sp - 2);
    NEXT(1);
    OP(SLICE) : TRY(adj_out(&r, adj_slice_new(vm, sp[-3], sp[-2], sp[-1])));
    REPLACE(3);
    NEXT(1);

    // ---- operators ----
    BINARY_FORMS(ADD)
    BINARY_FORMS(SUB)
    BINARY_FORMS(MUL)
    BINARY_FORMS(DIV)
    BINARY_FORMS(FLOORDIV)
    BINARY_FORMS(MOD)
    BINARY_PLAIN(POW)
    BINARY_PLAIN(MATMUL)
    BINARY_PLAIN(LSHIFT)
    BINARY_PLAIN(RSHIFT)
    BINARY_BITS(AND, &)
    BINARY_BITS(OR, |)
    BINARY_BITS(XOR, ^)
binary_stack:
    TRY(adj_val_binary(vm, kind, a, b, &r));
    REPLACE(2);
    NEXT(1);
binary_top:
    TRY(operands_set(vm, frame->code, pc, base));
    TRY(adj_val_binary(vm, kind, a, b, &r));
    REPLACE(1);
    NEXT(2);
binary_locals:
    TRY(operands_set(vm, frame->code, pc, base));
    TRY(adj_val_binary(vm, kind, a, b, &r));
    *sp++ = r;
    NEXT(3);
    OP(INPLACE) : a = sp[-2];
    b = sp[-1];
    kind = pc[1];
    if (kind == ADJ_B_ADD ? fast_ADD(a, b, &r)
        : kind == ADJ_B_SUB ? fast_SUB(a, b, &r)
        : kind == ADJ_B_MUL ? fast_MUL(a, b, &r)
                            : false) {
        *(--sp - 1) = r;
        NEXT(2);
    }
    TRY(adj_val_inplace(vm, kind, a, b, &r));
    REPLACE(2);
    NEXT(2);
    OP(ADD_TO_LOCAL) : slot = &base[pc[1]];
    b = sp[-1];
    if (LIKELY(fast_ADD(*slot, b, &r))) {
        *slot = r;
        sp--;
        NEXT(2);
    }
    SAVE();
    if (adj_is_exact(*slot, &adj_type_str) && adj_is_exact(b, &adj_type_str)) {
        if (!adj_str_append(vm, slot, adj_as_str(b))) goto fail;
    } else {
        if (!operands_set(vm, frame->code, pc, base)) goto fail;
        if (!adj_val_inplace(vm, ADJ_B_ADD, *slot, b, &r)) goto fail;
        adj_val_set(slot, r);
    }
    adj_val_drop(*--sp);
    NEXT(2);
    OP(ADD_TO_LOCAL_K) : slot = &base[pc[1]];
    b = consts[pc[2]];
    if (LIKELY(fast_ADD(*slot, b, &r))) {
        *slot = r;
        NEXT(3);
    }
    SAVE();
    if (adj_is_exact(*slot, &adj_type_str) && adj_is_exact(b, &adj_type_str)) {
        if (!adj_str_append(vm, slot, adj_as_str(b))) goto fail;
        NEXT(3);
    }
    if (!operands_set(vm, frame->code, pc, base)) goto fail;
    if (!adj_val_inplace(vm, ADJ_B_ADD, *slot, b, &r)) goto fail;
    adj_val_set(slot, r);
    NEXT(3);
    OP(NEG) : a = sp[-1];
    if (a.tag == ADJ_T_FLOAT) {
        sp[-1].f = -a.f;
        NEXT(1);
    }
    kind = ADJ_U_NEG;
    goto unary;
    OP(POS) : kind = ADJ_U_POS;
    goto unary;
    OP(INVERT) : kind = ADJ_U_INVERT;
unary:
    TRY(adj_val_unary(vm, kind, sp[-1], &r));
    REPLACE(1);
    NEXT(1);
    OP(NOT) : a = sp[-1];
    if (!truth_fast(a, &truth)) {
        TRY(adj_val_truth(vm, a, &truth));
        adj_val_drop(a);
    }
    sp[-1] = adj_bool_val(!truth);
    NEXT(1);
    COMPARE_FORMS(LT, <)
    COMPARE_FORMS(LE, <=)
    COMPARE_FORMS(EQ, ==)
    COMPARE_FORMS(NE, !=)
    COMPARE_FORMS(GT, >)
    COMPARE_FORMS(GE, >=)
compare_stack:
    TRY(adj_val_compare(vm, kind, a, b, &r));
    REPLACE(2);
    NEXT(1);
    OP(IS) : r = adj_bool_val(adj_val_is(sp[-2], sp[-1]));
    REPLACE(2);
    NEXT(1);
    OP(IS_NOT) : r = adj_bool_val(!adj_val_is(sp[-2], sp[-1]));
    REPLACE(2);
    NEXT(1);
    OP(IN) : TRY(adj_val_contains(vm, sp[-1], sp[-2], &truth));
    r = adj_bool_val(truth);
    REPLACE(2);
    NEXT(1);
    OP(NOT_IN) : TRY(adj_val_contains(vm, sp[-1], sp[-2], &truth));
    r = adj_bool_val(!truth);
    REPLACE(2);
    NEXT(1);

    // ---- jumps ----
    OP(JUMP) : JUMP(3);
    OP(BACK) : JUMP_BACK(3);
    OP(JF) : a = sp[-1];
    if (UNLIKELY(!truth_fast(a, &truth))) TRY(adj_val_truth(vm, a, &truth));
    sp--;
    adj_val_drop(a);
    if (truth) NEXT(3);
    JUMP(3);
    OP(JT) : a = sp[-1];
    if (UNLIKELY(!truth_fast(a, &truth))) TRY(adj_val_truth(vm, a, &truth));
    sp--;
    adj_val_drop(a);
    if (!truth) NEXT(3);
    JUMP(3);
    OP(JF_KEEP) : a = sp[-1];
    if (UNLIKELY(!truth_fast(a, &truth))) TRY(adj_val_truth(vm, a, &truth));
    if (!truth) JUMP(3);
    sp--;
    adj_val_drop(a);
    NEXT(3);
    OP(JT_KEEP) : a = sp[-1];
    if (UNLIKELY(!truth_fast(a, &truth))) TRY(adj_val_truth(vm, a, &truth));
    if (truth) JUMP(3);
    sp--;
    adj_val_drop(a);
    NEXT(3);
    OP(JT_BACK) : a = sp[-1];
    if (UNLIKELY(!truth_fast(a, &truth))) TRY(adj_val_truth(vm, a, &truth));
    sp--;
    adj_val_drop(a);
    if (!truth) NEXT(3);
    JUMP_BACK(3);
    OP(J_NONE) : a = *--sp;
    adj_val_drop(a);
    if (a.tag == ADJ_T_NONE) JUMP(3);
    NEXT(3);
    OP(J_NOT_NONE) : a = *--sp;
    adj_val_drop(a);
    if (a.tag != ADJ_T_NONE) JUMP(3);
    NEXT(3);

    // ---- displays ----
    OP(LIST) : n = pc[1];
    {
        AdjList *list = adj_list_new(vm, n);
        TRY(list != NULL);
        sp -= n;
        if (n) memcpy(list->items, sp, (size_t)n * sizeof(AdjVal));
        list->len = n;
        *sp++ = adj_obj_val(list);
    }
    NEXT(2);
    OP(TUPLE) : n = pc[1];
    TRY(adj_out(&r, adj_tuple_from(vm, sp - n, n)));
    REPLACE(n);
    NEXT(2);
    OP(SET) : n = pc[1];
    {
        AdjSet *set = adj_set_new(vm, false);
        TRY(set != NULL);
        for (int i = 0; i < n; i++) {
            if (adj_set_add(vm, set, sp[i - n])) continue;
            adj_obj_drop(set);
            goto fail;
        }
        r = adj_obj_val(set);
    }
    REPLACE(n);
    NEXT(2);
    OP(DICT) : n = pc[1];
    {
        AdjDict *dict = adj_dict_new(vm);
        TRY(dict != NULL);
        for (int i = -2 * n; i < 0; i += 2) {
            if (adj_dict_set(vm, dict, sp[i], sp[i + 1])) continue;
            adj_obj_drop(dict);
            goto fail;
        }
        r = adj_obj_val(dict);
    }
    REPLACE(2 * n);
    NEXT(2);
    OP(DICT_K) : n = pc[1];
    {
        AdjDict *dict = adj_dict_new(vm);
        AdjTuple *keys = (AdjTuple *)consts[pc[2]].o;
        TRY(dict != NULL);
        for (int i = 0; i < n; i++) {
            if (adj_dict_set(vm, dict, keys->items[i], sp[i - n])) continue;
            adj_obj_drop(dict);
            goto fail;
        }
        r = adj_obj_val(dict);
    }
    REPLACE(n);
    NEXT(3);
    OP(LIST_ADD) : a = *--sp;
    o = sp[-(int)pc[1]].o;
    TRY(adj_list_append_take(vm, (AdjList *)o, a));
    NEXT(2);
    OP(SET_ADD) : TRY(adj_set_add(vm, (AdjSet *)sp[-1 - (int)pc[1]].o, sp[-1]));
    adj_val_drop(*--sp);
    NEXT(2);
    OP(DICT_ADD) : TRY(adj_dict_set(vm, (AdjDict *)sp[-2 - (int)pc[1]].o, sp[-2], sp[-1]));
    sp = drop_to(sp, sp - 2);
    NEXT(2);
    OP(LIST_EXTEND) : TRY(adj_op_list_extend(vm, (AdjList *)sp[-2].o, sp[-1], ADJ_UNDEF));
    adj_val_drop(*--sp);
    NEXT(1);
    // callable, list, iterable
    OP(ARGS_EXTEND) : TRY(adj_op_list_extend(vm, (AdjList *)sp[-2].o, sp[-1], sp[-3]));
    adj_val_drop(*--sp);
    NEXT(1);
    OP(SET_UPDATE) : TRY(adj_op_set_update(vm, (AdjSet *)sp[-1 - (int)pc[1]].o, sp[-1]));
    adj_val_drop(*--sp);
    NEXT(2);
    OP(DICT_UPDATE) : TRY(adj_op_dict_update(vm, (AdjDict *)sp[-1 - (int)pc[1]].o, sp[-1]));
    adj_val_drop(*--sp);
    NEXT(2);
    // callable, tuple, dict, mapping
    OP(DICT_MERGE) : TRY(adj_op_dict_merge(vm, (AdjDict *)sp[-2].o, sp[-1], sp[-4]));
    adj_val_drop(*--sp);
    NEXT(2);
    OP(LIST_TO_TUPLE) : {
        AdjList *list = (AdjList *)sp[-1].o;
        TRY(adj_out(&r, adj_tuple_from(vm, list->items, list->len)));
    }
    REPLACE(1);
    NEXT(1);
    OP(UNPACK) : n = pc[1];
    a = sp[-1];
    if (adj_is_exact(a, &adj_type_tuple) && adj_as_tuple(a)->len == n) {
        sp--;
        for (int i = n; i-- > 0;) *sp++ = adj_val_keep(adj_as_tuple(a)->items[i]);
        adj_val_drop(a);
        NEXT(2);
    }
    TRY(adj_op_unpack(vm, a, n, -1, sp));
    // The items are written above the iterable, in order; they move down, last item first.
    memmove(sp - 1, sp, (size_t)n * sizeof(AdjVal));
    adj_val_drop(a);
    sp += n - 1;
    NEXT(2);
    OP(UNPACK_STAR) : n = pc[1] + pc[2] + 1;
    a = sp[-1];
    TRY(adj_op_unpack(vm, a, pc[1], pc[2], sp));
    memmove(sp - 1, sp, (size_t)n * sizeof(AdjVal));
    adj_val_drop(a);
    sp += n - 1;
    NEXT(3);
    OP(FORMAT) : n = pc[1] & 256 ? 2 : 1;
    TRY(adj_op_format(vm, sp[-n], pc[1] & 255, n == 2 ? sp[-1] : ADJ_UNDEF, &r));
    REPLACE(n);
    NEXT(2);
    OP(JOIN) : n = pc[1];
    TRY(adj_op_join(vm, sp - n, n, &r));
    REPLACE(n);
    NEXT(2);

    // ---- iteration ----
    OP(ITER) : TRY(adj_val_iter(vm, sp[-1], &r));
    REPLACE(1);
    NEXT(1);
    OP(FOR) : n = next_fast(sp[-1].o, &r);
    if (UNLIKELY(n == 2)) {
        SAVE();
        n = adj_val_next(vm, sp[-1], &r);
    }
    if (LIKELY(n > 0)) {
        *sp++ = r;
        NEXT(3);
    }
    if (n < 0) goto fail;
    adj_val_drop(*--sp);
    JUMP(3);
    OP(FOR_LOCAL) : n = next_fast(sp[-1].o, &r);
    if (UNLIKELY(n == 2)) {
        SAVE();
        n = adj_val_next(vm, sp[-1], &r);
    }
    if (LIKELY(n > 0)) {
        adj_val_set(&base[pc[1]], r);
        NEXT(4);
    }
    if (n < 0) goto fail;
    adj_val_drop(*--sp);
    JUMP(4);

    // ---- calls ----
    OP(CALL) : given = pc[1];
    slot = sp - given - 1;
    frame->next = pc + 2;
    goto call;
    OP(CALL_METHOD) : given = pc[1];
    slot = sp - given - 2;
    frame->next = pc + 2;
    if (slot->tag != ADJ_T_UNDEF) {
        given++;
        goto call;
    }
    // A plain callable: close the gap, so that it stands where results go.
    memmove(slot, slot + 1, (size_t)(given + 1) * sizeof(AdjVal));
    sp--;
call:
    // callable at slot, arguments behind it
    if (UNLIKELY(atomic_load_explicit(&vm->pending, memory_order_relaxed))) {
        SAVE();
        if (!adj_pending(vm)) goto fail;
    }
    if (UNLIKELY(slot->tag != ADJ_T_OBJ)) goto call_slow;
    o = slot->o;
    if (LIKELY(o->type == &adj_type_function)) {
        AdjFunction *fn = (AdjFunction *)o;
        AdjCode *code = fn->code;
        SAVE();
        if (LIKELY(code->flags & ADJ_CODE_SIMPLE && code->nargs == (uint32_t)given)) {
            if (!adj_frame_push(vm, fn, slot + 1, slot, (uint32_t)given, 0)) goto fail;
            goto enter;
        }
        if (UNLIKELY(slot + 1 + code->nlocals + code->max_stack >= vm->stack_end))
            goto call_slow;
        frame->sp = slot + 1;
        truth = adj_bind_function(vm, fn, slot + 1, given, NULL);
        sp = slot + 1;
        if (!truth) goto fail;
        sp += code->nlocals;
        frame->sp = sp;
        if (!adj_frame_push(vm, fn, slot + 1, slot, code->nlocals, 0)) goto fail;
        goto enter;
    }
    if (o->type == &adj_type_native) {
        AdjNativeObj *fn = (AdjNativeObj *)o;
        SAVE();
        if (LIKELY(fn->fast == given && (!fn->owner || adj_type_of(slot[1]) == fn->owner))) {
            if (UNLIKELY(!fn->row->fn(vm, slot + 1, given, &r))) goto fail;
        } else if (UNLIKELY(!adj_call_native(vm, fn, slot + 1, given, NULL, &r))) {
            goto fail;
        }
        sp = drop_to(sp, slot);
        *sp++ = r;
        pc = frame->next;
        goto *jump[*pc];
    }
    if (o->type == &adj_type_method) {
        AdjMethod *m = (AdjMethod *)o;
        memmove(slot + 2, slot + 1, (size_t)given * sizeof(AdjVal));
        slot[0] = adj_val_keep(m->fn);
        slot[1] = adj_val_keep(m->self);
        adj_obj_drop(m);
        sp++;
        given++;
        goto call;
    }
    if (o->type == &adj_type_type && o != &adj_type_type.head) {
        AdjType *t = (AdjType *)o;
        AdjVal *init = adj_type_dunder(t, ADJ_D_INIT);
        if (!init || !adj_is_exact(*init, &adj_type_function) ||
            adj_type_dunder(t, ADJ_D_NEW) || t->make) {
            goto call_slow;
        }
        AdjFunction *fn = (AdjFunction *)init->o;
        SAVE();
        if (!(fn->code->flags & ADJ_CODE_SIMPLE) || fn->code->nargs != (uint32_t)given + 1) {
            goto call_slow;
        }
        if (!adj_type_instantiate(vm, t, slot + 1, given, &r)) goto fail;
        memmove(slot + 2, slot + 1, (size_t)given * sizeof(AdjVal));
        adj_obj_drop(slot->o);
        slot[0] = r;
        slot[1] = adj_val_keep(r);
        sp++;
        frame->sp = sp;
        adj_obj_keep(fn);
        if (!adj_frame_push(vm, fn, slot + 1, slot, (uint32_t)given + 1,
                            FRAME_INIT | FRAME_KEEP)) {
            adj_obj_drop(fn);
            goto fail;
        }
        goto enter;
    }
    if (o->type->flags & ADJ_TF_BINDS) {
        TRY(o->type->call(vm, *slot, slot + 1, given, NULL, &r));
        sp = drop_to(sp, slot);
        *sp++ = r;
        pc = frame->next;
        goto *jump[*pc];
    }
    if (o->type->flags & ADJ_TF_HEAP) {
        AdjVal *fn = adj_type_dunder(o->type, ADJ_D_CALL);
        if (fn && adj_is_exact(*fn, &adj_type_function)) {
            memmove(slot + 1, slot, (size_t)(given + 1) * sizeof(AdjVal));
            slot[0] = adj_val_keep(*fn);
            sp++;
            given++;
            goto call;
        }
    }
call_slow:
    TRY(adj_vm_call(vm, *slot, slot + 1, given, NULL, &r));
    sp = drop_to(sp, slot);
    *sp++ = r;
    pc = frame->next;
    goto *jump[*pc];
enter:
    LOAD_FRAME();
    pc = frame->next;
    goto *jump[*pc];
    OP(CALL_KW) : given = pc[1];
    slot = sp - given - 1;
    frame->next = pc + 3;
    goto call_kw;
    OP(CALL_METHOD_KW) : given = pc[1];
    slot = sp - given - 2;
    frame->next = pc + 3;
    if (slot->tag != ADJ_T_UNDEF) {
        given++;
        goto call_kw;
    }
    memmove(slot, slot + 1, (size_t)(given + 1) * sizeof(AdjVal));
    sp--;
call_kw:
    {
        AdjTuple *names = (AdjTuple *)consts[pc[2]].o;
        n = given - (int)names->len;
        SAVE();
        if (adj_is_exact(*slot, &adj_type_function)) {
            AdjFunction *fn = (AdjFunction *)slot->o;
            if (slot + 1 + fn->code->nlocals + fn->code->max_stack < vm->stack_end) {
                frame->sp = slot + 1;
                truth = adj_bind_function(vm, fn, slot + 1, n, names);
                sp = slot + 1;
                if (!truth) goto fail;
                sp += fn->code->nlocals;
                frame->sp = sp;
                if (!adj_frame_push(vm, fn, slot + 1, slot, fn->code->nlocals, 0)) goto fail;
                goto enter;
            }
        }
        if (!adj_vm_call(vm, *slot, slot + 1, n, names, &r)) goto fail;
    }
    sp = drop_to(sp, slot);
    *sp++ = r;
    NEXT(3);
    OP(CALL_EX) : n = 2 + pc[1];
    TRY(adj_op_call_ex(vm, sp[-n], sp[1 - n], n == 3 ? sp[-1] : ADJ_UNDEF, &r));
    REPLACE(n);
    NEXT(2);
    OP(RETURN) : r = *--sp;
    goto leave;
    OP(RETURN_K) : r = adj_val_keep(consts[pc[1]]);
leave:
    if (UNLIKELY(frame->flags & FRAME_INIT && !adj_is_none(r))) {
        SAVE();
        adj_raise(vm, ADJ_EXC_TypeError, "__init__() should return None, not '%s'",
                  adj_type_name(r));
        adj_val_drop(r);
        goto fail;
    }
    {
        uint32_t flags = frame->flags;
        AdjVal *ret = frame->ret;
        if (UNLIKELY(flags & FRAME_GEN)) {
            frame->generator->returned = r;
            frame_leave(vm, frame, sp);
            return false;
        }
        while (sp > base) adj_val_drop(*--sp);
        vm->frame = frame - 1;
        if (UNLIKELY(flags)) {
            if (flags & FRAME_KEEP) adj_obj_drop(frame->fn);
            if (flags & FRAME_CLASS) adj_obj_drop(frame->names);
            if (flags & FRAME_INIT) r = *ret;
            else adj_val_drop(*ret);
            if (flags & FRAME_ENTRY) {
                *out = r;
                return true;
            }
        } else {
            adj_val_drop(*ret);
        }
        *ret = r;
        frame--;
        base = frame->base;
        consts = frame->code->consts;
        sp = ret + 1;
        pc = frame->next;
        goto *jump[*pc];
    }
    OP(FUNCTION) : n = (pc[2] & 1) + (pc[2] >> 1 & 1) + pc[3];
    TRY(adj_op_function(vm, frame, (AdjCode *)consts[pc[1]].o, pc[2], pc[3], sp - n, &r));
    REPLACE(n);
    NEXT(4);
    OP(CLASS) : n = pc[1] + 2;
    TRY(adj_op_class(vm, sp - n, n, NULL, &r));
    REPLACE(n);
    NEXT(2);
    OP(CLASS_KW) : n = pc[1] + 2;
    TRY(adj_op_class(vm, sp - n, n, (AdjTuple *)consts[pc[2]].o, &r));
    REPLACE(n);
    NEXT(3);
    OP(GENERATOR) : frame->next = pc + 1;
    TRY(adj_vm_generator_new(vm, frame, &r));
    sp = base;  // the locals have moved to the generator
    goto leave;
    OP(YIELD) : *out = *--sp;
    adj_vm_generator_suspend(vm, frame, sp, pc, pc + 1);
    return true;
    OP(YIELD_FROM) : SAVE();
    n = adj_vm_generator_delegate(vm, sp[-2], sp[-1], &r);
delegated:
    if (n < 0) goto fail;
    if (n == 0) {
        REPLACE(2);
        NEXT(1);
    }
    // Yields the item; what is sent replaces the old one and the instruction runs again.
    adj_val_drop(*--sp);
    *out = r;
    adj_vm_generator_suspend(vm, frame, sp, pc, pc);
    return true;
    OP(PIPE) : TRY(adj_op_pipe(vm, sp[-2], sp[-1], &r));
    REPLACE(2);
    NEXT(1);
    OP(PIPE_CALL) : n = pc[1] + 2;
    TRY(adj_op_pipe_call(vm, sp - n, pc[1], (AdjTuple *)consts[pc[2]].o, &r));
    REPLACE(n);
    NEXT(3);
    OP(PIPE_CALL_EX) : n = 3 + pc[1];
    TRY(adj_op_pipe_call_ex(vm, sp[-n], sp[1 - n], sp[2 - n], pc[1] ? sp[-1] : ADJ_UNDEF, &r));
    REPLACE(n);
    NEXT(2);

    // ---- exceptions ----
    OP(RAISE) : SAVE();
    adj_op_raise(vm, sp - pc[1], pc[1]);
    goto fail;
    OP(PUSH_EXC) : a = sp[-1];
    sp[-1] = vm->handling;
    *sp++ = a;
    vm->handling = adj_val_keep(a);
    NEXT(1);
    OP(POP_EXC) : a = vm->handling;
    vm->handling = *--sp;
    adj_val_drop(a);
    NEXT(1);
    OP(MATCH_EXC) : SAVE();
    n = adj_op_match(vm, sp[-2], sp[-1]);
    if (n < 0) goto fail;
    r = adj_bool_val(n);
    REPLACE(1);
    NEXT(1);
    OP(RERAISE) : vm->error = *--sp;
    SAVE();
    goto unwind;
    OP(ASSERT) : SAVE();
    if (pc[1]) {
        AdjException *e = adj_exc_new(vm, adj_exc_type(ADJ_EXC_AssertionError), sp - 1, 1);
        if (e) adj_raise_val(vm, adj_obj_val(e));
        adj_obj_drop(e);
    } else {
        adj_raise(vm, ADJ_EXC_AssertionError, "%s", "");
    }
    goto fail;
    OP(WITH_ENTER) : TRY(adj_op_enter(vm, sp[-1], &r));
    *sp++ = r;
    NEXT(1);
    OP(WITH_EXIT) : TRY(adj_op_leave(vm, sp[-1], ADJ_NONE, &truth));
    adj_val_drop(*--sp);
    NEXT(1);
    OP(WITH_EXCEPT) : TRY(adj_op_leave(vm, sp[-3], sp[-1], &truth));
    *sp++ = adj_bool_val(truth);
    NEXT(1);

    // ---- modules ----
    OP(IMPORT) : TRY(adj_import_dotted(vm, NAME_AT(1), false, &r));
    *sp++ = r;
    NEXT(2);
    OP(IMPORT_LEAF) : TRY(adj_import_dotted(vm, NAME_AT(1), true, &r));
    *sp++ = r;
    NEXT(2);
    OP(IMPORT_FROM) : TRY(adj_op_import_from(vm, sp[-1], NAME_AT(1), &r));
    *sp++ = r;
    NEXT(2);
    OP(IMPORT_STAR) : TRY(adj_op_import_star(vm, frame->fn->globals, sp[-1]));
    adj_val_drop(*--sp);
    NEXT(1);

unbound:
    SAVE();
    adj_raise_unbound(vm, frame->code->locals[pc[1]], false);
    goto fail;
unbound_free:
    SAVE();
    adj_raise_unbound(vm, frame->code->free[pc[1]], true);
    goto fail;
fail:
    // pc is at the instruction that failed, in this frame
    adj_trace_add(vm, frame->code, pc);
unwind:
    pc = find_handler(vm, frame, pc, &sp);
    if (pc) goto *jump[*pc];
    {
        uint32_t flags = frame->flags;
        AdjVal *ret = frame->ret;
        frame_leave(vm, frame, sp);
        if (flags & FRAME_GEN) return false;
        adj_val_drop(*ret);
        if (flags & FRAME_ENTRY) return false;
        LOAD_FRAME();
        sp = ret;
        pc = frame->pc;
        goto fail;
    }
}

bool adj_run(AdjVM *vm, AdjVal *out)
{
    return run(vm, out);
}

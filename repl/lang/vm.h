// SPDX-License-Identifier: Apache-2.0
// The inside of the machine, shared by the files of repl/lang that run programs: frames, the
// machine itself, code objects, shapes, and the helpers that pass between their files. Library
// modules and the engine binding have no business here; they use value.h.
//
// THE STACK is one block of values that never moves, so that natives may hold pointers into it.
// A call leaves its arguments where the caller pushed them: they become the first locals of the
// callee. Above the locals of a frame stands its evaluation stack.
//
//     ... | callee | arg 0 .. arg n-1 | other locals | temporaries ...
//            ret      base                             base + code->nlocals
//
// The result replaces the slot [ret].
#pragma once

#include <stdatomic.h>

#include "lang/syntax/ast.h"
#include "lang/types/iterators.h"
#include "value.h"

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// ---- code ----

typedef enum AdjOpcode {
#define OPCODE(name, operands, pops, pushes, text) OP_##name,
#include "lang/compile/opcodes.def"
#undef OPCODE
    OP_COUNT
} AdjOpcode;

// What an instruction learnt at its last execution. Which members are used depends on the
// opcode; version 0 is never valid.
typedef struct AdjCache {
    uint64_t version;   // of a dict or a type
    uint64_t shape_id;  // of the object, or version of the prelude
    AdjVal value;       // borrowed from the type, valid while version is
    uint32_t index;     // slot, or place in entries
    uint32_t offset;    // attr_offset of the type
    uint8_t kind;
} AdjCache;

// While pc is inside [start, end), a failure continues at [handler] with [depth] temporaries
// left and the exception pushed. Inner ranges come first.
typedef struct AdjHandler {
    uint32_t start, end, handler, depth;
} AdjHandler;

enum {
    ADJ_CODE_ARGS = 1,       // has *args
    ADJ_CODE_KWARGS = 2,     // has **kwargs
    ADJ_CODE_GENERATOR = 4,
    ADJ_CODE_CLASS = 8,      // a class body: names live in a dict
    ADJ_CODE_SIMPLE = 16,    // plain positional parameters only
    ADJ_CODE_MODULE = 32,
};

struct AdjCode {
    AdjObj head;
    uint16_t *code;         // units: opcode, then its operands
    AdjSpan *spans;         // one per unit
    uint32_t length;        // units
    uint32_t flags;
    uint32_t nargs;         // positional parameters, positional-only ones included
    uint32_t npos_only;
    uint32_t nkwonly;
    uint32_t nlocals;       // parameters (in order: positional, kwonly, *args, **kwargs) first
    uint32_t max_stack;
    uint32_t nfree;
    uint32_t ncells, *cells;  // locals to wrap in cells at entry (parameters) or fresh
    uint32_t nconsts, nhandlers, ncaches;
    AdjVal *consts;         // kept
    AdjHandler *handlers;
    AdjCache *caches;
    AdjStr **locals;        // names of locals, kept
    AdjStr **free;          // names of free variables, kept
    AdjStr *name, *qualname;
    AdjVal doc;
    AdjTuple *annotations;  // name, text, name, text ...: kept; NULL for none
    AdjSource *source;      // kept
    uint32_t source_id;
    AdjSpan span;           // of the whole definition
};

// Text of each opcode's row.
typedef struct AdjOpcodeRow {
    const char *name, *operands;
    int pops, pushes;  // -1: depends on the operands
    const char *text;
} AdjOpcodeRow;
extern const AdjOpcodeRow adj_opcode_rows[OP_COUNT];
uint32_t adj_opcode_units(AdjOpcode op);  // length in code, opcode included
// Temporaries taken and left by the instruction at [at]; for jumps, [taken] asks about the
// jump.
void adj_code_effect(const uint16_t *at, bool taken, int *pops, int *pushes);
// Checks every path through the code: depths agree, operands are in range. A sentence or NULL.
const char *adj_code_verify(const AdjCode *c);
void adj_code_print(const AdjCode *c, FILE *out);

// Compiles a tree. NULL: SyntaxError or MemoryError is raised.
AdjCode *adj_compile(AdjVM *vm, AdjAst *module, AdjSource *source, uint32_t source_id,
                     unsigned flags);

// ---- frames ----

enum {
    FRAME_ENTRY = 1,  // returning from it leaves run()
    FRAME_INIT = 2,   // __init__: the result is dropped, ret already holds the object
    FRAME_CLASS = 4,  // class body: locals dict
    FRAME_GEN = 8,    // resumes a generator
    FRAME_KEEP = 16,  // the function is kept by the frame, not by the stack
};

typedef struct AdjFrame {
    AdjCode *code;           // borrowed from fn
    AdjFunction *fn;         // kept by the stack below base, or FRAME_KEEP
    const uint16_t *pc;      // of the instruction being executed, when saved
    const uint16_t *next;    // where to go on after a call
    AdjVal *base, *sp, *ret;
    AdjDict *names;          // class body: kept
    struct AdjGenerator *generator;  // FRAME_GEN: borrowed
    uint32_t flags;
} AdjFrame;

typedef struct AdjTraceEntry {
    AdjSource *source;  // kept
    AdjStr *name;       // of the function, kept; NULL: a place in a text, no frame
    AdjSpan span;
} AdjTraceEntry;

typedef struct AdjTrace {
    uint32_t count, cap;    // entries are stored newest call first
    uint64_t left_out;      // entries dropped from the middle of a deep recursion
    AdjTraceEntry *entries;
} AdjTrace;

// ---- generators ----

typedef struct AdjGenerator {
    AdjObj head;
    AdjFunction *fn;        // NULL once done
    AdjVal *memory;         // locals and temporaries while suspended
    uint32_t count, room;
    const uint16_t *pc, *next;
    uint8_t state;          // GEN_*
    AdjVal handling;        // exception being handled inside, or UNDEF
    AdjVal returned;        // value of return, for yield from
} AdjGenerator;
enum { GEN_NEW, GEN_SUSPENDED, GEN_RUNNING, GEN_DONE };

// ---- shapes ----

enum { ADJ_LAYOUT_MAX = 64 };  // objects with more attributes use a dict

struct AdjLayout {
    uint32_t refs;
    uint32_t count;       // slots
    uint64_t id;
    AdjStr **names;       // (count), kept, interned
    struct { AdjStr *name; AdjLayout *to; } *next;  // names borrowed from the child
    uint32_t next_count;
};
AdjLayout *adj_layout_root(void);
void adj_layout_drop(AdjLayout *s);
int adj_layout_find(const AdjLayout *s, const AdjStr *name);  // slot or -1
// The shape with one more slot; borrowed. NULL: too many, or no memory (not raised).
AdjLayout *adj_layout_add(AdjLayout *s, AdjStr *name);
uint64_t adj_next_version(void);

static inline AdjAttrs *adj_attrs_of(AdjObj *o)  // NULL: takes no attributes
{
    uint32_t at = o->type->attr_offset;
    return at ? (AdjAttrs *)((char *)o + at) : NULL;
}
void adj_attrs_init(AdjObj *o, size_t inline_cap);
void adj_attrs_drop(AdjObj *o);
void adj_attrs_traverse(AdjObj *o, AdjVisit visit, void *arg);

// ---- special methods of classes ----

// Rows of dunders.def: the special methods a class of the language may define.
typedef enum AdjDunder {
#define DUNDER(id, name) ADJ_D_##id,
#include "dunders.def"
#undef DUNDER
    ADJ_D_COUNT
} AdjDunder;
// The class's own definition of a special method, or NULL when none of its language-made
// classes defines one. Borrowed. Fast when the type is native.
AdjVal *adj_type_dunder_slow(AdjType *t, AdjDunder d);

// What only classes of the language have: their special methods, and with several bases (here
// or above) all of them and the order of lookup, itself first (mro.c).
struct AdjDunderCache {
    uint64_t version;
    AdjVal *found[ADJ_D_COUNT];
    AdjType **bases;  // kept; NULL: the one base
    AdjType **mro;    // borrowed from [bases]; NULL: the line of bases
    uint32_t base_count, mro_count, mro_room;
};
// A class that has abstract methods left, and so makes no instances.
enum { ADJ_TF_ABSTRACT = 1 << 25 };

// The type that follows [at] where [t] looks names up, or NULL. [i] counts and starts as 0.
AdjType *adj_mro_next(const AdjType *t, const AdjType *at, uint32_t *i);
AdjVal *adj_type_find_own(AdjType *t, AdjStr *name);  // in t alone
// What super() finds: behind [from] in the order of [t].
AdjVal *adj_type_find_after(AdjType *t, const AdjType *from, AdjStr *name);
// The base that instances are laid out by. NULL: the bases do not fit each other.
AdjType *adj_class_best_base(AdjVM *vm, AdjVal *bases, int n);
bool adj_type_set_bases(AdjVM *vm, AdjType *t, AdjVal *bases, int n);
void adj_type_forget_bases(AdjType *t);
static inline AdjVal *adj_type_dunder(AdjType *t, AdjDunder d)
{
    return t->flags & ADJ_TF_HEAP ? adj_type_dunder_slow(t, d) : NULL;
}
static inline AdjVal *adj_dunder_of(AdjVal v, AdjDunder d)
{
    return v.tag == ADJ_T_OBJ ? adj_type_dunder(v.o->type, d) : NULL;
}
bool adj_c_stack_ok(AdjVM *vm);
// Calls special method [fn] (found by the above) on [self].
bool adj_call_dunder(AdjVM *vm, AdjVal fn, AdjVal self, AdjVal *args, int nargs, AdjVal *out);
extern AdjStr *adj_dunder_names[ADJ_D_COUNT];
AdjVal *adj_type_slot_wrapper(AdjType *t, AdjStr *name);  // slots.c: list.__len__ and its like

// Names the core looks up, interned once per process.
#define NAMES(X)                                                                              \
    X(__name__) X(__doc__) X(__dict__) X(__class__) X(__module__) X(__qualname__)              \
    X(__main__) X(__file__) X(__builtins__) X(__annotations__) X(send) X(close) X(throw)       \
    X(self) X(cls) X(__class_cell__) X(__set_name__) X(__slots__) X(args) X(__all__)           \
    X(__path__) X(__class_getitem__) X(__magic__) X(__help__) X(__abstractmethods__)           \
    X(__stands_for__)
typedef struct AdjNames {
#define NAME(n) AdjStr *n;
    NAMES(NAME)
#undef NAME
} AdjNames;
extern AdjNames adj_names;

// ---- the machine ----

enum { PENDING_INTERRUPT = 1, PENDING_SAFE_POINT = 2, PENDING_BUDGET = 4 };

struct AdjVM {
    AdjVal *stack, *stack_end;
    AdjFrame *frames, *frame, *frames_end;  // frame: the running one; frames[0] is a sentinel
    AdjVal error;            // exception on its way up, or UNDEF
    AdjVal handling;         // exception being handled (sys.exc_info), or UNDEF
    AdjVal no_memory;        // a MemoryError for when there is no memory for one
    bool out_of_memory;
    _Atomic int pending;
    int64_t budget;
    int recursion_limit, depth;
    uintptr_t c_limit;       // lowest address the C stack may reach
    AdjHooks hooks;
    AdjDict *prelude, *modules;
    AdjModuleObj *main;
    struct AdjModuleSlot { const AdjModuleDef *def; } *defs;
    uint32_t def_count, def_cap;
    AdjSource **sources;     // by id - 1; borrowed slots are NULL once gone
    uint32_t source_count, source_cap;
    AdjObj **repr_stack;
    uint32_t repr_count, repr_cap;
    char *script_dir;
    bool no_files;           // imports look at native modules only
    AdjStr *ascii[128];      // the strings of one ASCII character
};
enum { CACHE_NONE, CACHE_SLOT, CACHE_ADD, CACHE_VALUE, CACHE_MODULE, CACHE_GETSET,
       CACHE_METHOD, CACHE_METHOD_PLAIN, CACHE_GLOBAL, CACHE_PRELUDE };

// vm.c: runs until the frame that was top when it was called has returned.
bool adj_run(AdjVM *vm, AdjVal *out);
// Binds the values on the stack to the parameters of fn, in place: args at base, nargs of them
// positional, then one per name. On failure they are dropped.
bool adj_bind_function(AdjVM *vm, AdjFunction *fn, AdjVal *base, int nargs, AdjTuple *kwnames);
// Makes the frame of [fn] the running one. Its arguments stand bound at [base]; the other
// locals are set up here. NULL: RecursionError is raised and nothing has changed.
AdjFrame *adj_frame_push(AdjVM *vm, AdjFunction *fn, AdjVal *base, AdjVal *ret, uint32_t nbound,
                         uint32_t flags);
// Calls a native with arguments as in adj_vm_call.
bool adj_call_native(AdjVM *vm, AdjNativeObj *fn, AdjVal *args, int nargs, AdjTuple *kwnames,
                     AdjVal *out);
bool adj_call_type(AdjVM *vm, AdjType *t, AdjVal *args, int nargs, AdjTuple *kwnames,
                   AdjVal *out);
// The pieces of instructions that need no speed (vm_ops.c). Values are borrowed.
bool adj_op_attr(AdjVM *vm, AdjVal v, AdjStr *name, AdjCache *cache, AdjVal *out);
bool adj_op_set_attr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value, AdjCache *cache);
bool adj_op_method(AdjVM *vm, AdjVal v, AdjStr *name, AdjCache *cache, AdjVal out[2]);
bool adj_op_global(AdjVM *vm, AdjDict *globals, AdjStr *name, AdjCache *cache, AdjVal *out);
bool adj_op_set_global(AdjVM *vm, AdjDict *globals, AdjStr *name, AdjCache *cache, AdjVal v);
bool adj_op_name(AdjVM *vm, AdjFrame *f, AdjStr *name, AdjVal *out);
bool adj_op_unpack(AdjVM *vm, AdjVal v, int before, int after, AdjVal *to);
bool adj_op_format(AdjVM *vm, AdjVal v, int conversion, AdjVal spec, AdjVal *out);
bool adj_op_join(AdjVM *vm, const AdjVal *parts, int count, AdjVal *out);
bool adj_op_raise(AdjVM *vm, const AdjVal *args, int count);
int adj_op_match(AdjVM *vm, AdjVal exc, AdjVal type);
bool adj_op_enter(AdjVM *vm, AdjVal manager, AdjVal *out);
bool adj_op_leave(AdjVM *vm, AdjVal manager, AdjVal exc, bool *swallow);
bool adj_op_class(AdjVM *vm, AdjVal *at, int count, AdjTuple *kwnames, AdjVal *out);
bool adj_op_function(AdjVM *vm, AdjFrame *f, AdjCode *code, int bits, int ncells, AdjVal *at,
                     AdjVal *out);
bool adj_op_call_ex(AdjVM *vm, AdjVal callable, AdjVal args, AdjVal kwargs, AdjVal *out);
bool adj_op_pipe(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out);
bool adj_op_pipe_call(AdjVM *vm, AdjVal *at, int count, AdjTuple *names, AdjVal *out);
bool adj_op_pipe_call_ex(AdjVM *vm, AdjVal a, AdjVal f, AdjVal args, AdjVal kwargs,
                         AdjVal *out);
bool adj_op_dict_merge(AdjVM *vm, AdjDict *d, AdjVal from, AdjVal callable);
bool adj_op_dict_update(AdjVM *vm, AdjDict *d, AdjVal from);
bool adj_op_set_update(AdjVM *vm, AdjSet *s, AdjVal from);
bool adj_op_list_extend(AdjVM *vm, AdjList *l, AdjVal from, AdjVal callable);
bool adj_op_import_from(AdjVM *vm, AdjVal module, AdjStr *name, AdjVal *out);
bool adj_op_import_star(AdjVM *vm, AdjDict *globals, AdjVal module);
bool adj_op_item(AdjVM *vm, AdjVal x, AdjVal i, AdjVal *out);
bool adj_str_append(AdjVM *vm, AdjVal *slot,
                    AdjStr *more);  // in place; slot holds the only ref
// Runs [fn] with a dict for its names: class bodies.
bool adj_run_class_body(AdjVM *vm, AdjFunction *fn, AdjDict *names, AdjVal *out);
// An instance ready for __init__.
bool adj_type_instantiate(AdjVM *vm, AdjType *t, AdjVal *args, int nargs, AdjVal *out);
void adj_vm_write_error(AdjVM *vm, const char *text);
bool adj_pending(AdjVM *vm);  // serves interrupts; false: KeyboardInterrupt is raised

// Moves the running frame into a new generator (generator.c).
bool adj_vm_generator_new(AdjVM *vm, AdjFrame *f, AdjVal *out);
// Puts the running frame away at a yield.
void adj_vm_generator_suspend(AdjVM *vm, AdjFrame *f, AdjVal *sp, const uint16_t *pc,
                           const uint16_t *next);
// Runs it to its next yield: 1 item, 0 it returned (see returned), -1 failed.
int adj_vm_generator_resume(AdjVM *vm, AdjGenerator *g, AdjVal sent, AdjVal *out);
// One step of yield from: 1 an item to pass on, 0 the iterator ended with [out], -1 failed.
int adj_vm_generator_delegate(AdjVM *vm, AdjVal it, AdjVal sent, AdjVal *out);
// The same for an exception that was thrown into the generator and stands.
int adj_vm_generator_throw_inner(AdjVM *vm, AdjVal it, AdjVal *out);
// Runs the finally blocks of a generator nobody refers to. True: it is kept again.
bool adj_generator_finalise(AdjObj *o);
enum { ADJ_TF_LEAVES = 1 << 26 };  // its objects may have to run code before they go
// Runs text in a module (machine.c).
bool adj_run_text(AdjVM *vm, AdjModuleObj *m, const char *name, const char *text, size_t len,
                  unsigned flags, AdjVal *result);
bool adj_code_check(AdjVM *vm, AdjCode *code);  // the verifier, on a chunk and all inside it
bool adj_super_new(AdjVM *vm, AdjType *from, AdjVal self, AdjVal *out);
void adj_trace_place(AdjVM *vm, AdjSource *source, AdjStr *name, AdjSpan span);
bool adj_import_dotted(AdjVM *vm, AdjStr *name, bool leaf, AdjVal *out);  // import.c

AdjFunction *adj_function_new(AdjVM *vm, AdjCode *code, AdjModuleObj *module);
// Builds a class: what the class statement does after its body has run.
// Values of class keywords follow the bases.
bool adj_class_new(AdjVM *vm, AdjType *meta, AdjStr *name, AdjVal *bases, int nbases,
                   AdjDict *names, AdjTuple *kwnames, AdjVal *out);
// The same through the class's metaclass, if it has one of its own.
bool adj_class_make(AdjVM *vm, AdjVal name, AdjVal *bases, int nbases, AdjDict *names,
                    AdjTuple *kwnames, AdjVal *out);
typedef struct AdjProperty {
    AdjObj head;
    AdjVal get, set, del;
    AdjVal doc;
    AdjStr *name;
} AdjProperty;
typedef struct AdjWrap { AdjObj head; AdjVal fn; } AdjWrap;  // staticmethod, classmethod
typedef struct AdjGetset { AdjObj head; const AdjAttr *row; AdjType *owner; } AdjGetset;
extern AdjType adj_type_getset;
typedef struct AdjUnion {
    AdjObj head;
    AdjTuple *members;  // types
} AdjUnion;
extern AdjType adj_type_union, adj_type_traceback;
bool adj_union_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out);
typedef struct AdjSuper {
    AdjObj head;
    AdjType *from;
    AdjVal self;
    AdjType *self_type;
} AdjSuper;

// Attribute lookup pieces (attribute.c).
AdjVal *adj_type_find_cached(AdjType *t, AdjStr *name);
// Applies the descriptor rules to a value found in a class: function to bound method, ...
bool adj_bind_attribute(AdjVM *vm, AdjVal found, AdjVal self, AdjType *type, AdjVal *out);
bool adj_is_data_descriptor(AdjVal v);
void adj_type_changed(AdjType *t);
bool adj_obj_finalise(AdjObj *o);
void adj_vm_finalise(AdjObj *o);  // calls __del__; what it raises is reported
void adj_vm_finalise_by(bool (*leave)(AdjVM *vm, AdjVal self), const char *where, AdjObj *o);

// Errors (errors.c, traceback.c).
void adj_trace_add(AdjVM *vm, AdjCode *code, const uint16_t *pc);
AdjException *adj_exc_new(AdjVM *vm, AdjType *type, AdjVal *args, int nargs);
bool adj_raise_name(AdjVM *vm, AdjStr *name);
bool adj_raise_unbound(AdjVM *vm, AdjStr *name, bool is_free);
bool adj_raise_syntax(AdjVM *vm, AdjExc kind, AdjSource *source, AdjSpan span,
                      const char *text);

bool adj_exc_types_ready(void);
void adj_error_suggest(AdjVM *vm, AdjStr *wrong, AdjStr **names, int count);
AdjStr *adj_nearest(AdjStr *wrong, AdjStr **names, int count);  // borrowed or NULL
AdjStr *adj_nearest_name(AdjVM *vm, AdjStr *wrong);  // of what the running frame can see
int adj_iter_ended(AdjVM *vm);
bool adj_val_getattr_plain(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out);
bool adj_attr_set_generic(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value);

// Types (type.c), strings (intern.c), signatures (bind.c).
bool adj_names_ready(void);
bool adj_type_layout(AdjType *t);
bool adj_type_link(AdjType *base, AdjType *t);
extern void (*const adj_type_clear)(AdjObj *);  // what the collector calls on a class
void adj_type_forget_subclass(AdjType *base, AdjType *t);
bool adj_dunder_cache_new(AdjVM *vm, AdjType *t);
void adj_dunder_cache_free(AdjType *t);
void adj_str_forget(AdjStr *s);
size_t adj_str_bytes(size_t len);  // of the block of a string
AdjSig *adj_sig_parse(const char *text);
void adj_sig_free(AdjSig *s);
uint8_t adj_sig_fast(const char *text);

// Collector (cycle.c).
void adj_gc_track(AdjObj *o);
void adj_gc_untrack(AdjObj *o);
typedef struct AdjGcHead { struct AdjGcHead *next, *prev; } AdjGcHead;
void adj_gc_maybe(AdjVM *vm);
extern int64_t adj_gc_limit,
    adj_gc_debt;  // collector objects made since the last collection, less those freed

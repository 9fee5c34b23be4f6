// SPDX-License-Identifier: Apache-2.0
// interface: settled
//
// Values, objects, types and the machine's C interface: everything a builtin, a library module
// or the engine binding is written against.
//
// A value (AdjVal) is sixteen bytes, a tag and a payload, and is passed by value. None, bools,
// ints, floats, Ellipsis and NotImplemented live in the value itself; everything else is a
// counted object with a header {refs, type}. A type (AdjType) is a table of functions, "slots",
// plus rows for methods and attributes; classes written in the language are types as well,
// whose slots are inherited from the native base they stand on.
//
// OWNERSHIP. A function argument of type AdjVal or AdjObj* is borrowed: the callee keeps it
// (adj_val_keep) if it stores it. A result through [out] or returned from a `*_new`, or from a
// function documented "new reference", belongs to the caller, who drops it. `*_find` and plain
// field access give borrowed references. On failure nothing is stored to [out].
//
// ERRORS. A fallible function returns bool (false = failed) or a pointer (NULL = failed); the
// exception then stands in the machine, put there by
//     return adj_raise(vm, ADJ_EXC_TypeError, "unsupported operand type: '%s'", name);
// which returns false. The first failure must be returned up to the machine without calling
// anything else that can run language code; to swallow it call adj_vm_clear_error.
//
// THREADS. One thread owns a machine. The intern table and the native types are process-wide
// and belong to that thread too. Only adj_vm_interrupt may be called from elsewhere.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AdjVM AdjVM;
typedef struct AdjObj AdjObj;
typedef struct AdjType AdjType;
typedef struct AdjCode AdjCode;
typedef struct AdjLayout AdjLayout;
typedef struct AdjStr AdjStr;
typedef struct AdjTuple AdjTuple;
typedef struct AdjModuleObj AdjModuleObj;

// ---- values ----

// Tags. UNDEF never reaches a program: it marks an unset local, an absent optional argument, a
// free table entry. Numbers sort together so that `tag - ADJ_T_BOOL <= 2u` asks "is it a
// number".
typedef enum AdjTag {
    ADJ_T_UNDEF,
    ADJ_T_NONE,
    ADJ_T_ELLIPSIS,
    ADJ_T_NOTIMPL,
    ADJ_T_BOOL,  // payload i is 0 or 1, so bool and int read the same field
    ADJ_T_INT,
    ADJ_T_FLOAT,
    ADJ_T_OBJ,
} AdjTag;

typedef struct AdjVal {
    uint64_t tag;
    union {
        int64_t i;
        double f;
        AdjObj *o;
    };
} AdjVal;

// The header of every object. [mark] belongs to the cycle collector.
struct AdjObj {
    uint32_t refs;
    uint32_t mark;
    AdjType *type;  // kept only when the type is a class written in the language
};

#define ADJ_UNDEF ((AdjVal){.tag = ADJ_T_UNDEF, .i = 0})
#define ADJ_NONE ((AdjVal){.tag = ADJ_T_NONE, .i = 0})
#define ADJ_ELLIPSIS ((AdjVal){.tag = ADJ_T_ELLIPSIS, .i = 0})
#define ADJ_NOTIMPL ((AdjVal){.tag = ADJ_T_NOTIMPL, .i = 0})
#define ADJ_TRUE ((AdjVal){.tag = ADJ_T_BOOL, .i = 1})
#define ADJ_FALSE ((AdjVal){.tag = ADJ_T_BOOL, .i = 0})

static inline AdjVal adj_int_val(int64_t i)
{
    return (AdjVal){.tag = ADJ_T_INT, .i = i};
}
static inline AdjVal adj_float_val(double f)
{
    return (AdjVal){.tag = ADJ_T_FLOAT, .f = f};
}
static inline AdjVal adj_bool_val(bool b)
{
    return (AdjVal){.tag = ADJ_T_BOOL, .i = b};
}
static inline AdjVal adj_obj_val(const void *o)  // borrows; NULL becomes UNDEF
{
    return (AdjVal){.tag = o ? ADJ_T_OBJ : ADJ_T_UNDEF, .o = (AdjObj *)o};
}

static inline bool adj_is_undef(AdjVal v)
{
    return v.tag == ADJ_T_UNDEF;
}
static inline bool adj_is_none(AdjVal v)
{
    return v.tag == ADJ_T_NONE;
}
static inline bool adj_is_bool(AdjVal v)
{
    return v.tag == ADJ_T_BOOL;
}
static inline bool adj_is_float_val(AdjVal v)
{
    return v.tag == ADJ_T_FLOAT;
}
static inline bool adj_is_int(AdjVal v)
{
    return v.tag == ADJ_T_INT || v.tag == ADJ_T_BOOL;
}
static inline bool adj_is_number(AdjVal v)
{
    return v.tag - ADJ_T_BOOL <= 2u;
}
static inline bool adj_is_obj(AdjVal v)
{
    return v.tag == ADJ_T_OBJ;
}
static inline bool adj_is_notimpl(AdjVal v)
{
    return v.tag == ADJ_T_NOTIMPL;
}
// An optional argument that was left out or is None.
static inline bool adj_is_unset(AdjVal v)
{
    return v.tag <= ADJ_T_NONE;
}
static inline double adj_as_double(AdjVal v)  // v is a number
{
    return v.tag == ADJ_T_FLOAT ? v.f : (double)v.i;
}

void adj_obj_free(AdjObj *o);  // called when the last reference has gone

static inline void *adj_obj_keep(void *o)
{
    ((AdjObj *)o)->refs++;
    return o;
}
static inline void adj_obj_drop(void *o)  // NULL is fine
{
    if (o && --((AdjObj *)o)->refs == 0) adj_obj_free(o);
}
static inline AdjVal adj_val_keep(AdjVal v)
{
    if (v.tag == ADJ_T_OBJ) v.o->refs++;
    return v;
}
static inline void adj_val_drop(AdjVal v)
{
    if (v.tag == ADJ_T_OBJ && --v.o->refs == 0) adj_obj_free(v.o);
}
// Replaces *[slot] by [v], which is taken. The old value goes last: dropping it may run code.
static inline void adj_val_set(AdjVal *slot, AdjVal v)
{
    AdjVal old = *slot;
    *slot = v;
    adj_val_drop(old);
}
// `return adj_out(out, adj_str_new(vm, s, n));` hands over a new object or passes the failure
// on.
static inline bool adj_out(AdjVal *out, void *o)
{
    if (!o) return false;
    *out = (AdjVal){.tag = ADJ_T_OBJ, .o = (AdjObj *)o};
    return true;
}
static inline bool adj_out_int(AdjVal *out, int64_t i)
{
    return *out = adj_int_val(i), true;
}
static inline bool adj_out_float(AdjVal *out, double f)
{
    return *out = adj_float_val(f), true;
}
static inline bool adj_out_bool(AdjVal *out, bool b)
{
    return *out = adj_bool_val(b), true;
}
static inline bool adj_out_none(AdjVal *out)
{
    return *out = ADJ_NONE, true;
}
static inline bool adj_out_notimpl(AdjVal *out)
{
    return *out = ADJ_NOTIMPL, true;
}
static inline bool adj_out_keep(AdjVal *out, AdjVal v)
{
    return *out = adj_val_keep(v), true;
}

// ---- natives: functions written in C ----

// [args] are borrowed and already bound: one per parameter of the signature, in its order, with
// defaults filled in; a parameter whose default is written `<unset>` arrives as UNDEF when
// absent.
// `*args` arrives as one tuple, `**kwargs` as one dict. [nargs] is the number of parameters,
// except for signatures that are exactly "(...)" (raw: positional arguments as given, no
// keywords) or
// "(self, ...)" (the same after self): then it is the number of values at hand.
typedef bool (*AdjNativeFn)(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out);

// One row per builtin function or method: binding, error text, help and completion come from
// it.
//
//   {"split", "(self, sep: str = None, maxsplit: int = -1)", str_split, "Splits ... at [sep]."}
//
// Signature syntax is Python's: `/` ends the positional-only parameters, `*` starts the
// keyword-only ones. Defaults: int, float and string literals, None, True, False, (), ... and
// <unset>. Annotations and `-> type` are shown to people and not checked.
// Methods take `self` first. [flags]: see ADJ_FN_*.
typedef struct AdjNative {
    const char *name;
    const char *sig;
    AdjNativeFn fn;
    const char *doc;
    uint32_t flags;
} AdjNative;

enum {
    ADJ_FN_STATIC = 1,  // a method without self (str.maketrans)
    ADJ_FN_CLASS = 2,   // receives the class first (dict.fromkeys)
    ADJ_FN_PYTHON =
        4,  // argument errors worded as for functions written in Python (torch's way)
};

// A computed attribute. [get] gives a new reference; [set] NULL means read-only, value UNDEF
// means delete.
typedef struct AdjAttr {
    const char *name;
    bool (*get)(AdjVM *vm, AdjVal self, AdjVal *out);
    bool (*set)(AdjVM *vm, AdjVal self, AdjVal value);
    const char *doc;
} AdjAttr;

// ---- types ----

typedef enum AdjBinary  // names and dunder names: adj_binary_rows
{ ADJ_B_ADD,
  ADJ_B_SUB,
  ADJ_B_MUL,
  ADJ_B_DIV,
  ADJ_B_FLOORDIV,
  ADJ_B_MOD,
  ADJ_B_POW,
  ADJ_B_MATMUL,
  ADJ_B_LSHIFT,
  ADJ_B_RSHIFT,
  ADJ_B_AND,
  ADJ_B_OR,
  ADJ_B_XOR,
  ADJ_B_COUNT } AdjBinary;
typedef enum AdjCompare {
    ADJ_C_LT,
    ADJ_C_LE,
    ADJ_C_EQ,
    ADJ_C_NE,
    ADJ_C_GT,
    ADJ_C_GE
} AdjCompare;
typedef enum AdjUnary { ADJ_U_NEG, ADJ_U_POS, ADJ_U_INVERT, ADJ_U_ABS } AdjUnary;

// Operator names, for messages and for lookup in classes.
typedef struct AdjBinaryRow {
    const char *symbol, *inplace_symbol, *dunder, *rdunder, *idunder;
} AdjBinaryRow;
extern const AdjBinaryRow adj_binary_rows[ADJ_B_COUNT];
typedef struct AdjCompareRow {
    const char *symbol, *dunder;
    AdjCompare swapped;
} AdjCompareRow;
extern const AdjCompareRow adj_compare_rows[6];

typedef void (*AdjVisit)(AdjObj *child, void *arg);

// Type flags.
enum {
    ADJ_TF_GC = 1,      // may take part in cycles: has traverse, is known to the collector
    ADJ_TF_BASE = 2,    // classes may inherit from it
    ADJ_TF_ATTRS = 4,   // its objects take arbitrary attributes (x.note = 1)
    ADJ_TF_HEAP = 8,    // a class written in the language (set by the core)
    ADJ_TF_READY = 16,  // rows are installed (set by the core)
    ADJ_TF_BINDS = 32,  // its objects bind like functions when found in a class
    // Which builtin it is or descends from; set on the builtin, inherited by classes.
    ADJ_TF_STR = 1 << 8,
    ADJ_TF_LIST = 1 << 9,
    ADJ_TF_TUPLE = 1 << 10,
    ADJ_TF_DICT = 1 << 11,
    ADJ_TF_SET = 1 << 12,
    ADJ_TF_FROZENSET = 1 << 13,
    ADJ_TF_EXC = 1 << 14,
    ADJ_TF_TYPE = 1 << 15,
    ADJ_TF_BYTES = 1 << 16,
    ADJ_TF_MODULE = 1 << 17,  // MODULE: the engine binding's nn.Module
    ADJ_TF_KINDS = 0xffff00,
    ADJ_TF_LATE_NEW = 1 << 24,  // (core) class defines __new__
};

// A type. Every slot may be NULL. Slots of operators answer NotImplemented in [out] when they
// do not know the operands; [self] may then be either side. The order of lookup for a binary
// operator is Python's. Classes written in the language inherit all slots of their native base;
// a dunder method they define is found before the slot.
struct AdjType {
    AdjObj head;
    const char *name;
    AdjType *base;  // NULL means object
    uint32_t flags;
    uint32_t size;  // bytes of an object, header included; 0: inherit or plain header
    const char *doc;
    const AdjNative *methods;  // rows, ended by a row whose name is NULL; NULL for none
    const AdjAttr *attrs;      // rows, ended likewise
    const AdjNative *make;     // constructor row: signature starts with cls. NULL: see alloc

    // Prepares a fresh zeroed object for use, called for T(...) and for subclasses of T with
    // the constructor's arguments before __init__ runs. Only where a zeroed object is not yet
    // valid.
    bool (*alloc)(AdjVM *vm, AdjVal self, AdjVal *args, int nargs);
    // Releases what the object refers to and leaves it empty but valid: also how the collector
    // breaks a cycle. The memory of the object itself is freed by the core.
    void (*drop)(AdjObj *o);
    void (*traverse)(AdjObj *o, AdjVisit visit, void *arg);  // visits every object it keeps

    bool (*repr)(AdjVM *vm, AdjVal self, AdjVal *out);  // new str
    bool (*str)(AdjVM *vm, AdjVal self, AdjVal *out);   // NULL: repr
    bool (*format)(AdjVM *vm, AdjVal self, const char *spec, size_t len, AdjVal *out);
    bool (*hash)(AdjVM *vm, AdjVal self, int64_t *out);  // NULL with equal set: unhashable
    bool (*compare)(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out);
    bool (*truth)(AdjVM *vm, AdjVal self, bool *out);
    // Last resort, like __getattr__: raises AttributeError if there is no such attribute.
    bool (*getattr)(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal *out);
    // Instead of adj_attr_store, which it may call; value UNDEF deletes.
    bool (*setattr)(AdjVM *vm, AdjVal self, AdjStr *name, AdjVal value);
    // Keyword values follow the nargs positional ones; their names are in kwnames or it is
    // NULL.
    bool (*call)(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                 AdjVal *out);
    bool (*getitem)(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out);
    bool (*setitem)(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value);  // value UNDEF deletes
    bool (*len)(AdjVM *vm, AdjVal self, int64_t *out);
    bool (*contains)(AdjVM *vm, AdjVal self, AdjVal item, bool *out);
    bool (*iter)(AdjVM *vm, AdjVal self, AdjVal *out);  // new iterator
    int (*next)(AdjVM *vm, AdjVal self, AdjVal *out);   // 1 item, 0 end, -1 failed
    bool (*binary)(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out);
    bool (*inplace)(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b,
                    AdjVal *out);  // a op= b, a is self
    bool (*unary)(AdjVM *vm, AdjUnary op, AdjVal self, AdjVal *out);
    bool (*index)(AdjVM *vm, AdjVal self, int64_t *out);  // __index__: usable as an int
    bool (*number)(AdjVM *vm, AdjVal self, bool as_int, AdjVal *out);  // int(x), float(x)
    bool (*enter)(AdjVM *vm, AdjVal self, AdjVal *out);                // with
    bool (*leave)(AdjVM *vm, AdjVal self, AdjVal exc,
                  bool *swallow);  // exc None when all went well
    void (*list_names)(AdjVM *vm, AdjVal self,
                       AdjObj *list);  // more names for dir() and completion

    // Below: filled in by the core.
    uint64_t version;      // changes whenever an attribute of the type or of a base changes
    uint32_t attr_offset;  // where AdjAttrs sits in an object; 0: no attributes
    uint32_t slot_hint;    // attribute slots to make room for in new objects
    uint64_t dunders;      // which special methods the class or a base defines (class.c)
    AdjObj *dict;          // AdjDict: name -> value
    AdjLayout *shape;       // empty shape its objects start from
    AdjObj *qualname;      // AdjStr, classes only
    AdjObj *name_text;     // AdjStr that holds [name], classes only
    AdjObj *body;          // AdjCode of the class statement, or NULL
    AdjObj *module_name;   // AdjStr or NULL
    AdjType **subclasses;  // borrowed, for version changes
    uint32_t subclass_count, subclass_cap;
    struct AdjDunderCache *special;  // class.c: resolved special methods
};

// Attributes of an object, at type->attr_offset. Names map to slots through a shape shared by
// the objects of a class; asking for __dict__ turns the object over to a real dict for good.
typedef struct AdjAttrs {
    AdjVal *slots;      // slot values; points behind the object or to memory of its own
    AdjLayout *shape;    // kept; NULL in dict mode
    uint64_t shape_id;  // shape->id, or 0 in dict mode: what inline caches compare
    uint32_t cap;       // slots there is room for
    uint16_t inline_cap;  // of these, behind the object
    bool finalised;       // __del__ was called
    struct AdjDict *dict;  // kept; NULL in shape mode
} AdjAttrs;

// Installs rows, inherits slots, makes the type usable. Idempotent. The machine does this for
// its own types; call it (through adj_vm_add_type or by hand) for any other before its first
// object.
bool adj_type_ready(AdjType *t);
bool adj_type_is(const AdjType *t, const AdjType *base);  // same or descends from

extern AdjType *const adj_tag_types[];
static inline AdjType *adj_type_of(AdjVal v)
{
    return v.tag == ADJ_T_OBJ ? v.o->type : adj_tag_types[v.tag];
}
static inline const char *adj_type_name(AdjVal v)
{
    return adj_type_of(v)->name;
}
static inline bool adj_is_kind(AdjVal v,
                               uint32_t flag)  // exact builtin or a class on top of it
{
    return v.tag == ADJ_T_OBJ && (v.o->type->flags & flag);
}

// New zeroed object of [type] with one reference, attributes and collector entry included.
// NULL with MemoryError. Collector objects are tracked from birth: fill them before running
// code.
void *adj_obj_new(AdjVM *vm, AdjType *type);
void *adj_obj_new_sized(AdjVM *vm, AdjType *type, size_t bytes);  // for a trailing array

// ---- the builtin objects ----
// Where the type table
// of each lives is said in parentheses.

// str (string.c). UTF-8, NUL-terminated. Immutable once visible to others.
struct AdjStr {
    AdjObj head;
    int64_t len;    // bytes
    int64_t chars;  // code points; -1: not counted yet. chars == len means ASCII
    uint64_t hash;  // 0: not computed
    bool interned;  // equal interned strings are the same object
    char data[];
};

typedef struct AdjBytes {
    AdjObj head;
    int64_t len;
    uint8_t data[];
} AdjBytes;  // (string.c)
typedef struct AdjList {
    AdjObj head;
    int64_t len, cap;
    AdjVal *items;
} AdjList;  // (list.c)
struct AdjTuple {
    AdjObj head;
    int64_t len;
    AdjVal items[];
};  // (tuple.c)

// dict (dict.c; the table itself is table.c): insertion-ordered, open addressing over an index.
typedef struct AdjEntry {
    AdjVal key, value;
    int64_t hash;
} AdjEntry;  // key UNDEF: deleted
typedef struct AdjDict {
    AdjObj head;
    int64_t count;      // live entries
    int64_t used;       // entries in use, deleted ones included
    int64_t cap;        // room in entries
    AdjEntry *entries;  // in insertion order
    int32_t *index;     // 2^index_bits places: -1 empty, -2 deleted, else position in entries
    uint32_t index_bits;
    uint32_t graves;    // deleted places of the index
    uint64_t version;  // changes when the set of keys or the place of an entry changes
} AdjDict;

// set and frozenset (set.c): CPython's table, so that sets of numbers print in CPython's order.
typedef struct AdjSetEntry {
    AdjVal key;
    int64_t hash;
} AdjSetEntry;
typedef struct AdjSet {
    AdjObj head;
    int64_t fill, used, mask;  // fill counts deleted places too; mask + 1 places
    AdjSetEntry *table;
    int64_t hash;      // frozenset: -1 not computed
    uint64_t version;  // changes with every change, so that iteration notices
} AdjSet;

typedef struct AdjRange {
    AdjObj head;
    int64_t start, stop, step, len;
} AdjRange;  // (iterate.c)
typedef struct AdjSlice {
    AdjObj head;
    AdjVal start, stop, step;
} AdjSlice;  // (iterate.c)
typedef struct AdjCell {
    AdjObj head;
    AdjVal value;
} AdjCell;
struct AdjModuleObj {
    AdjObj head;
    AdjStr *name;
    AdjDict *dict;
};

// A function written in C as a value. [sig] is parsed from the row at first need.
typedef struct AdjNativeObj {
    AdjObj head;
    const AdjNative *row;
    struct AdjSig *sig;
    AdjType *owner;  // the type a method belongs to, borrowed; NULL for a function
    AdjStr *module;  // kept or NULL
    uint8_t fast;    // (core) number of plain parameters when positional calls need no binding
} AdjNativeObj;

typedef struct AdjFunction {
    AdjObj head;
    AdjCode *code;
    AdjModuleObj *module;  // whose dict holds the globals; kept
    AdjDict *globals;      // module->dict, borrowed
    AdjTuple *defaults;    // kept or NULL
    AdjDict *kwdefaults;   // kept or NULL
    AdjStr *name, *qualname;
    AdjVal doc;
    AdjType *owner;  // class it was defined in, borrowed through its cell; for tracebacks only
    uint32_t ncells;
    AdjCell **cells;  // closure, kept
} AdjFunction;

typedef struct AdjMethod {
    AdjObj head;
    AdjVal fn, self;
} AdjMethod;  // bound method

typedef struct AdjException {
    AdjObj head;
    AdjTuple *args;
    AdjVal cause, context;    // exceptions or UNDEF
    AdjVal name, obj, value;  // NameError and AttributeError: what was looked up, where;
                              // StopIteration and SystemExit: the value; ImportError: name
    AdjObj *notes;            // AdjList of str or NULL
    struct AdjTrace *trace;   // frames, oldest first
    bool suppress_context;
    bool from_error_text;  // (core) args hold one message formatted by adj_raise
} AdjException;

extern AdjType adj_type_object, adj_type_type, adj_type_none, adj_type_ellipsis,
    adj_type_notimpl, adj_type_bool, adj_type_int, adj_type_float,  // (number.c)
    adj_type_str, adj_type_bytes, adj_type_list, adj_type_tuple, adj_type_dict, adj_type_set,
    adj_type_frozenset, adj_type_range, adj_type_slice, adj_type_cell, adj_type_module,
    adj_type_native, adj_type_function, adj_type_method, adj_type_property,
    adj_type_staticmethod, adj_type_classmethod, adj_type_super, adj_type_code,
    adj_type_BaseException, adj_type_generator;

static inline bool adj_is_str(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_STR);
}
static inline bool adj_is_list(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_LIST);
}
static inline bool adj_is_tuple(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_TUPLE);
}
static inline bool adj_is_dict(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_DICT);
}
static inline bool adj_is_set(AdjVal v)  // set or frozenset
{
    return adj_is_kind(v, ADJ_TF_SET | ADJ_TF_FROZENSET);
}
static inline bool adj_is_type(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_TYPE);
}
static inline bool adj_is_exc(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_EXC);
}
static inline bool adj_is_exact(AdjVal v, const AdjType *t)
{
    return v.tag == ADJ_T_OBJ && v.o->type == t;
}

static inline AdjStr *adj_as_str(AdjVal v)
{
    return (AdjStr *)v.o;
}
static inline AdjList *adj_as_list(AdjVal v)
{
    return (AdjList *)v.o;
}
static inline AdjTuple *adj_as_tuple(AdjVal v)
{
    return (AdjTuple *)v.o;
}
static inline AdjDict *adj_as_dict(AdjVal v)
{
    return (AdjDict *)v.o;
}
static inline AdjSet *adj_as_set(AdjVal v)
{
    return (AdjSet *)v.o;
}
static inline AdjType *adj_as_type(AdjVal v)
{
    return (AdjType *)v.o;
}

// ---- making and using builtin objects (value.c, table.c) ----

// Strings. Text is copied and must be valid UTF-8 (adj_utf8_valid). `_c`: a NUL-terminated one.
AdjStr *adj_str_new(AdjVM *vm, const char *text, size_t len);
AdjStr *adj_str_new_c(AdjVM *vm, const char *text);
AdjStr *adj_str_format(AdjVM *vm, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
AdjStr *adj_str_alloc(AdjVM *vm, size_t len);  // to be filled at once by the caller; chars = -1
AdjStr *adj_str_concat(AdjVM *vm, AdjStr *a, AdjStr *b);
AdjStr *adj_str_intern(AdjVM *vm, const char *text, size_t len);  // new reference
AdjStr *adj_str_intern_c(const char *text);  // ditto; never fails for names known to the core
int64_t adj_str_chars(AdjStr *s);            // code points, cached
uint64_t adj_str_hash(AdjStr *s);
bool adj_str_equal(const AdjStr *a, const AdjStr *b);
static inline bool adj_str_is(const AdjStr *s, const char *text)
{
    return __builtin_strcmp(s->data, text) == 0;
}
static inline bool adj_str_ascii(AdjStr *s)
{
    return adj_str_chars(s) == s->len;
}
bool adj_utf8_valid(const char *text, size_t len);
int adj_utf8_decode(const char *text, uint32_t *cp);  // bytes read; text is valid
int adj_utf8_encode(uint32_t cp, char *text);         // bytes written, at most 4

AdjBytes *adj_bytes_new(AdjVM *vm, const void *data, size_t len);  // data NULL: zeroed

AdjList *adj_list_new(AdjVM *vm, int64_t cap);               // empty, with room
bool adj_list_append(AdjVM *vm, AdjList *l, AdjVal v);       // keeps v
bool adj_list_append_take(AdjVM *vm, AdjList *l, AdjVal v);  // takes v, also on failure
bool adj_list_reserve(AdjVM *vm, AdjList *l, int64_t cap);
AdjTuple *adj_tuple_new(AdjVM *vm, int64_t len);  // items None, to be filled
AdjTuple *adj_tuple_from(AdjVM *vm, const AdjVal *items, int64_t len);  // keeps the items
AdjList *adj_list_from(AdjVM *vm, const AdjVal *items, int64_t len);

// Dicts. Keys of any hashable type; `_str` forms are for a known string key, and cannot run
// code. find: 1 found (borrowed in *out), 0 absent, -1 failed.
AdjDict *adj_dict_new(AdjVM *vm);
int adj_dict_find(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal *out);
bool adj_dict_set(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal value);  // keeps both
int adj_dict_remove(AdjVM *vm, AdjDict *d, AdjVal key,
                    AdjVal *out);  // 1: *out is a new reference
void adj_dict_clear(AdjDict *d);
AdjDict *adj_dict_copy(AdjVM *vm, AdjDict *d);
AdjVal *adj_dict_find_str(AdjDict *d, AdjStr *key);  // place of the value or NULL
AdjVal *adj_dict_find_c(AdjDict *d, const char *key);
bool adj_dict_set_str(AdjVM *vm, AdjDict *d, AdjStr *key, AdjVal value);
bool adj_dict_set_c(AdjVM *vm, AdjDict *d, const char *key, AdjVal value);
// Walks live entries in order: `for (int64_t i = 0; (e = adj_dict_next(d, &i));)`.
static inline AdjEntry *adj_dict_next(AdjDict *d, int64_t *i)
{
    while (*i < d->used) {
        AdjEntry *e = &d->entries[(*i)++];
        if (e->key.tag != ADJ_T_UNDEF) return e;
    }
    return NULL;
}

// Sets (set.c).
AdjSet *adj_set_new(AdjVM *vm, bool frozen);
bool adj_set_add(AdjVM *vm, AdjSet *s, AdjVal key);
int adj_set_has(AdjVM *vm, AdjSet *s, AdjVal key);  // 1, 0, -1 failed
int adj_set_discard(AdjVM *vm, AdjSet *s, AdjVal key);
AdjSetEntry *adj_set_next(AdjSet *s, int64_t *i);

AdjSlice *adj_slice_new(AdjVM *vm, AdjVal start, AdjVal stop, AdjVal step);  // keeps
// Clips a slice to a sequence of [len] as Python does; count is the number of items it selects.
bool adj_slice_clip(AdjVM *vm, AdjSlice *s, int64_t len, int64_t *start, int64_t *step,
                    int64_t *count);
// Iterators of the builtin containers are in iterators.h.
AdjRange *adj_range_new(AdjVM *vm, int64_t start, int64_t stop, int64_t step);
AdjMethod *adj_method_new(AdjVM *vm, AdjVal fn, AdjVal self);
AdjNativeObj *adj_native_new(AdjVM *vm, const AdjNative *row, AdjType *owner);
AdjModuleObj *adj_module_new(AdjVM *vm, const char *name);

// Growing text, for repr and formatting. Zero-initialise; adj_buf_str makes the str and frees
// the buffer, also on failure. The add functions return false with MemoryError.
typedef struct AdjBuf {
    char *data;
    size_t len, cap;
} AdjBuf;
bool adj_buf_add(AdjVM *vm, AdjBuf *b, const char *text, size_t len);
bool adj_buf_add_c(AdjVM *vm, AdjBuf *b, const char *text);
bool adj_buf_add_char(AdjVM *vm, AdjBuf *b, char c);
bool adj_buf_add_str(AdjVM *vm, AdjBuf *b, AdjVal str);
bool adj_buf_printf(AdjVM *vm, AdjBuf *b, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool adj_buf_add_repr(AdjVM *vm, AdjBuf *b, AdjVal v);
bool adj_buf_str(AdjVM *vm, AdjBuf *b, AdjVal *out);
void adj_buf_free(AdjBuf *b);

// Memory the language uses, counted and limited (adj_vm_set_memory_limit). NULL with
// MemoryError.
void *adj_lang_alloc(AdjVM *vm, size_t bytes);
void *adj_lang_realloc(AdjVM *vm, void *p, size_t old_bytes, size_t bytes);
void adj_lang_free(void *p, size_t bytes);
int64_t adj_lang_live_objects(void);  // objects alive in the process: returns to its start
int64_t adj_lang_live_bytes(void);

// ---- operations on any value (operate.c) ----
// Exactly what the operators and builtins of the
// language do, user-defined dunders included.

bool adj_val_repr(AdjVM *vm, AdjVal v, AdjVal *out);
bool adj_val_str(AdjVM *vm, AdjVal v, AdjVal *out);
bool adj_val_format(AdjVM *vm, AdjVal v, const char *spec, size_t len, AdjVal *out);
bool adj_val_truth(AdjVM *vm, AdjVal v, bool *out);
bool adj_val_hash(AdjVM *vm, AdjVal v, int64_t *out);
bool adj_val_equal(AdjVM *vm, AdjVal a, AdjVal b, bool *out);  // identity counts as equal
bool adj_val_less(AdjVM *vm, AdjVal a, AdjVal b, bool *out);   // a < b, for sorting
bool adj_val_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out);
static inline bool adj_val_is(AdjVal a, AdjVal b)
{
    return a.tag == b.tag && a.i == b.i;
}
bool adj_val_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out);
bool adj_val_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out);
bool adj_val_unary(AdjVM *vm, AdjUnary op, AdjVal a, AdjVal *out);
bool adj_val_len(AdjVM *vm, AdjVal v, int64_t *out);
bool adj_val_contains(AdjVM *vm, AdjVal container, AdjVal item, bool *out);
bool adj_val_getitem(AdjVM *vm, AdjVal v, AdjVal key, AdjVal *out);
bool adj_val_setitem(AdjVM *vm, AdjVal v, AdjVal key, AdjVal value);  // value UNDEF deletes
bool adj_val_iter(AdjVM *vm, AdjVal v, AdjVal *out);
int adj_val_next(AdjVM *vm, AdjVal it, AdjVal *out);  // 1 item, 0 end, -1 failed
bool adj_val_getattr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out);
int adj_val_find_attr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal *out);  // 0 if AttributeError
bool adj_val_setattr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value);  // value UNDEF deletes
bool adj_val_getattr_c(AdjVM *vm, AdjVal v, const char *name, AdjVal *out);
bool adj_val_setattr_c(AdjVM *vm, AdjVal v, const char *name, AdjVal value);
bool adj_val_callable(AdjVal v);
bool adj_val_isinstance(AdjVM *vm, AdjVal v, AdjVal type_or_tuple, bool *out);
bool adj_val_issubclass(AdjVM *vm, AdjVal t, AdjVal type_or_tuple, bool *out);
bool adj_val_dir(AdjVM *vm, AdjVal v, AdjVal *out);  // sorted list of names

// Stores to the object's own attributes, passing by setattr slots and properties.
bool adj_attr_store(AdjVM *vm, AdjObj *o, AdjStr *name, AdjVal value);
AdjVal *adj_attr_find(AdjObj *o, AdjStr *name);  // the object's own attribute or NULL
AdjDict *adj_attr_dict(AdjVM *vm, AdjObj *o);  // its __dict__, live; borrowed, NULL on failure
AdjVal *adj_type_find(AdjType *t, AdjStr *name);  // in the class or its bases; borrowed or NULL

// Numbers. The slots of int, float and bool are these; ints overflow to OverflowError.
bool adj_number_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out);
bool adj_number_unary(AdjVM *vm, AdjUnary op, AdjVal a, AdjVal *out);
bool adj_number_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out);
int64_t adj_number_hash(AdjVal v);  // CPython's: equal numbers of any type hash equally
int64_t adj_pointer_hash(const void *p);

// Arguments of natives: false with a TypeError worded as CPython does.
bool adj_get_int(AdjVM *vm, AdjVal v, int64_t *out);    // __index__: "'%s' object cannot be
                                                        // interpreted as an integer"
bool adj_get_double(AdjVM *vm, AdjVal v, double *out);  // "must be real number, not %s"
// A whole iterable as a new list. A list argument is copied.
AdjList *adj_list_of(AdjVM *vm, AdjVal iterable);

// ---- exceptions ----

typedef enum AdjExc {
    ADJ_EXC_BaseException,
#define EXC(name, base, text) ADJ_EXC_##name,
#include "errors.def"
#undef EXC
    ADJ_EXC_COUNT
} AdjExc;

AdjType *adj_exc_type(AdjExc kind);
bool adj_raise(AdjVM *vm, AdjExc kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int adj_raise_int(AdjVM *vm, AdjExc kind, const char *fmt, ...)  // the same, returns -1
    __attribute__((format(printf, 3, 4)));
void *adj_raise_null(AdjVM *vm, AdjExc kind, const char *fmt, ...)  // the same, returns NULL
    __attribute__((format(printf, 3, 4)));
bool adj_raise_key(AdjVM *vm, AdjVal key);        // KeyError whose argument is the key itself
// What next(it) raises when adj_val_next has answered 0: with the value a generator returned.
bool adj_raise_stop(AdjVM *vm, AdjVal it);
bool adj_raise_val(AdjVM *vm, AdjVal exception);  // keeps
bool adj_raise_no_attribute(AdjVM *vm, AdjVal v,
                            AdjStr *name);  // with what "Did you mean" needs
bool adj_raise_os(AdjVM *vm, int error_number,
                  const char *path);  // OSError kind, CPython's text
// Adds a line shown under the traceback (PEP 678), e.g. shapes, module path or "try: ...".
bool adj_raise_note(AdjVM *vm, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool adj_vm_failed(AdjVM *vm);
bool adj_vm_error_is(AdjVM *vm, AdjExc kind);
AdjVal
adj_vm_take_error(AdjVM *vm);  // new reference to the exception; the machine is clear again
void adj_vm_clear_error(AdjVM *vm);

// ---- the machine ----

// What an embedder supplies. Any member may be NULL.
typedef struct AdjHooks {
    void *user;
    void (*write)(AdjVM *vm, const char *text, size_t len);        // stdout; default: fwrite
    void (*write_error)(AdjVM *vm, const char *text, size_t len);  // stderr
    void (*flush)(AdjVM *vm);
    bool (*read_line)(AdjVM *vm, const char *prompt, AdjVal *out);  // input(); new str
    // a |> b. is_composable: is this value a module or the like, so that the pipe builds a
    // chain?
    bool (*is_composable)(AdjVM *vm, AdjVal v);
    bool (*compose)(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out);
    // A name that stands in no namespace, and one that a module lacks ([name] NULL: whatever a
    // star import would see): 1 found, a new reference; 0 absent; -1 failed.
    int (*find_name)(AdjVM *vm, AdjStr *name, AdjVal *out);
    int (*find_in_module)(AdjVM *vm, AdjModuleObj *m, AdjStr *name, AdjVal *out);
    void (*safe_point)(
        AdjVM *vm);  // called within 50 ms while a program runs (requests, redraw)
    // root.backward(gradient) is asked for: 1 it is done, 0 do it as always, -1 failed.
    int (*backward)(AdjVM *vm, AdjVal root, AdjVal gradient, bool retain_graph);
} AdjHooks;

AdjVM *adj_vm_new(const AdjHooks *hooks);  // hooks are copied; NULL for none. NULL: no memory
void adj_vm_free(AdjVM *vm);
AdjHooks *adj_vm_hooks(AdjVM *vm);  // may be changed between runs
void adj_vm_write(AdjVM *vm, const char *text, size_t len);

enum {
    ADJ_RUN_FILE = 0,  // statements; result is None
    ADJ_RUN_CELL = 1,  // the last expression statement is the result, else None
    ADJ_RUN_EVAL = 2,  // one expression
};
// Compiles and runs [text] in the main module. [name] is shown in tracebacks ("cell 7", a
// path). [result] may be NULL. False: the exception stands in the machine. Names survive
// between runs.
bool adj_vm_run(AdjVM *vm, const char *name, const char *text, size_t len, unsigned flags,
                AdjVal *result);
// Text of the standing exception as shown to people: traceback, carets, notes, suggestion. The
// caller frees it with free(). Clears the exception.
char *adj_vm_error_text(AdjVM *vm);
char *adj_exc_text(AdjVM *vm, AdjVal exception);  // the same for any exception object

// Calls from C. [args] holds nargs positional values, followed by one value per name in
// [kwnames] (a tuple of str, or NULL).
bool adj_vm_call(AdjVM *vm, AdjVal callable, AdjVal *args, int nargs, AdjTuple *kwnames,
                 AdjVal *out);
bool adj_vm_call_method(AdjVM *vm, AdjVal self, const char *name, AdjVal *args, int nargs,
                        AdjVal *out);

// Modules. [init] runs at the first import and fills the module's dict; `functions` are
// installed before it. A name with dots ("torch.nn") is importable as such and set in its
// parent.
typedef struct AdjModuleDef {
    const char *name;
    const char *doc;
    const AdjNative *functions;  // ended by a NULL name, or NULL
    bool (*init)(AdjVM *vm, AdjModuleObj *m);
} AdjModuleDef;
bool adj_vm_add_module(AdjVM *vm, const AdjModuleDef *def);
bool adj_vm_import(AdjVM *vm, const char *name, AdjVal *out);  // new reference to the module
bool adj_vm_add_functions(AdjVM *vm, AdjDict *dict, const AdjNative *rows,
                          const char *module_name);
bool adj_vm_add_type(AdjVM *vm, AdjDict *dict, AdjType *t);      // ready, and named in dict
bool adj_vm_set_prelude(AdjVM *vm, const char *name, AdjVal v);  // visible everywhere
AdjDict *adj_vm_prelude(AdjVM *vm);                              // borrowed
AdjModuleObj *adj_vm_main(AdjVM *vm);                            // the main module, borrowed
bool adj_vm_reset_main(AdjVM *vm);                       // forget the main module's names
void adj_vm_set_script_dir(AdjVM *vm, const char *dir);  // where imports look; copied
void adj_vm_set_file_imports(AdjVM *vm, bool allowed);              // on at first
AdjDict *adj_vm_modules(AdjVM *vm);                      // imported modules by name

// Interrupts: async-signal-safe and thread-safe; the program gets KeyboardInterrupt at its next
// back-edge or call. Natives that take long ask adj_vm_poll from time to time: false = return
// false.
void adj_vm_interrupt(AdjVM *vm);
void adj_vm_clear_interrupt(AdjVM *vm);  // one that came when there was nothing left to end
void adj_vm_request_safe_point(AdjVM *vm);  // ditto; the program calls hooks.safe_point soon
bool adj_vm_poll(AdjVM *vm);
void adj_vm_set_budget(AdjVM *vm, int64_t back_edges_and_calls);  // for fuzzing; negative: none
void adj_vm_set_memory_limit(AdjVM *vm, int64_t bytes);           // 0: none
void adj_vm_set_recursion_limit(AdjVM *vm, int limit);
int adj_vm_recursion_limit(AdjVM *vm);
// Natives that call back into the language in recursion (repr of nested lists, comparison)
// enter and leave; enter fails with RecursionError ("maximum recursion depth exceeded%s").
bool adj_vm_enter(AdjVM *vm, const char *where);
void adj_vm_leave(AdjVM *vm);
// Guard for repr of containers that hold themselves: true when [o] is already being shown.
bool adj_vm_repr_enter(AdjVM *vm, AdjObj *o);
void adj_vm_repr_leave(AdjVM *vm, AdjObj *o);

// Where the program is: the source and the byte range of the expression being evaluated. O(1).
typedef struct AdjSpanAt {
    uint32_t source;      // id of the source text, see adj_vm_source; 0: nothing runs
    uint32_t start, end;  // bytes
} AdjSpanAt;
AdjSpanAt adj_vm_current_span(AdjVM *vm);
struct AdjSource *adj_vm_source(AdjVM *vm, uint32_t id);  // ast.h; borrowed; NULL if gone

// Runs the cycle collector; the number of objects it freed.
int64_t adj_vm_collect(AdjVM *vm);

// ---- signatures (bind.c): help and completion read these ----

typedef struct AdjParam {
    AdjStr *name;  // interned
    char kind;     // '/' positional only, 'p' plain, '*' variadic, 'k' keyword only, '2' **
    AdjVal value;  // default or UNDEF
    bool required;
    const char *text,
        *text_end;  // "sep: str = None" in the row's signature; NULL for functions
} AdjParam;
typedef struct AdjSig {
    uint16_t count, positional, required, keyword_only, min_positional_only;
    bool has_args, has_kwargs, raw;
    AdjParam params[];
} AdjSig;
AdjSig *adj_native_sig(AdjNativeObj *fn);  // borrowed, parsed once
// "(x, y=1, *, key=None)" of any callable, as help shows it; new str in [out].
bool adj_val_signature(AdjVM *vm, AdjVal callable, AdjVal *out);

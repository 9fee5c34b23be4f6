// SPDX-License-Identifier: Apache-2.0
// collections.namedtuple: a class on top of tuple whose items have names. The class is made as
// a class statement would make it; its fields are properties over a small callable that takes
// an item, and __new__ is a callable that knows the names and the defaults. Invariant: fields
// and defaults of a Maker are tuples, and defaults belong to the last fields.
#include "collections.h"
#include "lang/types/list.h"
#include "lang/types/str.h"

#include <stdio.h>

// ---- getting a field ----

typedef struct Getter {
    AdjObj head;
    int64_t index;
} Getter;

static bool getter_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                        AdjVal *out)
{
    int64_t index = ((Getter *)self.o)->index;
    if (nargs != 1 || kwnames || !adj_is_tuple(args[0]) ||
        adj_as_tuple(args[0])->len <= index) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "a field of a named tuple was asked of something "
                         "else");
    }
    return adj_out_keep(out, adj_as_tuple(args[0])->items[index]);
}

static AdjType type_getter = {
    .name = "_tuplegetter",
    .size = sizeof(Getter),
    .doc = "Takes one item of a tuple.",
    .call = getter_call,
};

// ---- making an instance ----

typedef struct Maker {
    AdjObj head;
    AdjTuple *fields, *defaults;  // kept
    AdjStr *name;                 // kept
} Maker;

static void maker_drop(AdjObj *o)
{
    Maker *m = (Maker *)o;
    AdjObj *fields = (AdjObj *)m->fields, *defaults = (AdjObj *)m->defaults;
    AdjObj *name = (AdjObj *)m->name;
    m->fields = m->defaults = NULL;
    m->name = NULL;
    adj_obj_drop(fields);
    adj_obj_drop(defaults);
    adj_obj_drop(name);
}

static void maker_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Maker *m = (Maker *)o;
    if (m->fields) visit(&m->fields->head, arg);
    if (m->defaults) visit(&m->defaults->head, arg);
}

static int64_t field_index(const AdjTuple *fields, AdjVal name)
{
    for (int64_t i = 0; i < fields->len; i++) {
        if (adj_str_equal(adj_as_str(fields->items[i]), adj_as_str(name))) return i;
    }
    return -1;
}

// Names what is missing as Python does: 'x', 'y', and 'z'.
static bool missing(AdjVM *vm, const Maker *m, const AdjVal *items)
{
    AdjText text = {0};
    int64_t count = 0, seen = 0;
    for (int64_t i = 0; i < m->fields->len; i++) count += adj_is_undef(items[i]);
    for (int64_t i = 0; i < m->fields->len; i++) {
        if (!adj_is_undef(items[i])) continue;
        const char *join = seen == 0          ? ""
                           : seen + 1 < count ? ", "
                           : count == 2       ? " and "
                                              : ", and ";
        adj_text_printf(&text, "%s'%s'", join, adj_as_str(m->fields->items[i])->data);
        seen++;
    }
    adj_text_byte(&text, 0);
    adj_raise(vm, ADJ_EXC_TypeError,
              "%s.__new__() missing %lld required positional argument%s: %.300s", m->name->data,
              (long long)count, count == 1 ? "" : "s", text.failed ? "" : text.data);
    adj_text_free(&text);
    return false;
}

// Puts the arguments of a call at their fields, borrowed; UNDEF where there is none.
static bool place_args(AdjVM *vm, const Maker *m, AdjVal *args, int nargs, AdjTuple *kwnames,
                       AdjVal *items)
{
    int64_t n = m->fields->len;
    for (int64_t i = 0; i < n; i++) items[i] = i < nargs ? args[i] : ADJ_UNDEF;
    for (int64_t k = 0; kwnames && k < kwnames->len; k++) {
        const char *name = adj_as_str(kwnames->items[k])->data;
        int64_t i = field_index(m->fields, kwnames->items[k]);
        if (i < 0) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s.__new__() got an unexpected keyword argument '%s'",
                             m->name->data, name);
        }
        if (!adj_is_undef(items[i])) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s.__new__() got multiple values for argument '%s'",
                             m->name->data, name);
        }
        items[i] = args[nargs + k];
    }
    bool complete = true;
    for (int64_t i = 0; i < n; i++) {
        int64_t from_default = i - (n - m->defaults->len);
        if (adj_is_undef(items[i]) && from_default >= 0)
            items[i] = m->defaults->items[from_default];
        complete = complete && !adj_is_undef(items[i]);
    }
    return complete || missing(vm, m, items);
}

// A tuple of class [cls] with these items.
static bool new_tuple(AdjVM *vm, AdjType *cls, const AdjVal *items, int64_t n, AdjVal *out)
{
    AdjTuple *t = adj_obj_new_sized(vm, cls, cls->size + (size_t)n * sizeof(AdjVal));
    if (!t) return false;
    t->len = n;
    adj_vals_copy(t->items, items, n);
    return adj_out(out, t);
}

static bool maker_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                       AdjVal *out)
{
    Maker *m = (Maker *)self.o;
    int64_t n = m->fields->len;
    if (nargs < 1 || !adj_is_type(args[0]) ||
        !adj_type_is(adj_as_type(args[0]), &adj_type_tuple)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s.__new__(): the first argument is no class on "
                         "top of tuple",
                         m->name->data);
    }
    if (nargs - 1 > n) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s.__new__() takes %lld positional arguments but %d were given",
                         m->name->data, (long long)n + 1, nargs);
    }
    AdjVal few[16], *items = few;
    if (n > 16 && !(items = adj_lang_alloc(vm, (size_t)n * sizeof *items))) return false;
    bool ok = place_args(vm, m, args + 1, nargs - 1, kwnames, items) &&
              new_tuple(vm, adj_as_type(args[0]), items, n, out);
    if (items != few) adj_lang_free(items, (size_t)n * sizeof *items);
    return ok;
}

static AdjType type_maker = {
    .name = "_tuplemaker",
    .flags = ADJ_TF_GC,
    .size = sizeof(Maker),
    .doc = "The __new__ of a named tuple.",
    .drop = maker_drop,
    .traverse = maker_traverse,
    .call = maker_call,
};

// ---- methods of the classes ----

// The names of an instance's fields; new reference.
static AdjTuple *fields_of(AdjVM *vm, AdjVal v)
{
    AdjVal fields;
    if (!adj_val_getattr_c(vm, v, "_fields", &fields)) return NULL;
    if (adj_is_tuple(fields)) return adj_as_tuple(fields);
    adj_val_drop(fields);
    return adj_raise_null(vm, ADJ_EXC_TypeError, "_fields is no tuple");
}

static bool named_repr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[0]), *fields = fields_of(vm, args[0]);
    AdjBuf b = {0};
    bool ok = fields && adj_buf_printf(vm, &b, "%s(", args[0].o->type->name);
    for (int64_t i = 0; ok && i < t->len && i < fields->len; i++) {
        ok = (i == 0 || adj_buf_add_c(vm, &b, ", ")) &&
             adj_buf_add_str(vm, &b, fields->items[i]) && adj_buf_add_c(vm, &b, "=") &&
             adj_buf_add_repr(vm, &b, t->items[i]);
    }
    adj_obj_drop(fields);
    if (!ok || !adj_buf_add_c(vm, &b, ")")) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool named_asdict(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[0]), *fields = fields_of(vm, args[0]);
    AdjDict *d = fields ? adj_dict_new(vm) : NULL;
    bool ok = d != NULL;
    for (int64_t i = 0; ok && i < t->len && i < fields->len; i++) {
        ok = adj_dict_set(vm, d, fields->items[i], t->items[i]);
    }
    adj_obj_drop(fields);
    if (!ok) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

static bool unexpected_fields(AdjVM *vm, AdjDict *names)
{
    AdjList *list = adj_list_of(vm, adj_obj_val(names));
    AdjVal shown;
    bool ok = list && adj_val_repr(vm, adj_obj_val(list), &shown);
    adj_obj_drop(list);
    if (!ok) return false;
    adj_raise(vm, ADJ_EXC_ValueError, "Got unexpected field names: %.300s",
              adj_as_str(shown)->data);
    return adj_val_drop(shown), false;
}

static bool named_replace(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[0]), *fields = fields_of(vm, args[0]);
    AdjDict *changes = fields ? adj_dict_copy(vm, adj_as_dict(args[1])) : NULL;
    bool ok = changes && new_tuple(vm, args[0].o->type, t->items, t->len, out);
    if (ok) {
        AdjTuple *copy = adj_as_tuple(*out);
        for (int64_t i = 0; ok && i < copy->len && i < fields->len; i++) {
            AdjVal value;
            int found = adj_dict_remove(vm, changes, fields->items[i], &value);
            if (found > 0) adj_val_set(&copy->items[i], value);
            ok = found >= 0;
        }
        ok = ok && (changes->count == 0 || unexpected_fields(vm, changes));
        if (!ok) adj_val_drop(*out);
    }
    adj_obj_drop(changes);
    adj_obj_drop(fields);
    return ok;
}

static bool named_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *fields = fields_of(vm, args[0]);
    AdjList *items = fields ? adj_list_of(vm, args[1]) : NULL;
    bool ok = items && (items->len == fields->len ||
                        adj_raise(vm, ADJ_EXC_TypeError, "Expected %lld arguments, got %lld",
                                  (long long)fields->len, (long long)items->len)) &&
              new_tuple(vm, adj_as_type(args[0]), items->items, items->len, out);
    adj_obj_drop(items);
    adj_obj_drop(fields);
    return ok;
}

static const AdjNative named_methods[] = {
    {"__repr__", "(self)", named_repr, "The fields with their names.", 0},
    {"_asdict", "(self)", named_asdict, "The fields as a dict.", 0},
    {"_replace", "(self, /, **kwds)", named_replace, "A copy with some fields changed.", 0},
};
static const AdjNative make_row = {"_make", "(cls, iterable, /)", named_make,
                                   "An instance with the items of [iterable].", 0};

// ---- names ----

static bool is_keyword(const AdjStr *name)
{
    static const char *const words[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (adj_str_is(name, words[i])) return true;
    }
    return false;
}

static bool is_name(const AdjStr *name)
{
    const char *at = name->data, *end = at + name->len;
    if (name->len == 0 || !(adj_char_flags(adj_utf8_take(&at)) & ADJ_CHAR_NAME_START))
        return false;
    while (at < end) {
        if (!(adj_char_flags(adj_utf8_take(&at)) & ADJ_CHAR_NAME)) return false;
    }
    return true;
}

static bool refuse(AdjVM *vm, const char *why, AdjVal name)
{
    AdjVal shown;
    if (!adj_val_repr(vm, name, &shown)) return false;
    adj_raise(vm, ADJ_EXC_ValueError, "%s: %.200s", why, adj_as_str(shown)->data);
    return adj_val_drop(shown), false;
}

static bool check_name(AdjVM *vm, AdjVal name)
{
    if (!adj_is_str(name)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "Type names and field names must be strings");
    }
    if (!is_name(adj_as_str(name))) {
        return refuse(vm, "Type names and field names must be valid identifiers", name);
    }
    return !is_keyword(adj_as_str(name)) ||
           refuse(vm, "Type names and field names cannot be a keyword", name);
}

static bool was_before(const AdjList *names, int64_t i)
{
    for (int64_t k = 0; k < i; k++) {
        if (adj_str_equal(adj_as_str(names->items[k]), adj_as_str(names->items[i])))
            return true;
    }
    return false;
}

static bool check_fields(AdjVM *vm, AdjList *names, bool rename)
{
    for (int64_t i = 0; i < names->len; i++) {
        AdjStr *name = adj_as_str(names->items[i]);
        bool text = adj_is_str(names->items[i]);
        bool good = text && is_name(name) && !is_keyword(name) && name->data[0] != '_' &&
                    !was_before(names, i);
        if (good) continue;
        if (rename) {
            AdjStr *other = adj_str_format(vm, "_%lld", (long long)i);
            if (!other) return false;
            adj_val_set(&names->items[i], adj_obj_val(other));
            continue;
        }
        if (!check_name(vm, names->items[i])) return false;
        if (name->data[0] == '_') {
            return refuse(vm, "Field names cannot start with an underscore", names->items[i]);
        }
        return refuse(vm, "Encountered duplicate field name", names->items[i]);
    }
    return true;
}

// The names as a list of str: from one text with commas or blanks, or from any iterable.
static AdjList *field_names(AdjVM *vm, AdjVal given)
{
    AdjVal blanks, parts, comma, blank;
    if (!adj_is_str(given)) return adj_list_of(vm, given);
    comma = adj_obj_val(adj_str_char(vm, ','));
    blank = adj_obj_val(adj_str_char(vm, ' '));
    bool ok = !adj_is_undef(comma) && !adj_is_undef(blank) &&
              adj_vm_call_method(vm, given, "replace", (AdjVal[]){comma, blank}, 2, &blanks);
    adj_val_drop(comma);
    adj_val_drop(blank);
    if (!ok) return NULL;
    ok = adj_vm_call_method(vm, blanks, "split", NULL, 0, &parts);
    adj_val_drop(blanks);
    return ok ? adj_as_list(parts) : NULL;
}

// ---- the class ----

// Stores a value that is taken; UNDEF: making it failed.
static bool put(AdjVM *vm, AdjDict *d, const char *name, AdjVal v)
{
    bool ok = !adj_is_undef(v) && adj_dict_set_c(vm, d, name, v);
    adj_val_drop(v);
    return ok;
}

static bool put_getter(AdjVM *vm, AdjDict *d, AdjStr *name, int64_t index)
{
    Getter *getter = adj_obj_new(vm, &type_getter);
    AdjVal property, arg = adj_obj_val(getter);
    if (!getter) return false;
    getter->index = index;
    bool ok = adj_vm_call(vm, adj_obj_val(&adj_type_property), &arg, 1, NULL, &property);
    adj_obj_drop(getter);
    if (!ok) return false;
    ok = adj_dict_set_str(vm, d, name, property);
    adj_val_drop(property);
    return ok;
}

static bool put_maker(AdjVM *vm, AdjDict *d, AdjStr *name, AdjTuple *fields, AdjTuple *defaults)
{
    Maker *maker = adj_obj_new(vm, &type_maker);
    if (!maker) return false;
    maker->fields = adj_obj_keep(fields);
    maker->defaults = adj_obj_keep(defaults);
    maker->name = adj_obj_keep(name);
    return put(vm, d, "__new__", adj_obj_val(maker));
}

static bool put_methods(AdjVM *vm, AdjDict *d)
{
    for (size_t i = 0; i < sizeof named_methods / sizeof *named_methods; i++) {
        AdjNativeObj *fn = adj_native_new(vm, &named_methods[i], &adj_type_tuple);
        if (!put(vm, d, named_methods[i].name, adj_obj_val(fn))) return false;
    }
    AdjVal make = adj_obj_val(adj_native_new(vm, &make_row, NULL)), bound;
    if (adj_is_undef(make)) return false;
    bool ok = adj_vm_call(vm, adj_obj_val(&adj_type_classmethod), &make, 1, NULL, &bound);
    adj_val_drop(make);
    return ok && put(vm, d, make_row.name, bound);
}

static bool put_defaults(AdjVM *vm, AdjDict *d, AdjTuple *fields, AdjTuple *defaults)
{
    AdjDict *by_name = adj_dict_new(vm);
    bool ok = by_name != NULL;
    for (int64_t i = 0; ok && i < defaults->len; i++) {
        AdjVal name = fields->items[fields->len - defaults->len + i];
        ok = adj_dict_set(vm, by_name, name, defaults->items[i]);
    }
    if (!ok) return adj_obj_drop(by_name), false;
    return put(vm, d, "_field_defaults", adj_obj_val(by_name));
}

static bool make_class(AdjVM *vm, AdjStr *name, AdjTuple *fields, AdjTuple *defaults,
                       AdjVal *out)
{
    AdjDict *d = adj_dict_new(vm);
    bool ok = d && put_maker(vm, d, name, fields, defaults) && put_methods(vm, d) &&
              put_defaults(vm, d, fields, defaults) &&
              adj_dict_set_c(vm, d, "_fields", adj_obj_val(fields)) &&
              adj_dict_set_c(vm, d, "__match_args__", adj_obj_val(fields));
    for (int64_t i = 0; ok && i < fields->len; i++) {
        ok = put_getter(vm, d, adj_as_str(fields->items[i]), i);
    }
    AdjVal base = adj_obj_val(&adj_type_tuple);
    AdjTuple *bases = ok ? adj_tuple_from(vm, &base, 1) : NULL;
    AdjVal args[] = {adj_obj_val(name), adj_obj_val(bases), adj_obj_val(d)};
    ok = bases && adj_vm_call(vm, adj_obj_val(&adj_type_type), args, 3, NULL, out);
    adj_obj_drop(bases);
    adj_obj_drop(d);
    return ok;
}

static AdjTuple *as_tuple(AdjVM *vm, AdjVal iterable)
{
    AdjList *l = adj_is_none(iterable) ? adj_list_new(vm, 0) : adj_list_of(vm, iterable);
    AdjTuple *t = l ? adj_tuple_from(vm, l->items, l->len) : NULL;
    adj_obj_drop(l);
    return t;
}

bool adj_namedtuple(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    bool rename, ok = adj_type_ready(&type_getter) && adj_type_ready(&type_maker) &&
                      adj_val_truth(vm, args[2], &rename) && check_name(vm, args[0]);
    AdjList *names = ok ? field_names(vm, args[1]) : NULL;
    ok = names && check_fields(vm, names, rename);
    AdjTuple *fields = ok ? adj_tuple_from(vm, names->items, names->len) : NULL;
    AdjTuple *defaults = fields ? as_tuple(vm, args[3]) : NULL;
    ok = defaults &&
         (defaults->len <= fields->len ||
          adj_raise(vm, ADJ_EXC_TypeError, "Got more default values than field names"));
    ok = ok && make_class(vm, adj_as_str(args[0]), fields, defaults, out);
    adj_obj_drop(names);
    adj_obj_drop(fields);
    adj_obj_drop(defaults);
    return ok;
}

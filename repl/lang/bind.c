// SPDX-License-Identifier: Apache-2.0
// Signatures of functions written in C, and binding: how positional and keyword arguments meet
// parameters, with CPython's words when they do not.
//
// A row's signature text is parsed at the first call that needs it. Most never do: when all
// parameters are plain and required, positional calls pass straight through.
#include <stdlib.h>
#include <string.h>

#include "vm.h"

// ---- reading signatures ----

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\n') p++;
    return p;
}

// The end of one parameter's text: the comma or closing parenthesis at this level.
static const char *param_end(const char *p)
{
    int depth = 0;
    char quote = 0;
    for (; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1]) p++;
            else if (*p == quote) quote = 0;
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (*p == '(' || *p == '[' || *p == '{') {
            depth++;
        } else if (*p == ')' || *p == ']' || *p == '}') {
            if (depth-- == 0) return p;
        } else if (*p == ',' && depth == 0) {
            return p;
        }
    }
    return p;
}

// Where the default starts ("= None"), or NULL.
static const char *default_start(const char *p, const char *end)
{
    int depth = 0;
    for (; p < end; p++) {
        if (*p == '[' || *p == '(') depth++;
        else if (*p == ']' || *p == ')') depth--;
        else if (*p == '=' && depth == 0) return skip_space(p + 1);
        else if (*p == '\'' || *p == '"') return NULL;
    }
    return NULL;
}

static bool text_is(const char *p, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(p, word, len) == 0;
}

static AdjVal default_string(const char *p, size_t len)
{
    char text[128];
    size_t n = 0;
    for (size_t i = 1; i + 1 < len && n < sizeof text; i++) {
        char c = p[i];
        if (c == '\\' && i + 2 < len) {
            c = p[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        text[n++] = c;
    }
    return adj_obj_val(adj_str_intern(NULL, text, n));
}

static AdjVal default_value(const char *p, size_t len)
{
    while (len && p[len - 1] == ' ') len--;
    if (len == 0 || text_is(p, len, "<unset>")) return ADJ_UNDEF;
    if (text_is(p, len, "None")) return ADJ_NONE;
    if (text_is(p, len, "True")) return ADJ_TRUE;
    if (text_is(p, len, "False")) return ADJ_FALSE;
    if (text_is(p, len, "...")) return ADJ_ELLIPSIS;
    if (text_is(p, len, "()")) return adj_obj_val(adj_tuple_new(NULL, 0));
    if (text_is(p, len, "inf") || text_is(p, len, "-inf")) {
        return adj_float_val(*p == '-' ? -__builtin_inf() : __builtin_inf());
    }
    if (*p == '\'' || *p == '"') return default_string(p, len);
    char text[64], *end;
    if (len >= sizeof text) return ADJ_NONE;
    memcpy(text, p, len);
    text[len] = 0;
    long long i = strtoll(text, &end, 0);
    if (!*end) return adj_int_val(i);
    double f = strtod(text, &end);
    if (!*end) return adj_float_val(f);
    // A tuple of numbers, as in betas=(0.9, 0.999).
    if (*text != '(') return ADJ_NONE;
    AdjTuple *t = adj_tuple_new(NULL, 0);
    AdjVal items[8];
    int n = 0;
    for (char *at = text + 1; n < 8 && *skip_space(at) && *skip_space(at) != ')';
         at = end + 1) {
        const char *stop = param_end(skip_space(at));
        items[n++] = default_value(skip_space(at), (size_t)(stop - skip_space(at)));
        end = text + (stop - text);
        if (*end != ',') break;
    }
    adj_obj_drop(t);
    return adj_obj_val(adj_tuple_from(NULL, items, n));
}

static bool param_read(AdjParam *param, const char *p, const char *end, char kind)
{
    int stars = 0;
    while (*p == '*') p++, stars++;
    const char *name = p;
    while (p < end && *p != ':' && *p != '=' && *p != ' ') p++;
    const char *value = default_start(p, end);
    param->name = adj_str_intern(NULL, name, (size_t)(p - name));
    param->kind = stars == 1 ? '*' : stars == 2 ? '2' : kind;
    param->required = !value && !stars;
    param->value = value ? default_value(value, (size_t)(end - value)) : ADJ_UNDEF;
    param->text = name - stars;
    param->text_end = end;
    return param->name != NULL;
}

static void sig_count(AdjSig *s)
{
    for (int i = 0; i < s->count; i++) {
        const AdjParam *p = &s->params[i];
        s->positional += p->kind == '/' || p->kind == 'p';
        s->required += p->required && p->kind != 'k';
        s->keyword_only += p->kind == 'k';
        s->min_positional_only += p->kind == '/';
        s->has_args |= p->kind == '*';
        s->has_kwargs |= p->kind == '2';
    }
}

enum { PARAMS_MAX = 64 };

AdjSig *adj_sig_parse(const char *text)
{
    AdjSig *s = calloc(1, sizeof *s + PARAMS_MAX * sizeof(AdjParam));
    if (!s) return NULL;
    const char *p = skip_space(*text == '(' ? text + 1 : text);
    char kind = 'p';
    while (*p && *p != ')' && s->count < PARAMS_MAX) {
        const char *end = param_end(p);
        if (*p == '/') {
            for (int i = 0; i < s->count; i++) s->params[i].kind = '/';
        } else if (*p == '*' && end - p == 1) {
            kind = 'k';
        } else if (end - p == 3 && !strncmp(p, "...", 3)) {
            s->raw = true;
        } else {
            if (!param_read(&s->params[s->count], p, end, kind)) {
                adj_sig_free(s);
                return NULL;
            }
            if (s->params[s->count++].kind == '*') kind = 'k';
        }
        p = skip_space(*end == ',' ? end + 1 : end);
    }
    sig_count(s);
    return s;
}

void adj_sig_free(AdjSig *s)
{
    for (int i = 0; s && i < s->count; i++) {
        adj_obj_drop(s->params[i].name);
        adj_val_drop(s->params[i].value);
    }
    free(s);
}

AdjSig *adj_native_sig(AdjNativeObj *fn)
{
    if (!fn->sig) fn->sig = adj_sig_parse(fn->row->sig);
    return fn->sig;
}

// How many arguments a positional call must have to need no binding: the number of parameters
// when all are plain and required, SIG_RAW for raw signatures, else SIG_BIND.
enum { SIG_RAW = 254, SIG_BIND = 255 };
uint8_t adj_sig_fast(const char *text)
{
    int count = 0;
    const char *p = skip_space(text + 1);
    while (*p && *p != ')') {
        const char *end = param_end(p);
        if (end - p == 3 && !strncmp(p, "...", 3)) return SIG_RAW;
        if (*p == '*' || default_start(p, end)) return SIG_BIND;
        count += *p != '/';
        p = skip_space(*end == ',' ? end + 1 : end);
    }
    return count < SIG_RAW ? (uint8_t)count : SIG_BIND;
}

// ---- complaints ----

// "f() missing 2 required positional arguments: 'a' and 'b'", as for functions in Python.
static bool complain_missing(AdjVM *vm, const char *name, AdjStr **names, int count,
                             const char *kind)
{
    AdjBuf b = {0};
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        const char *before = i == 0           ? ""
                             : i < count - 1  ? ", "
                             : count == 2     ? " and "
                                              : ", and ";
        ok = adj_buf_printf(vm, &b, "%s'%s'", before, names[i]->data);
    }
    if (ok) {
        adj_raise(vm, ADJ_EXC_TypeError, "%s() missing %d required %s argument%s: %.*s", name,
                  count, kind, count == 1 ? "" : "s", (int)b.len, b.data);
    }
    adj_buf_free(&b);
    return false;
}

static bool complain_too_many(AdjVM *vm, const char *name, int least, int most, int given,
                              int kwonly_given)
{
    char range[48], extra[64] = "";
    if (least < most) snprintf(range, sizeof range, "from %d to %d", least, most);
    else snprintf(range, sizeof range, "%d", most);
    bool plural = least < most || most != 1;
    if (kwonly_given) {
        snprintf(extra, sizeof extra, " positional argument%s (and %d keyword-only argument%s)",
                 given == 1 ? "" : "s", kwonly_given, kwonly_given == 1 ? "" : "s");
    }
    return adj_raise(vm, ADJ_EXC_TypeError,
                     "%s() takes %s positional argument%s but %d%s %s given", name, range,
                     plural ? "s" : "", given, extra,
                     given == 1 && !kwonly_given ? "was" : "were");
}

static bool complain_keyword(AdjVM *vm, const char *name, AdjStr *keyword, const AdjSig *sig)
{
    adj_raise(vm, ADJ_EXC_TypeError, "%s() got an unexpected keyword argument '%s'", name,
              keyword->data);
    AdjStr *names[PARAMS_MAX];
    int n = 0;
    for (int i = 0; sig && i < sig->count; i++) {
        if (sig->params[i].kind == 'p' || sig->params[i].kind == 'k') {
            names[n++] = sig->params[i].name;
        }
    }
    adj_error_suggest(vm, keyword, names, n);
    return false;
}

// ---- binding natives ----

// "list.append", "math.sqrt", "len".
static void native_full_name(const AdjNativeObj *fn, char *text, size_t size)
{
    const char *before = "";
    if (fn->owner && !(fn->row->flags & ADJ_FN_CLASS) && fn->row != fn->owner->make) {
        before = fn->owner->name;
    } else if (!fn->owner && fn->module && !adj_str_is(fn->module, "builtins")) {
        before = fn->module->data;
    }
    snprintf(text, size, "%s%s%s", before, *before ? "." : "", fn->row->name);
}

// CPython words the errors of C functions by how their arguments are parsed; the shape of the
// signature tells which way it would have been.
static bool native_wrong_count(AdjVM *vm, AdjNativeObj *fn, const AdjSig *sig, int given)
{
    const char *name = fn->row->name;
    int self = fn->owner && !(fn->row->flags & ADJ_FN_STATIC) ? 1 : 0;
    int least = sig->required - self, most = sig->positional - self;
    char full[128];
    native_full_name(fn, full, sizeof full);
    given -= self;
    if (fn->row->flags & ADJ_FN_PYTHON) {
        if (given > most) {
            return complain_too_many(vm, name, least + self, most + self, given + self, 0);
        }
        AdjStr *names[PARAMS_MAX];
        int n = 0;
        for (int i = given + self; i < sig->count; i++) {
            if (sig->params[i].required && sig->params[i].kind != 'k') {
                names[n++] = sig->params[i].name;
            }
        }
        return complain_missing(vm, name, names, n, "positional");
    }
    if (most == 0 && sig->keyword_only) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s() takes no positional arguments", name);
    }
    if (most == 0) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s() takes no arguments (%d given)", full,
                         given);
    }
    if (least == 1 && most == 1 && !sig->keyword_only) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s() takes exactly one argument (%d given)",
                         full, given);
    }
    bool named = sig->min_positional_only < sig->positional;
    if (!named && least == most) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s expected %d argument%s, got %d", name, most,
                         most == 1 ? "" : "s", given);
    }
    if (!named) {
        bool few = given < least;
        int bound = few ? least : most;
        return adj_raise(vm, ADJ_EXC_TypeError, "%s expected at %s %d argument%s, got %d", name,
                         few ? "least" : "most", bound, bound == 1 ? "" : "s", given);
    }
    if (given > most) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s() takes at most %d argument%s (%d given)", name,
                         most + sig->keyword_only,
                         most + sig->keyword_only == 1 ? "" : "s", given);
    }
    return adj_raise(vm, ADJ_EXC_TypeError,
                     "%s() missing required argument '%s' (pos %d)", name,
                     sig->params[given + self].name->data, given + 1);
}

static int sig_find(const AdjSig *sig, AdjStr *name)
{
    for (int i = 0; i < sig->count; i++) {
        const AdjParam *p = &sig->params[i];
        if ((p->kind == 'p' || p->kind == 'k') && adj_str_equal(p->name, name)) return i;
    }
    return -1;
}

static bool native_bad_keyword(AdjVM *vm, AdjNativeObj *fn, const AdjSig *sig, AdjStr *keyword)
{
    const char *name = fn->row->name;
    if (fn->row->flags & ADJ_FN_PYTHON) return complain_keyword(vm, name, keyword, sig);
    bool takes_any = false;
    for (int i = 0; i < sig->count; i++) {
        takes_any |= sig->params[i].kind == 'p' || sig->params[i].kind == 'k';
    }
    int self = fn->owner && !(fn->row->flags & ADJ_FN_STATIC) ? 1 : 0;
    if (!takes_any || (self && sig->count == 1)) {
        char full[128];
        native_full_name(fn, full, sizeof full);
        return adj_raise(vm, ADJ_EXC_TypeError, "%s() takes no keyword arguments", full);
    }
    adj_raise(vm, ADJ_EXC_TypeError, "'%s' is an invalid keyword argument for %s()",
              keyword->data, name);
    AdjStr *names[PARAMS_MAX];
    int n = 0;
    for (int i = self; i < sig->count; i++) names[n++] = sig->params[i].name;
    adj_error_suggest(vm, keyword, names, n);
    return false;
}

typedef struct Bound {
    AdjVal values[PARAMS_MAX];  // borrowed, except those at [owned]
    AdjTuple *args;             // owned
    AdjDict *kwargs;            // owned
} Bound;

static bool bind_keywords(AdjVM *vm, AdjNativeObj *fn, const AdjSig *sig, AdjVal *args,
                          AdjTuple *kwnames, Bound *b)
{
    for (int64_t k = 0; kwnames && k < kwnames->len; k++) {
        AdjStr *name = adj_as_str(kwnames->items[k]);
        int at = sig_find(sig, name);
        if (at >= 0 && !adj_is_undef(b->values[at])) {
            if (fn->row->flags & ADJ_FN_PYTHON) {
                return adj_raise(vm, ADJ_EXC_TypeError,
                                 "%s() got multiple values for argument '%s'", fn->row->name,
                                 name->data);
            }
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "argument for %s() given by name ('%s') and position (%d)",
                             fn->row->name, name->data, at + 1 - (fn->owner ? 1 : 0));
        }
        if (at >= 0) {
            b->values[at] = args[k];
        } else if (b->kwargs) {
            if (!adj_dict_set_str(vm, b->kwargs, name, args[k])) return false;
        } else {
            return native_bad_keyword(vm, fn, sig, name);
        }
    }
    return true;
}

static bool bind_variadic(AdjVM *vm, const AdjSig *sig, AdjVal *args, int nargs, Bound *b)
{
    for (int i = 0; i < sig->count; i++) {
        if (sig->params[i].kind == '*') {
            int extra = nargs > sig->positional ? nargs - sig->positional : 0;
            b->args = adj_tuple_from(vm, args + (nargs - extra), extra);
            if (!b->args) return false;
            b->values[i] = adj_obj_val(b->args);
        } else if (sig->params[i].kind == '2') {
            b->kwargs = adj_dict_new(vm);
            if (!b->kwargs) return false;
            b->values[i] = adj_obj_val(b->kwargs);
        }
    }
    return true;
}

static bool bind_defaults(AdjVM *vm, AdjNativeObj *fn, const AdjSig *sig, int nargs, Bound *b)
{
    for (int i = 0; i < sig->count; i++) {
        if (!adj_is_undef(b->values[i])) continue;
        if (!sig->params[i].required) {
            b->values[i] = sig->params[i].value;
        } else if (sig->params[i].kind == 'k') {
            AdjStr *name = sig->params[i].name;
            return complain_missing(vm, fn->row->name, &name, 1, "keyword-only");
        } else {
            return native_wrong_count(vm, fn, sig, nargs);
        }
    }
    return true;
}

static bool bind_native(AdjVM *vm, AdjNativeObj *fn, const AdjSig *sig, AdjVal *args, int nargs,
                        AdjTuple *kwnames, Bound *b)
{
    if (nargs > sig->positional && !sig->has_args)
        return native_wrong_count(vm, fn, sig, nargs);
    int direct = nargs < sig->positional ? nargs : sig->positional;
    for (int i = 0; i < direct; i++) b->values[i] = args[i];
    for (int i = direct; i < sig->count; i++) b->values[i] = ADJ_UNDEF;
    return bind_variadic(vm, sig, args, nargs, b) &&
           bind_keywords(vm, fn, sig, args + nargs, kwnames, b) &&
           bind_defaults(vm, fn, sig, nargs, b);
}

// A method called on its own (str.upper(5)) must get a self of its type.
static bool self_fits(AdjVM *vm, AdjNativeObj *fn, AdjVal *args, int nargs)
{
    if (!fn->owner || fn->row->flags & (ADJ_FN_STATIC | ADJ_FN_CLASS)) return true;
    if (fn->row == fn->owner->make) return true;  // receives the class
    if (nargs == 0) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "unbound method %s.%s() needs an argument", fn->owner->name,
                         fn->row->name);
    }
    AdjType *t = adj_type_of(args[0]);
    if (LIKELY(t == fn->owner) || adj_type_is(t, fn->owner)) return true;
    return adj_raise(vm, ADJ_EXC_TypeError,
                     "descriptor '%s' for '%s' objects doesn't apply to a '%s' object",
                     fn->row->name, fn->owner->name, t->name);
}

bool adj_call_native(AdjVM *vm, AdjNativeObj *fn, AdjVal *args, int nargs, AdjTuple *kwnames,
                     AdjVal *out)
{
    if (kwnames && kwnames->len == 0) kwnames = NULL;
    if (!self_fits(vm, fn, args, nargs)) return false;
    if (!kwnames && (fn->fast == nargs || fn->fast == SIG_RAW)) {
        return fn->row->fn(vm, args, nargs, out);
    }
    AdjSig *sig = adj_native_sig(fn);
    if (!sig) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    if (sig->raw && !kwnames) return fn->row->fn(vm, args, nargs, out);
    if (sig->raw) return native_bad_keyword(vm, fn, sig, adj_as_str(kwnames->items[0]));
    Bound b;
    b.args = NULL;
    b.kwargs = NULL;
    bool ok = bind_native(vm, fn, sig, args, nargs, kwnames, &b) &&
              fn->row->fn(vm, b.values, sig->count, out);
    adj_obj_drop(b.args);
    adj_obj_drop(b.kwargs);
    return ok;
}

// ---- binding functions of the language ----

static void drop_all(AdjVal *at, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        AdjVal v = at[i];
        at[i] = ADJ_UNDEF;
        adj_val_drop(v);
    }
}

static int code_find_param(const AdjCode *c, AdjStr *name)
{
    uint32_t count = c->nargs + c->nkwonly;
    for (uint32_t i = c->npos_only; i < count; i++) {
        if (c->locals[i] == name) return (int)i;
    }
    for (uint32_t i = c->npos_only; i < count; i++) {
        if (adj_str_equal(c->locals[i], name)) return (int)i;
    }
    return -1;
}

static bool positional_by_name(AdjVM *vm, AdjFunction *fn, AdjTuple *kwnames)
{
    const AdjCode *c = fn->code;
    AdjBuf b = {0};
    for (uint32_t i = 0; i < c->npos_only; i++) {
        for (int64_t k = 0; k < kwnames->len; k++) {
            if (!adj_str_equal(c->locals[i], adj_as_str(kwnames->items[k]))) continue;
            if (b.len) adj_buf_add_c(vm, &b, ", ");
            adj_buf_add_c(vm, &b, c->locals[i]->data);
        }
    }
    bool any = b.len > 0;
    if (any) {
        adj_raise(vm, ADJ_EXC_TypeError,
                  "%s() got some positional-only arguments passed as keyword arguments: '%.*s'",
                  fn->qualname->data, (int)b.len, b.data);
    }
    adj_buf_free(&b);
    return any;
}

static bool function_bad_keyword(AdjVM *vm, AdjFunction *fn, AdjStr *name, AdjTuple *kwnames)
{
    const AdjCode *c = fn->code;
    if (positional_by_name(vm, fn, kwnames)) return false;
    complain_keyword(vm, fn->qualname->data, name, NULL);
    adj_error_suggest(vm, name, c->locals + c->npos_only,
                      (int)(c->nargs + c->nkwonly - c->npos_only));
    return false;
}

static bool function_missing(AdjVM *vm, AdjFunction *fn, AdjVal *base)
{
    const AdjCode *c = fn->code;
    AdjStr *names[256];
    int n = 0;
    for (uint32_t i = 0; i < c->nargs && n < 256; i++) {
        if (adj_is_undef(base[i])) names[n++] = c->locals[i];
    }
    if (n) return complain_missing(vm, fn->qualname->data, names, n, "positional");
    for (uint32_t i = c->nargs; i < c->nargs + c->nkwonly && n < 256; i++) {
        if (adj_is_undef(base[i])) names[n++] = c->locals[i];
    }
    return n ? complain_missing(vm, fn->qualname->data, names, n, "keyword-only") : true;
}

static bool function_too_many(AdjVM *vm, AdjFunction *fn, AdjVal *values, int given,
                              AdjTuple *kwnames)
{
    const AdjCode *c = fn->code;
    int defaults = fn->defaults ? (int)fn->defaults->len : 0, kwonly = 0;
    for (int64_t k = 0; kwnames && k < kwnames->len; k++) {
        int at = code_find_param(c, adj_as_str(kwnames->items[k]));
        kwonly += at >= (int)c->nargs;
    }
    (void)values;
    return complain_too_many(vm, fn->qualname->data, (int)c->nargs - defaults, (int)c->nargs,
                             given, kwonly);
}

// Moves keyword values from [kwvals] to their parameters; the moved places become UNDEF.
static bool function_keywords(AdjVM *vm, AdjFunction *fn, AdjVal *base, AdjVal *kwvals,
                              AdjTuple *kwnames, AdjDict *kwargs)
{
    const AdjCode *c = fn->code;
    for (int64_t k = 0; kwnames && k < kwnames->len; k++) {
        AdjStr *name = adj_as_str(kwnames->items[k]);
        int at = code_find_param(c, name);
        if (at < 0) {
            if (!kwargs) return function_bad_keyword(vm, fn, name, kwnames);
            if (!adj_dict_set_str(vm, kwargs, name, kwvals[k])) return false;
            continue;
        }
        if (!adj_is_undef(base[at])) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "%s() got multiple values for argument '%s'", fn->qualname->data,
                             name->data);
        }
        base[at] = adj_val_keep(kwvals[k]);
    }
    return true;
}

static bool function_defaults(AdjVM *vm, AdjFunction *fn, AdjVal *base)
{
    const AdjCode *c = fn->code;
    int64_t ndef = fn->defaults ? fn->defaults->len : 0, first = (int64_t)c->nargs - ndef;
    bool missing = false;
    for (int64_t i = 0; i < (int64_t)c->nargs; i++) {
        if (!adj_is_undef(base[i])) continue;
        if (i >= first) base[i] = adj_val_keep(fn->defaults->items[i - first]);
        else missing = true;
    }
    for (uint32_t i = c->nargs; i < c->nargs + c->nkwonly; i++) {
        if (!adj_is_undef(base[i])) continue;
        AdjVal *v = fn->kwdefaults ? adj_dict_find_str(fn->kwdefaults, c->locals[i]) : NULL;
        if (v) base[i] = adj_val_keep(*v);
        else missing = true;
    }
    return !missing || function_missing(vm, fn, base);
}

// The values of the call are moved aside, then placed. [room] values fit on the stack above.
bool adj_bind_function(AdjVM *vm, AdjFunction *fn, AdjVal *base, int nargs, AdjTuple *kwnames)
{
    const AdjCode *c = fn->code;
    int nkw = kwnames ? (int)kwnames->len : 0, total = nargs + nkw;
    uint32_t named = c->nargs + c->nkwonly;
    AdjVal small[16], *given = small;
    if (total > 16) given = adj_lang_alloc(vm, (size_t)total * sizeof *given);
    if (!given) {
        drop_all(base, total);
        return false;
    }
    memcpy(given, base, (size_t)total * sizeof *given);
    for (uint32_t i = 0; i < c->nlocals; i++) base[i] = ADJ_UNDEF;
    for (int i = 0; i < nargs && i < (int)c->nargs; i++) base[i] = adj_val_keep(given[i]);
    AdjDict *kwargs = NULL;
    bool ok = true;
    uint32_t at = named;
    if (c->flags & ADJ_CODE_ARGS) {
        int extra = nargs > (int)c->nargs ? nargs - (int)c->nargs : 0;
        ok = adj_out(&base[at++], adj_tuple_from(vm, given + nargs - extra, extra));
    } else if (nargs > (int)c->nargs) {
        ok = function_too_many(vm, fn, given, nargs, kwnames);
    }
    if (ok && c->flags & ADJ_CODE_KWARGS) {
        kwargs = adj_dict_new(vm);
        ok = adj_out(&base[at], kwargs);
    }
    ok = ok && function_keywords(vm, fn, base, given + nargs, kwnames, kwargs) &&
         function_defaults(vm, fn, base);
    for (int i = 0; i < total; i++) adj_val_drop(given[i]);
    if (given != small) adj_lang_free(given, (size_t)total * sizeof *given);
    if (!ok) drop_all(base, c->nlocals);
    return ok;
}

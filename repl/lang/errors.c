// SPDX-License-Identifier: Apache-2.0
// Exceptions: the types of errors.def, the objects, and raising.
//
// An exception on its way up stands in vm->error; vm->handling is the one an except or finally
// block is dealing with, and becomes the context of whatever is raised meanwhile.
//
// Invariant: vm->error is UNDEF whenever language code is running.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

// ---- the types ----

static AdjType exc_types[ADJ_EXC_COUNT];
#define EXC_TYPE(kind) \
    ((kind) == ADJ_EXC_BaseException ? &adj_type_BaseException : &exc_types[kind])

AdjType *adj_exc_type(AdjExc kind)
{
    return EXC_TYPE(kind);
}

static const struct {
    const char *name, *text;
    AdjExc base;
} exc_rows[ADJ_EXC_COUNT] = {
#define EXC(name, base, text) [ADJ_EXC_##name] = {#name, text, ADJ_EXC_##base},
#include "errors.def"
#undef EXC
};

static void entry_drop(AdjTraceEntry *e)
{
    adj_source_drop(e->source);
    adj_obj_drop(e->name);
}

static void trace_free(AdjTrace *t)
{
    if (!t) return;
    for (uint32_t i = 0; i < t->count; i++) entry_drop(&t->entries[i]);
    adj_lang_free(t->entries, t->cap * sizeof *t->entries);
    adj_lang_free(t, sizeof *t);
}

static void exc_drop(AdjObj *o)
{
    AdjException *e = (AdjException *)o, old = *e;
    e->args = NULL;
    e->notes = NULL;
    e->trace = NULL;
    e->cause = e->context = e->name = e->obj = e->value = ADJ_UNDEF;
    adj_obj_drop(old.args);
    adj_obj_drop(old.notes);
    trace_free(old.trace);
    adj_val_drop(old.cause);
    adj_val_drop(old.context);
    adj_val_drop(old.name);
    adj_val_drop(old.obj);
    adj_val_drop(old.value);
}

static void exc_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjException *e = (AdjException *)o;
    const AdjVal vals[] = {e->cause, e->context, e->name, e->obj, e->value};
    if (e->args) visit(&e->args->head, arg);
    if (e->notes) visit(e->notes, arg);
    for (int i = 0; i < 5; i++) {
        if (adj_is_obj(vals[i])) visit(vals[i].o, arg);
    }
}

static bool exc_set_args(AdjVM *vm, AdjException *e, const AdjVal *args, int nargs)
{
    AdjTuple *t = adj_tuple_from(vm, args, nargs);
    if (!t) return false;
    AdjTuple *old = e->args;
    e->args = t;
    adj_obj_drop(old);
    AdjType *type = e->head.type;
    if (nargs && (adj_type_is(type, EXC_TYPE(ADJ_EXC_StopIteration)) ||
                  adj_type_is(type, EXC_TYPE(ADJ_EXC_SystemExit)))) {
        adj_val_set(&e->value,
                    adj_val_keep(nargs == 1 || type == EXC_TYPE(ADJ_EXC_StopIteration)
                                     ? args[0]
                                     : adj_obj_val(t)));
    }
    return true;
}

static bool exc_alloc(AdjVM *vm, AdjVal self, AdjVal *args, int nargs)
{
    return exc_set_args(vm, (AdjException *)self.o, args, nargs);
}

static bool exc_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[1]);
    if (!exc_set_args(vm, (AdjException *)args[0].o, t->items, (int)t->len)) return false;
    AdjDict *kw = adj_as_dict(args[2]);
    AdjVal *name = adj_dict_find_c(kw, "name");
    if (name) adj_val_set(&((AdjException *)args[0].o)->name, adj_val_keep(*name));
    return adj_out_none(out);
}

static bool exc_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjException *e = (AdjException *)self.o;
    AdjBuf b = {0};
    bool ok = adj_buf_add_c(vm, &b, self.o->type->name) && adj_buf_add_char(vm, &b, '(');
    for (int64_t i = 0; ok && e->args && i < e->args->len; i++) {
        ok = (i == 0 || adj_buf_add_c(vm, &b, ", ")) &&
             adj_buf_add_repr(vm, &b, e->args->items[i]);
    }
    if (ok && adj_buf_add_char(vm, &b, ')')) return adj_buf_str(vm, &b, out);
    adj_buf_free(&b);
    return false;
}

static bool os_error_str(AdjVM *vm, AdjException *e, AdjVal *out)
{
    AdjVal number, text, file = ADJ_UNDEF;
    if (!adj_val_str(vm, e->args->items[0], &number)) return false;
    if (!adj_val_str(vm, e->args->items[1], &text)) {
        adj_val_drop(number);
        return false;
    }
    if (e->args->len > 2 && !adj_val_repr(vm, e->args->items[2], &file)) file = ADJ_UNDEF;
    AdjStr *s = adj_str_format(vm, "[Errno %s] %s%s%s", adj_as_str(number)->data,
                               adj_as_str(text)->data, adj_is_undef(file) ? "" : ": ",
                               adj_is_undef(file) ? "" : adj_as_str(file)->data);
    adj_val_drop(number);
    adj_val_drop(text);
    adj_val_drop(file);
    return adj_out(out, s);
}

// "invalid syntax (cell 1, line 2)"
static bool syntax_error_str(AdjVM *vm, AdjException *e, AdjVal *out)
{
    AdjVal text;
    const AdjTraceEntry *at = &e->trace->entries[0];
    if (!adj_val_str(vm, e->args->items[0], &text)) return false;
    AdjStr *s = adj_str_format(vm, "%s (%s, line %u)", adj_as_str(text)->data, at->source->name,
                               adj_source_position(at->source, at->span.start).line);
    adj_val_drop(text);
    return adj_out(out, s);
}

static bool exc_str(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjException *e = (AdjException *)self.o;
    int64_t n = e->args ? e->args->len : 0;
    if (n == 0) return adj_out(out, adj_str_new(vm, "", 0));
    if (n >= 2 && adj_type_is(self.o->type, EXC_TYPE(ADJ_EXC_OSError))) {
        return os_error_str(vm, e, out);
    }
    if (n == 1 && e->trace && e->trace->count && !e->trace->entries[0].name) {
        return syntax_error_str(vm, e, out);
    }
    if (n > 1) return adj_val_str(vm, adj_obj_val(e->args), out);
    if (adj_type_is(self.o->type, EXC_TYPE(ADJ_EXC_KeyError))) {
        return adj_val_repr(vm, e->args->items[0], out);
    }
    return adj_val_str(vm, e->args->items[0], out);
}

// ---- attributes ----

static bool get_args(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjException *e = (AdjException *)self.o;
    if (!e->args) return adj_out(out, adj_tuple_new(vm, 0));
    return adj_out_keep(out, adj_obj_val(e->args));
}

static bool set_args(AdjVM *vm, AdjVal self, AdjVal value)
{
    if (!adj_is_undef(value) && adj_is_tuple(value)) {
        return exc_set_args(vm, (AdjException *)self.o, adj_as_tuple(value)->items,
                            (int)adj_as_tuple(value)->len);
    }
    AdjList *l = adj_is_undef(value) ? NULL : adj_list_of(vm, value);
    if (!l)
        return adj_vm_failed(vm) ? false
                                 : adj_raise(vm, ADJ_EXC_TypeError, "args may not be deleted");
    bool ok = exc_set_args(vm, (AdjException *)self.o, l->items, (int)l->len);
    adj_obj_drop(l);
    return ok;
}

static bool none_or(AdjVal v, AdjVal *out)
{
    return adj_out_keep(out, adj_is_undef(v) ? ADJ_NONE : v);
}

#define FIELD(field, member) \
    static bool get_##field(AdjVM *vm, AdjVal self, AdjVal *out) \
    { \
        (void)vm; \
        return none_or(((AdjException *)self.o)->member, out); \
    } \
    static bool set_##field(AdjVM *vm, AdjVal self, AdjVal value) \
    { \
        (void)vm; \
        adj_val_set(&((AdjException *)self.o)->member, adj_val_keep(value)); \
        return true; \
    }
FIELD(context, context)
FIELD(cause, cause)
FIELD(name, name)
FIELD(obj, obj)
FIELD(value, value)
#undef FIELD

static bool get_suppress(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, ((AdjException *)self.o)->suppress_context);
}

static bool set_suppress(AdjVM *vm, AdjVal self, AdjVal value)
{
    return adj_val_truth(vm, value, &((AdjException *)self.o)->suppress_context);
}

static bool get_notes(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjException *e = (AdjException *)self.o;
    if (e->notes) return adj_out_keep(out, adj_obj_val(e->notes));
    return adj_raise_no_attribute(vm, self, adj_str_intern_c("__notes__"));
}

// Tracebacks are text (traceback.c); as an object one only knows its line.
typedef struct Traceback {
    AdjObj head;
    int64_t line;
} Traceback;

static bool traceback_line(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, ((Traceback *)self.o)->line);
}

static bool traceback_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm, (void)self;
    return adj_out_none(out);
}

AdjType adj_type_traceback = {
    .name = "traceback",
    .size = sizeof(Traceback),
    .attrs = (const AdjAttr[]){{"tb_lineno", traceback_line, NULL, "The line."},
                               {"tb_next", traceback_next, NULL, "Not available."},
                               {0}},
};

static bool get_traceback(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const AdjTrace *t = ((AdjException *)self.o)->trace;
    if (!t || !t->count) return adj_out_none(out);
    Traceback *o = adj_obj_new(vm, &adj_type_traceback);
    const AdjTraceEntry *outer = &t->entries[t->count - 1];
    if (o) o->line = adj_source_position(outer->source, outer->span.start).line;
    return adj_out(out, o);
}

static bool set_traceback(AdjVM *vm, AdjVal self, AdjVal value)
{
    (void)vm, (void)self, (void)value;
    return true;
}

static bool get_arg(AdjVal self, int64_t index, AdjVal *out)
{
    AdjException *e = (AdjException *)self.o;
    bool there = e->args && index < e->args->len && (e->args->len > 1 || index == 0);
    return adj_out_keep(out, there ? e->args->items[index] : ADJ_NONE);
}

static bool get_msg(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_arg(self, 0, out);
}

static bool get_errno(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_arg(self, 0, out);
}

static bool get_strerror(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_arg(self, 1, out);
}

static bool get_filename(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_arg(self, 2, out);
}

static bool exc_add_note(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjException *e = (AdjException *)args[0].o;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "note must be a str, not '%s'",
                         adj_type_name(args[1]));
    }
    if (!e->notes) e->notes = (AdjObj *)adj_list_new(vm, 1);
    return e->notes && adj_list_append(vm, (AdjList *)e->notes, args[1]) && adj_out_none(out);
}

static bool exc_with_traceback(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_keep(out, args[0]);
}

AdjType adj_type_BaseException = {
    .name = "BaseException",
    .size = sizeof(AdjException),
    .flags = ADJ_TF_GC | ADJ_TF_ATTRS | ADJ_TF_BASE | ADJ_TF_EXC,
    .doc = "Common base class of all exceptions.",
    .alloc = exc_alloc,
    .drop = exc_drop,
    .traverse = exc_traverse,
    .repr = exc_repr,
    .str = exc_str,
    .methods =
        (const AdjNative[]){
            {"__init__", "(self, *args, **kwargs)", exc_init, "Sets args.", 0},
            {"add_note", "(self, note, /)", exc_add_note,
             "Adds a line shown under the traceback.", 0},
            {"with_traceback", "(self, tb, /)", exc_with_traceback, "The exception itself.", 0},
            {0}},
    .attrs =
        (const AdjAttr[]){
            {"args", get_args, set_args, "The arguments the exception was made with."},
            {"__context__", get_context, set_context, "The exception that was being handled."},
            {"__cause__", get_cause, set_cause, "The exception named by raise ... from."},
            {"__suppress_context__", get_suppress, set_suppress,
             "Whether context is not shown."},
            {"__notes__", get_notes, NULL, "Lines shown under the traceback."},
            {"__traceback__", get_traceback, set_traceback, "Where it was raised, or None."},
            {0}},
};

static const struct {
    AdjExc kind;
    const AdjAttr *attrs;
} exc_attrs[] = {
    {ADJ_EXC_NameError, (const AdjAttr[]){{"name", get_name, set_name, "The name."}, {0}}},
    {ADJ_EXC_AttributeError,
     (const AdjAttr[]){{"name", get_name, set_name, "The attribute."},
                       {"obj", get_obj, set_obj, "The object that was asked."},
                       {0}}},
    {ADJ_EXC_ImportError, (const AdjAttr[]){{"name", get_name, set_name, "The module."},
                                            {"msg", get_msg, NULL, "The message."},
                                            {0}}},
    {ADJ_EXC_StopIteration,
     (const AdjAttr[]){{"value", get_value, set_value, "What the generator returned."},
                       {0}}},
    {ADJ_EXC_SystemExit,
     (const AdjAttr[]){{"code", get_value, set_value, "The exit status."}, {0}}},
    {ADJ_EXC_SyntaxError, (const AdjAttr[]){{"msg", get_msg, NULL, "The message."}, {0}}},
    {ADJ_EXC_OSError,
     (const AdjAttr[]){{"errno", get_errno, NULL, "The system's number of the error."},
                       {"strerror", get_strerror, NULL, "The system's words."},
                       {"filename", get_filename, NULL, "The file."},
                       {0}}},
};

bool adj_exc_types_ready(void)
{
    if (!adj_type_ready(&adj_type_BaseException)) return false;
    for (int k = 1; k < ADJ_EXC_COUNT; k++) {
        AdjType *t = &exc_types[k];
        if (t->flags & ADJ_TF_READY) continue;
        t->name = exc_rows[k].name;
        t->doc = exc_rows[k].text;
        t->base = EXC_TYPE(exc_rows[k].base);
        t->flags |= ADJ_TF_BASE;
        for (size_t i = 0; i < sizeof exc_attrs / sizeof *exc_attrs; i++) {
            if (exc_attrs[i].kind == (AdjExc)k) t->attrs = exc_attrs[i].attrs;
        }
        if (!adj_type_ready(t)) return false;
    }
    return true;
}

// ---- raising ----

AdjException *adj_exc_new(AdjVM *vm, AdjType *type, AdjVal *args, int nargs)
{
    AdjException *e = adj_obj_new(vm, type);
    if (!e || exc_set_args(vm, e, args, nargs)) return e;
    adj_obj_drop(e);
    return NULL;
}

static void raise_take(AdjVM *vm, AdjException *e)
{
    AdjVal v = adj_obj_val(e);
    if (adj_is_undef(e->context) && !adj_is_undef(vm->handling) &&
        !adj_val_is(vm->handling, v)) {
        e->context = adj_val_keep(vm->handling);
    }
    adj_val_set(&vm->error, v);
}

// Memory is out even for the exception: the spare one, made with the machine, stands in.
static bool raise_no_memory(AdjVM *vm)
{
    adj_val_set(&vm->error, adj_val_keep(vm->no_memory));
    return false;
}

static bool raise_text(AdjVM *vm, AdjExc kind, const char *fmt, va_list ap)
{
    char small[512], *text = small;
    va_list again;
    if (!vm) return false;
    va_copy(again, ap);
    int len = vsnprintf(small, sizeof small, fmt, ap);
    if (len >= (int)sizeof small && (text = malloc((size_t)len + 1))) {
        vsnprintf(text, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    if (!text) return raise_no_memory(vm);
    // While the message is made, nothing else may be raised on top of it.
    AdjVal message =
        adj_obj_val(vm->out_of_memory ? NULL : adj_str_new(NULL, text, (size_t)len));
    if (text != small) free(text);
    if (adj_is_undef(message)) return raise_no_memory(vm);
    AdjException *e = adj_exc_new(NULL, EXC_TYPE(kind), &message, len > 0);
    adj_val_drop(message);
    if (!e) return raise_no_memory(vm);
    raise_take(vm, e);
    return false;
}

#define RAISE_BODY \
    va_list ap; \
    va_start(ap, fmt); \
    raise_text(vm, kind, fmt, ap); \
    va_end(ap);

bool adj_raise(AdjVM *vm, AdjExc kind, const char *fmt, ...)
{
    RAISE_BODY
    return false;
}

int adj_raise_int(AdjVM *vm, AdjExc kind, const char *fmt, ...)
{
    RAISE_BODY
    return -1;
}

void *adj_raise_null(AdjVM *vm, AdjExc kind, const char *fmt, ...)
{
    RAISE_BODY
    return NULL;
}

bool adj_raise_val(AdjVM *vm, AdjVal exception)
{
    raise_take(vm, adj_obj_keep(exception.o));
    return false;
}

bool adj_raise_key(AdjVM *vm, AdjVal key)
{
    AdjException *e = adj_exc_new(vm, EXC_TYPE(ADJ_EXC_KeyError), &key, 1);
    if (e) raise_take(vm, e);
    return false;
}

static AdjException *error_now(AdjVM *vm)
{
    return adj_is_exc(vm->error) ? (AdjException *)vm->error.o : NULL;
}

bool adj_raise_stop(AdjVM *vm, AdjVal it)
{
    AdjVal v = ADJ_UNDEF;
    if (adj_is_exact(it, &adj_type_generator)) {
        v = ((AdjGenerator *)it.o)->returned;
        ((AdjGenerator *)it.o)->returned = ADJ_UNDEF;
    }
    AdjException *e = adj_exc_new(vm, EXC_TYPE(ADJ_EXC_StopIteration), &v, !adj_is_unset(v));
    adj_val_drop(v);
    if (e) raise_take(vm, e);
    return false;
}

bool adj_raise_no_attribute(AdjVM *vm, AdjVal v, AdjStr *name)
{
    if (adj_is_type(v)) {
        adj_raise(vm, ADJ_EXC_AttributeError, "type object '%s' has no attribute '%s'",
                  adj_as_type(v)->name, name->data);
    } else if (adj_is_exact(v, &adj_type_module)) {
        adj_raise(vm, ADJ_EXC_AttributeError, "module '%s' has no attribute '%s'",
                  ((AdjModuleObj *)v.o)->name->data, name->data);
    } else {
        adj_raise(vm, ADJ_EXC_AttributeError, "'%s' object has no attribute '%s'",
                  adj_type_name(v), name->data);
    }
    AdjException *e = error_now(vm);
    if (e && adj_vm_error_is(vm, ADJ_EXC_AttributeError)) {
        adj_val_set(&e->name, adj_val_keep(adj_obj_val(name)));
        adj_val_set(&e->obj, adj_val_keep(v));
    }
    return false;
}

bool adj_raise_name(AdjVM *vm, AdjStr *name)
{
    adj_raise(vm, ADJ_EXC_NameError, "name '%s' is not defined", name->data);
    AdjException *e = error_now(vm);
    if (!e) return false;
    adj_val_set(&e->name, adj_val_keep(adj_obj_val(name)));
    AdjStr *near = adj_nearest_name(vm, name);
    if (near) adj_val_set(&e->obj, adj_val_keep(adj_obj_val(near)));
    return false;
}

bool adj_raise_unbound(AdjVM *vm, AdjStr *name, bool is_free)
{
    if (is_free) {
        return adj_raise(vm, ADJ_EXC_NameError,
                         "cannot access free variable '%s' where it is not associated with a "
                         "value in enclosing scope",
                         name->data);
    }
    return adj_raise(
        vm, ADJ_EXC_UnboundLocalError,
        "cannot access local variable '%s' where it is not associated with a value",
        name->data);
}

bool adj_raise_os(AdjVM *vm, int error_number, const char *path)
{
    AdjExc kind = error_number == ENOENT    ? ADJ_EXC_FileNotFoundError
                  : error_number == EEXIST  ? ADJ_EXC_FileExistsError
                  : error_number == EISDIR  ? ADJ_EXC_IsADirectoryError
                  : error_number == ENOTDIR ? ADJ_EXC_NotADirectoryError
                  : error_number == EACCES || error_number == EPERM ? ADJ_EXC_PermissionError
                                                                    : ADJ_EXC_OSError;
    AdjVal args[3] = {adj_int_val(error_number),
                      adj_obj_val(adj_str_new_c(vm, strerror(error_number))),
                      adj_obj_val(path ? adj_str_new_c(vm, path) : NULL)};
    AdjException *e = adj_exc_new(vm, EXC_TYPE(kind), args, path ? 3 : 2);
    adj_val_drop(args[1]);
    adj_val_drop(args[2]);
    if (e) raise_take(vm, e);
    return false;
}

// A proposal reads best below everything that explains it, whoever adds more on the way out.
static void keep_cure_last(AdjList *notes)
{
    AdjVal *last = notes->items + notes->len - 1;
    if (notes->len < 2 || !adj_is_str(last[-1]) ||
        strncmp(adj_as_str(last[-1])->data, "try: ", 5))
        return;
    AdjVal cure = last[-1];
    last[-1] = last[0];
    last[0] = cure;
}

bool adj_raise_note(AdjVM *vm, const char *fmt, ...)
{
    AdjException *e = error_now(vm);
    if (!e) return false;
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    AdjStr *s = adj_str_new_c(NULL, text);
    if (s && !e->notes) e->notes = (AdjObj *)adj_list_new(NULL, 1);
    if (s && e->notes && adj_list_append(NULL, (AdjList *)e->notes, adj_obj_val(s)))
        keep_cure_last((AdjList *)e->notes);
    adj_obj_drop(s);
    return false;
}

bool adj_vm_failed(AdjVM *vm)
{
    return !adj_is_undef(vm->error);
}

bool adj_vm_error_is(AdjVM *vm, AdjExc kind)
{
    return adj_is_obj(vm->error) && adj_type_is(vm->error.o->type, EXC_TYPE(kind));
}

AdjVal adj_vm_take_error(AdjVM *vm)
{
    AdjVal e = vm->error;
    vm->error = ADJ_UNDEF;
    return e;
}

void adj_vm_clear_error(AdjVM *vm)
{
    adj_val_drop(adj_vm_take_error(vm));
}

// Remembers the nearest of [names] for the traceback's "Did you mean".
void adj_error_suggest(AdjVM *vm, AdjStr *wrong, AdjStr **names, int count)
{
    AdjException *e = error_now(vm);
    AdjStr *near = adj_nearest(wrong, names, count);
    if (e && near) adj_val_set(&e->name, adj_val_keep(adj_obj_val(near)));
}

enum { TRACE_MAX = 400 };

// Adds a place to the standing exception. Of a very deep recursion only the innermost frames
// and, by overwriting one place, the outermost survive; the count tells.
void adj_trace_place(AdjVM *vm, AdjSource *source, AdjStr *name, AdjSpan span)
{
    AdjException *e = error_now(vm);
    if (!e) return;
    if (!e->trace) {
        e->trace = adj_lang_alloc(NULL, sizeof *e->trace);
        if (!e->trace) return;
        *e->trace = (AdjTrace){0};
    }
    AdjTrace *t = e->trace;
    if (t->count == t->cap && t->cap < TRACE_MAX) {
        uint32_t cap = t->cap ? t->cap * 2 : 4;
        AdjTraceEntry *entries = adj_lang_realloc(NULL, t->entries, t->cap * sizeof *entries,
                                                  cap * sizeof *entries);
        if (!entries) return;
        t->entries = entries;
        t->cap = cap;
    }
    if (name) adj_obj_keep(name);
    AdjTraceEntry entry = {adj_source_keep(source), name, span};
    if (t->count < t->cap) {
        t->entries[t->count++] = entry;
        return;
    }
    t->left_out++;
    entry_drop(&t->entries[t->count - 1]);
    t->entries[t->count - 1] = entry;
}

// Adds the frame that runs [code].
void adj_trace_add(AdjVM *vm, AdjCode *code, const uint16_t *pc)
{
    adj_trace_place(vm, code->source, code->name, code->spans[pc - code->code]);
}

bool adj_raise_syntax(AdjVM *vm, AdjExc kind, AdjSource *source, AdjSpan span, const char *text)
{
    adj_raise(vm, kind, "%s", text);
    adj_trace_place(vm, source, NULL, span);
    return false;
}

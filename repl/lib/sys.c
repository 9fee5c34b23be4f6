// SPDX-License-Identifier: Apache-2.0
// The module sys, as far as programs use it: arguments, streams, limits, leaving. The version
// is that of the Python whose behaviour the language follows.
#include "lib.h"

#include <float.h>
#include <limits.h>
#include <stdio.h>

enum { VERSION_MAJOR = 3, VERSION_MINOR = 11, VERSION_MICRO = 0 };

static bool sys_exit(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs, (void)out;
    AdjVal exception, type = adj_obj_val(adj_exc_type(ADJ_EXC_SystemExit));
    if (!adj_vm_call(vm, type, args, !adj_is_undef(args[0]), NULL, &exception)) return false;
    adj_raise_val(vm, exception);
    return adj_val_drop(exception), false;
}

static bool sys_getrecursionlimit(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    return adj_out_int(out, adj_vm_recursion_limit(vm));
}

static bool sys_setrecursionlimit(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t limit;
    if (!adj_get_int(vm, args[0], &limit)) return false;
    if (limit < 1 || limit > INT_MAX) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "recursion limit must be greater or equal than 1");
    }
    adj_vm_set_recursion_limit(vm, (int)limit);
    return adj_out_none(out);
}

// What an object costs here, which is not what it costs in Python.
static bool sys_getsizeof(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    AdjVal v = args[0];
    int64_t size = sizeof v;
    if (adj_is_obj(v)) size += adj_type_of(v)->size;
    if (adj_is_str(v)) size += adj_as_str(v)->len + 1;
    if (adj_is_list(v)) size += adj_as_list(v)->cap * (int64_t)sizeof(AdjVal);
    if (adj_is_tuple(v)) size += adj_as_tuple(v)->len * (int64_t)sizeof(AdjVal);
    if (adj_is_dict(v)) size += adj_as_dict(v)->cap * (int64_t)sizeof(AdjEntry);
    if (adj_is_set(v)) size += (adj_as_set(v)->mask + 1) * (int64_t)sizeof(AdjSetEntry);
    return adj_out_int(out, size);
}

static bool sys_intern(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "intern() argument must be str, not %s",
                         adj_type_name(args[0]));
    }
    AdjStr *s = adj_as_str(args[0]);
    return adj_out(out, adj_str_intern(vm, s->data, (size_t)s->len));
}

static const AdjNative sys_functions[] = {
    {"exit", "(status=<unset>, /)", sys_exit, "Leaves the program.", 0},
    {"getrecursionlimit", "()", sys_getrecursionlimit, "How deep calls may nest.", 0},
    {"setrecursionlimit", "(limit, /)", sys_setrecursionlimit, "Sets how deep calls may nest.",
     0},
    {"getsizeof", "(object, default=None)", sys_getsizeof, "Bytes the object itself takes.", 0},
    {"intern", "(string, /)", sys_intern, "The one string of this text that names share.", 0},
    {0},
};

// Stores a value that is taken; [v] UNDEF: making it failed.
static bool put(AdjVM *vm, AdjDict *d, const char *name, AdjVal v)
{
    bool ok = !adj_is_undef(v) && adj_dict_set_c(vm, d, name, v);
    adj_val_drop(v);
    return ok;
}

static bool put_text(AdjVM *vm, AdjDict *d, const char *name, const char *text)
{
    return put(vm, d, name, adj_obj_val(adj_str_new_c(vm, text)));
}

static bool put_streams(AdjVM *vm, AdjDict *d)
{
    static const char *const names[][2] = {
        {"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    for (int i = 0; i < 3; i++) {
        AdjVal stream;
        if (!adj_file_standard(vm, i, &stream)) return false;
        bool ok = adj_dict_set_c(vm, d, names[i][0], stream) &&
                  adj_dict_set_c(vm, d, names[i][1], stream);
        adj_val_drop(stream);
        if (!ok) return false;
    }
    return true;
}

static bool sys_init(AdjVM *vm, AdjModuleObj *m)
{
    AdjDict *d = m->dict;
    AdjVal version[] = {adj_int_val(VERSION_MAJOR), adj_int_val(VERSION_MINOR),
                        adj_int_val(VERSION_MICRO)};
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d (Adjoint)", VERSION_MAJOR, VERSION_MINOR,
             VERSION_MICRO);
    // A host that has arguments has put them there before the module is first imported.
    bool have_argv = adj_dict_find_c(d, "argv") != NULL;
    return put_streams(vm, d) && put_text(vm, d, "version", text) &&
           put(vm, d, "version_info", adj_obj_val(adj_tuple_from(vm, version, 3))) &&
           put(vm, d, "maxsize", adj_int_val(INT64_MAX)) &&
           put(vm, d, "maxunicode", adj_int_val(0x10ffff)) &&
           put_text(vm, d, "platform", "linux") && put_text(vm, d, "byteorder", "little") &&
           put_text(vm, d, "executable", "") &&
           put(vm, d, "path", adj_obj_val(adj_list_new(vm, 0))) &&
           put(vm, d, "modules", adj_val_keep(adj_obj_val(adj_vm_modules(vm)))) &&
           (have_argv || adj_lib_set_argv(vm, 0, NULL));
}

// sys.argv, which outlives imports of sys: the list is kept in the module's dict.
bool adj_lib_set_argv(AdjVM *vm, int argc, const char *const *argv)
{
    AdjVal module, list;
    if (!adj_out(&list, adj_list_new(vm, argc ? argc : 1))) return false;
    bool ok = true;
    for (int i = 0; ok && i < (argc ? argc : 1); i++) {
        AdjStr *arg = adj_str_new_c(vm, argc ? argv[i] : "");
        ok = arg && adj_list_append_take(vm, adj_as_list(list), adj_obj_val(arg));
    }
    AdjVal *loaded = adj_dict_find_c(adj_vm_modules(vm), "sys");
    if (ok && loaded)
        module = adj_val_keep(*loaded);
    else
        ok = ok && adj_vm_import(vm, "sys", &module);
    if (ok) {
        ok = adj_val_setattr_c(vm, module, "argv", list);
        adj_val_drop(module);
    }
    adj_val_drop(list);
    return ok;
}

static bool gc_collect(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    return adj_out_int(out, adj_vm_collect(vm));
}

static bool gc_nothing(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_none(out);
}

static bool gc_isenabled(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_bool(out, true);
}

static const AdjNative gc_functions[] = {
    {"collect", "(generation=2)", gc_collect, "Frees cycles; how many objects went.", 0},
    {"enable", "()", gc_nothing, "Cycles are always looked for.", 0},
    {"disable", "()", gc_nothing, "Cycles are looked for all the same.", 0},
    {"isenabled", "()", gc_isenabled, "True.", 0},
    {0},
};

const AdjModuleDef adj_lib_gc = {"gc", "The collector of cycles.", gc_functions, NULL};

const AdjModuleDef adj_lib_sys = {"sys", "The program's surroundings.", sys_functions,
                                  sys_init};

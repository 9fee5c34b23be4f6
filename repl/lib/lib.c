// SPDX-License-Identifier: Apache-2.0
// The table of the library: what is in the prelude, and which modules can be imported.
#include "lib.h"

static const AdjNative builtin_rows[] = {
#define BUILTIN(name, sig, doc) {#name, sig, adj_builtin_##name, doc, 0},
#include "builtins.def"
#undef BUILTIN
    {0},
};

static AdjType *const builtin_types[] = {
    &adj_type_object,    &adj_type_type,     &adj_type_bool,  &adj_type_int,
    &adj_type_float,     &adj_type_str,      &adj_type_bytes, &adj_type_list,
    &adj_type_tuple,     &adj_type_dict,     &adj_type_set,   &adj_type_frozenset,
    &adj_type_range,     &adj_type_slice,    &adj_type_super, &adj_type_property,
    &adj_type_staticmethod, &adj_type_classmethod, &adj_type_enumerate, &adj_type_zip,
    &adj_type_map,       &adj_type_filter,   &adj_type_reversed,
};

bool adj_lib_add_builtins(AdjVM *vm)
{
    AdjDict *prelude = adj_vm_prelude(vm);
    for (size_t i = 0; i < sizeof builtin_types / sizeof *builtin_types; i++) {
        if (!adj_vm_add_type(vm, prelude, builtin_types[i])) return false;
    }
    return adj_type_ready(&adj_type_file) &&
           adj_vm_add_functions(vm, prelude, builtin_rows, "builtins");
}

// `import builtins`: the prelude itself under a name, so that what is set there is seen
// everywhere.
static bool builtins_init(AdjVM *vm, AdjModuleObj *m)
{
    adj_obj_drop(m->dict);
    m->dict = adj_obj_keep(adj_vm_prelude(vm));
    return adj_dict_set_c(vm, m->dict, "__name__", adj_obj_val(m->name));
}

static const AdjModuleDef builtins_module = {"builtins", NULL, NULL, builtins_init};

extern const AdjModuleDef adj_lib_math, adj_lib_random, adj_lib_time, adj_lib_sys, adj_lib_os,
    adj_lib_os_path, adj_lib_string, adj_lib_collections, adj_lib_itertools,
    adj_lib_functools, adj_lib_regex, adj_lib_inspect, adj_lib_gc;

bool adj_lib_add_modules(AdjVM *vm)
{
    static const AdjModuleDef *const modules[] = {
        &adj_lib_math, &adj_lib_random, &adj_lib_time, &adj_lib_sys, &adj_lib_itertools,
        &adj_lib_functools, &adj_lib_collections,
        &adj_lib_os, &adj_lib_os_path, &adj_lib_string, &builtins_module,
        &adj_lib_regex, &adj_lib_inspect, &adj_lib_gc,
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        if (!adj_vm_add_module(vm, modules[i])) return false;
    }
    return true;
}

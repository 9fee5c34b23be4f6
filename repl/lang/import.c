// SPDX-License-Identifier: Apache-2.0
// Modules: native ones registered with the machine, and files beside the script.
//
// vm->modules holds every module that was imported, by its full name. A native module is filled
// at its first import. `import a.b` imports a, then a.b, and sets b in a.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/syntax/parse.h"
#include "vm.h"

bool adj_vm_add_module(AdjVM *vm, const AdjModuleDef *def)
{
    if (vm->def_count == vm->def_cap) {
        uint32_t cap = vm->def_cap ? vm->def_cap * 2 : 32;
        void *defs = adj_lang_realloc(vm, vm->defs, vm->def_cap * sizeof *vm->defs,
                                      cap * sizeof *vm->defs);
        if (!defs) return false;
        vm->defs = defs;
        vm->def_cap = cap;
    }
    vm->defs[vm->def_count++].def = def;
    return true;
}

bool adj_vm_add_functions(AdjVM *vm, AdjDict *dict, const AdjNative *rows,
                          const char *module_name)
{
    AdjStr *module = module_name ? adj_str_intern(vm, module_name, strlen(module_name)) : NULL;
    bool ok = module || !module_name;
    for (; ok && rows && rows->name; rows++) {
        AdjNativeObj *fn = adj_native_new(vm, rows, NULL);
        if (fn && module) fn->module = adj_obj_keep(module);
        ok = fn && adj_dict_set_c(vm, dict, rows->name, adj_obj_val(fn));
        adj_obj_drop(fn);
    }
    adj_obj_drop(module);
    return ok;
}

bool adj_vm_add_type(AdjVM *vm, AdjDict *dict, AdjType *t)
{
    return adj_type_ready(t) && adj_dict_set_c(vm, dict, t->name, adj_obj_val(t));
}

static const AdjModuleDef *def_find(AdjVM *vm, const char *name)
{
    for (uint32_t i = 0; i < vm->def_count; i++) {
        if (!strcmp(vm->defs[i].def->name, name)) return vm->defs[i].def;
    }
    return NULL;
}

static bool native_import(AdjVM *vm, const AdjModuleDef *def, AdjVal *out)
{
    AdjModuleObj *m = adj_module_new(vm, def->name);
    if (!m) return false;
    AdjVal v = adj_obj_val(m);
    AdjStr *doc = def->doc ? adj_str_new_c(vm, def->doc) : NULL;
    bool ok = adj_dict_set_c(vm, vm->modules, def->name, v) &&
              (!doc || adj_dict_set_str(vm, m->dict, adj_names.__doc__, adj_obj_val(doc))) &&
              adj_vm_add_functions(vm, m->dict, def->functions, def->name) &&
              (!def->init || def->init(vm, m));
    adj_obj_drop(doc);
    if (ok) {
        *out = v;
        return true;
    }
    AdjStr *name = adj_str_intern_c(def->name);
    AdjVal old;
    // A module that failed to load is forgotten, so that the next import tries again.
    AdjVal error = adj_vm_take_error(vm);
    if (name && adj_dict_remove(vm, vm->modules, adj_obj_val(name), &old) > 0)
        adj_val_drop(old);
    vm->error = error;
    adj_obj_drop(name);
    adj_val_drop(v);
    return false;
}

// ---- files ----

static char *file_read(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    char *text = NULL;
    size_t cap = 0, got = 1;
    *len = 0;
    while (got > 0) {
        if (*len == cap) {
            cap = cap ? cap * 2 : 8192;
            char *more = realloc(text, cap);
            if (!more) break;
            text = more;
        }
        got = fread(text + *len, 1, cap - *len, f);
        *len += got;
    }
    fclose(f);
    return text;
}

static char *module_path(AdjVM *vm, const char *name, const char *suffix)
{
    const char *dir = vm->script_dir ? vm->script_dir : ".";
    size_t len = strlen(dir) + strlen(name) + strlen(suffix) + 2;
    char *path = malloc(len);
    if (!path) return NULL;
    snprintf(path, len, "%s/%s%s", dir, name, suffix);
    for (char *p = path + strlen(dir) + 1; p < path + len - strlen(suffix) - 1; p++) {
        if (*p == '.') *p = '/';
    }
    return path;
}

static bool run_file_module(AdjVM *vm, const char *name, const char *path, const char *text,
                            size_t len, AdjVal *out)
{
    AdjModuleObj *m = adj_module_new(vm, name);
    if (!m) return false;
    AdjVal v = adj_obj_val(m), file = adj_obj_val(adj_str_new_c(vm, path)), result;
    bool ok = !adj_is_undef(file) && adj_dict_set_c(vm, vm->modules, name, v) &&
              adj_dict_set_str(vm, m->dict, adj_names.__file__, file) &&
              adj_run_text(vm, m, path, text, len, ADJ_RUN_FILE, &result);
    adj_val_drop(file);
    if (ok) {
        adj_val_drop(result);
        *out = v;
        return true;
    }
    AdjVal error = adj_vm_take_error(vm), old;
    AdjStr *key = adj_str_intern_c(name);
    if (key && adj_dict_remove(vm, vm->modules, adj_obj_val(key), &old) > 0) adj_val_drop(old);
    adj_obj_drop(key);
    vm->error = error;
    adj_val_drop(v);
    return false;
}

// 1 imported, 0 no such file, -1 failed.
static int file_import(AdjVM *vm, const char *name, AdjVal *out)
{
    static const char *const suffixes[] = {".adj", ".py", "/__init__.py"};
    if (vm->no_files || strchr(name, '/')) return 0;
    for (size_t i = 0; i < 3; i++) {
        size_t len;
        char *path = module_path(vm, name, suffixes[i]);
        char *text = path ? file_read(path, &len) : NULL;
        bool ok = text && run_file_module(vm, name, path, text, len, out);
        bool found = text != NULL;
        free(text);
        free(path);
        if (found) return ok ? 1 : -1;
    }
    return 0;
}

// ---- import ----

static bool import_failed(AdjVM *vm, const char *name)
{
    adj_raise(vm, ADJ_EXC_ModuleNotFoundError, "No module named '%s'", name);
    AdjVal text = adj_obj_val(adj_str_new_c(NULL, name));
    if (adj_is_exc(vm->error))
        adj_val_set(&((AdjException *)vm->error.o)->name, adj_val_keep(text));
    adj_val_drop(text);
    return false;
}

static bool set_in_parent(AdjVM *vm, const char *name, AdjVal module)
{
    const char *dot = strrchr(name, '.');
    if (!dot) return true;
    char parent[256];
    snprintf(parent, sizeof parent, "%.*s", (int)(dot - name), name);
    AdjVal *p = adj_dict_find_c(vm->modules, parent);
    if (!p || !adj_is_exact(*p, &adj_type_module)) return true;
    return adj_dict_set_c(vm, ((AdjModuleObj *)p->o)->dict, dot + 1, module);
}

// Imports one full name whose parents are there already.
static bool import_one(AdjVM *vm, const char *name, AdjVal *out)
{
    AdjVal *there = adj_dict_find_c(vm->modules, name);
    if (there) return adj_out_keep(out, *there);
    const AdjModuleDef *def = def_find(vm, name);
    if (def) {
        if (!native_import(vm, def, out)) return false;
    } else {
        int got = file_import(vm, name, out);
        if (got < 0) return false;
        if (got == 0) return import_failed(vm, name);
    }
    if (set_in_parent(vm, name, *out)) return true;
    adj_val_drop(*out);
    return false;
}

bool adj_vm_import(AdjVM *vm, const char *name, AdjVal *out)
{
    char part[256];
    size_t len = strlen(name);
    if (len >= sizeof part) return import_failed(vm, "(a very long name)");
    for (size_t i = 0; i <= len; i++) {
        if (name[i] != '.' && name[i]) continue;
        memcpy(part, name, i);
        part[i] = 0;
        if (!import_one(vm, part, out)) return false;
        if (i < len) adj_val_drop(*out);
    }
    return true;
}

bool adj_import_dotted(AdjVM *vm, AdjStr *name, bool leaf, AdjVal *out)
{
    if (!adj_vm_import(vm, name->data, out)) return false;
    const char *dot = strchr(name->data, '.');
    if (leaf || !dot) return true;
    char first[256];
    adj_val_drop(*out);
    snprintf(first, sizeof first, "%.*s", (int)(dot - name->data), name->data);
    return adj_vm_import(vm, first, out);
}

bool adj_op_import_from(AdjVM *vm, AdjVal module, AdjStr *name, AdjVal *out)
{
    int got = adj_val_find_attr(vm, module, name, out);
    if (got) return got > 0;
    if (!adj_is_exact(module, &adj_type_module))
        return adj_raise_no_attribute(vm, module, name);
    AdjModuleObj *m = (AdjModuleObj *)module.o;
    char full[256];
    int n = snprintf(full, sizeof full, "%s.%s", m->name->data, name->data);
    if (n > 0 && n < (int)sizeof full) {
        if (adj_vm_import(vm, full, out)) return true;
        if (!adj_vm_error_is(vm, ADJ_EXC_ModuleNotFoundError)) return false;
        adj_vm_clear_error(vm);
    }
    AdjVal *file = adj_dict_find_str(m->dict, adj_names.__file__);
    adj_raise(vm, ADJ_EXC_ImportError, "cannot import name '%s' from '%s' (%s)", name->data,
              m->name->data, file && adj_is_str(*file) ? adj_as_str(*file)->data : "built-in");
    // The nearest name of the module, for the traceback.
    AdjException *e = adj_is_exc(vm->error) ? (AdjException *)vm->error.o : NULL;
    if (e) {
        adj_val_set(&e->name, adj_val_keep(adj_obj_val(name)));
        adj_val_set(&e->obj, adj_val_keep(module));
    }
    return false;
}

static bool is_listed(AdjVal *all, AdjStr *name)
{
    if (!all) return name->data[0] != '_';
    AdjList *l = adj_is_list(*all) ? adj_as_list(*all) : NULL;
    for (int64_t i = 0; l && i < l->len; i++) {
        if (adj_is_str(l->items[i]) && adj_str_equal(adj_as_str(l->items[i]), name))
            return true;
    }
    return false;
}

bool adj_op_import_star(AdjVM *vm, AdjDict *globals, AdjVal module)
{
    if (!adj_is_exact(module, &adj_type_module)) return true;
    if (vm->hooks.find_in_module) {
        AdjVal unused;
        if (vm->hooks.find_in_module(vm, (AdjModuleObj *)module.o, NULL, &unused) < 0)
            return false;
    }
    AdjDict *d = ((AdjModuleObj *)module.o)->dict;
    AdjVal *all = adj_dict_find_str(d, adj_names.__all__);
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        if (!adj_is_str(e->key) || !is_listed(all, adj_as_str(e->key))) continue;
        if (!adj_dict_set(vm, globals, e->key, e->value)) return false;
    }
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// library.c: the part of the library that is written in the language.
//
// A file's text belongs to the module that its name says; the module may have native names as
// well. The text is compiled and run when a name that it defines is asked for and is not there:
// through the module (torch.optim.LBFGS), by a star import, or bare where the module is one of
// torch's, `seeing` or `showing`, since all of those is in the prelude. So a program that needs
// none of it pays nothing, and the start of the program is what it was. `__file__` of the
// module says that the text has run.
#include "library/library.h"

#include <string.h>

#include "lang/vm.h"

static bool defines(const AdjLibraryFile *f, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = f->names; (p = strstr(p, name)); p += length)
        if (p[-1] == ' ' && p[length] == ' ') return true;
    return false;
}

// Modules about the machine and not about models keep their names to themselves: a bare
// `compile` or `seed` would say nothing.
static bool in_prelude(const AdjLibraryFile *f)
{
    static const char *const apart[] = {
        "torch",          "torch.accelerator",   "torch.amp",        "torch.cuda",
        "torch.cuda.amp", "torch.backends",      "torch.jit",        "torch.random",
        "torch.storage",  "torch.distributions", "torch.distributed"};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (!strcmp(f->module.name, apart[i])) return false;
    return !strncmp(f->module.name, "torch", 5) || !strcmp(f->module.name, "seeing") ||
           !strcmp(f->module.name, "showing") || !strcmp(f->module.name, "prelude");
}

static bool has_run(AdjModuleObj *m)
{
    return adj_dict_find_str(m->dict, adj_names.__file__) != NULL;
}

// What a file defines is visible everywhere from now on, as other names of its module are.
static bool into_prelude(AdjVM *vm, const AdjLibraryFile *f, AdjModuleObj *m)
{
    AdjDict *prelude = adj_vm_prelude(vm);
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(m->dict, &i));) {
        AdjStr *name = adj_as_str(e->key);
        if (!defines(f, name->data) || adj_dict_find_str(prelude, name)) continue;
        if (!adj_dict_set_str(vm, prelude, name, e->value)) return false;
    }
    return true;
}

static bool run(AdjVM *vm, const AdjLibraryFile *f, AdjModuleObj *m)
{
    AdjVal file = adj_obj_val(adj_str_format(vm, "<library>/%s.adj", f->module.name)), result;
    bool ok =
        !adj_is_undef(file) && adj_dict_set_str(vm, m->dict, adj_names.__file__, file) &&
        adj_run_text(vm, m, adj_as_str(file)->data, f->text, f->length, ADJ_RUN_FILE, &result);
    adj_val_drop(file);
    if (!ok) return false;
    adj_val_drop(result);
    return !in_prelude(f) || into_prelude(vm, f, m);
}

static const AdjLibraryFile *file_of(const AdjModuleObj *m)
{
    for (const AdjLibraryFile *f = adj_library_files; f->module.name; f++)
        if (!strcmp(f->module.name, m->name->data)) return f;
    return NULL;
}

// 1 found (a new reference), 0 absent, -1 failed. [name] NULL: runs the text, whatever it has.
static int find_in_module(AdjVM *vm, AdjModuleObj *m, AdjStr *name, AdjVal *out)
{
    const AdjLibraryFile *f = file_of(m);
    if (!f || has_run(m) || (name && !defines(f, name->data))) return 0;
    if (!run(vm, f, m)) return -1;
    AdjVal *v = name ? adj_dict_find_str(m->dict, name) : NULL;
    if (v) *out = adj_val_keep(*v);
    return v != NULL;
}

static int find_name(AdjVM *vm, AdjStr *name, AdjVal *out)
{
    for (const AdjLibraryFile *f = adj_library_files; f->module.name; f++) {
        AdjVal v;
        if (!in_prelude(f) || !defines(f, name->data)) continue;
        if (!adj_vm_import(vm, f->module.name, &v)) return -1;
        int got = find_in_module(vm, (AdjModuleObj *)v.o, name, out);
        adj_val_drop(v);
        if (got) return got;
    }
    return 0;
}

bool adj_library_install(AdjVM *vm)
{
    for (const AdjLibraryFile *f = adj_library_files; f->module.name; f++) {
        AdjVal v;
        bool native = adj_dict_find_c(adj_vm_modules(vm), f->module.name);
        if (!native && !adj_vm_add_module(vm, &f->module)) return false;
        if (!adj_vm_import(vm, f->module.name, &v)) return false;
        adj_val_drop(v);
    }
    AdjHooks *h = adj_vm_hooks(vm);
    h->find_in_module = find_in_module;
    h->find_name = find_name;
    return true;
}

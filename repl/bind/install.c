// SPDX-License-Identifier: Apache-2.0
// install.c: puts the engine's names where the language looks for them: the modules torch,
// torch.nn, torch.nn.functional, torch.optim ... and, since everything is in the prelude, the
// prelude. Names that the language itself defines (abs, sum, max, print ...) stay the
// language's there.
#include "bind/bind.h"

#include "library/library.h"

static AdjModuleObj *module(AdjVM *vm, const char *name)
{
    AdjVal v;
    return adj_vm_import(vm, name, &v) ? (AdjModuleObj *)v.o : NULL;
}

// All the modules exist from the start, so that `import torch.nn as nn` and torch.nn are the
// same.
static bool add_modules(AdjVM *vm)
{
    static const AdjModuleDef defs[] = {
        {"torch", "Tensors and their operations.", NULL, NULL},
        {"torch.nn", "Modules.", NULL, NULL},
        {"torch.nn.functional", "Operations of modules as functions.", NULL, NULL},
        {"torch.nn.init", "Initial values of parameters.", NULL, NULL},
        {"torch.nn.utils", "Clipping and the like.", NULL, NULL},
        {"torch.nn.modules", "Where layers written in the language stand.", NULL, NULL},
        {"torch.nn.parameter", "Parameters.", NULL, NULL},
        {"torch.optim", "Optimizers.", NULL, NULL},
        {"torch.optim.lr_scheduler", "Schedules of the learning rate.", NULL, NULL},
        {"torch.utils", "Data.", NULL, NULL},
        {"torch.utils.data", "Datasets and loaders.", NULL, NULL},
        {"torch.autograd", "Gradients.", NULL, NULL},
        {"torch.linalg", "Linear algebra.", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof defs / sizeof *defs; i++)
        if (!adj_vm_add_module(vm, &defs[i])) return false;
    return true;
}

// Every name of [from] that the prelude does not have yet.
// Two modules are called `distributed`; bare, it is the function of torch.nn.parallel.
static bool into_prelude(AdjVM *vm, AdjDict *from)
{
    static const char function[] = "distributed";
    AdjDict *prelude = adj_vm_prelude(vm);
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(from, &i));) {
        AdjStr *name = adj_as_str(e->key);
        if (name->data[0] == '_' || adj_dict_find_str(prelude, name)) continue;
        if (adj_str_is(name, function)) continue;
        if (!adj_dict_set_str(vm, prelude, name, e->value)) return false;
    }
    return true;
}

// The short names of element types would hide the language's own float, int and bool.
static bool torch_into_prelude(AdjVM *vm, AdjDict *torch)
{
    static const char *const kept_out[] = {"e",      "inf",  "nan",    "version",
                                           "double", "half", "long",   "device",
                                           "dtype",  "Size", "newaxis"};
    AdjDict *copy = adj_dict_copy(vm, torch);
    bool ok = copy != NULL;
    for (size_t i = 0; ok && i < sizeof kept_out / sizeof *kept_out; i++) {
        AdjStr *name = adj_str_new_c(vm, kept_out[i]);
        AdjVal old;
        int gone = name ? adj_dict_remove(vm, copy, adj_obj_val(name), &old) : -1;
        if (gone == 1) adj_val_drop(old);
        adj_obj_drop(name);
        ok = gone >= 0;
    }
    ok = ok && into_prelude(vm, copy);
    adj_obj_drop(copy);
    return ok;
}

static bool short_names(AdjVM *vm, AdjModuleObj *torch, AdjModuleObj *nn,
                        AdjModuleObj *functional, AdjModuleObj *optim)
{
    return adj_vm_set_prelude(vm, "torch", adj_obj_val(torch)) &&
           adj_vm_set_prelude(vm, "nn", adj_obj_val(nn)) &&
           adj_vm_set_prelude(vm, "F", adj_obj_val(functional)) &&
           adj_vm_set_prelude(vm, "optim", adj_obj_val(optim));
}

static bool set_hooks(AdjVM *vm)
{
    AdjHooks *h = adj_vm_hooks(vm);
    h->is_composable = adj_bind_is_composable;
    h->compose = adj_bind_compose;
    return true;
}

bool adj_bind_install(AdjVM *vm)
{
    if (!adj_type_ready(&adj_type_tensor) || !adj_type_ready(&adj_type_parameter) ||
        !add_modules(vm) || !adj_library_install(vm))
        return false;
    AdjModuleObj *torch = module(vm, "torch"), *nn = module(vm, "torch.nn");
    AdjModuleObj *functional = module(vm, "torch.nn.functional"),
                 *optim = module(vm, "torch.optim");
    AdjModuleObj *schedule = module(vm, "torch.optim.lr_scheduler");
    AdjModuleObj *data = module(vm, "torch.utils.data"), *init = module(vm, "torch.nn.init");
    AdjModuleObj *autograd = module(vm, "torch.autograd"),
                 *utils = module(vm, "torch.nn.utils");
    AdjModuleObj *parameter = module(vm, "torch.nn.parameter");
    AdjModuleObj *all[] = {torch, nn,   functional, optim, schedule,
                           data,  init, autograd,   utils, parameter};
    bool ok = true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) ok = ok && all[i];
    if (ok) {
        AdjBindNames n = {torch->dict, nn->dict,       functional->dict,
                          optim->dict, schedule->dict, data->dict,
                          init->dict,  autograd->dict, utils->dict};
        ok = adj_bind_install_types(vm, &n) && adj_bind_install_device(vm, &n) &&
             adj_bind_install_generator(vm, &n) && adj_bind_install_torch(vm, &n) &&
             adj_bind_install_nn_functions(vm, &n) && adj_bind_install_ops(vm, &n) &&
             adj_bind_install_nn(vm, &n) && adj_bind_install_optim(vm, &n) &&
             adj_bind_install_data(vm, &n) && adj_bind_install_io(vm, &n) &&
             adj_bind_install_node(vm, &n) && adj_bind_install_tokenizers(vm) &&
             adj_bind_install_npy(vm, &n) && adj_bind_install_onnx(vm) &&
             adj_bind_install_distributed(vm) &&
             adj_dict_set_c(vm, parameter->dict, "Parameter",
                            adj_obj_val(&adj_type_parameter)) &&
             torch_into_prelude(vm, torch->dict) && into_prelude(vm, nn->dict) &&
             into_prelude(vm, functional->dict) && into_prelude(vm, optim->dict) &&
             into_prelude(vm, schedule->dict) && into_prelude(vm, data->dict) &&
             short_names(vm, torch, nn, functional, optim) && set_hooks(vm);
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) adj_obj_drop(all[i]);
    return ok;
}

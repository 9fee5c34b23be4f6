// SPDX-License-Identifier: Apache-2.0
// module.h: between the files that bind modules: module.c, module_walk.c, containers.c.
#pragma once
#include "bind/bind.h"

#include <stdlib.h>

const AdjModuleRow *adj_bind_row_of(const AdjType *t);  // of a class or its nearest native base
AdjType *adj_bind_row_type(const AdjModuleRow *row);
bool adj_bind_module_ready(AdjVM *vm, AdjVal self);  // __init__ has run, or AttributeError
bool adj_bind_child(AdjVM *vm, AdjVal self, AdjNamedModule *c, AdjVal *out);
bool adj_bind_set_child(AdjVM *vm, AdjVal self, const char *name, AdjVal child);
bool adj_bind_module_call(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                          AdjVal *out);
bool adj_bind_forward(AdjVM *vm, AdjVal self, AdjVal *args, int nargs, AdjTuple *kwnames,
                      AdjVal *out);

// module_copy.c: Module.__deepcopy__(memo).
bool adj_bind_module_deepcopy(AdjVM *vm, AdjVal *a, int n, AdjVal *out);

// module_walk.c: what walks the tree.
bool adj_bind_walk_methods(AdjVM *vm);  // adds them to Module
bool adj_bind_module_repr(AdjVM *vm, AdjVal self, AdjVal *out);
void adj_bind_module_names(AdjVM *vm, AdjVal self, AdjObj *list);

// method.c: the methods that a row's kind has besides forward.
bool adj_bind_row_methods(AdjVM *vm, const AdjModuleRow *row, AdjType *t);

// containers.c: Sequential, ModuleList, ModuleDict.
bool adj_bind_is_container(const AdjModuleRow *row);
void adj_bind_container_slots(const AdjModuleRow *row, AdjType *t);
bool adj_bind_run_children(AdjVM *vm, AdjVal self, AdjVal x, AdjVal *out);

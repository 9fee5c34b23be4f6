// SPDX-License-Identifier: Apache-2.0
// flow.h: between the files that bind flow graphs: flow.c, flow_graph.c, module_state.c.
#pragma once
#include "bind/module/module.h"

// While the language waits for the engine: modules that are its objects run as such.
void adj_bind_set_caller(AdjVM *vm);
// m(x), or m.forward_named(x, refs), with path and hooks.
bool adj_bind_call_named(AdjVM *vm, AdjVal self, AdjVal x, AdjDict *refs, AdjVal *out);
// A callable as a module, itself when it is one.
bool adj_bind_as_module(AdjVM *vm, AdjVal v, AdjVal *out);
// The objects of [m]'s children are kept by that of [m], as far as they are alive.
bool adj_bind_adopt(AdjVM *vm, AdjVal self);
bool adj_bind_install_flow(AdjVM *vm, AdjBindNames *n);
bool adj_bind_add_methods(AdjVM *vm, AdjType *t, const AdjNative *rows);
bool adj_bind_load_partial(AdjVM *vm, AdjVal self, AdjDict *state, AdjVal *out);
// The picture that Graphviz's program makes of [dot], as a str.
bool adj_bind_graph_svg(AdjVM *vm, const char *dot, AdjVal *out);
bool adj_bind_load_file(AdjVM *vm, const char *path, AdjDict **out);

extern const AdjNative adj_bind_graph_methods[];
extern const AdjAttr adj_bind_graph_attrs[];
// reset, detach_state, forward_named, publish, load_partial: methods of every module.
extern const AdjNative adj_bind_state_methods[];

// SPDX-License-Identifier: Apache-2.0
// pass.h: running a module of the program on an input of the observer's, unseen by the program.
//
//     if (!adj_pass_begin(vm, "net", &pass)) return false;
//     AdjTensor *out = adj_pass_run(&pass, grid);   // any number of times
//     adj_pass_end(&pass);
//
// Only inside a request (request.c), which keeps tape, records and random numbers.
#pragma once
#include "observe/watching.h"

typedef struct AdjPass {
    // Called with the result of every module below, in the order in which they end; NULL: not
    // wanted. Set it between begin and run.
    void (*see)(void *data, const AdjModuleAt *at, AdjTensor *out);
    void *data;
    AdjModulesAt tree;  // the module and all below it; of the scope

    AdjVM *vm;
    AdjVal object;
    struct AdjPassKept *kept;  // of the scope
    int n_kept;
    void (*write)(AdjVM *vm, const char *text, size_t len);
    void (*write_error)(AdjVM *vm, const char *text, size_t len);
} AdjPass;

// False: an exception stands, and everything is as it was.
bool adj_pass_begin(AdjVM *vm, const char *module, AdjPass *p);
// The result, of the scope; NULL: an exception stands.
AdjTensor *adj_pass_run(AdjPass *p, AdjTensor *in);
void adj_pass_end(AdjPass *p);

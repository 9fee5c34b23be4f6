// SPDX-License-Identifier: Apache-2.0
//
// TAP points about the engine, on top of tap.h: tensors that agree, calls that must fail, and
// test cases that must leave nothing behind.
//
//     static void adds(void)
//     {
//         AdjTensor *x = adj_from((float[]){ 1, 2 }, ADJ_SHAPE(2), ADJ_F32);
//         tensors_near(adj_add(x, x), adj_mul(x, ADJ_NUM(2)), 1e-6, "x + x is 2 x");
//         fails_with(ADJ_E_SHAPE, "(2,) and (3,)", adj_add(x, adj_ones(ADJ_SHAPE(3))), "add");
//     }
//
//     int main(void)
//     {
//         test_case(adds);
//         return done();
//     }
//
// Invariant: a case runs in a scope of its own; when it ends, no error is pending and as many
// tensors and bytes are alive as before, so that every case is a test for leaks too.
#pragma once

#include "adjoint.h"
#include "tap.h"

// Same shape, and every element near in the sense of tap.h. A failure names both shapes, the
// first element that differs and its two values. NULL is near nothing, and brings the pending
// error into the report.
#define tensors_near(got, want, tolerance, ...) \
    check_tensors(__FILE__, __LINE__, (got), (want), (tolerance), __VA_ARGS__)

// Evaluates [call] and holds when it failed with [kind] and a message that contains [text]. The
// error is cleared. [call] may have any type but void; only its error counts.
#define fails_with(kind, text, call, ...) \
    ((void)(call), check_failure(__FILE__, __LINE__, (kind), (text), __VA_ARGS__))

// Holds when no error is pending; clears it. `no_error("loading")` after a sequence of calls.
#define no_error(...) check_no_error(__FILE__, __LINE__, __VA_ARGS__)

// Runs one case and counts one point for the state that it leaves.
#define test_case(body) check_case(__FILE__, __LINE__, #body, (body))

bool check_tensors(const char *file, int line, AdjTensor *got, AdjTensor *want,
                   double tolerance, const char *name, ...) ADJ_PRINTF(6, 7);
bool check_failure(const char *file, int line, AdjErrorKind kind, const char *text,
                   const char *name, ...) ADJ_PRINTF(5, 6);
bool check_no_error(const char *file, int line, const char *name, ...) ADJ_PRINTF(3, 4);
void check_case(const char *file, int line, const char *name, void (*body)(void));

// Element [i] of [t] in row-major order as a double, whatever the element type and strides.
double element(const AdjTensor *t, int64_t i);

// SPDX-License-Identifier: Apache-2.0
//
// A small TAP harness: every test program prints one line per point, `ok 3 - name` or
// `not ok 3 - name`, and the plan `1..n` last, so that nobody has to count points by hand.
//
//     #include "tap.h"
//
//     int main(void)
//     {
//         equal_int(2 + 2, 4, "addition");
//         near(sqrt(2.0), 1.41421356, 1e-8, "square root of two");
//         skip(1, "no GPU");
//         return done();
//     }
//
// A point states the value got, then the value wanted, then what is being tried (a printf
// format with its arguments). A point that fails says where it stands and shows both values;
// the program goes on, because the second failure often explains the first. Invariant: `done`
// answers nonzero when any point failed, when none ran, or when an announced plan was not kept.
//
// This file knows nothing of the engine; check.h has the points that compare tensors and
// errors.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Announces [count] points before the first one. Only needed where a crash half way must not
// look like a short run; otherwise `done` prints the plan.
void plan(int count);

// Prints the plan if none was announced and answers main's exit code.
int done(void);

// The four kinds of point. Each answers whether it held.
#define ok(condition, ...) tap_ok(__FILE__, __LINE__, (condition), #condition, __VA_ARGS__)
#define equal_int(got, want, ...) tap_int(__FILE__, __LINE__, (got), (want), __VA_ARGS__)
#define equal_str(got, want, ...) tap_str(__FILE__, __LINE__, (got), (want), __VA_ARGS__)

// |got - want| <= tolerance * max(1, |want|): relative for large values, absolute for small
// ones. NaN is near NaN and an infinity is near itself.
#define near(got, want, tolerance, ...) \
    tap_near(__FILE__, __LINE__, (got), (want), (tolerance), __VA_ARGS__)

// A point that failed, for harnesses that make their own comparison: the name as usual, and
// the explanation through `note`.
#define fail(...) tap_ok(__FILE__, __LINE__, false, "fail", __VA_ARGS__)

// Counts [count] points as passed over, with the reason in the same breath.
void skip(int count, const char *reason, ...) __attribute__((format(printf, 2, 3)));

// Prints the plan `1..0 # SKIP reason`: the program cannot run here at all. Answers main's exit
// code: `return skip_all("no CUDA device");`.
int skip_all(const char *reason, ...) __attribute__((format(printf, 1, 2)));

// A remark in the output, one `# ` line for each line of the text.
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool tap_ok(const char *file, int line, bool held, const char *condition, const char *name, ...)
    __attribute__((format(printf, 5, 6)));
bool tap_int(const char *file, int line, int64_t got, int64_t want, const char *name, ...)
    __attribute__((format(printf, 5, 6)));
bool tap_str(const char *file, int line, const char *got, const char *want, const char *name,
             ...) __attribute__((format(printf, 5, 6)));
bool tap_near(const char *file, int line, double got, double want, double tolerance,
              const char *name, ...) __attribute__((format(printf, 6, 7)));

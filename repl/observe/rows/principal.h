// SPDX-License-Identifier: Apache-2.0
//
// principal.h: the directions along which a set of points spreads most (Pearson 1901;
// Hotelling 1933), in double precision and in portions: whoever waits for a program's safe
// points may work a few milliseconds at a time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct AdjPrincipal AdjPrincipal;

enum { ADJ_AXES = 3 };

// Of [rows] points of [columns] numbers; [x] is borrowed until the free. [wanted] is at most
// ADJ_AXES. NULL without memory.
AdjPrincipal *adj_principal_new(const float *x, int64_t rows, int64_t columns, int wanted);
void adj_principal_free(AdjPrincipal *p);  // NULL is nothing

// Works for about [seconds]. True: done.
bool adj_principal_work(AdjPrincipal *p, double seconds);
double adj_principal_progress(const AdjPrincipal *p);  // 0 to 1, an estimate

// What was found: fewer axes than wanted where the points spread along fewer.
int adj_principal_count(const AdjPrincipal *p);
double adj_principal_variance(const AdjPrincipal *p, int axis);
double adj_principal_total(const AdjPrincipal *p);      // variance along all axes together
int64_t adj_principal_left_out(const AdjPrincipal *p);  // points with a number that is none
// Where a point lies along the axes found; NaN for one that was left out.
void adj_principal_place(const AdjPrincipal *p, int64_t row, double out[ADJ_AXES]);

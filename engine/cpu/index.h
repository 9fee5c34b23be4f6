// SPDX-License-Identifier: Apache-2.0
// index.h: the CPU's loops that move elements to and from indexed places.
#pragma once
#include "core/internal.h"
#include "device/index.h"

ADJ_HIDDEN bool adj_cpu_take_rows(const AdjRows *r);
ADJ_HIDDEN bool adj_cpu_put_rows(const AdjRows *r);
ADJ_HIDDEN bool adj_cpu_gather(const AdjAlong *a);
ADJ_HIDDEN bool adj_cpu_scatter(const AdjAlong *a);

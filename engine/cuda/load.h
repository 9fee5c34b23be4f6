// SPDX-License-Identifier: Apache-2.0
// load.h: the GPUs as the engine sees them: devices whose kernels are in the plugin.
#pragma once
#include "core/internal.h"

// GPU number [index]; the plugin is opened at the first call. NULL and an error that says what
// is missing: the plugin, the driver, a GPU of that number.
ADJ_HIDDEN const AdjDevice *adj_cuda_device(int index);
// The same for one that has been found before.
ADJ_HIDDEN const AdjDevice *adj_cuda_known(int index);
// How many GPUs there are; with 0 the reason stands in [why].
ADJ_HIDDEN int adj_cuda_count(char *why, size_t size);
// The elementwise kernels of the plugin, for tests.
struct AdjCudaRow;
ADJ_HIDDEN const struct AdjCudaRow *adj_cuda_kernels(void);

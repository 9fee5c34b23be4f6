// SPDX-License-Identifier: Apache-2.0
// registry.c: the table of devices: finding one by its title, and what programs ask of one.
//
// The CPU is always there. GPUs are found by the plugin, which is opened when somebody first
// names one; what is found stays in the table until the process ends.
#include "core/internal.h"

#include "cuda/load.h"

#include <stdlib.h>

int adj_other_devices;

static bool is_cpu(const char *title)
{
    return !strcmp(title, "cpu") || !strcmp(title, "cpu:0");
}

const AdjDevice *adj_device_find(const char *title)
{
    if (is_cpu(title)) return &adj_cpu;
    bool cuda = !strncmp(title, "cuda", 4) && (!title[4] || title[4] == ':');
    if (!cuda)
        return adj_fail(ADJ_E_DEVICE, "no device is called '%s': there are cpu and cuda",
                        title);
    char *end = NULL;
    long index = title[4] ? strtol(title + 5, &end, 10) : 0;
    if (end && (*end || end == title + 5 || index < 0))
        return adj_fail(ADJ_E_DEVICE, "Invalid device string: '%s'", title);
    return adj_cuda_device((int)(index > 1000 ? 1000 : index));
}

const AdjDevice *adj_device_at(uint8_t number)
{
    return number ? adj_cuda_known(number - 1) : &adj_cpu;
}

void *adj_device_lacks(const AdjDevice *d, const char *family)
{
    return adj_fail(ADJ_E_ABSENT, "%s: device '%s' has no kernels for it (%s)", adj_op_name(),
                    d->title, family);
}

const AdjDevice *adj_device_use(const AdjDevice *d)
{
    const AdjDevice *before = adj_thread.device;
    adj_thread.device = d;
    if (d->enter) d->enter(d);
    return before;
}

// ---------------------------------------------------------------- what programs ask

const char *adj_device(const AdjTensor *t)
{
    return t ? t->storage->device->title : "cpu";
}

const char *adj_set_device(const char *title)
{
    const AdjDevice *d = adj_device_find(title);
    return d ? adj_device_use(d)->title : NULL;
}

int adj_device_count(const char *name, char *why, size_t size)
{
    if (!strcmp(name, "cpu")) return 1;
    return adj_cuda_count(why, size);
}

bool adj_device_wait(const char *title)
{
    const AdjDevice *d = adj_device_find(title);
    return d && (!d->wait || d->wait(d));
}

bool adj_device_memory(const char *title, AdjMemoryUse *use)
{
    const AdjDevice *d = adj_device_find(title);
    *use = (AdjMemoryUse){0};
    return d && (!d->memory || d->memory(d, use));
}

bool adj_device_reset_peak(const char *title)
{
    const AdjDevice *d = adj_device_find(title);
    return d && (!d->trim || d->trim(d, true));
}

bool adj_device_trim(const char *title)
{
    const AdjDevice *d = adj_device_find(title);
    return d && (!d->trim || d->trim(d, false));
}

const char *adj_device_model(const char *title)
{
    enum { LENGTH = 256 };
    const AdjDevice *d = adj_device_find(title);
    char *name = d ? adj_scope_memory(LENGTH) : NULL;
    if (!name) return NULL;
    snprintf(name, LENGTH, "%s", d->title);
    return !d->model || d->model(d, name, LENGTH) ? name : NULL;
}

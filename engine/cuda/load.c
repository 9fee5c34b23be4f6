// SPDX-License-Identifier: Apache-2.0
// load.c: the engine's side of the CUDA plugin: opening it, the table of GPUs, and the
// elementwise kernels, whose operands must be laid out before they travel.
#include "cuda/load.h"

#include "adj_config.h"
#include "cuda/plugin.h"
#include "device/pointwise.h"

#include <dlfcn.h>
#include <stdlib.h>

enum { MOST_DEVICES = 64 };

// Filled once and never changed after that.
static struct {
    const AdjCudaPlugin *plugin;
    int count;
    AdjDevice device[MOST_DEVICES];
    char title[MOST_DEVICES][24];
    bool known[MOST_DEVICES];
} cuda;

// ---------------------------------------------------------------- opening

static void say_place(char *text, size_t size)
{
    const char *module = adj_thread.module;
    snprintf(text, size, "%s", module && *module ? module : adj_op_name());
}

static const AdjCudaHost host = {.fail = adj_fail, .op_name = adj_op_name, .place = say_place};

static const char *plugin_path(void)
{
    const char *path = getenv("ADJOINT_CUDA");
    return path && *path ? path : ADJ_PLUGIN_DIR "/libadjoint-cuda.so";
}

static const AdjCudaPlugin *open_plugin(void)
{
    if (cuda.plugin) return cuda.plugin;
    void *library = dlopen(plugin_path(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return adj_fail(ADJ_E_DEVICE, "cuda: the plugin cannot be loaded: %s", dlerror());
    AdjCudaEntry entry = (AdjCudaEntry)dlsym(library, ADJ_CUDA_ENTRY);
    const AdjCudaPlugin *plugin = entry ? entry(&host) : NULL;
    if (!plugin || plugin->table != sizeof(AdjDevice))
        return adj_fail(ADJ_E_DEVICE, "cuda: %s is not a plugin of this version",
                        plugin_path());
    return cuda.plugin = plugin;
}

static int count_devices(char *why, size_t size)
{
    if (cuda.count) return cuda.count;
    const AdjCudaPlugin *plugin = open_plugin();
    if (!plugin) return 0;
    return cuda.count = plugin->devices(why, size);
}

int adj_cuda_count(char *why, size_t size)
{
    bool failing = adj_error_kind();
    int n = count_devices(why, size);
    if (!n && !failing && adj_error_kind()) {
        snprintf(why, size, "%s", adj_error_text());
        adj_error_clear();
    }
    return n;
}

// ---------------------------------------------------------------- elementwise

static AdjCudaSlot slot_of(AdjDtype t)
{
    switch (t) {
    case ADJ_F64: return ADJ_CUDA_F64;
    case ADJ_I64: return ADJ_CUDA_I64;
    case ADJ_I32: return ADJ_CUDA_I32;
    case ADJ_U8:
    case ADJ_BOOL: return ADJ_CUDA_U8;
    default: return ADJ_CUDA_F32;
    }
}

static bool is_number(const AdjTensor *t)
{
    return t->ndim == 0 && adj_device_of(t) == &adj_cpu;
}

static bool fits(const AdjTensor *t, AdjDtype type)
{
    return t->dtype == type || (type == ADJ_F32 && adj_is_half(t)) ||
           (type == ADJ_U8 && t->dtype == ADJ_BOOL);
}

// [t] as the kernel can read it: of the type it computes in, or of a half type that it converts
// on the way.
static AdjTensor *readable(AdjTensor *t, AdjDtype type)
{
    if (fits(t, type) || is_number(t)) return t;
    AdjTensor *y = adj_new_like(t, type);
    return y && adj_copy_data(y, t) ? y : NULL;
}

static AdjCudaForm form_of(const AdjTensor *t, AdjDtype type, AdjCudaSlot slot)
{
    if (is_number(t)) return ADJ_FORM_NUMBER;
    if (t->dtype == ADJ_F16) return ADJ_FORM_F16;
    if (t->dtype == ADJ_BF16) return ADJ_FORM_BF16;
    return slot_of(type) == ADJ_CUDA_U8 && slot != ADJ_CUDA_U8 ? ADJ_FORM_BYTE : ADJ_FORM_PLAIN;
}

// A number as the kernel's type holds it.
static AdjCudaNumber number_of(AdjTensor *t, AdjCudaSlot slot)
{
    AdjScalar s = adj_item_scalar(t);
    bool real = slot == ADJ_CUDA_F32 || slot == ADJ_CUDA_F64;
    if (real) return (AdjCudaNumber){.f = s.f};
    if (slot == ADJ_CUDA_U8 && t->dtype == ADJ_BOOL) return (AdjCudaNumber){.i = s.i != 0};
    return (AdjCudaNumber){.i = s.kind == ADJ_S_FLOAT ? (int64_t)s.f : s.i};
}

static bool is_flat(const AdjCudaMap *m, const AdjIter *it)
{
    bool flat = it->ndim == 1;
    for (int k = 0; flat && k < m->n; k++) {
        if (m->form[k] == ADJ_FORM_NUMBER) continue;
        flat = m->strides[k][0] == (int64_t)adj_dtype_size(it->dtype[k]) &&
               (uintptr_t)m->data[k] % 16 == 0;
    }
    return flat;
}

static void lay_out(AdjCudaMap *m, const AdjIter *it)
{
    m->ndim = it->ndim;
    m->numel = it->numel;
    memcpy(m->sizes, it->sizes, sizeof m->sizes);
    memcpy(m->data, it->data, sizeof m->data);
    memcpy(m->strides, it->strides, sizeof m->strides);
    m->flat = is_flat(m, it);
}

// Results of another type than the kernel writes go through a tensor of that type.
static bool pointwise(const AdjPointwise *p, AdjTensor *const *operands)
{
    if (operands[0]->numel == 0) return true;
    AdjTensor *t[ADJ_ITER_OPERANDS], *y = operands[0];
    AdjDtype computed = p->type[p->n - 1];
    AdjCudaSlot slot = slot_of(computed);
    AdjCudaLaunch launch = cuda.plugin->rows[p->number].launch[slot];
    AdjCudaMap map = {.n = p->n};
    if (!launch) return adj_device_lacks(adj_device_of(y), cuda.plugin->rows[p->number].name);
    t[0] = fits(y, p->type[0]) ? y : adj_new_like(y, p->type[0]);
    for (int k = 1; k < p->n; k++) t[k] = readable(operands[k], p->type[k]);
    for (int k = 0; k < p->n; k++) {
        if (!t[k]) return false;
        map.form[k] = (uint8_t)form_of(t[k], k ? p->type[k] : computed, slot);
        if (map.form[k] == ADJ_FORM_NUMBER) map.number[k] = number_of(t[k], slot);
    }
    if (t[0]->dtype == ADJ_F16 || t[0]->dtype == ADJ_BF16)
        map.form[0] = t[0]->dtype == ADJ_F16 ? ADJ_FORM_F16 : ADJ_FORM_BF16;
    memcpy(map.param, p->param, sizeof map.param);
    AdjIter it;
    adj_iter_make(&it, p->n, t);
    lay_out(&map, &it);
    return launch(&map) && (t[0] == y || adj_copy_data(y, t[0]));
}

// ---------------------------------------------------------------- the table

static const AdjDevice *fill_device(int index)
{
    AdjDevice *d = &cuda.device[index];
    if (cuda.known[index]) return d;
    *d = *cuda.plugin->device;
    snprintf(cuda.title[index], sizeof cuda.title[index], "cuda:%d", index);
    d->name = "cuda";
    d->title = cuda.title[index];
    d->index = index;
    d->number = (uint8_t)(index + 1);
    d->pointwise = pointwise;
    cuda.known[index] = true;
    adj_other_devices++;
    return d;
}

const AdjDevice *adj_cuda_device(int index)
{
    char why[256] = "";
    int count = count_devices(why, sizeof why);
    if (adj_error_kind()) return NULL;
    if (!count) return adj_fail(ADJ_E_DEVICE, "cuda: no GPU can be used: %s", why);
    if (index >= count || index >= MOST_DEVICES) {
        return adj_fail(ADJ_E_DEVICE,
                        "cuda: invalid device ordinal: there is no cuda:%d, only %d "
                        "device%s",
                        index, count, count == 1 ? "" : "s");
    }
    return fill_device(index);
}

const AdjDevice *adj_cuda_known(int index)
{
    return &cuda.device[index];
}

const AdjCudaRow *adj_cuda_kernels(void)
{
    return cuda.plugin ? cuda.plugin->rows : NULL;
}

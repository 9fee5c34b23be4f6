// SPDX-License-Identifier: Apache-2.0
// device.cu: the plugin's side of plugin.h: devices, memory and waiting through the CUDA
// runtime. Errors keep CUDA's own name and sentence, because those are what people search for.
//
// Each GPU has one stream, and everything happens in its order: kernels, copies, and the
// giving out and taking back of memory, which comes from CUDA's pool. A block that is given
// back may thus be given out again at once, before the kernels that use it have run. What the
// pool holds it keeps, until there is no memory left: then it is emptied and asked once more.
//
// Every block in use is noted with the place of the program that asked for it, so that an error
// for want of memory can say who holds the most.
#include "cuda/families.cuh"
#include "cuda/launch.cuh"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

const AdjCudaHost *adj_cuda_host;

enum { MOST_DEVICES = 64, MOST_HOLDERS = 5 };

static thread_local int current;
static cudaStream_t streams[MOST_DEVICES];
static AdjCudaBox *boxes[MOST_DEVICES];

bool adj_cuda_worked(cudaError_t error, const char *what)
{
    if (error == cudaSuccess) return true;
    adj_cuda_host->fail(ADJ_E_DEVICE, "%s: %s: %s: %s", adj_cuda_host->op_name(), what,
                        cudaGetErrorName(error), cudaGetErrorString(error));
    return false;
}

bool adj_cuda_started()
{
    return adj_cuda_worked(cudaGetLastError(), "the kernel was not started");
}

cudaStream_t adj_cuda_stream()
{
    return streams[current];
}

static int devices(char *why, size_t size)
{
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess) {
        snprintf(why, size, "%s: %s", cudaGetErrorName(error), cudaGetErrorString(error));
        return 0;
    }
    if (count == 0) snprintf(why, size, "the driver knows no GPU");
    return count < MOST_DEVICES ? count : (int)MOST_DEVICES;
}

static cudaMemPool_t pool_of(int index)
{
    cudaMemPool_t pool = nullptr;
    cudaDeviceGetDefaultMemPool(&pool, index);
    return pool;
}

// The first thread to use a GPU makes its stream.
static void prepare(int index)
{
    static std::mutex once;
    std::lock_guard<std::mutex> lock(once);
    static bool ready[MOST_DEVICES];
    if (ready[index]) return;
    ready[index] = true;
    uint64_t everything = UINT64_MAX;
    cudaStreamCreateWithFlags(&streams[index], cudaStreamNonBlocking);
    cudaHostAlloc((void **)&boxes[index], sizeof(AdjCudaBox), cudaHostAllocMapped);
    if (boxes[index]) *boxes[index] = {};
    cudaMemPoolSetAttribute(pool_of(index), cudaMemPoolAttrReleaseThreshold, &everything);
}

static void enter(const AdjDevice *d)
{
    static thread_local bool ready[MOST_DEVICES];
    if (current == d->index && ready[d->index]) return;
    current = d->index;
    cudaSetDevice(current);
    if (!ready[current]) prepare(current);
    ready[current] = true;
}

AdjCudaBox *adj_cuda_box()
{
    return boxes[current];
}

bool adj_cuda_complaint()
{
    AdjCudaBox *box = boxes[current], found;
    if (!box || !box->full) return true;
    found = *box;
    *box = {};
    adj_cuda_host->fail(ADJ_E_INDEX,
                        "%s: index %lld is out of bounds for dimension with size %lld",
                        found.op, (long long)found.index, (long long)found.size);
    return false;
}

// ---------------------------------------------------------------- who holds memory

struct Holder {
    size_t bytes;
    std::string place;
};

static std::mutex holders_lock;
static std::unordered_map<void *, Holder> holders;

static void note_holder(void *memory, size_t bytes)
{
    char place[96] = "";
    adj_cuda_host->place(place, sizeof place);
    std::lock_guard<std::mutex> lock(holders_lock);
    holders[memory] = {bytes, place};
}

static void forget_holder(void *memory)
{
    std::lock_guard<std::mutex> lock(holders_lock);
    holders.erase(memory);
}

// "train.py:12 holds 3.1 GiB, ...", the largest first.
static std::string largest_holders()
{
    std::unordered_map<std::string, size_t> sums;
    {
        std::lock_guard<std::mutex> lock(holders_lock);
        for (const auto &h : holders) sums[h.second.place] += h.second.bytes;
    }
    std::vector<std::pair<size_t, std::string>> order;
    for (const auto &s : sums) order.push_back({s.second, s.first});
    std::sort(order.rbegin(), order.rend());
    std::string text;
    for (size_t i = 0; i < order.size() && i < MOST_HOLDERS; i++) {
        char one[160];
        snprintf(one, sizeof one, "%s%s holds %.1f MiB", i ? ", " : "", order[i].second.c_str(),
                 (double)order[i].first / (1 << 20));
        text += one;
    }
    return text;
}

// ---------------------------------------------------------------- memory

static void *refuse(size_t bytes)
{
    size_t left = 0, total = 0;
    cudaMemGetInfo(&left, &total);
    return adj_cuda_host->fail(
        ADJ_E_MEMORY,
        "%s: CUDA out of memory: cuda:%d has %.1f MiB of %.1f MiB left, and %.1f "
        "MiB were asked for; %s",
        adj_cuda_host->op_name(), current, (double)left / (1 << 20), (double)total / (1 << 20),
        (double)bytes / (1 << 20), largest_holders().c_str());
}

void *adj_cuda_alloc(size_t bytes)
{
    void *memory = nullptr;
    cudaError_t error = cudaMallocAsync(&memory, bytes, streams[current]);
    if (error == cudaErrorMemoryAllocation) {
        cudaGetLastError();  // it would be reported again by the next launch
        cudaStreamSynchronize(streams[current]);
        cudaMemPoolTrimTo(pool_of(current), 0);
        error = cudaMallocAsync(&memory, bytes, streams[current]);
    }
    if (error == cudaErrorMemoryAllocation) {
        cudaGetLastError();
        return refuse(bytes);
    }
    return adj_cuda_worked(error, "memory") ? memory : nullptr;
}

void adj_cuda_free(void *memory, size_t)
{
    if (memory) cudaFreeAsync(memory, streams[current]);
}

static void *allocate(const AdjDevice *d, size_t bytes)
{
    enter(d);
    void *memory = adj_cuda_alloc(bytes);
    if (memory) note_holder(memory, bytes);
    return memory;
}

static void release(const AdjDevice *d, void *memory, size_t bytes)
{
    enter(d);
    forget_holder(memory);
    adj_cuda_free(memory, bytes);
}

// From pageable memory the call returns when the host's bytes have been read.
static bool upload(const AdjDevice *d, void *to, const void *from, size_t bytes)
{
    enter(d);
    return adj_cuda_worked(
        cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, streams[current]), "upload");
}

// Here the program learns of a kernel that failed on the way.
static bool wait_all(const AdjDevice *d)
{
    enter(d);
    return adj_cuda_worked(cudaStreamSynchronize(streams[current]), "a kernel failed") &&
           adj_cuda_complaint();
}

static bool download(const AdjDevice *d, void *to, const void *from, size_t bytes)
{
    enter(d);
    return adj_cuda_worked(
               cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, streams[current]),
               "download") &&
           wait_all(d);
}

static bool zero(const AdjDevice *d, void *memory, size_t bytes)
{
    enter(d);
    return adj_cuda_worked(cudaMemsetAsync(memory, 0, bytes, streams[current]), "zero");
}

static int64_t attribute(int index, cudaMemPoolAttr which)
{
    uint64_t bytes = 0;
    cudaMemPoolGetAttribute(pool_of(index), which, &bytes);
    return (int64_t)bytes;
}

static bool memory_use(const AdjDevice *d, AdjMemoryUse *use)
{
    size_t left = 0, total = 0;
    enter(d);
    cudaMemGetInfo(&left, &total);
    use->now = attribute(d->index, cudaMemPoolAttrUsedMemCurrent);
    use->most = attribute(d->index, cudaMemPoolAttrUsedMemHigh);
    use->reserved = attribute(d->index, cudaMemPoolAttrReservedMemCurrent);
    use->most_reserved = attribute(d->index, cudaMemPoolAttrReservedMemHigh);
    use->free = (int64_t)left;
    use->total = (int64_t)total;
    return true;
}

static bool trim(const AdjDevice *d, bool peaks)
{
    uint64_t none = 0;
    enter(d);
    if (peaks) {
        cudaMemPoolSetAttribute(pool_of(d->index), cudaMemPoolAttrUsedMemHigh, &none);
        cudaMemPoolSetAttribute(pool_of(d->index), cudaMemPoolAttrReservedMemHigh, &none);
        return true;
    }
    return wait_all(d) && adj_cuda_worked(cudaMemPoolTrimTo(pool_of(d->index), 0), "trim");
}

static bool model(const AdjDevice *d, char *name, size_t size)
{
    cudaDeviceProp p;
    if (!adj_cuda_worked(cudaGetDeviceProperties(&p, d->index), "properties")) return false;
    snprintf(name, size, "%s", p.name);
    return true;
}

// ---------------------------------------------------------------- the table

extern "C" const AdjCudaPlugin *adj_cuda_plugin(const AdjCudaHost *host)
{
    static AdjDevice device;
    static AdjCudaPlugin plugin;
    adj_cuda_host = host;
    device.enter = enter;
    device.alloc = allocate;
    device.release = release;
    device.upload = upload;
    device.download = download;
    device.zero = zero;
    device.wait = wait_all;
    device.memory = memory_use;
    device.trim = trim;
    device.model = model;
#define FAMILY(name, argument) device.name = adj_cuda_##name;
    ADJ_CUDA_FAMILIES(FAMILY)
#undef FAMILY
    device.fill = adj_cuda_fill;
    plugin.table = sizeof device;
    plugin.devices = devices;
    plugin.device = &device;
    plugin.rows = adj_cuda_rows;
    return &plugin;
}

// SPDX-License-Identifier: Apache-2.0
//
// runtime.cpp: see cuda_runtime_api.h. Device memory is an arena of pages that nobody may touch
// but between emu::open_memory and emu::close_memory; blocks of it are kept by size for reuse
// and filled with a pattern when they are handed out, so that nobody counts on zeros.
//
// A touch from outside is counted and named by EMU_TOUCHES=report, or ends the program.
#include "cuda/launch.cuh"
#include "fibers.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sys/mman.h>
#include <vector>

namespace {

enum { MOST_DEVICES = 8, ALIGNMENT = 256 };
const size_t ARENA = (size_t)4 << 30, PATTERN = 0xa5;

struct Memory {
    char *arena;
    size_t used, top;  // of the arena: handed out before, opened now
    std::map<size_t, std::vector<void *>> spare;
    std::map<void *, size_t> live;
    size_t now[MOST_DEVICES], most[MOST_DEVICES];
} memory;

thread_local int current;
thread_local int open_depth;

size_t number_of(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? (size_t)strtoull(text, nullptr, 10) : otherwise;
}

int devices()
{
    size_t n = number_of("EMU_DEVICES", 1);
    return n < MOST_DEVICES ? (int)n : (int)MOST_DEVICES;
}

size_t rounded(size_t bytes, size_t step)
{
    return (bytes + step - 1) / step * step;
}

struct sigaction before;

// Opens the page for good and goes on, so that one run finds every offender.
void touched(int signal, siginfo_t *info, void *context)
{
    char *at = (char *)info->si_addr;
    bool ours = memory.arena && at >= memory.arena && at < memory.arena + ARENA;
    if (ours && getenv("EMU_TOUCHES")) {
        fprintf(stderr, "touched: %s\n", adj_cuda_host->op_name());
        memory.top = std::max(memory.top, rounded((size_t)(at - memory.arena) + 1, 1 << 16));
        mprotect(memory.arena, memory.top, PROT_READ | PROT_WRITE);
        return;
    }
    if (ours) {
        fprintf(stderr, "cuda_emu: %s touches device memory from outside a kernel\n",
                adj_cuda_host->op_name());
        abort();
    }
    sigaction(SIGSEGV, &before, nullptr);
    (void)signal, (void)context;
}

void make_arena()
{
    if (memory.arena) return;
    memory.arena = (char *)mmap(nullptr, ARENA, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct sigaction action = {};
    action.sa_sigaction = touched;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, &before);
}

}  // namespace

namespace emu {

void open_memory()
{
    if (open_depth++ || !memory.arena) return;
    memory.top = std::max(memory.top, rounded(memory.used + 1, 1 << 16));
    mprotect(memory.arena, memory.top, PROT_READ | PROT_WRITE);
}

void close_memory()
{
    if (--open_depth || !memory.arena) return;
    mprotect(memory.arena, memory.top, PROT_NONE);
}

}  // namespace emu

// ---------------------------------------------------------------- devices

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = devices();
    return *count ? cudaSuccess : cudaErrorNoDevice;
}

cudaError_t cudaSetDevice(int device)
{
    current = device;
    return device < devices() ? cudaSuccess : cudaErrorNoDevice;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int)
{
    *p = {};
    snprintf(p->name, sizeof p->name, "an emulated GPU");
    p->multiProcessorCount = 4;
    p->major = 8;
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    *stream = nullptr;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t)
{
    return cudaSuccess;
}

cudaError_t cudaGetLastError()
{
    return cudaSuccess;
}

const char *cudaGetErrorName(cudaError_t error)
{
    return error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation" : "cudaError";
}

const char *cudaGetErrorString(cudaError_t error)
{
    return error == cudaErrorMemoryAllocation ? "out of memory" : "emulated";
}

// ---------------------------------------------------------------- memory

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t *pool, int device)
{
    *pool = (cudaMemPool_t)(uintptr_t)(device + 1);
    return cudaSuccess;
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void *)
{
    size_t i = (size_t)(uintptr_t)pool - 1;
    if (attribute == cudaMemPoolAttrUsedMemHigh) memory.most[i] = memory.now[i];
    return cudaSuccess;
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void *value)
{
    size_t i = (size_t)(uintptr_t)pool - 1;
    bool high =
        attribute == cudaMemPoolAttrUsedMemHigh || attribute == cudaMemPoolAttrReservedMemHigh;
    uint64_t bytes = high ? memory.most[i] : memory.now[i];
    memcpy(value, &bytes, sizeof bytes);
    return cudaSuccess;
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t)
{
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *left, size_t *total)
{
    *total = number_of("EMU_BYTES", ARENA);
    *left = *total - memory.now[current];
    return cudaSuccess;
}

cudaError_t cudaHostAlloc(void **block, size_t bytes, unsigned)
{
    *block = malloc(bytes);
    return *block ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t cudaMallocAsync(void **block, size_t bytes, cudaStream_t)
{
    size_t size = rounded(bytes ? bytes : 1, ALIGNMENT);
    make_arena();
    if (memory.now[current] + size > number_of("EMU_BYTES", ARENA))
        return cudaErrorMemoryAllocation;
    std::vector<void *> &spare = memory.spare[size];
    if (!spare.empty()) {
        *block = spare.back();
        spare.pop_back();
    } else {
        if (memory.used + size > ARENA) return cudaErrorMemoryAllocation;
        *block = memory.arena + memory.used;
        memory.used += size;
    }
    memory.live[*block] = size;
    memory.now[current] += size;
    if (memory.now[current] > memory.most[current]) memory.most[current] = memory.now[current];
    return cudaMemsetAsync(*block, (int)PATTERN, size, nullptr);
}

cudaError_t cudaFreeAsync(void *block, cudaStream_t)
{
    auto found = memory.live.find(block);
    if (found == memory.live.end()) return cudaErrorInvalidValue;
    memory.now[current] -= found->second;
    memory.spare[found->second].push_back(block);
    memory.live.erase(found);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind,
                            cudaStream_t)
{
    emu::open_memory();
    memcpy(to, from, bytes);
    emu::close_memory();
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *block, int value, size_t bytes, cudaStream_t)
{
    emu::open_memory();
    memset(block, value, bytes);
    emu::close_memory();
    return cudaSuccess;
}

// SPDX-License-Identifier: Apache-2.0
//
// fibers.cpp: see fibers.h.
#include "fibers.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <sys/mman.h>

#if !defined(__x86_64__)
#    error "the stacks are switched by hand, for x86-64 only"
#endif
#if defined(__SANITIZE_ADDRESS__)
#    define EMU_ASAN 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define EMU_ASAN 1
#    endif
#endif
#ifdef EMU_ASAN
#    include <sanitizer/common_interface_defs.h>
#endif

namespace emu {

thread_local Block *block;
thread_local Thread *thread;

enum { STACK = 1 << 16, GUARD = 4096, LANES = 32, MOST_THREADS = 1024 };

[[noreturn]] static void die(const char *what)
{
    fprintf(stderr, "cuda_emu: %s (block %u,%u,%u thread %u,%u,%u)\n", what, block->index.x,
            block->index.y, block->index.z, thread ? thread->index.x : 0,
            thread ? thread->index.y : 0, thread ? thread->index.z : 0);
    abort();
}

// ---------------------------------------------------------------- stacks

extern "C" void emu_switch(void **save, void *to);
__asm__(".weak emu_switch\n.type emu_switch,@function\nemu_switch:\n"
        " pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
        " movq %rsp,(%rdi)\n movq %rsi,%rsp\n"
        " popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret\n"
        ".size emu_switch,.-emu_switch\n");

static void enter_stack(Fiber *from, Fiber *to)
{
    block->running = to;
#ifdef EMU_ASAN
    static thread_local const void *main_stack;
    static thread_local size_t main_size;
    bool main = to == &block->main;
    __sanitizer_start_switch_fiber(&from->fake, main ? main_stack : to->stack,
                                   main ? main_size : (size_t)STACK);
#endif
    emu_switch(&from->at, to->at);
#ifdef EMU_ASAN
    const void *bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(from->fake, &bottom, &size);
    if (from != &block->main && !main_stack) main_stack = bottom, main_size = size;
#endif
}

static void release_block()
{
    block->was_all = block->all;
    block->was_any = block->any;
    block->was_number = block->number;
    block->waiting = 0;
    block->all = 1;
    block->any = block->number = 0;
    for (Thread &t : block->threads)
        if (t.state == WAITS_FOR_BLOCK) t.state = RUNS;
}

static bool all_arrived(const Warp &w, unsigned mask)
{
    return ((mask & w.alive) & ~w.arrived) == 0;
}

// All lanes of [mask] have come: each gets its result.
static void finish_collective(int warp, unsigned mask)
{
    Warp &w = block->warps[(size_t)warp];
    Thread *lanes = &block->threads[(size_t)warp * LANES];
    unsigned here = mask & w.arrived, ballot = 0;
    for (unsigned m = here; m; m &= m - 1)
        if (lanes[__builtin_ctz(m)].value) ballot |= 1u << __builtin_ctz(m);
    for (unsigned m = here; m; m &= m - 1) {
        Thread &t = lanes[__builtin_ctz(m)];
        if (t.kind == SHUFFLE && !(here >> t.source & 1)) {
            thread = &t;
            die("a shuffle reads a lane outside its mask");
        }
        t.result = t.kind == SHUFFLE  ? lanes[t.source].value
                   : t.kind == BALLOT ? ballot
                   : t.kind == ANY    ? ballot != 0
                                      : ballot == here;
        if (t.state == WAITS_FOR_WARP) t.state = RUNS;
    }
    w.arrived &= ~mask;
}

static void thread_returned()
{
    Warp &w = block->warps[(size_t)thread->warp];
    w.alive &= ~(1u << thread->lane);
    block->alive--;
    if (block->waiting) die("a thread returned while others wait at a barrier");
    for (unsigned m = w.arrived; m; m &= m - 1) {
        const Thread &t = block->threads[(size_t)thread->warp * LANES + __builtin_ctz(m)];
        if (t.mask >> thread->lane & 1) die("a lane that a warp waits for has returned");
    }
}

// What a fiber does: threads of the block, one after the other. When one has waited, the fiber
// was resumed for it alone and ends with it.
static void fiber_main()
{
#ifdef EMU_ASAN
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
    for (;;) {
        Fiber *self = block->running;
        while (block->next < block->count) {
            Thread *t = thread = &block->threads[block->next++];
            t->fiber = self;
            t->state = RUNS;
            block->kernel(block->argument);
            thread = t;
            t->fiber = nullptr;
            t->state = DONE;
            thread_returned();
            if (block->resuming) break;
        }
        block->spare.push_back(self);
        enter_stack(self, &block->main);
    }
}

// All that were made, kept to the end of the process: when a thread ends, its own list of the
// spare ones is gone before a leak checker looks.
static void remember(Fiber *f)
{
    static std::mutex lock;
    static auto *made = new std::vector<Fiber *>;
    std::lock_guard<std::mutex> held(lock);
    made->push_back(f);
}

static Fiber *new_fiber()
{
    Fiber *f = new Fiber();
    remember(f);
    char *memory = (char *)mmap(nullptr, STACK + GUARD, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, GUARD, PROT_NONE))
        die("no memory for a stack");
    f->stack = memory + GUARD;
    void **top = (void **)(memory + GUARD + STACK);
    *--top = nullptr;
    *--top = (void *)fiber_main;
    for (int i = 0; i < 6; i++) *--top = nullptr;
    f->at = top;
    return f;
}

static Fiber *take_fiber()
{
    if (block->spare.empty()) return new_fiber();
    Fiber *f = block->spare.back();
    block->spare.pop_back();
    return f;
}

// ---------------------------------------------------------------- waiting

static void wait_here(State state)
{
    Thread *me = thread;
    me->state = state;
    enter_stack(me->fiber, &block->main);
    thread = me;
}

uint64_t collective(Collective kind, unsigned mask, uint64_t value, int source)
{
    Thread *t = thread;
    Warp &w = block->warps[(size_t)t->warp];
    if (!(mask >> t->lane & 1)) die("a lane is not in its own mask");
    if (mask & ~w.alive) die("a mask names lanes that have returned or never were");
    t->kind = kind;
    t->mask = mask;
    t->value = value;
    t->source = source;
    w.arrived |= 1u << t->lane;
    if (all_arrived(w, mask))
        finish_collective(t->warp, mask);
    else
        wait_here(WAITS_FOR_WARP);
    return t->result;
}

void barrier(int predicate, int line)
{
    if (!block->waiting) block->line = line;
    if (block->line != line) die("threads of one block wait at different barriers");
    if (block->alive != block->count) die("a barrier after a thread of the block has returned");
    block->all &= predicate != 0;
    block->any |= predicate != 0;
    block->number += predicate != 0;
    if (++block->waiting == block->alive)
        release_block();
    else
        wait_here(WAITS_FOR_BLOCK);
}

// ---------------------------------------------------------------- grids

static void prepare_block(uint3 index)
{
    Block &b = *block;
    b.index = index;
    b.alive = b.count;
    b.next = b.waiting = 0;
    b.all = 1;
    b.any = b.number = 0;
    b.resuming = false;
    for (unsigned i = 0; i < b.count; i++) {
        Thread &t = b.threads[i];
        t = Thread();
        t.lane = (int)i % LANES;
        t.warp = (int)i / LANES;
        t.index = {i % b.size.x, i / b.size.x % b.size.y, i / (b.size.x * b.size.y)};
    }
    for (unsigned i = 0; i < b.warps.size(); i++) {
        unsigned lanes = std::min<unsigned>(LANES, b.count - i * LANES);
        b.warps[i] = {0, lanes == LANES ? ~0u : (1u << lanes) - 1};
    }
}

static void run_block(uint3 index)
{
    static const char *order = getenv("EMU_ORDER");
    Block &b = *block;
    prepare_block(index);
    while (b.next < b.count) enter_stack(&b.main, take_fiber());  // starts every thread
    b.resuming = true;
    while (b.alive) {
        bool moved = false;
        for (unsigned k = 0; k < b.count; k++) {
            Thread &t = b.threads[order ? b.count - 1 - k : k];
            if (t.state != RUNS || !t.fiber) continue;
            thread = &t;
            moved = true;
            enter_stack(&b.main, t.fiber);
        }
        if (!moved) die("threads wait for each other for ever");
    }
    thread = nullptr;
}

void run_grid(dim3 grid, dim3 size, size_t shared, void (*kernel)(void *), void *argument)
{
    static std::mutex one_at_a_time;
    static thread_local Block own;  // keeps its fibers
    std::lock_guard<std::mutex> lock(one_at_a_time);
    uint64_t threads = (uint64_t)size.x * size.y * size.z;
    block = &own;
    if (!grid.x || !grid.y || !grid.z || grid.y > 65535 || grid.z > 65535 || !threads ||
        threads > MOST_THREADS)
        die("a launch that no GPU would take");
    own.grid = grid;
    own.size = size;
    own.kernel = kernel;
    own.argument = argument;
    own.count = (unsigned)threads;
    own.threads.resize(threads);
    own.warps.resize((threads + LANES - 1) / LANES);
    std::vector<char> memory(shared + 128);
    own.shared = (char *)(((uintptr_t)memory.data() + 127) & ~(uintptr_t)127);
    open_memory();
    for (unsigned z = 0; z < grid.z; z++)
        for (unsigned y = 0; y < grid.y; y++)
            for (unsigned x = 0; x < grid.x; x++) run_block({x, y, z});
    close_memory();
}

}  // namespace emu

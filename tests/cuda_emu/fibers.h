// SPDX-License-Identifier: Apache-2.0
//
// fibers.h: the threads of a block, one after the other on one thread of the processor.
//
// Each thread of a block runs on a fiber, a stack that can be left and returned to. A thread
// that waits at a barrier or for the lanes of its warp leaves its fiber and another runs; when
// all that it waits for have come, it is resumed. Fibers are made when they are needed, so a
// kernel whose threads never wait runs as a plain loop on a single one.
//
// What would be undefined on a GPU ends the program with a sentence: threads of one block at
// different barriers, a barrier after a thread has returned, a shuffle from a lane outside the
// mask or one that has returned, and threads that wait for each other for ever. With
// EMU_ORDER=reverse threads resume in the opposite order, which shows what depends on it.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c)
    {
    }
};

namespace emu {

enum State { RUNS, DONE, WAITS_FOR_BLOCK, WAITS_FOR_WARP };
enum Collective { SYNC, SHUFFLE, BALLOT, ALL, ANY };

struct Fiber {
    void *at;     // the stack pointer, while it is left
    void *stack;  // its memory
    void *fake;   // the address sanitizer's own
};

struct Thread {
    uint3 index;
    Fiber *fiber;
    State state;
    int lane, warp;
    // The collective that it waits in.
    Collective kind;
    unsigned mask;
    uint64_t value, result;
    int source;
};

struct Warp {
    unsigned arrived, alive;  // lanes
};

struct Block {
    dim3 grid, size;
    uint3 index;
    void (*kernel)(void *);
    void *argument;
    char *shared;  // dynamic shared memory
    unsigned count, alive, next;
    unsigned waiting;  // at the barrier
    int line;          // of the barrier that they wait at
    int all, any, number, was_all, was_any, was_number;
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::vector<Fiber *> spare;
    Fiber main;
    Fiber *running;
    bool resuming;
};

extern thread_local Block *block;
extern thread_local Thread *thread;

void barrier(int predicate, int line);
uint64_t collective(Collective kind, unsigned mask, uint64_t value, int source);
// Runs a grid, one at a time in the process, as one stream does. Device memory can be touched
// while it runs and not otherwise.
void run_grid(dim3 grid, dim3 size, size_t shared, void (*kernel)(void *), void *argument);
// The same for copies, which touch device memory without a kernel.
void open_memory();
void close_memory();

template <class Kernel> void launch(dim3 grid, dim3 size, size_t shared, Kernel kernel)
{
    run_grid(
        grid, size, shared, [](void *k) { (*(Kernel *)k)(); }, &kernel);
}

}  // namespace emu

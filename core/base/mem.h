/*
 * mem.h - the only door to malloc, realloc and free.
 *
 * One `mem` belongs to one database handle. It counts calls (tests assert on the counts) and can
 * be told to fail: `fail_after` n makes the n-th allocation from now, and every later one, return
 * NULL until it is set back to -1. No globals: a handle is used by one thread at a time.
 */
#ifndef DDB_BASE_MEM_H
#define DDB_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

typedef struct mem {
    uint64_t allocs;    /* calls of mem_alloc and growing mem_realloc */
    uint64_t frees;
    int64_t live;       /* blocks not yet freed: 0 after close, else a leak */
    int64_t fail_after; /* -1: never fail; n >= 0: allocations left before failure */
} mem;

void mem_init(mem *m);
void *mem_alloc(mem *m, size_t n);              /* NULL when out of memory; uninitialised */
void *mem_realloc(mem *m, void *p, size_t n);   /* NULL leaves p as it was; p may be NULL */
void mem_free(mem *m, void *p);                 /* p may be NULL */

#endif

/*
 * fuzz.h - what fuzz targets share: memory that lives for one input, and a check that stops.
 */
#ifndef DDB_TEST_FUZZ_H
#define DDB_TEST_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/ctx.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* A broken promise: unlike assert, this stops in every build. */
#define FUZZ_CHECK(cond)                                              \
    do {                                                              \
        if (!(cond)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
            abort();                                                  \
        }                                                             \
    } while (0)

typedef struct fuzz_env {
    mem m;
    arena a;
    ctx cx;
} fuzz_env;

static inline void fuzz_env_init(fuzz_env *e)
{
    mem_init(&e->m);
    arena_init(&e->a, &e->m, ARENA_BYTES_MAX);
    e->cx = (ctx){.m = &e->m, .a = &e->a};
}

static inline void fuzz_env_release(fuzz_env *e)
{
    arena_release(&e->a);
    FUZZ_CHECK(e->m.live == 0);
}

#endif

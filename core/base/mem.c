/*
 * mem.c - counts allocations and fails them when told to.
 *
 * This is the only file of the core that names malloc, realloc and free.
 */
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

void mem_init(mem *m)
{
    *m = (mem){.fail_after = -1};
}

/* Once the countdown is at zero it stays there: every later allocation fails too. */
static bool told_to_fail(mem *m)
{
    if (m->fail_after < 0)
        return false;
    if (m->fail_after == 0)
        return true;
    m->fail_after--;
    return false;
}

void *mem_alloc(mem *m, size_t n)
{
    void *p;

    if (told_to_fail(m))
        return NULL;
    p = malloc(n == 0 ? 1 : n);
    if (p == NULL)
        return NULL;
    m->allocs++;
    m->live++;
    return p;
}

void *mem_realloc(mem *m, void *p, size_t n)
{
    void *q;

    if (p == NULL)
        return mem_alloc(m, n);
    if (told_to_fail(m))
        return NULL;
    q = realloc(p, n == 0 ? 1 : n);
    if (q != NULL)
        m->allocs++;
    return q;
}

void mem_free(mem *m, void *p)
{
    if (p == NULL)
        return;
    m->frees++;
    m->live--;
    free(p);
}

/*
 * arena.h - memory of one request: many small allocations, one release.
 *
 * What is allocated here is valid until arena_rewind() to an earlier mark or arena_reset(). All
 * pointers are 8-byte aligned. The largest chunk of moderate size is kept across resets, so that
 * a usual request makes no malloc at all. `max` bounds the sum (limits.h); beyond it allocation
 * gives NULL.
 *
 * With DDB_ARENA_EXACT (unit tests) every allocation is a chunk of its own: a sanitizer then sees
 * each overrun, and a countdown in mem can fail each allocation.
 */
#ifndef DDB_BASE_ARENA_H
#define DDB_BASE_ARENA_H

#include "base/bytes.h"
#include "base/mem.h"

typedef struct arena_chunk arena_chunk;

typedef struct arena {
    mem *m;
    arena_chunk *head; /* newest chunk; chunks are linked to older ones */
    arena_chunk *spare; /* one chunk that a rewind emptied, for the next slow allocation */
    char *at, *end;    /* free space of the newest chunk */
    size_t total, max; /* bytes held in chunks; the bound of total */
} arena;

typedef struct arena_mark {
    arena_chunk *head;
    char *at;
} arena_mark;

void arena_init(arena *a, mem *m, size_t max);
void arena_release(arena *a);                     /* frees every chunk */
void arena_reset(arena *a);                       /* empties it, keeps one chunk */
void *arena_alloc_slow(arena *a, size_t n);       /* NULL when out of memory */
char *arena_copy(arena *a, const void *p, size_t n);  /* NULL when out of memory */
arena_mark arena_mark_get(const arena *a);
void arena_rewind(arena *a, arena_mark m);        /* frees what was allocated since m */

/* n bytes, uninitialised, or NULL when out of memory. n may be 0. */
static inline void *arena_alloc(arena *a, size_t n)
{
#ifndef DDB_ARENA_EXACT
    size_t need = (n + 7u) & ~(size_t)7u;
    if (need >= n && need <= (size_t)(a->end - a->at) && a->at != NULL) {
        void *p = a->at;
        a->at += need;
        return p;
    }
#endif
    return arena_alloc_slow(a, n);
}

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
void *arena_array(arena *a, size_t count, size_t size); /* checked multiplication; zeroed */
#define ARENA_ARRAY(a, type, count) ((type *)arena_array((a), (count), sizeof(type)))

#endif

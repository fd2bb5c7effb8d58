/*
 * arena.c - chunks of growing size, allocated from by moving a pointer.
 *
 *   head -> newest chunk -> older -> ... -> oldest
 *
 * A chunk is twice as big as the one before it, up to CHUNK_MAX, or as big as one allocation
 * needs. Start at arena_alloc_slow().
 */
#include "base/arena.h"

#include <assert.h>

#define CHUNK_FIRST ((size_t)64 * 1024)
#define CHUNK_MAX ((size_t)8 * 1024 * 1024)
#define KEEP_MAX ((size_t)4 * 1024 * 1024) /* a bigger chunk is not held between requests */

struct arena_chunk {
    arena_chunk *older;
    size_t size; /* bytes behind this header */
};

_Static_assert(sizeof(arena_chunk) % 8 == 0, "what follows a header is aligned");

static char *chunk_bytes(arena_chunk *c)
{
    return (char *)(c + 1);
}

void arena_init(arena *a, mem *m, size_t max)
{
    *a = (arena){.m = m, .max = max};
}

static void chunk_free(arena *a, arena_chunk *c)
{
    a->total -= c->size;
    mem_free(a->m, c);
}

static void spare_free(arena *a)
{
    if (a->spare != NULL)
        chunk_free(a, a->spare);
    a->spare = NULL;
}

void arena_release(arena *a)
{
    arena_rewind(a, (arena_mark){NULL, NULL});
    spare_free(a);
    assert(a->total == 0);
}

/* Makes c the chunk that is allocated from. */
static void chunk_open(arena *a, arena_chunk *c, arena_chunk *older)
{
    c->older = older;
    a->head = c;
    a->at = chunk_bytes(c);
    a->end = a->at + c->size;
}

void arena_reset(arena *a)
{
    arena_chunk *best = a->spare;

    a->spare = NULL;
    for (arena_chunk *c = a->head, *older; c != NULL; c = older) {
        older = c->older;
        if (best == NULL || (c->size > best->size && c->size <= KEEP_MAX)) {
            if (best != NULL)
                chunk_free(a, best);
            best = c;
        } else {
            chunk_free(a, c);
        }
    }
    a->head = NULL;
    a->at = a->end = NULL;
#ifdef DDB_ARENA_EXACT
    if (best != NULL)
        chunk_free(a, best);
#else
    if (best != NULL && best->size <= KEEP_MAX)
        chunk_open(a, best, NULL);
    else if (best != NULL)
        chunk_free(a, best);
#endif
}

void *arena_alloc_slow(arena *a, size_t n)
{
    size_t need = (n + 7u) & ~(size_t)7u, size;
    arena_chunk *c = a->spare;
    char *p;

    if (need < n || need > a->max)
        return NULL;
#ifdef DDB_ARENA_EXACT
    size = n; /* not even rounded up: the byte behind is the sanitizer's */
#else
    size = a->head == NULL ? CHUNK_FIRST : a->head->size * 2;
    size = size > CHUNK_MAX ? CHUNK_MAX : size;
    if (size > a->max - a->total)
        size = need; /* near the bound: no more than asked for */
    size = size < need ? need : size;
#endif
    if (c != NULL && c->size >= need) {
        a->spare = NULL;
    } else {
        if (size > a->max - a->total || size > SIZE_MAX - sizeof *c)
            return NULL;
        c = mem_alloc(a->m, sizeof *c + size);
        if (c == NULL)
            return NULL;
        c->size = size;
        a->total += size;
    }
    chunk_open(a, c, a->head);
    p = a->at;
#ifdef DDB_ARENA_EXACT
    a->at = a->end;
#else
    a->at += need;
#endif
    return p;
}

char *arena_copy(arena *a, const void *p, size_t n)
{
    char *q = arena_alloc(a, n);

    if (q != NULL && n > 0)
        memcpy(q, p, n);
    return q;
}

arena_mark arena_mark_get(const arena *a)
{
    return (arena_mark){a->head, a->at};
}

void arena_rewind(arena *a, arena_mark m)
{
    while (a->head != m.head) {
        arena_chunk *c = a->head;
        assert(c != NULL); /* else the mark is of another arena, or older than a reset */
        a->head = c->older;
#ifdef DDB_ARENA_EXACT
        chunk_free(a, c);
#else
        /* A loop that marks and rewinds near a chunk's end would malloc each time otherwise. */
        if (a->spare == NULL && c->size <= KEEP_MAX)
            a->spare = c;
        else
            chunk_free(a, c);
#endif
    }
    a->at = m.at;
    a->end = m.head == NULL ? NULL : chunk_bytes(m.head) + m.head->size;
}

void *arena_array(arena *a, size_t count, size_t size)
{
    void *p;

    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    p = arena_alloc(a, count * size);
    if (p != NULL && count * size > 0)
        memset(p, 0, count * size);
    return p;
}

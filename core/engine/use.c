/*
 * use.c - see use.h.
 */
#include "engine/use.h"

#include "engine/catalog.h"
#include "engine/trace.h"
#include "engine/work.h"

int use_track(engine *e, ctx *cx, const table *t, bool reads)
{
    table next = *t;

    if (t->use_tracked && t->use_reads == reads)
        return 0;
    next.use_reads = reads;
    if (!t->use_tracked) {
        next.use_tracked = true;
        next.use_slot = next.next_slot++;
        TRY(store_use_create(e->st, cx, &next));
    }
    return catalog_replace(e, cx, &next);
}

int use_untrack(engine *e, ctx *cx, const table *t)
{
    table next = *t;

    if (!t->use_tracked)
        return 0;
    next.use_tracked = next.use_reads = false;
    TRY(store_use_drop(e->st, cx, t));
    return catalog_replace(e, cx, &next);
}

int use_touch(engine *e, ctx *cx, const table *t, const key_bytes *where)
{
    return store_use_touch(e->st, cx, t, where);
}

int use_oldest(engine *e, ctx *cx, const table *t, int64_t max, store_use_fn fn, void *user)
{
    return store_use_oldest(e->st, cx, t, max, fn, user);
}

/* An explanation (trace.h) is no use, and what it does is undone. */
static bool explaining(const engine *e)
{
    return e->trace != NULL && e->trace->detailed;
}

/* ---- notes ---- */

static void forget(engine *e)
{
    for (uint32_t i = 0; i < e->uses->count; i++)
        mem_free(e->m, (void *)(uintptr_t)e->uses->notes[i].where.pk.p);
    e->uses->count = 0;
}

void use_free(engine *e)
{
    if (e->uses == NULL)
        return;
    forget(e);
    mem_free(e->m, e->uses);
    e->uses = NULL;
}

void use_note(engine *e, const table *t, const key_bytes *where)
{
    struct use_note *n;
    char *p;

    if (explaining(e))
        return;
    if (e->uses == NULL) {
        e->uses = mem_alloc(e->m, sizeof *e->uses);
        if (e->uses == NULL)
            return;
        e->uses->count = 0;
    }
    if (use_is_full(e))
        return;
    p = mem_alloc(e->m, where->pk.n + where->sk.n + 1);
    if (p == NULL)
        return;
    memcpy(p, where->pk.p, where->pk.n);
    if (where->sk.n > 0)
        memcpy(p + where->pk.n, where->sk.p, where->sk.n);
    n = &e->uses->notes[e->uses->count++];
    n->table = t->number;
    n->where = (key_bytes){where->h, {p, where->pk.n}, {p + where->pk.n, where->sk.n}};
}

static const table *table_of(engine *e, int64_t number)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->number == number)
            return t->use_tracked ? t : NULL;
    return NULL;
}

int use_flush(engine *e, ctx *cx)
{
    const table *t = NULL;

    if (e->uses == NULL || e->uses->count == 0 || explaining(e))
        return 0;
    for (uint32_t i = 0; i < e->uses->count; i++) {
        const struct use_note *n = &e->uses->notes[i];
        if (t == NULL || t->number != n->table)
            t = table_of(e, n->table);
        if (t != NULL)
            TRY(store_use_touch(e->st, cx, t, &n->where));
    }
    forget(e);
    return 0;
}

int use_flush_now(engine *e, ctx *cx)
{
    int rc;

    if (e->uses == NULL || e->uses->count == 0)
        return 0;
    if (store_in_transaction(e->st))
        return use_flush(e, cx);
    rc = work_in_transaction(e, cx, use_flush);
    return rc < 0 ? rc : 0;
}

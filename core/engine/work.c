/*
 * work.c - background work: filling indexes, trimming streams, removing expired items,
 * copying tables, discarding rows of tables that are gone.
 *
 * Each call runs the workers whose time has come, up to the first that has more to do than a slice.
 * They tell their time from memory, without storage, so a call with nothing to do costs next to
 * nothing.
 */
#include "engine/work.h"

#include "engine/backfill.h"
#include "engine/backup.h"
#include "engine/bulk.h"
#include "engine/catalog.h"
#include "engine/discard.h"
#include "engine/stream.h"
#include "engine/ttl.h"

typedef struct worker {
    int64_t (*due_ms)(engine *e);         /* WORK_NOW, WORK_NEVER or a time of the host's clock */
    int (*slice)(engine *e, ctx *cx);     /* outside of a transaction; 1: more is left, 0, or an
                                             error */
} worker;

static const worker workers[] = {
    {catalog_due_ms, catalog_work},
    {backfill_due_ms, backfill_work},
    {stream_due_ms, stream_work},
    {ttl_due_ms, ttl_work},
    {jobs_due_ms, jobs_work},
    {discard_due_ms, discard_work},
    {bulk_due_ms, bulk_work},
};

static bool any_due(engine *e, int64_t now_ms)
{
    for (size_t i = 0; i < COUNT(workers); i++)
        if (workers[i].due_ms(e) <= now_ms)
            return true;
    return false;
}

int engine_work(engine *e, ctx *cx)
{
    if (store_in_transaction(e->st))
        return any_due(e, cx->now_ms);
    TRY(catalog_refresh(e, cx));
    for (size_t i = 0; i < COUNT(workers); i++) {
        int rc = workers[i].due_ms(e) > cx->now_ms ? 0 : workers[i].slice(e, cx);
        if (rc != 0)
            return rc == WORK_BUSY ? 0 : rc;
    }
    return any_due(e, cx->now_ms);
}

int64_t engine_next_work_ms(engine *e, int64_t now_ms)
{
    int64_t first = WORK_NEVER;

    for (size_t i = 0; i < COUNT(workers); i++) {
        int64_t due = workers[i].due_ms(e);
        if (due < first)
            first = due;
    }
    if (first == WORK_NEVER)
        return -1;
    return first <= now_ms ? 0 : first - now_ms;
}

void work_follow(engine *e, const table *t)
{
    if (t->stream_enabled)
        e->stream_due_ms = WORK_NOW;
    if (t->ttl_enabled)
        e->ttl_due_ms = WORK_NOW;
    if (t->loading)
        e->bulk_due_ms = WORK_NOW;
}

int work_in_transaction(engine *e, ctx *cx, int (*fn)(engine *e, ctx *cx))
{
    int rc = store_begin_now(e->st, cx), committed;

    if (rc == DDB_STORAGE_BUSY) {
        cx->err = (error){0};
        return WORK_BUSY;
    }
    TRY(rc);
    rc = catalog_refresh(e, cx); /* another process may have done it meanwhile */
    if (rc >= 0)
        rc = fn(e, cx);
    if (rc < 0) {
        store_rollback(e->st);
        catalog_invalidate(e);
        if (rc == DDB_STALE) { /* the next slice reloads */
            store_forget_all(e->st);
            return 1;
        }
        return rc;
    }
    committed = store_commit(e->st, cx);
    if (committed < 0)
        catalog_invalidate(e);
    return committed < 0 ? committed : rc;
}

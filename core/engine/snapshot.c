/*
 * snapshot.c - see snapshot.h.
 *
 * A copy that is under way when its table is emptied or goes is finished first: what it makes was
 * asked for before. Only when everything goes, it goes with it.
 */
#include "engine/snapshot.h"

#include "engine/backup.h"
#include "engine/bulk.h"
#include "engine/catalog.h"
#include "engine/work.h"

/* What is stored is another thing than before: everybody looks again. */
static void look_again(engine *e)
{
    e->jobs_due_ms = e->stream_due_ms = e->ttl_due_ms = e->discard_due_ms = WORK_NOW;
    e->bulk_due_ms = WORK_NOW;
}

/* `rc` is what the store says of it. */
static int replaced(engine *e, ctx *cx, int rc)
{
    catalog_invalidate(e); /* also after a failure, which may have come at the very end */
    look_again(e);
    if (rc < 0)
        return rc;
    TRY(catalog_refresh(e, cx));
    rc = bulk_recover(e, cx);
    return rc < 0 ? rc : 0;
}

int engine_restore(engine *e, ctx *cx, const unsigned char *p, size_t n)
{
    return replaced(e, cx, store_image_restore(e->st, cx, p, n));
}

int engine_import(engine *e, ctx *cx, int64_t transfer)
{
    return replaced(e, cx, store_import_apply(e->st, cx, transfer));
}

/* ---- emptying ---- */

static int finish_jobs(engine *e, ctx *cx)
{
    int rc;
    job j;

    while ((rc = store_job_next(e->st, cx, 0, &j)) == 0)
        TRY(job_slice(e, cx, &j));
    return rc == DDB_NOT_FOUND ? 0 : rc;
}

/* Recovery begins anew: nobody can go back behind an emptied table. */
static int empty_table(engine *e, ctx *cx, const table *t)
{
    table next = *t;

    TRY(store_table_clear(e->st, cx, t));
    TRY(store_streams_clear(e->st, cx, t, false));
    if (t->pitr_since_ms == 0)
        return 0;
    next.pitr_since_ms = cx->now_ms;
    return catalog_replace(e, cx, &next);
}

static int drop_table(engine *e, ctx *cx, const table *t)
{
    TRY(store_table_clear(e->st, cx, t));
    TRY(catalog_remove(e, cx, t));
    return store_streams_clear(e->st, cx, t, true); /* t lives until the next request */
}

static int reset_some(engine *e, ctx *cx, const reset_plan *p)
{
    const table *t;

    for (uint32_t i = 0; i < p->table_count; i++)
        TRY(engine_table_control(e, cx, p->tables[i], &t)); /* before anything is changed */
    TRY(finish_jobs(e, cx));
    for (uint32_t i = 0; i < p->table_count; i++) {
        int rc = engine_table_control(e, cx, p->tables[i], &t);
        if (rc == DDB_RESOURCE_NOT_FOUND && !p->keep_schema) /* named twice */
            continue;
        TRY(rc);
        TRY(p->keep_schema ? empty_table(e, cx, t) : drop_table(e, cx, t));
    }
    return 0;
}

static int empty_all(engine *e, ctx *cx)
{
    const table *t;

    TRY(finish_jobs(e, cx));
    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        TRY(empty_table(e, cx, t));
    return store_clear_archives(e->st, cx);
}

static int drop_all(engine *e, ctx *cx)
{
    const table *t;

    TRY(store_clear_archives(e->st, cx)); /* with it the jobs, which want their tables */
    TRY(store_clear_settings(e->st, cx));
    while ((t = catalog_at(e, catalog_count(e) - 1)) != NULL) {
        TRY(store_table_clear(e->st, cx, t)); /* now: nothing of it is left for later */
        TRY(catalog_remove(e, cx, t));
    }
    return store_clear_settings(e->st, cx); /* removing a table may leave its stream */
}

static int reset(engine *e, ctx *cx, const reset_plan *p)
{
    TRY(catalog_refresh(e, cx));
    TRY(store_clear_tokens(e->st, cx));
    if (p->tables != NULL)
        return reset_some(e, cx, p);
    return p->keep_schema ? empty_all(e, cx) : drop_all(e, cx);
}

int engine_reset(engine *e, ctx *cx, const reset_plan *p)
{
    int rc;

    TRY(store_begin(e->st, cx));
    rc = reset(e, cx, p);
    if (rc >= 0)
        rc = store_commit(e->st, cx);
    else
        store_rollback(e->st);
    if (rc < 0)
        catalog_invalidate(e);
    if (rc == DDB_STALE)
        store_forget_all(e->st);
    look_again(e);
    return rc < 0 ? rc : 0;
}

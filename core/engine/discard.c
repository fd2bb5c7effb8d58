/*
 * discard.c - the worker that takes out the rows of tables that are gone (store_table_drop).
 *
 * Bounds: SLICE_MS of the host's clock ends a slice, and SLICE_BATCHES do when the clock stands
 * still.
 */
#include "engine/discard.h"

#include "engine/work.h"

#define BATCH_ROWS 128
#define SLICE_MS 4
#define SLICE_BATCHES 32

int64_t discard_due_ms(engine *e)
{
    return e->discard_due_ms;
}

static int discard_slice(engine *e, ctx *cx)
{
    int64_t began = e->host.now_ms(e->host.user);
    int rc, batches = 0;

    do {
        arena_mark mark = arena_mark_get(cx->a);
        rc = store_discard(e->st, cx, BATCH_ROWS);
        arena_rewind(cx->a, mark);
    } while (rc == 1 && ++batches < SLICE_BATCHES &&
             e->host.now_ms(e->host.user) - began < SLICE_MS);
    return rc;
}

int discard_work(engine *e, ctx *cx)
{
    int rc = store_discards(e->st, cx);

    if (rc == 1)
        rc = work_in_transaction(e, cx, discard_slice);
    if (rc == 0)
        e->discard_due_ms = WORK_NEVER;
    return rc;
}

/*
 * upkeep.c - see upkeep.h.
 */
#include "engine/upkeep.h"

#include "store/upkeep.h"

int engine_database(engine *e, ctx *cx, database_facts *out)
{
    store_extent extent;

    TRY(store_extent_get(e->st, cx, &extent));
    *out = (database_facts){.page_bytes = extent.page_bytes,
                            .pages = extent.pages,
                            .free_pages = extent.free_pages,
                            .format = STORE_FORMAT,
                            .path = extent.path,
                            .journal = extent.journal,
                            .sqlite_version = store_sqlite_version()};
    return 0;
}

int engine_count(engine *e, ctx *cx, const table *t, const index_def *ix, count_facts *out)
{
    *out = (count_facts){0};
    if (ix == NULL)
        TRY(store_table_stats(e->st, cx, t, &out->items, &out->bytes));
    else
        TRY(engine_index_stats(e, cx, t, ix, &out->items, &out->bytes));
    out->estimated = store_stats_estimated(out->items) ||
                     (ix != NULL && ix->projection != PROJECT_ALL && out->items > STATS_SAMPLE);
    return 0;
}

int engine_stream_records(engine *e, ctx *cx, const table *t, int64_t *out)
{
    *out = 0;
    return t->stream_number == 0 ? 0 : store_record_count(e->st, cx, t->stream_number, out);
}

int engine_vacuum(engine *e, ctx *cx)
{
    if (store_in_transaction(e->st))
        return fail(cx, DDB_STORAGE_BUSY,
                    "The database cannot be vacuumed while writes wait for their commit");
    return store_vacuum(e->st, cx);
}

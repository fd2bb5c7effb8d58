/*
 * upkeep.c - see upkeep.h.
 *
 * VACUUM is one statement. Slices would need auto_vacuum, whose page map was measured to slow
 * writes down by a tenth and CREATE TABLE by half, for everybody, and gives back only whole free
 * pages: after every second row was deleted it kept nine tenths of what VACUUM halves.
 */
#include "store/upkeep.h"

#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

/* The text in column `at` of the first row of a pragma; absent when there is none. */
static int pragma_text(store *st, ctx *cx, str sql, int at, str *out)
{
    sqlite3_stmt *q = NULL;
    int rc = sql_prepare(st, cx, sql, &q);

    *out = STR_ABSENT;
    if (rc == 0)
        rc = sql_step(st, cx, q);
    if (rc > 0) {
        str s = sql_column(q, at);
        if (s.p != NULL) {
            *out = (str){arena_copy(cx->a, s.p, s.n), s.n};
            rc = out->p == NULL ? DDB_NOMEM : 0;
        }
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc < 0 ? rc : 0;
}

int store_extent_get(store *st, ctx *cx, store_extent *out)
{
    TRY(sql_number(st, cx, "PRAGMA page_size", &out->page_bytes));
    TRY(sql_number(st, cx, "PRAGMA page_count", &out->pages));
    TRY(sql_number(st, cx, "PRAGMA freelist_count", &out->free_pages));
    TRY(pragma_text(st, cx, STR("PRAGMA journal_mode"), 0, &out->journal));
    out->path = STR_ABSENT;
    return st->in_memory ? 0 : pragma_text(st, cx, STR("PRAGMA database_list"), 2, &out->path);
}

/* What a checkpoint could not do because others read stays in the WAL: that is no failure. */
int checkpoint(store *st, ctx *cx)
{
    sqlite3_stmt *q = NULL;
    int rc = sql_prepare(st, cx, STR("PRAGMA wal_checkpoint(TRUNCATE)"), &q);

    if (rc == 0)
        rc = sql_run(st, cx, q);
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc < 0 ? rc : 0;
}

int store_vacuum(store *st, ctx *cx)
{
    uint32_t before = store_version(st);
    int rc;

    assert(!store_in_transaction(st));
    store_end_read(st);
    rc = sql_exec(st, cx, "VACUUM");
    /* Whatever version that was, it was ours: nobody else writes during VACUUM. */
    if (rc == 0)
        st->own_versions += store_version(st) - before;
    if (rc == DDB_STALE)
        return fail(cx, DDB_STORAGE_BUSY, "The database is in use and cannot be vacuumed now");
    TRY(rc);
    return st->in_memory ? 0 : checkpoint(st, cx);
}

int store_record_count(store *st, ctx *cx, int64_t stream, int64_t *out)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_RECORD_COUNT, &q));
    (void)sqlite3_bind_int64(q, 1, stream); /* binding a number cannot fail */
    rc = sql_step(st, cx, q);
    *out = rc > 0 ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

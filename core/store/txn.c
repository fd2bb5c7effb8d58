/*
 * txn.c - transactions, and how far the file has moved under us.
 *
 * A write transaction is BEGIN IMMEDIATE: it takes the write lock at once, so that what it reads
 * is what it writes upon, and a busy file is noticed before any work is done.
 *
 * SQLite ends a transaction by itself when a statement fails in certain ways (full disk, I/O error,
 * out of memory). sql_step() reports each failure to txn_note_lost(), so store_in_transaction()
 * tells the truth at any time.
 *
 * The version: SQLITE_FCNTL_DATA_VERSION is a number in memory that moves with each change of the
 * file, ours or others', as seen by the last statement. Between BEGIN IMMEDIATE and the end of the
 * transaction nobody else can write, so what it moved in that time was us; store_version() takes
 * that off and is left with the others' changes. Reading it costs no system call.
 */
#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

static uint32_t data_version(const store *st)
{
    unsigned int v = 0;

    if (st->in_memory)
        return 0; /* nobody else can see it */
    (void)sqlite3_file_control(st->db, "main", SQLITE_FCNTL_DATA_VERSION, &v); /* cannot fail */
    return v;
}

uint32_t store_version(store *st)
{
    return (st->writing ? st->begin_version : data_version(st)) - st->own_versions;
}

store_stamp store_stamp_get(store *st)
{
    return (store_stamp){st->epoch, store_version(st), (uint32_t)sqlite3_total_changes(st->db)};
}

bool store_stamp_eq(const store_stamp *a, const store_stamp *b)
{
    return a->epoch == b->epoch && a->version == b->version && a->changes == b->changes;
}

static void note_end(store *st)
{
    assert(st->writing);
    st->own_versions += data_version(st) - st->begin_version;
    st->writing = false;
}

void txn_note_lost(store *st)
{
    if (sqlite3_get_autocommit(st->db) == 0)
        return;
    if (st->writing) {
        note_end(st);
        st->epoch++;
    }
    st->reading = false;
}

bool store_in_transaction(const store *st)
{
    return st->writing && sqlite3_get_autocommit(st->db) == 0;
}

static int run_fixed(store *st, ctx *cx, enum fixed_sql which)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, which, &q));
    return sql_run(st, cx, q);
}

/* Prepares what a way back will need, while a failure can still be told. */
static int ready(store *st, ctx *cx, enum fixed_sql which)
{
    sqlite3_stmt *q;

    return sql_fixed(st, cx, which, &q);
}

/* A way back: it has no ctx to report to, and what fails is looked at by the caller. */
static bool run_ready(store *st, enum fixed_sql which)
{
    sqlite3_stmt *q = st->fixed[which];
    int rc;

    assert(q != NULL);
    st->counters.steps++;
    rc = sqlite3_step(q);
    (void)sqlite3_reset(q); /* the same result */
    return rc == SQLITE_DONE;
}

int store_begin(store *st, ctx *cx)
{
    if (store_in_transaction(st))
        return 0;
    store_end_read(st); /* a snapshot cannot become a write transaction once others have written */
    TRY(ready(st, cx, SQL_ROLLBACK));
    TRY(run_fixed(st, cx, SQL_BEGIN));
    st->writing = true;
    st->begin_version = data_version(st);
    return 0;
}

int store_begin_now(store *st, ctx *cx)
{
    int rc;

    (void)sqlite3_busy_timeout(st->db, 0); /* setting it cannot fail on an open connection */
    rc = store_begin(st, cx);
    (void)sqlite3_busy_timeout(st->db, st->busy_ms);
    return rc;
}

int store_commit(store *st, ctx *cx)
{
    int rc;

    if (!store_in_transaction(st))
        return fail(cx, DDB_STORAGE_IO, "There is no transaction to commit: an earlier failure "
                                        "has rolled it back");
    rc = run_fixed(st, cx, SQL_COMMIT);
    if (rc < 0) {
        store_rollback(st);
        return rc == DDB_STALE ? fail(cx, DDB_STORAGE_IO, "The commit failed") : rc;
    }
    note_end(st);
    st->counters.commits++;
    return 0;
}

/* Rolling back asks for nothing that could be missing; SQLite documents its failures as those of
 * a transaction that is already gone. */
void store_rollback(store *st)
{
    if (sqlite3_get_autocommit(st->db) == 0)
        (void)run_ready(st, st->writing ? SQL_ROLLBACK : SQL_COMMIT);
    txn_note_lost(st);
}

int store_begin_read(store *st, ctx *cx)
{
    if (st->in_memory || st->reading || store_in_transaction(st))
        return 0; /* in memory nobody else writes between two reads */
    TRY(ready(st, cx, SQL_COMMIT));
    TRY(run_fixed(st, cx, SQL_BEGIN_READ));
    st->reading = true;
    return 0;
}

void store_end_read(store *st)
{
    if (!st->reading)
        return;
    st->reading = false;
    if (sqlite3_get_autocommit(st->db) == 0)
        (void)run_ready(st, SQL_COMMIT); /* nothing was written, so nothing can fail */
    assert(sqlite3_get_autocommit(st->db) != 0);
}

int store_savepoint(store *st, ctx *cx)
{
    TRY(sql_need_transaction(st, cx));
    TRY(ready(st, cx, SQL_ROLLBACK_TO));
    TRY(ready(st, cx, SQL_RELEASE));
    return run_fixed(st, cx, SQL_SAVEPOINT);
}

int store_release(store *st, ctx *cx)
{
    TRY(sql_need_transaction(st, cx));
    return run_fixed(st, cx, SQL_RELEASE);
}

/* When a failure has already rolled back the whole transaction, its savepoint is gone too. */
void store_rollback_to(store *st)
{
    if (!store_in_transaction(st))
        return;
    st->epoch++;
    if (!run_ready(st, SQL_ROLLBACK_TO) || !run_ready(st, SQL_RELEASE))
        store_rollback(st); /* undoing more than was asked is safe; keeping half is not */
}

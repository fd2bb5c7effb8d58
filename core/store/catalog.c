/*
 * catalog.c - the tables of a database and their shape in SQLite.
 *
 *   t1        h, pk, sk, size, x3_h, x3_pk, x3_sk, x4_sk, item
 *   t1_k      the key: unique (h, pk, sk)
 *   t1_x3     slot 3, global: (x3_h, x3_pk, x3_sk, h, pk, sk) where x3_h is not null
 *   t1_x4     slot 4, local: (h, pk, x4_sk, sk) where x4_sk is not null
 *
 * All names are numbers of ours; no text of a user is ever part of a statement. The item stands
 * last because large ones spill to overflow pages, which the columns before it need not follow;
 * columns of an index that is added later can only stand behind it.
 *
 * An index that is dropped leaves its columns behind: taking them away would rewrite every row, and
 * nobody reads them, because no other index is given the slot. When a table has ROW_COLUMNS_MAX
 * columns, the next index to be created copies the rows into a table without the dead ones.
 */
#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"
#include "store/settings.h"

/* `comma` precedes each column; LSIs have but the one. */
static void put_columns(buf *b, const index_def *ix, const char *before)
{
    if (ix->global) {
        buf_fmt(b, "%sx%d_h INTEGER", before, (int)ix->slot);
        buf_fmt(b, "%sx%d_pk BLOB", before, (int)ix->slot);
    }
    buf_fmt(b, "%sx%d_sk BLOB", before, (int)ix->slot);
}

static void put_create_index(buf *b, int64_t number, const index_def *ix)
{
    int s = ix->slot;

    buf_fmt(b, "CREATE INDEX IF NOT EXISTS t%l_x%d ON t%l", number, s, number);
    if (ix->global)
        buf_fmt(b, "(x%d_h,x%d_pk,x%d_sk,h,pk,sk)WHERE x%d_h IS NOT NULL;", s, s, s, s);
    else
        buf_fmt(b, "(h,pk,x%d_sk,sk)WHERE x%d_sk IS NOT NULL;", s, s);
}

static int create_rows_table(store *st, ctx *cx, const table *t)
{
    buf b;

    buf_init_arena(&b, cx->a, 65536);
    buf_fmt(&b, "CREATE TABLE t%l(h INTEGER NOT NULL,pk BLOB NOT NULL,sk BLOB NOT NULL,"
                "size INTEGER NOT NULL", t->number);
    for (uint32_t i = 0; i < t->index_count; i++)
        put_columns(&b, &t->indexes[i], ",");
    if (t->ttl_enabled)
        buf_fmt(&b, ",x%d_ttl INTEGER", (int)t->ttl_slot);
    if (t->use_tracked)
        buf_fmt(&b, ",x%d_use INTEGER", (int)t->use_slot);
    buf_fmt(&b, ",item TEXT NOT NULL);CREATE UNIQUE INDEX t%l_k ON t%l(h,pk,sk);", t->number,
            t->number);
    if (t->ttl_enabled)
        ttl_put_create_index(&b, t);
    if (t->use_tracked)
        use_put_create_index(&b, t);
    for (uint32_t i = 0; i < t->index_count; i++)
        put_create_index(&b, t->number, &t->indexes[i]);
    return sql_exec_buf(st, cx, &b);
}

/* Binds (number, name, definition) and runs. */
static int run_definition(store *st, ctx *cx, enum fixed_sql which, const table *t)
{
    sqlite3_stmt *q;
    buf b;

    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX);
    table_store(t, &b);
    if (b.err != 0)
        return b.err;
    TRY(sql_fixed(st, cx, which, &q));
    (void)sqlite3_bind_int64(q, 1, t->number); /* binding a number cannot fail */
    sql_bind_text(q, 2, t->name);
    sql_bind_text(q, 3, buf_view(&b));
    return sql_run(st, cx, q);
}

int store_tables(store *st, ctx *cx, store_table_fn fn, void *user)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_TABLES, &q));
    while ((rc = sql_step(st, cx, q)) > 0) {
        rc = fn(user, sqlite3_column_int64(q, 0), sql_column(q, 1), sql_column(q, 2));
        if (rc < 0)
            break;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

int store_table_next_number(store *st, ctx *cx, int64_t *out)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_NEXT_NUMBER, &q));
    rc = sql_step(st, cx, q); /* the update is complete before its first row is given */
    if (rc == 1)
        *out = sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q); /* its result is in rc */
    if (rc == 0)
        return fail(cx, DDB_STORAGE_CORRUPT, "The database file is damaged: no next table number");
    return rc < 0 ? rc : 0;
}

int store_table_create(store *st, ctx *cx, const table *t)
{
    TRY(sql_need_transaction(st, cx));
    assert(t->number > 0);
    store_forget_table(st, t->number);
    TRY(run_definition(st, cx, SQL_TABLE_INSERT, t));
    return create_rows_table(st, cx, t);
}

int store_table_save(store *st, ctx *cx, const table *t)
{
    TRY(sql_need_transaction(st, cx));
    TRY(run_definition(st, cx, SQL_TABLE_UPDATE, t));
    return sqlite3_changes(st->db) == 1 ? 0 : DDB_STALE;
}

static int drop_settings(store *st, ctx *cx, str of, str table_name)
{
    buf b;

    buf_init_arena(&b, cx->a, 4096);
    buf_str(&b, of);
    buf_str(&b, table_name);
    TRY(b.err);
    return store_settings_drop(st, cx, buf_view(&b));
}

static int is_large(store *st, ctx *cx, int64_t number, bool *out);
static int drop_rows_table(store *st, ctx *cx, int64_t number);
static int discard_later(store *st, ctx *cx, int64_t number);

int store_table_drop(store *st, ctx *cx, const table *t)
{
    sqlite3_stmt *q;
    bool large;

    TRY(sql_need_transaction(st, cx));
    store_forget_table(st, t->number); /* a statement that stands would keep the table from going */
    TRY(sql_fixed(st, cx, SQL_TABLE_DELETE, &q));
    (void)sqlite3_bind_int64(q, 1, t->number); /* binding a number cannot fail */
    TRY(sql_run(st, cx, q));
    TRY(drop_settings(st, cx, STR("table/"), t->name));
    /* Its other replicas would be out of reach: see ops/global_table.c. */
    TRY(drop_settings(st, cx, STR("global-table/"), t->name));
    TRY(is_large(st, cx, t->number, &large));
    return large ? discard_later(st, cx, t->number) : drop_rows_table(st, cx, t->number);
}

/* ---- rows of large tables that are gone: ddb_meta discard.<number> -> '' ---- */

/* By the last row's number, which deleted rows have left too high at worst. */
static int is_large(store *st, ctx *cx, int64_t number, bool *out)
{
    int64_t last = 0;
    buf b;

    buf_init_arena(&b, cx->a, 64);
    buf_fmt(&b, "SELECT max(rowid)FROM t%l", number);
    buf_byte(&b, '\0');
    TRY(b.err);
    TRY(sql_number(st, cx, b.p, &last));
    *out = last > DROP_ROWS_MAX;
    return 0;
}

static int drop_rows_table(store *st, ctx *cx, int64_t number)
{
    buf b;

    buf_init_arena(&b, cx->a, 64);
    buf_fmt(&b, "DROP TABLE t%l", number);
    return sql_exec_buf(st, cx, &b);
}

static int discard_key(ctx *cx, int64_t number, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, 64);
    buf_fmt(&b, "discard.%l", number);
    *out = buf_view(&b);
    return b.err;
}

static int discard_later(store *st, ctx *cx, int64_t number)
{
    str key;

    TRY(discard_key(cx, number, &key));
    return store_meta_put(st, cx, key, STR(""));
}

/* 1 and the number of such a table, or 0. */
static int discard_next(store *st, ctx *cx, int64_t *number)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_DISCARD_NEXT, &q));
    rc = sql_step(st, cx, q);
    if (rc == 1)
        *number = sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_discards(store *st, ctx *cx)
{
    int64_t number;

    return discard_next(st, cx, &number);
}

/* Indexes go first, one a time: a row without them costs a tenth. 1: one went, 0: none left. */
static int discard_index(store *st, ctx *cx, int64_t number)
{
    sqlite3_stmt *q = NULL;
    buf b;
    int rc;

    buf_init_arena(&b, cx->a, 256);
    buf_fmt(&b, "SELECT name FROM sqlite_schema WHERE type='index'AND tbl_name='t%l'LIMIT 1",
            number);
    TRY(b.err);
    rc = sql_prepare(st, cx, buf_view(&b), &q);
    if (rc == 0)
        rc = sql_step(st, cx, q);
    buf_init_arena(&b, cx->a, 256);
    buf_lit(&b, "DROP INDEX ");
    if (rc == 1)
        buf_str(&b, sql_column(q, 0));
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    if (rc != 1)
        return rc;
    TRY(sql_exec_buf(st, cx, &b));
    return 1;
}

int store_discard(store *st, ctx *cx, int rows)
{
    int64_t number;
    str key;
    buf b;
    int rc;

    TRY(sql_need_transaction(st, cx));
    rc = discard_next(st, cx, &number);
    if (rc != 1)
        return rc;
    rc = discard_index(st, cx, number);
    if (rc != 0)
        return rc;
    buf_init_arena(&b, cx->a, 256);
    buf_fmt(&b, "DELETE FROM t%l WHERE rowid<(SELECT min(rowid)+%d FROM t%l)", number, rows,
            number);
    TRY(sql_exec_buf(st, cx, &b));
    if (sqlite3_changes(st->db) > 0)
        return 1;
    TRY(drop_rows_table(st, cx, number));
    TRY(discard_key(cx, number, &key));
    TRY(store_meta_delete(st, cx, key));
    return 1;
}

static int count_columns(store *st, ctx *cx, int64_t number, int64_t *out)
{
    sqlite3_stmt *q = NULL;
    buf b;
    int rc;

    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "SELECT count(*)FROM pragma_table_info('t%l')", number);
    TRY(b.err);
    rc = sql_prepare(st, cx, buf_view(&b), &q);
    if (rc == 0)
        rc = sql_step(st, cx, q);
    *out = rc == 1 ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc < 0 ? rc : 0;
}

/* The columns of every row of t that hold something, but for those of `fresh`. */
static void put_live_columns(buf *b, const table *t, const index_def *fresh)
{
    buf_lit(b, "h,pk,sk,size");
    for (uint32_t i = 0; i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        if (ix->slot == fresh->slot)
            continue;
        if (ix->global)
            buf_fmt(b, ",x%d_h,x%d_pk", (int)ix->slot, (int)ix->slot);
        buf_fmt(b, ",x%d_sk", (int)ix->slot);
    }
    if (t->ttl_enabled)
        buf_fmt(b, ",x%d_ttl", (int)t->ttl_slot);
    if (t->use_tracked)
        buf_fmt(b, ",x%d_use", (int)t->use_slot);
    buf_lit(b, ",item");
}

/* Copies the rows into a table that has the columns of t alone. */
static int rebuild(store *st, ctx *cx, const table *t, const index_def *fresh)
{
    int64_t n = t->number;
    buf b;

    buf_init_arena(&b, cx->a, 65536);
    buf_fmt(&b, "ALTER TABLE t%l RENAME TO t%l_old;DROP INDEX t%l_k;", n, n, n);
    for (uint32_t i = 0; i < t->index_count; i++)
        if (t->indexes[i].slot != fresh->slot)
            buf_fmt(&b, "DROP INDEX IF EXISTS t%l_x%d;", n, (int)t->indexes[i].slot);
    if (t->ttl_enabled)
        buf_fmt(&b, "DROP INDEX t%l_ttl;", n);
    if (t->use_tracked)
        buf_fmt(&b, "DROP INDEX t%l_use;", n);
    TRY(sql_exec_buf(st, cx, &b));
    TRY(create_rows_table(st, cx, t));
    buf_init_arena(&b, cx->a, 65536);
    buf_fmt(&b, "INSERT INTO t%l(", n);
    put_live_columns(&b, t, fresh);
    buf_lit(&b, ")SELECT ");
    put_live_columns(&b, t, fresh);
    buf_fmt(&b, " FROM t%l_old;DROP TABLE t%l_old", n, n);
    return sql_exec_buf(st, cx, &b);
}

int store_index_create(store *st, ctx *cx, const table *t, const index_def *ix)
{
    int64_t columns;
    char before[48];
    buf b;

    TRY(sql_need_transaction(st, cx));
    store_forget_table(st, t->number);
    TRY(count_columns(st, cx, t->number, &columns));
    if (columns + 3 > ROW_COLUMNS_MAX)
        return rebuild(st, cx, t, ix);
    buf_init_arena(&b, cx->a, sizeof before);
    buf_fmt(&b, ";ALTER TABLE t%l ADD COLUMN ", t->number);
    if (b.err != 0)
        return b.err;
    memcpy(before, b.p, b.n);
    before[b.n] = '\0';
    buf_init_arena(&b, cx->a, 4096);
    put_columns(&b, ix, before);
    buf_byte(&b, ';');
    put_create_index(&b, t->number, ix);
    return sql_exec_buf(st, cx, &b);
}

int store_index_build(store *st, ctx *cx, const table *t, const index_def *ix)
{
    int64_t there;
    buf b;

    TRY(sql_need_transaction(st, cx));
    buf_init_arena(&b, cx->a, 128);
    buf_fmt(&b, "SELECT count(*) FROM sqlite_schema WHERE name='t%l_x%d'", t->number,
            (int)ix->slot);
    buf_byte(&b, '\0');
    TRY(b.err);
    TRY(sql_number(st, cx, b.p, &there));
    if (there > 0)
        return 0;
    store_forget_table(st, t->number);
    buf_init_arena(&b, cx->a, 4096);
    put_create_index(&b, t->number, ix);
    TRY(sql_exec_buf(st, cx, &b));
    return 1;
}

int store_index_drop(store *st, ctx *cx, const table *t, const index_def *ix)
{
    buf b;

    TRY(sql_need_transaction(st, cx));
    store_forget_table(st, t->number);
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "DROP INDEX IF EXISTS t%l_x%d", t->number, (int)ix->slot);
    return sql_exec_buf(st, cx, &b);
}

/* ---- columns of ours ---- */

int column_create(store *st, ctx *cx, const table *t, int slot, const char *name,
                  void (*put_create_index)(buf *b, const table *t))
{
    buf b;

    TRY(sql_need_transaction(st, cx));
    store_forget_table(st, t->number);
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "ALTER TABLE t%l ADD COLUMN x%d_%s INTEGER;", t->number, slot, name);
    put_create_index(&b, t);
    return sql_exec_buf(st, cx, &b);
}

int column_drop(store *st, ctx *cx, const table *t, int slot, const char *name)
{
    int64_t columns;
    buf b;

    TRY(sql_need_transaction(st, cx));
    store_forget_table(st, t->number);
    TRY(count_columns(st, cx, t->number, &columns));
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "DROP INDEX t%l_%s", t->number, name);
    if (columns >= ROW_COLUMNS_MAX)
        buf_fmt(&b, ";ALTER TABLE t%l DROP COLUMN x%d_%s", t->number, slot, name);
    return sql_exec_buf(st, cx, &b);
}

/* ---- small settings ---- */

int store_meta_get(store *st, ctx *cx, str key, str *out)
{
    sqlite3_stmt *q;
    str s;
    int rc;

    TRY(sql_fixed(st, cx, SQL_META_GET, &q));
    sql_bind_text(q, 1, key);
    rc = sql_step(st, cx, q);
    if (rc == 1) {
        s = sql_column(q, 0);
        *out = (str){arena_copy(cx->a, s.p, s.n), s.n};
        rc = out->p == NULL ? DDB_NOMEM : 0;
    } else if (rc == 0) {
        rc = DDB_NOT_FOUND;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_meta_put(store *st, ctx *cx, str key, str value)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    assert(!str_starts(key, STR("ddb."))); /* those are the store's own */
    TRY(sql_fixed(st, cx, SQL_META_PUT, &q));
    sql_bind_text(q, 1, key);
    sql_bind_bytes(q, 2, value);
    return sql_run(st, cx, q);
}

int store_meta_delete(store *st, ctx *cx, str key)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    assert(!str_starts(key, STR("ddb."))); /* those are the store's own */
    TRY(sql_fixed(st, cx, SQL_META_DELETE, &q));
    sql_bind_text(q, 1, key);
    return sql_run(st, cx, q);
}

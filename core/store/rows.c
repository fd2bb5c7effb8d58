/*
 * rows.c - one row by its key: the hot path of every item operation.
 *
 * A statement that is prepared costs one set of binds, one step and one reset here, and no
 * allocation of ours but the copy of what is read.
 */
#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

/* ranges without an upper bound end at FF (range.c) */
static bool key_is_bounded(const key_bytes *k)
{
    return k->pk.n > 0 && (unsigned char)k->pk.p[0] < 0xff &&
           (k->sk.n == 0 || (unsigned char)k->sk.p[0] < 0xff);
}

/* Prepares *q from b unless it is there. */
static int ready(store *st, ctx *cx, buf *b, sqlite3_stmt **q)
{
    return b->err != 0 ? b->err : sql_prepare(st, cx, buf_view(b), q);
}

/* Binds ?1 to ?3. */
static void bind_key(sqlite3_stmt *q, const key_bytes *k)
{
    (void)sqlite3_bind_int64(q, 1, k->h); /* binding a number cannot fail */
    sql_bind_bytes(q, 2, k->pk);
    sql_bind_bytes(q, 3, k->sk);
}

/* Steps to the row of k: 1 with *q standing on it, 0 when there is none. */
static int find(store *st, ctx *cx, const table *t, const key_bytes *k, sqlite3_stmt **q)
{
    table_stmts *s;

    TRY(stmts_get(st, cx, t, &s));
    if (s->get == NULL) {
        buf b;
        buf_init_arena(&b, cx->a, 4096);
        buf_fmt(&b, "SELECT size,item FROM t%l WHERE h=?1 AND pk=?2 AND sk=?3", t->number);
        TRY(ready(st, cx, &b, &s->get));
    }
    *q = s->get;
    bind_key(*q, k);
    return sql_step(st, cx, *q);
}

int store_get(store *st, ctx *cx, const table *t, const key_bytes *k, row *out)
{
    sqlite3_stmt *q;
    str item;
    int rc = find(st, cx, t, k, &q);

    if (rc <= 0)
        return rc < 0 ? rc : DDB_NOT_FOUND;
    item = sql_column(q, 1);
    *out = (row){.key = *k,
                 .size = (size_t)sqlite3_column_int64(q, 0),
                 .item = {arena_copy(cx->a, item.p, item.n), item.n}};
    (void)sqlite3_reset(q); /* the row was read */
    return out->item.p == NULL ? DDB_NOMEM : 0;
}

int store_get_into(store *st, ctx *cx, const table *t, const key_bytes *k, buf *b, size_t *size)
{
    sqlite3_stmt *q;
    int rc = find(st, cx, t, k, &q);

    if (rc <= 0)
        return rc < 0 ? rc : DDB_NOT_FOUND;
    buf_str(b, sql_column(q, 1));
    *size = (size_t)sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q); /* the row was read */
    return b->err;
}

/* INSERT ... ON CONFLICT DO UPDATE keeps the rowid, so that a row which is overwritten stays in
 * its page. An index column is left out of nothing: an item that leaves an index sets it NULL. */
static int prepare_put(store *st, ctx *cx, const table *t, sqlite3_stmt **out)
{
    static const char *const part[] = {"_h", "_pk", "_sk"};
    int parameter = 6;
    buf b;

    buf_init_arena(&b, cx->a, 65536);
    buf_fmt(&b, "INSERT INTO t%l(h,pk,sk,size,item", t->number);
    for (uint32_t i = 0; i < t->index_count; i++)
        for (size_t c = t->indexes[i].global ? 0 : 2; c < COUNT(part); c++)
            buf_fmt(&b, ",x%d%s", (int)t->indexes[i].slot, part[c]);
    if (t->ttl_enabled)
        buf_fmt(&b, ",x%d_ttl", (int)t->ttl_slot);
    if (t->use_tracked)
        buf_fmt(&b, ",x%d_use", (int)t->use_slot);
    buf_lit(&b, ")VALUES(?1,?2,?3,?4,?5");
    for (uint32_t i = 0; i < t->index_count; i++)
        for (size_t c = t->indexes[i].global ? 0 : 2; c < COUNT(part); c++)
            buf_fmt(&b, ",?%d", parameter++);
    if (t->ttl_enabled)
        buf_fmt(&b, ",?%d", parameter++);
    if (t->use_tracked)
        buf_fmt(&b, ",?%d", parameter);
    buf_lit(&b, ")ON CONFLICT(h,pk,sk)DO UPDATE SET size=?4,item=?5");
    parameter = 6;
    for (uint32_t i = 0; i < t->index_count; i++)
        for (size_t c = t->indexes[i].global ? 0 : 2; c < COUNT(part); c++)
            buf_fmt(&b, ",x%d%s=?%d", (int)t->indexes[i].slot, part[c], parameter++);
    if (t->ttl_enabled)
        buf_fmt(&b, ",x%d_ttl=?%d", (int)t->ttl_slot, parameter++);
    if (t->use_tracked)
        buf_fmt(&b, ",x%d_use=?%d", (int)t->use_slot, parameter);
    return ready(st, cx, &b, out);
}

/* Binds an index's columns from parameter `at` on; returns the next. */
static int bind_cell(sqlite3_stmt *q, int at, const index_def *ix, const index_cell *cell)
{
    int n = ix->global ? 3 : 1;

    if (!cell->in) {
        for (int i = 0; i < n; i++)
            (void)sqlite3_bind_null(q, at + i); /* cannot fail */
        return at + n;
    }
    if (ix->global) {
        assert(key_is_bounded(&cell->key));
        (void)sqlite3_bind_int64(q, at, cell->key.h); /* binding a number cannot fail */
        sql_bind_bytes(q, at + 1, cell->key.pk);
    }
    sql_bind_bytes(q, at + n - 1, cell->key.sk);
    return at + n;
}

int store_put(store *st, ctx *cx, const table *t, const key_bytes *k, size_t size, str item,
              const index_cell *cells)
{
    table_stmts *s;
    int at = 6;

    assert(key_is_bounded(k));
    assert(item.n > 0);
    assert(cells != NULL || t->index_count == 0);
    TRY(sql_need_transaction(st, cx));
    TRY(stmts_get(st, cx, t, &s));
    if (s->put == NULL)
        TRY(prepare_put(st, cx, t, &s->put));
    bind_key(s->put, k);
    (void)sqlite3_bind_int64(s->put, 4, (int64_t)size); /* binding a number cannot fail */
    sql_bind_text(s->put, 5, item);
    for (uint32_t i = 0; i < t->index_count; i++)
        at = bind_cell(s->put, at, &t->indexes[i], &cells[i]);
    if (t->ttl_enabled)
        TRY(ttl_bind(s->put, at++, t, item));
    if (t->use_tracked)
        (void)sqlite3_bind_int64(s->put, at, use_next(st, cx)); /* binding a number cannot fail */
    s->changes++;
    return sql_run(st, cx, s->put);
}

int store_delete(store *st, ctx *cx, const table *t, const key_bytes *k)
{
    table_stmts *s;

    TRY(sql_need_transaction(st, cx));
    TRY(stmts_get(st, cx, t, &s));
    if (s->remove == NULL) {
        buf b;
        buf_init_arena(&b, cx->a, 4096);
        buf_fmt(&b, "DELETE FROM t%l WHERE h=?1 AND pk=?2 AND sk=?3", t->number);
        TRY(ready(st, cx, &b, &s->remove));
    }
    bind_key(s->remove, k);
    s->changes++;
    TRY(sql_run(st, cx, s->remove));
    return sqlite3_changes(st->db) > 0;
}

static void write_set_index(buf *b, const table *t, const index_def *ix, bool backward)
{
    int s = ix->slot;

    (void)backward;
    if (ix->global)
        buf_fmt(b, "UPDATE t%l SET x%d_h=?4,x%d_pk=?5,x%d_sk=?6", t->number, s, s, s);
    else
        buf_fmt(b, "UPDATE t%l SET x%d_sk=?4", t->number, s);
    buf_lit(b, " WHERE h=?1 AND pk=?2 AND sk=?3");
}

int store_set_index(store *st, ctx *cx, const table *t, const index_def *ix, const key_bytes *k,
                    const index_cell *cell)
{
    cursor *c;
    int rc;

    TRY(sql_need_transaction(st, cx));
    TRY(stmts_borrow(st, cx, t, DO_SET_INDEX, ix, false, write_set_index, &c));
    bind_key(c->q, k);
    (void)bind_cell(c->q, 4, ix, cell);
    c->of->changes++;
    rc = sql_run(st, cx, c->q);
    stmts_return(c);
    return rc;
}

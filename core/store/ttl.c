/*
 * ttl.c - the ttl column: see ttl.h.
 *
 * The index leads to expired rows without a scan, and says when the next row expires. INDEXED BY
 * makes a plan without it an error, as in range.c.
 */
#include "store/ttl.h"

#include <sqlite3.h>

#include "store/internal.h"

void ttl_put_create_index(buf *b, const table *t)
{
    int s = t->ttl_slot;

    buf_fmt(b, "CREATE INDEX t%l_ttl ON t%l(x%d_ttl)WHERE x%d_ttl IS NOT NULL;", t->number,
            t->number, s, s);
}

int ttl_bind(sqlite3_stmt *q, int at, const table *t, str item)
{
    int64_t seconds;
    int rc = table_expiry(t, item, &seconds);

    if (rc > 0)
        (void)sqlite3_bind_int64(q, at, seconds); /* binding a number cannot fail */
    else
        (void)sqlite3_bind_null(q, at); /* the same */
    return rc < 0 ? rc : 0;
}

int store_ttl_create(store *st, ctx *cx, const table *t)
{
    return column_create(st, cx, t, t->ttl_slot, "ttl", ttl_put_create_index);
}

int store_ttl_drop(store *st, ctx *cx, const table *t)
{
    return column_drop(st, cx, t, t->ttl_slot, "ttl");
}

static void write_set(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)ix, (void)backward;
    buf_fmt(b, "UPDATE t%l SET x%d_ttl=?4 WHERE h=?1 AND pk=?2 AND sk=?3", t->number,
            (int)t->ttl_slot);
}

int store_ttl_set(store *st, ctx *cx, const table *t, const key_bytes *k, int64_t seconds)
{
    cursor *c;
    int rc;

    TRY(sql_need_transaction(st, cx));
    TRY(stmts_borrow(st, cx, t, DO_SET_EXPIRY, NULL, false, write_set, &c));
    (void)sqlite3_bind_int64(c->q, 1, k->h); /* binding a number cannot fail */
    sql_bind_bytes(c->q, 2, k->pk);
    sql_bind_bytes(c->q, 3, k->sk);
    (void)sqlite3_bind_int64(c->q, 4, seconds);
    rc = sql_run(st, cx, c->q);
    stmts_return(c);
    return rc;
}

static void write_expired(buf *b, const table *t, const index_def *ix, bool backward)
{
    int s = t->ttl_slot;

    (void)ix, (void)backward;
    buf_fmt(b,
            "SELECT h,pk,sk FROM t%l INDEXED BY t%l_ttl WHERE x%d_ttl IS NOT NULL "
            "AND x%d_ttl>=?1 AND x%d_ttl<?2 ORDER BY x%d_ttl LIMIT ?3",
            t->number, t->number, s, s, s, s);
}

static int copy_key(ctx *cx, sqlite3_stmt *q, key_bytes *out)
{
    str pk = sql_column(q, 1), sk = sql_column(q, 2);

    out->h = (uint32_t)sqlite3_column_int64(q, 0);
    out->pk = (str){arena_copy(cx->a, pk.p, pk.n), pk.n};
    out->sk = (str){arena_copy(cx->a, sk.p, sk.n), sk.n};
    return out->pk.p == NULL || out->sk.p == NULL ? DDB_NOMEM : 0;
}

int store_ttl_expired(store *st, ctx *cx, const table *t, int64_t from_s, int64_t to_s,
                      uint32_t max, key_bytes *out, uint32_t *count)
{
    cursor *c;
    int rc;

    *count = 0;
    TRY(stmts_borrow(st, cx, t, DO_EXPIRED, NULL, false, write_expired, &c));
    (void)sqlite3_bind_int64(c->q, 1, from_s); /* binding a number cannot fail */
    (void)sqlite3_bind_int64(c->q, 2, to_s);
    (void)sqlite3_bind_int64(c->q, 3, max);
    while ((rc = sql_step(st, cx, c->q)) > 0) {
        rc = copy_key(cx, c->q, &out[*count]);
        if (rc < 0)
            break;
        ++*count;
    }
    stmts_return(c);
    return rc;
}

static void write_next(buf *b, const table *t, const index_def *ix, bool backward)
{
    int s = t->ttl_slot;

    (void)ix, (void)backward;
    buf_fmt(b,
            "SELECT x%d_ttl FROM t%l INDEXED BY t%l_ttl WHERE x%d_ttl IS NOT NULL AND x%d_ttl>=?1 "
            "ORDER BY x%d_ttl LIMIT 1",
            s, t->number, t->number, s, s, s);
}

int store_ttl_next(store *st, ctx *cx, const table *t, int64_t from_s, int64_t *out)
{
    cursor *c;
    int rc;

    TRY(stmts_borrow(st, cx, t, DO_NEXT_EXPIRY, NULL, false, write_next, &c));
    (void)sqlite3_bind_int64(c->q, 1, from_s); /* binding a number cannot fail */
    rc = sql_step(st, cx, c->q);
    if (rc > 0)
        *out = sqlite3_column_int64(c->q, 0);
    stmts_return(c);
    return rc;
}

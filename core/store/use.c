/*
 * use.c - see use.h.
 */
#include "store/use.h"

#include <sqlite3.h>

#include "store/internal.h"

int64_t use_next(store *st, const ctx *cx)
{
    int64_t now = cx->now_ms * USE_STEPS;

    st->last_use = now > st->last_use ? now : st->last_use + 1;
    return st->last_use;
}

void use_put_create_index(buf *b, const table *t)
{
    buf_fmt(b, "CREATE INDEX t%l_use ON t%l(x%d_use);", t->number, t->number, (int)t->use_slot);
}

int store_use_create(store *st, ctx *cx, const table *t)
{
    return column_create(st, cx, t, t->use_slot, "use", use_put_create_index);
}

int store_use_drop(store *st, ctx *cx, const table *t)
{
    return column_drop(st, cx, t, t->use_slot, "use");
}

static void write_touch(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)ix, (void)backward;
    buf_fmt(b, "UPDATE t%l SET x%d_use=?4 WHERE h=?1 AND pk=?2 AND sk=?3", t->number,
            (int)t->use_slot);
}

int store_use_touch(store *st, ctx *cx, const table *t, const key_bytes *k)
{
    cursor *c;
    int rc;

    TRY(sql_need_transaction(st, cx));
    TRY(stmts_borrow(st, cx, t, DO_TOUCH, NULL, false, write_touch, &c));
    (void)sqlite3_bind_int64(c->q, 1, k->h); /* binding a number cannot fail */
    sql_bind_bytes(c->q, 2, k->pk);
    sql_bind_bytes(c->q, 3, k->sk);
    (void)sqlite3_bind_int64(c->q, 4, use_next(st, cx));
    rc = sql_run(st, cx, c->q);
    stmts_return(c);
    return rc < 0 ? rc : sqlite3_changes(st->db) > 0;
}

static void write_oldest(buf *b, const table *t, const index_def *ix, bool backward)
{
    (void)ix, (void)backward;
    buf_fmt(b, "SELECT x%d_use,item FROM t%l INDEXED BY t%l_use ORDER BY x%d_use LIMIT ?1",
            (int)t->use_slot, t->number, t->number, (int)t->use_slot);
}

int store_use_oldest(store *st, ctx *cx, const table *t, int64_t max, store_use_fn fn, void *user)
{
    cursor *c;
    int rc;

    TRY(stmts_borrow(st, cx, t, DO_OLDEST_USE, NULL, false, write_oldest, &c));
    (void)sqlite3_bind_int64(c->q, 1, max); /* binding a number cannot fail */
    while ((rc = sql_step(st, cx, c->q)) > 0) {
        bool never = sqlite3_column_type(c->q, 0) == SQLITE_NULL;
        rc = fn(user, never ? -1 : sqlite3_column_int64(c->q, 0) / USE_STEPS,
                sql_column(c->q, 1));
        if (rc < 0)
            break;
    }
    stmts_return(c);
    return rc < 0 ? rc : 0;
}

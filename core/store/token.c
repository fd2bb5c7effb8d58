/*
 * token.c - idempotency tokens: what a client token has been answered with, until it expires.
 *
 * A token belongs to one API ("PutItem" and so on are the caller's names), is written in the
 * transaction of the write it stands for, and is gone for readers the moment it expires; trimming
 * only gives its space back.
 */
#include <sqlite3.h>

#include "store/internal.h"

int store_token_get(store *st, ctx *cx, str api, str token, int64_t now_ms, str *hash,
                    str *response)
{
    sqlite3_stmt *q;
    str h, r;
    int rc;

    TRY(sql_fixed(st, cx, SQL_TOKEN_GET, &q));
    sql_bind_text(q, 1, api);
    sql_bind_text(q, 2, token);
    (void)sqlite3_bind_int64(q, 3, now_ms); /* binding a number cannot fail */
    rc = sql_step(st, cx, q);
    if (rc == 1) {
        h = sql_column(q, 0);
        r = sql_column(q, 1);
        *hash = (str){arena_copy(cx->a, h.p, h.n), h.n};
        *response = (str){arena_copy(cx->a, r.p, r.n), r.n};
        if (hash->p == NULL || response->p == NULL)
            rc = DDB_NOMEM;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_token_put(store *st, ctx *cx, str api, str token, int64_t expires_ms, str hash,
                    str response)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_TOKEN_PUT, &q));
    sql_bind_text(q, 1, api);
    sql_bind_text(q, 2, token);
    sql_bind_bytes(q, 3, hash);
    (void)sqlite3_bind_int64(q, 4, expires_ms); /* binding a number cannot fail */
    sql_bind_text(q, 5, response);
    return sql_run(st, cx, q);
}

int store_token_trim(store *st, ctx *cx, int64_t now_ms)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_TOKEN_TRIM, &q));
    (void)sqlite3_bind_int64(q, 1, now_ms); /* binding a number cannot fail */
    return sql_run(st, cx, q);
}

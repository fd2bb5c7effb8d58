/*
 * settings.c - the rows of ddb_setting. See settings.h.
 *
 * The key is (kind, resource, name), so that the settings of one resource, and all of one kind,
 * are each one run of rows; an index by resource serves the table that goes.
 */
#include "store/settings.h"

#include <sqlite3.h>

#include "store/internal.h"

int store_setting_get(store *st, ctx *cx, str kind, str resource, str name, str *value)
{
    sqlite3_stmt *q;
    str s;
    int rc;

    TRY(sql_fixed(st, cx, SQL_SETTING_GET, &q));
    sql_bind_text(q, 1, kind);
    sql_bind_text(q, 2, resource);
    sql_bind_text(q, 3, name);
    rc = sql_step(st, cx, q);
    if (rc == 1) {
        s = sql_column(q, 0);
        *value = (str){arena_copy(cx->a, s.p, s.n), s.n};
        rc = value->p == NULL ? DDB_NOMEM : 0;
    } else if (rc == 0) {
        rc = DDB_NOT_FOUND;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_setting_put(store *st, ctx *cx, str kind, str resource, str name, str value)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_SETTING_PUT, &q));
    sql_bind_text(q, 1, kind);
    sql_bind_text(q, 2, resource);
    sql_bind_text(q, 3, name);
    sql_bind_text(q, 4, value);
    return sql_run(st, cx, q);
}

int store_setting_delete(store *st, ctx *cx, str kind, str resource, str name)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_SETTING_DELETE, &q));
    sql_bind_text(q, 1, kind);
    sql_bind_text(q, 2, resource);
    sql_bind_text(q, 3, name);
    TRY(sql_run(st, cx, q));
    return sqlite3_changes(st->db) > 0;
}

/* ---- runs ---- */

static int copy(ctx *cx, str from, str *to)
{
    *to = (str){arena_copy(cx->a, from.p, from.n), from.n};
    return to->p == NULL ? DDB_NOMEM : 0;
}

/* Room for twice as many, or for the first few. */
static int grow(ctx *cx, setting **rows, uint32_t n, uint32_t *cap)
{
    uint32_t wanted = *cap == 0 ? 16 : *cap * 2;
    setting *more = ARENA_ARRAY(cx->a, setting, wanted);

    if (more == NULL)
        return DDB_NOMEM;
    if (n > 0)
        memcpy(more, *rows, n * sizeof *more);
    *rows = more;
    *cap = wanted;
    return 0;
}

/* Reads the rows of a bound statement: (resource, name, value). */
static int collect(store *st, ctx *cx, sqlite3_stmt *q, setting **out, uint32_t *count)
{
    uint32_t cap = 0;
    int rc;

    *out = NULL;
    *count = 0;
    while ((rc = sql_step(st, cx, q)) > 0) {
        setting *s;
        rc = *count < cap ? 0 : grow(cx, out, *count, &cap);
        if (rc == 0) {
            s = &(*out)[*count];
            rc = copy(cx, sql_column(q, 0), &s->resource);
            if (rc == 0)
                rc = copy(cx, sql_column(q, 1), &s->name);
            if (rc == 0)
                rc = copy(cx, sql_column(q, 2), &s->value);
        }
        if (rc < 0)
            break;
        ++*count;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_settings(store *st, ctx *cx, str kind, str resource, str after, uint32_t max,
                   setting **out, uint32_t *count)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, SQL_SETTINGS_OF, &q));
    sql_bind_text(q, 1, kind);
    sql_bind_text(q, 2, resource);
    sql_bind_text(q, 3, after);
    (void)sqlite3_bind_int64(q, 4, max); /* binding a number cannot fail */
    return collect(st, cx, q, out, count);
}

int store_settings_all(store *st, ctx *cx, str kind, str after_resource, str after_name,
                       uint32_t max, setting **out, uint32_t *count)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, SQL_SETTINGS_ALL, &q));
    sql_bind_text(q, 1, kind);
    sql_bind_text(q, 2, after_resource);
    sql_bind_text(q, 3, after_name);
    (void)sqlite3_bind_int64(q, 4, max); /* binding a number cannot fail */
    return collect(st, cx, q, out, count);
}

int store_settings_drop(store *st, ctx *cx, str resource)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_SETTINGS_DROP, &q));
    sql_bind_text(q, 1, resource);
    return sql_run(st, cx, q);
}

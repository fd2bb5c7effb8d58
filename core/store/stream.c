/*
 * stream.c - streams, shards and records in three tables of the whole store; see stream.h.
 *
 * Everything here is a fixed statement. Rows are given to a callback, which sees them in SQLite's
 * memory: what is longer needed is copied. Two readings of the same kind may not be nested.
 */
#include "store/stream.h"

#include <sqlite3.h>

#include "store/internal.h"

static void bind(sqlite3_stmt *q, int at, int64_t v)
{
    (void)sqlite3_bind_int64(q, at, v); /* binding a number cannot fail */
}

static void bind_optional(sqlite3_stmt *q, int at, str s)
{
    if (s.p == NULL)
        (void)sqlite3_bind_null(q, at); /* cannot fail */
    else
        sql_bind_text(q, at, s);
}

/* A statement that changes something, ready to be bound. */
static int writer(store *st, ctx *cx, enum fixed_sql which, sqlite3_stmt **q)
{
    TRY(sql_need_transaction(st, cx));
    return sql_fixed(st, cx, which, q);
}

static int copy(ctx *cx, str *s)
{
    if (s->p == NULL)
        return 0;
    s->p = arena_copy(cx->a, s->p, s->n);
    return s->p == NULL ? DDB_NOMEM : 0;
}

/* ---- streams ---- */

static stream_row stream_of(sqlite3_stmt *q)
{
    return (stream_row){.number = sqlite3_column_int64(q, 0),
                        .name = sql_column(q, 1),
                        .label = sql_column(q, 2),
                        .view = sqlite3_column_int(q, 3),
                        .keys = sql_column(q, 4),
                        .created_ms = sqlite3_column_int64(q, 5),
                        .disabled_ms = sqlite3_column_int64(q, 6)};
}

int store_stream_create(store *st, ctx *cx, const stream_row *s)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_STREAM_CREATE, &q));
    bind(q, 1, s->number);
    sql_bind_text(q, 2, s->name);
    sql_bind_text(q, 3, s->label);
    bind(q, 4, s->view);
    sql_bind_text(q, 5, s->keys);
    bind(q, 6, s->created_ms);
    return sql_run(st, cx, q);
}

int store_stream_disable(store *st, ctx *cx, int64_t number, int64_t at_ms)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_STREAM_DISABLE, &q));
    bind(q, 1, number);
    bind(q, 2, at_ms);
    return sql_run(st, cx, q);
}

int store_stream_find(store *st, ctx *cx, str name, str label, stream_row *out)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_STREAM_FIND, &q));
    sql_bind_text(q, 1, name);
    sql_bind_text(q, 2, label);
    rc = sql_step(st, cx, q);
    if (rc > 0) {
        *out = stream_of(q);
        if (copy(cx, &out->name) < 0 || copy(cx, &out->label) < 0 || copy(cx, &out->keys) < 0)
            rc = DDB_NOMEM;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_streams(store *st, ctx *cx, str name, str after_name, str after_label, int64_t since_ms,
                  store_stream_fn fn, void *user)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_STREAM_LIST, &q));
    bind_optional(q, 1, name);
    sql_bind_text(q, 2, after_name);
    sql_bind_text(q, 3, after_label);
    bind(q, 4, since_ms);
    while ((rc = sql_step(st, cx, q)) > 0) {
        stream_row s = stream_of(q);
        rc = fn(user, &s);
        if (rc != 0)
            break;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

int store_streams_trim(store *st, ctx *cx, int64_t before_ms)
{
    static const enum fixed_sql steps[] = {SQL_STREAM_TRIM_RECORDS, SQL_STREAM_TRIM_SHARDS,
                                           SQL_STREAM_TRIM};
    sqlite3_stmt *q;

    for (size_t i = 0; i < COUNT(steps); i++) {
        TRY(writer(st, cx, steps[i], &q));
        bind(q, 1, before_ms);
        TRY(sql_run(st, cx, q));
    }
    return 0;
}

/* ---- shards ---- */

static shard_row shard_of(sqlite3_stmt *q)
{
    return (shard_row){.id = sql_column(q, 0),
                       .stream = sqlite3_column_int64(q, 1),
                       .slot = sqlite3_column_int(q, 2),
                       .parent = sql_column(q, 3),
                       .first = sqlite3_column_int64(q, 4),
                       .last = sqlite3_column_type(q, 5) == SQLITE_NULL
                                   ? SHARD_OPEN
                                   : sqlite3_column_int64(q, 5),
                       .created_ms = sqlite3_column_int64(q, 6),
                       .closed_ms = sqlite3_column_int64(q, 7),
                       .trimmed = sqlite3_column_int64(q, 8)};
}

int store_shard_create(store *st, ctx *cx, const shard_row *s)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_SHARD_CREATE, &q));
    sql_bind_text(q, 1, s->id);
    bind(q, 2, s->stream);
    bind(q, 3, s->slot);
    bind_optional(q, 4, s->parent);
    bind(q, 5, s->first);
    bind(q, 6, s->created_ms);
    return sql_run(st, cx, q);
}

int store_shards_close(store *st, ctx *cx, int64_t stream, int64_t before_ms, int64_t now_ms)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_SHARD_CLOSE, &q));
    bind(q, 1, stream);
    bind(q, 2, before_ms);
    bind(q, 3, now_ms);
    return sql_run(st, cx, q);
}

int store_shard_find(store *st, ctx *cx, int64_t stream, str id, shard_row *out)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_SHARD_FIND, &q));
    bind(q, 1, stream);
    sql_bind_text(q, 2, id);
    rc = sql_step(st, cx, q);
    if (rc > 0) {
        *out = shard_of(q);
        if (copy(cx, &out->id) < 0 || copy(cx, &out->parent) < 0)
            rc = DDB_NOMEM;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

int store_shards(store *st, ctx *cx, int64_t stream, str after, int64_t since_ms,
                 store_shard_fn fn, void *user)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_SHARD_LIST, &q));
    bind(q, 1, stream);
    sql_bind_text(q, 2, after);
    bind(q, 3, since_ms);
    while ((rc = sql_step(st, cx, q)) > 0) {
        shard_row s = shard_of(q);
        rc = fn(user, &s);
        if (rc != 0)
            break;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

int store_shards_trim(store *st, ctx *cx, int64_t before_ms)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_SHARD_TRIM, &q));
    bind(q, 1, before_ms);
    return sql_run(st, cx, q);
}

/* ---- records ---- */

int store_record_add(store *st, ctx *cx, const record_row *r)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_RECORD_ADD, &q));
    bind(q, 1, r->stream);
    bind(q, 2, r->slot);
    bind(q, 3, r->at_ms);
    bind(q, 4, r->kind);
    bind(q, 5, (int64_t)r->size);
    sql_bind_text(q, 6, r->body);
    return sql_run(st, cx, q);
}

int store_record_last(store *st, ctx *cx, int64_t *out)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_RECORD_LAST, &q));
    rc = sql_step(st, cx, q);
    *out = rc > 0 ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

int store_records(store *st, ctx *cx, int64_t stream, int slot, int64_t from, int64_t to,
                  store_record_fn fn, void *user)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_RECORD_RANGE, &q));
    bind(q, 1, stream);
    bind(q, 2, slot);
    bind(q, 3, from);
    bind(q, 4, to);
    while ((rc = sql_step(st, cx, q)) > 0) {
        record_row r = {.seq = sqlite3_column_int64(q, 0),
                        .stream = sqlite3_column_int64(q, 1),
                        .slot = sqlite3_column_int(q, 2),
                        .at_ms = sqlite3_column_int64(q, 3),
                        .kind = (record_kind)sqlite3_column_int(q, 4),
                        .size = (size_t)sqlite3_column_int64(q, 5),
                        .body = sql_column(q, 6)};
        rc = fn(user, &r);
        if (rc != 0)
            break;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

static int note_trimmed(store *st, ctx *cx, int64_t stream, int64_t slot, int64_t seq)
{
    sqlite3_stmt *q;

    TRY(writer(st, cx, SQL_SHARD_TRIMMED, &q));
    bind(q, 1, stream);
    bind(q, 2, slot);
    bind(q, 3, seq);
    return sql_run(st, cx, q);
}

/* Sequence numbers grow with time, so the old records stand at the head; where the clock was set
 * back, a younger one holds back those behind it until it is old itself. */
int store_records_trim(store *st, ctx *cx, int64_t before_ms, int max)
{
    int64_t last = 0;
    sqlite3_stmt *q;
    int rc, count = 0;

    TRY(writer(st, cx, SQL_RECORD_HEAD, &q));
    bind(q, 1, max);
    while ((rc = sql_step(st, cx, q)) > 0) {
        if (sqlite3_column_int64(q, 3) > before_ms)
            break;
        last = sqlite3_column_int64(q, 0);
        count++;
        rc = note_trimmed(st, cx, sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2), last);
        if (rc < 0)
            break;
    }
    (void)sqlite3_reset(q); /* its result is in rc */
    if (rc < 0 || count == 0)
        return rc < 0 ? rc : 0;
    TRY(writer(st, cx, SQL_RECORD_TRIM, &q));
    bind(q, 1, last);
    TRY(sql_run(st, cx, q));
    return count;
}

int store_stream_times(store *st, ctx *cx, stream_times *out)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_STREAM_TIMES, &q));
    rc = sql_step(st, cx, q);
    if (rc > 0)
        *out = (stream_times){.oldest_record_ms = sqlite3_column_int64(q, 0),
                              .oldest_open_ms = sqlite3_column_int64(q, 1),
                              .oldest_closed_ms = sqlite3_column_int64(q, 2),
                              .oldest_disabled_ms = sqlite3_column_int64(q, 3)};
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

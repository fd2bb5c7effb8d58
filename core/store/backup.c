/*
 * backup.c - rows of the past: archives, old images, and reading a table as it was.
 *
 * A past state is a merge of two runs in key order, the table's rows and the oldest history entry
 * of each key behind a sequence number; where both have a key, the history's is the older truth.
 * A backup is one run, and so are the keys that changed between two numbers.
 * Start at store_past_next().
 */
#include "store/backup.h"

#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

static void bind_int(sqlite3_stmt *q, int at, int64_t v)
{
    (void)sqlite3_bind_int64(q, at, v); /* binding a number cannot fail */
}

static void bind_text_or_null(sqlite3_stmt *q, int at, str s)
{
    if (s.p == NULL)
        (void)sqlite3_bind_null(q, at); /* cannot fail */
    else
        sql_bind_text(q, at, s);
}

static void bind_key(sqlite3_stmt *q, int at, const key_bytes *k)
{
    bind_int(q, at, k->h);
    sql_bind_bytes(q, at + 1, k->pk);
    sql_bind_bytes(q, at + 2, k->sk);
}

/* A key's place, or the one before all keys. */
static void bind_after(sqlite3_stmt *q, int at, const key_bytes *k)
{
    if (k != NULL) {
        bind_key(q, at, k);
        return;
    }
    bind_int(q, at, -1);
    sql_bind_bytes(q, at + 1, STR(""));
    sql_bind_bytes(q, at + 2, STR(""));
}

/* Column bytes into the arena; sets *rc when there is no memory. */
static str keep(ctx *cx, sqlite3_stmt *q, int at, int *rc)
{
    str s = sql_column(q, at);
    char *p;

    if (s.p == NULL)
        return STR_ABSENT;
    p = arena_copy(cx->a, s.p, s.n);
    if (p == NULL)
        *rc = DDB_NOMEM;
    return (str){p, p == NULL ? 0 : s.n};
}

/* The one number a statement answers with: 1, or 0 when there is no row. */
static int one_number(store *st, ctx *cx, sqlite3_stmt *q, int64_t *out)
{
    int rc = sql_step(st, cx, q);

    *out = rc == 1 ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_reset(q); /* its result is in rc */
    return rc;
}

/* ---- archives ---- */

int store_archive_add(store *st, ctx *cx, archive *a)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_ARCHIVE_ADD, &q));
    bind_int(q, 2, a->kind);
    sql_bind_text(q, 3, a->id);
    sql_bind_text(q, 4, a->table_name);
    sql_bind_text(q, 5, a->name);
    bind_int(q, 6, a->status);
    bind_int(q, 7, a->created_ms);
    bind_int(q, 8, a->ended_ms);
    bind_int(q, 9, a->items);
    bind_int(q, 10, a->bytes);
    bind_int(q, 11, a->processed);
    bind_int(q, 12, a->errors);
    bind_text_or_null(q, 13, a->token);
    bind_text_or_null(q, 14, a->failure);
    sql_bind_text(q, 15, a->body);
    rc = one_number(st, cx, q, &a->number);
    return rc < 0 ? rc : 0;
}

int store_archive_save(store *st, ctx *cx, const archive *a)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_ARCHIVE_SAVE, &q));
    bind_int(q, 1, a->number);
    bind_int(q, 2, a->status);
    bind_int(q, 3, a->ended_ms);
    bind_int(q, 4, a->items);
    bind_int(q, 5, a->bytes);
    bind_int(q, 6, a->processed);
    bind_int(q, 7, a->errors);
    bind_text_or_null(q, 8, a->failure);
    sql_bind_text(q, 9, a->body);
    return sql_run(st, cx, q);
}

int store_archive_delete(store *st, ctx *cx, int64_t number)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_ARCHIVE_DELETE, &q));
    bind_int(q, 1, number);
    return sql_run(st, cx, q);
}

/* Steps to the archive, copies it out and resets. */
static int read_archive(store *st, ctx *cx, sqlite3_stmt *q, archive *out)
{
    int rc = sql_step(st, cx, q), kept = 0;

    if (rc <= 0)
        return rc < 0 ? rc : DDB_NOT_FOUND;
    *out = (archive){.number = sqlite3_column_int64(q, 0),
                     .kind = (archive_kind)sqlite3_column_int(q, 1),
                     .id = keep(cx, q, 2, &kept),
                     .table_name = keep(cx, q, 3, &kept),
                     .name = keep(cx, q, 4, &kept),
                     .status = (archive_status)sqlite3_column_int(q, 5),
                     .created_ms = sqlite3_column_int64(q, 6),
                     .ended_ms = sqlite3_column_int64(q, 7),
                     .items = sqlite3_column_int64(q, 8),
                     .bytes = sqlite3_column_int64(q, 9),
                     .processed = sqlite3_column_int64(q, 10),
                     .errors = sqlite3_column_int64(q, 11),
                     .token = keep(cx, q, 12, &kept),
                     .failure = keep(cx, q, 13, &kept),
                     .body = keep(cx, q, 14, &kept)};
    (void)sqlite3_reset(q); /* the row was read */
    return kept;
}

int store_archive_get(store *st, ctx *cx, archive_kind kind, str id, archive *out)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, SQL_ARCHIVE_GET, &q));
    bind_int(q, 1, kind);
    sql_bind_text(q, 2, id);
    return read_archive(st, cx, q, out);
}

int store_archive_at(store *st, ctx *cx, int64_t number, archive *out)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, SQL_ARCHIVE_AT, &q));
    bind_int(q, 1, number);
    return read_archive(st, cx, q, out);
}

int store_archive_next(store *st, ctx *cx, archive_kind kind, str after, archive *out)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, SQL_ARCHIVE_NEXT, &q));
    bind_int(q, 1, kind);
    sql_bind_text(q, 2, after);
    return read_archive(st, cx, q, out);
}

int store_archive_by_token(store *st, ctx *cx, archive_kind kind, str token, int64_t after_ms,
                           archive *out)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(st, cx, SQL_ARCHIVE_TOKEN, &q));
    bind_int(q, 1, kind);
    sql_bind_text(q, 2, token);
    bind_int(q, 3, after_ms);
    return read_archive(st, cx, q, out);
}

/* ---- rows of a backup ---- */

int store_backup_add(store *st, ctx *cx, int64_t number, const row *r)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_BACKUP_ROW_ADD, &q));
    bind_int(q, 1, number);
    bind_key(q, 2, &r->key);
    bind_int(q, 5, (int64_t)r->size);
    sql_bind_text(q, 6, r->item);
    return sql_run(st, cx, q);
}

int store_backup_add_all(store *st, ctx *cx, int64_t number, const table *t)
{
    buf b;

    TRY(sql_need_transaction(st, cx));
    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "INSERT INTO ddb_backup_row(archive,h,pk,sk,size,item)"
                "SELECT %l,h,pk,sk,size,item FROM t%l", number, t->number);
    return sql_exec_buf(st, cx, &b);
}

int store_backup_trim(store *st, ctx *cx, int64_t number, int max)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_BACKUP_ROWS_TRIM, &q));
    bind_int(q, 1, number);
    bind_int(q, 2, max);
    TRY(sql_run(st, cx, q));
    return sqlite3_changes(st->db);
}

/* ---- history ---- */

int store_history_add(store *st, ctx *cx, int64_t number, const key_bytes *k, int64_t at_ms,
                      size_t size, str item)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_HISTORY_ADD, &q));
    bind_int(q, 1, number);
    bind_int(q, 2, at_ms);
    bind_key(q, 3, k);
    bind_int(q, 6, (int64_t)size);
    bind_text_or_null(q, 7, item);
    return sql_run(st, cx, q);
}

int store_history_last(store *st, ctx *cx, int64_t *seq)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_HISTORY_LAST, &q));
    rc = one_number(st, cx, q, seq);
    return rc < 0 ? rc : 0;
}

int store_history_at(store *st, ctx *cx, int64_t number, int64_t at_ms, int64_t *seq)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_HISTORY_AT, &q));
    bind_int(q, 1, number);
    bind_int(q, 2, at_ms);
    rc = one_number(st, cx, q, seq);
    return rc < 0 ? rc : 0;
}

int store_history_changed(store *st, ctx *cx, int64_t number, const key_bytes *k, int64_t seq,
                          int64_t *at_ms)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_fixed(st, cx, SQL_HISTORY_CHANGED, &q));
    bind_int(q, 1, number);
    bind_key(q, 2, k);
    bind_int(q, 5, seq);
    rc = one_number(st, cx, q, at_ms);
    return rc < 0 ? rc : rc == 0 ? DDB_NOT_FOUND : 0;
}

int store_history_get(store *st, ctx *cx, const table *t, const key_bytes *k, int64_t seq, row *out)
{
    sqlite3_stmt *q;
    int rc, kept = 0;

    TRY(sql_fixed(st, cx, SQL_HISTORY_OLDEST, &q));
    bind_int(q, 1, t->number);
    bind_key(q, 2, k);
    bind_int(q, 5, seq);
    rc = sql_step(st, cx, q);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return store_get(st, cx, t, k, out);
    *out = (row){*k, (size_t)sqlite3_column_int64(q, 0), keep(cx, q, 1, &kept)};
    (void)sqlite3_reset(q); /* the row was read */
    return kept < 0 ? kept : out->item.p == NULL ? DDB_NOT_FOUND : 0;
}

int store_history_trim(store *st, ctx *cx, int64_t number, int64_t at_ms, int64_t seq, int max)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_HISTORY_TRIM, &q));
    bind_int(q, 1, number);
    bind_int(q, 2, at_ms);
    bind_int(q, 3, seq);
    bind_int(q, 4, max);
    TRY(sql_run(st, cx, q));
    return sqlite3_changes(st->db);
}

/* ---- reading a past state ---- */

static int open_then(past *p, ctx *cx, enum fixed_sql which, int64_t number,
                     const key_bytes *after)
{
    sqlite3_stmt *q;

    TRY(sql_fixed(p->st, cx, which, &q));
    bind_int(q, 1, number);
    bind_after(q, 2, after);
    p->then = q;
    p->given = 3; /* both heads are to be read */
    return 0;
}

int store_past_open(store *st, ctx *cx, const table *t, int64_t seq, const key_bytes *after,
                    past *out)
{
    store_range range = {.t = t, .h_max = UINT32_MAX, .after = after != NULL};

    *out = (past){.st = st};
    if (after != NULL)
        range.from = *after;
    TRY(open_then(out, cx, SQL_HISTORY_PAST, t->number, after));
    bind_int(out->then, 5, seq);
    bind_int(out->then, 6, INT64_MAX);
    return store_cursor_open(st, cx, &range, &out->now);
}

int store_past_open_backup(store *st, ctx *cx, int64_t number, const key_bytes *after, past *out)
{
    *out = (past){.st = st};
    return open_then(out, cx, SQL_BACKUP_ROWS, number, after);
}

int store_past_open_changes(store *st, ctx *cx, int64_t number, int64_t seq_from, int64_t seq,
                            const key_bytes *after, past *out)
{
    *out = (past){.st = st, .changes = true};
    TRY(open_then(out, cx, SQL_HISTORY_PAST, number, after));
    bind_int(out->then, 5, seq_from);
    bind_int(out->then, 6, seq);
    return 0;
}

static int step_now(past *p, ctx *cx)
{
    int rc = p->now == NULL ? 0 : store_cursor_next(p->now, cx, &p->head_now);

    p->has_now = rc == 1;
    return rc;
}

static int step_then(past *p, ctx *cx)
{
    sqlite3_stmt *q = p->then;
    int rc = q == NULL ? 0 : sql_step(p->st, cx, q);

    p->has_then = rc == 1;
    if (rc <= 0) {
        p->then = NULL; /* it was reset; a further step would begin anew */
        return rc;
    }
    p->head_then = (row){{(uint32_t)sqlite3_column_int64(q, 0), sql_column(q, 1), sql_column(q, 2)},
                         (size_t)sqlite3_column_int64(q, 3), sql_column(q, 4)};
    p->then_absent = p->head_then.item.p == NULL;
    return rc;
}

static int compare(const key_bytes *a, const key_bytes *b)
{
    int c;

    if (a->h != b->h)
        return a->h < b->h ? -1 : 1;
    c = str_cmp(a->pk, b->pk);
    return c != 0 ? c : str_cmp(a->sk, b->sk);
}

int store_past_next(past *p, ctx *cx, past_row *out)
{
    for (;;) {
        int order;

        if ((p->given & 1) != 0)
            TRY(step_now(p, cx));
        if ((p->given & 2) != 0)
            TRY(step_then(p, cx));
        p->given = 0;
        if (!p->has_now && !p->has_then)
            return 0;
        order = !p->has_now ? 1
                : !p->has_then ? -1 : compare(&p->head_now.key, &p->head_then.key);
        if (order < 0) {
            p->given = 1;
            *out = (past_row){p->head_now, false};
            return 1;
        }
        p->given = order == 0 ? 3 : 2;
        *out = (past_row){p->head_then, p->then_absent};
        if (!p->then_absent || p->changes)
            return 1;
    }
}

void store_past_close(past *p)
{
    store_cursor_close(p->now);
    if (p->then != NULL)
        (void)sqlite3_reset(p->then); /* repeats an error that was reported */
    *p = (past){0};
}

/* ---- jobs ---- */

int store_job_add(store *st, ctx *cx, job *j)
{
    sqlite3_stmt *q;
    int rc;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_JOB_ADD, &q));
    bind_int(q, 2, j->kind);
    bind_int(q, 3, j->archive);
    bind_int(q, 4, j->source);
    bind_int(q, 5, j->target);
    bind_int(q, 6, j->seq);
    bind_int(q, 7, j->seq_from);
    bind_after(q, 8, j->begun ? &j->at : NULL);
    sql_bind_text(q, 11, j->state);
    rc = one_number(st, cx, q, &j->number);
    return rc < 0 ? rc : 0;
}

int store_job_save(store *st, ctx *cx, const job *j)
{
    sqlite3_stmt *q;

    assert(j->number > 0);
    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_JOB_SAVE, &q));
    bind_int(q, 1, j->number);
    bind_after(q, 2, j->begun ? &j->at : NULL);
    sql_bind_text(q, 5, j->state);
    return sql_run(st, cx, q);
}

int store_job_delete(store *st, ctx *cx, int64_t number)
{
    sqlite3_stmt *q;

    TRY(sql_need_transaction(st, cx));
    TRY(sql_fixed(st, cx, SQL_JOB_DELETE, &q));
    bind_int(q, 1, number);
    return sql_run(st, cx, q);
}

int store_job_next(store *st, ctx *cx, int64_t after, job *out)
{
    sqlite3_stmt *q;
    int64_t h;
    int rc, kept = 0;

    TRY(sql_fixed(st, cx, SQL_JOB_NEXT, &q));
    bind_int(q, 1, after);
    rc = sql_step(st, cx, q);
    if (rc <= 0)
        return rc < 0 ? rc : DDB_NOT_FOUND;
    h = sqlite3_column_int64(q, 7);
    *out = (job){.number = sqlite3_column_int64(q, 0),
                 .kind = sqlite3_column_int(q, 1),
                 .archive = sqlite3_column_int64(q, 2),
                 .source = sqlite3_column_int64(q, 3),
                 .target = sqlite3_column_int64(q, 4),
                 .seq = sqlite3_column_int64(q, 5),
                 .seq_from = sqlite3_column_int64(q, 6),
                 .begun = h >= 0,
                 .at = {h >= 0 ? (uint32_t)h : 0, keep(cx, q, 8, &kept), keep(cx, q, 9, &kept)},
                 .state = keep(cx, q, 10, &kept)};
    (void)sqlite3_reset(q); /* the row was read */
    return kept;
}

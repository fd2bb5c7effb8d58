/*
 * sql.c - SQLite's errors in our terms, statements, and the cache of prepared ones.
 *
 * Every statement binds all its parameters before each first step, and the bytes bound are
 * SQLITE_STATIC: they need only live until the statement is reset, so nothing is copied and
 * nothing has to be cleared. A hot row costs one lookup of its table_stmts (the table used last is
 * remembered), one step and one reset.
 *
 * Statements follow a table's definition: they remember index_count and next_slot, which together
 * name a set of indexes (slots are never reused), and are dropped when these differ.
 * Start at stmts_get().
 */
#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

#define STREAM_COLUMNS "number,name,label,view,keys,created_ms,coalesce(disabled_ms,0)"
#define SHARD_COLUMNS \
    "id,stream,slot,parent,first,last,created_ms,coalesce(closed_ms,0),trimmed"

static const char *const fixed_text[FIXED_SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_BEGIN_READ] = "BEGIN",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_SAVEPOINT] = "SAVEPOINT ddb",
    [SQL_RELEASE] = "RELEASE ddb",
    [SQL_ROLLBACK_TO] = "ROLLBACK TO ddb",
    [SQL_DATA_VERSION] = "PRAGMA data_version",
    [SQL_META_GET] = "SELECT value FROM ddb_meta WHERE key=?1",
    [SQL_META_PUT] = "INSERT INTO ddb_meta(key,value)VALUES(?1,?2)"
                     "ON CONFLICT(key)DO UPDATE SET value=excluded.value",
    [SQL_META_DELETE] = "DELETE FROM ddb_meta WHERE key=?1",
    [SQL_DISCARD_NEXT] = "SELECT substr(key,9)FROM ddb_meta WHERE key>='discard.'AND key<'discard/'"
                         "LIMIT 1",
    [SQL_NEXT_NUMBER] = "UPDATE ddb_meta SET value=value+1 WHERE key='ddb.next_table'"
                        "RETURNING value-1",
    [SQL_TABLES] = "SELECT number,name,definition FROM ddb_table ORDER BY name",
    [SQL_TABLE_INSERT] = "INSERT INTO ddb_table(number,name,definition)VALUES(?1,?2,?3)",
    [SQL_TABLE_UPDATE] = "UPDATE ddb_table SET name=?2,definition=?3 WHERE number=?1",
    [SQL_TABLE_DELETE] = "DELETE FROM ddb_table WHERE number=?1",
    [SQL_TOKEN_GET] = "SELECT hash,response FROM ddb_token "
                      "WHERE api=?1 AND token=?2 AND expires_ms>?3",
    [SQL_TOKEN_PUT] = "INSERT INTO ddb_token(api,token,hash,expires_ms,response)"
                      "VALUES(?1,?2,?3,?4,?5)ON CONFLICT(api,token)DO UPDATE SET "
                      "hash=excluded.hash,expires_ms=excluded.expires_ms,"
                      "response=excluded.response",
    [SQL_TOKEN_TRIM] = "DELETE FROM ddb_token WHERE expires_ms<=?1",
    [SQL_STREAM_CREATE] = "INSERT INTO ddb_stream(number,name,label,view,keys,created_ms)"
                          "VALUES(?1,?2,?3,?4,?5,?6)",
    [SQL_STREAM_DISABLE] = "UPDATE ddb_stream SET disabled_ms=?2 WHERE number=?1",
    [SQL_STREAM_FIND] = "SELECT " STREAM_COLUMNS " FROM ddb_stream WHERE name=?1 AND label=?2",
    [SQL_STREAM_LIST] = "SELECT " STREAM_COLUMNS " FROM ddb_stream WHERE(name,label)>(?2,?3)"
                        "AND(?1 IS NULL OR name=?1)AND(disabled_ms IS NULL OR disabled_ms>?4)"
                        "ORDER BY name,label",
    [SQL_STREAM_TRIM_RECORDS] = "DELETE FROM ddb_record WHERE stream IN"
                                "(SELECT number FROM ddb_stream WHERE disabled_ms<=?1)",
    [SQL_STREAM_TRIM_SHARDS] = "DELETE FROM ddb_shard WHERE stream IN"
                               "(SELECT number FROM ddb_stream WHERE disabled_ms<=?1)",
    [SQL_STREAM_TRIM] = "DELETE FROM ddb_stream WHERE disabled_ms<=?1",
    [SQL_STREAM_TIMES] = "SELECT coalesce((SELECT at_ms FROM ddb_record ORDER BY seq LIMIT 1),0),"
                         "coalesce((SELECT min(created_ms)FROM ddb_shard WHERE last IS NULL),0),"
                         "coalesce((SELECT min(closed_ms)FROM ddb_shard),0),"
                         "coalesce((SELECT min(disabled_ms)FROM ddb_stream),0)",
    [SQL_SHARD_CREATE] = "INSERT INTO ddb_shard(id,stream,slot,parent,first,created_ms,trimmed)"
                         "VALUES(?1,?2,?3,?4,?5,?6,0)",
    /* An empty shard ends before it begins: its child begins at the same number. */
    [SQL_SHARD_CLOSE] = "UPDATE ddb_shard SET closed_ms=?3,last=coalesce("
                        "(SELECT seq FROM sqlite_sequence WHERE name='ddb_record'),0)"
                        "WHERE stream=?1 AND last IS NULL AND created_ms<=?2",
    [SQL_SHARD_FIND] = "SELECT " SHARD_COLUMNS " FROM ddb_shard WHERE stream=?1 AND id=?2",
    [SQL_SHARD_LIST] = "SELECT " SHARD_COLUMNS " FROM ddb_shard WHERE stream=?1 AND id>?2 "
                       "AND(closed_ms IS NULL OR closed_ms>?3)ORDER BY id",
    [SQL_SHARD_TRIM] = "DELETE FROM ddb_shard WHERE closed_ms<=?1",
    [SQL_SHARD_TRIMMED] = "UPDATE ddb_shard SET trimmed=?3 WHERE stream=?1 AND slot=?2 "
                          "AND first<=?3 AND(last IS NULL OR last>=?3)",
    [SQL_RECORD_ADD] = "INSERT INTO ddb_record(stream,slot,at_ms,kind,size,body)"
                       "VALUES(?1,?2,?3,?4,?5,?6)",
    [SQL_RECORD_LAST] = "SELECT seq FROM sqlite_sequence WHERE name='ddb_record'",
    [SQL_RECORD_RANGE] = "SELECT seq,stream,slot,at_ms,kind,size,body FROM ddb_record "
                         "WHERE stream=?1 AND slot=?2 AND seq>=?3 AND seq<=?4 ORDER BY seq",
    [SQL_RECORD_HEAD] = "SELECT seq,stream,slot,at_ms FROM ddb_record ORDER BY seq LIMIT ?1",
    [SQL_RECORD_TRIM] = "DELETE FROM ddb_record WHERE seq<=?1",
    [SQL_RECORD_COUNT] = "SELECT count(*) FROM ddb_record WHERE stream=?1",
    [SQL_SETTING_GET] = "SELECT value FROM ddb_setting WHERE kind=?1 AND resource=?2 AND name=?3",
    [SQL_SETTING_PUT] = "INSERT INTO ddb_setting(kind,resource,name,value)VALUES(?1,?2,?3,?4)"
                        "ON CONFLICT(kind,resource,name)DO UPDATE SET value=excluded.value",
    [SQL_SETTING_DELETE] = "DELETE FROM ddb_setting WHERE kind=?1 AND resource=?2 AND name=?3",
    [SQL_SETTINGS_OF] = "SELECT resource,name,value FROM ddb_setting "
                        "WHERE kind=?1 AND resource=?2 AND name>?3 ORDER BY name LIMIT ?4",
    [SQL_SETTINGS_ALL] = "SELECT resource,name,value FROM ddb_setting "
                         "WHERE kind=?1 AND(resource,name)>(?2,?3)ORDER BY resource,name LIMIT ?4",
    [SQL_SETTINGS_DROP] = "DELETE FROM ddb_setting WHERE resource=?1 "
                          "OR(resource>?1||'/' AND resource<?1||'0')", /* 0 follows / */
    [SQL_ARCHIVE_ADD] = "INSERT INTO ddb_archive(kind,id,table_name,name,status,created_ms,"
                        "ended_ms,items,bytes,processed,errors,token,failure,body)"
                        "VALUES(?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)RETURNING number",
    [SQL_ARCHIVE_SAVE] = "UPDATE ddb_archive SET status=?2,ended_ms=?3,items=?4,bytes=?5,"
                         "processed=?6,errors=?7,failure=?8,body=?9 WHERE number=?1",
    [SQL_ARCHIVE_GET] = "SELECT * FROM ddb_archive WHERE kind=?1 AND id=?2",
    [SQL_ARCHIVE_AT] = "SELECT * FROM ddb_archive WHERE number=?1",
    [SQL_ARCHIVE_NEXT] = "SELECT * FROM ddb_archive WHERE kind=?1 AND id>?2 ORDER BY id LIMIT 1",
    [SQL_ARCHIVE_TOKEN] = "SELECT * FROM ddb_archive WHERE kind=?1 AND token=?2 AND created_ms>?3 "
                          "ORDER BY id DESC LIMIT 1",
    [SQL_ARCHIVE_DELETE] = "DELETE FROM ddb_archive WHERE number=?1",
    [SQL_BACKUP_ROW_ADD] = "INSERT INTO ddb_backup_row(archive,h,pk,sk,size,item)"
                           "VALUES(?1,?2,?3,?4,?5,?6)",
    [SQL_BACKUP_ROWS] = "SELECT h,pk,sk,size,item FROM ddb_backup_row INDEXED BY ddb_backup_row_k "
                        "WHERE archive=?1 AND (h,pk,sk)>(?2,?3,?4) ORDER BY h,pk,sk",
    [SQL_BACKUP_ROWS_TRIM] = "DELETE FROM ddb_backup_row WHERE rowid IN(SELECT rowid FROM "
                             "ddb_backup_row WHERE archive=?1 LIMIT ?2)",
    [SQL_HISTORY_ADD] = "INSERT INTO ddb_history(number,at_ms,h,pk,sk,size,item)"
                        "VALUES(?1,?2,?3,?4,?5,?6,?7)",
    [SQL_HISTORY_LAST] = "SELECT seq FROM ddb_history ORDER BY seq DESC LIMIT 1",
    [SQL_HISTORY_AT] = "SELECT seq FROM ddb_history INDEXED BY ddb_history_at "
                       "WHERE number=?1 AND at_ms<=?2 ORDER BY at_ms DESC,seq DESC LIMIT 1",
    [SQL_HISTORY_PAST] = "SELECT h,pk,sk,size,item,min(seq) FROM ddb_history "
                         "INDEXED BY ddb_history_k WHERE number=?1 AND (h,pk,sk)>(?2,?3,?4) AND "
                         "seq>?5 AND seq<=?6 GROUP BY h,pk,sk ORDER BY h,pk,sk",
    [SQL_HISTORY_CHANGED] = "SELECT at_ms FROM ddb_history INDEXED BY ddb_history_k "
                            "WHERE number=?1 AND h=?2 AND pk=?3 AND sk=?4 AND seq<=?5 "
                            "ORDER BY seq DESC LIMIT 1",
    [SQL_HISTORY_OLDEST] = "SELECT size,item FROM ddb_history INDEXED BY ddb_history_k "
                           "WHERE number=?1 AND h=?2 AND pk=?3 AND sk=?4 AND seq>?5 "
                           "ORDER BY seq LIMIT 1",
    [SQL_HISTORY_TRIM] = "DELETE FROM ddb_history WHERE seq IN(SELECT seq FROM ddb_history "
                         "INDEXED BY ddb_history_at WHERE number=?1 AND at_ms<=?2 AND "
                         "seq<=?3 ORDER BY at_ms LIMIT ?4)",
    [SQL_JOB_ADD] = "INSERT INTO ddb_job(kind,archive,source,target,seq,seq_from,h,pk,sk,state)"
                    "VALUES(?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)RETURNING number",
    [SQL_JOB_SAVE] = "UPDATE ddb_job SET h=?2,pk=?3,sk=?4,state=?5 WHERE number=?1",
    [SQL_JOB_DELETE] = "DELETE FROM ddb_job WHERE number=?1",
    [SQL_JOB_NEXT] = "SELECT * FROM ddb_job WHERE number>?1 ORDER BY number LIMIT 1",
};

/* All SQL is ours and fits the schema we know, so SQLITE_ERROR from preparing or running it means
 * that the schema is another one now: DDB_STALE. */
int sql_failed(store *st, ctx *cx, int sqlite_rc)
{
    const char *text = sqlite3_errmsg(st->db);

    switch (sqlite_rc & 0xff) {
    case SQLITE_NOMEM:
        return DDB_NOMEM;
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
        return DDB_STALE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(cx, DDB_STORAGE_BUSY,
                    "The database is locked by another connection or process");
    case SQLITE_FULL:
        return fail(cx, DDB_STORAGE_FULL, "There is no room left to store this: %s", text);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return fail(cx, DDB_STORAGE_READONLY, "The database cannot be written: %s", text);
    case SQLITE_NOTADB:
        return fail(cx, DDB_NOT_A_DATABASE, "The file is not a ddblite database: %s", text);
    case SQLITE_CORRUPT:
    case SQLITE_CONSTRAINT: /* statements of ours break none in a file as we left it */
    case SQLITE_MISMATCH:
        return fail(cx, DDB_STORAGE_CORRUPT, "The database file is damaged: %s", text);
    case SQLITE_CANTOPEN:
        return fail(cx, DDB_STORAGE_IO, "The database file cannot be opened: %s", text);
    case SQLITE_IOERR:
        if (sqlite_rc == SQLITE_IOERR_NOMEM)
            return DDB_NOMEM;
        return fail(cx, DDB_STORAGE_IO, "The database file cannot be read or written: %s", text);
    default:
        return fail(cx, DDB_STORAGE_IO, "The storage failed: %s (%d)", text, sqlite_rc);
    }
}

int sql_prepare(store *st, ctx *cx, str sql, sqlite3_stmt **out)
{
    int rc;

    assert(sql.n < 1000000);
    st->counters.prepares++;
    rc = sqlite3_prepare_v3(st->db, sql.p, (int)sql.n, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return rc == SQLITE_OK ? 0 : sql_failed(st, cx, rc);
}

int sql_fixed(store *st, ctx *cx, enum fixed_sql which, sqlite3_stmt **out)
{
    if (st->fixed[which] == NULL)
        TRY(sql_prepare(st, cx, str_of(fixed_text[which]), &st->fixed[which]));
    *out = st->fixed[which];
    return 0;
}

int sql_step(store *st, ctx *cx, sqlite3_stmt *q)
{
    int rc;

    st->counters.steps++;
    rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE) {
        (void)sqlite3_reset(q); /* repeats the step's result, which is known */
        return 0;
    }
    rc = sql_failed(st, cx, rc);
    (void)sqlite3_reset(q); /* the same */
    txn_note_lost(st);
    return rc;
}

int sql_run(store *st, ctx *cx, sqlite3_stmt *q)
{
    int rc;

    while ((rc = sql_step(st, cx, q)) > 0)
        ;
    return rc;
}

int sql_exec(store *st, ctx *cx, const char *sql)
{
    int rc = sqlite3_exec(st->db, sql, NULL, NULL, NULL);

    st->counters.prepares++;
    st->counters.steps++;
    if (rc == SQLITE_OK)
        return 0;
    rc = sql_failed(st, cx, rc);
    txn_note_lost(st);
    return rc;
}

int sql_exec_buf(store *st, ctx *cx, buf *b)
{
    buf_byte(b, '\0');
    return b->err != 0 ? b->err : sql_exec(st, cx, b->p);
}

int sql_need_transaction(store *st, ctx *cx)
{
    if (store_in_transaction(st))
        return 0;
    return fail(cx, DDB_STORAGE_IO, "A write needs an open transaction, and there is none: an "
                                    "earlier failure has rolled it back");
}

/* A NULL pointer would bind NULL, and an absent key is the empty one here. */
void sql_bind_bytes(sqlite3_stmt *q, int at, str s)
{
    assert(s.n <= INT32_MAX);
    (void)sqlite3_bind_blob(q, at, s.p != NULL ? s.p : "", (int)s.n, SQLITE_STATIC);
}

void sql_bind_text(sqlite3_stmt *q, int at, str s)
{
    assert(s.n <= INT32_MAX);
    (void)sqlite3_bind_text(q, at, s.p != NULL ? s.p : "", (int)s.n, SQLITE_STATIC);
}

/* Text is read as a blob too: that spares the copy SQLite makes to put a NUL behind it. */
str sql_column(sqlite3_stmt *q, int at)
{
    const void *p = sqlite3_column_blob(q, at);
    int n = sqlite3_column_bytes(q, at);

    if (p != NULL)
        return (str){p, (size_t)n};
    return sqlite3_column_type(q, at) == SQLITE_NULL ? STR_ABSENT : STR("");
}

/* ---- the statements of a table ---- */

static void cursor_free(cursor *c)
{
    (void)sqlite3_finalize(c->q); /* repeats an old error */
    mem_free(c->st->m, c);
}

static void stmts_clear(store *st, table_stmts *s)
{
    (void)sqlite3_finalize(s->get);
    (void)sqlite3_finalize(s->put);
    (void)sqlite3_finalize(s->remove);
    s->get = s->put = s->remove = NULL;
    while (s->cursors != NULL) {
        cursor *c = s->cursors;
        s->cursors = c->next;
        if (c->busy) {
            c->of = NULL;
            c->next = st->orphans;
            st->orphans = c;
        } else {
            cursor_free(c);
        }
    }
}

void store_forget_table(store *st, int64_t number)
{
    table_stmts **at = &st->buckets[(uint64_t)number % STMT_BUCKETS];

    for (; *at != NULL; at = &(*at)->next) {
        table_stmts *s = *at;
        if (s->number != number)
            continue;
        *at = s->next;
        if (st->last == s)
            st->last = NULL;
        stmts_clear(st, s);
        mem_free(st->m, s);
        st->table_count--;
        return;
    }
}

void store_forget_all(store *st)
{
    for (size_t i = 0; i < STMT_BUCKETS; i++)
        while (st->buckets[i] != NULL)
            store_forget_table(st, st->buckets[i]->number);
    assert(st->table_count == 0);
}

void stmts_free_all(store *st)
{
    store_forget_all(st);
    for (size_t i = 0; i < FIXED_SQL_COUNT; i++) {
        (void)sqlite3_finalize(st->fixed[i]);
        st->fixed[i] = NULL;
    }
}

static void forget_oldest(store *st)
{
    const table_stmts *oldest = NULL;

    for (size_t i = 0; i < STMT_BUCKETS; i++)
        for (const table_stmts *s = st->buckets[i]; s != NULL; s = s->next)
            if (oldest == NULL || s->used < oldest->used)
                oldest = s;
    if (oldest != NULL)
        store_forget_table(st, oldest->number);
}

static table_stmts *stmts_find(store *st, int64_t number)
{
    table_stmts *s = st->last;

    if (s != NULL && s->number == number)
        return s;
    for (s = st->buckets[(uint64_t)number % STMT_BUCKETS]; s != NULL; s = s->next)
        if (s->number == number)
            return s;
    return NULL;
}

int stmts_get(store *st, ctx *cx, const table *t, table_stmts **out)
{
    table_stmts *s = stmts_find(st, t->number);

    (void)cx;
    if (s == NULL) {
        if (st->table_count >= STMT_TABLES_MAX)
            forget_oldest(st);
        s = mem_alloc(st->m, sizeof *s);
        if (s == NULL)
            return DDB_NOMEM;
        *s = (table_stmts){.number = t->number,
                           .index_count = t->index_count,
                           .next_slot = t->next_slot,
                           .ttl = t->ttl_enabled,
                           .use = t->use_tracked,
                           .next = st->buckets[(uint64_t)t->number % STMT_BUCKETS]};
        st->buckets[(uint64_t)t->number % STMT_BUCKETS] = s;
        st->table_count++;
    } else if (s->index_count != t->index_count || s->next_slot != t->next_slot ||
               s->ttl != t->ttl_enabled || s->use != t->use_tracked) {
        stmts_clear(st, s);
        s->ttl = t->ttl_enabled;
        s->use = t->use_tracked;
        s->index_count = t->index_count;
        s->next_slot = t->next_slot;
    }
    s->used = ++st->clock;
    st->last = s;
    *out = s;
    return 0;
}

uint32_t cursor_key(cursor_use use, const index_def *ix, bool backward)
{
    uint32_t slot = ix != NULL ? (uint32_t)ix->slot + 1u : 0u;

    return slot << 8 | (uint32_t)use << 1 | (uint32_t)backward;
}

int stmts_borrow(store *st, ctx *cx, const table *t, cursor_use use, const index_def *ix,
                 bool backward, sql_writer sql, cursor **out)
{
    uint32_t key = cursor_key(use, ix, backward);
    table_stmts *s;
    cursor *c;
    buf b;
    int rc;

    TRY(stmts_get(st, cx, t, &s));
    for (c = s->cursors; c != NULL; c = c->next) {
        if (c->key == key && !c->busy) {
            c->busy = true;
            c->ended = false;
            *out = c;
            return 0;
        }
    }
    c = mem_alloc(st->m, sizeof *c);
    if (c == NULL)
        return DDB_NOMEM;
    *c = (cursor){.st = st, .of = s, .key = key, .busy = true};
    buf_init_arena(&b, cx->a, 4096);
    sql(&b, t, ix, backward);
    rc = b.err != 0 ? b.err : sql_prepare(st, cx, buf_view(&b), &c->q);
    if (rc < 0) {
        mem_free(st->m, c);
        return rc;
    }
    c->next = s->cursors;
    s->cursors = c;
    *out = c;
    return 0;
}

void stmts_return(cursor *c)
{
    assert(c->busy);
    (void)sqlite3_reset(c->q); /* repeats an error that was reported */
    c->busy = false;
    if (c->of == NULL) {
        cursor **at = &c->st->orphans;
        while (*at != c)
            at = &(*at)->next;
        *at = c->next;
        cursor_free(c);
    }
}

/*
 * open.c - opening and closing: pragmas by mode, whose file it is, which format.
 *
 *   connect -> identify (reads only) -> pragmas -> create when empty
 *
 * Promises:
 *   - a file that is not ours, or newer than us, is left as it was: nothing is written before it
 *     was identified;
 *   - two processes that create the same file at once both succeed: creation is one transaction
 *     and looks again once it has the lock;
 *   - a failure in between leaves an empty database, which the next open takes for a new one.
 * A new format: raise STORE_FORMAT, and migrate in one transaction where file_identify() meets an
 * older one. There is none yet.
 */
#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

/* What a mode sets on the connection, in order. The official wasm build has other defaults than
 * ours, so whatever matters is said. */
static const char *const pragmas_always =
    "PRAGMA trusted_schema=OFF;PRAGMA foreign_keys=OFF;PRAGMA recursive_triggers=OFF;"
    "PRAGMA temp_store=MEMORY;PRAGMA page_size=4096;PRAGMA cache_size=-16000;";
static const char *const pragmas_memory = "PRAGMA journal_mode=MEMORY;PRAGMA synchronous=OFF;";
static const char *const pragmas_sole = "PRAGMA locking_mode=EXCLUSIVE;"; /* before any access */
/* Keeps the WAL file from staying as large as the largest transaction ever was. */
static const char *const pragmas_wal = "PRAGMA journal_size_limit=67108864;";

static const char *const synchronous_of[] = {
    [DURABILITY_NORMAL] = "PRAGMA synchronous=NORMAL",
    [DURABILITY_FULL] = "PRAGMA synchronous=FULL",
    [DURABILITY_RELAXED] = "PRAGMA synchronous=OFF",
};

static const char *const schema_text =
    "CREATE TABLE ddb_meta(key TEXT PRIMARY KEY,value)WITHOUT ROWID;"
    "CREATE TABLE ddb_table(number INTEGER PRIMARY KEY,name TEXT NOT NULL UNIQUE,"
    "definition TEXT NOT NULL);"
    "CREATE TABLE ddb_token(api TEXT NOT NULL,token TEXT NOT NULL,hash BLOB NOT NULL,"
    "expires_ms INTEGER NOT NULL,response TEXT NOT NULL,PRIMARY KEY(api,token));"
    "CREATE INDEX ddb_token_expires ON ddb_token(expires_ms);"
    "CREATE TABLE ddb_setting(kind TEXT NOT NULL,resource TEXT NOT NULL,name TEXT NOT NULL,"
    "value TEXT NOT NULL,PRIMARY KEY(kind,resource,name))WITHOUT ROWID;"
    "CREATE INDEX ddb_setting_resource ON ddb_setting(resource);"
    "CREATE TABLE ddb_archive(number INTEGER PRIMARY KEY AUTOINCREMENT,kind INTEGER NOT NULL,"
    "id TEXT NOT NULL,table_name TEXT NOT NULL,name TEXT NOT NULL,status INTEGER NOT NULL,"
    "created_ms INTEGER NOT NULL,ended_ms INTEGER NOT NULL,items INTEGER NOT NULL,"
    "bytes INTEGER NOT NULL,processed INTEGER NOT NULL,errors INTEGER NOT NULL,token TEXT,"
    "failure TEXT,body TEXT NOT NULL,UNIQUE(kind,id));"
    "CREATE TABLE ddb_backup_row(archive INTEGER NOT NULL,h INTEGER NOT NULL,pk BLOB NOT NULL,"
    "sk BLOB NOT NULL,size INTEGER NOT NULL,item TEXT NOT NULL);"
    "CREATE UNIQUE INDEX ddb_backup_row_k ON ddb_backup_row(archive,h,pk,sk);"
    "CREATE TABLE ddb_history(seq INTEGER PRIMARY KEY AUTOINCREMENT,number INTEGER NOT NULL,"
    "at_ms INTEGER NOT NULL,h INTEGER NOT NULL,pk BLOB NOT NULL,sk BLOB NOT NULL,"
    "size INTEGER NOT NULL,item TEXT);"
    "CREATE INDEX ddb_history_k ON ddb_history(number,h,pk,sk);"
    "CREATE INDEX ddb_history_at ON ddb_history(number,at_ms);"
    "CREATE TABLE ddb_job(number INTEGER PRIMARY KEY AUTOINCREMENT,kind INTEGER NOT NULL,"
    "archive INTEGER NOT NULL,source INTEGER NOT NULL,target INTEGER NOT NULL,"
    "seq INTEGER NOT NULL,seq_from INTEGER NOT NULL,h INTEGER NOT NULL,pk BLOB NOT NULL,"
    "sk BLOB NOT NULL,state TEXT NOT NULL);"
    "CREATE TABLE ddb_stream(number INTEGER PRIMARY KEY,name TEXT NOT NULL,label TEXT NOT NULL,"
    "view INTEGER NOT NULL,keys TEXT NOT NULL,created_ms INTEGER NOT NULL,disabled_ms INTEGER,"
    "UNIQUE(name,label));"
    "CREATE TABLE ddb_shard(id TEXT NOT NULL,stream INTEGER NOT NULL,slot INTEGER NOT NULL,"
    "parent TEXT,first INTEGER NOT NULL,last INTEGER,created_ms INTEGER NOT NULL,"
    "closed_ms INTEGER,trimmed INTEGER NOT NULL,PRIMARY KEY(stream,id))WITHOUT ROWID;"
    "CREATE TABLE ddb_record(seq INTEGER PRIMARY KEY AUTOINCREMENT,stream INTEGER NOT NULL,"
    "slot INTEGER NOT NULL,at_ms INTEGER NOT NULL,kind INTEGER NOT NULL,size INTEGER NOT NULL,"
    "body TEXT NOT NULL);"
    "CREATE INDEX ddb_record_slot ON ddb_record(stream,slot);"
    "INSERT INTO ddb_meta(key,value)VALUES('ddb.next_table',1);";

int sql_number(store *st, ctx *cx, const char *sql, int64_t *out)
{
    sqlite3_stmt *q = NULL;
    int rc = sql_prepare(st, cx, str_of(sql), &q);

    if (rc == 0)
        rc = sql_step(st, cx, q);
    *out = rc == 1 ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc < 0 ? rc : 0;
}

static int connect(store *st, ctx *cx, const store_options *o)
{
    const char *path = st->in_memory ? ":memory:" : o->path;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(path, &st->db, flags, o->vfs);

    if (st->db == NULL)
        return DDB_NOMEM;
    if (rc == SQLITE_CANTOPEN)
        return fail(cx, DDB_STORAGE_IO,
                    "Cannot open %s: its directory is missing or cannot be written, or it is not "
                    "a file", path);
    if (rc != SQLITE_OK)
        return sql_failed(st, cx, rc);
    (void)sqlite3_extended_result_codes(st->db, 1);      /* cannot fail on an open connection */
    st->busy_ms = o->busy_ms > 0 ? o->busy_ms : 0;
    (void)sqlite3_busy_timeout(st->db, st->busy_ms);
    /* SQLite falls back to reading when a file cannot be written. */
    if (sqlite3_db_readonly(st->db, "main") == 1)
        return fail(cx, DDB_STORAGE_READONLY, "Cannot open %s: it is read-only", path);
    return 0;
}

int file_identify(store *st, ctx *cx, const char *path, bool *empty)
{
    int64_t application, format, objects;
    int rc = sql_number(st, cx, "PRAGMA application_id", &application); /* reads the header */

    if (rc == DDB_NOT_A_DATABASE)
        return fail(cx, rc, "%s is not a ddblite database: it is not an SQLite file", path);
    TRY(rc);
    TRY(sql_number(st, cx, "PRAGMA user_version", &format));
    TRY(sql_number(st, cx, "SELECT count(*) FROM sqlite_schema", &objects));
    *empty = application == 0 && format == 0 && objects == 0;
    if (*empty)
        return 0;
    if (application != STORE_APPLICATION_ID || format < 1)
        return fail(cx, DDB_NOT_A_DATABASE,
                    "%s is an SQLite database of another program, not a ddblite database", path);
    if (format > STORE_FORMAT)
        return fail(cx, DDB_FORMAT_NEWER,
                    "%s has format %l, and this version of ddblite reads formats up to %d: update "
                    "ddblite to open it", path, format, STORE_FORMAT);
    return 0;
}

/* WAL where the file system can; `wal` in out tells. A connection that is just switching the same
 * file makes ours busy without waiting, so it is asked for again after a wait for its lock. */
static int set_wal(store *st, ctx *cx, bool *wal)
{
    int rc = 0;

    for (int i = 0; i < 10; i++) {
        sqlite3_stmt *q = NULL;
        rc = sql_prepare(st, cx, STR("PRAGMA journal_mode=WAL"), &q);
        if (rc == 0)
            rc = sql_step(st, cx, q);
        *wal = rc == 1 && str_eq(sql_column(q, 0), STR("wal"));
        (void)sqlite3_finalize(q); /* repeats an error that is in rc */
        if (rc != DDB_STORAGE_BUSY || sql_exec(st, cx, "BEGIN EXCLUSIVE;COMMIT") < 0)
            break;
    }
    return rc < 0 ? rc : 0;
}

static int tune_file(store *st, ctx *cx, const store_options *o)
{
    bool wal = false;

    if (o->mode == STORAGE_HOST)
        return sql_exec(st, cx, pragmas_memory);
    TRY(set_wal(st, cx, &wal));
    if (wal)
        TRY(sql_exec(st, cx, pragmas_wal));
    /* A rollback journal is safe from power loss only when fully synced. */
    if (!wal && o->durability == DURABILITY_NORMAL)
        return sql_exec(st, cx, synchronous_of[DURABILITY_FULL]);
    return sql_exec(st, cx, synchronous_of[o->durability]);
}

int memory_connect(store *st, ctx *cx)
{
    static const store_options in_memory = {.path = NULL};

    TRY(connect(st, cx, &in_memory));
    TRY(sql_exec(st, cx, pragmas_always));
    return sql_exec(st, cx, pragmas_memory);
}

static int create(store *st, ctx *cx, const char *path)
{
    bool empty;
    buf b;
    int rc;

    TRY(store_begin(st, cx));
    rc = file_identify(st, cx, path, &empty); /* another process may have been first */
    if (rc == 0 && empty) {
        buf_init_arena(&b, cx->a, 65536);
        buf_fmt(&b, "%sPRAGMA application_id=%d;PRAGMA user_version=%d", schema_text,
                STORE_APPLICATION_ID, STORE_FORMAT);
        rc = sql_exec_buf(st, cx, &b);
    }
    if (rc == 0)
        return store_commit(st, cx);
    store_rollback(st);
    return rc;
}

static int open_file(store *st, ctx *cx, const store_options *o)
{
    const char *path = st->in_memory ? "the database in memory" : o->path;
    bool empty;
    int rc;

    TRY(connect(st, cx, o));
    if (o->mode == STORAGE_SOLE)
        TRY(sql_exec(st, cx, pragmas_sole));
    TRY(store_begin_read(st, cx)); /* one snapshot: another process may be creating it */
    rc = file_identify(st, cx, path, &empty);
    store_end_read(st);
    if (rc == DDB_STALE) /* not by SQL of ours: a schema SQLite cannot read */
        rc = fail(cx, DDB_NOT_A_DATABASE, "%s is not a ddblite database", path);
    if (rc == DDB_NOT_A_DATABASE || rc == DDB_FORMAT_NEWER) {
#ifndef __EMSCRIPTEN__ /* a C variadic function is out of a side module's reach */
        /* Another program's WAL file stays where it is. */
        (void)sqlite3_db_config(st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
#endif
        return rc;
    }
    TRY(rc);
    TRY(sql_exec(st, cx, pragmas_always));
    TRY(st->in_memory ? sql_exec(st, cx, pragmas_memory) : tune_file(st, cx, o));
    if (o->mode == STORAGE_SOLE)
        transfers_sweep(st);
    if (o->copy_of != NULL)
        return pages_copy(st, cx, o->copy_of);
    return empty ? create(st, cx, path) : 0;
}

int store_open(ctx *cx, const store_options *o, store **out)
{
    store *st;
    int rc;

    assert((size_t)o->durability < COUNT(synchronous_of));
    assert(o->copy_of == NULL || o->path == NULL);
    if (o->path != NULL && o->path[0] == '\0')
        return fail(cx, DDB_BAD_ARGUMENT, "The database's path is empty");
    if (sqlite3_initialize() != SQLITE_OK)
        return DDB_NOMEM;
    st = mem_alloc(cx->m, sizeof *st);
    if (st == NULL)
        return DDB_NOMEM;
    *st = (store){.m = cx->m,
                  .mode = o->mode,
                  .in_memory = o->path == NULL || str_eq(str_of(o->path), STR(":memory:"))};
    rc = open_file(st, cx, o);
    if (rc < 0) {
        store_close(st);
        return rc == DDB_STALE ? fail(cx, DDB_STORAGE_BUSY, "Another process is changing the "
                                                            "database; open it again") : rc;
    }
    *out = st;
    return 0;
}

void store_close(store *st)
{
    if (st == NULL)
        return;
    if (st->db != NULL)
        store_rollback(st);
    transfers_end_all(st);
    assert(st->orphans == NULL);
    stmts_free_all(st);
    assert(st->orphans == NULL); /* a cursor outlives its store: our own bug */
    (void)sqlite3_close_v2(st->db); /* with all statements finalised there is nothing to refuse */
    mem_free(st->m, st);
}

store_counters store_counters_get(const store *st)
{
    return st->counters;
}

bool store_in_memory(const store *st)
{
    return st->in_memory;
}

const char *store_sqlite_version(void)
{
    return sqlite3_libversion();
}

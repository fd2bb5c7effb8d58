/*
 * internal.h - what the files of core/store share. Nobody else includes it.
 *
 *   open.c     files, pragmas by mode, the format number
 *   sql.c      errors, preparing, stepping, the statement cache
 *   txn.c      transactions, savepoints, the version of the file
 *   catalog.c  ddb_meta, ddb_table, the rows tables and their indexes
 *   token.c    idempotency tokens
 *   settings.c tags, policies and the like
 *   backup.c   backups, old images, exports and imports, long jobs
 *   rows.c     one row: get, put, delete, index cells
 *   range.c    runs of rows: cursors, sums
 *   stream.c   streams, shards and records
 *   ttl.c      the column of Time To Live
 *   snapshot.c whole databases as bytes, emptying
 *   transfer.c whole databases as files, piece by piece
 *   upkeep.c   size, VACUUM
 *   foreign.c  database files of DynamoDB Local
 *   use.c      when items were last used
 *
 * Statements stand in two places. Those of the whole store are numbered (enum fixed_sql) and
 * prepared at first use. Those of one table hang on its table_stmts: the three hot ones by name,
 * all others as a `cursor`, found by what they do (cursor_key).
 */
#ifndef DDB_STORE_INTERNAL_H
#define DDB_STORE_INTERNAL_H

#include "store/store.h"

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

/* "ddbl": tells our files from other programs' SQLite files. */
#define STORE_APPLICATION_ID 1684300396

/* ours: tables whose statements are kept; the least recently used one makes room. */
#define STMT_TABLES_MAX 256
#define STMT_BUCKETS 256 /* numbers are handed out in sequence, so they spread evenly */

enum fixed_sql {
    SQL_BEGIN,
    SQL_BEGIN_READ,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SAVEPOINT,
    SQL_RELEASE,
    SQL_ROLLBACK_TO,
    SQL_DATA_VERSION,
    SQL_META_GET,
    SQL_META_PUT,
    SQL_META_DELETE,
    SQL_DISCARD_NEXT,
    SQL_NEXT_NUMBER,
    SQL_TABLES,
    SQL_TABLE_INSERT,
    SQL_TABLE_UPDATE,
    SQL_TABLE_DELETE,
    SQL_TOKEN_GET,
    SQL_TOKEN_PUT,
    SQL_TOKEN_TRIM,
    SQL_SETTING_GET,
    SQL_SETTING_PUT,
    SQL_SETTING_DELETE,
    SQL_SETTINGS_OF,
    SQL_SETTINGS_ALL,
    SQL_SETTINGS_DROP,
    SQL_ARCHIVE_ADD,
    SQL_ARCHIVE_SAVE,
    SQL_ARCHIVE_GET,
    SQL_ARCHIVE_AT,
    SQL_ARCHIVE_NEXT,
    SQL_ARCHIVE_TOKEN,
    SQL_ARCHIVE_DELETE,
    SQL_BACKUP_ROW_ADD,
    SQL_BACKUP_ROWS,
    SQL_BACKUP_ROWS_TRIM,
    SQL_HISTORY_ADD,
    SQL_HISTORY_LAST,
    SQL_HISTORY_AT,
    SQL_HISTORY_PAST,
    SQL_HISTORY_CHANGED,
    SQL_HISTORY_OLDEST,
    SQL_HISTORY_TRIM,
    SQL_JOB_ADD,
    SQL_JOB_SAVE,
    SQL_JOB_DELETE,
    SQL_JOB_NEXT,
    SQL_STREAM_CREATE,
    SQL_STREAM_DISABLE,
    SQL_STREAM_FIND,
    SQL_STREAM_LIST,
    SQL_STREAM_TRIM_RECORDS,
    SQL_STREAM_TRIM_SHARDS,
    SQL_STREAM_TRIM,
    SQL_STREAM_TIMES,
    SQL_SHARD_CREATE,
    SQL_SHARD_CLOSE,
    SQL_SHARD_FIND,
    SQL_SHARD_LIST,
    SQL_SHARD_TRIM,
    SQL_SHARD_TRIMMED,
    SQL_RECORD_ADD,
    SQL_RECORD_LAST,
    SQL_RECORD_RANGE,
    SQL_RECORD_HEAD,
    SQL_RECORD_TRIM,
    SQL_RECORD_COUNT,
    FIXED_SQL_COUNT
};

/* What a statement of a table does. */
typedef enum {
    DO_QUERY,
    DO_SCAN,
    DO_SET_INDEX,
    DO_SUM,
    DO_COUNT,
    DO_SAMPLE,
    DO_SUM_PARTITION,
    DO_SET_EXPIRY,
    DO_EXPIRED,
    DO_NEXT_EXPIRY,
    DO_TOUCH,
    DO_OLDEST_USE
} cursor_use;

/* The moment a sum was taken at; it holds until one of them moves. */
typedef struct sum_stamp {
    bool set;
    uint64_t changes; /* of the table, by us */
    uint64_t epoch;   /* of rollbacks */
    uint32_t version; /* of the file */
} sum_stamp;

struct cursor {
    store *st;
    struct table_stmts *of; /* NULL: the table was forgotten while the cursor was open */
    cursor *next;
    sqlite3_stmt *q;
    uint32_t key;
    bool busy;   /* lent out */
    bool ended;  /* the last row was given; a further step would begin anew */
    sum_stamp stamp;
    int64_t items, bytes;
};

typedef struct table_stmts {
    struct table_stmts *next;
    int64_t number;
    uint32_t index_count, next_slot; /* of the definition the statements were written for */
    bool ttl, use;                   /* the same */
    uint64_t used;                   /* st->clock at the last use */
    uint64_t changes;                /* rows written through us */
    sqlite3_stmt *get, *put, *remove;
    cursor *cursors;
} table_stmts;

struct store {
    mem *m;
    sqlite3 *db;
    bool in_memory;
    storage_mode mode;
    int busy_ms;
    bool writing;          /* we began a write transaction (SQLite may have ended it) */
    bool reading;          /* we began a read transaction */
    uint32_t own_versions; /* how far our own commits have moved SQLite's data version */
    uint32_t begin_version;/* SQLite's data version when the write transaction began */
    uint64_t epoch;        /* rollbacks so far */
    uint64_t clock;
    int64_t last_use;      /* use.h */
    store_counters counters;
    sqlite3_stmt *fixed[FIXED_SQL_COUNT];
    table_stmts *buckets[STMT_BUCKETS];
    table_stmts *last;     /* the table used last: most requests come in runs */
    uint32_t table_count;  /* entries in buckets */
    cursor *orphans;       /* open cursors of forgotten tables */
    struct transfer *transfers;
    int64_t last_transfer;
};

/* ---- sql.c ---- */
/* Turns an SQLite result code into our error, with a text from the connection. */
int sql_failed(store *st, ctx *cx, int sqlite_rc);
int sql_prepare(store *st, ctx *cx, str sql, sqlite3_stmt **out);
int sql_fixed(store *st, ctx *cx, enum fixed_sql which, sqlite3_stmt **out);
/* 1 row, 0 done, or an error; the statement is reset unless a row stands. */
int sql_step(store *st, ctx *cx, sqlite3_stmt *q);
/* Steps to the end and resets. */
int sql_run(store *st, ctx *cx, sqlite3_stmt *q);
/* Runs statements that are used once: DDL and pragmas. */
int sql_exec(store *st, ctx *cx, const char *sql);
int sql_exec_buf(store *st, ctx *cx, buf *b);
int sql_need_transaction(store *st, ctx *cx); /* writes outside of one are refused */
void sql_bind_bytes(sqlite3_stmt *q, int at, str s);
void sql_bind_text(sqlite3_stmt *q, int at, str s);
/* Column bytes; p is never NULL unless the column is NULL. Dies at the next step. */
str sql_column(sqlite3_stmt *q, int at);

/* The statements of t, written for its present indexes. */
int stmts_get(store *st, ctx *cx, const table *t, table_stmts **out);
uint32_t cursor_key(cursor_use use, const index_def *ix, bool backward);
/* A free cursor of this key, or one prepared from what `sql` writes. It is lent until
 * stmts_return(). */
typedef void (*sql_writer)(buf *b, const table *t, const index_def *ix, bool backward);
int stmts_borrow(store *st, ctx *cx, const table *t, cursor_use use, const index_def *ix,
                 bool backward, sql_writer sql, cursor **out);
void stmts_return(cursor *c);
void stmts_free_all(store *st); /* fixed ones too */

/* ---- catalog.c ---- */
/* A column of ours in t<number>, x<slot>_<name>, with the index t<number>_<name>, which
 * `put_create_index` writes. At ROW_COLUMNS_MAX the column goes too; below, its number is free. */
int column_create(store *st, ctx *cx, const table *t, int slot, const char *name,
                  void (*put_create_index)(buf *b, const table *t));
int column_drop(store *st, ctx *cx, const table *t, int slot, const char *name);

/* ---- ttl.c ---- */
void ttl_put_create_index(buf *b, const table *t);
/* Binds the item's expiry, NULL when it has none. */
int ttl_bind(sqlite3_stmt *q, int at, const table *t, str item);

/* ---- use.c ---- */
int64_t use_next(store *st, const ctx *cx); /* the column's value for a use of now */
void use_put_create_index(buf *b, const table *t);

/* ---- open.c ---- */
/* Runs a pragma that answers with one number. */
int sql_number(store *st, ctx *cx, const char *sql, int64_t *out);
/* Whose file is it? *empty: nobody's yet. `path` is for texts. */
int file_identify(store *st, ctx *cx, const char *path, bool *empty);
/* Connects to a new database in memory, without a page yet. */
int memory_connect(store *st, ctx *cx);

/* ---- snapshot.c ---- */
/* All pages of one database go to another, in one transaction of either. */
int pages_copy(store *to, ctx *cx, store *from);
/* SQLite's file header ("Database File Format"), and in it the write and the read version: 1 for a
 * rollback journal, 2 for WAL. */
#define IMAGE_HEADER_BYTES 100u
#define IMAGE_MARK_AT 18
#define IMAGE_MARK_NO_WAL 1
void image_mark(unsigned char *p); /* it has no WAL */
/* `what` begins the texts of errors. */
int image_check_header(ctx *cx, const char *what, const unsigned char *p, size_t n);
/* A file that nobody writes, if it is a database of ours; image_close(). */
int image_open_file(ctx *cx, const char *path, const char *vfs, const char *what, store *out);
int image_quick_check(store *image, ctx *cx, const char *what);
/* The database becomes the image, in one transaction. */
int image_install(store *st, ctx *cx, store *image, const char *what);
void image_close(store *image);

/* ---- transfer.c ---- */
void transfers_settle(store *st);  /* exports no longer need the database itself */
void transfers_end_all(store *st);
void transfers_sweep(store *st);   /* what a process that has ended was importing */

/* ---- upkeep.c ---- */
int checkpoint(store *st, ctx *cx); /* the whole WAL, as far as others allow */

/* ---- txn.c ---- */
void txn_note_lost(store *st); /* after a failed step: did SQLite roll back on its own? */

#endif

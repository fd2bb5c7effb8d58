/*
 * store.h - tables of rows on SQLite. The only folder that sees sqlite3.h; every SQL statement
 * of the product stands here.
 *
 * Stored form (STORE_FORMAT 1; application_id "ddbl", the format is user_version)
 *   ddb_meta(key, value)                    small settings, the next table number
 *   ddb_table(number, name, definition)     the catalog; definition is table_store()'s text
 *   ddb_token(api, token, hash, expires_ms, response)   idempotency
 *   ddb_setting(kind, resource, name, value)   tags, policies and the like (settings.h)
 *   t<number>(h, pk, sk, size, x<slot>_h, x<slot>_pk, x<slot>_sk ..., item)
 *       one SQLite table per DynamoDB table with the unique index t<number>_k on (h, pk, sk); a
 *       GSI has three columns and the partial index t<number>_x<slot> on
 *       (x_h, x_pk, x_sk, h, pk, sk) WHERE x_h IS NOT NULL; an LSI has the one column x_sk and an
 *       index on (h, pk, x_sk, sk) WHERE x_sk IS NOT NULL; with Time To Live x<slot>_ttl (ttl.h)
 *   ddb_stream, ddb_shard, ddb_record       streams (stream.h)
 *
 * Why a rowid table and not one clustered by the key (WITHOUT ROWID): 10,000 random rows with one
 * GSI in memory, SQLite 3.54.1 at -O2 on one machine, microseconds a row (a page of 50 rows for
 * query), megabytes in all:
 *                            437 B items                         1.1 KB items
 *                            put  get  query gsi-query  MB       put  get  query gsi-query  MB
 *   clustered, 4 KB pages    4.1  0.97  11      32       8.3     8.5  4.08   36     458*    48
 *   clustered, 8 KB          3.7  0.90  11      27       8.1     5.1  1.19   15      37     17
 *   clustered, 16 KB         3.4  0.86  11      26       7.7     4.4  0.99   14      30     16
 *   rowid, 4 KB              2.8  0.98  28      24*      7.9     3.3  1.05   36      30*    16
 *   rowid, 8 KB (this)       3.0  0.94  25      18       7.8     3.9  1.05   35      27     16
 *   rowid, 16 KB             2.8  0.93  23      17       7.6     3.5  0.97   28      22     15
 *   (* in a file)
 * A clustered row above a quarter of a page spills to overflow pages: 3 KB items then take 95 MB
 * instead of 43 (8 KB pages), and reads become four times slower. Rowid rows stay whole up to a
 * page, writes are cheaper, an index costs the same to read as the table; a query pays 10 us a
 * page of 50, of the 165 that parsing it costs. 8 KB pages: a commit of one row in a file takes
 * 31 us against 44 with 16 KB. Also measured: upsert against REPLACE 3.9 : 5.9 us for one row;
 * TEXT against BLOB for the item and mmap against read: no difference (so TEXT, which shows in the
 * sqlite3 shell, and no mmap).
 *
 * Errors are the DDB_STORAGE_* family with a text, or DDB_NOMEM, or DDB_NOT_FOUND where said.
 * DDB_STALE comes from any function when another connection has changed the schema under it.
 * Writes are refused outside of a transaction. Rows and cursors are borrowed: their bytes die at
 * the next step, or when the cursor closes. Statements are prepared once per table (or once per
 * store) and reused; store_forget_table() drops those of one table. Key bytes begin below FF
 * (keyenc does): a range without an upper bound is one up to FF.
 */
#ifndef DDB_STORE_STORE_H
#define DDB_STORE_STORE_H

#include "table/table.h"

#define STORE_FORMAT 1

typedef struct store store;

typedef enum { DURABILITY_NORMAL, DURABILITY_FULL, DURABILITY_RELAXED } durability;

/* Who else may use the file, which decides its journal. */
typedef enum {
    STORAGE_SHARED, /* other processes too: WAL */
    STORAGE_SOLE,   /* this connection alone: WAL without shared memory, as a VFS that has none
                       needs it (the browser's OPFS pool) */
    STORAGE_HOST    /* the VFS keeps pages in memory and saves them atomically: no journal file */
} storage_mode;

typedef struct store_options {
    const char *path; /* NULL: in memory */
    durability durability;
    int busy_ms;      /* how long a locked file is waited for */
    storage_mode mode;
    const char *vfs;  /* NULL: SQLite's default */
    store *copy_of;   /* in memory: begin with all that is committed there; NULL: empty */
} store_options;

typedef struct store_counters { /* exact, asserted by tests */
    uint64_t prepares, steps, commits;
} store_counters;

/* Opens or creates. A file that is not a database, has a newer format, is read-only or locked is
 * refused with its own error and left as it was. The mem outlives the store. */
int store_open(ctx *cx, const store_options *o, store **out);
void store_close(store *st); /* finalises everything; rolls back what is open */
store_counters store_counters_get(const store *st);
bool store_in_memory(const store *st);
const char *store_sqlite_version(void);

/* ---- transactions ---- */
int store_begin(store *st, ctx *cx);    /* BEGIN IMMEDIATE; a no-op when one is open */
int store_begin_now(store *st, ctx *cx); /* the same, but DDB_STORAGE_BUSY instead of a wait */
int store_commit(store *st, ctx *cx);   /* on failure the transaction has been rolled back */
void store_rollback(store *st);
bool store_in_transaction(const store *st);
/* One snapshot for several reads; does nothing inside a transaction. */
int store_begin_read(store *st, ctx *cx);
void store_end_read(store *st);            /* ends what store_begin_read began */
int store_savepoint(store *st, ctx *cx);
int store_release(store *st, ctx *cx); /* ends the savepoint, keeps what was done */
void store_rollback_to(store *st);      /* undo since the savepoint, and end it */
/* Grows whenever another connection has changed the file, as of the last statement run. Cheap. */
uint32_t store_version(store *st);
/* The moment of what is stored, as of the last statement run: two that are equal have nothing
 * between them, neither writes of any connection nor what a rollback or a restore took back. */
typedef struct store_stamp {
    uint64_t epoch;
    uint32_t version, changes;
} store_stamp;
store_stamp store_stamp_get(store *st);
bool store_stamp_eq(const store_stamp *a, const store_stamp *b);

/* ---- catalog ---- */
typedef int (*store_table_fn)(void *user, int64_t number, str name, str definition);
/* In name order; a negative result of fn stops and is returned. */
int store_tables(store *st, ctx *cx, store_table_fn fn, void *user);
int store_table_next_number(store *st, ctx *cx, int64_t *out);       /* takes it */
int store_table_create(store *st, ctx *cx, const table *t);  /* catalog row, rows table, indexes */
int store_table_save(store *st, ctx *cx, const table *t);    /* catalog row only */
/* The table is gone; the rows of a large one stay until store_discard() has taken them all. */
int store_table_drop(store *st, ctx *cx, const table *t);
int store_discards(store *st, ctx *cx); /* 1: there are such rows; 0 */
int store_discard(store *st, ctx *cx, int rows); /* takes so many at most; 1: there may be more */
/* Columns and an empty index. Copies all rows when ROW_COLUMNS_MAX is reached, once in a hundred
 * indexes or so. */
int store_index_create(store *st, ctx *cx, const table *t, const index_def *ix);
/* The index alone, from the columns that the rows have: one statement, whatever their number.
 * 1: it was built; 0: it was there. */
int store_index_build(store *st, ctx *cx, const table *t, const index_def *ix);
/* The index alone, which may be gone; rows keep their columns of it, which nobody reads. */
int store_index_drop(store *st, ctx *cx, const table *t, const index_def *ix);
void store_forget_table(store *st, int64_t number);
void store_forget_all(store *st); /* after DDB_STALE */

/* ---- rows ---- */
typedef struct row {
    key_bytes key; /* of the table */
    size_t size;   /* DynamoDB item size */
    str item;      /* canonical JSON */
} row;

typedef struct index_cell { /* per index of the table, in t->indexes order */
    bool in;
    key_bytes key;
} index_cell;

/* 0 with the row's size and text copied into the arena, or DDB_NOT_FOUND. */
int store_get(store *st, ctx *cx, const table *t, const key_bytes *k, row *out);
/* The same, with the text appended to b instead: GetItem's one copy. */
int store_get_into(store *st, ctx *cx, const table *t, const key_bytes *k, buf *b, size_t *size);
/* Inserts or replaces. cells has t->index_count entries (may be NULL when that is 0). */
int store_put(store *st, ctx *cx, const table *t, const key_bytes *k, size_t size, str item,
              const index_cell *cells);
/* 1 deleted, 0 was absent. */
int store_delete(store *st, ctx *cx, const table *t, const key_bytes *k);
/* Sets only the columns of one index: backfill. */
int store_set_index(store *st, ctx *cx, const table *t, const index_def *ix, const key_bytes *k,
                    const index_cell *cell);

/* ---- ranges ---- */
/* Bounds are byte strings under memcmp, half open: lo <= sk < hi. Absent: unbounded. The immediate
 * successor of K is K followed by one 00 byte. */
typedef struct store_range {
    const table *t;
    const index_def *ix;     /* NULL: the table itself */
    bool one_partition;  /* Query: h and pk are fixed; else Scan over h_min..h_max */
    uint32_t h;
    str pk;              /* of the index when ix is global */
    str lo, hi;          /* of the index's sort key when ix is set */
    uint32_t h_min, h_max; /* Scan: inclusive; of the index's h when ix is global */
    bool after;          /* start strictly after `from` (before it when backward) */
    key_bytes from;      /* position in the index (or the table when ix is NULL) */
    key_bytes from_base; /* ix set: the table key of the position */
    bool backward;
} store_range;

/* A borrowed statement. The bytes the range points to must live until the cursor is closed. Cursors
 * may be nested, of one range too. */
typedef struct cursor cursor;
int store_cursor_open(store *st, ctx *cx, const store_range *r, cursor **out);
int store_cursor_next(cursor *c, ctx *cx, row *out); /* 1 row, 0 end; index ties by table key */
void store_cursor_close(cursor *c);                  /* gives the statement back; NULL is fine */

/* Appends how SQLite would read the range, one line a step. */
int store_explain(store *st, ctx *cx, const store_range *r, buf *out);

/* ---- numbers ---- */
/* Sums are kept until the table changes, so that asking again costs nothing. An index's bytes are
 * those of the whole items in it. Above 20,000 items, bytes are estimated from a sample, and both
 * numbers are kept until a thousandth of the items has changed: the service's own are hours old. */
int store_table_stats(store *st, ctx *cx, const table *t, int64_t *items, int64_t *bytes);
int store_index_stats(store *st, ctx *cx, const table *t, const index_def *ix, int64_t *items,
                      int64_t *bytes);
int store_bytes(store *st, ctx *cx, int64_t *bytes); /* of the whole database */
int store_collection_bytes(store *st, ctx *cx, const table *t, uint32_t h, str pk, int64_t *bytes);

/* ---- idempotency tokens ---- */
/* 1 and *hash (32 bytes), *response in the arena; 0 absent or expired at now_ms. */
int store_token_get(store *st, ctx *cx, str api, str token, int64_t now_ms, str *hash,
                    str *response);
int store_token_put(store *st, ctx *cx, str api, str token, int64_t expires_ms, str hash,
                    str response);
int store_token_trim(store *st, ctx *cx, int64_t now_ms);

/* ---- small persistent settings: backfill positions and the like ---- */
int store_meta_get(store *st, ctx *cx, str key, str *out); /* 0, or DDB_NOT_FOUND */
int store_meta_put(store *st, ctx *cx, str key, str value);
int store_meta_delete(store *st, ctx *cx, str key);

#endif

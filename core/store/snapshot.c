/*
 * snapshot.c - see snapshot.h.
 *
 *   take      sqlite3_serialize(): one copy of all pages, in one read transaction
 *   restore   the image is opened in place, as a second database that is never written, and goes
 *             by the backup API into the file, or into a new database in memory that takes the
 *             place of the old one: new pages need no journal
 *
 * sqlite3_deserialize() alone would be a copy less, but a database that lives in an image is read
 * and written through a VFS from then on.
 * Start at store_image_restore().
 */
#include "store/snapshot.h"

#include <assert.h>

#include <sqlite3.h>

#include "store/internal.h"

#define IMAGE "The snapshot"

/* ---- taking ---- */

void image_mark(unsigned char *p)
{
    p[IMAGE_MARK_AT] = p[IMAGE_MARK_AT + 1] = IMAGE_MARK_NO_WAL;
}

int store_image_take(store *st, ctx *cx, store_image *out)
{
    sqlite3_int64 n = 0;
    int rc;

    assert(!store_in_transaction(st));
    *out = (store_image){0};
    store_end_read(st);
    out->p = sqlite3_serialize(st->db, "main", &n, 0);
    if (out->p == NULL) {
        rc = sqlite3_errcode(st->db);
        return rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE ? DDB_NOMEM
                                                                        : sql_failed(st, cx, rc);
    }
    assert(n >= (sqlite3_int64)IMAGE_HEADER_BYTES);
    out->n = (size_t)n;
    image_mark(out->p);
    return 0;
}

void store_image_free(store_image *image)
{
    sqlite3_free(image->p);
    *image = (store_image){0};
}

/* ---- opening an image in place ---- */

/* A store with nothing but its connection: enough to run statements and to tell errors. */
void image_close(store *image)
{
    stmts_free_all(image);
    (void)sqlite3_close_v2(image->db); /* nothing is left that it could refuse for */
}

/* Is what was opened a database of ours? */
static int image_identify(store *image, ctx *cx, const char *what)
{
    bool empty = false;
    int rc = file_identify(image, cx, what, &empty);

    if (rc == 0 && empty)
        rc = fail(cx, DDB_NOT_A_DATABASE, "%s is an empty SQLite database", what);
    if (rc == DDB_STALE) /* not by SQL of ours: a schema SQLite cannot read */
        rc = fail(cx, DDB_NOT_A_DATABASE, "%s is not a ddblite database", what);
    return rc;
}

int image_check_header(ctx *cx, const char *what, const unsigned char *p, size_t n)
{
    static const char magic[] = "SQLite format 3"; /* and its NUL */

    return n >= IMAGE_HEADER_BYTES && memcmp(p, magic, sizeof magic) == 0
               ? 0
               : fail(cx, DDB_NOT_A_DATABASE,
                      "%s is not a ddblite database: it is not an SQLite file", what);
}

/* The cast drops a const that SQLITE_DESERIALIZE_READONLY keeps. */
static int image_open(ctx *cx, const unsigned char *p, size_t n, store *out)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int rc;

    *out = (store){.m = cx->m, .in_memory = true};
    TRY(image_check_header(cx, IMAGE, p, n));
    rc = sqlite3_open_v2(":memory:", &out->db, flags, NULL);
    if (out->db == NULL)
        return DDB_NOMEM;
    if (rc == SQLITE_OK)
        rc = sqlite3_deserialize(out->db, "main", (unsigned char *)(uintptr_t)p, (sqlite3_int64)n,
                                 (sqlite3_int64)n, SQLITE_DESERIALIZE_READONLY);
    rc = rc == SQLITE_OK ? 0 : sql_failed(out, cx, rc);
    if (rc == 0)
        rc = sql_exec(out, cx, "PRAGMA mmap_size=2147418112"); /* pages are used where they lie */
    if (rc == 0)
        rc = image_identify(out, cx, IMAGE);
    if (rc < 0)
        image_close(out);
    return rc;
}

int image_open_file(ctx *cx, const char *path, const char *vfs, const char *what, store *out)
{
    int rc;

    *out = (store){.m = cx->m};
    rc = sqlite3_open_v2(path, &out->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs);
    if (out->db == NULL)
        return DDB_NOMEM;
    rc = rc == SQLITE_OK ? 0 : sql_failed(out, cx, rc);
    if (rc == 0)
        rc = sql_exec(out, cx, "BEGIN"); /* one lock for all that is read */
    if (rc == 0)
        rc = image_identify(out, cx, what);
    if (rc < 0)
        image_close(out);
    return rc;
}

int image_quick_check(store *image, ctx *cx, const char *what)
{
    sqlite3_stmt *q = NULL;
    str answer;
    int rc;

    rc = sql_prepare(image, cx, STR("PRAGMA quick_check(1)"), &q);
    if (rc == 0)
        rc = sql_step(image, cx, q);
    if (rc > 0) {
        answer = sql_column(q, 0);
        rc = str_eq(answer, STR("ok"))
                 ? 0
                 : fail(cx, DDB_STORAGE_CORRUPT, "%s is damaged: %S", what, answer);
    } else if (rc == 0 || rc == DDB_STALE) {
        rc = fail(cx, DDB_STORAGE_CORRUPT, "%s is damaged", what);
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc;
}

int store_image_check(ctx *cx, unsigned char *p, size_t n)
{
    store image;
    int rc;

    if (sqlite3_initialize() != SQLITE_OK)
        return DDB_NOMEM;
    if (n >= IMAGE_HEADER_BYTES)
        image_mark(p);
    TRY(image_open(cx, p, n, &image));
    rc = image_quick_check(&image, cx, IMAGE);
    image_close(&image);
    return rc;
}

/* ---- restoring ---- */

int pages_copy(store *to, ctx *cx, store *from)
{
    sqlite3_backup *copy = sqlite3_backup_init(to->db, "main", from->db, "main");
    int rc, end;

    if (copy == NULL)
        return sql_failed(to, cx, sqlite3_errcode(to->db));
    rc = sqlite3_backup_step(copy, -1);
    end = sqlite3_backup_finish(copy); /* rolls back what is not complete */
    if (rc == SQLITE_DONE && end == SQLITE_OK)
        return 0;
    rc = end != SQLITE_OK ? end : rc;
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
        return fail(cx, DDB_STORAGE_BUSY,
                    "The database is locked by another connection or process");
    rc = sql_failed(to, cx, rc);
    return rc == DDB_STALE ? fail(cx, DDB_STORAGE_IO, "The database could not be copied") : rc;
}

/* A new connection takes the place of the old one; when it cannot be made, that stays. */
static int replace_memory(store *st, ctx *cx, store *image)
{
    store fresh = {.m = st->m, .in_memory = true};
    int rc = memory_connect(&fresh, cx);

    if (rc == 0)
        rc = pages_copy(&fresh, cx, image);
    if (rc < 0) {
        (void)sqlite3_close_v2(fresh.db); /* it has no statements; NULL is fine */
        return rc;
    }
    stmts_free_all(st);
    (void)sqlite3_close_v2(st->db); /* with all statements finalised nothing is refused */
    st->db = fresh.db;
    return 0;
}

int image_install(store *st, ctx *cx, store *image, const char *what)
{
    int64_t page = 0, its_page = 0;
    int rc;

    assert(!store_in_transaction(st));
    store_end_read(st);
    TRY(sql_number(st, cx, "PRAGMA page_size", &page));
    TRY(sql_number(image, cx, "PRAGMA page_size", &its_page));
    if (page != its_page && !st->in_memory) /* a file in WAL mode cannot change its size */
        return fail(cx, DDB_BAD_ARGUMENT,
                    "%s has pages of %l bytes, and this database of %l: they must be the same",
                    what, its_page, page);
    transfers_settle(st);
    store_forget_all(st);
    rc = st->in_memory ? replace_memory(st, cx, image) : pages_copy(st, cx, image);
    st->epoch++; /* sums that were kept are of another time */
    return rc;
}

int store_image_restore(store *st, ctx *cx, const unsigned char *p, size_t n)
{
    store image;
    int rc;

    TRY(image_open(cx, p, n, &image));
    rc = image_install(st, cx, &image, IMAGE);
    image_close(&image);
    return rc;
}

/* ---- emptying ---- */

/* DELETE without WHERE gives whole pages back and visits no row. */
static int clear(store *st, ctx *cx, const char *sql)
{
    TRY(sql_need_transaction(st, cx));
    st->epoch++;
    return sql_exec(st, cx, sql);
}

int store_clear_tokens(store *st, ctx *cx)
{
    return clear(st, cx, "DELETE FROM ddb_token");
}

int store_clear_archives(store *st, ctx *cx)
{
    return clear(st, cx, "DELETE FROM ddb_archive;DELETE FROM ddb_backup_row;"
                         "DELETE FROM ddb_history;DELETE FROM ddb_job");
}

int store_clear_settings(store *st, ctx *cx)
{
    return clear(st, cx, "DELETE FROM ddb_setting;DELETE FROM ddb_stream;DELETE FROM ddb_shard;"
                         "DELETE FROM ddb_record;DELETE FROM ddb_meta WHERE key NOT LIKE 'ddb.%'");
}

int store_table_clear(store *st, ctx *cx, const table *t)
{
    buf b;

    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "DELETE FROM t%l;DELETE FROM ddb_history WHERE number=%l", t->number, t->number);
    buf_byte(&b, '\0');
    return b.err != 0 ? b.err : clear(st, cx, b.p);
}

/* Runs a statement of the table's name and its stream's number, 0 for none. */
static int run_for(store *st, ctx *cx, const char *sql, const table *t, int64_t stream)
{
    sqlite3_stmt *q = NULL;
    int rc = sql_prepare(st, cx, str_of(sql), &q);

    if (rc == 0) {
        sql_bind_text(q, 1, t->name);
        (void)sqlite3_bind_int64(q, 2, stream); /* binding a number cannot fail */
        rc = sql_run(st, cx, q);
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    return rc;
}

int store_streams_clear(store *st, ctx *cx, const table *t, bool gone)
{
    static const char *const sql[] = {
        "DELETE FROM ddb_record WHERE stream IN(SELECT number FROM ddb_stream WHERE name=?1)",
        /* Readers of an open shard learn that what they had not read is gone. */
        ("UPDATE ddb_shard SET trimmed=coalesce((SELECT seq FROM sqlite_sequence "
         "WHERE name='ddb_record'),0)WHERE stream=?2 AND last IS NULL AND first<="
         "coalesce((SELECT seq FROM sqlite_sequence WHERE name='ddb_record'),0)"),
        ("DELETE FROM ddb_shard WHERE stream IN(SELECT number FROM ddb_stream WHERE name=?1)"
         "AND(stream<>?2 OR last IS NOT NULL)"),
        "DELETE FROM ddb_stream WHERE name=?1 AND number<>?2",
    };
    int64_t stream = gone || !t->stream_enabled ? 0 : t->stream_number;

    TRY(sql_need_transaction(st, cx));
    for (size_t i = 0; i < COUNT(sql); i++)
        TRY(run_for(st, cx, sql[i], t, stream));
    return 0;
}

/*
 * transfer.c - see transfer.h.
 *
 *   export   the backup API copies the pages, some at each call, into a database of no name (in a
 *            file that SQLite removes, for a database in memory into memory); when it is complete,
 *            pages are read there. A long export keeps neither the database nor its WAL.
 *   import   bytes go into a file beside the database by the VFS, so that every VFS has it; for a
 *            database in memory, and where the VFS has no second file, into memory. It is opened
 *            and checked there, then copied in one transaction as a snapshot is.
 *
 * The file of an import has the database's permissions: as SQLite's journals, it is named after it
 * with a dash. One that a killed process leaves is removed at the next open where a database has
 * one user; elsewhere its name is its own and it stays.
 * Start at store_export_next() and store_import_apply().
 */
#include "store/transfer.h"

#include <assert.h>

#include <sqlite3.h>

#include "base/limits.h"
#include "store/internal.h"

#define IMPORTED "The file"
#define SUFFIX "-import"
#define SUFFIX_BYTES_MAX 24
#define PIECE_BYTES 1048576
#define WRITE_BYTES_MAX 65536
#define COPY_PAGES 128 /* a piece's worth: a few milliseconds */

/* SQLite looks for parameters behind a name, and before it for its begin: four NULs either way. */
#define NAME_PADDING 4

typedef struct transfer {
    struct transfer *next;
    int64_t number;
    bool outgoing;

    /* going out */
    store copy;           /* a connection whose second database, `copy`, has the pages */
    sqlite3_backup *backup; /* NULL: they are all there */
    sqlite3_stmt *page;
    int64_t at, pages;
    int left;             /* pages to copy at the last step */
    bool lost;            /* the database went before they were copied */

    /* coming in */
    sqlite3_vfs *vfs;
    sqlite3_file *file;   /* NULL: in memory */
    char *name;           /* with its padding */
    unsigned char *p;
    size_t cap;
    int64_t size;
    unsigned char header[IMAGE_HEADER_BYTES];
} transfer;

/* ---- all of them ---- */

static sqlite3_vfs *vfs_of(const store *st)
{
    sqlite3_vfs *vfs = NULL;

    (void)sqlite3_file_control(st->db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs); /* cannot fail */
    return vfs;
}

static int transfer_new(store *st, ctx *cx, bool outgoing, transfer **out)
{
    uint32_t count = 0;
    transfer *t;

    assert(!store_in_transaction(st));
    store_end_read(st);
    for (t = st->transfers; t != NULL; t = t->next)
        count++;
    if (count >= TRANSFERS_MAX)
        return fail(cx, DDB_BAD_ARGUMENT, "At most %d exports and imports may be under way",
                    TRANSFERS_MAX);
    t = mem_alloc(st->m, sizeof *t);
    if (t == NULL)
        return DDB_NOMEM;
    *t = (transfer){.next = st->transfers, .number = ++st->last_transfer, .outgoing = outgoing};
    t->copy.m = st->m;
    st->transfers = t;
    *out = t;
    return 0;
}

static int transfer_get(store *st, ctx *cx, int64_t number, bool outgoing, transfer **out)
{
    assert(!store_in_transaction(st));
    store_end_read(st);
    for (transfer *t = st->transfers; t != NULL; t = t->next) {
        if (t->number != number || t->outgoing != outgoing)
            continue;
        *out = t;
        return 0;
    }
    return fail(cx, DDB_BAD_ARGUMENT, "There is no such export or import");
}

static void file_close(transfer *t)
{
    if (t->file != NULL && t->file->pMethods != NULL)
        (void)t->file->pMethods->xClose(t->file); /* nothing of it is needed any more */
    if (t->file != NULL)
        t->file->pMethods = NULL;
}

static void transfer_free(store *st, transfer *t)
{
    if (t->backup != NULL)
        (void)sqlite3_backup_finish(t->backup); /* what is not complete is of no use */
    (void)sqlite3_finalize(t->page); /* repeats an error that was told */
    if (t->copy.db != NULL)
        (void)sqlite3_close_v2(t->copy.db); /* nothing is left that it could refuse for */
    file_close(t);
    if (t->file != NULL)
        (void)t->vfs->xDelete(t->vfs, t->name + NAME_PADDING, 0); /* or it stays; sweep() */
    mem_free(st->m, t->file);
    mem_free(st->m, t->name);
    mem_free(st->m, t->p);
    mem_free(st->m, t);
}

void store_transfer_end(store *st, int64_t number)
{
    for (transfer **at = &st->transfers; *at != NULL; at = &(*at)->next) {
        transfer *t = *at;
        if (t->number != number)
            continue;
        *at = t->next;
        transfer_free(st, t);
        return;
    }
}

void transfers_end_all(store *st)
{
    while (st->transfers != NULL)
        store_transfer_end(st, st->transfers->number);
}

void transfers_settle(store *st)
{
    for (transfer *t = st->transfers; t != NULL; t = t->next) {
        if (t->backup == NULL)
            continue;
        t->lost = sqlite3_backup_step(t->backup, -1) != SQLITE_DONE;
        t->lost |= sqlite3_backup_finish(t->backup) != SQLITE_OK;
        t->backup = NULL;
    }
}

/* ---- going out ---- */

static int copy_open(store *st, ctx *cx, transfer *t)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const sqlite3_vfs *vfs = vfs_of(st);
    int rc;

    rc = sqlite3_open_v2(":memory:", &t->copy.db, flags, vfs != NULL ? vfs->zName : NULL);
    if (t->copy.db == NULL)
        return DDB_NOMEM;
    if (rc != SQLITE_OK)
        return sql_failed(&t->copy, cx, rc);
    if (st->in_memory || st->mode == STORAGE_HOST)
        TRY(sql_exec(&t->copy, cx, "ATTACH ':memory:' AS copy"));
    else
        TRY(sql_exec(&t->copy, cx, "PRAGMA temp_store=FILE;ATTACH '' AS copy"));
    TRY(sql_exec(&t->copy, cx, "PRAGMA copy.journal_mode=OFF;PRAGMA copy.synchronous=OFF"));
    t->backup = sqlite3_backup_init(t->copy.db, "copy", st->db, "main");
    return t->backup == NULL ? sql_failed(&t->copy, cx, sqlite3_errcode(t->copy.db)) : 0;
}

int store_export_begin(store *st, ctx *cx, int64_t *number)
{
    transfer *t = NULL;
    int rc;

    TRY(transfer_new(st, cx, true, &t));
    t->left = INT32_MAX;
    rc = copy_open(st, cx, t);
    *number = t->number;
    if (rc < 0)
        store_transfer_end(st, t->number);
    return rc;
}

/* 1: there is more to copy; 0. When another process has written, it begins anew: then the rest is
 * copied at once, or it might never end. */
static int copy_step(ctx *cx, transfer *t)
{
    int rc = sqlite3_backup_step(t->backup, COPY_PAGES);

    if (rc == SQLITE_OK && sqlite3_backup_remaining(t->backup) >= t->left)
        rc = sqlite3_backup_step(t->backup, -1);
    if (rc == SQLITE_OK) {
        t->left = sqlite3_backup_remaining(t->backup);
        return 1;
    }
    if (rc == SQLITE_DONE) {
        rc = sqlite3_backup_finish(t->backup);
        t->backup = NULL;
    }
    if (rc == SQLITE_OK)
        return 0;
    rc = sql_failed(&t->copy, cx, rc);
    return rc == DDB_STALE ? fail(cx, DDB_STORAGE_IO, "The database could not be copied") : rc;
}

static int pages_begin(ctx *cx, transfer *t)
{
    TRY(sql_number(&t->copy, cx, "PRAGMA copy.page_count", &t->pages));
    return sql_prepare(&t->copy, cx, STR("SELECT data FROM sqlite_dbpage('copy') WHERE pgno=?1"),
                       &t->page);
}

/* Adds the next page to the piece. */
static int page_read(ctx *cx, transfer *t, store_image *piece, size_t cap)
{
    str page;
    int rc;

    (void)sqlite3_bind_int64(t->page, 1, t->at + 1); /* binding a number cannot fail */
    rc = sql_step(&t->copy, cx, t->page);
    if (rc > 0) {
        page = sql_column(t->page, 0);
        assert(page.n <= cap - piece->n);
        memcpy(piece->p + piece->n, page.p, page.n);
        piece->n += page.n;
        t->at++;
    } else if (rc == 0) {
        rc = fail(cx, DDB_STORAGE_IO, "A page of the copy is missing");
    }
    (void)sqlite3_reset(t->page); /* its result is in rc */
    return rc < 0 ? rc : 0;
}

int store_export_next(store *st, ctx *cx, int64_t number, store_image *piece)
{
    transfer *t = NULL;
    size_t cap;
    int rc;

    *piece = (store_image){0};
    TRY(transfer_get(st, cx, number, true, &t));
    if (t->lost)
        return fail(cx, DDB_STORAGE_IO, "Another database took its place before it was copied");
    if (t->backup != NULL)
        return (rc = copy_step(cx, t)) < 0 ? rc : 1;
    if (t->page == NULL)
        TRY(pages_begin(cx, t));
    if (t->at == t->pages)
        return 0;
    cap = PIECE_BYTES + 65536; /* a page more at most */
    piece->p = sqlite3_malloc64(cap);
    if (piece->p == NULL)
        return DDB_NOMEM;
    for (bool first = t->at == 0; t->at < t->pages && piece->n < PIECE_BYTES; first = false) {
        rc = page_read(cx, t, piece, cap);
        if (rc < 0) {
            store_image_free(piece);
            return rc;
        }
        if (first)
            image_mark(piece->p);
    }
    return 1;
}

/* ---- coming in ---- */

static int file_failed(ctx *cx, int rc)
{
    if ((rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
        return DDB_NOMEM;
    if ((rc & 0xff) == SQLITE_FULL)
        return fail(cx, DDB_STORAGE_FULL, "There is no room left for what is imported");
    return fail(cx, DDB_STORAGE_IO, "What is imported cannot be written beside the database (%d)",
                rc);
}

/* The name with NULs on either side; NULL: out of memory. */
static char *name_new(store *st, const char *suffix)
{
    str of = str_of(sqlite3_db_filename(st->db, "main"));
    str end = str_of(suffix);
    char *name = mem_alloc(st->m, of.n + end.n + (size_t)2 * NAME_PADDING);

    if (name == NULL)
        return NULL;
    memset(name, 0, of.n + end.n + (size_t)2 * NAME_PADDING);
    memcpy(name + NAME_PADDING, of.p, of.n);
    memcpy(name + NAME_PADDING + of.n, end.p, end.n);
    return name;
}

/* A file of one user has one import at a time that matters, and its leftovers are found again. */
static void suffix_put(const store *st, char *out)
{
    unsigned char random[8];

    memcpy(out, SUFFIX, sizeof SUFFIX);
    if (st->mode == STORAGE_SOLE)
        return;
    sqlite3_randomness(sizeof random, random);
    *hex_put(out + sizeof SUFFIX - 1, random, sizeof random) = '\0';
}

/* Of a journal's kind: SQLite gives it the database's permissions. */
static int file_open(store *st, ctx *cx, transfer *t)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_JOURNAL, rc;
    char suffix[SUFFIX_BYTES_MAX];

    t->vfs = vfs_of(st);
    suffix_put(st, suffix);
    t->name = name_new(st, suffix);
    if (t->name == NULL)
        return DDB_NOMEM;
    t->file = mem_alloc(st->m, (size_t)t->vfs->szOsFile);
    if (t->file == NULL)
        return DDB_NOMEM;
    memset(t->file, 0, (size_t)t->vfs->szOsFile);
    rc = t->vfs->xOpen(t->vfs, t->name + NAME_PADDING, t->file, flags, &flags);
    if (rc == SQLITE_OK)
        rc = t->file->pMethods->xTruncate(t->file, 0);
    return rc == SQLITE_OK ? 0 : file_failed(cx, rc);
}

static bool import_in_progress(const store *st)
{
    for (const transfer *t = st->transfers; t != NULL; t = t->next)
        if (!t->outgoing)
            return true;
    return false;
}

int store_import_begin(store *st, ctx *cx, int64_t *number)
{
    transfer *t = NULL;
    int rc = 0;

    if (import_in_progress(st))
        return fail(cx, DDB_STORAGE_BUSY, "Another import into this database is under way");
    TRY(transfer_new(st, cx, false, &t));
    *number = t->number;
    if (!st->in_memory && st->mode != STORAGE_HOST)
        rc = file_open(st, cx, t);
    if (rc < 0)
        store_transfer_end(st, t->number);
    return rc;
}

static int memory_write(store *st, transfer *t, const unsigned char *p, size_t n)
{
    size_t wanted = (size_t)t->size + n, cap = t->cap < PIECE_BYTES ? PIECE_BYTES : t->cap;
    unsigned char *grown;

    while (cap < wanted)
        cap += cap / 2;
    if (cap > t->cap) {
        grown = mem_realloc(st->m, t->p, cap);
        if (grown == NULL)
            return DDB_NOMEM;
        t->p = grown;
        t->cap = cap;
    }
    memcpy(t->p + t->size, p, n);
    return 0;
}

/* As SQLite writes, which VFSes count on: a page at a time at most. */
static int file_write(ctx *cx, transfer *t, const unsigned char *p, size_t n)
{
    for (size_t done = 0, part; done < n; done += part) {
        int rc;
        part = n - done < WRITE_BYTES_MAX ? n - done : WRITE_BYTES_MAX;
        rc = t->file->pMethods->xWrite(t->file, p + done, (int)part, t->size + (int64_t)done);
        if (rc != SQLITE_OK)
            return file_failed(cx, rc);
    }
    return 0;
}

int store_import_write(store *st, ctx *cx, int64_t number, const unsigned char *p, size_t n)
{
    transfer *t = NULL;
    bool header;

    TRY(transfer_get(st, cx, number, false, &t));
    if (n == 0)
        return 0;
    TRY(t->file == NULL ? memory_write(st, t, p, n) : file_write(cx, t, p, n));
    header = t->size < IMAGE_HEADER_BYTES;
    if (header)
        memcpy(t->header + t->size, p,
               n < IMAGE_HEADER_BYTES - (size_t)t->size ? n : IMAGE_HEADER_BYTES - (size_t)t->size);
    t->size += (int64_t)n;
    return header && t->size >= IMAGE_HEADER_BYTES
               ? image_check_header(cx, IMPORTED, t->header, IMAGE_HEADER_BYTES)
               : 0;
}

static int apply_file(store *st, ctx *cx, transfer *t)
{
    static const unsigned char mark[] = {IMAGE_MARK_NO_WAL, IMAGE_MARK_NO_WAL};
    store image;
    int rc = t->file->pMethods->xWrite(t->file, mark, (int)sizeof mark, IMAGE_MARK_AT);

    if (rc != SQLITE_OK)
        return file_failed(cx, rc);
    file_close(t);
    TRY(image_open_file(cx, t->name + NAME_PADDING, t->vfs->zName, IMPORTED, &image));
    rc = image_quick_check(&image, cx, IMPORTED);
    if (rc == 0)
        rc = image_install(st, cx, &image, IMPORTED);
    image_close(&image);
    /* It is done; what stays in the WAL only takes room. */
    if (rc == 0)
        (void)checkpoint(st, cx);
    return rc;
}

int store_import_apply(store *st, ctx *cx, int64_t number)
{
    transfer *t = NULL;

    TRY(transfer_get(st, cx, number, false, &t));
    TRY(image_check_header(cx, IMPORTED, t->header, (size_t)t->size));
    if (t->file != NULL)
        return apply_file(st, cx, t);
    TRY(store_image_check(cx, t->p, (size_t)t->size));
    return store_image_restore(st, cx, t->p, (size_t)t->size);
}

void transfers_sweep(store *st)
{
    sqlite3_vfs *vfs = vfs_of(st);
    char *name = name_new(st, SUFFIX);
    int there = 0;

    if (name == NULL)
        return; /* the next open sees it */
    if (vfs->xAccess(vfs, name + NAME_PADDING, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there)
        (void)vfs->xDelete(vfs, name + NAME_PADDING, 0); /* the next open tries again */
    mem_free(st->m, name);
}

/*
 * foreign.c - see foreign.h. Start at foreign_tables().
 */
#include "store/foreign.h"

#include <sqlite3.h>

#include "base/utf8.h"
#include "store/internal.h"
#include "value/json.h"

#define PAGE_BYTES (1024u * 1024)
#define TEXT_BYTES_MAX (4u * 1024 * 1024) /* ours: an item of 400 KB, whatever its escapes */

#define NO_LOCAL "%s is no database file of DynamoDB Local"

static const char *const numbers[] = {"BillingMode", "ReadCapacityUnits", "WriteCapacityUnits"};

/* The VFS that WebAssembly in Node keeps its files with (lib/wasm/node-files.mjs), where there is
 * one; else SQLite's own. */
static const char *vfs_name(void)
{
    static const char name[] = "ddblite-node";

    return sqlite3_vfs_find(name) != NULL ? name : NULL;
}

static void foreign_close(store *f)
{
    (void)sqlite3_close_v2(f->db); /* statements are finalised, so there is nothing to refuse */
}

/* A store with nothing but its connection: enough to run statements and to tell errors. */
static int foreign_open(store *st, ctx *cx, const char *path, store *f)
{
    int rc;

    *f = (store){.m = st->m};
    rc = sqlite3_open_v2(path, &f->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs_name());
    if (f->db == NULL)
        return DDB_NOMEM;
    if (rc == SQLITE_OK)
        rc = sql_exec(f, cx, "PRAGMA trusted_schema=OFF"); /* who wrote it is not known */
    else
        rc = rc == SQLITE_NOMEM ? DDB_NOMEM : fail(cx, DDB_STORAGE_IO, "%s cannot be opened", path);
    if (rc < 0)
        foreign_close(f);
    return rc;
}

/* Only tables are read: a view may be a query without an end. */
static int require_table(store *f, ctx *cx, const char *path, str name)
{
    sqlite3_stmt *q = NULL;
    int rc = sql_prepare(
        f, cx, STR("SELECT 1 FROM sqlite_schema WHERE type='table' AND name=?1 COLLATE NOCASE"),
        &q);

    if (rc == 0) {
        (void)sqlite3_bind_text(q, 1, name.p, (int)name.n, SQLITE_STATIC); /* it outlives q */
        rc = sql_step(f, cx, q);
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    if (rc == 0)
        return fail(cx, DDB_NOT_A_DATABASE, NO_LOCAL ": it has no table %S", path, name);
    return rc < 0 ? rc : 0;
}

/* Errors in terms of that file: SQL that does not fit means that it is another kind of file. */
static int foreign_failed(ctx *cx, int rc, const char *path)
{
    if (rc == DDB_STALE || rc == DDB_NOT_A_DATABASE)
        return fail(cx, DDB_NOT_A_DATABASE, NO_LOCAL, path);
    if (rc == DDB_STORAGE_CORRUPT)
        return fail(cx, rc, "%s is damaged", path);
    return rc;
}

/* ,"name":"<text>" */
static int put_text(ctx *cx, buf *out, const char *path, str s)
{
    if (s.p == NULL || s.n > TEXT_BYTES_MAX || !utf8_valid(s))
        return fail(cx, DDB_NOT_A_DATABASE, NO_LOCAL ": a text in it is none", path);
    json_put_string(out, s);
    return out->err;
}

/* ---- the catalog ---- */

static int column_named(sqlite3_stmt *q, const char *name)
{
    for (int i = 0; i < sqlite3_column_count(q); i++)
        if (str_eq(str_of(sqlite3_column_name(q, i)), str_of(name)))
            return i;
    return -1;
}

static int put_table(ctx *cx, sqlite3_stmt *q, const char *path, buf *out)
{
    int name = column_named(q, "TableName"), info = column_named(q, "TableInfo");

    if (name < 0 || info < 0)
        return DDB_STALE;
    buf_lit(out, "{\"TableName\":");
    TRY(put_text(cx, out, path, sql_column(q, name)));
    buf_lit(out, ",\"TableInfo\":");
    TRY(put_text(cx, out, path, sql_column(q, info)));
    for (size_t i = 0; i < COUNT(numbers); i++) {
        int at = column_named(q, numbers[i]);
        if (at >= 0 && sqlite3_column_type(q, at) == SQLITE_INTEGER)
            buf_fmt(out, ",\"%s\":%l", numbers[i], (int64_t)sqlite3_column_int64(q, at));
    }
    buf_byte(out, '}');
    return out->err;
}

int foreign_tables(store *st, ctx *cx, const char *path, buf *out)
{
    sqlite3_stmt *q = NULL;
    bool first = true;
    store f;
    int rc;

    TRY(foreign_open(st, cx, path, &f));
    rc = require_table(&f, cx, path, STR("dm"));
    if (rc == 0)
        rc = sql_prepare(&f, cx, STR("SELECT * FROM dm ORDER BY TableName"), &q);
    if (rc == 0) {
        while ((rc = sql_step(&f, cx, q)) > 0) {
            if (!first)
                buf_byte(out, ',');
            first = false;
            rc = put_table(cx, q, path, out);
            if (rc < 0)
                break;
        }
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    foreign_close(&f);
    return rc < 0 ? foreign_failed(cx, rc, path) : 0;
}

/* ---- items ---- */

/* Rows come in ascending order, or else a column of that name stands in rowid's place, and who
 * reads on behind the last one would never end. */
static int put_items(store *f, ctx *cx, sqlite3_stmt *q, const char *path, int64_t after, buf *out,
                     int64_t *last)
{
    size_t start = out->n;
    int rc;

    while ((rc = sql_step(f, cx, q)) > 0) {
        int64_t row = sqlite3_column_int64(q, 0);
        if (row <= after)
            return fail(cx, DDB_STORAGE_CORRUPT, "%s is damaged", path);
        if (out->n > start)
            buf_byte(out, ',');
        TRY(put_text(cx, out, path, sql_column(q, 1)));
        *last = after = row;
        if (out->n - start > PAGE_BYTES)
            return 0;
    }
    return rc;
}

int foreign_items(store *st, ctx *cx, const char *path, str table, int64_t after, buf *out,
                  int64_t *last)
{
    sqlite3_stmt *q = NULL;
    store f;
    buf b;
    int rc;

    *last = -1;
    /* A table's name has letters, digits, '_', '-' and '.': nothing to be escaped. */
    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "SELECT rowid,ObjectJSON FROM \"%S\" WHERE rowid>?1 ORDER BY rowid", table);
    TRY(b.err);
    TRY(foreign_open(st, cx, path, &f));
    rc = require_table(&f, cx, path, table);
    if (rc == 0)
        rc = sql_prepare(&f, cx, buf_view(&b), &q);
    if (rc == 0) {
        (void)sqlite3_bind_int64(q, 1, after); /* the one parameter there is */
        rc = put_items(&f, cx, q, path, after, out, last);
    }
    (void)sqlite3_finalize(q); /* repeats an error that is in rc */
    foreign_close(&f);
    return rc < 0 ? foreign_failed(cx, rc, path) : 0;
}

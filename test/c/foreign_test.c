/*
 * foreign_test.c - reading database files of DynamoDB Local: what is in them, and files that are
 * something else, are made to mislead or damaged. How items get from there into tables is in
 * test/api/data/local.test.mjs.
 *
 * Evidence of the layout: SQL of such files that other projects quote (a catalog `dm`, a table a
 * table with hashKey, rangeKey, hashValue, rangeValue, itemSize and ObjectJSON).
 */
#define _POSIX_C_SOURCE 200809L /* mkstemp */

#include <unistd.h>

#include "test.h"

#include "store/foreign.h"
#include "store/internal.h"

#if __has_include("../../deps/sqlite3/sqlite3.h")
#include "../../deps/sqlite3/sqlite3.h"
#else
#include "../../node_modules/better-sqlite3/deps/sqlite3/sqlite3.h"
#endif

#define DM                                                                              \
    "CREATE TABLE dm(TableName TEXT, CreationDateTime INTEGER, LastDecreaseDate INTEGER, " \
    "LastIncreaseDate INTEGER, NumberOfDecreasesToday INTEGER, ReadCapacityUnits INTEGER, " \
    "WriteCapacityUnits INTEGER, TableInfo BLOB, BillingMode INTEGER DEFAULT 0, "         \
    "PayPerRequestDateTime INTEGER DEFAULT 0, PRIMARY KEY(TableName));"                   \
    "INSERT INTO dm VALUES('Music',1,0,0,0,5,6,'{\"Attributes\":[]}',0,0);"
#define ITEMS                                                                                 \
    "CREATE TABLE \"Music\"(hashKey TEXT DEFAULT NULL, rangeKey TEXT DEFAULT NULL, "          \
    "hashValue BLOB NOT NULL, rangeValue BLOB NOT NULL, itemSize INTEGER DEFAULT 0, "         \
    "ObjectJSON BLOB NOT NULL, PRIMARY KEY(hashKey, rangeKey));"                              \
    "CREATE INDEX \"Music*HVI\" ON \"Music\"(hashValue);"
#define ITEM(n) "INSERT INTO Music VALUES('a','" n "',x'61',x'62',3,'{\"s\":{\"S\":\"" n "\"}}');"

typedef struct fixture {
    test_env e;
    store *st;
    buf out;
    char path[40];
} fixture;

static void set_up(fixture *f)
{
    int fd;

    test_env_init(&f->e);
    f->st = NULL;
    CHECK_INT(store_open(&f->e.cx, &(store_options){.busy_ms = 0}, &f->st), 0);
    snprintf(f->path, sizeof f->path, "/tmp/foreign_test_XXXXXX");
    fd = mkstemp(f->path);
    if (fd < 0 || close(fd) != 0)
        abort();
}

static void tear_down(fixture *f)
{
    store_close(f->st);
    (void)unlink(f->path); /* it is there, or the test has failed already */
    test_env_release(&f->e);
}

/* Makes the file of these statements. */
static void make(fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *error = NULL;

    if (sqlite3_open(f->path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        test_failed(__FILE__, __LINE__, "%s", error != NULL ? error : "open");
    sqlite3_free(error);
    (void)sqlite3_close(db); /* nothing is under way */
}

static int tables(fixture *f)
{
    f->e.cx.err = (error){0};
    buf_init_arena(&f->out, &f->e.a, REPLY_BYTES_MAX);
    return foreign_tables(f->st, &f->e.cx, f->path, &f->out);
}

static int items(fixture *f, const char *table, int64_t after, int64_t *last)
{
    f->e.cx.err = (error){0};
    buf_init_arena(&f->out, &f->e.a, REPLY_BYTES_MAX);
    return foreign_items(f->st, &f->e.cx, f->path, str_make(table, strlen(table)), after, &f->out,
                         last);
}

static void check_out(fixture *f, const char *want)
{
    CHECK_STR(buf_view(&f->out), want);
}

TEST(foreign, gives_the_catalog_and_the_items_as_they_stand)
{
    fixture f;
    int64_t last;

    set_up(&f);
    make(&f, DM ITEMS ITEM("1") ITEM("2"));
    CHECK_INT(tables(&f), 0);
    check_out(&f, "{\"TableName\":\"Music\",\"TableInfo\":\"{\\\"Attributes\\\":[]}\","
                  "\"BillingMode\":0,\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6}");
    CHECK_INT(items(&f, "Music", 0, &last), 0);
    check_out(&f, "\"{\\\"s\\\":{\\\"S\\\":\\\"1\\\"}}\",\"{\\\"s\\\":{\\\"S\\\":\\\"2\\\"}}\"");
    CHECK_INT(last, 2);
    CHECK_INT(items(&f, "Music", 1, &last), 0);
    check_out(&f, "\"{\\\"s\\\":{\\\"S\\\":\\\"2\\\"}}\"");
    CHECK_INT(items(&f, "Music", 2, &last), 0);
    check_out(&f, "");
    CHECK_INT(last, -1);
    tear_down(&f);
}

TEST(foreign, gives_pages_of_about_a_megabyte)
{
    fixture f;
    int64_t last = 0;
    int pages = 0;

    set_up(&f);
    make(&f, DM ITEMS
         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<30)"
         "INSERT INTO Music SELECT 'a',i,x'61',x'62',3,printf('%0100000d',i) FROM n;");
    while (pages < 10 && items(&f, "Music", last, &last) == 0 && last >= 0)
        pages++;
    CHECK_INT(pages, 3);
    CHECK_INT(last, -1);
    tear_down(&f);
}

TEST(foreign, refuses_what_is_no_such_file)
{
    static const char *const others[] = {
        "CREATE TABLE x(a);",                                    /* another program's */
        "CREATE TABLE dm(TableName TEXT);INSERT INTO dm VALUES('a');",
        "CREATE TABLE dm(TableInfo TEXT);INSERT INTO dm VALUES('a');",
        "CREATE TABLE dm(TableName, TableInfo);INSERT INTO dm VALUES(x'ff', '{}');", /* no UTF-8 */
        "CREATE TABLE dm(TableName, TableInfo);INSERT INTO dm VALUES('a', NULL);",
        "CREATE TABLE dm(TableName, TableInfo);INSERT INTO dm VALUES('a', zeroblob(5000000));",
        "CREATE VIEW dm AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n)"
        "SELECT i AS TableName, i AS TableInfo FROM n;",         /* without an end */
    };

    for (size_t i = 0; i < COUNT(others); i++) {
        fixture f;
        set_up(&f);
        make(&f, others[i]);
        CHECK_INT(tables(&f), DDB_NOT_A_DATABASE);
        CHECK(f.e.cx.err.message.n > 0);
        tear_down(&f);
    }
}

TEST(foreign, refuses_items_of_another_form)
{
    static const struct {
        const char *sql;
        int want;
    } cases[] = {
        {DM, DDB_NOT_A_DATABASE},
        {DM "CREATE TABLE Music(a);INSERT INTO Music VALUES(1);", DDB_NOT_A_DATABASE},
        {DM "CREATE TABLE Music(ObjectJSON PRIMARY KEY) WITHOUT ROWID;", DDB_NOT_A_DATABASE},
        {DM "CREATE TABLE Music(ObjectJSON);INSERT INTO Music VALUES(x'c3');", DDB_NOT_A_DATABASE},
        {DM "CREATE TABLE Music(ObjectJSON);INSERT INTO Music VALUES(NULL);", DDB_NOT_A_DATABASE},
        /* A reader of pages would never come to the end. */
        {DM "CREATE TABLE Music(rowid TEXT, ObjectJSON);INSERT INTO Music VALUES('x','{}');",
         DDB_STORAGE_CORRUPT},
        {DM "CREATE VIEW Music AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n)"
            "SELECT i AS rowid, '{}' AS ObjectJSON FROM n;", DDB_NOT_A_DATABASE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture f;
        int64_t last;
        set_up(&f);
        make(&f, cases[i].sql);
        CHECK_INT(items(&f, "Music", 0, &last), cases[i].want);
        CHECK(f.e.cx.err.message.n > 0);
        tear_down(&f);
    }
}

TEST(foreign, says_what_is_wrong_with_a_file)
{
    fixture f;
    FILE *file;

    set_up(&f);
    file = fopen(f.path, "wb");
    REQUIRE(file != NULL);
    CHECK(fputs("no database at all, but a text that is longer than a header of SQLite files, "
                "which has one hundred bytes", file) >= 0);
    CHECK_INT(fclose(file), 0);
    CHECK_INT(tables(&f), DDB_NOT_A_DATABASE);
    CHECK_INT(unlink(f.path), 0);
    CHECK_INT(tables(&f), DDB_STORAGE_IO);
    make(&f, DM ITEMS ITEM("1"));
    CHECK_INT(truncate(f.path, 5000), 0);
    CHECK_INT(tables(&f), DDB_STORAGE_CORRUPT);
    tear_down(&f);
}

static int try_both(test_env *e, void *user)
{
    const char *path = user;
    store *st = NULL;
    int64_t last;
    buf out;
    int rc;

    TRY(store_open(&e->cx, &(store_options){.busy_ms = 0}, &st));
    buf_init_arena(&out, e->cx.a, REPLY_BYTES_MAX);
    rc = foreign_tables(st, &e->cx, path, &out);
    if (rc == 0)
        rc = foreign_items(st, &e->cx, path, STR("Music"), 0, &out, &last);
    store_close(st);
    return rc;
}

TEST(foreign, survives_each_failing_allocation)
{
    fixture f;

    set_up(&f);
    make(&f, DM ITEMS ITEM("1"));
    test_each_alloc_failure(try_both, f.path);
    tear_down(&f);
}

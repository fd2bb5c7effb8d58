/*
 * snapshot_test.c - whole databases through the handle: images, copies, emptying, the driven clock;
 * and what is left when our memory runs out anywhere in them.
 */
#include "api/ddb.h"

#include <unistd.h>

#include "handle.h"
#include "test.h"

#define CREATE(name)                                                                            \
    "{\"TableName\":\"" name "\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"  \
    "[{\"AttributeName\":\"k\",\"AttributeType\":\"S\"}],"                                       \
    "\"KeySchema\":[{\"AttributeName\":\"k\",\"KeyType\":\"HASH\"}],"                            \
    "\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"NEW_IMAGE\"}}"
#define PUT(key) "{\"TableName\":\"music\",\"Item\":{\"k\":{\"S\":\"" key "\"}}}"
#define COUNT_ALL "{\"TableName\":\"music\",\"Select\":\"COUNT\"}"
#define COUNTED(n) "{\"Count\":" n ",\"ScannedCount\":" n "}"

static ddb *open_copy(handle_host *host, const char *path, ddb *copy_of)
{
    ddb_options o = handle_options(host, path);
    char *error;
    ddb *db;

    o.copy_of = copy_of;
    if (ddb_open(&o, &db, &error) < 0) {
        test_failed(__FILE__, __LINE__, "open: %s", error);
        ddb_free_error(error);
        exit(1);
    }
    return db;
}

static str run(ddb *db, const char *op, const char *json)
{
    ddb_reply r;
    str body = handle_run(db, op, json, &r);

    if (!r.pending)
        return body;
    ddb_commit(db, &r);
    return (str){r.body, r.body_n}; /* of the commit */
}

/* A database with the table music and the item a. */
static ddb *furnished(handle_host *host, const char *path)
{
    ddb *db = open_copy(host, path, NULL);

    (void)run(db, "CreateTable", CREATE("music"));
    (void)run(db, "PutItem", PUT("a"));
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
    return db;
}

static int status_of_restore(ddb *db, const ddb_image *image)
{
    ddb_reply r;

    ddb_restore(db, image->p, image->n, &r);
    return r.status;
}

static int status_of_reset(ddb *db, const char *json)
{
    ddb_reply r;

    ddb_reset(db, json, strlen(json), &r);
    return r.status;
}

static ddb_image taken(ddb *db)
{
    ddb_image image;
    ddb_reply r;

    ddb_snapshot(db, &image, &r);
    CHECK_INT(r.status, 200);
    return image;
}

static void restores(const char *path)
{
    handle_host host;
    ddb *db = furnished(&host, path);
    ddb_image image = taken(db);

    for (int i = 0; i < 3; i++) {
        (void)run(db, "PutItem", PUT("b"));
        (void)run(db, "CreateTable", CREATE("films"));
        CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("2"));
        CHECK_INT(status_of_restore(db, &image), 200);
        CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
        CHECK_STR(run(db, "ListTables", "{}"), "{\"TableNames\":[\"music\"]}");
    }
    ddb_free_image(&image);
    ddb_close(db);
}

TEST(snapshot, restores_in_memory)
{
    restores(NULL);
}

TEST(snapshot, restores_a_file)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/tmp/ddblite-snapshot-%ld", (long)getpid());
    restores(path);
    (void)unlink(path);
}

TEST(snapshot, copies_into_memory)
{
    handle_host host, other;
    ddb *db = furnished(&host, NULL), *copy = open_copy(&other, NULL, db);

    (void)run(copy, "PutItem", PUT("b"));
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
    ddb_close(db);
    CHECK_STR(run(copy, "Scan", COUNT_ALL), COUNTED("2"));
    ddb_close(copy);
}

TEST(snapshot, refuses_an_open_group)
{
    handle_host host, other;
    ddb *db = furnished(&host, NULL), *copy = NULL;
    ddb_options o = handle_options(&other, NULL);
    ddb_image image = taken(db), none;
    char *error = NULL;
    ddb_reply r;

    (void)handle_run(db, "PutItem", PUT("b"), &r);
    CHECK(r.pending);
    CHECK_INT(status_of_restore(db, &image), 400);
    CHECK_INT(status_of_reset(db, "{}"), 400);
    ddb_snapshot(db, &none, &r);
    CHECK_INT(r.status, 400);
    CHECK(none.p == NULL);
    o.copy_of = db;
    CHECK(ddb_open(&o, &copy, &error) < 0);
    ddb_free_error(error);
    ddb_commit(db, &r);
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("2"));
    ddb_free_image(&image);
    ddb_close(db);
}

TEST(snapshot, checks_images)
{
    handle_host host;
    ddb *db = furnished(&host, NULL);
    ddb_image image = taken(db);
    char *error;

    CHECK_INT(ddb_check_snapshot(image.p, image.n, &error), 0);
    for (size_t n = 0; n < image.n; n += n < 200 ? 1 : 4093) {
        unsigned char *part = malloc(n + 1); /* so that a read behind it is noticed */
        memcpy(part, image.p, n);
        CHECK(ddb_check_snapshot(part, n, &error) < 0);
        ddb_free_error(error);
        free(part);
    }
    for (size_t at = 0; at < image.n; at += 61) { /* right or wrong, but never a crash */
        unsigned char before = image.p[at];
        image.p[at] = (unsigned char)(before ^ 0x5a);
        if (ddb_check_snapshot(image.p, image.n, &error) < 0)
            ddb_free_error(error);
        image.p[at] = before;
    }
    ddb_free_image(&image);
    ddb_close(db);
}

TEST(snapshot, keeps_what_was_when_an_image_is_refused)
{
    handle_host host;
    ddb *db = furnished(&host, NULL);
    unsigned char wrong[9000] = {0};

    CHECK_INT(status_of_restore(db, &(ddb_image){wrong, sizeof wrong}), 500);
    memcpy(wrong, "SQLite format 3", 16);
    CHECK_INT(status_of_restore(db, &(ddb_image){wrong, sizeof wrong}), 500);
    CHECK_INT(status_of_restore(db, &(ddb_image){wrong, 0}), 500);
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
    ddb_close(db);
}

TEST(snapshot, refuses_what_is_no_reset)
{
    static const char *const wrong[] = {"", "[]", "{\"KeepSchema\":1}", "{\"Tables\":{}}",
                                        "{\"Tables\":[1]}", "{\"Other\":true}",
                                        "{\"Tables\":[\"nowhere\"]}"};
    handle_host host;
    ddb *db = furnished(&host, NULL);

    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_INT(status_of_reset(db, wrong[i]), 400);
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
    CHECK_INT(status_of_reset(db, "{\"KeepSchema\":true}"), 200);
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("0"));
    CHECK_INT(status_of_reset(db, "{}"), 200);
    CHECK_STR(run(db, "ListTables", "{}"), "{\"TableNames\":[]}");
    ddb_close(db);
}

/* Each allocation of ours fails once: the deed is done, or nothing is. */
TEST(snapshot, is_all_or_nothing_without_memory)
{
    static const char *const resets[] = {"{\"KeepSchema\":true}", "{\"Tables\":[\"music\"]}", "{}"};
    handle_host host;
    ddb *db = furnished(&host, NULL);
    ddb_image image = taken(db);

    for (size_t i = 0; i <= COUNT(resets); i++) {
        int status = 0;
        for (int64_t n = 0; status != 200; n++) {
            ddb_fail_after(db, n);
            status = i < COUNT(resets) ? status_of_reset(db, resets[i])
                                       : status_of_restore(db, &image);
            ddb_fail_after(db, -1);
            if (status == 200)
                break;
            CHECK_INT(status, 500);
            CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
        }
        CHECK_INT(status_of_restore(db, &image), 200);
    }
    ddb_free_image(&image);
    ddb_close(db);
}

/* ---- piece by piece ---- */

static int64_t step(ddb *db, int what, int64_t number, const unsigned char *p, size_t n,
                    ddb_image *out)
{
    ddb_transfer t = {.step = what, .number = number, .p = p, .n = n};
    ddb_reply r;

    ddb_transfer_run(db, &t, &r);
    if (out != NULL)
        *out = t.out;
    if (r.status != 200)
        return -r.status;
    return what == DDB_EXPORT_NEXT ? t.out.n > 0 || r.body_n > 2 : t.number;
}

/* All of it; the caller frees p. 200, or the status of what failed. */
static int exported(ddb *db, unsigned char **p, size_t *n)
{
    int64_t number = step(db, DDB_EXPORT_BEGIN, 0, NULL, 0, NULL), more = 1;
    ddb_image piece;

    *p = NULL;
    *n = 0;
    if (number < 0)
        return (int)-number;
    while ((more = step(db, DDB_EXPORT_NEXT, number, NULL, 0, &piece)) > 0) {
        if (piece.p == NULL)
            continue;
        *p = realloc(*p, *n + piece.n);
        memcpy(*p + *n, piece.p, piece.n);
        *n += piece.n;
        ddb_free_image(&piece);
    }
    (void)step(db, DDB_TRANSFER_END, number, NULL, 0, NULL);
    return more < 0 ? (int)-more : 200;
}

/* In pieces of a size that fits no page. */
static int imported(ddb *db, const unsigned char *p, size_t n)
{
    int64_t number = step(db, DDB_IMPORT_BEGIN, 0, NULL, 0, NULL), rc = number;

    for (size_t at = 0; at < n && rc >= 0; at += 70001)
        rc = step(db, DDB_IMPORT_WRITE, number, p + at, n - at < 70001 ? n - at : 70001, NULL);
    if (rc >= 0)
        rc = step(db, DDB_IMPORT_APPLY, number, NULL, 0, NULL);
    if (number >= 0)
        (void)step(db, DDB_TRANSFER_END, number, NULL, 0, NULL);
    return rc < 0 ? (int)-rc : 200;
}

static void transfers(const char *path)
{
    handle_host host;
    ddb *db = furnished(&host, path);
    ddb_image image = taken(db);
    unsigned char *p;
    size_t n;

    CHECK_INT(exported(db, &p, &n), 200);
    CHECK_INT(n, image.n);
    (void)run(db, "PutItem", PUT("b"));
    for (int i = 0; i < 2; i++) {
        CHECK_INT(imported(db, p, n), 200);
        CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
        (void)run(db, "PutItem", PUT("b"));
    }
    CHECK_INT(imported(db, p, n / 2), 500);
    CHECK_INT(imported(db, p, 99), 500);
    p[63] = 99; /* a format of the future */
    CHECK_INT(imported(db, p, n), 500);
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("2"));
    free(p);
    ddb_free_image(&image);
    ddb_close(db);
}

TEST(transfer, is_the_image_in_memory)
{
    transfers(NULL);
}

TEST(transfer, is_the_image_in_a_file_and_leaves_nothing)
{
    char path[64], name[128];

    (void)snprintf(path, sizeof path, "/tmp/ddblite-transfer-%ld", (long)getpid());
    transfers(path);
    (void)snprintf(name, sizeof name, "ls %s-import* 2>/dev/null | grep -q .", path);
    CHECK(system(name) != 0);
    (void)unlink(path);
}

TEST(transfer, sees_what_is_written_while_it_copies_or_is_told_that_all_went)
{
    handle_host host;
    ddb *db = furnished(&host, NULL);
    ddb_image image = taken(db), piece;
    int64_t first = step(db, DDB_EXPORT_BEGIN, 0, NULL, 0, NULL);
    int64_t second = step(db, DDB_EXPORT_BEGIN, 0, NULL, 0, NULL);

    (void)run(db, "PutItem", PUT("b"));
    while (step(db, DDB_EXPORT_NEXT, first, NULL, 0, &piece) > 0 && piece.p == NULL)
        ;
    CHECK_INT(status_of_restore(db, &image), 200); /* the second is copied before */
    ddb_free_image(&image);
    image = piece;
    CHECK_INT(status_of_restore(db, &image), 200);
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("2"));
    while (step(db, DDB_EXPORT_NEXT, second, NULL, 0, &piece) > 0 && piece.p == NULL)
        ;
    CHECK_INT(piece.n, image.n);
    ddb_free_image(&piece);
    ddb_free_image(&image);
    ddb_close(db); /* and ends both */
}

TEST(transfer, has_a_limit_and_knows_its_numbers)
{
    handle_host host;
    ddb *db = furnished(&host, NULL);

    for (int i = 0; i < 3; i++)
        CHECK(step(db, DDB_EXPORT_BEGIN, 0, NULL, 0, NULL) > 0);
    CHECK_INT(step(db, DDB_EXPORT_BEGIN, 0, NULL, 0, NULL), -400);
    CHECK_INT(step(db, DDB_EXPORT_NEXT, 99, NULL, 0, NULL), -400);
    CHECK_INT(step(db, DDB_IMPORT_WRITE, 1, NULL, 0, NULL), -400); /* that is an export */
    CHECK_INT(step(db, 99, 1, NULL, 0, NULL), -400);
    (void)step(db, DDB_TRANSFER_END, 1, NULL, 0, NULL);
    CHECK(step(db, DDB_IMPORT_BEGIN, 0, NULL, 0, NULL) > 0);
    (void)step(db, DDB_TRANSFER_END, 2, NULL, 0, NULL);
    CHECK_INT(step(db, DDB_IMPORT_BEGIN, 0, NULL, 0, NULL), -503);
    ddb_close(db);
}

TEST(transfer, is_all_or_nothing_without_memory)
{
    char path[64];
    handle_host host;

    (void)snprintf(path, sizeof path, "/tmp/ddblite-transfer-%ld", (long)getpid());
    for (int i = 0; i < 2; i++) {
        ddb *db = furnished(&host, i == 0 ? NULL : path);
        unsigned char *p;
        int status = 0;
        size_t n;

        for (int64_t k = 0; status != 200; k++) {
            ddb_fail_after(db, k);
            status = exported(db, &p, &n);
            ddb_fail_after(db, -1);
            if (status != 200)
                free(p);
        }
        (void)run(db, "PutItem", PUT("b"));
        status = 0;
        for (int64_t k = 0; status != 200; k++) {
            CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("2"));
            ddb_fail_after(db, k);
            status = imported(db, p, n);
            ddb_fail_after(db, -1);
        }
        CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
        free(p);
        ddb_close(db);
    }
    (void)unlink(path);
}

TEST(snapshot, tells_exactly_when_a_driven_clock_has_work)
{
    handle_host host;
    ddb *db = furnished(&host, NULL);

    (void)run(db, "UpdateTimeToLive", "{\"TableName\":\"music\",\"TimeToLiveSpecification\":"
                                      "{\"Enabled\":true,\"AttributeName\":\"t\"}}");
    (void)run(db, "PutItem", "{\"TableName\":\"music\",\"Item\":{\"k\":{\"S\":\"b\"},"
                             "\"t\":{\"N\":\"1700003600\"}}}"); /* in an hour */
    while (ddb_work(db))
        ;
    CHECK(ddb_next_work_ms(db) <= 60000); /* a write may have brought something nearer */
    ddb_drive_clock(db, true);
    while (ddb_work(db))
        ;
    CHECK_INT(ddb_next_work_ms(db), 3601000);
    host.now += 3601000;
    while (ddb_work(db))
        ;
    CHECK_STR(run(db, "Scan", COUNT_ALL), COUNTED("1"));
    ddb_close(db);
}

/*
 * ttl_test.c - Time To Live: when an item expires, the sweep's times, and what failures and a
 * closed file leave. Behaviour that needs none of it is in test/api/time-to-live.
 */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include "handle.h"

#include <unistd.h>

#include "table/table.h"
#include "test.h"

#define HOUR_MS 3600000LL

typedef struct fixture {
    handle_host host;
    ddb *db;
    ddb_reply reply;
} fixture;

static bool open_at(fixture *f, const char *path)
{
    ddb_options o = handle_options(&f->host, path);
    char *error = NULL;
    int rc = ddb_open(&o, &f->db, &error);

    if (rc < 0)
        test_failed(__FILE__, __LINE__, "open: %s", error);
    ddb_free_error(error);
    return rc >= 0;
}

static void commit(fixture *f)
{
    ddb_reply committed;

    if (!f->reply.pending)
        return;
    ddb_commit(f->db, &committed);
    CHECK_INT(committed.status, 200);
}

static str run(fixture *f, const char *op, const char *json)
{
    static char kept[1 << 16];
    str body = handle_run(f->db, op, json, &f->reply);

    CHECK(body.n < sizeof kept);
    memcpy(kept, body.p, body.n);
    commit(f);
    return (str){kept, body.n};
}

static void must(fixture *f, const char *op, const char *json)
{
    str body = run(f, op, json);

    if (f->reply.status != 200)
        test_failed(__FILE__, __LINE__, "%s: %.*s", op, (int)body.n, body.p);
}

#define CREATE                                                                              \
    "{\"TableName\":\"ttt\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["  \
    "{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":" \
    "\"pk\",\"KeyType\":\"HASH\"}],\"StreamSpecification\":{\"StreamEnabled\":true,"         \
    "\"StreamViewType\":\"KEYS_ONLY\"}}"
#define ENABLE                                                                              \
    "{\"TableName\":\"ttt\",\"TimeToLiveSpecification\":{\"Enabled\":true,"                  \
    "\"AttributeName\":\"ttl\"}}"
#define DISABLE                                                                             \
    "{\"TableName\":\"ttt\",\"TimeToLiveSpecification\":{\"Enabled\":false,"                 \
    "\"AttributeName\":\"ttl\"}}"
#define DESCRIBE "{\"TableName\":\"ttt\"}"

static void put(fixture *f, int pk, int64_t ttl_s)
{
    char json[160];

    snprintf(json, sizeof json,
             "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"%d\"},\"ttl\":{\"N\":\"%lld\"}}}", pk,
             (long long)ttl_s);
    (void)handle_run(f->db, "PutItem", json, &f->reply);
    CHECK_INT(f->reply.status, 200);
}

static void work(fixture *f)
{
    for (int i = 0; ddb_work(f->db); i++)
        if (i > 1000) {
            test_failed(__FILE__, __LINE__, "the work does not end");
            return;
        }
}

/* How many items there are. */
static int items(fixture *f)
{
    str body = run(f, "Scan", "{\"TableName\":\"ttt\",\"Select\":\"COUNT\"}");
    int n = -1;
    char text[256];

    snprintf(text, sizeof text, "%.*s", (int)body.n, body.p);
    (void)sscanf(text, "{\"Count\":%d", &n);
    return n;
}

/* Copies the text of the n-th string member of that name; false when there is none. */
static bool member(str body, const char *name, int n, char out[1024])
{
    char key[64];
    const char *p = body.p, *end = body.p + body.n;
    size_t key_n = (size_t)snprintf(key, sizeof key, "\"%s\":\"", name), value_n = 0;

    for (; p + key_n < end; p++)
        if (memcmp(p, key, key_n) == 0 && n-- == 0)
            break;
    if (p + key_n >= end)
        return false;
    p += key_n;
    while (p + value_n < end && p[value_n] != '"' && value_n < 1023)
        value_n++;
    memcpy(out, p, value_n);
    out[value_n] = 0;
    return true;
}

/* The records of the service's removals in the table's stream; each item's only once. */
static int removals(fixture *f)
{
    char arn[1024], shard[1024], at[1024], json[2400];
    int n = 0;

    (void)member(run(f, "ListStreams", "{}"), "StreamArn", 0, arn);
    for (int i = 0;; i++) {
        snprintf(json, sizeof json, "{\"StreamArn\":\"%s\"}", arn);
        if (!member(run(f, "DescribeStream", json), "ShardId", i, shard))
            return n;
        snprintf(json, sizeof json,
                 "{\"StreamArn\":\"%s\",\"ShardId\":\"%s\",\"ShardIteratorType\":"
                 "\"TRIM_HORIZON\"}",
                 arn, shard);
        (void)member(run(f, "GetShardIterator", json), "ShardIterator", 0, at);
        for (bool any = true; any;) {
            char word[1024];
            int here = 0;
            snprintf(json, sizeof json, "{\"ShardIterator\":\"%s\",\"Limit\":100}", at);
            str body = run(f, "GetRecords", json);
            any = member(body, "eventID", 0, word);
            while (member(body, "PrincipalId", here, word))
                here++;
            n += here;
            if (!member(body, "NextShardIterator", 0, at))
                break;
        }
    }
}

/* ---- when ---- */

TEST(ttl, reads_a_top_level_number_of_seconds)
{
    static const struct {
        const char *item;
        int rc;
        int64_t seconds;
    } cases[] = {
        {"{\"ttl\":{\"N\":\"1700000000\"}}", 1, 1700000000},
        {"{\"a\":{\"S\":\"x\"},\"ttl\":{\"N\":\"12\"},\"b\":{\"S\":\"y\"}}", 1, 12},
        {"{\"ttl\":{\"N\":\"0\"}}", 1, 0},
        {"{\"ttl\":{\"N\":\"12.75\"}}", 1, 12},
        {"{\"ttl\":{\"N\":\"0.5\"}}", 1, 0},
        {"{\"ttl\":{\"N\":\"1700000000000\"}}", 1, 1700000000000}, /* milliseconds: far away */
        {"{\"ttl\":{\"N\":\"99999999999999999999999999999999999999\"}}", 0, 0},
        {"{\"ttl\":{\"N\":\"-1\"}}", 0, 0},
        {"{\"ttl\":{\"S\":\"1700000000\"}}", 0, 0},
        {"{\"ttl\":{\"NS\":[\"1700000000\"]}}", 0, 0},
        {"{\"m\":{\"M\":{\"ttl\":{\"N\":\"1\"}}}}", 0, 0},
        {"{\"ttl2\":{\"N\":\"1\"}}", 0, 0},
        {"{}", 0, 0},
    };
    table t = {.ttl_enabled = true, .ttl_attribute = STR("ttl")};

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = 0;
        CHECK_INT_NOTE(table_expiry(&t, str_of(cases[i].item), &seconds), cases[i].rc,
                       cases[i].item);
        CHECK_INT_NOTE(seconds, cases[i].seconds, cases[i].item);
    }
    t.ttl_enabled = false;
    int64_t seconds;
    CHECK_INT(table_expiry(&t, str_of(cases[0].item), &seconds), 0);
}

TEST(ttl, comes_when_the_next_item_expires_and_once_a_minute)
{
    fixture f;

    REQUIRE(open_at(&f, NULL));
    must(&f, "CreateTable", CREATE);
    must(&f, "UpdateTimeToLive", ENABLE);
    CHECK_INT(ddb_next_work_ms(f.db), 0);
    work(&f);
    CHECK_INT(ddb_next_work_ms(f.db), 60000);
    put(&f, 1, HANDLE_NOW / 1000 + 90);
    commit(&f);
    f.host.now += 60000;
    work(&f);
    CHECK_INT(ddb_next_work_ms(f.db), 31000); /* strictly after its second */
    f.host.now += 30999;
    work(&f);
    CHECK_INT(items(&f), 1);
    f.host.now += 1;
    CHECK_INT(ddb_next_work_ms(f.db), 0);
    work(&f);
    CHECK_INT(items(&f), 0);
    f.host.now += HOUR_MS;
    must(&f, "UpdateTimeToLive", DISABLE);
    work(&f);
    CHECK(ddb_next_work_ms(f.db) > 60000); /* the stream's business */
    ddb_close(f.db);
}

/* ---- failures ---- */

TEST(ttl, a_failed_allocation_leaves_the_setting_whole)
{
    static const char *const steps[] = {ENABLE, DISABLE};
    fixture f;

    REQUIRE(open_at(&f, NULL));
    must(&f, "CreateTable", CREATE);
    for (int i = 0; i < 50; i++)
        put(&f, i, i % 2 != 0 ? HANDLE_NOW : 1);
    commit(&f);
    for (size_t s = 0; s < COUNT(steps); s++) {
        int n = 0;
        do {
            ddb_fail_after(f.db, n++);
            (void)handle_run(f.db, "UpdateTimeToLive", steps[s], &f.reply);
            ddb_fail_after(f.db, -1);
            if (f.reply.status != 200) {
                ddb_rollback(f.db);
                CHECK_STR(run(&f, "DescribeTimeToLive", DESCRIBE),
                          s == 0 ? "{\"TimeToLiveDescription\":{\"TimeToLiveStatus\":\"DISABLED\"}}"
                                 : "{\"TimeToLiveDescription\":{\"TimeToLiveStatus\":\"ENABLED\","
                                   "\"AttributeName\":\"ttl\"}}");
                f.reply.status = 500;
            }
        } while (f.reply.status == 500 && n < 5000);
        CHECK_INT(f.reply.status, 200);
        commit(&f);
        f.host.now += HOUR_MS;
    }
    ddb_close(f.db);
}

/* Each item goes once, with one record, wherever memory runs out. */
TEST(ttl, a_failed_allocation_leaves_the_sweep_to_be_taken_up)
{
    enum { ITEMS = 100 };
    fixture f;
    int n = 0;

    REQUIRE(open_at(&f, NULL));
    must(&f, "CreateTable", CREATE);
    must(&f, "UpdateTimeToLive", ENABLE);
    work(&f);
    for (int i = 0; i < ITEMS; i++)
        put(&f, i, HANDLE_NOW / 1000 - 10);
    commit(&f);
    f.host.now += 60000;
    for (; n < 5000 && items(&f) > 0; n += 7) {
        ddb_fail_after(f.db, n);
        (void)ddb_work(f.db);
        ddb_fail_after(f.db, -1);
        CHECK(!ddb_pending(f.db));
    }
    CHECK(n > 7);
    CHECK_INT(items(&f), 0);
    f.host.now += 60000;
    work(&f);
    CHECK_INT(removals(&f), ITEMS);
    ddb_close(f.db);
}

/* ---- filling ---- */

TEST(ttl, filling_goes_on_when_the_file_is_opened_again)
{
    enum { ITEMS = 6000 };
    char path[] = "/tmp/ddblite_ttl_test.XXXXXX", file[64];
    int fd = mkstemp(path), opened = 0;
    fixture f;

    REQUIRE(fd >= 0);
    close(fd);
    REQUIRE(open_at(&f, path));
    must(&f, "CreateTable", CREATE);
    for (int i = 0; i < ITEMS; i++)
        put(&f, i, HANDLE_NOW / 1000 - (i % 3 == 0 ? 10 : -100000));
    commit(&f);
    must(&f, "UpdateTimeToLive", ENABLE);
    while (strstr(run(&f, "DescribeTimeToLive", DESCRIBE).p, "ENABLING") != NULL && opened < 50) {
        ddb_close(f.db);
        REQUIRE(open_at(&f, path));
        opened++;
        (void)ddb_work(f.db);
    }
    CHECK(opened > 1 && opened < 50);
    work(&f);
    CHECK_INT(items(&f), ITEMS - ITEMS / 3);
    CHECK_INT(removals(&f), ITEMS / 3);
    ddb_close(f.db);
    for (size_t i = 0; i < 3; i++) {
        static const char *const ends[] = {"", "-wal", "-shm"};
        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

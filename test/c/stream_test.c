/*
 * stream_test.c - streams through ddb_execute(): exact records, shards, trimming, and what a
 * failure leaves. Behaviour that needs no clock and no failure is in test/api/streams.
 *
 * Requests are written with ' for ". One table "ttt" (pk: S) with a stream of both images.
 */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include "handle.h"

#include <unistd.h>

#include "test.h"

#define DAY_MS 86400000LL
#define HOUR_MS 3600000LL

typedef struct fixture {
    handle_host host;
    ddb *db;
    char reply[1 << 18], arn[256];
} fixture;

/* Runs an operation and commits; the whole reply is kept in f->reply. */
static int run(fixture *f, const char *op, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static int run(fixture *f, const char *op, const char *fmt, ...)
{
    char json[4096];
    ddb_reply r, committed;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(json, sizeof json, fmt, ap);
    va_end(ap);
    for (char *p = json; *p != 0; p++)
        *p = *p == '\'' ? '"' : *p;
    (void)handle_run(f->db, op, json, &r);
    CHECK(r.body_n < sizeof f->reply);
    memcpy(f->reply, r.body, r.body_n);
    f->reply[r.body_n] = 0;
    if (r.pending) {
        ddb_commit(f->db, &committed);
        CHECK_INT(committed.status, 200);
    }
    return r.status;
}

static bool open_at(fixture *f, const char *path, int64_t now)
{
    ddb_options o = handle_options(&f->host, path);
    char *error = NULL;
    int rc = ddb_open(&o, &f->db, &error);

    f->host.now = now;
    if (rc < 0)
        test_failed(__FILE__, __LINE__, "open: %s", error);
    ddb_free_error(error);
    return rc >= 0;
}

/* The n-th (0..) text of a string member in the reply; "" when there is none. */
static void member(const fixture *f, const char *name, int n, char *out, size_t size)
{
    char key[64];
    const char *p = f->reply;

    snprintf(key, sizeof key, "\"%s\":\"", name);
    do {
        p = strstr(p, key);
        p = p == NULL ? NULL : p + strlen(key);
    } while (p != NULL && n-- > 0);
    snprintf(out, size, "%.*s", p == NULL ? 0 : (int)strcspn(p, "\""), p == NULL ? "" : p);
}

static int count(const char *text, const char *what)
{
    int n = 0;

    for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
        n++;
    return n;
}

static void create(fixture *f)
{
    CHECK_INT(run(f, "CreateTable",
                  "{'TableName':'ttt','BillingMode':'PAY_PER_REQUEST',"
                  "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
                  "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],"
                  "'StreamSpecification':{'StreamEnabled':true,"
                  "'StreamViewType':'NEW_AND_OLD_IMAGES'}}"),
              200);
    member(f, "LatestStreamArn", 0, f->arn, sizeof f->arn);
}

static void setup(fixture *f)
{
    if (!open_at(f, NULL, HANDLE_NOW))
        return;
    while (ddb_work(f->db))
        continue;
    create(f);
}

static void put(fixture *f, const char *pk, int v)
{
    CHECK_INT(run(f, "PutItem", "{'TableName':'ttt','Item':{'pk':{'S':'%s'},'v':{'N':'%d'}}}", pk,
                  v),
              200);
}

static int shards(fixture *f, char ids[][80], int max)
{
    int n = 0;

    CHECK_INT(run(f, "DescribeStream", "{'StreamArn':'%s'}", f->arn), 200);
    while (n < max) {
        member(f, "ShardId", n, ids[n], 80);
        if (ids[n][0] == 0)
            break;
        n++;
    }
    return n;
}

static int records_of(fixture *f, const char *shard)
{
    char iterator[1024];

    CHECK_INT(run(f, "GetShardIterator",
                  "{'StreamArn':'%s','ShardId':'%s','ShardIteratorType':'TRIM_HORIZON'}", f->arn,
                  shard),
              200);
    member(f, "ShardIterator", 0, iterator, sizeof iterator);
    CHECK_INT(run(f, "GetRecords", "{'ShardIterator':'%s'}", iterator), 200);
    return count(f->reply, "\"eventID\"");
}

/* Records there are in all shards; *last is the number of the newest, `image` its NewImage's v. */
static int records(fixture *f, char last[40], char image[16])
{
    char ids[32][80], seen[40];
    int all = 0, n = shards(f, ids, 32);

    last[0] = image[0] = 0;
    for (int i = 0; i < n; i++) {
        int here = records_of(f, ids[i]);
        all += here;
        if (here == 0)
            continue;
        member(f, "SequenceNumber", here - 1, seen, sizeof seen);
        if (strcmp(seen, last) <= 0)
            continue;
        strcpy(last, seen);
        const char *p = NULL, *at = f->reply;
        while ((at = strstr(at, "\"NewImage\":")) != NULL)
            p = at++;
        p = p == NULL ? NULL : strstr(p, "\"N\":\"");
        snprintf(image, 16, "%.*s", p == NULL ? 0 : (int)strcspn(p + 5, "\""), p + 5);
    }
    return all;
}

/* ---- records ---- */

TEST(stream, a_record_has_the_form_of_the_service)
{
    fixture f;
    char ids[8][80];

    setup(&f);
    f.host.now = 1700000000999; /* the time is rounded down to the second */
    put(&f, "a", 1);
    put(&f, "a", 2);
    CHECK_INT(shards(&f, ids, 8), 4);
    for (int i = 0; i < 4; i++)
        if (records_of(&f, ids[i]) > 0)
            break;
    for (char *p = strstr(f.reply, "eventID"); p != NULL; p = strstr(p + 1, "eventID"))
        memset(p + 10, '0', 32); /* made of the stream's label and the number */
    char *end = strstr(f.reply, ",\"NextShardIterator\"");
    REQUIRE(end != NULL);
    *end = 0;
    CHECK_STR(str_of(f.reply),
              "{\"Records\":[{\"eventID\":\"00000000000000000000000000000000\",\"eventName\":"
              "\"INSERT\",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":"
              "\"us-east-1\",\"dynamodb\":{\"ApproximateCreationDateTime\":1700000000,\"Keys\":{"
              "\"pk\":{\"S\":\"a\"}},\"NewImage\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}},"
              "\"SequenceNumber\":\"100000000000000000001\",\"SizeBytes\":9,\"StreamViewType\":"
              "\"NEW_AND_OLD_IMAGES\"}},{\"eventID\":\"00000000000000000000000000000000\","
              "\"eventName\":\"MODIFY\",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\","
              "\"awsRegion\":\"us-east-1\",\"dynamodb\":{\"ApproximateCreationDateTime\":1700000000,"
              "\"Keys\":{\"pk\":{\"S\":\"a\"}},\"NewImage\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":"
              "\"2\"}},\"OldImage\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":\"1\"}},\"SequenceNumber\":"
              "\"100000000000000000002\",\"SizeBytes\":15,\"StreamViewType\":"
              "\"NEW_AND_OLD_IMAGES\"}}]");
    ddb_close(f.db);
}

/* Any allocation may fail, in a group that has other writes: what the stream tells last is what
 * stands in the table. */
TEST(stream, a_failed_allocation_leaves_row_and_record_alike)
{
    fixture f;
    char last[40], image[16], stored[16];
    int done = 0;

    setup(&f);
    put(&f, "a", 0);
    for (int n = 0; n < 3000 && done < 2; n++) {
        char json[128];
        ddb_reply r, committed;

        (void)handle_run(f.db, "PutItem",
                         "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"other\"}}}", &r);
        CHECK_INT(r.status, 200);
        snprintf(json, sizeof json,
                 "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":{\"N\":\"%d\"}}}",
                 n + 1);
        ddb_fail_after(f.db, n);
        (void)handle_run(f.db, "PutItem", json, &r);
        ddb_fail_after(f.db, -1);
        done += r.status == 200;
        ddb_commit(f.db, &committed);
        CHECK_INT(run(&f, "GetItem", "{'TableName':'ttt','Key':{'pk':{'S':'a'}}}"), 200);
        member(&f, "N", 0, stored, sizeof stored);
        (void)records(&f, last, image);
        if (image[0] != 0) /* else the newest record tells of the other item */
            CHECK_STR(str_of(image), stored);
    }
    CHECK_INT(done, 2);
    ddb_close(f.db);
}

/* The same for a transaction: its three items change together, and each has its record. */
TEST(stream, a_failed_allocation_leaves_a_transaction_whole)
{
    fixture f;
    char last[40], image[16], at_first[16];
    int done = 0, before;

    setup(&f);
    for (const char *pk = "a\0b\0c\0"; *pk != 0; pk += 2)
        put(&f, pk, 0);
    for (int n = 0; n < 6000 && done < 1; n += 3) {
        char json[800];
        size_t at = (size_t)snprintf(json, sizeof json, "{\"TransactItems\":[");
        ddb_reply r, committed;

        before = records(&f, last, image);
        (void)handle_run(f.db, "PutItem",
                         n % 2 != 0
                             ? "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"other\"}}}"
                             : "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"other\"},"
                               "\"v\":{\"N\":\"1\"}}}",
                         &r);
        CHECK(r.pending); /* the transaction joins a group */
        for (const char *pk = "a\0b\0c\0"; *pk != 0; pk += 2)
            at += (size_t)snprintf(json + at, sizeof json - at,
                                   "%s{\"Put\":{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":"
                                   "\"%s\"},\"v\":{\"N\":\"%d\"}}}}",
                                   *pk == 'a' ? "" : ",", pk, n + 1);
        (void)snprintf(json + at, sizeof json - at, "]}");
        ddb_fail_after(f.db, n);
        (void)handle_run(f.db, "TransactWriteItems", json, &r);
        ddb_fail_after(f.db, -1);
        done += r.status == 200;
        ddb_commit(f.db, &committed);
        if (r.status != 200 && committed.status == 200)
            CHECK_INT(records(&f, last, image), before + 1);
        at_first[0] = 0;
        for (const char *pk = "a\0b\0c\0"; *pk != 0; pk += 2) {
            char stored[16];
            CHECK_INT(run(&f, "GetItem", "{'TableName':'ttt','Key':{'pk':{'S':'%s'}}}", pk), 200);
            member(&f, "N", 0, stored, sizeof stored);
            if (at_first[0] == 0)
                strcpy(at_first, stored);
            CHECK_STR(str_of(stored), at_first);
        }
        if (r.status == 200)
            CHECK_INT(records(&f, last, image), before + 4);
    }
    CHECK_INT(done, 1);
    ddb_close(f.db);
}

static int create_other(fixture *f)
{
    return run(f, "CreateTable", "{'TableName':'abc','BillingMode':'PAY_PER_REQUEST',"
                       "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
                       "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],"
                       "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}}");
}

TEST(stream, a_failed_allocation_leaves_no_half_made_stream)
{
    fixture f;
    ddb_reply r;
    char json[600];
    int n = 0;

    setup(&f);
    snprintf(json, sizeof json, "{\"StreamArn\":\"%s\",\"ExclusiveStartShardId\":\"%s\"}", f.arn,
             "shardId-00000000000000000000-00000000");
    do { /* reading */
        ddb_fail_after(f.db, n++);
        (void)handle_run(f.db, "DescribeStream", json, &r);
        ddb_fail_after(f.db, -1);
    } while (r.status == 500 && n < 1000);
    CHECK_INT(r.status, 200);
    n = 0;
    do {
        ddb_fail_after(f.db, n++);
        (void)handle_run(f.db, "UpdateTable",
                         "{\"TableName\":\"ttt\",\"StreamSpecification\":{\"StreamEnabled\":false}}",
                         &r);
        ddb_fail_after(f.db, -1);
        if (r.status != 200) {
            ddb_rollback(f.db);
            CHECK_INT(run(&f, "DescribeStream", "{'StreamArn':'%s'}", f.arn), 200);
            CHECK_INT(count(f.reply, "\"StreamStatus\":\"ENABLED\""), 1);
            CHECK_INT(count(f.reply, "EndingSequenceNumber"), 0);
        }
    } while (r.status == 500 && n < 2000);
    CHECK_INT(r.status, 200);
    CHECK_INT(create_other(&f), 200);
    CHECK_INT(run(&f, "ListStreams", "{}"), 200);
    CHECK_INT(count(f.reply, "StreamArn"), 2);
    ddb_close(f.db);
}

/* ---- shards and time ---- */

TEST(stream, an_empty_shard_rolls_over_without_sharing_a_record_with_its_child)
{
    fixture f;
    char ids[32][80], last[40], image[16];

    setup(&f);
    for (int roll = 1; roll <= 3; roll++) {
        f.host.now += 4 * HOUR_MS;
        while (ddb_work(f.db))
            continue;
        CHECK_INT(shards(&f, ids, 32), 4 * (roll + 1));
        CHECK_INT(count(f.reply, "EndingSequenceNumber"), 4 * roll);
        CHECK_INT(count(f.reply, "ParentShardId"), 4 * roll);
    }
    put(&f, "a", 1);
    CHECK_INT(records(&f, last, image), 1);
    CHECK_STR(str_of(image), "1");
    ddb_close(f.db);
}

TEST(stream, tells_when_it_wants_to_be_worked_on)
{
    fixture f;

    REQUIRE(open_at(&f, NULL, HANDLE_NOW));
    while (ddb_work(f.db))
        continue;
    CHECK_INT(ddb_next_work_ms(f.db), -1);
    create(&f);
    CHECK_INT(ddb_next_work_ms(f.db), 0);
    CHECK(!ddb_work(f.db));
    CHECK_INT(ddb_next_work_ms(f.db), 4 * HOUR_MS);
    f.host.now += HOUR_MS;
    CHECK_INT(ddb_next_work_ms(f.db), 3 * HOUR_MS);
    put(&f, "a", 1);
    f.host.now += 3 * HOUR_MS;
    CHECK_INT(ddb_next_work_ms(f.db), 0);
    CHECK(!ddb_work(f.db)); /* four children */
    CHECK_INT(ddb_next_work_ms(f.db), 4 * HOUR_MS);
    CHECK_INT(run(&f, "DeleteTable", "{'TableName':'ttt'}"), 200);
    while (ddb_work(f.db))
        continue;
    CHECK(ddb_next_work_ms(f.db) > 0);
    f.host.now += 2 * DAY_MS;
    while (ddb_work(f.db))
        continue;
    CHECK_INT(ddb_next_work_ms(f.db), -1); /* nothing is left of it */
    CHECK_INT(run(&f, "ListStreams", "{}"), 200);
    CHECK_STR(str_of(f.reply), "{\"Streams\":[]}");
    ddb_close(f.db);
}

TEST(stream, does_nothing_inside_an_open_group)
{
    fixture f;
    ddb_reply r;

    setup(&f);
    while (ddb_work(f.db))
        continue;
    f.host.now += 5 * HOUR_MS;
    (void)handle_run(f.db, "PutItem", "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"a\"}}}", &r);
    CHECK(r.pending);
    CHECK(ddb_work(f.db)); /* waiting */
    CHECK(ddb_pending(f.db));
    ddb_commit(f.db, &r);
    CHECK(!ddb_work(f.db));
    CHECK(!ddb_pending(f.db));
    ddb_close(f.db);
}

TEST(stream, trims_many_records_and_keeps_the_younger_ones)
{
    enum { OLD = 9000 };
    fixture f;
    char last[40], image[16];
    ddb_reply r;
    int slices = 0;

    setup(&f);
    for (int i = 0; i < OLD; i++) {
        char json[128];
        snprintf(json, sizeof json,
                 "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"%d\"},\"v\":{\"N\":\"%d\"}}}",
                 i % 7, i);
        (void)handle_run(f.db, "PutItem", json, &r);
    }
    ddb_commit(f.db, &r);
    f.host.now += DAY_MS - 1;
    while (ddb_work(f.db))
        continue;
    put(&f, "young", 7);
    f.host.now += 1;
    CHECK_INT(records(&f, last, image), 1); /* for readers they are gone already */
    CHECK_STR(str_of(image), "7");
    CHECK_INT(ddb_next_work_ms(f.db), 0);
    while (ddb_work(f.db))
        slices++;
    CHECK(slices > 0);
    CHECK_INT(records(&f, last, image), 1);
    CHECK_STR(str_of(last), "100000000000000009001");
    ddb_close(f.db);
}

TEST(stream, lives_with_a_clock_that_is_set_back)
{
    fixture f;
    char last[40], image[16];

    setup(&f);
    put(&f, "a", 1);
    f.host.now -= 2 * DAY_MS;
    put(&f, "a", 2);
    CHECK_INT(records(&f, last, image), 2);
    f.host.now += DAY_MS + 2 * DAY_MS - 1; /* the second is old, the first not yet */
    while (ddb_work(f.db))
        continue;
    CHECK(ddb_next_work_ms(f.db) > 0);
    f.host.now += HOUR_MS;
    while (ddb_work(f.db))
        continue;
    CHECK_INT(records(&f, last, image), 0);
    put(&f, "a", 3);
    CHECK_INT(records(&f, last, image), 1);
    ddb_close(f.db);
}

/* ---- storage ---- */

TEST(stream, numbers_go_on_when_the_file_is_opened_again)
{
    char path[] = "/tmp/ddblite_stream_test.XXXXXX", last[40], image[16], wal[64];
    int fd = mkstemp(path);
    fixture f;

    REQUIRE(fd >= 0);
    close(fd);
    REQUIRE(open_at(&f, path, HANDLE_NOW));
    create(&f);
    put(&f, "a", 1);
    put(&f, "a", 2);
    f.host.now += 2 * DAY_MS;
    while (ddb_work(f.db)) /* nothing is left to count from */
        continue;
    CHECK_INT(records(&f, last, image), 0);
    ddb_close(f.db);
    REQUIRE(open_at(&f, path, HANDLE_NOW + 2 * DAY_MS));
    put(&f, "a", 3);
    CHECK_INT(records(&f, last, image), 1);
    CHECK_STR(str_of(last), "100000000000000000003");
    ddb_close(f.db);
    for (size_t i = 0; i < 3; i++) {
        static const char *const ends[] = {"", "-wal", "-shm"};
        snprintf(wal, sizeof wal, "%s%s", path, ends[i]);
        (void)unlink(wal);
    }
}

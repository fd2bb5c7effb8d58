/*
 * settings_test.c - what is set on tables: the rows of ddb_setting, and what failures leave of
 * tags, policies, destinations and replicas. Their behaviour is in test/api.
 */
#include "handle.h"

#include "store/settings.h"
#include "test.h"

#define TAG STR("tag")

typedef struct box {
    test_env e;
    store *st;
} box;

static int open_box(box *b)
{
    return store_open(&b->e.cx, &(store_options){.path = NULL}, &b->st);
}

static void close_box(box *b)
{
    store_close(b->st);
    test_env_release(&b->e);
}

static int put(box *b, const char *kind, const char *resource, const char *name,
               const char *value)
{
    return store_setting_put(b->st, &b->e.cx, str_of(kind), str_of(resource), str_of(name),
                             str_of(value));
}

/* "resource name=value" for each, with ";" between. */
static str show(box *b, const setting *rows, uint32_t n)
{
    buf out;

    buf_init_arena(&out, &b->e.a, 4096);
    for (uint32_t i = 0; i < n; i++)
        buf_fmt(&out, "%s%S %S=%S", i > 0 ? ";" : "", rows[i].resource, rows[i].name,
                rows[i].value);
    return buf_view(&out);
}

static str of(box *b, const char *kind, const char *resource, str after, uint32_t max)
{
    setting *rows;
    uint32_t n;

    CHECK_INT(store_settings(b->st, &b->e.cx, str_of(kind), str_of(resource), after, max, &rows,
                             &n), 0);
    return show(b, rows, n);
}

static str all(box *b, const char *kind, const char *resource, const char *name, uint32_t max)
{
    setting *rows;
    uint32_t n;

    CHECK_INT(store_settings_all(b->st, &b->e.cx, str_of(kind), str_of(resource), str_of(name),
                                 max, &rows, &n), 0);
    return show(b, rows, n);
}

static bool begin_box(box *b)
{
    test_env_init(&b->e);
    if (open_box(b) == 0 && store_begin(b->st, &b->e.cx) == 0)
        return true;
    test_failed(__FILE__, __LINE__, "open");
    return false;
}

/* ---- rows ---- */

TEST(settings, are_put_replaced_and_deleted)
{
    box b;
    str v;

    REQUIRE(begin_box(&b));
    CHECK_INT(store_setting_get(b.st, &b.e.cx, TAG, STR("table/a"), STR("k"), &v),
              DDB_NOT_FOUND);
    CHECK_INT(put(&b, "tag", "table/a", "k", "1"), 0);
    CHECK_INT(put(&b, "tag", "table/a", "k", ""), 0);
    CHECK_INT(store_setting_get(b.st, &b.e.cx, TAG, STR("table/a"), STR("k"), &v), 0);
    CHECK_STR(v, "");
    CHECK_INT(store_setting_get(b.st, &b.e.cx, STR("policy"), STR("table/a"), STR("k"), &v),
              DDB_NOT_FOUND);
    CHECK_INT(store_setting_get(b.st, &b.e.cx, TAG, STR("table/A"), STR("k"), &v),
              DDB_NOT_FOUND);
    CHECK_INT(store_setting_delete(b.st, &b.e.cx, TAG, STR("table/a"), STR("k")), 1);
    CHECK_INT(store_setting_delete(b.st, &b.e.cx, TAG, STR("table/a"), STR("k")), 0);
    store_rollback(b.st);
    close_box(&b);
}

TEST(settings, come_in_the_order_of_their_bytes)
{
    box b;

    REQUIRE(begin_box(&b));
    CHECK_INT(put(&b, "tag", "table/a", "b", "2"), 0);
    CHECK_INT(put(&b, "tag", "table/a", "\xc3\xa9", "4"), 0);
    CHECK_INT(put(&b, "tag", "table/a", "a", "1"), 0);
    CHECK_INT(put(&b, "tag", "table/a", "Z", "0"), 0);
    CHECK_INT(put(&b, "tag", "table/a-b", "k", "5"), 0);
    CHECK_INT(put(&b, "policy", "table/a", "k", "6"), 0);
    CHECK_STR(of(&b, "tag", "table/a", STR(""), 9),
              "table/a Z=0;table/a a=1;table/a b=2;table/a \xc3\xa9=4");
    CHECK_STR(of(&b, "tag", "table/a", STR("a"), 1), "table/a b=2");
    CHECK_STR(of(&b, "tag", "table/a", STR("\xc3\xa9"), 9), "");
    CHECK_STR(of(&b, "tag", "table/b", STR(""), 9), "");
    CHECK_STR(all(&b, "tag", "", "", 2), "table/a Z=0;table/a a=1");
    CHECK_STR(all(&b, "tag", "table/a", "b", 9), "table/a \xc3\xa9=4;table/a-b k=5");
    CHECK_STR(all(&b, "tag", "table/a-b", "k", 9), "");
    CHECK_STR(all(&b, "policy", "", "", 9), "table/a k=6");
    store_rollback(b.st);
    close_box(&b);
}

TEST(settings, come_in_any_number)
{
    box b;
    setting *rows;
    uint32_t n;
    char name[16];

    REQUIRE(begin_box(&b));
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%02d", i);
        CHECK_INT(put(&b, "tag", "table/a", name, name), 0);
    }
    CHECK_INT(store_settings(b.st, &b.e.cx, TAG, STR("table/a"), STR(""), 1000, &rows, &n), 0);
    CHECK_INT(n, 100);
    for (uint32_t i = 0; i < n; i++)
        CHECK_MEM_EQ(rows[i].value, rows[i].name);
    store_rollback(b.st);
    close_box(&b);
}

TEST(settings, go_with_their_resource_and_what_lies_below_it)
{
    static const char *const resources[] = {
        "table", "table/", "table/a", "table/a!", "table/a-b", "table/a.b", "table/a/index/i",
        "table/a/stream/1", "table/a0", "table/aa", "table/A",
    };
    box b;

    REQUIRE(begin_box(&b));
    for (size_t i = 0; i < COUNT(resources); i++) {
        CHECK_INT(put(&b, "tag", resources[i], "k", ""), 0);
        CHECK_INT(put(&b, "policy", resources[i], "k", ""), 0);
    }
    CHECK_INT(store_settings_drop(b.st, &b.e.cx, STR("table/a")), 0);
    CHECK_STR(all(&b, "tag", "", "", 99),
              "table k=;table/ k=;table/A k=;table/a! k=;table/a-b k=;table/a.b k=;"
              "table/a0 k=;table/aa k=");
    CHECK_STR(of(&b, "policy", "table/a/stream/1", STR(""), 9), "");
    store_rollback(b.st);
    close_box(&b);
}

TEST(settings, belong_to_the_transaction)
{
    box b;

    REQUIRE(begin_box(&b));
    CHECK_INT(put(&b, "tag", "table/a", "k", "1"), 0);
    CHECK_INT(store_commit(b.st, &b.e.cx), 0);
    CHECK(put(&b, "tag", "table/a", "k", "2") < 0);
    CHECK_INT(store_begin(b.st, &b.e.cx), 0);
    CHECK_INT(put(&b, "tag", "table/a", "k", "3"), 0);
    CHECK_INT(store_settings_drop(b.st, &b.e.cx, STR("table/a")), 0);
    store_rollback(b.st);
    CHECK_STR(of(&b, "tag", "table/a", STR(""), 9), "table/a k=1");
    close_box(&b);
}

static int use_settings(test_env *e, void *arg)
{
    store *st = NULL;
    setting *rows;
    uint32_t n;
    str v;
    int rc;

    (void)arg;
    rc = store_open(&e->cx, &(store_options){.path = NULL}, &st);
    if (rc == 0)
        rc = store_begin(st, &e->cx);
    if (rc == 0)
        rc = store_setting_put(st, &e->cx, TAG, STR("table/a"), STR("k"), STR("v"));
    if (rc == 0)
        rc = store_setting_get(st, &e->cx, TAG, STR("table/a"), STR("k"), &v);
    if (rc == 0)
        rc = store_settings(st, &e->cx, TAG, STR("table/a"), STR(""), 9, &rows, &n);
    if (rc == 0)
        rc = store_settings_all(st, &e->cx, TAG, STR(""), STR(""), 9, &rows, &n);
    if (rc == 0)
        rc = store_setting_delete(st, &e->cx, TAG, STR("table/a"), STR("k"));
    if (rc == 1)
        rc = store_settings_drop(st, &e->cx, STR("table/a"));
    store_close(st);
    return rc;
}

TEST(settings, survive_the_failure_of_each_allocation)
{
    test_each_alloc_failure(use_settings, NULL);
}

/* ---- operations ---- */

#define TABLE_ARN "arn:aws:dynamodb:us-east-1:000000000000:table/abc"
#define STREAM_ARN "arn:aws:kinesis:us-east-1:000000000000:stream/s"
#define CREATE(more)                                                                         \
    "{\"TableName\":\"abc\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["   \
    "{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":"  \
    "\"pk\",\"KeyType\":\"HASH\"}]" more "}"
#define TAGS "\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]"
#define POLICY                                                                               \
    "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\"," \
    "\\\"Principal\\\":{\\\"AWS\\\":[\\\"111111111111\\\",\\\"222222222222\\\"]},"            \
    "\\\"Action\\\":[\\\"dynamodb:GetItem\\\",\\\"dynamodb:Query\\\"],"                       \
    "\\\"Resource\\\":\\\"" TABLE_ARN "\\\"}]}\""
#define RESOURCE "{\"ResourceArn\":\"" TABLE_ARN "\""
#define NAME "{\"TableName\":\"abc\""

typedef struct step {
    const char *op, *json, *describe, *with; /* describe answers differently once it is done */
} step;

/* What has been set survives the steps that follow, which is what DeleteTable is last for. */
static const step steps[] = {
    {"CreateTable", CREATE("," TAGS ",\"ResourcePolicy\":" POLICY), "DescribeTable", NAME "}"},
    {"UntagResource", RESOURCE ",\"TagKeys\":[\"a\"]}", "ListTagsOfResource", RESOURCE "}"},
    {"TagResource", RESOURCE ",\"Tags\":[{\"Key\":\"c\",\"Value\":\"3\"}]}",
     "ListTagsOfResource", RESOURCE "}"},
    {"DeleteResourcePolicy", RESOURCE "}", "GetResourcePolicy", RESOURCE "}"},
    {"PutResourcePolicy", RESOURCE ",\"Policy\":" POLICY "}", "GetResourcePolicy", RESOURCE "}"},
    {"EnableKinesisStreamingDestination", NAME ",\"StreamArn\":\"" STREAM_ARN "\"}",
     "DescribeKinesisStreamingDestination", NAME "}"},
    {"UpdateKinesisStreamingDestination",
     NAME ",\"StreamArn\":\"" STREAM_ARN "\",\"UpdateKinesisStreamingConfiguration\":"
     "{\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\"}}",
     "DescribeKinesisStreamingDestination", NAME "}"},
    {"UpdateContributorInsights", NAME ",\"ContributorInsightsAction\":\"ENABLE\"}",
     "DescribeContributorInsights", NAME "}"},
    {"UpdateTable", NAME ",\"ReplicaUpdates\":[{\"Create\":{\"RegionName\":\"eu-west-1\"}}]}",
     "DescribeTable", NAME "}"},
    {"UpdateTable",
     NAME ",\"BillingMode\":\"PROVISIONED\",\"ProvisionedThroughput\":"
     "{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":5}}",
     "DescribeTable", NAME "}"},
    {"UpdateTableReplicaAutoScaling",
     NAME ",\"ReplicaUpdates\":[{\"RegionName\":\"eu-west-1\","
     "\"ReplicaProvisionedReadCapacityAutoScalingUpdate\":{\"MinimumUnits\":1,"
     "\"MaximumUnits\":9,\"ScalingPolicyUpdate\":{\"TargetTrackingScalingPolicyConfiguration\":"
     "{\"TargetValue\":50}}}}]}",
     "DescribeTableReplicaAutoScaling", NAME "}"},
    {"DeleteTable", NAME "}", "ListTagsOfResource", RESOURCE "}"},
};

/* Replicas as the first version of global tables has them. */
static const step global_steps[] = {
    {"CreateTable",
     CREATE(",\"StreamSpecification\":{\"StreamEnabled\":true,"
            "\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"}"),
     "DescribeTable", NAME "}"},
    {"CreateGlobalTable",
     "{\"GlobalTableName\":\"abc\",\"ReplicationGroup\":[{\"RegionName\":\"us-east-1\"}]}",
     "DescribeGlobalTable", "{\"GlobalTableName\":\"abc\"}"},
    {"UpdateGlobalTable",
     "{\"GlobalTableName\":\"abc\",\"ReplicaUpdates\":[{\"Create\":"
     "{\"RegionName\":\"eu-west-1\"}}]}",
     "ListGlobalTables", "{}"},
    {"UpdateGlobalTableSettings",
     "{\"GlobalTableName\":\"abc\",\"GlobalTableBillingMode\":\"PROVISIONED\","
     "\"ReplicaSettingsUpdate\":[{\"RegionName\":\"us-east-1\","
     "\"ReplicaProvisionedReadCapacityUnits\":7}]}",
     "DescribeGlobalTableSettings", "{\"GlobalTableName\":\"abc\"}"},
    {"DeleteTable", NAME "}", "ListGlobalTables", "{}"},
};

typedef struct fixture {
    handle_host host;
    ddb *db;
    ddb_reply reply;
} fixture;

/* The answer and its place to stay in. */
static str answer(fixture *f, const char *op, const char *json, char kept[8192])
{
    str body = handle_run(f->db, op, json, &f->reply);

    CHECK(body.n < 8192);
    memcpy(kept, body.p, body.n);
    return (str){kept, body.n};
}

static void settle(fixture *f)
{
    ddb_reply committed;

    if (ddb_pending(f->db)) {
        ddb_commit(f->db, &committed);
        CHECK_INT(committed.status, 200);
    }
    for (int i = 0; i < 1000 && ddb_work(f->db); i++)
        continue;
}

/* Fails each allocation of a step in turn: every time, all is as it was before. */
static void fail_each_allocation(fixture *f, const step *s)
{
    static char before[8192], after[8192];
    str was = answer(f, s->describe, s->with, before);
    int n = 0;

    do {
        ddb_fail_after(f->db, n++);
        (void)handle_run(f->db, s->op, s->json, &f->reply);
        ddb_fail_after(f->db, -1);
        if (f->reply.status == 500) {
            ddb_rollback(f->db);
            CHECK_MEM_EQ(answer(f, s->describe, s->with, after), was);
            f->reply.status = 500;
        }
    } while (f->reply.status == 500 && n < 5000);
    CHECK_INT_NOTE(f->reply.status, 200, s->op);
    if (f->reply.status != 200)
        test_failed(__FILE__, __LINE__, "%.*s", (int)f->reply.body_n, f->reply.body);
    CHECK(n > 3);
    settle(f);
    if (str_eq(answer(f, s->describe, s->with, after), was))
        test_failed(__FILE__, __LINE__, "%s changed nothing: %.*s", s->op, (int)was.n, was.p);
}

TEST(settings, are_whole_after_a_failed_allocation)
{
    fixture f;
    ddb_options o = handle_options(&f.host, NULL);
    char *error = NULL;

    REQUIRE(ddb_open(&o, &f.db, &error) == 0);
    for (size_t i = 0; i < COUNT(steps); i++)
        fail_each_allocation(&f, &steps[i]);
    for (size_t i = 0; i < COUNT(global_steps); i++)
        fail_each_allocation(&f, &global_steps[i]);
    ddb_close(f.db);
}

TEST(settings, of_a_table_are_gone_when_the_name_is_used_again)
{
    static const step empty[] = {
        {"ListTagsOfResource", RESOURCE "}", NULL, "{\"Tags\":[]}"},
        {"DescribeKinesisStreamingDestination", NAME "}", NULL,
         "{\"TableName\":\"abc\",\"KinesisDataStreamDestinations\":[]}"},
    };
    static char kept[8192];
    fixture f;
    ddb_options o = handle_options(&f.host, NULL);
    char *error = NULL;

    REQUIRE(ddb_open(&o, &f.db, &error) == 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        (void)handle_run(f.db, steps[i].op, steps[i].json, &f.reply);
        CHECK_INT_NOTE(f.reply.status, 200, steps[i].op);
        settle(&f);
    }
    (void)handle_run(f.db, "CreateTable", CREATE(""), &f.reply);
    settle(&f);
    for (size_t i = 0; i < COUNT(empty); i++)
        CHECK_STR(answer(&f, empty[i].op, empty[i].json, kept), empty[i].with);
    (void)handle_run(f.db, "GetResourcePolicy", RESOURCE "}", &f.reply);
    CHECK_INT(f.reply.status, 400);
    ddb_close(f.db);
}

/*
 * faults_test.c - what goes wrong on purpose, with every allocation failing: rules and their
 * matcher, buckets, items in flight, reads of the past. Behaviour is in test/api/faults.
 */
#include "engine/faults.h"
#include "handle.h"
#include "test.h"

#define KEY(pk) "{\"pk\":{\"S\":\"" pk "\"},\"sk\":{\"S\":\"1\"}}"
#define PUT(pk, more) \
    "{\"TableName\":\"ttt\",\"Item\":{\"pk\":{\"S\":\"" pk "\"},\"sk\":{\"S\":\"1\"}" more "}}"
#define G ",\"g\":{\"S\":\"x\"},\"l\":{\"S\":\"y\"}"
#define TRANSACT(pk) "{\"TransactItems\":[{\"Put\":" PUT(pk, G) "}]}"
#define STRING(name) "{\"AttributeName\":\"" name "\",\"AttributeType\":\"S\"}"
#define ELEMENT(name, type) "{\"AttributeName\":\"" name "\",\"KeyType\":\"" type "\"}"
#define UNITS "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":2,\"WriteCapacityUnits\":2}"
#define ALL "\"Projection\":{\"ProjectionType\":\"ALL\"}"
#define CREATE                                                                                 \
    "{\"TableName\":\"ttt\",\"BillingMode\":\"PROVISIONED\"," UNITS ",\"AttributeDefinitions\":[" \
    STRING("pk") "," STRING("sk") "," STRING("g") "," STRING("l") "],\"KeySchema\":["          \
    ELEMENT("pk", "HASH") "," ELEMENT("sk", "RANGE") "],\"GlobalSecondaryIndexes\":[{"         \
    "\"IndexName\":\"byG\",\"KeySchema\":[" ELEMENT("g", "HASH") "]," ALL "," UNITS "}],"      \
    "\"LocalSecondaryIndexes\":[{\"IndexName\":\"byL\",\"KeySchema\":[" ELEMENT("pk", "HASH") "," \
    ELEMENT("l", "RANGE") "]," ALL "}]}"
#define QUERY                                                                                 \
    "{\"TableName\":\"ttt\",\"IndexName\":\"byG\",\"KeyConditionExpression\":\"g = :g\","       \
    "\"ExpressionAttributeValues\":{\":g\":{\"S\":\"x\"}},\"Select\":\"COUNT\"}"
#define COUNTED(n) "{\"Count\":" n ",\"ScannedCount\":" n "}"
#define THROW "\"Throw\":\"InternalServerError\""

typedef struct fixture {
    handle_host host;
    ddb *db;
    ddb_reply reply;
} fixture;

static void begin(fixture *f)
{
    ddb_options o = handle_options(&f->host, NULL);
    char *error = NULL;

    if (ddb_open(&o, &f->db, &error) < 0)
        test_failed(__FILE__, __LINE__, "open: %s", error);
    ddb_free_error(error);
}

/* Runs and commits; the reply is valid until the next call. */
static str run(fixture *f, const char *op, const char *json)
{
    static char kept[1 << 16];
    str body = handle_run(f->db, op, json, &f->reply);
    ddb_reply committed;

    if (body.n > sizeof kept)
        body.n = sizeof kept;
    memcpy(kept, body.p, body.n);
    if (f->reply.pending) {
        ddb_commit(f->db, &committed);
        if (committed.status != 200)
            f->reply.status = committed.status;
    }
    return (str){kept, body.n};
}

static int status_of(fixture *f, const char *op, const char *json)
{
    (void)run(f, op, json);
    return f->reply.status;
}

TEST(faults, meet_the_calls_they_count_to)
{
    fixture f;

    begin(&f);
    CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
    CHECK_STR(run(&f, "ddblite.AddFault",
                  "{\"Operation\":\"PutItem\",\"Nth\":2,\"Times\":2," THROW "}"),
              "{\"Id\":1}");
    CHECK_STR(run(&f, "ddblite.AddFault",
                  "{\"TableName\":\"ttt\",\"Keys\":[{\"pk\":{\"S\":\"b\"}}]," THROW "}"),
              "{\"Id\":2}");
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 200);
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 500);
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 500);
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 200);
    CHECK_INT(status_of(&f, "PutItem", PUT("b", "")), 500);
    CHECK_INT(status_of(&f, "DeleteItem", "{\"TableName\":\"ttt\",\"Key\":" KEY("b") "}"), 500);
    CHECK_INT(status_of(&f, "DeleteItem", "{\"TableName\":\"ttt\",\"Key\":" KEY("a") "}"), 200);
    CHECK_STR(run(&f, "ddblite.ListFaults", "{}"),
              "{\"Faults\":[{\"Id\":1,\"Operation\":\"PutItem\",\"Nth\":2,\"Times\":2,"
              "\"Throw\":\"InternalServerError\",\"Calls\":5,\"Hits\":2},"
              "{\"Id\":2,\"TableName\":\"ttt\",\"Keys\":[{\"pk\":{\"S\":\"b\"}}],\"Nth\":1,"
              "\"Throw\":\"InternalServerError\",\"Calls\":2,\"Hits\":2}]}");
    CHECK_INT(status_of(&f, "ddblite.RemoveFault", "{\"Id\":2}"), 200);
    CHECK_INT(status_of(&f, "PutItem", PUT("b", "")), 200);
    ddb_close(f.db);
}

TEST(faults, keep_keys_that_lie_in_no_request_any_more)
{
    fixture f;

    begin(&f);
    CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
    CHECK_INT(status_of(&f, "ddblite.AddFault",
                        "{\"Keys\":[{\"pk\":{\"S\":\"\\u00e9\"},\"sk\":{\"S\":\"1\"}},"
                        "{\"sk\":{\"N\":\"1\"},\"pk\":{\"S\":\"b\"}}]," THROW "}"),
              200);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(status_of(&f, "PutItem", PUT("\xc3\xa9", "")), 500);
        CHECK_INT(status_of(&f, "PutItem", PUT("b", "")), 200); /* the sort key has another type */
    }
    ddb_close(f.db);
}

TEST(faults, fill_buckets_by_the_clock)
{
    fixture f;
    int done = 0;

    begin(&f);
    CHECK_INT(status_of(&f, "ddblite.SetLimits", "{\"Throughput\":\"enforced\"}"), 200);
    CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
    while (status_of(&f, "PutItem", PUT("a", "")) == 200)
        done++;
    CHECK_INT(done, 2);
    f.host.now += 499;
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 200); /* a little is enough to be let in */
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 400);
    f.host.now -= 100000; /* a clock that is set back gives nothing */
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 400);
    f.host.now += 3600 * 1000;
    for (done = 0; status_of(&f, "PutItem", PUT("a", "")) == 200; done++)
        ;
    CHECK_INT(done, 600);
    ddb_close(f.db);
}

TEST(faults, keep_no_buckets_of_tables_that_are_gone)
{
    fixture f;
    int64_t blocks = 0;

    begin(&f);
    CHECK_INT(status_of(&f, "ddblite.SetLimits", "{\"Throughput\":\"enforced\"}"), 200);
    for (int i = 0; i < 40; i++) {
        CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
        CHECK_INT(status_of(&f, "PutItem", PUT("a", G)), 200);
        CHECK_INT(status_of(&f, "Query", QUERY), 200);
        CHECK_INT(status_of(&f, "PutItem", PUT("a", G)), 400);
        CHECK_INT(status_of(&f, "DeleteTable", "{\"TableName\":\"ttt\"}"), 200);
        if (i == 20)
            blocks = ddb_counters_get(f.db).live_blocks;
    }
    CHECK_INT(ddb_counters_get(f.db).live_blocks, blocks);
    ddb_close(f.db);
}

TEST(faults, hold_items_until_the_reply_is_due)
{
    fixture f;

    begin(&f);
    CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
    CHECK_INT(status_of(&f, "ddblite.AddFault",
                        "{\"Operation\":\"TransactWriteItems\",\"DelayMs\":86400000}"), 200);
    CHECK_INT(status_of(&f, "TransactWriteItems", TRANSACT("a")), 200);
    CHECK_INT(f.reply.delay_ms, 86400000);
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 400);
    CHECK_INT(f.reply.delay_ms, 0);
    f.host.now += 86399999;
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 400);
    f.host.now++;
    CHECK_INT(status_of(&f, "PutItem", PUT("a", "")), 200);
    CHECK_INT(status_of(&f, "TransactWriteItems", TRANSACT("a")), 200); /* held when it closes */
    CHECK_INT(status_of(&f, "ddblite.AddFault", "{\"DelayMs\":86400001}"), 400);
    ddb_close(f.db);
}

/* Sets things up, lets each kind of fault happen, and takes all away. True when memory ran out. */
static bool session(fixture *f, int64_t fail_after)
{
    static const struct { const char *op, *json; } steps[] = {
        {"ddblite.SetLimits", "{\"Throughput\":\"enforced\",\"ItemCollectionBytes\":4000}"},
        {"ddblite.AddFault", "{\"TableName\":\"ttt\",\"LagMs\":1000,\"Eventual\":true}"},
        {"ddblite.AddFault", "{\"Operation\":\"PutItem\",\"Keys\":[" KEY("z") "],\"Message\":\"m\","
                             "\"Throw\":\"ThrottlingException\"}"},
        {"ddblite.AddFault", "{\"Operation\":\"TransactWriteItems\",\"Times\":1,\"Cancel\":["
                             "{\"Index\":0,\"Code\":\"TransactionConflict\"}]}"},
        {"ddblite.AddFault", "{\"Operation\":\"TransactWriteItems\",\"DelayMs\":5}"},
        {"ddblite.AddFault", "{\"Operation\":\"BatchWriteItem\",\"Unprocessed\":1}"},
        {"ddblite.AddFault", "{\"Operation\":\"BatchGetItem\",\"Unprocessed\":0}"},
        {"ddblite.ListFaults", "{}"},
        {"PutItem", PUT("keep", G)},
        {"PutItem", PUT("z", "")},
        {"TransactWriteItems", TRANSACT("t")},
        {"TransactWriteItems", TRANSACT("t")},
        {"PutItem", PUT("t", "")},
        {"BatchWriteItem", "{\"RequestItems\":{\"ttt\":[{\"DeleteRequest\":{\"Key\":" KEY("z") "}},"
                           "{\"PutRequest\":{\"Item\":" KEY("y") "}}]}}"},
        {"BatchGetItem", "{\"RequestItems\":{\"ttt\":{\"Keys\":[" KEY("keep") "]}}}"},
        {"GetItem", "{\"TableName\":\"ttt\",\"Key\":" KEY("keep") "}"},
        {"Query", QUERY},
        {"Scan", "{\"TableName\":\"ttt\"}"},
        {"ddblite.RemoveFault", "{\"Id\":1}"},
        {"ddblite.RemoveFault", "{}"},
    };
    bool failed = false;

    ddb_fail_after(f->db, fail_after);
    for (size_t i = 0; i < COUNT(steps); i++) {
        str body = run(f, steps[i].op, steps[i].json);
        failed = failed || f->reply.status == 500;
        CHECK(body.n >= 2 && body.p[0] == '{' && body.p[body.n - 1] == '}');
    }
    ddb_fail_after(f->db, -1);
    return failed;
}

TEST(faults, survive_every_failed_allocation)
{
    bool failed = true;

    for (int64_t n = 0; failed && n < 20000; n += n < 300 ? 1 : 11) {
        fixture f;

        begin(&f);
        CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
        failed = session(&f, n);
        CHECK_INT(status_of(&f, "ddblite.RemoveFault", "{}"), 200);
        CHECK_STR(run(&f, "ddblite.ListFaults", "{}"), "{\"Faults\":[]}");
        CHECK_INT(status_of(&f, "ddblite.SetLimits", "{\"Throughput\":\"unlimited\"}"), 200);
        f.host.now += 10;
        CHECK_INT(status_of(&f, "PutItem", PUT("keep", G)), 200);
        CHECK_INT(status_of(&f, "Query", QUERY), 200);
        ddb_close(f.db);
    }
    CHECK(!failed);
}

/* What a reader that lags sees is what was there, with memory failing in between. */
TEST(faults, lagging_reads_fail_or_see_the_past)
{
    fixture f;
    bool failed = true;

    begin(&f);
    CHECK_INT(status_of(&f, "CreateTable", CREATE), 200);
    CHECK_INT(status_of(&f, "PutItem", PUT("a", G)), 200);
    CHECK_INT(status_of(&f, "ddblite.AddFault", "{\"LagMs\":1000}"), 200);
    f.host.now += 1;
    CHECK_INT(status_of(&f, "PutItem", PUT("b", G)), 200);
    CHECK_INT(status_of(&f, "DeleteItem", "{\"TableName\":\"ttt\",\"Key\":" KEY("a") "}"), 200);
    CHECK_INT(status_of(&f, "PutItem", PUT("c", G)), 200);
    for (int64_t n = 0; failed; n++) {
        ddb_fail_after(f.db, n);
        str body = run(&f, "Query", QUERY);
        ddb_fail_after(f.db, -1);
        failed = f.reply.status == 500;
        if (!failed)
            CHECK_STR(body, COUNTED("1"));
    }
    f.host.now += 1000;
    CHECK_STR(run(&f, "Query", QUERY), COUNTED("2"));
    ddb_close(f.db);
}

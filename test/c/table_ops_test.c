/*
 * table_ops_test.c - CreateTable, DescribeTable, ListTables, UpdateTable and DeleteTable through
 * ddb_execute(): replies as text, errors with the service's exact words.
 */
#include "test.h"

#include "api/ddb.h"

typedef struct fixture {
    int64_t now;
    ddb *db;
    ddb_reply reply;
} fixture;

static int64_t now_ms(void *user) { return ((fixture *)user)->now; }
static void no_random(void *user, void *out, size_t n)
{
    (void)user;
    memset(out, 0xab, n);
}
static void no_log(void *user, int level, const char *p, size_t n)
{
    (void)user, (void)level, (void)p, (void)n;
}

static void setup(fixture *f)
{
    char *error = NULL;
    *f = (fixture){.now = 1700000000123};
    ddb_options o = {.host = {f, now_ms, no_random, no_log}};
    CHECK_INT(ddb_open(&o, &f->db, &error), 0);
}

static void teardown(fixture *f)
{
    ddb_close(f->db);
}

/* Runs "Operation {json}" and gives the reply's body. The clock goes on by a millisecond. */
static str run(fixture *f, const char *request)
{
    const char *json = strchr(request, ' ');
    int op = ddb_op_find(request, (size_t)(json - request));
    ddb_reply committed;

    f->now++;
    ddb_execute(f->db, op, json + 1, strlen(json + 1), &f->reply);
    str body = {f->reply.body, f->reply.body_n};
    if (f->reply.pending) { /* the commit's reply replaces the body */
        static char kept[1 << 16];
        CHECK(body.n < sizeof kept);
        memcpy(kept, body.p, body.n);
        body.p = kept;
        ddb_commit(f->db, &committed);
        CHECK_INT(committed.status, 200);
    }
    return body;
}

static bool contains(str s, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, part, n) == 0)
            return true;
    return false;
}

static void check_has(const char *file, int line, str body, const char *part, bool want)
{
    if (contains(body, part) != want)
        test_failed(file, line, "%s \"%s\" in %.*s", want ? "no" : "a", part, (int)body.n, body.p);
}
#define CHECK_HAS(body, part) check_has(__FILE__, __LINE__, body, part, true)
#define CHECK_LACKS(body, part) check_has(__FILE__, __LINE__, body, part, false)

static void ok(fixture *f, const char *request)
{
    str body = run(f, request);
    if (f->reply.status != 200)
        test_failed(__FILE__, __LINE__, "%s gave %.*s", request, (int)body.n, body.p);
}

/* The message alone; the exception's name stands before '|' when it is no ValidationException. */
static void check_error(const char *file, int line, fixture *f, const char *request,
                        const char *want)
{
    char expected[2048];
    const char *bar = strchr(want, '|');
    str body = run(f, request);

    if (bar != NULL)
        snprintf(expected, sizeof expected,
                 "{\"__type\":\"com.amazonaws.dynamodb.v20120810#%.*s\",\"message\":\"%s\"}",
                 (int)(bar - want), want, bar + 1);
    else
        snprintf(expected, sizeof expected,
                 "{\"__type\":\"com.amazon.coral.validate#ValidationException\","
                 "\"message\":\"%s\"}",
                 want);
    CHECK_INT_NOTE(f->reply.status, 400, request);
    test_check_str(file, line, request, body, str_of(expected), "");
}
#define CHECK_ERROR(request, want) check_error(__FILE__, __LINE__, &f, request, want)

#define BAD "One or more parameter values were invalid: "
#define KEYS_A "\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"}]"
#define KEYS_AB                                          \
    "\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"}," \
    "{\"AttributeName\":\"b\",\"KeyType\":\"RANGE\"}]"
#define DEF(name) "{\"AttributeName\":\"" name "\",\"AttributeType\":\"S\"}"
#define DEFS(list) "\"AttributeDefinitions\":[" list "]"
#define ON_DEMAND "\"BillingMode\":\"PAY_PER_REQUEST\""
#define RW(r, w) "{\"ReadCapacityUnits\":" r ",\"WriteCapacityUnits\":" w "}"
#define CREATE_A "CreateTable {\"TableName\":\"abc\"," DEFS(DEF("a")) "," KEYS_A "," ON_DEMAND
#define GSI(name, keys)                                               \
    "{\"IndexName\":\"" name "\",\"KeySchema\":[" keys "],"              \
    "\"Projection\":{\"ProjectionType\":\"ALL\"}}"
#define HASH(name) "{\"AttributeName\":\"" name "\",\"KeyType\":\"HASH\"}"
#define RANGE(name) "{\"AttributeName\":\"" name "\",\"KeyType\":\"RANGE\"}"

/* ---- CreateTable ---- */

TEST(table_ops, create_reports_the_first_mistake)
{
    static const char *const cases[][2] = {
        {"CreateTable {}", "The parameter 'TableName' is required but was not present in the "
            "request"},
        {"CreateTable {\"TableName\":\"ab\"}",
         "TableName must be at least 3 characters long and at most 255 characters long"},
        {CREATE_A ",\"ProvisionedThroughput\":" RW("1", "1") "}",
         BAD "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
         "is "
             "PAY_PER_REQUEST"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS(DEF("a")) "," KEYS_A "}",
         BAD "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
             "PROVISIONED"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS("") "," KEYS_A
         ",\"ProvisionedThroughput\":" RW("1000000000001", "1000000000002") "}",
         "Given value 1000000000001 for ReadCapacityUnits is out of bounds"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS("") "," KEYS_A "," ON_DEMAND "}",
         "Invalid KeySchema: Some index key attribute have no definition"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS(DEF("c") "," DEF("d")) "," KEYS_AB ","
            ON_DEMAND "}",
         BAD "Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b], "
             "AttributeDefinitions: [c, d]"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS(DEF("a") "," DEF("b")) ",\"KeySchema\":["
            HASH("a") ","
         HASH("b") "]," ON_DEMAND "}",
         "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS(DEF("a") "," DEF("b")) "," KEYS_A "," ON_DEMAND
            "}",
         BAD "Number of attributes in KeySchema does not exactly match number of attributes "
         "defined "
             "in AttributeDefinitions"},
        {CREATE_A ",\"LocalSecondaryIndexes\":[]}", BAD "List of LocalSecondaryIndexes is empty"},
        {CREATE_A ",\"LocalSecondaryIndexes\":[" GSI("lsi", HASH("a")) "]}",
         BAD "Table KeySchema does not have a range key, which is required when specifying a "
             "LocalSecondaryIndex"},
        {CREATE_A ",\"GlobalSecondaryIndexes\":[]}", BAD "List of GlobalSecondaryIndexes is empty"},
        {CREATE_A ",\"GlobalSecondaryIndexes\":[" GSI("gsi", HASH("a")) "," GSI("gsi", HASH("a"))
            "]}",
         BAD "Duplicate index name: gsi"},
        {CREATE_A ",\"GlobalSecondaryIndexes\":[{\"IndexName\":\"gsi\",\"KeySchema\":[" HASH("a")
                  "],\"Projection\":{\"ProjectionType\":\"INCLUDE\"}}]}",
         BAD "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
        {CREATE_A ",\"GlobalSecondaryIndexes\":[{\"IndexName\":\"gsi\",\"KeySchema\":[" HASH("a")
                  "],\"Projection\":{\"ProjectionType\":\"ALL\",\"NonKeyAttributes\":[\"x\"]}}]}",
         BAD "ProjectionType is ALL, but NonKeyAttributes is specified"},
        {CREATE_A ",\"StreamSpecification\":{\"StreamEnabled\":false,"
            "\"StreamViewType\":\"NEW_IMAGE\"}}",
         BAD "Table is being created with a stream disabled, UpdateViewType should not be "
         "specified"},
        {CREATE_A ",\"OnDemandThroughput\":{\"MaxWriteRequestUnits\":0}}",
         BAD "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid "
         "range"},
        {"CreateTable {\"TableName\":\"abc\"," DEFS(DEF("a")) "," KEYS_A
            ",\"ProvisionedThroughput\":"
         RW("1", "1") ",\"OnDemandThroughput\":{\"MaxReadRequestUnits\":0}}",
         BAD "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table "
         "BillingMode "
             "is PROVISIONED."},
        {"CreateTable {\"TableName\":\"arn:aws:dynamodb:eu-west-1:000000000000:table/abc\","
            DEFS(DEF("a"))
         "," KEYS_A "," ON_DEMAND "}",
         "1 validation error detected: Invalid AWS region in "
         "'arn:aws:dynamodb:eu-west-1:000000000000:table/abc'"},
    };
    fixture f;
    setup(&f);
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_ERROR(cases[i][0], cases[i][1]);
    CHECK_STR(run(&f, "ListTables {}"), "{\"TableNames\":[]}");
    teardown(&f);
}

TEST(table_ops, create_answers_creating_and_describe_active)
{
    fixture f;
    setup(&f);
    CHECK_STR(run(&f, CREATE_A "}"),
              "{\"TableDescription\":{\"AttributeDefinitions\":[{\"AttributeName\":\"a\","
              "\"AttributeType\":\"S\"}],\"TableName\":\"abc\","
              "\"KeySchema\":[{\"AttributeName\":\"a\","
              "\"KeyType\":\"HASH\"}],\"TableStatus\":\"CREATING\","
              "\"CreationDateTime\":1700000000.124,"
              "\"ProvisionedThroughput\":{\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":0,"
              "\"WriteCapacityUnits\":0},\"TableSizeBytes\":0,\"ItemCount\":0,"
              "\"TableArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/abc\","
              "\"TableId\":\"abababab-abab-4bab-abab-abababababab\","
              "\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\"},"
              "\"DeletionProtectionEnabled\":false}}");
    str body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_HAS(body, "\"TableStatus\":\"ACTIVE\"");
    CHECK_HAS(body, "{\"BillingMode\":\"PAY_PER_REQUEST\",\"LastUpdateToPayPerRequestDateTime\":"
                    "1700000000.124}");
    CHECK_HAS(body, "\"WarmThroughput\":{\"ReadUnitsPerSecond\":12000,\"WriteUnitsPerSecond\":4000,"
                    "\"Status\":\"ACTIVE\"}");
    CHECK_ERROR(CREATE_A "}", "ResourceInUseException|Table already exists: abc");
    ok(&f, "PutItem {\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"x\"}}}");
    CHECK_HAS(run(&f, "DescribeTable {\"TableName\":\"abc\"}"),
        "\"TableSizeBytes\":2,\"ItemCount\":1");
    teardown(&f);
}

TEST(table_ops, create_accepts_a_multi_attribute_index_key)
{
#define FOUR(k) k("a") "," k("b") "," k("c") "," k("d")
#define EIGHT FOUR(DEF) "," DEF("e") "," DEF("f") "," DEF("g") "," DEF("h")
#define CREATE_MULTI(keys)                                                              \
    "CreateTable {\"TableName\":\"multi\"," DEFS(EIGHT) "," KEYS_A "," ON_DEMAND ","    \
    "\"GlobalSecondaryIndexes\":[" GSI("gsi", keys) "]}"
    fixture f;
    setup(&f);
    CHECK_ERROR(CREATE_MULTI(RANGE("a") "," HASH("b")),
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    CHECK_ERROR(CREATE_MULTI(HASH("a") "," RANGE("b") "," HASH("c")),
                BAD "All HASH key attributes must precede RANGE key attributes in the KeySchema");
    CHECK_ERROR(CREATE_MULTI(FOUR(HASH) "," HASH("e")),
                BAD "The KeySchema exceeds the maximum allowed number of HASH key attributes");
    CHECK_ERROR(CREATE_MULTI(HASH("a") "," HASH("b") "," HASH("a")),
                "The KeySchema contains multiple key attributes with the same name");
    CHECK_ERROR(CREATE_MULTI(HASH("a") "," HASH("b")),
                BAD "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, c, d, e,"
                " f, "
                    "g, h], keys used: [a, b]");
    str body = run(&f, CREATE_MULTI(FOUR(HASH) "," RANGE("e") "," RANGE("f") "," RANGE("g") ","
        RANGE("h")));
    CHECK_HAS(body, "\"KeyType\":\"HASH\"},{\"AttributeName\":\"e\",\"KeyType\":\"RANGE\"}");
    CHECK_HAS(body, "\"IndexStatus\":\"CREATING\"");
    CHECK_LACKS(body, "Backfilling");
    teardown(&f);
}

/* ---- ListTables, DeleteTable ---- */

TEST(table_ops, list_pages_in_byte_order)
{
    fixture f;
    char request[512];
    static const char *const names[] = {"bbb", "Abc", "aaa"};
    setup(&f);
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(request, sizeof request,
                 "CreateTable {\"TableName\":\"%s\"," DEFS(DEF("a")) "," KEYS_A "," ON_DEMAND "}",
                 names[i]);
        ok(&f, request);
    }
    CHECK_STR(run(&f, "ListTables {}"), "{\"TableNames\":[\"Abc\",\"aaa\",\"bbb\"]}");
    CHECK_STR(run(&f, "ListTables {\"Limit\":2}"),
              "{\"TableNames\":[\"Abc\",\"aaa\"],\"LastEvaluatedTableName\":\"aaa\"}");
    CHECK_STR(run(&f, "ListTables {\"Limit\":2,\"ExclusiveStartTableName\":\"aaa\"}"),
              "{\"TableNames\":[\"bbb\"]}");
    CHECK_STR(run(&f, "ListTables {\"ExclusiveStartTableName\":\"aab\"}"),
        "{\"TableNames\":[\"bbb\"]}");
    CHECK_STR(run(&f, "ListTables {\"ExclusiveStartTableName\":\"zzz\"}"), "{\"TableNames\":[]}");
    teardown(&f);
}

TEST(table_ops, delete_answers_the_short_description)
{
    fixture f;
    setup(&f);
    CHECK_ERROR("DeleteTable {\"TableName\":\"abc\"}",
                "ResourceNotFoundException|Requested resource not found: Table: abc not found");
    ok(&f, CREATE_A ",\"DeletionProtectionEnabled\":true}");
    CHECK_ERROR("DeleteTable {\"TableName\":\"abc\"}",
                "Resource cannot be deleted as it is currently protected against deletion. Disable "
                "deletion protection first.");
    ok(&f, "UpdateTable {\"TableName\":\"abc\",\"DeletionProtectionEnabled\":false}");
    CHECK_STR(run(&f, "DeleteTable {\"TableName\":\"abc\"}"),
              "{\"TableDescription\":{\"TableName\":\"abc\",\"TableStatus\":\"DELETING\","
              "\"ProvisionedThroughput\":{\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":0,"
              "\"WriteCapacityUnits\":0},\"TableSizeBytes\":0,\"ItemCount\":0,"
              "\"TableArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/abc\","
              "\"TableId\":\"abababab-abab-4bab-abab-abababababab\","
              "\"DeletionProtectionEnabled\":false}}");
    CHECK_ERROR("DescribeTable {\"TableName\":\"abc\"}",
                "ResourceNotFoundException|Requested resource not found: Table: abc not found");
    ok(&f, CREATE_A "}"); /* the name is free again, and the new table empty */
    teardown(&f);
}

/* ---- UpdateTable ---- */

#define UPDATE "UpdateTable {\"TableName\":\"abc\","
#define CHANGES(list) "\"GlobalSecondaryIndexUpdates\":[" list "]}"

static void provisioned(fixture *f)
{
    ok(f, "CreateTable {\"TableName\":\"abc\"," DEFS(DEF("a")) "," KEYS_A
          ",\"ProvisionedThroughput\":" RW("5", "5") "}");
}

TEST(table_ops, update_reports_the_first_mistake)
{
    static const char *const cases[][2] = {
        {"UpdateTable {\"TableName\":\"abc\"}",
         "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
         "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
         "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
         "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
         "required"},
        {UPDATE "\"BillingMode\":\"PROVISIONED\"}",
         BAD "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"},
        {UPDATE CHANGES("{}"),
         BAD "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
             "GlobalSecondaryIndexUpdate.Delete must not be null"},
        {UPDATE CHANGES("{\"Delete\":{\"IndexName\":\"gsi\"}},"
            "{\"Delete\":{\"IndexName\":\"gsi\"}}"),
         BAD "Only one global secondary index update per index is allowed simultaneously. Index: "
         "gsi"},
        {UPDATE CHANGES("{\"Delete\":{\"IndexName\":\"gsi\"}},"
            "{\"Delete\":{\"IndexName\":\"gs2\"}}"),
         "LimitExceededException|Subscriber limit exceeded: Only 1 online index can be created or "
         "deleted simultaneously per table"},
        {UPDATE CHANGES("{\"Delete\":{\"IndexName\":\"gsi\"}}"),
         "ResourceNotFoundException|Requested resource not found: Index gsi for table abc"},
        {UPDATE "\"ProvisionedThroughput\":" RW("5", "5") "}",
         "The provisioned throughput for the table will not change. The requested value equals the "
         "current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
         "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. Requested "
         "WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits "
         "and "
         "how to request higher limits."},
        {UPDATE "\"BillingMode\":\"PAY_PER_REQUEST\",\"ProvisionedThroughput\":" RW("1", "1") "}",
         BAD "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
         "is "
             "PAY_PER_REQUEST"},
        {UPDATE "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":1}}",
         BAD "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table "
             "BillingMode is PROVISIONED"},
        {UPDATE CHANGES("{\"Create\":" GSI("gsi", HASH("g")) "}"),
         BAD "AttributeDefinitions is not specified for index: gsi"},
        {UPDATE DEFS(DEF("a")) "," CHANGES("{\"Create\":" GSI("gsi", HASH("g")) "}"),
         BAD "Some index key attributes are not defined in AttributeDefinitions. Keys: [g], "
             "AttributeDefinitions: [a]"},
        {UPDATE "\"StreamSpecification\":{\"StreamEnabled\":false}}",
         "Table has no stream to disable: TableName: abc"},
        {UPDATE "\"SSESpecification\":{\"Enabled\":false}}",
         BAD "Table is already encrypted by default"},
        {UPDATE "\"TableClass\":\"STANDARD\",\"DeletionProtectionEnabled\":true}",
         BAD "TableClass modification must be the only operation in the request"},
    };
    fixture f;
    setup(&f);
    provisioned(&f);
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_ERROR(cases[i][0], cases[i][1]);
    teardown(&f);
}

TEST(table_ops, update_shows_the_old_throughput_then_the_new)
{
    fixture f;
    setup(&f);
    provisioned(&f);
    str body = run(&f, UPDATE "\"ProvisionedThroughput\":" RW("6", "5") "}");
    CHECK_HAS(body, "\"TableStatus\":\"UPDATING\"");
    CHECK_HAS(body, "\"ProvisionedThroughput\":{\"LastIncreaseDateTime\":1700000000.125,"
                    "\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":5,"
                    "\"WriteCapacityUnits\":5}");
    body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_HAS(body, "\"TableStatus\":\"ACTIVE\"");
    CHECK_HAS(body, "\"ReadCapacityUnits\":6,\"WriteCapacityUnits\":5");
    teardown(&f);
}

TEST(table_ops, update_counts_decreases_of_the_day)
{
    fixture f;
    char request[256];
    setup(&f);
    provisioned(&f);
    for (int i = 4; i > 0; i--) {
        snprintf(request, sizeof request, UPDATE "\"ProvisionedThroughput\":" RW("%d", "5") "}", i);
        ok(&f, request);
    }
    CHECK_HAS(run(&f, "DescribeTable {\"TableName\":\"abc\"}"), "\"NumberOfDecreasesToday\":4");
    CHECK_ERROR(UPDATE "\"ProvisionedThroughput\":" RW("1", "4") "}",
                "LimitExceededException|Subscriber limit exceeded: Provisioned throughput "
                "decreases are "
                "limited within a given UTC day. After the first 4 decreases, each subsequent "
                "decrease "
                "in the same UTC day can be performed at most once every 3600 seconds. Number of "
                "decreases today: 4. Last decrease at Tuesday, November 14, 2023 at 10:13:20 PM "
                "Coordinated Universal Time. Next decrease can be made at Tuesday, November 14, "
                "2023 "
                "at 11:13:20 PM Coordinated Universal Time");
    f.now += 3600 * 1000;
    ok(&f, UPDATE "\"ProvisionedThroughput\":" RW("1", "4") "}");
    CHECK_HAS(run(&f, "DescribeTable {\"TableName\":\"abc\"}"), "\"NumberOfDecreasesToday\":5");
    f.now += 86400 * 1000;
    CHECK_HAS(run(&f, "DescribeTable {\"TableName\":\"abc\"}"), "\"NumberOfDecreasesToday\":0");
    teardown(&f);
}

TEST(table_ops, update_switches_the_billing_mode_both_ways)
{
    fixture f;
    setup(&f);
    provisioned(&f);
    str body = run(&f, UPDATE "\"BillingMode\":\"PAY_PER_REQUEST\"}");
    CHECK_HAS(body, "\"ReadCapacityUnits\":0,\"WriteCapacityUnits\":0");
    CHECK_HAS(body, "\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\","
                    "\"LastUpdateToPayPerRequestDateTime\":1700000000.125}");
    body = run(&f, UPDATE "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":7,"
        "\"MaxWriteRequestUnits\":8}}");
    CHECK_HAS(body, "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":7,"
        "\"MaxWriteRequestUnits\":8}");
    body = run(&f, UPDATE "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":-1}}");
    CHECK_HAS(body, "\"OnDemandThroughput\":{\"MaxReadRequestUnits\":-1,"
        "\"MaxWriteRequestUnits\":8}");
    CHECK_HAS(run(&f, "DescribeTable {\"TableName\":\"abc\"}"),
              "\"OnDemandThroughput\":{\"MaxWriteRequestUnits\":8}");
    body = run(&f, UPDATE "\"BillingMode\":\"PROVISIONED\",\"ProvisionedThroughput\":" RW("2", "3")
        "}");
    CHECK_HAS(body, "\"ReadCapacityUnits\":2,\"WriteCapacityUnits\":3");
    CHECK_HAS(body, "\"BillingMode\":\"PROVISIONED\"");
    CHECK_LACKS(body, "OnDemandThroughput");
    teardown(&f);
}

TEST(table_ops, update_keeps_the_label_of_a_disabled_stream)
{
    fixture f;
    setup(&f);
    provisioned(&f);
    str body = run(&f, UPDATE "\"StreamSpecification\":{\"StreamEnabled\":true,"
                              "\"StreamViewType\":\"KEYS_ONLY\"}}");
    CHECK_HAS(body, "\"StreamSpecification\":{\"StreamEnabled\":true,"
        "\"StreamViewType\":\"KEYS_ONLY\"},"
                    "\"LatestStreamLabel\":\"2023-11-14T22:13:20.125\",\"LatestStreamArn\":"
                    "\"arn:aws:dynamodb:us-east-1:000000000000:table/abc/stream/"
                    "2023-11-14T22:13:20.125\"");
    CHECK_ERROR(UPDATE "\"StreamSpecification\":{\"StreamEnabled\":true,"
                       "\"StreamViewType\":\"NEW_IMAGE\"}}",
                "Table already has an enabled stream: TableName: abc");
    ok(&f, UPDATE "\"StreamSpecification\":{\"StreamEnabled\":false}}");
    body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_LACKS(body, "StreamSpecification");
    CHECK_HAS(body, "\"LatestStreamLabel\":\"2023-11-14T22:13:20.125\"");
    teardown(&f);
}

#define ADD_G                                                                             \
    UPDATE DEFS("{\"AttributeName\":\"g\",\"AttributeType\":\"N\"}") "," CHANGES(           \
        "{\"Create\":{\"IndexName\":\"by-g\",\"KeySchema\":[" HASH("g") "],\"Projection\":" \
        "{\"ProjectionType\":\"KEYS_ONLY\"},\"ProvisionedThroughput\":" RW("1", "1") "}}")

TEST(table_ops, update_fills_a_new_index_at_once_when_the_table_is_small)
{
    fixture f;
    char request[256];
    setup(&f);
    provisioned(&f);
    for (int i = 0; i < 20; i++) { /* every second one belongs to the index */
        snprintf(request, sizeof request,
                 "PutItem {\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"%d\"},"
                 "\"g\":{\"%s\":\"%d\"}}}", i,
                 i % 2 != 0 ? "N" : "S", i);
        ok(&f, request);
    }
    str body = run(&f, ADD_G);
    CHECK_HAS(body, "\"IndexStatus\":\"CREATING\",\"Backfilling\":false");
    CHECK_HAS(body, "\"AttributeDefinitions\":[{\"AttributeName\":\"a\",\"AttributeType\":\"S\"},"
                    "{\"AttributeName\":\"g\",\"AttributeType\":\"N\"}]");
    body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_HAS(body, "\"IndexStatus\":\"ACTIVE\"");
    CHECK_LACKS(body, "Backfilling");
    CHECK_HAS(body, "\"ItemCount\":10");
    CHECK_HAS(run(&f, "Query {\"TableName\":\"abc\",\"IndexName\":\"by-g\","
        "\"KeyConditionExpression\":"
                      "\"g = :g\",\"ExpressionAttributeValues\":{\":g\":{\"N\":\"7\"}}}"),
              "\"Count\":1");
    CHECK_ERROR(ADD_G, "Attempting to create an index which already exists");
    body = run(&f, UPDATE CHANGES("{\"Delete\":{\"IndexName\":\"by-g\"}}"));
    CHECK_HAS(body, "\"IndexStatus\":\"DELETING\"");
    body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_LACKS(body, "GlobalSecondaryIndexes");
    CHECK_HAS(body, "\"AttributeDefinitions\":[{\"AttributeName\":\"a\",\"AttributeType\":\"S\"}]");
    ok(&f, ADD_G); /* and once more: its columns are new ones */
    CHECK_HAS(run(&f, "Scan {\"TableName\":\"abc\",\"IndexName\":\"by-g\",\"Select\":\"COUNT\"}"),
              "\"Count\":10");
    teardown(&f);
}

/* Rows 0..n-1; every second one has the number g. One group: a commit each would take longer. */
static void put_rows(fixture *f, int n)
{
    char request[256];
    ddb_reply committed;

    for (int i = 0; i < n; i++) {
        snprintf(request, sizeof request,
                 "{\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"%d\"},\"%s\":{\"N\":\"%d\"}}}", i,
                 i % 2 != 0 ? "g" : "h", i);
        ddb_execute(f->db, ddb_op_find("PutItem", 7), request, strlen(request), &f->reply);
    }
    ddb_commit(f->db, &committed);
    CHECK_INT(committed.status, 200);
}

TEST(table_ops, update_may_drop_an_index_that_is_being_filled)
{
    fixture f;
    setup(&f);
    provisioned(&f);
    put_rows(&f, 3000);
    ok(&f, ADD_G);
    ok(&f, UPDATE CHANGES("{\"Delete\":{\"IndexName\":\"by-g\"}}"));
    CHECK(!ddb_work(f.db));
    ok(&f, ADD_G); /* begins from the first row again */
    while (ddb_work(f.db))
        continue;
    CHECK_HAS(run(&f, "DescribeTable {\"TableName\":\"abc\"}"), "\"ItemCount\":1500");
    ok(&f, "DeleteTable {\"TableName\":\"abc\"}");
    teardown(&f);
}

TEST(table_ops, update_fills_a_large_index_in_the_background)
{
    enum { ROWS = 5000, IN_INDEX = ROWS / 2 };
    fixture f;
    char count[32];
    int slices = 0;
    setup(&f);
    provisioned(&f);
    put_rows(&f, ROWS);
    ok(&f, ADD_G);
    str body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_HAS(body, "\"IndexStatus\":\"CREATING\",\"Backfilling\":true");
    CHECK_ERROR("DeleteTable {\"TableName\":\"abc\"}",
                "ResourceInUseException|Attempt to change a resource which is still in use: Cannot "
                "delete table while indexes are being created, updated, or deleted.");
    CHECK_ERROR(UPDATE DEFS(DEF("z")) "," CHANGES("{\"Create\":" GSI("by-z", HASH("z")) "}"),
                "LimitExceededException|Subscriber limit exceeded: Only 1 online index can be "
                "created "
                "or deleted simultaneously per table");
    /* Writes meanwhile keep the index: one row enters it, one leaves. */
    ok(&f, "PutItem {\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"0\"},\"g\":{\"N\":\"1\"}}}");
    ok(&f, "PutItem {\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"1\"}}}");
    ok(&f, "PutItem {\"TableName\":\"abc\",\"Item\":{\"a\":{\"S\":\"new\"},\"g\":{\"N\":\"1\"}}}");
    while (ddb_work(f.db) && slices < 1000)
        slices++;
    CHECK(slices > 0);
    body = run(&f, "DescribeTable {\"TableName\":\"abc\"}");
    CHECK_HAS(body, "\"IndexStatus\":\"ACTIVE\"");
    snprintf(count, sizeof count, "\"ItemCount\":%d", IN_INDEX + 1);
    CHECK_HAS(body, count);
    teardown(&f);
}

/* ---- memory ---- */

TEST(table_ops, a_failed_allocation_leaves_no_half_changed_table)
{
    static const char *const steps[] = {
        CREATE_A ",\"GlobalSecondaryIndexes\":[" GSI("gsi", HASH("a")) "],\"Tags\":[{\"Key\":\"k\","
                 "\"Value\":\"v\"}],\"SSESpecification\":{\"Enabled\":true}}",
        UPDATE DEFS(DEF("g")) "," CHANGES("{\"Create\":" GSI("by-g", HASH("g")) "}"),
        UPDATE CHANGES("{\"Delete\":{\"IndexName\":\"by-g\"}}"),
        "DeleteTable {\"TableName\":\"abc\"}",
    };
    fixture f;
    setup(&f);
    for (size_t i = 0; i < COUNT(steps); i++) {
        int64_t n = 0;
        do {
            ddb_reply committed;
            const char *json = strchr(steps[i], ' ');
            ddb_fail_after(f.db, n++);
            ddb_execute(f.db, ddb_op_find(steps[i], (size_t)(json - steps[i])), json + 1,
                        strlen(json + 1), &f.reply);
            ddb_fail_after(f.db, -1);
            int status = f.reply.status;
            if (status == 200)
                ddb_commit(f.db, &committed);
            else
                ddb_rollback(f.db);
            f.reply.status = status;
            if (status != 200 && status != 500) {
                test_failed(__FILE__, __LINE__, "%s, allocation %d: %d %.*s", steps[i], (int)n,
                    status,
                            (int)f.reply.body_n, f.reply.body);
                break;
            }
        } while (f.reply.status != 200 && n < 10000);
        CHECK(n > 1);
    }
    CHECK_STR(run(&f, "ListTables {}"), "{\"TableNames\":[]}");
    teardown(&f);
}

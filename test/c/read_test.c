/*
 * read_test.c - GetItem, Query, Scan and BatchGetItem through ddb_execute(), in memory, and the
 * byte ranges of sort key conditions.
 *
 * Tables: "h" (a), "r" (a, b:N) with LSIs and GSIs, "m" with a multi-attribute GSI. Expected texts
 * are those of facts validation 4.3, 4.6 - 4.9 and 6; figures those of facts capacity 2 and 6.
 */
#include "api/ddb.h"
#include "engine/engine.h"
#include "value/keyenc.h"

#include "test.h"

/* ---- frame ---- */

static int64_t now_ms(void *user)
{
    (void)user;
    return 1700000000000;
}

static void fill_random(void *user, void *out, size_t n)
{
    (void)user;
    memset(out, 7, n);
}

static void log_nothing(void *user, int level, const char *p, size_t n)
{
    (void)user, (void)level, (void)p, (void)n;
}

static ddb *open_db(void)
{
    ddb_options o = {.host = {NULL, now_ms, fill_random, log_nothing}};
    char *error = NULL;
    ddb *db = NULL;

    if (ddb_open(&o, &db, &error) < 0) {
        test_failed(__FILE__, __LINE__, "open: %s", error ? error : "?");
        free(error);
    }
    return db;
}

static ddb_reply run(ddb *db, const char *op, const char *request)
{
    ddb_reply reply = {0};

    ddb_execute(db, ddb_op_find(op, strlen(op)), request, strlen(request), &reply);
    return reply;
}

static void must(ddb *db, const char *op, const char *request)
{
    ddb_reply r = run(db, op, request);

    if (r.status != 200)
        test_failed(__FILE__, __LINE__, "%s %s: %.*s", op, request, (int)r.body_n, r.body);
}

static void expect_at(int line, ddb *db, const char *op, const char *request, const char *want)
{
    ddb_reply r = run(db, op, request);

    test_check_str(__FILE__, line, op, (str){r.body, r.body_n}, str_of(want), request);
}
#define EXPECT(db, op, request, want) expect_at(__LINE__, db, op, request, want)

static void expect_error_at(int line, ddb *db, const char *op, const char *request,
                            const char *message)
{
    char want[1024];

    snprintf(want, sizeof want,
             "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"%s\"}",
             message);
    expect_at(line, db, op, request, want);
}
#define ERROR(db, op, request, message) expect_error_at(__LINE__, db, op, request, message)

/* How often `what` stands in the reply. */
static int count_of(ddb_reply r, const char *what)
{
    size_t n = strlen(what);
    int found = 0;

    for (size_t i = 0; i + n <= r.body_n; i++)
        found += memcmp(r.body + i, what, n) == 0;
    return found;
}

#define DEFS(...) "\"AttributeDefinitions\":[" __VA_ARGS__ "],\"BillingMode\":\"PAY_PER_REQUEST\""
#define DEF(name, type) "{\"AttributeName\":\"" name "\",\"AttributeType\":\"" type "\"}"
#define KEY(name, type) "{\"AttributeName\":\"" name "\",\"KeyType\":\"" type "\"}"
#define INDEX(name, keys, projection) \
    "{\"IndexName\":\"" name "\",\"KeySchema\":[" keys "],\"Projection\":{" projection "}}"
#define ALL "\"ProjectionType\":\"ALL\""
#define KEYS_ONLY "\"ProjectionType\":\"KEYS_ONLY\""

static void create_h(ddb *db)
{
    must(db, "CreateTable", "{\"TableName\":\"hhh\",\"KeySchema\":[" KEY("a", "HASH") "],"
                            DEFS(DEF("a", "S")) "}");
}

/* r: a S, b N; LSI lall (a,c) ALL, lkeys (a,c) KEYS_ONLY; GSI gall (c) ALL, ginc (c,d) INCLUDE x */
static void create_r(ddb *db)
{
    must(db, "CreateTable",
         "{\"TableName\":\"rrr\",\"KeySchema\":[" KEY("a", "HASH") "," KEY("b", "RANGE") "],"
         DEFS(DEF("a", "S") "," DEF("b", "N") "," DEF("c", "S") "," DEF("d", "S"))
         ",\"LocalSecondaryIndexes\":["
         INDEX("lall", KEY("a", "HASH") "," KEY("c", "RANGE"), ALL) ","
         INDEX("lkeys", KEY("a", "HASH") "," KEY("c", "RANGE"), KEYS_ONLY)
         "],\"GlobalSecondaryIndexes\":["
         INDEX("gall", KEY("c", "HASH"), ALL) ","
         INDEX("ginc", KEY("c", "HASH") "," KEY("d", "RANGE"),
               "\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"x\"]")
         "]}");
}

static void put_r(ddb *db, const char *a, int b, const char *c, const char *d, const char *more)
{
    char request[512];

    snprintf(request, sizeof request,
             "{\"TableName\":\"rrr\",\"Item\":{\"a\":{\"S\":\"%s\"},\"b\":{\"N\":\"%d\"},"
             "\"c\":{\"S\":\"%s\"},\"d\":{\"S\":\"%s\"}%s}}", a, b, c, d, more);
    must(db, "PutItem", request);
}

#define R1 "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"1\"},\"c\":{\"S\":\"c1\"},\"d\":{\"S\":\"d3\"}," \
           "\"x\":{\"S\":\"x1\"},\"y\":{\"N\":\"10\"}}"
#define R2 "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"2\"},\"c\":{\"S\":\"c1\"},\"d\":{\"S\":\"d2\"}," \
           "\"x\":{\"S\":\"x2\"},\"y\":{\"N\":\"20\"}}"
#define R3 "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"10\"},\"c\":{\"S\":\"c0\"},\"d\":{\"S\":\"d1\"}," \
           "\"x\":{\"S\":\"x3\"},\"y\":{\"N\":\"30\"}}"

/* Three rows of partition p and one of q. */
static ddb *open_r(void)
{
    ddb *db = open_db();

    create_r(db);
    put_r(db, "p", 10, "c0", "d1", ",\"x\":{\"S\":\"x3\"},\"y\":{\"N\":\"30\"}");
    put_r(db, "p", 1, "c1", "d3", ",\"x\":{\"S\":\"x1\"},\"y\":{\"N\":\"10\"}");
    put_r(db, "p", 2, "c1", "d2", ",\"x\":{\"S\":\"x2\"},\"y\":{\"N\":\"20\"}");
    put_r(db, "q", 5, "c9", "d9", "");
    return db;
}

/* ---- GetItem ---- */

TEST(get_item, gives_the_stored_item_or_nothing)
{
    ddb *db = open_db();

    create_h(db);
    must(db, "PutItem", "{\"TableName\":\"hhh\",\"Item\":{\"a\":{\"S\":\"k\"},\"n\":{\"N\":\"1.0\"},"
                        "\"m\":{\"M\":{\"x\":{\"L\":[{\"S\":\"e\"},{\"BOOL\":true}]}}}}}");
    EXPECT(db, "GetItem", "{\"TableName\":\"hhh\",\"Key\":{\"a\":{\"S\":\"k\"}}}",
           "{\"Item\":{\"a\":{\"S\":\"k\"},\"n\":{\"N\":\"1\"},"
           "\"m\":{\"M\":{\"x\":{\"L\":[{\"S\":\"e\"},{\"BOOL\":true}]}}}}}");
    EXPECT(db, "GetItem", "{\"TableName\":\"hhh\",\"Key\":{\"a\":{\"S\":\"z\"}}}", "{}");
    EXPECT(db, "GetItem",
           "{\"TableName\":\"hhh\",\"Key\":{\"a\":{\"S\":\"z\"}},\"ReturnConsumedCapacity\":\"TOTAL\"}",
           "{\"ConsumedCapacity\":{\"TableName\":\"hhh\",\"CapacityUnits\":0.5}}");
    EXPECT(db, "GetItem",
           "{\"TableName\":\"hhh\",\"Key\":{\"a\":{\"S\":\"k\"}},\"ConsistentRead\":true,"
           "\"ProjectionExpression\":\"m.#x[1], n\",\"ExpressionAttributeNames\":{\"#x\":\"x\"},"
           "\"ReturnConsumedCapacity\":\"INDEXES\"}",
           "{\"Item\":{\"n\":{\"N\":\"1\"},\"m\":{\"M\":{\"x\":{\"L\":[{\"BOOL\":true}]}}}},"
           "\"ConsumedCapacity\":{\"TableName\":\"hhh\",\"CapacityUnits\":1.0,"
           "\"Table\":{\"CapacityUnits\":1.0}}}");
    EXPECT(db, "GetItem",
           "{\"TableName\":\"hhh\",\"Key\":{\"a\":{\"S\":\"k\"}},\"AttributesToGet\":[\"zz\"]}",
           "{\"Item\":{}}");
    ddb_close(db);
}

TEST(get_item, checks_in_the_services_order)
{
    ddb *db = open_r();

#define G(more) "{\"TableName\":\"rrr\",\"Key\":{\"a\":{\"S\":\"k\"},\"b\":{\"N\":\"1\"}}" more "}"
    ERROR(db, "GetItem", G(",\"AttributesToGet\":[\"a\"],\"ProjectionExpression\":\"a\""),
          "Can not use both expression and non-expression parameters in the same request: "
          "Non-expression parameters: {AttributesToGet} Expression parameters: "
          "{ProjectionExpression}");
    ERROR(db, "GetItem", G(",\"ExpressionAttributeNames\":{\"#a\":\"a\"}"),
          "ExpressionAttributeNames can only be specified when using expressions");
    ERROR(db, "GetItem", G(",\"AttributesToGet\":[\"a\",\"b\",\"a\"]"),
          "One or more parameter values were invalid: Duplicate value in attribute name: a");
    ERROR(db, "GetItem", G(",\"ProjectionExpression\":\"\""),
          "Invalid ProjectionExpression: The expression can not be empty;");
    ERROR(db, "GetItem",
          G(",\"ProjectionExpression\":\"a\",\"ExpressionAttributeNames\":{\"#q\":\"q\"}"),
          "Value provided in ExpressionAttributeNames unused in expressions: keys: {#q}");
    ERROR(db, "GetItem", G(",\"ProjectionExpression\":\"b.x\""),
          "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
          "allowed: Key: b");
    ERROR(db, "GetItem", G(",\"ProjectionExpression\":\"c[0]\""),
          "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
          "allowed: IndexKey: c");
    ERROR(db, "GetItem", "{\"TableName\":\"rrr\",\"Key\":{\"a\":{\"S\":\"k\"}}}",
          "The provided key element does not match the schema");
    EXPECT(db, "GetItem", "{\"TableName\":\"none\",\"Key\":{\"a\":{\"S\":\"k\"}}}",
           "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
           "\"message\":\"Requested resource not found\"}");
#undef G
    ddb_close(db);
}

/* ---- Query ---- */

#define QP "{\"TableName\":\"rrr\",\"KeyConditionExpression\":"
#define VP "\"ExpressionAttributeValues\":{\":p\":{\"S\":\"p\"}"

TEST(query, orders_by_number_and_turns_around)
{
    ddb *db = open_r();

    EXPECT(db, "Query", QP "\"a = :p\"," VP "}}",
           "{\"Items\":[" R1 "," R2 "," R3 "],\"Count\":3,\"ScannedCount\":3}");
    EXPECT(db, "Query", QP "\"a = :p\"," VP "},\"ScanIndexForward\":false}",
           "{\"Items\":[" R3 "," R2 "," R1 "],\"Count\":3,\"ScannedCount\":3}");
    EXPECT(db, "Query", QP "\"a = :p\"," VP "},\"Select\":\"COUNT\"}",
           "{\"Count\":3,\"ScannedCount\":3}");
    EXPECT(db, "Query", QP "\"a = :p\",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"none\"}}}",
           "{\"Items\":[],\"Count\":0,\"ScannedCount\":0}");
    ddb_close(db);
}

TEST(query, applies_each_sort_key_operator)
{
    static const struct { const char *condition, *rows; } cases[] = {
        {"b = :v", "2"}, {"b < :v", "1"}, {"b <= :v", "12"}, {"b > :v", "3"}, {"b >= :v", "23"},
        {":v < b", "3"}, {"b BETWEEN :v AND :w", "23"}, {"b BETWEEN :w AND :w", "3"},
    };
    ddb *db = open_r();

    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[512];
        bool w = strstr(cases[i].condition, ":w") != NULL, v = strstr(cases[i].condition, ":v") != NULL;
        ddb_reply r;
        snprintf(request, sizeof request,
                 QP "\"a = :p AND %s\"," VP "%s%s}}", cases[i].condition,
                 v ? ",\":v\":{\"N\":\"2\"}" : "", w ? ",\":w\":{\"N\":\"10.0\"}" : "");
        r = run(db, "Query", request);
        CHECK_INT_NOTE(count_of(r, R1), strchr(cases[i].rows, '1') != NULL, request);
        CHECK_INT_NOTE(count_of(r, R2), strchr(cases[i].rows, '2') != NULL, request);
        CHECK_INT_NOTE(count_of(r, R3), strchr(cases[i].rows, '3') != NULL, request);
    }
    ddb_close(db);
}

TEST(query, begins_with_is_a_prefix_of_bytes)
{
    ddb *db = open_r();

    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"IndexName\":\"lall\",\"KeyConditionExpression\":"
           "\"a = :p AND begins_with(c, :v)\"," VP ",\":v\":{\"S\":\"c1\"}}}",
           "{\"Items\":[" R1 "," R2 "],\"Count\":2,\"ScannedCount\":2}");
    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"IndexName\":\"lall\",\"KeyConditions\":{"
           "\"a\":{\"ComparisonOperator\":\"EQ\",\"AttributeValueList\":[{\"S\":\"p\"}]},"
           "\"c\":{\"ComparisonOperator\":\"BEGINS_WITH\",\"AttributeValueList\":[{\"S\":\"c\"}]}},"
           "\"ScanIndexForward\":false}",
           "{\"Items\":[" R2 "," R1 "," R3 "],\"Count\":3,\"ScannedCount\":3}");
    ERROR(db, "Query", QP "\"a = :p AND begins_with(b, :v)\"," VP ",\":v\":{\"N\":\"1\"}}}",
          "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
          "operator or function: begins_with, operand type: N");
    ddb_close(db);
}

TEST(query, pages_by_limit_and_restarts_after_the_key)
{
    ddb *db = open_r();

#define K(n) "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"" n "\"}}"
    EXPECT(db, "Query", QP "\"a = :p\"," VP "},\"Limit\":1}",
           "{\"Items\":[" R1 "],\"Count\":1,\"ScannedCount\":1,\"LastEvaluatedKey\":" K("1") "}");
    EXPECT(db, "Query", QP "\"a = :p\"," VP "},\"Limit\":2,\"ExclusiveStartKey\":" K("1") "}",
           "{\"Items\":[" R2 "," R3 "],\"Count\":2,\"ScannedCount\":2,\"LastEvaluatedKey\":" K("10")
           "}");
    EXPECT(db, "Query", QP "\"a = :p\"," VP "},\"Limit\":2,\"ExclusiveStartKey\":" K("10") "}",
           "{\"Items\":[],\"Count\":0,\"ScannedCount\":0}");
    /* The position need not exist. */
    EXPECT(db, "Query",
           QP "\"a = :p\"," VP "},\"ScanIndexForward\":false,\"ExclusiveStartKey\":" K("2.5") "}",
           "{\"Items\":[" R2 "," R1 "],\"Count\":2,\"ScannedCount\":2}");
    EXPECT(db, "Query", QP "\"a = :p\"," VP "},\"Limit\":4}",
           "{\"Items\":[" R1 "," R2 "," R3 "],\"Count\":3,\"ScannedCount\":3}");
    /* Evaluated, not returned, is what Limit counts. */
    EXPECT(db, "Query",
           QP "\"a = :p\"," VP ",\":y\":{\"N\":\"30\"}},\"FilterExpression\":\"y = :y\",\"Limit\":2}",
           "{\"Items\":[],\"Count\":0,\"ScannedCount\":2,\"LastEvaluatedKey\":" K("2") "}");
#undef K
    ddb_close(db);
}

TEST(query, index_pages_carry_both_keys_and_break_ties_by_table_key)
{
    ddb *db = open_r();

#define G(more) "{\"TableName\":\"rrr\",\"IndexName\":\"gall\",\"KeyConditionExpression\":" \
    "\"c = :c\",\"ExpressionAttributeValues\":{\":c\":{\"S\":\"c1\"}}" more "}"
#define K(n) "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"" n "\"},\"c\":{\"S\":\"c1\"}}"
    EXPECT(db, "Query", G(""), "{\"Items\":[" R1 "," R2 "],\"Count\":2,\"ScannedCount\":2}");
    EXPECT(db, "Query", G(",\"Limit\":1"),
           "{\"Items\":[" R1 "],\"Count\":1,\"ScannedCount\":1,\"LastEvaluatedKey\":" K("1") "}");
    EXPECT(db, "Query", G(",\"ExclusiveStartKey\":" K("1")),
           "{\"Items\":[" R2 "],\"Count\":1,\"ScannedCount\":1}");
    EXPECT(db, "Query", G(",\"ScanIndexForward\":false,\"ExclusiveStartKey\":" K("2")),
           "{\"Items\":[" R1 "],\"Count\":1,\"ScannedCount\":1}");
#undef K
#undef G
    ddb_close(db);
}

TEST(query, indexes_show_what_they_project)
{
    ddb *db = open_r();

    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"IndexName\":\"ginc\",\"KeyConditionExpression\":"
           "\"c = :c AND d > :d\",\"ExpressionAttributeValues\":{\":c\":{\"S\":\"c1\"},"
           "\":d\":{\"S\":\"d2\"}},\"ReturnConsumedCapacity\":\"INDEXES\"}",
           "{\"Items\":[{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"1\"},\"c\":{\"S\":\"c1\"},"
           "\"d\":{\"S\":\"d3\"},\"x\":{\"S\":\"x1\"}}],\"Count\":1,\"ScannedCount\":1,"
           "\"ConsumedCapacity\":{\"TableName\":\"rrr\",\"CapacityUnits\":0.5,"
           "\"Table\":{\"CapacityUnits\":0.0},"
           "\"GlobalSecondaryIndexes\":{\"ginc\":{\"CapacityUnits\":0.5}}}}");
    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"IndexName\":\"lkeys\",\"KeyConditionExpression\":"
           "\"a = :p AND c = :c\"," VP ",\":c\":{\"S\":\"c0\"}}}",
           "{\"Items\":[{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"10\"},\"c\":{\"S\":\"c0\"}}],"
           "\"Count\":1,\"ScannedCount\":1}");
    /* facts capacity 2: three small rows are 0.5 on the index and 0.5 each on the table */
    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"IndexName\":\"lkeys\",\"KeyConditionExpression\":\"a = :p\"," VP
           "},\"Select\":\"ALL_ATTRIBUTES\",\"ReturnConsumedCapacity\":\"INDEXES\"}",
           "{\"Items\":[" R3 "," R1 "," R2 "],\"Count\":3,\"ScannedCount\":3,"
           "\"ConsumedCapacity\":{\"TableName\":\"rrr\",\"CapacityUnits\":2.0,"
           "\"Table\":{\"CapacityUnits\":1.5},"
           "\"LocalSecondaryIndexes\":{\"lkeys\":{\"CapacityUnits\":0.5}}}}");
    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"IndexName\":\"lkeys\",\"KeyConditionExpression\":"
           "\"a = :p AND c = :c\"," VP ",\":c\":{\"S\":\"c0\"}},\"ProjectionExpression\":\"x, b\","
           "\"ReturnConsumedCapacity\":\"TOTAL\"}",
           "{\"Items\":[{\"b\":{\"N\":\"10\"},\"x\":{\"S\":\"x3\"}}],\"Count\":1,\"ScannedCount\":1,"
           "\"ConsumedCapacity\":{\"TableName\":\"rrr\",\"CapacityUnits\":1.0}}");
    ddb_close(db);
}

TEST(query, rejects_what_no_key_condition_may_be)
{
    static const struct { const char *more, *message; } cases[] = {
        {"", "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
             "the request."},
        {",\"KeyConditions\":{}", "Conditions can be of length 1 or 2 only"},
        {",\"KeyConditionExpression\":\"\"",
         "Invalid KeyConditionExpression: The expression can not be empty;"},
        {",\"KeyConditionExpression\":\"b = :n\",\"ExpressionAttributeValues\":{\":n\":{\"N\":\"1\"}}",
         "Query condition missed key schema element: a"},
        {",\"KeyConditionExpression\":\"a = :s AND x = :s\"," "\"ExpressionAttributeValues\":"
         "{\":s\":{\"S\":\"1\"}}", "Query condition missed key schema element: b"},
        {",\"KeyConditionExpression\":\"a > :s\",\"ExpressionAttributeValues\":{\":s\":{\"S\":\"1\"}}",
         "Query key condition not supported"},
        {",\"KeyConditionExpression\":\"a = :n\",\"ExpressionAttributeValues\":{\":n\":{\"N\":\"1\"}}",
         "One or more parameter values were invalid: Condition parameter type does not match "
         "schema type"},
        {",\"KeyConditionExpression\":\"a = :s\",\"ExpressionAttributeValues\":{\":s\":{\"S\":\"\"}}",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: a"},
        {",\"IndexName\":\"gall\",\"KeyConditionExpression\":\"c = :s\","
         "\"ExpressionAttributeValues\":{\":s\":{\"S\":\"\"}}",
         "One or more parameter values are not valid. A value specified for a secondary index key "
         "is not supported. The AttributeValue for a key attribute cannot contain an empty string "
         "value. IndexName: gall, IndexKey: c"},
        {",\"KeyConditions\":{\"a\":{\"ComparisonOperator\":\"NE\",\"AttributeValueList\":"
         "[{\"S\":\"1\"}]}}",
         "Attempted conditional constraint is not an indexable operation"},
        {",\"IndexName\":\"nope\",\"KeyConditions\":{\"a\":{\"ComparisonOperator\":\"EQ\","
         "\"AttributeValueList\":[{\"S\":\"1\"}]}}",
         "The table does not have the specified index: nope"},
        {",\"IndexName\":\"gall\",\"ConsistentRead\":true,\"KeyConditions\":{\"c\":{"
         "\"ComparisonOperator\":\"EQ\",\"AttributeValueList\":[{\"S\":\"1\"}]}}",
         "Consistent reads are not supported on global secondary indexes"},
        {",\"IndexName\":\"gall\",\"KeyConditionExpression\":\"c = :s AND d = :s\","
         "\"ExpressionAttributeValues\":{\":s\":{\"S\":\"1\"}}",
         "Query key condition not supported"},
        {",\"KeyConditionExpression\":\"a = :s AND b = :s AND c = :s\","
         "\"ExpressionAttributeValues\":{\":s\":{\"S\":\"1\"}}",
         "Conditions can be of length 1 or 2 only"},
        {",\"Limit\":0,\"KeyConditionExpression\":\"a = :s\",\"ExpressionAttributeValues\":"
         "{\":s\":{\"S\":\"1\"}}",
         "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must "
         "have value greater than or equal to 1"},
    };
    ddb *db = open_r();

    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[512];
        snprintf(request, sizeof request, "{\"TableName\":\"rrr\"%s}", cases[i].more);
        ERROR(db, "Query", request, cases[i].message);
    }
    ddb_close(db);
}

TEST(query, checks_select_filter_and_projection)
{
    static const struct { const char *more, *message; } cases[] = {
        {",\"Select\":\"SPECIFIC_ATTRIBUTES\"",
         "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression "
         "when choosing to get SPECIFIC_ATTRIBUTES"},
        {",\"Select\":\"COUNT\",\"ProjectionExpression\":\"x\"",
         "1 validation error detected: Cannot specify the ProjectionExpression when choosing to "
         "get only the Count"},
        {",\"Select\":\"ALL_ATTRIBUTES\",\"ProjectionExpression\":\"x\"",
         "1 validation error detected: Cannot specify the ProjectionExpression when choosing to "
         "get ALL_ATTRIBUTES"},
        {",\"FilterExpression\":\"x = :v\",\"AttributesToGet\":[\"a\"]",
         "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {AttributesToGet} Expression parameters: "
         "{FilterExpression, KeyConditionExpression}"},
        {",\"IndexName\":\"ginc\",\"Select\":\"ALL_ATTRIBUTES\"",
         "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
         "for global secondary index ginc because its projection type is not ALL"},
        {",\"IndexName\":\"ginc\",\"ProjectionExpression\":\"x, y, z.q, y2\"",
         "One or more parameter values were invalid: Global secondary index ginc does not project "
         "[y, z, y2]"},
        {",\"IndexName\":\"ginc\",\"FilterExpression\":\"y = :v\"",
         "One or more parameter values were invalid: Secondary index ginc does not project one or "
         "more filter attributes: [y]"},
        {",\"IndexName\":\"ginc\",\"FilterExpression\":\"d = :v\"",
         "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
         "d"},
        {",\"IndexName\":\"ginc\",\"FilterExpression\":\"b.x = :v\"",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: Key: b"},
    };
    ddb *db = open_r();

    ERROR(db, "Query", QP "\"a = :p\"," VP "},\"Select\":\"ALL_PROJECTED_ATTRIBUTES\"}",
          "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying "
          "using an IndexName");
    ERROR(db, "Query",
          "{\"TableName\":\"rrr\",\"KeyConditions\":{\"a\":{\"ComparisonOperator\":\"EQ\","
          "\"AttributeValueList\":[{\"S\":\"p\"}]}},\"QueryFilter\":{\"b\":{\"ComparisonOperator\":"
          "\"NOT_NULL\"}}}",
          "QueryFilter can only contain non-primary key attributes: Primary key attribute: b");
    ERROR(db, "Query", "{\"TableName\":\"rrr\",\"KeyConditions\":{\"a\":{\"ComparisonOperator\":\"EQ\","
          "\"AttributeValueList\":[{\"S\":\"p\"}]}},\"ExpressionAttributeValues\":{\":a\":{\"S\":\"\"}}}",
          "ExpressionAttributeValues can only be specified when using expressions: "
          "FilterExpression and KeyConditionExpression are null");
    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[512];
        bool filter = strstr(cases[i].more, ":v") != NULL, index = strstr(cases[i].more, "ginc") != NULL;
        snprintf(request, sizeof request,
                 "{\"TableName\":\"rrr\",\"KeyConditionExpression\":\"%s = :p\"," VP "%s}%s}",
                 index ? "c" : "a", filter ? ",\":v\":{\"S\":\"v\"}" : "", cases[i].more);
        ERROR(db, "Query", request, cases[i].message);
    }
    /* Legacy key conditions may stand beside a filter expression. */
    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"KeyConditions\":{\"a\":{\"ComparisonOperator\":\"EQ\","
           "\"AttributeValueList\":[{\"S\":\"p\"}]}},\"FilterExpression\":\"y > :y\","
           "\"ExpressionAttributeValues\":{\":y\":{\"N\":\"20\"}}}",
           "{\"Items\":[" R3 "],\"Count\":1,\"ScannedCount\":3}");
    EXPECT(db, "Query",
           "{\"TableName\":\"rrr\",\"KeyConditions\":{\"a\":{\"ComparisonOperator\":\"EQ\","
           "\"AttributeValueList\":[{\"S\":\"p\"}]}},\"AttributesToGet\":[\"y\"],\"QueryFilter\":{"
           "\"x\":{\"ComparisonOperator\":\"EQ\",\"AttributeValueList\":[{\"S\":\"x1\"}]},"
           "\"y\":{\"ComparisonOperator\":\"EQ\",\"AttributeValueList\":[{\"N\":\"30\"}]}},"
           "\"ConditionalOperator\":\"OR\"}",
           "{\"Items\":[{\"y\":{\"N\":\"10\"}},{\"y\":{\"N\":\"30\"}}],\"Count\":2,"
           "\"ScannedCount\":3}");
    ddb_close(db);
}

/* facts validation 6 */
TEST(query, checks_start_keys)
{
    static const char bad[] = "The provided starting key is invalid";
    static const char mismatch[] = "The provided key element does not match the schema";
    static const char prefixed[] =
        "The provided starting key is invalid: The provided key element does not match the schema";
    static const struct { const char *table, *index, *condition, *start, *message; } cases[] = {
        {"hhh", NULL, "a = :p", "", bad},
        {"hhh", NULL, "a = :p", "\"b\":{\"S\":\"1\"}", bad},
        {"hhh", NULL, "a = :p", "\"a\":{\"S\":\"1\"},\"b\":{\"S\":\"1\"}", bad},
        {"hhh", NULL, "a = :p", "\"a\":{\"N\":\"1\"}", mismatch},
        {"rrr", NULL, "a = :p", "\"a\":{\"S\":\"1\"}", bad},
        {"rrr", NULL, "a = :p", "\"a\":{\"S\":\"1\"},\"z\":{\"S\":\"1\"}", bad},
        {"rrr", "lall", "a = :p", "\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"},\"z\":{\"S\":\"1\"}", bad},
        {"rrr", "lall", "a = :p", "\"a\":{\"S\":\"1\"},\"b\":{\"S\":\"1\"},\"c\":{\"S\":\"1\"}",
         prefixed},
        {"rrr", "gall", "c = :p", "\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"},\"c\":{\"N\":\"1\"}",
         mismatch},
        {"rrr", NULL, "a = :p", "\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"}",
         "The provided starting key is outside query boundaries based on provided conditions"},
        {"rrr", NULL, "a = :p AND b > :n", "\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"5\"}",
         "The provided starting key does not match the range key predicate"},
        {"rrr", NULL, "a = :p AND b < :n", "\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"4\"}",
         "The query can return at most one row and cannot be restarted"},
        {"rrr", "none", "a = :p", "\"z\":{\"S\":\"\"}",
         "The table does not have the specified index: none"},
        {"rrr", NULL, "a = :p", "\"a\":{\"SS\":[]}",
         "The provided starting key is invalid: One or more parameter values were invalid: An "
         "string set  may not be empty"},
    };
    ddb *db = open_r();

    create_h(db);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[512];
        snprintf(request, sizeof request,
                 "{\"TableName\":\"%s\"%s%s%s,\"KeyConditionExpression\":\"%s\"," VP "%s},"
                 "\"ExclusiveStartKey\":{%s}}",
                 cases[i].table, cases[i].index ? ",\"IndexName\":\"" : "",
                 cases[i].index ? cases[i].index : "", cases[i].index ? "\"" : "",
                 cases[i].condition, strstr(cases[i].condition, ":n") ? ",\":n\":{\"N\":\"5\"}" : "",
                 cases[i].start);
        ERROR(db, "Query", request, cases[i].message);
    }
    ddb_close(db);
}

TEST(query, stops_with_the_item_that_crosses_one_megabyte)
{
    static char request[420000], filler[400001];
    ddb *db = open_db();
    ddb_reply r;

    memset(filler, 'x', 400000);
    must(db, "CreateTable", "{\"TableName\":\"big\",\"KeySchema\":[" KEY("a", "HASH") ","
                            KEY("b", "RANGE") "]," DEFS(DEF("a", "S") "," DEF("b", "N")) "}");
    for (int i = 1; i <= 4; i++) {
        snprintf(request, sizeof request,
                 "{\"TableName\":\"big\",\"Item\":{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"%d\"},"
                 "\"c\":{\"S\":\"%s\"}}}", i, filler);
        must(db, "PutItem", request);
    }
    r = run(db, "Query", "{\"TableName\":\"big\",\"KeyConditionExpression\":\"a = :p\"," VP "},"
                         "\"ReturnConsumedCapacity\":\"TOTAL\"}");
    CHECK_INT(count_of(r, "\"Count\":3,\"ScannedCount\":3,\"LastEvaluatedKey\":{\"a\":{\"S\":\"p\"},"
                          "\"b\":{\"N\":\"3\"}}"), 1);
    /* 3 * 400,006 bytes are 293 times 4 KB, rounded up once: 146.5 */
    CHECK_INT(count_of(r, "\"CapacityUnits\":146.5"), 1);
    EXPECT(db, "Scan", "{\"TableName\":\"big\",\"Select\":\"COUNT\"}",
           "{\"Count\":3,\"ScannedCount\":3,\"LastEvaluatedKey\":{\"a\":{\"S\":\"p\"},"
           "\"b\":{\"N\":\"3\"}}}");
    EXPECT(db, "Scan", "{\"TableName\":\"big\",\"ProjectionExpression\":\"b\",\"ExclusiveStartKey\":"
                       "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"3\"}}}",
           "{\"Items\":[{\"b\":{\"N\":\"4\"}}],\"Count\":1,\"ScannedCount\":1}");
    ddb_close(db);
}

TEST(query, multi_attribute_keys_apply_from_left_to_right)
{
    static const struct { const char *condition, *values, *want; } cases[] = {
        {"p1 = :a AND p2 = :n", "", "123456"},
        {"p1 = :a AND p2 = :n AND s1 = :b", ",\":b\":{\"S\":\"b\"}", "3456"},
        {"p1 = :a AND p2 = :n AND s1 > :x", ",\":x\":{\"S\":\"a\"}", "3456"},
        {"p1 = :a AND p2 = :n AND begins_with(s1, :x)", ",\":x\":{\"S\":\"b\"}", "3456"},
        {"p1 = :a AND p2 = :n AND s1 = :b AND s2 < :y", ",\":b\":{\"S\":\"b\"},\":y\":{\"N\":\"10\"}",
         "34"},
        {"p1 = :a AND p2 = :n AND s1 = :b AND s2 >= :y", ",\":b\":{\"S\":\"b\"},\":y\":{\"N\":\"10\"}",
         "56"},
        {"p1 = :a AND p2 = :n AND s1 <= :b", ",\":b\":{\"S\":\"a\"}", "12"},
        {"p1 = :a AND p2 = :n AND s1 < :b", ",\":b\":{\"S\":\"b\"}", "12"},
        {"p1 = :a AND p2 = :n AND s1 BETWEEN :b AND :c",
         ",\":b\":{\"S\":\"a\"},\":c\":{\"S\":\"az\"}", "12"},
    };
    ddb *db = open_db();
    char request[700];

    must(db, "CreateTable",
         "{\"TableName\":\"mmm\",\"KeySchema\":[" KEY("a", "HASH") "],"
         DEFS(DEF("a", "S") "," DEF("p1", "S") "," DEF("p2", "N") "," DEF("s1", "S") ","
              DEF("s2", "N"))
         ",\"GlobalSecondaryIndexes\":["
         INDEX("multi", KEY("p1", "HASH") "," KEY("p2", "HASH") "," KEY("s1", "RANGE") ","
                        KEY("s2", "RANGE"), ALL) "]}");
    for (int i = 1; i <= 6; i++) {
        snprintf(request, sizeof request,
                 "{\"TableName\":\"mmm\",\"Item\":{\"a\":{\"S\":\"i%d\"},\"p1\":{\"S\":\"a\"},"
                 "\"p2\":{\"N\":\"7\"},\"s1\":{\"S\":\"%s\"},\"s2\":{\"N\":\"%d\"}}}",
                 i, i < 3 ? "a" : "b", (i - 2) * (i - 2) * 2 + (i == 4 ? 1 : 0));
        must(db, "PutItem", request);
    }
    must(db, "PutItem", "{\"TableName\":\"mmm\",\"Item\":{\"a\":{\"S\":\"i9\"},\"p1\":{\"S\":\"a\"},"
                        "\"p2\":{\"N\":\"8\"},\"s1\":{\"S\":\"a\"},\"s2\":{\"N\":\"1\"}}}");
    for (size_t i = 0; i < COUNT(cases); i++) {
        ddb_reply r;
        snprintf(request, sizeof request,
                 "{\"TableName\":\"mmm\",\"IndexName\":\"multi\",\"KeyConditionExpression\":\"%s\","
                 "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"},\":n\":{\"N\":\"7\"}%s}}",
                 cases[i].condition, cases[i].values);
        r = run(db, "Query", request);
        for (char c = '1'; c <= '9'; c++) {
            char id[16];
            snprintf(id, sizeof id, "\"S\":\"i%c\"", c);
            CHECK_INT_NOTE(count_of(r, id), strchr(cases[i].want, c) != NULL, request);
        }
    }
#define Q(condition, more) "{\"TableName\":\"mmm\",\"IndexName\":\"multi\"," \
    "\"KeyConditionExpression\":\"" condition "\",\"ExpressionAttributeValues\":{" \
    "\":a\":{\"S\":\"a\"},\":n\":{\"N\":\"7\"}}" more "}"
    ERROR(db, "Query", "{\"TableName\":\"mmm\",\"IndexName\":\"multi\",\"KeyConditionExpression\":"
          "\"p1 = :a\",\"ExpressionAttributeValues\":{\":a\":{\"S\":\"a\"}}}",
          "Query condition missed key schema element: p2");
    ERROR(db, "Query", Q("p1 = :a AND p2 = :n AND s2 = :n", ""),
          "Query condition missed key schema element: s1");
    ERROR(db, "Query", Q("p1 = :a AND p2 = :n AND s1 > :a AND s2 = :n", ""),
          "Query key condition not supported");
    ERROR(db, "Query", Q("p1 = :a AND p2 > :n", ""), "Query key condition not supported");
    /* The last key of a page carries every key attribute, and a page starts again from it. */
#define K "{\"a\":{\"S\":\"i2\"},\"p1\":{\"S\":\"a\"},\"p2\":{\"N\":\"7\"},\"s1\":{\"S\":\"a\"}," \
          "\"s2\":{\"N\":\"0\"}}"
    EXPECT(db, "Query", Q("p1 = :a AND p2 = :n", ",\"Limit\":1,\"ProjectionExpression\":\"a\""),
           "{\"Items\":[{\"a\":{\"S\":\"i2\"}}],\"Count\":1,\"ScannedCount\":1,\"LastEvaluatedKey\":"
           K "}");
    EXPECT(db, "Query", Q("p1 = :a AND p2 = :n", ",\"ProjectionExpression\":\"a\","
                          "\"ExclusiveStartKey\":" K),
           "{\"Items\":[{\"a\":{\"S\":\"i1\"}},{\"a\":{\"S\":\"i3\"}},{\"a\":{\"S\":\"i4\"}},"
           "{\"a\":{\"S\":\"i5\"}},{\"a\":{\"S\":\"i6\"}}],\"Count\":5,\"ScannedCount\":5}");
#undef K
#undef Q
    ddb_close(db);
}

/* ---- Scan ---- */

static ddb *open_many(int n)
{
    ddb *db = open_db();

    create_h(db);
    for (int i = 0; i < n; i++) {
        char request[200];
        snprintf(request, sizeof request,
                 "{\"TableName\":\"hhh\",\"Item\":{\"a\":{\"S\":\"k%d\"},\"n\":{\"N\":\"%d\"}}}", i, i);
        must(db, "PutItem", request);
    }
    return db;
}

TEST(scan, pages_give_every_item_once)
{
    ddb *db = open_many(40);
    char request[512] = "{\"TableName\":\"hhh\",\"Limit\":7}";
    int seen[40] = {0}, pages = 0;

    for (;; pages++) {
        ddb_reply r = run(db, "Scan", request);
        const char *last;
        REQUIRE(r.status == 200 && pages < 10);
        for (int i = 0; i < 40; i++) {
            char item[64];
            snprintf(item, sizeof item, "{\"a\":{\"S\":\"k%d\"},\"n\"", i);
            seen[i] += count_of(r, item);
        }
        for (last = NULL; r.body_n >= 18 && !last && r.body_n > 0; r.body_n--, r.body++)
            if (memcmp(r.body, "\"LastEvaluatedKey\"", 18) == 0)
                last = r.body;
        if (!last)
            break;
        snprintf(request, sizeof request, "{\"TableName\":\"hhh\",\"Limit\":7,\"ExclusiveStartKey\"%.*s",
                 (int)r.body_n - 17, last + 18);
    }
    CHECK_INT(pages, 5);
    for (int i = 0; i < 40; i++)
        CHECK_INT(seen[i], 1);
    ddb_close(db);
}

TEST(scan, segments_share_the_items_without_overlap)
{
    static const int totals[] = {1, 2, 3, 7, 4096, 5000};
    ddb *db = open_many(30);

    for (size_t t = 0; t < 4; t++) {
        int seen[30] = {0};
        for (int s = 0; s < totals[t]; s++) {
            char request[200];
            ddb_reply r;
            snprintf(request, sizeof request,
                     "{\"TableName\":\"hhh\",\"Segment\":%d,\"TotalSegments\":%d}", s, totals[t]);
            r = run(db, "Scan", request);
            for (int i = 0; i < 30; i++) {
                char item[64];
                snprintf(item, sizeof item, "{\"a\":{\"S\":\"k%d\"},\"n\"", i);
                seen[i] += count_of(r, item);
            }
        }
        for (int i = 0; i < 30; i++)
            CHECK_INT(seen[i], 1);
    }
    EXPECT(db, "Scan", "{\"TableName\":\"hhh\",\"Segment\":1,\"TotalSegments\":1000000}",
           "{\"Items\":[],\"Count\":0,\"ScannedCount\":0}");
    ddb_close(db);
}

TEST(scan, checks_in_the_services_order)
{
    static const struct { const char *more, *message; } cases[] = {
        {"\"Segment\":0",
         "The TotalSegments parameter is required but was not present in the request when Segment "
         "parameter is present"},
        {"\"TotalSegments\":1",
         "The Segment parameter is required but was not present in the request when parameter "
         "TotalSegments is present"},
        {"\"Segment\":2,\"TotalSegments\":2",
         "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
         "Segment: 2 is not less than TotalSegments: 2"},
        {"\"Segment\":0,\"TotalSegments\":1000001",
         "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy "
         "constraint: Member must have value less than or equal to 1000000"},
        {"\"Limit\":0",
         "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
         "must have value greater than or equal to 1"},
        {"\"Select\":\"SPECIFIC_ATTRIBUTES\"",
         "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
         "SPECIFIC_ATTRIBUTES"},
        {"\"Select\":\"COUNT\",\"AttributesToGet\":[\"a\"]",
         "Cannot specify the AttributesToGet when choosing to get only the Count"},
        {"\"ScanFilter\":{\"a\":{\"ComparisonOperator\":\"NULL\"}},\"FilterExpression\":\"a = :a\"",
         "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {ScanFilter} Expression parameters: {FilterExpression}"},
        {"\"ExpressionAttributeValues\":{\":a\":{\"S\":\"\"}}",
         "ExpressionAttributeValues can only be specified when using expressions: FilterExpression "
         "is null"},
        {"\"ExclusiveStartKey\":{\"a\":{\"S\":\"1\"}}",
         "The provided starting key is invalid: The provided key element does not match the "
         "schema"},
        {"\"ExclusiveStartKey\":{\"a\":{\"S\":\"1\"},\"b\":{\"S\":\"1\"}}",
         "The provided starting key is invalid: The provided key element does not match the "
         "schema"},
        {"\"ExclusiveStartKey\":{\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"},\"c\":{\"S\":\"1\"}}",
         "The provided starting key is invalid: The provided key element does not match the "
         "schema"},
        {"\"IndexName\":\"gall\",\"ExclusiveStartKey\":{\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"}}",
         "The provided starting key is invalid"},
        {"\"IndexName\":\"gall\",\"ExclusiveStartKey\":{\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"},"
         "\"d\":{\"S\":\"1\"}}", "The provided starting key is invalid"},
        {"\"IndexName\":\"nope\",\"ExclusiveStartKey\":{}",
         "The table does not have the specified index: nope"},
        {"\"IndexName\":\"gall\",\"ConsistentRead\":true",
         "Consistent reads are not supported on global secondary indexes"},
        {"\"FilterExpression\":\"attribute_exists(a.b)\"",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: Key: a"},
        {"\"FilterExpression\":\"attribute_exists(d.b)\"",
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: IndexKey: d"},
    };
    ddb *db = open_r();
    int right = 0;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[512];
        snprintf(request, sizeof request, "{\"TableName\":\"rrr\",%s}", cases[i].more);
        ERROR(db, "Scan", request, cases[i].message);
    }
    /* A start key belongs to one segment only. */
    for (int s = 0; s < 2; s++) {
        char request[512], message[300];
        ddb_reply r;
        snprintf(request, sizeof request,
                 "{\"TableName\":\"rrr\",\"Segment\":%d,\"TotalSegments\":2,\"ExclusiveStartKey\":"
                 "{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"1\"}}}", s);
        snprintf(message, sizeof message,
                 "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                 "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: %d", s);
        r = run(db, "Scan", request);
        if (r.status == 200)
            right++;
        else
            ERROR(db, "Scan", request, message);
    }
    CHECK_INT(right, 1);
    ddb_close(db);
}

TEST(scan, filters_on_keys_and_reads_indexes)
{
    ddb *db = open_r();

    EXPECT(db, "Scan",
           "{\"TableName\":\"rrr\",\"FilterExpression\":\"b = :b\",\"ExpressionAttributeValues\":"
           "{\":b\":{\"N\":\"2\"}},\"ReturnConsumedCapacity\":\"TOTAL\"}",
           "{\"Items\":[" R2 "],\"Count\":1,\"ScannedCount\":4,"
           "\"ConsumedCapacity\":{\"TableName\":\"rrr\",\"CapacityUnits\":0.5}}");
    EXPECT(db, "Scan",
           "{\"TableName\":\"rrr\",\"ScanFilter\":{\"x\":{\"ComparisonOperator\":\"IN\","
           "\"AttributeValueList\":[{\"S\":\"x1\"},{\"S\":\"x9\"}]}},\"AttributesToGet\":[\"b\"]}",
           "{\"Items\":[{\"b\":{\"N\":\"1\"}}],\"Count\":1,\"ScannedCount\":4}");
    EXPECT(db, "Scan", "{\"TableName\":\"rrr\",\"IndexName\":\"ginc\",\"Select\":\"COUNT\"}",
           "{\"Count\":4,\"ScannedCount\":4}");
    /* Without its index key an item is not in the index. */
    must(db, "PutItem",
         "{\"TableName\":\"rrr\",\"Item\":{\"a\":{\"S\":\"z\"},\"b\":{\"N\":\"1\"}}}");
    EXPECT(db, "Scan", "{\"TableName\":\"rrr\",\"IndexName\":\"gall\",\"Select\":\"COUNT\"}",
           "{\"Count\":4,\"ScannedCount\":4}");
    EXPECT(db, "Scan", "{\"TableName\":\"rrr\",\"IndexName\":\"lkeys\",\"Select\":\"COUNT\"}",
           "{\"Count\":4,\"ScannedCount\":4}");
    EXPECT(db, "Scan", "{\"TableName\":\"rrr\",\"Select\":\"COUNT\"}",
           "{\"Count\":5,\"ScannedCount\":5}");
    ddb_close(db);
}

/* ---- BatchGetItem ---- */

TEST(batch_get_item, reads_from_several_tables)
{
    ddb *db = open_r();

    create_h(db);
    must(db, "PutItem", "{\"TableName\":\"hhh\",\"Item\":{\"a\":{\"S\":\"k\"}}}");
    EXPECT(db, "BatchGetItem",
           "{\"RequestItems\":{\"rrr\":{\"Keys\":[{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"1\"}},"
           "{\"a\":{\"S\":\"no\"},\"b\":{\"N\":\"1\"}},{\"b\":{\"N\":\"2\"},\"a\":{\"S\":\"p\"}}],"
           "\"ConsistentRead\":true,\"ProjectionExpression\":\"#x\",\"ExpressionAttributeNames\":"
           "{\"#x\":\"x\"}},\"hhh\":{\"Keys\":[{\"a\":{\"S\":\"k\"}}]}},"
           "\"ReturnConsumedCapacity\":\"TOTAL\"}",
           "{\"Responses\":{\"rrr\":[{\"x\":{\"S\":\"x1\"}},{\"x\":{\"S\":\"x2\"}}],"
           "\"hhh\":[{\"a\":{\"S\":\"k\"}}]},\"UnprocessedKeys\":{},\"ConsumedCapacity\":["
           "{\"TableName\":\"rrr\",\"CapacityUnits\":3.0},"
           "{\"TableName\":\"hhh\",\"CapacityUnits\":0.5}]}");
    EXPECT(db, "BatchGetItem", "{\"RequestItems\":{\"hhh\":{\"Keys\":[{\"a\":{\"S\":\"no\"}}]}}}",
           "{\"Responses\":{\"hhh\":[]},\"UnprocessedKeys\":{}}");
    ddb_close(db);
}

TEST(batch_get_item, checks_in_the_services_order)
{
    static char many[8000];
    ddb *db = open_r();
    size_t n;

    create_h(db);
    ERROR(db, "BatchGetItem", "{}",
          "1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: "
          "Member must not be null");
    ERROR(db, "BatchGetItem", "{\"RequestItems\":{}}",
          "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: "
          "Member must have length greater than or equal to 1");
    ERROR(db, "BatchGetItem", "{\"RequestItems\":{\"hhh\":{\"Keys\":[]}}}",
          "1 validation error detected: Value '[]' at 'requestItems.hhh.member.keys' failed to "
          "satisfy constraint: Member must have length greater than or equal to 1");
    ERROR(db, "BatchGetItem",
          "{\"RequestItems\":{\"hhh\":{\"Keys\":[{\"a\":{\"S\":\"1\"}}],\"AttributesToGet\":[\"a\"]},"
          "\"rrr\":{\"Keys\":[{\"a\":{\"S\":\"1\"}}],\"ProjectionExpression\":\"a\"}}}",
          "Can not use both expression and non-expression parameters in the same request: "
          "Non-expression parameters: {AttributesToGet} Expression parameters: "
          "{ProjectionExpression}");
    ERROR(db, "BatchGetItem",
          "{\"RequestItems\":{\"rrr\":{\"Keys\":[{\"a\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"}},"
          "{\"b\":{\"N\":\"1.0\"},\"a\":{\"S\":\"1\"}}]}}}",
          "Provided list of item keys contains duplicates");
    ERROR(db, "BatchGetItem", "{\"RequestItems\":{\"rrr\":{\"Keys\":[{\"a\":{\"S\":\"1\"}}]}}}",
          "The provided key element does not match the schema");
    EXPECT(db, "BatchGetItem",
           "{\"RequestItems\":{\"rrr\":{\"Keys\":[{\"a\":{\"S\":\"1\"}}]},"
           "\"none\":{\"Keys\":[{\"a\":{\"S\":\"1\"}}]}}}",
           "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
           "\"message\":\"Requested resource not found\"}");
    n = (size_t)snprintf(many, sizeof many, "{\"RequestItems\":{\"rrr\":{\"Keys\":[{\"a\":"
                         "{\"S\":\"1\"},\"b\":{\"N\":\"1\"}}]},\"hhh\":{\"Keys\":[");
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "%s{\"a\":{\"S\":\"%d\"}}", i ? "," : "", i);
    snprintf(many + n, sizeof many - n, "]}}}");
    ERROR(db, "BatchGetItem", many, "Too many items requested for the BatchGetItem call");
    ddb_close(db);
}

TEST(batch_get_item, gives_back_the_keys_beyond_sixteen_megabytes)
{
    static char request[420000], filler[400001];
    ddb *db = open_db();
    size_t n;
    ddb_reply r;

    create_h(db);
    memset(filler, 'x', 400000);
    for (int i = 0; i < 44; i++) {
        snprintf(request, sizeof request,
                 "{\"TableName\":\"hhh\",\"Item\":{\"a\":{\"S\":\"%02d\"},\"f\":{\"S\":\"%s\"}}}", i,
                 filler);
        must(db, "PutItem", request);
    }
    n = (size_t)snprintf(request, sizeof request,
                         "{\"RequestItems\":{\"hhh\":{\"ConsistentRead\":true,"
                         "\"ProjectionExpression\":\"#n, a\",\"ExpressionAttributeNames\":"
                         "{\"#n\":\"\\\"n\"},\"Keys\":[");
    for (int i = 0; i < 44; i++)
        n += (size_t)snprintf(request + n, sizeof request - n, "%s{\"a\":{\"S\":\"%02d\"}}",
                              i ? "," : "", i);
    snprintf(request + n, sizeof request - n, "]}}}");
    r = run(db, "BatchGetItem", request);
    /* 16,777,216 / 400,004 = 41.9 */
    CHECK_INT(count_of(r, "{\"a\":{\"S\":\"40\"}}]},\"UnprocessedKeys\":{\"hhh\":{\"Keys\":["
                          "{\"a\":{\"S\":\"41\"}},{\"a\":{\"S\":\"42\"}},{\"a\":{\"S\":\"43\"}}],"
                          "\"ConsistentRead\":true,\"ProjectionExpression\":\"#n, a\","
                          "\"ExpressionAttributeNames\":{\"#n\":\"\\\"n\"}}}}"), 1);
    ddb_close(db);
}

/* ---- memory ---- */

TEST(read, answers_or_reports_when_any_allocation_fails)
{
    static const struct { const char *op, *request; } cases[] = {
        {"GetItem", "{\"TableName\":\"rrr\",\"Key\":{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"1\"}},"
                    "\"ProjectionExpression\":\"x, y\",\"ReturnConsumedCapacity\":\"TOTAL\"}"},
        {"Query", "{\"TableName\":\"rrr\",\"IndexName\":\"ginc\",\"KeyConditionExpression\":"
                  "\"c = :c AND begins_with(d, :d)\",\"FilterExpression\":\"x <> :d\","
                  "\"ExpressionAttributeValues\":{\":c\":{\"S\":\"c1\"},\":d\":{\"S\":\"d\"}},"
                  "\"Limit\":2,\"ExclusiveStartKey\":{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"0\"},"
                  "\"c\":{\"S\":\"c1\"},\"d\":{\"S\":\"d0\"}}}"},
        {"Scan", "{\"TableName\":\"rrr\",\"ScanFilter\":{\"x\":{\"ComparisonOperator\":\"NOT_NULL\"}},"
                 "\"AttributesToGet\":[\"y\"],\"Limit\":3}"},
        {"BatchGetItem", "{\"RequestItems\":{\"rrr\":{\"Keys\":[{\"a\":{\"S\":\"p\"},\"b\":{\"N\":"
                         "\"1\"}},{\"a\":{\"S\":\"p\"},\"b\":{\"N\":\"9\"}}]}},"
                         "\"ReturnConsumedCapacity\":\"INDEXES\"}"},
    };
    ddb *db = open_r();

    for (size_t i = 0; i < COUNT(cases); i++) {
        ddb_reply r = {0};
        for (int64_t n = 0; n < 2000 && r.status != 200; n++) {
            ddb_fail_after(db, n);
            r = run(db, cases[i].op, cases[i].request);
            ddb_fail_after(db, -1);
            CHECK_INT_NOTE(r.status == 200 || r.status == 500, 1, cases[i].request);
        }
        CHECK_INT_NOTE(r.status, 200, cases[i].request);
        CHECK_INT_NOTE(count_of(r, "\"y\"") + count_of(r, "\"x\"") > 0, 1, cases[i].request);
    }
    ddb_close(db);
}

/* ---- ranges ---- */

static str encoded(test_env *e, const value *v)
{
    buf b;

    buf_init_arena(&b, &e->a, 10000);
    keyenc_put(&b, v);
    return buf_view(&b);
}

TEST(range, holds_exactly_the_keys_that_satisfy_the_condition)
{
    static const char *const texts[] = {"a", "ab", "abc", "abd", "b", "ac", "\xff"};
    static const key_op ops[] = {KEY_EQ, KEY_LT, KEY_LE, KEY_GT, KEY_GE, KEY_BEGINS_WITH};
    test_env e;

    test_env_init(&e);
    for (size_t o = 0; o < COUNT(ops); o++) {
        for (size_t i = 0; i < COUNT(texts); i++) {
            value a = value_scalar(T_B, str_of(texts[i]));
            key_condition c = {.op = ops[o], .a = &a};
            str lo, hi;
            CHECK_INT(range_of_condition(&e.cx, &c, &lo, &hi), 0);
            for (size_t k = 0; k < COUNT(texts); k++) {
                value v = value_scalar(T_B, str_of(texts[k]));
                str key = encoded(&e, &v);
                int cmp = str_cmp(v.s, a.s);
                bool in = (!lo.p || str_cmp(key, lo) >= 0) && (!hi.p || str_cmp(key, hi) < 0);
                bool want = ops[o] == KEY_EQ ? cmp == 0 : ops[o] == KEY_LT ? cmp < 0 :
                            ops[o] == KEY_LE ? cmp <= 0 : ops[o] == KEY_GT ? cmp > 0 :
                            ops[o] == KEY_GE ? cmp >= 0 : str_starts(v.s, a.s);
                CHECK_INT_NOTE(in, want, texts[k]);
            }
        }
    }
    test_env_release(&e);
}

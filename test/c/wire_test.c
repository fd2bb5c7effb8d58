/*
 * wire_test.c - the HTTP envelope: which check comes first, and bodies to the byte. The CRC-32
 * values are captures (facts wire 1, 2 and 5).
 */
#include "api/ddb.h"
#include "handle.h"
#include "test.h"

#define TARGET "DynamoDB_20120810."
#define NO_TABLES "{\"TableNames\":[]}"
#define BARE_SERIALIZATION "{\"__type\":\"com.amazon.coral.service#SerializationException\"}"
#define BARE_UNKNOWN "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}"
#define SIGNED "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"

typedef struct wire_case {
    const char *target, *type, *body;
    int status;
    const char *answer;
    uint32_t crc32; /* 0: not captured */
} wire_case;

static ddb *open_memory(handle_host *host)
{
    ddb_options o = handle_options(host, NULL);
    char *error;
    ddb *db;

    if (ddb_open(&o, &db, &error) < 0) {
        test_failed(__FILE__, __LINE__, "open: %s", error);
        ddb_free_error(error);
    }
    return db;
}

static ddb_http_request request_of(const char *target, const char *type, const char *body)
{
    return (ddb_http_request){
        .target = target, .content_type = type, .body = body, .body_n = strlen(body)};
}

TEST(wire, answers_in_the_order_of_the_service)
{
    static const char json[] = "application/x-amz-json-1.0";
    static const wire_case cases[] = {
        {TARGET "ListTables", json, "{}", 200, NO_TABLES, 0},
        {TARGET "ListTables", "application/json", "{}", 200, NO_TABLES, 0},
        {TARGET "ListTables", " application/json ; charset=utf-8", "{}", 200, NO_TABLES, 0},
        /* an unsupported content type comes before everything */
        {TARGET "ListTables", NULL, "{}", 404, "<UnknownOperationException/>\n", 3552371480u},
        {TARGET "ListTables", "application/x-amz-json-1.1", "{}", 404,
         "<UnknownOperationException/>\n", 3552371480u},
        {TARGET "ListTables", "application/jsonasdf", "x", 404, "<UnknownOperationException/>\n",
         3552371480u},
        /* then JSON, before the target */
        {NULL, json, "x", 400, BARE_SERIALIZATION, 3948637019u},
        {TARGET "Nothing", json, "{", 400, BARE_SERIALIZATION, 3948637019u},
        {TARGET "ListTables", json, "\"a\":1", 400, BARE_SERIALIZATION, 3948637019u},
        /* then the target, before an empty body */
        {NULL, json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {NULL, NULL, "", 400, BARE_UNKNOWN, 1368724161u},
        {"", json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {"ListTables", json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {TARGET, json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {TARGET "listTables", json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {TARGET "ListTables2", json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {"DynamoDB_20120810", json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {"DynamoDBStreams_20120810.ListTables", json, "{}", 400, BARE_UNKNOWN, 1368724161u},
        {TARGET "ListTables", json, "", 400, BARE_SERIALIZATION, 3948637019u},
        {TARGET "ListTables", NULL, "", 400, BARE_SERIALIZATION, 3948637019u},
        /* and then the operation */
        {TARGET "ListTables", json, "{\"Limit\":true}", 400,
         "{\"__type\":\"com.amazon.coral.service#SerializationException\","
         "\"Message\":\"TRUE_VALUE cannot be converted to Integer\"}",
         0},
        {TARGET "DescribeTable", json, "{\"TableName\":\"abc\"}", 400,
         "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\","
         "\"message\":\"Requested resource not found: Table: abc not found\"}",
         0},
    };
    handle_host host;
    ddb *db = open_memory(&host);

    REQUIRE(db != NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const wire_case *c = &cases[i];
        ddb_http_request r = request_of(c->target, c->type, c->body);
        ddb_http out;
        ddb_dispatch_http(db, &r, &out);
        CHECK_INT_NOTE(out.status, c->status, c->body);
        CHECK_STR_NOTE(((str){out.body, out.body_n}), c->answer, c->body);
        if (c->crc32 != 0)
            CHECK_INT_NOTE(out.crc32, c->crc32, c->body);
        CHECK(out.ascii);
        CHECK(!out.pending);
        CHECK_INT(strlen(out.request_id), 52);
        CHECK_INT(strspn(out.request_id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 52);
    }
    ddb_close(db);
}

TEST(wire, echoes_the_content_type)
{
    static const struct { const char *type, *answer; } cases[] = {
        {"application/x-amz-json-1.0", "application/x-amz-json-1.0"},
        {"application/x-amz-json-1.0; a=b", "application/x-amz-json-1.0"},
        {"application/json", "application/json"},
        {"text/html", NULL},
    };
    handle_host host;
    ddb *db = open_memory(&host);

    REQUIRE(db != NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        ddb_http_request r = request_of(TARGET "ListTables", cases[i].type, "{}");
        ddb_http out;
        ddb_dispatch_http(db, &r, &out);
        if (cases[i].answer == NULL)
            CHECK(out.content_type == NULL);
        else
            CHECK_STR(str_of(out.content_type), cases[i].answer);
    }
    ddb_close(db);
}

TEST(wire, leaves_a_write_pending_for_the_commit)
{
    handle_host host;
    ddb *db = open_memory(&host);
    ddb_http_request r = request_of(
        TARGET "CreateTable", "application/json",
        "{\"TableName\":\"abc\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":"
        "[{\"AttributeName\":\"k\",\"AttributeType\":\"S\"}],"
        "\"KeySchema\":[{\"AttributeName\":\"k\",\"KeyType\":\"HASH\"}]}");
    ddb_http out;
    ddb_reply reply;

    REQUIRE(db != NULL);
    ddb_dispatch_http(db, &r, &out);
    CHECK_INT(out.status, 200);
    CHECK(out.pending);
    ddb_commit(db, &reply);
    CHECK_INT(reply.status, 200);
    CHECK(!reply.pending);
    ddb_close(db);
}

TEST(wire, refuses_a_body_beyond_sixteen_mebibytes_without_a_word)
{
    size_t n = REQUEST_BYTES_MAX;
    char *body = malloc(n + 1);
    handle_host host;
    ddb *db = open_memory(&host);
    ddb_http out;

    REQUIRE(db != NULL && body != NULL);
    memset(body, ' ', n + 1);
    ddb_http_request r = {.target = TARGET "ListTables", .content_type = "application/json",
                          .body = body, .body_n = n + 1};
    ddb_dispatch_http(db, &r, &out);
    CHECK_INT(out.status, 413);
    CHECK_INT(out.body_n, 0);
    CHECK_INT(out.request_id[0], 0);
    body[0] = '{';
    body[1] = '}';
    r.body_n = n;
    ddb_dispatch_http(db, &r, &out);
    CHECK_INT(out.status, 200);
    ddb_close(db);
    free(body);
}

/* ---- authentication ---- */

#define INCOMPLETE(text) \
    "{\"__type\":\"com.amazon.coral.service#IncompleteSignatureException\",\"message\":\"" text \
    "\"}"
#define MISSING                                                                 \
    "{\"__type\":\"com.amazon.coral.service#MissingAuthenticationTokenException\"," \
    "\"message\":\"Request is missing Authentication Token\"}"
#define NEEDS(what) "Authorization header requires '" what "' parameter. "
#define NEEDS_DATE \
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "

TEST(wire, asks_for_a_signature_when_told_to)
{
    static const struct {
        const char *authorization, *date, *query, *answer;
        uint32_t crc32;
    } cases[] = {
        {SIGNED, "20200101T000000Z", NULL, NO_TABLES, 0},
        {"AWS4-HMAC-SHA256 Credential=a,SignedHeaders=,Signature=c", "d", NULL, NO_TABLES, 0},
        {"  " SIGNED, "d", NULL, NO_TABLES, 0},
        {NULL, NULL, NULL, MISSING, 2088342776u},
        {"", "d", NULL, MISSING, 2088342776u},
        {"AWS3 x", "d", NULL, MISSING, 2088342776u},
        {SIGNED, "d", "X-Amz-Algorithm",
         "{\"__type\":\"com.amazon.coral.service#InvalidSignatureException\",\"message\":\"Found "
         "both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.\"}",
         2139606068u},
        {"AWS4-", NULL, NULL,
         INCOMPLETE(NEEDS("Credential") NEEDS("Signature") NEEDS("SignedHeaders") NEEDS_DATE
                    "Authorization=AWS4-"),
         1828866742u},
        {"AWS4- Signature=b Credential=", "d", NULL,
         INCOMPLETE(NEEDS("Credential") NEEDS("SignedHeaders")
                    "Authorization=AWS4- Signature=b Credential="),
         0},
        {NULL, NULL, "X-Amz-Algorithm",
         INCOMPLETE("AWS query-string parameters must include 'X-Amz-Algorithm'. "
                    "AWS query-string parameters must include 'X-Amz-Credential'. "
                    "AWS query-string parameters must include 'X-Amz-Signature'. "
                    "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                    "AWS query-string parameters must include 'X-Amz-Date'. "
                    "Re-examine the query-string parameters."),
         2900502663u},
        {NULL, NULL,
         "a=b&X-Amz-Algorithm=1&X-Amz-Credential=2&X-Amz-Signature=3&X-Amz-SignedHeaders=4&"
         "X-Amz-Date=5",
         NO_TABLES, 0},
    };
    handle_host host;
    ddb *db = open_memory(&host);

    REQUIRE(db != NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        ddb_http_request r = request_of(TARGET "ListTables", "application/json", "{}");
        ddb_http out;
        r.check_auth = true;
        r.authorization = cases[i].authorization;
        r.date = cases[i].date;
        r.query = cases[i].query;
        ddb_dispatch_http(db, &r, &out);
        CHECK_STR_NOTE(((str){out.body, out.body_n}), cases[i].answer, "authorization");
        if (cases[i].crc32 != 0)
            CHECK_INT_NOTE(out.crc32, cases[i].crc32, cases[i].answer);
    }
    ddb_close(db);
}

TEST(wire, checks_the_signature_after_the_target_and_before_the_body)
{
    handle_host host;
    ddb *db = open_memory(&host);
    ddb_http out;

    REQUIRE(db != NULL);
    ddb_http_request r = request_of(TARGET "Nothing", "application/json", "{}");
    r.check_auth = true;
    ddb_dispatch_http(db, &r, &out);
    CHECK_STR(((str){out.body, out.body_n}), BARE_UNKNOWN);
    r = request_of(TARGET "ListTables", "application/json", "");
    r.check_auth = true;
    ddb_dispatch_http(db, &r, &out);
    CHECK_STR(((str){out.body, out.body_n}), MISSING);
    r = request_of(TARGET "ListTables", "application/json", "{\"Limit\":true}");
    r.check_auth = true;
    ddb_dispatch_http(db, &r, &out);
    CHECK_STR(((str){out.body, out.body_n}), MISSING);
    ddb_close(db);
}

/*
 * write_test.c - PutItem, UpdateItem, DeleteItem, BatchWriteItem and the transactions through
 * ddb_execute(), in memory.
 *
 * Requests and replies are written with ' for " (and ` for '). Tables: "ttt" (pk), "sss" (pk, sk:N)
 * with an LSI "lsi" (pk, lk) ALL and a GSI "gsi" (gk) that includes p. Expected texts are those of
 * facts validation 4, expressions 7 and transactions; figures those of facts capacity 10.
 */
#include "api/ddb.h"

#include "test.h"

/* ---- frame ---- */

static int64_t clock_ms;

static int64_t now_ms(void *user)
{
    (void)user;
    return clock_ms;
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

/* ' to ", then ` to ' */
static char *quoted(const char *s)
{
    size_t n = strlen(s);
    char *out = malloc(n + 1);

    for (size_t i = 0; i <= n; i++)
        out[i] = s[i] == '\'' ? '"' : s[i] == '`' ? '\'' : s[i];
    return out;
}

static ddb_reply run_json(ddb *db, const char *op, const char *json)
{
    ddb_reply reply = {0};

    ddb_execute(db, ddb_op_find(op, strlen(op)), json, strlen(json), &reply);
    return reply;
}

static ddb_reply run(ddb *db, const char *op, const char *request)
{
    char *json = quoted(request);
    ddb_reply reply = run_json(db, op, json);

    free(json);
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
    char *text = quoted(want);

    test_check_str(__FILE__, line, op, (str){r.body, r.body_n}, str_of(text), request);
    free(text);
}
#define EXPECT(db, op, request, want) expect_at(__LINE__, db, op, request, want)

static void error_at(int line, ddb *db, const char *op, const char *request, const char *type,
                     const char *message)
{
    char want[2048];

    snprintf(want, sizeof want, "{'__type':'%s','message':'%s'}", type, message);
    expect_at(line, db, op, request, want);
}
#define INVALID(db, op, request, message) \
    error_at(__LINE__, db, op, request, "com.amazon.coral.validate#ValidationException", message)
#define ENVELOPE "1 validation error detected: "
#define NO_TABLE(db, op, request)                                                          \
    error_at(__LINE__, db, op, request,                                                    \
             "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",                 \
             "Requested resource not found")
#define CONDITION_FAILED(db, op, request)                                                  \
    error_at(__LINE__, db, op, request,                                                    \
             "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",           \
             "The conditional request failed")

static void create_tables(ddb *db)
{
    must(db, "CreateTable",
         "{'TableName':'ttt','BillingMode':'PAY_PER_REQUEST',"
         "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
         "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}]}");
    must(db, "CreateTable",
         "{'TableName':'sss','BillingMode':'PAY_PER_REQUEST',"
         "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},"
         "{'AttributeName':'sk','AttributeType':'N'},{'AttributeName':'lk','AttributeType':'S'},"
         "{'AttributeName':'gk','AttributeType':'S'}],"
         "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
         "{'AttributeName':'sk','KeyType':'RANGE'}],"
         "'LocalSecondaryIndexes':[{'IndexName':'lsi','KeySchema':[{'AttributeName':'pk',"
         "'KeyType':'HASH'},{'AttributeName':'lk','KeyType':'RANGE'}],"
         "'Projection':{'ProjectionType':'ALL'}}],"
         "'GlobalSecondaryIndexes':[{'IndexName':'gsi','KeySchema':[{'AttributeName':'gk',"
         "'KeyType':'HASH'}],"
         "'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['p']}}]}");
}

static ddb *open_db(void)
{
    ddb_options o = {.host = {NULL, now_ms, fill_random, log_nothing}};
    char *error = NULL;
    ddb *db = NULL;

    clock_ms = 1700000000000;
    if (ddb_open(&o, &db, &error) < 0) {
        test_failed(__FILE__, __LINE__, "open: %s", error != NULL ? error : "?");
        abort();
    }
    create_tables(db);
    return db;
}

#define T(rest) "{'TableName':'ttt'," rest "}"
#define S(rest) "{'TableName':'sss'," rest "}"
#define PK(v) "'pk':{'S':'" v "'}"
#define KEY(v) "'Key':{" PK(v) "}"
#define SKEY(v, n) "'Key':{" PK(v) ",'sk':{'N':'" n "'}}"
#define GET_IS(db, key, item) EXPECT(db, "GetItem", T(KEY(key)), "{'Item':" item "}")
#define GET_NONE(db, key) EXPECT(db, "GetItem", T(KEY(key)), "{}")

/* ---- PutItem ---- */

TEST(put_item, replaces_the_whole_item_and_returns_the_old_one)
{
    ddb *db = open_db();

    EXPECT(db, "PutItem", T("'Item':{" PK("a") ",'n':{'N':'1.50'}},'ReturnValues':'ALL_OLD'"), "{}");
    EXPECT(db, "PutItem", T("'Item':{" PK("a") ",'m':{'S':'x'}},'ReturnValues':'ALL_OLD'"),
           "{'Attributes':{'pk':{'S':'a'},'n':{'N':'1.5'}}}");
    GET_IS(db, "a", "{'pk':{'S':'a'},'m':{'S':'x'}}");
    EXPECT(db, "PutItem", T("'Item':{" PK("a") "},'ReturnValues':'NONE'"), "{}");
    GET_IS(db, "a", "{'pk':{'S':'a'}}");
    ddb_close(db);
}

TEST(put_item, refuses_bad_parameters_in_the_services_order)
{
    static const struct { const char *rest, *message; } cases[] = {
        {"'Item':{'pk':{'S':''},'e':{'SS':[]}},'Expected':{},'ConditionExpression':''",
         ENVELOPE "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"},
        {"'Item':{'e':{'SS':[]}},'ExpressionAttributeNames':{}",
         ENVELOPE "ExpressionAttributeNames can only be specified when using expressions"},
        {"'Item':{'e':{'SS':[]}},'ExpressionAttributeValues':{}",
         ENVELOPE "ExpressionAttributeValues can only be specified when using expressions: "
         "ConditionExpression is null"},
        {"'Item':{'e':{'SS':[]}},'ReturnValues':'ALL_NEW'",
         ENVELOPE "One or more parameter values were invalid: An string set  may not be empty"},
        {"'Item':{'e':{'SS':['a','a']}}",
         ENVELOPE "One or more parameter values were invalid: Input collection [a, a] contains "
         "duplicates."},
        {"'Item':{'e':{'NULL':false}}",
         ENVELOPE "One or more parameter values were invalid: Null attribute value types must have "
         "the value of true"},
        {"'Item':{'e':{'N':'x'}}",
         "The parameter cannot be converted to a numeric value: x"},
        {"'Item':{'e':{}}",
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"'Item':{'pk':{'S':''}},'ReturnValues':'ALL_NEW'",
         ENVELOPE "ReturnValues can only be ALL_OLD or NONE"},
        {"'Item':{'pk':{'S':''}},'ConditionExpression':''",
         ENVELOPE "Invalid ConditionExpression: The expression can not be empty;"},
        {"'Item':{'pk':{'S':''}},'ConditionExpression':'a = :a','ExpressionAttributeValues':"
         "{':a':{'S':'a'},':b':{'S':'b'}}",
         ENVELOPE "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}"},
        {"'Item':{'pk':{'S':''}},'ConditionExpression':'a = :a','ExpressionAttributeValues':"
         "{':a':{'N':'x'}}",
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value: x for key :a"},
        {"'Item':{'pk':{'S':''}},'ConditionExpression':'a = :a','ExpressionAttributeValues':"
         "{':a':{'NS':[]}}",
         ENVELOPE "ExpressionAttributeValues contains invalid value: One or more parameter values "
         "were invalid: An number set  may not be empty for key :a"},
        {"'Item':{}", "One or more parameter values were invalid: Missing the key pk in the item"},
        {"'Item':{'pk':{'N':'1'}}",
         "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: "
         "N"},
        {"'Item':{'pk':{'S':''}}",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"},
        {"'Item':{'pk':{'S':'a'}},'ConditionExpression':'attribute_exists(pk.x)'",
         "Key attributes must be scalars; list random access `[]` and map lookup `.` are not "
         "allowed: Key: pk"},
    };
    ddb *db = open_db();

    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[1024];
        snprintf(request, sizeof request, "{'TableName':'ttt',%s}", cases[i].rest);
        INVALID(db, "PutItem", request, cases[i].message);
    }
    NO_TABLE(db, "PutItem", "{'TableName':'nnn','Item':{'pk':{'N':'1'}}}");
    INVALID(db, "PutItem", S("'Item':{" PK("a") ",'sk':{'N':'1'},'gk':{'N':'1'}}"),
            "One or more parameter values were invalid: Type mismatch for Index Key gk Expected: S "
            "Actual: N IndexName: gsi");
    INVALID(db, "PutItem", S("'Item':{" PK("a") ",'sk':{'N':'1'},'lk':{'S':''}}"),
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "string value. IndexName: lsi, IndexKey: lk");
    ddb_close(db);
}

/* The text of `n` times `c`, between two others; the caller frees. */
static char *padded(const char *before, char c, size_t n, const char *after)
{
    size_t b = strlen(before), a = strlen(after);
    char *out = malloc(b + n + a + 1);

    memcpy(out, before, b);
    memset(out + b, c, n);
    memcpy(out + b + n, after, a + 1);
    return out;
}

TEST(put_item, takes_409600_bytes_and_not_one_more)
{
    ddb *db = open_db();
    /* pk + a = 3 bytes, v = 1 */
    char *fits = padded("{'TableName':'ttt','Item':{'pk':{'S':'a'},'v':{'S':'", 'x', 409600 - 4,
                        "'}}}");
    char *over = padded("{'TableName':'nnn','Item':{'pk':{'S':'a'},'v':{'S':'", 'x', 409600 - 3,
                        "'}}}");

    EXPECT(db, "PutItem", fits, "{}");
    INVALID(db, "PutItem", over, "Item size has exceeded the maximum allowed size");
    free(fits);
    free(over);
    ddb_close(db);
}

TEST(put_item, checks_its_condition_against_the_stored_item)
{
    ddb *db = open_db();

    EXPECT(db, "PutItem", T("'Item':{" PK("a") ",'n':{'N':'1'}},"
                            "'ConditionExpression':'attribute_not_exists(pk)'"), "{}");
    CONDITION_FAILED(db, "PutItem", T("'Item':{" PK("a") ",'n':{'N':'2'}},"
                                      "'ConditionExpression':'attribute_not_exists(pk)'"));
    EXPECT(db, "PutItem",
           T("'Item':{" PK("a") "},'ConditionExpression':'n > :n','ExpressionAttributeValues':"
             "{':n':{'N':'1'}},'ReturnValuesOnConditionCheckFailure':'ALL_OLD'"),
           "{'__type':'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',"
           "'message':'The conditional request failed','Item':{'pk':{'S':'a'},'n':{'N':'1'}}}");
    CONDITION_FAILED(db, "PutItem",
                     T("'Item':{" PK("b") "},'ConditionExpression':'attribute_exists(pk)',"
                       "'ReturnValuesOnConditionCheckFailure':'ALL_OLD'"));
    CONDITION_FAILED(db, "PutItem",
                     T("'Item':{" PK("a") "},'Expected':{'n':{'Value':{'N':'2'}}}"));
    EXPECT(db, "PutItem", T("'Item':{" PK("a") "},'Expected':{'n':{'Value':{'N':'1.0'}}}"), "{}");
    GET_NONE(db, "b");
    ddb_close(db);
}

TEST(put_item, plain_is_one_step_and_no_read)
{
    ddb *db = open_db();
    ddb_counters before, after;

    must(db, "PutItem", T("'Item':{" PK("a") "}"));
    before = ddb_counters_get(db);
    must(db, "PutItem", T("'Item':{" PK("b") ",'l':{'L':[{'M':{'x':{'BOOL':true}}}]}}"));
    after = ddb_counters_get(db);
    CHECK_INT(after.steps - before.steps, 1);
    CHECK_INT(after.prepares - before.prepares, 0);

    must(db, "DeleteItem", T(KEY("b")));
    before = ddb_counters_get(db);
    must(db, "DeleteItem", T(KEY("a")));
    after = ddb_counters_get(db);
    CHECK_INT(after.steps - before.steps, 1);
    CHECK_INT(after.prepares - before.prepares, 0);
    ddb_close(db);
}

/* ---- DeleteItem ---- */

TEST(delete_item, removes_what_is_there)
{
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("a") ",'n':{'N':'1'}}"));
    EXPECT(db, "DeleteItem", T(KEY("b") ",'ReturnValues':'ALL_OLD'"), "{}");
    EXPECT(db, "DeleteItem", T(KEY("a") ",'ReturnValues':'ALL_OLD'"),
           "{'Attributes':{'pk':{'S':'a'},'n':{'N':'1'}}}");
    EXPECT(db, "DeleteItem", T(KEY("a")), "{}");
    GET_NONE(db, "a");
    CONDITION_FAILED(db, "DeleteItem", T(KEY("a") ",'ConditionExpression':'attribute_exists(pk)'"));
    EXPECT(db, "DeleteItem", T(KEY("a") ",'ConditionExpression':'attribute_not_exists(pk)'"), "{}");
    ddb_close(db);
}

TEST(delete_item, refuses_bad_requests_without_the_envelope)
{
    ddb *db = open_db();

    INVALID(db, "DeleteItem", T(KEY("a") ",'ReturnValues':'ALL_NEW'"),
            "ReturnValues can only be ALL_OLD or NONE");
    INVALID(db, "DeleteItem", T("'Key':{'pk':{'SS':[]}}"),
            "One or more parameter values were invalid: An string set  may not be empty");
    INVALID(db, "DeleteItem", T(KEY("a") ",'ConditionExpression':''"),
            "Invalid ConditionExpression: The expression can not be empty;");
    INVALID(db, "DeleteItem", T("'Key':{'pk':{'N':'1'}}"),
            "The provided key element does not match the schema");
    INVALID(db, "DeleteItem", T("'Key':{'pk':{'S':''}}"),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk");
    INVALID(db, "DeleteItem", S(KEY("a")), "The provided key element does not match the schema");
    ddb_close(db);
}

/* ---- UpdateItem ---- */

#define U(expr) "'UpdateExpression':'" expr "'"
#define V(values) "'ExpressionAttributeValues':{" values "}"

TEST(update_item, makes_and_changes_items)
{
    ddb *db = open_db();

    EXPECT(db, "UpdateItem", T(KEY("a")), "{}");
    GET_IS(db, "a", "{'pk':{'S':'a'}}");
    EXPECT(db, "UpdateItem", T(KEY("a") "," U("SET n = :n, l = :l") "," V("':n':{'N':'1'},':l':{'L':[]}")
                               ",'ReturnValues':'ALL_NEW'"),
           "{'Attributes':{'pk':{'S':'a'},'n':{'N':'1'},'l':{'L':[]}}}");
    EXPECT(db, "UpdateItem", T(KEY("a") "," U("ADD n :n REMOVE l") "," V("':n':{'N':'2'}")
                               ",'ReturnValues':'UPDATED_NEW'"),
           "{'Attributes':{'n':{'N':'3'}}}");
    EXPECT(db, "UpdateItem", T(KEY("a") "," U("REMOVE n") ",'ReturnValues':'UPDATED_OLD'"),
           "{'Attributes':{'n':{'N':'3'}}}");
    EXPECT(db, "UpdateItem", T(KEY("a") "," U("REMOVE n") ",'ReturnValues':'UPDATED_NEW'"), "{}");
    EXPECT(db, "UpdateItem", T(KEY("b") "," U("SET n = :n") "," V("':n':{'N':'1'}")
                               ",'ReturnValues':'ALL_OLD'"), "{}");
    EXPECT(db, "UpdateItem", T(KEY("b") "," U("SET n = n + :n") "," V("':n':{'N':'1'}")
                               ",'ReturnValues':'ALL_OLD'"),
           "{'Attributes':{'pk':{'S':'b'},'n':{'N':'1'}}}");
    GET_IS(db, "b", "{'pk':{'S':'b'},'n':{'N':'2'}}");
    EXPECT(db, "UpdateItem",
           T(KEY("b") ",'AttributeUpdates':{'n':{'Action':'ADD','Value':{'N':'5'}},"
             "'x':{'Value':{'S':'y'}}},'ReturnValues':'ALL_NEW'"),
           "{'Attributes':{'pk':{'S':'b'},'n':{'N':'7'},'x':{'S':'y'}}}");
    CONDITION_FAILED(db, "UpdateItem", T(KEY("b") "," U("REMOVE x") ",'ConditionExpression':'n = :n',"
                                         V("':n':{'N':'8'}")));
    ddb_close(db);
}

TEST(update_item, refuses_in_the_services_order)
{
    static const struct { const char *rest, *message; } cases[] = {
        {KEY("a") "," U("SET #n = :n"),
         ENVELOPE "Invalid UpdateExpression: An expression attribute name used in the document path "
         "is not defined; attribute name: #n"},
        {KEY("a") "," V("':n':{'N':'1'}"),
         ENVELOPE "ExpressionAttributeValues can only be specified when using expressions: "
         "UpdateExpression and ConditionExpression are null"},
        {KEY("a") ",'AttributeUpdates':{},'Expected':{}," U("SET a = b"),
         ENVELOPE "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: "
         "{UpdateExpression}"},
        {KEY("a") "," U("SET pk.x = :n") "," V("':n':{'N':'1'}"),
         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
         "part of the key"},
        {KEY("a") ",'AttributeUpdates':{'pk':{'Value':{'S':'a'}}}",
         "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
         "part of the key"},
        {KEY("a") "," U("SET a = b"),
         "The provided expression refers to an attribute that does not exist in the item"},
        {KEY("a") "," U("SET a.b = :n") "," V("':n':{'N':'1'}"),
         "The document path provided in the update expression is invalid for update"},
        {KEY("a") "," U("SET s = s + :n") "," V("':n':{'N':'1'}"),
         "An operand in the update expression has an incorrect data type"},
    };
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("a") ",'s':{'S':'x'}}"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[1024];
        snprintf(request, sizeof request, "{'TableName':'ttt',%s}", cases[i].rest);
        INVALID(db, "UpdateItem", request, cases[i].message);
    }
    INVALID(db, "UpdateItem", "{'ReturnConsumedCapacity':'x','ReturnValues':'x'}",
            ENVELOPE "Value `x` at `returnValues` failed to satisfy constraint: Member must satisfy "
            "enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]");
    NO_TABLE(db, "UpdateItem", "{'TableName':'nnn'," KEY("") "}");
    GET_IS(db, "a", "{'pk':{'S':'a'},'s':{'S':'x'}}");
    ddb_close(db);
}

TEST(update_item, keeps_index_keys_of_the_declared_type)
{
    ddb *db = open_db();
    char *full = padded("{'TableName':'sss'," SKEY("a", "1") "," U("SET lk = :v")
                        ",'ExpressionAttributeValues':{':v':{'S':'", 'x', 1025, "'}}}");

    must(db, "PutItem", S("'Item':{" PK("a") ",'sk':{'N':'1'},'num':{'N':'5'},'gk':{'S':'g'}}"));
    INVALID(db, "UpdateItem", S(SKEY("a", "1") "," U("SET gk = :v") "," V("':v':{'N':'1'}")
                                ",'ConditionExpression':'attribute_not_exists(pk)'"),
            "One or more parameter values were invalid: Type mismatch for Index Key gk Expected: S "
            "Actual: N IndexName: gsi");
    INVALID(db, "UpdateItem", S(SKEY("a", "1") "," U("SET lk.x = :v") "," V("':v':{'N':'1'}")),
            "Key attributes must be scalars; list random access `[]` and map lookup `.` are not "
            "allowed: IndexKey: lk");
    INVALID(db, "UpdateItem", S(SKEY("a", "1") "," U("SET gk = num")),
            "The update expression attempted to update the secondary index key to unsupported "
            "type");
    INVALID(db, "UpdateItem", S(SKEY("a", "1") "," U("SET gk = :v") "," V("':v':{'S':''}")),
            "One or more parameter values are not valid. The update expression attempted to update "
            "a secondary index key to a value that is not supported. The AttributeValue for a key "
            "attribute cannot contain an empty string value.");
    INVALID(db, "UpdateItem", full,
            "One or more parameter values were invalid: Size limit exceeded for Index Key lk "
            "Actual Size: 1025 bytes Max Size: 1024 bytes IndexName: lsi");
    free(full);
    EXPECT(db, "UpdateItem", S(SKEY("a", "1") "," U("REMOVE gk SET lk = :v") "," V("':v':{'S':'l'}")),
           "{}");
    EXPECT(db, "Scan", S("'IndexName':'gsi','Select':'COUNT'"), "{'Count':0,'ScannedCount':0}");
    EXPECT(db, "Scan", S("'IndexName':'lsi','Select':'COUNT'"), "{'Count':1,'ScannedCount':1}");
    ddb_close(db);
}

/* facts types 7: item - keys + 3 + 19 for one SET may not pass 409,600 bytes either; the key is
 * three bytes here. */
TEST(update_item, weighs_the_update_besides_the_item)
{
    ddb *db = open_db();
    char *over = padded("{'TableName':'ttt'," KEY("a") "," U("SET v = :v")
                        ",'ExpressionAttributeValues':{':v':{'S':'", 'x', 409600 - 22, "'}}}");
    char *fits = padded("{'TableName':'ttt'," KEY("a") "," U("SET v = :v")
                        ",'ExpressionAttributeValues':{':v':{'S':'", 'x', 409600 - 23, "'}}}");

    INVALID(db, "UpdateItem", over, "Item size to update has exceeded the maximum allowed size");
    EXPECT(db, "UpdateItem", fits, "{}");
    free(over);
    free(fits);
    ddb_close(db);
}

/* 31 lists, one in the other, hold a scalar: 32 levels. One more list around is too much. */
TEST(update_item, bounds_the_depth_it_makes)
{
    ddb *db = open_db();
    char deep[1024] = "", request[2048];

    for (int i = 0; i < 31; i++)
        strcat(deep, "{'L':[");
    strcat(deep, "{'S':'x'}");
    for (int i = 0; i < 31; i++)
        strcat(deep, "]}");
    snprintf(request, sizeof request, T(KEY("a") "," U("SET d = :d") "," V("':d':%s")), deep);
    EXPECT(db, "UpdateItem", request, "{}");
    EXPECT(db, "UpdateItem", T(KEY("a") "," U("SET l = :l") "," V("':l':{'L':[]}")), "{}");
    INVALID(db, "UpdateItem", T(KEY("a") "," U("SET l[0] = d")),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
            "levels beyond supported limit");
    ddb_close(db);
}

/* ---- capacity ---- */

#define CAP(table, rest) \
    "{'ConsumedCapacity':{'TableName':'sss','CapacityUnits':" table rest "}}"

/* Puts of (a, 1) one after another; p is of n bytes, u is in no projection but the LSI's. */
TEST(capacity, of_puts_charges_each_index_by_its_entries)
{
    static const struct { const char *item; int p; const char *want; } steps[] = {
        /* 3 + 4 + 3 bytes */
        {"'gk':{'S':'g'}", 0, "{'CapacityUnits':2.0,'t':1.0,'g':1.0}"},
        {"'gk':{'S':'g'}", 0, "{'CapacityUnits':1.0,'t':1.0}"},
        {"'gk':{'S':'g'},'u':{'S':'x'}", 0, "{'CapacityUnits':1.0,'t':1.0}"},
        {"'gk':{'S':'h'}", 0, "{'CapacityUnits':3.0,'t':1.0,'g':2.0}"},
        {"'gk':{'S':'h'}", 3000, "{'CapacityUnits':6.0,'t':3.0,'g':3.0}"},
        {"'gk':{'S':'h'}", 0, "{'CapacityUnits':6.0,'t':3.0,'g':3.0}"},
        {"'gk':{'S':'h'},'ss':{'SS':['a','b']},'lk':{'S':'l'}", 0,
         "{'CapacityUnits':2.0,'t':1.0,'l':1.0}"},
        {"'gk':{'S':'h'},'ss':{'SS':['b','a']},'lk':{'S':'l'}", 0, "{'CapacityUnits':1.0,'t':1.0}"},
        {"'gk':{'S':'h'},'ss':{'SS':['b','c']},'lk':{'S':'l'}", 0,
         "{'CapacityUnits':2.0,'t':1.0,'l':1.0}"},
        {"'lk':{'S':'m'}", 3000, "{'CapacityUnits':8.0,'t':3.0,'l':4.0,'g':1.0}"},
    };
    ddb *db = open_db();

    for (size_t i = 0; i < COUNT(steps); i++) {
        char before[512], name[64];
        snprintf(before, sizeof before,
                 S("'ReturnConsumedCapacity':'INDEXES','Item':{" PK("a") ",'sk':{'N':'1'},%s%s"),
                 steps[i].item, steps[i].p > 0 ? ",'p':{'S':'" : "");
        before[strlen(before) - 1] = '\0'; /* the S() macro's brace */
        char *request = padded(before, 'x', (size_t)steps[i].p, steps[i].p > 0 ? "'}}}" : "}}");
        ddb_reply r = run(db, "PutItem", request);
        /* To the short form: the units of table, LSI and GSI. */
        char got[256] = "", body[1024];
        double total = 0, table = 0, lsi = 0, gsi = 0;
        snprintf(body, sizeof body, "%.*s", (int)r.body_n, r.body);
        const char *at = strstr(body, "\"CapacityUnits\":");
        if (at != NULL)
            sscanf(at, "\"CapacityUnits\":%lf", &total);
        if ((at = strstr(body, "\"Table\":")) != NULL)
            sscanf(at, "\"Table\":{\"CapacityUnits\":%lf", &table);
        if ((at = strstr(body, "\"lsi\":")) != NULL)
            sscanf(at, "\"lsi\":{\"CapacityUnits\":%lf", &lsi);
        if ((at = strstr(body, "\"gsi\":")) != NULL)
            sscanf(at, "\"gsi\":{\"CapacityUnits\":%lf", &gsi);
        snprintf(got, sizeof got, "{'CapacityUnits':%.1f,'t':%.1f", total, table);
        if (lsi > 0)
            snprintf(got + strlen(got), sizeof got - strlen(got), ",'l':%.1f", lsi);
        if (gsi > 0)
            snprintf(got + strlen(got), sizeof got - strlen(got), ",'g':%.1f", gsi);
        strcat(got, "}");
        snprintf(name, sizeof name, "step %zu", i);
        CHECK_STR_NOTE(str_of(got), steps[i].want, name);
        free(request);
    }
    EXPECT(db, "UpdateItem",
           S(SKEY("a", "1") "," U("SET u = :u") "," V("':u':{'S':'y'}")
             ",'ReturnConsumedCapacity':'INDEXES'"),
           CAP("6.0", ",'Table':{'CapacityUnits':3.0},'LocalSecondaryIndexes':{'lsi':"
                      "{'CapacityUnits':3.0}}"));
    EXPECT(db, "DeleteItem", S(SKEY("a", "1") ",'ReturnConsumedCapacity':'TOTAL'"), CAP("6.0", ""));
    EXPECT(db, "DeleteItem", S(SKEY("a", "1") ",'ReturnConsumedCapacity':'INDEXES'"),
           CAP("1.0", ",'Table':{'CapacityUnits':1.0}"));
    EXPECT(db, "DeleteItem", S(SKEY("a", "1") ",'ReturnConsumedCapacity':'NONE'"), "{}");
    ddb_close(db);
}

TEST(metrics, are_of_tables_with_local_indexes_only)
{
    ddb *db = open_db();

    EXPECT(db, "PutItem", T("'Item':{" PK("a") "},'ReturnItemCollectionMetrics':'SIZE'"), "{}");
    EXPECT(db, "PutItem",
           S("'Item':{" PK("a") ",'sk':{'N':'1'}},'ReturnItemCollectionMetrics':'SIZE'"),
           "{'ItemCollectionMetrics':{'ItemCollectionKey':{'pk':{'S':'a'}},"
           "'SizeEstimateRangeGB':[0.0,1.0]}}");
    EXPECT(db, "DeleteItem", S(SKEY("a", "1") ",'ReturnItemCollectionMetrics':'SIZE'"),
           "{'ItemCollectionMetrics':{'ItemCollectionKey':{'pk':{'S':'a'}},"
           "'SizeEstimateRangeGB':[0.0,1.0]}}");
    ddb_close(db);
}

/* ---- BatchWriteItem ---- */

#define PUT(v, rest) "{'PutRequest':{'Item':{" PK(v) rest "}}}"
#define DEL(v) "{'DeleteRequest':{" KEY(v) "}}"

TEST(batch_write_item, puts_and_deletes_in_several_tables)
{
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("old") "}"));
    EXPECT(db, "BatchWriteItem",
           "{'RequestItems':{'ttt':[" PUT("a", "") "," DEL("old") "],'sss':["
           PUT("a", ",'sk':{'N':'1'}") "," PUT("a", ",'sk':{'N':'2'}") "," PUT("b", ",'sk':{'N':'2'}")
           "]},'ReturnConsumedCapacity':'TOTAL','ReturnItemCollectionMetrics':'SIZE'}",
           "{'UnprocessedItems':{},'ItemCollectionMetrics':{'sss':["
           "{'ItemCollectionKey':{'pk':{'S':'a'}},'SizeEstimateRangeGB':[0.0,1.0]},"
           "{'ItemCollectionKey':{'pk':{'S':'b'}},'SizeEstimateRangeGB':[0.0,1.0]}]},"
           "'ConsumedCapacity':[{'TableName':'ttt','CapacityUnits':2.0},"
           "{'TableName':'sss','CapacityUnits':3.0}]}");
    GET_NONE(db, "old");
    GET_IS(db, "a", "{'pk':{'S':'a'}}");
    EXPECT(db, "BatchWriteItem", "{'RequestItems':{'ttt':[" DEL("a") "]}}", "{'UnprocessedItems':{}}");
    ddb_close(db);
}

TEST(batch_write_item, writes_nothing_when_one_request_is_wrong)
{
    static const struct { const char *items, *message; } cases[] = {
        {"'ttt':[" PUT("a", "") ",{}]",
         "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
         "supported datatypes"},
        {"'ttt':[" PUT("a", "") "],'sss':[" PUT("a", ",'e':{'NS':[]}") "]",
         "One or more parameter values were invalid: An number set  may not be empty"},
        {"'ttt':[" PUT("a", "") "],'sss':[" PUT("a", "") "]",
         "The provided key element does not match the schema"},
        {"'ttt':[" PUT("a", "") ",{'PutRequest':{'Item':{'pk':{'N':'1'}}}}]",
         "The provided key element does not match the schema"},
        {"'sss':[" PUT("a", ",'sk':{'N':'1'},'gk':{'N':'1'}") "]",
         "One or more parameter values were invalid: Type mismatch for Index Key gk Expected: S "
         "Actual: N IndexName: gsi"},
        {"'ttt':[" PUT("a", "") "," DEL("a") "]",
         "Provided list of item keys contains duplicates"},
        {"'sss':[" PUT("a", ",'sk':{'N':'1.0'}") "," PUT("a", ",'sk':{'N':'1'}") "]",
         "Provided list of item keys contains duplicates"},
    };
    ddb *db = open_db();

    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[1024];
        snprintf(request, sizeof request, "{'RequestItems':{%s}}", cases[i].items);
        INVALID(db, "BatchWriteItem", request, cases[i].message);
        GET_NONE(db, "a");
    }
    NO_TABLE(db, "BatchWriteItem",
             "{'RequestItems':{'ttt':[" PUT("a", "") "," PUT("a", "") "],'nnn':[" PUT("a", "") "]}}");
    ddb_close(db);
}

/* ---- transactions ---- */

#define TW(items) "{'TransactItems':[" items "]}"
#define X_PUT(v, rest) "{'Put':{'TableName':'ttt','Item':{" PK(v) rest "}}}"
#define X_DEL(v) "{'Delete':{'TableName':'ttt'," KEY(v) "}}"
#define X_UPD(v, expr, rest) "{'Update':{'TableName':'ttt'," KEY(v) "," U(expr) rest "}}"
#define X_CHECK(v, expr, rest) \
    "{'ConditionCheck':{'TableName':'ttt'," KEY(v) ",'ConditionExpression':'" expr "'" rest "}}"
#define CANCELED(codes, reasons)                                                            \
    "{'__type':'com.amazonaws.dynamodb.v20120810#TransactionCanceledException','Message':"  \
    "'Transaction cancelled, please refer cancellation reasons for specific reasons [" codes \
    "]','CancellationReasons':[" reasons "]}"

TEST(transact_write_items, does_all)
{
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("c") "}"));
    must(db, "PutItem", T("'Item':{" PK("d") ",'n':{'N':'1'}}"));
    EXPECT(db, "TransactWriteItems",
           TW(X_PUT("a", "") "," X_UPD("b", "SET n = :n", "," V("':n':{'N':'1'}")) "," X_DEL("c") ","
              X_CHECK("d", "n = :n", "," V("':n':{'N':'1'}"))), "{}");
    GET_IS(db, "a", "{'pk':{'S':'a'}}");
    GET_IS(db, "b", "{'pk':{'S':'b'},'n':{'N':'1'}}");
    GET_NONE(db, "c");
    ddb_close(db);
}

TEST(transact_write_items, gives_a_reason_for_each_action_and_changes_nothing)
{
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("c") ",'s':{'S':'x'}}"));
    EXPECT(db, "TransactWriteItems",
           TW(X_PUT("a", "") "," X_CHECK("b", "attribute_exists(pk)",
              ",'ReturnValuesOnConditionCheckFailure':'ALL_OLD'") ","
              X_UPD("c", "ADD s :n", "," V("':n':{'N':'1'}")) ","
              "{'Put':{'TableName':'ttt','Item':{'pk':{'N':'1'}}}},"
              "{'Delete':{'TableName':'sss'," KEY("a") "}}"),
           CANCELED("None, ConditionalCheckFailed, ValidationError, ValidationError, ValidationError",
                    "{'Code':'None'},"
                    "{'Code':'ConditionalCheckFailed','Message':'The conditional request failed'},"
                    "{'Code':'ValidationError','Message':'An operand in the update expression has "
                    "an incorrect data type'},"
                    "{'Code':'ValidationError','Message':'One or more parameter values were "
                    "invalid: Type mismatch for key pk expected: S actual: N'},"
                    "{'Code':'ValidationError','Message':'The provided key element does not match "
                    "the schema'}"));
    EXPECT(db, "TransactWriteItems",
           TW(X_CHECK("c", "attribute_not_exists(pk)",
                      ",'ReturnValuesOnConditionCheckFailure':'ALL_OLD'") "," X_PUT("a", "")),
           CANCELED("ConditionalCheckFailed, None",
                    "{'Code':'ConditionalCheckFailed','Message':'The conditional request failed',"
                    "'Item':{'pk':{'S':'c'},'s':{'S':'x'}}},{'Code':'None'}"));
    GET_NONE(db, "a");
    EXPECT(db, "TransactWriteItems", TW(X_UPD("c", "SET pk = :v", "," V("':v':{'S':'x'}"))),
           CANCELED("ValidationError",
                    "{'Code':'ValidationError','Message':'One or more parameter values were "
                    "invalid: Cannot update attribute pk. This attribute is part of the key'}"));
    EXPECT(db, "TransactWriteItems",
           TW("{'Put':{'TableName':'sss','Item':{" PK("a") ",'sk':{'N':'1'},'gk':{'N':'1'}}}}"),
           CANCELED("ValidationError",
                    "{'Code':'ValidationError','Message':'One or more parameter values were "
                    "invalid: Type mismatch for Index Key gk Expected: S Actual: N IndexName: "
                    "gsi'}"));
    ddb_close(db);
}

TEST(transact_write_items, fails_as_a_whole_for_what_is_wrong_with_the_request)
{
    static const struct { const char *items, *message; } cases[] = {
        {"{}", "TransactItems can only contain one of Check, Put, Update or Delete"},
        {"{'Put':{'TableName':'ttt','Item':{}},'Delete':{'TableName':'ttt','Key':{}}}",
         "TransactItems can only contain one of Check, Put, Update or Delete"},
        {X_PUT("a", "") "," X_DEL("a"),
         "Transaction request cannot include multiple operations on one item"},
        {X_PUT("a", "") "," X_UPD("b", "SET n = :n SET m = :n", "," V("':n':{'N':'1'}")),
         "Invalid UpdateExpression: The \\'SET\\' section can only be used once in an update "
         "expression;"},
        {X_UPD("b", "SET n = m", ",'ExpressionAttributeValues':{}"),
         "ExpressionAttributeValues must not be empty"},
        {X_PUT("", ""),
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"},
        {"{'Update':{'TableName':'sss'," SKEY("a", "1") "," U("SET gk = :v") ","
         V("':v':{'S':''}") "}}",
         "One or more parameter values are not valid. The update expression attempted to update a "
         "secondary index key to a value that is not supported. The AttributeValue for a key "
         "attribute cannot contain an empty string value."},
        {"{'Put':{'TableName':'sss','Item':{" PK("a") ",'sk':{'N':'1'},'gk':{'S':''}}}}",
         "One or more parameter values are not valid. A value specified for a secondary index key "
         "is not supported. The AttributeValue for a key attribute cannot contain an empty string "
         "value. IndexName: gsi, IndexKey: gk"},
        {X_PUT("a", "") ",{'Put':{'TableName':'nnn','Item':{}}}," X_DEL("a"),
         "Transaction request cannot include multiple operations on one item"},
    };
    ddb *db = open_db();

    for (size_t i = 0; i < COUNT(cases); i++) {
        char request[1024];
        snprintf(request, sizeof request, TW("%s"), cases[i].items);
        INVALID(db, "TransactWriteItems", request, cases[i].message);
    }
    NO_TABLE(db, "TransactWriteItems", TW(X_PUT("a", "") ",{'Put':{'TableName':'nnn','Item':{}}}"));
    GET_NONE(db, "a");
    ddb_close(db);
}

TEST(transact_write_items, doubles_the_tables_arm_only)
{
    ddb *db = open_db();

    EXPECT(db, "TransactWriteItems",
           "{'TransactItems':[{'Put':{'TableName':'sss','Item':{" PK("a") ",'sk':{'N':'1'},"
           "'gk':{'S':'g'},'lk':{'S':'l'}}}}," X_CHECK("x", "attribute_not_exists(pk)", "") ","
           X_PUT("y", "") "],'ReturnConsumedCapacity':'INDEXES',"
           "'ReturnItemCollectionMetrics':'SIZE'}",
           "{'ConsumedCapacity':[{'TableName':'sss','CapacityUnits':4.0,'WriteCapacityUnits':4.0,"
           "'Table':{'CapacityUnits':2.0,'WriteCapacityUnits':2.0},"
           "'LocalSecondaryIndexes':{'lsi':{'CapacityUnits':1.0,'WriteCapacityUnits':1.0}},"
           "'GlobalSecondaryIndexes':{'gsi':{'CapacityUnits':1.0,'WriteCapacityUnits':1.0}}},"
           "{'TableName':'ttt','CapacityUnits':4.0,'WriteCapacityUnits':4.0,"
           "'Table':{'CapacityUnits':4.0,'WriteCapacityUnits':4.0}}],"
           "'ItemCollectionMetrics':{'sss':[{'ItemCollectionKey':{'pk':{'S':'a'}},"
           "'SizeEstimateRangeGB':[0.0,1.0]}]}}");
    ddb_close(db);
}

TEST(transact_write_items, happens_once_under_a_token)
{
    static const char add[] =
        "{'ClientRequestToken':'t1','TransactItems':[" X_UPD("a", "ADD n :n", "," V("':n':{'N':'1'}"))
        "]}";
    static const char again[] =
        "{'ClientRequestToken':'t1','ReturnConsumedCapacity':'INDEXES','TransactItems':["
        "{'Update':{" V("':n':{'N':'1.0'}") "," U("ADD n :n") "," KEY("a") ",'TableName':'ttt'}}]}";
    static const char other[] =
        "{'ClientRequestToken':'t1','TransactItems':[" X_UPD("a", "ADD n :n", "," V("':n':{'N':'2'}"))
        "]}";
    ddb *db = open_db();

    EXPECT(db, "TransactWriteItems", add, "{}");
    EXPECT(db, "TransactWriteItems", add, "{}");
    EXPECT(db, "TransactWriteItems", again,
           "{'ConsumedCapacity':[{'TableName':'ttt','CapacityUnits':2.0,'ReadCapacityUnits':2.0,"
           "'Table':{'CapacityUnits':2.0,'ReadCapacityUnits':2.0}}]}");
    GET_IS(db, "a", "{'pk':{'S':'a'},'n':{'N':'1'}}");
    EXPECT(db, "TransactWriteItems", other,
           "{'__type':'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException',"
           "'Message':'DynamoDB rejected the request because you retried a request with a different "
           "payload but with an idempotent token that was already used.'}");
    clock_ms += TOKEN_WINDOW_MS - 1;
    EXPECT(db, "TransactWriteItems", add, "{}");
    GET_IS(db, "a", "{'pk':{'S':'a'},'n':{'N':'1'}}");
    clock_ms += 2;
    EXPECT(db, "TransactWriteItems", other, "{}");
    GET_IS(db, "a", "{'pk':{'S':'a'},'n':{'N':'3'}}");
    ddb_close(db);
}

TEST(transact_write_items, forgets_the_token_of_a_failed_call)
{
    static const char put[] =
        "{'ClientRequestToken':'t2','TransactItems':[{'Put':{'TableName':'ttt','Item':{" PK("a")
        "},'ConditionExpression':'attribute_not_exists(pk)'}}]}";
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("a") "}"));
    CHECK_INT(run(db, "TransactWriteItems", put).status, 400);
    must(db, "DeleteItem", T(KEY("a")));
    EXPECT(db, "TransactWriteItems", put, "{}");
    EXPECT(db, "TransactWriteItems", put, "{}");
    ddb_close(db);
}

TEST(transact_write_items, reports_a_replay_as_reads_of_the_larger_image)
{
    ddb *db = open_db();
    char *put = padded("{'ClientRequestToken':'t3','ReturnConsumedCapacity':'TOTAL','TransactItems':"
                       "[{'Put':{'TableName':'ttt','Item':{'pk':{'S':'a'},'v':{'S':'", 'x', 9000,
                       "'}}}}]}");
    static const char del[] = "{'ClientRequestToken':'t4','ReturnConsumedCapacity':'TOTAL',"
                              "'TransactItems':[" X_DEL("a") "]}";

    EXPECT(db, "TransactWriteItems", put,
           "{'ConsumedCapacity':[{'TableName':'ttt','CapacityUnits':18.0,"
           "'WriteCapacityUnits':18.0}]}");
    EXPECT(db, "TransactWriteItems", put,
           "{'ConsumedCapacity':[{'TableName':'ttt','CapacityUnits':6.0,'ReadCapacityUnits':6.0}]}");
    EXPECT(db, "TransactWriteItems", del,
           "{'ConsumedCapacity':[{'TableName':'ttt','CapacityUnits':18.0,"
           "'WriteCapacityUnits':18.0}]}");
    EXPECT(db, "TransactWriteItems", del,
           "{'ConsumedCapacity':[{'TableName':'ttt','CapacityUnits':6.0,'ReadCapacityUnits':6.0}]}");
    free(put);
    ddb_close(db);
}

TEST(transact_get_items, answers_in_order_from_one_snapshot)
{
    ddb *db = open_db();

    must(db, "PutItem", T("'Item':{" PK("a") ",'n':{'N':'1'}}"));
    EXPECT(db, "TransactGetItems",
           "{'TransactItems':[{'Get':{'TableName':'ttt'," KEY("b") "}},"
           "{'Get':{'TableName':'ttt'," KEY("a") "}},"
           "{'Get':{'TableName':'sss'," SKEY("a", "1") ",'ProjectionExpression':'n'}}],"
           "'ReturnConsumedCapacity':'INDEXES'}",
           "{'Responses':[{},{'Item':{'pk':{'S':'a'},'n':{'N':'1'}}},{}],'ConsumedCapacity':["
           "{'TableName':'ttt','CapacityUnits':4.0,'ReadCapacityUnits':4.0,"
           "'Table':{'CapacityUnits':4.0,'ReadCapacityUnits':4.0}},"
           "{'TableName':'sss','CapacityUnits':2.0,'ReadCapacityUnits':2.0,"
           "'Table':{'CapacityUnits':2.0,'ReadCapacityUnits':2.0}}]}");
    EXPECT(db, "TransactGetItems",
           TW("{'Get':{'TableName':'ttt'," KEY("a") ",'ProjectionExpression':'#n',"
              "'ExpressionAttributeNames':{'#n':'n'}}}"),
           "{'Responses':[{'Item':{'n':{'N':'1'}}}]}");
    EXPECT(db, "TransactGetItems",
           TW("{'Get':{'TableName':'ttt'," KEY("a") ",'ProjectionExpression':'zz'}}"),
           "{'Responses':[{}]}");
    ddb_close(db);
}

TEST(transact_get_items, tells_bad_keys_from_bad_requests)
{
    ddb *db = open_db();

    EXPECT(db, "TransactGetItems",
           TW("{'Get':{'TableName':'ttt'," KEY("a") "}},"
              "{'Get':{'TableName':'ttt','Key':{'pk':{'N':'1'}}}}"),
           CANCELED("None, ValidationError",
                    "{'Code':'None'},{'Code':'ValidationError','Message':'The provided key element "
                    "does not match the schema'}"));
    INVALID(db, "TransactGetItems",
            TW("{'Get':{'TableName':'ttt'," KEY("a") "}},{'Get':{'TableName':'ttt'," KEY("a") "}}"),
            "Transaction request cannot include multiple operations on one item");
    INVALID(db, "TransactGetItems", TW("{'Get':{'TableName':'ttt'," KEY("") "}}"),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk");
    INVALID(db, "TransactGetItems",
            TW("{'Get':{'TableName':'ttt'," KEY("a") ",'ExpressionAttributeNames':{'#n':'n'}}}"),
            "ExpressionAttributeNames can only be specified when using expressions");
    NO_TABLE(db, "TransactGetItems", TW("{'Get':{'TableName':'nnn'," KEY("a") "}}"));
    ddb_close(db);
}

/* ---- memory ---- */

/* Each allocation of each request fails once, and all after it. The row must then be the old one
 * or the request have succeeded. */
TEST(write, leaves_the_item_as_it_was_when_memory_runs_out)
{
    static const struct { const char *op, *request; } cases[] = {
        {"PutItem", S("'Item':{" PK("a") ",'sk':{'N':'1'},'n':{'N':'2'},'gk':{'S':'g'}},"
                      "'ReturnValues':'ALL_OLD','ReturnConsumedCapacity':'INDEXES'")},
        {"UpdateItem", S(SKEY("a", "1") "," U("ADD n :n SET lk = :l") ","
                         V("':n':{'N':'1'},':l':{'S':'x'}") ",'ReturnValues':'ALL_NEW'")},
        {"DeleteItem", S(SKEY("a", "1") ",'ConditionExpression':'n < :n'," V("':n':{'N':'9'}"))},
        {"BatchWriteItem", "{'RequestItems':{'ttt':[" PUT("q", "") "],'sss':["
                           PUT("a", ",'sk':{'N':'1'},'n':{'N':'3'}") "]}}"},
        {"TransactWriteItems",
         "{'ClientRequestToken':'mem','TransactItems':[" X_PUT("q", "") ","
         "{'Update':{'TableName':'sss'," SKEY("a", "1") "," U("ADD n :n") ","
         V("':n':{'N':'1'}") "}}]}"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *json = quoted(cases[i].request);
        bool done = false;
        int failures = 0;

        for (int64_t n = 0; !done && n < 2000; n++) {
            ddb *db = open_db();
            ddb_reply r;

            must(db, "PutItem", S("'Item':{" PK("a") ",'sk':{'N':'1'},'n':{'N':'1'}}"));
            ddb_commit(db, &r);
            ddb_fail_after(db, n);
            r = run_json(db, cases[i].op, json);
            done = r.status == 200;
            ddb_fail_after(db, -1);
            if (!done) {
                failures++;
                CHECK_INT_NOTE(r.status, 500, cases[i].op);
                ddb_rollback(db);
                EXPECT(db, "GetItem", S(SKEY("a", "1")),
                       "{'Item':{'pk':{'S':'a'},'sk':{'N':'1'},'n':{'N':'1'}}}");
                GET_NONE(db, "q");
            }
            ddb_close(db);
        }
        CHECK(done);
        CHECK(failures > 0);
        free(json);
    }
}

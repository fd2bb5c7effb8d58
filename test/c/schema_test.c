/*
 * schema_test.c - the checker on a request of our own that has a member of every kind; the texts
 * are the service's (facts wire 4, validation 1, 2 and 5). Real operations' requests are checked in
 * api_test.c.
 */
#include "schema/schema.h"

#include <stddef.h>
#include <string.h>

#include "schema/shapes.h"
#include "test.h"

/* ---- the request ---- */

typedef struct write_entry { attr_map **unused; attr_map *item; } write_entry;
typedef struct keys_block { list keys; opt_bool consistent; } keys_block;

typedef struct everything {
    opt_enum rcc, rv;
    str table, index, text;
    opt_int limit;
    opt_bool flag;
    opt_real real, time;
    str blob;
    list names, to_get, keys, definitions, lsis, blocks, writes, expected, updates, filter;
    in_throughput *rw;
    in_projection *projection;
    attr_map *item;
    attr_value *value;
} everything;

static const shape shape_blob = {.kind = SH_BLOB};
static const shape shape_double = {.kind = SH_DOUBLE};
static const shape shape_time = {.kind = SH_TIMESTAMP};
static const member write_members[] = {
    {"Item", &shape_attr_map, offsetof(write_entry, item), true}};
static const shape shape_write = {.kind = SH_STRUCT, .java = "WriteRequest",
                                  .members = write_members, .member_count = 1,
                                  .size = sizeof(write_entry)};
static const shape shape_writes = {.kind = SH_LIST, .min = 1, .max = 25, .elem = &shape_write};
static const shape shape_requests = {.kind = SH_MAP, .min = 1, .max = 25, .elem = &shape_writes,
                                     .key = &shape_table_key, .elem_constraint_on_map = true};
static const shape shape_keys = {.kind = SH_LIST, .min = 1, .max = 100, .elem = &shape_attr_map};
static const member block_members[] = {
    {"Keys", &shape_keys, offsetof(keys_block, keys), true},
    {"ConsistentRead", &shape_boolean, offsetof(keys_block, consistent), false}};
static const shape shape_block = {.kind = SH_STRUCT, .java = "KeysAndAttributes",
                                  .members = block_members, .member_count = 2,
                                  .size = sizeof(keys_block)};
static const shape shape_blocks = {.kind = SH_MAP, .min = 1, .max = 100, .elem = &shape_block,
                                   .key = &shape_table_key};

#define M(name, shape, field) {name, &shape, offsetof(everything, field), false}
static const member everything_members[] = {
    M("ReturnConsumedCapacity", shape_return_capacity, rcc),
    M("TableName", shape_table_name, table),
    M("ReturnValues", shape_return_values, rv),
    M("IndexName", shape_index_name, index),
    M("Text", shape_string, text),
    M("Limit", shape_limit, limit),
    M("Flag", shape_boolean, flag),
    M("Real", shape_double, real),
    M("Time", shape_time, time),
    M("Blob", shape_blob, blob),
    M("Names", shape_names, names),
    M("AttributesToGet", shape_attributes_to_get, to_get),
    M("KeySchema", shape_key_schema, keys),
    M("AttributeDefinitions", shape_definitions, definitions),
    M("LocalSecondaryIndexes", shape_lsis, lsis),
    M("Blocks", shape_blocks, blocks),
    M("RequestItems", shape_requests, writes),
    M("Expected", shape_expected, expected),
    M("AttributeUpdates", shape_attribute_updates, updates),
    M("QueryFilter", shape_condition_map, filter),
    M("ProvisionedThroughput", shape_throughput, rw),
    M("Projection", shape_projection, projection),
    M("Item", shape_attr_map, item),
    M("Value", shape_attr, value),
};
static const shape shape_everything = {.kind = SH_STRUCT, .java = "Everything",
                                       .members = everything_members,
                                       .member_count = COUNT(everything_members),
                                       .size = sizeof(everything)};

static int check(ctx *cx, const shape *s, const char *text, void *req)
{
    json *j;
    int rc = json_parse(cx, str_of(text), &j);
    return rc < 0 ? rc : schema_check(cx, s, j, req);
}

static void check_message(const shape *s, const char *text, int code, const char *message)
{
    static union { everything all; char room[4096]; } req; /* too large for some stacks */
    test_env e;

    test_env_init(&e);
    int rc = check(&e.cx, s, text, &req);
    CHECK_FAIL_NOTE(&e.cx, rc, code, message, text);
    test_env_release(&e);
}

static void check_ok(const shape *s, const char *text)
{
    static union { everything all; char room[4096]; } req;
    test_env e;

    test_env_init(&e);
    int rc = check(&e.cx, s, text, &req);
    CHECK_INT_NOTE(rc, 0, text);
    test_env_release(&e);
}

/* Every mistake of these is reported alone: N = 1. */
static void check_one(const shape *s, const char *text, const char *error)
{
    char message[2048];
    snprintf(message, sizeof message, "1 validation error detected: %s", error);
    check_message(s, text, DDB_VALIDATION, message);
}

/* ---- the first pass ---- */

#define CAST                                                                                  \
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to "    \
    "class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and " \
    "java.lang.Class are in module java.base of loader 'bootstrap')"
#define START "Start of structure or map found where not expected"
#define V "com.amazonaws.dynamodb.v20120810."

static const struct { const char *text, *message; } wrong_types[] = {
    /* String */
    {"{\"Text\":true}", "TRUE_VALUE cannot be converted to String"},
    {"{\"Text\":false}", "FALSE_VALUE cannot be converted to String"},
    {"{\"Text\":23}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"Text\":34.56}", "DECIMAL_VALUE cannot be converted to String"},
    {"{\"Text\":[]}", "Unrecognized collection type class java.lang.String"},
    {"{\"Text\":{}}", START},
    {"{\"TableName\":23}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"ReturnValues\":23}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"ReturnValues\":[]}", "Unrecognized collection type class java.lang.String"},
    /* Boolean */
    {"{\"Flag\":\"a\"}", "Unexpected token received from parser"},
    {"{\"Flag\":\"\"}", "Unexpected token received from parser"},
    {"{\"Flag\":\"tru\"}", "Unexpected token received from parser"},
    {"{\"Flag\":\"truex\"}", "Unexpected token received from parser"},
    {"{\"Flag\":23}", "NUMBER_VALUE cannot be converted to Boolean"},
    {"{\"Flag\":34.56}", "DECIMAL_VALUE cannot be converted to Boolean"},
    {"{\"Flag\":[]}", "Unrecognized collection type class java.lang.Boolean"},
    {"{\"Flag\":{}}", START},
    /* Integer, Long */
    {"{\"Limit\":\"23\"}", "STRING_VALUE cannot be converted to Integer"},
    {"{\"Limit\":true}", "TRUE_VALUE cannot be converted to Integer"},
    {"{\"Limit\":false}", "FALSE_VALUE cannot be converted to Integer"},
    {"{\"Limit\":[]}", "Unrecognized collection type class java.lang.Integer"},
    {"{\"Limit\":{}}", START},
    {"{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":\"23\"}}",
     "STRING_VALUE cannot be converted to Long"},
    {"{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":true}}",
     "TRUE_VALUE cannot be converted to Long"},
    {"{\"ProvisionedThroughput\":{\"WriteCapacityUnits\":[]}}",
     "Unrecognized collection type class java.lang.Long"},
    {"{\"ProvisionedThroughput\":{\"WriteCapacityUnits\":{}}}", START},
    /* Double, Timestamp */
    {"{\"Real\":\"1\"}", "STRING_VALUE cannot be converted to Double"},
    {"{\"Real\":[]}", "Unrecognized collection type class java.lang.Double"},
    {"{\"Time\":true}", "TRUE_VALUE cannot be converted to Date"},
    /* Blob */
    {"{\"Blob\":true}", "only base-64-encoded strings are convertible to bytes"},
    {"{\"Blob\":23}", "only base-64-encoded strings are convertible to bytes"},
    {"{\"Blob\":34.56}", "only base-64-encoded strings are convertible to bytes"},
    {"{\"Blob\":[]}", "Unrecognized collection type class java.nio.ByteBuffer"},
    {"{\"Blob\":{}}", START},
    {"{\"Blob\":\"abc\"}",
     "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
    {"{\"Blob\":\"=+/=\"}", "Invalid last non-pad Base64 character dectected"},
    {"{\"Blob\":\"+/+=\"}", "Invalid last non-pad Base64 character dectected"},
    /* List */
    {"{\"AttributesToGet\":\"23\"}", "Unexpected field type"},
    {"{\"AttributesToGet\":true}", "Unexpected field type"},
    {"{\"AttributesToGet\":34.56}", "Unexpected field type"},
    {"{\"AttributesToGet\":{}}", START},
    {"{\"AttributesToGet\":[1]}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"AttributesToGet\":[[]]}", "Unrecognized collection type class java.lang.String"},
    {"{\"AttributesToGet\":[{}]}", START},
    /* Map */
    {"{\"Names\":\"23\"}", "Unexpected field type"},
    {"{\"Names\":true}", "Unexpected field type"},
    {"{\"Names\":23}", "Unexpected field type"},
    {"{\"Names\":[]}",
     "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"},
    {"{\"Names\":{\"#a\":1}}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"Item\":23}", "Unexpected field type"},
    {"{\"Item\":[]}",
     "Unrecognized collection type java.util.Map<java.lang.String, " V "AttributeValue>"},
    {"{\"Expected\":[]}", "Unrecognized collection type java.util.Map<java.lang.String, " V
                          "ExpectedAttributeValue>"},
    {"{\"AttributeUpdates\":[]}",
     "Unrecognized collection type java.util.Map<java.lang.String, " V
     "AttributeValueUpdate>"},
    {"{\"QueryFilter\":[]}",
     "Unrecognized collection type java.util.Map<java.lang.String, " V "Condition>"},
    {"{\"Blocks\":[]}",
     "Unrecognized collection type java.util.Map<java.lang.String, " V "KeysAndAttributes>"},
    {"{\"RequestItems\":[]}",
     "Unrecognized collection type java.util.Map<java.lang.String, java.util.List<" V
     "WriteRequest>>"},
    /* a structure as a member */
    {"{\"ProvisionedThroughput\":\"23\"}", "Unexpected field type"},
    {"{\"ProvisionedThroughput\":true}", "Unexpected field type"},
    {"{\"ProvisionedThroughput\":[]}",
     "Unrecognized collection type class " V "ProvisionedThroughput"},
    {"{\"Projection\":[]}", "Unrecognized collection type class " V "Projection"},
    /* a structure as an element or a map value */
    {"{\"KeySchema\":[\"23\"]}", "Unexpected value type in payload"},
    {"{\"KeySchema\":[true]}", "Unexpected value type in payload"},
    {"{\"KeySchema\":[[]]}", "Unrecognized collection type class " V "KeySchemaElement"},
    {"{\"AttributeDefinitions\":[[]]}",
     "Unrecognized collection type class " V "AttributeDefinition"},
    {"{\"LocalSecondaryIndexes\":[[]]}",
     "Unrecognized collection type class " V "LocalSecondaryIndex"},
    {"{\"LocalSecondaryIndexes\":[{\"Projection\":23}]}", "Unexpected field type"},
    {"{\"Blocks\":{\"a\":\"23\"}}", "Unexpected value type in payload"},
    {"{\"Blocks\":{\"a\":[]}}", "Unrecognized collection type class " V "KeysAndAttributes"},
    {"{\"Expected\":{\"a\":\"23\"}}", "Unexpected value type in payload"},
    {"{\"Expected\":{\"a\":[]}}",
     "Unrecognized collection type class " V "ExpectedAttributeValue"},
    {"{\"AttributeUpdates\":{\"a\":[]}}",
     "Unrecognized collection type class " V "AttributeValueUpdate"},
    {"{\"QueryFilter\":{\"a\":[]}}", "Unrecognized collection type class " V "Condition"},
    /* attribute values, as members and as map values */
    {"{\"Value\":\"23\"}", "Unexpected field type"},
    {"{\"Value\":[]}", "Unrecognized collection type class " V "AttributeValue"},
    {"{\"Expected\":{\"a\":{\"Value\":\"23\"}}}", "Unexpected field type"},
    {"{\"Expected\":{\"a\":{\"AttributeValueList\":[\"23\"]}}}",
     "Unexpected value type in payload"},
    {"{\"Expected\":{\"a\":{\"AttributeValueList\":[[]]}}}",
     "Unrecognized collection type class " V "AttributeValue"},
    {"{\"Item\":{\"a\":\"23\"}}", "Unexpected value type in payload"},
    {"{\"Item\":{\"a\":[]}}", "Unrecognized collection type class " V "AttributeValue"},
    {"{\"Item\":{\"a\":{\"S\":23}}}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"Item\":{\"a\":{\"S\":34.5}}}", "DECIMAL_VALUE cannot be converted to String"},
    {"{\"Item\":{\"a\":{\"N\":[]}}}", "Unrecognized collection type class java.lang.String"},
    {"{\"Item\":{\"a\":{\"B\":true}}}",
     "only base-64-encoded strings are convertible to bytes"},
    {"{\"Item\":{\"a\":{\"BOOL\":23}}}", "NUMBER_VALUE cannot be converted to Boolean"},
    {"{\"Item\":{\"a\":{\"NULL\":\"a\"}}}", "Unexpected token received from parser"},
    {"{\"Item\":{\"a\":{\"SS\":\"a\"}}}", "Unexpected field type"},
    {"{\"Item\":{\"a\":{\"SS\":[1]}}}", "NUMBER_VALUE cannot be converted to String"},
    {"{\"Item\":{\"a\":{\"L\":{}}}}", START},
    {"{\"Item\":{\"a\":{\"L\":[1]}}}", "Unexpected value type in payload"},
    {"{\"Item\":{\"a\":{\"M\":[]}}}",
     "Unrecognized collection type java.util.Map<java.lang.String, " V "AttributeValue>"},
    /* a list in a map */
    {"{\"RequestItems\":{\"a\":\"23\"}}", CAST},
    {"{\"RequestItems\":{\"a\":true}}", CAST},
    {"{\"RequestItems\":{\"a\":{}}}", START},
    {"{\"RequestItems\":{\"a\":[23]}}", "Unexpected value type in payload"},
    {"{\"RequestItems\":{\"a\":[[]]}}", "Unrecognized collection type class " V "WriteRequest"},
    /* a map in a list */
    {"{\"Blocks\":{\"a\":{\"Keys\":[\"23\"]}}}", CAST},
    {"{\"Blocks\":{\"a\":{\"Keys\":[[]]}}}",
     "Unrecognized collection type java.util.Map<java.lang.String, " V "AttributeValue>"},
    {"{\"Blocks\":{\"a\":{\"Keys\":[{\"a\":1}]}}}", "Unexpected value type in payload"},
    /* the request itself */
    {"[]", "Unrecognized collection type class " V "Everything"},
    {"23", "Unexpected value type in payload"},
    {"\"a\"", "Unexpected value type in payload"},
};

TEST(schema, words_wrong_types_as_the_service_does)
{
    for (size_t i = 0; i < COUNT(wrong_types); i++)
        check_message(&shape_everything, wrong_types[i].text, DDB_SERIALIZATION,
                      wrong_types[i].message);
}

TEST(schema, reports_the_first_wrong_type_of_the_document)
{
    check_message(&shape_everything, "{\"Limit\":\"a\",\"TableName\":23}", DDB_SERIALIZATION,
                  "STRING_VALUE cannot be converted to Integer");
    check_message(&shape_everything, "{\"TableName\":23,\"Limit\":\"a\"}", DDB_SERIALIZATION,
                  "NUMBER_VALUE cannot be converted to String");
    /* ... before any constraint */
    check_message(&shape_everything, "{\"TableName\":\"a;\",\"Limit\":\"a\"}", DDB_SERIALIZATION,
                  "STRING_VALUE cannot be converted to Integer");
}

TEST(schema, fills_the_request)
{
    everything q;
    test_env e;

    test_env_init(&e);
    int rc = check(&e.cx, &shape_everything,
                   "{\"TableName\":\"tbl\",\"ReturnValues\":\"ALL_OLD\",\"Limit\":3,\"Flag\":false,"
                   "\"Real\":-1.5e2,\"Time\":1421866952.062,\"Blob\":\"aGk=\","
                   "\"Names\":{\"#a\":\"x\",\"#b\":\"y\"},\"AttributesToGet\":[\"p\",\"q\"],"
                   "\"KeySchema\":[{\"KeyType\":\"HASH\",\"AttributeName\":\"k\"}],"
                   "\"Blocks\":{\"tbl\":{\"Keys\":[{\"k\":{\"S\":\"v\"}}],"
                   "\"ConsistentRead\":true}},"
                   "\"RequestItems\":{\"tbl\":[{\"Item\":{}},{\"Item\":{\"k\":{\"N\":\"1.0\"}}}]},"
                   "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6},"
                   "\"Value\":{\"BOOL\":true}}",
                   &q);
    CHECK_INT(rc, 0);
    CHECK_STR(q.table, "tbl");
    CHECK(q.index.p == NULL);
    CHECK_INT(q.rv.i, RV_ALL_OLD);
    CHECK_INT(q.rcc.i, -1);
    CHECK(q.rcc.text.p == NULL);
    CHECK(q.limit.set && q.limit.v == 3);
    CHECK(q.flag.set && !q.flag.v);
    CHECK(q.real.set && q.real.v == -150.0);
    CHECK(q.time.v == 1421866952.062);
    CHECK_STR(q.blob, "hi");
    REQUIRE(q.names.set && q.names.count == 2);
    CHECK_STR(MAP_KEY(&q.names, 1), "#b");
    CHECK_STR(*MAP_AT(&q.names, str, 1), "y");
    REQUIRE(q.to_get.count == 2);
    CHECK_STR(LIST_AT(&q.to_get, str, 1)[0], "q");
    REQUIRE(q.keys.count == 1);
    CHECK_INT(LIST_AT(&q.keys, in_key_element, 0)->type.i, IN_HASH);
    const keys_block *block = MAP_AT(&q.blocks, keys_block, 0);
    CHECK(block->consistent.v);
    REQUIRE(block->keys.count == 1);
    CHECK_STR(LIST_AT(&block->keys, attr_map, 0)->m.attrs[0].v.s, "v");
    const list *writes = MAP_AT(&q.writes, list, 0);
    REQUIRE(writes->count == 2);
    CHECK_STR(LIST_AT(writes, write_entry, 1)->item->m.attrs[0].v.s, "1");
    REQUIRE(q.rw != NULL && q.value != NULL);
    CHECK_INT(q.rw->write.v, 6);
    CHECK(q.value->v.type == T_BOOL && q.value->v.flag);
    CHECK(q.item == NULL && q.projection == NULL && !q.expected.set && q.expected.items == NULL);
    test_env_release(&e);
}

TEST(schema, takes_null_as_absence_and_ignores_unknown_members)
{
    everything q;
    test_env e;

    test_env_init(&e);
    CHECK_INT(check(&e.cx, &shape_everything,
                    "{\"TableName\":null,\"tablename\":3,\"Limit\":null,\"Item\":null,\"X\":{},"
                    "\"ReturnValues\":null,\"AttributesToGet\":[\"a\",null],"
                    "\"Names\":{\"#a\":null,\"#b\":\"b\"},\"TableName\\u0000\":4,\"\":5}",
                    &q),
              0);
    CHECK(q.table.p == NULL && !q.limit.set && q.item == NULL && q.rv.text.p == NULL);
    CHECK_INT(q.rv.i, -1);
    CHECK_INT(q.to_get.count, 1);
    CHECK_INT(q.names.count, 1);
    test_env_release(&e);
}

TEST(schema, takes_the_last_of_equal_members)
{
    everything q;
    test_env e;
    buf b;

    test_env_init(&e);
    CHECK_INT(check(&e.cx, &shape_everything,
                    "{\"Text\":\"a\",\"Text\":\"b\","
                    "\"ReturnValues\":\"NONE\",\"ReturnValues\":null,"
                    "\"Item\":{},\"Item\":null,\"Names\":{\"#a\":\"1\",\"#b\":\"2\",\"#a\":\"3\"}}",
                    &q),
              0);
    CHECK_STR(q.text, "b");
    CHECK_INT(q.rv.i, -1);
    CHECK(q.item == NULL);
    REQUIRE(q.names.count == 2);
    CHECK_STR(*MAP_AT(&q.names, str, 0), "3");

    /* ... also where keys are many and found by hash */
    buf_init(&b, &e.m, 1 << 20);
    buf_lit(&b, "{\"Names\":{");
    for (int i = 0; i < 400; i++)
        buf_fmt(&b, "%s\"#%d\":\"%d\"", i > 0 ? "," : "", i % 100, i);
    buf_lit(&b, "}}");
    buf_byte(&b, '\0');
    CHECK_INT(check(&e.cx, &shape_everything, b.p, &q), 0);
    CHECK_INT(q.names.count, 100);
    CHECK_STR(MAP_KEY(&q.names, 7), "#7");
    CHECK_STR(*MAP_AT(&q.names, str, 7), "307");
    buf_release(&b);
    test_env_release(&e);
}

TEST(schema, takes_words_for_booleans)
{
    static const struct { const char *text; bool v; } cases[] = {
        {"{\"Flag\":\"true\"}", true},   {"{\"Flag\":\"TRUE\"}", true},
        {"{\"Flag\":\"1\"}", true},      {"{\"Flag\":\"Yes\"}", true},
        {"{\"Flag\":\"false\"}", false}, {"{\"Flag\":\"0\"}", false},
        {"{\"Flag\":\"nO\"}", false},    {"{\"Flag\":true}", true},
    };
    everything q;
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_INT_NOTE(check(&e.cx, &shape_everything, cases[i].text, &q), 0, cases[i].text);
        CHECK_INT_NOTE(q.flag.set && q.flag.v == cases[i].v, true, cases[i].text);
    }
    test_env_release(&e);
}

static const shape shape_any_long = {.kind = SH_LONG, .min = NO_MIN};
static const member number_members[] = {{"N", &shape_any_long, 0, false}};
static const shape shape_number = {.kind = SH_STRUCT, .members = number_members, .member_count = 1,
                                   .size = sizeof(opt_int)};

TEST(schema, floors_decimals_and_holds_numbers_in_range)
{
    static const struct { const char *text; int64_t v; } cases[] = {
        {"{\"N\":0}", 0},
        {"{\"N\":-0}", 0},
        {"{\"N\":7.9}", 7},
        {"{\"N\":-7.1}", -8},
        {"{\"N\":-7.0}", -7},
        {"{\"N\":1.5e1}", 15},
        {"{\"N\":1.25E+1}", 12},
        {"{\"N\":12e-1}", 1},
        {"{\"N\":-12e-3}", -1},
        {"{\"N\":3e2}", 300},
        {"{\"N\":0e999999999999999999999}", 0},
        {"{\"N\":1e-999999999999999999999}", 0},
        {"{\"N\":1e999999999999999999999}", INT64_MAX},
        {"{\"N\":9223372036854775807}", INT64_MAX},
        {"{\"N\":9223372036854775808}", INT64_MAX},
        {"{\"N\":-9223372036854775807}", -INT64_MAX},
        {"{\"N\":-99999999999999999999.5}", -INT64_MAX},
        {"{\"N\":0.000000000000000000000000000000000012e35}", 1},
    };
    opt_int n;
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_INT_NOTE(check(&e.cx, &shape_number, cases[i].text, &n), 0, cases[i].text);
        CHECK_INT_NOTE(n.v, cases[i].v, cases[i].text);
    }
    test_env_release(&e);
}

/* ---- the second pass ---- */

#define FAILED " failed to satisfy constraint: Member must "
#define PATTERN "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"

TEST(schema, words_each_constraint)
{
    static const struct { const char *text, *error; } cases[] = {
        {"{\"ReturnConsumedCapacity\":\"hi\"}",
         "Value 'hi' at 'returnConsumedCapacity'" FAILED
         "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"{\"ReturnConsumedCapacity\":\"\"}",
         "Value '' at 'returnConsumedCapacity'" FAILED
         "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"{\"ReturnValues\":\"all_old\"}",
         "Value 'all_old' at 'returnValues'" FAILED
         "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"},
        {"{\"Limit\":0}", "Value '0' at 'limit'" FAILED
                          "have value greater than or equal to 1"},
        {"{\"Limit\":-5}", "Value '-5' at 'limit'" FAILED
                           "have value greater than or equal to 1"},
        {"{\"AttributesToGet\":[]}", "Value '[]' at 'attributesToGet'" FAILED
                                     "have length greater than or equal to 1"},
        {"{\"Blocks\":{}}", "Value '{}' at 'blocks'" FAILED
                            "have length greater than or equal to 1"},
        {"{\"KeySchema\":[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"},"
         "{\"AttributeName\":\"b\",\"KeyType\":\"RANGE\"},"
         "{\"AttributeName\":\"c\",\"KeyType\":\"RANGE\"}]}",
         "Value '[KeySchemaElement(attributeName=a, keyType=HASH), "
         "KeySchemaElement(attributeName=b, keyType=RANGE), "
         "KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema'" FAILED
         "have length less than or equal to 2"},
        {"{\"Expected\":{\"a\":{\"ComparisonOperator\":\"\"}}}",
         "Value '' at 'expected.a.member.comparisonOperator'" FAILED
         "satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, "
         "BEGINS_WITH, GE, CONTAINS]"},
        {"{\"QueryFilter\":{\"a\":{}}}",
         "Value null at 'queryFilter.a.member.comparisonOperator'" FAILED "not be null"},
        {"{\"AttributeUpdates\":{\"a\":{\"Action\":\"SET\"}}}",
         "Value 'SET' at 'attributeUpdates.a.member.action'" FAILED
         "satisfy enum value set: [ADD, PUT, DELETE]"},
        {"{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1}}",
         "Value null at 'provisionedThroughput.writeCapacityUnits'" FAILED "not be null"},
        {"{\"Blocks\":{\"tbl\":{\"Keys\":[]}}}",
         "Value '[]' at 'blocks.tbl.member.keys'" FAILED "have length greater than or equal to 1"},
        {"{\"RequestItems\":{\"aaa\":[{\"Item\":{}},{}]}}",
         "Value null at 'requestItems.aaa.member.2.member.item'" FAILED "not be null"},
        {"{\"RequestItems\":{\"aaa\":[]}}",
         "Value '{aaa=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy "
         "constraint: [Member must have length less than or equal to 25, Member must have length "
         "greater than or equal to 1]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_one(&shape_everything, cases[i].text, cases[i].error);
}

#define MAP_KEYS                                                                                 \
    "Map keys must satisfy constraint: [Member must have length less than or equal to 255, "     \
    "Member must have length greater than or equal to 3, Member must " PATTERN "]"

TEST(schema, checks_the_keys_of_a_map)
{
    check_one(&shape_everything, "{\"RequestItems\":{\"a\":[{\"Item\":{}}]}}",
              "Value '{a=[WriteRequest(item={})]}' at 'requestItems' failed to satisfy "
              "constraint: " MAP_KEYS);
    check_message(&shape_everything, "{\"Blocks\":{\"a\":{\"Keys\":[]}}}", DDB_VALIDATION,
                  "2 validation errors detected: Value '{a=KeysAndAttributes(keys=[], "
                  "consistentRead=null)}' at 'blocks' failed to satisfy constraint: " MAP_KEYS
                  "; Value '[]' at 'blocks.a.member.keys'" FAILED
                  "have length greater than or equal to 1");
    check_message(&shape_everything, "{\"RequestItems\":{\"aa;\":[]}}", DDB_VALIDATION,
                  "2 validation errors detected: Value '{aa;=[]}' at 'requestItems' failed to "
                  "satisfy constraint: " MAP_KEYS
                  "; Value '{aa;=[]}' at 'requestItems' failed to satisfy constraint: Map value "
                  "must satisfy constraint: [Member must have length less than or equal to 25, "
                  "Member must have length greater than or equal to 1]");
    check_ok(&shape_everything, "{\"Blocks\":{\"arn:aws:dynamodb:us-east-1:000000000000:table/t\":"
                                "{\"Keys\":[{}]}}}");
}

/* Attribute values have no toString() in the service's model: it prints an address. */
TEST(schema, dumps_attribute_values_as_addresses)
{
    everything q;
    test_env e;

    test_env_init(&e);
    CHECK_INT(check(&e.cx, &shape_everything,
                    "{\"RequestItems\":{\"a\":[{\"Item\":{\"k\":{\"S\":\"v\"}}}]}}", &q),
              DDB_VALIDATION);
    static const char head[] = "1 validation error detected: Value '{a=[WriteRequest(item={k=" V
                               "AttributeValue@";
    REQUIRE(e.cx.err.message.n > sizeof head + 8);
    CHECK_MEM_EQ(((str){e.cx.err.message.p, sizeof head - 1}), ((str){head, sizeof head - 1}));
    CHECK_MEM_EQ(((str){e.cx.err.message.p + sizeof head - 1 + 8, 4}), STR("})]}"));
    test_env_release(&e);
}

TEST(schema, checks_table_and_index_names)
{
    static char text[2000], error[3000], name[1200];

    check_one(&shape_everything, "{\"TableName\":\"\"}",
              "Value '' at 'tableName'" FAILED "have length greater than or equal to 1");
    check_one(&shape_everything, "{\"TableName\":\"abc;\"}",
              "Value 'abc;' at 'tableName'" FAILED PATTERN);
    check_ok(&shape_everything, "{\"TableName\":\"a\"}");
    check_ok(&shape_everything,
             "{\"TableName\":\"arn:aws:dynamodb:us-east-1:000000000000:table/a\"}");
    check_message(&shape_everything, "{\"IndexName\":\"a;\"}", DDB_VALIDATION,
                  "2 validation errors detected: Value 'a;' at 'indexName'" FAILED PATTERN
                  "; Value 'a;' at 'indexName'" FAILED "have length greater than or equal to 3");

    memset(name, 'a', 256);
    snprintf(text, sizeof text, "{\"TableName\":\"%s\"}", name);
    snprintf(error, sizeof error, "Value '%s' at 'tableName'" FAILED
                                  "have length less than or equal to 255", name);
    check_one(&shape_everything, text, error);
    memset(name, 'a', 1025);
    memcpy(name, "arn:", 4);
    snprintf(text, sizeof text, "{\"TableName\":\"%s\"}", name);
    snprintf(error, sizeof error, "Value '%s' at 'tableName'" FAILED
                                  "have length less than or equal to 1024", name);
    check_one(&shape_everything, text, error);
    text[14 + 1024] = '"'; /* one character less */
    text[14 + 1025] = '}';
    text[14 + 1026] = '\0';
    check_ok(&shape_everything, text);
}

static const member control_members[] = {
    M("AttributeDefinitions", shape_definitions, definitions),
    {"TableName", &shape_table_name_control, offsetof(everything, table), true},
    {"KeySchema", &shape_key_schema, offsetof(everything, keys), true},
};
static const shape shape_control = {.kind = SH_STRUCT, .members = control_members,
                                    .member_count = 3, .size = sizeof(everything)};

TEST(schema, words_control_plane_table_names_alone)
{
    static const char length[] =
        "TableName must be at least 3 characters long and at most 255 characters long";

    check_message(&shape_control, "{}", DDB_VALIDATION,
                  "The parameter 'TableName' is required but was not present in the request");
    check_message(&shape_control, "{\"AttributeDefinitions\":[{}]}", DDB_VALIDATION,
                  "The parameter 'TableName' is required but was not present in the request");
    check_message(&shape_control, "{\"TableName\":\"\"}", DDB_VALIDATION, length);
    check_message(&shape_control, "{\"TableName\":\"a;\"}", DDB_VALIDATION, length);
    check_message(&shape_control, "{\"TableName\":\"abc;\"}", DDB_VALIDATION,
                  "2 validation errors detected: Value 'abc;' at 'tableName'" FAILED PATTERN
                  "; Value null at 'keySchema'" FAILED "not be null");
}

TEST(schema, cuts_the_list_at_ten_errors)
{
    check_message(&shape_everything,
                  "{\"LocalSecondaryIndexes\":[{},{},{},{},{},{},{},{},{}]}", DDB_VALIDATION,
                  "10 validation errors detected: "
                  "Value null at 'localSecondaryIndexes.1.member.indexName'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.1.member.keySchema'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.1.member.projection'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.2.member.indexName'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.2.member.keySchema'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.2.member.projection'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.3.member.indexName'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.3.member.keySchema'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.3.member.projection'" FAILED "not be null; "
                  "Value null at 'localSecondaryIndexes.4.member.indexName'" FAILED "not be null");
}

TEST(schema, checks_inside_definitions)
{
    check_message(&shape_everything,
                  "{\"KeySchema\":[{\"KeyType\":\"HASH\"},{\"AttributeName\":\"a\"},"
                  "{\"KeyType\":\"a\",\"AttributeName\":\"b\"}]}",
                  DDB_VALIDATION,
                  "4 validation errors detected: Value '[KeySchemaElement(attributeName=null, "
                  "keyType=HASH), KeySchemaElement(attributeName=a, keyType=null), "
                  "KeySchemaElement(attributeName=b, keyType=a)]' at 'keySchema'" FAILED
                  "have length less than or equal to 2; "
                  "Value null at 'keySchema.1.member.attributeName'" FAILED "not be null; "
                  "Value null at 'keySchema.2.member.keyType'" FAILED "not be null; "
                  "Value 'a' at 'keySchema.3.member.keyType'" FAILED
                  "satisfy enum value set: [HASH, RANGE]");
    check_message(&shape_everything, "{\"AttributeDefinitions\":[{}]}", DDB_VALIDATION,
                  "2 validation errors detected: "
                  "Value null at 'attributeDefinitions.1.member.attributeName'" FAILED
                  "not be null; "
                  "Value null at 'attributeDefinitions.1.member.attributeType'" FAILED
                  "not be null");
    check_message(&shape_everything,
                  "{\"ProvisionedThroughput\":{\"ReadCapacityUnits\":-1,"
                  "\"WriteCapacityUnits\":-1}}",
                  DDB_VALIDATION,
                  "2 validation errors detected: Value '-1' at "
                  "'provisionedThroughput.writeCapacityUnits'" FAILED
                  "have value greater than or equal to 1; Value '-1' at "
                  "'provisionedThroughput.readCapacityUnits'" FAILED
                  "have value greater than or equal to 1");
    check_message(&shape_everything,
                  "{\"Projection\":{\"NonKeyAttributes\":[],\"ProjectionType\":\"abc\"}}",
                  DDB_VALIDATION,
                  "2 validation errors detected: Value 'abc' at 'projection.projectionType'" FAILED
                  "satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]; Value '[]' at "
                  "'projection.nonKeyAttributes'" FAILED "have length greater than or equal to 1");
}

/* Evidence: facts validation 4.2 and 4.5, captures of 2026. */
TEST(schema, reports_alone_what_the_request_says)
{
    shape put = shape_everything, update = shape_everything;
    const char *bad = "{\"ReturnConsumedCapacity\":\"hi\",\"TableName\":\"abc;\","
                      "\"ReturnValues\":\"hi\",\"Limit\":0}";

    put.name_alone = true;
    check_one(&put, bad, "Value 'abc;' at 'tableName'" FAILED PATTERN);
    check_message(&put, "{\"ReturnConsumedCapacity\":\"hi\",\"ReturnValues\":\"hi\"}",
                  DDB_VALIDATION,
                  "2 validation errors detected: Value 'hi' at 'returnConsumedCapacity'" FAILED
                  "satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'hi' at "
                  "'returnValues'" FAILED
                  "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]");
    update.enum_alone = true;
    check_one(&update, bad,
              "Value 'hi' at 'returnConsumedCapacity'" FAILED
              "satisfy enum value set: [INDEXES, TOTAL, NONE]");
}

static const member limit_members[] = {{"Limit", &shape_limit_query, 0, false}};
static const shape shape_bare = {.kind = SH_STRUCT, .members = limit_members, .member_count = 1,
                                 .size = sizeof(opt_int)};

TEST(schema, names_the_limit_of_a_query_without_its_value)
{
    check_one(&shape_bare, "{\"Limit\":0}",
              "Value at 'Limit'" FAILED "have value greater than or equal to 1");
}

/* "aaa" and three letters of two bytes both have three characters. */
TEST(schema, counts_characters_not_bytes)
{
    check_message(&shape_everything, "{\"IndexName\":\"\xc3\xa4\"}", DDB_VALIDATION,
                  "2 validation errors detected: Value '\xc3\xa4' at 'indexName'" FAILED PATTERN
                  "; Value '\xc3\xa4' at 'indexName'" FAILED
                  "have length greater than or equal to 3");
    check_one(&shape_everything, "{\"IndexName\":\"\xc3\xa4\xc3\xa4\xc3\xa4\"}",
              "Value '\xc3\xa4\xc3\xa4\xc3\xa4' at 'indexName'" FAILED PATTERN);
}

TEST(schema, raises_one_error_for_an_operation)
{
    test_env e;

    test_env_init(&e);
    int rc = schema_fail_one(&e.cx, STR_ABSENT, "key", "Member must not be null");
    CHECK_FAIL(&e.cx, rc, DDB_VALIDATION,
               "1 validation error detected: Value null at 'key' failed to satisfy constraint: "
               "Member must not be null");
    rc = schema_fail_one(&e.cx, STR("x"), "limit", "c");
    CHECK_FAIL(&e.cx, rc, DDB_VALIDATION,
               "1 validation error detected: Value 'x' at 'limit' failed to satisfy constraint: c");
    test_env_release(&e);
}

static int check_body(test_env *e, void *arg)
{
    everything q;
    int rc = check(&e->cx, &shape_everything, arg, &q);
    return rc == DDB_VALIDATION || rc == DDB_SERIALIZATION ? 0 : rc;
}

TEST(schema, survives_every_failed_allocation)
{
    static const char *const texts[] = {
        "{\"TableName\":\"tbl\",\"Names\":{\"#a\":\"x\"},\"AttributesToGet\":[\"p\",\"q\"],"
        "\"Real\":1,\"Blocks\":{\"tbl\":{\"Keys\":[{\"k\":{\"S\":\"v\"}}]}},\"Value\":{\"S\":\"\"},"
        "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6}}",
        "{\"TableName\":\"a;\",\"IndexName\":\"\",\"KeySchema\":[{},{},{}]}",
        "{\"RequestItems\":[]}",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        test_each_alloc_failure(check_body, (void *)(uintptr_t)texts[i]);
}

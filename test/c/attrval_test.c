/*
 * attrval_test.c - AttributeValue JSON: what is read, type errors, faults and their order.
 *
 * Evidence: captures of the service collected by the dynalite test-suite (SerializationException
 * texts and ValidationException texts of AttributeValue members); newer ones marked where known.
 */
#include "values.h"

#include "base/limits.h"
#include "value/item.h"

#define EMPTY \
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
#define SEVERAL "Supplied AttributeValue has more than one datatypes set, must contain exactly " \
                "one of the supported datatypes"
#define NESTING "Nesting Levels have exceeded supported limits: Attributes in the item have " \
                "nested levels beyond supported limit"
#define INVALID "One or more parameter values were invalid: "
#define NOT_NUMERIC "The parameter cannot be converted to a numeric value"

TEST(attrval, reads_what_the_service_accepts)
{
    static const struct { const char *in, *same; } cases[] = {
        {"{'S':'a','X':'b'}", "{'S':'a'}"}, {"{'S':'a','N':null}", "{'S':'a'}"},
        {"{'N':'1','S':null,'L':null}", "{'N':'1'}"}, {"{'S':'a','S':'b'}", "{'S':'b'}"},
        {"{'BOOL':'true'}", "{'BOOL':true}"}, {"{'BOOL':'TRUE'}", "{'BOOL':true}"},
        {"{'BOOL':'1'}", "{'BOOL':true}"}, {"{'BOOL':'Yes'}", "{'BOOL':true}"},
        {"{'BOOL':'false'}", "{'BOOL':false}"}, {"{'BOOL':'0'}", "{'BOOL':false}"},
        {"{'BOOL':'nO'}", "{'BOOL':false}"}, {"{'NULL':'yes'}", "{'NULL':true}"},
        {"{'M':{'a':{'S':'1'},'b':{'S':'2'},'a':{'S':'3'}}}",
         "{'M':{'a':{'S':'3'},'b':{'S':'2'}}}"},
        {"{'SS':['','a']}", "{'SS':['','a']}"}, {"{'BS':['']}", "{'BS':['']}"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        value a = value_of(&e, cases[i].in), b = value_of(&e, cases[i].same);
        CHECK_INT_NOTE(value_eq(&a, &b), true, cases[i].in);
    }
    test_env_release(&e);
}

TEST(attrval, last_of_equal_names_stays_in_the_first_place)
{
    test_env e;
    map m;

    test_env_init(&e);
    m = map_of(&e, "{'a':{'S':'1'},'b':{'S':'2'},'a':{'S':'3'}}");
    REQUIRE(m.count == 2);
    CHECK_STR(m.attrs[0].name, "a");
    CHECK_STR(m.attrs[0].v.s, "3");
    CHECK_STR(m.attrs[1].name, "b");
    test_env_release(&e);
}

TEST(attrval, type_errors_fail_at_once)
{
    static const char unrecognized[] = "Unrecognized collection type ";
    static const char structure[] = "Start of structure or map found where not expected";
    static const struct { const char *value, *message; } cases[] = {
        {"{'S':true}", "TRUE_VALUE cannot be converted to String"},
        {"{'S':false}", "FALSE_VALUE cannot be converted to String"},
        {"{'S':3}", "NUMBER_VALUE cannot be converted to String"},
        {"{'S':34.56}", "DECIMAL_VALUE cannot be converted to String"},
        {"{'S':[]}", "=class java.lang.String"}, {"{'S':{}}", structure},
        {"{'N':123}", "NUMBER_VALUE cannot be converted to String"}, {"{'N':{}}", structure},
        {"{'N':[]}", "=class java.lang.String"},
        {"{'B':true}", "only base-64-encoded strings are convertible to bytes"},
        {"{'B':1.5}", "only base-64-encoded strings are convertible to bytes"},
        {"{'B':[]}", "=class java.nio.ByteBuffer"}, {"{'B':{}}", structure},
        {"{'B':'abcde'}", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
        {"{'B':'=+/='}", "Invalid last non-pad Base64 character dectected"},
        {"{'BOOL':'on'}", "Unexpected token received from parser"},
        {"{'BOOL':''}", "Unexpected token received from parser"},
        {"{'BOOL':1}", "NUMBER_VALUE cannot be converted to Boolean"},
        {"{'BOOL':1.5}", "DECIMAL_VALUE cannot be converted to Boolean"},
        {"{'BOOL':[]}", "=class java.lang.Boolean"}, {"{'NULL':{}}", structure},
        {"{'NULL':'x'}", "Unexpected token received from parser"},
        {"{'SS':'a'}", "Unexpected field type"}, {"{'SS':{}}", structure},
        {"{'SS':[1]}", "NUMBER_VALUE cannot be converted to String"},
        {"{'SS':[[]]}", "=class java.lang.String"}, {"{'SS':[{}]}", structure},
        {"{'NS':true}", "Unexpected field type"},
        {"{'NS':[false]}", "FALSE_VALUE cannot be converted to String"},
        {"{'BS':[1]}", "only base-64-encoded strings are convertible to bytes"},
        {"{'BS':['a']}", "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
        {"{'L':'a'}", "Unexpected field type"}, {"{'L':{}}", structure},
        {"{'L':['a']}", "Unexpected value type in payload"},
        {"{'L':[[]]}", "=class com.amazonaws.dynamodb.v20120810.AttributeValue"},
        {"{'M':'a'}", "Unexpected field type"},
        {"{'M':[]}",
         "=java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"},
        {"{'M':{'a':1}}", "Unexpected value type in payload"},
        {"{'M':{'a':{'S':true}}}", "TRUE_VALUE cannot be converted to String"},
        {"1", "Unexpected value type in payload"}, {"'a'", "Unexpected value type in payload"},
        {"[]", "=class com.amazonaws.dynamodb.v20120810.AttributeValue"},
        /* A fault that came first waits for its turn; a wrong type does not. */
        {"{'L':[{'N':'x'},{'S':1}]}", "NUMBER_VALUE cannot be converted to String"},
        {"{'N':'x','S':1}", "NUMBER_VALUE cannot be converted to String"},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[200];
        attr_value out;
        json *j;
        REQUIRE(json_parse(&e.cx, quoted(&e, cases[i].value), &j) == 0);
        snprintf(message, sizeof message, "%s%s", *cases[i].message == '=' ? unrecognized : "",
                 cases[i].message + (*cases[i].message == '='));
        CHECK_FAIL_NOTE(&e.cx, attr_value_read(&e.cx, j, false, &out), DDB_SERIALIZATION, message,
                        cases[i].value);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(attrval, field_structs_have_their_own_text)
{
    test_env e;
    attr_value out;
    json *j;

    test_env_init(&e);
    REQUIRE(json_parse(&e.cx, STR("\"a\""), &j) == 0);
    CHECK_FAIL(&e.cx, attr_value_read(&e.cx, j, true, &out), DDB_SERIALIZATION,
               "Unexpected field type");
    REQUIRE(json_parse(&e.cx, STR("{\"L\":[1]}"), &j) == 0);
    CHECK_FAIL(&e.cx, attr_value_read(&e.cx, j, true, &out), DDB_SERIALIZATION,
               "Unexpected value type in payload");
    test_env_release(&e);
}

TEST(attrval, maps_have_their_own_texts)
{
    test_env e;
    attr_map out;
    json *j;

    test_env_init(&e);
    REQUIRE(json_parse(&e.cx, STR("1"), &j) == 0);
    CHECK_FAIL(&e.cx, attr_map_read(&e.cx, j, &out), DDB_SERIALIZATION, "Unexpected field type");
    REQUIRE(json_parse(&e.cx, STR("[]"), &j) == 0);
    CHECK_FAIL(&e.cx, attr_map_read(&e.cx, j, &out), DDB_SERIALIZATION,
               "Unrecognized collection type java.util.Map<java.lang.String, "
               "com.amazonaws.dynamodb.v20120810.AttributeValue>");
    test_env_release(&e);
}

/* Every item whose text is given is written with that very text. */
TEST(attrval, tells_the_text_of_items_that_are_canonical_as_they_come)
{
    static const struct {
        const char *text; /* ' for " */
        bool canonical;
    } cases[] = {
        {"{'a':{'S':'x'}}", true},
        {"{'\u00e9':{'S':'\u00e9 \u20ac/'},'n':{'N':'-1.5'}}", true},
        {"{'a':{'M':{'b':{'L':[{'BOOL':true},{'NULL':true},{'L':[]}]},'c':{'M':{}}}}}", true},
        {"{'s':{'SS':['b','a']},'n':{'NS':['2','1']},'f':{'BOOL':false},'e':{'S':''}}", true},
        {"{ 'a':{'S':'x'}}", false},
        {"{'a' :{'S':'x'}}", false},
        {"{'a':{'S':'x'} }", false},
        {"{'a':{'L':[ ]}}", false},
        {"{'a':{'M':{\n}}}", false},
        {"{'a':{'S':'\\n'}}", false},
        {"{'a':{'S':'\\u0041'}}", false},
        {"{'\\u0061':{'S':'x'}}", false},
        {"{'a':{'S':'\xff'}}", false},
        {"{'a':{'N':'1e1'}}", false},
        {"{'a':{'N':'01'}}", false},
        {"{'a':{'NS':['1.0']}}", false},
        {"{'a':{'B':'AA=='}}", false},
        {"{'a':{'BOOL':'true'}}", false},
        {"{'a':{'NULL':'true'}}", false},
        {"{'a':{'S':'x','N':null}}", false},
        {"{'a':{'S':'x'},'a':{'S':'y'}}", false},
        {"{'a':{'M':{'b':{'S':'x'},'b':{'S':'y'}}}}", false},
        {"{'a':{'N':'x'}}", false},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str text = quoted(&e, cases[i].text);
        attr_map out;
        json *j;
        buf b;
        REQUIRE(json_parse(&e.cx, text, &j) == 0);
        REQUIRE(attr_map_read(&e.cx, j, &out) == 0);
        CHECK_INT(out.text.p != NULL, cases[i].canonical);
        if (out.text.p != NULL) {
            buf_init_arena(&b, &e.a, REPLY_BYTES_MAX);
            item_put(&b, &out.m);
            CHECK(str_eq(out.text, buf_view(&b)) && str_eq(out.text, text));
        }
        test_env_reset(&e);
    }
    test_env_release(&e);
}

enum { BARE = 1, PREFIXED = 2, NESTED = 4 };

TEST(attrval, faults_wait_for_their_turn)
{
    static const struct { const char *value, *message; int how; } cases[] = {
        {"{}", EMPTY, 0}, {"{'a':'b'}", EMPTY, 0}, {"{'S':null}", EMPTY, 0}, {"null", EMPTY, 0},
        {"{'S':'a','N':'1'}", SEVERAL, 0}, {"{'L':[],'M':{}}", SEVERAL, 0},
        {"{'N':''}", NOT_NUMERIC, BARE}, {"{'N':'b'}", NOT_NUMERIC ": b", BARE},
        {"{'N':'1e126'}", "Number overflow. Attempting to store a number with magnitude larger "
                          "than supported range", BARE},
        {"{'N':'1e-131'}", "Number underflow. Attempting to store a number with magnitude smaller "
                           "than supported range", BARE},
        {"{'N':'1.00000000000000000000000000000000000001'}",
         "Attempting to store more than 38 significant digits in a Number", BARE},
        {"{'NULL':false}", INVALID "Null attribute value types must have the value of true",
         PREFIXED},
        {"{'NULL':'no'}", INVALID "Null attribute value types must have the value of true",
         PREFIXED},
        {"{'SS':[]}", INVALID "An string set  may not be empty", PREFIXED},
        {"{'NS':[]}", INVALID "An number set  may not be empty", BARE | PREFIXED},
        {"{'BS':[]}", INVALID "Binary sets should not be empty", PREFIXED},
        {"{'SS':['a','b','a']}", INVALID "Input collection [a, b, a] contains duplicates.",
         BARE | PREFIXED},
        {"{'NS':['1','1.0']}", "Input collection contains duplicates", BARE | PREFIXED},
        {"{'NS':['1','x','1']}", NOT_NUMERIC ": x", BARE},
        {"{'BS':['Yg==','Yg==']}",
         INVALID "Input collection [Yg==, Yg==]of type BS contains duplicates.", BARE | PREFIXED},
        {"{'L':[{'S':'a'},{}]}", EMPTY, 0}, {"{'L':[null]}", EMPTY, 0},
        {"{'M':{'a':{'N':'b'},'c':{}}}", NOT_NUMERIC ": b", BARE},
        /* A value of several types reports what is wrong inside before their number. */
        {"{'S':'a','N':'b'}", NOT_NUMERIC ": b", BARE},
        {"{'SS':[],'N':'b'}", NOT_NUMERIC ": b", BARE},
        {"{'L':[{'N':'l'}],'M':{'a':{'N':'m'}}}", NOT_NUMERIC ": m", BARE},
        {"{'NS':['x'],'NULL':false}",
         INVALID "Null attribute value types must have the value of true",
         PREFIXED},
    };
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        attr_value out;
        json *j;
        int how;
        REQUIRE(json_parse(&e.cx, quoted(&e, cases[i].value), &j) == 0);
        CHECK_INT_NOTE(attr_value_read(&e.cx, j, false, &out), 0, cases[i].value);
        CHECK_INT(e.cx.err.code, 0);
        CHECK_INT_NOTE(out.fault.code, DDB_VALIDATION, cases[i].value);
        CHECK_STR_NOTE(out.fault.message, cases[i].message, cases[i].value);
        how = (out.fault.bare ? BARE : 0) | (out.fault.prefixed ? PREFIXED : 0) |
              (out.fault.nesting ? NESTED : 0);
        CHECK_INT_NOTE(how, cases[i].how, cases[i].value);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(attrval, raises_with_the_context_of_the_parameter)
{
    test_env e;
    attr_map out;
    json *j;

    test_env_init(&e);
    REQUIRE(json_parse(&e.cx, quoted(&e, "{':a':{'S':'x'},':b':{'L':[{}]},':c':{'N':'x'}}"),
                       &j) == 0);
    REQUIRE(attr_map_read(&e.cx, j, &out) == 0);
    CHECK_STR(out.fault.name, ":b");
    CHECK_FAIL(&e.cx, attr_raise(&e.cx, &out.fault), DDB_VALIDATION, EMPTY);
    CHECK_FAIL(&e.cx, attr_raise_start_key(&e.cx, &out.fault), DDB_VALIDATION,
               "The provided starting key is invalid: " EMPTY);
    CHECK_FAIL(&e.cx, attr_raise_expression(&e.cx, &out.fault), DDB_VALIDATION,
               "ExpressionAttributeValues contains invalid value: " EMPTY " for key :b");
    REQUIRE(json_parse(&e.cx, quoted(&e, "{':c':{'N':'x'}}"), &j) == 0);
    REQUIRE(attr_map_read(&e.cx, j, &out) == 0);
    CHECK_FAIL(&e.cx, attr_raise_start_key(&e.cx, &out.fault), DDB_VALIDATION, NOT_NUMERIC ": x");
    CHECK_FAIL(&e.cx, attr_raise_expression(&e.cx, &out.fault), DDB_VALIDATION,
               "ExpressionAttributeValues contains invalid value: " NOT_NUMERIC ": x for key :c");
    out.fault = (attr_fault){0};
    CHECK_INT(attr_raise(&e.cx, &out.fault), 0);
    CHECK_INT(attr_raise_start_key(&e.cx, &out.fault), 0);
    CHECK_INT(attr_raise_expression(&e.cx, &out.fault), 0);
    test_env_release(&e);
}

/* `levels` values within each other: lists and maps around one string. */
static str nested(test_env *e, size_t levels)
{
    buf b;

    buf_init_arena(&b, &e->a, REQUEST_BYTES_MAX);
    buf_lit(&b, "{\"a\":");
    for (size_t i = 1; i < levels; i++)
        buf_str(&b, i % 2 == 0 ? STR("{\"L\":[") : STR("{\"M\":{\"k\":"));
    buf_lit(&b, "{\"S\":\"x\"}");
    for (size_t i = levels - 1; i >= 1; i--)
        buf_str(&b, i % 2 == 0 ? STR("]}") : STR("}}"));
    buf_lit(&b, "}");
    return buf_view(&b);
}

TEST(attrval, nests_32_levels_and_no_more)
{
    static const size_t levels[] = {1, 2, 31, 32, 33, 34, 1000, 49000};
    test_env e;
    test_env_init(&e);
    for (size_t i = 0; i < COUNT(levels); i++) {
        attr_map out;
        json *j;
        REQUIRE(json_parse(&e.cx, nested(&e, levels[i]), &j) == 0);
        CHECK_INT(attr_map_read(&e.cx, j, &out), 0);
        CHECK_INT(out.fault.code, levels[i] <= NESTING_MAX ? 0 : DDB_VALIDATION);
        if (out.fault.code != 0) {
            CHECK_STR(out.fault.message, NESTING);
            CHECK_STR(out.fault.name, "a");
            CHECK(out.fault.nesting);
            CHECK_FAIL(&e.cx, attr_raise_expression(&e.cx, &out.fault), DDB_VALIDATION, NESTING);
            CHECK_FAIL(&e.cx, attr_raise_start_key(&e.cx, &out.fault), DDB_VALIDATION, NESTING);
        }
        test_env_reset(&e);
    }
    test_env_release(&e);
}

/* Enough elements and attributes for the hash table, with one equal pair. */
TEST(attrval, finds_duplicates_among_many)
{
    static const uint32_t counts[] = {15, 16, 17, 40, 1000, 100000};
    for (size_t c = 0; c < COUNT(counts); c++)
        for (int duplicate = 0; duplicate < 2; duplicate++) {
            test_env e;
            attr_map out;
            json *j;
            buf set, attrs;
            test_env_init(&e);
            buf_init(&set, &e.m, REQUEST_BYTES_MAX);
            buf_init(&attrs, &e.m, REQUEST_BYTES_MAX);
            buf_lit(&set, "{\"a\":{\"NS\":[");
            buf_lit(&attrs, "{");
            for (uint32_t i = 0; i < counts[c]; i++) {
                uint32_t k = duplicate && i == counts[c] - 1 ? counts[c] / 2 : i;
                buf_fmt(&set, i == 0 ? "\"%d\"" : ",\"%d.0\"", (int)k);
                buf_fmt(&attrs, i == 0 ? "\"%d\":{\"BOOL\":true}" : ",\"%d\":{\"BOOL\":true}",
                        (int)k);
            }
            buf_lit(&set, "]}}");
            buf_lit(&attrs, "}");
            REQUIRE(json_parse(&e.cx, buf_view(&set), &j) == 0);
            CHECK_INT(attr_map_read(&e.cx, j, &out), 0);
            CHECK_INT(out.fault.code, duplicate ? DDB_VALIDATION : 0);
            REQUIRE(json_parse(&e.cx, buf_view(&attrs), &j) == 0);
            CHECK_INT(attr_map_read(&e.cx, j, &out), 0);
            CHECK_INT(out.m.count, duplicate ? counts[c] - 1 : counts[c]);
            buf_release(&set);
            buf_release(&attrs);
            test_env_release(&e);
        }
}

static int read_body(test_env *e, void *arg)
{
    attr_map out;
    json *j;
    int rc = json_parse(&e->cx, str_of(arg), &j);

    return rc < 0 ? rc : attr_map_read(&e->cx, j, &out);
}

TEST(attrval, survives_each_failed_allocation)
{
    static char good[] = "{\"a\":{\"M\":{\"b\":{\"L\":[{\"N\":\"1e1\"},{\"B\":\"AA==\"}]}}},"
                         "\"s\":{\"SS\":[\"a\\n\",\"b\"]}}";
    static char faults[] = "{\"a\":{\"N\":\"x\"},\"s\":{\"SS\":[\"a\",\"a\"]}}";
    static char many[] = "{\"n\":{\"NS\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\","
                         "\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\",\"18\"]}}";
    test_each_alloc_failure(read_body, good);
    test_each_alloc_failure(read_body, faults);
    test_each_alloc_failure(read_body, many);
}

/*
 * legacy_test.c - Expected, AttributeUpdates, KeyConditions and filters: texts and meaning.
 *
 * Requests come through the shape checker, as in an operation.
 */
#include "test.h"

#include "expr/legacy.h"

typedef struct legacy_request {
    list expected, conditions, updates, names;
} legacy_request;

#define MEMBER(name, shape, field) {name, shape, offsetof(legacy_request, field), false}
static const member legacy_members[] = {
    MEMBER("Expected", &shape_expected, expected),
    MEMBER("Conditions", &shape_condition_map, conditions),
    MEMBER("Updates", &shape_attribute_updates, updates),
    MEMBER("AttributesToGet", &shape_attributes_to_get, names),
};
static const shape legacy_shape = {.kind = SH_STRUCT, .java = "Legacy", .members = legacy_members,
                                   .member_count = COUNT(legacy_members),
                                   .size = sizeof(legacy_request)};

static int read_request(ctx *cx, const char *text, legacy_request *out)
{
    json *j;

    TRY(json_parse(cx, str_of(text), &j));
    return schema_check(cx, &legacy_shape, j, out);
}

static int read_item(ctx *cx, const char *text, attr_map *out)
{
    json *j;

    TRY(json_parse(cx, str_of(text), &j));
    return attr_map_read(cx, j, out);
}

#define INVALID "One or more parameter values were invalid: "
#define NUMBER_OF(op) INVALID "Invalid number of argument(s) for the " op " ComparisonOperator"
#define NOT_FOR(op, type) \
    INVALID "ComparisonOperator " op " is not valid for " type " AttributeValue type"

#define S_A "{\"S\":\"a\"}"
#define S_B "{\"S\":\"b\"}"
#define N_1 "{\"N\":\"1\"}"
#define N_2 "{\"N\":\"2\"}"
#define COND(op, values) "{\"ComparisonOperator\":\"" op "\",\"AttributeValueList\":[" values "]}"

typedef struct failing {
    const char *entry, *error;
} failing;

TEST(legacy, names_its_operators)
{
    static const char *const want[] = {"IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT",
                                       "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS"};
    for (size_t i = 0; i < COUNT(want); i++)
        CHECK_STR(str_of(legacy_operator_names[i]), want[i]);
    CHECK(legacy_operator_names[COUNT(want)] == NULL);
}

TEST(legacy, checks_filters_and_key_conditions)
{
    static const failing cases[] = {
        {COND("EQ", ""), NUMBER_OF("EQ")},
        {COND("EQ", S_A "," S_A), NUMBER_OF("EQ")},
        {COND("NULL", S_A), NUMBER_OF("NULL")},
        {COND("NOT_NULL", S_A), NUMBER_OF("NOT_NULL")},
        {"{\"ComparisonOperator\":\"IN\"}", NUMBER_OF("IN")},
        {COND("BETWEEN", S_A), NUMBER_OF("BETWEEN")},
        {COND("BETWEEN", S_A "," S_A "," S_A), NUMBER_OF("BETWEEN")},
        {COND("EQ", "{\"N\":\"x\"}," S_A),
         "The parameter cannot be converted to a numeric value: x"},
        {COND("EQ", "{}"), "Supplied AttributeValue is empty, must contain exactly one of the "
                           "supported datatypes"},
        {COND("BETWEEN", S_A "," N_1),
         INVALID "AttributeValues inside AttributeValueList must be of same type"},
        {COND("IN", S_A "," S_A "," N_1),
         INVALID "AttributeValues inside AttributeValueList must be of same type"},
        {COND("LT", "{\"BOOL\":true}"), NOT_FOR("LT", "BOOL")},
        {COND("GE", "{\"SS\":[\"a\"]}"), NOT_FOR("GE", "SS")},
        {COND("IN", "{\"L\":[]}"), NOT_FOR("IN", "L")},
        {COND("BEGINS_WITH", N_1), NOT_FOR("BEGINS_WITH", "N")},
        {COND("CONTAINS", "{\"M\":{}}"), NOT_FOR("CONTAINS", "M")},
        {COND("NOT_CONTAINS", "{\"NS\":[\"1\"]}"), NOT_FOR("NOT_CONTAINS", "NS")},
        {COND("BETWEEN", "{\"NULL\":true},{\"NULL\":true}"), NOT_FOR("BETWEEN", "NULL")},
        {COND("BETWEEN", N_2 "," N_1),
         "The BETWEEN condition was provided a range where the lower bound is greater than the "
         "upper bound"},
        {COND("BETWEEN", N_1 "," N_1), NULL},
        {COND("EQ", "{\"M\":{}}"), NULL},
        {COND("NE", "{\"SS\":[\"a\"]}"), NULL},
        {COND("CONTAINS", "{\"BOOL\":true}"), NULL},
        {COND("NULL", ""), NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[1000];
        test_env e;
        legacy_request r;
        key_conditions k;
        cond *c;
        int code = cases[i].error ? DDB_VALIDATION : 0;
        test_env_init(&e);
        snprintf(text, sizeof text, "{\"Conditions\":{\"a\":%s}}", cases[i].entry);
        CHECK_FAIL_NOTE(&e.cx, read_request(&e.cx, text, &r), 0, NULL, text);
        CHECK_FAIL_NOTE(&e.cx, legacy_filter(&e.cx, &r.conditions, -1, &c), code, cases[i].error,
                        text);
        e.cx.err = (error){0};
        CHECK_FAIL_NOTE(&e.cx, legacy_key_conditions(&e.cx, &r.conditions, &k), code,
                        cases[i].error, text);
        test_env_release(&e);
    }
}

TEST(legacy, lowers_key_conditions)
{
    test_env e;
    legacy_request r;
    key_conditions k;

    test_env_init(&e);
    CHECK_INT(read_request(&e.cx,
                           "{\"Conditions\":{\"pk\":" COND("EQ", S_A) ",\"a.b\":"
                           COND("BETWEEN", N_1 "," N_2) ",\"c\":" COND("NULL", "") "}}", &r), 0);
    CHECK_INT(legacy_key_conditions(&e.cx, &r.conditions, &k), 0);
    REQUIRE(k.count == 3);
    CHECK_STR(k.at[0].name, "pk");
    CHECK_INT(k.at[0].op, KEY_EQ);
    CHECK_STR(k.at[0].a->s, "a");
    CHECK_STR(k.at[1].name, "a.b");
    CHECK_INT(k.at[1].op, KEY_BETWEEN);
    CHECK_STR(k.at[1].b->s, "2");
    CHECK_INT(k.at[2].op, KEY_NOT_INDEXABLE);
    CHECK(k.at[2].a == NULL);
    test_env_release(&e);
}

TEST(legacy, refuses_more_key_conditions_than_any_schema_has)
{
    test_env e;
    legacy_request r;
    key_conditions k;
    char text[2000] = "{\"Conditions\":{";

    test_env_init(&e);
    for (int i = 0; i <= KEY_CONDITIONS_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"k%d\":%s", i ? "," : "", i,
                 COND("EQ", S_A));
    strcat(text, "}}");
    CHECK_INT(read_request(&e.cx, text, &r), 0);
    CHECK_FAIL(&e.cx, legacy_key_conditions(&e.cx, &r.conditions, &k), DDB_VALIDATION,
               "Conditions can be of length 1 or 2 only");
    test_env_release(&e);
}

#define ITEM \
    "{\"s\":{\"S\":\"hello\"},\"n\":{\"N\":\"10\"},\"ss\":{\"SS\":[\"a\",\"b\"]}," \
    "\"l\":{\"L\":[" S_A "," N_1 "]},\"nul\":{\"NULL\":true},\"d.t\":{\"S\":\"dot\"}}"

static void check_truth(const char *member_name, const char *entries, int op, bool want)
{
    test_env e;
    legacy_request r;
    attr_map item = {0};
    item_view view;
    cond *c = NULL;
    bool got = !want;
    char text[1000];
    int rc;

    test_env_init(&e);
    snprintf(text, sizeof text, "{\"%s\":{%s}}", member_name, entries);
    CHECK_FAIL_NOTE(&e.cx, read_request(&e.cx, text, &r), 0, NULL, text);
    CHECK_INT(read_item(&e.cx, ITEM, &item), 0);
    rc = strcmp(member_name, "Expected") == 0 ? legacy_expected(&e.cx, &r.expected, op, &c)
                                              : legacy_filter(&e.cx, &r.conditions, op, &c);
    CHECK_FAIL_NOTE(&e.cx, rc, 0, NULL, text);
    if (rc == 0 && c != NULL) {
        view = item_view_map(&item.m);
        CHECK_INT(cond_eval(&e.cx, c, &view, &got), 0);
    }
    CHECK_INT_NOTE(got, want, text);
    test_env_release(&e);
}

TEST(legacy, filters)
{
    static const struct {
        const char *entry;
        bool want;
    } cases[] = {
        {"\"s\":" COND("EQ", "{\"S\":\"hello\"}"), true},
        {"\"s\":" COND("EQ", S_A), false},
        {"\"s\":" COND("NE", S_A), true},
        {"\"s\":" COND("NE", N_1), true},
        {"\"x\":" COND("NE", S_A), true},
        {"\"x\":" COND("EQ", S_A), false},
        {"\"n\":" COND("GT", "{\"N\":\"9\"}"), true},
        {"\"n\":" COND("LE", "{\"N\":\"9\"}"), false},
        {"\"n\":" COND("LT", S_A), false},
        {"\"n\":" COND("BETWEEN", "{\"N\":\"9\"},{\"N\":\"11\"}"), true},
        {"\"n\":" COND("IN", "{\"N\":\"9\"},{\"N\":\"10.0\"}"), true},
        {"\"nul\":" COND("NOT_NULL", ""), true},
        {"\"nul\":" COND("NULL", ""), false},
        {"\"x\":" COND("NULL", ""), true},
        {"\"s\":" COND("BEGINS_WITH", "{\"S\":\"he\"}"), true},
        {"\"s\":" COND("CONTAINS", "{\"S\":\"ell\"}"), true},
        {"\"ss\":" COND("CONTAINS", S_A), true},
        {"\"l\":" COND("CONTAINS", N_1), true},
        {"\"x\":" COND("CONTAINS", S_A), false},
        {"\"x\":" COND("NOT_CONTAINS", S_A), true},
        {"\"ss\":" COND("NOT_CONTAINS", S_A), false},
        {"\"d.t\":" COND("EQ", "{\"S\":\"dot\"}"), true}, /* dots are part of the name */
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_truth("Conditions", cases[i].entry, -1, cases[i].want);
}

TEST(legacy, combines_by_the_conditional_operator)
{
    static const char *const mixed = "\"s\":" COND("EQ", S_A) ","
        "\"n\":" COND("EQ", "{\"N\":\"10\"}");
    test_env e;
    legacy_request r;
    cond *c;

    check_truth("Conditions", mixed, -1, false);
    check_truth("Conditions", mixed, COND_AND, false);
    check_truth("Conditions", mixed, COND_OR, true);
    check_truth("Expected", mixed, COND_OR, true);
    test_env_init(&e);
    CHECK_INT(read_request(&e.cx, "{\"Expected\":{},\"Conditions\":{\"s\":" COND("EQ", S_A) "}}",
                           &r), 0);
    CHECK_INT(legacy_expected(&e.cx, &r.expected, -1, &c), 0);
    CHECK(c == NULL);
    CHECK_FAIL(&e.cx, legacy_expected(&e.cx, &r.expected, COND_OR, &c), DDB_VALIDATION,
               "ConditionalOperator cannot be used without Filter or Expected");
    CHECK_FAIL(&e.cx, legacy_filter(&e.cx, &r.conditions, COND_AND, &c), DDB_VALIDATION,
               "ConditionalOperator can only be used when Filter or Expected has two or more "
               "elements");
    test_env_release(&e);
}

TEST(legacy, checks_expected)
{
    static const failing cases[] = {
        {"{\"Value\":" S_A ",\"AttributeValueList\":[" S_A "]}",
         INVALID "Value and AttributeValueList cannot be used together for Attribute: a"},
        {"{\"Exists\":true,\"ComparisonOperator\":\"EQ\",\"Value\":" S_A "}",
         INVALID "Exists and ComparisonOperator cannot be used together for Attribute: a"},
        {"{\"ComparisonOperator\":\"EQ\"}",
         INVALID "Value or AttributeValueList must be used with ComparisonOperator: EQ for "
                 "Attribute: a"},
        {"{\"ComparisonOperator\":\"BETWEEN\",\"Value\":" S_A "}", NUMBER_OF("BETWEEN")},
        {"{\"ComparisonOperator\":\"NULL\",\"Value\":" S_A "}", NUMBER_OF("NULL")},
        {COND("BETWEEN", S_B "," S_A),
         "The BETWEEN condition was provided a range where the lower bound is greater than the "
         "upper bound"},
        {COND("IN", S_B "," N_1),
         INVALID "AttributeValues inside AttributeValueList must be of same type"},
        {"{\"AttributeValueList\":[" S_A "]}",
         INVALID "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"},
        {"{\"Exists\":true}", INVALID "Value must be provided when Exists is true for "
         "Attribute: a"},
        {"{}", INVALID "Value must be provided when Exists is null for Attribute: a"},
        {"{\"Exists\":false,\"Value\":" S_A "}",
         INVALID "Value cannot be used when Exists is false for Attribute: a"},
        {"{\"Value\":{\"N\":\"\"}}", "The parameter cannot be converted to a numeric value"},
        {"{\"ComparisonOperator\":\"NULL\"}", NULL},
        {COND("LT", "{\"BOOL\":true}"), NULL}, /* types are not checked here */
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[1000];
        test_env e;
        legacy_request r;
        cond *c;
        test_env_init(&e);
        snprintf(text, sizeof text, "{\"Expected\":{\"a\":%s}}", cases[i].entry);
        CHECK_FAIL_NOTE(&e.cx, read_request(&e.cx, text, &r), 0, NULL, text);
        CHECK_FAIL_NOTE(&e.cx, legacy_expected(&e.cx, &r.expected, -1, &c),
                        cases[i].error ? DDB_VALIDATION : 0, cases[i].error, text);
        test_env_release(&e);
    }
}

TEST(legacy, expects)
{
    check_truth("Expected", "\"s\":{\"Value\":{\"S\":\"hello\"}}", -1, true);
    check_truth("Expected", "\"s\":{\"Value\":" S_A "}", -1, false);
    check_truth("Expected", "\"s\":{\"Exists\":true,\"Value\":{\"S\":\"hello\"}}", -1, true);
    check_truth("Expected", "\"s\":{\"Exists\":false}", -1, false);
    check_truth("Expected", "\"x\":{\"Exists\":false}", -1, true);
    check_truth("Expected", "\"n\":{\"ComparisonOperator\":\"GT\",\"Value\":" N_1 "}", -1, true);
    check_truth("Expected", "\"x\":{\"ComparisonOperator\":\"NULL\"}", -1, true);
}

/* ---- AttributeUpdates ---- */

#define OLD_ITEM \
    "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"5\"},\"ss\":{\"SS\":[\"a\",\"b\"]}," \
    "\"l\":{\"L\":[" S_A "]}}"

static void check_update(const char *updates, const char *want)
{
    test_env e;
    legacy_request r;
    attr_map old = {0};
    update *u;
    map after;
    buf out;
    char text[1000];
    int rc;

    test_env_init(&e);
    snprintf(text, sizeof text, "{\"Updates\":{%s}}", updates);
    CHECK_FAIL_NOTE(&e.cx, read_request(&e.cx, text, &r), 0, NULL, text);
    CHECK_INT(read_item(&e.cx, OLD_ITEM, &old), 0);
    rc = legacy_updates(&e.cx, &r.updates, &u);
    if (rc == 0)
        rc = update_apply(&e.cx, u, &old.m, true, &old.m, &after);
    if (want[0] != '{') {
        CHECK_FAIL_NOTE(&e.cx, rc, DDB_VALIDATION, want, text);
    } else {
        CHECK_FAIL_NOTE(&e.cx, rc, 0, NULL, text);
        buf_init_arena(&out, &e.a, 10000);
        if (rc == 0)
            item_put(&out, &after);
        CHECK_STR_NOTE(buf_view(&out), want, text);
    }
    test_env_release(&e);
}

#define UPDATE(action, value) "{\"Action\":\"" action "\",\"Value\":" value "}"
#define REST ",\"ss\":{\"SS\":[\"a\",\"b\"]},\"l\":{\"L\":[" S_A "]}}"

TEST(legacy, updates)
{
    check_update("\"n\":{\"Value\":" S_A "}", "{\"pk\":{\"S\":\"k\"},\"n\":" S_A REST);
    check_update("\"n\":" UPDATE("PUT", S_B), "{\"pk\":{\"S\":\"k\"},\"n\":" S_B REST);
    check_update("\"n\":" UPDATE("ADD", N_2), "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"7\"}" REST);
    check_update("\"n\":{\"Action\":\"DELETE\"},\"x\":{\"Action\":\"DELETE\"}",
                 "{\"pk\":{\"S\":\"k\"}" REST);
    check_update("\"l\":" UPDATE("ADD", "{\"L\":[" S_B "]}"),
                 "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"5\"},\"ss\":{\"SS\":[\"a\",\"b\"]},"
                 "\"l\":{\"L\":[" S_A "," S_B "]}}");
    check_update("\"ss\":" UPDATE("DELETE", "{\"SS\":[\"b\",\"c\"]}"),
                 "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"5\"},\"ss\":{\"SS\":[\"a\"]},"
                 "\"l\":{\"L\":[" S_A "]}}");
    check_update("\"a.b\":" UPDATE("PUT", S_A) ",\"status\":" UPDATE("ADD", N_1),
                 "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"5\"},\"ss\":{\"SS\":[\"a\",\"b\"]},"
                 "\"l\":{\"L\":[" S_A "]},\"a.b\":" S_A ",\"status\":" N_1 "}");
}

TEST(legacy, refuses_updates)
{
    static const failing cases[] = {
        {"\"a\":{}", INVALID "Only DELETE action is allowed when no attribute value is specified"},
        {"\"a\":{\"Action\":\"ADD\"}",
         INVALID "Only DELETE action is allowed when no attribute value is specified"},
        {"\"a\":" UPDATE("PUT", "{\"N\":\"x\"}"),
         "The parameter cannot be converted to a numeric value: x"},
        {"\"a\":" UPDATE("DELETE", S_A),
         INVALID "DELETE action with value is not supported for the type S"},
        {"\"a\":" UPDATE("DELETE", "{\"L\":[]}"),
         INVALID "DELETE action with value is not supported for the type L"},
        {"\"a\":" UPDATE("ADD", S_A), INVALID "ADD action is not supported for the type S"},
        {"\"a\":" UPDATE("ADD", "{\"M\":{}}"), INVALID "ADD action is not supported for the "
         "type M"},
        {"\"ss\":" UPDATE("ADD", N_1), "Type mismatch for attribute to update"},
        {"\"l\":" UPDATE("DELETE", "{\"SS\":[\"a\"]}"), "Type mismatch for attribute to update"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_update(cases[i].entry, cases[i].error);
}

TEST(legacy, updates_have_targets_literals_and_overhead)
{
    test_env e;
    legacy_request r;
    update *u;

    test_env_init(&e);
    CHECK_INT(read_request(&e.cx, "{\"Updates\":{\"a\":{\"Value\":" S_A "},"
        "\"b\":" UPDATE("ADD", N_1)
                                  ",\"c\":{\"Action\":\"DELETE\"}}}", &r), 0);
    CHECK_INT(legacy_updates(&e.cx, &r.updates, &u), 0);
    CHECK_INT(update_paths(u)->count, 3);
    CHECK_STR(update_literal(u, STR("a"))->s, "a");
    CHECK(update_literal(u, STR("b")) == NULL);
    CHECK_INT(update_overhead(u), 3 + 19 + 19 + 2);
    test_env_release(&e);
}

TEST(legacy, refuses_duplicate_attributes_to_get)
{
    test_env e;
    legacy_request r;

    test_env_init(&e);
    CHECK_INT(read_request(&e.cx, "{\"AttributesToGet\":[\"a\",\"b\",\"c\"]}", &r), 0);
    CHECK_INT(legacy_check_attributes_to_get(&e.cx, &r.names), 0);
    CHECK_INT(read_request(&e.cx, "{\"AttributesToGet\":[\"a\",\"b\",\"a\",\"b\"]}", &r), 0);
    CHECK_FAIL(&e.cx, legacy_check_attributes_to_get(&e.cx, &r.names), DDB_VALIDATION,
               INVALID "Duplicate value in attribute name: a");
    test_env_release(&e);
}

static int oom_body(test_env *e, void *arg)
{
    legacy_request r;
    key_conditions k;
    update *u;
    cond *c;

    (void)arg;
    TRY(read_request(&e->cx,
                     "{\"Expected\":{\"a\":{\"Value\":" S_A "},\"b\":{\"Exists\":false}},"
                     "\"Conditions\":{\"a\":" COND("NOT_CONTAINS", S_A) ",\"b\":"
                     COND("BETWEEN", N_1 "," N_2) "},"
                         "\"Updates\":{\"a\":{\"Value\":" S_A "}}}", &r));
    TRY(legacy_expected(&e->cx, &r.expected, COND_OR, &c));
    TRY(legacy_filter(&e->cx, &r.conditions, -1, &c));
    TRY(legacy_key_conditions(&e->cx, &r.conditions, &k));
    return legacy_updates(&e->cx, &r.updates, &u);
}

TEST(legacy, every_allocation_may_fail)
{
    test_each_alloc_failure(oom_body, NULL);
}

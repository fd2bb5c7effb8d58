/*
 * partiql_test.c - statements: what is read of them, what WHERE says of keys, and that every
 * allocation may fail. What statements do is in test/api/execute-statement.
 */
#include "expr/expr.h"
#include "partiql/partiql.h"
#include "value/item.h"

#include "test.h"

static int parse(ctx *cx, const char *text, statement **out)
{
    return partiql_parse(cx, str_of(text), NULL, 0, out);
}

static const char *const kinds[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "EXISTS"};

TEST(partiql, tells_the_statements_apart)
{
    static const struct {
        const char *text;
        statement_kind kind;
        bool select;
    } cases[] = {
        {"select * from t", STATEMENT_SELECT, true},
        {" -- note\n /* more */ SELECT * FROM t", STATEMENT_SELECT, true},
        {"INSERT INTO t VALUE {}", STATEMENT_INSERT, false},
        {"Update t Set a=1 Where b=2", STATEMENT_UPDATE, false},
        {"DELETE FROM t WHERE a=1;", STATEMENT_DELETE, false},
        {"EXISTS(SELECT * FROM t WHERE a=1)", STATEMENT_EXISTS, false},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        statement *s = NULL;
        CHECK_INT_NOTE(parse(&e.cx, cases[i].text, &s), 0, cases[i].text);
        if (s != NULL)
            CHECK_STR(str_of(kinds[s->kind]), kinds[cases[i].kind]);
        CHECK_INT_NOTE(partiql_is_select(str_of(cases[i].text)), cases[i].select, cases[i].text);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(partiql, reads_names_as_they_are_quoted)
{
    test_env e;
    statement *s = NULL;

    test_env_init(&e);
    REQUIRE(parse(&e.cx, "SELECT * FROM \"my\"\"table\".\"SELECT\"", &s) == 0);
    CHECK_STR(s->table, "my\"table");
    CHECK_STR(s->index, "SELECT");
    REQUIRE(parse(&e.cx, "SELECT * FROM _t$1", &s) == 0);
    CHECK_STR(s->table, "_t$1");
    CHECK(s->index.p == NULL);
    test_env_release(&e);
}

/* The canonical item of an INSERT. */
TEST(partiql, reads_literals)
{
    static const char *const cases[][2] = {
        {"{}", "{}"},
        {"{'a': 'it''s'}", "{\"a\":{\"S\":\"it's\"}}"},
        {"{'': ''}", "{\"\":{\"S\":\"\"}}"},
        {"{'n': [1., .5, 1e2, -0, - 5, +7]}",
         "{\"n\":{\"L\":[{\"N\":\"1\"},{\"N\":\"0.5\"},{\"N\":\"100\"},{\"N\":\"0\"},"
         "{\"N\":\"-5\"},{\"N\":\"7\"}]}}"},
        {"{'b': [TRUE, false, Null]}",
         "{\"b\":{\"L\":[{\"BOOL\":true},{\"BOOL\":false},{\"NULL\":true}]}}"},
        {"{'s': <<'x','y'>>, 'n': <<2, 1.0>>}",
         "{\"s\":{\"SS\":[\"x\",\"y\"]},\"n\":{\"NS\":[\"2\",\"1\"]}}"},
        {"{'m': {'x': {}, 'y': []}}", "{\"m\":{\"M\":{\"x\":{\"M\":{}},\"y\":{\"L\":[]}}}}"},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        statement *s = NULL;
        buf b;
        (void)snprintf(text, sizeof text, "INSERT INTO t VALUE %s", cases[i][0]);
        CHECK_INT_NOTE(parse(&e.cx, text, &s), 0, text);
        if (s != NULL) {
            buf_init(&b, &e.m, 4096);
            item_put(&b, &s->item);
            CHECK_STR_NOTE(buf_view(&b), cases[i][1], text);
            buf_release(&b);
        }
        test_env_reset(&e);
    }
    test_env_release(&e);
}

#define MALFORMED "Statement wasn't well formed, can't be processed: "

TEST(partiql, says_what_is_wrong)
{
    static const char *const cases[][2] = {
        {"", MALFORMED "Expected data manipulation"},
        {"\"SELECT\" * FROM t", MALFORMED "Expected data manipulation"},
        {"SELECT * FROM t WHERE \xC3\xA9 = 1", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE a = 1x", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE a = `1`", MALFORMED "Unexpected term"},
        {"SELECT * FROM t WHERE a = ()", MALFORMED "Expression group cannot be empty"},
        {"SELECT * FROM t WHERE a = [1", MALFORMED "Expected RIGHT_BRACKET"},
        {"SELECT * FROM t WHERE a = {'b' 1}", MALFORMED "Expected COLON"},
        {"SELECT * FROM t WHERE a = {'b': 1", MALFORMED "Expected RIGHT_CURLY"},
        {"SELECT * FROM t WHERE a = <<1", MALFORMED "Expected RIGHT_DOUBLE_ANGLE_BRACKET"},
        {"SELECT * FROM t WHERE a BETWEEN 1", MALFORMED "Expected AND"},
        {"SELECT * FROM t WHERE a BETWEEN 1 AND", MALFORMED "Expected expression after AND"},
        {"SELECT * FROM t ORDER a", MALFORMED "Expected BY"},
        {"SELECT a[-1] FROM t", "List index is not within the allowable range; index: [-1]"},
        {"SELECT a[4294967295] FROM t",
         "List index is not within the allowable range; index: [4294967295]"},
        {"SELECT a[b] FROM t", "Unexpected path component at 1:10:1"},
        {"SELECT a[*] FROM t", "Wildcard path component like a[*].b are not supported"},
        {"SELECT a.* FROM t", "Unpivot path component like a.*.b are not supported"},
        {"SELECT 'a' FROM t", "Unexpected path component at 1:8:3"},
        {"SELECT DISTINCT a FROM t", "Unsupported clause: DISTINCT"},
        {"SELECT VALUE a FROM t", "Select projection doesn't support value or pivot keywords"},
        {"SELECT * FROM t[0]", "Invalid list expression in source."},
        {"SELECT * FROM t WHERE a IN []",
         "IN operator must have a left hand argument of type Variable Reference and right hand "
         "argument of type Seq with at least one member"},
        {"SELECT * FROM t WHERE a AND b = 1", "The arguments to AND/OR must be Expressions"},
        {"SELECT * FROM t WHERE NOT a", "The argument to NOT must be a Type or Expression"},
        {"SELECT * FROM t WHERE a IS DATE",
         "Unsupported data type for IS operator: DATE. Supported data types are [MISSING, NULL, "
         "BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
        {"SELECT * FROM t WHERE a + 1 = 2",
         "Unsupported operator in Condition Expression. Operator: +"},
        {"SELECT * FROM t WHERE a = b * 2",
         "Unsupported operator in Condition Expression. Operator: *"},
        {"SELECT * FROM t WHERE begins_with(a)",
         "Incorrect number of operands for operator or function; operator or function: "
         "begins_with, number of operands: 1"},
        {"SELECT * FROM t WHERE attribute_type(a, 'X')",
         "Invalid attribute type name found; type: X, valid types: "
         "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        {"UPDATE t SET a = a IS NULL WHERE b = 1",
         "IS operator is not supported in update expressions"},
        {"UPDATE t SET a = list_append(a) WHERE b = 1",
         "Incorrect number of operands for operator or function; operator or function: "
         "list_append, number of operands: 1"},
        {"UPDATE t SET a = set_add(a) WHERE b = 1", "SET_ADD must have exactly two arguments"},
        {"INSERT INTO t", MALFORMED "Unexpected term"},
        {"INSERT t VALUE {}", MALFORMED "Unexpected keyword"},
        {"EXISTS", MALFORMED "Unexpected keyword"},
        {"EXISTS(a)", "EXISTS() must contain a single item read with additional condition"},
        {"EXISTS(SELECT * FROM t", MALFORMED "Expected RIGHT_PAREN"},
        {"SELECT * FROM t WHERE a = ?",
         "Number of parameters in request and statement don't match."},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        statement *s;
        int rc = parse(&e.cx, cases[i][0], &s);
        CHECK_FAIL_NOTE(&e.cx, rc, DDB_VALIDATION, cases[i][1], cases[i][0]);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

/* ---- keys ---- */

static const str key_names[] = {STR_INIT("p"), STR_INIT("s")};

TEST(partiql, finds_the_whole_key_of_one_item)
{
    static const struct {
        const char *where;
        uint32_t missing;
        bool rest;
    } cases[] = {
        {"p = 1 AND s = 2", 0, false},      {"2 = s AND (1 = p)", 0, false},
        {"(p = 1 AND s = 2) AND x = 3", 0, true}, {"p = 1", 1, false},
        {"x = 1", 2, true},                 {"p = 1 OR s = 2", 2, true},
        {"p = x AND s = 2", 1, true},       {"p.q = 1 AND s = 2", 1, true},
        {"NOT p = 1 AND s = 2", 1, true},   {"p <> 1 AND s = 2", 1, true},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[128];
        const value *values[2];
        statement *s;
        uint32_t missing;
        cond *rest;
        (void)snprintf(text, sizeof text, "SELECT * FROM t WHERE %s", cases[i].where);
        REQUIRE(parse(&e.cx, text, &s) == 0);
        REQUIRE(partiql_full_key(&e.cx, s, key_names, 2, true, values, &missing, &rest) == 0);
        CHECK_INT_NOTE(missing, cases[i].missing, text);
        CHECK_INT_NOTE(rest != NULL, cases[i].rest, text);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

/* "partitions | sort operators | is there a filter", or "scan". */
static void describe(const access *a, buf *b)
{
    static const char *const ops[] = {"=", "<", "<=", ">", ">=", "between", "begins"};

    if (!a->keyed)
        buf_lit(b, "scan");
    for (uint32_t i = 0; a->keyed && i < a->partitions; i++)
        buf_fmt(b, "%s%S", i > 0 ? "," : "", a->partition[i]->s);
    for (uint32_t i = 0; i < a->sorts; i++)
        buf_fmt(b, " %s%S", ops[a->sort[i].op], a->sort[i].a->s);
    if (a->filter != NULL)
        buf_lit(b, " filter");
}

TEST(partiql, finds_what_a_read_must_look_at)
{
    static const char *const cases[][2] = {
        {"p = 1", "1"},
        {"p = 1 AND s = 2", "1 =2"},
        {"p = 1 AND 2 > s", "1 <2"},
        {"p = 1 AND s > 2 AND s < 9", "1 >2 filter"},
        {"p = 1 AND s BETWEEN 2 AND 3", "1 between2"},
        {"p = 'a' AND begins_with(s, 'x') AND z = 1", "a beginsx filter"},
        {"p = 1 AND s <> 2", "1 filter"},
        {"p IN [3, 1, 2, 1]", "1,2,3"},
        {"p IN [3, x]", "scan filter"},
        {"p = 2 OR p IN [1, 2]", "1,2 filter"},
        {"(p = 2 AND s = 1) OR (p = 1 AND x = 2)", "1,2 filter"},
        {"p = 2 OR x = 1", "scan filter"},
        {"NOT p = 2", "scan filter"},
        {"s = 2", "scan filter"},
        {"p = 1 AND p = 2", "1 filter"},
        {"p IN ['b', 1, 'a']", "a,b,1"},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[128];
        statement *s;
        access a;
        buf b;
        (void)snprintf(text, sizeof text, "SELECT * FROM t WHERE %s", cases[i][0]);
        REQUIRE(parse(&e.cx, text, &s) == 0);
        REQUIRE(partiql_access(&e.cx, s, &key_names[0], 1, &key_names[1], 1, &a) == 0);
        buf_init(&b, &e.m, 4096);
        describe(&a, &b);
        CHECK_STR_NOTE(buf_view(&b), cases[i][1], text);
        buf_release(&b);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

TEST(partiql, wants_every_attribute_of_a_multi_attribute_key)
{
    static const str part[] = {STR_INIT("p"), STR_INIT("q")};
    static const str sort[] = {STR_INIT("s"), STR_INIT("u")};
    static const char *const cases[][2] = {
        {"p = 1 AND q = 2", "1"}, {"p = 1", "scan filter"}, {"p IN [1] AND q = 2", "scan filter"},
        {"q = 2 AND p = 1 AND s = 3 AND u > 4", "1 =3 >4"},
        {"q = 2 AND p = 1 AND s > 3 AND u > 4", "1 >3 filter"},
        {"q = 2 AND p = 1 AND u > 4", "1 filter"},
    };
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[128];
        statement *s;
        access a;
        buf b;
        (void)snprintf(text, sizeof text, "SELECT * FROM t WHERE %s", cases[i][0]);
        REQUIRE(parse(&e.cx, text, &s) == 0);
        REQUIRE(partiql_access(&e.cx, s, part, 2, sort, 2, &a) == 0);
        buf_init(&b, &e.m, 4096);
        describe(&a, &b);
        CHECK_STR_NOTE(buf_view(&b), cases[i][1], text);
        buf_release(&b);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

/* The key may stand behind as many conditions as a statement can have. */
TEST(partiql, finds_the_key_behind_many_conditions)
{
    static char text[STATEMENT_BYTES_MAX];
    const value *values[2];
    uint32_t missing;
    statement *s;
    test_env e;
    cond *rest;
    size_t n;

    test_env_init(&e);
    n = (size_t)snprintf(text, sizeof text, "DELETE FROM t WHERE x <> y");
    for (int i = 0; i < 147; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " AND x <> y");
    (void)snprintf(text + n, sizeof text - n, " AND p = 1 AND s = 2");
    REQUIRE(parse(&e.cx, text, &s) == 0);
    REQUIRE(partiql_full_key(&e.cx, s, key_names, 2, true, values, &missing, &rest) == 0);
    CHECK_INT(missing, 0);
    test_env_release(&e);
}

/* ---- bounds and memory ---- */

TEST(partiql, bounds_nesting_of_every_kind)
{
    static const char *const cases[][2] = {
        {"SELECT * FROM t WHERE ", "("},     {"SELECT * FROM t WHERE ", "NOT "},
        {"SELECT * FROM t WHERE a = ", "["}, {"SELECT * FROM t WHERE a = ", "{'b':"},
        {"SELECT * FROM t WHERE a = ", "<<"}, {"SELECT * FROM t WHERE ", "size("},
        {"SELECT * FROM t WHERE a = ", "- "}, {"SELECT * FROM t WHERE ", "a IN ("},
        {"INSERT INTO t VALUE ", "{'a':"},   {"SELECT ", "("},
        {"UPDATE t SET a = ", "list_append("},
    };
    static char text[STATEMENT_BYTES_MAX + 1];
    test_env e;

    test_env_init(&e);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i][0]), unit = strlen(cases[i][1]);
        statement *s;
        memcpy(text, cases[i][0], n);
        for (; n + unit < sizeof text; n += unit)
            memcpy(text + n, cases[i][1], unit);
        CHECK_INT_NOTE(partiql_parse(&e.cx, (str){text, n}, NULL, 0, &s), DDB_VALIDATION,
                       cases[i][1]);
        test_env_reset(&e);
    }
    test_env_release(&e);
}

static int parse_and_plan(test_env *e, void *arg)
{
    const value *values[2];
    uint32_t missing;
    statement *s;
    access a;
    cond *rest;
    int rc = parse(&e->cx, arg, &s);

    if (rc == DDB_VALIDATION)
        return 0;
    TRY(rc);
    TRY(partiql_full_key(&e->cx, s, key_names, 2, false, values, &missing, &rest));
    TRY(partiql_item_exists(&e->cx, key_names[0], rest, &rest));
    TRY(partiql_item_absent(&e->cx, key_names[0], rest, &rest));
    return partiql_access(&e->cx, s, &key_names[0], 1, &key_names[1], 1, &a);
}

TEST(partiql, survives_every_failed_allocation)
{
    static const char *const cases[] = {
        "SELECT a.b[0].\"c\"\"d\", e FROM \"t\".\"i\" WHERE (p IN [1, 2, 3, 4, 5] OR p = 6) AND "
        "s BETWEEN 'a''b' AND 'c' AND x <> -5 AND size(y) <> 3 AND z IS NULL AND NOT w IS "
        "MISSING AND v = {'a': [<<1, 2>>, <<'x'>>]} ORDER BY s DESC, p, q",
        "INSERT INTO t VALUE {'p': 'a''b', 'l': [1, {'x': <<'y'>>}], 'n': -1.50}",
        "UPDATE t SET a = a + 1, b.c[3] = list_append(if_not_exists(l, []), [1]), d = set_add(d, "
        "<<1>>) REMOVE e, f SET g = set_delete(g, <<'x'>>) WHERE p = 1 AND s = 2 AND c = 3 "
        "RETURNING MODIFIED NEW *",
        "DELETE FROM t WHERE p = 1 AND s = 2 RETURNING ALL OLD *",
        "EXISTS(SELECT * FROM t WHERE p = 1 AND begins_with(x, 'a') AND contains(y, 1))",
        "SELECT * FROM t WHERE a < true",
        "SELECT * FROM",
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        test_each_alloc_failure(parse_and_plan, (void *)(uintptr_t)cases[i]);
}

/*
 * update_test.c - projection and update expressions: their errors, and what they make of items.
 *
 * Texts are the service's; the vectors are those of the facts' expressions 10.3 and 10.4.
 */
#include "expr_request.h"

#include "expr/expr.h" /* the Makefile links the folders that are named here */

/* ---- projections (facts 6, 10.4) ---- */

TEST(update, projection_errors)
{
    static const char *const syntax[] = {"f(x)", ":v", "x,", "x,,y", "x..y", "x[y]", "(x.y).z",
                                         "(x)", "x-y", "x y", ",", "x.", "x[", "x[1", "#", "_x"};
    static const vector vectors[] = {
        {"x.abORt", RESERVED "abORt"},
        {"#nn,ABSoLUTE", RESERVED "ABSoLUTE"},
        {"and", RESERVED "and"},
        {"x,y,x,#nn", NO_NAME "#nn"},
        {"b[1], b.x, #x.b, x", OVERLAP("[x, b]", "[x]")},
        {"x, #x[1]", OVERLAP("[x]", "[x, [1]]")},
        {"body, body", OVERLAP("[body]", "[body]")},
        {"x.b, #x[1], #m", CONFLICT("[x, b]", "[x, [1]]")},
        {"x[3].b, #x.#3.b", CONFLICT("[x, [3], b]", "[x, [3], b]")},
        {"x.b, x.d, x[1]", CONFLICT("[x, b]", "[x, [1]]")},
    };
    CHECK_SYNTAX(EX_PROJECTION, syntax);
    CHECK_VECTORS(EX_PROJECTION, vectors);
}

static void check_projected(const char *text, const char *item_text, const char *want)
{
    test_env e;
    request r = {0};
    projection *p;
    buf out;
    bool any;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r,
                   "{\"#q\":\"q\\\"\\u0001\",\"#d\":\"a.b\",\"#u\":\"\xC3\xA9\"}", NULL), 0);
    buf_init(&out, &e.m, 1 << 20);
    CHECK_FAIL_NOTE(&e.cx, expr_projection(&e.cx, &r.b, str_of(text), &p), 0, NULL, text);
    if (e.cx.err.code == 0) {
        CHECK_INT_NOTE(projection_put(&e.cx, p, str_of(item_text), &out, &any), 0, text);
        CHECK_STR_NOTE(buf_view(&out), want, text);
        CHECK_INT_NOTE(any, strcmp(want, "{}") != 0, text);
    }
    buf_release(&out);
    test_env_release(&e);
}

TEST(update, projects_in_the_order_of_the_item)
{
    static const char *const item =
        "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"1\"},\"q\\\"\\u0001\":{\"S\":\"q\"},"
        "\"a.b\":{\"S\":\"dot\"},\"\xC3\xA9\":{\"S\":\"u\"},"
        "\"l\":{\"L\":[{\"S\":\"l0\"},{\"S\":\"l1\"},{\"S\":\"l2\"}]},"
        "\"lm\":{\"L\":[{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"},\"c\":{\"N\":\"3\"}}},"
        "{\"M\":{}},{\"M\":{\"c\":{\"N\":\"4\"}}}]},"
        "\"ln\":{\"L\":[{\"M\":{\"n\":{\"L\":[{\"M\":{\"p\":{\"N\":\"1\"},\"q\":{\"N\":\"2\"}}},"
        "{\"M\":{\"p\":{\"N\":\"3\"},\"q\":{\"N\":\"4\"}}}]}}}]},"
        "\"m\":{\"M\":{\"b\":{\"S\":\"y\"},\"a\":{\"S\":\"x\"}}}}";
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"n, pk", "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"1\"}}"},
        {"x", "{}"},
        {"#q", "{\"q\\\"\\u0001\":{\"S\":\"q\"}}"},
        {"#d", "{\"a.b\":{\"S\":\"dot\"}}"},
        {"#u, a.b", "{\"\xC3\xA9\":{\"S\":\"u\"}}"},
        {"l[2], l[0]", "{\"l\":{\"L\":[{\"S\":\"l0\"},{\"S\":\"l2\"}]}}"},
        {"l[7], pk", "{\"pk\":{\"S\":\"k\"}}"},
        {"l.a, pk.b, n[0]", "{}"},
        {"lm[0].a, lm[0].b", "{\"lm\":{\"L\":[{\"M\":{\"a\":{\"N\":\"1\"},"
         "\"b\":{\"N\":\"2\"}}}]}}"},
        {"lm[0].a, lm[0].b, lm[2].c",
         "{\"lm\":{\"L\":[{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}},"
         "{\"M\":{\"c\":{\"N\":\"4\"}}}]}}"},
        {"ln[0].n[0].p, ln[0].n[1].q",
         "{\"ln\":{\"L\":[{\"M\":{\"n\":{\"L\":[{\"M\":{\"p\":{\"N\":\"1\"}}},"
         "{\"M\":{\"q\":{\"N\":\"4\"}}}]}}}]}}"},
        {"m.a, m.b", "{\"m\":{\"M\":{\"b\":{\"S\":\"y\"},\"a\":{\"S\":\"x\"}}}}"},
        {"m.a, pk", "{\"pk\":{\"S\":\"k\"},\"m\":{\"M\":{\"a\":{\"S\":\"x\"}}}}"},
        {"m.x", "{}"},
        {"lm[1]", "{\"lm\":{\"L\":[{\"M\":{}}]}}"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_projected(cases[i].text, item, cases[i].want);
    check_projected("a", "{}", "{}");
}

TEST(update, projects_literal_names)
{
    static const str names[] = {STR_INIT("a.b"), STR_INIT("status"), STR_INIT("x")};
    test_env e;
    projection *p;
    buf out;
    bool any;

    test_env_init(&e);
    CHECK_INT(projection_of_names(&e.cx, names, 3, &p), 0);
    CHECK_INT(projection_paths(p)->count, 3);
    buf_init(&out, &e.m, 1000);
    CHECK_INT(projection_put(&e.cx, p,
                             STR("{\"status\":{\"S\":\"1\"},\"y\":{\"S\":\"2\"},"
                                 "\"a.b\":{\"L\":[]}}"),
                             &out, &any), 0);
    CHECK_STR(buf_view(&out), "{\"status\":{\"S\":\"1\"},\"a.b\":{\"L\":[]}}");
    CHECK(any);
    buf_release(&out);
    test_env_release(&e);
}

/* ---- updates (facts 7, 10.3) ---- */

TEST(update, update_errors)
{
    static const char *const syntax[] = {
        "foo", "set x", "add x", "set x=set", "remove x = y", "add x = y", "delete x y",
        "delete x f(y)", "remove x y", "set x y", "set :v = y", "add :v y", "remove :v",
        "set x = y / z", "set x = y * z", "set x[1] = \"s\"", "set x[1] = 1",
        "SET x = if_not_exist(x, 100)", "SET if_not_exist(x, y) = x", "set (x = (y + z))",
        "set x = y + z + w", "set x = (y + z) + w", "set x = f(y + z)", "set x = (y).z",
        "set x = ((y + z))", "set", "set x = :v set", "set x = :v remove", "set x = y -",
        "SET#n=:v",
        "set x = (y", "set x = list_append()", "set x.set = :v",
    };
    static const vector vectors[] = {
        {"set #n = :v set abOrt = :v", RESERVED "abOrt"},
        {"set #nn = if_not_exist(:u) set c = d", "Invalid function name; function: if_not_exist"},
        {"set x = size(y)", "The function is not allowed in an update expression; function: size"},
        {"set x = #nn set c = :u",
         "The \"SET\" section can only be used once in an update expression;"},
        {"remove x add y :n remove c",
         "The \"REMOVE\" section can only be used once in an update expression;"},
        {"SET #nn = if_not_exists(:u)", NO_NAME "#nn"},
        {"SET #n = if_not_exists(:u)", NO_VALUE ":u"},
        {"set d[1] = x, d.b = x, c[1].x = x, #c = if_not_exists(x)", OVERLAP("[c, [1], x]", "[c]")},
        {"set #c[3].#3 = x, #c[3] = x", OVERLAP("[c, [3], [3]]", "[c, [3]]")},
        {"set #c[3].#3 = x, #c.#3[3] = x", CONFLICT("[c, [3], [3]]", "[c, [3], [3]]")},
        {"remove x.#c set x[1] = y", CONFLICT("[x, c]", "[x, [1]]")},
        {"set b = list_append(:v, x), c = if_not_exists(x) add x.b :v",
         "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"},
        {"add x :map", "Incorrect operand type for operator or function; operator: ADD, "
                       "operand type: MAP"},
        {"add x :l", "Incorrect operand type for operator or function; operator: ADD, "
                     "operand type: LIST"},
        {"delete x :n", "Incorrect operand type for operator or function; operator: DELETE, "
                        "operand type: NUMBER"},
        {"delete x :bool", "Incorrect operand type for operator or function; operator: DELETE, "
                           "operand type: BOOLEAN"},
        {"delete x :null", "Incorrect operand type for operator or function; operator: DELETE, "
                           "operand type: NULL"},
        {"delete x :b", "Incorrect operand type for operator or function; operator: DELETE, "
                        "operand type: BINARY"},
        {"set x = if_not_exists(c)", COUNT_OF("if_not_exists", "1")},
        {"set x = list_append(c)", COUNT_OF("list_append", "1")},
        {"set x = if_not_exists(:v, c)", NEEDS_PATH("if_not_exists")},
        {"set x = if_not_exists(if_not_exists(x, y), c)", NEEDS_PATH("if_not_exists")},
        {"set x = list_append(x, :n)", TYPE_OF("list_append", "N")},
        {"set x = list_append(:map, x)", TYPE_OF("list_append", "M")},
        {"set x = x + :s", TYPE_OF("+", "S")},
        {"set x = :ss - x", TYPE_OF("-", "SS")},
        {"set x = if_not_exists(x, y) + y", NULL},
        {"SET x = if_not_exists(x, if_not_exists(x, y))", NULL},
        {"set x = (y + :n)", NULL}, {"set x = (y) + (:n)", NULL}, {"set x = ((y) - :n)", NULL},
        {"set x = (y)", NULL}, {"set x = list_append(list_append(x, y), (:l))", NULL},
        {"sEt x=:v,y=:v rEmove z,w[1] add p :n,q :ss delete t :ns", NULL},
        {"remove b delete c :ss set x = y", NULL},
    };
    CHECK_SYNTAX(EX_UPDATE, syntax);
    CHECK_VECTORS(EX_UPDATE, vectors);
}

#define OLD_ITEM                                                                             \
    "{\"pk\":{\"S\":\"k\"},\"n\":{\"N\":\"5\"},\"s\":{\"S\":\"text\"},"                       \
    "\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"1\"},{\"S\":\"2\"},{\"S\":\"3\"}]},"                \
    "\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"M\":{\"c\":{\"S\":\"c\"}}}}},"                \
    "\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"2\"]}}"
#define UPDATE_VALUES                                                                        \
    "{\":1\":{\"N\":\"1\"},\":v\":{\"S\":\"v\"},\":w\":{\"S\":\"w\"}," \
    "\":l\":{\"L\":[{\"S\":\"x\"}]}," \
    "\":bc\":{\"SS\":[\"b\",\"c\"]},\":ab\":{\"SS\":[\"b\",\"a\"]},\":n23\":{\"NS\":[\"2.0\"," \
    "\"3\"]}," \
    "\":big\":{\"N\":\"9.9E125\"},\":38\":{\"N\":\"0.00000000000000000000000000000000000001\"}," \
    "\":37\":{\"N\":\"10000000000000000000000000000000000000\"},"                            \
    "\":m\":{\"M\":{\"k\":{\"S\":\"v\"}}},\":x\":{\"SS\":[\"x\"]}}"

/* want: the item after the update, or the error when it does not begin with {. */
static void check_update(const char *text, const char *old_text, const char *want)
{
    test_env e;
    request r = {0};
    attr_map old = {0}, key = {0};
    update *u;
    map after;
    buf out;
    int rc;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, "{\"#1\":\"1\"}", UPDATE_VALUES), 0);
    CHECK_INT(read_map(&e.cx, old_text ? old_text : "{}", &old), 0);
    CHECK_INT(read_map(&e.cx, "{\"pk\":{\"S\":\"k\"}}", &key), 0);
    CHECK_FAIL_NOTE(&e.cx, expr_update(&e.cx, &r.b, str_of(text), &u), 0, NULL, text);
    if (e.cx.err.code == 0) {
        rc = update_apply(&e.cx, u, &old.m, old_text != NULL, &key.m, &after);
        if (want[0] == '{') {
            CHECK_FAIL_NOTE(&e.cx, rc, 0, NULL, text);
            buf_init_arena(&out, &e.a, 1 << 20);
            if (rc == 0)
                item_put(&out, &after);
            CHECK_STR_NOTE(buf_view(&out), want, text);
        } else {
            CHECK_FAIL_NOTE(&e.cx, rc, DDB_VALIDATION, want, text);
        }
        buf_init_arena(&out, &e.a, 1 << 20);
        item_put(&out, &old.m); /* the old item is as it was */
        CHECK_STR_NOTE(buf_view(&out), old_text ? old_text : "{}", text);
    }
    test_env_release(&e);
}

#define NO_ATTRIBUTE \
    "The provided expression refers to an attribute that does not exist in the item"
#define BAD_TYPE "An operand in the update expression has an incorrect data type"
#define BAD_PATH "The document path provided in the update expression is invalid for update"

TEST(update, updates_top_level_attributes)
{
    static const struct {
        const char *text, *old, *want;
    } cases[] = {
        {"set a = :v", NULL, "{\"pk\":{\"S\":\"k\"},\"a\":{\"S\":\"v\"}}"},
        {"set a = :v, b = :1", "{\"b\":{\"S\":\"old\"},\"pk\":{\"S\":\"k\"}}",
         "{\"b\":{\"N\":\"1\"},\"pk\":{\"S\":\"k\"},\"a\":{\"S\":\"v\"}}"},
        {"remove a", NULL, "{\"pk\":{\"S\":\"k\"}}"},
        {"remove b, x", "{\"pk\":{\"S\":\"k\"},\"b\":{\"S\":\"1\"},\"c\":{\"S\":\"2\"}}",
         "{\"pk\":{\"S\":\"k\"},\"c\":{\"S\":\"2\"}}"},
        /* all right-hand sides read the old item: a swap */
        {"set a = b, b = a", "{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}",
         "{\"a\":{\"N\":\"2\"},\"b\":{\"N\":\"1\"}}"},
        {"set a = b remove b", "{\"a\":{\"N\":\"1\"},"
         "\"b\":{\"N\":\"2\"}}", "{\"a\":{\"N\":\"2\"}}"},
        {"set n = n + :1", "{\"n\":{\"N\":\"5\"}}", "{\"n\":{\"N\":\"6\"}}"},
        {"set n = n - :1", "{\"n\":{\"N\":\"1\"}}", "{\"n\":{\"N\":\"0\"}}"},
        {"set n = :1 - n", "{\"n\":{\"N\":\"1.5\"}}", "{\"n\":{\"N\":\"-0.5\"}}"},
        {"set n = if_not_exists(n, :1) + :1", "{}", "{\"n\":{\"N\":\"2\"}}"},
        {"set n = if_not_exists(n, :1)", "{\"n\":{\"S\":\"s\"}}", "{\"n\":{\"S\":\"s\"}}"},
        {"set l = list_append(l, :l)", "{\"l\":{\"L\":[{\"S\":\"a\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"a\"},{\"S\":\"x\"}]}}"},
        {"set l = list_append(:l, if_not_exists(l, :l))", "{}",
         "{\"l\":{\"L\":[{\"S\":\"x\"},{\"S\":\"x\"}]}}"},
        {"set a = m.b[0]", "{\"m\":{\"M\":{\"b\":{\"L\":[{\"S\":\"in\"}]}}}}",
         "{\"m\":{\"M\":{\"b\":{\"L\":[{\"S\":\"in\"}]}}},\"a\":{\"S\":\"in\"}}"},
        {"add n :1", "{\"n\":{\"N\":\"5\"}}", "{\"n\":{\"N\":\"6\"}}"},
        {"add n :1", "{}", "{\"n\":{\"N\":\"1\"}}"},
        {"add ss :bc", "{\"ss\":{\"SS\":[\"a\",\"b\"]}}", "{\"ss\":{\"SS\":[\"a\",\"b\",\"c\"]}}"},
        {"add ss :bc", "{}", "{\"ss\":{\"SS\":[\"b\",\"c\"]}}"},
        {"add ns :n23", "{\"ns\":{\"NS\":[\"1\",\"2\"]}}", "{\"ns\":{\"NS\":[\"1\",\"2\",\"3\"]}}"},
        {"delete ss :bc", "{\"ss\":{\"SS\":[\"a\",\"b\"]}}", "{\"ss\":{\"SS\":[\"a\"]}}"},
        {"delete ss :ab", "{\"ss\":{\"SS\":[\"a\",\"b\"]},\"x\":{\"N\":\"1\"}}",
         "{\"x\":{\"N\":\"1\"}}"},
        {"delete ss :x", "{\"ss\":{\"SS\":[\"a\",\"b\"]}}", "{\"ss\":{\"SS\":[\"a\",\"b\"]}}"},
        {"delete ss :bc", "{}", "{}"},
        {"delete ns :n23", "{\"ns\":{\"NS\":[\"1\",\"2\"]}}", "{\"ns\":{\"NS\":[\"1\"]}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_update(cases[i].text, cases[i].old, cases[i].want);
}

TEST(update, updates_nested_values)
{
    static const struct {
        const char *text, *old, *want;
    } cases[] = {
        {"set m.x = :v", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}",
         "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"x\":{\"S\":\"v\"}}}}"},
        {"set m.a = :v, m.b.c = :w, q = m.a", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},"
         "\"b\":{\"M\":{}}}}}",
         "{\"m\":{\"M\":{\"a\":{\"S\":\"v\"},\"b\":{\"M\":{\"c\":{\"S\":\"w\"}}}}},"
         "\"q\":{\"N\":\"1\"}}"},
        {"remove m.a", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}", "{\"m\":{\"M\":{}}}"},
        {"remove "
         "m.x", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}"},
        {"add m.a "
         ":1", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}", "{\"m\":{\"M\":{\"a\":{\"N\":\"2\"}}}}"},
        {"add m.b :1", "{\"m\":{\"M\":{}}}", "{\"m\":{\"M\":{\"b\":{\"N\":\"1\"}}}}"},
        {"delete m.s :ab", "{\"m\":{\"M\":{\"s\":{\"SS\":[\"a\"]}}}}", "{\"m\":{\"M\":{}}}"},
        {"set l[1] = :v", "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"1\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"v\"}]}}"},
        /* beyond the end: appended in the order of the indices, without gaps */
        {"set l[10] = :v, l[5] = :w", "{\"l\":{\"L\":[{\"S\":\"0\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"w\"},{\"S\":\"v\"}]}}"},
        {"set l[2000000000] = :v", "{\"l\":{\"L\":[]}}", "{\"l\":{\"L\":[{\"S\":\"v\"}]}}"},
        /* indices are those of the old list */
        {"remove l[0], l[2]", "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"1\"},{\"S\":\"2\"},"
         "{\"S\":\"3\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"1\"},{\"S\":\"3\"}]}}"},
        {"remove l[9]", "{\"l\":{\"L\":[{\"S\":\"0\"}]}}", "{\"l\":{\"L\":[{\"S\":\"0\"}]}}"},
        {"remove l[0] set l[1] = :v, l[7] = :w",
         "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"1\"},{\"S\":\"2\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"v\"},{\"S\":\"2\"},{\"S\":\"w\"}]}}"},
        {"set l[0].a = :v, l[0].b = :w remove l[1]", "{\"l\":{\"L\":[{\"M\":{}},{\"S\":\"1\"}]}}",
         "{\"l\":{\"L\":[{\"M\":{\"a\":{\"S\":\"v\"},\"b\":{\"S\":\"w\"}}}]}}"},
        {"set l[1][0] = :v", "{\"l\":{\"L\":[{\"S\":\"0\"},{\"L\":[]}]}}",
         "{\"l\":{\"L\":[{\"S\":\"0\"},{\"L\":[{\"S\":\"v\"}]}]}}"},
        {"add l[4] :1", "{\"l\":{\"L\":[]}}", "{\"l\":{\"L\":[{\"N\":\"1\"}]}}"},
        {"set m.#1 = :v", "{\"m\":{\"M\":{}}}", "{\"m\":{\"M\":{\"1\":{\"S\":\"v\"}}}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_update(cases[i].text, cases[i].old, cases[i].want);
}

TEST(update, update_runtime_errors)
{
    static const struct {
        const char *text, *old, *want;
    } cases[] = {
        {"set c = b", NULL, NO_ATTRIBUTE},
        {"set e = list_append(b, c)", NULL, NO_ATTRIBUTE},
        {"set b.x = :v, c = d", NULL, NO_ATTRIBUTE}, /* before paths */
        {"set c = x + :1", OLD_ITEM, NO_ATTRIBUTE},
        {"set c = if_not_exists(x, y)", OLD_ITEM, NO_ATTRIBUTE},
        /* a new item has its key */
        {"set c = pk", NULL, "{\"pk\":{\"S\":\"k\"},\"c\":{\"S\":\"k\"}}"},
        {"set b.x = pk", OLD_ITEM, BAD_PATH},
        {"set b[1] = pk", OLD_ITEM, BAD_PATH},
        {"set b.a = :v", NULL, BAD_PATH},
        {"set m[1] = :v", OLD_ITEM, BAD_PATH},
        {"set l.#1 = :v", OLD_ITEM, BAD_PATH},
        {"set s.x = :v", OLD_ITEM, BAD_PATH},
        {"set l[9].x = :v", OLD_ITEM, BAD_PATH},
        {"set m.b.c.d = :v", OLD_ITEM, BAD_PATH},
        {"remove s.x", OLD_ITEM, BAD_PATH},
        {"remove x.y", OLD_ITEM, BAD_PATH},
        {"add x.y :1", OLD_ITEM, BAD_PATH},
        {"delete x.y :bc", OLD_ITEM, BAD_PATH},
        {"delete ns :bc", OLD_ITEM, BAD_TYPE},
        {"add m :1", OLD_ITEM, BAD_TYPE},
        {"add s :1", OLD_ITEM, BAD_TYPE},
        {"add ss :1", OLD_ITEM, BAD_TYPE},
        {"set x = s + :1", OLD_ITEM, BAD_TYPE},
        {"set x = :1 - l", OLD_ITEM, BAD_TYPE},
        {"set x = list_append(s, :l)", OLD_ITEM, BAD_TYPE},
        {"set x = :big + :big", OLD_ITEM,
         "Number overflow. Attempting to store a number with magnitude larger than supported "
         "range"},
        {"set x = :37 + :38", OLD_ITEM,
         "Attempting to store more than 38 significant digits in a Number"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_update(cases[i].text, cases[i].old, cases[i].want);
}

TEST(update, refuses_results_nested_too_deep)
{
    test_env e;
    request r = {0};
    attr_map old = {0};
    update *u;
    map after;
    char value[1000] = "", item[1000] = "";

    /* :v has 31 levels, so it fits at a (31), a.a (32) but not at a.a.a (33). */
    test_env_init(&e);
    strcat(value, "{\":v\":");
    for (int i = 0; i < 30; i++)
        strcat(value, "{\"L\":[");
    strcat(value, "{\"S\":\"\"}");
    for (int i = 0; i < 30; i++)
        strcat(value, "]}");
    strcat(value, "}");
    strcat(item, "{\"a\":{\"M\":{\"a\":{\"M\":{}}}}}");
    CHECK_INT(bind(&e.cx, &r, NULL, value), 0);
    CHECK_INT(read_map(&e.cx, item, &old), 0);
    CHECK_INT(expr_update(&e.cx, &r.b, STR("set a.b = :v"), &u), 0);
    CHECK_INT(update_apply(&e.cx, u, &old.m, true, &old.m, &after), 0);
    CHECK_INT(expr_update(&e.cx, &r.b, STR("set a.a.a = :v"), &u), 0);
    CHECK_FAIL(&e.cx, update_apply(&e.cx, u, &old.m, true, &old.m, &after), DDB_VALIDATION,
               "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
               "levels beyond supported limit");
    test_env_release(&e);
}

static void check_updated(const char *text, const char *item_text, const char *want)
{
    test_env e;
    request r = {0};
    attr_map item = {0};
    update *u;
    map part;
    buf out;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NULL, UPDATE_VALUES), 0);
    CHECK_INT(read_map(&e.cx, item_text, &item), 0);
    CHECK_INT(expr_update(&e.cx, &r.b, str_of(text), &u), 0);
    CHECK_INT(update_project(&e.cx, u, &item.m, &part), 0);
    buf_init_arena(&out, &e.a, 1 << 20);
    item_put(&out, &part);
    CHECK_STR_NOTE(buf_view(&out), want, text);
    test_env_release(&e);
}

TEST(update, projects_what_was_updated)
{
    check_updated("set n = :1, x = :v remove s", OLD_ITEM,
                  "{\"n\":{\"N\":\"5\"},\"s\":{\"S\":\"text\"}}");
    check_updated("set m.a = :1", OLD_ITEM, "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}");
    check_updated("set m.b.c = :v, m.a = :v", OLD_ITEM,
                  "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"M\":{\"c\":{\"S\":\"c\"}}}}}}");
    check_updated("set l[3] = :v, l[1] = :v", OLD_ITEM,
                  "{\"l\":{\"L\":[{\"S\":\"1\"},{\"S\":\"3\"}]}}");
    check_updated("set x.y = :v remove z", OLD_ITEM, "{}");
    check_updated("set a = :v", "{}", "{}");
}

TEST(update, knows_literals_targets_and_overhead_of_updates)
{
    test_env e;
    request r = {0};
    update *u;
    const path_list *paths;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NULL, UPDATE_VALUES), 0);
    CHECK_INT(expr_update(&e.cx, &r.b,
                          STR("set a = :v, b = (:1), c = d, e.f = :v, l[1] = :v, n = n + :1 "
                              "remove g add h :1 delete i :bc"), &u), 0);
    CHECK_STR(update_literal(u, STR("a"))->s, "v");
    CHECK_STR(update_literal(u, STR("b"))->s, "1");
    CHECK(update_literal(u, STR("c")) == NULL);
    CHECK(update_literal(u, STR("e")) == NULL);
    CHECK(update_literal(u, STR("g")) == NULL);
    CHECK(update_literal(u, STR("zz")) == NULL);
    paths = update_paths(u);
    REQUIRE(paths->count == 9);
    CHECK_STR(paths->items[3]->steps[1].name, "f");
    CHECK_STR(paths->items[8]->steps[0].name, "i");
    /* 3, six SET, one ADD, REMOVE and DELETE, one index, one sum */
    CHECK_INT(update_overhead(u), 3 + 7 * 19 + 2 * 2 + 1 + 50);
    test_env_release(&e);
}

/* ---- large sets ---- */

TEST(update, changes_large_sets)
{
    test_env e;
    request r = {0};
    attr_map old = {0};
    update *u;
    map after;
    buf values, item;

    test_env_init(&e);
    buf_init_arena(&values, &e.a, 1 << 20);
    buf_init_arena(&item, &e.a, 1 << 20);
    buf_lit(&values, "{\":v\":{\"NS\":[");
    buf_lit(&item, "{\"s\":{\"NS\":[");
    for (int i = 0; i < 500; i++) {
        buf_fmt(&values, "%s\"%d\"", i ? "," : "", i * 2);
        buf_fmt(&item, "%s\"%d\"", i ? "," : "", i * 3);
    }
    buf_lit(&values, "]}}\0");
    buf_lit(&item, "]}}\0");
    CHECK_INT(bind(&e.cx, &r, NULL, values.p), 0);
    CHECK_INT(read_map(&e.cx, item.p, &old), 0);
    CHECK_INT(expr_update(&e.cx, &r.b, STR("add s :v"), &u), 0);
    CHECK_INT(update_apply(&e.cx, u, &old.m, true, &old.m, &after), 0);
    CHECK_INT(after.attrs[0].v.count, 500 + 500 - 167); /* 0, 6, .. 996 are in both */
    CHECK_INT(expr_update(&e.cx, &r.b, STR("delete s :v"), &u), 0);
    CHECK_INT(update_apply(&e.cx, u, &old.m, true, &old.m, &after), 0);
    CHECK_INT(after.attrs[0].v.count, 500 - 167);
    test_env_release(&e);
}

/* ---- out of memory ---- */

typedef struct oom_case {
    expr_kind kind;
    const char *text;
} oom_case;

static int oom_body(test_env *e, void *arg)
{
    const oom_case *o = arg;
    ctx *cx = &e->cx;
    request r = {0};
    attr_map item = {0};
    cond *c;
    update *u;
    projection *p;
    key_conditions k;
    path_list paths;
    map after;
    item_view view;
    buf out;
    bool yes;
    int rc;

    TRY(bind(cx, &r, "{\"#q\":\"q\\\"\"}",
             "{\":v\":{\"S\":\"v\"},\":n\":{\"N\":\"1\"},\":l\":{\"L\":[]},"
             "\":s\":{\"SS\":[\"z\"]}}"));
    TRY(read_map(cx, OLD_ITEM, &item));
    switch (o->kind) {
    case EX_UPDATE:
        TRY(expr_update(cx, &r.b, str_of(o->text), &u));
        TRY(update_apply(cx, u, &item.m, true, &item.m, &after));
        return update_project(cx, u, &after, &after);
    case EX_PROJECTION:
        TRY(expr_projection(cx, &r.b, str_of(o->text), &p));
        buf_init(&out, cx->m, 1 << 20);
        rc = projection_put(cx, p, STR(OLD_ITEM), &out, &yes);
        if (rc == 0)
            rc = out.err;
        buf_release(&out);
        return rc;
    default:
        TRY(expr_condition(cx, &r.b, o->kind, str_of(o->text), &c));
        TRY(cond_paths(cx, c, &paths));
        if (o->kind == EX_KEY_CONDITION)
            return expr_key_conditions(cx, c, &k);
        view = item_view_text(STR(OLD_ITEM));
        return cond_eval(cx, c, &view, &yes);
    }
}

/* A static error's text needs memory as well: DDB_NOMEM instead of it. */
static int oom_error_body(test_env *e, void *arg)
{
    int rc = oom_body(e, arg);

    return rc == DDB_VALIDATION ? 0 : rc;
}

TEST(update, every_allocation_may_fail)
{
    static oom_case good[] = {
        {EX_UPDATE, "set a = :v, l[9] = :v, m.b.c = :n + n, x = list_append(l, :l) remove l[0], s "
                    "add ss :s, n :n delete ns1 :s"},
        {EX_CONDITION, "not (a.b[1] = :v and size(l) > :n) or begins_with(s, :v) and n in (:n, "
         ":v)"},
        {EX_KEY_CONDITION, "pk = :v and sk between :n and :n"},
        {EX_PROJECTION, "pk, m.b.c, l[3], l[1], #q, x.y"},
    };
    static oom_case bad[] = {
        {EX_UPDATE, "set a.b = :v, a = :v"}, {EX_UPDATE, "set a = = :v"},
        {EX_CONDITION, "x = x"}, {EX_CONDITION, "a = :u"}, {EX_PROJECTION, "abort"},
        {EX_KEY_CONDITION, "a <> :v"}, {EX_CONDITION, "a between :v and :n"},
    };

    for (size_t i = 0; i < COUNT(good); i++)
        test_each_alloc_failure(oom_body, &good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        test_each_alloc_failure(oom_error_body, &bad[i]);
}

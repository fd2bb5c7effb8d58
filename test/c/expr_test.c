/*
 * expr_test.c - expressions: syntax, placeholders, conditions, key conditions; what the service
 * accepts, what it says of the rest, what they mean. Projections and updates: update_test.c.
 *
 * Texts are the service's; the vectors are those of the facts' expressions 10, section by section.
 */
#include "expr_request.h"

#include "expr/expr.h" /* the Makefile links the folders that are named here */

/* ---- syntax (facts 2, 3) ---- */

TEST(expr, names_the_token_and_what_is_near)
{
    static const vector updates[] = {
        {"SET 2", "Syntax error; token: \"2\", near: \"SET 2\""},
        {"SET a = 3)", "Syntax error; token: \"3\", near: \"= 3)\""},
        {"RESET NonExistent value", "Syntax error; token: \"RESET\", near: \"RESET NonExistent\""},
        {"SET a [2 1]. b = 5", "Syntax error; token: \"1\", near: \"2 1]\""},
        {"SET a = :v,", "Syntax error; token: \"<EOF>\", near: \",\""},
        {"SET a = :v b = :w", "Syntax error; token: \"b\", near: \":v b =\""},
        {"ADD hits : incr", "Syntax error; token: \":\", near: \"hits : incr\""},
        {"set _something = :something", "Syntax error; token: \"_\", near: \"set _something\""},
        {"SET #as, #Other", "Syntax error; token: \",\", near: \"#as, #Other\""},
        {"SET a-b = :v", "Syntax error; token: \"-\", near: \"a-b\""},
    };
    static const vector conditions[] = {
        {"foo", "Syntax error; token: \"<EOF>\", near: \"foo\""},
        {"a+:delta<b", "Syntax error; token: \"+\", near: \"a+:delta\""},
        {"a = :v AND __typename = :w", "Syntax error; token: \"_\", near: \"AND __\""},
        {"tenantAgent:abc123-4", "Syntax error; token: \":abc123\", near: \"tenantAgent:abc123-\""},
        {"attribute_type()", "Syntax error; token: \")\", near: \"()\""},
        {"a = \xC3\xA9 b", "Syntax error; token: \"\xC3\xA9\", near: \"= \xC3\xA9 b\""},
        {"  ", "Syntax error; token: \"<EOF>\", near: \"\""},
    };
    static const vector projections[] = {
        {"!!! x", "Syntax error; token: \"!\", near: \"!!\""},
        {"l[a]", "Syntax error; token: \"a\", near: \"[a]\""},
    };
    CHECK_VECTORS(EX_UPDATE, updates);
    CHECK_VECTORS(EX_CONDITION, conditions);
    CHECK_VECTORS(EX_PROJECTION, projections);
}

TEST(expr, refuses_empty_and_oversized_expressions)
{
    static const expr_kind kinds[] = {EX_UPDATE, EX_CONDITION, EX_KEY_CONDITION, EX_FILTER,
                                      EX_PROJECTION};
    char text[EXPRESSION_BYTES_MAX + 2];
    const vector empty = {"", "The expression can not be empty;"};
    const vector big = {text, "Expression size has exceeded the maximum allowed size; "
                              "expression size: 4097"};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        check_vector(kinds[i], &empty);
        memset(text, ' ', sizeof text);
        text[EXPRESSION_BYTES_MAX + 1] = '\0';
        check_vector(kinds[i], &big);
    }
    memset(text, ' ', sizeof text);
    memcpy(text, "a", 1);
    text[EXPRESSION_BYTES_MAX] = '\0';
    check_vector(EX_PROJECTION, &(vector){text, NULL});
}

/* a=:v and a=:v and ...: `terms` comparisons and terms - 1 ANDs. */
static void repeat(char *out, size_t terms, const char *term, const char *between)
{
    out[0] = '\0';
    for (size_t i = 0; i < terms; i++) {
        if (i > 0)
            strcat(out, between);
        strcat(out, term);
    }
}

TEST(expr, allows_300_operators)
{
    char text[EXPRESSION_BYTES_MAX * 2];
    static const char *const too_many =
        "The expression contains too many operators; operator count: 301";

    repeat(text, 150, "a=:v", " or "); /* 150 + 149 */
    check_vector(EX_FILTER, &(vector){text, NULL});
    repeat(text, 150, "a=:v", " or ");
    strcat(text, " or not a=:v"); /* 299 + 3 */
    check_vector(EX_FILTER, &(vector){text, too_many});
    repeat(text, 151, "a=:v", " or ");
    check_vector(EX_FILTER, &(vector){text, too_many});
    strcpy(text, "set a=");
    for (int i = 0; i < 301; i++)
        strcat(text, "f(");
    strcat(text, "b");
    for (int i = 0; i < 301; i++)
        strcat(text, ")");
    check_vector(EX_UPDATE, &(vector){text, too_many});
}

TEST(expr, allows_100_operands_of_in)
{
    char text[EXPRESSION_BYTES_MAX], list[EXPRESSION_BYTES_MAX / 2];

    repeat(list, 100, ":v", ",");
    snprintf(text, sizeof text, "a in (%s)", list);
    check_vector(EX_CONDITION, &(vector){text, NULL});
    repeat(list, 101, ":v", ",");
    snprintf(text, sizeof text, "a in (%s)", list);
    check_vector(EX_CONDITION,
                 &(vector){text, "The IN operator is provided with too many operands; "
                                 "number of operands: 101"});
}

TEST(expr, bounds_paths_and_list_indices)
{
    char deep[200];
    static const vector vectors[] = {
        {"l[4294967294]", NULL},
        {"l[4294967295]",
         "List index is not within the allowable range; index: [4294967295]"},
        {"l[99999999999999999999999]",
         "List index is not within the allowable range; index: [99999999999999999999999]"},
        {"l[007]", NULL},
    };

    CHECK_VECTORS(EX_PROJECTION, vectors);
    repeat(deep, 32, "a", ".");
    check_vector(EX_PROJECTION, &(vector){deep, NULL});
    repeat(deep, 33, "a", ".");
    check_vector(EX_PROJECTION, &(vector){deep, "The document path has too many nesting levels; "
                                                "nesting levels: 33"});
}

TEST(expr, survives_the_deepest_nesting)
{
    char text[EXPRESSION_BYTES_MAX + 1];

    for (size_t n = 900; n <= 2040; n += 60) {
        memset(text, '(', n);
        memcpy(text + n, "a=:v", 4);
        memset(text + n + 4, ')', n);
        text[2 * n + 4] = '\0';
        check_vector(EX_CONDITION, &(vector){text, REDUNDANT});
    }
    /* Parentheses at path heads are not redundant: 500 levels. */
    memset(text, '(', 500);
    strcpy(text + 500, "a");
    for (int i = 0; i < 500; i++)
        strcat(text, ").b");
    strcat(text, "=:v");
    check_vector(EX_CONDITION, &(vector){text, "The document path has too many nesting levels; "
                                               "nesting levels: 501"});
}

/* ---- placeholders (facts validation 4.1) ---- */

#define FIFTY "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define LONG_KEY FIFTY FIFTY FIFTY FIFTY FIFTY "abcd" /* 255 with its sign */

TEST(expr, checks_the_placeholder_maps)
{
    static const struct {
        const char *names, *values, *error;
    } cases[] = {
        {"{}", NULL, "ExpressionAttributeNames must not be empty"},
        {"{\"a\":\"b\"}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
        {"{\"#\":\"b\"}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""},
        {"{\"#a-b\":\"b\"}", "{}",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\""},
        {"{\"#a\":\"b\"}", "{}", "ExpressionAttributeValues must not be empty"},
        {NULL, "{\"a\":{\"S\":\"\"}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"a\""},
        {NULL, "{\":\":{\"S\":\"\"}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \":\""},
        {NULL, "{\":a\":{\"N\":\"x\"}}",
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value: x for key :a"},
        {NULL, "{\":b\":{\"a\":\"\"},\"b\":{\"S\":\"a\"}}", /* keys before values */
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\""},
        {"{\"#a\":\"\"}", NULL,
         "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"},
        {"{\"#" LONG_KEY "a\":\"b\"}", NULL,
         "ExpressionAttributeNames contains invalid key: The expression attribute map contains a "
         "key that is too long; size of key: 256"},
        {NULL, "{\":" LONG_KEY "-\":{\"S\":\"\"}}", /* length before form; no size printed */
         "ExpressionAttributeValues contains invalid key: The expression attribute map contains a "
         "key that is too long;"},
        {"{\"#" LONG_KEY "\":\"b\"}", "{\":" LONG_KEY "\":{\"S\":\"\"}}", NULL},
        {"{\"#0_a\":\"b\"}", "{\":0_a\":{\"S\":\"\"}}", NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        test_env e;
        request r = {0};
        test_env_init(&e);
        CHECK_FAIL_NOTE(&e.cx, bind(&e.cx, &r, cases[i].names, cases[i].values),
                        cases[i].error ? DDB_VALIDATION : 0, cases[i].error, cases[i].names);
        test_env_release(&e);
    }
}

TEST(expr, lists_unused_placeholders)
{
    test_env e;
    request r = {0};

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, "{\"#a\":\"a\",\"#b\":\"b\",\"#c\":\"c\"}",
                   "{\":a\":{\"S\":\"\"},\":b\":{\"S\":\"\"}}"), 0);
    CHECK_INT(parse(&e.cx, &r.b, EX_CONDITION, "#c = :a"), 0);
    CHECK_FAIL(&e.cx, binding_check_unused(&e.cx, &r.b), DDB_VALIDATION,
               "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
    CHECK_INT(parse(&e.cx, &r.b, EX_PROJECTION, "#a, #b"), 0);
    CHECK_FAIL(&e.cx, binding_check_unused(&e.cx, &r.b), DDB_VALIDATION,
               "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}");
    CHECK_INT(parse(&e.cx, &r.b, EX_UPDATE, "SET x = if_not_exists(y, :b)"), 0);
    CHECK_INT(binding_check_unused(&e.cx, &r.b), 0);
    test_env_release(&e);
}

TEST(expr, finds_placeholders_of_large_maps)
{
    test_env e;
    request r = {0};
    buf names, values, text;

    test_env_init(&e);
    buf_init(&names, &e.m, 1 << 20);
    buf_init(&values, &e.m, 1 << 20);
    buf_init(&text, &e.m, 1 << 20);
    for (int i = 0; i < 300; i++) {
        buf_fmt(&names, "%s\"#%d\":\"a%d\"", i ? "," : "{", i, i);
        buf_fmt(&values, "%s\":%d\":{\"N\":\"%d\"}", i ? "," : "{", i, i);
        buf_fmt(&text, "%s#%d=:%d", i ? "," : "set ", i, i);
    }
    buf_lit(&names, "}\0");
    buf_lit(&values, "}\0");
    buf_lit(&text, "\0");
    CHECK_INT(bind(&e.cx, &r, names.p, values.p), 0);
    CHECK_FAIL(&e.cx, parse(&e.cx, &r.b, EX_UPDATE, text.p), 0, NULL);
    CHECK_INT(binding_check_unused(&e.cx, &r.b), 0);
    CHECK_INT(parse(&e.cx, &r.b, EX_CONDITION, "#300 = :300"), DDB_VALIDATION);
    buf_release(&names);
    buf_release(&values);
    buf_release(&text);
    test_env_release(&e);
}

/* ---- conditions (facts 4, 10.1) ---- */

TEST(expr, condition_syntax_errors)
{
    static const char *const texts[] = {
        "x y z", "x > 4", "x = \"s\"", "attribute_exists(\"x\")", "attribute_exists(x-y)",
        "attribute_exists(x..y)", "attribute_exists(x#y.z)", "attribute_exists(x[y])", "x in y",
        "x in y, z", "x in (y,z,)", "x > between", "#$.y > x", "x > :v.w", "y[:v] > x",
        "y[#n] > x", "\xC3\xA9 > x", "(x)between(y.(z.w))and(z)",
        "(x)between(y.z[4.5].#d)and(:v)", "size(x).y > z", "(size(x))[0] > z", "a > :things.stuff",
        "b[:a]", "b[#_]", "NOT NOT attribute_exists(x)", "x = :v AND", "AND x = :v", "(x = :v",
        "x = :v)", "x", "(x)", "x AND y = :v", "NOT x", ":v", "x = (y = :v)",
        "x = y = :v", "(x = y) = :v", "f()", "x in ()", "x between :v", "x between :v or :w",
        "= :v", "x = :v and#n = :v", "x.and = :v", "_x = :v",
    };
    CHECK_SYNTAX(EX_CONDITION, texts);
    CHECK_SYNTAX(EX_FILTER, texts);
    CHECK_SYNTAX(EX_KEY_CONDITION, texts);
}

TEST(expr, condition_errors_in_their_order)
{
    static const vector vectors[] = {
        {"x=x and y > ((z))", REDUNDANT},
        {"(x)between(((y.z)).w)and(z)", REDUNDANT},
        {"y > f((:u), ((x)))", REDUNDANT},
        {"x=x AND ((x=x AND x=x)) AND x=x", REDUNDANT},
        {"x=x OR ((x=x OR (x=x OR x=x)))", REDUNDANT},
        {"((x = :v))", REDUNDANT},
        {"x=x and foo((:u)) > y", "Invalid function name; function: foo"},
        {"attRIbute_exIsts((views), #nn)", "Invalid function name; function: attRIbute_exIsts"},
        {"if_not_exists(x, :v) = :v",
         "The function is not allowed in a condition expression; function: if_not_exists"},
        {"x=x and attribute_exists((views), (#nn)) > y", MISUSED "attribute_exists"},
        {"begins_with(q, x) > y", MISUSED "begins_with"},
        {"contains(:q, z) > y", MISUSED "contains"},
        {"size(contains(x, y)) > z", MISUSED "contains"},
        {"x between y and attribute_exists(q)", MISUSED "attribute_exists"},
        {"x in (y, attribute_exists(q))", MISUSED "attribute_exists"},
        {"size(q)", MISUSED "size"},
        {"x = :v AND size(q)", MISUSED "size"},
        {"x = :v OR size(q)", MISUSED "size"},
        {"NOT size(q)", MISUSED "size"},
        {"(size(q))", MISUSED "size"},
        {"attribute_exists(views, #nn)", RESERVED "views"},
        {":u < abOrT", RESERVED "abOrT"},
        {"x.y.abORt = :v", RESERVED "abORt"},
        {"attribute_exists(#P.Q, :v) and x=x", NO_NAME "#P"},
        {"(#P between :aa and :bb) and (#Q in (:cc))", NO_NAME "#P"},
        {"begins_with(:h, #nn, #m)", NO_VALUE ":h"},
        {"foo=:foo", NO_VALUE ":foo"},
        {"attribute_exists(q, x) and x=x", COUNT_OF("attribute_exists", "2")},
        {"attribute_not_exists(q, y)", COUNT_OF("attribute_not_exists", "2")},
        {"attribute_type(q)", COUNT_OF("attribute_type", "1")},
        {"begins_with(q)", COUNT_OF("begins_with", "1")},
        {"begins_with(q, size(x), y)", COUNT_OF("begins_with", "3")},
        {"contains(q)", COUNT_OF("contains", "1")},
        {"size(q, x) > y", COUNT_OF("size", "2")},
        {"x = x AND #n = y AND :v > x", DISTINCT("=", "[x]")},
        {"#n <> x", DISTINCT("<>", "[x]")},
        {"x > #n", DISTINCT(">", "[x]")},
        {"contains(p.q[1].x, p.q[1].#n)", DISTINCT("contains", "[p, q, [1], x]")},
        {"attribute_type(p.q[1].#n, p.q[1].x)", DISTINCT("attribute_type", "[p, q, [1], x]")},
        {"begins_with(p.q[1].x, p.q[1].#n)", DISTINCT("begins_with", "[p, q, [1], x]")},
        {"attribute_type(x, size(x)) and x=x", TYPE_OF("attribute_type", "N")},
        {"attribute_type(x, :n)", TYPE_OF("attribute_type", "N")},
        {"attribute_type(x, :b)", TYPE_OF("attribute_type", "B")},
        {"attribute_type(x, :bool)", TYPE_OF("attribute_type", "BOOL")},
        {"attribute_type(x, :null)", TYPE_OF("attribute_type", "NULL")},
        {"attribute_type(x, :l)", TYPE_OF("attribute_type", "L")},
        {"attribute_type(x, :map)", TYPE_OF("attribute_type", "M")},
        {"attribute_type(x, :ss)", TYPE_OF("attribute_type", "SS")},
        {"attribute_type(x, :ns)", TYPE_OF("attribute_type", "NS")},
        {"attribute_type(x, :bs)", TYPE_OF("attribute_type", "BS")},
        {"attribute_type(x, y)", TYPE_OF("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")},
        {"attribute_type(x, :one)", "Invalid attribute type name found; type: 1, " VALID_TYPES},
        {"begins_with(x, size(x))", TYPE_OF("begins_with", "N")},
        {"begins_with(x, :ss)", TYPE_OF("begins_with", "SS")},
        {"begins_with(:n, x)", TYPE_OF("begins_with", "N")},
        {"size(:n) > x", TYPE_OF("size", "N")},
        {"size(:bool) > x", TYPE_OF("size", "BOOL")},
        {"size(:null) > x", TYPE_OF("size", "NULL")},
        {"attribute_exists(:v)", NEEDS_PATH("attribute_exists")},
        {"attribute_not_exists(size(:v))", NEEDS_PATH("attribute_not_exists")},
        {"x < :bool", TYPE_OF("<", "BOOL")},
        {":ss >= x", TYPE_OF(">=", "SS")},
        {"x between :map and :map", TYPE_OF("BETWEEN", "M")},
        {"x between :n and :v",
         "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
         "operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:v}"},
        {"x between :z and :a",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {S:z}, upper bound operand: AttributeValue: {S:a}"},
        {"x between :two and :n",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
    };
    CHECK_VECTORS(EX_CONDITION, vectors);
    CHECK_VECTORS(EX_FILTER, vectors);
}

TEST(expr, accepts_conditions)
{
    static const vector vectors[] = {
        {"x = :v", NULL}, {":v > :v", NULL}, {"((x = :v) AND (y = :v))", NULL},
        {"(x)between(p.q.r)and(z)", NULL}, {"((x).y) = :v", NULL},
        {"(x).y[0].z = :v", NULL}, {"NOT (x = :v)", NULL}, {"NOT attribute_exists(x)", NULL},
        {"not(x = :v)and(not y = :v)or z = :v", NULL}, {"size(x) = size(x)", NULL},
        {"(begins_with(x, :v)) AND (size(x)) > :n", NULL}, {"contains(:v, x)", NULL},
        {"x IN (:v, (y), size(z))", NULL}, {"x\t=\r\n:v", NULL},
        {"x<>:v and#n=:v or x<=:v", "Syntax error; token: \"and\", near: \":v and#n\""},
        {"set = :v", RESERVED "set"}, {"x_1 = :v", NULL}, {"attribute_exists((x))", NULL},
        {"x = (:v)", NULL}, {"x in (:v) or (x) in ((:v))", NULL},
        {"((x) = :v) or ((y)) = :v", REDUNDANT},
    };
    CHECK_VECTORS(EX_CONDITION, vectors);
}

#define W(word) #word,
static const char *const reserved_words[] = {
#include "expr/reserved.def"
};
#undef W

TEST(expr, refuses_every_reserved_word_bare)
{
    static const char *const plain[] = {"pk", "sk", "statuses", "abor", "x", "nam",
                                        "LOCALTIMESTAMPS", "movie", "count1", "A", "ZONES"};

    CHECK_INT(COUNT(reserved_words), 573);
    for (size_t i = 0; i < COUNT(reserved_words); i++) {
        char word[32], want[128];
        snprintf(word, sizeof word, "%s", reserved_words[i]);
        for (size_t c = i % 2; word[c] != '\0'; c++) /* any case */
            word[c] = (char)(word[c] >= 'A' && word[c] <= 'Z' ? word[c] + 32 : word[c]);
        snprintf(want, sizeof want, RESERVED "%s", word);
        check_vector(EX_PROJECTION, &(vector){word, want});
    }
    for (size_t i = 0; i < COUNT(plain); i++)
        check_vector(EX_PROJECTION, &(vector){plain[i], NULL});
}

/* ---- evaluation (facts 4.3) ---- */

#define ITEM                                                                                 \
    "{\"pk\":{\"S\":\"k\"},\"s\":{\"S\":\"hello\"},\"e\":{\"S\":\"a\xF0\x9F\x98\x80z\"},"     \
    "\"n\":{\"N\":\"10\"},\"b\":{\"B\":\"YWJj\"},\"t\":{\"BOOL\":true},\"nul\":{\"NULL\":true}," \
    "\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"1\",\"2.5\"]},\"bs\":{\"BS\":[\"YQ==\"]}," \
    "\"l\":{\"L\":[{\"S\":\"x\"},{\"N\":\"1\"},{\"M\":{\"k\":{\"S\":\"deep\"}}}]},"            \
    "\"mp\":{\"M\":{\"k\":{\"S\":\"in\"},\"l\":{\"L\":[{\"N\":\"7\"}]}}},\"emp\":{\"S\":\"\"}}"

#define EVAL_VALUES                                                                          \
    "{\":hello\":{\"S\":\"hello\"},\":he\":{\"S\":\"he\"},\":ell\":{\"S\":\"ell\"},"          \
    "\":a\":{\"S\":\"a\"},\":z\":{\"S\":\"z\"},\":in\":{\"S\":\"in\"},\":deep\":{\"S\":\"deep\"}," \
    "\":10\":{\"N\":\"10.0\"},\":9\":{\"N\":\"9\"},\":11\":{\"N\":\"11\"},\":1\":{\"N\":\"1\"}," \
    "\":2\":{\"N\":\"2\"},\":3\":{\"N\":\"3\"},\":4\":{\"N\":\"4\"},\":5\":{\"N\":\"5\"},"     \
    "\":7\":{\"N\":\"7\"},\":t\":{\"BOOL\":true},\":f\":{\"BOOL\":false}," \
    "\":nul\":{\"NULL\":true}," \
    "\":ba\":{\"SS\":[\"b\",\"a\"]},\":nsr\":{\"NS\":[\"2.50\",\"1.0\"]}," \
    "\":bc\":{\"B\":\"YmM=\"}," \
    "\":ab\":{\"B\":\"YWI=\"},\":Ya\":{\"B\":\"YQ==\"},\":S\":{\"S\":\"S\"},\":N\":{\"S\":\"N\"}," \
    "\":NULL\":{\"S\":\"NULL\"},\":M\":{\"S\":\"M\"},\":x\":{\"S\":\"x\"},\":km\":"            \
    "{\"M\":{\"k\":{\"S\":\"deep\"}}},\":mp\":{\"M\":{\"l\":{\"L\":[{\"N\":\"7\"}]},"         \
    "\"k\":{\"S\":\"in\"}}},\":empty\":{\"S\":\"\"}}"

/* true, false; the item comes as a map and as stored text. */
typedef struct truth {
    const char *text;
    bool want;
} truth;

static void check_truth(const truth *t, const char *item_json)
{
    test_env e;
    request r = {0};
    attr_map item = {0};
    cond *c;
    buf stored;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, "{\"#s\":\"s\"}", EVAL_VALUES), 0);
    CHECK_INT(read_map(&e.cx, item_json, &item), 0);
    CHECK_INT(item.fault.code, 0);
    buf_init_arena(&stored, &e.a, 1 << 20);
    item_put(&stored, &item.m);
    CHECK_FAIL_NOTE(&e.cx, expr_condition(&e.cx, &r.b, EX_CONDITION, str_of(t->text), &c), 0,
                    NULL, t->text);
    if (e.cx.err.code == 0) {
        item_view views[2] = {item_view_map(&item.m), item_view_text(buf_view(&stored))};
        for (int i = 0; i < 2; i++) {
            bool got = !t->want;
            CHECK_INT_NOTE(cond_eval(&e.cx, c, &views[i], &got), 0, t->text);
            CHECK_INT_NOTE(got, t->want, t->text);
        }
    }
    test_env_release(&e);
}

#define CHECK_TRUTHS(table)                        \
    for (size_t i_ = 0; i_ < COUNT(table); i_++)   \
        check_truth(&(table)[i_], ITEM)

TEST(expr, compares)
{
    static const truth truths[] = {
        {"s = :hello", true}, {"#s = :hello", true}, {"s = :he", false}, {"s <> :he", true},
        {"s > :he", true}, {"s < :he", false}, {":he < s", true}, {"n = :10", true},
        {"n > :9", true}, {"n < :9", false}, {"n <= :10", true}, {"n >= :11", false},
        {"n = :hello", false}, {"n <> :hello", true}, {"n < :hello", false},
        {"n between :9 and :11", true}, {"n between :10 and :10", true},
        {"n between :1 and :9", false}, {"s between :a and :z", true},
        {"n between :a and :z", false}, {"t = :t", true}, {"t = :f", false}, {"t <> :f", true},
        {"nul = :nul", true}, {"ss = :ba", true}, {"ns = :nsr", true}, {"ss = :nsr", false},
        {"mp = :mp", true}, {"l[2] = :km", true}, {"l[2].k = :deep", true},
        {"mp.k = :in", true}, {"mp.l[0] = :7", true}, {"b > :ab", true}, {"b < :bc", true},
        {"s in (:a, :hello)", true}, {"s in (:a, :z)", false}, {"n in (:hello, :10)", true},
        {"s = s1", false}, {"emp = :empty", true},
    };
    CHECK_TRUTHS(truths);
}

TEST(expr, absent_operands_only_differ)
{
    static const truth truths[] = {
        {"x = :a", false}, {"x <> :a", true}, {":a <> x", true}, {"x <> y", true},
        {"x < :a", false}, {"x >= :a", false}, {"x between :a and :z", false},
        {"s between x and :z", false}, {"x in (:a)", false}, {"s in (x, y)", false},
        {"attribute_exists(x)", false}, {"attribute_not_exists(x)", true},
        {"attribute_type(x, :S)", false}, {"begins_with(x, :a)", false}, {"contains(x, :a)", false},
        {"contains(s, x)", false}, {"size(x) = :1", false}, {"size(x) <> :1", true},
        {"size(n) <> :1", true}, {"size(t) = :1", false}, {"size(nul) < :1", false},
        {"l[3] = :a", false}, {"l.k = :a", false}, {"mp[0] = :a", false}, {"s.k <> :a", true},
        {"NOT x = :a", true}, {"NOT x <> :a", false},
    };
    CHECK_TRUTHS(truths);
}

TEST(expr, evaluates_functions)
{
    static const truth truths[] = {
        {"attribute_exists(s)", true}, {"attribute_exists(nul)", true},
        {"attribute_exists(mp.l[0])", true}, {"attribute_not_exists(mp.l[1])", true},
        {"attribute_type(s, :S)", true}, {"attribute_type(n, :S)", false},
        {"attribute_type(n, :N)", true}, {"attribute_type(nul, :NULL)", true},
        {"attribute_type(mp, :M)", true}, {"begins_with(s, :he)", true},
        {"begins_with(s, :ell)", false}, {"begins_with(b, :ab)", true},
        {"begins_with(s, :empty)", true}, {"begins_with(:hello, s)", true},
        {"begins_with(n, :1)", false}, {"contains(s, :ell)", true}, {"contains(s, :z)", false},
        {"contains(b, :bc)", true}, {"contains(ss, :a)", true}, {"contains(ss, :z)", false},
        {"contains(ns, :1)", true}, {"contains(ns, :2)", false}, {"contains(bs, :Ya)", true},
        {"contains(l, :x)", true}, {"contains(l, :1)", true}, {"contains(l, :km)", true},
        {"contains(l, :deep)", false}, {"contains(:hello, emp)", true},
        {"contains(mp, :in)", false}, {"contains(n, :1)", false},
        {"size(s) = :5", true}, {"size(e) = :4", true}, {"size(b) = :3", true},
        {"size(ss) = :2", true}, {"size(l) = :3", true}, {"size(mp) = :2", true},
        {"size(emp) < :1", true}, {":2 <= size(l)", true}, {"size(l) between :3 and :3", true},
        {"size(l) in (:1, :3)", true}, {"contains(ns, size(bs))", true},
        {"size(ss) = size(mp)", true}, {"size(:hello) = :5", true},
    };
    /* begins_with with a literal number is a static error, so this one goes by itself. */
    for (size_t i = 0; i < COUNT(truths); i++) {
        if (strcmp(truths[i].text, "begins_with(n, :1)") != 0)
            check_truth(&truths[i], ITEM);
    }
}

TEST(expr, and_binds_tighter_than_or)
{
    static const truth truths[] = {
        {"s = :a and s = :a or s = :hello", true}, {"s = :hello or s = :a and s = :a", true},
        {"(s = :hello or s = :a) and s = :a", false}, {"not s = :a and s = :hello", true},
        {"not (s = :a or s = :hello)", false}, {"not s = :hello or s = :hello", true},
        {"s = :hello and n = :10 and t = :t", true}, {"s = :a or n = :9 or t = :f", false},
        {"s = :a or (n = :10 and (t = :f or t = :t))", true},
    };
    CHECK_TRUTHS(truths);
}

TEST(expr, nothing_there_at_all)
{
    test_env e;
    request r = {0};
    cond *c;
    item_view none = item_view_none();
    bool got;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NULL, NULL), 0);
    CHECK_INT(expr_condition(&e.cx, &r.b, EX_CONDITION, STR("attribute_not_exists(pk)"), &c), 0);
    CHECK_INT(cond_eval(&e.cx, c, &none, &got), 0);
    CHECK(got);
    CHECK_INT(expr_condition(&e.cx, &r.b, EX_CONDITION, STR("attribute_exists(pk)"), &c), 0);
    CHECK_INT(cond_eval(&e.cx, c, &none, &got), 0);
    CHECK(!got);
    test_env_release(&e);
}

TEST(expr, lists_the_paths_of_a_condition)
{
    test_env e;
    request r = {0};
    cond *c;
    path_list paths;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NULL, "{\":v\":{\"N\":\"1\"}}"), 0);
    CHECK_INT(expr_condition(&e.cx, &r.b, EX_FILTER,
                             STR("a.b = :v and (size(c[1]) > :v or not contains(d, e))"), &c), 0);
    CHECK_INT(cond_paths(&e.cx, c, &paths), 0);
    REQUIRE(paths.count == 4);
    CHECK_STR(paths.items[0]->steps[0].name, "a");
    CHECK_INT(paths.items[0]->count, 2);
    CHECK_STR(paths.items[1]->steps[0].name, "c");
    CHECK(paths.items[1]->steps[1].is_index);
    CHECK_STR(paths.items[2]->steps[0].name, "d");
    CHECK_STR(paths.items[3]->steps[0].name, "e");
    test_env_release(&e);
}

/* Rows of a scan: the arena is rewound between them; nothing of one may show in the next. */
TEST(expr, keeps_no_state_between_rows)
{
    static const char *const rows[] = {"{\"a\":{\"S\":\"v\"}}", "{\"b\":{\"S\":\"v\"}}",
                                       "{\"a\":{\"S\":\"vvv\"}}", "{\"a\":{\"N\":\"1\"}}"};
    static const bool want[] = {true, false, false, false};
    test_env e;
    request r = {0};
    cond *c;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NULL, "{\":v\":{\"S\":\"v\"},\":1\":{\"N\":\"1\"}}"), 0);
    CHECK_INT(expr_condition(&e.cx, &r.b, EX_FILTER, STR("a = :v and size(a) = :1"), &c), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        arena_mark mark = arena_mark_get(&e.a);
        item_view view = item_view_text(str_of(rows[i]));
        bool got;
        CHECK_INT(cond_eval(&e.cx, c, &view, &got), 0);
        CHECK_INT_NOTE(got, want[i], rows[i]);
        arena_rewind(&e.a, mark);
    }
    test_env_release(&e);
}

/* ---- key conditions (facts 5, 10.2) ---- */

#define IN_KEY "Invalid condition in KeyConditionExpression: "
#define OPERATOR "Invalid operator used in KeyConditionExpression: "

TEST(expr, key_condition_errors)
{
    static const vector vectors[] = {
        {"attribute_type(x, :S)", OPERATOR "attribute_type"},
        {"attribute_type(x, :n)", TYPE_OF("attribute_type", "N")},
        {"x > y and size(y) > z or x > z", OPERATOR "OR"},
        {"x in (y, size(z))", OPERATOR "IN"},
        {"not x > y", OPERATOR "NOT"},
        {"x <> y", OPERATOR "<>"},
        {"contains(x.d, y)", OPERATOR "contains"},
        {"attribute_exists(x)", OPERATOR "attribute_exists"},
        {"attribute_not_exists(x)", OPERATOR "attribute_not_exists"},
        {":v between size(y) and size(x) and y > :w",
         IN_KEY "BETWEEN operator must have the key attribute as its first operand"},
        {"begins_with(:v, y) and x > :w",
         IN_KEY "begins_with operator must have the key attribute as its first operand"},
        {"size(y) > x AND x.y > y", "KeyConditionExpressions cannot contain nested operations"},
        {"x > size(y.d)", "KeyConditionExpressions cannot contain nested operations"},
        {"x between size(y) and size(x)",
         "KeyConditionExpressions cannot contain nested operations"},
        {"y > x.y", IN_KEY "Multiple attribute names used in one condition"},
        {"y between z[1] and d", IN_KEY "Multiple attribute names used in one condition"},
        {"begins_with(x, y)", IN_KEY "Multiple attribute names used in one condition"},
        {"y.d > :v", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"y[0] > :v", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"x.d > z", "KeyConditionExpressions cannot have conditions on nested attributes"},
        {":w > :v AND x < :w", IN_KEY "No key attribute specified"},
        {"y > :v AND y < :v and z = :v",
         "KeyConditionExpressions must only contain one condition per key"},
        {":v = x and y = :v and :v = z", NULL}, /* the number of keys is the caller's rule */
        {"begins_with(x, :n)", TYPE_OF("begins_with", "N")},
    };
    CHECK_VECTORS(EX_KEY_CONDITION, vectors);
}

TEST(expr, reduces_key_conditions)
{
    static const struct {
        const char *text;
        key_op ops[2];
        bool two;
    } cases[] = {
        {"pk = :v", {KEY_EQ, KEY_EQ}, false},
        {"(pk = :v)", {KEY_EQ, KEY_EQ}, false},
        {"pk = :v AND sk < :w", {KEY_EQ, KEY_LT}, true},
        {"(pk = :v) AND (sk >= :w)", {KEY_EQ, KEY_GE}, true},
        {":v = pk AND :w <= sk", {KEY_EQ, KEY_GE}, true},
        {"pk = :v AND :w > sk", {KEY_EQ, KEY_LT}, true},
        {"pk = :v AND sk between :v and :w", {KEY_EQ, KEY_BETWEEN}, true},
        {"pk = :v AND begins_with(sk, :w)", {KEY_EQ, KEY_BEGINS_WITH}, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        test_env e;
        request r = {0};
        cond *c;
        key_conditions k;
        test_env_init(&e);
        CHECK_INT(bind(&e.cx, &r, NULL, VALUES), 0);
        CHECK_INT_NOTE(expr_condition(&e.cx, &r.b, EX_KEY_CONDITION, str_of(cases[i].text), &c), 0,
                       cases[i].text);
        CHECK_INT_NOTE(expr_key_conditions(&e.cx, c, &k), 0, cases[i].text);
        CHECK_INT_NOTE(k.count, cases[i].two ? 2 : 1, cases[i].text);
        CHECK_STR(k.at[0].name, "pk");
        CHECK_INT_NOTE(k.at[0].op, cases[i].ops[0], cases[i].text);
        CHECK_STR(k.at[0].a->s, "v");
        if (cases[i].two) {
            CHECK_STR(k.at[1].name, "sk");
            CHECK_INT_NOTE(k.at[1].op, cases[i].ops[1], cases[i].text);
            CHECK_STR_NOTE(k.at[1].op == KEY_BETWEEN ? k.at[1].b->s : k.at[1].a->s, "w",
                           cases[i].text);
        }
        test_env_release(&e);
    }
}

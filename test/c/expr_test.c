/*
 * expr_test.c - expressions: what the service accepts, what it says of the rest, what they do.
 *
 * Texts are the service's; the vectors are those of the facts' expressions 10, section by section.
 */
#include "test.h"

#include "expr/expr.h"
#include "value/json.h"

/* ---- building requests from JSON ---- */

typedef struct name_entry {
    str key, name;
} name_entry;

/* {"#a":"b"} as the shape checker would give it. NULL gives an absent map. */
static int read_names(ctx *cx, const char *text, list *out)
{
    json *j;
    uint32_t n = 0;
    name_entry *e;

    *out = (list){.stride = sizeof *e};
    if (text == NULL)
        return 0;
    TRY(json_parse(cx, str_of(text), &j));
    e = ARENA_ARRAY(cx->a, name_entry, j->count);
    if (e == NULL)
        return DDB_NOMEM;
    for (const json *c = j->child; c != NULL; c = c->next)
        e[n++] = (name_entry){c->key, c->s};
    *out = (list){e, n, true, sizeof *e};
    return 0;
}

static int read_map(ctx *cx, const char *text, attr_map *out)
{
    json *j;

    TRY(json_parse(cx, str_of(text), &j));
    return attr_map_read(cx, j, out);
}

typedef struct request {
    list names;
    attr_map values;
    binding b;
} request;

static int bind(ctx *cx, request *r, const char *names, const char *values)
{
    TRY(read_names(cx, names, &r->names));
    if (values != NULL)
        TRY(read_map(cx, values, &r->values));
    return binding_init(cx, &r->b, names ? &r->names : NULL, values ? &r->values : NULL);
}

/* Parses text as `kind`; key conditions are reduced too. */
static int parse(ctx *cx, binding *b, expr_kind kind, const char *text)
{
    cond *c;
    projection *p;
    update *u;
    key_conditions k;

    switch (kind) {
    case EX_UPDATE: return expr_update(cx, b, str_of(text), &u);
    case EX_PROJECTION: return expr_projection(cx, b, str_of(text), &p);
    default: break;
    }
    TRY(expr_condition(cx, b, kind, str_of(text), &c));
    return kind == EX_KEY_CONDITION ? expr_key_conditions(cx, c, &k) : 0;
}

/* Placeholders that the vectors use. */
#define NAMES "{\"#n\":\"x\",\"#m\":\"m\",\"#c\":\"c\",\"#3\":\"[3]\",\"#x\":\"x\",\"#1\":\"1\"}"
#define VALUES                                                                              \
    "{\":v\":{\"S\":\"v\"},\":w\":{\"S\":\"w\"},\":s\":{\"S\":\"s\"},\":n\":{\"N\":\"1\"},"   \
    "\":b\":{\"B\":\"YQ==\"},\":bool\":{\"BOOL\":true},\":null\":{\"NULL\":true},"            \
    "\":l\":{\"L\":[]},\":map\":{\"M\":{}},\":ss\":{\"SS\":[\"a\"]},\":ns\":{\"NS\":[\"1\"]}," \
    "\":bs\":{\"BS\":[\"YQ==\"]},\":one\":{\"S\":\"1\"},\":S\":{\"S\":\"S\"},"                \
    "\":a\":{\"S\":\"a\"},\":z\":{\"S\":\"z\"},\":two\":{\"N\":\"2\"}}"

typedef struct vector {
    const char *text;
    const char *error; /* without "Invalid <X>Expression: "; NULL: accepted */
} vector;

static const char *const kind_names[] = {"Update", "Condition", "KeyCondition", "Filter",
                                         "Projection"};

static void check_vector(expr_kind kind, const vector *v)
{
    test_env e;
    request r = {0};
    char want[1024];
    int rc;

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NAMES, VALUES), 0);
    rc = parse(&e.cx, &r.b, kind, v->text);
    if (v->error == NULL) {
        CHECK_FAIL_NOTE(&e.cx, rc, 0, NULL, v->text);
    } else {
        snprintf(want, sizeof want, "Invalid %sExpression: %s", kind_names[kind], v->error);
        CHECK_FAIL_NOTE(&e.cx, rc, DDB_VALIDATION, want, v->text);
    }
    test_env_release(&e);
}

/* Only that it is a syntax error. */
static void check_syntax(expr_kind kind, const char *text)
{
    test_env e;
    request r = {0};
    char want[64];

    test_env_init(&e);
    CHECK_INT(bind(&e.cx, &r, NAMES, VALUES), 0);
    CHECK_INT_NOTE(parse(&e.cx, &r.b, kind, text), DDB_VALIDATION, text);
    snprintf(want, sizeof want, "Invalid %sExpression: Syntax error; token: ", kind_names[kind]);
    if (!str_starts(e.cx.err.message, str_of(want)))
        CHECK_STR_NOTE(e.cx.err.message, want, text);
    test_env_release(&e);
}

#define CHECK_VECTORS(kind, table)                   \
    for (size_t i_ = 0; i_ < COUNT(table); i_++)     \
        check_vector((kind), &(table)[i_])
#define CHECK_SYNTAX(kind, table)                    \
    for (size_t i_ = 0; i_ < COUNT(table); i_++)     \
        check_syntax((kind), (table)[i_])

#define MISUSED "The function is not allowed to be used this way in an expression; function: "
#define RESERVED "Attribute name is a reserved keyword; reserved keyword: "
#define NO_NAME \
    "An expression attribute name used in the document path is not defined; attribute name: "
#define NO_VALUE \
    "An expression attribute value used in expression is not defined; attribute value: "
#define COUNT_OF(f, n) \
    "Incorrect number of operands for operator or function; operator or function: " f \
    ", number of operands: " n
#define TYPE_OF(f, t) \
    "Incorrect operand type for operator or function; operator or function: " f \
    ", operand type: " t
#define DISTINCT(op, path) \
    "The first operand must be distinct from the remaining operands for this operator or " \
    "function; operator: " op ", first operand: " path
#define NEEDS_PATH(f) \
    "Operator or function requires a document path; operator or function: " f
#define OVERLAP(a, b) \
    "Two document paths overlap with each other; must remove or rewrite one of these paths; " \
    "path one: " a ", path two: " b
#define CONFLICT(a, b) \
    "Two document paths conflict with each other; must remove or rewrite one of these paths; " \
    "path one: " a ", path two: " b
#define REDUNDANT "The expression has redundant parentheses;"
#define VALID_TYPES "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"

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

TEST(expr, every_reserved_word_is_refused_bare)
{
    static const char *const reserved[] = {"ABORT", "status", "Name", "zone", "ordinality",
                                           "DETERMINISTIC", "dEtErMiNiStIc", "BY", "LOCALTIMESTAMP"};
    static const char *const plain[] = {"pk", "sk", "statuses", "abor", "x", "nam",
                                        "LOCALTIMESTAMPS", "movie", "count1"};

    for (size_t i = 0; i < COUNT(reserved); i++) {
        char want[128];
        snprintf(want, sizeof want, RESERVED "%s", reserved[i]);
        check_vector(EX_PROJECTION, &(vector){reserved[i], want});
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
    "\":7\":{\"N\":\"7\"},\":t\":{\"BOOL\":true},\":f\":{\"BOOL\":false},\":nul\":{\"NULL\":true}," \
    "\":ba\":{\"SS\":[\"b\",\"a\"]},\":nsr\":{\"NS\":[\"2.50\",\"1.0\"]},\":bc\":{\"B\":\"YmM=\"}," \
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

/* Rows of a scan: the arena is rewound between them, and nothing of one row may show in the next. */
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

/* ---- projections (facts 6, 10.4) ---- */

TEST(expr, projection_errors)
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

TEST(expr, projects_in_the_order_of_the_item)
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
        {"lm[0].a, lm[0].b", "{\"lm\":{\"L\":[{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}}]}}"},
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

TEST(expr, projects_literal_names)
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
                             STR("{\"status\":{\"S\":\"1\"},\"y\":{\"S\":\"2\"},\"a.b\":{\"L\":[]}}"),
                             &out, &any), 0);
    CHECK_STR(buf_view(&out), "{\"status\":{\"S\":\"1\"},\"a.b\":{\"L\":[]}}");
    CHECK(any);
    buf_release(&out);
    test_env_release(&e);
}

/* ---- updates (facts 7, 10.3) ---- */

TEST(expr, update_errors)
{
    static const char *const syntax[] = {
        "foo", "set x", "add x", "set x=set", "remove x = y", "add x = y", "delete x y",
        "delete x f(y)", "remove x y", "set x y", "set :v = y", "add :v y", "remove :v",
        "set x = y / z", "set x = y * z", "set x[1] = \"s\"", "set x[1] = 1",
        "SET x = if_not_exist(x, 100)", "SET if_not_exist(x, y) = x", "set (x = (y + z))",
        "set x = y + z + w", "set x = (y + z) + w", "set x = f(y + z)", "set x = (y).z",
        "set x = ((y + z))", "set", "set x = :v set", "set x = :v remove", "set x = y -", "SET#n=:v",
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
    "{\":1\":{\"N\":\"1\"},\":v\":{\"S\":\"v\"},\":w\":{\"S\":\"w\"},\":l\":{\"L\":[{\"S\":\"x\"}]}," \
    "\":bc\":{\"SS\":[\"b\",\"c\"]},\":ab\":{\"SS\":[\"b\",\"a\"]},\":n23\":{\"NS\":[\"2.0\",\"3\"]}," \
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

TEST(expr, updates_top_level_attributes)
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
        {"set a = b remove b", "{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}", "{\"a\":{\"N\":\"2\"}}"},
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

TEST(expr, updates_nested_values)
{
    static const struct {
        const char *text, *old, *want;
    } cases[] = {
        {"set m.x = :v", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}",
         "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"x\":{\"S\":\"v\"}}}}"},
        {"set m.a = :v, m.b.c = :w, q = m.a", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"},\"b\":{\"M\":{}}}}}",
         "{\"m\":{\"M\":{\"a\":{\"S\":\"v\"},\"b\":{\"M\":{\"c\":{\"S\":\"w\"}}}}},"
         "\"q\":{\"N\":\"1\"}}"},
        {"remove m.a", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}", "{\"m\":{\"M\":{}}}"},
        {"remove m.x", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}"},
        {"add m.a :1", "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}", "{\"m\":{\"M\":{\"a\":{\"N\":\"2\"}}}}"},
        {"add m.b :1", "{\"m\":{\"M\":{}}}", "{\"m\":{\"M\":{\"b\":{\"N\":\"1\"}}}}"},
        {"delete m.s :ab", "{\"m\":{\"M\":{\"s\":{\"SS\":[\"a\"]}}}}", "{\"m\":{\"M\":{}}}"},
        {"set l[1] = :v", "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"1\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"v\"}]}}"},
        /* beyond the end: appended in the order of the indices, without gaps */
        {"set l[10] = :v, l[5] = :w", "{\"l\":{\"L\":[{\"S\":\"0\"}]}}",
         "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"w\"},{\"S\":\"v\"}]}}"},
        {"set l[2000000000] = :v", "{\"l\":{\"L\":[]}}", "{\"l\":{\"L\":[{\"S\":\"v\"}]}}"},
        /* indices are those of the old list */
        {"remove l[0], l[2]", "{\"l\":{\"L\":[{\"S\":\"0\"},{\"S\":\"1\"},{\"S\":\"2\"},{\"S\":\"3\"}]}}",
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

TEST(expr, update_runtime_errors)
{
    static const struct {
        const char *text, *old, *want;
    } cases[] = {
        {"set c = b", NULL, NO_ATTRIBUTE},
        {"set e = list_append(b, c)", NULL, NO_ATTRIBUTE},
        {"set b.x = :v, c = d", NULL, NO_ATTRIBUTE}, /* before paths */
        {"set c = x + :1", OLD_ITEM, NO_ATTRIBUTE},
        {"set c = if_not_exists(x, y)", OLD_ITEM, NO_ATTRIBUTE},
        {"set c = pk", NULL, NO_ATTRIBUTE},
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
         "Number overflow. Attempting to store a number with magnitude larger than supported range"},
        {"set x = :37 + :38", OLD_ITEM,
         "Attempting to store more than 38 significant digits in a Number"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_update(cases[i].text, cases[i].old, cases[i].want);
}

TEST(expr, refuses_results_nested_too_deep)
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

TEST(expr, projects_what_was_updated)
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

TEST(expr, knows_literals_targets_and_overhead_of_updates)
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

TEST(expr, changes_large_sets)
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
             "{\":v\":{\"S\":\"v\"},\":n\":{\"N\":\"1\"},\":l\":{\"L\":[]},\":s\":{\"SS\":[\"z\"]}}"));
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

TEST(expr, every_allocation_may_fail)
{
    static oom_case good[] = {
        {EX_UPDATE, "set a = :v, l[9] = :v, m.b.c = :n + n, x = list_append(l, :l) remove l[0], s "
                    "add ss :s, n :n delete ns1 :s"},
        {EX_CONDITION, "not (a.b[1] = :v and size(l) > :n) or begins_with(s, :v) and n in (:n, :v)"},
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

/*
 * expr_request.h - what the expression tests share: requests from JSON, and vectors of
 * (expression, error text).
 */
#ifndef DDB_TEST_EXPR_REQUEST_H
#define DDB_TEST_EXPR_REQUEST_H

#include "test.h"

#include "expr/expr.h"
#include "value/json.h"

/* ---- building requests from JSON ---- */

typedef struct name_entry {
    str key, name;
} name_entry;

/* {"#a":"b"} as the shape checker would give it. NULL gives an absent map. */
static inline int read_names(ctx *cx, const char *text, list *out)
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

static inline int read_map(ctx *cx, const char *text, attr_map *out)
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

static inline int bind(ctx *cx, request *r, const char *names, const char *values)
{
    TRY(read_names(cx, names, &r->names));
    if (values != NULL)
        TRY(read_map(cx, values, &r->values));
    return binding_init(cx, &r->b, names ? &r->names : NULL, values ? &r->values : NULL);
}

/* Parses text as `kind`; key conditions are reduced too. */
static inline int parse(ctx *cx, binding *b, expr_kind kind, const char *text)
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

static inline void check_vector(expr_kind kind, const vector *v)
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
static inline void check_syntax(expr_kind kind, const char *text)
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

#endif

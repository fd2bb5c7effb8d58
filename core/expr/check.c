/*
 * check.c - what the service checks in a condition before it reads anything.
 *
 * Conditions from left to right, functions before the condition around them; inside one: operands
 * that are not defined, their number, "must be distinct", their types. Only literals and size()
 * have a type here; a path has none until an item is at hand.
 * Start at check_condition().
 */
#include "base/limits.h"
#include "expr/ast.h"
#include "value/json.h"

#define NO_TYPE (-1)

typedef struct checker {
    ctx *cx;
    expr_kind kind;
} checker;

static int check_operands(const checker *k, const node *n);

int check_condition(ctx *cx, expr_kind kind, const node *root)
{
    checker k = {cx, kind};

    if (root->op == N_AND || root->op == N_OR || root->op == N_NOT) {
        for (const node *n = root->child; n != NULL; n = n->next)
            TRY(check_condition(cx, kind, n));
        return 0;
    }
    return check_operands(&k, root);
}

/* The type a literal operand has, NO_TYPE for paths. */
static int static_type(const node *n)
{
    if (n->op == N_SIZE)
        return T_N;
    return n->op == N_VALUE ? n->value->type : NO_TYPE;
}

static bool is_scalar_key_type(int type)
{
    return type == T_S || type == T_N || type == T_B;
}

static int fail_type(const checker *k, const node *n, int type)
{
    return expr_fail(k->cx, k->kind,
                     "Incorrect operand type for operator or function; operator or function: %s, "
                     "operand type: %s",
                     node_op_text(n), value_type_name((value_type)type));
}

static int check_defined(const checker *k, const node *n)
{
    if (n->op == N_PATH && n->text.p != NULL)
        return expr_fail(k->cx, k->kind,
                         "An expression attribute name used in the document path is not defined; "
                         "attribute name: %S",
                         n->text);
    if (n->op == N_VALUE && n->value == NULL)
        return expr_fail(k->cx, k->kind,
                         "An expression attribute value used in expression is not defined; "
                         "attribute value: %S",
                         n->text);
    return 0;
}

static int check_count(const checker *k, const node *n)
{
    uint32_t want = 2;

    if (n->op == N_IN && n->count - 1 > IN_OPERANDS_MAX)
        return expr_fail(k->cx, k->kind,
                         "The IN operator is provided with too many operands; "
                         "number of operands: %d",
                         (int)n->count - 1);
    if (!node_is_function(n))
        return 0; /* the grammar saw to it */
    if (n->op == N_ATTRIBUTE_EXISTS || n->op == N_ATTRIBUTE_NOT_EXISTS || n->op == N_SIZE)
        want = 1;
    if (n->count == want)
        return 0;
    return expr_fail(k->cx, k->kind,
                     "Incorrect number of operands for operator or function; "
                     "operator or function: %s, number of operands: %d",
                     node_op_text(n), (int)n->count);
}

static int check_distinct(const checker *k, const node *n)
{
    const node *a = n->child, *b = a->next;
    buf text;

    if (!node_is_comparison(n) && n->op != N_CONTAINS && n->op != N_BEGINS_WITH &&
        n->op != N_ATTRIBUTE_TYPE)
        return 0;
    if (a->op != N_PATH || b->op != N_PATH || !path_eq(a->path, b->path))
        return 0;
    buf_init_arena(&text, k->cx->a, REQUEST_BYTES_MAX);
    path_put(&text, a->path);
    if (text.err != 0)
        return DDB_NOMEM;
    return expr_fail(k->cx, k->kind,
                     "The first operand must be distinct from the remaining operands for this "
                     "operator or function; operator: %s, first operand: %S",
                     node_op_text(n), buf_view(&text));
}

/* ---- operand types ---- */

static int check_attribute_type(const checker *k, const node *n)
{
    const node *wanted = n->child->next;
    int type = static_type(wanted);

    if (type == NO_TYPE)
        return expr_fail(k->cx, k->kind,
                         "Incorrect operand type for operator or function; operator or function: "
                         "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    if (type != T_S)
        return fail_type(k, n, type);
    for (int t = 0; t < T_COUNT; t++) {
        if (str_eq(wanted->value->s, str_of(value_type_name((value_type)t))))
            return 0;
    }
    return expr_fail(k->cx, k->kind,
                     "Invalid attribute type name found; type: %S, "
                     "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                     wanted->value->s);
}

static int fail_bounds(const checker *k, const char *text, const value *lo, const value *hi)
{
    buf b;

    buf_init_arena(&b, k->cx->a, 2 * (size_t)REQUEST_BYTES_MAX);
    for (int i = 0; i < 2; i++) {
        const value *v = i == 0 ? lo : hi;
        buf_fmt(&b, "%s bound operand: AttributeValue: {%s:", i == 0 ? "lower" : ", upper",
                value_type_name((value_type)v->type));
        if (v->type == T_B)
            base64_put(&b, v->s);
        else
            buf_str(&b, v->s);
        buf_byte(&b, '}');
    }
    if (b.err != 0)
        return DDB_NOMEM;
    return expr_fail(k->cx, k->kind, "The BETWEEN operator requires %s; %S", text, buf_view(&b));
}

static int check_bounds(const checker *k, const node *n)
{
    const node *lo = n->child->next, *hi = lo->next;
    int order;

    if (lo->op != N_VALUE || hi->op != N_VALUE)
        return 0;
    if (lo->value->type != hi->value->type)
        return fail_bounds(k, "same data type for lower and upper bounds", lo->value, hi->value);
    if (value_cmp(lo->value, hi->value, &order) && order > 0)
        return fail_bounds(k, "upper bound to be greater than or equal to lower bound", lo->value,
                           hi->value);
    return 0;
}

static int check_types(const checker *k, const node *n)
{
    const node *first = n->child;

    switch (n->op) {
    case N_LT:
    case N_LE:
    case N_GT:
    case N_GE:
    case N_BETWEEN:
        for (const node *a = first; a != NULL; a = a->next) {
            int type = static_type(a);
            if (type != NO_TYPE && !is_scalar_key_type(type))
                return fail_type(k, n, type);
        }
        return n->op == N_BETWEEN ? check_bounds(k, n) : 0;
    case N_ATTRIBUTE_EXISTS:
    case N_ATTRIBUTE_NOT_EXISTS:
        if (first->op != N_PATH)
            return expr_fail(k->cx, k->kind,
                             "Operator or function requires a document path; "
                             "operator or function: %s",
                             node_op_text(n));
        return 0;
    case N_ATTRIBUTE_TYPE:
        return check_attribute_type(k, n);
    case N_BEGINS_WITH:
        for (const node *a = first; a != NULL; a = a->next) {
            int type = static_type(a);
            if (type != NO_TYPE && type != T_S && type != T_B)
                return fail_type(k, n, type);
        }
        return 0;
    case N_SIZE: {
        int type = static_type(first);
        if (type == T_N || type == T_BOOL || type == T_NULL)
            return fail_type(k, n, type);
        return 0;
    }
    default:
        return 0;
    }
}

/* n is a comparison, BETWEEN, IN or a function. */
static int check_operands(const checker *k, const node *n)
{
    for (const node *a = n->child; a != NULL; a = a->next) {
        if (node_is_function(a))
            TRY(check_operands(k, a));
        else
            TRY(check_defined(k, a));
    }
    TRY(check_count(k, n));
    TRY(check_distinct(k, n));
    return check_types(k, n);
}

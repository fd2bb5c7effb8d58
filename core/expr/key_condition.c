/*
 * key_condition.c - a key condition expression to its conjunction of single conditions, and a
 * search condition to its equalities.
 *
 * The expression has passed the checks of every condition; here it must turn out to be key
 * conditions joined by AND, each about one top-level attribute and literals.
 * Start at expr_key_conditions().
 */
#include "expr/ast.h"

#define KEY_FAIL(cx, ...) expr_fail((cx), EX_KEY_CONDITION, __VA_ARGS__)

static int add_condition(ctx *cx, const node *n, key_conditions *out);

int expr_key_conditions(ctx *cx, const cond *c, key_conditions *out)
{
    const node *n = c->root;

    out->count = 0;
    return add_condition(cx, n, out);
}

static key_op key_op_of(const node *n)
{
    switch (n->op) {
    case N_EQ: return KEY_EQ;
    case N_LT: return KEY_LT;
    case N_LE: return KEY_LE;
    case N_GT: return KEY_GT;
    case N_GE: return KEY_GE;
    case N_BETWEEN: return KEY_BETWEEN;
    case N_BEGINS_WITH: return KEY_BEGINS_WITH;
    default: return KEY_NOT_INDEXABLE;
    }
}

/* `:v < key` says what `key > :v` says. */
static key_op mirrored(key_op op)
{
    switch (op) {
    case KEY_LT: return KEY_GT;
    case KEY_LE: return KEY_GE;
    case KEY_GT: return KEY_LT;
    case KEY_GE: return KEY_LE;
    default: return op;
    }
}

/* The attribute among the operands of n, and its literals. */
static int read_operands(ctx *cx, const node *n, key_condition *out)
{
    out->name = STR_ABSENT;
    for (const node *a = n->child; a != NULL; a = a->next) {
        if (a->op == N_VALUE) {
            if (out->a == NULL)
                out->a = a->value;
            else
                out->b = a->value;
        } else if (a->op != N_PATH) {
            return KEY_FAIL(cx, "KeyConditionExpressions cannot contain nested operations");
        } else if (out->name.p != NULL) {
            return KEY_FAIL(cx, "Invalid condition in KeyConditionExpression: "
                                "Multiple attribute names used in one condition");
        } else if (a->path->count > 1) {
            return KEY_FAIL(cx, "KeyConditionExpressions cannot have conditions on nested "
                                "attributes");
        } else {
            out->name = a->path->steps[0].name;
            if (a != n->child)
                out->op = mirrored(out->op);
        }
    }
    if (out->name.p == NULL)
        return KEY_FAIL(cx, "Invalid condition in KeyConditionExpression: "
                            "No key attribute specified");
    return 0;
}

static int add_condition(ctx *cx, const node *n, key_conditions *out)
{
    key_condition k = {0};

    if (n->op == N_AND) {
        for (const node *a = n->child; a != NULL; a = a->next)
            TRY(add_condition(cx, a, out));
        return 0;
    }
    k.op = key_op_of(n);
    if (k.op == KEY_NOT_INDEXABLE)
        return KEY_FAIL(cx, "Invalid operator used in KeyConditionExpression: %s",
                        node_op_text(n));
    if ((k.op == KEY_BETWEEN || k.op == KEY_BEGINS_WITH) && n->child->op == N_VALUE)
        return KEY_FAIL(cx,
                        "Invalid condition in KeyConditionExpression: %s operator must have the "
                        "key attribute as its first operand",
                        node_op_text(n));
    TRY(read_operands(cx, n, &k));
    for (uint32_t i = 0; i < out->count; i++) {
        if (str_eq(out->at[i].name, k.name))
            return KEY_FAIL(cx, "KeyConditionExpressions must only contain one condition per key");
    }
    if (out->count == KEY_CONDITIONS_MAX)
        return fail(cx, DDB_VALIDATION, "Conditions can be of length 1 or 2 only");
    out->at[out->count++] = k;
    return 0;
}

/* ---- search conditions ---- */

static uint32_t count_conditions(const node *n)
{
    uint32_t sum = 0;

    if (n->op != N_AND)
        return 1;
    for (const node *a = n->child; a != NULL; a = a->next)
        sum += count_conditions(a);
    return sum;
}

static int add_equality(ctx *cx, const node *n, search_condition *out, uint32_t *count)
{
    const node *a = n->child, *path, *literal;

    if (n->op == N_AND) {
        for (; a != NULL; a = a->next)
            TRY(add_equality(cx, a, out, count));
        return 0;
    }
    path = a != NULL && a->op == N_PATH ? a : a == NULL ? NULL : a->next;
    literal = path == a || path == NULL ? (path == NULL ? NULL : path->next) : a;
    if (n->op != N_EQ || path == NULL || literal == NULL || path->op != N_PATH ||
        literal->op != N_VALUE)
        return expr_fail(cx, EX_SEARCH, "Invalid comparator used in SearchConditionExpression");
    out[(*count)++] = (search_condition){path->path->steps[0].name, literal->value,
                                         path->path->count > 1};
    return 0;
}

int expr_search_conditions(ctx *cx, const cond *c, search_condition **out, uint32_t *count)
{
    *count = 0;
    *out = ARENA_ARRAY(cx->a, search_condition, count_conditions(c->root));
    return *out == NULL ? DDB_NOMEM : add_equality(cx, c->root, *out, count);
}

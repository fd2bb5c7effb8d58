/*
 * legacy.c - Expected, AttributeUpdates, KeyConditions, QueryFilter and ScanFilter, lowered to the
 * trees of expressions.
 *
 * Names are literal and top-level. Each entry is checked and lowered before the next one is
 * looked at, in the order of the request. Start at legacy_filter() and legacy_updates().
 */
#include "expr/legacy.h"

#include "expr/ast.h"

#define INVALID "One or more parameter values were invalid: "

enum {
    OP_IN, OP_NULL, OP_BETWEEN, OP_LT, OP_NOT_CONTAINS, OP_EQ, OP_GT, OP_NOT_NULL, OP_NE, OP_LE,
    OP_BEGINS_WITH, OP_GE, OP_CONTAINS
};

const char *const legacy_operator_names[] = {
    "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
    "BEGINS_WITH", "GE", "CONTAINS", NULL};

#define TYPE(t) (1u << (t))
#define SCALARS (TYPE(T_S) | TYPE(T_N) | TYPE(T_B))
#define ALL_TYPES (TYPE(T_COUNT) - 1)

typedef struct operator_rule {
    node_op node;
    key_op key;
    uint8_t min, max; /* values; max 0 with min 1: any number */
    uint16_t types;   /* in filters and key conditions */
} operator_rule;

static const operator_rule rules[] = {
    [OP_EQ] = {N_EQ, KEY_EQ, 1, 1, ALL_TYPES},
    [OP_NE] = {N_NE, KEY_NOT_INDEXABLE, 1, 1, ALL_TYPES},
    [OP_LE] = {N_LE, KEY_LE, 1, 1, SCALARS},
    [OP_LT] = {N_LT, KEY_LT, 1, 1, SCALARS},
    [OP_GE] = {N_GE, KEY_GE, 1, 1, SCALARS},
    [OP_GT] = {N_GT, KEY_GT, 1, 1, SCALARS},
    [OP_NOT_NULL] = {N_ATTRIBUTE_EXISTS, KEY_NOT_INDEXABLE, 0, 0, 0},
    [OP_NULL] = {N_ATTRIBUTE_NOT_EXISTS, KEY_NOT_INDEXABLE, 0, 0, 0},
    [OP_CONTAINS] = {N_CONTAINS, KEY_NOT_INDEXABLE, 1, 1, SCALARS | TYPE(T_BOOL) | TYPE(T_NULL)},
    [OP_NOT_CONTAINS] = {N_CONTAINS, KEY_NOT_INDEXABLE, 1, 1,
                         SCALARS | TYPE(T_BOOL) | TYPE(T_NULL)},
    [OP_BEGINS_WITH] = {N_BEGINS_WITH, KEY_BEGINS_WITH, 1, 1, TYPE(T_S) | TYPE(T_B)},
    [OP_IN] = {N_IN, KEY_NOT_INDEXABLE, 1, 0, SCALARS},
    [OP_BETWEEN] = {N_BETWEEN, KEY_BETWEEN, 2, 2, SCALARS},
};

/* ---- one condition ---- */

/* The values of a condition: an AttributeValueList, or a single Value. */
typedef struct operands {
    const attr_value *at;
    uint32_t count;
} operands;

static operands operands_of(const list *values)
{
    return (operands){values->items, values->set ? values->count : 0};
}

static int check_values(ctx *cx, const operands *v)
{
    for (uint32_t i = 0; i < v->count; i++)
        TRY(attr_raise(cx, &v->at[i].fault));
    return 0;
}

/* Their number, their types, their order. */
static int check_operands(ctx *cx, int op, const operands *v, bool check_types)
{
    const operator_rule *r = &rules[op];
    int order;

    if (v->count < r->min || (v->count > r->max && op != OP_IN))
        return fail(cx, DDB_VALIDATION,
                    INVALID "Invalid number of argument(s) for the %s ComparisonOperator",
                    legacy_operator_names[op]);
    for (uint32_t i = 1; i < v->count; i++) {
        if (v->at[i].v.type != v->at[0].v.type)
            return fail(cx, DDB_VALIDATION,
                        INVALID "AttributeValues inside AttributeValueList must be of same type");
    }
    if (check_types && v->count > 0 && (TYPE(v->at[0].v.type) & r->types) == 0)
        return fail(cx, DDB_VALIDATION,
                    INVALID "ComparisonOperator %s is not valid for %s AttributeValue type",
                    legacy_operator_names[op], value_type_name((value_type)v->at[0].v.type));
    if (op == OP_BETWEEN && value_cmp(&v->at[0].v, &v->at[1].v, &order) && order > 0)
        return fail(cx, DDB_VALIDATION,
                    "The BETWEEN condition was provided a range where the lower bound is greater "
                    "than the upper bound");
    return 0;
}

static int lower(ctx *cx, str name, int op, const operands *v, node **out)
{
    node *n = node_new(cx, rules[op].node), *attribute = node_new(cx, N_PATH), *not;

    if (n == NULL || attribute == NULL)
        return DDB_NOMEM;
    attribute->path = path_of_name(cx, name);
    if (attribute->path == NULL)
        return DDB_NOMEM;
    node_add(n, attribute);
    for (uint32_t i = 0; i < v->count; i++) {
        node *literal = node_new(cx, N_VALUE);
        if (literal == NULL)
            return DDB_NOMEM;
        literal->value = &v->at[i].v;
        node_add(n, literal);
    }
    *out = n;
    if (op != OP_NOT_CONTAINS)
        return 0;
    not = node_new(cx, N_NOT);
    if (not == NULL)
        return DDB_NOMEM;
    node_add(not, n);
    *out = not;
    return 0;
}

/* ---- several ---- */

/* ConditionalOperator needs something to combine. */
static int check_conditional(ctx *cx, int conditional_operator, uint32_t count)
{
    if (conditional_operator < 0 || count > 1)
        return 0;
    return fail(cx, DDB_VALIDATION,
                count == 0 ? "ConditionalOperator cannot be used without Filter or Expected"
                           : "ConditionalOperator can only be used when Filter or Expected has "
                             "two or more elements");
}

static int cond_of_nodes(ctx *cx, node *all, cond **out)
{
    cond *c = ARENA_NEW(cx->a, cond);

    if (c == NULL)
        return DDB_NOMEM;
    c->root = all;
    *out = c;
    return 0;
}

int legacy_filter(ctx *cx, const list *conditions, int conditional_operator, cond **out)
{
    uint32_t count = conditions->set ? conditions->count : 0;
    node *all = node_new(cx, conditional_operator == COND_OR ? N_OR : N_AND), *n;

    *out = NULL;
    if (all == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        const in_condition *c = MAP_AT(conditions, in_condition, i);
        operands v = operands_of(&c->values);
        TRY(check_values(cx, &v));
        TRY(check_operands(cx, c->comparison.i, &v, true));
        TRY(lower(cx, MAP_KEY(conditions, i), c->comparison.i, &v, &n));
        node_add(all, n);
    }
    TRY(check_conditional(cx, conditional_operator, count));
    return count == 0 ? 0 : cond_of_nodes(cx, all, out);
}

int legacy_key_conditions(ctx *cx, const list *conditions, key_conditions *out)
{
    uint32_t count = conditions->set ? conditions->count : 0;

    out->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const in_condition *c = MAP_AT(conditions, in_condition, i);
        operands v = operands_of(&c->values);
        TRY(check_values(cx, &v));
        TRY(check_operands(cx, c->comparison.i, &v, true));
        if (out->count == KEY_CONDITIONS_MAX)
            return fail(cx, DDB_VALIDATION, "Conditions can be of length 1 or 2 only");
        out->at[out->count++] = (key_condition){
            .name = MAP_KEY(conditions, i),
            .op = rules[c->comparison.i].key,
            .a = v.count > 0 ? &v.at[0].v : NULL,
            .b = v.count > 1 ? &v.at[1].v : NULL,
        };
    }
    return 0;
}

/* ---- Expected ---- */

/* The entry with ComparisonOperator. */
static int expected_comparison(ctx *cx, str name, const in_expected *e, node **out)
{
    int op = e->comparison.i;
    operands v = e->value != NULL ? (operands){e->value, 1} : operands_of(&e->values);

    if (e->exists.set)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Exists and ComparisonOperator cannot be used together for Attribute: "
                            "%S",
                    name);
    if (e->value == NULL && !e->values.set && op != OP_NULL && op != OP_NOT_NULL)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Value or AttributeValueList must be used with ComparisonOperator: %s "
                            "for Attribute: %S",
                    legacy_operator_names[op], name);
    TRY(check_values(cx, &v));
    TRY(check_operands(cx, op, &v, false));
    return lower(cx, name, op, &v, out);
}

/* The entry with Value and Exists only. */
static int expected_value(ctx *cx, str name, const in_expected *e, node **out)
{
    bool absent = e->exists.set && !e->exists.v;
    operands v = {e->value, e->value != NULL};

    if (e->values.set)
        return fail(cx, DDB_VALIDATION,
                    INVALID "AttributeValueList can only be used with a ComparisonOperator for "
                            "Attribute: %S",
                    name);
    if (!absent && e->value == NULL)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Value must be provided when Exists is %s for Attribute: %S",
                    e->exists.set ? "true" : "null", name);
    if (absent && e->value != NULL)
        return fail(cx, DDB_VALIDATION,
                    INVALID "Value cannot be used when Exists is false for Attribute: %S", name);
    TRY(check_values(cx, &v));
    return lower(cx, name, absent ? OP_NULL : OP_EQ, &v, out);
}

int legacy_expected(ctx *cx, const list *expected, int conditional_operator, cond **out)
{
    uint32_t count = expected->set ? expected->count : 0;
    node *all = node_new(cx, conditional_operator == COND_OR ? N_OR : N_AND), *n;

    *out = NULL;
    if (all == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        const in_expected *e = MAP_AT(expected, in_expected, i);
        str name = MAP_KEY(expected, i);
        if (e->value != NULL && e->values.set)
            return fail(cx, DDB_VALIDATION,
                        INVALID "Value and AttributeValueList cannot be used together for "
                                "Attribute: %S",
                        name);
        TRY(e->comparison.i >= 0 ? expected_comparison(cx, name, e, &n)
                                 : expected_value(cx, name, e, &n));
        node_add(all, n);
    }
    TRY(check_conditional(cx, conditional_operator, count));
    return count == 0 ? 0 : cond_of_nodes(cx, all, out);
}

/* ---- AttributeUpdates ---- */

static int update_action(ctx *cx, const in_update *in, action *out)
{
    const value *v = in->value != NULL ? &in->value->v : NULL;
    uint32_t sets = TYPE(T_SS) | TYPE(T_NS) | TYPE(T_BS);
    node *n;

    if (v == NULL) {
        out->kind = ACT_REMOVE;
        if (in->action.i == ACTION_DELETE)
            return 0;
        return fail(cx, DDB_VALIDATION,
                    INVALID "Only DELETE action is allowed when no attribute value is specified");
    }
    TRY(attr_raise(cx, &in->value->fault));
    switch (in->action.i) {
    case ACTION_DELETE:
        if ((TYPE(v->type) & sets) == 0)
            return fail(cx, DDB_VALIDATION,
                        INVALID "DELETE action with value is not supported for the type %s",
                        value_type_name((value_type)v->type));
        out->kind = ACT_DELETE;
        out->operand = v;
        return 0;
    case ACTION_ADD:
        if ((TYPE(v->type) & (sets | TYPE(T_N) | TYPE(T_L))) == 0)
            return fail(cx, DDB_VALIDATION, INVALID "ADD action is not supported for the type %s",
                        value_type_name((value_type)v->type));
        out->kind = ACT_ADD;
        out->operand = v;
        return 0;
    default:
        n = node_new(cx, N_VALUE);
        if (n == NULL)
            return DDB_NOMEM;
        n->value = v;
        out->kind = ACT_SET;
        out->set = n;
        return 0;
    }
}

int legacy_updates(ctx *cx, const list *updates, update **out)
{
    uint32_t count = updates->set ? updates->count : 0;
    update *u = ARENA_NEW(cx->a, update);

    if (u == NULL)
        return DDB_NOMEM;
    *u = (update){.actions = ARENA_ARRAY(cx->a, action, count), .count = count, .legacy = true};
    if (u->actions == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        u->actions[i].target = path_of_name(cx, MAP_KEY(updates, i));
        if (u->actions[i].target == NULL)
            return DDB_NOMEM;
        TRY(update_action(cx, MAP_AT(updates, in_update, i), &u->actions[i]));
    }
    TRY(update_collect_targets(cx, u));
    *out = u;
    return 0;
}

/* ---- AttributesToGet ---- */

int legacy_check_attributes_to_get(ctx *cx, const list *names)
{
    for (uint32_t j = 1; j < names->count; j++) {
        for (uint32_t i = 0; i < j; i++) {
            if (str_eq(*LIST_AT(names, str, i), *LIST_AT(names, str, j)))
                return fail(cx, DDB_VALIDATION, INVALID "Duplicate value in attribute name: %S",
                            *LIST_AT(names, str, j));
        }
    }
    return 0;
}

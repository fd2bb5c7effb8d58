/*
 * query.c - Query: the rows of one partition, of the table or of an index, in sort key order.
 *
 * The rules stand in query_run() in the order in which the service applies them (facts validation
 * 4.6, whose step numbers the comments give). What is left is a range of encoded sort keys
 * (engine/range.c) and one engine_read().
 *
 * A global secondary index may have up to four partition and four sort attributes. All partition
 * attributes need an equality; conditions on sort attributes apply from left to right, and only
 * the last may be other than an equality. With one of each this is the classic rule.
 */
#include "ops/read_common.h"

#include "expr/legacy.h"

#include <stddef.h>

typedef struct query_request {
    read_request c;
    list key_conditions; /* map of in_condition */
    str key_condition;
    opt_bool forward;
} query_request;

/* The conditions of a request, each with its key attribute. */
typedef struct query_keys {
    key_conditions all;
    const key_condition *part[KEY_PARTS_MAX];
    const key_condition *sort[KEY_PARTS_MAX];
    uint32_t sorts; /* conditions on sort attributes */
} query_keys;

static int query_run(engine *e, ctx *cx, void *req, buf *out);
static int query_check_parameters(ctx *cx, const query_request *q, read_state *s);
static int query_compile(ctx *cx, const query_request *q, read_state *s, query_keys *k);
static int query_assign_keys(ctx *cx, const read_state *s, query_keys *k);
static int query_check_start(ctx *cx, const read_state *s, const query_keys *k);
static int query_check_filter_keys(ctx *cx, const read_state *s);
static int query_range(ctx *cx, const query_request *q, const read_state *s, const query_keys *k,
                       store_range *range);

#define M(name_, shape_, field_) {name_, &shape_, offsetof(query_request, field_), false}
static const member query_members[] = {
    M("Select", shape_select, c.select),
    M("IndexName", shape_index_name, c.index_name),
    M("ReturnConsumedCapacity", shape_return_capacity, c.rcc),
    M("QueryFilter", shape_condition_map, c.legacy_filter),
    {"TableName", &shape_table_name, offsetof(query_request, c.table_name), true},
    M("ConditionalOperator", shape_conditional_operator, c.conditional_operator),
    M("AttributesToGet", shape_attributes_to_get, c.attributes_to_get),
    M("Limit", shape_limit_query, c.limit),
    M("KeyConditions", shape_condition_map, key_conditions),
    M("ConsistentRead", shape_boolean, c.consistent),
    M("ScanIndexForward", shape_boolean, forward),
    M("ExclusiveStartKey", shape_attr_map, c.start),
    M("ProjectionExpression", shape_string, c.projection),
    M("FilterExpression", shape_string, c.filter),
    M("KeyConditionExpression", shape_string, key_condition),
    M("ExpressionAttributeNames", shape_names, c.names),
    M("ExpressionAttributeValues", shape_attr_map, c.values),
};
#undef M

static const shape query_shape = {
    .kind = SH_STRUCT,
    .members = query_members,
    .member_count = COUNT(query_members),
    .size = sizeof(query_request),
};

const op op_query = {"Query", OP_ITEMS, &query_shape, query_run};

static int query_run(engine *e, ctx *cx, void *req, buf *out)
{
    const query_request *q = req;
    read_state s = {.r = &q->c};
    query_keys keys;
    read_plan plan;

    TRY(query_check_parameters(cx, q, &s));              /* 1 - 6 */
    TRY(query_compile(cx, q, &s, &keys));                /* 7 - 9 */
    TRY(read_find_source(e, cx, &s, "Query"));                    /* 10, 11 */
    if (q->c.start && q->c.start->m.count != read_start_key_count(&s)) /* 12 */
        return fail(cx, DDB_VALIDATION, "The provided starting key is invalid");
    TRY(query_assign_keys(cx, &s, &keys));               /* 13 */
    if (q->c.start)
        TRY(query_check_start(cx, &s, &keys));           /* 14, 15 */
    if (s.project)
        TRY(common_check_key_paths(cx, s.t, projection_paths(s.project))); /* 16 */
    TRY(query_check_filter_keys(cx, &s));                /* 17 */
    TRY(read_check_all_attributes(cx, &s));              /* 18 */
    TRY(read_check_projected(cx, &s));                   /* 19 */
    if (s.filter)
        TRY(common_check_key_paths(cx, s.t, &s.filter_paths)); /* 20 */

    read_plan_init(&s, &plan);
    TRY(query_range(cx, q, &s, &keys, &plan.range));
    return read_reply(e, cx, &s, &plan, out);
}

/* Steps 1 to 6: what may be given together, and legacy parameters by themselves. */
static int query_check_parameters(ctx *cx, const query_request *q, read_state *s)
{
    const read_request *r = &q->c;
    /* KeyConditions alone may stand beside the other expressions. */
    const param legacy[] = {
        {"AttributesToGet", r->attributes_to_get.set},
        {"QueryFilter", r->legacy_filter.set},
        {"ConditionalOperator", r->conditional_operator.text.p != NULL},
        {"KeyConditions", q->key_conditions.set && q->key_condition.p},
    };
    const param expr[] = {
        {"ProjectionExpression", r->projection.p != NULL},
        {"FilterExpression", r->filter.p != NULL},
        {"KeyConditionExpression", q->key_condition.p != NULL},
    };

    TRY(common_check_mixing(cx, legacy, COUNT(legacy), expr, COUNT(expr)));
    TRY(common_check_placeholders(cx, r->names.set ? &r->names : NULL, r->values,
                                  r->projection.p || r->filter.p || q->key_condition.p, expr + 1,
                                  2));
    TRY(read_compile_legacy_filter(cx, s));
    if (r->attributes_to_get.set)
        TRY(legacy_check_attributes_to_get(cx, &r->attributes_to_get));
    if (r->start)
        TRY(attr_raise_start_key(cx, &r->start->fault));
    if (!q->key_conditions.set && !q->key_condition.p)
        return fail(cx, DDB_VALIDATION,
                    "Either the KeyConditions or KeyConditionExpression parameter must be "
                    "specified in the request.");
    return 0;
}

/* Steps 7 to 9. */
static int query_compile(ctx *cx, const query_request *q, read_state *s, query_keys *k)
{
    const read_request *r = &q->c;
    cond *key = NULL;

    *k = (query_keys){.sorts = 0};
    if (q->key_condition.p || r->filter.p || r->projection.p) {
        TRY(binding_init(cx, &s->b, r->names.set ? &r->names : NULL, r->values));
        if (q->key_condition.p)
            TRY(expr_condition(cx, &s->b, EX_KEY_CONDITION, q->key_condition, &key));
    }
    TRY(read_compile_filter(cx, s));
    TRY(read_compile_projection(cx, s));
    if (q->key_condition.p || r->filter.p || r->projection.p)
        TRY(binding_check_unused(cx, &s->b));
    TRY(read_check_select(cx, s, "1 validation error detected: "));
    if (key)
        TRY(expr_key_conditions(cx, key, &k->all));
    else
        TRY(legacy_key_conditions(cx, &q->key_conditions, &k->all));
    /* Only an index may have more than two key attributes; query_assign_keys() looks at that. */
    if (k->all.count == 0 || (k->all.count > 2 && !r->index_name.p))
        return fail(cx, DDB_VALIDATION, "Conditions can be of length 1 or 2 only");
    return 0;
}

static const key_condition *condition_on(const key_conditions *all, str name)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (str_eq(all->at[i].name, name))
            return &all->at[i];
    }
    return NULL;
}

/* The operator can be a range, and the operands are values the key attribute may have. */
static int check_condition(ctx *cx, const read_state *s, const key_attr *k, const key_condition *c,
                           bool partition)
{
    if (c->op == KEY_NOT_INDEXABLE)
        return fail(cx, DDB_VALIDATION,
                    "Attempted conditional constraint is not an indexable operation");
    if (c->a->type != k->type || (c->op == KEY_BETWEEN && c->b->type != k->type))
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Condition parameter type does not "
                    "match schema type");
    if (partition && c->op != KEY_EQ)
        return fail(cx, DDB_VALIDATION, "Query key condition not supported");
    TRY(read_check_key_value(cx, s, k, c->a, partition));
    return c->op == KEY_BETWEEN ? read_check_key_value(cx, s, k, c->b, partition) : 0;
}

/* Step 13: key attribute by key attribute, the start key's value and the condition. */
static int query_assign_keys(ctx *cx, const read_state *s, query_keys *k)
{
    const key_schema *keys = s->keys;
    uint32_t attributes = (uint32_t)keys->parts + keys->sorts;

    if (k->all.count > 2 && attributes <= 2)
        return fail(cx, DDB_VALIDATION, "Conditions can be of length 1 or 2 only");
    for (uint32_t i = 0; i < attributes; i++) {
        bool partition = i < keys->parts;
        const key_attr *a = partition ? &keys->part[i] : &keys->sort[i - keys->parts];
        const key_condition *c;

        if (s->r->start)
            TRY(read_check_start_attribute(cx, s, a, partition));
        if (i == 0 && k->all.count > attributes)
            return fail(cx, DDB_VALIDATION, "Query key condition not supported");
        if (i >= k->all.count && !partition)
            continue; /* every condition has found its attribute by now */
        c = condition_on(&k->all, a->name);
        if (!c)
            return fail(cx, DDB_VALIDATION, "Query condition missed key schema element: %S",
                        a->name);
        TRY(check_condition(cx, s, a, c, partition));
        if (partition) {
            k->part[i] = c;
            continue;
        }
        if (i + 1 < k->all.count && c->op != KEY_EQ) /* a range on other than the last */
            return fail(cx, DDB_VALIDATION, "Query key condition not supported");
        k->sort[k->sorts++] = c;
    }
    return 0;
}

static bool condition_holds(const key_condition *c, const value *v)
{
    int a = 0, b = 0;

    if (c->op == KEY_BEGINS_WITH)
        return str_starts(v->s, c->a->s);
    if (!value_cmp(v, c->a, &a) || (c->op == KEY_BETWEEN && !value_cmp(v, c->b, &b)))
        return false;
    switch (c->op) {
    case KEY_EQ: return a == 0;
    case KEY_LT: return a < 0;
    case KEY_LE: return a <= 0;
    case KEY_GT: return a > 0;
    case KEY_GE: return a >= 0;
    case KEY_BETWEEN: return a >= 0 && b <= 0;
    case KEY_BEGINS_WITH:
    case KEY_NOT_INDEXABLE: break;
    }
    return false;
}

/* Steps 14 and 15: the start key must lie where the conditions look. */
static int query_check_start(ctx *cx, const read_state *s, const query_keys *k)
{
    const map *start = &s->r->start->m;
    bool here = true;

    TRY(read_check_start_table_key(cx, s));
    for (uint32_t i = 0; i < s->keys->parts; i++)
        here = here && value_eq(map_get(start, s->keys->part[i].name), k->part[i]->a);
    for (uint32_t i = 0; i < k->sorts; i++) {
        if (!condition_holds(k->sort[i], map_get(start, s->keys->sort[i].name)))
            return fail(cx, DDB_VALIDATION,
                        "The provided starting key does not match the range key predicate");
    }
    if (!here && k->sorts > 0)
        return fail(cx, DDB_VALIDATION,
                    "The query can return at most one row and cannot be restarted");
    if (!here)
        return fail(cx, DDB_VALIDATION,
                    "The provided starting key is outside query boundaries based on provided "
                    "conditions");
    return 0;
}

/* Step 17. A key attribute belongs into the key condition. */
static int query_check_filter_keys(ctx *cx, const read_state *s)
{
    const key_schema *keys = s->keys;

    for (uint32_t i = 0; i < (uint32_t)keys->parts + keys->sorts; i++) {
        str name = i < keys->parts ? keys->part[i].name : keys->sort[i - keys->parts].name;
        for (uint32_t p = 0; p < s->filter_paths.count; p++) {
            if (str_eq(s->filter_paths.items[p]->steps[0].name, name))
                return fail(cx, DDB_VALIDATION,
                            "%s can only contain non-primary key attributes: Primary key "
                            "attribute: %S",
                            s->r->legacy_filter.set ? "QueryFilter" : "Filter Expression", name);
        }
    }
    return 0;
}

static int query_range(ctx *cx, const query_request *q, const read_state *s, const query_keys *k,
                       store_range *range)
{
    key_schema parts = *s->keys;
    attr attrs[KEY_PARTS_MAX];
    map partition = {attrs, parts.parts};
    key_bytes at;

    parts.sorts = 0; /* the partition's place only; the sort key is a range */
    for (uint32_t i = 0; i < parts.parts; i++)
        attrs[i] = (attr){k->part[i]->name, *k->part[i]->a};
    TRY(key_encode(cx, &parts, &partition, &at));
    range->one_partition = true;
    range->h = at.h;
    range->pk = at.pk;
    range->backward = q->forward.set && !q->forward.v;
    TRY(range_of_sort(cx, k->sort, k->sorts, &range->lo, &range->hi));
    return s->r->start ? read_start_position(cx, s, range) : 0;
}

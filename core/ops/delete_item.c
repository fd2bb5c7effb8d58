/*
 * delete_item.c - DeleteItem: the item under a key out. An absent item is no error.
 *
 * delete_item_run() is the order of the service's checks (facts validation 4.4).
 */
#include <stddef.h>

#include "expr/legacy.h"
#include "ops/common.h"

typedef struct delete_item_request {
    str table_name;
    attr_map *key;
    list expected; /* map of in_expected */
    opt_enum conditional_operator, return_values, rcc, metrics, on_failure;
    str condition;
    list names;
    attr_map *values;
} delete_item_request;

static int delete_item_run(engine *e, ctx *cx, void *req, buf *out);
static int check_parameters(ctx *cx, const delete_item_request *q);
static int compile(ctx *cx, const delete_item_request *q, write_plan *p);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(delete_item_request, field_), required_}
static const member delete_item_members[] = {
    M("ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M("TableName", shape_table_name, table_name, true),
    M("ReturnValues", shape_return_values, return_values, false),
    M("ReturnItemCollectionMetrics", shape_return_metrics, metrics, false),
    M("Key", shape_attr_map, key, true),
    M("ConditionalOperator", shape_conditional_operator, conditional_operator, false),
    M("Expected", shape_expected, expected, false),
    M("ReturnValuesOnConditionCheckFailure", shape_return_on_failure, on_failure, false),
    M("ConditionExpression", shape_string, condition, false),
    M("ExpressionAttributeNames", shape_names, names, false),
    M("ExpressionAttributeValues", shape_attr_map, values, false),
};
#undef M

static const shape delete_item_shape = {
    .kind = SH_STRUCT,
    .members = delete_item_members,
    .member_count = COUNT(delete_item_members),
    .size = sizeof(delete_item_request),
};

const op op_delete_item = {"DeleteItem", OP_WRITE | OP_ITEMS, &delete_item_shape,
                           delete_item_run};

static int delete_item_run(engine *e, ctx *cx, void *req, buf *out)
{
    const delete_item_request *q = req;
    write_plan p = {.kind = WRITE_DELETE, .key = &q->key->m, .factor = 1};

    TRY(check_parameters(cx, q));
    TRY(compile(cx, q, &p));
    TRY(engine_table(e, cx, q->table_name, &p.t));
    TRY(table_check_key(cx, p.t, p.key));
    TRY(common_check_condition_paths(cx, p.t, p.condition));
    TRY(plan_key(cx, &p));

    return common_write(e, cx, &p, q->return_values.i, q->rcc.i, q->metrics.i, q->on_failure.i,
                        out);
}

static int check_parameters(ctx *cx, const delete_item_request *q)
{
    const param legacy[] = {{"Expected", q->expected.set}};
    const param expr[] = {{"ConditionExpression", q->condition.p != NULL}};

    TRY(common_check_mixing(cx, legacy, 1, expr, 1));
    TRY(common_check_placeholders(cx, &q->names, q->values, expr[0].given, expr, 1));
    TRY(attr_raise(cx, &q->key->fault));
    if (q->return_values.i >= 0 && q->return_values.i != RV_NONE &&
        q->return_values.i != RV_ALL_OLD)
        return fail(cx, DDB_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
    return 0;
}

static int compile(ctx *cx, const delete_item_request *q, write_plan *p)
{
    const write_expressions x = {.names = &q->names, .values = q->values,
                                 .condition = q->condition};

    if (q->expected.set || q->conditional_operator.i >= 0)
        TRY(legacy_expected(cx, &q->expected, q->conditional_operator.i, &p->condition));
    return common_compile(cx, &x, NULL, &p->condition);
}

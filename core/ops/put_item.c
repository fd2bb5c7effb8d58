/*
 * put_item.c - PutItem: one item in, whatever stood under its key out.
 *
 * put_item_run() is the order of the service's checks: parameters, the item as such, expressions,
 * then the table and what depends on it (facts validation 4.2).
 */
#include <stddef.h>

#include "expr/legacy.h"
#include "ops/common.h"
#include "value/size.h"

typedef struct put_item_request {
    str table_name;
    attr_map *item;
    list expected; /* map of in_expected */
    opt_enum conditional_operator, return_values, rcc, metrics, on_failure;
    str condition;
    list names;
    attr_map *values;
} put_item_request;

static int put_item_run(engine *e, ctx *cx, void *req, buf *out);
static int check_parameters(ctx *cx, const put_item_request *q);
static int check_item(ctx *cx, const put_item_request *q, write_plan *p);
static int compile(ctx *cx, const put_item_request *q, write_plan *p);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(put_item_request, field_), required_}
static const member put_item_members[] = {
    M("ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M("TableName", shape_table_name, table_name, true),
    M("Item", shape_attr_map, item, true),
    M("ConditionalOperator", shape_conditional_operator, conditional_operator, false),
    M("Expected", shape_expected, expected, false),
    M("ReturnValues", shape_return_values, return_values, false),
    M("ReturnItemCollectionMetrics", shape_return_metrics, metrics, false),
    M("ReturnValuesOnConditionCheckFailure", shape_return_on_failure, on_failure, false),
    M("ConditionExpression", shape_string, condition, false),
    M("ExpressionAttributeNames", shape_names, names, false),
    M("ExpressionAttributeValues", shape_attr_map, values, false),
};
#undef M

static const shape put_item_shape = {
    .kind = SH_STRUCT,
    .members = put_item_members,
    .member_count = COUNT(put_item_members),
    .size = sizeof(put_item_request),
    .name_alone = true,
};

const op op_put_item = {"PutItem", OP_WRITE | OP_ITEMS, &put_item_shape, put_item_run};

static int put_item_run(engine *e, ctx *cx, void *req, buf *out)
{
    const put_item_request *q = req;
    write_plan p = {.kind = WRITE_PUT, .factor = 1};

    TRY(check_parameters(cx, q));
    TRY(check_item(cx, q, &p));
    TRY(compile(cx, q, &p));
    TRY(engine_table(e, cx, q->table_name, &p.t));
    TRY(common_check_item(cx, p.t, p.item));
    TRY(common_check_condition_paths(cx, p.t, p.condition));
    TRY(plan_key(cx, &p));

    return common_write(e, cx, &p, q->return_values.i, q->rcc.i, q->metrics.i, q->on_failure.i,
                        out);
}

static int check_parameters(ctx *cx, const put_item_request *q)
{
    const param legacy[] = {{"Expected", q->expected.set}};
    const param expr[] = {{"ConditionExpression", q->condition.p != NULL}};

    TRY(common_envelope(cx, common_check_mixing(cx, legacy, 1, expr, 1)));
    return common_envelope(
        cx, common_check_placeholders(cx, &q->names, q->values, expr[0].given, expr, 1));
}

static int check_item(ctx *cx, const put_item_request *q, write_plan *p)
{
    TRY(common_raise_prefixed(cx, &q->item->fault));
    if (q->return_values.i >= 0 && q->return_values.i != RV_NONE &&
        q->return_values.i != RV_ALL_OLD)
        return common_envelope(
            cx, fail(cx, DDB_VALIDATION, "ReturnValues can only be ALL_OLD or NONE"));
    p->item = &q->item->m;
    p->item_text = q->item->text;
    p->item_size = size_map(p->item);
    if (p->item_size > ITEM_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, "Item size has exceeded the maximum allowed size");
    return 0;
}

static int compile(ctx *cx, const put_item_request *q, write_plan *p)
{
    const write_expressions x = {.names = &q->names, .values = q->values, .condition = q->condition,
                                 .prefixed = true};

    if (q->expected.set || q->conditional_operator.i >= 0)
        TRY(legacy_expected(cx, &q->expected, q->conditional_operator.i, &p->condition));
    return common_compile(cx, &x, NULL, &p->condition);
}

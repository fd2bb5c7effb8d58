/*
 * update_item.c - UpdateItem: changes parts of an item, or makes it.
 *
 * update_item_run() is the order of the service's checks (facts validation 4.5); what depends on
 * the stored item is the engine's (engine/write.c).
 */
#include <stddef.h>

#include "expr/legacy.h"
#include "ops/common.h"

typedef struct update_item_request {
    str table_name;
    attr_map *key;
    list updates;  /* map of in_update */
    list expected; /* map of in_expected */
    opt_enum conditional_operator, return_values, rcc, metrics, on_failure;
    str update, condition;
    list names;
    attr_map *values;
} update_item_request;

static int update_item_run(engine *e, ctx *cx, void *req, buf *out);
static int check_parameters(ctx *cx, const update_item_request *q);
static int compile(ctx *cx, const update_item_request *q, write_plan *p);
static int returned(ctx *cx, int return_values, const write_plan *p, const write_result *w,
                    str *out);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(update_item_request, field_), required_}
static const member update_item_members[] = {
    M("ReturnValues", shape_return_values, return_values, false),
    M("ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M("TableName", shape_table_name, table_name, true),
    M("ReturnItemCollectionMetrics", shape_return_metrics, metrics, false),
    M("Key", shape_attr_map, key, true),
    M("ConditionalOperator", shape_conditional_operator, conditional_operator, false),
    M("Expected", shape_expected, expected, false),
    M("AttributeUpdates", shape_attribute_updates, updates, false),
    M("ReturnValuesOnConditionCheckFailure", shape_return_on_failure, on_failure, false),
    M("UpdateExpression", shape_string, update, false),
    M("ConditionExpression", shape_string, condition, false),
    M("ExpressionAttributeNames", shape_names, names, false),
    M("ExpressionAttributeValues", shape_attr_map, values, false),
};
#undef M

static const shape update_item_shape = {
    .kind = SH_STRUCT,
    .members = update_item_members,
    .member_count = COUNT(update_item_members),
    .size = sizeof(update_item_request),
    .enum_alone = true,
};

const op op_update_item = {"UpdateItem", OP_WRITE | OP_ITEMS, &update_item_shape,
                           update_item_run};

static int update_item_run(engine *e, ctx *cx, void *req, buf *out)
{
    const update_item_request *q = req;
    write_plan p = {.kind = WRITE_UPDATE, .key = &q->key->m, .factor = 1};
    write_result w;
    str attributes;

    TRY(check_parameters(cx, q));
    TRY(compile(cx, q, &p));
    TRY(engine_table(e, cx, q->table_name, &p.t));
    TRY(table_check_key(cx, p.t, p.key));
    TRY(common_check_condition_paths(cx, p.t, p.condition));
    TRY(common_check_update(cx, p.t, p.update));
    TRY(plan_key(cx, &p));

    p.want_capacity = q->rcc.i == RCC_TOTAL || q->rcc.i == RCC_INDEXES;
    TRY(engine_write(e, cx, &p, &w));
    if (w.failed)
        return common_condition_failed(
            cx, q->on_failure.i == RVF_ALL_OLD ? w.old_text : STR_ABSENT);
    TRY(returned(cx, q->return_values.i, &p, &w, &attributes));
    return common_put_write_reply(e, cx, out, &p, &w, attributes, q->rcc.i, q->metrics.i);
}

static int check_parameters(ctx *cx, const update_item_request *q)
{
    const param legacy[] = {{"AttributeUpdates", q->updates.set}, {"Expected", q->expected.set}};
    const param expr[] = {{"UpdateExpression", q->update.p != NULL},
                          {"ConditionExpression", q->condition.p != NULL}};
    bool any = expr[0].given || expr[1].given;

    TRY(common_envelope(cx, common_check_mixing(cx, legacy, 2, expr, 2)));
    TRY(common_envelope(cx,
                        common_check_placeholders(cx, &q->names, q->values, any, expr, 2)));
    return common_raise_prefixed(cx, &q->key->fault);
}

static int compile(ctx *cx, const update_item_request *q, write_plan *p)
{
    const write_expressions x = {.names = &q->names, .values = q->values, .update = q->update,
                                 .condition = q->condition, .prefixed = true};

    if (q->updates.set)
        TRY(legacy_updates(cx, &q->updates, &p->update));
    if (q->expected.set || q->conditional_operator.i >= 0)
        TRY(legacy_expected(cx, &q->expected, q->conditional_operator.i, &p->condition));
    return common_compile(cx, &x, &p->update, &p->condition);
}

/* UPDATED_OLD and UPDATED_NEW: the targets' values in `item`; absent when there are none. */
static int updated(ctx *cx, const write_plan *p, const map *item, str *out)
{
    map part;
    buf b;

    if (p->update == NULL)
        return 0;
    TRY(update_project(cx, p->update, item, &part));
    if (part.count == 0)
        return 0;
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    item_put(&b, &part);
    *out = buf_view(&b);
    return b.err;
}

static int returned(ctx *cx, int return_values, const write_plan *p, const write_result *w,
                    str *out)
{
    *out = STR_ABSENT;
    switch (return_values) {
    case RV_ALL_OLD:
        *out = w->old_text;
        return 0;
    case RV_ALL_NEW:
        *out = w->new_text;
        return 0;
    case RV_UPDATED_OLD:
        return updated(cx, p, &w->old_map, out);
    case RV_UPDATED_NEW:
        return updated(cx, p, &w->new_map, out);
    default:
        return 0;
    }
}

/*
 * get_item.c - GetItem: one row by its key.
 *
 * Without a projection the stored text goes straight into the reply: one copy, nothing parsed.
 * The rules stand in get_item_run() in the service's order (facts validation 4.3).
 */
#include "expr/legacy.h"
#include "ops/common.h"

#include <stddef.h>

typedef struct get_item_request {
    str table_name;
    attr_map *key;
    list attributes_to_get; /* str */
    opt_bool consistent;
    opt_enum rcc;
    str projection;
    list names;
} get_item_request;

static int get_item_run(engine *e, ctx *cx, void *req, buf *out);
static int get_item_compile(ctx *cx, const get_item_request *q, projection **out);
static int get_item_put(engine *e, ctx *cx, const table *t, const key_bytes *k,
                        const projection *p, read_mode mode, buf *out, size_t *size);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(get_item_request, field_), required_}
static const member get_item_members[] = {
    M("ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M("AttributesToGet", shape_attributes_to_get, attributes_to_get, false),
    M("TableName", shape_table_name, table_name, true),
    M("Key", shape_attr_map, key, true),
    M("ConsistentRead", shape_boolean, consistent, false),
    M("ProjectionExpression", shape_string, projection, false),
    M("ExpressionAttributeNames", shape_names, names, false),
};
#undef M

static const shape get_item_shape = {
    .kind = SH_STRUCT,
    .members = get_item_members,
    .member_count = COUNT(get_item_members),
    .size = sizeof(get_item_request),
};

const op op_get_item = {"GetItem", OP_ITEMS, &get_item_shape, get_item_run};

static int get_item_run(engine *e, ctx *cx, void *req, buf *out)
{
    const get_item_request *q = req;
    projection *p = NULL;
    const table *t;
    key_bytes at;
    size_t start, size = 0;

    TRY(get_item_compile(cx, q, &p));
    TRY(engine_table(e, cx, q->table_name, &t));
    TRY(table_check_key(cx, t, &q->key->m));
    if (p)
        TRY(common_check_key_paths(cx, t, projection_paths(p)));
    TRY(key_encode(cx, &t->keys, &q->key->m, &at));

    buf_byte(out, '{');
    start = out->n;
    TRY(get_item_put(e, cx, t, &at, p, q->consistent.v ? READ_CONSISTENT : READ_EVENTUAL, out,
                     &size));
    if (q->rcc.i == RCC_INDEXES || q->rcc.i == RCC_TOTAL) {
        capacity used = {.t = t, .table = capacity_read_units(size, q->consistent.v)};
        if (out->n > start)
            buf_byte(out, ',');
        common_put_capacity(out, &used, q->rcc.i, 0);
    }
    buf_byte(out, '}');
    return out->err;
}

/* Everything that needs no table. */
static int get_item_compile(ctx *cx, const get_item_request *q, projection **out)
{
    const param legacy = {"AttributesToGet", q->attributes_to_get.set};
    const param expr = {"ProjectionExpression", q->projection.p != NULL};
    const list *names = q->names.set ? &q->names : NULL;
    binding b;

    TRY(common_check_mixing(cx, &legacy, 1, &expr, 1));
    TRY(common_check_placeholders(cx, names, NULL, expr.given, NULL, 0));
    TRY(attr_raise(cx, &q->key->fault));
    if (legacy.given) {
        TRY(legacy_check_attributes_to_get(cx, &q->attributes_to_get));
        return projection_of_names(cx, q->attributes_to_get.items, q->attributes_to_get.count,
                                   out);
    }
    if (!expr.given)
        return 0;
    TRY(binding_init(cx, &b, names, NULL));
    TRY(expr_projection(cx, &b, q->projection, out));
    return binding_check_unused(cx, &b);
}

/* Appends `"Item":{..}`, or nothing when there is no such row. *size is the row's, or 0. */
static int get_item_put(engine *e, ctx *cx, const table *t, const key_bytes *k,
                        const projection *p, read_mode mode, buf *out, size_t *size)
{
    size_t before = out->n;
    bool any;
    row r;
    int rc;

    buf_lit(out, "\"Item\":");
    if (!p) {
        rc = engine_get_into(e, cx, t, k, mode, out, size);
    } else {
        rc = engine_get(e, cx, t, k, mode, &r);
        if (rc == 0) {
            *size = r.size;
            rc = projection_put(cx, p, r.item, out, &any); /* nothing selected: Item is {} */
        }
    }
    if (rc == DDB_NOT_FOUND) {
        out->n = before;
        return 0;
    }
    return rc;
}

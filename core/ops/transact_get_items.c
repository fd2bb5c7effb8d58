/*
 * transact_get_items.c - TransactGetItems: up to 100 items by their keys, from one snapshot.
 *
 *   {"Responses":[{"Item":{..}},{},..],"ConsumedCapacity":[..]}
 *
 * transact_get_run() is the order of the service's checks (facts transactions 7). A key that does
 * not fit its table is a cancellation reason; everything else fails the request.
 */
#include <stddef.h>

#include "ops/common.h"

typedef struct get { /* Get */
    str table_name;
    attr_map *key;
    str projection;
    list names;
} get;

typedef struct transact_get_item { get *get; } transact_get_item;

typedef struct transact_get_request {
    list items; /* transact_get_item */
    opt_enum rcc;
} transact_get_request;

static int transact_get_run(engine *e, ctx *cx, void *req, buf *out);
static int check_get(ctx *cx, const get *g, projection **out);
static int find_tables(engine *e, ctx *cx, const transact_get_request *q, write_plan *plans,
                       cancel_reason *reasons, bool *canceled, error *missing);
static int read_one(engine *e, ctx *cx, const write_plan *p, const projection *project,
                    size_t *size, buf *out);
static int read_all(engine *e, ctx *cx, const transact_get_request *q, const write_plan *plans,
                    projection *const *projections, buf *out);

#define M(struct_, name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(struct_, field_), required_}
static const member get_members[] = {
    M(get, "Key", shape_attr_map, key, true),
    M(get, "TableName", shape_table_name, table_name, true),
    M(get, "ProjectionExpression", shape_string, projection, false),
    M(get, "ExpressionAttributeNames", shape_names, names, false),
};
static const shape shape_get = {
    .kind = SH_STRUCT, .java = "Get", .members = get_members, .member_count = COUNT(get_members),
    .size = sizeof(get)};
static const member item_members[] = {M(transact_get_item, "Get", shape_get, get, true)};
static const shape shape_item = {
    .kind = SH_STRUCT, .java = "TransactGetItem", .members = item_members, .member_count = 1,
    .size = sizeof(transact_get_item)};
static const shape shape_items = {
    .kind = SH_LIST, .min = 1, .max = TRANSACT_MAX, .elem = &shape_item};
static const member transact_get_members[] = {
    M(transact_get_request, "TransactItems", shape_items, items, true),
    M(transact_get_request, "ReturnConsumedCapacity", shape_return_capacity, rcc, false),
};
#undef M

static const shape transact_get_shape = {
    .kind = SH_STRUCT,
    .members = transact_get_members,
    .member_count = COUNT(transact_get_members),
    .size = sizeof(transact_get_request),
};

const op op_transact_get_items = {"TransactGetItems", OP_SNAPSHOT | OP_ITEMS | OP_TRANSACTION,
                                  &transact_get_shape, transact_get_run};

static int transact_get_run(engine *e, ctx *cx, void *req, buf *out)
{
    const transact_get_request *q = req;
    uint32_t n = q->items.count;
    /* A plan of a write holds what a read by key needs too, and shares the duplicate rule. */
    write_plan *plans = ARENA_ARRAY(cx->a, write_plan, n);
    projection **projections = ARENA_ARRAY(cx->a, projection *, n);
    cancel_reason *reasons = ARENA_ARRAY(cx->a, cancel_reason, n);
    error missing = {0};
    bool canceled = false;

    if (plans == NULL || projections == NULL || reasons == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        TRY(check_get(cx, LIST_AT(&q->items, transact_get_item, i)->get, &projections[i]));
    TRY(find_tables(e, cx, q, plans, reasons, &canceled, &missing));
    if (common_same_item_twice(plans, n))
        return fail(cx, DDB_VALIDATION,
                    "Transaction request cannot include multiple operations on one item");
    if (missing.code != 0) {
        cx->err = missing;
        return missing.code;
    }
    for (uint32_t i = 0; i < n; i++) {
        TRY(common_check_empty_keys(cx, plans[i].t, plans[i].key));
        if (projections[i] != NULL)
            TRY(common_check_key_paths(cx, plans[i].t, projection_paths(projections[i])));
    }
    TRY(engine_transact_reads(e, cx, plans, n, reasons, &canceled));
    if (canceled)
        return common_transaction_canceled(cx, reasons, n);
    return read_all(e, cx, q, plans, projections, out);
}

static int check_get(ctx *cx, const get *g, projection **out)
{
    const list *names = g->names.set ? &g->names : NULL;
    binding b;

    TRY(common_check_placeholders(cx, names, NULL, g->projection.p != NULL, NULL, 0));
    TRY(attr_raise(cx, &g->key->fault));
    if (g->projection.p == NULL)
        return 0;
    TRY(binding_init(cx, &b, names, NULL));
    TRY(expr_projection(cx, &b, g->projection, out));
    return binding_check_unused(cx, &b);
}

/* *missing is the first table's error, to be raised after duplicates. */
static int find_tables(engine *e, ctx *cx, const transact_get_request *q, write_plan *plans,
                       cancel_reason *reasons, bool *canceled, error *missing)
{
    table_memo memo;

    TRY(table_memo_init(cx, &memo, q->items.count));
    for (uint32_t i = 0; i < q->items.count; i++) {
        const get *g = LIST_AT(&q->items, transact_get_item, i)->get;
        write_plan *p = &plans[i];
        int rc = table_memo_find(e, cx, &memo, g->table_name, &p->t);

        p->kind = WRITE_CHECK;
        p->key = &g->key->m;
        if (rc == 0) {
            rc = table_check_key(cx, p->t, p->key);
            TRY(common_refuse(cx, rc < 0 ? rc : plan_key(cx, p), &reasons[i]));
            *canceled = *canceled || reasons[i].code != 0;
        } else if (cx->err.code == 0) {
            return rc; /* DDB_NOMEM and the like */
        } else {
            if (missing->code == 0)
                *missing = cx->err;
            cx->err = (error){0};
            p->t = NULL;
        }
    }
    return 0;
}

static int read_all(engine *e, ctx *cx, const transact_get_request *q, const write_plan *plans,
                    projection *const *projections, buf *out)
{
    bool want_capacity = q->rcc.i == RCC_TOTAL || q->rcc.i == RCC_INDEXES;
    uint32_t n = q->items.count;
    capacity_list used;
    size_t sum = 0;

    TRY(capacity_list_init(cx, &used, want_capacity ? n : 0));
    buf_lit(out, "{\"Responses\":[");
    for (uint32_t i = 0; i < n; i++) {
        size_t size = 0;

        if (i > 0)
            buf_byte(out, ',');
        TRY(read_one(e, cx, &plans[i], projections[i], &size, out));
        sum += size;
        if (want_capacity) {
            capacity c = {.t = plans[i].t, .table = 2 * capacity_read_units(size, true)};
            capacity_list_add(&used, &c);
        }
    }
    if (sum > TRANSACT_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, TRANSACT_TOO_BIG);
    buf_byte(out, ']');
    if (want_capacity) {
        buf_byte(out, ',');
        common_put_capacity_list(out, &used, q->rcc.i, 'r');
    }
    buf_byte(out, '}');
    return out->err;
}

/* {"Item":{..}}, or {} for an item that is absent or has none of the attributes asked for. */
static int read_one(engine *e, ctx *cx, const write_plan *p, const projection *project,
                    size_t *size, buf *out)
{
    size_t start = out->n;
    bool any = true;
    int rc;

    buf_lit(out, "{\"Item\":");
    if (project == NULL) {
        rc = engine_get_into(e, cx, p->t, &p->where, READ_TRANSACTION, out, size);
    } else {
        row r;
        rc = engine_get(e, cx, p->t, &p->where, READ_TRANSACTION, &r);
        if (rc == 0) {
            *size = r.size;
            rc = projection_put(cx, project, r.item, out, &any);
        }
    }
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    if ((rc < 0 || !any) && out->err == 0) {
        out->n = start;
        buf_byte(out, '{');
    }
    buf_byte(out, '}');
    return out->err;
}

/*
 * batch_write_item.c - BatchWriteItem: up to 25 puts and deletes, in any tables.
 *
 *   {"UnprocessedItems":{},"ItemCollectionMetrics":{..},"ConsumedCapacity":[..]}
 *
 * All are checked before the first is written, and all are written in one savepoint. Only faults,
 * limits and transactions in flight leave requests unprocessed (engine/faults.h).
 * batch_write_run() is the order of the service's checks (facts validation 4.10).
 */
#include <stddef.h>

#include "ops/common.h"
#include "value/json.h"
#include "value/size.h"

typedef struct put_request { attr_map *item; } put_request;
typedef struct delete_request { attr_map *key; } delete_request;
typedef struct write_request { /* exactly one */
    put_request *put;
    delete_request *del;
} write_request;

typedef struct batch_write_request {
    list items; /* map of list of write_request */
    opt_enum rcc, metrics;
} batch_write_request;

static int batch_write_run(engine *e, ctx *cx, void *req, buf *out);
static int check_requests(ctx *cx, const list *requests, write_plan *plans);
static int check_plan(ctx *cx, const table *t, write_plan *p);
static int write_all(engine *e, ctx *cx, const batch_write_request *q, write_plan *plans,
                     uint32_t n,
                     buf *out);

#define M(struct_, name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(struct_, field_), required_}
static const member put_members[] = {M(put_request, "Item", shape_attr_map, item, true)};
static const shape shape_put = {
    .kind = SH_STRUCT, .java = "PutRequest", .members = put_members, .member_count = 1,
    .size = sizeof(put_request)};
static const member delete_members[] = {M(delete_request, "Key", shape_attr_map, key, true)};
static const shape shape_delete = {
    .kind = SH_STRUCT, .java = "DeleteRequest", .members = delete_members, .member_count = 1,
    .size = sizeof(delete_request)};
static const member write_members[] = {
    M(write_request, "PutRequest", shape_put, put, false),
    M(write_request, "DeleteRequest", shape_delete, del, false),
};
static const shape shape_write = {
    .kind = SH_STRUCT, .java = "WriteRequest", .members = write_members,
    .member_count = COUNT(write_members), .size = sizeof(write_request)};
static const shape shape_writes = {
    .kind = SH_LIST, .min = 1, .max = BATCH_WRITE_MAX, .elem = &shape_write};
static const shape shape_request_items = {
    .kind = SH_MAP, .min = 1, .max = BATCH_WRITE_MAX, .key = &shape_table_key,
    .elem = &shape_writes, .elem_constraint_on_map = true};
static const member batch_write_members[] = {
    M(batch_write_request, "ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M(batch_write_request, "ReturnItemCollectionMetrics", shape_return_metrics, metrics, false),
    M(batch_write_request, "RequestItems", shape_request_items, items, true),
};
#undef M

static const shape batch_write_shape = {
    .kind = SH_STRUCT,
    .members = batch_write_members,
    .member_count = COUNT(batch_write_members),
    .size = sizeof(batch_write_request),
};

const op op_batch_write_item = {"BatchWriteItem", OP_WRITE | OP_ATOMIC | OP_ITEMS | OP_BATCH,
                                &batch_write_shape, batch_write_run};

static int batch_write_run(engine *e, ctx *cx, void *req, buf *out)
{
    const batch_write_request *q = req;
    uint32_t n = 0;
    const table **t = ARENA_ARRAY(cx->a, const table *, q->items.count);
    write_plan *plans;

    for (uint32_t i = 0; i < q->items.count; i++)
        n += MAP_AT(&q->items, list, i)->count; /* at most 25 lists of at most 25 */
    plans = ARENA_ARRAY(cx->a, write_plan, n);
    if (t == NULL || plans == NULL)
        return DDB_NOMEM;

    n = 0;
    for (uint32_t i = 0; i < q->items.count; i++) {
        const list *requests = MAP_AT(&q->items, list, i);
        TRY(check_requests(cx, requests, &plans[n]));
        n += requests->count;
    }
    if (n > BATCH_WRITE_MAX)
        return fail(cx, DDB_VALIDATION, "Too many items requested for the BatchWriteItem call");
    for (uint32_t i = 0; i < q->items.count; i++)
        TRY(engine_table(e, cx, MAP_KEY(&q->items, i), &t[i]));
    n = 0;
    for (uint32_t i = 0; i < q->items.count; i++) {
        uint32_t end = n + MAP_AT(&q->items, list, i)->count;
        while (n < end)
            TRY(check_plan(cx, t[i], &plans[n++]));
    }
    if (common_same_item_twice(plans, n))
        return fail(cx, DDB_VALIDATION, "Provided list of item keys contains duplicates");
    return write_all(e, cx, q, plans, n, out);
}

/* What needs no table, for the requests of one table. */
static int check_requests(ctx *cx, const list *requests, write_plan *plans)
{
    for (uint32_t i = 0; i < requests->count; i++) {
        const write_request *w = LIST_AT(requests, write_request, i);

        /* The service's text for this is one of its AttributeValue texts. */
        if ((w->put == NULL) == (w->del == NULL))
            return fail(cx, DDB_VALIDATION,
                        "Supplied AttributeValue has more than one datatypes set, must contain "
                        "exactly one of the supported datatypes");
    }
    for (uint32_t i = 0; i < requests->count; i++) {
        const write_request *w = LIST_AT(requests, write_request, i);
        write_plan *p = &plans[i];

        p->factor = 1;
        if (w->del != NULL) {
            p->kind = WRITE_DELETE;
            p->key = &w->del->key->m;
            TRY(attr_raise(cx, &w->del->key->fault));
            continue;
        }
        p->kind = WRITE_PUT;
        p->item = &w->put->item->m;
        p->item_text = w->put->item->text;
        TRY(attr_raise(cx, &w->put->item->fault));
        p->item_size = size_map(p->item);
        if (p->item_size > ITEM_BYTES_MAX)
            return fail(cx, DDB_VALIDATION, "Item size has exceeded the maximum allowed size");
    }
    return 0;
}

/* The key attributes of an item, checked with the texts of a Key: a batch does not use those of
 * PutItem. */
static int check_item_key(ctx *cx, const table *t, const map *item)
{
    attr attrs[2];
    map key = {attrs, 0};
    const key_attr *k[2] = {&t->keys.part[0], &t->keys.sort[0]};

    for (uint32_t i = 0; i < 1u + t->keys.sorts; i++) {
        const value *v = map_get(item, k[i]->name);
        if (v != NULL)
            attrs[key.count++] = (attr){k[i]->name, *v};
    }
    return table_check_key(cx, t, &key);
}

static int check_plan(ctx *cx, const table *t, write_plan *p)
{
    p->t = t;
    if (p->kind == WRITE_DELETE) {
        TRY(table_check_key(cx, t, p->key));
    } else {
        TRY(check_item_key(cx, t, p->item));
        if (table_indexed(t))
            TRY(table_check_index_keys(cx, t, p->item));
    }
    return plan_key(cx, p);
}

/* `"<table>":[{"PutRequest":{..}},..]` of each table: requests that can be sent again. */
static void put_unprocessed(const batch_write_request *q, const bool *left, buf *out)
{
    size_t start = out->n;
    uint32_t at = 0;

    for (uint32_t i = 0; i < q->items.count; i++) {
        const list *requests = MAP_AT(&q->items, list, i);
        bool any = false;

        for (uint32_t k = 0; k < requests->count; k++) {
            const write_request *w = LIST_AT(requests, write_request, k);

            if (!left[at++])
                continue;
            if (!any) {
                if (out->n > start)
                    buf_byte(out, ',');
                json_put_string(out, MAP_KEY(&q->items, i));
                buf_lit(out, ":[");
            } else {
                buf_byte(out, ',');
            }
            any = true;
            buf_fmt(out, w->put != NULL ? "{\"PutRequest\":{\"Item\":"
                                        : "{\"DeleteRequest\":{\"Key\":");
            item_put(out, w->put != NULL ? &w->put->item->m : &w->del->key->m);
            buf_lit(out, "}}");
        }
        if (any)
            buf_byte(out, ']');
    }
}

static int write_all(engine *e, ctx *cx, const batch_write_request *q, write_plan *plans,
                     uint32_t n,
                     buf *out)
{
    bool want_capacity = q->rcc.i == RCC_TOTAL || q->rcc.i == RCC_INDEXES;
    capacity_list used;
    size_t start = out->n;
    error throttled = {0};
    bool left[BATCH_WRITE_MAX] = {false};
    uint32_t done = 0;

    TRY(capacity_list_init(cx, &used, want_capacity ? q->items.count : 0));
    for (uint32_t i = 0; i < n; i++) {
        arena_mark mark = arena_mark_get(cx->a);
        write_result w;
        int rc;

        plans[i].want_capacity = want_capacity;
        rc = engine_write(e, cx, &plans[i], &w);
        if (engine_throttled(e, rc)) {
            throttled = cx->err;
            cx->err = (error){0};
            left[i] = true;
            continue;
        }
        TRY(rc);
        left[i] = w.unprocessed;
        done += !left[i];
        if (want_capacity && !left[i])
            capacity_list_add(&used, &w.used);
        arena_rewind(cx->a, mark); /* one item's texts at a time */
    }
    if (done == 0 && throttled.code != 0) { /* nothing was written: that is the call's error */
        cx->err = throttled;
        return throttled.code;
    }
    buf_lit(out, "{\"UnprocessedItems\":{");
    if (done < n)
        put_unprocessed(q, left, out);
    buf_byte(out, '}');
    if (q->metrics.i == RICM_SIZE) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < n; i++)
            if (!left[i])
                plans[kept++] = plans[i];
        TRY(common_put_collection_map(e, cx, out, start, plans, kept));
    }
    if (want_capacity) {
        common_comma(out, start);
        common_put_capacity_list(out, &used, q->rcc.i, 0);
    }
    buf_byte(out, '}');
    return out->err;
}

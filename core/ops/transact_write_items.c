/*
 * transact_write_items.c - TransactWriteItems: up to 100 puts, updates, deletes and condition
 * checks, all or none.
 *
 * transact_write_run() is the order of the service's checks (facts transactions 4): what is wrong
 * with the request fails it; what is wrong between an action and its table or item becomes the
 * action's cancellation reason, and every action is looked at. A table that does not exist is
 * reported after duplicates and sizes, so looking it up and complaining are two steps.
 *
 * With a ClientRequestToken the transaction leaves a record of itself (replay.h).
 */
#include <stddef.h>

#include "engine/token.h"
#include "ops/common.h"
#include "ops/replay.h"
#include "value/size.h"

typedef struct action { /* ConditionCheck, Put, Delete, Update: the members they have */
    str table_name;
    attr_map *key, *item;
    str update, condition;
    list names;
    attr_map *values;
    opt_enum on_failure;
} action;

typedef struct transact_item { /* exactly one */
    action *check, *put, *del, *update;
} transact_item;

typedef struct transact_write_request {
    list items; /* transact_item */
    opt_enum rcc, metrics;
    str token;
} transact_write_request;

typedef struct transaction {
    const transact_write_request *q;
    uint32_t n;
    const action **actions;
    write_plan *plans;
    write_result *results;
    cancel_reason *reasons;
    uint8_t hash[TOKEN_HASH_BYTES]; /* with a token */
} transaction;

#define TOKEN_API STR("TransactWriteItems")

static int transact_write_run(engine *e, ctx *cx, void *req, buf *out);
static int transaction_init(ctx *cx, transaction *x, const transact_write_request *q);
static int check_action(ctx *cx, const action *a, write_plan *p);
static int hash_content(ctx *cx, transaction *x);
static int find_tables(engine *e, ctx *cx, transaction *x, error *missing);
static int place(ctx *cx, write_plan *p, cancel_reason *reason);
static int check_sizes(ctx *cx, const transaction *x);
static int check_empty(ctx *cx, const write_plan *p);
static int check_with_table(ctx *cx, const write_plan *p, cancel_reason *reason);
static int cancel(ctx *cx, transaction *x);
static int reply(engine *e, ctx *cx, const transaction *x, buf *out);
static int keep_token(engine *e, ctx *cx, const transaction *x);
static int reply_again(engine *e, ctx *cx, const transaction *x, str kept, buf *out);

#define M(struct_, name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(struct_, field_), required_}
#define M_TABLE M(action, "TableName", shape_table_name, table_name, true)
#define M_KEY M(action, "Key", shape_attr_map, key, true)
#define M_CONDITION(required_) \
    M(action, "ConditionExpression", shape_string, condition, required_)
#define M_REST                                                                           \
    M(action, "ExpressionAttributeNames", shape_names, names, false),                    \
        M(action, "ExpressionAttributeValues", shape_attr_map, values, false),           \
        M(action, "ReturnValuesOnConditionCheckFailure", shape_return_on_failure, on_failure, false)

static const member check_members[] = {M_KEY, M_TABLE, M_CONDITION(true), M_REST};
static const member put_members[] = {
    M(action, "Item", shape_attr_map, item, true), M_TABLE, M_CONDITION(false), M_REST};
static const member delete_members[] = {M_KEY, M_TABLE, M_CONDITION(false), M_REST};
static const member update_members[] = {
    M_KEY, M(action, "UpdateExpression", shape_string, update, true), M_TABLE, M_CONDITION(false),
    M_REST};

#define ACTION_SHAPE(java_, members_)                                                     \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(action)}
static const shape shape_check = ACTION_SHAPE("ConditionCheck", check_members);
static const shape shape_put = ACTION_SHAPE("Put", put_members);
static const shape shape_delete = ACTION_SHAPE("Delete", delete_members);
static const shape shape_update = ACTION_SHAPE("Update", update_members);

static const member item_members[] = {
    M(transact_item, "ConditionCheck", shape_check, check, false),
    M(transact_item, "Put", shape_put, put, false),
    M(transact_item, "Delete", shape_delete, del, false),
    M(transact_item, "Update", shape_update, update, false),
};
static const shape shape_item = {
    .kind = SH_STRUCT, .java = "TransactWriteItem", .members = item_members,
    .member_count = COUNT(item_members), .size = sizeof(transact_item)};
static const shape shape_items = {
    .kind = SH_LIST, .min = 1, .max = TRANSACT_MAX, .elem = &shape_item};
static const shape shape_token = {.kind = SH_STRING, .min = 1, .max = 36};
static const member transact_write_members[] = {
    M(transact_write_request, "TransactItems", shape_items, items, true),
    M(transact_write_request, "ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M(transact_write_request, "ReturnItemCollectionMetrics", shape_return_metrics, metrics, false),
    M(transact_write_request, "ClientRequestToken", shape_token, token, false),
};
#undef M

static const shape transact_write_shape = {
    .kind = SH_STRUCT,
    .members = transact_write_members,
    .member_count = COUNT(transact_write_members),
    .size = sizeof(transact_write_request),
};

const op op_transact_write_items = {"TransactWriteItems",
                                    OP_WRITE | OP_ATOMIC | OP_ITEMS | OP_TRANSACTION,
                                    &transact_write_shape, transact_write_run};

static int transact_write_run(engine *e, ctx *cx, void *req, buf *out)
{
    transaction x;
    error missing = {0};
    bool canceled;
    str kept;
    int rc;

    TRY(transaction_init(cx, &x, req));
    for (uint32_t i = 0; i < x.n; i++)
        TRY(check_action(cx, x.actions[i], &x.plans[i]));
    if (x.q->token.p != NULL) {
        TRY(hash_content(cx, &x));
        rc = token_find(e, cx, TOKEN_API, x.q->token, x.hash, &kept);
        if (rc != 0)
            return rc < 0 ? rc : reply_again(e, cx, &x, kept, out);
    }
    TRY(find_tables(e, cx, &x, &missing));
    if (common_same_item_twice(x.plans, x.n))
        return fail(cx, DDB_VALIDATION,
                    "Transaction request cannot include multiple operations on one item");
    TRY(check_sizes(cx, &x));
    if (missing.code != 0) {
        cx->err = missing;
        return missing.code;
    }
    for (uint32_t i = 0; i < x.n; i++)
        TRY(check_empty(cx, &x.plans[i]));
    for (uint32_t i = 0; i < x.n; i++)
        TRY(check_with_table(cx, &x.plans[i], &x.reasons[i]));
    TRY(engine_transact(e, cx, x.plans, x.n, x.results, x.reasons, &canceled));
    if (canceled)
        return cancel(cx, &x);
    if (x.q->token.p != NULL)
        TRY(keep_token(e, cx, &x));
    return reply(e, cx, &x, out);
}

/* ---- the request as such ---- */

static bool wants_capacity(const transact_write_request *q)
{
    return q->rcc.i == RCC_TOTAL || q->rcc.i == RCC_INDEXES;
}

/* Takes the one action of an item; false when there are none or several. */
static bool take_action(const transact_item *item, write_plan *p, const action **out)
{
    const action *const of_kind[] = {[WRITE_PUT] = item->put, [WRITE_UPDATE] = item->update,
                                     [WRITE_DELETE] = item->del, [WRITE_CHECK] = item->check};
    uint32_t given = 0;

    for (uint32_t k = 0; k < COUNT(of_kind); k++) {
        if (of_kind[k] == NULL)
            continue;
        given++;
        p->kind = (write_kind)k;
        *out = of_kind[k];
    }
    return given == 1;
}

static int transaction_init(ctx *cx, transaction *x, const transact_write_request *q)
{
    x->q = q;
    x->n = q->items.count;
    x->actions = ARENA_ARRAY(cx->a, const action *, x->n);
    x->plans = ARENA_ARRAY(cx->a, write_plan, x->n);
    x->results = ARENA_ARRAY(cx->a, write_result, x->n);
    x->reasons = ARENA_ARRAY(cx->a, cancel_reason, x->n);
    if (x->actions == NULL || x->plans == NULL || x->results == NULL || x->reasons == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < x->n; i++) {
        write_plan *p = &x->plans[i];

        if (!take_action(LIST_AT(&q->items, transact_item, i), p, &x->actions[i]))
            return fail(cx, DDB_VALIDATION,
                        "TransactItems can only contain one of Check, Put, Update or Delete");
        p->factor = 2;
        p->flat_size = true;
        p->want_capacity = wants_capacity(q);
        /* The record under a token needs the size before. */
        p->want_old = x->actions[i]->on_failure.i == RVF_ALL_OLD || q->token.p != NULL;
    }
    return 0;
}

static int check_action(ctx *cx, const action *a, write_plan *p)
{
    const write_expressions x = {.names = &a->names, .values = a->values, .update = a->update,
                                 .condition = a->condition};
    const param expr[] = {{"UpdateExpression", a->update.p != NULL},
                          {"ConditionExpression", a->condition.p != NULL}};
    uint32_t from = p->kind == WRITE_UPDATE ? 0 : 1;
    const attr_map *m = p->kind == WRITE_PUT ? a->item : a->key;

    TRY(common_check_placeholders(cx, &a->names, a->values, expr[0].given || expr[1].given,
                                  &expr[from], 2 - from));
    TRY(attr_raise(cx, &m->fault));
    if (p->kind == WRITE_PUT) {
        p->item = &m->m;
        p->item_text = m->text;
        p->item_size = size_map(p->item);
    } else {
        p->key = &m->m;
    }
    return common_compile(cx, &x, &p->update, &p->condition);
}

static int hash_names(ctx *cx, sha256 *s, const list *names)
{
    map m = {NULL, names->count};

    if (!names->set)
        return token_add_map(cx, s, NULL);
    m.attrs = ARENA_ARRAY(cx->a, attr, m.count);
    if (m.attrs == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < m.count; i++)
        m.attrs[i] = (attr){MAP_KEY(names, i), value_scalar(T_S, *MAP_AT(names, str, i))};
    return token_add_map(cx, s, &m);
}

/* All that the request asks to be done; ReturnConsumedCapacity may change between two calls. */
static int hash_content(ctx *cx, transaction *x)
{
    sha256 s;

    sha256_init(&s);
    token_add_int(&s, x->q->metrics.i);
    for (uint32_t i = 0; i < x->n; i++) {
        const action *a = x->actions[i];

        token_add_int(&s, x->plans[i].kind);
        token_add_str(&s, a->table_name);
        TRY(token_add_map(cx, &s, a->key != NULL ? &a->key->m : NULL));
        TRY(token_add_map(cx, &s, a->item != NULL ? &a->item->m : NULL));
        token_add_str(&s, a->update);
        token_add_str(&s, a->condition);
        TRY(hash_names(cx, &s, &a->names));
        TRY(token_add_map(cx, &s, a->values != NULL ? &a->values->m : NULL));
        token_add_int(&s, a->on_failure.i);
    }
    sha256_end(&s, x->hash);
    return 0;
}

/* ---- the request and its tables ---- */

/* *missing is the first table's error, to be raised when its turn comes. */
static int find_tables(engine *e, ctx *cx, transaction *x, error *missing)
{
    table_memo memo;

    TRY(table_memo_init(cx, &memo, x->n));
    for (uint32_t i = 0; i < x->n; i++) {
        int rc = table_memo_find(e, cx, &memo, x->actions[i]->table_name, &x->plans[i].t);

        if (rc == 0) {
            TRY(place(cx, &x->plans[i], &x->reasons[i]));
        } else if (cx->err.code == 0) {
            return rc; /* DDB_NOMEM and the like */
        } else {
            if (missing->code == 0)
                *missing = cx->err;
            cx->err = (error){0};
            x->plans[i].t = NULL;
        }
    }
    return 0;
}

/* A key that does not fit the table is the action's reason; its plan stays without a place. */
static int place(ctx *cx, write_plan *p, cancel_reason *reason)
{
    int rc = p->kind == WRITE_PUT ? table_check_item_key(cx, p->t, p->item)
                                  : table_check_key(cx, p->t, p->key);

    return common_refuse(cx, rc < 0 ? rc : plan_key(cx, p), reason);
}

static int check_sizes(ctx *cx, const transaction *x)
{
    size_t sum = 0;

    for (uint32_t i = 0; i < x->n; i++) {
        if (x->plans[i].item_size > ITEM_BYTES_MAX)
            return fail(cx, DDB_VALIDATION, "Item size has exceeded the maximum allowed size");
        sum += x->plans[i].item_size;
    }
    return sum > TRANSACT_BYTES_MAX ? fail(cx, DDB_VALIDATION, TRANSACT_TOO_BIG) : 0;
}

/* Empty key values fail the request, in keys, in index keys of a put and in literals SET. */
static int check_empty_index_key(ctx *cx, const write_plan *p, const key_attr *a)
{
    const value *v = p->kind == WRITE_PUT ? map_get(p->item, a->name)
                                          : update_literal(p->update, a->name);
    attr alone;
    map m = {&alone, 1};

    if (v == NULL || v->type != a->type || v->type == T_N || v->s.n > 0)
        return 0;
    if (p->kind != WRITE_PUT)
        return fail(cx, DDB_VALIDATION, UPDATE_EMPTY_INDEX_KEY,
                    v->type == T_B ? "binary" : "string");
    alone = (attr){a->name, *v};
    return table_check_index_keys(cx, p->t, &m);
}

static int check_empty(ctx *cx, const write_plan *p)
{
    TRY(common_check_empty_keys(cx, p->t, p->kind == WRITE_PUT ? p->item : p->key));
    if (p->kind != WRITE_PUT && p->update == NULL)
        return 0;
    for (uint32_t i = 0; i < p->t->index_count; i++) {
        const key_schema *k = &p->t->indexes[i].keys;

        for (uint32_t n = 0; n < k->parts; n++)
            TRY(check_empty_index_key(cx, p, &k->part[n]));
        for (uint32_t n = 0; n < k->sorts; n++)
            TRY(check_empty_index_key(cx, p, &k->sort[n]));
    }
    return 0;
}

static int check_with_table(ctx *cx, const write_plan *p, cancel_reason *reason)
{
    if (reason->code == 0 && p->kind == WRITE_PUT && table_indexed(p->t))
        TRY(common_refuse(cx, table_check_index_keys(cx, p->t, p->item), reason));
    if (reason->code == 0)
        TRY(common_refuse(cx, common_check_condition_paths(cx, p->t, p->condition), reason));
    if (reason->code == 0)
        TRY(common_refuse(cx, common_check_update(cx, p->t, p->update), reason));
    return 0;
}

/* ---- the reply ---- */

static int cancel(ctx *cx, transaction *x)
{
    for (uint32_t i = 0; i < x->n; i++) {
        if (x->actions[i]->on_failure.i != RVF_ALL_OLD)
            x->reasons[i].item = STR_ABSENT;
    }
    return common_transaction_canceled(cx, x->reasons, x->n);
}

static int reply(engine *e, ctx *cx, const transaction *x, buf *out)
{
    size_t start = out->n;
    capacity_list used;

    buf_byte(out, '{');
    if (wants_capacity(x->q)) {
        TRY(capacity_list_init(cx, &used, x->n));
        for (uint32_t i = 0; i < x->n; i++)
            capacity_list_add(&used, &x->results[i].used);
        common_put_capacity_list(out, &used, x->q->rcc.i, 'w');
    }
    if (x->q->metrics.i == RICM_SIZE)
        TRY(common_put_collection_map(e, cx, out, start, x->plans, x->n));
    buf_byte(out, '}');
    return out->err;
}

/* ---- repetitions ---- */

static int keep_token(engine *e, ctx *cx, const transaction *x)
{
    str record;

    TRY(replay_record(cx, x->plans, x->results, x->n, &record));
    return token_keep(e, cx, TOKEN_API, x->q->token, x->hash, record);
}

static int reply_again(engine *e, ctx *cx, const transaction *x, str kept, buf *out)
{
    buf_byte(out, '{');
    TRY(replay_put_capacity(e, cx, kept, x->n, x->q->rcc.i, out));
    buf_byte(out, '}');
    return out->err;
}

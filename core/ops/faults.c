/*
 * faults.c - ddblite.AddFault, RemoveFault, ListFaults and SetLimits: what goes wrong on purpose.
 * Operations of our own; what the rules mean is in engine/faults.h.
 *
 *   {"Operation":"PutItem","TableName":"t","Keys":[{"pk":{"S":"a"}}],"Nth":2,"Times":1,
 *    "Throw":"ProvisionedThroughputExceededException"}                      ->  {"Id":1}
 *
 * A rule has one of Throw, Cancel, Unprocessed and LagMs; DelayMs may stand alone or with any of
 * the first three.
 */
#include <stddef.h>

#include "engine/faults.h"
#include "ops/common.h"
#include "value/json.h"

typedef struct cancel_entry {
    opt_int index;
    str code;
} cancel_entry;

typedef struct add_fault_request {
    str op, table, index, throw_, message, code;
    list keys, cancel;
    opt_int nth, times, seed, unprocessed, delay_ms, lag_ms;
    opt_real probability;
    opt_bool eventual;
} add_fault_request;

typedef struct remove_fault_request {
    opt_int id;
} remove_fault_request;

typedef struct set_limits_request {
    opt_enum throughput;
    opt_int collection_bytes;
} set_limits_request;

typedef struct list_faults_request { /* C wants a member */
    uint8_t none;
} list_faults_request;

enum { THROUGHPUT_ENFORCED, THROUGHPUT_UNLIMITED };

static int add_fault_run(engine *e, ctx *cx, void *req, buf *out);
static int remove_fault_run(engine *e, ctx *cx, void *req, buf *out);
static int list_faults_run(engine *e, ctx *cx, void *req, buf *out);
static int set_limits_run(engine *e, ctx *cx, void *req, buf *out);

static const shape shape_keys = {.kind = SH_LIST, .min = 1, .max = BATCH_GET_KEYS_MAX,
                                 .elem = &shape_attr_map};
static const shape shape_from_0 = {.kind = SH_LONG, .min = 0, .max = NO_MAX};
static const shape shape_from_1 = {.kind = SH_LONG, .min = 1, .max = NO_MAX};
static const shape shape_delay = {.kind = SH_LONG, .min = 0, .max = FAULT_DELAY_MS_MAX};
static const shape shape_bytes = {.kind = SH_LONG, .min = 1, .max = COLLECTION_BYTES_MAX};
static const shape shape_any_long = {.kind = SH_LONG, .min = NO_MIN, .max = NO_MAX};
static const shape shape_probability = {.kind = SH_DOUBLE, .min = NO_MIN, .max = NO_MAX};
static const member cancel_members[] = {
    {"Index", &shape_from_0, offsetof(cancel_entry, index), false},
    {"Code", &shape_string, offsetof(cancel_entry, code), true},
};
static const shape shape_cancel_entry = {
    .kind = SH_STRUCT, .java = "CancelEntry", .members = cancel_members,
    .member_count = COUNT(cancel_members), .size = sizeof(cancel_entry)};
static const shape shape_cancel = {.kind = SH_LIST, .min = 1, .max = TRANSACT_MAX,
                                   .elem = &shape_cancel_entry};

#define M(name_, shape_, field_) {name_, &shape_, offsetof(add_fault_request, field_), false}
static const member add_fault_members[] = {
    M("Operation", shape_string, op),
    M("TableName", shape_string, table),
    M("IndexName", shape_string, index),
    M("Keys", shape_keys, keys),
    M("Nth", shape_from_1, nth),
    M("Times", shape_from_1, times),
    M("Probability", shape_probability, probability),
    M("Seed", shape_any_long, seed),
    M("Throw", shape_string, throw_),
    M("Message", shape_string, message),
    M("Cancel", shape_cancel, cancel),
    M("Unprocessed", shape_from_0, unprocessed),
    M("Code", shape_string, code),
    M("DelayMs", shape_delay, delay_ms),
    M("LagMs", shape_from_0, lag_ms),
    M("Eventual", shape_boolean, eventual),
};
#undef M

static const shape add_fault_shape = {
    .kind = SH_STRUCT, .members = add_fault_members, .member_count = COUNT(add_fault_members),
    .size = sizeof(add_fault_request)};
static const member remove_fault_members[] = {
    {"Id", &shape_from_1, offsetof(remove_fault_request, id), false}};
static const shape remove_fault_shape = {
    .kind = SH_STRUCT, .members = remove_fault_members, .member_count = 1,
    .size = sizeof(remove_fault_request)};
static const shape list_faults_shape = {.kind = SH_STRUCT, .size = sizeof(list_faults_request)};
static const char *const throughput_names[] = {"enforced", "unlimited", NULL};
static const shape shape_throughput_mode = {.kind = SH_ENUM, .values = throughput_names};
static const member set_limits_members[] = {
    {"Throughput", &shape_throughput_mode, offsetof(set_limits_request, throughput), false},
    {"ItemCollectionBytes", &shape_bytes, offsetof(set_limits_request, collection_bytes), false},
};
static const shape set_limits_shape = {
    .kind = SH_STRUCT, .members = set_limits_members, .member_count = COUNT(set_limits_members),
    .size = sizeof(set_limits_request)};

/* Two of them write: a lag that comes or goes forgets old images. */
const op op_add_fault = {"ddblite.AddFault", OP_OWN | OP_WRITE | OP_ATOMIC, &add_fault_shape,
                         add_fault_run};
const op op_remove_fault = {"ddblite.RemoveFault", OP_OWN | OP_WRITE | OP_ATOMIC,
                            &remove_fault_shape, remove_fault_run};
const op op_list_faults = {"ddblite.ListFaults", OP_OWN, &list_faults_shape, list_faults_run};
const op op_set_limits = {"ddblite.SetLimits", OP_OWN, &set_limits_shape, set_limits_run};

/* ---- AddFault ---- */

static int bad(ctx *cx, const char *text)
{
    return fail(cx, DDB_BAD_ARGUMENT, "AddFault: %s", text);
}

static int find_kind(ctx *cx, const add_fault_request *q, fault_rule *r)
{
    int given = (q->throw_.p != NULL) + q->cancel.set + q->unprocessed.set + q->lag_ms.set;

    if (given > 1 || (q->lag_ms.set && q->delay_ms.set))
        return bad(cx, "only one of Throw, Cancel, Unprocessed and LagMs, and DelayMs not with "
                       "LagMs");
    if (given == 0 && !q->delay_ms.set)
        return bad(cx, "one of Throw, Cancel, Unprocessed, LagMs and DelayMs is needed");
    r->kind = q->throw_.p != NULL  ? FAULT_THROW
              : q->cancel.set      ? FAULT_CANCEL
              : q->unprocessed.set ? FAULT_UNPROCESSED
              : q->lag_ms.set      ? FAULT_LAG
                                   : FAULT_DELAY;
    r->ms = q->lag_ms.set ? q->lag_ms.v : q->delay_ms.v;
    return 0;
}

static int find_throw(ctx *cx, str name, fault_rule *r)
{
    r->code = error_code_of(name.p, name.n);
    if (r->code == DDB_INTERNAL)
        r->code = DDB_FAULT_INTERNAL;
    if (r->code == DDB_TRANSACTION_CANCELED)
        return bad(cx, "TransactionCanceledException comes with its reasons: use Cancel");
    if (r->code == 0)
        return fail(cx, DDB_BAD_ARGUMENT, "AddFault: the service has no exception %S", name);
    return 0;
}

static int find_code(ctx *cx, str name, int *code)
{
    *code = fault_code_of(name);
    return *code != 0 ? 0
                      : fail(cx, DDB_BAD_ARGUMENT, "AddFault: the service has no code %S", name);
}

static int find_cancel(ctx *cx, const list *entries, fault_rule *r)
{
    r->cancel = ARENA_ARRAY(cx->a, fault_cancel, entries->count);
    if (r->cancel == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < entries->count; i++) {
        const cancel_entry *x = LIST_AT(entries, cancel_entry, i);
        fault_cancel *to = &r->cancel[r->cancel_count];

        if (str_eq(x->code, STR("None")))
            continue;
        TRY(find_code(cx, x->code, &to->code));
        to->index = x->index.set ? x->index.v : -1;
        r->cancel_count++;
    }
    return 0;
}

static int find_keys(ctx *cx, const list *keys, fault_rule *r)
{
    r->key_count = keys->count;
    r->keys = ARENA_ARRAY(cx->a, map, keys->count);
    if (r->keys == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < keys->count; i++) {
        const attr_map *key = LIST_AT(keys, attr_map, i);

        TRY(attr_raise(cx, &key->fault));
        r->keys[i] = key->m;
    }
    return 0;
}

/* Old images of before the lag know nothing of what was written since: they go. */
static int forget(engine *e, ctx *cx, str table_name)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (table_name.p == NULL || str_eq(t->name, table_name))
            TRY(lag_forget(e, cx, t));
    return 0;
}

static int add_fault_run(engine *e, ctx *cx, void *req, buf *out)
{
    const add_fault_request *q = req;
    fault_rule r = {.op = q->op,
                    .table = q->table,
                    .index = q->index,
                    .message = q->message,
                    .nth = q->nth.set ? q->nth.v : 1,
                    .times = q->times.v,
                    .probability = q->probability.set ? q->probability.v : 1,
                    .random = (uint64_t)q->seed.v,
                    .code = DDB_THROTTLING,
                    .unprocessed = q->unprocessed.v,
                    .eventual = q->eventual.v};

    TRY(find_kind(cx, q, &r));
    if (!(r.probability >= 0 && r.probability <= 1))
        return bad(cx, "Probability is from 0 to 1");
    if (r.kind == FAULT_THROW)
        TRY(find_throw(cx, q->throw_, &r));
    if (r.kind == FAULT_CANCEL)
        TRY(find_cancel(cx, &q->cancel, &r));
    if (r.kind == FAULT_UNPROCESSED && q->code.p != NULL)
        TRY(find_code(cx, q->code, &r.code));
    if (q->keys.set)
        TRY(find_keys(cx, &q->keys, &r));
    if (r.kind == FAULT_LAG)
        TRY(forget(e, cx, r.table));
    TRY(faults_add(e, cx, &r));
    buf_fmt(out, "{\"Id\":%l}", r.id);
    return out->err;
}

/* ---- RemoveFault ---- */

static int remove_fault_run(engine *e, ctx *cx, void *req, buf *out)
{
    const remove_fault_request *q = req;
    bool lagged = e->faults != NULL && e->faults->lags > 0;

    if (q->id.set)
        (void)faults_remove(e, q->id.v); /* gone already: just as well */
    while (!q->id.set && e->faults != NULL && e->faults->rules != NULL)
        (void)faults_remove(e, e->faults->rules->id); /* it is there */
    if (lagged)
        TRY(forget(e, cx, STR_ABSENT));
    buf_lit(out, "{}");
    return out->err;
}

/* ---- ListFaults ---- */

static void put_text(buf *out, const char *name, str s)
{
    if (s.p == NULL)
        return;
    buf_fmt(out, ",\"%s\":", name);
    json_put_string(out, s);
}

static void put_action(const fault_rule *r, buf *out)
{
    switch (r->kind) {
    case FAULT_THROW:
        put_text(out, "Throw", str_of(error_info_get(r->code)->name));
        break;
    case FAULT_CANCEL:
        buf_lit(out, ",\"Cancel\":[");
        for (uint32_t i = 0; i < r->cancel_count; i++) {
            buf_fmt(out, "%s{", i > 0 ? "," : "");
            if (r->cancel[i].index >= 0)
                buf_fmt(out, "\"Index\":%l,", r->cancel[i].index);
            buf_fmt(out, "\"Code\":\"%s\"}", fault_code_name(r->cancel[i].code));
        }
        buf_byte(out, ']');
        break;
    case FAULT_UNPROCESSED:
        buf_fmt(out, ",\"Unprocessed\":%l,\"Code\":\"%s\"", r->unprocessed,
                fault_code_name(r->code));
        break;
    case FAULT_LAG:
        buf_fmt(out, ",\"LagMs\":%l,\"Eventual\":%s", r->ms, r->eventual ? "true" : "false");
        return;
    case FAULT_DELAY:
        break;
    }
    if (r->ms > 0)
        buf_fmt(out, ",\"DelayMs\":%l", r->ms);
}

static void put_rule(const fault_rule *r, buf *out)
{
    buf_fmt(out, "{\"Id\":%l", r->id);
    put_text(out, "Operation", r->op);
    put_text(out, "TableName", r->table);
    put_text(out, "IndexName", r->index);
    if (r->keys_text.p != NULL)
        buf_fmt(out, ",\"Keys\":%S", r->keys_text);
    if (r->kind != FAULT_LAG) {
        buf_fmt(out, ",\"Nth\":%l", r->nth);
        if (r->times > 0)
            buf_fmt(out, ",\"Times\":%l", r->times);
        if (r->probability < 1) {
            buf_lit(out, ",\"Probability\":");
            json_put_double(out, r->probability);
        }
    }
    put_action(r, out);
    put_text(out, "Message", r->message);
    buf_fmt(out, ",\"Calls\":%l,\"Hits\":%l}", r->calls, r->hits);
}

static int list_faults_run(engine *e, ctx *cx, void *req, buf *out)
{
    const fault_rule *r = e->faults == NULL ? NULL : e->faults->rules;

    (void)cx;
    (void)req;
    buf_lit(out, "{\"Faults\":[");
    for (; r != NULL; r = r->next) {
        put_rule(r, out);
        if (r->next != NULL)
            buf_byte(out, ',');
    }
    buf_byte(out, ']');
    buf_byte(out, '}');
    return out->err;
}

/* ---- SetLimits ---- */

static int set_limits_run(engine *e, ctx *cx, void *req, buf *out)
{
    const set_limits_request *q = req;

    (void)cx;
    if (q->throughput.i >= 0) {
        faults *f = faults_require(e);
        if (f == NULL)
            return DDB_NOMEM;
        f->enforced = q->throughput.i == THROUGHPUT_ENFORCED;
        f->bucket_count = 0; /* what was spent while it was not enforced is not known */
    }
    if (q->collection_bytes.set)
        e->collection_bytes_max = q->collection_bytes.v;
    buf_lit(out, "{}");
    return out->err;
}

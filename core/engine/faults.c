/*
 * faults.c - rules: which calls they are about, and what they answer.
 *
 * A rule owns an arena with all that it points to. Matching goes from cheap to dear: the operation,
 * the names, the key. Texts are the service's: facts wire 6, transactions 3, and the developer
 * guide's "Error handling with DynamoDB" for what nobody has captured.
 * Start at faults_touch().
 */
#include "engine/faults.h"

#include <assert.h>

#include "value/json.h"

/* ---- texts ---- */

#define THROUGHPUT_TABLE                                                                         \
    "The level of configured provisioned throughput for the table was exceeded. Consider "       \
    "increasing your provisioning level with the UpdateTable API."
#define THROUGHPUT_INDEX                                                                         \
    "The level of configured provisioned throughput for one or more global secondary indexes of " \
    "the table was exceeded. Consider increasing your provisioning level for the "               \
    "under-provisioned global secondary indexes with the UpdateTable API."
#define THROTTLED_TABLE                                                                          \
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically " \
    "scaling your table or index so please try again shortly. If exceptions persist, check if "  \
    "you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"      \
    "bp-partition-key-design.html"
#define THROTTLED_INDEX                                                                          \
    "Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB " \
    "is automatically scaling your index so please try again shortly."

typedef struct fault_text {
    int code;
    const char *reason; /* code of CancellationReasons and statements; NULL: none */
    str table, index;   /* index absent: the same */
} fault_text;

static const fault_text texts[] = {
    {DDB_CONDITION_FAILED, "ConditionalCheckFailed",
     STR_INIT("The conditional request failed"), {0}},
    {DDB_DUPLICATE_ITEM, "DuplicateItem", STR_INIT("Duplicate primary key exists in table"), {0}},
    {DDB_VALIDATION, "ValidationError",
     STR_INIT("One or more parameter values were invalid"), {0}},
    {DDB_RESOURCE_NOT_FOUND, "ResourceNotFound", STR_INIT("Requested resource not found"), {0}},
    {DDB_COLLECTION_SIZE, "ItemCollectionSizeLimitExceeded",
     STR_INIT("Collection size exceeded."), {0}},
    {DDB_TRANSACTION_CONFLICT, "TransactionConflict",
     STR_INIT("Transaction is ongoing for the item"), {0}},
    {DDB_THROUGHPUT_EXCEEDED, "ProvisionedThroughputExceeded", STR_INIT(THROUGHPUT_TABLE),
     STR_INIT(THROUGHPUT_INDEX)},
    {DDB_THROTTLING, "ThrottlingError", STR_INIT(THROTTLED_TABLE), STR_INIT(THROTTLED_INDEX)},
    {DDB_REQUEST_LIMIT, "RequestLimitExceeded",
     STR_INIT("Throughput exceeds the current throughput limit for your account. To request a "
              "limit increase, contact AWS Support at https://aws.amazon.com/support."), {0}},
    {DDB_FAULT_INTERNAL, "InternalServerError", STR_INIT("Internal server error"), {0}},
    {DDB_ACCESS_DENIED, "AccessDenied", {0}, {0}}, /* made from the request */
    {DDB_TRANSACTION_IN_PROGRESS, NULL,
     STR_INIT("The transaction with the given request token is already in progress."), {0}},
    {DDB_REPLICATED_CONFLICT, NULL,
     STR_INIT("One or more items in this request are being modified by a request in another "
              "Region."), {0}},
    {DDB_LIMIT_EXCEEDED, NULL, STR_INIT("Too many operations for a given subscriber."), {0}},
    {DDB_SERVICE_UNAVAILABLE, NULL, STR_INIT("DynamoDB is currently unavailable."), {0}},
    {DDB_INTERNAL_FAILURE, NULL, STR_INIT("Internal failure"), {0}},
    {DDB_UNRECOGNIZED_CLIENT, NULL,
     STR_INIT("The security token included in the request is invalid."), {0}},
    {DDB_EXPIRED_TOKEN, NULL,
     STR_INIT("The security token included in the request is expired"), {0}},
    {DDB_INVALID_ENDPOINT, NULL, STR_INIT("The endpoint is not valid."), {0}},
    {DDB_INCOMPLETE_SIGNATURE, NULL,
     STR_INIT("The request signature does not conform to AWS standards."), {0}},
    {DDB_MISSING_AUTH, NULL, STR_INIT("Request is missing Authentication Token"), {0}},
    {DDB_RESOURCE_IN_USE, NULL,
     STR_INIT("Attempt to change a resource which is still in use"), {0}},
    {DDB_EXPIRED_ITERATOR, NULL, STR_INIT("Iterator expired"), {0}},
};

static const fault_text *text_of(int code)
{
    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].code == code)
            return &texts[i];
    return NULL;
}

int fault_code_of(str name)
{
    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].reason != NULL && str_eq(name, str_of(texts[i].reason)))
            return texts[i].code;
    return 0;
}

const char *fault_code_name(int code)
{
    const fault_text *x = text_of(code);

    return x == NULL ? NULL : x->reason;
}

/* ---- the error itself ---- */

/* "<table arn>" or "<table arn>/index/<name>" */
static void put_resource(buf *b, const table *t, const index_def *ix)
{
    buf_str(b, t->arn);
    if (ix != NULL)
        buf_fmt(b, "/index/%S", ix->name);
}

static const char *limit_of(int code, const fault_touch *x)
{
    if (code == DDB_THROUGHPUT_EXCEEDED)
        return "ProvisionedThroughputExceeded";
    if (code == DDB_REQUEST_LIMIT)
        return "AccountLimitExceeded";
    return throughput_rate(x->t, x->ix, x->write) > 0 ? "MaxOnDemandThroughputExceeded"
                                                      : "KeyRangeThroughputExceeded";
}

/* ThrottlingReasons of the three exceptions that have them (model of 2025). */
static int put_reasons(ctx *cx, int code, const fault_touch *x)
{
    buf b, resource;

    if (code != DDB_THROUGHPUT_EXCEEDED && code != DDB_REQUEST_LIMIT && code != DDB_THROTTLING)
        return code;
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    buf_init_arena(&resource, cx->a, REPLY_BYTES_MAX);
    put_resource(&resource, x->t, x->ix);
    buf_fmt(&b, "\"%shrottlingReasons\":[{\"reason\":\"%s%s%s\",\"resource\":",
            code == DDB_THROTTLING ? "t" : "T", x->ix != NULL ? "Index" : "Table",
            x->write ? "Write" : "Read", limit_of(code, x));
    json_put_string(&b, buf_view(&resource));
    buf_lit(&b, "}]");
    if (resource.err != 0 || b.err != 0)
        return resource.err != 0 ? resource.err : b.err;
    cx->err.extra = buf_view(&b);
    return code;
}

static int default_text(engine *e, ctx *cx, int code, const fault_touch *x, str *out)
{
    const fault_text *t = text_of(code);
    buf b;

    if (code == DDB_ACCESS_DENIED) {
        buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
        buf_fmt(&b, "User: arn:aws:iam::%S:root is not authorized to perform: dynamodb:%S",
                e->account, e->faults->op);
        if (x != NULL && x->t != NULL) {
            buf_lit(&b, " on resource: ");
            put_resource(&b, x->t, x->ix);
        }
        buf_fmt(&b, " because no identity-based policy allows the dynamodb:%S action",
                e->faults->op);
        *out = buf_view(&b);
        return b.err;
    }
    if (t == NULL)
        *out = STR("The request failed");
    else if (code == DDB_THROTTLING && (x == NULL || x->t == NULL))
        *out = STR("Rate of requests exceeds the allowed throughput.");
    else
        *out = x != NULL && x->ix != NULL && t->index.p != NULL ? t->index : t->table;
    return 0;
}

int faults_fail(engine *e, ctx *cx, int code, str message, const fault_touch *x)
{
    str text = message;

    if (text.p == NULL)
        TRY(default_text(e, cx, code, x, &text));
    char *copy = arena_copy(cx->a, text.p, text.n); /* a rule may be removed before the reply */
    if (copy == NULL)
        return DDB_NOMEM;
    (void)fail_str(cx, code, (str){copy, text.n}); /* gives the code back */
    return x != NULL && x->t != NULL ? put_reasons(cx, code, x) : code;
}

/* ---- rules ---- */

faults *faults_require(engine *e)
{
    faults *f = e->faults;

    if (f != NULL)
        return f;
    f = mem_alloc(e->m, sizeof *f);
    if (f != NULL)
        *f = (faults){.m = e->m};
    e->faults = f;
    return f;
}

static void free_rule(faults *f, fault_rule *r)
{
    arena_release(&r->a);
    mem_free(f->m, r);
}

void faults_free(engine *e)
{
    faults *f = e->faults;

    if (f == NULL)
        return;
    while (f->rules != NULL) {
        fault_rule *r = f->rules;
        f->rules = r->next;
        free_rule(f, r);
    }
    holds_free(e);
    mem_free(f->m, f->buckets);
    mem_free(f->m, f);
    e->faults = NULL;
}

static int keep_str(arena *a, str s, str *out)
{
    char *p;

    *out = STR_ABSENT;
    if (s.p == NULL)
        return 0;
    p = arena_copy(a, s.p, s.n);
    if (p == NULL)
        return DDB_NOMEM;
    *out = (str){p, s.n};
    return 0;
}

/* Writes the keys as a JSON array and parses each again: so they are the rule's alone. */
static int keep_keys(ctx *cx, const fault_rule *from, fault_rule *r)
{
    ctx own = {.m = cx->m, .a = &r->a, .now_ms = cx->now_ms};
    buf b;

    r->keys = NULL;
    r->keys_text = STR_ABSENT;
    if (from->key_count == 0)
        return 0;
    r->keys = ARENA_ARRAY(&r->a, map, from->key_count);
    if (r->keys == NULL)
        return DDB_NOMEM;
    buf_init_arena(&b, &r->a, REQUEST_BYTES_MAX);
    buf_byte(&b, '[');
    for (uint32_t i = 0; i < from->key_count; i++) {
        buf one;
        if (i > 0)
            buf_byte(&b, ',');
        item_put(&b, &from->keys[i]);
        buf_init_arena(&one, &r->a, REQUEST_BYTES_MAX);
        item_put(&one, &from->keys[i]);
        TRY(one.err);
        TRY(item_parse(&own, buf_view(&one), &r->keys[i]));
    }
    buf_byte(&b, ']');
    r->keys_text = buf_view(&b);
    return b.err;
}

static int keep_rule(ctx *cx, const fault_rule *from, fault_rule *r)
{
    TRY(keep_str(&r->a, from->op, &r->op));
    TRY(keep_str(&r->a, from->table, &r->table));
    TRY(keep_str(&r->a, from->index, &r->index));
    TRY(keep_str(&r->a, from->message, &r->message));
    TRY(keep_keys(cx, from, r));
    if (from->cancel_count > 0) {
        r->cancel = ARENA_ARRAY(&r->a, fault_cancel, from->cancel_count);
        if (r->cancel == NULL)
            return DDB_NOMEM;
        memcpy(r->cancel, from->cancel, from->cancel_count * sizeof *r->cancel);
    }
    return 0;
}

int faults_add(engine *e, ctx *cx, fault_rule *rule)
{
    faults *f = faults_require(e);
    fault_rule *r, **at;
    int rc;

    if (f == NULL)
        return DDB_NOMEM;
    r = mem_alloc(f->m, sizeof *r);
    if (r == NULL)
        return DDB_NOMEM;
    *r = *rule;
    r->next = NULL;
    r->cancel = NULL;
    r->calls = r->hits = r->left = 0;
    r->call = r->attempt = 0;
    r->live = false;
    arena_init(&r->a, f->m, REQUEST_BYTES_MAX);
    rc = keep_rule(cx, rule, r);
    if (rc < 0) {
        free_rule(f, r);
        return rc;
    }
    r->id = rule->id = ++f->last_id;
    for (at = &f->rules; *at != NULL; at = &(*at)->next)
        ;
    *at = r; /* rules are looked at in the order in which they came */
    if (r->kind == FAULT_LAG)
        f->lags++;
    return 0;
}

bool faults_remove(engine *e, int64_t id)
{
    faults *f = e->faults;

    for (fault_rule **at = f == NULL ? NULL : &f->rules; at != NULL && *at != NULL;
         at = &(*at)->next) {
        fault_rule *r = *at;
        if (r->id != id)
            continue;
        *at = r->next;
        if (r->kind == FAULT_LAG)
            f->lags--;
        free_rule(f, r);
        return true;
    }
    return false;
}

/* ---- calls ---- */

void faults_begin(engine *e, str op, unsigned kind, int64_t now_ms)
{
    faults *f = e->faults;

    f->op = op;
    f->call_kind = kind;
    f->call++;
    f->delay_ms = 0;
    f->thrown = false;
    holds_expire(e, now_ms);
}

void faults_again(engine *e)
{
    e->faults->attempt++;
    e->faults->thrown = false;
}

int64_t faults_end(engine *e)
{
    e->faults->op = STR_ABSENT;
    return e->faults->delay_ms;
}

/* ---- matching ---- */

static bool part_there(const key_attr *a, uint32_t n, const map *key)
{
    for (uint32_t i = 0; i < n; i++) {
        const value *v = map_get(key, a[i].name);
        if (v == NULL || v->type != (value_type)a[i].type)
            return false;
    }
    return true;
}

/* Is that the key, or its partition? A partition that is touched as a whole has no sort key. */
static int key_is(ctx *cx, const map *key, const fault_touch *x)
{
    key_schema schema = x->ix != NULL ? x->ix->keys : x->t->keys;
    key_bytes at;

    if (x->where == NULL || !part_there(schema.part, schema.parts, key))
        return 0;
    if (key->count == schema.parts)
        schema.sorts = 0;
    else if (key->count != (uint32_t)schema.parts + schema.sorts ||
             !part_there(schema.sort, schema.sorts, key) || x->where->sk.p == NULL)
        return 0;
    TRY(key_encode(cx, &schema, key, &at));
    return at.h == x->where->h && str_eq(at.pk, x->where->pk) &&
           (schema.sorts == 0 || str_eq(at.sk, x->where->sk));
}

static bool index_matches(const fault_rule *r, const fault_touch *x)
{
    if (r->index.p == NULL)
        return true;
    if (x->t == NULL)
        return false;
    if (x->ix != NULL)
        return str_eq(x->ix->name, r->index);
    return x->write && table_index(x->t, r->index) != NULL; /* a write is one of its indexes too */
}

static bool kind_matches(const faults *f, const fault_rule *r)
{
    switch (r->kind) {
    case FAULT_CANCEL: return (f->call_kind & CALL_TRANSACTION) != 0;
    case FAULT_UNPROCESSED: return (f->call_kind & CALL_BATCH) != 0;
    case FAULT_LAG: return false;
    case FAULT_DELAY:
    case FAULT_THROW: break;
    }
    return true;
}

/* 1: the rule is about it, 0: not, or out of memory. */
static int rule_matches(const faults *f, ctx *cx, const fault_rule *r, str table_name,
                        const fault_touch *x)
{
    arena_mark mark = arena_mark_get(cx->a);
    int rc = 0;

    if (!kind_matches(f, r) || (r->op.p != NULL && !str_eq(r->op, f->op)) ||
        (r->table.p != NULL && (table_name.p == NULL || !str_eq(r->table, table_name))) ||
        !index_matches(r, x))
        return 0;
    if (r->key_count == 0)
        return 1;
    if (x->t == NULL)
        return 0;
    for (uint32_t i = 0; rc == 0 && i < r->key_count; i++)
        rc = key_is(cx, &r->keys[i], x);
    if (rc >= 0)
        arena_rewind(cx->a, mark);
    return rc;
}

/* splitmix64: a number from 0 to 1, and never 1. */
static double draw(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1.0p-53;
}

/* Does a rule that matches meet this call? Decided at the call's first match. */
static bool rule_meets(faults *f, fault_rule *r)
{
    if (r->call != f->call) {
        r->call = f->call;
        r->calls++;
        r->live = r->calls >= r->nth && (r->times == 0 || r->hits < r->times) &&
                  (r->probability >= 1 || draw(&r->random) < r->probability);
        r->hits += r->live;
        r->attempt = f->attempt - 1;
        if (r->live && r->kind != FAULT_LAG && r->ms > f->delay_ms)
            f->delay_ms = r->ms;
    }
    if (r->attempt != f->attempt) {
        r->attempt = f->attempt;
        r->left = r->unprocessed;
    }
    return r->live;
}

static int throw_rule(engine *e, ctx *cx, const fault_rule *r, const fault_touch *x)
{
    fault_touch of = *x;

    if (of.t != NULL && of.ix == NULL && r->index.p != NULL)
        of.ix = table_index(of.t, r->index);
    return faults_fail(e, cx, r->code, r->message, &of);
}

/* Is the item one of those the rule leaves? */
static bool takes_item(fault_rule *r)
{
    return r->unprocessed == 0 || r->left-- > 0;
}

static int touch_rules(engine *e, ctx *cx, str table_name, const fault_touch *x)
{
    faults *f = e->faults;
    int left = 0;

    for (fault_rule *r = f->rules; r != NULL; r = r->next) {
        int rc = rule_matches(f, cx, r, table_name, x);
        TRY(rc);
        if (rc == 0 || !rule_meets(f, r))
            continue;
        if (r->kind == FAULT_THROW) {
            f->thrown = true;
            return throw_rule(e, cx, r, x);
        }
        if (r->kind != FAULT_UNPROCESSED || left != 0 || !takes_item(r))
            continue;
        if ((f->call_kind & CALL_STATEMENTS) != 0)
            return throw_rule(e, cx, r, x);
        left = 1;
    }
    return left;
}

int faults_enter(engine *e, ctx *cx, str table_name)
{
    const fault_touch x = {0};
    int rc;

    rc = touch_rules(e, cx, table_name, &x);
    return rc < 0 ? rc : 0;
}

int faults_touch(engine *e, ctx *cx, const fault_touch *x)
{
    if (e->faults->op.p == NULL || e->faults->rules == NULL)
        return 0;
    return touch_rules(e, cx, x->t->name, x);
}

bool engine_call_failed(const engine *e)
{
    return e->faults != NULL && e->faults->thrown;
}

bool engine_throttled(const engine *e, int rc)
{
    return (rc == DDB_THROUGHPUT_EXCEEDED || rc == DDB_THROTTLING) && !engine_call_failed(e);
}

/* ---- transactions ---- */

static int cancel_by_rules(engine *e, ctx *cx, uint32_t i, const fault_touch *x,
                           cancel_reason *reason)
{
    faults *f = e->faults;

    for (fault_rule *r = f->rules; r != NULL; r = r->next) {
        int rc = 0;

        if (r->kind == FAULT_CANCEL)
            rc = rule_matches(f, cx, r, x->t->name, x);
        TRY(rc);
        if (rc == 0 || !rule_meets(f, r))
            continue;
        for (uint32_t k = 0; k < r->cancel_count; k++) {
            fault_rule one = {.code = r->cancel[k].code, .message = r->message,
                              .index = r->index};
            if (r->cancel[k].index >= 0 && r->cancel[k].index != (int64_t)i)
                continue;
            rc = throw_rule(e, cx, &one, x);
            if (rc != one.code)
                return rc; /* out of memory */
            *reason = (cancel_reason){.code = rc, .message = cx->err.message};
            cx->err = (error){0};
            return 0;
        }
    }
    return 0;
}

/* An error of the action's own becomes its reason; 0. */
static int as_reason(ctx *cx, int rc, cancel_reason *reason)
{
    if (rc >= 0 || cx->err.code != rc || fault_code_name(rc) == NULL)
        return rc;
    *reason = (cancel_reason){.code = rc, .message = cx->err.message};
    cx->err = (error){0};
    return 0;
}

static int transact_one(engine *e, ctx *cx, const write_plan *p, uint32_t i, bool write,
                        cancel_reason *reason)
{
    const fault_touch x = {.t = p->t, .where = &p->where, .write = write};

    if (reason->code != 0)
        return 0;
    TRY(cancel_by_rules(e, cx, i, &x, reason));
    if (reason->code != 0)
        return 0;
    if (holds_item(e, p->t, &p->where, !write))
        return as_reason(cx, faults_fail(e, cx, DDB_TRANSACTION_CONFLICT, STR_ABSENT, &x), reason);
    return as_reason(cx, throughput_admit(e, cx, &x), reason);
}

int faults_transact(engine *e, ctx *cx, const write_plan *plans, uint32_t n, bool write,
                    cancel_reason *reasons, bool *canceled)
{
    if (e->faults->op.p == NULL)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        const fault_touch x = {.t = plans[i].t, .write = write,
                               .where = plans[i].where.pk.p != NULL ? &plans[i].where : NULL};
        TRY(faults_touch(e, cx, &x));
    }
    for (uint32_t i = 0; i < n; i++) {
        TRY(transact_one(e, cx, &plans[i], i, write, &reasons[i]));
        *canceled = *canceled || reasons[i].code != 0;
    }
    return 0;
}

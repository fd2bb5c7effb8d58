/*
 * batch_execute_statement.c - BatchExecuteStatement: up to 25 statements, each about one item.
 *
 *   {"Responses":[{"TableName":"t","Item":{..}},{"Error":{"Code":"..","Message":".."}},..]}
 *
 * Each statement succeeds or fails by itself; what makes no sense of the request as a whole -
 * reads beside writes, one item twice - fails it. Statements that cannot be parsed or planned take
 * no part in those checks. Start at batch_execute_run().
 */
#include <stddef.h>

#include "engine/faults.h"
#include "ops/partiql_common.h"
#include "value/json.h"

typedef struct batch_execute_request {
    statements of; /* many */
    opt_enum rcc;
} batch_execute_request;

typedef struct batch_member {
    const statement_input *in;
    const statement *s;  /* NULL: could not be parsed */
    write_plan plan;
    error failed;        /* code 0: not so far */
    bool done;           /* succeeded */
    bool charged;
    capacity used;
} batch_member;

typedef struct batch {
    const batch_execute_request *q;
    batch_member *members;
    uint32_t n;
    bool want_capacity;
} batch;

static int batch_execute_run(engine *e, ctx *cx, void *req, buf *out);
static int batch_init(const engine *e, ctx *cx, batch *b, const batch_execute_request *q);
static int check_kinds(ctx *cx, const batch *b);
static int plan_member(engine *e, ctx *cx, table_memo *memo, batch_member *m);
static int check_duplicates(ctx *cx, const batch *b);
static int run_member(engine *e, ctx *cx, const batch *b, batch_member *m, buf *out);
static int put_capacity(ctx *cx, const batch *b, buf *out);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(statement_input, field_), required_}
static const member statement_members[] = {
    M("Statement", shape_statement, text, true),
    M("Parameters", shape_parameters, params, false),
    M("ConsistentRead", shape_boolean, consistent, false),
    M("ReturnValuesOnConditionCheckFailure", shape_return_on_failure, on_failure, false),
};
#undef M
static const shape shape_batch_statement = {
    .kind = SH_STRUCT, .java = "BatchStatementRequest", .members = statement_members,
    .member_count = COUNT(statement_members), .size = sizeof(statement_input)};
static const shape shape_batch_statements = {
    .kind = SH_LIST, .min = 1, .max = STATEMENT_BATCH_MAX, .elem = &shape_batch_statement};
static const member batch_execute_members[] = {
    {"Statements", &shape_batch_statements, offsetof(batch_execute_request, of.many), true},
    {"ReturnConsumedCapacity", &shape_return_capacity, offsetof(batch_execute_request, rcc), false},
};

static const shape batch_execute_shape = {
    .kind = SH_STRUCT,
    .members = batch_execute_members,
    .member_count = COUNT(batch_execute_members),
    .size = sizeof(batch_execute_request),
};

const op op_batch_execute_statement = {"BatchExecuteStatement",
                                       OP_WRITE | OP_ATOMIC | OP_SNAPSHOT | OP_STATEMENTS |
                                           OP_ITEMS | OP_BATCH,
                                       &batch_execute_shape, batch_execute_run};

static int batch_execute_run(engine *e, ctx *cx, void *req, buf *out)
{
    table_memo memo;
    batch b;

    TRY(batch_init(e, cx, &b, req));
    TRY(check_kinds(cx, &b));
    TRY(table_memo_init(cx, &memo, b.n));
    for (uint32_t i = 0; i < b.n; i++)
        TRY(plan_member(e, cx, &memo, &b.members[i]));
    TRY(check_duplicates(cx, &b));
    buf_lit(out, "{\"Responses\":[");
    for (uint32_t i = 0; i < b.n; i++) {
        if (i > 0)
            buf_byte(out, ',');
        TRY(run_member(e, cx, &b, &b.members[i], out));
    }
    buf_byte(out, ']');
    TRY(put_capacity(cx, &b, out));
    buf_byte(out, '}');
    return out->err;
}

/* ---- the request as such ---- */

/* A user's mistake becomes the member's error and gives 0; other failures pass through. */
static int member_result(const engine *e, ctx *cx, batch_member *m, int rc)
{
    if (rc >= 0 || cx->err.code != rc || fault_code_name(rc) == NULL || engine_call_failed(e))
        return rc;
    m->failed = cx->err;
    cx->err = (error){0};
    return 0;
}

static int parse_member(ctx *cx, batch_member *m)
{
    statement *s;

    TRY(statement_read(cx, m->in, &s));
    m->s = s;
    if (s->kind == STATEMENT_EXISTS)
        return fail(cx, DDB_VALIDATION,
                    "EXISTS can only be used in ExecuteTransaction write requests.");
    return 0;
}

static int batch_init(const engine *e, ctx *cx, batch *b, const batch_execute_request *q)
{
    *b = (batch){.q = q, .n = q->of.many.count};
    b->want_capacity = q->rcc.i == RCC_TOTAL || q->rcc.i == RCC_INDEXES;
    b->members = ARENA_ARRAY(cx->a, batch_member, b->n);
    if (b->members == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < b->n; i++) {
        batch_member *m = &b->members[i];
        m->in = LIST_AT(&q->of.many, statement_input, i);
        TRY(member_result(e, cx, m, parse_member(cx, m)));
    }
    return 0;
}

static int check_kinds(ctx *cx, const batch *b)
{
    bool reads = false, writes = false;

    for (uint32_t i = 0; i < b->n; i++) {
        const batch_member *m = &b->members[i];
        if (m->failed.code != 0)
            continue;
        reads = reads || m->s->kind == STATEMENT_SELECT;
        writes = writes || m->s->kind != STATEMENT_SELECT;
    }
    if (reads && writes)
        return fail(cx, DDB_VALIDATION,
                    "Read and write requests together in the same batch is not supported.");
    return 0;
}

/* ---- the request and its tables ---- */

static int plan_one(engine *e, ctx *cx, table_memo *memo, batch_member *m)
{
    const statement *s = m->s;
    bool full;

    TRY(table_memo_find(e, cx, memo, s->table, &m->plan.t));
    if (s->index.p == NULL)
        TRY(statement_plan(cx, s, &m->plan, &full));
    if (s->index.p != NULL || !full)
        return fail(cx, DDB_VALIDATION,
                    "Select statements within BatchExecuteStatement must specify the primary key "
                    "in the where clause.");
    TRY(statement_place(cx, &m->plan));
    if (s->project != NULL)
        TRY(common_check_key_paths(cx, m->plan.t, projection_paths(s->project)));
    return 0;
}

static int plan_member(engine *e, ctx *cx, table_memo *memo, batch_member *m)
{
    if (m->failed.code != 0)
        return 0;
    TRY(member_result(e, cx, m, plan_one(e, cx, memo, m)));
    if (m->failed.code != 0)
        m->plan.where.pk = STR_ABSENT; /* no part in duplicates */
    return 0;
}

static int check_duplicates(ctx *cx, const batch *b)
{
    write_plan *plans = ARENA_ARRAY(cx->a, write_plan, b->n);

    if (plans == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < b->n; i++)
        plans[i] = b->members[i].plan;
    if (common_same_item_twice(plans, b->n))
        return fail(cx, DDB_VALIDATION, "Provided list of item keys contains duplicates");
    return 0;
}

/* ---- running ---- */

static int run_read(engine *e, ctx *cx, batch_member *m, buf *out)
{
    size_t size, before;
    int found;

    buf_lit(out, ",\"Item\":");
    before = out->n;
    TRY(found = statement_get(e, cx, m->s, &m->plan,
                              m->in->consistent.v ? READ_CONSISTENT : READ_EVENTUAL, &size, out));
    if (found == 0 && out->err == 0)
        out->n = before - (sizeof ",\"Item\":" - 1);
    m->used = (capacity){.t = m->plan.t,
                         .table = capacity_read_units(size, m->in->consistent.v)};
    return out->err;
}

static int run_write(engine *e, ctx *cx, const batch *b, batch_member *m, buf *out)
{
    write_result w;
    size_t before;
    int any;

    m->plan.want_capacity = b->want_capacity;
    TRY(engine_write(e, cx, &m->plan, &w));
    if (w.failed) {
        /* What it would have cost is charged all the same. */
        size_t bytes = w.old_size > m->plan.item_size ? w.old_size : m->plan.item_size;
        m->used = (capacity){.t = m->plan.t, .table = capacity_write_units(bytes)};
        m->charged = true;
        return m->s->kind == STATEMENT_INSERT ? statement_duplicate(cx)
                                              : common_condition_failed(cx, STR_ABSENT);
    }
    m->used = w.used;
    buf_lit(out, ",\"Item\":");
    before = out->n;
    TRY(any = statement_put_returned(cx, m->s, &m->plan, &w, out));
    if (any == 0 && out->err == 0)
        out->n = before - (sizeof ",\"Item\":" - 1);
    return out->err;
}

static void put_error(const batch_member *m, buf *out)
{
    int code = m->failed.code;

    buf_fmt(out, "\"Error\":{\"Code\":\"%s\",\"Message\":", fault_code_name(code));
    json_put_string(out, m->failed.message);
    buf_byte(out, '}');
    if (code == DDB_CONDITION_FAILED || code == DDB_DUPLICATE_ITEM) {
        buf_lit(out, ",\"TableName\":");
        json_put_string(out, m->plan.t->name);
    }
}

static int run_member(engine *e, ctx *cx, const batch *b, batch_member *m, buf *out)
{
    size_t start;

    buf_byte(out, '{');
    start = out->n;
    if (m->failed.code == 0) {
        int rc;
        buf_lit(out, "\"TableName\":");
        json_put_string(out, m->plan.t->name);
        rc = m->s->kind == STATEMENT_SELECT ? run_read(e, cx, m, out)
                                            : run_write(e, cx, b, m, out);
        TRY(member_result(e, cx, m, rc));
        m->done = m->failed.code == 0;
        m->charged = m->charged || m->done;
    }
    if (m->failed.code != 0) {
        if (out->err == 0)
            out->n = start;
        put_error(m, out);
    }
    buf_byte(out, '}');
    return out->err;
}

/* Tables on which nothing succeeded are left out; so is the list without any. */
static int put_capacity(ctx *cx, const batch *b, buf *out)
{
    capacity_list used;

    if (!b->want_capacity)
        return 0;
    TRY(capacity_list_init(cx, &used, b->n));
    for (uint32_t i = 0; i < b->n; i++) {
        bool any = false;
        for (uint32_t k = 0; k < b->n && !any; k++)
            any = b->members[k].done && b->members[k].plan.t == b->members[i].plan.t;
        if (any && b->members[i].charged)
            capacity_list_add(&used, &b->members[i].used);
    }
    if (used.count == 0)
        return 0;
    buf_byte(out, ',');
    common_put_capacity_list(out, &used, b->q->rcc.i, 0);
    return out->err;
}

/*
 * execute_transaction.c - ExecuteTransaction: up to 100 statements, all or none.
 *
 *   {"Responses":[{"Item":{..}},{},..],"ConsumedCapacity":[..]}
 *
 * Either all statements read (from one snapshot), or all write, EXISTS among them as a condition
 * check. What is wrong with a statement as such fails the request; what is wrong between a
 * statement and its table or item becomes its cancellation reason, as in TransactWriteItems
 * (facts transactions 4, partiql 6). Tokens have a scope of their own.
 *
 * Start at execute_transaction_run(), which is the order of the checks.
 */
#include <stddef.h>

#include "engine/token.h"
#include "ops/partiql_common.h"
#include "ops/replay.h"

typedef struct execute_transaction_request {
    statements of; /* many */
    opt_enum rcc;
    str token;
} execute_transaction_request;

typedef struct transaction {
    const execute_transaction_request *q;
    uint32_t n;
    bool reads;
    const statement **statements;
    write_plan *plans;
    write_result *results;
    cancel_reason *reasons;
    bool canceled;
    uint8_t hash[TOKEN_HASH_BYTES]; /* with a token */
} transaction;

#define TOKEN_API STR("ExecuteTransaction")

static int execute_transaction_run(engine *e, ctx *cx, void *req, buf *out);
static int transaction_init(ctx *cx, transaction *x, const execute_transaction_request *q);
static int check_kinds(ctx *cx, transaction *x);
static int hash_content(ctx *cx, transaction *x);
static int find_tables(engine *e, ctx *cx, transaction *x, error *missing);
static int plan_one(ctx *cx, transaction *x, uint32_t i);
static int place_one(ctx *cx, transaction *x, uint32_t i);
static int check_sizes(ctx *cx, const transaction *x);
static int run_reads(engine *e, ctx *cx, transaction *x, buf *out);
static int run_writes(engine *e, ctx *cx, transaction *x, buf *out);
static int reply_again(engine *e, ctx *cx, const transaction *x, str record, buf *out);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(statement_input, field_), required_}
static const member statement_members[] = {
    M("Statement", shape_statement, text, true),
    M("Parameters", shape_parameters, params, false),
    M("ReturnValuesOnConditionCheckFailure", shape_return_on_failure, on_failure, false),
};
#undef M
static const shape shape_transact_statement = {
    .kind = SH_STRUCT, .java = "ParameterizedStatement", .members = statement_members,
    .member_count = COUNT(statement_members), .size = sizeof(statement_input)};
static const shape shape_transact_statements = {
    .kind = SH_LIST, .min = 1, .max = TRANSACT_MAX, .elem = &shape_transact_statement};
static const shape shape_token = {.kind = SH_STRING, .min = 1, .max = 36};

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(execute_transaction_request, field_), required_}
static const member execute_transaction_members[] = {
    M("TransactStatements", shape_transact_statements, of.many, true),
    M("ClientRequestToken", shape_token, token, false),
    M("ReturnConsumedCapacity", shape_return_capacity, rcc, false),
};
#undef M

static const shape execute_transaction_shape = {
    .kind = SH_STRUCT,
    .members = execute_transaction_members,
    .member_count = COUNT(execute_transaction_members),
    .size = sizeof(execute_transaction_request),
};

const op op_execute_transaction = {"ExecuteTransaction",
                                   OP_WRITE | OP_ATOMIC | OP_SNAPSHOT | OP_STATEMENTS | OP_ITEMS |
                                       OP_TRANSACTION,
                                   &execute_transaction_shape, execute_transaction_run};

static int execute_transaction_run(engine *e, ctx *cx, void *req, buf *out)
{
    transaction x;
    error missing = {0};
    bool kept;
    str record;

    TRY(transaction_init(cx, &x, req));
    TRY(check_kinds(cx, &x));
    kept = x.q->token.p != NULL && !x.reads;
    if (kept) {
        int rc;
        TRY(hash_content(cx, &x));
        rc = token_find(e, cx, TOKEN_API, x.q->token, x.hash, &record);
        if (rc != 0)
            return rc < 0 ? rc : reply_again(e, cx, &x, record, out);
    }
    TRY(find_tables(e, cx, &x, &missing));
    for (uint32_t i = 0; i < x.n; i++)
        TRY(plan_one(cx, &x, i));
    for (uint32_t i = 0; i < x.n; i++)
        TRY(place_one(cx, &x, i));
    if (common_same_item_twice(x.plans, x.n))
        return fail(cx, DDB_VALIDATION,
                    "Transaction request cannot include multiple operations on one item");
    TRY(check_sizes(cx, &x));
    if (missing.code != 0) {
        cx->err = missing;
        return missing.code;
    }
    return x.reads ? run_reads(e, cx, &x, out) : run_writes(e, cx, &x, out);
}

/* ---- the request as such ---- */

static bool wants_capacity(const transaction *x)
{
    return x->q->rcc.i == RCC_TOTAL || x->q->rcc.i == RCC_INDEXES;
}

static const statement_input *input_of(const transaction *x, uint32_t i)
{
    return LIST_AT(&x->q->of.many, statement_input, i);
}

static int transaction_init(ctx *cx, transaction *x, const execute_transaction_request *q)
{
    *x = (transaction){.q = q, .n = q->of.many.count};
    x->statements = ARENA_ARRAY(cx->a, const statement *, x->n);
    x->plans = ARENA_ARRAY(cx->a, write_plan, x->n);
    x->results = ARENA_ARRAY(cx->a, write_result, x->n);
    x->reasons = ARENA_ARRAY(cx->a, cancel_reason, x->n);
    if (x->statements == NULL || x->plans == NULL || x->results == NULL || x->reasons == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < x->n; i++) {
        statement *s;
        TRY(statement_read(cx, input_of(x, i), &s));
        x->statements[i] = s;
    }
    return 0;
}

/* "Validation failed in TransactStatements[<i>]: " before the message. */
static int in_statement(ctx *cx, uint32_t i, int rc)
{
    if (rc != DDB_VALIDATION)
        return rc;
    return fail(cx, DDB_VALIDATION, "Validation failed in TransactStatements[%d]: %S", (int)i,
                cx->err.message);
}

static int check_statement(ctx *cx, const statement *s)
{
    if (s->returning != RETURNING_NONE)
        return fail(cx, DDB_VALIDATION,
                    "RETURNING clause is not supported in ExecuteTransaction.");
    if (s->index.p != NULL && s->kind == STATEMENT_EXISTS)
        return fail(cx, DDB_VALIDATION, "Operations on indices are not supported in transactions");
    if (s->index.p != NULL)
        return fail(cx, DDB_VALIDATION,
                    "Reads on indices are not supported within transactions.");
    return 0;
}

static int check_kinds(ctx *cx, transaction *x)
{
    bool writes = false;

    for (uint32_t i = 0; i < x->n; i++) {
        bool read = x->statements[i]->kind == STATEMENT_SELECT;
        x->reads = x->reads || read;
        writes = writes || !read;
    }
    if (x->reads && writes)
        return fail(cx, DDB_VALIDATION,
                    "ExecuteTransaction API does not support both read and write operations in "
                    "the same request.");
    for (uint32_t i = 0; i < x->n; i++)
        TRY(in_statement(cx, i, check_statement(cx, x->statements[i])));
    return 0;
}

/* All that the request asks to be done; ReturnConsumedCapacity may change between two calls. */
static int hash_content(ctx *cx, transaction *x)
{
    sha256 s;

    sha256_init(&s);
    for (uint32_t i = 0; i < x->n; i++) {
        const statement_input *in = input_of(x, i);
        attr *attrs = ARENA_ARRAY(cx->a, attr, in->params.count);
        map one = {attrs, 1};

        if (attrs == NULL)
            return DDB_NOMEM;
        token_add_str(&s, in->text);
        token_add_int(&s, in->params.count);
        for (uint32_t k = 0; k < in->params.count; k++) {
            attrs[0] = (attr){STR("Parameter"), LIST_AT(&in->params, attr_value, k)->v};
            TRY(token_add_map(cx, &s, &one));
        }
        token_add_int(&s, in->on_failure.i);
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
        int rc = table_memo_find(e, cx, &memo, x->statements[i]->table, &x->plans[i].t);

        if (rc == 0)
            continue;
        if (cx->err.code == 0)
            return rc; /* DDB_NOMEM and the like */
        if (missing->code == 0)
            *missing = cx->err;
        cx->err = (error){0};
        x->plans[i].t = NULL;
    }
    return 0;
}

static int plan_checked(ctx *cx, const statement *s, write_plan *p)
{
    bool full;

    TRY(statement_plan(cx, s, p, &full));
    if (!full)
        return fail(cx, DDB_VALIDATION,
                    "Select statements within ExecuteTransaction must specify the primary key in "
                    "the where clause.");
    return 0;
}

static int plan_one(ctx *cx, transaction *x, uint32_t i)
{
    write_plan *p = &x->plans[i];

    if (p->t == NULL)
        return 0;
    TRY(in_statement(cx, i, plan_checked(cx, x->statements[i], p)));
    p->factor = 2;
    p->flat_size = true;
    p->want_capacity = wants_capacity(x);
    /* The record under a token needs the size before. */
    p->want_old = input_of(x, i)->on_failure.i == RVF_ALL_OLD || x->q->token.p != NULL;
    return 0;
}

/* A key or item that does not fit the table is the statement's reason; its plan stays without a
 * place. Sizes and empty keys are mistakes of the request. */
static int place_one(ctx *cx, transaction *x, uint32_t i)
{
    write_plan *p = &x->plans[i];

    if (p->t == NULL)
        return 0;
    if (p->item_size > ITEM_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, "Item size has exceeded the maximum allowed size");
    TRY(common_check_empty_keys(cx, p->t, p->kind == WRITE_PUT ? p->item : p->key));
    TRY(common_refuse(cx, statement_place(cx, p), &x->reasons[i]));
    x->canceled = x->canceled || x->reasons[i].code != 0;
    return 0;
}

static int check_sizes(ctx *cx, const transaction *x)
{
    size_t sum = 0;

    for (uint32_t i = 0; i < x->n; i++)
        sum += x->plans[i].item_size;
    return sum > TRANSACT_BYTES_MAX ? fail(cx, DDB_VALIDATION, TRANSACT_TOO_BIG) : 0;
}

/* ---- reads ---- */

/* {"Item":{..}}, or {} for an item that is absent or has none of the columns. */
static int read_one(engine *e, ctx *cx, const transaction *x, uint32_t i, size_t *size, buf *out)
{
    size_t before;
    int found;

    buf_lit(out, "{\"Item\":");
    before = out->n;
    TRY(found = statement_get(e, cx, x->statements[i], &x->plans[i], READ_TRANSACTION, size, out));
    if (out->err == 0 && (found == 0 || out->n - before == sizeof "{}" - 1))
        out->n = before - (sizeof "\"Item\":" - 1);
    buf_byte(out, '}');
    return out->err;
}

static int run_reads(engine *e, ctx *cx, transaction *x, buf *out)
{
    capacity_list used;
    size_t sum = 0;

    TRY(engine_transact_reads(e, cx, x->plans, x->n, x->reasons, &x->canceled));
    if (x->canceled)
        return common_transaction_canceled(cx, x->reasons, x->n);
    for (uint32_t i = 0; i < x->n; i++) {
        const statement *s = x->statements[i];
        if (s->project != NULL)
            TRY(common_check_key_paths(cx, x->plans[i].t, projection_paths(s->project)));
    }
    TRY(capacity_list_init(cx, &used, x->n));
    buf_lit(out, "{\"Responses\":[");
    for (uint32_t i = 0; i < x->n; i++) {
        capacity c = {.t = x->plans[i].t};
        size_t size;

        if (i > 0)
            buf_byte(out, ',');
        TRY(read_one(e, cx, x, i, &size, out));
        sum += size;
        c.table = 2 * capacity_read_units(size, true);
        capacity_list_add(&used, &c);
    }
    if (sum > TRANSACT_BYTES_MAX)
        return fail(cx, DDB_VALIDATION, TRANSACT_TOO_BIG);
    buf_byte(out, ']');
    if (wants_capacity(x)) {
        buf_byte(out, ',');
        common_put_capacity_list(out, &used, x->q->rcc.i, 'r');
    }
    buf_byte(out, '}');
    return out->err;
}

/* ---- writes ---- */

static int cancel(ctx *cx, transaction *x)
{
    for (uint32_t i = 0; i < x->n; i++) {
        cancel_reason *r = &x->reasons[i];

        if (r->code == DDB_CONDITION_FAILED && x->statements[i]->kind == STATEMENT_INSERT)
            *r = (cancel_reason){.code = DDB_DUPLICATE_ITEM, .message = STR(DUPLICATE_ITEM)};
        if (input_of(x, i)->on_failure.i != RVF_ALL_OLD)
            r->item = STR_ABSENT;
    }
    return common_transaction_canceled(cx, x->reasons, x->n);
}

/* An empty object for each statement. */
static void put_responses(const transaction *x, buf *out)
{
    buf_lit(out, "{\"Responses\":[");
    for (uint32_t i = 0; i < x->n; i++) {
        if (i > 0)
            buf_byte(out, ',');
        buf_lit(out, "{}");
    }
    buf_byte(out, ']');
}

static int run_writes(engine *e, ctx *cx, transaction *x, buf *out)
{
    capacity_list used;
    str record;

    TRY(engine_transact(e, cx, x->plans, x->n, x->results, x->reasons, &x->canceled));
    if (x->canceled)
        return cancel(cx, x);
    if (x->q->token.p != NULL) {
        TRY(replay_record(cx, x->plans, x->results, x->n, &record));
        TRY(token_keep(e, cx, TOKEN_API, x->q->token, x->hash, record));
    }
    put_responses(x, out);
    if (wants_capacity(x)) {
        TRY(capacity_list_init(cx, &used, x->n));
        for (uint32_t i = 0; i < x->n; i++)
            capacity_list_add(&used, &x->results[i].used);
        buf_byte(out, ',');
        common_put_capacity_list(out, &used, x->q->rcc.i, 'w');
    }
    buf_byte(out, '}');
    return out->err;
}

static int reply_again(engine *e, ctx *cx, const transaction *x, str record, buf *out)
{
    put_responses(x, out);
    if (wants_capacity(x))
        buf_byte(out, ',');
    TRY(replay_put_capacity(e, cx, record, x->n, x->q->rcc.i, out));
    buf_byte(out, '}');
    return out->err;
}

/*
 * execute_statement.c - ExecuteStatement: one PartiQL statement.
 *
 *   {"Items":[{..},..],"NextToken":"..","LastEvaluatedKey":{..},"ConsumedCapacity":{..}}
 *
 * Start at execute_statement_run().
 */
#include <stddef.h>

#include "ops/partiql_common.h"

typedef struct execute_statement_request {
    statements of; /* one */
    str next_token;
    opt_enum rcc;
    opt_int limit;
} execute_statement_request;

static int execute_statement_run(engine *e, ctx *cx, void *req, buf *out);

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(execute_statement_request, field_), required_}
static const shape shape_next_token = {.kind = SH_STRING, .min = 1, .max = 32768};
static const member execute_statement_members[] = {
    M("Statement", shape_statement, of.one.text, true),
    M("Parameters", shape_parameters, of.one.params, false),
    M("ConsistentRead", shape_boolean, of.one.consistent, false),
    M("NextToken", shape_next_token, next_token, false),
    M("ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M("Limit", shape_limit, limit, false),
    M("ReturnValuesOnConditionCheckFailure", shape_return_on_failure, of.one.on_failure, false),
};
#undef M

static const shape execute_statement_shape = {
    .kind = SH_STRUCT,
    .members = execute_statement_members,
    .member_count = COUNT(execute_statement_members),
    .size = sizeof(execute_statement_request),
};

const op op_execute_statement = {"ExecuteStatement",
                                 OP_WRITE | OP_SNAPSHOT | OP_STATEMENTS | OP_ITEMS,
                                 &execute_statement_shape, execute_statement_run};

static bool wants_capacity(const execute_statement_request *q)
{
    return q->rcc.i == RCC_TOTAL || q->rcc.i == RCC_INDEXES;
}

static void put_capacity(const execute_statement_request *q, const capacity *used, buf *out)
{
    if (wants_capacity(q)) {
        buf_byte(out, ',');
        common_put_capacity(out, used, q->rcc.i, 0);
    }
    buf_byte(out, '}');
}

static int run_get(engine *e, ctx *cx, const execute_statement_request *q, const statement *s,
                   write_plan *p, buf *out)
{
    capacity used = {.t = p->t};
    size_t size;

    TRY(statement_place(cx, p));
    if (s->project != NULL)
        TRY(common_check_key_paths(cx, p->t, projection_paths(s->project)));
    buf_lit(out, "{\"Items\":[");
    TRY(statement_get(e, cx, s, p, q->of.one.consistent.v ? READ_CONSISTENT : READ_EVENTUAL, &size,
                      out));
    buf_byte(out, ']');
    used.table = capacity_read_units(size, q->of.one.consistent.v);
    put_capacity(q, &used, out);
    return out->err;
}

static int run_select(engine *e, ctx *cx, const execute_statement_request *q, const statement *s,
                      const table *t, buf *out)
{
    selection x = {.in = &q->of.one, .s = s, .t = t, .token = q->next_token, .limit = q->limit,
                   .want_capacity = wants_capacity(q)};
    capacity used = {.t = t};

    if (s->index.p == NULL && s->order_count == 0 && q->next_token.p == NULL) {
        write_plan p = {.t = t};
        bool full;
        TRY(statement_plan(cx, s, &p, &full));
        if (full)
            return run_get(e, cx, q, s, &p, out);
    }
    buf_byte(out, '{');
    TRY(selection_run(e, cx, &x, out, &used));
    put_capacity(q, &used, out);
    return out->err;
}

static int run_write(engine *e, ctx *cx, const execute_statement_request *q, const statement *s,
                     write_plan *p, buf *out)
{
    bool full;
    write_result w;

    TRY(statement_plan(cx, s, p, &full));
    TRY(statement_place(cx, p));
    p->want_capacity = wants_capacity(q);
    TRY(engine_write(e, cx, p, &w));
    if (w.failed && s->kind == STATEMENT_INSERT)
        return statement_duplicate(cx);
    if (w.failed)
        return common_condition_failed(
            cx, q->of.one.on_failure.i == RVF_ALL_OLD ? w.old_text : STR_ABSENT);
    buf_lit(out, "{\"Items\":[");
    TRY(statement_put_returned(cx, s, p, &w, out));
    buf_byte(out, ']');
    put_capacity(q, &w.used, out);
    return out->err;
}

static int execute_statement_run(engine *e, ctx *cx, void *req, buf *out)
{
    const execute_statement_request *q = req;
    write_plan p = {0};
    statement *s;

    TRY(statement_read(cx, &q->of.one, &s));
    if (s->kind == STATEMENT_EXISTS)
        return fail(cx, DDB_VALIDATION,
                    "EXISTS can only be used in ExecuteTransaction write requests.");
    TRY(engine_table(e, cx, s->table, &p.t));
    if (s->kind == STATEMENT_SELECT)
        return run_select(e, cx, q, s, p.t, out);
    return run_write(e, cx, q, s, &p, out);
}

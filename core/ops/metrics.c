/*
 * metrics.c - ddblite.Metrics: what requests have done since metrics were switched on, which the
 * first call of this operation does. An operation of our own; what is counted is in engine/meter.h.
 *
 *   {}               the counts
 *   {"Reset":true}   the counts, which then begin anew
 *   {"On":false}     the counts, for the last time
 */
#include <stddef.h>

#include "engine/meter.h"
#include "ops/ops.h"
#include "value/json.h"

typedef struct metrics_request {
    opt_bool on, reset;
} metrics_request;

static const member metrics_members[] = {
    {"On", &shape_boolean, offsetof(metrics_request, on), false},
    {"Reset", &shape_boolean, offsetof(metrics_request, reset), false},
};

static const shape metrics_shape = {
    .kind = SH_STRUCT,
    .java = "MetricsRequest",
    .members = metrics_members,
    .member_count = COUNT(metrics_members),
    .size = sizeof(metrics_request),
};

static void put_units(buf *out, double read, double write)
{
    buf_lit(out, "\"ReadUnits\":");
    json_put_double(out, read);
    buf_lit(out, ",\"WriteUnits\":");
    json_put_double(out, write);
}

static void put_op(buf *out, const meter_op *op)
{
    buf_fmt(out, "{\"Operation\":\"%s\",\"Calls\":%l,\"Errors\":{", op->name, (int64_t)op->calls);
    for (uint32_t i = 0; i < op->error_count; i++)
        buf_fmt(out, "%s\"%s\":%l", i > 0 ? "," : "", error_info_get(op->errors[i].code)->name,
                (int64_t)op->errors[i].count);
    buf_fmt(out, "},\"RequestBytes\":%l,\"ReplyBytes\":%l,", (int64_t)op->request_bytes,
            (int64_t)op->reply_bytes);
    put_units(out, op->read_units, op->write_units);
    buf_byte(out, '}');
}

static void put_cell(buf *out, const meter_cell *c)
{
    buf_fmt(out, "{\"Operation\":\"%s\",\"TableName\":", c->op->name);
    json_put_string(out, c->table);
    if (c->index.p != NULL) {
        buf_lit(out, ",\"IndexName\":");
        json_put_string(out, c->index);
    }
    buf_byte(out, ',');
    put_units(out, c->read_units, c->write_units);
    buf_fmt(out, ",\"ItemsRead\":%l,\"ItemsReturned\":%l,\"BytesRead\":%l,\"ItemsWritten\":%l}",
            (int64_t)c->scanned, (int64_t)c->returned, (int64_t)c->bytes, (int64_t)c->written);
}

static int metrics_run(engine *e, ctx *cx, void *req, buf *out)
{
    const metrics_request *q = req;
    bool off = q->on.set && !q->on.v;
    const meter *k;

    if (!off)
        TRY(meter_start(e, cx));
    k = e->meter;
    buf_fmt(out, "{\"On\":%s,\"SinceMs\":%l,\"Complete\":%s,\"Operations\":[",
            off ? "false" : "true", k != NULL ? k->since_ms : cx->now_ms,
            k == NULL || !k->incomplete ? "true" : "false");
    for (const meter_op *op = k != NULL ? k->ops : NULL; op != NULL; op = op->next) {
        put_op(out, op);
        if (op->next != NULL)
            buf_byte(out, ',');
    }
    buf_lit(out, "],\"Sources\":[");
    for (const meter_cell *c = k != NULL ? k->cells : NULL; c != NULL; c = c->in_order) {
        put_cell(out, c);
        if (c->in_order != NULL)
            buf_byte(out, ',');
    }
    buf_lit(out, "]}");
    if (out->err != 0)
        return out->err;
    if (off)
        meter_stop(e);
    else if (q->reset.v)
        meter_reset(e, cx->now_ms);
    return 0;
}

const op op_metrics = {"ddblite.Metrics", OP_OWN, &metrics_shape, metrics_run};

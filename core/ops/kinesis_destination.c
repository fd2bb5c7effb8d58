/*
 * kinesis_destination.c - Enable-, Update-, Disable- and DescribeKinesisStreamingDestination.
 *
 *   setting "kinesis" of the table, named by the stream's ARN:
 *     {"status":"ACTIVE","since":1791505822353,"precision":"MICROSECOND"}
 *
 * Nothing is sent anywhere: the destination is kept and described. A transition is over when it is
 * answered: the answer says ENABLING, UPDATING or DISABLING, the next description ACTIVE or
 * DISABLED. A table has one destination that is not disabled; disabled ones stay listed. The
 * stream itself is not looked at, as in the service.
 * Texts: facts operations, Kinesis destination [R], and captures of October 2026.
 */
#include <stddef.h>

#include "ops/resource.h"
#include "value/json.h"

#define SETTING_KINESIS STR("kinesis")
#define NOT_VALID "Table is not in a valid state to enable Kinesis Streaming Destination: "

typedef struct in_precision { /* both configurations */
    opt_enum precision;
} in_precision;
typedef struct kinesis_request {
    str table_name, stream;
    in_precision *config;
} kinesis_request;

static const shape shape_stream_arn = {.kind = SH_STRING, .min = 37, .max = 1024};
static const shape shape_precision = {
    .kind = SH_ENUM, .values = (const char *const[]){"MILLISECOND", "MICROSECOND", NULL}};
static const member precision_members[] = {
    {"ApproximateCreationDateTimePrecision", &shape_precision, offsetof(in_precision, precision),
     false},
};
static const shape shape_enable = {.kind = SH_STRUCT,
                                   .java = "EnableKinesisStreamingConfiguration",
                                   .members = precision_members,
                                   .member_count = COUNT(precision_members),
                                   .size = sizeof(in_precision)};
static const shape shape_update = {.kind = SH_STRUCT,
                                   .java = "UpdateKinesisStreamingConfiguration",
                                   .members = precision_members,
                                   .member_count = COUNT(precision_members),
                                   .size = sizeof(in_precision)};

static const member enable_members[] = {
    {"TableName", &shape_table_name_control, offsetof(kinesis_request, table_name), true},
    {"StreamArn", &shape_stream_arn, offsetof(kinesis_request, stream), true},
    {"EnableKinesisStreamingConfiguration", &shape_enable, offsetof(kinesis_request, config),
     false},
};
static const member update_members[] = {
    {"TableName", &shape_table_name_control, offsetof(kinesis_request, table_name), true},
    {"StreamArn", &shape_stream_arn, offsetof(kinesis_request, stream), true},
    {"UpdateKinesisStreamingConfiguration", &shape_update, offsetof(kinesis_request, config),
     false},
};
static const member describe_members[] = {
    {"TableName", &shape_table_name_control, offsetof(kinesis_request, table_name), true},
};
#define REQUEST(java_, members_)                                                              \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(kinesis_request)}
static const shape enable_shape = REQUEST("KinesisStreamingDestinationInput", enable_members);
static const shape update_shape = REQUEST("UpdateKinesisStreamingDestinationInput",
                                          update_members);
static const shape describe_shape = REQUEST("DescribeKinesisStreamingDestinationInput",
                                            describe_members);
#undef REQUEST

/* ---- what is stored ---- */

typedef struct destination {
    str stream, precision; /* precision absent: never set, which is MILLISECOND */
    bool active;
    int64_t since; /* enabled for the last time */
} destination;

/* All of a table's, by stream. */
typedef struct destinations {
    str path;
    destination *items;
    uint32_t count;
} destinations;

static int read_one(ctx *cx, const setting *s, destination *out)
{
    const json *status, *since, *precision;
    json *j;

    TRY(json_parse(cx, s->value, &j));
    status = json_get(j, STR("status"));
    since = json_get(j, STR("since"));
    precision = json_get(j, STR("precision"));
    *out = (destination){.stream = s->name,
                         .precision = precision != NULL ? precision->s : STR_ABSENT,
                         .active = status != NULL && str_eq(status->s, STR("ACTIVE"))};
    for (size_t i = 0; since != NULL && i < since->s.n && i < 18; i++)
        out->since = out->since * 10 + (since->s.p[i] - '0');
    return 0;
}

static int load(engine *e, ctx *cx, const table *t, destinations *out)
{
    setting *rows;

    TRY(resource_of_table(cx, t->name, &out->path));
    TRY(settings_list(e, cx, SETTING_KINESIS, out->path, STR(""), UINT32_MAX, &rows,
                       &out->count));
    out->items = ARENA_ARRAY(cx->a, destination, out->count);
    if (out->items == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < out->count; i++)
        TRY(read_one(cx, &rows[i], &out->items[i]));
    return 0;
}

static destination *find(const destinations *all, str stream)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (str_eq(all->items[i].stream, stream))
            return &all->items[i];
    return NULL;
}

static int save(engine *e, ctx *cx, str path, const destination *d)
{
    buf b;

    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "{\"status\":\"%s\",\"since\":%l", d->active ? "ACTIVE" : "DISABLED", d->since);
    if (d->precision.p != NULL)
        buf_fmt(&b, ",\"precision\":\"%S\"", d->precision);
    buf_byte(&b, '}');
    return b.err != 0 ? b.err
                      : settings_put(e, cx, SETTING_KINESIS, path, d->stream,
                                          buf_view(&b));
}

/* ---- replies ---- */

static void put_config(buf *out, const char *name, str precision)
{
    buf_fmt(out, ",\"%s\":{", name);
    if (precision.p != NULL)
        buf_fmt(out, "\"ApproximateCreationDateTimePrecision\":\"%S\"", precision);
    buf_byte(out, '}');
}

static void put_reply(buf *out, const table *t, str stream, const char *status)
{
    buf_fmt(out, "{\"TableName\":\"%S\",\"StreamArn\":", t->name);
    json_put_string(out, stream);
    buf_fmt(out, ",\"DestinationStatus\":\"%s\"", status);
}

/* ---- operations ---- */

static str precision_of(const kinesis_request *q)
{
    return q->config != NULL && q->config->precision.i >= 0 ? q->config->precision.text
                                                            : STR_ABSENT;
}

static int enable_run(engine *e, ctx *cx, void *req, buf *out)
{
    const kinesis_request *q = req;
    const table *t;
    destinations all;
    destination d = {.stream = q->stream, .precision = precision_of(q), .active = true,
                     .since = cx->now_ms};

    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(load(e, cx, t, &all));
    for (uint32_t i = 0; i < all.count; i++) {
        if (all.items[i].active)
            return fail(cx, DDB_VALIDATION,
                        NOT_VALID "EnableKinesisStreamingDestination must be DISABLED or "
                                  "ENABLE_FAILED to perform ENABLE operation.");
        if (all.items[i].since >= d.since)
            d.since = all.items[i].since + 1; /* the newest is listed first */
    }
    TRY(save(e, cx, all.path, &d));
    put_reply(out, t, q->stream, "ENABLING");
    put_config(out, "EnableKinesisStreamingConfiguration", d.precision);
    buf_byte(out, '}');
    return out->err;
}

static int disable_run(engine *e, ctx *cx, void *req, buf *out)
{
    const kinesis_request *q = req;
    const table *t;
    destinations all;
    destination *d;

    if (q->config != NULL && q->config->precision.i >= 0)
        return fail(cx, DDB_VALIDATION,
                    "Stream cannot be disabled using EnableKinesisStreamingConfiguration "
                    "parameters");
    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(load(e, cx, t, &all));
    d = find(&all, q->stream);
    if (d == NULL || !d->active)
        return fail(cx, DDB_VALIDATION,
                    NOT_VALID "KinesisStreamingDestination must be ACTIVE to perform DISABLE "
                              "operation.");
    d->active = false;
    d->precision = STR_ABSENT; /* gone when it is enabled again */
    TRY(save(e, cx, all.path, d));
    put_reply(out, t, q->stream, "DISABLING");
    buf_byte(out, '}');
    return out->err;
}

static int check_update(ctx *cx, const kinesis_request *q, const table *t, const destination *d)
{
    str wanted = precision_of(q);

    if (d == NULL)
        return fail(cx, DDB_VALIDATION,
                    NOT_VALID "No streaming destination with streamArn: %S found for table with "
                              "tableName: %S",
                    q->stream, t->name);
    if (!d->active)
        return fail(cx, DDB_VALIDATION,
                    NOT_VALID "Kinesis streaming is not in ACTIVE state. Updates are only allowed "
                              "in ACTIVE state. TableName: %S, kdsArn: %S",
                    t->name, q->stream);
    if (str_eq(d->precision.p != NULL ? d->precision : STR("MILLISECOND"), wanted))
        return fail(cx, DDB_VALIDATION,
                    "Invalid Request: Precision is already set to the desired value of %S for "
                    "tableId: %s, kdsArn: %S",
                    wanted, t->id, q->stream);
    return 0;
}

static int update_run(engine *e, ctx *cx, void *req, buf *out)
{
    const kinesis_request *q = req;
    const table *t;
    destinations all;
    destination *d;

    if (precision_of(q).p == NULL)
        return fail(cx, DDB_VALIDATION,
                    "Streaming destination cannot be updated with given parameters: "
                    "UpdateKinesisStreamingConfiguration cannot be null or contain only null "
                    "values");
    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(load(e, cx, t, &all));
    d = find(&all, q->stream);
    TRY(check_update(cx, q, t, d));
    d->precision = precision_of(q);
    TRY(save(e, cx, all.path, d));
    put_reply(out, t, q->stream, "UPDATING");
    put_config(out, "UpdateKinesisStreamingConfiguration", d->precision);
    buf_byte(out, '}');
    return out->err;
}

/* The newest first: takes the one enabled last before `before`. */
static const destination *newest(const destinations *all, int64_t before)
{
    const destination *best = NULL;

    for (uint32_t i = 0; i < all->count; i++)
        if (all->items[i].since < before && (best == NULL || all->items[i].since > best->since))
            best = &all->items[i];
    return best;
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const kinesis_request *q = req;
    const destination *d;
    const table *t;
    destinations all;
    int64_t before = INT64_MAX;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(load(e, cx, t, &all));
    buf_fmt(out, "{\"TableName\":\"%S\",\"KinesisDataStreamDestinations\":[", t->name);
    for (; (d = newest(&all, before)) != NULL; before = d->since) {
        buf_fmt(out, "%s{\"StreamArn\":", before != INT64_MAX ? "," : "");
        json_put_string(out, d->stream);
        buf_fmt(out, ",\"DestinationStatus\":\"%s\"", d->active ? "ACTIVE" : "DISABLED");
        if (d->precision.p != NULL)
            buf_fmt(out, ",\"ApproximateCreationDateTimePrecision\":\"%S\"", d->precision);
        buf_byte(out, '}');
    }
    buf_lit(out, "]}");
    return out->err;
}

const op op_enable_kinesis = {"EnableKinesisStreamingDestination", OP_WRITE | OP_ATOMIC,
                              &enable_shape, enable_run};
const op op_disable_kinesis = {"DisableKinesisStreamingDestination", OP_WRITE | OP_ATOMIC,
                               &enable_shape, disable_run};
const op op_update_kinesis = {"UpdateKinesisStreamingDestination", OP_WRITE | OP_ATOMIC,
                              &update_shape, update_run};
const op op_describe_kinesis = {"DescribeKinesisStreamingDestination", OP_SNAPSHOT,
                                &describe_shape, describe_run};

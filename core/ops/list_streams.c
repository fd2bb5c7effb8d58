/*
 * list_streams.c - ListStreams: the streams that can be read, those that were disabled in the last
 * 24 hours among them, in the order of table names and labels.
 */
#include <stddef.h>

#include "ops/stream_common.h"

#define PAGE_MAX 100 /* model: also the default */

typedef struct list_streams_request {
    str table_name, after;
    opt_int limit;
} list_streams_request;

static const shape shape_page = {.kind = SH_INTEGER, .min = 1, .max = PAGE_MAX};

static const member list_streams_members[] = {
    {"TableName", &shape_index_name, offsetof(list_streams_request, table_name), false},
    {"ExclusiveStartStreamArn", &shape_stream_arn, offsetof(list_streams_request, after), false},
    {"Limit", &shape_page, offsetof(list_streams_request, limit), false},
};

static const shape list_streams_shape = {
    .kind = SH_STRUCT,
    .java = "ListStreamsInput",
    .members = list_streams_members,
    .member_count = COUNT(list_streams_members),
    .size = sizeof(list_streams_request),
};

typedef struct listing {
    engine *e;
    buf *out, last; /* the ARN put last */
    int64_t left;
    bool any, more;
} listing;

static int put_stream(void *user, const stream_row *s)
{
    listing *l = user;

    if (l->left-- == 0) {
        l->more = true;
        return 1;
    }
    buf_reset(&l->last);
    TRY(stream_put_arn(l->e, &l->last, s->name, s->label));
    buf_fmt(l->out, "%s{\"StreamArn\":\"%S\",\"TableName\":\"%S\",\"StreamLabel\":\"%S\"}",
            l->any ? "," : "", buf_view(&l->last), s->name, s->label);
    l->any = true;
    return l->out->err;
}

static int list_streams_run(engine *e, ctx *cx, void *req, buf *out)
{
    const list_streams_request *q = req;
    listing l = {.e = e, .out = out, .left = q->limit.set ? q->limit.v : PAGE_MAX};
    table_arn after = {.name = STR("")};
    str label = STR("");

    if (q->after.p != NULL && !stream_arn_split(q->after, &after, &label))
        return fail(cx, DDB_VALIDATION, "Invalid StreamArn: %S", q->after);
    buf_init_arena(&l.last, cx->a, 4096);
    buf_lit(out, "{\"Streams\":[");
    TRY(stream_list(e, cx, q->table_name, after.name, label,
                      cx->now_ms - STREAM_RETENTION_MS, put_stream, &l));
    buf_byte(out, ']');
    if (l.more)
        buf_fmt(out, ",\"LastEvaluatedStreamArn\":\"%S\"", buf_view(&l.last));
    buf_byte(out, '}');
    return out->err;
}

const op op_list_streams = {"ListStreams", OP_STREAMS, &list_streams_shape, list_streams_run};

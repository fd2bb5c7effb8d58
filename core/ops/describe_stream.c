/*
 * describe_stream.c - DescribeStream: a stream and its shards, a page at a time, oldest first.
 */
#include <stddef.h>

#include "ops/stream_common.h"

#define PAGE_MAX 100 /* model: also the default */

typedef struct shard_filter {
    opt_enum type;
    str shard;
} shard_filter;

typedef struct describe_stream_request {
    str arn, after;
    opt_int limit;
    shard_filter *filter;
} describe_stream_request;

static const shape shape_page = {.kind = SH_INTEGER, .min = 1, .max = PAGE_MAX};
static const shape shape_filter_type = {
    .kind = SH_ENUM, .values = (const char *const[]){"CHILD_SHARDS", NULL}};
static const member filter_members[] = {
    {"Type", &shape_filter_type, offsetof(shard_filter, type), false},
    {"ShardId", &shape_shard_id, offsetof(shard_filter, shard), false},
};
static const shape shape_filter = {
    .kind = SH_STRUCT,
    .java = "ShardFilter",
    .members = filter_members,
    .member_count = COUNT(filter_members),
    .size = sizeof(shard_filter),
};

static const member describe_stream_members[] = {
    {"StreamArn", &shape_stream_arn, offsetof(describe_stream_request, arn), true},
    {"Limit", &shape_page, offsetof(describe_stream_request, limit), false},
    {"ExclusiveStartShardId", &shape_shard_id, offsetof(describe_stream_request, after), false},
    {"ShardFilter", &shape_filter, offsetof(describe_stream_request, filter), false},
};

static const shape describe_stream_shape = {
    .kind = SH_STRUCT,
    .java = "DescribeStreamInput",
    .members = describe_stream_members,
    .member_count = COUNT(describe_stream_members),
    .size = sizeof(describe_stream_request),
};

typedef struct listing {
    buf *out, last; /* the id put last */
    str parent;     /* absent: all shards */
    int64_t left;
    bool any, more;
} listing;

static int put_shard(void *user, const shard_row *s)
{
    listing *l = user;

    if (l->parent.p != NULL && (s->parent.p == NULL || !str_eq(s->parent, l->parent)))
        return 0;
    if (l->left-- == 0) {
        l->more = true;
        return 1;
    }
    buf_fmt(l->out, "%s{\"ShardId\":\"%S\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"",
            l->any ? "," : "", s->id);
    stream_put_number(l->out, s->first);
    if (s->last != SHARD_OPEN) {
        buf_lit(l->out, "\",\"EndingSequenceNumber\":\"");
        stream_put_number(l->out, s->last < s->first ? s->first : s->last);
    }
    buf_lit(l->out, "\"}");
    if (s->parent.p != NULL)
        buf_fmt(l->out, ",\"ParentShardId\":\"%S\"", s->parent);
    buf_byte(l->out, '}');
    buf_reset(&l->last);
    buf_str(&l->last, s->id);
    l->any = true;
    return l->out->err != 0 ? l->out->err : l->last.err;
}

static int put_shards(engine *e, ctx *cx, const describe_stream_request *q, const stream_row *s,
                      buf *out)
{
    listing l = {.out = out, .left = q->limit.set ? q->limit.v : PAGE_MAX};

    if (q->filter != NULL && q->filter->type.i >= 0)
        l.parent = q->filter->shard;
    buf_init_arena(&l.last, cx->a, 256);
    buf_lit(out, ",\"Shards\":[");
    TRY(stream_shards(e, cx, s->number, q->after.p != NULL ? q->after : STR(""),
                     cx->now_ms - STREAM_RETENTION_MS, put_shard, &l));
    buf_byte(out, ']');
    if (l.more)
        buf_fmt(out, ",\"LastEvaluatedShardId\":\"%S\"", buf_view(&l.last));
    return out->err;
}

/* Beginning and ending take as long as changes of tables do (engine.h, table_delay_ms). */
static const char *status_of(const engine *e, const ctx *cx, const stream_row *s)
{
    if (s->disabled_ms != 0)
        return cx->now_ms < s->disabled_ms + e->table_delay_ms ? "DISABLING" : "DISABLED";
    return cx->now_ms < s->created_ms + e->table_delay_ms ? "ENABLING" : "ENABLED";
}

static int describe_stream_run(engine *e, ctx *cx, void *req, buf *out)
{
    const describe_stream_request *q = req;
    stream_row s;

    TRY(stream_find(e, cx, q->arn, &s));
    buf_lit(out, "{\"StreamDescription\":{\"StreamArn\":\"");
    TRY(stream_put_arn(e, out, s.name, s.label));
    buf_fmt(out, "\",\"StreamLabel\":\"%S\",\"StreamStatus\":\"%s\",\"StreamViewType\":\"%s\"",
            s.label, status_of(e, cx, &s), stream_view_names[s.view]);
    buf_lit(out, ",\"CreationRequestDateTime\":");
    json_put_timestamp(out, s.created_ms);
    buf_fmt(out, ",\"TableName\":\"%S\",\"KeySchema\":%S", s.name, s.keys);
    TRY(put_shards(e, cx, q, &s, out));
    buf_lit(out, "}}");
    return out->err;
}

const op op_describe_stream = {"DescribeStream", OP_STREAMS | OP_SNAPSHOT, &describe_stream_shape,
                               describe_stream_run};

/*
 * get_shard_iterator.c - GetShardIterator: a place in a shard to read from.
 */
#include <stddef.h>

#include "ops/stream_common.h"

enum { ITERATE_AFTER, ITERATE_LATEST, ITERATE_AT, ITERATE_HORIZON };

typedef struct get_shard_iterator_request {
    str arn, shard;
    opt_enum type;
    str sequence;
} get_shard_iterator_request;

static const shape shape_iterator_type = {
    .kind = SH_ENUM,
    .values = (const char *const[]){"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER",
                                    "TRIM_HORIZON", NULL}};
static const shape shape_sequence = {.kind = SH_STRING, .min = 21, .max = 40};

static const member get_shard_iterator_members[] = {
    {"StreamArn", &shape_stream_arn, offsetof(get_shard_iterator_request, arn), true},
    {"ShardId", &shape_shard_id, offsetof(get_shard_iterator_request, shard), true},
    {"ShardIteratorType", &shape_iterator_type, offsetof(get_shard_iterator_request, type), true},
    {"SequenceNumber", &shape_sequence, offsetof(get_shard_iterator_request, sequence), false},
};

static const shape get_shard_iterator_shape = {
    .kind = SH_STRUCT,
    .java = "GetShardIteratorInput",
    .members = get_shard_iterator_members,
    .member_count = COUNT(get_shard_iterator_members),
    .size = sizeof(get_shard_iterator_request),
};

/* A number that was given: it must be one of the shard's, or one it may yet have. */
static int at_number(engine *e, ctx *cx, const get_shard_iterator_request *q, const shard_row *s,
                     iterator *it)
{
    int64_t seq, newest, lost;

    if (q->sequence.p == NULL)
        return fail(cx, DDB_VALIDATION,
                    "SequenceNumber is required when ShardIteratorType is %S", q->type.text);
    TRY(stream_read_number(cx, q->sequence, &seq));
    TRY(stream_last(e, cx, &newest));
    if (newest > s->last)
        newest = s->last;
    if (seq < s->first || (seq > newest && seq != s->first))
        return fail(cx, DDB_VALIDATION, "Invalid SequenceNumber");
    it->at = q->type.i == ITERATE_AT ? seq : seq + 1;
    TRY(stream_lost(e, cx, s, &lost));
    return it->at <= lost ? stream_fail_trimmed(cx) : 0;
}

static int get_shard_iterator_run(engine *e, ctx *cx, void *req, buf *out)
{
    const get_shard_iterator_request *q = req;
    iterator it = {.arn = q->arn, .shard = q->shard, .created_ms = cx->now_ms};
    stream_row stream;
    shard_row s;

    TRY(stream_find(e, cx, q->arn, &stream));
    TRY(stream_shard(e, cx, &stream, q->shard, &s));
    if (q->type.i == ITERATE_HORIZON) {
        it.horizon = true;
    } else if (q->type.i == ITERATE_LATEST) {
        TRY(stream_last(e, cx, &it.at));
        it.at++;
    } else {
        TRY(at_number(e, cx, q, &s, &it));
    }
    buf_lit(out, "{\"ShardIterator\":\"");
    TRY(iterator_put(cx, out, &it));
    buf_lit(out, "\"}");
    return out->err;
}

const op op_get_shard_iterator = {"GetShardIterator", OP_STREAMS | OP_SNAPSHOT,
                                  &get_shard_iterator_shape, get_shard_iterator_run};

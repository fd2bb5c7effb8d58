/*
 * get_records.c - GetRecords: the records from an iterator's place on.
 *
 * A record's images are spliced from the store as they were written. Its eventID is made of the
 * stream and the sequence number, so that reading a record again gives the same one.
 */
#include <stddef.h>

#include "base/hash.h"
#include "ops/stream_common.h"

typedef struct get_records_request {
    str iterator;
    opt_int limit;
} get_records_request;

static const shape shape_iterator = {.kind = SH_STRING, .min = 1, .max = 2048};
static const shape shape_batch = {.kind = SH_INTEGER, .min = 1, .max = RECORD_BATCH_MAX};

static const member get_records_members[] = {
    {"ShardIterator", &shape_iterator, offsetof(get_records_request, iterator), true},
    {"Limit", &shape_batch, offsetof(get_records_request, limit), false},
};

static const shape get_records_shape = {
    .kind = SH_STRUCT,
    .java = "GetRecordsInput",
    .members = get_records_members,
    .member_count = COUNT(get_records_members),
    .size = sizeof(get_records_request),
};

typedef struct writer {
    engine *e;
    const stream_row *s;
    buf *out;
    bool any;
} writer;

static void put_event_id(buf *b, const stream_row *s, int64_t seq)
{
    uint8_t sum[32];
    sha256 h;

    sha256_init(&h);
    sha256_add(&h, s->name.p, s->name.n);
    sha256_add(&h, s->label.p, s->label.n);
    for (int i = 0; i < 8; i++)
        sha256_add(&h, &(uint8_t){(uint8_t)((uint64_t)seq >> (8 * i))}, 1);
    sha256_end(&h, sum);
    buf_hex(b, sum, 16);
}

static int put_record(void *user, const record_row *r)
{
    static const char *const names[] = {"INSERT", "MODIFY", "REMOVE", "REMOVE"};
    writer *w = user;
    buf *b = w->out;

    buf_fmt(b, "%s{\"eventID\":\"", w->any ? "," : "");
    put_event_id(b, w->s, r->seq);
    buf_fmt(b,
            "\",\"eventName\":\"%s\",\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\","
            "\"awsRegion\":\"%S\",\"dynamodb\":{\"ApproximateCreationDateTime\":%l,%S,"
            "\"SequenceNumber\":\"",
            names[(unsigned)r->kind & 3], w->e->region, r->at_ms / 1000, r->body);
    stream_put_number(b, r->seq);
    buf_fmt(b, "\",\"SizeBytes\":%z,\"StreamViewType\":\"%s\"}", r->size,
            stream_view_names[w->s->view]);
    if (r->kind == RECORD_EXPIRE)
        buf_lit(b, ",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\","
                   "\"Type\":\"Service\"}");
    buf_byte(b, '}');
    w->any = true;
    return b->err;
}

static int get_records_run(engine *e, ctx *cx, void *req, buf *out)
{
    const get_records_request *q = req;
    stream_page page;
    stream_row stream;
    shard_row s;
    iterator it;
    int64_t lost;

    TRY(iterator_read(cx, q->iterator, &it));
    TRY(stream_find(e, cx, it.arn, &stream));
    TRY(stream_shard(e, cx, &stream, it.shard, &s));
    TRY(stream_lost(e, cx, &s, &lost));
    if (it.horizon)
        it.at = lost + 1;
    else if (it.at <= lost)
        return stream_fail_trimmed(cx);
    writer w = {e, &stream, out, false};
    buf_lit(out, "{\"Records\":[");
    TRY(stream_read(e, cx, &s, it.at, q->limit.set ? q->limit.v : RECORD_BATCH_MAX, put_record, &w,
                    &page));
    buf_byte(out, ']');
    if (page.next != 0) {
        iterator next = {.arn = it.arn, .shard = it.shard, .at = page.next,
                         .created_ms = cx->now_ms};
        buf_lit(out, ",\"NextShardIterator\":\"");
        TRY(iterator_put(cx, out, &next));
        buf_byte(out, '"');
    }
    buf_byte(out, '}');
    return out->err;
}

const op op_get_records = {"GetRecords", OP_STREAMS | OP_SNAPSHOT, &get_records_shape,
                           get_records_run};

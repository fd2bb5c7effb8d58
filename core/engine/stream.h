/*
 * stream.h - DynamoDB Streams: which records a write leaves, and which of them can be read.
 *
 * A stream has four slots; a record goes to the slot of its partition key's hash, so that the
 * records of an item are always in one line. The line of a slot is cut into shards: each stays
 * open for four hours and is then followed by a child; disabling the stream closes them all. A
 * stream can be read for 24 hours after it was disabled, also when its table is gone.
 *
 * Records are written with the row they tell of, in one savepoint. What is older than 24 hours by
 * the host's clock is gone for readers at once, and from storage when the worker comes by.
 */
#ifndef DDB_ENGINE_STREAM_H
#define DDB_ENGINE_STREAM_H

#include "engine/engine.h"
#include "store/stream.h"

#define STREAM_SLOTS 4
#define STREAM_RETENTION_MS 86400000LL /* guide: 24 hours */
#define SHARD_OPEN_MS 14400000LL       /* guide: shards roll over about every four hours */
#define RECORD_BATCH_MAX 1000          /* model: GetRecords */

/* Called by the catalog with each change of a definition, either may be NULL: begins and ends
 * streams. */
int stream_follow(engine *e, ctx *cx, const table *before, const table *after);
/* Leaves the record of a write that changed something. p->t has its stream enabled. */
int stream_record(engine *e, ctx *cx, const write_plan *p, const write_result *w);

/* The worker (work.h): trims, and opens new shards. */
int64_t stream_due_ms(engine *e);
int stream_work(engine *e, ctx *cx);

/* ---- reading ---- */
/* The readable streams, and shards, behind a place in their order: store/stream.h. */
int stream_list(engine *e, ctx *cx, str name, str after_name, str after_label, int64_t since_ms,
                store_stream_fn fn, void *user);
int stream_shards(engine *e, ctx *cx, int64_t stream, str after, int64_t since_ms,
                  store_shard_fn fn, void *user);
/* 1 and *out, or 0: the stream of that table name and label. */
int stream_named(engine *e, ctx *cx, str name, str label, stream_row *out);
int stream_last(engine *e, ctx *cx, int64_t *out); /* the newest sequence number; 0: none */
/* The stream of an ARN; "Requested resource not found: Stream: <arn> not found". */
int stream_find(engine *e, ctx *cx, str arn, stream_row *out);
int stream_put_arn(engine *e, buf *b, str name, str label);
/* The table name and the label of a stream's ARN; false when it is not of that form. */
bool stream_arn_split(str arn, table_arn *table, str *label);
int stream_shard(engine *e, ctx *cx, const stream_row *s, str id, shard_row *out);
/* The newest sequence number of the shard that can no longer be read; first - 1: none. */
int stream_lost(engine *e, ctx *cx, const shard_row *s, int64_t *out);

/* Records of a shard from a sequence number on, as many as `limit` and 1 MB allow. */
typedef int (*stream_record_fn)(void *user, const record_row *r); /* 0, or an error */
typedef struct stream_page {
    int64_t next;   /* the sequence number to go on at; when the shard has ended: 0 */
    uint32_t count;
} stream_page;
int stream_read(engine *e, ctx *cx, const shard_row *s, int64_t from, int64_t limit,
                stream_record_fn fn, void *user, stream_page *out);

#endif

/*
 * stream_common.h - what the operations on streams share: sequence numbers and shard iterators as
 * texts.
 *
 *   sequence number   1 and twenty digits, so that texts of one length sort like numbers
 *   shard iterator    <stream ARN>|1|<base64 of "<shard id> <H or P> <number> <created ms>
 *                     <checksum>">
 *
 * An iterator is a place and no state: it can be used again until it expires. H is the oldest
 * record there is when it is used, P the first one at or behind a number.
 */
#ifndef DDB_OPS_STREAM_COMMON_H
#define DDB_OPS_STREAM_COMMON_H

#include "engine/stream.h"
#include "ops/ops.h"

#define ITERATOR_LIFE_MS 900000LL /* guide: 15 minutes */

extern const shape shape_stream_arn, shape_shard_id;

void stream_put_number(buf *b, int64_t seq);
/* "Invalid SequenceNumber" */
int stream_read_number(ctx *cx, str text, int64_t *out);

typedef struct iterator {
    str arn, shard;
    bool horizon;
    int64_t at, created_ms;
} iterator;
/* Without quotes: nothing in it needs an escape. */
int iterator_put(ctx *cx, buf *b, const iterator *it);
/* "Invalid ShardIterator", or expired. Texts are the request's or the arena's. */
int iterator_read(ctx *cx, str text, iterator *out);

int stream_fail_trimmed(ctx *cx);

#endif

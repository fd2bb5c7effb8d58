/*
 * stream.h - streams, their shards and their records.
 *
 *   ddb_stream(number, name, label, view, keys, created_ms, disabled_ms)
 *       one a stream, also of a table that is gone; disabled_ms is NULL while it is enabled
 *   ddb_shard(id, stream, slot, parent, first, last, created_ms, closed_ms, trimmed)
 *       the records of one slot from `first` to `last` (NULL: open); up to `trimmed` they are gone
 *   ddb_record(seq, stream, slot, at_ms, kind, size, body)
 *       body: `"Keys":{..},"NewImage":{..},"OldImage":{..}`, what the view has of it
 *
 * A record names its slot and not its shard, so that writing one asks for no shard: the shard is
 * whose range of sequence numbers it falls into. Sequence numbers are the database's own
 * (AUTOINCREMENT): they grow in the order of writes, over all streams, and are never used twice,
 * not after a restart and not after everything was trimmed.
 */
#ifndef DDB_STORE_STREAM_H
#define DDB_STORE_STREAM_H

#include "store/store.h"

typedef struct stream_row {
    int64_t number;
    str name, label; /* of the table; of the stream */
    int view;        /* index into stream_view_names */
    str keys;        /* the table's KeySchema as JSON */
    int64_t created_ms, disabled_ms; /* disabled_ms 0: enabled */
} stream_row;

#define SHARD_OPEN INT64_MAX

typedef struct shard_row {
    str id, parent;      /* parent absent: none */
    int64_t stream;
    int slot;
    int64_t first, last; /* last: SHARD_OPEN while it is; first - 1: closed without a record */
    int64_t created_ms, closed_ms;
    int64_t trimmed;     /* the newest sequence number that was taken away; 0: none */
} shard_row;

typedef enum { RECORD_INSERT, RECORD_MODIFY, RECORD_REMOVE, RECORD_EXPIRE } record_kind;

typedef struct record_row {
    int64_t seq, stream, at_ms;
    int slot;
    record_kind kind;
    size_t size;         /* SizeBytes */
    str body;
} record_row;

/* ---- streams ---- */
int store_stream_create(store *st, ctx *cx, const stream_row *s);
int store_stream_disable(store *st, ctx *cx, int64_t number, int64_t at_ms);
/* 1 and *out in the arena, or 0. */
int store_stream_find(store *st, ctx *cx, str name, str label, stream_row *out);
/* In the order of (name, label), behind that place (absent: from the beginning), those of one table
 * (absent: of all) that are enabled or were disabled after since_ms. fn gives 0 to go on and 1 to
 * stop; its row is borrowed. */
typedef int (*store_stream_fn)(void *user, const stream_row *s);
int store_streams(store *st, ctx *cx, str name, str after_name, str after_label, int64_t since_ms,
                  store_stream_fn fn, void *user);
/* Takes away the streams that were disabled at before_ms or earlier, with all they have. */
int store_streams_trim(store *st, ctx *cx, int64_t before_ms);

/* ---- shards ---- */
int store_shard_create(store *st, ctx *cx, const shard_row *s);
/* Closes the stream's open shards that were created at before_ms or earlier. */
int store_shards_close(store *st, ctx *cx, int64_t stream, int64_t before_ms, int64_t now_ms);
/* 1 and *out in the arena, or 0. */
int store_shard_find(store *st, ctx *cx, int64_t stream, str id, shard_row *out);
/* In the order of ids, behind `after` (absent: all), those that are open or were closed after
 * since_ms. As store_streams(). */
typedef int (*store_shard_fn)(void *user, const shard_row *s);
int store_shards(store *st, ctx *cx, int64_t stream, str after, int64_t since_ms,
                 store_shard_fn fn, void *user);
/* Forgets closed shards of before that time. */
int store_shards_trim(store *st, ctx *cx, int64_t before_ms);

/* ---- records ---- */
int store_record_add(store *st, ctx *cx, const record_row *r); /* gives it its seq */
/* The sequence number given last, of any stream; 0: none yet. */
int store_record_last(store *st, ctx *cx, int64_t *out);
/* Records of a slot with from <= seq <= to, in their order. As store_streams(). */
typedef int (*store_record_fn)(void *user, const record_row *r);
int store_records(store *st, ctx *cx, int64_t stream, int slot, int64_t from, int64_t to,
                  store_record_fn fn, void *user);
/* Takes away up to max of the oldest records, as far as they are of before that time, and notes it
 * in their shards. Gives how many. */
int store_records_trim(store *st, ctx *cx, int64_t before_ms, int max);

/* The times trimming looks at; 0: there is none. */
typedef struct stream_times {
    int64_t oldest_record_ms, oldest_open_ms, oldest_closed_ms, oldest_disabled_ms;
} stream_times;
int store_stream_times(store *st, ctx *cx, stream_times *out);

#endif

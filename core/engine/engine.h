/*
 * engine.h - plans and results: what an operation wants done to rows, in no operation's terms.
 *
 * Every write goes through engine_write() or engine_transact(), every read through
 * engine_get() or engine_read(). Operations build plans from checked requests (ops/) and turn
 * results into JSON. The engine sees no request and no operation name.
 */
#ifndef DDB_ENGINE_ENGINE_H
#define DDB_ENGINE_ENGINE_H

#include "base/host.h"
#include "expr/expr.h"
#include "store/store.h"

typedef struct catalog catalog; /* engine/catalog.h */
typedef struct faults faults;   /* engine/faults.h */
typedef struct trace trace;     /* engine/trace.h */
typedef struct meter meter;     /* engine/meter.h */
typedef struct uses uses;       /* engine/use.h */
typedef struct packed packed;   /* engine/packed.h */

typedef struct engine {
    mem *m;
    store *st;
    catalog *cat;
    ddb_host host;
    ddb_files files;     /* call is NULL: there are none */
    str region, account; /* owned by the engine */
    int64_t table_delay_ms; /* how long a change of a table takes; 0: it is done at once */
    int64_t jobs_due_ms;                /* when copies and old images are looked at again */
    int64_t stream_due_ms, ttl_due_ms, discard_due_ms; /* when their workers look again (work.h) */
    faults *faults;      /* NULL: nothing goes wrong on purpose, and nothing is limited */
    trace *trace;        /* NULL: nobody asks what the request at hand does to rows */
    uses *uses;          /* NULL: no read was noted (use.h) */
    packed *packed;      /* vectors in memory (packed.h); NULL: none yet */
    meter *meter;        /* NULL: metrics are off */
    int64_t collection_bytes_max; /* of one partition key, in tables with local indexes */
    int64_t collection_look; /* bytes that may be written before it is worth a look */
    int64_t bulk_due_ms; /* the same of indexes that a bulk load left out (bulk.h) */
    bool bulk;           /* a bulk load of ours is going on */
    bool driven;         /* the host moves its clock, and makes workers look again before */
} engine;

int engine_open(ctx *cx, const store_options *o, const ddb_host *host, str region, str account,
                engine **out);
void engine_close(engine *e);
/* Does a slice of background work (work.h: index backfill, streams, Time To Live), a few
 * milliseconds at most, in a transaction of its own; inside an open one it does nothing and gives 1
 * when work is waiting, so call it between commits. 1: more is left, 0: nothing to do, or an
 * error. */
int engine_work(engine *e, ctx *cx);
/* Milliseconds until there is work, by the host's clock; 0: now, -1: none in sight. A write or a
 * changed setting may bring it nearer, by a minute at most. */
int64_t engine_next_work_ms(engine *e, int64_t now_ms);

/* ---- catalog ---- */
/* By name or table ARN. Data plane: "Requested resource not found"; control plane: "Requested
 * resource not found: Table: <name> not found". *out is valid to the end of the request (the
 * catalog may replace it only at its end). */
int engine_table(engine *e, ctx *cx, str name, const table **out);
int engine_table_control(engine *e, ctx *cx, str name, const table **out);
/* A TableName without its ARN dress. Fails on an ARN of another region, account or form. */
int engine_table_name(engine *e, ctx *cx, str given, str *name);
/* The parts of a table ARN, as they stand; false when it is not of that form. */
typedef struct table_arn {
    str region, account, name;
} table_arn;
bool engine_arn_split(str arn, table_arn *out);
/* The ARN of a table of this engine, in the arena. */
int engine_table_arn(engine *e, ctx *cx, str name, str *out);

#define STATS_SAMPLE 1000 /* entries: about a millisecond's work */
/* How many items a table has and their bytes; the bytes under one partition key. See
 * store_table_stats(). */
int engine_table_stats(engine *e, ctx *cx, const table *t, int64_t *items, int64_t *bytes);
int engine_collection_bytes(engine *e, ctx *cx, const table *t, uint32_t h, str pk,
                            int64_t *bytes);
/* How many entries an index has, and their size: exact for small indexes or ALL, else the size is
 * projected from a sample (the service's own figure is hours old). */
int engine_index_stats(engine *e, ctx *cx, const table *t, const index_def *ix, int64_t *items,
                       int64_t *bytes);

/* ---- consumed capacity ---- */
typedef struct capacity {
    const table *t;
    double table;
    double index[INDEX_MAX];      /* by position in t->indexes */
    bool index_charged[INDEX_MAX];
    bool any_index;
    bool any_vector;
    double vector[VECTOR_MAX];    /* bytes, by position in t->vectors; 0: not charged */
} capacity;
double capacity_total(const capacity *c);
void capacity_add(capacity *to, const capacity *c);
/* Half a unit per 4 KB when eventual; at least one step. */
double capacity_read_units(size_t bytes, bool consistent);
double capacity_write_units(size_t bytes);                 /* per 1 KB, min 1 */

/* ---- one write ---- */
typedef enum { WRITE_PUT, WRITE_UPDATE, WRITE_DELETE, WRITE_CHECK } write_kind;

typedef struct write_plan {
    write_kind kind;
    const table *t;
    const map *item;        /* PUT: checked item; else NULL */
    str item_text;          /* PUT: its canonical text when the request has it so, else absent */
    size_t item_size;       /* PUT */
    const map *key;         /* the others: checked key map */
    key_bytes where;        /* encoded key, by plan_key() */
    cond *condition;        /* NULL: none */
    update *update;         /* UPDATE: NULL is valid (creates a key-only item) */
    bool flat_size;         /* UPDATE inside a transaction or PartiQL: measure the item only */
    bool want_old, want_new; /* the result must carry the images */
    bool want_capacity;
    double factor;          /* 1, or 2 in a transaction: table arm only */
    bool expiry;            /* DELETE by Time To Live: the service's own in the stream */
} write_plan;

typedef struct write_result {
    bool existed;           /* an item stood there; false for a put that had no need to look */
    bool failed;            /* the condition was false; nothing was written */
    bool changed;           /* the stored item differs now; true for a put that did not look */
    bool has_new;           /* false after a delete */
    str old_text, new_text; /* canonical JSON, arena; absent unless needed */
    map new_map;            /* UPDATE: the item after, for UPDATED_NEW */
    map old_map;            /* UPDATE: the item before (count 0 when !existed) */
    size_t old_size, new_size;
    bool unprocessed;       /* a fault leaves it to be sent again; nothing was written */
    capacity used;          /* when want_capacity */
} write_result;

/* Runs the plan: reads the old image when anything needs it, evaluates the condition, checks
 * sizes and index keys, writes the row and its index cells. A false condition is 0 with
 * out->failed, and out->unprocessed comes to batches alone. */
int engine_write(engine *e, ctx *cx, const write_plan *p, write_result *out);
/* Did a fault fail the whole call? Then an item's error is none of a batch's members. */
bool engine_call_failed(const engine *e);
/* Is that throttling of one item, which a batch leaves unprocessed? */
bool engine_throttled(const engine *e, int rc);
int plan_key(ctx *cx, write_plan *p); /* fills `where` from item or key */

/* All or nothing. Evaluates every plan against the state before; on any failure nothing is
 * written, rc is 0 and *canceled true: reasons[i].code is 0 (None), DDB_CONDITION_FAILED or
 * DDB_VALIDATION with the text. Other errors are returned. A reason that is set on entry (a key the
 * operation has refused) stays, and its plan is not looked at. The caller's savepoint undoes what a
 * storage error leaves half written. */
#define TRANSACT_TOO_BIG                                                                      \
    "Collection size of items exceeded, which can also be caused by the aggregate size of the " \
    "items in the transaction exceeding the 4MB limit"
typedef struct cancel_reason {
    int code;
    str message;
    str item; /* old image text, for ALL_OLD; absent */
} cancel_reason;
int engine_transact(engine *e, ctx *cx, write_plan *plans, uint32_t n, write_result *results,
                    cancel_reason *reasons, bool *canceled);

/* The same for a transaction that reads: may it? plans have keys only, and *canceled is set with
 * reasons when it may not. */
int engine_transact_reads(engine *e, ctx *cx, const write_plan *plans, uint32_t n,
                          cancel_reason *reasons, bool *canceled);

/* ---- one item read ---- */
typedef enum { READ_EVENTUAL, READ_CONSISTENT, READ_TRANSACTION } read_mode;
/* 0 with the stored text (arena) and size, or DDB_NOT_FOUND; 1: a fault leaves the key unprocessed,
 * which comes to batches alone. */
int engine_get(engine *e, ctx *cx, const table *t, const key_bytes *k, read_mode mode, row *out);
/* The same, with the text appended to b (one copy) and *size set; b is as it was otherwise. */
int engine_get_into(engine *e, ctx *cx, const table *t, const key_bytes *k, read_mode mode, buf *b,
                    size_t *size);

/* ---- Query and Scan ---- */
typedef struct read_plan {
    const table *t;
    const index_def *ix;          /* NULL: the table */
    store_range range;        /* bounds and start position, by the operation */
    cond *filter;             /* NULL: none */
    bool filter_entry;        /* the filter sees what the index holds, not the whole item */
    projection *project;      /* NULL: whole entries */
    bool count_only;          /* Select COUNT */
    bool fetch_all;           /* LSI: fetch attributes the index does not hold from the table */
    bool consistent;
    int64_t limit;            /* items evaluated; 0: none */
    size_t bytes_before;      /* evaluated for this page by earlier reads: counts toward 1 MB */
    bool want_capacity;
} read_plan;

typedef struct read_result {
    int64_t count, scanned;
    bool more;                /* LastEvaluatedKey is present: last_* is the last item evaluated */
    str last_item;            /* its stored text, arena: the key attributes are in it */
    size_t bytes;             /* evaluated, together with bytes_before */
    capacity used;
} read_result;

/* Appends the items that match as a JSON array's inside ("{..},{..}") to `items` (may be NULL with
 * count_only). Stops at limit or 1 MB, as the service does. */
int engine_read(engine *e, ctx *cx, const read_plan *p, buf *items, read_result *out);

/* Every row of a table in scan order, without pages or limits. fn: 0 go on, 1 stop, or an error;
 * what it allocates in the request's arena is gone with the next row. */
typedef int (*row_fn)(ctx *cx, void *user, const row *r);
int engine_each(engine *e, ctx *cx, const table *t, row_fn fn, void *user);

/* Encodes a key condition on a sort key as the half-open byte range of store_range. */
int range_of_condition(ctx *cx, const key_condition *c, str *lo, str *hi);
/* The same for the leading attributes of a multi-attribute sort key, in schema order: equalities,
 * then any one condition. count 0: unbounded. */
int range_of_sort(ctx *cx, const key_condition *const *sort, uint32_t count, str *lo, str *hi);

#endif

/*
 * trace.h - what a request did to rows, step by step, when somebody asks: ddblite.Explain shows
 * the steps of one request, and metrics (meter.h) add up what all requests cost.
 *
 * `engine.trace` is NULL when nobody does, and that pointer is all that other requests look at.
 * engine_get(), engine_read(), engine_write() and engine_transact() record themselves, so that no
 * operation can be overlooked; what it cost is the capacity that they compute.
 */
#ifndef DDB_ENGINE_TRACE_H
#define DDB_ENGINE_TRACE_H

#include "engine/engine.h"

typedef enum {
    STEP_GET,
    STEP_QUERY,
    STEP_SEARCH,
    STEP_SCAN, /* the last of those that read */
    STEP_PUT,
    STEP_UPDATE,
    STEP_DELETE,
    STEP_CHECK
} step_kind;

typedef struct trace_step {
    struct trace_step *next;
    step_kind kind;
    capacity used;          /* used.t is the table */
    const index_def *ix;    /* reads; NULL: the table */
    int64_t scanned, count; /* reads: items evaluated and returned */
    size_t bytes;           /* read */
    bool wrote;             /* the item is another one now */
    /* the rest is for explanations */
    read_mode mode;         /* GET */
    read_plan plan;         /* QUERY, SCAN; its texts may be gone */
    bool more;              /* a page that is not the last */
    str sql_plan;           /* SQLite's */
    bool existed, failed, conditional;
    size_t old_size, new_size;
} trace_step;

struct trace {
    arena a;          /* of the steps: a request's arena is rewound between its items */
    trace_step *first, *last;
    uint32_t count;
    bool detailed;    /* for an explanation */
    bool lost;        /* there was no memory for a step */
};

void trace_init(trace *tr, mem *m, bool detailed);
void trace_release(trace *tr);
void trace_reset(trace *tr); /* a new request, or the same one again */

/* Each needs e->trace. They cannot fail: see `lost`. */
void trace_get(engine *e, read_mode mode, const capacity *used, bool found, size_t size);
void trace_read(engine *e, ctx *cx, const read_plan *p, const read_result *r, size_t bytes,
                const capacity *used);
void trace_search(engine *e, const table *t, const index_def *ix, cond *filter, int64_t scanned,
                  int64_t count, size_t bytes);
void trace_write(engine *e, const write_plan *p, const write_result *w);
/* The writes behind step `after` (NULL: all) were not carried out. */
void trace_undo(engine *e, const trace_step *after);
/* What an operation charges beyond the rows it read: does nothing when nobody asks. */
void engine_charge(engine *e, const table *t, double read_units);

#endif

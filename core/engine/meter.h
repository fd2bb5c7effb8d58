/*
 * meter.h - metrics: how often each operation ran, how it failed, and what capacity it used of
 * which table and index. Kept in memory by the engine, from the moment they are switched on.
 *
 * Capacity is that of the engine's own steps (trace.h): what ReturnConsumedCapacity reports, and
 * besides what a failed condition or a cancelled transaction costs without a report. Background
 * work (Time To Live, copies) is no request and is not counted; nor are operations of our own.
 */
#ifndef DDB_ENGINE_METER_H
#define DDB_ENGINE_METER_H

#include "engine/trace.h"

#define METER_CELLS_MAX 10000 /* ours: some 3 MB; what comes later goes to one cell without names */
#define METER_ERRORS_MAX 24   /* ours: kinds of errors of one operation */

typedef struct meter_error {
    int code;
    uint64_t count;
} meter_error;

typedef struct meter_op {
    struct meter_op *next;
    const char *name;
    uint64_t calls, request_bytes, reply_bytes;
    double read_units, write_units;
    meter_error errors[METER_ERRORS_MAX];
    uint32_t error_count;
} meter_op;

typedef struct meter_cell { /* what one operation did to one table, or to one of its indexes */
    struct meter_cell *next, *in_order;
    const meter_op *op;
    str table, index; /* behind the struct; index is absent for the table itself */
    double read_units, write_units;
    uint64_t scanned, returned, written, bytes; /* of the steps on it; bytes were read */
} meter_cell;

#define METER_BUCKETS 512

struct meter {
    mem *m;
    trace steps;
    int64_t since_ms;
    meter_op *ops, *last_op;       /* in the order of their first call */
    meter_cell *buckets[METER_BUCKETS];
    meter_cell *cells, *last_cell; /* in the order of their first step */
    uint32_t cell_count;
    bool incomplete;               /* there was no memory for something */
};

/* Switches metrics on; nothing happens when they are. */
int meter_start(engine *e, ctx *cx);
void meter_stop(engine *e); /* and forgets everything */
void meter_reset(engine *e, int64_t now_ms);

/* Around a request; they need e->meter. `rc` is its result. */
void meter_begin(engine *e);
void meter_end(engine *e, const char *op, int rc, size_t request_bytes, size_t reply_bytes);

#endif

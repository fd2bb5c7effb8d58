/*
 * report.h - what bulk puts tell of themselves: bytes used, and the items that were not written.
 *
 *   <prefix>/AWSDynamoDB/<id>/ERROR.json                     a line for each record in error
 *                            /CONDITION_CHECK_FAILURE.json   a line for each condition that failed
 *                            /manifest-summary.json          counts, and which objects there are
 *
 * A slice appends its lines at a known offset, so one that is run again after a crash overwrites
 * what it wrote: each record is told once. Offsets and sums stand behind the request in the
 * archive's body, as a second line:
 *   {"total":n,"error":bytes,"errors":n,"condition":bytes,"conditions":n,"table":n,
 *    "gsi.<index>":n,"lsi.<index>":n,"vector.<index>":n}
 */
#ifndef DDB_ENGINE_REPORT_H
#define DDB_ENGINE_REPORT_H

#include "engine/transfer.h"

typedef enum { REPORT_ERROR, REPORT_CONDITION, REPORT_KINDS } report_kind;

typedef struct report {
    engine *e;
    ctx *cx;
    const table *t;
    str bucket, folder;
    bool wanted[REPORT_KINDS];
    buf lines[REPORT_KINDS];     /* of this slice, outside of the arena */
    int64_t at[REPORT_KINDS], count[REPORT_KINDS];
    int64_t total;               /* bytes of the objects that are read; -1: not counted yet */
    int64_t table, index[INDEX_MAX], vector[VECTOR_MAX];
} report;

/* The request's part of the body. */
str report_request(const archive *a);
/* `request` is the parsed request. The caller releases it, also after a failure. */
int report_open(report *r, engine *e, ctx *cx, const table *t, const archive *a,
                const struct json *request);
void report_release(report *r);

/* A record of the object `key`: its text and the error at cx->err with its code. */
void report_error(report *r, str key, str record, int code);
/* An item whose condition failed; old: what stands there, or absent. */
void report_condition(report *r, str key, const map *item, str old);
/* An item that was written. */
int report_written(report *r, const map *item, size_t size);

/* Writes the lines: 0 or DDB_FILES_*. The second ends the report of *a. */
int64_t report_flush(report *r);
int64_t report_close(report *r, const archive *a);
/* The sums and offsets into a->body. */
int report_save(const report *r, archive *a);

/* ",\"TotalInputBytes\":n,\"BulkOperationUsage\":[..]", or what is known of it. */
int report_put_usage(ctx *cx, const archive *a, buf *out);

#endif

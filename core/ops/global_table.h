/*
 * global_table.h - global tables of version 2017.11.29, shared by their two files.
 *
 * The service still answers for them and documents them, though it admits no new ones since 2026;
 * here they are kept and described as documented. The newer version is UpdateTable's
 * (table_replicas.h).
 */
#ifndef DDB_OPS_GLOBAL_TABLE_H
#define DDB_OPS_GLOBAL_TABLE_H

#include "ops/ops.h"

typedef struct global_table {
    str name, path; /* path: "global-table/music" (engine/settings.h); gone with the table */
    int64_t created_ms;
    str *regions; /* in the order they were added; room for one more */
    uint32_t count;
} global_table;

/* 0, or DDB_NOT_FOUND without a text. */
int global_table_load(engine *e, ctx *cx, str name, global_table *out);
bool global_table_has(const global_table *g, str region);

#endif

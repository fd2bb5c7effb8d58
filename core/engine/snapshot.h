/*
 * snapshot.h - the whole database at once: as it was, or empty. For tests that must not see each
 * other's data.
 */
#ifndef DDB_ENGINE_SNAPSHOT_H
#define DDB_ENGINE_SNAPSHOT_H

#include "engine/engine.h"
#include "store/transfer.h"

/* The database becomes the image, its tables those of this engine's region and account. Outside of
 * a transaction. */
int engine_restore(engine *e, ctx *cx, const unsigned char *p, size_t n);

/* The same with what an import has brought (store/transfer.h). */
int engine_import(engine *e, ctx *cx, int64_t transfer);

typedef struct reset_plan {
    bool keep_schema;     /* tables stay, with indexes, Time To Live and tags, and are empty */
    const str *tables;    /* only these; NULL: all, and what belongs to no table */
    uint32_t table_count;
} reset_plan;

/* In a transaction of its own: all of it, or nothing. A name that is no table's is
 * ResourceNotFoundException. */
int engine_reset(engine *e, ctx *cx, const reset_plan *p);

#endif

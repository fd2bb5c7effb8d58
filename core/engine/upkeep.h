/*
 * upkeep.h - a database as its owner sees it: room, counts, VACUUM.
 */
#ifndef DDB_ENGINE_UPKEEP_H
#define DDB_ENGINE_UPKEEP_H

#include "engine/engine.h"

typedef struct database_facts { /* texts in the arena */
    int64_t page_bytes, pages, free_pages, format;
    str path, journal; /* path is absent in memory */
    const char *sqlite_version;
} database_facts;
int engine_database(engine *e, ctx *cx, database_facts *out);

typedef struct count_facts {
    int64_t items, bytes;
    bool estimated; /* bytes are from a sample, and both may be off by a thousandth */
} count_facts;
/* Of a table, or of its index `ix`. Cheap when asked again: the store keeps sums. Else a table's
 * items are counted (1,000,000: 5 ms, of an index 50 ms) and up to 20,000 sizes added up. */
int engine_count(engine *e, ctx *cx, const table *t, const index_def *ix, count_facts *out);
int engine_stream_records(engine *e, ctx *cx, const table *t, int64_t *out);

/* DDB_STORAGE_BUSY inside an open group, and while others use the file. */
int engine_vacuum(engine *e, ctx *cx);

#endif

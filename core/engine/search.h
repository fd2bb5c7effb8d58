/*
 * search.h - nearest neighbours: the rows of a table whose vectors are nearest to a given one.
 */
#ifndef DDB_ENGINE_SEARCH_H
#define DDB_ENGINE_SEARCH_H

#include "engine/engine.h"

typedef struct search_plan {
    const table *t;
    const vector_def *d;
    const float *query; /* d->dimensions */
    uint32_t top;       /* 1..SEARCH_TOP_MAX */
    cond *filter;       /* NULL: none */
} search_plan;

typedef struct search_hit {
    double score;
    row r; /* text in the arena */
} search_hit;

/* The `top` nearest in order, exactly: all rows are looked at. Of equal ones the first in scan
 * order. *hits is in the arena. */
int engine_search(engine *e, ctx *cx, const search_plan *p, search_hit **hits, uint32_t *count);

/* How many items an index has, and their size there. Beyond 20,000 rows of the table they are
 * projected from the first ones. */
int engine_vector_stats(engine *e, ctx *cx, const table *t, const vector_def *d, int64_t *items,
                        int64_t *bytes);

/* ---- consumed capacity (open-questions.md has the evidence) ---- */
double search_bytes(const vector_def *d, size_t other_bytes, uint32_t hits, uint32_t with_vector);
/* Of an item whose entry has `entry` bytes, `vector` of them its vector attribute's. */
double vector_write_bytes(const vector_def *d, size_t entry, size_t vector);

#endif

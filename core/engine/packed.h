/*
 * packed.h - the vectors of an index as plain floats in memory, kept between searches.
 *
 * Reading 10,000 vectors of 128 numbers from the text of their rows takes some 300 ms, comparing
 * them as floats two. They hold as long as nothing at all has changed (store_stamp); the next
 * search after a change reads them again. All indexes of a database share PACKED_BYTES_MAX
 * (limits.h); those of an index that has more are not kept, and searches read rows.
 */
#ifndef DDB_ENGINE_PACKED_H
#define DDB_ENGINE_PACKED_H

#include "engine/engine.h"

typedef struct packed_entry {
    double norm;
    size_t key; /* where it begins in `keys`: pk, then sk */
    uint32_t h;
    uint16_t pk_n, sk_n;
} packed_entry;

typedef struct packed {
    struct packed *next;
    int64_t table;
    str index;           /* its name; memory of its own */
    store_stamp stamp;
    bool too_large;      /* and nothing is kept */
    uint32_t count, room;
    uint32_t dimensions;
    float *values;       /* count * dimensions, in scan order */
    packed_entry *entries;
    char *keys;
    size_t keys_n, keys_room;
    int64_t rows, bytes; /* of the whole table, item sizes */
} packed;

/* In a snapshot. 1 with the index's vectors, 0 when they are too large to be kept. */
int packed_get(engine *e, ctx *cx, const table *t, const vector_def *d, const packed **out);
key_bytes packed_key(const packed *k, uint32_t i);
void packed_free(engine *e);

#endif

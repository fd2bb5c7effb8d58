/*
 * upkeep.h - how much room a database takes, and giving back what it no longer needs.
 */
#ifndef DDB_STORE_UPKEEP_H
#define DDB_STORE_UPKEEP_H

#include "store/store.h"

typedef struct store_extent {
    int64_t page_bytes, pages, free_pages; /* as of the last commit, or inside the transaction */
    str path;                              /* absolute, in the arena; absent: in memory */
    str journal;                           /* "wal", "memory": SQLite's journal_mode; arena */
} store_extent;
int store_extent_get(store *st, ctx *cx, store_extent *out);

/* Writes all pages anew without the free ones (VACUUM), and the WAL into the file. Outside of a
 * transaction. One statement each: about 3 ms for each MB in memory, 6 in a file. While others use
 * the file it is DDB_STORAGE_BUSY, and the database is as before. */
int store_vacuum(store *st, ctx *cx);

/* Was the number that store_table_stats() or store_index_stats() gives for this many items an
 * estimate? */
bool store_stats_estimated(int64_t items);

/* How many records a stream holds. */
int store_record_count(store *st, ctx *cx, int64_t stream, int64_t *out);

#endif

/*
 * use.h - when items were last used, for tables whose owner wants to know: a cache throws away what
 * was used least recently.
 *
 * A table with `use_tracked` has one more column, x<use_slot>_use, and an index on it. It stands in
 * the row, so that it comes and goes with the item whatever deletes it. Its value is the time in
 * milliseconds times USE_STEPS and a count within it: later uses are larger, whatever the clock
 * does. NULL, of rows from before the tracking, comes first.
 */
#ifndef DDB_STORE_USE_H
#define DDB_STORE_USE_H

#include "store/store.h"

#define USE_STEPS 1024

/* Adds the column and its index, which reads all rows in one statement: half a second for a million
 * on a quiet machine. An index of used rows alone, with the others marked in slices, would still
 * read all of them to be made: 84 ms of 257 for 200,000, and then it would write each of them. */
int store_use_create(store *st, ctx *cx, const table *t);
int store_use_drop(store *st, ctx *cx, const table *t);
/* The item was used now: 1, or 0 when there is none. */
int store_use_touch(store *st, ctx *cx, const table *t, const key_bytes *k);

/* The least recently used first. ms is -1 for an item of before the tracking. fn's texts are
 * borrowed; its negative result stops and is returned. */
typedef int (*store_use_fn)(void *user, int64_t ms, str item);
int store_use_oldest(store *st, ctx *cx, const table *t, int64_t max, store_use_fn fn, void *user);

#endif

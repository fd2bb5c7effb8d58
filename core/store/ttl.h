/*
 * ttl.h - the column that Time To Live finds expired items by.
 *
 * While a table has Time To Live, its rows have the column x<slot>_ttl (seconds since 1970, NULL
 * when the item does not expire) and the partial index t<number>_ttl on it. store_put() keeps the
 * column, so that a write costs one index entry and no statement; rows of before are filled by
 * store_ttl_set(). Disabling takes the index away and leaves the column dead, as that of an index
 * is (catalog.c); enabling again makes another one.
 */
#ifndef DDB_STORE_TTL_H
#define DDB_STORE_TTL_H

#include "store/store.h"

/* t is the definition with Time To Live enabled. Both run once a change of the setting. */
int store_ttl_create(store *st, ctx *cx, const table *t);
int store_ttl_drop(store *st, ctx *cx, const table *t);
/* Sets the column of one row: filling. */
int store_ttl_set(store *st, ctx *cx, const table *t, const key_bytes *k, int64_t seconds);

/* The keys of up to max rows with from_s <= ttl < to_s, the oldest first, in the arena. */
int store_ttl_expired(store *st, ctx *cx, const table *t, int64_t from_s, int64_t to_s,
                      uint32_t max, key_bytes *out, uint32_t *count);
/* 1 and the smallest ttl that is at least from_s; 0: there is none. */
int store_ttl_next(store *st, ctx *cx, const table *t, int64_t from_s, int64_t *out);

#endif

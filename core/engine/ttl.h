/*
 * ttl.h - Time To Live: removing items whose time is over.
 *
 * The index of store/ttl.h leads to them, so the sweep reads nothing but what it removes, and knows
 * when the next item expires. It comes by at that time, and once a minute while any table has Time
 * To Live, because a write may have brought a nearer time. The service promises "within a few
 * days"; here it is a minute. Until then the item is there for readers and writers (facts
 * streams-ttl 4).
 *
 * A slice removes items for a few milliseconds, in a transaction of its own, and leaves the rest to
 * the next; nothing is remembered between slices but what the index says. Removing goes through
 * engine_write(), so that indexes and streams see it, and costs nobody capacity.
 */
#ifndef DDB_ENGINE_TTL_H
#define DDB_ENGINE_TTL_H

#include "engine/engine.h"

#define TTL_AGE_MAX_S 157680000LL /* guide: what expired more than five years ago stays */

/* Changes the setting in the open transaction, and fills a first slice. */
int ttl_enable(engine *e, ctx *cx, const table *t, str attribute);
int ttl_disable(engine *e, ctx *cx, const table *t);
int ttl_forget(engine *e, ctx *cx, const table *t); /* the table is gone */

/* The worker (work.h). */
int64_t ttl_due_ms(engine *e);
int ttl_work(engine *e, ctx *cx);

#endif

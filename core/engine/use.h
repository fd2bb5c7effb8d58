/*
 * use.h - which items of a table were used least recently (store/use.h). Puts and updates count as
 * uses, and what is touched; where `use_reads` says so, items that are read by their key or by a
 * Query do, too.
 *
 * A read has no write transaction. What it used is noted in memory and written down with the next
 * write to any such table, by whoever asks for the least recently used, before a snapshot and at
 * the end, and when USE_NOTES_MAX are waiting.
 */
#ifndef DDB_ENGINE_USE_H
#define DDB_ENGINE_USE_H

#include "engine/engine.h"
#include "store/use.h"

#define USE_NOTES_MAX 1024 /* ours: some 100 KB */

struct uses {
    struct use_note {
        int64_t table;
        key_bytes where; /* pk is a block of memory with sk behind it */
    } notes[USE_NOTES_MAX];
    uint32_t count;
};

/* Begins or changes the tracking of a table. In a transaction. */
int use_track(engine *e, ctx *cx, const table *t, bool reads);
int use_untrack(engine *e, ctx *cx, const table *t);
/* The item was used now: 1, or 0 when there is none. The table is tracked; in a transaction. */
int use_touch(engine *e, ctx *cx, const table *t, const key_bytes *where);
/* See store_use_oldest(). */
int use_oldest(engine *e, ctx *cx, const table *t, int64_t max, store_use_fn fn, void *user);
/* Notes a read of a table with use_reads. What has no room or memory is not noted. */
void use_note(engine *e, const table *t, const key_bytes *where);
/* Writes down what was noted. In a transaction. */
int use_flush(engine *e, ctx *cx);
/* The same in a transaction of its own, or in the open one; when the file is busy, later. */
int use_flush_now(engine *e, ctx *cx);
void use_free(engine *e);

static inline bool use_is_full(const engine *e)
{
    return e->uses != NULL && e->uses->count == USE_NOTES_MAX;
}

#endif

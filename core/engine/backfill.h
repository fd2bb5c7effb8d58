/*
 * backfill.h - filling an index that was added to a table with items in it.
 *
 * UpdateTable makes the index (empty, INDEX_CREATING) and runs the first slice itself; the rest
 * comes from engine_work(), slice by slice. How far it got is stored with the rows, in the same
 * transaction, so that a closed or broken-off database goes on where it was. Writes meanwhile
 * keep the index like any other: a row that is filled twice is filled with the same cells.
 *
 * For the host: call engine_work() when nothing is queued and the group is committed, and again
 * soon while it gives 1. It opens and commits a transaction of its own; inside an open one it
 * does nothing.
 */
#ifndef DDB_ENGINE_BACKFILL_H
#define DDB_ENGINE_BACKFILL_H

#include "engine/engine.h"

/* Columns and rows of an index that is made, empty, or dropped with its entries. */
int index_create_rows(engine *e, ctx *cx, const table *t, const index_def *ix);
int index_drop_rows(engine *e, ctx *cx, const table *t, const index_def *ix);
/* Fills one slice of t's index ix inside the open transaction. 1: more is left; 0: the index is
 * complete, and ACTIVE now or when its until_ms has come (t was replaced in the catalog). */
int backfill_slice(engine *e, ctx *cx, const table *t, const index_def *ix);
/* Forgets the position of an index that is dropped while it is filled. */
int backfill_cancel(engine *e, ctx *cx, const table *t, const index_def *ix);
/* The worker (work.h). */
int64_t backfill_due_ms(engine *e);
int backfill_work(engine *e, ctx *cx);
/* A position in a table, kept in the store under `key`. load: 1 and *at, or 0: there is none. */
int position_save(engine *e, ctx *cx, str key, const key_bytes *at);
int position_load(engine *e, ctx *cx, str key, key_bytes *at);
/* The index of t that is being created, or NULL. There is at most one. */
const index_def *backfill_index(const table *t);

#endif

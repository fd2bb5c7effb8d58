/*
 * bulk.h - loading many items fast: the SQLite indexes of a table's secondary indexes are taken
 * away, its rows are written with their index columns all the same, and at the end each index is
 * built at once, by sorting.
 *
 * The definition says that a table is loading (table.loading), so that nobody reads an index that
 * is not there. A process that dies leaves that behind: whoever opens the database next builds the
 * indexes before anything else.
 */
#ifndef DDB_ENGINE_BULK_H
#define DDB_ENGINE_BULK_H

#include "engine/engine.h"

/* In a transaction. Nothing happens to a table without indexes, or that is loading. */
int bulk_begin(engine *e, ctx *cx, const table *t);
/* Builds an index of the tables that are loading. In a transaction. 1: there may be more; 0: that
 * was the end. SQLite has no smaller step: an index is sorted in one statement. */
int bulk_end(engine *e, ctx *cx);
/* Is any table loading? */
bool bulk_any(engine *e);
/* What another process, or a snapshot, left behind: all of it, at open; and the worker (work.h),
 * one index a slice. */
int bulk_recover(engine *e, ctx *cx);
int bulk_work(engine *e, ctx *cx);
int64_t bulk_due_ms(engine *e);

#endif

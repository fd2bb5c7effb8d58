/*
 * discard.h - the rows of large tables that are gone leave the database in slices: SQLite visits
 * every page that it frees, half a second for a million rows.
 */
#ifndef DDB_ENGINE_DISCARD_H
#define DDB_ENGINE_DISCARD_H

#include "engine/engine.h"

/* The worker (work.h). It looks once after a start: a process may have died before it ended. */
int64_t discard_due_ms(engine *e);
int discard_work(engine *e, ctx *cx);

#endif

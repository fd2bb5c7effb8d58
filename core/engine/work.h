/*
 * work.h - what runs in the background, for the files of engine/ that do it.
 *
 * A worker knows the time at which it wants to run and does a slice of its work when asked, each
 * slice a few milliseconds at most. The host's clock drives all of it: engine_work() runs what is
 * due, engine_next_work_ms() says when to come again.
 */
#ifndef DDB_ENGINE_WORK_H
#define DDB_ENGINE_WORK_H

#include "engine/engine.h"

#define WORK_NEVER INT64_MAX
#define WORK_NOW INT64_MIN
#define WORK_BUSY 2 /* of a slice: another process writes, and waiting would hold up requests */

/* A definition is new here: the workers it concerns look again. */
void work_follow(engine *e, const table *t);

/* Runs fn in a write transaction of its own, after catalog_refresh(): its result, or the error of
 * the transaction. When another process has changed the schema nothing was done and the result is
 * 1, as if more was left; while one is writing it is WORK_BUSY. */
int work_in_transaction(engine *e, ctx *cx, int (*fn)(engine *e, ctx *cx));

#endif

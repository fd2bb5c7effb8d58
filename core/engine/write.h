/*
 * write.h - the two halves of a write, private to engine/.
 *
 * write_prepare() does all that can fail by the user's doing and changes nothing; write_apply()
 * stores what was prepared. engine_write() runs one after the other; engine_transact() prepares
 * every plan before it applies the first.
 */
#ifndef DDB_ENGINE_WRITE_H
#define DDB_ENGINE_WRITE_H

#include "engine/engine.h"

int write_prepare(engine *e, ctx *cx, const write_plan *p, write_result *out);
int write_apply(engine *e, ctx *cx, const write_plan *p, write_result *out);
/* Would the item make its collection too large? In tables with local indexes. */
int collection_check(engine *e, ctx *cx, const write_plan *p, const write_result *w);
/* Takes what the write cost from the buckets (faults.h). */
int write_spend(engine *e, ctx *cx, const write_plan *p, write_result *w);
/* What a write costs; when its condition was false, as much as a write of the item that stands
 * there. w->used must be filled unless w->failed. */
void write_cost(const write_plan *p, const write_result *w, capacity *out);
/* Fills w->used from the images in w. */
int capacity_of_write(ctx *cx, const write_plan *p, write_result *w);
/* The item the plan puts or makes; NULL after a delete. */
const map *write_new_map(const write_plan *p, const write_result *w);

#endif

/*
 * replay.h - what a transaction under a ClientRequestToken leaves for its repetitions: the read
 * units that its items would cost, one line a table, "<units> <table name>\n" (facts capacity 4).
 */
#ifndef DDB_OPS_REPLAY_H
#define DDB_OPS_REPLAY_H

#include "ops/common.h"

/* The record, for token_keep(). The plans' old images must have been read (want_old). */
int replay_record(ctx *cx, const write_plan *plans, const write_result *results, uint32_t n,
                  str *out);
/* `"ConsumedCapacity":[..]` of a record of at most n tables; nothing for NONE. */
int replay_put_capacity(engine *e, ctx *cx, str record, uint32_t n, int rcc, buf *out);

#endif

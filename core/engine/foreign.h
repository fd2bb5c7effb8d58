/*
 * foreign.h - what database files of other programs hold: those of DynamoDB Local
 * (store/foreign.h says what they look like).
 */
#ifndef DDB_ENGINE_FOREIGN_H
#define DDB_ENGINE_FOREIGN_H

#include "engine/engine.h"

/* Appends its tables to out, {"TableName":..,"TableInfo":"<JSON>",..} each, with commas. */
int engine_foreign_tables(engine *e, ctx *cx, str path, buf *out);
/* Appends the items behind `after` (0: all) to out as JSON strings, with commas, about a megabyte;
 * *last stands for the last one, -1: there is none. `table` is a table's name in form. */
int engine_foreign_items(engine *e, ctx *cx, str path, str table, int64_t after, buf *out,
                         int64_t *last);

#endif

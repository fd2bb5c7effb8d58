/*
 * common.h - what several operations need alike: the parameter rules before expressions, and
 * pieces of replies.
 */
#ifndef DDB_OPS_COMMON_H
#define DDB_OPS_COMMON_H

#include "ops/ops.h"

/* ---- facts validation 4.1 ---- */
typedef struct param { /* one legacy or expression parameter: was it given? */
    const char *name;
    bool given;
} param;
/* E1: "Can not use both expression and non-expression parameters in the same request: ..." */
int common_check_mixing(ctx *cx, const param *legacy, uint32_t legacy_count, const param *expr,
                        uint32_t expr_count);
/* E2, E3. any_expression: is some expression given? value_expressions: those that take values. */
int common_check_placeholders(ctx *cx, const list *names, const attr_map *values, bool any_expression,
                              const param *value_expressions, uint32_t count);
/* "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed:
 * Key: k" (or IndexKey), for paths that descend into a key attribute. */
int common_check_key_paths(ctx *cx, const table *t, const path_list *paths);

/* ---- replies ---- */
/* `"ConsumedCapacity":{...}` without a comma before it; nothing for NONE. `kind`: 0 plain, 'r' or
 * 'w' adds ReadCapacityUnits / WriteCapacityUnits (transactions). */
void common_put_capacity(buf *out, const capacity *c, int rcc, char kind);
void common_put_capacity_value(buf *out, const capacity *c, int rcc, char kind); /* the object only */
/* {"ItemCollectionKey":{..},"SizeEstimateRangeGB":[lo,hi]} */
int common_put_collection_metrics(engine *e, ctx *cx, buf *out, const table *t, const map *key,
                                  const key_bytes *where);
bool common_has_lsi(const table *t);
/* cx->err := ConditionalCheckFailedException, with Item when old_text is present. */
int common_condition_failed(ctx *cx, str old_text);
/* A key object {"pk":..,"sk":..} of the table's and the index's (may be NULL) key attributes,
 * taken from a stored item: LastEvaluatedKey. */
int common_put_key_of(ctx *cx, buf *out, const table *t, const index *ix, str item_text);
/* Comma before every member but the first of an object opened at `start` bytes of out. */
void common_comma(buf *out, size_t start);

#endif

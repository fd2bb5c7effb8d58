/*
 * common.h - what several operations need alike: the parameter rules before expressions, checks
 * that need the table, and pieces of replies.
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
/* E2, E3. any_expression: is some expression given? value_expressions: those that take values.
 * names and values may be NULL (absent). */
int common_check_placeholders(ctx *cx, const list *names, const attr_map *values,
                              bool any_expression,
                              const param *value_expressions, uint32_t count);
/* E4..E11 of the writes: binds the placeholders, compiles what is present and finds unused ones.
 * *update and *condition stay as they are for absent texts. */
typedef struct write_expressions {
    const list *names;
    const attr_map *values;
    str update, condition;
    bool prefixed; /* PutItem, UpdateItem: see common_envelope() */
} write_expressions;
int common_compile(ctx *cx, const write_expressions *x, update **u, cond **c);

/*
 * The envelope of PutItem and UpdateItem: since 2026 these two put "1 validation error detected: "
 * before what they find wrong with parameters and expressions as such, and before faults of sets
 * and NULL; all else, and all other operations, stay bare (facts validation 1). Wraps one step:
 * rc comes back, cx->err has the prefix when rc is DDB_VALIDATION.
 */
int common_envelope(ctx *cx, int rc);
int common_raise_prefixed(ctx *cx, const attr_fault *f); /* attr_raise() with the envelope's rule */

/* ---- checks that need the table ---- */
/* "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed:
 * Key: k" (or IndexKey), for paths that descend into a key attribute. */
int common_check_key_paths(ctx *cx, const table *t, const path_list *paths);
int common_check_condition_paths(ctx *cx, const table *t, const cond *c); /* c may be NULL */
/* Keys and index keys of an item to be put. */
int common_check_item(ctx *cx, const table *t, const map *item);
/* What is wrong with an update before any item is read: key attributes as targets, literals of
 * the wrong type for an index key, targets inside of an index key. u may be NULL. */
int common_check_update(ctx *cx, const table *t, const update *u);

/* ---- replies ---- */
/* `"ConsumedCapacity":{...}` without a comma before it; nothing for NONE. `kind`: 0 plain, 'r' or
 * 'w' adds ReadCapacityUnits / WriteCapacityUnits (transactions). */
void common_put_capacity(buf *out, const capacity *c, int rcc, char kind);
/* The object only. */
void common_put_capacity_value(buf *out, const capacity *c, int rcc, char kind);
/* {"ItemCollectionKey":{..},"SizeEstimateRangeGB":[lo,hi]} */
int common_put_collection_metrics(engine *e, ctx *cx, buf *out, const table *t, const map *key,
                                  const key_bytes *where);
bool common_has_lsi(const table *t);
/* cx->err := ConditionalCheckFailedException, with Item when old_text is present. */
int common_condition_failed(ctx *cx, str old_text);
/* cx->err := TransactionCanceledException with a reason for each of n actions. */
int common_transaction_canceled(ctx *cx, const cancel_reason *reasons, uint32_t n);
/* Turns a validation error into action's reason and gives 0; other results pass through. */
int common_refuse(ctx *cx, int rc, cancel_reason *reason);
/* Two of the plans on one item (those without an encoded key apart)? */
bool common_same_item_twice(const write_plan *plans, uint32_t n);
/* A key or item with an empty value in one of the table's key attributes. In transactions this
 * is an error of the request and not a reason of its action. */
int common_check_empty_keys(ctx *cx, const table *t, const map *m);
/* A key object {"pk":..,"sk":..} of the table's and the index's (may be NULL) key attributes,
 * taken from a stored item: LastEvaluatedKey. */
int common_put_key_of(ctx *cx, buf *out, const table *t, const index_def *ix, str item_text);
/* Comma before every member but the first of an object or array opened at `start` bytes of out. */
void common_comma(buf *out, size_t start);
/* The reply of PutItem, UpdateItem and DeleteItem. attributes: the JSON object, or absent. */
int common_put_write_reply(engine *e, ctx *cx, buf *out, const write_plan *p, const write_result *w,
                           str attributes, int rcc, int metrics);
/* Runs the plan of a PutItem or DeleteItem and replies. The ints are the indices of their enums:
 * ReturnValues (ALL_OLD or nothing), ReturnConsumedCapacity, ReturnItemCollectionMetrics,
 * ReturnValuesOnConditionCheckFailure. */
int common_write(engine *e, ctx *cx, write_plan *p, int values, int rcc, int metrics,
                 int on_failure, buf *out);

/* ---- requests over several tables ---- */
/* The capacity of each table in order of first use; `items` has room for every table. */
typedef struct capacity_list {
    capacity *items;
    uint32_t count;
} capacity_list;
int capacity_list_init(ctx *cx, capacity_list *l, uint32_t max);
void capacity_list_add(capacity_list *l, const capacity *c);
/* `"ConsumedCapacity":[...]`; nothing for NONE. */
void common_put_capacity_list(buf *out, const capacity_list *l, int rcc, char kind);
/* `"ItemCollectionMetrics":{"t":[..]}` after a comma if need be (common_comma with start), each
 * collection once; nothing when no table has LSIs. */
int common_put_collection_map(engine *e, ctx *cx, buf *out, size_t start, const write_plan *plans,
                              uint32_t n);
/* Tables by the names a request gives, each looked up once. */
typedef struct table_memo {
    str *names;
    const table **tables;
    uint32_t count, max;
} table_memo;
int table_memo_init(ctx *cx, table_memo *m, uint32_t max);
int table_memo_find(engine *e, ctx *cx, table_memo *m, str name, const table **out);

#endif

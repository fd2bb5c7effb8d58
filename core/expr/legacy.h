/*
 * legacy.h - Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter: lowered to the
 * trees of expr.h, with the legacy texts for what is wrong in them (facts legacy).
 */
#ifndef DDB_EXPR_LEGACY_H
#define DDB_EXPR_LEGACY_H

#include "expr/expr.h"
#include "schema/shapes.h"

/* In the order the service prints: IN, NULL, BETWEEN, LT, ... (facts validation 1). */
extern const char *const legacy_operator_names[];

/* Maps of in_expected / in_condition / in_update. conditional_operator: COND_OR, COND_AND or -1
 * (not given); it is an error with fewer than two entries, so call these whenever either parameter
 * is given. *out is NULL when the map is empty (no condition). */
int legacy_expected(ctx *cx, const list *expected, int conditional_operator, cond **out);
/* checks and lowers a QueryFilter or ScanFilter */
int legacy_filter(ctx *cx, const list *conditions, int conditional_operator, cond **out);
int legacy_key_conditions(ctx *cx, const list *conditions, key_conditions *out);
int legacy_updates(ctx *cx, const list *updates, update **out);
/* Duplicate names: "... were invalid: Duplicate value in attribute name: a" */
int legacy_check_attributes_to_get(ctx *cx, const list *names);

#endif

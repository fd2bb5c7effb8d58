/*
 * expr.h - expressions: text and placeholders in, something that can be evaluated out.
 *
 * Life of an expression in a request:
 *   1. binding_init()         checks the two placeholder maps themselves
 *   2. expr_*()               parse, bind and check statically, one call per expression, in the
 *                             service's order (Update, Condition, KeyCondition, Filter, Projection)
 *   3. binding_check_unused() every placeholder must have been named
 *   4. cond_eval(), update_apply(), projection_put() as often as needed
 * Everything lives in the request arena. Legacy parameters are lowered to the same trees by
 * expr/legacy.h. Errors are the service's, with "Invalid <X>Expression: " before them.
 */
#ifndef DDB_EXPR_EXPR_H
#define DDB_EXPR_EXPR_H

#include "schema/schema.h"
#include "value/item.h"
#include "value/value.h"

typedef enum {
    EX_UPDATE, EX_CONDITION, EX_KEY_CONDITION, EX_FILTER, EX_PROJECTION, EX_SEARCH,
    EX_STATEMENT /* a part of a PartiQL statement: its errors have no prefix */
} expr_kind;

/* ---- placeholders ---- */

typedef struct binding_table { /* of a large map only; else slots is NULL */
    uint32_t *slots, mask;
} binding_table;

typedef struct binding {
    const list *names;      /* ExpressionAttributeNames: map of str, or NULL */
    const attr_map *values; /* ExpressionAttributeValues, or NULL */
    bool *name_used, *value_used;
    binding_table name_table, value_table;
} binding;

/* Either may be NULL (absent). Errors: E4..E8 of facts validation 4.1 (empty maps, bad keys, bad
 * values). The caller has already checked E1..E3. */
int binding_init(ctx *cx, binding *b, const list *names, const attr_map *values);
int binding_check_unused(ctx *cx, const binding *b); /* E10, E11 */

/* ---- document paths ---- */

typedef struct path_step {
    bool is_index;
    str name;       /* !is_index */
    uint32_t index; /* is_index */
} path_step;

typedef struct path {
    path_step *steps; /* steps[0] is always a name: the top-level attribute */
    uint32_t count;
} path;

typedef struct path_list {
    path **items;
    uint32_t count;
} path_list;

/* Follows p in the item; *out is NULL when something on the way is absent. */
int path_get(ctx *cx, const path *p, item_view *item, const value **out);

/* ---- conditions and filters ---- */

typedef struct cond cond;

/* text must be present (may be empty: an error). kind is EX_CONDITION, EX_FILTER, EX_SEARCH or
 * EX_KEY_CONDITION and decides the prefix. */
int expr_condition(ctx *cx, binding *b, expr_kind kind, str text, cond **out);
int cond_eval(ctx *cx, const cond *c, item_view *item, bool *out);
/* Every document path in c, left to right: for "Key attributes must be scalars" and "Filter
 * Expression can only contain non-primary key attributes". */
int cond_paths(ctx *cx, const cond *c, path_list *out);

/* ---- key conditions ---- */

typedef enum { KEY_EQ, KEY_LT, KEY_LE, KEY_GT, KEY_GE, KEY_BETWEEN, KEY_BEGINS_WITH,
               KEY_NOT_INDEXABLE /* legacy NE, CONTAINS, IN, ... */ } key_op;

typedef struct key_condition {
    str name;
    key_op op;
    const value *a, *b; /* b: BETWEEN only */
} key_condition;

#define KEY_CONDITIONS_MAX 8

typedef struct key_conditions {
    key_condition at[KEY_CONDITIONS_MAX];
    uint32_t count;
} key_conditions;

/* A parsed key condition to its conjunction of single conditions; errors of facts expressions 5
 * (forbidden operators, nested paths, two conditions on one key). The count is not limited here
 * beyond KEY_CONDITIONS_MAX: "Conditions can be of length 1 or 2 only" depends on the schema's
 * multi-attribute keys and is the caller's. */
int expr_key_conditions(ctx *cx, const cond *c, key_conditions *out);

/* ---- search conditions ---- */

typedef struct search_condition { /* name = v */
    str name;
    const value *v;
    bool nested; /* the path goes on behind the name */
} search_condition;

/* A parsed search condition to its equalities, in the arena; anything else is "Invalid comparator
 * used in SearchConditionExpression". */
int expr_search_conditions(ctx *cx, const cond *c, search_condition **out, uint32_t *count);

/* ---- projections ---- */

typedef struct projection projection;

int expr_projection(ctx *cx, binding *b, str text, projection **out);
/* AttributesToGet: literal top-level names. */
int projection_of_names(ctx *cx, const str *names, uint32_t count, projection **out);
/* The columns of a PartiQL statement: each path's value under a name of its own. */
int projection_of_columns(ctx *cx, const path_list *paths, const str *names, projection **out);
const path_list *projection_paths(const projection *p); /* expression order */
/* Appends the JSON object of what is selected of a stored item; *any tells whether anything was. */
int projection_put(ctx *cx, const projection *p, str item_text, buf *out, bool *any);

/* ---- updates ---- */

typedef struct update update;

int expr_update(ctx *cx, binding *b, str text, update **out);
/* The item after the update. `old` is the stored item (count 0 with exists false for none);
 * `key` supplies the key attributes of a new item. *out shares values with old. Errors: facts
 * expressions 7, "Runtime errors", without prefix. Size and keys are the caller's checks. */
int update_apply(ctx *cx, const update *u, const map *old, bool exists, const map *key, map *out);
/* Target paths of all actions, section order of the text. */
const path_list *update_paths(const update *u);
/* The paths that right-hand sides of SET read, into the arena. */
int update_operand_paths(ctx *cx, const update *u, path_list *out);
/* What UPDATED_OLD / UPDATED_NEW return of `item` (the old or the new one); out->count 0: none. */
int update_project(ctx *cx, const update *u, const map *item, map *out);
/* The literal value SET to a top-level attribute, or NULL when the target is not set to a literal
 * (copied, computed, removed). */
const value *update_literal(const update *u, str attribute);
/* For "Type mismatch for Index Key": the value_type that the update gives to a top-level
 * attribute whatever is stored (a literal, list_append, a sum, the operand of ADD or DELETE); -1
 * when stored attributes decide, or when it is no target or removed. */
int update_static_type(const update *u, str attribute);
/* The byte overhead of facts types 7 for the item size rule of UpdateItem. */
size_t update_overhead(const update *u);

#endif

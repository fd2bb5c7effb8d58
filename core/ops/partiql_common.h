/*
 * partiql_common.h - what ExecuteStatement, BatchExecuteStatement and ExecuteTransaction share: a
 * statement's members, its plan, and reads of many items.
 *
 * A statement that is about one item - every write, EXISTS, and a SELECT whose WHERE pins the whole
 * primary key - becomes a write_plan, the last two as WRITE_CHECK whose condition is what WHERE
 * asks besides. So keys, duplicates and conditions have the same rules as in the other operations.
 */
#ifndef DDB_OPS_PARTIQL_COMMON_H
#define DDB_OPS_PARTIQL_COMMON_H

#include "ops/common.h"
#include "partiql/partiql.h"

/* The members a statement has in each of the three operations. */
typedef struct statement_input {
    str text;
    list params; /* attr_value */
    opt_bool consistent;
    opt_enum on_failure;
} statement_input;

/* How the request structs of the three begin: with one statement, or with many. */
typedef struct statements {
    list many; /* statement_input */
    statement_input one;
} statements;

extern const shape shape_statement, shape_parameters;

/* Parameters first, then the text. */
int statement_read(ctx *cx, const statement_input *in, statement **out);

/* Fills p for the one item the statement is about; p->t is set. *full is false for a SELECT that is
 * not about one item; other statements then fail. Nothing is checked that depends on types. */
int statement_plan(ctx *cx, const statement *s, write_plan *p, bool *full);
/* Key, item and expressions against the table, then p->where. */
int statement_place(ctx *cx, write_plan *p);
/* The condition of an INSERT was false. */
int statement_duplicate(ctx *cx);
#define DUPLICATE_ITEM "Duplicate primary key exists in table"

/* Appends the item that a SELECT plan finds: 1, or 0 when there is none. *size is what was read. */
int statement_get(engine *e, ctx *cx, const statement *s, const write_plan *p, read_mode mode,
                  size_t *size, buf *out);
/* Appends what RETURNING asks for: 1, or 0 when that is nothing. */
int statement_put_returned(ctx *cx, const statement *s, const write_plan *p,
                           const write_result *w, buf *out);
bool statement_wants_old(const statement *s);

/* A SELECT of many items: everything of its reply up to ConsumedCapacity. */
typedef struct selection {
    const statement_input *in;
    const statement *s;
    const table *t;
    str token; /* NextToken, or absent */
    opt_int limit;
    bool want_capacity;
} selection;
int selection_run(engine *e, ctx *cx, const selection *q, buf *out, capacity *used);

#endif

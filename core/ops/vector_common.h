/*
 * vector_common.h - vector indexes in the requests and descriptions of tables.
 */
#ifndef DDB_OPS_VECTOR_COMMON_H
#define DDB_OPS_VECTOR_COMMON_H

#include "ops/update_table.h"

extern const shape shape_vector_changes; /* UpdateTable's: a list of in_vector_change */

/* VectorIndexes of a new table, whose secondary indexes are there already: t->vectors. */
int vector_build(ctx *cx, const list *in, const definitions *defs, table *t);
/* Those of the source, or those of them that an override keeps, ACTIVE: t->vectors. */
int vector_restore(ctx *cx, const table *source, const list *override, table *t);

/* ---- UpdateTable ---- */
/* Rules of VectorIndexUpdates that need no table. */
int vector_check_changes(ctx *cx, const list *changes);
/* An index whose creation has not begun cannot be deleted yet; asked before the table's state. */
int vector_check_allocation(ctx *cx, const list *changes, const table *t);
/* The index of t that is being created, or NULL. */
const vector_def *vector_in_creation(const table *t);
/* Changes next and shown. `defs`: the request's AttributeDefinitions. */
int vector_apply_changes(table_change *c, const list *changes, const list *defs);

/* ---- descriptions ---- */
/* `,"VectorIndexes":[..]`; nothing for a table without. */
int vector_describe(engine *e, ctx *cx, const table *t, buf *out);
/* The same of a backup's table, which has no states or counts; *any: is it the first member? */
void vector_describe_source(const table *t, bool *any, buf *out);
/* `,"VectorIndexes":[..]` as a request gave it. */
void vector_echo(const list *in, buf *out);

#endif

/*
 * catalog.h - the tables of a database, in memory, in step with the file.
 *
 * A table found here is valid until the end of the request. Changes are written to the store at
 * once, inside the open transaction; when that is rolled back, catalog_invalidate() makes the next
 * request load the catalog again. Another process's changes are noticed by store_version().
 */
#ifndef DDB_ENGINE_CATALOG_H
#define DDB_ENGINE_CATALOG_H

#include "engine/engine.h"

int catalog_new(engine *e, ctx *cx);
void catalog_free(engine *e);
/* Before a request: loads again what is stale, frees tables replaced in earlier requests, ends
 * the transitions whose time has come (table_settle). */
int catalog_refresh(engine *e, ctx *cx);
bool catalog_is_stale(engine *e); /* after a read: did the file change under it? */
void catalog_invalidate(engine *e);

/* NULL when there is none. `name` is a table name (not an ARN). */
const table *catalog_find(engine *e, str name);
/* Position in byte order of names: the first table whose name is > after (absent: the first). */
uint32_t catalog_first_after(engine *e, str after);
const table *catalog_at(engine *e, uint32_t i); /* NULL past the end */
uint32_t catalog_count(const engine *e);

/* A number for a new table, or for a stream: never used before. */
int catalog_next_number(engine *e, ctx *cx, int64_t *out);
/* The catalog copies *t into an arena of its own. */
int catalog_add(engine *e, ctx *cx, const table *t);     /* creates the rows table too */
int catalog_replace(engine *e, ctx *cx, const table *t); /* same number; saves the definition */
int catalog_remove(engine *e, ctx *cx, const table *t);  /* drops the rows */

/* The worker (work.h): drops the rows of tables that are gone. */
int64_t catalog_due_ms(engine *e);
int catalog_work(engine *e, ctx *cx);

#endif

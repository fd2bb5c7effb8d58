/*
 * table_state.c - what may not be done to a table that is being changed.
 *
 * A table is in transition only while its delay runs (engine.h, table_delay_ms), or while a
 * restore or an import fills it.
 */
#include "ops/table_common.h"

int table_require_active(ctx *cx, const table *t)
{
    static const char *const doing[] = {[TABLE_CREATING] = "created",
                                        [TABLE_UPDATING] = "updated",
                                        [TABLE_DELETING] = "deleted"};

    if (t->status == TABLE_ACTIVE)
        return 0;
    return fail(cx, DDB_RESOURCE_IN_USE,
                "Attempt to change a resource which is still in use: Table is being %s: %S",
                doing[t->status], t->name);
}

/* The texts are the service's, from when its limit was 10 tables. */
int table_check_changing(engine *e, ctx *cx, const table *created)
{
    uint32_t changing = 0, indexed = 0;
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++) {
        changing += t->status != TABLE_ACTIVE;
        indexed += t->status == TABLE_CREATING && t->index_count > 0;
    }
    if (changing >= TABLES_CHANGING_MAX)
        return fail(cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Only %d tables can be created, updated, or deleted "
                    "simultaneously",
                    TABLES_CHANGING_MAX);
    if (created != NULL && created->index_count > 0 && indexed >= TABLES_INDEXED_CREATING_MAX)
        return fail(cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: You have exceeded the maximum number of indexed "
                    "tables that can be created simultaneously");
    return 0;
}

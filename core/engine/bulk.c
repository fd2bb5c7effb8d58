/*
 * bulk.c - see bulk.h.
 */
#include "engine/bulk.h"

#include "engine/catalog.h"
#include "engine/work.h"

int bulk_begin(engine *e, ctx *cx, const table *t)
{
    table next = *t;

    e->bulk = true;
    if (t->loading || t->index_count == 0)
        return 0;
    for (uint32_t i = 0; i < t->index_count; i++)
        TRY(store_index_drop(e->st, cx, t, &t->indexes[i]));
    next.loading = true;
    return catalog_replace(e, cx, &next);
}

static const table *first_loading(engine *e)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++)
        if (t->loading)
            return t;
    return NULL;
}

/* Builds one index. 1: there are more. */
static int build(engine *e, ctx *cx)
{
    const table *t;
    int built;

    while ((t = first_loading(e)) != NULL) {
        table next = *t;
        for (uint32_t i = 0; i < t->index_count; i++) {
            TRY(built = store_index_build(e->st, cx, t, &t->indexes[i]));
            if (built == 1)
                return 1;
        }
        next.loading = false;
        TRY(catalog_replace(e, cx, &next));
    }
    return 0;
}

int bulk_end(engine *e, ctx *cx)
{
    int more;

    TRY(more = build(e, cx));
    if (more == 0)
        e->bulk = false;
    return more;
}

bool bulk_any(engine *e)
{
    return first_loading(e) != NULL;
}

int bulk_recover(engine *e, ctx *cx)
{
    int rc;

    do
        rc = bulk_work(e, cx);
    while (rc == 1);
    return rc;
}

/* While another process writes, its loading may go on: the next look comes later. */
int bulk_work(engine *e, ctx *cx)
{
    int rc = e->bulk || first_loading(e) == NULL ? 0 : work_in_transaction(e, cx, build);

    if (rc <= 0)
        e->bulk_due_ms = WORK_NEVER;
    return rc;
}

int64_t bulk_due_ms(engine *e)
{
    return e->bulk ? WORK_NEVER : e->bulk_due_ms;
}

/*
 * bulk_load.c - ddblite.BulkLoad: many items, indexes later (engine/bulk.h). An operation of our
 * own.
 *
 *   {"On":true,"TableNames":["a"]}   begins; without names: all tables
 *   {"On":false}  ->  {"More":true}  ends: builds an index, until nothing is more
 */
#include <stddef.h>

#include "engine/bulk.h"
#include "ops/ops.h"

typedef struct bulk_request {
    opt_bool on;
    list names; /* str */
} bulk_request;

static const shape shape_bulk_names = {
    .kind = SH_LIST, .min = 0, .max = TABLES_MAX, .elem = &shape_table_name};

static const member bulk_members[] = {
    {"On", &shape_boolean, offsetof(bulk_request, on), true},
    {"TableNames", &shape_bulk_names, offsetof(bulk_request, names), false},
};

static const shape bulk_shape = {
    .kind = SH_STRUCT,
    .java = "BulkLoadRequest",
    .members = bulk_members,
    .member_count = COUNT(bulk_members),
    .size = sizeof(bulk_request),
};

static int begin(engine *e, ctx *cx, const bulk_request *q)
{
    const table *t;

    if (e->bulk)
        return fail_str(cx, DDB_BAD_ARGUMENT, STR("Another bulk load has not ended yet"));
    for (uint32_t i = 0; i < q->names.count; i++) {
        TRY(engine_table(e, cx, LIST_AT(&q->names, str, i)[0], &t));
        TRY(bulk_begin(e, cx, t));
    }
    for (uint32_t i = 0; !q->names.set && (t = catalog_at(e, i)) != NULL; i++)
        TRY(bulk_begin(e, cx, t));
    return 0;
}

static int bulk_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    bool before = e->bulk;
    int rc = q->on.v ? begin(e, cx, q) : bulk_end(e, cx);

    if (rc < 0) {
        e->bulk = before;
        return rc;
    }
    buf_str(out, rc > 0 ? STR("{\"More\":true}") : STR("{}"));
    return out->err;
}

const op op_bulk_load = {"ddblite.BulkLoad", OP_OWN | OP_WRITE | OP_ATOMIC, &bulk_shape, bulk_run};

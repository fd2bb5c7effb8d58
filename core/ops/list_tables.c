/*
 * list_tables.c - ListTables: names in byte order, a page at a time.
 */
#include <stddef.h>

#include "ops/table_common.h"
#include "value/json.h"

#define PAGE_MAX 100 /* model: also the default */

typedef struct list_tables_request {
    str after;
    opt_int limit;
} list_tables_request;

static const shape shape_page = {.kind = SH_INTEGER, .min = 1, .max = PAGE_MAX};

static const member list_tables_members[] = {
    {"ExclusiveStartTableName", &shape_index_name, offsetof(list_tables_request, after), false},
    {"Limit", &shape_page, offsetof(list_tables_request, limit), false},
};

static const shape list_tables_shape = {
    .kind = SH_STRUCT,
    .java = "ListTablesInput",
    .members = list_tables_members,
    .member_count = COUNT(list_tables_members),
    .size = sizeof(list_tables_request),
};

/* The name given need not exist: the list goes on behind the place where it would stand. */
static int list_tables_run(engine *e, ctx *cx, void *req, buf *out)
{
    const list_tables_request *q = req;
    uint32_t at = catalog_first_after(e, q->after);
    uint32_t left = q->limit.set ? (uint32_t)q->limit.v : PAGE_MAX;
    const table *t, *last = NULL;

    (void)cx;
    buf_lit(out, "{\"TableNames\":[");
    for (; left > 0 && (t = catalog_at(e, at)) != NULL; at++, left--) {
        if (last != NULL)
            buf_byte(out, ',');
        json_put_string(out, t->name);
        last = t;
    }
    buf_byte(out, ']');
    if (last != NULL && catalog_at(e, at) != NULL) {
        buf_lit(out, ",\"LastEvaluatedTableName\":");
        json_put_string(out, last->name);
    }
    buf_byte(out, '}');
    return out->err;
}

const op op_list_tables = {"ListTables", 0, &list_tables_shape, list_tables_run};

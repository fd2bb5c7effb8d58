/*
 * delete_table.c - DeleteTable: the table, its rows and its indexes are gone with the commit.
 */
#include <stddef.h>

#include "engine/backfill.h"
#include "engine/backup.h"
#include "ops/global_table.h"
#include "ops/table_common.h"

typedef struct delete_table_request {
    str table_name;
} delete_table_request;

static const member delete_table_members[] = {
    {"TableName", &shape_table_name_control, offsetof(delete_table_request, table_name), true},
};

static const shape delete_table_shape = {
    .kind = SH_STRUCT,
    .java = "DeleteTableInput",
    .members = delete_table_members,
    .member_count = COUNT(delete_table_members),
    .size = sizeof(delete_table_request),
};

static int delete_table_run(engine *e, ctx *cx, void *req, buf *out)
{
    const delete_table_request *q = req;
    const table *t;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    if (t->status == TABLE_CREATING)
        return fail(cx, DDB_RESOURCE_IN_USE,
                    "Attempt to change a resource which is still in use: Table is being created: "
                    "%S",
                    t->name);
    if (backfill_index(t) != NULL)
        return fail(cx, DDB_RESOURCE_IN_USE,
                    "Attempt to change a resource which is still in use: Cannot delete table while "
                    "indexes are being created, updated, or deleted.");
    if (t->deletion_protection)
        return fail(cx, DDB_VALIDATION,
                    "Resource cannot be deleted as it is currently protected against deletion. "
                    "Disable deletion protection first.");
    buf_lit(out, "{\"TableDescription\":");
    TRY(table_describe_deleted(e, cx, t, out));
    buf_byte(out, '}');
    TRY(backup_table_goes(e, cx, t));
    TRY(catalog_remove(e, cx, t));
    return out->err;
}

const op op_delete_table = {"DeleteTable", OP_WRITE | OP_ATOMIC, &delete_table_shape,
                            delete_table_run};

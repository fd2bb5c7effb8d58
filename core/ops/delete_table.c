/*
 * delete_table.c - DeleteTable: the table, its rows and its indexes are gone with the commit, or
 * when the delay has passed (engine.h, table_delay_ms).
 */
#include <stddef.h>

#include "engine/backfill.h"
#include "engine/backup.h"
#include "engine/ttl.h"
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

static int put_reply(engine *e, ctx *cx, const table *t, buf *out)
{
    buf_lit(out, "{\"TableDescription\":");
    TRY(table_describe_deleted(e, cx, t, out));
    buf_byte(out, '}');
    return out->err;
}

/* DELETING: nobody writes to it any more, so there is no past of it to keep. */
static int delete_later(engine *e, ctx *cx, const table *t)
{
    table next = *t;

    next.status = TABLE_DELETING;
    next.until_ms = cx->now_ms + e->table_delay_ms;
    TRY(ttl_forget(e, cx, t));
    next.keeps_history = next.ttl_enabled = next.ttl_filling = false;
    return catalog_replace(e, cx, &next);
}

static int delete_table_run(engine *e, ctx *cx, void *req, buf *out)
{
    const delete_table_request *q = req;
    const table *t;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    if (t->status == TABLE_DELETING) /* API reference: no error */
        return put_reply(e, cx, t, out);
    TRY(table_require_active(cx, t));
    if (backfill_index(t) != NULL)
        return fail(cx, DDB_RESOURCE_IN_USE,
                    "Attempt to change a resource which is still in use: Cannot delete table while "
                    "indexes are being created, updated, or deleted.");
    if (t->deletion_protection)
        return fail(cx, DDB_VALIDATION,
                    "Resource cannot be deleted as it is currently protected against deletion. "
                    "Disable deletion protection first.");
    TRY(table_check_changing(e, cx, NULL));
    TRY(put_reply(e, cx, t, out));
    TRY(backup_table_goes(e, cx, t));
    return e->table_delay_ms > 0 ? delete_later(e, cx, t) : catalog_remove(e, cx, t);
}

const op op_delete_table = {"DeleteTable", OP_WRITE | OP_ATOMIC, &delete_table_shape,
                            delete_table_run};

/*
 * read_local.c - ddblite.ReadDynamoDBLocal: tables and items of a database file of DynamoDB Local.
 * An operation of our own.
 *
 *   {"Path":".."}                       -> {"Tables":[{"TableName":..,"TableInfo":"<JSON>",..}]}
 *   {"Path":"..","TableName":"..",
 *    "After":17}                        -> {"Items":["<JSON>",..],"Last":42}
 *
 * Without Last there are no more. What the texts hold is for the client to understand
 * (lib/data/local.cjs); what it makes of them goes through CreateTable and BatchWriteItem.
 */
#include <stddef.h>

#include "engine/foreign.h"
#include "ops/ops.h"

typedef struct read_local_request {
    str path, table;
    opt_int after;
} read_local_request;

static const shape shape_path = {.kind = SH_STRING, .min = 1, .max = 4096};
static const member read_local_members[] = {
    {"Path", &shape_path, offsetof(read_local_request, path), true},
    {"TableName", &shape_index_name, offsetof(read_local_request, table), false},
    {"After", &shape_long, offsetof(read_local_request, after), false},
};
static const shape read_local_shape = {.kind = SH_STRUCT,
                                       .java = "ReadDynamoDBLocalRequest",
                                       .members = read_local_members,
                                       .member_count = COUNT(read_local_members),
                                       .size = sizeof(read_local_request)};

static int read_local_run(engine *e, ctx *cx, void *req, buf *out)
{
    const read_local_request *q = req;
    int64_t last;

    if (q->table.p == NULL) {
        buf_lit(out, "{\"Tables\":[");
        TRY(engine_foreign_tables(e, cx, q->path, out));
        buf_lit(out, "]}");
        return out->err;
    }
    buf_lit(out, "{\"Items\":[");
    TRY(engine_foreign_items(e, cx, q->path, q->table, q->after.set ? q->after.v : 0, out,
                             &last));
    buf_byte(out, ']');
    if (last >= 0)
        buf_fmt(out, ",\"Last\":%l", last);
    buf_byte(out, '}');
    return out->err;
}

const op op_read_local = {"ddblite.ReadDynamoDBLocal", OP_OWN, &read_local_shape, read_local_run};

/*
 * describe_table.c - DescribeTable: a table's definition, and its counts of this moment.
 */
#include <stddef.h>

#include "ops/table_common.h"

typedef struct describe_table_request {
    str table_name;
} describe_table_request;

static const member describe_table_members[] = {
    {"TableName", &shape_table_name_control, offsetof(describe_table_request, table_name), true},
};

static const shape describe_table_shape = {
    .kind = SH_STRUCT,
    .java = "DescribeTableInput",
    .members = describe_table_members,
    .member_count = COUNT(describe_table_members),
    .size = sizeof(describe_table_request),
};

static int describe_table_run(engine *e, ctx *cx, void *req, buf *out)
{
    const describe_table_request *q = req;
    const table *t;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    buf_lit(out, "{\"Table\":");
    TRY(table_describe(e, cx, t, DESCRIBE_WARM, out));
    buf_byte(out, '}');
    return out->err;
}

const op op_describe_table = {"DescribeTable", OP_SNAPSHOT, &describe_table_shape,
                              describe_table_run};

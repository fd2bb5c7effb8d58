/*
 * describe_time_to_live.c - DescribeTimeToLive: ENABLING while rows of before get their expiry,
 * then ENABLED; disabling happens at once. With a delay (engine.h, table_delay_ms) both take that
 * long at least.
 */
#include <stddef.h>

#include "ops/table_common.h"
#include "value/json.h"

typedef struct describe_ttl_request {
    str table_name;
} describe_ttl_request;

static const member describe_ttl_members[] = {
    {"TableName", &shape_table_name_control, offsetof(describe_ttl_request, table_name), true},
};

static const shape describe_ttl_shape = {
    .kind = SH_STRUCT,
    .java = "DescribeTimeToLiveInput",
    .members = describe_ttl_members,
    .member_count = COUNT(describe_ttl_members),
    .size = sizeof(describe_ttl_request),
};

static const char *status_of(const engine *e, const ctx *cx, const table *t)
{
    bool changing = t->ttl_changed_ms != 0 && cx->now_ms < t->ttl_changed_ms + e->table_delay_ms;

    if (t->ttl_enabled)
        return changing || t->ttl_filling ? "ENABLING" : "ENABLED";
    return changing ? "DISABLING" : "DISABLED";
}

static int describe_ttl_run(engine *e, ctx *cx, void *req, buf *out)
{
    const describe_ttl_request *q = req;
    const table *t;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    if (t->status == TABLE_CREATING || t->status == TABLE_DELETING) {
        const char *state = t->status == TABLE_CREATING ? "CREATING" : "DELETING";
        return fail(cx, DDB_VALIDATION,
                    "Cannot describe time to live while table is in %s state: Current table state "
                    "is %s", state, state);
    }
    buf_fmt(out, "{\"TimeToLiveDescription\":{\"TimeToLiveStatus\":\"%s\"", status_of(e, cx, t));
    if (t->ttl_enabled) {
        buf_lit(out, ",\"AttributeName\":");
        json_put_string(out, t->ttl_attribute);
    }
    buf_lit(out, "}}");
    return out->err;
}

const op op_describe_time_to_live = {"DescribeTimeToLive", 0, &describe_ttl_shape,
                                     describe_ttl_run};

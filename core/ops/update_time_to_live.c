/*
 * update_time_to_live.c - UpdateTimeToLive: names the attribute by which items expire, or ends it.
 *
 * Like an index, the setting is filled from the rows there are; the first slice runs here, so that
 * it is ENABLED at once for a small table.
 */
#include <stddef.h>

#include "engine/ttl.h"
#include "ops/table_common.h"
#include "value/json.h"

#define CHANGE_INTERVAL_MS 3600000 /* capture: "within a fixed interval", about an hour */

typedef struct in_ttl {
    opt_bool enabled;
    str attribute;
} in_ttl;

typedef struct update_ttl_request {
    str table_name;
    in_ttl *ttl;
} update_ttl_request;

static const shape shape_ttl_attribute = {.kind = SH_STRING, .min = 1, .max = 255};
static const member ttl_members[] = {
    {"Enabled", &shape_boolean, offsetof(in_ttl, enabled), true},
    {"AttributeName", &shape_ttl_attribute, offsetof(in_ttl, attribute), true},
};
static const shape shape_ttl = {
    .kind = SH_STRUCT,
    .java = "TimeToLiveSpecification",
    .members = ttl_members,
    .member_count = COUNT(ttl_members),
    .size = sizeof(in_ttl),
};

static const member update_ttl_members[] = {
    {"TableName", &shape_table_name_control, offsetof(update_ttl_request, table_name), true},
    {"TimeToLiveSpecification", &shape_ttl, offsetof(update_ttl_request, ttl), true},
};

static const shape update_ttl_shape = {
    .kind = SH_STRUCT,
    .java = "UpdateTimeToLiveInput",
    .members = update_ttl_members,
    .member_count = COUNT(update_ttl_members),
    .size = sizeof(update_ttl_request),
};

/* Facts streams-ttl 4. */
static int check_change(ctx *cx, const table *t, const in_ttl *in)
{
    TRY(table_require_active(cx, t));
    if (t->ttl_enabled && !str_eq(t->ttl_attribute, in->attribute))
        return fail(cx, DDB_VALIDATION,
                    "TimeToLive is active on a different AttributeName: current AttributeName is "
                    "%S",
                    t->ttl_attribute);
    if (t->ttl_enabled == in->enabled.v)
        return fail(cx, DDB_VALIDATION, "TimeToLive is already %s",
                    t->ttl_enabled ? "enabled" : "disabled");
    if (t->ttl_changed_ms != 0 && cx->now_ms - t->ttl_changed_ms < CHANGE_INTERVAL_MS)
        return fail(cx, DDB_VALIDATION,
                    "Time to live has been modified multiple times within a fixed interval");
    return 0;
}

static int update_ttl_run(engine *e, ctx *cx, void *req, buf *out)
{
    const update_ttl_request *q = req;
    const table *t;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    if (t->status == TABLE_CREATING) /* captures of October 2026 in two Regions */
        return fail(cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Table: %S not found", t->name);
    TRY(check_change(cx, t, q->ttl));
    if (q->ttl->enabled.v)
        TRY(ttl_enable(e, cx, t, q->ttl->attribute));
    else
        TRY(ttl_disable(e, cx, t));
    buf_fmt(out, "{\"TimeToLiveSpecification\":{\"Enabled\":%s,\"AttributeName\":",
            q->ttl->enabled.v ? "true" : "false");
    json_put_string(out, q->ttl->attribute);
    buf_lit(out, "}}");
    return out->err;
}

const op op_update_time_to_live = {"UpdateTimeToLive", OP_WRITE | OP_ATOMIC, &update_ttl_shape,
                                   update_ttl_run};

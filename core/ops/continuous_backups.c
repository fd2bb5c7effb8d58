/*
 * continuous_backups.c - UpdateContinuousBackups and DescribeContinuousBackups.
 *
 * Every table has continuous backups; what is switched is point-in-time recovery. A table can be
 * restored to the moment of the request: the service's lag of about five minutes is not imitated.
 */
#include <stddef.h>

#include "ops/backup_common.h"

typedef struct in_recovery {
    opt_bool enabled;
    opt_int days;
} in_recovery;

static const shape shape_days = {.kind = SH_INTEGER, .min = 1, .max = PITR_DAYS_MAX};
static const member recovery_members[] = {
    {"PointInTimeRecoveryEnabled", &shape_boolean, offsetof(in_recovery, enabled), true},
    {"RecoveryPeriodInDays", &shape_days, offsetof(in_recovery, days), false},
};
static const shape shape_recovery = {.kind = SH_STRUCT,
                                     .java = "PointInTimeRecoverySpecification",
                                     .members = recovery_members,
                                     .member_count = COUNT(recovery_members),
                                     .size = sizeof(in_recovery)};

typedef struct continuous_backups_request {
    str table_name;
    in_recovery *recovery; /* Update only */
} continuous_backups_request;

static const member continuous_backups_members[] = {
    {"TableName", &shape_table_name, offsetof(continuous_backups_request, table_name), true},
    {"PointInTimeRecoverySpecification", &shape_recovery,
     offsetof(continuous_backups_request, recovery), true},
};
static const shape update_shape = {.kind = SH_STRUCT,
                                   .java = "UpdateContinuousBackupsInput",
                                   .members = continuous_backups_members,
                                   .member_count = 2,
                                   .size = sizeof(continuous_backups_request)};
static const shape describe_shape = {.kind = SH_STRUCT,
                                     .java = "DescribeContinuousBackupsInput",
                                     .members = continuous_backups_members,
                                     .member_count = 1,
                                     .size = sizeof(continuous_backups_request)};

static int put_reply(ctx *cx, const table *t, buf *out)
{
    bool on = t->pitr_since_ms != 0;

    buf_fmt(out,
            "{\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":\"ENABLED\","
            "\"PointInTimeRecoveryDescription\":{\"PointInTimeRecoveryStatus\":\"%s\"",
            on ? "ENABLED" : "DISABLED");
    if (on) {
        buf_fmt(out, ",\"RecoveryPeriodInDays\":%l", t->pitr_days);
        backup_put_time(out, "EarliestRestorableDateTime", pitr_earliest_ms(t, cx->now_ms));
        backup_put_time(out, "LatestRestorableDateTime", cx->now_ms);
    }
    buf_lit(out, "}}}");
    return out->err;
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const continuous_backups_request *q = req;
    const table *t;

    TRY(backup_require_table(e, cx, q->table_name, &t));
    return put_reply(cx, t, out);
}

const op op_describe_continuous_backups = {
    .name = "DescribeContinuousBackups",
    .flags = OP_SNAPSHOT,
    .request = &describe_shape,
    .run = describe_run,
};

static int update_run(engine *e, ctx *cx, void *req, buf *out)
{
    const continuous_backups_request *q = req;
    bool on = q->recovery->enabled.v;
    const table *t;
    int64_t days;

    if (!on && q->recovery->days.set)
        return fail(cx, DDB_VALIDATION,
                    "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling "
                    "point-in-time recovery.");
    TRY(backup_require_table(e, cx, q->table_name, &t));
    if (t->status == TABLE_CREATING)
        return fail(cx, DDB_BACKUPS_UNAVAILABLE,
                    "Backups are being enabled for the table: %S. Please retry later", t->name);
    days = q->recovery->days.set ? q->recovery->days.v
                                 : t->pitr_days != 0 ? t->pitr_days : PITR_DAYS_MAX;
    if (on != (t->pitr_since_ms != 0) || (on && days != t->pitr_days))
        TRY(pitr_set(e, cx, t, on, days));
    return put_reply(cx, catalog_find(e, t->name), out);
}

const op op_update_continuous_backups = {
    .name = "UpdateContinuousBackups",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &update_shape,
    .run = update_run,
};

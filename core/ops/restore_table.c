/*
 * restore_table.c - RestoreTableFromBackup and RestoreTableToPointInTime.
 *
 * Both make a new table of the source's definition (restore_build) and let a job fill it. The
 * reply says CREATING with a restore in progress, as the service's does; a small table is ACTIVE
 * with the request already.
 */
#include <stddef.h>

#include "ops/backup_common.h"
#include "ops/table_common.h"

static const shape shape_backup_arn = {.kind = SH_STRING, .min = 37, .max = 1024};
static const shape shape_time = {.kind = SH_TIMESTAMP};
static const shape shape_source_arn = {.kind = SH_STRING, .min = 1, .max = 1024};

typedef struct restore_request {
    str target, backup_arn;
    str source_name, source_arn;
    opt_bool latest;
    opt_real at;
    restore_overrides o;
} restore_request;

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(restore_request, field_), required_}
#define OVERRIDES                                              \
    M("BillingModeOverride", shape_billing_mode, o.billing, false), \
    M("GlobalSecondaryIndexOverride", shape_gsis, o.gsis, false),   \
    M("LocalSecondaryIndexOverride", shape_lsis, o.lsis, false),    \
    M("ProvisionedThroughputOverride", shape_throughput, o.rw, false), \
    M("OnDemandThroughputOverride", shape_on_demand, o.on_demand, false), \
    M("SSESpecificationOverride", shape_sse, o.sse, false), \
    M("VectorIndexOverride", shape_vectors, o.vectors, false)

static const member from_backup_members[] = {
    M("TargetTableName", shape_index_name, target, true),
    M("BackupArn", shape_backup_arn, backup_arn, true),
    OVERRIDES,
};
static const member to_time_members[] = {
    M("SourceTableArn", shape_source_arn, source_arn, false),
    M("SourceTableName", shape_index_name, source_name, false),
    M("TargetTableName", shape_index_name, target, true),
    M("UseLatestRestorableTime", shape_boolean, latest, false),
    M("RestoreDateTime", shape_time, at, false),
    OVERRIDES,
};
#undef M

static const shape from_backup_shape = {.kind = SH_STRUCT,
                                        .java = "RestoreTableFromBackupInput",
                                        .members = from_backup_members,
                                        .member_count = COUNT(from_backup_members),
                                        .size = sizeof(restore_request)};
static const shape to_time_shape = {.kind = SH_STRUCT,
                                    .java = "RestoreTableToPointInTimeInput",
                                    .members = to_time_members,
                                    .member_count = COUNT(to_time_members),
                                    .size = sizeof(restore_request)};

/* ---- from a backup ---- */

static int from_backup_run(engine *e, ctx *cx, void *req, buf *out)
{
    const restore_request *q = req;
    table source, target;
    bool used;
    archive a;
    int rc;

    TRY(backup_check_arn(e, cx, q->backup_arn));
    rc = backup_find(e, cx, ARCHIVE_BACKUP, q->backup_arn, &a);
    if (rc == DDB_NOT_FOUND)
        return fail(cx, DDB_BACKUP_NOT_FOUND, "Backup not found: %S", q->backup_arn);
    TRY(rc);
    if (a.status != ARCHIVE_DONE)
        return fail(cx, DDB_BACKUP_IN_USE, "Backup is being created: %S", q->backup_arn);
    TRY(restore_check_target(e, cx, q->target, q->backup_arn));
    TRY(backup_in_use(e, cx, &a, &used));
    if (used)
        return fail(cx, DDB_BACKUP_IN_USE, "Backup is being used to restore another table: %S",
                    q->backup_arn);
    TRY(table_load(cx, a.body, &source));
    TRY(restore_build(e, cx, &source, q->target, &q->o, q->backup_arn, cx->now_ms, &target));
    TRY(backup_restore(e, cx, &a, &target));
    return restore_put_reply(e, cx, &target, out);
}

const op op_restore_table_from_backup = {
    .name = "RestoreTableFromBackup",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &from_backup_shape,
    .run = from_backup_run,
};

/* ---- to a point in time ---- */

/* The moment asked for, inside of what can be restored. */
static int restore_time(ctx *cx, const restore_request *q, const table *t, int64_t *at_ms)
{
    int64_t earliest = pitr_earliest_ms(t, cx->now_ms);

    if (q->latest.v && q->at.set)
        return fail(cx, DDB_VALIDATION,
                    "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be "
                    "set");
    if (!q->latest.v && !q->at.set)
        return fail(cx, DDB_VALIDATION,
                    "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime "
                    "must be specified, but not both");
    *at_ms = q->latest.v ? cx->now_ms : backup_ms(q->at);
    /* Times are often given in whole seconds: the one in which recovery began counts. */
    if (*at_ms > cx->now_ms || *at_ms / 1000 < earliest / 1000)
        return fail(cx, DDB_RESTORE_TIME,
                    "The specified restore time must be between EarliestRestorableDateTime and "
                    "LatestRestorableDateTime");
    return 0;
}

static int to_time_run(engine *e, ctx *cx, void *req, buf *out)
{
    const restore_request *q = req;
    const table *source;
    table target;
    int64_t at_ms;

    if (q->source_name.p != NULL && q->source_arn.p != NULL)
        return fail(cx, DDB_VALIDATION,
                    "Invalid Request: Must provide exactly one of: sourceTableArn, "
                    "sourceTableName");
    if (q->source_name.p == NULL && q->source_arn.p == NULL)
        return fail(cx, DDB_VALIDATION, "The parameter 'TableName' is required but was not present "
                                        "in the request");
    TRY(backup_require_table(e, cx, q->source_name.p != NULL ? q->source_name : q->source_arn,
                             &source));
    TRY(backup_require_active(cx, source));
    if (source->pitr_since_ms == 0)
        return fail(cx, DDB_PITR_UNAVAILABLE,
                    "Point in time recovery is not enabled for table '%S'", source->name);
    TRY(restore_time(cx, q, source, &at_ms));
    TRY(restore_check_target(e, cx, q->target, STR_ABSENT));
    TRY(restore_build(e, cx, source, q->target, &q->o, STR_ABSENT, at_ms, &target));
    TRY(backup_restore_past(e, cx, source, at_ms, &target));
    return restore_put_reply(e, cx, &target, out);
}

const op op_restore_table_to_point_in_time = {
    .name = "RestoreTableToPointInTime",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &to_time_shape,
    .run = to_time_run,
};

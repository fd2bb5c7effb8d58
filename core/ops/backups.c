/*
 * backups.c - CreateBackup, DescribeBackup, ListBackups, DeleteBackup.
 *
 * A backup is complete as of the moment it was asked for. A small one is AVAILABLE with the
 * request; the reply says CREATING as the service's does.
 */
#include <stddef.h>

#include "ops/backup_common.h"
#include "ops/table_common.h"
#include "value/json.h"

#define PAGE_MAX 100 /* model: also the default */

static const shape shape_backup_arn = {.kind = SH_STRING, .min = 37, .max = 1024};

static int raise_not_found(ctx *cx, int rc, str arn)
{
    return rc == DDB_NOT_FOUND ? fail(cx, DDB_BACKUP_NOT_FOUND, "Backup not found: %S", arn) : rc;
}

static int source_of(ctx *cx, const archive *a, table *out)
{
    return table_load(cx, a->body, out);
}

/* The members that BackupDetails and BackupSummary share, without braces. */
static int put_details(engine *e, ctx *cx, const archive *a, const char *status, buf *out)
{
    str arn;

    TRY(backup_arn(e, cx, a, &arn));
    buf_fmt(out, "\"BackupArn\":\"%S\",\"BackupName\":\"%S\",\"BackupSizeBytes\":%l", arn, a->name,
            a->bytes);
    buf_fmt(out, ",\"BackupStatus\":\"%s\",\"BackupType\":\"%s\"", status,
            backup_is_system(a) ? "SYSTEM" : "USER");
    backup_put_time(out, "BackupCreationDateTime", a->created_ms);
    if (backup_is_system(a))
        backup_put_time(out, "BackupExpiryDateTime", backup_expires_ms(a));
    return 0;
}

static const char *status_of(const archive *a)
{
    return a->status == ARCHIVE_DONE ? "AVAILABLE" : "CREATING";
}

static int put_description(engine *e, ctx *cx, const archive *a, const char *status, buf *out)
{
    table source;

    TRY(source_of(cx, a, &source));
    TRY(engine_table_arn(e, cx, source.name, &source.arn));
    buf_lit(out, "{\"BackupDescription\":{\"BackupDetails\":{");
    TRY(put_details(e, cx, a, status, out));
    buf_lit(out, "},");
    table_describe_source(&source, a->items, a->bytes, out);
    buf_lit(out, "}}");
    return out->err;
}

/* ---- CreateBackup ---- */

typedef struct create_backup_request {
    str table_name, backup_name;
} create_backup_request;

static const member create_backup_members[] = {
    {"TableName", &shape_table_name, offsetof(create_backup_request, table_name), true},
    {"BackupName", &shape_index_name, offsetof(create_backup_request, backup_name), true},
};
static const shape create_backup_shape = {.kind = SH_STRUCT,
                                          .java = "CreateBackupInput",
                                          .members = create_backup_members,
                                          .member_count = COUNT(create_backup_members),
                                          .size = sizeof(create_backup_request)};

static int create_backup_run(engine *e, ctx *cx, void *req, buf *out)
{
    const create_backup_request *q = req;
    const table *t;
    archive a;

    TRY(backup_require_table(e, cx, q->table_name, &t));
    if (t->status == TABLE_CREATING) /* capture of October 2026: as if it were not there */
        return fail(cx, DDB_TABLE_NOT_FOUND, "Table not found: %S", q->table_name);
    if (t->status != TABLE_UPDATING)
        TRY(backup_require_active(cx, t));
    TRY(backup_create(e, cx, t, q->backup_name, &a));
    buf_lit(out, "{\"BackupDetails\":{");
    TRY(put_details(e, cx, &a, "CREATING", out));
    buf_lit(out, "}}");
    return out->err;
}

const op op_create_backup = {
    .name = "CreateBackup",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &create_backup_shape,
    .run = create_backup_run,
};

/* ---- DescribeBackup, DeleteBackup ---- */

typedef struct backup_request {
    str arn;
} backup_request;

static const member backup_members[] = {
    {"BackupArn", &shape_backup_arn, offsetof(backup_request, arn), true},
};
static const shape describe_backup_shape = {.kind = SH_STRUCT,
                                            .java = "DescribeBackupInput",
                                            .members = backup_members,
                                            .member_count = COUNT(backup_members),
                                            .size = sizeof(backup_request)};
static const shape delete_backup_shape = {.kind = SH_STRUCT,
                                          .java = "DeleteBackupInput",
                                          .members = backup_members,
                                          .member_count = COUNT(backup_members),
                                          .size = sizeof(backup_request)};

static int describe_backup_run(engine *e, ctx *cx, void *req, buf *out)
{
    const backup_request *q = req;
    archive a;

    TRY(backup_check_arn(e, cx, q->arn));
    TRY(raise_not_found(cx, backup_find(e, cx, ARCHIVE_BACKUP, q->arn, &a), q->arn));
    return put_description(e, cx, &a, status_of(&a), out);
}

const op op_describe_backup = {
    .name = "DescribeBackup",
    .flags = OP_SNAPSHOT,
    .request = &describe_backup_shape,
    .run = describe_backup_run,
};

static int delete_backup_run(engine *e, ctx *cx, void *req, buf *out)
{
    const backup_request *q = req;
    bool used;
    archive a;

    TRY(backup_check_arn(e, cx, q->arn));
    TRY(raise_not_found(cx, backup_find(e, cx, ARCHIVE_BACKUP, q->arn, &a), q->arn));
    TRY(backup_in_use(e, cx, &a, &used));
    if (used)
        return fail(cx, DDB_BACKUP_IN_USE, "Backup is being used to restore table: %S", q->arn);
    TRY(put_description(e, cx, &a, "DELETED", out));
    return backup_delete(e, cx, &a);
}

const op op_delete_backup = {
    .name = "DeleteBackup",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &delete_backup_shape,
    .run = delete_backup_run,
};

/* ---- ListBackups ---- */

typedef struct list_backups_request {
    str table_name;
    opt_int limit;
    opt_real from, to;
    str after;
    opt_enum type;
} list_backups_request;

enum { TYPE_USER, TYPE_SYSTEM, TYPE_AWS_BACKUP, TYPE_ALL };
static const shape shape_page = {.kind = SH_INTEGER, .min = 1, .max = PAGE_MAX};
static const shape shape_time = {.kind = SH_TIMESTAMP};
static const shape shape_type = {
    .kind = SH_ENUM, .values = (const char *const[]){"USER", "SYSTEM", "AWS_BACKUP", "ALL", NULL}};

static const member list_backups_members[] = {
    {"TableName", &shape_table_name, offsetof(list_backups_request, table_name), false},
    {"Limit", &shape_page, offsetof(list_backups_request, limit), false},
    {"TimeRangeLowerBound", &shape_time, offsetof(list_backups_request, from), false},
    {"TimeRangeUpperBound", &shape_time, offsetof(list_backups_request, to), false},
    {"ExclusiveStartBackupArn", &shape_backup_arn, offsetof(list_backups_request, after), false},
    {"BackupType", &shape_type, offsetof(list_backups_request, type), false},
};
static const shape list_backups_shape = {.kind = SH_STRUCT,
                                         .java = "ListBackupsInput",
                                         .members = list_backups_members,
                                         .member_count = COUNT(list_backups_members),
                                         .size = sizeof(list_backups_request)};

static int put_summary(engine *e, ctx *cx, const archive *a, buf *out)
{
    str arn;
    table source;

    TRY(source_of(cx, a, &source));
    TRY(engine_table_arn(e, cx, a->table_name, &arn));
    buf_fmt(out, "{\"TableName\":\"%S\",\"TableId\":\"%s\",\"TableArn\":\"%S\",", a->table_name,
            source.id, arn);
    TRY(put_details(e, cx, a, status_of(a), out));
    buf_byte(out, '}');
    return 0;
}

static bool is_asked_for(const list_backups_request *q, str table_name, const archive *a)
{
    bool system = backup_is_system(a);

    if (table_name.p != NULL && !str_eq(a->table_name, table_name))
        return false;
    if (q->type.i != TYPE_ALL && system != (q->type.i == TYPE_SYSTEM)) /* USER is the default */
        return false;
    if (q->from.set && a->created_ms < backup_ms(q->from))
        return false;
    return !q->to.set || a->created_ms < backup_ms(q->to);
}

/* The part of an ARN behind its last slash: the id, which lists are ordered by. */
static str id_of(str arn)
{
    size_t at = arn.n;

    while (at > 0 && arn.p[at - 1] != '/')
        at--;
    return (str){arn.p + at, arn.n - at};
}

static int list_backups_run(engine *e, ctx *cx, void *req, buf *out)
{
    const list_backups_request *q = req;
    int64_t left = q->limit.set ? q->limit.v : PAGE_MAX;
    bool ours = q->type.i != TYPE_AWS_BACKUP; /* that service's are never here */
    str name = STR_ABSENT, last = STR_ABSENT;
    archive a = {.id = q->after.p != NULL ? id_of(q->after) : STR("")};
    int rc = DDB_NOT_FOUND;

    if (q->from.set && q->to.set && backup_ms(q->from) > backup_ms(q->to))
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Time range lower bound must be less than or equal to upper "
                                  "bound");
    if (q->table_name.p != NULL)
        TRY(engine_table_name(e, cx, q->table_name, &name));
    buf_lit(out, "{\"BackupSummaries\":[");
    while (ours && (rc = backup_next(e, cx, ARCHIVE_BACKUP, a.id, &a)) == 0) {
        if (!is_asked_for(q, name, &a))
            continue;
        if (left-- == 0)
            break;
        if (last.p != NULL)
            buf_byte(out, ',');
        TRY(put_summary(e, cx, &a, out));
        TRY(backup_arn(e, cx, &a, &last));
    }
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    buf_byte(out, ']');
    if (rc == 0)
        buf_fmt(out, ",\"LastEvaluatedBackupArn\":\"%S\"", last);
    buf_byte(out, '}');
    return out->err;
}

const op op_list_backups = {
    .name = "ListBackups",
    .flags = OP_SNAPSHOT,
    .request = &list_backups_shape,
    .run = list_backups_run,
};

/*
 * exports.c - ExportTableToPointInTime, DescribeExport, ListExports.
 *
 * What an export was asked for is its archive's body, in the form the description shows it; the
 * engine (transfer.h) works from that too. Failures of the bucket come later than the request, as
 * FailureCode and FailureMessage (facts operations, Export / import).
 */
#include <stddef.h>

#include "engine/transfer.h"
#include "ops/backup_common.h"
#include "ops/common.h"
#include "ops/table_common.h"
#include "value/json.h"

#define PAGE_MAX 25                        /* model: also the default */
#define TOKEN_WINDOW_EXPORT_MS 28800000    /* guide: eight hours */
#define WINDOW_MIN_MS 900000               /* guide: fifteen minutes */
#define WINDOW_MAX_MS 86400000             /* guide: a day */
#define BODY_BYTES_MAX (8u << 20)          /* names and values of a filter are in it */

typedef struct in_window {
    opt_real from, to;
    opt_enum view;
} in_window;

typedef struct in_filter {
    str filter, project, key;
    list names;
    attr_map *values;
} in_filter;

typedef struct export_request {
    str table_arn, token, bucket, owner, prefix, kms;
    opt_real time;
    opt_enum sse, format, type;
    in_window *window;
    in_filter *filter;
} export_request;

/* [a-z0-9A-Z]+[.\-\w]*[a-z0-9A-Z]+ */
static bool bucket_matches(str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool inner = i > 0 && i + 1 < s.n && (c == '.' || c == '-' || c == '_');
        if (!plain && !inner)
            return false;
    }
    return s.n >= 2;
}

static bool owner_matches(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 12;
}

static bool token_matches(str s)
{
    return s.n > 0 && memchr(s.p, '$', s.n) == NULL;
}

const shape shape_bucket = {.kind = SH_STRING,
                            .max = 255,
                            .pattern = "[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+",
                            .matches = bucket_matches};
const shape shape_bucket_owner = {
    .kind = SH_STRING, .pattern = "[0-9]{12}", .matches = owner_matches};
const shape shape_client_token = {
    .kind = SH_STRING, .pattern = "[^\\$]+", .matches = token_matches};
const shape shape_key_prefix = {.kind = SH_STRING, .max = 1024};
static const shape shape_kms = {.kind = SH_STRING, .min = 1, .max = 2048};
static const shape shape_arn = {.kind = SH_STRING, .min = 1, .max = 1024};
static const shape shape_export_arn = {.kind = SH_STRING, .min = 37, .max = 1024};
static const shape shape_time = {.kind = SH_TIMESTAMP};

#define ENUM(...) {.kind = SH_ENUM, .values = (const char *const[]){__VA_ARGS__, NULL}}
enum { FORMAT_JSON, FORMAT_ION };
enum { TYPE_FULL, TYPE_INCREMENTAL };
static const shape shape_sse_algorithm = ENUM("AES256", "KMS");
static const shape shape_format = ENUM("DYNAMODB_JSON", "ION");
static const shape shape_type = ENUM("FULL_EXPORT", "INCREMENTAL_EXPORT");
static const shape shape_view = ENUM("NEW_IMAGE", "NEW_AND_OLD_IMAGES");

static const member window_members[] = {
    {"ExportFromTime", &shape_time, offsetof(in_window, from), false},
    {"ExportToTime", &shape_time, offsetof(in_window, to), false},
    {"ExportViewType", &shape_view, offsetof(in_window, view), false},
};
static const shape shape_window = {.kind = SH_STRUCT,
                                   .java = "IncrementalExportSpecification",
                                   .members = window_members,
                                   .member_count = COUNT(window_members),
                                   .size = sizeof(in_window)};

static const member filter_members[] = {
    {"FilterExpression", &shape_string, offsetof(in_filter, filter), false},
    {"ProjectionExpression", &shape_string, offsetof(in_filter, project), false},
    {"KeyConditionExpression", &shape_string, offsetof(in_filter, key), false},
    {"ExpressionAttributeNames", &shape_names, offsetof(in_filter, names), false},
    {"ExpressionAttributeValues", &shape_attr_map, offsetof(in_filter, values), false},
};
static const shape shape_filter = {.kind = SH_STRUCT,
                                   .java = "FilterSpecification",
                                   .members = filter_members,
                                   .member_count = COUNT(filter_members),
                                   .size = sizeof(in_filter)};

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(export_request, field_), required_}
static const member export_members[] = {
    M("TableArn", shape_arn, table_arn, true),
    M("ExportTime", shape_time, time, false),
    M("ClientToken", shape_client_token, token, false),
    M("S3Bucket", shape_bucket, bucket, true),
    M("S3BucketOwner", shape_bucket_owner, owner, false),
    M("S3Prefix", shape_key_prefix, prefix, false),
    M("S3SseAlgorithm", shape_sse_algorithm, sse, false),
    M("S3SseKmsKeyId", shape_kms, kms, false),
    M("ExportFormat", shape_format, format, false),
    M("ExportType", shape_type, type, false),
    M("IncrementalExportSpecification", shape_window, window, false),
    M("FilterSpecification", shape_filter, filter, false),
};
#undef M
static const shape export_shape = {.kind = SH_STRUCT,
                                   .java = "ExportTableToPointInTimeInput",
                                   .members = export_members,
                                   .member_count = COUNT(export_members),
                                   .size = sizeof(export_request)};

/* ---- descriptions ---- */

static const char *const status_names[] = {"IN_PROGRESS", "COMPLETED", "FAILED"};

static void put_string(buf *b, const char *name, str s)
{
    if (s.p == NULL)
        return;
    buf_fmt(b, ",\"%s\":", name);
    json_put_string(b, s);
}

/* The manifest's key: known when the export is complete. */
static int put_manifest(ctx *cx, const archive *a, buf *out)
{
    const json *body;
    str key, rest;
    buf b;

    TRY(body_parse(cx, a, &body));
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b, "AWSDynamoDB/%S/manifest-summary.json", a->id);
    rest = buf_view(&b);
    if (b.err != 0)
        return b.err;
    TRY(files_key(cx, body_str(body, "S3Prefix"), rest, &key));
    put_string(out, "ExportManifest", key);
    return 0;
}

static int put_description(engine *e, ctx *cx, const archive *a, archive_status status, buf *out)
{
    str arn, table_arn;

    TRY(backup_arn(e, cx, a, &arn));
    TRY(engine_table_arn(e, cx, a->table_name, &table_arn));
    buf_fmt(out, "{\"ExportDescription\":{\"ExportArn\":\"%S\",\"ExportStatus\":\"%s\"", arn,
            status_names[status]);
    backup_put_time(out, "StartTime", a->created_ms);
    if (status != ARCHIVE_RUNNING)
        backup_put_time(out, "EndTime", a->ended_ms);
    if (status == ARCHIVE_DONE)
        TRY(put_manifest(cx, a, out));
    buf_fmt(out, ",\"TableArn\":\"%S\",", table_arn);
    buf_put(out, a->body.p + 1, a->body.n - 2); /* the members in the braces */
    if (status == ARCHIVE_FAILED) {
        put_string(out, "FailureCode", a->failure);
        put_string(out, "FailureMessage", str_of(files_failure_message(a->failure)));
    }
    if (status == ARCHIVE_DONE)
        buf_fmt(out, ",\"BilledSizeBytes\":%l,\"ItemCount\":%l", a->bytes, a->items);
    buf_lit(out, "}}");
    return out->err;
}

/* ---- ExportTableToPointInTime ---- */

typedef struct export_times {
    bool incremental;
    int64_t from_ms, at_ms;
} export_times;

static int bad_window(ctx *cx, const char *text)
{
    return fail(cx, DDB_VALIDATION, BAD_PARAMETER "%s", text);
}

static int read_window(ctx *cx, const export_request *q, const table *t, export_times *out)
{
    const in_window *w = q->window;

    if (w == NULL || !w->from.set)
        return bad_window(cx, "ExportFromTime must be specified for an incremental export");
    if (q->time.set)
        return bad_window(cx, "ExportTime cannot be specified for an incremental export");
    out->from_ms = backup_ms(w->from);
    out->at_ms = w->to.set ? backup_ms(w->to) : cx->now_ms;
    if (out->at_ms - out->from_ms < WINDOW_MIN_MS)
        return bad_window(cx, "ExportFromTime and ExportToTime must be at least 15 minutes apart");
    if (out->at_ms - out->from_ms > WINDOW_MAX_MS)
        return bad_window(cx, "ExportFromTime and ExportToTime must be at most 24 hours apart");
    if (out->at_ms > cx->now_ms || out->from_ms / 1000 < pitr_earliest_ms(t, cx->now_ms) / 1000)
        return fail(cx, DDB_EXPORT_TIME,
                    "The export window must lie between EarliestRestorableDateTime and "
                    "LatestRestorableDateTime");
    return 0;
}

static int read_times(ctx *cx, const export_request *q, const table *t, export_times *out)
{
    *out = (export_times){.incremental = q->type.i == TYPE_INCREMENTAL, .at_ms = cx->now_ms};
    if (out->incremental)
        return read_window(cx, q, t, out);
    if (q->window != NULL)
        return bad_window(cx, "IncrementalExportSpecification can only be specified for an "
                              "incremental export");
    if (q->time.set)
        out->at_ms = backup_ms(q->time);
    if (out->at_ms > cx->now_ms || out->at_ms / 1000 < pitr_earliest_ms(t, cx->now_ms) / 1000)
        return fail(cx, DDB_EXPORT_TIME,
                    "The specified export time must be between EarliestRestorableDateTime and "
                    "LatestRestorableDateTime");
    return 0;
}

/* A key condition as Query's: equality on the partition key, at most one condition on the sort
 * key; filters leave keys to it. */
static int check_key_condition(ctx *cx, const table *t, const export_filter *f)
{
    const key_attr *part = &t->keys.part[0];
    key_conditions k;
    path_list paths;
    bool found = false;

    TRY(expr_key_conditions(cx, f->key, &k));
    for (uint32_t i = 0; i < k.count; i++) {
        const key_attr *a = key_schema_find(&t->keys, k.at[i].name);
        if (a == NULL || (a == part && k.at[i].op != KEY_EQ))
            return fail(cx, DDB_VALIDATION, "Query key condition not supported");
        if (k.at[i].a->type != a->type || (k.at[i].b != NULL && k.at[i].b->type != a->type))
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Condition parameter type does not match schema type");
        found = found || a == part;
    }
    if (!found)
        return fail(cx, DDB_VALIDATION, "Query condition missed key schema element: %S",
                    part->name);
    if (f->filter == NULL)
        return 0;
    TRY(cond_paths(cx, f->filter, &paths));
    for (uint32_t i = 0; i < paths.count; i++)
        if (key_schema_has(&t->keys, paths.items[i]->steps[0].name))
            return fail(cx, DDB_VALIDATION,
                        "Filter Expression can only contain non-primary key attributes: Primary "
                        "key attribute: %S",
                        paths.items[i]->steps[0].name);
    return 0;
}

static int check_filter(ctx *cx, const in_filter *q, const table *t, bool incremental)
{
    const export_texts texts = {.key = q->key,
                                .filter = q->filter,
                                .project = q->project,
                                .names = q->names.set ? &q->names : NULL,
                                .values = q->values};
    const param takes[] = {{"FilterExpression", q->filter.p != NULL},
                           {"KeyConditionExpression", q->key.p != NULL}};
    bool any = q->filter.p != NULL || q->key.p != NULL || q->project.p != NULL;
    export_filter f;

    if (incremental)
        return bad_window(cx, "FilterSpecification can only be specified for a full export");
    TRY(common_check_placeholders(cx, texts.names, q->values, any, takes, COUNT(takes)));
    TRY(export_filter_compile(cx, &texts, &f));
    if (f.key != NULL)
        TRY(check_key_condition(cx, t, &f));
    TRY(common_check_condition_paths(cx, t, f.filter));
    return f.project == NULL ? 0 : common_check_key_paths(cx, t, projection_paths(f.project));
}

static void put_filter(buf *b, const in_filter *q)
{
    size_t start;

    buf_lit(b, ",\"FilterSpecification\":{");
    start = b->n;
    put_string(b, "FilterExpression", q->filter);
    put_string(b, "ProjectionExpression", q->project);
    put_string(b, "KeyConditionExpression", q->key);
    for (uint32_t i = 0; q->names.set && i < q->names.count; i++) {
        buf_fmt(b, "%s", i == 0 ? ",\"ExpressionAttributeNames\":{" : ",");
        json_put_string(b, MAP_KEY(&q->names, i));
        buf_byte(b, ':');
        json_put_string(b, *MAP_AT(&q->names, str, i));
    }
    if (q->names.set && q->names.count > 0)
        buf_byte(b, '}');
    if (q->values != NULL) {
        buf_lit(b, ",\"ExpressionAttributeValues\":");
        item_put(b, &q->values->m);
    }
    if (b->err == 0 && b->n > start) { /* the comma before the first member */
        memmove(b->p + start, b->p + start + 1, b->n - start - 1);
        b->n--;
    }
    buf_byte(b, '}');
}

/* Were both asked for with the same filter? */
static int same_filter(ctx *cx, const in_filter *q, str body, bool *same)
{
    buf b;

    buf_init_arena(&b, cx->a, BODY_BYTES_MAX);
    if (q != NULL)
        put_filter(&b, q);
    else
        buf_lit(&b, ",\"FilterSpecification\":");
    TRY(b.err);
    *same = false;
    for (size_t i = 0; i + b.n <= body.n && !*same; i++)
        *same = memcmp(body.p + i, b.p, b.n) == 0;
    if (q == NULL)
        *same = !*same;
    return 0;
}

static int put_body(ctx *cx, const export_request *q, const table *t, const export_times *times,
                    str token, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, BODY_BYTES_MAX);
    buf_fmt(&b, "{\"TableId\":\"%s\"", t->id);
    if (!times->incremental)
        backup_put_time(&b, "ExportTime", times->at_ms);
    put_string(&b, "ClientToken", token);
    put_string(&b, "S3Bucket", q->bucket);
    put_string(&b, "S3BucketOwner", q->owner);
    put_string(&b, "S3Prefix", q->prefix);
    put_string(&b, "S3SseAlgorithm", q->sse.i >= 0 ? q->sse.text : STR("AES256"));
    put_string(&b, "S3SseKmsKeyId", q->kms);
    buf_fmt(&b, ",\"ExportFormat\":\"%s\"", q->format.i == FORMAT_ION ? "ION" : "DYNAMODB_JSON");
    buf_fmt(&b, ",\"ExportType\":\"%s\"",
            times->incremental ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
    if (times->incremental) {
        buf_fmt(&b, ",\"IncrementalExportSpecification\":{\"ExportViewType\":\"%S\"",
                q->window->view.i >= 0 ? q->window->view.text : STR("NEW_AND_OLD_IMAGES"));
        backup_put_time(&b, "ExportFromTime", times->from_ms);
        backup_put_time(&b, "ExportToTime", times->at_ms);
        buf_byte(&b, '}');
    }
    if (q->filter != NULL)
        put_filter(&b, q->filter);
    buf_byte(&b, '}');
    *out = buf_view(&b);
    return b.err;
}

/* The same token again: the export it began, if that was asked for alike. 1 when it is answered. */
static int answer_repeated(engine *e, ctx *cx, const export_request *q, const table *t, buf *out)
{
    const json *body;
    archive a;
    bool same, alike;
    int rc;

    if (q->token.p == NULL)
        return 0;
    rc = backup_by_token(e, cx, ARCHIVE_EXPORT, q->token,
                                cx->now_ms - TOKEN_WINDOW_EXPORT_MS, &a);
    if (rc < 0)
        return rc == DDB_NOT_FOUND ? 0 : rc;
    TRY(body_parse(cx, &a, &body));
    TRY(same_filter(cx, q->filter, a.body, &alike));
    same = alike && str_eq(a.table_name, t->name) &&
           str_eq(body_str(body, "S3Bucket"), q->bucket) &&
           str_eq(body_str(body, "S3Prefix"), q->prefix) &&
           (!q->time.set || body_ms(body, "ExportTime") == backup_ms(q->time));
    if (!same)
        return fail(cx, DDB_EXPORT_CONFLICT,
                    "Export with the same client token but different parameters already exists");
    TRY(put_description(e, cx, &a, a.status, out));
    return 1;
}

static int export_run(engine *e, ctx *cx, void *req, buf *out)
{
    const export_request *q = req;
    export_times times;
    const table *t;
    archive a;
    int rc;

    TRY(backup_require_table(e, cx, q->table_arn, &t));
    if (t->pitr_since_ms == 0)
        return fail(cx, DDB_PITR_UNAVAILABLE,
                    "Point in time recovery is not enabled for table '%S'", t->name);
    rc = answer_repeated(e, cx, q, t, out);
    if (rc != 0)
        return rc < 0 ? rc : out->err;
    TRY(read_times(cx, q, t, &times));
    if (q->filter != NULL)
        TRY(check_filter(cx, q->filter, t, times.incremental));
    if (q->kms.p != NULL && !(q->sse.i >= 0 && str_eq(q->sse.text, STR("KMS"))))
        return bad_window(cx, "S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS");
    TRY(backup_new_archive(e, cx, ARCHIVE_EXPORT, t->name, &a));
    a.token = q->token;
    TRY(put_body(cx, q, t, &times, q->token.p != NULL ? q->token : a.id, &a.body));
    TRY(export_start(e, cx, t, &a, times.incremental, times.from_ms, times.at_ms));
    return put_description(e, cx, &a, ARCHIVE_RUNNING, out);
}

const op op_export_table_to_point_in_time = {
    .name = "ExportTableToPointInTime",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &export_shape,
    .run = export_run,
};

/* ---- ddblite.StartExport: ours; a full export as of now, of any table ---- */

static const member start_members[] = {
    {"TableName", &shape_arn, offsetof(export_request, table_arn), true},
    {"S3Bucket", &shape_bucket, offsetof(export_request, bucket), true},
    {"ExportFormat", &shape_format, offsetof(export_request, format), false},
};
static const shape start_shape = {.kind = SH_STRUCT,
                                  .java = "StartExportRequest",
                                  .members = start_members,
                                  .member_count = COUNT(start_members),
                                  .size = sizeof(export_request)};

static int start_export_run(engine *e, ctx *cx, void *req, buf *out)
{
    const export_times times = {.at_ms = cx->now_ms};
    export_request *q = req;
    const table *t;
    archive a;

    q->sse.i = -1;
    TRY(engine_table_control(e, cx, q->table_arn, &t));
    TRY(backup_new_archive(e, cx, ARCHIVE_EXPORT, t->name, &a));
    TRY(put_body(cx, q, t, &times, a.id, &a.body));
    TRY(export_start(e, cx, t, &a, false, 0, times.at_ms));
    return put_description(e, cx, &a, ARCHIVE_RUNNING, out);
}

const op op_start_export = {
    .name = "ddblite.StartExport",
    .flags = OP_WRITE | OP_ATOMIC | OP_OWN,
    .request = &start_shape,
    .run = start_export_run,
};

/* ---- DescribeExport ---- */

typedef struct describe_request {
    str arn;
} describe_request;

static const member describe_members[] = {
    {"ExportArn", &shape_export_arn, offsetof(describe_request, arn), true},
};
static const shape describe_shape = {.kind = SH_STRUCT,
                                     .java = "DescribeExportInput",
                                     .members = describe_members,
                                     .member_count = COUNT(describe_members),
                                     .size = sizeof(describe_request)};

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const describe_request *q = req;
    archive a;
    int rc = backup_find(e, cx, ARCHIVE_EXPORT, q->arn, &a);

    if (rc == DDB_NOT_FOUND)
        return fail(cx, DDB_EXPORT_NOT_FOUND, "Export not found: %S", q->arn);
    TRY(rc);
    return put_description(e, cx, &a, a.status, out);
}

const op op_describe_export = {
    .name = "DescribeExport",
    .flags = OP_SNAPSHOT,
    .request = &describe_shape,
    .run = describe_run,
};

/* ---- ListExports ---- */

typedef struct list_request {
    str table_arn;
    opt_int max;
    str next;
} list_request;

static const shape shape_page = {.kind = SH_INTEGER, .min = 1, .max = PAGE_MAX};
static const member list_members[] = {
    {"TableArn", &shape_arn, offsetof(list_request, table_arn), false},
    {"MaxResults", &shape_page, offsetof(list_request, max), false},
    {"NextToken", &shape_string, offsetof(list_request, next), false},
};
static const shape list_shape = {.kind = SH_STRUCT,
                                 .java = "ListExportsInput",
                                 .members = list_members,
                                 .member_count = COUNT(list_members),
                                 .size = sizeof(list_request)};

/* NextToken is the id of the last export that was listed. */
static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const list_request *q = req;
    int64_t left = q->max.set ? q->max.v : PAGE_MAX;
    archive a = {.id = q->next.p != NULL ? q->next : STR("")};
    str name = STR_ABSENT, last = STR_ABSENT, arn;
    const json *body;
    int rc;

    if (q->table_arn.p != NULL)
        TRY(engine_table_name(e, cx, q->table_arn, &name));
    buf_lit(out, "{\"ExportSummaries\":[");
    while ((rc = backup_next(e, cx, ARCHIVE_EXPORT, a.id, &a)) == 0) {
        if (name.p != NULL && !str_eq(name, a.table_name))
            continue;
        if (left-- == 0)
            break;
        TRY(backup_arn(e, cx, &a, &arn));
        TRY(body_parse(cx, &a, &body));
        buf_fmt(out, "%s{\"ExportArn\":\"%S\",\"ExportStatus\":\"%s\",\"ExportType\":\"%S\"}",
                last.p != NULL ? "," : "", arn, status_names[a.status],
                body_str(body, "ExportType"));
        last = a.id;
    }
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    buf_byte(out, ']');
    if (rc == 0)
        buf_fmt(out, ",\"NextToken\":\"%S\"", last);
    buf_byte(out, '}');
    return out->err;
}

const op op_list_exports = {
    .name = "ListExports",
    .flags = OP_SNAPSHOT,
    .request = &list_shape,
    .run = list_run,
};

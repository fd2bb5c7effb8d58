/*
 * bulk_operations.c - StartBulkPutItems, DescribeBulkOperation, ListBulkOperations and
 * CancelBulkOperation: puts of items that stand in Amazon S3.
 *
 * An operation is an archive (store/backup.h) and a job that reads objects as ImportTable does and
 * puts their items by the road of every write (engine/import.c). A folder stands in for S3. What
 * was not written is told in objects of the output's bucket (engine/report.h).
 * Shapes: API model of the AWS SDK 3.1162; AWS Developer Guide, "Bulk put items".
 */
#include <stddef.h>

#include "engine/report.h"
#include "engine/transfer.h"
#include "ops/table_common.h"
#include "value/json.h"

#define TOKEN_MS (8 * 3600000) /* guide: a token's eight hours */
#define PAGE_MAX 10            /* model: the default */
#define LISTED_MS (90 * 86400000LL) /* model */
#define ID_BYTES 23            /* 14 digits, a dash, 8 hex digits */

typedef struct in_input {
    str owner, bucket, prefix;
    opt_enum format, compression;
} in_input;
typedef struct in_output {
    str owner, bucket, prefix, key;
    opt_enum sse;
    list types; /* opt_enum */
} in_output;
typedef struct bulk_request {
    str table_name, token, arn, next_token;
    in_input *input;
    in_output *output;
    opt_int units, max;
    opt_enum tier;
} bulk_request;

#define ENUM(...) {.kind = SH_ENUM, .values = (const char *const[]){__VA_ARGS__, NULL}}
static const shape shape_format = ENUM("DYNAMODB_JSON", "ION");
static const shape shape_compression = ENUM("GZIP", "ZSTD", "NONE");
static const shape shape_s3_sse = ENUM("AES256", "KMS");
static const shape shape_output_type = ENUM("CONDITION_CHECK_FAILURE", "ERROR");
static const shape shape_tier = ENUM("ACCELERATED", "STANDARD");
#undef ENUM
static const shape shape_bucket = {.kind = SH_STRING, .min = 1, .max = 255};
static const shape shape_prefix = {.kind = SH_STRING, .max = 1024};
static const shape shape_output_types = {.kind = SH_LIST, .elem = &shape_output_type};
static const shape shape_units = {.kind = SH_LONG, .min = 1024};
static const shape shape_arn = {.kind = SH_STRING, .min = 37, .max = 1024};

static const member input_members[] = {
    {"S3BucketOwner", &shape_string, offsetof(in_input, owner), false},
    {"S3Bucket", &shape_bucket, offsetof(in_input, bucket), true},
    {"S3KeyPrefix", &shape_prefix, offsetof(in_input, prefix), false},
    {"InputFormat", &shape_format, offsetof(in_input, format), true},
    {"InputCompressionType", &shape_compression, offsetof(in_input, compression), false},
};
static const shape shape_input = {.kind = SH_STRUCT,
                                  .java = "InputS3Configuration",
                                  .members = input_members,
                                  .member_count = COUNT(input_members),
                                  .size = sizeof(in_input)};
static const member output_members[] = {
    {"S3BucketOwner", &shape_string, offsetof(in_output, owner), false},
    {"S3Bucket", &shape_bucket, offsetof(in_output, bucket), false},
    {"S3KeyPrefix", &shape_prefix, offsetof(in_output, prefix), false},
    {"S3SseAlgorithm", &shape_s3_sse, offsetof(in_output, sse), false},
    {"S3SseKmsKeyId", &shape_string, offsetof(in_output, key), false},
    {"OutputType", &shape_output_types, offsetof(in_output, types), true},
};
static const shape shape_output = {.kind = SH_STRUCT,
                                   .java = "OutputS3Configuration",
                                   .members = output_members,
                                   .member_count = COUNT(output_members),
                                   .size = sizeof(in_output)};

static const member start_members[] = {
    {"TableName", &shape_table_name_control, offsetof(bulk_request, table_name), true},
    {"InputS3Configuration", &shape_input, offsetof(bulk_request, input), true},
    {"OutputS3Configuration", &shape_output, offsetof(bulk_request, output), true},
    {"ClientToken", &shape_string, offsetof(bulk_request, token), false},
    {"MaxWriteRequestUnits", &shape_units, offsetof(bulk_request, units), false},
    {"PerformanceTier", &shape_tier, offsetof(bulk_request, tier), false},
};
static const member arn_members[] = {
    {"BulkOperationArn", &shape_arn, offsetof(bulk_request, arn), true},
};
static const member list_members[] = {
    {"MaxResults", &shape_limit, offsetof(bulk_request, max), false},
    {"NextToken", &shape_string, offsetof(bulk_request, next_token), false},
};
#define REQUEST(java_, members_)                                                              \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(bulk_request)}
static const shape start_shape = REQUEST("StartBulkPutItemsInput", start_members);
static const shape describe_shape = REQUEST("DescribeBulkOperationInput", arn_members);
static const shape cancel_shape = REQUEST("CancelBulkOperationInput", arn_members);
static const shape list_shape = REQUEST("ListBulkOperationsInput", list_members);
#undef REQUEST

/* ---- what is stored ---- */

static void put_text(buf *b, const char *name, str s, const char *between)
{
    if (s.p == NULL)
        return;
    buf_fmt(b, "%s\"%s\":", between, name);
    json_put_string(b, s);
}

static int echo(ctx *cx, const bulk_request *q, const table *t, str *out)
{
    const in_output *o = q->output;
    buf b;

    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX);
    buf_fmt(&b, "{\"TableDetails\":[{\"TableName\":\"%S\",\"TableId\":\"%s\"}]", t->name, t->id);
    put_text(&b, "ClientToken", q->token, ",");
    buf_lit(&b, ",\"InputS3Configuration\":{\"S3Bucket\":");
    json_put_string(&b, q->input->bucket);
    put_text(&b, "S3BucketOwner", q->input->owner, ",");
    put_text(&b, "S3KeyPrefix", q->input->prefix, ",");
    put_text(&b, "InputFormat", q->input->format.text, ",");
    put_text(&b, "InputCompressionType", q->input->compression.text, ",");
    buf_lit(&b, "},\"OutputS3Configuration\":{\"OutputType\":[");
    for (uint32_t i = 0; i < o->types.count; i++)
        buf_fmt(&b, "%s\"%S\"", i > 0 ? "," : "", LIST_AT(&o->types, opt_enum, i)->text);
    buf_byte(&b, ']');
    put_text(&b, "S3Bucket", o->bucket, ",");
    put_text(&b, "S3BucketOwner", o->owner, ",");
    put_text(&b, "S3KeyPrefix", o->prefix, ",");
    put_text(&b, "S3SseAlgorithm", o->sse.text, ",");
    put_text(&b, "S3SseKmsKeyId", o->key, ",");
    buf_byte(&b, '}');
    if (q->units.set)
        buf_fmt(&b, ",\"MaxWriteRequestUnits\":%l", q->units.v);
    put_text(&b, "PerformanceTier", q->tier.i >= 0 ? q->tier.text : STR("STANDARD"), ",");
    buf_byte(&b, '}');
    *out = buf_view(&b);
    return b.err;
}

/* ---- replies ---- */

static void put_arn(engine *e, str id, buf *out)
{
    buf_fmt(out, "\"BulkOperationArn\":\"arn:aws:dynamodb:%S:%S:bulk-operation/%S\"", e->region,
            e->account, id);
}

static void put_time(const char *name, int64_t ms, buf *out)
{
    buf_fmt(out, ",\"%s\":", name);
    json_put_timestamp(out, ms);
}

static const char *status_of(const archive *a)
{
    static const char *const names[] = {[ARCHIVE_RUNNING] = "IN_PROGRESS",
                                        [ARCHIVE_DONE] = "COMPLETED",
                                        [ARCHIVE_FAILED] = "FAILED",
                                        [ARCHIVE_CANCELLING] = "CANCELLING",
                                        [ARCHIVE_CANCELLED] = "CANCELLED"};

    return a->status == ARCHIVE_DONE && a->errors > 0 ? "COMPLETED_WITH_ERRORS"
                                                      : names[a->status];
}

static bool has_ended(const archive *a)
{
    return a->status != ARCHIVE_RUNNING && a->status != ARCHIVE_CANCELLING;
}

static int put_description(engine *e, ctx *cx, const archive *a, buf *out)
{
    str request = report_request(a);

    buf_lit(out, "{\"BulkOperationDescription\":{");
    put_arn(e, a->id, out);
    buf_fmt(out, ",\"BulkOperationStatus\":\"%s\",", status_of(a));
    buf_put(out, request.p + 1, request.n - 2); /* the members in the braces */
    put_time("StartTime", a->created_ms, out);
    buf_fmt(out, ",\"ProcessedItemCount\":%l,\"ProcessedInputBytes\":%l,\"FailedItemCount\":%l",
            a->processed, a->bytes, a->errors);
    TRY(report_put_usage(cx, a, out));
    if (has_ended(a))
        put_time("EndTime", a->ended_ms, out);
    if (a->status == ARCHIVE_FAILED || a->status == ARCHIVE_CANCELLED) {
        put_text(out, "FailureCode", a->failure, ",");
        put_text(out, "FailureMessage", str_of(files_failure_message(a->failure)), ",");
    }
    buf_lit(out, "}}");
    return out->err;
}

/* ---- operations ---- */

/* 1 with the operation that the token has started, 0 if it is new. */
static int find_token(engine *e, ctx *cx, const bulk_request *q, str body, archive *a)
{
    int rc;

    if (q->token.p == NULL)
        return 0;
    rc = backup_by_token(e, cx, ARCHIVE_BULK, q->token, cx->now_ms - TOKEN_MS, a);
    if (rc == DDB_NOT_FOUND)
        return 0;
    TRY(rc);
    if (!str_eq(report_request(a), body))
        return fail(cx, DDB_IDEMPOTENT_MISMATCH,
                    "The client token was used with other parameters before");
    return 1;
}

static int start_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    archive a, first;
    const table *t;
    str body;
    int known;

    if (q->output->bucket.p == NULL) /* reference: required, though the model has it optional */
        return fail(cx, DDB_VALIDATION,
                    "1 validation error detected: Value null at 'outputS3Configuration.s3Bucket' "
                    "failed to satisfy constraint: Member must not be null");
    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(table_require_active(cx, t));
    TRY(echo(cx, q, t, &body));
    known = find_token(e, cx, q, body, &a);
    TRY(known);
    if (known == 1)
        return put_description(e, cx, &a, out);
    TRY(backup_new_archive(e, cx, ARCHIVE_BULK, t->name, &a));
    a.token = q->token;
    a.body = body;
    first = a;
    TRY(bulk_start(e, cx, &a, t));
    return put_description(e, cx, &first, out);
}

static int find(engine *e, ctx *cx, str arn, archive *out)
{
    archive a = {.id = STR("")};
    buf b;
    int rc;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "arn:aws:dynamodb:%S:%S:bulk-operation/", e->region, e->account);
    TRY(b.err);
    while (str_starts(arn, buf_view(&b)) &&
           (rc = backup_next(e, cx, ARCHIVE_BULK, a.id, &a)) != DDB_NOT_FOUND) {
        TRY(rc);
        if (str_eq(a.id, (str){arn.p + b.n, arn.n - b.n})) {
            *out = a;
            return 0;
        }
    }
    return fail(cx, DDB_RESOURCE_NOT_FOUND,
                "Requested resource not found: Bulk operation: %S not found", arn);
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    archive a;

    TRY(find(e, cx, q->arn, &a));
    return put_description(e, cx, &a, out);
}

/* What has ended already stays as it ended. */
static int cancel_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    archive a;

    TRY(find(e, cx, q->arn, &a));
    if (a.status == ARCHIVE_RUNNING)
        TRY(bulk_cancel(e, cx, &a));
    buf_byte(out, '{');
    put_arn(e, a.id, out);
    buf_fmt(out, ",\"BulkOperationStatus\":\"%s\"}", status_of(&a));
    return out->err;
}

static int read_token(ctx *cx, str token, str *before)
{
    int rc = base64_decode(cx, token, before);

    if (rc == DDB_NOMEM)
        return rc;
    if (rc < 0 || before->n != ID_BYTES) {
        cx->err = (error){0};
        return fail(cx, DDB_VALIDATION, "Invalid NextToken: %S", token);
    }
    return 0;
}

/* Those of the last 90 days, newest first: all are read, and the page is the end of them. */
static int read_page(engine *e, ctx *cx, str before, archive *page, uint32_t max, uint32_t *n,
                     bool *more)
{
    archive a = {.id = STR("")};
    int rc;

    *n = 0;
    *more = false;
    while ((rc = backup_next(e, cx, ARCHIVE_BULK, a.id, &a)) == 0) {
        if ((before.p != NULL && str_cmp(a.id, before) >= 0) ||
            a.created_ms < cx->now_ms - LISTED_MS)
            continue;
        if (*n == max) {
            memmove(page, page + 1, (max - 1) * sizeof *page);
            (*n)--;
            *more = true;
        }
        page[(*n)++] = a;
    }
    return rc == DDB_NOT_FOUND ? 0 : rc;
}

static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    uint32_t max = q->max.set && q->max.v < PAGE_MAX ? (uint32_t)q->max.v : PAGE_MAX, n;
    archive page[PAGE_MAX];
    str before = STR_ABSENT;
    bool more;

    if (q->next_token.p != NULL)
        TRY(read_token(cx, q->next_token, &before));
    TRY(read_page(e, cx, before, page, max, &n, &more));
    buf_lit(out, "{\"BulkOperationsSummaryList\":[");
    for (uint32_t i = n; i > 0; i--) {
        const archive *a = &page[i - 1];
        buf_fmt(out, "%s{", i < n ? "," : "");
        put_arn(e, a->id, out);
        buf_fmt(out, ",\"BulkOperationStatus\":\"%s\"", status_of(a));
        put_time("StartTime", a->created_ms, out);
        if (has_ended(a))
            put_time("EndTime", a->ended_ms, out);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
    if (more) {
        buf_lit(out, ",\"NextToken\":\"");
        base64_put(out, page[0].id);
        buf_byte(out, '"');
    }
    buf_byte(out, '}');
    return out->err;
}

const op op_start_bulk_put = {"StartBulkPutItems", OP_WRITE | OP_ATOMIC, &start_shape, start_run};
const op op_describe_bulk = {"DescribeBulkOperation", OP_SNAPSHOT, &describe_shape, describe_run};
const op op_list_bulk = {"ListBulkOperations", OP_SNAPSHOT, &list_shape, list_run};
const op op_cancel_bulk = {"CancelBulkOperation", OP_WRITE | OP_ATOMIC, &cancel_shape, cancel_run};

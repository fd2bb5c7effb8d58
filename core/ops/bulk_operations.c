/*
 * bulk_operations.c - StartBulkPutItems, DescribeBulkOperation, ListBulkOperations and
 * CancelBulkOperation: puts of items that stand in Amazon S3.
 *
 *   setting "bulk" of "bulk", named "<ms>-<8 hex>" by its start: the members that echo the request
 *   setting "bulk-token" of "bulk", named by a client token: the operation that it started
 *
 * There is no S3 here. As in the service that is found out after the answer: an operation starts,
 * and the next description says that it FAILED for want of its bucket. Shapes: API model of the AWS
 * SDK 3.1162; facts operations, at the end.
 */
#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "value/json.h"

#define SETTING_BULK STR("bulk")
#define SETTING_TOKEN STR("bulk-token")
#define PATH STR("bulk")
#define TOKEN_MS (8 * 3600000) /* guide: a token's eight hours */
#define PAGE_MAX 10            /* model: the default */
#define ID_BYTES 22            /* 13 digits, a dash, 8 hex digits */

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
    buf_fmt(&b, "\"TableDetails\":[{\"TableName\":\"%S\",\"TableId\":\"%s\"}]", t->name, t->id);
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
    put_text(&b, "PerformanceTier", q->tier.text, ",");
    *out = buf_view(&b);
    return b.err;
}

static int new_id(engine *e, ctx *cx, str *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t raw[4];
    buf b;

    e->host.random(e->host.user, raw, sizeof raw);
    buf_init_arena(&b, cx->a, 64);
    for (int64_t limit = 1000000000000; cx->now_ms < limit && limit > 1; limit /= 10)
        buf_byte(&b, '0');
    buf_fmt(&b, "%l-", cx->now_ms);
    for (size_t i = 0; i < sizeof raw; i++) {
        buf_byte(&b, digits[raw[i] >> 4]);
        buf_byte(&b, digits[raw[i] & 15]);
    }
    *out = buf_view(&b);
    return b.err;
}

static int64_t started(str id)
{
    int64_t v = 0;

    for (size_t i = 0; i < id.n && id.p[i] != '-'; i++)
        v = v * 10 + (id.p[i] - '0');
    return v;
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

static int put_description(engine *e, str id, str members, bool running, buf *out)
{
    buf_lit(out, "{\"BulkOperationDescription\":{");
    put_arn(e, id, out);
    buf_fmt(out, ",\"BulkOperationStatus\":\"%s\",%S", running ? "IN_PROGRESS" : "FAILED",
            members);
    put_time("StartTime", started(id), out);
    if (!running) {
        put_time("EndTime", started(id), out);
        buf_lit(out, ",\"FailureCode\":\"S3NoSuchBucket\","
                     "\"FailureMessage\":\"The specified bucket does not exist\"");
    }
    buf_lit(out, "}}");
    return out->err;
}

/* ---- operations ---- */

/* 1 with the operation that the token has started, 0 if it is new. */
static int find_token(engine *e, ctx *cx, const bulk_request *q, str members, str *id)
{
    str stored;
    int rc;

    if (q->token.p == NULL)
        return 0;
    rc = settings_get(e, cx, SETTING_TOKEN, PATH, q->token, id);
    if (rc == DDB_NOT_FOUND)
        return 0;
    TRY(rc);
    if (started(*id) + TOKEN_MS <= cx->now_ms)
        return 0;
    TRY(settings_get(e, cx, SETTING_BULK, PATH, *id, &stored));
    if (!str_eq(stored, members))
        return fail(cx, DDB_IDEMPOTENT_MISMATCH,
                    "The client token was used with other parameters before");
    return 1;
}

static int start_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    const table *t;
    str members, id;
    int known;

    TRY(engine_table_control(e, cx, q->table_name, &t));
    TRY(echo(cx, q, t, &members));
    known = find_token(e, cx, q, members, &id);
    TRY(known);
    if (known == 1)
        return put_description(e, id, members, false, out);
    TRY(new_id(e, cx, &id));
    TRY(settings_put(e, cx, SETTING_BULK, PATH, id, members));
    if (q->token.p != NULL)
        TRY(settings_put(e, cx, SETTING_TOKEN, PATH, q->token, id));
    return put_description(e, id, members, true, out);
}

static int find(engine *e, ctx *cx, str arn, str *id, str *members)
{
    buf b;
    int rc = DDB_NOT_FOUND;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "arn:aws:dynamodb:%S:%S:bulk-operation/", e->region, e->account);
    TRY(b.err);
    if (str_starts(arn, buf_view(&b)) && arn.n == b.n + ID_BYTES) {
        *id = (str){arn.p + b.n, ID_BYTES};
        rc = settings_get(e, cx, SETTING_BULK, PATH, *id, members);
    }
    return rc != DDB_NOT_FOUND ? rc
                               : fail(cx, DDB_RESOURCE_NOT_FOUND,
                                      "Requested resource not found: Bulk operation: %S not found",
                                      arn);
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    str id, members;

    TRY(find(e, cx, q->arn, &id, &members));
    return put_description(e, id, members, false, out);
}

/* What has ended already stays as it ended. */
static int cancel_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    str id, members;

    TRY(find(e, cx, q->arn, &id, &members));
    buf_byte(out, '{');
    put_arn(e, id, out);
    buf_lit(out, ",\"BulkOperationStatus\":\"FAILED\"}");
    return out->err;
}

static int read_token(ctx *cx, str token, str *after)
{
    int rc = base64_decode(cx, token, after);

    if (rc == DDB_NOMEM)
        return rc;
    if (rc < 0 || after->n != ID_BYTES)
        return fail(cx, DDB_VALIDATION, "Invalid NextToken: %S", token);
    return 0;
}

static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const bulk_request *q = req;
    uint32_t max = q->max.set && q->max.v < PAGE_MAX ? (uint32_t)q->max.v : PAGE_MAX;
    str after = STR("");
    setting *rows;
    uint32_t n;

    if (q->next_token.p != NULL)
        TRY(read_token(cx, q->next_token, &after));
    TRY(settings_list(e, cx, SETTING_BULK, PATH, after, max + 1, &rows, &n));
    buf_lit(out, "{\"BulkOperationsSummaryList\":[");
    for (uint32_t i = 0; i < n && i < max; i++) {
        buf_fmt(out, "%s{", i > 0 ? "," : "");
        put_arn(e, rows[i].name, out);
        buf_lit(out, ",\"BulkOperationStatus\":\"FAILED\"");
        put_time("StartTime", started(rows[i].name), out);
        put_time("EndTime", started(rows[i].name), out);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
    if (n > max) {
        buf_lit(out, ",\"NextToken\":\"");
        base64_put(out, rows[max - 1].name);
        buf_byte(out, '"');
    }
    buf_byte(out, '}');
    return out->err;
}

const op op_start_bulk_put = {"StartBulkPutItems", OP_WRITE | OP_ATOMIC, &start_shape, start_run};
const op op_describe_bulk = {"DescribeBulkOperation", OP_SNAPSHOT, &describe_shape, describe_run};
const op op_list_bulk = {"ListBulkOperations", OP_SNAPSHOT, &list_shape, list_run};
const op op_cancel_bulk = {"CancelBulkOperation", OP_SNAPSHOT, &cancel_shape, cancel_run};

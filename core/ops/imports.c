/*
 * imports.c - ImportTable, DescribeImport, ListImports.
 *
 * An import always makes a new table, which is checked as CreateTable checks it and is CREATING
 * until the last object is read. What was asked for is the archive's body, in the form the
 * description shows it; the engine (transfer.h) works from that too.
 */
#include <stddef.h>

#include "engine/transfer.h"
#include "ops/backup_common.h"
#include "ops/table_common.h"
#include "ops/vector_common.h"
#include "value/json.h"

#define PAGE_MAX 25                     /* model: also the default */
#define TOKEN_WINDOW_IMPORT_MS 28800000 /* guide: eight hours */
#define NEXT_TOKEN_CHARS 112            /* model: the shortest */
#define BODY_BYTES_MAX (1u << 20)

typedef struct in_source {
    str owner, bucket, prefix;
} in_source;

typedef struct in_csv {
    str delimiter;
    list header; /* str */
} in_csv;

typedef struct in_options {
    in_csv *csv;
} in_options;

typedef struct import_request {
    str token;
    in_source *source;
    opt_enum format, compression;
    in_options *options;
    table_creation *create;
} import_request;

static bool delimiter_matches(str s)
{
    return s.n == 1 && memchr(",;:|\t ", s.p[0], 6) != NULL;
}

/* [\x20-\x21\x23-\x2B\x2D-\x7E]* */
static bool header_matches(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] > 0x7e || s.p[i] == '"' || s.p[i] == ',')
            return false;
    return true;
}

#define ENUM(...) {.kind = SH_ENUM, .values = (const char *const[]){__VA_ARGS__, NULL}}
enum { FORMAT_JSON, FORMAT_ION, FORMAT_CSV };
static const shape shape_format = ENUM("DYNAMODB_JSON", "ION", "CSV");
static const shape shape_compression = ENUM("GZIP", "ZSTD", "NONE");
static const shape shape_arn = {.kind = SH_STRING, .min = 1, .max = 1024};
static const shape shape_import_arn = {.kind = SH_STRING, .min = 37, .max = 1024};
static const shape shape_delimiter = {.kind = SH_STRING,
                                      .min = 1,
                                      .max = 1,
                                      .pattern = "[,;:|\\t ]",
                                      .matches = delimiter_matches};
static const shape shape_header_name = {.kind = SH_STRING, .min = 1, .max = 65536,
                                        .pattern = "[\\x20-\\x21\\x23-\\x2B\\x2D-\\x7E]*",
                                        .matches = header_matches};
static const shape shape_header = {
    .kind = SH_LIST, .min = 1, .max = 255, .elem = &shape_header_name};

static const member source_members[] = {
    {"S3BucketOwner", &shape_bucket_owner, offsetof(in_source, owner), false},
    {"S3Bucket", &shape_bucket, offsetof(in_source, bucket), true},
    {"S3KeyPrefix", &shape_key_prefix, offsetof(in_source, prefix), false},
};
static const shape shape_source = {.kind = SH_STRUCT,
                                   .java = "S3BucketSource",
                                   .members = source_members,
                                   .member_count = COUNT(source_members),
                                   .size = sizeof(in_source)};
static const member csv_members[] = {
    {"Delimiter", &shape_delimiter, offsetof(in_csv, delimiter), false},
    {"HeaderList", &shape_header, offsetof(in_csv, header), false},
};
static const shape shape_csv = {.kind = SH_STRUCT,
                                .java = "CsvOptions",
                                .members = csv_members,
                                .member_count = COUNT(csv_members),
                                .size = sizeof(in_csv)};
static const member options_members[] = {
    {"Csv", &shape_csv, offsetof(in_options, csv), false},
};
static const shape shape_options = {.kind = SH_STRUCT,
                                    .java = "InputFormatOptions",
                                    .members = options_members,
                                    .member_count = COUNT(options_members),
                                    .size = sizeof(in_options)};

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(table_creation, field_), required_}
static const member create_members[] = {
    M("TableName", shape_index_name, name, true),
    M("AttributeDefinitions", shape_definitions, definitions, true),
    M("KeySchema", shape_key_schema, keys, true),
    M("BillingMode", shape_billing_mode, billing, false),
    M("ProvisionedThroughput", shape_throughput, rw, false),
    M("OnDemandThroughput", shape_on_demand, on_demand, false),
    M("SSESpecification", shape_sse, sse, false),
    M("GlobalSecondaryIndexes", shape_gsis, gsis, false),
    M("VectorIndexes", shape_vectors, vectors, false),
};
#undef M
static const shape shape_create = {.kind = SH_STRUCT,
                                   .java = "TableCreationParameters",
                                   .members = create_members,
                                   .member_count = COUNT(create_members),
                                   .size = sizeof(table_creation)};

static const member import_members[] = {
    {"ClientToken", &shape_client_token, offsetof(import_request, token), false},
    {"S3BucketSource", &shape_source, offsetof(import_request, source), true},
    {"InputFormat", &shape_format, offsetof(import_request, format), true},
    {"InputFormatOptions", &shape_options, offsetof(import_request, options), false},
    {"InputCompressionType", &shape_compression, offsetof(import_request, compression), false},
    {"TableCreationParameters", &shape_create, offsetof(import_request, create), true},
};
static const shape import_shape = {.kind = SH_STRUCT,
                                   .java = "ImportTableInput",
                                   .members = import_members,
                                   .member_count = COUNT(import_members),
                                   .size = sizeof(import_request)};

/* ---- the body: the request as the description shows it ---- */

static void put_string(buf *b, const char *name, str s)
{
    if (s.p == NULL)
        return;
    if (b->n > 0 && b->p[b->n - 1] != '{')
        buf_byte(b, ',');
    buf_fmt(b, "\"%s\":", name);
    json_put_string(b, s);
}

static void put_definitions(buf *b, const list *in)
{
    buf_lit(b, ",\"AttributeDefinitions\":[");
    for (uint32_t i = 0; i < in->count; i++) {
        const in_definition *d = LIST_AT(in, in_definition, i);
        buf_fmt(b, "%s{", i > 0 ? "," : "");
        put_string(b, "AttributeName", d->name);
        put_string(b, "AttributeType", d->type.text);
        buf_byte(b, '}');
    }
    buf_byte(b, ']');
}

static void put_keys(buf *b, const list *in)
{
    buf_lit(b, ",\"KeySchema\":[");
    for (uint32_t i = 0; i < in->count; i++) {
        const in_key_element *k = LIST_AT(in, in_key_element, i);
        buf_fmt(b, "%s{", i > 0 ? "," : "");
        put_string(b, "AttributeName", k->name);
        put_string(b, "KeyType", k->type.text);
        buf_byte(b, '}');
    }
    buf_byte(b, ']');
}

static void put_throughput(buf *b, const in_throughput *rw, const in_on_demand *limits)
{
    if (rw != NULL)
        buf_fmt(b,
                ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":%l,\"WriteCapacityUnits\":%l}",
                rw->read.v, rw->write.v);
    if (limits == NULL)
        return;
    buf_lit(b, ",\"OnDemandThroughput\":{");
    if (limits->max_read.set)
        buf_fmt(b, "\"MaxReadRequestUnits\":%l", limits->max_read.v);
    if (limits->max_write.set)
        buf_fmt(b, "%s\"MaxWriteRequestUnits\":%l", limits->max_read.set ? "," : "",
                limits->max_write.v);
    buf_byte(b, '}');
}

static void put_gsi(buf *b, const in_gsi *g)
{
    buf_byte(b, '{');
    put_string(b, "IndexName", g->name);
    put_keys(b, &g->keys);
    buf_lit(b, ",\"Projection\":{");
    put_string(b, "ProjectionType", g->projection->type.text);
    if (g->projection->non_key.set) {
        buf_lit(b, ",\"NonKeyAttributes\":[");
        for (uint32_t i = 0; i < g->projection->non_key.count; i++) {
            if (i > 0)
                buf_byte(b, ',');
            json_put_string(b, *LIST_AT(&g->projection->non_key, str, i));
        }
        buf_byte(b, ']');
    }
    buf_byte(b, '}');
    put_throughput(b, g->rw, g->on_demand);
    buf_byte(b, '}');
}

static void put_creation(buf *b, const table_creation *c)
{
    buf_lit(b, ",\"TableCreationParameters\":{");
    put_string(b, "TableName", c->name);
    put_definitions(b, &c->definitions);
    put_keys(b, &c->keys);
    put_string(b, "BillingMode", c->billing.i >= 0 ? c->billing.text : STR("PROVISIONED"));
    put_throughput(b, c->rw, c->on_demand);
    if (c->sse != NULL) {
        buf_fmt(b, ",\"SSESpecification\":{\"Enabled\":%s", c->sse->enabled.v ? "true" : "false");
        put_string(b, "SSEType", c->sse->type.i >= 0 ? c->sse->type.text : STR_ABSENT);
        put_string(b, "KMSMasterKeyId", c->sse->key);
        buf_byte(b, '}');
    }
    if (c->gsis.set) {
        buf_lit(b, ",\"GlobalSecondaryIndexes\":[");
        for (uint32_t i = 0; i < c->gsis.count; i++) {
            if (i > 0)
                buf_byte(b, ',');
            put_gsi(b, LIST_AT(&c->gsis, in_gsi, i));
        }
        buf_byte(b, ']');
    }
    vector_echo(&c->vectors, b);
    buf_byte(b, '}');
}

static void put_options(buf *b, const in_csv *csv)
{
    buf_lit(b, ",\"InputFormatOptions\":{\"Csv\":{");
    put_string(b, "Delimiter", csv->delimiter);
    if (csv->header.set) {
        buf_fmt(b, "%s\"HeaderList\":[", csv->delimiter.p != NULL ? "," : "");
        for (uint32_t i = 0; i < csv->header.count; i++) {
            if (i > 0)
                buf_byte(b, ',');
            json_put_string(b, *LIST_AT(&csv->header, str, i));
        }
        buf_byte(b, ']');
    }
    buf_lit(b, "}}");
}

static int put_body(ctx *cx, const import_request *q, const char *table_id, str token, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, BODY_BYTES_MAX);
    buf_fmt(&b, "{\"TableId\":\"%s\"", table_id);
    put_string(&b, "ClientToken", token);
    buf_lit(&b, ",\"S3BucketSource\":{");
    put_string(&b, "S3BucketOwner", q->source->owner);
    put_string(&b, "S3Bucket", q->source->bucket);
    put_string(&b, "S3KeyPrefix", q->source->prefix);
    buf_byte(&b, '}');
    put_string(&b, "InputFormat", q->format.text);
    if (q->options != NULL && q->options->csv != NULL)
        put_options(&b, q->options->csv);
    put_string(&b, "InputCompressionType",
               q->compression.i >= 0 ? q->compression.text : STR("NONE"));
    put_creation(&b, q->create);
    buf_byte(&b, '}');
    *out = buf_view(&b);
    return b.err;
}

/* ---- descriptions ---- */

static const char *const status_names[] = {"IN_PROGRESS", "COMPLETED", "FAILED"};

/* The members that a description and a summary share, without braces. */
static int put_head(engine *e, ctx *cx, const archive *a, archive_status status, buf *out)
{
    str arn, table_arn;

    TRY(backup_arn(e, cx, a, &arn));
    TRY(engine_table_arn(e, cx, a->table_name, &table_arn));
    buf_fmt(out, "\"ImportArn\":\"%S\",\"ImportStatus\":\"%s\",\"TableArn\":\"%S\"", arn,
            status_names[status], table_arn);
    buf_fmt(out, ",\"CloudWatchLogGroupArn\":\"arn:aws:logs:%S:%S:log-group:"
                 "/aws-dynamodb/imports:*\"", e->region, e->account);
    backup_put_time(out, "StartTime", a->created_ms);
    if (status != ARCHIVE_RUNNING)
        backup_put_time(out, "EndTime", a->ended_ms);
    return 0;
}

static int put_description(engine *e, ctx *cx, const archive *a, archive_status status, buf *out)
{
    buf_lit(out, "{\"ImportTableDescription\":{");
    TRY(put_head(e, cx, a, status, out));
    buf_byte(out, ',');
    buf_put(out, a->body.p + 1, a->body.n - 2); /* the members in the braces */
    buf_fmt(out,
            ",\"ErrorCount\":%l,\"ProcessedSizeBytes\":%l,\"ProcessedItemCount\":%l,"
            "\"ImportedItemCount\":%l",
            a->errors, a->bytes, a->processed, a->items);
    if (status == ARCHIVE_FAILED) {
        put_string(out, "FailureCode", a->failure);
        put_string(out, "FailureMessage", str_of(files_failure_message(a->failure)));
    }
    buf_lit(out, "}}");
    return out->err;
}

/* ---- ImportTable ---- */

/* The same token again: the import it began, if that was asked for alike. 1 when it is answered. */
static int answer_repeated(engine *e, ctx *cx, const import_request *q, buf *out)
{
    const json *body;
    char id[37] = {0};
    str again;
    archive a;
    int rc;

    if (q->token.p == NULL)
        return 0;
    rc = backup_by_token(e, cx, ARCHIVE_IMPORT, q->token,
                                cx->now_ms - TOKEN_WINDOW_IMPORT_MS, &a);
    if (rc < 0)
        return rc == DDB_NOT_FOUND ? 0 : rc;
    TRY(body_parse(cx, &a, &body));
    again = body_str(body, "TableId");
    if (again.n < sizeof id)
        memcpy(id, again.p, again.n);
    TRY(put_body(cx, q, id, q->token, &again));
    if (!str_eq(again, a.body))
        return fail(cx, DDB_IMPORT_CONFLICT,
                    "Import with the same client token but different parameters already exists");
    TRY(put_description(e, cx, &a, a.status, out));
    return 1;
}

static int import_run(engine *e, ctx *cx, void *req, buf *out)
{
    const import_request *q = req;
    archive a, first;
    table t;
    int rc;

    if (q->options != NULL && q->options->csv != NULL && q->format.i != FORMAT_CSV)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "InputFormatOptions.Csv can only be specified when InputFormat "
                                  "is CSV");
    rc = answer_repeated(e, cx, q, out);
    if (rc != 0)
        return rc < 0 ? rc : out->err;
    TRY(table_build(e, cx, q->create, &t));
    if (catalog_find(e, t.name) != NULL)
        return fail(cx, DDB_RESOURCE_IN_USE, "Table already exists: %S", t.name);
    if (catalog_count(e) >= TABLES_MAX)
        return fail(cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                    TABLES_MAX);
    TRY(backup_new_archive(e, cx, ARCHIVE_IMPORT, t.name, &a));
    a.token = q->token;
    TRY(put_body(cx, q, t.id, q->token.p != NULL ? q->token : a.id, &a.body));
    first = a;
    TRY(import_start(e, cx, &a, &t));
    return put_description(e, cx, &first, ARCHIVE_RUNNING, out);
}

const op op_import_table = {
    .name = "ImportTable",
    .flags = OP_WRITE | OP_ATOMIC,
    .request = &import_shape,
    .run = import_run,
};

/* ---- DescribeImport ---- */

typedef struct describe_request {
    str arn;
} describe_request;

static const member describe_members[] = {
    {"ImportArn", &shape_import_arn, offsetof(describe_request, arn), true},
};
static const shape describe_shape = {.kind = SH_STRUCT,
                                     .java = "DescribeImportInput",
                                     .members = describe_members,
                                     .member_count = COUNT(describe_members),
                                     .size = sizeof(describe_request)};

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const describe_request *q = req;
    archive a;
    int rc = backup_find(e, cx, ARCHIVE_IMPORT, q->arn, &a);

    if (rc == DDB_NOT_FOUND)
        return fail(cx, DDB_IMPORT_NOT_FOUND, "Import not found: %S", q->arn);
    TRY(rc);
    return put_description(e, cx, &a, a.status, out);
}

const op op_describe_import = {
    .name = "DescribeImport",
    .flags = OP_SNAPSHOT,
    .request = &describe_shape,
    .run = describe_run,
};

/* ---- ListImports ---- */

typedef struct list_request {
    str table_arn;
    opt_int max;
    str next;
} list_request;

/* ([0-9a-f]{16})+ */
static bool next_matches(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n > 0 && s.n % 16 == 0;
}

static const shape shape_page = {.kind = SH_INTEGER, .min = 1, .max = PAGE_MAX};
static const shape shape_next = {.kind = SH_STRING, .min = NEXT_TOKEN_CHARS, .max = 1024,
                                 .pattern = "([0-9a-f]{16})+", .matches = next_matches};
static const member list_members[] = {
    {"TableArn", &shape_arn, offsetof(list_request, table_arn), false},
    {"PageSize", &shape_page, offsetof(list_request, max), false},
    {"NextToken", &shape_next, offsetof(list_request, next), false},
};
static const shape list_shape = {.kind = SH_STRUCT,
                                 .java = "ListImportsInput",
                                 .members = list_members,
                                 .member_count = COUNT(list_members),
                                 .size = sizeof(list_request)};

/* The id of the last import that was listed, in hexadecimal with zeros behind it. */
static void put_next(buf *out, str id)
{
    char padded[NEXT_TOKEN_CHARS / 2] = {0};

    memcpy(padded, id.p, id.n < sizeof padded ? id.n : sizeof padded);
    buf_hex(out, padded, sizeof padded);
}

static int read_next(ctx *cx, str token, str *id)
{
    char *p = arena_alloc(cx->a, token.n / 2 + 1);
    size_t n = 0;

    if (p == NULL)
        return DDB_NOMEM;
    for (; n < token.n / 2; n++) {
        int c = hex_value(token.p[2 * n]) * 16 + hex_value(token.p[2 * n + 1]);
        if (c == 0)
            break;
        p[n] = (char)c;
    }
    *id = (str){p, n};
    return 0;
}

static int put_summary(engine *e, ctx *cx, const archive *a, buf *out)
{
    const json *body, *source;

    TRY(body_parse(cx, a, &body));
    source = json_get(body, STR("S3BucketSource"));
    buf_byte(out, '{');
    TRY(put_head(e, cx, a, a->status, out));
    put_string(out, "InputFormat", body_str(body, "InputFormat"));
    if (source != NULL) {
        buf_lit(out, ",\"S3BucketSource\":{");
        put_string(out, "S3BucketOwner", body_str(source, "S3BucketOwner"));
        put_string(out, "S3Bucket", body_str(source, "S3Bucket"));
        put_string(out, "S3KeyPrefix", body_str(source, "S3KeyPrefix"));
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
    return 0;
}

static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const list_request *q = req;
    int64_t left = q->max.set ? q->max.v : PAGE_MAX;
    archive a = {.id = STR("")};
    str name = STR_ABSENT, last = STR_ABSENT;
    int rc;

    if (q->table_arn.p != NULL)
        TRY(engine_table_name(e, cx, q->table_arn, &name));
    if (q->next.p != NULL)
        TRY(read_next(cx, q->next, &a.id));
    buf_lit(out, "{\"ImportSummaryList\":[");
    while ((rc = backup_next(e, cx, ARCHIVE_IMPORT, a.id, &a)) == 0) {
        if (name.p != NULL && !str_eq(name, a.table_name))
            continue;
        if (left-- == 0)
            break;
        if (last.p != NULL)
            buf_byte(out, ',');
        TRY(put_summary(e, cx, &a, out));
        last = a.id;
    }
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    buf_byte(out, ']');
    if (rc == 0) {
        buf_lit(out, ",\"NextToken\":\"");
        put_next(out, last);
        buf_byte(out, '"');
    }
    buf_byte(out, '}');
    return out->err;
}

const op op_list_imports = {
    .name = "ListImports",
    .flags = OP_SNAPSHOT,
    .request = &list_shape,
    .run = list_run,
};

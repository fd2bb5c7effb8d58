/*
 * export.c - a table as objects in a bucket, in the service's layout.
 *
 *   <prefix>/AWSDynamoDB/<export id>/_started                 empty: the bucket can be written
 *                                   /data/<name>.json.gz      lines {"Item":{..}}
 *                                   /manifest-files.json      a line for each data file
 *                                   /manifest-summary.json    and the .md5 of both
 *   <prefix>/AWSDynamoDB/data/<name>.json.gz                  the lines of incremental exports:
 *                       {"Metadata":{..},"Keys":{..},"OldImage":{..},"NewImage":{..}}
 *
 * A slice appends a gzip member of its own to the data file at a known offset, so that a slice
 * which is run again after a crash overwrites what it wrote: the file holds each row once. A file
 * of FILE_BYTES is closed: its checksum goes to manifest-files.json, likewise at a known offset.
 * Source: AWS Developer Guide, "DynamoDB table export output format".
 * Start at export_slice().
 */
#include "base/calendar.h"
#include "base/hash.h"
#include "engine/ion.h"
#include "engine/transfer.h"
#include "value/json.h"
#include "value/keyenc.h"

#define SLICE_BYTES (128u * 1024)         /* about two milliseconds of gzip */
#define PIECE_BYTES (128u * 1024)         /* that an object is read by */
#define FILE_BYTES (16u * 1024 * 1024)    /* ours: of lines; the service has a file a partition */
#define LINES_BYTES_MAX (16u * 1024 * 1024)

/* ---- pieces that imports use too ---- */

static int zero_ended(ctx *cx, str s, const char **out)
{
    char *p = arena_alloc(cx->a, s.n + 1);

    if (p == NULL || (s.n > 0 && memchr(s.p, 0, s.n) != NULL))
        return DDB_FILES_FAILED;
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    *out = p;
    return 0;
}

int64_t files_call(engine *e, ctx *cx, str bucket, str key, ddb_files_call *c)
{
    if (e->files.call == NULL)
        return DDB_FILES_NO_BUCKET;
    if (zero_ended(cx, bucket, &c->bucket) < 0 || zero_ended(cx, key, &c->key) < 0)
        return DDB_FILES_FAILED;
    return e->files.call(e->files.user, c);
}

str files_failure_code(int64_t result)
{
    switch (result) {
    case DDB_FILES_NO_BUCKET:
        return STR("S3NoSuchBucket");
    case DDB_FILES_NO_KEY:
        return STR("S3NoSuchKey");
    default:
        return STR("S3InternalError");
    }
}

const char *files_failure_message(str code)
{
    if (str_eq(code, STR("S3NoSuchBucket")))
        return "The specified bucket does not exist";
    if (str_eq(code, STR("S3NoSuchKey")))
        return "The specified key does not exist";
    if (str_eq(code, STR("ResourceNotFound")))
        return "The table was deleted";
    if (str_eq(code, STR("UserCancelled")))
        return "The operation was cancelled by the user";
    return "We encountered an internal error. Please try again.";
}

int files_key(ctx *cx, str prefix, str rest, str *out)
{
    buf b;

    buf_init_arena(&b, cx->a, 16384);
    buf_str(&b, prefix);
    if (prefix.n > 0 && prefix.p[prefix.n - 1] != '/')
        buf_byte(&b, '/');
    buf_str(&b, rest);
    *out = buf_view(&b);
    return b.err;
}

int body_parse(ctx *cx, const archive *a, const json **out)
{
    json *j;
    int rc = json_parse(cx, a->body, &j);

    if (rc == DDB_NOMEM)
        return rc;
    if (rc < 0 || j->type != J_OBJECT)
        return fail(cx, DDB_STORAGE_CORRUPT, "A stored export or import is damaged");
    *out = j;
    return 0;
}

str body_str(const json *body, const char *name)
{
    const json *j = json_get(body, str_of(name));

    return j != NULL && j->type == J_STRING ? j->s : STR_ABSENT;
}

int64_t body_ms(const json *body, const char *name)
{
    const json *j = json_get(body, str_of(name));
    int64_t ms = 0;
    int places = -1;

    if (j == NULL || j->type != J_NUMBER)
        return 0;
    for (size_t i = 0; i < j->s.n && places < 3; i++) {
        char c = j->s.p[i];
        if (c == '.') {
            places = 0;
        } else if (c >= '0' && c <= '9' && ms < INT64_MAX / 100) {
            ms = ms * 10 + (c - '0');
            places += places >= 0;
        }
    }
    for (places = places < 0 ? 0 : places; places < 3; places++)
        ms *= 10;
    return ms;
}

/* ---- the filter ---- */

int export_filter_compile(ctx *cx, const export_texts *x, export_filter *out)
{
    binding b;

    *out = (export_filter){NULL, NULL, NULL};
    if (x->key.p == NULL && x->filter.p == NULL && x->project.p == NULL)
        return 0;
    TRY(binding_init(cx, &b, x->names, x->values));
    if (x->key.p != NULL)
        TRY(expr_condition(cx, &b, EX_KEY_CONDITION, x->key, &out->key));
    if (x->filter.p != NULL)
        TRY(expr_condition(cx, &b, EX_FILTER, x->filter, &out->filter));
    if (x->project.p != NULL)
        TRY(expr_projection(cx, &b, x->project, &out->project));
    return binding_check_unused(cx, &b);
}

int files_names(ctx *cx, const json *j, list *out)
{
    typedef struct pair {
        str key, value;
    } pair;
    pair *pairs = ARENA_ARRAY(cx->a, pair, j->count);

    if (pairs == NULL)
        return DDB_NOMEM;
    *out = (list){.items = pairs, .set = true, .stride = sizeof(pair)};
    for (const json *k = j->child; k != NULL; k = k->next)
        pairs[out->count++] = (pair){k->key, k->s};
    return 0;
}

/* The filter that the body tells of; it has been checked when the export began. */
static int read_filter(ctx *cx, const json *body, export_filter *out)
{
    const json *j = json_get(body, STR("FilterSpecification")), *names, *values;
    export_texts x = {.names = NULL};
    attr_map map;
    list given;

    *out = (export_filter){NULL, NULL, NULL};
    if (j == NULL)
        return 0;
    x.key = body_str(j, "KeyConditionExpression");
    x.filter = body_str(j, "FilterExpression");
    x.project = body_str(j, "ProjectionExpression");
    names = json_get(j, STR("ExpressionAttributeNames"));
    values = json_get(j, STR("ExpressionAttributeValues"));
    if (names != NULL) {
        TRY(files_names(cx, names, &given));
        x.names = &given;
    }
    if (values != NULL) {
        TRY(attr_map_read(cx, values, &map));
        x.values = &map;
    }
    return export_filter_compile(cx, &x, out);
}

/* 1: it is exported. */
static int passes(ctx *cx, const export_filter *f, str item)
{
    item_view view = item_view_text(item);
    bool match = true;

    if (f->key != NULL)
        TRY(cond_eval(cx, f->key, &view, &match));
    if (match && f->filter != NULL)
        TRY(cond_eval(cx, f->filter, &view, &match));
    return match;
}

/* ---- the job ---- */

typedef struct export_run {
    engine *e;
    ctx *cx;
    job *j;
    archive a;
    const json *body;
    str bucket, prefix;
    bool incremental, ion, old_images;
    export_filter filter;
    /* the job's state, as five numbers */
    int64_t file;     /* number of the data file */
    int64_t at;       /* its size */
    int64_t raw;      /* of its lines */
    int64_t items;    /* in it */
    int64_t manifest; /* size of manifest-files.json */
} export_run;

int export_start(engine *e, ctx *cx, const table *t, archive *a, bool incremental, int64_t from_ms,
                 int64_t at_ms)
{
    job j = {.kind = JOB_EXPORT, .source = t->number, .seq_from = -1, .state = STR("")};

    TRY(pitr_seq(e, cx, t, at_ms, &j.seq));
    if (incremental)
        TRY(store_history_at(e->st, cx, t->number, from_ms, &j.seq_from));
    TRY(store_archive_add(e->st, cx, a));
    j.archive = a->number;
    TRY(job_start(e, cx, &j));
    return 0;
}

static void read_state(export_run *x)
{
    int64_t *field[] = {&x->file, &x->at, &x->raw, &x->items, &x->manifest};
    size_t f = 0;

    for (size_t i = 0; i < x->j->state.n && f < COUNT(field); i++) {
        char c = x->j->state.p[i];
        if (c == ' ')
            f++;
        else if (c >= '0' && c <= '9' && *field[f] < INT64_MAX / 100)
            *field[f] = *field[f] * 10 + (c - '0');
    }
}

static int write_state(export_run *x)
{
    buf b;

    buf_init_arena(&b, x->cx->a, 256);
    buf_fmt(&b, "%l %l %l %l %l", x->file, x->at, x->raw, x->items, x->manifest);
    x->j->state = buf_view(&b);
    return b.err;
}

/* A key below AWSDynamoDB/<export id>/. */
static int own_key(const export_run *x, const char *name, str *out)
{
    buf b;

    buf_init_arena(&b, x->cx->a, 16384);
    buf_fmt(&b, "AWSDynamoDB/%S/%s", x->a.id, name);
    return b.err != 0 ? b.err : files_key(x->cx, x->prefix, buf_view(&b), out);
}

/* Names look like the service's and are the same when a slice is run again. */
static int data_key(const export_run *x, str *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t sum[32], number = 0;
    sha256 s;
    buf b;

    sha256_init(&s);
    sha256_add(&s, x->a.id.p, x->a.id.n);
    for (int i = 0; i < 8; i++) {
        number = (uint8_t)((uint64_t)x->file >> (8 * i));
        sha256_add(&s, &number, 1);
    }
    sha256_end(&s, sum);
    buf_init_arena(&b, x->cx->a, 16384);
    if (x->incremental)
        buf_lit(&b, "AWSDynamoDB/data/");
    else
        buf_fmt(&b, "AWSDynamoDB/%S/data/", x->a.id);
    for (size_t i = 0; i < 26; i++)
        buf_byte(&b, letters[sum[i] & 31]);
    buf_fmt(&b, ".%s.gz", x->ion ? "ion" : "json");
    return b.err != 0 ? b.err : files_key(x->cx, x->prefix, buf_view(&b), out);
}

/* ---- lines ---- */

static void put_image(const export_run *x, buf *b, const char *name, str item)
{
    map m;
    int rc;

    if (item.p == NULL)
        return;
    if (!x->ion) {
        buf_fmt(b, ",\"%s\":%S", name, item);
        return;
    }
    rc = item_parse(x->cx, item, &m);
    if (rc < 0) {
        b->err = rc;
        return;
    }
    buf_fmt(b, ",%s:", name);
    ion_put_map(b, &m);
}

/* The key of a row from its encoded bytes, whatever became of the item. */
static int key_map(const export_run *x, const table *t, const key_bytes *k, map *out)
{
    attr *attrs = ARENA_ARRAY(x->cx->a, attr, 2);
    str pk = k->pk, sk = k->sk;

    if (attrs == NULL)
        return DDB_NOMEM;
    attrs[0].name = t->keys.part[0].name;
    TRY(keyenc_get(x->cx, &pk, &attrs[0].v));
    *out = (map){attrs, 1};
    if (t->keys.sorts == 0)
        return 0;
    attrs[1].name = t->keys.sort[0].name;
    TRY(keyenc_get(x->cx, &sk, &attrs[1].v));
    out->count = 2;
    return 0;
}

static int put_change(const export_run *x, const table *t, const past_row *r, buf *b)
{
    int64_t at_ms;
    map key;
    row now;
    int rc;

    TRY(key_map(x, t, &r->r.key, &key));
    TRY(store_history_changed(x->e->st, x->cx, t->number, &r->r.key, x->j->seq, &at_ms));
    rc = store_history_get(x->e->st, x->cx, t, &r->r.key, x->j->seq, &now);
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    if (x->ion) {
        buf_fmt(b, "$ion_1_0 {Metadata:{WriteTimestampMicros:%l000.},Keys:", at_ms);
        ion_put_map(b, &key);
    } else {
        buf_fmt(b, "{\"Metadata\":{\"WriteTimestampMicros\":{\"N\":\"%l000\"}},\"Keys\":", at_ms);
        item_put(b, &key);
    }
    if (x->old_images && !r->absent)
        put_image(x, b, "OldImage", r->r.item);
    if (rc == 0)
        put_image(x, b, "NewImage", now.item);
    buf_lit(b, "}\n");
    return b->err;
}

static int put_item(const export_run *x, str item, buf *b)
{
    buf selected;
    bool any;
    map m;

    if (x->filter.project != NULL) {
        buf_init_arena(&selected, x->cx->a, REPLY_BYTES_MAX);
        TRY(projection_put(x->cx, x->filter.project, item, &selected, &any));
        TRY(selected.err);
        item = buf_view(&selected);
    }
    if (!x->ion) {
        buf_fmt(b, "{\"Item\":%S}\n", item);
        return b->err;
    }
    TRY(item_parse(x->cx, item, &m));
    buf_lit(b, "$ion_1_0 {Item:");
    ion_put_map(b, &m);
    buf_lit(b, "}\n");
    return b->err;
}

/* ---- files: what is below 0 here is DDB_FILES_* ---- */

static int64_t put_object(const export_run *x, str key, int64_t at, str bytes, int coding)
{
    ddb_files_call c = {.verb = DDB_FILES_PUT, .coding = coding, .at = at, .in = bytes.p,
                        .in_n = bytes.n};

    return files_call(x->e, x->cx, x->bucket, key, &c);
}

static int64_t md5_of(const export_run *x, str key, uint8_t out[16])
{
    char *piece = arena_alloc(x->cx->a, PIECE_BYTES);
    ddb_files_call c = {.verb = DDB_FILES_READ, .coding = DDB_CODING_NONE, .out = piece,
                        .out_cap = PIECE_BYTES};
    int64_t n;
    md5 m;

    if (piece == NULL)
        return DDB_FILES_FAILED;
    for (md5_init(&m); (n = files_call(x->e, x->cx, x->bucket, key, &c)) > 0; c.at += n)
        md5_add(&m, piece, (size_t)n);
    if (n == 0)
        md5_end(&m, out);
    return n;
}

/* A line of manifest-files.json for the data file that is complete. */
static int64_t close_file(export_run *x)
{
    uint8_t md5[16];
    str data, manifest;
    int64_t rc;
    buf b;

    if (data_key(x, &data) < 0 || own_key(x, "manifest-files.json", &manifest) < 0)
        return DDB_FILES_FAILED;
    if (x->at == 0 && (rc = put_object(x, data, 0, STR(""), DDB_CODING_GZIP)) < 0)
        return rc;
    rc = md5_of(x, data, md5);
    if (rc < 0)
        return rc;
    buf_init_arena(&b, x->cx->a, 65536);
    buf_fmt(&b, "{\"itemCount\":%l,\"md5Checksum\":\"", x->items);
    base64_put(&b, (str){(const char *)md5, sizeof md5});
    buf_lit(&b, "\",\"etag\":\"");
    buf_hex(&b, md5, sizeof md5);
    buf_lit(&b, "-1\",\"dataFileS3Key\":");
    json_put_string(&b, data);
    buf_lit(&b, "}\n");
    if (b.err != 0)
        return DDB_FILES_FAILED;
    rc = put_object(x, manifest, x->manifest, buf_view(&b), DDB_CODING_NONE);
    if (rc < 0)
        return rc;
    x->manifest = rc;
    x->file++;
    x->at = x->raw = x->items = 0;
    return 0;
}

static void put_member(buf *b, const char *name, str s)
{
    buf_fmt(b, ",\"%s\":", name);
    if (s.p == NULL)
        buf_lit(b, "null");
    else
        json_put_string(b, s);
}

static void put_moment(buf *b, const char *name, int64_t ms)
{
    buf_fmt(b, ",\"%s\":\"", name);
    calendar_put_iso(b, ms);
    buf_byte(b, '"');
}

static int put_summary(const export_run *x, str table_arn, str manifest_key, buf *b)
{
    const json *window = json_get(x->body, STR("IncrementalExportSpecification"));
    str arn;

    TRY(backup_arn(x->e, x->cx, &x->a, &arn));
    buf_lit(b, "{\"version\":\"2020-06-30\"");
    put_member(b, "exportArn", arn);
    put_moment(b, "startTime", x->a.created_ms);
    put_moment(b, "endTime", x->cx->now_ms);
    put_member(b, "tableArn", table_arn);
    put_member(b, "tableId", body_str(x->body, "TableId"));
    if (x->incremental && window != NULL) {
        put_moment(b, "exportFromTime", body_ms(window, "ExportFromTime"));
        put_moment(b, "exportToTime", body_ms(window, "ExportToTime"));
    } else {
        put_moment(b, "exportTime", body_ms(x->body, "ExportTime"));
    }
    put_member(b, "s3Bucket", x->bucket);
    put_member(b, "s3Prefix", x->prefix);
    put_member(b, "s3SseAlgorithm", body_str(x->body, "S3SseAlgorithm"));
    put_member(b, "s3SseKmsKeyId", body_str(x->body, "S3SseKmsKeyId"));
    put_member(b, "manifestFilesS3Key", manifest_key);
    buf_fmt(b, ",\"billedSizeBytes\":%l,\"itemCount\":%l", x->a.bytes, x->a.items);
    put_member(b, "outputFormat", body_str(x->body, "ExportFormat"));
    if (x->incremental && window != NULL)
        put_member(b, "outputView", body_str(window, "ExportViewType"));
    put_member(b, "exportType", body_str(x->body, "ExportType"));
    buf_lit(b, "}\n");
    return b->err;
}

/* Writes the base64 MD5 of an object beside it. */
static int64_t put_md5(const export_run *x, str of, const char *name)
{
    uint8_t md5[16];
    int64_t rc = md5_of(x, of, md5);
    str key;
    buf b;

    if (rc < 0)
        return rc;
    buf_init_arena(&b, x->cx->a, 64);
    base64_put(&b, (str){(const char *)md5, sizeof md5});
    if (b.err != 0 || own_key(x, name, &key) < 0)
        return DDB_FILES_FAILED;
    return put_object(x, key, 0, buf_view(&b), DDB_CODING_NONE);
}

static int64_t put_manifests(export_run *x)
{
    str table_arn, files, summary;
    int64_t rc;
    buf b;

    buf_init_arena(&b, x->cx->a, 65536);
    if (own_key(x, "manifest-files.json", &files) < 0 ||
        own_key(x, "manifest-summary.json", &summary) < 0 ||
        engine_table_arn(x->e, x->cx, x->a.table_name, &table_arn) < 0 ||
        put_summary(x, table_arn, files, &b) < 0)
        return DDB_FILES_FAILED;
    rc = put_md5(x, files, "manifest-files.md5");
    if (rc >= 0)
        rc = put_object(x, summary, 0, buf_view(&b), DDB_CODING_NONE);
    return rc < 0 ? rc : put_md5(x, summary, "manifest-summary.md5");
}

/* ---- slices ---- */

static int end_export(export_run *x, int64_t failure)
{
    x->a.status = failure < 0 ? ARCHIVE_FAILED : ARCHIVE_DONE;
    x->a.ended_ms = x->cx->now_ms;
    if (failure < 0)
        x->a.failure = files_failure_code(failure);
    return store_archive_save(x->e->st, x->cx, &x->a);
}

/* The first slice: is there a bucket that can be written? */
static int64_t begin_files(const export_run *x)
{
    ddb_files_call c = {.verb = DDB_FILES_BUCKET};
    int64_t rc = files_call(x->e, x->cx, x->bucket, STR(""), &c);
    str key;

    if (rc < 0)
        return rc;
    return own_key(x, "_started", &key) < 0 ? DDB_FILES_FAILED
                                            : put_object(x, key, 0, STR(""), DDB_CODING_NONE);
}

static int put_lines(export_run *x, const table *t, const job_batch *rows, buf *b)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const past_row *r = &rows->rows[i];
        int rc = x->incremental ? 1 : passes(x->cx, &x->filter, r->r.item);
        if (rc < 0)
            return rc;
        if (rc == 0)
            continue;
        TRY(x->incremental ? put_change(x, t, r, b) : put_item(x, r->r.item, b));
        x->a.bytes += (int64_t)r->r.size;
        x->a.items++;
        x->items++;
    }
    return 0;
}

/* 1 when there are more rows, 0 at their end; *failure when a file could not be written. */
static int write_rows(export_run *x, int64_t *failure)
{
    const table *t = job_table(x->e, x->j->source);
    char *memory = arena_alloc(x->cx->a, JOB_POSITION_BYTES_MAX);
    job_batch rows;
    str key;
    buf b;

    if (memory == NULL)
        return DDB_NOMEM;
    buf_init_arena(&b, x->cx->a, LINES_BYTES_MAX);
    TRY(job_read_batch(x->e, x->cx, x->j, SLICE_BYTES, &rows));
    TRY(put_lines(x, t, &rows, &b));
    if (b.n > 0) {
        TRY(data_key(x, &key));
        *failure = put_object(x, key, x->at, buf_view(&b), DDB_CODING_GZIP);
        if (*failure < 0)
            return 0;
        x->at = *failure;
        x->raw += (int64_t)b.n;
    }
    if (rows.count > 0) {
        TRY(job_move_to(x->j, &rows.rows[rows.count - 1].r.key, memory));
    }
    *failure = rows.end || x->raw >= (int64_t)FILE_BYTES ? close_file(x) : 0;
    return !rows.end && *failure >= 0;
}

int export_slice(engine *e, ctx *cx, job *j)
{
    export_run x = {.e = e, .cx = cx, .j = j, .incremental = j->seq_from >= 0};
    int64_t failure = 0;
    const json *window;
    int more;

    TRY(store_archive_at(e->st, cx, j->archive, &x.a));
    TRY(body_parse(cx, &x.a, &x.body));
    x.bucket = body_str(x.body, "S3Bucket");
    x.prefix = body_str(x.body, "S3Prefix");
    x.ion = str_eq(body_str(x.body, "ExportFormat"), STR("ION"));
    window = json_get(x.body, STR("IncrementalExportSpecification"));
    x.old_images = window != NULL &&
                   str_eq(body_str(window, "ExportViewType"), STR("NEW_AND_OLD_IMAGES"));
    TRY(read_filter(cx, x.body, &x.filter));
    read_state(&x);
    if (j->state.n == 0)
        failure = begin_files(&x);
    if (failure < 0)
        return end_export(&x, failure);
    more = write_rows(&x, &failure);
    TRY(more);
    if (more > 0) {
        TRY(write_state(&x));
        TRY(store_archive_save(e->st, cx, &x.a));
        return 1;
    }
    if (failure >= 0)
        failure = put_manifests(&x);
    return end_export(&x, failure);
}

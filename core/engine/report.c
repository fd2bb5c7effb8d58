/*
 * report.c - what bulk puts tell of themselves; report.h has the layout, which is ours: the guide
 * names the two types of output and what each one has, its "Output file layout" could not be read.
 */
#include "engine/report.h"

#include "base/utf8.h"
#include "engine/search.h"
#include "value/attrval.h"
#include "value/size.h"

#define LINES_BYTES_MAX (64u * 1024 * 1024) /* a chunk of records, escaped: engine/import.c */
#define RECORD_SHOWN_MAX (2u * ITEM_BYTES_MAX) /* ours: a longer record is told without its text */

static const char *const names[REPORT_KINDS] = {"ERROR", "CONDITION_CHECK_FAILURE"};
static const char *const offsets[REPORT_KINDS] = {"error", "condition"};
static const char *const counts[REPORT_KINDS] = {"errors", "conditions"};

/* ---- what is stored ---- */

static str second_line(const archive *a)
{
    const char *end = a->body.n > 0 ? memchr(a->body.p, '\n', a->body.n) : NULL;

    return end == NULL ? STR_ABSENT : (str){end + 1, (size_t)(a->body.p + a->body.n - end - 1)};
}

str report_request(const archive *a)
{
    str second = second_line(a);

    return second.p == NULL ? a->body : (str){a->body.p, a->body.n - second.n - 1};
}

/* The digits of a member; `none` where there is no such member. */
static int64_t number_of(const json *j, int64_t none)
{
    int64_t n = 0;

    if (j == NULL || j->type != J_NUMBER)
        return none;
    for (size_t i = 0; i < j->s.n && n < INT64_MAX / 100; i++)
        n = n * 10 + (j->s.p[i] - '0');
    return n;
}

static int64_t sum_of(const json *sums, const char *prefix, str name, int64_t none)
{
    for (const json *k = sums->child; k != NULL; k = k->next)
        if (str_starts(k->key, str_of(prefix)) && k->key.n == strlen(prefix) + name.n &&
            memcmp(k->key.p + strlen(prefix), name.p, name.n) == 0)
            return number_of(k, none);
    return none;
}

static const char *prefix_of(const index_def *ix)
{
    return ix->global ? "gsi." : "lsi.";
}

static int read_sums(report *r, const archive *a)
{
    str second = second_line(a);
    json *sums;

    r->total = -1;
    if (second.p == NULL)
        return 0;
    TRY(json_parse(r->cx, second, &sums));
    r->total = sum_of(sums, "total", STR(""), -1);
    r->table = sum_of(sums, "table", STR(""), 0);
    for (int k = 0; k < REPORT_KINDS; k++) {
        r->at[k] = sum_of(sums, offsets[k], STR(""), 0);
        r->count[k] = sum_of(sums, counts[k], STR(""), 0);
    }
    for (uint32_t i = 0; i < r->t->index_count; i++)
        r->index[i] = sum_of(sums, prefix_of(&r->t->indexes[i]), r->t->indexes[i].name, 0);
    for (uint32_t i = 0; i < r->t->vector_count; i++)
        r->vector[i] = sum_of(sums, "vector.", r->t->vectors[i].ix.name, 0);
    return 0;
}

int report_save(const report *r, archive *a)
{
    buf b;

    buf_init_arena(&b, r->cx->a, REQUEST_BYTES_MAX);
    buf_str(&b, report_request(a));
    buf_fmt(&b, "\n{\"table\":%l", r->table);
    if (r->total >= 0)
        buf_fmt(&b, ",\"total\":%l", r->total);
    for (int k = 0; k < REPORT_KINDS; k++)
        buf_fmt(&b, ",\"%s\":%l,\"%s\":%l", offsets[k], r->at[k], counts[k], r->count[k]);
    for (uint32_t i = 0; i < r->t->index_count; i++)
        if (r->index[i] > 0)
            buf_fmt(&b, ",\"%s%S\":%l", prefix_of(&r->t->indexes[i]), r->t->indexes[i].name,
                    r->index[i]);
    for (uint32_t i = 0; i < r->t->vector_count; i++)
        if (r->vector[i] > 0)
            buf_fmt(&b, ",\"vector.%S\":%l", r->t->vectors[i].ix.name, r->vector[i]);
    buf_byte(&b, '}');
    a->body = buf_view(&b);
    return b.err;
}

/* ---- opening ---- */

static int read_output(report *r, const archive *a, const json *request)
{
    const json *output = json_get(request, STR("OutputS3Configuration"));
    const json *types = output != NULL ? json_get(output, STR("OutputType")) : NULL;
    str own;
    buf b;

    if (types == NULL)
        return fail(r->cx, DDB_STORAGE_CORRUPT, "A stored bulk operation is damaged");
    for (const json *k = types->child; k != NULL; k = k->next)
        for (int i = 0; i < REPORT_KINDS; i++)
            r->wanted[i] = r->wanted[i] || str_eq(k->s, str_of(names[i]));
    r->bucket = body_str(output, "S3Bucket");
    buf_init_arena(&b, r->cx->a, 1024);
    buf_fmt(&b, "AWSDynamoDB/%S", a->id);
    TRY(b.err);
    own = buf_view(&b);
    return files_key(r->cx, body_str(output, "S3KeyPrefix"), own, &r->folder);
}

int report_open(report *r, engine *e, ctx *cx, const table *t, const archive *a,
                const json *request)
{
    *r = (report){.e = e, .cx = cx, .t = t};
    for (int k = 0; k < REPORT_KINDS; k++)
        buf_init(&r->lines[k], cx->m, LINES_BYTES_MAX);
    TRY(read_output(r, a, request));
    return read_sums(r, a);
}

void report_release(report *r)
{
    for (int k = 0; k < REPORT_KINDS; k++)
        buf_release(&r->lines[k]);
}

/* ---- lines ---- */

static buf *begin_line(report *r, report_kind kind, str key)
{
    buf *b = &r->lines[kind];

    r->count[kind]++;
    buf_lit(b, "{\"S3Key\":");
    json_put_string(b, key);
    return b;
}

void report_error(report *r, str key, str record, int code)
{
    str message = r->cx->err.message;
    buf *b;

    if (!r->wanted[REPORT_ERROR])
        return;
    b = begin_line(r, REPORT_ERROR, key);
    buf_fmt(b, ",\"ErrorCode\":\"%s\",\"ErrorMessage\":",
            code == DDB_TOO_BIG ? "ValidationException" : error_info_get(code)->name);
    json_put_string(b, message.p != NULL ? message : STR("The record has no item that can be put"));
    if (record.p != NULL && record.n <= RECORD_SHOWN_MAX && utf8_valid(record)) {
        buf_lit(b, ",\"Record\":");
        json_put_string(b, record);
    }
    buf_lit(b, "}\n");
}

void report_condition(report *r, str key, const map *item, str old)
{
    buf *b;

    if (!r->wanted[REPORT_CONDITION])
        return;
    b = begin_line(r, REPORT_CONDITION, key);
    buf_lit(b, ",\"Item\":");
    item_put(b, item);
    if (old.p != NULL)
        buf_fmt(b, ",\"ExistingItem\":%S", old);
    buf_lit(b, "}\n");
}

/* ---- bytes used ---- */

static int add_vectors(report *r, const map *item, item_view *view, str text)
{
    for (uint32_t i = 0; i < r->t->vector_count; i++) {
        const vector_def *d = &r->t->vectors[i];
        attr a = {.name = d->attribute};
        size_t entry;
        int in = vector_of_item(r->cx, d, view);
        TRY(in);
        if (in == 0)
            continue;
        a.v = *map_get(item, d->attribute);
        TRY(index_entry_size(r->cx, r->t, &d->ix, view, text, &entry));
        r->vector[i] += (int64_t)vector_write_bytes(d, entry, size_attr(&a));
    }
    return 0;
}

int report_written(report *r, const map *item, size_t size)
{
    item_view view;
    key_bytes key;
    buf b;

    r->table += (int64_t)size;
    if (r->t->index_count + r->t->vector_count == 0)
        return 0;
    buf_init_arena(&b, r->cx->a, REPLY_BYTES_MAX);
    item_put(&b, item);
    TRY(b.err);
    view = item_view_text(buf_view(&b));
    for (uint32_t i = 0; i < r->t->index_count; i++) {
        const index_def *ix = &r->t->indexes[i];
        size_t entry;
        int in = index_key(r->cx, r->t, ix, &view, &key);
        TRY(in);
        if (in == 0)
            continue;
        TRY(index_entry_size(r->cx, r->t, ix, &view, buf_view(&b), &entry));
        r->index[i] += (int64_t)entry;
    }
    return add_vectors(r, item, &view, buf_view(&b));
}

/* ---- objects ---- */

/* "<folder>/<name>.json" */
static int object_key(const report *r, const char *name, str *out)
{
    buf b;

    buf_init_arena(&b, r->cx->a, 16384);
    buf_fmt(&b, "%S/%s.json", r->folder, name);
    *out = buf_view(&b);
    return b.err;
}

static int64_t put_object(const report *r, const char *name, int64_t at, str bytes)
{
    ddb_files_call c = {.verb = DDB_FILES_PUT, .at = at, .in = bytes.p, .in_n = bytes.n};
    str key;

    if (object_key(r, name, &key) < 0)
        return DDB_FILES_FAILED;
    return files_call(r->e, r->cx, r->bucket, key, &c);
}

int64_t report_flush(report *r)
{
    for (int k = 0; k < REPORT_KINDS; k++) {
        int64_t size;
        if (r->lines[k].err != 0)
            return DDB_FILES_FAILED;
        if (r->lines[k].n == 0)
            continue;
        size = put_object(r, names[k], r->at[k], buf_view(&r->lines[k]));
        if (size < 0)
            return size;
        r->at[k] = size;
    }
    return 0;
}

int64_t report_close(report *r, const archive *a)
{
    bool any = false;
    int64_t rc;
    str key;
    buf b;

    buf_init_arena(&b, r->cx->a, 65536);
    buf_lit(&b, "{\"bulkOperationId\":");
    json_put_string(&b, a->id);
    buf_lit(&b, ",\"tableName\":");
    json_put_string(&b, a->table_name);
    buf_fmt(&b, ",\"processedItemCount\":%l,\"failedItemCount\":%l,\"outputs\":[", a->processed,
            a->errors);
    for (int k = 0; k < REPORT_KINDS; k++) {
        if (r->count[k] == 0)
            continue;
        buf_fmt(&b, "%s{\"outputType\":\"%s\",\"itemCount\":%l,\"dataFileS3Key\":",
                any ? "," : "", names[k], r->count[k]);
        if (object_key(r, names[k], &key) < 0)
            return DDB_FILES_FAILED;
        json_put_string(&b, key);
        buf_byte(&b, '}');
        any = true;
    }
    buf_lit(&b, "]}\n");
    rc = b.err != 0 ? DDB_FILES_FAILED : put_object(r, "manifest-summary", 0, buf_view(&b));
    return rc < 0 ? rc : 0;
}

/* ---- for descriptions ---- */

/* ",\"GlobalSecondaryIndexes\":{"name":{"BulkPutBytes":n},..}" of the members with the prefix. */
static void put_indexes(const json *sums, const char *prefix, const char *name,
                        const char *bytes, int64_t *total, buf *out)
{
    bool any = false;

    for (const json *k = sums->child; k != NULL; k = k->next) {
        if (!str_starts(k->key, str_of(prefix)))
            continue;
        if (any)
            buf_byte(out, ',');
        else
            buf_fmt(out, ",\"%s\":{", name);
        any = true;
        buf_fmt(out, "\"%S\":{\"%s\":%S}",
                (str){k->key.p + strlen(prefix), k->key.n - strlen(prefix)}, bytes, k->s);
        *total += number_of(k, 0);
    }
    if (any)
        buf_byte(out, '}');
}

int report_put_usage(ctx *cx, const archive *a, buf *out)
{
    str second = second_line(a);
    int64_t total, bytes, ignored = 0;
    json *sums;

    if (second.p == NULL)
        return 0;
    TRY(json_parse(cx, second, &sums));
    total = sum_of(sums, "total", STR(""), -1);
    bytes = sum_of(sums, "table", STR(""), 0);
    if (total >= 0)
        buf_fmt(out, ",\"TotalInputBytes\":%l", total);
    buf_lit(out, ",\"BulkOperationUsage\":[{\"TableName\":");
    json_put_string(out, a->table_name);
    buf_fmt(out, ",\"Table\":{\"BulkPutBytes\":%l}", bytes);
    put_indexes(sums, "lsi.", "LocalSecondaryIndexes", "BulkPutBytes", &bytes, out);
    put_indexes(sums, "gsi.", "GlobalSecondaryIndexes", "BulkPutBytes", &bytes, out);
    put_indexes(sums, "vector.", "VectorIndexes", "BulkPutVectorBytes", &ignored, out);
    buf_fmt(out, ",\"BulkPutBytes\":%l}]", bytes);
    return out->err;
}

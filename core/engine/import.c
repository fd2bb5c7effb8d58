/*
 * import.c - a new table from objects in a bucket, and bulk puts into one that is there.
 *
 *   objects whose keys begin with the prefix, in key order
 *     -> decoded bytes, CHUNK_BYTES at a time (more while a record does not fit)
 *     -> records: a line; in CSV a line outside of quotes
 *     -> items {"Item":{..}}, $ion_1_0 {Item:{..}}, or fields below a header
 *     -> checked like a request's, then stored
 *
 * What is wrong with a record counts as an error and the import goes on; what is wrong with the
 * objects ends it as FAILED. The job's state is the object and the offset behind the last record
 * that was stored, so nothing is read twice.
 * A bulk put is read alike and written by engine_write(), with a condition where the record has one
 * beside its Item.
 * Source: AWS Developer Guide, "Amazon S3 import formats for DynamoDB".
 * Start at import_slice().
 */
#include "engine/catalog.h"
#include "engine/ion.h"
#include "engine/report.h"
#include "value/attrval.h"
#include "value/number.h"
#include "value/size.h"

#define CHUNK_BYTES (128u * 1024)
#define RECORD_BYTES_MAX (4u * 1024 * 1024) /* ours: an item of 400 KB, whatever its escapes */
#define KEY_BYTES_MAX 1024                  /* of an object: S3 */
#define CSV_FIELDS_MAX 4096                 /* ours: a longer record is an error */

typedef enum { FORMAT_JSON, FORMAT_ION, FORMAT_CSV } import_format;

typedef struct import_run {
    engine *e;
    ctx *cx;
    job *j;
    archive a;
    const table *t;
    const json *body;
    str bucket, prefix;
    import_format format;
    int coding;
    char delimiter;
    str *header; /* CSV: names of the fields */
    uint32_t header_count;
    bool header_given;
    bool bulk;
    cond *condition; /* of the record at hand, or NULL */
    report told;     /* bulk */
    /* the job's state */
    str key;      /* the object at hand, or the last one; absent: none yet */
    int64_t at;   /* bytes of it done; -1: all */
    bool skipping; /* inside of a record that is too long */
} import_run;

int import_start(engine *e, ctx *cx, archive *a, table *target)
{
    job j = {.kind = JOB_IMPORT, .state = STR("")};

    TRY(store_table_next_number(e->st, cx, &target->number));
    target->status = TABLE_CREATING;
    TRY(catalog_add(e, cx, target));
    TRY(store_archive_add(e->st, cx, a));
    j.archive = a->number;
    j.target = target->number;
    return job_start(e, cx, &j);
}

int bulk_start(engine *e, ctx *cx, archive *a, const table *t)
{
    job j = {.kind = JOB_BULK, .state = STR("")};

    TRY(store_archive_add(e->st, cx, a));
    j.archive = a->number;
    j.target = t->number;
    return job_start(e, cx, &j);
}

int bulk_cancel(engine *e, ctx *cx, archive *a)
{
    a->status = ARCHIVE_CANCELLING;
    return store_archive_save(e->st, cx, a);
}

/* ---- state and options ---- */

static int read_state(import_run *x)
{
    str s = x->j->state;
    size_t i = 0;

    x->at = -1;
    if (s.n == 0)
        return 0;
    x->skipping = s.p[0] == 's'; /* "-12 key" or "s12 key"; "." for an object that is done */
    if (s.p[0] != '.')
        x->at = 0;
    for (i = 1; i < s.n && s.p[i] != ' '; i++)
        if (x->at >= 0 && x->at < INT64_MAX / 100)
            x->at = x->at * 10 + (s.p[i] - '0');
    if (i < s.n)
        x->key = (str){s.p + i + 1, s.n - i - 1};
    return 0;
}

static int write_state(import_run *x)
{
    buf b;

    buf_init_arena(&b, x->cx->a, 4096);
    if (x->at < 0)
        buf_fmt(&b, ". %S", x->key);
    else
        buf_fmt(&b, "%s%l %S", x->skipping ? "s" : "-", x->at, x->key);
    x->j->state = buf_view(&b);
    return b.err;
}

static int read_options(import_run *x)
{
    const json *source =
        json_get(x->body, x->bulk ? STR("InputS3Configuration") : STR("S3BucketSource"));
    const json *how = x->bulk ? source : x->body;
    const json *options = json_get(x->body, STR("InputFormatOptions"));
    const json *csv = options != NULL ? json_get(options, STR("Csv")) : NULL;
    const json *list = csv != NULL ? json_get(csv, STR("HeaderList")) : NULL;
    str format = how == NULL ? STR_ABSENT : body_str(how, "InputFormat");
    str coding = how == NULL ? STR_ABSENT : body_str(how, "InputCompressionType");
    str delimiter = csv != NULL ? body_str(csv, "Delimiter") : STR_ABSENT;

    x->format = str_eq(format, STR("ION")) ? FORMAT_ION
                : str_eq(format, STR("CSV")) ? FORMAT_CSV : FORMAT_JSON;
    x->coding = str_eq(coding, STR("GZIP")) ? DDB_CODING_GZIP
                : str_eq(coding, STR("ZSTD")) ? DDB_CODING_ZSTD : DDB_CODING_NONE;
    x->delimiter = delimiter.n == 1 ? delimiter.p[0] : ',';
    if (source == NULL)
        return fail(x->cx, DDB_STORAGE_CORRUPT, "A stored import is damaged");
    x->bucket = body_str(source, "S3Bucket");
    x->prefix = body_str(source, "S3KeyPrefix");
    if (list == NULL || list->count == 0)
        return 0;
    x->header = ARENA_ARRAY(x->cx->a, str, list->count);
    if (x->header == NULL)
        return DDB_NOMEM;
    for (const json *k = list->child; k != NULL; k = k->next)
        x->header[x->header_count++] = k->s;
    x->header_given = true;
    return 0;
}

/* ---- one record ---- */

/* The bytes of the first record of s with its line end, or 0 when s holds none that is complete. */
static size_t record_end(const import_run *x, str s, bool last)
{
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' && x->format == FORMAT_CSV)
            quoted = !quoted;
        else if (s.p[i] == '\n' && !quoted)
            return i + 1;
    }
    return last ? s.n : 0;
}

static str without_line_end(str s)
{
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

static bool is_blank(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t')
            return false;
    return true;
}

/* The fields of a CSV record; *count may be more than max, of which only max are given. */
static int csv_fields(import_run *x, str s, str *fields, uint32_t max, uint32_t *count)
{
    size_t i = 0;

    *count = 0;
    for (;;) {
        buf b;
        buf_init_arena(&b, x->cx->a, RECORD_BYTES_MAX);
        if (i < s.n && s.p[i] == '"') {
            for (i++; i < s.n; i++) {
                if (s.p[i] == '"' && i + 1 < s.n && s.p[i + 1] == '"')
                    i++; /* two quotes are one */
                else if (s.p[i] == '"')
                    break;
                buf_byte(&b, s.p[i]);
            }
            i += i < s.n;
        }
        for (; i < s.n && s.p[i] != x->delimiter; i++)
            buf_byte(&b, s.p[i]);
        if (b.err != 0)
            return b.err;
        if (*count < max)
            fields[*count] = buf_view(&b);
        ++*count;
        if (i == s.n)
            return 0;
        i++;
    }
}

/* A field as the value its column says: a string, unless the attribute is defined otherwise. */
static int csv_value(import_run *x, str name, str field, value *out)
{
    for (uint32_t i = 0; i < x->t->defined_count; i++) {
        str s = field;
        if (!str_eq(x->t->defined[i].name, name))
            continue;
        if (x->t->defined[i].type == T_N)
            TRY(number_canonical(x->cx, field, &s));
        else if (x->t->defined[i].type == T_B)
            TRY(base64_decode(x->cx, field, &s));
        *out = value_scalar((value_type)x->t->defined[i].type, s);
        return 0;
    }
    *out = value_scalar(T_S, field);
    return 0;
}

static int csv_item(import_run *x, str record, map *out)
{
    str *fields = ARENA_ARRAY(x->cx->a, str, CSV_FIELDS_MAX);
    uint32_t count;

    if (fields == NULL)
        return DDB_NOMEM;
    TRY(csv_fields(x, record, fields, CSV_FIELDS_MAX, &count));
    if (count > x->header_count)
        return DDB_VALIDATION;
    *out = (map){ARENA_ARRAY(x->cx->a, attr, count), 0};
    if (out->attrs == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        attr *a = &out->attrs[out->count];
        if (map_get(out, x->header[i]) != NULL)
            return DDB_VALIDATION;
        a->name = x->header[i];
        TRY(csv_value(x, a->name, fields[i], &a->v));
        out->count++;
    }
    return 0;
}

/* The rules of a request's Item: its JSON is read as one. */
static int read_attributes(import_run *x, const json *item, map *out)
{
    attr_map read;

    if (item == NULL || item->type != J_OBJECT)
        return DDB_VALIDATION;
    TRY(attr_map_read(x->cx, item, &read));
    TRY(attr_raise(x->cx, &read.fault));
    *out = read.m;
    return 0;
}

static bool is_string(const json *j)
{
    return j != NULL && j->type == J_STRING;
}

/* Members beside Item are those of PutItem; another one would be a wish that is not heard. */
static int read_condition(import_run *x, const json *record)
{
    static const char *const known[] = {"Item", "ConditionExpression", "ExpressionAttributeNames",
                                        "ExpressionAttributeValues"};
    const json *text = json_get(record, STR("ConditionExpression"));
    const json *names = json_get(record, STR("ExpressionAttributeNames"));
    const json *values = json_get(record, STR("ExpressionAttributeValues"));
    attr_map bound;
    list given;
    binding b;

    x->condition = NULL;
    for (const json *k = record->child; k != NULL; k = k->next) {
        bool found = false;
        for (size_t i = 0; i < COUNT(known); i++)
            found = found || str_eq(k->key, str_of(known[i]));
        if (!found)
            return DDB_VALIDATION;
    }
    if (text == NULL)
        return names != NULL || values != NULL ? DDB_VALIDATION : 0;
    if (!is_string(text) || (names != NULL && names->type != J_OBJECT))
        return DDB_VALIDATION;
    for (const json *k = names == NULL ? NULL : names->child; k != NULL; k = k->next)
        if (!is_string(k))
            return DDB_VALIDATION;
    if (names != NULL)
        TRY(files_names(x->cx, names, &given));
    if (values != NULL)
        TRY(attr_map_read(x->cx, values, &bound));
    TRY(binding_init(x->cx, &b, names != NULL ? &given : NULL, values != NULL ? &bound : NULL));
    TRY(expr_condition(x->cx, &b, EX_CONDITION, text->s, &x->condition));
    return binding_check_unused(x->cx, &b);
}

static int json_item(import_run *x, str record, map *out)
{
    json *j;

    TRY(json_parse(x->cx, record, &j));
    if (x->bulk && j->type == J_OBJECT)
        TRY(read_condition(x, j));
    return read_attributes(x, j->type == J_OBJECT ? json_get(j, STR("Item")) : NULL, out);
}

static int ion_item(import_run *x, str record, map *out)
{
    json *j;
    map m;
    buf b;

    x->condition = NULL;
    if (x->bulk) { /* how Ion has conditions is not known: better no item than one without */
        TRY(ion_read_record(x->cx, record, &m));
        if (m.count != 1)
            return DDB_VALIDATION;
    }
    TRY(ion_read_item(x->cx, record, &m));
    buf_init_arena(&b, x->cx->a, REQUEST_BYTES_MAX);
    item_put(&b, &m);
    TRY(b.err);
    TRY(json_parse(x->cx, buf_view(&b), &j));
    return read_attributes(x, j, out);
}

static int put_item(import_run *x, const map *m)
{
    write_plan p = {.kind = WRITE_PUT, .t = x->t, .item = m, .item_size = size_map(m),
                    .condition = x->condition, .factor = 1};
    write_result w;

    p.want_old = x->condition != NULL && x->told.wanted[REPORT_CONDITION];

    TRY(table_check_item_key(x->cx, x->t, m));
    TRY(table_check_index_keys(x->cx, x->t, m));
    if (p.item_size > ITEM_BYTES_MAX)
        return fail(x->cx, DDB_VALIDATION, "Item size has exceeded the maximum allowed size");
    TRY(plan_key(x->cx, &p));
    TRY(engine_write(x->e, x->cx, &p, &w));
    if (!w.failed)
        return report_written(&x->told, m, p.item_size);
    report_condition(&x->told, x->key, m, w.existed ? w.old_text : STR_ABSENT);
    return 0; /* a condition that fails is no error */
}

static int store_item(import_run *x, const map *m)
{
    row r = {.size = size_map(m)};
    buf b;

    TRY(table_check_item_key(x->cx, x->t, m));
    TRY(table_check_index_keys(x->cx, x->t, m));
    if (r.size > ITEM_BYTES_MAX)
        return DDB_VALIDATION;
    TRY(key_encode(x->cx, &x->t->keys, m, &r.key));
    buf_init_arena(&b, x->cx->a, REPLY_BYTES_MAX);
    item_put(&b, m);
    TRY(b.err);
    r.item = buf_view(&b);
    return job_put_row(x->e, x->cx, x->t, &r);
}

static int import_record(import_run *x, str record)
{
    arena_mark mark = arena_mark_get(x->cx->a);
    map m;
    int rc;

    rc = x->format == FORMAT_CSV   ? csv_item(x, record, &m)
         : x->format == FORMAT_ION ? ion_item(x, record, &m)
                                   : json_item(x, record, &m);
    if (rc >= 0)
        rc = x->bulk ? put_item(x, &m) : store_item(x, &m);
    x->a.processed++;
    if (rc >= 0) {
        x->a.items++;
    } else if (rc == DDB_VALIDATION || rc == DDB_SERIALIZATION || rc == DDB_TOO_BIG) {
        x->a.errors++;
        if (x->bulk)
            report_error(&x->told, x->key, record, rc);
        x->cx->err = (error){0};
        rc = 0;
    }
    arena_rewind(x->cx->a, mark);
    return rc;
}

/* ---- objects: what is below 0 in *failure is DDB_FILES_* ---- */

/* 1 with x->key at its beginning, 0 when there is none left. */
static int next_object(import_run *x, int64_t *failure)
{
    char *name = arena_alloc(x->cx->a, KEY_BYTES_MAX);
    ddb_files_call c = {.verb = DDB_FILES_NEXT, .out = name, .out_cap = KEY_BYTES_MAX,
                        .in = x->key.p != NULL ? x->key.p : "", .in_n = x->key.n};

    if (name == NULL)
        return DDB_NOMEM;
    *failure = files_call(x->e, x->cx, x->bucket, x->prefix, &c);
    if (*failure < 0)
        return 0;
    if (*failure == 0) {
        if (x->key.p == NULL)
            *failure = DDB_FILES_NO_KEY;
        return 0;
    }
    x->key = (str){name, (size_t)*failure};
    x->at = 0;
    return 1;
}

/* Bytes of the object from `at` on; *last: there are none behind them. */
static int read_chunk(import_run *x, int64_t at, size_t max, str *out, bool *last,
                      int64_t *failure)
{
    char *p = arena_alloc(x->cx->a, max);
    ddb_files_call c = {.verb = DDB_FILES_READ, .coding = x->coding, .at = at, .out = p,
                        .out_cap = max};

    if (p == NULL)
        return DDB_NOMEM;
    *failure = files_call(x->e, x->cx, x->bucket, x->key, &c);
    if (*failure < 0)
        return 0;
    *out = (str){p, (size_t)*failure};
    *last = out->n < max;
    return 0;
}

static int64_t object_size(const import_run *x, str key)
{
    ddb_files_call c = {.verb = DDB_FILES_SIZE};

    return files_call(x->e, x->cx, x->bucket, key, &c);
}

/* The size of all objects together. */
static int count_all(import_run *x, int64_t *failure)
{
    int64_t sum = 0, n;
    int more;

    while ((more = next_object(x, failure)) > 0 && *failure >= 0) {
        n = object_size(x, x->key);
        sum += n > 0 ? n : 0; /* reading it will fail */
    }
    TRY(more);
    x->key = STR_ABSENT;
    x->at = -1;
    x->told.total = sum;
    return 0;
}

/* Names of the columns from the object's first record; x->at moves behind it at the beginning. */
static int read_header(import_run *x, int64_t *failure)
{
    str chunk, record;
    bool last;
    size_t n;

    if (x->format != FORMAT_CSV || x->header_given)
        return 0;
    TRY(read_chunk(x, 0, CHUNK_BYTES, &chunk, &last, failure));
    if (*failure < 0)
        return 0;
    n = record_end(x, chunk, true);
    record = without_line_end((str){chunk.p, n});
    if (record.n >= 3 && memcmp(record.p, "\xef\xbb\xbf", 3) == 0)
        record = (str){record.p + 3, record.n - 3}; /* a byte order mark */
    x->header = ARENA_ARRAY(x->cx->a, str, CSV_FIELDS_MAX);
    if (x->header == NULL)
        return DDB_NOMEM;
    TRY(csv_fields(x, record, x->header, CSV_FIELDS_MAX, &x->header_count));
    if (x->header_count > CSV_FIELDS_MAX)
        x->header_count = CSV_FIELDS_MAX;
    if (x->at == 0)
        x->at = (int64_t)n;
    return 0;
}

/* All complete records of the chunk at x->at: how many bytes they take. */
static int import_chunk(import_run *x, str chunk, bool last, size_t *done)
{
    *done = 0;
    for (;;) {
        str rest = {chunk.p + *done, chunk.n - *done};
        size_t n = record_end(x, rest, last);
        str record;
        if (n == 0)
            return 0;
        *done += n;
        record = without_line_end((str){rest.p, n});
        if (x->skipping)
            x->skipping = false; /* this was the end of it */
        else if (!is_blank(record))
            TRY(import_record(x, record));
    }
}

/* Bulk puts tell bytes as they stand in the objects: of a compressed one all, at its end. */
static int count_bytes(import_run *x, bool last, int64_t done, int64_t *failure)
{
    if (!x->bulk || x->coding == DDB_CODING_NONE) {
        x->a.bytes += done;
        return 0;
    }
    if (last) {
        *failure = object_size(x, x->key);
        x->a.bytes += *failure > 0 ? *failure : 0;
    }
    return 0;
}

/* A chunk of the object at hand: 1, or 0 when a file failed. */
static int import_some(import_run *x, int64_t *failure)
{
    size_t max = CHUNK_BYTES, done;
    str chunk;
    bool last;

    TRY(read_header(x, failure));
    if (*failure < 0)
        return 0;
    for (;;) {
        TRY(read_chunk(x, x->at, max, &chunk, &last, failure));
        if (*failure < 0)
            return 0;
        TRY(import_chunk(x, chunk, last, &done));
        if (done > 0 || last || max >= RECORD_BYTES_MAX)
            break;
        max = RECORD_BYTES_MAX; /* a long record */
    }
    if (done == 0 && !last) {
        if (!x->skipping) {
            x->a.processed++;
            x->a.errors++;
            if (x->bulk)
                report_error(&x->told, x->key, STR_ABSENT, DDB_TOO_BIG);
        }
        x->skipping = true;
        done = chunk.n;
    }
    TRY(count_bytes(x, last, (int64_t)done, failure));
    x->at = last ? -1 : x->at + (int64_t)done;
    return 1;
}

/* ---- slices ---- */

static int end_import(import_run *x, int64_t failure)
{
    if (x->bulk && failure >= 0)
        failure = report_close(&x->told, &x->a);
    x->a.status = failure < 0 ? ARCHIVE_FAILED : ARCHIVE_DONE;
    x->a.ended_ms = x->cx->now_ms;
    if (failure < 0)
        x->a.failure = files_failure_code(failure);
    TRY(store_archive_save(x->e->st, x->cx, &x->a));
    if (x->bulk)
        return 0;
    if (failure < 0 && x->a.processed == 0) /* nothing was found: there is no table either */
        return catalog_remove(x->e, x->cx, x->t);
    return job_activate(x->e, x->cx, x->t);
}

/* The first slice: are there buckets to read and to write? */
static int64_t find_buckets(import_run *x)
{
    ddb_files_call c = {.verb = DDB_FILES_BUCKET};
    int64_t rc = files_call(x->e, x->cx, x->bucket, STR(""), &c);

    return rc < 0 || !x->bulk ? rc : files_call(x->e, x->cx, x->told.bucket, STR(""), &c);
}

static int read_some(import_run *x)
{
    int64_t failure = 0;
    int more = 1;

    if (x->j->state.n == 0)
        failure = find_buckets(x);
    if (failure >= 0 && x->bulk && x->told.total < 0)
        TRY(count_all(x, &failure));
    if (failure >= 0 && x->at < 0)
        TRY(more = next_object(x, &failure));
    if (failure >= 0 && more > 0)
        TRY(more = import_some(x, &failure));
    if (failure >= 0 && x->bulk)
        failure = report_flush(&x->told);
    if (x->bulk && x->told.total >= 0)
        TRY(report_save(&x->told, &x->a));
    if (failure < 0 || more == 0)
        return end_import(x, failure);
    TRY(write_state(x));
    TRY(store_archive_save(x->e->st, x->cx, &x->a));
    return 1;
}

/* Was cancelled, or its table is gone. */
static int end_bulk(import_run *x)
{
    x->a.status = x->t == NULL ? ARCHIVE_FAILED : ARCHIVE_CANCELLED;
    x->a.failure = x->t == NULL ? STR("ResourceNotFound") : STR("UserCancelled");
    x->a.ended_ms = x->cx->now_ms;
    return store_archive_save(x->e->st, x->cx, &x->a);
}

int import_slice(engine *e, ctx *cx, job *j)
{
    import_run x = {.e = e, .cx = cx, .j = j, .t = job_table(e, j->target),
                    .bulk = j->kind == JOB_BULK};
    archive request;
    int rc = 0;

    if (x.t == NULL && !x.bulk)
        return 0; /* the table was taken away */
    TRY(store_archive_at(e->st, cx, j->archive, &x.a));
    if (x.t == NULL || x.a.status == ARCHIVE_CANCELLING)
        return end_bulk(&x);
    request = x.a;
    request.body = report_request(&x.a);
    TRY(body_parse(cx, &request, &x.body));
    TRY(read_options(&x));
    TRY(read_state(&x));
    if (x.bulk)
        rc = report_open(&x.told, e, cx, x.t, &x.a, x.body);
    if (rc >= 0)
        rc = read_some(&x);
    if (x.bulk)
        report_release(&x.told);
    return rc;
}

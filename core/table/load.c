/*
 * load.c - a table definition as text, and back: the catalog's stored form.
 *
 *   {"name":"music","number":3,...,"keys":{"part":["pk","S"],"sort":["sk","N"]},"indexes":[..]}
 *
 * One JSON object; strings, integers, booleans, and lists of names. Enumerations are stored as
 * the numbers of table.h, whose order is therefore part of the file format. A member that is
 * absent has its zero value, so that later versions may add members; a member of the wrong type
 * is DDB_STORAGE_CORRUPT.
 *
 * The text is the same for the same definition, byte by byte: the catalog compares it to see
 * whether another process changed a table.
 */
#include "table/table.h"

#include "value/json.h"

/* ---- to text ---- */

static void put_name(buf *out, const char *name)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        buf_byte(out, ',');
    buf_fmt(out, "\"%s\":", name);
}

static void put_int(buf *out, const char *name, int64_t v)
{
    if (v == 0)
        return;
    put_name(out, name);
    buf_int(out, v);
}

static void put_str(buf *out, const char *name, str s)
{
    if (s.p == NULL)
        return;
    put_name(out, name);
    json_put_string(out, s);
}

/* [["pk","S"],["sk","N"]] */
static void put_attrs(buf *out, const char *name, const key_attr *a, uint32_t n)
{
    if (n == 0)
        return;
    put_name(out, name);
    buf_byte(out, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_byte(out, ',');
        buf_byte(out, '[');
        json_put_string(out, a[i].name);
        buf_fmt(out, ",\"%s\"]", value_type_name(a[i].type));
    }
    buf_byte(out, ']');
}

static void put_keys(buf *out, const key_schema *k)
{
    put_attrs(out, "part", k->part, k->parts);
    put_attrs(out, "sort", k->sort, k->sorts);
}

static void put_throughput(buf *out, const throughput *rw, const on_demand_limits *limits,
                           const warm_throughput *warm)
{
    put_int(out, "read", rw->read);
    put_int(out, "write", rw->write);
    put_int(out, "increased", rw->last_increase_ms);
    put_int(out, "decreased", rw->last_decrease_ms);
    put_int(out, "decreases", rw->decreases_today);
    put_int(out, "maxRead", limits->max_read);
    put_int(out, "maxWrite", limits->max_write);
    put_int(out, "warmRead", warm->read);
    put_int(out, "warmWrite", warm->write);
}

/* The members of an index, without braces. */
static void put_index(buf *out, const index_def *ix)
{
    put_str(out, "name", ix->name);
    put_int(out, "global", ix->global);
    put_int(out, "slot", ix->slot);
    put_keys(out, &ix->keys);
    put_int(out, "projection", ix->projection);
    if (ix->non_key_count > 0) {
        put_name(out, "nonKey");
        buf_byte(out, '[');
        for (uint32_t i = 0; i < ix->non_key_count; i++) {
            if (i > 0)
                buf_byte(out, ',');
            json_put_string(out, ix->non_key[i]);
        }
        buf_byte(out, ']');
    }
    put_int(out, "status", ix->status);
    put_int(out, "until", ix->until_ms);
    put_int(out, "backfilling", ix->backfilling);
    put_int(out, "madeByUpdate", ix->made_by_update);
    put_throughput(out, &ix->rw, &ix->on_demand, &ix->warm);
}

static void put_indexes(buf *out, const table *t)
{
    if (t->index_count == 0)
        return;
    put_name(out, "indexes");
    buf_byte(out, '[');
    for (uint32_t i = 0; i < t->index_count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        buf_byte(out, '{');
        put_index(out, &t->indexes[i]);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

/* "schema":[["tenant","S"],["brand","S"]]; "hash" is the number of its HASH element, from 1. */
static void put_schema(buf *out, const vector_def *d)
{
    if (d->schema_count == 0)
        return;
    put_name(out, "schema");
    buf_byte(out, '[');
    for (uint32_t i = 0; i < d->schema_count; i++) {
        buf_fmt(out, "%s[", i > 0 ? "," : "");
        json_put_string(out, d->schema[i].a.name);
        buf_fmt(out, ",\"%s\"]", value_type_name((value_type)d->schema[i].a.type));
    }
    buf_byte(out, ']');
    for (uint32_t i = 0; i < d->schema_count; i++)
        if (d->schema[i].hash)
            put_int(out, "hash", (int64_t)i + 1);
}

static void put_vectors(buf *out, const table *t)
{
    if (t->vector_count == 0)
        return;
    put_name(out, "vectors");
    buf_byte(out, '[');
    for (uint32_t i = 0; i < t->vector_count; i++) {
        const vector_def *d = &t->vectors[i];
        buf_fmt(out, "%s{", i > 0 ? "," : "");
        put_index(out, &d->ix);
        put_int(out, "projected", d->projection);
        put_int(out, "included", d->included);
        put_str(out, "attribute", d->attribute);
        put_int(out, "dimensions", d->dimensions);
        put_int(out, "distance", d->distance);
        put_schema(out, d);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

void table_store(const table *t, buf *out)
{
    buf_byte(out, '{');
    put_int(out, "number", t->number);
    put_str(out, "name", t->name);
    put_str(out, "arn", t->arn);
    put_str(out, "id", str_of(t->id));
    put_int(out, "status", t->status);
    put_int(out, "until", t->until_ms);
    put_int(out, "created", t->created_ms);
    put_keys(out, &t->keys);
    put_attrs(out, "defined", t->defined, t->defined_count);
    put_indexes(out, t);
    put_vectors(out, t);
    put_int(out, "nextSlot", t->next_slot);
    put_int(out, "billing", t->billing);
    put_int(out, "billingSummary", t->billing_summary);
    put_int(out, "onDemandSince", t->on_demand_since_ms);
    put_throughput(out, &t->rw, &t->on_demand, &t->warm);
    put_int(out, "class", t->class_);
    put_int(out, "classSince", t->class_since_ms);
    put_int(out, "deletionProtection", t->deletion_protection);
    put_int(out, "stream", t->stream_enabled);
    put_int(out, "streamView", t->stream_view);
    put_str(out, "streamLabel", t->stream_label);
    put_int(out, "streamNumber", t->stream_number);
    put_int(out, "loading", t->loading);
    put_int(out, "ttl", t->ttl_enabled);
    put_int(out, "ttlFilling", t->ttl_filling);
    put_int(out, "ttlSlot", t->ttl_slot);
    put_str(out, "ttlAttribute", t->ttl_attribute);
    put_int(out, "ttlChanged", t->ttl_changed_ms);
    put_int(out, "use", t->use_tracked);
    put_int(out, "useReads", t->use_reads);
    put_int(out, "useSlot", t->use_slot);
    put_int(out, "sse", t->sse_enabled);
    put_str(out, "sseType", t->sse_type);
    put_str(out, "sseKey", t->sse_key);
    put_int(out, "history", t->keeps_history);
    put_int(out, "pitrSince", t->pitr_since_ms);
    put_int(out, "pitrDays", t->pitr_days);
    put_str(out, "rest", t->rest);
    buf_byte(out, '}');
}

/* ---- from text ---- */

/* A reader of one object: the first mistake stays in rc, later reads do nothing. */
typedef struct reader {
    ctx *cx;
    const json *at;
    int rc;
} reader;

static int corrupt(ctx *cx)
{
    return fail(cx, DDB_STORAGE_CORRUPT, "A stored table definition is damaged");
}

static const json *get(reader *r, const char *name, json_type type)
{
    const json *j = r->rc < 0 ? NULL : json_get(r->at, str_of(name));

    if (j != NULL && j->type != type) {
        r->rc = corrupt(r->cx);
        return NULL;
    }
    return j;
}

static bool parse_int(str s, int64_t *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    int64_t v = 0;

    if (s.n == 0 || s.n > 20 || (negative && s.n == 1))
        return false;
    for (size_t i = negative; i < s.n; i++) {
        int digit = s.p[i] - '0';
        if (digit < 0 || digit > 9 || v > (INT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = negative ? -v : v;
    return true;
}

/* An integer of min..max; 0 when absent. */
static int64_t get_int(reader *r, const char *name, int64_t min, int64_t max)
{
    const json *j = get(r, name, J_NUMBER);
    int64_t v = 0;

    if (j == NULL)
        return 0;
    if (!parse_int(j->s, &v) || v < min || v > max) {
        r->rc = corrupt(r->cx);
        return 0;
    }
    return v;
}

static bool get_flag(reader *r, const char *name)
{
    return get_int(r, name, 0, 1) != 0;
}

static str copy(reader *r, str s)
{
    char *p = arena_copy(r->cx->a, s.p, s.n);

    if (p == NULL && r->rc == 0)
        r->rc = DDB_NOMEM;
    return (str){p, p == NULL ? 0 : s.n};
}

static str get_str(reader *r, const char *name)
{
    const json *j = get(r, name, J_STRING);

    return j == NULL ? STR_ABSENT : copy(r, j->s);
}

static void *list_memory(reader *r, const json *j, size_t size)
{
    void *p = arena_array(r->cx->a, j->count, size);

    if (p == NULL)
        r->rc = DDB_NOMEM;
    return p;
}

/* ["pk","S"] */
static void read_attr(reader *r, const json *j, key_attr *out)
{
    const json *name = j->type == J_ARRAY && j->count == 2 ? j->child : NULL;
    const json *type = name == NULL ? NULL : name->next;

    if (name == NULL || name->type != J_STRING || type->type != J_STRING || type->s.n != 1) {
        r->rc = corrupt(r->cx);
        return;
    }
    out->name = copy(r, name->s);
    switch (type->s.p[0]) {
    case 'S': out->type = T_S; break;
    case 'N': out->type = T_N; break;
    case 'B': out->type = T_B; break;
    default: r->rc = corrupt(r->cx);
    }
}

static uint32_t read_key_part(reader *r, const char *name, key_attr out[KEY_PARTS_MAX])
{
    const json *j = get(r, name, J_ARRAY);
    uint32_t n = 0;

    if (j == NULL)
        return 0;
    if (j->count > KEY_PARTS_MAX) {
        r->rc = corrupt(r->cx);
        return 0;
    }
    for (const json *k = j->child; k != NULL && r->rc == 0; k = k->next)
        read_attr(r, k, &out[n++]);
    return n;
}

static void read_keys(reader *r, key_schema *out)
{
    out->parts = (uint8_t)read_key_part(r, "part", out->part);
    out->sorts = (uint8_t)read_key_part(r, "sort", out->sort);
    if (r->rc == 0 && out->parts == 0)
        r->rc = corrupt(r->cx);
}

static void read_throughput(reader *r, throughput *rw, on_demand_limits *limits,
                            warm_throughput *warm)
{
    rw->read = get_int(r, "read", 0, INT64_MAX);
    rw->write = get_int(r, "write", 0, INT64_MAX);
    rw->last_increase_ms = get_int(r, "increased", INT64_MIN, INT64_MAX);
    rw->last_decrease_ms = get_int(r, "decreased", INT64_MIN, INT64_MAX);
    rw->decreases_today = get_int(r, "decreases", 0, INT64_MAX);
    limits->max_read = get_int(r, "maxRead", -1, INT64_MAX);
    limits->max_write = get_int(r, "maxWrite", -1, INT64_MAX);
    warm->read = get_int(r, "warmRead", 0, INT64_MAX);
    warm->write = get_int(r, "warmWrite", 0, INT64_MAX);
}

static void read_non_key(reader *r, index_def *out)
{
    const json *j = get(r, "nonKey", J_ARRAY);

    if (j == NULL)
        return;
    out->non_key = list_memory(r, j, sizeof(str));
    for (const json *k = j->child; k != NULL && r->rc == 0; k = k->next) {
        if (k->type != J_STRING)
            r->rc = corrupt(r->cx);
        else
            out->non_key[out->non_key_count++] = copy(r, k->s);
    }
}

/* What secondary and vector indexes have alike. */
static void read_index(reader *r, index_def *out)
{
    out->name = get_str(r, "name");
    out->global = get_flag(r, "global");
    out->slot = (uint16_t)get_int(r, "slot", 0, UINT16_MAX);
    out->projection = (projection_type)get_int(r, "projection", 0, PROJECT_INCLUDE);
    read_non_key(r, out);
    out->status = (index_status)get_int(r, "status", 0, INDEX_DELETING);
    out->until_ms = get_int(r, "until", INT64_MIN, INT64_MAX);
    out->backfilling = get_flag(r, "backfilling");
    out->made_by_update = get_flag(r, "madeByUpdate");
    read_throughput(r, &out->rw, &out->on_demand, &out->warm);
    if (r->rc == 0 && out->name.p == NULL)
        r->rc = corrupt(r->cx);
}

static void read_indexes(reader *r, table *out)
{
    const json *j = get(r, "indexes", J_ARRAY);

    if (j == NULL)
        return;
    if (j->count > INDEX_MAX) {
        r->rc = corrupt(r->cx);
        return;
    }
    out->indexes = list_memory(r, j, sizeof(index_def));
    for (const json *k = j->child; k != NULL && r->rc == 0; k = k->next) {
        reader inner = {r->cx, k, k->type == J_OBJECT ? 0 : corrupt(r->cx)};
        read_keys(&inner, &out->indexes[out->index_count].keys);
        read_index(&inner, &out->indexes[out->index_count++]);
        r->rc = inner.rc;
    }
}

static void read_schema(reader *r, vector_def *out)
{
    const json *j = get(r, "schema", J_ARRAY);
    int64_t hash = get_int(r, "hash", 0, SEARCH_SCHEMA_MAX);

    if (j == NULL)
        return;
    if (j->count > SEARCH_SCHEMA_MAX) {
        r->rc = corrupt(r->cx);
        return;
    }
    out->schema = list_memory(r, j, sizeof(search_attr));
    for (const json *k = j->child; k != NULL && r->rc == 0; k = k->next) {
        search_attr *s = &out->schema[out->schema_count++];
        read_attr(r, k, &s->a);
        s->hash = out->schema_count == hash;
    }
}

static void read_vector(reader *r, vector_def *out)
{
    read_index(r, &out->ix);
    out->projection = (projection_type)get_int(r, "projected", 0, PROJECT_INCLUDE);
    out->included = (uint32_t)get_int(r, "included", 0, UINT16_MAX);
    out->attribute = get_str(r, "attribute");
    out->dimensions = (uint32_t)get_int(r, "dimensions", 0, VECTOR_DIMENSIONS_MAX);
    out->distance = (uint8_t)get_int(r, "distance", 0, VECTOR_EUCLIDEAN);
    read_schema(r, out);
    if (r->rc == 0 && (out->attribute.p == NULL || out->dimensions == 0 ||
                       out->included > out->ix.non_key_count))
        r->rc = corrupt(r->cx);
}

static void read_vectors(reader *r, table *out)
{
    const json *j = get(r, "vectors", J_ARRAY);

    if (j == NULL)
        return;
    if (j->count > VECTOR_MAX) {
        r->rc = corrupt(r->cx);
        return;
    }
    out->vectors = list_memory(r, j, sizeof(vector_def));
    for (const json *k = j->child; k != NULL && r->rc == 0; k = k->next) {
        reader inner = {r->cx, k, k->type == J_OBJECT ? 0 : corrupt(r->cx)};
        read_vector(&inner, &out->vectors[out->vector_count++]);
        r->rc = inner.rc;
    }
}

static void read_defined(reader *r, table *out)
{
    const json *j = get(r, "defined", J_ARRAY);

    if (j == NULL)
        return;
    out->defined = list_memory(r, j, sizeof(key_attr));
    for (const json *k = j->child; k != NULL && r->rc == 0; k = k->next)
        read_attr(r, k, &out->defined[out->defined_count++]);
}

static void read_identity(reader *r, table *out)
{
    const json *id = get(r, "id", J_STRING);

    out->number = get_int(r, "number", 0, INT64_MAX);
    out->name = get_str(r, "name");
    out->arn = get_str(r, "arn");
    if (r->rc == 0 && (out->name.p == NULL || out->arn.p == NULL || id == NULL ||
                       id->s.n >= sizeof out->id))
        r->rc = corrupt(r->cx);
    if (r->rc == 0)
        memcpy(out->id, id->s.p, id->s.n); /* the rest of id is zero */
}

int table_load(ctx *cx, str text, table *out)
{
    json *j;
    int rc = json_parse(cx, text, &j);
    reader r;

    *out = (table){0};
    if (rc == DDB_NOMEM)
        return rc;
    if (rc < 0 || j->type != J_OBJECT)
        return corrupt(cx);
    r = (reader){cx, j, 0};
    read_identity(&r, out);
    out->status = (table_status)get_int(&r, "status", 0, TABLE_DELETING);
    out->until_ms = get_int(&r, "until", INT64_MIN, INT64_MAX);
    out->created_ms = get_int(&r, "created", INT64_MIN, INT64_MAX);
    read_keys(&r, &out->keys);
    read_defined(&r, out);
    read_indexes(&r, out);
    read_vectors(&r, out);
    out->next_slot = (uint16_t)get_int(&r, "nextSlot", 0, UINT16_MAX);
    out->billing = (billing_mode)get_int(&r, "billing", 0, BILLING_PAY_PER_REQUEST);
    out->billing_summary = get_flag(&r, "billingSummary");
    out->on_demand_since_ms = get_int(&r, "onDemandSince", INT64_MIN, INT64_MAX);
    read_throughput(&r, &out->rw, &out->on_demand, &out->warm);
    out->class_ = (table_class)get_int(&r, "class", 0, TABLE_CLASS_INFREQUENT);
    out->class_since_ms = get_int(&r, "classSince", INT64_MIN, INT64_MAX);
    out->deletion_protection = get_flag(&r, "deletionProtection");
    out->stream_enabled = get_flag(&r, "stream");
    out->stream_view = (uint8_t)get_int(&r, "streamView", 0, 3);
    out->stream_label = get_str(&r, "streamLabel");
    out->stream_number = get_int(&r, "streamNumber", 0, INT64_MAX);
    out->loading = get_flag(&r, "loading");
    out->ttl_enabled = get_flag(&r, "ttl");
    out->use_tracked = get_flag(&r, "use");
    out->use_reads = get_flag(&r, "useReads");
    out->use_slot = (uint16_t)get_int(&r, "useSlot", 0, UINT16_MAX);
    out->ttl_filling = get_flag(&r, "ttlFilling");
    out->ttl_slot = (uint16_t)get_int(&r, "ttlSlot", 0, UINT16_MAX);
    out->ttl_attribute = get_str(&r, "ttlAttribute");
    out->ttl_changed_ms = get_int(&r, "ttlChanged", INT64_MIN, INT64_MAX);
    out->sse_enabled = get_flag(&r, "sse");
    out->sse_type = get_str(&r, "sseType");
    out->sse_key = get_str(&r, "sseKey");
    out->keeps_history = get_flag(&r, "history");
    out->pitr_since_ms = get_int(&r, "pitrSince", INT64_MIN, INT64_MAX);
    out->pitr_days = get_int(&r, "pitrDays", 0, 35);
    out->rest = get_str(&r, "rest");
    return r.rc;
}

/*
 * table_common.c - the shared checks of table definitions. See table_common.h.
 *
 * Each function reads one member of a request into the definition it becomes and raises the
 * member's own errors; what needs two members is in the operation.
 */
#include "ops/table_common.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/hash.h"
#include "engine/stream.h"
#include "value/json.h"

#define TEXT_MAX (1u << 20)
#define DEFINITIONS_COMPARED 1024
#define DAY_MS 86400000

/* What an on-demand table is warmed for at least (facts limits.json, on_demand_initial). */
#define WARM_READ_INITIAL 12000
#define WARM_WRITE_INITIAL 4000

static int fail_text(ctx *cx, int code, const buf *b)
{
    return b->err != 0 ? b->err : fail_str(cx, code, buf_view(b));
}

void table_put_names(buf *b, const key_attr *a, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        buf_fmt(b, "%s%S", i > 0 ? ", " : "", a[i].name);
}

/* ---- attributes and keys ---- */

static const key_attr *find_attr(const key_attr *a, uint32_t n, str name)
{
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(a[i].name, name))
            return &a[i];
    return NULL;
}

int table_read_definitions(ctx *cx, const list *in, definitions *out)
{
    static const value_type types[] = {[IN_TYPE_B] = T_B, [IN_TYPE_N] = T_N, [IN_TYPE_S] = T_S};

    *out = (definitions){ARENA_ARRAY(cx->a, key_attr, in->count), 0};
    if (out->attrs == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < in->count; i++) {
        const in_definition *d = LIST_AT(in, in_definition, i);
        /* No table uses this many; a longer list fails for its unused names. */
        if (i < DEFINITIONS_COMPARED && find_attr(out->attrs, i, d->name) != NULL)
            return fail(cx, DDB_VALIDATION, "Attribute Name is duplicated: %S", d->name);
        out->attrs[out->count++] = (key_attr){d->name, (uint8_t)types[d->type.i]};
    }
    return 0;
}

static int check_defined(ctx *cx, const list *in, const definitions *defs)
{
    bool all = true;
    buf b;

    for (uint32_t i = 0; i < in->count; i++)
        if (find_attr(defs->attrs, defs->count, LIST_AT(in, in_key_element, i)->name) == NULL)
            all = false;
    if (all)
        return 0;
    buf_init_arena(&b, cx->a, TEXT_MAX);
    buf_lit(&b, BAD_PARAMETER "Some index key attributes are not defined in AttributeDefinitions. "
                              "Keys: [");
    for (uint32_t i = 0; i < in->count; i++)
        buf_fmt(&b, "%s%S", i > 0 ? ", " : "", LIST_AT(in, in_key_element, i)->name);
    buf_lit(&b, "], AttributeDefinitions: [");
    table_put_names(&b, defs->attrs, defs->count);
    buf_byte(&b, ']');
    return fail_text(cx, DDB_VALIDATION, &b);
}

static int check_unique(ctx *cx, const list *in, bool pair)
{
    const in_key_element *k = in->items;

    for (uint32_t i = 1; i < in->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (str_eq(k[i].name, k[j].name))
                return fail(cx, DDB_VALIDATION, "%s",
                            pair ? "Both the Hash Key and the Range Key element in the KeySchema "
                                   "have the same name"
                                 : "The KeySchema contains multiple key attributes with the same "
                                   "name");
    return 0;
}

/* HASH elements, then RANGE elements; a table or an LSI has one and at most one. */
static int check_key_types(ctx *cx, const list *in, bool global)
{
    const in_key_element *k = in->items;
    uint32_t counts[2] = {0, 0};

    if (k[0].type.i != IN_HASH)
        return fail(cx, DDB_VALIDATION,
                    "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    if (!global && in->count > 1 && k[1].type.i != IN_RANGE)
        return fail(cx, DDB_VALIDATION,
                    "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    for (uint32_t i = 0; i < in->count; i++) {
        if (k[i].type.i == IN_HASH && counts[IN_RANGE] > 0)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "All HASH key attributes must precede RANGE key attributes "
                                      "in the KeySchema");
        if (++counts[k[i].type.i] > KEY_PARTS_MAX)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "The KeySchema exceeds the maximum allowed number of %S key "
                                      "attributes",
                        k[i].type.text);
    }
    return 0;
}

int table_read_keys(ctx *cx, const list *in, const definitions *defs, keys_kind kind,
                    key_schema *out)
{
    const in_key_element *k = in->items;
    bool pair = in->count == 2 && (kind != KEYS_GLOBAL || k[1].type.i == IN_RANGE);

    if (kind == KEYS_TABLE && in->count > defs->count)
        return fail(cx, DDB_VALIDATION,
                    "Invalid KeySchema: Some index key attribute have no definition");
    TRY(check_defined(cx, in, defs));
    TRY(check_unique(cx, in, pair));
    TRY(check_key_types(cx, in, kind == KEYS_GLOBAL));
    *out = (key_schema){.parts = 0};
    for (uint32_t i = 0; i < in->count; i++) {
        const key_attr *a = find_attr(defs->attrs, defs->count, k[i].name);
        assert(a != NULL); /* check_defined */
        if (k[i].type.i == IN_HASH)
            out->part[out->parts++] = *a;
        else
            out->sort[out->sorts++] = *a;
    }
    return 0;
}

/* ---- projections ---- */

static int read_non_key(ctx *cx, const list *in, index_def *out)
{
    out->non_key = ARENA_ARRAY(cx->a, str, in->count);
    if (out->non_key == NULL)
        return DDB_NOMEM;
    out->non_key_count = in->count;
    for (uint32_t i = 0; i < in->count; i++) {
        out->non_key[i] = *LIST_AT(in, str, i);
        for (uint32_t j = 0; j < i; j++)
            if (str_eq(out->non_key[i], out->non_key[j]))
                return fail(cx, DDB_VALIDATION,
                            BAD_PARAMETER "Duplicate element in NonKeyAttributes: %S",
                            out->non_key[i]);
    }
    return 0;
}

int table_read_projection(ctx *cx, const in_projection *in, index_def *out)
{
    static const projection_type types[] = {[IN_PROJECT_ALL] = PROJECT_ALL,
                                            [IN_PROJECT_INCLUDE] = PROJECT_INCLUDE,
                                            [IN_PROJECT_KEYS_ONLY] = PROJECT_KEYS_ONLY};

    if (in->type.i < 0)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Unknown ProjectionType: null");
    out->projection = types[in->type.i];
    if (out->projection != PROJECT_INCLUDE && in->non_key.set)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "ProjectionType is %S, but NonKeyAttributes is specified",
                    in->type.text);
    if (out->projection == PROJECT_INCLUDE && !in->non_key.set)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "ProjectionType is INCLUDE, but NonKeyAttributes is not "
                                  "specified");
    return in->non_key.set ? read_non_key(cx, &in->non_key, out) : 0;
}

int table_check_non_key_total(ctx *cx, const table *t)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < t->index_count; i++)
        total += t->indexes[i].non_key_count;
    if (total > NON_KEY_ATTRIBUTES_TOTAL_MAX)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Total number of NonKeyAttributes over all indexes exceeds the "
                                  "per-table limit of %d",
                    NON_KEY_ATTRIBUTES_TOTAL_MAX);
    return 0;
}

/* ---- throughput ---- */

int table_check_bounds(ctx *cx, const in_throughput *in)
{
    if (in->read.v > THROUGHPUT_MAX)
        return fail(cx, DDB_VALIDATION, "Given value %l for ReadCapacityUnits is out of bounds",
                    in->read.v);
    if (in->write.v > THROUGHPUT_MAX)
        return fail(cx, DDB_VALIDATION, "Given value %l for WriteCapacityUnits is out of bounds",
                    in->write.v);
    return 0;
}

/* "for table", or "for index : by-date" as OnDemandThroughput's texts have it. */
static str whose(ctx *cx, str index_name, const char *before_index)
{
    buf b;

    if (index_name.p == NULL)
        return STR("table");
    buf_init_arena(&b, cx->a, TEXT_MAX);
    buf_fmt(&b, "%s%S", before_index, index_name);
    return buf_view(&b);
}

static int check_on_demand(ctx *cx, const opt_int *v, const char *member, bool update, str name)
{
    if (!v->set || v->v >= 1 || (update && v->v == -1))
        return 0;
    return fail(cx, DDB_VALIDATION,
                BAD_PARAMETER "Requested %s for OnDemandThroughput for %S is outside of valid "
                              "range",
                member, whose(cx, name, "index : "));
}

int table_read_on_demand(ctx *cx, const in_on_demand *in, billing_mode mode, bool update,
                         str index_name, on_demand_limits *limits)
{
    if (in == NULL || (!in->max_read.set && !in->max_write.set))
        return 0;
    if (mode == BILLING_PROVISIONED) {
        const char *member = in->max_read.set ? "MaxReadRequestUnits" : "MaxWriteRequestUnits";
        bool of_index = index_name.p != NULL;
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "%s for OnDemandThroughput %s%S%scannot be specified when %s",
                    member, of_index ? "for index : " : "", of_index ? index_name : STR(""),
                    of_index ? " " : "",
                    update ? "the table BillingMode is PROVISIONED"
                           : "table BillingMode is PROVISIONED.");
    }
    TRY(check_on_demand(cx, &in->max_read, "MaxReadRequestUnits", update, index_name));
    TRY(check_on_demand(cx, &in->max_write, "MaxWriteRequestUnits", update, index_name));
    if (in->max_read.set)
        limits->max_read = in->max_read.v;
    if (in->max_write.set)
        limits->max_write = in->max_write.v;
    return 0;
}

static int check_warm(ctx *cx, const opt_int *v, const char *member, const char *units,
                      int64_t floor, billing_mode mode, str name)
{
    if (!v->set || v->v >= floor)
        return 0;
    if (mode == BILLING_PROVISIONED)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Requested %s for WarmThroughput for %S is lower than %s of "
                                  "ProvisionedThroughput",
                    member, whose(cx, name, "index "), units);
    return fail(cx, DDB_VALIDATION,
                BAD_PARAMETER "Requested %s for WarmThroughput for %S is lower than initial "
                              "throughput for OnDemand. See: https://docs.aws.amazon.com/"
                              "amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
                              "#on-demand-capacity-mode-initial",
                member, whose(cx, name, "index "));
}

int table_read_warm(ctx *cx, const in_warm *in, billing_mode mode, const throughput *rw,
                    str index_name, warm_throughput *out)
{
    bool provisioned = mode == BILLING_PROVISIONED;

    if (in == NULL)
        return 0;
    TRY(check_warm(cx, &in->read, "ReadUnitsPerSecond", "ReadCapacityUnits",
                   provisioned ? rw->read : WARM_READ_INITIAL, mode, index_name));
    TRY(check_warm(cx, &in->write, "WriteUnitsPerSecond", "WriteCapacityUnits",
                   provisioned ? rw->write : WARM_WRITE_INITIAL, mode, index_name));
    if (in->read.set)
        out->read = in->read.v;
    if (in->write.set)
        out->write = in->write.v;
    return 0;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

warm_throughput table_warm_now(const warm_throughput *w, const throughput *rw, billing_mode mode)
{
    bool provisioned = mode == BILLING_PROVISIONED;

    return (warm_throughput){larger(w->read, provisioned ? rw->read : WARM_READ_INITIAL),
                             larger(w->write, provisioned ? rw->write : WARM_WRITE_INITIAL)};
}

int64_t table_decreases_today(const throughput *rw, int64_t now_ms)
{
    return rw->last_decrease_ms / DAY_MS == now_ms / DAY_MS ? rw->decreases_today : 0;
}

/* ---- encryption ---- */

/* The account's own key for DynamoDB has an id that never changes; ours is made of its name. */
static void put_default_key(engine *e, buf *b)
{
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    uint8_t sum[32];
    sha256 s;
    size_t at = 0;

    sha256_init(&s);
    sha256_add(&s, e->region.p, e->region.n);
    sha256_add(&s, e->account.p, e->account.n);
    sha256_end(&s, sum);
    for (size_t g = 0; g < COUNT(groups); g++) {
        if (g > 0)
            buf_byte(b, '-');
        for (size_t i = 0; i < groups[g]; i++, at++)
            buf_byte(b, hex_digit((at & 1) != 0 ? sum[at / 2] : sum[at / 2] >> 4));
    }
}

static int key_arn(engine *e, ctx *cx, str given, str *out)
{
    buf b;

    *out = given;
    if (str_starts(given, STR("arn:")))
        return 0;
    buf_init_arena(&b, cx->a, TEXT_MAX);
    buf_fmt(&b, "arn:aws:kms:%S:%S:", e->region, e->account);
    if (given.p == NULL || str_eq(given, STR("alias/aws/dynamodb"))) {
        buf_lit(&b, "key/");
        put_default_key(e, &b);
    } else {
        buf_fmt(&b, "%s%S", str_starts(given, STR("alias/")) ? "" : "key/", given);
    }
    *out = buf_view(&b);
    return b.err;
}

int table_read_sse(engine *e, ctx *cx, const in_sse *in, table *t, bool *enabled)
{
    bool off = in->enabled.set && !in->enabled.v;

    if (off && in->type.i >= 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "SSEType can not be specified if Enabled is false");
    if (off && in->key.p != NULL)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "KMSMasterKeyId can not be specified if Enabled is false");
    if (in->type.i >= 0 && str_eq(in->type.text, STR("AES256")))
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "SSEType AES256 is not supported");
    if (in->key.p != NULL && in->type.i < 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "SSEType KMS is required if KMSMasterKeyId is specified");
    *enabled = in->enabled.set ? in->enabled.v : in->type.i >= 0;
    t->sse_enabled = *enabled;
    t->sse_type = t->sse_key = STR_ABSENT;
    if (!*enabled)
        return 0;
    t->sse_type = STR("KMS");
    return key_arn(e, cx, in->key, &t->sse_key);
}

/* ---- `rest` ---- */

/* The text of a JSON value that stands in `text`, from its tree: strings point into the text only
 * when they have no escapes, so the tree is written again. Members of rest are ours and flat. */
static void put_json(buf *b, const json *j)
{
    switch ((json_type)j->type) {
    case J_NULL: buf_lit(b, "null"); break;
    case J_TRUE: buf_lit(b, "true"); break;
    case J_FALSE: buf_lit(b, "false"); break;
    case J_NUMBER: buf_str(b, j->s); break;
    case J_STRING: json_put_string(b, j->s); break;
    case J_ARRAY:
    case J_OBJECT:
        buf_byte(b, j->type == J_ARRAY ? '[' : '{');
        for (const json *k = j->child; k != NULL; k = k->next) {
            if (k != j->child)
                buf_byte(b, ',');
            if (j->type == J_OBJECT) {
                json_put_string(b, k->key);
                buf_byte(b, ':');
            }
            put_json(b, k); /* as deep as what is ever put there: table_replicas.c has most */
        }
        buf_byte(b, j->type == J_ARRAY ? ']' : '}');
        break;
    }
}

static int parse_rest(ctx *cx, str rest, json **out)
{
    buf object;

    *out = NULL;
    if (rest.p == NULL)
        return 0;
    buf_init_arena(&object, cx->a, TEXT_MAX);
    buf_fmt(&object, "{%S}", rest);
    return object.err != 0 ? object.err : json_parse(cx, buf_view(&object), out);
}

int table_rest_get(ctx *cx, str rest, str name, const json **out)
{
    json *j;

    TRY(parse_rest(cx, rest, &j));
    *out = j == NULL ? NULL : json_get(j, name);
    return 0;
}

int table_rest_set(ctx *cx, str rest, str name, str value, str *out)
{
    json *j;
    buf b;

    TRY(parse_rest(cx, rest, &j));
    buf_init_arena(&b, cx->a, TEXT_MAX);
    for (const json *k = j == NULL ? NULL : j->child; k != NULL; k = k->next) {
        if (str_eq(k->key, name))
            continue;
        if (b.n > 0)
            buf_byte(&b, ',');
        json_put_string(&b, k->key);
        buf_byte(&b, ':');
        put_json(&b, k);
    }
    if (value.p != NULL) {
        if (b.n > 0)
            buf_byte(&b, ',');
        json_put_string(&b, name);
        buf_fmt(&b, ":%S", value);
    }
    *out = b.n == 0 ? STR_ABSENT : buf_view(&b);
    return b.err;
}

/* ---- ids and times ---- */

void table_new_id(engine *e, table *t)
{
    uint8_t raw[16];
    char *p = t->id;

    e->host.random(e->host.user, raw, sizeof raw);
    raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40); /* version 4, variant 1 of RFC 4122 */
    raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof raw; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        p = hex_put(p, &raw[i], 1);
    }
    *p = 0;
}

void table_put_long_time(buf *b, int64_t ms)
{
    static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    calendar c = calendar_of(ms);

    buf_fmt(b, "%s, %s %d, ", weekdays[c.weekday], months[c.month - 1], c.day);
    calendar_put_padded(b, c.year, 4);
    buf_fmt(b, " at %d:", c.hour % 12 == 0 ? 12 : c.hour % 12);
    calendar_put_padded(b, c.minute, 2);
    buf_byte(b, ':');
    calendar_put_padded(b, c.second, 2);
    buf_fmt(b, " %s Coordinated Universal Time", c.hour < 12 ? "AM" : "PM");
}

static int put_label(ctx *cx, int64_t ms, str *out)
{
    calendar c = calendar_of(ms);
    int64_t fields[] = {c.year, c.month, c.day, c.hour, c.minute, c.second, c.ms};
    static const char after[] = "--T::.";
    buf b;

    buf_init_arena(&b, cx->a, 64);
    for (size_t i = 0; i < COUNT(fields); i++) {
        calendar_put_padded(&b, fields[i], i == 0 ? 4 : i == 6 ? 3 : 2);
        if (i + 1 < COUNT(fields))
            buf_byte(&b, after[i]);
    }
    *out = buf_view(&b);
    return b.err;
}

int table_start_stream(engine *e, ctx *cx, int view, table *t)
{
    stream_row taken;
    int64_t ms = cx->now_ms;
    int rc;

    do {
        TRY(put_label(cx, ms++, &t->stream_label));
        rc = stream_named(e, cx, t->name, t->stream_label, &taken);
        TRY(rc);
    } while (rc > 0);
    t->stream_enabled = true;
    t->stream_view = (uint8_t)view;
    return catalog_next_number(e, cx, &t->stream_number);
}

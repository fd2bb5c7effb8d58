/*
 * table_describe.c - a table as DescribeTable and its like answer it.
 *
 * Members that do not apply are left out, as in the service (facts operations, CreateTable and
 * DescribeTable). Counts are those of this moment; the service refreshes its own every six hours.
 */
#include <stddef.h>

#include "ops/table_common.h"
#include "ops/table_replicas.h"
#include "ops/vector_common.h"

#include "value/json.h"

static const char *const table_status_names[] = {"CREATING", "ACTIVE", "UPDATING", "DELETING"};
static const char *const index_status_names[] = {"CREATING", "ACTIVE", "UPDATING", "DELETING"};
static const char *const billing_names[] = {"PROVISIONED", "PAY_PER_REQUEST"};
static const char *const class_names[] = {"", "STANDARD", "STANDARD_INFREQUENT_ACCESS"};

/* ---- pieces that tables and indexes share ---- */

/* The next name in order, NULL at the end: `last` is the one before, or NULL. The names are the
 * first members of elements of `size` bytes. */
static const str *name_after(const void *elements, size_t size, uint32_t count, const str *last)
{
    const char *at = elements;
    const str *next = NULL;

    for (uint32_t i = 0; i < count; i++, at += size) {
        const str *name = (const void *)at;
        if ((last == NULL || str_cmp(*name, *last) > 0) &&
            (next == NULL || str_cmp(*name, *next) < 0))
            next = name;
    }
    return next;
}

_Static_assert(offsetof(key_attr, name) == 0, "name_after() finds it there");

/* In the order of their names, as the service shows them whatever the request's order was. */
static void put_definitions(buf *out, const table *t)
{
    const str *name = NULL;
    const char *before = "";

    buf_lit(out, "\"AttributeDefinitions\":[");
    while ((name = name_after(t->defined, sizeof *t->defined, t->defined_count, name)) != NULL) {
        const key_attr *a = (const void *)name;
        buf_fmt(out, "%s{\"AttributeName\":", before);
        json_put_string(out, a->name);
        buf_fmt(out, ",\"AttributeType\":\"%s\"}", value_type_name(a->type));
        before = ",";
    }
    buf_byte(out, ']');
}

static void put_key(buf *out, const key_attr *a, const char *type, bool first)
{
    buf_fmt(out, "%s{\"AttributeName\":", first ? "" : ",");
    json_put_string(out, a->name);
    buf_fmt(out, ",\"KeyType\":\"%s\"}", type);
}

static void put_keys(buf *out, const key_schema *k)
{
    buf_lit(out, ",\"KeySchema\":[");
    for (uint32_t i = 0; i < k->parts; i++)
        put_key(out, &k->part[i], "HASH", i == 0);
    for (uint32_t i = 0; i < k->sorts; i++)
        put_key(out, &k->sort[i], "RANGE", false);
    buf_byte(out, ']');
}

static void put_throughput(ctx *cx, buf *out, const throughput *rw)
{
    buf_lit(out, ",\"ProvisionedThroughput\":{");
    if (rw->last_increase_ms != 0) {
        buf_lit(out, "\"LastIncreaseDateTime\":");
        json_put_timestamp(out, rw->last_increase_ms);
        buf_byte(out, ',');
    }
    if (rw->last_decrease_ms != 0) {
        buf_lit(out, "\"LastDecreaseDateTime\":");
        json_put_timestamp(out, rw->last_decrease_ms);
        buf_byte(out, ',');
    }
    buf_fmt(out, "\"NumberOfDecreasesToday\":%l", table_decreases_today(rw, cx->now_ms));
    buf_fmt(out, ",\"ReadCapacityUnits\":%l,\"WriteCapacityUnits\":%l}", rw->read, rw->write);
}

static void put_on_demand(buf *out, const on_demand_limits *l)
{
    if (l->max_read == 0 && l->max_write == 0)
        return;
    buf_lit(out, ",\"OnDemandThroughput\":{");
    if (l->max_read != 0)
        buf_fmt(out, "\"MaxReadRequestUnits\":%l%s", l->max_read, l->max_write != 0 ? "," : "");
    if (l->max_write != 0)
        buf_fmt(out, "\"MaxWriteRequestUnits\":%l", l->max_write);
    buf_byte(out, '}');
}

static void put_warm(buf *out, const warm_throughput *w, const throughput *rw, billing_mode mode,
                     const char *status)
{
    warm_throughput now = table_warm_now(w, rw, mode);

    buf_fmt(out,
            ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":%l,\"WriteUnitsPerSecond\":%l,"
            "\"Status\":\"%s\"}",
            now.read, now.write, status);
}

static void put_time(buf *out, const char *name, int64_t ms)
{
    buf_fmt(out, ",\"%s\":", name);
    json_put_timestamp(out, ms);
}

/* ---- indexes ---- */

void table_put_non_key(buf *out, const str *names, uint32_t count)
{
    const str *name = NULL;
    const char *before = "";

    buf_lit(out, ",\"NonKeyAttributes\":[");
    while ((name = name_after(names, sizeof *names, count, name)) != NULL) {
        buf_fmt(out, "%s", before);
        json_put_string(out, *name);
        before = ",";
    }
    buf_byte(out, ']');
}

static void put_projection(buf *out, const index_def *ix)
{
    static const char *const names[] = {"ALL", "KEYS_ONLY", "INCLUDE"};

    buf_fmt(out, ",\"Projection\":{\"ProjectionType\":\"%s\"", names[ix->projection]);
    if (ix->non_key_count > 0)
        table_put_non_key(out, ix->non_key, ix->non_key_count);
    buf_byte(out, '}');
}

static int put_index(engine *e, ctx *cx, const table *t, const index_def *ix, unsigned flags,
                     buf *out)
{
    int64_t items = 0, bytes = 0;

    bool dropped = ix->status == INDEX_DELETING && ix->until_ms != 0; /* has no entries any more */

    if (t->status != TABLE_CREATING && ix->status != INDEX_CREATING && !dropped)
        TRY(engine_index_stats(e, cx, t, ix, &items, &bytes));
    buf_lit(out, "{\"IndexName\":");
    json_put_string(out, ix->name);
    put_keys(out, &ix->keys);
    put_projection(out, ix);
    if (ix->global) {
        index_status status = t->status == TABLE_CREATING ? INDEX_CREATING : ix->status;
        buf_fmt(out, ",\"IndexStatus\":\"%s\"", index_status_names[status]);
        if (ix->made_by_update && ix->status == INDEX_CREATING)
            buf_fmt(out, ",\"Backfilling\":%s", t->status == TABLE_UPDATING ? "false" : "true");
        put_throughput(cx, out, &ix->rw);
        put_on_demand(out, &ix->on_demand);
        if ((flags & DESCRIBE_WARM) != 0)
            put_warm(out, &ix->warm, &ix->rw, t->billing, index_status_names[status]);
    }
    buf_fmt(out, ",\"IndexSizeBytes\":%l,\"ItemCount\":%l,\"IndexArn\":", bytes, items);
    buf_byte(out, '"'); /* names and ARNs are [a-zA-Z0-9_.:/-]: nothing to escape */
    buf_fmt(out, "%S/index/%S\"}", t->arn, ix->name);
    return 0;
}

static int put_indexes(engine *e, ctx *cx, const table *t, bool global, unsigned flags, buf *out)
{
    bool any = false;

    for (uint32_t i = 0; i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        if (ix->global != global)
            continue;
        if (any)
            buf_byte(out, ',');
        else
            buf_fmt(out, ",\"%sSecondaryIndexes\":[", global ? "Global" : "Local");
        any = true;
        TRY(put_index(e, cx, t, ix, flags, out));
    }
    if (any)
        buf_byte(out, ']');
    return 0;
}

/* ---- the table ---- */

static void put_billing(const table *t, buf *out)
{
    if (!t->billing_summary)
        return;
    buf_fmt(out, ",\"BillingModeSummary\":{\"BillingMode\":\"%s\"", billing_names[t->billing]);
    if (t->on_demand_since_ms != 0 && t->status != TABLE_CREATING)
        put_time(out, "LastUpdateToPayPerRequestDateTime", t->on_demand_since_ms);
    buf_byte(out, '}');
}

static void put_stream(const table *t, buf *out)
{
    if (t->stream_enabled)
        buf_fmt(out, ",\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":\"%s\"}",
                stream_view_names[t->stream_view]);
    if (t->stream_label.p != NULL)
        buf_fmt(out, ",\"LatestStreamLabel\":\"%S\",\"LatestStreamArn\":\"%S/stream/%S\"",
                t->stream_label, t->arn, t->stream_label);
}

static void put_sse(const table *t, unsigned flags, buf *out)
{
    bool updating = (flags & DESCRIBE_SSE_UPDATING) != 0;

    if (!t->sse_enabled && !updating)
        return;
    buf_fmt(out, ",\"SSEDescription\":{\"Status\":\"%s\"", updating ? "UPDATING" : "ENABLED");
    if (t->sse_enabled) {
        buf_fmt(out, ",\"SSEType\":\"%S\",\"KMSMasterKeyArn\":", t->sse_type);
        json_put_string(out, t->sse_key);
    }
    buf_byte(out, '}');
}

static void put_class(const table *t, buf *out)
{
    if (t->class_ == TABLE_CLASS_UNSET)
        return;
    buf_fmt(out, ",\"TableClassSummary\":{\"TableClass\":\"%s\"", class_names[t->class_]);
    if (t->class_since_ms != 0)
        put_time(out, "LastUpdateDateTime", t->class_since_ms);
    buf_byte(out, '}');
}

static void put_counts(buf *out, int64_t items, int64_t bytes)
{
    buf_fmt(out, ",\"TableSizeBytes\":%l,\"ItemCount\":%l", bytes, items);
}

static void put_identity(const table *t, buf *out)
{
    buf_fmt(out, ",\"TableArn\":\"%S\",\"TableId\":\"%s\"", t->arn, t->id);
}

/* Where a table came from, when it was restored. */
static int put_restore(ctx *cx, const table *t, buf *out)
{
    const json *summary, *j;

    TRY(table_rest_get(cx, t->rest, STR("RestoreSummary"), &summary));
    if (summary == NULL)
        return 0;
    buf_lit(out, ",\"RestoreSummary\":{");
    for (j = summary->child; j != NULL; j = j->next) {
        buf_fmt(out, "\"%S\":", j->key);
        if (j->type == J_STRING)
            json_put_string(out, j->s);
        else
            buf_str(out, j->s); /* a time */
        buf_byte(out, ',');
    }
    buf_fmt(out, "\"RestoreInProgress\":%s}", t->status == TABLE_CREATING ? "true" : "false");
    return 0;
}

int table_describe(engine *e, ctx *cx, const table *t, unsigned flags, buf *out)
{
    int64_t items = 0, bytes = 0;

    if (t->status != TABLE_CREATING)
        TRY(engine_table_stats(e, cx, t, &items, &bytes));
    buf_byte(out, '{');
    put_definitions(out, t);
    buf_fmt(out, ",\"TableName\":\"%S\"", t->name);
    put_keys(out, &t->keys);
    buf_fmt(out, ",\"TableStatus\":\"%s\"", table_status_names[t->status]);
    put_time(out, "CreationDateTime", t->created_ms);
    put_throughput(cx, out, &t->rw);
    put_counts(out, items, bytes);
    put_identity(t, out);
    put_billing(t, out);
    TRY(put_indexes(e, cx, t, false, flags, out));
    TRY(put_indexes(e, cx, t, true, flags, out));
    TRY(vector_describe(e, cx, t, out));
    put_stream(t, out);
    TRY(replica_describe(cx, t, flags, out));
    TRY(put_restore(cx, t, out));
    put_sse(t, flags, out);
    put_class(t, out);
    buf_fmt(out, ",\"DeletionProtectionEnabled\":%s", t->deletion_protection ? "true" : "false");
    put_on_demand(out, &t->on_demand);
    if ((flags & DESCRIBE_WARM) != 0)
        put_warm(out, &t->warm, &t->rw, t->billing, table_status_names[t->status]);
    buf_byte(out, '}');
    return out->err;
}

int table_describe_deleted(engine *e, ctx *cx, const table *t, buf *out)
{
    int64_t items = 0, bytes = 0;

    TRY(engine_table_stats(e, cx, t, &items, &bytes));
    buf_fmt(out, "{\"TableName\":\"%S\",\"TableStatus\":\"DELETING\"", t->name);
    put_throughput(cx, out, &t->rw);
    put_counts(out, items, bytes);
    put_identity(t, out);
    buf_fmt(out, ",\"DeletionProtectionEnabled\":%s}", t->deletion_protection ? "true" : "false");
    return out->err;
}

/* ---- the table of a backup ---- */

static void put_source_indexes(buf *out, const table *t, bool global, bool *any)
{
    bool first = true;

    for (uint32_t i = 0; i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        if (ix->global != global)
            continue;
        if (first)
            buf_fmt(out, "%s\"%sSecondaryIndexes\":[", *any ? "," : "",
                    global ? "Global" : "Local");
        buf_fmt(out, "%s{\"IndexName\":", first ? "" : ",");
        json_put_string(out, ix->name);
        put_keys(out, &ix->keys);
        put_projection(out, ix);
        if (global)
            buf_fmt(out,
                    ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":%l,"
                    "\"WriteCapacityUnits\":%l}",
                    ix->rw.read, ix->rw.write);
        if (global)
            put_on_demand(out, &ix->on_demand);
        buf_byte(out, '}');
        first = false;
    }
    if (!first)
        buf_byte(out, ']');
    *any = *any || !first;
}

static void put_source_features(const table *t, buf *out)
{
    bool any = false;

    buf_lit(out, ",\"SourceTableFeatureDetails\":{");
    put_source_indexes(out, t, false, &any);
    put_source_indexes(out, t, true, &any);
    vector_describe_source(t, &any, out);
    if (t->stream_enabled)
        buf_fmt(out,
                "%s\"StreamDescription\":{\"StreamEnabled\":true,\"StreamViewType\":\"%s\"}",
                any ? "," : "", stream_view_names[t->stream_view]);
    any = any || t->stream_enabled;
    if (t->ttl_attribute.p != NULL) {
        buf_fmt(out, "%s\"TimeToLiveDescription\":{\"TimeToLiveStatus\":\"ENABLED\","
                     "\"AttributeName\":", any ? "," : "");
        json_put_string(out, t->ttl_attribute);
        buf_byte(out, '}');
        any = true;
    }
    if (t->sse_enabled) {
        buf_fmt(out, "%s\"SSEDescription\":{\"Status\":\"ENABLED\",\"SSEType\":\"%S\","
                     "\"KMSMasterKeyArn\":", any ? "," : "", t->sse_type);
        json_put_string(out, t->sse_key);
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
}

void table_describe_source(const table *t, int64_t items, int64_t bytes, buf *out)
{
    buf_fmt(out,
            "\"SourceTableDetails\":{\"TableName\":\"%S\",\"TableId\":\"%s\","
            "\"TableArn\":\"%S\",\"TableSizeBytes\":%l",
            t->name, t->id, t->arn, bytes);
    put_keys(out, &t->keys);
    put_time(out, "TableCreationDateTime", t->created_ms);
    buf_fmt(out,
            ",\"ProvisionedThroughput\":{\"ReadCapacityUnits\":%l,\"WriteCapacityUnits\":%l}",
            t->rw.read, t->rw.write);
    put_on_demand(out, &t->on_demand);
    buf_fmt(out, ",\"ItemCount\":%l,\"BillingMode\":\"%s\"}", items, billing_names[t->billing]);
    put_source_features(t, out);
}

/*
 * info.c - ddblite.Info: what this engine and its database are and hold. An operation of our own.
 *
 *   {"TableNames":["a"]}   these tables only
 *   {"Counts":false}       definitions only: nothing is counted
 *
 * What is counted, and what that costs, is engine_count()'s.
 */
#include <stddef.h>

#include "engine/upkeep.h"
#include "ops/ops.h"
#include "value/json.h"

#define NAMES_MAX 10000 /* ours: far more tables than anybody asks for by name */

typedef struct info_request {
    list names; /* str */
    opt_bool counts;
} info_request;

static const shape shape_info_names = {
    .kind = SH_LIST, .min = 0, .max = NAMES_MAX, .elem = &shape_table_name};

static const member info_members[] = {
    {"TableNames", &shape_info_names, offsetof(info_request, names), false},
    {"Counts", &shape_boolean, offsetof(info_request, counts), false},
};

static const shape info_shape = {
    .kind = SH_STRUCT,
    .java = "InfoRequest",
    .members = info_members,
    .member_count = COUNT(info_members),
    .size = sizeof(info_request),
};

static const char *const status_names[] = {"CREATING", "ACTIVE", "UPDATING", "DELETING"};

static int put_counts(engine *e, ctx *cx, const table *t, const index_def *ix, buf *out)
{
    count_facts n;

    TRY(engine_count(e, cx, t, ix, &n));
    buf_fmt(out, ",\"Items\":%l,\"Bytes\":%l,\"Estimated\":%s", n.items, n.bytes,
            n.estimated ? "true" : "false");
    return 0;
}

static void put_names(buf *out, const key_attr *attrs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        json_put_string(out, attrs[i].name);
    }
}

static void put_keys(buf *out, const key_schema *k)
{
    buf_lit(out, ",\"PartitionKey\":[");
    put_names(out, k->part, k->parts);
    buf_lit(out, "],\"SortKey\":[");
    put_names(out, k->sort, k->sorts);
    buf_byte(out, ']');
}

static int put_index(engine *e, ctx *cx, const table *t, const index_def *ix, bool counts, buf *out)
{
    static const char *const projections[] = {"ALL", "KEYS_ONLY", "INCLUDE"};
    bool there = t->status != TABLE_CREATING && ix->status != INDEX_CREATING &&
                 !(ix->status == INDEX_DELETING && ix->until_ms != 0);

    buf_lit(out, "{\"IndexName\":");
    json_put_string(out, ix->name);
    buf_fmt(out, ",\"Kind\":\"%s\",\"Status\":\"%s\",\"Projection\":\"%s\"",
            ix->global ? "GLOBAL" : "LOCAL", status_names[ix->status],
            projections[ix->projection]);
    put_keys(out, &ix->keys);
    if (counts && there)
        TRY(put_counts(e, cx, t, ix, out));
    buf_byte(out, '}');
    return 0;
}

static int put_table(engine *e, ctx *cx, const table *t, bool counts, buf *out)
{
    int64_t records;

    buf_lit(out, "{\"TableName\":");
    json_put_string(out, t->name);
    buf_fmt(out, ",\"Status\":\"%s\"", status_names[t->status]);
    put_keys(out, &t->keys);
    if (counts)
        TRY(put_counts(e, cx, t, NULL, out));
    buf_lit(out, ",\"Indexes\":[");
    for (uint32_t i = 0; i < t->index_count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        TRY(put_index(e, cx, t, &t->indexes[i], counts, out));
    }
    buf_byte(out, ']');
    if (t->stream_enabled) {
        buf_fmt(out, ",\"Stream\":{\"ViewType\":\"%s\"", stream_view_names[t->stream_view]);
        if (counts) {
            TRY(engine_stream_records(e, cx, t, &records));
            buf_fmt(out, ",\"Records\":%l", records);
        }
        buf_byte(out, '}');
    }
    if (t->ttl_enabled) {
        buf_lit(out, ",\"TimeToLive\":{\"AttributeName\":");
        json_put_string(out, t->ttl_attribute);
        buf_byte(out, '}');
    }
    buf_fmt(out, ",\"PointInTimeRecovery\":%s}", t->pitr_since_ms != 0 ? "true" : "false");
    return out->err;
}

static int put_all(engine *e, ctx *cx, bool counts, buf *out)
{
    const table *t;

    for (uint32_t i = 0; (t = catalog_at(e, i)) != NULL; i++) {
        if (i > 0)
            buf_byte(out, ',');
        TRY(put_table(e, cx, t, counts, out));
    }
    return 0;
}

static int put_chosen(engine *e, ctx *cx, const list *names, bool counts, buf *out)
{
    const str *name = names->items;
    const table *t;

    for (uint32_t i = 0; i < names->count; i++) {
        TRY(engine_table_control(e, cx, name[i], &t));
        if (i > 0)
            buf_byte(out, ',');
        TRY(put_table(e, cx, t, counts, out));
    }
    return 0;
}

static int put_database(engine *e, ctx *cx, buf *out)
{
    database_facts d;

    TRY(engine_database(e, cx, &d));
    buf_fmt(out, ",\"SQLiteVersion\":\"%s\",\"Format\":%l,\"Mode\":\"%s\"", d.sqlite_version,
            d.format, d.path.p != NULL ? "file" : "memory");
    if (d.path.p != NULL) {
        buf_lit(out, ",\"Path\":");
        json_put_string(out, d.path);
    }
    buf_fmt(out, ",\"JournalMode\":\"%S\",\"Bytes\":%l,\"PageBytes\":%l,\"Pages\":%l,"
                 "\"FreePages\":%l,\"TableCount\":%l",
            d.journal, d.page_bytes * d.pages, d.page_bytes, d.pages, d.free_pages,
            (int64_t)catalog_count(e));
    return 0;
}

static int info_run(engine *e, ctx *cx, void *req, buf *out)
{
    const info_request *q = req;
    bool counts = !q->counts.set || q->counts.v;

    buf_lit(out, "{\"Region\":");
    json_put_string(out, e->region);
    buf_lit(out, ",\"AccountId\":");
    json_put_string(out, e->account);
    TRY(put_database(e, cx, out));
    buf_lit(out, ",\"Tables\":[");
    if (q->names.set)
        TRY(put_chosen(e, cx, &q->names, counts, out));
    else
        TRY(put_all(e, cx, counts, out));
    buf_lit(out, "]}");
    return out->err;
}

const op op_info = {"ddblite.Info", OP_OWN | OP_SNAPSHOT, &info_shape, info_run};

/*
 * global_table_settings.c - DescribeGlobalTableSettings and UpdateGlobalTableSettings: capacity and
 * scaling of a global table of version 2017.11.29, Region by Region.
 *
 * A Region's numbers are those of the table that is here, until an update says others. The settings
 * hang on "global-table/music":
 *
 *   kind "units"    eu-west-1/r   eu-west-1/i/by-year/r   w   i/by-year/w    a number
 *   kind "class"    eu-west-1                                                a table class
 *   kind "billing"  .                                                        a billing mode
 *   kind "scaling"  as in "units", but all with their Region in front
 */
#include <stddef.h>

#include "ops/auto_scaling.h"
#include "ops/global_table.h"
#include "ops/resource.h"
#include "value/json.h"

#define SETTING_UNITS STR("units")
#define SETTING_CLASS STR("class")
#define SETTING_BILLING STR("billing")
#define UNSET "{\"AutoScalingDisabled\":true}"

typedef struct in_index_settings { /* reads of a Region, or writes of all */
    str name;
    opt_int units;
    in_scaling *scaling;
} in_index_settings;
typedef struct in_replica_settings {
    str region;
    opt_int read;
    in_scaling *scaling;
    list indexes; /* in_index_settings */
    opt_enum class_;
} in_replica_settings;
typedef struct settings_request {
    str name;
    opt_enum billing;
    opt_int write;
    in_scaling *scaling;
    list indexes;  /* in_index_settings */
    list replicas; /* in_replica_settings */
} settings_request;

static const shape shape_units = {.kind = SH_LONG, .min = 1};
static const member write_index_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_index_settings, name), true},
    {"ProvisionedWriteCapacityUnits", &shape_units, offsetof(in_index_settings, units), false},
    {"ProvisionedWriteCapacityAutoScalingSettingsUpdate", &shape_scaling,
     offsetof(in_index_settings, scaling), false},
};
static const member read_index_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_index_settings, name), true},
    {"ProvisionedReadCapacityUnits", &shape_units, offsetof(in_index_settings, units), false},
    {"ProvisionedReadCapacityAutoScalingSettingsUpdate", &shape_scaling,
     offsetof(in_index_settings, scaling), false},
};
static const shape shape_write_index = {.kind = SH_STRUCT,
                                        .java = "GlobalTableGlobalSecondaryIndexSettingsUpdate",
                                        .members = write_index_members,
                                        .member_count = COUNT(write_index_members),
                                        .size = sizeof(in_index_settings)};
static const shape shape_read_index = {.kind = SH_STRUCT,
                                       .java = "ReplicaGlobalSecondaryIndexSettingsUpdate",
                                       .members = read_index_members,
                                       .member_count = COUNT(read_index_members),
                                       .size = sizeof(in_index_settings)};
static const shape shape_write_indexes = {
    .kind = SH_LIST, .min = 1, .max = 20, .elem = &shape_write_index};
static const shape shape_read_indexes = {
    .kind = SH_LIST, .min = 1, .max = 20, .elem = &shape_read_index};
static const member replica_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica_settings, region), true},
    {"ReplicaProvisionedReadCapacityUnits", &shape_units, offsetof(in_replica_settings, read),
     false},
    {"ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate", &shape_scaling,
     offsetof(in_replica_settings, scaling), false},
    {"ReplicaGlobalSecondaryIndexSettingsUpdate", &shape_read_indexes,
     offsetof(in_replica_settings, indexes), false},
    {"ReplicaTableClass", &shape_table_class, offsetof(in_replica_settings, class_), false},
};
static const shape shape_replica = {.kind = SH_STRUCT,
                                    .java = "ReplicaSettingsUpdate",
                                    .members = replica_members,
                                    .member_count = COUNT(replica_members),
                                    .size = sizeof(in_replica_settings)};
static const shape shape_replicas = {.kind = SH_LIST, .min = 1, .max = 50, .elem = &shape_replica};

static const member update_members[] = {
    {"GlobalTableName", &shape_table_name_control, offsetof(settings_request, name), true},
    {"GlobalTableBillingMode", &shape_billing_mode, offsetof(settings_request, billing), false},
    {"GlobalTableProvisionedWriteCapacityUnits", &shape_units, offsetof(settings_request, write),
     false},
    {"GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate", &shape_scaling,
     offsetof(settings_request, scaling), false},
    {"GlobalTableGlobalSecondaryIndexSettingsUpdate", &shape_write_indexes,
     offsetof(settings_request, indexes), false},
    {"ReplicaSettingsUpdate", &shape_replicas, offsetof(settings_request, replicas), false},
};
static const member describe_members[] = {
    {"GlobalTableName", &shape_table_name_control, offsetof(settings_request, name), true},
};
static const shape update_shape = {.kind = SH_STRUCT,
                                   .java = "UpdateGlobalTableSettingsInput",
                                   .members = update_members,
                                   .member_count = COUNT(update_members),
                                   .size = sizeof(settings_request)};
static const shape describe_shape = {.kind = SH_STRUCT,
                                     .java = "DescribeGlobalTableSettingsInput",
                                     .members = describe_members,
                                     .member_count = COUNT(describe_members),
                                     .size = sizeof(settings_request)};

/* ---- where settings stand ---- */

/* What a number or a scaling is of. index_name absent: the table. region absent: all of them. */
typedef struct spot {
    str region, index_name;
    bool write;
} spot;

static int name_of(ctx *cx, const spot *s, str *out)
{
    bool of_index = s->index_name.p != NULL, in_region = s->region.p != NULL;
    buf b;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "%S%s%s%S%s%c", in_region ? s->region : STR(""), in_region ? "/" : "",
            of_index ? "i/" : "", of_index ? s->index_name : STR(""), of_index ? "/" : "",
            s->write ? 'w' : 'r');
    *out = buf_view(&b);
    return b.err;
}

static int put_units(engine *e, ctx *cx, const global_table *g, const spot *s, const opt_int *v)
{
    str name;
    buf b;

    if (!v->set)
        return 0;
    TRY(name_of(cx, s, &name));
    buf_init_arena(&b, cx->a, 64);
    buf_int(&b, v->v);
    return b.err != 0 ? b.err
                      : settings_put(e, cx, SETTING_UNITS, g->path, name, buf_view(&b));
}

/* The number told, or the table's own. */
static int describe_units(engine *e, ctx *cx, const global_table *g, const spot *s, int64_t own,
                          buf *out)
{
    spot place = *s;
    str name, text;
    int rc;

    if (s->write)
        place.region = STR_ABSENT; /* writes are told for all Regions at once */
    TRY(name_of(cx, &place, &name));
    rc = settings_get(e, cx, SETTING_UNITS, g->path, name, &text);
    if (rc == DDB_NOT_FOUND)
        buf_int(out, own);
    else if (rc < 0)
        return rc;
    else
        buf_str(out, text);
    return 0;
}

static int put_scaling(engine *e, ctx *cx, const global_table *g, const spot *s,
                       const in_scaling *in)
{
    scaling_target t = {.path = g->path, .write = s->write};
    bool of_index = s->index_name.p != NULL;
    buf b;

    TRY(name_of(cx, s, &t.name));
    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "table/%S%s%S", g->name, of_index ? "/index/" : "",
            of_index ? s->index_name : STR(""));
    t.resource = buf_view(&b);
    return b.err != 0 ? b.err : scaling_put(e, cx, &t, in);
}

static int describe_scaling(engine *e, ctx *cx, const global_table *g, const spot *s, buf *out)
{
    str name;

    TRY(name_of(cx, s, &name));
    return scaling_describe(e, cx, g->path, name, UNSET, out);
}

/* ---- description ---- */

/* `,"<prefix>ProvisionedReadCapacityUnits":5,"<prefix>Provisioned...Settings":{..}` and the same
 * for writes. */
static int put_capacity(engine *e, ctx *cx, const global_table *g, str region, const index_def *ix,
                        const throughput *own, buf *out)
{
    const char *prefix = ix != NULL ? "" : "Replica";

    for (int write = 0; write < 2; write++) {
        const char *kind = write == 1 ? "Write" : "Read";
        spot s = {region, ix != NULL ? ix->name : STR_ABSENT, write == 1};
        buf_fmt(out, ",\"%sProvisioned%sCapacityUnits\":", prefix, kind);
        TRY(describe_units(e, cx, g, &s, write == 1 ? own->write : own->read, out));
        buf_fmt(out, ",\"%sProvisioned%sCapacityAutoScalingSettings\":", prefix, kind);
        TRY(describe_scaling(e, cx, g, &s, out));
    }
    return 0;
}

static int put_indexes(engine *e, ctx *cx, const global_table *g, str region, const table *t,
                       buf *out)
{
    bool any = false;

    for (uint32_t i = 0; t != NULL && i < t->index_count; i++) {
        const index_def *ix = &t->indexes[i];
        if (!ix->global)
            continue;
        buf_fmt(out, "%s{\"IndexName\":\"%S\",\"IndexStatus\":\"ACTIVE\"",
                any ? "," : ",\"ReplicaGlobalSecondaryIndexSettings\":[", ix->name);
        any = true;
        TRY(put_capacity(e, cx, g, region, ix, &ix->rw, out));
        buf_byte(out, '}');
    }
    if (any)
        buf_byte(out, ']');
    return 0;
}

/* A setting that is a word, in the words around it; nothing if it was never set. */
static int put_word(engine *e, ctx *cx, const global_table *g, str kind, str name,
                    const char *before, buf *out)
{
    str text;
    int rc = settings_get(e, cx, kind, g->path, name, &text);

    if (rc == DDB_NOT_FOUND)
        return 0;
    TRY(rc);
    buf_fmt(out, "%s\"%S\"}", before, text);
    return 0;
}

static int put_replica(engine *e, ctx *cx, const global_table *g, str region, const char *status,
                       buf *out)
{
    static const throughput none = {0};
    const table *t = catalog_find(e, g->name);

    buf_lit(out, "{\"RegionName\":");
    json_put_string(out, region);
    buf_fmt(out, ",\"ReplicaStatus\":\"%s\"", status);
    TRY(put_word(e, cx, g, SETTING_BILLING, SETTING_SELF,
                 ",\"ReplicaBillingModeSummary\":{\"BillingMode\":", out));
    TRY(put_capacity(e, cx, g, region, NULL, t != NULL ? &t->rw : &none, out));
    TRY(put_indexes(e, cx, g, region, t, out));
    TRY(put_word(e, cx, g, SETTING_CLASS, region,
                 ",\"ReplicaTableClassSummary\":{\"TableClass\":", out));
    buf_byte(out, '}');
    return 0;
}

static int put_reply(engine *e, ctx *cx, const global_table *g, const char *status, buf *out)
{
    buf_fmt(out, "{\"GlobalTableName\":\"%S\",\"ReplicaSettings\":[", g->name);
    for (uint32_t i = 0; i < g->count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        TRY(put_replica(e, cx, g, g->regions[i], status, out));
    }
    buf_lit(out, "]}");
    return out->err;
}

static int require(engine *e, ctx *cx, str name, global_table *out)
{
    int rc = global_table_load(e, cx, name, out);

    return rc != DDB_NOT_FOUND ? rc
                               : fail(cx, DDB_GLOBAL_TABLE_NOT_FOUND,
                                      "Global table with name: '%S' does not exist.", name);
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const settings_request *q = req;
    global_table g;

    TRY(require(e, cx, q->name, &g));
    return put_reply(e, cx, &g, "ACTIVE", out);
}

/* ---- update ---- */

static int check_scalings(engine *e, ctx *cx, const settings_request *q)
{
    TRY(scaling_check(e, cx, q->name, true, q->scaling));
    for (uint32_t i = 0; i < q->indexes.count; i++)
        TRY(scaling_check(e, cx, q->name, true,
                          LIST_AT(&q->indexes, in_index_settings, i)->scaling));
    for (uint32_t i = 0; i < q->replicas.count; i++) {
        const in_replica_settings *r = LIST_AT(&q->replicas, in_replica_settings, i);
        TRY(scaling_check(e, cx, q->name, false, r->scaling));
        for (uint32_t j = 0; j < r->indexes.count; j++)
            TRY(scaling_check(e, cx, q->name, false,
                              LIST_AT(&r->indexes, in_index_settings, j)->scaling));
    }
    return 0;
}

/* The indexes named must be there; that is known of the table that is here only. */
static int check_indexes(engine *e, ctx *cx, const global_table *g, const list *indexes)
{
    const table *t = catalog_find(e, g->name);

    for (uint32_t i = 0; t != NULL && i < indexes->count; i++) {
        str name = LIST_AT(indexes, in_index_settings, i)->name;
        const index_def *ix = table_index(t, name);
        if (ix == NULL || !ix->global)
            return fail(cx, DDB_INDEX_NOT_FOUND,
                        "Index not found: Index: '%S' not found for table: '%S'.", name, g->name);
    }
    return 0;
}

static int check_against(engine *e, ctx *cx, const settings_request *q, const global_table *g)
{
    TRY(check_indexes(e, cx, g, &q->indexes));
    for (uint32_t i = 0; i < q->replicas.count; i++) {
        const in_replica_settings *r = LIST_AT(&q->replicas, in_replica_settings, i);
        if (!global_table_has(g, r->region))
            return fail(cx, DDB_REPLICA_NOT_FOUND,
                        "Replica not found: Global table with name: '%S' has no replica in "
                        "region: '%S'.",
                        g->name, r->region);
        TRY(check_indexes(e, cx, g, &r->indexes));
    }
    return 0;
}

static int apply_writes(engine *e, ctx *cx, const settings_request *q, const global_table *g)
{
    spot all = {STR_ABSENT, STR_ABSENT, true};

    TRY(put_units(e, cx, g, &all, &q->write));
    for (uint32_t i = 0; i < q->indexes.count; i++) {
        const in_index_settings *x = LIST_AT(&q->indexes, in_index_settings, i);
        spot s = {STR_ABSENT, x->name, true};
        TRY(put_units(e, cx, g, &s, &x->units));
    }
    for (uint32_t r = 0; r < g->count; r++) {
        spot s = {g->regions[r], STR_ABSENT, true};
        TRY(put_scaling(e, cx, g, &s, q->scaling));
        for (uint32_t i = 0; i < q->indexes.count; i++) {
            const in_index_settings *x = LIST_AT(&q->indexes, in_index_settings, i);
            s.index_name = x->name;
            TRY(put_scaling(e, cx, g, &s, x->scaling));
        }
    }
    return 0;
}

static int apply_replica(engine *e, ctx *cx, const in_replica_settings *r, const global_table *g)
{
    spot s = {r->region, STR_ABSENT, false};

    TRY(put_units(e, cx, g, &s, &r->read));
    TRY(put_scaling(e, cx, g, &s, r->scaling));
    if (r->class_.i >= 0)
        TRY(settings_put(e, cx, SETTING_CLASS, g->path, r->region, r->class_.text));
    for (uint32_t i = 0; i < r->indexes.count; i++) {
        const in_index_settings *x = LIST_AT(&r->indexes, in_index_settings, i);
        s.index_name = x->name;
        TRY(put_units(e, cx, g, &s, &x->units));
        TRY(put_scaling(e, cx, g, &s, x->scaling));
    }
    return 0;
}

static int update_run(engine *e, ctx *cx, void *req, buf *out)
{
    const settings_request *q = req;
    global_table g;

    TRY(check_scalings(e, cx, q));
    TRY(require(e, cx, q->name, &g));
    TRY(check_against(e, cx, q, &g));
    if (q->billing.i >= 0)
        TRY(settings_put(e, cx, SETTING_BILLING, g.path, SETTING_SELF,
                              q->billing.text));
    TRY(apply_writes(e, cx, q, &g));
    for (uint32_t i = 0; i < q->replicas.count; i++)
        TRY(apply_replica(e, cx, LIST_AT(&q->replicas, in_replica_settings, i), &g));
    return put_reply(e, cx, &g, "UPDATING", out);
}

const op op_describe_global_settings = {"DescribeGlobalTableSettings", OP_SNAPSHOT,
                                        &describe_shape, describe_run};
const op op_update_global_settings = {"UpdateGlobalTableSettings", OP_WRITE | OP_ATOMIC,
                                      &update_shape, update_run};

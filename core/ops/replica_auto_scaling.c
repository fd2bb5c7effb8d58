/*
 * replica_auto_scaling.c - DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling: how
 * the capacity of a global table (2019.11.21) would scale, Region by Region.
 *
 *   setting "scaling" of the table, named
 *     eu-west-1/r   eu-west-1/w   eu-west-1/i/by-year/r   eu-west-1/i/by-year/w
 *
 * Writes scale in all Regions alike, so that one update sets them everywhere.
 * Captures of October 2026.
 */
#include <stddef.h>

#include "ops/auto_scaling.h"
#include "ops/resource.h"
#include "ops/table_replicas.h"
#include "value/json.h"

#define UNSET "{\"AutoScalingDisabled\":true,\"ScalingPolicies\":[]}"
#define LQ "\xe2\x80\x98" /* the service's quotes */
#define RQ "\xe2\x80\x99"
#define FAILED "Failed to update settings for global table with name: " LQ "%S" RQ

typedef struct in_index_scaling {
    str name;
    in_scaling *scaling;
} in_index_scaling;
typedef struct in_replica_scaling {
    str region;
    list indexes; /* in_index_scaling */
    in_scaling *read;
} in_replica_scaling;
typedef struct scaling_request {
    str table_name;
    list indexes; /* in_index_scaling: writes */
    in_scaling *write;
    list replicas; /* in_replica_scaling: reads */
} scaling_request;

static const member write_index_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_index_scaling, name), false},
    {"ProvisionedWriteCapacityAutoScalingUpdate", &shape_scaling,
     offsetof(in_index_scaling, scaling), false},
};
static const member read_index_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_index_scaling, name), false},
    {"ProvisionedReadCapacityAutoScalingUpdate", &shape_scaling,
     offsetof(in_index_scaling, scaling), false},
};
static const shape shape_write_index = {.kind = SH_STRUCT,
                                        .java = "GlobalSecondaryIndexAutoScalingUpdate",
                                        .members = write_index_members,
                                        .member_count = COUNT(write_index_members),
                                        .size = sizeof(in_index_scaling)};
static const shape shape_read_index = {.kind = SH_STRUCT,
                                       .java = "ReplicaGlobalSecondaryIndexAutoScalingUpdate",
                                       .members = read_index_members,
                                       .member_count = COUNT(read_index_members),
                                       .size = sizeof(in_index_scaling)};
static const shape shape_write_indexes = {
    .kind = SH_LIST, .min = 1, .elem = &shape_write_index};
static const shape shape_read_indexes = {.kind = SH_LIST, .elem = &shape_read_index};
static const member replica_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica_scaling, region), true},
    {"ReplicaGlobalSecondaryIndexUpdates", &shape_read_indexes,
     offsetof(in_replica_scaling, indexes), false},
    {"ReplicaProvisionedReadCapacityAutoScalingUpdate", &shape_scaling,
     offsetof(in_replica_scaling, read), false},
};
static const shape shape_replica = {.kind = SH_STRUCT,
                                    .java = "ReplicaAutoScalingUpdate",
                                    .members = replica_members,
                                    .member_count = COUNT(replica_members),
                                    .size = sizeof(in_replica_scaling)};
static const shape shape_replicas = {.kind = SH_LIST, .min = 1, .elem = &shape_replica};

static const member update_members[] = {
    {"TableName", &shape_table_name_control, offsetof(scaling_request, table_name), true},
    {"GlobalSecondaryIndexUpdates", &shape_write_indexes, offsetof(scaling_request, indexes),
     false},
    {"ProvisionedWriteCapacityAutoScalingUpdate", &shape_scaling,
     offsetof(scaling_request, write), false},
    {"ReplicaUpdates", &shape_replicas, offsetof(scaling_request, replicas), false},
};
static const member describe_members[] = {
    {"TableName", &shape_table_name_control, offsetof(scaling_request, table_name), true},
};
static const shape update_shape = {.kind = SH_STRUCT,
                                   .java = "UpdateTableReplicaAutoScalingInput",
                                   .members = update_members,
                                   .member_count = COUNT(update_members),
                                   .size = sizeof(scaling_request)};
static const shape describe_shape = {.kind = SH_STRUCT,
                                     .java = "DescribeTableReplicaAutoScalingInput",
                                     .members = describe_members,
                                     .member_count = COUNT(describe_members),
                                     .size = sizeof(scaling_request)};

/* A table with replicas, and what its settings hang on. */
typedef struct global {
    const table *t;
    str path;
    str *regions; /* this engine's first */
    uint32_t count;
} global;

static int open_global(engine *e, ctx *cx, str given, global *g)
{
    str name;

    TRY(engine_table_name(e, cx, given, &name));
    g->t = catalog_find(e, name);
    g->count = 0;
    if (g->t != NULL)
        TRY(replica_regions(e, cx, g->t, &g->regions, &g->count));
    if (g->count < 2)
        return fail(cx, DDB_RESOURCE_NOT_FOUND, "Global table with name: '%S' does not exist.",
                    name);
    return resource_of_table(cx, g->t->name, &g->path);
}

/* The setting's name; index_name absent: the table's. */
static int setting_name(ctx *cx, str region, str index_name, bool write, str *out)
{
    bool of_index = index_name.p != NULL;
    buf b;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, "%S/%s%S%s%c", region, of_index ? "i/" : "", of_index ? index_name : STR(""),
            of_index ? "/" : "", write ? 'w' : 'r');
    *out = buf_view(&b);
    return b.err;
}

/* ---- what needs no table ---- */

static int check_indexes(engine *e, ctx *cx, str name, const list *indexes, bool write)
{
    for (uint32_t i = 0; i < indexes->count; i++)
        TRY(scaling_check(e, cx, name, write, LIST_AT(indexes, in_index_scaling, i)->scaling));
    return 0;
}

static int check_replicas(engine *e, ctx *cx, str name, const list *replicas)
{
    for (uint32_t i = 0; i < replicas->count; i++) {
        const in_replica_scaling *r = LIST_AT(replicas, in_replica_scaling, i);
        for (uint32_t j = 0; j < i; j++)
            if (str_eq(LIST_AT(replicas, in_replica_scaling, j)->region, r->region))
                return fail(cx, DDB_VALIDATION,
                            FAILED " because the regions: " LQ "[%S]" RQ
                                   " were specified more than once.",
                            name, r->region);
        if (r->read == NULL && r->indexes.count == 0)
            return fail(cx, DDB_VALIDATION,
                        FAILED " because at least one update parameter must be specified for "
                               "region: " LQ "%S" RQ ".",
                        name, r->region);
        TRY(scaling_check(e, cx, name, false, r->read));
        TRY(check_indexes(e, cx, name, &r->indexes, false));
    }
    return 0;
}

static int check_request(engine *e, ctx *cx, const scaling_request *q)
{
    str name;

    TRY(engine_table_name(e, cx, q->table_name, &name));
    if (q->write == NULL && q->indexes.count == 0 && q->replicas.count == 0)
        return fail(cx, DDB_VALIDATION,
                    FAILED " because at least one update parameter must be specified.", name);
    TRY(scaling_check(e, cx, name, true, q->write));
    TRY(check_indexes(e, cx, name, &q->indexes, true));
    return check_replicas(e, cx, name, &q->replicas);
}

/* ---- what needs it ---- */

static bool has_gsi(const table *t, str name)
{
    const index_def *ix = table_index(t, name);

    return ix != NULL && ix->global && ix->status != INDEX_CREATING;
}

static int check_against(ctx *cx, const scaling_request *q, const global *g)
{
    str name = g->t->name;

    for (uint32_t i = 0; i < q->indexes.count; i++) {
        str index_name = LIST_AT(&q->indexes, in_index_scaling, i)->name;
        if (!has_gsi(g->t, index_name))
            return fail(cx, DDB_RESOURCE_NOT_FOUND,
                        FAILED " because the global secondary indexes with names: " LQ "[%S]" RQ
                               " do not exist.",
                        name, index_name);
    }
    for (uint32_t i = 0; i < q->replicas.count; i++) {
        const in_replica_scaling *r = LIST_AT(&q->replicas, in_replica_scaling, i);
        uint32_t at = 0;
        while (at < g->count && !str_eq(g->regions[at], r->region))
            at++;
        if (at == g->count)
            return fail(cx, DDB_RESOURCE_NOT_FOUND,
                        FAILED " because a replica does not exist in regions: " LQ "[%S]" RQ ".",
                        name, r->region);
        for (uint32_t j = 0; j < r->indexes.count; j++) {
            str index_name = LIST_AT(&r->indexes, in_index_scaling, j)->name;
            if (!has_gsi(g->t, index_name))
                return fail(cx, DDB_RESOURCE_NOT_FOUND,
                            FAILED " because a global secondary index with name: " LQ "%S" RQ
                                   " does not exist in region: " LQ "%S" RQ ".",
                            name, index_name, r->region);
        }
    }
    return 0;
}

static int fail_on_demand(ctx *cx, const scaling_request *q, const global *g)
{
    buf b;

    buf_init_arena(&b, cx->a, 65536);
    buf_fmt(&b, "Failed to update global table with name " LQ "%S" LQ ". Replicas ", g->t->name);
    for (uint32_t i = 0; i < g->count; i++)
        buf_fmt(&b, "%s'%S'", i > 0 ? ", " : "", g->regions[i]);
    buf_fmt(&b,
            " BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to "
            "set parameters: '%s'.",
            q->write != NULL         ? "ProvisionedWriteCapacityAutoScalingUpdate"
            : q->indexes.count > 0 ? "GlobalSecondaryIndexUpdates"
                                     : "ReplicaUpdates");
    return b.err != 0 ? b.err : fail_str(cx, DDB_VALIDATION, buf_view(&b));
}

/* ---- changes ---- */

static int put_one(engine *e, ctx *cx, const global *g, str region, str index_name, bool write,
                   const in_scaling *in)
{
    scaling_target target = {.path = g->path, .resource = g->path, .write = write};
    buf b;

    TRY(setting_name(cx, region, index_name, write, &target.name));
    buf_init_arena(&b, cx->a, 1024);
    if (index_name.p != NULL) {
        buf_fmt(&b, "%S/index/%S", g->path, index_name);
        TRY(b.err);
        target.resource = buf_view(&b);
    }
    return scaling_put(e, cx, &target, in);
}

static int apply(engine *e, ctx *cx, const scaling_request *q, const global *g)
{
    for (uint32_t i = 0; i < g->count; i++) {
        TRY(put_one(e, cx, g, g->regions[i], STR_ABSENT, true, q->write));
        for (uint32_t j = 0; j < q->indexes.count; j++) {
            const in_index_scaling *x = LIST_AT(&q->indexes, in_index_scaling, j);
            TRY(put_one(e, cx, g, g->regions[i], x->name, true, x->scaling));
        }
    }
    for (uint32_t i = 0; i < q->replicas.count; i++) {
        const in_replica_scaling *r = LIST_AT(&q->replicas, in_replica_scaling, i);
        TRY(put_one(e, cx, g, r->region, STR_ABSENT, false, r->read));
        for (uint32_t j = 0; j < r->indexes.count; j++) {
            const in_index_scaling *x = LIST_AT(&r->indexes, in_index_scaling, j);
            TRY(put_one(e, cx, g, r->region, x->name, false, x->scaling));
        }
    }
    return 0;
}

/* ---- descriptions ---- */

static int put_settings(engine *e, ctx *cx, const global *g, str region, str index_name,
                        buf *out)
{
    const char *prefix = index_name.p != NULL ? "" : "Replica";
    str name;

    for (int write = 0; write < 2; write++) {
        TRY(setting_name(cx, region, index_name, write == 1, &name));
        buf_fmt(out, ",\"%sProvisioned%sCapacityAutoScalingSettings\":", prefix,
                write == 1 ? "Write" : "Read");
        TRY(scaling_describe(e, cx, g->path, name, UNSET, out));
    }
    return 0;
}

static int put_replica(engine *e, ctx *cx, const global *g, str region, buf *out)
{
    bool any = false;

    buf_lit(out, "{\"RegionName\":");
    json_put_string(out, region);
    buf_lit(out, ",\"GlobalSecondaryIndexes\":[");
    for (uint32_t i = 0; i < g->t->index_count; i++) {
        str name = g->t->indexes[i].name;
        if (!has_gsi(g->t, name))
            continue;
        buf_fmt(out, "%s{\"IndexName\":\"%S\",\"IndexStatus\":\"ACTIVE\"", any ? "," : "", name);
        any = true;
        TRY(put_settings(e, cx, g, region, name, out));
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
    TRY(put_settings(e, cx, g, region, STR_ABSENT, out));
    buf_lit(out, ",\"ReplicaStatus\":\"ACTIVE\"}");
    return 0;
}

static int put_description(engine *e, ctx *cx, const global *g, const char *status, buf *out)
{
    buf_fmt(out,
            "{\"TableAutoScalingDescription\":{\"TableName\":\"%S\",\"TableStatus\":\"%s\","
            "\"Replicas\":[",
            g->t->name, status);
    for (uint32_t i = 0; i < g->count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        TRY(put_replica(e, cx, g, g->regions[i], out));
    }
    buf_lit(out, "]}}");
    return out->err;
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const scaling_request *q = req;
    global g;

    TRY(open_global(e, cx, q->table_name, &g));
    return put_description(e, cx, &g, "ACTIVE", out);
}

static int update_run(engine *e, ctx *cx, void *req, buf *out)
{
    const scaling_request *q = req;
    global g;

    TRY(check_request(e, cx, q));
    TRY(open_global(e, cx, q->table_name, &g));
    TRY(check_against(cx, q, &g));
    if (g.t->billing == BILLING_PAY_PER_REQUEST)
        return fail_on_demand(cx, q, &g);
    TRY(apply(e, cx, q, &g));
    return put_description(e, cx, &g, "UPDATING", out);
}

const op op_describe_replica_scaling = {"DescribeTableReplicaAutoScaling", OP_SNAPSHOT,
                                        &describe_shape, describe_run};
const op op_update_replica_scaling = {"UpdateTableReplicaAutoScaling", OP_WRITE | OP_ATOMIC,
                                      &update_shape, update_run};

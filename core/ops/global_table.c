/*
 * global_table.c - CreateGlobalTable, UpdateGlobalTable, DescribeGlobalTable, ListGlobalTables.
 *
 *   setting "global-table" of "global-table/music":
 *     {"created":1791505822353,"regions":["us-east-1","eu-west-1"]}
 *
 * One engine is one Region: of the tables in a replication group only the one here can be looked
 * at. It must be there, be empty, and have a stream of both images, as documented. A global table
 * goes with its last replica.
 */
#include "ops/global_table.h"

#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "value/json.h"

#define SETTING_GLOBAL STR("global-table")
#define PATH "global-table/"
#define PAGE_MAX 100 /* facts operations: the default */

typedef struct in_replica {
    str region;
} in_replica;
typedef struct in_replica_update {
    in_replica *create, *drop;
} in_replica_update;
typedef struct global_request {
    str name, region, after;
    list replicas; /* in_replica */
    list updates;  /* in_replica_update */
    opt_int limit;
} global_request;

static const member replica_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica, region), false},
};
static const member action_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica, region), true},
};
#define REPLICA(java_, members_)                                                              \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(in_replica)}
static const shape shape_replica = REPLICA("Replica", replica_members);
static const shape shape_create = REPLICA("CreateReplicaAction", action_members);
static const shape shape_drop = REPLICA("DeleteReplicaAction", action_members);
#undef REPLICA
static const member update_action_members[] = {
    {"Create", &shape_create, offsetof(in_replica_update, create), false},
    {"Delete", &shape_drop, offsetof(in_replica_update, drop), false},
};
static const shape shape_update = {.kind = SH_STRUCT,
                                   .java = "ReplicaUpdate",
                                   .members = update_action_members,
                                   .member_count = COUNT(update_action_members),
                                   .size = sizeof(in_replica_update)};
static const shape shape_replicas = {.kind = SH_LIST, .elem = &shape_replica};
static const shape shape_updates = {.kind = SH_LIST, .elem = &shape_update};

static const member create_members[] = {
    {"GlobalTableName", &shape_table_name_control, offsetof(global_request, name), true},
    {"ReplicationGroup", &shape_replicas, offsetof(global_request, replicas), true},
};
static const member update_members[] = {
    {"GlobalTableName", &shape_table_name_control, offsetof(global_request, name), true},
    {"ReplicaUpdates", &shape_updates, offsetof(global_request, updates), true},
};
static const member describe_members[] = {
    {"GlobalTableName", &shape_table_name_control, offsetof(global_request, name), true},
};
static const member list_members[] = {
    {"ExclusiveStartGlobalTableName", &shape_index_name, offsetof(global_request, after), false},
    {"Limit", &shape_limit, offsetof(global_request, limit), false},
    {"RegionName", &shape_string, offsetof(global_request, region), false},
};
#define REQUEST(java_, members_)                                                              \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(global_request)}
static const shape create_shape = REQUEST("CreateGlobalTableInput", create_members);
static const shape update_shape = REQUEST("UpdateGlobalTableInput", update_members);
static const shape describe_shape = REQUEST("DescribeGlobalTableInput", describe_members);
static const shape list_shape = REQUEST("ListGlobalTablesInput", list_members);
#undef REQUEST

/* ---- what is stored ---- */

static int read_value(ctx *cx, str text, global_table *out)
{
    const json *created, *regions;
    json *j;

    TRY(json_parse(cx, text, &j));
    created = json_get(j, STR("created"));
    regions = json_get(j, STR("regions"));
    out->created_ms = 0;
    out->count = 0;
    for (size_t i = 0; created != NULL && i < created->s.n && i < 18; i++)
        out->created_ms = out->created_ms * 10 + (created->s.p[i] - '0');
    out->regions = ARENA_ARRAY(cx->a, str, regions != NULL ? (size_t)regions->count + 1 : 1);
    if (out->regions == NULL)
        return DDB_NOMEM;
    for (const json *r = regions != NULL ? regions->child : NULL; r != NULL; r = r->next)
        out->regions[out->count++] = r->s;
    return 0;
}

static int path_of(ctx *cx, str name, str *path)
{
    buf b;

    buf_init_arena(&b, cx->a, 1024);
    buf_fmt(&b, PATH "%S", name);
    *path = buf_view(&b);
    return b.err;
}

int global_table_load(engine *e, ctx *cx, str name, global_table *out)
{
    str text;

    out->name = name;
    TRY(path_of(cx, name, &out->path));
    TRY(settings_get(e, cx, SETTING_GLOBAL, out->path, SETTING_SELF, &text));
    return read_value(cx, text, out);
}

bool global_table_has(const global_table *g, str region)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (str_eq(g->regions[i], region))
            return true;
    return false;
}

static int save(engine *e, ctx *cx, const global_table *g)
{
    buf b;

    if (g->count == 0)
        return settings_drop(e, cx, g->path);
    buf_init_arena(&b, cx->a, REQUEST_BYTES_MAX);
    buf_fmt(&b, "{\"created\":%l,\"regions\":[", g->created_ms);
    for (uint32_t i = 0; i < g->count; i++) {
        if (i > 0)
            buf_byte(&b, ',');
        json_put_string(&b, g->regions[i]);
    }
    buf_lit(&b, "]}");
    return b.err != 0 ? b.err
                      : settings_put(e, cx, SETTING_GLOBAL, g->path, SETTING_SELF,
                                          buf_view(&b));
}

/* ---- checks ---- */

static int check_table(engine *e, ctx *cx, str name, str region)
{
    const table *t = catalog_find(e, name);
    int64_t items, bytes;

    if (!str_eq(region, e->region))
        return 0; /* it is not here to be looked at */
    if (t == NULL)
        return fail(cx, DDB_TABLE_NOT_FOUND,
                    "Table not found: Table: '%S' not found in region: '%S'.", name, region);
    if (!t->stream_enabled ||
        !str_eq(str_of(stream_view_names[t->stream_view]), STR("NEW_AND_OLD_IMAGES")))
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Table: '%S' in region: '%S' does not have a stream with the "
                                  "view type NEW_AND_OLD_IMAGES",
                    name, region);
    TRY(engine_table_stats(e, cx, t, &items, &bytes));
    if (items > 0)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Table: '%S' in region: '%S' is not empty",
                    name, region);
    return 0;
}

static int add(engine *e, ctx *cx, str region, global_table *g)
{
    if (region.p == NULL || region.n == 0)
        return fail(cx, DDB_VALIDATION, "One or more parameter values were invalid");
    TRY(region_check(cx, region));
    if (global_table_has(g, region))
        return fail(cx, DDB_REPLICA_EXISTS,
                    "Replica already exists: Global table with name: '%S' already has a replica in "
                    "region: '%S'.",
                    g->name, region);
    TRY(check_table(e, cx, g->name, region));
    g->regions[g->count++] = region;
    return 0;
}

static int take(ctx *cx, str region, global_table *g)
{
    uint32_t at = 0;

    while (at < g->count && !str_eq(g->regions[at], region))
        at++;
    if (at == g->count)
        return fail(cx, DDB_REPLICA_NOT_FOUND,
                    "Replica not found: Global table with name: '%S' has no replica in region: "
                    "'%S'.",
                    g->name, region);
    g->count--;
    memmove(&g->regions[at], &g->regions[at + 1], (g->count - at) * sizeof(str));
    return 0;
}

static int require(engine *e, ctx *cx, str name, global_table *out)
{
    int rc = global_table_load(e, cx, name, out);

    return rc != DDB_NOT_FOUND ? rc
                               : fail(cx, DDB_GLOBAL_TABLE_NOT_FOUND,
                                      "Global table not found: Global table with name: '%S' does "
                                      "not exist.",
                                      name);
}

/* ---- replies ---- */

static void put_group(buf *out, const global_table *g)
{
    buf_lit(out, "\"ReplicationGroup\":[");
    for (uint32_t i = 0; i < g->count; i++) {
        buf_fmt(out, "%s{\"RegionName\":", i > 0 ? "," : "");
        json_put_string(out, g->regions[i]);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static int put_description(engine *e, const global_table *g, const char *status, buf *out)
{
    buf_lit(out, "{\"GlobalTableDescription\":{");
    put_group(out, g);
    buf_fmt(out, ",\"GlobalTableArn\":\"arn:aws:dynamodb::%S:global-table/%S\"", e->account,
            g->name);
    buf_lit(out, ",\"CreationDateTime\":");
    json_put_timestamp(out, g->created_ms);
    buf_fmt(out, ",\"GlobalTableStatus\":\"%s\",\"GlobalTableName\":\"%S\"}}", status, g->name);
    return out->err;
}

/* ---- operations ---- */

static int create_run(engine *e, ctx *cx, void *req, buf *out)
{
    const global_request *q = req;
    global_table g;
    int rc;

    if (q->replicas.count == 0)
        return fail(cx, DDB_VALIDATION, "One or more parameter values were invalid");
    rc = global_table_load(e, cx, q->name, &g);
    if (rc == 0)
        return fail(cx, DDB_GLOBAL_TABLE_EXISTS,
                    "Global table already exists: Global table with name: '%S' already exists.",
                    q->name);
    if (rc != DDB_NOT_FOUND)
        return rc;
    g.created_ms = cx->now_ms;
    g.count = 0;
    g.regions = ARENA_ARRAY(cx->a, str, q->replicas.count);
    if (g.regions == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < q->replicas.count; i++)
        TRY(add(e, cx, LIST_AT(&q->replicas, in_replica, i)->region, &g));
    TRY(save(e, cx, &g));
    return put_description(e, &g, "CREATING", out);
}

static int update_run(engine *e, ctx *cx, void *req, buf *out)
{
    const global_request *q = req;
    global_table g;
    str *room;

    for (uint32_t i = 0; i < q->updates.count; i++) {
        const in_replica_update *u = LIST_AT(&q->updates, in_replica_update, i);
        if ((u->create == NULL) == (u->drop == NULL))
            return fail(cx, DDB_VALIDATION, "One or more parameter values were invalid");
    }
    if (q->updates.count == 0)
        return fail(cx, DDB_VALIDATION, "One or more parameter values were invalid");
    TRY(require(e, cx, q->name, &g));
    room = ARENA_ARRAY(cx->a, str, (size_t)g.count + q->updates.count);
    if (room == NULL)
        return DDB_NOMEM;
    memcpy(room, g.regions, g.count * sizeof(str));
    g.regions = room;
    for (uint32_t i = 0; i < q->updates.count; i++) {
        const in_replica_update *u = LIST_AT(&q->updates, in_replica_update, i);
        TRY(u->create != NULL ? add(e, cx, u->create->region, &g)
                              : take(cx, u->drop->region, &g));
    }
    TRY(save(e, cx, &g));
    return put_description(e, &g, "UPDATING", out);
}

static int describe_run(engine *e, ctx *cx, void *req, buf *out)
{
    const global_request *q = req;
    global_table g;

    TRY(require(e, cx, q->name, &g));
    return put_description(e, &g, "ACTIVE", out);
}

/* In byte order of names, those with a replica in the Region asked for. */
static int list_run(engine *e, ctx *cx, void *req, buf *out)
{
    const global_request *q = req;
    int64_t max = q->limit.set ? q->limit.v : PAGE_MAX, listed = 0;
    str after = STR(PATH), last = STR_ABSENT;
    bool more = false;

    if (q->after.p != NULL)
        TRY(path_of(cx, q->after, &after));
    buf_lit(out, "{\"GlobalTables\":[");
    for (;;) {
        global_table g;
        setting *row;
        uint32_t n;
        TRY(settings_list_all(e, cx, SETTING_GLOBAL, after, SETTING_SELF, 1, &row, &n));
        if (n == 0)
            break;
        after = row->resource;
        g.name = (str){after.p + sizeof PATH - 1, after.n - (sizeof PATH - 1)};
        TRY(read_value(cx, row->value, &g));
        if (q->region.p != NULL && !global_table_has(&g, q->region))
            continue;
        if (listed == max) {
            more = true;
            break;
        }
        buf_fmt(out, "%s{\"GlobalTableName\":\"%S\",", listed++ > 0 ? "," : "", g.name);
        put_group(out, &g);
        buf_byte(out, '}');
        last = g.name;
    }
    buf_byte(out, ']');
    if (more)
        buf_fmt(out, ",\"LastEvaluatedGlobalTableName\":\"%S\"", last);
    buf_byte(out, '}');
    return out->err;
}

const op op_create_global_table = {"CreateGlobalTable", OP_WRITE | OP_ATOMIC, &create_shape,
                                   create_run};
const op op_update_global_table = {"UpdateGlobalTable", OP_WRITE | OP_ATOMIC, &update_shape,
                                   update_run};
const op op_describe_global_table = {"DescribeGlobalTable", OP_SNAPSHOT, &describe_shape,
                                     describe_run};
const op op_list_global_tables = {"ListGlobalTables", OP_SNAPSHOT, &list_shape, list_run};

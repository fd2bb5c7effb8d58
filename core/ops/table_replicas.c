/*
 * table_replicas.c - ReplicaUpdates: the list of Regions a table is replicated to.
 *
 *   t->rest  "Replicas":[{"RegionName":"eu-west-1","KMSMasterKeyId":"..","TableClassOverride":"..",
 *             "ProvisionedThroughputOverride":{..},"OnDemandThroughputOverride":{..},
 *             "GlobalSecondaryIndexes":[{"IndexName":"..",..}]}],"MultiRegionConsistency":"STRONG",
 *           "Witness":"us-west-2","SettingsMode":"ENABLED","DisassociationProtection":false
 *
 * One engine is one Region, so nothing is copied anywhere; the list is kept as it was asked for,
 * checked as the service checks it, and described as ACTIVE. The reply of UpdateTable still shows
 * the list of before, as the service's does. Texts: captures of October 2026.
 */
#include "ops/table_replicas.h"

#include <stddef.h>

#include "ops/resource.h"
#include "value/json.h"

#define TEXT_MAX (1u << 20)
#define VERSION "2019.11.21"

typedef struct in_read_override { /* ProvisionedThroughputOverride, OnDemandThroughputOverride */
    opt_int units;
} in_read_override;
typedef struct in_replica_index {
    str name;
    in_read_override *provisioned, *on_demand;
} in_replica_index;
typedef struct in_replica { /* Create, Update or Delete */
    str region, key;
    opt_enum class_;
    in_read_override *provisioned, *on_demand;
    list indexes; /* in_replica_index */
} in_replica;
typedef struct in_disassociate {
    str region;
    opt_enum mode;
} in_disassociate;
typedef struct in_replica_change {
    in_replica *create, *update, *drop;
    in_disassociate *leave;
} in_replica_change;
typedef struct in_witness { /* Create or Delete */
    str region;
} in_witness;
typedef struct in_witness_change {
    in_witness *create, *drop;
} in_witness_change;

static const shape shape_units = {.kind = SH_LONG, .min = 1};
static const member provisioned_members[] = {
    {"ReadCapacityUnits", &shape_units, offsetof(in_read_override, units), false},
};
static const member on_demand_members[] = {
    {"MaxReadRequestUnits", &shape_long, offsetof(in_read_override, units), false},
};
static const shape shape_provisioned = {.kind = SH_STRUCT,
                                        .java = "ProvisionedThroughputOverride",
                                        .members = provisioned_members,
                                        .member_count = COUNT(provisioned_members),
                                        .size = sizeof(in_read_override)};
static const shape shape_on_demand_override = {.kind = SH_STRUCT,
                                               .java = "OnDemandThroughputOverride",
                                               .members = on_demand_members,
                                               .member_count = COUNT(on_demand_members),
                                               .size = sizeof(in_read_override)};
static const member index_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_replica_index, name), true},
    {"ProvisionedThroughputOverride", &shape_provisioned, offsetof(in_replica_index, provisioned),
     false},
    {"OnDemandThroughputOverride", &shape_on_demand_override,
     offsetof(in_replica_index, on_demand), false},
};
static const shape shape_replica_index = {.kind = SH_STRUCT,
                                          .java = "ReplicaGlobalSecondaryIndex",
                                          .members = index_members,
                                          .member_count = COUNT(index_members),
                                          .size = sizeof(in_replica_index)};
static const shape shape_replica_indexes = {
    .kind = SH_LIST, .min = 1, .elem = &shape_replica_index};

static const member put_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica, region), true},
    {"KMSMasterKeyId", &shape_string, offsetof(in_replica, key), false},
    {"ProvisionedThroughputOverride", &shape_provisioned, offsetof(in_replica, provisioned),
     false},
    {"OnDemandThroughputOverride", &shape_on_demand_override, offsetof(in_replica, on_demand),
     false},
    {"GlobalSecondaryIndexes", &shape_replica_indexes, offsetof(in_replica, indexes), false},
    {"TableClassOverride", &shape_table_class, offsetof(in_replica, class_), false},
};
static const member drop_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica, region), true},
};
#define ACTION(java_, members_)                                                               \
    {.kind = SH_STRUCT, .java = java_, .members = members_, .member_count = COUNT(members_), \
     .size = sizeof(in_replica)}
static const shape shape_create = ACTION("CreateReplicationGroupMemberAction", put_members);
static const shape shape_update = ACTION("UpdateReplicationGroupMemberAction", put_members);
static const shape shape_drop = ACTION("DeleteReplicationGroupMemberAction", drop_members);
#undef ACTION
static const shape shape_leave_mode = {
    .kind = SH_ENUM, .values = (const char *const[]){"WAIT_FOR_REPLICATION", NULL}};
static const member leave_members[] = {
    {"RegionName", &shape_string, offsetof(in_disassociate, region), true},
    {"DisassociationMode", &shape_leave_mode, offsetof(in_disassociate, mode), true},
};
static const shape shape_leave = {.kind = SH_STRUCT,
                                  .java = "DisassociateReplicationGroupMemberAction",
                                  .members = leave_members,
                                  .member_count = COUNT(leave_members),
                                  .size = sizeof(in_disassociate)};
static const member change_members[] = {
    {"Create", &shape_create, offsetof(in_replica_change, create), false},
    {"Update", &shape_update, offsetof(in_replica_change, update), false},
    {"Delete", &shape_drop, offsetof(in_replica_change, drop), false},
    {"Disassociate", &shape_leave, offsetof(in_replica_change, leave), false},
};
static const shape shape_change = {.kind = SH_STRUCT,
                                   .java = "ReplicationGroupUpdate",
                                   .members = change_members,
                                   .member_count = COUNT(change_members),
                                   .size = sizeof(in_replica_change)};
const shape shape_replica_changes = {.kind = SH_LIST, .min = 1, .elem = &shape_change};

static const member witness_members[] = {
    {"RegionName", &shape_string, offsetof(in_witness, region), true},
};
#define ACTION(java_)                                                                            \
    {.kind = SH_STRUCT, .java = java_, .members = witness_members,                             \
     .member_count = COUNT(witness_members), .size = sizeof(in_witness)}
static const shape shape_witness_create = ACTION("CreateGlobalTableWitnessGroupMemberAction");
static const shape shape_witness_drop = ACTION("DeleteGlobalTableWitnessGroupMemberAction");
#undef ACTION
static const member witness_change_members[] = {
    {"Create", &shape_witness_create, offsetof(in_witness_change, create), false},
    {"Delete", &shape_witness_drop, offsetof(in_witness_change, drop), false},
};
static const shape shape_witness_change = {.kind = SH_STRUCT,
                                           .java = "GlobalTableWitnessGroupUpdate",
                                           .members = witness_change_members,
                                           .member_count = COUNT(witness_change_members),
                                           .size = sizeof(in_witness_change)};
const shape shape_witness_changes = {
    .kind = SH_LIST, .min = 1, .max = 1, .elem = &shape_witness_change};

/* ---- the request ---- */

/* A witness comes with the one replica of a new table that is strongly consistent, and goes with
 * one. The texts are ours. */
static int check_witness(ctx *cx, const list *witnesses, bool strong, uint32_t creates,
                         uint32_t drops)
{
    const in_witness_change *w = LIST_AT(witnesses, in_witness_change, 0);

    if ((w->create == NULL) == (w->drop == NULL))
        return fail(cx, DDB_VALIDATION,
                    "Exactly one of Create and Delete must be specified in "
                    "GlobalTableWitnessUpdates.");
    if (w->create != NULL && (!strong || creates != 1))
        return fail(cx, DDB_VALIDATION,
                    "A witness can only be created together with one replica and "
                    "MultiRegionConsistency set to STRONG.");
    if (w->drop != NULL && drops != 1)
        return fail(cx, DDB_VALIDATION,
                    "A witness can only be deleted together with a replica.");
    return 0;
}

int replica_check_changes(ctx *cx, const list *changes, const list *witnesses, bool strong)
{
    uint32_t creates = 0, drops = 0;
    bool witness = witnesses->count > 0;

    for (uint32_t i = 0; i < changes->count; i++) {
        const in_replica_change *r = LIST_AT(changes, in_replica_change, i);
        int actions = (r->create != NULL) + (r->update != NULL) + (r->drop != NULL) +
                      (r->leave != NULL);
        if (r->leave != NULL && (actions > 1 || changes->count > 1 || witness))
            return fail(cx, DDB_VALIDATION,
                        "Disassociate must be the only replica update in the request.");
        if (actions == 0)
            return fail(cx, DDB_VALIDATION,
                        "There are no actions specified in the Replica Update Action of the "
                        "request.");
        creates += r->create != NULL;
        drops += r->drop != NULL;
    }
    if (strong && drops > 0)
        return fail(cx, DDB_VALIDATION,
                    "Only Replica Create actions are supported when MultiRegionConsistency "
                    "parameter is provided.");
    if (witness)
        TRY(check_witness(cx, witnesses, strong, creates, drops));
    if (strong && creates > 0 && creates != (witness ? 1 : 2))
        return fail(cx, DDB_VALIDATION,
                    "Unsupported replica count for global tables with MultiRegionConsistency set "
                    "to STRONG.");
    if (!strong && creates + drops > 1)
        return fail(cx, DDB_VALIDATION,
                    "Update table operation with more than one create or delete replica actions "
                    "not allowed");
    return 0;
}

/* ---- the stored list ---- */

static int stored_replicas(ctx *cx, const table *t, const json **first)
{
    const json *all;

    TRY(table_rest_get(cx, t->rest, STR("Replicas"), &all));
    *first = all != NULL ? all->child : NULL;
    return 0;
}

static str region_of(const json *replica)
{
    const json *region = json_get(replica, STR("RegionName"));

    return region != NULL ? region->s : STR("");
}

static const json *find_replica(const json *first, str region)
{
    while (first != NULL && !str_eq(region_of(first), region))
        first = first->next;
    return first;
}

static void put_override(buf *b, const char *name, const char *units, const in_read_override *o)
{
    if (o != NULL && o->units.set)
        buf_fmt(b, ",\"%s\":{\"%s\":%l}", name, units, o->units.v);
}

static void put_overrides(buf *b, const in_read_override *provisioned,
                          const in_read_override *on_demand)
{
    put_override(b, "ProvisionedThroughputOverride", "ReadCapacityUnits", provisioned);
    put_override(b, "OnDemandThroughputOverride", "MaxReadRequestUnits", on_demand);
}

/* An override as it is stored: {"ReadCapacityUnits":5}. */
static void put_stored_override(buf *b, const json *j, const char *name)
{
    const json *o = j == NULL ? NULL : json_get(j, str_of(name));

    if (o != NULL && o->child != NULL)
        buf_fmt(b, ",\"%s\":{\"%S\":%S}", name, o->child->key, o->child->s);
}

static void put_stored_string(buf *b, const json *j, const char *name)
{
    const json *s = j == NULL ? NULL : json_get(j, str_of(name));

    if (s == NULL)
        return;
    buf_fmt(b, ",\"%s\":", name);
    json_put_string(b, s->s);
}

static void put_stored_indexes(buf *b, const json *j)
{
    const json *all = j == NULL ? NULL : json_get(j, STR("GlobalSecondaryIndexes"));

    if (all == NULL)
        return;
    buf_lit(b, ",\"GlobalSecondaryIndexes\":[");
    for (const json *ix = all->child; ix != NULL; ix = ix->next) {
        const json *name = json_get(ix, STR("IndexName"));
        buf_fmt(b, "%s{\"IndexName\":\"%S\"", ix == all->child ? "" : ",",
                name != NULL ? name->s : STR(""));
        put_stored_override(b, ix, "ProvisionedThroughputOverride");
        put_stored_override(b, ix, "OnDemandThroughputOverride");
        buf_byte(b, '}');
    }
    buf_byte(b, ']');
}

static void put_indexes(buf *b, const list *indexes)
{
    buf_lit(b, ",\"GlobalSecondaryIndexes\":[");
    for (uint32_t i = 0; i < indexes->count; i++) {
        const in_replica_index *ix = LIST_AT(indexes, in_replica_index, i);
        buf_fmt(b, "%s{\"IndexName\":\"%S\"", i > 0 ? "," : "", ix->name);
        put_overrides(b, ix->provisioned, ix->on_demand);
        buf_byte(b, '}');
    }
    buf_byte(b, ']');
}

/* A replica of the list: what the change says, and else what stood there. Either may be NULL. */
static void put_replica(buf *b, str region, const in_replica *in, const json *old)
{
    static const in_replica nothing = {.class_ = {.i = -1}};
    const in_replica *r = in != NULL ? in : &nothing;

    buf_lit(b, "{\"RegionName\":");
    json_put_string(b, region);
    if (r->key.p != NULL) {
        buf_lit(b, ",\"KMSMasterKeyId\":");
        json_put_string(b, r->key);
    } else {
        put_stored_string(b, old, "KMSMasterKeyId");
    }
    if (r->class_.i >= 0)
        buf_fmt(b, ",\"TableClassOverride\":\"%S\"", r->class_.text);
    else
        put_stored_string(b, old, "TableClassOverride");
    put_overrides(b, r->provisioned, r->on_demand);
    if (r->provisioned == NULL)
        put_stored_override(b, old, "ProvisionedThroughputOverride");
    if (r->on_demand == NULL)
        put_stored_override(b, old, "OnDemandThroughputOverride");
    if (r->indexes.set)
        put_indexes(b, &r->indexes);
    else
        put_stored_indexes(b, old);
    buf_byte(b, '}');
}

/* The list with one change made: its Region is changed, removed (drop) or added. */
static int rewrite(ctx *cx, const json *first, const in_replica *change, bool drop, str *out)
{
    bool found = find_replica(first, change->region) != NULL;
    buf b;

    buf_init_arena(&b, cx->a, TEXT_MAX);
    buf_byte(&b, '[');
    for (const json *j = first; j != NULL; j = j->next) {
        bool same = str_eq(region_of(j), change->region);
        if (same && drop)
            continue;
        if (b.n > 1)
            buf_byte(&b, ',');
        put_replica(&b, region_of(j), same ? change : NULL, j);
    }
    if (!found && !drop) {
        if (b.n > 1)
            buf_byte(&b, ',');
        put_replica(&b, change->region, change, NULL);
    }
    buf_byte(&b, ']');
    *out = b.n == 2 ? STR_ABSENT : buf_view(&b);
    return b.err;
}

/* ---- a change ---- */

static int fail_exists(engine *e, ctx *cx, const table *t)
{
    str *regions;
    uint32_t n;
    buf b;

    TRY(replica_regions(e, cx, t, &regions, &n));
    buf_init_arena(&b, cx->a, TEXT_MAX);
    buf_fmt(&b, "Global table with name: '%S' already exists with replicas in regions: ", t->name);
    for (uint32_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%S", i > 0 ? ", " : "", regions[i]);
    buf_byte(&b, '.');
    return b.err != 0 ? b.err : fail_str(cx, DDB_RESOURCE_IN_USE, buf_view(&b));
}

/* Writes are not scaled here, so a table needs to be on demand, or to have been told how its
 * writes scale when it was a replica before. */
static int check_write_capacity(engine *e, ctx *cx, const table *t)
{
    str path, name, ignored;
    buf b;
    int rc;

    if (t->billing == BILLING_PAY_PER_REQUEST)
        return 0;
    TRY(resource_of_table(cx, t->name, &path));
    buf_init_arena(&b, cx->a, 256);
    buf_fmt(&b, "%S/w", e->region);
    name = buf_view(&b);
    rc = settings_get(e, cx, SETTING_SCALING, path, name, &ignored);
    if (rc != DDB_NOT_FOUND)
        return rc;
    return fail(cx, DDB_VALIDATION,
                "Table write capacity should either be Pay-Per-Request or AutoScaled.");
}

static int check_change(engine *e, ctx *cx, const in_replica_change *r, const in_replica *change,
                        bool found, const table *t)
{
    bool local = str_eq(change->region, e->region);

    if (local && r->update == NULL)
        return fail(cx, DDB_VALIDATION,
                    "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable "
                    "or DeleteTable as required.");
    if (r->create != NULL)
        TRY(region_check(cx, change->region));
    if (found && r->create != NULL)
        return fail_exists(e, cx, t);
    if (!found && r->create == NULL && !local)
        return fail(cx, DDB_VALIDATION,
                    "Update global table operation failed because one or more replicas were not "
                    "part of the global table. Please retry the request without these replicas: "
                    "[%S].",
                    change->region);
    return r->create != NULL ? check_write_capacity(e, cx, t) : 0;
}

static int apply_one(engine *e, ctx *cx, const in_replica_change *r, table *t)
{
    const in_replica *change = r->create != NULL ? r->create : r->update ? r->update : r->drop;
    const json *first;
    bool found;
    str text;

    TRY(stored_replicas(cx, t, &first));
    found = find_replica(first, change->region) != NULL;
    TRY(check_change(e, cx, r, change, found, t));
    if (!found && r->create == NULL)
        return 0; /* an update of this Region's own replica changes nothing that is kept */
    TRY(rewrite(cx, first, change, r->create == NULL && r->update == NULL, &text));
    TRY(table_rest_set(cx, t->rest, STR("Replicas"), text, &t->rest));
    if (text.p == NULL)
        return table_rest_set(cx, t->rest, STR("MultiRegionConsistency"), STR_ABSENT, &t->rest);
    return 0;
}

/* ---- what may be said of a table with replicas, or of one that will have them ---- */

static int rest_flag(ctx *cx, const table *t, str name, bool absent, bool *out)
{
    const json *j;

    TRY(table_rest_get(cx, t->rest, name, &j));
    *out = j == NULL ? absent : j->type == J_TRUE;
    return 0;
}

/* The local replica becomes a table of its own. With one replica beside it that is the end of the
 * global table, and so it is with more, as the others are not kept here. */
static int disassociate(engine *e, ctx *cx, const in_disassociate *in, table *t)
{
    static const char *const gone[] = {"Replicas", "MultiRegionConsistency", "SettingsMode",
                                       "DisassociationProtection"};
    const json *first, *consistency;
    bool protected;

    if (!str_eq(in->region, e->region))
        return fail(cx, DDB_VALIDATION,
                    "Only the replica in the local region can be disassociated. Send the request "
                    "to the region of the replica.");
    TRY(stored_replicas(cx, t, &first));
    if (first == NULL)
        return fail(cx, DDB_VALIDATION,
                    "Update global table operation failed because one or more replicas were not "
                    "part of the global table. Please retry the request without these replicas: "
                    "[%S].",
                    in->region);
    TRY(table_rest_get(cx, t->rest, STR("MultiRegionConsistency"), &consistency));
    if (consistency != NULL)
        return fail(cx, DDB_VALIDATION,
                    "Disassociate is not supported for global tables with MultiRegionConsistency "
                    "set to STRONG.");
    TRY(rest_flag(cx, t, STR("DisassociationProtection"), true, &protected));
    if (protected)
        return fail(cx, DDB_VALIDATION,
                    "Replica cannot be disassociated as it is currently protected against "
                    "disassociation. Disable disassociation protection first.");
    for (size_t i = 0; i < COUNT(gone); i++)
        TRY(table_rest_set(cx, t->rest, str_of(gone[i]), STR_ABSENT, &t->rest));
    return 0;
}

static int apply_witness(engine *e, ctx *cx, const in_witness_change *w, table *t)
{
    const json *witness;
    buf b;

    TRY(table_rest_get(cx, t->rest, STR("Witness"), &witness));
    if (w->drop != NULL) {
        if (witness == NULL || !str_eq(witness->s, w->drop->region))
            return fail(cx, DDB_VALIDATION, "The global table has no witness in the region: %S",
                        w->drop->region);
        return table_rest_set(cx, t->rest, STR("Witness"), STR_ABSENT, &t->rest);
    }
    TRY(region_check(cx, w->create->region));
    if (str_eq(w->create->region, e->region))
        return fail(cx, DDB_VALIDATION,
                    "The witness must be in a different region than the replicas: %S",
                    w->create->region);
    buf_init_arena(&b, cx->a, 1024);
    json_put_string(&b, w->create->region);
    TRY(b.err);
    return table_rest_set(cx, t->rest, STR("Witness"), buf_view(&b), &t->rest);
}

int replica_set_mode(ctx *cx, const opt_enum *mode, table *t)
{
    buf b;

    if (mode->i < 0)
        return 0;
    buf_init_arena(&b, cx->a, 64);
    json_put_string(&b, mode->text);
    TRY(b.err);
    return table_rest_set(cx, t->rest, STR("SettingsMode"), buf_view(&b), &t->rest);
}

int replica_change_mode(ctx *cx, const opt_enum *mode, table *t)
{
    const json *first;

    if (mode->i < 0)
        return 0;
    TRY(stored_replicas(cx, t, &first));
    if (first != NULL || mode->i == IN_SETTINGS_OVERRIDES)
        return fail(cx, DDB_VALIDATION,
                    "GlobalTableSettingsReplicationMode can only be set to ENABLED or DISABLED, "
                    "and only on a table without replicas.");
    return replica_set_mode(cx, mode, t);
}

int replica_set_protection(ctx *cx, const opt_bool *on, table *t)
{
    return !on->set ? 0
                    : table_rest_set(cx, t->rest, STR("DisassociationProtection"),
                                     on->v ? STR("true") : STR("false"), &t->rest);
}

int replica_apply_changes(engine *e, ctx *cx, const list *changes, const list *witnesses,
                          bool strong, table *t)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        const in_replica_change *r = LIST_AT(changes, in_replica_change, i);
        if (r->leave != NULL)
            return disassociate(e, cx, r->leave, t);
        TRY(apply_one(e, cx, r, t));
    }
    if (witnesses->count > 0)
        TRY(apply_witness(e, cx, LIST_AT(witnesses, in_witness_change, 0), t));
    /* EVENTUAL, which all others are, is never said. */
    return strong && changes->count > 0
               ? table_rest_set(cx, t->rest, STR("MultiRegionConsistency"), STR("\"STRONG\""),
                                &t->rest)
               : 0;
}

/* ---- descriptions ---- */

int replica_regions(engine *e, ctx *cx, const table *t, str **regions, uint32_t *count)
{
    const json *first, *j;
    uint32_t n = 1;

    TRY(stored_replicas(cx, t, &first));
    for (j = first; j != NULL; j = j->next)
        n++;
    *regions = ARENA_ARRAY(cx->a, str, n);
    if (*regions == NULL)
        return DDB_NOMEM;
    (*regions)[0] = e->region;
    *count = 1;
    for (j = first; j != NULL; j = j->next)
        (*regions)[(*count)++] = region_of(j);
    return 0;
}

static void describe_one(buf *out, const table *t, const json *j, unsigned flags)
{
    const json *class_ = json_get(j, STR("TableClassOverride"));
    warm_throughput warm = table_warm_now(&t->warm, &t->rw, t->billing);

    buf_lit(out, "{\"RegionName\":");
    json_put_string(out, region_of(j));
    buf_lit(out, ",\"ReplicaStatus\":\"ACTIVE\"");
    put_stored_string(out, j, "KMSMasterKeyId");
    put_stored_override(out, j, "ProvisionedThroughputOverride");
    put_stored_override(out, j, "OnDemandThroughputOverride");
    if ((flags & DESCRIBE_WARM) != 0)
        buf_fmt(out,
                ",\"WarmThroughput\":{\"ReadUnitsPerSecond\":%l,\"WriteUnitsPerSecond\":%l,"
                "\"Status\":\"ACTIVE\"}",
                warm.read, warm.write);
    put_stored_indexes(out, j);
    if (class_ != NULL)
        buf_fmt(out, ",\"ReplicaTableClassSummary\":{\"TableClass\":\"%S\"}", class_->s);
    buf_lit(out, ",\"GlobalTableSettingsReplicationMode\":\"ENABLED_WITH_OVERRIDES\"}");
}

static int describe_replicas(ctx *cx, const table *t, unsigned flags, bool *any, buf *out)
{
    const json *first;

    TRY(stored_replicas(cx, t, &first));
    *any = first != NULL;
    if (first == NULL)
        return 0;
    buf_lit(out, ",\"GlobalTableVersion\":\"" VERSION "\",\"Replicas\":[");
    for (const json *j = first; j != NULL; j = j->next) {
        if (j != first)
            buf_byte(out, ',');
        describe_one(out, t, j, flags);
    }
    buf_byte(out, ']');
    return 0;
}

int replica_describe(ctx *cx, const table *t, unsigned flags, buf *out)
{
    const json *consistency, *witness, *mode, *protection;
    bool any;

    if (t->rest.p == NULL)
        return 0;
    TRY(describe_replicas(cx, t, flags, &any, out));
    TRY(table_rest_get(cx, t->rest, STR("Witness"), &witness));
    TRY(table_rest_get(cx, t->rest, STR("SettingsMode"), &mode));
    TRY(table_rest_get(cx, t->rest, STR("DisassociationProtection"), &protection));
    TRY(table_rest_get(cx, t->rest, STR("MultiRegionConsistency"), &consistency));
    if (witness != NULL)
        buf_fmt(out,
                ",\"GlobalTableWitnesses\":[{\"RegionName\":\"%S\",\"WitnessStatus\":\"ACTIVE\"}]",
                witness->s);
    if (mode != NULL || any)
        buf_fmt(out, ",\"GlobalTableSettingsReplicationMode\":\"%S\"",
                mode != NULL ? mode->s : STR("ENABLED_WITH_OVERRIDES"));
    if (protection != NULL)
        buf_fmt(out, ",\"DisassociationProtectionEnabled\":%s",
                protection->type == J_TRUE ? "true" : "false");
    else if (any && consistency == NULL)
        buf_lit(out, ",\"DisassociationProtectionEnabled\":true");
    if (consistency != NULL)
        buf_fmt(out, ",\"MultiRegionConsistency\":\"%S\"", consistency->s);
    return 0;
}

/*
 * table_replicas.c - ReplicaUpdates: the list of Regions a table is replicated to.
 *
 * One engine is one Region, so nothing is copied anywhere; the list is kept as it was asked for
 * and checked as the service checks it. Texts: captures of October 2026.
 */
#include "ops/table_replicas.h"

#include <stddef.h>

#include "value/json.h"

typedef struct in_replica { /* Create, Update or Delete */
    str region, key;
    opt_enum class_;
} in_replica;
typedef struct in_replica_change {
    in_replica *create, *update, *drop;
} in_replica_change;

static const member put_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica, region), true},
    {"KMSMasterKeyId", &shape_string, offsetof(in_replica, key), false},
    {"TableClassOverride", &shape_table_class, offsetof(in_replica, class_), false},
};
static const member drop_members[] = {
    {"RegionName", &shape_string, offsetof(in_replica, region), true},
};
static const shape shape_create = {.kind = SH_STRUCT,
                                   .java = "CreateReplicationGroupMemberAction",
                                   .members = put_members,
                                   .member_count = COUNT(put_members),
                                   .size = sizeof(in_replica)};
static const shape shape_update = {.kind = SH_STRUCT,
                                   .java = "UpdateReplicationGroupMemberAction",
                                   .members = put_members,
                                   .member_count = COUNT(put_members),
                                   .size = sizeof(in_replica)};
static const shape shape_drop = {.kind = SH_STRUCT,
                                 .java = "DeleteReplicationGroupMemberAction",
                                 .members = drop_members,
                                 .member_count = COUNT(drop_members),
                                 .size = sizeof(in_replica)};
static const member change_members[] = {
    {"Create", &shape_create, offsetof(in_replica_change, create), false},
    {"Update", &shape_update, offsetof(in_replica_change, update), false},
    {"Delete", &shape_drop, offsetof(in_replica_change, drop), false},
};
static const shape shape_change = {.kind = SH_STRUCT,
                                   .java = "ReplicationGroupUpdate",
                                   .members = change_members,
                                   .member_count = COUNT(change_members),
                                   .size = sizeof(in_replica_change)};
const shape shape_replica_changes = {.kind = SH_LIST, .min = 1, .elem = &shape_change};

int replica_check_changes(ctx *cx, const list *changes)
{
    uint32_t creates_and_drops = 0;

    for (uint32_t i = 0; i < changes->count; i++) {
        const in_replica_change *r = LIST_AT(changes, in_replica_change, i);
        if (r->create == NULL && r->update == NULL && r->drop == NULL)
            return fail(cx, DDB_VALIDATION,
                        "There are no actions specified in the Replica Update Action of the "
                        "request.");
        creates_and_drops += (uint32_t)((r->create != NULL) + (r->drop != NULL));
    }
    if (creates_and_drops > 1)
        return fail(cx, DDB_VALIDATION,
                    "Update table operation with more than one create or delete replica actions "
                    "not allowed");
    return 0;
}

static void put_replica(buf *b, const in_replica *in)
{
    buf_lit(b, "{\"RegionName\":");
    json_put_string(b, in->region);
    if (in->key.p != NULL) {
        buf_lit(b, ",\"KMSMasterKeyId\":");
        json_put_string(b, in->key);
    }
    if (in->class_.i >= 0)
        buf_fmt(b, ",\"TableClassOverride\":\"%S\"", in->class_.text);
    buf_byte(b, '}');
}

/* The stored replica of a region as an in_replica again. */
static in_replica of_json(const json *j)
{
    const json *region = json_get(j, STR("RegionName"));
    const json *key = json_get(j, STR("KMSMasterKeyId"));
    const json *class_ = json_get(j, STR("TableClassOverride"));

    return (in_replica){region != NULL ? region->s : STR(""),
                        key != NULL ? key->s : STR_ABSENT,
                        {class_ != NULL ? class_->s : STR_ABSENT, class_ != NULL ? 0 : -1}};
}

/* The list with one change made: its region is changed, removed (drop) or added. */
static int rewrite(ctx *cx, const json *stored, const in_replica *change, bool drop, str *out,
                   bool *found)
{
    buf b;

    *found = false;
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    buf_byte(&b, '[');
    for (const json *j = stored == NULL ? NULL : stored->child; j != NULL; j = j->next) {
        in_replica r = of_json(j);
        bool same = str_eq(r.region, change->region);
        *found = *found || same;
        if (same && drop)
            continue;
        if (same && change->key.p != NULL)
            r.key = change->key;
        if (same && change->class_.i >= 0)
            r.class_ = change->class_;
        if (b.n > 1)
            buf_byte(&b, ',');
        put_replica(&b, &r);
    }
    if (!*found && !drop) {
        if (b.n > 1)
            buf_byte(&b, ',');
        put_replica(&b, change);
    }
    buf_byte(&b, ']');
    *out = b.n == 2 ? STR_ABSENT : buf_view(&b);
    return b.err;
}

static int apply_one(engine *e, ctx *cx, const in_replica_change *r, table *t)
{
    const in_replica *change = r->create != NULL ? r->create : r->update ? r->update : r->drop;
    const json *stored = NULL;
    str text;
    bool found;

    if (str_eq(change->region, e->region) && r->update == NULL)
        return fail(cx, DDB_VALIDATION,
                    "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable "
                    "or DeleteTable as required.");
    TRY(table_rest_get(cx, t->rest, STR("Replicas"), &stored));
    TRY(rewrite(cx, stored, change, r->create == NULL && r->update == NULL, &text, &found));
    if (found && r->create != NULL)
        return fail(cx, DDB_VALIDATION,
                    "Failed to create a the new replica of table with name: \xe2\x80\x98%S\xe2\x80"
                    "\x99 because one or more replicas already existed as tables.",
                    t->name);
    if (!found && r->create == NULL && !str_eq(change->region, e->region))
        return fail(cx, DDB_VALIDATION,
                    "Update global table operation failed because one or more replicas were not "
                    "part of the global table. Please retry the request without these replicas: "
                    "[%S].",
                    change->region);
    return table_rest_set(cx, t->rest, STR("Replicas"), text, &t->rest);
}

int replica_apply_changes(engine *e, ctx *cx, const list *changes, table *t)
{
    for (uint32_t i = 0; i < changes->count; i++)
        TRY(apply_one(e, cx, LIST_AT(changes, in_replica_change, i), t));
    return 0;
}

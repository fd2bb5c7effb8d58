/*
 * update_index.c - UpdateTable's GlobalSecondaryIndexUpdates: create, change and drop.
 *
 * A new index gets its columns, then its first slice of rows within the request, so that the
 * index of a small table is ACTIVE at the next DescribeTable. engine_work() does the rest of a
 * large one (engine/backfill.h). With a delay (engine.h, table_delay_ms) it is CREATING for two of
 * them: the table is UPDATING for the first, the index fills in the second.
 * Order of checks: facts validation 4.12; texts that the facts lack are captures of October 2026.
 */
#include <stddef.h>

#include "engine/backfill.h"
#include "ops/resource.h"
#include "ops/update_table.h"
#include "ops/vector_common.h"

#define CHANGES_MAX 5 /* capture: more are a LimitExceededException */
#define ONE_INDEX \
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per " \
    "table"

#define MEMBERS(table) .members = (table), .member_count = COUNT(table)

static const member update_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_gsi_update, name), true},
    {"ProvisionedThroughput", &shape_throughput, offsetof(in_gsi_update, rw), false},
    {"OnDemandThroughput", &shape_on_demand, offsetof(in_gsi_update, on_demand), false},
    {"WarmThroughput", &shape_warm, offsetof(in_gsi_update, warm), false},
};
static const shape shape_update = {.kind = SH_STRUCT, .java = "UpdateGlobalSecondaryIndexAction",
                                   MEMBERS(update_members), .size = sizeof(in_gsi_update)};
static const member drop_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_gsi_delete, name), true},
};
static const shape shape_drop = {.kind = SH_STRUCT, .java = "DeleteGlobalSecondaryIndexAction",
                                 MEMBERS(drop_members), .size = sizeof(in_gsi_delete)};
static const member change_members[] = {
    {"Update", &shape_update, offsetof(in_gsi_change, update), false},
    {"Create", &shape_gsi_elements, offsetof(in_gsi_change, create), false},
    {"Delete", &shape_drop, offsetof(in_gsi_change, drop), false},
};
static const shape shape_change = {.kind = SH_STRUCT, .java = "GlobalSecondaryIndexUpdate",
                                   MEMBERS(change_members), .size = sizeof(in_gsi_change)};
const shape shape_gsi_changes = {.kind = SH_LIST, .elem = &shape_change};

/* ---- without the table ---- */

static str changed_name(const in_gsi_change *g)
{
    if (g->update != NULL)
        return g->update->name;
    return g->create != NULL ? g->create->name : g->drop->name;
}

int gsi_check_changes(ctx *cx, const list *changes)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        const in_gsi_change *g = LIST_AT(changes, in_gsi_change, i);
        int actions = (g->update != NULL) + (g->create != NULL) + (g->drop != NULL);
        if (actions == 0)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "One of GlobalSecondaryIndexUpdate.Update, "
                                      "GlobalSecondaryIndexUpdate.Create, "
                                      "GlobalSecondaryIndexUpdate.Delete must not be null");
        if (actions > 1)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Only one global secondary index action is allowed per "
                                      "GlobalSecondaryIndexUpdate object");
        /* A table has 20: beyond some more the count alone is the mistake. */
        for (uint32_t j = 0; j < i && j < 2 * INDEX_MAX; j++)
            if (str_eq(changed_name(LIST_AT(changes, in_gsi_change, j)), changed_name(g)))
                return fail(cx, DDB_VALIDATION,
                            BAD_PARAMETER "Only one global secondary index update per index is "
                                          "allowed simultaneously. Index: %S",
                            changed_name(g));
    }
    return 0;
}

static uint32_t online_changes(const list *changes)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < changes->count; i++)
        n += LIST_AT(changes, in_gsi_change, i)->update == NULL;
    return n;
}

bool gsi_creates_or_drops(const list *changes)
{
    return online_changes(changes) > 0;
}

/* ---- against the table ---- */

static bool has_throughput(const list *changes, str name)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        const in_gsi_change *g = LIST_AT(changes, in_gsi_change, i);
        if (g->update != NULL && g->update->rw != NULL && str_eq(g->update->name, name))
            return true;
        if (g->drop != NULL && str_eq(g->drop->name, name))
            return true; /* an index that goes needs none */
    }
    return false;
}

/* On the way to PROVISIONED every index must be told its throughput. */
static int check_all_provisioned(table_change *c, const list *changes)
{
    bool any = false;
    buf b;

    buf_init_arena(&b, c->cx->a, REPLY_BYTES_MAX);
    buf_lit(&b, BAD_PARAMETER "ProvisionedThroughput must be specified for index: ");
    for (uint32_t i = 0; i < c->old->index_count; i++) {
        const index_def *ix = &c->old->indexes[i];
        if (!ix->global || has_throughput(changes, ix->name))
            continue;
        buf_fmt(&b, "%s%S", any ? "," : "", ix->name);
        any = true;
    }
    if (!any)
        return 0;
    return b.err != 0 ? b.err : fail_str(c->cx, DDB_VALIDATION, buf_view(&b));
}

int gsi_check_against_table(table_change *c, const list *changes, uint32_t vectors)
{
    const index_def *building = backfill_index(c->old);
    uint32_t online = online_changes(changes) + vectors;
    bool vector_building = vector_in_creation(c->old) != NULL;

    if (changes->count > CHANGES_MAX || online > 1)
        return fail(c->cx, DDB_LIMIT_EXCEEDED, ONE_INDEX);
    if ((vectors > 0 && building != NULL) || (online > vectors && vector_building))
        return fail(c->cx, DDB_LIMIT_EXCEEDED, ONE_INDEX);
    for (uint32_t i = 0; i < changes->count; i++) {
        const in_gsi_change *g = LIST_AT(changes, in_gsi_change, i);
        const in_throughput *rw = g->update == NULL ? NULL : g->update->rw;
        /* While an index is filled it may be dropped; no other may come or go. */
        if (building != NULL &&
            (g->create != NULL || (g->drop != NULL && !str_eq(g->drop->name, building->name))))
            return fail(c->cx, DDB_LIMIT_EXCEEDED, ONE_INDEX);
        if (rw != NULL && (rw->read.v > THROUGHPUT_MAX || rw->write.v > THROUGHPUT_MAX))
            return fail(c->cx, DDB_VALIDATION,
                        "This operation cannot be performed with given input values. Please "
                        "contact DynamoDB service team for more info: Action Blocked: IndexUpdate");
    }
    if (c->switching && c->next.billing == BILLING_PROVISIONED)
        return check_all_provisioned(c, changes);
    return 0;
}

/* The global index of that name in next.indexes: its position. */
static int find_gsi(table_change *c, str name, const char *verb, uint32_t *out)
{
    const index_def *ix = table_index(&c->next, name);

    if (ix == NULL)
        return fail(c->cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Index %S for table %S", name, c->old->name);
    if (!ix->global)
        return fail(c->cx, DDB_VALIDATION,
                    "Cannot %s an index that is not a GlobalSecondaryIndex: %S", verb, name);
    *out = (uint32_t)(ix - c->next.indexes);
    return 0;
}

void gsi_updating(table_change *c, uint32_t at)
{
    index_def *next = &c->next.indexes[at];

    if (c->shown.indexes[at].status != INDEX_ACTIVE)
        return;
    c->shown.indexes[at].status = INDEX_UPDATING;
    if (c->next.until_ms != 0) {
        next->status = INDEX_UPDATING;
        next->until_ms = c->next.until_ms;
    }
}

static int apply_update(table_change *c, const in_gsi_update *in)
{
    index_def *next, *shown;
    uint32_t at;

    TRY(find_gsi(c, in->name, "update", &at));
    next = &c->next.indexes[at];
    shown = &c->shown.indexes[at];
    if (in->rw != NULL && c->next.billing == BILLING_PAY_PER_REQUEST)
        return fail(c->cx, DDB_VALIDATION,
                    BAD_PARAMETER "The only Updates for index: %S when TableThroughputMode is "
                                  "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput",
                    in->name);
    if (in->rw != NULL)
        TRY(change_throughput(c, in->rw, in->name, &next->rw, &shown->rw));
    TRY(change_on_demand(c, in->on_demand, in->name, &next->on_demand, &shown->on_demand));
    TRY(change_warm(c, in->warm, &next->rw, in->name, &next->warm));
    shown->warm = next->warm;
    gsi_updating(c, at);
    return 0;
}

/* ---- create ---- */

/* An attribute that the table knows keeps the type it has; the request's is ignored. */
static void keep_known_types(const table *t, key_attr *a, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < t->defined_count; j++)
            if (str_eq(t->defined[j].name, a[i].name))
                a[i].type = t->defined[j].type;
}

static int read_created(table_change *c, const in_gsi *in, const list *defs, index_def *ix)
{
    definitions given;

    if (!defs->set)
        return fail(c->cx, DDB_VALIDATION,
                    BAD_PARAMETER "AttributeDefinitions is not specified for index: %S", in->name);
    TRY(table_read_definitions(c->cx, defs, &given));
    TRY(table_read_keys(c->cx, &in->keys, &given, KEYS_GLOBAL, &ix->keys));
    keep_known_types(c->old, ix->keys.part, ix->keys.parts);
    keep_known_types(c->old, ix->keys.sort, ix->keys.sorts);
    TRY(table_read_projection(c->cx, in->projection, ix));
    if (c->next.billing == BILLING_PAY_PER_REQUEST && in->rw != NULL)
        return fail(c->cx, DDB_VALIDATION,
                    BAD_PARAMETER "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                  "specified for index: %S when BillingMode is PAY_PER_REQUEST",
                    in->name);
    if (c->next.billing == BILLING_PROVISIONED && in->rw == NULL)
        return fail(c->cx, DDB_VALIDATION,
                    BAD_PARAMETER "Both ReadCapacityUnits and WriteCapacityUnits must be specified "
                                  "for index: %S",
                    in->name);
    if (in->rw != NULL) {
        TRY(table_check_bounds(c->cx, in->rw));
        ix->rw.read = in->rw->read.v;
        ix->rw.write = in->rw->write.v;
    }
    TRY(table_read_on_demand(c->cx, in->on_demand, c->next.billing, false, in->name,
                             &ix->on_demand));
    return table_read_warm(c->cx, in->warm, c->next.billing, &ix->rw, in->name, &ix->warm);
}

static uint32_t count_global(const table *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->index_count; i++)
        n += t->indexes[i].global;
    return n;
}

/* next.indexes and shown.indexes have room for one more (update_table.c). */
static int apply_create(table_change *c, const in_gsi *in, const list *defs)
{
    index_def *ix = &c->next.indexes[c->next.index_count];

    *ix = (index_def){.name = in->name,
                  .global = true,
                  .slot = c->next.next_slot,
                  .status = INDEX_CREATING,
                  .backfilling = true,
                  .made_by_update = true};
    if (c->next.until_ms != 0) /* resources are allocated first, then it is filled */
        ix->until_ms = c->next.until_ms + c->e->table_delay_ms;
    TRY(read_created(c, in, defs, ix));
    if (table_index(c->old, in->name) != NULL)
        return fail(c->cx, DDB_VALIDATION, "Attempting to create an index which already exists");
    if (count_global(c->old) >= GSI_MAX)
        return fail(c->cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                    "per-table limit of %d",
                    GSI_MAX);
    if (c->next.next_slot == UINT16_MAX) /* ours: 65,535 indexes made in the life of one table */
        return fail(c->cx, DDB_LIMIT_EXCEEDED, "Subscriber limit exceeded: too many indexes were "
                                               "created on this table");
    c->next.index_count++;
    c->next.next_slot++;
    TRY(table_check_non_key_total(c->cx, &c->next));
    c->shown.indexes[c->shown.index_count] = *ix;
    c->shown.indexes[c->shown.index_count++].backfilling = false; /* the allocation phase */
    c->made = ix;
    return 0;
}

/* ---- delete ---- */

static int apply_drop(table_change *c, const in_gsi_delete *in)
{
    index_def *list = c->next.indexes;
    uint32_t at;

    TRY(find_gsi(c, in->name, "delete", &at));
    c->dropped = table_index(c->old, in->name);
    if (c->next.until_ms != 0) {
        list[at].status = INDEX_DELETING;
        list[at].backfilling = false;
        list[at].until_ms = c->next.until_ms;
    } else {
        c->next.index_count--;
        memmove(list + at, list + at + 1, (c->next.index_count - at) * sizeof *list);
    }
    for (uint32_t i = 0; i < c->shown.index_count; i++)
        if (str_eq(c->shown.indexes[i].name, in->name))
            c->shown.indexes[i].status = INDEX_DELETING;
    return 0;
}

int gsi_apply_changes(table_change *c, const list *changes, const list *defs)
{
    /* Updates first: they find an index at the same position in next and in shown. */
    for (uint32_t i = 0; i < changes->count; i++)
        if (LIST_AT(changes, in_gsi_change, i)->update != NULL)
            TRY(apply_update(c, LIST_AT(changes, in_gsi_change, i)->update));
    for (uint32_t i = 0; i < changes->count; i++) {
        const in_gsi_change *g = LIST_AT(changes, in_gsi_change, i);
        if (g->create != NULL)
            TRY(apply_create(c, g->create, defs));
        else if (g->drop != NULL)
            TRY(apply_drop(c, g->drop));
    }
    return 0;
}

/* ---- rows ---- */

int gsi_store_changes(table_change *c)
{
    engine *e = c->e;
    const table *t;
    int rc = 0;

    if (c->dropped != NULL) {
        if (c->dropped->status == INDEX_CREATING)
            TRY(backfill_cancel(e, c->cx, c->old, c->dropped));
        TRY(index_drop_rows(e, c->cx, c->old, c->dropped));
        TRY(resource_drop_index(e, c->cx, c->old->name, c->dropped->name));
    }
    if (c->made != NULL)
        TRY(index_create_rows(e, c->cx, &c->next, c->made));
    TRY(catalog_replace(e, c->cx, &c->next));
    if (c->made != NULL) {
        t = catalog_find(e, c->next.name);
        rc = backfill_slice(e, c->cx, t, table_index(t, c->made->name));
    }
    return rc < 0 ? rc : 0;
}

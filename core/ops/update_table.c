/*
 * update_table.c - UpdateTable: one change of a table's definition.
 *
 * Changes take effect at once. The reply says UPDATING, with the throughput of before, as the
 * service's does; the stored definition is what the next DescribeTable shows, UPDATING too until
 * the delay has passed (engine.h, table_delay_ms). So two copies of the definition are changed side
 * by side: `next` is stored, `shown` is the reply.
 * Order of checks: facts validation 4.12; texts that the facts lack are captures of October 2026.
 * Start at update_table_run().
 */
#include "ops/update_table.h"

#include <stddef.h>

#include "ops/table_replicas.h"
#include "ops/vector_common.h"

#define HOUR_MS 3600000
#define FREE_DECREASES 4 /* guide: any time in a day; then one an hour */

typedef struct update_table_request {
    str table_name;
    list definitions; /* in_definition */
    list changes;     /* in_gsi_change */
    list replicas;    /* in_replica_change */
    list witnesses;   /* in_witness_change */
    list vectors;     /* in_vector_change */
    opt_enum billing, class_, consistency, settings;
    in_throughput *rw;
    in_on_demand *on_demand;
    in_warm *warm;
    in_stream *stream;
    in_sse *sse;
    opt_bool deletion_protection, disassociation_protection;
} update_table_request;

static int update_table_run(engine *e, ctx *cx, void *req, buf *out);

enum { IN_CONSISTENCY_EVENTUAL, IN_CONSISTENCY_STRONG };
static const shape shape_consistency = {
    .kind = SH_ENUM, .values = (const char *const[]){"EVENTUAL", "STRONG", NULL}};

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(update_table_request, field_), required_}
static const member update_table_members[] = {
    M("TableName", shape_table_name_control, table_name, true),
    M("ProvisionedThroughput", shape_throughput, rw, false),
    M("BillingMode", shape_billing_mode, billing, false),
    M("GlobalSecondaryIndexUpdates", shape_gsi_changes, changes, false),
    M("AttributeDefinitions", shape_definitions, definitions, false),
    M("StreamSpecification", shape_stream, stream, false),
    M("SSESpecification", shape_sse, sse, false),
    M("ReplicaUpdates", shape_replica_changes, replicas, false),
    M("TableClass", shape_table_class, class_, false),
    M("DeletionProtectionEnabled", shape_boolean, deletion_protection, false),
    M("MultiRegionConsistency", shape_consistency, consistency, false),
    M("OnDemandThroughput", shape_on_demand, on_demand, false),
    M("WarmThroughput", shape_warm, warm, false),
    M("GlobalTableWitnessUpdates", shape_witness_changes, witnesses, false),
    M("GlobalTableSettingsReplicationMode", shape_settings_mode, settings, false),
    M("DisassociationProtectionEnabled", shape_boolean, disassociation_protection, false),
    M("VectorIndexUpdates", shape_vector_changes, vectors, false),
};
#undef M

static const shape update_table_shape = {
    .kind = SH_STRUCT,
    .java = "UpdateTableInput",
    .members = update_table_members,
    .member_count = COUNT(update_table_members),
    .size = sizeof(update_table_request),
};

const op op_update_table = {"UpdateTable", OP_WRITE | OP_ATOMIC, &update_table_shape,
                            update_table_run};

/* ---- what needs no table ---- */

/* What a request asks for; kinds that exclude each other have a bit each. */
enum {
    ASKS_THROUGHPUT = 1,
    ASKS_BILLING = 2,
    ASKS_INDEX_UPDATE = 4,
    ASKS_INDEX_ONLINE = 8, /* an index comes or goes */
    ASKS_STREAM = 16,
    ASKS_SSE = 32,
    ASKS_REPLICA = 64,
    ASKS_CLASS = 128,
    ASKS_PROTECTION = 256,
    ASKS_ON_DEMAND = 512,
    ASKS_WARM = 1024,
    ASKS_DISASSOCIATION = 2048,
    ASKS_SETTINGS = 4096,
    ASKS_VECTOR = 8192 /* a vector index comes or goes */
};

static unsigned asks(const update_table_request *q)
{
    const in_on_demand *od = q->on_demand;
    const in_warm *warm = q->warm;
    unsigned a = 0;

    a |= q->rw != NULL ? ASKS_THROUGHPUT : 0;
    a |= q->billing.i >= 0 ? ASKS_BILLING : 0;
    if (q->changes.count > 0)
        a |= gsi_creates_or_drops(&q->changes) ? ASKS_INDEX_ONLINE : ASKS_INDEX_UPDATE;
    a |= q->stream != NULL ? ASKS_STREAM : 0;
    a |= q->sse != NULL ? ASKS_SSE : 0;
    a |= q->replicas.count > 0 || q->witnesses.count > 0 ? ASKS_REPLICA : 0;
    a |= q->disassociation_protection.set ? ASKS_DISASSOCIATION : 0;
    a |= q->settings.i >= 0 ? ASKS_SETTINGS : 0;
    a |= q->vectors.count > 0 ? ASKS_VECTOR : 0;
    a |= q->class_.i >= 0 ? ASKS_CLASS : 0;
    a |= q->deletion_protection.set ? ASKS_PROTECTION : 0;
    /* An empty structure asks for nothing; the service fails on it with an error of its own. */
    a |= od != NULL && (od->max_read.set || od->max_write.set) ? ASKS_ON_DEMAND : 0;
    a |= warm != NULL && (warm->read.set || warm->write.set) ? ASKS_WARM : 0;
    return a;
}

/* Kinds of change that a request cannot hold together, in the order the service reports them. */
static int check_alone(ctx *cx, unsigned a)
{
    static const struct {
        unsigned kind, with; /* `with`: what excludes it */
        const char *text;
    } rules[] = {
        {ASKS_SSE, ~0u, "Server-Side Encryption modification must be the only operation in the "
                        "request"},
        {ASKS_CLASS, ~0u, "TableClass modification must be the only operation in the request"},
        {ASKS_PROTECTION, ~0u,
         "DeletionProtection modification must be the only operation in the request"},
        {ASKS_DISASSOCIATION, ~0u,
         "DisassociationProtection modification must be the only operation in the request"},
        {ASKS_REPLICA, ~0u, "Replica modification must be the only operation in the request"},
        {ASKS_WARM, ASKS_INDEX_ONLINE,
         "Create global secondary index cannot be specified when updating WarmThroughput"},
        {ASKS_WARM, ~0u, "WarmThroughput must be the only operation in the request"},
        {ASKS_ON_DEMAND, ~(unsigned)ASKS_BILLING,
         "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"},
        {ASKS_STREAM, ASKS_THROUGHPUT | ASKS_BILLING,
         "You cannot modify stream status while updating table IOPS"},
        {ASKS_INDEX_ONLINE, ASKS_THROUGHPUT | ASKS_BILLING,
         "You cannot create or delete index while updating table IOPS"},
        {ASKS_VECTOR, ASKS_THROUGHPUT,
         "You cannot create or delete index while updating table IOPS"},
        {ASKS_VECTOR, ASKS_STREAM,
         "You cannot create or delete index while changing stream status"},
        {ASKS_INDEX_ONLINE, ASKS_STREAM,
         "You cannot create or delete index while changing stream status"},
    };

    for (size_t i = 0; i < COUNT(rules); i++)
        if ((a & rules[i].kind) != 0 && (a & ~rules[i].kind & rules[i].with) != 0)
            return fail(cx, DDB_VALIDATION, BAD_PARAMETER "%s", rules[i].text);
    return 0;
}

static int check_stream(ctx *cx, const in_stream *in)
{
    if (in == NULL)
        return 0;
    if (in->enabled.v && in->view.i < 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "If stream is being enabled then UpdateViewType is required");
    if (!in->enabled.v && in->view.i >= 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "If stream is being disabled, then UpdateViewType must not be "
                                  "specified");
    return 0;
}

static int check_request(ctx *cx, const update_table_request *q)
{
    unsigned a = asks(q);

    if (a == 0)
        return fail(cx, DDB_VALIDATION,
                    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
                    "MultiAccountReplicaReady, ReplicaTransitRoleArn, %sDeletionProtectionEnabled, "
                    "OnDemandThroughput, WarmThroughput or TableClass is required",
                    q->consistency.i < 0 ? "MultiRegionConsistency, " : "");
    if (q->changes.set && q->changes.count == 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "List of GlobalSecondaryIndexUpdates is empty");
    if (q->billing.i == IN_BILLING_PROVISIONED && q->rw == NULL)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "ProvisionedThroughput must be specified when BillingMode is "
                                  "PROVISIONED");
    if (q->rw != NULL)
        TRY(table_check_bounds(cx, q->rw));
    TRY(gsi_check_changes(cx, &q->changes));
    TRY(replica_check_changes(cx, &q->replicas, &q->witnesses,
                              q->consistency.i == IN_CONSISTENCY_STRONG));
    TRY(check_stream(cx, q->stream));
    TRY(vector_check_changes(cx, &q->vectors));
    return check_alone(cx, a);
}

/* ---- throughput ---- */

static int check_decreases(const table_change *c, const throughput *rw)
{
    ctx *cx = c->cx;
    buf b;

    if (table_decreases_today(rw, cx->now_ms) < FREE_DECREASES ||
        cx->now_ms - rw->last_decrease_ms >= HOUR_MS)
        return 0;
    buf_init_arena(&b, cx->a, 4096);
    buf_fmt(&b,
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a "
            "given UTC day. After the first %d decreases, each subsequent decrease in the same "
            "UTC day can be performed at most once every 3600 seconds. Number of decreases today: "
            "%l. Last decrease at ",
            FREE_DECREASES, table_decreases_today(rw, cx->now_ms));
    table_put_long_time(&b, rw->last_decrease_ms);
    buf_lit(&b, ". Next decrease can be made at ");
    table_put_long_time(&b, rw->last_decrease_ms + HOUR_MS);
    return b.err != 0 ? b.err : fail_str(cx, DDB_LIMIT_EXCEEDED, buf_view(&b));
}

static int will_not_change(ctx *cx, const throughput *rw, str index_name)
{
    bool of_index = index_name.p != NULL;
    str name = of_index ? index_name : STR("");

    /* "for the table" and "for the index by-date", but "provisioned for index by-date". */
    return fail(cx, DDB_VALIDATION,
                "The provisioned throughput for the %s%S will not change. The requested value "
                "equals the current value. Current ReadCapacityUnits provisioned for %s%S: %l. "
                "Requested ReadCapacityUnits: %l. Current WriteCapacityUnits provisioned for "
                "%s%S: %l. Requested WriteCapacityUnits: %l. Refer to the Amazon DynamoDB "
                "Developer Guide for current limits and how to request higher limits.",
                of_index ? "index " : "table", name, of_index ? "index " : "the table", name,
                rw->read, rw->read, of_index ? "index " : "the table", name, rw->write, rw->write);
}

int change_throughput(const table_change *c, const in_throughput *in, str index_name,
                      throughput *next, throughput *shown)
{
    int64_t read = in->read.v, write = in->write.v, now = c->cx->now_ms;
    throughput old = *next;

    if (read == old.read && write == old.write)
        return will_not_change(c->cx, &old, index_name);
    if (read > old.read || write > old.write)
        next->last_increase_ms = now;
    if (read < old.read || write < old.write) {
        TRY(check_decreases(c, &old));
        next->last_decrease_ms = now;
        next->decreases_today = table_decreases_today(&old, now) + 1;
    }
    next->read = read;
    next->write = write;
    *shown = *next;
    if (!c->switching) { /* units are shown as they were until the table is ACTIVE again */
        shown->read = old.read;
        shown->write = old.write;
        shown->decreases_today = table_decreases_today(&old, now);
    }
    return 0;
}

int change_on_demand(const table_change *c, const in_on_demand *in, str index_name,
                     on_demand_limits *next, on_demand_limits *shown)
{
    TRY(table_read_on_demand(c->cx, in, c->next.billing, true, index_name, next));
    *shown = *next;
    if (next->max_read == -1)
        next->max_read = 0;
    if (next->max_write == -1)
        next->max_write = 0;
    return 0;
}

static int check_warm(const table_change *c, const opt_int *v, int64_t now, const char *member,
                      str index_name)
{
    bool of_index = index_name.p != NULL;

    if (!v->set || v->v >= now)
        return 0;
    return fail(c->cx, DDB_VALIDATION,
                BAD_PARAMETER "Requested %s for WarmThroughput for %s%S is lower than current "
                              "WarmThroughput, decreasing WarmThroughput is not supported",
                member, of_index ? "index " : "table", of_index ? index_name : STR(""));
}

int change_warm(const table_change *c, const in_warm *in, const throughput *rw, str index_name,
                warm_throughput *warm)
{
    warm_throughput now = table_warm_now(warm, rw, c->next.billing);

    if (in == NULL)
        return 0;
    TRY(check_warm(c, &in->read, now.read, "ReadUnitsPerSecond", index_name));
    TRY(check_warm(c, &in->write, now.write, "WriteUnitsPerSecond", index_name));
    if (in->read.set)
        warm->read = in->read.v;
    if (in->write.set)
        warm->write = in->write.v;
    return 0;
}

/* ---- billing ---- */

static void no_throughput(throughput *rw)
{
    rw->read = rw->write = 0;
}

static void apply_billing(table_change *c)
{
    table *next = &c->next;
    bool on_demand = next->billing == BILLING_PAY_PER_REQUEST;

    next->billing_summary = true;
    if (on_demand) {
        next->on_demand_since_ms = c->cx->now_ms;
        no_throughput(&next->rw);
    } else {
        next->on_demand = (on_demand_limits){0, 0};
    }
    for (uint32_t i = 0; i < next->index_count; i++) {
        index_def *ix = &next->indexes[i];
        if (!ix->global)
            continue;
        if (on_demand)
            no_throughput(&ix->rw);
        else
            ix->on_demand = (on_demand_limits){0, 0};
        c->shown.indexes[i].rw = ix->rw;
        c->shown.indexes[i].on_demand = ix->on_demand;
        gsi_updating(c, i);
    }
    c->shown.billing_summary = true;
    c->shown.on_demand_since_ms = next->on_demand_since_ms;
    c->shown.rw = next->rw;
    c->shown.on_demand = next->on_demand;
}

/* ---- stream, encryption, class ---- */

static int apply_stream(table_change *c, const in_stream *in)
{
    if (in == NULL)
        return 0;
    if (in->enabled.v && c->old->stream_enabled)
        return fail(c->cx, DDB_VALIDATION, "Table already has an enabled stream: TableName: %S",
                    c->old->name);
    if (!in->enabled.v && !c->old->stream_enabled)
        return fail(c->cx, DDB_VALIDATION, "Table has no stream to disable: TableName: %S",
                    c->old->name);
    if (!in->enabled.v) {
        str *regions;
        uint32_t n;
        TRY(replica_regions(c->e, c->cx, c->old, &regions, &n));
        if (n > 1)
            return fail(c->cx, DDB_VALIDATION,
                        BAD_PARAMETER "Disabling Stream is not allowed for a Global Table "
                                      "replica.");
    }
    if (in->enabled.v)
        TRY(table_start_stream(c->e, c->cx, in->view.i, &c->next));
    else
        c->next.stream_enabled = false; /* the label stays: the old stream can still be read */
    c->shown.stream_enabled = c->next.stream_enabled;
    c->shown.stream_view = c->next.stream_view;
    c->shown.stream_label = c->next.stream_label;
    return 0;
}

static int apply_sse(table_change *c, const in_sse *in)
{
    bool enabled;

    if (in == NULL)
        return 0;
    TRY(table_read_sse(c->e, c->cx, in, &c->next, &enabled));
    if (!enabled && !c->old->sse_enabled)
        return fail(c->cx, DDB_VALIDATION, BAD_PARAMETER "Table is already encrypted by default");
    if (enabled && c->old->sse_enabled && in->key.p != NULL &&
        str_eq(c->next.sse_key, c->old->sse_key))
        return fail(c->cx, DDB_VALIDATION,
                    BAD_PARAMETER "Table is already encrypted with given KMSMasterKeyId. Use "
                                  "KMSMasterKeyId parameter if you want to change Master Key");
    c->shown.sse_enabled = c->next.sse_enabled;
    c->shown.sse_type = c->next.sse_type;
    c->shown.sse_key = c->next.sse_key;
    return 0;
}

static void apply_class(table_change *c, const opt_enum *in)
{
    if (in->i < 0)
        return;
    c->next.class_ = in->i == IN_CLASS_STANDARD ? TABLE_CLASS_STANDARD : TABLE_CLASS_INFREQUENT;
    c->next.class_since_ms = c->cx->now_ms;
    c->shown.class_ = c->next.class_;
    c->shown.class_since_ms = c->next.class_since_ms;
}

/* Replicas learn of changes from the stream, so a table with replicas has one. */
static int apply_replicas(table_change *c, const update_table_request *q)
{
    const char *const *view = stream_view_names;
    bool strong = q->consistency.i == IN_CONSISTENCY_STRONG;
    str *regions;
    uint32_t n;

    if (q->replicas.count == 0 && q->witnesses.count == 0)
        return 0;
    TRY(replica_apply_changes(c->e, c->cx, &q->replicas, &q->witnesses, strong, &c->next));
    TRY(replica_regions(c->e, c->cx, &c->next, &regions, &n));
    if (n == 1 || c->next.stream_enabled)
        return 0;
    while (!str_eq(str_of(*view), STR("NEW_AND_OLD_IMAGES")))
        view++;
    return table_start_stream(c->e, c->cx, (int)(view - stream_view_names), &c->next);
}

/* ---- attribute definitions ---- */

/* Behind those that are there, unless it is among them. */
static void add_definition(table *t, key_attr *out, const key_attr *a)
{
    uint32_t at = 0;

    while (at < t->defined_count && !str_eq(out[at].name, a->name))
        at++;
    if (at == t->defined_count)
        out[t->defined_count++] = *a;
}

/* Those of before and those given, by name, as far as a key uses them. */
static int apply_definitions(table_change *c)
{
    table *next = &c->next;
    uint32_t max = c->old->defined_count + 2 * KEY_PARTS_MAX + SEARCH_SCHEMA_MAX;
    key_attr *out = ARENA_ARRAY(c->cx->a, key_attr, max);

    if (out == NULL)
        return DDB_NOMEM;
    next->defined_count = 0;
    for (uint32_t i = 0; i < c->old->defined_count; i++)
        if (table_uses(next, c->old->defined[i].name))
            out[next->defined_count++] = c->old->defined[i];
    /* Only the new index can use an attribute that was not defined before. */
    for (uint32_t i = 0; c->made != NULL && i < c->made->keys.parts; i++)
        add_definition(next, out, &c->made->keys.part[i]);
    for (uint32_t i = 0; c->made != NULL && i < c->made->keys.sorts; i++)
        add_definition(next, out, &c->made->keys.sort[i]);
    if (next->vector_count > c->old->vector_count) {
        const vector_def *d = &next->vectors[next->vector_count - 1];
        for (uint32_t i = 0; i < d->schema_count; i++)
            add_definition(next, out, &d->schema[i].a);
    }
    next->defined = c->shown.defined = out;
    c->shown.defined_count = next->defined_count;
    return 0;
}

/* ---- the change ---- */

static int copy_indexes(ctx *cx, const table *from, table *to)
{
    to->indexes = ARENA_ARRAY(cx->a, index_def, (size_t)from->index_count + 1);
    if (to->indexes == NULL)
        return DDB_NOMEM;
    if (from->index_count > 0)
        memcpy(to->indexes, from->indexes, from->index_count * sizeof(index_def));
    return 0;
}

static int change_init(table_change *c, const update_table_request *q)
{
    c->next = c->shown = *c->old;
    TRY(copy_indexes(c->cx, c->old, &c->next));
    TRY(copy_indexes(c->cx, c->old, &c->shown));
    c->shown.status = TABLE_UPDATING;
    if (c->e->table_delay_ms > 0) {
        c->next.status = TABLE_UPDATING;
        c->next.until_ms = c->cx->now_ms + c->e->table_delay_ms;
    }
    if (q->billing.i >= 0)
        c->next.billing = q->billing.i == IN_BILLING_PAY_PER_REQUEST ? BILLING_PAY_PER_REQUEST
                                                                     : BILLING_PROVISIONED;
    c->shown.billing = c->next.billing;
    c->switching = c->next.billing != c->old->billing;
    return 0;
}

static int apply_options(table_change *c, const update_table_request *q)
{
    TRY(change_on_demand(c, q->on_demand, STR_ABSENT, &c->next.on_demand, &c->shown.on_demand));
    TRY(change_warm(c, q->warm, &c->next.rw, STR_ABSENT, &c->next.warm));
    c->shown.warm = c->next.warm;
    TRY(apply_stream(c, q->stream));
    TRY(apply_sse(c, q->sse));
    apply_class(c, &q->class_);
    if (q->deletion_protection.set)
        c->next.deletion_protection = c->shown.deletion_protection = q->deletion_protection.v;
    TRY(replica_change_mode(c->cx, &q->settings, &c->next));
    TRY(replica_set_protection(c->cx, &q->disassociation_protection, &c->next));
    if (q->settings.i >= 0 || q->disassociation_protection.set)
        c->shown.rest = c->next.rest;
    return apply_replicas(c, q);
}

static int change_apply(table_change *c, const update_table_request *q)
{
    if (q->rw != NULL && c->next.billing == BILLING_PAY_PER_REQUEST)
        return fail(c->cx, DDB_VALIDATION,
                    BAD_PARAMETER "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                  "specified when BillingMode is PAY_PER_REQUEST");
    TRY(gsi_check_against_table(c, &q->changes, q->vectors.count));
    if (c->switching)
        apply_billing(c);
    if (q->rw != NULL)
        TRY(change_throughput(c, q->rw, STR_ABSENT, &c->next.rw, &c->shown.rw));
    TRY(apply_options(c, q));
    TRY(gsi_apply_changes(c, &q->changes, &q->definitions));
    TRY(vector_apply_changes(c, &q->vectors, &q->definitions));
    return apply_definitions(c);
}

static int update_table_run(engine *e, ctx *cx, void *req, buf *out)
{
    const update_table_request *q = req;
    table_change c = {.e = e, .cx = cx};

    TRY(check_request(cx, q));
    TRY(engine_table_control(e, cx, q->table_name, &c.old));
    TRY(vector_check_allocation(cx, &q->vectors, c.old));
    TRY(table_require_active(cx, c.old));
    TRY(table_check_changing(e, cx, NULL));
    TRY(change_init(&c, q));
    TRY(change_apply(&c, q));
    /* The reply counts the items of an index that goes, so it is written before that goes. */
    buf_lit(out, "{\"TableDescription\":");
    TRY(table_describe(e, cx, &c.shown, DESCRIBE_WARM | (q->sse ? DESCRIBE_SSE_UPDATING : 0u),
                       out));
    buf_byte(out, '}');
    TRY(gsi_store_changes(&c));
    return out->err;
}

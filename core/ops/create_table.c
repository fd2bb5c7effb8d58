/*
 * create_table.c - CreateTable: a definition from the request, checked in the service's order, and
 * its empty rows table.
 *
 * The reply says CREATING as the service's does. Without a delay (engine.h, table_delay_ms) the
 * stored definition is ACTIVE, which is what the next DescribeTable shows; with one it is CREATING
 * until that has passed.
 * The rules stand in create_table_build() (facts validation 4.11).
 */
#include <stddef.h>

#include "ops/resource.h"
#include "ops/table_common.h"
#include "ops/table_replicas.h"
#include "ops/vector_common.h"

/* Duplicate names are looked for among this many: with more indexes the count is wrong anyway. */
#define NAMES_COMPARED 64

typedef struct create_table_request {
    str table_name;
    list definitions; /* in_definition */
    list keys;        /* in_key_element */
    list lsis;        /* in_lsi */
    list gsis;        /* in_gsi */
    list vectors;     /* in_vector */
    opt_enum billing, class_, settings;
    in_throughput *rw;
    in_on_demand *on_demand;
    in_warm *warm;
    in_stream *stream;
    in_sse *sse;
    list tags; /* in_tag */
    opt_bool deletion_protection;
    str policy, source;
} create_table_request;

static int create_table_run(engine *e, ctx *cx, void *req, buf *out);

static const shape shape_source_arn = {.kind = SH_STRING, .min = 1, .max = 1024};

#define M(name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(create_table_request, field_), required_}
static const member create_table_members[] = {
    M("AttributeDefinitions", shape_definitions, definitions, true),
    M("TableName", shape_table_name_control, table_name, true),
    M("BillingMode", shape_billing_mode, billing, false),
    M("ProvisionedThroughput", shape_throughput, rw, false),
    M("KeySchema", shape_key_schema, keys, true),
    M("LocalSecondaryIndexes", shape_lsis, lsis, false),
    M("GlobalSecondaryIndexes", shape_gsis, gsis, false),
    M("StreamSpecification", shape_stream, stream, false),
    M("SSESpecification", shape_sse, sse, false),
    M("Tags", shape_tags, tags, false),
    M("TableClass", shape_table_class, class_, false),
    M("DeletionProtectionEnabled", shape_boolean, deletion_protection, false),
    M("WarmThroughput", shape_warm, warm, false),
    M("ResourcePolicy", shape_string, policy, false),
    M("OnDemandThroughput", shape_on_demand, on_demand, false),
    M("GlobalTableSourceArn", shape_source_arn, source, false),
    M("GlobalTableSettingsReplicationMode", shape_settings_mode, settings, false),
    M("VectorIndexes", shape_vectors, vectors, false),
};
#undef M

static const shape create_table_shape = {
    .kind = SH_STRUCT,
    .java = "CreateTableInput",
    .members = create_table_members,
    .member_count = COUNT(create_table_members),
    .size = sizeof(create_table_request),
};

const op op_create_table = {"CreateTable", OP_WRITE | OP_ATOMIC, &create_table_shape,
                            create_table_run};

/* ---- throughput ---- */

static int build_billing(ctx *cx, const create_table_request *q, table *t)
{
    t->billing = q->billing.i == IN_BILLING_PAY_PER_REQUEST ? BILLING_PAY_PER_REQUEST
                                                            : BILLING_PROVISIONED;
    if (t->billing == BILLING_PAY_PER_REQUEST) {
        if (q->rw != NULL)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                      "specified when BillingMode is PAY_PER_REQUEST");
        t->billing_summary = true;
        t->on_demand_since_ms = cx->now_ms;
        return 0;
    }
    if (q->rw == NULL)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "ReadCapacityUnits and WriteCapacityUnits must both be specified "
                                  "when BillingMode is PROVISIONED");
    TRY(table_check_bounds(cx, q->rw));
    t->rw.read = q->rw->read.v;
    t->rw.write = q->rw->write.v;
    return 0;
}

/* ---- indexes ---- */

static int check_index_name(ctx *cx, const table *t, const index_def *ix)
{
    for (uint32_t i = 0; i < t->index_count && i < NAMES_COMPARED; i++)
        if (str_eq(t->indexes[i].name, ix->name))
            return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Duplicate index name: %S", ix->name);
    return 0;
}

static index_def *next_index(table *t, str name, bool global)
{
    index_def *ix = &t->indexes[t->index_count];

    *ix = (index_def){.name = name,
                  .global = global,
                  .slot = (uint16_t)t->index_count,
                  .status = INDEX_ACTIVE};
    return ix;
}

static int build_lsi(ctx *cx, const in_lsi *in, const definitions *defs, table *t)
{
    index_def *ix = next_index(t, in->name, false);

    TRY(table_read_keys(cx, &in->keys, defs, KEYS_LOCAL, &ix->keys));
    if (ix->keys.sorts == 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Index KeySchema does not have a range key for index: %S",
                    in->name);
    if (!str_eq(ix->keys.part[0].name, t->keys.part[0].name))
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Index KeySchema does not have the same leading hash key as "
                                  "table KeySchema for index: %S. index hash key: %S, table hash "
                                  "key: %S",
                    in->name, ix->keys.part[0].name, t->keys.part[0].name);
    TRY(table_read_projection(cx, in->projection, ix));
    TRY(check_index_name(cx, t, ix));
    t->index_count++;
    return 0;
}

static int build_lsis(ctx *cx, const list *in, const definitions *defs, table *t)
{
    if (!in->set)
        return 0;
    if (in->count == 0)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "List of LocalSecondaryIndexes is empty");
    if (t->keys.sorts == 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Table KeySchema does not have a range key, which is required "
                                  "when specifying a LocalSecondaryIndex");
    for (uint32_t i = 0; i < in->count; i++)
        TRY(build_lsi(cx, LIST_AT(in, in_lsi, i), defs, t));
    if (in->count > LSI_MAX)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Number of LocalSecondaryIndexes exceeds per-table limit of %d",
                    LSI_MAX);
    return 0;
}

static int build_gsi_throughput(ctx *cx, const in_gsi *in, const table *t, index_def *ix)
{
    if (t->billing == BILLING_PAY_PER_REQUEST && in->rw != NULL)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "ProvisionedThroughput should not be specified for index: %S "
                                  "when BillingMode is PAY_PER_REQUEST",
                    in->name);
    if (t->billing == BILLING_PROVISIONED && in->rw == NULL)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "ProvisionedThroughput is not specified for index: %S",
                    in->name);
    if (in->rw == NULL)
        return 0;
    TRY(table_check_bounds(cx, in->rw));
    ix->rw.read = in->rw->read.v;
    ix->rw.write = in->rw->write.v;
    return 0;
}

static int build_gsi(ctx *cx, const in_gsi *in, const definitions *defs, table *t)
{
    index_def *ix = next_index(t, in->name, true);

    TRY(table_read_keys(cx, &in->keys, defs, KEYS_GLOBAL, &ix->keys));
    TRY(table_read_projection(cx, in->projection, ix));
    TRY(build_gsi_throughput(cx, in, t, ix));
    TRY(check_index_name(cx, t, ix));
    t->index_count++;
    return 0;
}

static int build_gsis(ctx *cx, const list *in, const definitions *defs, table *t)
{
    if (!in->set)
        return 0;
    if (in->count == 0)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "List of GlobalSecondaryIndexes is empty");
    for (uint32_t i = 0; i < in->count; i++)
        TRY(build_gsi(cx, LIST_AT(in, in_gsi, i), defs, t));
    if (in->count > GSI_MAX)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "GlobalSecondaryIndex count exceeds the per-table limit of %d",
                    GSI_MAX);
    return 0;
}

/* The limits and warmth of indexes are looked at when the table's own are. */
static int build_gsi_limits(ctx *cx, const list *in, table *t)
{
    uint32_t first = t->index_count - in->count; /* GSIs follow the LSIs */

    for (uint32_t i = 0; i < in->count; i++) {
        const in_gsi *g = LIST_AT(in, in_gsi, i);
        index_def *ix = &t->indexes[first + i];
        TRY(table_read_on_demand(cx, g->on_demand, t->billing, false, g->name, &ix->on_demand));
        TRY(table_read_warm(cx, g->warm, t->billing, &ix->rw, g->name, &ix->warm));
    }
    return 0;
}

/* ---- attributes nobody uses ---- */

static void collect_name(const key_attr *a, key_attr *used, uint32_t *n)
{
    uint32_t at = 0;

    while (at < *n && !str_eq(used[at].name, a->name))
        at++;
    if (at == *n)
        used[(*n)++] = *a;
}

static void collect_keys(const key_schema *k, key_attr *used, uint32_t *n)
{
    for (int part = 0; part < 2; part++) {
        const key_attr *a = part == 0 ? k->part : k->sort;
        uint32_t count = part == 0 ? k->parts : k->sorts;
        for (uint32_t i = 0; i < count; i++)
            collect_name(&a[i], used, n);
    }
}

static int check_all_used(ctx *cx, const create_table_request *q, const definitions *defs,
                          const table *t)
{
    key_attr *used =
        ARENA_ARRAY(cx->a, key_attr, ((size_t)t->index_count + 1) * (2 * KEY_PARTS_MAX) +
                                         (size_t)t->vector_count * SEARCH_SCHEMA_MAX);
    uint32_t n = 0;
    buf b;

    if (used == NULL)
        return DDB_NOMEM;
    collect_keys(&t->keys, used, &n);
    for (uint32_t i = 0; i < t->index_count; i++)
        collect_keys(&t->indexes[i].keys, used, &n);
    for (uint32_t i = 0; i < t->vector_count; i++)
        for (uint32_t k = 0; k < t->vectors[i].schema_count; k++)
            collect_name(&t->vectors[i].schema[k].a, used, &n);
    if (n == defs->count)
        return 0;
    if (!q->lsis.set && !q->gsis.set && !q->vectors.set)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Number of attributes in KeySchema does not exactly match number "
                                  "of attributes defined in AttributeDefinitions");
    buf_init_arena(&b, cx->a, REPLY_BYTES_MAX);
    buf_lit(&b, BAD_PARAMETER "Some AttributeDefinitions are not used. AttributeDefinitions: [");
    table_put_names(&b, defs->attrs, defs->count);
    buf_lit(&b, "], keys used: [");
    table_put_names(&b, used, n);
    buf_byte(&b, ']');
    return b.err != 0 ? b.err : fail_str(cx, DDB_VALIDATION, buf_view(&b));
}

/* ---- the rest ---- */

static int build_stream(engine *e, ctx *cx, const in_stream *in, table *t)
{
    if (in == NULL)
        return 0;
    if (!in->enabled.v && in->view.i >= 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Table is being created with a stream disabled, UpdateViewType "
                                  "should not be specified");
    if (in->enabled.v && in->view.i < 0)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Table is being created with a stream enabled, UpdateViewType is "
                                  "required");
    return in->enabled.v ? table_start_stream(e, cx, in->view.i, t) : 0;
}

static int build_options(engine *e, ctx *cx, const create_table_request *q, table *t)
{
    bool encrypted;

    TRY(build_stream(e, cx, q->stream, t));
    TRY(table_read_on_demand(cx, q->on_demand, t->billing, false, STR_ABSENT, &t->on_demand));
    TRY(table_read_warm(cx, q->warm, t->billing, &t->rw, STR_ABSENT, &t->warm));
    TRY(build_gsi_limits(cx, &q->gsis, t));
    if (q->sse != NULL)
        TRY(table_read_sse(e, cx, q->sse, t, &encrypted));
    TRY(tags_check(cx, &q->tags));
    if (q->class_.i >= 0)
        t->class_ = q->class_.i == IN_CLASS_STANDARD ? TABLE_CLASS_STANDARD
                                                     : TABLE_CLASS_INFREQUENT;
    t->deletion_protection = q->deletion_protection.v;
    if (q->source.p != NULL) /* the text is ours: a database is one account */
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "GlobalTableSourceArn is not supported: a replica of a table of "
                                  "another account cannot be created here");
    return replica_set_mode(cx, &q->settings, t);
}

/* The definition, or the first of the request's mistakes. */
static int create_table_build(engine *e, ctx *cx, const create_table_request *q, table *t)
{
    definitions defs;

    TRY(build_billing(cx, q, t));
    TRY(table_read_definitions(cx, &q->definitions, &defs));
    TRY(table_read_keys(cx, &q->keys, &defs, KEYS_TABLE, &t->keys));
    t->indexes = ARENA_ARRAY(cx->a, index_def, (size_t)q->lsis.count + q->gsis.count);
    if (t->indexes == NULL)
        return DDB_NOMEM;
    if (!q->lsis.set && !q->gsis.set && !q->vectors.set)
        TRY(check_all_used(cx, q, &defs, t));
    TRY(build_lsis(cx, &q->lsis, &defs, t));
    TRY(build_gsis(cx, &q->gsis, &defs, t));
    TRY(vector_build(cx, &q->vectors, &defs, t));
    TRY(table_check_non_key_total(cx, t));
    TRY(check_all_used(cx, q, &defs, t));
    t->defined = defs.attrs;
    t->defined_count = defs.count;
    t->next_slot = (uint16_t)t->index_count;
    return build_options(e, cx, q, t);
}

/* The name, the ARN, and everything a new table is given. */
static int identify(engine *e, ctx *cx, const create_table_request *q, table *t)
{
    TRY(engine_table_name(e, cx, q->table_name, &t->name));
    if (t->name.p != q->table_name.p) { /* it came out of an ARN: its own rules hold */
        TRY(schema_check_control_name(cx, t->name));
        if (!schema_name_matches(t->name))
            return schema_fail_one(
                cx, t->name, "tableName",
                "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
    t->created_ms = cx->now_ms;
    t->status = TABLE_ACTIVE;
    if (e->table_delay_ms > 0) {
        t->status = TABLE_CREATING;
        t->until_ms = cx->now_ms + e->table_delay_ms;
    }
    table_new_id(e, t);
    return engine_table_arn(e, cx, t->name, &t->arn);
}

static int put_reply(engine *e, ctx *cx, const table *t, buf *out)
{
    table shown = *t;

    shown.status = TABLE_CREATING;
    shown.on_demand_since_ms = 0; /* appears once the table is ACTIVE */
    for (uint32_t i = 0; i < shown.index_count; i++)
        shown.indexes[i].status = INDEX_CREATING; /* the array is the request's own */
    for (uint32_t i = 0; i < shown.vector_count; i++)
        shown.vectors[i].ix.status = INDEX_CREATING;
    buf_lit(out, "{\"TableDescription\":");
    TRY(table_describe(e, cx, &shown, 0, out));
    buf_byte(out, '}');
    return out->err;
}

/* What is set on a table and described by other operations. */
static int put_settings(engine *e, ctx *cx, const create_table_request *q, const table *t,
                        str policy)
{
    str path, ignored;

    TRY(resource_of_table(cx, t->name, &path));
    TRY(tags_put(e, cx, path, &q->tags));
    return policy.p == NULL ? 0 : policy_put(e, cx, path, STR_ABSENT, policy, &ignored);
}

static int create_table_run(engine *e, ctx *cx, void *req, buf *out)
{
    str policy = STR_ABSENT;
    const create_table_request *q = req;
    const table *there;
    table t = {0};

    TRY(identify(e, cx, q, &t));
    TRY(create_table_build(e, cx, q, &t));
    if (q->policy.p != NULL)
        TRY(policy_read(e, cx, q->policy, false, false, &policy));
    there = catalog_find(e, t.name);
    if (there != NULL && (there->status == TABLE_DELETING || there->status == TABLE_CREATING))
        return table_require_active(cx, there);
    if (there != NULL)
        return fail(cx, DDB_RESOURCE_IN_USE, "Table already exists: %S", t.name);
    if (catalog_count(e) >= TABLES_MAX)
        return fail(cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                    TABLES_MAX);
    TRY(table_check_changing(e, cx, &t));
    TRY(catalog_next_number(e, cx, &t.number));
    TRY(catalog_add(e, cx, &t));
    TRY(put_settings(e, cx, q, &t, policy));
    return put_reply(e, cx, &t, out);
}

int table_build(engine *e, ctx *cx, const table_creation *q, table *out)
{
    create_table_request as = {.table_name = q->name,
                               .definitions = q->definitions,
                               .keys = q->keys,
                               .gsis = q->gsis,
                               .vectors = q->vectors,
                               .billing = q->billing,
                               .class_ = {.i = -1},
                               .settings = {.i = -1},
                               .rw = q->rw,
                               .on_demand = q->on_demand,
                               .sse = q->sse};

    *out = (table){0};
    TRY(identify(e, cx, &as, out));
    return create_table_build(e, cx, &as, out);
}

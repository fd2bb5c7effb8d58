/*
 * backup_common.c - finding tables for backups, and the definition a restore makes.
 *
 * Overrides may take indexes away and never add or change one (facts operations,
 * RestoreTableFromBackup). The texts of mistakes in overrides are ours: no capture of them is
 * known.
 */
#include "ops/backup_common.h"

#include "ops/table_common.h"
#include "ops/vector_common.h"
#include "value/json.h"

int backup_require_table(engine *e, ctx *cx, str given, const table **out)
{
    str name;

    TRY(engine_table_name(e, cx, given, &name));
    *out = catalog_find(e, name);
    return *out == NULL ? fail(cx, DDB_TABLE_NOT_FOUND, "Table not found: %S", given) : 0;
}

int backup_require_active(ctx *cx, const table *t)
{
    static const char *const doing[] = {[TABLE_CREATING] = "created",
                                        [TABLE_UPDATING] = "updated",
                                        [TABLE_DELETING] = "deleted"};

    if (t->status == TABLE_ACTIVE)
        return 0;
    return fail(cx, DDB_TABLE_IN_USE, "Table is being %s: %S", doing[t->status], t->name);
}

void backup_put_time(buf *out, const char *name, int64_t ms)
{
    buf_fmt(out, ",\"%s\":", name);
    json_put_timestamp(out, ms);
}

int64_t backup_ms(opt_real seconds)
{
    double ms = seconds.v * 1000.0;

    if (!(ms > 0.0)) /* before 1970, or not a number */
        return 0;
    return ms > 9e15 ? (int64_t)9e15 : (int64_t)(ms + 0.5);
}

int backup_check_arn(engine *e, ctx *cx, str arn)
{
    table_arn parts;
    bool whole = engine_arn_split(arn, &parts);
    size_t slashes = 0;

    for (size_t i = 0; whole && i < parts.name.n; i++)
        slashes += parts.name.p[i] == '/';
    if (!whole || slashes < 2)
        return fail(cx, DDB_VALIDATION, "Invalid Backup ARN");
    if (!str_eq(parts.account, e->account))
        return fail(cx, DDB_ACCESS_DENIED, "Access is denied");
    return 0;
}

/* ---- overrides: texts are captures of October 2026 ---- */

#define BAD_REQUEST "Invalid Request: "
#define NO_THROUGHPUT "Must specify provisioned throughput for index %S"

static bool same_keys(const list *in, const key_schema *k)
{
    if (in->count != (uint32_t)k->parts + k->sorts)
        return false;
    for (uint32_t i = 0; i < in->count; i++) {
        const in_key_element *given = LIST_AT(in, in_key_element, i);
        bool hash = i < k->parts;
        const key_attr *a = hash ? &k->part[i] : &k->sort[i - k->parts];
        if (!str_eq(given->name, a->name) || given->type.i != (hash ? IN_HASH : IN_RANGE))
            return false;
    }
    return true;
}

static bool same_projection(ctx *cx, const in_projection *in, const index_def *ix)
{
    index_def given = {0};
    bool same;

    if (in == NULL || table_read_projection(cx, in, &given) < 0)
        return false;
    same = given.projection == ix->projection && given.non_key_count == ix->non_key_count;
    for (uint32_t i = 0; same && i < ix->non_key_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < ix->non_key_count; k++)
            found = found || str_eq(given.non_key[k], ix->non_key[i]);
        same = found;
    }
    return same;
}

static int no_such_index(ctx *cx, str name)
{
    cx->err = (error){0};
    return fail(cx, DDB_VALIDATION,
                BAD_REQUEST "Index %S does not match a secondary index that existed in the source "
                            "table and cannot be created during the restore operation",
                name);
}

static bool is_taken(const table *t, const index_def *ix)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        if (t->indexes[i].slot == ix->slot)
            return true;
    return false;
}

/* Copies an index of the source behind those of t: one with these keys and this projection. Its
 * name may be another one from now on. */
static int take_index(ctx *cx, const table *source, table *t, str name, bool global,
                      const list *keys, const in_projection *projection)
{
    const index_def *found = NULL;

    for (uint32_t i = 0; i < source->index_count; i++) {
        const index_def *ix = &source->indexes[i];
        if (ix->global == global && !is_taken(t, ix) && same_keys(keys, &ix->keys) &&
            same_projection(cx, projection, ix) && (found == NULL || str_eq(ix->name, name)))
            found = ix;
    }
    if (found == NULL)
        return no_such_index(cx, name);
    if (table_index(t, name) != NULL)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Duplicate index name: %S", name);
    cx->err = (error){0};
    t->indexes[t->index_count] = *found;
    t->indexes[t->index_count++].name = name;
    return 0;
}

static int take_gsi(ctx *cx, const table *source, const in_gsi *g, table *t)
{
    index_def *ix;

    TRY(take_index(cx, source, t, g->name, true, &g->keys, g->projection));
    ix = &t->indexes[t->index_count - 1];
    if (g->rw != NULL && t->billing == BILLING_PAY_PER_REQUEST)
        return fail(cx, DDB_VALIDATION,
                    BAD_REQUEST "Cannot override ProvisionedThroughput if BillingMode is "
                                "overridden to PAY_PER_REQUEST for index %S",
                    g->name);
    if (g->rw == NULL && t->billing == BILLING_PROVISIONED)
        return fail(cx, DDB_VALIDATION, BAD_REQUEST NO_THROUGHPUT, g->name);
    if (g->rw != NULL) {
        TRY(table_check_bounds(cx, g->rw));
        ix->rw = (throughput){.read = g->rw->read.v, .write = g->rw->write.v};
    }
    return table_read_on_demand(cx, g->on_demand, t->billing, false, g->name, &ix->on_demand);
}

static int build_indexes(ctx *cx, const table *source, const restore_overrides *o, table *t)
{
    t->indexes = ARENA_ARRAY(cx->a, index_def, (size_t)source->index_count + 1);
    if (t->indexes == NULL)
        return DDB_NOMEM;
    t->index_count = 0;
    for (uint32_t i = 0; !o->lsis.set && i < source->index_count; i++)
        if (!source->indexes[i].global)
            t->indexes[t->index_count++] = source->indexes[i];
    for (uint32_t i = 0; i < o->lsis.count; i++) {
        const in_lsi *l = LIST_AT(&o->lsis, in_lsi, i);
        TRY(take_index(cx, source, t, l->name, false, &l->keys, l->projection));
    }
    for (uint32_t i = 0; !o->gsis.set && i < source->index_count; i++)
        if (source->indexes[i].global)
            t->indexes[t->index_count++] = source->indexes[i];
    for (uint32_t i = 0; i < o->gsis.count; i++)
        TRY(take_gsi(cx, source, LIST_AT(&o->gsis, in_gsi, i), t));
    for (uint32_t i = 0; i < t->index_count; i++) {
        t->indexes[i].status = INDEX_ACTIVE;
        t->indexes[i].until_ms = 0;
        t->indexes[i].backfilling = t->indexes[i].made_by_update = false;
    }
    return 0;
}

/* AttributeDefinitions: those that a key still uses. */
static int build_definitions(ctx *cx, const table *source, table *t)
{
    t->defined = ARENA_ARRAY(cx->a, key_attr, source->defined_count);
    if (t->defined == NULL)
        return DDB_NOMEM;
    t->defined_count = 0;
    for (uint32_t i = 0; i < source->defined_count; i++) {
        str name = source->defined[i].name;
        if (table_uses(t, name))
            t->defined[t->defined_count++] = source->defined[i];
    }
    return 0;
}

static int check_maxima(ctx *cx, const in_on_demand *in)
{
    bool read = in != NULL && in->max_read.set && in->max_read.v < 1;

    if (read || (in != NULL && in->max_write.set && in->max_write.v < 1))
        return fail(cx, DDB_VALIDATION,
                    BAD_REQUEST "Requested %s for OnDemandThroughput is outside of valid range",
                    read ? "MaxReadRequestUnits" : "MaxWriteRequestUnits");
    return 0;
}

/* The mode comes before the indexes, whose own throughput depends on it. */
static int build_billing(ctx *cx, const restore_overrides *o, table *t)
{
    billing_mode before = t->billing;

    if (o->billing.i >= 0)
        t->billing = o->billing.i == IN_BILLING_PAY_PER_REQUEST ? BILLING_PAY_PER_REQUEST
                                                                : BILLING_PROVISIONED;
    t->billing_summary = t->billing == BILLING_PAY_PER_REQUEST;
    t->on_demand_since_ms = t->billing_summary ? cx->now_ms : 0;
    if (t->billing == BILLING_PAY_PER_REQUEST) {
        if (o->rw != NULL)
            return fail(cx, DDB_VALIDATION, BAD_REQUEST "Cannot override ProvisionedThroughput %s",
                        o->billing.i >= 0 ? "if BillingMode is overridden to PAY_PER_REQUEST"
                                          : "unless BillingMode is PROVISIONED");
        t->rw = (throughput){0};
        TRY(check_maxima(cx, o->on_demand));
        return table_read_on_demand(cx, o->on_demand, t->billing, false, STR_ABSENT,
                                    &t->on_demand);
    }
    if (o->rw == NULL && before == BILLING_PAY_PER_REQUEST)
        return fail(cx, DDB_VALIDATION,
                    BAD_REQUEST "Must override ProvisionedThroughput if BillingMode is overridden "
                                "to PROVISIONED");
    if (o->on_demand != NULL && (o->on_demand->max_read.set || o->on_demand->max_write.set))
        return fail(cx, DDB_VALIDATION,
                    BAD_REQUEST "Cannot override %s for OnDemandThroughput unless "
                                "BillingModeOverride is PAY_PER_REQUEST",
                    o->on_demand->max_read.set ? "MaxReadRequestUnits" : "MaxWriteRequestUnits");
    t->on_demand = (on_demand_limits){0};
    t->rw = (throughput){.read = t->rw.read, .write = t->rw.write};
    if (o->rw != NULL) {
        TRY(table_check_bounds(cx, o->rw));
        t->rw = (throughput){.read = o->rw->read.v, .write = o->rw->write.v};
    }
    return 0;
}

/* A mode that changes takes the indexes' throughput along. */
static int settle_indexes(ctx *cx, table *t)
{
    for (uint32_t i = 0; i < t->index_count; i++) {
        index_def *ix = &t->indexes[i];
        if (!ix->global)
            continue;
        if (t->billing == BILLING_PAY_PER_REQUEST) {
            ix->rw = (throughput){0};
        } else if (ix->rw.read == 0 || ix->rw.write == 0) {
            return fail(cx, DDB_VALIDATION, BAD_REQUEST NO_THROUGHPUT, ix->name);
        } else {
            ix->on_demand = (on_demand_limits){0};
            ix->rw = (throughput){.read = ix->rw.read, .write = ix->rw.write};
        }
        ix->warm = (warm_throughput){0};
    }
    return 0;
}

static int build_summary(engine *e, ctx *cx, const table *source, str backup_arn, int64_t at_ms,
                         table *t)
{
    str arn;
    buf b;

    TRY(engine_table_arn(e, cx, source->name, &arn));
    buf_init_arena(&b, cx->a, 8192);
    buf_byte(&b, '{');
    if (backup_arn.p != NULL) {
        buf_lit(&b, "\"SourceBackupArn\":");
        json_put_string(&b, backup_arn);
        buf_byte(&b, ',');
    }
    buf_lit(&b, "\"SourceTableArn\":");
    json_put_string(&b, arn);
    backup_put_time(&b, "RestoreDateTime", at_ms);
    buf_byte(&b, '}');
    if (b.err != 0)
        return b.err;
    return table_rest_set(cx, STR_ABSENT, STR("RestoreSummary"), buf_view(&b), &t->rest);
}

int restore_build(engine *e, ctx *cx, const table *source, str target_name,
                  const restore_overrides *o, str backup_arn, int64_t at_ms, table *out)
{
    bool encrypted;

    *out = *source;
    out->number = 0;
    out->name = target_name;
    out->created_ms = cx->now_ms;
    out->status = TABLE_CREATING;
    out->until_ms = 0;
    out->stream_enabled = out->ttl_enabled = out->ttl_filling = false;
    out->stream_label = out->ttl_attribute = out->rest = STR_ABSENT;
    out->stream_number = out->ttl_changed_ms = 0;
    out->loading = out->use_tracked = out->use_reads = false;
    out->keeps_history = false;
    out->pitr_since_ms = out->pitr_days = 0;
    out->deletion_protection = false;
    out->warm = (warm_throughput){0};
    table_new_id(e, out);
    TRY(engine_table_arn(e, cx, target_name, &out->arn));
    TRY(build_billing(cx, o, out));
    TRY(build_indexes(cx, source, o, out));
    TRY(vector_restore(cx, source, &o->vectors, out));
    TRY(settle_indexes(cx, out));
    TRY(build_definitions(cx, source, out));
    if (o->sse != NULL)
        TRY(table_read_sse(e, cx, o->sse, out, &encrypted));
    return build_summary(e, cx, source, backup_arn, at_ms, out);
}

int restore_check_target(engine *e, ctx *cx, str name, str backup_arn)
{
    const table *t = catalog_find(e, name);

    if (t != NULL && t->status == TABLE_CREATING && backup_arn.p != NULL)
        return fail(cx, DDB_TABLE_IN_USE,
                    "Table: %S is already being restored from backup: %S", name, backup_arn);
    if (t != NULL && t->status == TABLE_CREATING)
        return fail(cx, DDB_TABLE_IN_USE, "Table is being created: %S", name);
    if (t != NULL)
        return fail(cx, DDB_TABLE_EXISTS, "Table already exists: %S", name);
    if (catalog_count(e) >= TABLES_MAX)
        return fail(cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: There is a limit of %d tables per subscriber",
                    TABLES_MAX);
    return 0;
}

int restore_put_reply(engine *e, ctx *cx, const table *t, buf *out)
{
    table shown = *t;

    shown.status = TABLE_CREATING;
    shown.on_demand_since_ms = 0; /* appears once the table is ACTIVE */
    buf_lit(out, "{\"TableDescription\":");
    TRY(table_describe(e, cx, &shown, 0, out));
    buf_byte(out, '}');
    return out->err;
}

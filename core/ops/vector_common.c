/*
 * vector_common.c - vector indexes: from requests to definitions, and back to descriptions.
 *
 * Texts and rules: AWS Developer Guide, "Vector indexes" and its quotas; captures of August 2026
 * that public emulators quote. What nobody has captured has a text after that of secondary indexes
 * (docs/open-questions.md). Start at vector_build() and vector_apply_changes().
 */
#include "ops/vector_common.h"

#include <stddef.h>

#include "engine/search.h"
#include "value/json.h"

#define NAMES_COMPARED 64
#define ONE_INDEX \
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per " \
    "table"
#define ON_DEMAND_ONLY BAD_PARAMETER "Vector indexes are only supported for PAY_PER_REQUEST tables"

typedef struct in_vector_delete {
    str name;
} in_vector_delete;
typedef struct in_vector_change { /* an element of VectorIndexUpdates */
    in_vector *create;
    in_vector_delete *drop;
} in_vector_change;

static const member drop_members[] = {
    {"IndexName", &shape_index_name, offsetof(in_vector_delete, name), true},
};
static const shape shape_drop = {.kind = SH_STRUCT,
                                 .java = "DeleteVectorIndexAction",
                                 .members = drop_members,
                                 .member_count = COUNT(drop_members),
                                 .size = sizeof(in_vector_delete)};
static const member change_members[] = {
    {"Create", &shape_vector_elements, offsetof(in_vector_change, create), false},
    {"Delete", &shape_drop, offsetof(in_vector_change, drop), false},
};
static const shape shape_change = {.kind = SH_STRUCT,
                                   .java = "VectorIndexUpdate",
                                   .members = change_members,
                                   .member_count = COUNT(change_members),
                                   .size = sizeof(in_vector_change)};
const shape shape_vector_changes = {.kind = SH_LIST, .elem = &shape_change};

/* ---- one index ---- */

static int check_schema(ctx *cx, const list *in)
{
    static const char *const types[] = {[IN_SEARCH_HASH] = "HASH",
                                        [IN_SEARCH_FILTER] = "INLINE_FILTER"};
    static const int most[] = {[IN_SEARCH_HASH] = 1, [IN_SEARCH_FILTER] = SEARCH_FILTERS_MAX};
    int counts[2] = {0, 0};

    for (uint32_t i = 0; i < in->count; i++)
        counts[LIST_AT(in, in_search_element, i)->type.i]++;
    for (int i = 0; i < 2; i++)
        if (counts[i] > most[i])
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Value '%d' at 'SearchSchema' failed to satisfy constraint: "
                                      "Member must have %s count less than or equal to %d",
                        counts[i], types[i], most[i]);
    return 0;
}

static const key_attr *find_defined(const definitions *defs, str name)
{
    for (uint32_t i = 0; i < defs->count; i++)
        if (str_eq(defs->attrs[i].name, name))
            return &defs->attrs[i];
    return NULL;
}

static int read_schema(ctx *cx, const list *in, const definitions *defs, vector_def *out)
{
    out->schema = ARENA_ARRAY(cx->a, search_attr, in->count);
    if (out->schema == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < in->count; i++) {
        const in_search_element *s = LIST_AT(in, in_search_element, i);
        const key_attr *a = find_defined(defs, s->name);
        if (a == NULL)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "One element in SearchSchema is not defined in attribute "
                                      "definitions");
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(out->schema[k].a.name, s->name))
                return fail(cx, DDB_VALIDATION,
                            BAD_PARAMETER "Duplicate attribute name in SearchSchema: %S", s->name);
        out->schema[out->schema_count++] = (search_attr){*a, s->type.i == IN_SEARCH_HASH};
    }
    return 0;
}

/* What an entry holds besides the table's key: see vector_def.ix. */
static int fill_entry(ctx *cx, vector_def *d)
{
    str *asked = d->ix.non_key;
    uint32_t n = d->ix.non_key_count, filters = 0;

    d->projection = d->ix.projection;
    d->included = n;
    for (uint32_t i = 0; i < d->schema_count; i++)
        filters += !d->schema[i].hash;
    if (n + filters + 1 > NON_KEY_ATTRIBUTES_MAX)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Number of projected attributes of vector index %S exceeds the "
                                  "limit of %d: its vector and inline filters count",
                    d->ix.name, NON_KEY_ATTRIBUTES_MAX);
    if (d->ix.projection == PROJECT_KEYS_ONLY)
        d->ix.projection = PROJECT_INCLUDE;
    d->ix.non_key = ARENA_ARRAY(cx->a, str, (size_t)n + 1 + d->schema_count);
    if (d->ix.non_key == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        d->ix.non_key[i] = asked[i];
    d->ix.non_key[n++] = d->attribute;
    for (uint32_t i = 0; i < d->schema_count; i++)
        d->ix.non_key[n++] = d->schema[i].a.name;
    d->ix.non_key_count = n;
    return 0;
}

static int read_vector(ctx *cx, const in_vector *in, const definitions *defs, vector_def *out)
{
    *out = (vector_def){.ix = {.name = in->name, .global = true, .status = INDEX_ACTIVE},
                        .attribute = in->attribute->name,
                        .distance = (uint8_t)in->distance.i};
    TRY(check_schema(cx, &in->schema));
    if (in->dimensions.v > VECTOR_DIMENSIONS_MAX)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Number of dimensions must be between 1 and %d inclusive.",
                    VECTOR_DIMENSIONS_MAX);
    out->dimensions = (uint32_t)in->dimensions.v;
    if (find_defined(defs, out->attribute) != NULL)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "Conflicting attribute definition for '%S'. An attribute cannot "
                                  "be defined in AttributeDefinitions when used as a "
                                  "VectorAttribute.",
                    out->attribute);
    TRY(read_schema(cx, &in->schema, defs, out));
    TRY(table_read_projection(cx, in->projection, &out->ix));
    return fill_entry(cx, out);
}

/* Indexes on one attribute agree on what it is. */
static int check_same_dimensions(ctx *cx, const table *t, const vector_def *d)
{
    for (uint32_t i = 0; i < t->vector_count; i++)
        if (str_eq(t->vectors[i].attribute, d->attribute) &&
            t->vectors[i].dimensions != d->dimensions)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Conflicting attribute definition for '%S'. All "
                                      "VectorIndexes on the same vector attribute must use the "
                                      "same dimensions.",
                        d->attribute);
    return 0;
}

/* ---- of a new table ---- */

static int check_name(ctx *cx, const table *t, str name)
{
    bool taken = table_vector(t, name) != NULL;

    for (uint32_t i = 0; i < t->index_count && i < NAMES_COMPARED; i++)
        taken = taken || str_eq(t->indexes[i].name, name);
    return taken ? fail(cx, DDB_VALIDATION, BAD_PARAMETER "Duplicate index name: %S", name) : 0;
}

int vector_build(ctx *cx, const list *in, const definitions *defs, table *t)
{
    if (!in->set)
        return 0;
    if (in->count == 0)
        return fail(cx, DDB_VALIDATION, BAD_PARAMETER "List of VectorIndexes is empty");
    if (t->billing != BILLING_PAY_PER_REQUEST)
        return fail(cx, DDB_VALIDATION, ON_DEMAND_ONLY);
    if (in->count > VECTOR_MAX)
        return fail(cx, DDB_VALIDATION,
                    BAD_PARAMETER "VectorIndex count exceeds the per-table limit of %d",
                    VECTOR_MAX);
    t->vectors = ARENA_ARRAY(cx->a, vector_def, in->count);
    if (t->vectors == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < in->count; i++) {
        vector_def *d = &t->vectors[i];
        TRY(read_vector(cx, LIST_AT(in, in_vector, i), defs, d));
        TRY(check_name(cx, t, d->ix.name));
        TRY(check_same_dimensions(cx, t, d));
        t->vector_count++;
    }
    return 0;
}

/* ---- of a restored one ---- */

static bool same_schema(const list *in, const vector_def *d)
{
    if (in->count != d->schema_count)
        return false;
    for (uint32_t i = 0; i < in->count; i++) {
        const in_search_element *s = LIST_AT(in, in_search_element, i);
        if (!str_eq(s->name, d->schema[i].a.name) ||
            (s->type.i == IN_SEARCH_HASH) != d->schema[i].hash)
            return false;
    }
    return true;
}

static bool same_projection(const in_projection *in, const vector_def *d)
{
    static const projection_type types[] = {[IN_PROJECT_ALL] = PROJECT_ALL,
                                            [IN_PROJECT_INCLUDE] = PROJECT_INCLUDE,
                                            [IN_PROJECT_KEYS_ONLY] = PROJECT_KEYS_ONLY};

    if (in->type.i < 0 || types[in->type.i] != d->projection || in->non_key.count != d->included)
        return false;
    for (uint32_t i = 0; i < d->included; i++) {
        bool found = false;
        for (uint32_t k = 0; k < d->included; k++)
            found = found || str_eq(*LIST_AT(&in->non_key, str, k), d->ix.non_key[i]);
        if (!found)
            return false;
    }
    return true;
}

int vector_restore(ctx *cx, const table *source, const list *override, table *t)
{
    uint32_t n = override->set ? override->count : source->vector_count;

    t->vectors = NULL;
    t->vector_count = 0;
    if (n == 0)
        return 0;
    t->vectors = ARENA_ARRAY(cx->a, vector_def, source->vector_count + 1);
    if (t->vectors == NULL)
        return DDB_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        const in_vector *in = override->set ? LIST_AT(override, in_vector, i) : NULL;
        const vector_def *d = in == NULL ? &source->vectors[i] : table_vector(source, in->name);
        if (in != NULL &&
            (d == NULL || !str_eq(in->attribute->name, d->attribute) ||
             in->dimensions.v != d->dimensions || in->distance.i != (int)d->distance ||
             !same_schema(&in->schema, d) || !same_projection(in->projection, d)))
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Index in the override does not match an index of the "
                                      "source: %S",
                        in->name);
        if (table_vector(t, d->ix.name) != NULL)
            return fail(cx, DDB_VALIDATION, BAD_PARAMETER "Duplicate index name: %S", d->ix.name);
        t->vectors[t->vector_count] = *d;
        t->vectors[t->vector_count].ix.status = INDEX_ACTIVE;
        t->vectors[t->vector_count].ix.until_ms = 0;
        t->vectors[t->vector_count++].ix.made_by_update = false;
    }
    return t->billing == BILLING_PAY_PER_REQUEST ? 0 : fail(cx, DDB_VALIDATION, ON_DEMAND_ONLY);
}

/* ---- UpdateTable ---- */

int vector_check_changes(ctx *cx, const list *changes)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        const in_vector_change *v = LIST_AT(changes, in_vector_change, i);
        if (v->create == NULL && v->drop == NULL)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete "
                                      "must not be null");
        if (v->create != NULL && v->drop != NULL)
            return fail(cx, DDB_VALIDATION,
                        BAD_PARAMETER "Only one vector index action is allowed per "
                                      "VectorIndexUpdate object");
    }
    return changes->count > 1 ? fail(cx, DDB_LIMIT_EXCEEDED, ONE_INDEX) : 0;
}

int vector_check_allocation(ctx *cx, const list *changes, const table *t)
{
    const in_vector_change *v = changes->count == 1 ? LIST_AT(changes, in_vector_change, 0) : NULL;
    const vector_def *d = v == NULL || v->drop == NULL ? NULL : table_vector(t, v->drop->name);

    if (d == NULL || d->ix.status != INDEX_CREATING || t->status != TABLE_UPDATING)
        return 0;
    return fail(cx, DDB_RESOURCE_IN_USE,
                "Attempt to change a resource which is still in use: Index creation is in resource "
                "allocation phase. Retry deletion during backfilling phase or when the index is "
                "active. Table: %S Index: %S",
                t->name, d->ix.name);
}

const vector_def *vector_in_creation(const table *t)
{
    for (uint32_t i = 0; i < t->vector_count; i++)
        if (t->vectors[i].ix.status == INDEX_CREATING)
            return &t->vectors[i];
    return NULL;
}

/* The vector's name is that of a key: the request need not define that again. */
static int check_no_key(ctx *cx, const table *t, const vector_def *d)
{
    const key_attr *a = key_schema_find(&t->keys, d->attribute);
    bool hash = a != NULL && str_eq(t->keys.part[0].name, d->attribute);

    if (a == NULL && !table_uses(t, d->attribute))
        return 0;
    for (uint32_t i = 0; a == NULL && i < t->defined_count; i++)
        if (str_eq(t->defined[i].name, d->attribute))
            a = &t->defined[i];
    return fail(cx, DDB_VALIDATION,
                BAD_PARAMETER "Attributes cannot be redefined. Please check that your attribute "
                              "has the same type as previously defined. Existing schema: "
                              "Schema:[SchemaElement: key{%S:%s:%s}] New schema: "
                              "VectorIndexSchema:[VectorAttribute: key{%S:L:%d}]",
                d->attribute, a == NULL ? "S" : value_type_name((value_type)a->type),
                hash ? "HASH" : "RANGE", d->attribute, (int)d->dimensions);
}

static int apply_create(table_change *c, const in_vector *in, const list *defs)
{
    vector_def *d = &c->next.vectors[c->next.vector_count];
    const vector_def *same = table_vector(c->old, in->name);
    definitions given = {NULL, 0};

    if (c->next.billing != BILLING_PAY_PER_REQUEST)
        return fail(c->cx, DDB_VALIDATION, ON_DEMAND_ONLY);
    if (defs->set)
        TRY(table_read_definitions(c->cx, defs, &given));
    TRY(read_vector(c->cx, in, &given, d));
    for (uint32_t i = 0; i < d->schema_count; i++) /* what the table knows keeps its type */
        for (uint32_t k = 0; k < c->old->defined_count; k++)
            if (str_eq(c->old->defined[k].name, d->schema[i].a.name))
                d->schema[i].a.type = c->old->defined[k].type;
    TRY(check_no_key(c->cx, c->old, d));
    if (same != NULL && same->ix.status == INDEX_CREATING)
        return fail(c->cx, DDB_RESOURCE_IN_USE,
                    "Attempt to change a resource which is still in use: Index is being created.  "
                    "Table: %S Index: %S",
                    c->old->name, in->name);
    if (same != NULL || table_index(c->old, in->name) != NULL)
        return fail(c->cx, DDB_VALIDATION, "Attempting to create an index which already exists");
    TRY(check_same_dimensions(c->cx, c->old, d));
    if (c->old->vector_count >= VECTOR_MAX)
        return fail(c->cx, DDB_LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Number of vector secondary indexes exceeds "
                    "per-table limit of %d",
                    VECTOR_MAX);
    d->ix.made_by_update = true;
    if (c->next.until_ms != 0) {
        d->ix.status = INDEX_CREATING;
        d->ix.until_ms = c->next.until_ms + c->e->table_delay_ms;
    }
    c->next.vector_count++;
    c->shown.vectors[c->shown.vector_count] = *d;
    c->shown.vectors[c->shown.vector_count++].ix.status = INDEX_CREATING;
    return 0;
}

static int apply_drop(table_change *c, str name)
{
    vector_def *d = NULL, *list = c->next.vectors;

    for (uint32_t i = 0; i < c->next.vector_count; i++)
        if (str_eq(list[i].ix.name, name))
            d = &list[i];
    if (d == NULL)
        return fail(c->cx, DDB_RESOURCE_NOT_FOUND,
                    "Requested resource not found: Index %S for table %S", name, c->old->name);
    c->shown.vectors[d - list].ix.status = INDEX_DELETING;
    if (c->next.until_ms != 0) {
        d->ix.status = INDEX_DELETING;
        d->ix.until_ms = c->next.until_ms;
        return 0;
    }
    c->next.vector_count--;
    memmove(d, d + 1, (size_t)(list + c->next.vector_count - d) * sizeof *d);
    return 0;
}

static int copy_vectors(ctx *cx, const table *from, table *to)
{
    to->vectors = ARENA_ARRAY(cx->a, vector_def, (size_t)from->vector_count + 1);
    if (to->vectors == NULL)
        return DDB_NOMEM;
    if (from->vector_count > 0)
        memcpy(to->vectors, from->vectors, from->vector_count * sizeof(vector_def));
    return 0;
}

int vector_apply_changes(table_change *c, const list *changes, const list *defs)
{
    const in_vector_change *v = changes->count == 0 ? NULL : LIST_AT(changes, in_vector_change, 0);

    if (c->next.vector_count > 0 && c->next.billing == BILLING_PROVISIONED)
        return fail(c->cx, DDB_VALIDATION, ON_DEMAND_ONLY);
    if (v == NULL)
        return 0;
    TRY(copy_vectors(c->cx, c->old, &c->next));
    TRY(copy_vectors(c->cx, c->old, &c->shown));
    return v->create != NULL ? apply_create(c, v->create, defs) : apply_drop(c, v->drop->name);
}

/* ---- descriptions ---- */

static const char *const distance_names[] = {"COSINE", "DOT_PRODUCT", "EUCLIDEAN"};

static void put_element(buf *out, str name, bool hash, bool first)
{
    buf_fmt(out, "%s{\"AttributeName\":", first ? "" : ",");
    json_put_string(out, name);
    buf_fmt(out, ",\"SearchSchemaElementType\":\"%s\"}", hash ? "HASH" : "INLINE_FILTER");
}

/* What an index was made with. */
static void put_settings(buf *out, const vector_def *d)
{
    static const char *const projections[] = {"ALL", "KEYS_ONLY", "INCLUDE"};

    buf_fmt(out, "{\"IndexName\":\"%S\",\"VectorAttribute\":{\"AttributeName\":", d->ix.name);
    json_put_string(out, d->attribute);
    buf_fmt(out, "},\"Dimensions\":%d,\"DistanceFunction\":\"%s\"", (int)d->dimensions,
            distance_names[d->distance]);
    for (uint32_t i = 0; i < d->schema_count; i++) {
        if (i == 0)
            buf_lit(out, ",\"SearchSchema\":[");
        put_element(out, d->schema[i].a.name, d->schema[i].hash, i == 0);
    }
    buf_fmt(out, "%s,\"Projection\":{\"ProjectionType\":\"%s\"", d->schema_count > 0 ? "]" : "",
            projections[d->projection]);
    if (d->included > 0)
        table_put_non_key(out, d->ix.non_key, d->included);
    buf_byte(out, '}');
}

static int put_vector(engine *e, ctx *cx, const table *t, const vector_def *d, buf *out)
{
    static const char *const statuses[] = {"CREATING", "ACTIVE", "UPDATING", "DELETING"};
    bool creating = t->status == TABLE_CREATING || d->ix.status == INDEX_CREATING;
    int64_t items = 0, bytes = 0;

    if (!creating && d->ix.status != INDEX_DELETING)
        TRY(engine_vector_stats(e, cx, t, d, &items, &bytes));
    put_settings(out, d);
    buf_fmt(out, ",\"IndexStatus\":\"%s\"", creating ? "CREATING" : statuses[d->ix.status]);
    if (creating && d->ix.made_by_update)
        buf_fmt(out, ",\"Backfilling\":%s", t->status == TABLE_UPDATING ? "false" : "true");
    buf_fmt(out, ",\"IndexSizeBytes\":%l,\"ItemCount\":%l,\"IndexArn\":\"%S/index/%S\"}", bytes,
            items, t->arn, d->ix.name);
    return 0;
}

int vector_describe(engine *e, ctx *cx, const table *t, buf *out)
{
    for (uint32_t i = 0; i < t->vector_count; i++) {
        buf_fmt(out, i == 0 ? ",\"VectorIndexes\":[" : ",");
        TRY(put_vector(e, cx, t, &t->vectors[i], out));
    }
    if (t->vector_count > 0)
        buf_byte(out, ']');
    return out->err;
}

void vector_describe_source(const table *t, bool *any, buf *out)
{
    for (uint32_t i = 0; i < t->vector_count; i++) {
        if (i == 0)
            buf_fmt(out, "%s\"VectorIndexes\":[", *any ? "," : "");
        else
            buf_byte(out, ',');
        put_settings(out, &t->vectors[i]);
        buf_byte(out, '}');
    }
    if (t->vector_count > 0) {
        buf_byte(out, ']');
        *any = true;
    }
}

void vector_echo(const list *in, buf *out)
{
    for (uint32_t i = 0; i < in->count; i++) {
        const in_vector *v = LIST_AT(in, in_vector, i);
        buf_fmt(out, "%s{\"IndexName\":\"%S\",\"VectorAttribute\":{\"AttributeName\":",
                i == 0 ? ",\"VectorIndexes\":[" : ",", v->name);
        json_put_string(out, v->attribute->name);
        buf_fmt(out, "},\"Dimensions\":%l,\"DistanceFunction\":\"%S\"", v->dimensions.v,
                v->distance.text);
        for (uint32_t k = 0; k < v->schema.count; k++) {
            const in_search_element *s = LIST_AT(&v->schema, in_search_element, k);
            if (k == 0)
                buf_lit(out, ",\"SearchSchema\":[");
            put_element(out, s->name, s->type.i == IN_SEARCH_HASH, k == 0);
        }
        buf_fmt(out, "%s,\"Projection\":{\"ProjectionType\":\"%S\"",
                v->schema.count > 0 ? "]" : "", v->projection->type.text);
        for (uint32_t k = 0; k < v->projection->non_key.count; k++) {
            buf_fmt(out, k == 0 ? ",\"NonKeyAttributes\":[" : ",");
            json_put_string(out, *LIST_AT(&v->projection->non_key, str, k));
        }
        buf_fmt(out, "%s}}", v->projection->non_key.count > 0 ? "]" : "");
    }
    if (in->count > 0)
        buf_byte(out, ']');
}

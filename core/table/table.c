/*
 * table.c - looking things up in a table's definition, and copying one.
 *
 * Everything here is a linear search: a table has at most 25 indexes and a key at most eight
 * attributes, so that comparing lengths first is faster than any index over them.
 *
 * Keys and their checks are in keys.c, index entries in entry.c, the stored text in load.c.
 */
#include "table/table.h"

#include <assert.h>

const char *const stream_view_names[] = {"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                         "KEYS_ONLY", NULL};

const index_def *table_index(const table *t, str name)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        if (str_eq(t->indexes[i].name, name))
            return &t->indexes[i];
    return NULL;
}

const key_attr *key_schema_find(const key_schema *k, str name)
{
    for (uint32_t i = 0; i < k->parts; i++)
        if (str_eq(k->part[i].name, name))
            return &k->part[i];
    for (uint32_t i = 0; i < k->sorts; i++)
        if (str_eq(k->sort[i].name, name))
            return &k->sort[i];
    return NULL;
}

bool key_schema_has(const key_schema *k, str name)
{
    return key_schema_find(k, name) != NULL;
}

bool table_is_index_key(const table *t, str name)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        if (key_schema_has(&t->indexes[i].keys, name))
            return true;
    return false;
}

bool table_uses(const table *t, str name)
{
    if (key_schema_has(&t->keys, name) || table_is_index_key(t, name))
        return true;
    for (uint32_t i = 0; i < t->vector_count; i++)
        for (uint32_t k = 0; k < t->vectors[i].schema_count; k++)
            if (str_eq(t->vectors[i].schema[k].a.name, name))
                return true;
    return false;
}

/* ---- transitions ---- */

/* Has the index ended its transition? What is still to be filled has not. */
static bool index_is_due(const index_def *ix, int64_t now_ms)
{
    return ix->until_ms != 0 && ix->until_ms <= now_ms && !ix->backfilling;
}

/* Vector indexes fill with the table's rows as they are: their time is all they wait for. */
static int64_t settle_vectors(table *t, int64_t now_ms, int64_t next)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->vector_count; i++) {
        index_def *ix = &t->vectors[i].ix;
        if (index_is_due(ix, now_ms)) {
            ix->until_ms = 0;
            if (ix->status == INDEX_DELETING)
                continue;
            ix->status = INDEX_ACTIVE;
        }
        if (ix->until_ms != 0 && ix->until_ms < next)
            next = ix->until_ms;
        if (kept < i)
            t->vectors[kept] = t->vectors[i];
        kept++;
    }
    t->vector_count = kept;
    return next;
}

int64_t table_settle(table *t, int64_t now_ms, bool *gone)
{
    int64_t next = INT64_MAX;
    uint32_t kept = 0;

    *gone = false;
    if (t->until_ms != 0 && t->until_ms <= now_ms) {
        *gone = t->status == TABLE_DELETING;
        t->status = *gone ? TABLE_DELETING : TABLE_ACTIVE;
        t->until_ms = 0;
    }
    if (t->until_ms != 0)
        next = t->until_ms;
    for (uint32_t i = 0; i < t->index_count; i++) {
        index_def *ix = &t->indexes[i];
        if (index_is_due(ix, now_ms)) {
            ix->until_ms = 0;
            if (ix->status == INDEX_DELETING)
                continue;
            ix->status = INDEX_ACTIVE;
        }
        /* One that is filled past its time settles with the definition that says it is full. */
        if (ix->until_ms != 0 && !ix->backfilling && ix->until_ms < next)
            next = ix->until_ms;
        if (kept < i)
            t->indexes[kept] = *ix;
        kept++;
    }
    t->index_count = kept;
    return settle_vectors(t, now_ms, next);
}

/* ---- copying ---- */

/* A block being filled, or (p NULL) only measured. Every piece starts 8-byte aligned. */
typedef struct packer {
    char *p;
    size_t n;
} packer;

static void *pack(packer *k, const void *from, size_t n)
{
    char *to = k->p == NULL ? NULL : k->p + k->n;

    k->n += (n + 7u) & ~(size_t)7u;
    if (to != NULL && n > 0)
        memcpy(to, from, n);
    return to;
}

/* Replaces *s, a field of the copy, by a copied string; while measuring, s is the source's. */
static void pack_str(packer *k, const str *from, str *to)
{
    char *p;

    if (from->p == NULL)
        return;
    p = pack(k, from->p, from->n);
    if (to != NULL)
        to->p = p;
}

static void pack_keys(packer *k, const key_schema *from, key_schema *to)
{
    for (uint32_t i = 0; i < from->parts; i++)
        pack_str(k, &from->part[i].name, to ? &to->part[i].name : NULL);
    for (uint32_t i = 0; i < from->sorts; i++)
        pack_str(k, &from->sort[i].name, to ? &to->sort[i].name : NULL);
}

static void pack_index(packer *k, const index_def *from, index_def *to)
{
    str *names = pack(k, from->non_key, from->non_key_count * sizeof(str));

    if (to != NULL)
        to->non_key = names;
    for (uint32_t i = 0; i < from->non_key_count; i++)
        pack_str(k, &from->non_key[i], names ? &names[i] : NULL);
    pack_str(k, &from->name, to ? &to->name : NULL);
    pack_keys(k, &from->keys, to ? &to->keys : NULL);
}

static vector_def *pack_vectors(packer *k, const table *t)
{
    vector_def *to = pack(k, t->vectors, t->vector_count * sizeof(vector_def));

    for (uint32_t i = 0; i < t->vector_count; i++) {
        const vector_def *from = &t->vectors[i];
        search_attr *schema = pack(k, from->schema, from->schema_count * sizeof(search_attr));
        pack_index(k, &from->ix, to ? &to[i].ix : NULL);
        pack_str(k, &from->attribute, to ? &to[i].attribute : NULL);
        for (uint32_t n = 0; n < from->schema_count; n++)
            pack_str(k, &from->schema[n].a.name, schema ? &schema[n].a.name : NULL);
        if (to != NULL)
            to[i].schema = schema;
    }
    return to;
}

size_t table_copy(const table *t, void *block)
{
    packer k = {block, 0};
    table *to = pack(&k, t, sizeof *t);
    key_attr *defined;
    index_def *indexes;
    vector_def *vectors;

    assert(t->index_count <= INDEX_MAX);
    defined = pack(&k, t->defined, t->defined_count * sizeof(key_attr));
    indexes = pack(&k, t->indexes, t->index_count * sizeof(index_def));
    for (uint32_t i = 0; i < t->defined_count; i++)
        pack_str(&k, &t->defined[i].name, defined ? &defined[i].name : NULL);
    for (uint32_t i = 0; i < t->index_count; i++)
        pack_index(&k, &t->indexes[i], indexes ? &indexes[i] : NULL);
    vectors = pack_vectors(&k, t);
    if (to != NULL) {
        to->vectors = vectors;
        to->defined = defined;
        to->indexes = indexes;
    }
    pack_str(&k, &t->name, to ? &to->name : NULL);
    pack_str(&k, &t->arn, to ? &to->arn : NULL);
    pack_keys(&k, &t->keys, to ? &to->keys : NULL);
    pack_str(&k, &t->stream_label, to ? &to->stream_label : NULL);
    pack_str(&k, &t->ttl_attribute, to ? &to->ttl_attribute : NULL);
    pack_str(&k, &t->sse_type, to ? &to->sse_type : NULL);
    pack_str(&k, &t->sse_key, to ? &to->sse_key : NULL);
    pack_str(&k, &t->rest, to ? &to->rest : NULL);
    return k.n;
}

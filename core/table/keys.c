/*
 * keys.c - where an item stands: its key as bytes, and the service's checks of key attributes.
 *
 * This runs on every request. key_encode() makes one allocation: pk, sk and the bytes that are
 * hashed share a buffer, and the last are given up once the hash is known. A string or binary
 * partition key is hashed where it lies.
 *
 * Texts: facts validation 4.2 (8, 9) and 4.8, types 5. Where the service says "hash key" or
 * "range key", so do its texts; our names are partition and sort attributes.
 */
#include "table/table.h"

#include "base/hash.h"
#include "value/keyenc.h"
#include "value/size.h"

/* Enough for every escaped byte of the largest key, four parts and sorts, and the hashed bytes. */
#define KEY_BUFFER_MAX (4u * (PARTITION_KEY_BYTES_MAX + SORT_KEY_BYTES_MAX) + 4096u)

#define EMPTY_KEY                                                                      \
    "One or more parameter values are not valid. The AttributeValue for a key attribute " \
    "cannot contain an empty %s value. Key: %S"
#define KEY_MISMATCH "The provided key element does not match the schema"

/* The values of a key schema's attributes, as far as an item has them. */
typedef struct key_values {
    const value *part[KEY_PARTS_MAX];
    const value *sort[KEY_PARTS_MAX];
} key_values;

/* ---- encoding ---- */

static size_t encoded_room(const key_schema *keys, const key_values *v)
{
    size_t n = 0;

    for (uint32_t i = 0; i < keys->parts; i++)
        n += 2 * v->part[i]->s.n + 8;
    for (uint32_t i = 0; i < keys->sorts; i++)
        n += v->sort[i]->s.n + 8;
    return n;
}

static uint32_t hash_parts(const key_schema *keys, const key_values *v, buf *b)
{
    size_t from = b->n;
    uint32_t h;

    if (keys->parts == 1 && v->part[0]->type != T_N)
        return hash_partition(v->part[0]->s);
    for (uint32_t i = 0; i < keys->parts; i++)
        keyenc_hash_bytes(b, v->part[i]);
    if (b->err != 0)
        return 0;
    h = hash_partition((str){b->p + from, b->n - from});
    b->n = from;
    return h;
}

static int encode(ctx *cx, const key_schema *keys, const key_values *v, key_bytes *out)
{
    buf b;
    size_t pk;

    buf_init_arena(&b, cx->a, KEY_BUFFER_MAX);
    (void)buf_grow(&b, encoded_room(keys, v)); /* a failure stays in b.err */
    for (uint32_t i = 0; i < keys->parts; i++)
        keyenc_put(&b, v->part[i]);
    pk = b.n;
    for (uint32_t i = 0; i < keys->sorts; i++)
        keyenc_put(&b, v->sort[i]);
    out->h = hash_parts(keys, v, &b);
    if (b.err != 0)
        return b.err;
    out->pk = (str){b.p, pk};
    out->sk = (str){b.p + pk, b.n - pk};
    return 0;
}

int key_encode(ctx *cx, const key_schema *keys, const map *m, key_bytes *out)
{
    key_values v;

    for (uint32_t i = 0; i < keys->parts; i++)
        v.part[i] = map_get(m, keys->part[i].name);
    for (uint32_t i = 0; i < keys->sorts; i++)
        v.sort[i] = map_get(m, keys->sort[i].name);
    return encode(cx, keys, &v, out);
}

/* ---- checks ---- */

static const char *empty_noun(const value *v)
{
    return v->type == T_B ? "binary" : "string";
}

/* Numbers have no limit of their own: 38 digits always fit. */
static size_t key_length(const value *v)
{
    return v->type == T_N ? 0 : v->s.n;
}

static bool is_empty(const value *v)
{
    return v->type != T_N && v->s.n == 0;
}

static int check_size(ctx *cx, size_t bytes, bool sort)
{
    if (!sort && bytes > PARTITION_KEY_BYTES_MAX)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Size of hashkey has exceeded the "
                    "maximum size limit of%d bytes",
                    PARTITION_KEY_BYTES_MAX);
    if (sort && bytes > SORT_KEY_BYTES_MAX)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Aggregated size of all range keys "
                    "has exceeded the size limit of %d bytes",
                    SORT_KEY_BYTES_MAX);
    return 0;
}

int table_check_key(ctx *cx, const table *t, const map *key)
{
    const key_schema *k = &t->keys;
    const value *part = map_get(key, k->part[0].name);
    const value *sort = k->sorts > 0 ? map_get(key, k->sort[0].name) : NULL;

    if (key->count != 1u + k->sorts || part == NULL || part->type != k->part[0].type)
        return fail(cx, DDB_VALIDATION, KEY_MISMATCH);
    if (k->sorts > 0 && (sort == NULL || sort->type != k->sort[0].type))
        return fail(cx, DDB_VALIDATION, KEY_MISMATCH);
    if (is_empty(part))
        return fail(cx, DDB_VALIDATION, EMPTY_KEY, empty_noun(part), k->part[0].name);
    if (sort != NULL && is_empty(sort))
        return fail(cx, DDB_VALIDATION, EMPTY_KEY, empty_noun(sort), k->sort[0].name);
    TRY(check_size(cx, key_length(part), false));
    return sort == NULL ? 0 : check_size(cx, key_length(sort), true);
}

static int check_item_attr(ctx *cx, const key_attr *a, bool sort, const map *item)
{
    const value *v = map_get(item, a->name);

    if (v == NULL)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Missing the key %S in the item",
                    a->name);
    if (v->type != a->type)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Type mismatch for key %S "
                    "expected: %s actual: %s",
                    a->name, value_type_name(a->type), value_type_name(v->type));
    if (is_empty(v))
        return fail(cx, DDB_VALIDATION, EMPTY_KEY, empty_noun(v), a->name);
    return check_size(cx, key_length(v), sort);
}

int table_check_item_key(ctx *cx, const table *t, const map *item)
{
    TRY(check_item_attr(cx, &t->keys.part[0], false, item));
    return t->keys.sorts == 0 ? 0 : check_item_attr(cx, &t->keys.sort[0], true, item);
}

/* One attribute of an index key: type, emptiness, size. *bytes is the sum over the key's part;
 * an item without the attribute is fine, it is just not in the index. */
static int check_index_attr(ctx *cx, const index_def *ix, const key_attr *a, const map *item,
                            int max, size_t *bytes)
{
    const value *v = map_get(item, a->name);

    if (v == NULL)
        return 0;
    if (v->type != a->type)
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Type mismatch for Index Key %S "
                    "Expected: %s Actual: %s IndexName: %S",
                    a->name, value_type_name(a->type), value_type_name(v->type), ix->name);
    if (is_empty(v))
        return fail(cx, DDB_VALIDATION, PUT_EMPTY_INDEX_KEY, empty_noun(v), ix->name, a->name);
    *bytes += key_length(v);
    if (*bytes > (size_t)max) /* capture: dynalite's issue 35 */
        return fail(cx, DDB_VALIDATION,
                    "One or more parameter values were invalid: Size limit exceeded for Index Key "
                    "%S Actual Size: %z bytes Max Size: %d bytes IndexName: %S",
                    a->name, *bytes, max, ix->name);
    return 0;
}

static int check_index(ctx *cx, const index_def *ix, const map *item)
{
    size_t part = 0, sort = 0;

    /* An LSI's partition attribute is the table's and has been checked as such. */
    for (uint32_t i = 0; ix->global && i < ix->keys.parts; i++)
        TRY(check_index_attr(cx, ix, &ix->keys.part[i], item, PARTITION_KEY_BYTES_MAX, &part));
    for (uint32_t i = 0; i < ix->keys.sorts; i++)
        TRY(check_index_attr(cx, ix, &ix->keys.sort[i], item, SORT_KEY_BYTES_MAX, &sort));
    return 0;
}

bool index_enforced(const index_def *ix)
{
    return !ix->global || ix->status == INDEX_ACTIVE || ix->status == INDEX_UPDATING;
}

/* The service goes through global indexes first, then local ones. */
int table_check_index_keys(ctx *cx, const table *t, const map *item)
{
    for (uint32_t i = 0; i < t->index_count; i++)
        if (t->indexes[i].global && index_enforced(&t->indexes[i]))
            TRY(check_index(cx, &t->indexes[i], item));
    for (uint32_t i = 0; i < t->index_count; i++)
        if (!t->indexes[i].global)
            TRY(check_index(cx, &t->indexes[i], item));
    return table_check_vectors(cx, t, item);
}

/* ---- index membership ---- */

/* 1 and *v when the item has the attribute with the declared type and a length that a key may
 * have. Items written before the index was made may not; they stay out of it. */
static int index_value(ctx *cx, const key_attr *a, item_view *item, const value **v, size_t *bytes)
{
    TRY(item_view_get(cx, item, a->name, v));
    if (*v == NULL || (*v)->type != a->type || is_empty(*v))
        return 0;
    *bytes += key_length(*v);
    return 1;
}

int index_key(ctx *cx, const table *t, const index_def *ix, item_view *item, key_bytes *out)
{
    const key_schema *k = &ix->keys;
    key_values v;
    size_t part = 0, sort = 0;
    int rc = 1;

    (void)t; /* an LSI's own schema names the table's partition attribute */
    if (!item->exists)
        return 0;
    for (uint32_t i = 0; rc > 0 && i < k->parts; i++)
        rc = index_value(cx, &k->part[i], item, &v.part[i], &part);
    for (uint32_t i = 0; rc > 0 && i < k->sorts; i++)
        rc = index_value(cx, &k->sort[i], item, &v.sort[i], &sort);
    if (rc <= 0)
        return rc;
    if (part > PARTITION_KEY_BYTES_MAX || sort > SORT_KEY_BYTES_MAX)
        return 0;
    rc = encode(cx, k, &v, out);
    return rc < 0 ? rc : 1;
}

/*
 * batch_get_item.c - BatchGetItem: up to 100 rows by their keys, from any tables.
 *
 *   {"Responses":{"<table>":[{..},..]},"UnprocessedKeys":{..},"ConsumedCapacity":[..]}
 *
 * Items go into the reply in request order until their sizes reach 16 MB; the keys after that are
 * given back in UnprocessedKeys with the block's other parameters. The rules stand in
 * batch_get_run() in the service's order (facts validation 4.9).
 */
#include "base/hash.h"
#include "engine/trace.h"
#include "expr/legacy.h"
#include "ops/common.h"

#include <stddef.h>

typedef struct keys_block { /* KeysAndAttributes */
    list keys;              /* attr_map */
    list attributes_to_get; /* str */
    opt_bool consistent;
    str projection;
    list names;
} keys_block;

typedef struct batch_get_request {
    list items; /* map of keys_block */
    opt_enum rcc;
} batch_get_request;

/* One table's block on its way through. */
typedef struct block {
    str name; /* as in the request */
    const keys_block *q;
    projection *project;
    const table *t;
    bool *left;     /* of each key: unprocessed */
    uint32_t lefts;
    capacity used;
} block;

enum { KEY_SHOWN, KEY_ABSENT, KEY_LEFT }; /* what became of a key */

static int batch_get_run(engine *e, ctx *cx, void *req, buf *out);
static int batch_check_mixing(ctx *cx, const list *items);
static int block_compile(ctx *cx, block *b);
static int check_duplicates(ctx *cx, const list *keys);
static int block_read(engine *e, ctx *cx, block *b, size_t *bytes, error *throttled, buf *out);
static int key_read(engine *e, ctx *cx, block *b, const map *key, size_t *bytes, buf *out);
static void block_put_unprocessed(const block *b, buf *out);

#define M(struct_, name_, shape_, field_, required_) \
    {name_, &shape_, offsetof(struct_, field_), required_}
static const shape shape_keys = {
    .kind = SH_LIST, .min = 1, .max = BATCH_GET_KEYS_MAX, .elem = &shape_attr_map};
static const member block_members[] = {
    M(keys_block, "Keys", shape_keys, keys, true),
    M(keys_block, "AttributesToGet", shape_attributes_to_get, attributes_to_get, false),
    M(keys_block, "ConsistentRead", shape_boolean, consistent, false),
    M(keys_block, "ProjectionExpression", shape_string, projection, false),
    M(keys_block, "ExpressionAttributeNames", shape_names, names, false),
};
static const shape shape_block = {
    .kind = SH_STRUCT,
    .java = "KeysAndAttributes",
    .members = block_members,
    .member_count = COUNT(block_members),
    .size = sizeof(keys_block),
};
static const shape shape_blocks = {
    .kind = SH_MAP, .min = 1, .max = BATCH_GET_KEYS_MAX, .key = &shape_table_key,
    .elem = &shape_block};
static const member batch_get_members[] = {
    M(batch_get_request, "ReturnConsumedCapacity", shape_return_capacity, rcc, false),
    M(batch_get_request, "RequestItems", shape_blocks, items, true),
};
#undef M

static const shape batch_get_shape = {
    .kind = SH_STRUCT,
    .members = batch_get_members,
    .member_count = COUNT(batch_get_members),
    .size = sizeof(batch_get_request),
};

const op op_batch_get_item = {"BatchGetItem", OP_SNAPSHOT | OP_ITEMS | OP_BATCH, &batch_get_shape,
                              batch_get_run};

static int batch_get_run(engine *e, ctx *cx, void *req, buf *out)
{
    const batch_get_request *q = req;
    uint32_t count = q->items.count, keys = 0;
    block *blocks = ARENA_ARRAY(cx->a, block, count);
    uint32_t left = 0;
    size_t bytes = 0;
    error throttled = {0};

    if (!blocks)
        return DDB_NOMEM;
    TRY(batch_check_mixing(cx, &q->items));
    for (uint32_t i = 0; i < count; i++) {
        blocks[i].name = MAP_KEY(&q->items, i);
        blocks[i].q = MAP_AT(&q->items, keys_block, i);
        TRY(block_compile(cx, &blocks[i]));
        keys += blocks[i].q->keys.count;
        if (keys > BATCH_GET_KEYS_MAX)
            return fail(cx, DDB_VALIDATION, "Too many items requested for the BatchGetItem call");
    }
    for (uint32_t i = 0; i < count; i++)
        TRY(engine_table(e, cx, blocks[i].name, &blocks[i].t));
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < blocks[i].q->keys.count; k++)
            TRY(table_check_key(cx, blocks[i].t, &LIST_AT(&blocks[i].q->keys, attr_map, k)->m));
        if (blocks[i].project)
            TRY(common_check_key_paths(cx, blocks[i].t, projection_paths(blocks[i].project)));
    }

    buf_lit(out, "{\"Responses\":{");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(out, ',');
        TRY(block_read(e, cx, &blocks[i], &bytes, &throttled, out));
        left += blocks[i].lefts;
    }
    if (left == keys && throttled.code != 0) { /* nothing could be read: that is the call's error */
        cx->err = throttled;
        return throttled.code;
    }
    left = 0;
    buf_lit(out, "},\"UnprocessedKeys\":{");
    for (uint32_t i = 0; i < count; i++) {
        if (blocks[i].lefts == 0)
            continue;
        if (left++ > 0)
            buf_byte(out, ',');
        block_put_unprocessed(&blocks[i], out);
    }
    buf_byte(out, '}');
    if (q->rcc.i == RCC_INDEXES || q->rcc.i == RCC_TOTAL) {
        capacity_list used;
        TRY(capacity_list_init(cx, &used, count));
        for (uint32_t i = 0; i < count; i++)
            capacity_list_add(&used, &blocks[i].used);
        buf_byte(out, ',');
        common_put_capacity_list(out, &used, q->rcc.i, 0);
    }
    buf_byte(out, '}');
    return out->err;
}

/* E1 over all blocks: the service rejects the two forms even when they stand in different ones. */
static int batch_check_mixing(ctx *cx, const list *items)
{
    param legacy = {"AttributesToGet", false};
    param expr = {"ProjectionExpression", false};

    for (uint32_t i = 0; i < items->count; i++) {
        const keys_block *q = MAP_AT(items, keys_block, i);
        legacy.given = legacy.given || q->attributes_to_get.set;
        expr.given = expr.given || q->projection.p;
    }
    return common_check_mixing(cx, &legacy, 1, &expr, 1);
}

/* What of one block needs no table: its projection, the keys' values, duplicates. */
static int block_compile(ctx *cx, block *b)
{
    const keys_block *q = b->q;
    const list *names = q->names.set ? &q->names : NULL;
    binding bind;

    TRY(common_check_placeholders(cx, names, NULL, q->projection.p != NULL, NULL, 0));
    if (q->attributes_to_get.set) {
        TRY(legacy_check_attributes_to_get(cx, &q->attributes_to_get));
        TRY(projection_of_names(cx, q->attributes_to_get.items, q->attributes_to_get.count,
                                &b->project));
    }
    if (q->projection.p) {
        TRY(binding_init(cx, &bind, names, NULL));
        TRY(expr_projection(cx, &bind, q->projection, &b->project));
        TRY(binding_check_unused(cx, &bind));
    }
    for (uint32_t i = 0; i < q->keys.count; i++)
        TRY(attr_raise(cx, &LIST_AT(&q->keys, attr_map, i)->fault));
    return check_duplicates(cx, &q->keys);
}

/* The same for equal keys, whatever the order of their attributes. */
static uint64_t key_hash(const map *key)
{
    uint64_t h = 0;

    for (uint32_t i = 0; i < key->count; i++) {
        const attr *a = &key->attrs[i];
        uint64_t v = a->v.type;
        if (a->v.type == T_S || a->v.type == T_N || a->v.type == T_B)
            v += hash_fnv1a(a->v.s);
        h += (hash_fnv1a(a->name) | 1) * v;
    }
    return h;
}

static int check_duplicates(ctx *cx, const list *keys)
{
    uint64_t hash[BATCH_GET_KEYS_MAX];

    for (uint32_t i = 0; i < keys->count; i++) {
        const map *key = &LIST_AT(keys, attr_map, i)->m;
        hash[i] = key_hash(key);
        for (uint32_t k = 0; k < i; k++) {
            if (hash[k] == hash[i] && map_eq(key, &LIST_AT(keys, attr_map, k)->m))
                return fail(cx, DDB_VALIDATION, "Provided list of item keys contains duplicates");
        }
    }
    return 0;
}

/* Appends `"<table>":[items]`. *bytes is the sum of item sizes of all tables so far; it stands at
 * the ceiling once something did not fit. *throttled: the last error of a key that was. */
static int block_read(engine *e, ctx *cx, block *b, size_t *bytes, error *throttled, buf *out)
{
    const list *keys = &b->q->keys;
    size_t start;

    b->used.t = b->t;
    b->left = ARENA_ARRAY(cx->a, bool, keys->count);
    if (b->left == NULL)
        return DDB_NOMEM;
    json_put_string(out, b->name);
    buf_lit(out, ":[");
    start = out->n;
    for (uint32_t i = 0; i < keys->count; i++) {
        size_t before = out->n;
        arena_mark mark = arena_mark_get(cx->a);
        int rc = KEY_LEFT;

        if (before > start)
            buf_byte(out, ',');
        if (*bytes < BATCH_GET_BYTES_MAX)
            rc = key_read(e, cx, b, &LIST_AT(keys, attr_map, i)->m, bytes, out);
        if (engine_throttled(e, rc)) {
            *throttled = cx->err;
            cx->err = (error){0};
            rc = KEY_LEFT;
        } else {
            TRY(rc);
            arena_rewind(cx->a, mark);
        }
        if (rc != KEY_SHOWN)
            out->n = before;
        b->left[i] = rc == KEY_LEFT;
        b->lefts += b->left[i];
    }
    buf_byte(out, ']');
    /* Keys given back were charged the least unit each in captures of the service. */
    engine_charge(e, b->t, (double)b->lefts * capacity_read_units(0, b->q->consistent.v));
    b->used.table += (double)b->lefts * capacity_read_units(0, b->q->consistent.v);
    return out->err;
}

/* Appends one item and counts it. KEY_LEFT: it would pass the ceiling, or a fault leaves it. */
static int key_read(engine *e, ctx *cx, block *b, const map *key, size_t *bytes, buf *out)
{
    size_t size = 0;
    key_bytes at;
    bool any;
    row r;
    int rc;

    read_mode mode = b->q->consistent.v ? READ_CONSISTENT : READ_EVENTUAL;

    TRY(key_encode(cx, &b->t->keys, key, &at));
    if (b->project) {
        rc = engine_get(e, cx, b->t, &at, mode, &r);
        if (rc == 0) {
            size = r.size;
            rc = projection_put(cx, b->project, r.item, out, &any);
        }
    } else {
        rc = engine_get_into(e, cx, b->t, &at, mode, out, &size);
    }
    if (rc < 0 && rc != DDB_NOT_FOUND)
        return rc;
    if (rc > 0)
        return KEY_LEFT;
    if (size > BATCH_GET_BYTES_MAX - *bytes) {
        *bytes = BATCH_GET_BYTES_MAX;
        return KEY_LEFT;
    }
    *bytes += size;
    b->used.table += capacity_read_units(size, b->q->consistent.v);
    return rc == DDB_NOT_FOUND ? KEY_ABSENT : KEY_SHOWN;
}

/* `"<table>":{"Keys":[..],...}`: a block that can be sent again as it is. */
static void block_put_unprocessed(const block *b, buf *out)
{
    const keys_block *q = b->q;
    uint32_t put = 0;

    json_put_string(out, b->name);
    buf_lit(out, ":{\"Keys\":[");
    for (uint32_t i = 0; i < q->keys.count; i++) {
        if (!b->left[i])
            continue;
        if (put++ > 0)
            buf_byte(out, ',');
        item_put(out, &LIST_AT(&q->keys, attr_map, i)->m);
    }
    buf_byte(out, ']');
    if (q->consistent.set)
        buf_fmt(out, ",\"ConsistentRead\":%s", q->consistent.v ? "true" : "false");
    if (q->attributes_to_get.set) {
        buf_lit(out, ",\"AttributesToGet\":[");
        for (uint32_t i = 0; i < q->attributes_to_get.count; i++) {
            if (i > 0)
                buf_byte(out, ',');
            json_put_string(out, *LIST_AT(&q->attributes_to_get, str, i));
        }
        buf_byte(out, ']');
    }
    if (q->projection.p) {
        buf_lit(out, ",\"ProjectionExpression\":");
        json_put_string(out, q->projection);
    }
    if (q->names.set) {
        buf_lit(out, ",\"ExpressionAttributeNames\":{");
        for (uint32_t i = 0; i < q->names.count; i++) {
            if (i > 0)
                buf_byte(out, ',');
            json_put_string(out, MAP_KEY(&q->names, i));
            buf_byte(out, ':');
            json_put_string(out, *MAP_AT(&q->names, str, i));
        }
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
}

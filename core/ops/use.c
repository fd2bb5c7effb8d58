/*
 * use.c - ddblite.TrackUse, Touch and LeastRecentlyUsed: a table as a cache. Operations of our own;
 * what counts as a use is in engine/use.h.
 *
 *   TrackUse           {"TableName":"t","Enabled":true,"Reads":true}
 *   Touch              {"TableName":"t","Keys":[{..}]}     ->  {"Touched":1}; begins the tracking
 *   LeastRecentlyUsed  {"TableName":"t","Limit":10}        ->  {"Items":[{"Key":{..},"Ms":1}]}
 */
#include <stddef.h>

#include "engine/use.h"
#include "ops/common.h"

#define LIMIT_MAX 10000 /* ours */
#define LIMIT_USUAL 100

typedef struct track_request {
    str table_name;
    opt_bool enabled, reads;
} track_request;

typedef struct touch_request {
    str table_name;
    list keys;
} touch_request;

typedef struct oldest_request {
    str table_name;
    opt_int limit;
} oldest_request;

static const shape shape_keys = {.kind = SH_LIST, .min = 1, .max = BATCH_GET_KEYS_MAX,
                                 .elem = &shape_attr_map};
static const shape shape_limit_use = {.kind = SH_INTEGER, .min = 1, .max = LIMIT_MAX};

static const member track_members[] = {
    {"TableName", &shape_table_name, offsetof(track_request, table_name), true},
    {"Enabled", &shape_boolean, offsetof(track_request, enabled), false},
    {"Reads", &shape_boolean, offsetof(track_request, reads), false},
};
static const shape track_shape = {.kind = SH_STRUCT,
                                  .java = "TrackUseRequest",
                                  .members = track_members,
                                  .member_count = COUNT(track_members),
                                  .size = sizeof(track_request)};

static const member touch_members[] = {
    {"TableName", &shape_table_name, offsetof(touch_request, table_name), true},
    {"Keys", &shape_keys, offsetof(touch_request, keys), true},
};
static const shape touch_shape = {.kind = SH_STRUCT,
                                  .java = "TouchRequest",
                                  .members = touch_members,
                                  .member_count = COUNT(touch_members),
                                  .size = sizeof(touch_request)};

static const member oldest_members[] = {
    {"TableName", &shape_table_name, offsetof(oldest_request, table_name), true},
    {"Limit", &shape_limit_use, offsetof(oldest_request, limit), false},
};
static const shape oldest_shape = {.kind = SH_STRUCT,
                                   .java = "LeastRecentlyUsedRequest",
                                   .members = oldest_members,
                                   .member_count = COUNT(oldest_members),
                                   .size = sizeof(oldest_request)};

static int track_run(engine *e, ctx *cx, void *req, buf *out)
{
    const track_request *q = req;
    const table *t;

    TRY(engine_table(e, cx, q->table_name, &t));
    TRY(use_flush(e, cx));
    if (q->enabled.set && !q->enabled.v)
        TRY(use_untrack(e, cx, t));
    else
        TRY(use_track(e, cx, t, q->reads.v));
    buf_lit(out, "{}");
    return out->err;
}

/* A key map as it is encoded in the table. */
static int touch_key(engine *e, ctx *cx, const table *t, const attr_map *key)
{
    key_bytes where;

    TRY(attr_raise(cx, &key->fault));
    TRY(table_check_key(cx, t, &key->m));
    TRY(key_encode(cx, &t->keys, &key->m, &where));
    return use_touch(e, cx, t, &where);
}

static int touch_run(engine *e, ctx *cx, void *req, buf *out)
{
    const touch_request *q = req;
    int64_t touched = 0;
    const table *t;
    int rc;

    TRY(engine_table(e, cx, q->table_name, &t));
    TRY(use_flush(e, cx));
    if (!t->use_tracked) {
        TRY(use_track(e, cx, t, false));
        TRY(engine_table(e, cx, q->table_name, &t));
    }
    for (uint32_t i = 0; i < q->keys.count; i++) {
        TRY(rc = touch_key(e, cx, t, LIST_AT(&q->keys, attr_map, i)));
        touched += rc;
    }
    buf_fmt(out, "{\"Touched\":%l}", touched);
    return out->err;
}

typedef struct listing {
    ctx *cx;
    const table *t;
    buf *out;
    bool any;
} listing;

static int list_one(void *user, int64_t ms, str item)
{
    listing *l = user;

    buf_fmt(l->out, "%s{\"Key\":", l->any ? "," : "");
    l->any = true;
    TRY(common_put_key_of(l->cx, l->out, l->t, NULL, item));
    if (ms >= 0)
        buf_fmt(l->out, ",\"Ms\":%l", ms);
    buf_byte(l->out, '}');
    return l->out->err;
}

static int oldest_run(engine *e, ctx *cx, void *req, buf *out)
{
    const oldest_request *q = req;
    listing l = {.cx = cx, .out = out};

    TRY(engine_table(e, cx, q->table_name, &l.t));
    TRY(use_flush(e, cx));
    if (!l.t->use_tracked)
        return fail(cx, DDB_BAD_ARGUMENT, "The use of the items of %S is not tracked", l.t->name);
    buf_lit(out, "{\"Items\":[");
    TRY(use_oldest(e, cx, l.t, q->limit.set ? q->limit.v : LIMIT_USUAL, list_one, &l));
    buf_lit(out, "]}");
    return out->err;
}

const op op_track_use = {"ddblite.TrackUse", OP_OWN | OP_WRITE | OP_ATOMIC, &track_shape,
                         track_run};
const op op_touch = {"ddblite.Touch", OP_OWN | OP_WRITE | OP_ATOMIC, &touch_shape, touch_run};
const op op_least_recently_used = {"ddblite.LeastRecentlyUsed", OP_OWN | OP_WRITE | OP_ATOMIC,
                                   &oldest_shape, oldest_run};
